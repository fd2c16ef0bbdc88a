/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: arguments that change while a call reads them
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_RACES_H
#define SELFTESTS_CLOUDABI_HOSTILE_RACES_H

#include "attempt.h"

static char flipping[32];

static void flip_name(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		__builtin_memcpy(flipping, "link_dir/file", 13);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		__builtin_memcpy(flipping, "../../outside", 13);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
}

ATTEMPT(change_name_in_flight, NAMES)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;
	char text[64];

	ASSERT_EQ(0, helper_start(&helper, flip_name, &stop));
	while (now() < end) {
		const long fd = open_path(FIXTURE_DIR, 0, flipping, 13, 0, 0, R(FD_READ), 0);

		if (fd < 0)
			continue;
		EXPECT_EQ(FIXTURE_TEXT_LEN, read_fd(fd, text, sizeof(text)));
		close_fd(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
}

static cloudabi_fdstat_t request;

static void flip_request(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&request.fs_rights_base, R(FD_READ), __ATOMIC_SEQ_CST);
		__atomic_store_n(&request.fs_rights_base, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK),
				 __ATOMIC_SEQ_CST);
	}
}

ATTEMPT(change_request_in_flight, BOTH)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;

	TEMP_FILE(temp);
	SCOPED_FD(dir, dup_limited(FIXTURE_DIR, DIRECTORY_BASE, R(FD_READ) | R(FD_SEEK)));
	request = (cloudabi_fdstat_t){ 0 };
	ASSERT_EQ(0, helper_start(&helper, flip_request, &stop));
	while (now() < end) {
		cloudabi_fd_t fd;

		if (cloudabi_sys_file_open(cloudabi_lookup(dir, 0), "temp", 4, 0,
					   &request, &fd))
			continue;
		STOPPED(write_fd(fd, "x", 1));
		close_fd(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	UNTOUCHED();
}

struct swap {
	uint32_t stop;
	cloudabi_fd_t target, read, write;
};

static void swap_descriptor(void *arg)
{
	struct swap *const swap = arg;

	while (!__atomic_load_n(&swap->stop, __ATOMIC_SEQ_CST)) {
		cloudabi_sys_fd_replace(swap->read, swap->target);
		cloudabi_sys_fd_replace(swap->write, swap->target);
	}
}

/* The rights of one descriptor must not apply to the file of another. */
ATTEMPT(swap_descriptor_in_flight, BOTH)
{
	const cloudabi_timestamp_t end = now() + RACE;
	struct swap swap = { .stop = 0 };

	TEMP_FILE(temp);
	WITHOUT(read_only, temp, R(FD_WRITE));
	SCOPED_FD(target, dup_fd(FIXTURE_NULL_DEVICE));
	swap.read = read_only;
	swap.write = FIXTURE_NULL_DEVICE;
	swap.target = target;
	ASSERT_EQ(0, helper_start(&helper, swap_descriptor, &swap));
	while (now() < end)
		write_fd(target, "x", 1);
	__atomic_store_n(&swap.stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	UNTOUCHED();
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_RACES_H */
