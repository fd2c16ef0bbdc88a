// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-accept - Accept connections on behalf of a CloudABI program
 *
 *	cloudabi-accept [-4|-6] [-f FD] ADDRESS:PORT [PROGRAM [ARGUMENT ...]]
 *
 * The ABI has no calls to listen and accept.  cloudabi-accept does both for a program, which
 * receives each connection as a descriptor with a message of one byte.  The messages go
 * through a local stream: descriptor 0 of cloudabi-accept, or, if it starts PROGRAM, a
 * new stream whose other end is descriptor FD of PROGRAM (4 by default).
 *
 * ADDRESS is numeric: 127.0.0.1, [::1], or * for any.  With port 0 the system chooses a
 * port.  The address is printed on standard error.
 *
 * When PROGRAM ends, cloudabi-accept exits with its status.  SIGTERM and SIGINT end the
 * stream, and PROGRAM is waited for; the second such signal is sent to PROGRAM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

#include "address.h"
#include "array_size.h"
#include "handover.h"
#include "signals.h"
#include "standard.h"

#define EXIT_USAGE 2
#define EXIT_NO_PROGRAM 127

/**
 * struct state - State of cloudabi-accept
 * @handover: the handover of connections
 * @signals: signalfd
 * @child: pid of PROGRAM, or 0
 * @status: wait status of PROGRAM, once it has ended
 */
struct state {
	struct handover handover;
	int signals;
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

static void exit_usage(void)
{
	fputs("usage: cloudabi-accept [-4|-6] [-f FD] ADDRESS:PORT [PROGRAM [ARGUMENT ...]]\n",
	      stderr);
	exit(EXIT_USAGE);
}

static int listen_at(const char *text, int family)
{
	struct address address;
	const char *const wrong = address_parse_ip(&address, text, family);
	char where[ADDRESS_TEXT];
	int fd;

	if (wrong)
		die(EXIT_USAGE, "%s: %s", text, wrong);
	fd = address_listen(&address, SOCK_STREAM);
	if (fd < 0)
		die(1, "%s: %s", text, strerror(errno));
	if (address_of(&address, fd)) {
		address_print(&address, where);
		fprintf(stderr, "cloudabi-accept: listening at %s\n", where);
	}
	return fd;
}

/* Starting the program */

/* Opens a signalfd.  A signalfd also reports ignored signals, so these are left out. */
static int open_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!signals_ignored(signals[i]))
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die(1, "signalfd: %s", strerror(errno));
	return fd;
}

static void __attribute__((__noreturn__)) run_program(char **argv, int stream, int as,
						      const sigset_t *mask)
{
	signals_restore();
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* dup2() to the same number would leave close-on-exec set. */
	if (stream == as ? fcntl(stream, F_SETFD, 0) : dup2(stream, as) < 0)
		die(EXIT_NO_PROGRAM, "descriptor %d: %s", as, strerror(errno));
	execvp(argv[0], argv);
	die(errno == ENOENT ? EXIT_NO_PROGRAM : 126, "%s: %s", argv[0], strerror(errno));
}

/* Returns this process's end of the stream. */
static int start_program(struct state *state, char **argv, int as, const sigset_t *mask)
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
	return pair[0];
}

/* Without PROGRAM, descriptor 0 must be a local stream. */
static void check_stream(int fd)
{
	int domain = 0, type = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ||
	    domain != AF_UNIX || type != SOCK_STREAM)
		die(EXIT_USAGE, "descriptor %d is not a local stream, and there is no program", fd);
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
				handover_end(&state->handover);
			}
		} else if (state->handover.stream < 0 && state->child) {
			kill(state->child, (int)info.ssi_signo);
		} else {
			handover_end(&state->handover);
		}
	}
}

static void wait_once(struct state *state)
{
	bool signalled = false;
	const char *const bad = handover_wait(&state->handover, state->signals, &signalled);

	if (bad)
		die(1, "%s: %s", bad, strerror(errno));
	if (signalled)
		handle_signals(state);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct state state = { .child = 0 };
	int family = AF_UNSPEC, listener, stream = 0;
	sigset_t mask;
	long as = 4;
	int c;

	standard_begin();
	signals_begin();
	while ((c = getopt(argc, argv, "+46f:")) >= 0) {
		if (c == '4')
			family = AF_INET;
		else if (c == '6')
			family = AF_INET6;
		else if (c == 'f' && number_parse(optarg, 1 << 20) >= 0)
			as = number_parse(optarg, 1 << 20);
		else
			exit_usage();
	}
	if (optind == argc)
		exit_usage();

	if (optind + 1 == argc)
		check_stream(stream);
	/* Before the address is printed: a process that reads it may send a signal at once. */
	sigprocmask(SIG_SETMASK, NULL, &mask);
	state.signals = open_signals();
	listener = listen_at(argv[optind], family);
	if (optind + 1 < argc)
		stream = start_program(&state, argv + optind + 1, (int)as, &mask);
	handover_begin(&state.handover, listener, stream);

	while (state.handover.stream >= 0 || state.child)
		wait_once(&state);
	return exit_status(state.status);
}
