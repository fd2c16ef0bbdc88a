// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - sock_send: descriptors
 */

#include "sockcalls.h"

static char buf[4096];

/* Received descriptors */

TEST(descriptor_is_received)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		const long file = make_file(i ? "one_stream" : "one_dgram", "contents");
		cloudabi_fd_t pair[2], fd = FIXTURE_NONE;

		ASSERT_LE(0, file);
		ASSERT_EQ(0, make_pair(pair_types[i], pair));
		EXPECT_EQ(3, send_fds(pair[0], "abc", 3, &(cloudabi_fd_t){ file }, 1));
		EXPECT_EQ(3, receive_fds(pair[1], buf, sizeof(buf), &fd, 1, 0));
		EXPECT_EQ(1, received.ro_fdslen);
		EXPECT_EQ(0, received.ro_flags);
		EXPECT_NE(file, fd);
		EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
		EXPECT_EQ(0, memcmp(buf, "contents", 8));
		/* The same open file, not a new one. */
		EXPECT_EQ(5, seek_fd(fd, 5, CLOUDABI_WHENCE_SET));
		EXPECT_EQ(5, tell_fd(file));
		EXPECT_EQ(0, close_fd(fd));
		EXPECT_EQ(8, pread_fd(file, buf, sizeof(buf), 0));
		EXPECT_EQ(0, close_fd(file));
		EXPECT_EQ(0, close_pair(pair));
	}
}

TEST(results_are_zeroed_beside_the_descriptors)
{
	cloudabi_fd_t pair[2], fd;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], FIXTURE_FILE));
	EXPECT_EQ(1, receive_fds(pair[1], buf, sizeof(buf), &fd, 1, 0));
	EXPECT_EQ(1, received.ro_datalen);
	EXPECT_EQ(1, received.ro_fdslen);
	for (size_t i = 16; i < sizeof(received); i++)
		EXPECT_EQ(0, ((char *)&received)[i]) TH_LOG("byte %zu", i);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(descriptors_keep_their_order)
{
	const cloudabi_fd_t sent[] = { FIXTURE_FILE, FIXTURE_DIR, FIXTURE_STREAM, FIXTURE_DGRAM };

	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t pair[2], fds[8];

		ASSERT_EQ(0, make_pair(pair_types[i], pair));
		memset(fds, 0xff, sizeof(fds));
		EXPECT_EQ(1, send_fds(pair[0], "x", 1, sent, ARRAY_SIZE(sent)));
		EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, ARRAY_SIZE(fds), 0));
		EXPECT_EQ(ARRAY_SIZE(sent), received.ro_fdslen);
		EXPECT_EQ(0, received.ro_flags);
		for (size_t j = 0; j < ARRAY_SIZE(sent); j++) {
			EXPECT_EQ(stat_of(sent[j]).fs_filetype, stat_of(fds[j]).fs_filetype);
			EXPECT_EQ(0, close_fd(fds[j]));
		}
		/* Space beyond the descriptors is not touched. */
		for (size_t j = ARRAY_SIZE(sent); j < ARRAY_SIZE(fds); j++)
			EXPECT_EQ(0xffffffff, fds[j]);
		EXPECT_EQ(0, close_pair(pair));
	}
}

TEST(descriptor_can_be_sent_more_than_once)
{
	const cloudabi_fd_t sent[] = { FIXTURE_FILE, FIXTURE_FILE, FIXTURE_FILE };
	cloudabi_fd_t pair[2], fds[3];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fds(pair[0], "x", 1, sent, 3));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, 3, 0));
	EXPECT_EQ(3, received.ro_fdslen);
	EXPECT_NE(fds[0], fds[1]);
	EXPECT_NE(fds[1], fds[2]);
	EXPECT_EQ(0, limit(fds[0], 0, 0));
	EXPECT_EQ(REGULAR_BASE, base_of(fds[1]));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, close_fd(fds[i]));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(descriptor_outlives_that_of_the_sender)
{
	const long file = make_file("outlives", "contents");
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], file));
	EXPECT_EQ(0, close_fd(file));
	EXPECT_EQ(0, close_fd(pair[0]));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(REGULAR_BASE, base_of(fd));
	EXPECT_EQ(8, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(pair[1]));
}

