// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Interrupted waits for locks
 *
 * Two programs share memory that holds a lock and a condition variable.  A
 * stopped waiter is in no queue.  When it continues, it waits for the lock
 * again; if it waited at the condition variable, its wait ends with the lock
 * held, as if it had been signalled.
 */

#include <sched.h>
#include <sys/resource.h>

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"

#define WR CLOUDABI_LOCK_WRLOCKED
#define KM CLOUDABI_LOCK_KERNEL_MANAGED
#define WRLOCK CLOUDABI_EVENTTYPE_LOCK_WRLOCK
#define RDLOCK CLOUDABI_EVENTTYPE_LOCK_RDLOCK
#define CONDVAR CLOUDABI_EVENTTYPE_CONDVAR
#define CLOCK CLOUDABI_EVENTTYPE_CLOCK
#define SHARED CLOUDABI_SCOPE_SHARED

/* The server's memory for the arguments of poll. */
#define SUBS SERVER_ROOM
#define EVENTS (SERVER_ROOM + 0x100)

/* Offsets in the shared memory. */
#define LOCK 64
#define COND 128

struct party {
	struct server server;
	/* The address of the shared memory in the server, and the server's thread ID. */
	uint64_t mem;
	uint32_t tid;
	struct regs regs;
};

/* Memory that all parties share. */
struct words {
	int memfd;
	char *mem;
	uint32_t *lock, *cond;
};

FIXTURE(shared) {
	struct words words;
	struct party a, b;
};

static void give_memory(void *arg)
{
	/* dup() first: if the descriptor is already 3, dup2() would leave it close-on-exec. */
	if (dup2(dup(*(int *)arg), 3) < 0)
		_exit(253);
}

static uint32_t word_of(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static int party_start(struct party *party, int *memfd)
{
	const int error = server_start_with(&party->server, give_memory, memfd);

	if (error)
		return error;
	party->mem = SERVER_CALL(&party->server, mem_map, 0, 4096,
				 CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE, CLOUDABI_MAP_SHARED, 3,
				 0);
	/* A CloudABI thread ID is the Linux thread ID plus one. */
	party->tid = party->server.pid + 1;
	return (int64_t)party->mem < 0 ? (int64_t)party->mem : 0;
}

/* Makes a party wait, at most for @timeout if that is not 0. */
static void begin_wait(struct party *party, cloudabi_eventtype_t type, uint64_t timeout)
{
	cloudabi_subscription_t subs[2] = {
		{ .userdata = 1, .type = type },
		{
			.userdata = 2,
			.type = CLOCK,
			.clock = { .clock_id = CLOUDABI_CLOCK_MONOTONIC, .timeout = timeout },
		},
	};
	struct regs regs = patterns;

	if (type == CONDVAR) {
		subs[0].condvar.condvar = (void *)(party->mem + COND);
		subs[0].condvar.lock = (void *)(party->mem + LOCK);
		subs[0].condvar.condvar_scope = SHARED;
		subs[0].condvar.lock_scope = SHARED;
	} else {
		subs[0].lock.lock = (void *)(party->mem + LOCK);
		subs[0].lock.lock_scope = SHARED;
	}
	if (poke(party->server.pid, SUBS, subs, sizeof(subs)) != sizeof(subs))
		abort();
	regs.rax = CLOUDABI_NR_poll;
	regs.rdi = SUBS;
	regs.rsi = EVENTS;
	regs.rdx = timeout ? 2 : 1;
	party->regs = regs;
	server_send(&party->server, &regs);
}

/* Returns the type of the event, or a negative number. */
static int end_wait(struct party *party)
{
	cloudabi_event_t event;
	struct regs after;

	if (!server_receive(&party->server, &after))
		return -1000;
	if (after.flags & FLAG_CF)
		return -2000 - (int)after.rax;
	if (after.rax != 1 || peek(party->server.pid, EVENTS, &event, sizeof(event)) !=
				      sizeof(event))
		return -3000;
	if (event.error)
		return -(int)event.error;
	if (event.userdata != (event.type == CLOCK ? 2 : 1) || after.rbx != party->regs.rbx ||
	    after.r15 != party->regs.r15)
		return -4000;
	return event.type;
}

static int wait_for(struct party *party, cloudabi_eventtype_t type, uint64_t timeout)
{
	begin_wait(party, type, timeout);
	return end_wait(party);
}

/* The waiter waits for a lock that the owner takes first. */
static void wait_for_owner(struct __test_metadata *_metadata, struct party *owner,
			   struct party *waiter, cloudabi_eventtype_t type, uint64_t timeout)
{
	ASSERT_EQ(WRLOCK, wait_for(owner, WRLOCK, 0));
	begin_wait(waiter, type, timeout);
	ASSERT_TRUE(falls_asleep(waiter->server.pid));
}

/* Takes the lock and waits at the condition variable, which releases the lock. */
static void wait_at_condvar(struct __test_metadata *_metadata, struct party *party,
			    uint64_t timeout)
{
	wait_for_owner(_metadata, party, party, CONDVAR, timeout);
}

static int64_t unlock(struct party *party)
{
	return SERVER_CALL(&party->server, lock_unlock, party->mem + LOCK, SHARED);
}

static int64_t signal_one(struct party *party)
{
	return SERVER_CALL(&party->server, condvar_signal, party->mem + COND, SHARED, 1);
}

static bool words_make(struct words *words)
{
	words->memfd = memfd_create("shared", MFD_CLOEXEC);
	if (words->memfd < 0 || ftruncate(words->memfd, 4096))
		return false;
	words->mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, words->memfd, 0);
	words->lock = (void *)(words->mem + LOCK);
	words->cond = (void *)(words->mem + COND);
	return words->mem != MAP_FAILED;
}

