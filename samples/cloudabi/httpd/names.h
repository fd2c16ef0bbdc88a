/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - A sorted list of some names of a directory
 */
#ifndef HTTPD_NAMES_H
#define HTTPD_NAMES_H

#include "text.h"

#define NAMES_MAX 128
/* NAME_MAX of Linux. */
#define NAME_LONGEST 255

/**
 * struct name - A file name
 * @len: its length in bytes
 * @bytes: the name, without a NUL
 */
struct name {
	unsigned char len;
	char bytes[NAME_LONGEST];
};

/**
 * struct names - The first names that follow a given one
 * @n: number of names
 * @order: indices of @at in the order of the names
 * @at: the names, in the order in which they were added
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
