/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections, handed over one by one
 *
 * The ABI has no way to listen.  Someone else does, and sends each connection as
 * a descriptor, in a message of one byte, through a local stream.
 */
#ifndef _TOOLS_CLOUDABI_HANDOVER_H
#define _TOOLS_CLOUDABI_HANDOVER_H

#include <stdbool.h>

/**
 * struct handover - What is going on
 * @listener: where connections come from, or -1 when they don't any more
 * @stream: where they go to, or -1
 * @held: a connection for which the stream had no room, or -1
 * @pause: whether to wait before anything is tried again
 */
struct handover {
	int listener;
	int stream;
	int held;
	bool pause;
};

/**
 * handover_begin() - Make ready
 * @handover: set
 * @listener: a socket that listens
 * @stream: a local stream
 */
void handover_begin(struct handover *handover, int listener, int stream);

/**
 * handover_end() - Close all that it has
 * @handover: with @stream of -1 from then on
 */
void handover_end(struct handover *handover);

/**
 * handover_wait() - Wait for something, and do it
 * @handover: may have ended; it ends here when the other end of the stream is closed
 * @other: a descriptor that is waited for, too, or -1
 * @ready: set to whether it is ready; NULL if there is none
 *
 * Return: NULL, or what failed, with errno.
 */
const char *handover_wait(struct handover *handover, int other, bool *ready);

/**
 * handover() - Be a process that does nothing else
 * @listener: a socket that listens
 * @stream: a local stream
 *
 * All other descriptors but standard error are closed.  The process ends with the
 * other end of the stream, or by a signal, and calls nothing of atexit().
 */
void __attribute__((__noreturn__)) handover(int listener, int stream);

#endif /* _TOOLS_CLOUDABI_HANDOVER_H */
