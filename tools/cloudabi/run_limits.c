// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - How much a program may take
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_group.h"
#include "run_limits.h"

#define MIB (1ULL << 20)

/* The period of cpu.max, in microseconds, and the least of it that the kernel takes. */
#define CPU_PERIOD 100000
#define CPU_LEAST 1000
/* Nobody has more processors. */
#define CPU_MOST (1000000ULL * CPU_PERIOD)
/* What "1" and "1%" of a processor are. */
#define CPU_ONE CPU_PERIOD
#define CPU_PERCENT (CPU_PERIOD / 100)

/*
 * Without a share of its own, each process of the program has that of others at this
 * nice value beside one: 64 of them weigh as seven that are not nice.
 */
#define NICE 10
/* To the kernel that is short of memory: this first. */
#define FIRST_TO_GO "1000"

/* Descriptors: the number of them that the caller may have, and so may have the program. */
static struct rlimit callers = { RLIM_INFINITY, RLIM_INFINITY };

void limits_begin(void)
{
	struct rlimit more = { LIMITS_NOFILE, LIMITS_NOFILE };

	if (getrlimit(RLIMIT_NOFILE, &callers))
		fail(NULL, "%m");
	if (more.rlim_max < callers.rlim_max)
		more.rlim_max = callers.rlim_max;
	if (!setrlimit(RLIMIT_NOFILE, &more))
		return;
	more = callers;
	more.rlim_cur = more.rlim_max;
	setrlimit(RLIMIT_NOFILE, &more);
}

/* The defaults */

/*
 * A program that nobody thought about is to run, and a bomb is not to hurt:
 *
 * - 64 tasks: a thread for each of some dozens of connections, and what thousands of
 *   such programs may have together without coming near what the system can have.
 * - 512 MiB, or half of the memory if that is less: others have the other half.  It
 *   can't be swapped, which would be slow for all.
 * - Processors: all of them, while nobody else wants any.  A control group has one
 *   share, whatever the number of tasks in it.
 * - 1024 descriptors, as Linux programs have by default, or fewer if the caller has.
 * - No core dumps, which are files that nobody gave it.
 * - Files of any size: the file system was given with the descriptor, and there is
 *   no size that is right for all.
 */
void limits_default(struct limits *limits)
{
	struct sysinfo info = { 0 };

	*limits = (struct limits){
		.pids = 64,
		.memory = 512 * MIB,
		.cpu = LIMIT_NONE,
		.descriptors = 1024,
		.core = 0,
		.file_size = LIMIT_NONE,
	};
	if (limits->descriptors > callers.rlim_cur)
		limits->descriptors = callers.rlim_cur;
	if (sysinfo(&info))
		fail(NULL, "sysinfo: %m");
	if (limits->memory > (uint64_t)info.totalram * info.mem_unit / 2)
		limits->memory = (uint64_t)info.totalram * info.mem_unit / 2;
}

/* What a configuration says */

enum kind {
	KIND_COUNT,
	KIND_SIZE,
	KIND_CPU,
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	/* Less than that is a mistake. */
	uint64_t least;
} keys[] = {
#define KEY(name, kind, least) { #name, kind, offsetof(struct limits, name), least }
	KEY(pids, KIND_COUNT, 1),
	KEY(memory, KIND_SIZE, 1),
	KEY(cpu, KIND_CPU, CPU_LEAST),
	KEY(descriptors, KIND_COUNT, 1),
	KEY(core, KIND_SIZE, 0),
	KEY(file_size, KIND_SIZE, 0),
};

static const struct {
	char suffix;
	unsigned int shift;
} units[] = { { 'T', 40 }, { 'G', 30 }, { 'M', 20 }, { 'K', 10 } };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Reads the number that @text begins with.  Returns what is behind it, or NULL. */
static const char *read_number(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *value == LIMIT_NONE ? NULL : end;
}

static bool read_count(const char *text, uint64_t *value)
{
	const char *const end = read_number(text, value);

	return end && !*end;
}

bool limits_size(const char *text, uint64_t *value)
{
	const char *const end = read_number(text, value);

	if (!end || !*end)
		return end;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (*end != units[i].suffix || end[1])
			continue;
		if (*value >= LIMIT_NONE >> units[i].shift)
			return false;
		*value <<= units[i].shift;
		return true;
	}
	return false;
}

/* "2", "1.5", "50%", "12.5%" */
static bool read_cpu(const char *text, uint64_t *value)
{
	const char *end = read_number(text, value);
	uint64_t fraction = 0, digits = 1;
	uint64_t one = CPU_ONE;

	if (!end || *value > CPU_MOST)
		return false;
	if (*end == '.') {
		if (!isdigit((unsigned char)*++end))
			return false;
		for (; isdigit((unsigned char)*end); end++) {
			/* More digits than count. */
			if (digits >= CPU_PERIOD)
				continue;
			digits *= 10;
			fraction = fraction * 10 + (uint64_t)(*end - '0');
		}
	}
	if (*end == '%') {
		one = CPU_PERCENT;
		end++;
	}
	*value = *value * one + fraction * one / digits;
	return !*end && *value <= CPU_MOST;
}

