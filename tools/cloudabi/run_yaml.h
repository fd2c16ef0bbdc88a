/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The configuration as a tree of nodes
 *
 * Nodes are never freed: they live until the process exits.  An alias (*name) is not a
 * node of its own but a second pointer to the node of the anchor (&name), so the tree is
 * a directed acyclic graph.
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
 * struct node - A node of the tree
 * @kind: scalar, sequence or map
 * @at: position of the node; its @tag lacks the prefix that all CloudABI tags, or all
 *      tags of YAML's own types, have
 * @is_grant: whether the tag is a CloudABI tag, so that the node stands for a descriptor
 * @plain: whether this is a plain scalar (without quotes) that has no tag; only then its
 *	text decides about its type
 * @text: content of a scalar, followed by a NUL; it may contain NULs too
 * @len: length of @text in bytes
 * @items: elements of a sequence; in a map keys and values alternate
 * @n: number of @items
 * @grant: index of the descriptor opened for this node, or -1
 */
struct node {
	enum node_kind kind;
	struct mark at;
	bool is_grant;
	bool plain;
	char *text;
	size_t len;
	struct node **items;
	size_t n;
	int grant;
};

/**
 * struct config - The documents of a configuration
 * @value: the first document: the argument data
 * @settings: the second document: how to run the program; NULL if there is none
 */
struct config {
	struct node *value;
	struct node *settings;
};

/**
 * yaml_load() - Parse a configuration
 * @name: name of the file, for error messages
 * @fd: descriptor to read the file from
 * @config: set to its documents
 *
 * Fails, see fail(), if the file is not a stream of one or two valid documents.
 */
void yaml_load(const char *name, int fd, struct config *config);

/* Returns the value of a key in a map, or NULL if the map lacks the key. */
struct node *yaml_find(const struct node *map, const char *key);

/*
 * Returns the text of a non-empty scalar without NULs.  Fails for any other node; @what
 * names the node in the message.
 */
const char *yaml_text(const struct node *node, const char *what);

/* Returns true if a node has the tag of one of YAML's own types, such as "map". */
bool yaml_is(const struct node *node, const char *type);

#endif /* _TOOLS_CLOUDABI_RUN_YAML_H */
