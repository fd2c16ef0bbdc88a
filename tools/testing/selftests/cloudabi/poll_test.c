// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - poll: descriptors, and the form of calls
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

/* Errors */

TEST(no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		for (cloudabi_eventtype_t type = READ; type <= TERMINATE; type++) {
			if (type != READ && type != WRITE && type != TERMINATE)
				continue;
			EXPECT_EQ(1, POLL(sub_fd(type, bad_fds[i])));
			EXPECT_TRUE(is_failure(&events[0], bad_fds[i], type, CLOUDABI_EBADF))
				TH_LOG("fd 0x%x, type %u", bad_fds[i], type);
		}
	}
}

TEST(each_type_needs_its_rights_and_no_other)
{
	static const cloudabi_rights_t rights[] = { R(FD_READ), R(FD_WRITE) };
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(1, send_data(fds[1], "x", 1));
	for (size_t i = 0; i < ARRAY_SIZE(fd_types); i++) {
		const cloudabi_eventtype_t type = fd_types[i];
		const cloudabi_rights_t need = rights[i] | R(POLL_FD_READWRITE);
		const long just = dup_limited(fds[0], need, 0);
		const long no_poll = dup_without(fds[0], R(POLL_FD_READWRITE));
		const long no_other = dup_without(fds[0], rights[i]);

		EXPECT_LT(0, look(type, just));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(fd_types[!i], just));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(type, no_poll));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(type, no_other));
		EXPECT_LT(0, look(fd_types[!i], no_other));
		EXPECT_EQ(1, POLL(sub_fd(type, no_poll)));
		EXPECT_TRUE(is_failure(&events[0], no_poll, type, CLOUDABI_ENOTCAPABLE));
		EXPECT_EQ(0, close_fd(just));
		EXPECT_EQ(0, close_fd(no_poll));
		EXPECT_EQ(0, close_fd(no_other));
	}
	EXPECT_EQ(0, close_pair(fds));
}

TEST(types_without_the_rights_are_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_DIR, FIXTURE_DIR_PATH, FIXTURE_FILE_PATH, FIXTURE_SEQPACKET, FIXTURE_EPOLL,
		FIXTURE_EVENT, FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_PID, FIXTURE_IO_URING,
		FIXTURE_PERF, FIXTURE_NETLINK, FIXTURE_MEMFD, FIXTURE_PROC, FIXTURE_INOTIFY,
		FIXTURE_USERFAULT,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		for (size_t j = 0; j < ARRAY_SIZE(fd_types); j++)
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(fd_types[j], fds[i]))
				TH_LOG("fd %u", fds[i]);
	for (cloudabi_fd_t fd = FIXTURE_DIR; fd <= FIXTURE_FAR; fd++) {
		if (!is_open(fd))
			continue;
		EXPECT_EQ(1, POLL(sub_fd(TERMINATE, fd)));
		EXPECT_TRUE(is_failure(&events[0], fd, TERMINATE, CLOUDABI_ENOTCAPABLE))
			TH_LOG("fd %u", fd);
	}
}

TEST(unknown_types_are_einval)
{
	for (unsigned int type = 0; type < 256; type++) {
		if (type >= CLOCK && type <= TERMINATE)
			continue;
		EXPECT_EQ(1, POLL(sub_fd(type, FIXTURE_FILE))) TH_LOG("type %u", type);
		EXPECT_TRUE(is_failure(&events[0], FIXTURE_FILE, type, CLOUDABI_EINVAL))
			TH_LOG("type %u", type);
	}
}

TEST(failure_ends_the_wait_together_with_what_is_ready)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, POLL(sub_fd(READ, fds[0]), sub_fd(READ, FIXTURE_FILE_RDONLY),
			  sub_after(LONG), sub_fd(READ, FIXTURE_NONE), sub_fd(READ, FIXTURE_MEMFD),
			  sub_fd(READ, fds[1])));
	for (int i = 0; i < 3; i++) {
		const cloudabi_event_t *const event = &events[i];

		switch (event->userdata) {
		case FIXTURE_FILE_RDONLY:
			EXPECT_EQ(0, event->error);
			EXPECT_EQ(FIXTURE_TEXT_LEN, event->fd_readwrite.nbytes);
			break;
		case FIXTURE_NONE:
			EXPECT_TRUE(is_failure(event, FIXTURE_NONE, READ, CLOUDABI_EBADF));
			break;
		default:
			EXPECT_TRUE(is_failure(event, FIXTURE_MEMFD, READ, CLOUDABI_ENOTCAPABLE));
		}
		for (int j = 0; j < i; j++)
			EXPECT_NE(event->userdata, events[j].userdata);
	}
	EXPECT_EQ(1, POLL(sub_after(LONG), sub_fd(READ, fds[0]), sub_fd(READ, FIXTURE_NONE)));
	EXPECT_TRUE(is_failure(&events[0], FIXTURE_NONE, READ, CLOUDABI_EBADF));
	EXPECT_EQ(0, close_pair(fds));
}

