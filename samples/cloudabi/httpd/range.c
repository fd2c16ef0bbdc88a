// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Ranges of a file
 *
 * HTTP allows a server to ignore ranges and send the whole file.  This server does so if the
 * field is invalid, or if the ranges together are longer than the file: so a single
 * request cannot make it send a file several times.
 */
#include "range.h"

/* Parses a range.  Returns 206, 416 if the file has no byte of it, or 200 if it is invalid. */
static int parse_one(struct span item, uint64_t size, struct range *range)
{
	const char *const dash = memchr(item.p, '-', item.len);
	uint64_t start, end = UINT64_MAX;
	struct span from, to;

	if (!dash)
		return 200;
	from = (struct span){ item.p, (size_t)(dash - item.p) };
	to = (struct span){ dash + 1, item.len - from.len - 1 };

	if (!from.len) {
		/* A suffix: the last bytes of the file. */
		if (!span_number(to, &end))
			return 200;
		if (!end || !size)
			return 416;
		range->length = end < size ? end : size;
		range->first = size - range->length;
		return 206;
	}
	if (!span_number(from, &start) || (to.len && !span_number(to, &end)) || end < start)
		return 200;
	if (start >= size)
		return 416;
	range->first = start;
	range->length = (end < size ? end + 1 : size) - start;
	return 206;
}

static int parse_list(struct ranges *ranges, struct span list, uint64_t size)
{
	uint64_t left = size;
	size_t asked = 0;
	struct span item;

	while (span_item(&list, &item)) {
		struct range range;
		int status;

		/* A list may have empty items. */
		if (!item.len)
			continue;
		status = parse_one(item, size, &range);
		if (status == 200 || ++asked > RANGES_MAX)
			return 200;
		if (status == 416)
			continue;
		if (range.length > left)
			return 200;
		left -= range.length;
		ranges->at[ranges->n++] = range;
	}
	if (!asked)
		return 200;
	return ranges->n ? 206 : 416;
}

/**
 * ranges_parse() - Parse the field Range
 * @ranges: set to the ranges, cut at the end of the file; empty unless 206 is returned
 * @field: value of the field
 * @size: size of the file in bytes
 *
 * Return: 206, 416 if the file has no byte of any range, or 200 to send the whole file.
 */
int ranges_parse(struct ranges *ranges, struct span field, uint64_t size)
{
	const struct span unit = { field.p, field.len < 6 ? field.len : 6 };
	int status;

	ranges->n = 0;
	if (!span_is(unit, "bytes="))
		return 200;
	field.p += unit.len;
	field.len -= unit.len;
	status = parse_list(ranges, field, size);
	if (status == 200)
		ranges->n = 0;
	return status;
}
