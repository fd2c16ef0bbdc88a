// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Condition variables
 *
 * A wait releases the lock and enqueues the thread while it holds the spinlocks
 * of both buckets, so no signal comes in between.
 *
 * A signal does not wake threads only to let them compete for the lock:
 *
 *   lock has a queue             requeue the waiters, wake none
 *   lock is free                 hand it off to the first waiter, requeue the
 *                                others
 *   lock is owned, has no queue  set LOCK_MANAGED, requeue the waiters
 *   lock has no queue, and its   deferred requeue: wake the first waiter, which
 *   word is not accessible       acquires the lock and requeues the others
 *
 * The word is not accessible if it is not mapped, or if the waiters belong to
 * another address space, where their addresses are valid.
 */

#include <linux/sched/signal.h>

#include "futex.h"
#include "futex_internal.h"
#include "timeout.h"

/* The ABI allows any value except CLOUDABI_CONDVAR_HAS_NO_WAITERS. */
#define CONDVAR_HAS_WAITERS (~0U)

/* Signal */

/* Requeues the first @n waiters. */
static void cloudabi_condvar_requeue(struct cloudabi_futex_queue *queue,
				     unsigned int n,
				     struct cloudabi_futex_queue *lock_queue,
				     struct cloudabi_futex_bucket *lock_hb)
{
	for (; n; n--) {
		struct cloudabi_waiter *const w =
			cloudabi_futex_queue_first_writer(queue);

		cloudabi_waiter_dequeue(w);
		cloudabi_waiter_enqueue(w, lock_queue, lock_hb,
					CLOUDABI_WAITER_ON_LOCK);
	}
}

/* Wakes the first of @n waiters, and gives it the others to requeue. */
static void cloudabi_condvar_defer_requeue(struct cloudabi_futex_queue *queue,
					   unsigned int n,
					   struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_waiter *const first =
		cloudabi_futex_queue_first_writer(queue);

	cloudabi_waiter_dequeue(first);
	while (--n) {
		struct cloudabi_waiter *const w =
			cloudabi_futex_queue_first_writer(queue);

		cloudabi_waiter_dequeue(w);
		list_add_tail(&w->node, &first->requeue_list);
		w->state = CLOUDABI_WAITER_REQUEUE_PENDING;
	}
	cloudabi_waiter_wake(first, CLOUDABI_WAITER_MUST_ACQUIRE, wake_q);
}

/* Signals @n waiters of the caller's address space whose lock has no queue. */
static int cloudabi_condvar_hand_off(struct cloudabi_futex_queue *queue,
				     unsigned int n,
				     struct cloudabi_futex_bucket *lock_hb,
				     struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_waiter *const first =
		cloudabi_futex_queue_first_writer(queue);
	struct cloudabi_futex_queue *lock_queue;
	u32 value, new;
	int error;

	lockdep_assert_held(&first->hb->lock);
	lockdep_assert_held(&lock_hb->lock);
	error = cloudabi_futex_read(&value, first->lock.uaddr);
	if (error)
		return error;
	/* The waiter fails to acquire the lock, and returns the error. */
	if (!cloudabi_lock_is_valid(value)) {
		cloudabi_condvar_defer_requeue(queue, n, wake_q);
		return 0;
	}
	if (value)
		new = value | LOCK_MANAGED;
	else
		new = LOCK_WRLOCKED | first->tid | (n > 1 ? LOCK_MANAGED : 0);
	error = cloudabi_futex_cmpxchg(first->lock.uaddr, value, new);
	if (error)
		return error;

	if (new & LOCK_MANAGED) {
		lock_queue = cloudabi_futex_queue_create(lock_hb,
							 &queue->lock_key);
		lock_queue->owner = value ? cloudabi_lock_writer(value) :
					    first->tid;
	}
	if (!value) {
		cloudabi_waiter_dequeue(first);
		n--;
		cloudabi_waiter_wake(first, CLOUDABI_WAITER_ACQUIRED, wake_q);
	}
	if (n)
		cloudabi_condvar_requeue(queue, n, lock_queue, lock_hb);
	return 0;
}

/*
 * Accesses the lock's word only if @access_lock.  Sets *@uaddr to the word that
 * an error concerns.
 */
