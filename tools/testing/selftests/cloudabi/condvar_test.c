// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Condition variables: poll for them, and condvar_signal
 */

#include "locksite.h"

#define OTHER (WR | 12345)
#define A_WHILE (20 * MS)

static struct waiter waiters[16];
static cloudabi_lock_t lock;
static cloudabi_condvar_t condvar;
static struct lock_site here;

static cloudabi_lock_t own(void)
{
	return WR | initial_tid();
}

static cloudabi_lock_t of(const struct waiter *w)
{
	return WR | w->thread.tid;
}

static const struct lock_site *at_condvar(void)
{
	here = (struct lock_site){
		.scope = PRIVATE_SCOPE,
		.lock = &lock,
		.their_lock = &lock,
		.condvar = &condvar,
		.their_condvar = &condvar,
	};
	return &here;
}

static long lock_at(const struct lock_site *p)
{
	return wrlock(initial_tid(), p->lock, p->scope) - WRLOCK;
}

static long unlock_at(const struct lock_site *p)
{
	return wrunlock(initial_tid(), p->lock, p->scope);
}

/*
 * Starts threads that wait at the condition variable, in this order; the lock is
 * free.
 */
#define START_SLEEPERS(n, site, released) do {                      \
	n_back = 0;                                                 \
	for (int i_ = 0; i_ < (n); i_++) {                          \
		START(&waiters[i_], CONDVAR, site, NULL, released); \
		EXPECT_EQ(0, word_of((site)->lock));                \
		EXPECT_NE(0, word_of((site)->condvar));             \
	}                                                           \
} while (0)

/* Signals without a waiter, and invalid signals */

TEST_F(site, signal_to_nobody_succeeds)
{
	const struct lock_site *const p = &self->site;

	EXPECT_EQ(0, signal_by_kernel(p->condvar, p->scope, 1));
	EXPECT_EQ(0, signal_by_kernel(p->condvar, p->scope, ALL));
	EXPECT_EQ(0, word_of(p->condvar));
	/* The kernel has no waiter for the word, so it does not change the word. */
	set_word(p->condvar, 5);
	EXPECT_EQ(0, signal_by_kernel(p->condvar, p->scope, 1));
	set_word(p->condvar, 0);
}

TEST_F(site, signal_of_no_threads_wakes_none)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(1, p, true);
	EXPECT_EQ(0, signal_by_kernel(p->condvar, p->scope, 0));
	sleep_for(A_WHILE);
	EXPECT_EQ(0, n_back);
	EXPECT_NE(0, word_of(p->condvar));
	EXPECT_EQ(0, signal_by_kernel(p->condvar, p->scope, 1));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
}

/* A woken waiter owns the lock */

TEST_F(site, signalled_waiter_owns_a_free_lock)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(1, p, false);
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
	EXPECT_EQ(0, word_of(p->condvar));
	EXPECT_TRUE(waiter_is_back(&waiters[0]));
	EXPECT_EQ(of(&waiters[0]), waiters[0].seen);
	EXPECT_EQ(0, waiters[0].seen_condvar);
	EXPECT_EQ(of(&waiters[0]), word_of(p->lock));
	waiter_release(&waiters[0]);
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
}

/* The signaller holds the lock, as usual; the waiter does not run before the unlock. */
TEST_F(site, signalled_waiter_waits_for_a_held_lock)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(1, p, true);
	EXPECT_EQ(0, lock_at(p));
	EXPECT_EQ(own(), word_of(p->lock));
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
	EXPECT_EQ(0, word_of(p->condvar));
	EXPECT_EQ(KM | own(), word_of(p->lock));
	sleep_for(A_WHILE);
	EXPECT_EQ(0, n_back);
	EXPECT_TRUE(is_asleep(&waiters[0].thread));
	EXPECT_EQ(0, unlock_at(p));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
	EXPECT_EQ(of(&waiters[0]), waiters[0].seen);
}

