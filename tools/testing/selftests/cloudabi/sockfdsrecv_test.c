// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - sock_recv: space for descriptors, and their place in a stream
 */

#include "sockcalls.h"

static char buf[4096];

/* Space for descriptors */

TEST(more_descriptors_than_room_are_flagged_and_closed)
{
	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		for (size_t room = 1; room <= 6; room++) {
			const unsigned int before = count_open();
			cloudabi_fd_t pair[2], other[2], fds[8];

			ASSERT_EQ(0, make_pair(pair_types[type], pair));
			ASSERT_EQ(0, make_pair(STREAM, other));
			EXPECT_EQ(1, send_fds(pair[0], "x", 1,
					      (cloudabi_fd_t[]){ FIXTURE_FILE, FIXTURE_DIR,
								 FIXTURE_FILE, FIXTURE_DIR,
								 other[0] }, 5));
			EXPECT_EQ(0, close_fd(other[0]));
			memset(fds, 0xff, sizeof(fds));
			EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, room, 0));
			const size_t n = received.ro_fdslen;

			EXPECT_EQ(room < 5 ? room : 5, n);
			EXPECT_EQ(room < 5 ? FDS_TRUNCATED : 0, received.ro_flags);
			EXPECT_EQ(before + 3 + n, count_open());
			/* The last descriptor did not fit and is closed. */
			EXPECT_EQ(room < 5, ended(other[1])) TH_LOG("room %zu", room);
			for (size_t i = 0; i < n; i++)
				EXPECT_EQ(0, close_fd(fds[i]));
			for (size_t i = n; i < ARRAY_SIZE(fds); i++)
				EXPECT_EQ(0xffffffff, fds[i]);
			EXPECT_EQ(0, close_fd(other[1]));
			EXPECT_EQ(0, close_pair(pair));
			EXPECT_EQ(before, count_open());
		}
	}
}

/* Without space, neither the buffer nor the flags are touched. */
TEST(descriptors_without_room_are_dropped_silently)
{
	static void *const pointers[] = { NULL, BAD_POINTER, KERNEL_POINTER };

	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
			const unsigned int before = count_open();
			cloudabi_fd_t pair[2], other[2];

			ASSERT_EQ(0, make_pair(pair_types[type], pair));
			ASSERT_EQ(0, make_pair(STREAM, other));
			EXPECT_EQ(1, send_fds(pair[0], "x", 1,
					      (cloudabi_fd_t[]){ FIXTURE_FILE, other[0] }, 2));
			EXPECT_EQ(0, close_fd(other[0]));
			EXPECT_FALSE(ended(other[1]));
			EXPECT_EQ(1, receive_fds(pair[1], buf, 1, pointers[i], 0, 0));
			EXPECT_EQ(0, received.ro_fdslen);
			EXPECT_EQ(0, received.ro_flags);
			EXPECT_TRUE(ended(other[1]));
			EXPECT_EQ(before + 3, count_open());
			EXPECT_EQ(0, close_fd(other[1]));
			EXPECT_EQ(0, close_pair(pair));
		}
	}
}

TEST(descriptors_are_dropped_by_fd_read)
{
	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		const unsigned int before = count_open();
		cloudabi_fd_t pair[2], other[2];

		ASSERT_EQ(0, make_pair(pair_types[type], pair));
		ASSERT_EQ(0, make_pair(STREAM, other));
		EXPECT_EQ(1, send_fd(pair[0], other[0]));
		EXPECT_EQ(0, close_fd(other[0]));
		EXPECT_EQ(1, read_fd(pair[1], buf, sizeof(buf)));
		EXPECT_TRUE(ended(other[1]));
		EXPECT_EQ(0, close_fd(other[1]));
		EXPECT_EQ(0, close_pair(pair));
		EXPECT_EQ(before, count_open());
	}
}

