// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - The directory that is served
 *
 * Its descriptor is all that the server has of the file system.  The server does not check
 * paths for "..": the kernel does not resolve a path that leads out of the directory.
 */
#include "site.h"

#define R(name) CLOUDABI_RIGHT_##name

/* Rights that files are opened with. */
#define RIGHTS_FILE (R(FD_READ) | R(FD_SEEK) | R(FILE_STAT_FGET))

/**
 * site_init() - Set up the directory
 * @site: initialised
 * @fd: descriptor of the directory
 *
 * Removes all rights of @fd that the server does not need, so that an attacker who takes over
 * the server does not have them either.
 *
 * Return: 0; ENOTCAPABLE if a required right is missing; another errno of the calls.
 */
cloudabi_errno_t site_init(struct site *site, cloudabi_fd_t fd)
{
	cloudabi_fdstat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_fd_stat_get(fd, &stat);

	if (error)
		return error;
	stat.fs_rights_base &= R(FILE_OPEN) | R(FILE_STAT_GET);
	stat.fs_rights_inheriting &= RIGHTS_FILE | R(FILE_READDIR);
	if (!(stat.fs_rights_base & R(FILE_OPEN)) ||
	    (stat.fs_rights_inheriting & RIGHTS_FILE) != RIGHTS_FILE)
		return CLOUDABI_ENOTCAPABLE;
	site->fd = fd;
	site->rights = stat.fs_rights_inheriting;
	site->lists = (stat.fs_rights_base & R(FILE_STAT_GET)) &&
		      (stat.fs_rights_inheriting & R(FILE_READDIR));
	return cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
}

/*
 * Returns the status for an errno.  A path that leads out of the directory is 404 like one that
 * does not exist, so that clients learn nothing about it.
 */
static int status_of(cloudabi_errno_t error)
{
	switch (error) {
	case CLOUDABI_ENOENT:
	case CLOUDABI_ENOTDIR:
	case CLOUDABI_ENOTCAPABLE:
	case CLOUDABI_ELOOP:
	case CLOUDABI_ENAMETOOLONG:
		return 404;
	case CLOUDABI_EACCES:
	case CLOUDABI_EPERM:
	case CLOUDABI_ENOTSUP:
	case CLOUDABI_ENXIO:
		return 403;
	case CLOUDABI_EMFILE:
	case CLOUDABI_ENFILE:
	case CLOUDABI_ENOMEM:
	case CLOUDABI_EAGAIN:
		return 503;
	default:
		return 500;
	}
}

static int check_type(struct found *found)
{
	cloudabi_filestat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_file_stat_fget(found->fd, &stat);

	if (error)
		return status_of(error);
	if (stat.st_filetype != CLOUDABI_FILETYPE_REGULAR_FILE &&
	    stat.st_filetype != CLOUDABI_FILETYPE_DIRECTORY)
		return 403;
	found->is_directory = stat.st_filetype == CLOUDABI_FILETYPE_DIRECTORY;
	found->resource.inode = stat.st_ino;
	found->resource.size = stat.st_size;
	found->resource.mtime = stat.st_mtim;
	return 200;
}

/**
 * site_open() - Open a file or a directory
 * @site: the directory
 * @path: path beneath it; empty for the directory itself
 * @found: set to what has been opened; the caller closes its @fd
 *
 * Return: 200, or the status of the failure.
 */
int site_open(const struct site *site, struct span path, struct found *found)
{
	/* Opening a FIFO must not block. */
	const cloudabi_fdstat_t stat = {
		.fs_flags = CLOUDABI_FDFLAG_NONBLOCK,
		.fs_rights_base = site->rights,
	};
	cloudabi_errno_t error;
	int status;

	if (!path.len)
		path = span_of(".");
	error = cloudabi_sys_file_open(cloudabi_lookup(site->fd, CLOUDABI_LOOKUP_SYMLINK_FOLLOW),
				       path.p, path.len, 0, &stat, &found->fd);
	if (error)
		return status_of(error);
	status = check_type(found);
	if (status != 200)
		cloudabi_sys_fd_close(found->fd);
	return status;
}
