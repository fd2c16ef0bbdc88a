// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_link and file_rename: calls with two names
 */

#include "filecalls.h"

static char buf[64];

/* Creates the files that the tests rename. */
static void set_up(void)
{
	make_dir(FIXTURE_DIR, "work");
	make_dir(FIXTURE_DIR, "work/empty");
	make_dir(FIXTURE_DIR, "work/full");
	make_dir(FIXTURE_DIR, "work/full/sub");
	make_closed_file("work/one", "one");
	make_closed_file("work/two", "three");
	make_closed_file("work/full/file", "");
}

/* A test that starts with these files. */
#define WORK_TEST(name)                                              \
	static void name##_body(struct test_metadata *_metadata);    \
	TEST(name)                                                   \
	{                                                            \
		set_up();                                            \
		name##_body(_metadata);                              \
		remove_all(FIXTURE_DIR, "work");                     \
	}                                                            \
	static void name##_body(struct test_metadata *_metadata)

static long link_in(const char *from, const char *to)
{
	return link_at(FIXTURE_DIR, 0, from, FIXTURE_DIR, to);
}

static long link_following(const char *from, const char *to)
{
	return link_at(FIXTURE_DIR, FOLLOW, from, FIXTURE_DIR, to);
}

static long rename_in(const char *from, const char *to)
{
	return rename_at(FIXTURE_DIR, from, FIXTURE_DIR, to);
}

static cloudabi_inode_t inode(const char *name)
{
	return inode_at(FIXTURE_DIR, name);
}

/* file_link */

