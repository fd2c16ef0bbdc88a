/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Pipelines of processes
 */
#ifndef SHELL_PIPELINE_H
#define SHELL_PIPELINE_H

#include <cloudabi.h>

#include "command.h"
#include "object.h"

#define PIPELINE_STAGES_MAX COMMAND_PARTS_MAX
#define PROGRAM_NAME_MAX 64

/**
 * struct process - A stage of a pipeline
 * @name: name of its program
 * @part: the part of the command
 * @program: descriptor of its program
 * @limits: rights of the objects that it sends
 * @fd: descriptor of the process
 * @running: whether it runs
 * @signal: signal that ended it, or 0
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
 * struct pipeline - A pipeline
 * @programs: directory of programs
 * @output: descriptor that the last stage writes to
 * @errors: descriptor for error messages of all stages
 * @limits: rights of the objects that the first stage receives
 * @n: number of processes
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
