// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Rights while other threads change them
 *
 * These tests are arranged so that some outcomes are impossible however calls
 * interleave.  For example, a number refers either to a file that may only be
 * read or to another that may only be written, so the first file must keep its
 * contents.  Other threads try to make a call mix up the two.
 *
 * The arguments "-s SECONDS" (CLOUDABI_TEST_SECONDS for the launcher) set how
 * long the longest tests run.
 */

#include "workers.h"

/* The files of the first race */

#define CONTENTS 256
#define MAY_READ (R(FD_READ) | R(FD_SEEK))
#define MAY_WRITE (R(FD_WRITE) | R(FD_SEEK))
#define MAY_UNLINK (R(FILE_OPEN) | R(FILE_UNLINK))

/*
 * The numbers that all threads use.  They, and all numbers that are assigned meanwhile, can
 * only refer to a file that may be read, a file that may be written, and directories in which
 * file_open() returns one of the two.  Nothing else is opened during the race.
 */
#define NUMBERS 6

static cloudabi_fd_t numbers[NUMBERS];
static cloudabi_fd_t sources[4];
static cloudabi_fd_t full_x;
static cloudabi_fd_t courier[2];

static cloudabi_fd_t any_number(struct worker *worker)
{
	return numbers[pick(&worker->tally, NUMBERS)];
}

static cloudabi_fd_t any_source(struct worker *worker)
{
	return sources[pick(&worker->tally, ARRAY_SIZE(sources))];
}

static bool within(cloudabi_rights_t some, cloudabi_rights_t all)
{
	return !(some & ~all);
}

/* Type and rights belong to the same descriptor table entry. */
static bool is_possible(const cloudabi_fdstat_t *stat)
{
	const cloudabi_rights_t base = stat->fs_rights_base;
	const cloudabi_rights_t inheriting = stat->fs_rights_inheriting;

	if (stat->fs_filetype == CLOUDABI_FILETYPE_REGULAR_FILE)
		return (within(base, MAY_READ) || within(base, MAY_WRITE)) && !inheriting;
	if (stat->fs_filetype != CLOUDABI_FILETYPE_DIRECTORY || !within(base, MAY_UNLINK))
		return false;
	return within(inheriting, MAY_WRITE) ||
	       (within(inheriting, MAY_READ) && !(base & R(FILE_UNLINK)));
}

static bool is_refusal(long result)
{
	return result == -CLOUDABI_EBADF || result == -CLOUDABI_ENOTCAPABLE;
}

static void check_stat(struct worker *worker, cloudabi_fd_t fd)
{
	cloudabi_fdstat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_fd_stat_get(fd, &stat);

	if (error)
		MUST(error == CLOUDABI_EBADF, error);
	else
		MUST(is_possible(&stat), stat.fs_rights_base);
}

static void try_read(struct worker *worker, cloudabi_fd_t fd)
{
	const unsigned int offset = pick(&worker->tally, CONTENTS);
	const bool at = pick(&worker->tally, 2);
	char byte = 0;
	const long result = at ? pread_fd(fd, &byte, 1, offset) : read_fd(fd, &byte, 1);

	if (result < 0) {
		MUST(is_refusal(result), result);
	} else if (result == 1) {
		/* The contents of the file that may be written are never seen. */
		MUST(byte == 'x', byte);
		worker->tally.good++;
	} else {
		seek_fd(fd, 0, CLOUDABI_WHENCE_SET);
	}
}

static void try_write(struct worker *worker, cloudabi_fd_t fd)
{
	const unsigned int offset = pick(&worker->tally, CONTENTS);
	const long result = pick(&worker->tally, 2) ? pwrite_fd(fd, "w", 1, offset) :
						      write_fd(fd, "w", 1);

	if (result < 0)
		MUST(is_refusal(result), result);
	else
		worker->tally.good++;
	if (!pick(&worker->tally, 16))
		seek_fd(fd, 0, CLOUDABI_WHENCE_SET);
}

