// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_open: flags, creation, truncation and file types
 */

#include "common.h"

#define CREAT CLOUDABI_O_CREAT
#define DIRECTORY CLOUDABI_O_DIRECTORY
#define EXCL CLOUDABI_O_EXCL
#define TRUNC CLOUDABI_O_TRUNC

static char buf[64];

/* Flags of the new descriptor */

TEST(file_gets_the_flags_that_were_asked)
{
	for (cloudabi_fdflags_t flags = 0; flags < 32; flags++) {
		const long fd = open_both(FIXTURE_DIR, "file", 0, flags, REGULAR_BASE, 0);

		ASSERT_LE(0, fd);
		EXPECT_EQ(flags, flags_of(fd));
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(unknown_flags_are_ignored)
{
	const long fd = open_both(FIXTURE_DIR, "file", 0xfff0, 0xffe0, REGULAR_BASE, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(unknown_lookup_flags_are_ignored)
{
	const long fd = open_path(FIXTURE_DIR, 0xfffffffe, "file", 4, 0, 0, R(FD_READ), 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(-CLOUDABI_ELOOP,
		  open_path(FIXTURE_DIR, 0xfffffffe, "link", 4, 0, 0, R(FD_READ), 0));
}

TEST(file_type_that_was_asked_is_ignored)
{
	const cloudabi_fdstat_t stat = {
		.fs_filetype = CLOUDABI_FILETYPE_DIRECTORY,
		.fs_rights_base = R(FD_READ),
	};
	cloudabi_fd_t fd;

	ASSERT_EQ(0, cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4, 0, &stat,
					    &fd));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(fd).fs_filetype);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(appending_open_appends)
{
	const long fd = make_file("append_open", "start");
	const long writer = open_both(FIXTURE_DIR, "append_open", 0, CLOUDABI_FDFLAG_APPEND,
				      R(FD_WRITE), 0);

	ASSERT_LE(0, writer);
	EXPECT_EQ(3, write_fd(writer, "end", 3));
	EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "startend", 8));
	EXPECT_EQ(0, close_fd(writer));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(each_open_has_its_own_offset)
{
	const long one = open_at(FIXTURE_DIR, "file", 0, R(FD_READ) | R(FD_TELL));
	const long other = open_at(FIXTURE_DIR, "file", 0, R(FD_READ) | R(FD_TELL));

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(4, read_fd(one, buf, 4));
	EXPECT_EQ(0, tell_fd(other));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

/* Creation */

TEST(missing_file_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", TRUNC, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", DIRECTORY, 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", EXCL, R(FD_READ)));
}

TEST(create_makes_an_empty_file)
{
	const long fd = open_at(FIXTURE_DIR, "created", CREAT, REGULAR_BASE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(3, write_fd(fd, "new", 3));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "created"));
}

TEST(create_opens_what_is_there)
{
	const long fd = open_at(FIXTURE_DIR, "file", CREAT, R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(16, read_fd(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create_without_any_right_creates)
{
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "created_blind", CREAT, 0));
	EXPECT_EQ(0, size_at(FIXTURE_DIR, "created_blind"));
}

TEST(exclusive_create_makes_a_file)
{
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "exclusive", CREAT | EXCL, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_EEXIST,
		  try_open(FIXTURE_DIR, "exclusive", CREAT | EXCL, R(FD_READ)));
}

TEST(exclusive_create_of_what_is_there_is_eexist)
{
	static const char *const names[] = {
		"file", "dir", ".", "dir/..", "fifo", "socket", "null", "link", "link_dir",
		"link_dangling", "link_loop", "link_outside", "link_absolute",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_EEXIST,
			  try_open(FIXTURE_DIR, names[i], CREAT | EXCL, R(FD_READ)))
			TH_LOG("%s", names[i]);
		/* The call does not follow a link, whatever the flags. */
		EXPECT_EQ(-CLOUDABI_EEXIST,
			  try_follow(FIXTURE_DIR, names[i], CREAT | EXCL, R(FD_READ)))
			TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", 0, 0));
}

TEST(create_through_a_dangling_link)
{
	EXPECT_EQ(-CLOUDABI_ELOOP, try_open(FIXTURE_DIR, "link_dangling", CREAT, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nothing", 0, 0));
}

TEST(create_of_a_directory_is_eisdir)
{
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", CREAT, 0));
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, ".", CREAT, 0));
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", CREAT, R(FD_WRITE)));
}

TEST(create_and_directory_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  try_open(FIXTURE_DIR, "created_dir", CREAT | EXCL | DIRECTORY, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, try_open(FIXTURE_DIR, "created_dir", CREAT | DIRECTORY, 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "created_dir", 0, 0));
}

TEST(create_in_a_missing_directory_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "nowhere/file", CREAT, R(FD_READ)));
}

TEST(create_with_a_slash_behind_is_eisdir)
{
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "slashed/", CREAT, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "slashed", 0, 0));
}

