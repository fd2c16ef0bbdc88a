// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Execution of programs
 *
 * A Linux process becomes a CloudABI process when it executes an ELF file with
 * OS ABI 17.  The strings of argv become the argument data.  Descriptors that
 * stay open get rights.  The process loses all other authority.
 *
 * A CloudABI process can only execute other CloudABI programs, and only with
 * proc_exec(), which passes argument data and a list of descriptors.
 *
 * Steps
 *
 * 1. cloudabi_exec(), for proc_exec() only: allocates the bprm as execve()
 *    does, attaches the request to the task blob and calls bprm_execve().
 * 2. bprm_execve() takes cred_guard_mutex, prepares credentials and offers the
 *    file to the binary formats.  Ours is the first in the list.
 * 3. load_cloudabi_binary() decides whether the file is a CloudABI program, and
 *    cloudabi_image_read() checks the file.
 * 4. exec_load_checked() allocates the new process object with its rights
 *    table.
 * 5. exec_begin_unprivileged() sets no_new_privs and calls begin_new_exec().
 *    --- point of no return, in begin_new_exec() ---
 *    begin_new_exec() ends all other threads, unshares the descriptor table and
 *    closes descriptors with O_CLOEXEC, a flag that all descriptors of a
 *    CloudABI process have.  It switches to the new address space and commits
 *    the credentials.
 * 6. exec_reset_task() resets attributes that exec of Linux preserves.
 * 7. exec_install_proc() fills the rights table, installs the descriptors of
 *    the request, and marks the task.  setup_new_exec() releases the locks.
 * 8. exec_load_image() sets up stack, argument data, image, vDSO and registers.
 *
 * If an error occurs before the point of no return, the caller gets it, and the
 * process must be unchanged.  After it, bprm_execve() turns an error into a
 * fatal signal.  Checks therefore belong in steps 1 to 4.
 *
 * Protection
 *
 * - cred_guard_mutex, from step 2 to 7: no tracer attaches, and no other thread
 *   changes no_new_privs.
 * - exec_update_lock, from the switch of address spaces to the end of step 7:
 *   /proc and others do not see credentials, descriptors and memory of
 *   different programs.
 * - After the point of no return, the caller is the only thread, and no other
 *   task shares its descriptor table or its signal handlers.
 * - task_lock(), in step 7: readers of another task's blob see the process
 *   object and the mark change together.
 *
 * Ownership
 *
 * - The request with argument data and files: proc_exec().  Step 7 takes its
 *   own references to the files.
 * - The bprm: cloudabi_exec(), or execve().
 * - The program headers in struct cloudabi_image: load_cloudabi_binary().
 * - The new process object: exec_load_checked(), until step 7 hands it to the
 *   task blob and releases the old object.
 */

#include <linux/binfmts.h>
#include <linux/coredump.h>
#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uuid.h>

#include "../../security/cloudabi/task.h"
#include "arch.h"
#include "cloudabi.h"
#include "exec.h"
#include "image.h"
#include "path.h"
#include "precision.h"
#include "thread.h"

#define EXEC_CANARY_SIZE 64
#define EXEC_AUXV_ENTRIES 13

/**
 * struct exec_stack - Initial contents of a program's stack
 * @tls: initial thread pointer and TCB
 * @auxv: auxiliary vector
 * @uuid: identifier of the process, for AT_PID
 * @canary: random data for stack protectors, for AT_CANARY
 *
 * The stack pointer starts below this structure.  The argument data lies above.
 */
struct exec_stack {
	struct cloudabi_arch_tls tls;
	cloudabi_auxv_t auxv[EXEC_AUXV_ENTRIES];
	u8 uuid[UUID_SIZE];
	u8 canary[EXEC_CANARY_SIZE];
};

/**
 * struct exec_argdata - Argument data in the new address space
 * @start: address of the first byte
 * @len: length in bytes, without the NUL that follows
 */
struct exec_argdata {
	unsigned long start;
	unsigned long len;
};

static struct linux_binfmt cloudabi_format;

/*
 * A CloudABI process cannot see children reparented to it, so it must not stay
 * a subreaper.
 */
static void exec_end_subreaper(void)
{
	if (!current->signal->is_child_subreaper)
		return;
	/* has_child_subreaper is in the same word; fork and prctl() set it. */
	write_lock_irq(&tasklist_lock);
	current->signal->is_child_subreaper = 0;
	write_unlock_irq(&tasklist_lock);
}

/*
 * Resets attributes that the Linux program has chosen or acquired and that exec
 * of Linux preserves.  Limits stay: of CPU time, of resources, of lifetime
 * (PR_SET_PDEATHSIG).
 */
