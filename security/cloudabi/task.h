/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - What a task carries
 */
#ifndef _SECURITY_CLOUDABI_TASK_H
#define _SECURITY_CLOUDABI_TASK_H

#include <linux/cloudabi.h>
#include <linux/init.h>
#include <linux/lsm_hooks.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

struct cloudabi_exec;
struct cloudabi_fd;
struct cloudabi_proc;
struct cloudabi_queue;
struct cloudabi_scm;

/**
 * struct cloudabi_task - Blob of a task
 * @proc: the process that the task belongs to, NULL for a Linux task; changed
 *        only by the task itself, in exec, when it has no siblings
 * @fd_rights: rights of the descriptor that the task's current call has looked up,
 *        the last one if there are several
 * @dirs: directories that the task's current call looks names up beneath, see
 *        cloudabi_dfd_path()
 * @open_flags: how the task's last file_open() opened or would have opened a file:
 *         O_*, where O_CREAT is that a file was made
 * @in_socketpair: whether the task's current call makes a pair of sockets
 * @in_scm_recv: whether the task's current call receives descriptors
 * @recv_restarted: whether the task's current call goes on with a read of a stream
 * @forked: whether the process was made by proc_fork()
 * @send_scm: what goes with the descriptors that the task's current call sends
 * @exec: what the task's current call gives the program that it executes
 * @queue: ready for the next wait at a lock, see kernel/cloudabi/futex.c
 * @precision: floor of clocks in ns, 0 if there is none; of Linux tasks, too, as
 *             it is set before exec
 *
 * Others look at @proc and @forked.  All else is used only by the task itself.
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
	const struct cloudabi_exec *exec;
	struct cloudabi_queue *queue;
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

static inline struct cloudabi_proc *cloudabi_proc(void)
{
	return cloudabi_task_blob(current)->proc;
}

/**
 * cloudabi_call_nr - Number of the call that the caller has in progress
 *
 * None has more than 8 bits.  Numbers that are not in the table are those of
 * others: a wait goes on by a call of Linux's.
 */
static __always_inline u8 cloudabi_call_nr(void)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

/* kernel/cloudabi/futex.c */
void cloudabi_queue_free(struct cloudabi_queue *queue);

/* kernel/cloudabi/precision.c */
int cloudabi_precision_prctl(int option, unsigned long arg2, unsigned long arg3,
			     unsigned long arg4, unsigned long arg5);

void __init cloudabi_add_confine_hooks(void);

#endif /* _SECURITY_CLOUDABI_TASK_H */
