// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * cloudabi-reexec - Execute a program with descriptors that are counted from zero
 *
 * execve() can neither limit rights nor give a program argument data that hold
 * descriptors.  So cloudabi-run executes this program, which is one of CloudABI
 * itself: it limits the rights of each descriptor and calls proc_exec, which closes
 * all but those that it is told of.
 */
#include <cloudabi.h>

#include "reexec.h"

#define MOST_FDS 512

static cloudabi_fd_t report_fd;

static void __attribute__((__noreturn__)) give_up(const struct report *report)
{
	const cloudabi_ciovec_t iov = { .buf = report, .buf_len = sizeof(*report) };
	size_t written;

	cloudabi_sys_fd_write(report_fd, &iov, 1, &written);
	cloudabi_exit(126);
}

static void __attribute__((__noreturn__)) misunderstood(cloudabi_errno_t error)
{
	const struct report report = { .stage = REPORT_CONFIG, .error = error };

	give_up(&report);
}

/* The next item of a sequence. */
static struct cloudabi_argdata next(struct cloudabi_argdata_iter *iter)
{
	struct cloudabi_argdata value;

	if (!cloudabi_argdata_next(iter, &value))
		misunderstood(CLOUDABI_EINVAL);
	return value;
}

static uint64_t next_number(struct cloudabi_argdata_iter *iter)
{
	uint64_t number;
	const cloudabi_errno_t error = cloudabi_argdata_get_uint(next(iter), &number, UINT64_MAX);

	if (error)
		misunderstood(error);
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
		misunderstood(error);
	return iter;
}

/* Limits one descriptor and returns its number. */
static cloudabi_fd_t limit(struct cloudabi_argdata item, uint32_t index)
{
	struct cloudabi_argdata_iter iter = sequence(item);
	const cloudabi_fd_t fd = next_fd(&iter);
	const cloudabi_rights_t base = next_number(&iter), inheriting = next_number(&iter);
	const cloudabi_rights_t base_must = next_number(&iter);
	const cloudabi_rights_t inheriting_must = next_number(&iter);
	const cloudabi_rights_t any_must = next_number(&iter);
	struct report report = { .stage = REPORT_RIGHTS, .index = index };
	cloudabi_fdstat_t stat;

	report.error = cloudabi_sys_fd_stat_get(fd, &stat);
	if (report.error)
		give_up(&report);
	report.base = (base_must & ~stat.fs_rights_base) |
		      (any_must & ~(stat.fs_rights_base | stat.fs_rights_inheriting));
	report.inheriting = inheriting_must & ~stat.fs_rights_inheriting;
	if (report.base || report.inheriting) {
		report.error = CLOUDABI_ENOTCAPABLE;
		give_up(&report);
	}
	stat.fs_rights_base &= base;
	stat.fs_rights_inheriting &= inheriting;
	report.error = cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
	if (report.error)
		give_up(&report);
	return fd;
}

/* Without memory of its own: a filter may refuse the call that gets some. */
static uint8_t data[REEXEC_MOST_DATA];

/* Returns how many bytes there are. */
static size_t read_data(cloudabi_fd_t fd)
{
	size_t len = 0, part;
	cloudabi_errno_t error;

	do {
		const cloudabi_iovec_t iov = { .buf = data + len, .buf_len = sizeof(data) - len };

		error = cloudabi_sys_fd_read(fd, &iov, 1, &part);
		if (error)
			misunderstood(error);
		len += part;
	} while (part && len < sizeof(data));
	return len;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static cloudabi_fd_t fds[MOST_FDS];
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
		if (n == MOST_FDS)
			misunderstood(CLOUDABI_E2BIG);
		fds[n] = limit(item, n);
		n++;
	}
	report.error = cloudabi_sys_proc_exec(program, data, read_data(data_fd), fds, n);
	give_up(&report);
}
