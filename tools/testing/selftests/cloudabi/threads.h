/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Threads, locks and condition variables
 *
 * These helpers lock as a C library does: first one atomic attempt without the
 * kernel, then a call.  A thread holds the write lock of its word until it
 * ends; joining a thread is read-locking its word.
 *
 * Functions that lock return the type of the event or a negative number: the
 * errno of the event, or less than BAD_CALL if the call itself failed.
 */
#ifndef SELFTESTS_CLOUDABI_THREADS_H
#define SELFTESTS_CLOUDABI_THREADS_H

#include "proccalls.h"

#define WR CLOUDABI_LOCK_WRLOCKED
#define KM CLOUDABI_LOCK_KERNEL_MANAGED
#define BOGUS CLOUDABI_LOCK_BOGUS
#define ALL (~0U)
#define SHARED_SCOPE CLOUDABI_SCOPE_SHARED

/* Results that no event has: poll() failed, or its event is malformed. */
#define BAD_CALL (-1000L)
#define BAD_EVENT (-2000L)

#ifndef THREAD_STACK
#define THREAD_STACK 8192
#endif

/* Words */

static inline uint32_t word_of(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void set_word(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static inline bool swap_word(uint32_t *word, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline unsigned int count_up(unsigned int *counter)
{
	return __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

/* Waits until another thread sets the word to @value without the kernel. */
static inline bool becomes(const uint32_t *word, uint32_t value)
{
	const cloudabi_timestamp_t end = now() + PATIENCE;

	while (word_of(word) != value) {
		if (now() > end)
			return false;
		cloudabi_sys_thread_yield();
	}
	return true;
}

/* Waiting */

static inline sub_t sub_lock_in(cloudabi_eventtype_t type, cloudabi_lock_t *lock,
				cloudabi_scope_t scope)
{
	sub_t sub = sub_lock(type, lock);

	sub.lock.lock_scope = scope;
	return sub;
}

static inline sub_t sub_condvar(cloudabi_condvar_t *condvar, cloudabi_scope_t scope,
				cloudabi_lock_t *lock, cloudabi_scope_t lock_scope)
{
	return (sub_t){
		.userdata = (uintptr_t)condvar,
		.type = CONDVAR,
		.condvar = {
			.condvar = condvar,
			.lock = lock,
			.condvar_scope = scope,
			.lock_scope = lock_scope,
		},
	};
}

/* Waits for @what, at most until @clock if @clock is not NULL. */
static inline long wait_event(const sub_t *what, const sub_t *clock)
{
	const sub_t subs[2] = { *what, clock ? *clock : *what };
	const cloudabi_event_t none = { .error = 0xffff };
	cloudabi_event_t events[2] = { none, none };
	cloudabi_size_t n = 0;
	const cloudabi_errno_t error = cloudabi_sys_poll(subs, events, clock ? 2 : 1, &n);
	const sub_t *const sub = clock && events[0].type == CLOCK ? &subs[1] : &subs[0];

	if (error)
		return BAD_CALL - error;
	if (n != 1 || events[1].error != none.error)
		return BAD_EVENT;
	if (events[0].error)
		return is_failure(&events[0], sub->userdata, sub->type, events[0].error) ?
			       -(long)events[0].error : BAD_EVENT;
	return is_plain(&events[0], sub->userdata, sub->type) ? sub->type : BAD_EVENT;
}

static inline long lock_by_kernel(cloudabi_eventtype_t type, cloudabi_lock_t *lock,
				  cloudabi_scope_t scope, const sub_t *clock)
{
	const sub_t sub = sub_lock_in(type, lock, scope);

	return wait_event(&sub, clock);
}

/* Does not wait. */
static inline long try_by_kernel(cloudabi_eventtype_t type, cloudabi_lock_t *lock,
				 cloudabi_scope_t scope)
{
	const sub_t at_once = sub_after(0);

	return lock_by_kernel(type, lock, scope, &at_once);
}

static inline long unlock_by_kernel(cloudabi_lock_t *lock, cloudabi_scope_t scope)
{
	return -(long)cloudabi_sys_lock_unlock(lock, scope);
}

/* Locking as in a C library: the kernel is only asked if the word is contended */

static inline long wrlock_until(cloudabi_tid_t self, cloudabi_lock_t *lock,
				cloudabi_scope_t scope, const sub_t *clock)
{
	if (swap_word(lock, 0, WR | self))
		return WRLOCK;
	return lock_by_kernel(WRLOCK, lock, scope, clock);
}

static inline long wrlock(cloudabi_tid_t self, cloudabi_lock_t *lock, cloudabi_scope_t scope)
{
	return wrlock_until(self, lock, scope, NULL);
}

static inline long wrunlock(cloudabi_tid_t self, cloudabi_lock_t *lock, cloudabi_scope_t scope)
{
	if (swap_word(lock, WR | self, 0))
		return 0;
	return unlock_by_kernel(lock, scope);
}

static inline long rdlock_until(cloudabi_lock_t *lock, cloudabi_scope_t scope, const sub_t *clock)
{
	const cloudabi_lock_t value = word_of(lock);

	if (!(value & (WR | KM)) && swap_word(lock, value, value + 1))
		return RDLOCK;
	return lock_by_kernel(RDLOCK, lock, scope, clock);
}

static inline long rdlock(cloudabi_lock_t *lock, cloudabi_scope_t scope)
{
	return rdlock_until(lock, scope, NULL);
}

/* If others wait, the last reader becomes the writer and unlocks as one. */
static inline long rdunlock(cloudabi_tid_t self, cloudabi_lock_t *lock, cloudabi_scope_t scope)
{
	for (;;) {
		const cloudabi_lock_t value = word_of(lock);

		if (value == (KM | 1)) {
			if (swap_word(lock, value, WR | KM | self))
				return unlock_by_kernel(lock, scope);
		} else if (swap_word(lock, value, value - 1)) {
			return 0;
		}
	}
}

static inline long wait_condvar(cloudabi_condvar_t *condvar, cloudabi_lock_t *lock,
				cloudabi_scope_t scope, const sub_t *clock)
{
	const sub_t sub = sub_condvar(condvar, scope, lock, scope);

	return wait_event(&sub, clock);
}

static inline long signal_by_kernel(cloudabi_condvar_t *condvar, cloudabi_scope_t scope,
				    cloudabi_nthreads_t n)
{
	return -(long)cloudabi_sys_condvar_signal(condvar, scope, n);
}

static inline long signal_condvar(cloudabi_condvar_t *condvar, cloudabi_scope_t scope,
				  cloudabi_nthreads_t n)
{
	return word_of(condvar) ? signal_by_kernel(condvar, scope, n) : 0;
}

/* Threads */

struct thread {
	void (*job)(struct thread *self);
	/* Lets the job say how far it is. */
	unsigned int step;
	cloudabi_tid_t tid;
	/* The thread ID of the initial thread of its process. */
	cloudabi_tid_t process;
	/* WR | tid until the thread has ended, then the number of threads that joined it. */
	cloudabi_lock_t word;
	char *stack;
};

/* After a fork, the child's initial thread has a new thread ID. */
static cloudabi_tid_t tid_of_child;

static inline cloudabi_tid_t initial_tid(void)
{
	return tid_of_child ?: test_start->tid;
}

/* Like fork_process(), for a child that uses locks. */
static inline long fork_locker(void)
{
	cloudabi_tid_t tid = 0;
	cloudabi_fd_t fd = 0;
	const cloudabi_errno_t error = cloudabi_sys_proc_fork(&fd, &tid);

	if (!error && fd == CLOUDABI_PROCESS_CHILD)
		tid_of_child = tid;
	return RESULT(error, fd);
}

static inline void thread_main(cloudabi_tid_t tid, void *arg)
{
	struct thread *const self = arg;

	/* The creator does the same: either may run first. */
	swap_word(&self->word, BOGUS, WR | tid);
	set_word(&self->tid, tid);
	self->job(self);
	cloudabi_sys_thread_exit(&self->word, PRIVATE_SCOPE);
}

static inline long thread_start_on(struct thread *thread, void (*job)(struct thread *self),
				   void *stack, size_t len)
{
	const cloudabi_threadattr_t attr = {
		.entry_point = thread_main,
		.stack = stack,
		.stack_len = len,
		.argument = thread,
	};
	cloudabi_tid_t tid = 0;
	cloudabi_errno_t error;

	thread->job = job;
	thread->stack = stack;
	thread->step = 0;
	thread->process = initial_tid();
	set_word(&thread->word, BOGUS);
	error = cloudabi_sys_thread_create((cloudabi_threadattr_t *)&attr, &tid);
	if (error)
		return -(long)error;
	swap_word(&thread->word, BOGUS, WR | tid);
	set_word(&thread->tid, tid);
	return 0;
}

/* Returns RDLOCK, or something else if the thread does not end in time. */
static inline long thread_join(struct thread *thread)
{
	const sub_t clock = sub_after(PATIENCE);

	return rdlock_until(&thread->word, PRIVATE_SCOPE, &clock);
}

/* Tells how far the thread is.  The next thing it does must be a wait. */
static inline void next_step(struct thread *self)
{
	__atomic_add_fetch(&self->step, 1, __ATOMIC_SEQ_CST);
}

/* The state of a thread in /proc, or 0 if there is no such thread. */
static inline char state_of(cloudabi_tid_t process, cloudabi_tid_t tid)
{
	char path[64], stat[256];
	long fd, len;

	/* A CloudABI thread ID is the Linux thread ID plus one. */
	cloudabi_snprintf(path, sizeof(path), "%u/task/%u/stat", process - 1, tid - 1);
	fd = open_at(FIXTURE_PROC, path, 0, R(FD_READ));
	if (fd < 0)
		return 0;
	len = read_fd(fd, stat, sizeof(stat) - 1);
	close_fd(fd);
	if (len <= 0)
		return 0;
	stat[len] = '\0';
	return strrchr(stat, ')')[2];
}

static inline bool falls_asleep_in(cloudabi_tid_t process, cloudabi_tid_t tid)
{
	const cloudabi_timestamp_t end = now() + PATIENCE;

	while (state_of(process, tid) != 'S') {
		if (now() > end)
			return false;
		cloudabi_sys_thread_yield();
	}
	return true;
}

/* Returns true if a thread reaches a step and then sleeps. */
static inline bool falls_asleep(const struct thread *thread, unsigned int step)
{
	return becomes(&thread->step, step) && falls_asleep_in(thread->process, thread->tid);
}

static inline bool is_asleep(const struct thread *thread)
{
	return state_of(thread->process, thread->tid) == 'S';
}

/* Returns true if a thread disappears from /proc in time. */
static inline bool disappears(cloudabi_tid_t process, cloudabi_tid_t tid)
{
	const cloudabi_timestamp_t end = now() + PATIENCE;

	while (state_of(process, tid)) {
		if (now() > end)
			return false;
		cloudabi_sys_thread_yield();
	}
	return true;
}

/* Memory for locks and condition variables */

#define MAPPING 65536

/* A lock and a condition variable that threads share, possibly at different addresses. */
struct lock_site {
	cloudabi_scope_t scope;
	/* The addresses in the test's mapping, and in the mapping of its threads. */
	cloudabi_lock_t *lock, *their_lock;
	cloudabi_condvar_t *condvar, *their_condvar;
};

static inline char *map_shm(cloudabi_fd_t fd)
{
	void *mem = NULL;

	if (cloudabi_sys_mem_map(NULL, MAPPING, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				 CLOUDABI_MAP_SHARED, fd, 0, &mem))
		return NULL;
	return mem;
}

/* Maps shared memory at two addresses; returns false on failure. */
static inline bool map_twice(char *mem[2])
{
	const cloudabi_filestat_t stat = { .st_size = MAPPING };
	cloudabi_fd_t fd;

	if (cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd) ||
	    cloudabi_sys_file_stat_fput(fd, &stat, CLOUDABI_FILESTAT_SIZE))
		return false;
	mem[0] = map_shm(fd);
	mem[1] = map_shm(fd);
	return !close_fd(fd) && mem[0] && mem[1] && mem[0] != mem[1];
}

/* A thread that waits once, and unlocks when the test tells it to */

struct waiter {
	struct thread thread;
	cloudabi_eventtype_t type;
	cloudabi_scope_t scope;
	cloudabi_lock_t *lock;
	cloudabi_condvar_t *condvar;
	sub_t clock;
	bool timed;
	/* Set when the thread may unlock. */
	uint32_t released;
	/* The outcome, how many waiters came back earlier, and the words seen on return. */
	long result;
	unsigned int order;
	cloudabi_lock_t seen;
	cloudabi_condvar_t seen_condvar;
	uint32_t back;
	long error;
	char stack[THREAD_STACK] __attribute__((__aligned__(16)));
};

/* The word of a lock that the initial thread or a waiter holds for writing. */

static inline cloudabi_lock_t locked_by_self(void)
{
	return WR | initial_tid();
}

static inline cloudabi_lock_t locked_by(const struct waiter *w)
{
	return WR | w->thread.tid;
}

static unsigned int n_back;

static inline void waiter_job(struct thread *self)
{
	struct waiter *const w = (struct waiter *)self;
	const sub_t *const clock = w->timed ? &w->clock : NULL;
	sub_t sub = sub_lock_in(w->type, w->lock, w->scope);

	w->error = 0;
	if (w->type == CONDVAR) {
		sub = sub_condvar(w->condvar, w->scope, w->lock, w->scope);
		w->error = wrlock(self->tid, w->lock, w->scope) - WRLOCK;
	}
	next_step(self);
	w->result = wait_event(&sub, clock);
	w->seen = word_of(w->lock);
	if (w->type == CONDVAR)
		w->seen_condvar = word_of(w->condvar);
	w->order = count_up(&n_back);
	set_word(&w->back, 1);
	while (!word_of(&w->released))
		cloudabi_sys_thread_yield();
	if (w->result < 0 || (w->type != CONDVAR && w->result == CLOCK))
		return;
	if (w->type == RDLOCK)
		w->error = rdunlock(self->tid, w->lock, w->scope);
	else
		w->error = wrunlock(self->tid, w->lock, w->scope);
}

/* Starts a thread that waits, at most until @clock if @clock is not NULL. */
static inline long waiter_start(struct waiter *w, cloudabi_eventtype_t type,
				const struct lock_site *site, const sub_t *clock, bool released)
{
	w->type = type;
	w->scope = site->scope;
	w->lock = site->their_lock;
	w->condvar = site->their_condvar;
	w->timed = clock;
	if (clock)
		w->clock = *clock;
	w->released = released;
	w->back = 0;
	w->result = 0;
	return thread_start_on(&w->thread, waiter_job, w->stack, sizeof(w->stack));
}

static inline bool waiter_sleeps(const struct waiter *w)
{
	return falls_asleep(&w->thread, 1);
}

static inline bool waiter_is_back(const struct waiter *w)
{
	return becomes(&w->back, 1);
}

static inline void waiter_release(struct waiter *w)
{
	set_word(&w->released, 1);
}

/* Joins the thread; returns its result, or the error that it met. */
static inline long waiter_join(struct waiter *w)
{
	const long joined = thread_join(&w->thread);

	if (joined != RDLOCK)
		return BAD_CALL + joined;
	return w->error ?: w->result;
}

#define START(w, type, site, clock, released) do {                              \
	ASSERT_EQ(0, waiter_start(w, type, site, clock, released));             \
	ASSERT_TRUE(waiter_sleeps(w));                                          \
} while (0)

/* Returns true if a thread that waits with a clock is seen asleep before it is back. */
static inline bool waiter_waits(const struct waiter *w)
{
	const cloudabi_timestamp_t end = now() + PATIENCE;

	while (word_of(&w->thread.step) != 1 || !(word_of(&w->back) || is_asleep(&w->thread))) {
		if (now() > end)
			return false;
		cloudabi_sys_thread_yield();
	}
	return !word_of(&w->back);
}

/*
 * A check that must do part of its work before @time has passed.  Returns false if a busy
 * machine made it miss that time: then the check proves nothing.
 */
typedef bool timed_check_t(struct test_metadata *_metadata, const struct lock_site *site,
			   cloudabi_timestamp_t time);

/* Repeats the check with more and more time until the time suffices. */
static inline void enough_time(struct test_metadata *_metadata, const struct lock_site *site,
			       cloudabi_timestamp_t time, timed_check_t *check)
{
	bool done = false;

	for (; !done && time < PATIENCE; time *= 2)
		done = check(_metadata, site, time);
	EXPECT_TRUE(done);
}

/* How long a test runs: "-s SECONDS", or @otherwise. */
static inline cloudabi_timestamp_t duration(unsigned int otherwise)
{
	return test_number("-s", otherwise) * SECOND;
}

#endif /* SELFTESTS_CLOUDABI_THREADS_H */
