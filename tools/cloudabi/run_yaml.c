// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The configuration as a tree
 *
 * The tree is made of libyaml's events and not by its loader, which forgets
 * whether a scalar had the tag of a string or none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "run_yaml.h"

/* How deep nodes can be in each other. */
#define DEPTH 64
/* What a configuration has at most; a person wrote it. */
#define MOST_NODES 65536

#define YAML_TAGS "tag:yaml.org,2002:"
#define OWN_TAGS "tag:nuxi.nl,2015:cloudabi/"

struct anchor {
	struct anchor *next;
	char *name;
	/* NULL as long as the node is not complete. */
	struct node *node;
};

struct loader {
	yaml_parser_t parser;
	yaml_event_t event;
	const char *file;
	struct anchor *anchors;
	size_t nodes;
};

static struct place place_of(const struct loader *l, const yaml_mark_t *mark)
{
	return (struct place){ .file = l->file, .line = mark->line + 1,
			       .column = mark->column + 1 };
}

static void *grown(const struct place *at, void *array, size_t n, size_t size)
{
	void *const bigger = reallocarray(array, n, size);

	if (!bigger)
		fail(at, "%m");
	return bigger;
}

static char *copied(const struct place *at, const char *text, size_t len)
{
	char *const copy = grown(at, NULL, len + 1, 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* libyaml refuses a byte that can't be, a tab that indents, and so on. */
static void next_event(struct loader *l)
{
	yaml_event_delete(&l->event);
	if (!yaml_parser_parse(&l->parser, &l->event)) {
		const struct place at = place_of(l, &l->parser.problem_mark);

		fail(&at, "%s%s%s", l->parser.context ? l->parser.context : "",
		     l->parser.context ? ": " : "",
		     l->parser.problem ? l->parser.problem : "not YAML");
	}
}

/* Splits a tag into whose it is and its name. */
static void set_tag(struct node *node, const yaml_char_t *full)
{
	const char *tag = (const char *)full;

	if (!tag || !strcmp(tag, "!"))
		return;
	if (!strncmp(tag, YAML_TAGS, strlen(YAML_TAGS))) {
		tag += strlen(YAML_TAGS);
	} else if (!strncmp(tag, OWN_TAGS, strlen(OWN_TAGS))) {
		node->own = true;
		tag += strlen(OWN_TAGS);
	} else if (*tag == '!') {
		node->own = true;
		tag++;
	} else {
		fail(&node->at, "nobody knows the tag %s", tag);
	}
	node->at.tag = copied(&node->at, tag, strlen(tag));
}

static struct node *new_node(struct loader *l, enum node_kind kind, const yaml_char_t *tag)
{
	const struct place at = place_of(l, &l->event.start_mark);
	struct node *const node = grown(&at, NULL, 1, sizeof(*node));

	*node = (struct node){ .kind = kind, .at = at, .grant = -1 };
	if (++l->nodes > MOST_NODES)
		fail(&at, "more than %d values", MOST_NODES);
	set_tag(node, tag);
	return node;
}

static struct anchor *new_anchor(struct loader *l, const yaml_char_t *name, const struct place *at)
{
	struct anchor *anchor;

	if (!name)
		return NULL;
	anchor = grown(at, NULL, 1, sizeof(*anchor));
	anchor->name = copied(at, (const char *)name, strlen((const char *)name));
	anchor->node = NULL;
	/* A name can be used again: the last one counts, which is found first. */
	anchor->next = l->anchors;
	l->anchors = anchor;
	return anchor;
}

static struct node *find_anchor(const struct loader *l)
{
	const struct place at = place_of(l, &l->event.start_mark);
	const char *const name = (const char *)l->event.data.alias.anchor;
	const struct anchor *anchor = l->anchors;

	while (anchor && strcmp(anchor->name, name))
		anchor = anchor->next;
	if (!anchor)
		fail(&at, "no anchor before this is called %s", name);
	if (!anchor->node)
		fail(&at, "*%s would be in itself", name);
	return anchor->node;
}

static struct node *load_node(struct loader *l, size_t depth);

static void load_items(struct loader *l, struct node *node, yaml_event_type_t end, size_t depth)
{
	if (depth == DEPTH)
		fail(&node->at, "more than %d levels", DEPTH);
	next_event(l);
	for (; l->event.type != end; next_event(l)) {
		if (!(node->n & (node->n - 1)))
			node->items = grown(&node->at, node->items, node->n ? 2 * node->n : 1,
					    sizeof(*node->items));
		node->items[node->n] = load_node(l, depth + 1);
		node->n++;
	}
}

/*
 * Of two values with one key, readers would not agree which it has.  That 1 and 0x1
 * are one key is seen where they become numbers.
 */
static void check_keys(const struct node *map)
{
	for (size_t i = 0; i < map->n; i += 2) {
		const struct node *const key = map->items[i];

		if (key->kind != NODE_SCALAR || key->own)
			fail(&key->at, "a key should be a word or a number");
		for (size_t j = 0; j < i; j += 2)
			if (key->len == map->items[j]->len &&
			    !memcmp(key->text, map->items[j]->text, key->len))
				fail(&key->at, "the key %s is in line %zu already", key->text,
				     map->items[j]->at.line);
	}
}

static struct node *load_scalar(struct loader *l)
{
	struct node *const node = new_node(l, NODE_SCALAR, l->event.data.scalar.tag);

	node->plain = l->event.data.scalar.plain_implicit;
	node->len = l->event.data.scalar.length;
	node->text = copied(&node->at, (const char *)l->event.data.scalar.value, node->len);
	return node;
}

/* The node that the current event begins; afterwards it is the one that ends it. */
static struct node *load_node(struct loader *l, size_t depth)
{
	struct anchor *anchor;
	struct node *node;

	switch (l->event.type) {
	case YAML_ALIAS_EVENT:
		return find_anchor(l);
	case YAML_SCALAR_EVENT:
		node = load_scalar(l);
		anchor = new_anchor(l, l->event.data.scalar.anchor, &node->at);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node = new_node(l, NODE_SEQ, l->event.data.sequence_start.tag);
		anchor = new_anchor(l, l->event.data.sequence_start.anchor, &node->at);
		load_items(l, node, YAML_SEQUENCE_END_EVENT, depth);
		break;
	default:
		node = new_node(l, NODE_MAP, l->event.data.mapping_start.tag);
		anchor = new_anchor(l, l->event.data.mapping_start.anchor, &node->at);
		load_items(l, node, YAML_MAPPING_END_EVENT, depth);
		check_keys(node);
	}
	if (anchor)
		anchor->node = node;
	return node;
}

/* The document that comes next, or NULL. */
static struct node *load_document(struct loader *l)
{
	struct node *node;

	next_event(l);
	if (l->event.type != YAML_DOCUMENT_START_EVENT)
		return NULL;
	l->anchors = NULL;
	next_event(l);
	node = load_node(l, 0);
	next_event(l);
	return node;
}

static int read_some(void *arg, unsigned char *buf, size_t size, size_t *got)
{
	const int *const fd = arg;
	const ssize_t n = TEMP_FAILURE_RETRY(read(*fd, buf, size));

	*got = n < 0 ? 0 : (size_t)n;
	return n >= 0;
}

void yaml_load(const char *name, int fd, struct config *config)
{
	struct loader l = { .file = name };
	const struct node *third;

	if (!yaml_parser_initialize(&l.parser))
		fail(NULL, "%s: %m", name);
	yaml_parser_set_input(&l.parser, read_some, &fd);
	next_event(&l);
	config->value = load_document(&l);
	if (!config->value)
		fail(NULL, "%s: no configuration", name);
	config->settings = load_document(&l);
	third = config->settings ? load_document(&l) : NULL;
	if (third)
		fail(&third->at, "a third document, after what it gets and how it runs");
	yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
}

struct node *yaml_find(const struct node *map, const char *key)
{
	for (size_t i = 0; i < map->n; i += 2)
		if (map->items[i]->kind == NODE_SCALAR && !strcmp(map->items[i]->text, key))
			return map->items[i + 1];
	return NULL;
}

const char *yaml_text(const struct node *node, const char *what)
{
	if (node->kind != NODE_SCALAR || node->own || !node->len)
		fail(&node->at, "%s should be a word", what);
	if (strlen(node->text) != node->len)
		fail(&node->at, "%s has a zero byte in it", what);
	return node->text;
}

bool yaml_is(const struct node *node, const char *type)
{
	return !node->own && node->at.tag && !strcmp(node->at.tag, type);
}
