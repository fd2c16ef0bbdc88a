// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Pathnames
 *
 * A pathname of a call is bytes and a length.  It means something only together
 * with the directory that it starts at; struct cloudabi_at holds both.
 *
 * Confinement
 *
 * Every walk has LOOKUP_BENEATH.  The VFS fails it with -EXDEV if it would
 * leave the directory by "..", by an absolute symlink or by a magic link of
 * procfs.  cloudabi_path_deny() converts -EXDEV to -ENOTCAPABLE and logs it.
 * Each call must log once, so functions that only probe a pathname return
 * -EXDEV instead.
 *
 * Start of a walk
 *
 * Some functions of the VFS take a struct path.  They get the path of the
 * descriptor that was looked up.  do_unlinkat() and similar functions take a
 * descriptor number.  Another thread could replace that descriptor after its
 * rights were checked.  So they get a number that stands for the directory
 * (CLASS(cloudabi_dfd)) and that no descriptor can have.  fs/namei.c gets the
 * directory from cloudabi_dfd_path(), and security/cloudabi/confine.c refuses
 * all walks that start elsewhere.
 *
 * Retry
 *
 * The VFS checks a ".." against the sequence counters of renames and mounts.
 * If a counter has changed since the walk began, the VFS cannot tell whether
 * the ".." leads out, and fails the walk with -EAGAIN.  The call has had no
 * effect by then, so it starts again:
 *
 *	do {
 *		error = do_mkdirat(dfd, getname_kernel(at.name), mode);
 *	} while (cloudabi_path_retry(error, &tries));
 *
 * Each try needs a new struct filename, as the functions of the VFS consume it.
 * A program that never stops renaming can use up all tries of another program,
 * which then sees EAGAIN.
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

/* The limit of Linux for symlinks in a walk */
#define PATH_EXPAND_MAX MAXSYMLINKS

/**
 * cloudabi_path_deny - Log that a pathname leads out of its directory
 * @at: the pathname
 *
 * Context: Process context.  May sleep.
 * Return: -ENOTCAPABLE.
 */
int cloudabi_path_deny(const struct cloudabi_at *at)
{
	cloudabi_log_denied_name(at->dir, at->name);
	return -ENOTCAPABLE;
}

/**
 * cloudabi_path_error - Translate errors of calls with one pathname
 * @error: a negative errno, or 0
 * @at: the pathname
 *
 * A call with one pathname gets -EXDEV only if the pathname leads out of its
 * directory.
 *
 * Context: Process context.  May sleep.
 * Return: the error in the ABI's sense, or 0.
 */
int cloudabi_path_error(int error, const struct cloudabi_at *at)
{
	return error == -EXDEV ? cloudabi_path_deny(at) : error;
}

/**
 * cloudabi_path_copy - Copy a string with a length from user memory
 * @path: the string; not terminated
 * @path_len: its length in bytes
 *
 * Context: Process context.  May sleep.
 * Return: the string with a NUL, to be freed by __free(cloudabi_path); -ENOENT
 * if @path_len is 0; -ENAMETOOLONG; -ENOMEM; -EFAULT; -EINVAL for a string that
 * contains NUL.
 */
char *cloudabi_path_copy(const char __user *path, cloudabi_size_t path_len)
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
	return_ptr(name);
}

/**
 * cloudabi_path_get - Copy a pathname from user memory
 * @dir: the directory that it starts at
 * @path: the pathname; not terminated
 * @path_len: its length in bytes
 *
 * Context: Process context.  May sleep.
 * Return: the pathname with a NUL, to be freed by __free(cloudabi_path);
 * -ENOTCAPABLE for an absolute pathname, which leads out of any directory;
 * errors of cloudabi_path_copy().
 */
char *cloudabi_path_get(const struct path *dir, const char __user *path,
			cloudabi_size_t path_len)
{
	char *name __free(cloudabi_path) = cloudabi_path_copy(path, path_len);

	if (IS_ERR(name))
		return_ptr(name);
	if (*name == '/') {
		const struct cloudabi_at at = { dir, name };

		return ERR_PTR(cloudabi_path_deny(&at));
	}
	return_ptr(name);
}

/**
 * cloudabi_path_retry - Does a call start its walk again?
 * @error: result of the walk
 * @tries: number of tries that the call has left
 *
 * Context: Process context.
 * Return: true if the walk met a rename or a mount, and the call has a try left
 * and is not being killed.
 */
bool cloudabi_path_retry(int error, unsigned int *tries)
{
	return error == -EAGAIN && --*tries && !fatal_signal_pending(current);
}

