// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_sync, fd_datasync, and the flags that make writes
 * synchronous
 */

#include "common.h"

#define DSYNC CLOUDABI_FDFLAG_DSYNC
#define RSYNC CLOUDABI_FDFLAG_RSYNC
#define SYNC CLOUDABI_FDFLAG_SYNC

/* Without the two rights under test. */
#define OTHERS (REGULAR_BASE & ~(R(FD_DATASYNC) | R(FD_SYNC)))

/* The number of combinations of flags: the three sync flags, with and without the other two. */
#define SETS 32

static long sync_fd(cloudabi_fd_t fd)
{
	return -(long)cloudabi_sys_fd_sync(fd);
}

static long datasync_fd(cloudabi_fd_t fd)
{
	return -(long)cloudabi_sys_fd_datasync(fd);
}

/* fd_sync and fd_datasync */

TEST(sync_of_a_file)
{
	const long fd = make_file("sync", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, sync_fd(fd));
	EXPECT_EQ(0, datasync_fd(fd));
	EXPECT_EQ(3, write_fd(fd, "abc", 3));
	EXPECT_EQ(0, datasync_fd(fd));
	EXPECT_EQ(0, sync_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_needs_its_right_and_no_other)
{
	const long with = dup_limited(FIXTURE_FILE, R(FD_SYNC), 0);
	const long without = dup_without(FIXTURE_FILE, R(FD_SYNC));

	ASSERT_LE(0, with);
	ASSERT_LE(0, without);
	EXPECT_EQ(0, sync_fd(with));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(with));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(without));
	EXPECT_EQ(0, datasync_fd(without));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

TEST(datasync_needs_its_right_and_no_other)
{
	const long with = dup_limited(FIXTURE_FILE, R(FD_DATASYNC), 0);
	const long without = dup_without(FIXTURE_FILE, R(FD_DATASYNC));

	ASSERT_LE(0, with);
	ASSERT_LE(0, without);
	EXPECT_EQ(0, datasync_fd(with));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(with));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(without));
	EXPECT_EQ(0, sync_fd(without));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

TEST(sync_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, sync_fd(bad_fds[i])) TH_LOG("fd 0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, datasync_fd(bad_fds[i]))
			TH_LOG("fd 0x%x", bad_fds[i]);
	}
}

/* The call writes no data, so the open mode does not matter. */
TEST(sync_of_a_file_that_is_open_one_way)
{
	EXPECT_EQ(0, sync_fd(FIXTURE_FILE_RDONLY));
	EXPECT_EQ(0, datasync_fd(FIXTURE_FILE_RDONLY));
	EXPECT_EQ(0, sync_fd(FIXTURE_FILE_WRONLY));
	EXPECT_EQ(0, datasync_fd(FIXTURE_FILE_WRONLY));
}

/* Directories have FD_SYNC but not FD_DATASYNC. */
TEST(sync_of_a_directory)
{
	const long fd = open_at(FIXTURE_DIR, "dir", CLOUDABI_O_DIRECTORY, R(FD_SYNC));

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, sync_fd(FIXTURE_DIR));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(FIXTURE_DIR));
	EXPECT_EQ(R(FD_SYNC), base_of(fd));
	EXPECT_EQ(0, sync_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_of_a_directory_needs_its_right)
{
	const long fd = dup_without(FIXTURE_DIR, R(FD_SYNC));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_of_types_that_have_no_right_to_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE, FIXTURE_STREAM, FIXTURE_DGRAM,
		FIXTURE_SEQPACKET, FIXTURE_TTY, FIXTURE_FIFO, FIXTURE_MEMFD, FIXTURE_EPOLL,
		FIXTURE_EVENT, FIXTURE_PID, FIXTURE_FILE_PATH, FIXTURE_DIR_PATH,
	};
	cloudabi_fd_t shm, pair[2];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(fds[i])) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(fds[i])) TH_LOG("fd %u", fds[i]);
	}
	ASSERT_EQ(0, cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &shm));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(shm));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(shm));
	EXPECT_EQ(0, close_fd(shm));
	ASSERT_EQ(0, cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &pair[0], &pair[1]));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(pair[0]));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(pair[1]));
	EXPECT_EQ(0, close_fd(pair[0]));
	EXPECT_EQ(0, close_fd(pair[1]));
}

/* Devices have the rights, but this one has no storage behind it. */
TEST(sync_of_what_cannot_be_synchronised_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, sync_fd(FIXTURE_NULL_DEVICE));
	EXPECT_EQ(-CLOUDABI_EINVAL, datasync_fd(FIXTURE_NULL_DEVICE));
	EXPECT_EQ(-CLOUDABI_EINVAL, sync_fd(FIXTURE_ZERO_DEVICE));
	EXPECT_EQ(-CLOUDABI_EINVAL, datasync_fd(FIXTURE_ZERO_DEVICE));
}

