// SPDX-License-Identifier: GPL-2.0
/*
 * A thread exits at once, and its creator joins it: thread_create, thread_exit
 * and poll, against clone, exit and a futex.
 */

#include "bench.h"

static char stack[4096] APART;
static struct thread thread;

static void entry(struct self *self)
{
}

static void once(void)
{
	thread_start(&thread, stack, sizeof(stack), entry);
	thread_join(&thread);
}

static int bench(unsigned long argument)
{
	measure(once, 1000);
	return 0;
}
