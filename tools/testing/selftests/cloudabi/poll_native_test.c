// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll, seen from outside
 *
 * These tests interrupt waits, and use descriptors that only a Linux program
 * can hand to a CloudABI program.
 */

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"
#include "stuck.h"

/* The server's descriptors */
#define PIPE 3
#define SHM 4
#define LISTENING_LOCAL 5
#define LISTENING_INET 6
#define TERMINAL 7
#define LAST TERMINAL

/* The server's memory for subscriptions and events */
#define SUBS SERVER_ROOM
#define EVENTS (SERVER_ROOM + 0xa00)
#define MANY 40

/* Offsets in the memory that two servers share */
#define CONDVAR 64

#define LONG (1000 * SECOND)

#define ABSTIME CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME

typedef cloudabi_subscription_t sub_t;

FIXTURE(polling) {
	struct server server, other;
	int its[LAST + 1];
	/* The other ends, and the addresses at which its sockets listen. */
	int pipe, terminal;
	struct sockaddr_un local;
	struct sockaddr_in inet;
	/* The addresses of the shared memory in both servers and in this process. */
	uint64_t shared, other_shared;
	uint32_t *mine;
	struct regs regs;
};

FIXTURE_VARIANT(polling) {
	bool (*interrupt)(pid_t pid);
};

FIXTURE_VARIANT_ADD(polling, stopped) { stop_and_continue };
FIXTURE_VARIANT_ADD(polling, traced) { attach_and_detach };
FIXTURE_VARIANT_ADD(polling, frozen) { freeze_and_thaw };

static void prepare(void *arg)
{
	const FIXTURE_DATA(polling) *const self = arg;

	give_fds(self->its + PIPE, PIPE, LAST - PIPE + 1);
}

static int64_t map_shared(struct server *server)
{
	return SERVER_CALL(server, mem_map, 0, 4096, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
			   CLOUDABI_MAP_SHARED, SHM, 0);
}

FIXTURE_SETUP(polling)
{
	socklen_t len = sizeof(self->local);
	const int unlock = 0;
	int pair[2];

	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	self->its[PIPE] = pair[0];
	self->pipe = pair[1];
	self->its[SHM] = memfd_create("shared", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(self->its[SHM], 4096));
	self->mine = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, self->its[SHM], 0);
	ASSERT_NE(MAP_FAILED, self->mine);

	self->local.sun_family = AF_UNIX;
	self->its[LISTENING_LOCAL] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, bind(self->its[LISTENING_LOCAL], (void *)&self->local,
			  sizeof(self->local.sun_family)));
	ASSERT_EQ(0, getsockname(self->its[LISTENING_LOCAL], (void *)&self->local, &len));
	ASSERT_EQ(0, listen(self->its[LISTENING_LOCAL], 5));
	len = sizeof(self->inet);
	self->inet.sin_family = AF_INET;
	self->inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	self->its[LISTENING_INET] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, bind(self->its[LISTENING_INET], (void *)&self->inet, len));
	ASSERT_EQ(0, getsockname(self->its[LISTENING_INET], (void *)&self->inet, &len));
	ASSERT_EQ(0, listen(self->its[LISTENING_INET], 5));
	self->terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_EQ(0, ioctl(self->terminal, TIOCSPTLCK, &unlock));
	self->its[TERMINAL] = ioctl(self->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ASSERT_LE(0, self->its[TERMINAL]);

	ASSERT_EQ(0, server_start_with(&self->server, prepare, self));
	ASSERT_EQ(0, server_start_with(&self->other, prepare, self));
	self->shared = map_shared(&self->server);
	self->other_shared = map_shared(&self->other);
	ASSERT_LT(4096, (int64_t)self->shared);
	ASSERT_LT(4096, (int64_t)self->other_shared);
}

FIXTURE_TEARDOWN(polling)
{
	server_stop(&self->server);
	server_stop(&self->other);
	munmap(self->mine, 4096);
	for (int fd = PIPE; fd <= LAST; fd++)
		close(self->its[fd]);
	close(self->pipe);
	if (self->terminal >= 0)
		close(self->terminal);
}

