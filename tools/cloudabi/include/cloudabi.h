/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI - A runtime in headers
 *
 * All that a C program needs to be a CloudABI executable without a C library:
 * start, thread-local storage, the calls, and a little string and formatting
 * code.  Include this file, define cloudabi_main() and build:
 *
 *	$ tools/cloudabi/cloudabi-cc -O2 -o hello.cloudabi hello.c
 *
 * which is short for
 *
 *	$ gcc -O2 -I include/uapi -I tools/cloudabi/include \
 *		-ffreestanding -fPIE -mno-tls-direct-seg-refs \
 *		-fno-stack-protector -mstack-protector-guard=global \
 *		-static-pie -nostdlib -Wl,--no-dynamic-linker -Wl,-z,text \
 *		-Wl,-z,separate-code -Wl,-z,noexecstack -Wl,-z,relro \
 *		-o hello.cloudabi hello.c -lgcc
 *	$ cloudabi-brand hello.cloudabi
 *
 * with either gcc or clang.  A complete program:
 *
 *	#include <cloudabi.h>
 *
 *	int cloudabi_main(const struct cloudabi_start *start)
 *	{
 *		cloudabi_dprintf(1, "thread %u\n", start->tid);
 *		return 0;
 *	}
 *
 * The headers, in the order in which they build on each other:
 *   - cloudabi/abi.h      types and constants of the ABI (<linux/cloudabi.h>)
 *   - cloudabi/string.h   memcpy() and the like, strlen() and the like
 *   - cloudabi/vdso.h     looks the calls up in the vDSO
 *   - cloudabi/calls.h    cloudabi_sys_<call>() through the vDSO, and
 *                         cloudabi_trap_<call>() without it
 *   - cloudabi/names.h    names and messages of errnos, file types, rights ...
 *   - cloudabi/format.h   cloudabi_snprintf(), cloudabi_dprintf()
 *   - cloudabi/argdata.h  argument data, as strings and as values
 *   - cloudabi/tls.h      thread-local storage
 *   - cloudabi/start.h    struct cloudabi_start and _start()
 *
 * Calls return a CloudABI errno, zero on success, and store results through
 * their last arguments; there is no errno variable.  Paths are a pointer and a
 * length and need no NUL.
 *
 * Thread-local variables (__thread) work.  A program cannot move its %fs: it
 * switches to its own area by writing the address of that to %fs:0.  The
 * compiler must therefore load the thread pointer from %fs:0 and may not
 * address variables relative to %fs, which is what -mno-tls-direct-seg-refs
 * asks of it.  Threads have to set their area up: see cloudabi/tls.h.
 *
 * For the same reason the canary of the stack protector cannot be at %fs:40.
 * It is the variable __stack_chk_guard, filled from the random bytes that the
 * program is started with; add -fstack-protector-strong to use it.
 *
 * Functions are static, or weak and hidden where the whole program has to
 * share one, so that any number of objects may include these files.
 * Constructors run before cloudabi_main(); destructors are not run.
 */
#ifndef _CLOUDABI_H
#define _CLOUDABI_H

#include "cloudabi/abi.h"
#include "cloudabi/string.h"
#include "cloudabi/vdso.h"
#include "cloudabi/calls.h"
#include "cloudabi/names.h"
#include "cloudabi/format.h"
#include "cloudabi/argdata.h"
#include "cloudabi/tls.h"
#include "cloudabi/start.h"

#endif /* _CLOUDABI_H */