static void replacer(struct worker *worker)
{
	while (!stopped()) {
		const long result = -(long)cloudabi_sys_fd_replace(any_source(worker),
								   any_number(worker));

		MUST(!result || result == -CLOUDABI_EBADF, result);
		worker->tally.good += !result;
	}
}

static void closer(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t fd = any_number(worker);
		long result = close_fd(fd);

		MUST(!result || result == -CLOUDABI_EBADF, result);
		/*
		 * Replace the closed descriptor, so that the number of open descriptors stays
		 * the same.
		 */
		if (!result) {
			result = dup_fd(any_source(worker));
			MUST(result >= 0, result);
			worker->tally.good++;
		}
		result = dup_fd(any_number(worker));
		if (result >= 0) {
			check_stat(worker, result);
			close_fd(result);
		} else {
			MUST(result == -CLOUDABI_EBADF, result);
		}
		/*
		 * If a descriptor was closed while it was being replaced, a further number is
		 * open: close it.
		 */
		for (cloudabi_fd_t other = numbers[NUMBERS - 1] + 1; other < FIXTURE_FAR; other++)
			if (close_fd(other))
				break;
	}
}

static void limiter(struct worker *worker)
{
	static const struct {
		cloudabi_rights_t base, inheriting;
		bool possible;
	} limits[] = {
		{ MAY_READ, 0, true },
		{ MAY_WRITE, 0, true },
		{ R(FILE_OPEN), MAY_READ, true },
		{ R(FILE_OPEN), MAY_WRITE, true },
		{ R(FD_READ), 0, true },
		{ R(FD_WRITE), 0, true },
		{ MAY_READ | MAY_WRITE, 0, false },
		{ R(FD_READ) | R(FILE_OPEN), 0, false },
		{ R(FILE_OPEN), R(FD_READ) | R(FD_WRITE), false },
		{ MAY_UNLINK, R(FD_READ), false },
		{ REGULAR_BASE, 0, false },
	};

	while (!stopped()) {
		const unsigned int i = pick(&worker->tally, ARRAY_SIZE(limits));
		const cloudabi_fd_t fd = any_number(worker);
		const long result = limit(fd, limits[i].base, limits[i].inheriting);

		if (result) {
			MUST(is_refusal(result), result);
		} else {
			MUST(limits[i].possible, i);
			worker->tally.good++;
		}
		check_stat(worker, fd);
	}
}

static void reader(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t fd = any_number(worker);
		long result;

		try_read(worker, fd);
		result = open_at(fd, "f", 0, MAY_READ);
		if (result >= 0) {
			check_stat(worker, result);
			try_read(worker, result);
			close_fd(result);
		} else {
			MUST(is_refusal(result), result);
		}
	}
}

static void writer(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t fd = any_number(worker);
		long result;

		try_write(worker, fd);
		result = open_at(fd, "f", 0, MAY_WRITE);
		if (result >= 0) {
			try_write(worker, result);
			close_fd(result);
		} else {
			MUST(is_refusal(result), result);
		}
		result = -(long)cloudabi_sys_file_unlink(fd, "victim", 6, 0);
		MUST(!result || result == -CLOUDABI_ENOENT || is_refusal(result), result);
	}
}

static void passer(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t fd = any_number(worker);
		long result = send_fds(courier[0], "p", 1, &fd, 1);

		MUST(result == 1 || result == -CLOUDABI_EBADF, result);
		if (result != 1)
			continue;
		result = receive_fd(courier[1]);
		MUST(result >= 0, result);
		if (result < 0)
			continue;
		check_stat(worker, result);
		if (pick(&worker->tally, 2))
			try_read(worker, result);
		else
			try_write(worker, result);
		close_fd(result);
		worker->tally.good++;
	}
}

