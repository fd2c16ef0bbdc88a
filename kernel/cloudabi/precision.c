// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Precision floor of clocks
 *
 * A launcher may set a floor, a number of nanoseconds, before it executes a
 * program.  All times that the program sees are multiples of the floor, and
 * time-outs end at multiples of it.  The kernel also disables the processor's
 * instructions that read the time.  Tasks inherit the floor from their parents.
 * A Linux task can raise its floor but not lower it, and a CloudABI task can do
 * neither.
 */

#include <linux/cloudabi.h>
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/uaccess.h>
#include <uapi/linux/cloudabi_prctl.h>

#include "arch.h"
#include "precision.h"

/* A time-out may last this much longer, so it must be bounded: one day. */
#define PRECISION_MAX (24 * 3600 * NSEC_PER_SEC)

/**
 * cloudabi_precision_round_down - Round a time down to a multiple of the floor
 * @time: the time, in ns
 *
 * Context: Any.  The current task has a floor.
 * Return: the rounded time.
 */
u64 cloudabi_precision_round_down(u64 time)
{
	u64 rest;

	div64_u64_rem(time, cloudabi_precision(), &rest);
	return time - rest;
}

/**
 * cloudabi_precision_round_up - Round a time up to a multiple of the floor
 * @time: the time, in ns, at most KTIME_MAX
 *
 * Context: Any.  The current task has a floor.
 * Return: the rounded time.
 */
u64 cloudabi_precision_round_up(u64 time)
{
	const u64 down = cloudabi_precision_round_down(time);

	return down == time ? time : down + cloudabi_precision();
}

/**
 * cloudabi_precision_start - Apply the floor to a program before it starts
 *
 * New threads, child processes and the programs that they execute inherit it.
 *
 * Context: Process context, in exec.
 */
void cloudabi_precision_start(void)
{
	if (cloudabi_precision())
		cloudabi_arch_disable_tsc();
}

static int precision_set(u64 precision)
{
	if (!precision || precision > PRECISION_MAX)
		return -EINVAL;
	if (precision < cloudabi_precision())
		return -EPERM;
	WRITE_ONCE(cloudabi_task_blob(current)->precision, precision);
	return 0;
}

/**
 * cloudabi_precision_prctl - prctl() options that set and get the floor
 * @option: the option, see include/uapi/linux/cloudabi_prctl.h
 * @arg2: the new floor in ns, or where to store the floor
 * @arg3: 0
 * @arg4: 0
 * @arg5: 0
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for a floor out of range, or if @arg3 to @arg5 are not 0;
 * -EPERM for a floor below the present one; -EFAULT; -ENOSYS for other options.
 */
int cloudabi_precision_prctl(int option, unsigned long arg2, unsigned long arg3,
			     unsigned long arg4, unsigned long arg5)
{
	if (option != PR_CLOUDABI_SET_CLOCK_PRECISION &&
	    option != PR_CLOUDABI_GET_CLOCK_PRECISION)
		return -ENOSYS;
	if (arg3 || arg4 || arg5)
		return -EINVAL;
	if (option == PR_CLOUDABI_SET_CLOCK_PRECISION)
		return precision_set(arg2);
	return put_user(cloudabi_precision(), (u64 __user *)arg2);
}