static sub_t sub_fd(int fd)
{
	return (sub_t){
		.userdata = fd,
		.type = CLOUDABI_EVENTTYPE_FD_READ,
		.fd_readwrite.fd = fd,
	};
}

static sub_t sub_clock(int64_t time, int flags)
{
	return (sub_t){
		.userdata = time,
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = {
			.clock_id = CLOUDABI_CLOCK_MONOTONIC,
			.timeout = time,
			.flags = flags,
		},
	};
}

/* The lock is the first word of the shared memory. */
static sub_t sub_lock(uint64_t shared)
{
	return (sub_t){
		.type = CLOUDABI_EVENTTYPE_LOCK_WRLOCK,
		.lock = { .lock = (void *)shared, .lock_scope = CLOUDABI_SCOPE_SHARED },
	};
}

static sub_t sub_condvar(uint64_t shared)
{
	return (sub_t){
		.type = CLOUDABI_EVENTTYPE_CONDVAR,
		.condvar = {
			.condvar = (void *)(shared + CONDVAR),
			.lock = (void *)shared,
			.condvar_scope = CLOUDABI_SCOPE_SHARED,
			.lock_scope = CLOUDABI_SCOPE_SHARED,
		},
	};
}

static void send_poll(struct server *server, struct regs *regs, const sub_t *subs, size_t n,
		      uint64_t out)
{
	if (poke(server->pid, SUBS, subs, n * sizeof(*subs)) < 0)
		abort();
	*regs = patterns;
	regs->rax = CLOUDABI_NR_poll;
	regs->rdi = SUBS;
	regs->rsi = out;
	regs->rdx = n;
	server_send(server, regs);
}

static bool begin_at(FIXTURE_DATA(polling) *self, const sub_t *subs, size_t n, uint64_t out)
{
	send_poll(&self->server, &self->regs, subs, n, out);
	return falls_asleep(self->server.pid);
}

#define BEGIN(self, ...)                                                  \
	begin_at(self, (const sub_t[]){ __VA_ARGS__ },                    \
		 sizeof((const sub_t[]){ __VA_ARGS__ }) / sizeof(sub_t), EVENTS)

/* The wait ends with a single event, as if no interruption had happened. */
#define EXPECT_EVENT_AT(self, event, out) do {                                            \
	struct regs after;                                                                \
	ASSERT_TRUE(server_receive(&(self)->server, &after));                             \
	EXPECT_EQ(0, after.flags & FLAG_CF);                                              \
	EXPECT_EQ(1, after.rax);                                                          \
	EXPECT_EQ((self)->regs.rdx, after.rdx);                                           \
	EXPECT_KEPT((self)->regs, after);                                                 \
	ASSERT_EQ(sizeof(*(event)),                                                       \
		  peek((self)->server.pid, out, event, sizeof(*(event))));                \
	EXPECT_EQ(0, (event)->error);                                                     \
} while (0)
#define EXPECT_EVENT(self, event) EXPECT_EVENT_AT(self, event, EVENTS)

static void interrupt(FIXTURE_DATA(polling) *self, const FIXTURE_VARIANT(polling) *variant)
{
	for (int i = 0; i < 3; i++) {
		if (!variant->interrupt(self->server.pid) || !falls_asleep(self->server.pid))
			abort();
	}
}

TEST_F(polling, wait_for_a_descriptor_goes_on)
{
	cloudabi_event_t event;

	ASSERT_TRUE(BEGIN(self, sub_fd(PIPE)));
	interrupt(self, variant);
	ASSERT_EQ(3, write(self->pipe, "abc", 3));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(PIPE, event.userdata);
	EXPECT_EQ(3, event.fd_readwrite.nbytes);
	EXPECT_EQ(0, event.fd_readwrite.flags);
}

