// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - How names are resolved
 *
 * The tests use file_open, which resolves names like all calls that take one.
 */

#include "common.h"

static char buf[64];

/* Opens a name for reading; returns 0 or a negative errno. */
static long look_up(const char *path)
{
	return try_open(FIXTURE_DIR, path, 0, R(FD_READ));
}

static long look_up_following(const char *path)
{
	return try_follow(FIXTURE_DIR, path, 0, R(FD_READ));
}

static long look_up_len(const char *path, size_t len)
{
	const long fd = open_path(FIXTURE_DIR, 0, path, len, 0, 0, R(FD_READ), 0);

	return fd < 0 ? fd : close_fd(fd);
}

/* Any byte but NUL and the slash */

TEST(empty_name_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up_len("", 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up_len("file", 0));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up_len(NULL, 0));
	EXPECT_EQ(-CLOUDABI_ENOENT,
		  try_open(FIXTURE_DIR, "", CLOUDABI_O_CREAT, R(FD_READ)));
}

TEST(name_ends_where_its_length_says)
{
	EXPECT_EQ(0, look_up_len("filesystem", 4));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up_len("file", 3));
}

TEST(name_at_the_end_of_memory)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	memcpy(end - 4, "file", 4);
	EXPECT_EQ(0, look_up_len(end - 4, 4));
	EXPECT_EQ(-CLOUDABI_EFAULT, look_up_len(end - 4, 5));
	unmap_edge(end);
}

TEST(name_in_bad_memory_is_efault)
{
	EXPECT_EQ(-CLOUDABI_EFAULT, look_up_len(NULL, 1));
	EXPECT_EQ(-CLOUDABI_EFAULT, look_up_len(BAD_POINTER, 4));
	EXPECT_EQ(-CLOUDABI_EFAULT, look_up_len(KERNEL_POINTER, 4));
}

TEST(nul_in_a_name_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, look_up_len("", 1));
	EXPECT_EQ(-CLOUDABI_EINVAL, look_up_len("file\0", 5));
	EXPECT_EQ(-CLOUDABI_EINVAL, look_up_len("file\0x", 6));
	EXPECT_EQ(-CLOUDABI_EINVAL, look_up_len("\0file", 5));
	EXPECT_EQ(-CLOUDABI_EINVAL, look_up_len("dir\0/file", 9));
}

TEST(name_of_4095_bytes_is_looked_up)
{
	static char path[4095];

	memset(path, '/', sizeof(path));
	memcpy(path, "dir", 3);
	memcpy(path + sizeof(path) - 4, "file", 4);
	EXPECT_EQ(0, look_up_len(path, sizeof(path)));
}

TEST(name_of_4096_bytes_is_enametoolong)
{
	static char path[4097];

	memset(path, '/', sizeof(path));
	memcpy(path, "dir", 3);
	EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up_len(path, 4096));
	EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up_len(path, 4097));
}

/* The length alone is checked; the memory is not read. */
TEST(huge_name_is_enametoolong)
{
	static const size_t lens[] = {
		4096, 65536, 1UL << 31, 1UL << 32, (1UL << 32) + 4, 1UL << 63, SIZE_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up_len("file", lens[i]))
			TH_LOG("length 0x%lx", (long)lens[i]);
		EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up_len(NULL, lens[i]))
			TH_LOG("length 0x%lx", (long)lens[i]);
	}
}

TEST(component_of_255_bytes_is_looked_up)
{
	static char name[256];

	memset(name, 'n', 255);
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up(name));
	EXPECT_EQ(0, try_open(FIXTURE_DIR, name, CLOUDABI_O_CREAT, R(FD_READ)));
	EXPECT_EQ(0, look_up(name));
}

TEST(component_of_256_bytes_is_enametoolong)
{
	static char name[257], path[300];

	memset(name, 'n', 256);
	EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up(name));
	EXPECT_EQ(-CLOUDABI_ENAMETOOLONG,
		  try_open(FIXTURE_DIR, name, CLOUDABI_O_CREAT, R(FD_READ)));
	cloudabi_snprintf(path, sizeof(path), "%s/file", name);
	EXPECT_EQ(-CLOUDABI_ENAMETOOLONG, look_up(path));
}

