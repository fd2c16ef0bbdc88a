/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of poll, and a helper thread
 */
#ifndef SELFTESTS_CLOUDABI_POLLCALLS_H
#define SELFTESTS_CLOUDABI_POLLCALLS_H

#include "sockcalls.h"

#define READ CLOUDABI_EVENTTYPE_FD_READ
#define WRITE CLOUDABI_EVENTTYPE_FD_WRITE
#define CLOCK CLOUDABI_EVENTTYPE_CLOCK
#define CONDVAR CLOUDABI_EVENTTYPE_CONDVAR
#define RDLOCK CLOUDABI_EVENTTYPE_LOCK_RDLOCK
#define WRLOCK CLOUDABI_EVENTTYPE_LOCK_WRLOCK
#define TERMINATE CLOUDABI_EVENTTYPE_PROC_TERMINATE

#define MONOTONIC CLOUDABI_CLOCK_MONOTONIC
#define REALTIME CLOUDABI_CLOCK_REALTIME
#define ABSTIME CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME
#define HANGUP CLOUDABI_EVENT_FD_READWRITE_HANGUP
#define PRIVATE_SCOPE CLOUDABI_SCOPE_PRIVATE

#define MS 1000000ULL
#define SECOND 1000000000ULL
/* Longer than any test may take. */
#define LONG (1000 * SECOND)
/* Longer than any event that is expected to happen, however busy the machine is. */
#define PATIENCE (60 * SECOND)

typedef cloudabi_subscription_t sub_t;

static inline sub_t sub_fd(cloudabi_eventtype_t type, cloudabi_fd_t fd)
{
	return (sub_t){ .userdata = fd, .type = type, .fd_readwrite.fd = fd };
}

static inline sub_t sub_clock(cloudabi_clockid_t clock, cloudabi_timestamp_t timeout,
			      cloudabi_subclockflags_t flags)
{
	return (sub_t){
		.userdata = timeout,
		.type = CLOCK,
		.clock = { .clock_id = clock, .timeout = timeout, .flags = flags },
	};
}

static inline sub_t sub_after(cloudabi_timestamp_t timeout)
{
	return sub_clock(MONOTONIC, timeout, 0);
}

static inline sub_t sub_lock(cloudabi_eventtype_t type, cloudabi_lock_t *lock)
{
	return (sub_t){
		.userdata = (uintptr_t)lock,
		.type = type,
		.lock = { .lock = lock, .lock_scope = PRIVATE_SCOPE },
	};
}

/* Events of the last poll_for(). */
static cloudabi_event_t events[8] __attribute__((__unused__));

/* Polls; returns the number of events, or a negative errno. */
static inline long poll_for(const sub_t *subs, size_t n)
{
	cloudabi_size_t nevents = 0x1234567;
	cloudabi_errno_t error;

	memset(events, 0xff, sizeof(events));
	error = cloudabi_sys_poll(subs, events, n, &nevents);
	return RESULT(error, nevents);
}

#define POLL(...) \
	poll_for((const sub_t[]){ __VA_ARGS__ }, ARRAY_SIZE(((const sub_t[]){ __VA_ARGS__ })))

/*
 * Fields of an event that programs built before November 2017 read: address, length
 * and expected value. They overlay the start of the subscription behind its common
 * fields.
 */
struct old_place {
	size_t offset, len;
};

static inline struct old_place old_place(cloudabi_eventtype_t type)
{
	switch (type) {
	case READ:
	case WRITE:
		return (struct old_place){ 24, 4 };
	case TERMINATE:
		return (struct old_place){ 16, 4 };
	default:
		return (struct old_place){ 16, 8 };
	}
}

static inline bool has_old_place(const cloudabi_event_t *event, const sub_t *sub)
{
	const struct old_place place = old_place(sub->type);

	return !memcmp((const char *)event + place.offset, (const char *)sub + 16, place.len);
}

/* An event as specified today. */
static inline cloudabi_event_t without_old_place(const cloudabi_event_t *event)
{
	const struct old_place place = old_place(event->type);
	cloudabi_event_t copy = *event;

	memset((char *)&copy + place.offset, 0, place.len);
	return copy;
}

/* Whether the event reports the failure of a subscription, and nothing else. */
static inline bool is_failure(const cloudabi_event_t *event, cloudabi_userdata_t userdata,
			      cloudabi_eventtype_t type, cloudabi_errno_t error)
{
	const cloudabi_event_t got = without_old_place(event);
	cloudabi_event_t expected;

	memset(&expected, 0, sizeof(expected));
	expected.userdata = userdata;
	expected.type = type;
	expected.error = error;
	return !memcmp(&got, &expected, sizeof(expected));
}

/* Whether the event reports the success of a subscription, and nothing else. */
static inline bool is_plain(const cloudabi_event_t *event, cloudabi_userdata_t userdata,
			    cloudabi_eventtype_t type)
{
	return is_failure(event, userdata, type, 0);
}

/* Result of look() for a descriptor that is not ready. */
#define SILENT (-1000L)
/* Result of look() after a hang-up: this number plus the bytes. */
#define GONE (1L << 40)

/* The number of bytes that a descriptor is ready for now. */
static inline long look(cloudabi_eventtype_t type, cloudabi_fd_t fd)
{
	const long n = POLL(sub_fd(type, fd), sub_after(0));
	const cloudabi_event_t *const event = &events[0];

	if (n < 0)
		return n;
	if (n == 1 && is_plain(event, 0, CLOCK))
		return SILENT;
	if (event->userdata != fd || event->type != type)
		return -2000;
	if (event->error)
		return -(long)event->error;
	return event->fd_readwrite.nbytes + (event->fd_readwrite.flags & HANGUP ? GONE : 0);
}

static inline cloudabi_timestamp_t now_of(cloudabi_clockid_t clock)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(clock, 1, &time);
	return time;
}

static inline cloudabi_timestamp_t now(void)
{
	return now_of(MONOTONIC);
}

static inline void sleep_for(cloudabi_timestamp_t time)
{
	const sub_t sub = sub_after(time);
	cloudabi_event_t event;
	cloudabi_size_t n;

	cloudabi_sys_poll(&sub, &event, 1, &n);
}

/* A thread that runs one function. */
struct helper {
	void (*job)(void *arg);
	void *arg;
	/* The thread holds it until the thread ends. */
	cloudabi_lock_t lock;
	char stack[16384] __attribute__((__aligned__(16)));
};

static inline void helper_run(cloudabi_tid_t tid, void *arg)
{
	struct helper *const helper = arg;

	__atomic_store_n(&helper->lock, CLOUDABI_LOCK_WRLOCKED | tid, __ATOMIC_RELAXED);
	helper->job(helper->arg);
	cloudabi_sys_thread_exit(&helper->lock, PRIVATE_SCOPE);
}

static inline long helper_start(struct helper *helper, void (*job)(void *arg), void *arg)
{
	const cloudabi_threadattr_t attr = {
		.entry_point = helper_run,
		.stack = helper->stack,
		.stack_len = sizeof(helper->stack),
		.argument = helper,
	};
	cloudabi_tid_t tid;

	helper->job = job;
	helper->arg = arg;
	helper->lock = CLOUDABI_LOCK_WRLOCKED;
	return -(long)cloudabi_sys_thread_create((cloudabi_threadattr_t *)&attr, &tid);
}

static inline void helper_join(struct helper *helper)
{
	while (__atomic_load_n(&helper->lock, __ATOMIC_ACQUIRE))
		sleep_for(MS);
}

#endif /* SELFTESTS_CLOUDABI_POLLCALLS_H */