TEST(room_in_bad_memory_is_efault_and_nothing_is_left_open)
{
	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		char *const end = map_edge();
		/*
		 * The buffer is missing entirely, from the middle of a number, or after two of
		 * four numbers.
		 */
		void *const places[] = {
			NULL, BAD_POINTER, KERNEL_POINTER, end - 3, end - 8, end - 9,
		};

		ASSERT_TRUE(end);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			const unsigned int before = count_open();
			cloudabi_fd_t pair[2], other[2];

			ASSERT_EQ(0, make_pair(pair_types[type], pair));
			ASSERT_EQ(0, make_pair(STREAM, other));
			EXPECT_EQ(1, send_fds(pair[0], "x", 1,
					      (cloudabi_fd_t[]){ other[0], FIXTURE_FILE,
								 FIXTURE_DIR, FIXTURE_FILE }, 4));
			EXPECT_EQ(0, close_fd(other[0]));
			EXPECT_EQ(-CLOUDABI_EFAULT, receive_fds(pair[1], buf, 1, places[i], 4, 0))
				TH_LOG("case %zu", i);
			EXPECT_EQ(before + 3, count_open()) TH_LOG("case %zu", i);
			EXPECT_TRUE(ended(other[1])) TH_LOG("case %zu", i);
			EXPECT_EQ(0, close_fd(other[1]));
			EXPECT_EQ(0, close_pair(pair));
		}
		unmap_edge(end);
	}
}

/* Only the space in use matters, not the length that was given. */
TEST(room_beyond_the_descriptors_need_not_be_there)
{
	char *const end = map_edge();
	cloudabi_fd_t pair[2], fd;

	ASSERT_TRUE(end);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], FIXTURE_FILE));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, (void *)(end - 4), SIZE_MAX, 0));
	EXPECT_EQ(1, received.ro_fdslen);
	EXPECT_EQ(0, received.ro_flags);
	memcpy(&fd, end - 4, 4);
	EXPECT_EQ(REGULAR_BASE, base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
	unmap_edge(end);
}

/* Descriptor numbers can run out, too. */
TEST(descriptors_beyond_the_limit_are_flagged_and_closed)
{
	static cloudabi_fd_t filler[MOST_FDS];
	cloudabi_fd_t pair[2], other[2], fds[5];
	size_t count = 0;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(0, make_pair(STREAM, other));
	EXPECT_EQ(1, send_fds(pair[0], "x", 1,
			      (cloudabi_fd_t[]){ FIXTURE_FILE, FIXTURE_DIR, FIXTURE_FILE,
						 FIXTURE_FILE, other[0] }, 5));
	EXPECT_EQ(0, close_fd(other[0]));
	while (count < MOST_FDS && !cloudabi_sys_fd_dup(FIXTURE_FILE, &filler[count]))
		count++;
	ASSERT_LT(2, count);
	EXPECT_EQ(0, close_fd(filler[--count]));
	EXPECT_EQ(0, close_fd(filler[--count]));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, 5, 0));
	EXPECT_EQ(2, received.ro_fdslen);
	EXPECT_EQ(FDS_TRUNCATED, received.ro_flags);
	EXPECT_EQ(REGULAR_BASE, base_of(fds[0]));
	EXPECT_EQ(DIRECTORY_BASE, base_of(fds[1]));
	EXPECT_TRUE(ended(other[1]));
	for (size_t i = 0; i < received.ro_fdslen; i++)
		EXPECT_EQ(0, close_fd(fds[i]));
	while (count--)
		EXPECT_EQ(0, close_fd(filler[count]));
	EXPECT_EQ(0, close_fd(other[1]));
	EXPECT_EQ(0, close_pair(pair));
}

/* The message stays queued with its descriptors. */
TEST(peek_hands_out_no_descriptors)
{
	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		const unsigned int before = count_open();
		cloudabi_fd_t pair[2], fds[2] = { 0xffffffff, 0xffffffff };

		ASSERT_EQ(0, make_pair(pair_types[type], pair));
		EXPECT_EQ(3, send_fds(pair[0], "abc", 3,
				      (cloudabi_fd_t[]){ FIXTURE_FILE, FIXTURE_DIR }, 2));
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(3, receive_fds(pair[1], buf, sizeof(buf), fds, 2, PEEK));
			EXPECT_EQ(0, received.ro_fdslen);
			EXPECT_EQ(0, received.ro_flags);
			EXPECT_EQ(0xffffffff, fds[0]);
			EXPECT_EQ(before + 2, count_open());
		}
		EXPECT_EQ(3, receive_fds(pair[1], buf, sizeof(buf), fds, 2, 0));
		EXPECT_EQ(2, received.ro_fdslen);
		EXPECT_EQ(REGULAR_BASE, base_of(fds[0]));
		EXPECT_EQ(DIRECTORY_BASE, base_of(fds[1]));
		EXPECT_EQ(0, close_fd(fds[0]));
		EXPECT_EQ(0, close_fd(fds[1]));
		EXPECT_EQ(0, close_pair(pair));
	}
}

