// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Interrupted transfers
 *
 * What was transferred before an interruption stays transferred.  The call
 * continues behind it, and the program gets the same result as without the
 * interruption.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"

/* The server's descriptors. */
#define STREAM 3
#define TCP 4
#define PIPE 5
#define LAST PIPE

/* The server's memory for arguments, results and data. */
#define ARGS SERVER_ROOM
#define RESULTS (SERVER_ROOM + 0x40)
#define FDS (SERVER_ROOM + 0x80)
#define STAT (SERVER_ROOM + 0xc0)
#define IOV (SERVER_ROOM + 0x100)
#define DATA (SERVER_ROOM + 0x800)
#define DATA_LEN 0x800

/* More than fits into a pipe or a socket; all parts are the same data. */
#define PARTS 32
#define MUCH (PARTS * DATA_LEN)

FIXTURE(half) {
	struct server server;
	/* The server's descriptors, and their other ends. */
	int mine[LAST + 1], its[LAST + 1];
	cloudabi_recv_in_t in;
	cloudabi_recv_out_t out;
	uint32_t fds[4];
	char data[16];
	char sent[DATA_LEN];
	bool overlap;
};

FIXTURE_VARIANT(half) {
	bool (*interrupt)(pid_t pid);
};

static void check(bool fine)
{
	if (!fine)
		abort();
}

FIXTURE_VARIANT_ADD(half, stop) { stop_and_continue };
FIXTURE_VARIANT_ADD(half, attach) { attach_and_detach };
FIXTURE_VARIANT_ADD(half, seize) { seize_and_interrupt };
FIXTURE_VARIANT_ADD(half, freeze) { freeze_and_thaw };

static void prepare(void *arg)
{
	const FIXTURE_DATA(half) *const self = arg;

	give_fds(self->its + STREAM, STREAM, LAST - STREAM + 1);
}

static void connect_pair(int pair[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);

	check(!bind(listener, (struct sockaddr *)&address, len));
	check(!listen(listener, 1));
	check(!getsockname(listener, (struct sockaddr *)&address, &len));
	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(!connect(pair[0], (struct sockaddr *)&address, len));
	pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(pair[1] >= 0);
	close(listener);
}

static void loopback_up(void)
{
	const int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = { .name = "lo", .flags = 1 /* IFF_UP */ };

	ioctl(sock, 0x8914 /* SIOCSIFFLAGS */, &request);
	close(sock);
}

FIXTURE_SETUP(half)
{
	const int small = 4096;
	int pair[2];

	loopback_up();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	ASSERT_EQ(0, setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	self->its[STREAM] = pair[0];
	self->mine[STREAM] = pair[1];
	connect_pair(pair);
	self->its[TCP] = pair[0];
	self->mine[TCP] = pair[1];
	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	ASSERT_LT(0, fcntl(pair[1], F_SETPIPE_SZ, 4096));
	self->its[PIPE] = pair[1];
	self->mine[PIPE] = pair[0];
	ASSERT_EQ(0, server_start_with(&self->server, prepare, self));
}

FIXTURE_TEARDOWN(half)
{
	server_stop(&self->server);
	for (int fd = STREAM; fd <= LAST; fd++) {
		close(self->its[fd]);
		close(self->mine[fd]);
	}
}

/* Sends data with @n copies of a descriptor. */
static void send_fds(int sock, const char *data, int fd, size_t n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = { };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = strlen(data) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &fd, sizeof(fd));
	check(sendmsg(sock, &msg, 0) == (ssize_t)strlen(data));
}

static void send_with(int sock, const char *data, size_t n)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	send_fds(sock, data, fd, n);
	close(fd);
}

