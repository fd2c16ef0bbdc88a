/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Rights of descriptors in flight
 */
#ifndef _KERNEL_CLOUDABI_SCM_H
#define _KERNEL_CLOUDABI_SCM_H

#include "cloudabi.h"

/**
 * struct cloudabi_scm_buf - Control buffer of a CloudABI task that receives
 * @fds: where to store the numbers of the descriptors
 * @max: how many numbers @fds has space for
 * @n: how many numbers were stored
 * @truncated: whether the message had more descriptors
 * @peek: whether the message, with its descriptors, stays in the queue
 * @error: -EFAULT if @fds could not be written
 *
 * struct msghdr::msg_control points to it.  cloudabi_scm_recv() fills it instead
 * of a struct cmsghdr.
 */
struct cloudabi_scm_buf {
	cloudabi_fd_t __user *fds;
	cloudabi_size_t max;
	cloudabi_size_t n;
	bool truncated;
	bool peek;
	int error;
};

int cloudabi_scm_begin(unsigned int n);
void cloudabi_scm_end(void);

#endif /* _KERNEL_CLOUDABI_SCM_H */
