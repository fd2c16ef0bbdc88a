// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Readiness of descriptors
 *
 * An event of a descriptor tells more than the poll mask of Linux: how many
 * bytes can be transferred, and whether the peer has hung up.  Most of that has
 * to be read from the file without its lock: a task can hold the lock of a
 * socket or pipe for any time, for example while it sleeps on a page fault in
 * its own memory.
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

#include "pollfd.h"

/* Maximum number of pipe buffers to read with interrupts off */
#define POLLFD_PIPE_BATCH 64U

static bool pollfd_is_write(const cloudabi_event_t *event)
{
	return event->type == CLOUDABI_EVENTTYPE_FD_WRITE;
}

static bool pollfd_is_unix(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_UNIX) && sk->sk_family == AF_UNIX;
}

/**
 * cloudabi_pollfd_peer - Get the peer whose wait queue a poll must use, too
 * @file: the file to poll
 *
 * Linux does not wake the waiters of an AF_UNIX datagram socket when its peer
 * is closed.
 *
 * Context: Process context.
 * Return: the peer, with a reference that the caller drops with sock_put()
 * after it has removed its wait queue entries; NULL if no peer is needed.
 */
struct sock *cloudabi_pollfd_peer(struct file *file)
{
	const struct socket *const sock = sock_from_file(file);

	if (!sock || sock->type != SOCK_DGRAM || !pollfd_is_unix(sock->sk))
		return NULL;
	return unix_peer_get(sock->sk);
}

/*
 * An AF_UNIX datagram socket drops its peer when it finds the peer dead.  Its
 * state is still SS_CONNECTED then.
 */
static bool pollfd_peer_is_dead(const struct socket *sock, struct sock *peer)
{
	if (sock->type != SOCK_DGRAM || !pollfd_is_unix(sock->sk))
		return false;
	return peer ? sock_flag(peer, SOCK_DEAD) : sock->state == SS_CONNECTED;
}

/*
 * Asks only protocols that answer without lock_sock(), see the top of this
 * file.  SIOCINQ of datagram protocols takes the lock of the receive queue
 * only.
 */
static int pollfd_inet_inq(struct sock *sk)
{
	const struct proto *const prot = READ_ONCE(sk->sk_prot);
	int len = 0;

	if (sk_is_tcp(sk)) {
		/* A snapshot: concurrent transfers are counted or not. */
		return data_race(tcp_inq(sk));
	}
	if (sk->sk_type != SOCK_DGRAM && sk->sk_type != SOCK_RAW)
		return 0;
	/* The handler of the protocol takes a kernel pointer. */
	return prot->ioctl && !prot->ioctl(sk, SIOCINQ, &len) ? len : 0;
}

/* Bytes to read; for a listening socket, connections to accept. */
static u64 pollfd_sock_inq(struct sock *sk)
{
	const bool listens = READ_ONCE(sk->sk_state) == TCP_LISTEN;

	if (pollfd_is_unix(sk))
		return listens ? skb_queue_len_lockless(&sk->sk_receive_queue) :
				 max(unix_inq_len(sk), 0L);
	if (listens)
		return READ_ONCE(sk->sk_ack_backlog);
	return sk_is_inet(sk) ? max(pollfd_inet_inq(sk), 0) : 0;
}

static u64 pollfd_sock_wspace(struct sock *sk)
{
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return 0;
	return sk_is_tcp(sk) ? max(sk_stream_wspace(sk), 0) : sock_wspace(sk);
}

static bool pollfd_sock_ready(struct socket *sock, struct sock *peer,
			      __poll_t mask, cloudabi_event_t *event)
{
	const bool write = pollfd_is_write(event);
	const int direction = write ? SEND_SHUTDOWN : RCV_SHUTDOWN;
	struct sock *const sk = sock->sk;

	/* The mask does not tell that the send direction is shut down. */
	if ((mask & (EPOLLHUP | EPOLLERR)) ||
	    (READ_ONCE(sk->sk_shutdown) & direction) ||
	    pollfd_peer_is_dead(sock, peer))
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	else if (!mask)
		return false;
	event->fd_readwrite.nbytes = write ? pollfd_sock_wspace(sk) :
					     pollfd_sock_inq(sk);
	return true;
}

/*
 * Counts the bytes of a batch of buffers, and advances @from, the index of the
 * first buffer.  While the spinlock is held, the array of buffers cannot be
 * resized.  The batch bounds the time for which interrupts are off.
 */
static u64 pollfd_pipe_inq_batch(struct pipe_inode_info *pipe,
				 unsigned int *from)
{
	unsigned int head, n;
	u64 len = 0;

	spin_lock_irq(&pipe->rd_wait.lock);
	head = READ_ONCE(pipe->head);
	/* A reader has passed @from, or a resize has renumbered the buffers. */
	if (pipe_occupancy(head, *from) > pipe->ring_size)
		*from = READ_ONCE(pipe->tail);
	for (n = 0; *from != head && n < POLLFD_PIPE_BATCH; n++) {
		const unsigned int slot = *from & (pipe->ring_size - 1);

		len += READ_ONCE(pipe->bufs[slot].len);
		++*from;
	}
	spin_unlock_irq(&pipe->rd_wait.lock);
	return len;
}

/*
 * A reader or writer can sleep with the mutex held, see the top of this file.
 * Without the mutex, concurrent transfers are counted or not.
 */
