// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Sockets
 */

#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/net.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/scm.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "progress.h"
#include "sock.h"

static int make_sockets(int type, struct socket **sock1, struct socket **sock2)
{
	int error;

	error = sock_create(AF_UNIX, type, 0, sock1);
	if (error)
		return error;
	error = sock_create(AF_UNIX, type, 0, sock2);
	if (error)
		goto out_release1;
	error = security_socket_socketpair(*sock1, *sock2) ?:
		READ_ONCE((*sock1)->ops)->socketpair(*sock1, *sock2);
	if (!error)
		return 0;
	sock_release(*sock2);
out_release1:
	sock_release(*sock1);
	return error;
}

/**
 * cloudabi_sock_pair - Make a pair of connected sockets
 * @type: SOCK_DGRAM or SOCK_STREAM
 * @files: where to store the two files
 *
 * Return: 0; -ENFILE, -ENOMEM.
 */
int cloudabi_sock_pair(int type, struct file **files)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct socket *sock1, *sock2;
	int error;

	blob->in_socketpair = true;
	error = make_sockets(type, &sock1, &sock2);
	blob->in_socketpair = false;
	if (error)
		return error;

	/* From here on the file owns the socket, also if it can't be made. */
	files[0] = sock_alloc_file(sock1, 0, NULL);
	if (IS_ERR(files[0])) {
		sock_release(sock2);
		return PTR_ERR(files[0]);
	}
	files[1] = sock_alloc_file(sock2, 0, NULL);
	if (IS_ERR(files[1])) {
		fput(files[0]);
		return PTR_ERR(files[1]);
	}
	return 0;
}

