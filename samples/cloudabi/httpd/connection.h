/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Connections, each a state machine that never blocks
 */
#ifndef HTTPD_CONNECTION_H
#define HTTPD_CONNECTION_H

#include <cloudabi.h>

#include "listing.h"
#include "part.h"
#include "request.h"
#include "site.h"

/* Room for the head of any response, and for a part of a listing. */
#define CONNECTION_OUT LISTING_ROOM
/* Bytes of a file that are read and sent in one step. */
#define CONNECTION_BUFFER 65536

enum connection_state {
	/* no connection */
	CONNECTION_FREE,
	CONNECTION_READING,
	CONNECTION_WRITING,
	/* The response is sent; wait until the client closes its end. */
	CONNECTION_LINGERING,
};

enum connection_body {
	BODY_NONE,
	BODY_FILE,
	/* several ranges of a file */
	BODY_PARTS,
	BODY_LISTING,
};

/**
 * struct connection - A connection
 * @fd: its socket
 * @state: state of the state machine
 * @wants_write: whether it waits for room in the socket, rather than for data
 * @idle_deadline: when it is closed unless there is progress
 * @final_deadline: when it is closed in any case
 * @requests: number of requests so far
 * @keep: whether another request may follow
 * @body: what is sent after the content of @out
 * @file: the file or directory that is sent, if any
 * @offset: position in the file
 * @left: number of bytes to send from there
 * @parts: the ranges of the file
 * @next_part: index of the next range; the number of ranges stands for the end
 * @listing: state of the listing
 * @chunked: whether the listing is sent in chunks
 * @request: the request that is being served
 * @request_len: length of its head in @in
 * @in_len: number of bytes in @in
 * @seen: number of bytes in @in that do not end a head
 * @out_pos: number of bytes of @out that are sent
 * @out_len: number of bytes in @out
 * @in: received bytes
 * @out: bytes to send
 *
 * Deadlines are monotonic times in ns.
 */
struct connection {
	cloudabi_fd_t fd;
	enum connection_state state;
	bool wants_write;
	cloudabi_timestamp_t idle_deadline;
	cloudabi_timestamp_t final_deadline;
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
 * struct server - What the connections of a thread share
 * @site: the directory
 * @name: name of the server, or NULL
 * @timeout: ns to wait for a complete request, or for a client to take a byte
 * @now: monotonic time in ns, updated after each poll
 * @ending: whether connections end after the current request; set by the main thread, so
 *	 accessed atomically
 * @crowded: whether all slots of the thread are taken
 * @buffer: CONNECTION_BUFFER bytes, for a part of a file or for names
 */
struct server {
	const struct site *site;
	const char *name;
	cloudabi_timestamp_t timeout;
	cloudabi_timestamp_t now;
	bool ending;
	bool crowded;
	char *buffer;
};

bool connection_start(struct connection *c, cloudabi_fd_t fd, const struct server *server);
bool connection_run(struct connection *c, const struct server *server);
void connection_set_deadlines(struct connection *c, const struct server *server,
			      cloudabi_timestamp_t timeout);
bool connection_time_out(struct connection *c, const struct server *server);
cloudabi_timestamp_t connection_deadline(const struct connection *c, const struct server *server);
void connection_stop(struct connection *c);

#endif /* HTTPD_CONNECTION_H */
