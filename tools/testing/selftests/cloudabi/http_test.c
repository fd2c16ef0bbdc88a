// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The web server's parser of requests
 *
 * Tests the parts of samples/cloudabi/httpd that make no calls, in a Linux
 * program. So compiler sanitizers can check them, and the test needs no CloudABI
 * personality.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../kselftest_harness.h"

#include "../../../../samples/cloudabi/httpd/answer.c"
#include "../../../../samples/cloudabi/httpd/date.c"
#include "../../../../samples/cloudabi/httpd/part.c"
#include "../../../../samples/cloudabi/httpd/range.c"
#include "../../../../samples/cloudabi/httpd/request.c"
#include "../../../../samples/cloudabi/httpd/target.c"
#include "../../../../samples/cloudabi/httpd/text.c"
#include "../../../../samples/cloudabi/httpd/type.c"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define THEN 784111777ULL
/* A time in 2026. */
#define NOW 1795370000ULL

#define HEAD(line, ...) line "\r\n" __VA_ARGS__ "\r\n"
#define GET(...) HEAD("GET / HTTP/1.1", "Host: a\r\n" __VA_ARGS__)

static struct request request;

/* Parses in an allocation of exact size, so that a sanitizer sees an overrun. */
static int parse_bytes(const char *text, size_t len)
{
	char *const buf = malloc(len ?: 1);
	int status;

	memcpy(buf, text, len);
	status = request_parse(&request, buf, len);
	/* Parsed fields point into the allocation. */
	memset(&request.if_match, 0, sizeof(request) - offsetof(struct request, if_match));
	free(buf);
	return status;
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static int parse_target_of(const char *target)
{
	char text[16384];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
	return parse(text);
}

/* The path, or the status of the refusal as text. */
static const char *path_of(const char *target)
{
	static char status[4];
	const int s = parse_target_of(target);

	if (s == 200) {
		request.path[request.path_len] = '\0';
		return request.path;
	}
	snprintf(status, sizeof(status), "%d", s);
	return status;
}

static const char *date_text(uint64_t time)
{
	static char buf[64];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };

	date_write(&text, time);
	buf[text.len] = '\0';
	return buf;
}

/* -1 if it is no date. */
static long date_value(const char *s)
{
	uint64_t time;

	return date_read(span_of(s), NOW, &time) ? (long)time : -1;
}

TEST(numbers)
{
	uint64_t value;

	EXPECT_TRUE(span_number(span_of("0"), &value));
	EXPECT_EQ(0, value);
	EXPECT_TRUE(span_number(span_of("18446744073709551614"), &value));
	EXPECT_EQ(UINT64_MAX - 1, value);
	EXPECT_TRUE(span_number(span_of("18446744073709551616"), &value));
	EXPECT_EQ(UINT64_MAX, value);
	EXPECT_TRUE(span_number(span_of("99999999999999999999999999"), &value));
	EXPECT_EQ(UINT64_MAX, value);
	EXPECT_FALSE(span_number(span_of("99999999999999999999999999x"), &value));
	EXPECT_FALSE(span_number(span_of(""), &value));
	EXPECT_FALSE(span_number(span_of("-1"), &value));
	EXPECT_FALSE(span_number(span_of("+1"), &value));
	EXPECT_FALSE(span_number(span_of("1 "), &value));
}

TEST(text_that_does_not_fit_is_left_out)
{
	char buf[4];
	struct text text = { .buf = buf, .size = sizeof(buf) };

	text_str(&text, "abc");
	text_number(&text, 10, 10, 2);
	EXPECT_EQ(3, text.len);
	EXPECT_TRUE(text.full);
	text_number(&text, 15, 16, 1);
	EXPECT_EQ(0, memcmp(buf, "abcf", 4));
}

TEST(lists)
{
	struct span list = span_of(" a , ,b"), item;

	EXPECT_TRUE(span_item(&list, &item));
	EXPECT_TRUE(span_is(item, "A"));
	EXPECT_TRUE(span_item(&list, &item));
	EXPECT_EQ(0, item.len);
	EXPECT_TRUE(span_item(&list, &item));
	EXPECT_TRUE(span_is(item, "b"));
	EXPECT_FALSE(span_item(&list, &item));
}

