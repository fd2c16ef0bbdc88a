// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Transfers on pipes, sockets, devices and memory files
 */

#include "common.h"

static char buf[8192];

TEST(pipe_carries_bytes)
{
	EXPECT_EQ(5, write_fd(FIXTURE_PIPE_WRITE, "hello", 5));
	EXPECT_EQ(2, read_fd(FIXTURE_PIPE_READ, buf, 2));
	EXPECT_EQ(3, read_fd(FIXTURE_PIPE_READ, buf + 2, 100));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
}

TEST(pipe_ends_go_one_way)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(FIXTURE_PIPE_READ, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(FIXTURE_PIPE_WRITE, buf, 1));
}

TEST(socket_carries_bytes_both_ways)
{
	EXPECT_EQ(5, write_fd(FIXTURE_STREAM, "hello", 5));
	EXPECT_EQ(5, read_fd(FIXTURE_STREAM_PEER, buf, 100));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(3, write_fd(FIXTURE_STREAM_PEER, "you", 3));
	EXPECT_EQ(3, read_fd(FIXTURE_STREAM, buf, 100));
	EXPECT_EQ(0, memcmp(buf, "you", 3));
}

TEST(datagrams_are_not_joined)
{
	EXPECT_EQ(5, write_fd(FIXTURE_DGRAM, "hello", 5));
	EXPECT_EQ(3, write_fd(FIXTURE_DGRAM, "you", 3));
	EXPECT_EQ(5, read_fd(FIXTURE_DGRAM_PEER, buf, 100));
	EXPECT_EQ(3, read_fd(FIXTURE_DGRAM_PEER, buf, 100));
}

TEST(nonblocking_read_of_an_empty_pipe_is_eagain)
{
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(FIXTURE_NONBLOCK, buf, 1));
}

TEST(nonblocking_write_of_a_full_pipe_is_eagain)
{
	long done, total = 0;

	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_WRITE, CLOUDABI_FDFLAG_NONBLOCK));
	while ((done = write_fd(FIXTURE_PIPE_WRITE, buf, 1024)) > 0)
		total += done;
	EXPECT_EQ(-CLOUDABI_EAGAIN, done);
	EXPECT_LT(1024, total);
	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_READ, CLOUDABI_FDFLAG_NONBLOCK));
	while ((done = read_fd(FIXTURE_PIPE_READ, buf, sizeof(buf))) > 0)
		total -= done;
	EXPECT_EQ(-CLOUDABI_EAGAIN, done);
	EXPECT_EQ(0, total);
	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_READ, 0));
	EXPECT_EQ(0, set_flags(FIXTURE_PIPE_WRITE, 0));
}

/* SIGPIPE would kill this program if the kernel sent it. */
TEST(write_without_reader_is_epipe)
{
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(FIXTURE_BROKEN_PIPE, "x", 1));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(FIXTURE_BROKEN_PIPE, "x", 1));
}

TEST(devices_are_read_and_written)
{
	memset(buf, 'x', 16);
	EXPECT_EQ(16, read_fd(FIXTURE_ZERO_DEVICE, buf, 16));
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(0, buf[i]);
	EXPECT_EQ(16, write_fd(FIXTURE_NULL_DEVICE, buf, 16));
	EXPECT_EQ(0, read_fd(FIXTURE_NULL_DEVICE, buf, 16));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(FIXTURE_ZERO_DEVICE, buf, 16));
}

TEST(terminal_is_written)
{
	EXPECT_EQ(2, write_fd(FIXTURE_TTY, "# ", 2));
}

TEST(memory_file_is_read_and_written)
{
	/* At the position that the launcher left. */
	EXPECT_EQ(0, read_fd(FIXTURE_MEMFD, buf, 100));
	EXPECT_EQ(4, write_fd(FIXTURE_MEMFD, "0123", 4));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(FIXTURE_MEMFD, buf, 100, 0));
}

TEST(socket_whose_peer_is_closed)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &pair[0], &pair[1]));
	EXPECT_EQ(3, write_fd(pair[1], "bye", 3));
	EXPECT_EQ(0, close_fd(pair[1]));
	/* The data is read before the end of the stream is reported. */
	EXPECT_EQ(3, read_fd(pair[0], buf, 100));
	EXPECT_EQ(0, read_fd(pair[0], buf, 100));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(pair[0], "x", 1));
}

TEST(pipe_whose_writer_is_closed)
{
	cloudabi_fd_t reader, writer;

	ASSERT_EQ(0, open_fifo(&reader, &writer));
	EXPECT_EQ(3, write_fd(writer, "bye", 3));
	EXPECT_EQ(3, read_fd(reader, buf, 100));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(reader, buf, 100));
	EXPECT_EQ(3, write_fd(writer, "bye", 3));
	EXPECT_EQ(0, close_fd(writer));
	EXPECT_EQ(3, read_fd(reader, buf, 100));
	EXPECT_EQ(0, read_fd(reader, buf, 100));
}

TEST_HARNESS_MAIN
