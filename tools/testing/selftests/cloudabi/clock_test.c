// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - clock_res_get and clock_time_get
 */

#include "common.h"

static const cloudabi_clockid_t clocks[] = {
	CLOUDABI_CLOCK_MONOTONIC,
	CLOUDABI_CLOCK_PROCESS_CPUTIME_ID,
	CLOUDABI_CLOCK_REALTIME,
	CLOUDABI_CLOCK_THREAD_CPUTIME_ID,
};

static const cloudabi_clockid_t bad_clocks[] = {
	0, 5, 6, 7, 8, 11, 16, 255, 256, 257, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff,
};

static cloudabi_timestamp_t now(cloudabi_clockid_t clock, cloudabi_timestamp_t precision)
{
	cloudabi_timestamp_t time = 0;

	return cloudabi_sys_clock_time_get(clock, precision, &time) ? 0 : time;
}

static cloudabi_timestamp_t trapped_now(cloudabi_clockid_t clock, cloudabi_timestamp_t precision)
{
	cloudabi_timestamp_t time = 0;

	return cloudabi_trap_clock_time_get(clock, precision, &time) ? 0 : time;
}

TEST(resolution_is_below_a_second)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		cloudabi_timestamp_t resolution = UINT64_MAX;

		EXPECT_EQ(0, cloudabi_sys_clock_res_get(clocks[i], &resolution))
			TH_LOG("clock %u", clocks[i]);
		EXPECT_LT(resolution, 1000000000) TH_LOG("clock %u", clocks[i]);
		EXPECT_LT(0, resolution) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(resolution_of_unknown_clock_is_einval)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_clocks); i++) {
		cloudabi_timestamp_t resolution = 7;

		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_clock_res_get(bad_clocks[i], &resolution))
			TH_LOG("clock %u", bad_clocks[i]);
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_trap_clock_res_get(bad_clocks[i], &resolution))
			TH_LOG("clock %u", bad_clocks[i]);
		EXPECT_EQ(7, resolution);
	}
}

TEST(time_of_unknown_clock_is_einval)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_clocks); i++) {
		cloudabi_timestamp_t time = 7;

		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_clock_time_get(bad_clocks[i], 1, &time))
			TH_LOG("clock %u", bad_clocks[i]);
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_trap_clock_time_get(bad_clocks[i], 1, &time))
			TH_LOG("clock %u", bad_clocks[i]);
		EXPECT_EQ(7, time);
	}
}

TEST(all_clocks_have_a_time)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		EXPECT_NE(0, now(clocks[i], 1)) TH_LOG("clock %u", clocks[i]);
		EXPECT_NE(0, trapped_now(clocks[i], 1)) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(no_clock_goes_backwards)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		cloudabi_timestamp_t last = now(clocks[i], 1);

		for (int round = 0; round < 1000; round++) {
			const cloudabi_timestamp_t time = now(clocks[i], 1);

			EXPECT_LE(last, time) TH_LOG("clock %u", clocks[i]);
			last = time;
		}
	}
}

TEST(all_clocks_advance)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const cloudabi_timestamp_t first = now(clocks[i], 1);
		long rounds = 0;

		while (now(clocks[i], 1) == first && rounds < 100000000)
			rounds++;
		EXPECT_LT(first, now(clocks[i], 1)) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(precision_is_but_a_permission)
{
	static const cloudabi_timestamp_t precisions[] = {
		0, 1, 1000, 1000000, 10000000, 1000000000, 1ULL << 62, 1ULL << 63, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++)
		for (size_t j = 0; j < ARRAY_SIZE(precisions); j++)
			EXPECT_NE(0, now(clocks[i], precisions[j]))
				TH_LOG("clock %u, precision %zu", clocks[i], j);
}

TEST(imprecise_time_is_near_the_precise_one)
{
	const cloudabi_timestamp_t before = now(CLOUDABI_CLOCK_MONOTONIC, 1);
	const cloudabi_timestamp_t coarse = now(CLOUDABI_CLOCK_MONOTONIC, 1000000000);

	/* On a busy machine the last tick may be late. */
	EXPECT_LE(before, coarse + 10000000000);
	EXPECT_LE(coarse, now(CLOUDABI_CLOCK_MONOTONIC, 1));
}

TEST(monotonic_does_not_go_back_from_precise_to_imprecise)
{
	for (int i = 0; i < 1000; i++) {
		const cloudabi_timestamp_t precise = now(CLOUDABI_CLOCK_MONOTONIC, 1);

		ASSERT_LE(precise, now(CLOUDABI_CLOCK_MONOTONIC, 1000000000));
	}
}

TEST(vdso_and_trap_tell_the_same_time)
{
	for (int i = 0; i < 1000; i++) {
		const cloudabi_timestamp_t first = now(CLOUDABI_CLOCK_MONOTONIC, 1);
		const cloudabi_timestamp_t second = trapped_now(CLOUDABI_CLOCK_MONOTONIC, 1);
		const cloudabi_timestamp_t third = now(CLOUDABI_CLOCK_MONOTONIC, 1);

		ASSERT_LE(first, second);
		ASSERT_LE(second, third);
	}
}

TEST(vdso_and_trap_have_the_same_resolution)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		cloudabi_timestamp_t one = 1, other = 2;

		EXPECT_EQ(0, cloudabi_sys_clock_res_get(clocks[i], &one));
		EXPECT_EQ(0, cloudabi_trap_clock_res_get(clocks[i], &other));
		EXPECT_EQ(one, other) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(cpu_time_is_no_more_than_elapsed_time)
{
	const cloudabi_timestamp_t start = now(CLOUDABI_CLOCK_MONOTONIC, 1);
	const cloudabi_timestamp_t cpu = now(CLOUDABI_CLOCK_THREAD_CPUTIME_ID, 1);
	cloudabi_timestamp_t used;

	for (int i = 0; i < 1000; i++)
		cloudabi_trap_thread_yield();
	used = now(CLOUDABI_CLOCK_THREAD_CPUTIME_ID, 1) - cpu;
	EXPECT_LE(used, now(CLOUDABI_CLOCK_MONOTONIC, 1) - start);
}

TEST(thread_time_is_no_more_than_process_time)
{
	const cloudabi_timestamp_t thread = now(CLOUDABI_CLOCK_THREAD_CPUTIME_ID, 1);

	EXPECT_LE(thread, now(CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, 1));
}

TEST_HARNESS_MAIN