TEST(dates_are_written)
{
	EXPECT_STREQ("Thu, 01 Jan 1970 00:00:00 GMT", date_text(0));
	EXPECT_STREQ("Sun, 06 Nov 1994 08:49:37 GMT", date_text(THEN));
	EXPECT_STREQ("Tue, 29 Feb 2000 23:59:59 GMT", date_text(951868799));
	EXPECT_STREQ("Mon, 01 Mar 2100 00:00:00 GMT", date_text(4107542400));
	EXPECT_STREQ("Fri, 31 Dec 9999 23:59:59 GMT", date_text(253402300799));
	EXPECT_STREQ("Fri, 31 Dec 9999 23:59:59 GMT", date_text(UINT64_MAX));
}

TEST(dates_agree_with_libc)
{
	uint64_t time;

	for (time = 0; time < 253402300799; time += 86399 * 37 + 12345) {
		const time_t t = time;
		char expected[64];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		ASSERT_STREQ(expected, date_text(time));
		ASSERT_EQ((long)time, date_value(expected));
	}
}

TEST(dates_are_read)
{
	EXPECT_EQ(THEN, date_value("Sun, 06 Nov 1994 08:49:37 GMT"));
	EXPECT_EQ(THEN, date_value("Sunday, 06-Nov-94 08:49:37 GMT"));
	EXPECT_EQ(THEN, date_value("Sun Nov  6 08:49:37 1994"));
	/* A two-digit year means up to 50 years ahead, otherwise the past. */
	EXPECT_EQ(3360991777, date_value("Wednesday, 03-Jul-76 08:49:37 GMT"));
	EXPECT_EQ(236767777, date_value("Sunday, 03-Jul-77 08:49:37 GMT"));
	EXPECT_EQ(1483228800, date_value("Sat, 31 Dec 2016 23:59:60 GMT"));
}

TEST(what_is_no_date)
{
	static const char *const bad[] = {
		"", "Sun", "Sun,", "Sun, ", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT", "Wed, 31 Dec 1969 23:59:59 GMT",
		"Sun, 29 Feb 2100 00:00:00 GMT", "Sun Nov 6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
		"784111777", "Sun, 06 Nov 0000 08:49:37 GMT",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-1, date_value(bad[i]))
			TH_LOG("number %zu", i);
}

TEST(content_types)
{
	EXPECT_STREQ("text/html; charset=utf-8", type_of(span_of("index.html")));
	EXPECT_STREQ("image/png", type_of(span_of("a.b/c.d.PNG")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of("")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of(".")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of(".html")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of("a/.html")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of("a.html/b")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of("a.")));
	EXPECT_STREQ("application/octet-stream", type_of(span_of("html")));
}

TEST(paths)
{
	EXPECT_STREQ("", path_of("/"));
	EXPECT_STREQ("a/b", path_of("/a/b"));
	EXPECT_STREQ("a b", path_of("/a%20b?c=%zz&d"));
	EXPECT_STREQ("a?b#", path_of("/a%3fb%23"));
	EXPECT_STREQ("a+b", path_of("/a+b"));
	EXPECT_STREQ("\xc3\xa4", path_of("/%C3%a4"));
	EXPECT_STREQ("\xc3\xa4", path_of("/\xc3\xa4"));
	EXPECT_STREQ("a", path_of("http://host/a"));
	EXPECT_STREQ("", path_of("HTTP://host"));
	EXPECT_STREQ("", path_of("http://host?/a"));
}

/* The parser keeps such paths; the kernel resolves them beneath a descriptor. */
TEST(paths_that_want_out_stay_as_they_are)
{
	EXPECT_STREQ("../etc/passwd", path_of("/../etc/passwd"));
	EXPECT_STREQ("../etc", path_of("/%2e%2E/etc"));
	EXPECT_STREQ("../etc", path_of("/%2e%2e%2fetc"));
	EXPECT_STREQ("/etc/passwd", path_of("//etc/passwd"));
	EXPECT_STREQ("%2e", path_of("/%252e"));
}