static void words_remove(struct words *words)
{
	munmap(words->mem, 4096);
	close(words->memfd);
}

FIXTURE_SETUP(shared)
{
	ASSERT_TRUE(words_make(&self->words));
	ASSERT_EQ(0, party_start(&self->a, &self->words.memfd));
	ASSERT_EQ(0, party_start(&self->b, &self->words.memfd));
}

FIXTURE_TEARDOWN(shared)
{
	server_stop(&self->a.server);
	server_stop(&self->b.server);
	words_remove(&self->words);
}

/* A sleeping thread may still be on its way to the queue: watch the word instead. */
static bool becomes(const uint32_t *word, uint32_t value)
{
	for (int i = 0; i < 10000 && word_of(word) != value; i++)
		usleep(2000);
	return word_of(word) == value;
}

static bool (*const interruptions[])(pid_t pid) = {
	stop_and_continue, attach_and_detach, seize_and_interrupt, suppress_signal,
};

/* Locks */

static const cloudabi_eventtype_t lock_types[] = { WRLOCK, RDLOCK };

TEST_F(shared, interrupted_wait_for_a_lock_goes_on)
{
	for (size_t i = 0; i < ARRAY_SIZE(interruptions) * ARRAY_SIZE(lock_types); i++) {
		const cloudabi_eventtype_t type = lock_types[i % ARRAY_SIZE(lock_types)];

		ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
		EXPECT_EQ(WR | self->a.tid, word_of(self->words.lock));
		begin_wait(&self->b, type, 0);
		for (int j = 0; j < 3; j++) {
			ASSERT_TRUE(falls_asleep(self->b.server.pid));
			EXPECT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
			ASSERT_TRUE(interruptions[i / ARRAY_SIZE(lock_types)](self->b.server.pid));
		}
		ASSERT_TRUE(falls_asleep(self->b.server.pid));
		EXPECT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_EQ(type, end_wait(&self->b));
		EXPECT_EQ(type == WRLOCK ? WR | self->b.tid : 1, word_of(self->words.lock));
		*self->words.lock = 0;
	}
}

/* A stopped waiter does not keep others from the lock. */
TEST_F(shared, stopped_waiter_is_in_no_queue)
{
	const pid_t pid = self->b.server.pid;
	int status;

	wait_for_owner(_metadata, &self->a, &self->b, WRLOCK, 0);
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	EXPECT_EQ(WR | self->a.tid, word_of(self->words.lock));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_EQ(0, word_of(self->words.lock));
	EXPECT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(pid, waitpid(pid, &status, WCONTINUED));
	ASSERT_TRUE(falls_asleep(pid));
	EXPECT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_EQ(WRLOCK, end_wait(&self->b));
	EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
}

