// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Directory entries
 *
 * The position after an entry is where the file system has arrived when it is
 * refused the next one, or has no more.  It tells it before, with the next entry,
 * but not all file systems tell the truth then.
 *
 * Some count entries instead of giving each a place.  If some were removed,
 * nobody gets back to a position there; nor on a disk that is damaged behind it.
 * So an open file that goes on where it is must not be seeked, and never go
 * farther than the program: an entry that is cut is not taken.  Only tmpfs gets
 * back always.  There the cut entry is the same as the whole one, elsewhere its
 * d_next is not.
 */

#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "cloudabi.h"

/*
 * Of a cookie behind an entry that was not taken: the rest is the position before
 * it.  No position has it, as they are not negative.
 */
#define SKIP BIT_ULL(63)

/* The type is written with the padding behind it. */
static_assert(offsetofend(cloudabi_dirent_t, d_namlen) ==
	      offsetof(cloudabi_dirent_t, d_type));
static_assert(offsetof(cloudabi_dirent_t, d_type) + sizeof(u32) ==
	      sizeof(cloudabi_dirent_t));

/**
 * struct request - What is left of a call
 * @fd: the directory
 * @buf: where the next byte goes
 * @left: space that is left, in bytes
 * @used: how much is in use already, in bytes
 * @cookie: where to go on
 */
struct request {
	cloudabi_fd_t fd;
	void __user *buf;
	size_t left;
	size_t used;
	cloudabi_dircookie_t cookie;
};

/**
 * struct readdir - How far a call has come
 * @ctx: what the file system is given
 * @buf: where the next byte goes
 * @left: space that is left, in bytes
 * @some: whether there is an entry in @buf
 * @last: the last one, if it is whole and its d_next has to be written yet
 * @cut: the last one, if it is cut
 * @room: how much of the d_next of @cut there is room for, in bytes
 * @offset: position of the last entry, as the file system tells it
 * @error: why an entry was refused, other than for want of space
 * @skip: whether the next entry is to be left out
 * @places: whether one can always go back to an entry
 * @single: whether to take one entry in each run of the file system
 * @offered: whether the file system had any entry in its current run
 * @taken: whether one was taken then
 * @refused: and whether one was refused
 */
struct readdir {
	struct dir_context ctx;
	void __user *buf;
	size_t left;
	bool some;
	cloudabi_dirent_t __user *last;
	cloudabi_dirent_t __user *cut;
	size_t room;
	loff_t offset;
	int error;
	bool skip;
	bool places;
	bool single;
	bool offered;
	bool taken;
	bool refused;
};

static int put_next(cloudabi_dirent_t __user *entry, size_t room, u64 next)
{
	if (!entry || !copy_to_user(&entry->d_next, &next, room))
		return 0;
	return -EFAULT;
}