/* Boundaries of reads on a stream */

/* "A", then "BC" with two descriptors, then "DE". */
static long send_three(cloudabi_fd_t sock)
{
	const cloudabi_fd_t fds[] = { FIXTURE_FILE, FIXTURE_DIR };

	return send_data(sock, "A", 1) == 1 && send_fds(sock, "BC", 2, fds, 2) == 2 &&
	       send_data(sock, "DE", 2) == 2;
}

TEST(read_stops_before_data_with_descriptors)
{
	const unsigned int before = count_open();
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_TRUE(send_three(pair[0]));
	EXPECT_EQ(1, read_fd(pair[1], buf, 10));
	EXPECT_EQ('A', buf[0]);
	EXPECT_EQ(4, read_fd(pair[1], buf, 10));
	EXPECT_EQ(0, memcmp(buf, "BCDE", 4));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(pair[1], buf, 10));
	EXPECT_EQ(before + 2, count_open());
	EXPECT_EQ(0, close_pair(pair));
}

TEST(receive_stops_before_data_with_descriptors)
{
	cloudabi_fd_t pair[2], fds[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_TRUE(send_three(pair[0]));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 10, fds, 4, 0));
	EXPECT_EQ('A', buf[0]);
	EXPECT_EQ(0, received.ro_fdslen);
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(4, receive_fds(pair[1], buf, 10, fds, 4, 0));
	EXPECT_EQ(0, memcmp(buf, "BCDE", 4));
	EXPECT_EQ(2, received.ro_fdslen);
	EXPECT_EQ(0, received.ro_flags);
	EXPECT_EQ(REGULAR_BASE, base_of(fds[0]));
	EXPECT_EQ(DIRECTORY_BASE, base_of(fds[1]));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_fds(pair[1], buf, 10, fds, 4, 0));
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
	EXPECT_EQ(0, close_pair(pair));
}

/* This also holds for WAITALL and for PEEK. */
TEST(waitall_and_peek_stop_before_data_with_descriptors)
{
	cloudabi_fd_t pair[2], fds[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(0, set_flags(pair[1], 0));
	ASSERT_TRUE(send_three(pair[0]));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 5, fds, 4, PEEK));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 5, fds, 4, WAITALL));
	EXPECT_EQ(0, received.ro_fdslen);
	EXPECT_EQ(4, receive_fds(pair[1], buf, 4, fds, 4, WAITALL));
	EXPECT_EQ(2, received.ro_fdslen);
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(0, close_fd(fds[1]));
	EXPECT_EQ(0, close_pair(pair));
}

/* A peek sees what a read of the same length returns. */
TEST(peek_ends_where_the_read_ends)
{
	for (size_t len = 1; len <= 10; len++) {
		cloudabi_fd_t pair[2], fds[4];
		size_t sum = 0;

		ASSERT_EQ(0, make_pair(STREAM, pair));
		ASSERT_TRUE(send_three(pair[0]));
		EXPECT_EQ(1, send_fd(pair[0], FIXTURE_DIR));
		while (sum < 6) {
			char seen[16] = "", text[16] = "";
			const long look = receive_fds(pair[1], seen, len, fds, 4, PEEK);

			EXPECT_EQ(0, received.ro_fdslen);
			EXPECT_EQ(0, received.ro_flags);
			ASSERT_LT(0, look);
			ASSERT_EQ(look, receive_fds(pair[1], text, len, fds, 4, 0))
				TH_LOG("length %zu at %zu", len, sum);
			EXPECT_EQ(0, memcmp(seen, text, 16));
			EXPECT_EQ(0, received.ro_flags);
			EXPECT_EQ(sum == 1 ? 2 : sum == 5, received.ro_fdslen);
			for (size_t i = 0; i < received.ro_fdslen; i++)
				EXPECT_EQ(0, close_fd(fds[i]));
			sum += look;
		}
		EXPECT_EQ(6, sum);
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_fds(pair[1], buf, 1, fds, 4, PEEK));
		EXPECT_EQ(0, close_pair(pair));
	}
}