/* Locks and other subscriptions in one call */

TEST(lock_is_alone_or_with_one_clock)
{
	static const cloudabi_eventtype_t types[] = { RDLOCK, WRLOCK, CONDVAR };
	cloudabi_lock_t lock = 0, other = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const sub_t sub = sub_lock(types[i], &lock);
		const sub_t cases[][3] = {
			{ sub_after(LONG), sub, sub_after(LONG) },
			{ sub, sub_after(LONG), sub_after(LONG) },
			{ sub, sub_fd(READ, FIXTURE_PIPE_READ), sub_after(LONG) },
			{ sub, sub_after(LONG), sub_fd(READ, FIXTURE_PIPE_READ) },
		};

		for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
			EXPECT_EQ(1, poll_for(cases[j], 3)) TH_LOG("case %zu", j);
			EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i],
					       CLOUDABI_EINVAL))
				TH_LOG("case %zu", j);
		}
		EXPECT_EQ(1, POLL(sub_after(LONG), sub));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_EQ(2, POLL(sub, sub_lock(RDLOCK, &other)));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_TRUE(is_failure(&events[1], (uintptr_t)&other, RDLOCK, CLOUDABI_EINVAL));
		EXPECT_EQ(2, POLL(sub, sub_fd(READ, FIXTURE_FILE_RDONLY)));
		EXPECT_TRUE(is_failure(&events[0], (uintptr_t)&lock, types[i], CLOUDABI_EINVAL));
		EXPECT_EQ(FIXTURE_TEXT_LEN, events[1].fd_readwrite.nbytes);
	}
	EXPECT_EQ(0, lock);
	EXPECT_EQ(0, other);
}

TEST(lock_is_not_touched_if_the_clock_is_bad)
{
	static const cloudabi_clockid_t clocks[] = { 0, 2, 4, 5, 0x80000001, 0xffffffff };
	cloudabi_condvar_t condvar = 0;
	const cloudabi_lock_t mine = CLOUDABI_LOCK_WRLOCKED | test_start->tid;
	cloudabi_lock_t lock = 0;

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const sub_t clock = sub_clock(clocks[i], MS, i % 2 ? ABSTIME : 0);
		const bool cpu = clocks[i] == 2 || clocks[i] == 4;
		const cloudabi_errno_t error = cpu ? CLOUDABI_ENOTSUP : CLOUDABI_EINVAL;
		const sub_t wait = {
			.type = CONDVAR,
			.condvar = {
				.condvar = &condvar,
				.lock = &lock,
				.condvar_scope = PRIVATE_SCOPE,
				.lock_scope = PRIVATE_SCOPE,
			},
		};

		lock = 0;
		EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock), clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(0, lock);
		lock = mine;
		EXPECT_EQ(1, POLL(wait, clock));
		EXPECT_TRUE(is_failure(&events[0], MS, CLOCK, error)) TH_LOG("case %zu", i);
		EXPECT_EQ(mine, lock);
		EXPECT_EQ(0, condvar);
	}
}

TEST(lock_that_is_free_is_taken)
{
	cloudabi_lock_t lock = 0;

	EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock)));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, WRLOCK));
	EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
	lock = 0;
	EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), sub_after(0)));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, RDLOCK));
	EXPECT_EQ(1, lock);
}

TEST(lock_that_is_not_given_up_times_out)
{
	cloudabi_lock_t lock = 1;
	const cloudabi_timestamp_t start = now();

	EXPECT_EQ(1, POLL(sub_lock(WRLOCK, &lock), sub_after(20 * MS)));
	EXPECT_TRUE(is_plain(&events[0], 20 * MS, CLOCK));
	EXPECT_LE(start + 20 * MS, now());
	EXPECT_EQ(1, lock);
}

/* Numbers of subscriptions */

