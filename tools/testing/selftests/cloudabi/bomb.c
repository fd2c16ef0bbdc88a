// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A program that exhausts a resource
 *
 * The first string of its argument data names the resource. When the kernel
 * refuses more, the program writes the error and how much it has, and keeps all of
 * it until it is killed:
 *
 *	EMFILE 251
 *
 * Other bombs run until they are killed. bombs_test starts the program with the
 * descriptors below and no others.
 */

#include "filecalls.h"
#include "mem.h"
#undef READ
#undef WRITE
#include "proccalls.h"

#define REPORTS 1
#define DIR 3
#define SELF 4
#define FDS 5

#define MIB 1048576UL
#define READ_PROT CLOUDABI_PROT_READ
#define WRITE_PROT CLOUDABI_PROT_WRITE

static __attribute__((__noreturn__)) void stopped(long error, unsigned long count)
{
	cloudabi_dprintf(REPORTS, "%s %lu\n", cloudabi_errno_name(-error), count);
	sleep_forever();
}

/* Repeats a call until it fails. */
#define UNTIL_STOPPED(call) do {                            \
	unsigned long count_ = 0;                           \
	long result_;                                       \
							    \
	while ((result_ = (call)) >= 0)                     \
		count_++;                                   \
	stopped(result_, count_);                           \
} while (0)

/* Processes */

/* Every process forks until it fails. */
static void bomb_fork(void)
{
	unsigned long count = 0;
	long fd;

	while ((fd = fork_process()) >= 0)
		count = fd == CHILD ? 0 : count + 1;
	stopped(fd, count);
}

/* Closing a process descriptor kills the process, which may have children by then. */
static void bomb_fork_drop(void)
{
	for (;;) {
		const long fd = fork_process();

		if (fd >= 0 && fd != CHILD)
			close_fd(fd);
	}
}

/* A process that ended keeps its entry as long as its descriptor is open. */
static void bomb_fork_keep(void)
{
	unsigned long count = 0;
	long fd;

	while ((fd = fork_process()) >= 0) {
		if (fd == CHILD)
			cloudabi_exit(0);
		wait_end(fd);
		count++;
	}
	stopped(fd, count);
}

#define STACK 16384

static long start_thread(cloudabi_threadentry_t *entry, void *arg)
{
	const long stack = map_anon(STACK, READ_PROT | WRITE_PROT, PRIVATE);
	cloudabi_threadattr_t attr = {
		.entry_point = entry,
		.stack = (void *)stack,
		.stack_len = STACK,
		.argument = arg,
	};
	cloudabi_tid_t tid = 0;

	return stack < 0 ? stack : -(long)cloudabi_sys_thread_create(&attr, &tid);
}

static void thread_sleep(cloudabi_tid_t tid, void *arg)
{
	sleep_forever();
}

static void bomb_threads(void)
{
	UNTIL_STOPPED(start_thread(thread_sleep, NULL));
}

/* Descriptors */

static void bomb_dup(void)
{
	UNTIL_STOPPED(dup_fd(DIR));
}

static long open_fresh(void)
{
	return open_at(DIR, "file", CLOUDABI_O_CREAT, R(FD_READ));
}

static void bomb_open(void)
{
	UNTIL_STOPPED(open_fresh());
}

static long create_pair(void)
{
	cloudabi_fd_t fds[2];

	return make_pair(STREAM, fds);
}

static void bomb_pairs(void)
{
	UNTIL_STOPPED(create_pair());
}

static long create_shared(void)
{
	cloudabi_fd_t fd = 0;
	const cloudabi_errno_t error =
		cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd);

	return RESULT(error, fd);
}

static void bomb_shared(void)
{
	UNTIL_STOPPED(create_shared());
}

