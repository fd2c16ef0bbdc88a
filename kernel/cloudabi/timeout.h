/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Time-outs
 */
#ifndef _KERNEL_CLOUDABI_TIMEOUT_H
#define _KERNEL_CLOUDABI_TIMEOUT_H

#include <linux/ktime.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "cloudabi.h"

/**
 * struct cloudabi_timeout - When a wait ends
 * @clock: CLOCK_MONOTONIC; CLOCK_REALTIME if steps of that clock count
 * @deadline: time on that clock in the initial time namespace; KTIME_MAX if the
 *            wait has no end
 * @slack: how many ns later the wait may end
 */
struct cloudabi_timeout {
	clockid_t clock;
	ktime_t deadline;
	u64 slack;
};

int cloudabi_timeout_init(struct cloudabi_timeout *timeout,
			  const cloudabi_subscription_t *sub, ktime_t start);
void cloudabi_timeout_join(struct cloudabi_timeout *timeout,
			   const struct cloudabi_timeout *other);
void cloudabi_timeout_sleep(const struct cloudabi_timeout *monotonic,
			    const struct cloudabi_timeout *realtime);

/**
 * cloudabi_timeout_passed - Has a time-out ended?
 * @timeout: the time-out
 *
 * Context: Any.
 * Return: true if its deadline has passed.
 */
static inline bool
cloudabi_timeout_passed(const struct cloudabi_timeout *timeout)
{
	const ktime_t now = timeout->clock == CLOCK_REALTIME ?
				    ktime_get_real() : ktime_get();

	return now >= timeout->deadline;
}

#endif /* _KERNEL_CLOUDABI_TIMEOUT_H */
