// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - proc_fork
 */

#include "proccalls.h"

#include "filecalls.h"

/* Registers after a call of proc_fork. */
struct fork_result {
	unsigned long rax, rdx;
	bool failed;
};

/* The carry flag is set before the call. */
static struct fork_result fork_trap(unsigned long rdx)
{
	struct fork_result result;
	unsigned long rax = CLOUDABI_NR_proc_fork;

	__asm__ volatile("stc\n"
			 "syscall"
			 : "+a"(rax), "+d"(rdx), "=@ccc"(result.failed)
			 :
			 : "rcx", "r11", "memory");
	result.rax = rax;
	result.rdx = rdx;
	return result;
}

TEST(child_sees_what_it_is)
{
	const struct fork_result result = fork_trap(0x123456789);

	if (result.rax == CLOUDABI_PROCESS_CHILD) {
		CHECK_OR_EXIT(!result.failed);
		CHECK_OR_EXIT(result.rdx > 1 && result.rdx < 1UL << 30);
		CHECK_OR_EXIT(result.rdx != test_start->tid);
		cloudabi_exit(0);
	}
	EXPECT_FALSE(result.failed);
	EXPECT_LT(result.rax, MOST_FDS);
	EXPECT_EQ(EXITED(0), finish(result.rax));
}

TEST(descriptor_is_one_of_a_process)
{
	const long fd = fork_process();
	cloudabi_fdstat_t stat;

	if (fd == CHILD)
		cloudabi_exit(0);
	ASSERT_LE(0, fd);
	stat = stat_of(fd);
	EXPECT_EQ(CLOUDABI_FILETYPE_PROCESS, stat.fs_filetype);
	EXPECT_EQ(PROCESS_BASE, stat.fs_rights_base);
	EXPECT_EQ(0, stat.fs_rights_inheriting);
	EXPECT_EQ(0, stat.fs_flags);
	EXPECT_EQ(EXITED(0), finish(fd));
}

TEST(ids_differ_from_child_to_child)
{
	unsigned int *const tids = map_shared(4096);

	for (int i = 0; i < 3; i++) {
		cloudabi_fd_t fd;
		cloudabi_tid_t tid;

		ASSERT_EQ(0, cloudabi_sys_proc_fork(&fd, &tid));
		if (fd == CLOUDABI_PROCESS_CHILD) {
			tids[i] = tid;
			sleep_forever();
		}
		while (!__atomic_load_n(&tids[i], __ATOMIC_RELAXED))
			sleep_for(MS);
		/*
		 * The child is still alive; its descriptor stays open for the next
		 * iterations.
		 */
	}
	EXPECT_NE(tids[0], tids[1]);
	EXPECT_NE(tids[1], tids[2]);
	EXPECT_NE(tids[0], tids[2]);
	for (cloudabi_fd_t fd = 0; fd < MOST_FDS; fd++)
		if (is_open(fd) && stat_of(fd).fs_filetype == CLOUDABI_FILETYPE_PROCESS)
			EXPECT_EQ(0, close_fd(fd));
	unmap_shared(tids, 4096);
}

/* Memory */

static int variable = 1;
static __thread int local = 2;

TEST(memory_is_a_copy)
{
	int on_stack = 3;

	variable = 10;
	local = 20;
	on_stack = 30;
	EXPECT_EQ(EXITED(0), IN_CHILD({
		CHECK_OR_EXIT(variable == 10 && local == 20 && on_stack == 30);
		variable = 11;
		local = 21;
		on_stack = 31;
	}));
	EXPECT_EQ(10, variable);
	EXPECT_EQ(20, local);
	EXPECT_EQ(30, on_stack);
	variable = 1;
	local = 2;
}

TEST(parent_does_not_change_the_memory_of_the_child)
{
	cloudabi_fd_t pair[2];
	long fd;

	ASSERT_EQ(0, cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]));
	fd = fork_process();
	if (fd == CHILD) {
		char byte;

		CHECK_OR_EXIT(read_fd(pair[1], &byte, 1) == 1);
		CHECK_OR_EXIT(variable == 1);
		cloudabi_exit(0);
	}
	variable = 12;
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	EXPECT_EQ(EXITED(0), finish(fd));
	variable = 1;
	close_pair(pair);
}

