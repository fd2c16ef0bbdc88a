// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - What a connection is answered with
 */
#include "answer.h"
#include "reply.h"
#include "target.h"
#include "type.h"

#define SECOND 1000000000ULL
/* Who takes an answer more slowly than this, in bytes a second, is cut off. */
#define SLOWEST 1024
#define DAY 86400U
#define LONGEST_LISTING (60 * SECOND)
#define MOST_REQUESTS 100

static uint64_t wall_clock(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_REALTIME, SECOND, &time);
	return time / SECOND;
}

static void begin_answer(struct connection *c, const struct answer *answer)
{
	struct text text = { .buf = c->out, .size = sizeof(c->out) };

	answer_write(&text, answer);
	c->out_pos = 0;
	c->out_len = text.len;
	c->keep = answer->keep;
	c->state = CONNECTION_WRITING;
}

/* An answer that is a line for people. */
static void answer_plainly(struct connection *c, struct answer *answer)
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
	begin_answer(c, answer);
	if (c->request.head)
		return;
	out = (struct text){ .buf = c->out, .size = sizeof(c->out), .len = c->out_len };
	text_put(&out, (struct span){ line, body.len });
	c->out_len = out.len;
}

/* No answer takes more than a day. */
static cloudabi_timestamp_t time_for(uint64_t length)
{
	const uint64_t seconds = length / SLOWEST;

	return (seconds < DAY ? seconds : DAY) * SECOND;
}

/* Something that nobody can have known when the file was written. */
static uint64_t boundary(const struct request *request)
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
			struct span path, const struct serving *serving)
{
	answer->type = type_of(path);
	answer->parts.boundary = boundary(&c->request);
	answer_choose(answer, &c->request, &found->resource);
	if (answer->status != 200 && answer->status != 206) {
		cloudabi_sys_fd_close(found->fd);
		answer->type = NULL;
		if (answer->status == 304)
			begin_answer(c, answer);
		else
			answer_plainly(c, answer);
		return;
	}
	begin_answer(c, answer);
	if (c->request.head || !answer->length) {
		cloudabi_sys_fd_close(found->fd);
		return;
	}
	send_file(c, answer, found->fd);
	connection_expect(c, serving, serving->patience + time_for(answer->length));
}

static void answer_listing(struct connection *c, struct answer *answer, const struct found *found,
			   const struct serving *serving)
{
	answer->status = 200;
	answer->type = "text/html; charset=utf-8";
	answer->chunked = c->request.chunks;
	/* For those who don't know chunks, the end of the connection is that of the page. */
	answer->keep &= answer->chunked;
	begin_answer(c, answer);
	if (c->request.head) {
		cloudabi_sys_fd_close(found->fd);
		return;
	}
	c->body = BODY_LISTING;
	c->file = found->fd;
	c->chunked = answer->chunked;
	c->left = 0;
	listing_start(&c->listing, serving->site->fd, found->fd);
	connection_expect(c, serving, LONGEST_LISTING);
}

/* A directory has a slash at its end, as references in its pages count on that. */
static void answer_redirect(struct connection *c, struct answer *answer, struct span path,
			    const struct serving *serving)
{
	struct text location = { .buf = serving->buffer, .size = CONNECTION_BUFFER };

	target_encode(&location, path);
	answer->status = 301;
	answer->location = (struct span){ location.buf, location.len };
	answer_plainly(c, answer);
}

/* Its page if it has one, and if not, what is in it. */
static void answer_directory(struct connection *c, struct answer *answer,
			     const struct found *directory, const struct serving *serving)
{
	static const char name[] = "index.html";
	struct text path = { .buf = serving->buffer, .size = CONNECTION_BUFFER };
	struct found found;
	int status;

	text_put(&path, (struct span){ c->request.path, c->request.path_len });
	text_str(&path, name);
	status = site_find(serving->site, (struct span){ path.buf, path.len }, &found);
	if (status == 200 && found.directory) {
		cloudabi_sys_fd_close(found.fd);
		status = 404;
	}
	if (status == 404 && serving->site->lists) {
		answer_listing(c, answer, directory, serving);
		return;
	}
	cloudabi_sys_fd_close(directory->fd);
	if (status == 200) {
		answer_file(c, answer, &found, span_of(name), serving);
		return;
	}
	/* That it can't be listed is all that is wrong with it. */
	answer->status = status == 404 ? 403 : status;
	answer_plainly(c, answer);
}

/**
 * reply - Begin to answer a request
 * @c: the connection, whose request it is
 * @status: 200, or why it is refused
 * @serving: what it is served with
 */
void reply(struct connection *c, int status, const struct serving *serving)
{
	const struct span path = { c->request.path, c->request.path_len };
	const bool ending = __atomic_load_n(&serving->ending, __ATOMIC_SEQ_CST);
	struct answer answer = {
		.status = status,
		.now = wall_clock(),
		.server = serving->name,
		.keep = c->request.keep && c->requests < MOST_REQUESTS && !ending,
	};
	struct found found;

	connection_expect(c, serving, serving->patience);
	if (status == 200)
		answer.status = site_find(serving->site, path, &found);
	if (answer.status != 200) {
		answer_plainly(c, &answer);
	} else if (!found.directory) {
		answer_file(c, &answer, &found, path, serving);
	} else if (!path.len || path.p[path.len - 1] == '/') {
		answer_directory(c, &answer, &found, serving);
	} else {
		cloudabi_sys_fd_close(found.fd);
		answer_redirect(c, &answer, path, serving);
	}
}

/* Begins to answer what was not understood, or did not come in time. */
void reply_error(struct connection *c, int status, const struct serving *serving)
{
	c->request.head = false;
	c->request.keep = false;
	reply(c, status, serving);
}
