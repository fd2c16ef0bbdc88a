/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Text: parts of what came, and what is being written
 *
 * Neither needs a NUL at its end.  This and all that builds on it makes no
 * calls, so that it can be tested as a program of the host.
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

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/**
 * struct span - A part of a text that belongs to somebody else
 * @p: where it starts, or NULL if there is none
 * @len: its length
 */
struct span {
	const char *p;
	size_t len;
};

/**
 * struct text - A text being written
 * @buf: room for it
 * @size: size of @buf
 * @len: length so far
 * @full: whether something did not fit, and was left out as a whole
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

/* Bytes behind the ASCII letters are left as they are. */
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
