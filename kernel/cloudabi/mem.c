// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Memory
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
	return CLOUDABI_REQUIRED(mem_map, fd, always) |
	       (prot & CLOUDABI_PROT_READ ?
			CLOUDABI_REQUIRED(mem_map, fd, read) : 0) |
	       (prot & CLOUDABI_PROT_WRITE ?
			CLOUDABI_REQUIRED(mem_map, fd, write) : 0) |
	       (prot & CLOUDABI_PROT_EXEC ?
			CLOUDABI_REQUIRED(mem_map, fd, exec) : 0);
}

/*
 * May a mapping be written to?  What can be written can also be read, on all
 * machines; so there is no such thing without the right to read.  Code is another
 * matter: there are machines where it can be executed and nothing else.
 */
static bool may_write(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t need = CLOUDABI_REQUIRED(mem_map, fd, read) |
				       CLOUDABI_REQUIRED(mem_map, fd, write);

	return !(need & ~rights->base);
}

/* The rights are the limit of a mapping for good: what can't be added to it. */
static vm_flags_t forbidden_flags(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t base = rights->base;

	return (base & CLOUDABI_REQUIRED(mem_map, fd, read) ?
			0 : CLOUDABI_VM_NOREAD) |
	       (may_write(rights) ? 0 : CLOUDABI_VM_NOWRITE) |
	       (base & CLOUDABI_REQUIRED(mem_map, fd, exec) ?
			0 : CLOUDABI_VM_NOEXEC);
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
	    may_write(&f->rights))
		return get_file(file);
	return dentry_open(&file->f_path, O_RDONLY | O_LARGEFILE, file->f_cred);
}

/* vm_mmap_pgoff() with flags of the mapping: nobody sees it without its limit. */
static long map_file(struct file *file, unsigned long addr, unsigned long len,
		     unsigned long prot, unsigned long flags,
		     unsigned long pgoff, vm_flags_t vm_flags)
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
	if ((prot & PROT_WRITE) && !may_write(&f.rights))
		return -EACCES;
	if (!PAGE_ALIGNED(off) || off + PAGE_ALIGN(len) < off)
		return -EINVAL;
	file = open_for_map(&f, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	at = map_file(file, addr, len, prot, flags, off >> PAGE_SHIFT,
		      forbidden_flags(&f.rights));
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
 * descriptor without FD_READ gives no memory that can be written, since that
 * can also be read.  What is mapped with CLOUDABI_PROT_EXEC alone can be
 * executed and nothing else on processors with protection keys; on others, it
 * can be read as well, whatever the rights.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable, or
 * for unknown protection bits; -EINVAL for contradicting arguments, no length,
 * or an address or offset within a page; -EBADF; -ENOTCAPABLE; -EACCES for a
 * file that is not open for reading, or is to be written without FD_READ;
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

static vm_flags_t new_flags(struct vm_area_struct *vma, unsigned long prot)
{
	const int pkey = arch_override_mprotect_pkey(vma, prot, -1);

	return calc_vm_prot_bits(prot, pkey) |
	       (vma->vm_flags & ~(VM_ACCESS_FLAGS | VM_FLAGS_CLEAR));
}

static int check_flags(struct vm_area_struct *vma, vm_flags_t flags,
		       unsigned long prot)
{
	/* The VM_MAY* flags are four bits above what they allow. */
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

/* One mapping, or as much of it as is in the range; @start is moved behind it. */
static int protect_next(struct mmu_gather *tlb, unsigned long *start,
			unsigned long end, unsigned long prot)
{
	VMA_ITERATOR(vmi, current->mm, *start);
	struct vm_area_struct *vma, *prev;
	const unsigned long at = *start;
	vm_flags_t flags;
	int error;

	find_vma_prev(current->mm, at, &prev);
	vma = vma_find(&vmi, end);
	if (!vma || vma->vm_start > at)
		return -ENOMEM;
	if (vma->vm_start < at)
		prev = vma;

	*start = min(end, vma->vm_end);
	flags = new_flags(vma, prot);
	error = check_flags(vma, flags, prot);
	if (!error && vma->vm_ops && vma->vm_ops->mprotect)
		error = vma->vm_ops->mprotect(vma, at, *start, flags);
	return error ?:
	       mprotect_fixup(&vmi, tlb, vma, &prev, at, *start, flags);
}

/* As mprotect(), of which there is no function that others can call. */
static int protect(unsigned long start, unsigned long end, unsigned long prot)
{
	struct mm_struct *const mm = current->mm;
	struct mmu_gather tlb;
	int error = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	tlb_gather_mmu(&tlb, mm);
	/* What was changed is quickly found to be so when it is done again. */
	while (!error && start < end)
		error = signal_pending(current) ?
				-ERESTARTNOINTR :
				protect_next(&tlb, &start, end, prot);
	tlb_finish_mmu(&tlb);
	mmap_write_unlock(mm);
	return error;
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
	const unsigned long start = untagged_addr((unsigned long)mapping);
	const unsigned long end = start + PAGE_ALIGN(mapping_len);
	unsigned long vm_prot;
	int error;

	error = convert_prot(prot, &vm_prot);
	if (error)
		return error;
	if (!PAGE_ALIGNED(start))
		return -EINVAL;
	if (!mapping_len)
		return 0;
	return end > start ? protect(start, end, vm_prot) : -ENOMEM;
}

/* What of a mapping is to be written back, with a reference; or NULL. */
static struct file *file_to_sync(const struct vm_area_struct *vma,
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
 * The first mapping of a range, or as much of it as is in there; @start is moved
 * behind it.  Without the lock while it is written back, as that takes time.
 */
static int sync_next(unsigned long *start, unsigned long end,
		     cloudabi_msflags_t flags, bool *hole)
{
	struct mm_struct *const mm = current->mm;
	struct file *file __free(fput) = NULL;
	const struct vm_area_struct *vma;
	loff_t from, to;

	/* What was written back is quickly done again. */
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
		file = file_to_sync(vma, flags);
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
	unsigned long start = untagged_addr((unsigned long)mapping);
	const unsigned long end = start + PAGE_ALIGN(mapping_len);
	bool hole = false;
	int error = 0;

	if (async == sync || !PAGE_ALIGNED(start))
		return -EINVAL;
	/* Linux takes what wraps when it is rounded up for nothing. */
	if (PAGE_ALIGN(mapping_len) < mapping_len || end < start)
		return -ENOMEM;
	while (!error && start < end)
		error = sync_next(&start, end, flags, &hole);
	return error ?: (hole ? -ENOMEM : 0);
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
