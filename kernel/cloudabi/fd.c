// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Descriptors
 */

#include <linux/audit.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/overflow.h>
#include <linux/security.h>
#include <linux/sched/xacct.h>
#include <linux/shmem_fs.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "cloudabi.h"
#include "fdflags.h"
#include "progress.h"
#include "sock.h"

/* The vectors of the ABI are those of Linux. */
#define IS_IOVEC(type)                                                   \
	(sizeof(type) == sizeof(struct iovec) &&                         \
	 offsetof(type, buf) == offsetof(struct iovec, iov_base) &&      \
	 offsetof(type, buf_len) == offsetof(struct iovec, iov_len))
static_assert(IS_IOVEC(cloudabi_iovec_t));
static_assert(IS_IOVEC(cloudabi_ciovec_t));

/* As in fdget_pos(): directories are also seeked by their own file system. */
static bool pos_needs_lock(const struct file *file)
{
	return (file->f_mode & FMODE_ATOMIC_POS) &&
	       (file_count(file) > 1 || file->f_op->iterate_shared);
}

/*
 * Who shares the file may hold the lock for as long as its own memory does not
 * come: that must not keep anybody from being stopped.
 */
static struct file *pos_lock(struct file *file)
{
	if (!pos_needs_lock(file))
		return NULL;
	if (mutex_lock_interruptible(&file->f_pos_lock))
		return ERR_PTR(-ERESTARTNOINTR);
	return file;
}

static void pos_unlock(struct file *file)
{
	if (!IS_ERR_OR_NULL(file))
		mutex_unlock(&file->f_pos_lock);
}

/* CLASS(file_pos, name)(file): unless an error, the position is ours in scope. */
DEFINE_CLASS(file_pos, struct file *, pos_unlock(_T), pos_lock(file),
	     struct file *file)

/*
 * Lengths that add up to more than can be transferred are the worse mistake
 * than a buffer that can't be there.  Linux looks at one vector after the other.
 */
