// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Lines in /proc about a CloudABI task
 */

#include <linux/cloudabi.h>
#include <linux/seq_file.h>

#include "table.h"
#include "task.h"

/**
 * cloudabi_show_fdinfo - Print the CloudABI lines of /proc/PID/fdinfo/FD
 * @m: the file to print to
 * @task: the task
 * @fd: number of the descriptor
 * @file: its file, which the caller has a reference to
 *
 * Reads the process under task_lock(), as exec of @task may replace it.
 *
 * Context: Process context.  Takes task_lock().
 */
void cloudabi_show_fdinfo(struct seq_file *m, struct task_struct *task,
			  unsigned int fd, const struct file *file)
{
	struct cloudabi_rights rights = { };
	struct cloudabi_proc *proc;
	bool known = false;

	if (!is_cloudabi_task(task))
		return;

	task_lock(task);
	proc = cloudabi_task_blob(task)->proc;
	if (proc)
		known = cloudabi_proc_rights(proc, fd, file, &rights);
	task_unlock(task);

	if (!known)
		rights = (struct cloudabi_rights){ 0, 0 };
	seq_printf(m, "cloudabi-base:\t0x%016llx\ncloudabi-inheriting:\t0x%016llx\n",
		   rights.base, rights.inheriting);
}

/**
 * cloudabi_show_status - Print the CloudABI lines of /proc/PID/status
 * @m: the file to print to
 * @task: the task
 *
 * Context: Process context.
 */
void cloudabi_show_status(struct seq_file *m, struct task_struct *task)
{
	if (!is_cloudabi_task(task))
		return;
	seq_printf(m, "CloudABI:\t%u\nCloudABIPrecision:\t%llu ns\n",
		   CLOUDABI_VERSION,
		   READ_ONCE(cloudabi_task_blob(task)->precision));
}
