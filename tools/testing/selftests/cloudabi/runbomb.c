// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A program that takes all it can get, for cloudabi-run
 *
 * Does what bomb.c does, with values as argument data.  A string is the name of the
 * bomb, also if it is the first item of a sequence; the descriptors that follow have
 * the numbers that bomb.c expects.  Anything else, and it makes processes only.
 */

/* The runtime, before what it starts has another name. */
#include <cloudabi.h>

#define cloudabi_main bomb_main
#include "bomb.c"
#undef cloudabi_main

/* Everybody, always, and nobody lets go of anybody. */
static __attribute__((__noreturn__)) void fork_forever(void)
{
	for (;;)
		fork_process();
}

int cloudabi_main(const struct cloudabi_start *start)
{
	struct cloudabi_argdata value = cloudabi_argdata_from(start->argdata, start->argdata_len);
	struct cloudabi_start bomb = *start;
	struct cloudabi_argdata_iter iter;
	const char *string;

	if (!cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_SEQ, &iter) &&
	    !cloudabi_argdata_next(&iter, &value))
		return 127;
	if (cloudabi_argdata_get_str(value, &string))
		fork_forever();
	bomb.argdata = string;
	bomb.argdata_len = strlen(string);
	return bomb_main(&bomb);
}
