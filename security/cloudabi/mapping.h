/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Access that a mapping can never get
 *
 * mem_map() records which access the rights of the descriptor rule out, so that
 * mem_protect() cannot add it later.  Clearing VM_MAYREAD, VM_MAYWRITE or
 * VM_MAYEXEC would do the same, but would also stop debuggers and uprobes,
 * which rights do not limit: they write breakpoints only where VM_MAYWRITE is
 * set, and read code only where VM_MAYREAD is set.
 *
 * So these are bits of their own, which no other part of the kernel uses.  fork
 * copies them, and a mapping is never merged with one that has other bits.
 */
#ifndef _SECURITY_CLOUDABI_MAPPING_H
#define _SECURITY_CLOUDABI_MAPPING_H

#include <linux/bits.h>
#include <linux/mm.h>

#define CLOUDABI_VM_NOREAD BIT(60)
#define CLOUDABI_VM_NOWRITE BIT(61)
#define CLOUDABI_VM_NOEXEC BIT(62)

/**
 * cloudabi_vm_forbidden - Get the access that a mapping can never get
 * @vm_flags: flags of the mapping
 *
 * Context: Any.
 * Return: any of VM_READ, VM_WRITE and VM_EXEC.
 */
static inline vm_flags_t cloudabi_vm_forbidden(vm_flags_t vm_flags)
{
	return (vm_flags & CLOUDABI_VM_NOREAD ? VM_READ : 0) |
	       (vm_flags & CLOUDABI_VM_NOWRITE ? VM_WRITE : 0) |
	       (vm_flags & CLOUDABI_VM_NOEXEC ? VM_EXEC : 0);
}

#endif /* _SECURITY_CLOUDABI_MAPPING_H */
