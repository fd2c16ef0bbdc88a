// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_create1 and fd_create2
 */

#include "sockcalls.h"

/* Initial value of results before a call; no descriptor has this number. */
#define UNTOUCHED 0xdeadbeefU

static char buf[4096];

static long create1(cloudabi_filetype_t type)
{
	cloudabi_fd_t fd = UNTOUCHED;
	const cloudabi_errno_t error = cloudabi_sys_fd_create1(type, &fd);

	return RESULT(error, fd);
}

static long create2(cloudabi_filetype_t type, cloudabi_fd_t fds[2])
{
	fds[0] = UNTOUCHED;
	fds[1] = UNTOUCHED;
	return -(long)cloudabi_sys_fd_create2(type, &fds[0], &fds[1]);
}

static void close_both(struct test_metadata *_metadata, const cloudabi_fd_t fds[2])
{
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
}

/* fd_create1 */

TEST(create1_gives_shared_memory_with_all_its_rights)
{
	const long fd = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_FILETYPE_SHARED_MEMORY, stat_of(fd).fs_filetype);
	EXPECT_EQ(SHARED_MEMORY_BASE, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create1_of_any_other_type_is_einval)
{
	const unsigned int before = count_open();

	for (int type = 0; type < 256; type++) {
		if (type == CLOUDABI_FILETYPE_SHARED_MEMORY)
			continue;
		EXPECT_EQ(-CLOUDABI_EINVAL, create1(type)) TH_LOG("type 0x%x", type);
	}
	EXPECT_EQ(before, count_open());
}

TEST(create1_gives_an_object_without_size)
{
	const long fd = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);
	cloudabi_filestat_t stat;

	ASSERT_LE(0, fd);
	memset(&stat, 0xff, sizeof(stat));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(fd, &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_SHARED_MEMORY, stat.st_filetype);
	EXPECT_EQ(0, stat.st_size);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create1_gives_an_object_without_name)
{
	const long fd = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);
	cloudabi_filestat_t stat;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(fd, &stat));
	EXPECT_EQ(0, stat.st_nlink);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create1_gives_another_object_each_time)
{
	const long one = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);
	const long other = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);
	cloudabi_filestat_t stats[2] = { { .st_size = 5000 } };

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_NE(one, other);
	EXPECT_EQ(0, cloudabi_sys_file_stat_fput(one, &stats[0], CLOUDABI_FILESTAT_SIZE));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(one, &stats[0]));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(other, &stats[1]));
	EXPECT_EQ(5000, stats[0].st_size);
	EXPECT_EQ(0, stats[1].st_size);
	EXPECT_NE(stats[0].st_ino, stats[1].st_ino);
	EXPECT_EQ(0, close_fd(one));
	EXPECT_EQ(0, close_fd(other));
}

/* The type has no right for these calls. */
TEST(shared_memory_has_no_position)
{
	const long fd = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 1, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, tell_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(fd, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pwrite_fd(fd, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create1_at_the_limit_is_emfile_and_makes_nothing)
{
	static cloudabi_fd_t fds[MOST_FDS];
	size_t count = fill_fds(fds);

	ASSERT_LT(count, MOST_FDS);
	EXPECT_EQ(-CLOUDABI_EMFILE, create1(CLOUDABI_FILETYPE_SHARED_MEMORY));
	EXPECT_EQ(-CLOUDABI_EINVAL, create1(CLOUDABI_FILETYPE_REGULAR_FILE));
	EXPECT_EQ(MOST_FDS, count_open());
	EXPECT_EQ(0, close_fd(fds[--count]));
	EXPECT_EQ(fds[count], create1(CLOUDABI_FILETYPE_SHARED_MEMORY));
	EXPECT_EQ(SHARED_MEMORY_BASE, base_of(fds[count]));
	EXPECT_EQ(0, close_fd(fds[count]));
	while (count--)
		EXPECT_EQ(0, close_fd(fds[count]));
}

TEST(create1_again_and_again)
{
	for (int i = 0; i < 3000; i++) {
		const long fd = create1(CLOUDABI_FILETYPE_SHARED_MEMORY);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close_fd(fd));
	}
}

/* fd_create2 */

TEST(create2_gives_sockets_with_all_their_rights)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(pair_types[i], fds));
		EXPECT_NE(fds[0], fds[1]);
		for (int end = 0; end < 2; end++) {
			EXPECT_EQ(pair_types[i], stat_of(fds[end]).fs_filetype);
			EXPECT_EQ(SOCKET_BASE, base_of(fds[end]));
			EXPECT_EQ(SOCKET_INHERITING, inheriting_of(fds[end]));
			EXPECT_EQ(0, flags_of(fds[end]));
		}
		close_both(_metadata, fds);
	}
}