/* Each pair is in a message of the next pair, and has no other reference. */
static void bomb_nested(void)
{
	cloudabi_fd_t inner[2], outer[2];
	unsigned long count = 0;
	long error = make_pair(STREAM, inner);

	while (!error) {
		error = make_pair(STREAM, outer);
		if (error)
			break;
		error = send_fds(outer[0], "", 1, inner, 2);
		if (error < 0)
			break;
		error = close_pair(inner);
		inner[0] = outer[0];
		inner[1] = outer[1];
		count++;
	}
	stopped(error, count);
}

/* Pairs whose only reference is a message in their own queue. */
static void bomb_garbage(void)
{
	cloudabi_fd_t pair[2], list[MOST_SENT];

	for (;;) {
		if (make_pair(STREAM, pair))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(list); i++)
			list[i] = pair[i % 2];
		send_fds(pair[0], "", 1, list, ARRAY_SIZE(list));
		send_fds(pair[1], "", 1, list, ARRAY_SIZE(list));
		close_pair(pair);
	}
}

/* Messages with as many descriptors as possible, in pairs that stay open. */
static long fill_messages(void)
{
	static cloudabi_fd_t list[MOST_SENT];
	cloudabi_fd_t fds[2];
	long error = make_pair(STREAM, fds);

	while (error >= 0)
		error = send_fds(fds[0], "", 1, list, ARRAY_SIZE(list));
	/* When one pair is full, continue with the next. */
	return error == -CLOUDABI_EAGAIN ? 0 : error;
}

static void bomb_messages(void)
{
	UNTIL_STOPPED(fill_messages());
}

static long fill_pair(void)
{
	static char data[65536];
	cloudabi_fd_t fds[2];
	const long error = make_pair(STREAM, fds);

	if (error)
		return error;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		while (write_fd(fds[i], data, sizeof(data)) > 0)
			;
	return 0;
}

static void bomb_socket_data(void)
{
	UNTIL_STOPPED(fill_pair());
}

/* Memory */

static void touch(long from, size_t len, size_t step)
{
	for (size_t at = 0; at < len; at += step)
		__atomic_store_n((char *)(from + at), 1, __ATOMIC_RELAXED);
}

static long take_memory(void)
{
	const long mem = map_anon(MIB, READ_PROT | WRITE_PROT, PRIVATE);

	if (mem < 0)
		return mem;
	touch(mem, MIB, PAGE);
	return 0;
}

static void bomb_memory(void)
{
	UNTIL_STOPPED(take_memory());
}

static unsigned long written;

static long write_more(cloudabi_fd_t fd)
{
	static char data[65536];
	const long len = pwrite_fd(fd, data, sizeof(data), written);

	if (len > 0)
		written += len;
	return len;
}

static void bomb_shared_memory(void)
{
	const size_t len = 1UL << 40;
	const long fd = create_shared();
	long mem;

	if (fd < 0 || resize(fd, len))
		stopped(-CLOUDABI_EIO, 0);
	mem = map_fd(fd, len, READ_PROT | WRITE_PROT, SHARED);
	if (mem < 0)
		stopped(mem, 0);
	touch(mem, len, PAGE);
}

static void bomb_file(void)
{
	const long fd = make_file("file", "");

	if (fd < 0)
		stopped(fd, 0);
	UNTIL_STOPPED(write_more(fd));
}

/* One page in each region that needs a page table of its own. */
static void bomb_tables(void)
{
	const size_t len = 1UL << 40;
	const long mem = map_anon(len, READ_PROT, PRIVATE);

	if (mem < 0)
		stopped(mem, 0);
	for (size_t at = 0; at < len; at += 2 * MIB)
		__atomic_load_n((char *)(mem + at), __ATOMIC_RELAXED);
}

/* Neighbours differ in protection; equal neighbours would merge into one mapping. */
static long map_another(void)
{
	static cloudabi_mprot_t prot;

	prot ^= READ_PROT;
	return map_anon(PAGE, prot, PRIVATE);
}

static void bomb_mappings(void)
{
	UNTIL_STOPPED(map_another());
}

