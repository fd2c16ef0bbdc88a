// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Limits and observers that a Linux parent has set up
 *
 * exec keeps them as with any program, and no call of the program changes them.
 */

#include <grp.h>
#include <linux/ioprio.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "server.h"

#define NOBODY 65534

/* Memory */

static void lock_memory(void *unused)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		_exit(253);
}

/* Maps new memory in the program; returns its address or a negative errno. */
static int64_t map_pages(struct server *server, int pages, int prot)
{
	return SERVER_CALL(server, mem_map, 0, pages * 0x1000, prot,
			   CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0);
}

TEST(memory_is_not_locked)
{
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, lock_memory, NULL));
	EXPECT_EQ(0, status_number(server.pid, "VmLck:\t"));
	ASSERT_LT(0, map_pages(&server, 1, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE));
	EXPECT_EQ(0, status_number(server.pid, "VmLck:\t"));
	server_stop(&server);
}

static void become_nobody(void *unused)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 0))
		_exit(253);
}

/* dumpable is per program: a parent that hides itself does not hide the program. */
TEST(program_can_be_looked_at)
{
	struct server server;
	struct stat st;
	char path[32];

	ASSERT_EQ(0, server_start_with(&server, become_nobody, NULL));
	snprintf(path, sizeof(path), "/proc/%d/maps", server.pid);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(NOBODY, st.st_uid);
	server_stop(&server);
}

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static void limit_memory(void *unused)
{
	const int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	if (write(filter, "0x11", 4) != 4 || prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) ||
	    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		_exit(253);
}

/* Maps a new page and makes it executable with mem_protect(). */
static int64_t make_executable(struct server *server)
{
	const int64_t page = map_pages(server, 1, CLOUDABI_PROT_READ);

	return page < 0 ? page : SERVER_CALL(server, mem_protect, page, 0x1000,
					     CLOUDABI_PROT_READ | CLOUDABI_PROT_EXEC);
}

TEST(limits_of_memory_are_kept)
{
	struct server server;
	char text[64];

	ASSERT_EQ(0, server_start(&server));
	EXPECT_EQ(1, status_number(server.pid, "THP_enabled:\t"));
	EXPECT_EQ(0, make_executable(&server));
	server_stop(&server);

	ASSERT_EQ(0, server_start_with(&server, limit_memory, NULL));
	EXPECT_EQ(0, status_number(server.pid, "THP_enabled:\t"));
	EXPECT_EQ(-CLOUDABI_EACCES, make_executable(&server));
	ASSERT_LT(0, read_proc(server.pid, "coredump_filter", text, sizeof(text)));
	EXPECT_EQ(0x11, strtoul(text, NULL, 16));
	server_stop(&server);
}

/* Limits of the program, and observers */

static void set_limits(void *unused)
{
	const struct sched_param param = { };
	const struct rlimit limit = { 123, 456 };
	const int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || setpgid(0, 0) ||
	    sched_setscheduler(0, SCHED_BATCH, &param) || setpriority(PRIO_PROCESS, 0, 7) ||
	    syscall(__NR_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) ||
	    write(oom, "345", 3) != 3 || setrlimit(RLIMIT_NOFILE, &limit) ||
	    prctl(PR_SET_TIMERSLACK, 123456))
		_exit(253);
}

TEST(limits_are_kept)
{
	struct rlimit limit = { };
	struct server server;
	cpu_set_t cpus;
	char text[64];

	ASSERT_EQ(0, server_start_with(&server, set_limits, NULL));
	EXPECT_EQ(server.pid, getpgid(server.pid));
	EXPECT_EQ(SCHED_BATCH, sched_getscheduler(server.pid));
	EXPECT_EQ(7, getpriority(PRIO_PROCESS, server.pid));
	EXPECT_EQ(0, sched_getaffinity(server.pid, sizeof(cpus), &cpus));
	EXPECT_EQ(1, CPU_COUNT(&cpus));
	EXPECT_EQ(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0),
		  syscall(__NR_ioprio_get, IOPRIO_WHO_PROCESS, server.pid));
	EXPECT_EQ(0, prlimit(server.pid, RLIMIT_NOFILE, NULL, &limit));
	EXPECT_EQ(123, limit.rlim_cur);
	EXPECT_EQ(456, limit.rlim_max);
	ASSERT_LT(0, read_proc(server.pid, "oom_score_adj", text, sizeof(text)));
	EXPECT_EQ(345, atoi(text));
	ASSERT_LT(0, read_proc(server.pid, "timerslack_ns", text, sizeof(text)));
	EXPECT_EQ(123456, atoi(text));
	server_stop(&server);
}

static int open_counter(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
	};

	return syscall(__NR_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t count(int fd)
{
	uint64_t value = 0;

	return read(fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

/* A perf counter belongs to the process that opened it. */
static void count_self(void *unused)
{
	const int fd = open_counter(0);

	/* The test takes it from this number; it gives the program no rights. */
	if (fd < 0 || dup2(fd, 50) != 50)
		_exit(253);
}

TEST(counters_go_on)
{
	struct server server;
	uint64_t before;
	int64_t pages;
	int pidfd, fd;

	ASSERT_EQ(0, server_start_with(&server, count_self, NULL));
	pidfd = syscall(__NR_pidfd_open, server.pid, 0);
	fd = syscall(__NR_pidfd_getfd, pidfd, 50, 0);
	ASSERT_LE(0, fd);
	before = count(fd);
	pages = map_pages(&server, 10, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE);
	ASSERT_LT(0, pages);
	ASSERT_EQ(0, SERVER_CALL(&server, random_get, pages, 10 * 0x1000));
	EXPECT_LE(before + 10, count(fd));
	server_stop(&server);
	close(pidfd);
	close(fd);
}

TEST_HARNESS_MAIN
