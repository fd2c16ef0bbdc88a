// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - sock_send, sock_recv and sock_shutdown: data
 */

#include "sockcalls.h"

static char buf[4096];

/* sock_send and sock_recv */

TEST(what_is_sent_is_received)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		for (int from = 0; from < 2; from++) {
			EXPECT_EQ(5, send_data(fds[from], from ? "hello" : "world", 5));
			EXPECT_EQ(5, receive_data(fds[!from], buf, sizeof(buf), 0));
			EXPECT_EQ(0, memcmp(buf, from ? "hello" : "world", 5));
			EXPECT_EQ(0, received.ro_fdslen);
			EXPECT_EQ(0, received.ro_flags);
		}
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(what_is_written_is_received_and_what_is_sent_is_read)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(4, write_fd(fds[0], "data", 4));
		EXPECT_EQ(4, receive_data(fds[1], buf, sizeof(buf), 0));
		EXPECT_EQ(4, send_data(fds[0], "more", 4));
		EXPECT_EQ(4, read_fd(fds[1], buf, sizeof(buf)));
		EXPECT_EQ(0, memcmp(buf, "more", 4));
		EXPECT_EQ(0, close_pair(fds));
	}
}

/* Memory behind the results is not touched. */
TEST(results_are_written_in_full)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = sizeof(buf) };
	const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };
	unsigned char bytes[sizeof(cloudabi_recv_out_t) + 8];
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "abc", 3));
	memset(bytes, 0xff, sizeof(bytes));
	EXPECT_EQ(0, cloudabi_sys_sock_recv(fds[1], &in, (void *)bytes));
	EXPECT_EQ(3, bytes[0]);
	for (size_t i = 1; i < sizeof(cloudabi_recv_out_t); i++)
		EXPECT_EQ(0, bytes[i]) TH_LOG("byte %zu", i);
	for (size_t i = sizeof(cloudabi_recv_out_t); i < sizeof(bytes); i++)
		EXPECT_EQ(0xff, bytes[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0, close_pair(fds));
}

TEST(data_is_gathered_and_scattered)
{
	char a[3], b[2], c[8];
	const cloudabi_ciovec_t from[] = { { "ab", 2 }, { NULL, 0 }, { "cdef", 4 }, { "g", 1 } };
	const cloudabi_iovec_t to[] = { { a, 3 }, { NULL, 0 }, { b, 2 }, { c, 8 } };
	const cloudabi_send_in_t in = { .si_data = from, .si_data_len = 4 };
	const cloudabi_recv_in_t out = { .ri_data = to, .ri_data_len = 4 };

	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(7, send_in(fds[0], &in));
		EXPECT_EQ(7, receive_in(fds[1], &out));
		EXPECT_EQ(0, memcmp(a, "abc", 3));
		EXPECT_EQ(0, memcmp(b, "de", 2));
		EXPECT_EQ(0, memcmp(c, "fg", 2));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(vectors_are_1024_at_most)
{
	static cloudabi_ciovec_t from[1025];
	static cloudabi_iovec_t to[1025];
	cloudabi_send_in_t in = { .si_data = from };
	cloudabi_recv_in_t out = { .ri_data = to };
	static const size_t too_many[] = {
		1025, 0x100000001, 1UL << 32, 1UL << 60, 1UL << 63, SIZE_MAX,
	};

	for (int i = 0; i < 1025; i++) {
		from[i] = (cloudabi_ciovec_t){ "v", 1 };
		to[i] = (cloudabi_iovec_t){ &buf[i], 1 };
	}
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		for (size_t j = 0; j < ARRAY_SIZE(too_many); j++) {
			in.si_data_len = too_many[j];
			EXPECT_EQ(-CLOUDABI_EINVAL, send_in(fds[0], &in)) TH_LOG("case %zu", j);
			EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
		}
		in.si_data_len = 1024;
		EXPECT_EQ(1024, send_in(fds[0], &in));
		for (size_t j = 0; j < ARRAY_SIZE(too_many); j++) {
			out.ri_data_len = too_many[j];
			EXPECT_EQ(-CLOUDABI_EINVAL, receive_in(fds[1], &out)) TH_LOG("case %zu", j);
		}
		out.ri_data_len = 1024;
		EXPECT_EQ(1024, receive_in(fds[1], &out));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(vector_longer_than_memory_is_einval)
{
	const cloudabi_ciovec_t from = { "x", 1UL << 63 };
	const cloudabi_iovec_t to = { buf, SIZE_MAX };
	const cloudabi_send_in_t in = { .si_data = &from, .si_data_len = 1 };
	const cloudabi_recv_in_t out = { .ri_data = &to, .ri_data_len = 1 };
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(-CLOUDABI_EINVAL, send_in(fds[0], &in));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(1, send_data(fds[0], "x", 1));
	EXPECT_EQ(-CLOUDABI_EINVAL, receive_in(fds[1], &out));
	EXPECT_EQ(1, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(unknown_flags_are_ignored)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		const cloudabi_ciovec_t iov = { "x", 1 };
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		for (int bit = 0; bit < 16; bit++) {
			const cloudabi_riflags_t flag = 1 << bit;
			const cloudabi_send_in_t in = {
				.si_data = &iov,
				.si_data_len = 1,
				.si_flags = flag,
			};

			EXPECT_EQ(1, send_in(fds[0], &in)) TH_LOG("bit %d", bit);
			EXPECT_EQ(1, receive_data(fds[1], buf, 1, flag & ~PEEK))
				TH_LOG("bit %d", bit);
			EXPECT_EQ('x', buf[0]);
			/* The flag was accepted but not interpreted as a Linux flag. */
			EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0))
				TH_LOG("bit %d", bit);
		}
		EXPECT_EQ(0, close_pair(fds));
	}
}

