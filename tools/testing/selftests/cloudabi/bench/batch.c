// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program under SCHED_BATCH, where a woken thread never preempts the
 * running one.  So the pattern of sleeping and waking is always the same.
 *
 *	batch PROGRAM [ARGUMENT]
 */

#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct sched_param param = { 0 };

	if (argc < 2 || sched_setscheduler(0, SCHED_BATCH, &param)) {
		perror("batch");
		return 1;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
