/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI benchmarks - The operations of bench.h by CloudABI calls
 */
#ifndef SELFTESTS_CLOUDABI_BENCH_OURS_H
#define SELFTESTS_CLOUDABI_BENCH_OURS_H

#include <cloudabi.h>

#define PRIVATE CLOUDABI_SCOPE_PRIVATE

static inline void print(uint64_t value)
{
	cloudabi_dprintf(1, "%lu\n", (unsigned long)value);
}

static inline void fail(int line)
{
	cloudabi_dprintf(2, "failed in line %d\n", line);
	cloudabi_exit(1);
}

static int bench(unsigned long argument);

static cloudabi_tid_t initial_tid;

int cloudabi_main(const struct cloudabi_start *start)
{
	const char *argv[2] = { "", "" };
	unsigned long argument = 0;

	initial_tid = start->tid;
	cloudabi_argdata_split(start->argdata, start->argdata_len, argv, 2);
	for (const char *digit = argv[1]; *digit; digit++)
		argument = argument * 10 + (unsigned long)(*digit - '0');
	return bench(argument);
}

/*
 * Waits for one event, which must not report an error.  Fields that the event
 * type does not use may stay uninitialised.
 */
static inline void wait_for(const cloudabi_subscription_t *what)
{
	cloudabi_event_t event;
	cloudabi_size_t n;

	if (cloudabi_sys_poll(what, &event, 1, &n) || event.error)
		fail(__LINE__);
}

/* Processes: the child exits at once, and the parent waits for it. */

static inline void process(void)
{
	cloudabi_subscription_t end;
	cloudabi_tid_t tid;

	end.userdata = 0;
	end.type = CLOUDABI_EVENTTYPE_PROC_TERMINATE;
	if (cloudabi_sys_proc_fork(&end.proc_terminate.fd, &tid))
		fail(__LINE__);
	if (end.proc_terminate.fd == CLOUDABI_PROCESS_CHILD)
		cloudabi_sys_proc_exit(0);
	wait_for(&end);
	/* Closing reaps the child. */
	if (cloudabi_sys_fd_close(end.proc_terminate.fd))
		fail(__LINE__);
}

/* Pairs of sockets */

static inline void pair_make(int *pair)
{
	cloudabi_fd_t one, other;

	if (cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &one, &other))
		fail(__LINE__);
	pair[0] = (int)one;
	pair[1] = (int)other;
}

static inline void put(int fd)
{
	const cloudabi_ciovec_t iov = { .buf = "x", .buf_len = 1 };
	cloudabi_size_t len;

	if (cloudabi_sys_fd_write((cloudabi_fd_t)fd, &iov, 1, &len) || len != 1)
		fail(__LINE__);
}

static inline void get(int fd)
{
	char byte;
	const cloudabi_iovec_t iov = { .buf = &byte, .buf_len = 1 };
	cloudabi_size_t len;

	if (cloudabi_sys_fd_read((cloudabi_fd_t)fd, &iov, 1, &len) || len != 1)
		fail(__LINE__);
}

/* The state that a thread keeps about itself. */
struct self {
	cloudabi_tid_t tid;
	/* How often the thread has slept for a lock. */
	unsigned long sleeps;
};

static inline void self_init(struct self *self)
{
	self->tid = initial_tid;
	self->sleeps = 0;
}

/* Locks */

typedef uint32_t mutex_t;

static inline void lock_wait(mutex_t *mutex, cloudabi_eventtype_t type)
{
	cloudabi_subscription_t what;

	what.userdata = 0;
	what.type = type;
	what.lock.lock = mutex;
	what.lock.lock_scope = PRIVATE;
	wait_for(&what);
}

static inline void lock(mutex_t *mutex, struct self *self)
{
	mutex_t value = CLOUDABI_LOCK_UNLOCKED;

	if (__atomic_compare_exchange_n(mutex, &value, CLOUDABI_LOCK_WRLOCKED | self->tid, 0,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	self->sleeps++;
	lock_wait(mutex, CLOUDABI_EVENTTYPE_LOCK_WRLOCK);
}

static inline void unlock(mutex_t *mutex, struct self *self)
{
	mutex_t value = CLOUDABI_LOCK_WRLOCKED | self->tid;

	if (__atomic_compare_exchange_n(mutex, &value, CLOUDABI_LOCK_UNLOCKED, 0,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
	if (cloudabi_sys_lock_unlock(mutex, PRIVATE))
		fail(__LINE__);
}

/* Condition variables */

struct condvar {
	cloudabi_condvar_t word;
};

static inline void cond_wait(struct condvar *condvar, mutex_t *mutex, struct self *self)
{
	cloudabi_subscription_t what;

	what.userdata = 0;
	what.type = CLOUDABI_EVENTTYPE_CONDVAR;
	what.condvar.condvar = &condvar->word;
	what.condvar.lock = mutex;
	what.condvar.condvar_scope = PRIVATE;
	what.condvar.lock_scope = PRIVATE;
	wait_for(&what);
	self->sleeps++;
}

static inline void cond_signal(struct condvar *condvar)
{
	if (__atomic_load_n(&condvar->word, __ATOMIC_RELAXED) == CLOUDABI_CONDVAR_HAS_NO_WAITERS)
		return;
	if (cloudabi_sys_condvar_signal(&condvar->word, PRIVATE, 1))
		fail(__LINE__);
}

/* Threads */

struct thread {
	/* The thread holds this lock while it runs. */
	mutex_t running;
	struct self self;
	void (*entry)(struct self *self);
};

/* Sets the lock's owner.  Either the thread or its creator runs first. */
static inline void thread_runs(struct thread *thread, cloudabi_tid_t tid)
{
	mutex_t value = CLOUDABI_LOCK_BOGUS;

	__atomic_compare_exchange_n(&thread->running, &value, CLOUDABI_LOCK_WRLOCKED | tid, 0,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static inline void thread_entry(cloudabi_tid_t tid, void *argument)
{
	struct thread *const thread = argument;

	thread_runs(thread, tid);
	thread->self.tid = tid;
	thread->entry(&thread->self);
	cloudabi_sys_thread_exit(&thread->running, PRIVATE);
}

static inline void thread_start(struct thread *thread, void *stack, size_t len,
				void (*entry)(struct self *))
{
	cloudabi_threadattr_t attr = {
		.entry_point = thread_entry,
		.stack = stack,
		.stack_len = len,
		.argument = thread,
	};
	cloudabi_tid_t tid;

	thread->running = CLOUDABI_LOCK_BOGUS;
	thread->self.sleeps = 0;
	thread->entry = entry;
	if (cloudabi_sys_thread_create(&attr, &tid))
		fail(__LINE__);
	thread_runs(thread, tid);
}

static inline void thread_join(struct thread *thread)
{
	if (__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE) & CLOUDABI_LOCK_WRLOCKED)
		lock_wait(&thread->running, CLOUDABI_EVENTTYPE_LOCK_RDLOCK);
}

static inline void thread_yield(void)
{
	cloudabi_sys_thread_yield();
}

#endif /* SELFTESTS_CLOUDABI_BENCH_OURS_H */
