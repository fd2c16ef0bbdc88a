// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Processes
 *
 * proc_fork() creates a process in this order, so that no error can occur once
 * the child exists and so that the child cannot end unnoticed:
 *
 * 1. Reserve a descriptor number and create the process descriptor.
 * 2. copy_process(), under the lock of the rights table.  Other threads of the
 *    parent thus cannot change descriptors, and the copies of rights table and
 *    descriptor table agree.  The LSM gives the child a process object of its
 *    own.  The child has a pid but does not run.
 * 3. Attach the process descriptor to the pid, set the registers of the child,
 *    and install the descriptor in the parent.
 * 4. Start the child.  From here on, it may be gone at any time.
 *
 * References to a process
 *
 * - Each task refers to its struct cloudabi_proc, which has the rights table
 *   and the exit code.  Threads share the object.  The last task frees it.
 * - A process descriptor refers to the struct pid.  The descriptor stores the
 *   exit status, as the process leaves no zombie; see procdesc.c.
 *
 * proc_exec() owns copies of the argument data and of the list of descriptors
 * that it passes to exec.c.  It frees them when exec has ended.
 */

#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/limits.h>
#include <linux/mm_types.h>
#include <linux/nospec.h>
#include <linux/numa.h>
#include <linux/ptrace.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../security/cloudabi/accounted.h"
#include "../../security/cloudabi/task.h"
#include "arch.h"
#include "cloudabi.h"
#include "exec.h"
#include "procdesc.h"
#include "thread.h"

/*
 * Limit of argument data.  Linux has the same limit for arguments and
 * environment, so that they do not fill the stack.
 */
#define PROC_ARGDATA_MAX ((size_t)_STK_LIM / 4 * 3)

static size_t proc_argdata_max(void)
{
	return min_t(size_t, PROC_ARGDATA_MAX, rlimit(RLIMIT_STACK) / 4);
}

static void *proc_copy_from_user(const void __user *from, size_t size)
{
	void *to __free(kvfree) = cloudabi_kvmalloc(size, 0);

	if (!to)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(to, from, size))
		return ERR_PTR(-EFAULT);
	return_ptr(to);
}

/**
 * cloudabi_sys_proc_exec - Replace the program of the process
 * @fd: the new program, not open for writing
 * @data: argument data, opaque to the kernel
 * @data_len: length of @data in bytes
 * @fds: descriptors for the new program, which get the numbers 0, 1, 2 and so
 *       on.  A descriptor that is listed n times becomes n descriptors
 * @fds_len: length of @fds
 *
 * Descriptors keep their rights.  All descriptors that are not listed are
 * closed.  If that closes the last descriptor of a process, the process is
 * killed.  All other threads of the caller end.  The process remains the same:
 * descriptors of it stay valid.  The argument data may take a quarter of the
 * stack's size limit, and at most 6 MiB.
 *
 * On success, the call does not return.  If it returns an error, nothing has
 * changed.  An error after the old program is gone, such as a lack of memory,
 * kills the process.
 *
 * Rights: PROC_EXEC.
 * POSIX: As fexecve(), except that there is no environment, that argument data
 * are arbitrary bytes, and that descriptors are listed instead of being marked
 * as close-on-exec.
 * Spec: Processes and threads
 * Context: Process context.  May sleep.
 * Return: 0; -E2BIG for too much argument data; -EMFILE for more descriptors
 * than the process may have; -EFAULT; -EBADF for a number that is not open, or
 * a program that is open for writing; -ENOTCAPABLE; -EACCES if the user must
 * not execute the file, or if its file system forbids execution; -ETXTBSY if
 * the file is open for writing elsewhere; -ENOEXEC if it is not a valid
 * CloudABI program; -EPERM if this machine must not run programs
 * (cloudabi.mitigations); -ENOMEM; -EIO.
 */