/* Starts a sock_recv() of up to @len bytes into two vectors, and @max descriptors. */
static void begin_recv(FIXTURE_DATA(half) *self, int sock, size_t len, size_t max,
		       cloudabi_riflags_t flags)
{
	const cloudabi_iovec_t iovs[] = {
		{ .buf = (void *)DATA, .buf_len = len ? 1 : 0 },
		{ .buf = (void *)(DATA + 1), .buf_len = len ? len - 1 : 0 },
	};
	const struct regs regs = {
		.rax = CLOUDABI_NR_sock_recv, .rdi = sock, .rsi = ARGS,
		.rdx = self->overlap ? ARGS : RESULTS, .rsp = SERVER_STACK, .flags = 2,
	};

	self->in = (cloudabi_recv_in_t){
		.ri_data = (void *)IOV,
		.ri_data_len = 2,
		.ri_fds = (void *)FDS,
		.ri_fds_len = max,
		.ri_flags = flags,
	};
	poke(self->server.pid, IOV, iovs, sizeof(iovs));
	poke(self->server.pid, ARGS, &self->in, sizeof(self->in));
	server_send(&self->server, &regs);
}

#define WAITALL CLOUDABI_SOCK_RECV_WAITALL
#define TRUNCATED CLOUDABI_SOCK_RECV_FDS_TRUNCATED

/* Waits until the server waits with that much left to read. */
static bool arrives(FIXTURE_DATA(half) *self, int sock, int len)
{
	int there = -1;

	for (int i = 0; i < 10000; i++) {
		if (ioctl(self->its[sock], FIONREAD, &there) || there == len)
			break;
		usleep(2000);
	}
	return there == len && falls_asleep(self->server.pid);
}

/* Waits until the server has read everything that was sent. */
static bool takes(FIXTURE_DATA(half) *self, int sock)
{
	return arrives(self, sock, 0);
}

/* Interrupts the call several times; it must continue each time. */
static bool interrupted(FIXTURE_DATA(half) *self, const FIXTURE_VARIANT(half) *variant)
{
	for (int i = 0; i < 3; i++) {
		if (!variant->interrupt(self->server.pid) || !falls_asleep(self->server.pid))
			return false;
	}
	return true;
}

/* Returns the number of bytes or a negative errno. */
static int64_t end_call(FIXTURE_DATA(half) *self)
{
	struct regs regs;

	if (!server_receive(&self->server, &regs))
		return -1000;
	return regs.flags & FLAG_CF ? -(int64_t)regs.rax : (int64_t)regs.rax;
}

static int64_t end_recv(FIXTURE_DATA(half) *self)
{
	const int64_t error = end_call(self);

	peek(self->server.pid, self->overlap ? ARGS : RESULTS, &self->out, sizeof(self->out));
	peek(self->server.pid, FDS, self->fds, sizeof(self->fds));
	peek(self->server.pid, DATA, self->data, sizeof(self->data));
	return error ?: (int64_t)self->out.ro_datalen;
}

static int64_t recv_now(FIXTURE_DATA(half) *self, int sock, size_t len, size_t max,
			cloudabi_riflags_t flags)
{
	begin_recv(self, sock, len, max, flags);
	return end_recv(self);
}

static bool is_null_device(FIXTURE_DATA(half) *self, uint32_t fd)
{
	cloudabi_fdstat_t stat = { };

	if (SERVER_CALL(&self->server, fd_stat_get, fd, STAT))
		return false;
	peek(self->server.pid, STAT, &stat, sizeof(stat));
	return stat.fs_filetype == CLOUDABI_FILETYPE_CHARACTER_DEVICE;
}

static int64_t write_data(int fd, const char *data)
{
	return write(fd, data, strlen(data));
}

/* Reading */

TEST_F(half, nothing_is_taken_yet)
{
	begin_recv(self, STREAM, 4, 4, WAITALL);
	ASSERT_TRUE(falls_asleep(self->server.pid));
	ASSERT_TRUE(interrupted(self, variant));
	send_with(self->mine[STREAM], "abcd", 2);
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(2, self->out.ro_fdslen);
	EXPECT_EQ(0, self->out.ro_flags);
}

