// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Process descriptors
 *
 * They report the end of a process, and closing the last descriptor kills the
 * process.
 */

#include "proccalls.h"

#include "filecalls.h"

/* How a process ends */

static const cloudabi_exitcode_t codes[] = {
	0, 1, 127, 128, 255, 256, 257, 0x0900, 0x7f00, 0x8000, 0x12345678, 0x7fffffff,
	0x80000000, 0xfffffdff, 0xfffffe00, 0xffffffff,
};

TEST(all_of_the_exit_code_is_kept)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		EXPECT_EQ(EXITED(codes[i]), IN_CHILD(cloudabi_exit(codes[i])))
			TH_LOG("code 0x%x", codes[i]);
}

TEST(status_can_be_had_again_and_again)
{
	const long fd = fork_process();
	long other;

	if (fd == CHILD)
		cloudabi_exit(0x98765432);
	EXPECT_EQ(EXITED(0x98765432), wait_end(fd));
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(EXITED(0x98765432), look_at(fd));
	other = dup_fd(fd);
	EXPECT_EQ(EXITED(0x98765432), look_at(other));
	close_fd(fd);
	EXPECT_EQ(EXITED(0x98765432), look_at(other));
	/* Other processes see the same end. */
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(look_at(other) == EXITED(0x98765432))));
	close_fd(other);
}

TEST(event_holds_nothing_else)
{
	const long fd = fork_process();
	cloudabi_event_t expected, got;

	if (fd == CHILD)
		cloudabi_exit(0x12345678);
	memset(&expected, 0, sizeof(expected));
	expected.userdata = fd;
	expected.type = TERMINATE;
	expected.proc_terminate.exitcode = 0x12345678;
	EXPECT_EQ(EXITED(0x12345678), wait_end(fd));
	ASSERT_EQ(1, POLL(sub_end(fd)));
	got = without_old_place(&events[0]);
	EXPECT_EQ(0, memcmp(&got, &expected, sizeof(expected)));
	close_fd(fd);
}

TEST(process_that_runs_says_nothing)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	EXPECT_EQ(SILENT, look_at(sleeper.fd));
	EXPECT_EQ(SILENT, end_within(sleeper.fd, 50 * MS));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

/* Threads and processes that wait before the end comes. */

static long waits_for;

static void wait_in_thread(void *arg)
{
	const sub_t sub = sub_end(waits_for);
	cloudabi_event_t event;
	cloudabi_size_t n = 0;

	*(long *)arg = cloudabi_sys_poll(&sub, &event, 1, &n) || n != 1 ?
			       -1 : end_of(&event, waits_for);
}

TEST(all_who_wait_are_told)
{
	static struct helper helpers[3];
	long ends[3], waiter;
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	waits_for = fork_process();
	if (waits_for == CHILD) {
		char byte;

		read_fd(pair[1], &byte, 1);
		cloudabi_exit(0xabcdef);
	}
	waiter = fork_process();
	if (waiter == CHILD)
		cloudabi_exit(wait_end(waits_for) == EXITED(0xabcdef) ? 0 : 1);
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		ASSERT_EQ(0, helper_start(&helpers[i], wait_in_thread, &ends[i]));
	sleep_for(50 * MS);
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
		helper_join(&helpers[i]);
		EXPECT_EQ(EXITED(0xabcdef), ends[i]);
	}
	EXPECT_EQ(EXITED(0), finish(waiter));
	close_fd(waits_for);
	close_pair(pair);
}

TEST(each_of_many_is_told_apart)
{
	long fds[4];
	sub_t subs[4];

	for (int i = 0; i < 4; i++) {
		fds[i] = fork_process();
		if (fds[i] == CHILD)
			cloudabi_exit(0x100 + i);
		EXPECT_EQ(EXITED(0x100 + i), wait_end(fds[i]));
		subs[i] = sub_end(fds[i]);
	}
	ASSERT_EQ(4, poll_for(subs, 4));
	for (int i = 0; i < 4; i++) {
		bool found = false;

		for (int j = 0; j < 4; j++)
			found |= end_of(&events[j], fds[i]) == EXITED(0x100 + i);
		EXPECT_TRUE(found);
		close_fd(fds[i]);
	}
}

