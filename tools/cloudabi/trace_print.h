/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-trace - Calls, results and rights as text
 */
#ifndef _TOOLS_CLOUDABI_TRACE_PRINT_H
#define _TOOLS_CLOUDABI_TRACE_PRINT_H

#include <stdint.h>
#include <stdio.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>
#include <cloudabi/names.h>

/**
 * struct call - A call, as the kernel's tracepoints record it
 * @nr: number of the call
 * @args: registers of its arguments
 * @error: CloudABI errno
 * @rets: registers of its results, valid if @error is zero
 *
 * See include/trace/events/cloudabi.h.
 */
struct call {
	long nr;
	uint64_t args[6];
	uint64_t error;
	uint64_t rets[2];
};

/* Returns the name of a call, or "none" for a number without a call. */
const char *call_name(long nr);
/* Prints "name(argument=value, ...)". */
void print_call(FILE *out, const struct call *call);
/* Prints the results separated by ", ", the name of the errno, or "0". */
void print_result(FILE *out, const struct call *call);
/* Prints the names of rights separated by "|". */
void print_rights(FILE *out, uint64_t rights);

#endif /* _TOOLS_CLOUDABI_TRACE_PRINT_H */
