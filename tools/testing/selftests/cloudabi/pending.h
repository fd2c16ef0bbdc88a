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
	CALL(lock_unlock)        \
	CALL(poll)               \
	CALL(proc_exec)          \
	CALL(proc_fork)          \
	CALL(proc_raise)         \
	CALL(thread_exit)

#define PENDING_BIT(name) | 1ULL << CLOUDABI_NR_##name
#define IS_PENDING(nr) (((0ULL PENDING_CALLS(PENDING_BIT)) >> (nr)) & 1)

#endif /* SELFTESTS_CLOUDABI_PENDING_H */
