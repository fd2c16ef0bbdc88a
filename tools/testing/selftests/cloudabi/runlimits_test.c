// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Limits of cloudabi-run, seen by programs
 *
 * The programs are runbomb.c, which takes as much as it can get, and pieces of
 * machine code.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "tool.h"

#define NOBODY 65534

/* How often other processes take a turn, how long a turn may take, and the number of turns. */
#define TURN (10 * MS)
#define PATIENCE SECOND
/* On a slow machine, the limit is this many turns of an idle machine. */
#define PATIENCE_TURNS 100
#define TURNS 200
/* Longer than any successful wait. */
#define FOREVER (60 * SECOND)

FIXTURE(run) {
	/* A directory for a program, and the root of all control groups. */
	char dir[32], top[64];
	/* One more option and its value, if not NULL. */
	const char *option, *value;
	/* Runs before cloudabi-run is executed, if not NULL. */
	void (*before)(void);
	/* The read end for all output, and the control group. */
	int out;
	pid_t pid;
	char group[128];
	char said[1024];
};

typedef FIXTURE_DATA(run) run_t;

/* The number after @key in a file, or at its beginning; -1 if there is none. */
static long number(const char *dir, const char *name, const char *key)
{
	char path[256], text[4096];
	const char *value;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	value = field(text, key);
	return *value ? strtol(value, NULL, 10) : -1;
}

FIXTURE_SETUP(run)
{
	strcpy(self->dir, "/tmp/runlimits-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0777));
	strcpy(self->top, "/sys/fs/cgroup");
	ASSERT_TRUE(put_text(self->top, "cgroup.subtree_control", "+cpu +memory +pids"));
	self->out = -1;
}

/* No process is left. */
FIXTURE_TEARDOWN(run)
{
	static const char *const files[] = { "file", "program" };

	if (self->pid > 0)
		end(self->pid);
	put_text(self->group, "cgroup.kill", "1");
	close(self->out);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", self->dir, files[i]);
		unlink(path);
	}
	EXPECT_EQ(0, rmdir(self->dir));
}

static int config_fd(const char *config)
{
	const int fd = memfd_create("config", 0);

	if (write(fd, config, strlen(config)) != (ssize_t)strlen(config) ||
	    lseek(fd, 0, SEEK_SET))
		return -1;
	return fd;
}

static void __attribute__((__noreturn__))
execute(const run_t *self, const char *config, const char *program, int out)
{
	char tool[256];
	const char *const argv[] = {
		tool, self->option ?: program, self->option ? self->value : NULL, program, NULL,
	};

	if (!tool_path(tool, sizeof(tool), "cloudabi-run"))
		abort();
	if (dup2(config_fd(config), 0) || dup2(out, 1) != 1 || dup2(out, 2) != 2 ||
	    chdir(self->dir))
		_exit(255);
	close_range(3, ~0U, 0);
	if (self->before)
		self->before();
	execv(tool, (char **)argv);
	_exit(255);
}

/* Makes cloudabi-run start a program by its path. */
static void launch(struct __test_metadata *_metadata, run_t *self, const char *config,
		   const char *program)
{
	int out[2];

	ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
	self->pid = fork();
	ASSERT_LE(0, self->pid);
	if (!self->pid)
		execute(self, config, program, out[1]);
	close(out[1]);
	self->out = out[0];
	snprintf(self->group, sizeof(self->group), "%s/cloudabi-run.%d",
		 self->value ?: self->top, self->pid);
}

static void launch_bomb(struct __test_metadata *_metadata, run_t *self, const char *config)
{
	char program[256];

	if (!tool_path(program, sizeof(program), "runbomb.cloudabi"))
		abort();
	launch(_metadata, self, config, program);
}

