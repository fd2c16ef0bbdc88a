// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - cloudabi-accept
 *
 * A Linux program or the test itself receives the connections. The test needs no
 * CloudABI personality.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "connection.h"
#include "tool.h"

/* The machine may be emulated and busy. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#define MOST_ARGS 8

/* Path of the program under test. */
static char program[PATH_MAX];

FIXTURE(accept)
{
	/* Our end of the stream that the program sends connections to. */
	int stream;
	/* Read end of the program's standard error. */
	int errors;
	pid_t pid;
};

FIXTURE_SETUP(accept)
{
	ASSERT_TRUE(tool_path(program, sizeof(program), "cloudabi-accept"));
	self->stream = -1;
	self->errors = -1;
	self->pid = 0;
}

FIXTURE_TEARDOWN(accept)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	close(self->stream);
	close(self->errors);
}

/* Runs the program with these arguments; RUN appends NULL. */
#define RUN(...) run(self, (char *[MOST_ARGS]){ program, __VA_ARGS__ })

static void run(FIXTURE_DATA(accept) *self, char **argv)
{
	int stream[2], errors[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) ||
	    pipe2(errors, O_CLOEXEC))
		exit(KSFT_FAIL);
	self->pid = fork();
	if (!self->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(stream[1], 0);
		dup2(errors[1], 2);
		/* The tool does not inherit the descriptors of the test runner. */
		close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
		execv(argv[0], argv);
		_exit(99);
	}
	close(stream[1]);
	close(errors[1]);
	self->stream = stream[0];
	self->errors = errors[0];
}

static int wait_status(FIXTURE_DATA(accept) *self)
{
	const pid_t pid = self->pid;

	self->pid = 0;
	return exit_status(pid);
}

static int status_of(FIXTURE_DATA(accept) *self, char **argv)
{
	int status;

	run(self, argv);
	status = wait_status(self);
	close(self->stream);
	close(self->errors);
	self->stream = -1;
	self->errors = -1;
	return status;
}

#define STATUS(...) status_of(self, (char *[MOST_ARGS]){ program, __VA_ARGS__ })

/* Returns the port that the program reports, or 0. */
static unsigned int port_of(FIXTURE_DATA(accept) *self)
{
	char line[128] = "";
	const ssize_t len = read(self->errors, line, sizeof(line) - 1);
	const char *const colon = len > 0 ? strrchr(line, ':') : NULL;

	return colon ? (unsigned int)atoi(colon + 1) : 0;
}

static int connect_to(unsigned int port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* Returns the descriptor in the next message, -1 if it has none, or -2 at the end. */
static int receive(int stream, int flags)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(stream, &msg, flags | MSG_CMSG_CLOEXEC) != 1)
		return -2;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

TEST_F(accept, wrong_arguments)
{
	EXPECT_EQ(2, STATUS(NULL));
	EXPECT_EQ(2, STATUS("-x", "127.0.0.1:0"));
	EXPECT_EQ(2, STATUS("-f", "-1", "127.0.0.1:0"));
	EXPECT_EQ(2, STATUS("-f", "4x", "127.0.0.1:0"));
	EXPECT_EQ(2, STATUS("127.0.0.1"));
	EXPECT_EQ(2, STATUS("127.0.0.1:"));
	EXPECT_EQ(2, STATUS("127.0.0.1:65536"));
	EXPECT_EQ(2, STATUS("127.0.0.1:http"));
	EXPECT_EQ(2, STATUS(":80"));
	EXPECT_EQ(2, STATUS("localhost:0"));
	EXPECT_EQ(2, STATUS("::1:0"));
	EXPECT_EQ(2, STATUS("-4", "[::1]:0"));
	EXPECT_EQ(2, STATUS("-6", "127.0.0.1:0"));
}

TEST_F(accept, no_stream)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const pid_t pid = fork();
	int status;

	if (!pid) {
		dup2(null, 0);
		dup2(null, 2);
		execl(program, program, "127.0.0.1:0", NULL);
		_exit(99);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(2, WEXITSTATUS(status));
	close(null);
}

TEST_F(accept, address_in_use)
{
	FIXTURE_DATA(accept) second = { .pid = 0 };
	char address[32];

	RUN("127.0.0.1:0");
	snprintf(address, sizeof(address), "127.0.0.1:%u", port_of(self));
	EXPECT_EQ(1, status_of(&second, (char *[MOST_ARGS]){ program, address }));
}

TEST_F(accept, connections_are_handed_on)
{
	unsigned int port, i;

	RUN("127.0.0.1:0");
	port = port_of(self);
	ASSERT_NE(0, port);
	for (i = 0; i < 100; i++) {
		const int client = connect_to(port);
		const int fd = receive(self->stream, 0);

		ASSERT_LE(0, client);
		ASSERT_LE(0, fd);
		check_connection(_metadata, client, fd);
	}
}

