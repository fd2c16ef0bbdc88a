// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - poll
 *
 * Two ways to wait: for a lock or at a condition variable, which is done by
 * futex.c, and for any number of other things, which is done as poll() of Linux
 * does it.  Either comes back to where it was when it is interrupted.
 */

#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/restart_block.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "../../security/cloudabi/accounted.h"
#include "cloudabi.h"
#include "futex.h"
#include "poll.h"
#include "pollwait.h"
#include "procdesc.h"
#include "timeout.h"

/* How many subscriptions are gone through without a look at signals. */
#define AT_ONCE 1024

/* On the stack, and not zeroed there, for those calls that have to be fast. */
#define FEW 4
#define MOST 65536

/* Where events differ by type. */
#define OLD_SUBJECT offsetof(cloudabi_event_t, fd_readwrite)

/**
 * struct watch - What one subscription needs
 * @f: the descriptor, for as long as the call takes
 * @peer: what else is watched of a socket, or NULL
 * @first: the first watch of the same file, which may be this one
 * @next: the next one of another file, in the same place of a table
 * @keys: what all watches of the file are woken for, with the first one
 * @timeout: of a clock
 * @failed: whether its event has told so already
 */
struct watch {
	union {
		struct {
			struct fd f;
			struct sock *peer;
			struct watch *first;
			struct watch *next;
			__poll_t keys;
		};
		struct cloudabi_timeout timeout;
	};
	bool failed;
};

/**
 * struct files - The files that are watched, to wait only once for each
 * @heads: lists of the first watches of each, by a hash of the file
 * @bits: of the hash; 0 for a single list
 */
struct files {
	struct watch **heads;
	unsigned int bits;
};

/**
 * struct poll - A call
 * @in: the subscriptions, where the program has them
 * @subs: and where the kernel has
 * @n: number of subscriptions
 * @out: where to store events
 * @nevents: number of events
 * @start: when the call was made, by the monotonic clock; 0 if nobody asked
 * @state: how far a wait at a condition variable has come
 */
struct poll {
	const cloudabi_subscription_t __user *in;
	cloudabi_subscription_t *subs;
	size_t n;
	cloudabi_event_t __user *out;
	size_t nevents;
	ktime_t start;
	unsigned int state;
};

/**
 * struct wait - What a call for any of many things needs besides
 * @poll: the call
 * @watches: what each subscription needs
 * @files: those of them that are the first of a file
 * @at_once: whether something is there that forbids to sleep
 * @monotonic: the first time by the monotonic clock
 * @realtime: the first time by the realtime clock
 */
struct wait {
	struct poll *poll;
	struct watch *watches;
	struct files files;
	bool at_once;
	struct cloudabi_timeout monotonic;
	struct cloudabi_timeout realtime;
};

static bool is_futex(cloudabi_eventtype_t type)
{
	return type == CLOUDABI_EVENTTYPE_LOCK_RDLOCK ||
	       type == CLOUDABI_EVENTTYPE_LOCK_WRLOCK ||
	       type == CLOUDABI_EVENTTYPE_CONDVAR;
}

/*
 * Programs of before November 2017 expect in their events what they had subscribed
 * to.  Where that was is unused now, and so may have it: for descriptors that are
 * read or written a place of its own, else the one of the subscription.
 */
static __always_inline u64 old_subject(const cloudabi_subscription_t *sub)
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

static void put_old_subject(cloudabi_event_t *event,
			    const cloudabi_subscription_t *sub)
{
	const cloudabi_fd_t fd = sub->fd_readwrite.fd;
	const u64 subject = old_subject(sub);

	static_assert(offsetof(cloudabi_subscription_t, fd_readwrite.fd) ==
		      offsetof(cloudabi_subscription_t, proc_terminate.fd));
	static_assert(sizeof(event->fd_readwrite.unused) == sizeof(fd));
	static_assert(sizeof(event->proc_terminate.unused) == sizeof(fd));
	if (sub->type == CLOUDABI_EVENTTYPE_FD_READ ||
	    sub->type == CLOUDABI_EVENTTYPE_FD_WRITE)
		memcpy(event->fd_readwrite.unused, &fd, sizeof(fd));
	else if (sub->type == CLOUDABI_EVENTTYPE_PROC_TERMINATE)
		memcpy(event->proc_terminate.unused, &fd, sizeof(fd));
	else
		/* Where the new layout begins to differ by type. */
		memcpy((char *)event + OLD_SUBJECT, &subject, sizeof(subject));
}

