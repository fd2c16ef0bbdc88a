// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The web server with good and bad clients
 *
 * Runs the whole server: a CloudABI program with a directory of a few files. A
 * secret file lies beside the directory.
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "httpclient.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#define SECRET "nobody must read this"
#define PAGE "<p>hello\n"
#define TEXT "0123456789abcdefghijklmnopqrstuvwxyz"
/* Larger than the buffers of a socket. */
#define BIG (8 << 20)
/* Sun, 06 Nov 1994 08:49:37 GMT */
#define THEN 784111777

/* Longer than the interval between two steps of a test, however slow the machine is. */
#define PATIENT 120
#define IMPATIENT 1

static struct response response;

FIXTURE(httpd)
{
	struct webserver server;
	/* The directory of all files. */
	char dir[64];
	/* The subdirectory that the server is given. */
	char www[80];
};

static void put(FIXTURE_DATA(httpd) *self, const char *name, const char *text)
{
	const struct timespec times[2] = { { .tv_sec = THEN }, { .tv_sec = THEN } };
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) ||
	    utimensat(AT_FDCWD, path, times, 0))
		ksft_exit_fail_perror(path);
}

static void make_dir(FIXTURE_DATA(httpd) *self, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	if (mkdir(path, 0755))
		ksft_exit_fail_perror(path);
}

static void put_link(FIXTURE_DATA(httpd) *self, const char *target, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	if (symlink(target, path))
		ksft_exit_fail_perror(path);
}

FIXTURE_SETUP(httpd)
{
	char path[96];

	*self = (FIXTURE_DATA(httpd)) { .dir = "/tmp/httpd.XXXXXX" };
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->www, sizeof(self->www), "%s/www", self->dir);
	snprintf(path, sizeof(path), "%s/secret", self->dir);
	put(self, "secret", SECRET);
	make_dir(self, "www");
	put(self, "www/index.html", PAGE);
	put(self, "www/a.txt", TEXT);
	put(self, "www/empty", "");
	make_dir(self, "www/dir");
	put(self, "www/dir/b", "b");
	put_link(self, "../a.txt", "www/dir/inside");
	put_link(self, "../secret", "www/link");
	put_link(self, "..", "www/up");
	put_link(self, path, "www/absolute");
}

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	return remove(path);
}

