// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Rate limit of the audit records of a process
 */

#include <linux/atomic.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "denial_limit.h"

/**
 * struct cloudabi_denial_limit - Rate limit of audit records
 * @users: number of processes that share it
 * @ratelimit: the limit
 * @suppressed: number of refusals since the last record that have no record
 *
 * A process shares it with its children, because a program could fill the log
 * by forking otherwise.  Each program that a Linux task executes has a limit of
 * its own, so that no program can suppress the records of another one.
 */
struct cloudabi_denial_limit {
	refcount_t users;
	struct ratelimit_state ratelimit;
	atomic_t suppressed;
};

/**
 * cloudabi_denial_limit_get - Get a limit for a new process
 * @shared: limit of the process that creates it, or NULL for a new limit
 *
 * Context: Process context.  May sleep.
 * Return: the limit, to be released by cloudabi_denial_limit_put(); NULL if
 * there is no memory.
 */
struct cloudabi_denial_limit *
cloudabi_denial_limit_get(struct cloudabi_denial_limit *shared)
{
	struct cloudabi_denial_limit *limit;

	if (shared) {
		refcount_inc(&shared->users);
		return shared;
	}
	limit = kzalloc(sizeof(*limit), GFP_KERNEL_ACCOUNT);
	if (!limit)
		return NULL;
	refcount_set(&limit->users, 1);
	ratelimit_default_init(&limit->ratelimit);
	/* The next record says how many were suppressed; printk() does not. */
	ratelimit_set_flags(&limit->ratelimit, RATELIMIT_MSG_ON_RELEASE);
	return limit;
}

/**
 * cloudabi_denial_limit_put - Release a limit
 * @limit: the limit, or NULL
 *
 * Context: Any.
 */
void cloudabi_denial_limit_put(struct cloudabi_denial_limit *limit)
{
	if (limit && refcount_dec_and_test(&limit->users))
		kfree(limit);
}

/**
 * cloudabi_denial_limit_allow - Decide whether a refusal gets an audit record
 * @limit: the limit of the process
 * @suppressed: where to store the number of refusals without a record since the
 *              last record
 *
 * Context: Any.
 * Return: true if it does; false if the refusal only counts as suppressed.
 */
bool cloudabi_denial_limit_allow(struct cloudabi_denial_limit *limit,
				 unsigned int *suppressed)
{
	if (!__ratelimit(&limit->ratelimit)) {
		atomic_inc(&limit->suppressed);
		return false;
	}
	*suppressed = atomic_xchg(&limit->suppressed, 0);
	return true;
}