/* Directories */

static long make_link(void)
{
	static char contents[121], name[201];
	static unsigned int count;

	memset(contents, 'c', sizeof(contents) - 1);
	memset(name, 'n', sizeof(name) - 1);
	cloudabi_snprintf(name, 9, "%08u", count++);
	name[8] = 'n';
	return symlink_at(contents, DIR, name);
}

static void bomb_links(void)
{
	UNTIL_STOPPED(make_link());
}

/* Locks */

#define WORDS (MIB / sizeof(cloudabi_lock_t))

static cloudabi_lock_t words[WORDS];

/* A lock held by a thread that never releases it. */
#define TAKEN (CLOUDABI_LOCK_WRLOCKED | 0x3fffffffU)

static long poll_one(const sub_t *subs, size_t n)
{
	cloudabi_event_t result[2];
	cloudabi_size_t nevents;

	return -(long)cloudabi_sys_poll(subs, result, n, &nevents);
}

/* Waits for a lock, or at a condition variable with a lock of its own. */
static void thread_lock(cloudabi_tid_t tid, void *arg)
{
	cloudabi_lock_t *const word = arg;
	const sub_t lock = sub_lock(WRLOCK, word);
	const sub_t condvar = {
		.type = CONDVAR,
		.condvar = {
			.condvar = word + 1,
			.lock = word,
			.condvar_scope = PRIVATE_SCOPE,
			.lock_scope = PRIVATE_SCOPE,
		},
	};
	const bool at_lock = (word - words) % 4;

	*word = at_lock ? TAKEN : CLOUDABI_LOCK_WRLOCKED | tid;
	poll_one(at_lock ? &lock : &condvar, 1);
	cloudabi_exit(1);
}

static void bomb_locks(void)
{
	cloudabi_lock_t *word = words;

	UNTIL_STOPPED(start_thread(thread_lock, word += 2));
}

/* Waits at all locks, one after the other. */
static void bomb_lock_turns(void)
{
	for (size_t i = 0; ; i = (i + 1) % WORDS) {
		const sub_t subs[2] = { sub_lock(WRLOCK, &words[i]), sub_after(0) };

		words[i] = TAKEN;
		if (poll_one(subs, 2))
			cloudabi_exit(1);
	}
}

/* Waiting */

#define MOST_SUBS 65536

static sub_t subs[MOST_SUBS];
static cloudabi_event_t happened[MOST_SUBS];

/* No event ever occurs, so all threads can share one result array. */
static void thread_poll(cloudabi_tid_t tid, void *arg)
{
	cloudabi_size_t n;

	stopped(-(long)cloudabi_sys_poll(subs, happened, MOST_SUBS, &n), 0);
}

static void watch_for(cloudabi_fd_t fd)
{
	for (size_t i = 0; i < MOST_SUBS; i++)
		subs[i] = sub_fd(CLOUDABI_EVENTTYPE_FD_READ, fd);
}

static void bomb_poll(void)
{
	cloudabi_fd_t pair[2];
	const long error = make_pair(STREAM, pair);

	if (error)
		stopped(error, 0);
	watch_for(pair[0]);
	/*
	 * When thread creation fails, the existing threads may still allocate
	 * memory.
	 */
	while (!start_thread(thread_poll, NULL))
		;
	sleep_forever();
}

static bool is_idle(void)
{
	const cloudabi_timestamp_t before = now_of(CLOUDABI_CLOCK_PROCESS_CPUTIME_ID);

	sleep_for(100 * MS);
	return now_of(CLOUDABI_CLOCK_PROCESS_CPUTIME_ID) - before < 5 * MS;
}

/* A few threads wait; the test measures the memory that this takes. */
static void bomb_poll_sleep(void)
{
	cloudabi_fd_t pair[2];
	long error = make_pair(STREAM, pair);

	if (!error)
		watch_for(pair[0]);
	for (int i = 0; i < 6 && !error; i++)
		error = start_thread(thread_poll, NULL);
	while (!error && !is_idle())
		;
	stopped(error, 6);
}

