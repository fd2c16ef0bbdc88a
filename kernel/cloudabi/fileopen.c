// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Opening files
 *
 * The ABI has no access mode.  The rights that a program requests for the new
 * descriptor decide how the file is opened:
 *
 *	requested rights			access mode
 *	none of RIGHTS_WRITE			O_RDONLY
 *	some of RIGHTS_WRITE, none of _READ	O_WRONLY
 *	some of both				O_RDWR
 *
 * All other flags follow from what the program passed:
 *
 *	CLOUDABI_O_CREAT			O_CREAT, with mode 0777
 *	CLOUDABI_O_CREAT | CLOUDABI_O_EXCL	O_CREAT | O_EXCL
 *	CLOUDABI_O_DIRECTORY			O_DIRECTORY
 *	CLOUDABI_O_TRUNC			O_TRUNC
 *	no CLOUDABI_LOOKUP_SYMLINK_FOLLOW	O_NOFOLLOW
 *	CLOUDABI_FDFLAG_*			fdflags.c
 *	always					O_CLOEXEC, O_LARGEFILE, O_NOCTTY
 *
 * The rights are checked before the file is opened, because opening it may
 * create or truncate it.  The type of the file is known only afterwards.  The
 * new descriptor gets the requested rights that the type can have.
 */

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/uaccess.h>

#include "../../fs/internal.h"
#include "../../security/cloudabi/task.h"
#include "cloudabi.h"
#include "fdflags.h"
#include "path.h"

/* Rights that are of no use unless the file is open for reading */
#define RIGHTS_READ                                              \
	(CLOUDABI_RIGHT_FD_READ | CLOUDABI_RIGHT_FILE_READDIR |  \
	 CLOUDABI_RIGHT_MEM_MAP_EXEC)

/* Rights that are of no use unless the file is open for writing */
#define RIGHTS_WRITE                                               \
	(CLOUDABI_RIGHT_FD_DATASYNC | CLOUDABI_RIGHT_FD_WRITE |    \
	 CLOUDABI_RIGHT_FILE_ALLOCATE |                            \
	 CLOUDABI_RIGHT_FILE_STAT_FPUT_SIZE)

/**
 * struct fileopen_request - Arguments of file_open()
 * @lookup: directory and look-up flags
 * @oflags: open flags
 * @fdflags: flags of the new descriptor
 * @rights: rights of the new descriptor
 */
struct fileopen_request {
	cloudabi_lookup_t lookup;
	cloudabi_oflags_t oflags;
	cloudabi_fdflags_t fdflags;
	struct cloudabi_rights rights;
};

static int fileopen_access_mode(const struct fileopen_request *req)
{
	const bool read = req->rights.base & RIGHTS_READ;
	const bool write = req->rights.base & RIGHTS_WRITE;

	return write ? (read ? O_RDWR : O_WRONLY) : O_RDONLY;
}

/*
 * The directory limits the new descriptor.  All requested rights must be among
 * its inheriting rights, and so must the rights that the flags stand for.
 */
static int fileopen_check_rights(const struct cloudabi_fd *dir,
				 const struct fileopen_request *req)
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
	if (fileopen_access_mode(req) != O_RDONLY &&
	    !(req->oflags & CLOUDABI_O_TRUNC) &&
	    !(req->fdflags & CLOUDABI_FDFLAG_APPEND))
		inheriting |= CLOUDABI_REQUIRED(file_open, dirfd, inh_overwrite);
	return cloudabi_fd_check(dir, base, inheriting);
}

static struct open_how fileopen_how(const struct fileopen_request *req)
{
	const bool create = req->oflags & CLOUDABI_O_CREAT;
	const bool follow = req->lookup.flags & CLOUDABI_LOOKUP_SYMLINK_FOLLOW;
	const bool directory = req->oflags & CLOUDABI_O_DIRECTORY;
	const bool truncate = req->oflags & CLOUDABI_O_TRUNC;
	/* O_EXCL without O_CREAT claims a block device in Linux. */
	const bool exclusive = create && (req->oflags & CLOUDABI_O_EXCL);

