/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Tools that a test runs, and their effects on the system
 *
 * For Linux programs.
 */
#ifndef SELFTESTS_CLOUDABI_TOOL_H
#define SELFTESTS_CLOUDABI_TOOL_H

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

#include "image.h"

#define MS 1000000L
#define SECOND (1000 * MS)

/* Directory of trace instances, whoever mounted tracefs. */
#define INSTANCES "/sys/kernel/tracing/instances"

/* The path of a program in the directory of the test. */
static inline bool tool_path(char *path, size_t size, const char *name)
{
	const ssize_t len = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (!slash || strlen(name) >= size - (size_t)(slash + 1 - path))
		return false;
	strcpy(slash + 1, name);
	return !access(path, X_OK);
}

/* Waits for the end of a process; returns its exit status. */
static inline int exit_status(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

/* The contents of a file of any size. */
static inline char *text_of(const char *path)
{
	static char text[1 << 21];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = 0, part;

	while ((part = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += part;
	close(fd);
	text[len] = '\0';
	return text;
}

static inline int count(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* Number of entries in a directory of a process: "fd", "task". */
static inline int count_entries(pid_t pid, const char *name)
{
	struct dirent *entry;
	char path[64];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Whether no trace instance is left. */
static inline bool no_instances(void)
{
	struct stat st;

	return !stat(INSTANCES, &st) && st.st_nlink == 2;
}

/* Waits until a cgroup is frozen ('1') or not frozen ('0'). */
static inline bool freezes(const char *dir, char frozen)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.events", dir);
	for (int i = 0; i < 10000; i++) {
		if (field(text_of(path), "frozen ")[0] == frozen)
			return true;
		usleep(2000);
	}
	return false;
}

/* Monotonic time in ns. */
static inline long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static inline void rest(long ns)
{
	const struct timespec ts = { ns / SECOND, ns % SECOND };

	nanosleep(&ts, NULL);
}

/* Writes to a file in a directory, for example of a control group; returns true on success. */
static inline bool put_text(const char *dir, const char *name, const char *text)
{
	char path[256];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

#endif /* SELFTESTS_CLOUDABI_TOOL_H */