/*
 * A call subscribes many times to a socket with constant traffic. No event is the
 * awaited one, but each wake-up checks every subscription.
 */
static void bomb_poll_wakes(void)
{
	cloudabi_fd_t pair[2];
	char byte;

	if (make_pair(STREAM, pair))
		cloudabi_exit(1);
	watch_for(pair[0]);
	if (start_thread(thread_poll, NULL))
		cloudabi_exit(1);
	while (write_fd(pair[0], "", 1) == 1 && read_fd(pair[1], &byte, 1) == 1)
		;
	cloudabi_exit(1);
}

/* Threads that wait for data, each with a vector of maximum length. */
static void thread_read(cloudabi_tid_t tid, void *arg)
{
	const cloudabi_fd_t fd = *(cloudabi_fd_t *)arg;
	static cloudabi_iovec_t iov[1024];
	static char data[1024];
	cloudabi_size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(iov); i++)
		iov[i] = (cloudabi_iovec_t){ .buf = &data[i], .buf_len = 1 };
	stopped(-(long)cloudabi_sys_fd_read(fd, iov, ARRAY_SIZE(iov), &n), 0);
}

static void bomb_vectors(void)
{
	static cloudabi_fd_t pair[2];
	const cloudabi_errno_t error =
		cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &pair[0], &pair[1]);

	if (error)
		stopped(-(long)error, 0);
	UNTIL_STOPPED(start_thread(thread_read, &pair[0]));
}

/* Exec */

#define DATA_LEN (6 * MIB - 1)

static char name[32];
static size_t name_len;
static const void *given;
static size_t given_len;

static long execute(const void *data, size_t len, const cloudabi_fd_t *fds, size_t n)
{
	return -(long)cloudabi_sys_proc_exec(SELF, data, len, fds, n);
}

/* Executes with the longest argument data, repeatedly. */
static void bomb_argdata(void)
{
	static const cloudabi_fd_t fds[FDS] = { 0, 1, 2, 3, 4 };
	long mem;

	if (given_len == DATA_LEN)
		stopped(execute(given, given_len, fds, FDS), given_len);
	mem = map_anon(DATA_LEN, READ_PROT | WRITE_PROT, PRIVATE);
	if (mem < 0)
		stopped(mem, 0);
	memcpy((void *)mem, name, name_len);
	touch(mem + MIB, DATA_LEN - MIB, PAGE);
	stopped(execute((void *)mem, DATA_LEN, fds, FDS), DATA_LEN);
}

static void bomb_argdata_many(void)
{
	if (given_len != DATA_LEN)
		for (int i = 0; i < 8; i++) {
			const long fd = fork_process();

			if (fd < 0)
				stopped(fd, i);
			if (fd == CHILD)
				bomb_argdata();
		}
	else
		bomb_argdata();
	sleep_forever();
}

#define MOST_LISTED (1UL << 20)

static void bomb_list(void)
{
	static cloudabi_fd_t fds[MOST_LISTED];

	/* All other descriptors are duplicates of the first. */
	for (cloudabi_fd_t fd = 0; fd < FDS; fd++)
		fds[fd] = fd;
	stopped(execute(name, name_len, fds, MOST_LISTED), 0);
}

/* The longest argument data that the kernel accepts; there is no program to execute. */
static void bomb_argdata_size(void)
{
	const long mem = map_anon(8 * MIB, READ_PROT | WRITE_PROT, PRIVATE);
	size_t good = 0, bad = 8 * MIB;

	while (bad - good > 1) {
		const size_t len = (good + bad) / 2;

		if (cloudabi_sys_proc_exec(FIXTURE_NONE, (void *)mem, len, NULL, 0) ==
		    CLOUDABI_E2BIG)
			bad = len;
		else
			good = len;
	}
	stopped(-CLOUDABI_E2BIG, good);
}

