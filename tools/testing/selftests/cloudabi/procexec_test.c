// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - proc_exec
 *
 * The tests execute this program again.  Argument data that start with an order
 * tell it what to do instead of testing.
 */

#include "proccalls.h"

#include "filecalls.h"

/* The executed program */

enum role {
	ROLE_EXIT,	/* with the value */
	ROLE_REPORT,	/* writes a struct report to descriptor 0, and exits with the value */
	ROLE_COUNT,	/* exits with 0 if all of the rest counts up */
	ROLE_SLEEP,
	ROLE_AGAIN,	/* executes descriptor 0, the value counted down to 0 */
	ROLE_WAIT,	/* exits with the exit code of the process in descriptor 0 */
	ROLE_WRITE,	/* writes a byte to descriptor 0, and exits with 0, or 1 and the errno */
	ROLE_THREADS,	/* exits with the value from a second thread */
};

static const char magic[8] = "\0order\n";

struct order {
	char magic[8];
	uint32_t role;
	uint32_t value;
	unsigned char rest[];
};

#define REPORTED 16

struct report {
	unsigned int open;
	cloudabi_fdstat_t stats[REPORTED];
	cloudabi_inode_t inodes[REPORTED];
	unsigned char pid[16];
	char canary[64];
	size_t canary_len;
	cloudabi_tid_t tid;
	size_t argdata_len;
};

/* The exit code of a program without argument data. */
#define NO_DATA 0x600d600d

static __attribute__((__noreturn__)) void report(const struct cloudabi_start *start,
						 uint32_t value)
{
	static struct report report;

	report.open = count_open();
	for (cloudabi_fd_t fd = 0; fd < REPORTED; fd++) {
		cloudabi_filestat_t stat = { 0 };

		report.stats[fd] = stat_of(fd);
		cloudabi_sys_file_stat_fget(fd, &stat);
		report.inodes[fd] = stat.st_ino;
	}
	memcpy(report.pid, start->pid, sizeof(report.pid));
	memcpy(report.canary, start->canary, sizeof(report.canary));
	report.canary_len = start->canary_len;
	report.tid = start->tid;
	report.argdata_len = start->argdata_len;
	CHECK_OR_EXIT(write_fd(0, &report, sizeof(report)) == sizeof(report));
	cloudabi_exit(value);
}

static void count_up(unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = i ^ i >> 8 ^ i >> 16;
}

/* The data end in a NUL that is not counted, and are aligned for numbers. */
static bool counts_up(const struct cloudabi_start *start)
{
	const struct order *const order = start->argdata;
	const size_t len = start->argdata_len - sizeof(*order);

	for (size_t i = 0; i < len; i++)
		if (order->rest[i] != (unsigned char)(i ^ i >> 8 ^ i >> 16))
			return false;
	return !order->rest[len] && (uintptr_t)start->argdata % 8 == 0;
}

static void exit_with(void *arg)
{
	cloudabi_exit((uintptr_t)arg);
}

static __attribute__((__noreturn__)) void obey(const struct cloudabi_start *start)
{
	struct order order = *(const struct order *)start->argdata;
	static struct helper helper;

	switch (order.role) {
	case ROLE_EXIT:
		cloudabi_exit(order.value);
	case ROLE_REPORT:
		report(start, order.value);
	case ROLE_COUNT:
		cloudabi_exit(counts_up(start) ? 0 : 1);
	case ROLE_SLEEP:
		sleep_forever();
	case ROLE_AGAIN:
		if (!order.value--)
			cloudabi_exit(0x33333333);
		cloudabi_exit(cloudabi_sys_proc_exec(0, &order, sizeof(order),
						     (cloudabi_fd_t[]){ 0 }, 1));
	case ROLE_WAIT:
		cloudabi_exit(wait_end(0));
	case ROLE_WRITE:
		cloudabi_exit(1 - write_fd(0, "x", 1));
	case ROLE_THREADS:
		helper_start(&helper, exit_with, (void *)(uintptr_t)order.value);
		sleep_forever();
	}
	cloudabi_exit(__LINE__);
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct order *const order = start->argdata;

	if (start->argdata_len >= sizeof(*order) &&
	    !memcmp(order->magic, magic, sizeof(magic)))
		obey(start);
	/* Tests have descriptors; an executed program has none. */
	if (!start->argdata_len && !is_open(FIXTURE_DIR))
		cloudabi_exit(NO_DATA);
	return test_harness_run(start);
}

