// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Locks and condition variables
 *
 * A lock is a word of user memory.  As long as nobody sleeps, programs change it
 * without the kernel's help.  Who must wait sets CLOUDABI_LOCK_KERNEL_MANAGED and
 * sleeps in a queue here; from then on the lock is handed over by lock_unlock():
 * whoever is woken owns the lock.  Documentation/userspace-api/cloudabi/locks.rst has the protocol.
 *
 * A queue exists as long as somebody is in it, found by the key that futexes
 * have, too.  What is decided about a lock is decided under the lock of its
 * bucket, and the word is written before the queues are changed: if the memory
 * is not there, nothing has happened, and everything is tried again after the
 * fault has been handled without any lock.  Where two buckets are locked, that
 * of the condition variable comes first.
 *
 * A waiter lies on the stack of the sleeping task.  Whoever wakes it sets the
 * state last, and does not touch it any more.
 */

#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "../futex/futex.h"
#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "futex.h"
#include "thread.h"

#define MANAGED CLOUDABI_LOCK_KERNEL_MANAGED
#define WRLOCKED CLOUDABI_LOCK_WRLOCKED
#define TID_MASK (~(MANAGED | WRLOCKED))
#define READERS_MAX TID_MASK

/* A lock or condition variable that has waiters; any other value but 0 does. */
#define CONDVAR_HAS_WAITERS (~0U)

/* The word has changed, or its memory was busy: try again. */
#define TRY_AGAIN (-EBUSY)

/**
 * struct place - A word that a call names
 * @word: where it is in the caller's memory
 * @key: what it is, in whatever address space
 * @bucket: where its queue is, if it has one
 */
struct place {
	u32 __user *word;
	union futex_key key;
	struct bucket *bucket;
};

/**
 * struct cloudabi_futex_queue - Those who wait for a lock, or at a condition variable
 * @node: link in the bucket
 * @key: of the lock or condition variable
 * @lock_key: of the lock that belongs to a condition variable
 * @lock_bucket: where the queue of that lock is
 * @owner: of a lock: who writes; 0 if any of its readers may be the last
 * @writers: who wants to write, or waits at a condition variable, in order
 * @readers: who wants to read
 * @nwriters: length of @writers
 * @nreaders: length of @readers
 *
 * Made by the first waiter and freed with the last.  Protected by the lock of
 * the bucket.
 */
struct cloudabi_futex_queue {
	struct hlist_node node;
	union futex_key key;
	union futex_key lock_key;
	struct bucket *lock_bucket;
	cloudabi_tid_t owner;
	unsigned int nwriters;
	unsigned int nreaders;
	struct list_head writers;
	struct list_head readers;
};

/**
 * struct bucket - Queues whose keys have the same hash
 * @lock: protects the queues and all waiters in them
 * @queues: the queues
 */
struct bucket {
	spinlock_t lock;	/* of @queues and all in them */
	struct hlist_head queues;
};

static struct bucket *locks __ro_after_init;
static struct bucket *condvars __ro_after_init;
static unsigned int bucket_bits __ro_after_init;
static struct kmem_cache *queue_cache __ro_after_init;

/**
 * enum waiter_state - Where a waiter is
 * @AT_CONDVAR: in the queue of a condition variable
 * @DONATED: signalled, and in the hands of another waiter, who queues it
 * @AT_LOCK: in the queue of a lock
 * @OWNER: in no queue: the lock is its own
 * @CALLED: in no queue, and must take the lock itself
 */
enum waiter_state {
	AT_CONDVAR,
	DONATED,
	AT_LOCK,
	OWNER,
	CALLED,
};

/**
 * struct waiter - A thread that waits
 * @node: link in its queue
 * @donated: other waiters that were signalled together with this one
 * @queue: the queue, if it is in one
 * @guard: the bucket whose lock protects all of this, until it is woken
 * @task: the thread
 * @mm: its address space
 * @tid: its id
 * @writes: whether it wants the lock to write
 * @state: where it is
 * @lock: the lock
 * @condvar: the condition variable
 */
struct waiter {
	struct list_head node;
	struct list_head donated;
	struct cloudabi_futex_queue *queue;
	struct bucket *guard;
	struct task_struct *task;
	struct mm_struct *mm;
	cloudabi_tid_t tid;
	bool writes;
	enum waiter_state state;
	struct place lock;
	struct place condvar;
};

static void waiter_init(struct waiter *w, bool writes)
{
	INIT_LIST_HEAD(&w->donated);
	w->queue = NULL;
	w->guard = NULL;
	w->task = current;
	w->mm = current->mm;
	w->tid = cloudabi_tid(current);
	w->writes = writes;
	w->condvar.word = NULL;
}

