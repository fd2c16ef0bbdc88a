// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Processes
 */

#include <linux/atomic.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "denial_limit.h"
#include "entry.h"
#include "process.h"
#include "task.h"

/* Consumes @table, which is NULL if the caller got no memory for it. */
static struct cloudabi_proc *process_create(struct cloudabi_table *table)
{
	struct cloudabi_proc *const parent = cloudabi_current_proc();
	struct cloudabi_denial_limit *const limit =
		cloudabi_denial_limit_get(parent ? parent->denial_limit : NULL);
	struct cloudabi_proc *const proc =
		table && limit ? kzalloc(sizeof(*proc), GFP_KERNEL_ACCOUNT) :
				 NULL;

	if (!proc) {
		cloudabi_denial_limit_put(limit);
		kvfree(table);
		return NULL;
	}
	refcount_set(&proc->users, 1);
	mutex_init(&proc->lock);
	RCU_INIT_POINTER(proc->table, table);
	proc->denial_limit = limit;
	return proc;
}

/**
 * cloudabi_proc_alloc - Create a process without descriptors
 * @size: number of descriptors to make room for
 *
 * Context: Process context.  May sleep.
 * Return: the process with one reference, or NULL if there is no memory.
 */
struct cloudabi_proc *cloudabi_proc_alloc(unsigned int size)
{
	return process_create(cloudabi_table_alloc(size));
}

/**
 * cloudabi_proc_copy - Create a process with the rights of the caller's
 * @parent: the process of the caller
 *
 * Linux copies the descriptors in another step of fork.  A descriptor that was
 * installed between the two steps would have no rights in the child, and the
 * child could not even close it.  So the caller holds the lock during both
 * steps.
 *
 * Context: Process context, lock of @parent held.  May sleep.
 * Return: the process with one reference, or NULL if there is no memory.
 */
struct cloudabi_proc *cloudabi_proc_copy(struct cloudabi_proc *parent)
{
	struct cloudabi_table *table;

	lockdep_assert_held(&parent->lock);
	table = cloudabi_table_copy(cloudabi_table_locked(parent));
	return process_create(table);
}

/**
 * cloudabi_proc_put - Drop a reference
 * @proc: the process, or NULL
 *
 * Context: Any.  Tasks are freed in softirqs.
 */
void cloudabi_proc_put(struct cloudabi_proc *proc)
{
	if (!proc || !refcount_dec_and_test(&proc->users))
		return;
	kvfree(rcu_dereference_protected(proc->table, true));
	cloudabi_denial_limit_put(proc->denial_limit);
	mutex_destroy(&proc->lock);
	kfree(proc);
}

/**
 * cloudabi_proc_exit - Set the exit code of a process
 * @proc: the process
 * @code: the exit code
 *
 * Threads may call proc_exit() at the same time.  The first exit code counts.
 *
 * Context: Any.
 * Return: the exit code of the process.
 */
cloudabi_exitcode_t cloudabi_proc_exit(struct cloudabi_proc *proc,
				       cloudabi_exitcode_t code)
{
	const u64 first = cmpxchg64(&proc->exit_code, 0,
				    CLOUDABI_PROC_EXITED | code);

	return first ? first & U32_MAX : code;
}

/**
 * cloudabi_proc_exitcode - Get the exit code of a process that was not killed
 * @proc: the process
 * @otherwise: the exit code if the process has not called proc_exit()
 *
 * Context: Any.
 * Return: the exit code.
 */
cloudabi_exitcode_t cloudabi_proc_exitcode(const struct cloudabi_proc *proc,
					   cloudabi_exitcode_t otherwise)
{
	return proc->exit_code & CLOUDABI_PROC_EXITED ?
		       proc->exit_code & U32_MAX : otherwise;
}
