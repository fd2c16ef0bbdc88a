// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll: clocks
 */

#include "pollcalls.h"

static const cloudabi_clockid_t clocks[] = { MONOTONIC, REALTIME };

static const cloudabi_timestamp_t times[] = {
	0, 1, 1000, MS / 10, MS, 3 * MS, 10 * MS, 50 * MS,
};

/* The offset that turns a relative time into the time of a subscription. */
static cloudabi_timestamp_t base(cloudabi_clockid_t clock, cloudabi_subclockflags_t flags)
{
	return flags & ABSTIME ? now_of(clock) : 0;
}

/* How late a busy machine may be.  Waits that must not end are much longer. */
#define LATE (20 * SECOND)

TEST(wait_is_never_short_and_hardly_long)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
				const cloudabi_timestamp_t start = now_of(clocks[i]);
				const sub_t sub = sub_clock(clocks[i], times[j] +
							    base(clocks[i], flags), flags);

				EXPECT_EQ(1, POLL(sub));
				EXPECT_LE(start + times[j], now_of(clocks[i]))
					TH_LOG("clock %zu, flags %d, case %zu", i, flags, j);
				EXPECT_LT(now_of(clocks[i]), start + times[j] + LATE)
					TH_LOG("clock %zu, flags %d, case %zu", i, flags, j);
				EXPECT_TRUE(is_plain(&events[0], sub.userdata, CLOCK));
			}
		}
	}
}

/* Also with times in the nearest future. */
TEST(no_absolute_time_comes_early)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int round = 0; round < 500; round++) {
			const cloudabi_timestamp_t time = now_of(clocks[i]) + round * 1000;

			ASSERT_EQ(1, POLL(sub_clock(clocks[i], time, ABSTIME)));
			ASSERT_LE(time, now_of(clocks[i])) TH_LOG("round %d", round);
		}
	}
}

TEST(no_relative_time_comes_early)
{
	for (int round = 0; round < 500; round++) {
		const cloudabi_timestamp_t start = now();

		ASSERT_EQ(1, POLL(sub_after(round * 1000)));
		ASSERT_LE(start + round * 1000, now()) TH_LOG("round %d", round);
	}
}

TEST(time_that_has_passed_is_at_once)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const cloudabi_timestamp_t start = now_of(clocks[i]);
		const cloudabi_timestamp_t past[] = { 0, 1, start / 2, start - 1, start };

		for (size_t j = 0; j < ARRAY_SIZE(past); j++) {
			EXPECT_EQ(1, POLL(sub_clock(clocks[i], past[j], ABSTIME)));
			EXPECT_TRUE(is_plain(&events[0], past[j], CLOCK));
		}
		EXPECT_LT(now_of(clocks[i]), start + LATE);
	}
}

/* Times that never come, or not within the life of the machine. */
static const cloudabi_timestamp_t never[] = {
	UINT64_MAX, UINT64_MAX - 1, 1ULL << 63, (1ULL << 63) + 1, INT64_MAX, INT64_MAX - 1,
	1ULL << 62, 18446744073000000000ULL,
};

TEST(far_future_is_never)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			for (size_t j = 0; j < ARRAY_SIZE(never); j++) {
				EXPECT_EQ(1, POLL(sub_clock(clocks[i], never[j], flags),
						  sub_after(MS)));
				EXPECT_TRUE(is_plain(&events[0], MS, CLOCK))
					TH_LOG("clock %zu, flags %d, case %zu", i, flags, j);
			}
		}
	}
}

TEST(far_future_is_never_for_a_lock)
{
	cloudabi_lock_t lock = 0;

	for (size_t j = 0; j < ARRAY_SIZE(never); j++) {
		EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), sub_clock(REALTIME, never[j], ABSTIME)));
		EXPECT_EQ(RDLOCK, events[0].type) TH_LOG("case %zu", j);
		EXPECT_EQ(j + 1, lock);
	}
}

/* Descriptors */

TEST(no_time_is_enough_for_what_is_ready)
{
	const sub_t ready = sub_fd(READ, FIXTURE_FILE_RDONLY);

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			const sub_t clock = sub_clock(clocks[i], 0, flags);

			for (int first = 0; first < 2; first++) {
				long n = first ? POLL(ready, clock) : POLL(clock, ready);
				bool seen = false;

				ASSERT_LE(1, n);
				for (long j = 0; j < n; j++)
					seen |= events[j].type == READ &&
						events[j].fd_readwrite.nbytes == FIXTURE_TEXT_LEN;
				EXPECT_TRUE(seen) TH_LOG("clock %zu, flags %d", i, flags);
			}
		}
	}
}

