// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll: when descriptors are ready
 */

#include "threads.h"

static char buf[65536];

static const cloudabi_eventtype_t fd_types[] = { READ, WRITE };

/* Files */

TEST(file_is_ready_for_what_is_left_of_it)
{
	const long fd = make_file("left", FIXTURE_TEXT);

	ASSERT_LE(0, fd);
	for (int offset = 0; offset <= FIXTURE_TEXT_LEN; offset++) {
		EXPECT_EQ(offset, seek_fd(fd, offset, CLOUDABI_WHENCE_SET));
		EXPECT_EQ(FIXTURE_TEXT_LEN - offset, look(READ, fd)) TH_LOG("offset %d", offset);
		EXPECT_EQ(0, look(WRITE, fd)) TH_LOG("offset %d", offset);
	}
	EXPECT_EQ(4, pwrite_fd(fd, "more", 4, FIXTURE_TEXT_LEN));
	EXPECT_EQ(4, look(READ, fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, cloudabi_sys_file_unlink(FIXTURE_DIR, "left", 4, 0));
}

TEST(file_is_ready_for_nothing_at_and_behind_its_end)
{
	static const cloudabi_filedelta_t offsets[] = { 16, 17, 4096, 1L << 32, 1L << 40 };
	const long fd = open_at(FIXTURE_DIR, "file", 0, R(FD_READ) | R(FD_SEEK) |
				R(POLL_FD_READWRITE));

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(offsets[i], seek_fd(fd, offsets[i], CLOUDABI_WHENCE_SET));
		EXPECT_EQ(0, look(READ, fd)) TH_LOG("case %zu", i);
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(file_of_proc_is_ready)
{
	const long fd = open_at(FIXTURE_PROC, "mounts", 0, R(FD_READ) | R(POLL_FD_READWRITE));
	const long other = open_follow(FIXTURE_PROC, "mounts", 0, R(FD_READ) |
				       R(POLL_FD_READWRITE));

	EXPECT_EQ(-CLOUDABI_ELOOP, fd);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, look(READ, other));
	EXPECT_EQ(0, close_fd(other));
}

TEST(block_device_is_ready)
{
	EXPECT_EQ(0, look(READ, FIXTURE_BLOCK));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(WRITE, FIXTURE_BLOCK));
}

TEST(character_device_says_when_it_is_ready)
{
	EXPECT_EQ(0, look(READ, FIXTURE_NULL_DEVICE));
	EXPECT_EQ(0, look(WRITE, FIXTURE_NULL_DEVICE));
	EXPECT_EQ(0, look(READ, FIXTURE_ZERO_DEVICE));
	EXPECT_EQ(SILENT, look(READ, FIXTURE_TTY));
	EXPECT_EQ(0, look(WRITE, FIXTURE_TTY));
}

/* Streams */

TEST(empty_stream_is_ready_for_writing_only)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (int end = 0; end < 2; end++) {
		EXPECT_EQ(SILENT, look(READ, fds[end]));
		EXPECT_LT(4096, look(WRITE, fds[end]));
		EXPECT_GT(GONE, look(WRITE, fds[end]));
	}
	EXPECT_EQ(0, close_pair(fds));
}

TEST(stream_is_ready_for_all_that_is_queued)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "abc", 3));
	EXPECT_EQ(3, look(READ, fds[1]));
	EXPECT_EQ(4, send_data(fds[0], "defg", 4));
	EXPECT_EQ(7, look(READ, fds[1]));
	EXPECT_EQ(2, read_fd(fds[1], buf, 2));
	EXPECT_EQ(5, look(READ, fds[1]));
	EXPECT_EQ(5, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(SILENT, look(READ, fds[1]));
	EXPECT_EQ(SILENT, look(READ, fds[0]));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(full_stream_is_not_ready_for_writing)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];
		long before;

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		before = look(WRITE, fds[0]);
		EXPECT_EQ(1024, send_data(fds[0], buf, 1024));
		EXPECT_LE(look(WRITE, fds[0]), before - 1024);
		while (send_data(fds[0], buf, 1024) > 0)
			;
		EXPECT_EQ(SILENT, look(WRITE, fds[0]));
		EXPECT_NE(SILENT, look(WRITE, fds[1]));
		while (receive_data(fds[1], buf, sizeof(buf), 0) > 0)
			;
		EXPECT_EQ(before, look(WRITE, fds[0]));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(peer_that_has_gone_is_a_hangup)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(0, close_fd(fds[0]));
		EXPECT_EQ(GONE, look(READ, fds[1]));
		EXPECT_LE(GONE, look(WRITE, fds[1]));
		/* After a refused datagram, Linux forgets the peer. */
		EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[1], "x", 1));
		EXPECT_EQ(GONE, look(READ, fds[1]));
		EXPECT_LE(GONE, look(WRITE, fds[1]));
		EXPECT_EQ(0, close_fd(fds[1]));
	}
}

