/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Thread-local storage
 *
 * x86-64:
 *   - fsbase is the address of a cell that belongs to the thread; it is set by
 *     the kernel and stays as it is
 *   - the cell, %fs:0, holds the thread pointer: the address of the thread
 *     control block, whose contents belong to the kernel's side of the ABI
 *   - the program's thread-local variables lie right below the block
 *
 * A thread starts with a bare block.  To have variables, it moves the block to
 * the end of an area that has room for them, and the thread pointer with it:
 *
 *	static void entry(cloudabi_tid_t tid, void *arg)
 *	{
 *		cloudabi_tls_setup(__builtin_alloca(cloudabi_tls_size()));
 *		work(arg);
 *
 * The function that does so must not use such variables itself, nor have work()
 * inlined: the compiler takes the thread pointer for constant in a function.
 */
#ifndef _CLOUDABI_TLS_H
#define _CLOUDABI_TLS_H

#include "abi.h"
#include "string.h"

/**
 * struct cloudabi_tls - What the variables of a thread start from
 * @image: initial contents
 * @image_len: length of @image
 * @offset: distance of the variables below the thread pointer
 * @len: length of the variables
 * @align: alignment of the thread pointer
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

static inline void *cloudabi_tls_pointer(void)
{
	void *tp;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(tp));
	return tp;
}

static inline void cloudabi_tls_set_pointer(void *tp)
{
	__asm__ volatile("mov %0, %%fs:0" : : "r"(tp) : "memory");
}

#else
#error "CloudABI: no thread pointer for this architecture"
#endif

/**
 * cloudabi_tls_init - Learn of the program's thread-local variables
 * @image: their initial contents
 * @image_len: length of @image
 * @len: length of the variables
 * @align: their alignment
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
	/* Below an aligned pointer, variables and image are to be congruent. */
	cloudabi_tls.offset = len + (-end & (align - 1));
	cloudabi_tls.align = align < least ? least : align;
}

/* The size of an area for cloudabi_tls_setup(). */
static inline size_t cloudabi_tls_size(void)
{
	return cloudabi_tls.offset + cloudabi_tls.align + sizeof(cloudabi_tcb_t);
}

/**
 * cloudabi_tls_setup - Give the calling thread its variables
 * @area: cloudabi_tls_size() bytes that live as long as the thread
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
