// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Signals that a Linux parent has arranged
 *
 * A program has no handlers, so most signals kill it. Signals that would notify
 * the parent must not arrive. Signals that limit the program must arrive.
 */

#include <mqueue.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "server.h"

/* Whether the server has survived all signals sent so far. */
static bool alive(struct server *server)
{
	/* Only a call that starts after the signal proves that. */
	for (int i = 0; i < 3; i++) {
		if (waitpid(server->pid, NULL, WNOHANG))
			return false;
		if (SERVER_CALL(server, thread_yield))
			return false;
	}
	return true;
}

/* SIGIO of files: the parent has set itself as the owner of a file. */

FIXTURE(owned) {
	/* The test shares the open file with the child. */
	int pipe[2];
	bool pass;
	int type, signal;
};

FIXTURE_VARIANT(owned) {
	int type, signal;
	bool pass;
};

FIXTURE_VARIANT_ADD(owned, process) { F_OWNER_PID, 0, true };
FIXTURE_VARIANT_ADD(owned, thread) { F_OWNER_TID, 0, true };
FIXTURE_VARIANT_ADD(owned, group) { F_OWNER_PGRP, 0, true };
FIXTURE_VARIANT_ADD(owned, process_realtime) { F_OWNER_PID, 40, true };
FIXTURE_VARIANT_ADD(owned, thread_kill) { F_OWNER_TID, SIGKILL, true };
FIXTURE_VARIANT_ADD(owned, group_term) { F_OWNER_PGRP, SIGTERM, true };
/* exec closes the file; other processes still have it open. */
FIXTURE_VARIANT_ADD(owned, process_closed) { F_OWNER_PID, 0, false };
FIXTURE_VARIANT_ADD(owned, process_closed_realtime) { F_OWNER_PID, 64, false };

FIXTURE_SETUP(owned)
{
	self->type = variant->type;
	self->signal = variant->signal;
	self->pass = variant->pass;
	ASSERT_EQ(0, pipe2(self->pipe, O_CLOEXEC));
}

FIXTURE_TEARDOWN(owned)
{
	close(self->pipe[0]);
	close(self->pipe[1]);
}

static void own_file(void *arg)
{
	const FIXTURE_DATA(owned) *const self = arg;
	const struct f_owner_ex owner = { .type = self->type, .pid = getpid() };

	setpgid(0, 0);
	if (fcntl(self->pipe[0], F_SETOWN_EX, &owner) ||
	    fcntl(self->pipe[0], F_SETSIG, self->signal) ||
	    fcntl(self->pipe[0], F_SETFL, O_ASYNC) ||
	    (self->pass && dup2(self->pipe[0], 50) != 50))
		_exit(253);
}

TEST_F(owned, file_does_not_end_a_program)
{
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, own_file, self));
	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	EXPECT_TRUE(alive(&server));
	server_stop(&server);
}

/* Positive check of the tests above. */
TEST_F(owned, file_ends_a_process_of_linux)
{
	int status, ready[2];
	pid_t pid;
	char byte;

	ASSERT_EQ(0, pipe2(ready, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		own_file(self);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(self->signal ?: SIGIO, WTERMSIG(status));
}

/* A lease, which another open breaks. */

#define LEASED "/tmp/cloudabi-leased"

#define WATCHED "/tmp/watched"

static void watch_directory(void *unused)
{
	const int fd = open(WATCHED, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || fcntl(fd, F_SETSIG, 40) || fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT))
		_exit(253);
}

TEST(watched_directory_does_not_end_a_program)
{
	struct server server;
	int status;
	pid_t pid;

	ASSERT_EQ(0, mkdir(WATCHED, 0700));
	/* The signal kills a native process. */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		watch_directory(NULL);
		mkdir(WATCHED "/native", 0700);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == 40);

	ASSERT_EQ(0, server_start_with(&server, watch_directory, NULL));
	EXPECT_EQ(0, mkdir(WATCHED "/ours", 0700));
	EXPECT_TRUE(alive(&server));
	server_stop(&server);
	rmdir(WATCHED "/native");
	rmdir(WATCHED "/ours");
	rmdir(WATCHED);
}

static void take_lease(void *unused)
{
	const int fd = open(LEASED, O_RDONLY | O_CREAT, 0600);

	if (fd < 0 || fcntl(fd, F_SETSIG, 40) || fcntl(fd, F_SETLEASE, F_RDLCK))
		_exit(253);
}

