// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Locks: poll for them, and lock_unlock
 */

#include "locksite.h"

#define READERS_MAX ((1U << 30) - 1)
#define OTHER (WR | 12345)
/* Long enough for a waiter to run if it were woken. */
#define A_WHILE (20 * MS)

static struct waiter waiters[16];
static struct lock_site here;
static cloudabi_lock_t lock;

static cloudabi_lock_t own(void)
{
	return WR | initial_tid();
}

/* The site of that lock, for starting waiters. */
static const struct lock_site *at_lock(void)
{
	here = (struct lock_site){
		.scope = PRIVATE_SCOPE,
		.lock = &lock,
		.their_lock = &lock,
	};
	return &here;
}

static cloudabi_lock_t of(const struct waiter *w)
{
	return WR | w->thread.tid;
}

/* Without waiters */

TEST_F(site, free_lock_is_taken)
{
	const struct lock_site *const p = &self->site;

	EXPECT_EQ(WRLOCK, lock_by_kernel(WRLOCK, p->lock, p->scope, NULL));
	EXPECT_EQ(own(), word_of(p->lock));
	EXPECT_EQ(0, unlock_by_kernel(p->their_lock, p->scope));
	EXPECT_EQ(0, word_of(p->lock));
	for (unsigned int i = 1; i < 10; i++) {
		EXPECT_EQ(RDLOCK, lock_by_kernel(RDLOCK, p->lock, p->scope, NULL));
		EXPECT_EQ(i, word_of(p->lock));
	}
	for (unsigned int i = 1; i < 10; i++)
		EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	EXPECT_EQ(0, word_of(p->lock));
	/* Lock without the kernel, unlock with it. */
	set_word(p->lock, own());
	EXPECT_EQ(0, unlock_by_kernel(p->lock, p->scope));
}

TEST(unlock_by_others_is_eperm)
{
	static const cloudabi_lock_t values[] = { 0, 1, 2, READERS_MAX, OTHER, WR | READERS_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		set_word(&lock, values[i]);
		EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, PRIVATE_SCOPE));
		EXPECT_EQ(values[i], word_of(&lock));
	}
	set_word(&lock, 0);
}

/* States that cannot exist: a contended word without waiters, or an owner that is no thread. */
TEST(impossible_lock_is_einval)
{
	const cloudabi_lock_t values[] = {
		KM, KM | 1, KM | READERS_MAX, KM | WR, KM | OTHER, KM | own(), WR, ~0U,
	};
	static const cloudabi_eventtype_t types[] = { RDLOCK, WRLOCK };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		set_word(&lock, values[i]);
		for (size_t j = 0; j < ARRAY_SIZE(types); j++) {
			EXPECT_EQ(-CLOUDABI_EINVAL,
				  lock_by_kernel(types[j], &lock, PRIVATE_SCOPE, NULL))
				TH_LOG("0x%x, type %u", values[i], types[j]);
			EXPECT_EQ(values[i], word_of(&lock));
		}
	}
	set_word(&lock, 0);
}