static unsigned int block_flags(const struct file *file)
{
	return file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

/**
 * cloudabi_sock_transfer - Read from a socket, or write to it
 * @file: the socket
 * @base: the data
 * @len: its length in bytes
 * @write: in which direction
 *
 * What read() and write() of Linux come to in the end.
 *
 * Return: number of bytes, or a negative errno.
 */
ssize_t cloudabi_sock_transfer(struct file *file, void __user *base, size_t len,
			       bool write)
{
	struct socket *const sock = sock_from_file(file);
	struct msghdr msg = { .msg_flags = block_flags(file) };
	ssize_t ret;

	/* The hooks of files; those of sockets follow. */
	ret = import_ubuf(write ? ITER_SOURCE : ITER_DEST, base, len,
			  &msg.msg_iter) ?:
	      rw_verify_area(write ? WRITE : READ, file, NULL, len);
	if (ret)
		return ret;
	if (write) {
		msg.msg_flags |= MSG_NOSIGNAL;
		ret = sock_sendmsg(sock, &msg);
		if (ret > 0)
			fsnotify_modify(file);
	} else if (len) {
		ret = sock_recvmsg(sock, &msg, msg.msg_flags);
		if (ret > 0)
			fsnotify_access(file);
	}
	return ret;
}

/*
 * Whether there is room for results.  What is there stays: it may be the
 * arguments, which are read once more if the call is interrupted.
 */
static bool can_store(void __user *out, size_t size)
{
	char __user *const first = out, *const last = first + size - 1;
	char byte;

	if (!user_access_begin(out, size))
		return false;
	unsafe_get_user(byte, first, fault);
	unsafe_put_user(byte, first, fault);
	unsafe_get_user(byte, last, fault);
	unsafe_put_user(byte, last, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

static int import_vectors(int rw, const void __user *iovs,
			  cloudabi_size_t iovs_len, struct iovec **iov,
			  struct iov_iter *iter)
{
	ssize_t ret;

	if (iovs_len > UIO_MAXIOV)
		return -EINVAL;
	ret = import_iovec(rw, iovs, iovs_len, UIO_FASTIOV, iov, iter);
	return ret < 0 ? ret : 0;
}

/**
 * cloudabi_recv_restarted - Has the caller's read taken data already?
 *
 * If so, it ends before data that carries descriptors.
 */
bool cloudabi_recv_restarted(void)
{
	return cloudabi_task_blob(current)->recv_restarted;
}

/* Behind what an interrupted read has stored. */
static int recv_behind(struct socket *sock, struct msghdr *msg, size_t done,
		       unsigned int flags)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	int ret;

	if (!done)
		return sock_recvmsg(sock, msg, flags);
	iov_iter_advance(&msg->msg_iter, done);
	if (!msg_data_left(msg))
		return 0;
	blob->recv_restarted = true;
	ret = sock_recvmsg(sock, msg, flags);
	blob->recv_restarted = false;
	return ret;
}

/*
 * What has been received is told first, the error of a connection next time: it
 * is put back where the socket has it.  Others are of this call alone, and not to
 * be seen by a Linux program that shares the socket.
 */
static int recv_ended(struct socket *sock, int error)
{
	switch (error) {
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EPIPE:
	case -ETIMEDOUT:
		/* Local sockets have none that is not an end like any other. */
		if (sock->sk->sk_family != AF_UNIX)
			WRITE_ONCE(sock->sk->sk_err, -error);
	}
	return 0;
}

static int do_recv(struct file *file, const cloudabi_recv_in_t *in,
		   unsigned int flags, cloudabi_recv_out_t *out, bool *rest)
{
	struct socket *const sock = sock_from_file(file);
	struct cloudabi_recv recv = {
		.fds = in->ri_fds,
		.max = in->ri_fds_len,
	};
	struct msghdr msg = { .msg_control = &recv };
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	int ret;

	ret = import_vectors(ITER_DEST, in->ri_data, in->ri_data_len, &iov,
			     &msg.msg_iter);
	if (ret)
		return ret;
	/* Descriptors come with the first byte of their data. */
	if (sock->type == SOCK_STREAM && !msg_data_left(&msg))
		flags |= MSG_PEEK;
	recv.peek = flags & MSG_PEEK;
	ret = recv_behind(sock, &msg, out->ro_datalen, flags);
	kfree(iov);
	if (ret < 0)
		ret = out->ro_datalen ? recv_ended(sock, ret) :
					cloudabi_error_recv(ret, file);
	if (ret < 0)
		return ret;
	if (recv.error)
		return recv.error;

	*rest = msg_data_left(&msg);
	out->ro_datalen += ret;
	out->ro_fdslen += recv.n;
	out->ro_flags |= (recv.truncated ? CLOUDABI_SOCK_RECV_FDS_TRUNCATED :
					   0) |
			 (msg.msg_flags & MSG_TRUNC ?
				  CLOUDABI_SOCK_RECV_DATA_TRUNCATED : 0);
	return 0;
}

static long restart_recv(struct restart_block *block);

static long save_recv(struct file *file, struct cloudabi_progress *progress,
		      const cloudabi_recv_out_t *result)
{
	progress->bytes = result->ro_datalen;
	/* They are no more than a message holds. */
	progress->more = result->ro_fdslen << 8 | result->ro_flags;
	return cloudabi_progress_save(progress, file, restart_recv);
}

/* Return: -ERESTART* if a read that waits for all was interrupted, else 0. */
static long recv_cut(struct file *file, unsigned int flags,
		     struct cloudabi_progress *progress,
		     const cloudabi_recv_out_t *result)
{
	if (!(flags & MSG_WAITALL) || !cloudabi_interrupted(result->ro_datalen) ||
	    !cloudabi_is_stream(file))
		return 0;
	if (!(flags & MSG_PEEK))
		return save_recv(file, progress, result);
	/* A look begins anew, unless each goes on where the last one ended. */
	return READ_ONCE(sock_from_file(file)->sk->sk_peek_off) < 0 ?
		       -ERESTARTSYS : 0;
}

/* Return: -ERESTART_RESTARTBLOCK if there is still more to come, else 0. */
static long go_on_recv(struct cloudabi_progress *progress,
		       cloudabi_recv_out_t *result)
{
	cloudabi_recv_in_t args;
	unsigned int flags;
	bool rest = false;

	if (copy_from_user(&args, progress->in, sizeof(args)))
		return 0;
	CLASS(cloudabi_fd, f)(progress->fd,
			      CLOUDABI_REQUIRED(sock_recv, sock, always));
	if (f.error || !cloudabi_progress_same_file(progress, fd_file(f.f)))
		return 0;
	flags = block_flags(fd_file(f.f)) | MSG_WAITALL;
	if (do_recv(fd_file(f.f), &args, flags, result, &rest))
		return 0;
	return rest ? recv_cut(fd_file(f.f), flags, progress, result) : 0;
}

static long restart_recv(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);
	cloudabi_recv_out_t result;
	long error;

	memset(&result, 0, sizeof(result));
	result.ro_datalen = progress.bytes;
	result.ro_fdslen = progress.more >> 8;
	result.ro_flags = progress.more & 0xff;
	error = go_on_recv(&progress, &result);
	if (error)
		return error;
	return copy_to_user(progress.out, &result, sizeof(result)) ? -EFAULT :
								     0;
}

/**
 * cloudabi_sys_sock_recv - Receive a message
 * @sock: the socket
 * @in: where to store data and descriptors, and how to receive
 * @out: where to store what was received
 *
 * A stream is read up to where descriptors come with the data, and a look at it
 * shows what a read would get.  Descriptors come with the first byte of their
 * data.  They have the rights that they had when they were sent; those of a Linux program
 * have the most that their type and open mode allow.  Without room for any,
 * they are dropped silently; those for which there is no room are dropped and
 * flagged.  They stay with a message that is only looked at.
 *
 * With CLOUDABI_SOCK_RECV_WAITALL a read of a stream ends with less than was
 * asked for at the end of the stream, at an error, which the next call tells, or
 * where descriptors come.  One that is interrupted goes on behind what it has
 * stored.  A time-out that Linux has set on the socket starts anew then.
 *
 * Rights: FD_READ.
 * POSIX: As recvmsg() without addresses, and with descriptors in an array.
 * Return: 0; -EFAULT; -EBADF; -ENOTCAPABLE; -ENOTSOCK; -EINVAL for too many
 * vectors, or for lengths out of range; -EAGAIN without data in non-blocking
 * mode; -ENOTCONN; -ECONNRESET; -ENOMEM; other errors of the socket.
 */
int cloudabi_sys_sock_recv(cloudabi_fd_t sock,
			   const cloudabi_recv_in_t __user *in,
			   cloudabi_recv_out_t __user *out)
{
	struct cloudabi_progress progress = { .fd = sock, .in = in, .out = out };
	cloudabi_recv_out_t result;
	cloudabi_recv_in_t args;
	unsigned int flags;
	bool rest = false;
	int error;

	if (copy_from_user(&args, in, sizeof(args)))
		return -EFAULT;
	CLASS(cloudabi_fd, f)(sock, CLOUDABI_REQUIRED(sock_recv, sock, always));
	if (f.error)
		return f.error;
	if (!sock_from_file(fd_file(f.f)))
		return -ENOTSOCK;
	/* What is received can't be given back. */
	if (!can_store(out, sizeof(*out)))
		return -EFAULT;

	flags = block_flags(fd_file(f.f)) |
		(args.ri_flags & CLOUDABI_SOCK_RECV_PEEK ? MSG_PEEK : 0) |
		(args.ri_flags & CLOUDABI_SOCK_RECV_WAITALL ? MSG_WAITALL : 0);
	memset(&result, 0, sizeof(result));
	error = do_recv(fd_file(f.f), &args, flags, &result, &rest);
	if (error)
		return error;
	if (rest)
		error = recv_cut(fd_file(f.f), flags, &progress, &result);
	if (error)
		return error;
	return copy_to_user(out, &result, sizeof(result)) ? -EFAULT : 0;
}

/* A control message with the numbers, which SCM_RIGHTS looks up. */
static int make_control(const cloudabi_send_in_t *in, struct msghdr *msg)
{
	const size_t size = in->si_fds_len * sizeof(int);
	struct cmsghdr *cmsg;

	cmsg = kzalloc(CMSG_SPACE(size), GFP_KERNEL_ACCOUNT);
	if (!cmsg)
		return -ENOMEM;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(size);
	msg->msg_control = cmsg;
	msg->msg_controllen = CMSG_SPACE(size);
	return copy_from_user(CMSG_DATA(cmsg), in->si_fds, size) ? -EFAULT : 0;
}

/*
 * Only local sockets carry descriptors, streams only together with data: Linux
 * would drop them without a word.
 */
static int send_with_fds(struct socket *sock, const cloudabi_send_in_t *in,
			 struct msghdr *msg)
{
	int ret;

	if (in->si_fds_len > SCM_MAX_FD || sock->sk->sk_family != AF_UNIX ||
	    (sock->type == SOCK_STREAM && !iov_iter_count(&msg->msg_iter)))
		return -EINVAL;
	ret = cloudabi_scm_begin(in->si_fds_len);
	if (ret)
		return ret;
	ret = make_control(in, msg) ?: sock_sendmsg(sock, msg);
	kfree(msg->msg_control);
	cloudabi_scm_end();
	return ret;
}

static int do_send(struct file *file, const cloudabi_send_in_t *in, size_t done,
		   bool *rest)
{
	struct socket *const sock = sock_from_file(file);
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | block_flags(file) };
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	int ret;

	ret = import_vectors(ITER_SOURCE, in->si_data, in->si_data_len, &iov,
			     &msg.msg_iter);
	if (ret)
		return ret;
	/* Descriptors have gone with the first byte. */
	iov_iter_advance(&msg.msg_iter, done);
	ret = in->si_fds_len && !done ? send_with_fds(sock, in, &msg) :
					sock_sendmsg(sock, &msg);
	kfree(iov);
	*rest = msg_data_left(&msg);
	return ret < 0 ? cloudabi_error_send(ret, file) : ret;
}

