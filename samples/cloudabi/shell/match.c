// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * match - Pass those objects on whose names fit a pattern
 *
 *	> open docs | list | match *.c
 *
 * A "*" is for any characters, a "?" for one.  What is matched is what follows the
 * last "/" of a name.  What doesn't fit is closed, and with it out of reach.
 */
#include "stage.h"

static const char *last_part(const char *name)
{
	const char *const slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* Where something goes wrong, the last "*" takes one character more. */
static bool fits(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern == *name || *pattern == '?') {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;
	bool wanted = true;

	if (!stage_begin(&stage, start, "match", 1, 1))
		return 2;
	while (wanted && stage_receive(&stage, &object)) {
		if (fits(stage.arguments[0], last_part(object.name)))
			wanted = stage_send(&stage, &object);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