/* Large numbers that must fail without allocating memory. */
static void bomb_numbers(void)
{
	static const size_t numbers[] = {
		1UL << 20, 1UL << 31, (1UL << 32) + 1, 1UL << 60, (1UL << 60) + 1,
		(1UL << 62) + 1, 1UL << 63, -1UL,
	};
	cloudabi_fd_t pair[2];
	const long mem = map_anon(8 * MIB, READ_PROT | WRITE_PROT, PRIVATE);
	void *const p = (void *)mem;
	cloudabi_size_t n;

	CHECK_OR_EXIT(mem > 0 && !make_pair(STREAM, pair));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const size_t size = numbers[i];
		const cloudabi_ciovec_t ciov = { .buf = "", .buf_len = 1 };
		const cloudabi_send_in_t sends[] = {
			{ .si_data = &ciov, .si_data_len = 1, .si_fds = p, .si_fds_len = size },
			{ .si_data = p, .si_data_len = size },
		};
		const cloudabi_recv_in_t recv = { .ri_data = p, .ri_data_len = size };

		CHECK_OR_EXIT(execute(p, 0, p, size) == -CLOUDABI_EMFILE);
		if (size > DATA_LEN)
			CHECK_OR_EXIT(execute(p, size, p, 0) == -CLOUDABI_E2BIG);
		CHECK_OR_EXIT(cloudabi_sys_poll(p, p, size, &n) == CLOUDABI_EINVAL);
		CHECK_OR_EXIT(send_in(pair[0], &sends[0]) == -CLOUDABI_EINVAL);
		CHECK_OR_EXIT(send_in(pair[0], &sends[1]) == -CLOUDABI_EINVAL);
		CHECK_OR_EXIT(receive_in(pair[0], &recv) == -CLOUDABI_EINVAL);
		CHECK_OR_EXIT(cloudabi_sys_fd_read(pair[0], p, size, &n) == CLOUDABI_EINVAL);
		CHECK_OR_EXIT(cloudabi_sys_fd_write(pair[0], p, size, &n) == CLOUDABI_EINVAL);
		if (size > 1UL << 47)
			CHECK_OR_EXIT(map_anon(size, READ_PROT, PRIVATE) < 0);
	}
	stopped(0, ARRAY_SIZE(numbers));
}

static void bomb_time(void)
{
	for (;;)
		__asm__ volatile("");
}

static const struct bomb {
	const char *name;
	void (*run)(void);
} bombs[] = {
#define BOMB(name) { #name, bomb_##name }
	BOMB(argdata), BOMB(argdata_many), BOMB(argdata_size), BOMB(dup), BOMB(file),
	BOMB(fork), BOMB(fork_drop), BOMB(fork_keep), BOMB(garbage), BOMB(links), BOMB(list),
	BOMB(lock_turns), BOMB(locks), BOMB(mappings), BOMB(memory), BOMB(messages),
	BOMB(nested), BOMB(numbers), BOMB(open), BOMB(pairs), BOMB(poll), BOMB(poll_sleep),
	BOMB(poll_wakes), BOMB(shared), BOMB(shared_memory), BOMB(socket_data), BOMB(tables),
	BOMB(threads), BOMB(time), BOMB(vectors),
};

int cloudabi_main(const struct cloudabi_start *start)
{
	const char *argv[1];

	given = start->argdata;
	given_len = start->argdata_len;
	if (!cloudabi_argdata_split(given, given_len, argv, 1))
		return 127;
	name_len = strnlen(argv[0], sizeof(name) - 1) + 1;
	memcpy(name, argv[0], name_len);
	for (size_t i = 0; i < ARRAY_SIZE(bombs); i++)
		if (!strcmp(bombs[i].name, name))
			bombs[i].run();
	return 127;
}
