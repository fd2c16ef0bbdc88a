// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - System call entry
 *
 * Route of a call
 *
 * Exec of a CloudABI program sets SYSCALL_WORK_CLOUDABI, and children inherit
 * it.  The generic entry code therefore leaves its fast path on each call of
 * the program, whatever instruction the program used.  It runs ptrace, seccomp,
 * tracepoints and audit as for a Linux program.  Then it calls
 * cloudabi_do_syscall() with one of these numbers:
 *
 *	0 to CLOUDABI_NR_CALLS - 1
 *		entry_call() converts registers to typed arguments and calls
 *		the handler, cloudabi_sys_NAME().
 *	-1
 *		A tracer or a filter suppressed the call and set its result;
 *		see entry_skipped().
 *	restart_syscall
 *		entry_restart_syscall() resumes a call.
 *	any other
 *		ENOSYS
 *
 * cloudabi_do_syscall() returns -1, so the entry code makes no Linux call.
 *
 * Results and restarts
 *
 * A CloudABI program cannot install signal handlers.  A signal thus either ends
 * the process, or stops it, or has no effect on it.  A call that a signal
 * interrupts is always restarted, and no program ever sees EINTR:
 *
 *	result		signal pending	action
 *	0		any		carry clear, results in registers
 *	-EREPLACED	any		none: exec has set the registers
 *	-ERESTART*	yes		leave the restart to the signal code
 *	-ERESTART*	no		rewind: the program repeats the call
 *	-EINTR		any		rewind
 *	any other	any		carry set, CloudABI errno in rax
 *
 * For -ERESTART_RESTARTBLOCK, the signal code makes the program issue
 * restart_syscall, whose number is outside the table of calls.  The function in
 * the restart block then resumes the call, so a relative time-out does not
 * begin again.
 *
 * Speculation
 *
 * The number of the call is the only index that a program controls here.  The
 * processor may read the jump table of the switch before it has compared the
 * number with CLOUDABI_NR_CALLS, so array_index_nospec() limits the number
 * first.  The Makefile forbids jump tables in all other files.
 */

#include <linux/audit.h>
#include <linux/entry-common.h>
#include <linux/nospec.h>
#include <linux/restart_block.h>
#include <linux/sched/signal.h>
#include <asm/syscall.h>

#define CREATE_TRACE_POINTS
#include <trace/events/cloudabi.h>

#include "arch.h"
#include "cloudabi.h"
#include "exec.h"

static_assert(CLOUDABI_NR_CALLS <= CLOUDABI_ARCH_NR_RESTART,
	      "a call has the number of restart_syscall");

/*
 * Arguments and results occupy the low bytes of their registers, which on a
 * little-endian machine begin at the address of the register in memory.  Higher
 * bytes are ignored.
 */
#define CALL_ARG(i, t, a)                                              \
	({                                                             \
		static_assert(sizeof(t) <= sizeof(long),               \
			      "argument " #a " exceeds a register");   \
		*(t *)CLOUDABI_ARCH_ARG(regs, i);                      \
	})
#define CALL_RET(i, t, a)                                              \
	({                                                             \
		static_assert(sizeof(t) <= sizeof(long),               \
			      "result " #a " exceeds a register");     \
		(t *)&rets[i];                                         \
	})
#define CALL_CASE(nr, name, nargs, args_, nrets, rets_)                \
	case nr:                                                       \
		error = cloudabi_sys_##name(                           \
			CLOUDABI_MAP(nargs, CALL_ARG, args_)           \
			CLOUDABI_JOIN(nargs, nrets, )                  \
			CLOUDABI_MAP(nrets, CALL_RET, rets_));         \
		if ((nrets) == 2 && !error)                            \
			cloudabi_arch_set_second_result(regs,          \
							rets[1]);      \
		return error;

static __always_inline long entry_dispatch(struct pt_regs *regs, long nr,
					   unsigned long *rets)
{
	int error;

	switch (nr) {
	CLOUDABI_CALLS(CALL_CASE)
	default:
		return -ENOSYS;
	}
}

/*
 * restart_syscall: the kernel resumes a stopped sleeper with it.  The call is
 * not part of the ABI.  A program that makes it can only resume its last call
 * that was interrupted.  If there is none, the function of the restart
 * block is do_no_restart_syscall().  Resumed calls have one result, which is
 * never negative.
 */
static long entry_restart_syscall(unsigned long *rets)
{
	struct restart_block *const block = &current->restart_block;
	long ret;

	if (block->fn == do_no_restart_syscall)
		return -ENOSYS;
	ret = block->fn(block);
	if (ret < 0)
		return ret;
	rets[0] = ret;
	return 0;
}

static bool entry_is_restart(long error)
{
	switch (error) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return true;
	default:
		return false;
	}
}