/* Descriptors that are not sockets */

TEST(no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, send_data(bad_fds[i], "x", 1))
			TH_LOG("fd 0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, receive_data(bad_fds[i], buf, 1, 0))
			TH_LOG("fd 0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, shut(bad_fds[i], CLOUDABI_SHUT_RD))
			TH_LOG("fd 0x%x", bad_fds[i]);
	}
}

TEST(each_call_needs_its_right_and_no_other)
{
	cloudabi_fd_t fds[2];
	long read, write, shutdown, no_read, no_write, no_shutdown;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	read = dup_limited(fds[0], R(FD_READ), 0);
	write = dup_limited(fds[0], R(FD_WRITE), 0);
	shutdown = dup_limited(fds[0], R(SOCK_SHUTDOWN), 0);
	no_read = dup_without(fds[0], R(FD_READ));
	no_write = dup_without(fds[0], R(FD_WRITE));
	no_shutdown = dup_without(fds[0], R(SOCK_SHUTDOWN));

	EXPECT_EQ(2, send_data(fds[1], "xy", 2));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, receive_data(no_read, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, receive_data(no_read, buf, 1, PEEK));
	EXPECT_EQ(1, receive_data(read, buf, 1, 0));
	EXPECT_EQ('x', buf[0]);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, send_data(no_write, "x", 1));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(1, send_data(write, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(no_shutdown, CLOUDABI_SHUT_WR));
	EXPECT_EQ(1, send_data(write, "x", 1));
	EXPECT_EQ(0, shut(shutdown, CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(write, "x", 1));

	EXPECT_EQ(0, close_fd(read));
	EXPECT_EQ(0, close_fd(write));
	EXPECT_EQ(0, close_fd(shutdown));
	EXPECT_EQ(0, close_fd(no_read));
	EXPECT_EQ(0, close_fd(no_write));
	EXPECT_EQ(0, close_fd(no_shutdown));
	EXPECT_EQ(0, close_pair(fds));
}

/* Pipes have the type of a stream socket and all of its rights. */
TEST(what_is_no_socket_is_enotsock)
{
	static const cloudabi_fd_t readable[] = {
		FIXTURE_PIPE_READ, FIXTURE_FIFO, FIXTURE_FILE, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_MEMFD,
	};
	static const cloudabi_fd_t writable[] = {
		FIXTURE_PIPE_WRITE, FIXTURE_FIFO, FIXTURE_FILE, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_MEMFD,
	};
	static const cloudabi_fd_t shut_down[] = {
		FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE, FIXTURE_FIFO,
	};

	for (size_t i = 0; i < ARRAY_SIZE(readable); i++)
		EXPECT_EQ(-CLOUDABI_ENOTSOCK, receive_data(readable[i], buf, 1, 0))
			TH_LOG("fd %u", readable[i]);
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++)
		EXPECT_EQ(-CLOUDABI_ENOTSOCK, send_data(writable[i], "x", 1))
			TH_LOG("fd %u", writable[i]);
	for (size_t i = 0; i < ARRAY_SIZE(shut_down); i++)
		EXPECT_EQ(-CLOUDABI_ENOTSOCK, shut(shut_down[i], CLOUDABI_SHUT_RD))
			TH_LOG("fd %u", shut_down[i]);
	/* Nothing was written. */
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(FIXTURE_FILE, buf, 100, 0));
	EXPECT_EQ('0', buf[0]);
}

