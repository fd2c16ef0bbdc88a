/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Registers of x86-64
 *
 *   - number in rax, arguments in rdi, rsi, rdx, r10, r8, r9
 *   - success: carry flag clear, results in rax and rdx
 *   - failure: carry flag set, errno in rax
 *   - rdx is left alone by calls with fewer than two results
 *   - a new program gets the auxiliary vector in rdi; %fs:0 is a cell that
 *     points to the TCB
 */
#ifndef _KERNEL_CLOUDABI_X86_ARCH_H
#define _KERNEL_CLOUDABI_X86_ARCH_H

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/random.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/io_bitmap.h>
#include <asm/proto.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <uapi/asm/prctl.h>

#include "../vdso/image.h"

#define CLOUDABI_ARCH_MACHINE EM_X86_64

/* The call that the kernel restarts an interrupted call by. */
#define CLOUDABI_ARCH_NR_RESTART __NR_restart_syscall

/* Address of an argument in the registers of a program; @i is a digit. */
#define CLOUDABI_ARCH_ARG(regs, i) (&(regs)->CLOUDABI_ARCH_ARG##i)
#define CLOUDABI_ARCH_ARG0 di
#define CLOUDABI_ARCH_ARG1 si
#define CLOUDABI_ARCH_ARG2 dx
#define CLOUDABI_ARCH_ARG3 r10
#define CLOUDABI_ARCH_ARG4 r8
#define CLOUDABI_ARCH_ARG5 r9

/**
 * cloudabi_arch_foreign - Did the call come in by another ABI's door?
 *
 * That is int $0x80, sysenter or syscall from a 32-bit code segment.
 */
static inline bool cloudabi_arch_foreign(void)
{
	return in_ia32_syscall();
}

/**
 * cloudabi_arch_nr_fits - Is the number what the program asked for?
 * @regs: its registers
 * @nr: the number as the entry code has it
 *
 * The entry code drops the upper half of rax.
 */
static inline bool cloudabi_arch_nr_fits(const struct pt_regs *regs, long nr)
{
	return regs->orig_ax == (unsigned long)nr;
}

/**
 * cloudabi_arch_skipped - Result of a call that a tracer or filter suppressed
 * @regs: registers of the program
 * @rets: where to store the first result
 *
 * Return: 0 or a negative errno of Linux.
 */
static inline long cloudabi_arch_skipped(const struct pt_regs *regs,
					 unsigned long *rets)
{
	if (IS_ERR_VALUE(regs->ax))
		return (long)regs->ax;
	rets[0] = regs->ax;
	return 0;
}

/**
 * cloudabi_arch_interrupt - Let the signal code decide about restarting a call
 * @regs: registers of the program
 * @error: -ERESTART*
 */
static inline void cloudabi_arch_interrupt(struct pt_regs *regs, long error)
{
	regs->ax = error;
}

/**
 * cloudabi_arch_rewind - Have the program make the same call once more
 * @regs: its registers
 */
static inline void cloudabi_arch_rewind(struct pt_regs *regs)
{
	const bool sysret = regs->cx == regs->ip;

	regs->ax = regs->orig_ax;
	regs->ip -= 2;
	if (sysret)
		regs->cx = regs->ip;
	regs->orig_ax = -1;
}

/*
 * The exit path may use SYSRET only while r11 equals the flags, so r11 has to
 * follow the carry flag.  And what has been done must not look like a call to
 * the signal code: a result may well be as large as -ERESTARTSYS.
 */
static inline void cloudabi_arch_finish(struct pt_regs *regs, bool carry)
{
	const bool sysret = regs->r11 == regs->flags;

	regs->orig_ax = -1;
	if (likely(!(regs->flags & X86_EFLAGS_CF) == !carry))
		return;
	regs->flags ^= X86_EFLAGS_CF;
	if (sysret)
		regs->r11 = regs->flags;
}

/**
 * cloudabi_arch_fail - A call failed
 * @regs: registers of the program
 * @error: CloudABI errno
 */
static inline void cloudabi_arch_fail(struct pt_regs *regs, unsigned int error)
{
	regs->ax = error;
	cloudabi_arch_finish(regs, true);
}

/**
 * cloudabi_arch_succeed - A call succeeded
 * @regs: registers of the program
 * @result: its result, or the first of two
 */
static inline void cloudabi_arch_succeed(struct pt_regs *regs,
					 unsigned long result)
{
	regs->ax = result;
	cloudabi_arch_finish(regs, false);
}

/**
 * cloudabi_arch_second - Set the second result of a call that succeeded
 * @regs: registers of the program
 * @result: the result
 */
static inline void cloudabi_arch_second(struct pt_regs *regs,
					unsigned long result)
{
	regs->dx = result;
}

/**
 * struct cloudabi_arch_tls - What the thread pointer of a new thread points to
 * @tcb_addr: address of the TCB; the program writes another one here in order
 *            to have the TCB followed by thread-local storage of its own
 * @tcb: the TCB
 */
struct cloudabi_arch_tls {
	__u64 tcb_addr;
	cloudabi_tcb_t tcb;
};

/* Where the page table of the stack has room above it; 0 where it has not. */
static inline unsigned long cloudabi_arch_vdso_hint(unsigned long stack_end)
{
	const unsigned long size = vdso_image_cloudabi.size -
				   vdso_image_cloudabi.sym_vvar_start;
	const unsigned long room = round_up(stack_end, PMD_SIZE) - stack_end;
	unsigned long pages = 0;

	if (room < size)
		return 0;
	if (current->flags & PF_RANDOMIZE)
		pages = get_random_u32_below(((room - size) >> PAGE_SHIFT) + 1);
	return stack_end + (pages << PAGE_SHIFT);
}

