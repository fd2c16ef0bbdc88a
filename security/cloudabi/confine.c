// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Confinement
 *
 * The second layer.  The calls of the ABI ask for rights before they do
 * anything; here is refused whatever a CloudABI task reaches in another way, as
 * by a call that forgot, or by a part of the kernel that acts for it.  hooks.h
 * says which hooks there are and why each does what it does.
 *
 * What a descriptor grants is known from the look-up itself: the rights of the
 * one that was looked up last, and of the directories whose names are given to
 * Linux.  A handler can't forget these, as there is no file without a look-up.
 */

#include <linux/binfmts.h>
#include <linux/cloudabi.h>
#include <linux/cred.h>
#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/securebits.h>

#include "../../kernel/cloudabi/errno.h"
#include "required.h"
#include "denied.h"
#include "filesystem.h"
#include "mapping.h"
#include "table.h"
#include "task.h"

#define R(name) CLOUDABI_RIGHT_##name

/* Any of these lets a file be opened for writing. */
#define RIGHTS_WRITE \
	(R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

static bool is_cloudabi(void)
{
	return unlikely(is_cloudabi_task(current));
}

/*
 * Does a CloudABI task act, for itself?  File systems that are made of others,
 * caches of network file systems and core dumps act in a task's context with
 * credentials of their own, for which no program can ask.
 */
static bool confined(void)
{
	return is_cloudabi() && current_cred() == current_real_cred();
}

static int refuse(const char *hook, int error)
{
	cloudabi_log_denied_hook(hook);
	return error;
}

/* The name of the hook that a function hook_NAME() is for. */
#define THIS_HOOK (__func__ + sizeof("hook_") - 1)
#define REFUSE(error) refuse(THIS_HOOK, error)
/* All of the rights that are needed, or any of those that would do. */
#define ALL_OF(need, have) ((need) & ~(have) ? REFUSE(-ENOTCAPABLE) : 0)
#define ANY_OF(need, have) ((need) & (have) ? 0 : REFUSE(-ENOTCAPABLE))
/* A file system where data may be changed, whatever the rights. */
#define CHANGES(sb) (cloudabi_may_change(sb) ? 0 : REFUSE(-ENOTCAPABLE))

static const struct cloudabi_rights *fd_rights(void)
{
	return &cloudabi_task_blob(current)->fd_rights;
}

/* Rights of a directory that the current call has given a number. */
static cloudabi_rights_t dir_rights(unsigned int i)
{
	const struct cloudabi_fd *const dir =
		cloudabi_task_blob(current)->dirs[i];

	return dir ? dir->rights.base : 0;
}

/*
 * A function deny_HOOK() for each hook.  Those that are not denied have no use,
 * and leave no code.
 */
#define DENIED_int(NAME) refuse(#NAME, -EPERM)
#define DENIED_void(NAME) LSM_RET_VOID
#define LSM_HOOK(RET, DEFAULT, NAME, ...)                \
	static RET __maybe_unused deny_##NAME(__VA_ARGS__) \
	{                                                \
		if (confined())                          \
			return DENIED_##RET(NAME);       \
		return DEFAULT;                          \
	}
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK

/* A hook without a row, or a row without a hook, does not compile. */
enum row {
#define HOOK(NAME, DECISION, REASON) ROW_##NAME,
#include "hooks.h"
#undef HOOK
};

enum hook {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) HOOK_##NAME = ROW_##NAME,
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
};

#define HOOK(NAME, DECISION, REASON) \
	static_assert((int)HOOK_##NAME == (int)ROW_##NAME && sizeof(REASON) > 1);
#include "hooks.h"
#undef HOOK

static int hook_path_unlink(const struct path *dir, struct dentry *dentry)
{
	if (!confined())
		return 0;
	return CHANGES(dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_UNLINK), dir_rights(0));
}

static int hook_path_rmdir(const struct path *dir, struct dentry *dentry)
{
	if (!confined())
		return 0;
	return CHANGES(dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_UNLINK), dir_rights(0));
}