TEST(descriptors_of_every_type_are_received)
{
	static const cloudabi_fd_t sent[] = {
		FIXTURE_DIR, FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE, FIXTURE_FILE,
		FIXTURE_FILE_RDONLY, FIXTURE_FILE_WRONLY, FIXTURE_FILE_PATH, FIXTURE_DIR_PATH,
		FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_SEQPACKET, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_EPOLL, FIXTURE_EVENT, FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_PID,
		FIXTURE_BPF, FIXTURE_PERF, FIXTURE_NETLINK, FIXTURE_MEMFD, FIXTURE_FIFO,
		FIXTURE_APPEND, FIXTURE_SYNC, FIXTURE_DSYNC, FIXTURE_NONBLOCK, FIXTURE_PROC,
		FIXTURE_INET, FIXTURE_LISTENING, FIXTURE_FAR,
	};
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (size_t i = 0; i < ARRAY_SIZE(sent); i++) {
		const cloudabi_fdstat_t stat = stat_of(sent[i]);
		long fd;

		EXPECT_EQ(1, send_fd(pair[0], sent[i])) TH_LOG("fd %u", sent[i]);
		fd = receive_fd(pair[1]);
		ASSERT_LE(0, fd) TH_LOG("fd %u", sent[i]);
		EXPECT_EQ(stat.fs_filetype, stat_of(fd).fs_filetype) TH_LOG("fd %u", sent[i]);
		EXPECT_EQ(stat.fs_flags, flags_of(fd)) TH_LOG("fd %u", sent[i]);
		EXPECT_EQ(stat.fs_rights_base, base_of(fd)) TH_LOG("fd %u", sent[i]);
		EXPECT_EQ(stat.fs_rights_inheriting, inheriting_of(fd)) TH_LOG("fd %u", sent[i]);
		EXPECT_EQ(0, close_fd(fd));
	}
	EXPECT_EQ(0, close_pair(pair));
}

TEST(directory_can_be_used_at_once)
{
	cloudabi_filestat_t one, other;
	cloudabi_fd_t pair[2];
	long dir;

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], FIXTURE_DIR));
	dir = receive_fd(pair[1]);
	ASSERT_LE(0, dir);
	EXPECT_EQ(DIRECTORY_BASE, base_of(dir));
	EXPECT_EQ(DIRECTORY_INHERITING, inheriting_of(dir));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(FIXTURE_DIR, &one));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fget(dir, &other));
	EXPECT_EQ(one.st_ino, other.st_ino);
	EXPECT_EQ(0, try_open(dir, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(dir, "../outside", 0, R(FD_READ)));
	EXPECT_EQ(0, close_fd(dir));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(shared_memory_is_the_same_memory)
{
	const cloudabi_filestat_t stat = { .st_size = 4096 };
	const cloudabi_mprot_t prot = CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE;
	cloudabi_fd_t pair[2], shm;
	void *one, *other;
	long fd;

	ASSERT_EQ(0, cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &shm));
	EXPECT_EQ(0, cloudabi_sys_file_stat_fput(shm, &stat, CLOUDABI_FILESTAT_SIZE));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], shm));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(SHARED_MEMORY_BASE, base_of(fd));
	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 4096, prot, CLOUDABI_MAP_SHARED, shm, 0, &one));
	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 4096, prot, CLOUDABI_MAP_SHARED, fd, 0, &other));
	*(char *)one = 'x';
	EXPECT_EQ('x', *(char *)other);
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(one, 4096));
	EXPECT_EQ(0, cloudabi_sys_mem_unmap(other, 4096));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(shm));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(socket_is_used_where_it_is_received)
{
	cloudabi_fd_t pair[2], other[2];
	long fd;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(0, make_pair(STREAM, other));
	EXPECT_EQ(1, send_fd(pair[0], other[0]));
	EXPECT_EQ(0, close_fd(other[0]));
	EXPECT_EQ(1, send_data(other[1], "x", 1));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, receive_data(fd, buf, 1, 0));
	EXPECT_FALSE(ended(other[1]));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(ended(other[1]));
	EXPECT_EQ(0, close_fd(other[1]));
	EXPECT_EQ(0, close_pair(pair));
}

/* Rights */

TEST(rights_travel_exactly)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;
		const cloudabi_rights_t bases[] = {
			DIRECTORY_BASE & right, DIRECTORY_BASE & ~right, DIRECTORY_BASE, 0,
		};
		const cloudabi_rights_t inheritings[] = {
			DIRECTORY_INHERITING & ~right, DIRECTORY_INHERITING & right, 0,
			DIRECTORY_INHERITING & right,
		};

		for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
			const long sent = dup_limited(FIXTURE_DIR, bases[i], inheritings[i]);
			long fd;

			ASSERT_LE(0, sent);
			EXPECT_EQ(1, send_fd(pair[0], sent));
			EXPECT_EQ(0, close_fd(sent));
			fd = receive_fd(pair[1]);
			ASSERT_LE(0, fd);
			EXPECT_EQ(bases[i], base_of(fd)) TH_LOG("bit %d, case %zu", bit, i);
			EXPECT_EQ(inheritings[i], inheriting_of(fd))
				TH_LOG("bit %d, case %zu", bit, i);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  limit(fd, DIRECTORY_BASE, DIRECTORY_INHERITING));
			EXPECT_EQ(0, close_fd(fd));
		}
	}
	EXPECT_EQ(0, close_pair(pair));
}

