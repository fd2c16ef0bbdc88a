/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Descriptors that are polled
 */
#ifndef _KERNEL_CLOUDABI_POLL_H
#define _KERNEL_CLOUDABI_POLL_H

#include <linux/poll.h>

#include "cloudabi.h"

struct sock;

/* The events of Linux that are one of CloudABI. */
#define CLOUDABI_POLL_READ \
	(EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define CLOUDABI_POLL_WRITE (EPOLLOUT | EPOLLWRNORM | EPOLLHUP | EPOLLERR)
#define CLOUDABI_POLL_TERMINATE (EPOLLIN | EPOLLRDNORM)

struct sock *cloudabi_pollfd_peer(struct file *file);
bool cloudabi_pollfd(struct file *file, struct sock *peer, poll_table *pt,
		     cloudabi_event_t *event, cloudabi_event_t __user *slot);

#endif /* _KERNEL_CLOUDABI_POLL_H */