/* Reads output until its end, or until the end of a line. */
static void listen_to(run_t *self, bool line)
{
	size_t len = strlen(self->said);
	ssize_t part;

	while (len < sizeof(self->said) - 1 && !(line && strchr(self->said, '\n'))) {
		struct pollfd pollfd = { .fd = self->out, .events = POLLIN };

		if (poll(&pollfd, 1, FOREVER / MS) != 1)
			break;
		part = read(self->out, self->said + len, sizeof(self->said) - 1 - len);
		if (part <= 0)
			break;
		len += part;
		self->said[len] = '\0';
	}
}

/* Waits for cloudabi-run; returns its exit status. */
static int finish(run_t *self)
{
	int status;

	listen_to(self, false);
	if (waitpid(self->pid, &status, 0) != self->pid)
		return -1;
	self->pid = 0;
	close(self->out);
	self->out = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

/* Ends cloudabi-run as a user would. */
static int terminate(run_t *self)
{
	kill(self->pid, SIGTERM);
	return finish(self);
}

static void launch_code(struct __test_metadata *_metadata, run_t *self, const char *config,
			const char *code, size_t len)
{
	struct image image;
	char path[64];
	int fd;

	image_init(&image, code, len);
	snprintf(path, sizeof(path), "%s/program", self->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ASSERT_EQ(image.size, write(fd, image.bytes, image.size));
	close(fd);
	launch(_metadata, self, config, path);
}

/* Runs a piece of machine code; returns the exit status. */
static int run_code(struct __test_metadata *_metadata, run_t *self, const char *config,
		    const char *code, size_t len)
{
	self->said[0] = '\0';
	launch_code(_metadata, self, config, code, len);
	return finish(self);
}

#define RUN(code, config) run_code(_metadata, self, config, code, code##_end - code)

#define EXPECT_GONE() EXPECT_EQ(-1, access(self->group, F_OK))

/* A fork bomb */

/* One turn of another process: fork a process and open a file.  Returns the time it took. */
static long take_turn(void)
{
	const long begin = now();
	const pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	close(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
	return now() - begin;
}

static long usual_turn(void)
{
	long sum = 0;

	for (int i = 0; i < 20; i++)
		sum += take_turn();
	return sum / 20;
}

/* Returns the longest of many turns during the explosion. */
static long longest_turn(void)
{
	long longest = 0;

	for (int i = 0; i < TURNS; i++) {
		const long turn = take_turn();

		if (turn > longest)
			longest = turn;
		rest(TURN);
	}
	return longest;
}

static bool comes_to(const char *dir, const char *file, const char *key, long least)
{
	const long until = now() + FOREVER;

	while (number(dir, file, key) < least) {
		if (now() > until)
			return false;
		rest(TURN);
	}
	return true;
}

TEST_F(run, fork_bomb_does_not_hurt)
{
	const long turn = usual_turn();
	long longest;

	launch_bomb(_metadata, self, "{}\n");
	ASSERT_TRUE(comes_to(self->group, "pids.events", "max ", 1));
	EXPECT_EQ(64, number(self->group, "pids.max", ""));
	longest = longest_turn();
	EXPECT_LT(longest, PATIENCE + PATIENCE_TURNS * turn);
	EXPECT_LE(number(self->group, "pids.current", ""), 64);
	EXPECT_LT(32, number(self->group, "pids.current", ""));
	EXPECT_EQ(128 + SIGTERM, terminate(self)) TH_LOG("%s", self->said);
	EXPECT_GONE();
	TH_LOG("a turn takes %ld us, and %ld us at most with the bomb", turn / 1000,
	       longest / 1000);
}

static unsigned long nobodys_tasks(void)
{
	const struct dirent *entry;
	char status[2048];
	unsigned long n = 0;
	DIR *proc;

	proc = opendir("/proc");
	while ((entry = readdir(proc)))
		if (isdigit(*entry->d_name) &&
		    read_proc(atoi(entry->d_name), "status", status, sizeof(status)) > 0 &&
		    atoi(field(status, "Uid:\t")) == NOBODY)
			n += strtoul(field(status, "Threads:\t"), NULL, 10);
	closedir(proc);
	return n;
}

static void become_nobody(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		_exit(255);
}

/* A user who may not make control groups has per-process limits. */
TEST_F(run, fork_bomb_of_nobody_does_not_hurt)
{
	const long turn = usual_turn(), until = now() + FOREVER;
	const unsigned long others = nobodys_tasks();
	long longest;

	self->before = become_nobody;
	launch_bomb(_metadata, self, "{}\n");
	while (nobodys_tasks() < others + 60 && now() < until)
		rest(TURN);
	longest = longest_turn();
	EXPECT_LT(longest, PATIENCE + PATIENCE_TURNS * turn);
	/* Including cloudabi-run itself. */
	EXPECT_LE(nobodys_tasks(), others + 64 + 1);
	EXPECT_LE(others + 60, nobodys_tasks());
	EXPECT_EQ(128 + SIGTERM, terminate(self)) TH_LOG("%s", self->said);
	while (nobodys_tasks() > others && now() < until)
		rest(TURN);
	EXPECT_EQ(others, nobodys_tasks());
	TH_LOG("a turn takes %ld us, and %ld us at most with the bomb", turn / 1000,
	       longest / 1000);
}

/* Each limit by itself.  The bomb expects its descriptors in this order. */

#define GIVEN(name) "[" name ", !fd stdin, !fd stdout, !fd stderr, !file {path: .}]\n"
#define LIMITS(text) "---\nlimits: {" text "}\n"

/* Expects the message of a bomb that is refused more and stays. */
static void expect_refused(struct __test_metadata *_metadata, run_t *self, const char *config,
			   const char *expected)
{
	launch_bomb(_metadata, self, config);
	listen_to(self, true);
	EXPECT_STREQ(expected, self->said);
	EXPECT_EQ(128 + SIGTERM, terminate(self));
	EXPECT_GONE();
}

static void expect_killed(struct __test_metadata *_metadata, run_t *self, const char *config,
			  int signal)
{
	launch_bomb(_metadata, self, config);
	EXPECT_EQ(128 + signal, finish(self)) TH_LOG("%s", self->said);
	EXPECT_GONE();
}

TEST_F(run, no_more_tasks)
{
	expect_refused(_metadata, self, GIVEN("threads") LIMITS("pids: 10"), "EAGAIN 9\n");
}

TEST_F(run, no_tasks_but_one)
{
	expect_refused(_metadata, self, GIVEN("fork") LIMITS("pids: 1"), "EAGAIN 0\n");
}

TEST_F(run, no_more_descriptors)
{
	expect_refused(_metadata, self, GIVEN("dup") LIMITS("descriptors: 32"), "EMFILE 28\n");
}

TEST_F(run, usual_number_of_descriptors)
{
	expect_refused(_metadata, self, GIVEN("dup"), "EMFILE 1020\n");
}

TEST_F(run, no_more_memory)
{
	expect_killed(_metadata, self, GIVEN("memory") LIMITS("memory: 16M"), SIGKILL);
}

TEST_F(run, usual_memory)
{
	launch_bomb(_metadata, self, GIVEN("memory"));
	ASSERT_TRUE(comes_to(self->group, "memory.max", "", 1));
	EXPECT_LE(number(self->group, "memory.max", ""), 512L << 20);
	EXPECT_LE(number(self->group, "memory.max", "") / 1024,
		  number("/proc", "meminfo", "MemTotal:") / 2);
	EXPECT_EQ(128 + SIGKILL, finish(self)) TH_LOG("%s", self->said);
	EXPECT_GONE();
}

/* Besides its blocks of 1 MiB, the bomb has static variables. */
TEST_F(run, no_more_memory_for_nobody)
{
	long mib;

	self->before = become_nobody;
	launch_bomb(_metadata, self, GIVEN("memory") LIMITS("memory: 48M"));
	listen_to(self, true);
	mib = strtol(field(self->said, "ENOMEM "), NULL, 10);
	EXPECT_LE(24, mib) TH_LOG("%s", self->said);
	EXPECT_LT(mib, 48);
	EXPECT_EQ(128 + SIGTERM, terminate(self));
}

TEST_F(run, no_larger_files)
{
	expect_killed(_metadata, self, GIVEN("file") LIMITS("file_size: 64K"), SIGXFSZ);
}

TEST_F(run, no_more_time)
{
	long begin, used;

	launch_bomb(_metadata, self, GIVEN("time") LIMITS("cpu: 20%"));
	ASSERT_TRUE(comes_to(self->group, "cpu.stat", "usage_usec ", 50000));
	begin = now();
	used = number(self->group, "cpu.stat", "usage_usec ");
	rest(2 * SECOND);
	used = number(self->group, "cpu.stat", "usage_usec ") - used;
	EXPECT_LT(used * 100 / ((now() - begin) / 1000), 30);
	EXPECT_LT(0, number(self->group, "cpu.stat", "nr_throttled "));
	EXPECT_EQ(128 + SIGTERM, terminate(self));
	EXPECT_GONE();
}

/* Core dumps go to the test's directory */

CODE(traps, "int3\n");

static void allow_cores(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &all))
		_exit(255);
}

TEST_F(run, no_core_dumps)
{
	self->before = allow_cores;
	EXPECT_EQ(128 + SIGTRAP, RUN(traps, "{}\n")) TH_LOG("%s", self->said);
	EXPECT_EQ(-1, unlink("core"));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(run, core_dumps_if_wanted)
{
	char path[64];

	self->before = allow_cores;
	EXPECT_EQ(128 + SIGTRAP, RUN(traps, "{}\n" LIMITS("core: 64M")))
		TH_LOG("%s", self->said);
	snprintf(path, sizeof(path), "%s/core", self->dir);
	EXPECT_EQ(0, unlink(path));
}

/* The parent of the group */

CODE(exits, EXIT_WITH(7));

TEST_F(run, group_is_made_where_it_is_said)
{
	char dir[96];

	snprintf(dir, sizeof(dir), "%s/runlimits-%d", self->top, getpid());
	ASSERT_EQ(0, mkdir(dir, 0755));
	self->option = "--cgroup";
	self->value = dir;
	launch_bomb(_metadata, self, "{}\n");
	EXPECT_TRUE(comes_to(self->group, "pids.events", "max ", 1));
	EXPECT_EQ(128 + SIGTERM, terminate(self)) TH_LOG("%s", self->said);
	EXPECT_GONE();
	EXPECT_EQ(0, rmdir(dir));
}

static void hide_groups(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/sys/fs", "tmpfs", 0, NULL))
		_exit(255);
}

TEST_F(run, root_needs_a_group_or_says_otherwise)
{
	self->before = hide_groups;
	EXPECT_EQ(125, RUN(exits, "{}\n"));
	EXPECT_NE(NULL, strstr(self->said, "no control group to limit pids by"))
		TH_LOG("%s", self->said);
	EXPECT_EQ(7, RUN(exits, "{}\n" LIMITS("pids: none"))) TH_LOG("%s", self->said);
}

/* Calls */

#define CALLS(list) "{}\n---\ncalls: [" list "]\n"

CODE(yields, "mov $48, %eax\nsyscall\n" EXIT_WITH_OUTCOME);
CODE(closes, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);
/* The last number that a configuration may allow; no call has it. */
CODE(calls_63, "mov $63, %eax\nsyscall\n" EXIT_WITH_OUTCOME);
_Static_assert(CLOUDABI_NR_CALLS <= 63, "calls_63 needs a number without a call");

TEST_F(run, calls_that_are_listed_can_be_made)
{
	EXPECT_EQ(0, RUN(yields, "{}\n")) TH_LOG("%s", self->said);
	EXPECT_EQ(0, RUN(yields, CALLS("thread_yield"))) TH_LOG("%s", self->said);
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), RUN(closes, CALLS("fd_close, thread_yield")));
}

