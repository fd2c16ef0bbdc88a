/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signal dispositions of a program that executes others
 *
 * A signal that is ignored at the start (by nohup, or by a shell for background jobs) stays
 * ignored, in this process and in the programs that it executes.
 */
#ifndef _TOOLS_CLOUDABI_SIGNALS_H
#define _TOOLS_CLOUDABI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* The disposition of SIGCHLD at the start. */
static void (*signals_chld)(int);

/* Resets SIGCHLD to its default: children of a process that ignores it cannot be waited for. */
static inline void signals_begin(void)
{
	signals_chld = signal(SIGCHLD, SIG_DFL);
}

/* Undoes signals_begin() in a child, before it executes another program. */
static inline void signals_restore(void)
{
	if (signals_chld == SIG_IGN)
		signal(SIGCHLD, SIG_IGN);
}

/* Returns true if a signal is ignored. */
static inline bool signals_ignored(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* Installs a handler, unless the signal is ignored. */
static inline void signals_handle(int sig, const struct sigaction *action)
{
	if (!signals_ignored(sig))
		sigaction(sig, action, NULL);
}

/* Resets all signals that are not ignored to their defaults, and unblocks all. */
static inline void signals_reset(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (!signals_ignored(sig))
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

#endif /* _TOOLS_CLOUDABI_SIGNALS_H */
