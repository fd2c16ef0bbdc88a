// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_stat_get, file_stat_fget, file_stat_put and file_stat_fput
 */

#include "filecalls.h"

#define ATIM CLOUDABI_FILESTAT_ATIM
#define ATIM_NOW CLOUDABI_FILESTAT_ATIM_NOW
#define MTIM CLOUDABI_FILESTAT_MTIM
#define MTIM_NOW CLOUDABI_FILESTAT_MTIM_NOW
#define SIZE CLOUDABI_FILESTAT_SIZE
#define TIMES (ATIM | ATIM_NOW | MTIM | MTIM_NOW)

static char buf[8192];

static cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_REALTIME, 0, &time);
	return time;
}

/* File systems have a coarse clock. */
#define SECOND 1000000000ULL

static bool is_recent(cloudabi_timestamp_t time)
{
	const cloudabi_timestamp_t present = now();

	return time <= present && time + 10 * SECOND > present;
}

static cloudabi_filestat_t stat_of_file(cloudabi_fd_t fd)
{
	cloudabi_filestat_t stat = { 0 };

	stat_fd(fd, &stat);
	return stat;
}

static cloudabi_filestat_t stat_of_name(const char *name)
{
	cloudabi_filestat_t stat = { 0 };

	stat_at(FIXTURE_DIR, 0, name, &stat);
	return stat;
}

/* Reading */

TEST(names_have_their_types)
{
	static const struct {
		const char *name;
		long type;
	} types[] = {
		{ "file", CLOUDABI_FILETYPE_REGULAR_FILE },
		{ "secret", CLOUDABI_FILETYPE_REGULAR_FILE },
		{ "dir", CLOUDABI_FILETYPE_DIRECTORY },
		{ ".", CLOUDABI_FILETYPE_DIRECTORY },
		{ "mount", CLOUDABI_FILETYPE_DIRECTORY },
		{ "link", CLOUDABI_FILETYPE_SYMBOLIC_LINK },
		{ "link_dir", CLOUDABI_FILETYPE_SYMBOLIC_LINK },
		{ "link_dangling", CLOUDABI_FILETYPE_SYMBOLIC_LINK },
		{ "link_outside", CLOUDABI_FILETYPE_SYMBOLIC_LINK },
		{ "link_dir/", CLOUDABI_FILETYPE_DIRECTORY },
		{ "fifo", CLOUDABI_FILETYPE_SOCKET_STREAM },
		{ "socket", CLOUDABI_FILETYPE_SOCKET_STREAM },
		{ "null", CLOUDABI_FILETYPE_CHARACTER_DEVICE },
		{ "block", CLOUDABI_FILETYPE_BLOCK_DEVICE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		EXPECT_EQ(types[i].type, type_at(FIXTURE_DIR, types[i].name))
			TH_LOG("%s", types[i].name);
}

TEST(descriptors_have_their_types)
{
	static const struct {
		cloudabi_fd_t fd;
		const char *name;
		cloudabi_rights_t base;
	} rows[] = {
#define ROW(fd, name, type, base, inheriting, flags) { fd, #name, base },
		FIXTURE_ROWS(ROW)
#undef ROW
	};
	cloudabi_filestat_t stat;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(&stat, 0xee, sizeof(stat));
		if (rows[i].base & R(FILE_STAT_FGET)) {
			EXPECT_EQ(0, stat_fd(rows[i].fd, &stat)) TH_LOG("%s", rows[i].name);
			EXPECT_EQ(stat_of(rows[i].fd).fs_filetype, stat.st_filetype)
				TH_LOG("%s", rows[i].name);
		} else {
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_fd(rows[i].fd, &stat))
				TH_LOG("%s", rows[i].name);
			EXPECT_EQ(0xee, stat.st_filetype) TH_LOG("%s", rows[i].name);
		}
	}
}

TEST(descriptors_of_sockets_tell_their_kind)
{
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of_file(FIXTURE_STREAM).st_filetype);
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_DGRAM, stat_of_file(FIXTURE_DGRAM).st_filetype);
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of_file(FIXTURE_PIPE_READ).st_filetype);
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of_file(FIXTURE_FIFO).st_filetype);
	EXPECT_NE(stat_of_file(FIXTURE_STREAM).st_ino, stat_of_file(FIXTURE_STREAM_PEER).st_ino);
}

