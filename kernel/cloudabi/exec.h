/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Execution of programs
 */
#ifndef _KERNEL_CLOUDABI_EXEC_H
#define _KERNEL_CLOUDABI_EXEC_H

#include <linux/types.h>
#include <uapi/linux/cloudabi.h>

/*
 * Result of a call after which another program has taken the caller's place,
 * and its registers.  No errno; see ENOTCAPABLE.
 */
#define EREPLACED 601

struct cloudabi_fds;

/**
 * struct cloudabi_exec - What proc_exec() gives a program
 * @data: argument data
 * @data_len: its length in bytes
 * @fds: descriptors, in the order of their new numbers
 *
 * Hangs off the caller's task blob for as long as exec takes.
 */
struct cloudabi_exec {
	const void *data;
	size_t data_len;
	const struct cloudabi_fds *fds;
};

int cloudabi_exec(cloudabi_fd_t fd, const struct cloudabi_exec *request);

#endif /* _KERNEL_CLOUDABI_EXEC_H */
