// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Process descriptors
 *
 * proc_fork() returns a process descriptor to the parent.  It is an open file
 * whose private data, struct procdesc, outlives the process and stores how it
 * ended.  When the last reference to the file goes away, the process is killed.
 *
 * References
 *
 *	descriptors, messages in flight  ->  struct file  ->  struct procdesc
 *	struct procdesc  ->  struct pid
 *
 * A struct pid never refers to another process, even if that gets the same
 * number.  So procdesc_release() kills the right process or none.  A struct pid
 * holds no reference to its task.  The wait queue entry procdesc::wait is in
 * the wait queue pid::wait_pidfd without a reference; procdesc_release()
 * removes it.
 *
 * Exit
 *
 * A process that proc_fork() created autoreaps: exit_notify() releases its last
 * task at once, and with it the exit code.  The status must be stored before.
 * exit_notify() wakes pid::wait_pidfd first, which calls procdesc_pid_event(),
 * and decides about autoreap later under the same hold of tasklist_lock:
 *
 *	task that ends				poller
 *	write_lock(tasklist_lock)
 *	exit_state = EXIT_ZOMBIE
 *	  procdesc_pid_event()
 *	    store the status			add to procdesc::pollers
 *	    procdesc::ended = true (release)	smp_mb()
 *	    smp_mb() in wq_has_sleeper()	read procdesc::ended (acquire)
 *	    look for pollers: irq_work_queue()
 *	  exit_state = EXIT_DEAD
 *	write_unlock(tasklist_lock)
 *	procdesc_wake_pollers()
 *	release_task()
 *
 * Either the poller sees the end or the ending task sees the poller, so no
 * wake-up is lost.  Programs determine how many pollers there are.  Waking them
 * under tasklist_lock with interrupts off could take arbitrarily long, hence
 * irq_work.
 *
 * Release against exit: procdesc_release() first removes procdesc::wait.  After
 * that, procdesc_pid_event() cannot run, and procdesc::ended is final.  If the
 * process ends between this and kill_pid(), the signal finds no task.
 */

#include <linux/anon_inodes.h>
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/irq_work.h>
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "../../security/cloudabi/table.h"
#include "../../security/cloudabi/task.h"
#include "procdesc.h"

/**
 * struct procdesc - A process and how it ended
 * @pid: pid of the process; NULL until the process exists
 * @wait: wait queue entry in pid::wait_pidfd
 * @start: time of creation
 * @pollers: waiters for the end of the process
 * @wake: wakes @pollers when interrupts are on again
 * @ended: true if the process has ended; @signal and @exitcode are valid then
 * @signal: signal that killed the process, 0 if it exited
 * @exitcode: exit code, 0 if a signal killed the process
 *
 * Locking: cloudabi_procdesc_attach() sets @pid and @start before other tasks
 * can find the object.  procdesc_pid_event() writes the status once, under
 * tasklist_lock.  Readers take no lock and test @ended first.
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

static const cloudabi_signal_t procdesc_signals[] = {
#define SIGNAL_OF_LINUX(value, name, signr) [signr] = (value),
	CLOUDABI_SIGNALS(SIGNAL_OF_LINUX)
};

/* Signals without an equivalent in the ABI are reported as SIGABRT. */
static cloudabi_signal_t procdesc_signal(int signr)
{
	if (signr < (int)ARRAY_SIZE(procdesc_signals) &&
	    procdesc_signals[signr])
		return procdesc_signals[signr];
	return CLOUDABI_SIGABRT;
}

/*
 * The exit code of Linux has 8 bits.  All 32 bits are in struct cloudabi_proc
 * if the process called proc_exit().
 */
static void procdesc_set_status(struct procdesc *desc,
				struct task_struct *leader)
{
	const struct cloudabi_proc *const proc =
		cloudabi_task_blob(leader)->proc;
	const struct signal_struct *const group = leader->signal;
	const int code = group->flags & SIGNAL_GROUP_EXIT ?
				 group->group_exit_code : leader->exit_code;

	if (code & 0x7f)
		desc->signal = procdesc_signal(code & 0x7f);
	else
		desc->exitcode = cloudabi_proc_exitcode(proc, code >> 8);
	/* Pairs with procdesc_has_ended(). */
	smp_store_release(&desc->ended, true);
}

static bool procdesc_has_ended(const struct procdesc *desc)
{
	/* Pairs with procdesc_set_status(). */
	return smp_load_acquire(&desc->ended);
}