TEST(lock_of_ones_own_is_edeadlk)
{
	set_word(&lock, own());
	EXPECT_EQ(-CLOUDABI_EDEADLK, lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(-CLOUDABI_EDEADLK, try_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE));
	EXPECT_EQ(own(), word_of(&lock));
	START(&waiters[0], WRLOCK, at_lock(), NULL, true);
	EXPECT_EQ(KM | own(), word_of(&lock));
	EXPECT_EQ(-CLOUDABI_EDEADLK, lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(KM | own(), word_of(&lock));
	EXPECT_EQ(0, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_EQ(0, word_of(&lock));
}

/* A read lock on a lock that the thread itself holds for writing has no special error. */
TEST(read_lock_of_ones_own_waits)
{
	set_word(&lock, own());
	EXPECT_EQ(CLOCK, try_by_kernel(RDLOCK, &lock, PRIVATE_SCOPE));
	EXPECT_EQ(own(), word_of(&lock));
	set_word(&lock, 0);
}

TEST(too_many_readers_is_eagain)
{
	set_word(&lock, READERS_MAX - 1);
	EXPECT_EQ(RDLOCK, lock_by_kernel(RDLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(READERS_MAX, word_of(&lock));
	EXPECT_EQ(-CLOUDABI_EAGAIN, lock_by_kernel(RDLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(READERS_MAX, word_of(&lock));
	EXPECT_EQ(CLOCK, try_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE));
	EXPECT_EQ(READERS_MAX, word_of(&lock));
	set_word(&lock, 0);
}

TEST(unknown_scope_is_einval)
{
	set_word(&lock, 0);
	for (int scope = 0; scope < 256; scope++) {
		if (scope == PRIVATE_SCOPE || scope == SHARED_SCOPE)
			continue;
		EXPECT_EQ(-CLOUDABI_EINVAL, lock_by_kernel(WRLOCK, &lock, scope, NULL));
		EXPECT_EQ(-CLOUDABI_EINVAL, lock_by_kernel(RDLOCK, &lock, scope, NULL));
		set_word(&lock, own());
		EXPECT_EQ(-CLOUDABI_EINVAL, unlock_by_kernel(&lock, scope));
		EXPECT_EQ(own(), word_of(&lock));
		set_word(&lock, 0);
	}
}

TEST(unaligned_lock_is_einval)
{
	static cloudabi_lock_t words[2];

	for (int i = 1; i < 4; i++) {
		cloudabi_lock_t *const odd = (void *)((char *)words + i);

		for (int scope = PRIVATE_SCOPE; scope <= SHARED_SCOPE; scope += 4) {
			EXPECT_EQ(-CLOUDABI_EINVAL, lock_by_kernel(WRLOCK, odd, scope, NULL));
			EXPECT_EQ(-CLOUDABI_EINVAL, lock_by_kernel(RDLOCK, odd, scope, NULL));
			EXPECT_EQ(-CLOUDABI_EINVAL, unlock_by_kernel(odd, scope));
		}
	}
	EXPECT_EQ(0, words[0] | words[1]);
}

TEST(bad_memory_is_efault)
{
	char *const edge = map_edge();
	static const cloudabi_lock_t constant;
	cloudabi_lock_t *const locks[] = {
		NULL, (void *)0x100, KERNEL_POINTER, (void *)edge, (void *)&constant,
	};

	ASSERT_NE(NULL, edge);
	/* The kernel reads a page that is present without making it writable. */
	EXPECT_EQ(0, word_of(&constant));
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		for (int scope = PRIVATE_SCOPE; scope <= SHARED_SCOPE; scope += 4) {
			EXPECT_EQ(-CLOUDABI_EFAULT,
				  lock_by_kernel(WRLOCK, locks[i], scope, NULL))
				TH_LOG("lock %zu, scope %d", i, scope);
			EXPECT_EQ(-CLOUDABI_EFAULT,
				  lock_by_kernel(RDLOCK, locks[i], scope, NULL))
				TH_LOG("lock %zu, scope %d", i, scope);
			EXPECT_EQ(locks[i] == &constant ? -CLOUDABI_EPERM : -CLOUDABI_EFAULT,
				  unlock_by_kernel(locks[i], PRIVATE_SCOPE))
				TH_LOG("lock %zu", i);
		}
	}
	/* The last word of a page works like any other. */
	EXPECT_EQ(WRLOCK, lock_by_kernel(WRLOCK, (void *)(edge - 4), PRIVATE_SCOPE, NULL));
	EXPECT_EQ(0, unlock_by_kernel((void *)(edge - 4), PRIVATE_SCOPE));
	unmap_edge(edge);
}

/* Untouched memory is zero, which is a free lock. */
TEST(lock_in_untouched_memory_is_free)
{
	for (int shared = 0; shared < 2; shared++) {
		char *mem[2] = { map_shared(MAPPING), NULL };
		const cloudabi_scope_t scope = shared ? SHARED_SCOPE : PRIVATE_SCOPE;

		ASSERT_NE(NULL, mem[0]);
		for (int i = 0; i < MAPPING; i += 4096) {
			cloudabi_lock_t *const word = (void *)(mem[0] + i);

			EXPECT_EQ(WRLOCK, lock_by_kernel(WRLOCK, word, scope, NULL));
			EXPECT_EQ(own(), word_of(word));
			EXPECT_EQ(0, unlock_by_kernel(word, scope));
		}
		unmap_shared(mem[0], MAPPING);
	}
}

/* A private file mapping that was only read is copied before the kernel writes the word. */
TEST(lock_in_a_copy_of_a_file)
{
	void *mem = NULL;

	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 4096, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
					  CLOUDABI_MAP_PRIVATE, FIXTURE_FILE, 0, &mem));
	for (int scope = PRIVATE_SCOPE; scope <= SHARED_SCOPE; scope += 4) {
		cloudabi_lock_t *const word = (void *)((char *)mem + 2048 + scope);

		EXPECT_EQ(0, word_of(word));
		EXPECT_EQ(WRLOCK, lock_by_kernel(WRLOCK, word, scope, NULL));
		EXPECT_EQ(own(), word_of(word));
		EXPECT_EQ(0, unlock_by_kernel(word, scope));
	}
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(mem, 4096));
}

/* Hand-over */

TEST_F(site, writer_waits_and_is_handed_the_lock)
{
	const struct lock_site *const p = &self->site;
	struct waiter *const w = &waiters[0];

	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	START(w, WRLOCK, p, NULL, false);
	EXPECT_EQ(KM | own(), word_of(p->lock));
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	/* The waiter owns the lock before it runs. */
	EXPECT_EQ(of(w), word_of(p->lock));
	EXPECT_TRUE(waiter_is_back(w));
	EXPECT_EQ(of(w), w->seen);
	waiter_release(w);
	EXPECT_EQ(WRLOCK, waiter_join(w));
}

TEST_F(site, readers_wait_and_are_handed_the_lock_together)
{
	const struct lock_site *const p = &self->site;

	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	for (int i = 0; i < 5; i++) {
		START(&waiters[i], RDLOCK, p, NULL, false);
		EXPECT_EQ(KM | own(), word_of(p->lock));
	}
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	EXPECT_EQ(5, word_of(p->lock));
	for (int i = 0; i < 5; i++) {
		EXPECT_TRUE(waiter_is_back(&waiters[i]));
		EXPECT_EQ(5, waiters[i].seen);
	}
	for (int i = 0; i < 5; i++) {
		waiter_release(&waiters[i]);
		EXPECT_EQ(RDLOCK, waiter_join(&waiters[i]));
		EXPECT_EQ(4 - i, word_of(p->lock));
	}
}

TEST_F(site, writers_come_in_their_order)
{
	const struct lock_site *const p = &self->site;
	const unsigned int n = ARRAY_SIZE(waiters);

	n_back = 0;
	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	for (unsigned int i = 0; i < n; i++)
		START(&waiters[i], WRLOCK, p, NULL, true);
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	for (unsigned int i = 0; i < n; i++) {
		EXPECT_EQ(WRLOCK, waiter_join(&waiters[i]));
		EXPECT_EQ(i, waiters[i].order);
		EXPECT_EQ(of(&waiters[i]) | (i < n - 1 ? KM : 0), waiters[i].seen);
	}
}

/* When no writer is left, all waiting readers get the lock at once. */
TEST_F(site, writers_come_before_readers)
{
	const struct lock_site *const p = &self->site;
	static const cloudabi_eventtype_t types[] = {
		RDLOCK, WRLOCK, RDLOCK, WRLOCK, WRLOCK, RDLOCK,
	};
	static const unsigned int writers[] = { 1, 3, 4 };

	n_back = 0;
	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		START(&waiters[i], types[i], p, NULL, false);
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		struct waiter *const w = &waiters[writers[i]];

		EXPECT_TRUE(waiter_is_back(w));
		EXPECT_EQ(KM | of(w), w->seen);
		EXPECT_EQ(i, w->order);
		EXPECT_EQ(KM | of(w), word_of(p->lock));
		EXPECT_EQ(i + 1, n_back);
		waiter_release(w);
		EXPECT_EQ(WRLOCK, waiter_join(w));
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i] != RDLOCK)
			continue;
		EXPECT_TRUE(waiter_is_back(&waiters[i]));
		EXPECT_EQ(3, waiters[i].seen);
	}
	EXPECT_EQ(3, word_of(p->lock));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i] != RDLOCK)
			continue;
		waiter_release(&waiters[i]);
		EXPECT_EQ(RDLOCK, waiter_join(&waiters[i]));
	}
}

