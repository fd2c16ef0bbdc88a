// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_stat_put of flags
 */

#include "common.h"

#define MOST_FLAGS (CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_NONBLOCK)

static char buf[64];

TEST(flags_are_replaced)
{
	const long fd = make_file("flags", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(CLOUDABI_FDFLAG_NONBLOCK, flags_of(fd));
	EXPECT_EQ(0, set_flags(fd, MOST_FLAGS));
	EXPECT_EQ(MOST_FLAGS, flags_of(fd));
	EXPECT_EQ(0, set_flags(fd, 0));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(flags_need_their_right)
{
	const long fd = dup_without(FIXTURE_FILE, R(FD_STAT_PUT_FLAGS));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, 0));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(flags_need_no_other_right)
{
	const long fd = make_file("flags_right", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, limit(fd, R(FD_STAT_PUT_FLAGS), 0));
	EXPECT_EQ(0, set_flags(fd, MOST_FLAGS));
	EXPECT_EQ(MOST_FLAGS, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* FD_SYNC allows both synchronous flags, FD_DATASYNC only the weaker one. */
TEST(dsync_needs_one_of_two_rights)
{
	const long fd = make_file("dsync_right", "");
	const cloudabi_rights_t others = REGULAR_BASE & ~(R(FD_DATASYNC) | R(FD_SYNC));
	const long neither = dup_limited(fd, others, 0);
	const long datasync = dup_limited(fd, others | R(FD_DATASYNC), 0);
	const long sync = dup_limited(fd, others | R(FD_SYNC), 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  set_flags(neither, CLOUDABI_FDFLAG_DSYNC | CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, set_flags(datasync, CLOUDABI_FDFLAG_DSYNC));
	EXPECT_EQ(CLOUDABI_FDFLAG_DSYNC, flags_of(fd));
	EXPECT_EQ(0, set_flags(datasync, 0));
	EXPECT_EQ(0, set_flags(sync, CLOUDABI_FDFLAG_DSYNC));
	EXPECT_EQ(CLOUDABI_FDFLAG_DSYNC, flags_of(fd));
	EXPECT_EQ(0, close_fd(neither));
	EXPECT_EQ(0, close_fd(datasync));
	EXPECT_EQ(0, close_fd(sync));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_and_rsync_need_their_right)
{
	const long fd = make_file("sync_right", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, limit(fd, REGULAR_BASE & ~R(FD_SYNC), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, CLOUDABI_FDFLAG_SYNC));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, CLOUDABI_FDFLAG_RSYNC));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* Without FD_SYNC, a program may change other flags and leave SYNC set. */
TEST(flags_that_are_set_may_stay_without_their_right)
{
	const long fd = make_file("sync_stays", "");
	const long limited = dup_without(fd, R(FD_SYNC) | R(FD_DATASYNC));

	ASSERT_LE(0, limited);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_SYNC));
	EXPECT_EQ(0, set_flags(limited, CLOUDABI_FDFLAG_SYNC | CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_SYNC | CLOUDABI_FDFLAG_APPEND, flags_of(fd));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

/*
 * Without APPEND, a descriptor that lacks the rights of fd_pwrite() could overwrite
 * data.
 */
TEST(append_stays_without_the_rights_of_pwrite)
{
	static const cloudabi_rights_t missing[] = {
		R(FD_SEEK), R(FD_WRITE), R(FD_SEEK) | R(FD_WRITE),
	};
	const long fd = make_file("append_stays", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	for (unsigned int i = 0; i < ARRAY_SIZE(missing); i++) {
		const long limited = dup_without(fd, missing[i]);

		ASSERT_LE(0, limited);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(limited, 0));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(limited, CLOUDABI_FDFLAG_NONBLOCK));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(limited, CLOUDABI_FDFLAG_SYNC));
		EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
		/* The other flags may change. */
		EXPECT_EQ(0, set_flags(limited, MOST_FLAGS));
		EXPECT_EQ(MOST_FLAGS, flags_of(fd));
		EXPECT_EQ(0, set_flags(limited, CLOUDABI_FDFLAG_APPEND));
		EXPECT_EQ(0, close_fd(limited));
	}
	EXPECT_EQ(0, limit(fd, R(FD_STAT_PUT_FLAGS) | R(FD_SEEK) | R(FD_WRITE), 0));
	EXPECT_EQ(0, set_flags(fd, 0));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* Streams have no positions; a Linux parent may have set the flag. */
TEST(append_of_a_stream_needs_no_right)
{
	EXPECT_EQ(0, set_flags(FIXTURE_STREAM, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(FIXTURE_STREAM));
	EXPECT_EQ(0, set_flags(FIXTURE_STREAM, 0));
	EXPECT_EQ(0, flags_of(FIXTURE_STREAM));
}

TEST(all_sets_of_flags_are_told_as_they_were_set)
{
	const long fd = make_file("all_flags", "");

	ASSERT_LE(0, fd);
	for (cloudabi_fdflags_t flags = 0; flags < 32; flags++) {
		EXPECT_EQ(0, set_flags(fd, flags)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(flags, flags_of(fd)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(1, write_fd(fd, "x", 1)) TH_LOG("flags 0x%x", flags);
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(unknown_flags_are_ignored)
{
	const long fd = make_file("unknown_flags", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_flags(fd, 0xffe0));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, set_flags(fd, 0xffe0 | CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(set_flags_ignores_type_and_rights)
{
	const cloudabi_fdstat_t stat = {
		.fs_filetype = CLOUDABI_FILETYPE_PROCESS,
		.fs_flags = CLOUDABI_FDFLAG_APPEND,
		.fs_rights_base = UINT64_MAX,
		.fs_rights_inheriting = UINT64_MAX,
	};
	const long fd = make_file("flags_only", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_FLAGS));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
	EXPECT_EQ(REGULAR_BASE, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(nonblock_can_be_set_on_a_socket)
{
	EXPECT_EQ(0, set_flags(FIXTURE_STREAM, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(CLOUDABI_FDFLAG_NONBLOCK, flags_of(FIXTURE_STREAM));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(FIXTURE_STREAM, buf, 1));
	EXPECT_EQ(0, set_flags(FIXTURE_STREAM, 0));
	EXPECT_EQ(0, flags_of(FIXTURE_STREAM));
}

TEST(nonblock_can_be_set_on_a_pipe)
{
	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_READ, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(FIXTURE_PIPE_READ, buf, 1));
	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_READ, 0));
}

TEST(access_mode_is_not_a_flag)
{
	/* The bits of Linux's O_WRONLY and O_RDWR have other meanings here. */
	EXPECT_EQ(0, set_flags(FIXTURE_FILE_RDONLY, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(FIXTURE_FILE_RDONLY));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(FIXTURE_FILE_RDONLY, "x", 1));
	EXPECT_EQ(1, pread_fd(FIXTURE_FILE_RDONLY, buf, 1, 0));
	EXPECT_EQ(0, set_flags(FIXTURE_FILE_RDONLY, 0));
}

TEST_HARNESS_MAIN
