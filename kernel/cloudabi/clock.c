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

/* A timestamp cannot represent times before 1970 or after 2554. */
static int clock_to_timestamp(cloudabi_timestamp_t *timestamp,
			      const struct timespec64 *ts)
{
	u64 ns;

	if (ts->tv_sec < 0 ||
	    check_mul_overflow((u64)ts->tv_sec, (u64)NSEC_PER_SEC, &ns) ||
	    check_add_overflow(ns, (u64)ts->tv_nsec, timestamp))
		return -EOVERFLOW;
	return 0;
}

/* All times that a program sees are rounded down to its precision floor. */
static int clock_to_program(cloudabi_timestamp_t *time,
			    const struct timespec64 *ts)
{
	const int error = clock_to_timestamp(time, ts);

	if (!error)
		*time = cloudabi_precision_down(*time);
	return error;
}

/* Linux reads clocks of CPU time only through their struct k_clock. */
static const struct k_clock *clock_find_cpu(cloudabi_clockid_t clock_id)
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
 * If the launcher has set a precision floor (PR_CLOUDABI_SET_CLOCK_PRECISION),
 * no clock has a finer resolution.
 *
 * Rights: none.
 * POSIX: As clock_getres(), except that the result is a number of nanoseconds.
 * Spec: Clocks and random data
 * Context: Process context.
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
	clock = clock_find_cpu(clock_id);
	if (!clock)
		return -EINVAL;
	error = clock->clock_getres(0, &ts) ?:
		clock_to_timestamp(resolution, &ts);
	if (!error)
		*resolution = max(*resolution, cloudabi_precision());
	return error;
}

/**
 * cloudabi_sys_clock_time_get - Time value of a clock
 * @clock_id: the clock
 * @precision: the time may be less than this number of ns late; ignored, as the
 *             exact time satisfies every precision
 * @time: where to store the time, in ns
 *
 * The monotonic clock depends on the caller's time namespace.  If the launcher
 * has set a precision floor, all times are rounded down to a multiple of it.
 *
 * Rights: none.
 * POSIX: As clock_gettime(), except that clock_gettime() has no precision
 * argument, and that the result is a number of nanoseconds.
 * Spec: Clocks and random data
 * Context: Process context.
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
		return clock_to_program(time, &ts);
	case CLOUDABI_CLOCK_REALTIME:
		ktime_get_real_ts64(&ts);
		return clock_to_program(time, &ts);
	}
	clock = clock_find_cpu(clock_id);
	if (!clock)
		return -EINVAL;
	error = clock->clock_get_timespec(0, &ts);
	return error ?: clock_to_program(time, &ts);
}