TEST_F(polling, wait_for_many_things_goes_on)
{
	cloudabi_event_t event;
	sub_t subs[MANY];

	for (int i = 0; i < MANY; i++)
		subs[i] = i % 2 ? sub_clock(LONG + i, 0) : sub_fd(LISTENING_LOCAL);
	subs[MANY - 1] = sub_fd(PIPE);
	ASSERT_TRUE(begin_at(self, subs, MANY, EVENTS));
	interrupt(self, variant);
	ASSERT_EQ(1, write(self->pipe, "x", 1));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(PIPE, event.userdata);
}

/* An interrupted call reads its subscriptions again, so they must not have been overwritten. */
TEST_F(polling, wait_with_events_over_subscriptions_goes_on)
{
	const sub_t subs[] = { sub_clock(LONG, 0), sub_fd(PIPE) };
	cloudabi_event_t event;

	ASSERT_TRUE(begin_at(self, subs, 2, SUBS));
	interrupt(self, variant);
	ASSERT_EQ(1, write(self->pipe, "x", 1));
	EXPECT_EVENT_AT(self, &event, SUBS);
	EXPECT_EQ(PIPE, event.userdata);
	EXPECT_EQ(1, event.fd_readwrite.nbytes);
}

#define TIME (2 * SECOND)

/* Returns true if the call counts the time from its beginning, not from the interruption. */
static bool counts_on(struct __test_metadata *_metadata, FIXTURE_DATA(polling) *self,
		      const FIXTURE_VARIANT(polling) *variant, bool with_lock, int64_t time)
{
	const int64_t start = now();
	int64_t last = 0;
	cloudabi_event_t event;

	self->mine[0] = 1;
	ASSERT_TRUE(with_lock ?
		    BEGIN(self, sub_lock(self->shared), sub_clock(time, 0)) :
		    BEGIN(self, sub_fd(PIPE), sub_clock(time, 0)));
	while (now() < start + time - time / 4) {
		int64_t before;

		usleep(200000);
		before = now();
		ASSERT_TRUE(variant->interrupt(self->server.pid));
		/* If the time has passed already, the call was not interrupted. */
		if (now() < start + time)
			last = before;
	}
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(time, event.userdata);
	EXPECT_EQ(CLOUDABI_EVENTTYPE_CLOCK, event.type);
	EXPECT_LE(start + time, now());
	EXPECT_EQ(1, self->mine[0]);
	return now() < last + time;
}

/* A relative time starts once; an interruption does not restart it. */
TEST_F(polling, relative_time_counts_from_the_beginning)
{
	for (int with_lock = 0; with_lock < 2; with_lock++) {
		int64_t time = TIME;
		bool done = false;

		/* Retry with more time in case the machine is busy. */
		for (; !done && time <= 8 * TIME; time *= 2)
			done = counts_on(_metadata, self, variant, with_lock, time);
		EXPECT_TRUE(done);
	}
}

TEST_F(polling, absolute_time_stays_what_it_is)
{
	for (int with_lock = 0; with_lock < 2; with_lock++) {
		const int64_t end = now() + TIME;
		cloudabi_event_t event;

		self->mine[0] = 1;
		ASSERT_TRUE(with_lock ?
			    BEGIN(self, sub_lock(self->shared), sub_clock(end, ABSTIME)) :
			    BEGIN(self, sub_fd(PIPE), sub_clock(end, ABSTIME)));
		interrupt(self, variant);
		EXPECT_EVENT(self, &event);
		EXPECT_EQ(end, (int64_t)event.userdata);
		EXPECT_LE(end, now());
		EXPECT_LT(now(), end + 10 * TIME);
	}
}

