/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Processes in a row
 */
#ifndef SHELL_PIPELINE_H
#define SHELL_PIPELINE_H

#include <cloudabi.h>

#include "command.h"
#include "object.h"

#define PIPELINE_STAGES_MAX COMMAND_PARTS_MAX
#define PROGRAM_NAME_MAX 64

/**
 * struct process - A stage that runs, or has run
 * @name: of its program
 * @part: the same as it stands in the line, and arguments
 * @program: the descriptor of the program
 * @limits: of the objects that it passes on
 * @fd: the process
 * @running: whether it has not ended yet
 * @signal: what ended it, or 0
 * @exitcode: its exit code
 */
struct process {
	char name[PROGRAM_NAME_MAX];
	struct part part;
	cloudabi_fd_t program;
	struct limits limits;
	cloudabi_fd_t fd;
	bool running;
	cloudabi_signal_t signal;
	cloudabi_exitcode_t exitcode;
};

/**
 * struct pipeline - Processes in a row
 * @programs: the directory of programs
 * @output: where the last one writes
 * @errors: where all write messages
 * @limits: of the objects that the first one needs
 * @n: how many there are
 * @processes: the processes
 */
struct pipeline {
	cloudabi_fd_t programs;
	cloudabi_fd_t output;
	cloudabi_fd_t errors;
	struct limits limits;
	size_t n;
	struct process processes[PIPELINE_STAGES_MAX];
};

cloudabi_errno_t pipeline_prepare(struct pipeline *pipeline, const struct part *parts, size_t n,
				  const char **culprit);
cloudabi_errno_t pipeline_start(struct pipeline *pipeline, cloudabi_fd_t *input);
cloudabi_errno_t pipeline_wait(struct pipeline *pipeline);
int pipeline_status(const struct pipeline *pipeline);
void pipeline_print(const struct pipeline *pipeline, cloudabi_fd_t to, bool all);

#endif /* SHELL_PIPELINE_H */
