// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_seek
 */

#include "common.h"

static char buf[64];

static const cloudabi_whence_t bad_whences[] = { 0, 4, 5, 8, 0x7f, 0x80, 0x81, 0xff };

TEST(seek_by_unknown_whence_is_einval)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_whences); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(FIXTURE_FILE, 0, bad_whences[i]))
			TH_LOG("whence %u", bad_whences[i]);
}

TEST(seek_by_unknown_whence_is_einval_on_anything)
{
	const long fd = dup_limited(FIXTURE_FILE, 0, 0);

	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(FIXTURE_NONE, 0, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(0xffffffff, 0, 4));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(FIXTURE_DIR, 0, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(FIXTURE_PIPE_READ, 0, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, 0, 0));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(seek_on_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		for (cloudabi_whence_t whence = 1; whence <= 3; whence++)
			EXPECT_EQ(-CLOUDABI_EBADF, seek_fd(bad_fds[i], 0, whence))
				TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(seek_on_a_stream_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE, FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_FIFO,
		FIXTURE_TTY, FIXTURE_DIR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, tell_fd(fds[i])) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fds[i], 1, CLOUDABI_WHENCE_SET))
			TH_LOG("fd %u", fds[i]);
	}
}

TEST(seek_goes_where_it_is_told)
{
	const long fd = make_file("seek", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(10, seek_fd(fd, 10, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(12, seek_fd(fd, 2, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(9, seek_fd(fd, -3, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(9, tell_fd(fd));
	EXPECT_EQ(16, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(15, seek_fd(fd, -1, CLOUDABI_WHENCE_END));
	EXPECT_EQ(1, read_fd(fd, buf, 10));
	EXPECT_EQ('f', buf[0]);
	EXPECT_EQ(116, seek_fd(fd, 100, CLOUDABI_WHENCE_END));
	EXPECT_EQ(0, read_fd(fd, buf, 10));
	EXPECT_EQ(0, seek_fd(fd, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(seek_before_the_start_is_einval)
{
	const long fd = make_file("seek_negative", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(3, seek_fd(fd, 3, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, -1, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, -4, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, -17, CLOUDABI_WHENCE_END));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, INT64_MIN, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, INT64_MIN, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(-CLOUDABI_EINVAL, seek_fd(fd, INT64_MIN, CLOUDABI_WHENCE_END));
	EXPECT_EQ(3, tell_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(seek_that_overflows_fails)
{
	const long fd = make_file("seek_overflow", FIXTURE_TEXT);
	long error;

	ASSERT_LE(0, fd);
	EXPECT_EQ(3, seek_fd(fd, 3, CLOUDABI_WHENCE_SET));
	error = seek_fd(fd, INT64_MAX, CLOUDABI_WHENCE_CUR);
	if (error != -CLOUDABI_EOVERFLOW)
		EXPECT_EQ(-CLOUDABI_EINVAL, error);
	error = seek_fd(fd, INT64_MAX, CLOUDABI_WHENCE_END);
	if (error != -CLOUDABI_EOVERFLOW)
		EXPECT_EQ(-CLOUDABI_EINVAL, error);
	EXPECT_EQ(3, tell_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(tell_is_enough_to_tell)
{
	const long fd = dup_limited(FIXTURE_FILE, R(FD_TELL), 0);

	ASSERT_LE(0, fd);
	EXPECT_LE(0, tell_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 1, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, -1, CLOUDABI_WHENCE_CUR));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(seek_is_enough_to_seek_and_to_tell)
{
	const long fd = make_file("seek_right", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, limit(fd, R(FD_SEEK), 0));
	EXPECT_EQ(4, seek_fd(fd, 4, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(4, tell_fd(fd));
	EXPECT_EQ(16, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(seek_without_either_right_is_enotcapable)
{
	const long fd = dup_without(FIXTURE_FILE, R(FD_SEEK) | R(FD_TELL));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, tell_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
