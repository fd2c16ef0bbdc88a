// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Confinement
 *
 * The second layer of the protection.  In the first layer, the handlers check
 * the rights of descriptors before they act.  This layer refuses actions that a
 * CloudABI task reaches in another way: by a handler that forgot a check, or by
 * a part of the kernel that acts on behalf of the task.
 *
 * How it decides:
 *
 * - By hook.  hooks.h has a row for each hook of the kernel.  DENY refuses,
 *   ALLOW and UNREACHABLE have no function here, and for RIGHT there is a
 *   hook_NAME() below.  A hook of a later kernel without a row does not
 *   compile.
 *
 * - By the rights of the current call.  hook_NAME() compares what the kernel is
 *   about to do with the rights that the look-ups of the call have found: those
 *   of the descriptor that was looked up last, and those of the directories
 *   that the handler passed to Linux.  The look-ups store them in the blob of
 *   the task.  A handler cannot forget that, as only a look-up returns a file.
 *
 * - By call.  Each look-up checks the rights that the table of the ABI lists
 *   for the call (required.c).
 *
 * - By file system.  Only some may be changed at all (filesystem.c).
 *
 * - By path.  Each path walk must stay beneath a directory of the call, see
 *   cloudabi_confine_walk().
 *
 * A refusal is -ENOTCAPABLE if a right is missing, or if the file system must
 * not be changed.  With other errors, no right could allow the action.
 * denied.c reports refusals.
 */

#include <linux/binfmts.h>
#include <linux/cloudabi.h>
#include <linux/cloudabi_errno.h>
#include <linux/cred.h>
#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/securebits.h>

#include "denied.h"
#include "filesystem.h"
#include "mapping.h"
#include "required.h"
#include "table.h"
#include "task.h"

/* Each of these rights allows opening a file for writing. */
#define RIGHTS_WRITE \
	(R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

/*
 * Does current run a CloudABI program, and does it act for itself?
 *
 * is_cloudabi_task() answers only the first question.  Overlayfs and eCryptfs,
 * caches of network file systems and core dumps act in the context of the task,
 * but with credentials of their own.  A program cannot make them do so for it,
 * so they are not confined.
 */
static bool confine_applies(void)
{
	return unlikely(is_cloudabi_task(current)) &&
	       current_cred() == current_real_cred();
}

static int confine_refuse(const char *hook, int error)
{
	cloudabi_log_denied_hook(hook);
	return error;
}

/* In hook_NAME(), the string "NAME" */
#define THIS_HOOK (__func__ + sizeof("hook_") - 1)
#define REFUSE(error) confine_refuse(THIS_HOOK, error)
/* 0 if the rights @have include all of @need, or any of @need */
#define REQUIRE_ALL(need, have) ((need) & ~(have) ? REFUSE(-ENOTCAPABLE) : 0)
#define REQUIRE_ANY(need, have) ((need) & (have) ? 0 : REFUSE(-ENOTCAPABLE))
/* 0 if the file system may be changed, given the right to do so */
#define REQUIRE_CHANGEABLE(sb) \
	(cloudabi_sb_may_change(sb) ? 0 : REFUSE(-ENOTCAPABLE))

/* Rights of the descriptor that the current call looked up last */
static const struct cloudabi_rights *confine_fd_rights(void)
{
	return &cloudabi_task_blob(current)->fd_rights;
}

/* Rights of a directory that the current call passed to Linux */
static cloudabi_rights_t call_dir_rights(unsigned int i)
{
	const struct cloudabi_fd *const dir =
		cloudabi_task_blob(current)->dirs[i];

	return dir ? dir->rights.base : 0;
}

/*
 * deny_NAME() for each hook NAME.  The compiler drops those that no row of
 * hooks.h uses.
 */
#define DENIED_int(NAME) confine_refuse(#NAME, -EPERM)
#define DENIED_void(NAME) LSM_RET_VOID
#define LSM_HOOK(RET, DEFAULT, NAME, ...)                  \
	static RET __maybe_unused deny_##NAME(__VA_ARGS__) \
	{                                                  \
		if (confine_applies())                         \
			return DENIED_##RET(NAME);         \
		return DEFAULT;                            \
	}
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK

/* A hook without a row, or a row without a hook, does not compile. */
enum confine_row {
#define HOOK(NAME, DECISION, REASON) ROW_##NAME,
#include "hooks.h"
#undef HOOK
};

enum confine_hook {
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
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_UNLINK), call_dir_rights(0));
}