TEST(types_without_the_rights_are_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_DIR, FIXTURE_DIR_PATH, FIXTURE_FILE_PATH, FIXTURE_SEQPACKET, FIXTURE_EPOLL,
		FIXTURE_EVENT, FIXTURE_NETLINK, FIXTURE_PROC,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, send_data(fds[i], "x", 1)) TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, receive_data(fds[i], buf, 1, 0))
			TH_LOG("fd %u", fds[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(fds[i], CLOUDABI_SHUT_RD))
			TH_LOG("fd %u", fds[i]);
	}
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(FIXTURE_FILE, CLOUDABI_SHUT_RD));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(FIXTURE_TTY, CLOUDABI_SHUT_RD));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(FIXTURE_MEMFD, CLOUDABI_SHUT_RD));
}

/* Memory */

static void *const bad_pointers[] = { NULL, BAD_POINTER, KERNEL_POINTER };

TEST(arguments_in_bad_memory_are_efault)
{
	const cloudabi_ciovec_t from = { "x", 1 };
	const cloudabi_iovec_t to = { buf, sizeof(buf) };
	char *const end = map_edge();
	cloudabi_send_out_t sent;
	cloudabi_fd_t fds[2];

	ASSERT_TRUE(end);
	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		EXPECT_EQ(-CLOUDABI_EFAULT, send_in(fds[0], bad_pointers[i])) TH_LOG("%zu", i);
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
		EXPECT_EQ(-CLOUDABI_EFAULT, receive_in(fds[1], bad_pointers[i])) TH_LOG("%zu", i);
	}
	memset(end - 48, 0, 48);
	memcpy(end - 40, &(cloudabi_send_in_t){ .si_data = &from, .si_data_len = 1 }, 40);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_sock_send(fds[0], (void *)(end - 39), &sent));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(0, cloudabi_sys_sock_send(fds[0], (void *)(end - 40), &sent));
	memcpy(end - 40, &(cloudabi_recv_in_t){ .ri_data = &to, .ri_data_len = 1 }, 40);
	EXPECT_EQ(-CLOUDABI_EFAULT, receive_in(fds[1], (void *)(end - 39)));
	EXPECT_EQ(1, receive_in(fds[1], (void *)(end - 40)));
	EXPECT_EQ(0, close_pair(fds));
	unmap_edge(end);
}