TEST_F(shared, lock_that_became_free_is_taken_after_the_stop)
{
	const pid_t pid = self->b.server.pid;
	int status;

	wait_for_owner(_metadata, &self->a, &self->b, WRLOCK, 0);
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	EXPECT_EQ(0, unlock(&self->a));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_EQ(WRLOCK, end_wait(&self->b));
	EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
}

/* The timeout runs on while a program is stopped; it does not restart. */
TEST_F(shared, time_is_kept)
{
	const pid_t pid = self->b.server.pid;
	uint64_t start;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(lock_types); i++) {
		ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
		start = now();
		begin_wait(&self->b, lock_types[i], 2 * SECOND);
		while (now() < start + 3 * SECOND) {
			ASSERT_TRUE(stop_and_continue(pid));
			usleep(300000);
		}
		EXPECT_EQ(CLOCK, end_wait(&self->b));
		EXPECT_EQ(WR | self->a.tid, word_of(self->words.lock));
		EXPECT_EQ(0, unlock(&self->a));
		start = now();
		ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
		begin_wait(&self->b, lock_types[i], 200 * MS);
		ASSERT_TRUE(falls_asleep(pid));
		ASSERT_EQ(0, kill(pid, SIGSTOP));
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		usleep(300000);
		ASSERT_EQ(0, kill(pid, SIGCONT));
		EXPECT_EQ(CLOCK, end_wait(&self->b));
		EXPECT_LE(200 * MS, now() - start);
		EXPECT_EQ(0, unlock(&self->a));
	}
}

/* The waiter is killed during the wait, or while stopped in it. */
TEST_F(shared, killed_waiter_leaves_the_lock_as_it_was)
{
	const pid_t pid = self->b.server.pid;

	wait_for_owner(_metadata, &self->a, &self->b, RDLOCK, 0);
	EXPECT_EQ(KM | WR | self->a.tid, word_of(self->words.lock));
	end(pid);
	self->b.server.pid = 0;
	EXPECT_EQ(WR | self->a.tid, word_of(self->words.lock));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_EQ(0, word_of(self->words.lock));
}

/* Condition variables */

TEST_F(shared, signalled_program_owns_the_lock)
{
	wait_at_condvar(_metadata, &self->b, 0);
	EXPECT_EQ(0, word_of(self->words.lock));
	EXPECT_NE(0, word_of(self->words.cond));
	EXPECT_EQ(0, signal_one(&self->a));
	EXPECT_EQ(CONDVAR, end_wait(&self->b));
	EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
	EXPECT_EQ(0, word_of(self->words.cond));
}

TEST_F(shared, interrupted_wait_at_a_condvar_is_over)
{
	ASSERT_EQ(WRLOCK, wait_for(&self->b, WRLOCK, 0));
	for (size_t i = 0; i < ARRAY_SIZE(interruptions); i++) {
		begin_wait(&self->b, CONDVAR, 100 * SECOND);
		ASSERT_TRUE(falls_asleep(self->b.server.pid));
		EXPECT_EQ(0, word_of(self->words.lock));
		EXPECT_NE(0, word_of(self->words.cond));
		ASSERT_TRUE(interruptions[i](self->b.server.pid));
		EXPECT_EQ(CONDVAR, end_wait(&self->b));
		EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
		EXPECT_EQ(0, word_of(self->words.cond));
	}
}

/* The wait has released the lock once, and must not release it again. */
TEST_F(shared, interrupted_wait_at_a_condvar_waits_for_the_lock)
{
	for (size_t i = 0; i < ARRAY_SIZE(interruptions); i++) {
		wait_at_condvar(_metadata, &self->b, 0);
		ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
		for (int j = 0; j < 3; j++) {
			ASSERT_TRUE(interruptions[i](self->b.server.pid));
			ASSERT_TRUE(falls_asleep(self->b.server.pid));
			EXPECT_EQ(KM | WR | self->a.tid, word_of(self->words.lock));
			EXPECT_EQ(0, word_of(self->words.cond));
		}
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_EQ(CONDVAR, end_wait(&self->b));
		EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
		EXPECT_EQ(0, unlock(&self->b));
	}
}

