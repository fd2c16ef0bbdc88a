/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Precision floor of clocks
 */
#ifndef _KERNEL_CLOUDABI_PRECISION_H
#define _KERNEL_CLOUDABI_PRECISION_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "../../security/cloudabi/task.h"

u64 cloudabi_precision_round_down(u64 time);
u64 cloudabi_precision_round_up(u64 time);
void cloudabi_precision_start(void);

/**
 * cloudabi_precision - Precision floor of the current task
 *
 * Context: Any.
 * Return: the floor in ns; 0 if there is none.
 */
static inline u64 cloudabi_precision(void)
{
	return cloudabi_task_blob(current)->precision;
}

/**
 * cloudabi_precision_down - Round a time that the current task may see
 * @time: the time, in ns
 *
 * Context: Any.
 * Return: the last multiple of the floor; @time if there is no floor.
 */
static inline u64 cloudabi_precision_down(u64 time)
{
	return likely(!cloudabi_precision()) ?
		       time : cloudabi_precision_round_down(time);
}

/**
 * cloudabi_precision_up - Round the time at which the current task may be woken
 * @time: the time, in ns, at most KTIME_MAX
 *
 * Context: Any.
 * Return: the next multiple of the floor; @time if there is no floor.
 */
static inline u64 cloudabi_precision_up(u64 time)
{
	return likely(!cloudabi_precision()) ?
		       time : cloudabi_precision_round_up(time);
}

#endif /* _KERNEL_CLOUDABI_PRECISION_H */
