/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Sets of rights, by name
 */
#ifndef _TOOLS_CLOUDABI_RUN_RIGHTS_H
#define _TOOLS_CLOUDABI_RUN_RIGHTS_H

#include <stdint.h>
#include <stdio.h>

#include "run_yaml.h"

/**
 * struct rights - The rights that a configuration gives a descriptor
 * @base: rights of the descriptor itself
 * @inheriting: rights of the descriptors that are opened through it, at most
 * @base_required: rights of @base that the descriptor must be able to have; of the others it
 *		gets those that its type and open mode allow
 * @inheriting_required: the same for @inheriting
 * @either_required: rights that it must be able to have in one of the two sets
 * @requested: rights of @base that the configuration asks for by name or by "all"
 */
struct rights {
	uint64_t base;
	uint64_t inheriting;
	uint64_t base_required;
	uint64_t inheriting_required;
	uint64_t either_required;
	uint64_t requested;
};

/**
 * rights_read() - Parse the attribute "rights"
 * @node: a name or a preset, a list of these, or a map of "base" and "inheriting";
 *        NULL if the attribute is missing
 * @preset: name of the preset to use then
 *
 * Names are not case-sensitive.  In a list, a name behind "-" is removed from the
 * rights listed before it.  A right that is named must be possible for the
 * descriptor; a preset gives those of its rights that are possible.
 *
 * Return: the rights; fails, see fail(), if the node is invalid.
 */
struct rights rights_read(const struct node *node, const char *preset);

/* Prints rights as a preset, as "PRESET but RIGHT|...", or by their names. */
void rights_print(FILE *out, uint64_t rights);

/* Prints the presets and the names of all rights, for --rights. */
void rights_help(FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_RIGHTS_H */
