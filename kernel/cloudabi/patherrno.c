// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Errors of calls with a pathname
 *
 * Linux uses some errnos for more than the ABI does.  The functions here tell
 * the cases apart, most of them by another look-up of the pathname.  Another
 * task may have changed the file system in between.  That can only change the
 * errno: the call has failed already, and these functions grant nothing.
 */

#include <linux/fcntl.h>
#include <linux/namei.h>
#include <linux/stat.h>

#include "path.h"

/**
 * cloudabi_error_create - Translate errors of calls that create a file
 * @error: a negative errno, or 0
 * @at: pathname of the new file
 *
 * Linux reports -EEXIST for "file/" where "file" is not a directory.  In the
 * ABI that is -ENOTDIR.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_error_create(int error, const struct cloudabi_at *at)
{
	if (error == -EEXIST && cloudabi_path_probe(at, 0) == -ENOTDIR)
		return -ENOTDIR;
	return cloudabi_path_error(error, at);
}

/**
 * cloudabi_error_link - Translate errors of file_link()
 * @error: a negative errno, or 0
 * @from: pathname of the existing file
 * @flags: LOOKUP_FOLLOW if the call follows a symlink at the end of @from, or 0
 * @to: pathname of the new link
 *
 * -EXDEV means that a pathname leads out of its directory, or that the two
 * pathnames are on different file systems.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_error_link(int error, const struct cloudabi_at *from,
			unsigned int flags, const struct cloudabi_at *to)
{
	if (error != -EXDEV)
		return cloudabi_error_create(error, to);
	if (cloudabi_path_probe(from, flags) == -EXDEV)
		return cloudabi_path_deny(from);
	if (cloudabi_path_parent_escapes(to))
		return cloudabi_path_deny(to);
	return error;
}

/**
 * cloudabi_error_rename - Translate errors of file_rename()
 * @error: a negative errno, or 0
 * @from: the old pathname
 * @to: the new pathname
 *
 * -EXDEV has two meanings, as for file_link().  Linux reports -EBUSY for a
 * pathname that ends in "." or "..".  In the ABI that is -EINVAL.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_error_rename(int error, const struct cloudabi_at *from,
			  const struct cloudabi_at *to)
{
	switch (error) {
	case -EXDEV:
		if (cloudabi_path_parent_escapes(from))
			return cloudabi_path_deny(from);
		if (cloudabi_path_parent_escapes(to))
			return cloudabi_path_deny(to);
		return error;
	case -EBUSY:
		if (cloudabi_path_ends_in_dots(from->name) ||
		    cloudabi_path_ends_in_dots(to->name))
			return -EINVAL;
		return error;
	default:
		return error;
	}
}

/**
 * cloudabi_error_unlink - Translate errors of file_unlink()
 * @error: a negative errno, or 0
 * @at: the pathname
 *
 * Linux reports -EISDIR if a call without CLOUDABI_UNLINK_REMOVEDIR names a
 * directory.  In POSIX and the ABI that is -EPERM.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_error_unlink(int error, const struct cloudabi_at *at)
{
	return error == -EISDIR ? -EPERM : cloudabi_path_error(error, at);
}

/**
 * cloudabi_error_open - Translate errors of file_open()
 * @error: a negative errno, or 0
 * @at: the pathname
 * @flags: O_* flags of the open
 *
 * -ENXIO of a socket becomes -EOPNOTSUPP.  -ENXIO of a FIFO or a device stays.
 *
 * O_DIRECTORY with O_NOFOLLOW fails with -ENOTDIR on a symlink.  In the ABI a
 * symlink that is not followed is -ELOOP with and without O_DIRECTORY.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_error_open(int error, const struct cloudabi_at *at, int flags)
{
	const unsigned int follow = flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;

	switch (error) {
	case -ENXIO:
		if (S_ISSOCK(cloudabi_path_mode(at, follow)))
			return -EOPNOTSUPP;
		return error;
	case -ENOTDIR:
		if ((flags & O_DIRECTORY) &&
		    S_ISLNK(cloudabi_path_mode(at, follow)))
			return -ELOOP;
		return error;
	default:
		return cloudabi_path_error(error, at);
	}
}
