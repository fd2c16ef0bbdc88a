// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Files and directories
 */

#include <linux/audit.h>
#include <linux/fadvise.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/nospec.h>
#include <linux/security.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "../../fs/internal.h"
#include "cloudabi.h"
#include "path.h"

/*
 * CLASS(file_at, f)(fd, need, path, len): the directory and the pathname of a
 * call.  f.error must be tested first.
 */
struct file_at {
	struct cloudabi_fd fd;
	struct cloudabi_at at;
	int error;
};

static struct file_at file_at_get(cloudabi_fd_t fd, cloudabi_rights_t need,
				  const char __user *path, cloudabi_size_t len)
{
	struct file_at f = { .fd = cloudabi_fd_get(fd, need) };

	f.error = f.fd.error;
	if (f.error)
		return f;
	f.at.dir = &fd_file(f.fd.f)->f_path;
	f.at.name = cloudabi_path_get(f.at.dir, path, len);
	if (IS_ERR(f.at.name)) {
		f.error = PTR_ERR(f.at.name);
		f.at.name = NULL;
	}
	return f;
}

static void file_at_put(struct file_at *f)
{
	if (f->at.name)
		__putname(f->at.name);
	fdput(f->fd.f);
}

DEFINE_CLASS(file_at, struct file_at, file_at_put(&_T),
	     file_at_get(fd, need, path, len), cloudabi_fd_t fd,
	     cloudabi_rights_t need, const char __user *path,
	     cloudabi_size_t len)

/**
 * struct file_path_arg - A pathname as a call passes it
 * @fd: directory that the pathname starts at
 * @need: base rights that the directory must have
 * @path: the pathname; not terminated
 * @len: length of the pathname in bytes
 */
struct file_path_arg {
	cloudabi_fd_t fd;
	cloudabi_rights_t need;
	const char __user *path;
	cloudabi_size_t len;
};

/*
 * CLASS(file_at_pair, p)(&from, &to): the two pathnames of a call.  p.error
 * must be tested first.
 */
struct file_at_pair {
	struct file_at from, to;
	int error;
};

static struct file_at_pair file_at_pair_get(const struct file_path_arg *from,
					    const struct file_path_arg *to)
{
	struct file_at_pair p = {
		.from = file_at_get(from->fd, from->need, from->path, from->len),
	};

	p.error = p.from.error;
	if (p.error)
		return p;
	p.to = file_at_get(to->fd, to->need, to->path, to->len);
	p.error = p.to.error;
	return p;
}

static void file_at_pair_put(struct file_at_pair *p)
{
	file_at_put(&p->to);
	file_at_put(&p->from);
}

DEFINE_CLASS(file_at_pair, struct file_at_pair, file_at_pair_put(&_T),
	     file_at_pair_get(from, to), const struct file_path_arg *from,
	     const struct file_path_arg *to)

