/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - State of an interrupted call
 *
 * A call that was interrupted after it changed something, or that must not
 * start its time-out again, returns -ERESTART_RESTARTBLOCK.  The kernel then
 * runs a function of the call's choice once the task continues.  The call keeps
 * its state in the restart block of the task until then.
 *
 * The restart block has no member for CloudABI.  The state is kept in the
 * member of futex_wait(), which has the most fields.  This header is the only
 * place that knows the mapping.
 */
#ifndef _KERNEL_CLOUDABI_RESTART_H
#define _KERNEL_CLOUDABI_RESTART_H

#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/thread_info.h>
#include <linux/types.h>

/**
 * struct cloudabi_restart - State of an interrupted call
 * @ptr: two pointers to user memory
 * @val: three numbers of 32 bits
 * @val64: a number of 64 bits
 *
 * Each call gives the fields a meaning of its own.
 */
struct cloudabi_restart {
	void __user *ptr[2];
	u32 val[3];
	u64 val64;
};

/**
 * cloudabi_restart_save - Keep the state of a call that is interrupted
 * @state: the state
 * @fn: the function that continues the call
 *
 * Context: Process context, the task that makes the call.
 * Return: -ERESTART_RESTARTBLOCK.
 */
static inline long cloudabi_restart_save(const struct cloudabi_restart *state,
					 long (*fn)(struct restart_block *))
{
	struct restart_block *const block = &current->restart_block;

	block->futex.uaddr = state->ptr[0];
	block->futex.uaddr2 = state->ptr[1];
	block->futex.val = state->val[0];
	block->futex.flags = state->val[1];
	block->futex.bitset = state->val[2];
	block->futex.time = state->val64;
	return set_restart_fn(block, fn);
}

/**
 * cloudabi_restart_load - Get the state of a call that continues
 * @block: the restart block that the function of the call is given
 *
 * Context: Any.
 * Return: what cloudabi_restart_save() was given.
 */
static inline struct cloudabi_restart
cloudabi_restart_load(const struct restart_block *block)
{
	return (struct cloudabi_restart){
		.ptr = { block->futex.uaddr, block->futex.uaddr2 },
		.val = { block->futex.val, block->futex.flags,
			 block->futex.bitset },
		.val64 = block->futex.time,
	};
}

#endif /* _KERNEL_CLOUDABI_RESTART_H */
