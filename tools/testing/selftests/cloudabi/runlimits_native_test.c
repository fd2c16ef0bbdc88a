// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - How cloudabi-run parses and enforces limits
 *
 * The programs are Linux programs here; runlimits_test has CloudABI programs.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "../kselftest_harness.h"

#include "../../../cloudabi/run_group.c"
#include "../../../cloudabi/run_limits.c"
#include "runfail.h"

#define KIB 1024ULL
#define GIB (KIB * MIB)
#define NOBODY 65534

/* Parsing */

struct setting {
	const char *key, *text;
};

static void set_one(void *arg)
{
	const struct setting *const setting = arg;
	struct limits limits = { 0 };

	limits_set(&limits, &somewhere, setting->key, setting->text);
}

static uint64_t value_of(const char *key, const char *text)
{
	struct limits limits = { 0 };

	limits_set(&limits, &somewhere, key, text);
	return limits.pids + limits.memory + limits.cpu + limits.descriptors + limits.core +
	       limits.file_size;
}

TEST(sizes_are_read)
{
	static const char *const sizes[] = { "memory", "core", "file_size" };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(1, value_of(sizes[i], "1"));
		EXPECT_EQ(4096, value_of(sizes[i], "4096"));
		EXPECT_EQ(10, value_of(sizes[i], "010"));
		EXPECT_EQ(64 * KIB, value_of(sizes[i], "64K"));
		EXPECT_EQ(512 * MIB, value_of(sizes[i], "512M"));
		EXPECT_EQ(3 * GIB, value_of(sizes[i], "3G"));
		EXPECT_EQ(2 * KIB * GIB, value_of(sizes[i], "2T"));
		EXPECT_EQ(UINT64_MAX - 1, value_of(sizes[i], "18446744073709551614"));
		EXPECT_EQ((UINT64_MAX >> 40) - 1, value_of(sizes[i], "16777214T") >> 40);
		EXPECT_EQ(LIMIT_NONE, value_of(sizes[i], "none"));
	}
}

TEST(numbers_are_read)
{
	EXPECT_EQ(1, value_of("pids", "1"));
	EXPECT_EQ(64, value_of("pids", "64"));
	EXPECT_EQ(LIMIT_NONE, value_of("pids", "none"));
	EXPECT_EQ(1, value_of("descriptors", "1"));
	EXPECT_EQ(1024, value_of("descriptors", "1024"));
	EXPECT_EQ(LIMIT_NONE, value_of("descriptors", "none"));
	EXPECT_EQ(0, value_of("core", "0"));
	EXPECT_EQ(0, value_of("file_size", "0"));
}

TEST(parts_of_processors_are_read)
{
	EXPECT_EQ(100000, value_of("cpu", "1"));
	EXPECT_EQ(200000, value_of("cpu", "2"));
	EXPECT_EQ(150000, value_of("cpu", "1.5"));
	EXPECT_EQ(50000, value_of("cpu", "0.5"));
	EXPECT_EQ(50000, value_of("cpu", "50%"));
	EXPECT_EQ(12500, value_of("cpu", "12.5%"));
	EXPECT_EQ(250000, value_of("cpu", "250%"));
	EXPECT_EQ(1000, value_of("cpu", "1%"));
	EXPECT_EQ(1000, value_of("cpu", "0.01"));
	EXPECT_EQ(33333, value_of("cpu", "0.3333333333333333333333333333"));
	EXPECT_EQ(100000000000, value_of("cpu", "1000000"));
	EXPECT_EQ(LIMIT_NONE, value_of("cpu", "none"));
}

/* Invalid values of limits, and the expected error messages. */
static const struct {
	const char *key, *should, *texts[24];
} wrong[] = {
	{ "pids", "a number or none", {
		"", "-1", "+1", " 1", "1 ", "64K", "0x10", "1.5", "50%", "None", "none ", "~",
		"18446744073709551615", "99999999999999999999",
	} },
	{ "memory", "a size like 65536, 64K, 512M or 2G, or none", {
		"", "-1", "K", "1k", "1KB", "1KK", "1 K", "1.5G", "50%", "max", "16777216T",
		"16777215T", "18014398509481984K", "18446744073709551615",
	} },
	{ "cpu", "a number of processors like 2, 0.5 or 50%, or none", {
		"", ".", "1.", ".5", "%", "1.%", "1%%", "1% ", "1e3", "1K", "-1", "inf", "1.5.5",
		"1000001", "1000000.1", "100000001%", "184467440737096",
		"18446744073709551614",
	} },
};

