// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-trace - Print the calls of a CloudABI program
 *
 *	cloudabi-trace [-d] [-o FILE] PROGRAM [ARGUMENT...]
 *	cloudabi-trace [-d] [-o FILE] -p PID
 *
 * Runs PROGRAM, or watches the process PID, including all descendants.  Prints a line for
 * each call to standard error or FILE:
 *
 *	[71] file_open(dirfd=3, path=0x7fff0a10, ...) = ENOTCAPABLE
 *	     (missing FILE_OPEN on 3 </srv/public>)
 *
 * With -d, prints only what the kernel refused.  Exits with the status of PROGRAM, with 128
 * and the signal that ended it, or with 125 if it cannot be traced.
 *
 * Unlike strace, this does not stop the program: the kernel's tracepoints write to per-CPU
 * buffers, which this process reads and merges by time stamp.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"
#include "signals.h"
#include "standard.h"
#include "trace_events.h"
#include "trace_instance.h"

/* An event may reach its buffer this much after its time stamp, in ns. */
#define MAX_DELAY_NS 1000000

static int signal_received;

static void on_signal(int sig)
{
	__atomic_store_n(&signal_received, sig, __ATOMIC_SEQ_CST);
}

void fail(const struct mark *at, const char *format, ...)
{
	const int error = errno;
	va_list args;

	/* There is no configuration whose position could be printed. */
	(void)at;
	fputs("cloudabi-trace: ", stderr);
	errno = error;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(RUN_FAILED);
}

/* Follows the existing threads of a process; the kernel adds new ones by event-fork. */
static void follow_threads(pid_t pid)
{
	const struct dirent *entry;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		fail(NULL, "%s: %m", path);
	while ((entry = readdir(dir)))
		if (isdigit(*entry->d_name))
			instance_follow(atoi(entry->d_name));
	closedir(dir);
}

/* Forks the program.  The child waits for a byte from @go[1] until it is followed. */
static pid_t fork_program(char **argv, int go[2])
{
	pid_t pid;
	int error;
	char c;

	if (pipe2(go, O_CLOEXEC))
		fail(NULL, "pipe: %m");
	pid = fork();
	if (pid < 0)
		fail(NULL, "fork: %m");
	if (!pid) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(RUN_FAILED);
		signals_restore();
		execvp(*argv, argv);
		error = errno;
		fprintf(stderr, "cloudabi-trace: %s: %s\n", *argv, strerror(error));
		_exit(error == ENOENT ? RUN_NOT_FOUND : RUN_NO_EXEC);
	}
	close(go[0]);
	return pid;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* Prints events until the process has ended. */
static void watch(FILE *out, pid_t pid, bool is_child)
{
	const int fd = syscall(SYS_pidfd_open, pid, 0);
	bool done = false;

	if (fd < 0)
		fail(NULL, "pidfd: %m");
	while (!done) {
		const uint64_t time = now() - MAX_DELAY_NS;
		int sig;

		done = events_wait(fd, 20);
		sig = __atomic_exchange_n(&signal_received, 0, __ATOMIC_SEQ_CST);
		if (sig && !is_child)
			done = true;
		else if (sig && sig != SIGINT) /* the terminal sends it to the child as well */
			kill(pid, sig);
		/*
		 * Events older than @time are in the buffers of all processors by now.  A later
		 * event could still follow an earlier one of another processor, so it has to wait.
		 */
		events_print(out, done ? UINT64_MAX : time);
		fflush(out);
	}
	close(fd);
	events_end(out);
	fflush(out);
}

static int print_usage(void)
{
	fputs("usage: cloudabi-trace [-d] [-o FILE] PROGRAM [ARGUMENT...]\n"
	      "       cloudabi-trace [-d] [-o FILE] -p PID\n",
	      stderr);
	return RUN_FAILED;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	bool denials = false, is_child;
	FILE *out = stderr;
	pid_t pid = 0;
	int option, status, go[2];

	standard_begin();
	signals_begin();
	while ((option = getopt(argc, argv, "+do:p:")) >= 0) {
		switch (option) {
		case 'd':
			denials = true;
			break;
		case 'o':
			out = fopen(optarg, "we");
			if (!out)
				fail(NULL, "%s: %m", optarg);
			break;
		case 'p':
			pid = atoi(optarg);
			if (pid <= 0)
				return print_usage();
			break;
		default:
			return print_usage();
		}
	}
	is_child = optind < argc;
	if (is_child != !pid)
		return print_usage();

	signals_handle(SIGHUP, &action);
	signals_handle(SIGINT, &action);
	signals_handle(SIGTERM, &action);
	instance_make("cloudabi-trace", denials);
	if (is_child) {
		pid = fork_program(argv + optind, go);
		instance_follow(pid);
	} else {
		follow_threads(pid);
	}
	instance_start();
	if (is_child && write(go[1], "x", 1) != 1)
		fail(NULL, "pipe: %m");

	watch(out, pid, is_child);
	if (!is_child)
		return 0;
	if (waitpid(pid, &status, 0) != pid)
		fail(NULL, "wait: %m");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
