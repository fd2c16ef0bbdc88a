/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: descriptors that the program was not given
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_DESCRIPTORS_H
#define SELFTESTS_CLOUDABI_HOSTILE_DESCRIPTORS_H

#include "attempt.h"

static bool is_given(cloudabi_fd_t fd)
{
	switch (fd) {
#define GIVEN(fd, ...) case fd:
	FIXTURE_ROWS(GIVEN)
#undef GIVEN
	case 0 ... 2:
		return true;
	default:
		return false;
	}
}

ATTEMPT(find_descriptors_of_the_launcher, GATE)
{
	cloudabi_filestat_t stat;
	char byte;

	for (cloudabi_fd_t fd = 0; fd < 4096; fd++) {
		if (is_given(fd))
			continue;
		EXPECT_FALSE(is_open(fd)) TH_LOG("%u", fd);
		EXPECT_EQ(-CLOUDABI_EBADF, dup_fd(fd));
		EXPECT_EQ(-CLOUDABI_EBADF, read_fd(fd, &byte, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, stat_fd(fd, &stat));
		EXPECT_EQ(-CLOUDABI_EBADF, try_open(fd, ".", 0, 0));
	}
}

/*
 * AT_FDCWD, numbers that the kernel uses internally for directories, and other
 * negative numbers.
 */
static const cloudabi_fd_t odd_numbers[] = {
	-100, -1, -2, -9, -1000, -1001, -1002, -1003, 0x80000000, 0x80000003, 0x7fffffff,
	0x10000, 0x40000003,
};

ATTEMPT(use_numbers_for_directories, GATE)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd_numbers); i++)
		FOR_EACH_NAMING(naming)
			EXPECT_EQ(-CLOUDABI_EBADF, naming->fn(odd_numbers[i], "file", 4))
				TH_LOG("%s: %d", naming->name, odd_numbers[i]);
}

ATTEMPT(use_numbers_for_descriptors, GATE)
{
	cloudabi_fd_t pair[2];
	char byte;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (size_t i = 0; i < ARRAY_SIZE(odd_numbers); i++) {
		const cloudabi_fd_t fd = odd_numbers[i];

		EXPECT_EQ(-CLOUDABI_EBADF, dup_fd(fd));
		EXPECT_EQ(-CLOUDABI_EBADF, read_fd(fd, &byte, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, send_fd(pair[0], fd));
		EXPECT_EQ(-CLOUDABI_EBADF, map(fd, P_READ, M_SHARED));
		EXPECT_EQ(-CLOUDABI_EBADF, -(long)cloudabi_sys_fd_replace(FIXTURE_FILE, fd));
		EXPECT_EQ(-CLOUDABI_EBADF,
			  -(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, &fd, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, -(long)cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0));
	}
	close_pair(pair);
}

/*
 * Linux has descriptors of objects for which CloudABI has no calls: they get no
 * rights.
 */
static void check_useless(struct test_metadata *_metadata, cloudabi_fd_t fd)
{
	cloudabi_filestat_t found;
	char buf[64] = "";

	EXPECT_EQ(0, base_of(fd) | inheriting_of(fd));
	STOPPED(read_fd(fd, buf, sizeof(buf)));
	STOPPED(pread_fd(fd, buf, sizeof(buf), 0));
	STOPPED(write_fd(fd, buf, sizeof(buf)));
	STOPPED(pwrite_fd(fd, buf, sizeof(buf), 0));
	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(fd, P_READ | P_EXEC, M_PRIVATE));
	STOPPED(send_data(fd, buf, 1));
	STOPPED(receive_data(fd, buf, 1, 0));
	STOPPED(shut(fd, CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR));
	STOPPED(set_flags(fd, CLOUDABI_FDFLAG_NONBLOCK));
	STOPPED(stat_fd(fd, &found));
	STOPPED(resize_fd(fd, 0));
	STOPPED(readdir_fd(fd, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START));
	STOPPED(try_open(fd, ".", 0, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0));
}

ATTEMPT(signal_through_pidfd, BOTH) { check_useless(_metadata, FIXTURE_PID); }
ATTEMPT(submit_to_io_uring, BOTH) { check_useless(_metadata, FIXTURE_IO_URING); }
ATTEMPT(change_bpf_map, BOTH) { check_useless(_metadata, FIXTURE_BPF); }
ATTEMPT(count_by_perf_event, BOTH) { check_useless(_metadata, FIXTURE_PERF); }
ATTEMPT(talk_to_netlink, BOTH) { check_useless(_metadata, FIXTURE_NETLINK); }
ATTEMPT(enter_namespace, BOTH) { check_useless(_metadata, FIXTURE_NAMESPACE); }
ATTEMPT(read_secret_memory, BOTH) { check_useless(_metadata, FIXTURE_SECRET); }
ATTEMPT(serve_page_faults, BOTH) { check_useless(_metadata, FIXTURE_USERFAULT); }
ATTEMPT(wait_by_epoll, BOTH) { check_useless(_metadata, FIXTURE_EPOLL); }
ATTEMPT(count_eventfd, BOTH) { check_useless(_metadata, FIXTURE_EVENT); }
ATTEMPT(arm_timerfd, BOTH) { check_useless(_metadata, FIXTURE_TIMER); }
ATTEMPT(take_signals, BOTH) { check_useless(_metadata, FIXTURE_SIGNAL); }
ATTEMPT(watch_names, BOTH) { check_useless(_metadata, FIXTURE_INOTIFY); }

/* Calls that need one of several rights, on descriptors that have none of them. */
static const cloudabi_fd_t useless[] = {
	FIXTURE_PID, FIXTURE_IO_URING, FIXTURE_BPF, FIXTURE_PERF, FIXTURE_NETLINK,
	FIXTURE_NAMESPACE, FIXTURE_SECRET, FIXTURE_USERFAULT, FIXTURE_EPOLL, FIXTURE_EVENT,
	FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_INOTIFY, FIXTURE_SEQPACKET,
};

ATTEMPT(wait_for_things_without_rights, BOTH)
{
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		STOPPED(look(READ, useless[i])) TH_LOG("%u", useless[i]);
		STOPPED(look(WRITE, useless[i])) TH_LOG("%u", useless[i]);
		STOPPED(end_within(useless[i], MS)) TH_LOG("%u", useless[i]);
	}
}

ATTEMPT(seek_in_things_without_rights, BOTH)
{
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		STOPPED(seek_fd(useless[i], 0, CLOUDABI_WHENCE_SET)) TH_LOG("%u", useless[i]);
		STOPPED(tell_fd(useless[i])) TH_LOG("%u", useless[i]);
	}
}

/* Inodes internal to the kernel: no hook protects these. */
ATTEMPT(set_times_of_things_without_rights, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };

	for (size_t i = 0; i < ARRAY_SIZE(useless); i++)
		STOPPED(put_fd(useless[i], &stat, CLOUDABI_FILESTAT_MTIM))
			TH_LOG("%u", useless[i]);
}

/* A descriptor without rights gains none when it passes through a socket. */
ATTEMPT(give_rights_to_pidfd, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	STOPPED(limit(FIXTURE_PID, R(FD_READ), 0));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[0], FIXTURE_PID));
	again = receive_fd(pair[1]);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) | inheriting_of(again));
	close_fd(again);
	close_pair(pair);
	EXPECT_TRUE(launcher_lives());
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_DESCRIPTORS_H */
