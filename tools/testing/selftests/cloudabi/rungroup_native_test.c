// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The control group of cloudabi-run
 *
 * The group contains Linux programs here.  Each test has a parent group of its
 * own, with another group in it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "../kselftest_harness.h"

#include "../../../cloudabi/run_group.c"
#include "../../../cloudabi/run_limits.c"
#include "runfail.h"

#define NOBODY 65534
#define ALL (GROUP_CPU | GROUP_MEMORY | GROUP_PIDS)

/* Longer than any successful wait. */
#define PATIENCE_MS 20000

FIXTURE(group) {
	char top[PATH_MAX];
	char dir[PATH_MAX + 32];
	char leaf[PATH_MAX + 64];
	/* Every process in the group holds the write end. */
	int alive[2];
};

typedef FIXTURE_DATA(group) test_t;

static void must(bool done)
{
	if (!done)
		fail(NULL, "%m");
}

static int write_in(const char *dir, const char *file, const char *text)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int error = fd < 0 ? errno : write_file(fd, file, text);

	close(fd);
	return error;
}

static const char *read_in(const char *dir, const char *file)
{
	static char text[1024];
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (read_file(fd, file, text, sizeof(text)) < 0)
		strcpy(text, "none");
	close(fd);
	return text;
}

FIXTURE_SETUP(group)
{
	size_t top;

	ASSERT_TRUE(find_own_group(self->top, &top));
	self->top[top] = '\0';
	ASSERT_EQ(0, write_in(self->top, "cgroup.subtree_control", "+cpu +memory +pids"));
	snprintf(self->dir, sizeof(self->dir), "%s/rungroup-%d", self->top, getpid());
	snprintf(self->leaf, sizeof(self->leaf), "%s/leaf", self->dir);
	ASSERT_EQ(0, mkdir(self->dir, 0755));
	ASSERT_EQ(0, mkdir(self->leaf, 0755));
	ASSERT_EQ(0, pipe2(self->alive, O_CLOEXEC | O_NONBLOCK));
}

/* No group is left. */
FIXTURE_TEARDOWN(group)
{
	write_in(self->dir, "cgroup.kill", "1");
	EXPECT_EQ(0, rmdir(self->leaf));
	EXPECT_EQ(0, rmdir(self->dir)) TH_LOG("%s: %s", self->dir, strerror(errno));
	rmdir(self->dir);
	close(self->alive[0]);
	close(self->alive[1]);
}

/* Returns true if all write ends are closed within some time. */
static bool all_gone(test_t *self)
{
	struct pollfd pollfd = { .fd = self->alive[0], .events = POLLIN };

	close(self->alive[1]);
	self->alive[1] = -1;
	return poll(&pollfd, 1, PATIENCE_MS) == 1 && pollfd.revents & POLLHUP;
}

static void expect(const char *expected, const char *seen, const char *what)
{
	if (strcmp(expected, seen))
		fail(NULL, "%s: %s, not %s", what, seen, expected);
}

static void expect_number(long expected, long seen, const char *what)
{
	if (expected != seen)
		fail(NULL, "%s: %ld, not %ld", what, seen, expected);
}

static void expect_made_in(const char *dir)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/cloudabi-run.%d", dir, getpid());
	expect(path, group_path() ?: group_errors(), "group");
	must(!access(path, F_OK));
}

static void go_to(const char *dir)
{
	errno = write_in(dir, "cgroup.procs", "0");
	must(!errno);
}

