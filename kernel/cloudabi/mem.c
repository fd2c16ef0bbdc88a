// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Memory
 *
 * mem_map and mem_unmap use the functions behind mmap() and munmap().  A
 * mapping of a file keeps the rights of its descriptor as flags of the VMA
 * (security/cloudabi/mapping.h), so that mem_protect cannot exceed them later.
 *
 * mem_protect, mem_sync and mem_advise(WILLNEED) walk the VMAs of a range
 * themselves.  The kernel exports no function for the first two, and
 * do_madvise() can end before the end of the range.  A step of a walk handles
 * one VMA, or the part of it that is in the range, and advances @start past it.
 * A pending signal ends the walk between two steps.  The call is then restarted
 * as a whole: repeating the steps that are done changes nothing and takes
 * little time.
 *
 *   mem_protect_range()   holds the mmap write lock during the whole walk, as
 *                         mprotect() does.
 *   mem_sync_next()       holds the mmap read lock to find the VMA and to get a
 *                         reference to its file.  It drops the lock before it
 *                         writes the file back, which takes long.
 *   mem_advise_willneed() holds the mmap read lock to find the VMA.
 *                         do_madvise() takes the lock again.
 *
 * A walk does not use the VMA after it has dropped the lock: another thread may
 * have freed it.
 */

#include <linux/audit.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pkeys.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include <asm/tlb.h>

#include "../../security/cloudabi/mapping.h"
#include "cloudabi.h"

#define MEM_PROT_ALL \
	(CLOUDABI_PROT_EXEC | CLOUDABI_PROT_WRITE | CLOUDABI_PROT_READ)
#define MEM_PROT_WRITE_EXEC (CLOUDABI_PROT_EXEC | CLOUDABI_PROT_WRITE)
#define MEM_MAP_ALL                                                      \
	(CLOUDABI_MAP_ANON | CLOUDABI_MAP_FIXED | CLOUDABI_MAP_PRIVATE | \
	 CLOUDABI_MAP_SHARED)

/* Memory is never writable and executable.  PROT_NONE is 0. */
static int mem_convert_prot(cloudabi_mprot_t mprot, unsigned long *prot)
{
	if ((mprot & ~MEM_PROT_ALL) ||
	    (mprot & MEM_PROT_WRITE_EXEC) == MEM_PROT_WRITE_EXEC)
		return -EOPNOTSUPP;

	*prot = (mprot & CLOUDABI_PROT_EXEC ? PROT_EXEC : 0) |
		(mprot & CLOUDABI_PROT_WRITE ? PROT_WRITE : 0) |
		(mprot & CLOUDABI_PROT_READ ? PROT_READ : 0);
	return 0;
}

static int mem_convert_flags(cloudabi_mflags_t mflags, unsigned long *flags)
{
	const bool private = mflags & CLOUDABI_MAP_PRIVATE;
	const bool shared = mflags & CLOUDABI_MAP_SHARED;

	if ((mflags & ~MEM_MAP_ALL) || private == shared)
		return -EINVAL;

	*flags = (private ? MAP_PRIVATE : MAP_SHARED) |
		 (mflags & CLOUDABI_MAP_ANON ? MAP_ANONYMOUS : 0) |
		 (mflags & CLOUDABI_MAP_FIXED ? MAP_FIXED : 0);
	return 0;
}

/* The rights that mapping a file with this protection requires */
static cloudabi_rights_t mem_map_rights(cloudabi_mprot_t prot)
{
	return CLOUDABI_REQUIRED(mem_map, fd, always) |
	       (prot & CLOUDABI_PROT_READ ?
			CLOUDABI_REQUIRED(mem_map, fd, read) : 0) |
	       (prot & CLOUDABI_PROT_WRITE ?
			CLOUDABI_REQUIRED(mem_map, fd, write) : 0) |
	       (prot & CLOUDABI_PROT_EXEC ?
			CLOUDABI_REQUIRED(mem_map, fd, exec) : 0);
}

/*
 * May a mapping be written to?  No architecture has memory that can be written
 * but not read.  So writing requires the right to read as well.  Execution does
 * not: some processors have memory that can be executed only.
 */
static bool mem_may_write(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t need = CLOUDABI_REQUIRED(mem_map, fd, read) |
				       CLOUDABI_REQUIRED(mem_map, fd, write);

	return !(need & ~rights->base);
}

/* The flags that limit the mapping, and mem_protect later, to the rights. */
static vm_flags_t mem_forbidden_flags(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t base = rights->base;

	return (base & CLOUDABI_REQUIRED(mem_map, fd, read) ?
			0 : CLOUDABI_VM_NOREAD) |
	       (mem_may_write(rights) ? 0 : CLOUDABI_VM_NOWRITE) |
	       (base & CLOUDABI_REQUIRED(mem_map, fd, exec) ?
			0 : CLOUDABI_VM_NOEXEC);
}

