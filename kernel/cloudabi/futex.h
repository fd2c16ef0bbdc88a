/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Waits for locks and at condition variables
 */
#ifndef _KERNEL_CLOUDABI_FUTEX_H
#define _KERNEL_CLOUDABI_FUTEX_H

#include "cloudabi.h"
#include "timeout.h"

/**
 * enum cloudabi_futex_progress - Progress of a wait
 * @CLOUDABI_FUTEX_FRESH: the wait begins
 * @CLOUDABI_FUTEX_SIGNALLED: the lock was released, and the condition variable
 *                            was signalled; the lock must be acquired again
 * @CLOUDABI_FUTEX_TIMED_OUT: the lock was released, and the time-out has ended;
 *                            the lock must be acquired again
 *
 * The restart block of an interrupted call keeps it.  The last two states exist
 * only for waits at condition variables.
 */
enum cloudabi_futex_progress {
	CLOUDABI_FUTEX_FRESH,
	CLOUDABI_FUTEX_SIGNALLED,
	CLOUDABI_FUTEX_TIMED_OUT,
};

int cloudabi_futex_wait(const cloudabi_subscription_t *sub,
			const struct cloudabi_timeout *timeout,
			unsigned int *state, bool *timed_out);

#endif /* _KERNEL_CLOUDABI_FUTEX_H */
