// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The precision floor, seen from outside
 *
 * The clocks of this process are exact.  They show what a program is told, and
 * when it is woken.
 */

#include <linux/cloudabi_prctl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <x86intrin.h>

#include "../kselftest_harness.h"
#include "server.h"

#define SUBS SERVER_ROOM
#define EVENTS (SERVER_ROOM + 0x400)
#define LOCK (SERVER_ROOM + 0x800)
#define CONDVAR (SERVER_ROOM + 0x804)
#define STAT (SERVER_ROOM + 0x900)
#define NAME (SERVER_ROOM + 0xa00)

/* The server's descriptors. */
#define FILE_FD 3
#define DIR_FD 4

#define MS 1000000ULL
#define SECOND 1000000000ULL
#define DAY (24 * 3600 * SECOND)
/* How late a busy machine may be. */
#define LATE (20 * SECOND)

#define MONOTONIC CLOUDABI_CLOCK_MONOTONIC
#define REALTIME CLOUDABI_CLOCK_REALTIME
#define ABSTIME CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME

static const cloudabi_clockid_t waitable[] = { MONOTONIC, REALTIME };

static const cloudabi_clockid_t clocks[] = {
	MONOTONIC, REALTIME, CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, CLOUDABI_CLOCK_THREAD_CPUTIME_ID,
};

static long set_precision(uint64_t ns)
{
	return prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, ns, 0UL, 0UL, 0UL) ? -errno : 0;
}

static long get_precision(void)
{
	uint64_t ns = 77;

	return prctl(PR_CLOUDABI_GET_CLOCK_PRECISION, &ns, 0UL, 0UL, 0UL) ? -errno : (long)ns;
}

/* In the environment of this program after it executes itself: print the floor; see executed(). */
#define TELL "CLOUDABI_TELL_PRECISION"

static __attribute__((__constructor__)) void tell_precision(void)
{
	if (getenv(TELL))
		_exit(get_precision());
}

/* prctl() */

TEST(there_is_no_floor_at_first)
{
	EXPECT_EQ(0, get_precision());
}

TEST(what_is_set_can_be_read)
{
	static const uint64_t values[] = {
		1, 2, 1000, 7 * MS + 3, SECOND, 1ULL << 31, 1ULL << 32, DAY - 1, DAY,
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, set_precision(values[i]));
		EXPECT_EQ(values[i], get_precision());
	}
}

TEST(floor_is_only_raised)
{
	ASSERT_EQ(0, set_precision(1000));
	EXPECT_EQ(-EPERM, set_precision(999));
	EXPECT_EQ(-EPERM, set_precision(1));
	EXPECT_EQ(1000, get_precision());
	EXPECT_EQ(0, set_precision(1000));
	EXPECT_EQ(0, set_precision(1001));
	EXPECT_EQ(-EPERM, set_precision(1000));
	EXPECT_EQ(1001, get_precision());
}

TEST(floor_out_of_range_is_einval)
{
	static const uint64_t values[] = { 0, DAY + 1, 1ULL << 63, UINT64_MAX };

	for (int set = 0; set < 2; set++) {
		const long before = get_precision();

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			EXPECT_EQ(-EINVAL, set_precision(values[i]))
				TH_LOG("case %zu", i);
		}
		EXPECT_EQ(before, get_precision());
		ASSERT_EQ(0, set_precision(MS));
	}
}

TEST(other_arguments_must_be_zero)
{
	uint64_t ns = 77;

	for (int i = 0; i < 3; i++) {
		const unsigned long args[3] = { i == 0, i == 1, i == 2 };

		EXPECT_EQ(-1, prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, MS, args[0], args[1],
				    args[2]));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, prctl(PR_CLOUDABI_GET_CLOCK_PRECISION, &ns, args[0], args[1],
				    args[2]));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(77, ns);
	EXPECT_EQ(0, get_precision());
}

