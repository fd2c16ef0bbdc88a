/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An instance of tracefs, for the events of one program
 *
 * There is one in a process.  What can't be done is a failure, see fail().
 */
#ifndef _TOOLS_CLOUDABI_TRACE_INSTANCE_H
#define _TOOLS_CLOUDABI_TRACE_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * instance_make() - Make the instance, which does not trace yet
 * @name: of the program that does it; the instance's is this and the process
 * @denials: nothing but what is refused; see events_open()
 *
 * It is gone when the process exits.
 */
void instance_make(const char *name, bool denials);

/**
 * instance_follow() - Trace a thread, and all that it makes
 * @tid: its number
 */
void instance_follow(pid_t tid);

/* Starts to trace.  If nobody is followed by then, that is everybody. */
void instance_start(void);

/* Removes the instance. */
void instance_unmake(void);

#endif /* _TOOLS_CLOUDABI_TRACE_INSTANCE_H */