/* The test */

static long execute(cloudabi_fd_t image, enum role role, uint32_t value,
		    const cloudabi_fd_t *fds, size_t n)
{
	struct order order = { .role = role, .value = value };

	memcpy(order.magic, magic, sizeof(magic));
	return -(long)cloudabi_sys_proc_exec(image, &order, sizeof(order), fds, n);
}

/* Runs a role in a child; the last arguments are the child's descriptors. */
#define RUN(role, value, ...)                                                         \
	IN_CHILD(execute(FIXTURE_IMAGE, role, value, (cloudabi_fd_t[]){ __VA_ARGS__ }, \
			 sizeof((cloudabi_fd_t[]){ __VA_ARGS__ }) / sizeof(cloudabi_fd_t)); \
		 cloudabi_exit(__LINE__))

TEST(program_is_executed)
{
	EXPECT_EQ(EXITED(NO_DATA),
		  IN_CHILD(cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, NULL, 0)));
	EXPECT_EQ(EXITED(0x12345678), IN_CHILD({
		execute(FIXTURE_IMAGE, ROLE_EXIT, 0x12345678, NULL, 0);
	}));
	EXPECT_EQ(EXITED(0x87654321), RUN(ROLE_THREADS, 0x87654321, 1));
	EXPECT_EQ(EXITED(0x33333333), RUN(ROLE_AGAIN, 100, FIXTURE_IMAGE));
}

/* Argument data */

static unsigned char *big_data;
#define BIG (8UL << 20)

/* Returns an order followed by @len bytes; NULL if there is no memory. */
static struct order *order_of(enum role role, size_t len)
{
	struct order *order;

	if (!big_data)
		big_data = map_shared(BIG);
	order = (struct order *)big_data;
	memcpy(order->magic, magic, sizeof(magic));
	order->role = role;
	order->value = 0;
	count_up(order->rest, len);
	return order;
}

TEST(argument_data_arrive)
{
	static const size_t lens[] = {
		0, 1, 2, 7, 8, 9, 255, 4000, 4079, 4080, 4081, 4095, 4096, 4097, 65536, 131055,
		131072, 131073, 262144, 1UL << 20, (1UL << 20) + 1, (2UL << 20) - 17,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		const struct order *const order = order_of(ROLE_COUNT, lens[i]);

		EXPECT_EQ(EXITED(0), IN_CHILD({
			cloudabi_sys_proc_exec(FIXTURE_IMAGE, order, sizeof(*order) + lens[i],
					       NULL, 0);
			cloudabi_exit(__LINE__);
		}))
			TH_LOG("%zu bytes", lens[i]);
	}
}

TEST(data_may_end_with_memory)
{
	char *const end = map_edge();
	struct order *const order = (void *)(end - sizeof(*order) - 5);

	memcpy(order, order_of(ROLE_COUNT, 5), sizeof(*order) + 5);
	EXPECT_EQ(EXITED(0), IN_CHILD({
		cloudabi_sys_proc_exec(FIXTURE_IMAGE, order, sizeof(*order) + 5, NULL, 0);
		cloudabi_exit(__LINE__);
	}));
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_proc_exec(FIXTURE_IMAGE, order, sizeof(*order) + 6, NULL, 0));
	unmap_edge(end);
}

