// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The initial rights of a program
 *
 * matrix_test.c has the rights that each call requires.
 */

#include "common.h"

/* The descriptors that the launcher opened */

static const struct {
	cloudabi_fd_t fd;
	const char *name;
	cloudabi_filetype_t type;
	cloudabi_rights_t base, inheriting;
	cloudabi_fdflags_t flags;
} rows[] = {
#define ROW(fd, name, type, base, inheriting, flags) \
	{ fd, #name, CLOUDABI_FILETYPE_##type, base, inheriting, flags },
	FIXTURE_ROWS(ROW)
#undef ROW
};

#define FOR_EACH_ROW(row) \
	for (__typeof__(&rows[0]) row = rows; row < rows + ARRAY_SIZE(rows); row++)

TEST(inherited_descriptors_keep_their_numbers)
{
	FOR_EACH_ROW(row)
		EXPECT_TRUE(is_open(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_are_all_there_are)
{
	for (cloudabi_fd_t fd = 3; fd < 1100; fd++) {
		bool listed = false;

		FOR_EACH_ROW(row)
			listed |= row->fd == fd;
		EXPECT_EQ(listed, is_open(fd)) TH_LOG("fd %u", fd);
	}
}

TEST(close_on_exec_descriptor_is_closed)
{
	EXPECT_FALSE(is_open(FIXTURE_CLOSED));
}

TEST(inherited_descriptors_have_their_types)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->type, stat_of(row->fd).fs_filetype) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_their_flags)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->flags, flags_of(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_the_base_rights_of_type_and_mode)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->base, base_of(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_the_inheriting_rights_of_their_type)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->inheriting, inheriting_of(row->fd)) TH_LOG("%s", row->name);
}

/* Calls without a descriptor, and calls without required rights, work without any. */
TEST(calls_that_need_no_right)
{
	const long fd = dup_limited(FIXTURE_FILE, 0, 0);
	cloudabi_fdstat_t stat;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_fd_stat_get(fd, &stat));
	EXPECT_EQ(0, limit(fd, 0, 0));
	EXPECT_EQ(0, close_fd(dup_fd(fd)));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
