/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: memory of the kernel, of files and of other processes
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_MEMORY_H
#define SELFTESTS_CLOUDABI_HOSTILE_MEMORY_H

#include "attempt.h"

ATTEMPT(map_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(MEM_MAP));

	STOPPED(map(fd, P_READ, M_PRIVATE));
	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, 0, M_SHARED));
}

ATTEMPT(map_writable_from_read_only, BOTH)
{
	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_WRITE));

	STOPPED(map(fd, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(fd, P_WRITE, M_SHARED));
	UNTOUCHED();
}

ATTEMPT(map_readable_from_write_only, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_READ));

	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, P_READ, M_PRIVATE));
}

ATTEMPT(map_executable_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_IMAGE, R(MEM_MAP_EXEC));

	STOPPED(map(fd, P_READ | P_EXEC, M_PRIVATE));
	STOPPED(map(fd, P_EXEC, M_SHARED));
}

ATTEMPT(make_mapping_writable, BOTH)
{
	long mem;

	TEMP_FILE(temp);
	WITHOUT(fd, temp, R(FD_WRITE));
	mem = map(fd, P_READ, M_SHARED);
	ASSERT_LT(0, mem);
	if (!protect(mem, P_READ | P_WRITE))
		set_byte(mem, 'x');
	UNTOUCHED();
	unmap(mem);
}

ATTEMPT(make_mapping_executable, BOTH)
{
	long mem;

	WITHOUT(fd, FIXTURE_IMAGE, R(MEM_MAP_EXEC));
	mem = map(fd, P_READ, M_PRIVATE);
	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ | P_EXEC));
	unmap(mem);
}

/*
 * The kernel can still read the memory; an inaccessible mapping must stay
 * inaccessible.
 */
ATTEMPT(make_mapping_readable, BOTH)
{
	long mem;

	WITHOUT(fd, FIXTURE_FILE, R(FD_READ));
	mem = map(fd, 0, M_SHARED);
	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ));
	STOPPED(protect(mem, P_READ | P_WRITE));
	unmap(mem);
}

ATTEMPT(map_device_writable, GATE)
{
	STOPPED(map(FIXTURE_ZERO_DEVICE, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(FIXTURE_BLOCK, P_READ | P_WRITE, M_SHARED));
	STOPPED(write_fd(FIXTURE_BLOCK, "x", 1));
}

ATTEMPT(map_writable_code, GATE)
{
	STOPPED(map_anon(P_WRITE | P_EXEC));
	STOPPED(map_anon(P_READ | P_WRITE | P_EXEC));
	STOPPED(map(FIXTURE_FILE, P_WRITE | P_EXEC, M_PRIVATE));
	STOPPED(map(FIXTURE_MEMFD, P_READ | P_WRITE | P_EXEC, M_SHARED));
}

ATTEMPT(make_code_writable, GATE)
{
	const long mem = map_anon(P_READ | P_EXEC);

	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ | P_WRITE | P_EXEC));
	STOPPED(protect(mem, P_WRITE | P_EXEC));
	STOPPED(protect((uintptr_t)&make_code_writable & -PAGE, P_READ | P_WRITE | P_EXEC));
	STOPPED(protect(mem, 0xf));
	STOPPED(protect(mem, 0x80 | P_WRITE | P_EXEC));
	unmap(mem);
}

/* A NULL pointer dereference in the kernel would read this page. */
ATTEMPT(map_the_first_page, GATE)
{
	STOPPED(map_at(0, PAGE, P_READ | P_WRITE));
	STOPPED(map_at(0, 2 * PAGE, P_READ | P_EXEC));
}

/* Direct map, kernel text, entry area, a non-canonical address, and the guard page. */
static const uintptr_t kernel_memory[] = {
	0xffff888000000000, 0xffffffff81000000, 0xfffffe0000000000, 0xffffffffff600000,
	0xfffffffffffff000, 0x800000000000, 0x7ffffffff000,
};

#define FOR_EACH_KERNEL_ADDRESS(addr)                                                     \
	for (size_t i_ = 0; i_ < ARRAY_SIZE(kernel_memory); i_++)                         \
		for (uintptr_t addr = kernel_memory[i_], once_ = 1; once_; once_ = 0)

