// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Queues that a call waits in
 *
 * What poll() of Linux has for that, too.  That does not charge its memory to
 * anybody.
 */

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "pollwait.h"

/**
 * struct cloudabi_places - A page of places
 * @next: another one, which is full
 * @n: how many of @places are taken
 * @places: the places
 */
struct cloudabi_places {
	struct cloudabi_places *next;
	unsigned int n;
	struct cloudabi_place places[];
};

#define PLACES_OF_PAGE                                 \
	((PAGE_SIZE - sizeof(struct cloudabi_places)) / \
	 sizeof(struct cloudabi_place))

static struct cloudabi_place *take_place(struct cloudabi_pollwait *wait)
{
	struct cloudabi_places *page = wait->more;

	if (wait->n < CLOUDABI_PLACES_FEW)
		return &wait->few[wait->n++];
	if (!page || page->n == PLACES_OF_PAGE) {
		page = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
		if (!page)
			return NULL;
		page->next = wait->more;
		page->n = 0;
		wait->more = page;
	}
	return &page->places[page->n++];
}

/*
 * There may be many places in one queue, as many files share it, and it is walked
 * with interrupts off: only the first of them wakes the task.  It sees what has happened to the
 * others, as it resets @triggered before it looks, and both is fully ordered.
 */
static int on_wakeup(struct wait_queue_entry *entry, unsigned int mode,
		     int sync, void *key)
{
	const struct cloudabi_place *const place =
		container_of(entry, struct cloudabi_place, entry);
	struct cloudabi_pollwait *const wait = entry->private;
	DECLARE_WAITQUEUE(task, wait->task);

	if (key && !(key_to_poll(key) & place->key))
		return 0;
	if (xchg(&wait->triggered, 1))
		return 0;
	return default_wake_function(&task, mode, sync, key);
}

/* The caller holds what the queue is a part of, for as long as it waits. */
static void queue_up(struct file *file, struct wait_queue_head *head,
		     poll_table *pt)
{
	struct cloudabi_pollwait *const wait =
		container_of(pt, struct cloudabi_pollwait, pt);
	struct cloudabi_place *const place = take_place(wait);

	if (!place) {
		wait->error = -ENOMEM;
		return;
	}
	place->head = head;
	place->key = pt->_key;
	init_waitqueue_func_entry(&place->entry, on_wakeup);
	place->entry.private = wait;
	add_wait_queue(head, &place->entry);
}

/**
 * cloudabi_pollwait_init - Prepare to wait
 * @wait: what the caller waits with
 */
void cloudabi_pollwait_init(struct cloudabi_pollwait *wait)
{
	init_poll_funcptr(&wait->pt, queue_up);
	wait->task = current;
	wait->more = NULL;
	wait->n = 0;
	wait->error = 0;
	wait->triggered = 0;
}

static void leave(struct cloudabi_place *places, unsigned int n)
{
	while (n--)
		remove_wait_queue(places[n].head, &places[n].entry);
}

/**
 * cloudabi_pollwait_free - Leave all queues
 * @wait: what the caller waited with
 *
 * Comes before anything that was polled is released.
 */
void cloudabi_pollwait_free(struct cloudabi_pollwait *wait)
{
	struct cloudabi_places *page, *next;

	leave(wait->few, wait->n);
	for (page = wait->more; page; page = next) {
		next = page->next;
		leave(page->places, page->n);
		free_page((unsigned long)page);
		cond_resched();
	}
}