static int hook_path_mkdir(const struct path *dir, struct dentry *dentry,
			   umode_t mode)
{
	if (!confined())
		return 0;
	return CHANGES(dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_CREATE_DIRECTORY), dir_rights(0));
}

static int hook_path_symlink(const struct path *dir, struct dentry *dentry,
			     const char *old_name)
{
	if (!confined())
		return 0;
	return CHANGES(dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_SYMLINK), dir_rights(0));
}

static int hook_path_link(struct dentry *old_dentry, const struct path *new_dir,
			  struct dentry *new_dentry)
{
	if (!confined())
		return 0;
	/* That of the file, too: links do not leave a file system. */
	return CHANGES(new_dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_LINK_SOURCE), dir_rights(0)) ?:
	       ALL_OF(R(FILE_LINK_TARGET), dir_rights(1));
}

static int hook_path_rename(const struct path *old_dir,
			    struct dentry *old_dentry,
			    const struct path *new_dir,
			    struct dentry *new_dentry, unsigned int flags)
{
	if (!confined())
		return 0;
	return CHANGES(old_dir->dentry->d_sb) ?:
	       CHANGES(new_dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_RENAME_SOURCE), dir_rights(0)) ?:
	       ALL_OF(R(FILE_RENAME_TARGET), dir_rights(1));
}

/* New files are made by opening them; there is no call for other nodes. */
static int hook_path_mknod(const struct path *dir, struct dentry *dentry,
			   umode_t mode, unsigned int dev)
{
	if (!confined())
		return 0;
	if (!S_ISREG(mode))
		return REFUSE(-EPERM);
	return CHANGES(dir->dentry->d_sb) ?:
	       ALL_OF(R(FILE_CREATE_FILE), fd_rights()->base);
}

/*
 * Reading is not asked about: the look-up has, and file systems that are made
 * of others open files of theirs to answer other calls.  To them, being refused
 * what they want for writing is a reason to have a kernel thread open it.
 */
static int hook_file_open(struct file *file)
{
	const unsigned int flags = file->f_flags;
	cloudabi_rights_t passed;
	int error = 0;

	if (!confined())
		return 0;
	if (flags & __FMODE_EXEC)
		return ALL_OF(R(PROC_EXEC), fd_rights()->base);

	passed = fd_rights()->inheriting;
	if (file->f_mode & FMODE_WRITE) {
		error = CHANGES(file_inode(file)->i_sb) ?:
			ALL_OF(R(FILE_OPEN), fd_rights()->base) ?:
			ANY_OF(RIGHTS_WRITE, passed);
		if (!error && !(flags & (O_APPEND | O_TRUNC)))
			error = ALL_OF(R(FD_SEEK), passed);
	}
	if (!error && (flags & __O_SYNC))
		error = ALL_OF(R(FD_SYNC), passed);
	else if (!error && (flags & O_DSYNC))
		error = ANY_OF(R(FD_SYNC) | R(FD_DATASYNC), passed);
	return error;
}

/* There is no call.  A file system may keep things of its own by a new file. */
static int hook_inode_setxattr(struct mnt_idmap *idmap, struct dentry *dentry,
			       const char *name, const void *value, size_t size,
			       int flags)
{
	if (!confined())
		return 0;
	return CHANGES(dentry->d_sb) ?:
	       ALL_OF(R(FILE_CREATE_FILE), fd_rights()->base);
}

/* Of the file itself, or of those that are opened beneath the directory */
static cloudabi_rights_t size_rights(void)
{
	return fd_rights()->base | fd_rights()->inheriting;
}

static int hook_file_truncate(struct file *file)
{
	if (!confined())
		return 0;
	return CHANGES(file_inode(file)->i_sb) ?:
	       ALL_OF(R(FILE_STAT_FPUT_SIZE), size_rights());
}

static cloudabi_rights_t times_right(void)
{
	return cloudabi_call_nr() == CLOUDABI_NR_file_stat_put ?
		       R(FILE_STAT_PUT_TIMES) : R(FILE_STAT_FPUT_TIMES);
}

