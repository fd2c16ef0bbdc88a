// SPDX-License-Identifier: GPL-2.0
/*
 * The cost of a native system call, in ticks of the time-stamp counter.
 *
 * Under scripts/vm --icount a tick is an instruction.  Prints the minimum of
 * many batches, since interrupts add to some of them.
 */

#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS 100
#define BATCHES 1000

static uint64_t batch(void)
{
	const uint64_t start = __builtin_ia32_rdtsc();

	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return __builtin_ia32_rdtsc() - start;
}

int main(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < BATCHES; i++) {
		const uint64_t ticks = batch();

		if (ticks < best)
			best = ticks;
	}
	printf("%.2f\n", (double)best / CALLS);
	return 0;
}
