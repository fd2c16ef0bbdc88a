/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI - A runtime in headers
 *
 * Everything that a C program needs to be a CloudABI executable without a C library:
 * start-up code, thread-local storage, the calls, and a few functions for strings and
 * formatted text.  Include this file, define cloudabi_main() and build:
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
 * The headers, each of which uses only those above it:
 *   - cloudabi/abi.h      types and constants of the ABI (<linux/cloudabi.h>)
 *   - cloudabi/string.h   memcpy(), strlen() and the like
 *   - cloudabi/vdso.h     looks up the calls in the vDSO
 *   - cloudabi/calls.h    cloudabi_sys_<call>() through the vDSO, and
 *                         cloudabi_trap_<call>() without it
 *   - cloudabi/names.h    names and messages of errnos, file types, rights ...
 *   - cloudabi/format.h   cloudabi_snprintf(), cloudabi_dprintf()
 *   - cloudabi/argdata.h  argument data, as strings and as typed values
 *   - cloudabi/tls.h      thread-local storage
 *   - cloudabi/start.h    struct cloudabi_start and _start()
 *
 * Errors: calls return a CloudABI errno, zero on success, and store results through their
 * last arguments.  There is no errno variable.
 *
 * Units: lengths and sizes are in bytes, times in nanoseconds.  Paths are a pointer and a
 * length and need no NUL.
 *
 * Ownership: no function allocates memory.  Results that point to memory point into
 * memory that the caller has passed.
 *
 * Thread safety: any function may be called by several threads at once, as long as they do
 * not pass the same object (buffer, iterator, writer ...) for writing.  The global variables
 * of the runtime are written before cloudabi_main() and are constant afterwards.
 *
 * Thread-local variables (__thread) work.  A program cannot change the base of %fs.  It
 * switches to its own thread-local area by writing the address of that area to %fs:0.  So
 * the compiler must load the thread pointer from %fs:0 and must not address variables
 * relative to %fs; -mno-tls-direct-seg-refs makes it do so.  Each new thread has to set up
 * its area: see cloudabi/tls.h.
 *
 * For the same reason the canary of the stack protector cannot be at %fs:40.  It is the
 * variable __stack_chk_guard, which _start() fills with random bytes from the kernel.
 * Add -fstack-protector-strong to use it.
 *
 * Functions are static, or weak and hidden if the whole program must share one instance, so
 * any number of objects may include these files.  Constructors run before
 * cloudabi_main(); destructors do not run.
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
