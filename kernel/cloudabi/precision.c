// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - How precisely a program may tell the time
 *
 * A launcher sets a floor before it executes a program.  What the program sees of
 * any clock, and when a clock wakes it up, is a multiple of it then, and the
 * means of the processor to tell the time are switched off.  Tasks inherit the
 * floor from those that make them; it can only be raised, and by no CloudABI
 * program.
 */

#include <linux/cloudabi.h>
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/uaccess.h>
#include <uapi/linux/cloudabi_prctl.h>

#include "arch.h"
#include "precision.h"

/* Waiting takes that long in the end; more would be as good as forever. */
#define PRECISION_MAX (24 * 3600 * NSEC_PER_SEC)

/**
 * cloudabi_precision_round_down - The last multiple of the floor
 * @time: the time, in ns
 *
 * The caller has one.
 */
u64 cloudabi_precision_round_down(u64 time)
{
	u64 rest;

	div64_u64_rem(time, cloudabi_precision(), &rest);
	return time - rest;
}

/**
 * cloudabi_precision_round_up - The next multiple of the floor
 * @time: the time, in ns, at most KTIME_MAX
 *
 * The caller has one.
 */
u64 cloudabi_precision_round_up(u64 time)
{
	const u64 down = cloudabi_precision_round_down(time);

	return down == time ? time : down + cloudabi_precision();
}

/**
 * cloudabi_precision_start - Apply the floor to the program about to be run
 *
 * Its threads and children, and what they execute, inherit all of it.
 */
void cloudabi_precision_start(void)
{
	if (cloudabi_precision())
		cloudabi_arch_disable_tsc();
}

static int set_precision(u64 precision)
{
	if (!precision || precision > PRECISION_MAX)
		return -EINVAL;
	if (precision < cloudabi_precision())
		return -EPERM;
	WRITE_ONCE(cloudabi_task_blob(current)->precision, precision);
	return 0;
}

/**
 * cloudabi_precision_prctl - Options of prctl()
 * @option: which; see include/uapi/linux/cloudabi_prctl.h
 * @arg2: the floor, or where to store it
 * @arg3: 0
 * @arg4: 0
 * @arg5: 0
 *
 * Return: 0; -EINVAL for a floor out of range, or other arguments; -EPERM for one
 * below that which is set; -EFAULT; -ENOSYS for any other option.
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
		return set_precision(arg2);
	return put_user(cloudabi_precision(), (u64 __user *)arg2);
}
