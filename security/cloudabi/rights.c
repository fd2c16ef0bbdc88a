// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Rights as masks
 *
 * The file type says which rights a descriptor can have.  A descriptor that a
 * program inherits from its Linux parent is also limited by the open mode of
 * the file.
 */

#include <linux/cloudabi_procdesc.h>
#include <linux/hugetlb.h>
#include <linux/net.h>
#include <linux/proc_fs.h>
#include <linux/shmem_fs.h>

#include "rights.h"

/* Rights of any byte stream */
#define RIGHTS_STREAM                                                          \
	(R(FD_READ) | R(FD_STAT_PUT_FLAGS) | R(FD_WRITE) | R(FILE_STAT_FGET) | \
	 R(POLL_FD_READWRITE))

#define RIGHTS_DEVICE                                                          \
	(RIGHTS_STREAM | R(FD_DATASYNC) | R(FD_SEEK) | R(FD_SYNC) |            \
	 R(FD_TELL) | R(FILE_ADVISE) | R(FILE_STAT_FPUT_SIZE) |                \
	 R(FILE_STAT_FPUT_TIMES) | R(MEM_MAP) | R(MEM_MAP_EXEC))

#define RIGHTS_REGULAR (RIGHTS_DEVICE | R(FILE_ALLOCATE) | R(PROC_EXEC))

#define RIGHTS_DIRECTORY                                                       \
	(R(FD_STAT_PUT_FLAGS) | R(FD_SYNC) | R(FILE_ADVISE) |                  \
	 R(FILE_CREATE_DIRECTORY) | R(FILE_CREATE_FILE) |                      \
	 R(FILE_LINK_SOURCE) | R(FILE_LINK_TARGET) | R(FILE_OPEN) |            \
	 R(FILE_READDIR) | R(FILE_READLINK) | R(FILE_RENAME_SOURCE) |          \
	 R(FILE_RENAME_TARGET) | R(FILE_STAT_FGET) | R(FILE_STAT_FPUT_TIMES) | \
	 R(FILE_STAT_GET) | R(FILE_STAT_PUT_TIMES) | R(FILE_SYMLINK) |         \
	 R(FILE_UNLINK) | R(POLL_FD_READWRITE))

#define RIGHTS_SHARED_MEMORY                                                   \
	(R(FD_READ) | R(FD_WRITE) | R(FILE_STAT_FGET) |                        \
	 R(FILE_STAT_FPUT_SIZE) | R(MEM_MAP) | R(MEM_MAP_EXEC))

#define RIGHTS_PROCESS (R(FILE_STAT_FGET) | R(POLL_PROC_TERMINATE))

/* Rights that require a file that is open for reading, or for writing */
#define RIGHTS_NEED_READ (R(FD_READ) | R(MEM_MAP) | R(MEM_MAP_EXEC))
#define RIGHTS_NEED_WRITE \
	(R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

/* Rights that a file opened with O_PATH cannot have */
#define RIGHTS_NEED_OPEN \
	(~(RIGHTS_DIRECTORY | R(PROC_EXEC)) | R(FD_STAT_PUT_FLAGS) | R(FD_SYNC) | \
	 R(FILE_ADVISE) | R(FILE_READDIR) | R(FILE_STAT_FPUT_TIMES) | \
	 R(POLL_FD_READWRITE))

/**
 * cloudabi_filetype_of_mode - Get the file type of an inode that a path names
 * @mode: mode of the inode
 *
 * FIFOs are stream sockets.  Sockets are, too, because the inode does not tell
 * the type of the socket.
 *
 * Context: Any.
 * Return: the file type.
 */
cloudabi_filetype_t cloudabi_filetype_of_mode(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return CLOUDABI_FILETYPE_REGULAR_FILE;
	case S_IFDIR:
		return CLOUDABI_FILETYPE_DIRECTORY;
	case S_IFLNK:
		return CLOUDABI_FILETYPE_SYMBOLIC_LINK;
	case S_IFBLK:
		return CLOUDABI_FILETYPE_BLOCK_DEVICE;
	case S_IFCHR:
		return CLOUDABI_FILETYPE_CHARACTER_DEVICE;
	case S_IFIFO:
	case S_IFSOCK:
		return CLOUDABI_FILETYPE_SOCKET_STREAM;
	default:
		return CLOUDABI_FILETYPE_UNKNOWN;
	}
}

static cloudabi_filetype_t filetype_of_socket(const struct socket *sock)
{
	switch (sock->type) {
	case SOCK_DGRAM:
		return CLOUDABI_FILETYPE_SOCKET_DGRAM;
	case SOCK_STREAM:
		return CLOUDABI_FILETYPE_SOCKET_STREAM;
	default:
		return CLOUDABI_FILETYPE_UNKNOWN;
	}
}

