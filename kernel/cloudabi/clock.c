// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Clocks
 */

#include <linux/hrtimer.h>
#include <linux/posix-timers.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "../time/posix-timers.h"
#include "cloudabi.h"
#include "precision.h"

/* Times before the epoch and after 2554 don't fit. */
static int timestamp_from(cloudabi_timestamp_t *timestamp,
			  const struct timespec64 *ts)
{
	u64 ns;

	if (ts->tv_sec < 0 ||
	    check_mul_overflow((u64)ts->tv_sec, (u64)NSEC_PER_SEC, &ns) ||
	    check_add_overflow(ns, (u64)ts->tv_nsec, timestamp))
		return -EOVERFLOW;
	return 0;
}

/* That and no other is what a program gets to see. */
static int time_from(cloudabi_timestamp_t *time, const struct timespec64 *ts)
{
	const int error = timestamp_from(time, ts);

	if (!error)
		*time = cloudabi_precision_down(*time);
	return error;
}

/* The clocks that Linux has no function for, but a table of them. */
static const struct k_clock *cpu_clock(cloudabi_clockid_t clock_id)
{
	switch (clock_id) {
	case CLOUDABI_CLOCK_PROCESS_CPUTIME_ID:
		return &clock_process;
	case CLOUDABI_CLOCK_THREAD_CPUTIME_ID:
		return &clock_thread;
	default:
		return NULL;
	}
}

/**
 * cloudabi_sys_clock_res_get - Resolution of a clock
 * @clock_id: the clock
 * @resolution: where to store the resolution, in ns
 *
 * No clock has a better one than the precision floor that the launcher has set
 * (PR_CLOUDABI_SET_CLOCK_PRECISION), if it has.
 *
 * Rights: none.
 * POSIX: As clock_getres(), except that the result is a number of nanoseconds.
 * Return: 0; -EINVAL for an unknown clock.
 */
int cloudabi_sys_clock_res_get(cloudabi_clockid_t clock_id,
			       cloudabi_timestamp_t *resolution)
{
	const struct k_clock *clock;
	struct timespec64 ts;
	int error;

	switch (clock_id) {
	case CLOUDABI_CLOCK_MONOTONIC:
	case CLOUDABI_CLOCK_REALTIME:
		*resolution = max(hrtimer_resolution, cloudabi_precision());
		return 0;
	}
	clock = cpu_clock(clock_id);
	if (!clock)
		return -EINVAL;
	error = clock->clock_getres(0, &ts) ?: timestamp_from(resolution, &ts);
	if (!error)
		*resolution = max(*resolution, cloudabi_precision());
	return error;
}

/**
 * cloudabi_sys_clock_time_get - Time value of a clock
 * @clock_id: the clock
 * @precision: how far the time may lag behind, exclusive, in ns; the exact time
 *             satisfies any
 * @time: where to store the time, in ns
 *
 * The monotonic clock is that of the caller's time namespace.  With a precision
 * floor, all times are rounded down to a multiple of it.
 *
 * Rights: none.
 * POSIX: As clock_gettime(), which is not told a precision; the result is a
 * number of nanoseconds.
 * Return: 0; -EINVAL for an unknown clock; -EOVERFLOW for a time before 1970 or
 * after 2554.
 */
int cloudabi_sys_clock_time_get(cloudabi_clockid_t clock_id,
				cloudabi_timestamp_t precision,
				cloudabi_timestamp_t *time)
{
	const struct k_clock *clock;
	struct timespec64 ts;
	int error;

	switch (clock_id) {
	case CLOUDABI_CLOCK_MONOTONIC:
		ktime_get_ts64(&ts);
		timens_add_monotonic(&ts);
		return time_from(time, &ts);
	case CLOUDABI_CLOCK_REALTIME:
		ktime_get_real_ts64(&ts);
		return time_from(time, &ts);
	}
	clock = cpu_clock(clock_id);
	if (!clock)
		return -EINVAL;
	error = clock->clock_get_timespec(0, &ts);
	return error ?: time_from(time, &ts);
}