/* In that case nothing is sent, and nothing is received. */
TEST(results_in_bad_memory_are_efault)
{
	const cloudabi_ciovec_t from = { "x", 1 };
	const cloudabi_iovec_t to = { buf, sizeof(buf) };
	const cloudabi_send_in_t send = { .si_data = &from, .si_data_len = 1 };
	const cloudabi_recv_in_t recv = { .ri_data = &to, .ri_data_len = 1 };

	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		char *const end = map_edge();
		cloudabi_fd_t fds[2];

		ASSERT_TRUE(end);
		ASSERT_EQ(0, make_pair(pair_types[type], fds));
		for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
			EXPECT_EQ(CLOUDABI_EFAULT,
				  cloudabi_sys_sock_send(fds[0], &send, bad_pointers[i]))
				TH_LOG("case %zu", i);
		EXPECT_EQ(CLOUDABI_EFAULT,
			  cloudabi_sys_sock_send(fds[0], &send, (void *)(end - 7)));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
		EXPECT_EQ(0, cloudabi_sys_sock_send(fds[0], &send, (void *)(end - 8)));

		for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++)
			EXPECT_EQ(CLOUDABI_EFAULT,
				  cloudabi_sys_sock_recv(fds[1], &recv, bad_pointers[i]))
				TH_LOG("case %zu", i);
		EXPECT_EQ(CLOUDABI_EFAULT,
			  cloudabi_sys_sock_recv(fds[1], &recv, (void *)(end - 63)));
		EXPECT_EQ(0, cloudabi_sys_sock_recv(fds[1], &recv, (void *)(end - 64)));
		EXPECT_EQ(0, close_pair(fds));
		unmap_edge(end);
	}
}

TEST(vectors_in_bad_memory_are_efault)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		const cloudabi_send_in_t send = { .si_data = bad_pointers[i], .si_data_len = 1 };
		const cloudabi_recv_in_t recv = { .ri_data = bad_pointers[i], .ri_data_len = 1 };

		EXPECT_EQ(-CLOUDABI_EFAULT, send_in(fds[0], &send)) TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
		EXPECT_EQ(1, send_data(fds[0], "x", 1));
		EXPECT_EQ(-CLOUDABI_EFAULT, receive_in(fds[1], &recv)) TH_LOG("case %zu", i);
		EXPECT_EQ(1, receive_data(fds[1], buf, 1, 0));
	}
	EXPECT_EQ(0, close_pair(fds));
}

TEST(data_in_bad_memory_is_efault)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
		EXPECT_EQ(-CLOUDABI_EFAULT, send_data(fds[0], bad_pointers[i], 1))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
		EXPECT_EQ(1, send_data(fds[0], "x", 1));
		EXPECT_EQ(-CLOUDABI_EFAULT, receive_data(fds[1], bad_pointers[i], 1, 0))
			TH_LOG("case %zu", i);
		/* Data on a stream stay queued. */
		EXPECT_EQ(1, receive_data(fds[1], buf, 1, 0));
	}
	EXPECT_EQ(0, close_pair(fds));
}

/* Results may overwrite arguments, which are read first. */
TEST(arguments_and_results_may_overlap)
{
	union {
		cloudabi_recv_in_t in;
		cloudabi_recv_out_t out;
	} both;
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = sizeof(buf) };
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(4, send_data(fds[0], "over", 4));
	memset(&both, 0, sizeof(both));
	both.in = (cloudabi_recv_in_t){ .ri_data = &iov, .ri_data_len = 1 };
	EXPECT_EQ(0, cloudabi_sys_sock_recv(fds[1], &both.in, &both.out));
	EXPECT_EQ(4, both.out.ro_datalen);
	EXPECT_EQ(0, memcmp(buf, "over", 4));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(bad_arguments_of_no_descriptor_are_efault)
{
	EXPECT_EQ(-CLOUDABI_EFAULT, send_in(FIXTURE_NONE, NULL));
	EXPECT_EQ(-CLOUDABI_EFAULT, receive_in(FIXTURE_NONE, NULL));
}

/* Full and empty sockets */