FIXTURE_TEARDOWN(httpd)
{
	webserver_stop(&self->server);
	nftw(self->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define START(timeout) ASSERT_TRUE(webserver_start(&self->server, self->www, timeout))
#define GET(path, ...) get(&self->server, path, "" __VA_ARGS__, &response)
#define ASK(request) ask(&self->server, request, &response)

TEST_F(httpd, get)
{
	START(PATIENT);
	EXPECT_EQ(200, GET("/"));
	EXPECT_STREQ(PAGE, response.body);
	EXPECT_STREQ("text/html; charset=utf-8", field_of(&response, "Content-Type"));
	EXPECT_STREQ("selftest", field_of(&response, "Server"));
	EXPECT_STREQ("close", field_of(&response, "Connection"));
	EXPECT_EQ(200, GET("/a.txt?query"));
	EXPECT_STREQ(TEXT, response.body);
	EXPECT_STREQ("text/plain; charset=utf-8", field_of(&response, "Content-Type"));
	EXPECT_STREQ("Sun, 06 Nov 1994 08:49:37 GMT", field_of(&response, "Last-Modified"));
	EXPECT_EQ(200, GET("/empty"));
	EXPECT_EQ(0, response.len);
	EXPECT_EQ(200, ASK("GET /a.txt HTTP/1.0\r\n\r\n"));
	EXPECT_STREQ(TEXT, response.body);
	EXPECT_EQ(0, webserver_end(&self->server));
}

/* HEAD returns the header of GET, without a body. */
TEST_F(httpd, head)
{
	char rest[16];
	int fd;

	START(PATIENT);
	fd = connect_to(self->server.port);
	ASSERT_TRUE(send_text(fd, "HEAD /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	EXPECT_EQ(200, receive_response(fd, true, &response));
	EXPECT_STREQ("36", field_of(&response, "Content-Length"));
	EXPECT_EQ(0, response.extra);
	EXPECT_EQ(0, receive(fd, rest, sizeof(rest)));
	close(fd);
}

TEST_F(httpd, one_range)
{
	START(PATIENT);
	EXPECT_EQ(206, GET("/a.txt", "Range: bytes=10-12\r\n"));
	EXPECT_STREQ("abc", response.body);
	EXPECT_STREQ("bytes 10-12/36", field_of(&response, "Content-Range"));
	EXPECT_EQ(206, GET("/a.txt", "Range: bytes=-2\r\n"));
	EXPECT_STREQ("yz", response.body);
	EXPECT_EQ(206, GET("/a.txt", "Range: bytes=34-\r\n"));
	EXPECT_STREQ("yz", response.body);
	EXPECT_EQ(416, GET("/a.txt", "Range: bytes=36-\r\n"));
	EXPECT_STREQ("bytes */36", field_of(&response, "Content-Range"));
	/* If the file has changed meanwhile, the client needs all of it. */
	EXPECT_EQ(200, GET("/a.txt", "Range: bytes=0-0\r\nIf-Range: \"old\"\r\n"));
	EXPECT_STREQ(TEXT, response.body);
}

#define EIGHT "0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,"

#define PART(range, text) \
	"\r\n--%1$s\r\nContent-Type: text/plain; charset=utf-8\r\n" \
	"Content-Range: bytes " range "/36\r\n\r\n" text

TEST_F(httpd, several_ranges)
{
	static const char type[] = "multipart/byteranges; boundary=";
	char expected[1024], boundary[64], first[64] = "";
	int i;

	START(PATIENT);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(206, GET("/a.txt", "Range: bytes=0-2, 10-11,-1\r\n"));
		EXPECT_STREQ("", field_of(&response, "Content-Range"));
		ASSERT_EQ(0, strncmp(field_of(&response, "Content-Type"), type, strlen(type)));
		strcpy(boundary, field_of(&response, "Content-Type") + strlen(type));
		EXPECT_EQ(16, strlen(boundary));
		/* Each boundary is unpredictable. */
		EXPECT_STRNE(first, boundary);
		strcpy(first, boundary);
		snprintf(expected, sizeof(expected), PART("0-2", "012") PART("10-11", "ab")
			 PART("35-35", "z") "\r\n--%1$s--\r\n", boundary);
		EXPECT_STREQ(expected, response.body);
	}
	/*
	 * Ranges that cover more than the file, or more than sixteen, return the
	 * file.
	 */
	EXPECT_EQ(200, GET("/a.txt", "Range: bytes=0-,0-\r\n"));
	EXPECT_EQ(206, GET("/a.txt", "Range: bytes=" EIGHT EIGHT "\r\n"));
	EXPECT_EQ(200, GET("/a.txt", "Range: bytes=" EIGHT EIGHT "0-0\r\n"));
	EXPECT_STREQ(TEXT, response.body);
	/* A single satisfiable range is treated like the only range. */
	EXPECT_EQ(206, GET("/a.txt", "Range: bytes=0-0,50-\r\n"));
	EXPECT_STREQ("bytes 0-0/36", field_of(&response, "Content-Range"));
}

TEST_F(httpd, conditions)
{
	char tag[512], fields[600];

	START(PATIENT);
	EXPECT_EQ(200, GET("/a.txt"));
	snprintf(tag, sizeof(tag), "%s", field_of(&response, "ETag"));
	EXPECT_LT(2, strlen(tag));
	snprintf(fields, sizeof(fields), "If-None-Match: \"a\", %s\r\n", tag);
	EXPECT_EQ(304, get(&self->server, "/a.txt", fields, &response));
	EXPECT_EQ(0, response.extra);
	/* Another file with the same contents and date has another tag. */
	put(self, "www/copy.txt", TEXT);
	EXPECT_EQ(200, get(&self->server, "/copy.txt", fields, &response));
	EXPECT_EQ(304, GET("/a.txt", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	EXPECT_EQ(200, GET("/a.txt", "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n"));
	EXPECT_EQ(412, GET("/a.txt", "If-Match: \"a\"\r\n"));
	/* The current contents, not a cached copy. */
	put(self, "www/a.txt", TEXT TEXT);
	EXPECT_EQ(200, get(&self->server, "/a.txt", fields, &response));
	EXPECT_EQ(2 * strlen(TEXT), response.len);
}

TEST_F(httpd, refusals)
{
	char path[5000] = "/";

	START(PATIENT);
	EXPECT_EQ(404, GET("/nothing"));
	EXPECT_EQ(404, GET("/a.txt/"));
	EXPECT_EQ(404, GET("/a.txt/b"));
	EXPECT_EQ(400, GET("/%00"));
	EXPECT_EQ(400, GET("/%zz"));
	EXPECT_EQ(400, ASK("GET / HTTP/1.1\r\n\r\n"));
	EXPECT_EQ(400, ASK("GET / HTTP/1.1\nHost: a\n\n"));
	EXPECT_EQ(405, ASK("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
	EXPECT_STREQ("GET, HEAD", field_of(&response, "Allow"));
	EXPECT_EQ(413, GET("/", "Content-Length: 5\r\n"));
	EXPECT_EQ(505, ASK("GET / HTTP/2.0\r\nHost: a\r\n\r\n"));
	memset(path + 1, 'a', 4096);
	EXPECT_EQ(414, GET(path));
	/* Only the client's connections failed; the server still works. */
	EXPECT_EQ(200, GET("/"));
}

/* Anything outside of the directory is 404, whatever path leads there. */
TEST_F(httpd, no_way_out)
{
	static const char *const ways[] = {
		"/../secret", "/%2e%2e/secret", "/%2E./secret", "/..%2fsecret",
		"/%2e%2e%2fsecret", "/dir/../../secret", "/dir/%2e%2e/%2e%2e/secret",
		"/up/secret", "/link", "/absolute", "/up/", "/up/www/a.txt", "/..", "/../",
		"/dir/../../www/a.txt", "//etc/passwd", "/%2fetc/passwd",
		"http://a/../secret", "/..\\secret", "/..;/secret", "/..%c0%afsecret",
		"/%252e%252e/secret", "/proc/self/cwd", "/%2fproc%2fself%2fcwd",
	};
	char path[128];
	size_t i;

	START(PATIENT);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		EXPECT_EQ(404, get(&self->server, ways[i], "", &response))
			TH_LOG("%s", ways[i]);
		EXPECT_EQ(NULL, strstr(response.body, SECRET));
	}
	snprintf(path, sizeof(path), "/%s/secret", self->dir);
	EXPECT_EQ(404, GET(path));
	/* Positive check: dots and links within the directory work. */
	EXPECT_EQ(200, GET("/dir/../a.txt"));
	EXPECT_EQ(200, GET("/dir/%2e%2e/a.txt"));
	EXPECT_EQ(200, GET("/dir/inside"));
	EXPECT_STREQ(TEXT, response.body);
}

TEST_F(httpd, connections_are_kept)
{
	int fd, i;

	START(PATIENT);
	fd = connect_to(self->server.port);
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(send_text(fd, "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"));
		ASSERT_EQ(200, receive_response(fd, false, &response));
		EXPECT_STREQ("keep-alive", field_of(&response, "Connection"));
		EXPECT_STREQ(TEXT, response.body);
	}
	/*
	 * An error of the client ends the connection, because the start of the next
	 * request is unknown.
	 */
	ASSERT_TRUE(send_text(fd, "GET /a.txt HTTP/1.1\r\nHost : a\r\n\r\n"));
	EXPECT_EQ(400, receive_response(fd, false, &response));
	EXPECT_STREQ("close", field_of(&response, "Connection"));
	EXPECT_EQ(0, receive(fd, (char[1]) { 0 }, 1));
	close(fd);
}

#define PIPELINED 30

/* Pipelined requests are answered in order. */
TEST_F(httpd, pipelined_requests)
{
	static char text[RESPONSE_MAX];
	char requests[PIPELINED * 64] = "";
	size_t len = 0, pos = 0;
	ssize_t n;
	int fd, i;

	START(PATIENT);
	for (i = 0; i < PIPELINED; i++)
		strcat(requests, i % 3 == 0 ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" :
				 i % 3 == 1 ? "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n" :
					      "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
	strcat(requests, "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	fd = connect_to(self->server.port);
	ASSERT_TRUE(send_text(fd, requests));
	while ((n = receive(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	EXPECT_EQ(0, n);
	for (i = 0; i <= PIPELINED; i++) {
		const bool last = i == PIPELINED;

		ASSERT_TRUE(parse_response(&response, text + pos, len - pos, !last && i % 3 == 1,
					 false));
		EXPECT_EQ(!last && i % 3 == 2 ? 404 : 200, response.status);
		EXPECT_EQ(last ? 36 : i % 3 == 0 ? strlen(PAGE) : i % 3 == 1 ? 0 : 14,
			  response.len);
		EXPECT_EQ(0, memcmp(response.body, last ? TEXT : i % 3 ? "404 Not Found\n" : PAGE,
				    response.len));
		pos += response.used;
	}
	EXPECT_EQ(len, pos);
	close(fd);
}

TEST_F(httpd, heads_that_are_too_large)
{
	char fields[7000];
	int fd, i;

	START(PATIENT);
	memset(fields, 'a', sizeof(fields));
	memcpy(fields, "A: ", 3);
	strcpy(fields + sizeof(fields) - 3, "\r\n");
	EXPECT_EQ(200, get(&self->server, "/", fields, &response));
	for (i = 0, fields[0] = '\0'; i < 64; i++)
		strcat(fields, "A: b\r\n");
	EXPECT_EQ(431, get(&self->server, "/", fields, &response));
	EXPECT_STREQ("close", field_of(&response, "Connection"));
	/* A header that never ends. */
	fd = connect_to(self->server.port);
	ASSERT_TRUE(send_text(fd, "GET / HTTP/1.1\r\nA: "));
	for (i = 0; i < 2000; i++)
		if (!send_text(fd, "aaaaaaaaaaaaaaaa"))
			break;
	EXPECT_EQ(431, receive_response(fd, false, &response));
	close(fd);
	EXPECT_EQ(200, GET("/"));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* A client that sends half a request gets 408, and is disconnected. */
TEST_F(httpd, slow_clients)
{
	double start;
	int fd;

	START(IMPATIENT);
	fd = connect_to(self->server.port);
	start = now();
	ASSERT_TRUE(send_text(fd, "GET / HTTP/1.1\r\nHost: "));
	EXPECT_EQ(408, receive_response(fd, false, &response));
	EXPECT_LE(IMPATIENT * 0.9, now() - start);
	EXPECT_EQ(0, receive(fd, (char[1]) { 0 }, 1));
	close(fd);
	/* A client that sends nothing is disconnected without a response. */
	fd = connect_to(self->server.port);
	EXPECT_EQ(0, receive(fd, (char[1]) { 0 }, 1));
	close(fd);
	EXPECT_EQ(200, GET("/"));
}

/* Single bytes do not extend the time-out. */
TEST_F(httpd, clients_that_drip)
{
	struct pollfd pfd = { .events = POLLIN };
	int bytes;

	START(IMPATIENT);
	pfd.fd = connect_to(self->server.port);
	for (bytes = 0; bytes < 600 && send_text(pfd.fd, "G"); bytes++)
		if (poll(&pfd, 1, 100))
			break;
	EXPECT_GT(600, bytes);
	EXPECT_EQ(408, receive_response(pfd.fd, false, &response));
	close(pfd.fd);
}

#define PARALLEL 100

/* All requests start before the first is complete, and none waits for another. */
TEST_F(httpd, parallel_connections)
{
	int fds[PARALLEL], i;

	START(PATIENT);
	for (i = 0; i < PARALLEL; i++) {
		fds[i] = connect_to(self->server.port);
		ASSERT_LE(0, fds[i]);
		ASSERT_TRUE(send_text(fds[i], "GET /a.txt HTTP/1.1\r\nHost: a\r\n"));
	}
	EXPECT_EQ(200, GET("/"));
	for (i = PARALLEL - 1; i >= 0; i--)
		ASSERT_TRUE(send_text(fds[i], "Connection: close\r\n\r\n"));
	for (i = 0; i < PARALLEL; i++) {
		ASSERT_EQ(200, receive_response(fds[i], false, &response));
		EXPECT_STREQ(TEXT, response.body);
		close(fds[i]);
	}
	EXPECT_EQ(0, webserver_end(&self->server));
}

static unsigned char byte_at(size_t pos)
{
	return (unsigned char)(pos ^ pos >> 8 ^ pos >> 16);
}

static void put_big(FIXTURE_DATA(httpd) *self)
{
	static unsigned char bytes[BIG];
	char path[96];
	size_t i;
	int fd;

	for (i = 0; i < BIG; i++)
		bytes[i] = byte_at(i);
	snprintf(path, sizeof(path), "%s/big", self->www);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, BIG) != BIG)
		ksft_exit_fail_perror(path);
	close(fd);
}

/* Skips the header; returns the number of body bytes that were read with it. */
static size_t skip_head(int fd, char *buf, size_t size)
{
	size_t len = 0;
	char *end = NULL;

	while (!end && len < size) {
		const ssize_t n = receive(fd, buf + len, 1);

		if (n <= 0)
			return 0;
		len += (size_t)n;
		end = memmem(buf, len, "\r\n\r\n", 4);
	}
	return len;
}

/* One client reads in small and large pieces, another disconnects early. */
TEST_F(httpd, big_files)
{
	static unsigned char buf[300000];
	size_t pos = 0, size = 1;
	int fd, other;
	ssize_t n;

	put_big(self);
	START(PATIENT);
	fd = connect_to(self->server.port);
	other = connect_to(self->server.port);
	ASSERT_TRUE(send_text(fd, "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	ASSERT_TRUE(send_text(other, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
	ASSERT_LT(0, skip_head(other, (char *)buf, sizeof(buf)));
	ASSERT_EQ(1000, receive(other, buf, 1000));
	ASSERT_LT(0, skip_head(fd, (char *)buf, sizeof(buf)));
	/*
	 * Two connections wait for their clients, and there are two threads: the
	 * server still answers.
	 */
	EXPECT_EQ(200, GET("/"));
	close(other);
	while ((n = receive(fd, buf, size)) > 0) {
		ssize_t i;

		for (i = 0; i < n && buf[i] == byte_at(pos + (size_t)i); i++)
			;
		ASSERT_EQ(n, i);
		pos += (size_t)n;
		size = size * 3 + 1 < sizeof(buf) ? size * 3 + 1 : 1;
	}
	EXPECT_EQ(0, n);
	EXPECT_EQ(BIG, pos);
	close(fd);
	EXPECT_EQ(206, GET("/big", "Range: bytes=8388607-\r\n"));
	EXPECT_EQ(byte_at(BIG - 1), (unsigned char)response.body[0]);
}

TEST_HARNESS_MAIN