/**
 * cloudabi_arch_vdso_map - Map the vDSO
 * @stack_end: end of the stack
 * @clocks: whether the program may have the pages in front of it, which tell the
 *          time to a tick, and what the time-stamp counter means
 *
 * All calls go through it, so that a process that is no more than a stack and a
 * few calls, as a child of proc_fork() is at first, needs no more page tables,
 * and need not fault it in: the flag has fork copy what is there of it.
 *
 * Return: 0 or an error.
 */
static inline int cloudabi_arch_vdso_map(unsigned long stack_end, bool clocks)
{
	const long start = vdso_image_cloudabi.sym_vvar_start;
	struct mm_struct *const mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long vdso;
	int error;

	error = map_vdso_once(&vdso_image_cloudabi,
			      cloudabi_arch_vdso_hint(stack_end));
	if (error)
		return error;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vdso = (unsigned long)mm->context.vdso;
	if (!clocks)
		error = do_munmap(mm, vdso + start, -start, NULL);
	vma = vma_lookup(mm, vdso);
	if (vma)
		vm_flags_set(vma, VM_MIXEDMAP);
	mmap_write_unlock(mm);
	return error;
}

/**
 * cloudabi_arch_disable_tsc - Take the time-stamp counter from the caller
 *
 * Those that it makes have none either.
 */
static inline void cloudabi_arch_disable_tsc(void)
{
	set_tsc_mode(PR_TSC_SIGSEGV);
}

/* mitigations.c */
int cloudabi_arch_mitigations_check(void);
void cloudabi_arch_mitigations_start(void);

/**
 * cloudabi_arch_start - Set the registers of a new program
 * @regs: its registers
 * @entry: address of the first instruction
 * @auxv: address of the auxiliary vector
 * @tls: address of its struct cloudabi_arch_tls, the lowest thing on the stack
 */
static inline void cloudabi_arch_start(struct pt_regs *regs,
				       unsigned long entry, unsigned long auxv,
				       unsigned long tls)
{
	/* As if called: 8 below a multiple of 16. */
	const unsigned long sp = round_down(tls, 16) - 8;

	ELF_PLAT_INIT(regs, 0);
	/* Left out there, as execve() has a result. */
	regs->ax = 0;
	start_thread(regs, entry, sp);
	regs->di = auxv;
	do_arch_prctl_64(current, ARCH_SET_FS, tls);
}

/**
 * cloudabi_arch_thread_stack - Prepare the stack of a new thread
 * @attr: its attributes
 * @sp: where to store its stack pointer
 * @tls: where to store its thread pointer
 *
 * Return: 0, or -EFAULT.
 */
static inline int cloudabi_arch_thread_stack(const cloudabi_threadattr_t *attr,
					     unsigned long *sp,
					     unsigned long *tls)
{
	const unsigned long end = (unsigned long)attr->stack + attr->stack_len;
	struct cloudabi_arch_tls __user *utls;

	*tls = round_down(end - sizeof(*utls), 8);
	*sp = round_down(*tls, 16) - 8;
	utls = (struct cloudabi_arch_tls __user *)*tls;
	/* As if called from address 0. */
	if (put_user((unsigned long)&utls->tcb, &utls->tcb_addr) ||
	    put_user(0UL, (unsigned long __user *)&utls->tcb) ||
	    put_user(0UL, (unsigned long __user *)*sp))
		return -EFAULT;
	return 0;
}

/**
 * cloudabi_arch_thread_start - Set the registers of a new thread
 * @task: the thread, which does not run yet
 * @attr: its attributes
 * @sp: its stack pointer
 * @tid: its id
 */
static inline void
cloudabi_arch_thread_start(struct task_struct *task,
			   const cloudabi_threadattr_t *attr, unsigned long sp,
			   cloudabi_tid_t tid)
{
	struct pt_regs *const regs = task_pt_regs(task);
	const unsigned long flags = regs->flags & ~(X86_EFLAGS_DF |
						    X86_EFLAGS_CF);

	/* The segments are those of its creator. */
	*regs = (struct pt_regs){
		.ip = (unsigned long)attr->entry_point,
		.sp = sp,
		.di = tid,
		.si = (unsigned long)attr->argument,
		.flags = flags,
		.csx = regs->csx,
		.ssx = regs->ssx,
		.orig_ax = -1,
	};
}

/**
 * cloudabi_arch_personality - Make the caller a plain 64-bit process
 *
 * Of what the Linux parent chose, only the wish for no randomisation is kept.
 */
static inline void cloudabi_arch_personality(void)
{
	set_personality_64bit();
	current->personality = PER_LINUX |
			       (current->personality & ADDR_NO_RANDOMIZE);
}

/**
 * cloudabi_arch_drop_ports - Take away the I/O ports that the caller may use
 *
 * What iopl() and ioperm() gave to a Linux parent, exec would keep.
 */
static inline void cloudabi_arch_drop_ports(void)
{
#ifdef CONFIG_X86_IOPL_IOPERM
	current->thread.iopl_emul = 0;
	if (test_thread_flag(TIF_IO_BITMAP))
		io_bitmap_exit(current);
#endif
}

/* No native call is ever served, so that the page of three is not there. */
static inline void cloudabi_arch_mm_init(struct mm_struct *mm)
{
#ifdef MM_CONTEXT_HAS_VSYSCALL
	clear_bit(MM_CONTEXT_HAS_VSYSCALL, &mm->context.flags);
#endif
}

#endif /* _KERNEL_CLOUDABI_X86_ARCH_H */
