// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - poll
 *
 * poll takes an array of subscriptions and returns an array of events.  A
 * subscription names a clock, a descriptor, a process, a lock or a condition
 * variable.  The call sleeps until at least one event occurs.
 *
 *   poll.c       the call: arguments, dispatch, restart
 *   pollevent.c  layout of events
 *   pollfutex.c  wait for one lock or condition variable, on top of futex.c
 *   pollset.c    wait for any of a set of clocks, descriptors and processes
 *   pollfd.c     whether a descriptor is ready
 *   pollwait.c   entries in the wait queues of files
 *
 * Life of a call
 * --------------
 *
 * 1. A single lock or condition variable takes the fast path,
 *    cloudabi_poll_futex_fast().  Steps 2 to 4 are for all other calls, and for
 *    a call whose event overlaps its subscription.
 * 2. cloudabi_sys_poll() checks that an event of each subscription can be
 *    stored.  Later it is too late for EFAULT: a futex wait has changed a lock.
 * 3. poll_run() copies the subscriptions.
 * 4. A lock or condition variable with a clock goes to cloudabi_poll_futex().
 *    Everything else goes to cloudabi_pollset_wait(), which works like poll()
 *    of Linux (fs/select.c):
 *
 *    a) pollset_add_all() looks up the descriptors and deadlines.  An invalid
 *       subscription becomes an event, and the call does not sleep.
 *    b) pollset_scan() tests every subscription and stores the events.  The
 *       first scan also adds wait queue entries.  After the first event it adds
 *       no more, as the call is not going to sleep.
 *    c) Without an event, pollset_sleep() sleeps until a wake-up or the
 *       earliest deadline, and the scan is repeated.  A scan does not trust the
 *       reason of a wake-up: it tests the files and the clocks itself.
 *    d) cloudabi_poll_freewait() removes the wait queue entries.  Only then
 *       does pollset_release_all() drop the files and sockets that own the
 *       queues.
 *
 * Wait queue entries
 * ------------------
 *
 * struct cloudabi_poll_wqueues lives on the stack of the sleeping task and
 * holds the entries.  Only that task adds and removes entries and resets
 * @triggered.  A waker runs pollwait_wake() with the lock of the queue held and
 * interrupts off.  It reads the entry, sets @triggered and wakes the task.
 * remove_wait_queue() takes the same lock, so no waker uses an entry after it
 * has been removed.
 *
 * poll() of Linux adds entries for each pollfd.  The number of those is limited
 * by RLIMIT_NOFILE.  Here, 65536 subscriptions may name the same descriptor,
 * and a waker would walk all their entries with interrupts off.  So all
 * subscriptions to a file share the entries of its first subscription, whose
 * keys include the keys of the others (pollset_link_file()).
 *
 * Many files can still share a queue, such as that of one terminal.  So only
 * the first entry that matches wakes the task.  It sets @triggered, and the
 * others return at once.
 *
 * Barriers
 * --------
 *
 * Three pairs of full barriers prevent a lost wake-up.
 *
 * [A] The first scan, and a waker that skips an empty queue (wq_has_sleeper()):
 *
 *	add_wait_queue()		set the condition
 *	smp_mb() in poll_wait()		smp_mb()
 *	test the condition		test whether the queue is empty
 *
 *     The scan sees the condition, or the waker sees the entry.
 *
 * [B] pollset_sleep() and pollwait_wake():
 *
 *	set_current_state()		xchg(&triggered, 1)
 *	(full barrier)			(full barrier)
 *	test @triggered			try_to_wake_up() tests the task state
 *
 *     The sleeper sees @triggered, or the waker sees the task state.
 *
 * [C] The next scan, and a waker that does not wake the task because xchg()
 *     returns 1:
 *
 *	clear @triggered		set the condition
 *	(smp_store_mb())		(full barrier of xchg())
 *	test the condition		xchg(&triggered, 1)
 *
 *     An earlier waker has woken the task, which is going to clear @triggered.
 *     The xchg() comes before that, so the scan sees the condition.
 *     poll() of Linux uses weaker barriers, as each of its wakers wakes the
 *     task.
 *
 * Signals and restart
 * -------------------
 *
 * A stop, the freezer or a debugger interrupts the sleep.  The program never
 * sees EINTR.  If there is an event, the call returns it.  Otherwise the call
 * saves its arguments and the monotonic time at which it began, and returns
 * -ERESTART_RESTARTBLOCK.  poll_restart() copies the subscriptions again and
 * continues with step 3.
 *
 * - A relative time-out keeps its deadline, thanks to @start.
 * - A condition variable is not waited for twice: @futex_state tells that the
 *   call has released the lock already.
 * - The program may let the events overlap the subscriptions.  So a call is
 *   restarted only if it has stored no event, and poll_prefault() preserves the
 *   memory.
 *
 * The scan of a large set also checks for signals now and then, to be stopped
 * or killed promptly.
 *
 * The event of a futex wait
 * -------------------------
 *
 * A call that has acquired a lock must not fail: the program would not know
 * that it owns the lock.  So a call must know that it can store the event
 * before it waits.  poll_prefault() finds out.  The fast path saves that step:
 * it stores the event of success first, which is right most of the time, and
 * replaces it in case of an error.  It is not taken if the event overlaps the
 * subscription, which a restart would read again.
 */

