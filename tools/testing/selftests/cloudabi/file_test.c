// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_open: what is opened, and with which rights
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

static long open_both(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
		      cloudabi_fdflags_t flags, cloudabi_rights_t base,
		      cloudabi_rights_t inheriting)
{
	return open_path(dir, 0, path, strlen(path), oflags, flags, base, inheriting);
}

static long try_both(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
		     cloudabi_fdflags_t flags, cloudabi_rights_t base)
{
	const long fd = open_both(dir, path, oflags, flags, base, 0);

	return fd < 0 ? fd : close_fd(fd);
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
