/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Parser of commands
 */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include <cloudabi.h>

#include "stage.h"

#define COMMAND_LINE_MAX 1023
#define COMMAND_WORDS_MAX (1 + STAGE_ARGUMENTS_MAX)
#define COMMAND_PARTS_MAX 9

/**
 * struct part - A part of a command, between two "|"
 * @words: its words
 * @n: number of words
 */
struct part {
	const char *words[COMMAND_WORDS_MAX];
	size_t n;
};

/**
 * struct command - A line of commands
 * @parts: its parts, each of which has at least one word
 * @n: number of parts; zero for an empty line or a comment
 */
struct command {
	struct part parts[COMMAND_PARTS_MAX];
	size_t n;
};

/**
 * struct lines - A source of lines
 * @fd: its descriptor
 * @buf: bytes that were read
 * @used: number of bytes in @buf
 * @pos: number of bytes of @buf that are consumed
 * @too_long: whether the line exceeded COMMAND_LINE_MAX; @line is empty then
 * @line: the line, ended by a NUL
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
