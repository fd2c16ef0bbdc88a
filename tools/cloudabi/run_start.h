/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Fork and exec of the program
 */
#ifndef _TOOLS_CLOUDABI_RUN_START_H
#define _TOOLS_CLOUDABI_RUN_START_H

#include <sys/types.h>

#include "run_calls.h"
#include "run_limits.h"
#include "run_value.h"

/**
 * struct start - Everything that is needed to start the program
 * @name: path of the program, for messages
 * @program: descriptor of the program's executable
 * @reexec: descriptor of cloudabi-reexec
 * @value: argument data of the program
 * @data: descriptor of a memfd with @value; set by start_program()
 * @grants: descriptors of the program, in the order of their numbers
 * @limits: limits on its resources
 * @calls: calls that it may make
 * @precision: floor of the precision of its clocks in ns, 0 for none
 * @die_with_parent: whether it is killed when this process dies
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
 * start_program() - Fork the process that becomes the program
 * @start: what to start; @data is set
 * @cgroup: directory of the cgroup to create its own in, or NULL
 *
 * The child waits for start_exec(), so that the parent can trace it from its first call on.
 * Fails, see fail(), if the fork or a limit fails.
 *
 * Return: the pid of the child.
 */
pid_t start_program(struct start *start, const char *cgroup);

/*
 * Lets the child of start_program() execute the program, and waits until it does or
 * reports an error.  In the latter case this reaps the child and fails, see fail().
 */
void start_exec(const struct start *start, pid_t pid);

/*
 * Forks a helper process for each listener, see handover().  A helper exits when the program
 * has closed its end of the stream.
 */
void start_helpers(const struct start *start);

#endif /* _TOOLS_CLOUDABI_RUN_START_H */
