/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - The blob of a task
 */
#ifndef _SECURITY_CLOUDABI_TASK_H
#define _SECURITY_CLOUDABI_TASK_H

#include <linux/cloudabi.h>
#include <linux/init.h>
#include <linux/lsm_hooks.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

struct cloudabi_exec_request;
struct cloudabi_fd;
struct cloudabi_proc;
struct cloudabi_futex_queue;
struct cloudabi_scm;

/**
 * struct cloudabi_task - Blob of a task
 * @proc: the process of the task, NULL for a Linux task; only the task itself
 *        changes it, in exec, when it is the only thread of its group
 * @fd_rights: rights of the descriptor that the current call looked up last
 * @dirs: directories that the current call passes to Linux by number, see
 *        cloudabi_dfd_path()
 * @open_flags: O_* flags of the last file_open(), whether it succeeded or not;
 *              after success, O_CREAT is set only if the call created the file
 * @in_socketpair: the current call creates a pair of sockets
 * @in_scm_recv: the current call receives descriptors
 * @recv_restarted: the current call restarts a read of a stream, which had
 *                  stored data before a signal interrupted it
 * @forked: proc_fork() created the process
 * @send_scm: rights of the descriptors that the current call sends
 * @exec: what the current call passes to the program that it executes
 * @queue: memory for the next wait at a lock or a condition variable
 * @precision: precision floor of clocks in ns, 0 if there is none, see
 *             kernel/cloudabi/precision.c; a Linux task may have a floor, too,
 *             which its CloudABI programs inherit
 *
 * Other tasks read @proc, @forked and @precision.  Only the task itself
 * accesses the other fields.
 */
struct cloudabi_task {
	struct cloudabi_proc *proc;
	struct cloudabi_rights fd_rights;
	const struct cloudabi_fd *dirs[CLOUDABI_DFDS];
	unsigned int open_flags;
	bool in_socketpair;
	bool in_scm_recv;
	bool recv_restarted;
	bool forked;
	struct cloudabi_scm *send_scm;
	const struct cloudabi_exec_request *exec;
	struct cloudabi_futex_queue *queue;
	u64 precision;
};

extern struct lsm_blob_sizes cloudabi_blob_sizes;
extern bool cloudabi_enabled;
extern const struct lsm_id cloudabi_lsmid;

static inline struct cloudabi_task *
cloudabi_task_blob(const struct task_struct *task)
{
	return task->security + cloudabi_blob_sizes.lbs_task;
}

static inline struct cloudabi_proc *cloudabi_current_proc(void)
{
	return cloudabi_task_blob(current)->proc;
}

/**
 * cloudabi_call_nr - Get the number of the current call
 *
 * The result has 8 bits, so that it indexes cloudabi_required_by_call[] without
 * a bounds check.  All numbers of CloudABI calls fit.  The result can also be
 * the number of restart_syscall, by which Linux resumes a stopped wait.
 *
 * Context: Process context.
 * Return: the number.
 */
static __always_inline u8 cloudabi_call_nr(void)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

/* kernel/cloudabi/futex_queue.c */
void cloudabi_futex_queue_free(struct cloudabi_futex_queue *queue);

/* kernel/cloudabi/precision.c */
int cloudabi_precision_prctl(int option, unsigned long arg2, unsigned long arg3,
			     unsigned long arg4, unsigned long arg5);

void __init cloudabi_add_confine_hooks(void);

#endif /* _SECURITY_CLOUDABI_TASK_H */
