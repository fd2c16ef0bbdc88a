// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Heads of requests
 *
 * As strict as the standard allows: what two programs might understand in two
 * ways is refused.  All refusals end the connection, since where the next
 * request would start is as doubtful then.
 */
#include "request.h"
#include "target.h"

/**
 * struct fields - What the fields say about the message itself
 * @n: how many there are
 * @hosts: how often each of these is there
 * @lengths: likewise
 * @codings: likewise
 * @length: length of the body
 * @coding: how it is transferred
 * @close: whether the client ends the connection
 * @keep: whether an old client would rather not
 * @expects: whether it expects anything else
 */
struct fields {
	unsigned int n;
	unsigned int hosts;
	unsigned int lengths;
	unsigned int codings;
	uint64_t length;
	struct span coding;
	bool close;
	bool keep;
	bool expects;
};

/* The lines in front of a head that are empty: old clients end bodies with one. */
size_t request_blank(const char *buf, size_t len)
{
	size_t blank = 0;

	while (len - blank >= 2 && buf[blank] == '\r' && buf[blank + 1] == '\n')
		blank += 2;
	return blank;
}

/**
 * request_end - Find the end of a head
 * @buf: what came so far
 * @len: its length
 * @seen: how much of it this was called with before
 *
 * Lines without CR count, so that somebody will complain about them.
 *
 * Return: the length of the head with the empty line, or 0 if it goes on.
 */
