// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The precision floor, seen by a program
 *
 * The launcher has set FIXTURE_PRECISION.  The tests execute this program
 * again; one byte of argument data tells it what to do instead of testing.
 */

#include "threads.h"

#include "filecalls.h"

static const cloudabi_clockid_t clocks[] = {
	MONOTONIC, REALTIME, CLOUDABI_CLOCK_PROCESS_CPUTIME_ID, CLOUDABI_CLOCK_THREAD_CPUTIME_ID,
};

static unsigned long long read_counter(void)
{
	unsigned int low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (unsigned long long)high << 32 | low;
}

/* Returns true if all clocks that the program sees respect the floor. */
static bool is_coarse(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		cloudabi_timestamp_t last = now_of(clocks[i]);

		for (int round = 0; round < 1000; round++) {
			const cloudabi_timestamp_t time = now_of(clocks[i]);

			if (time % FIXTURE_PRECISION || time < last)
				return false;
			last = time;
		}
	}
	return now() && now_of(REALTIME);
}

enum { LOOK = 'l', COUNTER = 'c' };

static __attribute__((__noreturn__)) void obey(char what)
{
	if (what == COUNTER)
		read_counter();
	cloudabi_exit(is_coarse() ? 0 : 1);
}

int cloudabi_main(const struct cloudabi_start *start)
{
	if (start->argdata_len == 1)
		obey(*(const char *)start->argdata);
	return test_harness_run(start);
}

TEST(all_times_are_multiples)
{
	EXPECT_TRUE(is_coarse());
}

TEST(clocks_do_advance)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const cloudabi_timestamp_t first = now_of(clocks[i]);
		const cloudabi_timestamp_t end = now() + PATIENCE;

		while (now_of(clocks[i]) == first && now() < end)
			;
		EXPECT_LT(first, now_of(clocks[i])) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(resolutions_are_not_better)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		cloudabi_timestamp_t resolution = 0;

		EXPECT_EQ(0, cloudabi_sys_clock_res_get(clocks[i], &resolution));
		EXPECT_LE(FIXTURE_PRECISION, resolution) TH_LOG("clock %u", clocks[i]);
	}
}

TEST(what_is_no_clock_stays_none)
{
	cloudabi_timestamp_t time = 7;

	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_clock_time_get(5, 1, &time));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_clock_res_get(5, &time));
	EXPECT_EQ(7, time);
}

/* Even the shortest wait ends only at the next step of the clock. */
TEST(shortest_wait_is_to_the_next_step)
{
	for (size_t i = 0; i < 2; i++) {
		for (int round = 0; round < 50; round++) {
			const cloudabi_timestamp_t start = now_of(clocks[i]);

			EXPECT_EQ(1, POLL(sub_clock(clocks[i], start + 1, ABSTIME)));
			EXPECT_LT(start, now_of(clocks[i]));
		}
	}
	for (int round = 0; round < 50; round++) {
		const cloudabi_timestamp_t start = now();

		EXPECT_EQ(1, POLL(sub_after(1)));
		EXPECT_LT(start, now());
	}
}

TEST(descriptors_do_not_wait_for_a_step)
{
	cloudabi_timestamp_t least = UINT64_MAX;

	/* Some waits begin and end within one step. */
	for (int round = 0; round < 20 || (round < 1000 && least); round++) {
		const cloudabi_timestamp_t start = now();

		EXPECT_EQ(1, POLL(sub_fd(WRITE, FIXTURE_PIPE_WRITE), sub_after(LONG)));
		if (now() - start < least)
			least = now() - start;
	}
	EXPECT_EQ(0, least);
}

TEST(shortest_wait_at_a_condition_variable_is_to_the_next_step)
{
	cloudabi_lock_t lock = WR | test_start->tid;
	cloudabi_condvar_t condvar = 0;
	const sub_t what = sub_condvar(&condvar, PRIVATE_SCOPE, &lock, PRIVATE_SCOPE);

	for (int round = 0; round < 20; round++) {
		const cloudabi_timestamp_t start = now();
		const sub_t clock = sub_after(1);

		EXPECT_EQ(CLOCK, wait_event(&what, &clock));
		EXPECT_LT(start, now());
		EXPECT_EQ(WR | test_start->tid, lock);
	}
}