TEST(targets_that_are_none)
{
	EXPECT_STREQ("400", path_of("/%"));
	EXPECT_STREQ("400", path_of("/%4"));
	EXPECT_STREQ("400", path_of("/%4g"));
	EXPECT_STREQ("400", path_of("/%-1"));
	EXPECT_STREQ("400", path_of("/a%00b"));
	EXPECT_STREQ("400", path_of("/a#b"));
	EXPECT_STREQ("400", path_of("a"));
	EXPECT_STREQ("400", path_of("*"));
	EXPECT_STREQ("400", path_of("http://"));
	EXPECT_STREQ("400", path_of("http:///a"));
	EXPECT_STREQ("400", path_of("https://host/"));
	EXPECT_STREQ("400", path_of("/a\tb"));
}

TEST(long_targets)
{
	char target[REQUEST_MAX_PATH + 3];

	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[REQUEST_MAX_PATH + 1] = '\0';
	EXPECT_EQ(200, parse_target_of(target));
	EXPECT_EQ(REQUEST_MAX_PATH, request.path_len);
	target[REQUEST_MAX_PATH + 1] = 'a';
	target[REQUEST_MAX_PATH + 2] = '\0';
	EXPECT_EQ(414, parse_target_of(target));
}

TEST(paths_come_back)
{
	char buf[256 * 6];
	struct text text = { .buf = buf, .size = sizeof(buf) };
	char path[255];
	size_t i;

	for (i = 0; i < sizeof(path); i++)
		path[i] = (char)(i + 1);
	text_str(&text, "/");
	target_encode(&text, (struct span){ path, sizeof(path) });
	ASSERT_FALSE(text.full);
	EXPECT_EQ(0, !!memchr(buf, '"', text.len));
	EXPECT_EQ(0, !!memchr(buf, '\\', text.len));
	buf[text.len] = '\0';
	ASSERT_EQ(200, parse_target_of(buf));
	ASSERT_EQ(sizeof(path), request.path_len);
	EXPECT_EQ(0, memcmp(path, request.path, sizeof(path)));
}

TEST(markup_is_escaped)
{
	char buf[64];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };

	target_escape(&text, span_of("<a&'\">"));
	buf[text.len] = '\0';
	EXPECT_STREQ("&lt;a&amp;&#39;&quot;&gt;", buf);
}

TEST(ends_of_heads)
{
	EXPECT_EQ(0, request_end("", 0, 0));
	EXPECT_EQ(0, request_end("a\r\n\r", 4, 0));
	EXPECT_EQ(5, request_end("a\r\n\r\n", 5, 0));
	EXPECT_EQ(5, request_end("a\r\n\r\nb\r\n\r\n", 10, 0));
	EXPECT_EQ(3, request_end("a\n\n", 3, 0));
	EXPECT_EQ(4, request_end("a\n\r\n", 4, 0));
	EXPECT_EQ(0, request_blank("", 0));
	EXPECT_EQ(0, request_blank("\r", 1));
	EXPECT_EQ(4, request_blank("\r\n\r\nG", 5));
}

/* In whatever pieces the bytes arrive, the end is found, and not too early. */
TEST(heads_that_come_in_parts)
{
	static const char *const heads[] = { "a\r\nb\r\n\r\n", "a\nb\n\n", "a\nb\n\r\n" };
	size_t i, first, len;

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		const size_t all = strlen(heads[i]);

		for (first = 0; first < all; first++)
			for (len = first; len <= all; len++)
				EXPECT_EQ(len == all ? all : 0, request_end(heads[i], len, first));
	}
}

TEST(requests)
{
	EXPECT_EQ(200, parse(GET()));
	EXPECT_FALSE(request.head);
	EXPECT_TRUE(request.keep);
	EXPECT_TRUE(request.chunks);
	EXPECT_EQ(200, parse(HEAD("HEAD /a HTTP/1.1", "host:\tb \r\n")));
	EXPECT_TRUE(request.head);
	EXPECT_EQ(200, parse(HEAD("GET / HTTP/1.0")));
	EXPECT_FALSE(request.keep);
	EXPECT_FALSE(request.chunks);
	EXPECT_EQ(200, parse(HEAD("GET / HTTP/1.7", "Host: a\r\n")));
	EXPECT_TRUE(request.chunks);
}

