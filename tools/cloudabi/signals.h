/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals of a program that starts others
 *
 * What is ignored when it starts, by nohup or by a shell for what runs in the
 * background, stays ignored, for it and for those that it starts.
 */
#ifndef _TOOLS_CLOUDABI_SIGNALS_H
#define _TOOLS_CLOUDABI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static void (*signals_of_children)(int);

/* Who ignores SIGCHLD can't wait for children. */
static inline void signals_begin(void)
{
	signals_of_children = signal(SIGCHLD, SIG_DFL);
}

/* For a child that executes another program: takes that back. */
static inline void signals_give_back(void)
{
	if (signals_of_children == SIG_IGN)
		signal(SIGCHLD, SIG_IGN);
}

static inline bool signals_ignore(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* Has a signal handled, unless it is ignored. */
static inline void signals_handle(int sig, const struct sigaction *action)
{
	if (!signals_ignore(sig))
		sigaction(sig, action, NULL);
}

/* As in a process that was just started, but for what is ignored. */
static inline void signals_reset(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (!signals_ignore(sig))
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

#endif /* _TOOLS_CLOUDABI_SIGNALS_H */
