// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Connections, each a machine that never waits
 *
 * It reads heads of requests into one buffer and writes answers from another,
 * with a part of a file behind if there is one to send; whenever the socket does
 * not take or give more, it says what it waits for.  A slow client thus costs
 * memory for a time, but no thread.
 */
#include "connection.h"
#include "reply.h"

#define SECOND 1000000000ULL
/* For a request to come as a whole, where there is no place for more connections. */
#define CROWDED SECOND
/* For a client to hang up. */
#define ENDING (2 * SECOND)
/* Steps until others have their turn. */
#define STEPS 8

_Static_assert(sizeof(struct names) <= CONNECTION_BUFFER, "the buffer is for names, too");

enum step {
	STEP_ON,
	STEP_WAIT,
	STEP_CLOSE,
};

/**
 * connection_expect - Set the deadlines of a connection
 * @c: the connection
 * @serving: what it is served with
 * @latest: when it ends, whatever happens; it ends earlier if nothing does
 */
void connection_expect(struct connection *c, const struct serving *serving,
		       cloudabi_timestamp_t latest)
{
	c->idle = serving->now + serving->patience;
	c->latest = serving->now + latest;
}

/* Where others wait for a place, who does not ask for anything is not waited for long. */
cloudabi_timestamp_t connection_deadline(const struct connection *c,
					 const struct serving *serving)
{
	const cloudabi_timestamp_t first = c->idle < c->latest ? c->idle : c->latest;

	if (!serving->crowded || c->state != CONNECTION_READING || serving->patience < CROWDED)
		return first;
	return first - (serving->patience - CROWDED);
}

/**
 * connection_start - Begin with a connection
 * @c: a free one
 * @fd: its socket; it is the connection's if that begins, and closed if not
 * @serving: what it is served with
 */
bool connection_start(struct connection *c, cloudabi_fd_t fd, const struct serving *serving)
{
	const cloudabi_fdstat_t stat = { .fs_flags = CLOUDABI_FDFLAG_NONBLOCK };

	if (cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_FLAGS)) {
		cloudabi_sys_fd_close(fd);
		return false;
	}
	c->fd = fd;
	c->state = CONNECTION_READING;
	c->wants_write = false;
	c->requests = 0;
	c->body = BODY_NONE;
	c->left = 0;
	c->in_len = 0;
	c->seen = 0;
	connection_expect(c, serving, serving->patience);
	return true;
}

static void drop_body(struct connection *c)
{
	if (c->body != BODY_NONE)
		cloudabi_sys_fd_close(c->file);
	c->body = BODY_NONE;
	c->left = 0;
}

void connection_stop(struct connection *c)
{
	drop_body(c);
	cloudabi_sys_fd_close(c->fd);
	c->state = CONNECTION_FREE;
}

/* Steps */

static void drop_input(struct connection *c, size_t len)
{
	memmove(c->in, c->in + len, c->in_len - len);
	c->in_len -= len;
	c->seen = 0;
}

static enum step receive(struct connection *c)
{
	cloudabi_size_t len;
	const cloudabi_errno_t error = cloudabi_read(c->fd, c->in + c->in_len,
						     sizeof(c->in) - c->in_len, &len);

	if (error == CLOUDABI_EAGAIN) {
		c->wants_write = false;
		return STEP_WAIT;
	}
	if (error || !len)
		return STEP_CLOSE;
	c->in_len += len;
	return STEP_ON;
}

static enum step read_request(struct connection *c, const struct serving *serving)
{
	const size_t blank = request_blank(c->in, c->in_len);
	size_t end;

	if (blank)
		drop_input(c, blank);
	end = request_end(c->in, c->in_len, c->seen);
	c->seen = c->in_len;
	if (end) {
		c->requests++;
		c->request_len = end;
		reply(c, request_parse(&c->request, c->in, end), serving);
		return STEP_ON;
	}
	if (c->in_len < sizeof(c->in))
		return receive(c);
	reply_error(c, request_overlong(c->in, c->in_len), serving);
	return STEP_ON;
}

/* Says that all is said, and goes on to listen: a socket closed on data loses the answer. */
static enum step end_politely(struct connection *c, const struct serving *serving)
{
	if (cloudabi_sys_sock_shutdown(c->fd, CLOUDABI_SHUT_WR))
		return STEP_CLOSE;
	c->state = CONNECTION_ENDING;
	c->in_len = 0;
	connection_expect(c, serving, ENDING);
	return STEP_ON;
}

static enum step finish_answer(struct connection *c, const struct serving *serving)
{
	drop_body(c);
	if (!c->keep)
		return end_politely(c, serving);
	drop_input(c, c->request_len);
	c->state = CONNECTION_READING;
	connection_expect(c, serving, serving->patience);
	return STEP_ON;
}

/* Puts more of a page into the empty @out. */
static enum step fill_listing(struct connection *c, const struct serving *serving)
{
	/* The length in front of a chunk is known when it is complete. */
	static const char room[] = "0000\r\n";
	static const char last[] = "\r\n0\r\n\r\n";
	const size_t before = c->chunked ? sizeof(room) - 1 : 0;
	const size_t behind = c->chunked ? sizeof(last) - 1 : 0;
	struct text page = {
		.buf = c->out + before, .size = sizeof(c->out) - before - behind,
	};
	struct text head = { .buf = c->out, .size = before };
	struct text tail;