/* A read of zero bytes returns no descriptors. */
TEST(read_of_no_data_takes_no_descriptors)
{
	cloudabi_fd_t pair[2], fds[4], file = FIXTURE_FILE;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fds(pair[0], "a", 1, &file, 1));
	EXPECT_EQ(1, send_fds(pair[0], "b", 1, &file, 1));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, receive_fds(pair[1], buf, 0, fds, 4, i == 1 ? PEEK :
							     i == 2 ? WAITALL : 0));
		EXPECT_EQ(0, received.ro_fdslen);
		EXPECT_EQ(0, received.ro_flags);
	}
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(1, receive_fds(pair[1], buf, 4, fds, 4, 0));
		EXPECT_EQ('a' + i, buf[0]);
		ASSERT_EQ(1, received.ro_fdslen);
		EXPECT_EQ(REGULAR_BASE, base_of(fds[0]));
		EXPECT_EQ(0, close_fd(fds[0]));
	}
	EXPECT_EQ(0, close_pair(pair));
}

TEST(data_with_descriptors_twice_is_two_reads)
{
	const cloudabi_fd_t file = FIXTURE_FILE, dir = FIXTURE_DIR;
	cloudabi_fd_t pair[2], fds[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (int round = 0; round < 2; round++) {
		EXPECT_EQ(2, send_fds(pair[0], "ab", 2, &file, 1));
		EXPECT_EQ(2, send_fds(pair[0], "cd", 2, &dir, 1));
		if (round) {
			EXPECT_EQ(2, read_fd(pair[1], buf, 10));
			EXPECT_EQ(2, read_fd(pair[1], buf, 10));
			EXPECT_EQ(0, memcmp(buf, "cd", 2));
			continue;
		}
		EXPECT_EQ(2, receive_fds(pair[1], buf, 10, fds, 4, 0));
		EXPECT_EQ(1, received.ro_fdslen);
		EXPECT_EQ(REGULAR_BASE, base_of(fds[0]));
		EXPECT_EQ(0, close_fd(fds[0]));
		EXPECT_EQ(2, receive_fds(pair[1], buf, 10, fds, 4, 0));
		EXPECT_EQ(0, memcmp(buf, "cd", 2));
		EXPECT_EQ(1, received.ro_fdslen);
		EXPECT_EQ(DIRECTORY_BASE, base_of(fds[0]));
		EXPECT_EQ(0, close_fd(fds[0]));
	}
	EXPECT_EQ(0, close_pair(pair));
}

/* The first byte brings the descriptors; the rest are plain data. */
TEST(descriptors_come_with_the_first_byte)
{
	const cloudabi_fd_t file = FIXTURE_FILE;
	cloudabi_fd_t pair[2], fds[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(3, send_fds(pair[0], "abc", 3, &file, 1));
	EXPECT_EQ(2, send_data(pair[0], "de", 2));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, 4, 0));
	EXPECT_EQ(1, received.ro_fdslen);
	EXPECT_EQ(0, close_fd(fds[0]));
	EXPECT_EQ(4, receive_fds(pair[1], buf, 10, fds, 4, 0));
	EXPECT_EQ(0, received.ro_fdslen);
	EXPECT_EQ(0, memcmp(buf, "bcde", 4));
	EXPECT_EQ(0, close_pair(pair));
}

/* If the data cannot be stored, they stay queued with their descriptors. */
TEST(descriptors_stay_with_data_that_can_not_be_stored)
{
	const unsigned int before = count_open();
	cloudabi_fd_t pair[2], fd = 0xffffffff;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], FIXTURE_FILE));
	EXPECT_EQ(-CLOUDABI_EFAULT, receive_fds(pair[1], BAD_POINTER, 1, &fd, 1, 0));
	EXPECT_EQ(before + 2, count_open());
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, &fd, 1, 0));
	EXPECT_EQ(1, received.ro_fdslen);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(dgram_that_is_cut_keeps_its_descriptors)
{
	const cloudabi_fd_t file = FIXTURE_FILE;
	cloudabi_fd_t pair[2], fd;

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	EXPECT_EQ(5, send_fds(pair[0], "abcde", 5, &file, 1));
	EXPECT_EQ(2, receive_fds(pair[1], buf, 2, &fd, 1, 0));
	EXPECT_EQ(1, received.ro_fdslen);
	EXPECT_EQ(DATA_TRUNCATED, received.ro_flags);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(5, send_fds(pair[0], "abcde", 5, (cloudabi_fd_t[]){ file, file }, 2));
	EXPECT_EQ(2, receive_fds(pair[1], buf, 2, &fd, 1, 0));
	EXPECT_EQ(1, received.ro_fdslen);
	EXPECT_EQ(DATA_TRUNCATED | FDS_TRUNCATED, received.ro_flags);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
}

TEST_HARNESS_MAIN
