// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll while the clock is set
 *
 * A wait until a time of the realtime clock ends when that clock reaches it.
 * All other waits end after the elapsed time.
 */

#include <poll.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "server.h"

#define SUBS SERVER_ROOM
#define EVENTS (SERVER_ROOM + 0x400)
#define LOCK (SERVER_ROOM + 0x800)

#define MS 1000000LL
#define SECOND 1000000000LL
#define STEP (1000 * SECOND)

#define MONOTONIC CLOUDABI_CLOCK_MONOTONIC
#define REALTIME CLOUDABI_CLOCK_REALTIME
#define ABSTIME CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME

FIXTURE(stepped) {
	struct server server;
	/* The difference between the realtime clock and the monotonic clock. */
	int64_t ahead;
};

FIXTURE_VARIANT(stepped) {
	/* Further subscriptions: a lock, or a time that never comes. */
	bool lock, other;
};

FIXTURE_VARIANT_ADD(stepped, alone) { };
FIXTURE_VARIANT_ADD(stepped, with_the_other_clock) { .other = true };
FIXTURE_VARIANT_ADD(stepped, of_a_lock) { .lock = true };

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void set(int64_t ns)
{
	const struct timespec time = { .tv_sec = ns / SECOND, .tv_nsec = ns % SECOND };

	if (clock_settime(CLOCK_REALTIME, &time))
		abort();
}

static void step(int64_t ns)
{
	set(now(CLOCK_REALTIME) + ns);
}

FIXTURE_SETUP(stepped)
{
	self->ahead = now(CLOCK_REALTIME) - now(CLOCK_MONOTONIC);
	ASSERT_EQ(0, server_start(&self->server));
}

FIXTURE_TEARDOWN(stepped)
{
	set(now(CLOCK_MONOTONIC) + self->ahead);
	server_stop(&self->server);
}

static cloudabi_subscription_t until(cloudabi_clockid_t clock, int64_t time, int flags)
{
	const int64_t base = now(clock == REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC);

	return (cloudabi_subscription_t){
		.userdata = time,
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = {
			.clock_id = clock,
			.timeout = flags & ABSTIME ? base + time : time,
			.flags = flags,
		},
	};
}

static const cloudabi_subscription_t lock = {
	.type = CLOUDABI_EVENTTYPE_LOCK_WRLOCK,
	.lock = { .lock = (void *)LOCK, .lock_scope = CLOUDABI_SCOPE_PRIVATE },
};

/* Makes the server poll, and waits until it sleeps. */
static bool begin(struct server *server, const cloudabi_subscription_t *subs, size_t n)
{
	const struct regs regs = {
		.rax = CLOUDABI_NR_poll, .rdi = SUBS, .rsi = EVENTS, .rdx = n,
		.rsp = SERVER_STACK, .flags = 2,
	};
	const cloudabi_lock_t held = 1;

	if (poke(server->pid, SUBS, subs, n * sizeof(*subs)) < 0 ||
	    poke(server->pid, LOCK, &held, sizeof(held)) < 0)
		return false;
	server_send(server, &regs);
	return falls_asleep(server->pid);
}

/* Returns the user data of the only event. */
static int64_t finish(struct server *server)
{
	cloudabi_event_t event;
	struct regs regs;

	if (!server_receive(server, &regs) || regs.flags & FLAG_CF || regs.rax != 1 ||
	    peek(server->pid, EVENTS, &event, sizeof(event)) != sizeof(event) || event.error ||
	    event.type != CLOUDABI_EVENTTYPE_CLOCK)
		return -1;
	return event.userdata;
}

/* Returns true if the server stays asleep for a while. */
static bool stays_asleep(struct server *server)
{
	struct pollfd out = { .fd = server->out, .events = POLLIN };

	return poll(&out, 1, 200) == 0 && falls_asleep(server->pid);
}

