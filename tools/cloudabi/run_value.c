// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - Encoding of the configuration as argument data
 *
 * A plain scalar without a tag is resolved by the core schema of YAML 1.2: it is null, a
 * bool, an int, a float or a string.  Timestamps and binary data need a tag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#ifndef __user
#define __user
#endif
#include <cloudabi/argdata.h>
#include <cloudabi/names.h>

#include "array_size.h"
#include "reexec.h"
#include "run_value.h"

/* In bytes.  With the default stack limit, proc_exec accepts twice as much. */
#define MAX_DATA REEXEC_MAX_DATA

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

static bool is_null(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return is_one_of(text, words);
}

/* Returns 1 for true, 0 for false, -1 for any other text. */
static int parse_bool(const char *text)
{
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };

	return is_one_of(text, yes) ? 1 : is_one_of(text, no) ? 0 : -1;
}

/* Returns the base that the prefix of an integer tells. */
static int base_of(const char *digits)
{
	if (digits[0] == '0' && digits[1] == 'x')
		return 16;
	return digits[0] == '0' && digits[1] == 'o' ? 8 : 10;
}

/* Returns true for the syntax of an integer.  Only a decimal number may have a sign. */
static bool is_int(const char *text)
{
	const int base = base_of(text);
	const char *const digits = base == 10 ? "0123456789" :
				   base == 8 ? "01234567" : "0123456789abcdefABCDEF";

	text += base != 10 ? 2 : *text == '-' || *text == '+';
	return *text && !text[strspn(text, digits)];
}

static void put_int(struct cloudabi_argdata_writer *w, const struct node *node)
{
	const int base = base_of(node->text);
	const char *const digits = node->text + (base == 10 ? 0 : 2);

	errno = 0;
	if (*digits == '-')
		cloudabi_argdata_put_int(w, strtoll(digits, NULL, base));
	else
		cloudabi_argdata_put_uint(w, strtoull(digits, NULL, base));
	if (errno)
		fail(&node->at, "%s has more than 64 bits", node->text);
}

/* Parses a decimal float, an infinity or a NaN; strtod() alone would take more. */
static bool is_float(const char *text, double *number)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const none[] = { ".nan", ".NaN", ".NAN", NULL };
	const bool sign = *text == '-' || *text == '+';
	char *end;

	if (is_one_of(text, none)) {
		*number = NAN;
		return true;
	}
	if (is_one_of(text + sign, infinite)) {
		*number = *text == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (text[strspn(text, "+-.0123456789eE")] || !text[strcspn(text, "0123456789")])
		return false;
	*number = strtod(text, &end);
	return !*end;
}

/* Parses a number of @min_digits to @max_digits digits whose value is from @min to @max. */
static bool parse_digits(const char **text, int min_digits, int max_digits, int min, int max,
			 int *number)
{
	int n = 0;

	*number = 0;
	for (; n < max_digits && **text >= '0' && **text <= '9'; n++)
		*number = *number * 10 + *(*text)++ - '0';
	return n >= min_digits && *number >= min && *number <= max;
}

static bool skip_char(const char **text, char c)
{
	const bool found = **text == c;

	*text += found;
	return found;
}

/* Parses the digits behind a decimal point of a time, if there are any. */
static void parse_fraction(const char **text, uint32_t *ns)
{
	uint32_t unit = 100000000;

	*ns = 0;
	if (!skip_char(text, '.'))
		return;
	for (; **text >= '0' && **text <= '9'; unit /= 10)
		*ns += (uint32_t)(*(*text)++ - '0') * unit;
}

static bool skip_blanks(const char **text)
{
	const size_t n = strspn(*text, " \t");

	*text += n;
	return n;
}

/* Parses a time zone into seconds east of UTC: "Z", "+1", "-05:30", or nothing for UTC. */
static bool parse_zone(const char **text, int *seconds)
{
	int hours, minutes = 0;
	bool minus;

	*seconds = 0;
	if (!**text)
		return true;
	skip_blanks(text);
	if (skip_char(text, 'Z'))
		return true;
	minus = **text == '-';
	if (!skip_char(text, '+') && !skip_char(text, '-'))
		return false;
	if (!parse_digits(text, 1, 2, 0, 23, &hours))
		return false;
	if (skip_char(text, ':') && !parse_digits(text, 2, 2, 0, 59, &minutes))
		return false;
	*seconds = (hours * 60 + minutes) * (minus ? -60 : 60);
	return true;
}

static bool parse_clock(const char **text, struct tm *tm, uint32_t *ns)
{
	if (!parse_digits(text, 1, 2, 0, 23, &tm->tm_hour) || !skip_char(text, ':') ||
	    !parse_digits(text, 2, 2, 0, 59, &tm->tm_min) || !skip_char(text, ':') ||
	    !parse_digits(text, 2, 2, 0, 59, &tm->tm_sec))
		return false;
	parse_fraction(text, ns);
	return true;
}