ATTEMPT(map_over_the_kernel, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		STOPPED(map_at(addr, PAGE, P_READ | P_WRITE));
		STOPPED(protect(addr, P_READ));
		STOPPED(-(long)cloudabi_sys_mem_unmap((void *)addr, PAGE));
		STOPPED(-(long)cloudabi_sys_mem_sync((void *)addr, PAGE, CLOUDABI_MS_SYNC));
	}
	STOPPED(map_at(0x7fffffffe000, 2 * PAGE, P_READ));
	STOPPED(map_at(PAGE, -2 * PAGE, P_READ));
}

static long vector(cloudabi_errno_t (*call)(cloudabi_fd_t, const cloudabi_iovec_t *,
					    cloudabi_size_t, cloudabi_size_t *),
		   cloudabi_fd_t fd, const void *iov, size_t n)
{
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = call(fd, iov, n, &done);

	return RESULT(error, done);
}

/* Every call that reads user memory. */
ATTEMPT(read_kernel_memory, GATE)
{
	cloudabi_fd_t fd, pair[2];
	cloudabi_size_t n;

	TEMP_FILE(temp);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const char *const p = (void *)addr;
		const cloudabi_send_in_t in = { .si_data = (void *)p, .si_data_len = 1 };

		STOPPED(pwrite_fd(temp, p, 8, 0));
		STOPPED(write_fd(pair[0], p, 8));
		STOPPED(vector((void *)cloudabi_sys_fd_write, pair[0], p, 1));
		STOPPED(send_data(pair[0], p, 8));
		STOPPED(send_fds(pair[0], "x", 1, (void *)p, 1));
		STOPPED(send_in(pair[0], &in));
		STOPPED(send_in(pair[0], (void *)p));
		STOPPED(open_path(FIXTURE_DIR, 0, p, 4, 0, 0, R(FD_READ), 0));
		STOPPED(-(long)cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4,
						      0, (void *)p, &fd));
		STOPPED(-(long)cloudabi_sys_file_symlink(p, 8, FIXTURE_DIR, "new", 3));
		STOPPED(-(long)cloudabi_sys_file_create(FIXTURE_DIR, p, 8,
							CLOUDABI_FILETYPE_DIRECTORY));
		STOPPED(put_fd(temp, (void *)p, CLOUDABI_FILESTAT_MTIM));
		STOPPED(-(long)cloudabi_sys_fd_stat_put(temp, (void *)p, CLOUDABI_FDSTAT_RIGHTS));
		STOPPED(-(long)cloudabi_sys_poll((void *)p, events, 1, &n));
		STOPPED(-(long)cloudabi_sys_thread_create((void *)p, &fd));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, p, 8, NULL, 0));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, (void *)p, 1));
	}
	UNTOUCHED();
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(pair[1], buffer, sizeof(buffer)));
	close_pair(pair);
}

/* Every call that writes user memory. */
ATTEMPT(write_kernel_memory, GATE)
{
	const sub_t clock = sub_after(0);
	cloudabi_fd_t pair[2];
	cloudabi_size_t n;

	TEMP_FILE(temp);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	FOR_EACH_KERNEL_ADDRESS(addr) {
		char *const p = (void *)addr;
		const cloudabi_iovec_t iov = { .buf = buffer, .buf_len = 1 };
		const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };

		STOPPED(pread_fd(temp, p, 8, 0));
		STOPPED(read_fd(FIXTURE_ZERO_DEVICE, p, 8));
		STOPPED(vector(cloudabi_sys_fd_read, FIXTURE_ZERO_DEVICE, p, 1));
		STOPPED(-(long)cloudabi_sys_random_get(p, 8));
		STOPPED(-(long)cloudabi_sys_fd_stat_get(temp, (void *)p));
		STOPPED(stat_fd(temp, (void *)p));
		STOPPED(stat_at(FIXTURE_DIR, 0, "file", (void *)p));
		STOPPED(readlink_at(FIXTURE_DIR, "link", p, 8));
		STOPPED(readdir_fd(FIXTURE_DIR, p, 256, CLOUDABI_DIRCOOKIE_START));
		STOPPED(-(long)cloudabi_sys_poll(&clock, (void *)p, 1, &n));
		ASSERT_EQ(1, write_fd(pair[0], "x", 1));
		STOPPED(receive_data(pair[1], p, 8, 0));
		STOPPED(-(long)cloudabi_sys_sock_recv(pair[1], &in, (void *)p));
		read_fd(pair[1], buffer, sizeof(buffer));
	}
	close_pair(pair);
}

