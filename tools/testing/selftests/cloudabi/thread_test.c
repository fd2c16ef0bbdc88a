// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Threads
 */

#include "threads.h"

static __thread int initialised = 42;
static __thread int zeroed;

TEST(yield_succeeds)
{
	EXPECT_EQ(0, cloudabi_sys_thread_yield());
	EXPECT_EQ(0, cloudabi_trap_thread_yield());
}

TEST(yield_succeeds_again_and_again)
{
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(0, cloudabi_trap_thread_yield());
}

TEST(thread_number_is_usable_in_locks)
{
	EXPECT_LT(1, test_start->tid);
	EXPECT_LT(test_start->tid, 1U << 30);
}

TEST(thread_local_variables_work)
{
	EXPECT_EQ(42, initialised);
	EXPECT_EQ(0, zeroed);
	zeroed = 7;
	initialised = 8;
	EXPECT_EQ(0, cloudabi_trap_thread_yield());
	EXPECT_EQ(7, zeroed);
	EXPECT_EQ(8, initialised);
	zeroed = 0;
	initialised = 42;
}

/* The thread owns the memory at %fs:0; calls do not touch it. */
TEST(thread_pointer_stays)
{
	void *const before = cloudabi_tls_pointer();

	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, cloudabi_trap_thread_yield());
	EXPECT_EQ(before, cloudabi_tls_pointer());
}

/* Starting and joining */

#define MANY 300

struct many {
	struct thread thread;
	unsigned int seen;
	char stack[4096] __attribute__((__aligned__(16)));
};

static struct many many[MANY];
static unsigned int n_running;
static uint32_t go;

static void start_many(struct test_metadata *_metadata, unsigned int n,
		       void (*job)(struct thread *self))
{
	for (unsigned int i = 0; i < n; i++)
		ASSERT_EQ(0, thread_start_on(&many[i].thread, job, many[i].stack,
					     sizeof(many[i].stack)));
}

static void join_many(struct test_metadata *_metadata, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		ASSERT_EQ(RDLOCK, thread_join(&many[i].thread)) TH_LOG("thread %u", i);
		EXPECT_EQ(1, word_of(&many[i].thread.word));
	}
}

static void count_job(struct thread *self)
{
	((struct many *)self)->seen = count_up(&n_running);
}

TEST(threads_run_and_are_joined)
{
	n_running = 0;
	start_many(_metadata, MANY, count_job);
	join_many(_metadata, MANY);
	EXPECT_EQ(MANY, n_running);
}

static void stay_job(struct thread *self)
{
	count_up(&n_running);
	while (!word_of(&go))
		sleep_for(10 * MS);
}

/* Starts threads that run until @go is set. */
static void start_staying(struct test_metadata *_metadata, unsigned int n)
{
	n_running = 0;
	set_word(&go, 0);
	start_many(_metadata, n, stay_job);
	EXPECT_TRUE(becomes(&n_running, n));
}

/* A lock word has two bits for other purposes, and 0 and 1 are not thread IDs. */
TEST(numbers_of_threads_fit_locks_and_are_unique)
{
	start_staying(_metadata, MANY);
	for (int i = 0; i < MANY; i++) {
		EXPECT_LT(1, many[i].thread.tid);
		EXPECT_LT(many[i].thread.tid, 1U << 30);
		EXPECT_NE(test_start->tid, many[i].thread.tid);
		for (int j = 0; j < i; j++)
			ASSERT_NE(many[j].thread.tid, many[i].thread.tid);
	}
	set_word(&go, 1);
	join_many(_metadata, MANY);
}

/* The creator and the thread get the same thread ID. */
static void tell_job(struct thread *self)
{
	((struct many *)self)->seen = self->tid;
}

TEST(thread_and_creator_learn_the_same_number)
{
	start_many(_metadata, 16, tell_job);
	join_many(_metadata, 16);
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(many[i].thread.tid, many[i].seen);
}

static void yield_job(struct thread *self)
{
	for (int i = 0; i < 1000; i++)
		if (cloudabi_trap_thread_yield())
			((struct many *)self)->seen = 1;
}

TEST(yield_succeeds_among_many)
{
	for (int i = 0; i < 32; i++)
		many[i].seen = 0;
	start_many(_metadata, 32, yield_job);
	join_many(_metadata, 32);
	for (int i = 0; i < 32; i++)
		EXPECT_EQ(0, many[i].seen);
}

/* thread_exit */

TEST(joiner_that_came_first_is_woken)
{
	static struct waiter joiner;
	const struct lock_site word = {
		.scope = PRIVATE_SCOPE,
		.their_lock = &many[0].thread.word,
	};

	start_staying(_metadata, 1);
	START(&joiner, RDLOCK, &word, NULL, true);
	EXPECT_EQ(KM | WR | many[0].thread.tid, word_of(&many[0].thread.word));
	set_word(&go, 1);
	EXPECT_EQ(RDLOCK, waiter_join(&joiner));
	EXPECT_EQ(1, joiner.seen);
	EXPECT_EQ(0, word_of(&many[0].thread.word));
}

/* The thread exits and unlocks the lock that it is given. */
static cloudabi_lock_t *exit_lock;
static cloudabi_scope_t exit_scope;

static void exit_job(struct thread *self)
{
	cloudabi_sys_thread_exit(exit_lock, exit_scope);
}