/* A program that does not receive gets a few connections now and the rest later. */
TEST_F(accept, slow_program)
{
	int clients[100], taken, fd, status;
	unsigned int port, i;

	RUN("127.0.0.1:0");
	port = port_of(self);
	for (i = 0; i < 100; i++) {
		clients[i] = connect_to(port);
		ASSERT_LE(0, clients[i]);
	}
	close(receive(self->stream, 0));
	usleep(200000);
	/* Stopped, the tool cannot refill the stream meanwhile. */
	kill(self->pid, SIGSTOP);
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	for (taken = 1; (fd = receive(self->stream, MSG_DONTWAIT)) >= 0; taken++)
		close(fd);
	EXPECT_GT(50, taken);
	kill(self->pid, SIGCONT);
	for (; taken < 100; taken++) {
		fd = receive(self->stream, 0);
		ASSERT_LE(0, fd);
		close(fd);
	}
	EXPECT_EQ(-2, receive(self->stream, MSG_DONTWAIT));
	for (i = 0; i < 100; i++)
		close(clients[i]);
}

TEST_F(accept, ends_with_the_stream)
{
	unsigned int port;

	RUN("127.0.0.1:0");
	port = port_of(self);
	close(self->stream);
	self->stream = -1;
	EXPECT_EQ(0, wait_status(self));
	EXPECT_EQ(-1, connect_to(port));
}

TEST_F(accept, ends_on_request)
{
	RUN("127.0.0.1:0");
	ASSERT_NE(0, port_of(self));
	kill(self->pid, SIGTERM);
	EXPECT_EQ(0, wait_status(self));
	EXPECT_EQ(-2, receive(self->stream, 0));
}

/* A shell runs the commands, then replaces itself with the tool ($0). */
#define AFTER(commands) { "/bin/sh", "-c", commands, program, NULL }

TEST_F(accept, ignored_signals_end_nothing)
{
	unsigned int port;
	int client, fd;

	run(self, (char *[MOST_ARGS])AFTER("trap '' TERM INT; exec $0 127.0.0.1:0"));
	port = port_of(self);
	ASSERT_NE(0, port);
	kill(self->pid, SIGTERM);
	kill(self->pid, SIGINT);
	/* The tool may see the first connection before the signals. */
	for (int i = 0; i < 3; i++) {
		client = connect_to(port);
		EXPECT_LE(0, client);
		fd = receive(self->stream, 0);
		EXPECT_LE(0, fd);
		close(fd);
		close(client);
	}
	close(self->stream);
	self->stream = -1;
	EXPECT_EQ(0, wait_status(self));
}

TEST_F(accept, status_of_the_program)
{
	EXPECT_EQ(0, STATUS("127.0.0.1:0", "/bin/sh", "-c", "exit 0"));
	EXPECT_EQ(7, STATUS("127.0.0.1:0", "/bin/sh", "-c", "exit 7"));
	EXPECT_EQ(128 + SIGKILL, STATUS("127.0.0.1:0", "/bin/sh", "-c", "kill -9 $$"));
	EXPECT_EQ(127, STATUS("127.0.0.1:0", "/nothing"));
	EXPECT_EQ(126, STATUS("127.0.0.1:0", "/"));
}

/* Neither a socket nor the stream reuses the number of a closed standard descriptor. */
TEST_F(accept, closed_descriptors_stay_closed)
{
	char *const two[] = AFTER("exec $0 127.0.0.1:0 /bin/sh -c 'exit 7' >&- 2>&-");
	char *const seen[] = AFTER("exec $0 127.0.0.1:0 /bin/sh -c '[ ! -e /proc/$$/fd/2 ]' 2>&-");
	char *const none[] = AFTER("exec $0 127.0.0.1:0 <&-");

	EXPECT_EQ(7, status_of(self, (char **)two));
	EXPECT_EQ(0, status_of(self, (char **)seen));
	/* No stream at descriptor 0. */
	EXPECT_EQ(2, status_of(self, (char **)none));
}

/* The program gets the stream at its number, and no other descriptor of the tool. */
TEST_F(accept, descriptors_of_the_program)
{
	EXPECT_EQ(0, STATUS("127.0.0.1:0", "/bin/sh", "-c",
			    "cd /proc/$$/fd; [ -S 4 ] && [ ! -e 3 ] && [ ! -e 5 ]"));
	EXPECT_EQ(0, STATUS("-f", "9", "127.0.0.1:0", "/bin/sh", "-c",
			    "cd /proc/$$/fd; [ -S 9 ] && [ ! -e 4 ]"));
}

/* Waits for a word on standard error. */
static bool says(FIXTURE_DATA(accept) *self, const char *word)
{
	char text[256] = "";
	size_t len = 0;
	ssize_t part;

	while (!strstr(text, word)) {
		part = read(self->errors, text + len, sizeof(text) - 1 - len);
		if (part <= 0)
			return false;
		len += (size_t)part;
		text[len] = '\0';
	}
	return true;
}

/* The first SIGTERM ends the stream; the program decides how to react. */
TEST_F(accept, second_request_goes_to_the_program)
{
	RUN("127.0.0.1:0", "/bin/sh", "-c",
	    "trap 'exit 5' TERM; echo ready >&2; read -r x <&4; echo over >&2; "
	    "while :; do sleep 0.01; done");
	ASSERT_TRUE(says(self, "ready"));
	kill(self->pid, SIGTERM);
	ASSERT_TRUE(says(self, "over"));
	usleep(200000);
	EXPECT_EQ(0, waitpid(self->pid, NULL, WNOHANG));
	kill(self->pid, SIGTERM);
	EXPECT_EQ(5, wait_status(self));
}

TEST_HARNESS_MAIN