/* A later reader must not overtake a waiting writer. */
TEST_F(site, reader_waits_behind_a_writer_that_waits)
{
	const struct lock_site *const p = &self->site;

	n_back = 0;
	EXPECT_EQ(RDLOCK, rdlock(p->lock, p->scope));
	EXPECT_EQ(RDLOCK, rdlock(p->lock, p->scope));
	START(&waiters[0], WRLOCK, p, NULL, false);
	EXPECT_EQ(KM | 2, word_of(p->lock));
	START(&waiters[1], RDLOCK, p, NULL, false);
	EXPECT_EQ(KM | 2, word_of(p->lock));
	EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	EXPECT_EQ(KM | 1, word_of(p->lock));
	EXPECT_EQ(0, n_back);
	/* Only the last reader may unlock. */
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(p->lock, p->scope));
	EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	EXPECT_TRUE(waiter_is_back(&waiters[0]));
	EXPECT_EQ(KM | of(&waiters[0]), word_of(p->lock));
	waiter_release(&waiters[0]);
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_TRUE(waiter_is_back(&waiters[1]));
	EXPECT_EQ(1, word_of(p->lock));
	waiter_release(&waiters[1]);
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[1]));
}

TEST(unlock_of_a_contended_lock_by_others_is_eperm)
{
	set_word(&lock, own());
	START(&waiters[0], WRLOCK, at_lock(), NULL, false);
	EXPECT_EQ(0, wrunlock(initial_tid(), &lock, PRIVATE_SCOPE));
	EXPECT_TRUE(waiter_is_back(&waiters[0]));
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(of(&waiters[0]), word_of(&lock));
	START(&waiters[1], WRLOCK, at_lock(), NULL, true);
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, SHARED_SCOPE));
	EXPECT_EQ(KM | of(&waiters[0]), word_of(&lock));
	EXPECT_TRUE(is_asleep(&waiters[1].thread));
	waiter_release(&waiters[0]);
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[1]));
	EXPECT_EQ(0, word_of(&lock));
}

