// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - The directory that is served
 *
 * Its descriptor is all that the server knows of files.  No path is looked at in
 * here, be it full of "..": what a look-up beneath the descriptor does not find
 * is not there.
 */
#include "site.h"

#define R(name) CLOUDABI_RIGHT_##name

/* What files are opened for. */
#define RIGHTS_FILE (R(FD_READ) | R(FD_SEEK) | R(FILE_STAT_FGET))

/**
 * site_init - Learn what may be done with the directory
 * @site: set up for it
 * @fd: its descriptor
 *
 * Whatever else could be done is given up, so that nobody who gets hold of the
 * server can do it either.
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

/* That something can't be reached is nobody's business: then it is not there. */
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

static int look_at(struct found *found)
{
	cloudabi_filestat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_file_stat_fget(found->fd, &stat);

	if (error)
		return status_of(error);
	if (stat.st_filetype != CLOUDABI_FILETYPE_REGULAR_FILE &&
	    stat.st_filetype != CLOUDABI_FILETYPE_DIRECTORY)
		return 403;
	found->directory = stat.st_filetype == CLOUDABI_FILETYPE_DIRECTORY;
	found->resource.inode = stat.st_ino;
	found->resource.size = stat.st_size;
	found->resource.mtime = stat.st_mtim;
	return 200;
}

/**
 * site_find - Open what is at a path
 * @site: the directory
 * @path: the path
 * @found: set to what is there
 *
 * Return: 200 if there is a file or a directory, or the status for it.
 */
int site_find(const struct site *site, struct span path, struct found *found)
{
	/* A FIFO must not keep anybody waiting. */
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
	status = look_at(found);
	if (status != 200)
		cloudabi_sys_fd_close(found->fd);
	return status;
}
