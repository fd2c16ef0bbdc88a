// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Parser of requests
 *
 * The parser is as strict as RFC 9112 allows: a request that two programs could understand
 * differently is refused (request smuggling).  A refused request ends the connection,
 * as it is uncertain where the next one starts.
 */
#include "request.h"
#include "target.h"

/**
 * struct fields - What the fields of a head say about the message itself
 * @n: number of fields
 * @hosts: number of fields Host
 * @lengths: number of fields Content-Length
 * @codings: number of fields Transfer-Encoding
 * @length: length of the body in bytes
 * @coding: transfer coding of the body
 * @close: whether the client asks to close the connection
 * @keep: whether an HTTP/1.0 client asks to keep the connection
 * @expects: whether the client has an expectation other than 100-continue
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

/**
 * request_blank() - Find the empty lines before a head
 * @buf: received bytes
 * @len: their number
 *
 * Old clients send an empty line after a body.
 *
 * Return: length of these lines in bytes.
 */
size_t request_blank(const char *buf, size_t len)
{
	size_t blank = 0;

	while (len - blank >= 2 && buf[blank] == '\r' && buf[blank + 1] == '\n')
		blank += 2;
	return blank;
}

/**
 * request_end() - Find the end of a head
 * @buf: received bytes
 * @len: their number
 * @seen: number of bytes that an earlier call has searched
 *
 * Accepts lines without CR, so that the parser sees and refuses them.
 *
 * Return: length of the head in bytes, including its empty line, or 0 if it is incomplete.
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

/**
 * request_overlong() - Get the status for a head that exceeds REQUEST_MAX
 * @buf: the received bytes
 * @len: their number
 *
 * Return: 414 if the first line is too long, else 431.
 */
int request_overlong(const char *buf, size_t len)
{
	return memchr(buf, '\n', len) ? 431 : 414;
}

/*
 * Takes a line without its CRLF.  Returns false if the line is invalid or has control
 * characters.
 */
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

/* Takes the part before a character, and drops the character. */
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

/* Parses "HTTP/1.1".  Any later 1.x is compatible with 1.1. */
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

/* Parses the method, which is case-sensitive. */
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

/* Keeps the value of a field.  A field that occurs twice is ignored. */
static void set_field(struct span *field, struct span value)
{
	*field = field->p ? (struct span){ field->p, 0 } : value;
}

static int parse_field(struct request *request, struct fields *fields, struct span line)
{
	struct span name, value;

	/* This refuses a leading blank as well: an obsolete continuation line. */
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
		set_field(&request->if_match, value);
	} else if (span_is(name, "If-None-Match")) {
		set_field(&request->if_none_match, value);
	} else if (span_is(name, "If-Modified-Since")) {
		set_field(&request->if_modified_since, value);
	} else if (span_is(name, "If-Unmodified-Since")) {
		set_field(&request->if_unmodified_since, value);
	} else if (span_is(name, "If-Range")) {
		set_field(&request->if_range, value);
	} else if (span_is(name, "Range")) {
		set_field(&request->range, value);
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
	/* The head ends with the empty line. */
	return text.len ? 400 : 200;
}

/* Checks the fields that determine where the message ends: they must be unambiguous. */
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
 * request_parse() - Parse a head
 * @request: set to the request
 * @buf: the head, which must stay valid as long as @request is used
 * @len: its length in bytes, from request_end()
 *
 * A request with a body is refused.
 *
 * Return: 200, or the status of the refusal.
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
