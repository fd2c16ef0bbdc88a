// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Process descriptors
 *
 * What proc_fork() gives the parent.  The object outlives the process and keeps
 * how it ended; when nobody refers to the object any more, neither by
 * descriptor nor in a message, the process is killed.
 */

#include <linux/anon_inodes.h>
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/irq_work.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "../../security/cloudabi/table.h"
#include "../../security/cloudabi/task.h"
#include "procdesc.h"

/**
 * struct procdesc - A process, as those see it who hold a descriptor of it
 * @pid: its pid, which it keeps whatever it executes; NULL before it exists
 * @wait: our place among those who want to know what becomes of @pid
 * @start: when it was made
 * @pollers: those who wait for the end of the process
 * @wake: wakes them, once no lock is held
 * @ended: whether it has ended; @signal and @exitcode are valid from then on
 * @signal: the signal that killed it, 0 if there was none
 * @exitcode: its exit code, 0 if it was killed
 *
 * Locking: @pid is set before others can see the object.  The status is written
 * once, under the lock of the queue that @wait is in.
 */
struct procdesc {
	struct pid *pid;
	struct wait_queue_entry wait;
	struct timespec64 start;
	struct wait_queue_head pollers;
	struct irq_work wake;
	bool ended;
	cloudabi_signal_t signal;
	cloudabi_exitcode_t exitcode;
};

static const cloudabi_signal_t signals[] = {
#define SIGNAL_OF_LINUX(value, name, signr) [signr] = (value),
	CLOUDABI_SIGNALS(SIGNAL_OF_LINUX)
};

/* A signal that the ABI has no name for is an abnormal end like any other. */
static cloudabi_signal_t signal_of(int signr)
{
	if (signr < (int)ARRAY_SIZE(signals) && signals[signr])
		return signals[signr];
	return CLOUDABI_SIGABRT;
}

/* Linux keeps 8 bits of an exit code; the whole of it is with the process. */
static void set_status(struct procdesc *desc, struct task_struct *leader)
{
	const struct cloudabi_proc *const proc =
		cloudabi_task_blob(leader)->proc;
	const struct signal_struct *const group = leader->signal;
	const int code = group->flags & SIGNAL_GROUP_EXIT ?
				 group->group_exit_code : leader->exit_code;

	if (code & 0x7f)
		desc->signal = signal_of(code & 0x7f);
	else
		desc->exitcode = cloudabi_proc_exitcode(proc, code >> 8);
	/* Pairs with has_ended(). */
	smp_store_release(&desc->ended, true);
}

static bool has_ended(const struct procdesc *desc)
{
	/* Pairs with set_status(). */
	return smp_load_acquire(&desc->ended);
}

/*
 * Called for all that happens to the pid: when its thread becomes a zombie,
 * when the last other thread of a zombie has gone, when a tracer lets go of one,
 * and when the number is given up.  What counts is that no thread is left.
 * Which task the pid is of may change, as a thread that executes a program takes
 * over that of the first one; the first one is a zombie then, but never the only
 * thread.
 *
 * How many poll is up to programs, and so they are woken later: as soon as
 * interrupts are on again.
 *
 * Context: tasklist_lock is held for writing, so that none of this changes.
 */
static int on_wakeup(struct wait_queue_entry *wait, unsigned int mode,
		     int flags, void *key)
{
	struct procdesc *const desc = container_of(wait, struct procdesc, wait);
	struct task_struct *leader;

	guard(rcu)();
	leader = pid_task(desc->pid, PIDTYPE_TGID);
	if (desc->ended || !leader || !leader->exit_state ||
	    !thread_group_empty(leader))
		return 0;
	set_status(desc, leader);
	/* Fully ordered, as is procdesc_poll(). */
	if (wq_has_sleeper(&desc->pollers))
		irq_work_queue(&desc->wake);
	return 0;
}

static void wake_pollers(struct irq_work *wake)
{
	struct procdesc *const desc = container_of(wake, struct procdesc, wake);

	wake_up_poll(&desc->pollers, EPOLLIN | EPOLLRDNORM);
}

