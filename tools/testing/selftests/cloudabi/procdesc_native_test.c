// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Child processes, seen from Linux
 *
 * A CloudABI program here has up to three descriptors.  It waits for a byte on
 * 0 before it continues, writes a byte to 1 to report progress, and waits for
 * ever on 2.
 */

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "server.h"
#include "tool.h"

#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd 438
#endif

#define GO_ON READ_BYTE(0)
#define SAY WRITE_BYTE(1)
#define WAIT_FOREVER READ_BYTE(2)
/* Leaves the descriptor in ebx in the parent; the child jumps to 1. */
#define FORK                              \
	"mov $40, %eax\n"                 \
	"stc\n"                           \
	"syscall\n"                       \
	"jc 9f\n"                         \
	"cmp $-1, %eax\n"                 \
	"je 1f\n"                         \
	"mov %eax, %ebx\n"
#define CLOSE "mov %ebx, %edi\nmov $3, %eax\nsyscall\n"
#define RAISE(signal) "mov $" STRING(signal) ", %edi\nmov $41, %eax\nsyscall\n"
#define IS_FAILURE "9:\n" EXIT_WITH_OUTCOME

/* A parent that forks, waits, closes the descriptor, waits and exits. */
#define PARENT(name, child)                                                  \
	CODE(name, FORK SAY GO_ON CLOSE SAY GO_ON EXIT_WITH(0)               \
	     "1:\n" child IS_FAILURE)

PARENT(child_waits, WAIT_FOREVER);
PARENT(child_exits, EXIT_WITH(0x12345678));
PARENT(child_is_told_to_exit, SAY GO_ON EXIT_WITH(0x76543210));

/* The number of the descriptor that proc_fork returns. */
#define DESC 3

struct family {
	pid_t parent;
	int in, out;
	int child_fds[3];
	void (*prepare)(void *arg);
	void *arg;
};

static void family_prepare(void *arg)
{
	struct family *const family = arg;

	for (int i = 0; i < 3; i++)
		if (dup2(family->child_fds[i], i) != i)
			_exit(253);
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC))
		_exit(253);
	if (family->prepare)
		family->prepare(family->arg);
}

/* Returns 0 or a negative errno. */
static int family_start(struct family *family, const char *code, size_t len)
{
	const struct start start = { .prepare = family_prepare, .arg = family };
	int in[2], out[2], never[2];
	struct image image;

	image_init(&image, code, len);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(never, O_CLOEXEC))
		return -errno;
	family->child_fds[0] = in[0];
	family->child_fds[1] = out[1];
	family->child_fds[2] = never[0];
	family->in = in[1];
	family->out = out[0];
	family->parent = image_start(&image, &start);
	for (int i = 0; i < 3; i++)
		close(family->child_fds[i]);
	return family->parent < 0 ? family->parent : 0;
}

#define FAMILY_START(family, code) family_start(family, code, code##_end - code)

/* Returns true if a process of the family reports within 60 seconds. */
static bool says(const struct family *family)
{
	struct pollfd out = { .fd = family->out, .events = POLLIN };
	char byte;

	return poll(&out, 1, 60000) == 1 && read(family->out, &byte, 1) == 1;
}

static bool tell(const struct family *family)
{
	return write(family->in, "g", 1) == 1;
}

/* Waits for the parent; returns its status.  Descriptor 2 of the child stays open. */
static int family_end(const struct family *family)
{
	int status = -1;

	waitpid(family->parent, &status, 0);
	close(family->in);
	close(family->out);
	return status;
}

static void family_stop(const struct family *family)
{
	kill(family->parent, SIGKILL);
	family_end(family);
}

/* Returns the child of a parent, or 0; stores its state in *state. */
static pid_t child_of(pid_t parent, char *state)
{
	DIR *const dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (!found && (entry = readdir(dir))) {
		const pid_t pid = atoi(entry->d_name);
		char stat[512];
		int ppid;

		if (pid > 0 && read_proc(pid, "stat", stat, sizeof(stat)) > 0 &&
		    sscanf(strrchr(stat, ')'), ") %c %d", state, &ppid) == 2 && ppid == parent)
			found = pid;
	}
	closedir(dir);
	return found;
}

/* Starts a family whose child waits; returns the child, or 0. */
static pid_t start_child(struct family *family)
{
	char state;

	if (FAMILY_START(family, child_waits) || !says(family))
		return 0;
	return child_of(family->parent, &state);
}

