// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Directory listings, start and end of the web server
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "httpclient.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#define PATIENT 120

static struct response response;

FIXTURE(httpdir)
{
	struct webserver server;
	char dir[64];
	/* Descriptor of the directory. */
	int fd;
};

FIXTURE_SETUP(httpdir)
{
	*self = (FIXTURE_DATA(httpdir)) { .dir = "/tmp/httpdir.XXXXXX" };
	ASSERT_NE(NULL, mkdtemp(self->dir));
	self->fd = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, mkdirat(self->fd, "dir", 0755));
}

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	return remove(path);
}

FIXTURE_TEARDOWN(httpdir)
{
	webserver_stop(&self->server);
	close(self->fd);
	nftw(self->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(FIXTURE_DATA(httpdir) *self, const char *name)
{
	const int fd = openat(self->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		ksft_exit_fail_perror(name);
	close(fd);
}

#define START() ASSERT_TRUE(webserver_start(&self->server, self->dir, PATIENT))
#define GET(path) get(&self->server, path, "", &response)

/* The next link of a page, without its leading "./"; NULL if there is none. */
static const char *next_reference(const char **page)
{
	static char name[512];
	const char *const start = strstr(*page, "href=\"./");

	if (!start)
		return NULL;
	*page = start + 8;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(*page, "\""), *page);
	return name;
}

#define EXPECT_NEXT(name) EXPECT_STREQ(name, next_reference(&page) ?: "none")

TEST_F(httpdir, listings_are_sorted)
{
	static const char *const names[] = {
		"dir/b", "dir/a", "dir/Z", "dir/ab", "dir/a b", "dir/<&>", "dir/.hidden",
		"dir/c:d",
	};
	const char *page;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		put(self, names[i]);
	ASSERT_EQ(0, mkdirat(self->fd, "dir/aa", 0755));
	ASSERT_EQ(0, symlinkat("aa", self->fd, "dir/link"));
	/* Links that lead nowhere; the second leads out of the directory. */
	ASSERT_EQ(0, symlinkat("nothing", self->fd, "dir/broken"));
	ASSERT_EQ(0, symlinkat("/tmp", self->fd, "dir/out"));
	START();
	EXPECT_EQ(200, GET("/dir/"));
	EXPECT_STREQ("chunked", field_of(&response, "Transfer-Encoding"));
	page = response.body;
	EXPECT_NEXT("%3c%26%3e");
	EXPECT_NEXT("Z");
	EXPECT_NEXT("a");
	EXPECT_NEXT("a%20b");
	EXPECT_NEXT("aa/");
	EXPECT_NEXT("ab");
	EXPECT_NEXT("b");
	EXPECT_NEXT("c%3ad");
	EXPECT_NEXT("link/");
	EXPECT_EQ(NULL, next_reference(&page));
	EXPECT_NE(NULL, strstr(response.body, ">&lt;&amp;&gt;</a>"));
	EXPECT_EQ(NULL, strstr(response.body, "<&"));
	EXPECT_NE(NULL, strstr(response.body, "</html>"));
}

/* Creates the files in no particular order. */
static void put_many(FIXTURE_DATA(httpdir) *self, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "dir/%06u", i * 7919 % n);
		put(self, name);
	}
}

/* More entries than a buffer of the page, and than one sorting pass. */
TEST_F(httpdir, long_listings_are_sorted)
{
	const char *page, *name;
	unsigned int n = 0;
	char expected[16];

	put_many(self, 1000);
	START();
	EXPECT_EQ(200, GET("/dir/"));
	for (page = response.body; (name = next_reference(&page)); n++) {
		snprintf(expected, sizeof(expected), "%06u", n);
		ASSERT_STREQ(expected, name);
	}
	EXPECT_EQ(1000, n);
}

/* With more entries than the server sorts, each is listed once. */
TEST_F(httpdir, very_long_listings)
{
	static bool seen[5000];
	const char *page, *name;
	unsigned int n = 0;

	put_many(self, 5000);
	START();
	EXPECT_EQ(200, GET("/dir/"));
	for (page = response.body; (name = next_reference(&page)); n++) {
		const unsigned int number = (unsigned int)atoi(name);

		ASSERT_GT(5000, number);
		ASSERT_FALSE(seen[number]);
		seen[number] = true;
	}
	EXPECT_EQ(5000, n);
	EXPECT_NE(NULL, strstr(response.body, "</html>"));
}

TEST_F(httpdir, listings_for_old_clients)
{
	START();
	put(self, "dir/a");
	EXPECT_EQ(200, ask(&self->server, "GET /dir/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
			   &response));
	EXPECT_STREQ("", field_of(&response, "Transfer-Encoding"));
	EXPECT_STREQ("close", field_of(&response, "Connection"));
	EXPECT_NE(NULL, strstr(response.body, "</html>\n"));
	EXPECT_EQ(200, ask(&self->server, "HEAD /dir/ HTTP/1.1\r\nHost: a\r\n\r\n", &response));
	EXPECT_EQ(0, response.extra);
}

