/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The descriptors that a program is given
 *
 * A grant is a descriptor that a tag of the configuration asks for.  The first tag becomes
 * descriptor 0 of the program, the second one 1, and so on.
 */
#ifndef _TOOLS_CLOUDABI_RUN_GRANT_H
#define _TOOLS_CLOUDABI_RUN_GRANT_H

#include <stdio.h>

#include "run_rights.h"

/**
 * struct grant - A descriptor for the program
 * @fd: the descriptor, under its number in this process
 * @at: position of the tag in the configuration
 * @description: text for people, such as "directory /srv"; never freed
 * @rights: the rights that the program gets
 * @listener: a listening socket whose connections the program receives through @fd, or -1
 * @helper_fd: the other end of @fd, for the helper process that accepts from @listener,
 *	    or -1
 */
struct grant {
	int fd;
	struct mark at;
	char *description;
	struct rights rights;
	int listener;
	int helper_fd;
};

/**
 * struct grants - The descriptors of a program
 * @list: the grants; the index is the descriptor's number in the program
 * @n: number of grants
 */
struct grants {
	struct grant *list;
	size_t n;
};

/**
 * grant_open() - Open the descriptor that a tag asks for
 * @grants: the new grant is appended to it
 * @node: the node with the tag; an alias of a node that is open already opens nothing
 *
 * Fails, see fail(), if the tag or one of its attributes is invalid, or if the system
 * refuses to open the file.
 *
 * Return: the number of the descriptor in the program.
 */
size_t grant_open(struct grants *grants, struct node *node);

/* Fails if only one end of a pipe is used.  To be called after the last grant_open(). */
void grant_check(void);

/* Prints the grants for --dry-run. */
void grant_print(FILE *out, const struct grants *grants);

/* Prints the tags and their attributes for --rights. */
void grant_help(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_GRANT_H */
