// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_read, fd_write, fd_pread and fd_pwrite
 */

#include "common.h"

static char buf[8192];

/* A row for each of the four transfer calls. */
struct transfer {
	const char *name;
	cloudabi_errno_t (*call)(cloudabi_fd_t fd, const void *iovs, cloudabi_size_t len,
				 cloudabi_filesize_t offset, cloudabi_size_t *done);
	cloudabi_rights_t rights;
	bool writes, positioned;
};

static cloudabi_errno_t do_read(cloudabi_fd_t fd, const void *iovs, cloudabi_size_t len,
				cloudabi_filesize_t offset, cloudabi_size_t *done)
{
	return cloudabi_sys_fd_read(fd, iovs, len, done);
}

static cloudabi_errno_t do_write(cloudabi_fd_t fd, const void *iovs, cloudabi_size_t len,
				 cloudabi_filesize_t offset, cloudabi_size_t *done)
{
	return cloudabi_sys_fd_write(fd, iovs, len, done);
}

static cloudabi_errno_t do_pread(cloudabi_fd_t fd, const void *iovs, cloudabi_size_t len,
				 cloudabi_filesize_t offset, cloudabi_size_t *done)
{
	return cloudabi_sys_fd_pread(fd, iovs, len, offset, done);
}

static cloudabi_errno_t do_pwrite(cloudabi_fd_t fd, const void *iovs, cloudabi_size_t len,
				  cloudabi_filesize_t offset, cloudabi_size_t *done)
{
	return cloudabi_sys_fd_pwrite(fd, iovs, len, offset, done);
}

static const struct transfer transfers[] = {
	{ "fd_read", do_read, R(FD_READ), false, false },
	{ "fd_write", do_write, R(FD_WRITE), true, false },
	{ "fd_pread", do_pread, R(FD_READ) | R(FD_SEEK), false, true },
	{ "fd_pwrite", do_pwrite, R(FD_WRITE) | R(FD_SEEK), true, true },
};

#define FOR_EACH_TRANSFER(t) \
	for (const struct transfer *t = transfers; t < transfers + ARRAY_SIZE(transfers); t++)

/* Transfers one buffer at offset 0. */
static long transfer(const struct transfer *t, cloudabi_fd_t fd, void *data, size_t len)
{
	const cloudabi_iovec_t iov = { .buf = data, .buf_len = len };
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = t->call(fd, &iov, 1, 0, &done);

	return RESULT(error, done);
}

/* Descriptors */

TEST(transfer_on_no_descriptor_is_ebadf)
{
	FOR_EACH_TRANSFER(t)
		for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
			EXPECT_EQ(-CLOUDABI_EBADF, transfer(t, bad_fds[i], buf, 1))
				TH_LOG("%s of 0x%x", t->name, bad_fds[i]);
}

TEST(transfer_without_one_of_its_rights_is_enotcapable)
{
	FOR_EACH_TRANSFER(t) {
		for (int bit = 0; bit < 64; bit++) {
			const cloudabi_rights_t right = 1ULL << bit;
			long fd;

			if (!(t->rights & right))
				continue;
			fd = dup_without(FIXTURE_FILE, right);
			ASSERT_LE(0, fd);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, fd, buf, 1))
				TH_LOG("%s without bit %d", t->name, bit);
			EXPECT_EQ(0, close_fd(fd));
		}
	}
}

TEST(transfer_needs_no_other_right)
{
	FOR_EACH_TRANSFER(t) {
		const long fd = make_file(t->name, FIXTURE_TEXT);

		ASSERT_LE(0, fd);
		EXPECT_EQ(0, limit(fd, t->rights, 0));
		EXPECT_EQ(1, transfer(t, fd, buf, 1)) TH_LOG("%s", t->name);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(transfer_on_a_directory_is_enotcapable)
{
	FOR_EACH_TRANSFER(t) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_DIR, buf, 1))
			TH_LOG("%s", t->name);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_DIR_PATH, buf, 1))
			TH_LOG("%s", t->name);
	}
}

