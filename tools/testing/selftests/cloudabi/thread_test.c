// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - thread_yield, and what the initial thread is
 */

#include "common.h"

static __thread int initialised = 42;
static __thread int zeroed;

TEST(yield_succeeds)
{
	EXPECT_EQ(0, cloudabi_sys_thread_yield());
	EXPECT_EQ(0, cloudabi_trap_thread_yield());
}

TEST(yield_succeeds_again_and_again)
{
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, cloudabi_trap_thread_yield());
}

TEST(thread_number_is_usable_in_locks)
{
	EXPECT_LT(1, test_start->tid);
	EXPECT_LT(test_start->tid, 1U << 30);
}

TEST(thread_local_variables_work)
{
	EXPECT_EQ(42, initialised);
	EXPECT_EQ(0, zeroed);
	zeroed = 7;
	initialised = 8;
	EXPECT_EQ(0, cloudabi_trap_thread_yield());
	EXPECT_EQ(7, zeroed);
	EXPECT_EQ(8, initialised);
	zeroed = 0;
	initialised = 42;
}

/* The cell at the thread's %fs:0 is its own to change, and is not touched by calls. */
TEST(thread_pointer_stays)
{
	void *const before = cloudabi_tls_pointer();

	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, cloudabi_trap_thread_yield());
	EXPECT_EQ(before, cloudabi_tls_pointer());
}

TEST_HARNESS_MAIN
