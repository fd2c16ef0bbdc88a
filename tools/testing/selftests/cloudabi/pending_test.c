// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Calls that are not there yet say so
 */

#include "common.h"
#include "pending.h"
#include "raw.h"

static const unsigned long values[] = { 0, 1, FIXTURE_FILE, 0x7fffffff, UINT64_MAX };

TEST(pending_calls_are_enosys)
{
	for (unsigned int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if (!IS_PENDING(nr))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			EXPECT_EQ(CLOUDABI_ENOSYS, raw_trap(nr, values[i]))
				TH_LOG("%s", cloudabi_call_name(nr));
			EXPECT_EQ(CLOUDABI_ENOSYS, raw_vdso(nr, values[i]))
				TH_LOG("%s", cloudabi_call_name(nr));
		}
	}
}

/* The list is as short as it can be. */
TEST(other_calls_are_not_enosys)
{
	for (unsigned int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if (IS_PENDING(nr) || nr == CLOUDABI_NR_proc_exit || nr == CLOUDABI_NR_thread_exit)
			continue;
		EXPECT_NE(CLOUDABI_ENOSYS, raw_trap(nr, UINT64_MAX))
			TH_LOG("%s", cloudabi_call_name(nr));
	}
}

TEST(numbers_behind_the_table_are_enosys)
{
	for (unsigned int nr = CLOUDABI_NR_CALLS; nr < 600; nr++)
		EXPECT_EQ(CLOUDABI_ENOSYS, raw_trap(nr, 0)) TH_LOG("number %u", nr);
}

TEST_HARNESS_MAIN