TEST(what_is_no_value_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		for (size_t j = 0; wrong[i].texts[j]; j++) {
			struct setting setting = { wrong[i].key, wrong[i].texts[j] };
			char expected[256];

			EXPECT_EQ(RUN_FAILED, run_child(set_one, &setting));
			snprintf(expected, sizeof(expected), "config:3:7: %s should be %s, not %s",
				 setting.key, wrong[i].should, setting.text);
			EXPECT_STREQ(expected, said);
		}
	}
}

TEST(what_is_too_little_is_refused)
{
	static const struct setting little[] = {
		{ "pids", "0" }, { "memory", "0" }, { "memory", "0G" }, { "descriptors", "0" },
		{ "cpu", "0" }, { "cpu", "0%" }, { "cpu", "0.9%" }, { "cpu", "0.00999999" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(little); i++) {
		char expected[256];

		EXPECT_EQ(RUN_FAILED, run_child(set_one, (void *)&little[i]));
		snprintf(expected, sizeof(expected), "config:3:7: %s: %s is too little to run",
			 little[i].key, little[i].text);
		EXPECT_STREQ(expected, said);
	}
}

TEST(name_of_no_limit_is_refused)
{
	static const char *const names[] = { "", "memor", "memoryy", "Memory", "cpus", "none" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct setting setting = { names[i], "1" };
		char expected[256];

		EXPECT_EQ(RUN_FAILED, run_child(set_one, &setting));
		snprintf(expected, sizeof(expected), "config:3:7: no limit is named %s", names[i]);
		EXPECT_STREQ(expected, said);
	}
}

TEST(defaults_are_safe)
{
	struct sysinfo info;
	struct limits limits;

	limits_default(&limits);
	ASSERT_EQ(0, sysinfo(&info));
	EXPECT_EQ(64, limits.pids);
	EXPECT_LE(limits.memory, 512 * MIB);
	EXPECT_LE(limits.memory, (uint64_t)info.totalram * info.mem_unit / 2);
	EXPECT_TRUE(limits.memory == 512 * MIB ||
		    limits.memory == (uint64_t)info.totalram * info.mem_unit / 2);
	EXPECT_EQ(LIMIT_NONE, limits.cpu);
	EXPECT_EQ(1024, limits.descriptors);
	EXPECT_EQ(0, limits.core);
	EXPECT_EQ(LIMIT_NONE, limits.file_size);
}

TEST(limits_are_printed)
{
	static const struct {
		struct limits limits;
		const char *texts[6];
	} cases[] = {
		{ { 64, 512 * MIB, LIMIT_NONE, 1024, 0, LIMIT_NONE },
		  { "64", "512M", "none", "1024", "0", "none" } },
		{ { LIMIT_NONE, LIMIT_NONE, 12500, LIMIT_NONE, 1025, 3 * KIB * GIB },
		  { "none", "none", "12.5%", "none", "1025", "3T" } },
		{ { 1, KIB, 123456, 2, GIB, 1536 * KIB },
		  { "1", "1K", "123.456%", "2", "1G", "1536K" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *const texts = cases[i].texts;
		char expected[256];

		snprintf(expected, sizeof(expected), "limits: {pids: %s, memory: %s, cpu: %s, ",
			 texts[0], texts[1], texts[2]);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 "descriptors: %s, core: %s, file_size: %s}\n", texts[3], texts[4],
			 texts[5]);
		EXPECT_STREQ(expected, PRINTED(limits_print(&cases[i].limits, out)));
	}
}

/* Finding the tool's own control group */

static const char *own_of(char *text)
{
	static char path[PATH_MAX];
	FILE *const file = fmemopen(text, strlen(text), "r");
	const bool found = read_own_path(file, path);

	fclose(file);
	return found ? path : "none";
}

TEST(own_group_is_that_of_the_new_hierarchy)
{
	EXPECT_STREQ("/a/b", own_of("0::/a/b\n"));
	EXPECT_STREQ("/", own_of("9:name=systemd:/x\n4:memory:/y\n0::/\n"));
	EXPECT_STREQ("/a::b:/c", own_of("10::/x\n0::/a::b:/c\n1:cpu:/\n"));
	EXPECT_STREQ("/a (deleted)", own_of("0::/a (deleted)"));
	EXPECT_STREQ("none", own_of("4:memory:/y\n9:name=0::/:/x\n"));
}

static const char *dir_of(char *mountinfo, const char *own, size_t *top)
{
	static char dir[PATH_MAX];
	FILE *const file = fmemopen(mountinfo, strlen(mountinfo), "r");

	*top = find_group_dir(file, own, dir);
	fclose(file);
	return *top ? dir : "none";
}

#define MOUNT(root, point) "31 23 0:28 " root " " point " rw,nosuid - cgroup2 cgroup2 rw\n"

TEST(own_group_is_found_where_it_is_mounted)
{
	static const struct {
		char *mountinfo;
		const char *own, *dir;
		size_t top;
	} cases[] = {
		{ MOUNT("/", "/sys/fs/cgroup"), "/", "/sys/fs/cgroup", 14 },
		{ MOUNT("/", "/sys/fs/cgroup"), "/a/b", "/sys/fs/cgroup/a/b", 14 },
		{ MOUNT("/a", "/cg"), "/a", "/cg", 3 },
		{ MOUNT("/a", "/cg"), "/a/b", "/cg/b", 3 },
		{ MOUNT("/a", "/cg"), "/ab", "none", 0 },
		{ MOUNT("/a/b", "/cg"), "/a", "none", 0 },
		{ MOUNT("/a", "/cg"), "/", "none", 0 },
		/* Paths outside of the cgroup namespace. */
		{ MOUNT("/", "/cg"), "/../x", "none", 0 },
		{ MOUNT("/..", "/cg"), "/../x", "/cg/x", 3 },
		{ MOUNT("/..", "/cg"), "/../../x", "none", 0 },
		/* The first mount that shows the group. */
		{ MOUNT("/x", "/1") MOUNT("/a", "/2") MOUNT("/", "/3"), "/a/b", "/2/b", 2 },
		/* Other file systems, even if their names say cgroup2. */
		{ "1 2 0:3 / /sys/fs/cgroup rw - cgroup cgroup2 rw\n"
		  "1 2 0:3 / /tmp rw - tmpfs cgroup2 rw\n"
		  "1 2 0:3 / /x rw shared:3 master:1 - cgroup2 none rw,nsdelegate\n",
		  "/", "/x", 2 },
		{ MOUNT("/", "/a\\040b\\011c\\134d\\012"), "/", "/a b\tc\\d\n", 9 },
		{ "garbage\n - cgroup2 x\n", "/", "none", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t top;

		EXPECT_STREQ(cases[i].dir, dir_of(cases[i].mountinfo, cases[i].own, &top));
		EXPECT_EQ(cases[i].top, top) TH_LOG("case %zu", i);
	}
}

TEST(controllers_have_names)
{
	char text[64];

	name_controllers(0, "+", text);
	EXPECT_STREQ("", text);
	name_controllers(GROUP_PIDS, "+", text);
	EXPECT_STREQ("+pids", text);
	name_controllers(GROUP_CPU | GROUP_MEMORY | GROUP_PIDS, "+", text);
	EXPECT_STREQ("+cpu +memory +pids", text);
}

/* Without a control group */

static void must(bool done)
{
	if (!done)
		fail(NULL, "%m");
}

/* Hides the mounts beneath; everything else stays visible. */
static void hide_groups(void)
{
	must(!unshare(CLONE_NEWNS));
	must(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!mount("none", "/sys/fs", "tmpfs", 0, NULL));
}

static void prepare(void *arg)
{
	hide_groups();
	if (!limits_fork(arg, NULL))
		_exit(0);
	if (group_path())
		fail(NULL, "a group: %s", group_path());
}

TEST(program_of_root_needs_a_group)
{
	struct limits limits;

	limits_default(&limits);
	EXPECT_EQ(RUN_FAILED, run_child(prepare, &limits));
	EXPECT_NE(NULL, strstr(said, "no control group to limit pids by: /sys/fs/cgroup"));
	EXPECT_NE(NULL, strstr(said, "(\"limits: {pids: none}\" lifts the limit)"));
	limits.pids = LIMIT_NONE;
	EXPECT_EQ(0, run_child(prepare, &limits)) TH_LOG("%s", said);
	limits.cpu = CPU_ONE;
	EXPECT_EQ(RUN_FAILED, run_child(prepare, &limits));
	EXPECT_NE(NULL, strstr(said, "no control group to limit cpu by: /sys/fs/cgroup"));
	EXPECT_NE(NULL, strstr(said, "(\"limits: {cpu: none}\" lifts the limit)"));
}

static void prepare_in(void *dir)
{
	struct limits limits;

	limits_default(&limits);
	limits_fork(&limits, dir);
}

TEST(group_to_make_it_in_must_be_one)
{
	EXPECT_EQ(RUN_FAILED, run_child(prepare_in, "/proc"));
	EXPECT_STREQ("no control group for the limits: /proc: not a control group", said);
	EXPECT_EQ(RUN_FAILED, run_child(prepare_in, "/proc/none"));
	EXPECT_STREQ("no control group for the limits: /proc/none: No such file or directory",
		     said);
}

static void become_nobody(void)
{
	must(!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	/* The process lost this when it changed its user. */
	must(!prctl(PR_SET_DUMPABLE, 1));
}

/* Continues in a child; this process exits as the child does. */
static void enter(const struct limits *limits)
{
	int status;
	pid_t pid;

	hide_groups();
	become_nobody();
	pid = limits_fork(limits, NULL);
	if (pid) {
		must(waitpid(pid, &status, 0) == pid);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	}
	must(limits_apply(limits));
}

static uint64_t hard(int resource)
{
	struct rlimit limit;

	must(!getrlimit(resource, &limit));
	if (limit.rlim_cur != limit.rlim_max)
		fail(NULL, "limit %d is soft", resource);
	return limit.rlim_max;
}

static void expect(uint64_t expected, uint64_t seen, const char *what)
{
	if (expected != seen)
		fail(NULL, "%s: %llu, not %llu", what, (unsigned long long)seen,
		     (unsigned long long)expected);
}

/* Creates processes that stay, until a limit refuses more. */
static void bomb(void *arg)
{
	const struct limits *const limits = arg;
	pid_t pids[100];
	size_t n = 0;
	int error;

	enter(limits);
	while (n < ARRAY_SIZE(pids) && (pids[n] = fork()) > 0)
		n++;
	error = errno;
	if (n < ARRAY_SIZE(pids) && !pids[n])
		for (;;)
			pause();
	for (size_t i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	expect(EAGAIN, (uint64_t)error, "errno");
	expect(limits->pids, n + 1, "tasks");
}

TEST(tasks_of_others_are_counted_by_user)
{
	struct limits limits;

	limits_default(&limits);
	EXPECT_EQ(0, run_child(bomb, &limits)) TH_LOG("%s", said);
	limits.pids = 1;
	EXPECT_EQ(0, run_child(bomb, &limits)) TH_LOG("%s", said);
}

static long read_long(const char *path)
{
	char text[32];

	must(read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
	return strtol(text, NULL, 10);
}

static void look_around(void *arg)
{
	const struct limits *const limits = arg;

	enter(limits);
	expect(limits->memory, hard(RLIMIT_AS), "address space");
	expect(limits->core, hard(RLIMIT_CORE), "core");
	expect(limits->file_size, hard(RLIMIT_FSIZE), "file size");
	expect(0, hard(RLIMIT_MEMLOCK), "locked memory");
	expect(0, hard(RLIMIT_MSGQUEUE), "message queues");
	expect(0, hard(RLIMIT_NICE), "nice");
	expect(0, hard(RLIMIT_RTPRIO), "priority");
	expect(64, hard(RLIMIT_SIGPENDING), "signals");
	expect(10, (uint64_t)getpriority(PRIO_PROCESS, 0), "nice value");
	expect(1000, (uint64_t)read_long("/proc/self/oom_score_adj"), "order of killing");
	if (setpriority(PRIO_PROCESS, 0, 0) != -1)
		fail(NULL, "it is not nice any more");
}

TEST(processes_have_limits_of_their_own)
{
	struct limits limits;

	limits_default(&limits);
	limits.file_size = MIB;
	EXPECT_EQ(0, run_child(look_around, &limits)) TH_LOG("%s", said);
}

/* A process that has tighter limits keeps them, whether the new limit is higher or none. */
static void keep_limits(void *arg)
{
	struct rlimit limit = { .rlim_cur = 1000, .rlim_max = 2000 };

	must(!setrlimit(RLIMIT_FSIZE, &limit));
	must(!setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){ 1, 2 }));
	enter(arg);
	must(!getrlimit(RLIMIT_FSIZE, &limit));
	expect(1000, limit.rlim_cur, "soft limit");
	expect(2000, limit.rlim_max, "hard limit");
	must(!getrlimit(RLIMIT_SIGPENDING, &limit));
	expect(1, limit.rlim_cur, "soft limit");
	expect(2, limit.rlim_max, "hard limit");
}

TEST(no_limit_becomes_looser)
{
	struct limits limits;

	limits_default(&limits);
	limits.file_size = MIB;
	EXPECT_EQ(0, run_child(keep_limits, &limits)) TH_LOG("%s", said);
	limits.file_size = LIMIT_NONE;
	EXPECT_EQ(0, run_child(keep_limits, &limits)) TH_LOG("%s", said);
}

static void lift_all(void *arg)
{
	struct rlimit before, after;

	must(!getrlimit(RLIMIT_NPROC, &before));
	enter(arg);
	must(!getrlimit(RLIMIT_NPROC, &after));
	expect(before.rlim_max, after.rlim_max, "tasks");
	expect(0, (uint64_t)read_long("/proc/self/oom_score_adj"), "order of killing");
}

TEST(limits_can_be_lifted)
{
	struct limits limits = {
		LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
	};

	EXPECT_EQ(0, run_child(lift_all, &limits)) TH_LOG("%s", said);
}

/* Leaves processes that stay when the program has ended and ignore signals. */
static void leave_some(void *arg)
{
	enter(arg);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (int i = 0; i < 4; i++)
		fork();
	if (getsid(0) != getpid())
		for (;;)
			pause();
	if (getpgid(0) != getpid())
		fail(NULL, "not the first of its group");
}

/* Processes that were left would keep open the pipe that run_child() reads until its end. */
TEST(what_a_program_leaves_ends_with_it)
{
	struct limits limits;

	limits_default(&limits);
	EXPECT_EQ(0, run_child(leave_some, &limits)) TH_LOG("%s", said);
}

/* Root in a user namespace may be an unprivileged user outside. */
static void ask_for_root(void *arg)
{
	const bool nobody = arg;

	if (nobody)
		become_nobody();
	if (nproc_holds() != nobody)
		fail(NULL, "as %d", getuid());
	must(!unshare(CLONE_NEWUSER));
	must(!write_file(AT_FDCWD, "/proc/self/uid_map", nobody ? "0 65534 1" : "0 0 1"));
	if (getuid())
		fail(NULL, "not root");
	if (nproc_holds() != nobody)
		fail(NULL, "as root of a namespace");
}

/* With capabilities of this process, which a CloudABI program would not have. */
static void ask_with_capabilities(void *arg)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	must(!prctl(PR_SET_KEEPCAPS, 1));
	become_nobody();
	must(!syscall(SYS_capget, &header, caps));
	for (int i = 0; i < 2; i++)
		caps[i].effective = caps[i].permitted;
	must(!syscall(SYS_capset, &header, caps));
	if (!nproc_holds())
		fail(NULL, "with capabilities");
}

TEST(limit_of_tasks_is_known_to_hold_or_not)
{
	EXPECT_EQ(0, run_child(ask_with_capabilities, NULL)) TH_LOG("%s", said);
	EXPECT_EQ(0, run_child(ask_for_root, NULL)) TH_LOG("%s", said);
	EXPECT_EQ(0, run_child(ask_for_root, "nobody")) TH_LOG("%s", said);
}

TEST_HARNESS_MAIN
