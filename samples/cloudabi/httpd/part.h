/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Bodies of several ranges (multipart/byteranges)
 */
#ifndef HTTPD_PART_H
#define HTTPD_PART_H

#include "range.h"

/**
 * struct parts - Ranges of a file
 * @ranges: the ranges
 * @size: size of the file in bytes
 * @type: content type of the file
 * @boundary: random number that separates the parts
 */
struct parts {
	struct ranges ranges;
	uint64_t size;
	const char *type;
	uint64_t boundary;
};

void parts_write_range(struct text *text, const struct parts *parts, size_t i);
void parts_write_type(struct text *text, const struct parts *parts);
void parts_write_head(struct text *text, const struct parts *parts, size_t i);
uint64_t parts_length(const struct parts *parts);

#endif /* HTTPD_PART_H */
