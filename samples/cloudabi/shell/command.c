// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * shell - Parser of commands
 */
#include "command.h"

/* Returns false at the end of the file, or if reading fails. */
static bool next_byte(struct lines *lines, char *byte, cloudabi_errno_t *error)
{
	if (lines->pos == lines->used) {
		*error = cloudabi_read(lines->fd, lines->buf, sizeof(lines->buf), &lines->used);
		lines->pos = 0;
		if (*error || !lines->used) {
			lines->used = 0;
			return false;
		}
	}
	*byte = lines->buf[lines->pos++];
	return true;
}

/**
 * lines_next() - Read a line
 * @lines: the source; its @line is set
 * @error: set to the errno of reading, zero at the end of the file
 *
 * Return: true if there is a line.
 */
bool lines_next(struct lines *lines, cloudabi_errno_t *error)
{
	size_t len = 0;
	bool any = false;
	char byte;

	*error = 0;
	while (next_byte(lines, &byte, error)) {
		any = true;
		if (byte == '\n')
			break;
		if (len < COMMAND_LINE_MAX)
			lines->line[len] = byte;
		len++;
	}
	if (*error || !any)
		return false;
	lines->too_long = len > COMMAND_LINE_MAX;
	lines->line[lines->too_long ? 0 : len] = '\0';
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/**
 * command_parse() - Split a line into parts and words
 * @command: set to the command
 * @line: the line, which is modified and which the words point into
 *
 * Return: NULL, or an error message.
 */
const char *command_parse(struct command *command, char *line)
{
	struct part *part = command->parts;
	bool in_word = false;
	char c;

	*command = (struct command){ 0 };
	do {
		c = *line;
		if (c == '#' && !in_word)
			c = '\0';
		if (!c || c == '|' || is_blank(c)) {
			*line = '\0';
			in_word = false;
		} else if (!in_word) {
			if (part->n == COMMAND_WORDS_MAX)
				return "too many words";
			part->words[part->n++] = line;
			in_word = true;
		}
		if (c == '|') {
			if (!part->n)
				return "there is nothing before a \"|\"";
			if (++part == command->parts + COMMAND_PARTS_MAX)
				return "too many \"|\"";
		}
		line++;
	} while (c);
	if (part != command->parts && !part->n)
		return "there is nothing behind a \"|\"";
	command->n = (size_t)(part - command->parts) + !!part->n;
	return NULL;
}
