// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Locks, condition variables, processes and poll at once
 *
 * Threads use all of them at the same time for as many seconds as "-s SECONDS"
 * says.  Both sides of each operation count it: things made and used, children
 * and their exit codes, bytes.  At the end, no threads and no descriptors are
 * left.
 */

#define THREAD_STACK 16384
#include "tally.h"
#include "threads.h"

#define DEFAULT_SECONDS 5
/* The descriptors of jobs have numbers between the fixture's and this. */
#define FDS 400

struct job {
	struct thread thread;
	void (*run)(struct job *job);
	struct tally tally;
	char stack[THREAD_STACK] __attribute__((__aligned__(16)));
};

static uint32_t stop;

static bool stopped(void)
{
	return word_of(&stop);
}

/* For a function with a @job. */
#define MUST(condition, result) TALLY_MUST(&job->tally, condition, result)

/* A market: producers and consumers of things */

#define ROOM 16

struct market {
	cloudabi_lock_t lock;
	cloudabi_condvar_t filled, emptied;
	cloudabi_scope_t scope;
	unsigned int things, closed;
	unsigned long made, used;
};

static struct market private_market, *shared_market;

static void lock_market(struct job *job, struct market *m)
{
	const cloudabi_tid_t self = job->thread.tid;
	long got;

	if (pick(&job->tally, 4)) {
		got = wrlock(self, &m->lock, m->scope);
	} else {
		do {
			const sub_t clock = sub_after(pick(&job->tally, 1000000));

			got = wrlock_until(self, &m->lock, m->scope, &clock);
		} while (got == CLOCK);
	}
	MUST(got == WRLOCK, got);
	MUST((word_of(&m->lock) & ~KM) == (WR | self), word_of(&m->lock));
}

static void unlock_market(struct job *job, struct market *m)
{
	const long error = wrunlock(job->thread.tid, &m->lock, m->scope);

	MUST(!error, error);
}

/* Waits at a condition variable; returns with the lock in any case. */
static void wait_at(struct job *job, struct market *m, cloudabi_condvar_t *condvar)
{
	const sub_t clock = sub_after(pick(&job->tally, 5000000));
	const bool timed = pick(&job->tally, 2);
	const long got = wait_condvar(condvar, &m->lock, m->scope, timed ? &clock : NULL);

	MUST(got == CONDVAR || (timed && got == CLOCK), got);
	MUST((word_of(&m->lock) & ~KM) == (WR | job->thread.tid), word_of(&m->lock));
}

static void make_thing(struct job *job, struct market *m)
{
	const bool early = pick(&job->tally, 2);
	const cloudabi_nthreads_t n = pick(&job->tally, 8) ? 1 : ALL;

	lock_market(job, m);
	while (m->things >= ROOM)
		wait_at(job, m, &m->emptied);
	m->things++;
	m->made++;
	if (early)
		MUST(!signal_condvar(&m->filled, m->scope, n), 0);
	unlock_market(job, m);
	if (!early)
		MUST(!signal_condvar(&m->filled, m->scope, n), 0);
}

/* Returns false if nothing is left and nothing more will be made. */
static bool use_thing(struct job *job, struct market *m)
{
	bool used = false;

	lock_market(job, m);
	while (!m->things && !m->closed)
		wait_at(job, m, &m->filled);
	if (m->things) {
		m->things--;
		m->used++;
		used = true;
	}
	MUST(!signal_condvar(&m->emptied, m->scope, pick(&job->tally, 8) ? 1 : ALL), 0);
	unlock_market(job, m);
	return used;
}

static void maker(struct job *job)
{
	while (!stopped()) {
		make_thing(job, &private_market);
		job->tally.good++;
	}
}

static void user(struct job *job)
{
	while (use_thing(job, &private_market))
		job->tally.good++;
}

static void shared_user(struct job *job)
{
	while (use_thing(job, shared_market))
		job->tally.good++;
}