static int hook_path_rmdir(const struct path *dir, struct dentry *dentry)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_UNLINK), call_dir_rights(0));
}

static int hook_path_mkdir(const struct path *dir, struct dentry *dentry,
			   umode_t mode)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_CREATE_DIRECTORY), call_dir_rights(0));
}

static int hook_path_symlink(const struct path *dir, struct dentry *dentry,
			     const char *old_name)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_SYMLINK), call_dir_rights(0));
}

static int hook_path_link(struct dentry *old_dentry, const struct path *new_dir,
			  struct dentry *new_dentry)
{
	if (!confine_applies())
		return 0;
	/* A hard link is in the file system of its file. */
	return REQUIRE_CHANGEABLE(new_dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_LINK_SOURCE), call_dir_rights(0)) ?:
	       REQUIRE_ALL(R(FILE_LINK_TARGET), call_dir_rights(1));
}

static int hook_path_rename(const struct path *old_dir,
			    struct dentry *old_dentry,
			    const struct path *new_dir,
			    struct dentry *new_dentry, unsigned int flags)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(old_dir->dentry->d_sb) ?:
	       REQUIRE_CHANGEABLE(new_dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_RENAME_SOURCE), call_dir_rights(0)) ?:
	       REQUIRE_ALL(R(FILE_RENAME_TARGET), call_dir_rights(1));
}

/* file_open() creates regular files.  No call creates other nodes. */
static int hook_path_mknod(const struct path *dir, struct dentry *dentry,
			   umode_t mode, unsigned int dev)
{
	if (!confine_applies())
		return 0;
	if (!S_ISREG(mode))
		return REFUSE(-EPERM);
	return REQUIRE_CHANGEABLE(dir->dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_CREATE_FILE), confine_fd_rights()->base);
}

/*
 * The rights to read were checked by the look-up.  They are not checked again:
 * stacked file systems open files of their own to answer other calls, such as
 * file_stat_get().  If such a file system is refused a file for writing, it
 * lets a kernel thread open it instead.
 */
static int hook_file_open(struct file *file)
{
	const unsigned int flags = file->f_flags;
	cloudabi_rights_t passed;
	int error = 0;

	if (!confine_applies())
		return 0;
	if (flags & __FMODE_EXEC)
		return REQUIRE_ALL(R(PROC_EXEC), confine_fd_rights()->base);

	passed = confine_fd_rights()->inheriting;
	if (file->f_mode & FMODE_WRITE) {
		error = REQUIRE_CHANGEABLE(file_inode(file)->i_sb) ?:
			REQUIRE_ALL(R(FILE_OPEN), confine_fd_rights()->base) ?:
			REQUIRE_ANY(RIGHTS_WRITE, passed);
		if (!error && !(flags & (O_APPEND | O_TRUNC)))
			error = REQUIRE_ALL(R(FD_SEEK), passed);
	}
	if (!error && (flags & __O_SYNC))
		error = REQUIRE_ALL(R(FD_SYNC), passed);
	else if (!error && (flags & O_DSYNC))
		error = REQUIRE_ANY(R(FD_SYNC) | R(FD_DATASYNC), passed);
	return error;
}

/*
 * No call sets extended attributes, but eCryptfs stores the key of a new file
 * in an extended attribute.
 */
static int hook_inode_setxattr(struct mnt_idmap *idmap, struct dentry *dentry,
			       const char *name, const void *value, size_t size,
			       int flags)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(dentry->d_sb) ?:
	       REQUIRE_ALL(R(FILE_CREATE_FILE), confine_fd_rights()->base);
}

/* The call looked up the file, or the directory in which it opens the file. */
static cloudabi_rights_t confine_size_rights(void)
{
	return confine_fd_rights()->base | confine_fd_rights()->inheriting;
}

static int hook_file_truncate(struct file *file)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_CHANGEABLE(file_inode(file)->i_sb) ?:
	       REQUIRE_ALL(R(FILE_STAT_FPUT_SIZE), confine_size_rights());
}

