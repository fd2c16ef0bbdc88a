/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: descriptors with more rights than before
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_GROWTH_H
#define SELFTESTS_CLOUDABI_HOSTILE_GROWTH_H

#include "attempt.h"
#include "proc.h"

ATTEMPT(truncate_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_STAT_FPUT_SIZE));

	TEMP_FILE(temp);
	STOPPED(try_open(dir, "temp", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_open(dir, "temp", CLOUDABI_O_TRUNC, R(FD_READ)));
	UNTOUCHED();
}

ATTEMPT(write_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_WRITE));

	TEMP_FILE(temp);
	STOPPED(write_by_open_of(dir, "temp"));
	UNTOUCHED();
}

ATTEMPT(read_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_READ));

	TEMP_FILE(temp);
	EXPECT_FALSE(has_text(dir, "temp", FIXTURE_TEXT));
}

/* The file system would make synchronous writes wait for the device. */
ATTEMPT(open_synchronously_without_right, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_SYNC) | R(FD_DATASYNC));
	long fd;

	TEMP_FILE(temp);
	fd = open_path(dir, 0, "temp", 4, 0, CLOUDABI_FDFLAG_SYNC, R(FD_WRITE) | R(FD_SEEK), 0);
	STOPPED(fd);
	close_fd(fd);
}

/* The call itself may succeed; only the rights of the new descriptor matter. */
static void check_no_growth(struct test_metadata *_metadata, long fd, cloudabi_rights_t lost)
{
	if (fd < 0)
		return;
	EXPECT_EQ(0, (base_of(fd) | inheriting_of(fd)) & lost);
	close_fd(fd);
}

ATTEMPT(grow_by_open_of_dot, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_UNLINK) | R(FD_WRITE) | R(PROC_EXEC));

	check_no_growth(_metadata, open_whole_dir(dir, "."), R(FILE_UNLINK) | R(FD_WRITE));
	check_no_growth(_metadata, open_whole_dir(dir, "dir/.."), R(FILE_UNLINK) | R(PROC_EXEC));
}

ATTEMPT(grow_by_open_of_file, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_ADVISE) | R(PROC_EXEC));

	check_no_growth(_metadata, open_at(dir, "file", 0, R(FILE_ADVISE)), R(FILE_ADVISE));
	check_no_growth(_metadata, open_at(dir, "program", 0, R(PROC_EXEC)), R(PROC_EXEC));
}

ATTEMPT(grow_by_fd_stat_put, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	STOPPED(limit(fd, REGULAR_BASE, 0));
	STOPPED(limit(fd, R(FD_WRITE), 0));
	STOPPED(limit(fd, base_of(fd), ~0ULL));
	EXPECT_EQ(REGULAR_BASE & ~R(FD_WRITE), base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
}

ATTEMPT(grow_by_fd_dup, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	SCOPED_FD(copy, dup_fd(fd));

	EXPECT_EQ(0, base_of(copy) & R(FD_WRITE));
	STOPPED(limit(copy, REGULAR_BASE, 0));
}

ATTEMPT(grow_by_fd_replace, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	SCOPED_FD(full, dup_fd(FIXTURE_FILE));

	/* The number had the right; the new file under the number lacks it. */
	EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(fd, full));
	EXPECT_EQ(0, base_of(full) & R(FD_WRITE));
	/* Onto itself. */
	EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(fd, fd));
	EXPECT_EQ(0, base_of(fd) & R(FD_WRITE));
}

/* A number keeps no rights of the descriptor that was closed under it. */
ATTEMPT(grow_by_number, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	const long full = dup_fd(FIXTURE_FILE);
	long again;

	ASSERT_LE(0, full);
	EXPECT_EQ(0, close_fd(full));
	again = dup_fd(fd);
	EXPECT_EQ(full, again);
	EXPECT_EQ(0, base_of(again) & R(FD_WRITE));
	close_fd(again);
}

ATTEMPT(grow_by_socket, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[0], fd));
	again = receive_fd(pair[1]);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) & R(FD_WRITE));
	close_fd(again);
	close_pair(pair);
}

/* A socket in its own queue, with its own rights. */
ATTEMPT(grow_by_socket_in_itself, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	WITHOUT(fd, pair[1], R(FD_WRITE) | R(FILE_STAT_FGET));
	ASSERT_EQ(1, send_fd(pair[0], fd));
	again = receive_fd(fd);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) & (R(FD_WRITE) | R(FILE_STAT_FGET)));
	close_fd(again);
	close_pair(pair);
}

ATTEMPT(grow_by_proc_fork, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(!(base_of(fd) & R(FD_WRITE)))));
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(limit(fd, REGULAR_BASE, 0) < 0)));
}

/* Orders that this program follows if it finds one in its argument data. */
enum { ORDER_RIGHTS = 1, ORDER_UID, ORDER_OPEN, ORDER_VDSO };

struct order {
	char nul;
	char what;
	char end[2];
};

/* Runs this program with descriptors and an order; returns how it ends. */
static long run_order(cloudabi_fd_t program, char what, const cloudabi_fd_t *fds, size_t n)
{
	const struct order order = { .what = what, .end = "!!" };

	return IN_CHILD(cloudabi_exit(1000 + cloudabi_sys_proc_exec(program, &order,
								    sizeof(order), fds, n)));
}

ATTEMPT(grow_by_proc_exec, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	EXPECT_EQ(EXITED(0), run_order(FIXTURE_IMAGE, ORDER_RIGHTS,
				       (const cloudabi_fd_t[]){ fd, fd }, 2));
}

/*
 * Other descriptors of the process have more rights; the new program must not get
 * them.
 */
ATTEMPT(smuggle_through_proc_exec, GATE)
{
	EXPECT_EQ(EXITED(2), run_order(FIXTURE_IMAGE, ORDER_OPEN,
				       (const cloudabi_fd_t[]){ FIXTURE_FILE, FIXTURE_PROC }, 2));
}

struct race_rights {
	uint32_t stop;
	cloudabi_fd_t from, to;
};

static void dup_on_and_on(void *arg)
{
	struct race_rights *const race = arg;

	while (!__atomic_load_n(&race->stop, __ATOMIC_SEQ_CST))
		cloudabi_sys_fd_replace(race->from, race->to);
}

/*
 * A duplicate made while rights are removed has the old or the new rights; a later
 * duplicate has the new rights.
 */
ATTEMPT(grow_by_race, GATE)
{
	struct race_rights race = { .stop = 0 };

	for (int i = 0; i < 50; i++) {
		SCOPED_FD(from, dup_fd(FIXTURE_FILE));
		SCOPED_FD(to, dup_fd(FIXTURE_FILE));

		race = (struct race_rights){ .from = from, .to = to };
		ASSERT_EQ(0, helper_start(&helper, dup_on_and_on, &race));
		EXPECT_EQ(0, limit(from, R(FD_READ), 0));
		EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(from, to));
		EXPECT_EQ(R(FD_READ), base_of(from));
		EXPECT_EQ(R(FD_READ), base_of(to));
		STOPPED(limit(to, REGULAR_BASE, 0));
		__atomic_store_n(&race.stop, 1, __ATOMIC_SEQ_CST);
		helper_join(&helper);
	}
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_GROWTH_H */
