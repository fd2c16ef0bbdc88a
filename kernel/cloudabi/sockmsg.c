// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Messages of sockets
 *
 * Calls that resume
 *
 * A program must not see that a stop, the freezer or a debugger interrupted a
 * call.  On a stream, the call may have transferred some data by then.  The
 * transfer cannot be undone.  A short count is no solution if the program asked
 * for all data.  So the call saves its progress in the restart block
 * (progress.c) and returns -ERESTART_RESTARTBLOCK.  The restart function reads
 * the arguments again, looks up the socket again, and transfers the rest.  If
 * any of that fails, the call ends and reports the data that it has
 * transferred.
 *
 * sock_send() resumes whenever data is left.  sock_recv() resumes with
 * CLOUDABI_SOCK_RECV_WAITALL, because without it a short count is normal.
 *
 * Descriptors go with the first byte of their data, so they have been sent or
 * received before a call can be interrupted.  A call that resumes never
 * transfers descriptors.  If it receives, it stops in front of data that has
 * descriptors.
 *
 * Results
 *
 * A received message can't be put back, and a sent message can't be taken
 * back.  The calls make sure that the results can be stored before they start.
 */

#include <linux/fs.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/scm.h>
#include <net/sock.h>

#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "progress.h"
#include "scm.h"
#include "sock.h"

/*
 * Can the results be stored?  The memory keeps its contents: it may overlap the
 * arguments, which a call that resumes reads again.
 */
static bool sockmsg_can_store(void __user *out, size_t size)
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

/*
 * CLASS(sockmsg_fd, f)(call, need, out_size): the socket of a call.  f.error
 * must be tested first.
 */
static __always_inline struct cloudabi_fd
sockmsg_fd_get(const struct cloudabi_progress *call, cloudabi_rights_t need,
	       size_t out_size)
{
	struct cloudabi_fd f = cloudabi_fd_get(call->fd, need);

	if (f.error)
		return f;
	if (!sock_from_file(fd_file(f.f)))
		f.error = -ENOTSOCK;
	else if (!sockmsg_can_store(call->out, out_size))
		f.error = -EFAULT;
	return f;
}

DEFINE_CLASS(sockmsg_fd, struct cloudabi_fd, fdput(_T.f),
	     sockmsg_fd_get(call, need, out_size),
	     const struct cloudabi_progress *call, cloudabi_rights_t need,
	     size_t out_size)

/*
 * CLASS(sockmsg_fd_again, f)(call, need): the same for a call that resumes.  On
 * any error, the call ends and reports the data that it has transferred.
 * Another thread may have replaced the descriptor.
 */
static __always_inline struct cloudabi_fd
sockmsg_fd_get_again(const struct cloudabi_progress *call,
		     cloudabi_rights_t need)
{
	struct cloudabi_fd f = cloudabi_fd_get(call->fd, need);

	if (!f.error && !cloudabi_progress_same_file(call, fd_file(f.f)))
		f.error = -EBADF;
	return f;
}

EXTEND_CLASS(sockmsg_fd, _again, sockmsg_fd_get_again(call, need),
	     const struct cloudabi_progress *call, cloudabi_rights_t need)

static int sockmsg_store(const struct cloudabi_progress *call,
			 const void *result, size_t size)
{
	return copy_to_user(call->out, result, size) ? -EFAULT : 0;
}

