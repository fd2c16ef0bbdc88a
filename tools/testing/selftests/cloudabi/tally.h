/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - What a thread of a stress test achieved, and saw go wrong
 */
#ifndef SELFTESTS_CLOUDABI_TALLY_H
#define SELFTESTS_CLOUDABI_TALLY_H

#include "common.h"

struct tally {
	/* The state of the random numbers; must not be 0. */
	uint64_t random;
	/* The number of successes, and of outcomes that must not be. */
	unsigned long good, bad;
	/* The first wrong result, and its line. */
	long bad_result;
	int bad_line;
};

/* Returns a random number below @n. */
static inline unsigned int pick(struct tally *tally, unsigned int n)
{
	tally->random ^= tally->random << 13;
	tally->random ^= tally->random >> 7;
	tally->random ^= tally->random << 17;
	return tally->random % n;
}

static inline void wrong(struct tally *tally, long result, int line)
{
	if (!tally->bad++) {
		tally->bad_result = result;
		tally->bad_line = line;
	}
}

/* Counts a result as wrong unless the condition holds. */
#define TALLY_MUST(tally, condition, result) do {               \
	if (!(condition))                                       \
		wrong(tally, (long)(result), __LINE__);         \
} while (0)

#endif /* SELFTESTS_CLOUDABI_TALLY_H */