/* After a stop, poll reports what happened meanwhile: a time or data. */
TEST_F(polling, stop_does_not_stop_the_clock)
{
	cloudabi_event_t event;
	int status;

	ASSERT_TRUE(BEGIN(self, sub_fd(PIPE), sub_clock(SECOND / 5, 0)));
	ASSERT_EQ(0, kill(self->server.pid, SIGSTOP));
	ASSERT_EQ(self->server.pid, waitpid(self->server.pid, &status, WUNTRACED));
	usleep(400000);
	ASSERT_EQ(0, kill(self->server.pid, SIGCONT));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(SECOND / 5, event.userdata);

	ASSERT_TRUE(BEGIN(self, sub_fd(PIPE), sub_clock(LONG, 0)));
	ASSERT_EQ(0, kill(self->server.pid, SIGSTOP));
	ASSERT_EQ(self->server.pid, waitpid(self->server.pid, &status, WUNTRACED));
	ASSERT_EQ(1, write(self->pipe, "x", 1));
	ASSERT_EQ(0, kill(self->server.pid, SIGCONT));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(PIPE, event.userdata);
}

/* Two servers: the first has the lock that the second wants */

static bool take(struct server *server, uint64_t shared)
{
	const sub_t sub = sub_lock(shared);

	return poke(server->pid, SUBS, &sub, sizeof(sub)) == sizeof(sub) &&
	       SERVER_CALL(server, poll, SUBS, EVENTS, 1) == 1;
}

TEST_F(polling, wait_for_a_lock_goes_on)
{
	cloudabi_event_t event;

	ASSERT_TRUE(take(&self->other, self->other_shared));
	for (int with_clock = 0; with_clock < 2; with_clock++) {
		ASSERT_TRUE(with_clock ?
			    BEGIN(self, sub_lock(self->shared), sub_clock(LONG, 0)) :
			    BEGIN(self, sub_lock(self->shared)));
		interrupt(self, variant);
		EXPECT_TRUE(self->mine[0] & CLOUDABI_LOCK_KERNEL_MANAGED);
		ASSERT_EQ(0, SERVER_CALL(&self->other, lock_unlock, self->other_shared,
					 CLOUDABI_SCOPE_SHARED));
		EXPECT_EVENT(self, &event);
		EXPECT_EQ(CLOUDABI_EVENTTYPE_LOCK_WRLOCK, event.type);
		EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | (self->server.pid + 1), self->mine[0]);
		ASSERT_EQ(0, SERVER_CALL(&self->server, lock_unlock, self->shared,
					 CLOUDABI_SCOPE_SHARED));
		EXPECT_EQ(0, self->mine[0]);
		ASSERT_TRUE(take(&self->other, self->other_shared));
	}
}

/* The wait ends with the lock held: waits at condition variables may be spurious. */
TEST_F(polling, wait_at_a_condvar_ends_with_the_lock)
{
	cloudabi_event_t event;

	for (int with_clock = 0; with_clock < 2; with_clock++) {
		ASSERT_TRUE(take(&self->server, self->shared));
		ASSERT_TRUE(with_clock ?
			    BEGIN(self, sub_condvar(self->shared), sub_clock(LONG, 0)) :
			    BEGIN(self, sub_condvar(self->shared)));
		EXPECT_EQ(0, self->mine[0]);
		EXPECT_NE(0, self->mine[CONDVAR / 4]);
		ASSERT_TRUE(variant->interrupt(self->server.pid));
		EXPECT_EVENT(self, &event);
		EXPECT_EQ(CLOUDABI_EVENTTYPE_CONDVAR, event.type);
		EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | (self->server.pid + 1), self->mine[0]);
		EXPECT_EQ(0, self->mine[CONDVAR / 4]);
		ASSERT_EQ(0, SERVER_CALL(&self->server, lock_unlock, self->shared,
					 CLOUDABI_SCOPE_SHARED));
	}
}

TEST_F(polling, wait_at_a_condvar_does_not_end_without_the_lock)
{
	cloudabi_event_t event;

	ASSERT_TRUE(take(&self->server, self->shared));
	ASSERT_TRUE(BEGIN(self, sub_condvar(self->shared), sub_clock(LONG, 0)));
	ASSERT_TRUE(take(&self->other, self->other_shared));
	interrupt(self, variant);
	EXPECT_EQ(self->other.pid + 1, self->mine[0] & 0x3fffffff);
	ASSERT_EQ(0, SERVER_CALL(&self->other, lock_unlock, self->other_shared,
				 CLOUDABI_SCOPE_SHARED));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(CLOUDABI_EVENTTYPE_CONDVAR, event.type);
	EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | (self->server.pid + 1), self->mine[0]);
}

