/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Rights by name
 */
#ifndef _TOOLS_CLOUDABI_RUN_RIGHTS_H
#define _TOOLS_CLOUDABI_RUN_RIGHTS_H

#include <stdint.h>
#include <stdio.h>

#include "run_yaml.h"

/**
 * struct rights - What may be done with a descriptor
 * @base: rights of the descriptor
 * @inheriting: the most that those opened beneath it get
 * @base_required: those of @base that have to be there; of others it gets what its type
 *	       and the way it was opened can have
 * @inheriting_required: the same of @inheriting
 * @either_required: those that have to be in one of them
 * @asked: those of @base that somebody asks for, by their names or by "all"
 */
struct rights {
	uint64_t base;
	uint64_t inheriting;
	uint64_t base_required;
	uint64_t inheriting_required;
	uint64_t either_required;
	uint64_t asked;
};

/**
 * rights_read() - Read what a configuration says of rights
 * @node: a name or a preset, a list of them, or a map with base and inheriting;
 *	  NULL if nothing is said
 * @preset: what it is then
 *
 * In lower or upper case.  What follows "-" in a list is taken away from what stands
 * before it.  Rights that are named one by one have to be there, those of a preset
 * only where they mean something.
 */
struct rights rights_read(const struct node *node, const char *preset);

/* Prints rights as a preset, as one but for a few, or by their names; "none" if there are none. */
void rights_print(FILE *out, uint64_t rights);

/* Prints the presets and the names, for --rights. */
void rights_help(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_RIGHTS_H */
