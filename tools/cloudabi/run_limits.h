/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Limits on the resources of a program
 *
 * A control group enforces the limits of processes, memory and CPU time for all processes of
 * the program together.  Where none can be created, resource limits (setrlimit(2)) of each
 * process stand in as far as they can; see run_limits.c.
 */
#ifndef _TOOLS_CLOUDABI_RUN_LIMITS_H
#define _TOOLS_CLOUDABI_RUN_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "run.h"

#define LIMIT_NONE UINT64_MAX
/*
 * The RLIMIT_NOFILE that cloudabi-run asks for itself: the most that a program can get, and
 * room for the descriptors reserved for cloudabi-reexec.
 */
#define LIMITS_NOFILE (65536 + 1024)

/**
 * struct limits - Limits; LIMIT_NONE stands for no limit
 * @pids: number of processes and threads, of all processes together
 * @memory: bytes, of all processes together; without a control group, bytes of address
 *	 space of each process
 * @cpu: CPU time in microseconds for each 100 ms, of all processes together
 * @descriptors: number of descriptors of each process (RLIMIT_NOFILE)
 * @core: size of a core dump in bytes (RLIMIT_CORE)
 * @file_size: size of a file that is written to, in bytes (RLIMIT_FSIZE)
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
 * Records the RLIMIT_NOFILE that was inherited and raises it if it can.  To be called before
 * anything is opened.
 */
void limits_begin(void);

/* Sets the default limits. */
void limits_default(struct limits *limits);

/**
 * limits_set() - Parse a limit of the configuration
 * @limits: the limits to set it in
 * @at: position of the value, for error messages
 * @key: name of the limit, which is the name of its field
 * @text: a number, for sizes with an optional K, M, G or T, for @cpu with an optional
 *        fraction and "%"; or "none"
 *
 * Fails, see fail(), if @key or @text is invalid.
 */
void limits_set(struct limits *limits, const struct mark *at, const char *key, const char *text);

/* Lowers limits to what the inherited hard limits allow. */
void limits_clamp(struct limits *limits);

/* Parses a number of bytes with an optional K, M, G or T.  Returns false if @text is no size. */
bool limits_size(const char *text, uint64_t *value);

/**
 * limits_fork() - Fork a child in a new control group, or else in a new session
 * @limits: the limits
 * @dir: directory of the cgroup to create the group in, or NULL; see group_fork()
 *
 * Fails, see fail(), if a limit cannot be enforced.  The child must wait until this has
 * returned in the parent, which writes the limits to the group after the fork.
 *
 * Return: the child's pid in the parent, 0 in the child.
 */
pid_t limits_fork(const struct limits *limits, const char *dir);

/**
 * limits_apply() - Apply the resource limits to the calling process and its descendants
 * @limits: the limits; the caller has to apply @descriptors itself
 *
 * To be called in the child of limits_fork().  Lower limits that were inherited stay.
 *
 * Return: true on success; false with errno set if a limit could not be applied.
 */
bool __attribute__((__warn_unused_result__)) limits_apply(const struct limits *limits);

/*
 * Kills all processes that the program has left behind.  To be called when it has ended but
 * is not reaped yet, so that its pid, the number of its session, cannot be reused.  Also
 * runs at exit of the process that called limits_fork(); does nothing in others.
 */
void limits_kill(void);

/* Prints the limits in the syntax of the configuration, and the control group. */
void limits_print(const struct limits *limits, FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_LIMITS_H */
