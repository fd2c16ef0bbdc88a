// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Starting the program
 *
 * The child moves all descriptors that it keeps to numbers that the program can
 * never have, which RLIMIT_NOFILE sees to: so a filter can allow cloudabi-reexec to
 * limit and execute by these numbers what the program itself must not.  To have such
 * numbers takes a limit that is higher, of which limits_begin() gets what it can.  If
 * that is not enough, the program's limit is a few lower if there is a filter; without
 * one, numbers that the program can have are as good.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/cloudabi_prctl.h>

#ifndef __user
#define __user
#endif
#include <cloudabi/argdata.h>
#include <cloudabi/names.h>

#include "handover.h"
#include "reexec.h"
#include "run_start.h"
#include "signals.h"

/* Descriptors of the child besides those of the program. */
enum own {
	OWN_PROGRAM,
	OWN_REPORT,
	OWN_DATA,
	OWN_REEXEC,
	OWN_FDS,
};

/* What is not limited, is by this: the numbers above are needed. */
#define MOST_DESCRIPTORS 65536

/* A write end that the child's report comes by, and one that lets it run. */
static int report_pipe[2], go_pipe[2];

/* Of the descriptors that cloudabi-reexec has, the first; the most that the program may have. */
static size_t first_reserved, most;

static void find_numbers(const struct start *start)
{
	const size_t n = OWN_FDS + start->grants.n;
	struct rlimit limit = { 0 };

	most = start->limits.descriptors < MOST_DESCRIPTORS ? start->limits.descriptors :
							      MOST_DESCRIPTORS;
	first_reserved = most;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (first_reserved + n > limit.rlim_cur)
		first_reserved = limit.rlim_cur > n ? limit.rlim_cur - n : 0;
	/* Those that a filter allows have to be out of the program's reach. */
	if (start->calls.limited)
		most = first_reserved;
}

/* In the child: ends, after telling why. */
static void __attribute__((__noreturn__))
give_up(int fd, enum report_stage stage, size_t index)
{
	const struct report report = {
		.stage = stage, .error = (uint32_t)errno, .index = (uint32_t)index,
	};

	if (write(fd, &report, sizeof(report)) < 0)
		_exit(RUN_FAILED);
	_exit(RUN_NO_EXEC);
}

static void put_grants(struct cloudabi_argdata_writer *w, const struct start *start)
{
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
	for (size_t i = 0; i < start->grants.n; i++) {
		const struct rights *const rights = &start->grants.list[i].rights;

		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		cloudabi_argdata_put_uint(w, first_reserved + OWN_FDS + i);
		cloudabi_argdata_put_uint(w, rights->base);
		cloudabi_argdata_put_uint(w, rights->inheriting);
		cloudabi_argdata_put_uint(w, rights->base_required);
		cloudabi_argdata_put_uint(w, rights->inheriting_required);
		cloudabi_argdata_put_uint(w, rights->either_required);
		cloudabi_argdata_close(w);
	}
	cloudabi_argdata_close(w);
}

static void put_all(struct cloudabi_argdata_writer *w, const struct start *start, char *buf,
		    size_t size)
{
	cloudabi_argdata_write(w, buf, size, NULL, 0);
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_uint(w, first_reserved + OWN_PROGRAM);
	cloudabi_argdata_put_uint(w, first_reserved + OWN_REPORT);
	cloudabi_argdata_put_uint(w, first_reserved + OWN_DATA);
	put_grants(w, start);
	cloudabi_argdata_close(w);
}

/* The program's argument data, in a file: execve() limits strings, and how many they are. */
static int make_data(const struct value *value)
{
	const int fd = memfd_create("argument data", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	size_t done = 0;

	while (fd >= 0 && done < value->len) {
		const ssize_t part = pwrite(fd, value->data + done, value->len - done,
					    (off_t)done);

		if (part <= 0)
			break;
		done += (size_t)part;
	}
	if (fd < 0 || done < value->len)
		fail(NULL, "argument data: %m");
	return fd;
}

/* The arguments that the kernel makes these argument data of: it puts a NUL between them. */
static char **make_arguments(const struct start *start)
{
	struct cloudabi_argdata_writer w;
	size_t len, n = 1, i = 0;
	char *data, **argv;

	put_all(&w, start, NULL, 0);
	len = w.used;
	data = malloc(len + 1);
	if (!data)
		fail(NULL, "%m");
	put_all(&w, start, data, len);
	if (cloudabi_argdata_finish(&w))
		fail(NULL, "the argument data can't be put together");
	data[len] = '\0';
	for (size_t at = 0; at < len; at++)
		n += !data[at];
	argv = calloc(n + 1, sizeof(*argv));
	if (!argv)
		fail(NULL, "%m");
	for (char *string = data; i < n; string += strlen(string) + 1)
		argv[i++] = string;
	return argv;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

static bool close_others(const int *fds, size_t n)
{
	unsigned int next = 0;
	int sorted[n];

	memcpy(sorted, fds, sizeof(sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++) {
		const unsigned int fd = (unsigned int)sorted[i];

		if (next < fd && close_range(next, fd - 1, 0))
			return false;
		next = fd + 1;
	}
	return !close_range(next, ~0U, 0);
}

/* Gives a descriptor a number; another that has it, and comes later, goes elsewhere. */
static bool place(int *fds, size_t n, size_t i, int number)
{
	const int from = fds[i];

	for (size_t j = i + 1; j < n; j++)
		if (fds[j] == number)
			fds[j] = fcntl(number, F_DUPFD_CLOEXEC, 0);
	if (from != number && (dup3(from, number, O_CLOEXEC) < 0 || close(from)))
		return false;
	fds[i] = number;
	/* The descriptor of the next program is not one that this has. */
	return i == OWN_REEXEC || !fcntl(number, F_SETFD, 0);
}

/* Only the descriptors that are to be kept stay, from the first that is not the program's. */
static int place_descriptors(const struct start *start, int report)
{
	const size_t n = OWN_FDS + start->grants.n;
	int fds[n];

	fds[OWN_PROGRAM] = start->program;
	fds[OWN_REPORT] = report;
	fds[OWN_DATA] = start->data;
	fds[OWN_REEXEC] = start->reexec;
	for (size_t i = 0; i < start->grants.n; i++)
		fds[OWN_FDS + i] = start->grants.list[i].fd;
	if (!close_others(fds, n))
		give_up(report, REPORT_DESCRIPTORS, n);
	for (size_t i = 0; i < n; i++)
		if (!place(fds, n, i, (int)(first_reserved + i)))
			give_up(fds[OWN_REPORT], REPORT_DESCRIPTORS, i);
	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ most, most }))
		give_up(fds[OWN_REPORT], REPORT_LIMITS, 0);
	return fds[OWN_REPORT];
}

