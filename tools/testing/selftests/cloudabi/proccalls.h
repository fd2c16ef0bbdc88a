/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of process calls
 *
 * A child must not return to the harness. Its exit code reports its result.
 */
#ifndef SELFTESTS_CLOUDABI_PROCCALLS_H
#define SELFTESTS_CLOUDABI_PROCCALLS_H

#include "pollcalls.h"

#define PROCESS_BASE 0x40080000ULL
#define CHILD ((long)CLOUDABI_PROCESS_CHILD)

/* Results of wait_end() and look_at(). */
#define EXITED(code) ((long)(cloudabi_exitcode_t)(code))
#define KILLED(name) (1L << 40 | CLOUDABI_SIG##name)

/* Exits with the line number of a failed check, which is never 0. */
#define CHECK_OR_EXIT(condition) do {      \
	if (!(condition))                  \
		cloudabi_exit(__LINE__);   \
} while (0)

/* Returns the descriptor, CHILD in the child, or a negative errno. */
static inline long fork_process(void)
{
	cloudabi_fd_t fd = 0;
	cloudabi_tid_t tid = 0;
	const cloudabi_errno_t error = cloudabi_sys_proc_fork(&fd, &tid);

	return RESULT(error, fd);
}

static inline sub_t sub_end(cloudabi_fd_t fd)
{
	return (sub_t){ .userdata = fd, .type = TERMINATE, .proc_terminate.fd = fd };
}

/* How a process ended, from an event. */
static inline long end_of(const cloudabi_event_t *event, cloudabi_fd_t fd)
{
	if (event->userdata != fd || event->type != TERMINATE)
		return -2000;
	if (event->error)
		return -(long)event->error;
	if (event->proc_terminate.signal)
		return 1L << 40 | event->proc_terminate.signal | event->proc_terminate.exitcode;
	return event->proc_terminate.exitcode;
}

static inline long end_within(cloudabi_fd_t fd, cloudabi_timestamp_t time)
{
	const long n = POLL(sub_end(fd), sub_after(time));

	if (n < 0)
		return n;
	for (long i = 0; i < n; i++)
		if (events[i].type == TERMINATE)
			return end_of(&events[i], fd);
	return SILENT;
}

/* Waits for the end of a process. */
static inline long wait_end(cloudabi_fd_t fd)
{
	return end_within(fd, PATIENCE);
}

/* How a process ended, or SILENT. */
static inline long look_at(cloudabi_fd_t fd)
{
	return end_within(fd, 0);
}

/* Waits for the end of a process and closes its descriptor. */
static inline long finish(long fd)
{
	long how;

	if (fd < 0)
		return fd;
	how = wait_end(fd);
	close_fd(fd);
	return how;
}

/* Runs statements in a child; returns how the child ends. */
#define IN_CHILD(...) __extension__({      \
	const long fd_ = fork_process();   \
					   \
	if (fd_ == CHILD) {                \
		__VA_ARGS__;               \
		cloudabi_exit(0);          \
	}                                  \
	finish(fd_);                       \
})

static inline __attribute__((__noreturn__)) void sleep_forever(void)
{
	for (;;)
		sleep_for(LONG);
}

/*
 * A process that sleeps until it is killed. Only this process has the other end of
 * a stream, so the stream ends with it, even if its descriptor stays open.
 */
struct sleeper {
	long fd;
	cloudabi_fd_t life;
};

/*
 * Forks a child that holds the other end as @life.  Returns CHILD in the child, and 0 or a
 * negative errno in the parent.
 */
static inline long fork_sleeper(struct sleeper *sleeper)
{
	cloudabi_fd_t pair[2];
	const long error = make_pair(STREAM, pair);

	*sleeper = (struct sleeper){ .fd = -1 };
	if (error)
		return error;
	sleeper->fd = fork_process();
	sleeper->life = pair[sleeper->fd == CHILD];
	close_fd(pair[sleeper->fd != CHILD]);
	return sleeper->fd == CHILD || sleeper->fd < 0 ? sleeper->fd : 0;
}

static inline long start_sleeper(struct sleeper *sleeper)
{
	const long error = fork_sleeper(sleeper);

	if (error == CHILD)
		sleep_forever();
	return error;
}

/* Whether the process with the other end of the stream ends within some time. */
static inline bool is_over(cloudabi_fd_t life, cloudabi_timestamp_t time)
{
	char byte;

	return POLL(sub_fd(READ, life), sub_after(time)) > 0 && events[0].type == READ &&
	       !read_fd(life, &byte, 1);
}

static inline bool is_dead(const struct sleeper *sleeper)
{
	return is_over(sleeper->life, PATIENCE);
}

/* Waits long enough for a pending kill to take effect. */
static inline bool is_alive(const struct sleeper *sleeper)
{
	return !is_over(sleeper->life, 100 * MS);
}

/* Memory that children share with their parents. */
static inline void *map_shared(size_t size)
{
	void *mem = NULL;

	if (cloudabi_sys_mem_map(NULL, size, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				 CLOUDABI_MAP_ANON | CLOUDABI_MAP_SHARED, CLOUDABI_MAP_ANON_FD,
				 0, &mem))
		return NULL;
	return mem;
}

static inline void unmap_shared(void *mem, size_t size)
{
	cloudabi_sys_mem_unmap(mem, size);
}

#endif /* SELFTESTS_CLOUDABI_PROCCALLS_H */
