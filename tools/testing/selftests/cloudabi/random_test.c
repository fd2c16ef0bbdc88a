// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - random_get
 */

#include "common.h"

static unsigned char buf[100000 + 2];

/* Returns true if each of @len bytes changes within some calls. */
static bool all_change(size_t len)
{
	static unsigned char seen[sizeof(buf)];
	size_t left = len;

	memset(seen, 0, len);
	for (int round = 0; round < 16 && left; round++) {
		memset(buf, 0, len);
		if (cloudabi_sys_random_get(buf, len))
			return false;
		for (size_t i = 0; i < len; i++) {
			if (buf[i] && !seen[i]) {
				seen[i] = 1;
				left--;
			}
		}
	}
	return !left;
}

TEST(nothing_can_be_asked_for)
{
	EXPECT_EQ(0, cloudabi_sys_random_get(buf, 0));
	EXPECT_EQ(0, cloudabi_sys_random_get(NULL, 0));
}

TEST(one_byte)
{
	EXPECT_TRUE(all_change(1));
}

TEST(hundred_and_twenty_eight_bytes)
{
	EXPECT_TRUE(all_change(128));
}

TEST(hundred_thousand_bytes)
{
	EXPECT_TRUE(all_change(100000));
}

TEST(only_the_buffer_is_written)
{
	buf[0] = 0xaa;
	buf[100001] = 0xbb;
	EXPECT_EQ(0, cloudabi_sys_random_get(buf + 1, 100000));
	EXPECT_EQ(0xaa, buf[0]);
	EXPECT_EQ(0xbb, buf[100001]);
}

TEST(two_calls_differ)
{
	unsigned char one[32], other[32];

	EXPECT_EQ(0, cloudabi_sys_random_get(one, sizeof(one)));
	EXPECT_EQ(0, cloudabi_sys_random_get(other, sizeof(other)));
	EXPECT_NE(0, memcmp(one, other, sizeof(one)));
}

TEST(bad_buffer_is_efault)
{
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(NULL, 1));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(BAD_POINTER, 16));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(KERNEL_POINTER, 16));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get((void *)UINTPTR_MAX, 1));
}

TEST(read_only_buffer_is_efault)
{
	static const unsigned char constant[16] = "constant";

	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get((void *)constant, 16));
}

TEST(buffer_that_ends_is_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	/* The call never returns less than asked: it fails if the buffer does not fit. */
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(end - 16, 32));
	EXPECT_EQ(0, cloudabi_sys_random_get(end - 16, 16));
	unmap_edge(end);
}

TEST(length_beyond_memory_is_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(end - 16, SIZE_MAX));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(end - 16, 1UL << 63));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get(end - 16, 1UL << 32));
	unmap_edge(end);
}

TEST_HARNESS_MAIN
