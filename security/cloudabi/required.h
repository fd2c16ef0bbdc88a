/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - The rights that the current call requires
 *
 * A look-up checks the rights that the table of the ABI lists for the current
 * call, in addition to those that the handler asks for.
 */
#ifndef _SECURITY_CLOUDABI_REQUIRED_H
#define _SECURITY_CLOUDABI_REQUIRED_H

#include <linux/bits.h>
#include <linux/cloudabi.h>
#include <linux/init.h>
#include <linux/limits.h>

#include "task.h"

/* Not a right: the call requires any of several, cloudabi_required_any_of(). */
#define CLOUDABI_REQUIRED_ANY_OF BIT_ULL(63)

extern cloudabi_rights_t cloudabi_required_by_call[U8_MAX + 1];

void __init cloudabi_init_required_rights(void);
cloudabi_rights_t cloudabi_required_any_of(cloudabi_rights_t base);

/**
 * cloudabi_required_rights - Get the rights that the current call requires
 *
 * restart_syscall requires none: the rights were checked before the wait that
 * it resumes.
 *
 * Context: Process context.
 * Return: base rights that the call requires whatever its arguments are,
 * possibly with CLOUDABI_REQUIRED_ANY_OF.
 */
static __always_inline cloudabi_rights_t cloudabi_required_rights(void)
{
	return cloudabi_required_by_call[cloudabi_call_nr()];
}

#endif /* _SECURITY_CLOUDABI_REQUIRED_H */