static void __attribute__((__noreturn__))
become(const struct start *start, char **argv, int report)
{
	static char *const none[] = { NULL };

	if (!limits_apply(&start->limits))
		give_up(report, REPORT_LIMITS, 0);
	report = place_descriptors(start, report);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		give_up(report, REPORT_LIMITS, 1);
	if (start->precision &&
	    prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, start->precision, 0UL, 0UL, 0UL))
		give_up(report, REPORT_LIMITS, 2);
	if (!calls_install(&start->calls, (uint32_t)first_reserved))
		give_up(report, REPORT_CALLS, 0);
	syscall(SYS_execveat, (int)first_reserved + OWN_REEXEC, "", argv, none, AT_EMPTY_PATH);
	give_up(report, REPORT_REEXEC, 0);
}

pid_t start_program(struct start *start, const char *cgroup)
{
	const pid_t parent = getpid();
	char **argv;
	pid_t pid;
	char go;

	find_numbers(start);
	start->data = make_data(&start->value);
	argv = make_arguments(start);
	if (pipe2(report_pipe, O_CLOEXEC) || pipe2(go_pipe, O_CLOEXEC))
		fail(NULL, "%m");
	pid = limits_fork(&start->limits, cgroup);
	if (pid)
		return pid;
	close(go_pipe[1]);
	if (start->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(RUN_FAILED);
	signals_reset();
	/* Nothing comes if the parent failed. */
	if (read(go_pipe[0], &go, 1) != 1)
		_exit(RUN_FAILED);
	become(start, argv, report_pipe[1]);
}

static const char *const stages[] = {
	[REPORT_CONFIG] = "cloudabi-reexec is not that of this cloudabi-run",
	[REPORT_LIMITS] = "limits",
	[REPORT_DESCRIPTORS] = "descriptors",
	[REPORT_CALLS] = "calls",
	[REPORT_REEXEC] = "cloudabi-reexec",
};

static void __attribute__((__noreturn__))
explain_report(const struct start *start, const struct report *report)
{
	const struct grant *const grant = &start->grants.list[report->index];

	switch (report->stage) {
	case REPORT_CONFIG:
		fail(NULL, "%s: %s", stages[report->stage],
		     cloudabi_strerror((cloudabi_errno_t)report->error));
	case REPORT_LIMITS ... REPORT_REEXEC:
		fail(NULL, "%s: %s", stages[report->stage], strerror((int)report->error));
	case REPORT_RIGHTS:
		if (report->index >= start->grants.n)
			break;
		fprintf(stderr, "cloudabi-run: %s can't have ", grant->what);
		rights_print(stderr, report->base | report->inheriting);
		fputc('\n', stderr);
		fail(&grant->at, "%s", cloudabi_strerror((cloudabi_errno_t)report->error));
	case REPORT_EXEC:
		fail_with(RUN_NO_EXEC, "%s: %s (%s)", start->name,
			  cloudabi_strerror((cloudabi_errno_t)report->error),
			  cloudabi_errno_name((cloudabi_errno_t)report->error));
	}
	fail(NULL, "the program did not start, and nobody says why");
}

void start_exec(const struct start *start, pid_t pid)
{
	struct report report;
	ssize_t len;
	int status;

	close(report_pipe[1]);
	close(go_pipe[0]);
	close(start->data);
	if (write(go_pipe[1], "", 1) != 1)
		fail(NULL, "%m");
	close(go_pipe[1]);
	/* The pipe is closed by whatever ends well: by proc_exec. */
	len = TEMP_FAILURE_RETRY(read(report_pipe[0], &report, sizeof(report)));
	close(report_pipe[0]);
	if (!len)
		return;
	waitpid(pid, &status, 0);
	if (len != sizeof(report))
		report.stage = 0;
	explain_report(start, &report);
}

void start_helpers(const struct start *start)
{
	for (size_t i = 0; i < start->grants.n; i++) {
		const struct grant *const grant = &start->grants.list[i];
		pid_t pid;

		if (grant->far < 0)
			continue;
		pid = fork();
		if (pid < 0)
			fail(&grant->at, "%m");
		if (!pid)
			handover(grant->listener, grant->far);
	}
}
