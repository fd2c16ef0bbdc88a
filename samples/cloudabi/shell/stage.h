/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - What the programs of a pipeline have in common
 *
 * A stage is given, as argument data,
 *
 *	{arguments: [*.c], input: 0, output: 1, errors: 2, limits: [4194306, 0, 0]}
 *
 * and nothing else.  Objects come from the input.  The output takes objects, with no
 * more rights than the limits say, or text if the stage is the last.
 */
#ifndef SHELL_STAGE_H
#define SHELL_STAGE_H

#include <cloudabi.h>

#include "object.h"

#define STAGE_ARGUMENTS_MAX 8

/**
 * struct stage - What a stage is given
 * @name: of its program, for messages
 * @arguments: strings
 * @n: how many
 * @input: where objects come from
 * @output: where objects go, or text
 * @errors: where messages go
 * @limits: of objects that are passed on
 * @failed: whether something went wrong
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
		 size_t least, size_t most);
void stage_complain(struct stage *stage, const char *what, cloudabi_errno_t error);
bool stage_receive(struct stage *stage, struct object *object);
bool stage_send(struct stage *stage, const struct object *object);
int stage_end(const struct stage *stage);

#endif /* SHELL_STAGE_H */
