/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: names that lead out of a directory
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_NAMES_H
#define SELFTESTS_CLOUDABI_HOSTILE_NAMES_H

#include "attempt.h"

ATTEMPT(reach_parent_by_dotdot, NAMES)
{
	NO_WAY(FIXTURE_DIR, "..");
	NO_WAY(FIXTURE_DIR, "../outside");
	NO_WAY(FIXTURE_DIR, "../root/file");
	NO_WAY(FIXTURE_DIR_PATH, "../outside");
}

ATTEMPT(reach_parent_from_below, NAMES)
{
	NO_WAY(FIXTURE_DIR, "dir/dir/../../../outside");
	NO_WAY(FIXTURE_DIR, "link_dir/../../outside");
	NO_WAY(FIXTURE_DIR, "dir/../././..//outside");
}

ATTEMPT(climb_to_the_root, NAMES)
{
	char path[3 * 1000 + 16];

	for (int i = 0; i < 1000; i++)
		memcpy(path + 3 * i, "../", 3);
	memcpy(path + 3000, "etc/passwd", 11);
	NO_WAY(FIXTURE_DIR, path);
}

ATTEMPT(open_absolute, NAMES)
{
	NO_WAY(FIXTURE_DIR, "/");
	NO_WAY(FIXTURE_DIR, "//etc/passwd");
	NO_WAY(FIXTURE_DIR, "/proc/self/root");
	NO_WAY(FIXTURE_DIR, "/dev/mem");
	NO_WAY(FIXTURE_PROC, "/proc/version");
}

ATTEMPT(hide_the_way_behind_nul, GATE)
{
	static const char path[] = "file\0/../../outside";
	static const char other[] = "\0/etc/passwd";

	EXPECT_EQ(-CLOUDABI_EINVAL,
		  open_path(FIXTURE_DIR, 0, path, sizeof(path) - 1, 0, 0, R(FD_READ), 0));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  open_path(FIXTURE_DIR, 0, other, sizeof(other) - 1, 0, 0, R(FD_READ), 0));
}

ATTEMPT(follow_link_out, NAMES)
{
	NO_WAY(FIXTURE_DIR, "link_up/outside");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "link_outside", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "dir/out", 0, R(FD_READ)));
}

ATTEMPT(follow_absolute_link, NAMES)
{
	NO_WAY(FIXTURE_DIR, "link_root/etc/passwd");
	NO_WAY(FIXTURE_DIR, "link_root/");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_follow(FIXTURE_DIR, "link_absolute_inside", 0, R(FD_READ)));
}

ATTEMPT(follow_own_link_out, NAMES)
{
	REMOVE_TEMP;

	ASSERT_EQ(0, symlink_at("dir/../../outside", FIXTURE_DIR, "temp"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "temp", 0, R(FD_READ)));
	ASSERT_EQ(0, unlink_at(FIXTURE_DIR, "temp", 0));
	ASSERT_EQ(0, symlink_at("/proc/self/cwd/..", FIXTURE_DIR, "temp"));
	NO_WAY(FIXTURE_DIR, "temp/");
	NO_WAY(FIXTURE_DIR, "temp/root/file");
}

ATTEMPT(leave_through_mount, NAMES)
{
	SCOPED_FD(mount, open_whole_dir(FIXTURE_DIR, "mount"));
	SCOPED_FD(bound, open_whole_dir(FIXTURE_DIR, "bound"));

	NO_WAY(FIXTURE_DIR, "mount/../../outside");
	NO_WAY(mount, "../file");
	NO_WAY(bound, "../outside");
	NO_WAY(bound, "dir/../../file");
}