/*
 * Who writes takes set-id bits away; that is forced.  A new size has new times.
 *
 * A file that a Linux parent has opened for writing can be written wherever it
 * is: that was given.  Its size and times are the file system's.
 */
static int hook_inode_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			      struct iattr *attr)
{
	const unsigned int valid = attr->ia_valid;
	int error;

	if (!confined() || (valid & (ATTR_FORCE | ATTR_SIZE)) == ATTR_FORCE)
		return 0;
	error = CHANGES(dentry->d_sb);
	if (error)
		return error;
	if (valid & ATTR_SIZE)
		return ALL_OF(R(FILE_STAT_FPUT_SIZE), size_rights());
	if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return REFUSE(-EPERM);
	if (valid & (ATTR_ATIME | ATTR_MTIME))
		return ALL_OF(times_right(), fd_rights()->base);
	return 0;
}

static int hook_socket_shutdown(struct socket *sock, int how)
{
	return confined() ? ALL_OF(R(SOCK_SHUTDOWN), fd_rights()->base) : 0;
}

/* Sockets come from Linux programs, or in pairs. */
static int hook_socket_create(int family, int type, int protocol, int kern)
{
	if (!confined() || kern || cloudabi_task_blob(current)->in_socketpair)
		return 0;
	return REFUSE(-EPERM);
}

/* Descriptors come by sock_recv(), with their rights, and in no other way. */
static int hook_file_receive(struct file *file)
{
	if (!confined() || cloudabi_task_blob(current)->in_scm_recv)
		return 0;
	return REFUSE(-EPERM);
}

static bool is_writable_anywhere(const struct file *file)
{
	return file->f_mode & FMODE_WRITE && file->f_mode & FMODE_PWRITE;
}

/* Flags of open files are set by fd_stat_put(); the rest are ioctls in spirit. */
static int hook_file_fcntl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	const unsigned long flags = READ_ONCE(file->f_flags);
	const unsigned long added = arg & ~flags;
	cloudabi_rights_t need = R(FD_STAT_PUT_FLAGS);

	if (!confined())
		return 0;
	if (cmd != F_SETFL)
		return REFUSE(-EPERM);

	if (added & __O_SYNC)
		need |= R(FD_SYNC);
	/* From then on, who may write may overwrite. */
	if (flags & ~arg & O_APPEND && is_writable_anywhere(file))
		need |= R(FD_WRITE) | R(FD_SEEK);
	return ALL_OF(need, fd_rights()->base) ?:
	       (added & O_DSYNC ? ANY_OF(R(FD_SYNC) | R(FD_DATASYNC),
					 fd_rights()->base) :
				  0);
}

/*
 * A program has no call to ask for signals of files, and no handlers: such a
 * signal would kill it, whenever the file's other users do something.  Whoever
 * asked was its Linux parent, maybe for a file that is not open here.
 */
static int hook_file_send_sigiotask(struct task_struct *task,
				    struct fown_struct *fown, int signal)
{
	return is_cloudabi_task(task) ? -EPERM : 0;
}

/*
 * proc_raise() does not come here.  With credentials, the signal is that of who
 * has left them, as with a request to a USB device: it is sent when the device is
 * done, in a softirq that any task may be the current one of.
 */
static int hook_task_kill(struct task_struct *task,
			  struct kernel_siginfo *info, int signal,
			  const struct cred *cred)
{
	return confined() && !cred ? REFUSE(-EPERM) : 0;
}

static bool is_write_exec(unsigned long prot)
{
	const unsigned long both = PROT_WRITE | PROT_EXEC;

	return (prot & both) == both;
}

/* Segments are mapped by exec, which was asked about the whole file. */
static int hook_mmap_file(struct file *file, unsigned long reqprot,
			  unsigned long prot, unsigned long flags)
{
	cloudabi_rights_t need = R(MEM_MAP);

	if (!confined())
		return 0;
	if (is_write_exec(prot))
		return REFUSE(-EACCES);
	if (!file || current->in_execve)
		return 0;

	if (prot & PROT_READ)
		need |= R(FD_READ);
	if (prot & PROT_WRITE)
		need |= R(FD_WRITE);
	if (prot & PROT_EXEC)
		need |= R(MEM_MAP_EXEC);
	return ALL_OF(need, fd_rights()->base);
}

