// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Processes
 */

#include <linux/sched/task.h>

#include "cloudabi.h"

/**
 * cloudabi_sys_proc_exit - End the process
 * @rval: its exit code
 *
 * A Linux parent sees the low 8 bits of the code, as it does of exit_group().
 *
 * Rights: none.
 * POSIX: As _exit().
 * Return: does not.
 */
int cloudabi_sys_proc_exit(cloudabi_exitcode_t rval)
{
	do_group_exit((rval & 0xff) << 8);
}
