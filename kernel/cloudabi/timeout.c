// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Time-outs
 */

#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>

#include "precision.h"
#include "timeout.h"

/*
 * The kernel waits as long as it may, unless something else wakes it up.  More
 * than that gains nothing, but would be felt.
 */
#define SLACK_MAX (100 * NSEC_PER_MSEC)

/* The end of what time there is, from where it is never. */
static ktime_t to_ktime(u64 ns)
{
	return min_t(u64, ns, KTIME_MAX);
}

/* With a precision floor, nothing is due between two times that can be seen. */
static ktime_t due(u64 ns)
{
	return to_ktime(cloudabi_precision_up(to_ktime(ns)));
}

/* A time of the monotonic clock, as the program has it and as the kernel has. */
static ktime_t to_program(ktime_t time)
{
	struct timespec64 ts = ktime_to_timespec64(time);

	timens_add_monotonic(&ts);
	return timespec64_to_ktime(ts);
}

static ktime_t to_host(ktime_t time)
{
	return time == KTIME_MAX ? time :
				   timens_ktime_to_host(CLOCK_MONOTONIC, time);
}

/* That no time shall go by tells nothing, and a look shall stay one. */
static ktime_t due_after(ktime_t start, ktime_t time)
{
	if (likely(!cloudabi_precision()) || !time)
		return to_ktime((u64)start + time);
	return to_host(due((u64)to_program(start) + time));
}

/**
 * cloudabi_timeout_init - Understand a subscription to a clock
 * @timeout: where to store when it is due
 * @sub: the subscription
 * @start: when the call was made, by the monotonic clock
 *
 * What is relative counts from @start, on any clock: no step of it makes the
 * wait longer or shorter.  With a precision floor, the end is a multiple of it on
 * the clock that tells when it has come.
 *
 * Return: 0; -EINVAL for an unknown clock; -EOPNOTSUPP for one of CPU time.
 */
int cloudabi_timeout_init(struct cloudabi_timeout *timeout,
			  const cloudabi_subscription_t *sub, ktime_t start)
{
	const bool absolute = sub->clock.flags &
			      CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME;
	const ktime_t time = to_ktime(sub->clock.timeout);

	timeout->clock = CLOCK_MONOTONIC;
	timeout->slack = cloudabi_precision() ? 0 :
			 min_t(u64, sub->clock.precision, SLACK_MAX);
	timeout->deadline = absolute ? due(time) : due_after(start, time);

	switch (sub->clock.clock_id) {
	case CLOUDABI_CLOCK_MONOTONIC:
		if (absolute)
			timeout->deadline = to_host(timeout->deadline);
		return 0;
	case CLOUDABI_CLOCK_REALTIME:
		if (absolute)
			timeout->clock = CLOCK_REALTIME;
		return 0;
	case CLOUDABI_CLOCK_PROCESS_CPUTIME_ID:
	case CLOUDABI_CLOCK_THREAD_CPUTIME_ID:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

static u64 latest(const struct cloudabi_timeout *timeout)
{
	return (u64)timeout->deadline + timeout->slack;
}

/**
 * cloudabi_timeout_join - Wait for one of two times
 * @timeout: one of them, changed to when the first of the two is due
 * @other: the other, on the same clock
 */
void cloudabi_timeout_join(struct cloudabi_timeout *timeout,
			   const struct cloudabi_timeout *other)
{
	const u64 end = min(latest(timeout), latest(other));

	timeout->deadline = min(timeout->deadline, other->deadline);
	timeout->slack = end - timeout->deadline;
}

static void sleep_until(const struct cloudabi_timeout *timeout)
{
	ktime_t deadline = timeout->deadline;

	schedule_hrtimeout_range_clock(&deadline, timeout->slack,
				       HRTIMER_MODE_ABS, timeout->clock);
}

/**
 * cloudabi_timeout_sleep - Sleep until the first of two times, or a wake-up
 * @monotonic: a time by the monotonic clock, or never
 * @realtime: a time by the realtime clock, or never
 *
 * The caller has set the state of the task, which must be tested for by its
 * waker.  It is to look at the clock itself afterwards.
 */
void cloudabi_timeout_sleep(const struct cloudabi_timeout *monotonic,
			    const struct cloudabi_timeout *realtime)
{
	struct hrtimer_sleeper sleeper;

	if (realtime->deadline == KTIME_MAX) {
		if (monotonic->deadline == KTIME_MAX)
			schedule();
		else
			sleep_until(monotonic);
		return;
	}
	if (monotonic->deadline == KTIME_MAX) {
		sleep_until(realtime);
		return;
	}

	/* If it fires before the other is set, the task is awake by then. */
	hrtimer_init_sleeper_on_stack(&sleeper, CLOCK_REALTIME,
				      HRTIMER_MODE_ABS);
	hrtimer_set_expires_range_ns(&sleeper.timer, realtime->deadline,
				     realtime->slack);
	hrtimer_sleeper_start_expires(&sleeper, HRTIMER_MODE_ABS);
	sleep_until(monotonic);
	hrtimer_cancel(&sleeper.timer);
	destroy_hrtimer_on_stack(&sleeper.timer);
}