static bool exists(pid_t pid)
{
	return !kill(pid, 0);
}

static bool disappears(pid_t pid)
{
	for (int i = 0; i < 2000 && exists(pid); i++)
		usleep(10000);
	return !exists(pid);
}

/* Returns the state of the child from fdinfo; if @end is set, waits until it is not "running". */
static const char *child_state(const struct family *family, bool end)
{
	static char text[1024];
	const char *line;

	for (int i = 0; i < 2000; i++) {
		if (read_proc(family->parent, "fdinfo/" STRING(DESC), text, sizeof(text)) <= 0)
			return "no fdinfo";
		line = field(text, "cloudabi-process:\t");
		text[strlen(text) - 1] = '\0';
		strtok((char *)line, "\n");
		if (!end || strcmp(line, "running"))
			return line;
		usleep(10000);
	}
	return "still running";
}

static int fdinfo_pid(const struct family *family)
{
	char text[1024];

	if (read_proc(family->parent, "fdinfo/" STRING(DESC), text, sizeof(text)) <= 0)
		return -2;
	return atoi(field(text, "Pid:\t"));
}

TEST(descriptor_shows_what_it_is_of)
{
	struct family family = { };
	char link[64], target[64] = "", text[1024];
	pid_t child;

	child = start_child(&family);
	ASSERT_LT(0, child);
	EXPECT_STREQ("running", child_state(&family, false));
	EXPECT_EQ(child, fdinfo_pid(&family));
	ASSERT_LT(0, read_proc(family.parent, "fdinfo/" STRING(DESC), text, sizeof(text)));
	EXPECT_EQ(0x40080000, strtoull(field(text, "cloudabi-base:\t"), NULL, 0));
	snprintf(link, sizeof(link), "/proc/%d/fd/" STRING(DESC), family.parent);
	EXPECT_LT(0, readlink(link, target, sizeof(target) - 1));
	EXPECT_STREQ("anon_inode:[cloudabi-process]", target);
	/* The child is a CloudABI process like its parent. */
	ASSERT_LT(0, read_proc(child, "status", text, sizeof(text)));
	EXPECT_EQ(1, atoi(field(text, "CloudABI:\t")));
	EXPECT_EQ(1, atoi(field(text, "NoNewPrivs:\t")));
	family_stop(&family);
}

TEST(all_of_the_exit_code_is_shown)
{
	struct family family = { };

	ASSERT_EQ(0, FAMILY_START(&family, child_exits));
	ASSERT_TRUE(says(&family));
	EXPECT_STREQ("exited 305419896", child_state(&family, true));
	EXPECT_EQ(-1, fdinfo_pid(&family));
	family_stop(&family);
}

/* The child leaves no zombie and sends no signal */

TEST(end_leaves_no_trace)
{
	struct family family = { };
	char text[4096], state;

	ASSERT_EQ(0, FAMILY_START(&family, child_exits));
	ASSERT_TRUE(says(&family));
	EXPECT_STREQ("exited 305419896", child_state(&family, true));
	for (int i = 0; i < 10000 && child_of(family.parent, &state); i++)
		usleep(2000);
	EXPECT_EQ(0, child_of(family.parent, &state)) TH_LOG("in state %c", state);
	ASSERT_LT(0, read_proc(family.parent, "status", text, sizeof(text)));
	EXPECT_EQ(0, strtoull(field(text, "SigPnd:\t"), NULL, 16));
	EXPECT_EQ(0, strtoull(field(text, "ShdPnd:\t"), NULL, 16));
	EXPECT_TRUE(tell(&family) && says(&family) && tell(&family));
	EXPECT_EQ(0, family_end(&family));
}

TEST(close_kills_and_leaves_no_trace)
{
	struct family family = { };
	pid_t child;

	child = start_child(&family);
	ASSERT_LT(0, child);
	EXPECT_TRUE(tell(&family) && says(&family));
	EXPECT_TRUE(disappears(child));
	EXPECT_TRUE(tell(&family));
	EXPECT_EQ(0, family_end(&family));
}

/* A process that inherits the child does not have to reap it. */
TEST(end_of_the_parent_kills)
{
	struct family family = { };
	pid_t child;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	child = start_child(&family);
	ASSERT_LT(0, child);
	kill(family.parent, SIGTERM);
	family_end(&family);
	EXPECT_EQ(-1, waitpid(child, NULL, 0));
	EXPECT_EQ(ECHILD, errno);
	EXPECT_TRUE(disappears(child));
}