TEST(sizes_are_exact)
{
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
	EXPECT_EQ(0, stat_of_name("empty").st_size);
	EXPECT_EQ(4, stat_of_name("link").st_size);
	EXPECT_EQ(10, stat_of_name("link_outside").st_size);
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_file(FIXTURE_FILE).st_size);
}

TEST(name_and_descriptor_agree)
{
	const cloudabi_filestat_t by_name = stat_of_name("file");
	const cloudabi_filestat_t by_fd = stat_of_file(FIXTURE_FILE);

	EXPECT_EQ(0, memcmp(&by_name, &by_fd, sizeof(by_name)));
	EXPECT_NE(0, by_fd.st_ino);
	EXPECT_NE(by_fd.st_ino, stat_of_name("empty").st_ino);
	EXPECT_EQ(by_fd.st_dev, stat_of_name("dir/file").st_dev);
	EXPECT_NE(by_fd.st_dev, stat_of_name("mount/file").st_dev);
}

TEST(links_are_counted)
{
	EXPECT_EQ(1, stat_of_name("file").st_nlink);
	ASSERT_EQ(0, link_at(FIXTURE_DIR, 0, "file", FIXTURE_DIR, "alias"));
	EXPECT_EQ(2, stat_of_name("file").st_nlink);
	EXPECT_EQ(2, stat_of_file(FIXTURE_FILE).st_nlink);
	EXPECT_EQ(stat_of_name("file").st_ino, stat_of_name("alias").st_ino);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "alias", 0));
	EXPECT_EQ(1, stat_of_file(FIXTURE_FILE).st_nlink);
}

/*
 * No kernel memory leaks, and the kernel writes nothing past the end of the
 * structure.
 */
TEST(structure_is_filled_with_zeroes)
{
	cloudabi_filestat_t stat[2];
	const unsigned char *const bytes = (const void *)&stat[0];

	memset(stat, 0xee, sizeof(stat));
	ASSERT_EQ(0, stat_fd(FIXTURE_FILE, stat));
	for (size_t i = 17; i < 20; i++)
		EXPECT_EQ(0, bytes[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0xee, bytes[56]);
	memset(stat, 0xee, sizeof(stat));
	ASSERT_EQ(0, stat_at(FIXTURE_DIR, 0, "dir", stat));
	for (size_t i = 17; i < 20; i++)
		EXPECT_EQ(0, bytes[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0xee, bytes[56]);
}

TEST(times_out_of_range_are_the_nearest)
{
	EXPECT_EQ(0, stat_of_name("old").st_mtim);
	EXPECT_EQ(0, stat_of_name("old").st_atim);
	EXPECT_TRUE(is_recent(stat_of_name("old").st_ctim));
	EXPECT_EQ(UINT64_MAX, stat_of_name("mount/future").st_mtim);
	EXPECT_EQ(UINT64_MAX, stat_of_name("mount/future").st_atim);
}

TEST(link_is_followed_if_asked)
{
	cloudabi_filestat_t stat;

	ASSERT_EQ(0, stat_at(FIXTURE_DIR, FOLLOW, "link", &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat.st_filetype);
	EXPECT_EQ(stat_of_name("file").st_ino, stat.st_ino);
	ASSERT_EQ(0, stat_at(FIXTURE_DIR, FOLLOW, "link_dir", &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat.st_filetype);
	ASSERT_EQ(0, stat_at(FIXTURE_DIR, 0xfffffffe, "link", &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, stat.st_filetype);
	EXPECT_EQ(-CLOUDABI_ENOENT, stat_at(FIXTURE_DIR, FOLLOW, "link_dangling", &stat));
	EXPECT_EQ(-CLOUDABI_ELOOP, stat_at(FIXTURE_DIR, FOLLOW, "link_loop", &stat));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, stat_at(FIXTURE_DIR, 0, "link/", &stat));
	EXPECT_EQ(-CLOUDABI_ENOENT, stat_at(FIXTURE_DIR, 0, "nothing", &stat));
}

TEST(reading_needs_its_right_and_no_other)
{
	const long get = dup_limited(FIXTURE_DIR, R(FILE_STAT_GET), 0);
	const long fget = dup_limited(FIXTURE_FILE, R(FILE_STAT_FGET), 0);
	const long no_get = dup_without(FIXTURE_DIR, R(FILE_STAT_GET));
	const long no_fget = dup_without(FIXTURE_FILE, R(FILE_STAT_FGET));
	cloudabi_filestat_t stat;

	EXPECT_EQ(0, stat_at(get, 0, "file", &stat));
	EXPECT_EQ(0, stat_fd(fget, &stat));
	memset(&stat, 0xee, sizeof(stat));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_at(no_get, 0, "file", &stat));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_at(no_get, 0, "nothing", &stat));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_fd(no_fget, &stat));
	/* Neither right implies the other. */
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_fd(get, &stat));
	EXPECT_EQ(0xee, stat.st_filetype);
	EXPECT_EQ(0, close_fd(no_fget));
	EXPECT_EQ(0, close_fd(no_get));
	EXPECT_EQ(0, close_fd(fget));
	EXPECT_EQ(0, close_fd(get));
}