/* Words */

/* All bits of the address, or of the position in the file, and whose it is. */
static __always_inline struct bucket *bucket_of(struct bucket *table,
						const union futex_key *key)
{
	const u64 position = ((u64)key->both.word << PAGE_SHIFT) +
			     key->both.offset;

	return &table[hash_64(key->both.ptr + position, bucket_bits)];
}

/* The same that get_futex_key() does, which has to do with more. */
static __always_inline int place_get_private(struct place *place,
					     u32 __user *word)
{
	const unsigned long address = (unsigned long)word;

	if (!IS_ALIGNED(address, sizeof(*word)))
		return -EINVAL;
	if (!access_ok(word, sizeof(*word)))
		return -EFAULT;
	place->key.private.mm = current->mm;
	place->key.private.address = address & PAGE_MASK;
	place->key.private.offset = offset_in_page(address);
	return 0;
}

/* In memory that is not shared, a word is the same in both scopes. */
static noinline int place_get_shared(struct place *place, u32 __user *word)
{
	union futex_key *const key = &place->key;
	int error;

	*key = FUTEX_KEY_INIT;
	error = get_futex_key(word, FLAGS_SIZE_32 | FLAGS_SHARED, key,
			      FUTEX_WRITE);
	return !error && (key->both.offset & FUT_OFF_MMSHARED) ?
		       place_get_private(place, word) : error;
}

static __always_inline int place_get(struct place *place, struct bucket *table,
				     u32 __user *word, cloudabi_scope_t scope)
{
	int error;

	if (likely(scope == CLOUDABI_SCOPE_PRIVATE))
		error = place_get_private(place, word);
	else if (scope == CLOUDABI_SCOPE_SHARED)
		error = place_get_shared(place, word);
	else
		error = -EINVAL;
	place->word = word;
	place->bucket = bucket_of(table, &place->key);
	return error;
}

static int word_get(u32 *value, u32 __user *word)
{
	return futex_get_value_locked(value, word);
}

static int word_change(u32 __user *word, u32 from, u32 to)
{
	u32 found;
	int error;

	error = futex_cmpxchg_value_locked(&found, word, from, to);
	if (error)
		return error == -EAGAIN ? TRY_AGAIN : error;
	return found == from ? 0 : TRY_AGAIN;
}

static int word_put(u32 __user *word, u32 value)
{
	int error;

	pagefault_disable();
	error = __put_user(value, word);
	pagefault_enable();
	return error;
}

/*
 * After an operation on a word, without any lock: is it to be tried again?  If
 * not, *@error says how it went.
 */
static bool word_retry(u32 __user *word, int *error)
{
	switch (*error) {
	case -EFAULT:
		*error = fault_in_user_writeable(word);
		/* A program's own access would be tried again, too. */
		if (*error == -ENOMEM && !fatal_signal_pending(current)) {
			cond_resched();
			*error = 0;
		}
		return !*error;
	case TRY_AGAIN:
		cond_resched();
		*error = 0;
		return true;
	default:
		return false;
	}
}

/* Queues */

static __always_inline struct cloudabi_futex_queue *
queue_find(const struct bucket *bucket, const union futex_key *key)
{
	struct cloudabi_futex_queue *queue;

	hlist_for_each_entry(queue, &bucket->queues, node)
		if (futex_match(&queue->key, (union futex_key *)key))
			return queue;
	return NULL;
}

/*
 * A task that may have to make a queue has one ready before it takes a lock, and
 * keeps one that it freed for the next time.
 */
static int queue_prepare(void)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	if (unlikely(!blob->queue))
		blob->queue = kmem_cache_alloc(queue_cache, GFP_KERNEL);
	return blob->queue ? 0 : -ENOMEM;
}

static struct cloudabi_futex_queue *queue_make(struct bucket *bucket,
					 const union futex_key *key)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct cloudabi_futex_queue *const queue = blob->queue;

	blob->queue = NULL;
	queue->key = *key;
	queue->owner = 0;
	queue->nwriters = 0;
	queue->nreaders = 0;
	INIT_LIST_HEAD(&queue->writers);
	INIT_LIST_HEAD(&queue->readers);
	hlist_add_head(&queue->node, &bucket->queues);
	return queue;
}

/**
 * cloudabi_futex_queue_free - Free what a task kept ready
 * @queue: the queue, or NULL
 *
 * Context: any.
 */
