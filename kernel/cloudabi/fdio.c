// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Reading, writing and seeking
 *
 * fd_read() and fd_write() are the calls that programs make most, so the path
 * for one buffer is short and inlined:
 *
 *	fdio_at_f_pos()		fd_read(), fd_write(): at the file's position
 *	fdio_at_offset()	fd_pread(), fd_pwrite(): at the caller's offset
 *	  fdio_iovecs()		any number of buffers
 *	    fdio_one_iovec()	one buffer: vfs_read() and vfs_write(), or the
 *				socket itself
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/net.h>
#include <linux/overflow.h>
#include <linux/sched/xacct.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "cloudabi.h"
#include "progress.h"
#include "sock.h"

/* The ABI's vectors have the layout of struct iovec. */
#define IS_IOVEC(type)                                                   \
	(sizeof(type) == sizeof(struct iovec) &&                         \
	 offsetof(type, buf) == offsetof(struct iovec, iov_base) &&      \
	 offsetof(type, buf_len) == offsetof(struct iovec, iov_len))
static_assert(IS_IOVEC(cloudabi_iovec_t));
static_assert(IS_IOVEC(cloudabi_ciovec_t));

/* As file_needs_f_pos_lock() of fs/file.c */
static bool fdio_pos_needs_lock(const struct file *file)
{
	return (file->f_mode & FMODE_ATOMIC_POS) &&
	       (file_count(file) > 1 || file->f_op->iterate_shared);
}

/*
 * A task that shares the file may hold the lock while it sleeps on a page fault
 * in its own memory.  Signals must be able to stop the other tasks meanwhile,
 * so they wait interruptibly.
 */
static struct file *fdio_pos_lock(struct file *file)
{
	if (!fdio_pos_needs_lock(file))
		return NULL;
	if (mutex_lock_interruptible(&file->f_pos_lock))
		return ERR_PTR(-ERESTARTNOINTR);
	return file;
}

static void fdio_pos_unlock(struct file *file)
{
	if (!IS_ERR_OR_NULL(file))
		mutex_unlock(&file->f_pos_lock);
}

/*
 * CLASS(fdio_pos, lock)(file): while in scope, no other task uses f_pos of the
 * file.  IS_ERR(lock) must be tested first.
 */
DEFINE_CLASS(fdio_pos, struct file *, fdio_pos_unlock(_T), fdio_pos_lock(file),
	     struct file *file)

/*
 * Linux checks the vectors in order, and fails at the first that is bad.  In
 * the ABI, lengths that add up to more than SSIZE_MAX are -EINVAL, even if a
 * buffer is bad, too.
 */
static int fdio_iovec_error(const cloudabi_iovec_t __user *iovs,
			    cloudabi_size_t iovs_len)
{
	size_t sum = 0;

	for (; iovs_len; iovs++, iovs_len--) {
		cloudabi_iovec_t iov;

		if (copy_from_user(&iov, iovs, sizeof(iov)))
			return -EFAULT;
		if (check_add_overflow(sum, iov.buf_len, &sum) ||
		    sum > SSIZE_MAX)
			return -EINVAL;
	}
	return -EFAULT;
}

/* The accounting that read() and write() of Linux do */
static __always_inline ssize_t fdio_account(ssize_t ret, bool write)
{
	if (write) {
		if (ret > 0)
			add_wchar(current, ret);
		inc_syscw(current);
	} else {
		if (ret > 0)
			add_rchar(current, ret);
		inc_syscr(current);
	}
	return ret;
}