TEST(no_descriptor_is_ebadf)
{
	cloudabi_filestat_t stat = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, stat_fd(bad_fds[i], &stat));
		EXPECT_EQ(-CLOUDABI_EBADF, put_fd(bad_fds[i], &stat, SIZE));
		EXPECT_EQ(-CLOUDABI_EBADF, put_fd(bad_fds[i], &stat, ATIM_NOW));
		EXPECT_EQ(-CLOUDABI_EBADF, stat_at(bad_fds[i], 0, "file", &stat));
		EXPECT_EQ(-CLOUDABI_EBADF, put_at(bad_fds[i], 0, "file", &stat, MTIM));
	}
}

TEST(bad_memory_is_efault)
{
	char *const end = map_edge();
	cloudabi_filestat_t *const cut = (void *)(end - 48);
	cloudabi_filestat_t *const bad[] = { NULL, BAD_POINTER, KERNEL_POINTER, cut };

	ASSERT_TRUE(end);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-CLOUDABI_EFAULT, stat_fd(FIXTURE_FILE, bad[i])) TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EFAULT, stat_at(FIXTURE_DIR, 0, "file", bad[i]))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EFAULT, put_fd(FIXTURE_FILE, bad[i], SIZE))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EFAULT, put_fd(FIXTURE_FILE, bad[i], MTIM))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EFAULT, put_at(FIXTURE_DIR, 0, "file", bad[i], MTIM))
			TH_LOG("case %zu", i);
	}
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
	unmap_edge(end);
}

/* Times */

/*
 * All sets of flags with both calls; times far from the present, with fractions of
 * a second.
 */
static void check_times(struct test_metadata *_metadata, cloudabi_fd_t fd, const char *name)
{
	const cloudabi_filestat_t start = { .st_atim = 111 * SECOND + 1, .st_mtim = 222 * SECOND };
	const cloudabi_filestat_t times = {
		.st_atim = 1234567890 * SECOND + 987654321, .st_mtim = 999999999,
	};

	for (cloudabi_fsflags_t flags = 0; flags <= TIMES; flags++) {
		cloudabi_filestat_t seen;

		ASSERT_EQ(0, put_at(FIXTURE_DIR, 0, name, &start, ATIM | MTIM));
		if (fd != FIXTURE_NONE && flags)
			EXPECT_EQ(0, put_fd(fd, &times, flags)) TH_LOG("flags 0x%x", flags);
		else
			EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, name, &times, flags))
				TH_LOG("flags 0x%x", flags);
		seen = stat_of_name(name);

		/* The current time has priority. */
		if (flags & ATIM_NOW)
			EXPECT_TRUE(is_recent(seen.st_atim)) TH_LOG("flags 0x%x", flags);
		else
			EXPECT_EQ(flags & ATIM ? times.st_atim : start.st_atim, seen.st_atim)
				TH_LOG("flags 0x%x", flags);
		if (flags & MTIM_NOW)
			EXPECT_TRUE(is_recent(seen.st_mtim)) TH_LOG("flags 0x%x", flags);
		else
			EXPECT_EQ(flags & MTIM ? times.st_mtim : start.st_mtim, seen.st_mtim)
				TH_LOG("flags 0x%x", flags);
		EXPECT_TRUE(is_recent(seen.st_ctim));
	}
}

TEST(times_are_set_by_name)
{
	ASSERT_EQ(0, make_closed_file("timed", FIXTURE_TEXT));
	check_times(_metadata, FIXTURE_NONE, "timed");
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("timed").st_size);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed", 0));
}

TEST(times_are_set_by_descriptor)
{
	const long fd = make_file("timed", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	check_times(_metadata, fd, "timed");
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("timed").st_size);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed", 0));
}

