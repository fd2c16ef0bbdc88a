// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The control group of a program
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "run.h"
#include "run_group.h"

/* Who is in the middle of something in the kernel ends after it, soon. */
#define END_MS 10000
/* Other pid namespaces may have processes of the same number. */
#define MOST_NAMES 100

/* One without its file is there in name only: the kernel has no scheduling of groups. */
static const struct {
	unsigned int bit;
	const char *name, *file;
} controllers[] = {
	{ GROUP_CPU, "cpu", "cpu.weight" },
	{ GROUP_MEMORY, "memory", "memory.max" },
	{ GROUP_PIDS, "pids", "pids.max" },
};

#define CONTROLLERS (sizeof(controllers) / sizeof(*controllers))

/* The group; @dir is -1 if there is none, @parent is the directory that it is in. */
static struct {
	int parent;
	int dir;
	pid_t owner;
	unsigned int has;
	char name[32];
	char path[PATH_MAX];
} group = { .dir = -1 };

static char why[2048];

static void __attribute__((__format__(__printf__, 2, 3)))
refuse(const char *dir, const char *fmt, ...)
{
	const size_t len = strlen(why);
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(why + len, sizeof(why) - len, "%s%s: %s", len ? "; " : "", dir, reason);
}

/* Files of control groups */

static ssize_t read_file(int dir, const char *name, char *text, size_t size)
{
	const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = -1;

	text[0] = '\0';
	if (fd < 0)
		return -1;
	len = read(fd, text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	close(fd);
	return len;
}

/* Returns 0, or an errno. */
static int write_file(int dir, const char *name, const char *text)
{
	const int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static unsigned int read_controllers(int dir, const char *name)
{
	char text[256];
	char *rest = text, *word;
	unsigned int found = 0;

	read_file(dir, name, text, sizeof(text));
	while ((word = strsep(&rest, "\n "))) {
		for (size_t i = 0; i < CONTROLLERS; i++)
			if (!strcmp(controllers[i].name, word))
				found |= controllers[i].bit;
	}
	return found;
}

/* Those that a new group really has. */
static unsigned int find_controllers(int dir)
{
	unsigned int found = 0;

	for (size_t i = 0; i < CONTROLLERS; i++)
		if (!faccessat(dir, controllers[i].file, F_OK, 0))
			found |= controllers[i].bit;
	return found;
}

/* "+memory +pids" */
static void name_controllers(unsigned int set, const char *prefix, char text[64])
{
	const char *separator = "";
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < CONTROLLERS; i++) {
		if (set & controllers[i].bit) {
			len += (size_t)sprintf(text + len, "%s%s%s", separator, prefix,
					       controllers[i].name);
			separator = " ";
		}
	}
}

/* Making one */

static bool make_directory(int parent, const char *dir)
{
	for (int i = 0; i < MOST_NAMES; i++) {
		snprintf(group.name, sizeof(group.name),
			 i ? "cloudabi-run.%d.%d" : "cloudabi-run.%d", getpid(), i);
		if (!mkdirat(parent, group.name, 0755))
			return true;
		if (errno != EEXIST)
			break;
	}
	refuse(dir, "%s", strerror(errno));
	return false;
}

/*
 * Passes controllers on to groups in a directory.  A group that has processes passes
 * none on, but for the root; then one above it has to do.
 */
static bool pass_on(int parent, const char *dir, unsigned int need)
{
	const unsigned int missing = need & ~read_controllers(parent, "cgroup.subtree_control");
	const unsigned int lacks = missing & ~read_controllers(parent, "cgroup.controllers");
	char text[64];
	int error;

	if (!missing)
		return true;
	name_controllers(lacks ?: missing, lacks ? "" : "+", text);
	if (lacks) {
		refuse(dir, "no controller %s", text);
		return false;
	}
	error = write_file(parent, "cgroup.subtree_control", text);
	if (!error)
		return true;
	refuse(dir, "%s: %s", text, error == EBUSY ? "there are processes in it" :
						     strerror(error));
	return false;
}

static bool has_all(int made, const char *dir, unsigned int need)
{
	const unsigned int lacks = need & ~find_controllers(made);
	char text[64];

	if (!lacks)
		return true;
	name_controllers(lacks, "", text);
	refuse(dir, "no controller %s", text);
	return false;
}

/*
 * It depends on where one is whether one may go there.  Who is born there needs the same
 * permissions as who moves, which takes the kernel much longer.
 */
static pid_t fork_into(int dir, const char *name)
{
	const struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)dir,
	};
	const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		refuse(name, "%s", strerror(errno));
	return pid;
}

