/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Argument data as text
 *
 * The text is YAML to look at, not to parse again: a line for each value, a descriptor as
 * "!fd 3".  Invalid bytes do not end the output; they are shown in comments or
 * behind the tag "!broken".
 *
 * Characters in strings that could control a terminal or change the look of a line are
 * escaped.
 *
 * There is no allocation: as with snprintf(), bytes that do not fit are counted.
 */
#ifndef _CLOUDABI_ARGDATA_PRINT_H
#define _CLOUDABI_ARGDATA_PRINT_H

#include "argdata_walk.h"

/**
 * struct cloudabi_argdata_text - A buffer of text
 * @buf: the buffer
 * @size: size of @buf in bytes, without the NUL
 * @total: number of bytes so far, which may exceed @size
 */
struct cloudabi_argdata_text {
	char *buf;
	size_t size;
	size_t total;
};

static inline void cloudabi_argdata_text_char(struct cloudabi_argdata_text *text, char c)
{
	if (text->total < text->size)
		text->buf[text->total] = c;
	text->total++;
}

static inline void cloudabi_argdata_text_str(struct cloudabi_argdata_text *text, const char *str)
{
	while (*str)
		cloudabi_argdata_text_char(text, *str++);
}

/* Puts a number with at least @width digits. */
static inline void cloudabi_argdata_text_number(struct cloudabi_argdata_text *text, uint64_t number,
						unsigned int base, unsigned int width)
{
	char digits[20];
	size_t i = sizeof(digits);

	for (; number || sizeof(digits) - i < width; number /= base)
		digits[--i] = "0123456789abcdef"[number % base];
	while (i < sizeof(digits))
		cloudabi_argdata_text_char(text, digits[i++]);
}

static inline void cloudabi_argdata_text_hex(struct cloudabi_argdata_text *text,
					     struct cloudabi_argdata bytes)
{
	cloudabi_argdata_text_char(text, '"');
	for (size_t i = 0; i < bytes.len; i++)
		cloudabi_argdata_text_number(text, bytes.data[i], 16, 2);
	cloudabi_argdata_text_char(text, '"');
}

static inline void cloudabi_argdata_text_base64(struct cloudabi_argdata_text *text,
						const uint8_t *bytes, size_t len)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	cloudabi_argdata_text_str(text, "!!binary \"");
	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = 0;

		for (size_t j = i; j < i + 3; j++)
			three = three << 8 | (j < len ? bytes[j] : 0);
		for (size_t j = 0; j < 4; j++)
			cloudabi_argdata_text_char(text, i + j > len ? '=' :
						   digit[three >> (18 - 6 * j) & 0x3f]);
	}
	cloudabi_argdata_text_char(text, '"');
}

/*
 * Returns true for characters without a glyph: controls, line separators, marks of the writing
 * direction, and unassigned planes.
 */
static inline bool cloudabi_argdata_is_hidden(uint32_t c)
{
	/* Sorted; the last range is open, which ends the search. */
	static const uint32_t ranges[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff }, { 0xe0000, UINT32_MAX },
	};
	size_t i = 0;

	while (c > ranges[i][1])
		i++;
	return c >= ranges[i][0];
}

/* Puts a string in double quotes, escaped as in YAML and JSON. */
static inline void cloudabi_argdata_text_quoted(struct cloudabi_argdata_text *text, const char *str,
						size_t len)
{
	const uint8_t *const bytes = (const uint8_t *)str;
	uint32_t c = 0;
	size_t size;

	cloudabi_argdata_text_char(text, '"');
	for (size_t i = 0; i < len; i += size) {
		size = cloudabi_argdata_utf8(bytes + i, len - i, &c);
		/* Cannot happen: the caller has checked the string. */
		if (!size)
			break;
		if (c == '"' || c == '\\' || c == '\n' || c == '\t') {
			cloudabi_argdata_text_char(text, '\\');
			cloudabi_argdata_text_char(text, c == '\n' ? 'n' :
						   c == '\t' ? 't' : (char)c);
		} else if (cloudabi_argdata_is_hidden(c)) {
			cloudabi_argdata_text_str(text, c > 0xffff ? "\\U" : "\\u");
			cloudabi_argdata_text_number(text, c, 16, c > 0xffff ? 8 : 4);
		} else {
			for (size_t j = 0; j < size; j++)
				cloudabi_argdata_text_char(text, str[i + j]);
		}
	}
	cloudabi_argdata_text_char(text, '"');
}

