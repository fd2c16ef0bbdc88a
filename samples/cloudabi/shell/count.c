// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * count - Print the number of objects and their total size
 *
 *	> open docs | list | match *.c | count
 */
#include "stage.h"

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	unsigned long files = 0, directories = 0, bytes = 0;
	struct stage stage;

	if (!stage_begin(&stage, start, "count", 0, 0))
		return 2;
	while (stage_receive(&stage, &object)) {
		if (object.type == CLOUDABI_FILETYPE_DIRECTORY)
			directories++;
		else
			files++;
		bytes += object.size;
		cloudabi_sys_fd_close(object.fd);
	}
	cloudabi_dprintf(stage.output, "%lu files, %lu directories, %lu bytes\n", files,
			 directories, bytes);
	return stage_end(&stage);
}
