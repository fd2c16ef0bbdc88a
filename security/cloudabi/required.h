/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - What is demanded of the descriptors that a call looks up
 *
 * Whatever a handler asks for, the look-up adds what the table of the ABI says
 * that the call needs.
 */
#ifndef _SECURITY_CLOUDABI_REQUIRED_H
#define _SECURITY_CLOUDABI_REQUIRED_H

#include <linux/bits.h>
#include <linux/cloudabi.h>
#include <linux/init.h>
#include <linux/limits.h>

#include "task.h"

/* No right, but a sign that there is a choice: cloudabi_required_any_of(). */
#define CLOUDABI_REQUIRED_ANY_OF BIT_ULL(63)

/*
 * By number of the call, which is an index that needs no check.  The call that
 * a wait goes on by has no demands.
 */
extern cloudabi_rights_t cloudabi_required_by_call[U8_MAX + 1];

void __init cloudabi_init_required_rights(void);
cloudabi_rights_t cloudabi_required_any_of(cloudabi_rights_t base);

/**
 * cloudabi_required_rights - What the current call needs of a descriptor in any case
 *
 * Return: base rights, maybe with CLOUDABI_REQUIRED_ANY_OF.
 */
static __always_inline cloudabi_rights_t cloudabi_required_rights(void)
{
	return cloudabi_required_by_call[cloudabi_call_nr()];
}

#endif /* _SECURITY_CLOUDABI_REQUIRED_H */
