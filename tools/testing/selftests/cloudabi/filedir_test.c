// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_create, file_symlink and file_readlink
 *
 * The first tests check errors that these calls share with file_unlink.
 */

#include "filecalls.h"

static char path[4200], buf[8192];

/* Descriptor, right and name: the same for all of these calls */

TEST(no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		FOR_EACH_NAMING(naming)
			EXPECT_EQ(-CLOUDABI_EBADF, naming->fn(bad_fds[i], "file", 4))
				TH_LOG("%s, fd 0x%x", naming->name, bad_fds[i]);
}

/* Only directories can have the rights of these calls. */
TEST(what_is_no_directory_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_FILE, FIXTURE_PIPE_READ, FIXTURE_STREAM, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_EPOLL, FIXTURE_FILE_PATH, FIXTURE_MEMFD, FIXTURE_PID,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		FOR_EACH_NAMING(naming)
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, naming->fn(fds[i], "file", 4))
				TH_LOG("%s, fd %u", naming->name, fds[i]);
}

TEST(empty_name_is_enoent)
{
	FOR_EACH_NAMING(naming) {
		EXPECT_EQ(-CLOUDABI_ENOENT, naming->fn(FIXTURE_DIR, "file", 0))
			TH_LOG("%s", naming->name);
		EXPECT_EQ(-CLOUDABI_ENOENT, naming->fn(FIXTURE_DIR, NULL, 0))
			TH_LOG("%s", naming->name);
	}
}

TEST(nul_in_a_name_is_einval)
{
	FOR_EACH_NAMING(naming) {
		EXPECT_EQ(-CLOUDABI_EINVAL, naming->fn(FIXTURE_DIR, "file\0", 5))
			TH_LOG("%s", naming->name);
		EXPECT_EQ(-CLOUDABI_EINVAL, naming->fn(FIXTURE_DIR, "\0file", 5))
			TH_LOG("%s", naming->name);
		EXPECT_EQ(-CLOUDABI_EINVAL, naming->fn(FIXTURE_DIR, "new\0name", 8))
			TH_LOG("%s", naming->name);
	}
}

TEST(name_in_bad_memory_is_efault)
{
	FOR_EACH_NAMING(naming) {
		EXPECT_EQ(-CLOUDABI_EFAULT, naming->fn(FIXTURE_DIR, NULL, 4))
			TH_LOG("%s", naming->name);
		EXPECT_EQ(-CLOUDABI_EFAULT, naming->fn(FIXTURE_DIR, BAD_POINTER, 4))
			TH_LOG("%s", naming->name);
		EXPECT_EQ(-CLOUDABI_EFAULT, naming->fn(FIXTURE_DIR, KERNEL_POINTER, 4))
			TH_LOG("%s", naming->name);
	}
}

TEST(huge_name_is_enametoolong)
{
	static const size_t lens[] = { 4096, 1UL << 31, 1UL << 32, (1UL << 32) + 4, SIZE_MAX };

	FOR_EACH_NAMING(naming)
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
			EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, naming->fn(FIXTURE_DIR, NULL, lens[i]))
				TH_LOG("%s, length 0x%lx", naming->name, (long)lens[i]);
}

TEST(component_of_256_bytes_is_enametoolong)
{
	memset(path, 'n', 256);
	FOR_EACH_NAMING(naming)
		EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, naming->fn(FIXTURE_DIR, path, 256))
			TH_LOG("%s", naming->name);
}

TEST(missing_parent_is_enoent)
{
	FOR_EACH_NAMING(naming)
		EXPECT_EQ(-CLOUDABI_ENOENT, naming->fn(FIXTURE_DIR, "nothing/name", 12))
			TH_LOG("%s", naming->name);
}

TEST(parent_that_is_a_file_is_enotdir)
{
	FOR_EACH_NAMING(naming)
		EXPECT_EQ(-CLOUDABI_ENOTDIR, naming->fn(FIXTURE_DIR, "file/name", 9))
			TH_LOG("%s", naming->name);
}

TEST(parent_that_is_a_loop_of_links_is_eloop)
{
	FOR_EACH_NAMING(naming) {
		EXPECT_EQ(-CLOUDABI_ELOOP, naming->fn(FIXTURE_DIR, "link_loop/name", 14))
			TH_LOG("%s", naming->name);
		/* The name does not allow a file to be created. */
		EXPECT_EQ(naming->fn == by_open_creating ? -CLOUDABI_EISDIR : -CLOUDABI_ELOOP,
			  naming->fn(FIXTURE_DIR, "link_loop/", 10))
			TH_LOG("%s", naming->name);
	}
}

