// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_replace
 */

#include "sockcalls.h"

static char buf[64];

static long replace(cloudabi_fd_t from, cloudabi_fd_t to)
{
	return -(long)cloudabi_sys_fd_replace(from, to);
}

TEST(replace_copies_the_file)
{
	const long from = make_file("copies", "contents"), to = dup_fd(FIXTURE_DIR);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(to).fs_filetype);
	EXPECT_EQ(8, pread_fd(to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "contents", 8));
	/* The original stays open. */
	EXPECT_EQ(8, pread_fd(from, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(8, pread_fd(to, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_copies_both_rights)
{
	const long from = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ) | R(FD_SEEK));
	const long to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(R(FILE_OPEN), base_of(to));
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), inheriting_of(to));
	EXPECT_EQ(R(FILE_OPEN), base_of(from));
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), inheriting_of(from));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_shares_the_offset)
{
	const long from = make_file("shares", FIXTURE_TEXT), to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(5, seek_fd(from, 5, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(5, tell_fd(to));
	EXPECT_EQ(1, read_fd(to, buf, 1));
	EXPECT_EQ(6, tell_fd(from));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_shares_the_flags)
{
	const long from = make_file("flags", ""), to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, set_flags(from, CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_DSYNC));
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_DSYNC, flags_of(to));
	EXPECT_EQ(0, set_flags(to, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(CLOUDABI_FDFLAG_NONBLOCK, flags_of(from));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(0, close_fd(to));
}

/* The two descriptors have different rights each time. */
TEST(rights_that_were_there_do_not_matter)
{
	const long less = dup_limited(FIXTURE_FILE, 0, 0), more = dup_fd(FIXTURE_FILE);
	const long write_only = dup_limited(FIXTURE_FILE, R(FD_WRITE) | R(FD_SEEK), 0);

	ASSERT_LE(0, less);
	ASSERT_LE(0, more);
	ASSERT_LE(0, write_only);
	EXPECT_EQ(0, replace(FIXTURE_FILE, less));
	EXPECT_EQ(REGULAR_BASE, base_of(less));
	EXPECT_EQ(1, pread_fd(less, buf, 1, 0));
	EXPECT_EQ(0, replace(write_only, more));
	EXPECT_EQ(R(FD_WRITE) | R(FD_SEEK), base_of(more));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(more, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(more, REGULAR_BASE, 0));
	EXPECT_EQ(0, close_fd(less));
	EXPECT_EQ(0, close_fd(more));
	EXPECT_EQ(0, close_fd(write_only));
}

TEST(replace_needs_no_right)
{
	const long from = dup_limited(FIXTURE_FILE, 0, 0), to = dup_limited(FIXTURE_DIR, 0, 0);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(to).fs_filetype);
	EXPECT_EQ(0, base_of(to));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(0, close_fd(to));
}

/* The call replaces one descriptor; duplicates and the old file stay. */
TEST(replace_leaves_duplicates_alone)
{
	const long to = make_file("left_alone", FIXTURE_TEXT), other = dup_fd(to);

	ASSERT_LE(0, to);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, replace(FIXTURE_DIR, to));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat_of(to).fs_filetype);
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(other).fs_filetype);
	EXPECT_EQ(REGULAR_BASE, base_of(other));
	EXPECT_EQ(16, pread_fd(other, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(to));
	EXPECT_EQ(0, close_fd(other));
}