static const char *const examples[] = {
	[KIND_COUNT] = "a number or none",
	[KIND_SIZE] = "a size like 65536, 64K, 512M or 2G, or none",
	[KIND_CPU] = "a number of processors like 2, 0.5 or 50%, or none",
};

static void set(struct limits *limits, const struct mark *at, const struct key *key,
		const char *text)
{
	static bool (*const readers[])(const char *text, uint64_t *value) = {
		[KIND_COUNT] = read_count,
		[KIND_SIZE] = limits_size,
		[KIND_CPU] = read_cpu,
	};
	uint64_t value = LIMIT_NONE;

	if (strcmp(text, "none") && !readers[key->kind](text, &value))
		fail(at, "%s should be %s, not %s", key->name, examples[key->kind], text);
	if (value < key->least)
		fail(at, "%s: %s is too little to run", key->name, text);
	memcpy((char *)limits + key->offset, &value, sizeof(value));
}

void limits_set(struct limits *limits, const struct mark *at, const char *key, const char *text)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (!strcmp(keys[i].name, key)) {
			set(limits, at, &keys[i], text);
			return;
		}
	}
	fail(at, "no limit is named %s", key);
}

void limits_clamp(struct limits *limits)
{
	if (limits->descriptors > callers.rlim_max && callers.rlim_max != RLIM_INFINITY)
		limits->descriptors = callers.rlim_max;
}

static void print_size(uint64_t value, FILE *out)
{
	for (size_t i = 0; i < COUNT(units); i++) {
		if (value && !(value & ((1ULL << units[i].shift) - 1))) {
			fprintf(out, "%llu%c", (unsigned long long)value >> units[i].shift,
				units[i].suffix);
			return;
		}
	}
	fprintf(out, "%llu", (unsigned long long)value);
}

static void print_value(enum kind kind, uint64_t value, FILE *out)
{
	if (value == LIMIT_NONE)
		fputs("none", out);
	else if (kind == KIND_CPU)
		fprintf(out, "%.10g%%", (double)value / CPU_PERCENT);
	else if (kind == KIND_SIZE)
		print_size(value, out);
	else
		fprintf(out, "%llu", (unsigned long long)value);
}

void limits_print(const struct limits *limits, FILE *out)
{
	const char *separator = "limits: {";

	for (size_t i = 0; i < COUNT(keys); i++) {
		uint64_t value;

		memcpy(&value, (const char *)limits + keys[i].offset, sizeof(value));
		fprintf(out, "%s%s: ", separator, keys[i].name);
		print_value(keys[i].kind, value, out);
		separator = ", ";
	}
	fputs("}\n", out);
	if (group_path())
		fprintf(out, "# control group: %s\n", group_path());
	else if (*group_errors())
		fprintf(out, "# no control group: %s\n", group_errors());
}

/* What enforces them */

static unsigned int wanted(const struct limits *limits)
{
	return (limits->pids != LIMIT_NONE ? GROUP_PIDS : 0) |
	       (limits->memory != LIMIT_NONE ? GROUP_MEMORY : 0) |
	       (limits->cpu != LIMIT_NONE ? GROUP_CPU : 0);
}

/*
 * Whether RLIMIT_NPROC is one for a program of this user: it never is for root.  User
 * namespaces have a root as well who may be anybody outside; so the kernel is asked,
 * without the capabilities that a CloudABI program does not have.
 */
