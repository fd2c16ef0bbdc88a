/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Threads
 */
#ifndef _KERNEL_CLOUDABI_THREAD_H
#define _KERNEL_CLOUDABI_THREAD_H

#include <linux/sched.h>

#include "cloudabi.h"

/**
 * cloudabi_tid - Thread id of a task
 * @task: the task
 *
 * Unique in the whole system, since locks may be shared across namespaces.  The
 * values 0 and 1 are not used by the ABI, hence the addition.  All pids are
 * below 2^22 and thus leave the two bits of a lock word alone.
 */
static inline cloudabi_tid_t cloudabi_tid(const struct task_struct *task)
{
	return task_pid_nr((struct task_struct *)task) + 1;
}

void cloudabi_task_start(struct task_struct *task, int trace);

#endif /* _KERNEL_CLOUDABI_THREAD_H */
