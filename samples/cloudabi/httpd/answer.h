/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - What is answered: conditions, ranges, and heads
 */
#ifndef HTTPD_ANSWER_H
#define HTTPD_ANSWER_H

#include "part.h"
#include "request.h"

/**
 * struct resource - A file as far as answers depend on it
 * @inode: its number
 * @size: its size in bytes
 * @mtime: when it was last written, in nanoseconds since 1970
 */
struct resource {
	uint64_t inode;
	uint64_t size;
	uint64_t mtime;
};

/**
 * struct answer - An answer without its body
 * @status: its status
 * @now: what time it is, in seconds since 1970
 * @keep: whether the connection stays open
 * @chunked: whether the body comes in chunks
 * @sized: whether @length is known
 * @parts: what of the resource the body is, and a boundary in any case
 * @length: length of the body
 * @type: content type, or NULL if there is no body
 * @server: name of the server, or NULL
 * @resource: the file, or NULL
 * @location: path to go to instead, or without @p
 */
struct answer {
	int status;
	uint64_t now;
	bool keep;
	bool chunked;
	bool sized;
	struct parts parts;
	uint64_t length;
	const char *type;
	const char *server;
	const struct resource *resource;
	struct span location;
};

const char *answer_reason(int status);
void answer_choose(struct answer *answer, const struct request *request,
		   const struct resource *resource);
void answer_write(struct text *text, const struct answer *answer);
void answer_tag(struct text *text, const struct resource *resource);

#endif /* HTTPD_ANSWER_H */