static const int file_advices[] = {
	[CLOUDABI_ADVICE_DONTNEED] = POSIX_FADV_DONTNEED,
	[CLOUDABI_ADVICE_NOREUSE] = POSIX_FADV_NOREUSE,
	[CLOUDABI_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
	[CLOUDABI_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
	[CLOUDABI_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
	[CLOUDABI_ADVICE_WILLNEED] = POSIX_FADV_WILLNEED,
};

/**
 * cloudabi_sys_file_advise - Tell how the program will use a part of a file
 * @fd: the file
 * @offset: start of the part, in bytes
 * @len: length of the part in bytes; 0 for all up to the end of the file
 * @advice: how the program will use it
 *
 * Rights: FILE_ADVISE.
 * POSIX: As posix_fadvise().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for unknown advice or a part out of range; -EBADF;
 * -ENOTCAPABLE.
 */
int cloudabi_sys_file_advise(cloudabi_fd_t fd, cloudabi_filesize_t offset,
			     cloudabi_filesize_t len, cloudabi_advice_t advice)
{
	if (advice < CLOUDABI_ADVICE_DONTNEED ||
	    advice > CLOUDABI_ADVICE_WILLNEED)
		return -EINVAL;
	advice = array_index_nospec(advice, ARRAY_SIZE(file_advices));

	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(file_advise, fd, always));
	if (f.error)
		return f.error;
	if (offset > S64_MAX || len > S64_MAX - offset)
		return -EINVAL;
	return vfs_fadvise(fd_file(f.f), offset, len, file_advices[advice]);
}

/**
 * cloudabi_sys_file_allocate - Reserve space for a part of a file
 * @fd: the file
 * @offset: start of the part, in bytes
 * @len: length of the part in bytes
 *
 * The file grows up to the end of the part, and never shrinks.
 *
 * Rights: FILE_ALLOCATE.
 * POSIX: As posix_fallocate(), except that the call fails where a library would
 * write zeros itself, and that a file too large is never a signal.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for a length of 0, or for a part out
 * of range; -EFBIG; -EOPNOTSUPP if the file system can't reserve space;
 * -ENOSPC; -EDQUOT; other errors of the file system.
 */
int cloudabi_sys_file_allocate(cloudabi_fd_t fd, cloudabi_filesize_t offset,
			       cloudabi_filesize_t len)
{
	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(file_allocate, fd, always));
	if (f.error)
		return f.error;
	audit_file(fd_file(f.f));
	if (!len || len > S64_MAX || offset > S64_MAX)
		return -EINVAL;
	/* Linux would send SIGXFSZ. */
	if (len > S64_MAX - offset || offset + len > rlimit(RLIMIT_FSIZE))
		return -EFBIG;
	return vfs_fallocate(fd_file(f.f), 0, offset, len);
}

/**
 * cloudabi_sys_file_create - Create a directory
 * @fd: directory that the path starts at
 * @path: path of the new directory; not terminated
 * @path_len: length of @path in bytes
 * @type: CLOUDABI_FILETYPE_DIRECTORY
 *
 * Its mode is 0777 less the umask.
 *
 * Rights: FILE_CREATE_DIRECTORY.
 * POSIX: As mkdirat(), except that the caller can't choose the mode.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for another type; -EBADF; -ENOTCAPABLE for a missing right
 * or a path that leaves the directory; -EEXIST; -EROFS; -ENOSPC; -EDQUOT;
 * -EMLINK; errors of the look-up.
 */
int cloudabi_sys_file_create(cloudabi_fd_t fd, const char __user *path,
			     cloudabi_size_t path_len, cloudabi_filetype_t type)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	if (type != CLOUDABI_FILETYPE_DIRECTORY)
		return -EINVAL;
	CLASS(file_at, f)(fd, CLOUDABI_REQUIRED(file_create, fd, directory), path,
			  path_len);
	if (f.error)
		return f.error;
	CLASS(cloudabi_dfd, dfd)(0, &f.fd);

	error = cloudabi_path_resolve_last(&f.at);
	if (error)
		return error;
	do {
		error = do_mkdirat(dfd, getname_kernel(f.at.name), 0777);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_path_error(error, &f.at);
}

/**
 * cloudabi_sys_file_link - Create a hard link
 * @fd1: directory that the path of the file starts at, and whether to follow a
 *       symbolic link at its end
 * @path1: path of the file; not terminated
 * @path1_len: length of @path1 in bytes
 * @fd2: directory that the path of the link starts at
 * @path2: path of the link; not terminated
 * @path2_len: length of @path2 in bytes
 *
 * Rights: FILE_LINK_SOURCE of @fd1, FILE_LINK_TARGET of @fd2.
 * POSIX: As linkat().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves its
 * directory; -EEXIST; -EPERM for a directory, or for a file that the user must
 * not link to; -EXDEV; -EMLINK; -EROFS; -ENOSPC; -EDQUOT; errors of the
 * look-up.
 */
int cloudabi_sys_file_link(cloudabi_lookup_t fd1, const char __user *path1,
			   cloudabi_size_t path1_len, cloudabi_fd_t fd2,
			   const char __user *path2, cloudabi_size_t path2_len)
{
	const struct file_path_arg from = {
		fd1.fd, CLOUDABI_REQUIRED(file_link, fd1, always), path1, path1_len
	};
	const struct file_path_arg to = {
		fd2, CLOUDABI_REQUIRED(file_link, fd2, always), path2, path2_len
	};
	const bool follow = fd1.flags & CLOUDABI_LOOKUP_SYMLINK_FOLLOW;
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at_pair, p)(&from, &to);
	if (p.error)
		return p.error;
	CLASS(cloudabi_dfd, dfd1)(0, &p.from.fd);
	CLASS(cloudabi_dfd, dfd2)(1, &p.to.fd);

	error = cloudabi_path_resolve_last(&p.to.at);
	if (error)
		return error;
	do {
		error = do_linkat(dfd1, getname_kernel(p.from.at.name), dfd2,
				  getname_kernel(p.to.at.name),
				  follow ? AT_SYMLINK_FOLLOW : 0);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_link(error, &p.from.at,
				   follow ? LOOKUP_FOLLOW : 0, &p.to.at);
}

/**
 * cloudabi_sys_file_readlink - Read a symbolic link
 * @fd: directory that the path starts at
 * @path: path of the link; not terminated
 * @path_len: length of @path in bytes
 * @buf: where to store the target of the link, without a NUL; the call
 *       truncates the target to the length of @buf
 * @buf_len: length of @buf in bytes
 * @bufused: where to store the number of bytes that were stored
 *
 * Rights: FILE_READLINK.
 * POSIX: As readlinkat(), except that @buf_len may be 0.
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EINVAL for a file that is not a symbolic link; -EFAULT; -EIO;
 * errors of the look-up.
 */
int cloudabi_sys_file_readlink(cloudabi_fd_t fd, const char __user *path,
			       cloudabi_size_t path_len, char __user *buf,
			       cloudabi_size_t buf_len, cloudabi_size_t *bufused)
{
	const int len = min_t(cloudabi_size_t, buf_len, INT_MAX);
	struct path link;
	int ret;

	CLASS(file_at, f)(fd, CLOUDABI_REQUIRED(file_readlink, fd, always), path,
			  path_len);
	if (f.error)
		return f.error;
	CLASS(cloudabi_dfd, dfd)(0, &f.fd);
	ret = cloudabi_path_lookup(&f.at, 0, &link);
	if (ret)
		return ret;

	if (d_is_symlink(link.dentry)) {
		ret = security_inode_readlink(link.dentry);
		if (!ret && len) {
			touch_atime(&link);
			ret = vfs_readlink(link.dentry, buf, len);
		}
	} else {
		ret = -EINVAL;
	}
	path_put(&link);
	if (ret < 0)
		return ret;
	*bufused = ret;
	return 0;
}

/**
 * cloudabi_sys_file_rename - Rename a file
 * @fd1: directory that the old path starts at
 * @path1: the old path; not terminated
 * @path1_len: length of @path1 in bytes
 * @fd2: directory that the new path starts at
 * @path2: the new path; not terminated
 * @path2_len: length of @path2 in bytes
 *
 * Replaces a file that exists at the new path.
 *
 * Rights: FILE_RENAME_SOURCE of @fd1, FILE_RENAME_TARGET of @fd2.
 * POSIX: As renameat().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves its
 * directory; -EINVAL for a path that ends in "." or "..", or for a directory
 * that would move into itself; -ENOTDIR if a directory would replace another
 * file; -EISDIR if another file would replace a directory; -ENOTEMPTY; -EXDEV;
 * -EBUSY; -EROFS; -ENOSPC; -EDQUOT; -EMLINK; errors of the look-up.
 */
int cloudabi_sys_file_rename(cloudabi_fd_t fd1, const char __user *path1,
			     cloudabi_size_t path1_len, cloudabi_fd_t fd2,
			     const char __user *path2, cloudabi_size_t path2_len)
{
	const struct file_path_arg from = {
		fd1, CLOUDABI_REQUIRED(file_rename, fd1, always), path1, path1_len
	};
	const struct file_path_arg to = {
		fd2, CLOUDABI_REQUIRED(file_rename, fd2, always), path2, path2_len
	};
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at_pair, p)(&from, &to);
	if (p.error)
		return p.error;
	CLASS(cloudabi_dfd, dfd1)(0, &p.from.fd);
	CLASS(cloudabi_dfd, dfd2)(1, &p.to.fd);

	error = cloudabi_path_resolve_last(&p.from.at) ?:
		cloudabi_path_resolve_last(&p.to.at);
	if (error)
		return error;
	do {
		error = do_renameat2(dfd1, getname_kernel(p.from.at.name), dfd2,
				     getname_kernel(p.to.at.name), 0);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_rename(error, &p.from.at, &p.to.at);
}

/* Any string can be the target, so there is no check for absolute pathnames. */
static struct filename *file_get_target(const char __user *path,
					cloudabi_size_t len)
{
	char *target __free(cloudabi_path) = cloudabi_path_copy(path, len);

	return IS_ERR(target) ? ERR_CAST(target) : getname_kernel(target);
}

/**
 * cloudabi_sys_file_symlink - Create a symbolic link
 * @path1: target of the link; not terminated
 * @path1_len: length of @path1 in bytes
 * @fd: directory that the path of the link starts at
 * @path2: path of the link; not terminated
 * @path2_len: length of @path2 in bytes
 *
 * The target can be any string.  A link that leads out of a directory can't be
 * followed from there.
 *
 * Rights: FILE_SYMLINK.
 * POSIX: As symlinkat().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EEXIST; -EINVAL for a target that contains NUL; -EROFS; -ENOSPC;
 * -EDQUOT; errors of the look-up.
 */
int cloudabi_sys_file_symlink(const char __user *path1,
			      cloudabi_size_t path1_len, cloudabi_fd_t fd,
			      const char __user *path2,
			      cloudabi_size_t path2_len)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at, f)(fd, CLOUDABI_REQUIRED(file_symlink, fd, always), path2,
			  path2_len);
	if (f.error)
		return f.error;
	CLASS(cloudabi_dfd, dfd)(0, &f.fd);

	error = cloudabi_path_resolve_last(&f.at);
	if (error)
		return error;
	do {
		struct filename *const target =
			file_get_target(path1, path1_len);

		if (IS_ERR(target))
			return PTR_ERR(target);
		error = do_symlinkat(target, dfd, getname_kernel(f.at.name));
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_create(error, &f.at);
}

