// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The seccomp filter of cloudabi-run
 *
 * An interpreter of BPF checks all decisions of the filter.  Other tests
 * install it to show that the kernel accepts it and that Linux programs do not
 * notice it.  runlimits_test has its effect on CloudABI programs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../kselftest_harness.h"

#include "../../../cloudabi/run_calls.c"
#include "runfail.h"

#define ARCH CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64)
#define REFUSED (SECCOMP_RET_ERRNO | CLOUDABI_LINUX_ENOTCAPABLE)
/* No filter returns this. */
#define BROKEN 0xdeadbeefU
/* The first descriptor of the re-executor. */
#define FIRST 1024

struct machine {
	uint32_t a, x;
};

static uint32_t load(const struct sock_filter *insn, const struct seccomp_data *data)
{
	uint32_t value;

	memcpy(&value, (const char *)data + insn->k, sizeof(value));
	return value;
}

/* Executes an instruction that is neither a jump nor a return; false if no filter may have it. */
static bool step(struct machine *m, const struct sock_filter *insn,
		 const struct seccomp_data *data)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (insn->k % 4 || insn->k > sizeof(*data) - 4)
			return false;
		m->a = load(insn, data);
		return true;
	case BPF_LD | BPF_IMM:
		m->a = insn->k;
		return true;
	case BPF_ALU | BPF_SUB | BPF_K:
		m->a -= insn->k;
		return true;
	case BPF_ALU | BPF_LSH | BPF_X:
		if (m->x > 31)
			return false;
		m->a <<= m->x;
		return true;
	case BPF_MISC | BPF_TAX:
		m->x = m->a;
		return true;
	default:
		return false;
	}
}

static bool jumps(uint32_t a, const struct sock_filter *insn, bool *known)
{
	*known = true;
	switch (insn->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		return a == insn->k;
	case BPF_JMP | BPF_JGE | BPF_K:
		return a >= insn->k;
	case BPF_JMP | BPF_JSET | BPF_K:
		return a & insn->k;
	default:
		*known = false;
		return false;
	}
}

static uint32_t interpret(const struct sock_filter *filter, size_t n,
			  const struct seccomp_data *data)
{
	struct machine m = { 0 };

	for (size_t at = 0; at < n; at++) {
		const struct sock_filter *const insn = &filter[at];
		bool known, yes;

		if (insn->code == (BPF_RET | BPF_K))
			return insn->k;
		yes = jumps(m.a, insn, &known);
		if (known)
			at += yes ? insn->jt : insn->jf;
		else if (!step(&m, insn, data))
			break;
	}
	return BROKEN;
}

static uint32_t decide(const struct calls *calls, uint32_t arch, int nr, uint64_t arg)
{
	const struct seccomp_data data = {
		.nr = nr, .arch = arch, .instruction_pointer = 0x1234567812345678,
		.args = { arg, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL },
	};
	struct sock_filter filter[CALLS_FILTER];

	return interpret(filter, calls_filter(calls, FIRST, filter), &data);
}

#define DECIDE(calls, nr, arg) decide(calls, ARCH, nr, arg)

/* Lists of many kinds. */
static uint64_t list(unsigned int i)
{
	if (i < CLOUDABI_NR_CALLS)
		return BIT(i);
	i -= CLOUDABI_NR_CALLS;
	if (i < CLOUDABI_NR_CALLS)
		return ~BIT(i) & (BIT(CLOUDABI_NR_CALLS) - 1);
	i -= CLOUDABI_NR_CALLS;
	/* No call, all calls, and mixtures. */
	return i == 0 ? 0 : i == 1 ? BIT(CLOUDABI_NR_CALLS) - 1 :
	       (i * 0x9e3779b97f4a7c15ULL) & (BIT(CLOUDABI_NR_CALLS) - 1);
}

#define LISTS (2 * CLOUDABI_NR_CALLS + 50)