static u64 pollfd_pipe_inq(struct pipe_inode_info *pipe)
{
	const bool locked = mutex_trylock(&pipe->mutex);
	unsigned int next = READ_ONCE(pipe->tail);
	unsigned int left = READ_ONCE(pipe->ring_size);
	u64 len = 0;

	while (next != READ_ONCE(pipe->head) && left) {
		len += pollfd_pipe_inq_batch(pipe, &next);
		left -= min(left, POLLFD_PIPE_BATCH);
	}
	if (locked)
		mutex_unlock(&pipe->mutex);
	return len;
}

/*
 * Whole free pages.  Whether a write can use the rest of the last page depends
 * on how the page was written.
 */
static u64 pollfd_pipe_wspace(const struct pipe_inode_info *pipe)
{
	const unsigned int used = pipe_occupancy(READ_ONCE(pipe->head),
						 READ_ONCE(pipe->tail));
	const unsigned int max = READ_ONCE(pipe->max_usage);

	return used < max && READ_ONCE(pipe->readers) ?
		       (u64)(max - used) << PAGE_SHIFT : 0;
}

static bool pollfd_pipe_ready(struct file *file, __poll_t mask,
			      cloudabi_event_t *event)
{
	struct pipe_inode_info *const pipe = get_pipe_info(file, false);
	const bool write = pollfd_is_write(event);

	if (!mask)
		return false;
	if (mask & (EPOLLHUP | EPOLLERR))
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	if (pipe)
		event->fd_readwrite.nbytes = write ? pollfd_pipe_wspace(pipe) :
						     pollfd_pipe_inq(pipe);
	/* The only buffer may be one that a writer has not filled yet. */
	return write || !pipe || event->fd_readwrite.flags ||
	       event->fd_readwrite.nbytes;
}

/* Recognises only major numbers that no other drivers use. */
static bool pollfd_is_tty(const struct inode *inode)
{
	const unsigned int major = imajor(inode);

	return IS_ENABLED(CONFIG_TTY) &&
	       (major == TTY_MAJOR || major == TTYAUX_MAJOR ||
		(major >= UNIX98_PTY_SLAVE_MAJOR &&
		 major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT));
}

/*
 * FIONREAD of a terminal stores its result in user memory: in @scratch.  Other
 * drivers are not asked, as the number can mean a different ioctl to them.
 */
static u64 pollfd_tty_inq(struct file *file, cloudabi_event_t __user *scratch)
{
	int __user *const result = (int __user *)scratch;
	int len;

	if (!pollfd_is_tty(file_inode(file)) ||
	    vfs_ioctl(file, FIONREAD, (unsigned long)result) ||
	    get_user(len, result))
		return 0;
	return max(len, 0);
}

static bool pollfd_device_ready(struct file *file, __poll_t mask,
				cloudabi_event_t *event,
				cloudabi_event_t __user *scratch)
{
	if (!mask)
		return false;
	if (mask & EPOLLHUP)
		event->fd_readwrite.flags = CLOUDABI_EVENT_FD_READWRITE_HANGUP;
	if (!pollfd_is_write(event))
		event->fd_readwrite.nbytes = pollfd_tty_inq(file, scratch);
	return true;
}

/*
 * A seekable file is always ready.  The size of a block device is in the inode
 * of the device, not in the one of the device node.
 */
static bool pollfd_seekable_ready(const struct file *file,
				  cloudabi_event_t *event)
{
	const struct inode *const inode = S_ISBLK(file_inode(file)->i_mode) ?
						  file->f_mapping->host :
						  file_inode(file);
	const loff_t left = i_size_read(inode) - READ_ONCE(file->f_pos);

	if (!pollfd_is_write(event))
		event->fd_readwrite.nbytes = max(left, 0);
	return true;
}

static __poll_t pollfd_mask(struct file *file, struct sock *peer,
			    poll_table *pt, __poll_t wanted)
{
	if (peer)
		poll_wait(file, &unix_sk(peer)->peer_wait, pt);
	return vfs_poll(file, pt) & wanted;
}

/**
 * cloudabi_pollfd_ready - Is a descriptor ready?
 * @file: the file behind the descriptor
 * @peer: what cloudabi_pollfd_peer() returned
 * @pt: the poll table; its key includes the keys of the event's type
 * @event: an event of type FD_READ or FD_WRITE; number of bytes and flags are 0
 * @scratch: where the caller is going to store the event; may be overwritten
 *
 * Context: Process context.  May sleep.
 * Return: true if the descriptor is ready; @event has the number of bytes and
 * the flags then.
 */
bool cloudabi_pollfd_ready(struct file *file, struct sock *peer, poll_table *pt,
			   cloudabi_event_t *event,
			   cloudabi_event_t __user *scratch)
{
	const umode_t mode = file_inode(file)->i_mode;
	__poll_t mask;

	if (S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode))
		return pollfd_seekable_ready(file, event);

	mask = pollfd_mask(file, peer, pt,
			   pollfd_is_write(event) ? CLOUDABI_POLL_WRITE :
						    CLOUDABI_POLL_READ);
	if (S_ISSOCK(mode))
		return pollfd_sock_ready(sock_from_file(file), peer, mask,
					 event);
	if (S_ISFIFO(mode))
		return pollfd_pipe_ready(file, mask, event);
	return pollfd_device_ready(file, mask, event, scratch);
}
