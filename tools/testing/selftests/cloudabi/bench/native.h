/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI benchmarks - The operations of bench.h by Linux calls
 *
 * Threads, mutexes and condition variables work as in a good C library, but do
 * only what correctness requires.
 */
#ifndef SELFTESTS_CLOUDABI_BENCH_NATIVE_H
#define SELFTESTS_CLOUDABI_BENCH_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <nolibc.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/wait.h>

static inline void print(uint64_t value)
{
	printf("%lu\n", (unsigned long)value);
}

/* Ends all threads of the process; exit() of nolibc ends only the caller. */
__attribute__((__noreturn__)) static inline void end(int status)
{
	for (;;)
		my_syscall1(__NR_exit_group, status);
}

static inline void fail(int line)
{
	fprintf(stderr, "failed in line %d\n", line);
	end(1);
}

static int bench(unsigned long argument);

/*
 * A CloudABI executable is a PIE, and has a page that was relocated and then
 * protected.  This executable has a fixed address and would have no such page,
 * nor the page table for it, so make one.
 */
static char protected[4096] __attribute__((__aligned__(4096)));

int main(int argc, char **argv)
{
	__atomic_store_n(protected, 1, __ATOMIC_RELAXED);
	if (my_syscall3(__NR_mprotect, protected, sizeof(protected), PROT_READ))
		fail(__LINE__);
	end(bench(argc > 1 ? atol(argv[1]) : 0));
}

/* Processes: the child exits at once, and the parent waits for it. */

static inline void process(void)
{
	char info[128];
	const long pid = my_syscall0(__NR_fork);

	if (!pid)
		end(0);
	if (pid < 0 || my_syscall5(__NR_waitid, P_PID, pid, info, WEXITED, 0))
		fail(__LINE__);
}

/* Pairs of sockets */

static inline void pair_make(int *pair)
{
	if (my_syscall4(__NR_socketpair, 1 /* AF_UNIX */, 1 /* SOCK_STREAM */, 0, pair))
		fail(__LINE__);
}

static inline void put(int fd)
{
	if (my_syscall3(__NR_write, fd, "x", 1) != 1)
		fail(__LINE__);
}

static inline void get(int fd)
{
	char byte;

	if (my_syscall3(__NR_read, fd, &byte, 1) != 1)
		fail(__LINE__);
}

/* The state that a thread keeps about itself. */
struct self {
	/* How often the thread has slept for a mutex. */
	unsigned long sleeps;
};

static inline void self_init(struct self *self)
{
	self->sleeps = 0;
}

/* Threads */

#define THREAD_FLAGS                                                                \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |         \
	 CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

struct thread {
	/* The thread ID.  When the thread ends, the kernel clears it and wakes the joiner. */
	uint32_t tid;
	struct self self;
	/* The target of the thread pointer. */
	void *block[2];
};

static inline long futex(uint32_t *word, int op, uint32_t value)
{
	return my_syscall4(__NR_futex, word, op | FUTEX_PRIVATE_FLAG, value, 0);
}

/* The new thread pops the entry point and its argument from the top of its stack. */
static inline void thread_start(struct thread *thread, void *stack, size_t len,
				void (*entry)(struct self *))
{
	void **const top = (void **)((char *)stack + len) - 2;
	register void *tid __asm__("r10") = &thread->tid;
	register void *tls __asm__("r8") = thread->block;
	long result;

	self_init(&thread->self);
	top[0] = entry;
	top[1] = &thread->self;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rax\n\t"
			 "pop %%rdi\n\t"
			 "call *%%rax\n\t"
			 "mov %[exit], %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)__NR_clone), "D"((long)THREAD_FLAGS), "S"(top),
			   "d"(&thread->tid), "r"(tid), "r"(tls), [exit] "i"(__NR_exit)
			 : "rcx", "r11", "memory");
	if (result < 0)
		fail(__LINE__);
}

static inline void thread_join(struct thread *thread)
{
	uint32_t tid;

	/* The kernel's wake-up has no FUTEX_PRIVATE_FLAG. */
	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)))
		my_syscall4(__NR_futex, &thread->tid, FUTEX_WAIT, tid, 0);
}

static inline void thread_yield(void)
{
	my_syscall0(__NR_sched_yield);
}

/*
 * Mutexes: 0 is free, 1 is locked, 2 is locked with possible waiters.  A thread
 * that has waited cannot know whether it was the last waiter, so it sets 2.
 */

typedef uint32_t mutex_t;

static inline void lock_contended(mutex_t *mutex)
{
	while (__atomic_exchange_n(mutex, 2, __ATOMIC_ACQUIRE))
		futex(mutex, FUTEX_WAIT, 2);
}

static inline void lock(mutex_t *mutex, struct self *self)
{
	mutex_t value = 0;

	if (__atomic_compare_exchange_n(mutex, &value, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	self->sleeps++;
	lock_contended(mutex);
}

static inline void unlock(mutex_t *mutex, struct self *self)
{
	if (__atomic_exchange_n(mutex, 0, __ATOMIC_RELEASE) == 2)
		futex(mutex, FUTEX_WAKE, 1);
}

/*
 * Condition variables: every signal changes a sequence number.  A broadcast
 * would wake one waiter and requeue the others to the mutex, so each waiter
 * takes the mutex as if others waited.
 */

struct condvar {
	uint32_t sequence;
	/* Protected by the mutex */
	uint32_t waiters;
};

static inline void cond_wait(struct condvar *condvar, mutex_t *mutex, struct self *self)
{
	const uint32_t sequence = condvar->sequence;

	condvar->waiters++;
	unlock(mutex, self);
	futex(&condvar->sequence, FUTEX_WAIT, sequence);
	lock_contended(mutex);
	condvar->waiters--;
	self->sleeps++;
}

static inline void cond_signal(struct condvar *condvar)
{
	if (!condvar->waiters)
		return;
	__atomic_add_fetch(&condvar->sequence, 1, __ATOMIC_RELAXED);
	futex(&condvar->sequence, FUTEX_WAKE, 1);
}

#endif /* SELFTESTS_CLOUDABI_BENCH_NATIVE_H */
