// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Locks
 *
 * Programs change the word of an unmanaged lock without the kernel, so the
 * kernel changes it by compare-and-exchange, under the spinlock of its bucket.
 * No wake-up is lost: the word contains LOCK_MANAGED before a waiter sleeps,
 * and the last owner of a managed lock must call lock_unlock().
 *
 * CPU 0 (owner, T0 is its id)           CPU 1 (poll(), lock_wrlock)
 *
 *                                       spin_lock(hb)
 *                                       value = *lock;     (WRLOCKED | T0)
 * cmpxchg(lock, WRLOCKED | T0, 0)
 *   succeeds: no system call
 *                                       cmpxchg(lock, value,
 *                                               MANAGED | value)
 *                                         fails
 *                                       spin_unlock(hb)
 *                                       retry: *lock is 0, acquire it
 *
 * If CPU 1 comes first:
 *
 *                                       spin_lock(hb)
 *                                       value = *lock;     (WRLOCKED | T0)
 *                                       cmpxchg(lock, value,
 *                                               MANAGED | value)
 *                                         succeeds
 * cmpxchg(lock, WRLOCKED | T0, 0)
 *   fails
 * lock_unlock(lock)
 *   spin_lock(hb)
 *     waits                             enqueue(w)
 *     .                                 spin_unlock(hb)
 *   *lock = WRLOCKED | T1               schedule()
 *   w->state = ACQUIRED
 *   spin_unlock(hb)
 *   wake_up_process(T1)                 owns the lock
 *
 * A hand-off stores into the word without a comparison.  That is safe because
 * programs do not change a word that contains both LOCK_MANAGED and
 * LOCK_WRLOCKED.  The last reader of a managed lock sets LOCK_WRLOCKED before
 * it calls lock_unlock().
 */

#include <linux/sched/signal.h>
#include <linux/threads.h>

#include "futex_internal.h"

/* A thread id is a pid plus 1, see cloudabi_tid(). */
static_assert(PID_MAX_LIMIT < LOCK_TID_MASK);

/* Acquire */

/* Requeues the waiters on the requeue list of @w. */
static void cloudabi_lock_requeue_list(struct cloudabi_futex_queue *queue,
				       struct cloudabi_futex_bucket *hb,
				       struct cloudabi_waiter *w)
{
	struct cloudabi_waiter *other, *next;

	list_for_each_entry_safe(other, next, &w->requeue_list, node) {
		list_del(&other->node);
		cloudabi_waiter_enqueue(other, queue, hb,
					CLOUDABI_WAITER_ON_LOCK);
	}
}

/*
 * Acquires the lock or enqueues @w, and enqueues the waiters on its requeue
 * list behind it.  Sets the state of @w.  A queue must be preallocated.
 */
static __always_inline int
cloudabi_lock_acquire_locked(struct cloudabi_waiter *w)
{
	struct cloudabi_futex_bucket *const hb = w->lock.hb;
	struct cloudabi_futex_queue *queue =
		cloudabi_futex_queue_find(hb, &w->lock.key);
	const bool requeues = !list_empty(&w->requeue_list);
	bool free;
	u32 value, new;
	int error;

	if (queue) {
		if (w->for_write && queue->owner == w->tid)
			return -EDEADLK;
		cloudabi_waiter_enqueue(w, queue, hb, CLOUDABI_WAITER_ON_LOCK);
		cloudabi_lock_requeue_list(queue, hb, w);
		return 0;
	}

	error = cloudabi_futex_read(&value, w->lock.uaddr);
	if (error)
		return error;
	if (!cloudabi_lock_is_valid(value))
		return -EINVAL;
	if (w->for_write) {
		if (value == (LOCK_WRLOCKED | w->tid))
			return -EDEADLK;
		free = !value;
		new = LOCK_WRLOCKED | w->tid | (requeues ? LOCK_MANAGED : 0);
	} else {
		free = !(value & LOCK_WRLOCKED);
		if (value == LOCK_READERS_MAX)
			return -EAGAIN;
		new = value + 1;
	}
	error = cloudabi_futex_cmpxchg(w->lock.uaddr, value,
				       free ? new : value | LOCK_MANAGED);
	if (error)
		return error;

	if (!free || requeues) {
		queue = cloudabi_futex_queue_create(hb, &w->lock.key);
		queue->owner = free ? w->tid : cloudabi_lock_writer(value);
	}
	if (free)
		w->state = CLOUDABI_WAITER_ACQUIRED;
	else
		cloudabi_waiter_enqueue(w, queue, hb, CLOUDABI_WAITER_ON_LOCK);
	if (requeues)
		cloudabi_lock_requeue_list(queue, hb, w);
	return 0;
}