static bool is_own(int nr)
{
	return nr == CLOUDABI_NR_fd_stat_get || nr == CLOUDABI_NR_fd_stat_put ||
	       nr == CLOUDABI_NR_fd_read || nr == CLOUDABI_NR_fd_write ||
	       nr == CLOUDABI_NR_proc_exec;
}

/* Only the lower half of the register counts. */
static const struct {
	uint64_t arg;
	bool own;
} fds[] = {
	{ 0, false }, { 1, false }, { FIRST - 1, false }, { FIRST, true }, { FIRST + 1, true },
	{ 0x7fffffff, true }, { 0x80000000, true }, { 0xffffffff, true },
	{ 1ULL << 32, false }, { ~0ULL << 32 | (FIRST - 1), false },
	{ 1ULL << 32 | FIRST, true }, { ~0ULL, true },
};

TEST(each_call_is_allowed_if_the_list_says_so)
{
	for (unsigned int i = 0; i < LISTS; i++) {
		const struct calls calls = { .limited = true, .allowed = list(i) };

		for (int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
			const bool allowed = list(i) & BIT(nr) || nr == CLOUDABI_NR_proc_exit;

			for (size_t j = 0; j < ARRAY_SIZE(fds); j++) {
				EXPECT_EQ(allowed || (is_own(nr) && fds[j].own) ?
					  SECCOMP_RET_ALLOW : REFUSED,
					  DECIDE(&calls, nr, fds[j].arg))
					TH_LOG("list %u, call %d, descriptor %zu", i, nr, j);
			}
		}
	}
}

TEST(own_descriptors_are_where_they_are_said_to_be)
{
	static const uint32_t firsts[] = { 0, 1, 3, 1024, 65536, 0x7fffffff, 0x80000000 };
	const struct calls none = { .limited = true };

	for (size_t i = 0; i < ARRAY_SIZE(firsts); i++) {
		struct sock_filter filter[CALLS_FILTER];
		const size_t n = calls_filter(&none, firsts[i], filter);
		struct seccomp_data data = { .nr = CLOUDABI_NR_proc_exec, .arch = ARCH };

		data.args[0] = firsts[i];
		EXPECT_EQ(SECCOMP_RET_ALLOW, interpret(filter, n, &data));
		data.args[0] = firsts[i] - 1;
		EXPECT_EQ(firsts[i] ? REFUSED : SECCOMP_RET_ALLOW, interpret(filter, n, &data));
	}
}

TEST(numbers_of_no_call_are_refused)
{
	static const int others[] = {
		CLOUDABI_NR_CALLS, CLOUDABI_NR_CALLS + 1, 63, 64, 65, 95, 96, 218, 220, 255, 256,
		1000, 0x40000000, 0x7fffffff, -2147483647 - 1, -1, -64,
	};

	for (unsigned int i = 0; i < LISTS; i++) {
		const struct calls calls = { .limited = true, .allowed = list(i) };

		for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
			EXPECT_EQ(REFUSED, DECIDE(&calls, others[j], FIRST))
				TH_LOG("number %d", others[j]);
		}
	}
}

/* restart_syscall is only seen when a program was stopped during a wait. */
TEST(interrupted_call_may_go_on)
{
	const struct calls none = { .limited = true };

	EXPECT_EQ(SECCOMP_RET_ALLOW, DECIDE(&none, __NR_restart_syscall, 0));
}

TEST(programs_of_other_architectures_are_not_limited)
{
	static const uint32_t archs[] = {
		AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0, ~0U,
		ARCH ^ 1, ARCH ^ 0x80000000,
	};
	const struct calls none = { .limited = true };

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		for (int nr = -1; nr < 1100; nr++)
			EXPECT_EQ(SECCOMP_RET_ALLOW, decide(&none, archs[i], nr, 0));
}

TEST(all_calls_have_their_names)
{
	static const char *const expected[] = {
#define ENTRY(nr, name, ...) [CLOUDABI_NR_##name] = #name,
		CLOUDABI_CALLS(ENTRY)
	};

	for (int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		struct calls calls = { 0 };

		calls_add(&calls, &somewhere, expected[nr]);
		EXPECT_TRUE(calls.limited);
		EXPECT_EQ(BIT(nr), calls.allowed);
	}
}

