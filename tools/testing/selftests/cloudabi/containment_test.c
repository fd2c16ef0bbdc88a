// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - No call leaves the directory that it is given
 *
 * Every call that takes a name is tried with every way out. The launcher checks
 * afterwards that nothing outside has changed. Nothing inside may change either,
 * because all calls fail.
 */

#include "filecalls.h"
#include "snapshot.h"

static struct snapshot before, after;

static void take(struct snapshot *snap)
{
	snapshot_start(snap);
	snapshot_tree(snap, FIXTURE_DIR, ".", 0);
	snapshot_fds(snap);
}

/* A call that creates an entry refuses a trailing slash before it looks up the name. */
static long expected(const struct naming *naming, const char *path)
{
	const size_t len = strlen(path);
	size_t end = len;

	while (end && path[end - 1] == '/')
		end--;
	if (naming->fn == by_open_creating && path[0] != '/' && end < len && path[end - 1] != '.')
		return -CLOUDABI_EISDIR;
	return -CLOUDABI_ENOTCAPABLE;
}

static void check_all(struct test_metadata *_metadata, cloudabi_fd_t dir,
		      const char *const *paths, size_t n, bool only_following)
{
	take(&before);
	for (size_t i = 0; i < n; i++) {
		FOR_EACH_NAMING(naming) {
			if (only_following && !naming->follows)
				continue;
			EXPECT_EQ(expected(naming, paths[i]),
				  naming->fn(dir, paths[i], strlen(paths[i])))
				TH_LOG("%s: %s", naming->name, paths[i]);
		}
	}
	take(&after);
	EXPECT_TRUE(snapshot_same(&before, &after));
}

#define CHECK_ALL(dir, paths) check_all(_metadata, dir, paths, ARRAY_SIZE(paths), false)
#define CHECK_FOLLOWING(dir, paths) check_all(_metadata, dir, paths, ARRAY_SIZE(paths), true)

TEST(absolute_names)
{
	static const char *const paths[] = {
		"/", "//", "/.", "/..", "/file", "/nothing", "/etc/passwd", "/tmp/new", "/tmp/",
		"/proc/self/root", "/dev/null", "//file", "/../file",
	};

	CHECK_ALL(FIXTURE_DIR, paths);
	CHECK_ALL(FIXTURE_PROC, paths);
}

TEST(names_that_climb_out)
{
	static const char *const paths[] = {
		"../outside", "../new", "../root/file", "../root/new", "./../outside",
		"dir/../../outside", "dir/../../new", "dir/dir/../../../outside", "..//outside",
		"../..", "../.", "../../etc/passwd", "../../../../../../../../etc/passwd",
		"link_dir/../../outside", "link_dot/../outside", "dir/dir/../../../root/file",
	};

	CHECK_ALL(FIXTURE_DIR, paths);
}

TEST(names_that_climb_out_at_their_end)
{
	static const char *const paths[] = {
		"..", "../", "..//", "./..", "dir/../..", "dir/../../", "dir/dir/../../..",
		"link_dot/..", "link_dir/../..", "dir/./../..",
	};

	CHECK_ALL(FIXTURE_DIR, paths);
}

TEST(links_out_on_the_way)
{
	static const char *const paths[] = {
		"link_up/outside", "link_up/new", "link_up/root/file", "link_up/root/new",
		"link_up/nothing/file", "link_up/.", "link_up/..", "link_up/root",
		"link_root/etc/passwd", "link_root/tmp/new", "link_root/.", "link_root/nothing",
		"link_absolute/file", "link_absolute_inside/file", "link_outside/file",
		"link_back/file", "link_dir/out/file", "link_dot/link_up/outside",
	};

	CHECK_ALL(FIXTURE_DIR, paths);
}

/* The slash makes every call follow the link. */
TEST(links_out_with_a_slash_behind)
{
	static const char *const paths[] = {
		"link_up/", "link_up//", "link_root/", "link_outside/", "link_absolute/",
		"link_absolute_inside/", "link_back/", "dir/out/", "link_dir/out/",
		"link_dot/link_up/",
	};

	CHECK_ALL(FIXTURE_DIR, paths);
}

