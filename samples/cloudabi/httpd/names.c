// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - A sorted list of some names of a directory
 *
 * Names are sorted by their bytes.  A directory can have more names than fit into
 * memory, so this keeps only the first NAMES_MAX names that follow a given one.  Another pass
 * through the directory finds those that follow the last of these.
 */
#include "names.h"

static int compare(struct span a, struct span b)
{
	const int difference = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	if (difference)
		return difference;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Copies @s to @name, and cuts it to NAME_LONGEST bytes. */
void name_set(struct name *name, struct span s)
{
	name->len = (unsigned char)(s.len < NAME_LONGEST ? s.len : NAME_LONGEST);
	memcpy(name->bytes, s.p, name->len);
}

/* Returns the number of names that precede @s, by binary search. */
static size_t find_index(const struct names *names, struct span s)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (compare(name_span(names_get(names, middle)), s) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * names_add() - Add a name if it is among the first NAMES_MAX that follow @after
 * @names: the list
 * @after: the name that all names of the list follow
 * @s: the name; ignored if it is longer than NAME_LONGEST
 */
void names_add(struct names *names, const struct name *after, struct span s)
{
	const bool full = names->n == NAMES_MAX;
	unsigned char slot;
	size_t index;

	if (s.len > NAME_LONGEST || compare(s, name_span(after)) <= 0)
		return;
	index = find_index(names, s);
	if (index == NAMES_MAX)
		return;
	/* A full list loses its last name. */
	slot = full ? names->order[NAMES_MAX - 1] : (unsigned char)names->n++;
	memmove(&names->order[index + 1], &names->order[index], names->n - index - 1);
	names->order[index] = slot;
	name_set(&names->at[slot], s);
}