TEST_F(site, signalled_waiter_waits_for_readers)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(2, p, true);
	EXPECT_EQ(RDLOCK, rdlock(p->lock, p->scope));
	EXPECT_EQ(RDLOCK, rdlock(p->lock, p->scope));
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, ALL));
	EXPECT_EQ(KM | 2, word_of(p->lock));
	EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	sleep_for(A_WHILE);
	EXPECT_EQ(0, n_back);
	EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[1]));
}

/* Other waiters for the lock come first. */
TEST_F(site, signalled_waiter_queues_behind_others)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(2, p, true);
	EXPECT_EQ(0, lock_at(p));
	START(&waiters[2], RDLOCK, p, NULL, true);
	START(&waiters[3], WRLOCK, p, NULL, true);
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, ALL));
	EXPECT_EQ(0, word_of(p->condvar));
	EXPECT_EQ(KM | own(), word_of(p->lock));
	START(&waiters[4], WRLOCK, p, NULL, true);
	EXPECT_EQ(0, unlock_at(p));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[3]));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[1]));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[4]));
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[2]));
	EXPECT_EQ(0, waiters[3].order);
	EXPECT_EQ(1, waiters[0].order);
	EXPECT_EQ(2, waiters[1].order);
	EXPECT_EQ(3, waiters[4].order);
	EXPECT_EQ(4, waiters[2].order);
}

TEST_F(site, broadcast_lets_all_go_on_in_their_order)
{
	const struct lock_site *const p = &self->site;
	const unsigned int n = ARRAY_SIZE(waiters);

	for (int held = 0; held < 2; held++) {
		START_SLEEPERS((int)n, p, true);
		if (held)
			EXPECT_EQ(0, lock_at(p));
		EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, held ? ALL : n));
		EXPECT_EQ(0, word_of(p->condvar));
		if (held)
			EXPECT_EQ(0, unlock_at(p));
		for (unsigned int i = 0; i < n; i++) {
			EXPECT_EQ(CONDVAR, waiter_join(&waiters[i]));
			EXPECT_EQ(i, waiters[i].order);
			EXPECT_EQ(of(&waiters[i]) | (i < n - 1 ? KM : 0), waiters[i].seen);
		}
	}
}

/* The word says that there are waiters until the last waiter has been signalled. */
TEST_F(site, signal_wakes_as_many_as_it_says)
{
	const struct lock_site *const p = &self->site;

	START_SLEEPERS(6, p, true);
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 3));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(CONDVAR, waiter_join(&waiters[i]));
	EXPECT_NE(0, word_of(p->condvar));
	sleep_for(A_WHILE);
	EXPECT_EQ(3, n_back);
	for (int i = 3; i < 6; i++) {
		EXPECT_NE(0, word_of(p->condvar));
		EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
		EXPECT_EQ(CONDVAR, waiter_join(&waiters[i]));
		EXPECT_EQ(i, waiters[i].order);
	}
}

/* Signals when this many waiters are back. */
static struct {
	struct thread thread;
	const struct lock_site *site;
	unsigned int n;
	long error;
	char stack[THREAD_STACK] __attribute__((__aligned__(16)));
} signaller;

static void signal_job(struct thread *self)
{
	const struct lock_site *const p = signaller.site;

	becomes(&n_back, signaller.n);
	signaller.error = signal_condvar(p->their_condvar, p->scope, 1);
}

/* A waiter releases the lock, and a thread that waits for the lock gets it. */
TEST_F(site, wait_hands_the_lock_to_those_who_wait_for_it)
{
	const struct lock_site *const p = &self->site;

	n_back = 0;
	EXPECT_EQ(0, lock_at(p));
	START(&waiters[1], WRLOCK, p, NULL, false);
	START(&waiters[2], RDLOCK, p, NULL, true);
	START(&waiters[3], RDLOCK, p, NULL, true);
	/* The test would hang if one of them did not get the lock. */
	signaller.site = p;
	signaller.n = 3;
	ASSERT_EQ(0, thread_start_on(&signaller.thread, signal_job, signaller.stack,
				     sizeof(signaller.stack)));
	waiter_release(&waiters[1]);
	EXPECT_EQ(CONDVAR, wait_condvar(p->condvar, p->lock, p->scope, NULL));
	EXPECT_EQ(RDLOCK, thread_join(&signaller.thread));
	EXPECT_EQ(0, signaller.error);
	EXPECT_EQ(own(), word_of(p->lock));
	EXPECT_EQ(3, n_back);
	EXPECT_EQ(0, unlock_at(p));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[1]));
	EXPECT_EQ(0, waiters[1].order);
	EXPECT_EQ(KM | of(&waiters[1]), waiters[1].seen);
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[2]));
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[3]));
}