/* vfs_readv() and vfs_writev() are slower for one buffer. */
static __always_inline ssize_t fdio_one_iovec(struct file *file,
					      const void __user *uiov,
					      loff_t *pos, bool write)
{
	const struct iovec __user *const iov = uiov;
	void __user *base;
	size_t len;

	if (!user_access_begin(iov, sizeof(*iov)))
		return -EFAULT;
	unsafe_get_user(base, &iov->iov_base, fault);
	unsafe_get_user(len, &iov->iov_len, fault);
	user_access_end();
	if (len > SSIZE_MAX)
		return -EINVAL;
	/* access_ok() must check only the bytes that are transferred. */
	len = min_t(size_t, len, MAX_RW_COUNT);
	if (!pos && sock_from_file(file))
		return fdio_account(cloudabi_sock_transfer(file, base, len,
							   write), write);
	return write ? vfs_write(file, base, len, pos) :
		       vfs_read(file, base, len, pos);
fault:
	user_access_end();
	return -EFAULT;
}

/* vfs_readv() would truncate iovs_len to 32 bits before it checks it. */
static __always_inline ssize_t
fdio_iovecs(struct file *file, const void __user *iovs,
	    cloudabi_size_t iovs_len, loff_t *pos, bool write, rwf_t flags)
{
	ssize_t ret;

	if (iovs_len > UIO_MAXIOV)
		return -EINVAL;
	if (likely(iovs_len == 1 && !flags))
		ret = fdio_one_iovec(file, iovs, pos, write);
	else if (write)
		ret = fdio_account(vfs_writev(file, iovs, iovs_len, pos, flags),
				   true);
	else
		ret = fdio_account(vfs_readv(file, iovs, iovs_len, pos, flags),
				   false);
	return ret == -EFAULT ? fdio_iovec_error(iovs, iovs_len) : ret;
}

static int fdio_result(ssize_t ret, cloudabi_size_t *moved)
{
	if (ret < 0)
		return ret;
	*moved = ret;
	return 0;
}

static ssize_t fdio_with_pos_lock(struct file *file, const void __user *iovs,
				  cloudabi_size_t iovs_len, bool write)
{
	ssize_t ret;
	loff_t pos;

	CLASS(fdio_pos, lock)(file);

	if (IS_ERR(lock))
		return PTR_ERR(lock);
	pos = file->f_pos;
	ret = fdio_iovecs(file, iovs, iovs_len, &pos, write, 0);
	if (ret >= 0)
		file->f_pos = pos;
	return ret;
}

static __always_inline int fdio_at_f_pos(struct file *file,
					 const void __user *iovs,
					 cloudabi_size_t iovs_len, bool write,
					 cloudabi_size_t *moved)
{
	ssize_t ret;

	ret = file->f_mode & FMODE_STREAM ?
		      fdio_iovecs(file, iovs, iovs_len, NULL, write, 0) :
		      fdio_with_pos_lock(file, iovs, iovs_len, write);
	if (unlikely(ret < 0))
		ret = write ? cloudabi_error_send(ret, file) :
			      cloudabi_error_recv(ret, file);
	return fdio_result(ret, moved);
}

/*
 * Linux appends even at a position of the caller if the file has O_APPEND.  The
 * ABI does not.  Files without write_iter() do not append, and refuse
 * RWF_NOAPPEND.
 */
static int fdio_at_offset(struct file *file, const void __user *iovs,
			  cloudabi_size_t iovs_len, cloudabi_filesize_t offset,
			  bool write, cloudabi_size_t *moved)
{
	const bool append = write && (file->f_flags & O_APPEND) &&
			    file->f_op->write_iter;
	const fmode_t mode = write ? FMODE_PWRITE : FMODE_PREAD;
	loff_t pos = offset;

	if (pos < 0)
		return -EINVAL;
	if (!(file->f_mode & mode))
		return -ESPIPE;
	return fdio_result(fdio_iovecs(file, iovs, iovs_len, &pos, write,
				       append ? RWF_NOAPPEND : 0), moved);
}

/**
 * cloudabi_sys_fd_pread - Read at a position
 * @fd: the descriptor
 * @iovs: where to store the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @offset: where to read, in bytes
 * @nread: where to store the number of bytes
 *
 * The call neither uses nor changes the position of the file.
 *
 * Rights: FD_READ, FD_SEEK.
 * POSIX: As preadv() of many systems, a pread() with several buffers.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for too many vectors, or for lengths
 * or an offset out of range; -ESPIPE for a file without positions; -EFAULT;
 * -EIO; other errors of the file.
 */
