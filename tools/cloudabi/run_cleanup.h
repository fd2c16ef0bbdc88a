/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Paths that are there because of it
 *
 * A local socket's is of no use without this process.  A file's stays for the
 * program's sake, if there comes to be one.  Whatever else has taken the place of
 * either is not removed.
 */
#ifndef _TOOLS_CLOUDABI_RUN_MADE_H
#define _TOOLS_CLOUDABI_RUN_MADE_H

#include <stdbool.h>
#include <sys/types.h>

#include "run.h"

/**
 * cleanup_path() - Have a path removed when this process exits
 * @at: where in the configuration it is asked for
 * @path: the path, which has just been made
 * @stays: whether it stays when the program has been started
 */
void cleanup_path(const struct mark *at, const char *path, bool stays);

/**
 * cleanup_set_owner() - Leave it to another process to remove what was made
 * @pid: that process, a child of this one, or the child itself: both have to say so
 */
void cleanup_set_owner(pid_t pid);

/* The program has been started. */
void cleanup_program_started(void);

#endif /* _TOOLS_CLOUDABI_RUN_MADE_H */
