/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - File systems that may be changed
 */
#ifndef _SECURITY_CLOUDABI_FILESYSTEM_H
#define _SECURITY_CLOUDABI_FILESYSTEM_H

#include <linux/types.h>

struct super_block;

bool cloudabi_may_change(const struct super_block *sb);

#endif /* _SECURITY_CLOUDABI_FILESYSTEM_H */
