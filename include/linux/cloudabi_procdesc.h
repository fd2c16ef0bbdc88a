/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - Process descriptors, as other subsystems see them
 */
#ifndef _LINUX_CLOUDABI_PROCDESC_H
#define _LINUX_CLOUDABI_PROCDESC_H

#include <linux/types.h>

struct file;

/* kernel/cloudabi/procdesc.c */
bool cloudabi_is_procdesc(const struct file *file);

#endif /* _LINUX_CLOUDABI_PROCDESC_H */