/* The waiter is signalled, then interrupted while it reacquires the lock. */
TEST_F(shared, signal_is_not_lost_in_an_interruption)
{
	for (size_t i = 0; i < ARRAY_SIZE(interruptions); i++) {
		wait_at_condvar(_metadata, &self->b, 0);
		ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
		EXPECT_EQ(0, signal_one(&self->a));
		EXPECT_EQ(0, word_of(self->words.cond));
		for (int j = 0; j < 3; j++) {
			ASSERT_TRUE(falls_asleep(self->b.server.pid));
			EXPECT_EQ(KM | WR | self->a.tid, word_of(self->words.lock));
			ASSERT_TRUE(interruptions[i](self->b.server.pid));
		}
		ASSERT_TRUE(falls_asleep(self->b.server.pid));
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_EQ(CONDVAR, end_wait(&self->b));
		EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
		EXPECT_EQ(0, unlock(&self->b));
	}
}

/* An interruption does not turn a time-out into something else. */
TEST_F(shared, time_out_is_not_lost_in_an_interruption)
{
	for (size_t i = 0; i < ARRAY_SIZE(interruptions); i++) {
		ASSERT_EQ(WRLOCK, wait_for(&self->b, WRLOCK, 0));
		/*
		 * A waits first, so that the lock is handed over before the time-out, however
		 * slow the machine.
		 */
		begin_wait(&self->a, WRLOCK, 0);
		ASSERT_TRUE(falls_asleep(self->a.server.pid));
		begin_wait(&self->b, CONDVAR, 200 * MS);
		ASSERT_EQ(WRLOCK, end_wait(&self->a));
		for (int j = 0; j < 2000 && word_of(self->words.cond); j++)
			usleep(10000);
		EXPECT_EQ(0, word_of(self->words.cond));
		for (int j = 0; j < 3; j++) {
			ASSERT_TRUE(falls_asleep(self->b.server.pid));
			ASSERT_TRUE(interruptions[i](self->b.server.pid));
		}
		ASSERT_TRUE(falls_asleep(self->b.server.pid));
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_EQ(CLOCK, end_wait(&self->b));
		EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
		EXPECT_EQ(0, unlock(&self->b));
	}
}

TEST_F(shared, ignored_signals_end_no_wait)
{
	static const int signals[] = { SIGCHLD, SIGPIPE, SIGURG, SIGWINCH };

	wait_at_condvar(_metadata, &self->b, 0);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		ASSERT_EQ(0, kill(self->b.server.pid, signals[i]));
	ASSERT_TRUE(falls_asleep(self->b.server.pid));
	EXPECT_NE(0, word_of(self->words.cond));
	EXPECT_EQ(0, word_of(self->words.lock));
	EXPECT_EQ(0, signal_one(&self->a));
	EXPECT_EQ(CONDVAR, end_wait(&self->b));
}

TEST_F(shared, killed_waiter_leaves_the_condvar)
{
	wait_at_condvar(_metadata, &self->b, 0);
	EXPECT_NE(0, word_of(self->words.cond));
	end(self->b.server.pid);
	self->b.server.pid = 0;
	EXPECT_EQ(0, word_of(self->words.cond));
	EXPECT_EQ(0, word_of(self->words.lock));
}

/*
 * A waiter that has been handed the lock is interrupted before it returns to the program.  The
 * test makes this certain: the process that unlocks and sends the signal has the only CPU on
 * which the waiter may run.
 */

FIXTURE(woken) {
	struct words words;
	struct party a, b, c;
};

FIXTURE_VARIANT(woken) {
	int signal;
};

FIXTURE_VARIANT_ADD(woken, killed) { SIGKILL };
FIXTURE_VARIANT_ADD(woken, terminated) { SIGTERM };
FIXTURE_VARIANT_ADD(woken, dumps_core_quit) { SIGQUIT };
FIXTURE_VARIANT_ADD(woken, dumps_core_abort) { SIGABRT };
FIXTURE_VARIANT_ADD(woken, dumps_core_time_limit) { SIGXCPU };
FIXTURE_VARIANT_ADD(woken, dumps_core_fault) { SIGSEGV };
FIXTURE_VARIANT_ADD(woken, stopped) { SIGSTOP };
FIXTURE_VARIANT_ADD(woken, stopped_by_the_terminal) { SIGTSTP };

