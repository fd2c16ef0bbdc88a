/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Ranges of a file
 */
#ifndef HTTPD_RANGE_H
#define HTTPD_RANGE_H

#include "text.h"

/* A request for more ranges gets the whole file. */
#define RANGES_MAX 16

/**
 * struct range - A range of a file
 * @first: offset of its first byte
 * @length: its length in bytes, not zero
 */
struct range {
	uint64_t first;
	uint64_t length;
};

/**
 * struct ranges - The ranges that a request asks for
 * @n: number of ranges; zero stands for the whole file
 * @at: the ranges, in the order of the request
 */
struct ranges {
	size_t n;
	struct range at[RANGES_MAX];
};

int ranges_parse(struct ranges *ranges, struct span field, uint64_t size);

#endif /* HTTPD_RANGE_H */