/*
 * do_mmap() sets VM_MAYWRITE in a shared mapping of a file that is open for
 * writing.  If the rights do not include writing, this opens the file again for
 * reading only.
 */
static struct file *mem_map_open(const struct cloudabi_fd *f,
				 unsigned long flags)
{
	struct file *const file = fd_file(f->f);

	if (!(flags & MAP_SHARED) || !(file->f_mode & FMODE_WRITE) ||
	    mem_may_write(&f->rights))
		return get_file(file);
	return dentry_open(&file->f_path, O_RDONLY | O_LARGEFILE, file->f_cred);
}

/*
 * Like vm_mmap_pgoff(), but passes VMA flags: the mapping must have them before
 * another thread can see it.
 */
static long mem_map_file(struct file *file, unsigned long addr,
			 unsigned long len, unsigned long prot,
			 unsigned long flags, unsigned long pgoff,
			 vm_flags_t vm_flags)
{
	struct mm_struct *const mm = current->mm;
	unsigned long populate;
	LIST_HEAD(uf);
	long at;

	at = security_mmap_file(file, prot, flags);
	if (at)
		return at;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	at = do_mmap(file, addr, len, prot, flags, vm_flags, pgoff, &populate,
		     &uf);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	if (!IS_ERR_VALUE(at) && populate)
		mm_populate(at, populate);
	return at;
}