/**
 * cloudabi_filetype - Get the file type of an open file
 * @file: the file
 *
 * Descriptors of other kernel objects (epoll, pidfd, namespaces, io_uring) have
 * an unknown type, even if their inode looks like a regular file.  Such inodes
 * are on kernel-internal mounts.  A regular file there has a type only if it is
 * memory of fd_create1() or memfd_create(), or a process of proc_fork().
 *
 * Context: Any.
 * Return: the file type.
 */
cloudabi_filetype_t cloudabi_filetype(const struct file *file)
{
	struct file *const f = (struct file *)file;
	const struct inode *const inode = file_inode(file);

	if (cloudabi_is_procdesc(file))
		return CLOUDABI_FILETYPE_PROCESS;
	if (S_ISSOCK(inode->i_mode) && !(file->f_mode & FMODE_PATH)) {
		const struct socket *const sock = sock_from_file(f);

		return sock ? filetype_of_socket(sock) :
			      CLOUDABI_FILETYPE_UNKNOWN;
	}
	if (S_ISREG(inode->i_mode) && (inode->i_sb->s_flags & SB_NOUSER))
		return shmem_file(f) || is_file_hugepages(f) ?
			       CLOUDABI_FILETYPE_SHARED_MEMORY :
			       CLOUDABI_FILETYPE_UNKNOWN;
	if (proc_ns_file(f))
		return CLOUDABI_FILETYPE_UNKNOWN;
	return cloudabi_filetype_of_mode(inode->i_mode);
}

/**
 * cloudabi_rights_of_type - Get all rights that a file type can have
 * @type: the file type
 * @seekable: for character devices, true if the device has a position; a device
 *            without one, such as a terminal, is a stream
 *
 * An unknown type has no rights, because they would have no defined meaning.
 *
 * Context: Any.
 * Return: the rights.
 */
struct cloudabi_rights cloudabi_rights_of_type(cloudabi_filetype_t type,
					       bool seekable)
{
	switch (type) {
	case CLOUDABI_FILETYPE_BLOCK_DEVICE:
		return (struct cloudabi_rights){ RIGHTS_DEVICE, 0 };
	case CLOUDABI_FILETYPE_CHARACTER_DEVICE:
		return (struct cloudabi_rights){
			seekable ? RIGHTS_DEVICE : RIGHTS_STREAM, 0
		};
	case CLOUDABI_FILETYPE_DIRECTORY:
		return (struct cloudabi_rights){
			RIGHTS_DIRECTORY, RIGHTS_DIRECTORY | RIGHTS_REGULAR
		};
	case CLOUDABI_FILETYPE_PROCESS:
		return (struct cloudabi_rights){ RIGHTS_PROCESS, 0 };
	case CLOUDABI_FILETYPE_REGULAR_FILE:
		return (struct cloudabi_rights){ RIGHTS_REGULAR, 0 };
	case CLOUDABI_FILETYPE_SHARED_MEMORY:
		return (struct cloudabi_rights){ RIGHTS_SHARED_MEMORY, 0 };
	case CLOUDABI_FILETYPE_SOCKET_DGRAM:
	case CLOUDABI_FILETYPE_SOCKET_STREAM:
		return (struct cloudabi_rights){
			RIGHTS_STREAM | R(SOCK_SHUTDOWN), CLOUDABI_RIGHTS_ALL
		};
	default:
		return (struct cloudabi_rights){ 0, 0 };
	}
}

/**
 * cloudabi_rights_max - Get all rights that an open file can have
 * @file: the file
 *
 * Context: Any.
 * Return: the rights.
 */
struct cloudabi_rights cloudabi_rights_max(const struct file *file)
{
	return cloudabi_rights_of_type(cloudabi_filetype(file),
				       file->f_mode & FMODE_LSEEK);
}

/**
 * cloudabi_rights_inherited - Get the rights of a descriptor of a Linux program
 * @file: the file
 *
 * For descriptors that a CloudABI program inherits or receives from it.
 *
 * Context: Any.
 * Return: all rights that the file type and the open mode allow.
 */
struct cloudabi_rights cloudabi_rights_inherited(const struct file *file)
{
	struct cloudabi_rights rights = cloudabi_rights_max(file);

	if (file->f_mode & FMODE_PATH) {
		rights.base &= ~RIGHTS_NEED_OPEN;
		return rights;
	}
	if (!(file->f_mode & FMODE_READ))
		rights.base &= ~RIGHTS_NEED_READ;
	if (!(file->f_mode & FMODE_WRITE))
		rights.base &= ~RIGHTS_NEED_WRITE;
	return rights;
}
