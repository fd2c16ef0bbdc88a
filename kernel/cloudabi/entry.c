// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - The gate
 *
 * A task that runs a CloudABI program has SYSCALL_WORK_CLOUDABI set.  The
 * generic entry code comes here when ptrace, seccomp, tracepoints and audit
 * have had their say, whatever instruction the program used, and carries out no
 * system call of Linux afterwards.
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

/*
 * Arguments and results sit in the low end of their registers, in the memory
 * of a little-endian machine at their address; what is above has no meaning.
 */
#define CALL_ARG(i, t, a) (*(t *)CLOUDABI_ARCH_ARG(regs, i))
#define CALL_RET(i, t, a) ((t *)&rets[i])
#define CALL_CASE(nr, name, nargs, args_, nrets, rets_)              \
	case nr:                                                     \
		error = cloudabi_sys_##name(                         \
			CLOUDABI_MAP(nargs, CALL_ARG, args_)         \
			CLOUDABI_JOIN(nargs, nrets, )                \
			CLOUDABI_MAP(nrets, CALL_RET, rets_));       \
		if ((nrets) == 2 && !error)                          \
			cloudabi_arch_set_second_result(regs, rets[1]);         \
		return error;

static __always_inline long dispatch(struct pt_regs *regs, long nr,
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
 * The call that a stopped or frozen sleeper comes back by; no program's.  What
 * it goes on with has one result, which is small.
 */
static long restart(unsigned long *rets)
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

static bool is_restart(long error)
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

/* For observers; a program never sees EINTR. */
static cloudabi_errno_t errno_of(long error)
{
	if (!error || error == -EREPLACED)
		return CLOUDABI_ESUCCESS;
	return is_restart(error) ? CLOUDABI_EINTR : cloudabi_errno(-error);
}

static __always_inline long call(struct pt_regs *regs, long nr,
				 unsigned long *rets)
{
	long error;

	if (!cloudabi_arch_nr_untruncated(regs, nr))
		return -ENOSYS;

	trace_cloudabi_sys_enter(nr, regs);
	error = dispatch(regs, nr, rets);
	if (trace_cloudabi_sys_exit_enabled())
		trace_cloudabi_sys_exit(nr, errno_of(error), rets);
	return error;
}

/* The same for numbers that are not in the table, nor looked up there. */
static noinline long call_other(struct pt_regs *regs, long nr,
				unsigned long *rets)
{
	if (nr == CLOUDABI_ARCH_NR_RESTART)
		return restart(rets);
	if (cloudabi_arch_nr_untruncated(regs, nr)) {
		trace_cloudabi_sys_enter(nr, regs);
		trace_cloudabi_sys_exit(nr, CLOUDABI_ENOSYS, rets);
	}
	return -ENOSYS;
}

/*
 * For a call that a filter or a tracer suppressed, with what it gives instead.  A
 * tracer leaves no number behind, or emulates calls, which refuses none; and an
 * interrupted one is made again.
 */
static noinline long skipped(struct pt_regs *regs, unsigned long *rets)
{
	const long error = cloudabi_arch_skipped_result(regs, rets);
	const int nr = syscall_get_nr(current, regs);

	if (error && !is_restart(error) && nr != -1 &&
	    !test_syscall_work(SYSCALL_EMU))
		trace_cloudabi_denied_filter(nr, errno_of(error));
	return error;
}

/* What audit would make of the registers is not what they say. */
static __always_inline void tell_audit(bool success, long result)
{
#ifdef CONFIG_AUDITSYSCALL
	if (unlikely(audit_context()))
		__audit_syscall_exit(success, result);
#endif
}

static __always_inline void succeed(struct pt_regs *regs, unsigned long result)
{
	cloudabi_arch_set_result(regs, result);
	tell_audit(true, result);
}

static noinline void fail(struct pt_regs *regs, long error)
{
	const cloudabi_errno_t errno = errno_of(error);

	/* The registers may be those of another program now. */
	if (error != -EREPLACED)
		cloudabi_arch_set_error(regs, errno);
	tell_audit(!errno, -errno);
}

/**
 * cloudabi_do_syscall - Carry out a call of a CloudABI task
 * @regs: its registers
 * @nr: number of the call, -1 if a tracer or filter suppressed it
 *
 * Programs have no signal handlers, so an interrupted call is always made
 * again, unless the signal ends the process.  None ever sees EINTR, not even
 * from code that believes that it may return it.
 *
 * Return: -1, so that no call of Linux follows.
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
		/* The table of a switch is read ahead of the test as well. */
		nr = array_index_nospec(nr, CLOUDABI_NR_CALLS);
		error = call(regs, nr, rets);
	} else if (nr == -1) {
		error = skipped(regs, rets);
		/* A tracer that emulates calls sets all registers itself. */
		if (!error && test_syscall_work(SYSCALL_EMU))
			return -1;
	} else {
		error = call_other(regs, nr, rets);
	}

	if (likely(!error))
		succeed(regs, rets[0]);
	else if (unlikely(is_restart(error) && signal_pending(current)))
		cloudabi_arch_request_restart(regs, error);
	else if (unlikely(is_restart(error) || error == -EINTR))
		cloudabi_arch_rewind(regs);
	else
		fail(regs, error);
	return -1;
}
