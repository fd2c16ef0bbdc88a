// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Rights by name
 */
#include <string.h>
#include <strings.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>

#include "run_rights.h"

#define R(name) CLOUDABI_RIGHT_##name
/* As many as that are told of by what is missing. */
#define FEW 3

/* To look at names and at what is known of files. */
#define LOOK (R(FILE_OPEN) | R(FILE_READDIR) | R(FILE_READLINK) | R(FILE_STAT_FGET) | \
	      R(FILE_STAT_GET) | R(POLL_FD_READWRITE))
#define READ (LOOK | R(FD_READ) | R(FD_SEEK) | R(FD_TELL) | R(FILE_ADVISE) | R(MEM_MAP))
/* Without positions: with "append: true" only the end of a file can be written. */
#define WRITE_ONLY (R(FD_WRITE) | R(FD_SYNC) | R(FD_DATASYNC) | R(FILE_STAT_FGET) | \
		    R(POLL_FD_READWRITE))
/* Not what makes a program of a file. */
#define WRITE (READ | WRITE_ONLY | R(FD_STAT_PUT_FLAGS) | R(FILE_ALLOCATE) | \
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
	{ "read-only", READ },
	{ "read-write", WRITE },
	{ "write-only", WRITE_ONLY },
	{ "traverse", LOOK },
	{ "execute", R(PROC_EXEC) | R(FILE_OPEN) | R(FD_READ) | R(FILE_STAT_FGET) },
};

static const struct preset names[] = {
#define RIGHT_NAME(bit, name) { #name, CLOUDABI_RIGHT_##name },
	CLOUDABI_RIGHTS(RIGHT_NAME)
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct preset *find(const struct preset *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(list[i].name, name))
			return &list[i];
	return NULL;
}

/* What words come to: rights, those that have to be there, those that are asked for. */
struct sum {
	uint64_t rights;
	uint64_t must;
	uint64_t asked;
};

/* Adds what a word stands for, or takes it away. */
static void read_word(const struct node *node, struct sum *sum)
{
	const char *word = yaml_text(node, "a right");
	const bool minus = *word == '-';
	const struct preset *preset, *name;
	uint64_t rights;

	word += minus;
	preset = find(presets, COUNT(presets), word);
	name = find(names, COUNT(names), word);
	if (!preset && !name)
		fail(&node->at, "no right and no preset is called %s", word);
	rights = (preset ?: name)->rights;
	if (minus) {
		sum->rights &= ~rights;
		sum->must &= ~rights;
		sum->asked &= ~rights;
		return;
	}
	sum->rights |= rights;
	sum->must |= name ? rights : 0;
	sum->asked |= name || rights == CLOUDABI_RIGHTS_ALL ? rights : 0;
}

static struct sum read_words(const struct node *node)
{
	struct sum sum = { 0 };

	if (node->kind == NODE_SCALAR)
		read_word(node, &sum);
	else if (node->kind == NODE_MAP)
		fail(&node->at, "rights should be a word or a list");
	else
		for (size_t i = 0; i < node->n; i++)
			read_word(node->items[i], &sum);
	return sum;
}

static struct rights read_map(const struct node *map)
{
	const struct node *const base = yaml_find(map, "base");
	const struct node *const inheriting = yaml_find(map, "inheriting");
	struct sum bases = { 0 }, inheritings = { 0 };

	for (size_t i = 0; i < map->n; i += 2)
		if (map->items[i + 1] != base && map->items[i + 1] != inheriting)
			fail(&map->items[i]->at, "rights are base and inheriting, not %s",
			     map->items[i]->text);
	if (base)
		bases = read_words(base);
	if (inheriting)
		inheritings = read_words(inheriting);
	return (struct rights){
		.base = bases.rights, .base_required = bases.must, .asked = bases.asked,
		.inheriting = inheritings.rights, .inheriting_required = inheritings.must,
	};
}

struct rights rights_read(const struct node *node, const char *preset)
{
	struct sum sum = { 0 };

	if (node && node->kind == NODE_MAP)
		return read_map(node);
	if (node)
		sum = read_words(node);
	else
		sum.rights = find(presets, COUNT(presets), preset)->rights;
	/* A right to read is one of the files in a directory, not of the directory. */
	return (struct rights){ .base = sum.rights, .inheriting = sum.rights,
				.either_required = sum.must, .asked = sum.asked };
}

static void print_names(FILE *out, uint64_t rights)
{
	const char *separator = "";

	for (size_t i = 0; i < COUNT(names); i++) {
		if (rights & names[i].rights) {
			fprintf(out, "%s%s", separator, names[i].name);
			separator = "|";
		}
	}
}

/* The preset that these rights are, or are but for a few; NULL if there is none. */
static const struct preset *find_near(uint64_t rights)
{
	for (size_t i = 0; i < COUNT(presets); i++)
		if (rights == presets[i].rights)
			return &presets[i];
	for (size_t i = 0; i < COUNT(presets); i++)
		if (!(rights & ~presets[i].rights) && __builtin_popcountll(rights) > 2 * FEW &&
		    __builtin_popcountll(presets[i].rights & ~rights) <= FEW)
			return &presets[i];
	return NULL;
}

void rights_print(FILE *out, uint64_t rights)
{
	const struct preset *const preset = find_near(rights);

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
	for (size_t i = 0; i < COUNT(presets); i++)
		fprintf(out, "  %s\n", presets[i].name);
	fputs("rights:\n", out);
	for (size_t i = 0; i < COUNT(names); i++)
		fprintf(out, "  %s\n", names[i].name);
}