/* Signals from outside are reported under their CloudABI numbers */

TEST(signals_have_the_numbers_of_the_abi)
{
	static const int of_linux[] = {
#define OF_LINUX(value, name, signr) [signr] = value,
		CLOUDABI_SIGNALS(OF_LINUX)
	};

	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		struct family family = { };
		char expected[32];
		pid_t child;

		/* Signals that do not kill. */
		if (sig == SIGCHLD || sig == SIGCONT || sig == SIGPIPE || sig == SIGURG ||
		    sig == SIGWINCH || sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN ||
		    sig == SIGTTOU)
			continue;
		child = start_child(&family);
		ASSERT_LT(0, child);
		ASSERT_EQ(0, syscall(__NR_kill, child, sig));
		snprintf(expected, sizeof(expected), "killed by %d",
			 sig < (int)(sizeof(of_linux) / sizeof(*of_linux)) && of_linux[sig] ?
				 of_linux[sig] : CLOUDABI_SIGABRT);
		EXPECT_STREQ(expected, child_state(&family, true)) TH_LOG("signal %d", sig);
		family_stop(&family);
	}
}

CODE(raises_in_turn,
     SAY GO_ON
     RAISE(14) SAY GO_ON	/* STOP */
     RAISE(5) SAY GO_ON		/* CONT */
     RAISE(1)			/* ABRT */
     EXIT_WITH(1));