TEST(create2_of_any_other_type_is_einval)
{
	const unsigned int before = count_open();
	cloudabi_fd_t fds[2];

	for (int type = 0; type < 256; type++) {
		if (type == DGRAM || type == STREAM)
			continue;
		EXPECT_EQ(-CLOUDABI_EINVAL, create2(type, fds)) TH_LOG("type 0x%x", type);
		EXPECT_EQ(UNTOUCHED, fds[0]);
		EXPECT_EQ(UNTOUCHED, fds[1]);
	}
	EXPECT_EQ(before, count_open());
}

TEST(pair_is_two_descriptors_and_no_more)
{
	const unsigned int before = count_open();
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, create2(STREAM, fds));
	EXPECT_EQ(before + 2, count_open());
	close_both(_metadata, fds);
	EXPECT_EQ(before, count_open());
}

/* A pipe is a pair of stream sockets. */
TEST(pair_works_in_both_directions)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(pair_types[i], fds));
		for (int from = 0; from < 2; from++) {
			EXPECT_EQ(5, write_fd(fds[from], from ? "hello" : "world", 5));
			EXPECT_EQ(5, read_fd(fds[!from], buf, sizeof(buf)));
			EXPECT_EQ(0, memcmp(buf, from ? "hello" : "world", 5));
		}
		close_both(_metadata, fds);
	}
}

TEST(directions_do_not_mix)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(pair_types[i], fds));
		EXPECT_EQ(0, set_flags(fds[0], CLOUDABI_FDFLAG_NONBLOCK));
		EXPECT_EQ(1, write_fd(fds[0], "a", 1));
		EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(fds[0], buf, 1));
		EXPECT_EQ(1, write_fd(fds[1], "b", 1));
		EXPECT_EQ(1, read_fd(fds[0], buf, sizeof(buf)));
		EXPECT_EQ('b', buf[0]);
		EXPECT_EQ(1, read_fd(fds[1], buf, sizeof(buf)));
		EXPECT_EQ('a', buf[0]);
		close_both(_metadata, fds);
	}
}

TEST(dgram_keeps_boundaries)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, create2(DGRAM, fds));
	EXPECT_EQ(3, write_fd(fds[0], "one", 3));
	EXPECT_EQ(5, write_fd(fds[0], "three", 5));
	EXPECT_EQ(2, write_fd(fds[0], "xy", 2));
	EXPECT_EQ(3, read_fd(fds[1], buf, sizeof(buf)));
	/* The rest of a datagram is lost. */
	EXPECT_EQ(2, read_fd(fds[1], buf, 2));
	EXPECT_EQ(0, memcmp(buf, "th", 2));
	EXPECT_EQ(2, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "xy", 2));
	close_both(_metadata, fds);
}

TEST(stream_has_no_boundaries)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, create2(STREAM, fds));
	EXPECT_EQ(3, write_fd(fds[0], "one", 3));
	EXPECT_EQ(5, write_fd(fds[0], "three", 5));
	EXPECT_EQ(2, read_fd(fds[1], buf, 2));
	EXPECT_EQ(0, memcmp(buf, "on", 2));
	EXPECT_EQ(6, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "ethree", 6));
	close_both(_metadata, fds);
}

TEST(ends_have_flags_of_their_own)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(pair_types[i], fds));
		EXPECT_EQ(0, set_flags(fds[1], CLOUDABI_FDFLAG_NONBLOCK));
		EXPECT_EQ(0, flags_of(fds[0]));
		EXPECT_EQ(CLOUDABI_FDFLAG_NONBLOCK, flags_of(fds[1]));
		EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(fds[1], buf, 1));
		close_both(_metadata, fds);
	}
}

TEST(ends_have_rights_of_their_own)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, create2(STREAM, fds));
	EXPECT_EQ(0, limit(fds[0], R(FD_WRITE), 0));
	EXPECT_EQ(SOCKET_BASE, base_of(fds[1]));
	EXPECT_EQ(SOCKET_INHERITING, inheriting_of(fds[1]));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(fds[0], buf, 1));
	EXPECT_EQ(1, write_fd(fds[0], "a", 1));
	EXPECT_EQ(1, read_fd(fds[1], buf, 1));
	close_both(_metadata, fds);
}