static __always_inline int
cloudabi_lock_acquire_nested(struct cloudabi_waiter *w)
{
	int error;

	spin_lock_nested(&w->lock.hb->lock, SINGLE_DEPTH_NESTING);
	error = cloudabi_lock_acquire_locked(w);
	spin_unlock(&w->lock.hb->lock);
	return error;
}

/*
 * Wakes the first waiter on the requeue list of @w in its place, because @w
 * cannot acquire the lock.  The woken waiter gets the rest of the list.
 */
static void cloudabi_lock_wake_successor(struct cloudabi_waiter *w)
{
	struct cloudabi_waiter *successor;
	struct cloudabi_wake_q wake_q;

	if (!w->hb)
		return;
	cloudabi_wake_q_init(&wake_q);
	spin_lock(&w->hb->lock);
	successor = list_first_entry_or_null(&w->requeue_list,
					     struct cloudabi_waiter, node);
	if (successor) {
		list_del(&successor->node);
		list_splice_init(&w->requeue_list, &successor->requeue_list);
		cloudabi_waiter_wake(successor, CLOUDABI_WAITER_MUST_ACQUIRE,
				     &wake_q);
	}
	spin_unlock(&w->hb->lock);
	cloudabi_wake_up_q(&wake_q);
}

/*
 * Holds the spinlock that protects the requeue list of @w until the list is
 * requeued.  A wait for a lock has no list; inlining removes that part of the
 * code from cloudabi_lock_wait().
 */
static __always_inline int __cloudabi_lock_acquire(struct cloudabi_waiter *w)
{
	struct cloudabi_futex_bucket *const condvar_hb = w->hb;
	int error;

	do {
		error = cloudabi_futex_queue_prealloc();
		if (error)
			break;
		if (condvar_hb) {
			spin_lock(&condvar_hb->lock);
			error = cloudabi_lock_acquire_nested(w);
			spin_unlock(&condvar_hb->lock);
		} else {
			error = cloudabi_lock_acquire_nested(w);
		}
	} while (cloudabi_futex_retry(w->lock.uaddr, &error));
	if (error)
		cloudabi_lock_wake_successor(w);
	return error;
}

/**
 * cloudabi_lock_acquire - Acquire a lock, or enqueue the caller for it
 * @w: waiter of the caller, which is in no queue; its state tells whether the
 *     lock was acquired
 *
 * Enqueues the waiters on the requeue list of @w behind it.  If it fails, it
 * wakes the first of them to do that instead.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0; -EDEADLK if the caller owns the lock for writing; -EAGAIN if there
 * are too many readers; -EINVAL for a value that no lock has; -EFAULT; -ENOMEM.
 */
int cloudabi_lock_acquire(struct cloudabi_waiter *w)
{
	return __cloudabi_lock_acquire(w);
}

/* Release */

static void
cloudabi_lock_hand_off_to_readers(struct cloudabi_futex_queue *queue,
				  struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_waiter *w, *next;

	list_for_each_entry_safe(w, next, &queue->readers, node) {
		cloudabi_waiter_dequeue(w);
		cloudabi_waiter_wake(w, CLOUDABI_WAITER_ACQUIRED, wake_q);
	}
}