static int sockmsg_import_iovecs(int rw, const void __user *iovs,
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
 * cloudabi_recv_restarted - Does the caller resume a read of a stream?
 *
 * Context: Process context, in a read from an AF_UNIX stream.
 * Return: true if the caller has data already, so that the read must stop in
 * front of data that has descriptors.
 */
bool cloudabi_recv_restarted(void)
{
	return cloudabi_task_blob(current)->recv_restarted;
}

/* Receives behind the first @done bytes of the buffers. */
static int sockmsg_recv_rest(struct socket *sock, struct msghdr *msg,
			     size_t done, unsigned int flags)
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
 * An error ends a read that has stored data before it was interrupted.  The
 * call reports the data.  An error of the connection goes back to where the
 * socket keeps it, and the next call reports it.  Other errors concern this
 * call only, and a Linux program that shares the socket must not see them.
 */
static int sockmsg_recv_ended(struct socket *sock, int error)
{
	switch (error) {
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
	case -EPIPE:
	case -ETIMEDOUT:
		/* On AF_UNIX sockets these are the end of the stream. */
		if (sock->sk->sk_family != AF_UNIX)
			WRITE_ONCE(sock->sk->sk_err, -error);
	}
	return 0;
}

static int sockmsg_recv(struct file *file, const cloudabi_recv_in_t *in,
			unsigned int flags, cloudabi_recv_out_t *out,
			bool *rest)
{
	struct socket *const sock = sock_from_file(file);
	struct cloudabi_scm_buf recv = {
		.fds = in->ri_fds,
		.max = in->ri_fds_len,
	};
	struct msghdr msg = { .msg_control = &recv };
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	int ret;

	ret = sockmsg_import_iovecs(ITER_DEST, in->ri_data, in->ri_data_len,
				    &iov, &msg.msg_iter);
	if (ret)
		return ret;
	/*
	 * Without space for data, a read would take descriptors away from the
	 * data that they belong to.  So it only peeks.
	 */
	if (sock->type == SOCK_STREAM && !msg_data_left(&msg))
		flags |= MSG_PEEK;
	recv.peek = flags & MSG_PEEK;
	ret = sockmsg_recv_rest(sock, &msg, out->ro_datalen, flags);
	kfree(iov);
	if (ret < 0)
		ret = out->ro_datalen ? sockmsg_recv_ended(sock, ret) :
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

static long sockmsg_restart_recv(struct restart_block *block);

/* Returns -ERESTART_RESTARTBLOCK. */
static long sockmsg_save_recv(struct file *file,
			      struct cloudabi_progress *progress,
			      const cloudabi_recv_out_t *result)
{
	progress->bytes = result->ro_datalen;
	/* ro_fdslen is at most SCM_MAX_FD, and ro_flags has 8 bits. */
	progress->more = result->ro_fdslen << 8 | result->ro_flags;
	return cloudabi_progress_save(progress, file, sockmsg_restart_recv);
}

/* Returns -ERESTART* if a read with WAITALL was interrupted, else 0. */
static long sockmsg_recv_interrupted(struct file *file, unsigned int flags,
				     struct cloudabi_progress *progress,
				     const cloudabi_recv_out_t *result)
{
	if (!(flags & MSG_WAITALL) ||
	    !cloudabi_transfer_interrupted(result->ro_datalen) ||
	    !cloudabi_is_stream(file))
		return 0;
	if (!(flags & MSG_PEEK))
		return sockmsg_save_recv(file, progress, result);
	/*
	 * PEEK took nothing, so the call starts from the beginning.  It can't
	 * if a Linux program has set SO_PEEK_OFF: each PEEK moves that offset.
	 */
	return READ_ONCE(sock_from_file(file)->sk->sk_peek_off) < 0 ?
		       -ERESTARTSYS : 0;
}

/* Returns -ERESTART_RESTARTBLOCK if the read was interrupted again, else 0. */
static long sockmsg_resume_recv(struct cloudabi_progress *progress,
				cloudabi_recv_out_t *result)
{
	cloudabi_recv_in_t args;
	unsigned int flags;
	bool rest = false;

	if (copy_from_user(&args, progress->in, sizeof(args)))
		return 0;
	CLASS(sockmsg_fd_again, f)(progress,
				   CLOUDABI_REQUIRED(sock_recv, sock, always));
	if (f.error)
		return 0;
	flags = cloudabi_sock_msg_flags(fd_file(f.f)) | MSG_WAITALL;
	if (sockmsg_recv(fd_file(f.f), &args, flags, result, &rest))
		return 0;
	return rest ? sockmsg_recv_interrupted(fd_file(f.f), flags, progress,
					       result) : 0;
}

static long sockmsg_restart_recv(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);
	cloudabi_recv_out_t result;

	memset(&result, 0, sizeof(result));
	result.ro_datalen = progress.bytes;
	result.ro_fdslen = progress.more >> 8;
	result.ro_flags = progress.more & 0xff;
	return sockmsg_resume_recv(&progress, &result) ?:
	       sockmsg_store(&progress, &result, sizeof(result));
}

/**
 * cloudabi_sys_sock_recv - Receive a message
 * @sock: the socket
 * @in: where to store data and descriptors, and how to receive
 * @out: where to store what was received
 *
 * Descriptors come with the first byte of their data.  A read of a stream stops
 * in front of data that has descriptors, and CLOUDABI_SOCK_RECV_PEEK shows what
 * a read would return.  Descriptors have the rights that they had when they
 * were sent.  Those from a Linux program have the most rights that their type
 * and open mode allow.  Descriptors without space in the array are dropped and
 * flagged.  If the array has no space at all, they are dropped without a flag.
 * They stay with a message that CLOUDABI_SOCK_RECV_PEEK shows.
 *
 * With CLOUDABI_SOCK_RECV_WAITALL a read of a stream fills all buffers, unless
 * the stream ends, an error occurs, or descriptors follow.  The next call
 * reports the error.  A call that is interrupted resumes behind the data that
 * it has stored.  A time-out that a Linux program has set on the socket starts
 * again then.
 *
 * Rights: FD_READ.
 * POSIX: As recvmsg() without addresses, and with descriptors in an array.
 * Spec: Sockets
 * Context: Process context.  May sleep.
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
	CLASS(sockmsg_fd, f)(&progress, CLOUDABI_REQUIRED(sock_recv, sock, always),
			     sizeof(*out));
	if (f.error)
		return f.error;
	flags = cloudabi_sock_msg_flags(fd_file(f.f)) |
		(args.ri_flags & CLOUDABI_SOCK_RECV_PEEK ? MSG_PEEK : 0) |
		(args.ri_flags & CLOUDABI_SOCK_RECV_WAITALL ? MSG_WAITALL : 0);
	memset(&result, 0, sizeof(result));
	error = sockmsg_recv(fd_file(f.f), &args, flags, &result, &rest);
	if (error)
		return error;
	if (rest)
		error = sockmsg_recv_interrupted(fd_file(f.f), flags, &progress,
						 &result);
	if (error)
		return error;
	return sockmsg_store(&progress, &result, sizeof(result));
}

/* Makes the SCM_RIGHTS message that scm_fp_copy() takes the numbers from. */
static int sockmsg_make_control(const cloudabi_send_in_t *in, struct msghdr *msg)
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
 * Linux would drop descriptors without an error if the socket is not local, or
 * if they have no data to go with on a stream.
 */
static int sockmsg_send_with_fds(struct socket *sock,
				 const cloudabi_send_in_t *in,
				 struct msghdr *msg)
{
	int ret;

	if (in->si_fds_len > SCM_MAX_FD || sock->sk->sk_family != AF_UNIX ||
	    (sock->type == SOCK_STREAM && !iov_iter_count(&msg->msg_iter)))
		return -EINVAL;
	ret = cloudabi_scm_begin(in->si_fds_len);
	if (ret)
		return ret;
	ret = sockmsg_make_control(in, msg) ?: sock_sendmsg(sock, msg);
	kfree(msg->msg_control);
	cloudabi_scm_end();
	return ret;
}

/* Sends what is behind the first @done bytes of the buffers. */
static int sockmsg_send(struct file *file, const cloudabi_send_in_t *in,
			size_t done, bool *rest)
{
	struct socket *const sock = sock_from_file(file);
	struct msghdr msg = {
		.msg_flags = MSG_NOSIGNAL | cloudabi_sock_msg_flags(file),
	};
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	int ret;

	ret = sockmsg_import_iovecs(ITER_SOURCE, in->si_data, in->si_data_len,
				    &iov, &msg.msg_iter);
	if (ret)
		return ret;
	iov_iter_advance(&msg.msg_iter, done);
	/* Descriptors go with the first byte. */
	ret = in->si_fds_len && !done ? sockmsg_send_with_fds(sock, in, &msg) :
					sock_sendmsg(sock, &msg);
	kfree(iov);
	*rest = msg_data_left(&msg);
	return ret < 0 ? cloudabi_error_send(ret, file) : ret;
}

static long sockmsg_restart_send(struct restart_block *block);

/* Returns -ERESTART_RESTARTBLOCK if a stream write was interrupted, else 0. */
static int sockmsg_send_interrupted(struct file *file,
				    struct cloudabi_progress *progress)
{
	if (!cloudabi_transfer_interrupted(progress->bytes) ||
	    !cloudabi_is_stream(file))
		return 0;
	return cloudabi_progress_save(progress, file, sockmsg_restart_send);
}

/* Returns -ERESTART_RESTARTBLOCK if the write was interrupted again, else 0. */
static long sockmsg_resume_send(struct cloudabi_progress *progress)
{
	cloudabi_send_in_t args;
	bool rest = false;
	int ret;

	if (copy_from_user(&args, progress->in, sizeof(args)))
		return 0;
	CLASS(sockmsg_fd_again, f)(progress,
				   CLOUDABI_REQUIRED(sock_send, sock, always));
	if (f.error)
		return 0;
	ret = sockmsg_send(fd_file(f.f), &args, progress->bytes, &rest);
	if (ret > 0)
		progress->bytes += ret;
	return rest ? sockmsg_send_interrupted(fd_file(f.f), progress) : 0;
}

static int sockmsg_store_sent(const struct cloudabi_progress *progress)
{
	cloudabi_send_out_t result;

	memset(&result, 0, sizeof(result));
	result.so_datalen = progress->bytes;
	return sockmsg_store(progress, &result, sizeof(result));
}

static long sockmsg_restart_send(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);

	return sockmsg_resume_send(&progress) ?: sockmsg_store_sent(&progress);
}

