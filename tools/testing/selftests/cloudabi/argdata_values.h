/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Values for the argument data tests
 *
 * CloudABI programs and Linux programs share the library in
 * tools/cloudabi/include/cloudabi/argdata*.h. They share its tests too:
 * argdata_native_test includes all of them.
 */
#ifndef SELFTESTS_CLOUDABI_ARGDATA_VALUES_H
#define SELFTESTS_CLOUDABI_ARGDATA_VALUES_H

#if __STDC_HOSTED__
#include "../kselftest_harness.h"
#else
#include "cloudabi_harness.h"
#endif
#include "argdata_exercise.h"

/* A value from a literal, which may contain NUL bytes. */
#define BYTES(literal) cloudabi_argdata_from(literal, sizeof(literal) - 1)

/*
 * One value of each type, both containers nested in each other, and a two-byte
 * length.
 */
static const char sample[] =
	"\x06"
	"\x83\x08" "a\0"	"\x85\x03\0\0\0\x02"
	"\x81\x05"		"\x83\x05\x00\x80"
	"\x80"			"\x81\x06"
	"\x84\x08" "\xc3\xa9\0"	"\x96\x07"
				"\x82\x02\x01"
				"\x81\x02"
				"\x89\x04\x3f\xf8\0\0\0\0\0\0"
				"\x84\x01\xde\xad\xbe"
				"\x80"
	"\x85\x03\0\0\0\x01"	"\x89\x09\x10\0\0\0\0\0\0\0"
	"\x82\x07\x80"		"\x01\x82\x08"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0";

static inline bool same(struct cloudabi_argdata value, struct cloudabi_argdata other)
{
	return value.len == other.len && !memcmp(value.data, other.data, value.len);
}

static uint8_t buffer[70000];

/* Writer for one value at a time, without descriptors. */
static struct cloudabi_argdata_writer writer;

static inline struct cloudabi_argdata_writer *begin(void)
{
	cloudabi_argdata_write(&writer, buffer, sizeof(buffer), NULL, 0);
	return &writer;
}

/* Returns the bytes written since begin(). */
static inline struct cloudabi_argdata written(void)
{
	return cloudabi_argdata_from(buffer, cloudabi_argdata_finish(&writer) ? 0 : writer.used);
}

/* Writes @depth nested sequences. */
static inline size_t nest(size_t depth)
{
	size_t start = sizeof(buffer), len = 0;

	while (depth--) {
		if (start < sizeof(buffer)) {
			uint8_t *const digit = cloudabi_argdata_length(len, buffer + start);

			start = (size_t)(digit - buffer);
		}
		buffer[--start] = CLOUDABI_ARGDATA_SEQ;
		len = sizeof(buffer) - start;
	}
	memmove(buffer, buffer + start, len);
	return len;
}

#endif /* SELFTESTS_CLOUDABI_ARGDATA_VALUES_H */