TEST(lease_does_not_end_a_program)
{
	struct server server;
	int fd;

	ASSERT_EQ(0, server_start_with(&server, take_lease, NULL));
	/* The lease exists as long as its descriptor ... */
	EXPECT_EQ(-1, open(LEASED, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_TRUE(alive(&server));
	/* ... and ends with it. */
	server_stop(&server);
	fd = open(LEASED, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	EXPECT_LE(0, fd);
	close(fd);
	unlink(LEASED);
}

/* A message queue that notifies its owner of a message. */

#define QUEUE "/cloudabi-queue"

static void ask_for_messages(void *unused)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM };
	const mqd_t queue = mq_open(QUEUE, O_RDONLY);

	if (queue < 0 || fcntl(queue, F_SETFD, 0) || mq_notify(queue, &event))
		_exit(253);
}

TEST(message_does_not_end_a_program)
{
	const mqd_t queue = mq_open(QUEUE, O_RDWR | O_CREAT, 0600, NULL);
	struct server server;

	ASSERT_LE(0, queue);
	ASSERT_EQ(0, server_start_with(&server, ask_for_messages, NULL));
	ASSERT_EQ(0, mq_send(queue, "x", 1, 0));
	EXPECT_TRUE(alive(&server));
	server_stop(&server);
	mq_close(queue);
	mq_unlink(QUEUE);
}

/* Timers */

static bool make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM };
	const struct itimerspec hour = { .it_value.tv_sec = 3600 };
	timer_t timer;

	return !timer_create(CLOCK_MONOTONIC, &event, &timer) &&
	       !timer_settime(timer, 0, &hour, NULL);
}

static void prepare_timer(void *unused)
{
	if (!make_timer())
		_exit(253);
}

TEST(timers_are_gone)
{
	struct server server;
	char text[1024];

	ASSERT_TRUE(make_timer());
	ASSERT_LT(0, read_proc(getpid(), "timers", text, sizeof(text)));
	ASSERT_EQ(0, server_start_with(&server, prepare_timer, NULL));
	EXPECT_EQ(0, read_proc(server.pid, "timers", text, sizeof(text)));
	server_stop(&server);
}

struct alarm {
	int which;
	unsigned int seconds;
};

static void set_alarm(void *arg)
{
	const struct alarm *const alarm = arg;
	const struct itimerval soon = { .it_value.tv_sec = alarm->seconds };

	if (setitimer(alarm->which, &soon, NULL))
		_exit(253);
}

CODE(spins, "1: jmp 1b\n");

/* Returns the signal that kills a program with an alarm, which is running by then. */
static int alarmed(int which)
{
	struct alarm alarm = { which, 2 };
	const struct start start = { .prepare = set_alarm, .arg = &alarm };
	struct image image;
	time_t begin;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, spins);
	/* On a busy machine a few seconds may not be enough. */
	for (;; alarm.seconds *= 2) {
		begin = time(NULL);
		pid = image_start(&image, &start);
		if (pid < 0)
			return pid;
		if (time(NULL) - begin < alarm.seconds)
			break;
		end(pid);
	}
	return waitpid(pid, &status, 0) == pid ? status : -errno;
}

/* A parent limits the run time of a program by an alarm. */
TEST(alarm_is_kept)
{
	const int status = alarmed(ITIMER_REAL);

	ASSERT_LE(0, status);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGALRM, WTERMSIG(status));
}

TEST(alarm_of_cpu_time_is_kept)
{
	const int status = alarmed(ITIMER_VIRTUAL);

	ASSERT_LE(0, status);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGVTALRM, WTERMSIG(status));
}

/* Parent-death signal and children */

static void die_with_parent(void *unused)
{
	if (prctl(PR_SET_PDEATHSIG, SIGUSR1))
		_exit(253);
}

/*
 * Kills the parent of a server, so that the test becomes the parent. Returns how the
 * server ended, or 0.
 */
static int orphan(void (*prepare)(void *), struct server *server)
{
	int report[2], status, pidfd;
	pid_t parent;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) || pipe2(report, O_CLOEXEC))
		return -1;
	parent = fork();
	if (!parent) {
		if (server_start_with(server, prepare, NULL) ||
		    write(report[1], server, sizeof(*server)) != sizeof(*server))
			_exit(1);
		pause();
	}
	if (read(report[0], server, sizeof(*server)) != sizeof(*server))
		return -1;
	/* The server would also end at the end of its pipes. */
	pidfd = syscall(__NR_pidfd_open, parent, 0);
	server->in = syscall(__NR_pidfd_getfd, pidfd, server->in, 0);
	server->out = syscall(__NR_pidfd_getfd, pidfd, server->out, 0);
	close(pidfd);
	close(report[0]);
	close(report[1]);
	kill(parent, SIGKILL);
	if (waitpid(parent, NULL, 0) != parent)
		return -1;
	if (!prepare)
		return alive(server) ? 0 : -1;
	if (waitpid(server->pid, &status, 0) != server->pid)
		return -1;
	server->pid = 0;
	return status;
}