TEST(peer_that_has_gone_leaves_what_it_wrote)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(3, send_data(fds[0], "bye", 3));
		EXPECT_EQ(0, close_fd(fds[0]));
		EXPECT_EQ(GONE + 3, look(READ, fds[1]));
		EXPECT_EQ(3, read_fd(fds[1], buf, sizeof(buf)));
		EXPECT_EQ(GONE, look(READ, fds[1]));
		EXPECT_EQ(0, close_fd(fds[1]));
	}
}

/* Linux has a pending socket error in this case. */
TEST(peer_that_has_gone_without_reading_is_a_hangup)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[1], "not", 3));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(GONE, look(READ, fds[1]));
	EXPECT_LE(GONE, look(WRITE, fds[1]));
	EXPECT_EQ(0, read_fd(fds[1], buf, 1));
	EXPECT_EQ(GONE, look(READ, fds[1]));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST(shutdown_for_writing_hangs_that_direction_up)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "bye", 3));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(GONE, look(WRITE, fds[0]));
	EXPECT_EQ(SILENT, look(READ, fds[0]));
	EXPECT_EQ(GONE + 3, look(READ, fds[1]));
	EXPECT_EQ(3, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(GONE, look(READ, fds[1]));
	EXPECT_LT(0, look(WRITE, fds[1]));
	EXPECT_GT(GONE, look(WRITE, fds[1]));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_for_reading_hangs_that_direction_up)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD));
	EXPECT_EQ(GONE, look(READ, fds[0]));
	EXPECT_LT(0, look(WRITE, fds[0]));
	EXPECT_GT(GONE, look(WRITE, fds[0]));
	EXPECT_EQ(GONE, look(WRITE, fds[1]));
	EXPECT_EQ(SILENT, look(READ, fds[1]));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_of_both_hangs_both_up)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR));
	for (int end = 0; end < 2; end++)
		for (size_t i = 0; i < ARRAY_SIZE(fd_types); i++)
			EXPECT_EQ(GONE, look(fd_types[i], fds[end])) TH_LOG("%d %zu", end, i);
	EXPECT_EQ(0, close_pair(fds));
}

/* A stream that is shut down for writing is never waited for. */
TEST(full_stream_that_is_shut_down_is_a_hangup)
{
	for (int other = 0; other < 2; other++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(STREAM, fds));
		while (send_data(fds[0], buf, 1024) > 0)
			;
		EXPECT_EQ(SILENT, look(WRITE, fds[0]));
		EXPECT_EQ(0, other ? shut(fds[1], CLOUDABI_SHUT_RD) :
				     shut(fds[0], CLOUDABI_SHUT_WR));
		EXPECT_EQ(GONE, look(WRITE, fds[0]));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(socket_without_connection_is_a_hangup)
{
	EXPECT_EQ(GONE, look(READ, FIXTURE_UNCONNECTED));
	EXPECT_LE(GONE, look(WRITE, FIXTURE_UNCONNECTED));
}

TEST(socket_that_listens_is_not_ready)
{
	EXPECT_EQ(SILENT, look(READ, FIXTURE_LISTENING));
	EXPECT_EQ(SILENT, look(WRITE, FIXTURE_LISTENING));
}

/* Datagrams */

TEST(dgram_is_ready_for_the_next_one)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(SILENT, look(READ, fds[1]));
	EXPECT_LT(4096, look(WRITE, fds[1]));
	EXPECT_GT(GONE, look(WRITE, fds[1]));
	EXPECT_EQ(5, send_data(fds[0], "first", 5));
	EXPECT_EQ(0, send_data(fds[0], "", 0));
	EXPECT_EQ(4, send_data(fds[0], "last", 4));
	EXPECT_EQ(5, look(READ, fds[1]));
	EXPECT_EQ(5, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, look(READ, fds[1]));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(4, look(READ, fds[1]));
	EXPECT_EQ(1, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(SILENT, look(READ, fds[1]));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_of_a_dgram_hangs_up)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD));
	EXPECT_EQ(GONE, look(READ, fds[0]));
	EXPECT_GT(GONE, look(WRITE, fds[0]));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(GONE, look(WRITE, fds[0]));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(dgram_without_peer_is_ready_for_writing)
{
	EXPECT_EQ(SILENT, look(READ, FIXTURE_DGRAM_ALONE));
	EXPECT_LT(0, look(WRITE, FIXTURE_DGRAM_ALONE));
	EXPECT_GT(GONE, look(WRITE, FIXTURE_DGRAM_ALONE));
}

