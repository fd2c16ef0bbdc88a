/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Threads, each of which serves a part of the connections
 */
#ifndef HTTPD_WORKER_H
#define HTTPD_WORKER_H

#include <cloudabi.h>

#include "connection.h"

#define WORKERS_MAX 8

struct pool;

/**
 * struct worker - A thread
 * @pool: all threads
 * @inbox: socket that it receives the descriptors of new connections from, as numbers
 * @outbox: the other end of @inbox
 * @load: number of connections that it has or is about to get; protected by @lock of @pool
 * @slots: its connections: @used active ones, then free ones
 * @used: number of active connections
 * @subs: room for its subscriptions
 * @events: room for its events
 * @server: what its connections share
 */
struct worker {
	struct pool *pool;
	cloudabi_fd_t inbox;
	cloudabi_fd_t outbox;
	size_t load;
	struct connection **slots;
	size_t used;
	cloudabi_subscription_t *subs;
	cloudabi_event_t *events;
	struct server server;
};

/**
 * struct pool - All threads
 * @self: the main thread, which distributes the connections
 * @pagesz: size of a page in bytes
 * @share: number of connections for each thread
 * @n: number of threads
 * @lock: protects @load of each thread
 * @changed: condition variable, signalled when a @load decreases
 * @workers: the threads
 */
struct pool {
	cloudabi_tid_t self;
	size_t pagesz;
	size_t share;
	size_t n;
	cloudabi_lock_t lock;
	cloudabi_condvar_t changed;
	struct worker workers[WORKERS_MAX];
};

cloudabi_errno_t pool_start(struct pool *pool, size_t n, const struct server *server);
struct worker *pool_reserve(struct pool *pool);
void pool_release(struct worker *worker, cloudabi_tid_t self);
void pool_dispatch(struct worker *worker, cloudabi_fd_t fd);
void pool_end(struct pool *pool);

#endif /* HTTPD_WORKER_H */
