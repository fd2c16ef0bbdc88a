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

#include "../../../../samples/cloudabi/httpd/date.c"
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

TEST_HARNESS_MAIN
