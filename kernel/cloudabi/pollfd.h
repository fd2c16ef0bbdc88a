/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Readiness of descriptors
 */
#ifndef _KERNEL_CLOUDABI_POLLFD_H
#define _KERNEL_CLOUDABI_POLLFD_H

#include <linux/poll.h>

#include "cloudabi.h"

struct sock;

/* The events of Linux that make an event of CloudABI. */
#define CLOUDABI_POLL_READ \
	(EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define CLOUDABI_POLL_WRITE (EPOLLOUT | EPOLLWRNORM | EPOLLHUP | EPOLLERR)
#define CLOUDABI_POLL_TERMINATE (EPOLLIN | EPOLLRDNORM)

struct sock *cloudabi_pollfd_peer(struct file *file);
bool cloudabi_pollfd_ready(struct file *file, struct sock *peer, poll_table *pt,
			   cloudabi_event_t *event,
			   cloudabi_event_t __user *scratch);

#endif /* _KERNEL_CLOUDABI_POLLFD_H */
