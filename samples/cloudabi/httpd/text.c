// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Spans of text, and a buffer to write text to
 */
#include "text.h"

/* Compares case-sensitively. */
bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/* Compares case-insensitively. */
bool span_is(struct span a, const char *s)
{
	size_t i;

	if (a.len != strlen(s))
		return false;
	for (i = 0; i < a.len; i++)
		if (lower(a.p[i]) != lower(s[i]))
			return false;
	return true;
}

/**
 * span_number() - Parse a decimal number
 * @s: the digits, and nothing else
 * @value: set to the number; UINT64_MAX if it is larger
 *
 * Return: true if @s is a number.
 */
bool span_number(struct span s, uint64_t *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < s.len; i++) {
		if (!is_digit(s.p[i]))
			return false;
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, s.p[i] - '0', value))
			*value = UINT64_MAX;
		/* Further digits would overflow again. */
		if (*value == UINT64_MAX)
			break;
	}
	for (; i < s.len; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Returns the span without the blanks at its start and its end. */
struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

/**
 * span_item() - Take the first item of a comma-separated list
 * @list: the list; advanced behind the item
 * @item: set to the item without surrounding blanks; may be empty
 *
 * Return: false if the list is empty.
 */
bool span_item(struct span *list, struct span *item)
{
	const char *comma;

	if (!list->len)
		return false;
	comma = memchr(list->p, ',', list->len);
	item->p = list->p;
	item->len = comma ? (size_t)(comma - list->p) : list->len;
	list->p += item->len + !!comma;
	list->len -= item->len + !!comma;
	*item = span_trim(*item);
	return true;
}

/* Appends @s if it fits, and sets @full otherwise. */
void text_put(struct text *text, struct span s)
{
	if (s.len > text->size - text->len) {
		text->full = true;
		return;
	}
	memcpy(text->buf + text->len, s.p, s.len);
	text->len += s.len;
}

/* Appends a C string, as text_put() does. */
void text_str(struct text *text, const char *s)
{
	text_put(text, span_of(s));
}

/**
 * text_number() - Append a number
 * @text: the text
 * @value: the number
 * @base: base of the digits, at most 16
 * @width: minimal number of digits
 */
void text_number(struct text *text, uint64_t value, unsigned int base, unsigned int width)
{
	char digits[64];
	size_t i = sizeof(digits);

	do {
		digits[--i] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || (sizeof(digits) - i < width && i));
	text_put(text, (struct span){ digits + i, sizeof(digits) - i });
}

/* Appends a field of a head. */
void text_field(struct text *text, const char *name, const char *value)
{
	text_str(text, name);
	text_str(text, ": ");
	text_str(text, value);
	text_str(text, "\r\n");
}
