/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI benchmarks - Common code
 *
 * Each benchmark is one source that is compiled twice: by cloudabi-cc, and for
 * Linux with nolibc.  It uses operations that ours.h and native.h implement by
 * calls, so both sides do the same work in the same pattern, and differences
 * are the kernel's.  Neither side has a C library, and both have the same
 * amount of memory, which fork has to copy.
 *
 * Figures are ticks of the time-stamp counter; under scripts/vm --icount a tick
 * is an instruction.  Each figure is the median of batches.  A batch is long
 * enough to contain the deferred work of timers and RCU.
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

/* Each lock has a cache line of its own. */
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
 * measure - Print the cost of an operation
 * @once: does the operation once
 * @calls: the number of operations in a batch
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
