/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Tracing
 */
#ifndef SELFTESTS_CLOUDABI_TRACEFS_H
#define SELFTESTS_CLOUDABI_TRACEFS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* Private mount of tracefs. */
struct tracefs {
	char dir[32];
};

static inline int tracefs_put(const struct tracefs *tracefs, const char *name, const char *text)
{
	char path[128];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tracefs->dir, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	done = write(fd, text, strlen(text));
	close(fd);
	return done == (ssize_t)strlen(text) ? 0 : -errno;
}

/* All trace output so far, as text. */
static inline char *tracefs_text(const struct tracefs *tracefs)
{
	static char text[1 << 20];
	ssize_t len = 0, part;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/trace", tracefs->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((part = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += part;
	close(fd);
	text[len] = '\0';
	return text;
}

/* Enables CloudABI's trace events. Returns 0 or a negative errno. */
static inline int tracefs_start(struct tracefs *tracefs)
{
	strcpy(tracefs->dir, "/tmp/cloudabi-XXXXXX");
	if (!mkdtemp(tracefs->dir) || mount("tracefs", tracefs->dir, "tracefs", 0, NULL))
		return -errno;
	return tracefs_put(tracefs, "trace", "") ?:
	       tracefs_put(tracefs, "events/cloudabi/enable", "1") ?:
	       tracefs_put(tracefs, "tracing_on", "1");
}

static inline void tracefs_stop(struct tracefs *tracefs)
{
	tracefs_put(tracefs, "events/enable", "0");
	tracefs_put(tracefs, "trace", "");
	umount(tracefs->dir);
	rmdir(tracefs->dir);
}

#endif /* SELFTESTS_CLOUDABI_TRACEFS_H */
