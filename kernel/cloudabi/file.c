// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Files by path
 */

#include <linux/audit.h>
#include <linux/fadvise.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/nospec.h>
#include <linux/openat2.h>
#include <linux/security.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "../../fs/internal.h"
#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "fdflags.h"
#include "path.h"

#define R(name) CLOUDABI_RIGHT_##name

/* Rights that are of use only if the file is open for reading, or writing. */
#define RIGHTS_READ (R(FD_READ) | R(FILE_READDIR) | R(MEM_MAP_EXEC))
#define RIGHTS_WRITE \
	(R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

/*
 * Directory and name of a call, as CLASS(file_at, at)(fd, need, path, len).
 * at.error must be tested first.
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

/* The names that Linux has for the pieces of advice, by ours */
static const int advices[] = {
	[CLOUDABI_ADVICE_DONTNEED] = POSIX_FADV_DONTNEED,
	[CLOUDABI_ADVICE_NOREUSE] = POSIX_FADV_NOREUSE,
	[CLOUDABI_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
	[CLOUDABI_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
	[CLOUDABI_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
	[CLOUDABI_ADVICE_WILLNEED] = POSIX_FADV_WILLNEED,
};

/**
 * cloudabi_sys_file_advise - Say how a part of a file is going to be used
 * @fd: the file
 * @offset: start of the part, in bytes
 * @len: length of the part in bytes; 0 for all up to the end of the file
 * @advice: how it is going to be used
 *
 * Rights: FILE_ADVISE.
 * POSIX: As posix_fadvise().
 * Return: 0; -EINVAL for unknown advice or a part out of range; -EBADF;
 * -ENOTCAPABLE.
 */
int cloudabi_sys_file_advise(cloudabi_fd_t fd, cloudabi_filesize_t offset,
			     cloudabi_filesize_t len, cloudabi_advice_t advice)
{
	if (advice < CLOUDABI_ADVICE_DONTNEED ||
	    advice > CLOUDABI_ADVICE_WILLNEED)
		return -EINVAL;
	advice = array_index_nospec(advice, ARRAY_SIZE(advices));

	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(file_advise, fd, always));
	if (f.error)
		return f.error;
	if (offset > S64_MAX || len > S64_MAX - offset)
		return -EINVAL;
	return vfs_fadvise(fd_file(f.f), offset, len, advices[advice]);
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
 * POSIX: As posix_fallocate(), except that a library writes zeros where the
 * file system can't reserve, and that a file too large is never a signal.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL without length, or for a part out of
 * range; -EFBIG; -EOPNOTSUPP if the file system can't; -ENOSPC; -EDQUOT; other
 * errors of the file system.
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
	/* Files that are too large are an error, not a signal. */
	if (len > S64_MAX - offset || offset + len > rlimit(RLIMIT_FSIZE))
		return -EFBIG;
	return vfs_fallocate(fd_file(f.f), 0, offset, len);
}

/**
 * cloudabi_sys_file_create - Make a directory
 * @fd: directory that the path starts at
 * @path: path of the new directory; not terminated
 * @path_len: length of @path in bytes
 * @type: CLOUDABI_FILETYPE_DIRECTORY
 *
 * Its mode is 0777 less the umask.
 *
 * Rights: FILE_CREATE_DIRECTORY.
 * POSIX: As mkdirat(), which takes a mode.
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

	error = cloudabi_path_expand(&f.at);
	if (error)
		return error;
	do {
		error = do_mkdirat(dfd, getname_kernel(f.at.name), 0777);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_path_error(error, &f.at);
}

/**
 * cloudabi_sys_file_link - Make a hard link
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
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves its
 * directory; -EEXIST; -EPERM for a directory, or a file that the user must not
 * link to; -EXDEV; -EMLINK; -EROFS; -ENOSPC; -EDQUOT; errors of the look-up.
 */
int cloudabi_sys_file_link(cloudabi_lookup_t fd1, const char __user *path1,
			   cloudabi_size_t path1_len, cloudabi_fd_t fd2,
			   const char __user *path2, cloudabi_size_t path2_len)
{
	const bool follow = fd1.flags & CLOUDABI_LOOKUP_SYMLINK_FOLLOW;
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at, from)(fd1.fd,
			     CLOUDABI_REQUIRED(file_link, fd1, always), path1,
			     path1_len);
	if (from.error)
		return from.error;
	CLASS(file_at, to)(fd2, CLOUDABI_REQUIRED(file_link, fd2, always), path2,
			   path2_len);
	if (to.error)
		return to.error;
	CLASS(cloudabi_dfd, dfd1)(0, &from.fd);
	CLASS(cloudabi_dfd, dfd2)(1, &to.fd);

	error = cloudabi_path_expand(&to.at);
	if (error)
		return error;
	do {
		error = do_linkat(dfd1, getname_kernel(from.at.name), dfd2,
				  getname_kernel(to.at.name),
				  follow ? AT_SYMLINK_FOLLOW : 0);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_link(error, &from.at, follow ? LOOKUP_FOLLOW : 0,
				   &to.at);
}

/**
 * struct open_request - What file_open() was asked for
 * @lookup: directory and look-up flags
 * @oflags: open flags
 * @fdflags: flags of the new descriptor
 * @rights: rights of the new descriptor
 */
struct open_request {
	cloudabi_lookup_t lookup;
	cloudabi_oflags_t oflags;
	cloudabi_fdflags_t fdflags;
	struct cloudabi_rights rights;
};

static int open_mode(const struct open_request *req)
{
	const bool read = req->rights.base & RIGHTS_READ;
	const bool write = req->rights.base & RIGHTS_WRITE;

	return write ? (read ? O_RDWR : O_WRONLY) : O_RDONLY;
}

/*
 * A descriptor can't be opened with more rights than the directory passes on,
 * nor with flags that stand for a right which it does not.
 */
static int open_check(const struct cloudabi_fd *dir,
		      const struct open_request *req)
{
	cloudabi_rights_t base = CLOUDABI_REQUIRED(file_open, dirfd, always);
	cloudabi_rights_t inheriting =
		req->rights.base | req->rights.inheriting;

	if (req->oflags & CLOUDABI_O_CREAT)
		base |= CLOUDABI_REQUIRED(file_open, dirfd, creat);
	if (req->oflags & CLOUDABI_O_TRUNC)
		inheriting |= CLOUDABI_REQUIRED(file_open, dirfd, inh_trunc);
	if (req->fdflags & (CLOUDABI_FDFLAG_RSYNC | CLOUDABI_FDFLAG_SYNC))
		inheriting |= CLOUDABI_REQUIRED(file_open, dirfd, inh_sync);
	else if (req->fdflags & CLOUDABI_FDFLAG_DSYNC &&
		 !(dir->rights.inheriting &
		   CLOUDABI_REQUIRED(file_open, dirfd, inh_sync)))
		inheriting |= CLOUDABI_REQUIRED(file_open, dirfd, inh_dsync);
	if (open_mode(req) != O_RDONLY &&
	    !(req->oflags & CLOUDABI_O_TRUNC) &&
	    !(req->fdflags & CLOUDABI_FDFLAG_APPEND))
		inheriting |= CLOUDABI_REQUIRED(file_open, dirfd, inh_overwrite);
	return cloudabi_fd_check(dir, base, inheriting);
}

static struct open_how open_how(const struct open_request *req)
{
	const bool create = req->oflags & CLOUDABI_O_CREAT;
	const bool follow = req->lookup.flags & CLOUDABI_LOOKUP_SYMLINK_FOLLOW;
	const bool directory = req->oflags & CLOUDABI_O_DIRECTORY;
	const bool truncate = req->oflags & CLOUDABI_O_TRUNC;
	/* Without O_CREAT, Linux takes O_EXCL to mean block devices. */
	const bool exclusive = create && (req->oflags & CLOUDABI_O_EXCL);

	return (struct open_how){
		.flags = open_mode(req) |
			 cloudabi_fdflags_to_open(req->fdflags) |
			 (create ? O_CREAT : 0) | (exclusive ? O_EXCL : 0) |
			 (directory ? O_DIRECTORY : 0) |
			 (truncate ? O_TRUNC : 0) | (follow ? 0 : O_NOFOLLOW) |
			 O_CLOEXEC | O_LARGEFILE | O_NOCTTY,
		.mode = create ? 0777 : 0,
		/* Magic links lead out, and fail like all else that does. */
		.resolve = RESOLVE_BENEATH,
	};
}

static struct file *open_beneath(const struct cloudabi_at *at,
				 const struct open_how *how)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	struct open_flags flags;
	struct file *file;
	int error;

	error = build_open_flags(how, &flags);
	if (error)
		return ERR_PTR(error);
	do {
		file = do_file_open_root(at->dir, at->name, &flags);
		if (!IS_ERR(file))
			return file;
		error = PTR_ERR(file);
	} while (cloudabi_path_retry(error, &tries));
	return ERR_PTR(cloudabi_error_open(error, at, how->flags));
}

/**
 * cloudabi_sys_file_open - Open a file beneath a directory
 * @dirfd: the directory, and whether to follow a symbolic link at the end
 * @path: path of the file; not terminated
 * @path_len: length of @path in bytes
 * @oflags: whether to create, truncate, and insist on a directory or a new file
 * @fds: flags and rights of the new descriptor
 * @fd: where to store the descriptor
 *
 * The requested rights decide whether the file is opened for reading, writing
 * or both.  The descriptor gets those that apply to the type of the file.  New
 * files have the mode 0777 less the umask.  All checks come before anything is
 * created or cut.
 *
 * Rights: FILE_OPEN; with CLOUDABI_O_CREAT also FILE_CREATE_FILE.  The
 * inheriting rights must cover those requested; with CLOUDABI_O_TRUNC also
 * FILE_STAT_FPUT_SIZE; with CLOUDABI_FDFLAG_DSYNC also FD_DATASYNC or FD_SYNC;
 * with CLOUDABI_FDFLAG_RSYNC or CLOUDABI_FDFLAG_SYNC also FD_SYNC; for writing
 * without CLOUDABI_O_TRUNC and CLOUDABI_FDFLAG_APPEND also FD_SEEK.
 * POSIX: openat() is given an access mode and takes any path; here the rights
 * are the access mode, a link at the end is only followed if asked for, and a
 * path can't lead out.  New files have no mode of the caller's.
 * Return: 0; -EFAULT; -EBADF; -ENOTCAPABLE for a missing right or a path that
 * leaves the directory; -EMFILE; -ENFILE; -EINVAL for a directory that is to be
 * created; -ELOOP for a symbolic link that is not to be followed; -EOPNOTSUPP
 * for a socket; -ENXIO for a FIFO without reader, to be written in non-blocking
 * mode, or a device that is not there; -EISDIR for a directory that is to be
 * written, cut or created as a file; -ENOTDIR if the file had to be a
 * directory; -EEXIST if it had to be new; -EROFS; -ETXTBSY; -ENOSPC; -EDQUOT;
 * errors of the look-up.
 */
int cloudabi_sys_file_open(cloudabi_lookup_t dirfd, const char __user *path,
			   cloudabi_size_t path_len, cloudabi_oflags_t oflags,
			   const cloudabi_fdstat_t __user *fds,
			   cloudabi_fd_t *fd)
{
	struct open_request req = { .lookup = dirfd, .oflags = oflags };
	unsigned int *const opens = &cloudabi_task_blob(current)->open_flags;
	struct cloudabi_rights rights, most;
	cloudabi_fdstat_t stat;
	struct open_how how;
	struct file *file;
	int error;

	*opens = 0;
	if (copy_from_user(&stat, fds, sizeof(stat)))
		return -EFAULT;
	req.fdflags = stat.fs_flags;
	req.rights.base = stat.fs_rights_base;
	req.rights.inheriting = stat.fs_rights_inheriting;
	how = open_how(&req);
	*opens = how.flags;

	CLASS(cloudabi_fd, dir)(dirfd.fd, 0);
	if (dir.error)
		return dir.error;
	CLASS(cloudabi_dfd, dfd)(0, &dir);
	error = open_check(&dir, &req);
	if (error)
		return error;

	const struct path *const start = &fd_file(dir.f)->f_path;

	char *name __free(cloudabi_path) =
		cloudabi_path_get(start, path, path_len);
	if (IS_ERR(name))
		return PTR_ERR(name);
	CLASS(cloudabi_fd_reserve, new)();
	if (new < 0)
		return new;

	file = open_beneath(&(const struct cloudabi_at){ start, name }, &how);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!(file->f_mode & FMODE_CREATED))
		*opens &= ~O_CREAT;
	cloudabi_fdflags_init(file, req.fdflags);

	most = cloudabi_rights_max(file);
	rights.base = req.rights.base & most.base;
	rights.inheriting = req.rights.inheriting & most.inheriting;
	*fd = cloudabi_fd_commit(&new, file, &rights);
	return 0;
}

/**
 * cloudabi_sys_file_readlink - Contents of a symbolic link
 * @fd: directory that the path starts at
 * @path: path of the link; not terminated
 * @path_len: length of @path in bytes
 * @buf: where to store the contents; they are cut where it ends, and get no NUL
 * @buf_len: length of @buf in bytes; any
 * @bufused: where to store how much of @buf is in use, in bytes
 *
 * Rights: FILE_READLINK.
 * POSIX: As readlinkat(); a buffer without length is none too short.
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EINVAL for what is no symbolic link; -EFAULT; -EIO; errors of the
 * look-up.
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
 * What was under the new path is replaced.
 *
 * Rights: FILE_RENAME_SOURCE of @fd1, FILE_RENAME_TARGET of @fd2.
 * POSIX: As renameat().
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves its
 * directory; -EINVAL for a name that is "." or "..", or a directory that is to
 * be moved into itself; -ENOTDIR for a directory over something else; -EISDIR
 * for something else over a directory; -ENOTEMPTY; -EXDEV; -EBUSY; -EROFS;
 * -ENOSPC; -EDQUOT; -EMLINK; errors of the look-up.
 */
int cloudabi_sys_file_rename(cloudabi_fd_t fd1, const char __user *path1,
			     cloudabi_size_t path1_len, cloudabi_fd_t fd2,
			     const char __user *path2, cloudabi_size_t path2_len)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	CLASS(file_at, from)(fd1,
			     CLOUDABI_REQUIRED(file_rename, fd1, always), path1,
			     path1_len);
	if (from.error)
		return from.error;
	CLASS(file_at, to)(fd2,
			   CLOUDABI_REQUIRED(file_rename, fd2, always), path2,
			   path2_len);
	if (to.error)
		return to.error;
	CLASS(cloudabi_dfd, dfd1)(0, &from.fd);
	CLASS(cloudabi_dfd, dfd2)(1, &to.fd);

	error = cloudabi_path_expand(&from.at) ?: cloudabi_path_expand(&to.at);
	if (error)
		return error;
	do {
		error = do_renameat2(dfd1, getname_kernel(from.at.name), dfd2,
				     getname_kernel(to.at.name), 0);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_rename(error, &from.at, &to.at);
}

/* Contents of a link are bytes: nothing is asked of them but to be a string. */
static struct filename *get_contents(const char __user *path, cloudabi_size_t len)
{
	char *contents __free(cloudabi_path) = NULL;

	if (!len)
		return ERR_PTR(-ENOENT);
	if (len >= PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	contents = __getname();
	if (!contents)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(contents, path, len))
		return ERR_PTR(-EFAULT);
	contents[len] = '\0';
	if (memchr(contents, '\0', len))
		return ERR_PTR(-EINVAL);
	return getname_kernel(contents);
}

/**
 * cloudabi_sys_file_symlink - Make a symbolic link
 * @path1: contents of the link; not terminated
 * @path1_len: length of @path1 in bytes
 * @fd: directory that the path of the link starts at
 * @path2: path of the link; not terminated
 * @path2_len: length of @path2 in bytes
 *
 * The contents may be anything; what leads out can't be followed.
 *
 * Rights: FILE_SYMLINK.
 * POSIX: As symlinkat().
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EEXIST; -EINVAL for contents with NUL; -EROFS; -ENOSPC; -EDQUOT;
 * errors of the look-up.
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

	error = cloudabi_path_expand(&f.at);
	if (error)
		return error;
	do {
		struct filename *const contents =
			get_contents(path1, path1_len);

		if (IS_ERR(contents))
			return PTR_ERR(contents);
		error = do_symlinkat(contents, dfd, getname_kernel(f.at.name));
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
 * Unknown flags are ignored.  With a slash behind it, the name of a symbolic
 * link stands for the directory that the link points to.
 *
 * Rights: FILE_UNLINK.
 * POSIX: As unlinkat().
 * Return: 0; -EBADF; -ENOTCAPABLE for a missing right or a path that leaves the
 * directory; -EPERM for a directory without the flag; -ENOTDIR for anything
 * else with it; -ENOTEMPTY; -EINVAL for "." with the flag; -EBUSY; -EROFS;
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

	error = cloudabi_path_expand(&f.at);
	if (error)
		return error;
	do {
		struct filename *const name = getname_kernel(f.at.name);

		error = removedir ? do_rmdir(dfd, name) :
				    do_unlinkat(dfd, name);
	} while (cloudabi_path_retry(error, &tries));
	return cloudabi_error_unlink(error, &f.at);
}
