// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Serve a directory to the web
 *
 *	$ cloudabi-run httpd.cloudabi <httpd.yaml
 *	$ cloudabi-accept 127.0.0.1:8080 ./httpd.cloudabi 3</srv/www
 *
 * A launcher gives it a map as argument data:
 *
 *	root		descriptor of the directory
 *	connections	a local stream from which connections come, as descriptors
 *	log		descriptor for complaints; without it there are none
 *	name		what answers say as the name of the server
 *	timeout		seconds to wait for a request, or for a client to go on (10)
 *
 * The last three may be missing.  Without a launcher the directory is descriptor 3,
 * the stream 4, and the log 2.  The program has nothing else.  It can't listen,
 * connect, write to a file, or read one that is not beneath the directory, whatever
 * it is made to do by those who ask it.
 *
 * When no more connections can come, it ends what it has begun, and then itself.
 * Its exit status is 0 then, 1 if something that it was given is of no use, and 2 if
 * the argument data are neither strings nor such a map.
 *
 * httpd/ has its parts: settings, text, dates, targets, types, names, requests,
 * ranges, parts and answers, which make no calls; the site, listings, replies and
 * connections; and the threads.
 */
#include <cloudabi.h>

#include "httpd/settings.h"
#include "httpd/worker.h"

#define SECOND 1000000000ULL

#define EXIT_FAILED 1
#define EXIT_SETTINGS 2

#define MOST_CONNECTIONS 1024
/* More descriptors than that many connections need; nobody counts further. */
#define MOST_FDS (2 * MOST_CONNECTIONS + 64)

static struct settings settings;

static int fail(const char *what, cloudabi_errno_t error)
{
	if (settings.logs)
		cloudabi_dprintf(settings.log, "httpd: %s: %s (%s)\n", what,
				 cloudabi_strerror(error), cloudabi_errno_name(error));
	return EXIT_FAILED;
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
static bool receive(cloudabi_fd_t from, cloudabi_fd_t *fd, bool *received, int *status)
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

/* Return: what the program ends with. */
static int accept_all(struct pool *pool, cloudabi_fd_t from)
{
	bool received = false;
	bool more = true;
	int status = 0;

	while (more) {
		/* First the place: who finds none waits where it comes from. */
		struct worker *const worker = pool_reserve(pool);
		cloudabi_fd_t fd;

		more = receive(from, &fd, &received, &status);
		if (received)
			pool_give(worker, fd);
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
	const struct serving serving = {
		.site = &site,
		.name = settings.name,
		.patience = settings.timeout * SECOND,
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
	pool.share = share_of(count_fds(settings.root), threads);
	if (!pool.share)
		return fail("connections", CLOUDABI_EMFILE);
	error = pool_start(&pool, threads, &serving);
	if (error)
		return fail("threads", error);

	status = accept_all(&pool, settings.connections);
	pool_end(&pool);
	return status;
}
