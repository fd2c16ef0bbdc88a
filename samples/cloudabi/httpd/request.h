/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Parser of requests
 */
#ifndef HTTPD_REQUEST_H
#define HTTPD_REQUEST_H

#include "text.h"

/* Limit of a head in bytes, including empty lines before it and the one at its end. */
#define REQUEST_MAX 8192
#define REQUEST_MAX_FIELDS 64
/* PATH_MAX of Linux without its NUL. */
#define REQUEST_MAX_PATH 4095

/**
 * struct request - A request
 * @head: whether the method is HEAD, else GET
 * @chunks: whether the client understands chunked responses (HTTP/1.1)
 * @keep: whether the connection may stay open
 * @path: decoded path of the file, relative to the site; without a NUL
 * @path_len: length of @path in bytes
 * @if_match: value of the field; its @p is NULL if the field is missing
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
