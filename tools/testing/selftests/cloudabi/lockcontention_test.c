// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Contended locks: killed waiters, and many threads
 */

#include "locksite.h"

static struct waiter waiters[2];

/* Other processes */

/* Threads of a process that is killed */
#define MANY 64

/* Shared memory of the parent and the child. */
struct common {
	cloudabi_lock_t lock;
	cloudabi_tid_t tid;
	uint32_t ready;
	unsigned long value;
	cloudabi_lock_t locks[MANY];
	struct waiter waiters[MANY];
};

static struct common *common;

static bool make_common(void)
{
	common = map_shared(sizeof(*common));
	return common;
}

TEST(lock_is_handed_to_another_process)
{
	static const cloudabi_eventtype_t types[] = { WRLOCK, RDLOCK };

	ASSERT_TRUE(make_common());
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		long fd;

		set_word(&common->lock, locked_by_self());
		common->ready = 0;
		fd = fork_locker();
		if (fd == CHILD) {
			set_word(&common->tid, initial_tid());
			set_word(&common->ready, 1);
			CHECK_OR_EXIT(lock_by_kernel(types[i], &common->lock, SHARED_SCOPE,
						     NULL) == types[i]);
			CHECK_OR_EXIT(word_of(&common->lock) == (i ? 1 : locked_by_self()));
			CHECK_OR_EXIT(!(i ? rdunlock : wrunlock)(initial_tid(), &common->lock,
								 SHARED_SCOPE));
			cloudabi_exit(0);
		}
		EXPECT_TRUE(becomes(&common->ready, 1));
		EXPECT_TRUE(falls_asleep_in(common->tid, common->tid));
		EXPECT_EQ(KM | locked_by_self(), word_of(&common->lock));
		EXPECT_EQ(0, unlock_by_kernel(&common->lock, SHARED_SCOPE));
		EXPECT_EQ(EXITED(0), finish(fd));
		EXPECT_EQ(0, word_of(&common->lock));
	}
	unmap_shared(common, sizeof(*common));
}

