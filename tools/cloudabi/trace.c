// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-trace - Print the calls of a CloudABI program
 *
 *	cloudabi-trace [-d] [-o FILE] PROGRAM [ARGUMENT...]
 *	cloudabi-trace [-d] [-o FILE] -p PID
 *
 * Runs the program, or watches a process, with all that it makes.  A line for
 * each call goes to stderr, or the file:
 *
 *	[71] file_open(dirfd=3, path=0x7fff0a10, ...) = ENOTCAPABLE
 *	     (missing FILE_OPEN on 3 </srv/public>)
 *
 * With -d there are only lines about what was refused.  The exit status is that
 * of the program, or 128 and the signal that ended it; 125 if it can't be traced.
 *
 * The program runs at its speed and unstopped: the kernel's own events are read
 * from an instance of tracefs, so several of these, and others, don't disturb
 * each other.
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
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace_events.h"

#define FAILURE 125
/* No event gets into its buffer later than this, in ns. */
#define LATEST 1000000

static char *instance;
static int signalled;

static void on_signal(int sig)
{
	__atomic_store_n(&signalled, sig, __ATOMIC_SEQ_CST);
}

static void say(const char *format, ...)
{
	va_list args;

	fputs("cloudabi-trace: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void unmake_instance(void)
{
	events_close();
	if (instance && rmdir(instance))
		say("%s: %s", instance, strerror(errno));
}

static void die(const char *what)
{
	say("%s: %s", what, strerror(errno));
	exit(FAILURE);
}

static bool is_tracefs(const char *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/events/cloudabi", dir);
	return !access(path, F_OK);
}

static const char *find_tracefs(void)
{
	static const char *const dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (is_tracefs(dirs[i]))
			return dirs[i];
	if (mount("tracefs", dirs[0], "tracefs", 0, NULL))
		die("mounting tracefs");
	if (!is_tracefs(dirs[0])) {
		say("the kernel has no events of CloudABI");
		exit(FAILURE);
	}
	return dirs[0];
}

/* Writes a file of the instance.  With "+" before the text, appends. */
static void put(const char *name, const char *text)
{
	const bool append = *text == '+';
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | (append ? O_APPEND : O_TRUNC));
	text += append;
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void make_instance(void)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	const char *const tracefs = find_tracefs();
	char size[16];

	if (asprintf(&instance, "%s/instances/cloudabi-trace.%d", tracefs, getpid()) < 0)
		die("memory");
	if (mkdir(instance, 0700)) {
		const char *const path = instance;

		instance = NULL;
		die(path);
	}
	atexit(unmake_instance);
	/* What is lost is the newest, which can be told. */
	put("tracing_on", "0");
	put("options/overwrite", "0");
	put("options/event-fork", "1");
	snprintf(size, sizeof(size), "%ld", cpus > 16 ? 64 * 1024 / cpus : 4 * 1024);
	put("buffer_size_kb", size);
	put("trace_clock", "mono");
}

static void follow(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "+%d", pid);
	put("set_event_pid", text);
}

/* All threads that a process has now; those to come are followed anyhow. */
static void follow_all(pid_t pid)
{
	const struct dirent *entry;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		die(path);
	while ((entry = readdir(dir)))
		if (isdigit(*entry->d_name))
			follow(atoi(entry->d_name));
	closedir(dir);
}

/* Starts the program, which waits until it is followed and @go[1] written. */
static pid_t start(char **argv, int go[2])
{
	pid_t pid;
	int error;
	char c;

	if (pipe2(go, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(FAILURE);
		execvp(*argv, argv);
		error = errno;
		say("%s: %s", *argv, strerror(error));
		_exit(error == ENOENT ? 127 : 126);
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

/* Prints what comes until the process has gone. */
static void watch(FILE *out, pid_t pid, bool is_child)
{
	const int fd = syscall(SYS_pidfd_open, pid, 0);
	bool done = false;

	if (fd < 0)
		die("pidfd");
	while (!done) {
		const uint64_t time = now() - LATEST;
		int sig;

		done = events_wait(fd, 20);
		sig = __atomic_exchange_n(&signalled, 0, __ATOMIC_SEQ_CST);
		if (sig && !is_child)
			done = true;
		else if (sig && sig != SIGINT) /* which a terminal sends to it, too */
			kill(pid, sig);
		/* What is older is in the buffers of all processors by now. */
		events_print(out, done ? UINT64_MAX : time);
		fflush(out);
	}
	close(fd);
	events_end(out);
	fflush(out);
}

static int misused(void)
{
	fputs("usage: cloudabi-trace [-d] [-o FILE] PROGRAM [ARGUMENT...]\n"
	      "       cloudabi-trace [-d] [-o FILE] -p PID\n",
	      stderr);
	return FAILURE;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	bool denials = false, is_child;
	const char *bad;
	FILE *out = stderr;
	pid_t pid = 0;
	int option, status, go[2];

	while ((option = getopt(argc, argv, "+do:p:")) >= 0) {
		switch (option) {
		case 'd':
			denials = true;
			break;
		case 'o':
			out = fopen(optarg, "we");
			if (!out)
				die(optarg);
			break;
		case 'p':
			pid = atoi(optarg);
			if (pid <= 0)
				return misused();
			break;
		default:
			return misused();
		}
	}
	is_child = optind < argc;
	if (is_child != !pid)
		return misused();

	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	make_instance();
	if (is_child) {
		pid = start(argv + optind, go);
		follow(pid);
	} else {
		follow_all(pid);
	}
	bad = events_open(instance, denials);
	if (bad)
		die(bad);
	put("tracing_on", "1");
	if (is_child && write(go[1], "x", 1) != 1)
		die("pipe");

	watch(out, pid, is_child);
	if (!is_child)
		return 0;
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
