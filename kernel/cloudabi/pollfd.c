// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Descriptors that are polled
 *
 * When a descriptor is ready, how much it is ready for, and whether its other
 * end has gone.
 */

#include <linux/fs.h>
#include <linux/major.h>
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <net/af_unix.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>
#include <asm/ioctls.h>

#include "poll.h"

/* How many buffers of a pipe are looked at with interrupts off. */
#define PIPE_BUFS_AT_ONCE 64U

static bool is_write(const cloudabi_event_t *event)
{
	return event->type == CLOUDABI_EVENTTYPE_FD_WRITE;
}

static bool is_local(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_UNIX) && sk->sk_family == AF_UNIX;
}

/**
 * cloudabi_pollfd_peer - What else has to be watched
 * @file: a file that is polled
 *
 * Linux tells a local socket for datagrams nothing of its peer's end.
 *
 * Return: the peer, to be passed to cloudabi_pollfd() and released by sock_put()
 * when no wake-up is waited for any more; NULL without one.
 */
struct sock *cloudabi_pollfd_peer(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	if (!sock || sock->type != SOCK_DGRAM || !is_local(sock->sk))
		return NULL;
	return unix_peer_get(sock->sk);
}

/* A local socket for datagrams forgets its peer when it meets it dead. */
static bool peer_is_gone(const struct socket *sock, struct sock *peer)
{
	if (sock->type != SOCK_DGRAM || !is_local(sock->sk))
		return false;
	return peer ? sock_flag(peer, SOCK_DEAD) : sock->state == SS_CONNECTED;
}

/*
 * Who has a socket locked may sleep for as long as it likes: on its own memory,
 * say.  So only those protocols are asked that lock no more than a queue, which
 * are those of datagrams.
 */
static int inet_queued(struct sock *sk)
{
	const struct proto *const prot = READ_ONCE(sk->sk_prot);
	int len = 0;

	if (sk_is_tcp(sk)) {
		/* It only reads: what comes or goes now is counted or not. */
		return data_race(tcp_inq(sk));
	}
	if (sk->sk_type != SOCK_DGRAM && sk->sk_type != SOCK_RAW)
		return 0;
	/* Which takes a pointer of the kernel, and concerns the protocol alone. */
	return prot->ioctl && !prot->ioctl(sk, SIOCINQ, &len) ? len : 0;
}

/* Connections, if the socket listens. */
static u64 sock_queued(struct sock *sk)
{
	const bool listens = READ_ONCE(sk->sk_state) == TCP_LISTEN;

	if (is_local(sk))
		return listens ? skb_queue_len_lockless(&sk->sk_receive_queue) :
				 max(unix_inq_len(sk), 0L);
	if (listens)
		return READ_ONCE(sk->sk_ack_backlog);
	return sk_is_inet(sk) ? max(inet_queued(sk), 0) : 0;
}

static u64 sock_space(struct sock *sk)
{
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return 0;
	return sk_is_tcp(sk) ? max(sk_stream_wspace(sk), 0) : sock_wspace(sk);
}

static bool sock_ready(struct socket *sock, struct sock *peer, __poll_t mask,
		       cloudabi_event_t *event)
{
	const int side = is_write(event) ? SEND_SHUTDOWN : RCV_SHUTDOWN;
	struct sock *const sk = sock->sk;

	/* Nobody waits in vain for space in what is shut down. */
	if ((mask & (EPOLLHUP | EPOLLERR)) ||
	    (READ_ONCE(sk->sk_shutdown) & side) || peer_is_gone(sock, peer))
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	else if (!mask)
		return false;
	event->fd_readwrite.nbytes = is_write(event) ? sock_space(sk) :
						       sock_queued(sk);
	return true;
}

/*
 * From one number of a buffer to another; the buffers go with a spinlock only,
 * which is not held for long however many they are.
 */
static u64 pipe_some_queued(struct pipe_inode_info *pipe, unsigned int *from)
{
	unsigned int head, n;
	u64 len = 0;

	spin_lock_irq(&pipe->rd_wait.lock);
	head = READ_ONCE(pipe->head);
	/* Others have read, or have had the numbers start anew. */
	if (pipe_occupancy(head, *from) > pipe->ring_size)
		*from = READ_ONCE(pipe->tail);
	for (n = 0; *from != head && n < PIPE_BUFS_AT_ONCE; n++) {
		const unsigned int slot = *from & (pipe->ring_size - 1);

		len += READ_ONCE(pipe->bufs[slot].len);
		++*from;
	}
	spin_unlock_irq(&pipe->rd_wait.lock);
	return len;
}

/*
 * A writer or reader holds the mutex while it sleeps on its own memory.  Without
 * it, what others do at the same time may be counted or not.
 */
