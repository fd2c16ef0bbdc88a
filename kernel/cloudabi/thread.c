// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Threads
 */

#include <linux/numa.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <trace/events/sched.h>

#include "arch.h"
#include "cloudabi.h"
#include "thread.h"

#define THREAD_FLAGS                                                     \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
	 CLONE_SYSVSEM | CLONE_SETTLS)

/**
 * cloudabi_task_start - Let a new thread or process run
 * @task: its only, or its new thread
 * @trace: PTRACE_EVENT_* that a tracer of the caller waits for, or 0
 *
 * What kernel_clone() does once there is a task, which would start it before its
 * registers are set.
 */
void cloudabi_task_start(struct task_struct *task, int trace)
{
	/* The task may be gone once it runs. */
	struct pid *const pid = trace ? get_task_pid(task, PIDTYPE_PID) : NULL;

	trace_sched_process_fork(current, task);
	wake_up_new_task(task);
	if (trace)
		ptrace_event_pid(trace, pid);
	put_pid(pid);
}

/**
 * cloudabi_sys_thread_create - Start a thread
 * @attr: entry point, argument, and stack of the thread; its length in bytes
 * @tid: where to store the id of the thread
 *
 * The thread may run, and end, before its creator has the id.  Its thread
 * pointer and the TCB lie at the upper end of its stack, which need not be
 * aligned.
 *
 * Rights: none.
 * POSIX: pthread_create() is a function of a library, which has to allocate the
 * stack, and to free it when the thread no longer uses it.
 * Return: 0; -EFAULT for attributes that can't be read, or a stack that can't
 * be written; -EAGAIN at a limit; -ENOMEM.
 */
int cloudabi_sys_thread_create(cloudabi_threadattr_t __user *attr,
			       cloudabi_tid_t *tid)
{
	struct kernel_clone_args args = { .flags = THREAD_FLAGS };
	cloudabi_threadattr_t thread;
	struct task_struct *task;
	int trace = 0;

	if (copy_from_user(&thread, attr, sizeof(thread)))
		return -EFAULT;
	if (cloudabi_arch_thread_stack(&thread, &args.stack, &args.tls))
		return -EFAULT;
	if (ptrace_event_enabled(current, PTRACE_EVENT_CLONE))
		trace = PTRACE_EVENT_CLONE;

	/*
	 * kernel_clone() would start the thread before its registers are set. It
	 * also tells observers, which is done here.
	 */
	task = copy_process(NULL, trace, NUMA_NO_NODE, &args);
	if (IS_ERR(task))
		return PTR_ERR(task);
	*tid = cloudabi_tid(task);
	cloudabi_arch_thread_start(task, &thread, args.stack, *tid);
	cloudabi_task_start(task, trace);
	return 0;
}

/**
 * cloudabi_sys_thread_exit - End the calling thread
 * @lock: a lock, which is unlocked as the very last thing
 * @scope: its scope
 *
 * Whoever gets the lock may free the thread's stack.  That the lock could not
 * be unlocked is told to nobody.  With its last thread the process ends, with
 * the code 0.
 *
 * Rights: none.
 * POSIX: pthread_exit() is a function of a library.
 * Return: does not.
 */
int cloudabi_sys_thread_exit(cloudabi_lock_t __user *lock, cloudabi_scope_t scope)
{
	cloudabi_sys_lock_unlock(lock, scope);
	do_exit(0);
}

/**
 * cloudabi_sys_thread_yield - Let other threads run
 *
 * Rights: none.
 * POSIX: As sched_yield().
 * Return: 0.
 */
int cloudabi_sys_thread_yield(void)
{
	yield();
	return 0;
}
