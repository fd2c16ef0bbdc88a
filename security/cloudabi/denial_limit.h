/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Rate limit of the audit records of refusals
 */
#ifndef _SECURITY_CLOUDABI_DENIAL_LIMIT_H
#define _SECURITY_CLOUDABI_DENIAL_LIMIT_H

#include <linux/types.h>

struct cloudabi_denial_limit;

struct cloudabi_denial_limit *
cloudabi_denial_limit_get(struct cloudabi_denial_limit *shared);
void cloudabi_denial_limit_put(struct cloudabi_denial_limit *limit);
bool cloudabi_denial_limit_allow(struct cloudabi_denial_limit *limit,
				 unsigned int *suppressed);

#endif /* _SECURITY_CLOUDABI_DENIAL_LIMIT_H */
