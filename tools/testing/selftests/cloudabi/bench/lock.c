// SPDX-License-Identifier: GPL-2.0
/*
 * A contended lock is handed over and back: poll and lock_unlock, against the
 * futex of a mutex.
 *
 * A thread that unlocks continues to run.  On one CPU it would take the lock
 * again before the other thread runs.  So two threads walk along a ring of three
 * locks, and each takes the next lock before it releases its current one.  The
 * next lock is always held by the other thread, which releases it only after it
 * has taken the one after that:
 *
 *	one has 0, waits for 1		other has 1 and 2, unlocks 1, waits for 0
 *	one has 0 and 1, unlocks 0	other waits for 0
 *	one waits for 2			other has 2 and 0, unlocks 2, waits for 1
 *
 * No lock is ever free when a thread asks for it, and each lock that is released
 * has a waiter.  Every step is one sleep, one wake-up and one context switch.
 *
 * The argument is a number of further threads that each wait for a lock of their
 * own.  They must not make a difference.
 */

#include "bench.h"

#define STEPS 500

static struct { mutex_t mutex APART; } ring[3];
static struct self me;
static bool other_runs;

/* Moves one step along the ring. */
static void step(unsigned int *at, struct self *self)
{
	const unsigned int next = *at == 2 ? 0 : *at + 1;

	lock(&ring[next].mutex, self);
	unlock(&ring[*at].mutex, self);
	*at = next;
}

static void walk(struct self *self)
{
	unsigned int at = 1;

	lock(&ring[at].mutex, self);
	__atomic_store_n(&other_runs, true, __ATOMIC_RELEASE);
	for (;;)
		step(&at, self);
}

static void once(void)
{
	static unsigned int at;

	step(&at, &me);
}

/* Threads that only wait. */
#define MAX_WAITERS 10000

static struct waiter {
	struct thread thread;
	mutex_t mutex;
	char stack[512] __attribute__((__aligned__(16)));
} waiters[MAX_WAITERS] APART;
static unsigned long waiting;

static void wait_forever(struct self *self)
{
	struct waiter *const waiter =
		(void *)((char *)self - offsetof(struct waiter, thread.self));

	waiting++;
	lock(&waiter->mutex, self);
	fail(__LINE__);
}

static void start_waiters(unsigned long n)
{
	CHECK(n <= MAX_WAITERS);
	for (unsigned long i = 0; i < n; i++) {
		lock(&waiters[i].mutex, &me);
		thread_start(&waiters[i].thread, waiters[i].stack, sizeof(waiters[i].stack),
			     wait_forever);
	}
	while (__atomic_load_n(&waiting, __ATOMIC_RELAXED) < n)
		thread_yield();
}

static int bench(unsigned long argument)
{
	static char stack[4096] APART;
	static struct thread other;

	self_init(&me);
	start_waiters(argument);
	lock(&ring[0].mutex, &me);
	thread_start(&other, stack, sizeof(stack), walk);
	while (!__atomic_load_n(&other_runs, __ATOMIC_ACQUIRE))
		thread_yield();
	measure(once, STEPS);
	/* Both threads slept at every step, except at the start and at the end. */
	CHECK(me.sleeps + BATCHES >= (BATCHES + 1) * STEPS);
	CHECK(other.self.sleeps + BATCHES >= (BATCHES + 1) * STEPS);
	return 0;
}
