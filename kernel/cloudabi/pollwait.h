/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Wait queue entries of poll
 */
#ifndef _KERNEL_CLOUDABI_POLLWAIT_H
#define _KERNEL_CLOUDABI_POLLWAIT_H

#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;

/**
 * struct cloudabi_poll_entry - An entry in the wait queue of a file
 * @wait: the entry
 * @wait_address: the wait queue
 * @key: wake-up keys that the caller waits for
 */
struct cloudabi_poll_entry {
	struct wait_queue_entry wait;
	struct wait_queue_head *wait_address;
	__poll_t key;
};

/* Two for each of the subscriptions of a call that allocates no memory. */
#define CLOUDABI_POLL_INLINE_ENTRIES 8

/**
 * struct cloudabi_poll_wqueues - All wait queue entries of a call
 * @pt: the poll table to pass to the files
 * @polling_task: the task that makes the call
 * @table: pages of further entries, if @inline_entries is full
 * @inline_index: number of entries of @inline_entries that are in use
 * @error: -ENOMEM if an entry could not be allocated
 * @triggered: whether a waker has woken @polling_task since the last scan began
 * @inline_entries: the first entries
 *
 * See poll.c for the tasks that access it.
 */
struct cloudabi_poll_wqueues {
	poll_table pt;
	struct task_struct *polling_task;
	struct cloudabi_poll_page *table;
	unsigned int inline_index;
	int error;
	int triggered;
	struct cloudabi_poll_entry inline_entries[CLOUDABI_POLL_INLINE_ENTRIES];
};

void cloudabi_poll_initwait(struct cloudabi_poll_wqueues *pwq);
void cloudabi_poll_freewait(struct cloudabi_poll_wqueues *pwq);

#endif /* _KERNEL_CLOUDABI_POLLWAIT_H */
