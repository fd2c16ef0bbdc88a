// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Registration of the module, and the blob of a task
 */

#include <linux/cloudabi.h>
#include <linux/sched/signal.h>

#include "process.h"
#include "task.h"

bool cloudabi_enabled __ro_after_init;

/* Linux numbers its modules from 100 on.  This id spells "CABI". */
const struct lsm_id cloudabi_lsmid = {
	.name = "cloudabi",
	.id = 0x43414249,
};

struct lsm_blob_sizes cloudabi_blob_sizes __ro_after_init = {
	.lbs_task = sizeof(struct cloudabi_task),
};

/* A thread shares the process of its group.  A child process gets a copy. */
static int hook_task_alloc(struct task_struct *task, unsigned long clone_flags)
{
	struct cloudabi_proc *proc;

	cloudabi_task_blob(task)->precision =
		cloudabi_task_blob(current)->precision;
	if (likely(!is_cloudabi_task(current)))
		return 0;

	proc = cloudabi_current_proc();
	if (clone_flags & CLONE_THREAD) {
		refcount_inc(&proc->users);
	} else {
		proc = cloudabi_proc_copy(proc);
		if (!proc)
			return -ENOMEM;
	}
	cloudabi_task_blob(task)->proc = proc;
	cloudabi_task_blob(task)->forked = !(clone_flags & CLONE_THREAD) ||
					   cloudabi_task_blob(current)->forked;
	return 0;
}

static void hook_task_free(struct task_struct *task)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(task);

	cloudabi_proc_put(blob->proc);
	cloudabi_futex_queue_free(blob->queue);
}

/* Launchers set the precision floor of clocks.  CloudABI has no prctl(). */
static int hook_task_prctl(int option, unsigned long arg2, unsigned long arg3,
			   unsigned long arg4, unsigned long arg5)
{
	if (unlikely(is_cloudabi_task(current)))
		return -EPERM;
	return cloudabi_precision_prctl(option, arg2, arg3, arg4, arg5);
}

static struct security_hook_list task_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(task_alloc, hook_task_alloc),
	LSM_HOOK_INIT(task_free, hook_task_free),
	LSM_HOOK_INIT(task_prctl, hook_task_prctl),
};

static int __init cloudabi_init(void)
{
	security_add_hooks(task_hooks, ARRAY_SIZE(task_hooks), &cloudabi_lsmid);
	cloudabi_add_confine_hooks();
	cloudabi_enabled = true;
	return 0;
}

DEFINE_LSM(cloudabi) = {
	.name = "cloudabi",
	.order = LSM_ORDER_LAST,
	.blobs = &cloudabi_blob_sizes,
	.init = cloudabi_init,
};