TEST(raised_signals_are_what_linux_sees)
{
	struct family family = { };
	int status;

	ASSERT_EQ(0, FAMILY_START(&family, raises_in_turn));
	ASSERT_TRUE(says(&family) && tell(&family));
	ASSERT_EQ(family.parent, waitpid(family.parent, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
	EXPECT_EQ(0, kill(family.parent, SIGCONT));
	ASSERT_TRUE(says(&family) && tell(&family));
	ASSERT_TRUE(says(&family) && tell(&family));
	status = family_end(&family);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
}

CODE(raises_tstp, RAISE(18) SAY GO_ON EXIT_WITH(5));

static void own_group(void *unused)
{
	setpgid(0, 0);
}

static void own_session(void *unused)
{
	setsid();
}

/* SIGTSTP stops only if the process group is not orphaned. */
TEST(tstp_stops_if_somebody_can_continue)
{
	struct family family = { .prepare = own_group };
	int status;

	ASSERT_EQ(0, FAMILY_START(&family, raises_tstp));
	ASSERT_EQ(family.parent, waitpid(family.parent, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGTSTP, WSTOPSIG(status));
	EXPECT_EQ(0, kill(family.parent, SIGCONT));
	ASSERT_TRUE(says(&family) && tell(&family));
	status = family_end(&family);
	EXPECT_EQ(5 << 8, status);
}

TEST(tstp_does_nothing_to_orphans)
{
	struct family family = { .prepare = own_session };

	ASSERT_EQ(0, FAMILY_START(&family, raises_tstp));
	ASSERT_TRUE(says(&family) && tell(&family));
	EXPECT_EQ(5 << 8, family_end(&family));
}

/* Descriptors in the hands of a Linux program */

static int take(const struct family *family, int fd)
{
	const int pidfd = syscall(__NR_pidfd_open, family->parent, 0);
	const int taken = syscall(__NR_pidfd_getfd, pidfd, fd, 0);

	close(pidfd);
	return taken;
}

TEST(linux_program_can_hold_and_poll_it)
{
	struct family family = { };
	struct pollfd desc;
	pid_t child;

	child = start_child(&family);
	ASSERT_LT(0, child);
	desc = (struct pollfd){ .fd = take(&family, DESC), .events = POLLIN };
	ASSERT_LE(0, desc.fd);
	EXPECT_EQ(0, poll(&desc, 1, 0));
	/* The child outlives its parent because this process has its descriptor. */
	family_stop(&family);
	EXPECT_EQ(0, poll(&desc, 1, 100));
	EXPECT_TRUE(exists(child));
	kill(child, SIGTERM);
	EXPECT_EQ(1, poll(&desc, 1, 60000));
	EXPECT_EQ(POLLIN, desc.revents);
	EXPECT_EQ(1, poll(&desc, 1, 0));
	close(desc.fd);
}

TEST(close_by_a_linux_program_kills)
{
	struct family family = { };
	pid_t child;
	int fd;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	child = start_child(&family);
	fd = take(&family, DESC);
	ASSERT_LE(0, fd);
	family_stop(&family);
	usleep(100000);
	EXPECT_TRUE(exists(child));
	EXPECT_EQ(0, waitpid(child, NULL, WNOHANG));
	close(fd);
	EXPECT_EQ(-1, waitpid(child, NULL, 0));
	EXPECT_EQ(ECHILD, errno);
	EXPECT_TRUE(disappears(child));
}

/* Orphans.  This process inherits them, but must not be able to notice them. */

static _Atomic int told;

static void on_sigchld(int sig)
{
	told++;
}

struct orphan {
	pid_t pid;
	/* The descriptor that keeps the orphan alive. */
	int desc;
};

/* Starts a family and ends the parent; returns 0 or the line of the failure. */
static int orphan_make(struct orphan *orphan, struct family *family)
{
	char state;

	if (FAMILY_START(family, child_waits))
		return __LINE__;
	if (!says(family))
		return __LINE__;
	orphan->pid = child_of(family->parent, &state);
	orphan->desc = take(family, DESC);
	if (orphan->pid <= 0 || orphan->desc < 0)
		return __LINE__;
	family_stop(family);
	return exists(orphan->pid) ? 0 : __LINE__;
}

/*
 * Returns 0 if an orphan ends without a trace, or the line of the failure.  wait() of the
 * caller must only report its own children.
 */
static int orphan_vanishes(int sig)
{
	struct family family = { };
	struct orphan orphan;
	struct pollfd desc;
	int error;

	told = 0;
	signal(SIGCHLD, on_sigchld);
	error = orphan_make(&orphan, &family);
	if (error)
		return error;
	if (told != 1)
		return __LINE__;
	desc = (struct pollfd){ .fd = orphan.desc, .events = POLLIN };
	if (!sig) {
		close(orphan.desc);
	} else {
		kill(orphan.pid, sig);
		if (poll(&desc, 1, 60000) != 1 || desc.revents != POLLIN)
			return __LINE__;
	}
	if (waitpid(orphan.pid, NULL, 0) != -1 || errno != ECHILD)
		return __LINE__;
	if (!disappears(orphan.pid))
		return __LINE__;
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD)
		return __LINE__;
	if (sig)
		close(orphan.desc);
	return told == 1 ? 0 : __LINE__;
}

TEST(orphan_is_no_zombie_of_a_subreaper)
{
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	EXPECT_EQ(0, orphan_vanishes(SIGTERM));
	EXPECT_EQ(0, orphan_vanishes(SIGQUIT));
	EXPECT_EQ(0, orphan_vanishes(SIGKILL));
	EXPECT_EQ(0, orphan_vanishes(0));
}

TEST(orphan_is_no_zombie_of_an_init)
{
	pid_t init;
	int status;

	ASSERT_EQ(0, unshare(CLONE_NEWPID | CLONE_NEWNS));
	init = fork();
	if (!init) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("proc", "/proc", "proc", 0, NULL))
			_exit(1);
		_exit(orphan_vanishes(SIGTERM) || orphan_vanishes(0) ? 2 : 0);
	}
	ASSERT_EQ(init, waitpid(init, &status, 0));
	EXPECT_EQ(0, status);
}