TEST(nothing_is_no_events)
{
	cloudabi_size_t n = 7;

	EXPECT_EQ(0, cloudabi_sys_poll(NULL, NULL, 0, &n));
	EXPECT_EQ(0, n);
	n = 7;
	EXPECT_EQ(0, cloudabi_sys_poll(KERNEL_POINTER, BAD_POINTER, 0, &n));
	EXPECT_EQ(0, n);
}

TEST(too_many_are_einval)
{
	static const size_t numbers[] = {
		65537, 1UL << 31, 1UL << 32, (1UL << 32) + 1, 1UL << 58, 1UL << 59, 1UL << 63,
		SIZE_MAX,
	};
	const sub_t sub = sub_fd(READ, FIXTURE_FILE);
	cloudabi_event_t event;
	cloudabi_size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_poll(&sub, &event, numbers[i], &n))
			TH_LOG("case %zu", i);
}

static void *map(size_t len)
{
	void *mem = NULL;

	cloudabi_sys_mem_map(NULL, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
			     CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0,
			     &mem);
	return mem;
}

TEST(as_many_as_there_may_be)
{
	sub_t *const subs = map(65536 * sizeof(*subs));
	cloudabi_event_t *const out = map(65536 * sizeof(*out));
	cloudabi_size_t n = 0, wrong = 0;

	ASSERT_TRUE(subs);
	ASSERT_TRUE(out);
	for (size_t i = 0; i < 65536; i++) {
		subs[i] = sub_fd(READ, FIXTURE_FAR);
		subs[i].userdata = i;
	}
	EXPECT_EQ(0, cloudabi_sys_poll(subs, out, 65536, &n));
	EXPECT_EQ(65536, n);
	for (size_t i = 0; i < 65536; i++)
		wrong += out[i].userdata != i || out[i].error ||
			 out[i].fd_readwrite.nbytes != FIXTURE_TEXT_LEN;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(subs, 65536 * sizeof(*subs)));
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(out, 65536 * sizeof(*out)));
}

#define MANY 4000

/* If few of many subscriptions are ready, the call returns them at once. */
static long poll_many(sub_t *subs, cloudabi_event_t *out, size_t n, cloudabi_timestamp_t *least)
{
	cloudabi_timestamp_t time;
	cloudabi_size_t nevents;

	*least = LONG;
	for (int i = 0; i < 5; i++) {
		const cloudabi_timestamp_t start = now();
		const cloudabi_errno_t error = cloudabi_sys_poll(subs, out, n, &nevents);

		if (error)
			return -(long)error;
		time = now() - start;
		if (time < *least)
			*least = time;
	}
	return nevents;
}

TEST(many_descriptors_take_time_in_proportion)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_timestamp_t few, many;
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (size_t i = 0; i < MANY; i++) {
		subs[i] = sub_fd(READ, fds[i % 2]);
		subs[i].userdata = i;
	}
	/* All others are registered first, since the ready subscription comes last. */
	subs[MANY / 16 - 1] = sub_fd(WRITE, fds[0]);
	EXPECT_EQ(1, poll_many(subs, out, MANY / 16, &few));
	subs[MANY / 16 - 1] = sub_fd(READ, fds[0]);
	subs[MANY - 1] = sub_fd(WRITE, fds[0]);
	EXPECT_EQ(1, poll_many(subs, out, MANY, &many));
	EXPECT_EQ(WRITE, out[0].type);
	EXPECT_LT(many, few * 16 * 5);

	/* If all are ready, all are returned. */
	EXPECT_EQ(1, send_data(fds[0], "x", 1));
	EXPECT_EQ(1, send_data(fds[1], "x", 1));
	EXPECT_EQ(MANY, poll_many(subs, out, MANY, &many));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(many_clocks_are_each_on_their_own)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_timestamp_t least;

	for (size_t i = 0; i < MANY; i++)
		subs[i] = sub_clock(i % 3 ? MONOTONIC : REALTIME, i % 40 ? LONG + i : i % 2,
				    i % 5 && i % 40 ? ABSTIME : 0);
	for (size_t i = 0; i < MANY; i++)
		if (i % 40 && subs[i].clock.flags & ABSTIME)
			subs[i].clock.timeout += now_of(subs[i].clock.clock_id);
	EXPECT_EQ(MANY / 40, poll_many(subs, out, MANY, &least));
}

