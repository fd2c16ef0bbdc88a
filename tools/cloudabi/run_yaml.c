// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The configuration as a tree of nodes
 *
 * This builds the tree from libyaml's events.  libyaml's document API would do so too, but
 * it gives an untagged scalar the tag "str", which loses the difference between a
 * plain scalar and a string.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "run_yaml.h"

/* Limit of nesting; it bounds the recursion of load_node(). */
#define MAX_DEPTH 64
/* Limits of the number of nodes and of the size of the file in bytes. */
#define MAX_NODES (1 << 18)
#define MAX_TEXT (16 << 20)

#define YAML_TAGS "tag:yaml.org,2002:"
#define CLOUDABI_TAGS "tag:nuxi.nl,2015:cloudabi/"

struct anchor {
	char *name;
	/* NULL until the node is complete, so that an alias inside it is an error. */
	struct node *node;
};

/**
 * struct loader - The state of yaml_load()
 * @parser: libyaml's parser, the source of events
 * @scanner: a second parser on the same text, the source of tokens; it follows @parser
 * @event: the current event
 * @file: name of the file
 * @text: content of the file
 * @len: length of @text in bytes
 * @anchors: anchors of the current document: a tsearch() tree of struct anchor, by name
 * @nodes: number of nodes created so far
 */
struct loader {
	yaml_parser_t parser;
	yaml_parser_t scanner;
	yaml_event_t event;
	const char *file;
	unsigned char *text;
	size_t len;
	void *anchors;
	size_t nodes;
};

static struct mark mark_of(const struct loader *l, const yaml_mark_t *mark)
{
	return (struct mark){ .file = l->file, .line = mark->line + 1,
			       .column = mark->column + 1 };
}

static void *grow_array(const struct mark *at, void *array, size_t n, size_t size)
{
	void *const bigger = reallocarray(array, n, size);

	if (!bigger)
		fail(at, "%m");
	return bigger;
}

