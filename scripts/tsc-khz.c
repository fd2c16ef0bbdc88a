// SPDX-License-Identifier: GPL-2.0
/*
 * tsc-khz - Print the frequency of this machine's time stamp counter in kHz
 *
 * An emulated guest has the same counter.  On a busy host, a guest that measures the
 * frequency at boot may get a value that is far off, so scripts/vm passes this value.
 */
#include <stdio.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>

struct stamp {
	unsigned long long tsc;
	long long ns;
};

/*
 * Reads both clocks at about the same time.  Of many attempts, the best is the one with the
 * least time between the two readings of the counter.
 */
static struct stamp read_clocks(void)
{
	struct stamp best = { 0 };
	unsigned long long gap = -1ULL;

	for (int i = 0; i < 1000; i++) {
		struct timespec ts;
		const unsigned long long before = __rdtsc();

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		const unsigned long long after = __rdtsc();

		if (after - before < gap) {
			gap = after - before;
			best.tsc = before + gap / 2;
			best.ns = ts.tv_sec * 1000000000LL + ts.tv_nsec;
		}
	}
	return best;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	const struct stamp a = read_clocks();

	nanosleep(&pause, NULL);
	const struct stamp b = read_clocks();

	printf("%.0f\n", (b.tsc - a.tsc) * 1e6 / (b.ns - a.ns));
	return 0;
}
#else
int main(void)
{
	return 1;
}
#endif