static long restart_send(struct restart_block *block);

static int send_cut(struct file *file, struct cloudabi_progress *progress)
{
	return cloudabi_interrupted(progress->bytes) && cloudabi_is_stream(file) ?
		       cloudabi_progress_save(progress, file, restart_send) : 0;
}

/* Return: -ERESTART_RESTARTBLOCK if there is still more to do, else 0. */
static long go_on_send(struct cloudabi_progress *progress)
{
	cloudabi_send_in_t args;
	bool rest = false;
	int ret;

	if (copy_from_user(&args, progress->in, sizeof(args)))
		return 0;
	CLASS(cloudabi_fd, f)(progress->fd,
			      CLOUDABI_REQUIRED(sock_send, sock, always));
	if (f.error || !cloudabi_progress_same_file(progress, fd_file(f.f)))
		return 0;
	ret = do_send(fd_file(f.f), &args, progress->bytes, &rest);
	if (ret > 0)
		progress->bytes += ret;
	return rest ? send_cut(fd_file(f.f), progress) : 0;
}

static int tell_sent(const struct cloudabi_progress *progress)
{
	cloudabi_send_out_t result;

	memset(&result, 0, sizeof(result));
	result.so_datalen = progress->bytes;
	return copy_to_user(progress->out, &result, sizeof(result)) ? -EFAULT :
								      0;
}

