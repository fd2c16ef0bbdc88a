/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - x86-64: calling convention, thread state and process state
 *
 *   - number in rax, arguments in rdi, rsi, rdx, r10, r8, r9
 *   - success: carry flag clear, results in rax and rdx
 *   - failure: carry flag set, errno in rax
 *   - calls with fewer than two results preserve rdx
 *   - a new program finds the address of its auxiliary vector in rdi, and a
 *     pointer to the TCB at %fs:0
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

/* The signal code resumes a call with -ERESTART_RESTARTBLOCK through it. */
#define CLOUDABI_ARCH_NR_RESTART __NR_restart_syscall

/* Address of the register with argument @i, a digit. */
#define CLOUDABI_ARCH_ARG(regs, i) (&(regs)->CLOUDABI_ARCH_ARG##i)
#define CLOUDABI_ARCH_ARG0 di
#define CLOUDABI_ARCH_ARG1 si
#define CLOUDABI_ARCH_ARG2 dx
#define CLOUDABI_ARCH_ARG3 r10
#define CLOUDABI_ARCH_ARG4 r8
#define CLOUDABI_ARCH_ARG5 r9

/**
 * cloudabi_arch_compat_entry - Did a 32-bit entry point receive the call?
 *
 * These are int $0x80, sysenter, and syscall from a 32-bit code segment.
 *
 * Context: Process context, system call entry.
 * Return: true if a 32-bit entry point received the call.
 */
static inline bool cloudabi_arch_compat_entry(void)
{
	return in_ia32_syscall();
}

/**
 * cloudabi_arch_nr_untruncated - Is a number the complete value of rax?
 * @regs: registers of the program
 * @nr: the number that the entry code passed on
 *
 * The entry code truncates rax to 32 bits.  A number with upper bits is not the
 * number of a call.
 *
 * Context: Any.
 * Return: true if no bits were lost.
 */
static inline bool cloudabi_arch_nr_untruncated(const struct pt_regs *regs,
						long nr)
{
	return regs->orig_ax == (unsigned long)nr;
}

/**
 * cloudabi_arch_skipped_result - Result that a tracer or filter has set
 * @regs: registers of the program
 * @rets: where to store the first result
 *
 * A tracer or a filter that suppresses a call puts the result in rax, in the
 * convention of Linux.
 *
 * Context: Any.
 * Return: 0 or a negative errno of Linux.
 */
static inline long cloudabi_arch_skipped_result(const struct pt_regs *regs,
						unsigned long *rets)
{
	if (IS_ERR_VALUE(regs->ax))
		return (long)regs->ax;
	rets[0] = regs->ax;
	return 0;
}

/**
 * cloudabi_arch_request_restart - Have the signal code restart a call
 * @regs: registers of the program
 * @error: -ERESTART*
 *
 * Context: Process context, system call exit.  A signal is pending.
 */
static inline void cloudabi_arch_request_restart(struct pt_regs *regs,
						 long error)
{
	regs->ax = error;
}

/**
 * cloudabi_arch_rewind - Make the program repeat its call
 * @regs: registers of the program
 *
 * Moves the instruction pointer back to the instruction that entered the
 * kernel.  All instructions that do so are 2 bytes long.  SYSRET needs rcx to
 * equal the instruction pointer.
 *
 * Context: Process context, system call exit.
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
 * The exit path can use SYSRET only if r11 equals the flags, so r11 follows the
 * carry flag.  orig_ax = -1 tells the signal code that the registers belong to
 * no call: it would take a result that equals -ERESTARTSYS for a request to
 * restart.
 */
static inline void cloudabi_arch_set_carry(struct pt_regs *regs, bool carry)
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
 * cloudabi_arch_set_error - Set the registers after a call that failed
 * @regs: registers of the program
 * @error: CloudABI errno
 *
 * Context: Process context, system call exit.
 */
static inline void cloudabi_arch_set_error(struct pt_regs *regs,
					   unsigned int error)
{
	regs->ax = error;
	cloudabi_arch_set_carry(regs, true);
}

/**
 * cloudabi_arch_set_result - Set the registers after a call that succeeded
 * @regs: registers of the program
 * @result: the result, or the first of two
 *
 * Context: Process context, system call exit; or a child that does not run yet.
 */
static inline void cloudabi_arch_set_result(struct pt_regs *regs,
					    unsigned long result)
{
	regs->ax = result;
	cloudabi_arch_set_carry(regs, false);
}

/**
 * cloudabi_arch_set_second_result - Set the register of the second result
 * @regs: registers of the program
 * @result: the result
 *
 * Context: Process context, system call exit; or a child that does not run yet.
 */
static inline void cloudabi_arch_set_second_result(struct pt_regs *regs,
						   unsigned long result)
{
	regs->dx = result;
}

