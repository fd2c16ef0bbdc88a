// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Paths
 *
 * A path is bytes and a length, and only means something together with the
 * directory that it starts at.
 */

#include <linux/namei.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "path.h"

/**
 * cloudabi_path_get - Copy a path in
 * @path: the path; not terminated
 * @path_len: its length in bytes
 *
 * Return: the path as a string, to be freed by __free(cloudabi_path); -ENOENT
 * without length; -ENAMETOOLONG; -EFAULT; -EINVAL for a path that contains NUL;
 * -ENOTCAPABLE for an absolute one, as it leads out of any directory.
 */
char *cloudabi_path_get(const char __user *path, cloudabi_size_t path_len)
{
	char *name __free(cloudabi_path) = NULL;

	if (!path_len)
		return ERR_PTR(-ENOENT);
	if (path_len >= PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);

	name = __getname();
	if (!name)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(name, path, path_len))
		return ERR_PTR(-EFAULT);
	name[path_len] = '\0';
	if (memchr(name, '\0', path_len))
		return ERR_PTR(-EINVAL);
	if (*name == '/')
		return ERR_PTR(-ENOTCAPABLE);
	return_ptr(name);
}

/**
 * cloudabi_path_mode - What is under a name, to tell errors of Linux apart
 * @dir: the directory
 * @name: the path beneath it
 * @lookup_flags: LOOKUP_FOLLOW or 0
 *
 * It may be something else a moment later, or have been one before.
 *
 * Return: the mode of the inode, or 0.
 */
umode_t cloudabi_path_mode(const struct path *dir, const char *name,
			   unsigned int lookup_flags)
{
	struct path path;
	umode_t mode;

	if (vfs_path_lookup(dir->dentry, dir->mnt, name,
			    lookup_flags | LOOKUP_BENEATH, &path))
		return 0;
	mode = d_backing_inode(path.dentry)->i_mode;
	path_put(&path);
	return mode;
}