static cloudabi_rights_t confine_times_right(void)
{
	return cloudabi_call_nr() == CLOUDABI_NR_file_stat_put ?
		       R(FILE_STAT_PUT_TIMES) : R(FILE_STAT_FPUT_TIMES);
}

/*
 * A write clears the set-id bits, with ATTR_FORCE, and needs no right for that.
 * A change of the size comes with new times, which need no right of their own.
 *
 * A program can write to a file that its Linux parent opened for writing in any
 * file system, but it cannot change the size or the times where
 * REQUIRE_CHANGEABLE() refuses.
 */
static int hook_inode_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			      struct iattr *attr)
{
	const unsigned int valid = attr->ia_valid;
	int error;

	if (!confine_applies() ||
	    (valid & (ATTR_FORCE | ATTR_SIZE)) == ATTR_FORCE)
		return 0;
	error = REQUIRE_CHANGEABLE(dentry->d_sb);
	if (error)
		return error;
	if (valid & ATTR_SIZE)
		return REQUIRE_ALL(R(FILE_STAT_FPUT_SIZE),
				   confine_size_rights());
	if (valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return REFUSE(-EPERM);
	if (valid & (ATTR_ATIME | ATTR_MTIME))
		return REQUIRE_ALL(confine_times_right(),
				   confine_fd_rights()->base);
	return 0;
}

static int hook_socket_shutdown(struct socket *sock, int how)
{
	if (!confine_applies())
		return 0;
	return REQUIRE_ALL(R(SOCK_SHUTDOWN), confine_fd_rights()->base);
}

/* A program creates sockets in pairs only, by fd_create2(). */
static int hook_socket_create(int family, int type, int protocol, int kern)
{
	if (!confine_applies() || kern ||
	    cloudabi_task_blob(current)->in_socketpair)
		return 0;
	return REFUSE(-EPERM);
}

/* Only sock_recv() receives descriptors, because it receives their rights. */
static int hook_file_receive(struct file *file)
{
	if (!confine_applies() || cloudabi_task_blob(current)->in_scm_recv)
		return 0;
	return REFUSE(-EPERM);
}

static bool confine_is_pwritable(const struct file *file)
{
	return file->f_mode & FMODE_WRITE && file->f_mode & FMODE_PWRITE;
}

/* fd_stat_put() sets flags.  No call makes other requests of fcntl(). */
static int hook_file_fcntl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	const unsigned long flags = READ_ONCE(file->f_flags);
	const unsigned long added = arg & ~flags;
	cloudabi_rights_t need = R(FD_STAT_PUT_FLAGS);
	int error;

	if (!confine_applies())
		return 0;
	if (cmd != F_SETFL)
		return REFUSE(-EPERM);

	if (added & __O_SYNC)
		need |= R(FD_SYNC);
	/* Without O_APPEND, a write can overwrite existing data. */
	if (flags & ~arg & O_APPEND && confine_is_pwritable(file))
		need |= R(FD_WRITE) | R(FD_SEEK);
	error = REQUIRE_ALL(need, confine_fd_rights()->base);
	if (!error && (added & O_DSYNC))
		error = REQUIRE_ANY(R(FD_SYNC) | R(FD_DATASYNC),
				    confine_fd_rights()->base);
	return error;
}

/*
 * No call requests SIGIO, and no program can handle it: the signal would kill
 * the task.  A Linux parent has requested it, perhaps for a file that the
 * program never had.  The target of the signal is checked, not current.
 */
static int hook_file_send_sigiotask(struct task_struct *task,
				    struct fown_struct *fown, int signal)
{
	return is_cloudabi_task(task) ? -EPERM : 0;
}

/*
 * proc_raise() does not call this hook.  With @cred, a task has left these
 * credentials with a request, for example to a USB device.  The device sends
 * the signal when the request is done, in a softirq that may interrupt any
 * task.  current is not the sender then.
 */
static int hook_task_kill(struct task_struct *task,
			  struct kernel_siginfo *info, int signal,
			  const struct cred *cred)
{
	return confine_applies() && !cred ? REFUSE(-EPERM) : 0;
}

