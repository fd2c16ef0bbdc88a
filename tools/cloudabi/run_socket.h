/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Sockets that a program is given
 *
 * All functions return a close-on-exec descriptor that the caller owns, and fail, see
 * fail(), if they cannot.
 */
#ifndef _TOOLS_CLOUDABI_RUN_SOCKET_H
#define _TOOLS_CLOUDABI_RUN_SOCKET_H

#include "run.h"

/**
 * socket_connect() - Create a socket and connect it
 * @at: position of the tag, for error messages
 * @address: address of the peer, see address_parse(); "*" is not allowed
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 *
 * Return: the socket.
 */
int socket_connect(const struct mark *at, const char *address, int type);

/**
 * socket_listen() - Create a socket, bind it and listen
 * @at: position of the tag, for error messages
 * @address: address to bind to, see address_parse()
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; a datagram socket is only bound
 *
 * The path of a local socket is removed at exit, see cleanup_path().  If the path exists
 * already, even as the socket of a server that has died, this fails with EADDRINUSE.
 *
 * Return: the socket.
 */
int socket_listen(const struct mark *at, const char *address, int type);

/**
 * socket_activation() - Get a socket that the service manager has passed
 * @at: position of the tag, for error messages
 * @which: name of the socket in LISTEN_FDNAMES, or its index, counted from 0
 * @type: type that the socket must have, or 0 for any
 *
 * See sd_listen_fds(3).  Whether the socket listens or is connected is up to the
 * service manager.
 *
 * Return: a duplicate of the socket, so that several tags may ask for the same one.
 */
int socket_activation(const struct mark *at, const char *which, int type);

#endif /* _TOOLS_CLOUDABI_RUN_SOCKET_H */
