/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Execution of programs
 */
#ifndef _KERNEL_CLOUDABI_EXEC_H
#define _KERNEL_CLOUDABI_EXEC_H

#include <linux/types.h>
#include <uapi/linux/cloudabi.h>

/*
 * Result of proc_exec() on success: a new program has replaced the caller, and
 * the registers are those of the new program.  The entry code must not store a
 * result in them.  The value is neither an errno of Linux nor ENOTCAPABLE, and
 * never leaves the kernel.
 */
#define EREPLACED 601

struct cloudabi_fds;

/**
 * struct cloudabi_exec_request - What proc_exec() passes to a new program
 * @data: argument data
 * @data_len: length of the argument data in bytes
 * @fds: descriptors, in the order of their new numbers
 *
 * Belongs to proc_exec().  The caller's task blob points to it during exec.
 */
struct cloudabi_exec_request {
	const void *data;
	size_t data_len;
	const struct cloudabi_fds *fds;
};

int cloudabi_exec(cloudabi_fd_t fd,
		  const struct cloudabi_exec_request *request);

#endif /* _KERNEL_CLOUDABI_EXEC_H */
