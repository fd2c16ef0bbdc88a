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
 * The id is the pid in the initial pid namespace, since processes of several
 * namespaces may share a lock.  The ABI does not use 0 and 1, so 1 is added.
 * All pids are below 2^22, so an id fits below the two flags in the word of a
 * lock.
 *
 * Context: Any.
 * Return: the id.
 */
static inline cloudabi_tid_t cloudabi_tid(const struct task_struct *task)
{
	return task_pid_nr((struct task_struct *)task) + 1;
}

void cloudabi_task_start(struct task_struct *task, int trace);

#endif /* _KERNEL_CLOUDABI_THREAD_H */
