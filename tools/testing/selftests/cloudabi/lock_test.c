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
static struct lock_site site_of_lock;
static cloudabi_lock_t lock;

/* The site of that lock, for starting waiters. */
static const struct lock_site *private_site(void)
{
	site_of_lock = (struct lock_site){
		.scope = PRIVATE_SCOPE,
		.lock = &lock,
		.their_lock = &lock,
	};
	return &site_of_lock;
}

/* Without waiters */

TEST_F(site, free_lock_is_taken)
{
	const struct lock_site *const p = &self->site;

	EXPECT_EQ(WRLOCK, lock_by_kernel(WRLOCK, p->lock, p->scope, NULL));
	EXPECT_EQ(locked_by_self(), word_of(p->lock));
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
	set_word(p->lock, locked_by_self());
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
		KM, KM | 1, KM | READERS_MAX, KM | WR, KM | OTHER, KM | locked_by_self(), WR, ~0U,
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
	set_word(&lock, locked_by_self());
	EXPECT_EQ(-CLOUDABI_EDEADLK, lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(-CLOUDABI_EDEADLK, try_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE));
	EXPECT_EQ(locked_by_self(), word_of(&lock));
	START(&waiters[0], WRLOCK, private_site(), NULL, true);
	EXPECT_EQ(KM | locked_by_self(), word_of(&lock));
	EXPECT_EQ(-CLOUDABI_EDEADLK, lock_by_kernel(WRLOCK, &lock, PRIVATE_SCOPE, NULL));
	EXPECT_EQ(KM | locked_by_self(), word_of(&lock));
	EXPECT_EQ(0, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_EQ(0, word_of(&lock));
}

/* A read lock on a lock that the thread itself holds for writing has no special error. */
TEST(read_lock_of_ones_own_waits)
{
	set_word(&lock, locked_by_self());
	EXPECT_EQ(CLOCK, try_by_kernel(RDLOCK, &lock, PRIVATE_SCOPE));
	EXPECT_EQ(locked_by_self(), word_of(&lock));
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
		set_word(&lock, locked_by_self());
		EXPECT_EQ(-CLOUDABI_EINVAL, unlock_by_kernel(&lock, scope));
		EXPECT_EQ(locked_by_self(), word_of(&lock));
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
			EXPECT_EQ(locked_by_self(), word_of(word));
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
		EXPECT_EQ(locked_by_self(), word_of(word));
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
	EXPECT_EQ(KM | locked_by_self(), word_of(p->lock));
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	/* The waiter owns the lock before it runs. */
	EXPECT_EQ(locked_by(w), word_of(p->lock));
	EXPECT_TRUE(waiter_is_back(w));
	EXPECT_EQ(locked_by(w), w->seen);
	waiter_release(w);
	EXPECT_EQ(WRLOCK, waiter_join(w));
}

TEST_F(site, readers_wait_and_are_handed_the_lock_together)
{
	const struct lock_site *const p = &self->site;

	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), p->lock, p->scope));
	for (int i = 0; i < 5; i++) {
		START(&waiters[i], RDLOCK, p, NULL, false);
		EXPECT_EQ(KM | locked_by_self(), word_of(p->lock));
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
		EXPECT_EQ(locked_by(&waiters[i]) | (i < n - 1 ? KM : 0), waiters[i].seen);
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
		EXPECT_EQ(KM | locked_by(w), w->seen);
		EXPECT_EQ(i, w->order);
		EXPECT_EQ(KM | locked_by(w), word_of(p->lock));
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
	EXPECT_EQ(KM | locked_by(&waiters[0]), word_of(p->lock));
	waiter_release(&waiters[0]);
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_TRUE(waiter_is_back(&waiters[1]));
	EXPECT_EQ(1, word_of(p->lock));
	waiter_release(&waiters[1]);
	EXPECT_EQ(RDLOCK, waiter_join(&waiters[1]));
}

TEST(unlock_of_a_contended_lock_by_others_is_eperm)
{
	set_word(&lock, locked_by_self());
	START(&waiters[0], WRLOCK, private_site(), NULL, false);
	EXPECT_EQ(0, wrunlock(initial_tid(), &lock, PRIVATE_SCOPE));
	EXPECT_TRUE(waiter_is_back(&waiters[0]));
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(locked_by(&waiters[0]), word_of(&lock));
	START(&waiters[1], WRLOCK, private_site(), NULL, true);
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, PRIVATE_SCOPE));
	EXPECT_EQ(-CLOUDABI_EPERM, unlock_by_kernel(&lock, SHARED_SCOPE));
	EXPECT_EQ(KM | locked_by(&waiters[0]), word_of(&lock));
	EXPECT_TRUE(is_asleep(&waiters[1].thread));
	waiter_release(&waiters[0]);
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[0]));
	EXPECT_EQ(WRLOCK, waiter_join(&waiters[1]));
	EXPECT_EQ(0, word_of(&lock));
}

/* Fork copies the lock word but not the kernel's wait queue. */
TEST(contended_lock_in_a_copy_of_memory_is_einval)
{
	set_word(&lock, locked_by_self());
	START(&waiters[0], WRLOCK, private_site(), NULL, true);
	EXPECT_EQ(EXITED(0), IN_CHILD({
		CHECK_OR_EXIT(word_of(&lock) == (KM | locked_by_self()));
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

	set_word(&word, locked_by_self());
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
			EXPECT_EQ(locked_by_self(), word_of(&lock));
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

		set_word(&lock, locked_by_self());
		START(&waiters[1], WRLOCK, private_site(), &clock, true);
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
	EXPECT_EQ(KM | locked_by_self(), word_of(p->lock));
	EXPECT_EQ(0, wrunlock(initial_tid(), p->lock, p->scope));
	EXPECT_TRUE(waiter_is_back(&waiters[5]));
	EXPECT_EQ(KM | locked_by(&waiters[5]), waiters[5].seen);
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

TEST_HARNESS_MAIN