TEST(any_other_byte_is_allowed)
{
	for (int c = 1; c < 256; c++) {
		const char name[] = { '_', c };

		if (c == '/')
			continue;
		EXPECT_EQ(-CLOUDABI_ENOENT, look_up_len(name, 2)) TH_LOG("byte %d", c);
	}
}

/* Beneath the directory and outside */

TEST(names_beneath_are_found)
{
	static const char *const names[] = {
		"file", "dir/file", "dir/dir/file", "./file", "./././file", "dir/./file",
		"dir/../file", "dir/dir/../../file", "dir/dir/../file", "dir/../dir/../file",
		"dir//file", "dir///dir//file", ".", "dir", "dir/", "dir//", "./", "dir/.",
		"dir/..", "dir/dir/..", "dir/dir/../..",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0, look_up(names[i])) TH_LOG("%s", names[i]);
}

TEST(name_that_climbs_and_returns_is_the_same_file)
{
	const long fd = open_at(FIXTURE_DIR, "dir/dir/../../file", 0, R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(FIXTURE_TEXT_LEN, read_fd(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(names_outside_are_enotcapable)
{
	static const char *const names[] = {
		"..", "../", "../.", "../..", "../outside", "../root/file", "../root",
		"../nothing", "./..", "./../outside", "dir/../..", "dir/../../outside",
		"dir/dir/../../../outside", "dir/../../root/file", "..//outside", ".//..",
		"../../../../../../../../etc/passwd",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up(names[i])) TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up_following(names[i]))
			TH_LOG("%s", names[i]);
	}
}

TEST(absolute_names_are_enotcapable)
{
	static const char *const names[] = {
		"/", "//", "/.", "/..", "/file", "/nothing", "/etc/passwd", "/proc/self/root",
		"//file", "/../file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up(names[i])) TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up_following(names[i]))
			TH_LOG("%s", names[i]);
	}
}

TEST(create_outside_creates_nothing)
{
	static const char *const names[] = {
		"../escaped", "/tmp/cloudabi-escaped", "link_up/escaped", "link_root/tmp/escaped",
		"dir/../../escaped",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  try_open(FIXTURE_DIR, names[i], CLOUDABI_O_CREAT, R(FD_WRITE)))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  try_open(FIXTURE_DIR, names[i], CLOUDABI_O_CREAT | CLOUDABI_O_EXCL,
				   R(FD_WRITE)))
			TH_LOG("%s", names[i]);
	}
}

/*
 * Lookup is confined by the descriptor it uses, even if the program also has one for a parent
 * directory.
 */
TEST(floor_is_the_descriptor_used)
{
	const long dir = open_path(FIXTURE_DIR, 0, "dir", 3, 0, 0, R(FILE_OPEN), R(FD_READ));

	ASSERT_LE(0, dir);
	EXPECT_EQ(0, try_open(dir, "file", 0, R(FD_READ)));
	EXPECT_EQ(0, try_open(dir, "dir/../file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "../file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "..", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(dir, "up", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(dir, "dir/upup", 0, R(FD_READ)));
	EXPECT_EQ(0, close_fd(dir));
}

TEST(dot_dot_needs_what_it_follows)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up("nothing/../file"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("file/../file"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("file/."));
}

TEST(file_is_no_directory)
{
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("file/file"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("file/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("fifo/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("null/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up("nothing/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up("nothing/file"));
}

/* Symlinks */

TEST(link_is_not_followed_unless_asked)
{
	static const char *const names[] = {
		"link", "link_dir", "link_dangling", "link_loop", "link_outside", "link_absolute",
		"link_root", "link_up", "dir/up",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-CLOUDABI_ELOOP, look_up(names[i])) TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ELOOP,
			  try_open(FIXTURE_DIR, names[i], CLOUDABI_O_DIRECTORY, 0))
			TH_LOG("%s as a directory", names[i]);
	}
}

TEST(link_is_followed_if_asked)
{
	static const char *const names[] = {
		"link", "link_dir", "link_slash", "link_dot", "link_inside", "dir/up",
		"dir/dir/upup",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0, look_up_following(names[i])) TH_LOG("%s", names[i]);
}

TEST(links_on_the_way_are_followed)
{
	EXPECT_EQ(0, look_up("link_dir/file"));
	EXPECT_EQ(0, look_up("link_slash/file"));
	EXPECT_EQ(0, look_up("link_dot/file"));
	EXPECT_EQ(0, look_up("link_dot/link_dot/link_dir/dir/file"));
	EXPECT_EQ(0, look_up("link_dir/../file"));
}

TEST(dangling_link_is_enoent)
{
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up_following("link_dangling"));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up("link_dangling/file"));
}