TEST(repeated_descriptors_have_an_event_each)
{
	sub_t subs[8];

	for (int i = 0; i < 8; i++) {
		subs[i] = sub_fd(i < 6 ? READ : WRITE, FIXTURE_FILE);
		subs[i].userdata = 1000 + i;
	}
	EXPECT_EQ(0, seek_fd(FIXTURE_FILE, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(8, poll_for(subs, 8));
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(1000 + i, events[i].userdata);
		EXPECT_EQ(i < 6 ? READ : WRITE, events[i].type);
		EXPECT_EQ(i < 6 ? FIXTURE_TEXT_LEN : 0, events[i].fd_readwrite.nbytes);
	}
}

/* Memory */

TEST(events_are_written_in_full_and_no_more)
{
	unsigned char bytes[3 * sizeof(cloudabi_event_t)];
	const sub_t subs[] = { sub_fd(READ, FIXTURE_NULL_DEVICE), sub_fd(READ, FIXTURE_NONE),
			       sub_after(LONG) };
	cloudabi_size_t n;

	memset(bytes, 0xff, sizeof(bytes));
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)bytes, 2, &n));
	EXPECT_EQ(2, n);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const size_t offset = i % sizeof(cloudabi_event_t);

		/* User data, error and type come first in an event. */
		if (i >= 2 * sizeof(cloudabi_event_t))
			EXPECT_EQ(0xff, bytes[i]) TH_LOG("byte %zu", i);
		else if ((offset > 0 && offset < 8) ||
			 (offset >= 11 && (offset < 24 || offset >= 28)))
			EXPECT_EQ(0, bytes[i]) TH_LOG("byte %zu", i);
	}
}

/* Old programs find the descriptor in fields that nothing else uses. */
TEST(event_has_its_subject_as_in_old_programs)
{
	cloudabi_lock_t lock;
	cloudabi_condvar_t condvar = 0;
	sub_t subs[] = {
		sub_fd(READ, FIXTURE_FILE), sub_fd(WRITE, FIXTURE_NULL_DEVICE),
		sub_fd(READ, FIXTURE_NONE), sub_fd(TERMINATE, FIXTURE_FILE),
		sub_lock(WRLOCK, &lock), sub_after(0),
	};
	sub_t wait[] = {
		{ .type = CONDVAR, .condvar = { .condvar = &condvar, .lock = &lock } },
		sub_after(0),
	};

	subs[5].clock.identifier = 0x0123456789abcdef;
	EXPECT_EQ(6, poll_for(subs, 6));
	for (int i = 0; i < 6; i++) {
		bool found = false;

		for (int j = 0; j < 6 && !found; j++)
			found = events[i].type == subs[j].type &&
				events[i].userdata == subs[j].userdata &&
				has_old_place(&events[i], &subs[j]);
		EXPECT_TRUE(found) TH_LOG("event %d", i);
	}
	/* Check the numeric offsets, too. */
	EXPECT_EQ(1, POLL(sub_fd(READ, FIXTURE_FILE)));
	EXPECT_EQ(FIXTURE_FILE, *(uint32_t *)((char *)&events[0] + 24));
	EXPECT_EQ(1, poll_for(&subs[5], 1));
	EXPECT_EQ(0x0123456789abcdef, *(uint64_t *)((char *)&events[0] + 16));

	/* poll has two code paths: a lock alone and a lock with a clock. */
	lock = 0;
	EXPECT_EQ(1, poll_for(&subs[4], 1));
	EXPECT_TRUE(is_plain(&events[0], (uintptr_t)&lock, WRLOCK));
	EXPECT_EQ((uintptr_t)&lock, *(uint64_t *)((char *)&events[0] + 16));
	lock = 0;
	EXPECT_EQ(1, POLL(sub_lock(RDLOCK, &lock), sub_after(LONG)));
	EXPECT_EQ((uintptr_t)&lock, *(uint64_t *)((char *)&events[0] + 16));
	lock = 0;
	EXPECT_EQ(1, poll_for(wait, 1));
	EXPECT_NE(0, events[0].error);
	EXPECT_TRUE(has_old_place(&events[0], &wait[0]));
}

TEST(unused_fields_are_ignored)
{
	sub_t sub;

	memset(&sub, 0xff, sizeof(sub));
	sub.type = READ;
	sub.fd_readwrite.fd = FIXTURE_FILE_RDONLY;
	EXPECT_EQ(1, poll_for(&sub, 1));
	EXPECT_EQ(UINT64_MAX, events[0].userdata);
	EXPECT_EQ(READ, events[0].type);
	EXPECT_EQ(0, events[0].error);
	EXPECT_EQ(FIXTURE_TEXT_LEN, events[0].fd_readwrite.nbytes);
	EXPECT_EQ(0, events[0].fd_readwrite.flags);
}

