/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The configuration as a tree
 *
 * A node is made once and stays until the end of the program.  Aliases are the
 * node that they stand for, which therefore can be in several places, but never
 * in itself.
 */
#ifndef _TOOLS_CLOUDABI_RUN_YAML_H
#define _TOOLS_CLOUDABI_RUN_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "run.h"

enum node_kind {
	NODE_SCALAR,
	NODE_SEQ,
	NODE_MAP,
};

/**
 * struct node - A scalar, a sequence or a map
 * @kind: which of these
 * @at: where it is; its tag is without what all of ours or of YAML's begin with
 * @own: whether the tag is one of ours
 * @plain: whether it is a scalar with neither quotes nor a tag, of which what it says
 *	   tells the type
 * @text: of a scalar, with a NUL behind it
 * @len: bytes of @text
 * @items: of a sequence; of a map: a key, its value, the next key ...
 * @n: how many
 * @grant: number of the descriptor that was made of this node, or -1
 */
struct node {
	enum node_kind kind;
	struct mark at;
	bool own;
	bool plain;
	char *text;
	size_t len;
	struct node **items;
	size_t n;
	int grant;
};

/**
 * struct config - What a stream of YAML says
 * @value: what the program is given
 * @settings: how it is run, NULL if that is not said
 */
struct config {
	struct node *value;
	struct node *settings;
};

/**
 * yaml_load() - Read a configuration
 * @name: what to call the file in messages
 * @fd: the file
 * @config: set to what it says; fails if that is not one or two documents
 */
void yaml_load(const char *name, int fd, struct config *config);

/* The value of a key in a map, or NULL. */
struct node *yaml_find(const struct node *map, const char *key);

/* The text of a scalar, or fails; @what says of what. */
const char *yaml_text(const struct node *node, const char *what);

/* Whether a node is of one of YAML's own types, by tag or without one. */
bool yaml_is(const struct node *node, const char *type);

#endif /* _TOOLS_CLOUDABI_RUN_YAML_H */
