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
 * A timer with slack usually fires at the end of the slack.  A longer slack
 * saves hardly more wake-ups, but users notice the delay.
 */
#define SLACK_MAX (100 * NSEC_PER_MSEC)

/* Times beyond KTIME_MAX never come. */
static ktime_t timeout_to_ktime(u64 ns)
{
	return min_t(u64, ns, KTIME_MAX);
}

/* With a precision floor, time-outs end only at multiples of it. */
static ktime_t timeout_round(u64 ns)
{
	return timeout_to_ktime(cloudabi_precision_up(timeout_to_ktime(ns)));
}

/* The program's time namespace may have a monotonic clock of its own. */
static ktime_t timeout_to_program(ktime_t time)
{
	struct timespec64 ts = ktime_to_timespec64(time);

	timens_add_monotonic(&ts);
	return timespec64_to_ktime(ts);
}

static ktime_t timeout_to_host(ktime_t time)
{
	return time == KTIME_MAX ? time :
				   timens_ktime_to_host(CLOCK_MONOTONIC, time);
}

/*
 * A relative time-out of 0 is not rounded: the call must not wait, and the
 * program learns nothing about the time.
 */
static ktime_t timeout_relative(ktime_t start, ktime_t time)
{
	if (likely(!cloudabi_precision()) || !time)
		return timeout_to_ktime((u64)start + time);
	return timeout_to_host(timeout_round((u64)timeout_to_program(start) +
					     time));
}

/**
 * cloudabi_timeout_init - Make a time-out of a subscription to a clock
 * @timeout: where to store the time-out
 * @sub: the subscription
 * @start: time of the call, on the monotonic clock
 *
 * A relative time-out begins at @start and uses the monotonic clock, so steps
 * of the realtime clock do not change it.  With a precision floor, the
 * deadline is a multiple of the floor on the clock that the time-out uses.
 *
 * Context: Any.
 * Return: 0; -EINVAL for an unknown clock; -EOPNOTSUPP for a clock of CPU
 * time.
 */
int cloudabi_timeout_init(struct cloudabi_timeout *timeout,
			  const cloudabi_subscription_t *sub, ktime_t start)
{
	const bool absolute = sub->clock.flags &
			      CLOUDABI_SUBSCRIPTION_CLOCK_ABSTIME;
	const ktime_t time = timeout_to_ktime(sub->clock.timeout);

	timeout->clock = CLOCK_MONOTONIC;
	timeout->slack = cloudabi_precision() ? 0 :
			 min_t(u64, sub->clock.precision, SLACK_MAX);
	timeout->deadline = absolute ? timeout_round(time) :
				       timeout_relative(start, time);

	switch (sub->clock.clock_id) {
	case CLOUDABI_CLOCK_MONOTONIC:
		if (absolute)
			timeout->deadline = timeout_to_host(timeout->deadline);
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

static u64 timeout_end(const struct cloudabi_timeout *timeout)
{
	return (u64)timeout->deadline + timeout->slack;
}

/**
 * cloudabi_timeout_join - Merge two time-outs into one that ends with the first
 * @timeout: a time-out; becomes the merged one
 * @other: another time-out on the same clock
 *
 * Context: Any.
 */
void cloudabi_timeout_join(struct cloudabi_timeout *timeout,
			   const struct cloudabi_timeout *other)
{
	const u64 end = min(timeout_end(timeout), timeout_end(other));

	timeout->deadline = min(timeout->deadline, other->deadline);
	timeout->slack = end - timeout->deadline;
}

static void timeout_sleep_until(const struct cloudabi_timeout *timeout)
{
	ktime_t deadline = timeout->deadline;

	schedule_hrtimeout_range_clock(&deadline, timeout->slack,
				       HRTIMER_MODE_ABS, timeout->clock);
}

/**
 * cloudabi_timeout_sleep - Sleep until the first of two time-outs, or a wake-up
 * @monotonic: a time-out on the monotonic clock; its deadline may be KTIME_MAX
 * @realtime: a time-out on the realtime clock; its deadline may be KTIME_MAX
 *
 * The caller sets the task state and then tests the condition that it waits
 * for, as for schedule().  It reads the clocks afterwards to see what woke it.
 *
 * Context: Process context, no locks held.  May sleep.
 */
void cloudabi_timeout_sleep(const struct cloudabi_timeout *monotonic,
			    const struct cloudabi_timeout *realtime)
{
	struct hrtimer_sleeper sleeper;

	if (realtime->deadline == KTIME_MAX) {
		if (monotonic->deadline == KTIME_MAX)
			schedule();
		else
			timeout_sleep_until(monotonic);
		return;
	}
	if (monotonic->deadline == KTIME_MAX) {
		timeout_sleep_until(realtime);
		return;
	}

	/*
	 * If this timer fires before the next one is set, it sets the task to
	 * TASK_RUNNING, and the sleep below returns at once.
	 */
	hrtimer_init_sleeper_on_stack(&sleeper, CLOCK_REALTIME,
				      HRTIMER_MODE_ABS);
	hrtimer_set_expires_range_ns(&sleeper.timer, realtime->deadline,
				     realtime->slack);
	hrtimer_sleeper_start_expires(&sleeper, HRTIMER_MODE_ABS);
	timeout_sleep_until(monotonic);
	hrtimer_cancel(&sleeper.timer);
	destroy_hrtimer_on_stack(&sleeper.timer);
}