#include <linux/mm.h>
#include <linux/uaccess.h>

#include "cloudabi.h"
#include "poll.h"
#include "restart.h"

#define POLL_MAX_SUBSCRIPTIONS 65536

static long poll_restart(struct restart_block *block);

/**
 * cloudabi_poll_interrupted - Interrupt a call that has not stored an event
 * @poll: the call
 *
 * Context: Process context, the task that makes the call.
 * Return: -ERESTART_RESTARTBLOCK.
 */
long cloudabi_poll_interrupted(const struct cloudabi_poll *poll)
{
	const struct cloudabi_restart state = {
		.ptr = { (void __user *)poll->in, poll->out },
		.val = { poll->nsubs, poll->futex_state },
		.val64 = poll->start,
	};

	return cloudabi_restart_save(&state, poll_restart);
}

/**
 * cloudabi_poll_timeout_init - Get the deadline of a subscription to a clock
 * @poll: the call
 * @sub: the subscription
 * @timeout: where to store the deadline
 *
 * The first relative time-out determines when the call began.
 *
 * Context: Any.
 * Return: 0; errors of cloudabi_timeout_init().
 */
int cloudabi_poll_timeout_init(struct cloudabi_poll *poll,
			       const cloudabi_subscription_t *sub,
			       struct cloudabi_timeout *timeout)
{
	if (!poll->start &&
	    !(sub->clock.flags & CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME))
		poll->start = ktime_get();
	return cloudabi_timeout_init(timeout, sub, poll->start);
}

static long poll_run(struct cloudabi_poll *poll)
{
	void *heap __free(kvfree) = NULL;
	cloudabi_subscription_t stack[CLOUDABI_POLL_STACK_SUBS] __uninitialized;
	long error;

	poll->subs = cloudabi_poll_array(poll, sizeof(*poll->subs), stack,
					 &heap);
	if (!poll->subs)
		return -ENOMEM;
	if (copy_from_user(poll->subs, poll->in,
			   poll->nsubs * sizeof(*poll->subs)))
		return -EFAULT;
	error = cloudabi_poll_is_futex_wait(poll) ? cloudabi_poll_futex(poll) :
						    cloudabi_pollset_wait(poll);
	return error ?: poll->nevents;
}

static long poll_restart(struct restart_block *block)
{
	const struct cloudabi_restart state = cloudabi_restart_load(block);
	struct cloudabi_poll poll = {
		.in = state.ptr[0],
		.out = state.ptr[1],
		.nsubs = state.val[0],
		.start = state.val64,
		.futex_state = state.val[1],
	};

	return poll_run(&poll);
}

/*
 * Checks that @n events can be stored.  Writes a byte of each page back, and so
 * preserves the contents: see "Signals and restart".
 */
static bool poll_prefault(cloudabi_event_t __user *out, size_t n)
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
 * cloudabi_sys_poll - Wait until at least one of several events occurs
 * @in: the subscriptions
 * @out: where to store the events; there must be room for one per subscription
 * @nsubscriptions: number of subscriptions, at most 65536
 * @nevents: where to store the number of events
 *
 * A lock or condition variable must be the first subscription, either alone or
 * followed by one clock.  All other types can be combined and repeated.  An
 * invalid subscription is reported by its event, and the call does not sleep.
 * Without subscriptions, the call returns at once without an event.
 *
 * A relative time-out counts from the start of the call.  An absolute one
 * follows the clock when the clock is set.  No time-out ends early.  Without
 * other events it ends at most its precision late; a precision above 100 ms
 * counts as 100 ms.  With a precision floor, deadlines are rounded up to a
 * multiple of the floor, except that a relative time-out of 0 does not sleep.
 * Clocks of CPU time can't be waited for (ENOTSUP).
 *
 * Rights: POLL_FD_READWRITE and FD_READ or FD_WRITE of a descriptor that is
 * read from or written to; POLL_PROC_TERMINATE of a process.
 * POSIX: As poll() of descriptors, clock_nanosleep(), and the parts of
 * pthread_mutex_lock() and pthread_cond_wait() that sleep.  POSIX can't wait
 * for several of these.
 * Spec: Polling
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT; -EINVAL for more than 65536 subscriptions; -ENOMEM.
 */
int cloudabi_sys_poll(const cloudabi_subscription_t __user *in,
		      cloudabi_event_t __user *out,
		      cloudabi_size_t nsubscriptions, cloudabi_size_t *nevents)
{
	struct cloudabi_poll poll __uninitialized;
	long ret;

	*nevents = 0;
	if (nsubscriptions == 1) {
		ret = cloudabi_poll_futex_fast(in, out);
		if (ret <= 0) {
			*nevents = !ret;
			return ret;
		}
	}
	if (!nsubscriptions)
		return 0;
	if (nsubscriptions > POLL_MAX_SUBSCRIPTIONS)
		return -EINVAL;
	if (!poll_prefault(out, nsubscriptions))
		return -EFAULT;
	poll.in = in;
	poll.out = out;
	poll.nsubs = nsubscriptions;
	poll.nevents = 0;
	poll.start = 0;
	poll.futex_state = CLOUDABI_FUTEX_FRESH;
	ret = poll_run(&poll);
	if (ret < 0)
		return ret;
	*nevents = ret;
	return 0;
}
