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
 * cloudabi_task_start - Start a task that copy_process() made
 * @task: the new thread, or the only thread of a new process
 * @trace: PTRACE_EVENT_* to report to the tracer of the caller, or 0
 *
 * Does the second half of kernel_clone().  Callers cannot use kernel_clone():
 * it starts the task before they can set its registers.
 *
 * Context: Process context.  Sleeps for as long as a tracer stops the caller.
 */
void cloudabi_task_start(struct task_struct *task, int trace)
{
	/* The task may exit as soon as it runs. */
	struct pid *const pid = trace ? get_task_pid(task, PIDTYPE_PID) : NULL;

	trace_sched_process_fork(current, task);
	wake_up_new_task(task);
	if (trace)
		ptrace_event_pid(trace, pid);
	put_pid(pid);
}

/**
 * cloudabi_sys_thread_create - Start a thread
 * @attr: entry point, argument, and stack of the thread; length of the stack in
 *        bytes
 * @tid: where to store the id of the thread
 *
 * The thread may run and end before its creator has the id.  The kernel puts
 * the thread pointer and the TCB at the upper end of the stack.  The stack
 * need not be aligned.
 *
 * Rights: none.
 * POSIX: pthread_create() is a function of a library.  The library allocates
 * the stack, and frees it when the thread no longer uses it.
 * Spec: Processes and threads
 * Context: Process context.  May sleep.
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

	/* Not kernel_clone(), see cloudabi_task_start(). */
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
 * @lock: a lock; the thread unlocks it at the very end
 * @scope: scope of the lock
 *
 * The next owner of the lock may free the stack of the thread that ends.
 * The kernel does not report a failure to unlock the lock.  The process ends
 * with its last thread, with exit code 0.
 *
 * Rights: none.
 * POSIX: pthread_exit() is a function of a library.
 * Spec: Processes and threads
 * Context: Process context, no locks held.  May sleep.
 * Return: does not.
 */
int cloudabi_sys_thread_exit(cloudabi_lock_t __user *lock,
			     cloudabi_scope_t scope)
{
	cloudabi_sys_lock_unlock(lock, scope);
	do_exit(0);
}

/**
 * cloudabi_sys_thread_yield - Let other threads run
 *
 * Rights: none.
 * POSIX: As sched_yield().
 * Spec: Processes and threads
 * Context: Process context.  May sleep.
 * Return: 0.
 */
int cloudabi_sys_thread_yield(void)
{
	yield();
	return 0;
}