TEST(rights_that_lack_can_not_be_used)
{
	const long sent = dup_limited(FIXTURE_FILE, R(FD_READ) | R(FD_SEEK), 0);
	cloudabi_fd_t pair[2];
	long fd, dup;

	ASSERT_LE(0, sent);
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		ASSERT_EQ(0, make_pair(pair_types[i], pair));
		EXPECT_EQ(1, send_fd(pair[0], sent));
		fd = receive_fd(pair[1]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(1, pread_fd(fd, buf, 1, 0));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pwrite_fd(fd, "x", 1, 0));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, 0));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, R(FD_READ) | R(FD_WRITE), 0));
		dup = dup_fd(fd);
		EXPECT_EQ(R(FD_READ) | R(FD_SEEK), base_of(dup));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pwrite_fd(dup, "x", 1, 0));
		EXPECT_EQ(0, close_fd(dup));
		EXPECT_EQ(0, close_fd(fd));
		EXPECT_EQ(0, close_pair(pair));
	}
	EXPECT_EQ(0, close_fd(sent));
}

TEST(descriptor_without_rights_can_be_sent)
{
	const long sent = dup_limited(FIXTURE_FILE, 0, 0);
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_LE(0, sent);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], sent));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_open(fd));
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(sent));
	EXPECT_EQ(0, close_pair(pair));
}

/* Each descriptor in a message has its own rights. */
TEST(rights_do_not_mix)
{
	static const cloudabi_rights_t rights[] = {
		R(FD_READ), R(FD_WRITE), 0, R(FD_SEEK) | R(FD_TELL), REGULAR_BASE,
	};
	cloudabi_fd_t pair[2], sent[50], fds[50];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (size_t i = 0; i < 50; i++) {
		const long fd = dup_limited(FIXTURE_FILE, rights[i % 5], 0);

		ASSERT_LE(0, fd);
		sent[i] = fd;
	}
	EXPECT_EQ(1, send_fds(pair[0], "x", 1, sent, 50));
	EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, 50, 0));
	ASSERT_EQ(50, received.ro_fdslen);
	for (size_t i = 0; i < 50; i++) {
		EXPECT_EQ(rights[i % 5], base_of(fds[i])) TH_LOG("number %zu", i);
		EXPECT_EQ(0, close_fd(fds[i]));
		EXPECT_EQ(0, close_fd(sent[i]));
	}
	EXPECT_EQ(0, close_pair(pair));
}

/* Rights are those at the time of sending. */
TEST(limit_of_the_sender_comes_too_late)
{
	const long sent = dup_fd(FIXTURE_FILE);
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_LE(0, sent);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], sent));
	EXPECT_EQ(0, limit(sent, 0, 0));
	EXPECT_EQ(1, send_fd(pair[0], sent));
	fd = receive_fd(pair[1]);
	EXPECT_EQ(REGULAR_BASE, base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	fd = receive_fd(pair[1]);
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(sent));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(rights_of_the_socket_do_not_matter)
{
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(0, limit(pair[0], R(FD_WRITE), 0));
	EXPECT_EQ(0, limit(pair[1], R(FD_READ), 0));
	EXPECT_EQ(1, send_fd(pair[0], FIXTURE_DIR));
	fd = receive_fd(pair[1]);
	EXPECT_EQ(DIRECTORY_BASE, base_of(fd));
	EXPECT_EQ(DIRECTORY_INHERITING, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
}

/* Passing a descriptor through many sockets restores no rights. */
TEST(rights_are_not_restored_on_the_way)
{
	long fd = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ));
	cloudabi_fd_t pair[2];

	for (int i = 0; i < 20; i++) {
		const long sent = fd;

		ASSERT_LE(0, sent);
		ASSERT_EQ(0, make_pair(pair_types[i % 2], pair));
		ASSERT_EQ(1, send_fd(pair[0], sent));
		fd = receive_fd(pair[1]);
		ASSERT_LE(0, fd);
		ASSERT_EQ(R(FILE_OPEN), base_of(fd));
		ASSERT_EQ(R(FD_READ), inheriting_of(fd));
		ASSERT_EQ(0, close_fd(sent));
		ASSERT_EQ(0, close_pair(pair));
	}
	EXPECT_EQ(0, try_open(fd, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_open(fd, "file", 0, R(FD_WRITE) | R(FD_SEEK)));
	EXPECT_EQ(0, close_fd(fd));
}

