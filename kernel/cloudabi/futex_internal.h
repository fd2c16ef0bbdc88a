/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Declarations that the futex files share
 *
 * Read the comment at the top of futex.c first.
 *
 * kernel/futex/futex.h declares futex_*, so names here start with cloudabi_.
 *
 * A function lives in this header if several files call it on the hot path (a
 * contended acquire, release, wait or signal), and it is short: a call would
 * cost about as much as the function.
 */
#ifndef _KERNEL_CLOUDABI_FUTEX_INTERNAL_H
#define _KERNEL_CLOUDABI_FUTEX_INTERNAL_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "../futex/futex.h"
#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "thread.h"

struct cloudabi_timeout;

/* Flags in the word of a lock, above a thread id or the number of readers. */
#define LOCK_MANAGED CLOUDABI_LOCK_KERNEL_MANAGED
#define LOCK_WRLOCKED CLOUDABI_LOCK_WRLOCKED
#define LOCK_TID_MASK (~(LOCK_MANAGED | LOCK_WRLOCKED))
#define LOCK_READERS_MAX LOCK_TID_MASK

/**
 * struct cloudabi_futex_bucket - A hash bucket
 * @lock: protects @queues, and all waiters in them
 * @queues: queues whose keys have the same hash
 */
struct cloudabi_futex_bucket {
	spinlock_t lock; /* protects @queues, and the waiters in them */
	struct hlist_head queues;
};

/**
 * struct cloudabi_futex_ref - A futex word and its hash bucket
 * @uaddr: address of the word in the caller's memory
 * @key: key of the word
 * @hb: the bucket of the key; contains the queue of the word, if there is one
 */
struct cloudabi_futex_ref {
	u32 __user *uaddr;
	union futex_key key;
	struct cloudabi_futex_bucket *hb;
};

/**
 * struct cloudabi_futex_queue - Waiters of one lock or condition variable
 * @node: link in the bucket
 * @key: key of the lock or condition variable
 * @lock_key: condition variable: key of the lock that its waiters released
 * @lock_hb: condition variable: bucket of that lock
 * @owner: lock: thread id of the writer; 0 if readers own the lock, as the
 *         kernel does not know which of them is the last
 * @nwriters: length of @writers
 * @nreaders: length of @readers
 * @writers: waiters that acquire the lock for writing, in order of arrival; all
 *           waiters of a condition variable
 * @readers: waiters that acquire the lock for reading
 *
 * The first waiter creates the queue, and it is removed with the last.
 *
 * The spinlock of the bucket protects all members.
 */
struct cloudabi_futex_queue {
	struct hlist_node node;
	union futex_key key;
	union futex_key lock_key;
	struct cloudabi_futex_bucket *lock_hb;
	cloudabi_tid_t owner;
	unsigned int nwriters;
	unsigned int nreaders;
	struct list_head writers;
	struct list_head readers;
};

/**
 * enum cloudabi_waiter_state - State of a waiter
 * @CLOUDABI_WAITER_ON_CONDVAR: in the queue of a condition variable
 * @CLOUDABI_WAITER_REQUEUE_PENDING: signalled, on the requeue list of another
 *                                   waiter, which requeues it
 * @CLOUDABI_WAITER_ON_LOCK: in the queue of a lock
 * @CLOUDABI_WAITER_ACQUIRED: woken; owns the lock
 * @CLOUDABI_WAITER_MUST_ACQUIRE: woken; must acquire the lock, and requeue the
 *                                waiters on its requeue list
 *
 * Threads sleep in the states before CLOUDABI_WAITER_ACQUIRED.
 */
enum cloudabi_waiter_state {
	CLOUDABI_WAITER_ON_CONDVAR,
	CLOUDABI_WAITER_REQUEUE_PENDING,
	CLOUDABI_WAITER_ON_LOCK,
	CLOUDABI_WAITER_ACQUIRED,
	CLOUDABI_WAITER_MUST_ACQUIRE,
};

/* A macro, so that the order of the states can be asserted. */
#define CLOUDABI_WAITER_STATE_IS_WOKEN(state) \
	((state) >= CLOUDABI_WAITER_ACQUIRED)

