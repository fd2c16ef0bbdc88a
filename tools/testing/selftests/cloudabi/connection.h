/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A connection that a tool has accepted and passed on
 */
#ifndef SELFTESTS_CLOUDABI_CONNECTION_H
#define SELFTESTS_CLOUDABI_CONNECTION_H

#include <poll.h>
#include <unistd.h>

#include "../kselftest_harness.h"

/* Longer than any event that is expected to happen. */
#define PATIENCE_MS 60000

/*
 * Sends a byte from the client to @fd and a byte back, then closes both. The client
 * sees the end of the connection, because the tool has not kept a duplicate of @fd.
 */
static inline void check_connection(struct __test_metadata *_metadata, int client, int fd)
{
	char c = 0;

	EXPECT_EQ(1, write(client, "q", 1));
	EXPECT_EQ(1, poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, PATIENCE_MS));
	EXPECT_EQ(1, read(fd, &c, 1));
	EXPECT_EQ('q', c);
	EXPECT_EQ(1, write(fd, "a", 1));
	close(fd);
	EXPECT_EQ(1, read(client, &c, 1));
	EXPECT_EQ('a', c);
	EXPECT_EQ(0, read(client, &c, 1));
	close(client);
}

#endif /* SELFTESTS_CLOUDABI_CONNECTION_H */
