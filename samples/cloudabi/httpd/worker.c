// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Threads, each with a share of the connections
 *
 * A thread polls all that it has.  As threads of a process share descriptors,
 * handing it a connection is to write the number into a socket that it polls,
 * too; nobody gives it more than it has room for.
 */
#include "lock.h"
#include "worker.h"

#define STACK_SIZE 65536

/* Not a connection, but the news that there will be no more. */
#define NO_MORE CLOUDABI_PROCESS_CHILD

static cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 1000000, &time);
	return time;
}

static void take_connection(struct worker *worker, cloudabi_fd_t fd, cloudabi_tid_t self)
{
	struct connection *const c = worker->slots[worker->used];

	if (!connection_start(c, fd, &worker->serving)) {
		pool_release(worker, self);
		return;
	}
	worker->used++;
	/* By now the request has come as a rule. */
	if (!connection_run(c, &worker->serving))
		connection_stop(c);
}

/* Nobody who has not asked for anything yet is waited for any longer. */
static void end_idle(struct worker *worker)
{
	size_t i;

	for (i = 0; i < worker->used; i++) {
		struct connection *const c = worker->slots[i];

		if (c->state == CONNECTION_READING && !c->in_len)
			connection_stop(c);
	}
}

static void read_inbox(struct worker *worker, cloudabi_tid_t self)
{
	cloudabi_fd_t fd;
	cloudabi_size_t len;

	while (!cloudabi_read(worker->inbox, &fd, sizeof(fd), &len) && len == sizeof(fd)) {
		if (fd == NO_MORE)
			end_idle(worker);
		else
			take_connection(worker, fd, self);
	}
}

/*
 * Ends those whose time is over, and takes out those that have ended.  Only then
 * their places are free.
 */
static void tidy(struct worker *worker, cloudabi_tid_t self)
{
	size_t i = 0;

	while (i < worker->used) {
		struct connection *const c = worker->slots[i];

		if (c->state != CONNECTION_FREE &&
		    worker->serving.now >= connection_deadline(c, &worker->serving) &&
		    !connection_expire(c, &worker->serving))
			connection_stop(c);
		if (c->state != CONNECTION_FREE) {
			i++;
			continue;
		}
		worker->slots[i] = worker->slots[--worker->used];
		worker->slots[worker->used] = c;
		pool_release(worker, self);
	}
}

static size_t subscribe(struct worker *worker)
{
	cloudabi_subscription_t *const subs = worker->subs;
	cloudabi_timestamp_t first = UINT64_MAX;
	size_t i, n = 0;

	worker->serving.crowded = worker->used == worker->pool->share;
	subs[n++] = (cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_FD_READ,
		.fd_readwrite.fd = worker->inbox,
	};
	for (i = 0; i < worker->used; i++) {
		struct connection *const c = worker->slots[i];
		const cloudabi_timestamp_t deadline = connection_deadline(c, &worker->serving);

		subs[n++] = (cloudabi_subscription_t){
			.userdata = (uintptr_t)c,
			.type = c->wants_write ? CLOUDABI_EVENTTYPE_FD_WRITE :
						 CLOUDABI_EVENTTYPE_FD_READ,
			.fd_readwrite.fd = c->fd,
		};
		if (deadline < first)
			first = deadline;
	}
	if (worker->used)
		subs[n++] = (cloudabi_subscription_t){
			.type = CLOUDABI_EVENTTYPE_CLOCK,
			.clock = {
				.clock_id = CLOUDABI_CLOCK_MONOTONIC,
				.timeout = first,
				.flags = CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME,
			},
		};
	return n;
}

static void handle(struct worker *worker, const cloudabi_event_t *event, cloudabi_tid_t self)
{
	struct connection *const c = (struct connection *)(uintptr_t)event->userdata;

	if (event->type == CLOUDABI_EVENTTYPE_CLOCK)
		return;
	if (!c)
		read_inbox(worker, self);
	else if (c->state != CONNECTION_FREE &&
		 (event->error || !connection_run(c, &worker->serving)))
		connection_stop(c);
}

static void work(cloudabi_tid_t self, void *arg)
{
	struct worker *const worker = arg;

	for (;;) {
		const size_t n = subscribe(worker);
		cloudabi_size_t nevents = 0, i;

		if (cloudabi_sys_poll(worker->subs, worker->events, n, &nevents))
			cloudabi_sys_thread_yield();
		worker->serving.now = now();
		for (i = 0; i < nevents; i++)
			handle(worker, &worker->events[i], self);
		tidy(worker, self);
	}
}