/* Returns -EXDEV, and logs nothing, if the pathname leads out. */
static int path_walk(const struct cloudabi_at *at, unsigned int flags,
		     struct path *path)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	do {
		error = vfs_path_lookup(at->dir->dentry, at->dir->mnt, at->name,
					flags | LOOKUP_BENEATH, path);
	} while (cloudabi_path_retry(error, &tries));
	return error;
}

/**
 * cloudabi_path_lookup - Look up a pathname beneath its directory
 * @at: the pathname
 * @flags: LOOKUP_FOLLOW or 0
 * @path: where to store the file; to be released by path_put()
 *
 * Context: Process context.  May sleep.  The directory has a number from
 * cloudabi_dfd_set().
 * Return: 0; -ENOTCAPABLE if the pathname leads out of the directory; errors of
 * the look-up.
 */
int cloudabi_path_lookup(const struct cloudabi_at *at, unsigned int flags,
			 struct path *path)
{
	return cloudabi_path_error(path_walk(at, flags, path), at);
}

/**
 * cloudabi_path_probe - Find out how the look-up of a pathname ends
 * @at: the pathname
 * @flags: LOOKUP_FOLLOW or 0
 *
 * Logs nothing.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EXDEV if the pathname leads out; errors of the look-up.
 */
int cloudabi_path_probe(const struct cloudabi_at *at, unsigned int flags)
{
	struct path path;
	int error;

	error = path_walk(at, flags, &path);
	if (!error)
		path_put(&path);
	return error;
}

/**
 * cloudabi_path_mode - Find out the type of a file
 * @at: pathname of the file
 * @flags: LOOKUP_FOLLOW or 0
 *
 * The result only serves to choose an errno: the pathname may stand for another
 * file by now.
 *
 * Context: Process context.  May sleep.
 * Return: the mode of the inode, or 0 if the look-up fails.
 */
umode_t cloudabi_path_mode(const struct cloudabi_at *at, unsigned int flags)
{
	struct path path;
	umode_t mode;

	if (path_walk(at, flags, &path))
		return 0;
	mode = d_backing_inode(path.dentry)->i_mode;
	path_put(&path);
	return mode;
}

/**
 * cloudabi_path_ends_in_dots - Does a pathname end in "." or ".."?
 * @name: the pathname
 *
 * Context: Any.
 * Return: true if its last component is "." or "..", with or without slashes
 * behind it.
 */
bool cloudabi_path_ends_in_dots(const char *name)
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
 * cloudabi_path_parent_escapes - Does all but the last component lead out?
 * @at: the pathname
 *
 * -EXDEV of a call with two pathnames means this, or two file systems.
 *
 * Context: Process context.  May sleep.
 * Return: true if the pathname without its last component leads out of the
 * directory.
 */
bool cloudabi_path_parent_escapes(const struct cloudabi_at *at)
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

/**
 * struct path_link - A symlink at the end of a pathname
 * @dir: the directory that it is in
 * @dentry: the symlink
 *
 * Holds references to both.  All checks and the target are those of this
 * dentry: another look-up of the pathname might find another symlink.
 */
struct path_link {
	struct path dir;
	struct dentry *dentry;
};

static void path_link_put(const struct path_link *link)
{
	dput(link->dentry);
	path_put(&link->dir);
}

static int path_find_parent(const struct cloudabi_at *at,
			    struct filename *filename, struct path *dir,
			    struct qstr *last)
{
	unsigned int tries = CLOUDABI_PATH_TRIES;
	int error;

	do {
		error = vfs_path_parent_lookup(filename, LOOKUP_BENEATH, dir,
					       last, at->dir);
	} while (cloudabi_path_retry(error, &tries));
	return error;
}

/*
 * Returns true, and stores the symlink, if the pathname ends in one.  A mount
 * on a symlink hides it.
 */
