// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads that wake each other in turns, by condition variables under one
 * lock; there and back: condvar_signal and poll, against futexes.
 *
 * The lock is held all the time, by who waits until he waits: a signal is given
 * under it, and a wait lets the other have it.
 */

#include "bench.h"

#define ROUNDS 500

static mutex_t mutex APART;
static struct condvar condvars[2] APART;
static unsigned int turn APART;
static unsigned long waits;
static struct self me;

/* Gives the other a turn and waits for one's own. */
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
	/* One wait for each turn, none spurious; the other has begun to wait again. */
	CHECK(waits <= 2UL * (BATCHES + 1) * ROUNDS);
	CHECK(waits + 2 >= 2UL * (BATCHES + 1) * ROUNDS);
	return 0;
}
