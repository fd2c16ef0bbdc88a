// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - The calls in the vDSO
 *
 * A global function for each row of the table.  All of them trap.
 */

#include <uapi/linux/cloudabi.h>

#define CALL_PROTOTYPE(nr, name, nargs, args, nrets, rets) \
	cloudabi_errno_t cloudabi_sys_##name(              \
		CLOUDABI_PARAMS(nargs, args, nrets, rets));
CLOUDABI_CALLS(CALL_PROTOTYPE)

#define CLOUDABI_TRAP(name) cloudabi_errno_t cloudabi_sys_##name
#include <uapi/linux/cloudabi_trap.h>