/* file_create */

TEST(create_makes_a_directory)
{
	cloudabi_filestat_t stat;

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	ASSERT_EQ(0, stat_at(FIXTURE_DIR, 0, "made", &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat.st_filetype);
	EXPECT_LE(1, stat.st_nlink);
	EXPECT_LE(stat.st_nlink, 2);
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "made/file", CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, 0));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made/file", 0));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
}

TEST(create_of_any_other_type_is_einval)
{
	for (int type = 0; type < 256; type++) {
		if (type == CLOUDABI_FILETYPE_DIRECTORY)
			continue;
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_file_create(FIXTURE_DIR, "made", 4, type))
			TH_LOG("type 0x%x", type);
		/* The call checks this before anything else. */
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_file_create(FIXTURE_NONE, NULL, 4, type))
			TH_LOG("type 0x%x", type);
	}
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
}

TEST(create_needs_its_right_and_no_other)
{
	const long without = dup_without(FIXTURE_DIR, R(FILE_CREATE_DIRECTORY));
	const long with = dup_limited(FIXTURE_DIR, R(FILE_CREATE_DIRECTORY), 0);

	ASSERT_LE(0, without);
	ASSERT_LE(0, with);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, make_dir(without, "made"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, make_dir(without, "dir"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, make_dir(with, "made"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

TEST(create_of_what_is_there_is_eexist)
{
	static const char *const names[] = {
		"file", "dir", "dir/", "dir//", ".", "./", "dir/.", "dir/..", "dir/../", "fifo",
		"socket", "null", "link", "link_dir", "link_dir/", "link_slash/", "link_dot/",
		"link_dangling", "link_loop", "link_outside", "link_absolute", "link_root", "file/",
		"link/", "mount", "mount/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_EEXIST, make_dir(FIXTURE_DIR, names[i])) TH_LOG("%s", names[i]);
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "nothing"));
}

TEST(create_with_slashes_behind_creates)
{
	EXPECT_EQ(0, make_dir(FIXTURE_DIR, "made/"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, make_dir(FIXTURE_DIR, "made/sub///"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "made/sub"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made/sub", REMOVEDIR));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
}

TEST(create_with_a_slash_behind_a_dangling_link_creates_its_target)
{
	EXPECT_EQ(-CLOUDABI_EEXIST, make_dir(FIXTURE_DIR, "link_dangling"));
	EXPECT_EQ(0, make_dir(FIXTURE_DIR, "link_dangling/"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "nothing"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "link_dangling"));
	EXPECT_EQ(-CLOUDABI_EEXIST, make_dir(FIXTURE_DIR, "link_dangling/"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "nothing", REMOVEDIR));
}

/* Links to links, in directories that are links themselves. */
TEST(slash_behind_follows_links_to_links)
{
	ASSERT_EQ(0, symlink_at("link_dangling", FIXTURE_DIR, "hop1"));
	ASSERT_EQ(0, symlink_at("../hop1/", FIXTURE_DIR, "dir/hop2"));
	EXPECT_EQ(0, make_dir(FIXTURE_DIR, "link_dir/hop2//"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "nothing"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "link_dir/hop2/", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "nothing"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "dir/hop2", 0));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "hop1", 0));
}

/* Rights do not replace the permissions of the user; both must allow the change. */
TEST(change_where_the_user_may_not_write_is_eacces)
{
	EXPECT_EQ(-CLOUDABI_EACCES, make_dir(FIXTURE_DIR, "foreign_dir/made"));
	EXPECT_EQ(-CLOUDABI_EACCES, symlink_at("x", FIXTURE_DIR, "foreign_dir/made"));
	EXPECT_EQ(-CLOUDABI_EACCES, unlink_at(FIXTURE_DIR, "foreign_dir/file", 0));
	EXPECT_EQ(-CLOUDABI_EACCES,
		  rename_at(FIXTURE_DIR, "foreign_dir/file", FIXTURE_DIR, "made"));
	EXPECT_EQ(-CLOUDABI_EACCES,
		  rename_at(FIXTURE_DIR, "empty", FIXTURE_DIR, "foreign_dir/made"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "foreign_dir/made"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "foreign_dir/file"));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "empty"));
}

/* file_symlink */

static bool is_link_to(const char *name, const char *contents)
{
	const long len = readlink_at(FIXTURE_DIR, name, buf, sizeof(buf));

	return len == (long)strlen(contents) && !memcmp(buf, contents, len);
}

TEST(symlink_makes_a_link)
{
	ASSERT_EQ(0, symlink_at("file", FIXTURE_DIR, "made"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "made"));
	EXPECT_TRUE(is_link_to("made", "file"));
	EXPECT_EQ(0, try_follow(FIXTURE_DIR, "made", 0, R(FD_READ)));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
}

TEST(symlink_needs_its_right_and_no_other)
{
	const long without = dup_without(FIXTURE_DIR, R(FILE_SYMLINK));
	const long with = dup_limited(FIXTURE_DIR, R(FILE_SYMLINK), 0);

	ASSERT_LE(0, without);
	ASSERT_LE(0, with);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, symlink_at("file", without, "made"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, symlink_at("file", without, "file"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, symlink_at("file", with, "made"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

/* A link may contain a path that no call would follow. */
TEST(symlink_contents_may_lead_anywhere)
{
	static const char *const contents[] = {
		"/", "/etc/passwd", "..", "../outside", "../../../../etc/passwd", "a//b/../c/", ".",
		"nothing at all", "\x01\xff\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		ASSERT_EQ(0, symlink_at(contents[i], FIXTURE_DIR, "made"));
		EXPECT_TRUE(is_link_to("made", contents[i])) TH_LOG("%s", contents[i]);
		if (contents[i][0] == '/' || !memcmp(contents[i], "..", 2)) {
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  try_follow(FIXTURE_DIR, "made", 0, R(FD_READ)))
				TH_LOG("%s", contents[i]);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  try_follow(FIXTURE_DIR, "made/etc", 0, R(FD_READ)))
				TH_LOG("%s", contents[i]);
		}
		EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
	}
}

TEST(symlink_contents_without_length_are_enoent)
{
	EXPECT_EQ(CLOUDABI_ENOENT, cloudabi_sys_file_symlink("file", 0, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(CLOUDABI_ENOENT, cloudabi_sys_file_symlink(NULL, 0, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
}

TEST(symlink_contents_with_nul_are_einval)
{
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_file_symlink("", 1, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_file_symlink("file\0", 5, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_file_symlink("fi\0le", 5, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
}

TEST(symlink_contents_in_bad_memory_are_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	memcpy(end - 4, "file", 4);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_file_symlink(NULL, 4, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_file_symlink(KERNEL_POINTER, 4, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_file_symlink(end - 4, 5, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, cloudabi_sys_file_symlink(end - 4, 4, FIXTURE_DIR, "made", 4));
	EXPECT_TRUE(is_link_to("made", "file"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
	unmap_edge(end);
}

TEST(symlink_contents_of_4095_bytes)
{
	memset(path, 'c', 4095);
	path[0] = '/';
	ASSERT_EQ(0, cloudabi_sys_file_symlink(path, 4095, FIXTURE_DIR, "made", 4));
	EXPECT_EQ(4095, readlink_at(FIXTURE_DIR, "made", buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(path, buf, 4095));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
}

TEST(symlink_contents_of_4096_bytes_are_enametoolong)
{
	static const size_t lens[] = { 4097, 1UL << 31, 1UL << 32, (1UL << 32) + 4, SIZE_MAX };

	memset(path, 'c', 4096);
	EXPECT_EQ(CLOUDABI_ENAMETOOLONG,
		  cloudabi_sys_file_symlink(path, 4096, FIXTURE_DIR, "made", 4));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		EXPECT_EQ(CLOUDABI_ENAMETOOLONG,
			  cloudabi_sys_file_symlink(NULL, lens[i], FIXTURE_DIR, "made", 4))
			TH_LOG("length 0x%lx", (long)lens[i]);
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
}

TEST(symlink_where_something_is_is_eexist)
{
	static const char *const names[] = {
		"file", "dir", "dir/", ".", "./", "dir/..", "fifo", "link", "link_dangling",
		"link_loop", "link_outside", "link_dir/", "link_dot/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_EEXIST, symlink_at("file", FIXTURE_DIR, names[i]))
			TH_LOG("%s", names[i]);
}

TEST(symlink_with_a_slash_behind)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, symlink_at("file", FIXTURE_DIR, "made/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, symlink_at("file", FIXTURE_DIR, "link_dangling/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, symlink_at("file", FIXTURE_DIR, "file/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, symlink_at("file", FIXTURE_DIR, "link/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "nothing"));
}

/* file_readlink */

TEST(readlink_reads_without_nul)
{
	memset(buf, 0xee, sizeof(buf));
	EXPECT_EQ(4, readlink_at(FIXTURE_DIR, "link", buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "file\xee", 5));
}

TEST(readlink_needs_its_right_and_no_other)
{
	const long without = dup_without(FIXTURE_DIR, R(FILE_READLINK));
	const long with = dup_limited(FIXTURE_DIR, R(FILE_READLINK), 0);

	ASSERT_LE(0, without);
	ASSERT_LE(0, with);
	memset(buf, 0xee, sizeof(buf));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readlink_at(without, "link", buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readlink_at(without, "nothing", buf, sizeof(buf)));
	EXPECT_EQ('\xee', buf[0]);
	EXPECT_EQ(4, readlink_at(with, "link", buf, sizeof(buf)));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

/* Links in the middle of the path are followed; the link at its end is read. */
TEST(readlink_of_links_anywhere)
{
	EXPECT_EQ(7, readlink_at(FIXTURE_DIR, "dir/up", buf, sizeof(buf)));
	EXPECT_EQ(7, readlink_at(FIXTURE_DIR, "link_dir/up", buf, sizeof(buf)));
	EXPECT_EQ(7, readlink_at(FIXTURE_DIR, "link_slash/up", buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "../file", 7));
	EXPECT_EQ(10, readlink_at(FIXTURE_DIR, "link_outside", buf, sizeof(buf)));
	EXPECT_EQ(9, readlink_at(FIXTURE_DIR, "link_loop", buf, sizeof(buf)));
	EXPECT_EQ(1, readlink_at(FIXTURE_DIR, "link_root", buf, sizeof(buf)));
}

TEST(readlink_is_cut_silently)
{
	for (size_t len = 0; len <= 7; len++) {
		memset(buf, 0xee, 8);
		EXPECT_EQ((long)len, readlink_at(FIXTURE_DIR, "dir/up", buf, len));
		EXPECT_EQ(0, memcmp(buf, "../file", len));
		EXPECT_EQ('\xee', buf[len]);
	}
}

TEST(readlink_without_room_still_tells_what_is_there)
{
	EXPECT_EQ(0, readlink_at(FIXTURE_DIR, "link", buf, 0));
	EXPECT_EQ(0, readlink_at(FIXTURE_DIR, "link", NULL, 0));
	EXPECT_EQ(0, readlink_at(FIXTURE_DIR, "link_dangling", NULL, 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, readlink_at(FIXTURE_DIR, "nothing", buf, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, readlink_at(FIXTURE_DIR, "file", buf, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, readlink_at(FIXTURE_DIR, "dir", buf, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, readlink_at(FIXTURE_DIR, ".", buf, 0));
}

TEST(readlink_with_more_room_than_memory)
{
	static const size_t lens[] = {
		1UL << 31, (1UL << 31) + 1, 1UL << 32, (1UL << 32) + 1, 1UL << 63, SIZE_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		memset(buf, 0xee, 8);
		EXPECT_EQ(4, readlink_at(FIXTURE_DIR, "link", buf, lens[i]))
			TH_LOG("length 0x%lx", (long)lens[i]);
		EXPECT_EQ(0, memcmp(buf, "file\xee", 5));
	}
}

TEST(readlink_into_bad_memory_is_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	EXPECT_EQ(-CLOUDABI_EFAULT, readlink_at(FIXTURE_DIR, "link", NULL, 10));
	EXPECT_EQ(-CLOUDABI_EFAULT, readlink_at(FIXTURE_DIR, "link", KERNEL_POINTER, 10));
	EXPECT_EQ(-CLOUDABI_EFAULT, readlink_at(FIXTURE_DIR, "link", end - 3, 10));
	EXPECT_EQ(4, readlink_at(FIXTURE_DIR, "link", end - 4, 10));
	unmap_edge(end);
}

TEST(readlink_of_what_is_no_link_is_einval)
{
	static const char *const names[] = {
		"file", "dir", "dir/", ".", "./", "dir/.", "dir/..", "fifo", "socket", "null",
		"link_dir/", "link_dot/", "link_dir/file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL, readlink_at(FIXTURE_DIR, names[i], buf, sizeof(buf)))
			TH_LOG("%s", names[i]);
}

TEST(readlink_with_a_slash_behind)
{
	EXPECT_EQ(-CLOUDABI_ENOTDIR, readlink_at(FIXTURE_DIR, "link/", buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, readlink_at(FIXTURE_DIR, "file/", buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOENT, readlink_at(FIXTURE_DIR, "link_dangling/", buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOENT, readlink_at(FIXTURE_DIR, "nothing/", buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOENT, readlink_at(FIXTURE_DIR, "nothing", buf, sizeof(buf)));
}

TEST_HARNESS_MAIN