int cloudabi_sys_proc_exec(cloudabi_fd_t fd, const void __user *data,
			   cloudabi_size_t data_len,
			   const cloudabi_fd_t __user *fds,
			   cloudabi_size_t fds_len)
{
	void *copy __free(kvfree) = NULL;
	cloudabi_fd_t *numbers __free(kvfree) = NULL;
	struct cloudabi_fds *list __free(cloudabi_fds) = NULL;
	struct cloudabi_exec_request request = { .data_len = data_len };

	if (data_len >= proc_argdata_max())
		return -E2BIG;
	if (fds_len > rlimit(RLIMIT_NOFILE) || fds_len > INT_MAX)
		return -EMFILE;
	copy = proc_copy_from_user(data, data_len);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	numbers = proc_copy_from_user(fds, array_size(fds_len, sizeof(*fds)));
	if (IS_ERR(numbers))
		return PTR_ERR(numbers);
	list = cloudabi_fds_get(numbers, fds_len);
	if (IS_ERR(list))
		return PTR_ERR(list);

	request.data = copy;
	request.fds = list;
	return cloudabi_exec(fd, &request) ?: -EREPLACED;
}

/**
 * cloudabi_sys_proc_exit - End the process
 * @rval: exit code of the process
 *
 * poll() on a descriptor of the process reports all bits of the code.  A Linux
 * parent gets the low 8 bits, as from exit_group().
 *
 * Rights: none.
 * POSIX: As _exit(), except that all 32 bits of the code are preserved.
 * Spec: Processes and threads
 * Context: Process context.
 * Return: does not.
 */
int cloudabi_sys_proc_exit(cloudabi_exitcode_t rval)
{
	/* If several threads call at once, the code of the first one counts. */
	const cloudabi_exitcode_t code =
		cloudabi_proc_exit(cloudabi_current_proc(), rval);

	do_group_exit((code & 0xff) << 8);
}

/* The child returns from the same call, with results of its own. */
static void proc_set_child_results(struct task_struct *child)
{
	struct pt_regs *const regs = task_pt_regs(child);

	cloudabi_arch_set_second_result(regs, cloudabi_tid(child));
	cloudabi_arch_set_result(regs, CLOUDABI_PROCESS_CHILD);
}

/* kernel_clone() does the same for a task with its own address space. */
static void proc_lru_gen_add_mm(struct task_struct *child)
{
	if (IS_ENABLED(CONFIG_LRU_GEN_WALKS_MMU)) {
		/* Prevents a migration to another memory control group. */
		task_lock(child);
		lru_gen_add_mm(child->mm);
		task_unlock(child);
	}
}

/**
 * cloudabi_sys_proc_fork - Make a copy of the process
 * @fd: in the parent, where to store the descriptor of the new process; in the
 *      new process, CLOUDABI_PROCESS_CHILD is stored
 * @tid: in the new process, where to store the id of its thread; in the parent,
 *       the value has no meaning
 *
 * The new process has one thread, a copy of the caller.  It has all descriptors
 * of its parent with their rights, except the descriptor of itself.  Private
 * memory is copied, shared memory is shared.  If the call fails, there is no
 * new process.
 *
 * The kernel kills the new process when its last descriptor is closed.  Only
 * poll() reports how it ended.  It leaves no zombie and sends no signal, even
 * after its parent has ended.
 *
 * Rights: none.
 * POSIX: As fork(), except that it returns a descriptor instead of a process
 * id.
 * Spec: Processes and threads
 * Context: Process context.  May sleep.  Takes the lock of the rights table.
 * Return: 0; -EMFILE, -ENFILE, -EAGAIN at a limit; -ENOMEM.
 */