static_assert(!CLOUDABI_WAITER_STATE_IS_WOKEN(CLOUDABI_WAITER_ON_CONDVAR));
static_assert(!CLOUDABI_WAITER_STATE_IS_WOKEN(CLOUDABI_WAITER_REQUEUE_PENDING));
static_assert(!CLOUDABI_WAITER_STATE_IS_WOKEN(CLOUDABI_WAITER_ON_LOCK));
static_assert(CLOUDABI_WAITER_STATE_IS_WOKEN(CLOUDABI_WAITER_MUST_ACQUIRE));

/**
 * struct cloudabi_waiter - A thread that waits for a lock or condition variable
 * @node: link in @queue, or in another waiter's @requeue_list
 * @requeue_list: waiters that the thread requeues when it acquires the lock
 * @queue: the queue that this waiter is in
 * @hb: the bucket whose lock protects the waiter; NULL if only its own thread
 *      knows it.  As lock_ptr of struct futex_q.
 * @task: the thread
 * @mm: its address space
 * @tid: its thread id
 * @for_write: whether it acquires the lock for writing
 * @state: see enum cloudabi_waiter_state
 * @lock: the lock
 * @condvar: the condition variable; its @uaddr is NULL if the thread only
 *           waits for the lock
 */
struct cloudabi_waiter {
	struct list_head node;
	struct list_head requeue_list;
	struct cloudabi_futex_queue *queue;
	struct cloudabi_futex_bucket *hb;
	struct task_struct *task;
	struct mm_struct *mm;
	cloudabi_tid_t tid;
	bool for_write;
	enum cloudabi_waiter_state state;
	struct cloudabi_futex_ref lock;
	struct cloudabi_futex_ref condvar;
};

/**
 * struct cloudabi_wake_q - Tasks to wake after all bucket locks are released
 * @first: the first task; usually the only one, which needs no wake_q
 * @rest: the other tasks
 */
struct cloudabi_wake_q {
	struct task_struct *first;
	struct wake_q_head rest;
};

/* Futex words and keys: futex_word.c */

extern struct cloudabi_futex_bucket *cloudabi_futex_locks;
extern struct cloudabi_futex_bucket *cloudabi_futex_condvars;
extern unsigned int cloudabi_futex_hash_bits;

int cloudabi_futex_key_shared(struct cloudabi_futex_ref *ref,
			      u32 __user *uaddr);
bool cloudabi_futex_handle_error(u32 __user *uaddr, int *error);

/* Hashes all bits of the address or file offset, and the mm or inode. */
static __always_inline struct cloudabi_futex_bucket *
cloudabi_futex_hash(struct cloudabi_futex_bucket *table,
		    const union futex_key *key)
{
	const u64 position = ((u64)key->both.word << PAGE_SHIFT) +
			     key->both.offset;

	return &table[hash_64(key->both.ptr + position,
			      cloudabi_futex_hash_bits)];
}

/* The key that get_futex_key() makes for private futexes, in fewer steps. */
static __always_inline int
cloudabi_futex_key_private(struct cloudabi_futex_ref *ref, u32 __user *uaddr)
{
	const unsigned long address = (unsigned long)uaddr;

	if (!IS_ALIGNED(address, sizeof(*uaddr)))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(*uaddr)))
		return -EFAULT;
	ref->key.private.mm = current->mm;
	ref->key.private.address = address & PAGE_MASK;
	ref->key.private.offset = offset_in_page(address);
	return 0;
}

/**
 * cloudabi_futex_ref_init - Find the key and the hash bucket of a futex word
 * @ref: where to store them
 * @table: cloudabi_futex_locks or cloudabi_futex_condvars
 * @uaddr: the word
 * @scope: CLOUDABI_SCOPE_PRIVATE or CLOUDABI_SCOPE_SHARED
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for another scope or an address that is not aligned;
 * -EFAULT for memory that cannot be written; -ENOMEM.
 */
static __always_inline int
cloudabi_futex_ref_init(struct cloudabi_futex_ref *ref,
			struct cloudabi_futex_bucket *table,
			u32 __user *uaddr, cloudabi_scope_t scope)
{
	int error;

	if (likely(scope == CLOUDABI_SCOPE_PRIVATE))
		error = cloudabi_futex_key_private(ref, uaddr);
	else if (scope == CLOUDABI_SCOPE_SHARED)
		error = cloudabi_futex_key_shared(ref, uaddr);
	else
		error = -EINVAL;
	ref->uaddr = uaddr;
	ref->hb = cloudabi_futex_hash(table, &ref->key);
	return error;
}

