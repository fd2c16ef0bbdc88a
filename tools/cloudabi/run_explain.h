/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Telling what a program was refused
 */
#ifndef _TOOLS_CLOUDABI_RUN_EXPLAIN_H
#define _TOOLS_CLOUDABI_RUN_EXPLAIN_H

#include <stdio.h>
#include <sys/types.h>

/* Makes ready.  Fails if there is no tracefs for us, see fail(). */
void explain_begin(void);

/**
 * explain_follow() - Take note of what a process is refused, and all that it makes
 * @pid: the process, which does not yet run the program
 */
void explain_follow(pid_t pid);

/**
 * explain_wait() - Take notes until a descriptor can be read
 * @fd: the descriptor: that of a process, when it has ended
 */
void explain_wait(int fd);

/**
 * explain_end() - Print each thing that was refused, and how many calls were
 * @out: where to
 *
 * Nobody is watched any more after this.
 */
void explain_end(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_EXPLAIN_H */