/* Death of a sleeper */

TEST_F(polling, sleeper_can_be_killed)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_TRUE(BEGIN(self, sub_fd(PIPE), sub_clock(LONG, 0)));
	interrupt(self, variant);
	ASSERT_EQ(0, kill(pid, SIGTERM));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	self->server.pid = 0;
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
}

/* A terminal becomes readable when a whole line has arrived. */
TEST_F(polling, terminal_is_ready_for_lines)
{
	cloudabi_event_t event;

	ASSERT_TRUE(BEGIN(self, sub_fd(TERMINAL)));
	ASSERT_EQ(3, write(self->terminal, "abc", 3));
	interrupt(self, variant);
	ASSERT_EQ(1, write(self->terminal, "\n", 1));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(TERMINAL, event.userdata);
	EXPECT_EQ(4, event.fd_readwrite.nbytes);
	EXPECT_EQ(0, event.fd_readwrite.flags);
	close(self->terminal);
	self->terminal = -1;
	BEGIN(self, sub_fd(TERMINAL));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(TERMINAL, event.userdata);
	EXPECT_EQ(CLOUDABI_EVENT_FD_READWRITE_HANGUP, event.fd_readwrite.flags);
}

/* Pending connections */

static int connect_to(int family, const void *address, socklen_t len)
{
	const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, address, len))
		abort();
	return fd;
}

