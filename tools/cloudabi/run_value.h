/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - From the configuration to argument data
 */
#ifndef _TOOLS_CLOUDABI_RUN_VALUE_H
#define _TOOLS_CLOUDABI_RUN_VALUE_H

#include "run_grant.h"

/**
 * struct value - Argument data
 * @data: they, from malloc()
 * @len: bytes
 */
struct value {
	unsigned char *data;
	size_t len;
};

/**
 * value_make() - Make the argument data of a configuration
 * @node: the value
 * @grants: gets the descriptors that are in it
 */
struct value value_make(struct node *node, struct grants *grants);

#endif /* _TOOLS_CLOUDABI_RUN_VALUE_H */