static bool confine_is_write_exec(unsigned long prot)
{
	const unsigned long both = PROT_WRITE | PROT_EXEC;

	return (prot & both) == both;
}

/* When exec maps segments, bprm_check_security has checked the file. */
static int hook_mmap_file(struct file *file, unsigned long reqprot,
			  unsigned long prot, unsigned long flags)
{
	cloudabi_rights_t need = R(MEM_MAP);

	if (!confine_applies())
		return 0;
	if (confine_is_write_exec(prot))
		return REFUSE(-EACCES);
	if (!file || current->in_execve)
		return 0;

	if (prot & PROT_READ)
		need |= R(FD_READ);
	if (prot & PROT_WRITE)
		need |= R(FD_WRITE);
	if (prot & PROT_EXEC)
		need |= R(MEM_MAP_EXEC);
	return REQUIRE_ALL(need, confine_fd_rights()->base);
}

static int hook_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			      unsigned long prot)
{
	if (!confine_applies())
		return 0;
	return confine_is_write_exec(prot) ||
	       calc_vm_prot_bits(prot, 0) &
		       cloudabi_vm_forbidden(vma->vm_flags) ? REFUSE(-EACCES) : 0;
}

static bool confine_is_cloudabi_image(const struct linux_binprm *bprm)
{
	return !memcmp(bprm->buf, ELFMAG, SELFMAG) &&
	       bprm->buf[EI_OSABI] == CLOUDABI_ELFOSABI;
}

/*
 * A CloudABI task executes CloudABI programs only.  This hook runs before any
 * binary format reads the file, and again for each interpreter.
 */
static int hook_bprm_check_security(struct linux_binprm *bprm)
{
	if (!confine_applies())
		return 0;
	if (!confine_is_cloudabi_image(bprm))
		return REFUSE(-ENOEXEC);
	return REQUIRE_ALL(R(PROC_EXEC), confine_fd_rights()->base);
}

/*
 * A CloudABI program has no capabilities: no call requires one, and descriptors
 * say all that the program may do.  This module is the last in the order, so it
 * also removes capabilities that come from the file or the user.
 */
static int hook_bprm_creds_from_file(struct linux_binprm *bprm,
				     const struct file *file)
{
	struct cred *const cred = bprm->cred;

	if (!confine_is_cloudabi_image(bprm))
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

/* Is it a directory of the current call, with the rights that it requires? */
static bool confine_is_dir_of_call(const struct path *path)
{
	const cloudabi_rights_t required = cloudabi_required_rights();
	unsigned int i;

	for (i = 0; i < CLOUDABI_DFDS; i++) {
		const struct cloudabi_fd *const dir =
			cloudabi_task_blob(current)->dirs[i];

		if (dir && path_equal(&fd_file(dir->f)->f_path, path))
			return !(required & ~dir->rights.base);
	}
	return false;
}

/**
 * cloudabi_confine_walk - Confine a path walk of a CloudABI task
 * @root: the directory that the walk starts at if the caller of the walk has
 *        preset one, otherwise NULL
 * @name: the path
 * @nested: true if the walk takes place during another walk
 *
 * A path means something only beneath a directory that the program passed to
 * the current call, whatever flags the handler uses.
 *
 * Two kinds of walks are not confined, as no call leads to them.  A core dump
 * opens a file of the kernel's choice.  A file system looks up names of its own
 * beneath a root of its own: with other credentials, or in a nested walk, to
 * mount what the outer walk has reached.
 *
 * Context: Process context, start of a path walk, possibly under RCU.  Does not
 * sleep.
 * Return: look-up flags to add; -EXDEV if the walk is refused.
 */
int cloudabi_confine_walk(const struct path *root, const char *name,
			  bool nested)
{
	if (current->flags & PF_DUMPCORE)
		return 0;
	if (root && (nested || !confine_applies()))
		return 0;
	if (!root || *name == '/' || !confine_is_dir_of_call(root))
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

/**
 * cloudabi_add_confine_hooks - Register the hooks of this file
 *
 * Context: Boot.
 */
void __init cloudabi_add_confine_hooks(void)
{
	cloudabi_init_required_rights();
	security_add_hooks(confine_hooks, ARRAY_SIZE(confine_hooks),
			   &cloudabi_lsmid);
}
