// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Files by path
 */

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/openat2.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "../../fs/internal.h"
#include "cloudabi.h"
#include "fdflags.h"
#include "path.h"

#define R(name) CLOUDABI_RIGHT_##name

/* Rights that are of use only if the file is open for reading, or writing. */
#define RIGHTS_READ (R(FD_READ) | R(FILE_READDIR) | R(MEM_MAP_EXEC))
#define RIGHTS_WRITE \
	(R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

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
	cloudabi_rights_t base = CLOUDABI_NEED(file_open, dirfd, always);
	cloudabi_rights_t inheriting =
		req->rights.base | req->rights.inheriting;

	if (req->oflags & CLOUDABI_O_CREAT)
		base |= CLOUDABI_NEED(file_open, dirfd, creat);
	if (req->oflags & CLOUDABI_O_TRUNC)
		inheriting |= CLOUDABI_NEED(file_open, dirfd, inh_trunc);
	if (req->fdflags & (CLOUDABI_FDFLAG_RSYNC | CLOUDABI_FDFLAG_SYNC))
		inheriting |= CLOUDABI_NEED(file_open, dirfd, inh_sync);
	else if (req->fdflags & CLOUDABI_FDFLAG_DSYNC &&
		 !(dir->rights.inheriting &
		   CLOUDABI_NEED(file_open, dirfd, inh_sync)))
		inheriting |= CLOUDABI_NEED(file_open, dirfd, inh_dsync);
	if (open_mode(req) != O_RDONLY &&
	    !(req->oflags & CLOUDABI_O_TRUNC) &&
	    !(req->fdflags & CLOUDABI_FDFLAG_APPEND))
		inheriting |= CLOUDABI_NEED(file_open, dirfd, inh_overwrite);
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

/*
 * Errors of open() that mean something else in CloudABI:
 *   EXDEV    the path leaves the directory: ENOTCAPABLE
 *   ENXIO    of a socket: ENOTSUP; it stays what it is for FIFOs and devices
 *   ENOTDIR  of a symbolic link that must be neither followed nor anything but
 *            a directory: ELOOP, as without the latter wish
 */
static int open_error(const struct path *dir, const char *name,
		      const struct open_how *how, int error)
{
	const unsigned int follow = how->flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;

	switch (error) {
	case -EXDEV:
		return -ENOTCAPABLE;
	case -ENXIO:
		if (S_ISSOCK(cloudabi_path_mode(dir, name, follow)))
			return -EOPNOTSUPP;
		return error;
	case -ENOTDIR:
		if ((how->flags & O_DIRECTORY) &&
		    S_ISLNK(cloudabi_path_mode(dir, name, follow)))
			return -ELOOP;
		return error;
	default:
		return error;
	}
}

/* A look-up that meets a rename where it could lead out says EAGAIN. */
static struct file *open_beneath(const struct path *dir, const char *name,
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
		file = do_file_open_root(dir, name, &flags);
		if (!IS_ERR(file))
			return file;
		error = PTR_ERR(file);
	} while (error == -EAGAIN && --tries && !fatal_signal_pending(current));
	return ERR_PTR(open_error(dir, name, how, error));
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
 * Rights: FILE_OPEN; with CLOUDABI_O_CREAT also FILE_CREATE_FILE.  The inheriting
 * rights must cover those requested; with CLOUDABI_O_TRUNC also
 * FILE_STAT_FPUT_SIZE; with CLOUDABI_FDFLAG_DSYNC also FD_DATASYNC or FD_SYNC;
 * with CLOUDABI_FDFLAG_RSYNC or CLOUDABI_FDFLAG_SYNC also FD_SYNC; for writing
 * without CLOUDABI_O_TRUNC and CLOUDABI_FDFLAG_APPEND also FD_SEEK.
 * Return: 0; -EFAULT; -EBADF; -ENOTCAPABLE, also for a path that leaves the
 * directory; -EMFILE; -EINVAL; -ENOENT; -ENAMETOOLONG; -ELOOP for a symbolic
 * link that is not to be followed; -EOPNOTSUPP for a socket; -EISDIR; -ENOTDIR;
 * -EEXIST; -EAGAIN if renames got in the way; errors of the file system.
 */
int cloudabi_sys_file_open(cloudabi_lookup_t dirfd, const char __user *path,
			   cloudabi_size_t path_len, cloudabi_oflags_t oflags,
			   const cloudabi_fdstat_t __user *fds,
			   cloudabi_fd_t *fd)
{
	struct open_request req = { .lookup = dirfd, .oflags = oflags };
	struct cloudabi_rights rights, most;
	cloudabi_fdstat_t stat;
	struct open_how how;
	struct file *file;
	int error;

	if (copy_from_user(&stat, fds, sizeof(stat)))
		return -EFAULT;
	req.fdflags = stat.fs_flags;
	req.rights.base = stat.fs_rights_base;
	req.rights.inheriting = stat.fs_rights_inheriting;

	CLASS(cloudabi_fd, dir)(dirfd.fd, 0);
	if (dir.error)
		return dir.error;
	error = open_check(&dir, &req);
	if (error)
		return error;

	char *name __free(cloudabi_path) = cloudabi_path_get(path, path_len);
	if (IS_ERR(name))
		return PTR_ERR(name);
	CLASS(cloudabi_fd_reserve, new)();
	if (new < 0)
		return new;

	how = open_how(&req);
	file = open_beneath(&fd_file(dir.f)->f_path, name, &how);
	if (IS_ERR(file))
		return PTR_ERR(file);
	cloudabi_fdflags_init(file, req.fdflags);

	most = cloudabi_rights_max(file);
	rights.base = req.rights.base & most.base;
	rights.inheriting = req.rights.inheriting & most.inheriting;
	*fd = cloudabi_fd_commit(&new, file, &rights);
	return 0;
}