/* Memory of its own pages, which exist when they are touched; NULL if there is none. */
static void *map(size_t len)
{
	void *mem;

	if (cloudabi_sys_mem_map(NULL, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				 CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0,
				 &mem))
		return NULL;
	return mem;
}

/* A stack that grows too large meets a page that is not there. */
static void *map_stack(size_t pagesz)
{
	char *const mem = map(pagesz + STACK_SIZE);

	if (!mem || cloudabi_sys_mem_protect(mem, pagesz, 0))
		return NULL;
	return mem + pagesz;
}

static bool allocate(struct worker *worker, size_t share)
{
	struct connection *const connections = map(share * sizeof(*connections));
	size_t i;

	/* Besides connections there are the inbox and the clock. */
	worker->subs = map((share + 2) * sizeof(*worker->subs));
	worker->events = map((share + 2) * sizeof(*worker->events));
	worker->slots = map(share * sizeof(*worker->slots));
	worker->serving.buffer = map(CONNECTION_BUFFER);
	if (!connections || !worker->subs || !worker->events || !worker->slots ||
	    !worker->serving.buffer)
		return false;
	for (i = 0; i < share; i++)
		worker->slots[i] = &connections[i];
	return true;
}

static cloudabi_errno_t start(struct worker *worker)
{
	const cloudabi_fdstat_t stat = { .fs_flags = CLOUDABI_FDFLAG_NONBLOCK };
	cloudabi_threadattr_t attr = {
		.entry_point = work,
		.stack = map_stack(worker->pool->pagesz),
		.stack_len = STACK_SIZE,
		.argument = worker,
	};
	cloudabi_errno_t error;
	cloudabi_tid_t tid;

	if (!attr.stack || !allocate(worker, worker->pool->share))
		return CLOUDABI_ENOMEM;
	error = cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_DGRAM, &worker->inbox,
					&worker->outbox);
	if (!error)
		error = cloudabi_sys_fd_stat_put(worker->inbox, &stat, CLOUDABI_FDSTAT_FLAGS);
	if (!error)
		error = cloudabi_sys_thread_create(&attr, &tid);
	return error;
}

/**
 * pool_start - Start the threads
 * @pool: has who starts them, the size of a page, and the share of each
 * @n: how many
 * @serving: what they have in common of what they serve with
 *
 * Return: an errno, after which the process is good for nothing but to end.
 */
cloudabi_errno_t pool_start(struct pool *pool, size_t n, const struct serving *serving)
{
	cloudabi_errno_t error = CLOUDABI_ESUCCESS;

	for (pool->n = 0; pool->n < n && !error; pool->n++) {
		struct worker *const worker = &pool->workers[pool->n];

		worker->pool = pool;
		worker->serving = *serving;
		worker->serving.now = now();
		error = start(worker);
	}
	return error;
}

static struct worker *least_loaded(struct pool *pool)
{
	struct worker *least = &pool->workers[0];
	size_t i;

	for (i = 1; i < pool->n; i++)
		if (pool->workers[i].load < least->load)
			least = &pool->workers[i];
	return least;
}

/* A place for a connection; waits for one as long as it takes. */
struct worker *pool_reserve(struct pool *pool)
{
	struct worker *worker;

	lock_take(&pool->lock, pool->self);
	while ((worker = least_loaded(pool))->load == pool->share)
		lock_wait(&pool->changed, &pool->lock);
	worker->load++;
	lock_drop(&pool->lock, pool->self);
	return worker;
}

void pool_release(struct worker *worker, cloudabi_tid_t self)
{
	struct pool *const pool = worker->pool;

	lock_take(&pool->lock, self);
	worker->load--;
	lock_signal(&pool->changed);
	lock_drop(&pool->lock, self);
}

/* Gives a connection to the one at whom a place was reserved. */
void pool_give(struct worker *worker, cloudabi_fd_t fd)
{
	cloudabi_write_all(worker->outbox, &fd, sizeof(fd));
}

/* Lets what has begun come to its end, and waits for that. */
void pool_end(struct pool *pool)
{
	size_t i;

	/* All know before the first one acts upon it, which clients see. */
	for (i = 0; i < pool->n; i++)
		__atomic_store_n(&pool->workers[i].serving.ending, true, __ATOMIC_SEQ_CST);
	for (i = 0; i < pool->n; i++)
		pool_give(&pool->workers[i], NO_MORE);
	lock_take(&pool->lock, pool->self);
	for (i = 0; i < pool->n; i++)
		while (pool->workers[i].load)
			lock_wait(&pool->changed, &pool->lock);
	lock_drop(&pool->lock, pool->self);
}
