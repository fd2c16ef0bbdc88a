// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * print - Print what is in files
 *
 *	> open docs/tour | print
 *
 * It can read the files that it was sent, and has no directory to open another in.
 */
#include "stage.h"

static cloudabi_errno_t copy(cloudabi_fd_t from, cloudabi_fd_t to)
{
	char buf[16384];

	for (;;) {
		cloudabi_size_t len;
		cloudabi_errno_t error = cloudabi_read(from, buf, sizeof(buf), &len);

		if (error || !len)
			return error;
		error = cloudabi_write_all(to, buf, len);
		if (error)
			return error;
	}
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;

	if (!stage_begin(&stage, start, "print", 0, 0))
		return 2;
	while (stage_receive(&stage, &object)) {
		cloudabi_errno_t error = CLOUDABI_EISDIR;

		if (object.type != CLOUDABI_FILETYPE_DIRECTORY)
			error = copy(object.fd, stage.output);
		if (error)
			stage_complain(&stage, object.name, error);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
