/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The control group of a program
 *
 * There is at most one.  It is ended, with all that runs in it, by the process that
 * made it, at the latest when that exits.  The program is born there, as it depends on
 * where one is whether one may go there, and as moving takes the kernel longer.
 */
#ifndef _TOOLS_CLOUDABI_RUN_GROUP_H
#define _TOOLS_CLOUDABI_RUN_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Controllers, as bits. */
#define GROUP_CPU 1U
#define GROUP_MEMORY 2U
#define GROUP_PIDS 4U

/**
 * group_fork() - Make a control group, and a child of this process in it
 * @dir: the one that it is to be made in, or NULL: in that of this process, or the
 *	 nearest one above where it can be made
 * @need: controllers that it must have
 *
 * Return: as fork().  If there is no child there is no group either, and group_errors()
 * says why.
 */
pid_t group_fork(const char *dir, unsigned int need);

/* The controllers that it has; 0 if there is no group. */
unsigned int group_controllers(void);

/* Its path, or NULL if there is none. */
const char *group_path(void);

/* What stood in the way, a reason for each directory that was tried. */
const char *group_errors(void);

/* Writes to a file of the group.  Fails if @must, also if there is no such file. */
void group_set(const char *file, const char *text, bool must);

/* Ends all in the group, and the group.  Does nothing in any other process. */
void group_destroy(void);

#endif /* _TOOLS_CLOUDABI_RUN_GROUP_H */
