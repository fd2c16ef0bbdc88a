/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Spans of text, and a buffer to write text to
 *
 * Neither ends with a NUL.  This file and those that build on it make no calls, so
 * tests run them on Linux.
 */
#ifndef HTTPD_TEXT_H
#define HTTPD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if __STDC_HOSTED__
#include <string.h>
#else
#include <cloudabi/string.h>
#endif

#include "../array_size.h"

/**
 * struct span - A part of a text; the span does not own the bytes
 * @p: its start, or NULL if there is none
 * @len: its length in bytes
 */
struct span {
	const char *p;
	size_t len;
};

/**
 * struct text - A buffer that text is appended to
 * @buf: the buffer
 * @size: size of @buf in bytes
 * @len: number of bytes so far
 * @full: whether an append did not fit; it is left out completely
 */
struct text {
	char *buf;
	size_t size;
	size_t len;
	bool full;
};

static inline struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* Converts ASCII letters only. */
static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool span_equal(struct span a, struct span b);
bool span_is(struct span a, const char *s);
bool span_number(struct span s, uint64_t *value);
struct span span_trim(struct span s);
bool span_item(struct span *list, struct span *item);

void text_put(struct text *text, struct span s);
void text_str(struct text *text, const char *s);
void text_number(struct text *text, uint64_t value, unsigned int base, unsigned int width);
void text_field(struct text *text, const char *name, const char *value);

#endif /* HTTPD_TEXT_H */