/*
 * Puts the exact value in C's hexadecimal notation, which YAML lacks: for numbers that need
 * many decimal digits.
 */
static inline void cloudabi_argdata_text_hexfloat(struct cloudabi_argdata_text *text, uint64_t bits)
{
	uint64_t fraction = bits << 12;
	int exponent = (int)(bits >> 52 & 0x7ff);

	cloudabi_argdata_text_str(text, exponent ? "!hex-float 0x1" : "!hex-float 0x0");
	if (fraction)
		cloudabi_argdata_text_char(text, '.');
	for (; fraction; fraction <<= 4)
		cloudabi_argdata_text_number(text, fraction >> 60, 16, 1);
	exponent = exponent ? exponent - 1023 : -1022;
	cloudabi_argdata_text_str(text, exponent < 0 ? "p-" : "p+");
	cloudabi_argdata_text_number(text, (uint64_t)(exponent < 0 ? -exponent : exponent), 10, 1);
}

static inline void cloudabi_argdata_text_float(struct cloudabi_argdata_text *text, double number)
{
	const double exact = 1ull << 53;
	uint64_t bits, all, power = 1;
	unsigned int places;

	memcpy(&bits, &number, sizeof(bits));
	if (number != number) {
		cloudabi_argdata_text_str(text, ".nan");
		return;
	}
	if (bits >> 63) {
		cloudabi_argdata_text_char(text, '-');
		number = -number;
	}
	if ((bits >> 52 & 0x7ff) == 0x7ff) {
		cloudabi_argdata_text_str(text, ".inf");
		return;
	}
	/*
	 * Tries 1 to 15 decimal places.  Below 2^53, "all" and "power" are exact doubles, so
	 * their quotient is the double nearest to the decimal fraction: if it equals the number,
	 * the digits read back as the same number.
	 */
	for (places = 1; places < 16; places++) {
		power *= 10;
		if (number * (double)power >= exact)
			break;
		all = (uint64_t)(number * (double)power + 0.5);
		if ((double)all / (double)power != number)
			continue;
		cloudabi_argdata_text_number(text, all / power, 10, 1);
		cloudabi_argdata_text_char(text, '.');
		cloudabi_argdata_text_number(text, all % power, 10, places);
		return;
	}
	cloudabi_argdata_text_hexfloat(text, bits);
}

static inline unsigned int cloudabi_argdata_year_days(unsigned int year)
{
	return year % 4 || (year % 100 == 0 && year % 400) ? 365 : 366;
}

/* Puts a date, given in days since 0000-01-01. */
static inline void cloudabi_argdata_text_date(struct cloudabi_argdata_text *text, unsigned int day)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	/* The calendar repeats after 400 years, which have 146,097 days. */
	unsigned int year = day / 146097 * 400, month = 0;

	day %= 146097;
	for (; day >= cloudabi_argdata_year_days(year); year++)
		day -= cloudabi_argdata_year_days(year);
	for (;; month++) {
		const unsigned int leap = month == 1 && cloudabi_argdata_year_days(year) == 366;

		if (day < days[month] + leap)
			break;
		day -= days[month] + leap;
	}
	cloudabi_argdata_text_number(text, year, 10, 4);
	cloudabi_argdata_text_char(text, '-');
	cloudabi_argdata_text_number(text, month + 1, 10, 2);
	cloudabi_argdata_text_char(text, '-');
	cloudabi_argdata_text_number(text, day + 1, 10, 2);
}

/* Puts a time of the years 0 to 9999.  Returns false for any other time. */
static inline bool cloudabi_argdata_text_time(struct cloudabi_argdata_text *text, int64_t seconds,
					      uint32_t nanoseconds)
{
	/* In days since 0000-01-01: 1970-01-01, and 10000-01-01. */
	const int64_t epoch = 719528, end = 3652425;
	unsigned int second;

	if (seconds < -epoch * 86400 || seconds >= (end - epoch) * 86400)
		return false;
	seconds += epoch * 86400;
	second = (unsigned int)(seconds % 86400);
	cloudabi_argdata_text_date(text, (unsigned int)(seconds / 86400));
	cloudabi_argdata_text_char(text, 'T');
	cloudabi_argdata_text_number(text, second / 3600, 10, 2);
	cloudabi_argdata_text_char(text, ':');
	cloudabi_argdata_text_number(text, second / 60 % 60, 10, 2);
	cloudabi_argdata_text_char(text, ':');
	cloudabi_argdata_text_number(text, second % 60, 10, 2);
	if (nanoseconds) {
		cloudabi_argdata_text_char(text, '.');
		cloudabi_argdata_text_number(text, nanoseconds, 10, 9);
	}
	cloudabi_argdata_text_char(text, 'Z');
	return true;
}