static char *copy_string(const struct mark *at, const char *text, size_t len)
{
	char *const copy = grow_array(at, NULL, len + 1, 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/*
 * Decodes one character of the text in its encoding and returns its length in bytes.  The
 * value of a character outside the BMP is not exact; callers only look for line breaks.
 */
static size_t read_char(const struct loader *l, size_t at, uint32_t *c)
{
	const unsigned char *const p = l->text + at;
	const size_t left = l->len - at;
	size_t n;

	if (l->parser.encoding != YAML_UTF8_ENCODING) {
		const bool big = l->parser.encoding == YAML_UTF16BE_ENCODING;

		*c = left < 2 ? 0 : (uint32_t)(p[big ? 0 : 1] << 8 | p[big ? 1 : 0]);
		return *c >> 10 == 0xd800 >> 10 ? 4 : 2;
	}
	n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	*c = n == 1 ? *p : n == 2 ? *p & 0x1f : *p & 0xf;
	for (size_t i = 1; i < n && i < left; i++)
		*c = *c << 6 | (p[i] & 0x3f);
	return n;
}

static bool is_break(uint32_t c)
{
	return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Converts a byte offset to line and column: libyaml gives no mark with a reader error. */
static struct mark mark_of_byte(const struct loader *l, size_t offset)
{
	struct mark at = { .file = l->file, .line = 1, .column = 1 };
	uint32_t c, before = 0;

	for (size_t i = 0, n; i < l->len; i += n, before = c) {
		n = read_char(l, i, &c);
		if (i + n > offset)
			break;
		/* CR LF is one line break.  A byte order mark takes no column. */
		if ((c == '\n' && before == '\r') || (c == 0xfeff && !i))
			continue;
		at.line += is_break(c);
		at.column = is_break(c) ? 1 : at.column + 1;
	}
	return at;
}

/* Reports libyaml's error: an invalid byte, a tab used for indentation, and so on. */
static void __attribute__((__noreturn__)) fail_parse(const struct loader *l)
{
	const yaml_parser_t *const p = &l->parser;
	const struct mark at = p->error == YAML_READER_ERROR ?
				mark_of_byte(l, p->problem_offset) :
				mark_of(l, &p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR || !p->problem)
		fail(NULL, "%s: %s", l->file, strerror(ENOMEM));
	fail(&at, "%s%s%s", p->context ? p->context : "", p->context ? ": " : "", p->problem);
}

static void next_event(struct loader *l)
{
	yaml_event_delete(&l->event);
	if (!yaml_parser_parse(&l->parser, &l->event))
		fail_parse(l);
}

static bool is_string_tag(const yaml_token_t *token)
{
	return token->type == YAML_TAG_TOKEN && !*token->data.tag.handle &&
	       !strcmp((const char *)token->data.tag.suffix, "!");
}

/*
 * Returns true if the current scalar has the non-specific tag "!", which makes it a string.
 * The parser's event does not show this tag, only the scanner's tokens do: so the scanner
 * is advanced to the token of the current scalar.
 */
static bool has_string_tag(struct loader *l)
{
	bool tagged = false, found = false;
	yaml_token_t token;

	while (!found && yaml_parser_scan(&l->scanner, &token)) {
		const yaml_token_type_t type = token.type;

		found = type == YAML_STREAM_END_TOKEN ||
			(type == YAML_SCALAR_TOKEN &&
			 token.end_mark.index >= l->event.end_mark.index);
		tagged = is_string_tag(&token) ||
			 (tagged && (found || type == YAML_ANCHOR_TOKEN));
		yaml_token_delete(&token);
	}
	return tagged;
}

/* Strips the prefix of a tag and notes which of the two sets of tags it belongs to. */
static void set_tag(struct node *node, const yaml_char_t *full)
{
	const char *tag = (const char *)full;

	if (!tag || !strcmp(tag, "!"))
		return;
	if (!strncmp(tag, YAML_TAGS, strlen(YAML_TAGS))) {
		tag += strlen(YAML_TAGS);
	} else if (!strncmp(tag, CLOUDABI_TAGS, strlen(CLOUDABI_TAGS))) {
		node->is_grant = true;
		tag += strlen(CLOUDABI_TAGS);
	} else if (*tag == '!') {
		node->is_grant = true;
		tag++;
	} else {
		fail(&node->at, "unknown tag %s", tag);
	}
	node->at.tag = copy_string(&node->at, tag, strlen(tag));
}

static struct node *new_node(struct loader *l, enum node_kind kind, const yaml_char_t *tag)
{
	const struct mark at = mark_of(l, &l->event.start_mark);
	struct node *const node = grow_array(&at, NULL, 1, sizeof(*node));

	*node = (struct node){ .kind = kind, .at = at, .grant = -1 };
	if (++l->nodes > MAX_NODES)
		fail(&at, "more than %d values", MAX_NODES);
	set_tag(node, tag);
	return node;
}

static int compare_anchors(const void *a, const void *b)
{
	return strcmp(((const struct anchor *)a)->name, ((const struct anchor *)b)->name);
}

static struct anchor *new_anchor(struct loader *l, const yaml_char_t *name, const struct mark *at)
{
	struct anchor *anchor, **slot;

	if (!name)
		return NULL;
	anchor = grow_array(at, NULL, 1, sizeof(*anchor));
	anchor->name = copy_string(at, (const char *)name, strlen((const char *)name));
	anchor->node = NULL;
	slot = tsearch(anchor, &l->anchors, compare_anchors);
	if (!slot)
		fail(at, "%m");
	/* An anchor may be redefined: later aliases refer to the last definition. */
	*slot = anchor;
	return anchor;
}

static struct node *find_anchor(const struct loader *l)
{
	const struct mark at = mark_of(l, &l->event.start_mark);
	const struct anchor key = { .name = (char *)l->event.data.alias.anchor };
	struct anchor *const *const slot = tfind(&key, &l->anchors, compare_anchors);

	if (!slot)
		fail(&at, "no anchor before this is called %s", key.name);
	if (!(*slot)->node)
		fail(&at, "*%s would contain itself", key.name);
	return (*slot)->node;
}

static struct node *load_node(struct loader *l, size_t depth);

static void load_items(struct loader *l, struct node *node, yaml_event_type_t end, size_t depth)
{
	if (depth == MAX_DEPTH)
		fail(&node->at, "more than %d levels", MAX_DEPTH);
	next_event(l);
	for (; l->event.type != end; next_event(l)) {
		if (!(node->n & (node->n - 1)))
			node->items = grow_array(&node->at, node->items, node->n ? 2 * node->n : 1,
						 sizeof(*node->items));
		node->items[node->n] = load_node(l, depth + 1);
		node->n++;
	}
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *const x = a, *const y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->text, y->text, x->len);
}

/* For tdestroy(): the nodes stay. */
static void free_nothing(void *node)
{
	(void)node;
}

/*
 * Rejects duplicate keys: two readers could use different ones of the values.  This
 * compares text; keys that are the same number (1 and 0x1) are found when they are
 * encoded.
 */
static void check_keys(const struct node *map)
{
	void *keys = NULL;

	for (size_t i = 0; i < map->n; i += 2) {
		const struct node *const key = map->items[i];
		struct node *const *first;

		if (key->kind != NODE_SCALAR || key->is_grant)
			fail(&key->at, "a key should be a scalar");
		first = tsearch(key, &keys, compare_keys);
		if (!first)
			fail(&key->at, "%m");
		if (*first != key)
			fail(&key->at, "the key %s is in line %zu already", key->text,
			     (*first)->at.line);
	}
	tdestroy(keys, free_nothing);
}

static struct node *load_scalar(struct loader *l)
{
	struct node *const node = new_node(l, NODE_SCALAR, l->event.data.scalar.tag);

	node->len = l->event.data.scalar.length;
	node->plain = l->event.data.scalar.plain_implicit && !l->event.data.scalar.tag &&
		      l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		      !(node->len && has_string_tag(l));
	node->text = copy_string(&node->at, (const char *)l->event.data.scalar.value, node->len);
	return node;
}

/*
 * Builds the node that starts with the current event.  On return, the current event is the
 * last one of the node.
 */
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

/* Returns the root node of the next document, or NULL at the end of the stream. */
static struct node *load_document(struct loader *l)
{
	struct node *node;

	next_event(l);
	if (l->event.type != YAML_DOCUMENT_START_EVENT)
		return NULL;
	next_event(l);
	node = load_node(l, 0);
	next_event(l);
	tdestroy(l->anchors, free_nothing);
	l->anchors = NULL;
	return node;
}

static void read_text(struct loader *l, int fd)
{
	ssize_t part;

	l->text = grow_array(NULL, NULL, MAX_TEXT + 1, 1);
	do {
		part = TEMP_FAILURE_RETRY(read(fd, l->text + l->len, MAX_TEXT + 1 - l->len));
		if (part < 0)
			fail(NULL, "%s: %m", l->file);
		l->len += (size_t)part;
	} while (part && l->len <= MAX_TEXT);
	if (l->len > MAX_TEXT)
		fail(NULL, "%s: more than %d bytes", l->file, MAX_TEXT);
}

static void init_parser(const struct loader *l, yaml_parser_t *parser)
{
	if (!yaml_parser_initialize(parser))
		fail(NULL, "%s: %m", l->file);
	yaml_parser_set_input_string(parser, l->text, l->len);
}

void yaml_load(const char *name, int fd, struct config *config)
{
	struct loader l = { .file = name };
	const struct node *third;

	read_text(&l, fd);
	init_parser(&l, &l.parser);
	init_parser(&l, &l.scanner);
	next_event(&l);
	config->value = load_document(&l);
	if (!config->value)
		fail(NULL, "%s: no configuration", name);
	config->settings = load_document(&l);
	third = config->settings ? load_document(&l) : NULL;
	if (third)
		fail(&third->at, "more than two documents");
	yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
	yaml_parser_delete(&l.scanner);
	free(l.text);
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
	if (node->kind != NODE_SCALAR || node->is_grant || !node->len)
		fail(&node->at, "%s should be a scalar", what);
	if (strlen(node->text) != node->len)
		fail(&node->at, "%s has a zero byte in it", what);
	return node->text;
}

bool yaml_is(const struct node *node, const char *type)
{
	return !node->is_grant && node->at.tag && !strcmp(node->at.tag, type);
}
