// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_advise and file_allocate
 */

#include "filecalls.h"

static char buf[8192];

static cloudabi_filesize_t size_of(cloudabi_fd_t fd)
{
	cloudabi_filestat_t stat = { 0 };

	stat_fd(fd, &stat);
	return stat.st_size;
}

/* file_advise */

TEST(advice_of_any_kind_is_taken)
{
	for (int advice = CLOUDABI_ADVICE_DONTNEED; advice <= CLOUDABI_ADVICE_WILLNEED; advice++) {
		EXPECT_EQ(0, advise_fd(FIXTURE_FILE, 0, 0, advice)) TH_LOG("advice %d", advice);
		EXPECT_EQ(0, advise_fd(FIXTURE_FILE, 4, 8, advice)) TH_LOG("advice %d", advice);
		/* Also past the end of the file. */
		EXPECT_EQ(0, advise_fd(FIXTURE_FILE, 1 << 20, 1 << 20, advice))
			TH_LOG("advice %d", advice);
	}
}

TEST(advice_changes_nothing)
{
	const long fd = make_file("advised", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	for (int advice = CLOUDABI_ADVICE_DONTNEED; advice <= CLOUDABI_ADVICE_WILLNEED; advice++) {
		EXPECT_EQ(0, advise_fd(fd, 0, 0, advice));
		EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(fd, buf, sizeof(buf), 0));
		EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	}
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "advised", 0));
}

/* The call checks the advice before the descriptor. */
TEST(unknown_advice_is_einval)
{
	for (int advice = 0; advice < 256; advice++) {
		if (advice >= CLOUDABI_ADVICE_DONTNEED && advice <= CLOUDABI_ADVICE_WILLNEED)
			continue;
		EXPECT_EQ(-CLOUDABI_EINVAL, advise_fd(FIXTURE_FILE, 0, 0, advice))
			TH_LOG("advice %d", advice);
		EXPECT_EQ(-CLOUDABI_EINVAL, advise_fd(FIXTURE_NONE, 0, 0, advice))
			TH_LOG("advice %d", advice);
		EXPECT_EQ(-CLOUDABI_EINVAL, advise_fd(FIXTURE_STREAM, 0, 0, advice))
			TH_LOG("advice %d", advice);
	}
}

TEST(advice_for_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, advise_fd(bad_fds[i], 0, 0, CLOUDABI_ADVICE_NORMAL))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(advice_needs_its_right_and_no_other)
{
	const long only = dup_limited(FIXTURE_FILE, R(FILE_ADVISE), 0);
	const long without = dup_without(FIXTURE_FILE, R(FILE_ADVISE));

	ASSERT_LE(0, only);
	ASSERT_LE(0, without);
	EXPECT_EQ(0, advise_fd(only, 0, 0, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, advise_fd(without, 0, 0, CLOUDABI_ADVICE_NORMAL));
	/* The call checks the right before the range. */
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, advise_fd(without, UINT64_MAX, 0, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(0, close_fd(without));
	EXPECT_EQ(0, close_fd(only));
}

TEST(advice_out_of_range_is_einval)
{
	static const struct {
		cloudabi_filesize_t offset, len;
	} ranges[] = {
		{ 1ULL << 63, 0 }, { 1ULL << 63, 1 }, { UINT64_MAX, 0 }, { UINT64_MAX, 1 },
		{ UINT64_MAX, UINT64_MAX }, { 0, 1ULL << 63 }, { 0, UINT64_MAX }, { 1, INT64_MAX },
		{ INT64_MAX, 1 }, { INT64_MAX, INT64_MAX }, { 2, UINT64_MAX - 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL, advise_fd(FIXTURE_FILE, ranges[i].offset, ranges[i].len,
						      CLOUDABI_ADVICE_NORMAL))
			TH_LOG("case %zu", i);
}

TEST(advice_up_to_the_end_of_the_range)
{
	EXPECT_EQ(0, advise_fd(FIXTURE_FILE, 0, INT64_MAX, CLOUDABI_ADVICE_WILLNEED));
	EXPECT_EQ(0, advise_fd(FIXTURE_FILE, INT64_MAX, 0, CLOUDABI_ADVICE_WILLNEED));
	EXPECT_EQ(0, advise_fd(FIXTURE_FILE, INT64_MAX - 1, 1, CLOUDABI_ADVICE_DONTNEED));
}

TEST(advice_for_other_types)
{
	static const cloudabi_fd_t without[] = {
		FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE, FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_TTY,
		FIXTURE_FIFO, FIXTURE_EPOLL, FIXTURE_FILE_PATH, FIXTURE_DIR_PATH,
	};

	EXPECT_EQ(0, advise_fd(FIXTURE_DIR, 0, 0, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(0, advise_fd(FIXTURE_FILE_RDONLY, 0, 0, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(0, advise_fd(FIXTURE_FILE_WRONLY, 0, 0, CLOUDABI_ADVICE_NORMAL));
	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  advise_fd(without[i], 0, 0, CLOUDABI_ADVICE_NORMAL))
			TH_LOG("fd %u", without[i]);
}

/* file_allocate */

TEST(allocation_extends_with_zeroes)
{
	const long fd = make_file("allocated", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, allocate_fd(fd, 10, 12));
	EXPECT_EQ(22, size_of(fd));
	EXPECT_EQ(0, allocate_fd(fd, 100, 5000));
	EXPECT_EQ(5100, size_of(fd));
	EXPECT_EQ(5100, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	for (size_t i = FIXTURE_TEXT_LEN; i < 5100; i++)
		ASSERT_EQ(0, buf[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "allocated", 0));
}

TEST(allocation_never_shrinks)
{
	const long fd = make_file("allocated", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, allocate_fd(fd, 0, 1));
	EXPECT_EQ(0, allocate_fd(fd, 4, 4));
	EXPECT_EQ(0, allocate_fd(fd, 0, FIXTURE_TEXT_LEN));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_of(fd));
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	EXPECT_EQ(0, tell_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "allocated", 0));
}

TEST(allocation_for_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, allocate_fd(bad_fds[i], 0, 1))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(allocation_needs_its_right_and_no_other)
{
	const long fd = make_file("allocated", FIXTURE_TEXT);
	const long only = dup_limited(fd, R(FILE_ALLOCATE), 0);
	const long without = dup_without(fd, R(FILE_ALLOCATE));

	ASSERT_LE(0, only);
	ASSERT_LE(0, without);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, allocate_fd(without, 0, 100));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, allocate_fd(without, 0, 0));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_of(fd));
	EXPECT_EQ(0, allocate_fd(only, 0, 100));
	EXPECT_EQ(100, size_of(fd));
	EXPECT_EQ(0, close_fd(without));
	EXPECT_EQ(0, close_fd(only));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "allocated", 0));
}