static void exec_reset_task(void)
{
	/* After unshare_sighand(), no other task can replace it. */
	struct sighand_struct *const sighand =
		rcu_dereference_raw(current->sighand);

	cloudabi_arch_reset_personality();
	cloudabi_arch_drop_io_ports();
	exec_end_subreaper();
	cloudabi_arch_mitigations_enable();
	cloudabi_precision_start();
	if (!(current->personality & ADDR_NO_RANDOMIZE) && randomize_va_space)
		current->flags |= PF_RANDOMIZE;
	current->restart_block.fn = do_no_restart_syscall;

	/*
	 * Signals that the Linux program ignored stay ignored, as after any
	 * exec.  Writes to broken pipes fail with EPIPE.  Children autoreap.
	 */
	spin_lock_irq(&sighand->siglock);
	sighand->action[SIGPIPE - 1].sa.sa_handler = SIG_IGN;
	sighand->action[SIGCHLD - 1].sa.sa_handler = SIG_IGN;
	sigemptyset(&current->blocked);
	recalc_sigpending();
	spin_unlock_irq(&sighand->siglock);
}

/*
 * Consumes the reference to @proc.  Marks the task even after an error: the LSM
 * must confine it until the fatal signal ends it.
 */
static int exec_install_proc(struct cloudabi_proc *proc,
			     const struct cloudabi_exec_request *request)
{
	struct cloudabi_proc *old;
	const int error = request ?
		cloudabi_proc_install_files(proc, request->fds) :
		cloudabi_proc_inherit_files(proc);

	task_lock(current);
	old = cloudabi_current_proc();
	cloudabi_task_blob(current)->proc = proc;
	set_syscall_work(CLOUDABI);
	task_unlock(current);
	cloudabi_proc_put(old);
	return error;
}

/* For /proc/PID/cmdline, /proc/PID/environ and audit.  No environment. */
static void exec_describe_argdata(unsigned long start, unsigned long end)
{
	struct mm_struct *const mm = current->mm;

	mm->arg_start = start;
	mm->arg_end = end;
	mm->env_start = end;
	mm->env_end = end;
}

/*
 * execve() has copied its strings to the end of the stack: argv, then the
 * environment, then the path of the file.  The strings of argv become the
 * argument data.  The others must not reach the program and are cleared.
 */
static int exec_argdata_from_argv(struct linux_binprm *bprm,
				  struct exec_argdata *argdata)
{
	unsigned long end = bprm->p;
	int i;

	for (i = 0; i < bprm->argc; i++) {
		const long len =
			strnlen_user((const char __user *)end, MAX_ARG_STRLEN);

		if (!len || len > MAX_ARG_STRLEN)
			return -EFAULT;
		end += len;
	}
	if (clear_user((void __user *)end, bprm->vma->vm_end - end))
		return -EFAULT;

	argdata->start = bprm->p;
	argdata->len = end - bprm->p - (bprm->argc ? 1 : 0);
	exec_describe_argdata(bprm->p, end);
	return 0;
}

/* A new stack is zeroed, which provides the NUL that follows the data. */
static int
exec_argdata_from_request(struct linux_binprm *bprm,
			  const struct cloudabi_exec_request *request,
			  struct exec_argdata *argdata)
{
	const unsigned long end = bprm->p;

	bprm->p = round_down(end - request->data_len - 1, 8);
	if (copy_to_user((void __user *)bprm->p, request->data,
			 request->data_len))
		return -EFAULT;
	argdata->start = bprm->p;
	argdata->len = request->data_len;
	exec_describe_argdata(argdata->start,
			      argdata->start + argdata->len + 1);
	return 0;
}

static void exec_fill_auxv(cloudabi_auxv_t *auxv,
			   const struct cloudabi_image *image,
			   const struct exec_argdata *argdata,
			   const struct exec_stack __user *ustack)
{
	const struct {
		cloudabi_auxtype_t type;
		unsigned long value;
	} entries[EXEC_AUXV_ENTRIES] = {
		{ CLOUDABI_AT_ARGDATA, argdata->start },
		{ CLOUDABI_AT_ARGDATALEN, argdata->len },
		{ CLOUDABI_AT_BASE, image->bias },
		{ CLOUDABI_AT_CANARY, (unsigned long)ustack->canary },
		{ CLOUDABI_AT_CANARYLEN, EXEC_CANARY_SIZE },
		{ CLOUDABI_AT_NCPUS, num_online_cpus() },
		{ CLOUDABI_AT_PAGESZ, PAGE_SIZE },
		{ CLOUDABI_AT_PHDR, image->bias + image->phdr_addr },
		{ CLOUDABI_AT_PHNUM, image->nphdrs },
		{ CLOUDABI_AT_PID, (unsigned long)ustack->uuid },
		{ CLOUDABI_AT_SYSINFO_EHDR,
		  (unsigned long)current->mm->context.vdso },
		{ CLOUDABI_AT_TID, cloudabi_tid(current) },
		{ CLOUDABI_AT_NULL, 0 },
	};
	unsigned int i;

	for (i = 0; i < EXEC_AUXV_ENTRIES; i++) {
		auxv[i].a_type = entries[i].type;
		auxv[i].a_val = entries[i].value;
	}
}

