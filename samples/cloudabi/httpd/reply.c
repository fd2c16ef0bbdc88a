// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Choice of the response to a request
 */
#include "answer.h"
#include "reply.h"
#include "target.h"
#include "type.h"

#define SECOND 1000000000ULL
/* Bytes per second that a client must take, averaged over the response. */
#define MIN_RATE 1024
#define DAY 86400U
#define MAX_LISTING_TIME (60 * SECOND)
#define MAX_REQUESTS 100

static uint64_t wall_clock(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_REALTIME, SECOND, &time);
	return time / SECOND;
}

static void start_answer(struct connection *c, const struct answer *answer)
{
	struct text text = { .buf = c->out, .size = sizeof(c->out) };

	answer_write(&text, answer);
	c->out_pos = 0;
	c->out_len = text.len;
	c->keep = answer->keep;
	c->state = CONNECTION_WRITING;
}

/* Responds with a line of text: the status and its reason phrase. */
static void answer_text(struct connection *c, struct answer *answer)
{
	char line[64];
	struct text body = { .buf = line, .size = sizeof(line) };
	struct text out;

	text_number(&body, (uint64_t)answer->status, 10, 3);
	text_str(&body, " ");
	text_str(&body, answer_reason(answer->status));
	text_str(&body, "\n");
	answer->type = "text/plain; charset=utf-8";
	answer->sized = true;
	answer->length = body.len;
	start_answer(c, answer);
	if (c->request.head)
		return;
	out = (struct text){ .buf = c->out, .size = sizeof(c->out), .len = c->out_len };
	text_put(&out, (struct span){ line, body.len });
	c->out_len = out.len;
}

/* Returns the time that a response may take at most, up to a day. */
static cloudabi_timestamp_t max_duration(uint64_t length)
{
	const uint64_t seconds = length / MIN_RATE;

	return (seconds < DAY ? seconds : DAY) * SECOND;
}

/* Chooses a random boundary for the ranges, so that the author of a file cannot know it. */
static uint64_t choose_boundary(const struct request *request)
{
	uint64_t number = 0;

	if (request->range.p)
		cloudabi_sys_random_get(&number, sizeof(number));
	return number;
}

static void send_file(struct connection *c, const struct answer *answer, cloudabi_fd_t file)
{
	const struct ranges *const ranges = &answer->parts.ranges;

	c->file = file;
	if (ranges->n > 1) {
		c->body = BODY_PARTS;
		c->parts = answer->parts;
		c->next_part = 0;
		c->left = 0;
		return;
	}
	c->body = BODY_FILE;
	c->offset = ranges->n ? ranges->at[0].first : 0;
	c->left = answer->length;
}

static void answer_file(struct connection *c, struct answer *answer, const struct found *found,
			struct span path, const struct server *server)
{
	answer->type = type_of(path);
	answer->parts.boundary = choose_boundary(&c->request);
	answer_choose(answer, &c->request, &found->resource);
	if (answer->status != 200 && answer->status != 206) {
		cloudabi_sys_fd_close(found->fd);
		answer->type = NULL;
		if (answer->status == 304)
			start_answer(c, answer);
		else
			answer_text(c, answer);
		return;
	}
	start_answer(c, answer);
	if (c->request.head || !answer->length) {
		cloudabi_sys_fd_close(found->fd);
		return;
	}
	send_file(c, answer, found->fd);
	connection_set_deadlines(c, server, server->timeout + max_duration(answer->length));
}

static void answer_listing(struct connection *c, struct answer *answer, const struct found *found,
			   const struct server *server)
{
	answer->status = 200;
	answer->type = "text/html; charset=utf-8";
	answer->chunked = c->request.chunks;
	/* A client without support for chunks recognises the end by the end of the connection. */
	answer->keep &= answer->chunked;
	start_answer(c, answer);
	if (c->request.head) {
		cloudabi_sys_fd_close(found->fd);
		return;
	}
	c->body = BODY_LISTING;
	c->file = found->fd;
	c->chunked = answer->chunked;
	c->left = 0;
	listing_start(&c->listing, server->site->fd, found->fd);
	connection_set_deadlines(c, server, MAX_LISTING_TIME);
}

/* Redirects to the path with a slash at its end, which relative references depend on. */
static void answer_redirect(struct connection *c, struct answer *answer, struct span path,
			    const struct server *server)
{
	struct text location = { .buf = server->buffer, .size = CONNECTION_BUFFER };

	target_encode(&location, path);
	answer->status = 301;
	answer->location = (struct span){ location.buf, location.len };
	answer_text(c, answer);
}

/* Responds with index.html of a directory or, if there is none, with a listing. */
static void answer_directory(struct connection *c, struct answer *answer,
			     const struct found *directory, const struct server *server)
{
	static const char name[] = "index.html";
	struct text path = { .buf = server->buffer, .size = CONNECTION_BUFFER };
	struct found found;
	int status;

	text_put(&path, (struct span){ c->request.path, c->request.path_len });
	text_str(&path, name);
	status = site_open(server->site, (struct span){ path.buf, path.len }, &found);
	if (status == 200 && found.is_directory) {
		cloudabi_sys_fd_close(found.fd);
		status = 404;
	}
	if (status == 404 && server->site->lists) {
		answer_listing(c, answer, directory, server);
		return;
	}
	cloudabi_sys_fd_close(directory->fd);
	if (status == 200) {
		answer_file(c, answer, &found, span_of(name), server);
		return;
	}
	/* The directory exists, but may not be listed. */
	answer->status = status == 404 ? 403 : status;
	answer_text(c, answer);
}

/**
 * reply() - Start the response to a request
 * @c: the connection, with its request
 * @status: 200, or the status if the request is refused
 * @server: what it is served with
 */
void reply(struct connection *c, int status, const struct server *server)
{
	const struct span path = { c->request.path, c->request.path_len };
	const bool ending = __atomic_load_n(&server->ending, __ATOMIC_SEQ_CST);
	struct answer answer = {
		.status = status,
		.now = wall_clock(),
		.server = server->name,
		.keep = c->request.keep && c->requests < MAX_REQUESTS && !ending,
	};
	struct found found;

	connection_set_deadlines(c, server, server->timeout);
	if (status == 200)
		answer.status = site_open(server->site, path, &found);
	if (answer.status != 200) {
		answer_text(c, &answer);
	} else if (!found.is_directory) {
		answer_file(c, &answer, &found, path, server);
	} else if (!path.len || path.p[path.len - 1] == '/') {
		answer_directory(c, &answer, &found, server);
	} else {
		cloudabi_sys_fd_close(found.fd);
		answer_redirect(c, &answer, path, server);
	}
}

/**
 * reply_error() - Start the response to an invalid or incomplete request
 * @c: the connection
 * @status: the status
 * @server: what it is served with
 *
 * The connection is closed after the response.
 */
void reply_error(struct connection *c, int status, const struct server *server)
{
	c->request.head = false;
	c->request.keep = false;
	reply(c, status, server);
}