TEST_F(run, other_calls_are_not_what_a_program_was_given)
{
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(yields, CALLS("fd_close")))
		TH_LOG("%s", self->said);
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(closes, CALLS("thread_yield")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(calls_63, CALLS("fd_close")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), RUN(calls_63, "{}\n"));
}

TEST_F(run, end_can_always_be_called)
{
	EXPECT_EQ(7, RUN(exits, CALLS(""))) TH_LOG("%s", self->said);
}

/* cloudabi-reexec may make calls that the program that it executes may not make. */
#define OF_DESCRIPTOR(name, nr, fd) \
	CODE(name, "mov $" STRING(fd) ", %edi\nxor %esi, %esi\nxor %edx, %edx\n" \
	     "xor %r10d, %r10d\nxor %r8d, %r8d\nmov $" STRING(nr) ", %eax\nsyscall\n" \
	     EXIT_WITH_OUTCOME)

OF_DESCRIPTOR(read_0, 10, 0);
OF_DESCRIPTOR(stat_get_0, 13, 0);
OF_DESCRIPTOR(stat_put_0, 14, 0);
OF_DESCRIPTOR(write_0, 16, 0);
OF_DESCRIPTOR(write_1023, 16, 1023);
OF_DESCRIPTOR(write_1024, 16, 1024);
OF_DESCRIPTOR(exec_0, 38, 0);
OF_DESCRIPTOR(exec_1025, 38, 1025);