/* The stack is limited to 8 MiB; data and NUL may take a quarter of that. */
TEST(too_much_data_is_e2big)
{
	static const size_t lens[] = {
		2UL << 20, (2UL << 20) + 1, 6UL << 20, BIG, 1UL << 31, 1UL << 32, 1UL << 47,
		SIZE_MAX - 1, SIZE_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_EQ(CLOUDABI_E2BIG,
			  cloudabi_sys_proc_exec(FIXTURE_IMAGE, order_of(ROLE_COUNT, 0), lens[i],
						 NULL, 0))
			TH_LOG("%zu bytes", lens[i]);
		EXPECT_EQ(CLOUDABI_E2BIG,
			  cloudabi_sys_proc_exec(FIXTURE_IMAGE, BAD_POINTER, lens[i], NULL, 0))
			TH_LOG("%zu bytes", lens[i]);
	}
}

/* Descriptors */

static struct report seen;

/* Runs a program that reports through its descriptor 0. */
static long run_report(const cloudabi_fd_t *fds, size_t n)
{
	cloudabi_fd_t list[MOST_FDS], pair[2];
	long how;

	if (cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]))
		return -1;
	list[0] = pair[1];
	for (size_t i = 0; i < n; i++)
		list[i + 1] = fds[i];
	how = IN_CHILD({
		execute(FIXTURE_IMAGE, ROLE_REPORT, 0x7777, list, n + 1);
		       cloudabi_exit(__LINE__);
	});
	close_fd(pair[1]);
	memset(&seen, 0xff, sizeof(seen));
	if (how == EXITED(0x7777) && read_fd(pair[0], &seen, sizeof(seen)) != sizeof(seen))
		how = -2;
	close_fd(pair[0]);
	return how;
}

static cloudabi_inode_t inode_of(cloudabi_fd_t fd)
{
	cloudabi_filestat_t stat = { 0 };

	cloudabi_sys_file_stat_fget(fd, &stat);
	return stat.st_ino;
}

TEST(listed_descriptors_are_all_there_is)
{
	const cloudabi_fd_t limited = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ));
	/* Unordered and with duplicates, from numbers below and above the new ones. */
	const cloudabi_fd_t list[] = {
		FIXTURE_FAR, FIXTURE_DIR, 1, FIXTURE_FILE, limited, FIXTURE_FILE, FIXTURE_DGRAM,
		FIXTURE_FILE_RDONLY, FIXTURE_DIR, FIXTURE_EPOLL, FIXTURE_APPEND,
	};

	ASSERT_EQ(EXITED(0x7777), run_report(list, ARRAY_SIZE(list)));
	EXPECT_EQ(ARRAY_SIZE(list) + 1, seen.open);
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		const cloudabi_fdstat_t stat = stat_of(list[i]), other = seen.stats[i + 1];

		EXPECT_EQ(stat.fs_filetype, other.fs_filetype) TH_LOG("number %zu", i);
		EXPECT_EQ(stat.fs_flags, other.fs_flags) TH_LOG("number %zu", i);
		EXPECT_EQ(stat.fs_rights_base, other.fs_rights_base) TH_LOG("number %zu", i);
		EXPECT_EQ(stat.fs_rights_inheriting, other.fs_rights_inheriting)
			TH_LOG("number %zu", i);
		EXPECT_EQ(inode_of(list[i]), seen.inodes[i + 1]) TH_LOG("number %zu", i);
	}
	close_fd(limited);
}

TEST(no_descriptor_is_a_choice)
{
	ASSERT_EQ(EXITED(0x7777), run_report(NULL, 0));
	EXPECT_EQ(1, seen.open);
}

/* Many more entries than open descriptors, up to the size of the table. */
TEST(list_may_be_as_long_as_the_table)
{
	static const size_t lens[] = { 1, 15, 31, 32, 63, 64, 65, 255, 256, 512, 1022, 1023 };
	static cloudabi_fd_t list[MOST_FDS];

	for (size_t i = 0; i < MOST_FDS; i++)
		list[i] = i % 2 ? FIXTURE_FILE : FIXTURE_DIR;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_EQ(EXITED(0x7777), run_report(list, lens[i]));
		EXPECT_EQ(lens[i] + 1, seen.open);
	}
}

