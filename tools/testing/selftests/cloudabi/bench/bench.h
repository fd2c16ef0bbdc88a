/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI benchmarks - What both sides have in common
 *
 * A benchmark is one source that is compiled twice: by cloudabi-cc, and for
 * Linux with nolibc.  It says what is done in words that ours.h and native.h
 * put into calls, so that both do the same work in the same pattern, and what
 * the two differ by is the kernel's.  Neither side has a C library, and both
 * have as much memory: a fork has to copy that.
 *
 * Figures are ticks of the time-stamp counter, which are instructions under
 * scripts/vm --icount.  Each is the median of batches that are long enough to
 * contain what is done later, by timer and by RCU, as a matter of course.
 */
#ifndef SELFTESTS_CLOUDABI_BENCH_H
#define SELFTESTS_CLOUDABI_BENCH_H

#if __STDC_HOSTED__
#include "native.h"
#else
#include "ours.h"
#endif

#define BATCHES 21

#define CHECK(condition) do {                                                    \
	if (!(condition))                                                        \
		fail(__LINE__);                                                  \
} while (0)

/* One lock for each word, and no two of them in a cache line. */
#define APART __attribute__((__aligned__(64)))

static inline uint64_t batch(void (*once)(void), unsigned int calls)
{
	const uint64_t start = __builtin_ia32_rdtsc();

	for (unsigned int i = 0; i < calls; i++)
		once();
	return (__builtin_ia32_rdtsc() - start) / calls;
}

static inline uint64_t median(uint64_t *values, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		for (unsigned int j = i; j && values[j] < values[j - 1]; j--) {
			const uint64_t value = values[j];

			values[j] = values[j - 1];
			values[j - 1] = value;
		}
	return values[n / 2];
}

/**
 * measure - Print what something costs
 * @once: does it once
 * @calls: how often in a batch
 */
static inline void measure(void (*once)(void), unsigned int calls)
{
	uint64_t ticks[BATCHES];

	batch(once, calls);
	for (int i = 0; i < BATCHES; i++)
		ticks[i] = batch(once, calls);
	print(median(ticks, BATCHES));
}

#endif /* SELFTESTS_CLOUDABI_BENCH_H */