void cloudabi_futex_queue_free(struct cloudabi_futex_queue *queue)
{
	if (queue)
		kmem_cache_free(queue_cache, queue);
}

static bool queue_is_empty(const struct cloudabi_futex_queue *queue)
{
	return !queue->nwriters && !queue->nreaders;
}

static __always_inline void queue_put(struct cloudabi_futex_queue *queue)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	if (!queue_is_empty(queue))
		return;
	hlist_del(&queue->node);
	if (blob->queue)
		kmem_cache_free(queue_cache, queue);
	else
		blob->queue = queue;
}

static void queue_add(struct cloudabi_futex_queue *queue, struct bucket *bucket,
		      struct waiter *w, enum waiter_state state)
{
	if (w->writes) {
		list_add_tail(&w->node, &queue->writers);
		queue->nwriters++;
	} else {
		list_add_tail(&w->node, &queue->readers);
		queue->nreaders++;
	}
	w->queue = queue;
	w->state = state;
	WRITE_ONCE(w->guard, bucket);
}

static void queue_del(struct waiter *w)
{
	list_del(&w->node);
	if (w->writes)
		w->queue->nwriters--;
	else
		w->queue->nreaders--;
}

static struct waiter *queue_first(const struct cloudabi_futex_queue *queue)
{
	return list_first_entry(&queue->writers, struct waiter, node);
}

/**
 * struct wakes - Tasks to be woken when no lock is held any more
 * @one: the first of them, and mostly the only one
 * @more: the others
 */
struct wakes {
	struct task_struct *one;
	struct wake_q_head more;
};

static __always_inline void wakes_init(struct wakes *wakes)
{
	wakes->one = NULL;
	wake_q_init(&wakes->more);
}

static __always_inline void waiter_wake(struct waiter *w,
					enum waiter_state state,
					struct wakes *wakes)
{
	struct task_struct *const task = get_task_struct(w->task);

	/* Pairs with waiter_is_awake(): the waiter may be gone from here on. */
	smp_store_release(&w->state, state);
	if (!wakes->one)
		wakes->one = task;
	else
		wake_q_add_safe(&wakes->more, task);
}

static __always_inline void wake_all(struct wakes *wakes)
{
	if (!wakes->one)
		return;
	wake_up_process(wakes->one);
	put_task_struct(wakes->one);
	if (!wake_q_empty(&wakes->more))
		wake_up_q(&wakes->more);
}

/* Locks */

/* Values that neither programs nor the kernel ever leave in a lock. */
static bool lock_is_valid(u32 value)
{
	return !(value & MANAGED) &&
	       (!(value & WRLOCKED) || (value & TID_MASK));
}

static cloudabi_tid_t lock_writer(u32 value)
{
	return value & WRLOCKED ? value & TID_MASK : 0;
}

static void lock_add_donated(struct cloudabi_futex_queue *queue,
			     struct bucket *bucket, struct waiter *w)
{
	struct waiter *other, *next;

	list_for_each_entry_safe(other, next, &w->donated, node) {
		list_del(&other->node);
		queue_add(queue, bucket, other, AT_LOCK);
	}
}

/*
 * Takes the lock, or queues for it; what was donated is queued behind.  Requires
 * the lock of the bucket, and a queue to be ready.  Sets the waiter's state.
 */
static __always_inline int lock_take(struct waiter *w)
{
	struct bucket *const bucket = w->lock.bucket;
	struct cloudabi_futex_queue *queue = queue_find(bucket, &w->lock.key);
	const bool donated = !list_empty(&w->donated);
	bool free;
	u32 value, new;
	int error;

	if (queue) {
		if (w->writes && queue->owner == w->tid)
			return -EDEADLK;
		queue_add(queue, bucket, w, AT_LOCK);
		lock_add_donated(queue, bucket, w);
		return 0;
	}

	error = word_get(&value, w->lock.word);
	if (error)
		return error;
	if (!lock_is_valid(value))
		return -EINVAL;
	if (w->writes) {
		if (value == (WRLOCKED | w->tid))
			return -EDEADLK;
		free = !value;
		new = WRLOCKED | w->tid | (donated ? MANAGED : 0);
	} else {
		free = !(value & WRLOCKED);
		if (value == READERS_MAX)
			return -EAGAIN;
		new = value + 1;
	}
	error = word_change(w->lock.word, value, free ? new : value | MANAGED);
	if (error)
		return error;

	if (!free || donated) {
		queue = queue_make(bucket, &w->lock.key);
		queue->owner = free ? w->tid : lock_writer(value);
	}
	if (free)
		w->state = OWNER;
	else
		queue_add(queue, bucket, w, AT_LOCK);
	if (donated)
		lock_add_donated(queue, bucket, w);
	return 0;
}