/* Opens nothing, since a new descriptor could get one of the numbers. */
static void judge(struct worker *worker)
{
	cloudabi_filestat_t stat;
	char buf[CONTENTS];

	MUST(pread_fd(full_x, buf, CONTENTS, 0) == CONTENTS, 0);
	for (int i = 0; i < CONTENTS; i++)
		MUST(buf[i] == 'x', buf[i]);
	MUST(seek_fd(full_x, 0, CLOUDABI_WHENCE_END) == CONTENTS, 0);
	seek_fd(full_x, 0, CLOUDABI_WHENCE_SET);
	MUST(!cloudabi_sys_file_stat_get(cloudabi_lookup(FIXTURE_DIR, 0), "p/victim", 8, &stat), 0);
	cloudabi_sys_file_link(cloudabi_lookup(FIXTURE_DIR, 0), "q/f", 3, FIXTURE_DIR, "q/victim",
			       8);
}

static long link_in(const char *from, const char *to)
{
	return -(long)cloudabi_sys_file_link(cloudabi_lookup(FIXTURE_DIR, 0), from, strlen(from),
					     FIXTURE_DIR, to, strlen(to));
}

TEST(no_right_is_used_that_no_descriptor_had)
{
	static job_t *const jobs[WORKERS] = {
		replacer, closer, limiter, reader, writer, passer,
	};
	static char text[CONTENTS + 1];
	unsigned int before;
	long fd;

	/* Start the threads first, so that their own descriptors come before the numbers. */
	while (n_workers < WORKERS) {
		ASSERT_EQ(0, start_worker(n_workers));
		n_workers++;
	}
	before = count_open();
	memset(text, 'x', CONTENTS);
	fd = make_file("x", text);
	ASSERT_LE(0, fd);
	full_x = fd;
	memset(text, 'y', CONTENTS);
	fd = make_file("y", text);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, make_dir("p"));
	EXPECT_EQ(0, make_dir("q"));
	EXPECT_EQ(0, link_in("x", "p/f"));
	EXPECT_EQ(0, link_in("x", "p/victim"));
	EXPECT_EQ(0, link_in("y", "q/f"));
	sources[0] = dup_limited(full_x, MAY_READ, 0);
	sources[1] = dup_limited(fd, MAY_WRITE, 0);
	sources[2] = open_dir("p", R(FILE_OPEN), MAY_READ);
	sources[3] = open_dir("q", MAY_UNLINK, MAY_WRITE);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		ASSERT_TRUE(is_open(sources[i]));
	ASSERT_EQ(0, make_pair(STREAM, courier));
	for (int i = 0; i < NUMBERS; i++) {
		const long number = dup_fd(sources[i % ARRAY_SIZE(sources)]);

		ASSERT_LE(0, number);
		numbers[i] = number;
	}

	race(_metadata, jobs, judge, duration());
	judge(&workers[0]);
	EXPECT_EQ(0, workers[0].tally.bad);

	for (cloudabi_fd_t other = numbers[0]; other < FIXTURE_FAR; other++)
		close_fd(other);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		EXPECT_EQ(0, close_fd(sources[i]));
	EXPECT_EQ(0, close_pair(courier));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(full_x));
	EXPECT_EQ(before, count_open());
}

/* A number that is replaced all the time is always open. */

static cloudabi_fd_t steady, steady_dir;

static void steady_replacer(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t from = sources[pick(&worker->tally, 2)];
		long result = -(long)cloudabi_sys_fd_replace(from, steady);

		MUST(!result, result);
		result = -(long)cloudabi_sys_fd_replace(sources[2 + pick(&worker->tally, 2)],
							steady_dir);
		MUST(!result, result);
		worker->tally.good++;
	}
}

static void steady_reader(struct worker *worker)
{
	while (!stopped()) {
		char byte = 0;
		long result = pread_fd(steady, &byte, 1, 0);

		MUST(result == 1 && (byte == 'x' || byte == 'y'), result);
		result = write_fd(steady, "w", 1);
		MUST(result == -CLOUDABI_ENOTCAPABLE, result);
		worker->tally.good++;
	}
}

