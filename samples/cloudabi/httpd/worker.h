/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Threads, each with a share of the connections
 */
#ifndef HTTPD_WORKER_H
#define HTTPD_WORKER_H

#include <cloudabi.h>

#include "connection.h"

#define WORKERS_MAX 8

struct pool;

/**
 * struct worker - A thread
 * @pool: all of them
 * @inbox: where it gets numbers of descriptors from
 * @outbox: the other end of @inbox
 * @load: connections that it has, or is about to get; under the lock of @pool
 * @slots: its connections, those that are not free first
 * @used: how many are not free
 * @subs: room for what it polls
 * @events: and for what comes of it
 * @serving: what its connections are served with
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
	struct serving serving;
};

/**
 * struct pool - All threads that serve
 * @self: the thread that hands connections to them
 * @pagesz: size of a page
 * @share: connections that each can have
 * @n: how many there are
 * @lock: protects @load of each
 * @changed: signalled when one of these becomes less
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

cloudabi_errno_t pool_start(struct pool *pool, size_t n, const struct serving *serving);
struct worker *pool_reserve(struct pool *pool);
void pool_release(struct worker *worker, cloudabi_tid_t self);
void pool_give(struct worker *worker, cloudabi_fd_t fd);
void pool_end(struct pool *pool);

#endif /* HTTPD_WORKER_H */