/* Errors: the lock stays held */

static long wait_scoped(cloudabi_condvar_t *c, cloudabi_scope_t scope, cloudabi_lock_t *l,
			cloudabi_scope_t lock_scope)
{
	const sub_t sub = sub_condvar(c, scope, l, lock_scope), soon = sub_after(MS);

	return wait_event(&sub, &soon);
}

TEST(wait_without_the_lock_is_eperm)
{
	static const cloudabi_lock_t values[] = { 0, 1, 2, OTHER, KM | OTHER, KM, KM | 1, WR };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		set_word(&lock, values[i]);
		EXPECT_EQ(-CLOUDABI_EPERM,
			  wait_scoped(&condvar, PRIVATE_SCOPE, &lock, PRIVATE_SCOPE));
		EXPECT_EQ(values[i], word_of(&lock));
		EXPECT_EQ(0, word_of(&condvar));
	}
	set_word(&lock, 0);
}

TEST(unknown_scope_is_einval)
{
	set_word(&lock, own());
	for (int scope = 0; scope < 256; scope++) {
		if (scope == PRIVATE_SCOPE || scope == SHARED_SCOPE)
			continue;
		EXPECT_EQ(-CLOUDABI_EINVAL, wait_scoped(&condvar, scope, &lock, PRIVATE_SCOPE));
		EXPECT_EQ(-CLOUDABI_EINVAL, wait_scoped(&condvar, PRIVATE_SCOPE, &lock, scope));
		EXPECT_EQ(-CLOUDABI_EINVAL, signal_by_kernel(&condvar, scope, 1));
		EXPECT_EQ(own(), word_of(&lock));
		EXPECT_EQ(0, word_of(&condvar));
	}
	set_word(&lock, 0);
}

TEST(unaligned_words_are_einval)
{
	static uint32_t words[4];

	set_word(&lock, own());
	for (int i = 1; i < 4; i++) {
		uint32_t *const odd = (void *)((char *)words + i);

		EXPECT_EQ(-CLOUDABI_EINVAL, wait_scoped(odd, PRIVATE_SCOPE, &lock, PRIVATE_SCOPE));
		EXPECT_EQ(-CLOUDABI_EINVAL,
			  wait_scoped(&condvar, PRIVATE_SCOPE, odd, PRIVATE_SCOPE));
		EXPECT_EQ(-CLOUDABI_EINVAL, signal_by_kernel(odd, PRIVATE_SCOPE, 1));
	}
	EXPECT_EQ(own(), word_of(&lock));
	EXPECT_EQ(0, word_of(&condvar));
	set_word(&lock, 0);
}