/* Descriptors that cannot be sent */

TEST(no_descriptor_in_the_list_is_ebadf_and_nothing_is_sent)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		cloudabi_fd_t pair[2];

		ASSERT_EQ(0, make_pair(pair_types[i], pair));
		for (size_t j = 0; j < ARRAY_SIZE(bad_fds); j++) {
			for (int at = 0; at < 3; at++) {
				cloudabi_fd_t sent[] = { FIXTURE_FILE, FIXTURE_DIR, FIXTURE_FILE };

				sent[at] = bad_fds[j];
				EXPECT_EQ(-CLOUDABI_EBADF, send_fds(pair[0], "abc", 3, sent, 3))
					TH_LOG("fd 0x%x at %d", bad_fds[j], at);
				EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buf, 1, 0))
					TH_LOG("fd 0x%x at %d", bad_fds[j], at);
			}
		}
		EXPECT_EQ(0, close_pair(pair));
	}
}

TEST(descriptors_are_253_at_most)
{
	static cloudabi_fd_t sent[MOST_SENT + 1], fds[MOST_SENT + 1];
	static const size_t too_many[] = {
		MOST_SENT + 1, 0x100000001, 1UL << 32, 1UL << 62, SIZE_MAX,
	};

	for (size_t i = 0; i <= MOST_SENT; i++)
		sent[i] = FIXTURE_FILE;
	for (size_t i = 0; i < ARRAY_SIZE(pair_types); i++) {
		const unsigned int before = count_open() + 2;
		cloudabi_fd_t pair[2];

		ASSERT_EQ(0, make_pair(pair_types[i], pair));
		for (size_t j = 0; j < ARRAY_SIZE(too_many); j++) {
			EXPECT_EQ(-CLOUDABI_EINVAL, send_fds(pair[0], "x", 1, sent, too_many[j]))
				TH_LOG("case %zu", j);
			EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buf, 1, 0));
		}
		EXPECT_EQ(1, send_fds(pair[0], "x", 1, sent, MOST_SENT));
		EXPECT_EQ(1, receive_fds(pair[1], buf, 1, fds, MOST_SENT + 1, 0));
		EXPECT_EQ(MOST_SENT, received.ro_fdslen);
		EXPECT_EQ(0, received.ro_flags);
		EXPECT_EQ(before + MOST_SENT, count_open());
		for (size_t j = 0; j < received.ro_fdslen; j++) {
			EXPECT_EQ(REGULAR_BASE, base_of(fds[j]));
			EXPECT_EQ(0, close_fd(fds[j]));
		}
		EXPECT_EQ(0, close_pair(pair));
	}
}

/* io_uring would allow calls without the checks. */
TEST(what_linux_does_not_pass_is_einval)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(-CLOUDABI_EINVAL, send_fd(pair[0], FIXTURE_IO_URING));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(list_in_bad_memory_is_efault_and_nothing_is_sent)
{
	char *const end = map_edge();
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_TRUE(end);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	memcpy(end - 4, &(cloudabi_fd_t){ FIXTURE_FILE }, 4);
	EXPECT_EQ(-CLOUDABI_EFAULT, send_fds(pair[0], "x", 1, NULL, 1));
	EXPECT_EQ(-CLOUDABI_EFAULT, send_fds(pair[0], "x", 1, BAD_POINTER, 1));
	EXPECT_EQ(-CLOUDABI_EFAULT, send_fds(pair[0], "x", 1, KERNEL_POINTER, 1));
	EXPECT_EQ(-CLOUDABI_EFAULT, send_fds(pair[0], "x", 1, (void *)(end - 4), 2));
	EXPECT_EQ(-CLOUDABI_EFAULT, send_fds(pair[0], "x", 1, (void *)(end - 3), 1));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buf, 1, 0));
	EXPECT_EQ(1, send_fds(pair[0], "x", 1, (void *)(end - 4), 1));
	fd = receive_fd(pair[1]);
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_pair(pair));
	unmap_edge(end);
}

/* Linux would send nothing, and the descriptors would be lost. */
TEST(descriptors_on_a_stream_need_data_to_go_with)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(-CLOUDABI_EINVAL, send_fds(pair[0], "", 0, (cloudabi_fd_t[]){ FIXTURE_FILE }, 1));
	EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(pair));

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	EXPECT_EQ(0, send_fds(pair[0], "", 0, (cloudabi_fd_t[]){ FIXTURE_FILE }, 1));
	EXPECT_EQ(0, close_fd(receive_fd(pair[1])));
	EXPECT_EQ(0, close_pair(pair));
}

