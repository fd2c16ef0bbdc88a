// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Executable images
 *
 * Whatever can be found wrong with a file is found while the process that calls
 * exec can still be told.  The vDSO and the program itself do the linking; the
 * kernel only maps segments.
 */

#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/elf-randomize.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/overflow.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arch.h"
#include "cloudabi.h"

/* Address space that an image may span, in bytes. */
#define IMAGE_SPAN_MAX (TASK_SIZE / 8)

/* More is of no use to anyone: it is the largest page of x86. */
#define IMAGE_ALIGN_MAX SZ_1G

static bool header_ok(const struct elf64_hdr *hdr)
{
	return !memcmp(hdr->e_ident, ELFMAG, SELFMAG) &&
	       hdr->e_ident[EI_CLASS] == ELFCLASS64 &&
	       hdr->e_ident[EI_DATA] == ELFDATA2LSB &&
	       hdr->e_ident[EI_VERSION] == EV_CURRENT &&
	       hdr->e_ident[EI_OSABI] == CLOUDABI_ELFOSABI &&
	       hdr->e_machine == CLOUDABI_ARCH_MACHINE &&
	       (hdr->e_type == ET_DYN || hdr->e_type == ET_EXEC) &&
	       hdr->e_phentsize == sizeof(struct elf64_phdr) && hdr->e_phnum &&
	       hdr->e_phnum * sizeof(struct elf64_phdr) <= PAGE_SIZE;
}

static int read_phdrs(struct cloudabi_image *image, const struct elf64_hdr *hdr,
		      struct file *file)
{
	const size_t size = hdr->e_phnum * sizeof(*image->phdrs);
	loff_t pos = hdr->e_phoff;
	ssize_t n;

	if (pos < 0)
		return -ENOEXEC;
	image->phdrs = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!image->phdrs)
		return -ENOMEM;
	image->nphdrs = hdr->e_phnum;
	n = kernel_read(file, image->phdrs, size, &pos);
	if (n < 0)
		return n;
	return n == size ? 0 : -ENOEXEC;
}

static bool is_segment(const struct elf64_phdr *phdr)
{
	return phdr->p_type == PT_LOAD && phdr->p_memsz;
}

/* Segments ascend and share no page, so that what one says is not undone. */
static bool segment_ok(const struct elf64_phdr *phdr, u64 lowest, u64 file_size)
{
	u64 mem_end, file_end;

	if (check_add_overflow(phdr->p_vaddr, phdr->p_memsz, &mem_end) ||
	    check_add_overflow(phdr->p_offset, phdr->p_filesz, &file_end))
		return false;
	if (phdr->p_filesz > phdr->p_memsz || file_end > file_size ||
	    mem_end > TASK_SIZE - PAGE_SIZE ||
	    round_down(phdr->p_vaddr, PAGE_SIZE) < lowest)
		return false;
	if (phdr->p_align > IMAGE_ALIGN_MAX ||
	    (phdr->p_align && !is_power_of_2(phdr->p_align)))
		return false;
	if (phdr->p_filesz &&
	    offset_in_page(phdr->p_vaddr) != offset_in_page(phdr->p_offset))
		return false;
	if ((phdr->p_flags & PF_W) && (phdr->p_flags & PF_X))
		return false;
	/* Zeroes are written behind the contents of the file. */
	return phdr->p_memsz == phdr->p_filesz || (phdr->p_flags & PF_W);
}

/* Does a segment hold the first instruction? */
static bool has_entry(const struct elf64_phdr *phdr, const struct elf64_hdr *hdr)
{
	return (phdr->p_flags & PF_X) && hdr->e_entry >= phdr->p_vaddr &&
	       hdr->e_entry - phdr->p_vaddr < phdr->p_filesz;
}

/* Does a segment hold the program headers? */
static bool has_phdrs(const struct elf64_phdr *phdr, const struct elf64_hdr *hdr)
{
	const u64 size = hdr->e_phnum * sizeof(*phdr);

	return hdr->e_phoff >= phdr->p_offset && size <= phdr->p_filesz &&
	       hdr->e_phoff - phdr->p_offset <= phdr->p_filesz - size;
}

static void add_segment(struct cloudabi_image *image,
			const struct elf64_phdr *phdr)
{
	image->align = max_t(unsigned long, image->align, phdr->p_align);
	if (!image->end)
		image->start = round_down(phdr->p_vaddr, PAGE_SIZE);
	image->end = PAGE_ALIGN(phdr->p_vaddr + phdr->p_memsz);
}

static int check_phdrs(struct cloudabi_image *image, const struct elf64_hdr *hdr,
		       u64 file_size)
{
	bool entry = false, phdrs = false;
	unsigned int i;

	for (i = 0; i < image->nphdrs; i++) {
		const struct elf64_phdr *const phdr = &image->phdrs[i];

		if (phdr->p_type == PT_INTERP)
			return -ENOEXEC;
		if (!is_segment(phdr))
			continue;
		if (!segment_ok(phdr, image->end, file_size))
			return -ENOEXEC;
		add_segment(image, phdr);
		entry |= has_entry(phdr, hdr);
		if (has_phdrs(phdr, hdr)) {
			image->phdr_addr =
				hdr->e_phoff - phdr->p_offset + phdr->p_vaddr;
			phdrs = true;
		}
	}
	image->entry = hdr->e_entry;
	return entry && phdrs ? 0 : -ENOEXEC;
}

