/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Executable images
 */
#ifndef _KERNEL_CLOUDABI_IMAGE_H
#define _KERNEL_CLOUDABI_IMAGE_H

#include <linux/types.h>

struct elf64_phdr;
struct file;
struct linux_binprm;

/**
 * struct cloudabi_image - An executable whose headers have passed all checks
 * @phdrs: program headers, a copy
 * @nphdrs: number of program headers
 * @fixed: true if the image must be mapped at the addresses in its headers
 * @align: alignment of the load address, in bytes
 * @start: lowest address of a segment, rounded down to a page
 * @end: end of the highest segment, rounded up to a page
 * @entry: address of the first instruction
 * @phdr_addr: address of the program headers in memory
 * @bias: load address minus @start, 0 for fixed images
 *
 * All addresses are those in the file, without @bias.  cloudabi_image_map()
 * determines @bias, and cloudabi_image_read() all other members.  An image
 * belongs to one exec and needs no lock.
 */
struct cloudabi_image {
	struct elf64_phdr *phdrs;
	unsigned int nphdrs;
	bool fixed;
	unsigned long align;
	unsigned long start;
	unsigned long end;
	unsigned long entry;
	unsigned long phdr_addr;
	unsigned long bias;
};

int cloudabi_image_read(struct cloudabi_image *image, struct linux_binprm *bprm);
int cloudabi_image_map(struct cloudabi_image *image, struct file *file);
void cloudabi_image_free(struct cloudabi_image *image);

#endif /* _KERNEL_CLOUDABI_IMAGE_H */