TEST(bad_pointer_is_efault)
{
	EXPECT_EQ(-1, prctl(PR_CLOUDABI_GET_CLOCK_PRECISION, 16UL, 0UL, 0UL, 0UL));
	EXPECT_EQ(EFAULT, errno);
}

TEST(other_options_are_those_of_linux)
{
	EXPECT_EQ(-1, prctl(PR_CLOUDABI_SET_CLOCK_PRECISION - 1, MS, 0UL, 0UL, 0UL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, prctl(PR_CLOUDABI_GET_CLOCK_PRECISION + 1, MS, 0UL, 0UL, 0UL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EXPECT_EQ(0, get_precision());
}

/* Inheritance */

static int exit_of(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

TEST(children_inherit_the_floor_and_parents_do_not)
{
	pid_t pid;

	ASSERT_EQ(0, set_precision(1000));
	pid = fork();
	if (!pid)
		_exit(get_precision() != 1000 || set_precision(999) != -EPERM ||
		      set_precision(2000));
	EXPECT_EQ(0, exit_of(pid));
	EXPECT_EQ(1000, get_precision());
}

static void *raise_precision(void *arg)
{
	long *const seen = arg;

	seen[0] = get_precision();
	seen[1] = set_precision(3000);
	seen[2] = get_precision();
	return NULL;
}

TEST(threads_inherit_the_floor_and_have_their_own)
{
	pthread_t thread;
	long seen[3];

	ASSERT_EQ(0, set_precision(1000));
	ASSERT_EQ(0, pthread_create(&thread, NULL, raise_precision, seen));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(1000, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_EQ(3000, seen[2]);
	EXPECT_EQ(1000, get_precision());
}

TEST(linux_programs_pass_the_floor_on)
{
	pid_t pid;

	ASSERT_EQ(0, set_precision(123));
	pid = fork();
	if (!pid) {
		char *const envp[] = { TELL "=1", NULL };

		execle("/proc/self/exe", "tell", NULL, envp);
		_exit(1);
	}
	EXPECT_EQ(123, exit_of(pid));
}

static uint64_t ns_of(const struct timespec *time)
{
	return time->tv_sec * SECOND + time->tv_nsec;
}

static uint64_t now_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return ns_of(&time);
}

TEST(linux_programs_notice_nothing)
{
	uint64_t time;
	bool odd = false;
	int mode = 0;

	ASSERT_EQ(0, set_precision(DAY));
	time = now_of(CLOCK_MONOTONIC);
	for (int i = 0; i < 100; i++)
		odd |= now_of(CLOCK_MONOTONIC) % MS;
	EXPECT_TRUE(odd);
	EXPECT_LT(time, now_of(CLOCK_MONOTONIC));
	EXPECT_NE(0, __rdtsc());
	EXPECT_EQ(0, prctl(PR_GET_TSC, &mode));
	EXPECT_EQ(PR_TSC_ENABLE, mode);
	usleep(1000);
	EXPECT_LT(now_of(CLOCK_MONOTONIC), time + 60 * SECOND);
}

/* The time-stamp counter */

CODE(reads_counter, "rdtsc\n" EXIT_WITH(7));
CODE(reads_counter_and_processor, "rdtscp\n" EXIT_WITH(7));
CODE(reads_no_counter, EXIT_WITH(7));

TEST(counter_is_there_without_a_floor)
{
	EXPECT_EQ(7, CODE_EXIT(reads_counter));
	EXPECT_EQ(7, CODE_EXIT(reads_counter_and_processor));
}

TEST(counter_kills_with_a_floor)
{
	ASSERT_EQ(0, set_precision(1));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(reads_counter));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(reads_counter_and_processor));
	EXPECT_EQ(7, CODE_EXIT(reads_no_counter));
	EXPECT_NE(0, __rdtsc());
}

/* Entries in /proc */

static bool is_mapped(pid_t pid, const char *name)
{
	char maps[4096];

	return read_proc(pid, "maps", maps, sizeof(maps)) > 0 && strstr(maps, name);
}

TEST(without_a_floor_there_is_none)
{
	struct server server;
	char status[4096];

	ASSERT_EQ(0, server_start(&server));
	EXPECT_TRUE(is_mapped(server.pid, "[vdso]"));
	EXPECT_TRUE(is_mapped(server.pid, "[vvar]"));
	ASSERT_LT(0, read_proc(server.pid, "status", status, sizeof(status)));
	EXPECT_EQ(0, strncmp("0 ns\n", field(status, "CloudABIPrecision:\t"), 5));
	server_stop(&server);
}

/* A server with a precision floor */

FIXTURE(coarse) {
	struct server server;
	char dir[32];
	int dir_fd, file;
};

FIXTURE_VARIANT(coarse) {
	uint64_t floor;
	/* True if the server runs in a time namespace. */
	bool namespace;
};

FIXTURE_VARIANT_ADD(coarse, millisecond) { .floor = MS };
FIXTURE_VARIANT_ADD(coarse, second) { .floor = SECOND };
FIXTURE_VARIANT_ADD(coarse, odd) { .floor = 7 * MS + 3 };
FIXTURE_VARIANT_ADD(coarse, in_a_namespace) { .floor = SECOND / 5, .namespace = true };

/* The offset of the namespace's clocks. */
#define AHEAD (1000 * SECOND + 123456789)

/* A process enters its new time namespace at exec. */
static void enter_namespace(void)
{
	static const char offsets[] = "monotonic 1000 123456789\n";
	int fd;

	if (unshare(CLONE_NEWTIME))
		_exit(252);
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (write(fd, offsets, sizeof(offsets) - 1) != sizeof(offsets) - 1)
		_exit(252);
}

struct preparation {
	FIXTURE_DATA(coarse) *self;
	const FIXTURE_VARIANT(coarse) *variant;
};

static void prepare_server(void *arg)
{
	const struct preparation *const preparation = arg;

	/* Duplicate first: the new number may be that of the other descriptor. */
	dup3(preparation->self->file, 100, O_CLOEXEC);
	dup3(preparation->self->dir_fd, 101, O_CLOEXEC);
	dup2(100, FILE_FD);
	dup2(101, DIR_FD);
	if (preparation->variant->namespace)
		enter_namespace();
	if (set_precision(preparation->variant->floor))
		_exit(253);
}

FIXTURE_SETUP(coarse)
{
	struct preparation preparation = { self, variant };

	strcpy(self->dir, "/tmp/precision-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	self->dir_fd = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->dir_fd);
	self->file = openat(self->dir_fd, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, server_start_with(&self->server, prepare_server, &preparation));
}

FIXTURE_TEARDOWN(coarse)
{
	server_stop(&self->server);
	unlinkat(self->dir_fd, "file", 0);
	rmdir(self->dir);
}

static uint64_t down(const FIXTURE_VARIANT(coarse) *variant, uint64_t time)
{
	return time - time % variant->floor;
}

static uint64_t up(const FIXTURE_VARIANT(coarse) *variant, uint64_t time)
{
	return down(variant, time + variant->floor - 1);
}

/* The exact time of one of the server's clocks. */
static uint64_t exact(FIXTURE_DATA(coarse) *self, const FIXTURE_VARIANT(coarse) *variant,
		      cloudabi_clockid_t clock)
{
	clockid_t cpu = 0;

	switch (clock) {
	case MONOTONIC:
		return now_of(CLOCK_MONOTONIC) + (variant->namespace ? AHEAD : 0);
	case REALTIME:
		return now_of(CLOCK_REALTIME);
	default:
		/* The server has one thread: its process clock is its thread clock. */
		clock_getcpuclockid(self->server.pid, &cpu);
		return now_of(cpu);
	}
}

TEST_F(coarse, is_shown)
{
	char text[4096];

	ASSERT_LT(0, read_proc(self->server.pid, "status", text, sizeof(text)));
	EXPECT_EQ(variant->floor, strtoull(field(text, "CloudABIPrecision:\t"), NULL, 10));
	ASSERT_LT(0, read_proc(getpid(), "status", text, sizeof(text)));
	EXPECT_STREQ("", field(text, "CloudABIPrecision:\t"));
}

/* The pages through which the kernel passes time to the Linux vDSO. */
TEST_F(coarse, has_no_clock_pages)
{
	EXPECT_TRUE(is_mapped(self->server.pid, "[vdso]"));
	EXPECT_FALSE(is_mapped(self->server.pid, "[vvar]"));
}

TEST_F(coarse, resolution_is_the_floor)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		struct timespec linux_res = { 0 };
		uint64_t resolution = variant->floor;

		clock_getres(clocks[i] == REALTIME || clocks[i] == MONOTONIC ?
				     CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &linux_res);
		if (ns_of(&linux_res) > resolution)
			resolution = ns_of(&linux_res);
		EXPECT_EQ(resolution, SERVER_CALL(&self->server, clock_res_get, clocks[i]))
			TH_LOG("clock %u", clocks[i]);
	}
}

TEST_F(coarse, times_are_the_exact_ones_rounded_down)
{
	static const uint64_t precisions[] = { 0, 1, 3 * MS, 100 * SECOND, UINT64_MAX };

	/* Use CPU time, so that there is something to round. */
	while (exact(self, variant, CLOUDABI_CLOCK_PROCESS_CPUTIME_ID) <= variant->floor)
		SERVER_CALL(&self->server, thread_yield);

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (int round = 0; round < 100; round++) {
			const uint64_t before = exact(self, variant, clocks[i]);
			const uint64_t time = SERVER_CALL(&self->server, clock_time_get, clocks[i],
							  precisions[round % 5]);
			const uint64_t after = exact(self, variant, clocks[i]);

			ASSERT_EQ(0, time % variant->floor) TH_LOG("clock %u", clocks[i]);
			ASSERT_LT(0, time) TH_LOG("clock %u", clocks[i]);
			ASSERT_LE(down(variant, before), time) TH_LOG("clock %u", clocks[i]);
			ASSERT_LE(time, down(variant, after)) TH_LOG("clock %u", clocks[i]);
		}
	}
}

