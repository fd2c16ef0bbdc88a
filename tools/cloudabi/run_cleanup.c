// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Paths that are there because of it
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run_cleanup.h"

/**
 * struct made - A path that was made
 * @next: made before
 * @dev: of what file system
 * @ino: number in there
 * @stays: whether it is the program's
 * @path: where it is
 */
struct made {
	struct made *next;
	dev_t dev;
	ino_t ino;
	bool stays;
	char path[];
};

static struct made *all_made;
static pid_t made_by;
static bool has_program;

static void remove_made(void)
{
	if (getpid() != made_by)
		return;
	for (const struct made *made = all_made; made; made = made->next) {
		struct stat st;

		if (made->stays && has_program)
			continue;
		/* Someone may have put another one there. */
		if (!lstat(made->path, &st) && st.st_dev == made->dev && st.st_ino == made->ino)
			unlink(made->path);
	}
}

void cleanup_path(const struct mark *at, const char *path, bool stays)
{
	struct made *const made = calloc(1, sizeof(*made) + strlen(path) + 1);
	struct stat st;

	if (!made || lstat(path, &st))
		fail(at, "%s: %m", path);
	strcpy(made->path, path);
	made->dev = st.st_dev;
	made->ino = st.st_ino;
	made->stays = stays;
	made->next = all_made;
	if (!all_made) {
		made_by = getpid();
		atexit(remove_made);
	}
	all_made = made;
}

void cleanup_set_owner(pid_t pid)
{
	made_by = pid;
}

void cleanup_program_started(void)
{
	has_program = true;
}