static u64 pipe_queued(struct pipe_inode_info *pipe)
{
	const bool locked = mutex_trylock(&pipe->mutex);
	unsigned int next = READ_ONCE(pipe->tail);
	unsigned int left = READ_ONCE(pipe->ring_size);
	u64 len = 0;

	while (next != READ_ONCE(pipe->head) && left) {
		len += pipe_some_queued(pipe, &next);
		left -= min(left, PIPE_BUFS_AT_ONCE);
	}
	if (locked)
		mutex_unlock(&pipe->mutex);
	return len;
}

/* Whole pages: what the last one has left depends on how it was written. */
static u64 pipe_space(const struct pipe_inode_info *pipe)
{
	const unsigned int used = pipe_occupancy(READ_ONCE(pipe->head),
						 READ_ONCE(pipe->tail));
	const unsigned int max = READ_ONCE(pipe->max_usage);

	return used < max && READ_ONCE(pipe->readers) ?
		       (u64)(max - used) << PAGE_SHIFT : 0;
}

static bool pipe_ready(struct file *file, __poll_t mask, cloudabi_event_t *event)
{
	struct pipe_inode_info *const pipe = get_pipe_info(file, false);

	if (!mask)
		return false;
	if (mask & (EPOLLHUP | EPOLLERR))
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	if (pipe)
		event->fd_readwrite.nbytes = is_write(event) ? pipe_space(pipe) :
							       pipe_queued(pipe);
	/* A buffer that a writer has not filled yet is nothing to be read. */
	return is_write(event) || !pipe || event->fd_readwrite.flags ||
	       event->fd_readwrite.nbytes;
}

/* Those whose driver is sure to be one of terminals. */
static bool is_terminal(const struct inode *inode)
{
	const unsigned int major = imajor(inode);

	return IS_ENABLED(CONFIG_TTY) &&
	       (major == TTY_MAJOR || major == TTYAUX_MAJOR ||
		(major >= UNIX98_PTY_SLAVE_MAJOR &&
		 major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT));
}

/*
 * A terminal tells programs only.  Other drivers are not asked: to them the
 * number may mean anything.
 */
static u64 device_queued(struct file *file, cloudabi_event_t __user *slot)
{
	int __user *const told = (int __user *)slot;
	int len;

	if (!is_terminal(file_inode(file)) ||
	    vfs_ioctl(file, FIONREAD, (unsigned long)told) ||
	    get_user(len, told))
		return 0;
	return max(len, 0);
}

static bool device_ready(struct file *file, __poll_t mask,
			 cloudabi_event_t *event,
			 cloudabi_event_t __user *slot)
{
	if (!mask)
		return false;
	if (mask & EPOLLHUP)
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	if (!is_write(event))
		event->fd_readwrite.nbytes = device_queued(file, slot);
	return true;
}

/* What has positions; the node of a block device has no size, the device does. */
static bool file_ready(const struct file *file, cloudabi_event_t *event)
{
	const struct inode *const inode = S_ISBLK(file_inode(file)->i_mode) ?
						  file->f_mapping->host :
						  file_inode(file);
	const loff_t left = i_size_read(inode) - READ_ONCE(file->f_pos);

	if (!is_write(event))
		event->fd_readwrite.nbytes = max(left, 0);
	return true;
}

static __poll_t poll_mask(struct file *file, struct sock *peer, poll_table *pt,
			  __poll_t wanted)
{
	/* The sleeper holds the file, and the caller the peer. */
	if (peer)
		poll_wait(file, &unix_sk(peer)->peer_wait, pt);
	return vfs_poll(file, pt) & wanted;
}

/**
 * cloudabi_pollfd - Is a descriptor ready?
 * @file: its file
 * @peer: what cloudabi_pollfd_peer() found
 * @pt: how to be woken when that changes, with a key that includes it
 * @event: an event whose type says what for; zeroed otherwise
 * @slot: where the event will be stored in the end, and may be written before
 *
 * Return: whether it is, @event being complete then.
 */
bool cloudabi_pollfd(struct file *file, struct sock *peer, poll_table *pt,
		     cloudabi_event_t *event, cloudabi_event_t __user *slot)
{
	const umode_t mode = file_inode(file)->i_mode;
	__poll_t mask;

	if (S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode))
		return file_ready(file, event);

	mask = poll_mask(file, peer, pt, is_write(event) ? CLOUDABI_POLL_WRITE :
							   CLOUDABI_POLL_READ);
	if (S_ISSOCK(mode))
		return sock_ready(sock_from_file(file), peer, mask, event);
	if (S_ISFIFO(mode))
		return pipe_ready(file, mask, event);
	return device_ready(file, mask, event, slot);
}
