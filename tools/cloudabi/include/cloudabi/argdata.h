/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Argument data
 *
 * To the kernel, the argument data of a process are bytes without a format.  Two formats
 * are in use.  A program that execve() starts finds its argument strings, separated by NULs:
 * see cloudabi_argdata_split().  A program that a launcher starts from a configuration finds
 * a typed value, which is described here.  The headers:
 *   - cloudabi/argdata_read.h   reads a value
 *   - cloudabi/argdata_walk.h   visits or checks a value and all values in it
 *   - cloudabi/argdata_write.h  encodes values
 *   - cloudabi/argdata_print.h  converts a value to text
 *
 * They serve CloudABI programs, and Linux programs that have a C library as well, which
 * include only this file:
 *
 *	$ gcc -I tools/cloudabi/include -idirafter include/uapi ...
 *
 * Encoding.  A value is a tag, one byte, and a payload.  The value null has no bytes at
 * all, not even a tag.  The length of a value is not part of it.
 *
 *	tag	type		payload
 *	1	binary		the bytes
 *	2	bool		empty for false, the byte 1 for true
 *	3	fd		number of a descriptor, four bytes
 *	4	float		IEEE 754 double, eight bytes
 *	5	int		two's complement in as few bytes as possible; empty for 0
 *	6	map		fields: a key, its value, the next key ...
 *	7	seq		fields: the elements
 *	8	str		UTF-8, ended by a NUL
 *	9	timestamp	as int: nanoseconds since 1970-01-01 00:00 UTC
 *
 * A field is the length of a value in bytes, then the value.  The length is written in base
 * 128, seven bits in each byte; the highest bit is set in the last byte only.  There are no
 * leading zero digits.  All numbers are big endian.  For example, the map {a: 1} is
 *
 *	06		map
 *	   83		field of 3 bytes
 *	   08 61 00	str "a"
 *	   82		field of 2 bytes
 *	   05 01	int 1
 *
 * So each value has only one encoding, and an encoder knows the length of a map or a
 * sequence only at its end; see cloudabi_argdata_close().
 *
 * No function allocates memory, recurses, or trusts the bytes that it reads.  Functions
 * return a CloudABI errno, zero on success, and store results only on success.
 * Strings and other bytes are not copied: results point into the argument data.  Any number
 * of threads may read the same value.
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
 * cloudabi_argdata_split() - Split argument data into strings
 * @data: the argument data; a NUL must follow them, as the kernel guarantees
 * @len: length of the argument data in bytes, without that NUL
 * @argv: receives pointers to the strings, which stay in @data
 * @max: number of pointers that @argv has room for
 *
 * Empty argument data have no string, although they could also stand for an empty one.
 *
 * Return: the number of strings, which may exceed @max.
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

/* Limit of nested maps and sequences, where a whole value is visited or written. */
#define CLOUDABI_ARGDATA_DEPTH 64

/* Numbers of descriptors are below this. */
#define CLOUDABI_ARGDATA_FDS 0x80000000u

/* The types, by their tags. */
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
	/* any other tag */
	CLOUDABI_ARGDATA_UNKNOWN,
};

/**
 * struct cloudabi_argdata - An encoded value
 * @data: its bytes, which the structure does not own
 * @len: their number
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
