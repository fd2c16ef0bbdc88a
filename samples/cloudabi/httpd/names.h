/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Some names of a directory, in their order
 */
#ifndef HTTPD_NAMES_H
#define HTTPD_NAMES_H

#include "text.h"

#define NAMES_MAX 128
/* The longest that Linux has. */
#define NAME_LONGEST 255

/**
 * struct name - A name
 * @len: its length
 * @bytes: the name
 */
struct name {
	unsigned char len;
	char bytes[NAME_LONGEST];
};

/**
 * struct names - The first names behind another one
 * @n: how many there are
 * @order: where each is in @at
 * @at: the names, as they came
 */
struct names {
	size_t n;
	unsigned char order[NAMES_MAX];
	struct name at[NAMES_MAX];
};

static inline struct span name_span(const struct name *name)
{
	return (struct span){ name->bytes, name->len };
}

static inline const struct name *names_get(const struct names *names, size_t i)
{
	return &names->at[names->order[i]];
}

void name_set(struct name *name, struct span s);
void names_add(struct names *names, const struct name *after, struct span s);

#endif /* HTTPD_NAMES_H */
