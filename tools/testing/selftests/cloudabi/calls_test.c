// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The set of calls
 */

#include "common.h"
#include "raw.h"

TEST(all_calls_of_the_table_are_there)
{
	for (unsigned int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if (nr == CLOUDABI_NR_proc_exit || nr == CLOUDABI_NR_proc_fork ||
		    nr == CLOUDABI_NR_thread_exit)
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