	return (struct open_how){
		.flags = fileopen_access_mode(req) |
			 cloudabi_fdflags_to_open(req->fdflags) |
			 (create ? O_CREAT : 0) | (exclusive ? O_EXCL : 0) |
			 (directory ? O_DIRECTORY : 0) |
			 (truncate ? O_TRUNC : 0) | (follow ? 0 : O_NOFOLLOW) |
			 O_CLOEXEC | O_LARGEFILE | O_NOCTTY,
		.mode = create ? 0777 : 0,
		/* Refuses magic links of procfs, too: they lead out. */
		.resolve = RESOLVE_BENEATH,
	};
}

static struct file *fileopen_beneath(const struct cloudabi_at *at,
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
 * @dirfd: the directory, and whether to follow a symbolic link at the end of
 *         the path
 * @path: path of the file; not terminated
 * @path_len: length of @path in bytes
 * @oflags: whether to create or truncate the file, and whether it must be a
 *          directory or new
 * @fds: flags and rights of the new descriptor
 * @fd: where to store the descriptor
 *
 * The requested rights decide whether the file is opened for reading, for
 * writing or for both.  The descriptor gets the requested rights that apply to
 * the type of the file.  New files have the mode 0777 less the umask.  A call
 * that lacks a right neither creates nor truncates the file.
 *
 * Rights: FILE_OPEN; with CLOUDABI_O_CREAT also FILE_CREATE_FILE.  The
 * inheriting rights must cover those requested; with CLOUDABI_O_TRUNC also
 * FILE_STAT_FPUT_SIZE; with CLOUDABI_FDFLAG_DSYNC also FD_DATASYNC or FD_SYNC;
 * with CLOUDABI_FDFLAG_RSYNC or CLOUDABI_FDFLAG_SYNC also FD_SYNC; for writing
 * without CLOUDABI_O_TRUNC and CLOUDABI_FDFLAG_APPEND also FD_SEEK.
 * POSIX: As openat(), except that the rights replace the access mode, that a
 * symbolic link at the end is followed on request only, that the path can't
 * lead out of the directory, and that the caller can't choose the mode of a new
 * file.
 * Spec: Opening files
 * Context: Process context.  May sleep.
 * Return: 0; -EFAULT; -EBADF; -ENOTCAPABLE for a missing right or a path that
 * leaves the directory; -EMFILE; -ENFILE; -EINVAL for a directory that is to be
 * created; -ELOOP for a symbolic link that is not to be followed; -EOPNOTSUPP
 * for a socket; -ENXIO for a FIFO without a reader that is opened for writing
 * in non-blocking mode, or for a device that does not exist; -EISDIR for a
 * directory that is opened for writing, truncated or created; -ENOTDIR if the
 * file had to be a directory; -EEXIST if it had to be new; -EROFS; -ETXTBSY;
 * -ENOSPC; -EDQUOT; errors of the look-up.
 */
int cloudabi_sys_file_open(cloudabi_lookup_t dirfd, const char __user *path,
			   cloudabi_size_t path_len, cloudabi_oflags_t oflags,
			   const cloudabi_fdstat_t __user *fds,
			   cloudabi_fd_t *fd)
{
	struct fileopen_request req = { .lookup = dirfd, .oflags = oflags };
	unsigned int *const opens = &cloudabi_task_blob(current)->open_flags;
	struct cloudabi_rights rights, most;
	cloudabi_fdstat_t stat;
	struct open_how how;
	struct file *file;
	int error;

	/* Audit reads this when the call ends. */
	*opens = 0;
	if (copy_from_user(&stat, fds, sizeof(stat)))
		return -EFAULT;
	req.fdflags = stat.fs_flags;
	req.rights.base = stat.fs_rights_base;
	req.rights.inheriting = stat.fs_rights_inheriting;
	how = fileopen_how(&req);
	*opens = how.flags;

	CLASS(cloudabi_fd, dir)(dirfd.fd, 0);
	if (dir.error)
		return dir.error;
	CLASS(cloudabi_dfd, dfd)(0, &dir);
	error = fileopen_check_rights(&dir, &req);
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

	file = fileopen_beneath(&(const struct cloudabi_at){ start, name }, &how);
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