TEST(allocation_out_of_range)
{
	static const struct {
		cloudabi_filesize_t offset, len;
		long error;
	} ranges[] = {
		{ 0, 0, CLOUDABI_EINVAL }, { 10, 0, CLOUDABI_EINVAL },
		{ INT64_MAX, 0, CLOUDABI_EINVAL }, { 0, 1ULL << 63, CLOUDABI_EINVAL },
		{ 0, UINT64_MAX, CLOUDABI_EINVAL }, { 2, UINT64_MAX - 1, CLOUDABI_EINVAL },
		{ 1ULL << 63, 1, CLOUDABI_EINVAL }, { UINT64_MAX, 1, CLOUDABI_EINVAL },
		{ UINT64_MAX, UINT64_MAX, CLOUDABI_EINVAL }, { 1, INT64_MAX, CLOUDABI_EFBIG },
		{ INT64_MAX, 1, CLOUDABI_EFBIG }, { INT64_MAX, INT64_MAX, CLOUDABI_EFBIG },
		{ 1ULL << 62, 1ULL << 62, CLOUDABI_EFBIG },
	};
	const long fd = make_file("allocated", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		EXPECT_EQ(-ranges[i].error, allocate_fd(fd, ranges[i].offset, ranges[i].len))
			TH_LOG("case %zu", i);
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "allocated", 0));
}

/* The kernel must not send SIGXFSZ, which would kill the program. */
TEST(allocation_above_the_limit_is_efbig)
{
	const long fd = make_file("allocated", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_EFBIG, allocate_fd(fd, FIXTURE_FSIZE, 1));
	EXPECT_EQ(-CLOUDABI_EFBIG, allocate_fd(fd, FIXTURE_FSIZE - 1, 2));
	EXPECT_EQ(-CLOUDABI_EFBIG, allocate_fd(fd, 0, FIXTURE_FSIZE + 1));
	EXPECT_EQ(-CLOUDABI_EFBIG, allocate_fd(fd, 0, INT64_MAX));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_of(fd));
	EXPECT_EQ(0, allocate_fd(fd, FIXTURE_FSIZE - 1, 1));
	EXPECT_EQ(FIXTURE_FSIZE, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "allocated", 0));
}

TEST(allocation_without_space_is_enospc)
{
	const long fd = make_file("mount/allocated", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOSPC, allocate_fd(fd, 0, 2 * FIXTURE_MOUNT_SIZE));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_of(fd));
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, allocate_fd(fd, 0, FIXTURE_MOUNT_SIZE / 2));
	EXPECT_EQ(FIXTURE_MOUNT_SIZE / 2, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "mount/allocated", 0));
}

/*
 * Only files that can be allocated have the right, and only if they are open for
 * writing.
 */
TEST(allocation_without_the_right_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_FILE_RDONLY, FIXTURE_FILE_PATH, FIXTURE_DIR, FIXTURE_DIR_PATH,
		FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_PIPE_WRITE, FIXTURE_FIFO, FIXTURE_TTY,
		FIXTURE_NULL_DEVICE, FIXTURE_ZERO_DEVICE, FIXTURE_EPOLL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, allocate_fd(fds[i], 0, 1)) TH_LOG("fd %u", fds[i]);
}

TEST_HARNESS_MAIN
