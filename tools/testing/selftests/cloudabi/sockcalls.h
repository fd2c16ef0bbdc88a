/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of socket calls
 */
#ifndef SELFTESTS_CLOUDABI_SOCKCALLS_H
#define SELFTESTS_CLOUDABI_SOCKCALLS_H

#include "common.h"

#define DGRAM CLOUDABI_FILETYPE_SOCKET_DGRAM
#define STREAM CLOUDABI_FILETYPE_SOCKET_STREAM
#define PEEK CLOUDABI_SOCK_RECV_PEEK
#define WAITALL CLOUDABI_SOCK_RECV_WAITALL
#define FDS_TRUNCATED CLOUDABI_SOCK_RECV_FDS_TRUNCATED
#define DATA_TRUNCATED CLOUDABI_SOCK_RECV_DATA_TRUNCATED

/* Descriptors are numbers below the RLIMIT_NOFILE of the launcher. */
#define MOST_FDS 1024
/* Maximum number of descriptors in a message. */
#define MOST_SENT 253

static const cloudabi_filetype_t pair_types[] = { DGRAM, STREAM };

/* Duplicates FIXTURE_FILE until there is no free number; returns how many times. */
static inline size_t fill_fds(cloudabi_fd_t fds[MOST_FDS])
{
	size_t count = 0;

	while (count < MOST_FDS && !cloudabi_sys_fd_dup(FIXTURE_FILE, &fds[count]))
		count++;
	return count;
}

/* A non-blocking pair, so that a test that would wait for ever fails. */
static inline long make_pair(cloudabi_filetype_t type, cloudabi_fd_t fds[2])
{
	const cloudabi_errno_t error = cloudabi_sys_fd_create2(type, &fds[0], &fds[1]);

	if (error)
		return -(long)error;
	return set_flags(fds[0], CLOUDABI_FDFLAG_NONBLOCK) ?:
	       set_flags(fds[1], CLOUDABI_FDFLAG_NONBLOCK);
}

static inline long close_pair(const cloudabi_fd_t fds[2])
{
	return close_fd(fds[0]) ?: close_fd(fds[1]);
}

static inline unsigned int count_open(void)
{
	unsigned int count = 0;

	for (cloudabi_fd_t fd = 0; fd < MOST_FDS; fd++)
		count += is_open(fd);
	return count;
}

static inline long send_in(cloudabi_fd_t sock, const cloudabi_send_in_t *in)
{
	cloudabi_send_out_t out = { .so_datalen = 0x1234567 };
	const cloudabi_errno_t error = cloudabi_sys_sock_send(sock, in, &out);

	return RESULT(error, out.so_datalen);
}

static inline long send_fds(cloudabi_fd_t sock, const void *data, size_t len,
			    const cloudabi_fd_t *fds, size_t fds_len)
{
	const cloudabi_ciovec_t iov = { .buf = data, .buf_len = len };
	const cloudabi_send_in_t in = {
		.si_data = &iov,
		.si_data_len = 1,
		.si_fds = fds,
		.si_fds_len = fds_len,
	};

	return send_in(sock, &in);
}

static inline long send_fd(cloudabi_fd_t sock, cloudabi_fd_t fd)
{
	return send_fds(sock, "f", 1, &fd, 1);
}

static inline long send_data(cloudabi_fd_t sock, const void *data, size_t len)
{
	return send_fds(sock, data, len, NULL, 0);
}

/* Result of the last receive_in(). */
static cloudabi_recv_out_t received __attribute__((__unused__));

static inline long receive_in(cloudabi_fd_t sock, const cloudabi_recv_in_t *in)
{
	cloudabi_errno_t error;

	memset(&received, 0xff, sizeof(received));
	error = cloudabi_sys_sock_recv(sock, in, &received);
	return RESULT(error, received.ro_datalen);
}

static inline long receive_fds(cloudabi_fd_t sock, void *data, size_t len, cloudabi_fd_t *fds,
			       size_t fds_len, cloudabi_riflags_t flags)
{
	const cloudabi_iovec_t iov = { .buf = data, .buf_len = len };
	const cloudabi_recv_in_t in = {
		.ri_data = &iov,
		.ri_data_len = 1,
		.ri_fds = fds,
		.ri_fds_len = fds_len,
		.ri_flags = flags,
	};

	return receive_in(sock, &in);
}

static inline long receive_data(cloudabi_fd_t sock, void *data, size_t len,
				cloudabi_riflags_t flags)
{
	return receive_fds(sock, data, len, NULL, 0, flags);
}

/* Receives a message with a single descriptor; returns it, or a negative errno. */
static inline long receive_fd(cloudabi_fd_t sock)
{
	cloudabi_fd_t fd = 0;
	char data[16];
	const long len = receive_fds(sock, data, sizeof(data), &fd, 1, 0);

	if (len < 0)
		return len;
	return received.ro_fdslen == 1 && !received.ro_flags ? (long)fd : -CLOUDABI_ENOMSG;
}

static inline long shut(cloudabi_fd_t sock, cloudabi_sdflags_t how)
{
	return -(long)cloudabi_sys_sock_shutdown(sock, how);
}

/* Returns true if every descriptor of the other end is closed. */
static inline bool ended(cloudabi_fd_t sock)
{
	char byte;

	return !receive_data(sock, &byte, 1, PEEK);
}

#endif /* SELFTESTS_CLOUDABI_SOCKCALLS_H */