/**
 * cloudabi_image_read - Read and check the headers of an executable
 * @image: where to store what is found; to be freed in any case
 * @bprm: the exec in progress
 *
 * Refused are files for another machine, with an interpreter, with memory both
 * writable and executable, with segments that overlap, descend, wrap or are
 * longer than the file, and those whose first instruction or program headers
 * are in no segment.
 *
 * Return: 0, -ENOEXEC, -ENOMEM, or an error of reading.
 */
int cloudabi_image_read(struct cloudabi_image *image, struct linux_binprm *bprm)
{
	const struct elf64_hdr *const hdr = (const struct elf64_hdr *)bprm->buf;
	int error;

	if (!header_ok(hdr) || !bprm->file->f_op->mmap)
		return -ENOEXEC;

	image->fixed = hdr->e_type == ET_EXEC;
	image->align = PAGE_SIZE;
	error = read_phdrs(image, hdr, bprm->file);
	if (error)
		return error;
	error = check_phdrs(image, hdr, i_size_read(file_inode(bprm->file)));
	if (error)
		return error;
	if (image->fixed ? image->start < mmap_min_addr :
			   image->end - image->start > IMAGE_SPAN_MAX)
		return -ENOEXEC;
	return 0;
}

static int map_at(struct file *file, unsigned long addr, unsigned long len,
		  unsigned long prot, unsigned long offset)
{
	const unsigned long at =
		vm_mmap(file, addr, len, prot,
			MAP_PRIVATE | MAP_FIXED_NOREPLACE |
				(file ? 0 : MAP_ANONYMOUS),
			offset);

	if (IS_ERR_VALUE(at))
		return (long)at;
	return at == addr ? 0 : -EEXIST;
}

static int map_segment(const struct cloudabi_image *image, struct file *file,
		       const struct elf64_phdr *phdr)
{
	const unsigned long addr = image->bias + phdr->p_vaddr;
	const unsigned long skew = offset_in_page(addr);
	const unsigned long file_end = addr + phdr->p_filesz;
	const unsigned long mem_end = PAGE_ALIGN(addr + phdr->p_memsz);
	const unsigned long prot = (phdr->p_flags & PF_R ? PROT_READ : 0) |
				   (phdr->p_flags & PF_W ? PROT_WRITE : 0) |
				   (phdr->p_flags & PF_X ? PROT_EXEC : 0);
	unsigned long zero_start = addr - skew;
	int error;

	if (phdr->p_filesz) {
		error = map_at(file, addr - skew, phdr->p_filesz + skew, prot,
			       phdr->p_offset - skew);
		if (error)
			return error;
		zero_start = PAGE_ALIGN(file_end);
		if (phdr->p_memsz > phdr->p_filesz &&
		    clear_user((void __user *)file_end, zero_start - file_end))
			return -EFAULT;
	}
	if (zero_start >= mem_end)
		return 0;
	return map_at(NULL, zero_start, mem_end - zero_start, prot, 0);
}

static void describe(const struct cloudabi_image *image,
		     const struct elf64_phdr *phdr)
{
	struct mm_struct *const mm = current->mm;
	const unsigned long start = image->bias + phdr->p_vaddr;

	if (phdr->p_flags & PF_X) {
		mm->start_code = start;
		mm->end_code = start + phdr->p_filesz;
	} else if (phdr->p_flags & PF_W) {
		mm->start_data = start;
		mm->end_data = start + phdr->p_filesz;
	}
	mm->start_brk = PAGE_ALIGN(start + phdr->p_memsz);
	mm->brk = mm->start_brk;
}

/**
 * cloudabi_image_map - Map an executable into the caller's new address space
 * @image: the executable
 * @file: its file
 *
 * Position-independent images go where Linux puts its own, at a random place
 * unless randomisation is off.  Adding the bias may wrap around, as the first
 * segment need not be at address 0.
 *
 * Return: 0, or an error that the process can't survive.
 */
int cloudabi_image_map(struct cloudabi_image *image, struct file *file)
{
	unsigned long base = ELF_ET_DYN_BASE;
	unsigned int i;
	int error;

	if (!image->fixed) {
		if (current->flags & PF_RANDOMIZE)
			base += arch_mmap_rnd();
		image->bias = round_down(base - image->start, image->align);
	}

	for (i = 0; i < image->nphdrs; i++) {
		const struct elf64_phdr *const phdr = &image->phdrs[i];

		if (!is_segment(phdr))
			continue;
		error = map_segment(image, file, phdr);
		if (error)
			return error;
		describe(image, phdr);
	}
	return 0;
}

/**
 * cloudabi_image_free - Free what describes an executable
 * @image: the executable
 */
void cloudabi_image_free(struct cloudabi_image *image)
{
	kfree(image->phdrs);
}
