// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Executable images
 *
 * cloudabi_image_read() runs before the point of no return of exec.  It
 * performs every check of the file, so that the caller of exec gets an error.
 * cloudabi_image_map() runs after it, when an error kills the process.
 *
 * The kernel maps segments and does not link.  Programs apply their relocations
 * themselves and find the calls in the vDSO.
 *
 * Checks, in this order:
 *
 * 1. The ELF header names this machine and CloudABI.  The program headers fit
 *    in a page.  The file can be mapped.
 * 2. No PT_INTERP: programs are statically linked.
 * 3. Each PT_LOAD segment:
 *    - does not wrap around, ends below TASK_SIZE, and lies inside the file;
 *    - begins on a page after the segment before it, so that no segment changes
 *      contents or protection of another;
 *    - has an alignment that is a power of two and at most 1 GiB, or none;
 *    - has the same offset within a page in the file and in memory, as mmap()
 *      requires;
 *    - is not both writable and executable;
 *    - is writable if it has zeroes behind the contents of the file.
 * 4. An executable segment contains the first instruction.  A segment contains
 *    the program headers, whose address the program gets in AT_PHDR.
 * 5. A position-independent image spans at most 1/8 of the address space, so
 *    that there is room for it anywhere.  A fixed image begins at or above
 *    mmap_min_addr.
 *
 * Exec denies write access to the file, but the server of a network file system
 * may change it.  The checks hold even then, because the mappings follow the
 * kernel's copy of the headers.
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
#include "image.h"

/* Address space that an image may span, in bytes. */
#define IMAGE_SPAN_MAX (TASK_SIZE / 8)

/* Size of the largest page of x86. */
#define IMAGE_ALIGN_MAX SZ_1G

static bool image_header_ok(const struct elf64_hdr *hdr)
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

static int image_read_phdrs(struct cloudabi_image *image,
			    const struct elf64_hdr *hdr, struct file *file)
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

static bool image_is_segment(const struct elf64_phdr *phdr)
{
	return phdr->p_type == PT_LOAD && phdr->p_memsz;
}

/* @lowest is the end of the previous segment, rounded up to a page. */
static bool image_segment_ok(const struct elf64_phdr *phdr, u64 lowest,
			     u64 file_size)
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
	/* image_map_segment() writes zeroes behind the contents of the file. */
	return phdr->p_memsz == phdr->p_filesz || (phdr->p_flags & PF_W);
}

/* Does a segment contain the first instruction? */
static bool image_has_entry(const struct elf64_phdr *phdr,
			    const struct elf64_hdr *hdr)
{
	return (phdr->p_flags & PF_X) && hdr->e_entry >= phdr->p_vaddr &&
	       hdr->e_entry - phdr->p_vaddr < phdr->p_filesz;
}

/* Does a segment contain the program headers? */
static bool image_has_phdrs(const struct elf64_phdr *phdr,
			    const struct elf64_hdr *hdr)
{
	const u64 size = hdr->e_phnum * sizeof(*phdr);

	return hdr->e_phoff >= phdr->p_offset && size <= phdr->p_filesz &&
	       hdr->e_phoff - phdr->p_offset <= phdr->p_filesz - size;
}

static void image_add_segment(struct cloudabi_image *image,
			      const struct elf64_phdr *phdr)
{
	image->align = max_t(unsigned long, image->align, phdr->p_align);
	if (!image->end)
		image->start = round_down(phdr->p_vaddr, PAGE_SIZE);
	image->end = PAGE_ALIGN(phdr->p_vaddr + phdr->p_memsz);
}

static int image_check_phdrs(struct cloudabi_image *image,
			     const struct elf64_hdr *hdr, u64 file_size)
{
	bool entry = false, phdrs = false;
	unsigned int i;

	for (i = 0; i < image->nphdrs; i++) {
		const struct elf64_phdr *const phdr = &image->phdrs[i];

		if (phdr->p_type == PT_INTERP)
			return -ENOEXEC;
		if (!image_is_segment(phdr))
			continue;
		if (!image_segment_ok(phdr, image->end, file_size))
			return -ENOEXEC;
		image_add_segment(image, phdr);
		entry |= image_has_entry(phdr, hdr);
		if (image_has_phdrs(phdr, hdr)) {
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
 * @image: the image, zeroed; the caller frees it even after an error
 * @bprm: the exec in progress, with the first bytes of the file
 *
 * Context: Process context, before the point of no return.  May sleep.
 * Return: 0; -ENOEXEC if a check fails; -ENOMEM; errors of reading the file.
 */
int cloudabi_image_read(struct cloudabi_image *image, struct linux_binprm *bprm)
{
	const struct elf64_hdr *const hdr = (const struct elf64_hdr *)bprm->buf;
	int error;

	if (!image_header_ok(hdr) || !bprm->file->f_op->mmap)
		return -ENOEXEC;

	image->fixed = hdr->e_type == ET_EXEC;
	image->align = PAGE_SIZE;
	error = image_read_phdrs(image, hdr, bprm->file);
	if (error)
		return error;
	error = image_check_phdrs(image, hdr,
				  i_size_read(file_inode(bprm->file)));
	if (error)
		return error;
	if (image->fixed ? image->start < mmap_min_addr :
			   image->end - image->start > IMAGE_SPAN_MAX)
		return -ENOEXEC;
	return 0;
}

static int image_map_at(struct file *file, unsigned long addr,
			unsigned long len, unsigned long prot,
			unsigned long offset)
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

/*
 * A segment consists of pages of the file and of zeroed pages.  The page
 * between them has both, so its end must be cleared.
 */
static int image_map_segment(const struct cloudabi_image *image,
			     struct file *file, const struct elf64_phdr *phdr)
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
		error = image_map_at(file, addr - skew, phdr->p_filesz + skew,
				     prot, phdr->p_offset - skew);
		if (error)
			return error;
		zero_start = PAGE_ALIGN(file_end);
		if (phdr->p_memsz > phdr->p_filesz &&
		    clear_user((void __user *)file_end, zero_start - file_end))
			return -EFAULT;
	}
	if (zero_start >= mem_end)
		return 0;
	return image_map_at(NULL, zero_start, mem_end - zero_start, prot, 0);
}

/* Fills in the fields that /proc/PID/stat and /proc/PID/status report. */
static void image_describe_mm(const struct cloudabi_image *image,
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
 * @image: the image
 * @file: its file
 *
 * The load address of a position-independent image follows the rules of Linux,
 * including randomisation.  If the first segment has a high address, the
 * addition of the bias wraps around, which is harmless.
 *
 * Context: Process context, after the point of no return.  Takes mmap_lock.
 * Return: 0; a negative errno, which is fatal to the process.
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

		if (!image_is_segment(phdr))
			continue;
		error = image_map_segment(image, file, phdr);
		if (error)
			return error;
		image_describe_mm(image, phdr);
	}
	return 0;
}

/**
 * cloudabi_image_free - Free the memory that an image refers to
 * @image: the image
 *
 * Context: Process context.
 */
void cloudabi_image_free(struct cloudabi_image *image)
{
	kfree(image->phdrs);
}
