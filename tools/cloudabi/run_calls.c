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

#include "array_size.h"
#include "run_calls.h"

#define BIT(nr) (1ULL << (nr))
/* A program must always be able to exit. */
#define ALWAYS_ALLOWED BIT(CLOUDABI_NR_proc_exit)
/*
 * Calls that cloudabi-reexec makes; the first argument of each is a descriptor.  Its
 * descriptors have reserved numbers, which the program that it executes cannot have.
 */
#define REEXEC_CALLS (BIT(CLOUDABI_NR_fd_stat_get) | BIT(CLOUDABI_NR_fd_stat_put) | \
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
		if ((calls->allowed | ALWAYS_ALLOWED) & BIT(nr)) {
			fprintf(out, "%s%s", separator, names[nr]);
			separator = ", ";
		}
	}
	fputs("]\n", out);
}

/*
 * The filter has the same instructions for every list; only the constants of the sets
 * differ.  It runs at every call, so its cost must not grow with the length of the list:
 * a set is tested by one shift and one JSET.  BPF words have 32 bits, so there are two
 * halves of each set.  X holds the call number, less 32 for the upper half.
 */
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
/* A = 1 << X */
#define LOAD_BIT BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0)
#define TO_X BPF_STMT(BPF_MISC | BPF_TAX, 0)
/* A conditional jump at index @at to the absolute indices @yes and @no. */
#define JUMP(at, how, value, yes, no) \
	[at] = BPF_JUMP(BPF_JMP | (how) | BPF_K, value, (yes) - (at) - 1, (no) - (at) - 1)

enum { UPPER_HALF = 11, TEST_FD = 17, DENY = 19, ALLOW = 20 };

size_t calls_filter(const struct calls *calls, uint32_t first_reserved,
		    struct sock_filter filter[CALLS_FILTER])
{
	const uint64_t allowed = calls->allowed | ALWAYS_ALLOWED;
	const struct sock_filter code[] = {
		[0] = LOAD(arch),
		JUMP(1, BPF_JEQ, CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64), 2, ALLOW),
		[2] = LOAD(nr),
		/* The kernel resumes a stopped sleeper with it; programs cannot call it. */
		JUMP(3, BPF_JEQ, __NR_restart_syscall, ALLOW, 4),
		JUMP(4, BPF_JGE, CLOUDABI_NR_CALLS, DENY, 5),
		JUMP(5, BPF_JGE, 32, UPPER_HALF, 6),

		[6] = TO_X, LOAD_BIT,
		JUMP(9, BPF_JSET, (uint32_t)allowed, ALLOW, 10),
		JUMP(10, BPF_JSET, (uint32_t)REEXEC_CALLS, TEST_FD, DENY),

		[UPPER_HALF] = BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 32), TO_X, LOAD_BIT,
		JUMP(15, BPF_JSET, (uint32_t)(allowed >> 32), ALLOW, 16),
		JUMP(16, BPF_JSET, (uint32_t)(REEXEC_CALLS >> 32), TEST_FD, DENY),

		/* A cloudabi_fd_t is the lower half of the register. */
		[TEST_FD] = LOAD(args[0]),
		JUMP(18, BPF_JGE, first_reserved, ALLOW, DENY),
		[DENY] = RETURN(SECCOMP_RET_ERRNO | CLOUDABI_LINUX_ENOTCAPABLE),
		[ALLOW] = RETURN(SECCOMP_RET_ALLOW),
	};

	_Static_assert(sizeof(code) <= CALLS_FILTER * sizeof(*filter), "room for the filter");
	memcpy(filter, code, sizeof(code));
	return ARRAY_SIZE(code);
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