/* For tests that only look at the group: the child exits at once. */
static void end_child(pid_t pid)
{
	if (!pid)
		_exit(0);
	must(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

/* Creation */

static void make_in_own(void *arg)
{
	const test_t *const self = arg;

	go_to(self->dir);
	end_child(group_fork(NULL, 0));
	expect_made_in(self->dir);
}

/* A process that is created in the group does not have to move. */
static void be_born(void *arg)
{
	const test_t *const self = arg;
	char path[2 * PATH_MAX];
	int status;
	pid_t pid;

	pid = group_fork(self->dir, 0);
	if (!pid) {
		snprintf(path, sizeof(path), "%s/cloudabi-run.%d\n", self->dir + strlen(self->top),
			 getppid());
		_exit(!!strcmp(path, strchrnul(read_in("/proc/self", "cgroup"), '/')));
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid);
	expect_number(0, status, "another group");
}

TEST_F(group, has_a_child_that_is_born_in_it)
{
	EXPECT_EQ(0, run_child(be_born, self)) TH_LOG("%s", said);
}

TEST_F(group, is_made_in_the_own_one)
{
	EXPECT_EQ(0, run_child(make_in_own, self)) TH_LOG("%s", said);
}

static void make_above(void *arg)
{
	const test_t *const self = arg;
	char why[2 * PATH_MAX];

	go_to(self->leaf);
	errno = write_in(self->dir, "cgroup.subtree_control", "+cpu +memory +pids");
	must(!errno);
	end_child(group_fork(NULL, ALL));
	expect_made_in(self->dir);
	snprintf(why, sizeof(why), "%s: +cpu +memory +pids: there are processes in it",
		 self->leaf);
	expect(why, group_errors(), "reason");
	expect("", read_in(self->leaf, "cgroup.subtree_control"), "controllers of the busy one");
	expect_number(ALL, (long)group_controllers(), "controllers");
}

TEST_F(group, is_made_above_a_busy_one)
{
	EXPECT_EQ(0, run_child(make_above, self)) TH_LOG("%s", said);
}

static void switch_on(void *arg)
{
	const test_t *const self = arg;
	char why[2 * PATH_MAX];

	go_to(self->leaf);
	end_child(group_fork(NULL, GROUP_PIDS));
	expect_made_in(self->dir);
	snprintf(why, sizeof(why), "%s: no controller pids", self->leaf);
	expect(why, group_errors(), "reason");
	expect("pids\n", read_in(self->dir, "cgroup.subtree_control"), "what is switched on");
	expect_number(GROUP_PIDS, (long)group_controllers(), "controllers");
}

TEST_F(group, has_controllers_switched_on_that_it_needs)
{
	EXPECT_EQ(0, run_child(switch_on, self)) TH_LOG("%s", said);
}

static void make_in(void *arg)
{
	const test_t *const self = arg;

	end_child(group_fork(self->dir, ALL));
	expect_made_in(self->dir);
	expect("", group_errors(), "reason");
}

TEST_F(group, is_made_where_it_is_said)
{
	EXPECT_EQ(0, run_child(make_in, self)) TH_LOG("%s", said);
}

static void make_second(void *arg)
{
	const test_t *const self = arg;
	char name[2 * PATH_MAX], next[2 * PATH_MAX + 2];

	snprintf(name, sizeof(name), "%s/cloudabi-run.%d", self->dir, getpid());
	snprintf(next, sizeof(next), "%s.1", name);
	must(!mkdir(name, 0755));
	end_child(group_fork(self->dir, 0));
	expect(next, group_path(), "group");
	must(!rmdir(name));
}

TEST_F(group, has_another_name_if_there_is_one)
{
	EXPECT_EQ(0, run_child(make_second, self)) TH_LOG("%s", said);
}

/* Other users */

static void become_nobody(void)
{
	must(!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	must(!prctl(PR_SET_DUMPABLE, 1));
}

/* Delegates the group like a service manager or a session manager. */
static void delegate(const char *dir)
{
	static const char *const files[] = { "", "cgroup.procs", "cgroup.subtree_control" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[2 * PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		must(!chown(path, NOBODY, NOBODY));
	}
}

static void make_delegated(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	delegate(self->dir);
	go_to(self->leaf);
	become_nobody();
	limits_default(&limits);
	end_child(limits_fork(&limits, NULL));
	expect_made_in(self->dir);
}

TEST_F(group, is_made_by_who_may)
{
	EXPECT_EQ(0, run_child(make_delegated, self)) TH_LOG("%s", said);
}

static void make_elsewhere(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	delegate(self->dir);
	become_nobody();
	limits_default(&limits);
	end_child(limits_fork(&limits, self->dir));
}

/* The group could be made, but the process may not move into it. */
TEST_F(group, must_be_one_that_can_be_entered)
{
	char expected[2 * PATH_MAX];

	EXPECT_EQ(RUN_FAILED, run_child(make_elsewhere, self));
	snprintf(expected, sizeof(expected),
		 "no control group for the limits: %s: Permission denied", self->dir);
	EXPECT_STREQ(expected, said);
}

/* Limits */

static void write_limits(void *arg)
{
	const test_t *const self = arg;
	const struct limits limits = {
		.pids = 5, .memory = 8 << 20, .cpu = 150000, .descriptors = 9, .core = 0,
		.file_size = LIMIT_NONE,
	};
	const char *swap;

	end_child(limits_fork(&limits, self->dir));
	expect("5\n", read_in(group_path(), "pids.max"), "pids");
	expect("8388608\n", read_in(group_path(), "memory.max"), "memory");
	expect("1\n", read_in(group_path(), "memory.oom.group"), "who is killed");
	expect("150000 100000\n", read_in(group_path(), "cpu.max"), "cpu");
	swap = read_in(group_path(), "memory.swap.max");
	if (strcmp(swap, "none"))
		expect("0\n", swap, "swap");
}

TEST_F(group, is_told_the_limits)
{
	EXPECT_EQ(0, run_child(write_limits, self)) TH_LOG("%s", said);
}

static void write_none(void *arg)
{
	const test_t *const self = arg;
	const struct limits limits = {
		LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
	};

	errno = write_in(self->dir, "cgroup.subtree_control", "+cpu +memory +pids");
	must(!errno);
	end_child(limits_fork(&limits, self->dir));
	expect("max\n", read_in(group_path(), "pids.max"), "pids");
	expect("max\n", read_in(group_path(), "memory.max"), "memory");
	expect("max 100000\n", read_in(group_path(), "cpu.max"), "cpu");
}

TEST_F(group, is_not_told_limits_that_are_lifted)
{
	EXPECT_EQ(0, run_child(write_none, self)) TH_LOG("%s", said);
}

/* The program runs in the group; its exit status is the result of the test. */
static int run_in_group(const test_t *self, const struct limits *limits, int (*program)(void))
{
	int go[2], status;
	pid_t pid;
	char c;

	must(!pipe(go));
	pid = limits_fork(limits, self->dir);
	if (!pid) {
		must(read(go[0], &c, 1) == 1);
		close(go[0]);
		close(go[1]);
		must(limits_apply(limits));
		_exit(program());
	}
	must(write(go[1], "x", 1) == 1 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int fork_much(void)
{
	int n = 1;
	pid_t pid;

	while ((pid = fork()) > 0)
		n++;
	if (!pid)
		pause();
	return errno == EAGAIN ? n : 255;
}

static void limit_pids(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	limits_default(&limits);
	limits.pids = 7;
	expect_number(7, run_in_group(self, &limits, fork_much), "tasks");
}

TEST_F(group, has_no_more_tasks)
{
	EXPECT_EQ(0, run_child(limit_pids, self)) TH_LOG("%s", said);
	EXPECT_TRUE(all_gone(self));
}

/* In a separate process, which the OOM killer has no other reason to kill. */
static int take_memory(void)
{
	if (!fork())
		pause();
	for (;;) {
		char *const memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			return 255;
		memset(memory, 1, 1 << 20);
	}
}

static void limit_memory_of_all(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	limits_default(&limits);
	limits.memory = 16 << 20;
	expect_number(1000 + SIGKILL, run_in_group(self, &limits, take_memory), "status");
	wait_empty();
	expect("populated 0", strstr(read_in(group_path(), "cgroup.events"), "populated 0") ?
	       "populated 0" : read_in(group_path(), "cgroup.events"), "events");
}

TEST_F(group, has_no_more_memory)
{
	EXPECT_EQ(0, run_child(limit_memory_of_all, self)) TH_LOG("%s", said);
	EXPECT_TRUE(all_gone(self));
}

/* Returns the percentage of the time for which the process runs. */
static int compute(void)
{
	const long begin = now_ms();
	struct rusage usage;

	while (now_ms() < begin + 2000)
		;
	must(!getrusage(RUSAGE_SELF, &usage));
	return (int)((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000) * 100 /
	       (int)(now_ms() - begin);
}

static void limit_cpu(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;
	int percent;

	limits_default(&limits);
	limits.cpu = 20 * CPU_PERCENT;
	percent = run_in_group(self, &limits, compute);
	if (percent < 1 || percent > 30)
		fail(NULL, "%d%%", percent);
}

TEST_F(group, has_no_more_time)
{
	EXPECT_EQ(0, run_child(limit_cpu, self)) TH_LOG("%s", said);
}

static int niceness(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

static void be_niced(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	limits_default(&limits);
	expect_number(10, run_in_group(self, &limits, niceness), "nice value");
}

static void share(void *arg)
{
	const test_t *const self = arg;
	struct limits limits;

	limits_default(&limits);
	errno = write_in(self->dir, "cgroup.subtree_control", "+cpu");
	must(!errno);
	expect_number(0, run_in_group(self, &limits, niceness), "nice value");
}

TEST_F(group, is_nice_without_a_share_of_its_own)
{
	EXPECT_EQ(0, run_child(be_niced, self)) TH_LOG("%s", said);
	EXPECT_EQ(0, run_child(share, self)) TH_LOG("%s", said);
}

/* Destruction */

/* Processes that neither exit by themselves nor with their parent. */
static void make_full(const test_t *self)
{
	int ready[2];
	pid_t pid;
	char c;

	must(!pipe(ready));
	pid = group_fork(self->dir, 0);
	must(pid >= 0);
	if (!pid) {
		signal(SIGTERM, SIG_IGN);
		for (int i = 0; i < 5; i++)
			fork();
		must(write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	for (int i = 0; i < 32; i++)
		must(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	close(ready[1]);
}

static void end_group(void *arg)
{
	const test_t *const self = arg;
	const long begin = now_ms();

	make_full(self);
	group_destroy();
	if (now_ms() - begin > PATIENCE_MS / 2)
		fail(NULL, "took %ld ms", now_ms() - begin);
	if (group_path() || strstr(read_in(self->dir, "cgroup.stat"), "nr_descendants 2"))
		fail(NULL, "there is still a group");
	/* Nothing is left to kill. */
	group_destroy();
}

TEST_F(group, ends_with_all_that_is_in_it)
{
	EXPECT_EQ(0, run_child(end_group, self)) TH_LOG("%s", said);
	EXPECT_TRUE(all_gone(self));
}

static void exit_full(void *arg)
{
	const test_t *const self = arg;

	make_full(self);
}

TEST_F(group, ends_when_its_maker_exits)
{
	EXPECT_EQ(0, run_child(exit_full, self)) TH_LOG("%s", said);
	EXPECT_TRUE(all_gone(self));
}

static void fail_full(void *arg)
{
	exit_full(arg);
	fail(NULL, "of its own");
}

TEST_F(group, ends_when_its_maker_fails)
{
	EXPECT_EQ(RUN_FAILED, run_child(fail_full, self));
	EXPECT_STREQ("of its own", said);
	EXPECT_TRUE(all_gone(self));
}

static void exit_others(void *arg)
{
	const test_t *const self = arg;
	pid_t pid;

	end_child(group_fork(self->dir, 0));
	pid = fork();
	if (!pid) {
		group_destroy();
		exit(0);
	}
	must(waitpid(pid, NULL, 0) == pid);
	expect_made_in(self->dir);
}

TEST_F(group, does_not_end_with_other_processes)
{
	EXPECT_EQ(0, run_child(exit_others, self)) TH_LOG("%s", said);
}

TEST_HARNESS_MAIN
