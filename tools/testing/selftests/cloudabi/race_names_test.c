// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Names while other threads move the directories
 *
 * The arguments "-s SECONDS" (CLOUDABI_TEST_SECONDS for the launcher) set how
 * long the test runs.
 */

#include "workers.h"

#define MAY_READ (R(FD_READ) | R(FD_SEEK))

/*
 * Moving directories:
 *
 *	race/flag           "o"
 *	race/victim
 *	race/elsewhere/     d2 moves here and back
 *	race/jail/flag      "j"
 *	race/jail/d1/d2/    d1 moves to race/d1 and back
 *	race/jail/link      -> d1/d2/../../flag
 *
 * Paths start at a descriptor for race/jail.  If d1 or d2 moves during a path
 * walk, ".." leads to race.
 */
static cloudabi_fd_t jail;
static cloudabi_inode_t flag_inode;

static const char *const ways[] = {
	"d1/d2/../..", "d1/..", "d1/d2/../d2/../..", "d1/../d1/d2/../..", "d1/d2/./..//..",
};

/* Makes a path by way of a directory that may move. */
static size_t make_path(struct worker *worker, char path[64], const char *name)
{
	return cloudabi_snprintf(path, 64, "%s/%s", ways[pick(&worker->tally, ARRAY_SIZE(ways))],
				 name);
}

/* The path is missing, would escape, or moved so often that the kernel gave up. */
static bool is_lost(long result)
{
	return result == -CLOUDABI_ENOENT || result == -CLOUDABI_ENOTCAPABLE ||
	       result == -CLOUDABI_EAGAIN;
}

static long rename_in(const char *from, const char *to)
{
	return -(long)cloudabi_sys_file_rename(FIXTURE_DIR, from, strlen(from), FIXTURE_DIR, to,
					       strlen(to));
}

static void mover(struct worker *worker)
{
	const bool deep = worker == &workers[0];
	const char *const inside = deep ? "race/jail/d1/d2" : "race/jail/d1";
	const char *const outside = deep ? "race/elsewhere/d2" : "race/d1";

	while (!stopped()) {
		/* While d1 is outside, d2 cannot move. */
		long result = rename_in(inside, outside);

		MUST(!result || result == -CLOUDABI_ENOENT, result);
		worker->tally.good += !result;
		result = rename_in(outside, inside);
		MUST(!result || result == -CLOUDABI_ENOENT, result);
	}
	/* At the end, everything is back in its place. */
	for (int i = 0; i < 1000; i++) {
		rename_in(outside, inside);
		cloudabi_sys_thread_yield();
	}
}

static void opener(struct worker *worker)
{
	char path[64], byte;

	while (!stopped()) {
		const bool link = !pick(&worker->tally, 4);
		const size_t len = link ? cloudabi_snprintf(path, sizeof(path), "link") :
					  make_path(worker, path, "flag");
		const long fd = open_path(jail, link ? CLOUDABI_LOOKUP_SYMLINK_FOLLOW : 0, path,
					  len, 0, 0, MAY_READ, 0);

		if (fd < 0) {
			MUST(is_lost(fd), fd);
			continue;
		}
		MUST(pread_fd(fd, &byte, 1, 0) == 1 && byte == 'j', byte);
		worker->tally.good += close_fd(fd) == 0;
	}
}

static void looker(struct worker *worker)
{
	char path[64];

	while (!stopped()) {
		const bool link = !pick(&worker->tally, 4);
		const size_t len = link ? cloudabi_snprintf(path, sizeof(path), "link") :
					  make_path(worker, path, "flag");
		const cloudabi_lookupflags_t flags = link ? CLOUDABI_LOOKUP_SYMLINK_FOLLOW : 0;
		cloudabi_filestat_t stat;
		long result = -(long)cloudabi_sys_file_stat_get(cloudabi_lookup(jail, flags), path,
								len, &stat);

		if (result) {
			MUST(is_lost(result), result);
		} else {
			MUST(stat.st_ino == flag_inode, stat.st_ino);
			worker->tally.good++;
		}
		/* Never found, wherever the directories are. */
		result = -(long)cloudabi_sys_file_stat_get(cloudabi_lookup(jail, 0),
							   "d1/d2/../../../flag", 19, &stat);
		MUST(result && is_lost(result), result);
	}
}

