// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Random data
 */

#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/restart_block.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "cloudabi.h"

static long random_restart(struct restart_block *block);

/*
 * Stores the rest of the call for random_restart().  Uses the fields of
 * futex(): they have room for a pointer and a 64-bit length.
 */
static long random_interrupted(void __user *buf, size_t buf_len)
{
	struct restart_block *const block = &current->restart_block;

	block->futex.uaddr = buf;
	block->futex.time = buf_len;
	return set_restart_fn(block, random_restart);
}

/*
 * Fills at least one block before it looks at signals.  Otherwise a thread that
 * is stopped often would make no progress.
 */
static long random_fill(void __user *buf, size_t buf_len)
{
	u8 block[256];
	long error = 0;

	while (buf_len && !error) {
		const size_t n = min(buf_len, sizeof(block));

		get_random_bytes(block, n);
		if (copy_to_user(buf, block, n))
			error = -EFAULT;
		buf += n;
		buf_len -= n;
		if (!error && buf_len && signal_pending(current))
			error = random_interrupted(buf, buf_len);
		cond_resched();
	}
	memzero_explicit(block, sizeof(block));
	return error;
}

static long random_restart(struct restart_block *block)
{
	return random_fill(block->futex.uaddr, block->futex.time);
}

/**
 * cloudabi_sys_random_get - Fill a buffer with random data
 * @buf: the buffer
 * @buf_len: its length in bytes; there is no limit
 *
 * Waits until the generator is seeded.  Success means that the whole buffer is
 * filled: a call that is interrupted continues at the same position.
 *
 * Rights: none.
 * POSIX: As getentropy(), which returns at most 256 bytes.
 * Spec: Clocks and random data
 * Context: may sleep.
 * Return: 0; -EFAULT.
 */
int cloudabi_sys_random_get(void __user *buf, cloudabi_size_t buf_len)
{
	const int error = wait_for_random_bytes();

	return error ?: random_fill(buf, buf_len);
}
