/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Declarations that the files of poll share
 */
#ifndef _KERNEL_CLOUDABI_POLL_H
#define _KERNEL_CLOUDABI_POLL_H

#include <linux/overflow.h>
#include <linux/types.h>

#include "../../security/cloudabi/accounted.h"
#include "cloudabi.h"
#include "futex.h"
#include "timeout.h"

/* Calls with at most this number of subscriptions allocate no memory. */
#define CLOUDABI_POLL_STACK_SUBS 4

/**
 * struct cloudabi_poll - One call of poll
 * @in: the subscriptions in user memory
 * @subs: the copy of the subscriptions in kernel memory
 * @nsubs: number of subscriptions
 * @out: the events in user memory; there is room for @nsubs of them
 * @nevents: number of events that are stored
 * @start: monotonic time of the call; 0 until a relative time-out needs it
 * @futex_state: enum cloudabi_futex_progress of a wait for a lock or condition
 *               variable
 *
 * Belongs to the task that makes the call; needs no lock.
 */
struct cloudabi_poll {
	const cloudabi_subscription_t __user *in;
	cloudabi_subscription_t *subs;
	size_t nsubs;
	cloudabi_event_t __user *out;
	size_t nevents;
	ktime_t start;
	unsigned int futex_state;
};

/**
 * cloudabi_poll_array - Get an array with an element for each subscription
 * @poll: the call
 * @size: size of an element in bytes
 * @stack: an array of %CLOUDABI_POLL_STACK_SUBS elements
 * @heap: where to store the pointer that the caller passes to kvfree()
 *
 * Context: Process context.  May sleep.
 * Return: @stack if it is large enough; otherwise memory that is not zeroed, or
 * NULL if there is none.
 */
static inline void *cloudabi_poll_array(const struct cloudabi_poll *poll,
					size_t size, void *stack, void **heap)
{
	if (poll->nsubs <= CLOUDABI_POLL_STACK_SUBS)
		return stack;
	*heap = cloudabi_kvmalloc(array_size(poll->nsubs, size), 0);
	return *heap;
}

/* poll.c */
long cloudabi_poll_interrupted(const struct cloudabi_poll *poll);
int cloudabi_poll_timeout_init(struct cloudabi_poll *poll,
			       const cloudabi_subscription_t *sub,
			       struct cloudabi_timeout *timeout);

/* pollevent.c */
void cloudabi_event_init(cloudabi_event_t *event,
			 const cloudabi_subscription_t *sub, int error);
int cloudabi_poll_put_event(struct cloudabi_poll *poll,
			    const cloudabi_event_t *event);
int cloudabi_poll_put_result(struct cloudabi_poll *poll,
			     const cloudabi_subscription_t *sub, int error);

/* pollfutex.c */
bool cloudabi_poll_is_futex_wait(const struct cloudabi_poll *poll);
long cloudabi_poll_futex(struct cloudabi_poll *poll);
int cloudabi_poll_futex_fast(const cloudabi_subscription_t __user *in,
			     cloudabi_event_t __user *out);

/* pollset.c */
long cloudabi_pollset_wait(struct cloudabi_poll *poll);

/* Offset of the part of an event whose layout depends on the type of event. */
#define CLOUDABI_EVENT_SUBJECT offsetof(cloudabi_event_t, fd_readwrite)

/**
 * cloudabi_event_subject - Subject of a subscription that is no descriptor
 * @sub: the subscription
 *
 * The subject of a subscription is its descriptor, clock, lock or condition
 * variable.  Before November 2017, events had a different layout, which
 * contained the subject.  Today's layout does not use these bytes, so the
 * kernel stores the subject there for old programs.
 *
 * Context: Any.
 * Return: the clock, or the address of the lock or condition variable; 0 for
 * any other subscription.
 */
static __always_inline u64
cloudabi_event_subject(const cloudabi_subscription_t *sub)
{
	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_CLOCK:
		return sub->clock.identifier;
	case CLOUDABI_EVENTTYPE_CONDVAR:
		return (unsigned long)sub->condvar.condvar;
	case CLOUDABI_EVENTTYPE_LOCK_RDLOCK:
	case CLOUDABI_EVENTTYPE_LOCK_WRLOCK:
		return (unsigned long)sub->lock.lock;
	default:
		return 0;
	}
}

#endif /* _KERNEL_CLOUDABI_POLL_H */
