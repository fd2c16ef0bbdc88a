// SPDX-License-Identifier: GPL-2.0
/*
 * Socket addresses, as text and as struct sockaddr
 *
 * There are no host names: a resolver would need files and network of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"

/* Backlog of listen(): connections that the kernel keeps until they are accepted. */
#define BACKLOG 128

long number_parse(const char *text, long max)
{
	char *end;
	long value;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	return *end || errno || value > max ? -1 : value;
}

/* Text */

static const char *parse_host(struct address *address, const char *host, int family)
{
	const bool any = !strcmp(host, "*");

	/* "*" is IPv6 unless only IPv4 is asked for: an IPv6 socket takes IPv4 connections too. */
	if (family == AF_INET || (family == AF_UNSPEC && !any)) {
		if (inet_pton(AF_INET, any ? "0.0.0.0" : host, &address->in.sin_addr) == 1) {
			address->any.sa_family = AF_INET;
			address->len = sizeof(address->in);
			return NULL;
		}
	}
	if (family != AF_INET &&
	    inet_pton(AF_INET6, any ? "::" : host, &address->in6.sin6_addr) == 1) {
		address->any.sa_family = AF_INET6;
		address->len = sizeof(address->in6);
		address->v6only = family == AF_INET6;
		address->wildcard = any && !address->v6only;
		return NULL;
	}
	switch (family) {
	case AF_INET:
		return "not an address of IPv4";
	case AF_INET6:
		return "not an address of IPv6";
	default:
		return "not an address in numbers";
	}
}

const char *address_parse_ip(struct address *address, const char *text, int family)
{
	const char *const colon = strrchr(text, ':');
	const long port = colon ? number_parse(colon + 1, 65535) : -1;
	const size_t len = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN + 2];
	const char *wrong;

	memset(address, 0, sizeof(*address));
	if (port < 0 || !len || len >= sizeof(host))
		return "not an address and a port";
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		if (!strchr(host, ':'))
			return "brackets are for IPv6";
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	} else if (strchr(host, ':')) {
		return "needs brackets around the address";
	}
	wrong = parse_host(address, host, family);
	/* sin_port and sin6_port have the same offset. */
	address->in.sin_port = htons((in_port_t)port);
	return wrong;
}

const char *address_parse(struct address *address, const char *text)
{
	const size_t len = strlen(text);
	const bool abstract = *text == '@';

	if (*text != '/' && !abstract)
		return address_parse_ip(address, text, AF_UNSPEC);
	memset(address, 0, sizeof(*address));
	/* bind() would choose a name that no client knows. */
	if (abstract && len == 1)
		return "a name is missing";
	if (len + !abstract > sizeof(address->un.sun_path))
		return "too long for a socket";
	address->un.sun_family = AF_UNIX;
	/* A path ends with a NUL; an abstract name begins with a NUL, which replaces the "@". */
	memcpy(address->un.sun_path, text, len);
	if (abstract)
		address->un.sun_path[0] = '\0';
	address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !abstract);
	return NULL;
}

bool address_of(struct address *address, int fd)
{
	memset(address, 0, sizeof(*address));
	address->len = sizeof(address->un);
	return !getsockname(fd, &address->any, &address->len);
}

/* Escapes bytes that could control the terminal. */
static void print_name(const char *name, size_t len, char *text)
{
	if (len && !*name) {
		*text++ = '@';
		name++;
		len--;
	}
	for (; len && *name; name++, len--) {
		const unsigned char c = (unsigned char)*name;

		text += sprintf(text, c < 0x80 && isprint(c) ? "%c" : "\\x%02x", c);
	}
	*text = '\0';
}

void address_print(const struct address *address, char text[ADDRESS_TEXT])
{
	const size_t start = offsetof(struct sockaddr_un, sun_path);
	char host[INET6_ADDRSTRLEN];

	*text = '\0';
	switch (address->any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(address->in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		snprintf(text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(address->in6.sin6_port));
		break;
	case AF_UNIX:
		if (address->len > start)
			print_name(address->un.sun_path, address->len - start, text);
		break;
	}
}

/* Sockets */

static int close_failed(int fd)
{
	const int error = errno;

	close(fd);
	errno = error;
	return -1;
}

int address_connect(const struct address *address, int type)
{
	const int fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || !connect(fd, &address->any, address->len))
		return fd;
	return close_failed(fd);
}

static int open_bound(const struct address *address, int type)
{
	const int family = address->any.sa_family;
	const int flags = SOCK_CLOEXEC | (type == SOCK_DGRAM ? 0 : SOCK_NONBLOCK);
	const int fd = socket(family, type | flags, 0);
	const int yes = 1, v6only = address->v6only;

	if (fd < 0)
		return -1;
	/*
	 * Lets a server restart while connections are in TIME_WAIT.  Not for datagrams: another
	 * process could bind to the same address and take them.
	 */
	if (type == SOCK_STREAM && family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	if (bind(fd, &address->any, address->len))
		return close_failed(fd);
	if (type != SOCK_DGRAM && listen(fd, BACKLOG))
		return close_failed(fd);
	return fd;
}

int address_listen(const struct address *address, int type)
{
	const int fd = open_bound(address, type);
	struct address any;

	if (fd >= 0 || errno != EAFNOSUPPORT || !address->wildcard)
		return fd;
	any = (struct address){ .in = { .sin_family = AF_INET, .sin_port = address->in.sin_port },
				.len = sizeof(any.in) };
	return open_bound(&any, type);
}