/* Threads that continue when they receive a byte on a stream. */

static void await(cloudabi_fd_t fd)
{
	char byte;

	CHECK_OR_EXIT(read_fd(fd, &byte, 1) == 1);
}

static void exit_later(void *arg)
{
	await(*(const cloudabi_fd_t *)arg);
	cloudabi_exit(0x20000002);
}

static void end_later(void *arg)
{
	await(*(const cloudabi_fd_t *)arg);
}

static __attribute__((__noreturn__)) void end_thread(void)
{
	static cloudabi_lock_t lock;

	cloudabi_sys_thread_exit(&lock, PRIVATE_SCOPE);
	__builtin_unreachable();
}

/* The end of a process whose first thread ends at once and whose other thread ends later. */
static long outlived(struct test_metadata *_metadata, void (*job)(void *arg))
{
	cloudabi_fd_t pair[2];
	long fd, end;

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	fd = fork_process();
	if (fd == CHILD) {
		static struct helper helper;

		CHECK_OR_EXIT(!helper_start(&helper, job, &pair[1]));
		end_thread();
	}
	EXPECT_EQ(SILENT, end_within(fd, 100 * MS));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	end = finish(fd);
	close_pair(pair);
	return end;
}

/* The first thread ends; the process continues. */
TEST(process_lasts_as_long_as_a_thread)
{
	EXPECT_EQ(EXITED(0x20000002), outlived(_metadata, exit_later));
}

TEST(end_of_the_last_thread_is_a_success)
{
	EXPECT_EQ(EXITED(0), IN_CHILD(end_thread()));
	EXPECT_EQ(EXITED(0), outlived(_metadata, end_later));
}

static void stay(void *arg)
{
	sleep_forever();
}

TEST(thread_that_is_left_is_killed)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	sleeper.life = pair[0];
	sleeper.fd = fork_process();
	if (sleeper.fd == CHILD) {
		static struct helper helper;

		close_fd(pair[0]);
		CHECK_OR_EXIT(!helper_start(&helper, stay, NULL));
		end_thread();
	}
	close_fd(pair[1]);
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

static bool go;

static void exit_at_once(void *arg)
{
	while (!__atomic_load_n(&go, __ATOMIC_RELAXED))
		;
	cloudabi_exit((uintptr_t)arg);
}

/* The codes have different low bytes, which Linux stores separately. */
TEST(code_is_that_of_one_thread)
{
	for (int i = 0; i < 100; i++) {
		long end = IN_CHILD({
			static struct helper helpers[3];

			for (uintptr_t j = 0; j < 3; j++)
				CHECK_OR_EXIT(!helper_start(&helpers[j], exit_at_once,
							    (void *)(0x1000100 * (j + 1) + j)));
			__atomic_store_n(&go, true, __ATOMIC_RELAXED);
			exit_at_once((void *)(0x1000100 * 4UL + 3));
		});

		EXPECT_TRUE(end == 0x1000100 || end == 0x2000201 || end == 0x3000302 ||
			    end == 0x4000403)
			TH_LOG("0x%lx", end);
	}
}

/* Attributes */

TEST(attributes_are_those_of_its_start)
{
	const cloudabi_timestamp_t before = now_of(REALTIME);
	cloudabi_filestat_t stat, again;
	cloudabi_timestamp_t after;
	struct sleeper sleeper;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	after = now_of(REALTIME);
	ASSERT_EQ(0, stat_fd(sleeper.fd, &stat));
	EXPECT_EQ(CLOUDABI_FILETYPE_PROCESS, stat.st_filetype);
	EXPECT_EQ(0, stat.st_size);
	/* File times are those of the last tick, which may be late on a busy machine. */
	EXPECT_LT(before, stat.st_mtim + 10 * SECOND);
	EXPECT_LE(stat.st_mtim, after);
	EXPECT_EQ(stat.st_mtim, stat.st_ctim);
	EXPECT_EQ(stat.st_mtim, stat.st_atim);

	sleep_for(50 * MS);
	EXPECT_EQ(SILENT, look_at(sleeper.fd));
	ASSERT_EQ(0, stat_fd(sleeper.fd, &again));
	EXPECT_EQ(0, memcmp(&stat, &again, sizeof(stat)));
	close_fd(sleeper.fd);
	close_fd(sleeper.life);
}