TEST(transfer_on_a_path_only_descriptor_is_enotcapable)
{
	FOR_EACH_TRANSFER(t)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_FILE_PATH, buf, 1))
			TH_LOG("%s", t->name);
}

TEST(transfer_against_the_open_mode_is_enotcapable)
{
	FOR_EACH_TRANSFER(t) {
		const cloudabi_fd_t fd = t->writes ? FIXTURE_FILE_RDONLY : FIXTURE_FILE_WRONLY;

		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, fd, buf, 1)) TH_LOG("%s", t->name);
	}
}

TEST(transfer_on_objects_of_unknown_type_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_EPOLL, FIXTURE_EVENT, FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_PID,
		FIXTURE_IO_URING, FIXTURE_BPF, FIXTURE_PERF, FIXTURE_NETLINK, FIXTURE_SEQPACKET,
	};

	FOR_EACH_TRANSFER(t)
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, fds[i], buf, 8))
				TH_LOG("%s of %u", t->name, fds[i]);
}

/* Sockets and pipes cannot have FD_SEEK. */
TEST(positioned_transfer_on_a_stream_is_enotcapable)
{
	FOR_EACH_TRANSFER(t) {
		if (!t->positioned)
			continue;
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_STREAM, buf, 1));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_DGRAM, buf, 1));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_FIFO, buf, 1));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  transfer(t, t->writes ? FIXTURE_PIPE_WRITE : FIXTURE_PIPE_READ, buf, 1));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, transfer(t, FIXTURE_TTY, buf, 1));
	}
}

/* Vectors */

TEST(empty_vector_transfers_nothing)
{
	FOR_EACH_TRANSFER(t) {
		cloudabi_size_t done = 7;

		EXPECT_EQ(0, t->call(FIXTURE_FILE, NULL, 0, 0, &done)) TH_LOG("%s", t->name);
		EXPECT_EQ(0, done) TH_LOG("%s", t->name);
	}
}

