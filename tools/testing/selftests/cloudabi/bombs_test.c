// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Programs that exhaust a resource
 *
 * Each bomb of bomb.c runs in a cgroup or with a resource limit. The limit that
 * exists for the resource must stop it. Meanwhile other processes must get their
 * turn. In the end no process is left and all memory is free.
 *
 * The kernel must charge all memory that it holds on behalf of a bomb to the
 * bomb's cgroup. So the system's free memory never drops by more than the maximum
 * charge, apart from known losses: free objects in slabs, per-cpu page lists, and
 * memory that Linux charges to no cgroup. A native bomb first measures these
 * losses and the speed of the machine. Kernels with debugging checks need several
 * bytes for each byte charged, and delay the reuse of freed memory.
 */

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/socket.h>

#include "../kselftest_harness.h"
#include "tool.h"

#define KIB 1024L
#define MIB (1024 * KIB)

/*
 * How often another process takes its turn, and how long it may wait: PATIENCE,
 * plus some uncontended turns. The limit is generous. The machine may be emulated,
 * may not run for some seconds, and prints a hundred lines to a serial port for
 * each OOM kill.
 */
#define TURN (10 * MS)
#define PATIENCE (20 * SECOND)
#define PATIENCE_TURNS 100
/* How long the bomb holds what it has while the test measures. */
#define HOLD (100 * MS)
/* How long memory may take to return, and a cgroup to become empty. */
#define SETTLE (30 * SECOND)

/* On a machine with slower turns, the bombs get less to do. */
#define SLOW (10 * MS)
#define SLOW_SCALE 4

/* Tolerance for uncharged memory, plus one eighth of the charge. */
#define MARGIN (6 * MIB)
/* Exists on a kernel with debugging checks. */
#define CHECKED "/proc/lockdep"
/* Mapping limit of a process; the default takes too long to reach. */
#define MAPPINGS 16384
/* Each processor counts open files and adds them up now and then. */
#define FILES_MARGIN 256

/* Measurements that all bombs share; the first test takes them. */
struct machine {
	bool known;
	/* Free memory that disappears for 1000 bytes charged to a native program. */
	long per_mille;
	/* Memory that the kernel returns only later. */
	long kept;
	/* Time of an uncontended turn, in ns. */
	long turn;
	/* Divisor of memory limits for bombs of many small objects. */
	long scale;
};

static struct machine *machine;

