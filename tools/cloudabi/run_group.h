/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The control group of a program (cgroup v2)
 *
 * A process has at most one group.  The process that creates the group also kills
 * everything in it and removes it, at the latest when it exits.
 */
#ifndef _TOOLS_CLOUDABI_RUN_GROUP_H
#define _TOOLS_CLOUDABI_RUN_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Controllers, as bits of a set. */
#define GROUP_CPU 1U
#define GROUP_MEMORY 2U
#define GROUP_PIDS 4U

/**
 * group_fork() - Create a control group and fork a child into it
 * @dir: directory of the cgroup to create the group in; NULL for the cgroup of this
 *       process, or its nearest ancestor in which a group can be created
 * @required: set of controllers that the group must have
 *
 * Return: as fork().  On -1 no group exists and group_errors() tells why.
 */
pid_t group_fork(const char *dir, unsigned int required);

/* Returns the set of controllers that the group has; 0 if there is no group. */
unsigned int group_controllers(void);

/* Returns the path of the group's directory, or NULL if there is no group. */
const char *group_path(void);

/*
 * Returns text for people: for each directory that was tried, why no group could be
 * created in it.
 */
const char *group_errors(void);

/* Writes @text to a file of the group.  Ignores errors unless the file is @required. */
void group_set(const char *file, const char *text, bool required);

/*
 * Kills all processes in the group and removes it.  Does nothing in a process other than the
 * one that created the group, so that children may exit().
 */
void group_destroy(void);

#endif /* _TOOLS_CLOUDABI_RUN_GROUP_H */
