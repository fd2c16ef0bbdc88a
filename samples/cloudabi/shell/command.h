/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Lines of commands
 */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include <cloudabi.h>

#include "stage.h"

#define COMMAND_LINE_MAX 1023
#define COMMAND_WORDS_MAX (1 + STAGE_ARGUMENTS_MAX)
#define COMMAND_PARTS_MAX 9

/**
 * struct part - What stands between two "|"
 * @words: its words
 * @n: how many
 */
struct part {
	const char *words[COMMAND_WORDS_MAX];
	size_t n;
};

/**
 * struct command - A line
 * @parts: its parts, each of which has a word
 * @n: how many; none in a line that is empty or a comment
 */
struct command {
	struct part parts[COMMAND_PARTS_MAX];
	size_t n;
};

/**
 * struct lines - Where lines come from
 * @fd: the descriptor
 * @buf: what was read of it
 * @used: how much
 * @pos: how much of that was taken
 * @too_long: whether the line was, of which there is nothing then
 * @line: the line, with a NUL at its end
 */
struct lines {
	cloudabi_fd_t fd;
	char buf[512];
	size_t used;
	size_t pos;
	bool too_long;
	char line[COMMAND_LINE_MAX + 1];
};

bool lines_next(struct lines *lines, cloudabi_errno_t *error);
const char *command_parse(struct command *command, char *line);

#endif /* SHELL_COMMAND_H */