static int
cloudabi_condvar_signal_locked(const struct cloudabi_futex_ref *condvar,
			       unsigned int n, bool access_lock,
			       u32 __user **uaddr,
			       struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_futex_queue *const queue =
		cloudabi_futex_queue_find(condvar->hb, &condvar->key);
	struct cloudabi_futex_queue *lock_queue;
	struct cloudabi_futex_bucket *lock_hb;
	struct cloudabi_waiter *first;
	int error = 0;

	if (!queue)
		return 0;
	if (n >= queue->nwriters) {
		n = queue->nwriters;
		*uaddr = condvar->uaddr;
		error = cloudabi_futex_write(*uaddr,
					     CLOUDABI_CONDVAR_HAS_NO_WAITERS);
		if (error)
			return error;
	}

	lock_hb = queue->lock_hb;
	spin_lock_nested(&lock_hb->lock, SINGLE_DEPTH_NESTING);
	lock_queue = cloudabi_futex_queue_find(lock_hb, &queue->lock_key);
	first = cloudabi_futex_queue_first_writer(queue);
	if (lock_queue) {
		cloudabi_condvar_requeue(queue, n, lock_queue, lock_hb);
	} else if (!access_lock || first->mm != current->mm) {
		cloudabi_condvar_defer_requeue(queue, n, wake_q);
	} else {
		*uaddr = first->lock.uaddr;
		error = cloudabi_condvar_hand_off(queue, n, lock_hb, wake_q);
	}
	spin_unlock(&lock_hb->lock);
	if (!error)
		cloudabi_futex_queue_remove_if_empty(queue);
	return error;
}

static int cloudabi_condvar_signal(const struct cloudabi_futex_ref *condvar,
				   cloudabi_nthreads_t n)
{
	u32 __user *uaddr = condvar->uaddr;
	bool access_lock = true;
	int error;

	for (;;) {
		struct cloudabi_wake_q wake_q;

		error = cloudabi_futex_queue_prealloc();
		if (error)
			return error;
		cloudabi_wake_q_init(&wake_q);
		spin_lock(&condvar->hb->lock);
		error = cloudabi_condvar_signal_locked(condvar, n, access_lock,
						       &uaddr, &wake_q);
		spin_unlock(&condvar->hb->lock);
		cloudabi_wake_up_q(&wake_q);
		if (!error)
			return 0;
		if (cloudabi_futex_retry(uaddr, &error))
			continue;
		if (uaddr == condvar->uaddr)
			return error;
		/* The waiters fail to acquire the lock; the signal succeeds. */
		access_lock = false;
	}
}

/**
 * cloudabi_sys_condvar_signal - Wake threads that wait at a condition variable
 * @condvar: the condition variable
 * @scope: CLOUDABI_SCOPE_PRIVATE or CLOUDABI_SCOPE_SHARED, as for the waiters
 * @nwaiters: maximum number of threads
 *
 * The threads return one after the other, in the order in which they began to
 * wait.  Each owns the lock when it returns.  The caller need not own it.
 *
 * Rights: none.
 * POSIX: As pthread_cond_signal() and pthread_cond_broadcast(), which are
 * functions of a library.
 * Spec: Locks and condition variables
 * Context: Process context, no locks held.  May sleep.
 * Return: 0; -EINVAL for another scope or an address that is not aligned;
 * -EFAULT for memory that can't be written; -ENOMEM.
 */
int cloudabi_sys_condvar_signal(cloudabi_condvar_t __user *condvar,
				cloudabi_scope_t scope,
				cloudabi_nthreads_t nwaiters)
{
	struct cloudabi_futex_ref ref __uninitialized;
	const int error = cloudabi_futex_ref_init(&ref, cloudabi_futex_condvars,
						  condvar, scope);

	if (error || !nwaiters)
		return error;
	return cloudabi_condvar_signal(&ref, nwaiters);
}

/* Wait */

/*
 * Releases the lock and enqueues @w at the condition variable, or does neither.
 * Sets *@uaddr to the word that an error concerns.
 */
static int cloudabi_condvar_enqueue_locked(struct cloudabi_waiter *w,
					   u32 __user **uaddr,
					   struct cloudabi_wake_q *wake_q)
{
	struct cloudabi_futex_ref *const condvar = &w->condvar;
	struct cloudabi_futex_queue *queue =
		cloudabi_futex_queue_find(condvar->hb, &condvar->key);
	int error;

	lockdep_assert_held(&w->lock.hb->lock);
	if (queue && !futex_match(&queue->lock_key, &w->lock.key))
		return -EINVAL;
	*uaddr = condvar->uaddr;
	error = cloudabi_futex_write(*uaddr, CONDVAR_HAS_WAITERS);
	if (error)
		return error;

	/*
	 * Before the lock is released: if that removes the lock's queue, the
	 * task keeps it as the next preallocated queue.
	 */
	if (!queue) {
		queue = cloudabi_futex_queue_create(condvar->hb, &condvar->key);
		queue->lock_key = w->lock.key;
		queue->lock_hb = w->lock.hb;
	}
	*uaddr = w->lock.uaddr;
	error = cloudabi_lock_release_locked(&w->lock, wake_q);
	if (!error) {
		cloudabi_waiter_enqueue(w, queue, condvar->hb,
					CLOUDABI_WAITER_ON_CONDVAR);
	} else if (cloudabi_futex_queue_is_empty(queue)) {
		cloudabi_futex_write(condvar->uaddr,
				     CLOUDABI_CONDVAR_HAS_NO_WAITERS);
		cloudabi_futex_queue_remove_if_empty(queue);
	}
	return error;
}