TEST(shared_memory_is_shared)
{
	int *const anonymous = map_shared(4096);
	cloudabi_fd_t fd;
	void *mem;
	int *object;

	ASSERT_EQ(0, cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd));
	ASSERT_EQ(0, cloudabi_sys_file_stat_fput(fd, &(cloudabi_filestat_t){ .st_size = 4096 },
						 CLOUDABI_FILESTAT_SIZE));
	ASSERT_EQ(0, cloudabi_sys_mem_map(NULL, 4096, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
					  CLOUDABI_MAP_SHARED, fd, 0, &mem));
	object = mem;
	EXPECT_EQ(EXITED(0), IN_CHILD(*anonymous = 5; *object = 6));
	EXPECT_EQ(5, *anonymous);
	EXPECT_EQ(6, *object);
	unmap_shared(anonymous, 4096);
	unmap_shared(mem, 4096);
	close_fd(fd);
}

TEST(identifier_and_canary_are_inherited)
{
	unsigned char pid[16];
	char canary[64];

	memcpy(pid, test_start->pid, sizeof(pid));
	memcpy(canary, test_start->canary, sizeof(canary));
	EXPECT_EQ(EXITED(0), IN_CHILD({
		CHECK_OR_EXIT(!memcmp(pid, test_start->pid, sizeof(pid)));
		CHECK_OR_EXIT(!memcmp(canary, test_start->canary, sizeof(canary)));
	}));
}

/* Descriptors */

TEST(descriptors_are_copied_with_their_rights)
{
	const long limited = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ));
	const unsigned int open = count_open();

	ASSERT_LE(0, limited);
	EXPECT_EQ(EXITED(0), IN_CHILD({
		/* The new process has no descriptor of itself. */
		CHECK_OR_EXIT(count_open() == open);
		CHECK_OR_EXIT(base_of(limited) == R(FILE_OPEN));
		CHECK_OR_EXIT(inheriting_of(limited) == R(FD_READ));
		CHECK_OR_EXIT(base_of(FIXTURE_FILE) == REGULAR_BASE);
		CHECK_OR_EXIT(limit(limited, ~0ULL, 0) == -CLOUDABI_ENOTCAPABLE);
	}));
	EXPECT_EQ(open, count_open());
	close_fd(limited);
}

TEST(tables_are_independent)
{
	const long fd = dup_fd(FIXTURE_FILE);
	long child;

	ASSERT_LE(0, fd);
	child = fork_process();
	if (child == CHILD) {
		CHECK_OR_EXIT(!limit(FIXTURE_FILE, R(FD_READ), 0));
		CHECK_OR_EXIT(!close_fd(fd));
		CHECK_OR_EXIT(dup_fd(FIXTURE_DIR) == fd);
		cloudabi_exit(0);
	}
	EXPECT_EQ(EXITED(0), finish(child));
	EXPECT_EQ(REGULAR_BASE, base_of(FIXTURE_FILE));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(fd).fs_filetype);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(positions_are_shared)
{
	const long fd = make_file("forked", "0123456789");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, seek_fd(fd, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(seek_fd(fd, 4, CLOUDABI_WHENCE_CUR) == 4)));
	EXPECT_EQ(4, tell_fd(fd));
	close_fd(fd);
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "forked", 0));
}

/* Threads */

static unsigned long counter;
static bool enough;

static void count(void *arg)
{
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED))
		__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
}

TEST(only_the_calling_thread_is_copied)
{
	static struct helper helper;

	enough = false;
	ASSERT_EQ(0, helper_start(&helper, count, NULL));
	while (!__atomic_load_n(&counter, __ATOMIC_RELAXED))
		sleep_for(MS);
	EXPECT_EQ(EXITED(0), IN_CHILD({
		const unsigned long before = __atomic_load_n(&counter, __ATOMIC_RELAXED);

		sleep_for(50 * MS);
		CHECK_OR_EXIT(__atomic_load_n(&counter, __ATOMIC_RELAXED) == before);
	}));
	enough = true;
	helper_join(&helper);
}

static void fork_in_thread(void *arg)
{
	long *const end = arg;
	int on_stack = 99;

	*end = IN_CHILD(CHECK_OR_EXIT(on_stack == 99));
}

TEST(any_thread_can_make_a_process)
{
	static struct helper helper;
	long end = -1;

	ASSERT_EQ(0, helper_start(&helper, fork_in_thread, &end));
	helper_join(&helper);
	EXPECT_EQ(EXITED(0), end);
}

/* A child creates threads of its own. */
TEST(child_makes_threads)
{
	EXPECT_EQ(EXITED(0), IN_CHILD({
		static struct helper helper;
		long end = -1;

		CHECK_OR_EXIT(!helper_start(&helper, fork_in_thread, &end));
		helper_join(&helper);
		CHECK_OR_EXIT(end == EXITED(0));
	}));
}

