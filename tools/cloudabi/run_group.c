// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The control group of a program (cgroup v2)
 *
 * To create a group, group_fork() tries the cgroup of this process first, then each
 * ancestor up to the mount point of the hierarchy:
 *
 *   1. mkdir() "cloudabi-run.PID".  This is where most callers fail, as the directory
 *      is not delegated to them (EACCES).  Nothing has changed until then.
 *   2. Write the required controllers to the cgroup.subtree_control of the
 *      parent.  A cgroup other than the root cannot enable controllers for its children
 *      while processes are in it (EBUSY, "no internal processes"), so the cgroup of this
 *      process usually cannot; an ancestor may.
 *   3. Check that the new directory has the files of these controllers.
 *   4. clone3() with CLONE_INTO_CGROUP: the child starts in the group.  Moving a running
 *      process there would need the same permissions and take the kernel much longer.
 *
 * If a step fails, the directory is removed, the reason is kept for the error message,
 * and the next ancestor is tried.  Controllers that step 2 has enabled stay enabled.
 *
 * To remove the group, group_destroy() writes to cgroup.kill, waits until cgroup.events says
 * "populated 0", and calls rmdir(), which fails with EBUSY earlier.
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

/* A killed process may have to finish a system call first; that does not take long. */
#define KILL_TIMEOUT_MS 10000
/* A cloudabi-run in another pid namespace may have the same pid: then a suffix is added. */
#define MAX_NAMES 100

/*
 * cgroup.controllers can list "cpu" although the kernel lacks CONFIG_FAIR_GROUP_SCHED.  So
 * the presence of a controller is decided by a file of it.
 */
static const struct {
	unsigned int bit;
	const char *name, *file;
} controllers[] = {
	{ GROUP_CPU, "cpu", "cpu.weight" },
	{ GROUP_MEMORY, "memory", "memory.max" },
	{ GROUP_PIDS, "pids", "pids.max" },
};

#define CONTROLLERS (sizeof(controllers) / sizeof(*controllers))

/*
 * The group: descriptors of its directory (-1 if there is no group) and of its parent, the
 * process that created it, its controllers, and its name and path.
 */
static struct {
	int parent;
	int dir;
	pid_t owner;
	unsigned int controllers;
	char name[32];
	char path[PATH_MAX];
} group = { .dir = -1 };

static char reasons[2048];

/* Adds the reason why no group can be created in @dir. */
static void __attribute__((__format__(__printf__, 2, 3)))
add_reason(const char *dir, const char *fmt, ...)
{
	const size_t len = strlen(reasons);
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(reasons + len, sizeof(reasons) - len, "%s%s: %s", len ? "; " : "", dir, reason);
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

/* Returns 0 or an errno. */
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

/* Reads the set of controllers that a file of a cgroup lists. */
static unsigned int read_controllers(int dir, const char *name)
{
	char text[256];
	char *rest = text, *controller;
	unsigned int found = 0;

	read_file(dir, name, text, sizeof(text));
	while ((controller = strsep(&rest, "\n "))) {
		for (size_t i = 0; i < CONTROLLERS; i++)
			if (!strcmp(controllers[i].name, controller))
				found |= controllers[i].bit;
	}
	return found;
}

/* Returns the set of controllers of a group, by the files in its directory. */
static unsigned int find_controllers(int dir)
{
	unsigned int found = 0;

	for (size_t i = 0; i < CONTROLLERS; i++)
		if (!faccessat(dir, controllers[i].file, F_OK, 0))
			found |= controllers[i].bit;
	return found;
}

/* Names a set of controllers: "+memory +pids" for the prefix "+". */
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

/* Creating a group */

/* Step 1: creates the directory of the group under an unused name. */
static bool make_directory(int parent, const char *dir)
{
	for (int i = 0; i < MAX_NAMES; i++) {
		snprintf(group.name, sizeof(group.name),
			 i ? "cloudabi-run.%d.%d" : "cloudabi-run.%d", getpid(), i);
		if (!mkdirat(parent, group.name, 0755))
			return true;
		if (errno != EEXIST)
			break;
	}
	add_reason(dir, "%s", strerror(errno));
	return false;
}

/* Step 2: enables controllers for the children of @parent, unless they are enabled. */
static bool enable_controllers(int parent, const char *dir, unsigned int required)
{
	const unsigned int missing = required & ~read_controllers(parent, "cgroup.subtree_control");
	const unsigned int lacks = missing & ~read_controllers(parent, "cgroup.controllers");
	char text[64];
	int error;

	if (!missing)
		return true;
	name_controllers(lacks ?: missing, lacks ? "" : "+", text);
	if (lacks) {
		add_reason(dir, "no controller %s", text);
		return false;
	}
	error = write_file(parent, "cgroup.subtree_control", text);
	if (!error)
		return true;
	add_reason(dir, "%s: %s", text, error == EBUSY ? "there are processes in it" :
						     strerror(error));
	return false;
}

/* Step 3: checks that the new group has the required controllers. */
static bool check_controllers(int new_dir, const char *dir, unsigned int required)
{
	const unsigned int lacks = required & ~find_controllers(new_dir);
	char text[64];

	if (!lacks)
		return true;
	name_controllers(lacks, "", text);
	add_reason(dir, "no controller %s", text);
	return false;
}

/* Step 4: forks into the group @dir; @name is its parent's path, for the reason. */
static pid_t fork_into(int dir, const char *name)
{
	const struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)dir,
	};
	const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		add_reason(name, "%s", strerror(errno));
	return pid;
}