static __poll_t procdesc_poll(struct file *file, struct poll_table_struct *wait)
{
	struct procdesc *const desc = file->private_data;

	poll_wait(file, &desc->pollers, wait);
	/* Who ends looks for pollers behind what is looked at here. */
	smp_mb();
	return has_ended(desc) ? EPOLLIN | EPOLLRDNORM : 0;
}

/*
 * The signal is the kernel's own: it asks nobody for permission, and kills even
 * the init of a pid namespace.
 */
static int procdesc_release(struct inode *inode, struct file *file)
{
	struct procdesc *const desc = file->private_data;

	if (desc->pid) {
		remove_wait_queue(&desc->pid->wait_pidfd, &desc->wait);
		if (!desc->ended)
			kill_pid(desc->pid, SIGKILL, 1);
		put_pid(desc->pid);
	}
	/* Nothing begins it any more, but it may be under way. */
	irq_work_sync(&desc->wake);
	kfree(desc);
	return 0;
}

static void procdesc_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct procdesc *const desc = file->private_data;
	struct pid_namespace *const ns =
		proc_pid_ns(file_inode(m->file)->i_sb);

	if (!has_ended(desc))
		seq_printf(m, "Pid:\t%d\ncloudabi-process:\trunning\n",
			   pid_nr_ns(desc->pid, ns));
	else if (desc->signal)
		seq_printf(m, "Pid:\t-1\ncloudabi-process:\tkilled by %u\n",
			   desc->signal);
	else
		seq_printf(m, "Pid:\t-1\ncloudabi-process:\texited %u\n",
			   desc->exitcode);
}

static const struct file_operations procdesc_fops = {
	.poll = procdesc_poll,
	.release = procdesc_release,
	.show_fdinfo = procdesc_show_fdinfo,
};

/**
 * cloudabi_procdesc_create - Make a descriptor for a process to come
 *
 * Return: the file, or an error.
 */
struct file *cloudabi_procdesc_create(void)
{
	struct procdesc *desc __free(kfree) =
		kzalloc(sizeof(*desc), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!desc)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&desc->pollers);
	init_irq_work(&desc->wake, wake_pollers);
	init_waitqueue_func_entry(&desc->wait, on_wakeup);
	file = anon_inode_getfile("[cloudabi-process]", &procdesc_fops, desc,
				  O_RDONLY);
	if (!IS_ERR(file))
		retain_and_null_ptr(desc);
	return file;
}

/**
 * cloudabi_procdesc_attach - Let a descriptor refer to a process
 * @file: the descriptor, which nobody else knows
 * @task: the process, which does not run yet and thus can't end unnoticed
 */
void cloudabi_procdesc_attach(struct file *file, struct task_struct *task)
{
	struct procdesc *const desc = file->private_data;

	ktime_get_coarse_real_ts64(&desc->start);
	desc->pid = get_task_pid(task, PIDTYPE_TGID);
	add_wait_queue(&desc->pid->wait_pidfd, &desc->wait);
}

/**
 * cloudabi_is_procdesc - Is a file a process descriptor?
 * @file: the file
 */
bool cloudabi_is_procdesc(const struct file *file)
{
	return file->f_op == &procdesc_fops;
}

/**
 * cloudabi_procdesc_status - How a process has ended
 * @file: a process descriptor
 * @signal: where to store the signal that killed it, 0 if there was none
 * @exitcode: where to store its exit code, 0 if it was killed
 *
 * Return: false if it has not ended; nothing is stored then.
 */
bool cloudabi_procdesc_status(struct file *file, cloudabi_signal_t *signal,
			      cloudabi_exitcode_t *exitcode)
{
	const struct procdesc *const desc = file->private_data;

	if (!has_ended(desc))
		return false;
	*signal = desc->signal;
	*exitcode = desc->exitcode;
	return true;
}

/**
 * cloudabi_procdesc_stat - Attributes of a process
 * @file: a process descriptor
 * @stat: those of its inode, which is not its own; corrected here
 */
void cloudabi_procdesc_stat(struct file *file, struct kstat *stat)
{
	const struct procdesc *const desc = file->private_data;

	stat->ino = desc->pid->ino;
	stat->atime = desc->start;
	stat->mtime = desc->start;
	stat->ctime = desc->start;
}
