// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Limits on the resources of a program
 *
 * Two mechanisms enforce them:
 *
 *   limit		in a control group	without one
 *   pids		pids.max		RLIMIT_NPROC, which counts all tasks of the
 *					user, and does not apply to root
 *   memory	memory.max, no swap	RLIMIT_AS of each process, oom_score_adj
 *   cpu		cpu.max			none; nice() lowers the priority
 *   others	setrlimit()		setrlimit()
 *
 * limits_fork() tries to create a control group with the controllers of all limits.  If that
 * fails, it drops the controllers that have a replacement and tries again; if none is
 * left, it uses no group.  It fails if a limit without a replacement remains: always for
 * cpu, and for pids if RLIMIT_NPROC does not apply to this user.
 *
 * Everything that the program leaves behind is killed when it ends: by cgroup.kill, or by
 * kill() of the process group that the program cannot leave.
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

#include "array_size.h"
#include "run_group.h"
#include "run_limits.h"

#define MIB (1ULL << 20)

/* The period of cpu.max and the smallest quota that the kernel accepts, in microseconds. */
#define CPU_PERIOD 100000
#define CPU_MIN 1000
/* A million processors. */
#define CPU_MAX (1000000ULL * CPU_PERIOD)
/* The quotas of "1" and "1%" of a processor. */
#define CPU_ONE CPU_PERIOD
#define CPU_PERCENT (CPU_PERIOD / 100)

/*
 * Without a cpu controller, every process of the program competes with those of others.
 * At this nice value, 64 processes weigh as much as seven at nice 0.
 */
#define NICE 10
/* oom_score_adj: the kernel's OOM killer prefers this process to all others. */
#define OOM_SCORE_ADJ_MAX "1000"

/* The RLIMIT_NOFILE that this process inherited; the program gets no more than that. */
static struct rlimit inherited_nofile = { RLIM_INFINITY, RLIM_INFINITY };

void limits_begin(void)
{
	struct rlimit more = { LIMITS_NOFILE, LIMITS_NOFILE };

	if (getrlimit(RLIMIT_NOFILE, &inherited_nofile))
		fail(NULL, "%m");
	if (more.rlim_max < inherited_nofile.rlim_max)
		more.rlim_max = inherited_nofile.rlim_max;
	if (!setrlimit(RLIMIT_NOFILE, &more))
		return;
	more = inherited_nofile;
	more.rlim_cur = more.rlim_max;
	setrlimit(RLIMIT_NOFILE, &more);
}

/* The defaults */

/*
 * The defaults let an ordinary program run and keep a fork bomb or a memory hog harmless:
 *
 * - 64 tasks: a thread for each of some dozens of connections.  Thousands of such programs
 *   together stay below the limits of the system.
 * - 512 MiB, or half of the memory if that is less: the other half is for others.  No
 *   swap, which would slow everybody down.
 * - All processors while they are idle.  A control group has one share of them,
 *   whatever the number of its tasks.
 * - 1024 descriptors, as Linux programs have by default, or fewer if the caller has.
 * - No core dumps: the configuration granted the program no file for them.
 * - Files of any size: a descriptor that can write grants space in its file system, and
 *   no size suits all programs.
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
	if (limits->descriptors > inherited_nofile.rlim_cur)
		limits->descriptors = inherited_nofile.rlim_cur;
	if (sysinfo(&info))
		fail(NULL, "sysinfo: %m");
	if (limits->memory > (uint64_t)info.totalram * info.mem_unit / 2)
		limits->memory = (uint64_t)info.totalram * info.mem_unit / 2;
}

/* Parsing */

enum kind {
	KIND_COUNT,
	KIND_SIZE,
	KIND_CPU,
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	/* The program could not even start with less. */
	uint64_t min;
} keys[] = {
#define KEY(name, kind, min) { #name, kind, offsetof(struct limits, name), min }
	KEY(pids, KIND_COUNT, 1),
	KEY(memory, KIND_SIZE, 1),
	KEY(cpu, KIND_CPU, CPU_MIN),
	KEY(descriptors, KIND_COUNT, 1),
	KEY(core, KIND_SIZE, 0),
	KEY(file_size, KIND_SIZE, 0),
};

static const struct {
	char suffix;
	unsigned int shift;
} units[] = { { 'T', 40 }, { 'G', 30 }, { 'M', 20 }, { 'K', 10 } };

/* Parses the number at the start of @text.  Returns the text behind it, or NULL. */
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
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (*end != units[i].suffix || end[1])
			continue;
		if (*value >= LIMIT_NONE >> units[i].shift)
			return false;
		*value <<= units[i].shift;
		return true;
	}
	return false;
}

/* Parses a number of processors, such as "2", "1.5", "50%" or "12.5%", into a quota. */
static bool read_cpu(const char *text, uint64_t *value)
{
	const char *end = read_number(text, value);
	uint64_t fraction = 0, digits = 1;
	uint64_t one = CPU_ONE;

	if (!end || *value > CPU_MAX)
		return false;
	if (*end == '.') {
		if (!isdigit((unsigned char)*++end))
			return false;
		for (; isdigit((unsigned char)*end); end++) {
			/* Further digits are below the precision of the quota. */
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
	return !*end && *value <= CPU_MAX;
}

static const char *const examples[] = {
	[KIND_COUNT] = "a number or none",
	[KIND_SIZE] = "a size like 65536, 64K, 512M or 2G, or none",
	[KIND_CPU] = "a number of processors like 2, 0.5 or 50%, or none",
};

static void set_limit(struct limits *limits, const struct mark *at, const struct key *key,
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
	if (value < key->min)
		fail(at, "%s: %s is too little to run", key->name, text);
	memcpy((char *)limits + key->offset, &value, sizeof(value));
}

void limits_set(struct limits *limits, const struct mark *at, const char *key, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(keys[i].name, key)) {
			set_limit(limits, at, &keys[i], text);
			return;
		}
	}
	fail(at, "no limit is named %s", key);
}

