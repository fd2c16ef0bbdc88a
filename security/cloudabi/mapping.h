/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - What a mapping must not become
 *
 * The flags VM_MAY* would say so as well, but to debuggers and uprobes, too, for
 * which rights are no limit: code has breakpoints written to it where Linux has
 * VM_MAYWRITE, and is read where it has VM_MAYREAD.  So these are bits that no
 * other part of the kernel uses; they survive a fork and keep a mapping from being
 * merged with one that may become more.
 */
#ifndef _SECURITY_CLOUDABI_MAPPING_H
#define _SECURITY_CLOUDABI_MAPPING_H

#include <linux/bits.h>
#include <linux/mm.h>

#define CLOUDABI_VM_NOREAD BIT(60)
#define CLOUDABI_VM_NOWRITE BIT(61)
#define CLOUDABI_VM_NOEXEC BIT(62)

/**
 * cloudabi_vm_forbidden - What can't be added to a mapping
 * @vm_flags: its flags
 *
 * Return: any of VM_READ, VM_WRITE and VM_EXEC.
 */
static inline vm_flags_t cloudabi_vm_forbidden(vm_flags_t vm_flags)
{
	return (vm_flags & CLOUDABI_VM_NOREAD ? VM_READ : 0) |
	       (vm_flags & CLOUDABI_VM_NOWRITE ? VM_WRITE : 0) |
	       (vm_flags & CLOUDABI_VM_NOEXEC ? VM_EXEC : 0);
}

#endif /* _SECURITY_CLOUDABI_MAPPING_H */