static void lock_hand_to_readers(struct cloudabi_futex_queue *queue,
				 struct wakes *wakes)
{
	struct waiter *w, *next;

	list_for_each_entry_safe(w, next, &queue->readers, node) {
		queue_del(w);
		waiter_wake(w, OWNER, wakes);
	}
}

/* What the word says when a lock goes to those who wait for it. */
static __always_inline u32 lock_next(const struct cloudabi_futex_queue *queue)
{
	if (!queue->nwriters)
		return queue->nreaders;
	return WRLOCKED | queue_first(queue)->tid |
	       (queue->nwriters > 1 || queue->nreaders ? MANAGED : 0);
}

/* Hands a lock over whose word says so already. */
static __always_inline void lock_hand_over(struct cloudabi_futex_queue *queue,
					   struct wakes *wakes)
{
	if (queue->nwriters) {
		struct waiter *const w = queue_first(queue);

		queue->owner = w->tid;
		queue_del(w);
		waiter_wake(w, OWNER, wakes);
	} else {
		lock_hand_to_readers(queue, wakes);
	}
	queue_put(queue);
}

/* Hands a lock over that nobody owns any more. */
static __always_inline int lock_pass(const struct place *lock,
				     struct cloudabi_futex_queue *queue,
				     struct wakes *wakes)
{
	const int error = word_put(lock->word, lock_next(queue));

	if (!error)
		lock_hand_over(queue, wakes);
	return error;
}

/* A writer gives its lock up.  Requires the lock of the bucket. */
static __always_inline int lock_give(const struct place *lock,
				     struct wakes *wakes)
{
	struct cloudabi_futex_queue *const queue = queue_find(lock->bucket, &lock->key);
	const cloudabi_tid_t tid = cloudabi_tid(current);
	u32 value;
	int error;

	if (likely(queue && queue->owner == tid))
		return lock_pass(lock, queue, wakes);
	error = word_get(&value, lock->word);
	if (error)
		return error;
	/* The last waiter may have left since the program looked. */
	if (!queue)
		return (value & ~MANAGED) == (WRLOCKED | tid) ?
			       word_change(lock->word, value, 0) : -EPERM;
	if (queue->owner || lock_writer(value) != tid)
		return -EPERM;
	return lock_pass(lock, queue, wakes);
}

/*
 * The counterpart for a reader.  Programs do it by themselves; this is for a
 * lock that a thread was given and can't use.  It takes one step: a reader that
 * is killed is never left as a writer.
 */
static noinline int lock_give_read(const struct place *lock, struct wakes *wakes)
{
	struct cloudabi_futex_queue *const queue = queue_find(lock->bucket, &lock->key);
	bool last;
	u32 value;
	int error;

	error = word_get(&value, lock->word);
	if (error)
		return error;
	if ((value & WRLOCKED) || !(value & TID_MASK))
		return -EPERM;
	last = queue && value == (MANAGED | 1);
	error = word_change(lock->word, value,
			    last ? lock_next(queue) : value - 1);
	if (!error && last)
		lock_hand_over(queue, wakes);
	return error;
}

static __always_inline int lock_unlock(const struct place *lock, bool writes)
{
	int error;

	do {
		struct wakes wakes;

		wakes_init(&wakes);
		spin_lock(&lock->bucket->lock);
		error = writes ? lock_give(lock, &wakes) :
				 lock_give_read(lock, &wakes);
		spin_unlock(&lock->bucket->lock);
		wake_all(&wakes);
	} while (word_retry(lock->word, &error));
	return error;
}

/* Waiting */

/* Locks the bucket that a waiter is in.  It may be moved, but not back. */
static struct bucket *waiter_lock(struct waiter *w)
	__acquires(&bucket->lock)
{
	struct bucket *bucket;

	for (;;) {
		bucket = READ_ONCE(w->guard);
		spin_lock(&bucket->lock);
		if (likely(bucket == w->guard))
			return bucket;
		spin_unlock(&bucket->lock);
	}
}

static bool waiter_is_awake(const struct waiter *w)
{
	/* Pairs with waiter_wake(). */
	return smp_load_acquire(&w->state) >= OWNER;
}

