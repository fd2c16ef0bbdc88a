/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - What audit asks about a call
 *
 * All of it is nothing without CONFIG_CLOUDABI.
 */
#ifndef _LINUX_CLOUDABI_AUDIT_H
#define _LINUX_CLOUDABI_AUDIT_H

#include <linux/kconfig.h>
#include <linux/types.h>
#include <uapi/linux/cloudabi.h>

/**
 * is_cloudabi_audit_arch - Is a recorded call one of CloudABI?
 * @arch: architecture of the record; the task may run another program by now
 */
static inline bool is_cloudabi_audit_arch(u32 arch)
{
	return IS_ENABLED(CONFIG_CLOUDABI) &&
	       (arch & CLOUDABI_AUDIT_ARCH(0)) == CLOUDABI_AUDIT_ARCH(0);
}

/* kernel/cloudabi/audit.c */
unsigned int cloudabi_audit_perm(unsigned int nr, const unsigned long *args);

#endif /* _LINUX_CLOUDABI_AUDIT_H */