/* Waiting */

static cloudabi_subscription_t until(cloudabi_clockid_t clock, uint64_t time, int flags)
{
	return (cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = {
			.clock_id = clock,
			.timeout = time,
			.precision = 50 * MS,
			.flags = flags,
		},
	};
}

/* A lock that another thread holds. */
static const cloudabi_subscription_t lock = {
	.type = CLOUDABI_EVENTTYPE_LOCK_WRLOCK,
	.lock = { .lock = (void *)LOCK, .lock_scope = CLOUDABI_SCOPE_PRIVATE },
};

static const cloudabi_subscription_t condvar = {
	.type = CLOUDABI_EVENTTYPE_CONDVAR,
	.condvar = {
		.condvar = (void *)CONDVAR,
		.lock = (void *)LOCK,
		.condvar_scope = CLOUDABI_SCOPE_PRIVATE,
		.lock_scope = CLOUDABI_SCOPE_PRIVATE,
	},
};

/* Makes the server poll; returns true if the event is the clock's. */
static bool waits(struct server *server, const cloudabi_subscription_t *what,
		  const cloudabi_subscription_t *clock)
{
	const uint32_t tid = server->pid + 1;
	const bool own = what && what->type == CLOUDABI_EVENTTYPE_CONDVAR;
	const uint32_t words[2] = { own ? CLOUDABI_LOCK_WRLOCKED | tid : 1, 0 };
	cloudabi_subscription_t subs[2];
	cloudabi_event_t event;
	size_t n = 0;

	if (what)
		subs[n++] = *what;
	subs[n++] = *clock;
	return poke(server->pid, SUBS, subs, sizeof(subs)) == sizeof(subs) &&
	       poke(server->pid, LOCK, words, sizeof(words)) == sizeof(words) &&
	       SERVER_CALL(server, poll, SUBS, EVENTS, n) == 1 &&
	       peek(server->pid, EVENTS, &event, sizeof(event)) == sizeof(event) &&
	       event.type == CLOUDABI_EVENTTYPE_CLOCK && !event.error;
}

