// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Bodies of several ranges (multipart/byteranges)
 *
 * Each part has a head of its own, which starts with a boundary line that occurs in no part.
 * The boundary is random: the author of the file could put a known boundary into it.
 */
#include "part.h"

static void write_boundary(struct text *text, const struct parts *parts)
{
	text_number(text, parts->boundary, 16, 16);
}

/* Writes a range in the syntax of Content-Range: "0-9/100". */
void parts_write_range(struct text *text, const struct parts *parts, size_t i)
{
	const struct range *const range = &parts->ranges.at[i];

	text_number(text, range->first, 10, 1);
	text_str(text, "-");
	text_number(text, range->first + range->length - 1, 10, 1);
	text_str(text, "/");
	text_number(text, parts->size, 10, 1);
}

/* Writes the content type of the whole body. */
void parts_write_type(struct text *text, const struct parts *parts)
{
	text_str(text, "multipart/byteranges; boundary=");
	write_boundary(text, parts);
}

/**
 * parts_write_head() - Write the head of a part
 * @text: text to append to
 * @parts: the ranges
 * @i: index of the range; the number of ranges stands for the end of the body
 */
void parts_write_head(struct text *text, const struct parts *parts, size_t i)
{
	text_str(text, "\r\n--");
	write_boundary(text, parts);
	if (i == parts->ranges.n) {
		text_str(text, "--\r\n");
		return;
	}
	text_str(text, "\r\n");
	text_field(text, "Content-Type", parts->type);
	text_str(text, "Content-Range: bytes ");
	parts_write_range(text, parts, i);
	text_str(text, "\r\n\r\n");
}

/* Returns the length of the whole body in bytes. */
uint64_t parts_length(const struct parts *parts)
{
	uint64_t length = 0;
	size_t i;

	for (i = 0; i <= parts->ranges.n; i++) {
		char buf[512];
		struct text head = { .buf = buf, .size = sizeof(buf) };

		parts_write_head(&head, parts, i);
		length += head.len;
		if (i < parts->ranges.n)
			length += parts->ranges.at[i].length;
	}
	return length;
}
