// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Error numbers
 *
 * What those of Linux mean: everywhere, and what some mean otherwise in a call.
 */

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/stat.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "errno.h"
#include "path.h"

static_assert(CLOUDABI_NR_ERRNOS <= U8_MAX);

/* Linux errnos that CloudABI has no name for: what a program can make of them */
#define OTHER_ERRNOS(ERRNO)                                          \
	ERRNO(EADV, IO)                                              \
	ERRNO(EBADE, INVAL)                                          \
	ERRNO(EBADFD, IO)                                            \
	ERRNO(EBADR, INVAL)                                          \
	ERRNO(ECOMM, IO)                                             \
	ERRNO(EHOSTDOWN, HOSTUNREACH)                                \
	ERRNO(EHWPOISON, IO)                                         \
	ERRNO(EISNAM, IO)                                            \
	ERRNO(EKEYEXPIRED, IO)                                       \
	ERRNO(EKEYREJECTED, IO)                                      \
	ERRNO(EKEYREVOKED, IO)                                       \
	ERRNO(ELIBACC, NOEXEC)                                       \
	ERRNO(ELIBBAD, NOEXEC)                                       \
	ERRNO(ELIBEXEC, NOEXEC)                                      \
	ERRNO(ELIBMAX, NOEXEC)                                       \
	ERRNO(ELIBSCN, NOEXEC)                                       \
	ERRNO(EMEDIUMTYPE, IO)                                       \
	ERRNO(ENAVAIL, IO)                                           \
	ERRNO(ENODATA, IO)                                           \
	ERRNO(ENOKEY, IO)                                            \
	ERRNO(ENOMEDIUM, IO)                                         \
	ERRNO(ENONET, NETDOWN)                                       \
	ERRNO(ENOTBLK, INVAL)                                        \
	ERRNO(ENOTNAM, IO)                                           \
	ERRNO(ENOTSUPP, NOTSUP)                                      \
	ERRNO(EPFNOSUPPORT, AFNOSUPPORT)                             \
	ERRNO(EREMCHG, IO)                                           \
	ERRNO(EREMOTEIO, IO)                                         \
	ERRNO(ERFKILL, PERM)                                         \
	ERRNO(ESHUTDOWN, PIPE)                                       \
	ERRNO(ESOCKTNOSUPPORT, PROTOTYPE)                            \
	ERRNO(ETIME, TIMEDOUT)                                       \
	ERRNO(ETOOMANYREFS, AGAIN)                                   \
	ERRNO(EUCLEAN, IO)                                           \
	ERRNO(EUSERS, AGAIN)

/* Those above here are the kernel's own: a handler should have dealt with it. */
#define ERRNO_INTERNAL 512

static const u8 errnos[] = {
#define ERRNO_NAMED(value, name, linux_errno, ...) [linux_errno] = (value),
	CLOUDABI_ERRNOS(ERRNO_NAMED)
#define ERRNO_OTHER(linux_errno, name) [linux_errno] = CLOUDABI_E##name,
	OTHER_ERRNOS(ERRNO_OTHER)
};

/**
 * cloudabi_errno - CloudABI's number of a Linux error
 * @error: positive errno of Linux, or ENOTCAPABLE
 *
 * Return: the number; ENOSYS for errors that nothing is known about, EIO for
 * those that the kernel only uses internally.
 */
cloudabi_errno_t cloudabi_errno(int error)
{
	if (error > 0 && error < (int)ARRAY_SIZE(errnos) && errnos[error])
		return errnos[error];
	return error < ERRNO_INTERNAL ? CLOUDABI_ENOSYS : CLOUDABI_EIO;
}

/**
 * cloudabi_error_name - Errors of calls with one name
 * @error: a negative errno, or 0
 * @at: the name
 *
 * EXDEV can only mean that the name leads out of its directory.
 *
 * Return: what it is in CloudABI, as all functions below.
 */
int cloudabi_error_name(int error, const struct cloudabi_at *at)
{
	return error == -EXDEV ? cloudabi_path_denied(at) : error;
}

/**
 * cloudabi_error_new - Errors of calls that make something under a name
 * @error: a negative errno, or 0
 * @at: the name
 *
 * To Linux, something exists under "file/"; it is no directory, though.
 */
int cloudabi_error_new(int error, const struct cloudabi_at *at)
{
	if (error == -EEXIST && cloudabi_path_probe(at, 0) == -ENOTDIR)
		return -ENOTDIR;
	return cloudabi_error_name(error, at);
}

