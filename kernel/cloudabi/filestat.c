// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Attributes of files
 */

#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/stat.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include "../../fs/internal.h"
#include "cloudabi.h"
#include "path.h"
#include "precision.h"
#include "procdesc.h"

#define ATIMES (CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_ATIM_NOW)
#define MTIMES (CLOUDABI_FILESTAT_MTIM | CLOUDABI_FILESTAT_MTIM_NOW)
#define TIMES (ATIMES | MTIMES)

/*
 * A time out of range becomes the nearest one that is in range.
 *
 * With a precision floor, all times that a program reads or sets are multiples
 * of the floor.  Rounding only the times that it reads is not enough: the
 * kernel compares the times of a file with each other (relatime), and the
 * program sees the result.
 */
static cloudabi_timestamp_t filestat_to_timestamp(const struct timespec64 *ts)
{
	u64 ns;

	if (ts->tv_sec < 0)
		return 0;
	if (check_mul_overflow((u64)ts->tv_sec, (u64)NSEC_PER_SEC, &ns) ||
	    check_add_overflow(ns, (u64)ts->tv_nsec, &ns))
		ns = U64_MAX;
	return cloudabi_precision_down(ns);
}

static struct timespec64 filestat_to_timespec(cloudabi_timestamp_t time)
{
	struct timespec64 ts;
	u32 nsec;

	ts.tv_sec = div_u64_rem(cloudabi_precision_down(time), NSEC_PER_SEC,
				&nsec);
	ts.tv_nsec = nsec;
	return ts;
}

/* @file is NULL if the call has only a path.  Processes have no paths. */
static int filestat_get(const struct path *path, struct file *file,
			cloudabi_filetype_t type,
			cloudabi_filestat_t __user *buf)
{
	cloudabi_filestat_t out;
	struct kstat stat;
	int error;

	error = vfs_getattr(path, &stat, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);
	if (error)
		return error;
	if (type == CLOUDABI_FILETYPE_PROCESS)
		cloudabi_procdesc_stat(file, &stat);

	memset(&out, 0, sizeof(out));
	out.st_dev = new_encode_dev(stat.dev);
	out.st_ino = stat.ino;
	out.st_filetype = type;
	out.st_nlink = stat.nlink;
	out.st_size = stat.size;
	out.st_atim = filestat_to_timestamp(&stat.atime);
	out.st_mtim = filestat_to_timestamp(&stat.mtime);
	out.st_ctim = filestat_to_timestamp(&stat.ctime);
	return copy_to_user(buf, &out, sizeof(out)) ? -EFAULT : 0;
}

/* With both flags, the present time is set. */
static struct timespec64 filestat_choose_time(cloudabi_fsflags_t flags,
					      cloudabi_fsflags_t now,
					      cloudabi_fsflags_t given,
					      cloudabi_timestamp_t time)
{
	if (flags & now)
		return (struct timespec64){ .tv_nsec = UTIME_NOW };
	if (flags & given)
		return filestat_to_timespec(time);
	return (struct timespec64){ .tv_nsec = UTIME_OMIT };
}

static int filestat_set_times(const struct path *path,
			      const cloudabi_filestat_t *stat,
			      cloudabi_fsflags_t flags)
{
	struct timespec64 times[] = {
		filestat_choose_time(flags, CLOUDABI_FILESTAT_ATIM_NOW,
				     CLOUDABI_FILESTAT_ATIM, stat->st_atim),
		filestat_choose_time(flags, CLOUDABI_FILESTAT_MTIM_NOW,
				     CLOUDABI_FILESTAT_MTIM, stat->st_mtim),
	};

	return flags ? vfs_utimes(path, times) : 0;
}

/**
 * cloudabi_sys_file_stat_fget - Get attributes of an open file
 * @fd: the file
 * @buf: where to store the attributes; the size is in bytes, times are in ns
 *
 * A time before 1970 becomes 0.  A time that is too large becomes the largest
 * number.  With a precision floor, the call rounds times down to a multiple of
 * it.
 *
 * Rights: FILE_STAT_FGET.
 * POSIX: As fstat(), except that there is no owner and no mode.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EFAULT; -EIO; other errors of the file
 * system.
 */
int cloudabi_sys_file_stat_fget(cloudabi_fd_t fd,
				cloudabi_filestat_t __user *buf)
{
	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(file_stat_fget, fd, always));
	if (f.error)
		return f.error;
	return filestat_get(&fd_file(f.f)->f_path, fd_file(f.f),
			    cloudabi_filetype(fd_file(f.f)), buf);
}

/* Linux would send SIGXFSZ for a size beyond the limit. */
static int filestat_set_size(struct file *file, cloudabi_filesize_t size)
{
	if (size > S64_MAX)
		return -EINVAL;
	if (size > rlimit(RLIMIT_FSIZE))
		return -EFBIG;
	return do_ftruncate(file, size, 0);
}

