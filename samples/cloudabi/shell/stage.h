/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Common code of the programs of a pipeline
 *
 * The argument data of a stage are a map, for example
 *
 *	{arguments: [*.c], input: 0, output: 1, errors: 2, limits: [4194306, 0, 0]}
 *
 * It has no other descriptors.  It receives objects from the input.  It sends objects to the
 * output, with the rights of "limits" (see struct limits), or prints text there if it is the
 * last stage.
 */
#ifndef SHELL_STAGE_H
#define SHELL_STAGE_H

#include <cloudabi.h>

#include "object.h"

#define STAGE_ARGUMENTS_MAX 8

/**
 * struct stage - The state of a stage
 * @name: name of its program, for messages
 * @arguments: its arguments
 * @n: number of arguments
 * @input: stream to receive objects from
 * @output: stream to send objects to, or descriptor to print to
 * @errors: descriptor for error messages
 * @limits: rights of the objects that it sends
 * @failed: whether an error occurred
 */
struct stage {
	const char *name;
	const char *arguments[STAGE_ARGUMENTS_MAX];
	size_t n;
	cloudabi_fd_t input;
	cloudabi_fd_t output;
	cloudabi_fd_t errors;
	struct limits limits;
	bool failed;
};

bool stage_begin(struct stage *stage, const struct cloudabi_start *start, const char *name,
		 size_t min, size_t max);
void stage_complain(struct stage *stage, const char *what, cloudabi_errno_t error);
bool stage_receive(struct stage *stage, struct object *object);
bool stage_send(struct stage *stage, const struct object *object);
int stage_end(const struct stage *stage);

#endif /* SHELL_STAGE_H */