TEST(bad_memory_is_efault)
{
	char *const edge = map_edge();
	static const uint32_t constant;
	uint32_t *const words[] = {
		NULL, (void *)0x100, KERNEL_POINTER, (void *)edge, (void *)&constant,
	};

	ASSERT_NE(NULL, edge);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (int scope = PRIVATE_SCOPE; scope <= SHARED_SCOPE; scope += 4) {
			set_word(&lock, own());
			EXPECT_EQ(-CLOUDABI_EFAULT,
				  wait_scoped(words[i], scope, &lock, PRIVATE_SCOPE))
				TH_LOG("word %zu, scope %d", i, scope);
			EXPECT_EQ(own(), word_of(&lock));
			/* A lock that can be read, but is not held. */
			EXPECT_EQ(words[i] == &constant && scope == PRIVATE_SCOPE ?
					  -CLOUDABI_EPERM : -CLOUDABI_EFAULT,
				  wait_scoped(&condvar, PRIVATE_SCOPE, words[i], scope))
				TH_LOG("word %zu, scope %d", i, scope);
			EXPECT_EQ(0, word_of(&condvar));
		}
		EXPECT_EQ(-CLOUDABI_EFAULT, signal_by_kernel(words[i], SHARED_SCOPE, 1))
			TH_LOG("word %zu", i);
	}
	set_word(&lock, 0);
	unmap_edge(edge);
}

/* All waiters of a condition variable must have released the same lock. */
TEST_F(site, wait_with_another_lock_is_einval)
{
	const struct lock_site *const p = &self->site;
	cloudabi_lock_t *const another = p->lock + 1;
	const sub_t sub = sub_condvar(p->condvar, p->scope, another, p->scope);

	START_SLEEPERS(1, p, true);
	set_word(another, own());
	EXPECT_EQ(-CLOUDABI_EINVAL, wait_event(&sub, NULL));
	EXPECT_EQ(own(), word_of(another));
	EXPECT_NE(0, word_of(p->condvar));
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
	/* Without waiters, the next wait may name any lock. */
	EXPECT_EQ(CLOCK, wait_scoped(p->condvar, p->scope, another, p->scope));
	EXPECT_EQ(own(), word_of(another));
	set_word(another, 0);
}

TEST(unusable_clock_is_told_before_the_lock_is_given_up)
{
	static const struct { cloudabi_clockid_t clock; long error; } clocks[] = {
		{ 0, -CLOUDABI_EINVAL }, { 5, -CLOUDABI_EINVAL }, { ALL, -CLOUDABI_EINVAL },
		{ CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, -CLOUDABI_ENOTSUP },
		{ CLOUDABI_CLOCK_THREAD_CPUTIME_ID, -CLOUDABI_ENOTSUP },
	};

	set_word(&lock, own());
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const sub_t clock = sub_clock(clocks[i].clock, MS, 0);

		EXPECT_EQ(clocks[i].error,
			  wait_condvar(&condvar, &lock, PRIVATE_SCOPE, &clock));
		EXPECT_EQ(own(), word_of(&lock));
		EXPECT_EQ(0, word_of(&condvar));
	}
	set_word(&lock, 0);
}

/* Time-outs */

static const struct time {
	const char *name;
	cloudabi_clockid_t clock;
	cloudabi_subclockflags_t flags;
} times[] = {
	{ "monotonic, relative", MONOTONIC, 0 },
	{ "monotonic, absolute", MONOTONIC, ABSTIME },
	{ "realtime, relative", REALTIME, 0 },
	{ "realtime, absolute", REALTIME, ABSTIME },
};

TEST_F(site, time_out_returns_with_the_lock)
{
	const struct lock_site *const p = &self->site;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const cloudabi_timestamp_t start = now_of(times[i].clock);
		const sub_t clock = sub_clock(times[i].clock,
					      (times[i].flags ? start : 0) + A_WHILE,
					      times[i].flags);

		EXPECT_EQ(0, lock_at(p));
		EXPECT_EQ(CLOCK, wait_condvar(p->condvar, p->lock, p->scope, &clock));
		EXPECT_LE(A_WHILE, now_of(times[i].clock) - start) TH_LOG("%s", times[i].name);
		EXPECT_EQ(own(), word_of(p->lock));
		EXPECT_EQ(0, word_of(p->condvar));
		EXPECT_EQ(0, unlock_at(p));
	}
}

TEST(time_that_is_over_returns_with_the_lock)
{
	set_word(&lock, own());
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (int ns = 0; ns < 2; ns++) {
			const sub_t clock = sub_clock(times[i].clock, ns, times[i].flags);

			EXPECT_EQ(CLOCK, wait_condvar(&condvar, &lock, PRIVATE_SCOPE, &clock));
			EXPECT_EQ(own(), word_of(&lock));
			EXPECT_EQ(0, word_of(&condvar));
		}
	}
	set_word(&lock, 0);
}