	if (listing_write(&c->listing, (struct span){ c->request.path, c->request.path_len },
			  (struct names *)serving->buffer, &page) || !page.len)
		return STEP_CLOSE;
	c->out_pos = 0;
	c->out_len = page.len;
	if (!c->chunked)
		return STEP_ON;
	text_number(&head, page.len, 16, 4);
	text_str(&head, "\r\n");
	tail = (struct text){ .buf = page.buf + page.len, .size = behind };
	text_str(&tail, c->listing.ended ? last : "\r\n");
	c->out_len = head.len + page.len + tail.len;
	return STEP_ON;
}

/* Puts what is in front of a range into the empty @out, or what is behind all. */
static enum step fill_part(struct connection *c)
{
	const size_t i = c->next_part++;
	struct text head = { .buf = c->out, .size = sizeof(c->out) };

	parts_write_head(&head, &c->parts, i);
	c->out_pos = 0;
	c->out_len = head.len;
	if (i < c->parts.ranges.n) {
		c->offset = c->parts.ranges.at[i].first;
		c->left = c->parts.ranges.at[i].length;
	}
	return STEP_ON;
}

/* Puts into the empty @out what comes next, if anything does. */
static enum step fill(struct connection *c, const struct serving *serving)
{
	if (c->body == BODY_LISTING && !c->listing.ended)
		return fill_listing(c, serving);
	if (c->body == BODY_PARTS && c->next_part <= c->parts.ranges.n)
		return fill_part(c);
	return finish_answer(c, serving);
}

/* Not mapped: a file that someone cuts off would take the server with it. */
static cloudabi_errno_t read_file(const struct connection *c, const struct serving *serving,
				  cloudabi_size_t *len)
{
	const cloudabi_iovec_t iov = {
		.buf = serving->buffer,
		.buf_len = c->left < CONNECTION_BUFFER ? c->left : CONNECTION_BUFFER,
	};
	const cloudabi_errno_t error = cloudabi_sys_fd_pread(c->file, &iov, 1, c->offset, len);

	/* Shorter than it was when its length was told. */
	return error ?: *len ? CLOUDABI_ESUCCESS : CLOUDABI_EIO;
}

/* What is sent of a file is where it was read from, so there is nothing to keep. */
static void advance(struct connection *c, size_t done)
{
	const size_t of_out = done < c->out_len - c->out_pos ? done : c->out_len - c->out_pos;

	c->out_pos += of_out;
	c->offset += done - of_out;
	c->left -= done - of_out;
}

static enum step write_answer(struct connection *c, const struct serving *serving)
{
	cloudabi_ciovec_t iovs[2];
	cloudabi_size_t from_file = 0, done;
	cloudabi_errno_t error;

	if (c->out_pos == c->out_len && !c->left)
		return fill(c, serving);
	if (c->left && read_file(c, serving, &from_file))
		return STEP_CLOSE;
	iovs[0] = (cloudabi_ciovec_t){ c->out + c->out_pos, c->out_len - c->out_pos };
	iovs[1] = (cloudabi_ciovec_t){ serving->buffer, from_file };
	error = cloudabi_sys_fd_write(c->fd, iovs, 2, &done);
	if (error && error != CLOUDABI_EAGAIN)
		return STEP_CLOSE;
	if (error || !done) {
		c->wants_write = true;
		return STEP_WAIT;
	}
	c->idle = serving->now + serving->patience;
	advance(c, done);
	return STEP_ON;
}

static enum step end(struct connection *c)
{
	const enum step step = receive(c);

	c->in_len = 0;
	return step;
}

static enum step take_step(struct connection *c, const struct serving *serving)
{
	switch (c->state) {
	case CONNECTION_READING:
		return read_request(c, serving);
	case CONNECTION_WRITING:
		return write_answer(c, serving);
	case CONNECTION_ENDING:
		return end(c);
	default:
		return STEP_CLOSE;
	}
}

/**
 * connection_run - Go as far as the socket allows, within reason
 * @c: a connection
 * @serving: what it is served with
 *
 * Return: false if it is over.
 */
bool connection_run(struct connection *c, const struct serving *serving)
{
	int i;

	for (i = 0; i < STEPS; i++) {
		switch (take_step(c, serving)) {
		case STEP_ON:
			break;
		case STEP_WAIT:
			return true;
		default:
			return false;
		}
	}
	/* It could go on at once, also with what it has read before: not with what comes. */
	c->wants_write = true;
	return true;
}

/**
 * connection_expire - Deal with a deadline that has passed
 * @c: a connection
 * @serving: what it is served with
 *
 * Who has begun to ask is told that it took too long.
 *
 * Return: false if it is over.
 */
bool connection_expire(struct connection *c, const struct serving *serving)
{
	if (c->state != CONNECTION_READING || !c->in_len)
		return false;
	reply_error(c, 408, serving);
	return connection_run(c, serving);
}