/**
 * cloudabi_sys_file_stat_fput - Change attributes of an open file
 * @fd: the file
 * @buf: the attributes; the size is in bytes, times are in ns
 * @flags: which attributes: CLOUDABI_FILESTAT_SIZE, or any of the times
 *
 * With both flags of a time, the call sets the present time.  With a precision
 * floor, it rounds a time from @buf down to a multiple of the floor.
 *
 * Rights: FILE_STAT_FPUT_SIZE, or FILE_STAT_FPUT_TIMES.
 * POSIX: As ftruncate(), except that a file too large is never a signal, and as
 * futimens().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for other @flags, a size out of range, or a file that is
 * not open for writing; -EFAULT; -EBADF; -ENOTCAPABLE; -EFBIG; -EPERM for times
 * of a file that the user does not own, or for a size that is sealed; -EACCES
 * for the present time of a file that the user can't write; -EROFS; -ENOSPC;
 * -EIO; other errors of the file system.
 */
int cloudabi_sys_file_stat_fput(cloudabi_fd_t fd,
				const cloudabi_filestat_t __user *buf,
				cloudabi_fsflags_t flags)
{
	const bool size = flags == CLOUDABI_FILESTAT_SIZE;
	cloudabi_filestat_t stat;

	if (!size && (!flags || (flags & ~TIMES)))
		return -EINVAL;
	if (copy_from_user(&stat, buf, sizeof(stat)))
		return -EFAULT;

	CLASS(cloudabi_fd, f)(fd, size ?
			      CLOUDABI_REQUIRED(file_stat_fput, fd, size) :
			      CLOUDABI_REQUIRED(file_stat_fput, fd, times));
	if (f.error)
		return f.error;
	audit_file(fd_file(f.f));
	return size ? filestat_set_size(fd_file(f.f), stat.st_size) :
		      filestat_set_times(&fd_file(f.f)->f_path, &stat, flags);
}

static int filestat_lookup(const struct cloudabi_fd *dir,
			   cloudabi_lookupflags_t lookup,
			   const char __user *path, cloudabi_size_t path_len,
			   struct path *file)
{
	const unsigned int flags =
		lookup & CLOUDABI_LOOKUP_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	const struct path *const start = &fd_file(dir->f)->f_path;

	char *name __free(cloudabi_path) =
		cloudabi_path_get(start, path, path_len);

	if (IS_ERR(name))
		return PTR_ERR(name);
	CLASS(cloudabi_dfd, dfd)(0, dir);
	return cloudabi_path_lookup(&(const struct cloudabi_at){ start, name },
				    flags, file);
}

/**
 * cloudabi_sys_file_stat_get - Get attributes of a file
 * @fd: directory that the path starts at, and whether to follow a symbolic link
 *      at its end
 * @path: path of the file; not terminated
 * @path_len: length of @path in bytes
 * @buf: where to store the attributes; the size is in bytes, times are in ns
 *
 * The type of every socket and FIFO is CLOUDABI_FILETYPE_SOCKET_STREAM, since
 * the path does not tell which type of socket it is.
 *
 * Rights: FILE_STAT_GET.
 * POSIX: As fstatat(), except that there is no owner and no mode.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EFAULT; -EIO; errors of the look-up.
 */
int cloudabi_sys_file_stat_get(cloudabi_lookup_t fd, const char __user *path,
			       cloudabi_size_t path_len,
			       cloudabi_filestat_t __user *buf)
{
	cloudabi_filetype_t type;
	struct path file;
	int error;

	CLASS(cloudabi_fd, dir)(fd.fd,
				CLOUDABI_REQUIRED(file_stat_get, fd, always));
	if (dir.error)
		return dir.error;
	error = filestat_lookup(&dir, fd.flags, path, path_len, &file);
	if (error)
		return error;
	type = cloudabi_filetype_of_mode(d_backing_inode(file.dentry)->i_mode);
	error = filestat_get(&file, NULL, type, buf);
	path_put(&file);
	return error;
}

/**
 * cloudabi_sys_file_stat_put - Change the times of a file
 * @fd: directory that the path starts at, and whether to follow a symbolic link
 *      at its end
 * @path: path of the file; not terminated
 * @path_len: length of @path in bytes
 * @buf: the times, in ns
 * @flags: which times; may be none
 *
 * With both flags of a time, the call sets the present time.  With a precision
 * floor, it rounds a time from @buf down to a multiple of the floor.
 *
 * Rights: FILE_STAT_PUT_TIMES.
 * POSIX: As utimensat().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for flags of other attributes; -EFAULT; -EBADF;
 * -ENOTCAPABLE for a missing right or a path that leaves the directory; -EPERM
 * for a file that the user does not own; -EACCES for the present time of a file
 * that the user can't write; -EROFS; errors of the look-up.
 */
int cloudabi_sys_file_stat_put(cloudabi_lookup_t fd, const char __user *path,
			       cloudabi_size_t path_len,
			       const cloudabi_filestat_t __user *buf,
			       cloudabi_fsflags_t flags)
{
	cloudabi_filestat_t stat;
	struct path file;
	int error;

	if (flags & ~TIMES)
		return -EINVAL;
	if (copy_from_user(&stat, buf, sizeof(stat)))
		return -EFAULT;

	CLASS(cloudabi_fd, dir)(fd.fd,
				CLOUDABI_REQUIRED(file_stat_put, fd, times));
	if (dir.error)
		return dir.error;
	error = filestat_lookup(&dir, fd.flags, path, path_len, &file);
	if (error)
		return error;
	error = filestat_set_times(&file, &stat, flags);
	path_put(&file);
	return error;
}