TEST_F(half, descriptors_are_delivered)
{
	begin_recv(self, STREAM, 4, 4, WAITALL);
	send_with(self->mine[STREAM], "a", 2);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[STREAM], "bc"));
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[STREAM], "de"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(2, self->out.ro_fdslen);
	EXPECT_EQ(0, self->out.ro_flags);
	EXPECT_NE(self->fds[0], self->fds[1]);
	EXPECT_TRUE(is_null_device(self, self->fds[0]));
	EXPECT_TRUE(is_null_device(self, self->fds[1]));
	EXPECT_EQ(1, recv_now(self, STREAM, 4, 4, 0));
	EXPECT_EQ('e', self->data[0]);
	EXPECT_EQ(0, self->out.ro_fdslen);
}

TEST_F(half, descriptors_that_follow_are_for_the_next_read)
{
	begin_recv(self, STREAM, 4, 4, WAITALL);
	ASSERT_EQ(2, write_data(self->mine[STREAM], "ab"));
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	send_with(self->mine[STREAM], "cdef", 3);
	EXPECT_EQ(2, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "ab", 2));
	EXPECT_EQ(0, self->out.ro_fdslen);
	EXPECT_EQ(0, self->out.ro_flags);
	EXPECT_EQ(4, recv_now(self, STREAM, 4, 4, WAITALL));
	EXPECT_EQ(0, memcmp(self->data, "cdef", 4));
	EXPECT_EQ(3, self->out.ro_fdslen);
}

/* More descriptors and data arrive while the call is stopped. */
TEST_F(half, descriptors_do_not_mix)
{
	begin_recv(self, STREAM, 4, 4, WAITALL);
	send_with(self->mine[STREAM], "a", 2);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(1, write_data(self->mine[STREAM], "b"));
	send_with(self->mine[STREAM], "c", 1);
	EXPECT_EQ(2, end_recv(self));
	EXPECT_EQ(2, self->out.ro_fdslen);
	EXPECT_EQ(0, self->out.ro_flags);
	EXPECT_EQ(1, recv_now(self, STREAM, 4, 4, 0));
	EXPECT_EQ('c', self->data[0]);
	EXPECT_EQ(1, self->out.ro_fdslen);
	EXPECT_TRUE(is_null_device(self, self->fds[0]));
}

