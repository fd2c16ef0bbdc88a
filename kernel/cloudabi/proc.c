// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Processes
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
 * Most argument data that a program can be given: as much as Linux allows for
 * arguments and environment, which leaves enough of the stack to the program.
 */
#define DATA_MAX ((size_t)_STK_LIM / 4 * 3)

static size_t data_max(void)
{
	return min_t(size_t, DATA_MAX, rlimit(RLIMIT_STACK) / 4);
}

static void *copy_in(const void __user *from, size_t size)
{
	void *to __free(kvfree) = cloudabi_kvmalloc(size, 0);

	if (!to)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(to, from, size))
		return ERR_PTR(-EFAULT);
	return_ptr(to);
}

/**
 * cloudabi_sys_proc_exec - Replace the program of the process by another one
 * @fd: the program, which is not open for writing
 * @data: argument data, which the system does not look at
 * @data_len: length of @data in bytes
 * @fds: the descriptors that the program shall have; it finds the first one
 *       under the number 0, the next one under 1, and so on.  One that is
 *       listed more than once becomes as many descriptors
 * @fds_len: length of @fds
 *
 * Descriptors keep their rights.  Those that are not listed are closed, which
 * kills the processes that are referred to by no other.  Other threads end, the
 * process stays the same for those who have a descriptor of it.  The argument
 * data may have a quarter of the size that the stack is limited to, and at most
 * 6 MiB.
 *
 * If it succeeds, nobody is there that it could return to.  As long as an error
 * can be returned, nothing has changed.  What goes wrong later (there is no
 * memory left for the program, say) kills the process.
 *
 * Rights: PROC_EXEC.
 * POSIX: As fexecve(), except that there is no environment, that the arguments
 * are any bytes, and that descriptors are listed instead of being marked as
 * close-on-exec.
 * Return: 0; -E2BIG for too much argument data; -EMFILE for more descriptors
 * than a process may have; -EFAULT; -EBADF for a number that is not open, or a
 * program that is open for writing; -ENOTCAPABLE;
 * -EACCES if the user must not execute the file, or nobody on its file system;
 * -ETXTBSY if the file is open for writing elsewhere; -ENOEXEC if it is not a
 * valid CloudABI program; -EPERM if the machine may run none (cloudabi.mitigations);
 * -ENOMEM; -EIO.
 */
int cloudabi_sys_proc_exec(cloudabi_fd_t fd, const void __user *data,
			   cloudabi_size_t data_len,
			   const cloudabi_fd_t __user *fds,
			   cloudabi_size_t fds_len)
{
	void *copy __free(kvfree) = NULL;
	cloudabi_fd_t *numbers __free(kvfree) = NULL;
	struct cloudabi_fds *list __free(cloudabi_fds) = NULL;
	struct cloudabi_exec request = { .data_len = data_len };

	if (data_len >= data_max())
		return -E2BIG;
	if (fds_len > rlimit(RLIMIT_NOFILE) || fds_len > INT_MAX)
		return -EMFILE;
	copy = copy_in(data, data_len);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	numbers = copy_in(fds, array_size(fds_len, sizeof(*fds)));
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
 * @rval: its exit code
 *
 * Those who have a descriptor of the process see all of the code.  A Linux
 * parent sees the low 8 bits, as it does of exit_group().
 *
 * Rights: none.
 * POSIX: As _exit(), except that no bit of the code is lost.
 * Return: does not.
 */
int cloudabi_sys_proc_exit(cloudabi_exitcode_t rval)
{
	/* Several threads may call at once; all must say the same to Linux. */
	const cloudabi_exitcode_t code =
		cloudabi_proc_exit(cloudabi_current_proc(), rval);

	do_group_exit((code & 0xff) << 8);
}

/* A child returns from the call, too. */
static void set_results(struct task_struct *child)
{
	struct pt_regs *const regs = task_pt_regs(child);

	cloudabi_arch_set_second_result(regs, cloudabi_tid(child));
	cloudabi_arch_set_result(regs, CLOUDABI_PROCESS_CHILD);
}

/* As kernel_clone() does for a task that has memory of its own. */
static void add_memory(struct task_struct *child)
{
	if (IS_ENABLED(CONFIG_LRU_GEN_WALKS_MMU)) {
		/* The control group must not change. */
		task_lock(child);
		lru_gen_add_mm(child->mm);
		task_unlock(child);
	}
}

/**
 * cloudabi_sys_proc_fork - Make a copy of the process
 * @fd: where to store the descriptor of the new process, or in that process,
 *      CLOUDABI_PROCESS_CHILD
 * @tid: where to store the id of the new process's one thread; in the parent,
 *       it has no meaning
 *
 * The new process has the calling thread only, all descriptors with their
 * rights, but not the one of itself, and a copy of the memory, except where
 * that is shared.  When nobody has a descriptor of it any more, it is killed.
 * How it ends is told by poll(), and by nothing else: it leaves no trace, and no
 * signal is sent, also if its parent has ended before.
 *
 * Rights: none.
 * POSIX: As fork(), except that there is a descriptor instead of a process id.
 * Return: 0; -EMFILE, -ENFILE or -EAGAIN at a limit; -ENOMEM.  There is no new
 * process unless it is 0.
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

	/* Nothing fails from here on. */
	cloudabi_procdesc_attach(file, child);
	set_results(child);
	*fd = cloudabi_fd_commit(&nr, no_free_ptr(file), &rights);
	*tid = 0;
	add_memory(child);
	cloudabi_task_start(child, trace);
	return 0;
}

/**
 * cloudabi_forked - Was a process made by proc_fork()?
 * @task: a thread of a CloudABI process
 *
 * Whatever it executes later.
 */
bool cloudabi_forked(const struct task_struct *task)
{
	return cloudabi_task_blob(task)->forked;
}

static const int signals[] = {
#define LINUX_SIGNAL(value, name, signr) [value] = (signr),
	CLOUDABI_SIGNALS(LINUX_SIGNAL)
};

/*
 * Goes to the calling thread, which thus deals with it before it returns; what
 * happens then, happens to the process.  Unlike one that is sent, a signal that
 * is forced also kills the init of a pid namespace.
 */
static int raise_fatal(int signr)
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
 * @sig: the signal, or 0, which does nothing
 *
 * CLOUDABI_SIGCHLD, CLOUDABI_SIGCONT, CLOUDABI_SIGPIPE and CLOUDABI_SIGURG do
 * nothing either.  CLOUDABI_SIGSTOP, CLOUDABI_SIGTSTP, CLOUDABI_SIGTTIN and
 * CLOUDABI_SIGTTOU stop the process until somebody outside continues it; the
 * last three do not if nobody could, or if a process of Linux that ignored them
 * became this one.  All others end it.
 *
 * Rights: none.
 * POSIX: As raise(), except that it is the process that gets the signal, and
 * that none can be handled, blocked or ignored.
 * Return: 0; -EINVAL for an unknown signal.
 */
int cloudabi_sys_proc_raise(cloudabi_signal_t sig)
{
	if (sig >= ARRAY_SIZE(signals))
		return -EINVAL;
	sig = array_index_nospec(sig, ARRAY_SIZE(signals));

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
		return do_send_sig_info(signals[sig], SEND_SIG_NOINFO, current,
					PIDTYPE_PID);
	default:
		return raise_fatal(signals[sig]);
	}
}
