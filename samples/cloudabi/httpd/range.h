/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Ranges of a file
 */
#ifndef HTTPD_RANGE_H
#define HTTPD_RANGE_H

#include "text.h"

/* Who wants more of them gets all of the file. */
#define RANGES_MAX 16

/**
 * struct range - A part of a file
 * @first: where it starts
 * @length: its length, not zero
 */
struct range {
	uint64_t first;
	uint64_t length;
};

/**
 * struct ranges - What is asked for of a file
 * @n: how many ranges; none is all of it
 * @at: the ranges, in the order in which they were asked for
 */
struct ranges {
	size_t n;
	struct range at[RANGES_MAX];
};

int ranges_parse(struct ranges *ranges, struct span field, uint64_t size);

#endif /* HTTPD_RANGE_H */