/* Debuggers expect the keys of Linux in /proc/PID/auxv and in core dumps. */
static void exec_save_auxv(const struct cloudabi_image *image)
{
	const unsigned long auxv[] = {
		AT_PHDR, image->bias + image->phdr_addr,
		AT_PHENT, sizeof(struct elf64_phdr),
		AT_PHNUM, image->nphdrs,
		AT_PAGESZ, PAGE_SIZE,
		AT_BASE, 0,
		AT_ENTRY, image->bias + image->entry,
		AT_SYSINFO_EHDR, (unsigned long)current->mm->context.vdso,
		AT_NULL, 0,
	};

	static_assert(sizeof(auxv) <= sizeof(current->mm->saved_auxv));
	memset(current->mm->saved_auxv, 0, sizeof(current->mm->saved_auxv));
	memcpy(current->mm->saved_auxv, auxv, sizeof(auxv));
}

/* Leaves no copy of the canary on the kernel stack. */
static int exec_build_stack(struct linux_binprm *bprm,
			    const struct cloudabi_image *image,
			    const struct exec_argdata *argdata)
{
	struct exec_stack __user *const ustack = (void __user *)
		round_down(bprm->p - sizeof(struct exec_stack), 16);
	struct exec_stack stack;
	int error = 0;

	memset(&stack, 0, sizeof(stack));
	stack.tls.tcb_addr = (unsigned long)&ustack->tls.tcb;
	exec_fill_auxv(stack.auxv, image, argdata, ustack);
	generate_random_uuid(stack.uuid);
	get_random_bytes(stack.canary, sizeof(stack.canary));
	if (copy_to_user(ustack, &stack, sizeof(stack)))
		error = -EFAULT;
	memzero_explicit(&stack, sizeof(stack));

	bprm->p = (unsigned long)ustack;
	current->mm->start_stack = bprm->p;
	return error;
}

/* Runs after the point of no return; an error is fatal to the process. */
static int exec_load_image(struct linux_binprm *bprm,
			   struct cloudabi_image *image,
			   const struct cloudabi_exec_request *request)
{
	struct exec_argdata argdata;
	int error;

	error = setup_arg_pages(bprm, randomize_stack_top(STACK_TOP),
				EXSTACK_DISABLE_X) ?:
		(request ? exec_argdata_from_request(bprm, request, &argdata) :
			   exec_argdata_from_argv(bprm, &argdata)) ?:
		cloudabi_image_map(image, bprm->file) ?:
		cloudabi_arch_vdso_map(bprm->vma->vm_end,
				       !cloudabi_precision()) ?:
		exec_build_stack(bprm, image, &argdata);
	if (error)
		return error;

	exec_save_auxv(image);
	cloudabi_arch_disable_vsyscall(current->mm);
	set_binfmt(&cloudabi_format);
	finalize_exec(bprm);
	cloudabi_arch_start_program(current_pt_regs(),
				    image->bias + image->entry,
				    bprm->p + offsetof(struct exec_stack, auxv),
				    bprm->p + offsetof(struct exec_stack, tls));
	return 0;
}

/*
 * no_new_privs makes exec ignore set-user-ID bits and file capabilities.  If
 * exec fails, the caller must be unchanged.  Clearing the flag is safe: only
 * the caller itself, or a thread that holds cred_guard_mutex, can set it.
 */
static int exec_begin_unprivileged(struct linux_binprm *bprm)
{
	const bool had = task_no_new_privs(current);
	int error;

	task_set_no_new_privs(current);
	bprm->unsafe |= LSM_UNSAFE_NO_NEW_PRIVS;
	error = begin_new_exec(bprm);
	if (error && !had)
		clear_bit(PFA_NO_NEW_PRIVS, &current->atomic_flags);
	return error;
}

static int exec_load_checked(struct linux_binprm *bprm,
			     struct cloudabi_image *image)
{
	const struct cloudabi_exec_request *const request =
		cloudabi_task_blob(current)->exec;
	struct cloudabi_proc *const proc =
		cloudabi_proc_alloc(request ? request->fds->n : 0);
	int error;

