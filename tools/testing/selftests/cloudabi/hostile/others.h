/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: other processes and threads
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_OTHERS_H
#define SELFTESTS_CLOUDABI_HOSTILE_OTHERS_H

#include "attempt.h"
#include "growth.h"

ATTEMPT(signal_others, GATE)
{
	struct sleeper sibling = { .fd = -1 };

	ASSERT_EQ(0, start_sleeper(&sibling));
	EXPECT_EQ(KILLED(KILL), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGKILL)));
	EXPECT_EQ(KILLED(TERM), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGTERM)));
	EXPECT_EQ(KILLED(ABRT), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGABRT)));
	EXPECT_TRUE(is_alive(&sibling));
	EXPECT_TRUE(launcher_lives());
	close_fd(sibling.fd);
	close_fd(sibling.life);
}

ATTEMPT(raise_signals_that_are_none, GATE)
{
	for (unsigned int sig = CLOUDABI_NR_SIGNALS; sig < 256; sig++)
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_proc_raise(sig)) TH_LOG("%u", sig);
}

/* Closing the last process descriptor kills its process, but never the caller. */
ATTEMPT(kill_by_closing_pidfd, GATE)
{
	const long fd = dup_fd(FIXTURE_PID);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(launcher_lives());
	EXPECT_EQ(EXITED(0), IN_CHILD(close_fd(FIXTURE_PID)));
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(wake_others_through_forged_lock, GATE)
{
	cloudabi_lock_t *const lock = map_shared(PAGE);
	const cloudabi_tid_t owners[] = { launcher() + 1, 2, 0, 1, 0x3fffffff };

	ASSERT_TRUE(lock);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const cloudabi_lock_t forged[] = {
			CLOUDABI_LOCK_WRLOCKED | owners[i],
			CLOUDABI_LOCK_WRLOCKED | CLOUDABI_LOCK_KERNEL_MANAGED | owners[i],
			CLOUDABI_LOCK_KERNEL_MANAGED | owners[i],
		};

		for (size_t j = 0; j < ARRAY_SIZE(forged); j++) {
			sub_t sub = sub_lock(WRLOCK, lock);

			sub.lock.lock_scope = CLOUDABI_SCOPE_SHARED;
			*lock = forged[j];
			/*
			 * The program does not own the lock, and there are no
			 * waiters.
			 */
			cloudabi_sys_lock_unlock(lock, CLOUDABI_SCOPE_SHARED);
			*lock = forged[j];
			POLL(sub, sub_after(0));
			EXPECT_TRUE(events[0].type == CLOCK || events[0].error ||
				    events[0].type == WRLOCK);
		}
	}
	unmap_shared(lock, PAGE);
	EXPECT_TRUE(launcher_lives());
}

/* The same address in private memory of two processes is two different locks. */
ATTEMPT(reach_lock_of_relative, GATE)
{
	static cloudabi_lock_t lock;
	long child;

	lock = CLOUDABI_LOCK_WRLOCKED | test_start->tid;
	child = fork_process();
	if (child == CHILD) {
		sub_t sub = sub_lock(WRLOCK, &lock);

		CHECK_OR_EXIT(POLL(sub, sub_after(200 * MS)) == 1);
		cloudabi_exit(events[0].type == CLOCK ? 0 : 77);
	}
	ASSERT_LE(0, child);
	sleep_for(50 * MS);
	cloudabi_sys_lock_unlock(&lock, PRIVATE_SCOPE);
	EXPECT_EQ(EXITED(0), finish(child));
}

static void change_byte(uintptr_t addr)
{
	if (!protect(addr, P_READ | P_WRITE))
		set_byte(addr, 0x77);
}

/* All processes share the one page of the vDSO. */
ATTEMPT(change_vdso_of_others, GATE)
{
	const uintptr_t vdso = (uintptr_t)test_start->vdso;
	const long before = fork_process();

	if (before == CHILD) {
		sleep_for(100 * MS);
		cloudabi_exit(get_byte(vdso) != 0x7f);
	}
	EXPECT_EQ(EXITED(0), IN_CHILD(change_byte(vdso)));
	EXPECT_EQ(0x7f, get_byte(vdso));
	EXPECT_EQ(EXITED(0), finish(before));
	EXPECT_EQ(EXITED(0x7f), run_order(FIXTURE_IMAGE, ORDER_VDSO, NULL, 0));
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_OTHERS_H */
