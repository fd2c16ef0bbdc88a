// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Tests that fail, for harness_test
 *
 * Each fails in another way.  The tests behind it must not notice.
 */

#define TEST_TIMEOUT 15

#include "threads.h"

static cloudabi_lock_t lock;
static struct thread thread;
static char stack[THREAD_STACK] __attribute__((__aligned__(16)));

struct runs {
	unsigned int setup, teardown, body;
};

TEST_SHARED(struct runs, runs);

TEST(passes)
{
	EXPECT_EQ(0, lock);
}

TEST(expectation_fails_and_the_test_continues)
{
	EXPECT_EQ(1, lock) TH_LOG("logged");
	EXPECT_NE(0, lock);
}

static void spin(struct thread *self)
{
	for (;;)
		cloudabi_sys_thread_yield();
}

TEST(assertion_fails_with_a_thread_and_a_lock)
{
	lock = WR | initial_tid();
	ASSERT_EQ(0, thread_start_on(&thread, spin, stack, sizeof(stack)));
	ASSERT_EQ(0, lock);
	TH_LOG("unreachable");
}

TEST(lock_is_free_and_there_is_no_thread)
{
	EXPECT_EQ(0, lock);
	EXPECT_EQ(0, thread.tid);
}

TEST(crashes)
{
	__asm__ volatile("hlt");
}

TEST(exits)
{
	cloudabi_exit(7);
}

TEST(hangs)
{
	spin(NULL);
}

TEST(tid_is_that_of_the_test)
{
	cloudabi_lock_t mine = WR | test_start->tid;

	EXPECT_EQ(0, cloudabi_sys_lock_unlock(&mine, PRIVATE_SCOPE));
}

FIXTURE(good) {
	int value;
};

FIXTURE_VARIANT(good) {
	int value;
};

FIXTURE_VARIANT_ADD(good, one) {
	.value = 1,
};

FIXTURE_VARIANT_ADD(good, two) {
	.value = 2,
};

FIXTURE_SETUP(good)
{
	EXPECT_EQ(0, self->value);
	self->value = 10 * variant->value;
	runs->setup++;
}

FIXTURE_TEARDOWN(good)
{
	EXPECT_EQ(11 * variant->value, self->value);
	runs->teardown++;
}

TEST_F(good, passes)
{
	runs->body++;
	EXPECT_EQ(10 * variant->value, self->value);
	self->value += variant->value;
}

TEST_F(good, assertion_fails_for_two)
{
	runs->body++;
	self->value += variant->value;
	ASSERT_EQ(1, variant->value);
}

TEST_F(good, teardown_fails)
{
	runs->body++;
}

FIXTURE(bad) {
};

FIXTURE_SETUP(bad)
{
	ASSERT_NE(0, lock);
}

FIXTURE_TEARDOWN(bad)
{
	runs->teardown++;
}

TEST_F(bad, setup_fails)
{
	runs->body++;
}

TEST(setup_body_and_teardown_ran)
{
	EXPECT_EQ(6, runs->setup);
	EXPECT_EQ(6, runs->body);
	EXPECT_EQ(6, runs->teardown);
}

TEST_HARNESS_MAIN