/* Each test runs in its own process. */
static __attribute__((__constructor__)) void share_machine(void)
{
	machine = mmap(NULL, sizeof(*machine), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static ssize_t read_text(int dir, const char *name, char *text, size_t size)
{
	const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len;
}

static bool write_text(int dir, const char *name, const char *text)
{
	const int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	const bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Returns the number after @key in a file, or at its start; -1 if there is none. */
static long number(int dir, const char *name, const char *key)
{
	char text[8192];
	const char *value;

	if (read_text(dir, name, text, sizeof(text)) < 0)
		return -1;
	value = field(text, key);
	return *value ? strtol(value, NULL, 10) : -1;
}

static long free_memory(void)
{
	return number(AT_FDCWD, "/proc/meminfo", "MemFree:") * KIB;
}

/* Free memory, once it stays the same for a moment. */
static long settled_memory(void)
{
	const long end = now() + SETTLE;
	long last = 0, this = free_memory();

	for (int same = 0; same < 5 && now() < end; last = this) {
		rest(20 * MS);
		this = free_memory();
		same = labs(this - last) < 128 * KIB ? same + 1 : 0;
	}
	return this;
}

/* System settings during the test, and their saved values. */
static const struct setting {
	const char *name, *value;
} settings[] = {
	/* Keep per-cpu page lists short, so that free memory is counted as free. */
	{ "/proc/sys/vm/percpu_pagelist_high_fraction", "1000" },
	{ "/proc/sys/vm/max_map_count", STRING(MAPPINGS) },
	/*
	 * The default is too low if the system has used most of a small machine's
	 * memory.
	 */
	{ "/proc/sys/fs/file-max", "500000" },
};

FIXTURE(bomb) {
	char saved[3][16];
	char top[32], files[48], groups[48];
	/* Descriptor of the cgroup, while it exists. */
	int group;
	int reports[2];
	pid_t pid;
	int status;
	bool ended;
	/* Output of the bomb. */
	char said[256];
	/* Free memory before the bomb started, and the minimum while it ran. */
	long before, least;
	/* The longest time that another process waited for its turn. */
	long wait;
	long pids_seen, ooms_before, files_before;
};

/* How a bomb is stopped. */
enum stop {
	/* A call fails, and the bomb reports the error. */
	BY_ERROR,
	/* The task limit of its cgroup. */
	BY_PIDS,
	/* The memory limit of its cgroup: an OOM kill, or an error. */
	BY_MEMORY,
	/* A signal. */
	BY_SIGNAL,
	/* The test kills it, because it never holds much. */
	BY_FORCE,
};

FIXTURE_VARIANT(bomb) {
	const char *name;
	enum stop stop;
	/* The error that it reports, or the signal that ends it. */
	const char *error;
	int signal;
	/* Its count is at most this and at least a quarter of this; 0 means unknown. */
	unsigned long most;
	/* Limits of the cgroup; 0 means no limit. */
	long memory, pids;
	/* Whether it allocates many small objects. */
	bool small;
	/* Another resource limit of the process, if not 0. */
	rlim_t soft;
	int resource;
	/* Whether it runs as an unprivileged user. */
	bool nobody;
};

/* A turn of another process: creates a process and opens a file. */
static void take_turn(void)
{
	const pid_t pid = fork();
	int fd;

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	close(fd);
}

/* Named after this test process, because an earlier run may have left a group. */
static void group_path(const FIXTURE_DATA(bomb) *self, char path[64])
{
	snprintf(path, 64, "%s/bomb-%d", self->groups, getpid());
}

static void make_group(struct __test_metadata *_metadata, FIXTURE_DATA(bomb) *self, long memory,
		       long pids)
{
	char path[64], text[32];

	group_path(self, path);
	ASSERT_EQ(0, mkdir(path, 0755));
	self->group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->group);
	snprintf(text, sizeof(text), "%ld", memory);
	ASSERT_TRUE(write_text(self->group, "memory.max", memory ? text : "max"));
	snprintf(text, sizeof(text), "%ld", pids);
	ASSERT_TRUE(write_text(self->group, "pids.max", pids ? text : "max"));
	/* The OOM killer must kill the whole bomb, not its largest process. */
	ASSERT_TRUE(write_text(self->group, "memory.oom.group", "1"));
}

/* Kills all tasks in the cgroup; returns false if it cannot be removed in time. */
static bool remove_group(FIXTURE_DATA(bomb) *self)
{
	const long end = now() + SETTLE;
	char path[64];

	group_path(self, path);
	write_text(self->group, "cgroup.kill", "1");
	if (!self->ended && self->pid > 0)
		waitpid(self->pid, &self->status, 0);
	self->ended = true;
	while (rmdir(path)) {
		if (now() > end)
			return false;
		rest(TURN);
	}
	close(self->group);
	self->group = -1;
	return true;
}

/* Sets a soft limit, and raises the hard limit if it is lower. */
static bool set_limit(int resource, rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return false;
	limit.rlim_cur = soft;
	if (limit.rlim_max < soft)
		limit.rlim_max = soft;
	return !setrlimit(resource, &limit);
}

/*
 * Reports an error by its exit status; a process that cannot become the bomb is not
 * a test.
 */
static void must(bool done)
{
	if (!done)
		_exit(126);
}

static pid_t start(FIXTURE_DATA(bomb) *self, const FIXTURE_VARIANT(bomb) *variant)
{
	static char path[4096];
	const pid_t pid = fork();
	int files, program;

	if (pid)
		return pid;
	must(write_text(self->group, "cgroup.procs", "0"));
	files = open(self->files, O_RDONLY | O_DIRECTORY);
	must(tool_path(path, sizeof(path), "bomb.cloudabi"));
	program = open(path, O_RDONLY);
	must(files >= 0 && program >= 0);
	/* Move to 20 and above, because the bomb's descriptors come next. */
	files = fcntl(files, F_DUPFD, 20);
	program = fcntl(program, F_DUPFD, 20);
	self->reports[1] = fcntl(self->reports[1], F_DUPFD, 20);
	must(dup2(open("/dev/null", O_RDWR), 0) == 0 && dup2(self->reports[1], 1) == 1 &&
	     dup2(0, 2) == 2 && dup2(files, 3) == 3 && dup2(program, 4) == 4);
	close_range(5, ~0U, 0);
	must(!variant->soft || set_limit(variant->resource, variant->soft));
	must(!variant->nobody || !setresuid(65534, 65534, 65534));
	syscall(__NR_execveat, 4, "", (const char *[]){ variant->name, NULL },
		(const char *[]){ NULL }, AT_EMPTY_PATH);
	_exit(126);
}

static void look(FIXTURE_DATA(bomb) *self)
{
	const long left = free_memory();
	const long pids = number(self->group, "pids.current", "");

	if (left < self->least)
		self->least = left;
	if (pids > self->pids_seen)
		self->pids_seen = pids;
}

/* Takes turns until the bomb ends or has run for long enough. */
static void watch(FIXTURE_DATA(bomb) *self, long limit)
{
	const long end = now() + limit;
	long held = 0;

	while (now() < end && !self->ended && (!held || now() < held)) {
		const long begin = now();
		ssize_t len;

		rest(TURN);
		take_turn();
		if (now() - begin - TURN > self->wait)
			self->wait = now() - begin - TURN;
		look(self);
		self->ended = waitpid(self->pid, &self->status, WNOHANG) == self->pid;
		if (held)
			continue;
		len = read(self->reports[0], self->said, sizeof(self->said) - 1);
		if (len > 0) {
			self->said[len] = '\0';
			held = now() + HOLD;
		}
	}
}

#define REFERENCE (24 * MIB)

/* Allocates many kinds of small objects that Linux charges; returns at the limit. */
static void native_bomb(FIXTURE_DATA(bomb) *self)
{
	int fds[2];

	must(write_text(self->group, "cgroup.procs", "0") && set_limit(RLIMIT_NOFILE, 65536));
	while (number(self->group, "memory.current", "") < REFERENCE / machine->scale)
		for (int i = 0; i < 32; i++)
			must(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) &&
			     write(fds[0], "", 1) == 1);
	must(write(self->reports[1], "full", 4) == 4);
	pause();
}

/* Measures twice: the second run finds a kernel with warm caches. */
static void know_machine(struct __test_metadata *_metadata, FIXTURE_DATA(bomb) *self)
{
	long missed, charged, begin;

	begin = now();
	for (int i = 0; i < 20; i++)
		take_turn();
	machine->turn = (now() - begin) / 20;
	machine->scale = machine->turn > SLOW ? SLOW_SCALE : 1;
	for (int i = 0; i < 2; i++) {
		self->before = settled_memory();
		self->least = self->before;
		make_group(_metadata, self, 0, 0);
		self->ended = false;
		self->said[0] = '\0';
		self->pid = fork();
		if (!self->pid) {
			native_bomb(self);
			_exit(0);
		}
		watch(self, 150 * SECOND);
		ASSERT_STREQ("full", self->said);
		charged = number(self->group, "memory.peak", "");
		ASSERT_TRUE(remove_group(self));
		missed = self->before - self->least;
		machine->per_mille = missed / (charged / 1000);
		machine->kept = self->before - settled_memory();
	}
	if (machine->per_mille < 1000)
		machine->per_mille = 1000;
	if (machine->kept < 0)
		machine->kept = 0;
	/* Debugging checks delay up to a 32nd of all memory after it is freed. */
	if (!access(CHECKED, F_OK))
		machine->kept += number(AT_FDCWD, "/proc/meminfo", "MemTotal:") * KIB / 16;
	self->ended = false;
	self->pid = 0;
	self->said[0] = '\0';
	self->wait = 0;
	self->pids_seen = 0;
	machine->known = true;
	TH_LOG("%ld bytes used for 1000 charged, %ld KiB return late, a turn takes %ld us",
	       machine->per_mille, machine->kept / KIB, machine->turn / 1000);
}

FIXTURE_SETUP(bomb)
{
	strcpy(self->top, "/tmp/bombs-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->top));
	snprintf(self->files, sizeof(self->files), "%s/files", self->top);
	snprintf(self->groups, sizeof(self->groups), "%s/groups", self->top);
	ASSERT_EQ(0, mkdir(self->files, 0755));
	ASSERT_EQ(0, mkdir(self->groups, 0755));
	ASSERT_EQ(0, mount("files", self->files, "tmpfs", 0, "size=256m"));
	ASSERT_EQ(0, chmod(self->files, 0777));
	/* The unified hierarchy, wherever else it is mounted. */
	ASSERT_EQ(0, mount("groups", self->groups, "cgroup2", 0, NULL));
	self->group = open(self->groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_TRUE(write_text(self->group, "cgroup.subtree_control", "+cpu +memory +pids"));
	close(self->group);
	self->group = -1;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		ASSERT_LT(0, read_text(AT_FDCWD, settings[i].name, self->saved[i],
				       sizeof(self->saved[i])));
		ASSERT_TRUE(write_text(AT_FDCWD, settings[i].name, settings[i].value));
	}
	ASSERT_EQ(0, pipe2(self->reports, O_CLOEXEC | O_NONBLOCK));
	if (!machine->known)
		know_machine(_metadata, self);
}

FIXTURE_TEARDOWN(bomb)
{
	if (self->group >= 0)
		remove_group(self);
	close(self->reports[0]);
	close(self->reports[1]);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		write_text(AT_FDCWD, settings[i].name, self->saved[i]);
	umount2(self->files, MNT_DETACH);
	umount2(self->groups, MNT_DETACH);
	rmdir(self->files);
	rmdir(self->groups);
	rmdir(self->top);
}

#define BOMB(title, bomb_, ...) \
	FIXTURE_VARIANT_ADD(bomb, title) { .name = #bomb_, __VA_ARGS__ }
#define VARIANT(name, ...) BOMB(name, name, __VA_ARGS__)
#define LIMIT(what, value) .resource = RLIMIT_##what, .soft = (value)

/* Tasks */

VARIANT(fork, .stop = BY_PIDS, .error = "EAGAIN", .pids = 64, .memory = 64 * MIB);
BOMB(fork_memory, fork, .stop = BY_MEMORY, .memory = 8 * MIB);
VARIANT(fork_drop, .stop = BY_FORCE, .pids = 32, .memory = 64 * MIB);
VARIANT(threads, .stop = BY_PIDS, .error = "EAGAIN", .most = 127, .pids = 128,
	.memory = 64 * MIB);
BOMB(threads_memory, threads, .stop = BY_MEMORY, .memory = 8 * MIB);

/* Descriptors */

#define FILES(n) LIMIT(NOFILE, n)
#define MANY_FILES FILES(1 << 19)

VARIANT(dup, .stop = BY_ERROR, .error = "EMFILE", .most = 251, FILES(256), .memory = 8 * MIB);
BOMB(dup_many, dup, .stop = BY_MEMORY, MANY_FILES, .small = true, .memory = 24 * MIB);
VARIANT(fork_keep, .stop = BY_ERROR, .error = "EMFILE", .most = 251, FILES(256), .pids = 16,
	.memory = 16 * MIB);
VARIANT(open, .stop = BY_MEMORY, MANY_FILES, .small = true, .memory = 16 * MIB);
VARIANT(pairs, .stop = BY_MEMORY, MANY_FILES, .small = true, .memory = 24 * MIB);
VARIANT(shared, .stop = BY_MEMORY, MANY_FILES, .small = true, .memory = 24 * MIB);
VARIANT(nested, .stop = BY_ERROR, .error = "EAGAIN", .most = 513, FILES(1024),
	.memory = 16 * MIB);
VARIANT(messages, .stop = BY_MEMORY, FILES(1 << 20), .small = true, .memory = 16 * MIB);
VARIANT(garbage, .stop = BY_FORCE, FILES(1024), .memory = 32 * MIB);
VARIANT(socket_data, .stop = BY_MEMORY, FILES(8192), .memory = 32 * MIB);

/* Memory */

VARIANT(memory, .stop = BY_MEMORY, .memory = 32 * MIB);
VARIANT(shared_memory, .stop = BY_MEMORY, .memory = 32 * MIB);
VARIANT(tables, .stop = BY_MEMORY, .memory = 16 * MIB);
VARIANT(mappings, .stop = BY_ERROR, .error = "ENOMEM", .most = MAPPINGS, .memory = 48 * MIB);
VARIANT(file, .stop = BY_MEMORY, .memory = 32 * MIB);
VARIANT(links, .stop = BY_MEMORY, .small = true, .memory = 24 * MIB);

/* Waiting */

VARIANT(locks, .stop = BY_PIDS, .error = "EAGAIN", .most = 127, .pids = 128,
	.memory = 64 * MIB);
VARIANT(lock_turns, .stop = BY_FORCE, .memory = 8 * MIB);
VARIANT(poll, .stop = BY_MEMORY, .pids = 32, .memory = 64 * MIB);
VARIANT(poll_sleep, .stop = BY_ERROR, .error = "ESUCCESS", .memory = 96 * MIB);
VARIANT(poll_wakes, .stop = BY_FORCE, .memory = 64 * MIB);
VARIANT(vectors, .stop = BY_PIDS, .error = "EAGAIN", .most = 127, .pids = 128,
	.memory = 64 * MIB);

/* Arguments */

#define LONG_DATA LIMIT(STACK, 64 * MIB)

VARIANT(argdata, .stop = BY_FORCE, LONG_DATA, .memory = 32 * MIB);
VARIANT(argdata_many, .stop = BY_MEMORY, LONG_DATA, .pids = 16, .memory = 48 * MIB);
VARIANT(list, .stop = BY_MEMORY, FILES(1 << 20), .memory = 32 * MIB);
BOMB(list_again, list, .stop = BY_FORCE, FILES(1 << 20), .memory = 160 * MIB);
VARIANT(numbers, .stop = BY_ERROR, .error = "ESUCCESS", FILES(1024), .memory = 4 * MIB);

/* Limits of the process alone */

/* The limit counts all tasks of a user, so the user must have no other tasks. */
#define NOBODY_TASKS 32
#define NOBODY LIMIT(NPROC, NOBODY_TASKS), .nobody = true

BOMB(rlimit_fork, fork, .stop = BY_ERROR, .error = "EAGAIN", NOBODY);
BOMB(rlimit_threads, threads, .stop = BY_ERROR, .error = "EAGAIN", .most = 31, NOBODY);
BOMB(rlimit_as, memory, .stop = BY_ERROR, .error = "ENOMEM", .most = 32, LIMIT(AS, 32 * MIB));
BOMB(rlimit_data, memory, .stop = BY_ERROR, .error = "ENOMEM", .most = 16,
	LIMIT(DATA, 16 * MIB));
BOMB(rlimit_fsize, file, .stop = BY_SIGNAL, .signal = SIGXFSZ, LIMIT(FSIZE, MIB));
BOMB(rlimit_cpu, time, .stop = BY_SIGNAL, .signal = SIGXCPU, LIMIT(CPU, 1));
BOMB(rlimit_stack, argdata_size, .stop = BY_ERROR, .error = "E2BIG", .most = MIB / 4 - 1,
	LIMIT(STACK, MIB));
BOMB(no_rlimit_stack, argdata_size, .stop = BY_ERROR, .error = "E2BIG", .most = 6 * MIB - 1,
	LIMIT(STACK, 64 * MIB));

/*
 * Returns the OOM kills in the cgroup, and those of the whole system in @of_all.
 * The two become equal sooner or later, whichever is updated last.
 */
static long count_killed(const FIXTURE_DATA(bomb) *self, long *of_all)
{
	const long end = now() + SETTLE;
	long killed;

	for (;; rest(TURN)) {
		killed = number(self->group, "memory.events", "oom_kill ");
		*of_all = number(AT_FDCWD, "/proc/vmstat", "oom_kill ") - self->ooms_before;
		if (killed == *of_all || now() > end)
			return killed;
	}
}

TEST_F_TIMEOUT(bomb, is_stopped, 600)
{
	const long end = 150 * SECOND, turns = SECOND;
	const bool forever = variant->stop == BY_FORCE;
	long killed, killed_of_all, peak, missed, bound, back;
	unsigned long count = 0;
	char error[32] = "";

	self->before = settled_memory();
	self->least = self->before;
	self->files_before = number(AT_FDCWD, "/proc/sys/fs/file-nr", "");
	self->ooms_before = number(AT_FDCWD, "/proc/vmstat", "oom_kill ");
	make_group(_metadata, self, variant->memory / (variant->small ? machine->scale : 1),
		   variant->pids);
	self->pid = start(self, variant);
	ASSERT_LT(0, self->pid);
	watch(self, forever ? turns : end);

	/* The expected limit stopped it. A killed bomb reports nothing. */
	if (sscanf(self->said, "%31s %lu", error, &count) < 1)
		*error = '\0';
	killed = count_killed(self, &killed_of_all);
	peak = number(self->group, "memory.peak", "");
	missed = self->before - self->least;
	switch (variant->stop) {
	case BY_PIDS:
	case BY_ERROR:
		if (variant->stop == BY_PIDS)
			EXPECT_LT(0, number(self->group, "pids.events", "max "));
		EXPECT_STREQ(variant->error, error);
		EXPECT_FALSE(self->ended) TH_LOG("status 0x%x", self->status);
		EXPECT_EQ(0, killed);
		break;
	case BY_MEMORY:
		EXPECT_LT(0, number(self->group, "memory.events", "max "));
		EXPECT_TRUE(*error ? !strcmp("ENOMEM", error) : killed > 0) TH_LOG("%s", error);
		break;
	case BY_SIGNAL:
		EXPECT_TRUE(self->ended && WIFSIGNALED(self->status));
		EXPECT_EQ(variant->signal, WTERMSIG(self->status));
		break;
	case BY_FORCE:
		EXPECT_STREQ("", error);
		EXPECT_FALSE(self->ended) TH_LOG("status 0x%x", self->status);
		EXPECT_EQ(0, killed);
		break;
	}
	if (variant->most) {
		EXPECT_LE(count, variant->most);
		EXPECT_LE(variant->most / 4, count);
	}
	if (variant->pids)
		EXPECT_LE(self->pids_seen, variant->pids);
	if (variant->nobody)
		EXPECT_LE(self->pids_seen, NOBODY_TASKS);
	/* The OOM killer killed no other process. */
	EXPECT_EQ(killed, killed_of_all);

	/* All memory was charged to the cgroup. */
	bound = peak / 1000 * machine->per_mille * 9 / 8 + machine->kept + MARGIN;
	EXPECT_LE(missed, bound);

	/* Other processes had their turn. */
	EXPECT_LE(self->wait, PATIENCE + PATIENCE_TURNS * machine->turn);

	/* The bomb is gone, and all its memory is free. */
	EXPECT_TRUE(remove_group(self));
	umount2(self->files, MNT_DETACH);
	for (long until = now() + SETTLE; ; rest(TURN)) {
		back = self->before - free_memory();
		if (back <= machine->kept + MARGIN || now() > until)
			break;
	}
	EXPECT_LE(back, machine->kept + MARGIN);
	EXPECT_LE(number(AT_FDCWD, "/proc/sys/fs/file-nr", ""), self->files_before + FILES_MARGIN);
	TH_LOG("%s: %s %lu, %ld killed, %ld KiB used of %ld, %ld charged; wait %ld ms",
	       variant->name, error, count, killed, missed / KIB, bound / KIB,
	       peak / KIB, self->wait / MS);
}

TEST_HARNESS_MAIN
