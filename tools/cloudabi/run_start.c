// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Fork and exec of the program
 *
 * execve() can neither limit the rights of descriptors nor pass argument data that name
 * descriptors; proc_exec of CloudABI can.  So the child executes cloudabi-reexec, a CloudABI
 * program, which limits the rights and calls proc_exec for the program.
 *
 *     parent				child
 *     ------				-----
 *     start_program():
 *       fork into the group
 *       write the limits of the group	wait for a byte from go_pipe
 *     start the trace instance
 *     start helpers
 *     close the granted descriptors
 *     start_exec():
 *       write a byte to go_pipe
 *       wait for report_pipe		exec_program():
 *					  apply resource limits
 *					  move descriptors, close all others
 *					  set RLIMIT_NOFILE
 *					  set no_new_privs
 *					  set the precision of clocks
 *					  install the seccomp filter
 *					  execveat() cloudabi-reexec
 *					cloudabi-reexec:
 *					  limit rights
 *					  proc_exec
 *       EOF: the program runs
 *       struct report: it failed
 *
 * Privileges: everything up to execveat() runs with the credentials of the caller, root or
 * not; no step changes the user.  execveat() of a CloudABI executable drops all
 * capabilities.  The filter comes last, because it applies to cloudabi-reexec as well.
 *
 * Errors: the child sends a struct report through report_pipe.  proc_exec closes every
 * descriptor that is not passed on, the write end of this pipe among them, so EOF means
 * success.
 *
 * Reserved numbers: cloudabi-reexec has descriptors that the program must not get: the two
 * executables, the pipe, the argument data.  It makes calls on these that the filter may
 * refuse to the program (fd_stat_put, proc_exec ...).  So the filter allows these calls on
 * descriptors from @first_reserved on, and RLIMIT_NOFILE keeps the program below that
 * number: it is set to @fd_limit, at most @first_reserved.  The child's own limit must
 * be higher while it moves the descriptors; limits_begin() raises it if it can.  If it
 * cannot, @first_reserved is lowered into the program's range.  With a filter, the
 * program's limit is lowered to it too; without a filter, the overlap does no harm.
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

/*
 * Descriptors of cloudabi-reexec, as offsets from @first_reserved.  The descriptors of the
 * program follow, in their order.
 */
enum reserved {
	RESERVED_PROGRAM,
	RESERVED_REPORT,
	RESERVED_DATA,
	RESERVED_REEXEC,
	RESERVED_GRANTS,
};

/* Stands in for "descriptors: none": the reserved numbers start here. */
#define MAX_DESCRIPTORS 65536

/* report_pipe: from the child, see struct report.  go_pipe: to the child, one byte starts it. */
static int report_pipe[2], go_pipe[2];

/* The first reserved number, and the RLIMIT_NOFILE of the program. */
static size_t first_reserved, fd_limit;

/* Sets @first_reserved and @fd_limit, see "Reserved numbers" above. */
static void choose_numbers(const struct start *start)
{
	const size_t n = RESERVED_GRANTS + start->grants.n;
	struct rlimit limit = { 0 };

	fd_limit = start->limits.descriptors < MAX_DESCRIPTORS ? start->limits.descriptors :
								 MAX_DESCRIPTORS;
	first_reserved = fd_limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (first_reserved + n > limit.rlim_cur)
		first_reserved = limit.rlim_cur > n ? limit.rlim_cur - n : 0;
	/* The filter trusts reserved numbers, so the program must not be able to have them. */
	if (start->calls.limited)
		fd_limit = first_reserved;
}

/* In the child: reports errno and exits. */
static void __attribute__((__noreturn__))
report_error(int fd, enum report_stage stage, size_t index)
{
	const struct report report = {
		.stage = stage, .error = (uint32_t)errno, .index = (uint32_t)index,
	};

	if (write(fd, &report, sizeof(report)) < 0)
		_exit(RUN_FAILED);
	_exit(RUN_NO_EXEC);
}

