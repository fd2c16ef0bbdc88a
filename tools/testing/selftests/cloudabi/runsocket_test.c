// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Programs that cloudabi-run gives sockets to
 *
 * A web server gets connections; small programs get the sockets themselves.
 */

#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../kselftest_harness.h"
#include "tool.h"

/* Longer than any successful wait. */
#define PATIENCE_MS 60000
/* The first of the sockets that a service manager gives. */
#define FIRST_FD 3

FIXTURE(sockets) {
	char tool[256];
	char httpd[256];
	char dir[32];
	char path[64];
	char config[64];
	char program[64];
	char file[64];
	/* The socket that the tool is given by LISTEN_FDS, or -1. */
	int given;
};

static void write_file(const char *path, mode_t mode, const void *data, size_t len)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

FIXTURE_SETUP(sockets)
{
	ASSERT_TRUE(tool_path(self->tool, sizeof(self->tool), "cloudabi-run"));
	ASSERT_TRUE(tool_path(self->httpd, sizeof(self->httpd), "httpd.cloudabi"));
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/socket", self->dir);
	snprintf(self->config, sizeof(self->config), "%s/config", self->dir);
	snprintf(self->program, sizeof(self->program), "%s/program", self->dir);
	snprintf(self->file, sizeof(self->file), "%s/file", self->dir);
	write_file(self->file, 0644, "in here\n", 8);
	self->given = -1;
	/* Orphans of the tool become children of this process, so that it can wait for them. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
}

FIXTURE_TEARDOWN(sockets)
{
	unlink(self->file);
	unlink(self->config);
	unlink(self->program);
	/* The socket has been removed by the process that made it. */
	EXPECT_EQ(0, rmdir(self->dir));
	/* No process is left. */
	EXPECT_EQ(-1, waitpid(-1, NULL, 0));
	EXPECT_EQ(ECHILD, errno);
}

static void __attribute__((__format__(__printf__, 2, 3)))
write_config(FIXTURE_DATA(sockets) *self, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	write_file(self->config, 0644, text, strlen(text));
}

static pid_t start_tool(FIXTURE_DATA(sockets) *self, const char *option, char *program)
{
	char *const argv[] = { self->tool, (char *)option, "-c", self->config, program, NULL };
	const pid_t pid = fork();
	char number[16];

	if (pid)
		return pid;
	if (self->given >= 0) {
		/* dup2() to the same number keeps close-on-exec set. */
		dup2(self->given, FIRST_FD);
		fcntl(FIRST_FD, F_SETFD, 0);
		snprintf(number, sizeof(number), "%d", getpid());
		setenv("LISTEN_PID", number, 1);
		setenv("LISTEN_FDS", "1", 1);
		setenv("LISTEN_FDNAMES", "http", 1);
	}
	close_range(FIRST_FD + (self->given >= 0), ~0U, 0);
	execv(self->tool, argv);
	_exit(255);
}

static pid_t start_code(FIXTURE_DATA(sockets) *self, const char *code, size_t len)
{
	struct image image;

	image_init(&image, code, len);
	write_file(self->program, 0755, image.bytes, image.size);
	return start_tool(self, "-w", self->program);
}

#define START(code) start_code(self, code, code##_end - code)

static int connect_to(FIXTURE_DATA(sockets) *self)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int tries;

	strcpy(address.sun_path, self->path);
	for (tries = 0; tries < PATIENCE_MS / 10; tries++) {
		if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
			return fd;
		usleep(10000);
	}
	close(fd);
	return -1;
}

static int listen_at(FIXTURE_DATA(sockets) *self, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, self->path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -1;
	if (type != SOCK_DGRAM && listen(fd, 8))
		return -1;
	return fd;
}

/* Returns the web server's answer to a request for the file; "" if there is none. */
static const char *answer(FIXTURE_DATA(sockets) *self)
{
	static const char request[] = "GET /file HTTP/1.0\r\nHost: a\r\n\r\n";
	static char text[4096];
	const int fd = connect_to(self);
	size_t len = 0;
	ssize_t part;

	text[0] = '\0';
	if (write(fd, request, sizeof(request) - 1) < 0)
		return text;
	while (poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, PATIENCE_MS) == 1) {
		part = read(fd, text + len, sizeof(text) - 1 - len);
		if (part <= 0)
			break;
		len += (size_t)part;
	}
	close(fd);
	text[len] = '\0';
	return text;
}

#define EXPECT_SERVED() do {                                                              \
	const char *const text = answer(self);                                            \
	EXPECT_EQ(0, strncmp(text, "HTTP/1.1 200 ", 13)) TH_LOG("%s", text);              \
	EXPECT_NE(NULL, strstr(text, "\r\n\r\nin here\n"));                               \
} while (0)

/* Returns the first or the last child of a process, or 0. */
static pid_t child_of(pid_t pid, bool last)
{
	char path[64], text[256] = "", *end;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	/* "71 72 " */
	text[len - 1] = '\0';
	end = last ? strrchr(text, ' ') : NULL;
	return atoi(end ?: text);
}

