/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Threads that race against each other
 */
#ifndef SELFTESTS_CLOUDABI_WORKERS_H
#define SELFTESTS_CLOUDABI_WORKERS_H

#include "sockcalls.h"
#include "tally.h"

#define SECOND 1000000000ULL
#define DEFAULT_SECONDS 3

#define WORKERS 6
#define STACK_SIZE 65536

struct worker {
	/* A byte from this stream starts the job. */
	cloudabi_fd_t wake;
	void (*job)(struct worker *worker);
	struct tally tally;
	bool done;
};

static struct worker workers[WORKERS];
static cloudabi_fd_t wakers[WORKERS];
static char stacks[WORKERS][STACK_SIZE] __attribute__((__aligned__(16)));
static unsigned int n_workers;
static bool stop;

static inline bool stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

/* For a job, whose argument is @worker. */
#define MUST(condition, result) TALLY_MUST(&worker->tally, condition, result)

/* The threads do not end: they sleep until the next test, or until the process ends. */
static inline void work(cloudabi_tid_t tid, void *arg)
{
	struct worker *const worker = arg;
	char byte;

	while (read_fd(worker->wake, &byte, 1) == 1) {
		worker->job(worker);
		__atomic_store_n(&worker->done, true, __ATOMIC_RELEASE);
	}
	for (;;)
		cloudabi_sys_thread_yield();
}

static inline long start_worker(unsigned int i)
{
	const cloudabi_threadattr_t attr = {
		.entry_point = work,
		.stack = stacks[i],
		.stack_len = STACK_SIZE,
		.argument = &workers[i],
	};
	cloudabi_fd_t pair[2];
	cloudabi_tid_t tid;
	cloudabi_errno_t error = cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]);

	if (error)
		return -(long)error;
	workers[i].wake = pair[0];
	wakers[i] = pair[1];
	workers[i].tally.random = i + 1;
	error = cloudabi_sys_thread_create((cloudabi_threadattr_t *)&attr, &tid);
	return -(long)error;
}

static inline cloudabi_timestamp_t now(void)
{
	cloudabi_timestamp_t time = 0;

	cloudabi_sys_clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 1, &time);
	return time;
}

static inline cloudabi_timestamp_t duration(void)
{
	return test_number("-s", DEFAULT_SECONDS) * SECOND;
}

typedef void job_t(struct worker *worker);

static inline bool all_achieve(void)
{
	for (unsigned int i = 0; i < WORKERS; i++)
		if (!__atomic_load_n(&workers[i].tally.good, __ATOMIC_RELAXED))
			return false;
	return true;
}

/*
 * Runs each job in a thread, and @own repeatedly in this thread.  Reports wrong results, and
 * jobs that achieved nothing.
 */
static inline void race(struct test_metadata *_metadata, job_t *const jobs[WORKERS],
			void (*own)(struct worker *worker), cloudabi_timestamp_t time)
{
	const cloudabi_timestamp_t end = now() + time;
	struct worker self = { .tally.random = 4711 };
	unsigned int running = WORKERS;

	while (n_workers < WORKERS) {
		ASSERT_EQ(0, start_worker(n_workers));
		n_workers++;
	}
	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < WORKERS; i++) {
		workers[i].job = jobs[i];
		workers[i].done = false;
		workers[i].tally.good = 0;
		workers[i].tally.bad = 0;
		ASSERT_EQ(1, write_fd(wakers[i], "w", 1));
	}
	/* On a busy machine, it may take longer until every job has had a turn. */
	while (now() < end || (!all_achieve() && now() < end + 60 * SECOND)) {
		own(&self);
		cloudabi_sys_thread_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	while (running && now() < end + 120 * SECOND) {
		running = 0;
		for (unsigned int i = 0; i < WORKERS; i++)
			running += !__atomic_load_n(&workers[i].done, __ATOMIC_ACQUIRE);
		cloudabi_sys_thread_yield();
	}
	ASSERT_EQ(0, running);
	EXPECT_EQ(0, self.tally.bad)
		TH_LOG("line %d: %ld", self.tally.bad_line, self.tally.bad_result);
	for (unsigned int i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, workers[i].tally.bad)
			TH_LOG("worker %u, line %d: %ld", i, workers[i].tally.bad_line,
			       workers[i].tally.bad_result);
		EXPECT_LT(0, workers[i].tally.good) TH_LOG("worker %u", i);
		TH_LOG("worker %u: %lu", i, workers[i].tally.good);
	}
}

static inline void rest(struct worker *worker)
{
}

static inline long make_dir(const char *name)
{
	return -(long)cloudabi_sys_file_create(FIXTURE_DIR, name, strlen(name),
					       CLOUDABI_FILETYPE_DIRECTORY);
}

static inline long open_dir(const char *name, cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	return open_path(FIXTURE_DIR, 0, name, strlen(name), CLOUDABI_O_DIRECTORY, 0, base,
			 inheriting);
}

#endif /* SELFTESTS_CLOUDABI_WORKERS_H */