TEST(list_of_none_is_not_looked_at)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fds(pair[0], "x", 1, KERNEL_POINTER, 0));
	EXPECT_EQ(1, receive_data(pair[1], buf, 1, 0));
	EXPECT_EQ(0, close_pair(pair));
}

/* Messages that are never received */

TEST(descriptors_in_flight_are_closed_with_the_socket)
{
	for (size_t type = 0; type < ARRAY_SIZE(pair_types); type++) {
		cloudabi_fd_t pair[2], other[2];

		ASSERT_EQ(0, make_pair(pair_types[type], pair));
		ASSERT_EQ(0, make_pair(STREAM, other));
		EXPECT_EQ(1, send_fd(pair[0], other[0]));
		EXPECT_EQ(0, close_fd(other[0]));
		EXPECT_FALSE(ended(other[1]));
		EXPECT_EQ(0, close_pair(pair));
		EXPECT_TRUE(ended(other[1]));
		EXPECT_EQ(0, close_fd(other[1]));
	}
}

/*
 * Each round leaves sockets that only messages in themselves refer to.  The kernel limits
 * descriptors in flight, here to 1024.  If it did not collect these sockets, the limit would be
 * reached soon; the collection takes a moment.
 */
static bool send_patiently(cloudabi_fd_t sock, cloudabi_fd_t fd)
{
	for (int i = 0; i < 100000; i++) {
		if (send_fd(sock, fd) == 1)
			return true;
		cloudabi_sys_thread_yield();
	}
	return false;
}

TEST(socket_sent_over_itself_is_collected)
{
	for (int i = 0; i < 3000; i++) {
		cloudabi_fd_t pair[2];

		ASSERT_EQ(0, make_pair(pair_types[i % 2], pair));
		ASSERT_TRUE(send_patiently(pair[0], pair[1]));
		ASSERT_EQ(0, close_pair(pair));
	}
}

TEST(sockets_sent_over_each_other_are_collected)
{
	for (int i = 0; i < 1500; i++) {
		cloudabi_fd_t one[2], other[2];

		ASSERT_EQ(0, make_pair(STREAM, one));
		ASSERT_EQ(0, make_pair(DGRAM, other));
		ASSERT_TRUE(send_patiently(one[0], other[1]));
		ASSERT_TRUE(send_patiently(other[0], one[1]));
		ASSERT_EQ(0, close_pair(one));
		ASSERT_EQ(0, close_pair(other));
	}
}

/* Other descriptors in the messages of the cycle are closed, too. */
TEST(descriptors_in_a_cycle_are_closed)
{
	cloudabi_fd_t pair[2], other[2];
	bool closed = false;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(0, make_pair(STREAM, other));
	EXPECT_EQ(1, send_fds(pair[0], "x", 1, (cloudabi_fd_t[]){ pair[1], other[0] }, 2));
	EXPECT_EQ(0, close_fd(other[0]));
	EXPECT_EQ(0, close_pair(pair));
	/* Closing a socket starts the garbage collection. */
	for (int i = 0; i < 20000 && !closed; i++) {
		ASSERT_EQ(0, make_pair(STREAM, pair));
		EXPECT_EQ(0, close_pair(pair));
		closed = ended(other[1]);
	}
	EXPECT_TRUE(closed);
	EXPECT_EQ(0, close_fd(other[1]));
}

TEST(socket_received_from_itself_works)
{
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	EXPECT_EQ(1, send_fd(pair[0], pair[1]));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(pair[1]));
	EXPECT_EQ(2, send_data(pair[0], "ok", 2));
	EXPECT_EQ(2, receive_data(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(ended(pair[0]));
	EXPECT_EQ(0, close_fd(pair[0]));
}

TEST(again_and_again)
{
	const unsigned int before = count_open();
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (int i = 0; i < 3000; i++) {
		long fd;

		ASSERT_EQ(1, send_fd(pair[0], i % 2 ? FIXTURE_FILE : FIXTURE_DIR));
		fd = receive_fd(pair[1]);
		ASSERT_LE(0, fd);
		ASSERT_EQ(i % 2 ? REGULAR_BASE : DIRECTORY_BASE, base_of(fd));
		ASSERT_EQ(0, close_fd(fd));
	}
	EXPECT_EQ(0, close_pair(pair));
	EXPECT_EQ(before, count_open());
}

TEST_HARNESS_MAIN
