// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * print - Print the content of files
 *
 *	> open docs/tour | print
 *
 * It can read the files that it receives, and has no directory to open others in.
 */
#include "stage.h"

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;

	if (!stage_begin(&stage, start, "print", 0, 0))
		return 2;
	while (stage_receive(&stage, &object)) {
		cloudabi_errno_t error = CLOUDABI_EISDIR;

		if (object.type != CLOUDABI_FILETYPE_DIRECTORY)
			error = cloudabi_copy(object.fd, stage.output);
		if (error)
			stage_complain(&stage, object.name, error);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