TEST(connections_that_stay)
{
	EXPECT_EQ(200, parse(GET("Connection: close\r\n")));
	EXPECT_FALSE(request.keep);
	EXPECT_EQ(200, parse(GET("Connection: a, CLOSE ,b\r\n")));
	EXPECT_FALSE(request.keep);
	EXPECT_EQ(200, parse(GET("Connection: keep-alive\r\nConnection: close\r\n")));
	EXPECT_FALSE(request.keep);
	EXPECT_EQ(200, parse(GET("Connection: closed\r\n")));
	EXPECT_TRUE(request.keep);
	EXPECT_EQ(200, parse(HEAD("GET / HTTP/1.0", "Connection: Keep-Alive\r\n")));
	EXPECT_TRUE(request.keep);
}

TEST(requests_that_are_none)
{
	static const char *const bad[] = {
		"\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", "GET / http/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/11\r\nHost: a\r\n\r\n", "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
		"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nB: \x7f\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nB: \x01\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\nx",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(400, parse(bad[i]))
			TH_LOG("number %zu", i);
	EXPECT_EQ(400, parse_bytes("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28));
}

TEST(versions)
{
	EXPECT_EQ(505, parse(HEAD("GET / HTTP/2.0", "Host: a\r\n")));
	EXPECT_EQ(505, parse(HEAD("PRI * HTTP/2.0")));
	EXPECT_EQ(505, parse(HEAD("GET / HTTP/0.9")));
}

TEST(methods)
{
	EXPECT_EQ(405, parse(HEAD("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n")));
	EXPECT_EQ(405, parse(HEAD("DELETE / HTTP/1.1", "Host: a\r\n")));
	EXPECT_EQ(405, parse(HEAD("OPTIONS * HTTP/1.1", "Host: a\r\n")));
	EXPECT_EQ(405, parse(HEAD("CONNECT a:443 HTTP/1.1", "Host: a\r\n")));
	EXPECT_EQ(501, parse(HEAD("BREW / HTTP/1.1", "Host: a\r\n")));
	EXPECT_EQ(501, parse(HEAD("get / HTTP/1.1", "Host: a\r\n")));
	EXPECT_FALSE(request.keep);
}

TEST(bodies)
{
	EXPECT_EQ(200, parse(GET("Content-Length: 0\r\n")));
	EXPECT_TRUE(request.keep);
	EXPECT_EQ(413, parse(GET("Content-Length: 1\r\n")));
	EXPECT_FALSE(request.keep);
	EXPECT_EQ(413, parse(GET("Content-Length: 99999999999999999999999\r\n")));
	EXPECT_EQ(413, parse(GET("Transfer-Encoding: chunked\r\n")));
	EXPECT_EQ(400, parse(GET("Content-Length: -1\r\n")));
	EXPECT_EQ(400, parse(GET("Content-Length:\r\n")));
	EXPECT_EQ(400, parse(GET("Content-Length: 0, 0\r\n")));
	EXPECT_EQ(400, parse(GET("Content-Length: 0\r\nContent-Length: 5\r\n")));
	EXPECT_EQ(400, parse(GET("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")));
	EXPECT_EQ(400, parse(HEAD("GET / HTTP/1.0", "Transfer-Encoding: chunked\r\n")));
	EXPECT_EQ(501, parse(GET("Transfer-Encoding: gzip, chunked\r\n")));
	EXPECT_EQ(200, parse(GET("Expect: 100-continue\r\n")));
	EXPECT_EQ(417, parse(GET("Expect: wonders\r\n")));
}

TEST(too_many_fields)
{
	char text[8192] = "GET / HTTP/1.1\r\nHost: a\r\n";
	int i;

	for (i = 1; i < REQUEST_MAX_FIELDS; i++)
		strcat(text, "a:b\r\n");
	strcat(text, "\r\n");
	EXPECT_EQ(200, parse(text));
	strcpy(text + strlen(text) - 2, "a:b\r\n\r\n");
	EXPECT_EQ(431, parse(text));
}

TEST(too_long)
{
	EXPECT_EQ(414, request_overlong("GET /aaaa", 9));
	EXPECT_EQ(431, request_overlong("GET / HTTP/1.1\r\nA: aaaa", 23));
}

static const struct resource file = { .inode = 0x12, .size = 1000, .mtime = THEN * 1000000000 + 5 };
#define TAG "\"12-3e8-ae1b981bc490a05\""

static struct answer answer;

/* The response to a request for @file with these fields. */
static int choose(const char *fields)
{
	static char text[4096];

	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
	if (request_parse(&request, text, strlen(text)) != 200)
		return -1;
	answer = (struct answer){ .now = NOW };
	answer_choose(&answer, &request, &file);
	return answer.status;
}

TEST(tags)
{
	char buf[64];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };

	answer_tag(&text, &file);
	buf[text.len] = '\0';
	EXPECT_STREQ(TAG, buf);
	text.len = 0;
	answer_tag(&text, &(struct resource){ UINT64_MAX, UINT64_MAX, UINT64_MAX });
	EXPECT_EQ(52, text.len);
	EXPECT_FALSE(text.full);
}

TEST(conditions)
{
	EXPECT_EQ(200, choose(""));
	EXPECT_EQ(304, choose("If-None-Match: " TAG "\r\n"));
	EXPECT_EQ(304, choose("If-None-Match: W/" TAG "\r\n"));
	EXPECT_EQ(304, choose("If-None-Match: \"a\", " TAG ",\"b\"\r\n"));
	EXPECT_EQ(304, choose("If-None-Match: *\r\n"));
	EXPECT_EQ(200, choose("If-None-Match: \"12\"\r\n"));
	EXPECT_EQ(200, choose("If-None-Match: \"*\"\r\n"));
	EXPECT_EQ(304, choose("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	EXPECT_EQ(200, choose("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"));
	EXPECT_EQ(200, choose("If-Modified-Since: yesterday\r\n"));
	EXPECT_EQ(200, choose("If-Match: " TAG "\r\n"));
	EXPECT_EQ(200, choose("If-Match: *\r\n"));
	EXPECT_EQ(412, choose("If-Match: W/" TAG "\r\n"));
	EXPECT_EQ(412, choose("If-Match: \"a\"\r\n"));
	EXPECT_EQ(412, choose("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"));
	EXPECT_EQ(200, choose("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	EXPECT_EQ(200, choose("If-Unmodified-Since: never\r\n"));
}

/* An entity tag takes precedence over a date, and 412 over 304. */
TEST(conditions_in_their_order)
{
	EXPECT_EQ(200, choose("If-None-Match: \"a\"\r\n"
			      "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	EXPECT_EQ(200, choose("If-Match: " TAG "\r\n"
			      "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"));
	EXPECT_EQ(412, choose("If-Match: \"a\"\r\nIf-None-Match: " TAG "\r\n"));
	EXPECT_EQ(304, choose("If-None-Match: " TAG "\r\nRange: bytes=0-1\r\n"));
	/* A repeated field is ignored. */
	EXPECT_EQ(200, choose("If-None-Match: " TAG "\r\nIf-None-Match: " TAG "\r\n"));
}

static void expect_range(struct __test_metadata *_metadata, const char *range, int status,
			 uint64_t first, uint64_t length)
{
	char field[256];

	snprintf(field, sizeof(field), "Range: %s\r\n", range);
	EXPECT_EQ(status, choose(field))
		TH_LOG("%s", range);
	if (status == 416)
		return;
	EXPECT_EQ(status == 206, answer.parts.ranges.n)
		TH_LOG("%s", range);
	EXPECT_EQ(first, status == 206 ? answer.parts.ranges.at[0].first : 0)
		TH_LOG("%s", range);
	EXPECT_EQ(length, answer.length)
		TH_LOG("%s", range);
}

#define RANGE(range, status, first, length) expect_range(_metadata, range, status, first, length)

TEST(ranges)
{
	RANGE("bytes=0-0", 206, 0, 1);
	RANGE("bytes=0-", 206, 0, 1000);
	RANGE("BYTES= 10-19 ", 206, 10, 10);
	RANGE("bytes=999-", 206, 999, 1);
	RANGE("bytes=990-5000", 206, 990, 10);
	RANGE("bytes=0-99999999999999999999999", 206, 0, 1000);
	RANGE("bytes=-1", 206, 999, 1);
	RANGE("bytes=-1000", 206, 0, 1000);
	RANGE("bytes=-99999999999999999999999", 206, 0, 1000);
	RANGE("bytes=1000-", 416, 0, 0);
	RANGE("bytes=99999999999999999999999-", 416, 0, 0);
	RANGE("bytes=-0", 416, 0, 0);
}

TEST(ranges_that_are_ignored)
{
	RANGE("bytes=", 200, 0, 1000);
	RANGE("bytes=-", 200, 0, 1000);
	RANGE("bytes=5-4", 200, 0, 1000);
	RANGE("bytes=0-1,3", 200, 0, 1000);
	RANGE("bytes=1 - 2", 200, 0, 1000);
	RANGE("bytes=a-b", 200, 0, 1000);
	RANGE("bytes=--1", 200, 0, 1000);
	RANGE("lines=0-1", 200, 0, 1000);
	RANGE("bytes", 200, 0, 1000);
}

TEST(ranges_on_condition)
{
	EXPECT_EQ(206, choose("Range: bytes=0-0\r\nIf-Range: " TAG "\r\n"));
	EXPECT_EQ(206, choose("Range: bytes=0-0\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	EXPECT_EQ(200, choose("Range: bytes=0-0\r\nIf-Range: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
	EXPECT_EQ(200, choose("Range: bytes=0-0\r\nIf-Range: W/" TAG "\r\n"));
	EXPECT_EQ(200, choose("Range: bytes=0-0\r\nIf-Range: \"a\"\r\n"));
	EXPECT_EQ(200, choose("Range: bytes=0-0\r\nIf-Range: *\r\n"));
}

TEST(ranges_of_nothing)
{
	const struct resource empty = { 0 };

	EXPECT_EQ(206, choose("Range: bytes=-1\r\n"));
	answer_choose(&answer, &request, &empty);
	EXPECT_EQ(416, answer.status);
	EXPECT_EQ(206, choose("Range: bytes=0-\r\n"));
	answer_choose(&answer, &request, &empty);
	EXPECT_EQ(416, answer.status);
}

TEST(ranges_are_not_for_heads)
{
	static const char text[] = HEAD("HEAD / HTTP/1.1", "Host: a\r\nRange: bytes=0-0\r\n");

	ASSERT_EQ(200, request_parse(&request, text, sizeof(text) - 1));
	answer_choose(&answer, &request, &file);
	EXPECT_EQ(200, answer.status);
}

static const char *head_of(const struct answer *a)
{
	static char buf[2048];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };

	answer_write(&text, a);
	buf[text.full ? 0 : text.len] = '\0';
	return buf;
}

#define DATED(line, ...) \
	"HTTP/1.1 " line "\r\nDate: Sun, 22 Nov 2026 17:53:20 GMT\r\n" __VA_ARGS__ "\r\n"
#define OF_FILE \
	"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: " TAG "\r\nAccept-Ranges: bytes\r\n"

TEST(heads_of_answers)
{
	EXPECT_EQ(206, choose("Range: bytes=-10\r\n"));
	answer.type = "text/css";
	answer.keep = true;
	EXPECT_STREQ(DATED("206 Partial Content", "Content-Range: bytes 990-999/1000\r\n" OF_FILE
			   "Content-Type: text/css\r\nX-Content-Type-Options: nosniff\r\n"
			   "Content-Length: 10\r\nConnection: keep-alive\r\n"), head_of(&answer));

	EXPECT_EQ(304, choose("If-None-Match: *\r\n"));
	EXPECT_STREQ(DATED("304 Not Modified", OF_FILE "Connection: close\r\n"),
		     head_of(&answer));

	EXPECT_EQ(416, choose("Range: bytes=1000-\r\n"));
	answer.length = 7;
	EXPECT_STREQ(DATED("416 Range Not Satisfiable", "Content-Range: bytes */1000\r\n"
			   "Content-Length: 7\r\nConnection: close\r\n"), head_of(&answer));
}

TEST(heads_of_several_ranges)
{
	ASSERT_EQ(200, request_parse(&request, GET("Range: bytes=0-0,-1\r\n"),
				     sizeof(GET("Range: bytes=0-0,-1\r\n")) - 1));
	answer = (struct answer){ .now = NOW, .type = "text/css", .parts.boundary = 10 };
	answer_choose(&answer, &request, &file);
	EXPECT_STREQ(DATED("206 Partial Content", OF_FILE
			   "Content-Type: multipart/byteranges; boundary=000000000000000a\r\n"
			   "X-Content-Type-Options: nosniff\r\nContent-Length: 188\r\n"
			   "Connection: close\r\n"), head_of(&answer));
}

TEST(heads_of_other_answers)
{
	answer = (struct answer){ .status = 405, .now = NOW, .sized = true };
	EXPECT_STREQ(DATED("405 Method Not Allowed", "Allow: GET, HEAD\r\nContent-Length: 0\r\n"
			   "Connection: close\r\n"), head_of(&answer));
	answer = (struct answer){ .status = 301, .now = NOW, .location = { "a%20b", 5 } };
	EXPECT_STREQ(DATED("301 Moved Permanently", "Location: /a%20b/\r\nConnection: close\r\n"),
		     head_of(&answer));
	answer = (struct answer){ .status = 404, .now = NOW, .server = "a b", .sized = true };
	EXPECT_STREQ(DATED("404 Not Found", "Server: a b\r\nContent-Length: 0\r\n"
			   "Connection: close\r\n"), head_of(&answer));
	answer = (struct answer){ .status = 200, .now = NOW, .chunked = true, .keep = true };
	EXPECT_STREQ(DATED("200 OK", "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n"),
		     head_of(&answer));
}

/* A date in the future would confuse caches, so the response has the current date. */
TEST(future_files)
{
	const struct resource future = { .mtime = UINT64_MAX };

	answer = (struct answer){ .status = 200, .now = NOW, .resource = &future };
	EXPECT_EQ(1, !!strstr(head_of(&answer),
			      "Last-Modified: Sun, 22 Nov 2026 17:53:20 GMT\r\n"));
}

static void expect_within(struct __test_metadata *_metadata, const struct ranges *ranges)
{
	uint64_t sum = 0;
	size_t i;

	ASSERT_GE(RANGES_MAX, ranges->n);
	for (i = 0; i < ranges->n; i++) {
		ASSERT_LT(0, ranges->at[i].length);
		ASSERT_LE(ranges->at[i].length, file.size);
		ASSERT_LE(ranges->at[i].first, file.size - ranges->at[i].length);
		sum += ranges->at[i].length;
	}
	ASSERT_LE(sum, file.size);
}

/* Any input is refused or parsed, without an access outside of the buffer. */
TEST(noise)
{
	static const char seed[] =
		GET("Range: bytes=0-9, 20-99,-5\r\nIf-None-Match: W/\"a\"\r\n"
		    "Connection: close, b\r\n"
		    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n");
	static const char bytes[] = "\r\n \t:,-=%/?#\"*.0129azAZ\x80\xff\x01";
	unsigned int refused = 0, i;

	srand(1);
	for (i = 0; i < 100000; i++) {
		const size_t from = rand() % 8 ? 0 : (size_t)rand() % sizeof(seed);
		const size_t len = (size_t)rand() % 8 ? sizeof(seed) - 1 - from :
							(size_t)rand() % (sizeof(seed) - from);
		char *const buf = malloc(len ?: 1);
		int n, status;

		memcpy(buf, seed + from, len);
		for (n = rand() % 4; n && len; n--)
			buf[(size_t)rand() % len] = bytes[(size_t)rand() % sizeof(bytes)];
		status = request_parse(&request, buf, len);
		if (status == 200) {
			answer = (struct answer){ .now = NOW, .type = "a/b" };
			answer_choose(&answer, &request, &file);
			expect_within(_metadata, &answer.parts.ranges);
		}
		ASSERT_TRUE(status == 200 || (status >= 400 && status <= 505));
		refused += status != 200;
		free(buf);
	}
	EXPECT_LT(1000, refused);
	EXPECT_GT(99000, refused);
}

TEST_HARNESS_MAIN