TEST(longer_lists_are_emfile)
{
	static const size_t lens[] = {
		MOST_FDS + 1, 4096, 1UL << 20, 1UL << 31, (1UL << 32) + 1, 1UL << 62, SIZE_MAX,
	};
	static cloudabi_fd_t list[MOST_FDS + 1];

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		EXPECT_EQ(CLOUDABI_EMFILE,
			  cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, list, lens[i]))
			TH_LOG("%zu", lens[i]);
}

TEST(positions_are_kept)
{
	const long fd = make_file("kept", "0123456789");

	ASSERT_LE(0, fd);
	EXPECT_EQ(3, seek_fd(fd, 3, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(EXITED(0), RUN(ROLE_WRITE, 0, fd));
	EXPECT_EQ(4, tell_fd(fd));
	close_fd(fd);
	unlink_at(FIXTURE_DIR, "kept", 0);
}

TEST(peer_that_is_gone_is_still_no_signal)
{
	EXPECT_EQ(EXITED(1 + CLOUDABI_EPIPE), RUN(ROLE_WRITE, 0, FIXTURE_BROKEN_PIPE));
}

/* Errors leave everything as it was */

static unsigned long counter;
static bool enough;

static void count(void *arg)
{
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED))
		__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
}

static bool counts(void)
{
	const unsigned long before = __atomic_load_n(&counter, __ATOMIC_RELAXED);

	for (cloudabi_timestamp_t end = now() + PATIENCE; now() < end; sleep_for(MS))
		if (__atomic_load_n(&counter, __ATOMIC_RELAXED) != before)
			return true;
	return false;
}

/* The errno of a refused proc_exec. */
static long refused(cloudabi_fd_t image)
{
	return execute(image, ROLE_EXIT, 1, (cloudabi_fd_t[]){ 1 }, 1);
}

/* Writes an executable file and opens it for execution. */
static long make_program(const void *bytes, size_t len)
{
	const long fd = open_at(FIXTURE_DIR, "program", 0, R(FD_WRITE) | R(FD_SEEK) |
			       R(FILE_STAT_FPUT_SIZE));
	bool written;

	if (fd < 0)
		return fd;
	written = !resize_fd(fd, 0) && pwrite_fd(fd, bytes, len, 0) == (long)len;
	close_fd(fd);
	if (!written)
		return -1;
	return open_at(FIXTURE_DIR, "program", 0, R(PROC_EXEC));
}

static void restore_program(void)
{
	close_fd(make_program(FIXTURE_TEXT, FIXTURE_TEXT_LEN));
}

/* A copy of this program's image, as far as it fits. */
static unsigned char image[1 << 20];

static long read_image(void)
{
	return pread_fd(FIXTURE_IMAGE, image, sizeof(image), 0);
}

TEST(program_can_be_one_that_was_written)
{
	const long len = read_image();
	long fd;

	ASSERT_LT(0, len);
	ASSERT_LT(len, (long)sizeof(image));
	fd = make_program(image, len);
	ASSERT_LE(0, fd);
	EXPECT_EQ(R(PROC_EXEC), base_of(fd));
	EXPECT_EQ(EXITED(9), IN_CHILD(execute(fd, ROLE_EXIT, 9, NULL, 0)));
	close_fd(fd);
	restore_program();
}

TEST(files_that_are_no_programs_are_enoexec)
{
	static const char *const texts[] = { "", "x", "#!/bin/sh\n", "\177ELF", FIXTURE_TEXT };
	const long len = read_image();
	/* A Linux program, another machine, an interpreter, a truncated file. */
	static const struct {
		size_t at;
		unsigned char byte;
	} changes[] = { { 7, 0 }, { 7, 3 }, { 4, 1 }, { 16, 1 }, { 18, 3 }, { 54, 1 }, { 56, 0 } };
	long fd;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		fd = make_program(texts[i], strlen(texts[i]));
		ASSERT_LE(0, fd);
		EXPECT_EQ(-CLOUDABI_ENOEXEC, refused(fd)) TH_LOG("text %zu", i);
		close_fd(fd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const unsigned char byte = image[changes[i].at];

		image[changes[i].at] = changes[i].byte;
		fd = make_program(image, len);
		image[changes[i].at] = byte;
		ASSERT_LE(0, fd);
		EXPECT_EQ(-CLOUDABI_ENOEXEC, refused(fd)) TH_LOG("change %zu", i);
		close_fd(fd);
	}
	fd = make_program(image, 4096);
	EXPECT_EQ(-CLOUDABI_ENOEXEC, refused(fd));
	close_fd(fd);
	restore_program();
}