/* Parses a date (midnight UTC), or a date, a time and an optional time zone. */
static bool parse_time(const char *text, int64_t *seconds, uint32_t *ns)
{
	const char *const begin = text;
	struct tm tm = { 0 }, same;
	int zone = 0;

	*ns = 0;
	if (!parse_digits(&text, 4, 4, 0, 9999, &tm.tm_year) || !skip_char(&text, '-') ||
	    !parse_digits(&text, 1, 2, 1, 12, &tm.tm_mon) || !skip_char(&text, '-') ||
	    !parse_digits(&text, 1, 2, 1, 31, &tm.tm_mday))
		return false;
	if (!*text && text - begin != (ptrdiff_t)strlen("2001-12-14"))
		return false;
	if (*text) {
		if (!skip_char(&text, 'T') && !skip_char(&text, 't') && !skip_blanks(&text))
			return false;
		if (!parse_clock(&text, &tm, ns) || !parse_zone(&text, &zone))
			return false;
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	same = tm;
	*seconds = timegm(&same) - zone;
	/* timegm() has turned a day that the month lacks into a day of the next month. */
	return !*text && same.tm_mday == tm.tm_mday;
}

static void put_time(struct cloudabi_argdata_writer *w, const struct node *node)
{
	int64_t seconds;
	uint32_t ns;

	if (!parse_time(node->text, &seconds, &ns))
		fail(&node->at, "%s is no time such as 2026-01-31T12:00:00.5Z", node->text);
	cloudabi_argdata_put_time(w, seconds, ns);
}

/* Returns the value of a base 64 digit, or -1. */
static int sextet(char c)
{
	static const char all[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *const found = c ? strchr(all, c) : NULL;

	return found ? (int)(found - all) : -1;
}

/* Decodes base 64, ignoring white space. */
static void put_binary(struct cloudabi_argdata_writer *w, const struct node *node)
{
	unsigned char *const bytes = malloc(node->len + 1);
	size_t n = 0, chars = 0, pads = 0;
	uint32_t bits = 0;
	bool good = true;

	if (!bytes)
		fail(&node->at, "%m");
	for (size_t i = 0; i < node->len; i++) {
		const int six = sextet(node->text[i]);

		if (strchr(" \t\n", node->text[i]) && node->text[i])
			continue;
		good &= node->text[i] == '=' || (six >= 0 && !pads);
		pads += node->text[i] == '=';
		bits = bits << 6 | (six < 0 ? 0 : (uint32_t)six);
		if (++chars % 4)
			continue;
		bytes[n++] = bits >> 16 & 0xff;
		bytes[n++] = bits >> 8 & 0xff;
		bytes[n++] = bits & 0xff;
	}
	if (!good || chars % 4 || pads > 2)
		fail(&node->at, "not base 64");
	cloudabi_argdata_put_binary(w, bytes, n - pads);
	free(bytes);
}

static void put_str(struct cloudabi_argdata_writer *w, const struct node *node)
{
	cloudabi_argdata_put_text(w, node->text, node->len);
}

static void put_float(struct cloudabi_argdata_writer *w, const struct node *node)
{
	double number;

	if (!is_float(node->text, &number))
		fail(&node->at, "%s is no number", node->text);
	cloudabi_argdata_put_float(w, number);
}

static void put_null(struct cloudabi_argdata_writer *w, const struct node *node)
{
	if (!is_null(node->text))
		fail(&node->at, "%s is not null", node->text);
	cloudabi_argdata_put_null(w);
}

static void put_bool(struct cloudabi_argdata_writer *w, const struct node *node)
{
	const int value = parse_bool(node->text);

	if (value < 0)
		fail(&node->at, "%s is neither true nor false", node->text);
	cloudabi_argdata_put_bool(w, value);
}

static void put_tagged_int(struct cloudabi_argdata_writer *w, const struct node *node)
{
	if (!is_int(node->text))
		fail(&node->at, "%s is no integer", node->text);
	put_int(w, node);
}

static const struct {
	const char *tag;
	void (*put)(struct cloudabi_argdata_writer *w, const struct node *node);
} types[] = {
	{ "binary", put_binary }, { "bool", put_bool }, { "float", put_float },
	{ "int", put_tagged_int }, { "null", put_null }, { "str", put_str },
	{ "timestamp", put_time },
};

static void put_tagged(struct cloudabi_argdata_writer *w, const struct node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(node->at.tag, types[i].tag)) {
			types[i].put(w, node);
			return;
		}
	}
	fail(&node->at, "not a type of scalars");
}

static void put_scalar(struct cloudabi_argdata_writer *w, const struct node *node)
{
	double number;

	if (node->at.tag)
		put_tagged(w, node);
	else if (!node->plain || strlen(node->text) != node->len)
		put_str(w, node);
	else if (is_null(node->text))
		cloudabi_argdata_put_null(w);
	else if (parse_bool(node->text) >= 0)
		cloudabi_argdata_put_bool(w, parse_bool(node->text));
	else if (is_int(node->text))
		put_int(w, node);
	else if (is_float(node->text, &number))
		cloudabi_argdata_put_float(w, number);
	else
		put_str(w, node);
}

