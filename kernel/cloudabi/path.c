// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Paths
 *
 * A path is bytes and a length, and only means something together with the
 * directory that it starts at.
 */

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
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
	cloudabi_log_denied_name(at->dir, at->name);
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
 * A link as it was found: a later look-up of its name may find another, so that
 * all that is asked about it is asked of this one.
 */
struct found_link {
	/* The directory that it is in */
	struct path dir;
	struct dentry *dentry;
};

static void link_put(const struct found_link *link)
{
	dput(link->dentry);
	path_put(&link->dir);
}

static int find_parent(const struct cloudabi_at *at, struct filename *filename,
		       struct path *dir, struct qstr *last)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	do {
		error = vfs_path_parent_lookup(filename, LOOKUP_BENEATH, dir,
					       last, at->dir);
	} while (cloudabi_path_again(error, &tries));
	return error;
}

/* What was mounted upon a link hides it. */
static bool find_link(const struct cloudabi_at *at, struct found_link *link)
{
	struct filename *const filename = getname_kernel(at->name);
	struct qstr last;

	if (IS_ERR(filename))
		return false;
	if (find_parent(at, filename, &link->dir, &last)) {
		putname(filename);
		return false;
	}
	link->dentry = lookup_one_positive_unlocked(mnt_idmap(link->dir.mnt),
						    last.name, link->dir.dentry,
						    last.len);
	putname(filename);
	if (IS_ERR(link->dentry)) {
		path_put(&link->dir);
		return false;
	}
	if (d_is_symlink(link->dentry) && !d_mountpoint(link->dentry))
		return true;
	link_put(link);
	return false;
}

/* A link of somebody else's, in a directory where everyone can put one? */
static bool is_planted(const struct found_link *link)
{
	const struct inode *const dir = d_backing_inode(link->dir.dentry);
	struct mnt_idmap *const idmap = mnt_idmap(link->dir.mnt);
	const vfsuid_t owner =
		i_uid_into_vfsuid(idmap, d_backing_inode(link->dentry));
	const vfsuid_t dir_owner = i_uid_into_vfsuid(idmap, dir);
	const umode_t shared = S_ISVTX | 0002;

	return (dir->i_mode & shared) == shared &&
	       !vfsuid_eq_kuid(owner, current_fsuid()) &&
	       !(vfsuid_valid(dir_owner) && vfsuid_eq(dir_owner, owner));
}

/* What a walk of Linux asks before it follows a link at the end of a name */
static int may_follow(const struct found_link *link)
{
	if (READ_ONCE(sysctl_protected_symlinks) && is_planted(link)) {
		audit_log_path_denied(AUDIT_ANOM_LINK, "follow_link");
		return -EACCES;
	}
	if (link->dir.mnt->mnt_flags & MNT_NOSYMFOLLOW)
		return -ELOOP;
	return security_inode_follow_link(link->dentry,
					  d_backing_inode(link->dentry), false);
}

/**
 * cloudabi_path_put_contents - Put the contents of a link in the place of its name
 * @at: a name that ends in that of the link
 * @contents: the contents; where they lead out of any directory, that is told
 *
 * There is a slash after them.  To Linux, a link without contents leads to the
 * directory that it is in.
 *
 * Return: 0; -ENOTCAPABLE; -ENAMETOOLONG.
 */
int cloudabi_path_put_contents(const struct cloudabi_at *at,
			       const char *contents)
{
	char *const slash = strrchr(at->name, '/');
	char *const last = slash ? slash + 1 : at->name;
	const size_t room = PATH_MAX - (last - at->name);

	if (*contents == '/')
		return cloudabi_path_denied(at);
	if (snprintf(last, room, "%s/", *contents ? contents : ".") >= room)
		return -ENAMETOOLONG;
	return 0;
}

/* A magic link has no contents, it jumps; those have a readlink of their own. */
static int follow_last(const struct cloudabi_at *at,
		       const struct found_link *link)
{
	const struct inode *const inode = d_backing_inode(link->dentry);
	const struct path path = { .mnt = link->dir.mnt, .dentry = link->dentry };
	DEFINE_DELAYED_CALL(done);
	const char *contents;
	int error;

	error = may_follow(link);
	if (error)
		return error;
	if (!inode->i_link && inode->i_op->readlink)
		return cloudabi_path_denied(at);
	touch_atime(&path);
	contents = READ_ONCE(inode->i_link) ?:
		   inode->i_op->get_link(link->dentry, d_inode(link->dentry),
					 &done);
	if (IS_ERR(contents))
		return PTR_ERR(contents);
	error = cloudabi_path_put_contents(at, contents ?: "");
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
 * Return: 0; -ENOTCAPABLE; -ENAMETOOLONG; -ELOOP, also for a link where none is
 * followed; -EACCES and -EPERM for one that must not be; errors of reading it.
 */
int cloudabi_path_expand(const struct cloudabi_at *at)
{
	char *const name = at->name;
	unsigned int i;

	for (i = 0; i < EXPAND_MAX; i++) {
		size_t len = strlen(name);
		struct found_link link;
		int error;

		if (name[len - 1] != '/')
			return check_dots(at);
		while (len && name[len - 1] == '/')
			len--;
		name[len] = '\0';
		if (!find_link(at, &link)) {
			error = check_dots(at);
			name[len] = '/';
			name[len + 1] = '\0';
			return error;
		}
		error = follow_last(at, &link);
		link_put(&link);
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

	if (!is_cloudabi_task(current) || i >= CLOUDABI_DFDS)
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
