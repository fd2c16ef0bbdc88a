// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * match - Send objects whose names match a pattern
 *
 *	> open docs | list | match *.c
 *
 * "*" matches any characters, "?" matches one.  The pattern is compared with the last component
 * of the name.  Objects that do not match are closed, so no later stage can use them.
 */
#include "stage.h"

static const char *last_component(const char *name)
{
	const char *const slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* On a mismatch, the last "*" takes one more character. */
static bool matches(const char *pattern, const char *name)
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
		if (matches(stage.arguments[0], last_component(object.name)))
			wanted = stage_send(&stage, &object);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
