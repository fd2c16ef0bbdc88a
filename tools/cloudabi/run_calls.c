// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - The calls that a program may make
 */
#include <linux/audit.h>
#include <linux/cloudabi_prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>

#include "run_calls.h"

#define BIT(nr) (1ULL << (nr))
/* Whoever may do nothing else may end. */
#define ALWAYS BIT(CLOUDABI_NR_proc_exit)
/*
 * What the re-executor does, each with a descriptor as the first argument.  Those
 * that it has are out of the reach of the program that it executes.
 */
#define OWN (BIT(CLOUDABI_NR_fd_stat_get) | BIT(CLOUDABI_NR_fd_stat_put) | \
	     BIT(CLOUDABI_NR_fd_read) | BIT(CLOUDABI_NR_fd_write) | BIT(CLOUDABI_NR_proc_exec))

static const char *const names[] = {
#define NAME(nr, name, ...) [nr] = #name,
	CLOUDABI_CALLS(NAME)
};

_Static_assert(CLOUDABI_NR_CALLS <= 64, "a bit for each call");

void calls_add(struct calls *calls, const struct mark *at, const char *name)
{
	for (int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if (!strcmp(names[nr], name)) {
			calls->limited = true;
			calls->allowed |= BIT(nr);
			return;
		}
	}
	fail(at, "no call is named %s", name);
}

void calls_print(const struct calls *calls, FILE *out)
{
	const char *separator = "";

	if (!calls->limited) {
		fputs("calls: all\n", out);
		return;
	}
	fputs("calls: [", out);
	for (int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if ((calls->allowed | ALWAYS) & BIT(nr)) {
			fprintf(out, "%s%s", separator, names[nr]);
			separator = ", ";
		}
	}
	fputs("]\n", out);
}

/*
 * The filter is the same for all lists, but for the sets in it: it runs at each
 * call, and should not take longer the more is allowed.  When a set is asked, X is
 * the number of the call, less 32 for the upper half of the set.
 */
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
/* A = 1 << X */
#define LOAD_BIT BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0)
#define TO_X BPF_STMT(BPF_MISC | BPF_TAX, 0)
/* The jump that is instruction @at, with instructions to go on at. */
#define GO(at, how, value, yes, no) \
	[at] = BPF_JUMP(BPF_JMP | (how) | BPF_K, value, (yes) - (at) - 1, (no) - (at) - 1)

enum { UPPER_HALF = 11, OWN_FD = 17, DENY = 19, ALLOW = 20 };

size_t calls_filter(const struct calls *calls, uint32_t first_reserved,
		    struct sock_filter filter[CALLS_FILTER])
{
	const uint64_t allowed = calls->allowed | ALWAYS;
	const struct sock_filter code[] = {
		[0] = LOAD(arch),
		GO(1, BPF_JEQ, CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64), 2, ALLOW),
		[2] = LOAD(nr),
		/* No program makes this call; the kernel comes back by it to one that waits. */
		GO(3, BPF_JEQ, __NR_restart_syscall, ALLOW, 4),
		GO(4, BPF_JGE, CLOUDABI_NR_CALLS, DENY, 5),
		GO(5, BPF_JGE, 32, UPPER_HALF, 6),

		[6] = TO_X, LOAD_BIT,
		GO(9, BPF_JSET, (uint32_t)allowed, ALLOW, 10),
		GO(10, BPF_JSET, (uint32_t)OWN, OWN_FD, DENY),

		[UPPER_HALF] = BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 32), TO_X, LOAD_BIT,
		GO(15, BPF_JSET, (uint32_t)(allowed >> 32), ALLOW, 16),
		GO(16, BPF_JSET, (uint32_t)(OWN >> 32), OWN_FD, DENY),

		/* The lower half of the register is the descriptor. */
		[OWN_FD] = LOAD(args[0]),
		GO(18, BPF_JGE, first_reserved, ALLOW, DENY),
		[DENY] = RETURN(SECCOMP_RET_ERRNO | CLOUDABI_LINUX_ENOTCAPABLE),
		[ALLOW] = RETURN(SECCOMP_RET_ALLOW),
	};

	_Static_assert(sizeof(code) <= CALLS_FILTER * sizeof(*filter), "room for the filter");
	memcpy(filter, code, sizeof(code));
	return sizeof(code) / sizeof(*code);
}

bool calls_install(const struct calls *calls, uint32_t first_reserved)
{
	struct sock_filter filter[CALLS_FILTER];
	struct sock_fprog prog = { .filter = filter };

	if (!calls->limited)
		return true;
	prog.len = calls_filter(calls, first_reserved, filter);
	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
