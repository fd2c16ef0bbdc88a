/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - Trace events
 *
 * An event has the name of its tracepoint.  These names share one namespace in
 * the kernel, which already contains sys_enter and sys_exit.  Hence the prefix
 * in cloudabi:cloudabi_sys_enter.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cloudabi

#if !defined(_TRACE_CLOUDABI_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_CLOUDABI_H

#include <linux/cloudabi.h>
#include <linux/tracepoint.h>
#include <asm/syscall.h>

#ifndef CLOUDABI_TRACE_NAMES
#define CLOUDABI_TRACE_NAMES
#define CLOUDABI_TRACE_CALL(nr, name, ...) { nr, #name },
#define CLOUDABI_TRACE_ERRNO(value, name, ...) { value, "E" #name },
#define CLOUDABI_TRACE_RIGHT(bit, name) { 1ULL << (bit), #name },
#define cloudabi_trace_rights(rights) \
	__print_flags_u64(rights, "|", CLOUDABI_RIGHTS(CLOUDABI_TRACE_RIGHT) { 0, NULL })
#define cloudabi_trace_call(nr) \
	__print_symbolic(nr, CLOUDABI_CALLS(CLOUDABI_TRACE_CALL) { -1, "none" })
#define cloudabi_trace_errno(error)                                      \
	__print_symbolic(error, CLOUDABI_ERRNOS(CLOUDABI_TRACE_ERRNO) \
			 { 0, "success" })
#endif

/**
 * cloudabi_sys_enter - A call begins
 * @nr: number of the call
 * @regs: registers of the program, with the arguments
 *
 * Context: Process context, the task that makes the call.
 */
TRACE_EVENT(cloudabi_sys_enter,
	TP_PROTO(long nr, struct pt_regs *regs),
	TP_ARGS(nr, regs),
	TP_STRUCT__entry(
		__field(long, nr)
		__array(unsigned long, args, 6)
	),
	TP_fast_assign(
		__entry->nr = nr;
		syscall_get_arguments(current, regs, __entry->args);
	),
	TP_printk("%s(%lx, %lx, %lx, %lx, %lx, %lx)",
		  cloudabi_trace_call(__entry->nr),
		  __entry->args[0], __entry->args[1], __entry->args[2],
		  __entry->args[3], __entry->args[4], __entry->args[5])
);

/**
 * cloudabi_sys_exit - A call ends
 * @nr: number of the call
 * @error: CloudABI errno, 0 for success
 * @rets: values of the result registers
 *
 * A call that restarts ends with EINTR here.  The program does not see it.
 *
 * Context: Process context, the task that makes the call.
 */
TRACE_EVENT(cloudabi_sys_exit,
	TP_PROTO(long nr, cloudabi_errno_t error, const unsigned long *rets),
	TP_ARGS(nr, error, rets),
	TP_STRUCT__entry(
		__field(long, nr)
		__field(cloudabi_errno_t, error)
		__array(unsigned long, rets, 2)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->error = error;
		memcpy(__entry->rets, rets, sizeof(__entry->rets));
	),
	TP_printk("%s = %s (%lx, %lx)",
		  cloudabi_trace_call(__entry->nr),
		  cloudabi_trace_errno(__entry->error),
		  __entry->rets[0], __entry->rets[1])
);

/**
 * cloudabi_denied - A descriptor lacks a right
 * @nr: number of the call
 * @fd: number of the descriptor
 * @path: path of its file, escaped
 * @need: rights that the call requires
 * @have: rights of the descriptor
 *
 * Context: Process context, the task that makes the call.
 */
TRACE_EVENT(cloudabi_denied,
	TP_PROTO(int nr, unsigned int fd, const char *path,
		 const struct cloudabi_rights *need,
		 const struct cloudabi_rights *have),
	TP_ARGS(nr, fd, path, need, have),
	TP_STRUCT__entry(
		__field(int, nr)
		__field(unsigned int, fd)
		__string(path, path)
		__field(cloudabi_rights_t, need_base)
		__field(cloudabi_rights_t, need_inheriting)
		__field(cloudabi_rights_t, have_base)
		__field(cloudabi_rights_t, have_inheriting)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->fd = fd;
		__assign_str(path);
		__entry->need_base = need->base;
		__entry->need_inheriting = need->inheriting;
		__entry->have_base = have->base;
		__entry->have_inheriting = have->inheriting;
	),
	TP_printk("call=%s fd=%u path=\"%s\" missing=%s missing_inheriting=%s need=%#llx have=%#llx need_inheriting=%#llx have_inheriting=%#llx",
		  cloudabi_trace_call(__entry->nr), __entry->fd,
		  __get_str(path),
		  cloudabi_trace_rights(__entry->need_base &
					~__entry->have_base),
		  cloudabi_trace_rights(__entry->need_inheriting &
					~__entry->have_inheriting),
		  __entry->need_base, __entry->have_base,
		  __entry->need_inheriting, __entry->have_inheriting)
);

/**
 * cloudabi_denied_name - A pathname leads out of its directory
 * @nr: number of the call
 * @dir: path of the directory, escaped
 * @name: the pathname that the program passed, escaped
 *
 * Context: Process context, the task that makes the call.
 */
TRACE_EVENT(cloudabi_denied_name,
	TP_PROTO(int nr, const char *dir, const char *name),
	TP_ARGS(nr, dir, name),
	TP_STRUCT__entry(
		__field(int, nr)
		__string(dir, dir)
		__string(name, name)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__assign_str(dir);
		__assign_str(name);
	),
	TP_printk("call=%s path=\"%s\" name=\"%s\"",
		  cloudabi_trace_call(__entry->nr), __get_str(dir),
		  __get_str(name))
);

/**
 * cloudabi_denied_hook - An LSM hook denied an operation
 * @nr: number of the call, -1 if the task is in no call
 * @hook: name of the hook
 *
 * No right permits the operation.
 *
 * Context: Any.  The hook may hold any lock.
 */
TRACE_EVENT(cloudabi_denied_hook,
	TP_PROTO(int nr, const char *hook),
	TP_ARGS(nr, hook),
	TP_STRUCT__entry(
		__field(int, nr)
		__string(hook, hook)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__assign_str(hook);
	),
	TP_printk("call=%s hook=%s", cloudabi_trace_call(__entry->nr),
		  __get_str(hook))
);

/**
 * cloudabi_denied_filter - A seccomp filter or a tracer made a call fail
 * @nr: number of the call
 * @error: CloudABI errno of the call
 *
 * Context: Process context, the task that makes the call.
 */
TRACE_EVENT(cloudabi_denied_filter,
	TP_PROTO(int nr, cloudabi_errno_t error),
	TP_ARGS(nr, error),
	TP_STRUCT__entry(
		__field(int, nr)
		__field(cloudabi_errno_t, error)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->error = error;
	),
	TP_printk("call=%s error=%s", cloudabi_trace_call(__entry->nr),
		  cloudabi_trace_errno(__entry->error))
);

#endif /* _TRACE_CLOUDABI_H */

#include <trace/define_trace.h>
