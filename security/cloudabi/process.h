/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Processes
 *
 * A thread group that runs a CloudABI program has one struct cloudabi_proc.
 * exec or proc_fork() creates it, and it is freed with the last task of the
 * group.  The blob of each task holds a reference.
 */
#ifndef _SECURITY_CLOUDABI_PROCESS_H
#define _SECURITY_CLOUDABI_PROCESS_H

#include <linux/bits.h>
#include <linux/cloudabi.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/refcount.h>

#include "entry.h"

struct cloudabi_denial_limit;

/**
 * struct cloudabi_proc - A CloudABI process
 * @users: number of tasks that refer to it
 * @lock: serialises changes of the rights table and of the descriptors
 * @table: the rights table; growing it replaces it under RCU
 * @exit_code: 0 until the first proc_exit(), then CLOUDABI_PROC_EXITED and the
 *        exit code
 * @denial_limit: rate limit of the audit records of refusals
 */
struct cloudabi_proc {
	refcount_t users;
	struct mutex lock; /* serialises changes of table and descriptors */
	struct cloudabi_table __rcu *table;
	u64 exit_code;
	struct cloudabi_denial_limit *denial_limit;
};

#define CLOUDABI_PROC_EXITED BIT_ULL(32)

struct cloudabi_proc *cloudabi_proc_alloc(unsigned int size);
struct cloudabi_proc *cloudabi_proc_copy(struct cloudabi_proc *parent);
void cloudabi_proc_put(struct cloudabi_proc *proc);
cloudabi_exitcode_t cloudabi_proc_exit(struct cloudabi_proc *proc,
				       cloudabi_exitcode_t code);
cloudabi_exitcode_t cloudabi_proc_exitcode(const struct cloudabi_proc *proc,
					   cloudabi_exitcode_t otherwise);

/* The table of a process whose lock the caller holds. */
static inline struct cloudabi_table *
cloudabi_table_locked(const struct cloudabi_proc *proc)
{
	return rcu_dereference_protected(proc->table,
					 lockdep_is_held(&proc->lock));
}

/* The entry of an open descriptor, or NULL. */
static inline struct cloudabi_entry *
cloudabi_entry_open(const struct cloudabi_proc *proc, unsigned int fd)
{
	struct cloudabi_entry *entry;

	lockdep_assert_held(&proc->lock);
	entry = cloudabi_table_entry(cloudabi_table_locked(proc), fd);
	return entry && entry->file ? entry : NULL;
}

#endif /* _SECURITY_CLOUDABI_PROCESS_H */