static void close_market(struct test_metadata *_metadata, struct market *m)
{
	EXPECT_EQ(WRLOCK, wrlock(initial_tid(), &m->lock, m->scope));
	m->closed = 1;
	EXPECT_EQ(0, signal_condvar(&m->filled, m->scope, ALL));
	EXPECT_EQ(0, wrunlock(initial_tid(), &m->lock, m->scope));
}

/* Children */

/*
 * Forks a child for this job alone.  The child must not keep alive the stream ends and children
 * of other jobs.
 */
static long fork_for(struct job *job, cloudabi_fd_t keep)
{
	const long fd = fork_locker();

	if (fd != CHILD) {
		MUST(fd >= 0, fd);
		return fd;
	}
	for (cloudabi_fd_t other = FIXTURE_DGRAM_ALONE + 1; other < FDS; other++)
		if (other != keep)
			cloudabi_sys_fd_close(other);
	job->thread.tid = initial_tid();
	job->tally.bad = 0;
	return fd;
}

/* Returns the exit code of a child, and closes its descriptor. */
static long end_child(long fd)
{
	const sub_t sub = sub_end(fd), clock = sub_after(PATIENCE);
	const sub_t subs[] = { sub, clock };
	cloudabi_event_t events[2];
	cloudabi_size_t n = 0;
	const cloudabi_errno_t error = cloudabi_sys_poll(subs, events, 2, &n);

	close_fd(fd);
	if (error || !n)
		return -1;
	return end_of(&events[0], fd);
}

/* Forks children that make things for all consumers. */
static void forker(struct job *job)
{
	while (!stopped()) {
		const unsigned int n = 1 + pick(&job->tally, 20);
		const long fd = fork_for(job, 0);
		long how;

		if (fd == CHILD) {
			for (unsigned int i = 0; i < n; i++)
				make_thing(job, shared_market);
			cloudabi_exit(job->tally.bad ? 1000 + job->tally.bad_line : n);
		}
		if (fd < 0)
			break;
		how = end_child(fd);
		MUST(how == EXITED(n), how);
		job->tally.good += n;
	}
}

/* Argument data that start so make this program do a job instead of testing. */
static const char order[8] = "\0stress";

struct order {
	char order[8];
	uint32_t value;
};

static void executor(struct job *job)
{
	while (!stopped()) {
		struct order data = { .value = pick(&job->tally, 1U << 31) };
		const long fd = fork_for(job, 0);
		long how;

		if (fd == CHILD) {
			memcpy(data.order, order, sizeof(order));
			cloudabi_exit(-(uint32_t)cloudabi_sys_proc_exec(FIXTURE_IMAGE, &data,
									sizeof(data), NULL, 0));
		}
		if (fd < 0)
			break;
		how = end_child(fd);
		MUST(how == EXITED(data.value), how);
		job->tally.good++;
	}
}

/* Children that end in all possible ways; all that they have written arrives. */
#define BROOD 4