/* See reexec.h for the format. */
static void put_grants(struct cloudabi_argdata_writer *w, const struct start *start)
{
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
	for (size_t i = 0; i < start->grants.n; i++) {
		const struct rights *const rights = &start->grants.list[i].rights;

		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		cloudabi_argdata_put_uint(w, first_reserved + RESERVED_GRANTS + i);
		cloudabi_argdata_put_uint(w, rights->base);
		cloudabi_argdata_put_uint(w, rights->inheriting);
		cloudabi_argdata_put_uint(w, rights->base_required);
		cloudabi_argdata_put_uint(w, rights->inheriting_required);
		cloudabi_argdata_put_uint(w, rights->either_required);
		cloudabi_argdata_close(w);
	}
	cloudabi_argdata_close(w);
}

static void put_reexec_data(struct cloudabi_argdata_writer *w, const struct start *start, char *buf,
			    size_t size)
{
	cloudabi_argdata_write(w, buf, size, NULL, 0);
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_uint(w, first_reserved + RESERVED_PROGRAM);
	cloudabi_argdata_put_uint(w, first_reserved + RESERVED_REPORT);
	cloudabi_argdata_put_uint(w, first_reserved + RESERVED_DATA);
	put_grants(w, start);
	cloudabi_argdata_close(w);
}

/*
 * Stores the program's argument data in a memfd: they could exceed the limits that
 * execve() has for the number and the length of strings.
 */
static int store_data(const struct value *value)
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

/*
 * Splits the argument data of cloudabi-reexec at NULs: the kernel joins the strings
 * of argv by NULs, which gives the same bytes.
 */
static char **build_argv(const struct start *start)
{
	struct cloudabi_argdata_writer w;
	size_t len, n = 1, i = 0;
	char *data, **argv;

	put_reexec_data(&w, start, NULL, 0);
	len = w.used;
	data = malloc(len + 1);
	if (!data)
		fail(NULL, "%m");
	put_reexec_data(&w, start, data, len);
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

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

/* Closes all descriptors but those listed, in the ranges between them. */
static bool close_others(const int *fds, size_t n)
{
	unsigned int next = 0;
	int sorted[n];

	memcpy(sorted, fds, sizeof(sorted));
	qsort(sorted, n, sizeof(*sorted), compare_fds);
	for (size_t i = 0; i < n; i++) {
		const unsigned int fd = (unsigned int)sorted[i];

		if (next < fd && close_range(next, fd - 1, 0))
			return false;
		next = fd + 1;
	}
	return !close_range(next, ~0U, 0);
}

/*
 * Moves fds[i] to @number.  If a descriptor that is yet to be moved has that number, it is
 * duplicated elsewhere first.
 */
static bool move_descriptor(int *fds, size_t n, size_t i, int number)
{
	const int from = fds[i];

	for (size_t j = i + 1; j < n; j++)
		if (fds[j] == number)
			fds[j] = fcntl(number, F_DUPFD_CLOEXEC, 0);
	if (from != number && (dup3(from, number, O_CLOEXEC) < 0 || close(from)))
		return false;
	fds[i] = number;
	/* cloudabi-reexec does not need a descriptor of itself: it stays close-on-exec. */
	return i == RESERVED_REEXEC || !fcntl(number, F_SETFD, 0);
}

/*
 * Moves all descriptors that are needed to their reserved numbers, closes all others, and
 * lowers RLIMIT_NOFILE.  Returns the new number of the report pipe.
 */
static int move_descriptors(const struct start *start, int report)
{
	const size_t n = RESERVED_GRANTS + start->grants.n;
	int fds[n];

	fds[RESERVED_PROGRAM] = start->program;
	fds[RESERVED_REPORT] = report;
	fds[RESERVED_DATA] = start->data;
	fds[RESERVED_REEXEC] = start->reexec;
	for (size_t i = 0; i < start->grants.n; i++)
		fds[RESERVED_GRANTS + i] = start->grants.list[i].fd;
	if (!close_others(fds, n))
		report_error(report, REPORT_DESCRIPTORS, n);
	for (size_t i = 0; i < n; i++)
		if (!move_descriptor(fds, n, i, (int)(first_reserved + i)))
			report_error(fds[RESERVED_REPORT], REPORT_DESCRIPTORS, i);
	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ fd_limit, fd_limit }))
		report_error(fds[RESERVED_REPORT], REPORT_LIMITS, 0);
	return fds[RESERVED_REPORT];
}

