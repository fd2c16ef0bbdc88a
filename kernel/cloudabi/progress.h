/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - How far an interrupted transfer has come
 */
#ifndef _KERNEL_CLOUDABI_PROGRESS_H
#define _KERNEL_CLOUDABI_PROGRESS_H

#include <linux/restart_block.h>
#include <linux/sched/signal.h>

#include "cloudabi.h"

struct file;

/**
 * struct cloudabi_progress - A transfer of which a part is done
 * @in: first argument of the call behind @fd
 * @out: where the call stores its results, if that is memory
 * @fd: the descriptor
 * @bytes: how many were transferred; less than 2 GiB
 * @more: what else the call has to know
 * @file: which file @fd was; only to be compared
 */
struct cloudabi_progress {
	const void __user *in;
	void __user *out;
	cloudabi_fd_t fd;
	u32 bytes;
	u32 more;
	u64 file;
};

/**
 * cloudabi_interrupted - Was a transfer interrupted?
 * @done: number of bytes that it came to
 *
 * Only to be asked about one that waits for all of its data.  If something else
 * has ended it, that will do so again.
 */
static inline bool cloudabi_interrupted(size_t done)
{
	return done && unlikely(signal_pending(current));
}

long cloudabi_progress_save(const struct cloudabi_progress *progress,
			    struct file *file,
			    long (*go_on)(struct restart_block *));
struct cloudabi_progress
cloudabi_progress_load(const struct restart_block *block);
bool cloudabi_progress_same_file(const struct cloudabi_progress *progress,
				 struct file *file);
bool cloudabi_is_stream(struct file *file);

#endif /* _KERNEL_CLOUDABI_PROGRESS_H */