static void watcher(struct job *job)
{
	while (!stopped()) {
		long children[BROOD];
		unsigned int left = 0, bytes = 0;
		cloudabi_fd_t pair[2];
		char buf[BROOD];

		MUST(!make_pair(STREAM, pair), 0);
		for (unsigned int i = 0; i < BROOD; i++) {
			children[i] = fork_for(job, pair[1]);
			if (children[i] == CHILD) {
				write_fd(pair[1], "x", 1);
				if (i % 2)
					cloudabi_sys_proc_raise(CLOUDABI_SIGKILL);
				cloudabi_exit(100 + i);
			}
			left += children[i] >= 0;
		}
		close_fd(pair[1]);
		while (left || bytes < BROOD) {
			sub_t subs[BROOD + 2] = { sub_fd(READ, pair[0]), sub_after(PATIENCE) };
			cloudabi_event_t events[BROOD + 2];
			cloudabi_size_t n = 0;
			unsigned int n_subs = 2;
			bool over = false;

			for (unsigned int i = 0; i < BROOD; i++)
				if (children[i] >= 0)
					subs[n_subs++] = sub_end(children[i]);
			/* The end of the stream is not awaited. */
			if (bytes == BROOD)
				subs[0] = sub_after(PATIENCE);
			MUST(!cloudabi_sys_poll(subs, events, n_subs, &n) && n, n);
			for (cloudabi_size_t i = 0; i < n; i++) {
				if (events[i].type == READ) {
					const long len = read_fd(pair[0], buf, sizeof(buf));

					MUST(len > 0, len);
					bytes += len > 0 ? len : BROOD;
				}
				over |= events[i].type == CLOCK;
				for (unsigned int j = 0; j < BROOD; j++) {
					long how;

					if (events[i].type != TERMINATE || children[j] < 0 ||
					    events[i].userdata != (uint64_t)children[j])
						continue;
					how = end_of(&events[i], children[j]);
					MUST(how == (j % 2 ? KILLED(KILL) : EXITED(100 + j)), how);
					close_fd(children[j]);
					children[j] = -1;
					left--;
					job->tally.good++;
				}
			}
			MUST(!over, left);
			if (over || !n)
				break;
		}
		MUST(bytes == BROOD, bytes);
		close_fd(pair[0]);
	}
}

/* Children that are killed while they wait for a lock of their parent. */
#define VICTIMS 4

struct trap {
	cloudabi_lock_t lock;
	struct waiter waiters[VICTIMS];
};

static __attribute__((__noreturn__)) void be_trapped(struct job *job, struct trap *trap)
{
	const struct lock_site place = { .scope = SHARED_SCOPE, .their_lock = &trap->lock };

	for (unsigned int i = 0; i < VICTIMS; i++)
		if (waiter_start(&trap->waiters[i], i % 2 ? RDLOCK : WRLOCK, &place, NULL, true))
			cloudabi_exit(1);
	sleep_forever();
}

/* Returns true if the other end of a stream closes in time. */
static bool is_closed(cloudabi_fd_t fd)
{
	const sub_t subs[] = { sub_fd(READ, fd), sub_after(PATIENCE) };
	cloudabi_event_t events[2];
	cloudabi_size_t n = 0;
	char byte;

	return !cloudabi_sys_poll(subs, events, 2, &n) && n && events[0].type == READ &&
	       !read_fd(fd, &byte, 1);
}

static void killer(struct job *job)
{
	struct trap *const trap = map_shared(sizeof(*trap));

	if (!trap) {
		wrong(&job->tally, 0, __LINE__);
		return;
	}
	while (!stopped()) {
		cloudabi_fd_t pair[2];
		cloudabi_timestamp_t until;
		cloudabi_lock_t left;
		bool back = false;
		long fd;

		memset(trap, 0, sizeof(*trap));
		set_word(&trap->lock, WR | job->thread.tid);
		MUST(!make_pair(STREAM, pair), 0);
		fd = fork_for(job, pair[1]);
		if (fd == CHILD)
			be_trapped(job, trap);
		close_fd(pair[1]);
		until = now() + pick(&job->tally, 3000000);
		while (now() < until)
			cloudabi_sys_thread_yield();
		if (pick(&job->tally, 2)) {
			MUST(!wrunlock(job->thread.tid, &trap->lock, SHARED_SCOPE), 0);
			close_fd(fd);
			MUST(is_closed(pair[0]), 0);
		} else {
			close_fd(fd);
			MUST(is_closed(pair[0]), 0);
			/* A killed process is in no queue. */
			MUST(word_of(&trap->lock) == (WR | job->thread.tid),
			     word_of(&trap->lock));
			MUST(!wrunlock(job->thread.tid, &trap->lock, SHARED_SCOPE), 0);
		}
		close_fd(pair[0]);
		/* A killed process owns nothing, unless it had returned from the wait. */
		left = word_of(&trap->lock);
		MUST(!(left & KM), left);
		for (unsigned int i = 0; i < VICTIMS; i++)
			back |= trap->waiters[i].thread.step;
		MUST(!left || back, left);
		job->tally.good++;
	}
	unmap_shared(trap, sizeof(*trap));
}

