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

static long restart_random_get(struct restart_block *block);

/* The fields are those of an interrupted futex(): the length has 64 bits. */
static long interrupted(void __user *buf, size_t buf_len)
{
	struct restart_block *const block = &current->restart_block;

	block->futex.uaddr = buf;
	block->futex.time = buf_len;
	return set_restart_fn(block, restart_random_get);
}

/* Each time it makes some progress, or whoever stops it often stops it for good. */
static long fill(void __user *buf, size_t buf_len)
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
			error = interrupted(buf, buf_len);
		cond_resched();
	}
	memzero_explicit(block, sizeof(block));
	return error;
}

static long restart_random_get(struct restart_block *block)
{
	return fill(block->futex.uaddr, block->futex.time);
}

/**
 * cloudabi_sys_random_get - Fill a buffer with random data
 * @buf: the buffer
 * @buf_len: its length in bytes; any
 *
 * Waits for the generator to be seeded.  Never returns less than asked for: when
 * it is stopped, it goes on later where it was.
 *
 * Rights: none.
 * POSIX: getentropy() gives 256 bytes at most.
 * Return: 0; -EFAULT.
 */
int cloudabi_sys_random_get(void __user *buf, cloudabi_size_t buf_len)
{
	const int error = wait_for_random_bytes();

	return error ?: fill(buf, buf_len);
}