TEST(each_process_is_another_file)
{
	struct sleeper one, other;
	cloudabi_filestat_t stat[3];
	long copy;

	ASSERT_EQ(0, start_sleeper(&one));
	ASSERT_EQ(0, start_sleeper(&other));
	copy = dup_fd(one.fd);
	ASSERT_EQ(0, stat_fd(one.fd, &stat[0]));
	ASSERT_EQ(0, stat_fd(other.fd, &stat[1]));
	ASSERT_EQ(0, stat_fd(copy, &stat[2]));
	EXPECT_NE(stat[0].st_ino, stat[1].st_ino);
	EXPECT_EQ(stat[0].st_ino, stat[2].st_ino);
	close_fd(one.fd);
	close_fd(other.fd);
	close_fd(copy);
	close_fd(one.life);
	close_fd(other.life);
}

static long refused(long fd)
{
	return POLL(sub_end(fd), sub_after(0)) > 0 ? -(long)events[0].error : -1000;
}

TEST(rights_are_asked_for)
{
	struct sleeper sleeper;
	cloudabi_filestat_t stat;
	long fd;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	fd = dup_without(sleeper.fd, R(POLL_PROC_TERMINATE));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, refused(fd));
	EXPECT_EQ(0, stat_fd(fd, &stat));
	close_fd(fd);
	fd = dup_without(sleeper.fd, R(FILE_STAT_FGET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, stat_fd(fd, &stat));
	EXPECT_EQ(SILENT, look_at(fd));
	close_fd(fd);
	/* A descriptor without any rights keeps the process alive. */
	fd = dup_limited(sleeper.fd, 0, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

TEST(nothing_else_can_be_done_with_it)
{
	const cloudabi_filestat_t times = { 0 };
	struct sleeper sleeper;
	char buf[16];
	void *mem;
	long fd;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	fd = sleeper.fd;
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(fd, buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(fd, buf, sizeof(buf)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pwrite_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, seek_fd(fd, 1, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, tell_fd(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, set_flags(fd, CLOUDABI_FDFLAG_NONBLOCK));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, PROCESS_BASE | R(FD_READ), 0));
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE, cloudabi_sys_fd_sync(fd));
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE, cloudabi_sys_fd_datasync(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, resize_fd(fd, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, put_fd(fd, &times, CLOUDABI_FILESTAT_MTIM));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_at(fd, "file", 0, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readdir_fd(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, send_data(fd, "x", 1));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, receive_data(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, shut(fd, CLOUDABI_SHUT_RD));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(READ, fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, look(WRITE, fd));
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE,
		  cloudabi_sys_mem_map(NULL, 4096, CLOUDABI_PROT_READ, CLOUDABI_MAP_PRIVATE, fd,
				       0, &mem));
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE, cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

TEST(other_descriptors_are_of_no_process)
{
	static const cloudabi_fd_t others[] = {
		FIXTURE_FILE, FIXTURE_DIR, FIXTURE_STREAM, FIXTURE_NULL_DEVICE, FIXTURE_PID,
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, refused(others[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, refused(bad_fds[i]));
}

/* Closing the last descriptor kills */

TEST(last_close_kills)
{
	struct sleeper sleeper;
	long copies[3];

	ASSERT_EQ(0, start_sleeper(&sleeper));
	for (int i = 0; i < 3; i++) {
		copies[i] = dup_fd(sleeper.fd);
		ASSERT_LE(0, copies[i]);
	}
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_EQ(0, close_fd(copies[1]));
	EXPECT_EQ(0, close_fd(copies[0]));
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_fd(copies[2]));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

TEST(replacement_kills)
{
	struct sleeper one, other;

	ASSERT_EQ(0, start_sleeper(&one));
	ASSERT_EQ(0, start_sleeper(&other));
	EXPECT_EQ(0, cloudabi_sys_fd_replace(one.fd, other.fd));
	EXPECT_TRUE(is_dead(&other));
	EXPECT_TRUE(is_alive(&one));
	EXPECT_EQ(0, cloudabi_sys_fd_replace(one.fd, one.fd));
	EXPECT_EQ(0, close_fd(one.fd));
	EXPECT_TRUE(is_alive(&one));
	EXPECT_EQ(0, close_fd(other.fd));
	EXPECT_TRUE(is_dead(&one));
	close_fd(one.life);
	close_fd(other.life);
}

TEST(process_that_spins_is_killed)
{
	struct sleeper sleeper;
	const long error = fork_sleeper(&sleeper);

	if (error == CHILD)
		for (;;)
			;
	ASSERT_EQ(0, error);
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
}

TEST(close_after_the_end_is_harmless)
{
	const long fd = fork_process();

	if (fd == CHILD)
		cloudabi_exit(0);
	EXPECT_EQ(EXITED(0), wait_end(fd));
	sleep_for(10 * MS);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(copy_of_another_process_keeps_it_alive)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];
	long holder;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	holder = fork_process();
	if (holder == CHILD) {
		close_fd(sleeper.life);
		await(pair[1]);
		cloudabi_exit(0);
	}
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_alive(&sleeper));
	/* When the process ends, its descriptors are closed. */
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	EXPECT_EQ(EXITED(0), finish(holder));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(sleeper.life);
	close_pair(pair);
}

/* A chain: each process holds the only descriptor of the next process. */
TEST(end_of_a_process_is_the_end_of_its_children)
{
	static const unsigned int links = 5;
	struct sleeper first;
	const long error = fork_sleeper(&first);

	if (error == CHILD) {
		for (unsigned int i = 1; i < links; i++)
			if (fork_process() != CHILD)
				sleep_forever();
		write_fd(first.life, "x", 1);
		sleep_forever();
	}
	ASSERT_EQ(0, error);
	EXPECT_EQ(1, POLL(sub_fd(READ, first.life)));
	EXPECT_EQ(1, read_fd(first.life, &(char){ 0 }, 1));
	EXPECT_FALSE(is_over(first.life, 50 * MS));
	EXPECT_EQ(0, close_fd(first.fd));
	/* Each process holds the other end, which closes when all have ended. */
	EXPECT_TRUE(is_dead(&first));
	close_fd(first.life);
}

TEST(exit_of_a_process_kills_its_children)
{
	struct sleeper family;
	const long error = fork_sleeper(&family);

	if (error == CHILD) {
		if (fork_process() == CHILD)
			sleep_forever();
		cloudabi_exit(3);
	}
	ASSERT_EQ(0, error);
	EXPECT_EQ(EXITED(3), finish(family.fd));
	EXPECT_TRUE(is_dead(&family));
	close_fd(family.life);
}

/* Descriptors in messages */

/* Starts a sleeper whose only descriptor is in a message from pair[0] to pair[1]. */
static void send_sleeper(struct test_metadata *_metadata, struct sleeper *sleeper,
			 cloudabi_fd_t pair[2])
{
	ASSERT_EQ(0, start_sleeper(sleeper));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[0], sleeper->fd));
	EXPECT_EQ(0, close_fd(sleeper->fd));
}

TEST(message_keeps_it_alive)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];
	long fd;

	send_sleeper(_metadata, &sleeper, pair);
	EXPECT_TRUE(is_alive(&sleeper));
	fd = receive_fd(pair[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(PROCESS_BASE, base_of(fd));
	EXPECT_EQ(SILENT, look_at(fd));
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(is_dead(&sleeper));
	close_pair(pair);
	close_fd(sleeper.life);
}

TEST(message_that_nobody_receives_kills)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];

	send_sleeper(_metadata, &sleeper, pair);
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_fd(pair[1]));
	EXPECT_TRUE(is_dead(&sleeper));
	close_fd(pair[0]);
	close_fd(sleeper.life);
}