TEST(times_of_a_directory)
{
	long fd;

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "timed"));
	fd = open_whole_dir(FIXTURE_DIR, "timed");
	ASSERT_LE(0, fd);
	check_times(_metadata, fd, "timed");
	check_times(_metadata, FIXTURE_NONE, "timed");
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed", REMOVEDIR));
}

TEST(times_of_a_link_or_of_what_it_points_to)
{
	const cloudabi_filestat_t one = { .st_mtim = 1000 * SECOND };
	const cloudabi_filestat_t two = { .st_mtim = 2000 * SECOND };

	ASSERT_EQ(0, make_closed_file("timed", ""));
	ASSERT_EQ(0, symlink_at("timed", FIXTURE_DIR, "timed_link"));
	EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "timed_link", &one, MTIM));
	EXPECT_EQ(1000 * SECOND, stat_of_name("timed_link").st_mtim);
	EXPECT_TRUE(is_recent(stat_of_name("timed").st_mtim));
	EXPECT_EQ(0, put_at(FIXTURE_DIR, FOLLOW, "timed_link", &two, MTIM));
	EXPECT_EQ(1000 * SECOND, stat_of_name("timed_link").st_mtim);
	EXPECT_EQ(2000 * SECOND, stat_of_name("timed").st_mtim);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed", 0));
	/* Also for a link that dangles. */
	EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "timed_link", &two, MTIM));
	EXPECT_EQ(2000 * SECOND, stat_of_name("timed_link").st_mtim);
	EXPECT_EQ(-CLOUDABI_ENOENT, put_at(FIXTURE_DIR, FOLLOW, "timed_link", &two, MTIM));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed_link", 0));
}

TEST(times_from_the_first_to_the_last)
{
	static const cloudabi_timestamp_t times[] = {
		0, 1, 999999999, 1000000000, 0x7fffffff * SECOND + 5, 0x80000000 * SECOND,
		0xffffffff * SECOND + 999999999,
	};

	ASSERT_EQ(0, make_closed_file("mount/timed", ""));
	ASSERT_EQ(0, make_closed_file("timed", ""));
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const cloudabi_filestat_t stat = { .st_atim = times[i], .st_mtim = times[i] };

		EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "timed", &stat, ATIM | MTIM));
		EXPECT_EQ(times[i], stat_of_name("timed").st_atim);
		EXPECT_EQ(times[i], stat_of_name("timed").st_mtim);
	}
	/* A file system with 64-bit seconds stores even the last timestamps. */
	for (cloudabi_timestamp_t time = UINT64_MAX; time > UINT64_MAX - 3; time--) {
		const cloudabi_filestat_t stat = { .st_mtim = time };

		EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "mount/timed", &stat, MTIM));
		EXPECT_EQ(time, stat_of_name("mount/timed").st_mtim);
	}
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "timed", 0));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "mount/timed", 0));
}

TEST(other_flags_by_name_are_einval)
{
	const cloudabi_filestat_t stat = { .st_size = 1 };
	const cloudabi_timestamp_t before = stat_of_name("file").st_mtim;

	for (unsigned int bit = 4; bit < 16; bit++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, put_at(FIXTURE_DIR, 0, "file", &stat, 1 << bit))
			TH_LOG("bit %u", bit);
		EXPECT_EQ(-CLOUDABI_EINVAL, put_at(FIXTURE_DIR, 0, "file", &stat, 1 << bit | MTIM))
			TH_LOG("bit %u", bit);
		/* Before the look-up. */
		EXPECT_EQ(-CLOUDABI_EINVAL, put_at(FIXTURE_DIR, 0, "nothing", &stat, 1 << bit))
			TH_LOG("bit %u", bit);
		EXPECT_EQ(-CLOUDABI_EINVAL, put_at(FIXTURE_NONE, 0, "file", &stat, 1 << bit))
			TH_LOG("bit %u", bit);
	}
	EXPECT_EQ(before, stat_of_name("file").st_mtim);
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
}

TEST(no_flags_by_name_are_a_lookup)
{
	const cloudabi_filestat_t before = stat_of_name("file");
	cloudabi_filestat_t after;

	EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "file", &before, 0));
	after = stat_of_name("file");
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_EQ(-CLOUDABI_ENOENT, put_at(FIXTURE_DIR, 0, "nothing", &before, 0));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, put_at(FIXTURE_DIR, 0, "file/", &before, 0));
}