/* All jobs */

static const struct {
	void (*run)(struct job *job);
	unsigned int n;
} crews[] = {
	{ maker, 4 }, { forker, 3 }, { executor, 2 }, { watcher, 2 }, { killer, 3 },
	/* These jobs continue until no more things are made. */
	{ user, 8 }, { shared_user, 2 },
};

#define JOBS 24

static struct job jobs[JOBS];

static void run_job(struct thread *self)
{
	struct job *const job = (struct job *)self;

	job->run(job);
}

static bool all_achieve(void)
{
	for (unsigned int i = 0; i < JOBS; i++)
		if (!__atomic_load_n(&jobs[i].tally.good, __ATOMIC_RELAXED))
			return false;
	return true;
}

TEST(nothing_is_lost)
{
	const cloudabi_timestamp_t time = duration(DEFAULT_SECONDS);
	const unsigned int before = count_open();
	unsigned long good[ARRAY_SIZE(crews)] = { };
	cloudabi_timestamp_t end;
	unsigned int n = 0;

	private_market.scope = PRIVATE_SCOPE;
	shared_market = map_shared(MAPPING);
	ASSERT_NE(NULL, shared_market);
	shared_market->scope = SHARED_SCOPE;
	for (size_t i = 0; i < ARRAY_SIZE(crews); i++) {
		for (unsigned int j = 0; j < crews[i].n; j++, n++) {
			jobs[n].run = crews[i].run;
			jobs[n].tally.random = n + 1;
			ASSERT_EQ(0, thread_start_on(&jobs[n].thread, run_job, jobs[n].stack,
						     sizeof(jobs[n].stack)));
		}
	}
	ASSERT_EQ(JOBS, n);
	sleep_for(time);
	/* On a busy machine, it may take longer until every job has had a turn. */
	for (end = now() + PATIENCE; !all_achieve() && now() < end;)
		sleep_for(10 * MS);
	set_word(&stop, 1);
	n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(crews); i++) {
		if (crews[i].run == user) {
			close_market(_metadata, &private_market);
			close_market(_metadata, shared_market);
		}
		for (unsigned int j = 0; j < crews[i].n; j++, n++) {
			ASSERT_EQ(RDLOCK, thread_join(&jobs[n].thread)) TH_LOG("job %u", n);
			EXPECT_EQ(0, jobs[n].tally.bad)
				TH_LOG("job %u, line %d: 0x%lx", n, jobs[n].tally.bad_line,
				       (unsigned long)jobs[n].tally.bad_result);
			EXPECT_LT(0, jobs[n].tally.good) TH_LOG("job %u", n);
			EXPECT_TRUE(disappears(initial_tid(), jobs[n].thread.tid));
			good[i] += jobs[n].tally.good;
		}
	}
	TH_LOG("%lu made, %lu by children, %lu executed, %lu watched, %lu killed", good[0], good[1],
	       good[2], good[3], good[4] * VICTIMS);
	EXPECT_EQ(good[0], private_market.made);
	EXPECT_EQ(good[0], good[5]);
	EXPECT_EQ(private_market.made, private_market.used);
	EXPECT_EQ(good[1], shared_market->made);
	EXPECT_EQ(good[1], good[6]);
	EXPECT_EQ(0, private_market.things | shared_market->things);
	EXPECT_EQ(0, word_of(&private_market.lock) | word_of(&shared_market->lock));
	EXPECT_EQ(0, word_of(&private_market.filled) | word_of(&private_market.emptied));
	EXPECT_EQ(0, word_of(&shared_market->filled) | word_of(&shared_market->emptied));
	unmap_shared(shared_market, MAPPING);
	EXPECT_EQ(before, count_open());
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct order *const data = start->argdata;

	if (start->argdata_len == sizeof(*data) && !memcmp(data->order, order, sizeof(order)))
		return data->value;
	return test_harness_run(start);
}
