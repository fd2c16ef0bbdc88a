// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Interrupted calls
 *
 * A program never notices an interruption: the call continues and returns as if
 * there had been none.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"
#include "stuck.h"

/* The server's descriptors */
#define PIPE_READ 3
#define PIPE_WRITE 4
#define STREAM 5
#define DGRAM 6
#define DIR 7
#define LAST DIR

/* The server's memory for the arguments of its calls */
#define IOV SERVER_ROOM
#define DATA (SERVER_ROOM + 0x20)
#define STAT (SERVER_ROOM + 0x40)
#define NAME (SERVER_ROOM + 0x80)

FIXTURE(waiting) {
	struct server server;
	/* The server's descriptors, and their other ends. */
	int mine[LAST + 1], its[LAST + 1];
	char dir[32], fifo[64];
	struct regs regs;
};

FIXTURE_VARIANT(waiting) {
	uint64_t nr, arg0, arg1, arg2;
	void (*wake)(FIXTURE_DATA(waiting) *self);
	int64_t result;
};

static void wake_pipe_read(FIXTURE_DATA(waiting) *self)
{
	if (write(self->mine[PIPE_READ], "x", 1) != 1)
		abort();
}

static void wake_pipe_write(FIXTURE_DATA(waiting) *self)
{
	char buf[65536];

	if (read(self->mine[PIPE_WRITE], buf, sizeof(buf)) <= 0)
		abort();
}

static void wake_stream(FIXTURE_DATA(waiting) *self)
{
	if (write(self->mine[STREAM], "x", 1) != 1)
		abort();
}

static void wake_dgram(FIXTURE_DATA(waiting) *self)
{
	if (write(self->mine[DGRAM], "x", 1) != 1)
		abort();
}

static void wake_fifo(FIXTURE_DATA(waiting) *self)
{
	const int fd = open(self->fifo, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		abort();
	close(fd);
}

FIXTURE_VARIANT_ADD(waiting, read_of_a_pipe) {
	CLOUDABI_NR_fd_read, PIPE_READ, IOV, 1, wake_pipe_read, 1,
};

FIXTURE_VARIANT_ADD(waiting, write_to_a_pipe) {
	CLOUDABI_NR_fd_write, PIPE_WRITE, IOV, 1, wake_pipe_write, 1,
};

FIXTURE_VARIANT_ADD(waiting, read_of_a_stream) {
	CLOUDABI_NR_fd_read, STREAM, IOV, 1, wake_stream, 1,
};

FIXTURE_VARIANT_ADD(waiting, read_of_a_datagram) {
	CLOUDABI_NR_fd_read, DGRAM, IOV, 1, wake_dgram, 1,
};

/* This call uses r10 and r8 as well; its result is the next number. */
FIXTURE_VARIANT_ADD(waiting, open_of_a_fifo) {
	CLOUDABI_NR_file_open, DIR, NAME, 4, wake_fifo, LAST + 1,
};

static void prepare(void *arg)
{
	const FIXTURE_DATA(waiting) *const self = arg;

	give_fds(self->its + PIPE_READ, PIPE_READ, LAST - PIPE_READ + 1);
}

static void fill_pipe(int fd)
{
	char buf[4096] = { };

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, buf, sizeof(buf)) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}

FIXTURE_SETUP(waiting)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_FD_READ };
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };
	int pair[2];

	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	self->its[PIPE_READ] = pair[0];
	self->mine[PIPE_READ] = pair[1];
	ASSERT_EQ(0, pipe2(pair, O_CLOEXEC));
	self->its[PIPE_WRITE] = pair[1];
	self->mine[PIPE_WRITE] = pair[0];
	fill_pipe(pair[1]);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	self->its[STREAM] = pair[0];
	self->mine[STREAM] = pair[1];
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
	self->its[DGRAM] = pair[0];
	self->mine[DGRAM] = pair[1];
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->fifo, sizeof(self->fifo), "%s/fifo", self->dir);
	ASSERT_EQ(0, mkfifo(self->fifo, 0600));
	self->its[DIR] = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ASSERT_EQ(0, server_start_with(&self->server, prepare, self));
	ASSERT_EQ(sizeof(iov), poke(self->server.pid, IOV, &iov, sizeof(iov)));
	ASSERT_EQ(sizeof(stat), poke(self->server.pid, STAT, &stat, sizeof(stat)));
	ASSERT_EQ(4, poke(self->server.pid, NAME, "fifo", 4));

	self->regs = patterns;
	self->regs.rax = variant->nr;
	self->regs.rdi = variant->arg0;
	self->regs.rsi = variant->arg1;
	self->regs.rdx = variant->arg2;
	self->regs.r10 = 0;
	self->regs.r8 = STAT;
	server_send(&self->server, &self->regs);
	ASSERT_TRUE(falls_asleep(self->server.pid));
}

FIXTURE_TEARDOWN(waiting)
{
	server_stop(&self->server);
	unlink(self->fifo);
	rmdir(self->dir);
}

#define EXPECT_COMES_BACK(self, variant) do {                         \
	struct regs after;                                            \
	ASSERT_TRUE(falls_asleep((self)->server.pid));                \
	(variant)->wake(self);                                        \
	ASSERT_TRUE(server_receive(&(self)->server, &after));         \
	EXPECT_EQ(0, after.flags & FLAG_CF);                          \
	EXPECT_EQ((variant)->result, after.rax);                      \
	EXPECT_EQ((self)->regs.rdx, after.rdx);                       \
	EXPECT_KEPT((self)->regs, after);                             \
} while (0)

