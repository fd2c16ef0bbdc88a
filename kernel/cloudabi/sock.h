/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Sockets
 */
#ifndef _KERNEL_CLOUDABI_SOCK_H
#define _KERNEL_CLOUDABI_SOCK_H

#include "cloudabi.h"

/**
 * struct cloudabi_recv - Where sock_recv() wants descriptors
 * @fds: where to store their numbers
 * @max: room in @fds, in numbers
 * @n: how many were stored
 * @truncated: whether there were more
 * @peek: whether the message stays where it is, and its descriptors with it
 * @error: -EFAULT if @fds turned out to be bad
 *
 * Passed to cloudabi_scm_recv() as the control buffer of a kernel message.
 */
struct cloudabi_recv {
	cloudabi_fd_t __user *fds;
	cloudabi_size_t max;
	cloudabi_size_t n;
	bool truncated;
	bool peek;
	int error;
};

/* scm.c */
int cloudabi_scm_begin(unsigned int n);
void cloudabi_scm_end(void);

/* sock.c */
int cloudabi_sock_pair(int type, struct file **files);
ssize_t cloudabi_sock_transfer(struct file *file, void __user *base, size_t len,
			       bool write);

/* sockerrno.c */
int cloudabi_error_recv(int error, struct file *file);
int cloudabi_error_send(int error, struct file *file);

#endif /* _KERNEL_CLOUDABI_SOCK_H */