TEST(lists_grow)
{
	struct calls calls = { 0 };

	calls_add(&calls, &somewhere, "poll");
	calls_add(&calls, &somewhere, "fd_read");
	calls_add(&calls, &somewhere, "poll");
	EXPECT_EQ(BIT(CLOUDABI_NR_poll) | BIT(CLOUDABI_NR_fd_read), calls.allowed);
}

static void add_name(void *name)
{
	struct calls calls = { 0 };

	calls_add(&calls, &somewhere, name);
}

TEST(name_of_no_call_is_refused)
{
	static char *const wrong[] = { "", "fd_rea", "fd_readx", "FD_READ", "read", "fd read" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char expected[64];

		EXPECT_EQ(RUN_FAILED, run_child(add_name, wrong[i]));
		snprintf(expected, sizeof(expected), "config:3:7: no call is named %s", wrong[i]);
		EXPECT_STREQ(expected, said);
	}
}

TEST(lists_are_printed)
{
	struct calls calls = { 0 };

	EXPECT_STREQ("calls: all\n", PRINTED(calls_print(&calls, out)));
	calls.limited = true;
	EXPECT_STREQ("calls: [proc_exit]\n", PRINTED(calls_print(&calls, out)));
	calls_add(&calls, &somewhere, "thread_yield");
	calls_add(&calls, &somewhere, "clock_res_get");
	EXPECT_STREQ("calls: [clock_res_get, proc_exit, thread_yield]\n",
		     PRINTED(calls_print(&calls, out)));
}

/* An installed filter in a Linux program */

static long mode(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
}

static void install(const struct calls *calls)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !calls_install(calls, FIRST))
		fail(NULL, "%m");
}

/* Makes Linux calls with many numbers, including those that CloudABI uses. */
static void live(void *arg)
{
	int status, pair[2];
	char c = 0;

	install(arg);
	if (mode() != SECCOMP_MODE_FILTER)
		fail(NULL, "no filter");
	if (pipe(pair) || write(pair[1], "x", 1) != 1 || read(pair[0], &c, 1) != 1 || c != 'x')
		fail(NULL, "pipe: %m");
	if (close(pair[0]) || close(pair[1]) || access("/proc", F_OK) || getpid() != gettid())
		fail(NULL, "files: %m");
	for (long nr = 500; nr < 1000; nr++)
		if (syscall(nr) != -1 || errno != ENOSYS)
			fail(NULL, "call %ld: %m", nr);
	if (!fork())
		execl("/proc/self/exe", "exe", "-h", NULL);
	if (wait(&status) < 0 || status != KSFT_SKIP << 8)
		fail(NULL, "program that prints its options: status 0x%x", status);
}

TEST(linux_programs_do_not_notice)
{
	struct calls calls = { .limited = true };

	EXPECT_EQ(0, run_child(live, &calls)) TH_LOG("%s", said);
	calls.allowed = BIT(CLOUDABI_NR_CALLS) - 1;
	EXPECT_EQ(0, run_child(live, &calls)) TH_LOG("%s", said);
}

static void install_none(void *arg)
{
	install(arg);
	exit(mode() == SECCOMP_MODE_DISABLED ? 0 : 1);
}

TEST(without_a_list_there_is_no_filter)
{
	struct calls calls = { .limited = false, .allowed = 1 };

	EXPECT_EQ(0, run_child(install_none, &calls));
}

static void install_too_early(void *arg)
{
	if (setresuid(65534, 65534, 65534))
		fail(NULL, "setresuid: %m");
	if (!calls_install(arg, FIRST))
		exit(errno);
}

TEST(filter_that_the_kernel_refuses_is_told)
{
	struct calls calls = { .limited = true };

	EXPECT_EQ(EACCES, run_child(install_too_early, &calls));
}

TEST_HARNESS_MAIN
