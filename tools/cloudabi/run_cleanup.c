// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Removal of paths that it has created
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run_cleanup.h"

/**
 * struct created_path - A path that cleanup_path() has registered
 * @next: the path registered before
 * @dev: device of the inode
 * @ino: number of the inode
 * @keep: whether it stays once the program has been started
 * @path: the path
 */
struct created_path {
	struct created_path *next;
	dev_t dev;
	ino_t ino;
	bool keep;
	char path[];
};

static struct created_path *created_paths;
static pid_t owner;
static bool program_started;

static void remove_paths(void)
{
	if (getpid() != owner)
		return;
	for (const struct created_path *entry = created_paths; entry; entry = entry->next) {
		struct stat st;

		if (entry->keep && program_started)
			continue;
		/* The path may refer to another file by now, which is not ours to remove. */
		if (!lstat(entry->path, &st) && st.st_dev == entry->dev && st.st_ino == entry->ino)
			unlink(entry->path);
	}
}

void cleanup_path(const struct mark *at, const char *path, bool keep)
{
	struct created_path *const entry = calloc(1, sizeof(*entry) + strlen(path) + 1);
	struct stat st;

	if (!entry || lstat(path, &st))
		fail(at, "%s: %m", path);
	strcpy(entry->path, path);
	entry->dev = st.st_dev;
	entry->ino = st.st_ino;
	entry->keep = keep;
	entry->next = created_paths;
	if (!created_paths) {
		owner = getpid();
		atexit(remove_paths);
	}
	created_paths = entry;
}

void cleanup_set_owner(pid_t pid)
{
	owner = pid;
}

void cleanup_program_started(void)
{
	program_started = true;
}