TEST(excl_alone_is_ignored)
{
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "file", EXCL, R(FD_READ)));
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "dir", EXCL, 0));
}

/* Truncation */

TEST(truncation_truncates)
{
	const long fd = make_file("trunc", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "trunc", TRUNC, R(FD_WRITE)));
	EXPECT_EQ(0, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(truncation_while_opening_for_reading)
{
	const long fd = make_file("trunc_read", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "trunc_read", TRUNC, R(FD_READ)));
	EXPECT_EQ(0, seek_fd(fd, 0, CLOUDABI_WHENCE_END));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(truncation_of_a_read_only_file_is_eacces)
{
	EXPECT_EQ(-CLOUDABI_EACCES, try_open(FIXTURE_DIR, "readonly", TRUNC, R(FD_READ)));
	EXPECT_EQ(16, size_at(FIXTURE_DIR, "readonly"));
}

TEST(truncation_does_nothing_to_devices)
{
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "null", TRUNC, R(FD_WRITE)));
	EXPECT_EQ(0, try_both(FIXTURE_DIR, "fifo", TRUNC, CLOUDABI_FDFLAG_NONBLOCK, R(FD_READ)));
}

/* Types */

TEST(directory_is_asked_for_and_found)
{
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "dir", DIRECTORY, R(FILE_READDIR)));
	EXPECT_EQ(0, try_open(FIXTURE_DIR, ".", DIRECTORY, R(FILE_READDIR)));
}

TEST(directory_is_asked_for_and_not_found)
{
	static const char *const names[] = { "file", "fifo", "socket", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_ENOTDIR, try_open(FIXTURE_DIR, names[i], DIRECTORY, 0))
			TH_LOG("%s", names[i]);
}

TEST(directory_for_writing_is_eisdir)
{
	static const cloudabi_rights_t writing[] = {
		R(FD_DATASYNC), R(FD_WRITE), R(FILE_ALLOCATE), R(FILE_STAT_FPUT_SIZE),
	};

	for (size_t i = 0; i < ARRAY_SIZE(writing); i++) {
		EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", 0, writing[i]))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", DIRECTORY, writing[i]))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EISDIR,
			  try_open(FIXTURE_DIR, "dir", 0, writing[i] | R(FILE_READDIR)))
			TH_LOG("case %zu", i);
	}
}

TEST(truncation_of_a_directory_is_eisdir)
{
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", TRUNC, 0));
	EXPECT_EQ(-CLOUDABI_EISDIR, try_open(FIXTURE_DIR, "dir", TRUNC, R(FD_WRITE)));
}

TEST(socket_is_enotsup)
{
	EXPECT_EQ(-CLOUDABI_ENOTSUP, try_open(FIXTURE_DIR, "socket", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, try_open(FIXTURE_DIR, "socket", 0, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, try_open(FIXTURE_DIR, "socket", CREAT, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, try_open(FIXTURE_DIR, "socket", 0, 0));
}

TEST(fifo_without_reader_is_enxio)
{
	EXPECT_EQ(-CLOUDABI_ENXIO, open_both(FIXTURE_DIR, "fifo_closed", 0,
					     CLOUDABI_FDFLAG_NONBLOCK, R(FD_WRITE), 0));
}

TEST(file_without_permission_is_eacces)
{
	EXPECT_EQ(-CLOUDABI_EACCES, try_open(FIXTURE_DIR, "secret", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_EACCES, try_open(FIXTURE_DIR, "secret", 0, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_EACCES, try_open(FIXTURE_DIR, "readonly", 0, R(FD_WRITE)));
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "readonly", 0, R(FD_READ)));
}

TEST(proc_files_are_read)
{
	const long fd = open_at(FIXTURE_PROC, "version", 0, R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(5, read_fd(fd, buf, 5));
	EXPECT_EQ(0, memcmp(buf, "Linux", 5));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
