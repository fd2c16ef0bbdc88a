// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Errors of transfers on AF_UNIX sockets
 *
 * Linux reports some states of an AF_UNIX socket by other errnos than the ABI
 * does.  Errors of other files stay as they are.
 */

#include <linux/net.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "sock.h"

static const struct socket *sock_from_local_file(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	return sock && sock->sk->sk_family == AF_UNIX ? sock : NULL;
}

/**
 * cloudabi_error_recv - Translate errors of a read
 * @error: a negative errno
 * @file: the file, which need not be a socket
 *
 * On an AF_UNIX socket:
 *
 * - -EINVAL of a stream that was never connected becomes -ENOTCONN.
 * - -ECONNRESET of a stream becomes the end of the stream.  Linux reports it if
 *   the peer is closed before it has read everything.
 * - -EAGAIN of a socket whose receiving side is shut down becomes the end of
 *   the stream.  Linux reports it for datagram sockets in non-blocking mode.
 *
 * Context: Any.
 * Return: the error in the ABI's sense, or 0 for the end of the stream.
 */
int cloudabi_error_recv(int error, struct file *file)
{
	const struct socket *const sock = sock_from_local_file(file);

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
 * cloudabi_error_send - Translate errors of a write
 * @error: a negative errno
 * @file: the file, which need not be a socket
 *
 * Every write to an AF_UNIX socket whose peer is gone fails with -EPIPE.  Linux
 * reports other errnos on datagram sockets: the first write fails with
 * -ECONNREFUSED and disconnects the socket, so later writes fail with
 * -ENOTCONN.
 *
 * Context: Any.
 * Return: the error in the ABI's sense.
 */
int cloudabi_error_send(int error, struct file *file)
{
	const struct socket *const sock = sock_from_local_file(file);

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
