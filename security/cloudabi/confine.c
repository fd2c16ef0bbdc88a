// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Confinement
 *
 * The second layer.  The calls of the ABI ask for rights before they do
 * anything; these hooks refuse whatever a CloudABI task reaches in another way,
 * as by a call that forgot, or by a part of the kernel that acts for it.
 *
 * Only hooks that are cold for everyone are used.  Hooks that also run when the
 * kernel itself works with other credentials in a task's context (overlay file
 * systems, network file systems, automounts, core dumps) can't tell and are
 * left out: inode_*, path_*, capable, sb_kern_mount, key_*, file_open.
 */

#include <linux/binfmts.h>
#include <linux/cloudabi.h>
#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/securebits.h>

#include "task.h"

/* Names that no descriptor stands for */
#define DENY_quotactl 1
#define DENY_quota_on 1
#define DENY_syslog 1
#define DENY_settime 1
#define DENY_sb_remount 1
#define DENY_sb_mount 1
#define DENY_sb_umount 1
#define DENY_sb_pivotroot 1
#define DENY_move_mount 1
#define DENY_path_chroot 1
#define DENY_path_notify 1
#define DENY_userns_create 1
#define DENY_kernel_module_request 1

/* Other processes, and what the process was given from outside */
#define DENY_ptrace_access_check 1
#define DENY_ptrace_traceme 1
#define DENY_capset 1
#define DENY_task_setpgid 1
#define DENY_task_setnice 1
#define DENY_task_setioprio 1
#define DENY_task_prlimit 1
#define DENY_task_setrlimit 1
#define DENY_task_setscheduler 1
#define DENY_task_movememory 1
#define DENY_task_kill 1

/* Requests that no right stands for */
#define DENY_file_ioctl 1
#define DENY_file_ioctl_compat 1
#define DENY_file_lock 1

/* System V and POSIX objects with global names */
#define DENY_ipc_permission 1
#define DENY_msg_queue_alloc_security 1
#define DENY_sem_alloc_security 1
#define DENY_shm_alloc_security 1

/* Sockets with addresses */
#define DENY_unix_stream_connect 1
#define DENY_socket_bind 1
#define DENY_socket_connect 1
#define DENY_socket_listen 1
#define DENY_socket_accept 1
#define DENY_netlink_send 1

/* Machines within the machine */
#define DENY_bpf 1
#define DENY_bpf_map 1
#define DENY_bpf_prog 1
#define DENY_perf_event_open 1
#define DENY_uring_override_creds 1
#define DENY_uring_sqpoll 1
#define DENY_uring_cmd 1

static bool confined(void)
{
	return unlikely(cloudabi_task(current));
}

/* A function deny_HOOK for each hook in the lists above. */
#define DENY_FUNCTION_0(RET, DEFAULT, NAME, ...)
#define DENY_FUNCTION_1(RET, DEFAULT, NAME, ...)      \
	static RET deny_##NAME(__VA_ARGS__)           \
	{                                             \
		return confined() ? -EPERM : DEFAULT; \
	}
#define DENY_FUNCTION__(listed, ...) DENY_FUNCTION_##listed(__VA_ARGS__)
#define DENY_FUNCTION_(listed, ...) DENY_FUNCTION__(listed, __VA_ARGS__)
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	DENY_FUNCTION_(__is_defined(DENY_##NAME), RET, DEFAULT, NAME, __VA_ARGS__)
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK

/* Sockets come from Linux programs, or in pairs. */
static int hook_socket_create(int family, int type, int protocol, int kern)
{
	if (!confined() || kern)
		return 0;
	return cloudabi_task_blob(current)->makes_pair ? 0 : -EPERM;
}

/* Descriptors come by sock_recv(), with their rights, and in no other way. */
static int hook_file_receive(struct file *file)
{
	return confined() && !cloudabi_task_blob(current)->receives ? -EPERM : 0;
}

/* Flags of open files are set by fd_stat_put(); the rest are ioctls in spirit. */
static int hook_file_fcntl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	return confined() && cmd != F_SETFL ? -EPERM : 0;
}

static int refuse_write_exec(unsigned long prot)
{
	const unsigned long both = PROT_WRITE | PROT_EXEC;

	return confined() && (prot & both) == both ? -EACCES : 0;
}

static int hook_mmap_file(struct file *file, unsigned long reqprot,
			  unsigned long prot, unsigned long flags)
{
	return refuse_write_exec(prot);
}

static int hook_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			      unsigned long prot)
{
	return refuse_write_exec(prot);
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
	return confined() && !is_cloudabi_image(bprm) ? -ENOEXEC : 0;
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

/**
 * cloudabi_confines_walk - Must a path walk that starts anywhere be refused?
 *
 * Names only have a meaning beneath a directory.  The walks of the ABI's calls
 * say so; one that does not was not made for the program.  The kernel itself
 * opens a file for a core dump.
 */
bool cloudabi_confines_walk(void)
{
	return confined() && !(current->flags & PF_DUMPCORE);
}

#define DENY_INIT_0(NAME)
#define DENY_INIT_1(NAME) LSM_HOOK_INIT(NAME, deny_##NAME),
#define DENY_INIT__(listed, NAME) DENY_INIT_##listed(NAME)
#define DENY_INIT_(listed, NAME) DENY_INIT__(listed, NAME)

static struct security_hook_list confine_hooks[] __ro_after_init = {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	DENY_INIT_(__is_defined(DENY_##NAME), NAME)
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
	LSM_HOOK_INIT(socket_create, hook_socket_create),
	LSM_HOOK_INIT(file_receive, hook_file_receive),
	LSM_HOOK_INIT(file_fcntl, hook_file_fcntl),
	LSM_HOOK_INIT(mmap_file, hook_mmap_file),
	LSM_HOOK_INIT(file_mprotect, hook_file_mprotect),
	LSM_HOOK_INIT(bprm_check_security, hook_bprm_check_security),
	LSM_HOOK_INIT(bprm_creds_from_file, hook_bprm_creds_from_file),
};

void __init cloudabi_add_confine_hooks(void)
{
	security_add_hooks(confine_hooks, ARRAY_SIZE(confine_hooks),
			   &cloudabi_lsmid);
}
