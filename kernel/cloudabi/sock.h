/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Sockets
 */
#ifndef _KERNEL_CLOUDABI_SOCK_H
#define _KERNEL_CLOUDABI_SOCK_H

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/socket.h>

/* sock.c */
int cloudabi_sock_pair(int type, struct file **files);
ssize_t cloudabi_sock_transfer(struct file *file, void __user *base, size_t len,
			       bool write);

/* sockerrno.c */
int cloudabi_error_recv(int error, struct file *file);
int cloudabi_error_send(int error, struct file *file);

static inline unsigned int cloudabi_sock_msg_flags(const struct file *file)
{
	return file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

#endif /* _KERNEL_CLOUDABI_SOCK_H */
