// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * limit - Remove a right from one of two descriptors of a file
 *
 *	$ ./limit.cloudabi hostname 3</etc
 *
 * Rights belong to the descriptor, not to the file.  So a program can keep a descriptor
 * with more rights and pass on a duplicate with fewer.  Removed rights cannot be regained.
 */
#include <cloudabi.h>

#define OUT 1
#define ERR 2
#define DIR 3

static int fail(const char *what, cloudabi_errno_t error)
{
	cloudabi_dprintf(ERR, "limit: %s: %s (%s)\n", what, cloudabi_strerror(error),
			 cloudabi_errno_name(error));
	return 1;
}

static cloudabi_errno_t drop_rights(cloudabi_fd_t fd, cloudabi_rights_t rights)
{
	cloudabi_fdstat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_fd_stat_get(fd, &stat);

	if (error)
		return error;
	stat.fs_rights_base &= ~rights;
	stat.fs_rights_inheriting &= ~rights;
	return cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
}

static cloudabi_errno_t try_read(const char *what, cloudabi_fd_t fd)
{
	char buf[64];
	cloudabi_size_t len = 0;
	const cloudabi_errno_t error = cloudabi_read(fd, buf, sizeof(buf), &len);

	if (error)
		cloudabi_dprintf(OUT, "%s, fd %u: %s (%s)\n", what, fd, cloudabi_strerror(error),
				 cloudabi_errno_name(error));
	else
		cloudabi_dprintf(OUT, "%s, fd %u: read %lu bytes\n", what, fd, len);
	return error;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const char *argv[2];
	cloudabi_fd_t strong, weak;
	cloudabi_errno_t error;

	if (cloudabi_argdata_split(start->argdata, start->argdata_len, argv, 2) != 2) {
		cloudabi_dprintf(ERR, "usage: limit.cloudabi FILE 3<DIRECTORY\n");
		return 2;
	}
	error = cloudabi_open(DIR, argv[1], 0, CLOUDABI_RIGHT_FD_READ, 0, &strong);
	if (error)
		return fail(argv[1], error);
	error = cloudabi_sys_fd_dup(strong, &weak);
	if (error)
		return fail("fd_dup", error);
	error = drop_rights(weak, CLOUDABI_RIGHT_FD_READ);
	if (error)
		return fail("fd_stat_put", error);

	if (try_read("limited", weak) != CLOUDABI_ENOTCAPABLE) {
		cloudabi_dprintf(ERR, "limit: the descriptor was not limited\n");
		return 1;
	}
	if (try_read("original", strong) != CLOUDABI_ESUCCESS) {
		cloudabi_dprintf(ERR, "limit: the original descriptor is damaged\n");
		return 1;
	}
	return 0;
}
