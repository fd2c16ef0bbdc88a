// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Some names of a directory, in their order
 *
 * Which is that of their bytes.  A directory can have more names than there is
 * memory for, so only the first few of them behind a given one are kept, and who
 * wants all of them goes through the directory again.
 */
#include "names.h"

static int compare(struct span a, struct span b)
{
	const int difference = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

	if (difference)
		return difference;
	return a.len < b.len ? -1 : a.len > b.len;
}

void name_set(struct name *name, struct span s)
{
	name->len = (unsigned char)(s.len < NAME_LONGEST ? s.len : NAME_LONGEST);
	memcpy(name->bytes, s.p, name->len);
}

/* How many of them are in front of a name. */
static size_t place_of(const struct names *names, struct span s)
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
 * names_add - Keep a name if it is one of the first
 * @names: those that are kept so far
 * @after: the name behind which they are
 * @s: the name
 */
void names_add(struct names *names, const struct name *after, struct span s)
{
	const bool full = names->n == NAMES_MAX;
	unsigned char slot;
	size_t place;

	if (s.len > NAME_LONGEST || compare(s, name_span(after)) <= 0)
		return;
	place = place_of(names, s);
	if (place == NAMES_MAX)
		return;
	/* The last one has to make room. */
	slot = full ? names->order[NAMES_MAX - 1] : (unsigned char)names->n++;
	memmove(&names->order[place + 1], &names->order[place], names->n - place - 1);
	names->order[place] = slot;
	name_set(&names->at[slot], s);
}