static bool some_time_out(struct test_metadata *_metadata, const struct lock_site *p,
			  cloudabi_timestamp_t time)
{
	const sub_t soon = sub_after(time);
	bool all_wait = true;

	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, waiter_start(&waiters[i], CONDVAR, p, i % 2 ? &soon : NULL, true));
		all_wait &= waiter_waits(&waiters[i]);
	}
	for (int i = 1; i < 6; i += 2) {
		all_wait &= !word_of(&waiters[i].back);
		EXPECT_EQ(CLOCK, waiter_join(&waiters[i]));
	}
	EXPECT_NE(0, word_of(p->condvar));
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 3));
	EXPECT_EQ(0, word_of(p->condvar));
	for (int i = 0; i < 6; i += 2)
		EXPECT_EQ(CONDVAR, waiter_join(&waiters[i]));
	return all_wait;
}

TEST_F(site, time_out_of_some_leaves_the_others)
{
	const struct lock_site *const p = &self->site;

	enough_time(_metadata, p, 100 * MS, some_time_out);
}

/* The waiter must reacquire the lock, however long that takes. */
static bool late_lock(struct test_metadata *_metadata, const struct lock_site *p,
		      cloudabi_timestamp_t time)
{
	const sub_t soon = sub_after(time);
	bool waits;

	ASSERT_EQ(0, waiter_start(&waiters[0], CONDVAR, p, &soon, true));
	ASSERT_TRUE(becomes(&waiters[0].thread.step, 1));
	/*
	 * The waiter holds the lock until it waits, and again after its
	 * time-out.
	 */
	EXPECT_EQ(0, lock_at(p));
	waits = !word_of(&waiters[0].back);
	if (waits) {
		EXPECT_TRUE(becomes(p->condvar, 0));
		EXPECT_TRUE(becomes(p->lock, KM | own()));
		sleep_for(A_WHILE);
		EXPECT_EQ(0, waiters[0].back);
	}
	EXPECT_EQ(0, unlock_at(p));
	EXPECT_EQ(CLOCK, waiter_join(&waiters[0]));
	/* This thread may have been a waiter for the lock. */
	EXPECT_EQ(of(&waiters[0]), waiters[0].seen & ~(waits ? 0 : KM));
	return waits;
}

TEST_F(site, waiter_that_timed_out_waits_for_the_lock)
{
	const struct lock_site *const p = &self->site;

	enough_time(_metadata, p, A_WHILE, late_lock);
}

/* A signal in time is no time-out, even if the lock comes later. */
static bool signalled_in_time(struct test_metadata *_metadata, const struct lock_site *p,
			      cloudabi_timestamp_t time)
{
	const sub_t soon = sub_after(time);
	/* No time-out expires before this. */
	const cloudabi_timestamp_t end = now() + time;
	bool signalled = true;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, waiter_start(&waiters[i], CONDVAR, p, &soon, true));
		signalled &= waiter_waits(&waiters[i]);
	}
	EXPECT_EQ(0, lock_at(p));
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, ALL));
	signalled &= now() < end;
	if (signalled) {
		sleep_for(time + A_WHILE);
		EXPECT_EQ(0, waiters[0].back + waiters[1].back);
	}
	EXPECT_EQ(0, unlock_at(p));
	for (int i = 0; i < 2; i++) {
		const long result = waiter_join(&waiters[i]);

		EXPECT_TRUE(result == CONDVAR || (!signalled && result == CLOCK));
	}
	return signalled;
}

TEST_F(site, time_does_not_count_after_the_signal)
{
	const struct lock_site *const p = &self->site;

	enough_time(_metadata, p, 200 * MS, signalled_in_time);
}

/*
 * Each signal wakes one waiter, if there is one; a waiter that timed out consumed
 * no signal.
 */