/* Accesses to futex words under a bucket lock fail instead of faulting. */

/* Try again: the word has changed, or its cache line was busy. */
#define CLOUDABI_FUTEX_RETRY (-EBUSY)

static inline int cloudabi_futex_read(u32 *value, u32 __user *uaddr)
{
	return futex_get_value_locked(value, uaddr);
}

static inline int cloudabi_futex_cmpxchg(u32 __user *uaddr, u32 old, u32 new)
{
	u32 found;
	int error;

	error = futex_cmpxchg_value_locked(&found, uaddr, old, new);
	if (error)
		return error == -EAGAIN ? CLOUDABI_FUTEX_RETRY : error;
	return found == old ? 0 : CLOUDABI_FUTEX_RETRY;
}

static inline int cloudabi_futex_write(u32 __user *uaddr, u32 value)
{
	int error;

	pagefault_disable();
	error = __put_user(value, uaddr);
	pagefault_enable();
	return error;
}

/**
 * cloudabi_futex_retry - Decide whether to repeat an operation on a futex word
 * @uaddr: the word
 * @error: result of the operation; 0 if it is to be repeated
 *
 * Handles the page fault that made the operation fail.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: true if the operation is to be repeated.
 */
static __always_inline bool cloudabi_futex_retry(u32 __user *uaddr, int *error)
{
	return unlikely(*error) && cloudabi_futex_handle_error(uaddr, error);
}

/* Queues: futex_queue.c */

extern struct kmem_cache *cloudabi_futex_queue_cache;

struct cloudabi_futex_queue *
cloudabi_futex_queue_create(struct cloudabi_futex_bucket *hb,
			    const union futex_key *key);

/**
 * cloudabi_futex_queue_prealloc - Allocate a queue before a lock is taken
 *
 * The task keeps the queue until cloudabi_futex_queue_create() needs one.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0; -ENOMEM.
 */
static __always_inline int cloudabi_futex_queue_prealloc(void)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	if (unlikely(!blob->queue))
		blob->queue = kmem_cache_alloc(cloudabi_futex_queue_cache,
					       GFP_KERNEL);
	return blob->queue ? 0 : -ENOMEM;
}

static __always_inline struct cloudabi_futex_queue *
cloudabi_futex_queue_find(const struct cloudabi_futex_bucket *hb,
			  const union futex_key *key)
{
	struct cloudabi_futex_queue *queue;

	lockdep_assert_held(&hb->lock);
	hlist_for_each_entry(queue, &hb->queues, node)
		if (futex_match(&queue->key, (union futex_key *)key))
			return queue;
	return NULL;
}

static inline bool
cloudabi_futex_queue_is_empty(const struct cloudabi_futex_queue *queue)
{
	return !queue->nwriters && !queue->nreaders;
}

/* The current task keeps a removed queue for its next wait. */
static __always_inline void
cloudabi_futex_queue_remove_if_empty(struct cloudabi_futex_queue *queue)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	if (!cloudabi_futex_queue_is_empty(queue))
		return;
	hlist_del(&queue->node);
	if (blob->queue)
		kmem_cache_free(cloudabi_futex_queue_cache, queue);
	else
		blob->queue = queue;
}

static inline struct cloudabi_waiter *
cloudabi_futex_queue_first_writer(const struct cloudabi_futex_queue *queue)
{
	return list_first_entry(&queue->writers, struct cloudabi_waiter, node);
}

/* Waiters: futex_queue.c */

int cloudabi_waiter_wait(struct cloudabi_waiter *w,
			 const struct cloudabi_timeout *timeout);

static inline void cloudabi_waiter_init(struct cloudabi_waiter *w,
					bool for_write)
{
	INIT_LIST_HEAD(&w->requeue_list);
	w->queue = NULL;
	w->hb = NULL;
	w->task = current;
	w->mm = current->mm;
	w->tid = cloudabi_tid(current);
	w->for_write = for_write;
	w->condvar.uaddr = NULL;
}