WORK_TEST(link_is_the_same_file)
{
	long fd;

	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(0, link_in("work/one", "work/alias"));
	EXPECT_EQ(2, links_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(2, links_at(FIXTURE_DIR, "work/alias"));
	EXPECT_NE(0, inode("work/one"));
	EXPECT_EQ(inode("work/one"), inode("work/alias"));

	fd = open_at(FIXTURE_DIR, "work/alias", 0, R(FD_READ));
	EXPECT_EQ(3, read_fd(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "work/one", 0));
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/alias"));
}

WORK_TEST(link_between_two_directories)
{
	const long from = open_whole_dir(FIXTURE_DIR, "work");
	const long to = open_whole_dir(FIXTURE_DIR, "work/full");

	EXPECT_EQ(0, link_at(from, 0, "one", to, "one"));
	EXPECT_EQ(inode("work/one"), inode("work/full/one"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_at(to, 0, "../one", from, "alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_at(from, 0, "one", to, "../alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(from, "alias"));
	EXPECT_EQ(0, close_fd(to));
	EXPECT_EQ(0, close_fd(from));
}

WORK_TEST(link_needs_a_right_of_each_directory)
{
	const long source = dup_limited(FIXTURE_DIR, R(FILE_LINK_SOURCE), 0);
	const long target = dup_limited(FIXTURE_DIR, R(FILE_LINK_TARGET), 0);
	const long no_source = dup_without(FIXTURE_DIR, R(FILE_LINK_SOURCE));
	const long no_target = dup_without(FIXTURE_DIR, R(FILE_LINK_TARGET));

	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_at(no_source, 0, "work/one", target, "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_at(source, 0, "work/one", no_target, "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_at(target, 0, "work/one", source, "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(0, link_at(source, 0, "work/one", target, "work/alias"));
	EXPECT_EQ(0, close_fd(no_target));
	EXPECT_EQ(0, close_fd(no_source));
	EXPECT_EQ(0, close_fd(target));
	EXPECT_EQ(0, close_fd(source));
}

TEST(link_to_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, link_at(FIXTURE_DIR, 0, "file", bad_fds[i], "fresh"));
		EXPECT_EQ(-CLOUDABI_EBADF, link_at(bad_fds[i], 0, "file", FIXTURE_DIR, "fresh"));
	}
}

WORK_TEST(link_where_something_is_is_eexist)
{
	static const char *const names[] = {
		"file", "work/one", "work/two", "dir", "dir/", ".", "./", "dir/..", "fifo", "link",
		"link_dir", "link_dir/", "link_dangling", "link_loop", "link_outside", "mount",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_EEXIST, link_in("work/one", names[i])) TH_LOG("%s", names[i]);
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(link_of_a_directory_is_eperm)
{
	static const char *const names[] = {
		"work/empty", "work/empty/", ".", "./", "dir/..", "link_dir/", "work/full",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_EPERM, link_in(names[i], "work/alias")) TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_EPERM, link_following(names[i], "work/alias"))
			TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(-CLOUDABI_EPERM, link_following("link_dir", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
}

WORK_TEST(link_of_nothing_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, link_in("nothing", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, link_in("nothing/", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, link_following("link_dangling", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, link_in("link_dangling/", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ELOOP, link_following("link_loop", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
}

WORK_TEST(link_with_a_slash_behind)
{
	EXPECT_EQ(-CLOUDABI_ENOTDIR, link_in("work/one/", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, link_in("link/", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, link_in("work/one", "work/alias/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, link_in("work/one", "link_dangling/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, link_in("work/one", "work/two/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(link_of_a_symbolic_link_is_one_itself)
{
	ASSERT_EQ(0, symlink_at("one", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(0, link_in("work/link", "work/alias"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(inode("work/link"), inode("work/alias"));
	EXPECT_EQ(2, links_at(FIXTURE_DIR, "work/link"));
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(link_that_follows_is_one_of_the_file)
{
	ASSERT_EQ(0, symlink_at("one", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(0, link_following("work/link", "work/alias"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(inode("work/one"), inode("work/alias"));
	EXPECT_EQ(2, links_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(1, links_at(FIXTURE_DIR, "work/link"));
}

WORK_TEST(link_does_not_follow_at_its_own_end)
{
	EXPECT_EQ(-CLOUDABI_EEXIST, link_in("work/one", "link_dangling"));
	EXPECT_EQ(-CLOUDABI_EEXIST, link_following("work/one", "link_dangling"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "nothing"));
}

WORK_TEST(link_ignores_unknown_lookup_flags)
{
	ASSERT_EQ(0, symlink_at("one", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(0, link_at(FIXTURE_DIR, ~(unsigned int)FOLLOW, "work/link", FIXTURE_DIR,
			     "work/alias"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "work/alias"));
}

/* Linux's AT_EMPTY_PATH is no flag here. */
TEST(link_of_the_empty_name_is_enoent)
{
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE,
		  cloudabi_sys_file_link(cloudabi_lookup(FIXTURE_FILE_PATH, 0x1000), "", 0,
					 FIXTURE_DIR, "fresh", 5));
	EXPECT_EQ(CLOUDABI_ENOENT,
		  cloudabi_sys_file_link(cloudabi_lookup(FIXTURE_DIR, 0xffffffff), "", 0,
					 FIXTURE_DIR, "fresh", 5));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "fresh"));
}

WORK_TEST(link_to_another_file_system_is_exdev)
{
	EXPECT_EQ(-CLOUDABI_EXDEV, link_in("work/one", "mount/alias"));
	EXPECT_EQ(-CLOUDABI_EXDEV, link_in("mount/file", "work/alias"));
	EXPECT_EQ(-CLOUDABI_EXDEV, link_following("link", "mount/alias"));
	/* The same file system, but mounted twice. */
	EXPECT_EQ(-CLOUDABI_EXDEV, link_in("work/one", "bound/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "mount/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "dir/alias"));
}

/* Linux returns EXDEV for names that lead out, too. */
WORK_TEST(link_from_or_to_outside_is_enotcapable)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_in("../outside", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_in("../outside", "mount/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_in("mount/file", "../alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_in("work/one", "link_up/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_following("link_outside", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_following("link_absolute", "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, link_following("link_outside", "mount/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "mount/alias"));
}

/* file_rename */

WORK_TEST(rename_gives_a_new_name)
{
	const cloudabi_inode_t number = inode("work/one");

	EXPECT_EQ(0, rename_in("work/one", "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(number, inode("work/three"));
	EXPECT_EQ(0, rename_in("work/three", "work/full/one"));
	EXPECT_EQ(number, inode("work/full/one"));
}

WORK_TEST(rename_replaces_a_file)
{
	const cloudabi_inode_t number = inode("work/one");
	const long replaced = open_at(FIXTURE_DIR, "work/two", 0, R(FD_READ) | R(FILE_STAT_FGET));
	cloudabi_filestat_t stat;

	EXPECT_EQ(0, rename_in("work/one", "work/two"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(number, inode("work/two"));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "work/two"));
	/* A descriptor of the replaced file can still read it. */
	EXPECT_EQ(5, read_fd(replaced, buf, sizeof(buf)));
	EXPECT_EQ(0, stat_fd(replaced, &stat));
	EXPECT_EQ(0, stat.st_nlink);
	EXPECT_EQ(0, close_fd(replaced));
}

WORK_TEST(rename_of_a_directory)
{
	const cloudabi_inode_t number = inode("work/full");

	EXPECT_EQ(0, rename_in("work/full", "work/moved"));
	EXPECT_EQ(number, inode("work/moved"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "work/moved/sub"));
	/* Over an empty directory, and with slashes. */
	EXPECT_EQ(0, rename_in("work/moved/", "work/empty//"));
	EXPECT_EQ(number, inode("work/empty"));
	EXPECT_EQ(0, rename_in("work/empty/", "work/moved/"));
	EXPECT_EQ(number, inode("work/moved"));
}

WORK_TEST(rename_of_a_link_is_of_itself)
{
	ASSERT_EQ(0, symlink_at("../../outside", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(0, rename_in("work/link", "work/alias"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "work/alias"));
	EXPECT_EQ(13, readlink_at(FIXTURE_DIR, "work/alias", buf, sizeof(buf)));
	/* Neither does a rename over another link to the same file. */
	EXPECT_EQ(0, rename_in("work/one", "work/alias"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "work/alias"));
}

WORK_TEST(rename_with_a_slash_behind_a_link)
{
	const cloudabi_inode_t full = inode("work/full");

	ASSERT_EQ(0, symlink_at("full", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(0, rename_in("work/link/", "work/moved"));
	EXPECT_EQ(full, inode("work/moved"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "work/link"));
	EXPECT_EQ(-CLOUDABI_ENOENT, rename_in("work/link/", "work/empty"));
	/* As the target: the directory that the link points to. */
	EXPECT_EQ(0, rename_in("work/moved", "work/link/"));
	EXPECT_EQ(full, inode("work/full"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "work/link"));
}

WORK_TEST(rename_needs_a_right_of_each_directory)
{
	const long source = dup_limited(FIXTURE_DIR, R(FILE_RENAME_SOURCE), 0);
	const long target = dup_limited(FIXTURE_DIR, R(FILE_RENAME_TARGET), 0);
	const long no_source = dup_without(FIXTURE_DIR, R(FILE_RENAME_SOURCE));
	const long no_target = dup_without(FIXTURE_DIR, R(FILE_RENAME_TARGET));
	const cloudabi_inode_t number = inode("work/one");

	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_at(no_source, "work/one", target, "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_at(source, "work/one", no_target, "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_at(target, "work/one", source, "work/three"));
	EXPECT_EQ(number, inode("work/one"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/three"));
	EXPECT_EQ(0, rename_at(source, "work/one", target, "work/three"));
	/* A rename over a file needs no right to unlink. */
	EXPECT_EQ(0, rename_at(source, "work/three", target, "work/two"));
	EXPECT_EQ(0, close_fd(no_target));
	EXPECT_EQ(0, close_fd(no_source));
	EXPECT_EQ(0, close_fd(target));
	EXPECT_EQ(0, close_fd(source));
}

TEST(rename_to_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, rename_at(FIXTURE_DIR, "file", bad_fds[i], "fresh"));
		EXPECT_EQ(-CLOUDABI_EBADF, rename_at(bad_fds[i], "file", FIXTURE_DIR, "fresh"));
	}
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "file"));
}

WORK_TEST(rename_of_nothing_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, rename_in("nothing", "work/two"));
	EXPECT_EQ(-CLOUDABI_ENOENT, rename_in("nothing/", "work/two"));
	EXPECT_EQ(-CLOUDABI_ENOENT, rename_in("work/one", "nothing/one"));
	EXPECT_EQ(-CLOUDABI_ENOENT, rename_in("link_dangling/", "work/moved"));
	EXPECT_EQ(5, size_at(FIXTURE_DIR, "work/two"));
}

WORK_TEST(rename_of_dot_and_dot_dot_is_einval)
{
	static const char *const names[] = {
		".", "./", "work/.", "work/./", "work/full/..", "work/full/../", "work/full/.",
		"work/full/sub/..", "link_dot/", "link_dir/..",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, rename_in(names[i], "work/moved"))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/full", names[i]))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/one", names[i]))
			TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "work/full/sub"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(rename_to_itself_does_nothing)
{
	const cloudabi_inode_t number = inode("work/one");

	EXPECT_EQ(0, rename_in("work/one", "work/one"));
	EXPECT_EQ(0, rename_in("work/full", "work/full/"));
	EXPECT_EQ(0, rename_in("work/full/../one", "work/./one"));
	EXPECT_EQ(number, inode("work/one"));
	/* A rename to another link to the same file also does nothing. */
	ASSERT_EQ(0, link_in("work/one", "work/alias"));
	EXPECT_EQ(0, rename_in("work/one", "work/alias"));
	EXPECT_EQ(number, inode("work/one"));
	EXPECT_EQ(number, inode("work/alias"));
	EXPECT_EQ(2, links_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(rename_of_a_directory_over_a_file_is_enotdir)
{
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/empty", "work/one"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/full", "work/one"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/full", "fifo"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/full", "link_dir"));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "work/one"));
}

WORK_TEST(rename_of_a_file_over_a_directory_is_eisdir)
{
	EXPECT_EQ(-CLOUDABI_EISDIR, rename_in("work/one", "work/empty"));
	EXPECT_EQ(-CLOUDABI_EISDIR, rename_in("work/one", "work/full"));
	ASSERT_EQ(0, symlink_at("one", FIXTURE_DIR, "work/link"));
	EXPECT_EQ(-CLOUDABI_EISDIR, rename_in("work/link", "work/empty"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "work/empty"));
}

WORK_TEST(rename_over_a_full_directory_is_enotempty)
{
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, rename_in("work/empty", "work/full"));
	/* Also over its own parent directory. */
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, rename_in("work/full/sub", "work/full"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "work/full/sub"));
}

WORK_TEST(rename_of_a_directory_into_itself_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/full", "work/full/moved"));
	EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/full", "work/full/sub"));
	EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/full", "work/full/sub/moved"));
	EXPECT_EQ(-CLOUDABI_EINVAL, rename_in("work/full/", "work/full/sub/moved/"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "work/full/sub"));
}

WORK_TEST(rename_with_a_slash_behind_a_file_is_enotdir)
{
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/one/", "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("link/", "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/one", "work/two/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, rename_in("work/full", "work/two/"));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(5, size_at(FIXTURE_DIR, "work/two"));
}

WORK_TEST(rename_of_what_is_mounted_is_ebusy)
{
	EXPECT_EQ(-CLOUDABI_EBUSY, rename_in("mount", "work/moved"));
	EXPECT_EQ(-CLOUDABI_EBUSY, rename_in("work/empty", "bound"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "mount/file"));
}

WORK_TEST(rename_to_another_file_system_is_exdev)
{
	EXPECT_EQ(-CLOUDABI_EXDEV, rename_in("work/one", "mount/one"));
	EXPECT_EQ(-CLOUDABI_EXDEV, rename_in("mount/file", "work/three"));
	EXPECT_EQ(-CLOUDABI_EXDEV, rename_in("work/full", "mount/full"));
	/* The same file system, but mounted twice. */
	EXPECT_EQ(-CLOUDABI_EXDEV, rename_in("work/one", "bound/one"));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_at(FIXTURE_DIR, "mount/file"));
}

WORK_TEST(rename_within_another_file_system)
{
	EXPECT_EQ(0, rename_in("mount/file", "mount/moved"));
	EXPECT_EQ(0, rename_in("mount/moved", "mount/../mount/file"));
	EXPECT_EQ(FIXTURE_TEXT_LEN, size_at(FIXTURE_DIR, "mount/file"));
}

WORK_TEST(rename_from_or_to_outside_is_enotcapable)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("../outside", "work/three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("../outside", "mount/three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("work/one", "../three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("mount/file", "../three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("work/one", "link_up/three"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_in("link_up/outside", "work/three"));
	EXPECT_EQ(3, size_at(FIXTURE_DIR, "work/one"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "work/three"));
}

TEST_HARNESS_MAIN
