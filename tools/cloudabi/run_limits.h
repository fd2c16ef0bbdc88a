/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - How much a program may take
 *
 * By a control group where one can be made: it counts all that the program makes
 * together.  Else by the resource limits of processes, where they can do it.
 */
#ifndef _TOOLS_CLOUDABI_RUN_LIMITS_H
#define _TOOLS_CLOUDABI_RUN_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "run.h"

#define LIMIT_NONE UINT64_MAX
/* As many descriptors as cloudabi-run can make use of. */
#define LIMITS_NOFILE (65536 + 1024)

/**
 * struct limits - Numbers, or LIMIT_NONE
 * @pids: processes and threads, all together
 * @memory: bytes, all together; without a control group, of each process
 * @cpu: time on processors, in microseconds for each 100 ms
 * @descriptors: of each process, which are numbered from 0
 * @core: bytes of a core dump
 * @file_size: bytes of a file that is written to
 */
struct limits {
	uint64_t pids;
	uint64_t memory;
	uint64_t cpu;
	uint64_t descriptors;
	uint64_t core;
	uint64_t file_size;
};

/*
 * Notes how many descriptors the caller may have, and allows this process more if it
 * can.  To be called before anything is opened.
 */
void limits_begin(void);

/* What holds unless said otherwise. */
void limits_default(struct limits *limits);

/**
 * limits_set() - Set a limit as a configuration says it
 * @limits: the limits
 * @at: where it says so
 * @key: name of a limit; fails if there is no such limit
 * @text: a number, which may end in K, M, G or T; of processors one like "1.5" or
 *	  "50%"; or "none".  Fails if it is anything else.
 */
void limits_set(struct limits *limits, const struct mark *at, const char *key, const char *text);

/* Lowers limits that are to be higher than what the caller may have. */
void limits_clamp(struct limits *limits);

/* Reads a size, a number of bytes that may end in K, M, G or T.  False if it is none. */
bool limits_size(const char *text, uint64_t *value);

/**
 * limits_fork() - Fork a child that limits can be enforced on
 * @limits: the limits
 * @dir: the control group beneath which one is to be made for it, or NULL for the own
 *	 one or those above it
 *
 * Fails if a limit cannot be enforced.  The child has to wait until this returns in
 * the parent: only then the limits are those of the group as well.
 *
 * Return: as fork(), but for errors.
 */
pid_t limits_fork(const struct limits *limits, const char *dir);

/**
 * limits_apply() - Enforce limits on the child, which calls this, and all that it makes
 * @limits: the limits, of which @descriptors is the caller's to enforce
 *
 * Limits that are lower already stay.
 *
 * Return: whether it was done; if not, errno says why.
 */
bool __attribute__((__warn_unused_result__)) limits_apply(const struct limits *limits);

/*
 * Ends all that the program has made and left.  To be called when it has ended, and
 * before it is reaped, as till then its number is nobody else's; is also called when
 * the process exits that has forked it, and does nothing in others.
 */
void limits_kill(void);

/* Prints them as the configuration would have them, and who enforces them. */
void limits_print(const struct limits *limits, FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_LIMITS_H */