	if (!proc)
		return -ENOMEM;

	error = exec_begin_unprivileged(bprm);
	if (error) {
		cloudabi_proc_put(proc);
		return error;
	}

	exec_reset_task();
	error = exec_install_proc(proc, request);
	setup_new_exec(bprm);
	return error ?: exec_load_image(bprm, image, request);
}

/*
 * Erases the ELF header so that no other format accepts the file.  The ELF
 * format of Linux ignores the OS ABI and would run a malformed CloudABI program
 * as a Linux program.  A CloudABI process must not execute any Linux program.
 */
static int exec_refuse(struct linux_binprm *bprm, int error)
{
	if (error == -ENOEXEC)
		memset(bprm->buf, 0, sizeof(bprm->buf));
	return error;
}

static int load_cloudabi_binary(struct linux_binprm *bprm)
{
	struct cloudabi_image image = { };
	int error;

	if (memcmp(bprm->buf, ELFMAG, SELFMAG) ||
	    bprm->buf[EI_OSABI] != CLOUDABI_ELFOSABI)
		return is_cloudabi_task(current) ? exec_refuse(bprm, -ENOEXEC) :
						-ENOEXEC;
	/* Without the LSM, nothing confines the program. */
	if (!cloudabi_enabled)
		return exec_refuse(bprm, -ENOEXEC);
	/* Only proc_exec() has a list of descriptors for the new program. */
	if (is_cloudabi_task(current) && !cloudabi_task_blob(current)->exec)
		return exec_refuse(bprm, -ENOEXEC);

	error = cloudabi_image_read(&image, bprm);
	error = error ? exec_refuse(bprm, error) :
			cloudabi_arch_mitigations_check() ?:
			exec_load_checked(bprm, &image);
	cloudabi_image_free(&image);
	return error;
}

static struct linux_binfmt cloudabi_format = {
	.load_binary = load_cloudabi_binary,
};

/*
 * alloc_bprm() opens the file again, with all checks for an executable.  It
 * gets the path by cloudabi_dfd_path() instead of the number, because another
 * thread could replace the descriptor after its rights have been checked.
 */
static struct linux_binprm *exec_open_program(cloudabi_fd_t fd)
{
	struct linux_binprm *bprm;
	struct filename *name;

	CLASS(cloudabi_fd, f)(fd, CLOUDABI_REQUIRED(proc_exec, fd, always));
	if (f.error)
		return ERR_PTR(f.error);
	if (fd_file(f.f)->f_mode & FMODE_WRITE)
		return ERR_PTR(-EBADF);

	name = getname_kernel("");
	if (IS_ERR(name))
		return ERR_CAST(name);
	CLASS(cloudabi_dfd, dfd)(0, &f);
	bprm = alloc_bprm(dfd, name, AT_EMPTY_PATH);
	putname(name);
	return bprm;
}

/* Observers see the number of the descriptor as the path of the program. */
static int exec_name_program(struct linux_binprm *bprm, cloudabi_fd_t fd)
{
	char *const path = kasprintf(GFP_KERNEL, "/dev/fd/%u", fd);

	if (!path)
		return -ENOMEM;
	kfree(bprm->fdpath);
	bprm->fdpath = path;
	bprm->filename = path;
	bprm->interp = path;
	/* Audit logs one argument, the argument data. */
	bprm->argc = 1;
	bprm->exec = bprm->p;
	return 0;
}

/**
 * cloudabi_exec - Replace the caller's program
 * @fd: descriptor of the new program
 * @request: argument data and descriptors of the new program
 *
 * Context: Process context.  May sleep.
 * Return: 0 if the registers are those of the new program; a negative errno if
 * nothing has changed, or if a fatal signal is pending.
 */
int cloudabi_exec(cloudabi_fd_t fd, const struct cloudabi_exec_request *request)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct linux_binprm *const bprm = exec_open_program(fd);
	int error;

	if (IS_ERR(bprm))
		return PTR_ERR(bprm);
	error = exec_name_program(bprm, fd);
	if (!error) {
		blob->exec = request;
		error = bprm_execve(bprm);
		blob->exec = NULL;
	}
	free_bprm(bprm);
	return error;
}

/*
 * The other formats are registered at an earlier level, so insert_binfmt() puts
 * this one in front of them.
 */
static int __init cloudabi_exec_init(void)
{
#ifdef CONFIG_COREDUMP
	cloudabi_format.core_dump = elf_format.core_dump;
	cloudabi_format.min_coredump = elf_format.min_coredump;
#endif
	insert_binfmt(&cloudabi_format);
	return 0;
}
fs_initcall(cloudabi_exec_init);
