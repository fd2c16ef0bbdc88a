/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Flags of open files
 */
#ifndef _KERNEL_CLOUDABI_FDFLAGS_H
#define _KERNEL_CLOUDABI_FDFLAGS_H

#include <linux/fs.h>

#include "cloudabi.h"

unsigned int cloudabi_fdflags_to_open(cloudabi_fdflags_t fdflags);
cloudabi_fdflags_t cloudabi_fdflags_get(struct file *file);
int cloudabi_fdflags_put(struct file *file, cloudabi_fdflags_t seen,
			 cloudabi_fdflags_t fdflags);
void cloudabi_fdflags_init(struct file *file, cloudabi_fdflags_t fdflags);

#endif /* _KERNEL_CLOUDABI_FDFLAGS_H */