TEST(stop_of_an_orphan_is_no_signal)
{
	struct family family = { };
	struct orphan orphan;
	int status;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	signal(SIGCHLD, on_sigchld);
	ASSERT_EQ(0, orphan_make(&orphan, &family));
	told = 0;
	ASSERT_EQ(0, kill(orphan.pid, SIGSTOP));
	ASSERT_EQ(orphan.pid, waitpid(orphan.pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(orphan.pid, SIGCONT));
	ASSERT_EQ(orphan.pid, waitpid(orphan.pid, &status, WCONTINUED));
	EXPECT_EQ(0, told);
	close(orphan.desc);
	EXPECT_TRUE(disappears(orphan.pid));
}

static void join_group(void *group)
{
	if (!put_text(group, "cgroup.procs", "0"))
		_exit(252);
}

TEST(orphans_that_have_ended_are_not_counted)
{
	char mountpoint[] = "/tmp/cloudabi-cgroup-XXXXXX", group[64], path[80], text[16] = "";
	int fd;

	ASSERT_NE(NULL, mkdtemp(mountpoint));
	ASSERT_EQ(0, mount("cgroup2", mountpoint, "cgroup2", 0, NULL));
	snprintf(group, sizeof(group), "%s/cloudabi-%d", mountpoint, getpid());
	ASSERT_TRUE(put_text(mountpoint, "cgroup.subtree_control", "+pids"));
	ASSERT_EQ(0, mkdir(group, 0755));
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i < 10; i++) {
		struct family family = { .prepare = join_group, .arg = group };
		struct orphan orphan;

		ASSERT_EQ(0, orphan_make(&orphan, &family));
		close(orphan.desc);
		ASSERT_TRUE(disappears(orphan.pid));
	}
	snprintf(path, sizeof(path), "%s/pids.current", group);
	for (int i = 0; i < 2000 && strcmp(text, "0\n"); i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		text[read(fd, text, sizeof(text) - 1)] = '\0';
		close(fd);
		usleep(10000);
	}
	EXPECT_STREQ("0\n", text);
	EXPECT_EQ(0, rmdir(group));
	EXPECT_EQ(0, umount(mountpoint));
	EXPECT_EQ(0, rmdir(mountpoint));
}