/* Pipes.  The last test closes an end */

TEST(pipe_is_ready_for_all_that_is_queued)
{
	EXPECT_EQ(SILENT, look(READ, FIXTURE_PIPE_READ));
	EXPECT_EQ(65536, look(WRITE, FIXTURE_PIPE_WRITE));
	EXPECT_EQ(3, write_fd(FIXTURE_PIPE_WRITE, "abc", 3));
	EXPECT_EQ(3, look(READ, FIXTURE_PIPE_READ));
	EXPECT_EQ(5000, write_fd(FIXTURE_PIPE_WRITE, buf, 5000));
	EXPECT_EQ(5003, look(READ, FIXTURE_PIPE_READ));
	EXPECT_EQ(4, read_fd(FIXTURE_PIPE_READ, buf, 4));
	EXPECT_EQ(4999, look(READ, FIXTURE_PIPE_READ));
	EXPECT_EQ(4999, read_fd(FIXTURE_PIPE_READ, buf, sizeof(buf)));
	EXPECT_EQ(SILENT, look(READ, FIXTURE_PIPE_READ));
}

TEST(full_pipe_is_not_ready_for_writing)
{
	EXPECT_EQ(65536, write_fd(FIXTURE_PIPE_WRITE, buf, 65536));
	EXPECT_EQ(SILENT, look(WRITE, FIXTURE_PIPE_WRITE));
	EXPECT_EQ(65536, look(READ, FIXTURE_PIPE_READ));
	EXPECT_EQ(4096, read_fd(FIXTURE_PIPE_READ, buf, 4096));
	EXPECT_EQ(4096, look(WRITE, FIXTURE_PIPE_WRITE));
	EXPECT_EQ(61440, read_fd(FIXTURE_PIPE_READ, buf, sizeof(buf)));
}

TEST(pipe_has_two_ends_that_differ)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(WRITE, FIXTURE_PIPE_READ));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(READ, FIXTURE_PIPE_WRITE));
}

TEST(fifo_is_both_ends_of_a_pipe)
{
	EXPECT_EQ(SILENT, look(READ, FIXTURE_FIFO));
	EXPECT_EQ(65536, look(WRITE, FIXTURE_FIFO));
	EXPECT_EQ(2, write_fd(FIXTURE_FIFO, "ab", 2));
	EXPECT_EQ(2, look(READ, FIXTURE_FIFO));
	EXPECT_EQ(2, read_fd(FIXTURE_FIFO, buf, 2));
}

TEST(pipe_without_reader_is_a_hangup)
{
	EXPECT_EQ(GONE, look(WRITE, FIXTURE_BROKEN_PIPE));
	EXPECT_EQ(SILENT, look(READ, FIXTURE_NONBLOCK));
}

/* A network connection: its two ends do not close at the same moment. */

static long look_later(cloudabi_eventtype_t type, cloudabi_fd_t fd, long expected)
{
	long seen = 0;

	for (cloudabi_timestamp_t end = now() + PATIENCE; now() < end; sleep_for(MS)) {
		seen = look(type, fd);
		if (seen == expected)
			break;
	}
	return seen;
}