TEST(links_out_at_the_end)
{
	static const char *const paths[] = {
		"link_outside", "link_back", "link_up", "link_absolute", "link_absolute_inside",
		"link_root", "dir/out", "link_dir/out", "link_dot/link_outside",
	};

	CHECK_FOLLOWING(FIXTURE_DIR, paths);
}

/* A program may create links that lead out, alone or in combination. */
TEST(links_made_by_the_program)
{
	static const char *const paths[] = {
		"made/out1/outside", "made/out1/", "made/out2/outside", "made/out2/new",
		"made/out3/out1/outside", "made/out4/etc/passwd", "made/out4/", "made/out5/file",
	};
	static const char *const ends[] = {
		"made/out1", "made/out2", "made/out3/out1", "made/out4", "made/out5",
	};

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	ASSERT_EQ(0, symlink_at("../..", FIXTURE_DIR, "made/out1"));
	ASSERT_EQ(0, symlink_at("../dir/../made/../link_up", FIXTURE_DIR, "made/out2"));
	ASSERT_EQ(0, symlink_at(".", FIXTURE_DIR, "made/out3"));
	ASSERT_EQ(0, symlink_at("//", FIXTURE_DIR, "made/out4"));
	ASSERT_EQ(0, symlink_at("/proc/self/cwd", FIXTURE_DIR, "made/out5"));
	CHECK_ALL(FIXTURE_DIR, paths);
	CHECK_FOLLOWING(FIXTURE_DIR, ends);
	for (char i = '1'; i <= '5'; i++) {
		const char name[] = { 'm', 'a', 'd', 'e', '/', 'o', 'u', 't', i, '\0' };

		EXPECT_EQ(0, unlink_at(FIXTURE_DIR, name, 0));
	}
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
}

/*
 * The floor is the directory that the call names, not the topmost directory of the
 * program.
 */
TEST(floor_is_the_descriptor_used)
{
	static const char *const paths[] = {
		"../file", "../new", "dir/../../file", "../dir/file", "dir/../../dir/file", "..",
		"../", "up/", "dir/upup/", "../link_dir/file",
	};
	static const char *const ends[] = { "up", "dir/upup", "out" };
	const long dir = open_whole_dir(FIXTURE_DIR, "dir");

	ASSERT_LE(0, dir);
	CHECK_ALL(dir, paths);
	CHECK_FOLLOWING(dir, ends);
	EXPECT_EQ(0, close_fd(dir));
}

/*
 * A directory that moves stays the floor. The walk cannot reach what was above it
 * from its new location.
 */
TEST(floor_moves_with_its_directory)
{
	static const char *const paths[] = { "../file", "../..", "./../file", "../new" };
	static const char *const subs[] = { "sub/../../file", "sub/../..", "sub/../../new" };
	long dir;

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made/sub"));
	dir = open_whole_dir(FIXTURE_DIR, "made");
	ASSERT_LE(0, dir);
	CHECK_ALL(dir, paths);
	CHECK_ALL(dir, subs);
	ASSERT_EQ(0, rename_at(FIXTURE_DIR, "made", FIXTURE_DIR, "dir/dir/made"));
	CHECK_ALL(dir, paths);
	CHECK_ALL(dir, subs);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, type_at(dir, "sub/../sub"));
	/* A subdirectory that moves out of it does not take the floor along. */
	EXPECT_EQ(0, rename_at(dir, "sub", FIXTURE_DIR, "sub"));
	EXPECT_EQ(-CLOUDABI_ENOENT, type_at(dir, "sub/../sub"));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "sub", REMOVEDIR));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "dir/dir/made", REMOVEDIR));
	CHECK_ALL(dir, paths);
	EXPECT_EQ(0, close_fd(dir));
}

TEST(removed_directory_has_nothing_above)
{
	static const char *const paths[] = { "..", "../", "../file", "../dir", "./../new" };
	long dir;

	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "made"));
	dir = open_whole_dir(FIXTURE_DIR, "made");
	ASSERT_LE(0, dir);
	ASSERT_EQ(0, unlink_at(FIXTURE_DIR, "made", REMOVEDIR));
	CHECK_ALL(dir, paths);
	EXPECT_EQ(0, close_fd(dir));
}

