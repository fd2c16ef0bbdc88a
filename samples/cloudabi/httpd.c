// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Serve a directory to the web
 *
 *	$ cloudabi-accept 127.0.0.1:8080 ./httpd.cloudabi 3</srv/www
 *
 * Descriptor 3 is the directory, 4 a local stream from which connections come,
 * as descriptors; the program has nothing else.  It can't listen, connect, write
 * to a file, or read one that is not beneath the directory, whatever it is made
 * to do by those who ask it.  When no more connections can come, it ends what it
 * has begun, and then itself.
 *
 * httpd/ has its parts: text, dates, targets, types, requests and answers, which
 * make no calls; the site, listings and connections; and the threads.
 */
#include <cloudabi.h>

#include "httpd/worker.h"

#define ERR 2

#define MOST_CONNECTIONS 1024
/* More descriptors than that many connections need; nobody counts further. */
#define MOST_FDS (2 * MOST_CONNECTIONS + 64)

/**
 * struct given - What the program is given
 * @dir: the directory
 * @connections: where connections come from
 */
struct given {
	cloudabi_fd_t dir;
	cloudabi_fd_t connections;
};

static struct given parse_arguments(const struct cloudabi_start *start)
{
	/* A shell can give no more than numbers. */
	(void)start;
	return (struct given){ .dir = 3, .connections = 4 };
}

static int fail(const char *what, cloudabi_errno_t error)
{
	cloudabi_dprintf(ERR, "httpd: %s: %s (%s)\n", what, cloudabi_strerror(error),
			 cloudabi_errno_name(error));
	return 1;
}

/* How many more descriptors there may be.  There is no way to ask but to try. */
static size_t count_fds(cloudabi_fd_t any)
{
	static cloudabi_fd_t fds[MOST_FDS];
	size_t n = 0, i;

	while (n < MOST_FDS && !cloudabi_sys_fd_dup(any, &fds[n]))
		n++;
	for (i = 0; i < n; i++)
		cloudabi_sys_fd_close(fds[i]);
	return n;
}

/*
 * The connections that each thread can have.  Each takes two descriptors; the
 * thread has two of its own, and one more while it looks for something, and one
 * is on its way from here to there.
 */
static size_t share_of(size_t fds, size_t threads)
{
	const size_t other = 3 * threads + 1;
	size_t n;

	n = fds > other ? (fds - other) / 2 : 0;
	if (n > MOST_CONNECTIONS)
		n = MOST_CONNECTIONS;
	return n / threads;
}

/*
 * Each message is a byte and a descriptor.
 *
 * Return: false when nothing will come any more.
 */
static bool receive(cloudabi_fd_t from, cloudabi_fd_t *fd, bool *received)
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
		fail("no more connections", error);
	return !error && out.ro_datalen;
}

static void accept_all(struct pool *pool, cloudabi_fd_t from)
{
	bool received = false;
	bool more = true;

	while (more) {
		/* First the place: who finds none waits where it comes from. */
		struct worker *const worker = pool_reserve(pool);
		cloudabi_fd_t fd;

		more = receive(from, &fd, &received);
		if (received)
			pool_give(worker, fd);
		else
			pool_release(worker, pool->self);
	}
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct pool pool;
	static struct site site;
	const struct given given = parse_arguments(start);
	const size_t threads = start->ncpus < WORKERS_MAX ? start->ncpus : WORKERS_MAX;
	cloudabi_errno_t error;

	error = site_init(&site, given.dir);
	if (error)
		return fail("descriptor of the directory", error);
	pool.self = start->tid;
	pool.pagesz = start->pagesz;
	pool.share = share_of(count_fds(given.dir), threads);
	if (!pool.share)
		return fail("connections", CLOUDABI_EMFILE);
	error = pool_start(&pool, threads, &site);
	if (error)
		return fail("threads", error);

	accept_all(&pool, given.connections);
	pool_end(&pool);
	return 0;
}
