// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Descriptors that it was started with
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "inherited.h"
#include "run.h"
#include "standard.h"

/* Where there is no list of them, those below this are asked for. */
#define MOST_ASKED 65536

static int *numbers;
static size_t n;

static void add(int fd)
{
	if (!(n & (n - 1)))
		numbers = reallocarray(numbers, n ? 2 * n : 1, sizeof(*numbers));
	if (!numbers)
		fail(NULL, "%m");
	numbers[n++] = fd;
}

/* Without /proc.  Of more than it asks for, nobody can say that they were open. */
static void ask_for_each(void)
{
	struct rlimit limit = { 0 };
	int fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = 0; fd < MOST_ASKED && (rlim_t)fd < limit.rlim_cur; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			add(fd);
}

void inherited_begin(void)
{
	const unsigned int missing = standard_begin();
	const struct dirent *entry;
	size_t i, kept = 0;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (!dir)
		ask_for_each();
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
			add(atoi(entry->d_name));
	if (dir)
		closedir(dir);
	for (i = 0; i < n; i++)
		if (numbers[i] > 2 || !(missing & 1U << numbers[i]))
			numbers[kept++] = numbers[i];
	n = kept;
}

bool inherited(int fd)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] == fd)
			return true;
	errno = EBADF;
	return false;
}
