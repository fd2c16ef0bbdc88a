// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Rate limit of the audit records of refusals
 */

#include <linux/atomic.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "denial_limit.h"

/**
 * struct cloudabi_denial_limit - Rate limit of the audit records of refusals
 * @users: number of processes that share it
 * @ratelimit: the rate limit
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
 * cloudabi_denial_limit_get - Get a rate limit for a new process
 * @shared: rate limit of the process that creates it, or NULL for a new one
 *
 * Context: Process context.  May sleep.
 * Return: the rate limit, to be released by cloudabi_denial_limit_put(); NULL
 * if there is no memory.
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
	/* The next audit record says how many were suppressed, not printk(). */
	ratelimit_set_flags(&limit->ratelimit, RATELIMIT_MSG_ON_RELEASE);
	return limit;
}

/**
 * cloudabi_denial_limit_put - Release a rate limit
 * @limit: the rate limit, or NULL
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
 * @limit: rate limit of the process
 * @suppressed: where to store the number of refusals without a record since the
 *              last record
 *
 * Context: Any.
 * Return: true if the refusal gets a record; false if it only counts as
 * suppressed.
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