/* If this is the last waiter, the word has to say that there is none. */
static int waiter_clear_word(const struct waiter *w, u32 __user **word)
{
	u32 value;
	int error;

	if (w->state == DONATED || w->queue->nwriters + w->queue->nreaders > 1)
		return 0;
	if (w->state == AT_CONDVAR) {
		*word = w->condvar.word;
		return word_put(*word, CLOUDABI_CONDVAR_HAS_NO_WAITERS);
	}
	*word = w->lock.word;
	error = word_get(&value, *word);
	if (error || !(value & MANAGED))
		return error;
	return word_change(*word, value, value & ~MANAGED);
}

/*
 * Takes the caller out of its queue.  If it only waits for the lock since it was
 * signalled and @timed_out says so, it stays.  Memory that is gone keeps nobody
 * in a queue.
 *
 * Return: whether it was taken out; if not, it was woken or stays.
 */
static bool waiter_leave(struct waiter *w, bool timed_out)
{
	bool forced = false;

	for (;;) {
		struct bucket *const bucket = waiter_lock(w);
		u32 __user *word = NULL;
		int error = 0;

		if (waiter_is_awake(w) ||
		    (timed_out && w->condvar.word && w->state != AT_CONDVAR)) {
			spin_unlock(&bucket->lock);
			return false;
		}
		if (!forced)
			error = waiter_clear_word(w, &word);
		if (!error) {
			if (w->state == DONATED) {
				list_del(&w->node);
			} else {
				queue_del(w);
				queue_put(w->queue);
			}
			spin_unlock(&bucket->lock);
			return true;
		}
		spin_unlock(&bucket->lock);
		forced = !word_retry(word, &error);
	}
}

/*
 * Sleeps until woken.  Return: 0, -ETIMEDOUT, or -EINTR; the waiter may have been
 * woken in the latter cases, too.
 */
static int waiter_sleep(const struct waiter *w,
			const struct cloudabi_timeout *timeout)
{
	ktime_t deadline;
	int left = 1;

	while (!waiter_is_awake(w)) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (waiter_is_awake(w) || !left || signal_pending(current))
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
	if (waiter_is_awake(w))
		return 0;
	return left ? -EINTR : -ETIMEDOUT;
}

/*
 * Somebody else has to take the lock in place of a waiter that was called, and
 * can't.
 */
static void waiter_pass_on(struct waiter *w)
{
	struct waiter *heir;
	struct wakes wakes;

	if (!w->guard)
		return;
	wakes_init(&wakes);
	spin_lock(&w->guard->lock);
	heir = list_first_entry_or_null(&w->donated, struct waiter, node);
	if (heir) {
		list_del(&heir->node);
		list_splice_init(&w->donated, &heir->donated);
		waiter_wake(heir, CALLED, &wakes);
	}
	spin_unlock(&w->guard->lock);
	wake_all(&wakes);
}

static __always_inline int lock_try(struct waiter *w)
{
	int error;

	spin_lock_nested(&w->lock.bucket->lock, SINGLE_DEPTH_NESTING);
	error = lock_take(w);
	spin_unlock(&w->lock.bucket->lock);
	return error;
}

/*
 * Queues for the lock, together with what was donated, which the bucket of the
 * condition variable protects up to then.
 */
static __always_inline int waiter_take(struct waiter *w)
{
	struct bucket *const condvar = w->guard;
	int error;

	do {
		error = queue_prepare();
		if (error)
			break;
		if (condvar) {
			spin_lock(&condvar->lock);
			error = lock_try(w);
			spin_unlock(&condvar->lock);
		} else {
			error = lock_try(w);
		}
	} while (word_retry(w->lock.word, &error));
	if (error)
		waiter_pass_on(w);
	return error;
}

/*
 * Waits until the lock is the caller's.  Return: 0; -ETIMEDOUT; -EINTR if
 * interrupted, then without the lock.
 */
static int waiter_own(struct waiter *w, const struct cloudabi_timeout *timeout)
{
	int error;

	while (!waiter_is_awake(w)) {
		error = waiter_sleep(w, timeout);
		if (error && waiter_leave(w, error == -ETIMEDOUT))
			return error;
		/* Signalled in time, though not the owner in time. */
		if (error == -ETIMEDOUT)
			timeout = NULL;
	}
	return 0;
}

/*
 * Somebody who is to be stopped, traced or ended can't use the lock now, if it
 * ever can: what a signal does is not known yet.  It leaves the lock to others,
 * and asks for it again when it comes back.
 */
static noinline int waiter_interrupted(const struct waiter *w, int error)
{
	/* Where the word is gone, there is nothing to be given back. */
	if (!error && lock_unlock(&w->lock, w->writes) &&
	    !fatal_signal_pending(current))
		return 0;
	return -ERESTART_RESTARTBLOCK;
}