static long mem_map_fd(cloudabi_fd_t fd, unsigned long addr,
		       cloudabi_size_t len, cloudabi_mprot_t mprot,
		       unsigned long prot, unsigned long flags,
		       cloudabi_filesize_t off)
{
	struct file *file;
	long at;

	audit_mmap_fd(fd, flags);
	CLASS(cloudabi_fd, f)(fd, mem_map_rights(mprot));
	if (f.error)
		return f.error;
	if ((prot & PROT_WRITE) && !mem_may_write(&f.rights))
		return -EACCES;
	if (!PAGE_ALIGNED(off) || off + PAGE_ALIGN(len) < off)
		return -EINVAL;
	file = mem_map_open(&f, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	at = mem_map_file(file, addr, len, prot, flags, off >> PAGE_SHIFT,
			  mem_forbidden_flags(&f.rights));
	fput(file);
	return at;
}

/*
 * Without CONFIG_SWAP, MADV_WILLNEED fails with EBADF at the first anonymous
 * VMA and does not reach the VMAs after it.  So this advises one VMA after the
 * other.  do_madvise() has checked the range.
 */
static int mem_advise_willneed(unsigned long start, unsigned long len)
{
	const unsigned long end = start + PAGE_ALIGN(len);
	struct mm_struct *const mm = current->mm;
	int error = 0;

	while (start < end) {
		const struct vm_area_struct *vma;
		unsigned long from, to;
		int ret;

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
 * cloudabi_sys_mem_advise - Advise how memory is going to be used
 * @mapping: address, aligned to a page
 * @mapping_len: length in bytes, rounded up to pages
 * @advice: the expected use; any value but CLOUDABI_ADVICE_NOREUSE
 *
 * Advice never changes the contents of memory.
 *
 * Rights: none.
 * POSIX: As posix_madvise().  The madvise() of Linux can discard contents.
 * Spec: Memory
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for unknown advice, an unaligned address, or memory that
 * does not support the advice; -ENOMEM where nothing is mapped; -EIO.
 */
int cloudabi_sys_mem_advise(void __user *mapping, cloudabi_size_t mapping_len,
			    cloudabi_advice_t advice)
{
	int behavior, error;

	switch (advice) {
	case CLOUDABI_ADVICE_DONTNEED:
		/* MADV_DONTNEED would discard the contents. */
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
		return mem_advise_willneed((unsigned long)mapping, mapping_len);
	return error;
}

/**
 * cloudabi_sys_mem_map - Map memory
 * @addr: address of the mapping with CLOUDABI_MAP_FIXED; otherwise a hint
 * @len: length in bytes, rounded up to pages
 * @prot: memory protection: any of CLOUDABI_PROT_READ, CLOUDABI_PROT_WRITE and
 *        CLOUDABI_PROT_EXEC
 * @flags: type of the mapping; exactly one of CLOUDABI_MAP_PRIVATE and
 *         CLOUDABI_MAP_SHARED
 * @fd: the file, or CLOUDABI_MAP_ANON_FD for anonymous memory
 * @off: offset in the file in bytes, aligned to a page; 0 for anonymous memory
 * @mem: where to store the address
 *
 * A fixed mapping replaces existing mappings in its range.  mem_protect()
 * cannot exceed the rights that the descriptor has when it is mapped.
 *
 * Rights: none for anonymous memory; else MEM_MAP, for CLOUDABI_PROT_READ also
 * FD_READ, for CLOUDABI_PROT_WRITE also FD_WRITE, for CLOUDABI_PROT_EXEC also
 * MEM_MAP_EXEC.
 * POSIX: As mmap(), except that memory is never both writable and executable,
 * that PROT_WRITE of a private mapping also requires a right, and that writable
 * memory requires FD_READ, as memory that can be written can also be read.
 * Memory that is mapped with CLOUDABI_PROT_EXEC alone can only be executed on
 * processors with protection keys; on others it can be read as well, whatever
 * the rights.
 * Spec: Memory
 * Context: Process context.  May sleep.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable, or
 * for unknown protection bits; -EINVAL for contradictory arguments, a length of
 * 0, or an unaligned address or offset; -EBADF; -ENOTCAPABLE; -EACCES for a
 * file that is not open for reading, or for writing without FD_READ; -ENODEV
 * for a file that can't be mapped; -EOVERFLOW for an offset that is too large;
 * -EPERM for a fixed address that is too low, code of a file system that is
 * mounted noexec, or memory that is sealed; -ENOMEM.
 */
int cloudabi_sys_mem_map(void __user *addr, cloudabi_size_t len,
			 cloudabi_mprot_t prot, cloudabi_mflags_t flags,
			 cloudabi_fd_t fd, cloudabi_filesize_t off,
			 void __user **mem)
{
	unsigned long vm_prot, vm_flags;
	int error;
	long at;

	error = mem_convert_prot(prot, &vm_prot) ?:
		mem_convert_flags(flags, &vm_flags);
	if (error)
		return error;
	if (!(flags & CLOUDABI_MAP_ANON))
		at = mem_map_fd(fd, (unsigned long)addr, len, prot, vm_prot,
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

static vm_flags_t mem_protect_flags(struct vm_area_struct *vma,
				    unsigned long prot)
{
	const int pkey = arch_override_mprotect_pkey(vma, prot, -1);

	return calc_vm_prot_bits(prot, pkey) |
	       (vma->vm_flags & ~(VM_ACCESS_FLAGS | VM_FLAGS_CLEAR));
}

static int mem_protect_check(struct vm_area_struct *vma, vm_flags_t flags,
			     unsigned long prot)
{
	/* Each VM_MAY* flag is four bits above the flag that it allows. */
	const vm_flags_t allowed = flags >> 4 & VM_ACCESS_FLAGS &
				   ~cloudabi_vm_forbidden(flags);

	if (flags & VM_ACCESS_FLAGS & ~allowed)
		return -EACCES;
	if (map_deny_write_exec(vma->vm_flags, flags))
		return -EACCES;
	if (!arch_validate_flags(flags))
		return -EINVAL;
	return security_file_mprotect(vma, prot, prot);
}

/* Protects the VMA at @start and advances @start past it, or to @end. */
static int mem_protect_next(struct mmu_gather *tlb, unsigned long *start,
			    unsigned long end, unsigned long prot)
{
	VMA_ITERATOR(vmi, current->mm, *start);
	struct vm_area_struct *vma, *prev;
	const unsigned long at = *start;
	vm_flags_t flags;
	int error;

	mmap_assert_write_locked(current->mm);
	/* mprotect_fixup() may merge the range with @prev, which touches it. */
	find_vma_prev(current->mm, at, &prev);
	vma = vma_find(&vmi, end);
	if (!vma || vma->vm_start > at)
		return -ENOMEM;
	if (vma->vm_start < at)
		prev = vma;

	*start = min(end, vma->vm_end);
	flags = mem_protect_flags(vma, prot);
	error = mem_protect_check(vma, flags, prot);
	if (!error && vma->vm_ops && vma->vm_ops->mprotect)
		error = vma->vm_ops->mprotect(vma, at, *start, flags);
	return error ?:
	       mprotect_fixup(&vmi, tlb, vma, &prev, at, *start, flags);
}

/* Like do_mprotect_pkey(), which is static in mm/mprotect.c. */
static int mem_protect_range(unsigned long start, unsigned long end,
			     unsigned long prot)
{
	struct mm_struct *const mm = current->mm;
	struct mmu_gather tlb;
	int error = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	tlb_gather_mmu(&tlb, mm);
	while (!error && start < end)
		error = signal_pending(current) ?
				-ERESTARTNOINTR :
				mem_protect_next(&tlb, &start, end, prot);
	tlb_finish_mmu(&tlb);
	mmap_write_unlock(mm);
	return error;
}

/**
 * cloudabi_sys_mem_protect - Change the protection of memory
 * @mapping: address, aligned to a page
 * @mapping_len: length in bytes, rounded up to pages
 * @prot: the new protection
 *
 * Memory that was writable can become executable.
 *
 * Rights: none.
 * POSIX: As mprotect(), except that memory is never both writable and
 * executable, and that the rights with which a file was mapped are the limit.
 * Spec: Memory
 * Context: Process context.  May sleep.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable, or
 * for unknown protection bits; -EINVAL for an unaligned address; -ENOMEM where
 * nothing is mapped; -EACCES if the mapping does not allow the protection.
 */
int cloudabi_sys_mem_protect(void __user *mapping, cloudabi_size_t mapping_len,
			     cloudabi_mprot_t prot)
{
	const unsigned long start = untagged_addr((unsigned long)mapping);
	const unsigned long end = start + PAGE_ALIGN(mapping_len);
	unsigned long vm_prot;
	int error;

	error = mem_convert_prot(prot, &vm_prot);
	if (error)
		return error;
	if (!PAGE_ALIGNED(start))
		return -EINVAL;
	if (!mapping_len)
		return 0;
	return end > start ? mem_protect_range(start, end, vm_prot) : -ENOMEM;
}

/* Return: the file to write back, with a reference; NULL for none; -EBUSY. */
static struct file *mem_sync_file(const struct vm_area_struct *vma,
				  cloudabi_msflags_t flags)
{
	if ((flags & CLOUDABI_MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED))
		return ERR_PTR(-EBUSY);
	if (!(flags & CLOUDABI_MS_SYNC) || !(vma->vm_flags & VM_SHARED) ||
	    !vma->vm_file)
		return NULL;
	return get_file(vma->vm_file);
}

/*
 * Writes back the first VMA from @start on and advances @start past it, or to
 * @end.  Sets @hole if @start is not mapped.
 */
static int mem_sync_next(unsigned long *start, unsigned long end,
			 cloudabi_msflags_t flags, bool *hole)
{
	struct mm_struct *const mm = current->mm;
	struct file *file __free(fput) = NULL;
	const struct vm_area_struct *vma;
	loff_t from, to;

	if (signal_pending(current))
		return -ERESTARTNOINTR;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = find_vma_intersection(mm, *start, end);
	if (!vma || vma->vm_start > *start)
		*hole = true;
	if (vma) {
		from = max(*start, vma->vm_start) - vma->vm_start +
		       ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
		*start = min(end, vma->vm_end);
		to = *start - vma->vm_start - 1 +
		     ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
		file = mem_sync_file(vma, flags);
	} else {
		*start = end;
	}
	mmap_read_unlock(mm);
	if (IS_ERR_OR_NULL(file))
		return PTR_ERR_OR_ZERO(file);
	return vfs_fsync_range(file, from, to, 1);
}

/**
 * cloudabi_sys_mem_sync - Write memory back to the files that it maps
 * @mapping: address, aligned to a page
 * @mapping_len: length in bytes, rounded up to pages
 * @flags: exactly one of CLOUDABI_MS_ASYNC and CLOUDABI_MS_SYNC; optionally
 *         CLOUDABI_MS_INVALIDATE; unknown flags are ignored
 *
 * Rights: none.
 * POSIX: As msync().
 * Spec: Memory
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for both or none of the two flags, or an unaligned
 * address; -ENOMEM where nothing is mapped; -EBUSY for invalidating locked
 * memory; -EIO, -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_mem_sync(void __user *mapping, cloudabi_size_t mapping_len,
			  cloudabi_msflags_t flags)
{
	const bool async = flags & CLOUDABI_MS_ASYNC;
	const bool sync = flags & CLOUDABI_MS_SYNC;
	unsigned long start = untagged_addr((unsigned long)mapping);
	const unsigned long end = start + PAGE_ALIGN(mapping_len);
	bool hole = false;
	int error = 0;

	if (async == sync || !PAGE_ALIGNED(start))
		return -EINVAL;
	/* msync() accepts a length that wraps around when it is rounded up. */
	if (PAGE_ALIGN(mapping_len) < mapping_len || end < start)
		return -ENOMEM;
	while (!error && start < end)
		error = mem_sync_next(&start, end, flags, &hole);
	return error ?: (hole ? -ENOMEM : 0);
}

/**
 * cloudabi_sys_mem_unmap - Unmap memory
 * @mapping: address, aligned to a page
 * @mapping_len: length in bytes, rounded up to pages
 *
 * The range may contain addresses where nothing is mapped.  A process may unmap
 * its stack, its code and the vDSO.
 *
 * Rights: none.
 * POSIX: As munmap().
 * Spec: Memory
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for an unaligned address, a length of 0, or a range
 * outside of user memory; -ENOMEM if the call splits a mapping and the process
 * has too many.
 */
int cloudabi_sys_mem_unmap(void __user *mapping, cloudabi_size_t mapping_len)
{
	return vm_munmap((unsigned long)mapping, mapping_len);
}
