// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Waits for locks and at condition variables
 *
 * Read this before you change locks or condition variables.
 * Documentation/userspace-api/cloudabi/locks.rst describes the protocol between
 * programs and the kernel.  This comment describes its implementation.
 *
 * Overview
 * ========
 *
 * A lock is a word of user memory, and so is a condition variable.  Programs
 * acquire and release a lock with atomic instructions as long as no thread has
 * to wait.  A thread that has to wait calls poll().  The kernel sets
 * LOCK_MANAGED in the word and puts the thread into a queue.  Now the owner
 * must call lock_unlock(), which hands the lock off: the woken thread owns it.
 *
 *   futex_word.c      futex words, keys, hash buckets, page faults
 *   futex_queue.c     queues and waiters
 *   futex_lock.c      locks; lock_unlock()
 *   futex_condvar.c   condition variables; condvar_signal()
 *   futex.c           the part of poll() that waits for them
 *
 * Each file calls only files above it in this list.
 *
 * Glossary
 * ========
 *
 * futex word        32 bits of user memory: a lock or a condition variable.
 * key               Identity of a futex word in all address spaces: mm and
 *                   address, or inode and offset.  As in kernel/futex.
 * hash bucket, hb   Queues whose keys have the same hash, and the spinlock that
 *                   protects them.  As in kernel/futex.
 * waiter            A waiting thread.  The structure lies on its stack.
 * managed           A lock that has waiters: its word contains LOCK_MANAGED.
 * hand off          Make a waiter the owner: write its thread id into the word
 *                   and wake it.  As in mutexes and rwsems.
 * requeue           Move a waiter from the queue of a condition variable to the
 *                   queue of its lock without waking it.  As FUTEX_REQUEUE.
 * deferred requeue  The signalling thread cannot access the lock's word.  It
 *                   wakes the first waiter and gives it the others as a list.
 *                   The woken waiter acquires the lock and requeues the others.
 *
 * Locking
 * =======
 *
 * Locks and condition variables have a hash table each.  The spinlock of a
 * bucket protects the queues in the bucket, the waiters in these queues, and
 * the kernel's writes to their futex words.  Lock order:
 *
 *   spinlock of a condition variable's bucket
 *     spinlock of a lock's bucket (SINGLE_DEPTH_NESTING)
 *
 * No thread holds the spinlocks of two buckets of the same table.  Threads are
 * woken after all spinlocks have been released (struct cloudabi_wake_q).
 *
 * The member @hb of a waiter is the bucket whose spinlock protects it:
 *
 *   state             list that the waiter is in       @hb
 *   ----------------  -------------------------------  --------------------
 *   (new)             none                             NULL
 *   ON_CONDVAR        condition variable's queue       condition variable's
 *   REQUEUE_PENDING   requeue list of another waiter   condition variable's
 *   MUST_ACQUIRE      none                             condition variable's
 *   ON_LOCK           lock's queue                     lock's
 *   ACQUIRED          none                             not used any more
 *
 * Only its own thread accesses a waiter in the states MUST_ACQUIRE and
 * ACQUIRED.  In MUST_ACQUIRE, @hb protects the waiters on its requeue list.
 *
 * Changes of state by another thread:
 *
 *   ON_CONDVAR        signal: ON_LOCK, ACQUIRED, MUST_ACQUIRE, REQUEUE_PENDING
 *   REQUEUE_PENDING   requeue: ON_LOCK; failure to requeue: MUST_ACQUIRE
 *   ON_LOCK           hand-off: ACQUIRED
 *
 * and by the waiter's own thread:
 *
 *   (new)             ON_CONDVAR, ON_LOCK, ACQUIRED
 *   MUST_ACQUIRE      ON_LOCK, ACQUIRED
 *
 * After a time-out or an interruption, a waiter leaves the list that it is in,
 * and is new again if it still has to acquire the lock.
 *
 * @hb changes only while the spinlocks of the old and the new bucket are held.
 * So a thread that locks w->hb, and finds w->hb unchanged then, holds the right
 * spinlock.
 *
 * Page faults
 * ===========
 *
 * The kernel accesses futex words under a spinlock, and so with page faults
 * disabled.  It writes the word before it changes queues: if the access fails,
 * nothing has changed.  All operations have this form:
 *
 *   do {
 *           preallocate a queue
 *           lock the buckets
 *           read, check and write the word; stop at the first error
 *           change queues and waiters
 *           unlock the buckets
 *           wake threads
 *   } while (cloudabi_futex_retry());   faults the page in
 *
 * CLOUDABI_FUTEX_RETRY means that the word changed between the read and the
 * write, or that its cache line was busy.
 *
 * Memory barriers
 * ===============
 *
 * Spinlocks of buckets order all accesses to queues and waiters except these:
 *
 *   smp_store_release(&w->state)   cloudabi_waiter_wake()
 *   smp_load_acquire(&w->state)    cloudabi_waiter_is_woken()
 *
 *     The woken thread sees the value that was written into the futex word for
 *     it.  The waker no longer accesses the waiter, which lies on the stack of
 *     the woken thread.
 *
 *   w->state; wake_up_process()    cloudabi_waiter_wake(), cloudabi_wake_up_q()
 *   set_current_state(); w->state  cloudabi_waiter_sleep()
 *
 *     Either the sleeper sees the new state, or the waker sees the sleeper.
 *
 *   WRITE_ONCE(w->hb)              cloudabi_waiter_enqueue()
 *   READ_ONCE(w->hb)               cloudabi_waiter_lock()
 *
 *     Needs no barrier: w->hb is read again under the spinlock.
 *
 * Programs and the kernel race for the words of locks: futex_lock.c shows why
 * no wake-up is lost.  futex_queue.c shows a time-out that races with a signal.
 */

#include <linux/errno.h>

#include "futex.h"
#include "futex_internal.h"

/**
 * cloudabi_futex_wait - Wait for a lock, or at a condition variable
 * @sub: the subscription of poll()
 * @timeout: when to stop waiting, or NULL
 * @state: progress of the wait, see enum cloudabi_futex_progress; the caller
 *         keeps it if the wait is interrupted
 * @timed_out: set to whether the time-out ended the wait
 *
 * On success, the caller owns the lock, unless a wait for a lock timed out.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0; -ERESTART_RESTARTBLOCK if interrupted, without the lock: the
 * caller restarts the call with the same @state; other errors concern @sub.
 */
int cloudabi_futex_wait(const cloudabi_subscription_t *sub,
			const struct cloudabi_timeout *timeout,
			unsigned int *state, bool *timed_out)
{
	const bool for_write = sub->type == CLOUDABI_EVENTTYPE_LOCK_WRLOCK;
	int error;

	*timed_out = false;
	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_LOCK_RDLOCK:
	case CLOUDABI_EVENTTYPE_LOCK_WRLOCK:
		return cloudabi_lock_wait(sub->lock.lock, sub->lock.lock_scope,
					  for_write, timeout, timed_out);
	case CLOUDABI_EVENTTYPE_CONDVAR:
		error = cloudabi_condvar_wait(sub, timeout, state);
		*timed_out = *state == CLOUDABI_FUTEX_TIMED_OUT;
		return error;
	default:
		return -EINVAL;
	}
}
