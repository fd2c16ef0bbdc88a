// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Execution of programs
 *
 * An ELF file of OS ABI 17 makes a CloudABI process of the one that executes
 * it.  The arguments of execve() become the argument data, the descriptors that
 * stay open get rights; all other authority is left behind.  A CloudABI process
 * executes another program by proc_exec() only, which says what the argument
 * data and the descriptors shall be.
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
#include "path.h"
#include "precision.h"
#include "thread.h"

#define CANARY_SIZE 64
#define AUXV_ENTRIES 13

/**
 * struct stack_head - What a program finds at the end of its stack
 * @tls: what its thread pointer points to; nothing is above it in use
 * @auxv: auxiliary vector
 * @uuid: identifier of the process
 * @canary: random data
 *
 * The argument data follows.
 */
struct stack_head {
	struct cloudabi_arch_tls tls;
	cloudabi_auxv_t auxv[AUXV_ENTRIES];
	u8 uuid[UUID_SIZE];
	u8 canary[CANARY_SIZE];
};

/**
 * struct argdata - Argument data in the new address space
 * @start: address of the first byte
 * @len: number of bytes, without the NUL that follows
 */
struct argdata {
	unsigned long start;
	unsigned long len;
};

static struct linux_binfmt cloudabi_format;

/* Orphans of other programs are for one to take in that can know of them. */
static void end_subreaper(void)
{
	if (!current->signal->is_child_subreaper)
		return;
	/* For the flag in the same word, which ancestors set. */
	write_lock_irq(&tasklist_lock);
	current->signal->is_child_subreaper = 0;
	write_unlock_irq(&tasklist_lock);
}

/*
 * Ends what the Linux parent has chosen or been given and exec would keep.  What
 * is a limit stays: of time, of resources, of what to do when its parent ends.
 */
static void reset_task(void)
{
	/* Nobody else can change whose it is. */
	struct sighand_struct *const sighand =
		rcu_dereference_raw(current->sighand);

	cloudabi_arch_reset_personality();
	cloudabi_arch_drop_io_ports();
	end_subreaper();
	cloudabi_arch_mitigations_enable();
	cloudabi_precision_start();
	if (!(current->personality & ADDR_NO_RANDOMIZE) && randomize_va_space)
		current->flags |= PF_RANDOMIZE;
	current->restart_block.fn = do_no_restart_syscall;

	/* What the parent ignores stays ignored, as after any exec. */
	spin_lock_irq(&sighand->siglock);
	/* Writes say EPIPE; children reap themselves. */
	sighand->action[SIGPIPE - 1].sa.sa_handler = SIG_IGN;
	sighand->action[SIGCHLD - 1].sa.sa_handler = SIG_IGN;
	sigemptyset(&current->blocked);
	recalc_sigpending();
	spin_unlock_irq(&sighand->siglock);
}

/* From here on, the caller is a CloudABI task, in whatever state. */
static int adopt(struct cloudabi_proc *proc,
		 const struct cloudabi_exec *request)
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

/* What /proc and audit show as the arguments; no environment comes after it. */
static void describe_arguments(unsigned long start, unsigned long end)
{
	struct mm_struct *const mm = current->mm;

	mm->arg_start = start;
	mm->arg_end = end;
	mm->env_start = end;
	mm->env_end = end;
}

/*
 * The strings of execve() lie one after the other where the stack begins,
 * followed by the environment and the path of the file.  The first are the
 * argument data; the others are nothing that a program may see.
 */
static int keep_arguments(struct linux_binprm *bprm, struct argdata *argdata)
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
	describe_arguments(bprm->p, end);
	return 0;
}

/* Memory of a new stack is zero, and so is the byte that follows the data. */
static int place_data(struct linux_binprm *bprm,
		      const struct cloudabi_exec *request,
		      struct argdata *argdata)
{
	const unsigned long end = bprm->p;

	bprm->p = round_down(end - request->data_len - 1, 8);
	if (copy_to_user((void __user *)bprm->p, request->data,
			 request->data_len))
		return -EFAULT;
	argdata->start = bprm->p;
	argdata->len = request->data_len;
	describe_arguments(argdata->start, argdata->start + argdata->len + 1);
	return 0;
}

static void fill_auxv(cloudabi_auxv_t *auxv, const struct cloudabi_image *image,
		      const struct argdata *argdata,
		      const struct stack_head __user *head)
{
	const struct {
		cloudabi_auxtype_t type;
		unsigned long value;
	} entries[AUXV_ENTRIES] = {
		{ CLOUDABI_AT_ARGDATA, argdata->start },
		{ CLOUDABI_AT_ARGDATALEN, argdata->len },
		{ CLOUDABI_AT_BASE, image->bias },
		{ CLOUDABI_AT_CANARY, (unsigned long)head->canary },
		{ CLOUDABI_AT_CANARYLEN, CANARY_SIZE },
		{ CLOUDABI_AT_NCPUS, num_online_cpus() },
		{ CLOUDABI_AT_PAGESZ, PAGE_SIZE },
		{ CLOUDABI_AT_PHDR, image->bias + image->phdr_addr },
		{ CLOUDABI_AT_PHNUM, image->nphdrs },
		{ CLOUDABI_AT_PID, (unsigned long)head->uuid },
		{ CLOUDABI_AT_SYSINFO_EHDR,
		  (unsigned long)current->mm->context.vdso },
		{ CLOUDABI_AT_TID, cloudabi_tid(current) },
		{ CLOUDABI_AT_NULL, 0 },
	};
	unsigned int i;

	for (i = 0; i < AUXV_ENTRIES; i++) {
		auxv[i].a_type = entries[i].type;
		auxv[i].a_val = entries[i].value;
	}
}

