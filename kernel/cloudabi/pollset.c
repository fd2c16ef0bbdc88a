// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - poll for any of a set of clocks, descriptors and processes
 *
 * See poll.c for how a call waits and how it is woken.
 */

#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "poll.h"
#include "pollfd.h"
#include "pollwait.h"
#include "procdesc.h"

/* Number of subscriptions between two checks for a pending signal. */
#define POLLSET_SIGNAL_CHECK_INTERVAL 1024

/**
 * struct pollset_item - One subscription
 * @f: the descriptor, held until the end of the call
 * @first: the first item that refers to the same file; may be this one
 * @next: the first item of another file in the same hash bucket
 * @peer: another socket whose wait queue the call uses, too, or NULL
 * @keys: wake-up keys of all items that refer to the file
 * @timeout: deadline of a clock
 * @failed: whether the subscription is invalid and an event reports that; no
 *          other field is valid then
 *
 * Only the first item of a file uses @next, @peer and @keys.
 */
struct pollset_item {
	union {
		struct {
			struct fd f;
			struct sock *peer;
			struct pollset_item *first;
			struct pollset_item *next;
			__poll_t keys;
		};
		struct cloudabi_timeout timeout;
	};
	bool failed;
};

/**
 * struct pollset - A call that waits for any of a set of subscriptions
 * @poll: the call
 * @items: an item for each subscription
 * @files: hash table that maps a file to the first item that refers to it
 * @files_bits: binary logarithm of the size of @files
 * @nonblock: whether there is a clock with a time-out of 0, so that the call
 *            does not sleep
 * @monotonic: earliest deadline of the monotonic clock
 * @realtime: earliest deadline of the realtime clock
 */
struct pollset {
	struct cloudabi_poll *poll;
	struct pollset_item *items;
	struct pollset_item **files;
	unsigned int files_bits;
	bool nonblock;
	struct cloudabi_timeout monotonic;
	struct cloudabi_timeout realtime;
};

static __poll_t pollset_key(cloudabi_eventtype_t type)
{
	switch (type) {
	case CLOUDABI_EVENTTYPE_FD_READ:
		return CLOUDABI_POLL_READ;
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		return CLOUDABI_POLL_WRITE;
	default:
		return CLOUDABI_POLL_TERMINATE;
	}
}

/* Only the first item of a file gets wait queue entries: see poll.c. */
static void pollset_link_file(struct pollset *set, struct pollset_item *item,
			      cloudabi_eventtype_t type)
{
	struct file *const file = fd_file(item->f);
	struct pollset_item **const head =
		&set->files[set->files_bits ? hash_ptr(file, set->files_bits) :
					      0];
	struct pollset_item *first = *head;

	while (first && fd_file(first->f) != file)
		first = first->next;
	if (!first) {
		first = item;
		item->next = *head;
		item->keys = 0;
		item->peer = cloudabi_pollfd_peer(file);
		*head = item;
	}
	item->first = first;
	first->keys |= pollset_key(type);
}

static int pollset_add_fd(struct pollset *set, struct pollset_item *item,
			  cloudabi_eventtype_t type, cloudabi_fd_t fd,
			  cloudabi_rights_t required)
{
	const struct cloudabi_fd f = cloudabi_fd_get(fd, required);

	if (f.error)
		return f.error;
	if (type == CLOUDABI_EVENTTYPE_PROC_TERMINATE &&
	    !cloudabi_is_procdesc(fd_file(f.f))) {
		fdput(f.f);
		return -EINVAL;
	}
	item->f = f.f;
	pollset_link_file(set, item, type);
	return 0;
}

static int pollset_add_clock(struct pollset *set, struct pollset_item *item,
			     const cloudabi_subscription_t *sub)
{
	struct cloudabi_timeout *const timeout = &item->timeout;
	const int error = cloudabi_poll_timeout_init(set->poll, sub, timeout);

	if (error)
		return error;
	cloudabi_timeout_join(timeout->clock == CLOCK_REALTIME ?
				      &set->realtime : &set->monotonic,
			      timeout);
	if (!sub->clock.timeout)
		set->nonblock = true;
	return 0;
}

