/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace instance of tracefs, for the events of one program
 *
 * A process can have one instance.  Functions fail, see fail(), if tracefs refuses something.
 */
#ifndef _TOOLS_CLOUDABI_TRACE_INSTANCE_H
#define _TOOLS_CLOUDABI_TRACE_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * instance_make() - Create the instance; it does not trace yet
 * @name: name of this program; the instance is called "NAME.PID"
 * @denials: whether to enable only the events of refusals; see events_open()
 *
 * The instance is removed at exit.
 */
void instance_make(const char *name, bool denials);

/**
 * instance_follow() - Trace a thread and its descendants
 * @tid: id of the thread
 */
void instance_follow(pid_t tid);

/* Starts to trace.  Without a thread to follow, this traces the whole system. */
void instance_start(void);

/* Removes the instance.  Does nothing in a process other than the one that created it. */
void instance_unmake(void);

#endif /* _TOOLS_CLOUDABI_TRACE_INSTANCE_H */
