/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Argument data as strings
 *
 * The argument data of a process are bytes without a prescribed form.  A
 * program that execve() starts finds its argument strings in them, with a NUL
 * between two of them.
 */
#ifndef _CLOUDABI_ARGDATA_H
#define _CLOUDABI_ARGDATA_H

#include "abi.h"
#include "string.h"

/**
 * cloudabi_argdata_split - Find the strings in argument data
 * @data: the argument data; the kernel puts a NUL behind them
 * @len: their length without that NUL
 * @argv: set to the strings, which stay where they are
 * @max: number of strings that @argv has room for
 *
 * No data are no strings, though they could come from one that is empty.
 *
 * Return: the number of strings there are, which may be more than @max.
 */
static inline size_t cloudabi_argdata_split(const void *data, size_t len, const char **argv,
					    size_t max)
{
	const char *p = data;
	const char *const end = p + len;
	size_t argc = 0;

	if (!len)
		return 0;
	for (;;) {
		if (argc < max)
			argv[argc] = p;
		argc++;
		p = memchr(p, '\0', (size_t)(end - p));
		if (!p)
			return argc;
		p++;
	}
}

#endif /* _CLOUDABI_ARGDATA_H */
