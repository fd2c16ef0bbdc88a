/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Encoding of the configuration as argument data
 */
#ifndef _TOOLS_CLOUDABI_RUN_VALUE_H
#define _TOOLS_CLOUDABI_RUN_VALUE_H

#include "run_grant.h"

/**
 * struct value - Encoded argument data
 * @data: the bytes, allocated by malloc()
 * @len: length of @data in bytes
 */
struct value {
	unsigned char *data;
	size_t len;
};

/**
 * value_make() - Encode a node as argument data
 * @node: the root of the first document
 * @grants: receives the descriptors that tags in it ask for; they are open afterwards
 *
 * Fails, see fail(), if the node cannot be encoded or a descriptor cannot be opened.
 *
 * Return: the argument data, which are never freed.
 */
struct value value_make(struct node *node, struct grants *grants);

#endif /* _TOOLS_CLOUDABI_RUN_VALUE_H */
