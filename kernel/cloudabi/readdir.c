// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Directory entries
 *
 * file_readdir has no position of its own.  Each entry has a cookie, d_next,
 * with which the program asks for the entries that follow.  It is the position
 * of the open file (f_pos) after the entry.  File systems make three questions
 * about that position hard.
 *
 * When is the position after an entry known?
 *
 *   The file system passes readdir_actor() the position of the entry itself.
 *   So the position after it is known with the next entry, or when
 *   iterate_dir() returns: in ctx.pos.  @last is the entry whose d_next is not
 *   known yet.
 *
 *   Some file systems pass a wrong position to the actor.  ctx.pos is right, as
 *   the file continues there.  After each pass, readdir_offset_wrong() compares
 *   the two.  If they contradict each other, the pass is repeated with @single
 *   set: each pass accepts one entry, and ctx.pos is its d_next.
 *
 * Does seeking to a position always lead back to it?
 *
 *   No.  Some file systems number the entries, so a position means another
 *   entry after an earlier entry was removed.  On a damaged disk, a position
 *   after the damage can't be reached again.  So readdir_seek() does not seek
 *   if the file is already at the position: a program that continues where the
 *   last call ended misses nothing.
 *
 * What is the position after an entry that is truncated by the end of the
 * buffer?
 *
 *   The program is going to read the entry again, with the cookie of the entry
 *   before.  If the call accepted a truncated entry, the file would be after it
 *   and would have to seek back.  So the call refuses the entry, and the file
 *   stays in front of it.  Its d_next, the position after it, is not known
 *   then: it is the position in front of it with READDIR_SKIP, which makes a
 *   call skip one entry.
 *
 *   tmpfs can always seek back to a position.  There, truncated entries are
 *   accepted and have the same cookie as whole ones (@stable_offsets).
 *
 * A call ends when the buffer is full or when a pass finds no entry.  Less than
 * a full buffer means the end of the directory.  So an error after the first
 * entry fills the buffer with a truncated entry (readdir_put_padding()); the
 * next call, which continues in front of it, returns the error.  After a
 * signal, the rest of the call is restarted through the restart block: the
 * program must not see a short buffer.
 */

#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "cloudabi.h"
#include "restart.h"

/*
 * In a cookie: skip an entry after seeking to the position.  Positions are not
 * negative, so no position has this bit.
 */
#define READDIR_SKIP BIT_ULL(63)

/* readdir_put_entry() stores the type together with the padding after it. */
static_assert(offsetofend(cloudabi_dirent_t, d_namlen) ==
	      offsetof(cloudabi_dirent_t, d_type));
static_assert(offsetof(cloudabi_dirent_t, d_type) + sizeof(u32) ==
	      sizeof(cloudabi_dirent_t));

/**
 * struct readdir_request - The part of a call that remains to be done
 * @fd: the directory
 * @buf: where the next byte goes
 * @left: number of bytes left in the buffer
 * @used: number of bytes used so far
 * @cookie: where to continue
 */
struct readdir_request {
	cloudabi_fd_t fd;
	void __user *buf;
	size_t left;
	size_t used;
	cloudabi_dircookie_t cookie;
};

/**
 * struct readdir_callback - State of a call while the file system is iterated
 * @ctx: what iterate_dir() is given
 * @buf: where the next byte goes
 * @left: number of bytes left in the buffer
 * @has_entry: whether the call has stored an entry
 * @last: the last entry if it is whole and its d_next is not stored yet
 * @truncated: the last entry if it is truncated
 * @next_len: number of bytes of the d_next of @truncated that fit the buffer
 * @offset: position of the last entry, as the file system passed it
 * @error: why an entry was refused, if not for lack of space
 * @skip: whether to skip the next entry
 * @stable_offsets: whether seeking always leads back to an entry
 * @single: whether to accept only one entry in each pass
 * @offered: whether the file system had an entry in this pass
 * @accepted: whether an entry was accepted in this pass
 * @refused: whether an entry was refused in this pass
 *
 * A pass is one run of iterate_dir().
 */
