// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Paths
 *
 * A path is bytes and a length, and only means something together with the
 * directory that it starts at.
 */

#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../security/cloudabi/denied.h"
#include "../../security/cloudabi/task.h"
#include "path.h"

/* As many links as Linux follows in one look-up. */
#define EXPAND_MAX MAXSYMLINKS

/**
 * cloudabi_path_denied - A name leads out of its directory
 * @at: the name
 *
 * All that finds so says so here, and once a call.
 *
 * Return: -ENOTCAPABLE.
 */
int cloudabi_path_denied(const struct cloudabi_at *at)
{
	cloudabi_denied_name(at->dir, at->name);
	return -ENOTCAPABLE;
}

/**
 * cloudabi_path_get - Copy a path in
 * @dir: the directory that it starts at
 * @path: the path; not terminated
 * @path_len: its length in bytes
 *
 * Return: the path as a string, to be freed by __free(cloudabi_path); -ENOENT
 * without length; -ENAMETOOLONG; -EFAULT; -EINVAL for a path that contains NUL;
 * -ENOTCAPABLE for an absolute one, as it leads out of any directory.
 */
char *cloudabi_path_get(const struct path *dir, const char __user *path,
			cloudabi_size_t path_len)
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
	if (*name == '/') {
		const struct cloudabi_at at = { dir, name };

		return ERR_PTR(cloudabi_path_denied(&at));
	}
	return_ptr(name);
}

/**
 * cloudabi_path_again - Has a look-up to be repeated?
 * @error: its result
 * @tries: how often it may still be repeated
 *
 * One that meets a rename where it could lead out says EAGAIN.
 */
bool cloudabi_path_again(int error, unsigned int *tries)
{
	return error == -EAGAIN && --*tries && !fatal_signal_pending(current);
}

/* Without a word about names that lead out, which are EXDEV. */
static int lookup(const struct cloudabi_at *at, unsigned int flags,
		  struct path *path)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	do {
		error = vfs_path_lookup(at->dir->dentry, at->dir->mnt, at->name,
					flags | LOOKUP_BENEATH, path);
	} while (cloudabi_path_again(error, &tries));
	return error;
}

/**
 * cloudabi_path_lookup - Look a name up beneath its directory
 * @at: the name
 * @flags: LOOKUP_FOLLOW or 0
 * @path: where to store what it refers to; to be released by path_put()
 *
 * Return: 0; -ENOTCAPABLE if the name leads out of the directory; errors of the
 * look-up.
 */
int cloudabi_path_lookup(const struct cloudabi_at *at, unsigned int flags,
			 struct path *path)
{
	return cloudabi_error_name(lookup(at, flags, path), at);
}

/**
 * cloudabi_path_probe - What a look-up of a name says
 * @at: the name
 * @flags: LOOKUP_FOLLOW or 0
 *
 * Return: 0; -EXDEV if the name leads out; errors of the look-up.
 */
int cloudabi_path_probe(const struct cloudabi_at *at, unsigned int flags)
{
	struct path path;
	int error;

	error = lookup(at, flags, &path);
	if (!error)
		path_put(&path);
	return error;
}

/**
 * cloudabi_path_mode - What is under a name, to tell errors of Linux apart
 * @at: the name
 * @flags: LOOKUP_FOLLOW or 0
 *
 * It may be something else a moment later, or have been one before.
 *
 * Return: the mode of the inode, or 0.
 */
umode_t cloudabi_path_mode(const struct cloudabi_at *at, unsigned int flags)
{
	struct path path;
	umode_t mode;

	if (lookup(at, flags, &path))
		return 0;
	mode = d_backing_inode(path.dentry)->i_mode;
	path_put(&path);
	return mode;
}

/**
 * cloudabi_path_is_dot - Does a name end in "." or ".."?
 * @name: the name
 */
bool cloudabi_path_is_dot(const char *name)
{
	const char *last = name;
	size_t len;

	for (; *name; name++)
		if (*name == '/' && name[1] && name[1] != '/')
			last = name + 1;
	len = strcspn(last, "/");
	return (len == 1 || len == 2) && !strncmp(last, "..", len);
}

/**
 * cloudabi_path_leaves - Does the directory of a name lie outside?
 * @at: the name
 *
 * EXDEV of a call with two names can mean this, or two file systems.
 */