/* One that there is room for, and what the one before it lacks. */
static int put_whole(struct readdir *rd, const char *name, size_t namlen,
		     u64 ino, cloudabi_filetype_t type)
{
	cloudabi_dirent_t __user *const entry = rd->buf;
	cloudabi_dirent_t __user *const first = rd->last ?: entry;
	char __user *const to = (char __user *)(entry + 1);
	const size_t size = sizeof(*entry) + namlen;

	if (!user_write_access_begin(first, rd->buf + size - (void __user *)first))
		return -EFAULT;
	if (rd->last)
		unsafe_put_user(rd->offset, &rd->last->d_next, fault);
	unsafe_put_user(ino, &entry->d_ino, fault);
	unsafe_put_user(namlen, &entry->d_namlen, fault);
	unsafe_put_user(type, (u32 __user *)&entry->d_type, fault);
	unsafe_copy_to_user(to, name, namlen, fault);
	user_write_access_end();
	rd->some = true;
	rd->last = entry;
	rd->buf += size;
	rd->left -= size;
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

static int put_cut(struct readdir *rd, const char *name, size_t namlen, u64 ino,
		   cloudabi_filetype_t type)
{
	const size_t n = min(sizeof(cloudabi_dirent_t), rd->left);
	cloudabi_dirent_t head;

	memset(&head, 0, sizeof(head));
	head.d_ino = ino;
	head.d_namlen = namlen;
	head.d_type = type;
	if (put_next(rd->last, sizeof(head.d_next), rd->offset) ||
	    copy_to_user(rd->buf, &head, n) ||
	    copy_to_user(rd->buf + n, name, rd->left - n))
		return -EFAULT;
	rd->room = min(sizeof(head.d_next), rd->left);
	rd->some = true;
	rd->last = NULL;
	rd->cut = rd->buf;
	rd->buf += rd->left;
	rd->left = 0;
	return 0;
}

/* As verify_dirent_name() of Linux: such a file system is broken. */
static bool is_name(const char *name, int namlen)
{
	return namlen > 0 && namlen < PATH_MAX && !memchr(name, '/', namlen);
}

/* Whether an entry is taken; if so the file system has it behind it. */
static bool take(struct readdir *rd, const char *name, int namlen, u64 ino,
		 cloudabi_filetype_t type)
{
	bool whole;

	if (rd->skip) {
		rd->skip = false;
		return true;
	}
	if (!rd->left || (rd->single && rd->taken))
		return false;
	if (!is_name(name, namlen)) {
		rd->error = -EIO;
		return false;
	}
	whole = sizeof(cloudabi_dirent_t) + namlen <= rd->left;
	rd->error = whole ? put_whole(rd, name, namlen, ino, type) :
			    put_cut(rd, name, namlen, ino, type);
	return !rd->error && (whole || rd->places);
}

static bool readdir_actor(struct dir_context *ctx, const char *name, int namlen,
			  loff_t offset, u64 ino, unsigned int d_type)
{
	struct readdir *const rd = container_of(ctx, struct readdir, ctx);
	/* That of an entry is the format bits of a mode. */
	const cloudabi_filetype_t type = cloudabi_filetype_of_mode(d_type << 12);

	cond_resched();
	if (rd->refused)
		return false;
	rd->offered = true;
	rd->offset = offset;
	/* There is progress in each call, whatever is pending. */
	if (rd->some && signal_pending(current))
		rd->error = -ERESTARTSYS;
	else if (take(rd, name, namlen, ino, type))
		return rd->taken = true;
	rd->refused = true;
	return false;
}

/*
 * Whether the file system told a wrong position in a run.  It did if it has
 * arrived elsewhere than it said before the entry that was refused, or behind the
 * last one of all where that began.
 */
static bool told_wrong(const struct readdir *rd)
{
	return rd->offered && rd->refused != (rd->offset == rd->ctx.pos);
}

/* One run of the file system, which may stop early for reasons of its own. */
static int run(struct file *file, struct readdir *rd)
{
	int error;

	rd->offered = false;
	rd->taken = false;
	rd->refused = false;
	error = iterate_dir(file, &rd->ctx);
	/* If it is positive, it is nobody's business. */
	return min(error, 0);
}

static int put_ends(const struct readdir *rd)
{
	const u64 pos = rd->ctx.pos;

	return put_next(rd->last, sizeof(pos), pos) ?:
	       put_next(rd->cut, rd->room, rd->places ? pos : pos | SKIP);
}

/* The end is where the file system has nothing more. */
static int read_entries(struct file *file, struct readdir *rd)
{
	int error;

	do {
		const struct readdir before = *rd;
		const loff_t start = file->f_pos;

		error = run(file, rd);
		if (!error && !rd->single && told_wrong(rd)) {
			*rd = before;
			rd->single = true;
			rd->offered = true;
			error = min(vfs_llseek(file, start, SEEK_SET), 0);
			continue;
		}
		error = put_ends(rd) ?: error ?: rd->error;
		rd->last = NULL;
	} while (!error && rd->left && rd->offered);
	return error;
}

/*
 * The next call will have the error.  That there is one must be known, and less
 * than a full buffer would mean the end: so the rest is in use for an entry that
 * is cut and has to be read again.
 */
static int put_rest(struct readdir *rd, u64 pos)
{
	cloudabi_dirent_t head;

	memset(&head, 0, sizeof(head));
	head.d_next = pos;
	head.d_namlen = 1;
	if (rd->left >= sizeof(head)) {
		const size_t namlen = rd->left - sizeof(head) + 1;

		/* Of more there can't be a part only. */
		if (namlen > U32_MAX)
			return 0;
		head.d_namlen = namlen;
	}
	if (copy_to_user(rd->buf, &head, min(sizeof(head), rd->left)))
		return -EFAULT;
	rd->left = 0;
	return 0;
}

/* Not seeked if it is there already, see above. */
static int go_to(struct file *file, struct readdir *rd, u64 cookie)
{
	if (cookie == file->f_pos)
		return 0;
	rd->skip = cookie & SKIP;
	if ((cookie & ~SKIP) == file->f_pos)
		return 0;
	return min(vfs_llseek(file, cookie & ~SKIP, SEEK_SET), 0);
}

static bool is_interrupt(int error)
{
	return error == -EINTR || error == -ERESTARTSYS ||
	       error == -ERESTARTNOINTR || error == -ERESTARTNOHAND;
}

static int readdir_locked(struct file *file, struct request *req)
{
	struct readdir rd = {
		.ctx.actor = readdir_actor,
		.buf = req->buf,
		.left = req->left,
		/* Of tmpfs. */
		.places = file->f_op == &simple_offset_dir_operations,
	};
	int error = go_to(file, &rd, req->cookie);

	if (error)
		return error;
	if (req->left)
		error = read_entries(file, &rd);
	req->cookie = rd.skip ? file->f_pos | SKIP : file->f_pos;
	if (error && error != -EFAULT && !is_interrupt(error) &&
	    (rd.some || req->used))
		error = put_rest(&rd, file->f_pos);
	req->used += req->left - rd.left;
	req->buf = rd.buf;
	req->left = rd.left;
	return error;
}

static long restart_readdir(struct restart_block *block);

/*
 * If a signal comes the call goes on later, behind the entries that it has.  The
 * fields are those of an interrupted futex(), which has as many.
 */
static long interrupted(const struct request *req)
{
	struct restart_block *const block = &current->restart_block;

	if (!req->used)
		return -ERESTARTNOINTR;
	block->futex.val = req->fd;
	block->futex.uaddr = req->buf;
	block->futex.uaddr2 = req->buf + req->left;
	block->futex.time = req->used;
	block->futex.flags = lower_32_bits(req->cookie);
	block->futex.bitset = upper_32_bits(req->cookie);
	return set_restart_fn(block, restart_readdir);
}

static long do_readdir(struct request *req)
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

	/* Others may have it, too, and sleep while they use the position. */
	error = mutex_lock_interruptible(&file->f_pos_lock);
	if (!error) {
		error = readdir_locked(file, req);
		mutex_unlock(&file->f_pos_lock);
	}
	if (is_interrupt(error))
		return interrupted(req);
	return error ?: req->used;
}

