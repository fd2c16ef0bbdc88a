/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Queues that a call waits in
 */
#ifndef _KERNEL_CLOUDABI_POLLWAIT_H
#define _KERNEL_CLOUDABI_POLLWAIT_H

#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;

/**
 * struct cloudabi_place - A place in a queue
 * @entry: link in the queue
 * @head: the queue
 * @key: the events to be woken for
 */
struct cloudabi_place {
	struct wait_queue_entry entry;
	struct wait_queue_head *head;
	__poll_t key;
};

/* Without an allocation; two queues for each of a few things. */
#define CLOUDABI_PLACES_FEW 8

/**
 * struct cloudabi_pollwait - All places of a call
 * @pt: what is given to the files
 * @task: who waits
 * @more: those that @few has no room for
 * @n: how many of @few are taken
 * @error: -ENOMEM if not all could be had
 * @triggered: whether somebody woke @task, and it has not looked since
 * @few: the first ones
 */
struct cloudabi_pollwait {
	poll_table pt;
	struct task_struct *task;
	struct cloudabi_places *more;
	unsigned int n;
	int error;
	int triggered;
	struct cloudabi_place few[CLOUDABI_PLACES_FEW];
};

void cloudabi_pollwait_init(struct cloudabi_pollwait *wait);
void cloudabi_pollwait_free(struct cloudabi_pollwait *wait);

#endif /* _KERNEL_CLOUDABI_POLLWAIT_H */
