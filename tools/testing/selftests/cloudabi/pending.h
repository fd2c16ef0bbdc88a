/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Calls that the kernel does not have yet
 *
 * Each fails with ENOSYS.  Who writes one takes it off this list.
 */
#ifndef SELFTESTS_CLOUDABI_PENDING_H
#define SELFTESTS_CLOUDABI_PENDING_H

#define PENDING_CALLS(CALL)      \
	CALL(condvar_signal)     \
	CALL(fd_create1)         \
	CALL(fd_create2)         \
	CALL(fd_datasync)        \
	CALL(fd_replace)         \
	CALL(fd_sync)            \
	CALL(file_advise)        \
	CALL(file_allocate)      \
	CALL(file_create)        \
	CALL(file_link)          \
	CALL(file_readlink)      \
	CALL(file_rename)        \
	CALL(file_stat_fget)     \
	CALL(file_stat_fput)     \
	CALL(file_stat_get)      \
	CALL(file_stat_put)      \
	CALL(file_symlink)       \
	CALL(file_unlink)        \
	CALL(lock_unlock)        \
	CALL(mem_advise)         \
	CALL(mem_sync)           \
	CALL(poll)               \
	CALL(proc_exec)          \
	CALL(proc_fork)          \
	CALL(proc_raise)         \
	CALL(sock_recv)          \
	CALL(sock_send)          \
	CALL(sock_shutdown)      \
	CALL(thread_create)      \
	CALL(thread_exit)

#define PENDING_BIT(name) | 1ULL << CLOUDABI_NR_##name
#define IS_PENDING(nr) (((0ULL PENDING_CALLS(PENDING_BIT)) >> (nr)) & 1)

/* Is there, but not yet what it does to descriptors. */
#define IS_PENDING_FILE_USE(nr) ((nr) == CLOUDABI_NR_mem_map)

#endif /* SELFTESTS_CLOUDABI_PENDING_H */