/**
 * cloudabi_sys_sock_send - Send a message
 * @sock: the socket
 * @in: data and descriptors
 * @out: where to store what was sent
 *
 * The message gets copies of the descriptors, together with their rights.  On a
 * stream, descriptors need at least one byte of data.  A call that is
 * interrupted resumes behind the data that it has sent.
 *
 * Rights: FD_WRITE; none for the descriptors that are sent.
 * POSIX: As sendmsg() without addresses, with descriptors in an array, and
 * without a signal if the peer is gone.
 * Spec: Sockets
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT; -EBADF for the socket or a descriptor that is to be sent;
 * -ENOTCAPABLE; -ENOTSOCK; -EINVAL for too many vectors, lengths out of range,
 * more than 253 descriptors, descriptors on a stream without data, or on a
 * socket that is not local; -EAGAIN without space in non-blocking mode, or if
 * too many descriptors are in flight; -EPIPE; -EMSGSIZE; -ENOTCONN;
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
	CLASS(sockmsg_fd, f)(&progress, CLOUDABI_REQUIRED(sock_send, sock, always),
			     sizeof(*out));
	if (f.error)
		return f.error;
	ret = sockmsg_send(fd_file(f.f), &args, 0, &rest);
	if (ret < 0)
		return ret;
	progress.bytes = ret;
	return (rest ? sockmsg_send_interrupted(fd_file(f.f), &progress) : 0) ?:
	       sockmsg_store_sent(&progress);
}