#define HANDS_OVER 10
#define SENDS 20

static int runs_first(pid_t pid, int priority)
{
	const struct sched_param param = { .sched_priority = priority };
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return sched_setaffinity(pid, sizeof(cpus), &cpus) ?:
	       sched_setscheduler(pid, priority ? SCHED_FIFO : SCHED_OTHER, &param);
}

FIXTURE_SETUP(woken)
{
	const struct rlimit no_core = { 0, 0 };

	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &no_core));
	/* A shell may start the test with the signal ignored.  Some signals never are. */
	signal(variant->signal, SIG_DFL);
	ASSERT_TRUE(words_make(&self->words));
	ASSERT_EQ(0, party_start(&self->a, &self->words.memfd));
	ASSERT_EQ(0, party_start(&self->b, &self->words.memfd));
	ASSERT_EQ(0, party_start(&self->c, &self->words.memfd));
	ASSERT_EQ(0, runs_first(self->a.server.pid, HANDS_OVER));
	ASSERT_EQ(0, runs_first(self->b.server.pid, 0));
	ASSERT_EQ(0, runs_first(getpid(), SENDS));
}

FIXTURE_TEARDOWN(woken)
{
	server_stop(&self->a.server);
	server_stop(&self->b.server);
	server_stop(&self->c.server);
	words_remove(&self->words);
}

/* Returns true if the signal has its effect: the process dies or stops. */
static bool takes_effect(struct party *party, int signal)
{
	const pid_t pid = party->server.pid;
	const bool stops = signal == SIGSTOP || signal == SIGTSTP;
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		return false;
	if (!stops)
		party->server.pid = 0;
	return stops ? WIFSTOPPED(status) :
		       WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

/* After it continues, a stopped waiter behaves as if its wait had just begun. */
#define EXPECT_COMES_BACK(self, type, value) do {                               \
	if ((self)->b.server.pid && !kill((self)->b.server.pid, SIGCONT)) {     \
		EXPECT_EQ(type, end_wait(&(self)->b));                          \
		EXPECT_EQ(value, word_of((self)->words.lock));                  \
	}                                                                       \
} while (0)

TEST_F(woken, lock_that_was_handed_over_is_not_kept)
{
	for (size_t i = 0; i < ARRAY_SIZE(lock_types) && self->b.server.pid; i++) {
		const cloudabi_eventtype_t type = lock_types[i];

		wait_for_owner(_metadata, &self->a, &self->b, type, 0);
		ASSERT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
		ASSERT_TRUE(falls_asleep(self->b.server.pid));
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_EQ(type == WRLOCK ? WR | self->b.tid : 1, word_of(self->words.lock));
		ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
		ASSERT_TRUE(takes_effect(&self->b, variant->signal));
		EXPECT_EQ(0, word_of(self->words.lock));
		EXPECT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 5 * SECOND));
		EXPECT_EQ(0, unlock(&self->a));
		EXPECT_COMES_BACK(self, type, type == WRLOCK ? WR | self->b.tid : 1);
		*self->words.lock = 0;
	}
}

/* A wait with a timeout takes another path in the kernel. */
TEST_F(woken, lock_that_was_handed_over_in_time_is_not_kept)
{
	wait_for_owner(_metadata, &self->a, &self->b, WRLOCK, 20 * SECOND);
	ASSERT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
	ASSERT_TRUE(falls_asleep(self->b.server.pid));
	EXPECT_EQ(0, unlock(&self->a));
	ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
	ASSERT_TRUE(takes_effect(&self->b, variant->signal));
	EXPECT_EQ(0, word_of(self->words.lock));
	EXPECT_COMES_BACK(self, WRLOCK, WR | self->b.tid);
}

/* The lock goes to the next waiter in the queue. */
TEST_F(woken, lock_that_was_handed_over_is_handed_on)
{
	wait_for_owner(_metadata, &self->a, &self->b, WRLOCK, 0);
	ASSERT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
	ASSERT_TRUE(falls_asleep(self->b.server.pid));
	begin_wait(&self->c, WRLOCK, 10 * SECOND);
	ASSERT_TRUE(falls_asleep(self->c.server.pid));
	EXPECT_EQ(0, unlock(&self->a));
	ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
	ASSERT_TRUE(takes_effect(&self->b, variant->signal));
	EXPECT_EQ(WRLOCK, end_wait(&self->c));
	EXPECT_EQ(WR | self->c.tid, word_of(self->words.lock));
	EXPECT_EQ(0, unlock(&self->c));
	EXPECT_COMES_BACK(self, WRLOCK, WR | self->b.tid);
}