/* For debuggers and core dumps, which know the keys of Linux. */
static void save_auxv(const struct cloudabi_image *image)
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

static int build_stack(struct linux_binprm *bprm,
		       const struct cloudabi_image *image,
		       const struct argdata *argdata)
{
	struct stack_head __user *const uhead = (void __user *)
		round_down(bprm->p - sizeof(struct stack_head), 16);
	struct stack_head head;
	int error = 0;

	memset(&head, 0, sizeof(head));
	head.tls.tcb_addr = (unsigned long)&uhead->tls.tcb;
	fill_auxv(head.auxv, image, argdata, uhead);
	generate_random_uuid(head.uuid);
	get_random_bytes(head.canary, sizeof(head.canary));
	if (copy_to_user(uhead, &head, sizeof(head)))
		error = -EFAULT;
	memzero_explicit(&head, sizeof(head));

	bprm->p = (unsigned long)uhead;
	current->mm->start_stack = bprm->p;
	return error;
}

/* What is left to do once the old program is gone; no error can be returned. */
static int load_image(struct linux_binprm *bprm, struct cloudabi_image *image,
		      const struct cloudabi_exec *request)
{
	struct argdata argdata;
	int error;

	error = setup_arg_pages(bprm, randomize_stack_top(STACK_TOP),
				EXSTACK_DISABLE_X) ?:
		(request ? place_data(bprm, request, &argdata) :
			   keep_arguments(bprm, &argdata)) ?:
		cloudabi_image_map(image, bprm->file) ?:
		cloudabi_arch_vdso_map(bprm->vma->vm_end,
				       !cloudabi_precision()) ?:
		build_stack(bprm, image, &argdata);
	if (error)
		return error;

	save_auxv(image);
	cloudabi_arch_disable_vsyscall(current->mm);
	set_binfmt(&cloudabi_format);
	finalize_exec(bprm);
	cloudabi_arch_start_program(current_pt_regs(), image->bias + image->entry,
			    bprm->p + offsetof(struct stack_head, auxv),
			    bprm->p + offsetof(struct stack_head, tls));
	return 0;
}

/*
 * Set-id bits and file capabilities count for nothing.  An exec that fails must
 * leave the caller as it was: nobody else changes the flag meanwhile, as that
 * takes the caller itself, or the mutex that an exec holds.
 */
static int begin_unprivileged(struct linux_binprm *bprm)
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

static int load_checked(struct linux_binprm *bprm, struct cloudabi_image *image)
{
	const struct cloudabi_exec *const request =
		cloudabi_task_blob(current)->exec;
	struct cloudabi_proc *const proc =
		cloudabi_proc_alloc(request ? request->fds->n : 0);
	int error;

	if (!proc)
		return -ENOMEM;

	error = begin_unprivileged(bprm);
	if (error) {
		cloudabi_proc_put(proc);
		return error;
	}

	reset_task();
	error = adopt(proc, request);
	setup_new_exec(bprm);
	return error ?: load_image(bprm, image, request);
}

/*
 * A broken file must not be run by the next format: that of ELF does not care
 * about the OS ABI.  Nor must any file that a CloudABI program executes.
 */
static int refuse(struct linux_binprm *bprm, int error)
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
		return is_cloudabi_task(current) ? refuse(bprm, -ENOEXEC) :
						-ENOEXEC;
	/* Without the rights table there would be no confinement. */
	if (!cloudabi_enabled)
		return refuse(bprm, -ENOEXEC);
	/* Exec of Linux would let a program keep what it does not list. */
	if (is_cloudabi_task(current) && !cloudabi_task_blob(current)->exec)
		return refuse(bprm, -ENOEXEC);

	error = cloudabi_image_read(&image, bprm);
	error = error ? refuse(bprm, error) :
			cloudabi_arch_mitigations_check() ?:
			load_checked(bprm, &image);
	cloudabi_image_free(&image);
	return error;
}

static struct linux_binfmt cloudabi_format = {
	.load_binary = load_cloudabi_binary,
};

/*
 * Linux opens the program itself, to see that it may be executed and that
 * nobody writes to it.  It is told the place, not the number, see
 * cloudabi_dfd_path().
 */
static struct linux_binprm *open_program(cloudabi_fd_t fd)
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

/* To observers, it is the program's descriptor that is executed. */
static int name_program(struct linux_binprm *bprm, cloudabi_fd_t fd)
{
	char *const path = kasprintf(GFP_KERNEL, "/dev/fd/%u", fd);

	if (!path)
		return -ENOMEM;
	kfree(bprm->fdpath);
	bprm->fdpath = path;
	bprm->filename = path;
	bprm->interp = path;
	/* The argument data; audit asks. */
	bprm->argc = 1;
	bprm->exec = bprm->p;
	return 0;
}

/**
 * cloudabi_exec - Put another program in the place of the caller's
 * @fd: the program
 * @request: what it is given
 *
 * Return: 0 if the caller's registers are those of the program; a negative
 * errno if nothing has changed, or the process is about to be killed.
 */
int cloudabi_exec(cloudabi_fd_t fd, const struct cloudabi_exec *request)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);
	struct linux_binprm *const bprm = open_program(fd);
	int error;

	if (IS_ERR(bprm))
		return PTR_ERR(bprm);
	error = name_program(bprm, fd);
	if (!error) {
		blob->exec = request;
		error = bprm_execve(bprm);
		blob->exec = NULL;
	}
	free_bprm(bprm);
	return error;
}

/* Goes in front of the other formats, which are registered earlier. */
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