ATTEMPT(create_file_outside, NAMES)
{
	STOPPED(try_open(FIXTURE_DIR, "../new", CLOUDABI_O_CREAT, R(FD_WRITE)));
	STOPPED(try_open(FIXTURE_DIR, "link_up/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
	STOPPED(try_open(FIXTURE_DIR, "/tmp/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
}

ATTEMPT(create_directory_outside, NAMES)
{
	STOPPED(make_dir(FIXTURE_DIR, "../new"));
	STOPPED(make_dir(FIXTURE_DIR, "link_up/new"));
	STOPPED(make_dir(FIXTURE_DIR, "/new"));
}

ATTEMPT(create_link_outside, NAMES)
{
	STOPPED(symlink_at("file", FIXTURE_DIR, "../new"));
	STOPPED(symlink_at("file", FIXTURE_DIR, "link_up/new"));
	STOPPED(symlink_at("file", FIXTURE_DIR, "link_root/tmp/new"));
}

ATTEMPT(truncate_outside, NAMES)
{
	STOPPED(try_open(FIXTURE_DIR, "../outside", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_follow(FIXTURE_DIR, "link_outside", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_follow(FIXTURE_DIR, "link_absolute", CLOUDABI_O_TRUNC, R(FD_WRITE)));
}

ATTEMPT(remove_outside, NAMES)
{
	STOPPED(unlink_at(FIXTURE_DIR, "../outside", 0));
	STOPPED(unlink_at(FIXTURE_DIR, "link_up/outside", 0));
	STOPPED(unlink_at(FIXTURE_DIR, "../root/blank", REMOVEDIR));
}

ATTEMPT(move_outside_in, NAMES)
{
	REMOVE_TEMP;

	STOPPED(rename_at(FIXTURE_DIR, "../outside", FIXTURE_DIR, "temp"));
	STOPPED(rename_at(FIXTURE_DIR, "link_up/outside", FIXTURE_DIR, "temp"));
	STOPPED(rename_at(FIXTURE_DIR, "..", FIXTURE_DIR, "temp"));
}

ATTEMPT(move_inside_out, NAMES)
{
	TEMP_FILE(fd);

	STOPPED(rename_at(FIXTURE_DIR, "temp", FIXTURE_DIR, "../outside"));
	STOPPED(rename_at(FIXTURE_DIR, "temp", FIXTURE_DIR, "link_up/new"));
	UNTOUCHED();
}

ATTEMPT(link_outside_in, NAMES)
{
	REMOVE_TEMP;

	STOPPED(link_at(FIXTURE_DIR, 0, "../outside", FIXTURE_DIR, "temp"));
	STOPPED(link_at(FIXTURE_DIR, FOLLOW, "link_outside", FIXTURE_DIR, "temp"));
	STOPPED(link_at(FIXTURE_DIR, FOLLOW, "link_absolute", FIXTURE_DIR, "temp"));
}

ATTEMPT(link_inside_out, NAMES)
{
	STOPPED(link_at(FIXTURE_DIR, 0, "file", FIXTURE_DIR, "../new"));
	STOPPED(link_at(FIXTURE_DIR, 0, "file", FIXTURE_DIR, "link_up/new"));
}

/* Links between two passed directories of different file systems. */
ATTEMPT(link_across_passed_directories, NAMES)
{
	REMOVE_TEMP;

	STOPPED(link_at(FIXTURE_PROC, 0, "version", FIXTURE_DIR, "temp"));
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, "self/exe", FIXTURE_DIR, "temp"));
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, "self/fd/6", FIXTURE_DIR, "temp"));
}

/* Linux names a nameless file by "/proc/self/fd/N". */
ATTEMPT(name_a_nameless_file, NAMES)
{
	char path[32];

	REMOVE_TEMP;
	cloudabi_snprintf(path, sizeof(path), "self/fd/%u", FIXTURE_MEMFD);
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, path, FIXTURE_DIR, "temp"));
	STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_READ)));
}

ATTEMPT(look_at_outside, NAMES)
{
	cloudabi_filestat_t stat;

	STOPPED(stat_at(FIXTURE_DIR, 0, "../outside", &stat));
	STOPPED(stat_at(FIXTURE_DIR, FOLLOW, "link_outside", &stat));
	STOPPED(stat_at(FIXTURE_DIR, 0, "..", &stat));
	STOPPED(stat_at(FIXTURE_DIR, 0, "/", &stat));
}

ATTEMPT(set_times_outside, NAMES)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };

	STOPPED(put_at(FIXTURE_DIR, 0, "../outside", &stat, CLOUDABI_FILESTAT_MTIM));
	STOPPED(put_at(FIXTURE_DIR, FOLLOW, "link_outside", &stat, CLOUDABI_FILESTAT_MTIM));
	STOPPED(put_at(FIXTURE_DIR, FOLLOW, "link_up", &stat, CLOUDABI_FILESTAT_MTIM));
}

ATTEMPT(read_link_outside, NAMES)
{
	char buf[64];

	STOPPED(readlink_at(FIXTURE_DIR, "../root/link", buf, sizeof(buf)));
	STOPPED(readlink_at(FIXTURE_DIR, "link_up/root/link", buf, sizeof(buf)));
}

/* The directory of the descriptor is the floor, even after it moved or was removed. */
ATTEMPT(leave_by_moved_directory, NAMES)
{
	long fd;

	REMOVE_TEMP;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp/sub"));
	fd = open_whole_dir(FIXTURE_DIR, "temp/sub");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, rename_at(FIXTURE_DIR, "temp/sub", FIXTURE_DIR, "dir/sub"));
	NO_WAY(fd, "../file");
	NO_WAY(fd, "../../file");
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "dir/sub", REMOVEDIR));
	NO_WAY(fd, "..");
	NO_WAY(fd, "../file");
	EXPECT_EQ(0, close_fd(fd));
}

static void move_to_and_fro(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		rename_at(FIXTURE_DIR, "temp/floor/sub", FIXTURE_DIR, "temp/sub");
		rename_at(FIXTURE_DIR, "temp/sub", FIXTURE_DIR, "temp/floor/sub");
	}
}

/*
 * During a path walk, a directory moves to a place where ".." is outside of the
 * floor.
 */
ATTEMPT(rename_directory_while_walking, NAMES)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;
	unsigned int met = 0;

	REMOVE_TEMP;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp/floor"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "temp/floor/sub"));
	ASSERT_EQ(0, close_fd(open_at(FIXTURE_DIR, "temp/secret", CLOUDABI_O_CREAT, R(FD_READ))));
	SCOPED_FD(floor, open_whole_dir(FIXTURE_DIR, "temp/floor"));

	ASSERT_EQ(0, helper_start(&helper, move_to_and_fro, &stop));
	while (now() < end || (!met && now() < end + PATIENCE)) {
		STOPPED(try_open(floor, "sub/../secret", 0, R(FD_READ)));
		STOPPED(try_open(floor, "sub/../../secret", 0, R(FD_READ)));
		STOPPED(try_open(floor, "sub/../../../../outside", 0, R(FD_READ)));
		met += !try_open(floor, "sub/../sub", CLOUDABI_O_DIRECTORY, 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	EXPECT_NE(0, met);
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_NAMES_H */