TEST_F(site, signal_and_time_out_exclude_each_other)
{
	const struct lock_site *const p = &self->site;
	static struct waiter pair[2];
	unsigned int signalled = 0;

	for (unsigned int i = 0; i < 500; i++) {
		const sub_t clock = sub_after(200000 + i % 20 * 5000);
		cloudabi_timestamp_t until;
		long first, second;
		bool was_there;

		/* The second waiter has no time-out, so that no signal is lost. */
		ASSERT_EQ(0, waiter_start(&pair[0], CONDVAR, p, &clock, true));
		ASSERT_TRUE(becomes(&pair[0].thread.step, 1));
		until = now() + clock.clock.timeout;
		ASSERT_EQ(0, waiter_start(&pair[1], CONDVAR, p, NULL, true));
		ASSERT_TRUE(waiter_sleeps(&pair[1]));
		while (now() < until)
			;
		if (i % 2)
			EXPECT_EQ(0, lock_at(p));
		EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
		if (i % 2)
			EXPECT_EQ(0, unlock_at(p));
		first = waiter_join(&pair[0]);
		EXPECT_TRUE(first == CONDVAR || first == CLOCK);
		was_there = first == CONDVAR;
		signalled += was_there;
		if (was_there) {
			EXPECT_NE(0, word_of(p->condvar));
			EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, 1));
		}
		second = waiter_join(&pair[1]);
		ASSERT_EQ(CONDVAR, second) TH_LOG("round %u", i);
		ASSERT_EQ(0, word_of(p->condvar)) TH_LOG("round %u", i);
		ASSERT_EQ(0, word_of(p->lock)) TH_LOG("round %u", i);
	}
	TH_LOG("%u of 500 in time", signalled);
}

/* Other processes: the lock is private to another process, or at another address */

#define MANY 24

struct common {
	cloudabi_lock_t lock;
	cloudabi_condvar_t condvar;
	struct waiter waiters[MANY];
};

static struct common *common;

static const struct lock_site *in_common(void)
{
	here = (struct lock_site){
		.scope = SHARED_SCOPE,
		.lock = &common->lock,
		.their_lock = &common->lock,
		.condvar = &common->condvar,
		.their_condvar = &common->condvar,
	};
	return &here;
}

/* A child whose threads wait at the condition variable, then continue. */
static long fork_sleepers(unsigned int first, unsigned int n)
{
	long fd;

	for (unsigned int i = first; i < first + n; i++) {
		common->waiters[i].thread.step = 0;
		common->waiters[i].back = 0;
	}
	fd = fork_locker();
	if (fd == CHILD) {
		for (unsigned int i = first; i < first + n; i++) {
			CHECK_OR_EXIT(!waiter_start(&common->waiters[i], CONDVAR, in_common(),
						    NULL, true));
			/*
			 * The last thread may be woken before this process can
			 * observe that it waits.
			 */
			if (i + 1 < first + n)
				CHECK_OR_EXIT(waiter_sleeps(&common->waiters[i]));
		}
		for (unsigned int i = first; i < first + n; i++)
			CHECK_OR_EXIT(waiter_join(&common->waiters[i]) == CONDVAR);
		cloudabi_exit(0);
	}
	if (fd >= 0)
		for (unsigned int i = first; i < first + n; i++)
			if (!waiter_sleeps(&common->waiters[i]))
				return -CLOUDABI_ETIMEDOUT;
	return fd;
}