static bool wait_for(FIXTURE_DATA(stepped) *self, const FIXTURE_VARIANT(stepped) *variant,
		     cloudabi_clockid_t clock, int64_t time, int flags)
{
	cloudabi_subscription_t subs[2];
	size_t n = 0;

	if (variant->lock)
		subs[n++] = lock;
	if (variant->other)
		subs[n++] = until(clock == REALTIME && flags ? MONOTONIC : REALTIME,
				  1000 * STEP, ABSTIME);
	subs[n++] = until(clock, time, flags);
	return begin(&self->server, subs, n);
}

TEST_F(stepped, forward_step_ends_a_wait)
{
	ASSERT_TRUE(wait_for(self, variant, REALTIME, STEP, ABSTIME));
	step(STEP / 2);
	EXPECT_TRUE(stays_asleep(&self->server));
	step(STEP / 2);
	EXPECT_EQ(STEP, finish(&self->server));
}

/* Returns false if a busy machine let the time pass before the step. */
static bool prolongs(struct __test_metadata *_metadata, FIXTURE_DATA(stepped) *self,
		     const FIXTURE_VARIANT(stepped) *variant, int64_t time)
{
	const int64_t start = now(CLOCK_MONOTONIC);
	bool in_time;

	ASSERT_TRUE(wait_for(self, variant, REALTIME, time, ABSTIME));
	step(-STEP);
	in_time = now(CLOCK_MONOTONIC) < start + time;
	if (in_time) {
		while (now(CLOCK_MONOTONIC) < start + time + SECOND / 10)
			usleep(20000);
		EXPECT_TRUE(stays_asleep(&self->server));
	}
	step(STEP);
	EXPECT_EQ(time, finish(&self->server));
	return in_time;
}

TEST_F(stepped, backward_step_prolongs_a_wait)
{
	int64_t time = SECOND;

	while (!prolongs(_metadata, self, variant, time)) {
		time *= 2;
		ASSERT_GE(32 * SECOND, time);
	}
}

/* The wait follows the clock, however often and wherever it is set. */
TEST_F(stepped, wait_ends_when_the_clock_says_so)
{
	const int64_t end = now(CLOCK_REALTIME) + SECOND / 2;

	ASSERT_TRUE(wait_for(self, variant, REALTIME, SECOND / 2, ABSTIME));
	for (int i = 0; i < 50; i++) {
		step(-STEP);
		step(STEP);
	}
	EXPECT_EQ(SECOND / 2, finish(&self->server));
	EXPECT_LE(end, now(CLOCK_REALTIME));
}

static const struct {
	cloudabi_clockid_t clock;
	int flags;
} unmoved[] = { { REALTIME, 0 }, { MONOTONIC, 0 }, { MONOTONIC, ABSTIME } };

TEST_F(stepped, forward_step_ends_no_other_wait)
{
	for (size_t i = 0; i < ARRAY_SIZE(unmoved); i++) {
		const int64_t start = now(CLOCK_MONOTONIC);

		ASSERT_TRUE(wait_for(self, variant, unmoved[i].clock, SECOND, unmoved[i].flags));
		step(STEP);
		EXPECT_EQ(SECOND, finish(&self->server));
		EXPECT_LE(start + SECOND, now(CLOCK_MONOTONIC)) TH_LOG("case %zu", i);
		step(-STEP);
	}
}

TEST_F(stepped, backward_step_prolongs_no_other_wait)
{
	for (size_t i = 0; i < ARRAY_SIZE(unmoved); i++) {
		const int64_t start = now(CLOCK_MONOTONIC);

		ASSERT_TRUE(wait_for(self, variant, unmoved[i].clock, SECOND, unmoved[i].flags));
		step(-STEP);
		EXPECT_EQ(SECOND, finish(&self->server));
		EXPECT_LE(start + SECOND, now(CLOCK_MONOTONIC)) TH_LOG("case %zu", i);
		EXPECT_LT(now(CLOCK_MONOTONIC), start + 60 * SECOND) TH_LOG("case %zu", i);
		step(STEP);
	}
}

TEST_HARNESS_MAIN