TEST(internet_socket_is_ready_as_a_stream_is)
{
	EXPECT_EQ(SILENT, look(READ, FIXTURE_INET));
	EXPECT_LT(4096, look(WRITE, FIXTURE_INET));
	EXPECT_GT(GONE, look(WRITE, FIXTURE_INET));
	EXPECT_EQ(3, send_data(FIXTURE_INET, "abc", 3));
	EXPECT_EQ(4, send_data(FIXTURE_INET, "defg", 4));
	EXPECT_EQ(7, look_later(READ, FIXTURE_INET_PEER, 7));
	EXPECT_EQ(2, read_fd(FIXTURE_INET_PEER, buf, 2));
	EXPECT_EQ(5, look(READ, FIXTURE_INET_PEER));
	EXPECT_EQ(0, shut(FIXTURE_INET, CLOUDABI_SHUT_WR));
	EXPECT_EQ(GONE, look(WRITE, FIXTURE_INET));
	EXPECT_EQ(SILENT, look(READ, FIXTURE_INET));
	EXPECT_EQ(GONE + 5, look_later(READ, FIXTURE_INET_PEER, GONE + 5));
	EXPECT_LT(0, look(WRITE, FIXTURE_INET_PEER));
	EXPECT_GT(GONE, look(WRITE, FIXTURE_INET_PEER));
	EXPECT_EQ(5, read_fd(FIXTURE_INET_PEER, buf, sizeof(buf)));
	EXPECT_EQ(GONE, look(READ, FIXTURE_INET_PEER));
	/* The other direction is shut down, too. */
	EXPECT_EQ(0, shut(FIXTURE_INET_PEER, CLOUDABI_SHUT_WR));
	EXPECT_EQ(GONE, look(READ, FIXTURE_INET_PEER));
	EXPECT_EQ(GONE, look(WRITE, FIXTURE_INET_PEER));
}

/* Waits that another thread ends */

static struct helper helpers[2];

/* The action of a helper once the initial thread sleeps. */
struct action {
	enum { DATA, SPACE, CLOSE, SHUT, CLOSE_BOTH } what;
	cloudabi_fd_t fd, other;
};

static void do_later(void *arg)
{
	const struct action *const action = arg;

	falls_asleep_in(initial_tid(), initial_tid());
	sleep_for(30 * MS);
	switch (action->what) {
	case DATA:
		send_data(action->fd, "data", 4);
		break;
	case SPACE:
		while (receive_data(action->fd, buf, sizeof(buf), 0) > 0)
			;
		break;
	case CLOSE:
		close_fd(action->fd);
		break;
	case SHUT:
		shut(action->fd, CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR);
		break;
	case CLOSE_BOTH:
		/* First close the polled descriptor, which changes nothing; then close its peer. */
		close_fd(action->other);
		sleep_for(30 * MS);
		send_data(action->fd, "data", 4);
		break;
	}
}

TEST(wait_ends_when_data_come)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_timestamp_t start;
		cloudabi_fd_t fds[2];
		struct action action;

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		action = (struct action){ DATA, fds[0] };
		start = now();
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
		EXPECT_EQ(1, POLL(sub_after(LONG), sub_fd(READ, fds[1])));
		EXPECT_LE(start + 30 * MS, now());
		EXPECT_EQ(fds[1], events[0].userdata);
		EXPECT_EQ(4, events[0].fd_readwrite.nbytes);
		EXPECT_EQ(0, events[0].fd_readwrite.flags);
		helper_join(&helpers[0]);
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(wait_ends_when_space_comes)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];
		struct action action;

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		while (send_data(fds[0], buf, 1024) > 0)
			;
		action = (struct action){ SPACE, fds[1] };
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
		EXPECT_EQ(1, POLL(sub_fd(WRITE, fds[0])));
		EXPECT_EQ(fds[0], events[0].userdata);
		EXPECT_LT(0, events[0].fd_readwrite.nbytes);
		EXPECT_EQ(0, events[0].fd_readwrite.flags);
		helper_join(&helpers[0]);
		EXPECT_EQ(0, close_pair(fds));
	}
}

/* Poll for reading and writing at once; neither is ready at first. */
TEST(wait_ends_when_the_peer_goes)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		for (int full = 0; full < 2; full++) {
			cloudabi_fd_t fds[2];
			struct action action;
			long n;

			ASSERT_EQ(0, make_pair(pair_types[i], fds));
			while (full && send_data(fds[0], buf, 1024) > 0)
				;
			action = (struct action){ CLOSE, fds[1] };
			ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
			n = full ? POLL(sub_fd(READ, fds[0]), sub_fd(WRITE, fds[0])) :
				   POLL(sub_fd(READ, fds[0]));
			EXPECT_EQ(1 + full, n);
			for (int j = 0; j <= full; j++)
				EXPECT_EQ(HANGUP, events[j].fd_readwrite.flags)
					TH_LOG("case %zu %d %d", i, full, j);
			helper_join(&helpers[0]);
			EXPECT_EQ(0, close_fd(fds[0]));
		}
	}
}