TEST(sync_of_what_cannot_be_synchronised_needs_the_right_first)
{
	const long fd = dup_without(FIXTURE_NULL_DEVICE, R(FD_SYNC) | R(FD_DATASYNC));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, sync_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, datasync_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* Flags, when they are set and when they are read */

static long open_flags(cloudabi_fd_t dir, const char *name, cloudabi_oflags_t oflags,
		       cloudabi_fdflags_t flags)
{
	return open_path(dir, 0, name, strlen(name), oflags, flags, OTHERS, 0);
}

TEST(flags_of_opening_are_told)
{
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const long fd = open_flags(FIXTURE_DIR, "file", 0, flags);

		ASSERT_LE(0, fd);
		EXPECT_EQ(flags, flags_of(fd)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(flags_of_creating_are_told)
{
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const long fd = open_flags(FIXTURE_DIR, "created",
					   CLOUDABI_O_CREAT | CLOUDABI_O_TRUNC, flags);

		ASSERT_LE(0, fd);
		EXPECT_EQ(flags, flags_of(fd)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(1, write_fd(fd, "x", 1)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, close_fd(fd));
	}
}

/* From any combination to any other. */
TEST(flags_that_are_put_are_told)
{
	const long fd = make_file("put", "");

	ASSERT_LE(0, fd);
	for (cloudabi_fdflags_t before = 0; before < SETS; before++) {
		for (cloudabi_fdflags_t after = 0; after < SETS; after++) {
			EXPECT_EQ(0, set_flags(fd, before));
			EXPECT_EQ(before, flags_of(fd)) TH_LOG("flags 0x%x", before);
			EXPECT_EQ(0, set_flags(fd, after));
			EXPECT_EQ(after, flags_of(fd)) TH_LOG("from 0x%x to 0x%x", before, after);
		}
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(flags_of_opening_can_be_put_away)
{
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const long fd = open_flags(FIXTURE_DIR, "file", 0, flags);

		ASSERT_LE(0, fd);
		EXPECT_EQ(0, set_flags(fd, 0)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, flags_of(fd)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(flags_are_told_of_duplicates)
{
	const long other = dup_fd(FIXTURE_DIR);

	ASSERT_LE(0, other);
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const long fd = open_flags(FIXTURE_DIR, "file", 0, flags), dup = dup_fd(fd);

		ASSERT_LE(0, dup);
		EXPECT_EQ(flags, flags_of(dup)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, cloudabi_sys_fd_replace(fd, other));
		EXPECT_EQ(flags, flags_of(other)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, close_fd(dup));
		EXPECT_EQ(0, close_fd(fd));
		EXPECT_EQ(flags, flags_of(other)) TH_LOG("flags 0x%x", flags);
	}
	EXPECT_EQ(0, close_fd(other));
}

TEST(flags_put_on_one_duplicate_are_told_of_the_other)
{
	const long fd = make_file("put_dup", ""), dup = dup_fd(fd);

	ASSERT_LE(0, dup);
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		EXPECT_EQ(0, set_flags(fd, flags));
		EXPECT_EQ(flags, flags_of(dup)) TH_LOG("flags 0x%x", flags);
	}
	EXPECT_EQ(0, close_fd(dup));
	EXPECT_EQ(0, close_fd(fd));
}

/* Another open file of the same file has its own flags. */
TEST(flags_belong_to_the_open_file)
{
	const long one = open_path(FIXTURE_DIR, 0, "file", 4, 0, DSYNC, OTHERS | R(FD_SYNC), 0);
	const long other = open_flags(FIXTURE_DIR, "file", 0, RSYNC | SYNC);

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_flags(one, RSYNC));
	EXPECT_EQ(RSYNC | SYNC, flags_of(other));
	EXPECT_EQ(RSYNC, flags_of(one));
	EXPECT_EQ(0, close_fd(one));
	EXPECT_EQ(0, close_fd(other));
}

TEST(data_can_be_written_with_all_flags)
{
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const long fd = open_flags(FIXTURE_DIR, "data",
					   CLOUDABI_O_CREAT | CLOUDABI_O_TRUNC, flags);
		char buf[8];

		ASSERT_LE(0, fd);
		EXPECT_EQ(4, write_fd(fd, "data", 4)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(4, pread_fd(fd, buf, sizeof(buf), 0)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, memcmp(buf, "data", 4)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, close_fd(fd));
	}
}

/* Rights that the flags require */

static const cloudabi_rights_t sync_rights[] = {
	0, R(FD_DATASYNC), R(FD_SYNC), R(FD_DATASYNC) | R(FD_SYNC),
};

/* FD_SYNC allows all synchronous flags, FD_DATASYNC only DSYNC. */
static bool may_set(cloudabi_fdflags_t flags, cloudabi_rights_t rights)
{
	if (flags & (RSYNC | SYNC))
		return rights & R(FD_SYNC);
	if (flags & DSYNC)
		return rights & (R(FD_DATASYNC) | R(FD_SYNC));
	return true;
}

TEST(putting_flags_needs_rights)
{
	const long fd = make_file("put_rights", "");

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(sync_rights); i++) {
		const long limited = dup_limited(fd, R(FD_STAT_PUT_FLAGS) | sync_rights[i], 0);

		ASSERT_LE(0, limited);
		for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
			const bool may = may_set(flags, sync_rights[i]);

			EXPECT_EQ(may ? 0 : -CLOUDABI_ENOTCAPABLE, set_flags(limited, flags))
				TH_LOG("case %zu, flags 0x%x", i, flags);
			EXPECT_EQ(may ? flags : 0, flags_of(fd))
				TH_LOG("case %zu, flags 0x%x", i, flags);
			EXPECT_EQ(0, set_flags(fd, 0));
		}
		EXPECT_EQ(0, close_fd(limited));
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(putting_flags_needs_the_right_to_put_any)
{
	const long fd = dup_limited(FIXTURE_FILE, R(FD_DATASYNC) | R(FD_SYNC), 0);

	ASSERT_LE(0, fd);
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, flags)) TH_LOG("flags 0x%x", flags);
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* Clearing APPEND does need a right (see fd_test.c): without it, all flags stay. */
TEST(putting_flags_away_needs_no_right)
{
	const long fd = make_file("put_away", "");
	const long limited = dup_limited(fd, R(FD_STAT_PUT_FLAGS), 0);

	ASSERT_LE(0, limited);
	for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
		const cloudabi_fdflags_t append = flags & CLOUDABI_FDFLAG_APPEND;

		EXPECT_EQ(0, set_flags(fd, flags));
		EXPECT_EQ(append ? -CLOUDABI_ENOTCAPABLE : 0, set_flags(limited, 0))
			TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(append ? flags : 0, flags_of(fd)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(0, set_flags(limited, append)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(append, flags_of(fd)) TH_LOG("flags 0x%x", flags);
	}
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

/* The directory's rights decide; without them, nothing is created. */
TEST(opening_with_flags_needs_inheriting_rights)
{
	const cloudabi_rights_t base = R(FD_READ);

	for (size_t i = 0; i < ARRAY_SIZE(sync_rights); i++) {
		const long dir = dup_limited(FIXTURE_DIR, DIRECTORY_BASE, base | sync_rights[i]);

		ASSERT_LE(0, dir);
		for (cloudabi_fdflags_t flags = 0; flags < SETS; flags++) {
			const bool may = may_set(flags, sync_rights[i]);
			const long fd = open_path(dir, 0, "file", 4, 0, flags, base, 0);
			const long created = open_path(dir, 0, "inherits", 8, CLOUDABI_O_CREAT,
						       flags, base, 0);

			if (may) {
				EXPECT_EQ(flags, flags_of(fd)) TH_LOG("flags 0x%x", flags);
				/* The new descriptor need not request these rights. */
				EXPECT_EQ(base, base_of(fd));
				EXPECT_EQ(flags, flags_of(created)) TH_LOG("flags 0x%x", flags);
				EXPECT_EQ(0, close_fd(fd));
				EXPECT_EQ(0, close_fd(created));
				EXPECT_EQ(0, cloudabi_sys_file_unlink(FIXTURE_DIR, "inherits", 8,
								      0));
				continue;
			}
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, fd)
				TH_LOG("case %zu, flags 0x%x", i, flags);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, created)
				TH_LOG("case %zu, flags 0x%x", i, flags);
			EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "inherits", 0, base))
				TH_LOG("case %zu, flags 0x%x", i, flags);
		}
		EXPECT_EQ(0, close_fd(dir));
	}
}

TEST(base_rights_of_the_directory_do_not_allow_flags)
{
	const long dir = dup_limited(FIXTURE_DIR, DIRECTORY_BASE, R(FD_READ));

	ASSERT_LE(0, dir);
	EXPECT_EQ(R(FD_SYNC), base_of(dir) & R(FD_SYNC));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_path(dir, 0, "file", 4, 0, SYNC, R(FD_READ), 0));
	EXPECT_EQ(0, close_fd(dir));
}

TEST_HARNESS_MAIN