static void check_waits(struct __test_metadata *_metadata, FIXTURE_DATA(coarse) *self,
			const FIXTURE_VARIANT(coarse) *variant,
			const cloudabi_subscription_t *what)
{
	const uint64_t times[] = { 1, variant->floor + 1 };
	const size_t ntimes = what ? 1 : ARRAY_SIZE(times);

	for (size_t i = 0; i < ARRAY_SIZE(waitable); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			/* Relative times use the monotonic clock. */
			const cloudabi_clockid_t clock = flags ? waitable[i] : MONOTONIC;

			for (size_t j = 0; j < ntimes; j++) {
				const uint64_t start = exact(self, variant, clock);
				const cloudabi_subscription_t sub =
					until(waitable[i], times[j] + (flags ? start : 0), flags);
				uint64_t now;

				EXPECT_TRUE(waits(&self->server, what, &sub));
				now = exact(self, variant, clock);
				EXPECT_LE(up(variant, start + times[j]), now)
					TH_LOG("clock %u, flags %d, case %zu", waitable[i], flags,
					       j);
				EXPECT_LT(now, start + times[j] + 2 * variant->floor + LATE)
					TH_LOG("clock %u, flags %d, case %zu", waitable[i], flags,
					       j);
			}
		}
	}
}

TEST_F(coarse, clocks_ring_on_multiples)
{
	check_waits(_metadata, self, variant, NULL);
}

