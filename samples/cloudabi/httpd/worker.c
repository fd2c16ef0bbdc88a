// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Threads, each of which serves a part of the connections
 *
 * A thread polls its connections and its inbox, a socket.  Threads share descriptors, so
 * the main thread passes a connection by writing its number to the inbox.  It
 * reserves a slot first, so a thread never gets more connections than it has slots for.
 */
#include "lock.h"
#include "worker.h"

#define STACK_SIZE 65536

/* In the inbox: there will be no more connections. */
#define INBOX_END CLOUDABI_PROCESS_CHILD

static cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 1000000, &time);
	return time;
}

static void add_connection(struct worker *worker, cloudabi_fd_t fd, cloudabi_tid_t self)
{
	struct connection *const c = worker->slots[worker->used];

	if (!connection_start(c, fd, &worker->server)) {
		pool_release(worker, self);
		return;
	}
	worker->used++;
	/* The request usually has arrived by now. */
	if (!connection_run(c, &worker->server))
		connection_stop(c);
}

/* Closes the connections that have not begun a request. */
static void close_idle(struct worker *worker)
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
		if (fd == INBOX_END)
			close_idle(worker);
		else
			add_connection(worker, fd, self);
	}
}

/*
 * Closes connections whose deadline has passed, and moves closed ones to the free slots.
 * Only this frees a slot, so events of the same poll still find their connection.
 */
static void reap_connections(struct worker *worker, cloudabi_tid_t self)
{
	size_t i = 0;

	while (i < worker->used) {
		struct connection *const c = worker->slots[i];

		if (c->state != CONNECTION_FREE &&
		    worker->server.now >= connection_deadline(c, &worker->server) &&
		    !connection_time_out(c, &worker->server))
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

	worker->server.crowded = worker->used == worker->pool->share;
	subs[n++] = (cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_FD_READ,
		.fd_readwrite.fd = worker->inbox,
	};
	for (i = 0; i < worker->used; i++) {
		struct connection *const c = worker->slots[i];
		const cloudabi_timestamp_t deadline = connection_deadline(c, &worker->server);

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

static void handle_event(struct worker *worker, const cloudabi_event_t *event, cloudabi_tid_t self)
{
	struct connection *const c = (struct connection *)(uintptr_t)event->userdata;

	if (event->type == CLOUDABI_EVENTTYPE_CLOCK)
		return;
	if (!c)
		read_inbox(worker, self);
	else if (c->state != CONNECTION_FREE &&
		 (event->error || !connection_run(c, &worker->server)))
		connection_stop(c);
}

static void run_worker(cloudabi_tid_t self, void *arg)
{
	struct worker *const worker = arg;

	for (;;) {
		const size_t n = subscribe(worker);
		cloudabi_size_t nevents = 0, i;

		if (cloudabi_sys_poll(worker->subs, worker->events, n, &nevents))
			cloudabi_sys_thread_yield();
		worker->server.now = now();
		for (i = 0; i < nevents; i++)
			handle_event(worker, &worker->events[i], self);
		reap_connections(worker, self);
	}
}

/* Maps zeroed memory, which the kernel allocates on first use.  Returns NULL on failure. */
static void *map_memory(size_t len)
{
	void *mem;

	if (cloudabi_sys_mem_map(NULL, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				 CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0,
				 &mem))
		return NULL;
	return mem;
}

/* Maps a stack with an inaccessible guard page below it. */
static void *map_stack(size_t pagesz)
{
	char *const mem = map_memory(pagesz + STACK_SIZE);

	if (!mem || cloudabi_sys_mem_protect(mem, pagesz, 0))
		return NULL;
	return mem + pagesz;
}

static bool allocate_slots(struct worker *worker, size_t share)
{
	struct connection *const connections = map_memory(share * sizeof(*connections));
	size_t i;

	/* Two more than connections: the inbox and the clock. */
	worker->subs = map_memory((share + 2) * sizeof(*worker->subs));
	worker->events = map_memory((share + 2) * sizeof(*worker->events));
	worker->slots = map_memory(share * sizeof(*worker->slots));
	worker->server.buffer = map_memory(CONNECTION_BUFFER);
	if (!connections || !worker->subs || !worker->events || !worker->slots ||
	    !worker->server.buffer)
		return false;
	for (i = 0; i < share; i++)
		worker->slots[i] = &connections[i];
	return true;
}

static cloudabi_errno_t start_worker(struct worker *worker)
{
	const cloudabi_fdstat_t stat = { .fs_flags = CLOUDABI_FDFLAG_NONBLOCK };
	cloudabi_threadattr_t attr = {
		.entry_point = run_worker,
		.stack = map_stack(worker->pool->pagesz),
		.stack_len = STACK_SIZE,
		.argument = worker,
	};
	cloudabi_errno_t error;
	cloudabi_tid_t tid;

	if (!attr.stack || !allocate_slots(worker, worker->pool->share))
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
 * pool_start() - Start the threads
 * @pool: @self, @pagesz and @share must be set
 * @n: number of threads
 * @server: what the connections of all threads share; copied
 *
 * Return: an errno.  After an error some threads may run: the process has to exit.
 */
cloudabi_errno_t pool_start(struct pool *pool, size_t n, const struct server *server)
{
	cloudabi_errno_t error = CLOUDABI_ESUCCESS;

	for (pool->n = 0; pool->n < n && !error; pool->n++) {
		struct worker *const worker = &pool->workers[pool->n];

		worker->pool = pool;
		worker->server = *server;
		worker->server.now = now();
		error = start_worker(worker);
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

/**
 * pool_reserve() - Reserve a slot for a connection
 * @pool: the threads
 *
 * Waits until a slot is free.
 *
 * Return: the thread with the slot.
 */
struct worker *pool_reserve(struct pool *pool)
{
	struct worker *worker;

	lock_acquire(&pool->lock, pool->self);
	while ((worker = least_loaded(pool))->load == pool->share)
		lock_wait(&pool->changed, &pool->lock);
	worker->load++;
	lock_release(&pool->lock, pool->self);
	return worker;
}

/**
 * pool_release() - Free a slot
 * @worker: the thread of the slot
 * @self: the calling thread
 */
void pool_release(struct worker *worker, cloudabi_tid_t self)
{
	struct pool *const pool = worker->pool;

	lock_acquire(&pool->lock, self);
	worker->load--;
	lock_signal(&pool->changed);
	lock_release(&pool->lock, self);
}

/**
 * pool_dispatch() - Pass a connection to a thread
 * @worker: the thread, from pool_reserve()
 * @fd: socket of the connection, which is the thread's from now on
 */
void pool_dispatch(struct worker *worker, cloudabi_fd_t fd)
{
	cloudabi_write_all(worker->outbox, &fd, sizeof(fd));
}

/**
 * pool_end() - Wait until all requests that have begun are finished
 * @pool: the threads
 */
void pool_end(struct pool *pool)
{
	size_t i;

	/* All threads must know before the first one acts on it, as clients notice the latter. */
	for (i = 0; i < pool->n; i++)
		__atomic_store_n(&pool->workers[i].server.ending, true, __ATOMIC_SEQ_CST);
	for (i = 0; i < pool->n; i++)
		pool_dispatch(&pool->workers[i], INBOX_END);
	lock_acquire(&pool->lock, pool->self);
	for (i = 0; i < pool->n; i++)
		while (pool->workers[i].load)
			lock_wait(&pool->changed, &pool->lock);
	lock_release(&pool->lock, pool->self);
}
