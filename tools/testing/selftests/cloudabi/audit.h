/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - The audit netlink socket
 */
#ifndef SELFTESTS_CLOUDABI_AUDIT_H
#define SELFTESTS_CLOUDABI_AUDIT_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An audit request and the kernel's reply. */
struct audit_message {
	struct nlmsghdr head;
	char data[9000 - sizeof(struct nlmsghdr)];
};

static inline int audit_receive(int fd, struct audit_message *message, int timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	if (poll(&pollfd, 1, timeout) != 1)
		return -ETIMEDOUT;
	return recv(fd, message, sizeof(*message), 0) < 0 ? -errno : 0;
}

/* Sends a request and reads the reply; returns 0 or a negative errno. */
static inline int audit_request(int fd, int type, const void *data, size_t len)
{
	struct audit_message message = {
		.head = {
			.nlmsg_len = NLMSG_SPACE(len),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
	};
	int error;

	memcpy(message.data, data, len);
	if (send(fd, &message, message.head.nlmsg_len, 0) < 0)
		return -errno;
	do {
		error = audit_receive(fd, &message, 60000);
	} while (!error && message.head.nlmsg_type != NLMSG_ERROR);
	return error ?: ((struct nlmsgerr *)message.data)->error;
}

static inline int audit_enable(int fd, bool enabled)
{
	const struct audit_status status = {
		.mask = AUDIT_STATUS_ENABLED | AUDIT_STATUS_PID,
		.enabled = enabled,
		.pid = enabled ? getpid() : 0,
	};

	return audit_request(fd, AUDIT_SET, &status, sizeof(status));
}

/* Makes this process the audit daemon; returns a socket or a negative errno. */
static inline int audit_start(void)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	const int error = fd < 0 ? -errno : audit_enable(fd, true);

	return error ?: fd;
}

static inline void audit_stop(int fd)
{
	audit_enable(fd, false);
	close(fd);
}

#endif /* SELFTESTS_CLOUDABI_AUDIT_H */