/* Value of the word after cloudabi_lock_hand_off(). */
static __always_inline u32
cloudabi_lock_hand_off_value(const struct cloudabi_futex_queue *queue)
{
	if (!queue->nwriters)
		return queue->nreaders;
	return LOCK_WRLOCKED | cloudabi_futex_queue_first_writer(queue)->tid |
	       (queue->nwriters > 1 || queue->nreaders ? LOCK_MANAGED : 0);
}

/*
 * Hands the lock off to the first writer, or else to all readers.  The word has
 * been written: a new owner may unmap it as soon as it runs.
 */
static __always_inline void
cloudabi_lock_hand_off(struct cloudabi_futex_queue *queue,
		       struct cloudabi_wake_q *wake_q)
{
	if (queue->nwriters) {
		struct cloudabi_waiter *const w =
			cloudabi_futex_queue_first_writer(queue);

		queue->owner = w->tid;
		cloudabi_waiter_dequeue(w);
		cloudabi_waiter_wake(w, CLOUDABI_WAITER_ACQUIRED, wake_q);
	} else {
		cloudabi_lock_hand_off_to_readers(queue, wake_q);
	}
	cloudabi_futex_queue_remove_if_empty(queue);
}

static __always_inline int
cloudabi_lock_write_and_hand_off(const struct cloudabi_futex_ref *lock,
				 struct cloudabi_futex_queue *queue,
				 struct cloudabi_wake_q *wake_q)
{
	const u32 value = cloudabi_lock_hand_off_value(queue);
	const int error = cloudabi_futex_write(lock->uaddr, value);

	if (!error)
		cloudabi_lock_hand_off(queue, wake_q);
	return error;
}

static __always_inline int
cloudabi_lock_release_write(const struct cloudabi_futex_ref *lock,
			    struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_futex_queue *const queue =
		cloudabi_futex_queue_find(lock->hb, &lock->key);
	const cloudabi_tid_t tid = cloudabi_tid(current);
	u32 value;
	int error;

	if (likely(queue && queue->owner == tid))
		return cloudabi_lock_write_and_hand_off(lock, queue, wake_q);
	error = cloudabi_futex_read(&value, lock->uaddr);
	if (error)
		return error;
	/* The last waiter may have left since the program read LOCK_MANAGED. */
	if (!queue)
		return (value & ~LOCK_MANAGED) == (LOCK_WRLOCKED | tid) ?
			       cloudabi_futex_cmpxchg(lock->uaddr, value, 0) :
			       -EPERM;
	if (queue->owner || cloudabi_lock_writer(value) != tid)
		return -EPERM;
	return cloudabi_lock_write_and_hand_off(lock, queue, wake_q);
}

/**
 * cloudabi_lock_release_locked - Release a lock as its writer
 * @lock: the lock
 * @wake_q: where to add the threads that the lock is handed off to
 *
 * Context: Process context, spinlock of the bucket held.
 * Return: 0; -EPERM if the caller does not own the lock for writing; -EFAULT;
 * CLOUDABI_FUTEX_RETRY.
 */
int cloudabi_lock_release_locked(const struct cloudabi_futex_ref *lock,
				 struct cloudabi_wake_q *wake_q)
{
	return cloudabi_lock_release_write(lock, wake_q);
}

/*
 * Programs release a read lock without the kernel.  The kernel does it for a
 * thread that acquired the lock but cannot return to its program.  A program
 * that is the last reader becomes the writer first and then calls
 * lock_unlock().  Here the word changes once, so that a killed thread never is
 * the writer.
 */
static noinline int
cloudabi_lock_release_read(const struct cloudabi_futex_ref *lock,
			   struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_futex_queue *const queue =
		cloudabi_futex_queue_find(lock->hb, &lock->key);
	u32 value, new;
	bool last;
	int error;

	error = cloudabi_futex_read(&value, lock->uaddr);
	if (error)
		return error;
	if ((value & LOCK_WRLOCKED) || !(value & LOCK_TID_MASK))
		return -EPERM;
	last = queue && value == (LOCK_MANAGED | 1);
	new = last ? cloudabi_lock_hand_off_value(queue) : value - 1;
	error = cloudabi_futex_cmpxchg(lock->uaddr, value, new);
	if (!error && last)
		cloudabi_lock_hand_off(queue, wake_q);
	return error;
}

