// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Calls that no other file defines
 *
 * The counterpart of kernel/sys_ni.c: a call of the table without a handler
 * fails with ENOSYS.
 */

#include "cloudabi.h"

#define MISSING_CALL(nr, name, nargs, args, nrets, rets)                     \
	int __weak cloudabi_sys_##name(                                      \
		CLOUDABI_PARAMS(nargs, args, nrets, rets))                   \
	{                                                                    \
		return -ENOSYS;                                              \
	}
CLOUDABI_CALLS(MISSING_CALL)