void limits_clamp(struct limits *limits)
{
	if (limits->descriptors > inherited_nofile.rlim_max &&
	    inherited_nofile.rlim_max != RLIM_INFINITY)
		limits->descriptors = inherited_nofile.rlim_max;
}

static void print_size(uint64_t value, FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
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

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
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

/* Control group and session */

static unsigned int wanted_controllers(const struct limits *limits)
{
	return (limits->pids != LIMIT_NONE ? GROUP_PIDS : 0) |
	       (limits->memory != LIMIT_NONE ? GROUP_MEMORY : 0) |
	       (limits->cpu != LIMIT_NONE ? GROUP_CPU : 0);
}

/*
 * Returns true if RLIMIT_NPROC applies to a program of this user.  It does not apply to
 * root; but root of a user namespace may be any user outside.  So this tries: a child
 * drops its capabilities, as a CloudABI program has none, and forks with a limit of 0.
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

/* Removes the controllers that resource limits can replace. */
static unsigned int without_replacement(unsigned int want)
{
	if (want & GROUP_PIDS && nproc_holds())
		want &= ~GROUP_PIDS;
	return want & ~GROUP_MEMORY;
}

static void __attribute__((__noreturn__)) fail_unlimited(unsigned int need)
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
		/* The file is missing if the kernel or the system has no swap. */
		group_set("memory.swap.max", "0", false);
		/* On OOM, kill all processes of the group: a program that lost one is of no use. */
		group_set("memory.oom.group", "1", true);
	}
	if (set & GROUP_CPU) {
		snprintf(text, sizeof(text), "%llu %d", (unsigned long long)limits->cpu,
			 CPU_PERIOD);
		group_set("cpu.max", text, true);
	}
}

/*
 * Without a control group, the program leads a new session and process group.  No call of
 * CloudABI leaves these, so kill() of the group reaches every process of the program.
 * A session without a controlling terminal may still use a terminal by descriptor.
 */
static struct {
	pid_t owner;
	/* In memory shared with the child, which stores its pid here after setsid(). */
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

/* Forks a child for a session of its own. */
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
	const unsigned int want = wanted_controllers(limits);
	pid_t pid = group_fork(dir, want);

	if (pid < 0) {
		const unsigned int need = without_replacement(want);

		if (dir)
			fail(NULL, "no control group for the limits: %s", group_errors());
		if (need && need != want)
			pid = group_fork(NULL, need);
		if (need && pid < 0)
			fail_unlimited(need);
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

/* In the child: resource limits */

/* Lowers a resource limit; never raises it. */
static bool lower_rlimit(int resource, uint64_t value)
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

/* Returns the number of threads: /proc/PID/task has a link for each, and two more. */
static unsigned long count_threads(int proc, const char *pid)
{
	char path[NAME_MAX + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s/task", pid);
	return fstatat(proc, path, &st, 0) ? 0 : st.st_nlink - 2;
}

/* Returns true if the process has this real user ID; the owner of /proc/PID may be another. */
static bool has_user(int proc, const char *pid, uid_t user)
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

/* Counts what RLIMIT_NPROC counts: all threads of the user. */
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
		    has_user(dirfd(proc), entry->d_name, getuid()))
			n += count_threads(dirfd(proc), entry->d_name);
	closedir(proc);
	return n;
}

/*
 * RLIMIT_NPROC limits the tasks of the user, not those of the program.  So the limit is
 * the number of tasks that the user has now without this one, plus that of the program.
 * Tasks that the user starts later count against the program; those that end leave it more.
 */
static bool limit_tasks(uint64_t pids)
{
	const unsigned long now = count_tasks();

	if (!now) {
		errno = ENOENT;
		return false;
	}
	return lower_rlimit(RLIMIT_NPROC, now - 1 + pids);
}

/* Limits each process, and lets the OOM killer end them first if they use too much together. */
static bool limit_memory(uint64_t bytes)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (write(fd, OOM_SCORE_ADJ_MAX, strlen(OOM_SCORE_ADJ_MAX)) < 0) {
		close(fd);
		return false;
	}
	close(fd);
	return lower_rlimit(RLIMIT_AS, bytes);
}

/* Lowers the priority; with RLIMIT_NICE at 0 the program cannot raise it again. */
static bool lower_priority(void)
{
	errno = 0;
	return nice(NICE) != -1 || !errno;
}

/* Limits resources that no call of CloudABI uses today, in case one is added. */
static bool limit_unused(void)
{
	return lower_rlimit(RLIMIT_MEMLOCK, 0) && lower_rlimit(RLIMIT_MSGQUEUE, 0) &&
	       lower_rlimit(RLIMIT_NICE, 0) && lower_rlimit(RLIMIT_RTPRIO, 0) &&
	       /* Signals of the kernel and of kill() do not count. */
	       lower_rlimit(RLIMIT_SIGPENDING, 64);
}

bool limits_apply(const struct limits *limits)
{
	const unsigned int set = group_controllers();

	return (group_path() || enter_session()) &&
	       (set & GROUP_PIDS || limits->pids == LIMIT_NONE || limit_tasks(limits->pids)) &&
	       (set & GROUP_MEMORY || limits->memory == LIMIT_NONE ||
		limit_memory(limits->memory)) &&
	       (set & GROUP_CPU || lower_priority()) &&
	       lower_rlimit(RLIMIT_CORE, limits->core) &&
	       lower_rlimit(RLIMIT_FSIZE, limits->file_size) &&
	       limit_unused();
}