int cloudabi_sys_fd_pread(cloudabi_fd_t fd, const cloudabi_iovec_t __user *iovs,
			  cloudabi_size_t iovs_len, cloudabi_filesize_t offset,
			  cloudabi_size_t *nread)
{
	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(fd_pread, fd, always));
	if (f.error)
		return f.error;
	return fdio_at_offset(fd_file(f.f), iovs, iovs_len, offset, false,
			      nread);
}

/**
 * cloudabi_sys_fd_pwrite - Write at a position
 * @fd: the descriptor
 * @iovs: the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @offset: where to write, in bytes
 * @nwritten: where to store the number of bytes
 *
 * The call neither uses nor changes the position of the file, and ignores
 * CLOUDABI_FDFLAG_APPEND.
 *
 * Rights: FD_WRITE, FD_SEEK.
 * POSIX: As pwritev() of many systems, a pwrite() with several buffers.  On
 * Linux it appends if the file is open for appending.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for too many vectors, or for lengths
 * or an offset out of range; -ESPIPE for a file without positions; -EFAULT;
 * -EFBIG; -ENOSPC; -EDQUOT; -EIO; other errors of the file.
 */
int cloudabi_sys_fd_pwrite(cloudabi_fd_t fd,
			   const cloudabi_ciovec_t __user *iovs,
			   cloudabi_size_t iovs_len, cloudabi_filesize_t offset,
			   cloudabi_size_t *nwritten)
{
	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(fd_pwrite, fd, always));
	if (f.error)
		return f.error;
	return fdio_at_offset(fd_file(f.f), iovs, iovs_len, offset, true,
			      nwritten);
}

/**
 * cloudabi_sys_fd_read - Read
 * @fd: the descriptor
 * @iovs: where to store the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @nread: where to store the number of bytes; 0 at the end of the file
 *
 * Descriptors that come with the data of a socket are dropped.
 *
 * Rights: FD_READ.
 * POSIX: As readv(), except that the call is never interrupted.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for too many vectors, or for lengths
 * out of range; -EFAULT; -EAGAIN without data in non-blocking mode; -EIO; other
 * errors of the file.
 */
int cloudabi_sys_fd_read(cloudabi_fd_t fd, const cloudabi_iovec_t __user *iovs,
			 cloudabi_size_t iovs_len, cloudabi_size_t *nread)
{
	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(fd_read, fd, always));
	if (f.error)
		return f.error;
	return fdio_at_f_pos(fd_file(f.f), iovs, iovs_len, false, nread);
}

/**
 * cloudabi_sys_fd_seek - Move the position of a file
 * @fd: the descriptor
 * @offset: how far, in bytes
 * @whence: from where: CLOUDABI_WHENCE_SET, CLOUDABI_WHENCE_CUR or
 *          CLOUDABI_WHENCE_END
 * @newoffset: where to store the new position, in bytes
 *
 * Rights: FD_SEEK; FD_TELL is enough to get the position (0 bytes from
 * CLOUDABI_WHENCE_CUR).
 * POSIX: As lseek().
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for an unknown @whence, or a position that is negative or
 * too large; -EBADF; -ENOTCAPABLE; -ESPIPE for a file without positions.
 */
