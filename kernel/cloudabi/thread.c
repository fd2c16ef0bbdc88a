// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Threads
 */

#include <linux/sched.h>

#include "cloudabi.h"

/**
 * cloudabi_sys_thread_yield - Let other threads run
 *
 * Rights: none.
 * Return: 0.
 */
int cloudabi_sys_thread_yield(void)
{
	yield();
	return 0;
}
