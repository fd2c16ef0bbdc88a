// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Sockets that a program is given
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "inherited.h"
#include "run_cleanup.h"
#include "run_socket.h"

/* SD_LISTEN_FDS_START of sd_listen_fds(3). */
#define FIRST_FD 3
#define FDS_MAX 4096
#define PID_MAX (1L << 22)

/* Sockets that this process creates */

static void parse_address(const struct mark *at, const char *text, struct address *address)
{
	const char *const wrong = address_parse(address, text);

	if (wrong)
		fail(at, "%s: %s", text, wrong);
}

int socket_connect(const struct mark *at, const char *text, int type)
{
	struct address address;
	int fd;

	parse_address(at, text, &address);
	if (address.wildcard)
		fail(at, "%s: not an address to connect to", text);
	fd = address_connect(&address, type);
	if (fd < 0)
		fail(at, "connect to %s: %m", text);
	return fd;
}

int socket_listen(const struct mark *at, const char *text, int type)
{
	struct address address;
	int fd;

	parse_address(at, text, &address);
	fd = address_listen(&address, type);
	if (fd < 0 && errno == EADDRINUSE && *text == '/')
		fail(at, "listen at %s: %m (if nobody uses it any more, remove it)", text);
	if (fd < 0)
		fail(at, "listen at %s: %m", text);
	if (*text == '/')
		cleanup_path(at, text, false);
	return fd;
}

/* Socket activation */

/* Returns the number of sockets passed to this process, and fails if there are none. */
static int count_activated(const struct mark *at)
{
	const char *const fds = getenv("LISTEN_FDS"), *const pid = getenv("LISTEN_PID");
	long count;

	if (!fds || !pid)
		fail(at, "started without sockets (LISTEN_FDS and LISTEN_PID are not set)");
	if (number_parse(pid, PID_MAX) != getpid())
		fail(at, "the sockets are for process %s (LISTEN_PID), this is %d", pid, getpid());
	count = number_parse(fds, FDS_MAX);
	if (count < 0)
		fail(at, "LISTEN_FDS is not a number of sockets: %s", fds);
	return (int)count;
}

/* Returns the index of a socket by name.  Names need not be unique: an ambiguous one fails. */
static int find_name(const struct mark *at, const char *name, int count)
{
	const char *names = getenv("LISTEN_FDNAMES");
	const size_t len = strlen(name);
	int found = -1, n = 0;

	if (!names)
		fail(at, "%s: the sockets have no names (LISTEN_FDNAMES is not set)", name);
	for (;;) {
		const size_t part = strcspn(names, ":");

		if (part == len && !memcmp(names, name, len)) {
			if (found >= 0)
				fail(at, "%s: more than one socket has this name; use its number",
				     name);
			found = n;
		}
		n++;
		if (!names[part])
			break;
		names += part + 1;
	}
	if (n != count)
		fail(at, "LISTEN_FDNAMES has names of %d sockets, LISTEN_FDS says %d", n, count);
	if (found < 0)
		fail(at, "%s: no socket has this name (LISTEN_FDNAMES is %s)", name,
		     getenv("LISTEN_FDNAMES"));
	return found;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

int socket_activation(const struct mark *at, const char *which, int type)
{
	const int count = count_activated(at);
	const bool by_number = is_number(which);
	const long n = by_number ? number_parse(which, FDS_MAX) : find_name(at, which, count);
	int fd, real;
	socklen_t len = sizeof(real);

	if (n < 0 || n >= count)
		fail(at, "%s: no such socket; there are %d, numbered from 0", which, count);
	if (!inherited(FIRST_FD + (int)n) ||
	    getsockopt(FIRST_FD + (int)n, SOL_SOCKET, SO_TYPE, &real, &len))
		fail(at, "%s (descriptor %ld): %m", which, FIRST_FD + n);
	if (type && type != real)
		fail(at, "%s: the socket is of another type", which);
	fcntl(FIRST_FD + (int)n, F_SETFD, FD_CLOEXEC);
	fd = fcntl(FIRST_FD + (int)n, F_DUPFD_CLOEXEC, FIRST_FD + count);
	if (fd < 0)
		fail(at, "%s: %m", which);
	return fd;
}
