/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Paths
 */
#ifndef _KERNEL_CLOUDABI_PATH_H
#define _KERNEL_CLOUDABI_PATH_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>

#include "cloudabi.h"

/* How often a look-up is repeated that collides with renames. */
#define CLOUDABI_PATH_TRIES 64

char *cloudabi_path_get(const char __user *path, cloudabi_size_t path_len);
umode_t cloudabi_path_mode(const struct path *dir, const char *name,
			   unsigned int lookup_flags);

DEFINE_FREE(cloudabi_path, char *, if (!IS_ERR_OR_NULL(_T)) __putname(_T))

#endif /* _KERNEL_CLOUDABI_PATH_H */