TEST(signal_reaches_other_processes)
{
	common = map_shared(sizeof(*common));
	ASSERT_NE(NULL, common);
	for (int held = 0; held < 2; held++) {
		for (unsigned int n = 1; n < 8; n += 3) {
			const long fd = fork_sleepers(0, n);

			ASSERT_LE(0, fd);
			if (held)
				EXPECT_EQ(0, lock_at(in_common()));
			EXPECT_NE(0, word_of(&common->condvar));
			EXPECT_EQ(0, signal_condvar(&common->condvar, SHARED_SCOPE,
						    n == 1 ? 1 : ALL));
			EXPECT_EQ(0, word_of(&common->condvar));
			if (held) {
				sleep_for(A_WHILE);
				for (unsigned int i = 0; i < n; i++)
					EXPECT_EQ(0, common->waiters[i].back);
				EXPECT_EQ(0, unlock_at(in_common()));
			}
			EXPECT_EQ(EXITED(0), finish(fd));
			for (unsigned int i = 0; i < n; i++)
				EXPECT_EQ(CONDVAR, common->waiters[i].result);
			EXPECT_EQ(0, word_of(&common->lock));
		}
	}
	unmap_shared(common, sizeof(*common));
}

TEST(signals_reach_several_processes_one_by_one)
{
	long fds[4];

	common = map_shared(sizeof(*common));
	ASSERT_NE(NULL, common);
	for (int i = 0; i < 4; i++) {
		fds[i] = fork_sleepers(i * 4, 4);
		ASSERT_LE(0, fds[i]);
	}
	for (int i = 0; i < 16; i++) {
		EXPECT_NE(0, word_of(&common->condvar));
		EXPECT_EQ(0, signal_condvar(&common->condvar, SHARED_SCOPE, 1));
		EXPECT_TRUE(waiter_is_back(&common->waiters[i]));
		EXPECT_TRUE(becomes(&common->lock, 0));
	}
	EXPECT_EQ(0, word_of(&common->condvar));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(EXITED(0), finish(fds[i]));
	unmap_shared(common, sizeof(*common));
}

static bool died_as_owner(const struct waiter *w)
{
	return (word_of(&common->lock) & ~KM) == of(w) &&
	       !state_of(w->thread.process, w->thread.tid) &&
	       (word_of(&common->lock) & ~KM) == of(w);
}

/*
 * The first process is killed at about the time it is woken, in the middle of a
 * broadcast. The other processes continue, unless the first one dies as the owner
 * of the lock.
 */
TEST(broadcast_passes_by_the_killed)
{
	unsigned int passed = 0;

	common = map_shared(sizeof(*common));
	ASSERT_NE(NULL, common);
	for (int i = 0; i < 60; i++) {
		const bool kill_first = i % 2;
		bool owned = false;
		long victim, survivor, how;
		cloudabi_timestamp_t until;

		set_word(&common->lock, 0);
		set_word(&common->condvar, 0);
		victim = fork_sleepers(0, 4);
		ASSERT_LE(0, victim);
		survivor = fork_sleepers(4, 4);
		ASSERT_LE(0, survivor);
		if (kill_first)
			close_fd(victim);
		for (until = now() + i * 5000; now() < until;)
			;
		EXPECT_EQ(0, signal_by_kernel(&common->condvar, SHARED_SCOPE, ALL));
		if (!kill_first)
			close_fd(victim);
		do {
			how = end_within(survivor, 100 * MS);
			for (int j = 0; j < 4; j++)
				owned |= died_as_owner(&common->waiters[j]);
		} while (how == SILENT && !owned && now() < until + PATIENCE);
		if (how == EXITED(0)) {
			passed++;
			for (int j = 4; j < 8; j++)
				EXPECT_EQ(CONDVAR, common->waiters[j].result);
			EXPECT_EQ(0, word_of(&common->lock)) TH_LOG("round %d", i);
			EXPECT_EQ(0, word_of(&common->condvar)) TH_LOG("round %d", i);
		} else {
			EXPECT_TRUE(owned)
				TH_LOG("round %d: 0x%x, survivor 0x%lx", i, word_of(&common->lock),
				       how);
		}
		close_fd(survivor);
	}
	TH_LOG("%u of 60 survived", passed);
	EXPECT_LT(45, passed);
	unmap_shared(common, sizeof(*common));
}

/* Producers and consumers: no item is lost */

#define MAKERS 8
#define USERS 24
#define THINGS 3000