static void steady_user(struct worker *worker)
{
	while (!stopped()) {
		long result = dup_fd(steady);

		MUST(result >= 0, result);
		close_fd(result);
		MUST(is_open(steady), 0);
		result = limit(steady, MAY_READ, 0);
		MUST(!result, result);
		result = try_open(steady_dir, "f", 0, MAY_READ);
		MUST(!result, result);
		worker->tally.good++;
	}
}

static void steady_passer(struct worker *worker)
{
	while (!stopped()) {
		long result = send_fds(courier[0], "p", 1, &steady, 1);

		MUST(result == 1, result);
		if (result != 1)
			continue;
		result = receive_fd(courier[1]);
		MUST(result >= 0, result);
		MUST(base_of(result) == MAY_READ, result);
		close_fd(result);
		worker->tally.good++;
	}
}

TEST(number_that_is_replaced_is_never_closed)
{
	static job_t *const jobs[WORKERS] = {
		steady_replacer, steady_replacer, steady_reader, steady_user, steady_passer,
		steady_reader,
	};

	EXPECT_EQ(0, close_fd(make_file("sx", "x")));
	EXPECT_EQ(0, close_fd(make_file("sy", "y")));
	EXPECT_EQ(0, make_dir("sp"));
	EXPECT_EQ(0, make_dir("sq"));
	EXPECT_EQ(0, link_in("sx", "sp/f"));
	EXPECT_EQ(0, link_in("sy", "sq/f"));
	sources[0] = open_at(FIXTURE_DIR, "sx", 0, MAY_READ);
	sources[1] = open_at(FIXTURE_DIR, "sy", 0, MAY_READ);
	sources[2] = open_dir("sp", R(FILE_OPEN), MAY_READ);
	sources[3] = open_dir("sq", R(FILE_OPEN), MAY_READ);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		ASSERT_TRUE(is_open(sources[i]));
	ASSERT_EQ(0, make_pair(STREAM, courier));
	steady = dup_fd(sources[0]);
	steady_dir = dup_fd(sources[2]);

	race(_metadata, jobs, rest, duration() / 3);

	EXPECT_EQ(0, close_fd(steady));
	EXPECT_EQ(0, close_fd(steady_dir));
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		EXPECT_EQ(0, close_fd(sources[i]));
	EXPECT_EQ(0, close_pair(courier));
}

/* A closed number is only reopened by a thread that is assigned it. */

static cloudabi_fd_t fleeting;

static void fleeting_replacer(struct worker *worker)
{
	while (!stopped()) {
		const cloudabi_fd_t fd = __atomic_load_n(&fleeting, __ATOMIC_ACQUIRE);
		const cloudabi_fd_t from = sources[pick(&worker->tally, 2)];
		const long result = -(long)cloudabi_sys_fd_replace(from, fd);

		MUST(!result || result == -CLOUDABI_EBADF, result);
		worker->tally.good += !result;
	}
}

/* The only thread that opens anything. */
static void fleeting_owner(struct worker *worker)
{
	while (!stopped()) {
		const long fd = dup_fd(sources[pick(&worker->tally, 2)]);
		long result;

		MUST(fd >= 0, fd);
		__atomic_store_n(&fleeting, fd, __ATOMIC_RELEASE);
		for (unsigned int i = pick(&worker->tally, 20); i; i--)
			MUST(is_open(fd), fd);
		result = close_fd(fd);
		MUST(!result, result);
		for (unsigned int i = pick(&worker->tally, 20); i; i--)
			MUST(!is_open(fd), fd);
		result = close_fd(fd);
		MUST(result == -CLOUDABI_EBADF, result);
		worker->tally.good++;
	}
}

TEST(number_that_is_closed_is_not_opened_by_replacing_it)
{
	static job_t *const jobs[WORKERS] = {
		fleeting_owner, fleeting_replacer, fleeting_replacer, fleeting_replacer,
		fleeting_replacer, fleeting_replacer,
	};

	sources[0] = FIXTURE_FILE;
	sources[1] = FIXTURE_DIR;
	fleeting = FIXTURE_NONE;
	race(_metadata, jobs, rest, duration() / 3);
}

TEST_HARNESS_MAIN