static __always_inline int
cloudabi_lock_release(const struct cloudabi_futex_ref *lock, bool for_write)
{
	int error;

	do {
		struct cloudabi_wake_q wake_q;

		cloudabi_wake_q_init(&wake_q);
		spin_lock(&lock->hb->lock);
		error = for_write ? cloudabi_lock_release_write(lock, &wake_q) :
				    cloudabi_lock_release_read(lock, &wake_q);
		spin_unlock(&lock->hb->lock);
		cloudabi_wake_up_q(&wake_q);
	} while (cloudabi_futex_retry(lock->uaddr, &error));
	return error;
}

/**
 * cloudabi_sys_lock_unlock - Unlock a lock that others wait for
 * @lock: the lock
 * @scope: CLOUDABI_SCOPE_PRIVATE or CLOUDABI_SCOPE_SHARED, as for the waiters
 *
 * Hands the lock off to the first thread that waits to write, or else to all
 * threads that wait to read.  The last reader of a lock makes itself the writer
 * before it calls this.
 *
 * Rights: none.
 * POSIX: As pthread_rwlock_unlock(), a function of a library.
 * Spec: Locks and condition variables
 * Context: Process context, no locks held.  May sleep.
 * Return: 0; -EINVAL for another scope or an address that is not aligned;
 * -EPERM if the caller does not own the lock; -EFAULT for memory that can't be
 * written.
 */
int cloudabi_sys_lock_unlock(cloudabi_lock_t __user *lock,
			     cloudabi_scope_t scope)
{
	struct cloudabi_futex_ref ref __uninitialized;
	const int error = cloudabi_futex_ref_init(&ref, cloudabi_futex_locks,
						  lock, scope);

	return error ?: cloudabi_lock_release(&ref, true);
}

/* Wait */

/**
 * cloudabi_lock_abort_wait - End a wait that failed or was interrupted
 * @w: a waiter that owns the lock if @error is 0, and is in no queue
 * @error: result of the wait
 *
 * Releases the lock.  A pending signal may stop or kill the thread before it
 * can use the lock, and the kernel does not know yet whether it will.  The
 * thread acquires the lock again when the call is restarted.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: -ERESTART_RESTARTBLOCK; 0 if the lock cannot be released because its
 * word is gone, unless the thread is killed.
 */
noinline int cloudabi_lock_abort_wait(const struct cloudabi_waiter *w,
				       int error)
{
	if (!error && cloudabi_lock_release(&w->lock, w->for_write) &&
	    !fatal_signal_pending(current))
		return 0;
	return -ERESTART_RESTARTBLOCK;
}

/**
 * cloudabi_lock_wait - Acquire a lock; wait until it is handed off if necessary
 * @uaddr: word of the lock
 * @scope: its scope
 * @for_write: whether to acquire it for writing
 * @timeout: when to stop waiting, or NULL
 * @timed_out: set to true if the time-out ends the wait
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0 with the lock, or without it if @timed_out; -ERESTART_RESTARTBLOCK
 * if interrupted; errors of cloudabi_lock_acquire().
 */
int cloudabi_lock_wait(u32 __user *uaddr, cloudabi_scope_t scope,
		       bool for_write, const struct cloudabi_timeout *timeout,
		       bool *timed_out)
{
	struct cloudabi_waiter w __uninitialized;
	int error;

	cloudabi_waiter_init(&w, for_write);
	error = cloudabi_futex_ref_init(&w.lock, cloudabi_futex_locks, uaddr,
					scope) ?:
		__cloudabi_lock_acquire(&w);
	if (error)
		return error;

	error = cloudabi_waiter_wait(&w, timeout);
	if (error == -ETIMEDOUT) {
		*timed_out = true;
		return 0;
	}
	return cloudabi_lock_finish_wait(&w, error);
}