/**
 * cloudabi_sys_file_unlink - Remove a file or a directory
 * @fd: directory that the path starts at
 * @path: the path; not terminated
 * @path_len: length of @path in bytes
 * @flags: CLOUDABI_UNLINK_REMOVEDIR to remove a directory, or 0
 *
 * Ignores unknown flags.  A symbolic link with a slash behind it stands for the
 * directory that the link points to.
 *
 * Rights: FILE_UNLINK.
 * POSIX: As unlinkat().
 * Spec: Files and directories
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EPERM for a directory without the flag; -ENOTDIR for another file
 * with the flag; -ENOTEMPTY; -EINVAL for "." with the flag; -EBUSY; -EROFS;
 * errors of the look-up.
 */
int cloudabi_sys_file_unlink(cloudabi_fd_t fd, const char __user *path,
			     cloudabi_size_t path_len, cloudabi_ulflags_t flags)
{
	const bool removedir = flags & CLOUDABI_UNLINK_REMOVEDIR;
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at, f)(fd, CLOUDABI_REQUIRED(file_unlink, fd, always), path,
			  path_len);
	if (f.error)
		return f.error;
	CLASS(cloudabi_dfd, dfd)(0, &f.fd);

	error = cloudabi_path_resolve_last(&f.at);
	if (error)
		return error;
	do {
		struct filename *const name = getname_kernel(f.at.name);

		error = removedir ? do_rmdir(dfd, name) :
				    do_unlinkat(dfd, name);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_unlink(error, &f.at);
}
