/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Starting the program
 */
#ifndef _TOOLS_CLOUDABI_RUN_START_H
#define _TOOLS_CLOUDABI_RUN_START_H

#include <sys/types.h>

#include "run_calls.h"
#include "run_limits.h"
#include "run_value.h"

/**
 * struct start - All that a program is started with
 * @name: what it is called in messages
 * @program: descriptor of the program
 * @reexec: descriptor of cloudabi-reexec
 * @value: its argument data
 * @data: descriptor of a file that has them, set by start_program()
 * @grants: the descriptors in these
 * @limits: what it may use
 * @calls: what it may call
 * @precision: ns that its times are multiples of, 0 for all that there is
 * @bound: whether it ends when this process does
 */
struct start {
	const char *name;
	int program;
	int reexec;
	struct value value;
	int data;
	struct grants grants;
	struct limits limits;
	struct calls calls;
	uint64_t precision;
	bool die_with_parent;
};

/**
 * start_program() - Make a process that will be the program
 * @start: with what
 * @cgroup: the control group that its own is made beneath, or NULL
 *
 * It waits for start_exec(), so that it can be watched from its first call on.
 *
 * Return: its number.
 */
pid_t start_program(struct start *start, const char *cgroup);

/* Lets it run.  Fails if the program could not be started; then it is no more. */
void start_exec(const struct start *start, pid_t pid);

/* Starts those who accept connections; they end when the program's ends are closed. */
void start_helpers(const struct start *start);

#endif /* _TOOLS_CLOUDABI_RUN_START_H */
