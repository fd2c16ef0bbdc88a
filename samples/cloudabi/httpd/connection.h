/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Connections, each a machine that never waits
 */
#ifndef HTTPD_CONNECTION_H
#define HTTPD_CONNECTION_H

#include <cloudabi.h>

#include "listing.h"
#include "part.h"
#include "request.h"
#include "site.h"

/* Room for any head of an answer, and for a part of a listing. */
#define CONNECTION_OUT LISTING_ROOM
/* What of a file is read and sent at once. */
#define CONNECTION_BUFFER 65536

enum connection_state {
	/* Nobody's. */
	CONNECTION_FREE,
	CONNECTION_READING,
	CONNECTION_WRITING,
	/* All is said; waits for the client to hang up. */
	CONNECTION_ENDING,
};

enum connection_body {
	BODY_NONE,
	BODY_FILE,
	/* Several ranges of it. */
	BODY_PARTS,
	BODY_LISTING,
};

/**
 * struct connection - A connection
 * @fd: its socket
 * @state: what it is about
 * @wants_write: whether it waits for room, rather than for data
 * @idle: when it ends unless something happens
 * @latest: when it ends, whatever happens
 * @requests: how many there were
 * @keep: whether another may follow
 * @body: what comes behind @out
 * @file: the file or directory that is sent
 * @offset: where in the file
 * @left: how much is left to send from there
 * @parts: the ranges
 * @next_part: which of them comes next; the number of them is for their end
 * @listing: where in the directory
 * @chunked: whether the listing is in chunks
 * @request: what is being answered
 * @request_len: length of its head in @in
 * @in_len: length of what is in @in
 * @seen: how much of it is known not to end a head
 * @out_pos: where in @out
 * @out_len: length of what is in @out
 * @in: what came
 * @out: what goes
 */
struct connection {
	cloudabi_fd_t fd;
	enum connection_state state;
	bool wants_write;
	cloudabi_timestamp_t idle;
	cloudabi_timestamp_t latest;
	unsigned int requests;
	bool keep;
	enum connection_body body;
	cloudabi_fd_t file;
	uint64_t offset;
	uint64_t left;
	struct parts parts;
	size_t next_part;
	struct listing listing;
	bool chunked;
	struct request request;
	size_t request_len;
	size_t in_len;
	size_t seen;
	size_t out_pos;
	size_t out_len;
	char in[REQUEST_MAX];
	char out[CONNECTION_OUT];
};

/**
 * struct serving - What connections are served with
 * @site: the directory
 * @name: name of the server, or NULL
 * @patience: for a request to come as a whole, or for a client to take a single byte
 * @now: what time it is, by the monotonic clock
 * @ending: whether connections end with the request that they are at; set by
 *          another thread
 * @crowded: whether there is no place for another connection
 * @buffer: room for a part of a file or for names, of CONNECTION_BUFFER
 */
struct serving {
	const struct site *site;
	const char *name;
	cloudabi_timestamp_t patience;
	cloudabi_timestamp_t now;
	bool ending;
	bool crowded;
	char *buffer;
};

bool connection_start(struct connection *c, cloudabi_fd_t fd, const struct serving *serving);
bool connection_run(struct connection *c, const struct serving *serving);
void connection_expect(struct connection *c, const struct serving *serving,
		       cloudabi_timestamp_t latest);
bool connection_expire(struct connection *c, const struct serving *serving);
cloudabi_timestamp_t connection_deadline(const struct connection *c,
					 const struct serving *serving);
void connection_stop(struct connection *c);

#endif /* HTTPD_CONNECTION_H */