TEST_F(half, dropped_descriptors_stay_flagged)
{
	begin_recv(self, STREAM, 4, 1, WAITALL);
	send_with(self->mine[STREAM], "a", 2);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(3, write_data(self->mine[STREAM], "bcd"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(1, self->out.ro_fdslen);
	EXPECT_EQ(TRUNCATED, self->out.ro_flags);
	EXPECT_TRUE(is_null_device(self, self->fds[0]));
}

TEST_F(half, end_ends_it)
{
	begin_recv(self, STREAM, 4, 4, WAITALL);
	send_with(self->mine[STREAM], "ab", 1);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(0, shutdown(self->mine[STREAM], SHUT_WR));
	EXPECT_EQ(2, end_recv(self));
	EXPECT_EQ(1, self->out.ro_fdslen);
	EXPECT_EQ(0, self->out.ro_flags);
	EXPECT_EQ(0, recv_now(self, STREAM, 4, 4, WAITALL));
}

/* A native program has set a timeout on the socket; the call ignores it. */
TEST_F(half, time_limit_makes_no_difference)
{
	const struct timeval limit = { .tv_sec = 3600 };

	ASSERT_EQ(0, setsockopt(self->its[STREAM], SOL_SOCKET, SO_RCVTIMEO, &limit,
				sizeof(limit)));
	begin_recv(self, STREAM, 4, 4, WAITALL);
	send_with(self->mine[STREAM], "ab", 1);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[STREAM], "cd"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(1, self->out.ro_fdslen);
}

/*
 * With SO_RCVLOWAT the call waits although it does not need all data; interrupted, it may
 * return less.
 */
TEST_F(half, low_water_mark_loses_no_descriptors)
{
	const int two = 2;

	ASSERT_EQ(0, setsockopt(self->its[STREAM], SOL_SOCKET, SO_RCVLOWAT, &two, sizeof(two)));
	begin_recv(self, STREAM, 4, 4, 0);
	send_with(self->mine[STREAM], "a", 2);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(variant->interrupt(self->server.pid));
	EXPECT_EQ(1, end_recv(self));
	EXPECT_EQ(2, self->out.ro_fdslen);
	EXPECT_TRUE(is_null_device(self, self->fds[1]));
}

TEST_F(half, results_over_the_arguments)
{
	self->overlap = true;
	begin_recv(self, STREAM, 4, 4, WAITALL);
	ASSERT_TRUE(falls_asleep(self->server.pid));
	ASSERT_TRUE(interrupted(self, variant));
	send_with(self->mine[STREAM], "ab", 2);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[STREAM], "cd"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(2, self->out.ro_fdslen);
}

/* If the arguments change so that the call cannot continue, it returns what it has. */
TEST_F(half, arguments_may_change)
{
	for (int i = 0; i < 5; i++) {
		cloudabi_iovec_t iovs[] = {
			{ .buf = (void *)DATA, .buf_len = 1 },
			{ .buf = (void *)(DATA + 1), .buf_len = 3 },
		};

		begin_recv(self, STREAM, 4, 4, WAITALL);
		send_with(self->mine[STREAM], "ab", 1);
		ASSERT_TRUE(takes(self, STREAM));
		switch (i) {
		case 0: /* As much as was stored. */
			iovs[1].buf_len = 0;
			break;
		case 1: /* Unmapped memory. */
			iovs[1].buf = NULL;
			break;
		case 2: /* An invalid length. */
			iovs[1].buf_len = SIZE_MAX;
			break;
		case 3:
			self->in.ri_data_len = 1UL << 40;
			break;
		case 4:
			self->in.ri_data = (void *)8;
			break;
		}
		poke(self->server.pid, IOV, iovs, sizeof(iovs));
		poke(self->server.pid, ARGS, &self->in, sizeof(self->in));
		ASSERT_TRUE(variant->interrupt(self->server.pid));
		/* If the call still waits, the next read gets the data. */
		ASSERT_EQ(2, write_data(self->mine[STREAM], "cd"));
		EXPECT_EQ(2, end_recv(self)) TH_LOG("case %d", i);
		EXPECT_EQ(1, self->out.ro_fdslen) TH_LOG("case %d", i);
		EXPECT_EQ(0, memcmp(self->data, "ab", 2)) TH_LOG("case %d", i);
		EXPECT_EQ(2, recv_now(self, STREAM, 2, 4, WAITALL)) TH_LOG("case %d", i);
		EXPECT_EQ(0, memcmp(self->data, "cd", 2)) TH_LOG("case %d", i);
	}
}

TEST_F(half, death_closes_what_was_received)
{
	int pair[2], status;
	char byte;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	begin_recv(self, STREAM, 4, 4, WAITALL);
	send_fds(self->mine[STREAM], "a", pair[0], 2);
	close(pair[0]);
	ASSERT_TRUE(takes(self, STREAM));
	ASSERT_TRUE(interrupted(self, variant));
	EXPECT_EQ(-1, recv(pair[1], &byte, 1, MSG_DONTWAIT));
	ASSERT_EQ(0, kill(self->server.pid, SIGTERM));
	ASSERT_EQ(self->server.pid, waitpid(self->server.pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
	self->server.pid = 0;
	EXPECT_EQ(0, read(pair[1], &byte, 1));
	close(pair[1]);
}

TEST_F(half, connection_is_read_on)
{
	begin_recv(self, TCP, 4, 4, WAITALL);
	ASSERT_EQ(1, write_data(self->mine[TCP], "a"));
	ASSERT_TRUE(takes(self, TCP));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[TCP], "bc"));
	ASSERT_TRUE(takes(self, TCP));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[TCP], "de"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(0, self->out.ro_fdslen);
	EXPECT_EQ(1, recv_now(self, TCP, 1, 0, WAITALL));
	EXPECT_EQ('e', self->data[0]);
}

/* MSG_PEEK with WAITALL sees all of the data. */
TEST_F(half, connection_is_looked_at_anew)
{
	begin_recv(self, TCP, 4, 4, WAITALL | CLOUDABI_SOCK_RECV_PEEK);
	ASSERT_EQ(2, write_data(self->mine[TCP], "ab"));
	ASSERT_TRUE(arrives(self, TCP, 2));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(2, write_data(self->mine[TCP], "cd"));
	EXPECT_EQ(4, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
	EXPECT_EQ(4, recv_now(self, TCP, 4, 0, 0));
	EXPECT_EQ(0, memcmp(self->data, "abcd", 4));
}

/* The data come first; the next call reports how the connection ended. */
TEST_F(half, broken_connection_is_told_next_time)
{
	const struct linger at_once = { .l_onoff = 1 };

	begin_recv(self, TCP, 4, 4, WAITALL);
	ASSERT_EQ(2, write_data(self->mine[TCP], "ab"));
	ASSERT_TRUE(takes(self, TCP));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(0, setsockopt(self->mine[TCP], SOL_SOCKET, SO_LINGER, &at_once,
				sizeof(at_once)));
	close(self->mine[TCP]);
	EXPECT_EQ(2, end_recv(self));
	EXPECT_EQ(0, memcmp(self->data, "ab", 2));
	EXPECT_EQ(-CLOUDABI_ECONNRESET, recv_now(self, TCP, 4, 4, WAITALL));
	EXPECT_EQ(0, recv_now(self, TCP, 4, 4, WAITALL));
}

/* Without WAITALL, any amount of data ends the call. */
TEST_F(half, no_other_read_waits_for_more)
{
	begin_recv(self, STREAM, 4, 4, 0);
	ASSERT_TRUE(falls_asleep(self->server.pid));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(1, write_data(self->mine[STREAM], "a"));
	EXPECT_EQ(1, end_recv(self));
}

/* Writing */

static void fill(FIXTURE_DATA(half) *self)
{
	cloudabi_ciovec_t iovs[PARTS];

	for (int i = 0; i < DATA_LEN; i++)
		self->sent[i] = i * 7 + i / 256;
	for (int i = 0; i < PARTS; i++)
		iovs[i] = (cloudabi_ciovec_t){ .buf = (void *)DATA, .buf_len = DATA_LEN };
	poke(self->server.pid, DATA, self->sent, sizeof(self->sent));
	poke(self->server.pid, IOV, iovs, sizeof(iovs));
}

/* Reads @len bytes, checks them against the data at @offset, and takes up to 4 descriptors. */
static bool drains(FIXTURE_DATA(half) *self, int fd, size_t offset, size_t len, int *nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char buf[512];

	while (len) {
		struct iovec iov = { .iov_base = buf, .iov_len = len < 512 ? len : 512 };
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		const ssize_t part = fd == self->mine[PIPE] ? read(fd, buf, iov.iov_len) :
							      recvmsg(fd, &msg, 0);

		if (part <= 0)
			return false;
		for (ssize_t i = 0; i < part; i++)
			if (buf[i] != self->sent[(offset + i) % DATA_LEN])
				return false;
		if (fd != self->mine[PIPE] && msg.msg_controllen) {
			*nfds += (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (size_t i = 0; CMSG_LEN(i * sizeof(int)) < control.header.cmsg_len; i++)
				close(((int *)CMSG_DATA(&control.header))[i]);
		}
		offset += part;
		len -= part;
	}
	return true;
}

static void begin_write(FIXTURE_DATA(half) *self, int fd)
{
	const struct regs regs = {
		.rax = CLOUDABI_NR_fd_write, .rdi = fd, .rsi = IOV, .rdx = PARTS,
		.rsp = SERVER_STACK, .flags = 2,
	};

	fill(self);
	server_send(&self->server, &regs);
}

static void begin_send(FIXTURE_DATA(half) *self, int sock, size_t fds_len)
{
	const cloudabi_send_in_t in = {
		.si_data = (void *)IOV, .si_data_len = PARTS,
		.si_fds = (void *)FDS, .si_fds_len = fds_len,
	};
	const uint32_t fds[] = { STREAM, TCP };
	const struct regs regs = {
		.rax = CLOUDABI_NR_sock_send, .rdi = sock, .rsi = ARGS,
		.rdx = self->overlap ? ARGS : RESULTS, .rsp = SERVER_STACK, .flags = 2,
	};

	fill(self);
	poke(self->server.pid, ARGS, &in, sizeof(in));
	poke(self->server.pid, FDS, fds, sizeof(fds));
	server_send(&self->server, &regs);
}

static int64_t end_send(FIXTURE_DATA(half) *self)
{
	const int64_t error = end_call(self);
	cloudabi_send_out_t out;

	peek(self->server.pid, self->overlap ? ARGS : RESULTS, &out, sizeof(out));
	return error ?: (int64_t)out.so_datalen;
}

/* The other end gets every byte exactly once. */
#define EXPECT_ALL_COMES(fd, result, fds) do {                             \
	int nfds = 0;                                                      \
	ASSERT_TRUE(falls_asleep(self->server.pid));                       \
	ASSERT_TRUE(interrupted(self, variant));                           \
	ASSERT_TRUE(drains(self, self->mine[fd], 0, MUCH / 2 + 3, &nfds)); \
	ASSERT_TRUE(falls_asleep(self->server.pid));                       \
	ASSERT_TRUE(interrupted(self, variant));                           \
	ASSERT_TRUE(drains(self, self->mine[fd], MUCH / 2 + 3, MUCH / 2 - 3, &nfds)); \
	EXPECT_EQ(MUCH, result);                                           \
	EXPECT_EQ(fds, nfds);                                              \
} while (0)

TEST_F(half, pipe_is_written_on)
{
	begin_write(self, PIPE);
	EXPECT_ALL_COMES(PIPE, end_call(self), 0);
}

TEST_F(half, stream_is_written_on)
{
	begin_write(self, STREAM);
	EXPECT_ALL_COMES(STREAM, end_call(self), 0);
}

TEST_F(half, stream_is_sent_on)
{
	begin_send(self, STREAM, 0);
	EXPECT_ALL_COMES(STREAM, end_send(self), 0);
}

TEST_F(half, descriptors_are_sent_once)
{
	begin_send(self, STREAM, 2);
	EXPECT_ALL_COMES(STREAM, end_send(self), 2);
}

TEST_F(half, results_over_the_arguments_of_send)
{
	self->overlap = true;
	begin_send(self, STREAM, 2);
	EXPECT_ALL_COMES(STREAM, end_send(self), 2);
}

/* The call returns what it has written; the next call reports the reason. */
TEST_F(half, reader_that_goes_ends_it)
{
	int64_t written;
	int queued;

	begin_write(self, PIPE);
	ASSERT_TRUE(falls_asleep(self->server.pid));
	ASSERT_TRUE(interrupted(self, variant));
	ASSERT_EQ(0, ioctl(self->mine[PIPE], FIONREAD, &queued));
	close(self->mine[PIPE]);
	written = end_call(self);
	EXPECT_EQ(queued, written);
	EXPECT_EQ(-CLOUDABI_EPIPE, SERVER_CALL(&self->server, fd_write, PIPE, IOV, 1));
}

TEST_HARNESS_MAIN
