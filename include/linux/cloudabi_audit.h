/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - Interface to the audit subsystem
 */
#ifndef _LINUX_CLOUDABI_AUDIT_H
#define _LINUX_CLOUDABI_AUDIT_H

#include <linux/kconfig.h>
#include <linux/types.h>
#include <uapi/linux/cloudabi.h>

/**
 * is_cloudabi_audit_arch - Does an audit record describe a CloudABI call?
 * @arch: architecture value of the record
 *
 * The record decides, not the task: since the call began, the task may have
 * executed a program of another ABI.
 *
 * Context: Any.
 * Return: true if the record describes a CloudABI call.
 */
static inline bool is_cloudabi_audit_arch(u32 arch)
{
	return IS_ENABLED(CONFIG_CLOUDABI) &&
	       (arch & CLOUDABI_AUDIT_ARCH(0)) == CLOUDABI_AUDIT_ARCH(0);
}

/* kernel/cloudabi/audit.c */
unsigned int cloudabi_audit_perm(unsigned int nr, const unsigned long *args);

#endif /* _LINUX_CLOUDABI_AUDIT_H */
