// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * names - Print a line for each object: its size, type and name
 *
 *	> open docs | list | names
 *
 * The shell appends it to pipelines that end in objects.
 */
#include "stage.h"

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;

	if (!stage_begin(&stage, start, "names", 0, 0))
		return 2;
	while (stage_receive(&stage, &object)) {
		char line[OBJECT_NAME_MAX + 64];

		cloudabi_sys_fd_close(object.fd);
		cloudabi_snprintf(line, sizeof(line), "%10lu %-9s ", object.size,
				  object_type_name(object.type));
		object_print_name(stage.output, line, object.name, "\n");
	}
	return stage_end(&stage);
}