static long restart_readdir(struct restart_block *block)
{
	struct request req = {
		.fd = block->futex.val,
		.buf = block->futex.uaddr,
		.left = (char __user *)block->futex.uaddr2 -
			(char __user *)block->futex.uaddr,
		.used = block->futex.time,
		.cookie = (u64)block->futex.bitset << 32 | block->futex.flags,
	};

	return do_readdir(&req);
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
 * end of the directory only.  The d_next of an entry that is cut may have another
 * value than that of the whole one, and does the same.  Names have no NUL,
 * entries no padding.  An error behind the first entry is one of the next call,
 * which starts there: until then there seems to be an entry, which is cut.  Who
 * goes on where the last call by the same descriptor has ended misses nothing,
 * whatever was removed between the two; other cookies are as good as positions of
 * the file system.
 *
 * Rights: FILE_READDIR.
 * POSIX: readdir() returns an entry at a time and keeps the position; here the
 * caller does, and the position of the open file means nothing.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EFAULT; -EINVAL for a cookie that the file
 * system can't make sense of; -ENOENT if the directory was removed; -ENOMEM;
 * -EIO if input or output failed, or for a name that can't be one; other errors of
 * the file system.
 */
int cloudabi_sys_file_readdir(cloudabi_fd_t fd, void __user *buf,
			      cloudabi_size_t buf_len,
			      cloudabi_dircookie_t cookie,
			      cloudabi_size_t *bufused)
{
	struct request req = {
		.fd = fd,
		.buf = buf,
		.left = buf_len,
		.cookie = cookie,
	};
	const long ret = do_readdir(&req);

	if (ret < 0)
		return ret;
	*bufused = ret;
	return 0;
}
