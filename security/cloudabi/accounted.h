/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Memory that is charged to the caller
 *
 * How much is taken on behalf of a program is up to the program, often.
 * kvmalloc() tries it in one piece first, and a piece is taken from the system
 * before it is charged for: each of many threads could keep a large one that
 * nobody pays for yet, for as long as it waits for memory of its cgroup.
 */
#ifndef _SECURITY_CLOUDABI_ACCOUNTED_H
#define _SECURITY_CLOUDABI_ACCOUNTED_H

#include <linux/limits.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* Pages more than this at once are charged for one by one. */
#define CLOUDABI_KVMALLOC_CONTIGUOUS (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

/**
 * cloudabi_kvmalloc - Allocate memory that is charged to the caller
 * @size: its size in bytes
 * @flags: __GFP_ZERO, or 0
 *
 * Return: the memory, to be released by kvfree(); NULL if there is none, or the
 * caller's cgroup may have no more, which is not worth a message.
 */
static inline void *cloudabi_kvmalloc(size_t size, gfp_t flags)
{
	flags |= GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	if (size > INT_MAX)
		return NULL;
	if (size > CLOUDABI_KVMALLOC_CONTIGUOUS)
		return __vmalloc(size, flags);
	return kvmalloc(size, flags);
}

#endif /* _SECURITY_CLOUDABI_ACCOUNTED_H */
