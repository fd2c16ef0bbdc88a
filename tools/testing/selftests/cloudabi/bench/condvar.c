// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads wake each other in turns, by condition variables under one lock:
 * condvar_signal and poll, against futexes.
 *
 * A thread holds the lock until it waits.  It signals under the lock; the wait
 * releases the lock to the other thread.
 */

#include "bench.h"

#define ROUNDS 500

static mutex_t mutex APART;
static struct condvar condvars[2] APART;
static unsigned int turn APART;
static unsigned long waits;
static struct self me;

/* Gives the other side its turn, and waits for the next own turn. */
static void turns(unsigned int side, struct self *self)
{
	turn = !side;
	cond_signal(&condvars[!side]);
	while (turn != side) {
		cond_wait(&condvars[side], &mutex, self);
		waits++;
	}
}

static void answer(struct self *self)
{
	lock(&mutex, self);
	for (;;)
		turns(1, self);
}

static void once(void)
{
	turns(0, &me);
}

static int bench(unsigned long argument)
{
	static char stack[4096] APART;
	static struct thread other;

	self_init(&me);
	lock(&mutex, &me);
	thread_start(&other, stack, sizeof(stack), answer);
	measure(once, ROUNDS);
	/*
	 * There is one wait for each turn, and no spurious one; the other
	 * thread has begun one more.
	 */
	CHECK(waits <= 2UL * (BATCHES + 1) * ROUNDS);
	CHECK(waits + 2 >= 2UL * (BATCHES + 1) * ROUNDS);
	return 0;
}
