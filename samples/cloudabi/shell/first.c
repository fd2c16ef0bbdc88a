// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * first - Send the first objects on
 *
 *	> open docs | list | sort size | first 3
 *
 * Then it ends, and the stages before it get EPIPE.
 */
#include "stage.h"

static bool parse_number(const char *s, size_t *number)
{
	*number = 0;
	do {
		if (*s < '0' || *s > '9' || *number > SIZE_MAX / 16)
			return false;
		*number = *number * 10 + (size_t)(*s - '0');
	} while (*++s);
	return true;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;
	bool wanted = true;
	size_t left;

	if (!stage_begin(&stage, start, "first", 1, 1))
		return 2;
	if (!parse_number(stage.arguments[0], &left)) {
		stage_complain(&stage, stage.arguments[0], CLOUDABI_EINVAL);
		return 2;
	}
	for (; wanted && left && stage_receive(&stage, &object); left--) {
		wanted = stage_send(&stage, &object);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
