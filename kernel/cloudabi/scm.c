// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Rights of descriptors in flight
 *
 * A message with descriptors carries files (struct scm_fp_list).  A CloudABI
 * task that sends descriptors adds a struct cloudabi_scm with the rights
 * of each of them:
 *
 *	sock_send()
 *	  cloudabi_scm_begin()		allocates it, in the blob of the task
 *	  sock_sendmsg()
 *	    scm_fp_copy()
 *	      __cloudabi_scm_fget()	stores the rights of each file, and sets
 *					scm_fp_list::cloudabi
 *	    scm_fp_dup()
 *	      cloudabi_scm_get()	the list of the queued message
 *	    scm_destroy()
 *	      cloudabi_scm_put()	the list of the sender
 *	  cloudabi_scm_end()		clears the blob
 *
 *	sock_recv()
 *	  sock_recvmsg()
 *	    __scm_recv_common()
 *	      cloudabi_scm_recv()	makes descriptors with these rights
 *
 * scm_fp_copy() knows numbers only.  Another thread may replace a descriptor,
 * so the look-up that yields the file also yields the rights.
 *
 * Descriptors from a Linux program have no struct cloudabi_scm.  A
 * CloudABI task that receives them gets the most rights that their type and open
 * mode allow.
 *
 * A Linux program that receives a file could use it without limit, or send it
 * to a CloudABI program with all rights.  So it only gets files whose
 * descriptors had all rights.  It sees MSG_CTRUNC for the others.
 */

#include <linux/cloudabi.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <net/scm.h>
#include <net/sock.h>

#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "scm.h"

/**
 * struct cloudabi_scm - Rights of the files of a message
 * @users: number of struct scm_fp_list that point to it, plus 1 until
 *         cloudabi_scm_end()
 * @max: number of elements of @rights
 * @rights: rights by index in scm_fp_list::fp
 *
 * Only the sender writes it, before the message is queued.  After that it is
 * constant, so readers take no lock.
 */
struct cloudabi_scm {
	refcount_t users;
	unsigned int max;
	struct cloudabi_rights rights[] __counted_by(max);
};

static void scm_rights_put(struct cloudabi_scm *scm)
{
	if (scm && refcount_dec_and_test(&scm->users))
		kfree(scm);
}

/**
 * cloudabi_scm_begin - Prepare to send a message with descriptors
 * @n: number of descriptors; at most SCM_MAX_FD
 *
 * Context: Process context.  May sleep.
 * Return: 0, to be followed by cloudabi_scm_end(); -ENOMEM.
 */
int cloudabi_scm_begin(unsigned int n)
{
	struct cloudabi_scm *scm;

	scm = kmalloc(struct_size(scm, rights, n), GFP_KERNEL_ACCOUNT);
	if (!scm)
		return -ENOMEM;
	refcount_set(&scm->users, 1);
	scm->max = n;
	cloudabi_task_blob(current)->send_scm = scm;
	return 0;
}

/**
 * cloudabi_scm_end - End what cloudabi_scm_begin() has prepared
 *
 * To be called whether the message was sent or not.
 *
 * Context: Process context.
 */
void cloudabi_scm_end(void)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	scm_rights_put(blob->send_scm);
	blob->send_scm = NULL;
}

/**
 * __cloudabi_scm_fget - Look up a descriptor that a CloudABI task sends
 * @fpl: files of the message so far
 * @fd: number of the descriptor
 *
 * Stores the rights of the descriptor beside the file.
 *
 * Context: Process context, in sock_send().
 * Return: the file with a reference; NULL if the number is not open, or if the
 * caller is not in sock_send().
 */
struct file *__cloudabi_scm_fget(struct scm_fp_list *fpl, unsigned int fd)
{
	struct cloudabi_scm *const scm = cloudabi_task_blob(current)->send_scm;

	if (!scm || fpl->count >= scm->max)
		return NULL;
	CLASS(cloudabi_fd_unchecked, f)(fd);
	if (f.error)
		return NULL;
	if (!fpl->cloudabi) {
		refcount_inc(&scm->users);
		fpl->cloudabi = scm;
	}
	scm->rights[fpl->count] = f.rights;
	return get_file(fd_file(f.f));
}

