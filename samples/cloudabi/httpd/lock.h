/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - A lock and a condition variable
 *
 * These are the ABI's: the fast path acquires and releases an uncontended lock by an atomic
 * operation in user space, and enters the kernel only if another thread waits.  See
 * Documentation/userspace-api/cloudabi/locks.rst for the protocol.
 */
#ifndef HTTPD_LOCK_H
#define HTTPD_LOCK_H

#include <cloudabi.h>

static inline void lock_poll(const cloudabi_subscription_t *sub)
{
	cloudabi_event_t event;
	cloudabi_size_t n;

	/* Fails only if the program is wrong. */
	if (cloudabi_sys_poll(sub, &event, 1, &n) || event.error)
		__builtin_trap();
}

/* @self is the id of the calling thread. */
static inline void lock_acquire(cloudabi_lock_t *lock, cloudabi_tid_t self)
{
	const cloudabi_subscription_t sub = {
		.type = CLOUDABI_EVENTTYPE_LOCK_WRLOCK,
		.lock = { .lock = lock, .lock_scope = CLOUDABI_SCOPE_PRIVATE },
	};
	cloudabi_lock_t free = CLOUDABI_LOCK_UNLOCKED;

	if (!__atomic_compare_exchange_n(lock, &free, CLOUDABI_LOCK_WRLOCKED | self, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		lock_poll(&sub);
}

static inline void lock_release(cloudabi_lock_t *lock, cloudabi_tid_t self)
{
	cloudabi_lock_t own = CLOUDABI_LOCK_WRLOCKED | self;

	if (!__atomic_compare_exchange_n(lock, &own, CLOUDABI_LOCK_UNLOCKED, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED) &&
	    cloudabi_sys_lock_unlock(lock, CLOUDABI_SCOPE_PRIVATE))
		__builtin_trap();
}

/* Releases the lock, waits for a signal, and acquires the lock again. */
static inline void lock_wait(cloudabi_condvar_t *condvar, cloudabi_lock_t *lock)
{
	const cloudabi_subscription_t sub = {
		.type = CLOUDABI_EVENTTYPE_CONDVAR,
		.condvar = {
			.condvar = condvar,
			.lock = lock,
			.condvar_scope = CLOUDABI_SCOPE_PRIVATE,
			.lock_scope = CLOUDABI_SCOPE_PRIVATE,
		},
	};

	lock_poll(&sub);
}

/* Wakes one waiter; the lock must be held, so that no waiter is missed. */
static inline void lock_signal(cloudabi_condvar_t *condvar)
{
	if (__atomic_load_n(condvar, __ATOMIC_RELAXED) &&
	    cloudabi_sys_condvar_signal(condvar, CLOUDABI_SCOPE_PRIVATE, 1))
		__builtin_trap();
}

#endif /* HTTPD_LOCK_H */