static long restart_send(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);

	return go_on_send(&progress) ?: tell_sent(&progress);
}

/**
 * cloudabi_sys_sock_send - Send a message
 * @sock: the socket
 * @in: data and descriptors
 * @out: where to store what was sent
 *
 * Descriptors are copied into the message, together with their rights.  On a
 * stream they need a byte of data to go with.  A call that is interrupted goes on
 * behind what it has sent.
 *
 * Rights: FD_WRITE; none for the descriptors that are sent.
 * POSIX: As sendmsg() without addresses, with descriptors in an array, and
 * without a signal if the peer is gone.
 * Return: 0; -EFAULT; -EBADF for the socket or a descriptor that is to be sent;
 * -ENOTCAPABLE; -ENOTSOCK; -EINVAL for too many vectors, lengths out of range,
 * more than 253 descriptors, descriptors on a stream without data, or on a socket
 * that is not local; -EAGAIN without space in non-blocking mode, or
 * if too many descriptors are under way; -EPIPE; -EMSGSIZE; -ENOTCONN;
 * -ECONNRESET; -ENOBUFS; -ENOMEM; other errors of the socket.
 */
int cloudabi_sys_sock_send(cloudabi_fd_t sock,
			   const cloudabi_send_in_t __user *in,
			   cloudabi_send_out_t __user *out)
{
	struct cloudabi_progress progress = { .fd = sock, .in = in, .out = out };
	cloudabi_send_in_t args;
	bool rest;
	int ret;

	if (copy_from_user(&args, in, sizeof(args)))
		return -EFAULT;
	CLASS(cloudabi_fd, f)(sock, CLOUDABI_REQUIRED(sock_send, sock, always));
	if (f.error)
		return f.error;
	if (!sock_from_file(fd_file(f.f)))
		return -ENOTSOCK;
	/* What is sent can't be taken back. */
	if (!can_store(out, sizeof(*out)))
		return -EFAULT;

	ret = do_send(fd_file(f.f), &args, 0, &rest);
	if (ret < 0)
		return ret;
	progress.bytes = ret;
	return (rest ? send_cut(fd_file(f.f), &progress) : 0) ?:
	       tell_sent(&progress);
}

/**
 * cloudabi_sys_sock_shutdown - End one or both directions of a connection
 * @sock: the socket
 * @how: CLOUDABI_SHUT_RD, CLOUDABI_SHUT_WR or both
 *
 * Rights: SOCK_SHUTDOWN.
 * POSIX: As shutdown().
 * Return: 0; -EINVAL for another @how; -EBADF; -ENOTCAPABLE; -ENOTSOCK;
 * -ENOTCONN.
 */
int cloudabi_sys_sock_shutdown(cloudabi_fd_t sock, cloudabi_sdflags_t how)
{
	struct socket *socket;
	int linux_how;

	switch (how) {
	case CLOUDABI_SHUT_RD:
		linux_how = SHUT_RD;
		break;
	case CLOUDABI_SHUT_WR:
		linux_how = SHUT_WR;
		break;
	case CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR:
		linux_how = SHUT_RDWR;
		break;
	default:
		return -EINVAL;
	}

	CLASS(cloudabi_fd, f)(sock,
			      CLOUDABI_REQUIRED(sock_shutdown, sock, always));
	if (f.error)
		return f.error;
	socket = sock_from_file(fd_file(f.f));
	if (!socket)
		return -ENOTSOCK;
	/* Which local sockets never say. */
	if (socket->sk->sk_family == AF_UNIX &&
	    READ_ONCE(socket->sk->sk_state) != TCP_ESTABLISHED)
		return -ENOTCONN;
	return __sys_shutdown_sock(socket, linux_how);
}