static int pollset_add(struct pollset *set, struct pollset_item *item,
		       const cloudabi_subscription_t *sub)
{
	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_CLOCK:
		return pollset_add_clock(set, item, sub);
	case CLOUDABI_EVENTTYPE_FD_READ:
		return pollset_add_fd(set, item, sub->type,
				      sub->fd_readwrite.fd,
				      CLOUDABI_REQUIRED(poll, fd, fd_read));
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		return pollset_add_fd(set, item, sub->type,
				      sub->fd_readwrite.fd,
				      CLOUDABI_REQUIRED(poll, fd, fd_write));
	case CLOUDABI_EVENTTYPE_PROC_TERMINATE:
		return pollset_add_fd(set, item, sub->type,
				      sub->proc_terminate.fd,
				      CLOUDABI_REQUIRED(poll, fd, proc_terminate));
	default:
		/* Such as a lock that comes with more than a clock. */
		return -EINVAL;
	}
}

static void pollset_release(struct pollset_item *item,
			    const cloudabi_subscription_t *sub)
{
	if (item->failed || sub->type == CLOUDABI_EVENTTYPE_CLOCK)
		return;
	if (item->first == item && item->peer)
		sock_put(item->peer);
	fdput(item->f);
}

static bool pollset_process_ready(struct file *file, poll_table *pt,
				  cloudabi_event_t *event)
{
	vfs_poll(file, pt);
	return cloudabi_procdesc_status(file, &event->proc_terminate.signal,
					&event->proc_terminate.exitcode);
}

static bool pollset_file_ready(const struct pollset_item *item, poll_table *pt,
			       cloudabi_event_t *event,
			       cloudabi_event_t __user *scratch)
{
	struct file *const file = fd_file(item->f);
	const struct pollset_item *const first = item->first;
	const poll_queue_proc qproc = pt->_qproc;
	bool ready;

	pt->_key = first->keys;
	if (item != first)
		pt->_qproc = NULL;
	ready = event->type == CLOUDABI_EVENTTYPE_PROC_TERMINATE ?
			pollset_process_ready(file, pt, event) :
			cloudabi_pollfd_ready(file, first->peer, pt, event,
					      scratch);
	pt->_qproc = qproc;
	return ready;
}

static bool pollset_ready(const struct pollset_item *item, poll_table *pt,
			  cloudabi_event_t *event,
			  cloudabi_event_t __user *scratch)
{
	if (event->type == CLOUDABI_EVENTTYPE_CLOCK)
		return cloudabi_timeout_passed(&item->timeout);
	return pollset_file_ready(item, pt, event, scratch);
}

/* Checks for a signal before subscription @i, but only at intervals. */
static bool pollset_signal_pending(size_t i)
{
	return i && i % POLLSET_SIGNAL_CHECK_INTERVAL == 0 &&
	       signal_pending(current);
}

/*
 * Looks up all subscriptions.  On return, poll->nsubs is the number of items
 * that have to be released.
 *
 * Once there is an event, the call can't be restarted: the events may overlap
 * the subscriptions, which a restart reads again.
 */
static long pollset_add_all(struct pollset *set)
{
	struct cloudabi_poll *const poll = set->poll;
	size_t i;

	for (i = 0; i < poll->nsubs; i++) {
		struct pollset_item *const item = &set->items[i];
		const cloudabi_subscription_t *const sub = &poll->subs[i];
		long error;

		if (pollset_signal_pending(i) && !poll->nevents) {
			error = cloudabi_poll_interrupted(poll);
			poll->nsubs = i;
			return error;
		}
		error = pollset_add(set, item, sub);
		cond_resched();
		item->failed = error;
		if (error && cloudabi_poll_put_result(poll, sub, error)) {
			poll->nsubs = i;
			return -EFAULT;
		}
	}
	return 0;
}

