/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - How precisely a program may tell the time
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
 * cloudabi_precision - The caller's floor
 *
 * Return: what all times that it sees are multiples of, in ns; 0 without one.
 */
static inline u64 cloudabi_precision(void)
{
	return cloudabi_task_blob(current)->precision;
}

/**
 * cloudabi_precision_down - A time as the caller may see it
 * @time: the time, in ns
 */
static inline u64 cloudabi_precision_down(u64 time)
{
	return likely(!cloudabi_precision()) ?
		       time : cloudabi_precision_round_down(time);
}

/**
 * cloudabi_precision_up - When the caller may learn that a time has come
 * @time: the time, in ns
 */
static inline u64 cloudabi_precision_up(u64 time)
{
	return likely(!cloudabi_precision()) ?
		       time : cloudabi_precision_round_up(time);
}

#endif /* _KERNEL_CLOUDABI_PRECISION_H */
