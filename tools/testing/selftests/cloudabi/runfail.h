/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Unit tests of cloudabi-run
 *
 * Its functions report an error with fail(), which ends the process. A function
 * that should fail runs in a child, and the test reads the message.
 */
#ifndef SELFTESTS_CLOUDABI_RUNFAIL_H
#define SELFTESTS_CLOUDABI_RUNFAIL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../cloudabi/run.h"

/* The machine may be emulated and busy, and its kernel may have debugging checks. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

/* A fictitious location in a configuration. */
static const struct mark somewhere = { "config", 3, 7, "!tag" };

void fail(const struct mark *at, const char *fmt, ...)
{
	va_list ap;

	if (at)
		dprintf(2, "%s:%zu:%zu: ", at->file, at->line, at->column);
	va_start(ap, fmt);
	vdprintf(2, fmt, ap);
	va_end(ap);
	exit(RUN_FAILED);
}

/* Output of the last child. */
static char said[4096];

/* Runs a function in a child; returns its exit status, or 1000 plus a signal. */
static inline int run_child(void (*run)(void *arg), void *arg)
{
	size_t len = 0;
	ssize_t part;
	int status, fds[2];
	pid_t pid;

	fflush(NULL);
	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		run(arg);
		exit(0);
	}
	close(fds[1]);
	while ((part = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)part;
	said[len] = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Output of a call that prints. */
#define PRINTED(call) ({                                        \
	static char text_[1024];                                \
	FILE *const out = fmemopen(text_, sizeof(text_), "w");  \
								\
	call;                                                   \
	fclose(out);                                            \
	text_;                                                  \
})

#endif /* SELFTESTS_CLOUDABI_RUNFAIL_H */