/*
 * From now on @hb protects the waiter.  The caller also holds the spinlock of
 * the bucket that protected it before.
 */
static inline void cloudabi_waiter_enqueue(struct cloudabi_waiter *w,
					   struct cloudabi_futex_queue *queue,
					   struct cloudabi_futex_bucket *hb,
					   enum cloudabi_waiter_state state)
{
	lockdep_assert_held(&hb->lock);
	if (w->for_write) {
		list_add_tail(&w->node, &queue->writers);
		queue->nwriters++;
	} else {
		list_add_tail(&w->node, &queue->readers);
		queue->nreaders++;
	}
	w->queue = queue;
	w->state = state;
	/* Pairs with READ_ONCE() in cloudabi_waiter_lock(). */
	WRITE_ONCE(w->hb, hb);
}

static inline void cloudabi_waiter_dequeue(struct cloudabi_waiter *w)
{
	lockdep_assert_held(&w->hb->lock);
	list_del(&w->node);
	if (w->for_write)
		w->queue->nwriters--;
	else
		w->queue->nreaders--;
}

static __always_inline void cloudabi_wake_q_init(struct cloudabi_wake_q *wake_q)
{
	wake_q->first = NULL;
	wake_q_init(&wake_q->rest);
}

/* The waiter must be in no list.  cloudabi_wake_up_q() wakes its thread. */
static __always_inline void
cloudabi_waiter_wake(struct cloudabi_waiter *w,
		     enum cloudabi_waiter_state state,
		     struct cloudabi_wake_q *wake_q)
{
	struct task_struct *const task = get_task_struct(w->task);

	lockdep_assert_held(&w->hb->lock);
	/*
	 * Pairs with cloudabi_waiter_is_woken().  Do not access @w after this:
	 * its thread may have returned and reused its stack.
	 */
	smp_store_release(&w->state, state);
	if (!wake_q->first)
		wake_q->first = task;
	else
		wake_q_add_safe(&wake_q->rest, task);
}

static __always_inline void cloudabi_wake_up_q(struct cloudabi_wake_q *wake_q)
{
	if (!wake_q->first)
		return;
	wake_up_process(wake_q->first);
	put_task_struct(wake_q->first);
	if (!wake_q_empty(&wake_q->rest))
		wake_up_q(&wake_q->rest);
}

/* Locks: futex_lock.c */

int cloudabi_lock_acquire(struct cloudabi_waiter *w);
int cloudabi_lock_release_locked(const struct cloudabi_futex_ref *lock,
				 struct cloudabi_wake_q *wake_q);
int cloudabi_lock_abort_wait(const struct cloudabi_waiter *w, int error);
int cloudabi_lock_wait(u32 __user *uaddr, cloudabi_scope_t scope,
		       bool for_write, const struct cloudabi_timeout *timeout,
		       bool *timed_out);

/* Programs and kernel store no other values in an unmanaged lock. */
static inline bool cloudabi_lock_is_valid(u32 value)
{
	return !(value & LOCK_MANAGED) &&
	       (!(value & LOCK_WRLOCKED) || (value & LOCK_TID_MASK));
}

/* Thread id of the writer; 0 if there is none. */
static inline cloudabi_tid_t cloudabi_lock_writer(u32 value)
{
	return value & LOCK_WRLOCKED ? value & LOCK_TID_MASK : 0;
}

/**
 * cloudabi_lock_finish_wait - End a wait for a lock
 * @w: a waiter that owns the lock if @error is 0, and is in no queue
 * @error: result of the wait
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: 0 with the lock; -ERESTART_RESTARTBLOCK without it, if the wait
 * failed or a signal is pending.
 */
static __always_inline int
cloudabi_lock_finish_wait(const struct cloudabi_waiter *w, int error)
{
	if (likely(!error && !signal_pending(current)))
		return 0;
	return cloudabi_lock_abort_wait(w, error);
}

/* Condition variables: futex_condvar.c */

int cloudabi_condvar_wait(const cloudabi_subscription_t *sub,
			  const struct cloudabi_timeout *timeout,
			  unsigned int *state);

#endif /* _KERNEL_CLOUDABI_FUTEX_INTERNAL_H */