static int vector_error(const cloudabi_iovec_t __user *iovs,
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

/* Which read() and write() do by themselves. */
static __always_inline ssize_t account(ssize_t ret, bool write)
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

/* The usual case, for which the kernel has a shorter way. */
static __always_inline ssize_t transfer_vector(struct file *file,
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
	/* More is not transferred at once, and need not be there. */
	len = min_t(size_t, len, MAX_RW_COUNT);
	if (!pos && sock_from_file(file))
		return account(cloudabi_sock_transfer(file, base, len, write),
			       write);
	return write ? vfs_write(file, base, len, pos) :
		       vfs_read(file, base, len, pos);
fault:
	user_access_end();
	return -EFAULT;
}

/* Linux would take the number of vectors for one of 32 bits. */
static __always_inline ssize_t
transfer_vectors(struct file *file, const void __user *iovs,
		 cloudabi_size_t iovs_len, loff_t *pos, bool write, rwf_t flags)
{
	ssize_t ret;

	if (iovs_len > UIO_MAXIOV)
		return -EINVAL;
	if (likely(iovs_len == 1 && !flags))
		ret = transfer_vector(file, iovs, pos, write);
	else if (write)
		ret = account(vfs_writev(file, iovs, iovs_len, pos, flags), true);
	else
		ret = account(vfs_readv(file, iovs, iovs_len, pos, flags), false);
	return ret == -EFAULT ? vector_error(iovs, iovs_len) : ret;
}

static int transferred(ssize_t ret, cloudabi_size_t *moved)
{
	if (ret < 0)
		return ret;
	*moved = ret;
	return 0;
}

static ssize_t transfer_at_pos(struct file *file, const void __user *iovs,
			       cloudabi_size_t iovs_len, bool write)
{
	ssize_t ret;
	loff_t pos;

	CLASS(file_pos, lock)(file);

	if (IS_ERR(lock))
		return PTR_ERR(lock);
	pos = file->f_pos;
	ret = transfer_vectors(file, iovs, iovs_len, &pos, write, 0);
	if (ret >= 0)
		file->f_pos = pos;
	return ret;
}

static __always_inline int transfer(struct file *file, const void __user *iovs,
				    cloudabi_size_t iovs_len, bool write,
				    cloudabi_size_t *moved)
{
	ssize_t ret;

	ret = file->f_mode & FMODE_STREAM ?
		      transfer_vectors(file, iovs, iovs_len, NULL, write, 0) :
		      transfer_at_pos(file, iovs, iovs_len, write);
	if (unlikely(ret < 0))
		ret = write ? cloudabi_error_send(ret, file) :
			      cloudabi_error_recv(ret, file);
	return transferred(ret, moved);
}

/*
 * A position given by the caller is obeyed, also where Linux would append.
 * Files without write_iter know no such flag, and no appending.
 */
static int transfer_at(struct file *file, const void __user *iovs,
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
	return transferred(transfer_vectors(file, iovs, iovs_len, &pos, write,
					    append ? RWF_NOAPPEND : 0),
			   moved);
}

/**
 * cloudabi_sys_fd_close - Close a descriptor
 * @fd: the descriptor
 *
 * Rights: none.
 * POSIX: As close(), except that a call which was interrupted is a success: to
 * make it again would close somebody else's descriptor.
 * Return: 0; -EBADF; -EIO, -ENOSPC, -EDQUOT if the file system could not write
 * what it had promised to, the descriptor being gone then, too.
 */
int cloudabi_sys_fd_close(cloudabi_fd_t fd)
{
	const int error = cloudabi_fd_close(fd);

	/* Making the call again would close somebody else's descriptor. */
	switch (error) {
	case -EINTR:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return 0;
	default:
		return error;
	}
}

/**
 * cloudabi_sys_fd_create1 - Make a descriptor of something new
 * @type: CLOUDABI_FILETYPE_SHARED_MEMORY
 * @fd: where to store the descriptor; it has all rights of its type
 *
 * Shared memory has no name and no size to begin with; file_stat_fput() gives
 * it one, mem_map() maps it.
 *
 * Rights: none.
 * POSIX: shm_open() wants a name, in a name space that all programs share.
 * Return: 0; -EINVAL for another type; -EMFILE; -ENFILE; -ENOMEM.
 */
int cloudabi_sys_fd_create1(cloudabi_filetype_t type, cloudabi_fd_t *fd)
{
	struct cloudabi_rights rights;
	struct file *file;

	if (type != CLOUDABI_FILETYPE_SHARED_MEMORY)
		return -EINVAL;
	CLASS(cloudabi_fd_reserve, new)();
	if (new < 0)
		return new;

	file = shmem_file_setup("cloudabi", 0, VM_NORESERVE);
	if (IS_ERR(file))
		return PTR_ERR(file);
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	file->f_flags |= O_LARGEFILE;

	rights = cloudabi_rights_max(file);
	*fd = cloudabi_fd_commit(&new, file, &rights);
	return 0;
}

/**
 * cloudabi_sys_fd_create2 - Make a pair of descriptors
 * @type: CLOUDABI_FILETYPE_SOCKET_DGRAM or CLOUDABI_FILETYPE_SOCKET_STREAM
 * @fd1: where to store one of them
 * @fd2: where to store the other; both have all rights of their type
 *
 * The two are connected to each other.
 *
 * Rights: none.
 * POSIX: As socketpair() of the domain AF_UNIX.  There is no pipe(): a pair of
 * streams does as well, and both ends can be read and written.
 * Return: 0; -EINVAL for another type; -EMFILE; -ENFILE; -ENOMEM.
 */
int cloudabi_sys_fd_create2(cloudabi_filetype_t type, cloudabi_fd_t *fd1,
			    cloudabi_fd_t *fd2)
{
	struct cloudabi_rights rights;
	struct file *files[2];
	int sock_type, error;

	switch (type) {
	case CLOUDABI_FILETYPE_SOCKET_DGRAM:
		sock_type = SOCK_DGRAM;
		break;
	case CLOUDABI_FILETYPE_SOCKET_STREAM:
		sock_type = SOCK_STREAM;
		break;
	default:
		return -EINVAL;
	}

	CLASS(cloudabi_fd_reserve, new1)();
	if (new1 < 0)
		return new1;
	CLASS(cloudabi_fd_reserve, new2)();
	if (new2 < 0)
		return new2;

	error = cloudabi_sock_pair(sock_type, files);
	if (error)
		return error;
	rights = cloudabi_rights_max(files[0]);
	audit_fd_pair(new1, new2);
	*fd1 = cloudabi_fd_commit(&new1, files[0], &rights);
	*fd2 = cloudabi_fd_commit(&new2, files[1], &rights);
	return 0;
}

static int sync_file(cloudabi_fd_t fd, cloudabi_rights_t need, bool datasync)
{
	CLASS(cloudabi_fd, f)(fd, need);
	if (f.error)
		return f.error;
	return vfs_fsync(fd_file(f.f), datasync);
}

/**
 * cloudabi_sys_fd_datasync - Write the data of a file to its device
 * @fd: the descriptor
 *
 * Rights: FD_DATASYNC.
 * POSIX: As fdatasync().
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for what can't be synchronised;
 * -EIO, -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_fd_datasync(cloudabi_fd_t fd)
{
	return sync_file(fd, CLOUDABI_REQUIRED(fd_datasync, fd, always), true);
}

/**
 * cloudabi_sys_fd_dup - Make a descriptor for the same file
 * @from: the descriptor
 * @fd: where to store the new one; it has the same rights
 *
 * Rights: none.
 * POSIX: As dup(), except that a program must not expect the lowest number.
 * Return: 0; -EBADF; -EMFILE; -ENOMEM.
 */
int cloudabi_sys_fd_dup(cloudabi_fd_t from, cloudabi_fd_t *fd)
{
	CLASS(cloudabi_fd, f)(from, 0);
	if (f.error)
		return f.error;
	CLASS(cloudabi_fd_reserve, to)();
	if (to < 0)
		return to;

	*fd = cloudabi_fd_commit(&to, get_file(fd_file(f.f)), &f.rights);
	return 0;
}

/**
 * cloudabi_sys_fd_pread - Read at a position
 * @fd: the descriptor
 * @iovs: where to store the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @offset: where to read, in bytes
 * @nread: where to store the number of bytes
 *
 * The position of the file is neither used nor changed.
 *
 * Rights: FD_READ, FD_SEEK.
 * POSIX: As preadv() of many systems, a pread() with several buffers.
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
	return transfer_at(fd_file(f.f), iovs, iovs_len, offset, false, nread);
}

/**
 * cloudabi_sys_fd_pwrite - Write at a position
 * @fd: the descriptor
 * @iovs: the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @offset: where to write, in bytes
 * @nwritten: where to store the number of bytes
 *
 * The position of the file is neither used nor changed, and
 * CLOUDABI_FDFLAG_APPEND makes no difference.
 *
 * Rights: FD_WRITE, FD_SEEK.
 * POSIX: As pwritev() of many systems, a pwrite() with several buffers.  That
 * of Linux appends to a file that is open for appending.
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
	return transfer_at(fd_file(f.f), iovs, iovs_len, offset, true,
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
 * POSIX: As readv(), except that it is never interrupted.
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
	return transfer(fd_file(f.f), iovs, iovs_len, false, nread);
}

/**
 * cloudabi_sys_fd_replace - Replace a descriptor by a copy of another
 * @from: the other descriptor
 * @to: the descriptor; must be open
 *
 * No other thread ever sees @to closed.
 *
 * Rights: none; @to gets those of @from.
 * POSIX: As dup2(), which also takes a number that is not open.
 * Return: 0; -EBADF if one of the two is not open; -EMFILE if @to is beyond the
 * present limit.
 */
int cloudabi_sys_fd_replace(cloudabi_fd_t from, cloudabi_fd_t to)
{
	return cloudabi_fd_replace(from, to);
}

/**
 * cloudabi_sys_fd_seek - Move the position of a file
 * @fd: the descriptor
 * @offset: how far, in bytes
 * @whence: from where: CLOUDABI_WHENCE_SET, CLOUDABI_WHENCE_CUR or
 *          CLOUDABI_WHENCE_END
 * @newoffset: where to store the new position, in bytes
 *
 * Rights: FD_SEEK; to learn the position (0 bytes from the current one),
 * FD_TELL does as well.
 * POSIX: As lseek().
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
		error = cloudabi_fd_check(&f,
					  CLOUDABI_REQUIRED(fd_seek, fd, tell),
					  0);
	else
		error = cloudabi_fd_check(&f, move, 0);
	if (error)
		return error;

	CLASS(file_pos, lock)(fd_file(f.f));
	if (IS_ERR(lock))
		return PTR_ERR(lock);
	pos = vfs_llseek(fd_file(f.f), offset, origin);
	if (pos < 0)
		return pos;
	*newoffset = pos;
	return 0;
}

/**
 * cloudabi_sys_fd_stat_get - Attributes of a descriptor
 * @fd: the descriptor
 * @buf: where to store its type, flags and rights
 *
 * Rights: none.
 * POSIX: fcntl() with F_GETFL returns the flags alone; there are no rights, and
 * the type is a matter of fstat().
 * Return: 0; -EBADF; -EFAULT.
 */
int cloudabi_sys_fd_stat_get(cloudabi_fd_t fd, cloudabi_fdstat_t __user *buf)
{
	cloudabi_fdstat_t stat;

	CLASS(cloudabi_fd, f)(fd, 0);
	if (f.error)
		return f.error;

	memset(&stat, 0, sizeof(stat));
	stat.fs_filetype = cloudabi_filetype(fd_file(f.f));
	stat.fs_flags = cloudabi_fdflags_get(fd_file(f.f));
	stat.fs_rights_base = f.rights.base;
	stat.fs_rights_inheriting = f.rights.inheriting;
	return copy_to_user(buf, &stat, sizeof(stat)) ? -EFAULT : 0;
}

/* May it matter where data is written to a file? */
static bool has_positions(const struct file *file)
{
	const fmode_t mode = FMODE_WRITE | FMODE_PWRITE;

	return (file->f_mode & mode) == mode;
}

/* Flags that are set already may be set again without a right. */
static int put_flags(cloudabi_fd_t fd, cloudabi_fdflags_t fdflags)
{
	cloudabi_rights_t need = CLOUDABI_REQUIRED(fd_stat_put, fd, flags);
	cloudabi_fdflags_t seen, added;

	CLASS(cloudabi_fd, f)(fd, need);
	if (f.error)
		return f.error;

	seen = cloudabi_fdflags_get(fd_file(f.f));
	added = fdflags & ~seen;
	if (added & (CLOUDABI_FDFLAG_RSYNC | CLOUDABI_FDFLAG_SYNC))
		need |= CLOUDABI_REQUIRED(fd_stat_put, fd, sync);
	else if (added & CLOUDABI_FDFLAG_DSYNC &&
		 !(f.rights.base & CLOUDABI_REQUIRED(fd_stat_put, fd, sync)))
		need |= CLOUDABI_REQUIRED(fd_stat_put, fd, dsync);
	/* Without the flag, writing is at a position of the caller's choice. */
	if (seen & ~fdflags & CLOUDABI_FDFLAG_APPEND &&
	    has_positions(fd_file(f.f)))
		need |= CLOUDABI_REQUIRED(fd_stat_put, fd, overwrite);
	return cloudabi_fd_check(&f, need, 0) ?:
	       cloudabi_fdflags_put(fd_file(f.f), seen, fdflags);
}

/**
 * cloudabi_sys_fd_stat_put - Change attributes of a descriptor
 * @fd: the descriptor
 * @buf: the attributes
 * @flags: which of them: CLOUDABI_FDSTAT_FLAGS or CLOUDABI_FDSTAT_RIGHTS
 *
 * Flags belong to the open file and are replaced as a whole, unknown ones being
 * ignored.  Rights belong to the descriptor and can only be taken away.
 *
 * Rights: FD_STAT_PUT_FLAGS for flags; to set CLOUDABI_FDFLAG_DSYNC also
 * FD_DATASYNC or FD_SYNC, to set CLOUDABI_FDFLAG_RSYNC or CLOUDABI_FDFLAG_SYNC
 * also FD_SYNC; to take CLOUDABI_FDFLAG_APPEND from a file that is open for
 * writing, and has positions, also FD_WRITE and FD_SEEK.  None for rights.
 * POSIX: fcntl() with F_SETFL changes the flags alone, on Linux without those
 * of synchronous writing; there are no rights.
 * Return: 0; -EINVAL for anything but one of the two; -EFAULT; -EBADF;
 * -ENOTCAPABLE for a missing right, or rights that the descriptor does not
 * have; -EPERM for taking CLOUDABI_FDFLAG_APPEND from a file that can only be
 * appended to.
 */
int cloudabi_sys_fd_stat_put(cloudabi_fd_t fd,
			     const cloudabi_fdstat_t __user *buf,
			     cloudabi_fdsflags_t flags)
{
	struct cloudabi_rights rights;
	cloudabi_fdstat_t stat;

	if (flags != CLOUDABI_FDSTAT_FLAGS && flags != CLOUDABI_FDSTAT_RIGHTS)
		return -EINVAL;
	if (copy_from_user(&stat, buf, sizeof(stat)))
		return -EFAULT;

	if (flags == CLOUDABI_FDSTAT_FLAGS)
		return put_flags(fd, stat.fs_flags);

	rights.base = stat.fs_rights_base;
	rights.inheriting = stat.fs_rights_inheriting;
	return cloudabi_fd_restrict(fd, &rights);
}

/**
 * cloudabi_sys_fd_sync - Write data and attributes of a file to its device
 * @fd: the descriptor
 *
 * Rights: FD_SYNC.
 * POSIX: As fsync().
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for what can't be synchronised;
 * -EIO, -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_fd_sync(cloudabi_fd_t fd)
{
	return sync_file(fd, CLOUDABI_REQUIRED(fd_sync, fd, always), false);
}

/* Return: how much was written before, and now. */
static ssize_t write_behind(struct file *file,
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
	ret = account(vfs_iter_write(file, &iter, &pos, 0), true);
	kfree(iov);
	return progress->bytes + max_t(ssize_t, ret, 0);
}

static long restart_write(struct restart_block *block)
{
	struct cloudabi_progress progress = cloudabi_progress_load(block);

	CLASS(cloudabi_fd, f)(progress.fd,
			      CLOUDABI_REQUIRED(fd_write, fd, always));
	if (f.error || !cloudabi_progress_same_file(&progress, fd_file(f.f)))
		return progress.bytes;
	progress.bytes = write_behind(fd_file(f.f), &progress);
	return cloudabi_interrupted(progress.bytes) ?
		       cloudabi_progress_save(&progress, fd_file(f.f),
					      restart_write) :
		       progress.bytes;
}

/* It may be all of the data; what is left is written, then. */
static noinline int write_rest(struct file *file, cloudabi_fd_t fd,
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
		       cloudabi_progress_save(&progress, file, restart_write) :
		       0;
}

/**
 * cloudabi_sys_fd_write - Write
 * @fd: the descriptor
 * @iovs: the data
 * @iovs_len: number of elements of @iovs, at most 1024
 * @nwritten: where to store the number of bytes
 *
 * A call that is interrupted while it waits for space in a pipe or a stream goes
 * on behind what it has written.
 *
 * Rights: FD_WRITE.
 * POSIX: As writev(), except that it is never interrupted, and that a stream
 * without a reader is an error and no signal.
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
	error = transfer(fd_file(f.f), iovs, iovs_len, true, nwritten);
	if (unlikely(!error && cloudabi_interrupted(*nwritten)))
		return write_rest(fd_file(f.f), fd, iovs, iovs_len, *nwritten);
	return error;
}