/* The parent-death signal is a limit as well. */
TEST(signal_for_the_death_of_the_parent_is_kept)
{
	struct server server;
	const int status = orphan(die_with_parent, &server);

	ASSERT_LE(0, status);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGUSR1, WTERMSIG(status));
	server_stop(&server);
}

TEST(death_of_the_parent_is_nothing_else)
{
	struct server server;

	EXPECT_EQ(0, orphan(NULL, &server));
	server_stop(&server);
}

struct family {
	/* Children wait until the test closes the write end. */
	int wait[2];
	/* In shared memory */
	pid_t *child, *grandchild;
};

/* Close the server's descriptors, so that the end of the pipes is visible. */
static void wait_until_told(const struct family *family)
{
	char byte;

	dup2(family->wait[0], 0);
	close_range(1, ~0U, 0);
	_exit(read(0, &byte, 1));
}

static void wait_forever(void)
{
	close_range(0, ~0U, 0);
	for (;;)
		pause();
}

static int family_init(struct family *family)
{
	family->child = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (family->child == MAP_FAILED)
		return -1;
	family->grandchild = family->child + 1;
	return pipe2(family->wait, O_CLOEXEC);
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 10000; i++) {
		if (kill(pid, 0) && errno == ESRCH)
			return true;
		usleep(2000);
	}
	return false;
}

/* A child whose exit signal to the parent is not SIGCHLD. */
static void have_child(void *arg)
{
	struct family *const family = arg;
	const pid_t child = syscall(__NR_clone, SIGUSR1, NULL, NULL, NULL, NULL);

	if (!child)
		wait_until_told(family);
	*family->child = child;
}

TEST(children_of_before_end_without_a_signal_or_a_zombie)
{
	struct family family;
	struct server server;

	ASSERT_EQ(0, family_init(&family));
	ASSERT_EQ(0, server_start_with(&server, have_child, &family));
	close(family.wait[1]);
	EXPECT_TRUE(is_gone(*family.child));
	EXPECT_TRUE(alive(&server));
	server_stop(&server);
}

static void adopt_orphans(void *arg)
{
	struct family *const family = arg;
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		_exit(253);
	pid = fork();
	if (pid) {
		*family->child = pid;
		return;
	}
	pid = fork();
	if (!pid)
		wait_forever();
	*family->grandchild = pid;
	wait_until_told(family);
}

TEST(orphans_are_not_the_program_s)
{
	struct family family;
	struct server server;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	ASSERT_EQ(0, family_init(&family));
	ASSERT_EQ(0, server_start_with(&server, adopt_orphans, &family));
	while (!__atomic_load_n(family.grandchild, __ATOMIC_SEQ_CST))
		usleep(1000);
	EXPECT_EQ(*family.child, status_number(*family.grandchild, "PPid:\t"));
	close(family.wait[1]);
	EXPECT_TRUE(is_gone(*family.child));
	EXPECT_EQ(getpid(), status_number(*family.grandchild, "PPid:\t"));
	end(*family.grandchild);
	server_stop(&server);
}

/* No call of the program reaches a process that the parent traced. */
static void trace_child(void *arg)
{
	struct family *const family = arg;
	const pid_t child = fork();

	if (!child)
		wait_until_told(family);
	/*
	 * The child must close descriptors that are not its own before ptrace stops
	 * it.
	 */
	if (!falls_asleep(child) || ptrace(PTRACE_ATTACH, child, NULL, NULL) ||
	    waitpid(child, NULL, 0) != child)
		_exit(253);
	*family->child = child;
}

TEST(tracee_is_free_when_the_program_ends)
{
	struct family family;
	struct server server;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	ASSERT_EQ(0, family_init(&family));
	ASSERT_EQ(0, server_start_with(&server, trace_child, &family));
	EXPECT_EQ(server.pid, status_number(*family.child, "TracerPid:\t"));
	server_stop(&server);
	EXPECT_EQ(0, status_number(*family.child, "TracerPid:\t"));
	EXPECT_EQ(getpid(), status_number(*family.child, "PPid:\t"));
	close(family.wait[1]);
	EXPECT_EQ(*family.child, waitpid(*family.child, NULL, 0));
}

TEST_HARNESS_MAIN