/*
 * Whether a child can use and close every descriptor in its table. A number without
 * rights could not be closed: a stream would never end, and a process would not be
 * killed.
 */
static long child_can_use_all(void)
{
	static char buf[65536];
	const cloudabi_dirent_t *entry = (void *)buf;
	cloudabi_size_t used = 0;
	const long dir = open_follow(FIXTURE_PROC, "self/fd", CLOUDABI_O_DIRECTORY,
				     R(FILE_READDIR));
	long seen = 0;

	if (dir < 0 ||
	    cloudabi_sys_file_readdir(dir, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START, &used))
		return -1;
	for (size_t at = 0; at + sizeof(*entry) <= used; at += sizeof(*entry) + entry->d_namlen) {
		const char *name;
		unsigned int fd = 0;

		entry = (void *)(buf + at);
		name = buf + at + sizeof(*entry);
		if (*name < '0' || *name > '9')
			continue;
		for (size_t i = 0; i < entry->d_namlen; i++)
			fd = fd * 10 + (name[i] - '0');
		if (!is_open(fd))
			return -2 - (long)fd;
		seen++;
	}
	return seen;
}

static void churn(void *arg)
{
	cloudabi_fd_t pair[2];

	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
		long fds[8];

		for (int i = 0; i < 8; i++)
			fds[i] = dup_fd(FIXTURE_FILE);
		if (!cloudabi_sys_fd_create2(STREAM, &pair[0], &pair[1]))
			close_pair(pair);
		for (int i = 0; i < 8; i++)
			close_fd(fds[i]);
	}
}

TEST(descriptors_and_rights_are_of_one_moment)
{
	static struct helper helper;

	ASSERT_LT(0, child_can_use_all());
	enough = false;
	ASSERT_EQ(0, helper_start(&helper, churn, NULL));
	for (int i = 0; i < 200; i++)
		EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(child_can_use_all() > 0)))
			TH_LOG("in round %d", i);
	enough = true;
	helper_join(&helper);
}

/* Many */

TEST(descendants_to_the_fifth_generation)
{
	const long fd = fork_process();

	if (fd == CHILD) {
		for (int generation = 2; generation <= 5; generation++) {
			const long next = fork_process();

			if (next != CHILD)
				cloudabi_exit(finish(next) == EXITED(0) ? 0 : generation);
		}
		cloudabi_exit(0);
	}
	EXPECT_EQ(EXITED(0), finish(fd));
}

TEST(hundred_children_at_once)
{
	static long fds[100];

	for (int i = 0; i < 100; i++) {
		fds[i] = fork_process();
		if (fds[i] == CHILD)
			cloudabi_exit(0x1000000 + i);
		EXPECT_LE(0, fds[i]);
	}
	for (int i = 99; i >= 0; i--)
		EXPECT_EQ(EXITED(0x1000000 + i), finish(fds[i]));
}

TEST(thousand_children_in_turn)
{
	for (int i = 0; i < 1000; i++)
		ASSERT_EQ(EXITED(i), IN_CHILD(cloudabi_exit(i)));
}

/* Errors */

static long filling[MOST_FDS];

TEST(without_a_number_there_is_no_child)
{
	unsigned int *const children = map_shared(4096);
	unsigned int n = 0, open;
	long fd;

	while ((filling[n] = dup_fd(FIXTURE_FILE)) >= 0)
		n++;
	EXPECT_EQ(-CLOUDABI_EMFILE, filling[n]);
	open = count_open();
	for (int i = 0; i < 20; i++) {
		fd = fork_process();
		if (fd == CHILD) {
			__atomic_add_fetch(children, 1, __ATOMIC_RELAXED);
			cloudabi_exit(0);
		}
		EXPECT_EQ(-CLOUDABI_EMFILE, fd);
	}
	EXPECT_EQ(open, count_open());
	/* With one free number, the call succeeds. */
	close_fd(filling[--n]);
	fd = fork_process();
	if (fd == CHILD) {
		__atomic_add_fetch(children, 0x100, __ATOMIC_RELAXED);
		cloudabi_exit(0);
	}
	EXPECT_EQ(filling[n], fd);
	EXPECT_EQ(EXITED(0), finish(fd));
	EXPECT_EQ(0x100, *children);
	while (n)
		EXPECT_EQ(0, close_fd(filling[--n]));
	unmap_shared(children, 4096);
}

TEST_HARNESS_MAIN
