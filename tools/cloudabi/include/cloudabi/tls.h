/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Thread-local storage
 *
 * The layout of x86-64 (TLS variant II).  TCB is the thread control block.
 *
 *	%fs base -> cell: thread pointer ----+
 *					     v
 *	[ thread-local variables | padding ] [ TCB ]
 *	<-------------- offset -------------->
 *
 *   - The base of %fs is the address of a cell of the thread.  The kernel sets it and the
 *     program cannot change it.
 *   - The cell, %fs:0, holds the thread pointer, the address of the TCB.  The content of
 *     the TCB belongs to the system.  The program may copy it to another address.
 *   - The program's thread-local variables lie below the TCB, at a fixed offset.
 *
 * A new thread starts with a TCB that has no room for variables below it.  If it uses
 * such variables, it has to copy the TCB to the end of an area that has the room, and point
 * the thread pointer there:
 *
 *	static void entry(cloudabi_tid_t tid, void *arg)
 *	{
 *		cloudabi_tls_setup(__builtin_alloca(cloudabi_tls_size()));
 *		work(arg);
 *		... cloudabi_sys_thread_exit(), as the function must not return
 *	}
 *
 * The function that calls cloudabi_tls_setup() must not use thread-local variables itself,
 * and work() must not be inlined into it: the compiler assumes that the thread pointer is
 * constant in a function.  _start() does all this for the initial thread.
 */
#ifndef _CLOUDABI_TLS_H
#define _CLOUDABI_TLS_H

#include "abi.h"
#include "string.h"

/**
 * struct cloudabi_tls - The PT_TLS segment of the program
 * @image: initial content of the variables; the rest of them is zero
 * @image_len: length of @image in bytes
 * @offset: distance from the start of the variables to the thread pointer, in bytes
 * @len: length of the variables in bytes
 * @align: alignment of the thread pointer in bytes
 */
struct cloudabi_tls {
	const void *image;
	size_t image_len;
	size_t offset;
	size_t len;
	size_t align;
};

CLOUDABI_ONE struct cloudabi_tls cloudabi_tls;

#if defined(__x86_64__)

/**
 * cloudabi_tls_pointer() - Get the thread pointer
 *
 * Return: the address of the calling thread's control block, a cloudabi_tcb_t.
 */
static inline void *cloudabi_tls_pointer(void)
{
	void *tp;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(tp));
	return tp;
}

/**
 * cloudabi_tls_set_pointer() - Set the thread pointer of the calling thread
 * @tp: address of a thread control block
 *
 * Most programs need cloudabi_tls_setup() instead.
 */
static inline void cloudabi_tls_set_pointer(void *tp)
{
	__asm__ volatile("mov %0, %%fs:0" : : "r"(tp) : "memory");
}

#else
#error "CloudABI: no thread pointer for this architecture"
#endif

/**
 * cloudabi_tls_init() - Describe the program's thread-local variables
 * @image: initial content, of the PT_TLS segment
 * @image_len: length of @image in bytes
 * @len: length of the variables in bytes, at least @image_len
 * @align: alignment of the variables, a power of two or zero
 *
 * _start() calls this, once, before other threads exist.
 */
static inline void cloudabi_tls_init(const void *image, size_t image_len, size_t len, size_t align)
{
	const uintptr_t end = (uintptr_t)image + len;
	const size_t least = _Alignof(cloudabi_tcb_t);

	if (!align)
		align = 1;
	cloudabi_tls.image = image;
	cloudabi_tls.image_len = image_len;
	cloudabi_tls.len = len;
	/*
	 * ELF wants the variables at an address congruent to the image modulo @align.  The thread
	 * pointer is aligned, so the padding goes between the variables and the TCB.
	 */
	cloudabi_tls.offset = len + (-end & (align - 1));
	cloudabi_tls.align = align < least ? least : align;
}

/**
 * cloudabi_tls_size() - Get the size of an area for cloudabi_tls_setup()
 *
 * Return: the size in bytes, including room for any alignment.
 */
static inline size_t cloudabi_tls_size(void)
{
	return cloudabi_tls.offset + cloudabi_tls.align + sizeof(cloudabi_tcb_t);
}

/**
 * cloudabi_tls_setup() - Give the calling thread its thread-local variables
 * @area: cloudabi_tls_size() bytes, which must live as long as the thread
 *
 * Initialises the variables and moves the thread pointer.  See the top of this file for
 * what the calling function must not do.
 */
static inline void cloudabi_tls_setup(void *area)
{
	const uintptr_t align = cloudabi_tls.align ? cloudabi_tls.align : _Alignof(cloudabi_tcb_t);
	const uintptr_t end = (uintptr_t)area + cloudabi_tls.offset;
	char *const tp = (char *)((end + align - 1) & -align);
	char *const vars = tp - cloudabi_tls.offset;

	memcpy(vars, cloudabi_tls.image, cloudabi_tls.image_len);
	memset(vars + cloudabi_tls.image_len, 0, cloudabi_tls.len - cloudabi_tls.image_len);
	memcpy(tp, cloudabi_tls_pointer(), sizeof(cloudabi_tcb_t));
	cloudabi_tls_set_pointer(tp);
}

#endif /* _CLOUDABI_TLS_H */
