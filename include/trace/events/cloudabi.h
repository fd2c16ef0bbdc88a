/* SPDX-License-Identifier: GPL-2.0 */
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
 * cloudabi_sys_enter - A call is about to be carried out
 * @nr: number of the call
 * @regs: registers of the program, with the arguments
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
 * cloudabi_sys_exit - A call was carried out
 * @nr: number of the call
 * @error: CloudABI errno, 0 for success
 * @rets: its results, as they go out in registers
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
 * @fd: number of the descriptor
 * @need: rights that were asked for
 * @have: rights of the descriptor
 */
TRACE_EVENT(cloudabi_denied,
	TP_PROTO(unsigned int fd, const struct cloudabi_rights *need,
		 const struct cloudabi_rights *have),
	TP_ARGS(fd, need, have),
	TP_STRUCT__entry(
		__field(unsigned int, fd)
		__field(cloudabi_rights_t, need_base)
		__field(cloudabi_rights_t, need_inheriting)
		__field(cloudabi_rights_t, have_base)
		__field(cloudabi_rights_t, have_inheriting)
	),
	TP_fast_assign(
		__entry->fd = fd;
		__entry->need_base = need->base;
		__entry->need_inheriting = need->inheriting;
		__entry->have_base = have->base;
		__entry->have_inheriting = have->inheriting;
	),
	TP_printk("fd=%u base need=%#llx have=%#llx missing=%s inheriting need=%#llx have=%#llx missing=%s",
		  __entry->fd, __entry->need_base, __entry->have_base,
		  cloudabi_trace_rights(__entry->need_base &
					~__entry->have_base),
		  __entry->need_inheriting, __entry->have_inheriting,
		  cloudabi_trace_rights(__entry->need_inheriting &
					~__entry->have_inheriting))
);

#endif /* _TRACE_CLOUDABI_H */

#include <trace/define_trace.h>
