// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Wait queue entries of poll
 *
 * Does what struct poll_wqueues of Linux does, but charges its memory to the
 * cgroup of the task, and wakes the task once for many wake-ups.  poll.c
 * explains which task accesses the entries, and how the barriers pair.
 */

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "pollwait.h"

/**
 * struct cloudabi_poll_page - A page of wait queue entries
 * @next: the next page, which is full
 * @n: number of entries that are in use
 * @entries: the entries
 */
struct cloudabi_poll_page {
	struct cloudabi_poll_page *next;
	unsigned int n;
	struct cloudabi_poll_entry entries[];
};

#define POLL_ENTRIES_PER_PAGE                             \
	((PAGE_SIZE - sizeof(struct cloudabi_poll_page)) / \
	 sizeof(struct cloudabi_poll_entry))

static struct cloudabi_poll_entry *
pollwait_get_entry(struct cloudabi_poll_wqueues *pwq)
{
	struct cloudabi_poll_page *page = pwq->table;

	if (pwq->inline_index < CLOUDABI_POLL_INLINE_ENTRIES)
		return &pwq->inline_entries[pwq->inline_index++];
	if (!page || page->n == POLL_ENTRIES_PER_PAGE) {
		page = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
		if (!page)
			return NULL;
		page->next = pwq->table;
		page->n = 0;
		pwq->table = page;
	}
	return &page->entries[page->n++];
}

/* Runs in the waker's context. */
static int pollwait_wake(struct wait_queue_entry *wait, unsigned int mode,
			 int sync, void *key)
{
	const struct cloudabi_poll_entry *const entry =
		container_of(wait, struct cloudabi_poll_entry, wait);
	struct cloudabi_poll_wqueues *const pwq = wait->private;
	DECLARE_WAITQUEUE(task, pwq->polling_task);

	lockdep_assert_held(&entry->wait_address->lock);
	if (key && !(key_to_poll(key) & entry->key))
		return 0;
	/* Fully ordered.  Pairs with pollset_sleep(): [B] and [C] in poll.c. */
	if (xchg(&pwq->triggered, 1))
		return 0;
	return default_wake_function(&task, mode, sync, key);
}

/* The task that polls holds a reference to the owner of the wait queue. */
static void pollwait_queue(struct file *file,
			   struct wait_queue_head *wait_address, poll_table *pt)
{
	struct cloudabi_poll_wqueues *const pwq =
		container_of(pt, struct cloudabi_poll_wqueues, pt);
	struct cloudabi_poll_entry *const entry = pollwait_get_entry(pwq);

	if (!entry) {
		pwq->error = -ENOMEM;
		return;
	}
	entry->wait_address = wait_address;
	entry->key = pt->_key;
	init_waitqueue_func_entry(&entry->wait, pollwait_wake);
	entry->wait.private = pwq;
	add_wait_queue(wait_address, &entry->wait);
}

/**
 * cloudabi_poll_initwait - Prepare to wait
 * @pwq: the wait queue entries of the call
 *
 * Context: Process context, the task that makes the call.
 */
void cloudabi_poll_initwait(struct cloudabi_poll_wqueues *pwq)
{
	init_poll_funcptr(&pwq->pt, pollwait_queue);
	pwq->polling_task = current;
	pwq->table = NULL;
	pwq->inline_index = 0;
	pwq->error = 0;
	pwq->triggered = 0;
}

static void pollwait_remove(struct cloudabi_poll_entry *entries, unsigned int n)
{
	while (n--)
		remove_wait_queue(entries[n].wait_address, &entries[n].wait);
}

/**
 * cloudabi_poll_freewait - Remove and free all wait queue entries
 * @pwq: the wait queue entries of the call
 *
 * The caller drops the files that it polled afterwards: they own the queues.
 *
 * Context: Process context, the task that makes the call.  May sleep.
 */
void cloudabi_poll_freewait(struct cloudabi_poll_wqueues *pwq)
{
	struct cloudabi_poll_page *page, *next;

	pollwait_remove(pwq->inline_entries, pwq->inline_index);
	for (page = pwq->table; page; page = next) {
		next = page->next;
		pollwait_remove(page->entries, page->n);
		free_page((unsigned long)page);
		cond_resched();
	}
}