TEST(file_that_is_open_for_writing_is_ebadf)
{
	const cloudabi_rights_t base = R(PROC_EXEC) | R(FD_WRITE) | R(FD_SEEK);
	const long writable = open_at(FIXTURE_DIR, "program", 0, base);
	const long both = open_at(FIXTURE_DIR, "program", 0, base | R(FD_READ));
	long less;

	ASSERT_LE(0, writable);
	ASSERT_LE(0, both);
	EXPECT_EQ(base, base_of(writable));
	EXPECT_EQ(-CLOUDABI_EBADF, refused(writable));
	EXPECT_EQ(-CLOUDABI_EBADF, refused(both));
	/* The open mode of the file counts, not the rights of the descriptor. */
	less = dup_limited(both, R(PROC_EXEC), 0);
	EXPECT_EQ(-CLOUDABI_EBADF, refused(less));
	close_fd(less);
	close_fd(both);
	close_fd(writable);
}

TEST(file_that_another_writes_is_etxtbsy)
{
	const long len = read_image();
	const long fd = make_program(image, len);
	const long writable = open_at(FIXTURE_DIR, "program", 0, R(FD_WRITE) | R(FD_SEEK));

	ASSERT_LE(0, fd);
	ASSERT_LE(0, writable);
	EXPECT_EQ(-CLOUDABI_ETXTBSY, refused(fd));
	close_fd(writable);
	EXPECT_EQ(EXITED(9), IN_CHILD(execute(fd, ROLE_EXIT, 9, NULL, 0)));
	close_fd(fd);
	restore_program();
}

TEST(file_without_the_permission_is_eacces)
{
	const long secret = open_at(FIXTURE_DIR, "readonly", 0, R(PROC_EXEC));

	EXPECT_EQ(-CLOUDABI_EACCES, refused(FIXTURE_FILE_RDONLY));
	EXPECT_EQ(-CLOUDABI_EACCES, refused(FIXTURE_FILE_PATH));
	EXPECT_EQ(-CLOUDABI_EACCES, refused(secret));
	close_fd(secret);
}

TEST(right_is_needed)
{
	static const cloudabi_fd_t others[] = {
		FIXTURE_DIR, FIXTURE_DIR_PATH, FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_FIFO,
		FIXTURE_MEMFD, FIXTURE_TTY, FIXTURE_NULL_DEVICE, FIXTURE_BLOCK, FIXTURE_EPOLL,
		FIXTURE_PID, FIXTURE_NAMESPACE,
	};
	const long fd = dup_without(FIXTURE_IMAGE, R(PROC_EXEC));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, refused(fd));
	close_fd(fd);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, refused(others[i])) TH_LOG("%u", others[i]);
}

