// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Conditional requests, ranges, and heads of responses
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

/**
 * answer_reason() - Get the reason phrase of a status
 * @status: the status
 *
 * Return: a constant string.
 */
const char *answer_reason(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/**
 * answer_tag() - Write the entity tag of a file
 * @text: text to append to
 * @resource: the file
 *
 * A different file has a different inode, and a file whose content has changed a different
 * time or size.  So the tag is a strong one.
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

/* Returns true if a list has the tag of the file.  @weak also accepts weak tags. */
static bool has_tag(struct span list, const struct resource *resource, bool weak)
{
	char buf[64];
	struct text tag = { .buf = buf, .size = sizeof(buf) };
	struct span item;

	if (span_is(list, "*"))
		return true;
	answer_tag(&tag, resource);
	/* Splits tags that contain commas, but those of this server contain none. */
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

/* Returns true if the file was last modified at or before a date; @otherwise if @field is none. */
static bool is_unmodified_since(struct span field, const struct answer *answer,
				const struct resource *resource, bool otherwise)
{
	uint64_t time;

	if (!field.p || !date_read(field, answer->now, &time))
		return otherwise;
	return resource->mtime / SECOND <= time;
}

/* Returns 200, 304 or 412.  The order of the conditions is that of RFC 9110, section 13.2.2. */
static int check_conditions(const struct answer *answer, const struct request *request,
			    const struct resource *resource)
{
	if (request->if_match.p) {
		if (!has_tag(request->if_match, resource, false))
			return 412;
	} else if (!is_unmodified_since(request->if_unmodified_since, answer, resource, true)) {
		return 412;
	}
	if (request->if_none_match.p)
		return has_tag(request->if_none_match, resource, true) ? 304 : 200;
	return is_unmodified_since(request->if_modified_since, answer, resource, false) ? 304 : 200;
}

/* If-Range: returns true if the file is the one that the client has a part of. */
static bool if_range_matches(struct span if_range, const struct answer *answer,
			     const struct resource *resource)
{
	uint64_t time;

	if (!if_range.p)
		return true;
	if (date_read(if_range, answer->now, &time))
		return time == resource->mtime / SECOND && time < answer->now;
	/* A single strong tag; neither a list nor "*". */
	return if_range.p[0] == '"' && has_tag(if_range, resource, false);
}

static uint64_t body_length(const struct parts *parts)
{
	switch (parts->ranges.n) {
	case 0:
		return parts->size;
	case 1:
		return parts->ranges.at[0].length;
	default:
		return parts_length(parts);
	}
}

/**
 * answer_choose() - Evaluate the conditions and ranges of a request
 * @answer: the response; @now, @type and the boundary must be set, @status, the ranges and
 *	 @length are set here
 * @request: the request
 * @resource: the file, which must stay valid as long as @answer
 */
void answer_choose(struct answer *answer, const struct request *request,
		   const struct resource *resource)
{
	struct parts *const parts = &answer->parts;

	answer->resource = resource;
	answer->sized = true;
	answer->status = check_conditions(answer, request, resource);
	parts->ranges.n = 0;
	parts->size = resource->size;
	parts->type = answer->type;
	if (answer->status == 200 && request->range.p && !request->head &&
	    if_range_matches(request->if_range, answer, resource))
		answer->status = ranges_parse(&parts->ranges, request->range, parts->size);
	answer->length = body_length(parts);
}

static void write_number_field(struct text *text, const char *name, uint64_t value)
{
	text_str(text, name);
	text_str(text, ": ");
	text_number(text, value, 10, 1);
	text_str(text, "\r\n");
}

/* A time in the future, by a wrong clock, is replaced by the current time. */
static void write_modified(struct text *text, const struct answer *answer)
{
	const uint64_t time = answer->resource->mtime / SECOND;

	text_str(text, "Last-Modified: ");
	date_write(text, time < answer->now ? time : answer->now);
	text_str(text, "\r\n");
}

/* With several ranges, each part of the body has a Content-Range of its own. */
static void write_content_range(struct text *text, const struct answer *answer)
{
	if (answer->parts.ranges.n > 1)
		return;
	text_str(text, "Content-Range: bytes ");
	if (answer->status == 206) {
		parts_write_range(text, &answer->parts, 0);
	} else {
		text_str(text, "*/");
		text_number(text, answer->resource->size, 10, 1);
	}
	text_str(text, "\r\n");
}

/* Writes the fields that describe the file. */
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

static void write_type(struct text *text, const struct answer *answer)
{
	if (answer->parts.ranges.n > 1) {
		text_str(text, "Content-Type: ");
		parts_write_type(text, &answer->parts);
		text_str(text, "\r\n");
	} else {
		text_field(text, "Content-Type", answer->type);
	}
	/* Keeps browsers from guessing that a text file is a script. */
	text_field(text, "X-Content-Type-Options", "nosniff");
}

/**
 * answer_write() - Write the head of a response
 * @text: text to append to
 * @answer: the response
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
	if (answer->server)
		text_field(text, "Server", answer->server);
	if (answer->status == 405)
		text_field(text, "Allow", "GET, HEAD");
	if (answer->location.p) {
		text_str(text, "Location: /");
		text_put(text, answer->location);
		text_str(text, "/\r\n");
	}
	if (answer->resource)
		write_resource(text, answer);
	if (answer->type)
		write_type(text, answer);
	if (answer->chunked)
		text_field(text, "Transfer-Encoding", "chunked");
	else if (answer->sized && answer->status != 304)
		write_number_field(text, "Content-Length", answer->length);
	text_field(text, "Connection", answer->keep ? "keep-alive" : "close");
	text_str(text, "\r\n");
}