TEST(limit_of_the_copy_leaves_the_original_alone)
{
	const long from = dup_fd(FIXTURE_FILE), to = dup_fd(FIXTURE_DIR);

	ASSERT_LE(0, from);
	ASSERT_LE(0, to);
	EXPECT_EQ(0, replace(from, to));
	EXPECT_EQ(0, limit(to, R(FD_SEEK), 0));
	EXPECT_EQ(REGULAR_BASE, base_of(from));
	EXPECT_EQ(0, limit(from, R(FD_TELL), 0));
	EXPECT_EQ(R(FD_SEEK), base_of(to));
	EXPECT_EQ(0, close_fd(from));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_by_no_descriptor_is_ebadf)
{
	const long to = dup_limited(FIXTURE_FILE, R(FD_READ) | R(FD_SEEK), 0);

	ASSERT_LE(0, to);
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, replace(bad_fds[i], to)) TH_LOG("fd 0x%x", bad_fds[i]);
	/* The replaced descriptor is unchanged. */
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), base_of(to));
	EXPECT_EQ(1, pread_fd(to, buf, 1, 0));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_of_no_descriptor_is_ebadf_and_opens_none)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, replace(FIXTURE_FILE, bad_fds[i]))
			TH_LOG("fd 0x%x", bad_fds[i]);
		EXPECT_FALSE(is_open(bad_fds[i])) TH_LOG("fd 0x%x", bad_fds[i]);
	}
}

TEST(replace_of_none_by_none_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, replace(bad_fds[i], bad_fds[i]))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(closed_number_is_not_opened)
{
	const long to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, to);
	EXPECT_EQ(0, close_fd(to));
	EXPECT_EQ(-CLOUDABI_EBADF, replace(FIXTURE_FILE, to));
	EXPECT_FALSE(is_open(to));
	/* The number was not reserved: the next descriptor gets it. */
	EXPECT_EQ(to, dup_fd(FIXTURE_FILE));
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_by_itself_changes_nothing)
{
	const long fd = dup_limited(FIXTURE_FILE, R(FD_READ) | R(FD_SEEK), 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, replace(fd, fd));
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(1, pread_fd(fd, buf, 1, 0));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(-CLOUDABI_EBADF, replace(fd, fd));
}

/* The old reference to the socket is dropped, but the socket stays open. */
TEST(replace_by_itself_does_not_close)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, replace(fds[0], fds[0]));
	EXPECT_EQ(1, write_fd(fds[0], "a", 1));
	EXPECT_EQ(1, read_fd(fds[1], buf, 1));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
}

/* Both descriptors share the file, which must not be closed. */
TEST(replace_by_a_duplicate_keeps_the_file)
{
	cloudabi_fd_t fds[2];
	long other;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	other = dup_limited(fds[0], R(FD_WRITE), 0);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, replace(other, fds[0]));
	EXPECT_EQ(R(FD_WRITE), base_of(fds[0]));
	EXPECT_EQ(1, write_fd(fds[0], "a", 1));
	EXPECT_EQ(1, read_fd(fds[1], buf, 1));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, read_fd(fds[1], buf, 1));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST(replace_closes_what_was_there)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, write_fd(fds[0], "bye", 3));
	EXPECT_EQ(0, replace(FIXTURE_FILE, fds[0]));
	EXPECT_EQ(3, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(0, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(fds[1], "x", 1));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST(replace_closes_only_the_last_reference)
{
	cloudabi_fd_t fds[2];
	long other;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	other = dup_fd(fds[0]);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, replace(FIXTURE_FILE, fds[0]));
	EXPECT_EQ(1, write_fd(fds[1], "x", 1));
	EXPECT_EQ(1, read_fd(other, buf, 1));
	EXPECT_EQ(0, replace(FIXTURE_FILE, other));
	EXPECT_EQ(0, read_fd(fds[1], buf, 1));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
}

/* A C library would return the new number; the call returns no error: 0. */
TEST(replace_returns_zero_in_the_result_register)
{
	const long to = dup_fd(FIXTURE_FILE);
	unsigned long rax = CLOUDABI_NR_fd_replace, rdx = 0x1234567890;
	bool failed;

	ASSERT_LE(0, to);
	__asm__ volatile("stc\n\tsyscall"
			 : "+a"(rax), "+d"(rdx), "=@ccc"(failed)
			 : "D"((long)FIXTURE_DIR), "S"(to)
			 : "rcx", "r11", "memory");
	EXPECT_FALSE(failed);
	EXPECT_EQ(0, rax);
	EXPECT_EQ(0x1234567890, rdx);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat_of(to).fs_filetype);
	EXPECT_EQ(0, close_fd(to));
}