/**
 * cloudabi_error_link - Errors of file_link()
 * @error: a negative errno, or 0
 * @from: name of the file
 * @flags: how the file was looked up; LOOKUP_FOLLOW or 0
 * @to: name of the link
 *
 * EXDEV may well mean that there are two file systems.
 */
int cloudabi_error_link(int error, const struct cloudabi_at *from,
			unsigned int flags, const struct cloudabi_at *to)
{
	if (error != -EXDEV)
		return cloudabi_error_new(error, to);
	if (cloudabi_path_probe(from, flags) == -EXDEV)
		return cloudabi_path_denied(from);
	if (cloudabi_path_leaves(to))
		return cloudabi_path_denied(to);
	return error;
}

/**
 * cloudabi_error_rename - Errors of file_rename()
 * @error: a negative errno, or 0
 * @from: the old name
 * @to: the new name
 *
 * EXDEV as for file_link().  To Linux, "." and ".." are in use.
 */
int cloudabi_error_rename(int error, const struct cloudabi_at *from,
			  const struct cloudabi_at *to)
{
	switch (error) {
	case -EXDEV:
		if (cloudabi_path_leaves(from))
			return cloudabi_path_denied(from);
		if (cloudabi_path_leaves(to))
			return cloudabi_path_denied(to);
		return error;
	case -EBUSY:
		if (cloudabi_path_is_dot(from->name) ||
		    cloudabi_path_is_dot(to->name))
			return -EINVAL;
		return error;
	default:
		return error;
	}
}

/**
 * cloudabi_error_unlink - Errors of file_unlink()
 * @error: a negative errno, or 0
 * @at: the name
 *
 * That a directory can't be removed without saying so is EPERM in POSIX.
 */
int cloudabi_error_unlink(int error, const struct cloudabi_at *at)
{
	return error == -EISDIR ? -EPERM : cloudabi_error_name(error, at);
}

/**
 * cloudabi_error_open - Errors of file_open()
 * @error: a negative errno, or 0
 * @at: the name
 * @flags: flags of open()
 *
 * ENXIO of a socket is ENOTSUP, but stays what it is of a FIFO or a device.
 * ENOTDIR of a symbolic link that must be neither followed nor anything but a
 * directory is ELOOP, as it is without the latter wish.
 */
int cloudabi_error_open(int error, const struct cloudabi_at *at, int flags)
{
	const unsigned int follow = flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;

	switch (error) {
	case -ENXIO:
		if (S_ISSOCK(cloudabi_path_mode(at, follow)))
			return -EOPNOTSUPP;
		return error;
	case -ENOTDIR:
		if ((flags & O_DIRECTORY) &&
		    S_ISLNK(cloudabi_path_mode(at, follow)))
			return -ELOOP;
		return error;
	default:
		return cloudabi_error_name(error, at);
	}
}

/* Linux has opinions of its own on local sockets only. */
static const struct socket *local_socket(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	return sock && sock->sk->sk_family == AF_UNIX ? sock : NULL;
}

/**
 * cloudabi_error_recv - Errors of reading from a descriptor that may be a socket
 * @error: a negative errno
 * @file: the file
 *
 * A local stream that was never connected is ENOTCONN and not EINVAL; its peer
 * may go without having read everything (ECONNRESET), which is an end like any
 * other; and so is what was shut down, for datagrams in non-blocking mode, too.
 */
int cloudabi_error_recv(int error, struct file *file)
{
	const struct socket *const sock = local_socket(file);

	if (!sock)
		return error;
	switch (error) {
	case -EINVAL:
		if (sock->type == SOCK_STREAM &&
		    READ_ONCE(sock->sk->sk_state) != TCP_ESTABLISHED)
			return -ENOTCONN;
		return error;
	case -ECONNRESET:
		return sock->type == SOCK_STREAM ? 0 : error;
	case -EAGAIN:
		return READ_ONCE(sock->sk->sk_shutdown) & RCV_SHUTDOWN ? 0 : error;
	default:
		return error;
	}
}

/**
 * cloudabi_error_send - Errors of writing to a descriptor that may be a socket
 * @error: a negative errno
 * @file: the file
 *
 * A peer that is gone is EPIPE for all local sockets.  Linux refuses the first
 * datagram after that, and has forgotten the connection from the second on.
 */
int cloudabi_error_send(int error, struct file *file)
{
	const struct socket *const sock = local_socket(file);

	if (!sock)
		return error;
	switch (error) {
	case -ECONNREFUSED:
	case -ECONNRESET:
		return -EPIPE;
	case -ENOTCONN:
		return sock->type == SOCK_DGRAM && sock->state == SS_CONNECTED ?
			       -EPIPE : error;
	default:
		return error;
	}
}