static void maker(struct worker *worker)
{
	char path[64];

	while (!stopped()) {
		size_t len = make_path(worker, path, "made");
		long result = -(long)cloudabi_sys_file_create(jail, path, len,
							      CLOUDABI_FILETYPE_DIRECTORY);

		MUST(!result || result == -CLOUDABI_EEXIST || is_lost(result), result);
		worker->tally.good += !result;
		len = make_path(worker, path, "made");
		result = -(long)cloudabi_sys_file_unlink(jail, path, len,
							 CLOUDABI_UNLINK_REMOVEDIR);
		MUST(!result || is_lost(result), result);
		cloudabi_sys_file_unlink(jail, "made", 4, CLOUDABI_UNLINK_REMOVEDIR);
	}
}

static void remover(struct worker *worker)
{
	char path[64];

	while (!stopped()) {
		/* The jail contains no such file. */
		size_t len = make_path(worker, path, "victim");
		long result = -(long)cloudabi_sys_file_unlink(jail, path, len, 0);

		MUST(result && is_lost(result), result);
		len = make_path(worker, path, "flag");
		result = -(long)cloudabi_sys_file_link(cloudabi_lookup(jail, 0), path, len, jail,
						       "linked", 6);
		if (!result) {
			cloudabi_filestat_t stat;

			MUST(!cloudabi_sys_file_stat_get(cloudabi_lookup(jail, 0), "linked", 6,
							 &stat), 0);
			MUST(stat.st_ino == flag_inode, stat.st_ino);
			MUST(!cloudabi_sys_file_unlink(jail, "linked", 6, 0), 0);
			worker->tally.good++;
		} else {
			MUST(is_lost(result), result);
		}
	}
}

static bool is_there(const char *path)
{
	cloudabi_filestat_t stat;

	return !cloudabi_sys_file_stat_get(cloudabi_lookup(FIXTURE_DIR, 0), path, strlen(path),
					   &stat);
}

static void warden(struct worker *worker)
{
	MUST(is_there("race/victim"), 0);
	MUST(is_there("race/flag"), 0);
	MUST(!is_there("race/made"), 0);
	MUST(!is_there("race/elsewhere/made"), 0);
}

TEST(no_path_leads_out_while_directories_move)
{
	static job_t *const jobs[WORKERS] = {
		mover, mover, opener, looker, maker, remover,
	};
	static const char *const dirs[] = {
		"race", "race/elsewhere", "race/jail", "race/jail/d1", "race/jail/d1/d2",
	};
	static const char *const files[] = { "race/flag", "race/victim", "race/jail/flag" };
	cloudabi_filestat_t stat;
	long fd;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		ASSERT_EQ(0, make_dir(dirs[i]));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		ASSERT_EQ(0, close_fd(make_file(files[i], i < 2 ? "o" : "j")));
	ASSERT_EQ(0, cloudabi_sys_file_symlink("d1/d2/../../flag", 16, FIXTURE_DIR,
					       "race/jail/link", 14));
	ASSERT_EQ(0, cloudabi_sys_file_stat_get(cloudabi_lookup(FIXTURE_DIR, 0), files[2],
						strlen(files[2]), &stat));
	flag_inode = stat.st_ino;
	fd = open_dir("race/jail", DIRECTORY_BASE, DIRECTORY_INHERITING);
	ASSERT_LE(0, fd);
	jail = fd;

	race(_metadata, jobs, warden, duration());

	/* While nothing moves, everything is found. */
	EXPECT_TRUE(is_there("race/jail/d1/d2"));
	EXPECT_EQ(0, try_open(jail, "d1/d2/../../flag", 0, MAY_READ));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(jail, "d1/d2/../../../flag", 0, MAY_READ));
	EXPECT_EQ(0, close_fd(jail));
}

TEST_HARNESS_MAIN