TEST(file_times_are_multiples)
{
	static const char *const names[] = { "file", "dir", "old", "link", "mount/future" };
	cloudabi_filestat_t stat;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0, stat_at(FIXTURE_DIR, 0, names[i], &stat));
		EXPECT_EQ(0, stat.st_atim % FIXTURE_PRECISION) TH_LOG("%s", names[i]);
		EXPECT_EQ(0, stat.st_mtim % FIXTURE_PRECISION) TH_LOG("%s", names[i]);
		EXPECT_EQ(0, stat.st_ctim % FIXTURE_PRECISION) TH_LOG("%s", names[i]);
	}
	EXPECT_EQ(0, stat_at(FIXTURE_DIR, 0, "old", &stat));
	EXPECT_EQ(0, stat.st_mtim);
}

/* No file is newer than the clock says. */
TEST(times_of_new_files_have_come)
{
	cloudabi_filestat_t stat = { 0 };
	const cloudabi_timestamp_t before = now_of(REALTIME);
	const long fd = make_file("new", "text");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, stat_fd(fd, &stat));
	EXPECT_EQ(0, stat.st_mtim % FIXTURE_PRECISION);
	/* The kernel stamps files with a clock that is some ticks behind. */
	EXPECT_LE(before, stat.st_mtim + 10 * SECOND);
	EXPECT_LE(stat.st_mtim, now_of(REALTIME));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "new", 0));
}

/*
 * Reading updates an access time that is not later than the modification time.  If the new time
 * were exact, it would reveal time within a step of the clock.
 */
TEST(use_of_a_file_tells_nothing_of_the_time)
{
	cloudabi_filestat_t stat = { 0 }, seen = { 0 };
	const long fd = make_file("probe", "text");
	char byte;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, stat_fd(fd, &stat));
	stat.st_atim = stat.st_ctim + FIXTURE_PRECISION - 1;
	EXPECT_EQ(0, put_fd(fd, &stat, CLOUDABI_FILESTAT_ATIM));
	sleep_for(3 * FIXTURE_PRECISION);
	EXPECT_EQ(1, pread_fd(fd, &byte, 1, 0));
	EXPECT_EQ(0, stat_fd(fd, &seen));
	EXPECT_EQ(0, seen.st_atim % FIXTURE_PRECISION);
	EXPECT_LT(stat.st_ctim, seen.st_atim);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "probe", 0));
}

TEST(processes_begin_at_multiples)
{
	cloudabi_filestat_t stat = { 0 };
	const long fd = fork_process();

	if (fd == CHILD)
		cloudabi_exit(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, stat_fd(fd, &stat));
	EXPECT_NE(0, stat.st_ctim);
	EXPECT_EQ(0, stat.st_atim % FIXTURE_PRECISION);
	EXPECT_EQ(0, stat.st_mtim % FIXTURE_PRECISION);
	EXPECT_EQ(0, stat.st_ctim % FIXTURE_PRECISION);
	EXPECT_EQ(EXITED(0), finish(fd));
}

/* Threads, children and other programs */

static void look_at_clocks(void *arg)
{
	*(bool *)arg = is_coarse();
}

TEST(threads_have_the_floor)
{
	static struct helper helper;
	static bool coarse;

	ASSERT_EQ(0, helper_start(&helper, look_at_clocks, &coarse));
	helper_join(&helper);
	EXPECT_TRUE(coarse);
}

static long child_of_child(void)
{
	return IN_CHILD(CHECK_OR_EXIT(is_coarse()));
}

TEST(children_have_the_floor)
{
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(is_coarse())));
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(child_of_child() == EXITED(0))));
}

/* Replaces a child by this program. */
static __attribute__((__noreturn__)) void execute(char what)
{
	cloudabi_exit(1000 + cloudabi_sys_proc_exec(FIXTURE_IMAGE, &what, 1, NULL, 0));
}

TEST(other_programs_have_the_floor)
{
	EXPECT_EQ(EXITED(0), IN_CHILD(execute(LOOK)));
}

TEST(counter_kills)
{
	EXPECT_EQ(KILLED(SEGV), IN_CHILD(read_counter()));
}

static void look_at_counter(void *arg)
{
	read_counter();
}

TEST(counter_kills_threads)
{
	static struct helper helper;

	EXPECT_EQ(KILLED(SEGV), IN_CHILD(helper_start(&helper, look_at_counter, NULL);
					 sleep_forever()));
}

TEST(counter_kills_other_programs)
{
	EXPECT_EQ(KILLED(SEGV), IN_CHILD(execute(COUNTER)));
}

/* The switch belongs to the task, not to the CPU. */
TEST(counter_kills_wherever_the_task_runs)
{
	for (int round = 0; round < 20; round++)
		EXPECT_EQ(KILLED(SEGV), IN_CHILD(sleep_for(1); read_counter()));
}