size_t request_end(const char *buf, size_t len, size_t seen)
{
	size_t i;

	for (i = seen < 3 ? 0 : seen - 3; i < len; i++) {
		if (buf[i] != '\n')
			continue;
		if (i + 1 < len && buf[i + 1] == '\n')
			return i + 2;
		if (i + 2 < len && buf[i + 1] == '\r' && buf[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* The status for a head that has not ended where it must: who was too long? */
int request_overlong(const char *buf, size_t len)
{
	return memchr(buf, '\n', len) ? 431 : 414;
}

/* Takes a line, without its CRLF.  No other character of this kind may be in it. */
static bool take_line(struct span *text, struct span *line)
{
	const char *const end = memchr(text->p, '\n', text->len);
	size_t i;

	if (!end || end == text->p || end[-1] != '\r')
		return false;
	line->p = text->p;
	line->len = (size_t)(end - text->p) - 1;
	text->len -= line->len + 2;
	text->p = end + 1;
	for (i = 0; i < line->len; i++) {
		const unsigned char c = (unsigned char)line->p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Takes what is in front of a character, and that. */
static bool take_until(struct span *text, char c, struct span *part)
{
	const char *const end = memchr(text->p, c, text->len);

	if (!end)
		return false;
	part->p = text->p;
	part->len = (size_t)(end - text->p);
	text->p = end + 1;
	text->len -= part->len + 1;
	return true;
}

static bool is_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		const char c = s.p[i];

		if (!is_digit(c) && !(lower(c) >= 'a' && lower(c) <= 'z') &&
		    !(c && strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return s.len;
}

/* "HTTP/1.1".  Of any 1.x that is not known, as much is known as of 1.1. */
static int parse_version(struct request *request, struct span version)
{
	if (version.len != 8 || memcmp(version.p, "HTTP/", 5) || !is_digit(version.p[5]) ||
	    version.p[6] != '.' || !is_digit(version.p[7]))
		return 400;
	if (version.p[5] != '1')
		return 505;
	request->chunks = version.p[7] != '0';
	return 200;
}

/* Methods are the only words of HTTP in which case matters. */
static int parse_method(struct request *request, struct span method)
{
	static const char *const others[] = {
		"CONNECT", "DELETE", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
	};
	size_t i;

	request->head = span_equal(method, span_of("HEAD"));
	if (request->head || span_equal(method, span_of("GET")))
		return 200;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (span_equal(method, span_of(others[i])))
			return 405;
	return 501;
}

static int parse_target(struct request *request, struct span target)
{
	struct text path = { .buf = request->path, .size = REQUEST_MAX_PATH };

	if (memchr(target.p, '\t', target.len) || !target_decode(target, &path))
		return 400;
	request->path_len = path.len;
	return path.full ? 414 : 200;
}

static void parse_connection(struct fields *fields, struct span value)
{
	struct span item;

	while (span_item(&value, &item)) {
		fields->close |= span_is(item, "close");
		fields->keep |= span_is(item, "keep-alive");
	}
}

/* A condition that is there twice is as good as none. */
static void keep_once(struct span *field, struct span value)
{
	*field = field->p ? (struct span){ field->p, 0 } : value;
}

static int parse_field(struct request *request, struct fields *fields, struct span line)
{
	struct span name, value;

	/* Which also refuses a blank in front: a line that continues another. */
	if (!take_until(&line, ':', &name) || !is_token(name))
		return 400;
	value = span_trim(line);
	if (span_is(name, "Host")) {
		fields->hosts++;
	} else if (span_is(name, "Connection")) {
		parse_connection(fields, value);
	} else if (span_is(name, "Content-Length")) {
		fields->lengths++;
		if (!span_number(value, &fields->length))
			return 400;
	} else if (span_is(name, "Transfer-Encoding")) {
		fields->codings++;
		fields->coding = value;
	} else if (span_is(name, "Expect")) {
		fields->expects |= !span_is(value, "100-continue");
	} else if (span_is(name, "If-Match")) {
		keep_once(&request->if_match, value);
	} else if (span_is(name, "If-None-Match")) {
		keep_once(&request->if_none_match, value);
	} else if (span_is(name, "If-Modified-Since")) {
		keep_once(&request->if_modified_since, value);
	} else if (span_is(name, "If-Unmodified-Since")) {
		keep_once(&request->if_unmodified_since, value);
	} else if (span_is(name, "If-Range")) {
		keep_once(&request->if_range, value);
	} else if (span_is(name, "Range")) {
		keep_once(&request->range, value);
	}
	return ++fields->n > REQUEST_MAX_FIELDS ? 431 : 200;
}

static void drop_empty(struct span *field)
{
	if (!field->len)
		field->p = NULL;
}

static int parse_fields(struct request *request, struct fields *fields, struct span text)
{
	struct span line;
	int status;

	for (;;) {
		if (!take_line(&text, &line))
			return 400;
		if (!line.len)
			break;
		status = parse_field(request, fields, line);
		if (status != 200)
			return status;
	}
	drop_empty(&request->if_match);
	drop_empty(&request->if_none_match);
	drop_empty(&request->if_modified_since);
	drop_empty(&request->if_unmodified_since);
	drop_empty(&request->if_range);
	drop_empty(&request->range);
	/* Nothing is behind the empty line. */
	return text.len ? 400 : 200;
}

/* What the fields say about the end of the message must be certain. */
static int check_framing(const struct request *request, const struct fields *fields)
{
	if (fields->hosts > 1 || (request->chunks && !fields->hosts))
		return 400;
	if (fields->lengths > 1 || fields->codings > 1)
		return 400;
	if (fields->codings && (fields->lengths || !request->chunks))
		return 400;
	if (fields->codings && !span_is(fields->coding, "chunked"))
		return 501;
	return 200;
}

/**
 * request_parse - Understand a head
 * @request: what it says
 * @buf: the head
 * @len: its length, as request_end() says
 *
 * There is no use for a body, so that it is refused.
 *
 * Return: 200, or the status that it deserves.
 */
int request_parse(struct request *request, const char *buf, size_t len)
{
	struct span text = { buf, len };
	struct span line, method, target;
	struct fields fields = { 0 };
	int method_status, status;

	memset(request, 0, sizeof(*request));
	if (!take_line(&text, &line) || !take_until(&line, ' ', &method) || !is_token(method) ||
	    !take_until(&line, ' ', &target))
		return 400;
	method_status = parse_method(request, method);
	status = parse_version(request, line);
	if (status == 200)
		status = parse_fields(request, &fields, text);
	if (status == 200)
		status = check_framing(request, &fields);
	if (status == 200)
		status = method_status;
	if (status == 200)
		status = parse_target(request, target);
	if (status == 200 && (fields.length || fields.codings))
		status = 413;
	if (status == 200 && fields.expects)
		status = 417;
	request->keep = status == 200 && !fields.close && (request->chunks || fields.keep);
	return status;
}