static bool path_find_link(const struct cloudabi_at *at, struct path_link *link)
{
	struct filename *const filename = getname_kernel(at->name);
	struct qstr last;

	if (IS_ERR(filename))
		return false;
	if (path_find_parent(at, filename, &link->dir, &last)) {
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
	path_link_put(link);
	return false;
}

/* Is it another user's symlink in a sticky, world-writable directory? */
static bool path_link_is_planted(const struct path_link *link)
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

/* The checks that fs/namei.c makes before it follows a symlink at the end */
static int path_may_follow(const struct path_link *link)
{
	if (READ_ONCE(sysctl_protected_symlinks) && path_link_is_planted(link)) {
		audit_log_path_denied(AUDIT_ANOM_LINK, "follow_link");
		return -EACCES;
	}
	if (link->dir.mnt->mnt_flags & MNT_NOSYMFOLLOW)
		return -ELOOP;
	return security_inode_follow_link(link->dentry,
					  d_backing_inode(link->dentry), false);
}

/**
 * cloudabi_path_replace_link - Replace the last component by a symlink's target
 * @at: a pathname that ends in the name of the symlink
 * @target: target of the symlink
 *
 * The new pathname ends in a slash.  An empty target stands for the directory
 * of the symlink, as in Linux.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -ENOTCAPABLE for an absolute target, which is logged;
 * -ENAMETOOLONG.
 */
int cloudabi_path_replace_link(const struct cloudabi_at *at,
			       const char *target)
{
	char *const slash = strrchr(at->name, '/');
	char *const last = slash ? slash + 1 : at->name;
	const size_t room = PATH_MAX - (last - at->name);

	if (*target == '/')
		return cloudabi_path_deny(at);
	if (snprintf(last, room, "%s/", *target ? target : ".") >= room)
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Symlinks with a readlink() of their own are magic links of procfs.  They jump
 * to a file, and the target is only a description of it.
 */
static int path_follow_last(const struct cloudabi_at *at,
			    const struct path_link *link)
{
	const struct inode *const inode = d_backing_inode(link->dentry);
	const struct path path = { .mnt = link->dir.mnt, .dentry = link->dentry };
	DEFINE_DELAYED_CALL(done);
	const char *target;
	int error;

	error = path_may_follow(link);
	if (error)
		return error;
	if (!inode->i_link && inode->i_op->readlink)
		return cloudabi_path_deny(at);
	touch_atime(&path);
	target = READ_ONCE(inode->i_link) ?:
		 inode->i_op->get_link(link->dentry, d_inode(link->dentry),
				       &done);
	if (IS_ERR(target))
		return PTR_ERR(target);
	error = cloudabi_path_replace_link(at, target ?: "");
	do_delayed_call(&done);
	return error;
}

/*
 * The *at() functions walk to the parent only, so they do not notice that a
 * last ".." leads out.
 */
static int path_check_dots(const struct cloudabi_at *at)
{
	if (cloudabi_path_ends_in_dots(at->name) &&
	    cloudabi_path_probe(at, 0) == -EXDEV)
		return cloudabi_path_deny(at);
	return 0;
}

/**
 * cloudabi_path_resolve_last - Resolve a symlink with a slash behind it
 * @at: the pathname, which may change
 *
 * To all calls of the ABI, "link/" is the directory that the symlink points to.
 * The functions of Linux that remove, rename or create an entry do not follow
 * the symlink.  So its target replaces its name, again with a slash behind it,
 * until the pathname does not end in a symlink.
 *
 * Errors of the look-up are not returned: the call itself finds them.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -ENOTCAPABLE; -ENAMETOOLONG; -ELOOP for too many symlinks, or on a
 * mount with nosymfollow; -EACCES and -EPERM for a symlink that the task must
 * not follow; errors of reading the symlink.
 */
int cloudabi_path_resolve_last(const struct cloudabi_at *at)
{
	char *const name = at->name;
	unsigned int i;

	for (i = 0; i < PATH_EXPAND_MAX; i++) {
		size_t len = strlen(name);
		struct path_link link;
		int error;

		if (name[len - 1] != '/')
			return path_check_dots(at);
		while (len && name[len - 1] == '/')
			len--;
		name[len] = '\0';
		if (!path_find_link(at, &link)) {
			error = path_check_dots(at);
			name[len] = '/';
			name[len + 1] = '\0';
			return error;
		}
		error = path_follow_last(at, &link);
		path_link_put(&link);
		if (error)
			return error;
	}
	return -ELOOP;
}

/**
 * cloudabi_dfd_path - Find the directory that a number stands for
 * @dfd: a number that the ``*at()`` functions were given
 *
 * Context: Process context, start of a path walk.  Does not sleep.
 * Return: the directory, or NULL if the number stands for none.
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
 * @i: which number; below CLOUDABI_DFDS
 * @dir: the directory; the caller holds it until cloudabi_dfd_clear()
 *
 * The security module allows in the directory what the rights of @dir allow.
 *
 * Context: Process context.
 * Return: the number.
 */
int cloudabi_dfd_set(int i, const struct cloudabi_fd *dir)
{
	cloudabi_task_blob(current)->dirs[i] = dir;
	return CLOUDABI_DFD(i);
}

/**
 * cloudabi_dfd_clear - Take a number from its directory
 * @dfd: the number
 *
 * Context: Process context.
 */
void cloudabi_dfd_clear(int dfd)
{
	cloudabi_task_blob(current)->dirs[CLOUDABI_DFD(0) - dfd] = NULL;
}