static int hook_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			      unsigned long prot)
{
	if (!confined())
		return 0;
	return is_write_exec(prot) ||
	       calc_vm_prot_bits(prot, 0) &
		       cloudabi_vm_forbidden(vma->vm_flags) ? REFUSE(-EACCES) : 0;
}

static bool is_cloudabi_image(const struct linux_binprm *bprm)
{
	return !memcmp(bprm->buf, ELFMAG, SELFMAG) &&
	       bprm->buf[EI_OSABI] == CLOUDABI_ELFOSABI;
}

/*
 * From CloudABI there is no way back.  Runs before any binary format sees the
 * file, and again for each interpreter that one asks for.
 */
static int hook_bprm_check_security(struct linux_binprm *bprm)
{
	if (!confined())
		return 0;
	if (!is_cloudabi_image(bprm))
		return REFUSE(-ENOEXEC);
	return ALL_OF(R(PROC_EXEC), fd_rights()->base);
}

/*
 * None of the calls needs a capability: what a program may do is in its
 * descriptors.  This module is the last in the order, so capabilities that the
 * file or the user would have given are already there to be taken.
 */
static int hook_bprm_creds_from_file(struct linux_binprm *bprm,
				     const struct file *file)
{
	struct cred *const cred = bprm->cred;

	if (!is_cloudabi_image(bprm))
		return 0;

	cap_clear(cred->cap_inheritable);
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_bset);
	cap_clear(cred->cap_ambient);
	cred->securebits = (SECURE_ALL_BITS & ~issecure_mask(SECURE_KEEP_CAPS)) |
			   SECURE_ALL_LOCKS;
	return 0;
}

/* Is it a directory whose rights are enough for the call in progress? */
static bool is_dir_of_call(const struct path *path)
{
	const cloudabi_rights_t need = cloudabi_required_rights();
	unsigned int i;

	for (i = 0; i < CLOUDABI_DFDS; i++) {
		const struct cloudabi_fd *const dir =
			cloudabi_task_blob(current)->dirs[i];

		if (dir && path_equal(&fd_file(dir->f)->f_path, path))
			return !(need & ~dir->rights.base);
	}
	return false;
}

/**
 * cloudabi_confine_walk - How a path walk must go
 * @root: where it starts if the caller has set that, or NULL
 * @name: what is looked up
 * @nested: whether it is made in the course of another walk
 *
 * Names only have a meaning beneath a directory that the call was given,
 * whatever its handler has asked for.
 *
 * The kernel itself opens a file for a core dump; and file systems look names
 * of their own up beneath roots of their own, with other credentials or, to
 * mount what a walk has come to, in the midst of it.  No call does either.
 *
 * Context: called by each path walk, maybe under RCU; does not sleep.
 * Return: look-up flags to add, or -EXDEV if there must be no such walk.
 */
int cloudabi_confine_walk(const struct path *root, const char *name,
			  bool nested)
{
	if (!is_cloudabi() || (current->flags & PF_DUMPCORE))
		return 0;
	if (root && (nested || !confined()))
		return 0;
	if (!root || *name == '/' || !is_dir_of_call(root))
		return -EXDEV;
	return LOOKUP_BENEATH;
}

#define INIT_DENY(NAME) LSM_HOOK_INIT(NAME, deny_##NAME),
#define INIT_RIGHT(NAME) LSM_HOOK_INIT(NAME, hook_##NAME),
#define INIT_ALLOW(NAME)
#define INIT_UNREACHABLE(NAME)

static struct security_hook_list confine_hooks[] __ro_after_init = {
#define HOOK(NAME, DECISION, REASON) INIT_##DECISION(NAME)
#include "hooks.h"
#undef HOOK
};

void __init cloudabi_add_confine_hooks(void)
{
	cloudabi_init_required_rights();
	security_add_hooks(confine_hooks, ARRAY_SIZE(confine_hooks),
			   &cloudabi_lsmid);
}
