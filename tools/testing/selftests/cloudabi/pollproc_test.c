// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll: the end of processes
 */

#include "threads.h"

static const cloudabi_eventtype_t fd_types[] = { READ, WRITE };

/* A child that exits with a code when it receives a byte on a stream. */
struct child {
	long fd;
	cloudabi_fd_t pair[2];
};

static long start_child(struct child *child, cloudabi_exitcode_t code)
{
	const long error = -(long)cloudabi_sys_fd_create2(STREAM, &child->pair[0],
							  &child->pair[1]);
	char byte;

	if (error)
		return error;
	child->fd = fork_process();
	if (child->fd == CHILD) {
		CHECK_OR_EXIT(read_fd(child->pair[1], &byte, 1) == 1);
		cloudabi_exit(code);
	}
	return child->fd < 0 ? child->fd : 0;
}

static long tell_child(const struct child *child)
{
	return write_fd(child->pair[0], "x", 1);
}

static long end_child(const struct child *child)
{
	return close_fd(child->fd) ?: close_pair(child->pair);
}

static void tell_later(void *arg)
{
	sleep_for(30 * MS);
	tell_child(arg);
}

static struct helper helper;

TEST(wait_ends_with_the_process)
{
	struct child child;

	ASSERT_EQ(0, start_child(&child, 0x12345678));
	EXPECT_EQ(SILENT, look_at(child.fd));
	ASSERT_EQ(0, helper_start(&helper, tell_later, &child));
	EXPECT_EQ(1, POLL(sub_end(child.fd)));
	EXPECT_EQ(EXITED(0x12345678), end_of(&events[0], child.fd));
	helper_join(&helper);
	EXPECT_EQ(0, end_child(&child));
}

TEST(end_is_told_as_often_as_it_is_asked_for)
{
	struct child child;

	ASSERT_EQ(0, start_child(&child, 5));
	EXPECT_EQ(1, tell_child(&child));
	EXPECT_EQ(EXITED(5), wait_end(child.fd));
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(EXITED(5), look_at(child.fd)) TH_LOG("round %d", i);
	EXPECT_EQ(3, POLL(sub_end(child.fd), sub_end(child.fd), sub_end(child.fd)));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(EXITED(5), end_of(&events[i], child.fd)) TH_LOG("event %d", i);
	EXPECT_EQ(0, end_child(&child));
}

TEST(event_is_written_in_full)
{
	unsigned char expected[sizeof(cloudabi_event_t)] = { };
	struct child child;

	ASSERT_EQ(0, start_child(&child, 0xfedcba98));
	EXPECT_EQ(1, tell_child(&child));
	EXPECT_EQ(1, POLL(sub_end(child.fd)));
	expected[0] = child.fd;
	expected[10] = TERMINATE;
	/* For old programs; see has_old_place(). */
	expected[16] = child.fd;
	memcpy(&expected[24], (unsigned char[]){ 0x98, 0xba, 0xdc, 0xfe }, 4);
	for (size_t i = 0; i < sizeof(expected); i++)
		EXPECT_EQ(expected[i], ((unsigned char *)events)[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0, end_child(&child));
}

#define CHILDREN 8

/* Each event stands for its own child, whatever the order in which they end. */
TEST(those_that_have_ended_are_told)
{
	static const int order[CHILDREN] = { 3, 7, 0, 1, 6, 2, 5, 4 };
	struct child children[CHILDREN];
	unsigned int ended = 0;
	sub_t subs[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		ASSERT_EQ(0, start_child(&children[i], 100 + i));
		subs[i] = sub_end(children[i].fd);
		subs[i].userdata = i;
	}
	for (int i = 0; i < CHILDREN; i++) {
		unsigned int seen = 0;
		long n;

		EXPECT_EQ(1, tell_child(&children[order[i]]));
		EXPECT_EQ(EXITED(100 + order[i]), wait_end(children[order[i]].fd));
		ended |= 1U << order[i];
		n = poll_for(subs, CHILDREN);
		EXPECT_EQ(i + 1, n);
		for (long j = 0; j < n; j++) {
			ASSERT_GT(CHILDREN, events[j].userdata);
			seen |= 1U << events[j].userdata;
			EXPECT_EQ(100 + events[j].userdata, events[j].proc_terminate.exitcode);
		}
		EXPECT_EQ(ended, seen);
	}
	for (int i = 0; i < CHILDREN; i++)
		EXPECT_EQ(0, end_child(&children[i]));
}

TEST(process_descriptor_and_clock_go_together)
{
	const cloudabi_timestamp_t start = now();
	struct child child;

	ASSERT_EQ(0, start_child(&child, 1));
	EXPECT_EQ(1, POLL(sub_end(child.fd), sub_fd(READ, FIXTURE_PIPE_READ), sub_after(20 * MS)));
	EXPECT_TRUE(is_plain(&events[0], 20 * MS, CLOCK));
	EXPECT_LE(start + 20 * MS, now());
	EXPECT_EQ(1, POLL(sub_end(child.fd), sub_fd(WRITE, FIXTURE_PIPE_WRITE), sub_after(LONG)));
	EXPECT_EQ(WRITE, events[0].type);
	EXPECT_EQ(1, tell_child(&child));
	EXPECT_EQ(1, POLL(sub_after(LONG), sub_fd(READ, FIXTURE_PIPE_READ), sub_end(child.fd)));
	EXPECT_EQ(EXITED(1), end_of(&events[0], child.fd));
	EXPECT_EQ(0, end_child(&child));
}

TEST(signal_is_told_instead_of_a_code)
{
	const long fd = fork_process();

	if (fd == CHILD) {
		cloudabi_sys_proc_raise(CLOUDABI_SIGTERM);
		cloudabi_exit(1);
	}
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, POLL(sub_end(fd)));
	EXPECT_EQ(CLOUDABI_SIGTERM, events[0].proc_terminate.signal);
	EXPECT_EQ(0, events[0].proc_terminate.exitcode);
	EXPECT_EQ(0, events[0].error);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(end_needs_its_right_and_reading_is_another)
{
	struct child child;
	long limited;

	ASSERT_EQ(0, start_child(&child, 1));
	limited = dup_without(child.fd, R(POLL_PROC_TERMINATE));
	EXPECT_EQ(1, POLL(sub_end(limited), sub_after(LONG)));
	EXPECT_TRUE(is_failure(&events[0], limited, TERMINATE, CLOUDABI_ENOTCAPABLE));
	for (size_t i = 0; i < ARRAY_SIZE(fd_types); i++) {
		EXPECT_EQ(1, POLL(sub_fd(fd_types[i], child.fd), sub_after(LONG)));
		EXPECT_TRUE(is_failure(&events[0], child.fd, fd_types[i], CLOUDABI_ENOTCAPABLE));
	}
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, end_child(&child));
}

/* A process lives as long as anything refers to its descriptor, even if that is only a call. */
static void close_later(void *arg)
{
	const struct child *const child = arg;

	falls_asleep_in(initial_tid(), initial_tid());
	close_fd(child->fd);
	sleep_for(30 * MS);
	tell_child(child);
}

TEST(descriptor_that_is_closed_stays_for_the_call)
{
	struct child child;

	ASSERT_EQ(0, start_child(&child, 77));
	ASSERT_EQ(0, helper_start(&helper, close_later, &child));
	EXPECT_EQ(1, POLL(sub_end(child.fd)));
	EXPECT_EQ(EXITED(77), end_of(&events[0], child.fd));
	helper_join(&helper);
	EXPECT_FALSE(is_open(child.fd));
	EXPECT_EQ(0, close_pair(child.pair));
}

TEST_HARNESS_MAIN
