// SPDX-License-Identifier: GPL-2.0
/*
 * A byte goes to another thread and back through a pair of stream sockets:
 * fd_write and fd_read, against write and read.
 */

#include "bench.h"

static char stack[4096] APART;
static struct thread thread;
static int pair[2];

static void echo(struct self *self)
{
	for (;;) {
		get(pair[1]);
		put(pair[1]);
	}
}

static void once(void)
{
	put(pair[0]);
	get(pair[0]);
}

static int bench(unsigned long argument)
{
	pair_make(pair);
	thread_start(&thread, stack, sizeof(stack), echo);
	measure(once, 500);
	return 0;
}