/* Fork copies the lock word but not the kernel's wait queue. */
TEST(contended_lock_in_a_copy_of_memory_is_einval)
{
	set_word(&lock, own());
	START(&waiters[0], WRLOCK, at_lock(), NULL, true);
	EXPECT_EQ(EXITED(0), IN_CHILD({
		CHECK_OR_EXIT(word_of(&lock) == (KM | own()));
		CHECK_OR_EXIT(try_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE) == -CLOUDABI_EINVAL);
		CHECK_OR_EXIT(unlock_by_kernel(&lock, PRIVATE_SCOPE) == -CLOUDABI_EPERM);
	}));
	EXPECT_EQ(0, wrunlock(initial_tid(), &lock, PRIVATE_SCOPE));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_EQ(0, word_of(&lock));
}

/* In private memory, both scopes name the same lock. */
TEST(scopes_of_private_memory_are_one)
{
	static cloudabi_lock_t word;
	struct lock_site place = { .scope = SHARED_SCOPE, .lock = &word, .their_lock = &word };

	set_word(&word, own());
	START(&waiters[1], WRLOCK, &place, NULL, true);
	EXPECT_EQ(0, unlock_by_kernel(&word, PRIVATE_SCOPE));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[1]));
	EXPECT_EQ(0, word_of(&word));
}

/* Time-outs */

struct time {
	const char *name;
	cloudabi_clockid_t clock;
	cloudabi_subclockflags_t flags;
};

static const struct time times[] = {
	{ "monotonic, relative", MONOTONIC, 0 },
	{ "monotonic, absolute", MONOTONIC, ABSTIME },
	{ "realtime, relative", REALTIME, 0 },
	{ "realtime, absolute", REALTIME, ABSTIME },
};

static sub_t in_time(const struct time *time, cloudabi_timestamp_t ns)
{
	return sub_clock(time->clock, time->flags ? now_of(time->clock) + ns : ns, time->flags);
}