TEST(message_that_is_read_as_data_kills)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];
	char byte;

	send_sleeper(_metadata, &sleeper, pair);
	EXPECT_EQ(1, read_fd(pair[1], &byte, 1));
	EXPECT_TRUE(is_dead(&sleeper));
	close_pair(pair);
	close_fd(sleeper.life);
}

/* A socket queued in itself is garbage, together with everything queued with it. */
TEST(message_that_nobody_can_receive_kills)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2];
	bool dead = false;

	ASSERT_EQ(0, start_sleeper(&sleeper));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fds(pair[0], "x", 1,
			      (cloudabi_fd_t[]){ pair[0], pair[1], sleeper.fd }, 3));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(0, close_pair(pair));
	/* Closing other sockets makes the kernel collect garbage. */
	for (int i = 0; i < 200 && !dead; i++) {
		ASSERT_EQ(0, make_pair(STREAM, pair));
		close_pair(pair);
		dead = is_over(sleeper.life, 100 * MS);
	}
	EXPECT_TRUE(dead);
	close_fd(sleeper.life);
}

/* If its descriptor is passed on, a process outlives its creator. */
TEST(grandchild_can_be_had)
{
	cloudabi_fd_t pair[2];
	long fd, grandchild;

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	fd = fork_process();
	if (fd == CHILD) {
		const long own = fork_process();

		if (own == CHILD) {
			await(pair[1]);
			cloudabi_exit(0x4711);
		}
		CHECK_OR_EXIT(send_fd(pair[1], own) == 1);
		cloudabi_exit(0);
	}
	EXPECT_EQ(EXITED(0), finish(fd));
	grandchild = receive_fd(pair[0]);
	ASSERT_LE(0, grandchild);
	EXPECT_EQ(SILENT, look_at(grandchild));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	EXPECT_EQ(EXITED(0x4711), finish(grandchild));
	close_pair(pair);
}

