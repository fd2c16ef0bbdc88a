// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Hand-over of connections
 *
 * Runs the helper of cloudabi-run in a process forked the same way. The test needs
 * no CloudABI personality. accept_test tests the same functions in the tool.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "../kselftest_harness.h"

#include "../../../cloudabi/address.c"
#include "../../../cloudabi/handover.c"
#include "connection.h"
#include "runfail.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

static int listen_at(const char *text, int type)
{
	struct address address;

	if (address_parse(&address, text))
		return -1;
	return address_listen(&address, type);
}

static int connect_to(int listener)
{
	struct address address;

	if (!address_of(&address, listener))
		return -1;
	return address_connect(&address, option(listener, SOL_SOCKET, SO_TYPE));
}

FIXTURE(handover)
{
	int listener;
	/* The other end of the stream that the helper sends to. */
	int stream;
	/* Read end of a pipe that the helper must close. */
	int others;
	pid_t pid;
};

/* Forked as cloudabi-run does: with all descriptors and signal handlers. */
static void on_signal(int sig)
{
	(void)sig;
}

static void start_helper(FIXTURE_DATA(handover) *self, const char *address, int type)
{
	int ends[2], others[2];

	self->listener = listen_at(address, type);
	/* The listening socket may be in blocking mode. */
	fcntl(self->listener, F_SETFL, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
	    pipe2(others, O_CLOEXEC))
		exit(KSFT_FAIL);
	signal(SIGTERM, on_signal);
	self->pid = fork();
	if (!self->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(others[1], 0);
		dup2(others[1], 1);
		dup2(others[1], 200);
		handover(self->listener, ends[1]);
	}
	close(ends[1]);
	close(others[1]);
	self->stream = ends[0];
	self->others = others[0];
}

FIXTURE_SETUP(handover)
{
	self->pid = 0;
}

FIXTURE_TEARDOWN(handover)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
}

static int wait_status(FIXTURE_DATA(handover) *self)
{
	int status = -1;

	waitpid(self->pid, &status, 0);
	self->pid = 0;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Returns the descriptor of the next message, which is a single byte; or -1. */
static int receive(int stream)
{
	char control[CMSG_SPACE(2 * sizeof(int))], bytes[2];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (poll(&(struct pollfd){ stream, POLLIN, 0 }, 1, PATIENCE_MS) != 1 ||
	    recvmsg(stream, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS || cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static void check_connections(struct __test_metadata *_metadata, FIXTURE_DATA(handover) *self)
{
	for (int i = 0; i < 20; i++) {
		const int client = connect_to(self->listener);
		const int fd = receive(self->stream);

		ASSERT_LE(0, fd);
		EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
		check_connection(_metadata, client, fd);
	}
}

TEST_F(handover, tcp)
{
	int client, fd;

	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	check_connections(_metadata, self);
	client = connect_to(self->listener);
	fd = receive(self->stream);
	EXPECT_LE(0, client);
	EXPECT_EQ(1, option(fd, IPPROTO_TCP, TCP_NODELAY));
	/*
	 * Otherwise the helper could block in accept() and miss the end of the
	 * program.
	 */
	EXPECT_EQ(O_NONBLOCK, fcntl(self->listener, F_GETFL) & O_NONBLOCK);
}

TEST_F(handover, local)
{
	char name[40];

	snprintf(name, sizeof(name), "@cloudabi-handover-%d", getpid());
	start_helper(self, name, SOCK_STREAM);
	check_connections(_metadata, self);
}

TEST_F(handover, seqpacket)
{
	char name[40];

	snprintf(name, sizeof(name), "@cloudabi-handover-%d", getpid());
	start_helper(self, name, SOCK_SEQPACKET);
	check_connections(_metadata, self);
}

/* A client that disconnects before accept(), then another client. */
TEST_F(handover, client_that_is_gone)
{
	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	kill(self->pid, SIGSTOP);
	close(connect_to(self->listener));
	kill(self->pid, SIGCONT);
	close(receive(self->stream));
	check_connections(_metadata, self);
}

TEST_F(handover, ends_with_the_stream)
{
	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	close(self->stream);
	EXPECT_EQ(0, wait_status(self));
}

/* While a connection waits for space in the stream. */
TEST_F(handover, ends_with_a_full_stream)
{
	int i;

	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	for (i = 0; i < 100; i++)
		EXPECT_LE(0, connect_to(self->listener));
	usleep(100000);
	close(self->stream);
	EXPECT_EQ(0, wait_status(self));
}

/* As if it had just been started. */
TEST_F(handover, ends_on_request)
{
	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	check_connections(_metadata, self);
	kill(self->pid, SIGTERM);
	EXPECT_EQ(1000 + SIGTERM, wait_status(self));
	EXPECT_EQ(-1, receive(self->stream));
}

TEST_F(handover, keeps_nothing_else)
{
	char c;

	start_helper(self, "127.0.0.1:0", SOCK_STREAM);
	check_connections(_metadata, self);
	ASSERT_EQ(1, poll(&(struct pollfd){ self->others, POLLIN, 0 }, 1, PATIENCE_MS));
	EXPECT_EQ(0, read(self->others, &c, 1));
	EXPECT_EQ(0, waitpid(self->pid, NULL, WNOHANG));
}

static void hand_over_nothing(void *arg)
{
	int *const fds = arg;

	handover(fds[0], fds[1]);
}

TEST(handover_of_what_does_not_listen)
{
	int fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	ASSERT_EQ(1, write(fds[1], "x", 1));
	/* Readable, but not a listening socket. */
	EXPECT_EQ(1, run_child(hand_over_nothing, (int[]){ fds[0], fds[1] }));
	EXPECT_NE(NULL, strstr(said, ": accept: Invalid argument\n")) TH_LOG("%s", said);
}

TEST_HARNESS_MAIN