static int cloudabi_condvar_enqueue(struct cloudabi_waiter *w)
{
	u32 __user *uaddr = NULL;
	int error;

	do {
		struct cloudabi_wake_q wake_q;

		error = cloudabi_futex_queue_prealloc();
		if (error)
			return error;
		cloudabi_wake_q_init(&wake_q);
		spin_lock(&w->condvar.hb->lock);
		spin_lock_nested(&w->lock.hb->lock, SINGLE_DEPTH_NESTING);
		error = cloudabi_condvar_enqueue_locked(w, &uaddr, &wake_q);
		spin_unlock(&w->lock.hb->lock);
		spin_unlock(&w->condvar.hb->lock);
		cloudabi_wake_up_q(&wake_q);
	} while (cloudabi_futex_retry(uaddr, &error));
	return error;
}

/*
 * A program that released the lock to wait cannot continue without it, so a
 * lack of memory must not end the wait.
 *
 * Return: true to try again; false if *@error is final.
 */
static bool cloudabi_condvar_retry_nomem(int *error)
{
	if (*error != -ENOMEM)
		return false;
	if (signal_pending(current)) {
		*error = -ERESTART_RESTARTBLOCK;
		return false;
	}
	cond_resched();
	return true;
}

/* Acquires the lock at the end of a wait.  There is no time-out. */
static int cloudabi_condvar_reacquire(struct cloudabi_waiter *w)
{
	int error;

	do {
		error = cloudabi_lock_acquire(w);
	} while (cloudabi_condvar_retry_nomem(&error));
	if (error)
		return error;
	return cloudabi_lock_finish_wait(w, cloudabi_waiter_wait(w, NULL));
}

/* Ends a wait.  @w has left the queue of the condition variable. */
static int cloudabi_condvar_finish_wait(struct cloudabi_waiter *w, int error)
{
	if (error == -EINTR || (!error && w->state == CLOUDABI_WAITER_ACQUIRED))
		return cloudabi_lock_finish_wait(w, error);
	/* Timed out: no other thread accesses the waiter any more. */
	if (error)
		w->hb = NULL;
	w->condvar.uaddr = NULL;
	return cloudabi_condvar_reacquire(w);
}

/**
 * cloudabi_condvar_wait - Release a lock, and wait at a condition variable
 * @sub: subscription that names both
 * @timeout: when to stop waiting, or NULL
 * @state: see enum cloudabi_futex_progress
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0 with the lock, also after a time-out; -ERESTART_RESTARTBLOCK if
 * interrupted, without the lock; -EPERM if the caller does not own the lock for
 * writing; -EINVAL if others wait here with another lock; errors of
 * cloudabi_lock_acquire().
 */
int cloudabi_condvar_wait(const cloudabi_subscription_t *sub,
			  const struct cloudabi_timeout *timeout,
			  unsigned int *state)
{
	/* A restarted call only has to acquire the lock. */
	const bool restarted = *state != CLOUDABI_FUTEX_FRESH;
	struct cloudabi_waiter w __uninitialized;
	bool signalled;
	int error;

	cloudabi_waiter_init(&w, true);
	do {
		error = cloudabi_futex_ref_init(&w.lock, cloudabi_futex_locks,
						sub->condvar.lock,
						sub->condvar.lock_scope);
	} while (restarted && cloudabi_condvar_retry_nomem(&error));
	if (error)
		return error;
	if (restarted)
		return cloudabi_condvar_reacquire(&w);

	error = cloudabi_futex_ref_init(&w.condvar, cloudabi_futex_condvars,
					sub->condvar.condvar,
					sub->condvar.condvar_scope) ?:
		cloudabi_condvar_enqueue(&w);
	if (error)
		return error;
	error = cloudabi_waiter_wait(&w, timeout);
	*state = error == -ETIMEDOUT ? CLOUDABI_FUTEX_TIMED_OUT :
				       CLOUDABI_FUTEX_SIGNALLED;
	/* A waiter that has left a queue keeps its state. */
	signalled = w.state != CLOUDABI_WAITER_ON_CONDVAR;
	error = cloudabi_condvar_finish_wait(&w, error);
	/*
	 * The thread may be killed before it returns.  Signal another waiter,
	 * or the signal is lost.  If the thread does return, the wake-up of the
	 * other waiter is spurious.
	 */
	if (error == -ERESTART_RESTARTBLOCK && signalled) {
		w.condvar.uaddr = sub->condvar.condvar;
		cloudabi_condvar_signal(&w.condvar, 1);
	}
	return error;
}
