/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Sockets that a program is given
 *
 * Descriptors that these functions return are close-on-exec.  What can't be had
 * is a failure, see fail().
 */
#ifndef _TOOLS_CLOUDABI_RUN_SOCKET_H
#define _TOOLS_CLOUDABI_RUN_SOCKET_H

#include "run.h"

/**
 * socket_connect() - A socket with a peer
 * @at: where it is asked for
 * @address: the peer, see address_parse(); not "*"
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 */
int socket_connect(const struct mark *at, const char *address, int type);

/**
 * socket_listen() - A socket that has a name
 * @at: where it is asked for
 * @address: the name, see address_parse()
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; one for datagrams is only bound
 *
 * A path is removed at the end, see cleanup_path().  One that is there already is not
 * ours to remove.
 */
int socket_listen(const struct mark *at, const char *address, int type);

/**
 * socket_activation() - A socket that whoever started us has opened
 * @at: where it is asked for
 * @which: its name in LISTEN_FDNAMES, or its number from 0
 * @type: of which type it has to be, or 0
 *
 * Return: a duplicate, so that the same may be asked for more than once.  Whether
 * it listens, is connected or for datagrams is for its opener to say.
 */
int socket_activation(const struct mark *at, const char *which, int type);

#endif /* _TOOLS_CLOUDABI_RUN_SOCKET_H */
