// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The descriptors that it has inherited
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "inherited.h"
#include "run.h"
#include "standard.h"

/* Without /proc, descriptors below this number are probed. */
#define MAX_PROBED 65536

static int *numbers;
static size_t n;

static void add_number(int fd)
{
	if (!(n & (n - 1)))
		numbers = reallocarray(numbers, n ? 2 * n : 1, sizeof(*numbers));
	if (!numbers)
		fail(NULL, "%m");
	numbers[n++] = fd;
}

/* Without /proc: probes each number.  Descriptors from MAX_PROBED on count as not inherited. */
static void probe_all(void)
{
	struct rlimit limit = { 0 };
	int fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = 0; fd < MAX_PROBED && (rlim_t)fd < limit.rlim_cur; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			add_number(fd);
}

void inherited_begin(void)
{
	const unsigned int missing = standard_begin();
	const struct dirent *entry;
	size_t i, kept = 0;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (!dir)
		probe_all();
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
			add_number(atoi(entry->d_name));
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
