// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_open: the rights that it needs and the rights that it gives
 *
 * How names are resolved is in path_test.c.
 */

#include "common.h"

#define CREAT CLOUDABI_O_CREAT
#define DIRECTORY CLOUDABI_O_DIRECTORY
#define EXCL CLOUDABI_O_EXCL
#define TRUNC CLOUDABI_O_TRUNC

/* Rights that make file_open open a file for reading, and for writing. */
#define READING (R(FD_READ) | R(FILE_READDIR) | R(MEM_MAP_EXEC))
#define WRITING (R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

static char buf[64];

/* A duplicate of the directory that can pass on only the rights in @inheriting. */
static long dir_with(cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	return dup_limited(FIXTURE_DIR, base, inheriting);
}

/* Descriptor and arguments */

TEST(open_beneath_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, try_open(bad_fds[i], "file", 0, R(FD_READ)))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

/* Only directories can have FILE_OPEN. */
TEST(open_beneath_what_is_no_directory_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_FILE, FIXTURE_PIPE_READ, FIXTURE_STREAM, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_EPOLL, FIXTURE_FILE_PATH, FIXTURE_MEMFD, FIXTURE_PID,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(fds[i], "file", 0, 0))
			TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(fds[i], ".", 0, 0))
			TH_LOG("fd %u", fds[i]);
	}
}

TEST(open_with_bad_fdstat_is_efault)
{
	char *const end = map_edge();
	cloudabi_fd_t fd;

	ASSERT_TRUE(end);
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4, 0, NULL, &fd));
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4, 0,
					 KERNEL_POINTER, &fd));
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4, 0,
					 (void *)(end - 16), &fd));
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "efault", 6, CREAT,
					 NULL, &fd));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "efault", 0, 0));
	unmap_edge(end);
}

TEST(open_works_beneath_a_path_only_directory)
{
	const long fd = open_at(FIXTURE_DIR_PATH, "file", 0, R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(4, read_fd(fd, buf, 4));
	EXPECT_EQ(0, close_fd(fd));
}

/* Base rights of the directory */

TEST(open_needs_file_open)
{
	const long dir = dup_without(FIXTURE_DIR, R(FILE_OPEN));

	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "file", 0, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "nothing", 0, 0));
	EXPECT_EQ(0, close_fd(dir));
}

TEST(open_needs_no_other_base_right)
{
	const long dir = dir_with(R(FILE_OPEN), R(FD_READ));

	ASSERT_LE(0, dir);
	EXPECT_EQ(0, try_open(dir, "file", 0, R(FD_READ)));
	EXPECT_EQ(0, close_fd(dir));
}

TEST(create_needs_file_create_file)
{
	const long dir = dup_without(FIXTURE_DIR, R(FILE_CREATE_FILE));

	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "uncreated", CREAT, R(FD_READ)));
	/* Even if the file exists. */
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "file", CREAT, R(FD_READ)));
	EXPECT_EQ(0, try_open(dir, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "uncreated", 0, 0));
	EXPECT_EQ(0, close_fd(dir));
}

TEST(create_needs_file_open_too)
{
	const long dir = dup_without(FIXTURE_DIR, R(FILE_OPEN));

	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "unopened", CREAT, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "unopened", 0, 0));
	EXPECT_EQ(0, close_fd(dir));
}

/* Inheriting rights of the directory */

TEST(each_base_right_must_be_inheritable)
{
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;
		/* Keep the rights that an open for writing needs as well. */
		const long dir = dir_with(DIRECTORY_BASE, DIRECTORY_INHERITING & ~right);

		ASSERT_LE(0, dir);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "file", 0, right))
			TH_LOG("bit %d", bit);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "file", 0, right | R(FD_TELL)))
			TH_LOG("bit %d", bit);
		EXPECT_EQ(0, close_fd(dir));
	}
}

TEST(each_inheriting_right_must_be_inheritable)
{
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;
		const long dir = dir_with(DIRECTORY_BASE, DIRECTORY_INHERITING & ~right);

		ASSERT_LE(0, dir);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_both(dir, "dir", 0, 0, 0, right))
			TH_LOG("bit %d", bit);
		/*
		 * The directory must have the right even if the right does not
		 * apply to a file.
		 */
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_both(dir, "file", 0, 0, 0, right))
			TH_LOG("bit %d", bit);
		EXPECT_EQ(0, close_fd(dir));
	}
}

TEST(undefined_rights_are_enotcapable)
{
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;

		if (CLOUDABI_RIGHTS_ALL & right)
			continue;
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(FIXTURE_DIR, "file", 0, right))
			TH_LOG("bit %d", bit);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_both(FIXTURE_DIR, "dir", 0, 0, 0, right))
			TH_LOG("bit %d", bit);
	}
}

/* Files beneath a directory never have these rights. */
TEST(rights_of_processes_and_sockets_are_enotcapable)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_open(FIXTURE_DIR, "file", 0, R(POLL_PROC_TERMINATE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(FIXTURE_DIR, "fifo", 0, R(SOCK_SHUTDOWN)));
}

