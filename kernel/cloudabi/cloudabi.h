/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - What the files of the personality share
 *
 * A handler is a function cloudabi_sys_NAME() with the prototype that the table
 * gives its call.  It returns 0 and stores its results, or returns a negative
 * errno of Linux or -ENOTCAPABLE; -ERESTART* and -EINTR restart the call.
 * Arguments have the declared type and are hostile otherwise.
 */
#ifndef _KERNEL_CLOUDABI_CLOUDABI_H
#define _KERNEL_CLOUDABI_CLOUDABI_H

#include <linux/cloudabi.h>
#include <linux/cloudabi_errno.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "../../security/cloudabi/table.h"

#define CLOUDABI_HANDLER(nr, name, nargs, args, nrets, rets) \
	int cloudabi_sys_##name(CLOUDABI_PARAMS(nargs, args, nrets, rets));
CLOUDABI_CALLS(CLOUDABI_HANDLER)
#undef CLOUDABI_HANDLER

struct linux_binprm;

/**
 * struct cloudabi_image - An executable that was found to be sound
 * @phdrs: its program headers
 * @nphdrs: number of program headers
 * @fixed: whether it must be loaded at the addresses that it names
 * @align: alignment of the address that it is loaded at, in bytes
 * @start: lowest address of a segment, rounded down to a page
 * @end: end of the highest segment, rounded up to a page
 * @entry: address of the first instruction
 * @phdr_addr: address of the program headers in memory
 * @bias: what was added to all addresses, known once it is mapped
 *
 * Belongs to the exec in progress; needs no lock.
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

/* image.c */
int cloudabi_image_read(struct cloudabi_image *image, struct linux_binprm *bprm);
int cloudabi_image_map(struct cloudabi_image *image, struct file *file);
void cloudabi_image_free(struct cloudabi_image *image);

#endif /* _KERNEL_CLOUDABI_CLOUDABI_H */
