/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Process descriptors
 */
#ifndef _KERNEL_CLOUDABI_PROCDESC_H
#define _KERNEL_CLOUDABI_PROCDESC_H

#include <linux/cloudabi_procdesc.h>
#include <uapi/linux/cloudabi.h>

struct file;
struct kstat;
struct task_struct;

struct file *cloudabi_procdesc_create(void);
void cloudabi_procdesc_attach(struct file *file, struct task_struct *task);
bool cloudabi_procdesc_status(struct file *file, cloudabi_signal_t *signal,
			      cloudabi_exitcode_t *exitcode);
void cloudabi_procdesc_stat(struct file *file, struct kstat *stat);

#endif /* _KERNEL_CLOUDABI_PROCDESC_H */
