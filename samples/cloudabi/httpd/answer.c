// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - What is answered: conditions, ranges, and heads
 */
#include "answer.h"
#include "date.h"

#define SECOND 1000000000ULL

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

const char *answer_reason(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/**
 * answer_tag - Write the entity tag of a file
 * @text: where to
 * @resource: the file
 *
 * Another file has another inode, and the same file with other contents another
 * time, or at least another size: hence the tag is a strong one.
 */
void answer_tag(struct text *text, const struct resource *resource)
{
	text_str(text, "\"");
	text_number(text, resource->inode, 16, 1);
	text_str(text, "-");
	text_number(text, resource->size, 16, 1);
	text_str(text, "-");
	text_number(text, resource->mtime, 16, 1);
	text_str(text, "\"");
}

/* Whether a list of tags has that of the file; a weak one may, if @weak. */
static bool has_tag(struct span list, const struct resource *resource, bool weak)
{
	char buf[64];
	struct text tag = { .buf = buf, .size = sizeof(buf) };
	struct span item;

	if (span_is(list, "*"))
		return true;
	answer_tag(&tag, resource);
	/* Tags with commas get torn, but none of ours has any. */
	while (span_item(&list, &item)) {
		if (weak && item.len > 2 && item.p[0] == 'W' && item.p[1] == '/') {
			item.p += 2;
			item.len -= 2;
		}
		if (span_equal(item, (struct span){ buf, tag.len }))
			return true;
	}
	return false;
}

/* Whether the file was written at or before a date; @otherwise if it is no date. */
static bool is_since(struct span field, const struct answer *answer,
		     const struct resource *resource, bool otherwise)
{
	uint64_t time;

	if (!field.p || !date_read(field, answer->now, &time))
		return otherwise;
	return resource->mtime / SECOND <= time;
}

/* In the order that the standard wants. */
static int check_conditions(const struct answer *answer, const struct request *request,
			    const struct resource *resource)
{
	if (request->if_match.p) {
		if (!has_tag(request->if_match, resource, false))
			return 412;
	} else if (!is_since(request->if_unmodified_since, answer, resource, true)) {
		return 412;
	}
	if (request->if_none_match.p)
		return has_tag(request->if_none_match, resource, true) ? 304 : 200;
	return is_since(request->if_modified_since, answer, resource, false) ? 304 : 200;
}

/* Whether a range is of the file as the client knows it. */
static bool is_same(struct span if_range, const struct answer *answer,
		    const struct resource *resource)
{
	uint64_t time;

	if (!if_range.p)
		return true;
	if (date_read(if_range, answer->now, &time))
		return time == resource->mtime / SECOND && time < answer->now;
	/* No list, and not just anything. */
	return if_range.p[0] == '"' && has_tag(if_range, resource, false);
}

/*
 * One range.  More of them, other units, and nonsense are not answered in part,
 * but at all: a server is free to do so.
 *
 * Return: 200 without a range, 206, or 416 for one that has nothing of the file.
 */
static int parse_range(struct span range, uint64_t size, uint64_t *first, uint64_t *length)
{
	struct span from = { range.p, range.len < 6 ? range.len : 6 };
	uint64_t start, end = UINT64_MAX;
	const char *dash;
	struct span to;

	if (!span_is(from, "bytes="))
		return 200;
	range.p += from.len;
	range.len -= from.len;
	range = span_trim(range);
	dash = memchr(range.p, '-', range.len);
	if (!dash)
		return 200;
	from = (struct span){ range.p, (size_t)(dash - range.p) };
	to = (struct span){ dash + 1, range.len - from.len - 1 };

	if (!from.len) {
		/* The last bytes of it. */
		if (!span_number(to, &end))
			return 200;
		if (!end || !size)
			return 416;
		*length = end < size ? end : size;
		*first = size - *length;
		return 206;
	}
	if (!span_number(from, &start) || (to.len && !span_number(to, &end)) || end < start)
		return 200;
	if (start >= size)
		return 416;
	*first = start;
	*length = (end < size ? end + 1 : size) - start;
	return 206;
}

/**
 * answer_choose - Decide how much of a file is sent
 * @answer: the answer; has the time, and gets status, range and length
 * @request: what was asked for
 * @resource: the file
 */
void answer_choose(struct answer *answer, const struct request *request,
		   const struct resource *resource)
{
	answer->resource = resource;
	answer->first = 0;
	answer->length = resource->size;
	answer->sized = true;
	answer->status = check_conditions(answer, request, resource);
	if (answer->status == 200 && request->range.p && !request->head &&
	    is_same(request->if_range, answer, resource))
		answer->status = parse_range(request->range, resource->size, &answer->first,
					     &answer->length);
}

static void write_number_field(struct text *text, const char *name, uint64_t value)
{
	text_str(text, name);
	text_str(text, ": ");
	text_number(text, value, 10, 1);
	text_str(text, "\r\n");
}

/* A file that seems to be from the future was written just now. */
static void write_modified(struct text *text, const struct answer *answer)
{
	const uint64_t time = answer->resource->mtime / SECOND;

	text_str(text, "Last-Modified: ");
	date_write(text, time < answer->now ? time : answer->now);
	text_str(text, "\r\n");
}

static void write_content_range(struct text *text, const struct answer *answer)
{
	text_str(text, "Content-Range: bytes ");
	if (answer->status == 206) {
		text_number(text, answer->first, 10, 1);
		text_str(text, "-");
		text_number(text, answer->first + answer->length - 1, 10, 1);
	} else {
		text_str(text, "*");
	}
	text_str(text, "/");
	text_number(text, answer->resource->size, 10, 1);
	text_str(text, "\r\n");
}

/* Fields that tell of the file, not of the answer. */
static void write_resource(struct text *text, const struct answer *answer)
{
	if (answer->status == 206 || answer->status == 416)
		write_content_range(text, answer);
	if (answer->status == 416 || answer->status == 412)
		return;
	write_modified(text, answer);
	text_str(text, "ETag: ");
	answer_tag(text, answer->resource);
	text_str(text, "\r\nAccept-Ranges: bytes\r\n");
}

/**
 * answer_write - Write the head of an answer
 * @text: where to
 * @answer: the answer
 */
void answer_write(struct text *text, const struct answer *answer)
{
	text_str(text, "HTTP/1.1 ");
	text_number(text, (uint64_t)answer->status, 10, 3);
	text_str(text, " ");
	text_str(text, answer_reason(answer->status));
	text_str(text, "\r\nDate: ");
	date_write(text, answer->now);
	text_str(text, "\r\n");
	if (answer->status == 405)
		text_field(text, "Allow", "GET, HEAD");
	if (answer->location.p) {
		text_str(text, "Location: /");
		text_put(text, answer->location);
		text_str(text, "/\r\n");
	}
	if (answer->resource)
		write_resource(text, answer);
	if (answer->type) {
		text_field(text, "Content-Type", answer->type);
		/* What is said to be text must not be run as something else. */
		text_field(text, "X-Content-Type-Options", "nosniff");
	}
	if (answer->chunked)
		text_field(text, "Transfer-Encoding", "chunked");
	else if (answer->sized && answer->status != 304)
		write_number_field(text, "Content-Length", answer->length);
	text_field(text, "Connection", answer->keep ? "keep-alive" : "close");
	text_str(text, "\r\n");
}