TEST_F(waiting, comes_back)
{
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, stop_and_continue_is_invisible)
{
	const pid_t pid = self->server.pid;

	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(stop_and_continue(pid));
		ASSERT_TRUE(falls_asleep(pid));
	}
	EXPECT_COMES_BACK(self, variant);
}

/* The wake-up comes while the call is stopped. */
TEST_F(waiting, wake_up_while_stopped_is_not_lost)
{
	const pid_t pid = self->server.pid;
	struct regs after;
	int status;

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	/* While the opener is stopped, the FIFO has no reader. */
	if (variant->wake != wake_fifo)
		variant->wake(self);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	if (variant->wake == wake_fifo)
		variant->wake(self);
	ASSERT_TRUE(server_receive(&self->server, &after));
	EXPECT_EQ(0, after.flags & FLAG_CF);
	EXPECT_EQ(variant->result, after.rax);
	EXPECT_KEPT(self->regs, after);
}

TEST_F(waiting, terminal_stop_is_invisible)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, kill(pid, SIGTSTP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, ignored_signals_are_invisible)
{
	static const int signals[] = { SIGCHLD, SIGPIPE, SIGURG, SIGWINCH, SIGCONT };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		ASSERT_EQ(0, kill(self->server.pid, signals[i]));
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, attach_and_detach_is_invisible)
{
	const pid_t pid = self->server.pid;

	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(attach_and_detach(pid));
		ASSERT_TRUE(falls_asleep(pid));
	}
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, seize_and_interrupt_is_invisible)
{
	ASSERT_TRUE(seize_and_interrupt(self->server.pid));
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, suppressed_signal_is_invisible)
{
	ASSERT_TRUE(suppress_signal(self->server.pid));
	EXPECT_COMES_BACK(self, variant);
}

/* Single-steps over the call that was interrupted. */
TEST_F(waiting, single_step_is_invisible)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL));
	ASSERT_TRUE(falls_asleep(pid));
	variant->wake(self);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGTRAP, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));

	struct regs after;

	ASSERT_TRUE(server_receive(&self->server, &after));
	EXPECT_EQ(0, after.flags & FLAG_CF);
	EXPECT_EQ(variant->result, after.rax);
	EXPECT_KEPT(self->regs, after);
}

TEST_F(waiting, freeze_and_thaw_is_invisible)
{
	struct freezer freezer;

	ASSERT_TRUE(freezer_make(&freezer, self->server.pid));
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(freezer_freeze(&freezer));
		ASSERT_TRUE(freezer_thaw(&freezer));
	}
	EXPECT_COMES_BACK(self, variant);
	end(self->server.pid);
	self->server.pid = 0;
	EXPECT_TRUE(freezer_remove(&freezer));
}

TEST_F(waiting, sigterm_kills)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, kill(pid, SIGTERM));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	self->server.pid = 0;
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
}

TEST_F(waiting, sigkill_kills_while_stopped)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	self->server.pid = 0;
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

/*
 * Two processes share an open file, and one of them is stuck while it holds the position.  The
 * other one waits for the position; it can be stopped, killed and continued.
 */

FIXTURE(position) {
	struct server server;
	int file;
	pid_t peer;
	struct regs regs;
};

FIXTURE_VARIANT(position) {
	uint64_t nr, arg1, arg2;
	uint64_t result;
};

/* The server gets what the peer left. */
FIXTURE_VARIANT_ADD(position, read) { CLOUDABI_NR_fd_read, IOV, 1, 1 };
FIXTURE_VARIANT_ADD(position, write) { CLOUDABI_NR_fd_write, IOV, 1, 1 };
FIXTURE_VARIANT_ADD(position, seek) { CLOUDABI_NR_fd_seek, 3, CLOUDABI_WHENCE_SET, 3 };

static void give_file(void *arg)
{
	if (dup2(dup(*(int *)arg), 3) < 0)
		_exit(253);
}

FIXTURE_SETUP(position)
{
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };

	/* An unnamed memfd has no position, so the file is on /tmp. */
	self->file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ASSERT_EQ(6, pwrite(self->file, "abcdef", 6, 0));
	ASSERT_EQ(0, server_start_with(&self->server, give_file, &self->file));
	ASSERT_EQ(sizeof(iov), poke(self->server.pid, IOV, &iov, sizeof(iov)));
	self->peer = stuck_start(self->file, false);
	ASSERT_LT(0, self->peer);
	self->regs = patterns;
	self->regs.rax = variant->nr;
	self->regs.rdi = 3;
	self->regs.rsi = variant->arg1;
	self->regs.rdx = variant->arg2;
	server_send(&self->server, &self->regs);
	ASSERT_TRUE(falls_asleep(self->server.pid));
}

FIXTURE_TEARDOWN(position)
{
	if (self->peer > 0)
		end(self->peer);
	server_stop(&self->server);
	close(self->file);
}

TEST_F(position, wait_goes_on_after_a_stop)
{
	const pid_t pid = self->server.pid;
	struct regs after;
	int status;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(pid, SIGSTOP));
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, kill(pid, SIGCONT));
		ASSERT_TRUE(falls_asleep(pid));
	}
	end(self->peer);
	self->peer = 0;
	ASSERT_TRUE(server_receive(&self->server, &after));
	EXPECT_EQ(0, after.flags & FLAG_CF);
	EXPECT_EQ(variant->result, after.rax);
	EXPECT_KEPT(self->regs, after);
}

TEST_F(position, wait_can_be_ended)
{
	static const int signals[] = { SIGTERM, SIGKILL };
	const pid_t pid = self->server.pid;
	const int signal = signals[variant->nr % 2];
	int status;

	ASSERT_EQ(0, kill(pid, signal));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	self->server.pid = 0;
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(signal, WTERMSIG(status));
}

TEST_HARNESS_MAIN
