// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * rights - Print the rights of objects and send them on
 *
 *	> open docs | rights | list | rights | print
 *
 * Rights shrink from stage to stage: an object has only those that later stages need.
 */
#include "stage.h"

static void print_rights(cloudabi_fd_t to, const char *before, cloudabi_rights_t rights)
{
	cloudabi_dprintf(to, "%s", before);
	for (unsigned int bit = 0; bit < 64; bit++)
		if (rights & 1ULL << bit)
			cloudabi_dprintf(to, " %s", cloudabi_right_name(bit));
}

static void print_object(struct stage *stage, const struct object *object)
{
	cloudabi_fdstat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_fd_stat_get(object->fd, &stat);

	if (error) {
		stage_complain(stage, object->name, error);
		return;
	}
	object_print_name(stage->errors, "rights: ", object->name, ":");
	print_rights(stage->errors, "", stat.fs_rights_base);
	if (stat.fs_rights_inheriting)
		print_rights(stage->errors, ", beneath it", stat.fs_rights_inheriting);
	cloudabi_dprintf(stage->errors, "\n");
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;
	bool wanted = true;

	if (!stage_begin(&stage, start, "rights", 0, 0))
		return 2;
	while (wanted && stage_receive(&stage, &object)) {
		print_object(&stage, &object);
		wanted = stage_send(&stage, &object);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