/*
 * Wake function in pid::wait_pidfd.  Linux calls it when the task of the pid
 * becomes a zombie, when the last other thread of a zombie leader is gone, when
 * a tracer detaches from a zombie, and when the pid loses its task.  The
 * process has ended if the leader is a zombie without other threads.
 *
 * The pid can move to another task: a thread that executes a program takes over
 * the pid of the leader.  The old leader is a zombie then, but never the only
 * thread.
 */
static int procdesc_pid_event(struct wait_queue_entry *wait, unsigned int mode,
			      int flags, void *key)
{
	struct procdesc *const desc = container_of(wait, struct procdesc, wait);
	struct task_struct *leader;

	lockdep_assert_held_write(&tasklist_lock);
	guard(rcu)();
	leader = pid_task(desc->pid, PIDTYPE_TGID);
	if (desc->ended || !leader || !leader->exit_state ||
	    !thread_group_empty(leader))
		return 0;
	procdesc_set_status(desc, leader);
	/* A full barrier; pairs with procdesc_poll(). */
	if (wq_has_sleeper(&desc->pollers))
		irq_work_queue(&desc->wake);
	return 0;
}

static void procdesc_wake_pollers(struct irq_work *wake)
{
	struct procdesc *const desc = container_of(wake, struct procdesc, wake);

	wake_up_poll(&desc->pollers, EPOLLIN | EPOLLRDNORM);
}

static __poll_t procdesc_poll(struct file *file, struct poll_table_struct *wait)
{
	struct procdesc *const desc = file->private_data;

	poll_wait(file, &desc->pollers, wait);
	/* Pairs with wq_has_sleeper() in procdesc_pid_event(). */
	smp_mb();
	return procdesc_has_ended(desc) ? EPOLLIN | EPOLLRDNORM : 0;
}

/*
 * The signal comes from the kernel.  It needs no permission, and it kills even
 * the init process of a pid namespace.
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
	/* No task queues the work any more, but it may still be running. */
	irq_work_sync(&desc->wake);
	kfree(desc);
	return 0;
}

static void procdesc_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct procdesc *const desc = file->private_data;
	struct pid_namespace *const ns =
		proc_pid_ns(file_inode(m->file)->i_sb);

	if (!procdesc_has_ended(desc))
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
 * cloudabi_procdesc_create - Create a process descriptor without a process
 *
 * Context: Process context.  May sleep.
 * Return: the file; an error pointer with -ENOMEM or -ENFILE.
 */
struct file *cloudabi_procdesc_create(void)
{
	struct procdesc *desc __free(kfree) =
		kzalloc(sizeof(*desc), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!desc)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&desc->pollers);
	init_irq_work(&desc->wake, procdesc_wake_pollers);
	init_waitqueue_func_entry(&desc->wait, procdesc_pid_event);
	file = anon_inode_getfile("[cloudabi-process]", &procdesc_fops, desc,
				  O_RDONLY);
	if (!IS_ERR(file))
		retain_and_null_ptr(desc);
	return file;
}

/**
 * cloudabi_procdesc_attach - Attach a process descriptor to a new process
 * @file: the process descriptor, which no other task can reach yet
 * @task: the process, which does not run yet and thus cannot have ended
 *
 * Context: Process context.
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
 *
 * Context: Any.
 * Return: true if the file is a process descriptor.
 */
bool cloudabi_is_procdesc(const struct file *file)
{
	return file->f_op == &procdesc_fops;
}

/**
 * cloudabi_procdesc_status - Get the status of a process that has ended
 * @file: a process descriptor
 * @signal: where to store the signal that killed the process, 0 if it exited
 * @exitcode: where to store the exit code, 0 if a signal killed the process
 *
 * Context: Any.
 * Return: true if the process has ended; else nothing is stored.
 */
bool cloudabi_procdesc_status(struct file *file, cloudabi_signal_t *signal,
			      cloudabi_exitcode_t *exitcode)
{
	const struct procdesc *const desc = file->private_data;

	if (!procdesc_has_ended(desc))
		return false;
	*signal = desc->signal;
	*exitcode = desc->exitcode;
	return true;
}

/**
 * cloudabi_procdesc_stat - Set file attributes that belong to the process
 * @file: a process descriptor
 * @stat: attributes of its inode, which all anonymous files share
 *
 * Context: Any.
 */
void cloudabi_procdesc_stat(struct file *file, struct kstat *stat)
{
	const struct procdesc *const desc = file->private_data;

	stat->ino = desc->pid->ino;
	stat->atime = desc->start;
	stat->mtime = desc->start;
	stat->ctime = desc->start;
}