/* Downwards: mounts are part of the tree. */
TEST(mounts_are_entered_and_left_again)
{
	static const char *const names[] = {
		"bound/file", "bound/dir/file", "bound/../file", "bound/dir/../../file",
		"bound/up", "bound/dir/upup", "mount/file", "mount/../file", "mount/../bound/file",
		"mount/../mount/../dir/../bound/file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0, try_follow(FIXTURE_DIR, names[i], 0, R(FD_READ)))
			TH_LOG("%s", names[i]);
	EXPECT_EQ(inode_at(FIXTURE_DIR, "dir/file"), inode_at(FIXTURE_DIR, "bound/file"));
	EXPECT_NE(0, inode_at(FIXTURE_DIR, "bound/file"));
}

TEST(mounts_are_no_way_out)
{
	static const char *const paths[] = {
		"bound/../../outside", "bound/../../new", "mount/../../outside",
		"bound/../link_up/new", "mount/../..", "bound/dir/../../..", "bound/out/",
	};
	static const char *const ends[] = { "bound/out" };

	CHECK_ALL(FIXTURE_DIR, paths);
	CHECK_FOLLOWING(FIXTURE_DIR, ends);
}

/* Neither through the mount point nor through the mounted directory. */
TEST(mounts_as_floors)
{
	static const char *const paths[] = {
		"..", "../", "../file", "../new", "../dir/file", "../../outside", "../bound/file",
	};
	static const char *const bound_paths[] = {
		"dir/../../file", "dir/../..", "up/", "dir/upup/",
	};
	static const char *const bound_ends[] = { "up", "dir/upup", "out" };
	static const char *const tops[] = { "mount", "bound", "bound/dir" };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		const long dir = open_whole_dir(FIXTURE_DIR, tops[i]);

		ASSERT_LE(0, dir);
		CHECK_ALL(dir, paths);
		if (!strcmp(tops[i], "bound")) {
			CHECK_ALL(dir, bound_paths);
			CHECK_FOLLOWING(dir, bound_ends);
		}
		EXPECT_EQ(0, close_fd(dir));
	}
}

/* /proc has magic links, which have no path. */

TEST(magic_links_on_the_way)
{
	static const char *const paths[] = {
		"self/root/etc/passwd", "self/root/tmp/new", "self/root/.", "self/root/..",
		"self/cwd/new", "self/cwd/file", "self/fd/3/file", "self/fd/3/new",
		"self/fd/3/../outside", "self/fd/34/version", "thread-self/root/tmp/new",
		"self/task/../cwd/new", "self/exe/new", "self/ns/mnt/new",
	};

	CHECK_ALL(FIXTURE_PROC, paths);
}

TEST(magic_links_with_a_slash_behind)
{
	static const char *const paths[] = {
		"self/root/", "self/root//", "self/cwd/", "self/fd/3/", "self/fd/6/", "self/exe/",
		"self/ns/mnt/", "thread-self/cwd/",
	};

	CHECK_ALL(FIXTURE_PROC, paths);
}

TEST(magic_links_at_the_end)
{
	static const char *const paths[] = {
		"self/root", "self/cwd", "self/exe", "self/fd/3", "self/fd/6", "self/fd/11",
		"self/ns/mnt", "thread-self/root",
	};

	CHECK_FOLLOWING(FIXTURE_PROC, paths);
}

/* No number stands for the working directory, or for a descriptor that is not open. */
TEST(numbers_are_no_directories)
{
	static const cloudabi_fd_t fds[] = {
		0xffffff9c, 0xffffffff, 0x80000003, (cloudabi_fd_t)-1000, (cloudabi_fd_t)-1001,
		0xfffffc18, 0x7fffffff,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		FOR_EACH_NAMING(naming)
			EXPECT_EQ(-CLOUDABI_EBADF, naming->fn(fds[i], "file", 4))
				TH_LOG("%s: 0x%x", naming->name, fds[i]);
}

TEST_HARNESS_MAIN