TEST(links_outside_are_enotcapable)
{
	static const char *const names[] = {
		"link_outside", "link_back", "link_up", "link_absolute", "link_absolute_inside",
		"link_root", "dir/out",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up_following(names[i]))
			TH_LOG("%s", names[i]);
}

TEST(links_outside_on_the_way_are_enotcapable)
{
	static const char *const names[] = {
		"link_up/outside", "link_up/root/file", "link_up/nothing", "link_root/etc/passwd",
		"link_root/nothing", "link_dir/out", "link_up/", "link_root/", "link_up/.",
		"link_root/..", "link_outside/", "link_absolute/file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const bool last = !strcmp(names[i], "link_dir/out");

		EXPECT_EQ(last ? -CLOUDABI_ELOOP : -CLOUDABI_ENOTCAPABLE, look_up(names[i]))
			TH_LOG("%s", names[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look_up_following(names[i]))
			TH_LOG("%s", names[i]);
	}
}

TEST(create_does_not_follow_links_outside)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_follow(FIXTURE_DIR, "link_outside", CLOUDABI_O_CREAT, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_follow(FIXTURE_DIR, "link_outside", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_follow(FIXTURE_DIR, "link_absolute", CLOUDABI_O_CREAT, R(FD_WRITE)));
}

TEST(link_loop_is_eloop)
{
	EXPECT_EQ(-CLOUDABI_ELOOP, look_up_following("link_loop"));
	EXPECT_EQ(-CLOUDABI_ELOOP, look_up("link_loop/file"));
}

TEST(forty_links_are_followed)
{
	EXPECT_EQ(0, look_up_following("chain1"));
	EXPECT_EQ(0, look_up_following("chain40"));
	EXPECT_EQ(-CLOUDABI_ELOOP, look_up_following("chain41"));
}

/* With a trailing slash, the last component must be a directory, and a symlink is followed. */
TEST(slash_behind_follows_a_link)
{
	EXPECT_EQ(0, look_up("link_dir/"));
	EXPECT_EQ(0, look_up("link_dir//"));
	EXPECT_EQ(0, look_up("link_dot/"));
	EXPECT_EQ(-CLOUDABI_ENOTDIR, look_up("link/"));
	EXPECT_EQ(-CLOUDABI_ENOENT, look_up("link_dangling/"));
}

/* /proc: magic links and mounts */

TEST(magic_links_are_enotcapable)
{
	static const char *const names[] = {
		"self/root", "self/cwd", "self/exe", "self/fd/3", "self/ns/mnt", "thread-self/root",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  try_follow(FIXTURE_PROC, names[i], 0, R(FD_READ)))
			TH_LOG("%s", names[i]);
}

TEST(magic_links_on_the_way_are_enotcapable)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_open(FIXTURE_PROC, "self/root/etc/passwd", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(FIXTURE_PROC, "self/fd/3/file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(FIXTURE_PROC, "self/cwd/", 0, R(FD_READ)));
}

/* Keep this test last: it creates the target of the dangling link. */
TEST(create_follows_a_dangling_link_if_asked)
{
	EXPECT_EQ(0, try_follow(FIXTURE_DIR, "link_dangling", CLOUDABI_O_CREAT, R(FD_READ)));
	EXPECT_EQ(0, look_up("nothing"));
}

TEST_HARNESS_MAIN