/* Puts a value without elements.  Returns false if YAML has no notation for it. */
static inline bool cloudabi_argdata_text_value(struct cloudabi_argdata_text *text,
					       struct cloudabi_argdata value)
{
	const void *bytes;
	const char *str;
	size_t len;
	cloudabi_fd_t fd;
	double number;
	int64_t integer;
	uint64_t natural;
	uint32_t nanoseconds;
	bool truth;

	if (!value.len) {
		cloudabi_argdata_text_str(text, "null");
	} else if (!cloudabi_argdata_get_binary(value, &bytes, &len)) {
		cloudabi_argdata_text_base64(text, bytes, len);
	} else if (!cloudabi_argdata_get_bool(value, &truth)) {
		cloudabi_argdata_text_str(text, truth ? "true" : "false");
	} else if (!cloudabi_argdata_get_fd(value, &fd)) {
		cloudabi_argdata_text_str(text, "!fd ");
		cloudabi_argdata_text_number(text, fd, 10, 1);
	} else if (!cloudabi_argdata_get_float(value, &number)) {
		cloudabi_argdata_text_float(text, number);
	} else if (!cloudabi_argdata_get_uint(value, &natural, UINT64_MAX)) {
		cloudabi_argdata_text_number(text, natural, 10, 1);
	} else if (!cloudabi_argdata_get_int(value, &integer, INT64_MIN, 0)) {
		cloudabi_argdata_text_char(text, '-');
		cloudabi_argdata_text_number(text, -(uint64_t)integer, 10, 1);
	} else if (!cloudabi_argdata_get_text(value, &str, &len)) {
		cloudabi_argdata_text_quoted(text, str, len);
	} else if (!cloudabi_argdata_get_time(value, &integer, &nanoseconds)) {
		return cloudabi_argdata_text_time(text, integer, nanoseconds);
	} else {
		return false;
	}
	return true;
}

/*
 * Puts the bytes of a value that cloudabi_argdata_text_value() cannot, behind a tag: its
 * type if it is valid, else "!broken".
 */
static inline void cloudabi_argdata_text_bytes(struct cloudabi_argdata_text *text,
					       struct cloudabi_argdata value)
{
	const enum cloudabi_argdata_type type = cloudabi_argdata_type(value);

	switch (type) {
	case CLOUDABI_ARGDATA_MAP:
	case CLOUDABI_ARGDATA_SEQ:
		cloudabi_argdata_text_str(text, "!deep ");
		break;
	case CLOUDABI_ARGDATA_INT:
	case CLOUDABI_ARGDATA_TIMESTAMP:
		cloudabi_argdata_text_str(text, type == CLOUDABI_ARGDATA_INT ?
					  "!large-int " : "!large-timestamp ");
		value = cloudabi_argdata_from(value.data + 1, value.len - 1);
		break;
	default:
		cloudabi_argdata_text_str(text, "!broken ");
		break;
	}
	cloudabi_argdata_text_hex(text, value);
}

/**
 * struct cloudabi_argdata_printer - The state of cloudabi_argdata_print()
 * @text: the text
 * @walk: the walk through the value
 * @tight: whether the last key has its value in the same line
 */
struct cloudabi_argdata_printer {
	struct cloudabi_argdata_text text;
	struct cloudabi_argdata_walk walk;
	bool tight;
};

/* Returns true if a value fits in the line of its key: no elements, or an empty map. */
static inline bool cloudabi_argdata_is_inline(struct cloudabi_argdata value)
{
	const enum cloudabi_argdata_type type = cloudabi_argdata_type(value);

	return value.len <= 1 || (type != CLOUDABI_ARGDATA_MAP && type != CLOUDABI_ARGDATA_SEQ);
}