static bool is_group(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Makes @group and forks into it; returns as fork() does. */
static pid_t fork_beneath(int parent, const char *dir, unsigned int need)
{
	pid_t pid = -1;
	int made;

	if (!is_group(parent)) {
		refuse(dir, "not a control group");
		return -1;
	}
	/* Before anything is changed, as this is what most are refused. */
	if (!make_directory(parent, dir))
		return -1;
	made = openat(parent, group.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made >= 0 && pass_on(parent, dir, need) && has_all(made, dir, need)) {
		group.parent = parent;
		group.dir = made;
		group.owner = getpid();
		group.has = find_controllers(made);
		snprintf(group.path, sizeof(group.path), "%s/%s", dir, group.name);
		pid = fork_into(made, dir);
	}
	if (pid >= 0)
		return pid;
	group.dir = -1;
	group.has = 0;
	if (made >= 0)
		close(made);
	unlinkat(parent, group.name, AT_REMOVEDIR);
	return -1;
}

static pid_t try_beneath(const char *dir, unsigned int need)
{
	const int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (parent < 0) {
		refuse(dir, "%s", strerror(errno));
		return -1;
	}
	pid = fork_beneath(parent, dir, need);
	if (pid < 0)
		close(parent);
	return pid;
}

/* Where it can be */

/* The line "0::/path" of /proc/self/cgroup; others are of the old hierarchies. */
static bool read_own_path(FILE *file, char path[PATH_MAX])
{
	char line[PATH_MAX + 8];

	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::/", 4))
			continue;
		line[strcspn(line, "\n")] = '\0';
		memccpy(path, line + 3, '\0', PATH_MAX);
		return true;
	}
	return false;
}

/* Blanks, newlines and backslashes are three octal digits there. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				     (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* What of @path is beneath @root: "" if they are the same, NULL if it is elsewhere. */
static const char *path_beneath(const char *path, const char *root)
{
	const size_t len = strcmp(root, "/") ? strlen(root) : 0;

	if (strncmp(path, root, len) || (path[len] && path[len] != '/'))
		return NULL;
	path += len;
	/* Above what this namespace can see. */
	if (!strncmp(path, "/..", 3))
		return NULL;
	return strcmp(path, "/") ? path : "";
}

/**
 * find_group_dir() - Find the directory of a control group
 * @mountinfo: the file of that name
 * @own: path of the group in the hierarchy
 * @dir: set to the directory
 *
 * Return: how much of @dir is the mount point, above which there are no groups, or 0
 * if the group is to be seen nowhere.
 */
static size_t find_group_dir(FILE *mountinfo, const char *own, char dir[PATH_MAX])
{
	char line[3 * PATH_MAX], root[PATH_MAX], point[PATH_MAX];

	while (fgets(line, sizeof(line), mountinfo)) {
		const char *const type = strstr(line, " - ");
		const char *rest;

		/* 31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw */
		if (!type || strncmp(type, " - cgroup2 ", 11) ||
		    sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2)
			continue;
		unescape(root);
		unescape(point);
		rest = path_beneath(own, root);
		if (rest && snprintf(dir, PATH_MAX, "%s%s", point, rest) < PATH_MAX)
			return strlen(point);
	}
	return 0;
}

static bool find_own_group(char dir[PATH_MAX], size_t *top)
{
	FILE *const cgroup = fopen("/proc/self/cgroup", "re");
	FILE *const mountinfo = fopen("/proc/self/mountinfo", "re");
	char own[PATH_MAX];

	*top = cgroup && mountinfo && read_own_path(cgroup, own) ? find_group_dir(mountinfo, own, dir) : 0;
	if (cgroup)
		fclose(cgroup);
	if (mountinfo)
		fclose(mountinfo);
	return *top;
}

pid_t group_fork(const char *dir, unsigned int need)
{
	char path[PATH_MAX], *slash;
	pid_t pid = -1;
	size_t top;

	why[0] = '\0';
	if (dir) {
		pid = try_beneath(dir, need);
	} else if (!find_own_group(path, &top)) {
		refuse("cgroup2", "not mounted, or not where this process can see its own");
	} else {
		while ((pid = try_beneath(path, need)) < 0 && strlen(path) > top) {
			slash = strrchr(path, '/');
			*slash = '\0';
		}
	}
	if (pid > 0)
		atexit(group_destroy);
	return pid;
}

/* Using it */

unsigned int group_controllers(void)
{
	return group.has;
}

const char *group_path(void)
{
	return group.dir < 0 ? NULL : group.path;
}

const char *group_errors(void)
{
	return why;
}

void group_set(const char *file, const char *text, bool must)
{
	const int error = write_file(group.dir, file, text);

	if (error && must) {
		errno = error;
		fail(NULL, "%s/%s: %s: %m", group.path, file, text);
	}
}

/* Ending it */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_empty(int events)
{
	char text[256];
	const ssize_t len = pread(events, text, sizeof(text) - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
	return strstr(text, "populated 0");
}

/* The file of events says by itself when something has changed. */
static void wait_empty(void)
{
	const int events = openat(group.dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	const long end = now_ms() + END_MS;
	struct pollfd pollfd = { .fd = events, .events = POLLPRI };

	while (events >= 0 && !is_empty(events)) {
		const long left = end - now_ms();

		if (left <= 0)
			break;
		poll(&pollfd, 1, (int)left);
	}
	close(events);
}

void group_destroy(void)
{
	int error;

	if (group.dir < 0 || group.owner != getpid())
		return;
	error = write_file(group.dir, "cgroup.kill", "1");
	if (!error)
		wait_empty();
	if (unlinkat(group.parent, group.name, AT_REMOVEDIR))
		fprintf(stderr, "cloudabi-run: %s is left behind: %s\n", group.path,
			strerror(error ?: errno));
	close(group.parent);
	close(group.dir);
	group.dir = -1;
	group.has = 0;
}
