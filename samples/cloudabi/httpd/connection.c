// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Connections, each a machine that never waits
 *
 * It reads heads of requests into one buffer and writes answers from another,
 * with a part of a file behind if there is one to send; whenever the socket does
 * not take or give more, it says what it waits for.  A slow client thus costs
 * memory for a time, but no thread.
 */
#include "answer.h"
#include "connection.h"
#include "target.h"
#include "type.h"

#define SECOND 1000000000ULL
/* For a request to come as a whole, or for a client to take a single byte. */
#define IDLE (10 * SECOND)
/* Likewise for the whole request, where there is no place for more connections. */
#define CROWDED SECOND
/* Who takes an answer more slowly than this, in bytes a second, is cut off. */
#define SLOWEST 1024
#define DAY 86400U
#define LONGEST_LISTING (60 * SECOND)
/* For a client to hang up. */
#define ENDING (2 * SECOND)
#define MOST_REQUESTS 100
/* Steps until others have their turn. */
#define STEPS 8

enum step {
	STEP_ON,
	STEP_WAIT,
	STEP_CLOSE,
};

static uint64_t wall_clock(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_REALTIME, SECOND, &time);
	return time / SECOND;
}

static void expect(struct connection *c, const struct serving *serving,
		   cloudabi_timestamp_t latest)
{
	c->idle = serving->now + IDLE;
	c->latest = serving->now + latest;
}

/* Where others wait for a place, who does not ask for anything is not waited for long. */
cloudabi_timestamp_t connection_deadline(const struct connection *c,
					 const struct serving *serving)
{
	const cloudabi_timestamp_t first = c->idle < c->latest ? c->idle : c->latest;

	return serving->crowded && c->state == CONNECTION_READING ? first - (IDLE - CROWDED) :
								    first;
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
	c->in_len = 0;
	c->seen = 0;
	expect(c, serving, IDLE);
	return true;
}

static void drop_body(struct connection *c)
{
	if (c->body != BODY_NONE)
		cloudabi_sys_fd_close(c->file);
	c->body = BODY_NONE;
}

void connection_stop(struct connection *c)
{
	drop_body(c);
	cloudabi_sys_fd_close(c->fd);
	c->state = CONNECTION_FREE;
}

/* Answers */

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

static void answer_file(struct connection *c, struct answer *answer, const struct found *found,
			struct span path, const struct serving *serving)
{
	answer_choose(answer, &c->request, &found->resource);
	if (answer->status != 200 && answer->status != 206) {
		cloudabi_sys_fd_close(found->fd);
		if (answer->status == 304)
			begin_answer(c, answer);
		else
			answer_plainly(c, answer);
		return;
	}
	answer->type = type_of(path);
	begin_answer(c, answer);
	if (c->request.head || !answer->length) {
		cloudabi_sys_fd_close(found->fd);
		return;
	}
	c->body = BODY_FILE;
	c->file = found->fd;
	c->offset = answer->first;
	c->left = answer->length;
	expect(c, serving, IDLE + time_for(answer->length));
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
	c->listing = (struct listing){
		.root = serving->site->fd,
		.fd = found->fd,
		.cookie = CLOUDABI_DIRCOOKIE_START,
	};
	expect(c, serving, LONGEST_LISTING);
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

static void answer_request(struct connection *c, int status, const struct serving *serving)
{
	const struct span path = { c->request.path, c->request.path_len };
	struct answer answer = {
		.status = status,
		.now = wall_clock(),
		.keep = c->request.keep && c->requests < MOST_REQUESTS && !serving->ending,
	};
	struct found found;

	expect(c, serving, IDLE);
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

/* An answer to what could not be understood. */
static void answer_error(struct connection *c, int status, const struct serving *serving)
{
	c->request.head = false;
	c->request.keep = false;
	answer_request(c, status, serving);
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
		answer_request(c, request_parse(&c->request, c->in, end), serving);
		return STEP_ON;
	}
	if (c->in_len < sizeof(c->in))
		return receive(c);
	answer_error(c, request_overlong(c->in, c->in_len), serving);
	return STEP_ON;
}

/* Says that all is said, and goes on to listen: a socket closed on data loses the answer. */
static enum step end_politely(struct connection *c, const struct serving *serving)
{
	if (cloudabi_sys_sock_shutdown(c->fd, CLOUDABI_SHUT_WR))
		return STEP_CLOSE;
	c->state = CONNECTION_ENDING;
	c->in_len = 0;
	expect(c, serving, ENDING);
	return STEP_ON;
}

static enum step finish_answer(struct connection *c, const struct serving *serving)
{
	drop_body(c);
	if (!c->keep)
		return end_politely(c, serving);
	drop_input(c, c->request_len);
	c->state = CONNECTION_READING;
	expect(c, serving, IDLE);
	return STEP_ON;
}

/* Puts more of a page into the empty @out. */
static enum step fill_listing(struct connection *c)
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
			  &page) || !page.len)
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

static bool is_sent(const struct connection *c)
{
	if (c->out_pos < c->out_len)
		return false;
	return c->body == BODY_NONE || (c->body == BODY_FILE && !c->left) ||
	       (c->body == BODY_LISTING && c->listing.ended);
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
	if (c->body != BODY_FILE)
		return;
	c->offset += done - of_out;
	c->left -= done - of_out;
}

static enum step write_answer(struct connection *c, const struct serving *serving)
{
	cloudabi_ciovec_t iovs[2];
	cloudabi_size_t from_file = 0, done;
	cloudabi_errno_t error;

	if (is_sent(c))
		return finish_answer(c, serving);
	if (c->body == BODY_LISTING && c->out_pos == c->out_len)
		return fill_listing(c);
	if (c->body == BODY_FILE && read_file(c, serving, &from_file))
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
	c->idle = serving->now + IDLE;
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
	answer_error(c, 408, serving);
	return connection_run(c, serving);
}
