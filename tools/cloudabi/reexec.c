// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * cloudabi-reexec - Limit the rights of descriptors and execute a program
 *
 * execve() can neither limit the rights of descriptors nor renumber them consistently with the
 * argument data.  So cloudabi-run executes this program, a CloudABI program itself.  It limits
 * the rights of each descriptor and calls proc_exec, which closes all descriptors that
 * are not passed on.
 *
 * The filter of the program is installed already.  It allows cloudabi-reexec no more than
 * the calls that are used here, on descriptors with reserved numbers, see run_start.c.
 */
#include <cloudabi.h>

#include "reexec.h"

static cloudabi_fd_t report_fd;

static void __attribute__((__noreturn__)) report_error(const struct report *report)
{
	const cloudabi_ciovec_t iov = { .buf = report, .buf_len = sizeof(*report) };
	size_t written;

	cloudabi_sys_fd_write(report_fd, &iov, 1, &written);
	cloudabi_exit(126);
}

static void __attribute__((__noreturn__)) report_bad_config(cloudabi_errno_t error)
{
	const struct report report = { .stage = REPORT_CONFIG, .error = error };

	report_error(&report);
}

/* Returns the next item of a sequence. */
static struct cloudabi_argdata next(struct cloudabi_argdata_iter *iter)
{
	struct cloudabi_argdata value;

	if (!cloudabi_argdata_next(iter, &value))
		report_bad_config(CLOUDABI_EINVAL);
	return value;
}

static uint64_t next_number(struct cloudabi_argdata_iter *iter)
{
	uint64_t number;
	const cloudabi_errno_t error = cloudabi_argdata_get_uint(next(iter), &number, UINT64_MAX);

	if (error)
		report_bad_config(error);
	return number;
}

static cloudabi_fd_t next_fd(struct cloudabi_argdata_iter *iter)
{
	return (cloudabi_fd_t)next_number(iter);
}

static struct cloudabi_argdata_iter sequence(struct cloudabi_argdata value)
{
	struct cloudabi_argdata_iter iter;
	const cloudabi_errno_t error = cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_SEQ, &iter);

	if (error)
		report_bad_config(error);
	return iter;
}

/* Limits the rights of a descriptor and returns its number. */
static cloudabi_fd_t limit_rights(struct cloudabi_argdata item, uint32_t index)
{
	struct cloudabi_argdata_iter iter = sequence(item);
	const cloudabi_fd_t fd = next_fd(&iter);
	const cloudabi_rights_t base = next_number(&iter), inheriting = next_number(&iter);
	const cloudabi_rights_t base_required = next_number(&iter);
	const cloudabi_rights_t inheriting_required = next_number(&iter);
	const cloudabi_rights_t either_required = next_number(&iter);
	struct report report = { .stage = REPORT_RIGHTS, .index = index };
	cloudabi_fdstat_t stat;

	report.error = cloudabi_sys_fd_stat_get(fd, &stat);
	if (report.error)
		report_error(&report);
	report.base = (base_required & ~stat.fs_rights_base) |
		      (either_required & ~(stat.fs_rights_base | stat.fs_rights_inheriting));
	report.inheriting = inheriting_required & ~stat.fs_rights_inheriting;
	if (report.base || report.inheriting) {
		report.error = CLOUDABI_ENOTCAPABLE;
		report_error(&report);
	}
	stat.fs_rights_base &= base;
	stat.fs_rights_inheriting &= inheriting;
	report.error = cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
	if (report.error)
		report_error(&report);
	return fd;
}

/* Static, as the filter may refuse mem_map. */
static uint8_t data[REEXEC_MAX_DATA];

/* Reads the program's argument data and returns their length in bytes. */
static size_t read_data(cloudabi_fd_t fd)
{
	size_t len = 0, part;
	cloudabi_errno_t error;

	do {
		const cloudabi_iovec_t iov = { .buf = data + len, .buf_len = sizeof(data) - len };

		error = cloudabi_sys_fd_read(fd, &iov, 1, &part);
		if (error)
			report_bad_config(error);
		len += part;
	} while (part && len < sizeof(data));
	return len;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static cloudabi_fd_t fds[REEXEC_MAX_FDS];
	struct report report = { .stage = REPORT_EXEC };
	struct cloudabi_argdata_iter iter, list;
	struct cloudabi_argdata item;
	cloudabi_fd_t program, data_fd;
	uint32_t n = 0;

	iter = sequence(cloudabi_argdata_from(start->argdata, start->argdata_len));
	program = next_fd(&iter);
	report_fd = next_fd(&iter);
	data_fd = next_fd(&iter);
	list = sequence(next(&iter));
	while (cloudabi_argdata_next(&list, &item)) {
		if (n == REEXEC_MAX_FDS)
			report_bad_config(CLOUDABI_E2BIG);
		fds[n] = limit_rights(item, n);
		n++;
	}
	report.error = cloudabi_sys_proc_exec(program, data, read_data(data_fd), fds, n);
	report_error(&report);
}