bool cloudabi_path_leaves(const struct cloudabi_at *at)
{
	struct filename *const filename = getname_kernel(at->name);
	struct path parent;
	struct qstr last;
	int error;

	if (IS_ERR(filename))
		return false;
	error = vfs_path_parent_lookup(filename, LOOKUP_BENEATH, &parent, &last,
				       at->dir);
	if (!error)
		path_put(&parent);
	putname(filename);
	return error == -EXDEV;
}

/*
 * Puts the contents of a link in the place of its name, with a slash after.  A
 * magic link has no contents, it jumps; those have a readlink of their own.
 */
static int replace_last(const struct cloudabi_at *at, struct dentry *dentry)
{
	char *const name = at->name;
	const struct inode *const inode = d_backing_inode(dentry);
	char *const slash = strrchr(name, '/');
	char *const last = slash ? slash + 1 : name;
	DEFINE_DELAYED_CALL(done);
	const char *target;
	int error = 0;

	if (!inode->i_link && inode->i_op->readlink)
		return cloudabi_path_denied(at);
	target = vfs_get_link(dentry, &done);
	if (IS_ERR(target))
		return PTR_ERR(target);
	if (*target == '/')
		error = cloudabi_path_denied(at);
	else if (last - name + strlen(target) + 1 >= PATH_MAX)
		error = -ENAMETOOLONG;
	else
		sprintf(last, "%s/", target);
	do_delayed_call(&done);
	return error;
}

/* Linux does not walk to a last "..", and so doesn't find that it leads out. */
static int check_dots(const struct cloudabi_at *at)
{
	if (cloudabi_path_is_dot(at->name) &&
	    cloudabi_path_probe(at, 0) == -EXDEV)
		return cloudabi_path_denied(at);
	return 0;
}

/**
 * cloudabi_path_expand - Prepare a name for calls that change its directory
 * @at: the name, which may be changed
 *
 * A slash says that a directory is meant, and so a link is followed by all
 * calls.  Linux does not where an entry is removed, renamed or made: it is told
 * the name that the link stands for.  All other errors are found again by the
 * call itself.
 *
 * Return: 0; -ENOTCAPABLE; -ENAMETOOLONG; -ELOOP; -EACCES and -EPERM for a link
 * that must not be followed.
 */
int cloudabi_path_expand(const struct cloudabi_at *at)
{
	char *const name = at->name;
	unsigned int i;

	for (i = 0; i < EXPAND_MAX; i++) {
		size_t len = strlen(name);
		struct path path;
		int error;

		if (name[len - 1] != '/')
			return check_dots(at);
		while (len && name[len - 1] == '/')
			len--;
		name[len] = '\0';
		error = lookup(at, 0, &path);
		if (error || !d_is_symlink(path.dentry)) {
			if (!error)
				path_put(&path);
			error = check_dots(at);
			name[len] = '/';
			name[len + 1] = '\0';
			return error;
		}
		/* Whether it may be followed, only a walk finds out. */
		error = cloudabi_path_probe(at, LOOKUP_FOLLOW);
		if (error != -EACCES && error != -EPERM)
			error = replace_last(at, path.dentry);
		path_put(&path);
		if (error)
			return error;
	}
	return -ELOOP;
}

/**
 * cloudabi_dfd_path - The directory behind a number
 * @dfd: CLOUDABI_DFD() of a directory that is set
 *
 * Context: called by every path walk that starts at such a number, which only
 * CloudABI tasks have a use for.
 * Return: the directory, or NULL.
 */
const struct path *cloudabi_dfd_path(int dfd)
{
	const unsigned int i = CLOUDABI_DFD(0) - dfd;
	const struct cloudabi_fd *dir;

	if (!cloudabi_task(current) || i >= CLOUDABI_DFDS)
		return NULL;
	dir = cloudabi_task_blob(current)->dirs[i];
	return dir ? &fd_file(dir->f)->f_path : NULL;
}

/**
 * cloudabi_dfd_set - Give a directory a number
 * @i: which number
 * @dir: the directory, which the caller holds until cloudabi_dfd_clear(); its
 *       rights are what the LSM lets be done in it
 *
 * Return: the number.
 */
int cloudabi_dfd_set(int i, const struct cloudabi_fd *dir)
{
	cloudabi_task_blob(current)->dirs[i] = dir;
	return CLOUDABI_DFD(i);
}

/**
 * cloudabi_dfd_clear - Take a number away
 * @dfd: the number
 */
void cloudabi_dfd_clear(int dfd)
{
	cloudabi_task_blob(current)->dirs[CLOUDABI_DFD(0) - dfd] = NULL;
}
