// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Connections, each a state machine that never blocks
 *
 *	READING -> WRITING -> READING ...	with keep-alive
 *	READING -> WRITING -> LINGERING		otherwise
 *
 * READING collects the head of a request in @in.  WRITING sends @out and, behind it, a
 * part of a file.  When both are sent, @out is refilled until the body is complete.
 * When the socket would block, the connection notes whether it waits for data or for
 * room, and the thread polls for that.  So a slow client costs memory, but no thread.
 */
#include "connection.h"
#include "reply.h"

#define SECOND 1000000000ULL
/* Timeout for a complete request while all slots are taken. */
#define CROWDED_TIMEOUT SECOND
/* Time for a client to close its end. */
#define LINGER_TIME (2 * SECOND)
/* Steps of a connection before the thread turns to the next one. */
#define MAX_STEPS 8

_Static_assert(sizeof(struct names) <= CONNECTION_BUFFER, "the buffer is for names, too");

enum step {
	STEP_CONTINUE,
	STEP_WAIT,
	STEP_CLOSE,
};

/**
 * connection_set_deadlines() - Set the deadlines of a connection
 * @c: the connection
 * @server: what it is served with
 * @timeout: ns until it is closed in any case; without progress it is closed after the
 *	  timeout of @server
 */
void connection_set_deadlines(struct connection *c, const struct server *server,
			      cloudabi_timestamp_t timeout)
{
	c->idle_deadline = server->now + server->timeout;
	c->final_deadline = server->now + timeout;
}

/**
 * connection_deadline() - Get the time when a connection has to be closed
 * @c: the connection
 * @server: what it is served with
 *
 * While all slots are taken, a connection without a complete request is closed earlier.
 *
 * Return: monotonic time in ns.
 */
cloudabi_timestamp_t connection_deadline(const struct connection *c, const struct server *server)
{
	const cloudabi_timestamp_t first = c->idle_deadline < c->final_deadline ?
					   c->idle_deadline : c->final_deadline;

	if (!server->crowded || c->state != CONNECTION_READING || server->timeout < CROWDED_TIMEOUT)
		return first;
	return first - (server->timeout - CROWDED_TIMEOUT);
}

/**
 * connection_start() - Start to serve a connection
 * @c: a free connection
 * @fd: its socket, which is the connection's from now on
 * @server: what it is served with
 *
 * Return: false if the connection could not be started; the socket is closed then.
 */
bool connection_start(struct connection *c, cloudabi_fd_t fd, const struct server *server)
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
	connection_set_deadlines(c, server, server->timeout);
	return true;
}

static void drop_body(struct connection *c)
{
	if (c->body != BODY_NONE)
		cloudabi_sys_fd_close(c->file);
	c->body = BODY_NONE;
	c->left = 0;
}

/**
 * connection_stop() - Close a connection and free its slot
 * @c: the connection
 */
void connection_stop(struct connection *c)
{
	drop_body(c);
	cloudabi_sys_fd_close(c->fd);
	c->state = CONNECTION_FREE;
}

/* The steps of the state machine */

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
	return STEP_CONTINUE;
}

static enum step read_request(struct connection *c, const struct server *server)
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
		reply(c, request_parse(&c->request, c->in, end), server);
		return STEP_CONTINUE;
	}
	if (c->in_len < sizeof(c->in))
		return receive(c);
	reply_error(c, request_overlong(c->in, c->in_len), server);
	return STEP_CONTINUE;
}

/*
 * Shuts down the sending direction and keeps reading: close() of a socket with unread data
 * would reset the connection, and the client could lose the response.
 */
static enum step start_lingering(struct connection *c, const struct server *server)
{
	if (cloudabi_sys_sock_shutdown(c->fd, CLOUDABI_SHUT_WR))
		return STEP_CLOSE;
	c->state = CONNECTION_LINGERING;
	c->in_len = 0;
	connection_set_deadlines(c, server, LINGER_TIME);
	return STEP_CONTINUE;
}

static enum step finish_answer(struct connection *c, const struct server *server)
{
	drop_body(c);
	if (!c->keep)
		return start_lingering(c, server);
	drop_input(c, c->request_len);
	c->state = CONNECTION_READING;
	connection_set_deadlines(c, server, server->timeout);
	return STEP_CONTINUE;
}