static bool is_group(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Steps 1 to 4 in the directory @parent, whose path is @dir.  Returns as fork() does. */
static pid_t create_and_fork(int parent, const char *dir, unsigned int required)
{
	pid_t pid = -1;
	int new_dir;

	if (!is_group(parent)) {
		add_reason(dir, "not a control group");
		return -1;
	}
	/* First, as it is what most callers lack the permission for. */
	if (!make_directory(parent, dir))
		return -1;
	new_dir = openat(parent, group.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (new_dir >= 0 && enable_controllers(parent, dir, required) &&
	    check_controllers(new_dir, dir, required)) {
		group.parent = parent;
		group.dir = new_dir;
		group.owner = getpid();
		group.controllers = find_controllers(new_dir);
		snprintf(group.path, sizeof(group.path), "%s/%s", dir, group.name);
		pid = fork_into(new_dir, dir);
	}
	if (pid >= 0)
		return pid;
	group.dir = -1;
	group.controllers = 0;
	if (new_dir >= 0)
		close(new_dir);
	unlinkat(parent, group.name, AT_REMOVEDIR);
	return -1;
}

static pid_t try_directory(const char *dir, unsigned int required)
{
	const int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (parent < 0) {
		add_reason(dir, "%s", strerror(errno));
		return -1;
	}
	pid = create_and_fork(parent, dir, required);
	if (pid < 0)
		close(parent);
	return pid;
}

/* Finding the cgroup of this process */

/*
 * Reads the path of this process's cgroup: the line "0::/path" of /proc/self/cgroup.  Other
 * lines belong to cgroup v1.
 */
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

/* Decodes a path of mountinfo, which has blanks, newlines and backslashes as "\ooo". */
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

/* Returns the part of @path beneath @root: "" if they are equal, NULL if it is elsewhere. */
static const char *path_beneath(const char *path, const char *root)
{
	const size_t len = strcmp(root, "/") ? strlen(root) : 0;

	if (strncmp(path, root, len) || (path[len] && path[len] != '/'))
		return NULL;
	path += len;
	/* The cgroup is outside the cgroup namespace of the reader. */
	if (!strncmp(path, "/..", 3))
		return NULL;
	return strcmp(path, "/") ? path : "";
}

/**
 * find_group_dir() - Find the directory of a control group
 * @mountinfo: /proc/self/mountinfo
 * @path: path of the group in the hierarchy, from /proc/self/cgroup
 * @dir: set to the directory of the group
 *
 * Return: length of the mount point, which @dir begins with and above which there are no
 * cgroups; 0 if the group is not visible at any mount point.
 */
static size_t find_group_dir(FILE *mountinfo, const char *path, char dir[PATH_MAX])
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
		rest = path_beneath(path, root);
		if (rest && snprintf(dir, PATH_MAX, "%s%s", point, rest) < PATH_MAX)
			return strlen(point);
	}
	return 0;
}

/* Finds the directory of this process's cgroup, and the length of its mount point. */
static bool find_own_group(char dir[PATH_MAX], size_t *top)
{
	FILE *const cgroup = fopen("/proc/self/cgroup", "re");
	FILE *const mountinfo = fopen("/proc/self/mountinfo", "re");
	char path[PATH_MAX];

	*top = 0;
	if (cgroup && mountinfo && read_own_path(cgroup, path))
		*top = find_group_dir(mountinfo, path, dir);
	if (cgroup)
		fclose(cgroup);
	if (mountinfo)
		fclose(mountinfo);
	return *top;
}

pid_t group_fork(const char *dir, unsigned int required)
{
	char path[PATH_MAX], *slash;
	pid_t pid = -1;
	size_t top;

	reasons[0] = '\0';
	if (dir) {
		pid = try_directory(dir, required);
	} else if (!find_own_group(path, &top)) {
		add_reason("cgroup2", "not mounted, or not where this process can see its own");
	} else {
		while ((pid = try_directory(path, required)) < 0 && strlen(path) > top) {
			slash = strrchr(path, '/');
			*slash = '\0';
		}
	}
	if (pid > 0)
		atexit(group_destroy);
	return pid;
}

/* Using the group */

unsigned int group_controllers(void)
{
	return group.controllers;
}

const char *group_path(void)
{
	return group.dir < 0 ? NULL : group.path;
}

const char *group_errors(void)
{
	return reasons;
}

void group_set(const char *file, const char *text, bool required)
{
	const int error = write_file(group.dir, file, text);

	if (error && required) {
		errno = error;
		fail(NULL, "%s/%s: %s: %m", group.path, file, text);
	}
}

/* Removing the group */

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

/* Waits for "populated 0": poll() reports a change of cgroup.events as POLLPRI. */
static void wait_empty(void)
{
	const int events = openat(group.dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	const long end = now_ms() + KILL_TIMEOUT_MS;
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
	group.controllers = 0;
}