TEST_F(coarse, waits_for_locks_end_on_multiples)
{
	check_waits(_metadata, self, variant, &lock);
}

TEST_F(coarse, waits_at_condition_variables_end_on_multiples)
{
	check_waits(_metadata, self, variant, &condvar);
}

TEST_F(coarse, no_time_is_no_wait)
{
	const cloudabi_subscription_t nothing = until(MONOTONIC, 0, 0);
	const uint64_t start = now_of(CLOCK_MONOTONIC);
	uint64_t limit = 30 * variant->floor;

	for (int i = 0; i < 20; i++) {
		EXPECT_TRUE(waits(&self->server, NULL, &nothing));
		EXPECT_TRUE(waits(&self->server, &lock, &nothing));
	}
	if (limit < LATE)
		limit = LATE;
	EXPECT_LT(now_of(CLOCK_MONOTONIC), start + limit);
}

/*
 * A wait until a time that the program has seen returns at once; a wait until a later time does
 * not.
 */
TEST_F(coarse, time_that_is_seen_has_passed)
{
	const uint64_t start = now_of(CLOCK_MONOTONIC);
	uint64_t limit = 30 * variant->floor;

	for (size_t i = 0; i < ARRAY_SIZE(waitable); i++) {
		for (int j = 0; j < 20; j++) {
			const cloudabi_subscription_t sub =
				until(waitable[i], SERVER_CALL(&self->server, clock_time_get,
							       waitable[i], 0), ABSTIME);

			EXPECT_TRUE(waits(&self->server, NULL, &sub));
		}
	}
	if (limit < LATE)
		limit = LATE;
	EXPECT_LT(now_of(CLOCK_MONOTONIC), start + limit);
}