TEST(numbers_that_are_not_open_are_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		const cloudabi_fd_t first[] = { bad_fds[i], 1, 1 };
		const cloudabi_fd_t last[] = { 1, 1, bad_fds[i] };

		EXPECT_EQ(-CLOUDABI_EBADF, refused(bad_fds[i])) TH_LOG("0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, execute(FIXTURE_IMAGE, ROLE_EXIT, 0, first, 3))
			TH_LOG("0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, execute(FIXTURE_IMAGE, ROLE_EXIT, 0, last, 3))
			TH_LOG("0x%x", bad_fds[i]);
	}
}

TEST(memory_that_is_not_there_is_efault)
{
	static void *const pointers[] = { BAD_POINTER, KERNEL_POINTER, (void *)UINTPTR_MAX };
	char *const end = map_edge();

	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
		EXPECT_EQ(CLOUDABI_EFAULT,
			  cloudabi_sys_proc_exec(FIXTURE_IMAGE, pointers[i], 8, NULL, 0));
		EXPECT_EQ(CLOUDABI_EFAULT,
			  cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, pointers[i], 2));
	}
	EXPECT_EQ(CLOUDABI_EFAULT,
		  cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, (void *)(end - 4), 2));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 1, NULL, 0));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, NULL, 1));
	/* An empty list needs no memory. */
	EXPECT_EQ(EXITED(NO_DATA), IN_CHILD({
		cloudabi_sys_proc_exec(FIXTURE_IMAGE, BAD_POINTER, 0, KERNEL_POINTER, 0);
	}));
	unmap_edge(end);
}

/* A series of failures, with threads, child processes and descriptors. */
TEST(failure_changes_nothing)
{
	static struct helper helper;
	struct sleeper sleeper;
	unsigned char pid[16];
	unsigned int open;
	long fd;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	enough = false;
	ASSERT_EQ(0, helper_start(&helper, count, NULL));
	fd = open_at(FIXTURE_DIR, "program", 0, R(PROC_EXEC));
	ASSERT_LE(0, fd);
	memcpy(pid, test_start->pid, sizeof(pid));
	open = count_open();
	for (int i = 0; i < 100; i++) {
		EXPECT_EQ(-CLOUDABI_ENOEXEC, refused(fd));
		EXPECT_EQ(-CLOUDABI_EACCES, refused(FIXTURE_FILE_RDONLY));
		EXPECT_EQ(-CLOUDABI_EBADF, refused(FIXTURE_NONE));
		EXPECT_EQ(-CLOUDABI_EBADF, execute(FIXTURE_IMAGE, ROLE_EXIT, 0,
						   (cloudabi_fd_t[]){ FIXTURE_NONE }, 1));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, refused(FIXTURE_DIR));
	}
	EXPECT_EQ(open, count_open());
	EXPECT_EQ(0, memcmp(pid, test_start->pid, sizeof(pid)));
	EXPECT_TRUE(counts());
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(SILENT, look_at(sleeper.fd));
	enough = true;
	helper_join(&helper);
	close_fd(fd);
	close_fd(sleeper.fd);
	close_fd(sleeper.life);
}

/* Identity */

TEST(identifier_and_canary_are_new)
{
	struct report first;

	ASSERT_EQ(EXITED(0x7777), run_report(NULL, 0));
	first = seen;
	ASSERT_EQ(EXITED(0x7777), run_report(NULL, 0));
	EXPECT_NE(0, memcmp(first.pid, seen.pid, sizeof(seen.pid)));
	EXPECT_NE(0, memcmp(first.pid, test_start->pid, sizeof(seen.pid)));
	EXPECT_EQ(0x40, seen.pid[6] & 0xf0);
	EXPECT_EQ(0x80, seen.pid[8] & 0xc0);
	EXPECT_EQ(64, seen.canary_len);
	EXPECT_NE(0, memcmp(first.canary, seen.canary, sizeof(seen.canary)));
	EXPECT_NE(0, memcmp(first.canary, test_start->canary, sizeof(seen.canary)));
	EXPECT_EQ(sizeof(struct order), seen.argdata_len);
	EXPECT_LT(1, seen.tid);
	EXPECT_LT(seen.tid, 1U << 30);
}