/* Starts the line of a value at @depth: indentation, then "-", "?" or ":" of YAML. */
static inline void cloudabi_argdata_print_lead(struct cloudabi_argdata_printer *p,
					       unsigned int depth)
{
	if (!depth)
		return;
	if (p->tight) {
		cloudabi_argdata_text_char(&p->text, ':');
		return;
	}
	for (unsigned int i = 1; i < depth; i++)
		cloudabi_argdata_text_str(&p->text, "  ");
	if (!p->walk.level[depth - 1].map)
		cloudabi_argdata_text_char(&p->text, '-');
	else if (!p->walk.key)
		cloudabi_argdata_text_char(&p->text, ':');
	else if (!cloudabi_argdata_is_inline(p->walk.value) || p->walk.value.len > 128)
		cloudabi_argdata_text_char(&p->text, '?');
}

/* Prints a value at @depth, or the start of a map or a sequence. */
static inline void cloudabi_argdata_print_value(struct cloudabi_argdata_printer *p,
						unsigned int depth)
{
	const struct cloudabi_argdata value = p->walk.value;
	const bool opens = !cloudabi_argdata_is_inline(value) && p->walk.depth > depth;
	const bool key = p->walk.key && cloudabi_argdata_is_inline(value) && value.len <= 128;

	cloudabi_argdata_print_lead(p, depth);
	p->tight = key;
	if (opens) {
		if (depth)
			cloudabi_argdata_text_char(&p->text, '\n');
		return;
	}
	if (depth && !key)
		cloudabi_argdata_text_char(&p->text, ' ');
	if (value.len == 1 && value.data[0] == CLOUDABI_ARGDATA_MAP)
		cloudabi_argdata_text_str(&p->text, "{}");
	else if (value.len == 1 && value.data[0] == CLOUDABI_ARGDATA_SEQ)
		cloudabi_argdata_text_str(&p->text, "[]");
	else if (!cloudabi_argdata_text_value(&p->text, value))
		cloudabi_argdata_text_bytes(&p->text, value);
	if (!key)
		cloudabi_argdata_text_char(&p->text, '\n');
}

/* Prints a comment about bytes that are no field, or about a key without a value. */
static inline void cloudabi_argdata_print_broken(struct cloudabi_argdata_printer *p)
{
	if (p->tight)
		cloudabi_argdata_text_str(&p->text, ":\n");
	p->tight = false;
	for (unsigned int i = 1; i < p->walk.depth; i++)
		cloudabi_argdata_text_str(&p->text, "  ");
	if (p->walk.value.len) {
		cloudabi_argdata_text_str(&p->text, "# broken: ");
		cloudabi_argdata_text_hex(&p->text, p->walk.value);
		cloudabi_argdata_text_char(&p->text, '\n');
	} else {
		cloudabi_argdata_text_str(&p->text, "# no value for the last key\n");
	}
}

/**
 * cloudabi_argdata_print() - Convert a value to text
 * @value: the value, which may be invalid
 * @buf: buffer for the text; a NUL ends the text unless @size is zero
 * @size: size of @buf in bytes
 *
 * The stack takes about 2 KiB, whatever the value.
 *
 * Return: length of the whole text in bytes without its NUL; if it is @size or more, text is
 * missing.
 */
static inline size_t cloudabi_argdata_print(struct cloudabi_argdata value, char *buf, size_t size)
{
	struct cloudabi_argdata_printer p;
	enum cloudabi_argdata_event event;

	p.text = (struct cloudabi_argdata_text){ .buf = buf, .size = size ? size - 1 : 0 };
	p.tight = false;
	cloudabi_argdata_walk(&p.walk, value);
	do {
		event = cloudabi_argdata_step(&p.walk);
		if (event == CLOUDABI_ARGDATA_VALUE)
			cloudabi_argdata_print_value(&p, p.walk.depth);
		else if (event == CLOUDABI_ARGDATA_ENTER)
			cloudabi_argdata_print_value(&p, p.walk.depth - 1);
		else if (event == CLOUDABI_ARGDATA_BROKEN)
			cloudabi_argdata_print_broken(&p);
	} while (event != CLOUDABI_ARGDATA_END);
	if (size)
		buf[p.text.total < size ? p.text.total : size - 1] = '\0';
	return p.text.total;
}

#endif /* _CLOUDABI_ARGDATA_PRINT_H */
