/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Conditional requests, ranges, and heads of responses
 */
#ifndef HTTPD_ANSWER_H
#define HTTPD_ANSWER_H

#include "part.h"
#include "request.h"

/**
 * struct resource - The attributes of a file that a response depends on
 * @inode: number of its inode
 * @size: size in bytes
 * @mtime: time of the last modification, in nanoseconds since 1970
 */
struct resource {
	uint64_t inode;
	uint64_t size;
	uint64_t mtime;
};

/**
 * struct answer - A response without its body
 * @status: HTTP status
 * @now: current time, in seconds since 1970
 * @keep: whether the connection stays open
 * @chunked: whether the body is sent in chunks
 * @sized: whether @length is known
 * @parts: the ranges of @resource to send, and a boundary in any case
 * @length: length of the body in bytes
 * @type: content type, or NULL if there is no body
 * @server: name of the server, or NULL
 * @resource: the file, or NULL
 * @location: path to redirect to; its @p is NULL if there is none
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