TEST(exit_hands_the_lock_to_a_writer)
{
	static struct waiter writer;
	const struct lock_site word = {
		.scope = PRIVATE_SCOPE,
		.their_lock = &many[0].thread.word,
	};

	start_staying(_metadata, 1);
	START(&writer, WRLOCK, &word, NULL, true);
	set_word(&go, 1);
	EXPECT_EQ(WRLOCK, waiter_join(&writer));
	EXPECT_EQ(WR | writer.thread.tid, writer.seen);
	EXPECT_EQ(0, word_of(&many[0].thread.word));
}

/* There is no way to report that the lock could not be unlocked. */
TEST(exit_ends_the_thread_whatever_the_lock)
{
	static cloudabi_lock_t words[] = { 0, 1, KM, WR, WR | 7, KM | WR | 7, KM | 1, ~0U };
	cloudabi_lock_t *const places[] = {
		NULL, BAD_POINTER, KERNEL_POINTER, (void *)((char *)&words[0] + 1),
	};
	static const cloudabi_scope_t scopes[] = { PRIVATE_SCOPE, SHARED_SCOPE, 0, 1, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(words) + ARRAY_SIZE(places); i++) {
		const cloudabi_lock_t before = i < ARRAY_SIZE(words) ? words[i] : 0;

		exit_lock = i < ARRAY_SIZE(words) ? &words[i] : places[i - ARRAY_SIZE(words)];
		for (size_t j = 0; j < ARRAY_SIZE(scopes); j++) {
			exit_scope = scopes[j];
			start_many(_metadata, 1, exit_job);
			EXPECT_TRUE(disappears(test_start->tid, many[0].thread.tid))
				TH_LOG("lock %zu, scope %u", i, exit_scope);
		}
		if (i < ARRAY_SIZE(words))
			EXPECT_EQ(before, words[i]);
	}
}

static void nothing_job(struct thread *self)
{
}

/* The word is the last memory that the thread, or the kernel on its behalf, touches. */
TEST(stack_may_be_unmapped_once_the_lock_is_free)
{
	static struct thread thread;
	unsigned int done = 0;

	for (int i = 0; i < 500; i++) {
		void *stack = NULL;

		ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, THREAD_STACK,
						  CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
						  CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE,
						  CLOUDABI_MAP_ANON_FD, 0, &stack));
		ASSERT_EQ(0, thread_start_on(&thread, nothing_job, stack,
					     THREAD_STACK));
		ASSERT_EQ(RDLOCK, thread_join(&thread));
		ASSERT_EQ(0, cloudabi_sys_mem_unmap(stack, THREAD_STACK));
		done++;
	}
	EXPECT_EQ(500, done);
}

/* The lock is in the memory that is unmapped. */
TEST(lock_may_be_unmapped_once_it_is_free)
{
	for (int i = 0; i < 200; i++) {
		struct thread *thread;
		void *mem = NULL;

		ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 2 * THREAD_STACK,
						  CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
						  CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE,
						  CLOUDABI_MAP_ANON_FD, 0, &mem));
		thread = mem;
		ASSERT_EQ(0, thread_start_on(thread, nothing_job, (char *)mem + THREAD_STACK,
					     THREAD_STACK));
		ASSERT_EQ(RDLOCK, thread_join(thread));
		ASSERT_EQ(0, cloudabi_sys_mem_unmap(mem, 2 * THREAD_STACK));
	}
}

/* The end of the process */

TEST(last_thread_ends_the_process_with_0)
{
	EXPECT_EQ(EXITED(0), IN_CHILD(cloudabi_sys_thread_exit(NULL, PRIVATE_SCOPE)));
}

static void outlive_job(struct thread *self)
{
	sleep_for(50 * MS);
}

static void exit_late_job(struct thread *self)
{
	sleep_for(50 * MS);
	cloudabi_exit(42);
}

/* Started by the initial thread, which ends first. */
static long fork_outlived(void (*job)(struct thread *self))
{
	const long fd = fork_locker();
	static cloudabi_lock_t lock;

	if (fd != CHILD)
		return fd;
	for (int i = 0; i < 4; i++)
		CHECK_OR_EXIT(!thread_start_on(&many[i].thread, job, many[i].stack,
					       sizeof(many[i].stack)));
	set_word(&lock, WR | initial_tid());
	cloudabi_sys_thread_exit(&lock, PRIVATE_SCOPE);
	cloudabi_exit(99);
}

TEST(process_lives_as_long_as_any_thread)
{
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(EXITED(0), finish(fork_outlived(outlive_job)));
	EXPECT_LE(50 * MS, now() - start);
}

TEST(thread_left_behind_ends_the_process_with_its_code)
{
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(EXITED(42), finish(fork_outlived(exit_late_job)));
	EXPECT_LE(50 * MS, now() - start);
}

/* Only the forking thread exists in the child. */
TEST(child_has_one_thread)
{
	long fd;

	set_word(&go, 0);
	n_running = 0;
	start_many(_metadata, 8, stay_job);
	EXPECT_TRUE(becomes(&n_running, 8));
	fd = fork_locker();
	if (fd == CHILD) {
		CHECK_OR_EXIT(state_of(initial_tid(), initial_tid()));
		for (int i = 0; i < 8; i++)
			CHECK_OR_EXIT(!state_of(initial_tid(), many[i].thread.tid));
		cloudabi_sys_thread_exit(NULL, PRIVATE_SCOPE);
	}
	EXPECT_EQ(EXITED(0), finish(fd));
	set_word(&go, 1);
	join_many(_metadata, 8);
}

TEST_HARNESS_MAIN
