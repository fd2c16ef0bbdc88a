// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Memory
 */

#include <linux/audit.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/userfaultfd_k.h>

#include "arch.h"
#include "cloudabi.h"

#define PROT_ALL (CLOUDABI_PROT_EXEC | CLOUDABI_PROT_WRITE | CLOUDABI_PROT_READ)
#define PROT_WRITE_EXEC (CLOUDABI_PROT_EXEC | CLOUDABI_PROT_WRITE)
#define MAP_ALL                                                            \
	(CLOUDABI_MAP_ANON | CLOUDABI_MAP_FIXED | CLOUDABI_MAP_PRIVATE | \
	 CLOUDABI_MAP_SHARED)

/* Memory is writable or executable, never both.  PROT_NONE is 0. */
static int convert_prot(cloudabi_mprot_t mprot, unsigned long *prot)
{
	if ((mprot & ~PROT_ALL) || (mprot & PROT_WRITE_EXEC) == PROT_WRITE_EXEC)
		return -EOPNOTSUPP;

	*prot = (mprot & CLOUDABI_PROT_EXEC ? PROT_EXEC : 0) |
		(mprot & CLOUDABI_PROT_WRITE ? PROT_WRITE : 0) |
		(mprot & CLOUDABI_PROT_READ ? PROT_READ : 0);
	return 0;
}

static int convert_flags(cloudabi_mflags_t mflags, unsigned long *flags)
{
	const bool private = mflags & CLOUDABI_MAP_PRIVATE;
	const bool shared = mflags & CLOUDABI_MAP_SHARED;

	if ((mflags & ~MAP_ALL) || private == shared)
		return -EINVAL;

	*flags = (private ? MAP_PRIVATE : MAP_SHARED) |
		 (mflags & CLOUDABI_MAP_ANON ? MAP_ANONYMOUS : 0) |
		 (mflags & CLOUDABI_MAP_FIXED ? MAP_FIXED : 0);
	return 0;
}

/* Rights that a mapping of a file needs. */
static cloudabi_rights_t map_rights(cloudabi_mprot_t prot)
{
	return CLOUDABI_NEED(mem_map, fd, always) |
	       (prot & CLOUDABI_PROT_READ ? CLOUDABI_NEED(mem_map, fd, read) : 0) |
	       (prot & CLOUDABI_PROT_WRITE ? CLOUDABI_NEED(mem_map, fd, write) : 0) |
	       (prot & CLOUDABI_PROT_EXEC ? CLOUDABI_NEED(mem_map, fd, exec) : 0);
}

/*
 * Which of the rights a mapping can have.  What can be written or executed can
 * also be read, on most machines; so there is neither without the right to read.
 */
static cloudabi_rights_t usable_rights(const struct cloudabi_rights *rights)
{
	return rights->base & CLOUDABI_NEED(mem_map, fd, read) ? rights->base : 0;
}

/* What mem_protect must not add to a mapping of a file. */
static vm_flags_t forbidden_flags(const struct cloudabi_rights *rights,
				  vm_flags_t vm_flags)
{
	const cloudabi_rights_t usable = usable_rights(rights);
	vm_flags_t flags = 0;

	if (!(usable & CLOUDABI_NEED(mem_map, fd, read)))
		flags |= VM_MAYREAD;
	if (!(usable & CLOUDABI_NEED(mem_map, fd, exec)))
		flags |= VM_MAYEXEC;
	/* Shared ones are counted by it, see open_for_map(). */
	if (!(usable & CLOUDABI_NEED(mem_map, fd, write)) &&
	    !(vm_flags & VM_SHARED))
		flags |= VM_MAYWRITE;
	return flags;
}

/*
 * A shared mapping of a file that is open for writing may become writable. If
 * the descriptor may not be written to, map the file as opened for reading.
 */
static struct file *open_for_map(const struct cloudabi_fd *f,
				 unsigned long flags)
{
	struct file *const file = fd_file(f->f);

	if (!(flags & MAP_SHARED) || !(file->f_mode & FMODE_WRITE) ||
	    (usable_rights(&f->rights) & CLOUDABI_NEED(mem_map, fd, write)))
		return get_file(file);
	return dentry_open(&file->f_path, O_RDONLY | O_LARGEFILE, file->f_cred);
}

/*
 * vm_mmap_pgoff() with a step in it: the rights have their effect before anyone
 * else can see the mapping.  Where the mapping was merged with a neighbour, that
 * one is restricted, too.
 */
