/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Heads of requests
 */
#ifndef HTTPD_REQUEST_H
#define HTTPD_REQUEST_H

#include "text.h"

/* As long as a head may be, with the lines in front of it and the one behind. */
#define REQUEST_MAX 8192
#define REQUEST_MAX_FIELDS 64
/* The longest path that Linux takes. */
#define REQUEST_MAX_PATH 4095

/**
 * struct request - What a request asks for
 * @head: whether for no more than the head of the answer
 * @chunks: whether the client understands an answer in chunks
 * @keep: whether the connection stays open behind it
 * @path: the file; there is room behind it
 * @path_len: length of @path
 * @if_match: the fields of these names, each without @p if there is none
 * @if_none_match: likewise
 * @if_modified_since: likewise
 * @if_unmodified_since: likewise
 * @if_range: likewise
 * @range: likewise
 */
struct request {
	bool head;
	bool chunks;
	bool keep;
	char path[REQUEST_MAX_PATH + 1];
	size_t path_len;
	struct span if_match;
	struct span if_none_match;
	struct span if_modified_since;
	struct span if_unmodified_since;
	struct span if_range;
	struct span range;
};

size_t request_blank(const char *buf, size_t len);
size_t request_end(const char *buf, size_t len, size_t seen);
int request_overlong(const char *buf, size_t len);
int request_parse(struct request *request, const char *buf, size_t len);

#endif /* HTTPD_REQUEST_H */