/* The web server listens at the path. */
static void configure_httpd(FIXTURE_DATA(sockets) *self)
{
	write_config(self, "{root: !directory %s, connections: !socket {listen: %s}}", self->dir,
		     self->path);
}

/* The helper has lost its parent and ends with the stream. */
static void expect_helper_ends(struct __test_metadata *_metadata)
{
	EXPECT_EQ(0, exit_status(-1));
}

TEST_F(sockets, connections_of_a_path)
{
	pid_t pid;

	configure_httpd(self);
	pid = start_tool(self, "-w", self->httpd);
	EXPECT_SERVED();
	EXPECT_SERVED();
	kill(pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, exit_status(pid));
	EXPECT_EQ(-1, access(self->path, F_OK));
	expect_helper_ends(_metadata);
}

/* The remaining process that waits removes the path. */
TEST_F(sockets, connections_of_a_program_that_is_detached)
{
	pid_t pid;

	configure_httpd(self);
	EXPECT_EQ(0, exit_status(start_tool(self, "-d", self->httpd)));
	EXPECT_EQ(0, access(self->path, F_OK));
	EXPECT_SERVED();
	pid = child_of(getpid(), false);
	ASSERT_NE(0, pid);
	kill(pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, exit_status(pid));
	EXPECT_EQ(-1, access(self->path, F_OK));
	expect_helper_ends(_metadata);
}

TEST_F(sockets, connections_of_a_service_manager)
{
	pid_t pid;

	self->given = listen_at(self, SOCK_STREAM);
	ASSERT_LE(0, self->given);
	write_config(self, "{root: !directory %s, connections: !socket {activation: http}}",
		     self->dir);
	pid = start_tool(self, "-w", self->httpd);
	EXPECT_SERVED();
	EXPECT_SERVED();
	kill(pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, exit_status(pid));
	/* This socket belongs to the service manager. */
	EXPECT_EQ(0, unlink(self->path));
	expect_helper_ends(_metadata);
}

/* The server exits by itself when no more connections can come. */
TEST_F(sockets, helper_that_is_killed)
{
	pid_t pid;

	configure_httpd(self);
	pid = start_tool(self, "-w", self->httpd);
	EXPECT_SERVED();
	/* The helper was forked after the program. */
	kill(child_of(pid, true), SIGTERM);
	EXPECT_EQ(0, exit_status(pid));
	EXPECT_EQ(KILLED_BY(SIGTERM), exit_status(-1));
}

/* Ends with the byte that a call transferred, or with 200. */
#define EXIT_WITH_BYTE "jc 1f\nmovzbl -32(%rsp), %edi\n" EXIT "1:\n" EXIT_WITH(200)

CODE(writes, "movq $0x78, -32(%rsp)\n" WRITE_BYTE(0) EXIT_WITH_BYTE);
CODE(reads, READ_BYTE(0) EXIT_WITH_BYTE);

TEST_F(sockets, connected)
{
	const int listener = listen_at(self, SOCK_STREAM);
	pid_t pid;
	char c = 0;
	int fd;

	write_config(self, "!socket {connect: %s}", self->path);
	pid = START(writes);
	ASSERT_EQ(1, poll(&(struct pollfd){ listener, POLLIN, 0 }, 1, PATIENCE_MS));
	fd = accept(listener, NULL, NULL);
	EXPECT_EQ(1, read(fd, &c, 1));
	EXPECT_EQ('x', c);
	EXPECT_EQ('x', exit_status(pid));
	unlink(self->path);
}

TEST_F(sockets, connected_for_datagrams)
{
	const int bound = listen_at(self, SOCK_DGRAM);
	char buf[2];

	write_config(self, "!socket {connect: %s, type: datagram}", self->path);
	EXPECT_EQ('x', exit_status(START(writes)));
	EXPECT_EQ(1, recv(bound, buf, sizeof(buf), MSG_DONTWAIT));
	unlink(self->path);
}

/* The program has the listening socket itself. */
TEST_F(sockets, bound)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t pid;
	int tries;

	strcpy(address.sun_path, self->path);
	write_config(self, "!socket {listen: %s, type: datagram}", self->path);
	pid = START(reads);
	for (tries = 0; tries < PATIENCE_MS / 10; tries++) {
		if (sendto(fd, "y", 1, 0, (const struct sockaddr *)&address,
			   sizeof(address)) == 1)
			break;
		usleep(10000);
	}
	EXPECT_EQ('y', exit_status(pid));
	EXPECT_EQ(-1, access(self->path, F_OK));
}

/* A socket in vain is an error, and nothing is started. */
TEST_F(sockets, nobody_there)
{
	write_config(self, "!socket {connect: %s}", self->path);
	EXPECT_EQ(125, exit_status(START(writes)));
	write_config(self, "!socket {activation: http}");
	EXPECT_EQ(125, exit_status(START(writes)));
}

TEST_HARNESS_MAIN
