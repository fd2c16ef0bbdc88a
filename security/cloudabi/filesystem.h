/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - File systems that a CloudABI task may change
 */
#ifndef _SECURITY_CLOUDABI_FILESYSTEM_H
#define _SECURITY_CLOUDABI_FILESYSTEM_H

#include <linux/types.h>

struct super_block;

bool cloudabi_sb_may_change(const struct super_block *sb);

#endif /* _SECURITY_CLOUDABI_FILESYSTEM_H */
