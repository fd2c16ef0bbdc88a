// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rust - The calls as functions
 *
 * The crate declares cloudabi_sys_<call>() of C, with results as trailing pointers.
 * That is the prototype that the table gives them, too, hence they are made of it:
 * each jumps to what the vDSO has.  They are not those of cloudabi/calls.h, which
 * can't be called from outside.
 */
#include <cloudabi/vdso.h>

#define ARGUMENT(i, t, a) a
#define DEFINE(nr, name, nargs, args, nrets, rets)                                                 \
	cloudabi_errno_t cloudabi_sys_##name(CLOUDABI_PARAMS(nargs, args, nrets, rets))            \
	{                                                                                          \
		if (!cloudabi_vdso.name)                                                           \
			return CLOUDABI_ENOSYS;                                                    \
		return cloudabi_vdso.name(CLOUDABI_MAP(nargs, ARGUMENT, args)                      \
					  CLOUDABI_JOIN(nargs, nrets, )                            \
					  CLOUDABI_MAP(nrets, ARGUMENT, rets));                    \
	}
CLOUDABI_CALLS(DEFINE)
