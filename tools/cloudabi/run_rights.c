// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Sets of rights, by name
 */
#include <string.h>
#include <strings.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>

#include "array_size.h"
#include "run_rights.h"

#define R(name) CLOUDABI_RIGHT_##name
/* rights_print() names a preset even if up to this many rights of it are missing. */
#define MAX_MISSING 3

/* traverse: to look up and list names, and to read attributes. */
#define TRAVERSE (R(FILE_OPEN) | R(FILE_READDIR) | R(FILE_READLINK) | R(FILE_STAT_FGET) | \
	      R(FILE_STAT_GET) | R(POLL_FD_READWRITE))
#define READ_ONLY (TRAVERSE | R(FD_READ) | R(FD_SEEK) | R(FD_TELL) | R(FILE_ADVISE) | R(MEM_MAP))
/* write-only: without FD_SEEK and FD_TELL, so that it suits "append: true". */
#define WRITE_ONLY (R(FD_WRITE) | R(FD_SYNC) | R(FD_DATASYNC) | R(FILE_STAT_FGET) | \
		    R(POLL_FD_READWRITE))
/* read-write: without PROC_EXEC and MEM_MAP_EXEC. */
#define READ_WRITE (READ_ONLY | WRITE_ONLY | R(FD_STAT_PUT_FLAGS) | R(FILE_ALLOCATE) | \
	       R(FILE_CREATE_DIRECTORY) | R(FILE_CREATE_FILE) | R(FILE_LINK_SOURCE) | \
	       R(FILE_LINK_TARGET) | R(FILE_RENAME_SOURCE) | R(FILE_RENAME_TARGET) | \
	       R(FILE_STAT_FPUT_SIZE) | R(FILE_STAT_FPUT_TIMES) | R(FILE_STAT_PUT_TIMES) | \
	       R(FILE_SYMLINK) | R(FILE_UNLINK) | R(SOCK_SHUTDOWN))

static const struct preset {
	const char *name;
	uint64_t rights;
} presets[] = {
	{ "none", 0 },
	{ "all", CLOUDABI_RIGHTS_ALL },
	{ "read-only", READ_ONLY },
	{ "read-write", READ_WRITE },
	{ "write-only", WRITE_ONLY },
	{ "traverse", TRAVERSE },
	{ "execute", R(PROC_EXEC) | R(FILE_OPEN) | R(FD_READ) | R(FILE_STAT_FGET) },
};

static const struct preset names[] = {
#define RIGHT_NAME(bit, name) { #name, CLOUDABI_RIGHT_##name },
	CLOUDABI_RIGHTS(RIGHT_NAME)
};

static const struct preset *find(const struct preset *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(list[i].name, name))
			return &list[i];
	return NULL;
}

/* The sum of a list of rights; see struct rights for @required and @requested. */
struct rights_sum {
	uint64_t rights;
	uint64_t required;
	uint64_t requested;
};

/* Adds the right or the preset that a scalar names, or removes it if it begins with "-". */
static void add_name(const struct node *node, struct rights_sum *sum)
{
	const char *text = yaml_text(node, "a right");
	const bool minus = *text == '-';
	const struct preset *preset, *name;
	uint64_t rights;

	text += minus;
	preset = find(presets, ARRAY_SIZE(presets), text);
	name = find(names, ARRAY_SIZE(names), text);
	if (!preset && !name)
		fail(&node->at, "no right and no preset is called %s", text);
	rights = (preset ?: name)->rights;
	if (minus) {
		sum->rights &= ~rights;
		sum->required &= ~rights;
		sum->requested &= ~rights;
		return;
	}
	sum->rights |= rights;
	sum->required |= name ? rights : 0;
	sum->requested |= name || rights == CLOUDABI_RIGHTS_ALL ? rights : 0;
}

static struct rights_sum read_list(const struct node *node)
{
	struct rights_sum sum = { 0 };

	if (node->kind == NODE_SCALAR)
		add_name(node, &sum);
	else if (node->kind == NODE_MAP)
		fail(&node->at, "rights should be a name or a list");
	else
		for (size_t i = 0; i < node->n; i++)
			add_name(node->items[i], &sum);
	return sum;
}

static struct rights read_map(const struct node *map)
{
	const struct node *const base = yaml_find(map, "base");
	const struct node *const inheriting = yaml_find(map, "inheriting");
	struct rights_sum bases = { 0 }, inheritings = { 0 };

	for (size_t i = 0; i < map->n; i += 2)
		if (map->items[i + 1] != base && map->items[i + 1] != inheriting)
			fail(&map->items[i]->at, "rights are base and inheriting, not %s",
			     map->items[i]->text);
	if (base)
		bases = read_list(base);
	if (inheriting)
		inheritings = read_list(inheriting);
	return (struct rights){
		.base = bases.rights,
		.base_required = bases.required,
		.requested = bases.requested,
		.inheriting = inheritings.rights,
		.inheriting_required = inheritings.required,
	};
}

struct rights rights_read(const struct node *node, const char *preset)
{
	struct rights_sum sum = { 0 };

	if (node && node->kind == NODE_MAP)
		return read_map(node);
	if (node)
		sum = read_list(node);
	else
		sum.rights = find(presets, ARRAY_SIZE(presets), preset)->rights;
	/*
	 * FD_READ of a directory is a right to read the files in it, so it only has to be
	 * possible in one of the two sets.
	 */
	return (struct rights){ .base = sum.rights, .inheriting = sum.rights,
				.either_required = sum.required, .requested = sum.requested };
}

static void print_names(FILE *out, uint64_t rights)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (rights & names[i].rights) {
			fprintf(out, "%s%s", separator, names[i].name);
			separator = "|";
		}
	}
}

/*
 * Returns the preset that equals the rights, else the first one that has only a few more,
 * else NULL.
 */
static const struct preset *find_closest(uint64_t rights)
{
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++)
		if (rights == presets[i].rights)
			return &presets[i];
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++)
		if (!(rights & ~presets[i].rights) &&
		    __builtin_popcountll(rights) > 2 * MAX_MISSING &&
		    __builtin_popcountll(presets[i].rights & ~rights) <= MAX_MISSING)
			return &presets[i];
	return NULL;
}

void rights_print(FILE *out, uint64_t rights)
{
	const struct preset *const preset = find_closest(rights);

	if (!preset) {
		print_names(out, rights);
		return;
	}
	fputs(preset->name, out);
	if (rights != preset->rights)
		fputs(" but ", out);
	print_names(out, preset->rights & ~rights);
}

void rights_help(FILE *out)
{
	fputs("presets:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++)
		fprintf(out, "  %s\n", presets[i].name);
	fputs("rights:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		fprintf(out, "  %s\n", names[i].name);
}
