/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Calls by number
 *
 * For tests of the whole call table. Every argument gets the same value.
 */
#ifndef SELFTESTS_CLOUDABI_RAW_H
#define SELFTESTS_CLOUDABI_RAW_H

#include <cloudabi.h>

/* Makes the call with a SYSCALL instruction; returns the errno. */
static inline cloudabi_errno_t raw_trap(unsigned long nr, unsigned long value)
{
	register unsigned long r10 __asm__("r10") = value;
	register unsigned long r8 __asm__("r8") = value;
	register unsigned long r9 __asm__("r9") = value;
	unsigned long rdx = value;
	bool failed;

	__asm__ volatile("syscall"
			 : "+a"(nr), "+d"(rdx), "=@ccc"(failed)
			 : "D"(value), "S"(value), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return failed ? nr : 0;
}

/*
 * Makes the call through the vDSO. A call that would succeed cannot store its
 * results.
 */
static inline cloudabi_errno_t raw_vdso(unsigned long nr, unsigned long value)
{
	typedef cloudabi_errno_t call_t(unsigned long, unsigned long, unsigned long, unsigned long,
					unsigned long, unsigned long, unsigned long, unsigned long);

	return ((call_t *)cloudabi_vdso.entries[nr])(value, value, value, value, value, value,
						     value, value);
}

#endif /* SELFTESTS_CLOUDABI_RAW_H */
