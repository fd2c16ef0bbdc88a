/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - What a program is given
 *
 * Descriptors that tags of the configuration stand for.  Their order is that in
 * which they first stand there, and gives them their numbers in the program.
 */
#ifndef _TOOLS_CLOUDABI_RUN_GRANT_H
#define _TOOLS_CLOUDABI_RUN_GRANT_H

#include <stdio.h>

#include "run_rights.h"

/**
 * struct grant - A descriptor for the program
 * @fd: its number in this process
 * @at: where the configuration asks for it
 * @what: what it is, in words
 * @rights: what may be done with it
 * @listener: a socket whose connections come by @fd, or -1
 * @far: the end of @fd that the one who accepts them has
 */
struct grant {
	int fd;
	struct mark at;
	char *what;
	struct rights rights;
	int listener;
	int far;
};

/**
 * struct grants - All of them
 * @list: in the order of their numbers
 * @n: how many
 */
struct grants {
	struct grant *list;
	size_t n;
};

/**
 * grant_open() - Open what a node with one of our tags stands for
 * @grants: gets one more
 * @node: the node; the second time nothing is opened, as it is the same descriptor
 *
 * Return: the number of the descriptor in the program.
 */
size_t grant_open(struct grants *grants, struct node *node);

/* Fails if a pipe has only one end; all pipes have to be asked for by then. */
void grant_check(void);

/* Prints a line for each. */
void grant_print(FILE *out, const struct grants *grants);

/* Prints the tags and their keys. */
void grant_help(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_GRANT_H */
