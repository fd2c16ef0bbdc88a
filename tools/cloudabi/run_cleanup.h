/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Removal of paths that it has created
 *
 * A local socket's path is useless after this process exits.  A file is removed only
 * if the program does not start.  A path is removed only if it still refers to the
 * inode that was created: another process may have put its own file there.
 */
#ifndef _TOOLS_CLOUDABI_RUN_CLEANUP_H
#define _TOOLS_CLOUDABI_RUN_CLEANUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "run.h"

/**
 * cleanup_path() - Remove a path when this process exits
 * @at: position in the configuration that asks for the path, for error messages
 * @path: the path, which the caller has just created; it is copied
 * @keep: whether the path stays once the program has been started
 *
 * Fails, see fail(), if the path cannot be examined.
 */
void cleanup_path(const struct mark *at, const char *path, bool keep);

/**
 * cleanup_set_owner() - Let another process remove the paths
 * @pid: the process
 *
 * For fork(): parent and child both call it with the child's pid, so that only the
 * child removes the paths.
 */
void cleanup_set_owner(pid_t pid);

/* The program has been started: paths with @keep stay. */
void cleanup_program_started(void);

#endif /* _TOOLS_CLOUDABI_RUN_CLEANUP_H */