TEST_F(httpdir, directories)
{
	START();
	EXPECT_EQ(301, GET("/dir"));
	EXPECT_STREQ("/dir/", field_of(&response, "Location"));
	ASSERT_EQ(0, mkdirat(self->fd, "a b", 0755));
	EXPECT_EQ(301, GET("/a%20b?c"));
	EXPECT_STREQ("/a%20b/", field_of(&response, "Location"));
	EXPECT_EQ(200, GET("/"));
	EXPECT_NE(NULL, strstr(response.body, "href=\"./dir/\""));
	/* The directory now has an index page. */
	put(self, "index.html");
	EXPECT_EQ(200, GET("/"));
	EXPECT_EQ(0, response.len);
}

/* Neither files nor directories: the server must not wait for a writer of a FIFO. */
TEST_F(httpdir, other_files)
{
	ASSERT_EQ(0, mkfifoat(self->fd, "fifo", 0644));
	START();
	EXPECT_EQ(403, GET("/fifo"));
	EXPECT_EQ(200, GET("/dir/"));
}

/* Current requests are completed, and no new request starts. */
TEST_F(httpdir, ends_with_what_has_begun)
{
	int idle, asking;

	START();
	idle = connect_to(self->server.port);
	asking = connect_to(self->server.port);
	/*
	 * The first bytes of a second request follow the first, so the server has
	 * read both.
	 */
	ASSERT_TRUE(send_text(asking, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /dir/ HTTP/1.1\r\n"));
	ASSERT_EQ(200, receive_response(asking, true, &response));
	kill(self->server.accept, SIGTERM);
	EXPECT_EQ(0, receive(idle, (char[1]) { 0 }, 1));
	EXPECT_EQ(-1, connect_to(self->server.port));
	ASSERT_TRUE(send_text(asking, "Host: a\r\n\r\n"));
	EXPECT_EQ(200, receive_response(asking, false, &response));
	EXPECT_STREQ("close", field_of(&response, "Connection"));
	close(idle);
	close(asking);
	EXPECT_EQ(0, webserver_end(&self->server));
}

/* Runs a server that lacks a descriptor; returns its exit status and its messages. */
static int launch(struct launch *launch, int log, char *said, size_t size)
{
	const pid_t pid = launch_end(launch, "httpd.cloudabi");
	ssize_t len;
	int status;

	status = status_of(pid);
	len = read(log, said, size - 1);
	said[len > 0 ? len : 0] = '\0';
	return status;
}

#define LAUNCH() launch(&start, log[0], said, sizeof(said))

TEST_F(httpdir, wrong_settings)
{
	struct launch start;
	char said[256];
	int log[2], stream[2];

	ASSERT_EQ(0, pipe2(log, O_CLOEXEC | O_NONBLOCK));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream));
	launch_begin(&start);
	launch_fd(&start, "root", self->fd);
	launch_fd(&start, "log", log[1]);
	EXPECT_EQ(2, LAUNCH());
	EXPECT_STREQ("httpd: connections: is missing\n", said);

	launch_begin(&start);
	launch_str(&start, "root", self->dir);
	launch_fd(&start, "log", log[1]);
	EXPECT_EQ(2, LAUNCH());
	EXPECT_STREQ("httpd: root: must be a descriptor\n", said);

	/* Without a log, it cannot report the error. */
	cloudabi_argdata_write(&start.writer, start.data, sizeof(start.data) - 1, start.fds,
			       MOST_FDS);
	cloudabi_argdata_put_fd(&start.writer, (cloudabi_fd_t)log[1]);
	EXPECT_EQ(2, LAUNCH());
	EXPECT_STREQ("", said);

	/* No directory. */
	launch_begin(&start);
	launch_fd(&start, "root", stream[0]);
	launch_fd(&start, "connections", stream[1]);
	launch_fd(&start, "log", log[1]);
	EXPECT_EQ(1, LAUNCH());
	EXPECT_EQ(0, strncmp(said, "httpd: root: ", 13));

	/* A descriptor that cannot deliver connections. */
	launch_begin(&start);
	launch_fd(&start, "root", self->fd);
	launch_fd(&start, "connections", log[1]);
	launch_fd(&start, "log", log[1]);
	EXPECT_EQ(1, LAUNCH());
	EXPECT_EQ(0, strncmp(said, "httpd: connections: ", 20));
	close(log[0]);
	close(log[1]);
	close(stream[0]);
	close(stream[1]);
}

/* Started by a shell: the directory is 3, and connections arrive at 4. */
TEST_F(httpdir, without_a_launcher)
{
	char path[PATH_MAX], line[128] = "";
	const char *colon;
	int errors[2];

	strcpy(path, program_path("httpd.cloudabi"));
	ASSERT_EQ(0, pipe2(errors, O_CLOEXEC));
	self->server.accept = fork();
	if (!self->server.accept) {
		const char *const accept = program_path("cloudabi-accept");

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(errors[1], 2);
		dup2(fcntl(self->fd, F_DUPFD, 10), 3);
		execl(accept, accept, "127.0.0.1:0", path, NULL);
		_exit(99);
	}
	close(errors[1]);
	ASSERT_LT(0, read(errors[0], line, sizeof(line) - 1));
	colon = strrchr(line, ':');
	ASSERT_NE(NULL, colon);
	self->server.port = (unsigned int)atoi(colon + 1);
	EXPECT_EQ(200, GET("/dir/"));
	EXPECT_STREQ("", field_of(&response, "Server"));
	kill(self->server.accept, SIGTERM);
	EXPECT_EQ(0, status_of(self->server.accept));
	self->server.accept = 0;
	close(errors[0]);
}

TEST_HARNESS_MAIN
