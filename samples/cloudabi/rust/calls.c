// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Rust - The calls as external functions
 *
 * The crate declares cloudabi_sys_<call>() as C functions, whose results are pointers at the
 * end.  These are the prototypes of the ABI's table too, so the functions are generated
 * from it: each calls the vDSO.  cloudabi/calls.h has the same functions, but static.
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