TEST(what_is_not_ready_waits_for_the_clock)
{
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(1, POLL(sub_fd(READ, FIXTURE_PIPE_READ), sub_after(30 * MS)));
	EXPECT_TRUE(is_plain(&events[0], 30 * MS, CLOCK));
	EXPECT_LE(start + 30 * MS, now());
}

TEST(what_is_ready_does_not_wait_for_the_clock)
{
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(1, POLL(sub_after(LONG), sub_fd(WRITE, FIXTURE_PIPE_WRITE)));
	EXPECT_EQ(WRITE, events[0].type);
	EXPECT_LT(now(), start + LATE);
}

/* Several clocks */

TEST(first_of_several_is_the_one)
{
	for (int i = 0; i < 4; i++) {
		const cloudabi_timestamp_t start = now();
		sub_t subs[4];

		for (int j = 0; j < 4; j++) {
			const cloudabi_timestamp_t time = i == j ? 10 * MS : LONG + j;
			const cloudabi_clockid_t clock = j % 2 ? REALTIME : MONOTONIC;
			const cloudabi_subclockflags_t flags = j < 2 ? ABSTIME : 0;

			subs[j] = sub_clock(clock, time + base(clock, flags), flags);
			subs[j].userdata = 100 + j;
		}
		EXPECT_EQ(1, poll_for(subs, 4));
		EXPECT_TRUE(is_plain(&events[0], 100 + i, CLOCK)) TH_LOG("case %d", i);
		EXPECT_LE(start + 10 * MS, now());
		EXPECT_LT(now(), start + 10 * MS + LATE);
	}
}

/* The order of the two times makes no difference: each clock has its own timer. */
TEST(both_clocks_can_be_waited_for)
{
	for (int real = 0; real < 2; real++) {
		for (int near = 0; near < 2; near++) {
			const cloudabi_timestamp_t times[] = { near ? 5 * MS : LONG, 5 * MS };
			const cloudabi_timestamp_t start = now_of(clocks[real]);

			EXPECT_LE(1, POLL(sub_clock(clocks[!real], now_of(clocks[!real]) + times[0],
						    ABSTIME),
					  sub_clock(clocks[real], start + times[1], ABSTIME)));
			EXPECT_TRUE(near || events[0].userdata == start + times[1]);
			EXPECT_LT(now_of(clocks[real]), start + LATE);
		}
	}
}

TEST(several_that_have_passed_are_all_told)
{
	sub_t subs[8];

	for (int i = 0; i < 8; i++) {
		subs[i] = sub_clock(clocks[i % 2], i % 4 == 3 ? LONG : 0, 0);
		subs[i].userdata = i;
	}
	EXPECT_EQ(6, poll_for(subs, 8));
	for (int i = 0, expected = 0; i < 6; i++, expected++) {
		expected += expected % 4 == 3;
		EXPECT_TRUE(is_plain(&events[i], expected, CLOCK)) TH_LOG("event %d", i);
	}
}

TEST(identifiers_mean_nothing)
{
	sub_t subs[3] = { sub_after(0), sub_after(LONG), sub_after(0) };

	for (int i = 0; i < 3; i++) {
		subs[i].userdata = i;
		subs[i].clock.identifier = 42;
	}
	EXPECT_EQ(2, poll_for(subs, 3));
	EXPECT_TRUE(is_plain(&events[0], 0, CLOCK));
	EXPECT_TRUE(is_plain(&events[1], 2, CLOCK));
}

/* Precision */

TEST(precision_makes_no_wait_short)
{
	static const cloudabi_timestamp_t precisions[] = {
		0, 1, 1000, MS, 20 * MS, SECOND, LONG, 1ULL << 62, 1ULL << 63, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			for (size_t j = 0; j < ARRAY_SIZE(precisions); j++) {
				const cloudabi_timestamp_t start = now_of(clocks[i]);
				sub_t sub = sub_clock(clocks[i], 5 * MS + base(clocks[i], flags),
						      flags);

				sub.clock.precision = precisions[j];
				EXPECT_EQ(1, POLL(sub));
				EXPECT_LE(start + 5 * MS, now_of(clocks[i]))
					TH_LOG("clock %zu, flags %d, case %zu", i, flags, j);
				/* Precision does not make the wait much longer. */
				EXPECT_LT(now_of(clocks[i]), start + 5 * MS + LATE)
					TH_LOG("clock %zu, flags %d, case %zu", i, flags, j);
			}
		}
	}
}