static void event_init(cloudabi_event_t *event,
		       const cloudabi_subscription_t *sub, int error)
{
	memset(event, 0, sizeof(*event));
	event->userdata = sub->userdata;
	event->error = error ? cloudabi_errno(-error) : 0;
	event->type = sub->type;
	put_old_subject(event, sub);
}

static int put_event(struct poll *poll, const cloudabi_event_t *event)
{
	if (copy_to_user(&poll->out[poll->nevents], event, sizeof(*event)))
		return -EFAULT;
	poll->nevents++;
	return 0;
}

static int put_plain_event(struct poll *poll,
			   const cloudabi_subscription_t *sub, int error)
{
	cloudabi_event_t event;

	event_init(&event, sub, error);
	return put_event(poll, &event);
}

static long restart_poll(struct restart_block *block);

/* The fields are those of an interrupted futex(), which has as many. */
static long interrupted(const struct poll *poll)
{
	struct restart_block *const block = &current->restart_block;

	block->futex.uaddr = (u32 __user *)poll->in;
	block->futex.uaddr2 = (u32 __user *)poll->out;
	block->futex.flags = poll->n;
	block->futex.time = poll->start;
	block->futex.val = poll->state;
	return set_restart_fn(block, restart_poll);
}

static int init_timeout(struct poll *poll, const cloudabi_subscription_t *sub,
			struct cloudabi_timeout *timeout)
{
	if (!poll->start &&
	    !(sub->clock.flags & CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME))
		poll->start = ktime_get();
	return cloudabi_timeout_init(timeout, sub, poll->start);
}

/* For a lock or at a condition variable, and no longer than until a time */

static bool is_futex_wait(const struct poll *poll)
{
	return is_futex(poll->subs[0].type) &&
	       (poll->n == 1 ||
		(poll->n == 2 &&
		 poll->subs[1].type == CLOUDABI_EVENTTYPE_CLOCK));
}

static long poll_futex(struct poll *poll)
{
	const cloudabi_subscription_t *const subs = poll->subs;
	struct cloudabi_timeout timeout;
	bool timed_out = false;
	int error;

	if (poll->n == 2) {
		error = init_timeout(poll, &subs[1], &timeout);
		if (error)
			return put_plain_event(poll, &subs[1], error);
	}
	error = cloudabi_futex_wait(&subs[0], poll->n == 2 ? &timeout : NULL,
				    &poll->state, &timed_out);
	if (error == -ERESTART_RESTARTBLOCK)
		return interrupted(poll);
	if (error == -EINTR)
		return error;
	return put_plain_event(poll, &subs[timed_out && !error], error);
}

/*
 * The fields of a subscription to a lock or condition variable.  Return: 1;
 * 0 if it is to something else; -EFAULT.
 */