/* For the program, tracing and audit.  Tracing sees a restart as EINTR. */
static cloudabi_errno_t entry_errno(long error)
{
	if (!error || error == -EREPLACED)
		return CLOUDABI_ESUCCESS;
	return entry_is_restart(error) ? CLOUDABI_EINTR :
					 cloudabi_errno(-error);
}

static __always_inline long entry_call(struct pt_regs *regs, long nr,
				       unsigned long *rets)
{
	long error;

	if (!cloudabi_arch_nr_untruncated(regs, nr))
		return -ENOSYS;

	trace_cloudabi_sys_enter(nr, regs);
	error = entry_dispatch(regs, nr, rets);
	if (trace_cloudabi_sys_exit_enabled())
		trace_cloudabi_sys_exit(nr, entry_errno(error), rets);
	return error;
}

/* A number outside the table. */
static noinline long entry_call_unknown(struct pt_regs *regs, long nr,
					unsigned long *rets)
{
	if (nr == CLOUDABI_ARCH_NR_RESTART)
		return entry_restart_syscall(rets);
	if (cloudabi_arch_nr_untruncated(regs, nr)) {
		trace_cloudabi_sys_enter(nr, regs);
		trace_cloudabi_sys_exit(nr, CLOUDABI_ENOSYS, rets);
	}
	return -ENOSYS;
}

/*
 * A filter or a tracer suppressed the call and set its result.  Reports the
 * call only if a filter refused it.  A tracer that suppresses a call sets its
 * number to -1.  A tracer that uses PTRACE_SYSEMU suppresses all calls.
 */
static noinline long entry_skipped(struct pt_regs *regs, unsigned long *rets)
{
	const long error = cloudabi_arch_skipped_result(regs, rets);
	const int nr = syscall_get_nr(current, regs);

	if (error && !entry_is_restart(error) && nr != -1 &&
	    !test_syscall_work(SYSCALL_EMU))
		trace_cloudabi_denied_filter(nr, entry_errno(error));
	return error;
}

/*
 * Tells audit the result here: its hook in the exit code would read rax in the
 * convention of Linux.
 */
static __always_inline void entry_audit_exit(bool success, long result)
{
#ifdef CONFIG_AUDITSYSCALL
	if (unlikely(audit_context()))
		__audit_syscall_exit(success, result);
#endif
}

static __always_inline void entry_succeed(struct pt_regs *regs,
					  unsigned long result)
{
	cloudabi_arch_set_result(regs, result);
	entry_audit_exit(true, result);
}

static noinline void entry_fail(struct pt_regs *regs, long error)
{
	const cloudabi_errno_t errno = entry_errno(error);

	/* After exec, the registers belong to the new program. */
	if (error != -EREPLACED)
		cloudabi_arch_set_error(regs, errno);
	entry_audit_exit(!errno, -errno);
}

/**
 * cloudabi_do_syscall - Execute a call of a CloudABI task
 * @regs: registers of the program
 * @nr: number of the call, -1 if a tracer or filter suppressed it
 *
 * A call through a 32-bit entry point ends the process with SIGSYS.
 *
 * Context: Process context, system call entry.  May sleep.
 * Return: -1, so that the entry code makes no Linux call.
 */
long cloudabi_do_syscall(struct pt_regs *regs, long nr)
{
	unsigned long rets[2] = { };
	long error;

	if (unlikely(cloudabi_arch_compat_entry())) {
		force_sig(SIGSYS);
		return -1;
	}

	if (likely((unsigned long)nr < CLOUDABI_NR_CALLS)) {
		nr = array_index_nospec(nr, CLOUDABI_NR_CALLS);
		error = entry_call(regs, nr, rets);
	} else if (nr == -1) {
		error = entry_skipped(regs, rets);
		/* A tracer with PTRACE_SYSEMU sets all registers itself. */
		if (!error && test_syscall_work(SYSCALL_EMU))
			return -1;
	} else {
		error = entry_call_unknown(regs, nr, rets);
	}

	if (likely(!error))
		entry_succeed(regs, rets[0]);
	else if (unlikely(entry_is_restart(error) && signal_pending(current)))
		cloudabi_arch_request_restart(regs, error);
	else if (unlikely(entry_is_restart(error) || error == -EINTR))
		cloudabi_arch_rewind(regs);
	else
		entry_fail(regs, error);
	return -1;
}