TEST(wait_ends_with_a_shutdown_on_either_side)
{
	for (int side = 0; side < 2; side++) {
		cloudabi_fd_t fds[2];
		struct action action;

		ASSERT_EQ(0, make_pair(STREAM, fds));
		while (send_data(fds[0], buf, 1024) > 0)
			;
		action = (struct action){ SHUT, fds[side] };
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
		EXPECT_EQ(2, POLL(sub_fd(READ, fds[0]), sub_fd(WRITE, fds[0])));
		EXPECT_EQ(HANGUP, events[0].fd_readwrite.flags);
		EXPECT_EQ(HANGUP, events[1].fd_readwrite.flags);
		helper_join(&helpers[0]);
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(descriptor_that_is_closed_stays_for_the_call)
{
	cloudabi_timestamp_t start;
	cloudabi_fd_t fds[2];
	struct action action;

	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		action = (struct action){ CLOSE_BOTH, fds[0], fds[1] };
		start = now();
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
		EXPECT_EQ(1, POLL(sub_fd(READ, fds[1])));
		EXPECT_LE(start + 60 * MS, now());
		EXPECT_EQ(fds[1], events[0].userdata);
		EXPECT_EQ(0, events[0].error);
		EXPECT_EQ(4, events[0].fd_readwrite.nbytes);
		helper_join(&helpers[0]);
		EXPECT_FALSE(is_open(fds[1]));
		EXPECT_EQ(0, close_fd(fds[0]));
	}
}

/* Two threads wait for the same event, together with different other events. */
struct waiting {
	cloudabi_fd_t fd;
	cloudabi_event_t event;
	cloudabi_size_t n;
};

static void wait_for_data(void *arg)
{
	struct waiting *const waiting = arg;
	const sub_t sub = sub_fd(READ, waiting->fd);

	cloudabi_sys_poll(&sub, &waiting->event, 1, &waiting->n);
}

TEST(all_who_wait_are_told)
{
	static struct waiting waiting[2];
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	waiting[0].fd = fds[1];
	waiting[1].fd = fds[1];
	ASSERT_EQ(0, helper_start(&helpers[0], wait_for_data, &waiting[0]));
	ASSERT_EQ(0, helper_start(&helpers[1], wait_for_data, &waiting[1]));
	sleep_for(30 * MS);
	EXPECT_EQ(4, send_data(fds[0], "data", 4));
	helper_join(&helpers[0]);
	helper_join(&helpers[1]);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(1, waiting[i].n);
		EXPECT_EQ(fds[1], waiting[i].event.userdata);
		EXPECT_EQ(4, waiting[i].event.fd_readwrite.nbytes);
	}
	EXPECT_EQ(0, close_pair(fds));
}

#define MANY 4000

TEST(wait_for_many_ends_with_the_last)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_fd_t fds[2], quiet[2];
	struct action action;
	cloudabi_size_t n = 0;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	ASSERT_EQ(0, make_pair(DGRAM, quiet));
	for (size_t i = 0; i < MANY; i++)
		subs[i] = sub_fd(READ, i == MANY - 1 ? fds[1] : quiet[i % 2]);
	action = (struct action){ DATA, fds[0] };
	ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
	EXPECT_EQ(0, cloudabi_sys_poll(subs, out, MANY, &n));
	EXPECT_EQ(1, n);
	EXPECT_EQ(fds[1], out[0].userdata);
	helper_join(&helpers[0]);
	EXPECT_EQ(0, close_pair(fds));
	EXPECT_EQ(0, close_pair(quiet));
}

TEST(pipe_without_writer_is_a_hangup)
{
	cloudabi_fd_t reader, writer;
	struct action action;

	ASSERT_EQ(0, open_fifo(&reader, &writer));
	EXPECT_EQ(3, write_fd(writer, "bye", 3));
	EXPECT_EQ(3, look(READ, reader));
	EXPECT_EQ(3, read_fd(reader, buf, 3));
	action = (struct action){ CLOSE, writer };
	ASSERT_EQ(0, helper_start(&helpers[0], do_later, &action));
	EXPECT_EQ(1, POLL(sub_fd(READ, reader)));
	EXPECT_EQ(HANGUP, events[0].fd_readwrite.flags);
	EXPECT_EQ(0, events[0].fd_readwrite.nbytes);
	helper_join(&helpers[0]);
	EXPECT_EQ(GONE, look(READ, reader));
}

TEST_HARNESS_MAIN