static __always_inline int
get_futex(const cloudabi_subscription_t __user *in, cloudabi_subscription_t *sub)
{
	if (!user_access_begin(in, sizeof(*in)))
		return -EFAULT;
	unsafe_get_user(sub->type, &in->type, fault);
	if (!is_futex(sub->type)) {
		user_access_end();
		return 0;
	}
	unsafe_get_user(sub->userdata, &in->userdata, fault);
	/* That of a lock is a part of that of a condition variable, in its way. */
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

static_assert(offsetof(cloudabi_subscription_t, lock.lock_scope) ==
	      offsetof(cloudabi_subscription_t, condvar.lock));

/* An event of which there is nothing to tell but that it has happened. */
static __always_inline int put_success(cloudabi_event_t __user *out,
				       const cloudabi_subscription_t *sub)
{
	const cloudabi_event_t head = { .type = sub->type };
	u64 __user *const words = (u64 __user *)out;
	u64 word;

	static_assert(sizeof(head) == 4 * sizeof(word));
	static_assert(offsetof(cloudabi_event_t, userdata) == 0);
	static_assert(OLD_SUBJECT == 2 * sizeof(word));
	memcpy(&word, (const char *)&head + sizeof(word), sizeof(word));
	if (!user_access_begin(out, sizeof(*out)))
		return -EFAULT;
	unsafe_put_user(sub->userdata, &words[0], fault);
	unsafe_put_user(word, &words[1], fault);
	unsafe_put_user(old_subject(sub), &words[OLD_SUBJECT / sizeof(word)],
			fault);
	unsafe_put_user(0, &words[3], fault);
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/*
 * A wait for a lock or at a condition variable and for nothing else, which is
 * to cost as little as it can.  That it has come to a good end is written before
 * it begins: most do, and that there is room for it must be known in any case.
 *
 * Return: 0 if there is an event now, and if the call is not one of these, 1.
 */
static int poll_futex_alone(const cloudabi_subscription_t __user *in,
			    cloudabi_event_t __user *out)
{
	struct poll poll __uninitialized;
	cloudabi_subscription_t sub __uninitialized;
	unsigned int state = CLOUDABI_FUTEX_FRESH;
	bool timed_out;
	int error;

	/* If interrupted, the subscription is read again. */
	if ((char __user *)out < (char __user *)&in[1] &&
	    (char __user *)in < (char __user *)&out[1])
		return 1;
	error = get_futex(in, &sub);
	if (error <= 0)
		return error ?: 1;
	error = put_success(out, &sub);
	if (error)
		return error;
	error = cloudabi_futex_wait(&sub, NULL, &state, &timed_out);
	if (likely(!error) || error == -EINTR)
		return error;

	poll.in = in;
	poll.out = out;
	poll.n = 1;
	poll.nevents = 0;
	poll.start = 0;
	poll.state = state;
	if (error == -ERESTART_RESTARTBLOCK)
		return interrupted(&poll);
	return put_plain_event(&poll, &sub, error);
}

/* For any of many things */

static __poll_t key_of(cloudabi_eventtype_t type)
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

/*
 * A queue is walked with interrupts off, so it gets no more entries of a call than
 * poll() of Linux may have there: one for each file, of which there are as many as
 * descriptors at most.  Who comes behind the first finds that it waits already.
 */
static void join_file(const struct files *files, struct watch *watch,
		      cloudabi_eventtype_t type)
{
	struct file *const file = fd_file(watch->f);
	struct watch **const head =
		&files->heads[files->bits ? hash_ptr(file, files->bits) : 0];
	struct watch *first = *head;

	while (first && fd_file(first->f) != file)
		first = first->next;
	if (!first) {
		first = watch;
		watch->next = *head;
		watch->keys = 0;
		watch->peer = cloudabi_pollfd_peer(file);
		*head = watch;
	}
	watch->first = first;
	first->keys |= key_of(type);
}

static int watch_fd(struct wait *wait, struct watch *watch,
		    cloudabi_eventtype_t type, cloudabi_fd_t fd,
		    cloudabi_rights_t need)
{
	const struct cloudabi_fd f = cloudabi_fd_get(fd, need);

	if (f.error)
		return f.error;
	if (type == CLOUDABI_EVENTTYPE_PROC_TERMINATE &&
	    !cloudabi_is_procdesc(fd_file(f.f))) {
		fdput(f.f);
		return -EINVAL;
	}
	watch->f = f.f;
	join_file(&wait->files, watch, type);
	return 0;
}

static int watch_clock(struct wait *wait, const cloudabi_subscription_t *sub,
		       struct watch *watch)
{
	struct cloudabi_timeout *const timeout = &watch->timeout;
	const int error = init_timeout(wait->poll, sub, timeout);

	if (error)
		return error;
	cloudabi_timeout_join(timeout->clock == CLOCK_REALTIME ?
				      &wait->realtime : &wait->monotonic,
			      timeout);
	/* Nothing else needs to wake anybody up then. */
	if (!sub->clock.timeout)
		wait->at_once = true;
	return 0;
}

static int watch_start(struct wait *wait, const cloudabi_subscription_t *sub,
		       struct watch *watch)
{
	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_CLOCK:
		return watch_clock(wait, sub, watch);
	case CLOUDABI_EVENTTYPE_FD_READ:
		return watch_fd(wait, watch, sub->type, sub->fd_readwrite.fd,
				CLOUDABI_REQUIRED(poll, fd, fd_read));
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		return watch_fd(wait, watch, sub->type, sub->fd_readwrite.fd,
				CLOUDABI_REQUIRED(poll, fd, fd_write));
	case CLOUDABI_EVENTTYPE_PROC_TERMINATE:
		return watch_fd(wait, watch, sub->type, sub->proc_terminate.fd,
				CLOUDABI_REQUIRED(poll, fd, proc_terminate));
	default:
		/* Also a lock in the company of anything but one clock. */
		return -EINVAL;
	}
}

static void watch_stop(const cloudabi_subscription_t *sub, struct watch *watch)
{
	if (watch->failed || sub->type == CLOUDABI_EVENTTYPE_CLOCK)
		return;
	if (watch->first == watch && watch->peer)
		sock_put(watch->peer);
	fdput(watch->f);
}

static bool process_ready(struct file *file, poll_table *pt,
			  cloudabi_event_t *event)
{
	vfs_poll(file, pt);
	return cloudabi_procdesc_status(file, &event->proc_terminate.signal,
					&event->proc_terminate.exitcode);
}

static bool file_ready(const struct watch *watch, poll_table *pt,
		       cloudabi_event_t *event, cloudabi_event_t __user *slot)
{
	struct file *const file = fd_file(watch->f);
	const struct watch *const first = watch->first;
	const poll_queue_proc queue = pt->_qproc;
	bool ready;

	pt->_key = first->keys;
	if (watch != first)
		pt->_qproc = NULL;
	ready = event->type == CLOUDABI_EVENTTYPE_PROC_TERMINATE ?
			process_ready(file, pt, event) :
			cloudabi_pollfd(file, first->peer, pt, event, slot);
	pt->_qproc = queue;
	return ready;
}

static bool watch_ready(const struct watch *watch, poll_table *pt,
			cloudabi_event_t *event, cloudabi_event_t __user *slot)
{
	if (event->type == CLOUDABI_EVENTTYPE_CLOCK)
		return cloudabi_timeout_passed(&watch->timeout);
	return file_ready(watch, pt, event, slot);
}

/* Before the subscription @i, one of many: has somebody to be stopped first? */
static bool is_disturbed(size_t i)
{
	return i && i % AT_ONCE == 0 && signal_pending(current);
}

/* Looks everything up; what fails is an event that does not wait for others. */
static long start_all(struct wait *wait)
{
	struct poll *const poll = wait->poll;
	size_t i;

	for (i = 0; i < poll->n; i++) {
		struct watch *const watch = &wait->watches[i];
		long error;

		/* Events may lie over the subscriptions, which are read again. */
		if (is_disturbed(i) && !poll->nevents) {
			error = interrupted(poll);
			poll->n = i;
			return error;
		}
		error = watch_start(wait, &poll->subs[i], watch);
		cond_resched();
		watch->failed = error;
		if (error && put_plain_event(poll, &poll->subs[i], error)) {
			poll->n = i;
			return -EFAULT;
		}
	}
	return 0;
}

static void stop_all(const struct wait *wait)
{
	size_t i;

	for (i = 0; i < wait->poll->n; i++) {
		cond_resched();
		watch_stop(&wait->poll->subs[i], &wait->watches[i]);
	}
}

/*
 * Once there is an event, nothing that comes behind it needs to wake anybody.
 * What is not looked at because of a signal is, when the program asks again.
 */
static int check_all(const struct wait *wait, poll_table *pt)
{
	struct poll *const poll = wait->poll;
	cloudabi_event_t event;
	size_t i;

	for (i = 0; i < poll->n && !is_disturbed(i); i++) {
		cond_resched();
		if (wait->watches[i].failed)
			continue;
		event_init(&event, &poll->subs[i], 0);
		if (!watch_ready(&wait->watches[i], pt, &event,
				 &poll->out[poll->nevents]))
			continue;
		if (put_event(poll, &event))
			return -EFAULT;
		pt->_qproc = NULL;
	}
	pt->_qproc = NULL;
	return 0;
}

/* As poll_schedule_timeout(), with the clocks that there are here. */
static void sleep(const struct wait *wait, struct cloudabi_pollwait *queues)
{
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (!queues->triggered)
		cloudabi_timeout_sleep(&wait->monotonic, &wait->realtime);
	__set_current_state(TASK_RUNNING);
	/* Who wakes sets it behind what it changed, which is looked at next. */
	smp_store_mb(queues->triggered, 0);
}

static long wait_for_any(const struct wait *wait)
{
	struct cloudabi_pollwait queues __uninitialized;
	long error;

	cloudabi_pollwait_init(&queues);
	if (wait->poll->nevents || wait->at_once)
		queues.pt._qproc = NULL;
	for (;;) {
		error = check_all(wait, &queues.pt);
		if (error || wait->poll->nevents)
			break;
		error = queues.error;
		if (error)
			break;
		if (signal_pending(current)) {
			error = interrupted(wait->poll);
			break;
		}
		sleep(wait, &queues);
	}
	cloudabi_pollwait_free(&queues);
	return error;
}

static long poll_any(struct poll *poll)
{
	struct watch *many __free(kvfree) = NULL;
	struct watch **heads __free(kvfree) = NULL;
	struct watch few[FEW] __uninitialized;
	struct watch *all = NULL;
	struct wait wait = {
		.poll = poll,
		.watches = few,
		.files.heads = &all,
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

	if (poll->n > FEW) {
		many = cloudabi_kvmalloc(array_size(poll->n, sizeof(*many)), 0);
		wait.files.bits = order_base_2(poll->n);
		heads = cloudabi_kvmalloc(sizeof(*heads) << wait.files.bits,
					  __GFP_ZERO);
		if (!many || !heads)
			return -ENOMEM;
		wait.watches = many;
		wait.files.heads = heads;
	}
	error = start_all(&wait) ?: wait_for_any(&wait);
	stop_all(&wait);
	return error;
}

static long do_poll(struct poll *poll)
{
	cloudabi_subscription_t *many __free(kvfree) = NULL;
	cloudabi_subscription_t few[FEW] __uninitialized;
	long error;

	poll->subs = few;
	if (poll->n > FEW) {
		many = cloudabi_kvmalloc(array_size(poll->n, sizeof(*many)), 0);
		if (!many)
			return -ENOMEM;
		poll->subs = many;
	}
	if (copy_from_user(poll->subs, poll->in, poll->n * sizeof(*many)))
		return -EFAULT;
	error = is_futex_wait(poll) ? poll_futex(poll) : poll_any(poll);
	return error ?: poll->nevents;
}

static long restart_poll(struct restart_block *block)
{
	struct poll poll = {
		.in = (const void __user *)block->futex.uaddr,
		.out = (void __user *)block->futex.uaddr2,
		.n = block->futex.flags,
		.start = block->futex.time,
		.state = block->futex.val,
	};

	return do_poll(&poll);
}

/*
 * Writes to each page what is there already: subscriptions may be there, too,
 * and are read once more if the call is interrupted.
 */
static bool can_write(cloudabi_event_t __user *out, size_t n)
{
	char __user *p = (char __user *)out;
	char __user *const end = (char __user *)&out[n];
	char byte;

	if (!user_access_begin(out, n * sizeof(*out)))
		return false;
	while (p < end) {
		unsafe_get_user(byte, p, fault);
		unsafe_put_user(byte, p, fault);
		p = (char __user *)(((unsigned long)p | ~PAGE_MASK) + 1);
	}
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/**
 * cloudabi_sys_poll - Wait for one of several things
 * @in: what for
 * @out: where to store what has happened; there must be room for everything
 * @nsubscriptions: number of both
 * @nevents: where to store how many things have happened
 *
 * A lock or condition variable comes first, alone or with one clock behind it.
 * Anything else may be combined, and repeated.  What is wrong with a
 * subscription is told by its event, and ends the wait at once.  Without any
 * subscription there is nothing to wait for, and no event.
 *
 * Times that are relative count from the beginning of the call; those that are
 * absolute follow the clock when it is set.  None comes early, or more than its
 * precision late if nothing else does; there is no use for a precision above
 * 100 ms.  With a precision floor, those that are absolute, and the ends of those
 * that are relative and not 0, are rounded up to a multiple of it.  Clocks of CPU
 * time can't be waited for (ENOTSUP).
 *
 * Rights: POLL_FD_READWRITE and FD_READ or FD_WRITE of a descriptor that is read
 * from or written to; POLL_PROC_TERMINATE of a process.
 * POSIX: As poll() of descriptors, clock_nanosleep(), and the parts of
 * pthread_mutex_lock() and pthread_cond_wait() that sleep.  POSIX can't wait for
 * several of these.
 * Return: 0; -EFAULT; -EINVAL for more than 65536 subscriptions; -ENOMEM.
 */
int cloudabi_sys_poll(const cloudabi_subscription_t __user *in,
		      cloudabi_event_t __user *out,
		      cloudabi_size_t nsubscriptions, cloudabi_size_t *nevents)
{
	struct poll poll __uninitialized;
	long ret;

	*nevents = 0;
	if (nsubscriptions == 1) {
		ret = poll_futex_alone(in, out);
		if (ret <= 0) {
			*nevents = !ret;
			return ret;
		}
	}
	if (!nsubscriptions)
		return 0;
	if (nsubscriptions > MOST)
		return -EINVAL;
	if (!can_write(out, nsubscriptions))
		return -EFAULT;
	poll.in = in;
	poll.out = out;
	poll.n = nsubscriptions;
	poll.nevents = 0;
	poll.start = 0;
	poll.state = CLOUDABI_FUTEX_FRESH;
	ret = do_poll(&poll);
	if (ret < 0)
		return ret;
	*nevents = ret;
	return 0;
}
