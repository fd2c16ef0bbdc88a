// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Futex words: keys, hash buckets and page faults
 */

#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/sched/signal.h>

#include "futex_internal.h"

/* Hash tables of queues. */
struct cloudabi_futex_bucket *cloudabi_futex_locks __ro_after_init;
struct cloudabi_futex_bucket *cloudabi_futex_condvars __ro_after_init;
unsigned int cloudabi_futex_hash_bits __ro_after_init;

/**
 * cloudabi_futex_key_shared - Find the key of a word of CLOUDABI_SCOPE_SHARED
 * @ref: where to store the key
 * @uaddr: the word
 *
 * If the memory is not shared, the key is the same as for
 * CLOUDABI_SCOPE_PRIVATE: both scopes name the same lock.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for an address that is not aligned; -EFAULT; -ENOMEM.
 */
int cloudabi_futex_key_shared(struct cloudabi_futex_ref *ref, u32 __user *uaddr)
{
	union futex_key *const key = &ref->key;
	int error;

	*key = FUTEX_KEY_INIT;
	error = get_futex_key(uaddr, FLAGS_SIZE_32 | FLAGS_SHARED, key,
			      FUTEX_WRITE);
	return !error && (key->both.offset & FUT_OFF_MMSHARED) ?
		       cloudabi_futex_key_private(ref, uaddr) : error;
}

/**
 * cloudabi_futex_handle_error - Handle a failed access to a futex word
 * @uaddr: the word
 * @error: error of the access; set to 0 if the access is to be repeated
 *
 * Faults in the page if the error is -EFAULT.  If there is no memory for the
 * page, the access is repeated until there is: the kernel does the same if the
 * program itself accesses the page.
 *
 * Context: Process context, no locks held.  May sleep.
 * Return: true if the access is to be repeated.
 */
bool cloudabi_futex_handle_error(u32 __user *uaddr, int *error)
{
	switch (*error) {
	case -EFAULT:
		*error = fault_in_user_writeable(uaddr);
		if (*error == -ENOMEM && !fatal_signal_pending(current)) {
			cond_resched();
			*error = 0;
		}
		return !*error;
	case CLOUDABI_FUTEX_RETRY:
		cond_resched();
		*error = 0;
		return true;
	default:
		return false;
	}
}

static struct cloudabi_futex_bucket *__init
cloudabi_futex_alloc_table(const char *name)
{
	struct cloudabi_futex_bucket *table;
	unsigned int i, mask;

	/* A bucket for each 64 KiB of memory. */
	table = alloc_large_system_hash(name, sizeof(*table), 0, 16, 0,
					&cloudabi_futex_hash_bits, &mask, 256,
					65536);
	for (i = 0; i <= mask; i++) {
		spin_lock_init(&table[i].lock);
		INIT_HLIST_HEAD(&table[i].queues);
	}
	return table;
}

static int __init cloudabi_futex_init(void)
{
	cloudabi_futex_locks = cloudabi_futex_alloc_table("CloudABI lock");
	cloudabi_futex_condvars =
		cloudabi_futex_alloc_table("CloudABI condvar");
	return 0;
}
core_initcall(cloudabi_futex_init);