/* A process that holds its only descriptor lives until it closes it. */
TEST(process_can_have_itself)
{
	struct sleeper sleeper;
	cloudabi_fd_t pair[2], life[2];

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	ASSERT_EQ(0, make_pair(STREAM, life));
	sleeper.life = life[0];
	sleeper.fd = fork_process();
	if (sleeper.fd == CHILD) {
		const long self = receive_fd(pair[1]);

		close_fd(life[0]);
		CHECK_OR_EXIT(self >= 0 && look_at(self) == SILENT);
		write_fd(pair[1], "r", 1);
		read_fd(pair[1], &(char){ 0 }, 1);
		close_fd(self);
		/* Not reached. */
		write_fd(life[1], "x", 1);
		sleep_forever();
	}
	close_fd(life[1]);
	ASSERT_EQ(1, send_fd(pair[0], sleeper.fd));
	EXPECT_EQ(1, read_fd(pair[0], &(char){ 0 }, 1));
	EXPECT_EQ(0, close_fd(sleeper.fd));
	EXPECT_TRUE(is_alive(&sleeper));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	EXPECT_TRUE(is_dead(&sleeper));
	close_pair(pair);
	close_fd(sleeper.life);
}

TEST(process_that_has_itself_can_exit)
{
	cloudabi_fd_t pair[2], life[2];
	long fd;

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	ASSERT_EQ(0, make_pair(STREAM, life));
	fd = fork_process();
	if (fd == CHILD) {
		close_fd(life[0]);
		CHECK_OR_EXIT(receive_fd(pair[1]) >= 0);
		cloudabi_exit(0x55555555);
	}
	close_fd(life[1]);
	ASSERT_EQ(1, send_fd(pair[0], fd));
	EXPECT_EQ(EXITED(0x55555555), finish(fd));
	EXPECT_TRUE(is_over(life[0], PATIENCE));
	close_fd(life[0]);
	close_pair(pair);
}

/* A child that closes the last descriptor of its creator ends both. */
TEST(process_can_have_its_creator)
{
	cloudabi_fd_t pair[2], life[2];
	long fd;

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	ASSERT_EQ(0, make_pair(STREAM, life));
	fd = fork_process();
	if (fd == CHILD) {
		const long self = receive_fd(pair[1]);

		close_fd(life[0]);
		CHECK_OR_EXIT(self >= 0);
		if (fork_process() == CHILD) {
			await(pair[1]);
			close_fd(self);
			sleep_forever();
		}
		close_fd(self);
		write_fd(pair[1], "r", 1);
		sleep_forever();
	}
	close_fd(life[1]);
	ASSERT_EQ(1, send_fd(pair[0], fd));
	EXPECT_EQ(1, read_fd(pair[0], &(char){ 0 }, 1));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_FALSE(is_over(life[0], 50 * MS));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	EXPECT_TRUE(is_over(life[0], PATIENCE));
	close_fd(life[0]);
	close_pair(pair);
}

TEST_HARNESS_MAIN