/* A tracer sees the end of an orphan like that of any tracee. */
TEST(tracer_that_inherits_sees_the_end)
{
	struct family family = { };
	struct orphan orphan;
	int status = -1;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, orphan_make(&orphan, &family));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, orphan.pid, NULL, 0));
	ASSERT_EQ(0, kill(orphan.pid, SIGKILL));
	ASSERT_EQ(orphan.pid, waitpid(orphan.pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_TRUE(disappears(orphan.pid));
	close(orphan.desc);
}

static bool trace_to_death(pid_t pid)
{
	siginfo_t info;

	return !ptrace(PTRACE_SEIZE, pid, NULL, 0) && !kill(pid, SIGKILL) &&
	       !waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

static void *trace_in_a_thread(void *pid)
{
	return (void *)trace_to_death(*(pid_t *)pid);
}

/* A tracer that exits without reaping does not leave a zombie to anybody. */
TEST(tracer_that_goes_leaves_no_zombie)
{
	struct family family = { };
	struct orphan orphan;
	pthread_t thread;
	pid_t tracer;
	void *fine;
	int status;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, orphan_make(&orphan, &family));
	tracer = fork();
	if (!tracer)
		_exit(!trace_to_death(orphan.pid));
	ASSERT_EQ(tracer, waitpid(tracer, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(disappears(orphan.pid));
	close(orphan.desc);

	family = (struct family){ };
	ASSERT_EQ(0, orphan_make(&orphan, &family));
	ASSERT_EQ(0, pthread_create(&thread, NULL, trace_in_a_thread, &orphan.pid));
	ASSERT_EQ(0, pthread_join(thread, &fine));
	EXPECT_NE(NULL, fine);
	EXPECT_TRUE(disappears(orphan.pid));
	close(orphan.desc);
	EXPECT_EQ(-1, waitpid(-1, NULL, WNOHANG));
	EXPECT_EQ(ECHILD, errno);
}

/* A native program can wait for the programs that it starts, as usual. */
TEST(program_that_was_started_is_waited_for)
{
	struct family family = { };
	siginfo_t info = { };

	told = 0;
	signal(SIGCHLD, on_sigchld);
	ASSERT_EQ(0, FAMILY_START(&family, child_waits));
	ASSERT_TRUE(says(&family));
	kill(family.parent, SIGTERM);
	ASSERT_EQ(0, waitid(P_PID, family.parent, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(CLD_KILLED, info.si_code);
	EXPECT_EQ(SIGTERM, info.si_status);
	EXPECT_TRUE(exists(family.parent));
	EXPECT_EQ(SIGTERM, family_end(&family));
	EXPECT_EQ(1, told);
}

/* The descriptor cannot be read, written, mapped or controlled. */
TEST(it_is_no_more_than_that)
{
	struct family family = { };
	char byte;
	int fd;

	ASSERT_EQ(0, FAMILY_START(&family, child_waits));
	ASSERT_TRUE(says(&family));
	fd = take(&family, DESC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(-1, write(fd, &byte, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(-1, lseek(fd, 1, SEEK_SET));
	close(fd);
	family_stop(&family);
}

/* Pid namespaces */

static void new_namespace(void *unused)
{
	if (unshare(CLONE_NEWPID))
		_exit(252);
}

/* The child is the init process of a PID namespace, which ignores most signals. */
TEST(close_kills_the_init_of_a_namespace)
{
	struct family family = { .prepare = new_namespace };
	char text[4096];
	pid_t child;

	child = start_child(&family);
	ASSERT_LT(0, child);
	ASSERT_LT(0, read_proc(child, "status", text, sizeof(text)));
	snprintf(text + 2048, 64, "%d\t1\n", child);
	EXPECT_EQ(0, strncmp(field(text, "NSpid:\t"), text + 2048, strlen(text + 2048)));
	EXPECT_TRUE(tell(&family) && says(&family));
	EXPECT_TRUE(disappears(child));
	EXPECT_TRUE(tell(&family));
	EXPECT_EQ(0, family_end(&family));
}

PARENT(child_raises, RAISE(22));
PARENT(child_raises_kill, RAISE(10));
PARENT(child_faults, "ud2\n");

TEST(init_of_a_namespace_can_raise)
{
	struct family family = { .prepare = new_namespace };

	ASSERT_EQ(0, FAMILY_START(&family, child_raises));
	ASSERT_TRUE(says(&family));
	EXPECT_STREQ("killed by 22", child_state(&family, true));
	family_stop(&family);

	ASSERT_EQ(0, FAMILY_START(&family, child_raises_kill));
	ASSERT_TRUE(says(&family));
	EXPECT_STREQ("killed by 10", child_state(&family, true));
	family_stop(&family);

	ASSERT_EQ(0, FAMILY_START(&family, child_faults));
	ASSERT_TRUE(says(&family));
	EXPECT_STREQ("killed by 8", child_state(&family, true));
	family_stop(&family);
}

/* Tracers */

/* Waits for the next event of a traced process; returns its status. */
static int next_event(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, __WALL) == pid ? status : -1;
}

#define IS_EVENT(status, event) ((status) >> 8 == (SIGTRAP | (event) << 8))

TEST(tracer_is_told_of_the_child)
{
	struct image image;
	unsigned long child;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, child_exits);
	pid = image_trace(&image, NULL, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL,
			    PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, 0));
	status = next_event(pid);
	EXPECT_TRUE(IS_EVENT(status, PTRACE_EVENT_FORK));
	ASSERT_EQ(0, ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child));
	EXPECT_TRUE(exists(child));
	/* The child is traced, too, and stopped before its first instruction. */
	status = next_event(child);
	EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ASSERT_EQ(0, ptrace(PTRACE_CONT, child, NULL, 0));
	status = next_event(child);
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0x78, WEXITSTATUS(status));
	end(pid);
}

/* A tracer may keep the zombie; poll reports the end nevertheless. */
TEST(tracer_does_not_hide_the_end)
{
	struct family family = { };
	pid_t child;
	int status;

	child = start_child(&family);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, child, NULL, 0));
	kill(child, SIGKILL);
	EXPECT_STREQ("killed by 10", child_state(&family, true));
	EXPECT_TRUE(exists(child));
	status = next_event(child);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	for (int i = 0; i < 10000 && exists(child); i++)
		usleep(2000);
	EXPECT_FALSE(exists(child));
	family_stop(&family);
}

/* A process is killed even while a tracer has stopped it. */
TEST(tracer_does_not_keep_it_alive)
{
	struct family family = { };
	pid_t child;
	int status;

	child = start_child(&family);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, child, NULL, 0));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, child, NULL, 0));
	status = next_event(child);
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_TRUE(tell(&family) && says(&family));
	status = next_event(child);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	family_stop(&family);
}

/* Limits */

CODE(forks_once, FORK EXIT_WITH(0) "1:\n" WAIT_FOREVER IS_FAILURE);

static void one_process(void *unused)
{
	const struct rlimit limit = { 1, 1 };

	if (setrlimit(RLIMIT_NPROC, &limit) || setgid(4321) || setuid(4321))
		_exit(252);
}

TEST(limit_of_processes_is_eagain)
{
	struct family family = { .prepare = one_process };

	ASSERT_EQ(0, FAMILY_START(&family, forks_once));
	EXPECT_EQ(FAILED(CLOUDABI_EAGAIN) << 8, family_end(&family));
}

TEST_HARNESS_MAIN