TEST_F(site, time_out_leaves_the_lock_as_it_was)
{
	const struct lock_site *const p = &self->site;
	static const struct { cloudabi_lock_t value; cloudabi_eventtype_t type; } cases[] = {
		{ OTHER, WRLOCK }, { OTHER, RDLOCK }, { 1, WRLOCK }, { 7, WRLOCK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(times); i++) {
		const cloudabi_lock_t value = cases[i / ARRAY_SIZE(times)].value;
		const struct time *const time = &times[i % ARRAY_SIZE(times)];
		const cloudabi_timestamp_t start = now_of(time->clock);
		const sub_t clock = in_time(time, A_WHILE);

		set_word(p->lock, value);
		EXPECT_EQ(CLOCK, lock_by_kernel(cases[i / ARRAY_SIZE(times)].type, p->lock,
						p->scope, &clock)) TH_LOG("%s", time->name);
		EXPECT_LE(A_WHILE, now_of(time->clock) - start) TH_LOG("%s", time->name);
		EXPECT_LT(now_of(time->clock) - start, 10 * SECOND) TH_LOG("%s", time->name);
		EXPECT_EQ(value, word_of(p->lock)) TH_LOG("%s", time->name);
	}
	set_word(p->lock, 0);
}

/* Even if the timeout has passed already, the kernel tries the lock. */
TEST(time_that_is_over_is_enough_for_a_free_lock)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const sub_t clocks[] = {
			sub_clock(times[i].clock, 0, times[i].flags),
			sub_clock(times[i].clock, 1, times[i].flags),
		};

		for (size_t j = 0; j < ARRAY_SIZE(clocks); j++) {
			set_word(&lock, 0);
			EXPECT_EQ(WRLOCK,
				  lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, &clocks[j]));
			EXPECT_EQ(own(), word_of(&lock));
			EXPECT_EQ(CLOCK,
				  lock_by_kernel(RDLOCK, &lock, PRIVATE_SCOPE, &clocks[j]));
			set_word(&lock, OTHER);
			EXPECT_EQ(CLOCK,
				  lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, &clocks[j]));
			EXPECT_EQ(OTHER, word_of(&lock));
		}
	}
	set_word(&lock, 0);
}

TEST(time_without_end_is_none)
{
	static const cloudabi_timestamp_t ends[] = { UINT64_MAX, 1ULL << 63, INT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(times) * ARRAY_SIZE(ends); i++) {
		const struct time *const time = &times[i % ARRAY_SIZE(times)];
		const sub_t clock = sub_clock(time->clock, ends[i / ARRAY_SIZE(times)],
					      time->flags);

		set_word(&lock, own());
		START(&waiters[1], WRLOCK, at_lock(), &clock, true);
		sleep_for(5 * MS);
		EXPECT_EQ(0, waiters[1].back) TH_LOG("%s", time->name);
		EXPECT_EQ(0, wrunlock(initial_tid(), &lock, PRIVATE_SCOPE));
		EXPECT_EQ(WRLOCK, waiter_join(&waiters[1])) TH_LOG("%s", time->name);
	}
}

/* The clock reports the error, and the lock is not taken. */
TEST(unknown_clock_is_einval)
{
	static const cloudabi_clockid_t clocks[] = { 0, 5, 99, ~0U };

	set_word(&lock, 0);
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags < 2; flags++) {
			const sub_t clock = sub_clock(clocks[i], MS, flags);

			EXPECT_EQ(-CLOUDABI_EINVAL,
				  lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, &clock));
			EXPECT_EQ(0, word_of(&lock));
		}
	}
}

TEST(clocks_of_processors_are_enotsup)
{
	static const cloudabi_clockid_t clocks[] = {
		CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, CLOUDABI_CLOCK_THREAD_CPUTIME_ID,
	};

	set_word(&lock, 0);
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int flags = 0; flags < 2; flags++) {
			const sub_t clock = sub_clock(clocks[i], MS, flags);

			EXPECT_EQ(-CLOUDABI_ENOTSUP,
				  lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, &clock));
			EXPECT_EQ(0, word_of(&lock));
		}
	}
}

/* The word stays marked as contended until the last waiter has timed out. */
static bool some_time_out(struct test_metadata *_metadata, const struct lock_site *p,
			  cloudabi_timestamp_t time)
{
	const sub_t soon = sub_after(time);
	bool all_wait = true;

	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	for (int i = 1; i < 5; i++) {
		ASSERT_EQ(0, waiter_start(&waiters[i], i % 2 ? WRLOCK : RDLOCK, p, &soon, true));
		all_wait &= waiter_waits(&waiters[i]);
	}
	for (int i = 5; i < 7; i++)
		START(&waiters[i], i % 2 ? WRLOCK : RDLOCK, p, NULL, false);
	for (int i = 1; i < 5; i++) {
		all_wait &= !word_of(&waiters[i].back);
		EXPECT_EQ(CLOCK, waiter_join(&waiters[i]));
	}
	EXPECT_EQ(KM | own(), word_of(p->lock));
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	EXPECT_TRUE(waiter_is_back(&waiters[5]));
	EXPECT_EQ(KM | of(&waiters[5]), waiters[5].seen);
	waiter_release(&waiters[5]);
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[5]));
	waiter_release(&waiters[6]);
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[6]));
	EXPECT_EQ(1, waiters[6].seen);
	return all_wait;
}