/**
 * struct cloudabi_arch_tls - Memory at the thread pointer of a new thread
 * @tcb_addr: address of the TCB
 * @tcb: the TCB
 *
 * A program with thread-local storage allocates another TCB, followed by that
 * storage, and stores its address in @tcb_addr.
 */
struct cloudabi_arch_tls {
	__u64 tcb_addr;
	cloudabi_tcb_t tcb;
};

/*
 * An address between the end of the stack and the end of its page table.  It is
 * random if the address space is randomised, and 0 if the vDSO does not fit.
 */
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
 * @clocks: whether to map the data pages in front of the vDSO, too
 *
 * The data pages contain the time of the last tick and the parameters of the
 * time-stamp counter.  A program with limited clock precision must not read
 * them.
 *
 * Programs normally make every call through the vDSO.  Two measures make a new
 * child of proc_fork() cheap, as it uses little more than its stack and the
 * vDSO.  The vDSO shares the page table of the stack where possible.
 * VM_MIXEDMAP makes fork copy the page table entries, so that the child takes
 * no page faults on the vDSO.
 *
 * Context: Process context, in exec.  Takes mmap_lock.
 * Return: 0 or a negative errno.
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
 * cloudabi_arch_disable_tsc - Make the caller's RDTSC instructions fault
 *
 * Its threads and children inherit this.
 *
 * Context: Process context.
 */
static inline void cloudabi_arch_disable_tsc(void)
{
	set_tsc_mode(PR_TSC_SIGSEGV);
}

/* x86/mitigations.c */
int cloudabi_arch_mitigations_check(void);
void cloudabi_arch_mitigations_enable(void);

/**
 * cloudabi_arch_start_program - Set the registers of a new program
 * @regs: registers of the program
 * @entry: address of the first instruction
 * @auxv: address of the auxiliary vector
 * @tls: address of its struct cloudabi_arch_tls, the lowest data on the stack
 *
 * Context: Process context, in exec.
 */
static inline void cloudabi_arch_start_program(struct pt_regs *regs,
					       unsigned long entry,
					       unsigned long auxv,
					       unsigned long tls)
{
	/* The stack pointer is aligned as after a call instruction. */
	const unsigned long sp = round_down(tls, 16) - 8;

	ELF_PLAT_INIT(regs, 0);
	/* ELF_PLAT_INIT() leaves rax to the result of execve(). */
	regs->ax = 0;
	start_thread(regs, entry, sp);
	regs->di = auxv;
	do_arch_prctl_64(current, ARCH_SET_FS, tls);
}

/**
 * cloudabi_arch_thread_stack - Initialise the stack of a new thread
 * @attr: attributes of the thread
 * @sp: where to store its stack pointer
 * @tls: where to store its thread pointer
 *
 * Context: Process context.  May sleep.
 * Return: 0 or -EFAULT.
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
	/* A return address of 0 ends backtraces. */
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
 * @tid: its thread id
 *
 * Context: Process context, after copy_process().
 */
static inline void
cloudabi_arch_thread_start(struct task_struct *task,
			   const cloudabi_threadattr_t *attr, unsigned long sp,
			   cloudabi_tid_t tid)
{
	struct pt_regs *const regs = task_pt_regs(task);
	const unsigned long flags = regs->flags & ~(X86_EFLAGS_DF |
						    X86_EFLAGS_CF);

	/* The thread keeps the segments of its creator. */
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
 * cloudabi_arch_reset_personality - Make the caller a plain 64-bit process
 *
 * Discards the flags of personality() except ADDR_NO_RANDOMIZE.
 *
 * Context: Process context, in exec.
 */
static inline void cloudabi_arch_reset_personality(void)
{
	set_personality_64bit();
	current->personality = PER_LINUX |
			       (current->personality & ADDR_NO_RANDOMIZE);
}

/**
 * cloudabi_arch_drop_io_ports - Revoke the caller's access to I/O ports
 *
 * The permissions of iopl() and ioperm() would otherwise survive exec.
 *
 * Context: Process context, in exec.
 */
static inline void cloudabi_arch_drop_io_ports(void)
{
#ifdef CONFIG_X86_IOPL_IOPERM
	current->thread.iopl_emul = 0;
	if (test_thread_flag(TIF_IO_BITMAP))
		io_bitmap_exit(current);
#endif
}

/**
 * cloudabi_arch_disable_vsyscall - Hide the vsyscall page from an address space
 * @mm: the address space
 *
 * The calls of the vsyscall page are native.  A CloudABI task cannot make them,
 * so /proc/PID/maps must not list the page.
 *
 * Context: Process context, in exec.
 */
static inline void cloudabi_arch_disable_vsyscall(struct mm_struct *mm)
{
#ifdef MM_CONTEXT_HAS_VSYSCALL
	clear_bit(MM_CONTEXT_HAS_VSYSCALL, &mm->context.flags);
#endif
}

#endif /* _KERNEL_CLOUDABI_X86_ARCH_H */