TEST(empty_vector_does_not_excuse_descriptor_or_rights)
{
	FOR_EACH_TRANSFER(t) {
		const long fd = dup_limited(FIXTURE_FILE, 0, 0);
		cloudabi_size_t done;

		ASSERT_LE(0, fd);
		EXPECT_EQ(CLOUDABI_EBADF, t->call(FIXTURE_NONE, NULL, 0, 0, &done))
			TH_LOG("%s", t->name);
		EXPECT_EQ(CLOUDABI_ENOTCAPABLE, t->call(fd, NULL, 0, 0, &done))
			TH_LOG("%s", t->name);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(vector_of_1024_is_allowed)
{
	static cloudabi_iovec_t iovs[1024];

	for (size_t i = 0; i < ARRAY_SIZE(iovs); i++)
		iovs[i] = (cloudabi_iovec_t){ .buf = buf + i, .buf_len = 1 };
	FOR_EACH_TRANSFER(t) {
		const long fd = make_file(t->writes ? t->positioned ? "v1" : "v2" :
					  t->positioned ? "v3" : "v4", "");
		cloudabi_size_t done = 0;

		ASSERT_LE(0, fd);
		memset(buf, 'x', 1024);
		ASSERT_EQ(1024, pwrite_fd(fd, buf, 1024, 0));
		EXPECT_EQ(0, t->call(fd, iovs, 1024, 0, &done)) TH_LOG("%s", t->name);
		EXPECT_EQ(1024, done) TH_LOG("%s", t->name);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(vector_of_1025_is_einval)
{
	static cloudabi_iovec_t iovs[1025];
	static const cloudabi_size_t lens[] = {
		1025, 1026, 65536, 1UL << 31, 1UL << 32, (1UL << 32) + 1, 1UL << 60, 1UL << 63,
		SIZE_MAX,
	};

	FOR_EACH_TRANSFER(t) {
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
			cloudabi_size_t done;

			EXPECT_EQ(CLOUDABI_EINVAL, t->call(FIXTURE_FILE, iovs, lens[i], 0, &done))
				TH_LOG("%s of 0x%lx", t->name, (long)lens[i]);
		}
	}
}

TEST(vector_in_bad_memory_is_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	FOR_EACH_TRANSFER(t) {
		cloudabi_iovec_t *const last = (void *)(end - sizeof(*last));
		cloudabi_size_t done;

		EXPECT_EQ(CLOUDABI_EFAULT, t->call(FIXTURE_FILE, NULL, 1, 0, &done))
			TH_LOG("%s", t->name);
		EXPECT_EQ(CLOUDABI_EFAULT, t->call(FIXTURE_FILE, BAD_POINTER, 1, 0, &done))
			TH_LOG("%s", t->name);
		EXPECT_EQ(CLOUDABI_EFAULT, t->call(FIXTURE_FILE, KERNEL_POINTER, 1, 0, &done))
			TH_LOG("%s", t->name);
		*last = (cloudabi_iovec_t){ .buf = buf, .buf_len = 0 };
		EXPECT_EQ(0, t->call(FIXTURE_FILE, last, 1, 0, &done)) TH_LOG("%s", t->name);
		EXPECT_EQ(CLOUDABI_EFAULT, t->call(FIXTURE_FILE, last, 2, 0, &done))
			TH_LOG("%s", t->name);
		EXPECT_EQ(CLOUDABI_EFAULT, t->call(FIXTURE_FILE, end - 8, 1, 0, &done))
			TH_LOG("%s", t->name);
	}
	unmap_edge(end);
}

TEST(bad_buffer_is_efault)
{
	FOR_EACH_TRANSFER(t) {
		const long fd = make_file(t->writes ? t->positioned ? "b1" : "b2" :
					  t->positioned ? "b3" : "b4", FIXTURE_TEXT);

		ASSERT_LE(0, fd);
		EXPECT_EQ(-CLOUDABI_EFAULT, transfer(t, fd, NULL, 1)) TH_LOG("%s", t->name);
		EXPECT_EQ(-CLOUDABI_EFAULT, transfer(t, fd, BAD_POINTER, 1)) TH_LOG("%s", t->name);
		EXPECT_EQ(-CLOUDABI_EFAULT, transfer(t, fd, KERNEL_POINTER, 1))
			TH_LOG("%s", t->name);
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(buffer_that_ends_gives_what_fits_or_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	FOR_EACH_TRANSFER(t) {
		const long fd = make_file(t->writes ? t->positioned ? "e1" : "e2" :
					  t->positioned ? "e3" : "e4", FIXTURE_TEXT);
		long done;

		ASSERT_LE(0, fd);
		done = transfer(t, fd, end - 4, 8);
		if (done != 4)
			EXPECT_EQ(-CLOUDABI_EFAULT, done) TH_LOG("%s", t->name);
		EXPECT_EQ(0, close_fd(fd));
	}
	unmap_edge(end);
}

TEST(length_of_one_buffer_above_the_maximum_is_einval)
{
	FOR_EACH_TRANSFER(t) {
		EXPECT_EQ(-CLOUDABI_EINVAL, transfer(t, FIXTURE_FILE, buf, 1UL << 63))
			TH_LOG("%s", t->name);
		EXPECT_EQ(-CLOUDABI_EINVAL, transfer(t, FIXTURE_FILE, buf, SIZE_MAX))
			TH_LOG("%s", t->name);
	}
}

TEST(sum_of_lengths_above_the_maximum_is_einval)
{
	const cloudabi_iovec_t iovs[2] = {
		{ .buf = buf, .buf_len = INT64_MAX },
		{ .buf = buf, .buf_len = 1 },
	};

	FOR_EACH_TRANSFER(t) {
		cloudabi_size_t done;

		EXPECT_EQ(CLOUDABI_EINVAL, t->call(FIXTURE_FILE, iovs, 2, 0, &done))
			TH_LOG("%s", t->name);
	}
}

TEST(read_scatters)
{
	cloudabi_iovec_t iovs[3] = {
		{ .buf = buf, .buf_len = 3 },
		{ .buf = NULL, .buf_len = 0 },
		{ .buf = buf + 10, .buf_len = 100 },
	};
	cloudabi_size_t done = 0;

	memset(buf, '-', sizeof(buf));
	EXPECT_EQ(0, cloudabi_sys_fd_pread(FIXTURE_FILE_RDONLY, iovs, 3, 1, &done));
	EXPECT_EQ(15, done);
	EXPECT_EQ(0, memcmp(buf, "123-------456789abcdef-", 23));
}

TEST(write_gathers)
{
	const cloudabi_ciovec_t iovs[3] = {
		{ .buf = "one", .buf_len = 3 },
		{ .buf = NULL, .buf_len = 0 },
		{ .buf = "three", .buf_len = 5 },
	};
	const long fd = make_file("gather", "");
	cloudabi_size_t done = 0;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_fd_write(fd, iovs, 3, &done));
	EXPECT_EQ(8, done);
	EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "onethree", 8));
	EXPECT_EQ(0, close_fd(fd));
}

/* Positions */

TEST(read_moves_on)
{
	const long fd = make_file("moves", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, tell_fd(fd));
	EXPECT_EQ(4, read_fd(fd, buf, 4));
	EXPECT_EQ(0, memcmp(buf, "0123", 4));
	EXPECT_EQ(4, tell_fd(fd));
	EXPECT_EQ(4, read_fd(fd, buf, 4));
	EXPECT_EQ(0, memcmp(buf, "4567", 4));
	EXPECT_EQ(8, read_fd(fd, buf, 100));
	EXPECT_EQ(0, read_fd(fd, buf, 100));
	EXPECT_EQ(16, tell_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(write_moves_on_and_grows_the_file)
{
	const long fd = make_file("grows", "");

	ASSERT_LE(0, fd);
	EXPECT_EQ(3, write_fd(fd, "abc", 3));
	EXPECT_EQ(3, tell_fd(fd));
	EXPECT_EQ(3, write_fd(fd, "def", 3));
	EXPECT_EQ(6, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(6, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "abcdef", 6));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(positioned_transfers_leave_the_position)
{
	const long fd = make_file("position", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(7, seek_fd(fd, 7, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(4, pread_fd(fd, buf, 4, 2));
	EXPECT_EQ(0, memcmp(buf, "2345", 4));
	EXPECT_EQ(7, tell_fd(fd));
	EXPECT_EQ(2, pwrite_fd(fd, "XY", 2, 3));
	EXPECT_EQ(7, tell_fd(fd));
	EXPECT_EQ(16, pread_fd(fd, buf, 100, 0));
	EXPECT_EQ(0, memcmp(buf, "012XY56789abcdef", 16));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(pread_behind_the_end_reads_nothing)
{
	EXPECT_EQ(0, pread_fd(FIXTURE_FILE_RDONLY, buf, 10, 16));
	EXPECT_EQ(0, pread_fd(FIXTURE_FILE_RDONLY, buf, 10, 1000000));
	EXPECT_EQ(1, pread_fd(FIXTURE_FILE_RDONLY, buf, 10, 15));
}

TEST(pwrite_behind_the_end_fills_with_zeros)
{
	const long fd = make_file("hole", "");

	ASSERT_LE(0, fd);
	memset(buf, 'x', 10);
	EXPECT_EQ(1, pwrite_fd(fd, "!", 1, 5));
	EXPECT_EQ(6, pread_fd(fd, buf, 10, 0));
	EXPECT_EQ(0, memcmp(buf, "\0\0\0\0\0!", 6));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(offset_from_2_to_the_63_on_is_einval)
{
	static const cloudabi_filesize_t offsets[] = {
		1ULL << 63, (1ULL << 63) + 1, UINT64_MAX - 1, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, pread_fd(FIXTURE_FILE, buf, 1, offsets[i]));
		EXPECT_EQ(-CLOUDABI_EINVAL, pwrite_fd(FIXTURE_FILE, buf, 1, offsets[i]));
	}
}

TEST(greatest_offset_reads_nothing)
{
	EXPECT_EQ(0, pread_fd(FIXTURE_FILE, buf, 1, INT64_MAX - 1));
}

TEST(end_from_2_to_the_63_on_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, pread_fd(FIXTURE_FILE, buf, 1, INT64_MAX));
	EXPECT_EQ(-CLOUDABI_EINVAL, pwrite_fd(FIXTURE_FILE, buf, 1, INT64_MAX));
	EXPECT_EQ(-CLOUDABI_EINVAL, pwrite_fd(FIXTURE_FILE, buf, 1000, INT64_MAX - 500));
}

TEST(unaligned_pages_are_transferred_whole)
{
	const long fd = make_file("pages", "");
	static char data[sizeof(buf)];

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_random_get(data, sizeof(data)));
	EXPECT_EQ((long)sizeof(data), pwrite_fd(fd, data, sizeof(data), 4001));
	EXPECT_EQ((long)sizeof(buf), pread_fd(fd, buf, sizeof(buf), 4001));
	EXPECT_EQ(0, memcmp(data, buf, sizeof(buf)));
	EXPECT_EQ(0, close_fd(fd));
}

/* APPEND */

TEST(append_writes_at_the_end)
{
	const long fd = make_file("append", "start"), other = dup_fd(fd);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(1, seek_fd(fd, 1, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(3, write_fd(fd, "+me", 3));
	/* The position is the end of the data afterwards. */
	EXPECT_EQ(8, tell_fd(fd));
	EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "start+me", 8));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(append_does_not_move_pwrite)
{
	const long fd = make_file("append_pwrite", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(2, pwrite_fd(fd, "XY", 2, 4));
	EXPECT_EQ(16, pread_fd(fd, buf, 100, 0));
	EXPECT_EQ(0, memcmp(buf, "0123XY6789abcdef", 16));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(append_does_not_move_reads)
{
	const long fd = make_file("append_read", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(2, read_fd(fd, buf, 2));
	EXPECT_EQ(0, memcmp(buf, "01", 2));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(appends_through_two_descriptions_lose_nothing)
{
	const long one = make_file("append_two", "");
	const long other = open_at(FIXTURE_DIR, "append_two", 0, REGULAR_BASE);

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_flags(one, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(0, set_flags(other, CLOUDABI_FDFLAG_APPEND));
	for (int i = 0; i < 50; i++) {
		EXPECT_EQ(2, write_fd(one, "ab", 2));
		EXPECT_EQ(2, write_fd(other, "cd", 2));
	}
	EXPECT_EQ(200, pread_fd(one, buf, sizeof(buf), 0));
	for (int i = 0; i < 50; i++)
		EXPECT_EQ(0, memcmp(buf + 4 * i, "abcd", 4));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

/* In a directory whose files can only be appended to. */
TEST(append_is_for_good_without_seek)
{
	const long file = make_file("append_only", FIXTURE_TEXT);
	const long dir = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_WRITE) | R(FD_STAT_PUT_FLAGS));
	const long fd = open_path(dir, 0, "append_only", 11, 0, CLOUDABI_FDFLAG_APPEND,
				  R(FD_WRITE) | R(FD_STAT_PUT_FLAGS), 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, 0));
	EXPECT_EQ(6, write_fd(fd, "FORGED", 6));
	EXPECT_EQ(22, pread_fd(file, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT "FORGED", 22));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(dir));
	EXPECT_EQ(0, close_fd(file));
}

TEST_HARNESS_MAIN
