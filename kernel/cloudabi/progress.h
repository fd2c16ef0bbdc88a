/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Progress of an interrupted transfer
 */
#ifndef _KERNEL_CLOUDABI_PROGRESS_H
#define _KERNEL_CLOUDABI_PROGRESS_H

#include <linux/restart_block.h>
#include <linux/sched/signal.h>

#include "cloudabi.h"

struct file;

/**
 * struct cloudabi_progress - A transfer that is partly done
 * @in: first argument of the call after @fd
 * @out: structure in user memory that receives the results; NULL if the call
 *       returns them in registers
 * @fd: the descriptor
 * @bytes: number of bytes transferred so far; less than 2 GiB
 * @more: further state of the call
 * @file_id: identity of the file behind @fd, for comparison only
 */
struct cloudabi_progress {
	const void __user *in;
	void __user *out;
	cloudabi_fd_t fd;
	u32 bytes;
	u32 more;
	u64 file_id;
};

/**
 * cloudabi_transfer_interrupted - Was a transfer interrupted after a part?
 * @done: number of bytes transferred
 *
 * The caller asks only about a transfer that waits for all of its data and
 * ended early.  If it ended early for another reason while a signal is pending,
 * the restarted call ends for the same reason.
 *
 * Context: Process context, the task that makes the call.
 * Return: true if the call has to continue later.
 */
static inline bool cloudabi_transfer_interrupted(size_t done)
{
	return done && unlikely(signal_pending(current));
}

long cloudabi_progress_save(const struct cloudabi_progress *progress,
			    struct file *file,
			    long (*restart)(struct restart_block *));
struct cloudabi_progress
cloudabi_progress_load(const struct restart_block *block);
bool cloudabi_progress_same_file(const struct cloudabi_progress *progress,
				 struct file *file);
bool cloudabi_is_stream(struct file *file);

#endif /* _KERNEL_CLOUDABI_PROGRESS_H */
