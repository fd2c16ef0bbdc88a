// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-accept - Give the connections of a port to a program
 *
 *	cloudabi-accept [-4|-6] [-f FD] ADDRESS:PORT [PROGRAM [ARGUMENT ...]]
 *
 * The ABI has no way to listen.  This program does it in place of one that gets
 * each connection as a descriptor, in a message of one byte, from a local stream:
 * descriptor 0 of this program, or, if it is to start the other one, a new stream
 * that is descriptor FD there, 4 if not said otherwise.
 *
 * Only numbers are addresses: 127.0.0.1, [::1], and * for any.  With port 0 the
 * system chooses one.  Where it listens is told on standard error.
 *
 * When PROGRAM ends, so does this, with its exit status.  SIGTERM and SIGINT
 * end the stream, after which PROGRAM is waited for; the second time they end it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Connections that a program has not taken wait in the kernel, and no more than these. */
#define BACKLOG 128
/* So that few are in the stream: there, nobody sees those who hang up. */
#define STREAM_BUFFER 8192
/* When the system is short of something: until it is tried again. */
#define PAUSE_MS 100

#define EXIT_USAGE 2
#define EXIT_NO_PROGRAM 127

/**
 * struct state - What is going on
 * @listener: where connections come from, or -1 when they don't any more
 * @stream: where they go to, or -1
 * @signals: tells of signals
 * @held: a connection for which the stream had no room, or -1
 * @pause: whether to wait before anything is tried again
 * @child: the program, or 0
 * @status: its wait status once it has ended
 */
struct state {
	int listener;
	int stream;
	int signals;
	int held;
	bool pause;
	pid_t child;
	int status;
};