TEST_F(woken, signalled_one_does_not_keep_the_lock)
{
	wait_at_condvar(_metadata, &self->b, 0);
	ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
	EXPECT_EQ(0, signal_one(&self->a));
	ASSERT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
	ASSERT_TRUE(falls_asleep(self->b.server.pid));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
	ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
	ASSERT_TRUE(takes_effect(&self->b, variant->signal));
	EXPECT_EQ(0, word_of(self->words.lock));
	EXPECT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 5 * SECOND));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_COMES_BACK(self, CONDVAR, WR | self->b.tid);
}

/* Two threads wait and the first is signalled: if it does not come back, the second must. */
static void two_wait(struct __test_metadata *_metadata, FIXTURE_DATA(woken) *self)
{
	wait_at_condvar(_metadata, &self->b, 0);
	ASSERT_TRUE(becomes(self->words.lock, 0));
	wait_at_condvar(_metadata, &self->c, 10 * SECOND);
	ASSERT_TRUE(becomes(self->words.lock, 0));
}

TEST_F(woken, signal_is_passed_on_from_the_way_to_the_lock)
{
	two_wait(_metadata, self);
	/* The waiter has its own mapping: the kernel wakes it to take the lock itself. */
	EXPECT_EQ(0, signal_one(&self->a));
	ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
	ASSERT_TRUE(takes_effect(&self->b, variant->signal));
	EXPECT_EQ(CONDVAR, end_wait(&self->c));
	EXPECT_EQ(WR | self->c.tid, word_of(self->words.lock));
	EXPECT_EQ(0, word_of(self->words.cond));
	EXPECT_EQ(0, unlock(&self->c));
	EXPECT_COMES_BACK(self, CONDVAR, WR | self->b.tid);
}

TEST_F(woken, signal_is_passed_on_from_the_queue_of_the_lock)
{
	two_wait(_metadata, self);
	ASSERT_EQ(WRLOCK, wait_for(&self->a, WRLOCK, 0));
	EXPECT_EQ(0, signal_one(&self->a));
	ASSERT_TRUE(becomes(self->words.lock, KM | WR | self->a.tid));
	ASSERT_TRUE(falls_asleep(self->b.server.pid));
	ASSERT_EQ(0, kill(self->b.server.pid, variant->signal));
	ASSERT_TRUE(takes_effect(&self->b, variant->signal));
	ASSERT_TRUE(becomes(self->words.cond, 0));
	EXPECT_EQ(0, unlock(&self->a));
	EXPECT_EQ(CONDVAR, end_wait(&self->c));
	EXPECT_EQ(WR | self->c.tid, word_of(self->words.lock));
	EXPECT_EQ(0, unlock(&self->c));
	EXPECT_COMES_BACK(self, CONDVAR, WR | self->b.tid);
}

/* The end of a thread */

CODE(exits_thread,
     "xor %edi, %edi\n"
     "mov $4, %esi\n"
     "mov $" STRING(47) ", %eax\n"
     "syscall\n"
     EXIT_WITH(99));

TEST(last_thread_ends_the_process_with_0)
{
	EXPECT_EQ(0, CODE_EXIT(exits_thread));
}

TEST_F(shared, exit_of_a_thread_hands_over_its_lock)
{
	struct regs regs = patterns;
	int status;

	wait_for_owner(_metadata, &self->a, &self->b, WRLOCK, 0);
	regs.rax = CLOUDABI_NR_thread_exit;
	regs.rdi = self->a.mem + LOCK;
	regs.rsi = SHARED;
	server_send(&self->a.server, &regs);
	EXPECT_EQ(WRLOCK, end_wait(&self->b));
	EXPECT_EQ(WR | self->b.tid, word_of(self->words.lock));
	ASSERT_EQ(self->a.server.pid, waitpid(self->a.server.pid, &status, 0));
	self->a.server.pid = 0;
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