TEST(truncation_needs_size_to_be_inheritable)
{
	const long fd = make_file("trunc_right", FIXTURE_TEXT);
	const long dir = dir_with(DIRECTORY_BASE, DIRECTORY_INHERITING & ~R(FILE_STAT_FPUT_SIZE));

	ASSERT_LE(0, fd);
	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "trunc_right", TRUNC, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "trunc_right", TRUNC, R(FD_READ)));
	/* The file is unchanged. */
	EXPECT_EQ(16, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(dir));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(dsync_needs_one_of_two_rights_to_be_inheritable)
{
	const cloudabi_rights_t others = DIRECTORY_INHERITING & ~(R(FD_DATASYNC) | R(FD_SYNC));
	const long neither = dir_with(DIRECTORY_BASE, others);
	const long datasync = dir_with(DIRECTORY_BASE, others | R(FD_DATASYNC));
	const long sync = dir_with(DIRECTORY_BASE, others | R(FD_SYNC));

	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_both(neither, "file", 0, CLOUDABI_FDFLAG_DSYNC, R(FD_READ)));
	EXPECT_EQ(0, try_both(datasync, "file", 0, CLOUDABI_FDFLAG_DSYNC, R(FD_READ)));
	EXPECT_EQ(0, try_both(sync, "file", 0, CLOUDABI_FDFLAG_DSYNC, R(FD_READ)));
	EXPECT_EQ(0, close_fd(neither));
	EXPECT_EQ(0, close_fd(datasync));
	EXPECT_EQ(0, close_fd(sync));
}

TEST(sync_and_rsync_need_sync_to_be_inheritable)
{
	const long dir = dir_with(DIRECTORY_BASE, DIRECTORY_INHERITING & ~R(FD_SYNC));

	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  open_both(dir, "file", 0, CLOUDABI_FDFLAG_SYNC, R(FD_READ), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  open_both(dir, "file", 0, CLOUDABI_FDFLAG_RSYNC, R(FD_READ), 0));
	EXPECT_EQ(0, close_fd(dir));
}

/* A descriptor that can only append must not be able to overwrite. */
TEST(overwriting_needs_seek_to_be_inheritable)
{
	static const cloudabi_rights_t writing[] = {
		R(FD_DATASYNC), R(FD_WRITE), R(FILE_ALLOCATE), R(FILE_STAT_FPUT_SIZE),
	};
	const long fd = make_file("overwrite", FIXTURE_TEXT);
	const long dir = dir_with(DIRECTORY_BASE, DIRECTORY_INHERITING & ~R(FD_SEEK));

	ASSERT_LE(0, fd);
	ASSERT_LE(0, dir);
	for (size_t i = 0; i < ARRAY_SIZE(writing); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "overwrite", 0, writing[i]))
			TH_LOG("case %zu", i);
		EXPECT_EQ(0, try_both(dir, "overwrite", 0, CLOUDABI_FDFLAG_APPEND, writing[i]))
			TH_LOG("case %zu", i);
	}
	EXPECT_EQ(0, try_open(dir, "overwrite", TRUNC, R(FD_WRITE)));
	EXPECT_EQ(0, try_open(dir, "overwrite", 0, R(FD_READ)));
	EXPECT_EQ(0, close_fd(dir));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(create_without_rights_creates_nothing)
{
	const long dir = dir_with(DIRECTORY_BASE, R(FD_READ));

	ASSERT_LE(0, dir);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "ghost", CREAT, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "ghost", CREAT | EXCL, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "ghost", CREAT | TRUNC, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOENT, try_open(FIXTURE_DIR, "ghost", 0, 0));
	EXPECT_EQ(0, close_fd(dir));
}

/* The result for all sets of the four rights that matter to a write. */
TEST(rights_are_derived_as_the_table_says)
{
	static const cloudabi_rights_t rights[] = {
		R(FD_READ), R(FD_WRITE), R(FD_SEEK), R(FILE_STAT_FPUT_SIZE),
	};
	const long file = make_file("truth", FIXTURE_TEXT);

	ASSERT_LE(0, file);
	/*
	 * All sets that the directory passes on, all requests, with and without
	 * flags.
	 */
	for (int n = 0; n < 16 * 16 * 4; n++) {
		const bool append = n & 256, trunc = n & 512;
		cloudabi_rights_t inheritable = 0, asked = 0, needed;
		long dir, fd;

		for (int i = 0; i < 4; i++) {
			inheritable |= n & 1 << i ? rights[i] : 0;
			asked |= n & 16 << i ? rights[i] : 0;
		}
		needed = asked;
		if (trunc)
			needed |= R(FILE_STAT_FPUT_SIZE);
		if (asked & WRITING && !append && !trunc)
			needed |= R(FD_SEEK);

		dir = dir_with(R(FILE_OPEN), inheritable);
		ASSERT_LE(0, dir);
		fd = open_both(dir, "truth", trunc ? TRUNC : 0, append ? CLOUDABI_FDFLAG_APPEND : 0,
			       asked, 0);
		if (needed & ~inheritable) {
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, fd)
				TH_LOG("inheritable 0x%lx, requested 0x%lx, append %d, trunc %d",
				       (long)inheritable, (long)asked, append, trunc);
		} else {
			EXPECT_LE(0, fd)
				TH_LOG("inheritable 0x%lx, requested 0x%lx, append %d, trunc %d",
				       (long)inheritable, (long)asked, append, trunc);
		}
		if (fd >= 0) {
			EXPECT_EQ(asked, base_of(fd));
			EXPECT_EQ(0, close_fd(fd));
		}
		EXPECT_EQ(0, close_fd(dir));
	}
	EXPECT_EQ(0, close_fd(file));
}