static void pollset_release_all(const struct pollset *set)
{
	size_t i;

	for (i = 0; i < set->poll->nsubs; i++) {
		cond_resched();
		pollset_release(&set->items[i], &set->poll->subs[i]);
	}
}

/*
 * Tests all subscriptions and stores an event for each that is ready.  The
 * first scan also adds wait queue entries, until there is an event: then the
 * call does not sleep.
 *
 * A signal ends the scan early.  Then the call returns the events that it has,
 * or it is restarted.
 */
static int pollset_scan(const struct pollset *set, poll_table *pt)
{
	struct cloudabi_poll *const poll = set->poll;
	cloudabi_event_t event;
	size_t i;

	for (i = 0; i < poll->nsubs && !pollset_signal_pending(i); i++) {
		cond_resched();
		if (set->items[i].failed)
			continue;
		cloudabi_event_init(&event, &poll->subs[i], 0);
		if (!pollset_ready(&set->items[i], pt, &event,
				   &poll->out[poll->nevents]))
			continue;
		if (cloudabi_poll_put_event(poll, &event))
			return -EFAULT;
		pt->_qproc = NULL;
	}
	pt->_qproc = NULL;
	return 0;
}

/* Sleeps until a wake-up or a deadline.  poll.c explains [B] and [C]. */
static void pollset_sleep(const struct pollset *set,
			  struct cloudabi_poll_wqueues *pwq)
{
	/* [B] Pairs with xchg() in pollwait_wake(). */
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (!pwq->triggered)
		cloudabi_timeout_sleep(&set->monotonic, &set->realtime);
	__set_current_state(TASK_RUNNING);
	/* [C] Pairs with xchg() in pollwait_wake(). */
	smp_store_mb(pwq->triggered, 0);
}

static long pollset_wait(const struct pollset *set)
{
	struct cloudabi_poll_wqueues pwq __uninitialized;
	long error;

	cloudabi_poll_initwait(&pwq);
	if (set->poll->nevents || set->nonblock)
		pwq.pt._qproc = NULL;
	for (;;) {
		error = pollset_scan(set, &pwq.pt);
		if (error || set->poll->nevents)
			break;
		error = pwq.error;
		if (error)
			break;
		if (signal_pending(current)) {
			error = cloudabi_poll_interrupted(set->poll);
			break;
		}
		pollset_sleep(set, &pwq);
	}
	cloudabi_poll_freewait(&pwq);
	return error;
}

/**
 * cloudabi_pollset_wait - Wait for any of the subscriptions of a call
 * @poll: the call
 *
 * Stores an event for each subscription that is ready or invalid.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT; -ENOMEM; -ERESTART_RESTARTBLOCK if interrupted.
 */
long cloudabi_pollset_wait(struct cloudabi_poll *poll)
{
	void *heap __free(kvfree) = NULL;
	struct pollset_item **files __free(kvfree) = NULL;
	struct pollset_item stack[CLOUDABI_POLL_STACK_SUBS] __uninitialized;
	struct pollset_item *list = NULL;
	struct pollset set = {
		.poll = poll,
		.files = &list,
		.monotonic = {
			.clock = CLOCK_MONOTONIC,
			.deadline = KTIME_MAX,
		},
		.realtime = {
			.clock = CLOCK_REALTIME,
			.deadline = KTIME_MAX,
		},
	};
	long error;

	set.items = cloudabi_poll_array(poll, sizeof(*set.items), stack, &heap);
	if (!set.items)
		return -ENOMEM;
	if (poll->nsubs > CLOUDABI_POLL_STACK_SUBS) {
		set.files_bits = order_base_2(poll->nsubs);
		files = cloudabi_kvmalloc(sizeof(*files) << set.files_bits,
					  __GFP_ZERO);
		if (!files)
			return -ENOMEM;
		set.files = files;
	}
	error = pollset_add_all(&set) ?: pollset_wait(&set);
	pollset_release_all(&set);
	return error;
}
