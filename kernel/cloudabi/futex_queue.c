// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Queues of locks and condition variables, and waiters in them
 *
 * A waiter sleeps in cloudabi_waiter_wait() until another thread wakes it.
 * Meanwhile other threads may move it to another queue, and so change the
 * bucket that protects it.  The comment in futex.c lists states and buckets.
 *
 * If a time-out races with a signal, the waiter either leaves its queue or is
 * signalled, never both:
 *
 * CPU 0 (waiter, its time is over)      CPU 1 (condvar_signal())
 *
 *                                       spin_lock(condvar hb)
 * cloudabi_waiter_lock()                spin_lock(lock hb)
 *   hb = w->hb;       (condvar hb)      dequeue(w);
 *   spin_lock(condvar hb)               enqueue(w): w->state = ON_LOCK;
 *     waits                                         w->hb = lock hb;
 *     .                                 spin_unlock(lock hb)
 *     .                                 spin_unlock(condvar hb)
 *   hb != w->hb:
 *     spin_unlock(condvar hb)
 *     spin_lock(lock hb)
 *   hb == w->hb: done
 * w->state is ON_LOCK: stay, the
 * signal came in time
 *
 * If CPU 0 locks the condition variable's bucket first, it dequeues itself, and
 * CPU 1 signals the next waiter.
 */

#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/sched/signal.h>

#include "futex_internal.h"
#include "timeout.h"

struct kmem_cache *cloudabi_futex_queue_cache __ro_after_init;

/* Queues */

/**
 * cloudabi_futex_queue_create - Add an empty queue to a hash bucket
 * @hb: the bucket
 * @key: key of the lock or condition variable
 *
 * Uses the queue that cloudabi_futex_queue_prealloc() allocated.
 *
 * Context: Process context, spinlock of @hb held.
 * Return: the queue.
 */
struct cloudabi_futex_queue *
cloudabi_futex_queue_create(struct cloudabi_futex_bucket *hb,
			    const union futex_key *key)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct cloudabi_futex_queue *const queue = blob->queue;

	lockdep_assert_held(&hb->lock);
	blob->queue = NULL;
	queue->key = *key;
	queue->owner = 0;
	queue->nwriters = 0;
	queue->nreaders = 0;
	INIT_LIST_HEAD(&queue->writers);
	INIT_LIST_HEAD(&queue->readers);
	hlist_add_head(&queue->node, &hb->queues);
	return queue;
}

/**
 * cloudabi_futex_queue_free - Free the preallocated queue of a task that ends
 * @queue: the queue, or NULL
 *
 * Context: Any.
 */
void cloudabi_futex_queue_free(struct cloudabi_futex_queue *queue)
{
	if (queue)
		kmem_cache_free(cloudabi_futex_queue_cache, queue);
}

static int __init cloudabi_futex_queue_init(void)
{
	cloudabi_futex_queue_cache = KMEM_CACHE(cloudabi_futex_queue,
						SLAB_ACCOUNT | SLAB_PANIC);
	return 0;
}
core_initcall(cloudabi_futex_queue_init);

/* Waiters */

/*
 * Locks the bucket that protects a waiter.  The loop ends because a waiter
 * moves only from a condition variable to a lock, and never back.
 */
static struct cloudabi_futex_bucket *
cloudabi_waiter_lock(struct cloudabi_waiter *w)
	__acquires(&hb->lock)
{
	struct cloudabi_futex_bucket *hb;

	for (;;) {
		/* Pairs with WRITE_ONCE() in cloudabi_waiter_enqueue(). */
		hb = READ_ONCE(w->hb);
		spin_lock(&hb->lock);
		if (likely(hb == w->hb))
			return hb;
		spin_unlock(&hb->lock);
	}
}

static bool cloudabi_waiter_is_woken(const struct cloudabi_waiter *w)
{
	/* Pairs with smp_store_release() in cloudabi_waiter_wake(). */
	return CLOUDABI_WAITER_STATE_IS_WOKEN(smp_load_acquire(&w->state));
}

/*
 * Writes into the futex word that there are no waiters, if the last waiter is
 * about to leave.  Sets *@uaddr to the word that an error concerns.
 */