/* Fills @out with the next part of a listing. */
static enum step fill_listing(struct connection *c, const struct server *server)
{
	/* Leaves room for the length of the chunk, which is known only at its end. */
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
			  (struct names *)server->buffer, &page) || !page.len)
		return STEP_CLOSE;
	c->out_pos = 0;
	c->out_len = page.len;
	if (!c->chunked)
		return STEP_CONTINUE;
	text_number(&head, page.len, 16, 4);
	text_str(&head, "\r\n");
	tail = (struct text){ .buf = page.buf + page.len, .size = behind };
	text_str(&tail, c->listing.ended ? last : "\r\n");
	c->out_len = head.len + page.len + tail.len;
	return STEP_CONTINUE;
}

/* Fills @out with the head of the next range, or with the end of the last one. */
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
	return STEP_CONTINUE;
}

/* Fills @out with the next part of the body, or finishes the response. */
static enum step fill_out(struct connection *c, const struct server *server)
{
	if (c->body == BODY_LISTING && !c->listing.ended)
		return fill_listing(c, server);
	if (c->body == BODY_PARTS && c->next_part <= c->parts.ranges.n)
		return fill_part(c);
	return finish_answer(c, server);
}

/* Reads a part of the file.  A mapping would raise SIGBUS if the file was truncated. */
static cloudabi_errno_t read_file(const struct connection *c, const struct server *server,
				  cloudabi_size_t *len)
{
	const cloudabi_iovec_t iov = {
		.buf = server->buffer,
		.buf_len = c->left < CONNECTION_BUFFER ? c->left : CONNECTION_BUFFER,
	};
	const cloudabi_errno_t error = cloudabi_sys_fd_pread(c->file, &iov, 1, c->offset, len);

	/* The file is shorter now than the length that was sent. */
	return error ?: *len ? CLOUDABI_ESUCCESS : CLOUDABI_EIO;
}

/*
 * Accounts for @done bytes that were sent: of @out first, then of the file.  Bytes of the file that
 * were read but not sent are read again.
 */
static void advance(struct connection *c, size_t done)
{
	const size_t of_out = done < c->out_len - c->out_pos ? done : c->out_len - c->out_pos;

	c->out_pos += of_out;
	c->offset += done - of_out;
	c->left -= done - of_out;
}

static enum step write_answer(struct connection *c, const struct server *server)
{
	cloudabi_ciovec_t iovs[2];
	cloudabi_size_t from_file = 0, done;
	cloudabi_errno_t error;

	if (c->out_pos == c->out_len && !c->left)
		return fill_out(c, server);
	if (c->left && read_file(c, server, &from_file))
		return STEP_CLOSE;
	iovs[0] = (cloudabi_ciovec_t){ c->out + c->out_pos, c->out_len - c->out_pos };
	iovs[1] = (cloudabi_ciovec_t){ server->buffer, from_file };
	error = cloudabi_sys_fd_write(c->fd, iovs, 2, &done);
	if (error && error != CLOUDABI_EAGAIN)
		return STEP_CLOSE;
	if (error || !done) {
		c->wants_write = true;
		return STEP_WAIT;
	}
	c->idle_deadline = server->now + server->timeout;
	advance(c, done);
	return STEP_CONTINUE;
}

static enum step linger(struct connection *c)
{
	const enum step step = receive(c);

	c->in_len = 0;
	return step;
}

static enum step take_step(struct connection *c, const struct server *server)
{
	switch (c->state) {
	case CONNECTION_READING:
		return read_request(c, server);
	case CONNECTION_WRITING:
		return write_answer(c, server);
	case CONNECTION_LINGERING:
		return linger(c);
	default:
		return STEP_CLOSE;
	}
}

/**
 * connection_run() - Make steps until the socket would block
 * @c: the connection
 * @server: what it is served with
 *
 * Makes a limited number of steps, so that other connections have their turn.
 *
 * Return: false if the connection has to be closed.
 */
bool connection_run(struct connection *c, const struct server *server)
{
	int i;

	for (i = 0; i < MAX_STEPS; i++) {
		switch (take_step(c, server)) {
		case STEP_CONTINUE:
			break;
		case STEP_WAIT:
			return true;
		default:
			return false;
		}
	}
	/*
	 * There may be more to do with the data in @in, for which no event would arrive.  So poll
	 * for room in the socket, which is available at once.
	 */
	c->wants_write = true;
	return true;
}

/**
 * connection_time_out() - Handle a deadline that has passed
 * @c: the connection
 * @server: what it is served with
 *
 * A client that has sent part of a request gets status 408.
 *
 * Return: false if the connection has to be closed.
 */
bool connection_time_out(struct connection *c, const struct server *server)
{
	if (c->state != CONNECTION_READING || !c->in_len)
		return false;
	reply_error(c, 408, server);
	return connection_run(c, server);
}