TEST_F(polling, socket_that_listens_is_ready_for_connections)
{
	cloudabi_event_t event;
	int fds[4];

	ASSERT_TRUE(BEGIN(self, sub_fd(LISTENING_LOCAL)));
	fds[0] = connect_to(AF_UNIX, &self->local, sizeof(self->local.sun_family) + 6);
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(LISTENING_LOCAL, event.userdata);
	EXPECT_EQ(1, event.fd_readwrite.nbytes);
	EXPECT_EQ(0, event.fd_readwrite.flags);
	fds[1] = connect_to(AF_UNIX, &self->local, sizeof(self->local.sun_family) + 6);
	BEGIN(self, sub_fd(LISTENING_LOCAL));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(2, event.fd_readwrite.nbytes);

	ASSERT_TRUE(BEGIN(self, sub_fd(LISTENING_INET)));
	fds[2] = connect_to(AF_INET, &self->inet, sizeof(self->inet));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(LISTENING_INET, event.userdata);
	EXPECT_EQ(1, event.fd_readwrite.nbytes);
	EXPECT_EQ(0, event.fd_readwrite.flags);
	fds[3] = connect_to(AF_INET, &self->inet, sizeof(self->inet));
	BEGIN(self, sub_fd(LISTENING_INET));
	EXPECT_EVENT(self, &event);
	EXPECT_EQ(2, event.fd_readwrite.nbytes);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

/*
 * A peer is stuck in the middle of an operation and holds a kernel lock.  A poller must still
 * report what is readable, in time, and must be stoppable and killable.
 */

/* The descriptors of the server, of the peer and of this process */
#define HELD_PIPE 3
#define HELD_TCP 4

FIXTURE(held) {
	struct server server;
	int pipe[2], tcp[2];
	pid_t peer;
};

static void give_held(void *arg)
{
	const FIXTURE_DATA(held) *const self = arg;

	if (dup2(dup(self->tcp[0]), HELD_TCP + 100) < 0 ||
	    dup2(dup(self->pipe[0]), HELD_PIPE) < 0 || dup2(HELD_TCP + 100, HELD_TCP) < 0)
		_exit(253);
	close_range(HELD_TCP + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int tcp_pair(int pair[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&address, len) || listen(fd, 1) ||
	    getsockname(fd, (void *)&address, &len))
		return -1;
	pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(pair[1], (void *)&address, len))
		return -1;
	pair[0] = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	close(fd);
	return pair[0] < 0 ? -1 : 0;
}

FIXTURE_SETUP(held)
{
	self->peer = 0;
	ASSERT_EQ(0, pipe2(self->pipe, O_CLOEXEC));
	ASSERT_EQ(0, tcp_pair(self->tcp));
	ASSERT_EQ(0, server_start_with(&self->server, give_held, self));
}

FIXTURE_TEARDOWN(held)
{
	if (self->peer > 0)
		end(self->peer);
	server_stop(&self->server);
	for (int i = 0; i < 2; i++) {
		close(self->pipe[i]);
		close(self->tcp[i]);
	}
}

/* Returns the number of readable bytes, or -1 if the time is over first. */
static int64_t readable(FIXTURE_DATA(held) *self, int fd)
{
	const sub_t subs[] = { sub_fd(fd), sub_clock(SECOND / 10, 0) };
	cloudabi_event_t event;
	struct regs regs;

	send_poll(&self->server, &regs, subs, 2, EVENTS);
	if (!server_receive(&self->server, &regs) || (regs.flags & FLAG_CF) || regs.rax < 1 ||
	    peek(self->server.pid, EVENTS, &event, sizeof(event)) != sizeof(event))
		return -1000;
	if (event.error || event.fd_readwrite.flags)
		return -2000;
	return event.type == CLOUDABI_EVENTTYPE_CLOCK ? -1 : (int64_t)event.fd_readwrite.nbytes;
}

TEST_F(held, pipe_whose_writer_is_stuck_is_not_ready)
{
	self->peer = stuck_start(self->pipe[1], true);
	ASSERT_LT(0, self->peer);
	EXPECT_EQ(-1, readable(self, HELD_PIPE));
	end(self->peer);
	self->peer = 0;
	EXPECT_EQ(-1, readable(self, HELD_PIPE));
	ASSERT_EQ(3, write(self->pipe[1], "abc", 3));
	EXPECT_EQ(3, readable(self, HELD_PIPE));
}

/* Data that was written before the writer got stuck is readable, whatever its amount. */
TEST_F(held, pipe_whose_writer_is_stuck_tells_what_it_has)
{
	static char data[4096];
	int64_t n;

	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	self->peer = stuck_start(self->pipe[1], true);
	ASSERT_LT(0, self->peer);
	EXPECT_EQ(1, readable(self, HELD_PIPE));
	end(self->peer);

	ASSERT_LE(1 << 20, fcntl(self->pipe[1], F_SETPIPE_SZ, 1 << 20));
	for (n = 1; n < 1 + 200 * 4096; n += 4096)
		ASSERT_EQ(4096, write(self->pipe[1], data, 4096));
	EXPECT_EQ(n, readable(self, HELD_PIPE));
	self->peer = stuck_start(self->pipe[1], true);
	ASSERT_LT(0, self->peer);
	EXPECT_EQ(n, readable(self, HELD_PIPE));
}

TEST_F(held, pipe_whose_reader_is_stuck_tells_what_it_has)
{
	ASSERT_EQ(3, write(self->pipe[1], "abc", 3));
	self->peer = stuck_start(self->pipe[0], false);
	ASSERT_LT(0, self->peer);
	EXPECT_EQ(3, readable(self, HELD_PIPE));
}

/* A sender that is stuck holds the socket's lock for both directions. */
TEST_F(held, socket_whose_sender_is_stuck_tells_what_it_has)
{
	EXPECT_EQ(-1, readable(self, HELD_TCP));
	ASSERT_EQ(3, write(self->tcp[1], "abc", 3));
	EXPECT_EQ(3, readable(self, HELD_TCP));
	self->peer = stuck_start(self->tcp[0], true);
	ASSERT_LT(0, self->peer);
	EXPECT_EQ(3, readable(self, HELD_TCP));
}

/* How long a poller delays others */

#define MOST 65536
#define MOST_SUBS 0x20000000UL
#define MOST_EVENTS 0x21000000UL
/* The maximum that Linux poll() takes under the default limit. */
#define NATIVE 1024
#define ROUNDS 10

/* Returns the smallest CPU time, in ns, of several writes that each end a wait. */
static int64_t write_time(int pipe)
{
	struct timespec before, after;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	if (write(pipe, "x", 1) != 1)
		abort();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	return (after.tv_sec - before.tv_sec) * SECOND + after.tv_nsec - before.tv_nsec;
}

static void drain(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		abort();
}

static int64_t native_time(int fd, int pipe)
{
	static struct pollfd fds[NATIVE];
	int64_t least = INT64_MAX;

	for (int i = 0; i < NATIVE; i++)
		fds[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (int i = 0; i < ROUNDS; i++) {
		const pid_t pid = fork();
		int64_t time;
		int status;

		if (!pid)
			_exit(poll(fds, NATIVE, -1) != NATIVE);
		if (!falls_asleep(pid))
			abort();
		time = write_time(pipe);
		least = time < least ? time : least;
		if (waitpid(pid, &status, 0) != pid || status)
			abort();
		drain(fd);
	}
	return least;
}

static uint64_t map_at(struct server *server, uint64_t at, size_t len)
{
	return SERVER_CALL(server, mem_map, at, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
			   CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE | CLOUDABI_MAP_FIXED,
			   CLOUDABI_MAP_ANON_FD, 0);
}

static void use_pipe(void *arg)
{
	const int fd = *(int *)arg;

	if ((fd != PIPE && dup2(fd, PIPE) < 0) || fcntl(PIPE, F_SETFD, 0))
		_exit(253);
}

/*
 * A poller that names the same descriptor 65536 times is queued once, and all its events fire.
 * The writer walks the wait queue with interrupts off.
 */
TEST(wake_up_takes_no_longer_than_a_native_one)
{
	static sub_t subs[MOST];
	static cloudabi_event_t events[MOST];
	struct regs regs = {
		.rax = CLOUDABI_NR_poll, .rdi = MOST_SUBS, .rsi = MOST_EVENTS, .rdx = MOST,
		.rsp = SERVER_STACK, .flags = 2,
	};
	int64_t native, least = INT64_MAX;
	struct server server;
	int ends[2];

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	native = native_time(ends[0], ends[1]);
	ASSERT_EQ(0, server_start_with(&server, use_pipe, &ends[0]));
	ASSERT_EQ(MOST_SUBS, map_at(&server, MOST_SUBS, sizeof(subs)));
	ASSERT_EQ(MOST_EVENTS, map_at(&server, MOST_EVENTS, sizeof(events)));
	for (int i = 0; i < MOST; i++) {
		subs[i] = sub_fd(PIPE);
		subs[i].userdata = i;
	}
	ASSERT_EQ(sizeof(subs), poke(server.pid, MOST_SUBS, subs, sizeof(subs)));
	for (int i = 0; i < ROUNDS; i++) {
		struct regs after;
		int64_t time;
		int wrong = 0;

		server_send(&server, &regs);
		ASSERT_TRUE(falls_asleep(server.pid));
		time = write_time(ends[1]);
		least = time < least ? time : least;
		ASSERT_TRUE(server_receive(&server, &after));
		ASSERT_EQ(MOST, after.rax);
		ASSERT_EQ(sizeof(events), peek(server.pid, MOST_EVENTS, events,
					       sizeof(events)));
		for (int j = 0; j < MOST; j++)
			wrong += events[j].userdata != (uint64_t)j || events[j].error ||
				 events[j].fd_readwrite.nbytes != 1;
		EXPECT_EQ(0, wrong);
		drain(ends[0]);
	}
	EXPECT_LE(least, native)
		TH_LOG("%lld ns, natively %lld ns", (long long)least, (long long)native);
	server_stop(&server);
}

TEST_HARNESS_MAIN