static int cloudabi_waiter_clear_word(const struct cloudabi_waiter *w,
				      u32 __user **uaddr)
{
	u32 value;
	int error;

	lockdep_assert_held(&w->hb->lock);
	if (w->state == CLOUDABI_WAITER_REQUEUE_PENDING ||
	    w->queue->nwriters + w->queue->nreaders > 1)
		return 0;
	if (w->state == CLOUDABI_WAITER_ON_CONDVAR) {
		*uaddr = w->condvar.uaddr;
		return cloudabi_futex_write(*uaddr,
					    CLOUDABI_CONDVAR_HAS_NO_WAITERS);
	}
	*uaddr = w->lock.uaddr;
	error = cloudabi_futex_read(&value, *uaddr);
	if (error || !(value & LOCK_MANAGED))
		return error;
	return cloudabi_futex_cmpxchg(*uaddr, value, value & ~LOCK_MANAGED);
}

/*
 * Dequeues the caller's waiter after a time-out or an interruption.  After a
 * time-out, a waiter that has been signalled stays in the queue of the lock.
 *
 * If the futex word cannot be written, the waiter leaves without writing it:
 * unmapped memory must not keep a thread in a queue.
 *
 * Return: true if the waiter was dequeued; false if it was woken or stays.
 */
static bool cloudabi_waiter_leave(struct cloudabi_waiter *w, bool timed_out)
{
	bool ignore_word = false;

	for (;;) {
		struct cloudabi_futex_bucket *hb;
		u32 __user *uaddr = NULL;
		int error = 0;

		hb = cloudabi_waiter_lock(w);
		if (cloudabi_waiter_is_woken(w) ||
		    (timed_out && w->condvar.uaddr &&
		     w->state != CLOUDABI_WAITER_ON_CONDVAR)) {
			spin_unlock(&hb->lock);
			return false;
		}
		if (!ignore_word)
			error = cloudabi_waiter_clear_word(w, &uaddr);
		if (!error) {
			if (w->state == CLOUDABI_WAITER_REQUEUE_PENDING) {
				list_del(&w->node);
			} else {
				cloudabi_waiter_dequeue(w);
				cloudabi_futex_queue_remove_if_empty(w->queue);
			}
			spin_unlock(&hb->lock);
			return true;
		}
		spin_unlock(&hb->lock);
		ignore_word = !cloudabi_futex_retry(uaddr, &error);
	}
}

/*
 * Return: 0 if the waiter was woken; -ETIMEDOUT or -EINTR otherwise.  In the
 * latter cases, another thread may still wake it.
 */
static int cloudabi_waiter_sleep(const struct cloudabi_waiter *w,
				 const struct cloudabi_timeout *timeout)
{
	ktime_t deadline;
	int left = 1;

	while (!cloudabi_waiter_is_woken(w)) {
		/*
		 * Contains a barrier that pairs with the barrier in
		 * wake_up_process().  See "Memory barriers" in futex.c.
		 */
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (cloudabi_waiter_is_woken(w) || !left ||
		    signal_pending(current))
			break;
		if (!timeout || timeout->deadline == KTIME_MAX) {
			schedule();
		} else {
			deadline = timeout->deadline;
			left = schedule_hrtimeout_range_clock(&deadline,
							      timeout->slack,
							      HRTIMER_MODE_ABS,
							      timeout->clock);
		}
	}
	__set_current_state(TASK_RUNNING);
	if (cloudabi_waiter_is_woken(w))
		return 0;
	return left ? -EINTR : -ETIMEDOUT;
}

/**
 * cloudabi_waiter_wait - Sleep until a queued waiter is woken
 * @w: waiter of the caller
 * @timeout: when to stop waiting, or NULL
 *
 * Once a condition variable is signalled, @timeout does not limit the wait for
 * the lock.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0 if the waiter was woken; -ETIMEDOUT or -EINTR if it has left its
 * queue.
 */
int cloudabi_waiter_wait(struct cloudabi_waiter *w,
			 const struct cloudabi_timeout *timeout)
{
	int error;

	while (!cloudabi_waiter_is_woken(w)) {
		error = cloudabi_waiter_sleep(w, timeout);
		if (error && cloudabi_waiter_leave(w, error == -ETIMEDOUT))
			return error;
		/* Signalled in time, but the lock is not free yet. */
		if (error == -ETIMEDOUT)
			timeout = NULL;
	}
	return 0;
}
