// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Events of poll
 */

#include <linux/build_bug.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "poll.h"

static_assert(offsetof(cloudabi_subscription_t, fd_readwrite.fd) ==
	      offsetof(cloudabi_subscription_t, proc_terminate.fd));
static_assert(sizeof_field(cloudabi_event_t, fd_readwrite.unused) ==
	      sizeof(cloudabi_fd_t));
static_assert(sizeof_field(cloudabi_event_t, proc_terminate.unused) ==
	      sizeof(cloudabi_fd_t));

/* See cloudabi_event_subject().  A descriptor has an offset of its own. */
static void event_put_subject(cloudabi_event_t *event,
			      const cloudabi_subscription_t *sub)
{
	const cloudabi_fd_t fd = sub->fd_readwrite.fd;
	const u64 subject = cloudabi_event_subject(sub);

	switch (sub->type) {
	case CLOUDABI_EVENTTYPE_FD_READ:
	case CLOUDABI_EVENTTYPE_FD_WRITE:
		memcpy(event->fd_readwrite.unused, &fd, sizeof(fd));
		break;
	case CLOUDABI_EVENTTYPE_PROC_TERMINATE:
		memcpy(event->proc_terminate.unused, &fd, sizeof(fd));
		break;
	default:
		memcpy((char *)event + CLOUDABI_EVENT_SUBJECT, &subject,
		       sizeof(subject));
	}
}

/**
 * cloudabi_event_init - Initialise the event of a subscription
 * @event: the event
 * @sub: the subscription
 * @error: what is wrong with the subscription, as a negative errno of Linux; 0
 *         for an event that occurred
 *
 * Context: Any.
 */
void cloudabi_event_init(cloudabi_event_t *event,
			 const cloudabi_subscription_t *sub, int error)
{
	memset(event, 0, sizeof(*event));
	event->userdata = sub->userdata;
	event->error = error ? cloudabi_errno(-error) : 0;
	event->type = sub->type;
	event_put_subject(event, sub);
}

/**
 * cloudabi_poll_put_event - Store the next event
 * @poll: the call
 * @event: the event
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT.
 */
int cloudabi_poll_put_event(struct cloudabi_poll *poll,
			    const cloudabi_event_t *event)
{
	if (copy_to_user(&poll->out[poll->nevents], event, sizeof(*event)))
		return -EFAULT;
	poll->nevents++;
	return 0;
}

/**
 * cloudabi_poll_put_result - Store an event that has no data except an error
 * @poll: the call
 * @sub: the subscription
 * @error: as for cloudabi_event_init()
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT.
 */
int cloudabi_poll_put_result(struct cloudabi_poll *poll,
			     const cloudabi_subscription_t *sub, int error)
{
	cloudabi_event_t event;

	cloudabi_event_init(&event, sub, error);
	return cloudabi_poll_put_event(poll, &event);
}
