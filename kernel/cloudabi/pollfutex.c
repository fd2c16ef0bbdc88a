// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - poll for a lock or condition variable
 *
 * The wait itself is in futex.c.  This file takes the subscription from user
 * memory and stores the event.
 */

#include <linux/build_bug.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "futex.h"
#include "poll.h"
#include "timeout.h"

static bool pollfutex_is_futex(cloudabi_eventtype_t type)
{
	return type == CLOUDABI_EVENTTYPE_LOCK_RDLOCK ||
	       type == CLOUDABI_EVENTTYPE_LOCK_WRLOCK ||
	       type == CLOUDABI_EVENTTYPE_CONDVAR;
}

/**
 * cloudabi_poll_is_futex_wait - Does a call wait for a lock or condvar?
 * @poll: the call, with at least one subscription
 *
 * Context: Any.
 * Return: true for a lock or condition variable, alone or followed by a clock.
 */
bool cloudabi_poll_is_futex_wait(const struct cloudabi_poll *poll)
{
	return pollfutex_is_futex(poll->subs[0].type) &&
	       (poll->nsubs == 1 ||
		(poll->nsubs == 2 &&
		 poll->subs[1].type == CLOUDABI_EVENTTYPE_CLOCK));
}

/**
 * cloudabi_poll_futex - Wait for a lock or condition variable
 * @poll: the call, for which cloudabi_poll_is_futex_wait() is true
 *
 * Stores one event.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT; -EINTR or -ERESTART_RESTARTBLOCK if interrupted.
 */
long cloudabi_poll_futex(struct cloudabi_poll *poll)
{
	const cloudabi_subscription_t *const subs = poll->subs;
	struct cloudabi_timeout timeout;
	bool timed_out = false;
	int error;

	if (poll->nsubs == 2) {
		error = cloudabi_poll_timeout_init(poll, &subs[1], &timeout);
		if (error)
			return cloudabi_poll_put_result(poll, &subs[1], error);
	}
	error = cloudabi_futex_wait(&subs[0],
				    poll->nsubs == 2 ? &timeout : NULL,
				    &poll->futex_state, &timed_out);
	if (error == -ERESTART_RESTARTBLOCK)
		return cloudabi_poll_interrupted(poll);
	if (error == -EINTR)
		return error;
	return cloudabi_poll_put_result(poll, &subs[timed_out && !error],
					error);
}

/*
 * The fields of a lock overlap those of a condition variable, so
 * pollfutex_get() copies both in the same way.
 */
static_assert(offsetof(cloudabi_subscription_t, lock.lock_scope) ==
	      offsetof(cloudabi_subscription_t, condvar.lock));

/*
 * Copies the fields of a subscription to a lock or condition variable.
 *
 * Return: 1; 0 for any other subscription; -EFAULT.
 */
static __always_inline int
pollfutex_get(const cloudabi_subscription_t __user *in,
	      cloudabi_subscription_t *sub)
{
	if (!user_access_begin(in, sizeof(*in)))
		return -EFAULT;
	unsafe_get_user(sub->type, &in->type, fault);
	if (!pollfutex_is_futex(sub->type)) {
		user_access_end();
		return 0;
	}
	unsafe_get_user(sub->userdata, &in->userdata, fault);
	unsafe_get_user(sub->condvar.condvar, &in->condvar.condvar, fault);
	unsafe_get_user(sub->condvar.lock, &in->condvar.lock, fault);
	unsafe_get_user(sub->condvar.condvar_scope, &in->condvar.condvar_scope,
			fault);
	unsafe_get_user(sub->condvar.lock_scope, &in->condvar.lock_scope, fault);
	user_access_end();
	return 1;
fault:
	user_access_end();
	return -EFAULT;
}

/* Stores the event of a successful wait. */
static __always_inline int
pollfutex_put_success(cloudabi_event_t __user *out,
		      const cloudabi_subscription_t *sub)
{
	const cloudabi_event_t head = { .type = sub->type };
	u64 __user *const words = (u64 __user *)out;
	u64 word;

	static_assert(sizeof(head) == 4 * sizeof(word));
	static_assert(offsetof(cloudabi_event_t, userdata) == 0);
	static_assert(CLOUDABI_EVENT_SUBJECT == 2 * sizeof(word));
	memcpy(&word, (const char *)&head + sizeof(word), sizeof(word));
	if (!user_access_begin(out, sizeof(*out)))
		return -EFAULT;
	unsafe_put_user(sub->userdata, &words[0], fault);
	unsafe_put_user(word, &words[1], fault);
	unsafe_put_user(cloudabi_event_subject(sub), &words[2], fault);
	unsafe_put_user(0, &words[3], fault);
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/**
 * cloudabi_poll_futex_fast - Wait for one lock or condition variable
 * @in: the only subscription of a call
 * @out: the event
 *
 * This is the most frequent call of poll.  It copies only the fields that it
 * needs and stores the event of success before it waits: see poll.c.
 *
 * Context: Process context.  May sleep.
 * Return: 0 if there is one event; 1 if the caller has to take the general
 * path; -EFAULT; -EINTR or -ERESTART_RESTARTBLOCK if interrupted.
 */
int cloudabi_poll_futex_fast(const cloudabi_subscription_t __user *in,
			     cloudabi_event_t __user *out)
{
	struct cloudabi_poll poll __uninitialized;
	cloudabi_subscription_t sub __uninitialized;
	unsigned int state = CLOUDABI_FUTEX_FRESH;
	bool timed_out;
	int error;

	/* The early event must not overwrite what a restart reads again. */
	if ((char __user *)out < (char __user *)&in[1] &&
	    (char __user *)in < (char __user *)&out[1])
		return 1;
	error = pollfutex_get(in, &sub);
	if (error <= 0)
		return error ?: 1;
	error = pollfutex_put_success(out, &sub);
	if (error)
		return error;
	error = cloudabi_futex_wait(&sub, NULL, &state, &timed_out);
	if (likely(!error) || error == -EINTR)
		return error;

	poll.in = in;
	poll.out = out;
	poll.nsubs = 1;
	poll.nevents = 0;
	poll.start = 0;
	poll.futex_state = state;
	if (error == -ERESTART_RESTARTBLOCK)
		return cloudabi_poll_interrupted(&poll);
	return cloudabi_poll_put_result(&poll, &sub, error);
}