/**
 * cloudabi_scm_get - Take a reference for a copy of a list of files
 * @fpl: the copy
 *
 * Context: Any.
 */
void cloudabi_scm_get(const struct scm_fp_list *fpl)
{
	if (fpl->cloudabi)
		refcount_inc(&fpl->cloudabi->users);
}

/**
 * cloudabi_scm_put - Drop the reference of a list of files
 * @fpl: the list
 *
 * Context: Any.
 */
void cloudabi_scm_put(const struct scm_fp_list *fpl)
{
	scm_rights_put(fpl->cloudabi);
}

static struct cloudabi_rights
scm_rights_in_flight(const struct scm_fp_list *fpl, int i)
{
	if (fpl->cloudabi)
		return fpl->cloudabi->rights[i];
	return cloudabi_rights_inherited(fpl->fp[i]);
}

/* Drops the files of a message that a Linux program must not get. */
static void scm_drop_attenuated(struct msghdr *msg, struct scm_fp_list *fpl)
{
	int i, kept = 0;

	for (i = 0; i < fpl->count; i++) {
		const struct cloudabi_rights most =
			cloudabi_rights_inherited(fpl->fp[i]);

		if (cloudabi_rights_within(&most, &fpl->cloudabi->rights[i])) {
			fpl->fp[kept++] = fpl->fp[i];
		} else {
			fput(fpl->fp[i]);
			msg->msg_flags |= MSG_CTRUNC;
		}
	}
	fpl->count = kept;
	/* The indices have changed.  All files that are left had all rights. */
	cloudabi_scm_put(fpl);
	fpl->cloudabi = NULL;
}

/* Stores a number and installs its descriptor, or does neither. */
static int scm_receive_one(struct cloudabi_scm_buf *buf,
			   const struct scm_fp_list *fpl, int i)
{
	const struct cloudabi_rights rights = scm_rights_in_flight(fpl, i);
	int error;

	error = security_file_receive(fpl->fp[i]);
	if (error)
		return error;
	CLASS(cloudabi_fd_reserve, fd)();
	if (fd < 0)
		return fd;
	if (put_user(fd, &buf->fds[buf->n]))
		return -EFAULT;
	cloudabi_fd_commit(&fd, get_file(fpl->fp[i]), &rights);
	__receive_sock(fpl->fp[i]);
	buf->n++;
	return 0;
}

static void scm_receive_all(struct cloudabi_scm_buf *buf,
			    const struct scm_fp_list *fpl)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	const size_t room = min_t(size_t, buf->max, fpl->count);
	int error = 0;

	/* Without space for any, descriptors are dropped without a flag. */
	if (buf->peek || !room)
		return;
	/* Find a bad buffer before a descriptor is installed. */
	if (clear_user(buf->fds, room * sizeof(*buf->fds))) {
		buf->error = -EFAULT;
		return;
	}
	blob->in_scm_recv = true;
	while (buf->n < room && !error)
		error = scm_receive_one(buf, fpl, buf->n);
	blob->in_scm_recv = false;
	buf->truncated = buf->n < fpl->count;
}

/**
 * cloudabi_scm_recv - Receive the files of a message
 * @msg: the message; its control buffer is a struct cloudabi_scm_buf if the
 *       caller is a CloudABI task
 * @scm: its ancillary data
 *
 * Context: Process context.  May sleep.
 * Return: true if the files are received or dropped; false if the caller must
 * receive them in the way of Linux.
 */
bool cloudabi_scm_recv(struct msghdr *msg, struct scm_cookie *scm)
{
	if (!is_cloudabi_task(current)) {
		if (unlikely(scm->fp->cloudabi))
			scm_drop_attenuated(msg, scm->fp);
		return false;
	}
	scm_receive_all(msg->msg_control, scm->fp);
	__scm_destroy(scm);
	return true;
}