static void *const bad_pointers[] = { NULL, BAD_POINTER, KERNEL_POINTER };

TEST(subscriptions_in_bad_memory_are_efault)
{
	char *const end = map_edge();
	cloudabi_event_t event;
	cloudabi_size_t n;

	ASSERT_TRUE(end);
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(bad_pointers[i], &event, 1, &n))
			TH_LOG("case %zu", i);
	memset(end - 112, 0, 112);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll((void *)(end - 55), &event, 1, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll((void *)(end - 56), events, 2, &n));
	EXPECT_EQ(0, cloudabi_sys_poll((void *)(end - 112), events, 2, &n));
	EXPECT_EQ(2, n);
	unmap_edge(end);
}

/* If the events cannot be written, the lock is not taken. */
TEST(events_in_bad_memory_are_efault)
{
	char *const end = map_edge();
	cloudabi_lock_t lock = 0;
	const sub_t subs[] = { sub_lock(WRLOCK, &lock), sub_after(LONG) };
	cloudabi_size_t n;

	ASSERT_TRUE(end);
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, bad_pointers[i], 2, &n))
			TH_LOG("case %zu", i);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 31), 1, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 32), 2, &n));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)end, 1, &n));
	EXPECT_EQ(0, lock);
	/* The page becomes read-only. */
	EXPECT_EQ(0, cloudabi_sys_mem_protect(end - test_start->pagesz, test_start->pagesz,
					      CLOUDABI_PROT_READ));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)(end - 64), 2, &n));
	EXPECT_EQ(0, lock);
	EXPECT_EQ(0, cloudabi_sys_mem_protect(end - test_start->pagesz, test_start->pagesz,
					      CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE));
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)(end - 64), 2, &n));
	EXPECT_EQ(1, n);
	EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
	unmap_edge(end);
}

TEST(room_for_events_is_asked_for_all)
{
	const size_t page = test_start->pagesz;
	sub_t *const subs = map(512 * sizeof(*subs));
	char *const out = map(4 * page);
	cloudabi_size_t n;

	ASSERT_TRUE(subs);
	ASSERT_TRUE(out);
	for (size_t i = 0; i < 512; i++)
		subs[i] = sub_after(i ? LONG : 0);
	EXPECT_EQ(0, cloudabi_sys_poll(subs, (void *)out, 512, &n));
	EXPECT_EQ(1, n);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, cloudabi_sys_mem_protect(out + i * page, page, CLOUDABI_PROT_READ));
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_poll(subs, (void *)out, 512, &n))
			TH_LOG("page %d", i);
		EXPECT_EQ(0, cloudabi_sys_mem_protect(out + i * page, page,
						      CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE));
	}
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(subs, 512 * sizeof(*subs)));
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(out, 4 * page));
}

TEST(events_may_be_where_subscriptions_are)
{
	union {
		sub_t subs[8];
		cloudabi_event_t events[8];
	} both;
	cloudabi_size_t n;

	for (int i = 0; i < 8; i++) {
		both.subs[i] = sub_fd(READ, FIXTURE_FILE_RDONLY);
		both.subs[i].userdata = i;
	}
	EXPECT_EQ(0, cloudabi_sys_poll(both.subs, both.events, 8, &n));
	EXPECT_EQ(8, n);
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(i, both.events[i].userdata);
		EXPECT_EQ(READ, both.events[i].type);
		EXPECT_EQ(FIXTURE_TEXT_LEN, both.events[i].fd_readwrite.nbytes);
	}
}

TEST(event_may_be_anywhere_over_the_subscription_of_a_lock)
{
	static char room[256] __attribute__((__aligned__(8)));
	sub_t *const sub = (void *)(room + 64);

	for (int offset = -32; offset <= 56; offset += 8) {
		cloudabi_event_t *const event = (void *)(room + 64 + offset);
		cloudabi_lock_t lock = 0;
		cloudabi_size_t n = 0;

		*sub = sub_lock(WRLOCK, &lock);
		EXPECT_EQ(0, cloudabi_sys_poll(sub, event, 1, &n)) TH_LOG("offset %d", offset);
		EXPECT_EQ(1, n);
		EXPECT_TRUE(is_plain(event, (uintptr_t)&lock, WRLOCK)) TH_LOG("offset %d", offset);
		EXPECT_EQ(CLOUDABI_LOCK_WRLOCKED | test_start->tid, lock);
		/* Poll once more; the lock is held now, so this call fails. */
		*sub = sub_lock(WRLOCK, &lock);
		EXPECT_EQ(0, cloudabi_sys_poll(sub, event, 1, &n)) TH_LOG("offset %d", offset);
		EXPECT_EQ(1, n);
		EXPECT_TRUE(is_failure(event, (uintptr_t)&lock, WRLOCK, CLOUDABI_EDEADLK))
			TH_LOG("offset %d", offset);
	}
}