static void put_node(struct cloudabi_argdata_writer *w, struct node *node, struct grants *grants)
{
	const bool map = node->kind == NODE_MAP;

	if (node->is_grant) {
		cloudabi_argdata_put_fd(w, (cloudabi_fd_t)grant_open(grants, node));
	} else if (node->kind == NODE_SCALAR) {
		put_scalar(w, node);
	} else {
		if (node->at.tag && !yaml_is(node, map ? "map" : "seq"))
			fail(&node->at, "not a type of %s", map ? "maps" : "sequences");
		cloudabi_argdata_open(w, map ? CLOUDABI_ARGDATA_MAP : CLOUDABI_ARGDATA_SEQ);
		/* A few nested aliases can expand to gigabytes: check the size while encoding. */
		for (size_t i = 0; i < node->n && w->used <= MAX_DATA; i++)
			put_node(w, node->items[i], grants);
		cloudabi_argdata_close(w);
	}
	if (w->used > MAX_DATA)
		fail(&node->at, "more than %d bytes of argument data", MAX_DATA);
	if (w->error == CLOUDABI_EILSEQ)
		fail(&node->at, "not a string of UTF-8");
	if (w->error == CLOUDABI_E2BIG)
		fail(&node->at, "more than %d levels", CLOUDABI_ARGDATA_DEPTH);
	if (w->error)
		fail(&node->at, "can't be put into argument data: %s",
		     cloudabi_strerror(w->error));
}

/* An encoded key, and the node that it comes from. */
struct key {
	struct cloudabi_argdata value;
	const struct node *node;
};

static int compare_keys(const void *a, const void *b)
{
	const struct cloudabi_argdata *const x = &((const struct key *)a)->value;
	const struct cloudabi_argdata *const y = &((const struct key *)b)->value;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->data, y->data, x->len);
}

/* For tdestroy(): the keys are an array. */
static void free_nothing(void *key)
{
	(void)key;
}

/* Rejects keys that are equal once encoded, such as 1 and 0x1. */
static void check_keys(const struct node *map, struct cloudabi_argdata value)
{
	struct key *const keys = calloc(map->n / 2 + 1, sizeof(*keys));
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata any;
	void *tree = NULL;

	if (!keys)
		fail(&map->at, "%m");
	if (cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_MAP, &iter))
		return;
	for (size_t i = 0; cloudabi_argdata_next_pair(&iter, &keys[i].value, &any); i++) {
		struct key *const *first;

		keys[i].node = map->items[2 * i];
		first = tsearch(&keys[i], &tree, compare_keys);
		if (!first)
			fail(&map->at, "%m");
		if (*first != &keys[i])
			fail(&keys[i].node->at, "the key %s is in line %zu already",
			     keys[i].node->text, (*first)->node->at.line);
	}
	tdestroy(tree, free_nothing);
	free(keys);
}

/*
 * Checks the keys of all maps in a value.  A grant's map holds its attributes and is not
 * part of the argument data.
 */
static void check_node(const struct node *node, struct cloudabi_argdata value)
{
	const bool map = node->kind == NODE_MAP;
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata item;

	if (node->is_grant || node->kind == NODE_SCALAR)
		return;
	if (map)
		check_keys(node, value);
	if (cloudabi_argdata_iterate(value, map ? CLOUDABI_ARGDATA_MAP : CLOUDABI_ARGDATA_SEQ,
				     &iter))
		return;
	for (size_t i = 0; cloudabi_argdata_next(&iter, &item); i++)
		check_node(node->items[i], item);
}

/* The kernel copies argument data to the new stack, and limits them to a quarter of it. */
static void check_stack(const struct node *node, size_t len)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit))
		fail(&node->at, "%m");
	if (limit.rlim_cur != RLIM_INFINITY && len >= limit.rlim_cur / 4)
		fail(&node->at, "%zu bytes of argument data are too many for a stack of %llu", len,
		     (unsigned long long)limit.rlim_cur);
}

struct value value_make(struct node *node, struct grants *grants)
{
	/* Large enough: an encoded descriptor takes more bytes than a cloudabi_fd_t. */
	static cloudabi_fd_t fds[MAX_DATA / sizeof(cloudabi_fd_t)];
	struct value value = { .data = malloc(MAX_DATA) };
	struct cloudabi_argdata_writer w;

	if (!value.data)
		fail(&node->at, "%m");
	cloudabi_argdata_write(&w, value.data, MAX_DATA, fds, ARRAY_SIZE(fds));
	put_node(&w, node, grants);
	grant_check();
	if (cloudabi_argdata_finish(&w))
		fail(&node->at, "can't be made into argument data: %s",
		     cloudabi_strerror(w.error));
	value.len = w.used;
	check_stack(node, value.len);
	check_node(node, cloudabi_argdata_from(value.data, value.len));
	return value;
}
