// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Calls that are interrupted while they wait
 *
 * A program never learns of it: the call goes on where it was, and comes back
 * as if nothing had been.
 */

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "server.h"
#include "tool.h"

/* The server's descriptors */
#define PIPE_READ 3
#define PIPE_WRITE 4
#define STREAM 5
#define DGRAM 6
#define DIR 7
#define LAST DIR

/* Where it has the arguments of its calls */
#define IOV SERVER_ROOM
#define DATA (SERVER_ROOM + 0x20)
#define STAT (SERVER_ROOM + 0x40)
#define NAME (SERVER_ROOM + 0x80)

FIXTURE(waiting) {
	struct server server;
	/* What the server has, and the other ends. */
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

/* r10 and r8 are arguments, too, see below; the result is the next number. */
FIXTURE_VARIANT_ADD(waiting, open_of_a_fifo) {
	CLOUDABI_NR_file_open, DIR, NAME, 4, wake_fifo, LAST + 1,
};

static void prepare(void *arg)
{
	const FIXTURE_DATA(waiting) *const self = arg;

	for (int fd = PIPE_READ; fd <= LAST; fd++)
		if (dup2(self->its[fd], fd + 100) < 0)
			_exit(253);
	for (int fd = PIPE_READ; fd <= LAST; fd++)
		if (dup2(fd + 100, fd) < 0)
			_exit(253);
	close_range(LAST + 1, ~0U, CLOSE_RANGE_CLOEXEC);
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
	int status;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(pid, SIGSTOP));
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, kill(pid, SIGCONT));
		ASSERT_EQ(pid, waitpid(pid, &status, WCONTINUED));
		ASSERT_TRUE(falls_asleep(pid));
	}
	EXPECT_COMES_BACK(self, variant);
}

/* What it waits for comes while it is stopped. */
TEST_F(waiting, wake_up_while_stopped_is_not_lost)
{
	const pid_t pid = self->server.pid;
	struct regs after;
	int status;

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	/* The FIFO has no reader as long as its opener is stopped. */
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
	int status;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, NULL, NULL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
		ASSERT_TRUE(falls_asleep(pid));
	}
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, seize_and_interrupt_is_invisible)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
	EXPECT_COMES_BACK(self, variant);
}

TEST_F(waiting, suppressed_signal_is_invisible)
{
	const pid_t pid = self->server.pid;
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	ASSERT_EQ(0, kill(pid, SIGTERM));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(SIGTERM, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
	EXPECT_COMES_BACK(self, variant);
}

/* Steps over the call from its interruption on. */
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

static int write_text(const char *dir, const char *name, const char *text)
{
	char path[128];
	int fd;
	ssize_t done;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = write(fd, text, strlen(text));
	close(fd);
	return done == (ssize_t)strlen(text) ? 0 : -1;
}

TEST_F(waiting, freeze_and_thaw_is_invisible)
{
	char mountpoint[] = "/tmp/cloudabi-cgroup-XXXXXX", group[64], pid[16];

	ASSERT_NE(NULL, mkdtemp(mountpoint));
	ASSERT_EQ(0, mount("cgroup2", mountpoint, "cgroup2", 0, NULL));
	snprintf(group, sizeof(group), "%s/cloudabi-%d", mountpoint, getpid());
	snprintf(pid, sizeof(pid), "%d", self->server.pid);
	ASSERT_EQ(0, mkdir(group, 0755));
	ASSERT_EQ(0, write_text(group, "cgroup.procs", pid));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, write_text(group, "cgroup.freeze", "1"));
		EXPECT_TRUE(freezes(group, '1'));
		ASSERT_EQ(0, write_text(group, "cgroup.freeze", "0"));
		EXPECT_TRUE(freezes(group, '0'));
	}
	EXPECT_COMES_BACK(self, variant);
	end(self->server.pid);
	self->server.pid = 0;
	EXPECT_EQ(0, rmdir(group));
	EXPECT_EQ(0, umount(mountpoint));
	EXPECT_EQ(0, rmdir(mountpoint));
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

TEST_HARNESS_MAIN
