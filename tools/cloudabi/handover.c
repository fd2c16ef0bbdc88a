// SPDX-License-Identifier: GPL-2.0
/*
 * Connections, handed over one by one
 *
 * At most one connection is here: as long as it is, others stay with the kernel.
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

/* So that few are in the stream: there, nobody sees those who hang up. */
#define STREAM_BUFFER 8192
/* When the system is short of something: until it is tried again. */
#define PAUSE_MS 100

void handover_begin(struct handover *handover, int listener, int stream)
{
	const int size = STREAM_BUFFER, yes = 1;

	*handover = (struct handover){ .listener = listener, .stream = stream, .held = -1 };
	/* Who connects may be gone again, or be somebody else's, when we accept. */
	fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);
	/* Inherited by connections: programs write whole answers.  Of TCP, if it is that. */
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
	close_fd(&handover->held);
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

static const char *hand_on(struct handover *handover)
{
	if (send_fd(handover->stream, handover->held) >= 0) {
		close_fd(&handover->held);
		return NULL;
	}
	switch (errno) {
	case EAGAIN:
	case EINTR:
		return NULL;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		/* Which poll() does not tell the end of. */
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

static const char *take(struct handover *handover)
{
	handover->held = accept4(handover->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (handover->held >= 0)
		return hand_on(handover);
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
		/* What is wrong with one connection is of no concern to the next. */
		return NULL;
	}
}

const char *handover_wait(struct handover *handover, int other, bool *ready)
{
	const bool holds = handover->held >= 0, pause = handover->pause;
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
	else if (handover->held >= 0)
		bad = hand_on(handover);
	if (!bad && handover->held < 0 && handover->listener >= 0 && fds[2].revents)
		bad = take(handover);
	return bad;
}

static void __attribute__((__noreturn__)) fail_helper(const char *what)
{
	dprintf(2, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	_exit(1);
}

/*
 * Any other may be the other end of the stream, or of somebody's pipe, whose end
 * would not be seen.
 */
static void keep_only(int *listener, int *stream)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int low, high;

	*listener = fcntl(*listener, F_DUPFD, 3);
	*stream = fcntl(*stream, F_DUPFD, 3);
	if (*listener < 0 || *stream < 0)
		fail_helper("descriptors");
	low = (unsigned int)(*listener < *stream ? *listener : *stream);
	high = (unsigned int)(*listener < *stream ? *stream : *listener);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		fail_helper("/dev/null");
	if ((low > 3 && close_range(3, low - 1, 0)) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0)) ||
	    close_range(high + 1, ~0U, 0))
		fail_helper("close_range");
}

void handover(int listener, int stream)
{
	struct handover handover;
	const char *bad = NULL;

	signals_reset();
	keep_only(&listener, &stream);
	handover_begin(&handover, listener, stream);
	while (!bad && handover.stream >= 0)
		bad = handover_wait(&handover, -1, NULL);
	if (bad)
		fail_helper(bad);
	_exit(0);
}