TEST(processes_exclude_each_other)
{
	long children[6];

	ASSERT_TRUE(make_common());
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		children[i] = fork_locker();
		if (children[i] != CHILD)
			continue;
		for (int j = 0; j < 3000; j++) {
			unsigned long value;

			CHECK_OR_EXIT(wrlock(initial_tid(), &common->lock, SHARED_SCOPE) ==
				      WRLOCK);
			value = __atomic_load_n(&common->value, __ATOMIC_RELAXED);
			if (!(j % 16))
				cloudabi_sys_thread_yield();
			__atomic_store_n(&common->value, value + 1, __ATOMIC_RELAXED);
			CHECK_OR_EXIT(!wrunlock(initial_tid(), &common->lock, SHARED_SCOPE));
		}
		cloudabi_exit(0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		EXPECT_EQ(EXITED(0), finish(children[i]));
	EXPECT_EQ(3000 * ARRAY_SIZE(children), common->value);
	EXPECT_EQ(0, word_of(&common->lock));
	unmap_shared(common, sizeof(*common));
}

static cloudabi_eventtype_t type_of(unsigned int i)
{
	return i % 2 ? RDLOCK : WRLOCK;
}

/* Starts a child whose threads wait, all for one lock or each for its own. */
static long start_victim(struct sleeper *victim, unsigned int n, bool one_lock, bool released)
{
	struct lock_site site = { .scope = SHARED_SCOPE };
	cloudabi_fd_t pair[2];
	const long error = make_pair(STREAM, pair);

	if (error)
		return error;
	for (unsigned int i = 0; i < n; i++) {
		common->waiters[i].thread.step = 0;
		common->waiters[i].back = 0;
	}
	victim->fd = fork_locker();
	if (victim->fd == CHILD) {
		close_fd(pair[0]);
		for (unsigned int i = 0; i < n; i++) {
			struct waiter *const w = &common->waiters[i];

			site.their_lock = one_lock ? &common->lock : &common->locks[i];
			CHECK_OR_EXIT(!waiter_start(w, type_of(i), &site, NULL,
						    released));
		}
		sleep_forever();
	}
	victim->life = pair[0];
	close_fd(pair[1]);
	if (victim->fd < 0)
		return victim->fd;
	for (unsigned int i = 0; i < n; i++)
		if (!waiter_sleeps(&common->waiters[i]))
			return -CLOUDABI_ETIMEDOUT;
	return 0;
}

static bool kill_victim(const struct sleeper *victim)
{
	bool over;

	close_fd(victim->fd);
	over = is_over(victim->life, PATIENCE);
	close_fd(victim->life);
	return over;
}

TEST(killed_waiters_leave_the_queue)
{
	ASSERT_TRUE(make_common());
	for (int i = 0; i < 10; i++) {
		const struct lock_site site = {
			.scope = SHARED_SCOPE,
			.their_lock = &common->lock,
		};
		const bool survivor = i % 2;
		struct sleeper victim;

		set_word(&common->lock, locked_by_self());
		ASSERT_EQ(0, start_victim(&victim, 16, true, false));
		EXPECT_EQ(KM | locked_by_self(), word_of(&common->lock));
		if (survivor)
			START(&waiters[1], WRLOCK, &site, NULL, true);
		EXPECT_TRUE(kill_victim(&victim));
		EXPECT_EQ(locked_by_self() | (survivor ? KM : 0), word_of(&common->lock));
		EXPECT_EQ(0, wrunlock(initial_tid(), &common->lock, SHARED_SCOPE));
		if (survivor)
			EXPECT_EQ(WRLOCK, waiter_join(&waiters[1]));
		EXPECT_EQ(0, word_of(&common->lock));
	}
	unmap_shared(common, sizeof(*common));
}

/*
 * A waiter that is handed the lock but killed before it returns to the program must pass it on.
 * A waiter that has returned dies as the owner; there is a short moment between the two.
 */
TEST(lock_is_not_lost_to_a_killed_waiter)
{
	unsigned int given_up[2] = { }, lost[2] = { }, owned = 0;

	ASSERT_TRUE(make_common());
	/* On a busy machine more waiters return in time, so more rounds are needed. */
	for (int i = 0; i < 20 || (i < 100 && (lost[0] * 8 >= given_up[0] ||
					       lost[1] * 8 >= given_up[1])); i++) {
		struct sleeper victim;

		for (int j = 0; j < MANY; j++)
			set_word(&common->locks[j], locked_by_self());
		ASSERT_EQ(0, start_victim(&victim, MANY, false, false));
		for (int j = 0; j < MANY; j++)
			EXPECT_EQ(0, unlock_by_kernel(&common->locks[j], SHARED_SCOPE));
		EXPECT_TRUE(kill_victim(&victim));
		for (int j = 0; j < MANY; j++) {
			if (common->waiters[j].back)
				owned++;
			else if (word_of(&common->locks[j]))
				lost[j % 2]++;
			else
				given_up[j % 2]++;
		}
	}
	TH_LOG("%u+%u given up, %u+%u lost, %u owned", given_up[0], given_up[1], lost[0], lost[1],
	       owned);
	for (int i = 0; i < 2; i++)
		EXPECT_LT(lost[i] * 8, given_up[i]);
	unmap_shared(common, sizeof(*common));
}

/* The same with another waiter behind the dying ones: it must not wait for ever. */
TEST(lock_passes_by_the_killed)
{
	const sub_t clock = sub_after(PATIENCE);
	unsigned int passed = 0;

	ASSERT_TRUE(make_common());
	for (int i = 0; i < 60; i++) {
		const struct lock_site site = {
			.scope = SHARED_SCOPE,
			.their_lock = &common->lock,
		};
		struct sleeper victim;
		cloudabi_timestamp_t until;
		cloudabi_lock_t held;
		bool back = false;

		set_word(&common->lock, locked_by_self());
		ASSERT_EQ(0, start_victim(&victim, 8, true, true));
		START(&waiters[1], WRLOCK, &site, &clock, true);
		close_fd(victim.fd);
		for (until = now() + i * 5000; now() < until;)
			;
		EXPECT_EQ(0, wrunlock(initial_tid(), &common->lock, SHARED_SCOPE));
		EXPECT_TRUE(is_over(victim.life, PATIENCE));
		close_fd(victim.life);
		for (int j = 0; j < 8; j++)
			back |= common->waiters[j].back;
		held = word_of(&common->lock) & ~KM;
		if (held && held != locked_by(&waiters[1])) {
			/* The killed waiter died as the owner, so release the lock for it. */
			EXPECT_TRUE(back) TH_LOG("round %d", i);
			set_word(&common->lock, KM | locked_by_self());
			EXPECT_EQ(0, unlock_by_kernel(&common->lock, SHARED_SCOPE));
		} else {
			passed++;
		}
		EXPECT_EQ(WRLOCK, waiter_join(&waiters[1])) TH_LOG("round %d", i);
		EXPECT_EQ(0, word_of(&common->lock)) TH_LOG("round %d", i);
	}
	TH_LOG("%u of 60 passed", passed);
	EXPECT_LT(50, passed);
	unmap_shared(common, sizeof(*common));
}

/* Contention */

#define CROWD 64
#define TURNS 400

static struct {
	struct thread thread;
	unsigned int writes, reads, time_outs;
	char stack[4096] __attribute__((__aligned__(16)));
} crowd[CROWD];
static unsigned long writers_seen, readers_seen, wrong, written;
static const struct lock_site *crowd_site;

static void crowd_job(struct thread *self)
{
	const unsigned int i = ((char *)self - (char *)crowd) / sizeof(crowd[0]);
	cloudabi_lock_t *const word = i % 2 ? crowd_site->lock : crowd_site->their_lock;
	const cloudabi_scope_t scope = crowd_site->scope;

	for (unsigned int turn = 0; turn < TURNS; turn++) {
		const sub_t clock = sub_after((turn * 7919 + i * 104729) % 3000000);
		const bool reads = (turn + i) % 4 == 0, timed = (turn + i) % 3 == 0;
		unsigned long value;
		long got;

		if (reads)
			got = rdlock_until(word, scope, timed ? &clock : NULL);
		else
			got = wrlock_until(self->tid, word, scope, timed ? &clock : NULL);
		if (got == CLOCK) {
			crowd[i].time_outs++;
			continue;
		}
		if (got != (reads ? RDLOCK : WRLOCK)) {
			__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
			break;
		}
		if (reads) {
			crowd[i].reads++;
			__atomic_add_fetch(&readers_seen, 1, __ATOMIC_SEQ_CST);
			if (__atomic_load_n(&writers_seen, __ATOMIC_SEQ_CST))
				__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
			if (turn % 8 == 0)
				cloudabi_sys_thread_yield();
			__atomic_sub_fetch(&readers_seen, 1, __ATOMIC_SEQ_CST);
			got = rdunlock(self->tid, word, scope);
		} else {
			crowd[i].writes++;
			if (__atomic_fetch_add(&writers_seen, 1, __ATOMIC_SEQ_CST) ||
			    __atomic_load_n(&readers_seen, __ATOMIC_SEQ_CST))
				__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
			/* Two separate stores: only the lock makes them atomic. */
			value = __atomic_load_n(&written, __ATOMIC_RELAXED);
			if (turn % 8 == 0)
				cloudabi_sys_thread_yield();
			__atomic_store_n(&written, value + 1, __ATOMIC_RELAXED);
			__atomic_sub_fetch(&writers_seen, 1, __ATOMIC_SEQ_CST);
			got = wrunlock(self->tid, word, scope);
		}
		if (got)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
	}
}

TEST_F(site, threads_exclude_each_other)
{
	const struct lock_site *const p = &self->site;
	unsigned long writes = 0, turns = 0;

	crowd_site = p;
	wrong = 0;
	written = 0;
	for (int i = 0; i < CROWD; i++) {
		crowd[i].writes = 0;
		crowd[i].reads = 0;
		crowd[i].time_outs = 0;
		ASSERT_EQ(0, thread_start_on(&crowd[i].thread, crowd_job, crowd[i].stack,
					     sizeof(crowd[i].stack)));
	}
	for (int i = 0; i < CROWD; i++) {
		ASSERT_EQ(RDLOCK, thread_join(&crowd[i].thread)) TH_LOG("thread %d", i);
		writes += crowd[i].writes;
		turns += crowd[i].writes + crowd[i].reads + crowd[i].time_outs;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(writes, written);
	EXPECT_EQ((unsigned long)CROWD * TURNS, turns);
}

/* Threads that each wait for a lock of their own are handed it one by one. */
#define LOCKS 1000
#define WAITERS 2000
#define ROUNDS 5

static struct {
	struct thread thread;
	unsigned int waits;
	long bad;
	char stack[2048] __attribute__((__aligned__(16)));
} sea[WAITERS];
static cloudabi_lock_t many_locks[LOCKS];
static cloudabi_lock_t gates[ROUNDS];
static unsigned int many_order[LOCKS], many_waiting, many_done;

static void many_job(struct thread *self)
{
	const unsigned int i = ((char *)self - (char *)sea) / sizeof(sea[0]);
	cloudabi_lock_t *const word = &many_locks[i % LOCKS];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		long got = rdlock(&gates[round], PRIVATE_SCOPE);

		if (got != RDLOCK)
			sea[i].bad = got;
		count_up(&many_waiting);
		got = lock_by_kernel(WRLOCK, word, PRIVATE_SCOPE, NULL);
		if (got != WRLOCK || (word_of(word) & ~KM) != (WR | self->tid))
			sea[i].bad = got;
		sea[i].waits++;
		many_order[i % LOCKS]++;
		got = wrunlock(self->tid, word, PRIVATE_SCOPE);
		if (got)
			sea[i].bad = got;
		count_up(&many_done);
	}
}

TEST(each_of_10000_waits_at_1000_locks_ends)
{
	unsigned long waits = 0;

	for (int i = 0; i < ROUNDS; i++)
		set_word(&gates[i], locked_by_self());
	for (int i = 0; i < WAITERS; i++) {
		sea[i].waits = 0;
		sea[i].bad = 0;
		ASSERT_EQ(0, thread_start_on(&sea[i].thread, many_job, sea[i].stack,
					     sizeof(sea[i].stack)));
	}
	for (unsigned int round = 0; round < ROUNDS; round++) {
		many_waiting = 0;
		many_done = 0;
		for (int i = 0; i < LOCKS; i++)
			set_word(&many_locks[i], locked_by_self());
		EXPECT_EQ(0, wrunlock(initial_tid(), &gates[round], PRIVATE_SCOPE));
		ASSERT_TRUE(becomes(&many_waiting, WAITERS));
		for (int i = 0; i < WAITERS; i++)
			ASSERT_TRUE(falls_asleep_in(initial_tid(), sea[i].thread.tid));
		for (int i = 0; i < LOCKS; i++) {
			EXPECT_EQ(KM | locked_by_self(), word_of(&many_locks[i]));
			ASSERT_EQ(0, wrunlock(initial_tid(), &many_locks[i], PRIVATE_SCOPE));
		}
		ASSERT_TRUE(becomes(&many_done, WAITERS));
		EXPECT_EQ(WAITERS, word_of(&gates[round]));
		for (int i = 0; i < LOCKS; i++) {
			EXPECT_EQ(0, word_of(&many_locks[i]));
			EXPECT_EQ((round + 1) * (WAITERS / LOCKS), many_order[i]);
		}
	}
	for (int i = 0; i < WAITERS; i++) {
		ASSERT_EQ(RDLOCK, thread_join(&sea[i].thread));
		EXPECT_EQ(0, sea[i].bad);
		EXPECT_EQ(ROUNDS, sea[i].waits);
		waits += sea[i].waits;
	}
	EXPECT_EQ(ROUNDS * WAITERS, waits);
}

TEST_HARNESS_MAIN
