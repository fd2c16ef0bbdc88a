// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Directory entries
 *
 * Linux tells the position after an entry only with the next entry, or at the
 * end.  So an entry is kept until then and written as a whole; the last one is
 * cut where the buffer ends.
 */

#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "cloudabi.h"

/**
 * struct readdir - State of a call
 * @ctx: what the file system is given
 * @buf: where the next byte goes
 * @left: space that is left, in bytes
 * @error: -EFAULT if the buffer turned out to be bad
 * @progress: whether the file system had any entry in its current run
 * @pending: whether @entry and @name are in use
 * @entry: entry that waits for its position
 * @name: its name
 */
struct readdir {
	struct dir_context ctx;
	void __user *buf;
	size_t left;
	int error;
	bool progress;
	bool pending;
	cloudabi_dirent_t entry;
	char name[NAME_MAX];
};

static void put_bytes(struct readdir *rd, const void *data, size_t len)
{
	const size_t n = min(len, rd->left);

	if (copy_to_user(rd->buf, data, n)) {
		rd->error = -EFAULT;
		return;
	}
	rd->buf += n;
	rd->left -= n;
}

static void put_pending(struct readdir *rd, loff_t next)
{
	if (!rd->pending)
		return;
	rd->pending = false;
	rd->entry.d_next = next;
	put_bytes(rd, &rd->entry, sizeof(rd->entry));
	if (!rd->error)
		put_bytes(rd, rd->name, rd->entry.d_namlen);
}

static bool readdir_actor(struct dir_context *ctx, const char *name, int namlen,
			  loff_t offset, u64 ino, unsigned int d_type)
{
	struct readdir *const rd = container_of(ctx, struct readdir, ctx);

	rd->progress = true;
	put_pending(rd, offset);
	if (rd->error || !rd->left)
		return false;
	if (namlen < 0 || namlen > NAME_MAX) {
		rd->error = -EIO;
		return false;
	}

	memset(&rd->entry, 0, sizeof(rd->entry));
	rd->entry.d_ino = ino;
	rd->entry.d_namlen = namlen;
	/* The type of an entry is the format bits of a mode. */
	rd->entry.d_type = cloudabi_filetype_of_mode(d_type << 12);
	memcpy(rd->name, name, namlen);
	rd->pending = true;
	return true;
}

/*
 * A file system may stop early for reasons of its own; the end is where it has
 * nothing more.
 */
static int read_entries(struct file *file, struct readdir *rd)
{
	int error;

	do {
		rd->progress = false;
		error = iterate_dir(file, &rd->ctx);
		if (error)
			return error;
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (!rd->error && rd->left && rd->progress);

	put_pending(rd, rd->ctx.pos);
	return rd->error;
}

/**
 * cloudabi_sys_file_readdir - Read directory entries
 * @fd: the directory
 * @buf: where to store them, each as a cloudabi_dirent_t and the name
 * @buf_len: length of @buf in bytes; any
 * @cookie: where to start: CLOUDABI_DIRCOOKIE_START, or d_next of an entry
 * @bufused: where to store how much of @buf is in use, in bytes
 *
 * Fills the buffer and cuts the last entry where it ends; less is used at the
 * end of the directory only.  Names have no NUL, entries no padding.  What was
 * read before an error is returned in its place.
 *
 * Rights: FILE_READDIR.
 * POSIX: readdir() returns an entry at a time and keeps the position; here the
 * caller does, and the position of the open file means nothing.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EFAULT; -EINVAL for a cookie that the file
 * system can't make sense of; -ENOENT if the directory was removed; -ENOMEM;
 * -EIO; other errors of the file system.
 */
int cloudabi_sys_file_readdir(cloudabi_fd_t fd, void __user *buf,
			      cloudabi_size_t buf_len,
			      cloudabi_dircookie_t cookie,
			      cloudabi_size_t *bufused)
{
	struct readdir *rd __free(kfree) = NULL;
	struct file *file;
	loff_t pos;
	int error;

	CLASS(cloudabi_fd, f)(fd, CLOUDABI_NEED(file_readdir, fd, always));
	if (f.error)
		return f.error;
	file = fd_file(f.f);
	if (!S_ISDIR(file_inode(file)->i_mode))
		return -ENOTDIR;

	rd = kzalloc(sizeof(*rd), GFP_KERNEL_ACCOUNT);
	if (!rd)
		return -ENOMEM;
	rd->ctx.actor = readdir_actor;
	rd->buf = buf;
	rd->left = buf_len;

	/* The position is a means here and has no meaning between two calls. */
	guard(mutex)(&file->f_pos_lock);
	pos = vfs_llseek(file, cookie, SEEK_SET);
	if (pos < 0)
		return pos;
	error = buf_len ? read_entries(file, rd) : 0;
	if (error == -EFAULT || (error && rd->left == buf_len))
		return error;
	*bufused = buf_len - rd->left;
	return 0;
}
