// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Calls in the vDSO
 *
 * Defines a global function for each call of the table.  Each function executes
 * the SYSCALL instruction; none is implemented in user space.
 */

#include <uapi/linux/cloudabi.h>

#define CALL_PROTOTYPE(nr, name, nargs, args, nrets, rets) \
	cloudabi_errno_t cloudabi_sys_##name(              \
		CLOUDABI_PARAMS(nargs, args, nrets, rets));
CLOUDABI_CALLS(CALL_PROTOTYPE)

#define CLOUDABI_TRAP(name) cloudabi_errno_t cloudabi_sys_##name
#include <uapi/linux/cloudabi_trap.h>
