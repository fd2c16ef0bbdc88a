// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Random data
 */

#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "cloudabi.h"

/**
 * cloudabi_sys_random_get - Fill a buffer with random data
 * @buf: the buffer
 * @buf_len: its length in bytes; any
 *
 * Waits for the generator to be seeded.  Never returns less than asked for: a
 * stop is honoured when the buffer is full, death at once.
 *
 * Rights: none.
 * POSIX: getentropy() gives 256 bytes at most.
 * Return: 0; -EFAULT.
 */
int cloudabi_sys_random_get(void __user *buf, cloudabi_size_t buf_len)
{
	u8 block[256];
	int error;

	error = wait_for_random_bytes();
	if (error)
		return error;

	while (buf_len && !error) {
		const size_t n = min(buf_len, sizeof(block));

		get_random_bytes(block, n);
		if (copy_to_user(buf, block, n))
			error = -EFAULT;
		else if (fatal_signal_pending(current))
			error = -EINTR;
		buf += n;
		buf_len -= n;
		cond_resched();
	}
	memzero_explicit(block, sizeof(block));
	return error;
}
