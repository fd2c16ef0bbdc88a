// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_unlink
 */

#include "filecalls.h"

static char buf[256];

/* Without a flag */

TEST(unlink_removes_a_file)
{
	const long fd = make_file("made", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	/* The file exists as long as it is open. */
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(unlink_needs_its_right_and_no_other)
{
	const long without = dup_without(FIXTURE_DIR, R(FILE_UNLINK));
	const long with = dup_limited(FIXTURE_DIR, R(FILE_UNLINK), 0);

	ASSERT_LE(0, without);
	ASSERT_LE(0, with);
	ASSERT_EQ(0, make_closed_file("made", ""));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made_dir"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_at(without, "made", 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_at(without, "made_dir", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, unlink_at(without, "nothing", 0));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "made_dir"));
	EXPECT_EQ(0, unlink_at(with, "made", 0));
	EXPECT_EQ(0, unlink_at(with, "made_dir", REMOVEDIR));
	EXPECT_EQ(0, close_fd(with));
	EXPECT_EQ(0, close_fd(without));
}

TEST(unlink_removes_a_link_and_not_its_target)
{
	static const char *const targets[] = {
		"file", "dir", "dir/", "nothing", "made", ".", "..", "/", "../outside",
	};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		ASSERT_EQ(0, symlink_at(targets[i], FIXTURE_DIR, "made"));
		EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", 0)) TH_LOG("%s", targets[i]);
		EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	}
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "file"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "dir"));
}

TEST(unlink_of_a_directory_is_eperm)
{
	static const char *const names[] = {
		"dir", "dir/", "dir//", "blank", "blank/", ".", "./", "dir/.", "dir/..",
		"link_dir/", "link_slash/", "link_dot/", "mount", "mount/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_EPERM, unlink_at(FIXTURE_DIR, names[i], 0))
			TH_LOG("%s", names[i]);
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "link_dir"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "blank"));
}

TEST(unlink_of_nothing_is_enoent)
{
	static const char *const names[] = { "nothing", "nothing/", "link_dangling/" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ENOENT, unlink_at(FIXTURE_DIR, names[i], 0))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOENT, unlink_at(FIXTURE_DIR, names[i], REMOVEDIR))
			TH_LOG("%s", names[i]);
	}
}

TEST(unlink_with_a_slash_behind_a_file_is_enotdir)
{
	static const char *const names[] = { "file/", "link/", "fifo/", "file/.", "file/.." };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTDIR, unlink_at(FIXTURE_DIR, names[i], 0))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOTDIR, unlink_at(FIXTURE_DIR, names[i], REMOVEDIR))
			TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, type_at(FIXTURE_DIR, "file"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "link"));
}

TEST(unlink_ignores_unknown_flags)
{
	for (int flags = 2; flags < 256; flags += 2) {
		ASSERT_EQ(0, make_closed_file("made", ""));
		EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", flags)) TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(-CLOUDABI_EPERM, unlink_at(FIXTURE_DIR, "blank", flags))
			TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(-CLOUDABI_ENOTDIR, unlink_at(FIXTURE_DIR, "file", flags | REMOVEDIR))
			TH_LOG("flags 0x%x", flags);
	}
}

/* Removal of a directory */

TEST(removal_removes_a_directory)
{
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made//", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
}

TEST(removal_of_what_is_no_directory_is_enotdir)
{
	static const char *const names[] = {
		"file", "fifo", "socket", "null", "link", "link_dir", "link_slash", "link_dangling",
		"link_outside", "link_loop",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_ENOTDIR, unlink_at(FIXTURE_DIR, names[i], REMOVEDIR))
			TH_LOG("%s", names[i]);
}

TEST(removal_of_a_full_directory_is_enotempty)
{
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, unlink_at(FIXTURE_DIR, "dir", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, unlink_at(FIXTURE_DIR, "dir/", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, unlink_at(FIXTURE_DIR, "link_dir/", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOTEMPTY, unlink_at(FIXTURE_DIR, "dir/..", REMOVEDIR));
}

TEST(removal_of_dot_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, unlink_at(FIXTURE_DIR, ".", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_EINVAL, unlink_at(FIXTURE_DIR, "./", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_EINVAL, unlink_at(FIXTURE_DIR, "blank/.", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_EINVAL, unlink_at(FIXTURE_DIR, "link_dot/", REMOVEDIR));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "blank"));
}

TEST(removal_with_a_slash_behind_a_link_removes_what_it_points_to)
{
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	ASSERT_EQ(0, symlink_at("made", FIXTURE_DIR, "made_link"));
	EXPECT_EQ(-CLOUDABI_EPERM, unlink_at(FIXTURE_DIR, "made_link/", 0));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, unlink_at(FIXTURE_DIR, "made_link", REMOVEDIR));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(FIXTURE_DIR, "made"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made_link/", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(FIXTURE_DIR, "made"));
	/* The link dangles. */
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, type_at(FIXTURE_DIR, "made_link"));
	EXPECT_EQ(-CLOUDABI_ENOENT, unlink_at(FIXTURE_DIR, "made_link/", REMOVEDIR));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made_link", 0));
}

TEST(removal_of_what_is_mounted_is_ebusy)
{
	EXPECT_EQ(-CLOUDABI_EBUSY, unlink_at(FIXTURE_DIR, "mount", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_EBUSY, unlink_at(FIXTURE_DIR, "bound/", REMOVEDIR));
}

/* An open directory stays empty after its removal. */
TEST(removed_directory_takes_no_entries)
{
	long dir;

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	dir = open_whole_dir(FIXTURE_DIR, "made");
	ASSERT_LE(0, dir);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
	EXPECT_EQ(-CLOUDABI_ENOENT, make_dir(dir, "sub"));
	EXPECT_EQ(-CLOUDABI_ENOENT, symlink_at("file", dir, "sub"));
	EXPECT_EQ(-CLOUDABI_ENOENT, unlink_at(dir, "sub", 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, make_dir(dir, "../sub"));
	EXPECT_EQ(0, close_fd(dir));
}

TEST_HARNESS_MAIN