static void __attribute__((__noreturn__, __format__(__printf__, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("cloudabi-accept: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static void wrong_usage(void)
{
	fputs("usage: cloudabi-accept [-4|-6] [-f FD] ADDRESS:PORT [PROGRAM [ARGUMENT ...]]\n",
	      stderr);
	exit(EXIT_USAGE);
}

/* A number that is all of a string, or -1. */
static long parse_number(const char *s, long max)
{
	char *end;
	long value;

	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	value = strtol(s, &end, 10);
	return *end || errno || value > max ? -1 : value;
}

/* Addresses */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static bool parse_host(const char *host, int family, union address *address)
{
	const bool any = !strcmp(host, "*");

	memset(address, 0, sizeof(*address));
	if (family != AF_INET6 && (inet_pton(AF_INET, any ? "0.0.0.0" : host,
					     &address->in.sin_addr) == 1) &&
	    (!any || family == AF_INET)) {
		address->any.sa_family = AF_INET;
		return true;
	}
	memset(address, 0, sizeof(*address));
	if (family != AF_INET && inet_pton(AF_INET6, any ? "::" : host,
					   &address->in6.sin6_addr) == 1) {
		address->any.sa_family = AF_INET6;
		return true;
	}
	return false;
}

static void parse_address(const char *text, int family, union address *address)
{
	const char *const colon = strrchr(text, ':');
	const long port = colon ? parse_number(colon + 1, 65535) : -1;
	char host[INET6_ADDRSTRLEN + 2];
	const size_t len = colon ? (size_t)(colon - text) : 0;

	if (port < 0 || !len || len >= sizeof(host))
		die(EXIT_USAGE, "not an address and a port: %s", text);
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	} else if (strchr(host, ':')) {
		die(EXIT_USAGE, "needs brackets: %s", text);
	}
	if (!parse_host(host, family, address))
		die(EXIT_USAGE, "not an address%s: %s",
		    family == AF_INET ? " of IPv4" : family == AF_INET6 ? " of IPv6" : "", host);
	/* At the same place in both. */
	address->in.sin_port = htons((in_port_t)port);
}

static socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
}

static void tell_address(int fd)
{
	union address address;
	socklen_t len = sizeof(address);
	char host[INET6_ADDRSTRLEN];

	if (getsockname(fd, &address.any, &len))
		return;
	if (address.any.sa_family == AF_INET)
		fprintf(stderr, "cloudabi-accept: listening at %s:%u\n",
			inet_ntop(AF_INET, &address.in.sin_addr, host, sizeof(host)),
			ntohs(address.in.sin_port));
	else
		fprintf(stderr, "cloudabi-accept: listening at [%s]:%u\n",
			inet_ntop(AF_INET6, &address.in6.sin6_addr, host, sizeof(host)),
			ntohs(address.in6.sin6_port));
}

static int open_listener(const union address *address, bool only)
{
	const int fd = socket(address->any.sa_family,
			      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	/* Inherited by connections: programs write whole answers. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (address->any.sa_family == AF_INET6) {
		const int v6only = only;

		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	}
	if (!bind(fd, &address->any, address_size(address)) && !listen(fd, BACKLOG))
		return fd;
	close(fd);
	return -1;
}

/* Of "*" without a family, both kinds if the system has both. */
static int listen_at(const char *text, int family)
{
	union address address;
	int fd;

	parse_address(text, family, &address);
	fd = open_listener(&address, family == AF_INET6);
	if (fd < 0 && errno == EAFNOSUPPORT && family == AF_UNSPEC && text[0] == '*') {
		parse_address(text, AF_INET, &address);
		fd = open_listener(&address, false);
	}
	if (fd < 0)
		die(1, "%s: %s", text, strerror(errno));
	tell_address(fd);
	return fd;
}

/* The program */

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die(1, "signalfd: %s", strerror(errno));
	return fd;
}

static void __attribute__((__noreturn__)) run_program(char **argv, int stream, int as,
						      const sigset_t *mask)
{
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* A number that is right already would keep close-on-exec. */
	if (stream == as ? fcntl(stream, F_SETFD, 0) : dup2(stream, as) < 0)
		die(EXIT_NO_PROGRAM, "descriptor %d: %s", as, strerror(errno));
	execvp(argv[0], argv);
	die(errno == ENOENT ? EXIT_NO_PROGRAM : 126, "%s: %s", argv[0], strerror(errno));
}

static void start_program(struct state *state, char **argv, int as, const sigset_t *mask)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die(1, "socketpair: %s", strerror(errno));
	state->child = fork();
	if (state->child < 0)
		die(1, "fork: %s", strerror(errno));
	if (!state->child)
		run_program(argv, pair[1], as, mask);
	close(pair[1]);
	state->stream = pair[0];
}

/* Who has started both knows what descriptor 0 is; anything else is a mistake. */
static void check_stream(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ||
	    domain != AF_UNIX || type != SOCK_STREAM)
		die(EXIT_USAGE, "descriptor %d is not a local stream, and there is no program", fd);
}

/* Connections */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void stop_listening(struct state *state)
{
	close_fd(&state->listener);
	close_fd(&state->held);
	close_fd(&state->stream);
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

static void hand_on(struct state *state)
{
	if (send_fd(state->stream, state->held) >= 0) {
		close_fd(&state->held);
		return;
	}
	switch (errno) {
	case EAGAIN:
	case EINTR:
		break;
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
		/* Which poll() does not tell the end of. */
		state->pause = true;
		break;
	case EPIPE:
	case ECONNRESET:
		stop_listening(state);
		break;
	default:
		die(1, "descriptor for connections: %s", strerror(errno));
	}
}

static void take(struct state *state)
{
	state->held = accept4(state->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (state->held >= 0) {
		hand_on(state);
		return;
	}
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		state->pause = true;
		break;
	case EBADF:
	case EFAULT:
	case EINVAL:
	case ENOTSOCK:
		die(1, "accept: %s", strerror(errno));
	default:
		/* What is wrong with one connection is of no concern to the next. */
		break;
	}
}

/* Waiting */

static void handle_signals(struct state *state)
{
	struct signalfd_siginfo info;

	while (read(state->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			if (state->child && waitpid(state->child, &state->status, WNOHANG) ==
						    state->child) {
				state->child = 0;
				stop_listening(state);
			}
		} else if (state->stream < 0 && state->child) {
			kill(state->child, (int)info.ssi_signo);
		} else {
			stop_listening(state);
		}
	}
}

static void wait_once(struct state *state)
{
	/* At most one connection is here: as long as it is, others stay outside. */
	const bool holds = state->held >= 0;
	struct pollfd fds[] = {
		{ .fd = state->signals, .events = POLLIN },
		{ .fd = state->pause ? -1 : state->stream, .events = holds ? POLLOUT : 0 },
		{ .fd = state->pause || holds ? -1 : state->listener, .events = POLLIN },
	};

	if (poll(fds, 3, state->pause ? PAUSE_MS : -1) < 0 && errno != EINTR)
		die(1, "poll: %s", strerror(errno));
	state->pause = false;
	if (fds[0].revents)
		handle_signals(state);
	if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		stop_listening(state);
	else if (state->stream >= 0 && state->held >= 0)
		hand_on(state);
	if (state->listener >= 0 && state->held < 0 && fds[2].revents)
		take(state);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct state state = { .held = -1 };
	const int size = STREAM_BUFFER;
	int family = AF_UNSPEC;
	sigset_t mask;
	long as = 4;
	int c;

	while ((c = getopt(argc, argv, "+46f:")) >= 0) {
		if (c == '4')
			family = AF_INET;
		else if (c == '6')
			family = AF_INET6;
		else if (c == 'f' && parse_number(optarg, 1 << 20) >= 0)
			as = parse_number(optarg, 1 << 20);
		else
			wrong_usage();
	}
	if (optind == argc)
		wrong_usage();

	if (optind + 1 == argc)
		check_stream(state.stream);
	/* Who reads where it listens may send a signal at once. */
	sigprocmask(SIG_SETMASK, NULL, &mask);
	state.signals = open_signals();
	state.listener = listen_at(argv[optind], family);
	if (optind + 1 < argc)
		start_program(&state, argv + optind + 1, (int)as, &mask);
	setsockopt(state.stream, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

	while (state.stream >= 0 || state.child)
		wait_once(&state);
	return exit_status(state.status);
}
