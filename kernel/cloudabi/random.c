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
#include "restart.h"

static long random_restart(struct restart_block *block);

/* Keeps the rest of the buffer for random_restart(). */
static long random_interrupted(void __user *buf, size_t buf_len)
{
	const struct cloudabi_restart state = {
		.ptr = { buf },
		.val64 = buf_len,
	};

	return cloudabi_restart_save(&state, random_restart);
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
	const struct cloudabi_restart state = cloudabi_restart_load(block);

	return random_fill(state.ptr[0], state.val64);
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
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT.
 */
int cloudabi_sys_random_get(void __user *buf, cloudabi_size_t buf_len)
{
	const int error = wait_for_random_bytes();

	return error ?: random_fill(buf, buf_len);
}
