/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * CloudABI - Functions that make the calls with the SYSCALL instruction
 *
 * Defines a function for each call of the table.  The function stores the
 * results of the call through its last arguments and returns an errno.  The
 * vDSO consists of these functions.  A program that does not use the vDSO can
 * include this file itself:
 *
 *	#define CLOUDABI_TRAP(name) static inline cloudabi_errno_t trap_##name
 *	#include <linux/cloudabi_trap.h>
 *
 * The functions use no memory except the stack, no relocations and no
 * thread-local storage.
 *
 * x86-64:
 *   - number in rax, arguments in rdi, rsi, rdx, r10, r8, r9
 *   - on success the carry flag is clear, results in rax and rdx
 *   - on failure the carry flag is set, the errno in rax
 *   - rcx and r11 are clobbered; rdx only by calls with two results
 *   - memory below the stack pointer is preserved
 */
#ifndef _UAPI_LINUX_CLOUDABI_TRAP_H
#define _UAPI_LINUX_CLOUDABI_TRAP_H

#include <linux/cloudabi.h>

/*
 * An argument as the value of a register.  All arguments are scalars except
 * cloudabi_lookup_t, a structure of two that fills one register.
 */
#define CLOUDABI_TRAP_ARG(i, t, a)                                                                 \
	trap##i = (unsigned long)*__builtin_choose_expr(                                           \
		__builtin_types_compatible_p(t, cloudabi_lookup_t),                                \
		(const cloudabi_trap_ulong_t *)(const void *)&(a), &(a))
#define CLOUDABI_TRAP_RET(i, t, a) *(a) = (t)ret##i

typedef unsigned long __attribute__((__may_alias__)) cloudabi_trap_ulong_t;

#if defined(__x86_64__) && defined(__LP64__)

#define CLOUDABI_TRAP_CALL(nr, name, nargs, args, nrets, rets)                                     \
	CLOUDABI_TRAP(name)(CLOUDABI_PARAMS(nargs, args, nrets, rets))                             \
	{                                                                                          \
		unsigned long trap0 = 0, trap1 = 0, trap2 = 0, trap3 = 0, trap4 = 0, trap5 = 0;    \
		unsigned long ret0 = (nr), ret1;                                                   \
		int trap_failed;                                                                   \
												   \
		CLOUDABI_MAP(nargs, CLOUDABI_TRAP_ARG, args);                                      \
		register unsigned long r10 __asm__("r10") = trap3;                                 \
		register unsigned long r8 __asm__("r8") = trap4;                                   \
		register unsigned long r9 __asm__("r9") = trap5;                                   \
												   \
		ret1 = trap2;                                                                      \
		__asm__ volatile("syscall"                                                         \
				 : "+a"(ret0), "+d"(ret1), "=@ccc"(trap_failed)                    \
				 : "D"(trap0), "S"(trap1), "r"(r10), "r"(r8), "r"(r9)              \
				 : "rcx", "r11", "memory");                                        \
		if (trap_failed)                                                                   \
			return (cloudabi_errno_t)ret0;                                             \
		CLOUDABI_MAP(nrets, CLOUDABI_TRAP_RET, rets);                                      \
		return CLOUDABI_ESUCCESS;                                                          \
	}

#else
#error "CloudABI: no calling convention for this architecture"
#endif

CLOUDABI_CALLS(CLOUDABI_TRAP_CALL)

#endif /* _UAPI_LINUX_CLOUDABI_TRAP_H */
