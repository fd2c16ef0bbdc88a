// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - sock_send and sock_recv: descriptors
 */

#include "sockcalls.h"

static char buf[4096];

/* Returns true if every descriptor of the other end is closed. */
static bool ended(cloudabi_fd_t sock)
{
	char byte;

	return !receive_data(sock, &byte, 1, PEEK);
}

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
