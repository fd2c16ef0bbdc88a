// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The web server's responses: conditions, ranges and headers
 *
 * Like http_test: further parts of samples/cloudabi/httpd that make no calls.
 */

#include <stdio.h>
#include <stdlib.h>

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
