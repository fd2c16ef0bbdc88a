// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Descriptors
 *
 * Calls that create, copy, close and describe descriptors.  fdio.c has the
 * calls that transfer data.
 */

#include <linux/audit.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/shmem_fs.h>
#include <linux/uaccess.h>

#include "cloudabi.h"
#include "fdflags.h"
#include "sock.h"

/**
 * cloudabi_sys_fd_close - Close a descriptor
 * @fd: the descriptor
 *
 * Rights: none.
 * POSIX: As close(), except that an interrupted call succeeds.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -EIO, -ENOSPC, -EDQUOT if the file system could not write
 * data that it had accepted.  The descriptor is closed then, too.
 */
int cloudabi_sys_fd_close(cloudabi_fd_t fd)
{
	const int error = cloudabi_fd_close(fd);

	/* The number is free, and another thread may have opened it again. */
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
 * cloudabi_sys_fd_create1 - Create an object and a descriptor of it
 * @type: CLOUDABI_FILETYPE_SHARED_MEMORY
 * @fd: where to store the descriptor; it has all rights of its type
 *
 * Shared memory has no name, and its size is 0 until file_stat_fput() sets it.
 * mem_map() maps it.
 *
 * Rights: none.
 * POSIX: As shm_open(), except that the memory has no name.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
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
 * cloudabi_sys_fd_create2 - Create a pair of connected sockets
 * @type: CLOUDABI_FILETYPE_SOCKET_DGRAM or CLOUDABI_FILETYPE_SOCKET_STREAM
 * @fd1: where to store one descriptor
 * @fd2: where to store the other one; both have all rights of their type
 *
 * Rights: none.
 * POSIX: As socketpair() of the domain AF_UNIX.  There is no pipe(), because a
 * pair of streams serves as one.  Both ends can be read and written.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
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

static int fd_fsync(cloudabi_fd_t fd, cloudabi_rights_t need, bool datasync)
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
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for a file that can't be
 * synchronised; -EIO, -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_fd_datasync(cloudabi_fd_t fd)
{
	return fd_fsync(fd, CLOUDABI_REQUIRED(fd_datasync, fd, always), true);
}

/**
 * cloudabi_sys_fd_dup - Copy a descriptor
 * @from: the descriptor
 * @fd: where to store the copy; it has the same rights
 *
 * Rights: none.
 * POSIX: As dup(), except that a program must not expect the lowest number.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
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
 * cloudabi_sys_fd_replace - Replace a descriptor by a copy of another one
 * @from: the descriptor to copy
 * @to: the descriptor to replace; must be open
 *
 * The replacement is atomic: no other thread sees @to closed.
 *
 * Rights: none; @to gets the rights of @from.
 * POSIX: As dup2(), except that @to must be open.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF if one of the two is not open; -EMFILE if @to is beyond the
 * present limit.
 */
int cloudabi_sys_fd_replace(cloudabi_fd_t from, cloudabi_fd_t to)
{
	return cloudabi_fd_replace(from, to);
}

/**
 * cloudabi_sys_fd_stat_get - Get attributes of a descriptor
 * @fd: the descriptor
 * @buf: where to store its type, flags and rights
 *
 * Rights: none.
 * POSIX: fcntl() with F_GETFL returns the flags.  fstat() returns the type.
 * There are no rights.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
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

/* Can a write choose its position in the file? */
static bool fd_has_positions(const struct file *file)
{
	const fmode_t mode = FMODE_WRITE | FMODE_PWRITE;

	return (file->f_mode & mode) == mode;
}

/* Flags that are set already need no right. */
static int fd_put_flags(cloudabi_fd_t fd, cloudabi_fdflags_t fdflags)
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
	/* The flag keeps the caller from overwriting data. */
	if (seen & ~fdflags & CLOUDABI_FDFLAG_APPEND &&
	    fd_has_positions(fd_file(f.f)))
		need |= CLOUDABI_REQUIRED(fd_stat_put, fd, overwrite);
	return cloudabi_fd_check(&f, need, 0) ?:
	       cloudabi_fdflags_put(fd_file(f.f), seen, fdflags);
}

/**
 * cloudabi_sys_fd_stat_put - Change attributes of a descriptor
 * @fd: the descriptor
 * @buf: the attributes
 * @flags: which attributes: CLOUDABI_FDSTAT_FLAGS or CLOUDABI_FDSTAT_RIGHTS
 *
 * Flags belong to the open file.  The call replaces all of them, and ignores
 * unknown flags.  Rights belong to the descriptor.  The call can only remove
 * rights.
 *
 * Rights: FD_STAT_PUT_FLAGS for flags; to set CLOUDABI_FDFLAG_DSYNC also
 * FD_DATASYNC or FD_SYNC, to set CLOUDABI_FDFLAG_RSYNC or CLOUDABI_FDFLAG_SYNC
 * also FD_SYNC; to clear CLOUDABI_FDFLAG_APPEND of a file that is open for
 * writing and has positions, also FD_WRITE and FD_SEEK.  None for rights.
 * POSIX: fcntl() with F_SETFL changes flags.  On Linux it does not change those
 * of synchronous writing.  There are no rights.
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EINVAL for other @flags; -EFAULT; -EBADF; -ENOTCAPABLE for a
 * missing right, or rights that the descriptor does not have; -EPERM for
 * clearing CLOUDABI_FDFLAG_APPEND of an append-only file.
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
		return fd_put_flags(fd, stat.fs_flags);

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
 * Spec: Descriptors
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF; -ENOTCAPABLE; -EINVAL for a file that can't be
 * synchronised; -EIO, -ENOSPC, -EDQUOT if the data could not be written.
 */
int cloudabi_sys_fd_sync(cloudabi_fd_t fd)
{
	return fd_fsync(fd, CLOUDABI_REQUIRED(fd_sync, fd, always), false);
}