TEST(precision_of_one_does_not_delay_another)
{
	cloudabi_timestamp_t least = LONG;

	/* The wait with a precision may end late, but not later than the exact one. */
	for (int i = 0; i < 5 || (i < 200 && least >= 60 * MS); i++) {
		const cloudabi_timestamp_t start = now();
		sub_t first = sub_after(5 * MS), second = sub_after(10 * MS);

		first.clock.precision = UINT64_MAX;
		EXPECT_LE(1, POLL(first, second));
		EXPECT_TRUE(is_plain(&events[0], 5 * MS, CLOCK));
		if (now() - start < least)
			least = now() - start;
	}
	EXPECT_LE(5 * MS, least);
	EXPECT_LT(least, 60 * MS);
}

TEST(wait_without_precision_is_exact)
{
	cloudabi_timestamp_t least = LONG;

	/* The machine may be busy, but not in all rounds. */
	for (int i = 0; i < 20 || (i < 500 && least >= 20 * MS); i++) {
		const cloudabi_timestamp_t start = now();
		cloudabi_timestamp_t late;

		EXPECT_EQ(1, POLL(sub_after(2 * MS)));
		late = now() - start - 2 * MS;
		if (late < least)
			least = late;
	}
	EXPECT_LT(least, 20 * MS);
}

/* Clocks that poll does not support */

TEST(clocks_of_cpu_time_are_enotsup)
{
	static const cloudabi_clockid_t cpu[] = {
		CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, CLOUDABI_CLOCK_THREAD_CPUTIME_ID,
	};
	const cloudabi_timestamp_t timeouts[] = { 0, 1, LONG, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(cpu); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			for (size_t j = 0; j < ARRAY_SIZE(timeouts); j++) {
				const sub_t sub = sub_clock(cpu[i], timeouts[j], flags);

				EXPECT_EQ(1, POLL(sub, sub_after(LONG)));
				EXPECT_TRUE(is_failure(&events[0], timeouts[j], CLOCK,
						       CLOUDABI_ENOTSUP));
				EXPECT_EQ(1, POLL(sub));
				EXPECT_TRUE(is_failure(&events[0], timeouts[j], CLOCK,
						       CLOUDABI_ENOTSUP));
			}
		}
	}
}

TEST(unknown_clocks_are_einval)
{
	static const cloudabi_clockid_t unknown[] = {
		0, 5, 6, 7, 8, 9, 11, 255, 256, 257, 0x7fffffff, 0x80000000, 0x80000001,
		0xffffffff,
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			const sub_t sub = sub_clock(unknown[i], LONG, flags);

			EXPECT_EQ(1, POLL(sub_after(LONG), sub));
			EXPECT_TRUE(is_failure(&events[0], LONG, CLOCK, CLOUDABI_EINVAL))
				TH_LOG("clock 0x%x", unknown[i]);
		}
	}
}

TEST(unknown_flags_are_ignored)
{
	for (int bit = 1; bit < 16; bit++) {
		const cloudabi_timestamp_t start = now();

		EXPECT_EQ(1, POLL(sub_clock(MONOTONIC, MS, 1 << bit)));
		EXPECT_LE(start + MS, now());
		EXPECT_TRUE(is_plain(&events[0], MS, CLOCK));
		EXPECT_EQ(1, POLL(sub_clock(MONOTONIC, start, ABSTIME | 1 << bit)));
		EXPECT_TRUE(is_plain(&events[0], start, CLOCK));
	}
}

/* Threads that sleep at the same time, for different times. */
struct sleeper {
	struct helper helper;
	cloudabi_timestamp_t time, start, end;
};

static void sleep_once(void *arg)
{
	struct sleeper *const sleeper = arg;

	sleeper->start = now();
	sleep_for(sleeper->time);
	sleeper->end = now();
}

TEST(threads_sleep_on_their_own)
{
	static struct sleeper sleepers[8];

	for (int i = 0; i < 8; i++) {
		sleepers[i].time = (8 - i) * 10 * MS;
		ASSERT_EQ(0, helper_start(&sleepers[i].helper, sleep_once, &sleepers[i]));
	}
	for (int i = 0; i < 8; i++) {
		helper_join(&sleepers[i].helper);
		EXPECT_LE(sleepers[i].start + sleepers[i].time, sleepers[i].end)
			TH_LOG("thread %d", i);
		EXPECT_LT(sleepers[i].end, sleepers[i].start + sleepers[i].time + LATE)
			TH_LOG("thread %d", i);
	}
}

TEST_HARNESS_MAIN
