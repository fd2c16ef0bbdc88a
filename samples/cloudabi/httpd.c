// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - A web server for a directory
 *
 *	$ cloudabi-run httpd.cloudabi <httpd.yaml
 *	$ cloudabi-accept 127.0.0.1:8080 ./httpd.cloudabi 3</srv/www
 *
 * From a launcher it gets a map as argument data:
 *
 *	root		descriptor of the directory to serve
 *	connections	local stream socket that connections arrive on, as descriptors
 *	log		descriptor for error messages (none)
 *	name		name of the server in responses (none)
 *	timeout		seconds to wait for a request or a slow client (10)
 *
 * The last three are optional; the defaults are in parentheses.  Without a launcher, the
 * directory is descriptor 3, the stream 4 and the log 2.  The program has nothing else.
 * So whatever a client makes it do, it cannot listen, connect, write to a file, or read a
 * file outside the directory.
 *
 * When the stream ends, the server finishes the requests that have begun and exits: with 0,
 * with 1 if a descriptor is of no use, or with 2 if the argument data are invalid.
 *
 * The files of httpd/, from the bottom up:
 *
 *	text		spans of text, and a buffer to write text to
 *	date target type names range part	formats of HTTP
 *	request		parser of requests
 *	answer		conditions, and heads of responses
 *	settings	argument data
 *	site		opening of files
 *	listing		pages for directories
 *	reply		choice of the response to a request
 *	connection	state machine of a connection
 *	worker lock	threads and their locks
 *
 * All up to answer and settings make no calls, so tests run them on Linux.
 */
#include <cloudabi.h>

#include "httpd/settings.h"
#include "httpd/worker.h"

#define SECOND 1000000000ULL

#define EXIT_FAILED 1
#define EXIT_SETTINGS 2

#define MAX_CONNECTIONS 1024
/* More descriptors than this many connections need. */
#define MAX_FDS (2 * MAX_CONNECTIONS + 64)

static struct settings settings;

static int fail(const char *what, cloudabi_errno_t error)
{
	if (settings.logs)
		cloudabi_dprintf(settings.log, "httpd: %s: %s (%s)\n", what,
				 cloudabi_strerror(error), cloudabi_errno_name(error));
	return EXIT_FAILED;
}

/*
 * Returns the number of descriptors that can still be opened.  The ABI has no call to query
 * the limit, so this duplicates @any until it fails.
 */
static size_t count_fds(cloudabi_fd_t any)
{
	static cloudabi_fd_t fds[MAX_FDS];
	size_t n = 0, i;

	while (n < MAX_FDS && !cloudabi_sys_fd_dup(any, &fds[n]))
		n++;
	for (i = 0; i < n; i++)
		cloudabi_sys_fd_close(fds[i]);
	return n;
}

/*
 * Returns the number of connections for each thread.  A connection takes two descriptors:
 * the socket and a file.  A thread takes three more: the two ends of its inbox, and one to look
 * up a path.  The main thread takes one, for a connection that it passes on.
 */
static size_t connections_per_thread(size_t fds, size_t threads)
{
	const size_t other = 3 * threads + 1;
	size_t n;

	n = fds > other ? (fds - other) / 2 : 0;
	if (n > MAX_CONNECTIONS)
		n = MAX_CONNECTIONS;
	return n / threads;
}

/*
 * Receives a connection: a message of one byte with a descriptor.
 *
 * Return: false if the stream has ended or failed, with @status set in the latter case.
 */
static bool receive_connection(cloudabi_fd_t from, cloudabi_fd_t *fd, bool *received, int *status)
{
	char byte;
	const cloudabi_iovec_t iov = { .buf = &byte, .buf_len = 1 };
	const cloudabi_recv_in_t in = {
		.ri_data = &iov, .ri_data_len = 1, .ri_fds = fd, .ri_fds_len = 1,
	};
	cloudabi_recv_out_t out;
	const cloudabi_errno_t error = cloudabi_sys_sock_recv(from, &in, &out);

	*received = !error && out.ro_fdslen;
	if (error)
		*status = fail("connections", error);
	return !error && out.ro_datalen;
}

/*
 * Passes connections to the threads until the stream ends.
 *
 * Return: the exit code.
 */
static int accept_all(struct pool *pool, cloudabi_fd_t from)
{
	bool received = false;
	bool more = true;
	int status = 0;

	while (more) {
		/* Reserve a slot first: while there is none, connections wait in the stream. */
		struct worker *const worker = pool_reserve(pool);
		cloudabi_fd_t fd;

		more = receive_connection(from, &fd, &received, &status);
		if (received)
			pool_dispatch(worker, fd);
		else
			pool_release(worker, pool->self);
	}
	return status;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct pool pool;
	static struct site site;
	const char *const wrong = settings_read(&settings, start->argdata, start->argdata_len);
	const size_t threads = start->ncpus < WORKERS_MAX ? start->ncpus : WORKERS_MAX;
	const struct server server = {
		.site = &site,
		.name = settings.name,
		.timeout = settings.timeout * SECOND,
	};
	cloudabi_errno_t error;
	int status;

	if (wrong) {
		if (settings.logs)
			cloudabi_dprintf(settings.log, "httpd: %s\n", wrong);
		return EXIT_SETTINGS;
	}
	error = site_init(&site, settings.root);
	if (error)
		return fail("root", error);
	pool.self = start->tid;
	pool.pagesz = start->pagesz;
	pool.share = connections_per_thread(count_fds(settings.root), threads);
	if (!pool.share)
		return fail("connections", CLOUDABI_EMFILE);
	error = pool_start(&pool, threads, &server);
	if (error)
		return fail("threads", error);

	status = accept_all(&pool, settings.connections);
	pool_end(&pool);
	return status;
}