TEST(stream_whose_peer_is_closed_ends_and_breaks)
{
	for (int end = 0; end < 2; end++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(STREAM, fds));
		EXPECT_EQ(3, write_fd(fds[end], "bye", 3));
		EXPECT_EQ(0, close_fd(fds[end]));
		EXPECT_EQ(3, read_fd(fds[!end], buf, sizeof(buf)));
		EXPECT_EQ(0, read_fd(fds[!end], buf, sizeof(buf)));
		/* The call must not raise SIGPIPE, which would kill the program. */
		EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(fds[!end], "x", 1));
		EXPECT_EQ(0, close_fd(fds[!end]));
	}
}

TEST(stream_can_be_filled_and_emptied)
{
	long written = 0, seen = 0, part;
	cloudabi_fd_t fds[2];

	memset(buf, 'f', sizeof(buf));
	ASSERT_EQ(0, create2(STREAM, fds));
	EXPECT_EQ(0, set_flags(fds[0], CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(0, set_flags(fds[1], CLOUDABI_FDFLAG_NONBLOCK));
	while ((part = write_fd(fds[0], buf, 1024)) > 0)
		written += part;
	EXPECT_EQ(-CLOUDABI_EAGAIN, part);
	EXPECT_LT(1024, written);
	while ((part = read_fd(fds[1], buf, 1000)) > 0)
		seen += part;
	EXPECT_EQ(-CLOUDABI_EAGAIN, part);
	EXPECT_EQ(written, seen);
	close_both(_metadata, fds);
}

TEST(sockets_have_no_position)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, create2(STREAM, fds));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fds[0], 1, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(fds[0], buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pwrite_fd(fds[0], buf, 1, 0));
	close_both(_metadata, fds);
}

TEST(stat_of_a_pair_tells_its_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_filestat_t stat;
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(pair_types[i], fds));
		for (int end = 0; end < 2; end++) {
			EXPECT_EQ(0, cloudabi_sys_file_stat_fget(fds[end], &stat));
			EXPECT_EQ(pair_types[i], stat.st_filetype);
		}
		close_both(_metadata, fds);
	}
}

/* The call creates both descriptors or none: with no free number, and with one. */
TEST(create2_at_the_limit_is_emfile_and_makes_nothing)
{
	static cloudabi_fd_t fds[MOST_FDS];
	cloudabi_fd_t pair[2];
	size_t count = fill_fds(fds);

	ASSERT_LT(count, MOST_FDS);
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		EXPECT_EQ(-CLOUDABI_EMFILE, create2(pair_types[i], pair));
		EXPECT_EQ(UNTOUCHED, pair[0]);
		EXPECT_EQ(UNTOUCHED, pair[1]);
	}
	EXPECT_EQ(MOST_FDS, count_open());

	EXPECT_EQ(0, close_fd(fds[--count]));
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		EXPECT_EQ(-CLOUDABI_EMFILE, create2(pair_types[i], pair));
		EXPECT_EQ(UNTOUCHED, pair[0]);
		EXPECT_EQ(UNTOUCHED, pair[1]);
	}
	EXPECT_EQ(MOST_FDS - 1, count_open());
	/* The free number is still free. */
	EXPECT_EQ(fds[count], dup_fd(FIXTURE_FILE));
	EXPECT_EQ(0, close_fd(fds[count]));

	EXPECT_EQ(0, close_fd(fds[--count]));
	EXPECT_EQ(0, create2(STREAM, pair));
	EXPECT_EQ(MOST_FDS, count_open());
	close_both(_metadata, pair);
	while (count--)
		EXPECT_EQ(0, close_fd(fds[count]));
}

TEST(create2_again_and_again)
{
	for (int i = 0; i < 2000; i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, create2(i % 2 ? DGRAM : STREAM, fds));
		ASSERT_EQ(0, close_fd(fds[0]));
		ASSERT_EQ(0, close_fd(fds[1]));
	}
}

/* Registers hold more than the 8 bits of a file type. */
TEST(types_are_of_eight_bits)
{
	unsigned long rax = CLOUDABI_NR_fd_create2, rdx = 0;
	cloudabi_fd_t fds[2];
	bool failed;

	__asm__ volatile("syscall"
			 : "+a"(rax), "+d"(rdx), "=@ccc"(failed)
			 : "D"(0xdeadbeefffffff00UL | STREAM)
			 : "rcx", "r11", "memory");
	ASSERT_FALSE(failed);
	fds[0] = rax;
	fds[1] = rdx;
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of(fds[0]).fs_filetype);
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of(fds[1]).fs_filetype);
	close_both(_metadata, fds);
}

TEST_HARNESS_MAIN
