/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - --explain: which calls of the program the kernel refused
 *
 * The functions fail, see fail(), if tracefs is not accessible.
 */
#ifndef _TOOLS_CLOUDABI_RUN_EXPLAIN_H
#define _TOOLS_CLOUDABI_RUN_EXPLAIN_H

#include <stdio.h>
#include <sys/types.h>

/* Creates a trace instance for refusals.  To be called before the program is forked. */
void explain_begin(void);

/**
 * explain_follow() - Start to record refusals of a process and its descendants
 * @pid: the process, which does not run the program yet
 */
void explain_follow(pid_t pid);

/**
 * explain_wait() - Record refusals until a descriptor is readable
 * @fd: a pidfd, which is readable once the process has ended
 */
void explain_wait(int fd);

/**
 * explain_end() - Print a line for each kind of refusal, and the number of refused calls
 * @out: stream to print to
 *
 * Removes the trace instance.
 */
void explain_end(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_EXPLAIN_H */