TEST(nothing_to_receive_is_eagain)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[0], buf, 1, 0));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[0], buf, 1, PEEK));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[0], buf, 1, WAITALL));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(no_space_to_send_is_eagain)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		long part, sent = 0, seen = 0;
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		while ((part = send_data(fds[0], buf, 1024)) > 0)
			sent += part;
		EXPECT_EQ(-CLOUDABI_EAGAIN, part);
		EXPECT_LT(1024, sent);
		while ((part = receive_data(fds[1], buf, sizeof(buf), 0)) > 0)
			seen += part;
		EXPECT_EQ(-CLOUDABI_EAGAIN, part);
		EXPECT_EQ(sent, seen);
		EXPECT_EQ(1, send_data(fds[0], "x", 1));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(dgram_that_is_too_long_is_emsgsize)
{
	const size_t len = 4UL << 20;
	cloudabi_fd_t fds[2];
	void *mem;

	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
					  CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE,
					  CLOUDABI_MAP_ANON_FD, 0, &mem));
	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(-CLOUDABI_EMSGSIZE, send_data(fds[0], mem, len));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(fds));
	cloudabi_sys_mem_unmap(mem, len);
}

TEST(peek_leaves_the_data)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(pair_types[i], fds));
		EXPECT_EQ(4, send_data(fds[0], "data", 4));
		for (int j = 0; j < 3; j++) {
			memset(buf, 0, 4);
			EXPECT_EQ(4, receive_data(fds[1], buf, sizeof(buf), PEEK));
			EXPECT_EQ(0, memcmp(buf, "data", 4));
			EXPECT_EQ(0, received.ro_flags);
		}
		EXPECT_EQ(4, receive_data(fds[1], buf, sizeof(buf), 0));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, sizeof(buf), PEEK));
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(dgram_that_is_cut_is_flagged)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(5, send_data(fds[0], "first", 5));
	EXPECT_EQ(6, send_data(fds[0], "second", 6));
	EXPECT_EQ(2, receive_data(fds[1], buf, 2, 0));
	EXPECT_EQ(0, memcmp(buf, "fi", 2));
	EXPECT_EQ(DATA_TRUNCATED, received.ro_flags);
	/* The rest of the truncated datagram is gone; a datagram that fits is not flagged. */
	EXPECT_EQ(6, receive_data(fds[1], buf, 6, 0));
	EXPECT_EQ(0, memcmp(buf, "second", 6));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(0, close_pair(fds));
}

TEST(dgram_that_is_cut_by_peek_is_flagged_and_stays)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(5, send_data(fds[0], "first", 5));
	EXPECT_EQ(2, receive_data(fds[1], buf, 2, PEEK));
	EXPECT_EQ(DATA_TRUNCATED, received.ro_flags);
	EXPECT_EQ(5, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(0, memcmp(buf, "first", 5));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(dgram_can_be_cut_to_nothing)
{
	const cloudabi_recv_in_t in = { .ri_data_len = 0 };
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(1, send_data(fds[0], "x", 1));
	EXPECT_EQ(0, receive_in(fds[1], &in));
	EXPECT_EQ(DATA_TRUNCATED, received.ro_flags);
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(fds[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(dgram_can_be_empty)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(0, send_data(fds[0], "", 0));
	EXPECT_EQ(1, send_data(fds[0], "x", 1));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(1, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(stream_is_never_cut)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(5, send_data(fds[0], "first", 5));
	EXPECT_EQ(2, receive_data(fds[1], buf, 2, PEEK));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(2, receive_data(fds[1], buf, 2, 0));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "rst", 3));
	EXPECT_EQ(0, close_pair(fds));
}

/* The socket is blocking, but all of the data are there. */
TEST(waitall_takes_several_pieces)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, set_flags(fds[1], 0));
	EXPECT_EQ(3, send_data(fds[0], "abc", 3));
	EXPECT_EQ(3, send_data(fds[0], "def", 3));
	EXPECT_EQ(6, receive_data(fds[1], buf, 6, WAITALL));
	EXPECT_EQ(0, memcmp(buf, "abcdef", 6));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(waitall_ends_where_the_stream_does)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, set_flags(fds[1], 0));
	EXPECT_EQ(3, send_data(fds[0], "abc", 3));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), WAITALL));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), WAITALL));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(waitall_of_a_dgram_is_one)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(0, set_flags(fds[1], 0));
	EXPECT_EQ(3, send_data(fds[0], "abc", 3));
	EXPECT_EQ(3, send_data(fds[0], "def", 3));
	EXPECT_EQ(3, receive_data(fds[1], buf, 6, WAITALL));
	EXPECT_EQ(0, close_pair(fds));
}