static struct {
	struct thread thread;
	unsigned int used, time_outs;
	long bad;
	char stack[4096] __attribute__((__aligned__(16)));
} workers[MAKERS + USERS];
static const struct lock_site *market;
static unsigned int items, made, closed;

static void worker_job(struct thread *self)
{
	const unsigned int i = ((char *)self - (char *)workers) / sizeof(workers[0]);
	cloudabi_lock_t *const l = i % 2 ? market->lock : market->their_lock;
	cloudabi_condvar_t *const c = i % 2 ? market->condvar : market->their_condvar;
	const cloudabi_scope_t scope = market->scope;
	long bad = 0;

	for (unsigned int turn = 0; i < MAKERS && turn < THINGS / MAKERS && !bad; turn++) {
		bad |= wrlock(self->tid, l, scope) - WRLOCK;
		items++;
		made++;
		if (turn % 2)
			bad |= signal_condvar(c, scope, turn % 16 == 1 ? ALL : 1);
		bad |= wrunlock(self->tid, l, scope);
		if (turn % 2 == 0)
			bad |= signal_condvar(c, scope, 1);
	}
	for (unsigned int turn = 0; i >= MAKERS && !bad; turn++) {
		const sub_t clock = sub_after((turn * 7919 + i * 104729) % 2000000);

		bad |= wrlock(self->tid, l, scope) - WRLOCK;
		while (!items && !closed && !bad) {
			const long got = wait_condvar(c, l, scope,
						      (turn + i) % 3 ? NULL : &clock);

			workers[i].time_outs += got == CLOCK;
			if ((got != CLOCK && got != CONDVAR) ||
			    (word_of(l) & ~KM) != (WR | self->tid))
				bad = got ?: -1;
		}
		if (items) {
			items--;
			workers[i].used++;
		} else if (closed) {
			bad |= wrunlock(self->tid, l, scope);
			break;
		}
		bad |= wrunlock(self->tid, l, scope);
	}
	workers[i].bad = bad;
}

TEST_F(site, nothing_is_forgotten)
{
	const struct lock_site *const p = &self->site;
	unsigned int used = 0;
	cloudabi_timestamp_t end;

	market = p;
	items = 0;
	made = 0;
	closed = 0;
	for (int i = 0; i < MAKERS + USERS; i++) {
		workers[i].used = 0;
		ASSERT_EQ(0, thread_start_on(&workers[i].thread, worker_job, workers[i].stack,
					     sizeof(workers[i].stack)));
	}
	for (int i = 0; i < MAKERS; i++)
		ASSERT_EQ(RDLOCK, thread_join(&workers[i].thread));
	/* No more wake-ups come, so no consumer may need one. */
	for (end = now() + PATIENCE; word_of(&items) && now() < end;)
		sleep_for(MS);
	EXPECT_EQ(0, word_of(&items));
	EXPECT_EQ(0, lock_at(p));
	closed = 1;
	EXPECT_EQ(0, signal_condvar(p->condvar, p->scope, ALL));
	EXPECT_EQ(0, unlock_at(p));
	for (int i = 0; i < MAKERS + USERS; i++) {
		if (i >= MAKERS)
			ASSERT_EQ(RDLOCK, thread_join(&workers[i].thread)) TH_LOG("thread %d", i);
		EXPECT_EQ(0, workers[i].bad) TH_LOG("thread %d", i);
		used += workers[i].used;
	}
	EXPECT_EQ(made, used);
	EXPECT_EQ(THINGS, used);
}

TEST(scopes_of_private_memory_are_one)
{
	/*
	 * In private memory both scopes mean the same, for the lock and for the
	 * condition variable.
	 */
	const struct lock_site *const p = at_condvar();

	START(&waiters[0], CONDVAR, p, NULL, true);
	EXPECT_EQ(0, signal_by_kernel(&condvar, SHARED_SCOPE, 1));
	EXPECT_EQ(CONDVAR, waiter_join(&waiters[0]));
	EXPECT_EQ(0, word_of(&condvar));
}

TEST_HARNESS_MAIN