/* How a call ends that has waited until the lock is its own, or gave up. */
static __always_inline int waiter_end(const struct waiter *w, int error)
{
	if (likely(!error && !signal_pending(current)))
		return 0;
	return waiter_interrupted(w, error);
}

static int lock_wait(u32 __user *word, cloudabi_scope_t scope, bool writes,
		     const struct cloudabi_timeout *timeout, bool *timed_out)
{
	struct waiter w __uninitialized;
	int error;

	waiter_init(&w, writes);
	error = place_get(&w.lock, locks, word, scope) ?: waiter_take(&w);
	if (error)
		return error;

	error = waiter_own(&w, timeout);
	if (error == -ETIMEDOUT) {
		*timed_out = true;
		return 0;
	}
	return waiter_end(&w, error);
}

/* Condition variables */

/*
 * Gives up the lock and queues at the condition variable, or does neither.
 * Requires both locks.
 */
static int condvar_enter(struct waiter *w, u32 __user **word,
			 struct wakes *wakes)
{
	struct place *const condvar = &w->condvar;
	struct cloudabi_futex_queue *queue = queue_find(condvar->bucket, &condvar->key);
	int error;

	if (queue && !futex_match(&queue->lock_key, &w->lock.key))
		return -EINVAL;
	*word = condvar->word;
	error = word_put(*word, CONDVAR_HAS_WAITERS);
	if (error)
		return error;

	/* Before the lock's queue may be freed, and kept in its place. */
	if (!queue) {
		queue = queue_make(condvar->bucket, &condvar->key);
		queue->lock_key = w->lock.key;
		queue->lock_bucket = w->lock.bucket;
	}
	*word = w->lock.word;
	error = lock_give(&w->lock, wakes);
	if (!error) {
		queue_add(queue, condvar->bucket, w, AT_CONDVAR);
	} else if (queue_is_empty(queue)) {
		word_put(condvar->word, CLOUDABI_CONDVAR_HAS_NO_WAITERS);
		queue_put(queue);
	}
	return error;
}

static int condvar_queue(struct waiter *w)
{
	u32 __user *word = NULL;
	int error;

	do {
		struct wakes wakes;

		error = queue_prepare();
		if (error)
			return error;
		wakes_init(&wakes);
		spin_lock(&w->condvar.bucket->lock);
		spin_lock_nested(&w->lock.bucket->lock, SINGLE_DEPTH_NESTING);
		error = condvar_enter(w, &word, &wakes);
		spin_unlock(&w->lock.bucket->lock);
		spin_unlock(&w->condvar.bucket->lock);
		wake_all(&wakes);
	} while (word_retry(word, &error));
	return error;
}

/*
 * The program has given the lock up, and can't do without it because there is no
 * memory now.  Return: whether to try again; if not, *@error says how it went.
 */
static bool relock_retry(int *error)
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

/* Waits for the lock at the end of a wait at a condition variable. */
static int condvar_relock(struct waiter *w)
{
	int error;

	do {
		error = waiter_take(w);
	} while (relock_retry(&error));
	return error ?: waiter_end(w, waiter_own(w, NULL));
}

/* What follows when the caller is out of the condition variable's queue. */
static int condvar_leave(struct waiter *w, int error)
{
	if (error == -EINTR || (!error && w->state == OWNER))
		return waiter_end(w, error);
	/* Nothing protects a list that nobody else knows. */
	if (error)
		w->guard = NULL;
	w->condvar.word = NULL;
	return condvar_relock(w);
}

static int condvar_signal(const struct place *condvar, cloudabi_nthreads_t n);

static int condvar_wait(const cloudabi_subscription_t *what,
			const struct cloudabi_timeout *timeout,
			unsigned int *state)
{
	/* Back from an interruption, the first part is over. */
	const bool again = *state != CLOUDABI_FUTEX_FRESH;
	struct waiter w __uninitialized;
	bool signalled;
	int error;

	waiter_init(&w, true);
	do {
		error = place_get(&w.lock, locks, what->condvar.lock,
				  what->condvar.lock_scope);
	} while (again && relock_retry(&error));
	if (error)
		return error;
	if (again)
		return condvar_relock(&w);

	error = place_get(&w.condvar, condvars, what->condvar.condvar,
			  what->condvar.condvar_scope) ?:
		condvar_queue(&w);
	if (error)
		return error;
	error = waiter_own(&w, timeout);
	*state = error == -ETIMEDOUT ? CLOUDABI_FUTEX_TIMED_OUT :
				       CLOUDABI_FUTEX_SIGNALLED;
	signalled = w.state != AT_CONDVAR;
	error = condvar_leave(&w, error);
	/* Whether it comes back is not known; others may be waiting for that. */
	if (error == -ERESTART_RESTARTBLOCK && signalled) {
		w.condvar.word = what->condvar.condvar;
		condvar_signal(&w.condvar, 1);
	}
	return error;
}