TEST(other_flags_by_descriptor_are_einval)
{
	const cloudabi_filestat_t stat = { .st_size = 1 };

	EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_FILE, &stat, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_NONE, &stat, 0));
	for (cloudabi_fsflags_t flags = 1; flags <= TIMES; flags++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_FILE, &stat, SIZE | flags))
			TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_NONE, &stat, SIZE | flags))
			TH_LOG("flags 0x%x", flags);
	}
	for (unsigned int bit = 5; bit < 16; bit++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_FILE, &stat, 1 << bit))
			TH_LOG("bit %u", bit);
		EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_FILE, &stat, 1 << bit | SIZE))
			TH_LOG("bit %u", bit);
		EXPECT_EQ(-CLOUDABI_EINVAL, put_fd(FIXTURE_FILE, &stat, 1 << bit | MTIM))
			TH_LOG("bit %u", bit);
	}
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
}

TEST(times_need_their_right_and_no_other)
{
	const long put = dup_limited(FIXTURE_DIR, R(FILE_STAT_PUT_TIMES), 0);
	const long fput = dup_limited(FIXTURE_FILE, R(FILE_STAT_FPUT_TIMES), 0);
	const long no_put = dup_without(FIXTURE_DIR, R(FILE_STAT_PUT_TIMES));
	const long no_fput = dup_without(FIXTURE_FILE, R(FILE_STAT_FPUT_TIMES));
	const cloudabi_filestat_t stat = { .st_mtim = 5 * SECOND };
	const cloudabi_timestamp_t before = stat_of_name("file").st_mtim;

	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_at(no_put, 0, "file", &stat, MTIM));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_at(no_put, 0, "file", &stat, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_fd(no_fput, &stat, MTIM));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_fd(no_fput, &stat, MTIM_NOW));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_fd(put, &stat, MTIM));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_fd(fput, &stat, SIZE));
	EXPECT_EQ(before, stat_of_name("file").st_mtim);
	EXPECT_EQ(0, put_at(put, 0, "file", &stat, MTIM));
	EXPECT_EQ(0, put_fd(fput, &stat, MTIM));
	EXPECT_EQ(5 * SECOND, stat_of_name("file").st_mtim);
	EXPECT_EQ(0, close_fd(no_fput));
	EXPECT_EQ(0, close_fd(no_put));
	EXPECT_EQ(0, close_fd(fput));
	EXPECT_EQ(0, close_fd(put));
}

/* The times of a file opened only for reading can change. */
TEST(times_do_not_need_writing)
{
	const cloudabi_filestat_t stat = { .st_mtim = 7 * SECOND };

	EXPECT_EQ(0, put_fd(FIXTURE_FILE_RDONLY, &stat, MTIM));
	EXPECT_EQ(7 * SECOND, stat_of_name("file").st_mtim);
}

TEST(times_of_another_users_file)
{
	const cloudabi_filestat_t stat = { .st_mtim = 7 * SECOND };
	const long fd = open_at(FIXTURE_DIR, "foreign", 0, R(FILE_STAT_FPUT_TIMES));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_EPERM, put_at(FIXTURE_DIR, 0, "foreign", &stat, MTIM));
	EXPECT_EQ(-CLOUDABI_EPERM, put_at(FIXTURE_DIR, 0, "foreign", &stat, ATIM | MTIM));
	EXPECT_EQ(-CLOUDABI_EPERM, put_fd(fd, &stat, MTIM));
	EXPECT_NE(7 * SECOND, stat_of_name("foreign").st_mtim);
	/* The current time is also what a write would set. */
	EXPECT_EQ(0, put_at(FIXTURE_DIR, 0, "foreign", &stat, ATIM_NOW | MTIM_NOW));
	EXPECT_EQ(0, put_fd(fd, &stat, ATIM_NOW | MTIM_NOW));
	EXPECT_EQ(-CLOUDABI_EACCES,
		  put_at(FIXTURE_DIR, 0, "foreign_readonly", &stat, ATIM_NOW | MTIM_NOW));
	EXPECT_EQ(0, close_fd(fd));
}

/* Sizes */