int cloudabi_sys_fd_seek(cloudabi_fd_t fd, cloudabi_filedelta_t offset,
			 cloudabi_whence_t whence,
			 cloudabi_filesize_t *newoffset)
{
	const bool tell = whence == CLOUDABI_WHENCE_CUR && !offset;
	const cloudabi_rights_t move = CLOUDABI_REQUIRED(fd_seek, fd, move);
	loff_t pos;
	int origin, error;

	switch (whence) {
	case CLOUDABI_WHENCE_CUR:
		origin = SEEK_CUR;
		break;
	case CLOUDABI_WHENCE_END:
		origin = SEEK_END;
		break;
	case CLOUDABI_WHENCE_SET:
		origin = SEEK_SET;
		break;
	default:
		return -EINVAL;
	}

	CLASS(cloudabi_fd, f)(fd, 0);
	if (f.error)
		return f.error;
	if (tell && !(f.rights.base & move))
		error = cloudabi_fd_check(&f, CLOUDABI_REQUIRED(fd_seek, fd, tell), 0);
	else
		error = cloudabi_fd_check(&f, move, 0);
	if (error)
		return error;

	CLASS(fdio_pos, lock)(fd_file(f.f));
	if (IS_ERR(lock))
		return PTR_ERR(lock);
	pos = vfs_llseek(fd_file(f.f), offset, origin);
	if (pos < 0)
		return pos;
	*newoffset = pos;
	return 0;
}

/* Returns the number of bytes that the call has written before and now. */
static ssize_t fdio_write_rest(struct file *file,
			       const struct cloudabi_progress *progress)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct iov_iter iter;
	loff_t pos = 0;
	ssize_t ret;

	ret = import_iovec(ITER_SOURCE, progress->in, progress->more,
			   UIO_FASTIOV, &iov, &iter);
	if (ret < 0)
		return progress->bytes;
	iov_iter_advance(&iter, progress->bytes);
	ret = fdio_account(vfs_iter_write(file, &iter, &pos, 0), true);
	kfree(iov);
	return progress->bytes + max_t(ssize_t, ret, 0);
}

static long fdio_restart_write(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);

	CLASS(cloudabi_fd, f)(progress.fd,
			      CLOUDABI_REQUIRED(fd_write, fd, always));
	if (f.error || !cloudabi_progress_same_file(&progress, fd_file(f.f)))
		return progress.bytes;
	progress.bytes = fdio_write_rest(fd_file(f.f), &progress);
	return cloudabi_transfer_interrupted(progress.bytes) ?
		       cloudabi_progress_save(&progress, fd_file(f.f),
					      fdio_restart_write) :
		       progress.bytes;
}

/*
 * Saves the progress of an interrupted write to a stream, see progress.c.  All
 * data may be written already; then nothing is left to do after the restart.
 */
static noinline int fdio_save_write(struct file *file, cloudabi_fd_t fd,
				    const cloudabi_ciovec_t __user *iovs,
				    cloudabi_size_t iovs_len,
				    cloudabi_size_t written)
{
	const struct cloudabi_progress progress = {
		.fd = fd,
		.in = iovs,
		.more = iovs_len,
		.bytes = written,
	};

	return cloudabi_is_stream(file) ?
		       cloudabi_progress_save(&progress, file,
					      fdio_restart_write) : 0;
}

/**
 * cloudabi_sys_fd_write - Write
 * @fd: the descriptor
 * @iovs: the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @nwritten: where to store the number of bytes
 *
 * A call that is interrupted while it waits for space in a pipe or a stream
 * resumes behind the data that it has written.
 *
 * Rights: FD_WRITE.
 * POSIX: As writev(), except that the call is never interrupted, and that a
 * stream without a reader is an error and not a signal.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for too many vectors, or for lengths
 * out of range; -EFAULT; -EAGAIN without space in non-blocking mode; -EPIPE;
 * -EFBIG; -ENOSPC; -EDQUOT; -EIO; other errors of the file.
 */
int cloudabi_sys_fd_write(cloudabi_fd_t fd,
			  const cloudabi_ciovec_t __user *iovs,
			  cloudabi_size_t iovs_len, cloudabi_size_t *nwritten)
{
	int error;

	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(fd_write, fd, always));
	if (f.error)
		return f.error;
	error = fdio_at_f_pos(fd_file(f.f), iovs, iovs_len, true, nwritten);
	if (unlikely(!error && cloudabi_transfer_interrupted(*nwritten)))
		return fdio_save_write(fd_file(f.f), fd, iovs, iovs_len,
				       *nwritten);
	return error;
}