/* The upper halves of the registers are ignored. */
TEST(replace_takes_numbers_of_32_bits)
{
	const long to = dup_fd(FIXTURE_FILE);
	unsigned long rax = CLOUDABI_NR_fd_replace;
	bool failed;

	ASSERT_LE(0, to);
	__asm__ volatile("syscall"
			 : "+a"(rax), "=@ccc"(failed)
			 : "D"(0xdeadbeef00000000UL | FIXTURE_DIR), "S"(0xffffffff00000000UL | to)
			 : "rcx", "r11", "memory");
	EXPECT_FALSE(failed);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat_of(to).fs_filetype);
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_by_and_of_every_type)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_DIR, FIXTURE_PIPE_READ, FIXTURE_FILE, FIXTURE_FILE_PATH, FIXTURE_DIR_PATH,
		FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_SEQPACKET, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_EPOLL, FIXTURE_EVENT, FIXTURE_PID, FIXTURE_IO_URING, FIXTURE_MEMFD,
		FIXTURE_FIFO, FIXTURE_PROC, FIXTURE_FAR,
	};
	const long to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, to);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		const cloudabi_fdstat_t stat = stat_of(fds[i]);

		EXPECT_EQ(0, replace(fds[i], to)) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(stat.fs_filetype, stat_of(to).fs_filetype) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(stat.fs_rights_base, base_of(to)) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(stat.fs_rights_inheriting, inheriting_of(to)) TH_LOG("fd %u", fds[i]);
	}
	EXPECT_EQ(0, close_fd(to));
}

TEST(replace_of_a_number_far_away)
{
	const cloudabi_fdstat_t far = stat_of(FIXTURE_FAR);
	const long keep = dup_fd(FIXTURE_FAR);

	ASSERT_LE(0, keep);
	EXPECT_EQ(0, replace(FIXTURE_DIR, FIXTURE_FAR));
	EXPECT_EQ(DIRECTORY_BASE, base_of(FIXTURE_FAR));
	EXPECT_EQ(0, replace(keep, FIXTURE_FAR));
	EXPECT_EQ(far.fs_rights_base, base_of(FIXTURE_FAR));
	EXPECT_EQ(0, close_fd(keep));
}

/* The call needs no free number, not even at the limit. */
TEST(replace_at_the_limit_succeeds)
{
	static cloudabi_fd_t fds[1024];
	size_t count = 0;

	while (count < ARRAY_SIZE(fds) && !cloudabi_sys_fd_dup(FIXTURE_FILE, &fds[count]))
		count++;
	ASSERT_LT(1, count);
	EXPECT_EQ(-CLOUDABI_EMFILE, dup_fd(FIXTURE_FILE));
	EXPECT_EQ(0, replace(FIXTURE_DIR, fds[0]));
	EXPECT_EQ(0, replace(FIXTURE_DIR, fds[count - 1]));
	EXPECT_EQ(DIRECTORY_BASE, base_of(fds[0]));
	EXPECT_EQ(DIRECTORY_BASE, base_of(fds[count - 1]));
	while (count--)
		EXPECT_EQ(0, close_fd(fds[count]));
}

TEST(replace_again_and_again)
{
	const long to = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, to);
	for (int i = 0; i < 3000; i++) {
		ASSERT_EQ(0, replace(i % 2 ? FIXTURE_FILE : FIXTURE_DIR, to));
		ASSERT_EQ(i % 2 ? REGULAR_BASE : DIRECTORY_BASE, base_of(to));
	}
	EXPECT_EQ(0, close_fd(to));
}

TEST_HARNESS_MAIN