/* Shutdown and closed peers */

TEST(end_of_a_stream_is_nothing)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "bye", 3));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), PEEK));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), 0));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
		EXPECT_EQ(0, received.ro_fdslen);
		EXPECT_EQ(0, received.ro_flags);
		EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), PEEK));
	}
	EXPECT_EQ(0, close_fd(fds[1]));
}

/* Only network connections are reset. */
TEST(end_of_a_stream_whose_peer_did_not_read_is_nothing)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "bye", 3));
	EXPECT_EQ(3, send_data(fds[1], "not", 3));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(fds[1]));

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[1], "not", 3));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, read_fd(fds[1], buf, sizeof(buf)));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST(stream_without_peer_is_epipe_and_no_signal)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[1], "x", 1));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_fd(fds[1], FIXTURE_FILE));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST(shutdown_takes_one_or_both_and_einval_others)
{
	for (int how = 0; how < 256; how++) {
		const bool valid = how >= 1 && how <= 3;
		cloudabi_fd_t fds[2];

		ASSERT_EQ(0, make_pair(STREAM, fds));
		EXPECT_EQ(valid ? 0 : -CLOUDABI_EINVAL, shut(fds[0], how)) TH_LOG("how %d", how);
		EXPECT_EQ(valid ? -CLOUDABI_EBADF : -CLOUDABI_EINVAL, shut(FIXTURE_NONE, how))
			TH_LOG("how %d", how);
		EXPECT_EQ(valid ? -CLOUDABI_ENOTCAPABLE : -CLOUDABI_EINVAL, shut(FIXTURE_DIR, how))
			TH_LOG("how %d", how);
		EXPECT_EQ(0, close_pair(fds));
	}
}

TEST(shutdown_for_writing)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "bye", 3));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[0], "x", 1));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(fds[0], "x", 1));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, receive_data(fds[1], buf, sizeof(buf), 0));
	/* The other direction still works. */
	EXPECT_EQ(4, send_data(fds[1], "back", 4));
	EXPECT_EQ(4, receive_data(fds[0], buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_for_reading)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD));
	/* Returns at once, in non-blocking mode, too. */
	EXPECT_EQ(0, receive_data(fds[0], buf, sizeof(buf), 0));
	EXPECT_EQ(0, receive_data(fds[0], buf, sizeof(buf), PEEK));
	EXPECT_EQ(0, read_fd(fds[0], buf, sizeof(buf)));
	EXPECT_EQ(0, read_fd(fds[0], buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[1], "x", 1));
	EXPECT_EQ(4, send_data(fds[0], "back", 4));
	EXPECT_EQ(4, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_for_both)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(STREAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR));
	for (int end = 0; end < 2; end++) {
		EXPECT_EQ(0, receive_data(fds[end], buf, sizeof(buf), 0));
		EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[end], "x", 1));
	}
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_of_a_dgram_for_writing)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[0], "x", 1));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(fds[0], "x", 1));
	EXPECT_EQ(1, send_data(fds[1], "x", 1));
	EXPECT_EQ(1, receive_data(fds[0], buf, 1, 0));
	EXPECT_EQ(0, close_pair(fds));
}