/* In the child: the steps from the limits to execveat(), see the top of this file. */
static void __attribute__((__noreturn__))
exec_program(const struct start *start, char **argv, int report)
{
	static char *const none[] = { NULL };

	if (!limits_apply(&start->limits))
		report_error(report, REPORT_LIMITS, 0);
	report = move_descriptors(start, report);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		report_error(report, REPORT_LIMITS, 1);
	if (start->precision &&
	    prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, start->precision, 0UL, 0UL, 0UL))
		report_error(report, REPORT_LIMITS, 2);
	if (!calls_install(&start->calls, (uint32_t)first_reserved))
		report_error(report, REPORT_CALLS, 0);
	syscall(SYS_execveat, (int)first_reserved + RESERVED_REEXEC, "", argv, none, AT_EMPTY_PATH);
	report_error(report, REPORT_REEXEC, 0);
}

pid_t start_program(struct start *start, const char *cgroup)
{
	const pid_t parent = getpid();
	char **argv;
	pid_t pid;
	char go;

	choose_numbers(start);
	start->data = store_data(&start->value);
	argv = build_argv(start);
	if (pipe2(report_pipe, O_CLOEXEC) || pipe2(go_pipe, O_CLOEXEC))
		fail(NULL, "%m");
	pid = limits_fork(&start->limits, cgroup);
	if (pid)
		return pid;
	close(go_pipe[1]);
	if (start->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(RUN_FAILED);
	signals_reset();
	/* EOF: the parent has failed. */
	if (read(go_pipe[0], &go, 1) != 1)
		_exit(RUN_FAILED);
	exec_program(start, argv, report_pipe[1]);
}

static const char *const stages[] = {
	[REPORT_CONFIG] = "cloudabi-reexec does not match this cloudabi-run",
	[REPORT_LIMITS] = "limits",
	[REPORT_DESCRIPTORS] = "descriptors",
	[REPORT_CALLS] = "calls",
	[REPORT_REEXEC] = "cloudabi-reexec",
};

/* Fails with the error that the child has reported. */
static void __attribute__((__noreturn__))
fail_report(const struct start *start, const struct report *report)
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
		fprintf(stderr, "cloudabi-run: %s can't have ", grant->description);
		rights_print(stderr, report->base | report->inheriting);
		fputc('\n', stderr);
		fail(&grant->at, "%s", cloudabi_strerror((cloudabi_errno_t)report->error));
	case REPORT_EXEC:
		fail_with(RUN_NO_EXEC, "%s: %s (%s)", start->name,
			  cloudabi_strerror((cloudabi_errno_t)report->error),
			  cloudabi_errno_name((cloudabi_errno_t)report->error));
	}
	fail(NULL, "the program did not start for an unknown reason");
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
	/* EOF: proc_exec has closed the pipe, so the program runs. */
	len = TEMP_FAILURE_RETRY(read(report_pipe[0], &report, sizeof(report)));
	close(report_pipe[0]);
	if (!len)
		return;
	waitpid(pid, &status, 0);
	if (len != sizeof(report))
		report.stage = 0;
	fail_report(start, &report);
}

void start_helpers(const struct start *start)
{
	for (size_t i = 0; i < start->grants.n; i++) {
		const struct grant *const grant = &start->grants.list[i];
		pid_t pid;

		if (grant->helper_fd < 0)
			continue;
		pid = fork();
		if (pid < 0)
			fail(&grant->at, "%m");
		if (!pid)
			handover(grant->listener, grant->helper_fd);
	}
}
