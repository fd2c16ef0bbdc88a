/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Acceptance of connections on behalf of a CloudABI program
 *
 * The ABI has no calls to listen and accept.  A Linux process does both, and sends each
 * connection through a local stream, as a descriptor (SCM_RIGHTS) with a message of one byte.
 */
#ifndef _TOOLS_CLOUDABI_HANDOVER_H
#define _TOOLS_CLOUDABI_HANDOVER_H

#include <stdbool.h>

/**
 * struct handover - State of a listener and its stream
 * @listener: the listening socket, or -1 if it is closed
 * @stream: the stream to send connections to, or -1 if it is closed
 * @pending: an accepted connection that did not fit into the stream, or -1
 * @pause: whether to wait before the next attempt, as a resource is short
 */
struct handover {
	int listener;
	int stream;
	int pending;
	bool pause;
};

/**
 * handover_begin() - Set up a handover
 * @handover: initialised
 * @listener: a listening socket; set to non-blocking
 * @stream: a local stream socket
 *
 * The handover owns both descriptors from now on.
 */
void handover_begin(struct handover *handover, int listener, int stream);

/**
 * handover_end() - Close the descriptors of a handover
 * @handover: the handover; @stream is -1 afterwards
 */
void handover_end(struct handover *handover);

/**
 * handover_wait() - Wait for one event and handle it
 * @handover: the handover, which may have ended; it ends here if the other end of the
 *	   stream is closed
 * @other: a further descriptor to wait for, or -1
 * @ready: set to whether @other is readable; may be NULL if there is none
 *
 * Return: NULL, or the name of what failed, with errno set.
 */
const char *handover_wait(struct handover *handover, int other, bool *ready);

/**
 * handover() - Turn the calling process into a helper that only hands over connections
 * @listener: a listening socket
 * @stream: a local stream socket
 *
 * Closes all other descriptors except standard error.  The process exits when the other end
 * of the stream is closed, without running functions registered with atexit().
 */
void __attribute__((__noreturn__)) handover(int listener, int stream);

#endif /* _TOOLS_CLOUDABI_HANDOVER_H */
