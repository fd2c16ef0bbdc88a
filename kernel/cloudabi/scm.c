// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Rights of descriptors in flight
 *
 * A message carries files.  If a CloudABI task has sent it, the rights that its
 * descriptors had go with them.  A Linux program that receives such a message
 * could use the file without restriction, or hand it on without the rights, so
 * it only gets those files whose descriptors had all rights.
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
#include "sock.h"

/**
 * struct cloudabi_scm - Rights that belong to the files of a message
 * @users: number of lists of files that point here, and of calls that send
 * @max: room in @rights
 * @rights: rights by index of the file
 *
 * Filled by the call that sends, before anyone else can see the message, and
 * not changed any more.
 */
struct cloudabi_scm {
	refcount_t users;
	unsigned int max;
	struct cloudabi_rights rights[] __counted_by(max);
};

static void scm_put(struct cloudabi_scm *scm)
{
	if (scm && refcount_dec_and_test(&scm->users))
		kfree(scm);
}

/**
 * cloudabi_scm_begin - Prepare for a message with descriptors
 * @n: number of descriptors; at most SCM_MAX_FD
 *
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
 * cloudabi_scm_end - The message was sent, or was not
 */
void cloudabi_scm_end(void)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	scm_put(blob->send_scm);
	blob->send_scm = NULL;
}

/**
 * __cloudabi_scm_fget - Look up a file that a CloudABI task sends
 * @fpl: files of the message so far
 * @fd: number of the descriptor
 *
 * Takes the rights along: file and rights are of one and the same look-up.
 *
 * Return: the file with a reference; NULL if the number is not open, or no call
 * of the ABI is sending.
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
 * cloudabi_scm_get - A list of files was copied
 * @fpl: the copy
 */
void cloudabi_scm_get(const struct scm_fp_list *fpl)
{
	if (fpl->cloudabi)
		refcount_inc(&fpl->cloudabi->users);
}

/**
 * cloudabi_scm_put - A list of files is freed
 * @fpl: the list
 *
 * Context: any.
 */
void cloudabi_scm_put(const struct scm_fp_list *fpl)
{
	scm_put(fpl->cloudabi);
}

static struct cloudabi_rights rights_in_flight(const struct scm_fp_list *fpl,
					       int i)
{
	if (fpl->cloudabi)
		return fpl->cloudabi->rights[i];
	return cloudabi_rights_inherited(fpl->fp[i]);
}

/* A Linux program gets what nothing was taken from. */
static void drop_attenuated(struct msghdr *msg, struct scm_fp_list *fpl)
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
	/* Indices no longer match, and nobody needs the rights any more. */
	cloudabi_scm_put(fpl);
	fpl->cloudabi = NULL;
}

/* Stores one number and makes its descriptor, or neither. */
static int receive_one(struct cloudabi_recv *recv,
		       const struct scm_fp_list *fpl, int i)
{
	const struct cloudabi_rights rights = rights_in_flight(fpl, i);
	int error;

	error = security_file_receive(fpl->fp[i]);
	if (error)
		return error;
	CLASS(cloudabi_fd_reserve, fd)();
	if (fd < 0)
		return fd;
	if (put_user(fd, &recv->fds[recv->n]))
		return -EFAULT;
	cloudabi_fd_commit(&fd, get_file(fpl->fp[i]), &rights);
	__receive_sock(fpl->fp[i]);
	recv->n++;
	return 0;
}

static void receive_all(struct cloudabi_recv *recv,
			const struct scm_fp_list *fpl)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	const size_t room = min_t(size_t, recv->max, fpl->count);
	int error = 0;

	/* A program that has no room for any does not ask for them. */
	if (recv->peek || !room)
		return;
	/* A bad buffer is found before there is anything to undo. */
	if (clear_user(recv->fds, room * sizeof(*recv->fds))) {
		recv->error = -EFAULT;
		return;
	}
	blob->in_scm_recv = true;
	while (recv->n < room && !error)
		error = receive_one(recv, fpl, recv->n);
	blob->in_scm_recv = false;
	recv->truncated = recv->n < fpl->count;
}

/**
 * cloudabi_scm_recv - Receive the files of a message
 * @msg: the message; its control buffer is a struct cloudabi_recv if the caller
 *       is a CloudABI task
 * @scm: its ancillary data
 *
 * Return: true if nothing is left for Linux to receive.
 */
bool cloudabi_scm_recv(struct msghdr *msg, struct scm_cookie *scm)
{
	if (!is_cloudabi_task(current)) {
		if (unlikely(scm->fp->cloudabi))
			drop_attenuated(msg, scm->fp);
		return false;
	}
	receive_all(msg->msg_control, scm->fp);
	__scm_destroy(scm);
	return true;
}