ATTEMPT(take_kernel_memory_for_a_lock, GATE)
{
	const sub_t clock = sub_after(0);

	FOR_EACH_KERNEL_ADDRESS(addr) {
		sub_t lock = sub_lock(WRLOCK, (void *)addr);
		sub_t condvar = {
			.type = CONDVAR,
			.condvar = { .condvar = (void *)addr, .lock = (void *)addr },
		};

		STOPPED(-(long)cloudabi_sys_lock_unlock((void *)addr, PRIVATE_SCOPE));
		STOPPED(-(long)cloudabi_sys_lock_unlock((void *)addr, CLOUDABI_SCOPE_SHARED));
		/* Without waiters, the address is only a number. */
		cloudabi_sys_condvar_signal((void *)addr, PRIVATE_SCOPE, 1);
		if (POLL(lock, clock) > 0)
			EXPECT_TRUE(events[0].error || events[0].type == CLOCK);
		lock.lock.lock_scope = CLOUDABI_SCOPE_SHARED;
		if (POLL(lock, clock) > 0)
			EXPECT_TRUE(events[0].error || events[0].type == CLOCK);
		if (POLL(condvar) > 0)
			EXPECT_NE(0, events[0].error);
	}
}

/* By a fault, or at the system call entry. */
static bool is_killed(long how)
{
	return how == KILLED(SYS) || how == KILLED(SEGV) || how == KILLED(ILL) ||
	       how == KILLED(BUS);
}

static void end_thread_on(uintptr_t addr)
{
	cloudabi_sys_thread_exit((void *)addr, PRIVATE_SCOPE);
	cloudabi_exit(77);
}

/*
 * The end of a thread writes a word. The thread is the last of its process, so the
 * process ends too.
 */
ATTEMPT(end_thread_on_kernel_memory, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const long how = IN_CHILD(end_thread_on(addr));

		EXPECT_TRUE(how == EXITED(0) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(wrap_lengths, GATE)
{
	static const size_t lengths[] = {
		-1UL, -PAGE, 1UL << 63, (1UL << 63) - 1, 1UL << 47,
	};
	cloudabi_iovec_t iovs[2] = { { .buf = buffer, .buf_len = 8 } };
	char *const edge = map_edge();

	TEMP_FILE(temp);
	ASSERT_TRUE(edge);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const size_t len = lengths[i];

		/*
		 * The kernel transfers no more than fits below kernel
		 * addresses.
		 */
		EXPECT_GE((long)FIXTURE_TEXT_LEN, pread_fd(temp, buffer, len, 0));
		iovs[1] = (cloudabi_iovec_t){ .buf = buffer + 8, .buf_len = len };
		EXPECT_GE((long)FIXTURE_TEXT_LEN, vector(cloudabi_sys_fd_read, temp, iovs, 2));
		STOPPED(vector(cloudabi_sys_fd_read, temp, iovs, len));
		STOPPED(vector((void *)cloudabi_sys_fd_write, temp, iovs, len));
		STOPPED(-(long)cloudabi_sys_random_get(edge - 8, len));
		STOPPED(open_path(FIXTURE_DIR, 0, buffer, len, 0, 0, R(FD_READ), 0));
		STOPPED(send_fds(FIXTURE_STREAM, "x", 1, (void *)buffer, len));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, buffer, len, NULL, 0));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, (void *)buffer, len));
		STOPPED(poll_for((void *)buffer, len));
		STOPPED(map_at(0x10000000, len, P_READ));
	}
	unmap_edge(edge);
}

/* As many vectors as possible, each as long as possible. */
ATTEMPT(vector_bomb, GATE)
{
	static cloudabi_iovec_t iovs[1025];

	TEMP_FILE(temp);
	for (size_t i = 0; i < ARRAY_SIZE(iovs); i++)
		iovs[i] = (cloudabi_iovec_t){ .buf = buffer, .buf_len = -1UL >> 1 };
	STOPPED(vector(cloudabi_sys_fd_read, temp, iovs, 1024));
	STOPPED(vector(cloudabi_sys_fd_read, temp, iovs, 1025));
	for (size_t i = 0; i < ARRAY_SIZE(iovs); i++)
		iovs[i].buf_len = (1UL << 63) / 1024;
	STOPPED(vector(cloudabi_sys_fd_read, temp, iovs, 1024));
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_MEMORY_H */
