/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Handlers of the calls
 *
 * The handler of a call is a function cloudabi_sys_NAME().  Its prototype is
 * generated from the table of calls.  On success it stores the results and
 * returns 0.  On failure it returns a negative errno of Linux, or -ENOTCAPABLE.
 * -EINTR and -ERESTART* restart the call, see entry.c.  The handler must check
 * all arguments: they are those of the program.
 */
#ifndef _KERNEL_CLOUDABI_CLOUDABI_H
#define _KERNEL_CLOUDABI_CLOUDABI_H

#include <linux/cloudabi.h>
#include <linux/cloudabi_errno.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "../../security/cloudabi/table.h"

#define CLOUDABI_HANDLER(nr, name, nargs, args, nrets, rets) \
	int cloudabi_sys_##name(CLOUDABI_PARAMS(nargs, args, nrets, rets));
CLOUDABI_CALLS(CLOUDABI_HANDLER)
#undef CLOUDABI_HANDLER

#endif /* _KERNEL_CLOUDABI_CLOUDABI_H */
