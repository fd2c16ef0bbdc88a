/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Argument data
 *
 * The argument data of a process are bytes without a prescribed form.  Two are in
 * use.  A program that execve() starts finds its argument strings in them, with a
 * NUL between two of them: see cloudabi_argdata_split().  One that a launcher
 * starts from a configuration finds a value, which this and the headers below
 * describe:
 *   - cloudabi/argdata_read.h   gets what is in a value
 *   - cloudabi/argdata_walk.h   visits or checks a value and all that is in it
 *   - cloudabi/argdata_write.h  makes values
 *   - cloudabi/argdata_print.h  turns them into text
 *
 * They serve CloudABI programs, and with a C library programs of Linux as well,
 * which include this file alone:
 *
 *	$ gcc -I tools/cloudabi/include -idirafter include/uapi ...
 *
 * A value is a byte that tells its type, and then
 *
 *	tag	type		bytes
 *	-	null		none, nor a tag
 *	1	binary		as they are
 *	2	bool		none for false, a 1 for true
 *	3	fd		four
 *	4	float		eight, of an IEEE 754 double
 *	5	int		as few as the two's complement has; none for 0
 *	6	map		fields: a key, its value, the next key ...
 *	7	seq		fields
 *	8	str		UTF-8 and a NUL
 *	9	timestamp	like int: nanoseconds since 1970 in UTC
 *
 * A field is a length and a value of so many bytes.  The length has seven bits in
 * each byte; the eighth is set in its last.  All numbers are big endian.
 *
 * Nothing here allocates, recurses, or trusts what it reads.  Functions return a
 * CloudABI errno, zero on success, and store results only then.  Strings and other
 * bytes stay in the data that they were found in.
 */
#ifndef _CLOUDABI_ARGDATA_H
#define _CLOUDABI_ARGDATA_H

#include "abi.h"
#if __STDC_HOSTED__
#include <string.h>
#else
#include "string.h"
#endif

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

/* How many maps and sequences can be in each other where all of a value is visited. */
#define CLOUDABI_ARGDATA_DEPTH 64

/* Descriptors are numbers below this. */
#define CLOUDABI_ARGDATA_FDS 0x80000000u

enum cloudabi_argdata_type {
	CLOUDABI_ARGDATA_NULL,
	CLOUDABI_ARGDATA_BINARY,
	CLOUDABI_ARGDATA_BOOL,
	CLOUDABI_ARGDATA_FD,
	CLOUDABI_ARGDATA_FLOAT,
	CLOUDABI_ARGDATA_INT,
	CLOUDABI_ARGDATA_MAP,
	CLOUDABI_ARGDATA_SEQ,
	CLOUDABI_ARGDATA_STR,
	CLOUDABI_ARGDATA_TIMESTAMP,
	/* What any other tag is. */
	CLOUDABI_ARGDATA_UNKNOWN,
};

/**
 * struct cloudabi_argdata - A value
 * @data: its bytes, which belong to somebody else
 * @len: how many there are
 */
struct cloudabi_argdata {
	const uint8_t *data;
	size_t len;
};

#include "argdata_read.h"
#include "argdata_walk.h"
#include "argdata_write.h"
#include "argdata_print.h"

#endif /* _CLOUDABI_ARGDATA_H */
