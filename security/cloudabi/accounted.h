/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Memory that is accounted to the caller
 *
 * Programs often choose how much memory the kernel allocates for them.
 * kvmalloc() first tries a physically contiguous piece, and takes it from the
 * system before it charges the memory cgroup.  While the charge waits for
 * reclaim in the cgroup, the piece is accounted to nobody, and each of many
 * threads could hold a large one.  __vmalloc() charges page by page.
 */
#ifndef _SECURITY_CLOUDABI_ACCOUNTED_H
#define _SECURITY_CLOUDABI_ACCOUNTED_H

#include <linux/limits.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* The largest size that may be allocated as a contiguous piece */
#define CLOUDABI_KVMALLOC_CONTIGUOUS (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

/**
 * cloudabi_kvmalloc - Allocate memory that is accounted to the caller
 * @size: its size in bytes
 * @flags: __GFP_ZERO, or 0
 *
 * Context: Process context.  May sleep.
 * Return: the memory, to be released by kvfree(); NULL if there is none, or if
 * the memory cgroup of the caller is full, without a message in the log.
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
