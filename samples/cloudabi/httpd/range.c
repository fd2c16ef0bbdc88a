// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Ranges of a file
 *
 * A server is free to answer with all of the file instead.  This one does so if
 * it does not understand, and if that is less work: nobody makes it send a file
 * several times by asking once.
 */
#include "range.h"

/* Return: 200 if it is none, 416 if the file has nothing of it, and 206 if it has. */
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
		/* The last bytes of it. */
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

		/* A list may have items that are empty. */
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
 * ranges_parse - Understand which ranges are asked for
 * @ranges: set to those that the file has something of, in so far as it does
 * @field: what the client says
 * @size: length of the file
 *
 * Return: 206, 416 if there is nothing of any, or 200 if all of the file is to be
 * sent.  Only with 206 there are ranges.
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
