/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Exit statuses and error messages, shared by all of its files
 */
#ifndef _TOOLS_CLOUDABI_RUN_H
#define _TOOLS_CLOUDABI_RUN_H

#include <stddef.h>

/* Exit statuses of cloudabi-run itself, as of env(1); otherwise it exits as the program did. */
#define RUN_USAGE 2
#define RUN_FAILED 125
#define RUN_NO_EXEC 126
#define RUN_NOT_FOUND 127

/* Since Linux 6.3; the C library's headers may be older. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/**
 * struct mark - A position in the configuration, as libyaml's yaml_mark_t
 * @file: name of the file, for messages
 * @line: line, counted from 1
 * @column: column, counted from 1
 * @tag: tag of the node at this position without its prefix, such as "file", or NULL
 */
struct mark {
	const char *file;
	size_t line;
	size_t column;
	const char *tag;
};

/**
 * fail() - Print an error message and exit with RUN_FAILED
 * @at: position in the configuration that caused the error, or NULL
 * @fmt: message in printf() format; "%m" is strerror(errno)
 *
 * The functions registered with atexit() run.  They remove the control group, the
 * trace instance and the paths that this process has created.
 */
void __attribute__((__noreturn__, __format__(__printf__, 2, 3)))
fail(const struct mark *at, const char *fmt, ...);

/* Prints a message without a position and exits with @status. */
void __attribute__((__noreturn__, __format__(__printf__, 2, 3)))
fail_with(int status, const char *fmt, ...);

#endif /* _TOOLS_CLOUDABI_RUN_H */