#define ONE_FILE(list) "[!fd stdout]\n---\ncalls: [" list "]\n"

TEST_F(run, calls_of_the_start_are_none_of_the_program)
{
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(stat_get_0, ONE_FILE("fd_read")))
		TH_LOG("%s", self->said);
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(stat_put_0, ONE_FILE("fd_read")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(read_0, ONE_FILE("fd_write")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(write_0, ONE_FILE("fd_read")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(write_1023, ONE_FILE("fd_read")));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), RUN(exec_0, ONE_FILE("fd_read")));
	EXPECT_EQ(0, RUN(write_0, ONE_FILE("fd_write")));
	/* The program may make these calls, but they achieve nothing. */
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), RUN(write_1024, ONE_FILE("fd_read")));
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), RUN(exec_1025, ONE_FILE("fd_read")));
}

/* Waits for two seconds; the outcome is the number of events. */
CODE(waits,
     "sub $128, %rsp\nmov %rsp, %rdi\nxor %eax, %eax\nmov $16, %ecx\nrep stosq\n"
     "mov %rsp, %rdi\n"
     "movb $1, 10(%rdi)\n"	/* a clock */
     "movl $1, 24(%rdi)\n"	/* the monotonic one */
     "movq $2000000000, 32(%rdi)\n"
     "lea 64(%rsp), %rsi\nmov $1, %edx\nmov $37, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

/* Returns the process in the group once it executes the image and sleeps. */
static pid_t find_sleeper(run_t *self)
{
	const long until = now() + FOREVER;
	char path[32], exe[64];

	while (now() < until) {
		const long pid = number(self->group, "cgroup.procs", "");
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
		len = readlink(path, exe, sizeof(exe) - 1);
		exe[len < 0 ? 0 : len] = '\0';
		if (strstr(exe, "/program"))
			return falls_asleep(pid) ? pid : -1;
		rest(MS);
	}
	return -1;
}

/* On continuing, the kernel makes a restart_syscall of its own. */
TEST_F(run, stopped_program_waits_on)
{
	const long begin = now();
	pid_t pid;

	launch_code(_metadata, self, CALLS("poll"), waits, waits_end - waits);
	pid = find_sleeper(self);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, kill(pid, SIGSTOP));
	rest(100 * MS);
	EXPECT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(1, finish(self)) TH_LOG("%s", self->said);
	EXPECT_LE(2 * SECOND, now() - begin);
}

TEST_HARNESS_MAIN