struct readdir_callback {
	struct dir_context ctx;
	void __user *buf;
	size_t left;
	bool has_entry;
	cloudabi_dirent_t __user *last;
	cloudabi_dirent_t __user *truncated;
	size_t next_len;
	loff_t offset;
	int error;
	bool skip;
	bool stable_offsets;
	bool single;
	bool offered;
	bool accepted;
	bool refused;
};

static int readdir_put_next(cloudabi_dirent_t __user *entry, size_t len,
			    u64 next)
{
	if (!entry || !copy_to_user(&entry->d_next, &next, len))
		return 0;
	return -EFAULT;
}

/* Stores a whole entry, and the d_next of the entry before it. */
static int readdir_put_entry(struct readdir_callback *rd, const char *name,
			     size_t namlen, u64 ino, cloudabi_filetype_t type)
{
	cloudabi_dirent_t __user *const entry = rd->buf;
	cloudabi_dirent_t __user *const first = rd->last ?: entry;
	char __user *const to = (char __user *)(entry + 1);
	const size_t size = sizeof(*entry) + namlen;

	if (!user_write_access_begin(first,
				     rd->buf + size - (void __user *)first))
		return -EFAULT;
	if (rd->last)
		unsafe_put_user(rd->offset, &rd->last->d_next, fault);
	unsafe_put_user(ino, &entry->d_ino, fault);
	unsafe_put_user(namlen, &entry->d_namlen, fault);
	unsafe_put_user(type, (u32 __user *)&entry->d_type, fault);
	unsafe_copy_to_user(to, name, namlen, fault);
	user_write_access_end();
	rd->has_entry = true;
	rd->last = entry;
	rd->buf += size;
	rd->left -= size;
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

static int readdir_put_truncated(struct readdir_callback *rd, const char *name,
				 size_t namlen, u64 ino,
				 cloudabi_filetype_t type)
{
	const size_t n = min(sizeof(cloudabi_dirent_t), rd->left);
	cloudabi_dirent_t head;

	memset(&head, 0, sizeof(head));
	head.d_ino = ino;
	head.d_namlen = namlen;
	head.d_type = type;
	if (readdir_put_next(rd->last, sizeof(head.d_next), rd->offset) ||
	    copy_to_user(rd->buf, &head, n) ||
	    copy_to_user(rd->buf + n, name, rd->left - n))
		return -EFAULT;
	rd->next_len = min(sizeof(head.d_next), rd->left);
	rd->has_entry = true;
	rd->last = NULL;
	rd->truncated = rd->buf;
	rd->buf += rd->left;
	rd->left = 0;
	return 0;
}

/* The checks of verify_dirent_name(), which is static in fs/readdir.c. */
static bool readdir_valid_name(const char *name, int namlen)
{
	return namlen > 0 && namlen < PATH_MAX && !memchr(name, '/', namlen);
}

/* Return: true to move the file system past the entry; false to stop here. */
static bool readdir_accept(struct readdir_callback *rd, const char *name,
			   int namlen, u64 ino, cloudabi_filetype_t type)
{
	bool whole;

	if (rd->skip) {
		rd->skip = false;
		return true;
	}
	if (!rd->left || (rd->single && rd->accepted))
		return false;
	if (!readdir_valid_name(name, namlen)) {
		rd->error = -EIO;
		return false;
	}
	whole = sizeof(cloudabi_dirent_t) + namlen <= rd->left;
	rd->error = whole ? readdir_put_entry(rd, name, namlen, ino, type) :
			    readdir_put_truncated(rd, name, namlen, ino, type);
	return !rd->error && (whole || rd->stable_offsets);
}

static bool readdir_actor(struct dir_context *ctx, const char *name, int namlen,
			  loff_t offset, u64 ino, unsigned int d_type)
{
	struct readdir_callback *const rd =
		container_of(ctx, struct readdir_callback, ctx);
	/* d_type holds the S_IFMT bits of the mode. */
	const cloudabi_filetype_t type =
		cloudabi_filetype_of_mode(d_type << 12);

	cond_resched();
	if (rd->refused)
		return false;
	rd->offered = true;
	rd->offset = offset;
	/* A call makes progress before it looks at signals. */
	if (rd->has_entry && signal_pending(current))
		rd->error = -ERESTARTSYS;
	else if (readdir_accept(rd, name, namlen, ino, type))
		return rd->accepted = true;
	rd->refused = true;
	return false;
}

/*
 * Did the file system pass a wrong position in this pass?  If it was stopped,
 * it must be at the position of the refused entry.  If it came to its end, it
 * must not be at the position of the last entry, but after it.
 */
static bool readdir_offset_wrong(const struct readdir_callback *rd)
{
	return rd->offered && rd->refused != (rd->offset == rd->ctx.pos);
}

/* A file system may end a pass early for reasons of its own. */
static int readdir_pass(struct file *file, struct readdir_callback *rd)
{
	int error;

	rd->offered = false;
	rd->accepted = false;
	rd->refused = false;
	error = iterate_dir(file, &rd->ctx);
	/* Some file systems return a positive number, which has no meaning. */
	return min(error, 0);
}

/* Stores the d_next that was not known before the end of the pass. */
static int readdir_put_last_next(const struct readdir_callback *rd)
{
	const u64 pos = rd->ctx.pos;
	const u64 after = rd->stable_offsets ? pos : pos | READDIR_SKIP;

	return readdir_put_next(rd->last, sizeof(pos), pos) ?:
		       readdir_put_next(rd->truncated, rd->next_len, after);
}

/* Fills the buffer.  A pass that finds no entry is the end of the directory. */
static int readdir_entries(struct file *file, struct readdir_callback *rd)
{
	int error;

	do {
		const struct readdir_callback before = *rd;
		const loff_t start = file->f_pos;

		error = readdir_pass(file, rd);
		if (!error && !rd->single && readdir_offset_wrong(rd)) {
			*rd = before;
			rd->single = true;
			rd->offered = true;
			error = min(vfs_llseek(file, start, SEEK_SET), 0);
			continue;
		}
		error = readdir_put_last_next(rd) ?: error ?: rd->error;
		rd->last = NULL;
	} while (!error && rd->left && rd->offered);
	return error;
}

/*
 * Fills the rest of the buffer with a truncated entry, to defer an error to the
 * next call.  The program is going to read the entry again, from @pos, and gets
 * the error.
 */
static int readdir_put_padding(struct readdir_callback *rd, u64 pos)
{
	cloudabi_dirent_t head;

	memset(&head, 0, sizeof(head));
	head.d_next = pos;
	head.d_namlen = 1;
	if (rd->left >= sizeof(head)) {
		const size_t namlen = rd->left - sizeof(head) + 1;

		/* d_namlen has 32 bits. */
		if (namlen > U32_MAX)
			return 0;
		head.d_namlen = namlen;
	}
	if (copy_to_user(rd->buf, &head, min(sizeof(head), rd->left)))
		return -EFAULT;
	rd->left = 0;
	return 0;
}

/* Does not seek if the file is at the position already: see the top. */
static int readdir_seek(struct file *file, struct readdir_callback *rd,
			u64 cookie)
{
	if (cookie == file->f_pos)
		return 0;
	rd->skip = cookie & READDIR_SKIP;
	if ((cookie & ~READDIR_SKIP) == file->f_pos)
		return 0;
	return min(vfs_llseek(file, cookie & ~READDIR_SKIP, SEEK_SET), 0);
}

static bool readdir_is_interrupt(int error)
{
	return error == -EINTR || error == -ERESTARTSYS ||
	       error == -ERESTARTNOINTR || error == -ERESTARTNOHAND;
}

static int readdir_locked(struct file *file, struct readdir_request *req)
{
	struct readdir_callback rd = {
		.ctx.actor = readdir_actor,
		.buf = req->buf,
		.left = req->left,
		/* The operations of tmpfs. */
		.stable_offsets = file->f_op == &simple_offset_dir_operations,
	};
	int error;

	lockdep_assert_held(&file->f_pos_lock);
	error = readdir_seek(file, &rd, req->cookie);
	if (error)
		return error;
	if (req->left)
		error = readdir_entries(file, &rd);
	req->cookie = rd.skip ? file->f_pos | READDIR_SKIP : file->f_pos;
	if (error && error != -EFAULT && !readdir_is_interrupt(error) &&
	    (rd.has_entry || req->used))
		error = readdir_put_padding(&rd, file->f_pos);
	req->used += req->left - rd.left;
	req->buf = rd.buf;
	req->left = rd.left;
	return error;
}

static long readdir_restart(struct restart_block *block);

/* The restarted call continues after the entries that are in the buffer. */
static long readdir_interrupted(const struct readdir_request *req)
{
	const struct cloudabi_restart state = {
		.ptr = { req->buf, req->buf + req->left },
		.val = { req->fd, lower_32_bits(req->cookie),
			 upper_32_bits(req->cookie) },
		.val64 = req->used,
	};

	return req->used ? cloudabi_restart_save(&state, readdir_restart) :
			   -ERESTARTNOINTR;
}

static long readdir_run(struct readdir_request *req)
{
	struct file *file;
	int error;

	CLASS(cloudabi_fd, f)(req->fd,
			      CLOUDABI_REQUIRED(file_readdir, fd, always));
	if (f.error)
		return f.error;
	file = fd_file(f.f);
	if (!S_ISDIR(file_inode(file)->i_mode))
		return -ENOTDIR;

	/* Another task may share the open file and sleep with the lock held. */
	error = mutex_lock_interruptible(&file->f_pos_lock);
	if (!error) {
		error = readdir_locked(file, req);
		mutex_unlock(&file->f_pos_lock);
	}
	if (readdir_is_interrupt(error))
		return readdir_interrupted(req);
	return error ?: req->used;
}

static long readdir_restart(struct restart_block *block)
{
	const struct cloudabi_restart state = cloudabi_restart_load(block);
	struct readdir_request req = {
		.fd = state.val[0],
		.buf = state.ptr[0],
		.left = (char __user *)state.ptr[1] -
			(char __user *)state.ptr[0],
		.used = state.val64,
		.cookie = (u64)state.val[2] << 32 | state.val[1],
	};

	return readdir_run(&req);
}

/**
 * cloudabi_sys_file_readdir - Read directory entries
 * @fd: the directory
 * @buf: where to store the entries; each is a cloudabi_dirent_t and the name
 * @buf_len: length of @buf in bytes; any
 * @cookie: where to start: CLOUDABI_DIRCOOKIE_START, or d_next of an entry
 * @bufused: where to store the number of bytes of @buf that are used
 *
 * Fills the buffer.  The last entry is truncated if it does not fit.  If less
 * than the whole buffer is used, the directory has no more entries.  Names have
 * no terminating NUL, and there is no padding between entries.
 *
 * The d_next of a truncated entry can differ from that of the whole entry, but
 * leads to the same place.  An error after the first entry is deferred to the
 * next call: until then, a truncated entry stands where the error is.  A
 * program that continues where the last call on the same descriptor ended
 * misses no entry, even if others were removed in between.  Any other cookie is
 * as reliable as a position of the file system.
 *
 * Rights: FILE_READDIR.
 * POSIX: readdir() returns one entry at a time and keeps a position; here the
 * caller keeps it, and the position of the open file has no meaning.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EFAULT; -EINVAL for a cookie that the file
 * system rejects; -ENOENT if the directory was removed; -ENOMEM; -EIO if input
 * or output failed, or for an invalid name in the directory; other errors of
 * the file system.
 */
int cloudabi_sys_file_readdir(cloudabi_fd_t fd, void __user *buf,
			      cloudabi_size_t buf_len,
			      cloudabi_dircookie_t cookie,
			      cloudabi_size_t *bufused)
{
	struct readdir_request req = {
		.fd = fd,
		.buf = buf,
		.left = buf_len,
		.cookie = cookie,
	};
	const long ret = readdir_run(&req);

	if (ret < 0)
		return ret;
	*bufused = ret;
	return 0;
}
