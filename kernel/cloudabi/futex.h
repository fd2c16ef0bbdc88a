/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Locks and condition variables
 */
#ifndef _KERNEL_CLOUDABI_FUTEX_H
#define _KERNEL_CLOUDABI_FUTEX_H

#include "cloudabi.h"
#include "timeout.h"

/**
 * enum cloudabi_futex_state - How far a wait has come
 * @CLOUDABI_FUTEX_FRESH: it has just begun
 * @CLOUDABI_FUTEX_SIGNALLED: the lock was given up, and the condition variable
 *                            signalled; the lock has to be taken again
 * @CLOUDABI_FUTEX_TIMED_OUT: the lock was given up, and time has run out; the
 *                            lock has to be taken again
 *
 * Kept while a call that waits is interrupted.
 */
enum cloudabi_futex_state {
	CLOUDABI_FUTEX_FRESH,
	CLOUDABI_FUTEX_SIGNALLED,
	CLOUDABI_FUTEX_TIMED_OUT,
};

int cloudabi_futex_wait(const cloudabi_subscription_t *what,
			const struct cloudabi_timeout *timeout,
			unsigned int *state, bool *timed_out);

#endif /* _KERNEL_CLOUDABI_FUTEX_H */