/* Other processes see the same process. */
TEST(descriptor_of_the_process_stays)
{
	struct sleeper sleeper;
	const long error = fork_sleeper(&sleeper);

	if (error == CHILD)
		execute(FIXTURE_IMAGE, ROLE_SLEEP, 0, &sleeper.life, 1);
	ASSERT_EQ(0, error);
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(SILENT, look_at(sleeper.fd));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

/* Children */

TEST(children_that_are_not_listed_are_killed)
{
	struct sleeper family;
	const long error = fork_sleeper(&family);

	if (error == CHILD) {
		if (fork_process() == CHILD)
			sleep_forever();
		execute(FIXTURE_IMAGE, ROLE_SLEEP, 0, NULL, 0);
		cloudabi_exit(__LINE__);
	}
	ASSERT_EQ(0, error);
	EXPECT_TRUE(is_dead(&family));
	EXPECT_EQ(SILENT, look_at(family.fd));
	close_fd(family.fd);
	close_fd(family.life);
}

TEST(children_that_are_listed_live_on)
{
	EXPECT_EQ(EXITED(0x2468ace0), IN_CHILD({
		const long own = fork_process();

		if (own == CHILD) {
			sleep_for(200 * MS);
			cloudabi_exit(0x2468ace0);
		}
		execute(FIXTURE_IMAGE, ROLE_WAIT, 0, &(cloudabi_fd_t){ own }, 1);
	}));
}

/* Threads */

static bool go;

static void execute_in_thread(void *arg)
{
	while (!__atomic_load_n(&go, __ATOMIC_RELAXED))
		cloudabi_sys_thread_yield();
	execute(FIXTURE_IMAGE, ROLE_EXIT, (uintptr_t)arg, NULL, 0);
}

static void spin(void *arg)
{
	for (;;)
		;
}

static void sleep_long(void *arg)
{
	sleep_for(LONG);
}

/* Any thread may call proc_exec, while the others run or wait. */
TEST(other_threads_end)
{
	for (int i = 0; i < 20; i++) {
		EXPECT_EQ(EXITED(0x600df00d), IN_CHILD({
			static struct helper helpers[4];

			CHECK_OR_EXIT(!helper_start(&helpers[0], spin, NULL));
			CHECK_OR_EXIT(!helper_start(&helpers[1], sleep_long, NULL));
			CHECK_OR_EXIT(!helper_start(&helpers[2], spin, NULL));
			execute(FIXTURE_IMAGE, ROLE_EXIT, 0x600df00d, NULL, 0);
		}));
		EXPECT_EQ(EXITED(0x600df00d), IN_CHILD({
			static struct helper helpers[3];

			CHECK_OR_EXIT(!helper_start(&helpers[0], spin, NULL));
			CHECK_OR_EXIT(!helper_start(&helpers[1], execute_in_thread,
						    (void *)0x600df00d));
			CHECK_OR_EXIT(!helper_start(&helpers[2], sleep_long, NULL));
			__atomic_store_n(&go, true, __ATOMIC_RELAXED);
			sleep_forever();
		}));
	}
}

/* The first thread has ended before another thread calls proc_exec. */
TEST(first_thread_may_have_ended)
{
	static cloudabi_lock_t lock;

	for (int i = 0; i < 20; i++)
		EXPECT_EQ(EXITED(0x600df00d), IN_CHILD({
			static struct helper helper;

			CHECK_OR_EXIT(!helper_start(&helper, execute_in_thread,
						    (void *)0x600df00d));
			__atomic_store_n(&go, true, __ATOMIC_RELAXED);
			cloudabi_sys_thread_exit(&lock, PRIVATE_SCOPE);
		}));
}

TEST(one_of_two_programs_is_executed)
{
	for (int i = 0; i < 50; i++) {
		const long end = IN_CHILD({
			static struct helper helpers[2];

			CHECK_OR_EXIT(!helper_start(&helpers[0], execute_in_thread,
						    (void *)0xaaaa0001));
			CHECK_OR_EXIT(!helper_start(&helpers[1], execute_in_thread,
						    (void *)0xbbbb0002));
			__atomic_store_n(&go, true, __ATOMIC_RELAXED);
			sleep_forever();
		});

		EXPECT_TRUE(end == 0xaaaa0001 || end == 0xbbbb0002) TH_LOG("0x%lx", end);
	}
}

/* An exit code that comes too late is not that of the new program. */
static void exit_in_thread(void *arg)
{
	while (!__atomic_load_n(&go, __ATOMIC_RELAXED))
		cloudabi_sys_thread_yield();
	cloudabi_exit(0xeeee0003);
}

TEST(exit_or_program)
{
	for (int i = 0; i < 50; i++) {
		const long end = IN_CHILD({
			static struct helper helpers[2];

			CHECK_OR_EXIT(!helper_start(&helpers[0], execute_in_thread,
						    (void *)0xaaaa0001));
			CHECK_OR_EXIT(!helper_start(&helpers[1], exit_in_thread, NULL));
			__atomic_store_n(&go, true, __ATOMIC_RELAXED);
			sleep_forever();
		});

		EXPECT_TRUE(end == 0xaaaa0001 || end == 0xeeee0003) TH_LOG("0x%lx", end);
	}
}

/*
 * Other threads open and close descriptors meanwhile; either the whole list is passed on, or
 * the call is refused.
 */
static void churn(void *arg)
{
	for (;;) {
		const long fd = dup_fd(FIXTURE_FILE);

		close_fd(fd);
		cloudabi_sys_fd_replace(FIXTURE_DIR, *(cloudabi_fd_t *)arg);
		cloudabi_sys_fd_replace(FIXTURE_FILE, *(cloudabi_fd_t *)arg);
	}
}

TEST(table_may_change_meanwhile)
{
	const cloudabi_fd_t changing = dup_fd(FIXTURE_FILE);
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	for (int i = 0; i < 50; i++) {
		const cloudabi_fd_t list[] = { pair[1], changing, changing, FIXTURE_FILE };

		EXPECT_EQ(EXITED(5), IN_CHILD({
			static struct helper helper;

			CHECK_OR_EXIT(!helper_start(&helper, churn, (void *)&changing));
			execute(FIXTURE_IMAGE, ROLE_REPORT, 5, list, 4);
		}));
		ASSERT_EQ(sizeof(seen), read_fd(pair[0], &seen, sizeof(seen)));
		EXPECT_EQ(4, seen.open);
		/* Both entries are looked up at the same moment, so they are equal. */
		EXPECT_EQ(seen.inodes[1], seen.inodes[2]);
		EXPECT_EQ(seen.stats[1].fs_filetype, seen.stats[2].fs_filetype);
		EXPECT_EQ(seen.stats[1].fs_rights_base, seen.stats[2].fs_rights_base);
	}
	close_pair(pair);
	close_fd(changing);
}

/* Another thread replaces the program's descriptor; the old or the new program runs. */
static void swap(void *arg)
{
	for (;;) {
		cloudabi_sys_fd_replace(FIXTURE_DIR, *(cloudabi_fd_t *)arg);
		cloudabi_sys_fd_replace(FIXTURE_IMAGE, *(cloudabi_fd_t *)arg);
	}
}

TEST(program_may_be_replaced_meanwhile)
{
	const cloudabi_fd_t changing = dup_fd(FIXTURE_IMAGE);

	for (int i = 0; i < 50; i++)
		EXPECT_EQ(EXITED(5), IN_CHILD({
			static struct helper helper;
			long error;

			CHECK_OR_EXIT(!helper_start(&helper, swap, (void *)&changing));
			do {
				error = execute(changing, ROLE_EXIT, 5, NULL, 0);
			} while (error == -CLOUDABI_ENOTCAPABLE);
			cloudabi_exit(0x100 - error);
		}));
	close_fd(changing);
}

TEST(process_can_be_killed_while_it_executes)
{
	for (int i = 0; i < 50; i++) {
		cloudabi_fd_t pair[2];
		long fd;

		ASSERT_EQ(0, make_pair(STREAM, pair));
		fd = fork_process();
		if (fd == CHILD)
			execute(FIXTURE_IMAGE, ROLE_SLEEP, 0, &pair[1], 1);
		close_fd(pair[1]);
		sleep_for(i * 50000ULL);
		EXPECT_EQ(0, close_fd(fd));
		EXPECT_TRUE(is_over(pair[0], PATIENCE));
		close_fd(pair[0]);
	}
}
