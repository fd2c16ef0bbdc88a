// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * crash - Crash and leave a core dump for a debugger
 *
 *	$ ulimit -c unlimited
 *	$ ./crash.cloudabi
 *	$ gdb ./crash.cloudabi core
 *
 * One thread waits for a clock while another one dereferences NULL, three calls deep.
 */
#include <cloudabi.h>

#define ERR 2
#define HOUR (3600 * 1000000000ULL)
#define STACK_SIZE 16384

/* Prevents inlining, so that each function is in the backtrace. */
#define OPAQUE __attribute__((__noipa__))

struct label {
	int value;
};

static _Alignas(16) char stack[STACK_SIZE];
static bool ready;

static OPAQUE cloudabi_errno_t wait_for_clock(cloudabi_timestamp_t timeout)
{
	const cloudabi_subscription_t in = {
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = { .clock_id = CLOUDABI_CLOCK_MONOTONIC, .timeout = timeout },
	};
	cloudabi_event_t out;
	cloudabi_size_t n;

	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
	return cloudabi_sys_poll(&in, &out, 1, &n);
}

static void waiter(cloudabi_tid_t tid, void *arg)
{
	(void)tid;
	(void)arg;
	wait_for_clock(HOUR);
	__builtin_trap();
}

static OPAQUE int read_label(const struct label *label, int offset)
{
	return label->value + offset;
}

static OPAQUE int look_inside(const struct label *label, int offset)
{
	return read_label(label, offset + 1) + 1;
}

static OPAQUE int open_box(const struct label *label)
{
	return look_inside(label, 41) + 1;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	cloudabi_threadattr_t attr = {
		.entry_point = waiter,
		.stack = stack,
		.stack_len = sizeof(stack),
	};
	cloudabi_tid_t tid;
	const cloudabi_errno_t error = cloudabi_sys_thread_create(&attr, &tid);

	(void)start;
	if (error) {
		cloudabi_dprintf(ERR, "crash: %s\n", cloudabi_strerror(error));
		return 1;
	}
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		cloudabi_sys_thread_yield();
	return open_box(NULL) + 1;
}