int cloudabi_sys_proc_fork(cloudabi_fd_t *fd, cloudabi_tid_t *tid)
{
	const struct cloudabi_rights rights =
		cloudabi_rights_of_type(CLOUDABI_FILETYPE_PROCESS, false);
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	struct file *file __free(fput) = NULL;
	struct task_struct *child;
	int trace = 0;

	CLASS(cloudabi_fd_reserve, nr)();
	if (nr < 0)
		return nr;
	file = cloudabi_procdesc_create();
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (ptrace_event_enabled(current, PTRACE_EVENT_FORK))
		trace = PTRACE_EVENT_FORK;

	scoped_guard(mutex, &cloudabi_current_proc()->lock)
		child = copy_process(NULL, trace, NUMA_NO_NODE, &args);
	if (IS_ERR(child))
		return PTR_ERR(child);

	/* Errors are impossible from here on. */
	cloudabi_procdesc_attach(file, child);
	proc_set_child_results(child);
	*fd = cloudabi_fd_commit(&nr, no_free_ptr(file), &rights);
	*tid = 0;
	proc_lru_gen_add_mm(child);
	cloudabi_task_start(child, trace);
	return 0;
}

/**
 * cloudabi_forked - Did proc_fork() create a process?
 * @task: a thread of a CloudABI process
 *
 * The answer does not change when the process executes another program.
 *
 * Context: Any.
 * Return: true if proc_fork() did; false if a Linux program started the
 * process.
 */
bool cloudabi_forked(const struct task_struct *task)
{
	return cloudabi_task_blob(task)->forked;
}

static const int proc_linux_signals[] = {
#define LINUX_SIGNAL(value, name, signr) [value] = (signr),
	CLOUDABI_SIGNALS(LINUX_SIGNAL)
};

/*
 * Directs the signal at the calling thread, which thus takes it before the call
 * returns.  The signal then ends the whole process.  A forced signal also kills
 * the init process of a pid namespace; a signal that is sent does not.
 */
static int proc_raise_fatal(int signr)
{
	struct kernel_siginfo info;

	clear_siginfo(&info);
	info.si_signo = signr;
	info.si_code = SI_TKILL;
	info.si_pid = task_tgid_vnr(current);
	info.si_uid = from_kuid_munged(current_user_ns(), current_uid());
	return force_sig_info(&info);
}

/**
 * cloudabi_sys_proc_raise - Send a signal to the process
 * @sig: the signal, or 0, which has no effect
 *
 * CLOUDABI_SIGCHLD, CLOUDABI_SIGCONT, CLOUDABI_SIGPIPE and CLOUDABI_SIGURG have
 * no effect either.  CLOUDABI_SIGSTOP, CLOUDABI_SIGTSTP, CLOUDABI_SIGTTIN and
 * CLOUDABI_SIGTTOU stop the process until a Linux process continues it.  The
 * last three have no effect in an orphaned process group, or if they were
 * ignored when a Linux process executed the program.  All other signals end the
 * process.
 *
 * Rights: none.
 * POSIX: As raise(), except that the signal is directed at the process, and
 * that a program cannot handle, block or ignore it.
 * Spec: Processes and threads
 * Context: Process context.
 * Return: 0; -EINVAL for an unknown signal.
 */
int cloudabi_sys_proc_raise(cloudabi_signal_t sig)
{
	if (sig >= ARRAY_SIZE(proc_linux_signals))
		return -EINVAL;
	sig = array_index_nospec(sig, ARRAY_SIZE(proc_linux_signals));

	switch (sig) {
	case 0:
	case CLOUDABI_SIGCHLD:
	case CLOUDABI_SIGCONT:
	case CLOUDABI_SIGPIPE:
	case CLOUDABI_SIGURG:
		return 0;
	case CLOUDABI_SIGSTOP:
	case CLOUDABI_SIGTSTP:
	case CLOUDABI_SIGTTIN:
	case CLOUDABI_SIGTTOU:
		return do_send_sig_info(proc_linux_signals[sig],
					SEND_SIG_NOINFO, current, PIDTYPE_PID);
	default:
		return proc_raise_fatal(proc_linux_signals[sig]);
	}
}