TEST(size_grows_with_zeroes_and_shrinks)
{
	const long fd = make_file("sized", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, resize_fd(fd, 5000));
	EXPECT_EQ(5000, stat_of_file(fd).st_size);
	EXPECT_EQ(5000, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	for (size_t i = FIXTURE_TEXT_LEN; i < 5000; i++)
		ASSERT_EQ(0, buf[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0, resize_fd(fd, 4));
	EXPECT_EQ(4, stat_of_file(fd).st_size);
	/* Truncated data does not come back. */
	EXPECT_EQ(0, resize_fd(fd, 8));
	EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "0123\0\0\0\0", 8));
	EXPECT_EQ(0, resize_fd(fd, 0));
	EXPECT_EQ(0, stat_of_file(fd).st_size);
	EXPECT_EQ(0, tell_fd(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sized", 0));
}

TEST(size_leaves_the_times_given_alone)
{
	const cloudabi_filestat_t stat = {
		.st_size = 3, .st_atim = 5 * SECOND, .st_mtim = 5 * SECOND,
	};
	const long fd = make_file("sized", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, put_fd(fd, &stat, SIZE));
	EXPECT_EQ(3, stat_of_file(fd).st_size);
	EXPECT_TRUE(is_recent(stat_of_file(fd).st_mtim));
	EXPECT_TRUE(is_recent(stat_of_file(fd).st_atim));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sized", 0));
}

TEST(size_needs_its_right_and_no_other)
{
	const long fd = make_file("sized", FIXTURE_TEXT);
	const long only = dup_limited(fd, R(FILE_STAT_FPUT_SIZE), 0);
	const long without = dup_without(fd, R(FILE_STAT_FPUT_SIZE));

	ASSERT_LE(0, only);
	ASSERT_LE(0, without);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, resize_fd(without, 4));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, resize_fd(without, 4000));
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_file(fd).st_size);
	EXPECT_EQ(0, resize_fd(only, 4));
	EXPECT_EQ(4, stat_of_file(fd).st_size);
	EXPECT_EQ(0, close_fd(without));
	EXPECT_EQ(0, close_fd(only));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sized", 0));
}

/* A descriptor with the right is open for writing, or its object has no size. */
TEST(size_of_what_has_none_is_einval)
{
	EXPECT_TRUE(base_of(FIXTURE_NULL_DEVICE) & R(FILE_STAT_FPUT_SIZE));
	EXPECT_EQ(-CLOUDABI_EINVAL, resize_fd(FIXTURE_NULL_DEVICE, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, resize_fd(FIXTURE_NULL_DEVICE, 10));
}

TEST(size_without_the_right_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_FILE_RDONLY, FIXTURE_FILE_PATH, FIXTURE_DIR, FIXTURE_DIR_PATH,
		FIXTURE_STREAM, FIXTURE_PIPE_WRITE, FIXTURE_TTY, FIXTURE_ZERO_DEVICE, FIXTURE_EPOLL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, resize_fd(fds[i], 0)) TH_LOG("fd %u", fds[i]);
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
}

TEST(size_above_the_maximum_is_einval)
{
	static const cloudabi_filesize_t sizes[] = {
		1ULL << 63, (1ULL << 63) + 1, UINT64_MAX - 1, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL, resize_fd(FIXTURE_FILE, sizes[i]))
			TH_LOG("case %zu", i);
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_name("file").st_size);
}

/* The kernel must not send SIGXFSZ, which would kill the program. */
TEST(size_above_the_limit_is_efbig)
{
	const long fd = make_file("sized", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_EFBIG, resize_fd(fd, FIXTURE_FSIZE + 1));
	EXPECT_EQ(-CLOUDABI_EFBIG, resize_fd(fd, 2 * FIXTURE_FSIZE));
	EXPECT_EQ(-CLOUDABI_EFBIG, resize_fd(fd, INT64_MAX));
	EXPECT_EQ(FIXTURE_TEXT_LEN, stat_of_file(fd).st_size);
	EXPECT_EQ(0, resize_fd(fd, FIXTURE_FSIZE));
	EXPECT_EQ(FIXTURE_FSIZE, stat_of_file(fd).st_size);
	EXPECT_EQ(0, resize_fd(fd, 0));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sized", 0));
}

TEST(size_of_an_appending_file)
{
	const long fd = make_file("sized", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_flags(fd, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(0, resize_fd(fd, 4));
	EXPECT_EQ(3, write_fd(fd, "end", 3));
	EXPECT_EQ(7, stat_of_file(fd).st_size);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sized", 0));
}

TEST_HARNESS_MAIN
