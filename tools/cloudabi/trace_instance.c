// SPDX-License-Identifier: GPL-2.0
/*
 * A trace instance of tracefs, for the events of one program
 *
 * An instance has its own buffers, filters and event switches, so it does not disturb other
 * users of the tracing system.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array_size.h"
#include "run.h"
#include "trace_events.h"
#include "trace_instance.h"

static char *instance;
static pid_t owner;

void instance_unmake(void)
{
	/* Only the process that created it removes it, so that a forked child may exit(). */
	if (!instance || getpid() != owner)
		return;
	events_close();
	if (rmdir(instance))
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, instance,
			strerror(errno));
	free(instance);
	instance = NULL;
}

static bool is_tracefs(const char *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/events/cloudabi", dir);
	return !access(path, F_OK);
}

static const char *find_tracefs(void)
{
	static const char *const dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (is_tracefs(dirs[i]))
			return dirs[i];
	if (mount("tracefs", dirs[0], "tracefs", 0, NULL))
		fail(NULL, "mounting tracefs: %m");
	if (!is_tracefs(dirs[0]))
		fail(NULL, "the kernel has no events of CloudABI");
	return dirs[0];
}

/* Writes to a file of the instance. */
static void write_file(const char *name, int flags, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(NULL, "%s: %m", path);
	close(fd);
}

static void make_directory(const char *name)
{
	const char *const tracefs = find_tracefs();
	char *path;

	if (asprintf(&path, "%s/instances/%s.%d", tracefs, name, getpid()) < 0)
		fail(NULL, "%m");
	if (mkdir(path, 0700))
		fail(NULL, "%s: %m", path);
	instance = path;
	owner = getpid();
	atexit(instance_unmake);
}

void instance_make(const char *name, bool denials)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char size[24];
	const char *bad;

	make_directory(name);
	/* Without overwrite, the newest events are dropped when a buffer is full, and counted. */
	write_file("tracing_on", O_TRUNC, "0");
	write_file("options/overwrite", O_TRUNC, "0");
	write_file("options/event-fork", O_TRUNC, "1");
	snprintf(size, sizeof(size), "%ld", cpus > 16 ? 64 * 1024 / cpus : 4 * 1024);
	write_file("buffer_size_kb", O_TRUNC, size);
	write_file("trace_clock", O_TRUNC, "mono");
	bad = events_open(instance, denials);
	if (bad)
		fail(NULL, "%s: %m", bad);
}

void instance_follow(pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", tid);
	write_file("set_event_pid", O_APPEND, text);
}

void instance_start(void)
{
	write_file("tracing_on", O_TRUNC, "1");
}