TEST(shutdown_of_a_dgram_for_reading)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_RD));
	EXPECT_EQ(0, receive_data(fds[0], buf, sizeof(buf), 0));
	EXPECT_EQ(0, receive_data(fds[0], buf, sizeof(buf), PEEK));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[1], "x", 1));
	EXPECT_EQ(0, set_flags(fds[0], 0));
	EXPECT_EQ(0, receive_data(fds[0], buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_pair(fds));
}

/* Shutdown acts on the connection, not on the descriptor. */
TEST(shutdown_is_seen_by_duplicates)
{
	cloudabi_fd_t fds[2];
	long other;

	ASSERT_EQ(0, make_pair(STREAM, fds));
	other = dup_fd(fds[0]);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, shut(fds[0], CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(other, "x", 1));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_pair(fds));
}

/* Sockets from outside */

TEST(socket_that_is_not_connected_is_enotconn)
{
	EXPECT_EQ(-CLOUDABI_ENOTCONN, send_data(FIXTURE_UNCONNECTED, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, receive_data(FIXTURE_UNCONNECTED, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, receive_data(FIXTURE_UNCONNECTED, buf, 1, PEEK));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, shut(FIXTURE_UNCONNECTED, CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, read_fd(FIXTURE_UNCONNECTED, buf, 1));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, write_fd(FIXTURE_UNCONNECTED, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, shut(FIXTURE_DGRAM_ALONE, CLOUDABI_SHUT_RD));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, send_data(FIXTURE_DGRAM_ALONE, "x", 1));
}

TEST(socket_that_listens_is_enotconn)
{
	EXPECT_EQ(-CLOUDABI_ENOTCONN, send_data(FIXTURE_LISTENING, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, receive_data(FIXTURE_LISTENING, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCONN, receive_data(FIXTURE_LISTENING, buf, 1, PEEK));
}

TEST(internet_socket_carries_data)
{
	EXPECT_EQ(5, send_data(FIXTURE_INET, "hello", 5));
	EXPECT_EQ(5, receive_data(FIXTURE_INET_PEER, buf, sizeof(buf), PEEK));
	EXPECT_EQ(5, receive_data(FIXTURE_INET_PEER, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(0, set_flags(FIXTURE_INET_PEER, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(FIXTURE_INET_PEER, buf, sizeof(buf), 0));
}

/* Both results are correct, but the descriptors must not seem to be sent. */
TEST(internet_socket_carries_no_descriptors)
{
	const cloudabi_fd_t fd = FIXTURE_FILE;
	const long error = send_fds(FIXTURE_INET, "x", 1, &fd, 1);

	if (error != -CLOUDABI_ENOTSUP)
		EXPECT_EQ(-CLOUDABI_EINVAL, error);
	EXPECT_EQ(0, set_flags(FIXTURE_INET_PEER, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(FIXTURE_INET_PEER, buf, sizeof(buf), 0));
}

TEST(internet_socket_ends_and_breaks_without_signal)
{
	EXPECT_EQ(0, shut(FIXTURE_INET, CLOUDABI_SHUT_WR));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(FIXTURE_INET, "x", 1));
	EXPECT_EQ(0, set_flags(FIXTURE_INET_PEER, 0));
	EXPECT_EQ(0, receive_data(FIXTURE_INET_PEER, buf, sizeof(buf), 0));
}

/* A datagram peer that is closed takes the connection with it. */
TEST(dgram_without_peer_is_refused)
{
	cloudabi_fd_t fds[2];

	ASSERT_EQ(0, make_pair(DGRAM, fds));
	EXPECT_EQ(3, send_data(fds[0], "bye", 3));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(3, receive_data(fds[1], buf, sizeof(buf), 0));
	EXPECT_EQ(-CLOUDABI_EPIPE, send_data(fds[1], "x", 1));
	EXPECT_EQ(-CLOUDABI_EPIPE, write_fd(fds[1], "x", 1));
	EXPECT_EQ(0, close_fd(fds[1]));
}

TEST_HARNESS_MAIN