/* The call writes nothing behind its events. */
TEST(room_that_is_not_needed_is_left_alone)
{
	const sub_t subs[] = { sub_after(LONG), sub_after(0), sub_after(LONG) };

	EXPECT_EQ(1, poll_for(subs, 3));
	for (size_t i = sizeof(events[0]); i < sizeof(events); i++)
		EXPECT_EQ(0xff, ((unsigned char *)events)[i]) TH_LOG("byte %zu", i);
}

/* Waits that another thread ends */

static struct helper helpers[2];

/* What a helper does once the initial thread sleeps. */
struct deed {
	enum { DATA, SPACE, CLOSE, SHUT, CLOSE_BOTH } what;
	cloudabi_fd_t fd, other;
};

static void do_later(void *arg)
{
	const struct deed *const deed = arg;

	falls_asleep_in(initial_tid(), initial_tid());
	sleep_for(30 * MS);
	switch (deed->what) {
	case DATA:
		send_data(deed->fd, "data", 4);
		break;
	case SPACE:
		while (receive_data(deed->fd, buf, sizeof(buf), 0) > 0)
			;
		break;
	case CLOSE:
		close_fd(deed->fd);
		break;
	case SHUT:
		shut(deed->fd, CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR);
		break;
	case CLOSE_BOTH:
		/* First close the polled descriptor, which changes nothing; then close its peer. */
		close_fd(deed->other);
		sleep_for(30 * MS);
		send_data(deed->fd, "data", 4);
		break;
	}
}

TEST(wait_ends_when_data_come)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_timestamp_t start;
		cloudabi_fd_t fds[2];
		struct deed deed;

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		deed = (struct deed){ DATA, fds[0] };
		start = now();
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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
		struct deed deed;

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		while (send_data(fds[0], buf, 1024) > 0)
			;
		deed = (struct deed){ SPACE, fds[1] };
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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
			struct deed deed;
			long n;

			ASSERT_EQ(0, make_pair(pair_types[i], fds));
			while (full && send_data(fds[0], buf, 1024) > 0)
				;
			deed = (struct deed){ CLOSE, fds[1] };
			ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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
		struct deed deed;

		ASSERT_EQ(0, make_pair(STREAM, fds));
		while (send_data(fds[0], buf, 1024) > 0)
			;
		deed = (struct deed){ SHUT, fds[side] };
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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
	struct deed deed;

	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		deed = (struct deed){ CLOSE_BOTH, fds[0], fds[1] };
		start = now();
		ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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

TEST(wait_for_many_ends_with_the_last)
{
	static sub_t subs[MANY];
	static cloudabi_event_t out[MANY];
	cloudabi_fd_t fds[2], quiet[2];
	struct deed deed;
	cloudabi_size_t n = 0;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	ASSERT_EQ(0, make_pair(DGRAM, quiet));
	for (size_t i = 0; i < MANY; i++)
		subs[i] = sub_fd(READ, i == MANY - 1 ? fds[1] : quiet[i % 2]);
	deed = (struct deed){ DATA, fds[0] };
	ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
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
	struct deed deed;

	ASSERT_EQ(0, open_fifo(&reader, &writer));
	EXPECT_EQ(3, write_fd(writer, "bye", 3));
	EXPECT_EQ(3, look(READ, reader));
	EXPECT_EQ(3, read_fd(reader, buf, 3));
	deed = (struct deed){ CLOSE, writer };
	ASSERT_EQ(0, helper_start(&helpers[0], do_later, &deed));
	EXPECT_EQ(1, POLL(sub_fd(READ, reader)));
	EXPECT_EQ(HANGUP, events[0].fd_readwrite.flags);
	EXPECT_EQ(0, events[0].fd_readwrite.nbytes);
	helper_join(&helpers[0]);
	EXPECT_EQ(GONE, look(READ, reader));
}

TEST_HARNESS_MAIN
