// SPDX-License-Identifier: GPL-2.0
/*
 * Acceptance of connections on behalf of a CloudABI program
 *
 * At most one accepted connection is pending here.  While it waits for room in the stream,
 * further connections stay in the kernel's backlog.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handover.h"
#include "signals.h"

/* Small, as connections whose peer hangs up stay in the stream unnoticed. */
#define STREAM_BUFFER 8192
/* Time until the next attempt when the system is short of a resource. */
#define PAUSE_MS 100

void handover_begin(struct handover *handover, int listener, int stream)
{
	const int size = STREAM_BUFFER, yes = 1;

	*handover = (struct handover){ .listener = listener, .stream = stream, .pending = -1 };
	/* A connection may be gone, or accepted by another process, between poll() and accept(). */
	fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
	/* Connections inherit it: programs write whole answers.  Fails harmlessly unless TCP. */
	setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(stream, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void handover_end(struct handover *handover)
{
	close_fd(&handover->listener);
	close_fd(&handover->pending);
	close_fd(&handover->stream);
}

static ssize_t send_fd(int stream, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = "c", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *const cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(stream, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static const char *send_pending(struct handover *handover)
{
	if (send_fd(handover->stream, handover->pending) >= 0) {
		close_fd(&handover->pending);
		return NULL;
	}
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return NULL;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		/* poll() does not report when the shortage ends. */
		handover->pause = true;
		return NULL;
	case EPIPE:
	case ECONNRESET:
		handover_end(handover);
		return NULL;
	default:
		return "descriptor for connections";
	}
}

static const char *accept_one(struct handover *handover)
{
	handover->pending = accept4(handover->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (handover->pending >= 0)
		return send_pending(handover);
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		handover->pause = true;
		return NULL;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
		return "accept";
	default:
		/* An error of one connection; the next one may be fine. */
		return NULL;
	}
}

const char *handover_wait(struct handover *handover, int other, bool *ready)
{
	const bool holds = handover->pending >= 0, pause = handover->pause;
	struct pollfd fds[] = {
		{ .fd = other, .events = POLLIN },
		{ .fd = pause ? -1 : handover->stream, .events = holds ? POLLOUT : 0 },
		{ .fd = pause || holds ? -1 : handover->listener, .events = POLLIN },
	};
	const char *bad = NULL;

	if (poll(fds, 3, pause ? PAUSE_MS : -1) < 0 && errno != EINTR)
		return "poll";
	handover->pause = false;
	if (ready)
		*ready = fds[0].revents;
	if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		handover_end(handover);
	else if (handover->pending >= 0)
		bad = send_pending(handover);
	if (!bad && handover->pending < 0 && handover->listener >= 0 && fds[2].revents)
		bad = accept_one(handover);
	return bad;
}

static void __attribute__((__noreturn__)) exit_with_error(const char *what)
{
	dprintf(2, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	_exit(1);
}

/*
 * Closes all other descriptors: one of them may be the other end of the stream, or an end of a
 * pipe whose reader waits for EOF.
 */
static void close_others(int *listener, int *stream)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int low, high;

	*listener = fcntl(*listener, F_DUPFD, 3);
	*stream = fcntl(*stream, F_DUPFD, 3);
	if (*listener < 0 || *stream < 0)
		exit_with_error("descriptors");
	low = (unsigned int)(*listener < *stream ? *listener : *stream);
	high = (unsigned int)(*listener < *stream ? *stream : *listener);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		exit_with_error("/dev/null");
	if ((low > 3 && close_range(3, low - 1, 0)) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0)) ||
	    close_range(high + 1, ~0U, 0))
		exit_with_error("close_range");
}

void handover(int listener, int stream)
{
	struct handover handover;
	const char *bad = NULL;

	signals_reset();
	close_others(&listener, &stream);
	handover_begin(&handover, listener, stream);
	while (!bad && handover.stream >= 0)
		bad = handover_wait(&handover, -1, NULL);
	if (bad)
		exit_with_error(bad);
	_exit(0);
}