/* The first @n waiters go to the lock's queue. */
static void condvar_requeue(struct cloudabi_futex_queue *queue, unsigned int n,
			    struct cloudabi_futex_queue *lock, struct bucket *bucket)
{
	for (; n; n--) {
		struct waiter *const w = queue_first(queue);

		queue_del(w);
		queue_add(lock, bucket, w, AT_LOCK);
	}
}

/*
 * Nobody here can look at the lock, so the first waiter has to, for all that are
 * signalled.
 */
static void condvar_call(struct cloudabi_futex_queue *queue, unsigned int n,
			 struct wakes *wakes)
{
	struct waiter *const first = queue_first(queue);

	queue_del(first);
	while (--n) {
		struct waiter *const w = queue_first(queue);

		queue_del(w);
		list_add_tail(&w->node, &first->donated);
		w->state = DONATED;
	}
	waiter_wake(first, CALLED, wakes);
}

/*
 * A lock that nobody waits for: if it is free, the first waiter gets it; if not,
 * it gets a queue.  Requires both locks, and waiters of the caller's memory.
 */
static int condvar_hand_over(struct cloudabi_futex_queue *queue, unsigned int n,
			     struct bucket *bucket, struct wakes *wakes)
{
	struct waiter *const first = queue_first(queue);
	struct cloudabi_futex_queue *lock;
	u32 value, new;
	int error;

	error = word_get(&value, first->lock.word);
	if (error)
		return error;
	/* The error is the waiter's. */
	if (!lock_is_valid(value)) {
		condvar_call(queue, n, wakes);
		return 0;
	}
	if (value)
		new = value | MANAGED;
	else
		new = WRLOCKED | first->tid | (n > 1 ? MANAGED : 0);
	error = word_change(first->lock.word, value, new);
	if (error)
		return error;

	if (new & MANAGED) {
		lock = queue_make(bucket, &queue->lock_key);
		lock->owner = value ? lock_writer(value) : first->tid;
	}
	if (!value) {
		queue_del(first);
		n--;
		waiter_wake(first, OWNER, wakes);
	}
	if (n)
		condvar_requeue(queue, n, lock, bucket);
	return 0;
}

/*
 * Signals waiters.  Requires the lock of the bucket.  @blind says that the lock
 * must not be looked at.  *@word is the word that an error is about.
 */
static int condvar_wake(const struct place *condvar, unsigned int n, bool blind,
			u32 __user **word, struct wakes *wakes)
{
	struct cloudabi_futex_queue *const queue = queue_find(condvar->bucket,
							&condvar->key);
	struct cloudabi_futex_queue *lock;
	struct bucket *lock_bucket;
	int error = 0;

	if (!queue)
		return 0;
	if (n >= queue->nwriters) {
		n = queue->nwriters;
		*word = condvar->word;
		error = word_put(*word, CLOUDABI_CONDVAR_HAS_NO_WAITERS);
		if (error)
			return error;
	}

	lock_bucket = queue->lock_bucket;
	spin_lock_nested(&lock_bucket->lock, SINGLE_DEPTH_NESTING);
	lock = queue_find(lock_bucket, &queue->lock_key);
	if (lock) {
		condvar_requeue(queue, n, lock, lock_bucket);
	} else if (blind || queue_first(queue)->mm != current->mm) {
		condvar_call(queue, n, wakes);
	} else {
		*word = queue_first(queue)->lock.word;
		error = condvar_hand_over(queue, n, lock_bucket, wakes);
	}
	spin_unlock(&lock_bucket->lock);
	if (!error)
		queue_put(queue);
	return error;
}

static int condvar_signal(const struct place *condvar, cloudabi_nthreads_t n)
{
	u32 __user *word = condvar->word;
	bool blind = false;
	int error;

	for (;;) {
		struct wakes wakes;

		error = queue_prepare();
		if (error)
			return error;
		wakes_init(&wakes);
		spin_lock(&condvar->bucket->lock);
		error = condvar_wake(condvar, n, blind, &word, &wakes);
		spin_unlock(&condvar->bucket->lock);
		wake_all(&wakes);
		if (!error)
			return 0;
		if (word_retry(word, &error))
			continue;
		if (word == condvar->word)
			return error;
		/* The memory of the lock is the waiters' concern. */
		blind = true;
	}
}

