// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Sockets
 */

#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/net.h>
#include <linux/security.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "sock.h"

static int sock_create_pair(int type, struct socket **sock1, struct socket **sock2)
{
	int error;

	error = sock_create(AF_UNIX, type, 0, sock1);
	if (error)
		return error;
	error = sock_create(AF_UNIX, type, 0, sock2);
	if (error)
		goto out_release1;
	error = security_socket_socketpair(*sock1, *sock2) ?:
		READ_ONCE((*sock1)->ops)->socketpair(*sock1, *sock2);
	if (!error)
		return 0;
	sock_release(*sock2);
out_release1:
	sock_release(*sock1);
	return error;
}

/**
 * cloudabi_sock_pair - Make a pair of connected sockets
 * @type: SOCK_DGRAM or SOCK_STREAM
 * @files: where to store the two files
 *
 * Context: Process context.  May sleep.
 * Return: 0; -ENFILE; -ENOMEM; errors of the security modules.
 */
int cloudabi_sock_pair(int type, struct file **files)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct socket *sock1, *sock2;
	int error;

	blob->in_socketpair = true;
	error = sock_create_pair(type, &sock1, &sock2);
	blob->in_socketpair = false;
	if (error)
		return error;

	/* sock_alloc_file() releases the socket if it fails. */
	files[0] = sock_alloc_file(sock1, 0, NULL);
	if (IS_ERR(files[0])) {
		sock_release(sock2);
		return PTR_ERR(files[0]);
	}
	files[1] = sock_alloc_file(sock2, 0, NULL);
	if (IS_ERR(files[1])) {
		fput(files[0]);
		return PTR_ERR(files[1]);
	}
	return 0;
}

/**
 * cloudabi_sock_transfer - Read from a socket or write to it
 * @file: the socket
 * @base: the data
 * @len: length of the data in bytes
 * @write: true to write, false to read
 *
 * Does what vfs_read() and vfs_write() do with a socket, in fewer steps.
 *
 * Context: Process context.  May sleep.
 * Return: number of bytes, or a negative errno.
 */
ssize_t cloudabi_sock_transfer(struct file *file, void __user *base, size_t len,
			       bool write)
{
	struct socket *const sock = sock_from_file(file);
	struct msghdr msg = { .msg_flags = cloudabi_sock_msg_flags(file) };
	ssize_t ret;

	/*
	 * rw_verify_area() calls the LSM hooks of files.  sock_sendmsg() and
	 * sock_recvmsg() call those of sockets.
	 */
	ret = import_ubuf(write ? ITER_SOURCE : ITER_DEST, base, len,
			  &msg.msg_iter) ?:
	      rw_verify_area(write ? WRITE : READ, file, NULL, len);
	if (ret)
		return ret;
	if (write) {
		msg.msg_flags |= MSG_NOSIGNAL;
		ret = sock_sendmsg(sock, &msg);
		if (ret > 0)
			fsnotify_modify(file);
	} else if (len) {
		ret = sock_recvmsg(sock, &msg, msg.msg_flags);
		if (ret > 0)
			fsnotify_access(file);
	}
	return ret;
}

/**
 * cloudabi_sys_sock_shutdown - End one or both directions of a connection
 * @sock: the socket
 * @how: CLOUDABI_SHUT_RD, CLOUDABI_SHUT_WR or both
 *
 * Rights: SOCK_SHUTDOWN.
 * POSIX: As shutdown().
 * Spec: Sockets
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for another @how; -EBADF; -ENOTCAPABLE; -ENOTSOCK;
 * -ENOTCONN.
 */
int cloudabi_sys_sock_shutdown(cloudabi_fd_t sock, cloudabi_sdflags_t how)
{
	struct socket *socket;
	int linux_how;

	switch (how) {
	case CLOUDABI_SHUT_RD:
		linux_how = SHUT_RD;
		break;
	case CLOUDABI_SHUT_WR:
		linux_how = SHUT_WR;
		break;
	case CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR:
		linux_how = SHUT_RDWR;
		break;
	default:
		return -EINVAL;
	}

	CLASS(cloudabi_fd, f)(sock,
			      CLOUDABI_REQUIRED(sock_shutdown, sock, always));
	if (f.error)
		return f.error;
	socket = sock_from_file(fd_file(f.f));
	if (!socket)
		return -ENOTSOCK;
	/* AF_UNIX reports no error for a socket that is not connected. */
	if (socket->sk->sk_family == AF_UNIX &&
	    READ_ONCE(socket->sk->sk_state) != TCP_ESTABLISHED)
		return -ENOTCONN;
	return __sys_shutdown_sock(socket, linux_how);
}