/* Rights of the new descriptor */

TEST(file_gets_what_was_asked)
{
	const cloudabi_rights_t base = R(FD_READ) | R(FD_TELL) | R(FILE_STAT_FGET);
	const long fd = open_at(FIXTURE_DIR, "file", 0, base);

	ASSERT_LE(0, fd);
	EXPECT_EQ(base, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(fd).fs_filetype);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(file_gets_no_right_that_was_not_asked)
{
	const long fd = open_at(FIXTURE_DIR, "file", 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(fd, buf, 1));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(fd, buf, 1));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(file_gets_the_most_that_its_type_has)
{
	const long fd = open_both(FIXTURE_DIR, "file", 0, 0, DIRECTORY_INHERITING,
				  DIRECTORY_INHERITING);

	ASSERT_LE(0, fd);
	EXPECT_EQ(REGULAR_BASE, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(directory_gets_the_most_that_its_type_has)
{
	const long fd = open_both(FIXTURE_DIR, "dir", 0, 0, DIRECTORY_INHERITING & ~WRITING,
				  DIRECTORY_INHERITING);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat_of(fd).fs_filetype);
	EXPECT_EQ(DIRECTORY_BASE, base_of(fd));
	EXPECT_EQ(DIRECTORY_INHERITING, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(directory_gets_what_was_asked)
{
	const long fd = open_both(FIXTURE_DIR, "dir", DIRECTORY, 0, R(FILE_OPEN) | R(FILE_READDIR),
				  R(FD_READ) | R(PROC_EXEC));

	ASSERT_LE(0, fd);
	EXPECT_EQ(R(FILE_OPEN) | R(FILE_READDIR), base_of(fd));
	EXPECT_EQ(R(FD_READ) | R(PROC_EXEC), inheriting_of(fd));
	EXPECT_EQ(0, try_open(fd, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(fd, "file", 0, R(FD_TELL)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(fd, "new", CREAT, R(FD_READ)));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(child_directory_passes_on_no_more_than_it_got)
{
	const long one = open_both(FIXTURE_DIR, "dir", 0, 0, R(FILE_OPEN),
				   R(FILE_OPEN) | R(FD_READ));
	const long other = open_both(one, "dir", 0, 0, R(FILE_OPEN), R(FD_READ));

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, try_open(other, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(other, "file", 0, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(other, ".", 0, R(FILE_OPEN)));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

/* The C library requests all rights that do not concern writing. */
TEST(reader_gets_no_right_to_write)
{
	const long fd = open_at(FIXTURE_DIR, "file", 0, DIRECTORY_INHERITING & ~WRITING);

	ASSERT_LE(0, fd);
	EXPECT_EQ(REGULAR_BASE & ~WRITING, base_of(fd));
	EXPECT_EQ(4, read_fd(fd, buf, 4));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(fd, buf, 4));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(writer_gets_no_right_to_read)
{
	const long fd = make_file("writer", "");
	const long writer = open_at(FIXTURE_DIR, "writer", 0, DIRECTORY_INHERITING & ~READING);

	ASSERT_LE(0, writer);
	EXPECT_EQ(REGULAR_BASE & ~READING, base_of(writer));
	EXPECT_EQ(4, write_fd(writer, "abcd", 4));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(writer, buf, 4, 0));
	EXPECT_EQ(0, close_fd(writer));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(fifo_gets_the_rights_of_a_stream)
{
	const long fd = open_both(FIXTURE_DIR, "fifo", 0, CLOUDABI_FDFLAG_NONBLOCK,
				  R(FD_READ) | R(FD_TELL) | R(FILE_STAT_FGET) |
				  R(POLL_FD_READWRITE), R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, stat_of(fd).fs_filetype);
	EXPECT_EQ(R(FD_READ) | R(FILE_STAT_FGET) | R(POLL_FD_READWRITE), base_of(fd));
	EXPECT_EQ(CLOUDABI_FDFLAG_NONBLOCK, flags_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(device_gets_the_rights_of_its_type)
{
	const long fd = open_at(FIXTURE_DIR, "null", 0, DIRECTORY_INHERITING);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_FILETYPE_CHARACTER_DEVICE, stat_of(fd).fs_filetype);
	EXPECT_EQ(DEVICE_BASE, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(4, write_fd(fd, "void", 4));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