/* Calls */

/**
 * cloudabi_sys_condvar_signal - Wake threads that wait at a condition variable
 * @condvar: the condition variable
 * @scope: CLOUDABI_SCOPE_PRIVATE or CLOUDABI_SCOPE_SHARED, as the waiters said
 * @nwaiters: how many threads at most
 *
 * They go on one after the other, in the order in which they came, each as the
 * owner of the lock.  The caller need not own it.
 *
 * Rights: none.
 * POSIX: As pthread_cond_signal() and pthread_cond_broadcast(), which are
 * functions of a library.
 * Return: 0; -EINVAL for another scope or an address that is not aligned;
 * -EFAULT for memory that can't be written; -ENOMEM.
 */
int cloudabi_sys_condvar_signal(cloudabi_condvar_t __user *condvar,
				cloudabi_scope_t scope,
				cloudabi_nthreads_t nwaiters)
{
	struct place place __uninitialized;
	const int error = place_get(&place, condvars, condvar, scope);

	if (error || !nwaiters)
		return error;
	return condvar_signal(&place, nwaiters);
}

/**
 * cloudabi_sys_lock_unlock - Unlock a lock that others wait for
 * @lock: the lock
 * @scope: CLOUDABI_SCOPE_PRIVATE or CLOUDABI_SCOPE_SHARED, as the waiters said
 *
 * Hands the lock to the first thread that waits to write, or else to all that
 * wait to read.  Readers come here when the last of them has made itself the
 * writer.
 *
 * Rights: none.
 * POSIX: As pthread_rwlock_unlock(), a function of a library.
 * Return: 0; -EINVAL for another scope or an address that is not aligned;
 * -EPERM if the caller does not own the lock; -EFAULT for memory that can't be
 * written.
 */
int cloudabi_sys_lock_unlock(cloudabi_lock_t __user *lock, cloudabi_scope_t scope)
{
	struct place place __uninitialized;
	const int error = place_get(&place, locks, lock, scope);

	return error ?: lock_unlock(&place, true);
}

/**
 * cloudabi_futex_wait - Wait for a lock, or at a condition variable
 * @what: which; the subscription of poll()
 * @timeout: until when, or NULL
 * @state: how far the wait has come, to be kept if it is interrupted
 * @timed_out: where to store whether time ran out
 *
 * Owns the lock afterwards if there was no error, unless time ran out for one
 * that was not given up before.
 *
 * Context: no locks held; sleeps.
 * Return: 0; -ERESTART_RESTARTBLOCK if interrupted, then without the lock: the
 * call is to be made again with the same @state; anything else concerns @what.
 */
int cloudabi_futex_wait(const cloudabi_subscription_t *what,
			const struct cloudabi_timeout *timeout,
			unsigned int *state, bool *timed_out)
{
	int error;

	*timed_out = false;
	switch (what->type) {
	case CLOUDABI_EVENTTYPE_LOCK_RDLOCK:
	case CLOUDABI_EVENTTYPE_LOCK_WRLOCK:
		return lock_wait(what->lock.lock, what->lock.lock_scope,
				 what->type == CLOUDABI_EVENTTYPE_LOCK_WRLOCK,
				 timeout, timed_out);
	case CLOUDABI_EVENTTYPE_CONDVAR:
		error = condvar_wait(what, timeout, state);
		*timed_out = *state == CLOUDABI_FUTEX_TIMED_OUT;
		return error;
	default:
		return -EINVAL;
	}
}

static struct bucket *__init alloc_buckets(const char *name)
{
	struct bucket *table;
	unsigned int i, mask;

	/* A bucket for each 64 KiB of memory. */
	table = alloc_large_system_hash(name, sizeof(*table), 0, 16, 0,
					&bucket_bits, &mask, 256, 65536);
	for (i = 0; i <= mask; i++) {
		spin_lock_init(&table[i].lock);
		INIT_HLIST_HEAD(&table[i].queues);
	}
	return table;
}

static int __init cloudabi_futex_init(void)
{
	locks = alloc_buckets("CloudABI lock");
	condvars = alloc_buckets("CloudABI condvar");
	queue_cache = KMEM_CACHE(cloudabi_futex_queue, SLAB_ACCOUNT | SLAB_PANIC);
	return 0;
}
core_initcall(cloudabi_futex_init);
