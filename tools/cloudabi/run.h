/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - What its parts share: how they fail
 */
#ifndef _TOOLS_CLOUDABI_RUN_H
#define _TOOLS_CLOUDABI_RUN_H

#include <stddef.h>

/* What cloudabi-run ends with, if not as the program did. */
#define RUN_USAGE 2
#define RUN_FAILED 125
#define RUN_NO_EXEC 126
#define RUN_NOT_FOUND 127

/* Of Linux 6.3, which headers may be older than. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/**
 * struct mark - Where in the configuration something is
 * @file: name of the file
 * @line: from 1
 * @column: from 1
 * @tag: what was to be made there, "!file" for example, or NULL
 */
struct mark {
	const char *file;
	size_t line;
	size_t column;
	const char *tag;
};

/**
 * fail() - Say what went wrong, and end
 * @at: where in the configuration, or NULL
 * @fmt: what, as of printf(); "%m" is what the system said
 *
 * Nothing is left behind: what was made so far is unmade by atexit().
 */
void __attribute__((__noreturn__, __format__(__printf__, 2, 3)))
fail(const struct mark *at, const char *fmt, ...);

/* The same with another exit status, and no place. */
void __attribute__((__noreturn__, __format__(__printf__, 2, 3)))
fail_with(int status, const char *fmt, ...);

#endif /* _TOOLS_CLOUDABI_RUN_H */