static bool nproc_holds(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 } };
	const struct rlimit zero = { 0, 0 };
	const pid_t pid = fork();
	int status = 0;

	if (!pid) {
		pid_t child;

		if (syscall(SYS_capset, &header, none) || setrlimit(RLIMIT_NPROC, &zero))
			_exit(0);
		child = fork();
		if (child > 0)
			waitpid(child, NULL, 0);
		_exit(child < 0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* Controllers that nothing else can stand in for. */
static unsigned int needed(unsigned int want)
{
	if (want & GROUP_PIDS && nproc_holds())
		want &= ~GROUP_PIDS;
	return want & ~GROUP_MEMORY;
}

static void __attribute__((__noreturn__)) fail_without(unsigned int need)
{
	const char *const key = need & GROUP_CPU ? "cpu" : "pids";

	fail(NULL, "no control group to limit %s by: %s (\"limits: {%s: none}\" lifts the limit)",
	     key, group_errors(), key);
}

static void set_number(const char *file, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	group_set(file, text, true);
}

static void set_group(const struct limits *limits, unsigned int set)
{
	char text[48];

	if (set & GROUP_PIDS)
		set_number("pids.max", limits->pids);
	if (set & GROUP_MEMORY) {
		set_number("memory.max", limits->memory);
		/* Not there without swap. */
		group_set("memory.swap.max", "0", false);
		/* What is left of a program without one of its processes is of no use. */
		group_set("memory.oom.group", "1", true);
	}
	if (set & GROUP_CPU) {
		snprintf(text, sizeof(text), "%llu %d", (unsigned long long)limits->cpu,
			 CPU_PERIOD);
		group_set("cpu.max", text, true);
	}
}

/*
 * Without a control group, the program is the first of a session and a process group.
 * No call of CloudABI leaves them, so that it can be ended with all that it has made.
 * As a session has no terminal of its own, it may still use one that it was given.
 */
static struct {
	pid_t owner;
	/* In memory that the child shares: its number, once it is in a session. */
	pid_t *leader;
} session;

static void prepare_session(void)
{
	session.leader = mmap(NULL, sizeof(pid_t), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (session.leader == MAP_FAILED)
		fail(NULL, "%m");
	session.owner = getpid();
	atexit(limits_kill);
}

static bool enter_session(void)
{
	if (setsid() < 0)
		return false;
	*session.leader = getpid();
	return true;
}

static void end_session(void)
{
	if (session.owner != getpid() || !*session.leader)
		return;
	kill(-*session.leader, SIGKILL);
	*session.leader = 0;
}

/* Without a group. */
static pid_t fork_session(void)
{
	pid_t pid;

	prepare_session();
	pid = fork();
	if (pid < 0)
		fail(NULL, "%m");
	return pid;
}

pid_t limits_fork(const struct limits *limits, const char *dir)
{
	const unsigned int want = wanted(limits);
	pid_t pid = group_fork(dir, want);

	if (pid < 0) {
		const unsigned int need = needed(want);

		if (dir)
			fail(NULL, "no control group for the limits: %s", group_errors());
		if (need && need != want)
			pid = group_fork(NULL, need);
		if (need && pid < 0)
			fail_without(need);
	}
	if (pid < 0)
		return fork_session();
	if (pid)
		set_group(limits, want & group_controllers());
	return pid;
}

void limits_kill(void)
{
	group_destroy();
	end_session();
}

/* In the child */

/* Never more than it was. */
static bool lower(int resource, uint64_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return false;
	if (limit.rlim_max > value)
		limit.rlim_max = value;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return !setrlimit(resource, &limit);
}

/* A directory of its threads: each is a link to it, beside the usual two. */
static unsigned long threads_of(int proc, const char *pid)
{
	char path[NAME_MAX + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s/task", pid);
	return fstatat(proc, path, &st, 0) ? 0 : st.st_nlink - 2;
}

/* By the real user, whom the owner of the files does not tell. */
static bool belongs_to(int proc, const char *pid, uid_t user)
{
	char path[NAME_MAX + 8], status[1024];
	const char *line;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/status", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, status, sizeof(status) - 1);
	close(fd);
	status[len < 0 ? 0 : len] = '\0';
	line = strstr(status, "\nUid:");
	return line && strtoul(line + 5, NULL, 10) == user;
}

/* Those that RLIMIT_NPROC counts: all threads of the user. */
static unsigned long count_tasks(void)
{
	const struct dirent *entry;
	unsigned long n = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return 0;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name) &&
		    belongs_to(dirfd(proc), entry->d_name, getuid()))
			n += threads_of(dirfd(proc), entry->d_name);
	closedir(proc);
	return n;
}

/*
 * Of the tasks that there are now, this process is the program.  Others of the same
 * user that come later take from what it may have, and those that go leave it more:
 * as good as a limit without a control group can be.
 */
static bool limit_tasks(uint64_t pids)
{
	const unsigned long now = count_tasks();

	if (!now) {
		errno = ENOENT;
		return false;
	}
	return lower(RLIMIT_NPROC, now - 1 + pids);
}

/* Each process alone, and if all together are too much they go before others. */
static bool limit_memory(uint64_t bytes)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (write(fd, FIRST_TO_GO, strlen(FIRST_TO_GO)) < 0) {
		close(fd);
		return false;
	}
	close(fd);
	return lower(RLIMIT_AS, bytes);
}

/* For good: RLIMIT_NICE lets nobody but root take it back. */
static bool be_nice(void)
{
	errno = 0;
	return nice(NICE) != -1 || !errno;
}

/* What no program of CloudABI has a call for, should there ever be one. */
static bool lower_unused(void)
{
	return lower(RLIMIT_MEMLOCK, 0) && lower(RLIMIT_MSGQUEUE, 0) &&
	       lower(RLIMIT_NICE, 0) && lower(RLIMIT_RTPRIO, 0) &&
	       /* Signals from the kernel and from kill() come without counting. */
	       lower(RLIMIT_SIGPENDING, 64);
}

bool limits_apply(const struct limits *limits)
{
	const unsigned int set = group_controllers();

	return (group_path() || enter_session()) &&
	       (set & GROUP_PIDS || limits->pids == LIMIT_NONE || limit_tasks(limits->pids)) &&
	       (set & GROUP_MEMORY || limits->memory == LIMIT_NONE ||
		limit_memory(limits->memory)) &&
	       (set & GROUP_CPU || be_nice()) &&
	       lower(RLIMIT_CORE, limits->core) && lower(RLIMIT_FSIZE, limits->file_size) &&
	       lower_unused();
}
