/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-trace - What calls and refusals look like in print
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

/* As the kernel records them, see include/trace/events/cloudabi.h. */
struct call {
	long nr;
	uint64_t args[6];
	uint64_t error;
	uint64_t rets[2];
};

const char *call_name(long nr);
void print_call(FILE *out, const struct call *call);
void print_result(FILE *out, const struct call *call);
void print_rights(FILE *out, uint64_t rights);

#endif /* _TOOLS_CLOUDABI_TRACE_PRINT_H */
