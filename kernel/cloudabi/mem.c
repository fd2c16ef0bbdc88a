// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Memory
 */

#include <linux/mm.h>
#include <linux/mman.h>

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

/**
 * cloudabi_sys_mem_map - Map memory
 * @addr: where to, with CLOUDABI_MAP_FIXED; a hint otherwise
 * @len: length in bytes, rounded up to pages
 * @prot: what may be done with the memory
 * @flags: kind of mapping; exactly one of private and shared
 * @fd: CLOUDABI_MAP_ANON_FD for anonymous memory
 * @off: 0 for anonymous memory
 * @mem: where to store the address
 *
 * A fixed mapping replaces what is there.
 *
 * Rights: none for anonymous memory.
 * Return: 0; -EOPNOTSUPP for memory that is both writable and executable or
 * for unknown protection bits; -EINVAL for contradicting arguments and no
 * length; -ENOMEM; -ENODEV for anything but anonymous memory.
 */
int cloudabi_sys_mem_map(void __user *addr, cloudabi_size_t len,
			 cloudabi_mprot_t prot, cloudabi_mflags_t flags,
			 cloudabi_fd_t fd, cloudabi_filesize_t off,
			 void __user **mem)
{
	unsigned long vm_prot, vm_flags, at;
	int error;

	error = convert_prot(prot, &vm_prot) ?: convert_flags(flags, &vm_flags);
	if (error)
		return error;
	if (!(flags & CLOUDABI_MAP_ANON))
		return -ENODEV;
	if (fd != CLOUDABI_MAP_ANON_FD || off)
		return -EINVAL;

	at = vm_mmap(NULL, (unsigned long)addr, len, vm_prot, vm_flags, 0);
	if (IS_ERR_VALUE(at))
		return (long)at;
	*mem = (void __user *)at;
	return 0;
}

/**
 * cloudabi_sys_mem_protect - Change what may be done with memory
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 * @prot: what may be done from now on
 *
 * Rights: none.
 * Return: 0; -EOPNOTSUPP as for mem_map; -EINVAL for an address within a page;
 * -ENOMEM where nothing is mapped; -EACCES beyond what the mapping was made
 * for.
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
 * cloudabi_sys_mem_unmap - Unmap memory
 * @mapping: address, at a page
 * @mapping_len: length in bytes, rounded up to pages
 *
 * Holes are fine.  A process may unmap its stack, its code and the vDSO.
 *
 * Rights: none.
 * Return: 0; -EINVAL for an address within a page, no length, or addresses that
 * are not the program's.
 */
int cloudabi_sys_mem_unmap(void __user *mapping, cloudabi_size_t mapping_len)
{
	return vm_munmap((unsigned long)mapping, mapping_len);
}