static long map_file(struct file *file, unsigned long addr, unsigned long len,
		     unsigned long prot, unsigned long flags,
		     unsigned long pgoff, const struct cloudabi_rights *rights)
{
	struct mm_struct *const mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long populate;
	LIST_HEAD(uf);
	long at;

	at = security_mmap_file(file, prot, flags);
	if (at)
		return at;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	at = do_mmap(file, addr, len, prot, flags, 0, pgoff, &populate, &uf);
	if (!IS_ERR_VALUE(at)) {
		vma = vma_lookup(mm, at);
		vm_flags_clear(vma, forbidden_flags(rights, vma->vm_flags));
	}
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	if (!IS_ERR_VALUE(at) && populate)
		mm_populate(at, populate);
	return at;
}

static long map_fd(cloudabi_fd_t fd, unsigned long addr, cloudabi_size_t len,
		   cloudabi_mprot_t mprot, unsigned long prot,
		   unsigned long flags, cloudabi_filesize_t off)
{
	struct file *file;
	long at;

	audit_mmap_fd(fd, flags);
	CLASS(cloudabi_fd, f)(fd, map_rights(mprot));
	if (f.error)
		return f.error;
	if (prot && !usable_rights(&f.rights))
		return -EACCES;
	if (!PAGE_ALIGNED(off) || off + PAGE_ALIGN(len) < off)
		return -EINVAL;
	file = open_for_map(&f, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	at = map_file(file, addr, len, prot, flags, off >> PAGE_SHIFT,
		      &f.rights);
	fput(file);
	return at;
}

/*
 * madvise() ends at anonymous memory if there is no swap that it could be read
 * ahead from, and looks no further.  Requires arguments that are sound.
 */
static int will_need(unsigned long start, unsigned long len)
{
	const unsigned long end = start + PAGE_ALIGN(len);
	struct mm_struct *const mm = current->mm;
	int error = 0;

	while (start < end) {
		const struct vm_area_struct *vma;
		unsigned long from, to;
		int ret;

		/* What was done is quickly done again. */
		if (signal_pending(current))
			return -ERESTARTNOINTR;
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		vma = find_vma(mm, start);
		from = vma ? min(max(start, vma->vm_start), end) : end;
		to = vma ? min(vma->vm_end, end) : end;
		mmap_read_unlock(mm);

		if (from > start)
			error = -ENOMEM;
		start = max(from, to);
		if (from >= to)
			continue;
		ret = do_madvise(mm, from, to - from, MADV_WILLNEED);
		if (ret && ret != -EBADF)
			error = ret;
	}
	return error;
}

/**
 * cloudabi_sys_mem_advise - Say how memory is going to be used
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 * @advice: how it is going to be used; any but CLOUDABI_ADVICE_NOREUSE
 *
 * Advice never changes what the memory holds.
 *
 * Rights: none.
 * POSIX: As posix_madvise().  The madvise() of Linux may throw contents away.
 * Return: 0; -EINVAL for unknown advice, an address within a page, or memory of
 * a kind that takes no advice; -ENOMEM where nothing is mapped; -EIO.
 */
int cloudabi_sys_mem_advise(void __user *mapping, cloudabi_size_t mapping_len,
			    cloudabi_advice_t advice)
{
	int behavior, error;

	switch (advice) {
	case CLOUDABI_ADVICE_DONTNEED:
		/* MADV_DONTNEED would throw the contents away. */
		behavior = MADV_COLD;
		break;
	case CLOUDABI_ADVICE_NORMAL:
		behavior = MADV_NORMAL;
		break;
	case CLOUDABI_ADVICE_RANDOM:
		behavior = MADV_RANDOM;
		break;
	case CLOUDABI_ADVICE_SEQUENTIAL:
		behavior = MADV_SEQUENTIAL;
		break;
	case CLOUDABI_ADVICE_WILLNEED:
		behavior = MADV_WILLNEED;
		break;
	default:
		return -EINVAL;
	}
	error = do_madvise(current->mm, (unsigned long)mapping, mapping_len,
			   behavior);
	if (error == -EBADF)
		return will_need((unsigned long)mapping, mapping_len);
	return error;
}

/**
 * cloudabi_sys_mem_map - Map memory
 * @addr: where to, with CLOUDABI_MAP_FIXED; a hint otherwise
 * @len: length in bytes, rounded up to pages
 * @prot: what may be done with the memory
 * @flags: kind of mapping; exactly one of CLOUDABI_MAP_PRIVATE and
 *         CLOUDABI_MAP_SHARED
 * @fd: the file, or CLOUDABI_MAP_ANON_FD for anonymous memory
 * @off: where in the file the mapping starts, in bytes, at a page; 0 for
 *       anonymous memory
 * @mem: where to store the address
 *
 * A fixed mapping replaces what is there.  What the rights of the descriptor do
 * not allow now, mem_protect() can't add later.
 *
 * Rights: none for anonymous memory; else MEM_MAP, for CLOUDABI_PROT_READ also
 * FD_READ, for CLOUDABI_PROT_WRITE also FD_WRITE, for CLOUDABI_PROT_EXEC also
 * MEM_MAP_EXEC.
 * POSIX: As mmap(), except that memory is never writable and executable at
 * once, that PROT_WRITE of a private mapping needs a right, too, and that a
 * descriptor without FD_READ gives no memory that can be used, since whatever
 * can be written or executed can also be read.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable, or
 * for unknown protection bits; -EINVAL for contradicting arguments, no length,
 * or an address or offset within a page; -EBADF; -ENOTCAPABLE; -EACCES for
 * what can't be read, as the file is not open for it, or FD_READ is missing;
 * -ENODEV for what can't be mapped;
 * -EOVERFLOW for an offset that is too large; -EPERM for a fixed address that
 * is too low, what is mounted without execution, or memory that is sealed;
 * -ENOMEM.
 */
int cloudabi_sys_mem_map(void __user *addr, cloudabi_size_t len,
			 cloudabi_mprot_t prot, cloudabi_mflags_t flags,
			 cloudabi_fd_t fd, cloudabi_filesize_t off,
			 void __user **mem)
{
	unsigned long vm_prot, vm_flags;
	int error;
	long at;

	error = convert_prot(prot, &vm_prot) ?: convert_flags(flags, &vm_flags);
	if (error)
		return error;
	if (!(flags & CLOUDABI_MAP_ANON))
		at = map_fd(fd, (unsigned long)addr, len, prot, vm_prot,
			    vm_flags, off);
	else if (fd != CLOUDABI_MAP_ANON_FD || off)
		at = -EINVAL;
	else
		at = vm_mmap(NULL, (unsigned long)addr, len, vm_prot, vm_flags,
			     0);
	if (IS_ERR_VALUE(at))
		return at;
	*mem = (void __user *)at;
	return 0;
}

/**
 * cloudabi_sys_mem_protect - Change what may be done with memory
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 * @prot: what may be done from now on
 *
 * Memory may have been writable before it becomes executable.
 *
 * Rights: none.
 * POSIX: As mprotect(), except that memory is never writable and executable at
 * once, and that the rights a file was mapped with are the limit.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable, or
 * for unknown protection bits; -EINVAL for an address within a page; -ENOMEM
 * where nothing is mapped; -EACCES beyond what the mapping was made for.
 */
int cloudabi_sys_mem_protect(void __user *mapping, cloudabi_size_t mapping_len,
			     cloudabi_mprot_t prot)
{
	unsigned long vm_prot;
	int error;

	error = convert_prot(prot, &vm_prot);
	if (error)
		return error;
	return cloudabi_arch_mprotect((unsigned long)mapping, mapping_len,
				      vm_prot);
}

/**
 * cloudabi_sys_mem_sync - Write memory back to the files that it maps
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 * @flags: CLOUDABI_MS_ASYNC or CLOUDABI_MS_SYNC, and whether other mappings
 *         shall see the files' contents; unknown ones are ignored
 *
 * Rights: none.
 * POSIX: As msync().
 * Return: 0; -EINVAL for both or none of the two, or an address within a page;
 * -ENOMEM where nothing is mapped; -EBUSY for invalidating locked memory; -EIO,
 * -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_mem_sync(void __user *mapping, cloudabi_size_t mapping_len,
			  cloudabi_msflags_t flags)
{
	const bool async = flags & CLOUDABI_MS_ASYNC;
	const bool sync = flags & CLOUDABI_MS_SYNC;
	const bool invalidate = flags & CLOUDABI_MS_INVALIDATE;

	if (async == sync)
		return -EINVAL;
	/* Linux takes what wraps when it is rounded up for nothing. */
	if (PAGE_ALIGNED(mapping) && PAGE_ALIGN(mapping_len) < mapping_len)
		return -ENOMEM;
	return cloudabi_arch_msync((unsigned long)mapping, mapping_len,
				   (async ? MS_ASYNC : MS_SYNC) |
					   (invalidate ? MS_INVALIDATE : 0));
}

/**
 * cloudabi_sys_mem_unmap - Unmap memory
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 *
 * Holes are fine.  A process may unmap its stack, its code and the vDSO.
 *
 * Rights: none.
 * POSIX: As munmap().
 * Return: 0; -EINVAL for an address within a page, no length, or addresses that
 * are not the program's; -ENOMEM for a hole in a mapping, of which there are
 * too many already.
 */
int cloudabi_sys_mem_unmap(void __user *mapping, cloudabi_size_t mapping_len)
{
	return vm_munmap((unsigned long)mapping, mapping_len);
}