TEST_F(coarse, times_that_never_come_do_not)
{
	static const uint64_t never[] = { UINT64_MAX, INT64_MAX - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(waitable); i++) {
		for (int flags = 0; flags <= ABSTIME; flags++) {
			for (size_t j = 0; j < ARRAY_SIZE(never); j++) {
				cloudabi_subscription_t subs[] = {
					until(waitable[i], never[j], flags),
					until(MONOTONIC, 1, 0),
				};
				cloudabi_event_t event;

				subs[1].userdata = 1;
				ASSERT_EQ(sizeof(subs), poke(self->server.pid, SUBS, subs,
							     sizeof(subs)));
				EXPECT_EQ(1, SERVER_CALL(&self->server, poll, SUBS, EVENTS, 2));
				peek(self->server.pid, EVENTS, &event, sizeof(event));
				EXPECT_EQ(1, event.userdata)
					TH_LOG("clock %u, flags %d, case %zu", waitable[i], flags,
					       j);
			}
		}
	}
}

/* Files */

static const struct timespec odd_times[] = {
	{ .tv_sec = 1234567890, .tv_nsec = 987654321 },
	{ .tv_sec = 0, .tv_nsec = 999999999 },
	{ .tv_sec = 0, .tv_nsec = 0 },
	{ .tv_sec = -1, .tv_nsec = 999999999 },
	{ .tv_sec = -1234567890, .tv_nsec = 987654321 },
	{ .tv_sec = 18446744073, .tv_nsec = 709551615 },
};

static uint64_t shown(const FIXTURE_VARIANT(coarse) *variant, const struct timespec *time)
{
	return time->tv_sec < 0 ? 0 : down(variant, ns_of(time));
}

static void check_file(struct __test_metadata *_metadata, FIXTURE_DATA(coarse) *self,
		       const FIXTURE_VARIANT(coarse) *variant)
{
	cloudabi_filestat_t seen;
	struct stat st;

	ASSERT_EQ(0, fstat(self->file, &st));
	for (int by_name = 0; by_name < 2; by_name++) {
		memset(&seen, 0xff, sizeof(seen));
		poke(self->server.pid, STAT, &seen, sizeof(seen));
		poke(self->server.pid, NAME, "file", 4);
		EXPECT_EQ(0, by_name ?
			  SERVER_CALL(&self->server, file_stat_get, DIR_FD, NAME, 4, STAT) :
			  SERVER_CALL(&self->server, file_stat_fget, FILE_FD, STAT));
		ASSERT_EQ(sizeof(seen), peek(self->server.pid, STAT, &seen, sizeof(seen)));
		EXPECT_EQ(shown(variant, &st.st_atim), seen.st_atim);
		EXPECT_EQ(shown(variant, &st.st_mtim), seen.st_mtim);
		EXPECT_EQ(shown(variant, &st.st_ctim), seen.st_ctim);
	}
}

TEST_F(coarse, file_times_are_rounded_down)
{
	check_file(_metadata, self, variant);
	for (size_t i = 0; i < ARRAY_SIZE(odd_times); i++) {
		const struct timespec times[2] = {
			odd_times[i], odd_times[(i + 1) % ARRAY_SIZE(odd_times)],
		};

		ASSERT_EQ(0, futimens(self->file, times));
		check_file(_metadata, self, variant);
	}
}

/* Otherwise, reading a file would reveal which of its two times is later. */
TEST_F(coarse, file_times_are_set_to_multiples)
{
	const cloudabi_filestat_t want = {
		.st_atim = 1234567890987654321, .st_mtim = 987654321123456789,
	};
	struct stat st;

	for (int by_name = 0; by_name < 2; by_name++) {
		futimens(self->file, NULL);
		poke(self->server.pid, STAT, &want, sizeof(want));
		poke(self->server.pid, NAME, "file", 4);
		EXPECT_EQ(0, by_name ?
			  SERVER_CALL(&self->server, file_stat_put, DIR_FD, NAME, 4, STAT,
				      CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_MTIM) :
			  SERVER_CALL(&self->server, file_stat_fput, FILE_FD, STAT,
				      CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_MTIM));
		ASSERT_EQ(0, fstat(self->file, &st));
		EXPECT_EQ(down(variant, want.st_atim), ns_of(&st.st_atim));
		EXPECT_EQ(down(variant, want.st_mtim), ns_of(&st.st_mtim));
	}
}

TEST_HARNESS_MAIN
