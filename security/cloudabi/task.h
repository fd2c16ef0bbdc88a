/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - What a task carries
 */
#ifndef _SECURITY_CLOUDABI_TASK_H
#define _SECURITY_CLOUDABI_TASK_H

#include <linux/init.h>
#include <linux/lsm_hooks.h>
#include <linux/sched.h>

struct cloudabi_proc;

/**
 * struct cloudabi_task - Blob of a task
 * @proc: the process that the task belongs to, NULL for a Linux task
 *
 * Only the task itself changes its blob, and only in exec, when it has no
 * siblings.
 */
struct cloudabi_task {
	struct cloudabi_proc *proc;
};

extern struct lsm_blob_sizes cloudabi_blob_sizes;
extern bool cloudabi_enabled;
extern const struct lsm_id cloudabi_lsmid;

static inline struct cloudabi_task *
cloudabi_task_blob(const struct task_struct *task)
{
	return task->security + cloudabi_blob_sizes.lbs_task;
}

static inline struct cloudabi_proc *cloudabi_proc(void)
{
	return cloudabi_task_blob(current)->proc;
}

void __init cloudabi_add_confine_hooks(void);

#endif /* _SECURITY_CLOUDABI_TASK_H */
