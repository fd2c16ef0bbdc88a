/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: objects with global names
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_GLOBALS_H
#define SELFTESTS_CLOUDABI_HOSTILE_GLOBALS_H

#include "attempt.h"

ATTEMPT(create_device_node, GATE)
{
	REMOVE_TEMP;
	for (unsigned int type = 0; type < 256; type++)
		if (type != CLOUDABI_FILETYPE_DIRECTORY)
			EXPECT_EQ(-CLOUDABI_EINVAL,
				  -(long)cloudabi_sys_file_create(FIXTURE_DIR, "temp", 4, type));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "temp"));
}

/* A loop device without a file; the kernel must not load a module for it either. */
ATTEMPT(open_block_device_node, GATE)
{
	char buf[16];
	const long fd = open_at(FIXTURE_DIR, "block", 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));

	EXPECT_GE(0, read_fd(fd, buf, sizeof(buf)));
	STOPPED(write_fd(fd, buf, sizeof(buf)));
	STOPPED(read_proc("devices/../self/../../etc/passwd", buf, sizeof(buf)));
	close_fd(fd);
}

ATTEMPT(create_other_things, GATE)
{
	cloudabi_fd_t fd, other;

	for (unsigned int type = 0; type < 256; type++) {
		if (type != CLOUDABI_FILETYPE_SHARED_MEMORY)
			EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_create1(type, &fd));
		if (type != DGRAM && type != STREAM)
			EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_create2(type, &fd, &other));
	}
}

ATTEMPT(connect_to_socket_by_name, GATE)
{
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, 0));
}

/* A socket that was passed unconnected stays unconnected. */
ATTEMPT(connect_a_passed_socket, GATE)
{
	char buf[4];

	STOPPED(write_fd(FIXTURE_UNCONNECTED, "x", 1));
	STOPPED(send_data(FIXTURE_UNCONNECTED, "x", 1));
	STOPPED(send_data(FIXTURE_DGRAM_ALONE, "x", 1));
	STOPPED(read_fd(FIXTURE_LISTENING, buf, sizeof(buf)));
	STOPPED(receive_fd(FIXTURE_LISTENING));
}

ATTEMPT(send_descriptors_over_the_network, GATE)
{
	STOPPED(send_fd(FIXTURE_INET, FIXTURE_FILE));
	STOPPED(send_fd(FIXTURE_INET, FIXTURE_DIR));
}

/* Out-of-band data, routing and the like are flags of Linux's send(). */
ATTEMPT(give_flags_of_linux_to_sockets, GATE)
{
	const cloudabi_ciovec_t out = { .buf = "x", .buf_len = 1 };
	const cloudabi_iovec_t in = { .buf = buffer, .buf_len = 1 };
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (unsigned int bit = 0; bit < 16; bit++) {
		const cloudabi_send_in_t send = {
			.si_data = &out, .si_data_len = 1, .si_flags = 1 << bit,
		};
		const cloudabi_recv_in_t receive = {
			.ri_data = &in, .ri_data_len = 1, .ri_flags = 1 << bit,
		};

		/* The flags have no effect on the data. */
		EXPECT_EQ(1, send_in(pair[0], &send));
		EXPECT_EQ(1, receive_in(pair[1], &receive));
		if (receive.ri_flags == PEEK)
			EXPECT_EQ(1, receive_data(pair[1], buffer, 1, 0));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buffer, 1, 0));
	}
	close_pair(pair);
}

ATTEMPT(signal_through_terminal, GATE)
{
	/* Ctrl-C goes to the foreground process group, which does not exist. */
	write_fd(FIXTURE_TTY, "\003\034\032", 3);
	EXPECT_TRUE(launcher_lives());
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_GLOBALS_H */
