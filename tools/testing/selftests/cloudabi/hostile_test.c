// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A hostile program
 *
 * Each attempt is a test that fails if the attempt succeeds. The files in hostile/
 * contain the attempts, grouped by means. The launcher also checks for effects
 * outside of the program. hostile_nobody_test is the same program without uid 0.
 */

#include "hostile/names.h"
#include "hostile/races.h"
#include "hostile/proc.h"
#include "hostile/effects.h"
#include "hostile/growth.h"
#include "hostile/memory.h"
#include "hostile/leaks.h"
#include "hostile/descriptors.h"
#include "hostile/globals.h"
#include "hostile/gate.h"
#include "hostile/others.h"
#include "hostile/programs.h"

/*
 * The effective uid, from "Uid: real effective ..." in /proc/self/status,
 * descriptor 0.
 */
static unsigned int own_uid(void)
{
	char status[1024];
	const long fd = open_at(0, "self/status", 0, R(FD_READ));
	const long len = read_fd(fd, status, sizeof(status) - 1);
	const char *line;

	if (len <= 0)
		return 1 << 20;
	status[len] = '\0';
	for (line = status; memcmp(line, "\nUid:", 5); line++)
		if (line == status + len)
			return 1 << 21;
	line = strchr(line + 6, '\t');
	return line ? number(line) : 1 << 22;
}

static __attribute__((__noreturn__)) void obey(const struct order *order)
{
	switch (order->what) {
	case ORDER_RIGHTS:
		/* A bit for each descriptor that gained FD_WRITE. */
		cloudabi_exit((base_of(0) & R(FD_WRITE) ? 1 : 0) +
			      (limit(1, REGULAR_BASE, 0) ? 0 : 2) + (is_open(2) ? 4 : 0));
	case ORDER_UID:
		cloudabi_exit(own_uid());
	case ORDER_OPEN:
		cloudabi_exit(count_open());
	case ORDER_VDSO:
		cloudabi_exit(*(const unsigned char *)test_start->vdso);
	default:
		cloudabi_exit(99);
	}
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct order *const order = start->argdata;

	test_start = start;
	if (start->argdata_len == sizeof(*order) && !order->nul && !memcmp(order->end, "!!", 2))
		obey(order);
	return test_harness_run(start);
}