TEST_F(site, time_out_of_some_leaves_the_others)
{
	const struct lock_site *const p = &self->site;

	enough_time(_metadata, p, 100 * MS, some_time_out);
}

/* Readers queue behind a writer that then times out. */
static bool writer_gives_up(struct test_metadata *_metadata, const struct lock_site *p,
			    cloudabi_timestamp_t time)
{
	const sub_t soon = sub_after(time);
	bool all_wait = true;

	EXPECT_EQ(RDLOCK, rdlock(p->lock, p->scope));
	for (int i = 1; i < 4; i++) {
		ASSERT_EQ(0, waiter_start(&waiters[i], i == 1 ? WRLOCK : RDLOCK, p,
					  i == 1 ? &soon : NULL, true));
		all_wait &= waiter_waits(&waiters[i]);
	}
	EXPECT_EQ(CLOCK, waiter_join(&waiters[1]));
	EXPECT_EQ(0, rdunlock(initial_tid(), p->lock, p->scope));
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[2]));
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[3]));
	return all_wait;
}

TEST_F(site, writer_that_gives_up_loses_no_reader)
{
	const struct lock_site *const p = &self->site;

	enough_time(_metadata, p, 100 * MS, writer_gives_up);
}

/* Unlock at about the time of the time-out: the waiter either has the lock or has timed out. */
TEST_F(site, hand_over_and_time_out_exclude_each_other)
{
	const struct lock_site *const p = &self->site;
	static struct waiter w;
	unsigned int got = 0, lost = 0;

	for (unsigned int i = 0; i < 600; i++) {
		const cloudabi_eventtype_t type = i % 3 ? WRLOCK : RDLOCK;
		const sub_t clock = sub_after(200000 + i % 20 * 5000);
		cloudabi_timestamp_t until;

		EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
		ASSERT_EQ(0, waiter_start(&w, type, p, &clock, true));
		ASSERT_TRUE(becomes(&w.thread.step, 1));
		until = now() + clock.clock.timeout;
		while (now() < until)
			;
		EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
		ASSERT_TRUE(waiter_is_back(&w));
		if (waiter_join(&w) == CLOCK) {
			lost++;
		} else {
			EXPECT_EQ(type, w.result);
			got++;
		}
		ASSERT_EQ(0, word_of(p->lock)) TH_LOG("round %u", i);
	}
	TH_LOG("%u in time, %u not", got, lost);
	EXPECT_EQ(600, got + lost);
}

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

		set_word(&common->lock, own());
		common->ready = 0;
		fd = fork_locker();
		if (fd == CHILD) {
			set_word(&common->tid, initial_tid());
			set_word(&common->ready, 1);
			CHECK_OR_EXIT(lock_by_kernel(types[i], &common->lock, SHARED_SCOPE,
						     NULL) == types[i]);
			CHECK_OR_EXIT(word_of(&common->lock) == (i ? 1 : own()));
			CHECK_OR_EXIT(!(i ? rdunlock : wrunlock)(initial_tid(), &common->lock,
								 SHARED_SCOPE));
			cloudabi_exit(0);
		}
		EXPECT_TRUE(becomes(&common->ready, 1));
		EXPECT_TRUE(falls_asleep_in(common->tid, common->tid));
		EXPECT_EQ(KM | own(), word_of(&common->lock));
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
	struct lock_site place = { .scope = SHARED_SCOPE };
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

			place.their_lock = one_lock ? &common->lock : &common->locks[i];
			CHECK_OR_EXIT(!waiter_start(w, type_of(i), &place, NULL,
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
		const struct lock_site place = { .scope = SHARED_SCOPE, .their_lock = &common->lock };
		const bool survivor = i % 2;
		struct sleeper victim;

		set_word(&common->lock, own());
		ASSERT_EQ(0, start_victim(&victim, 16, true, false));
		EXPECT_EQ(KM | own(), word_of(&common->lock));
		if (survivor)
			START(&waiters[1], WRLOCK, &place, NULL, true);
		EXPECT_TRUE(kill_victim(&victim));
		EXPECT_EQ(own() | (survivor ? KM : 0), word_of(&common->lock));
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
			set_word(&common->locks[j], own());
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
		const struct lock_site place = { .scope = SHARED_SCOPE, .their_lock = &common->lock };
		struct sleeper victim;
		cloudabi_timestamp_t until;
		cloudabi_lock_t held;
		bool back = false;

		set_word(&common->lock, own());
		ASSERT_EQ(0, start_victim(&victim, 8, true, true));
		START(&waiters[1], WRLOCK, &place, &clock, true);
		close_fd(victim.fd);
		for (until = now() + i * 5000; now() < until;)
			;
		EXPECT_EQ(0, wrunlock(initial_tid(), &common->lock, SHARED_SCOPE));
		EXPECT_TRUE(is_over(victim.life, PATIENCE));
		close_fd(victim.life);
		for (int j = 0; j < 8; j++)
			back |= common->waiters[j].back;
		held = word_of(&common->lock) & ~KM;
		if (held && held != of(&waiters[1])) {
			/* The killed waiter died as the owner, so release the lock for it. */
			EXPECT_TRUE(back) TH_LOG("round %d", i);
			set_word(&common->lock, KM | own());
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
static const struct lock_site *crowd_place;

static void crowd_job(struct thread *self)
{
	const unsigned int i = ((char *)self - (char *)crowd) / sizeof(crowd[0]);
	cloudabi_lock_t *const word = i % 2 ? crowd_place->lock : crowd_place->their_lock;
	const cloudabi_scope_t scope = crowd_place->scope;

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

	crowd_place = p;
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
static cloudabi_lock_t sea_locks[LOCKS];
static cloudabi_lock_t gates[ROUNDS];
static unsigned int sea_order[LOCKS], sea_waiting, sea_done;

static void sea_job(struct thread *self)
{
	const unsigned int i = ((char *)self - (char *)sea) / sizeof(sea[0]);
	cloudabi_lock_t *const word = &sea_locks[i % LOCKS];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		long got = rdlock(&gates[round], PRIVATE_SCOPE);

		if (got != RDLOCK)
			sea[i].bad = got;
		count_up(&sea_waiting);
		got = lock_by_kernel(WRLOCK, word, PRIVATE_SCOPE, NULL);
		if (got != WRLOCK || (word_of(word) & ~KM) != (WR | self->tid))
			sea[i].bad = got;
		sea[i].waits++;
		sea_order[i % LOCKS]++;
		got = wrunlock(self->tid, word, PRIVATE_SCOPE);
		if (got)
			sea[i].bad = got;
		count_up(&sea_done);
	}
}

TEST(each_of_10000_waits_at_1000_locks_ends)
{
	unsigned long waits = 0;

	for (int i = 0; i < ROUNDS; i++)
		set_word(&gates[i], own());
	for (int i = 0; i < WAITERS; i++) {
		sea[i].waits = 0;
		sea[i].bad = 0;
		ASSERT_EQ(0, thread_start_on(&sea[i].thread, sea_job, sea[i].stack,
					     sizeof(sea[i].stack)));
	}
	for (unsigned int round = 0; round < ROUNDS; round++) {
		sea_waiting = 0;
		sea_done = 0;
		for (int i = 0; i < LOCKS; i++)
			set_word(&sea_locks[i], own());
		EXPECT_EQ(0, wrunlock(initial_tid(), &gates[round], PRIVATE_SCOPE));
		ASSERT_TRUE(becomes(&sea_waiting, WAITERS));
		for (int i = 0; i < WAITERS; i++)
			ASSERT_TRUE(falls_asleep_in(initial_tid(), sea[i].thread.tid));
		for (int i = 0; i < LOCKS; i++) {
			EXPECT_EQ(KM | own(), word_of(&sea_locks[i]));
			ASSERT_EQ(0, wrunlock(initial_tid(), &sea_locks[i], PRIVATE_SCOPE));
		}
		ASSERT_TRUE(becomes(&sea_done, WAITERS));
		EXPECT_EQ(WAITERS, word_of(&gates[round]));
		for (int i = 0; i < LOCKS; i++) {
			EXPECT_EQ(0, word_of(&sea_locks[i]));
			EXPECT_EQ((round + 1) * (WAITERS / LOCKS), sea_order[i]);
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
