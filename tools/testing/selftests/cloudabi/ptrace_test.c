// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - ptrace and CloudABI calls
 */

#include <linux/audit.h>
#include <sys/user.h>

#include "../kselftest_harness.h"
#include "server.h"
#include "tool.h"
#include "tracefs.h"

#define ARCH CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64)

/* The stop signal at a call, with PTRACE_O_TRACESYSGOOD. */
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* Continues to the next stop; returns its signal, or -1 if the tracee has ended. */
static int next_stop(pid_t pid, int request, int signal)
{
	int status;

	if (ptrace(request, pid, NULL, (long)signal))
		return -2;
	if (waitpid(pid, &status, 0) != pid)
		return -3;
	return WIFSTOPPED(status) ? status >> 8 & 0xffff : -1;
}

static int to_syscall(pid_t pid)
{
	return next_stop(pid, PTRACE_SYSCALL, 0);
}

static pid_t trace(const char *code, size_t len)
{
	struct image image;

	image_init(&image, code, len);
	return image_trace(&image, NULL, NULL);
}

#define TRACE(code) trace(code, code##_end - code)

/* Traces a program up to the entry of its first call; returns its pid, or -1. */
static pid_t trace_to_call(const char *code, size_t len)
{
	const pid_t pid = trace(code, len);

	return pid > 0 && to_syscall(pid) == SYSCALL_STOP ? pid : -1;
}

#define TRACE_TO_CALL(code) trace_to_call(code, code##_end - code)

static bool get_info(pid_t pid, struct __ptrace_syscall_info *info)
{
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), info) > 0;
}

/* Continues from the entry of a call to its exit. */
static bool exit_info(pid_t pid, struct __ptrace_syscall_info *info)
{
	return to_syscall(pid) == SYSCALL_STOP && get_info(pid, info) &&
	       info->op == PTRACE_SYSCALL_INFO_EXIT;
}

static bool get_regs(pid_t pid, struct user_regs_struct *regs)
{
	return !ptrace(PTRACE_GETREGS, pid, NULL, regs);
}

static bool set_regs(pid_t pid, struct user_regs_struct *regs)
{
	return !ptrace(PTRACE_SETREGS, pid, NULL, regs);
}

static int exit_code(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

CODE(fails, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(entry_shows_arch_number_and_arguments)
{
	struct __ptrace_syscall_info info;
	const pid_t pid = TRACE_TO_CALL(fails);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_info(pid, &info));
	EXPECT_EQ(PTRACE_SYSCALL_INFO_ENTRY, info.op);
	EXPECT_EQ(0xc011003e, info.arch);
	EXPECT_EQ(ARCH, info.arch);
	EXPECT_EQ(CLOUDABI_NR_fd_close, info.entry.nr);
	EXPECT_EQ(99, info.entry.args[0]);
	end(pid);
}

TEST(exit_shows_the_cloudabi_errno)
{
	struct __ptrace_syscall_info info;
	const pid_t pid = TRACE_TO_CALL(fails);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(exit_info(pid, &info));
	EXPECT_EQ(ARCH, info.arch);
	EXPECT_EQ(1, info.exit.is_error);
	EXPECT_EQ(-CLOUDABI_EBADF, info.exit.rval);
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), exit_code(pid));
}

CODE(succeeds, "mov $0, %edi\nmov $7, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(exit_shows_the_result)
{
	struct __ptrace_syscall_info info;
	const pid_t pid = TRACE_TO_CALL(succeeds);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(exit_info(pid, &info));
	EXPECT_EQ(0, info.exit.is_error);
	EXPECT_LE(0, info.exit.rval);
	EXPECT_EQ(info.exit.rval, exit_code(pid));
}

CODE(six_arguments,
     "mov $11, %edi\nmov $22, %esi\nmov $33, %edx\n"
     "mov $44, %r10d\nmov $55, %r8d\nmov $66, %r9d\n"
     "mov $33, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(entry_shows_six_arguments)
{
	struct __ptrace_syscall_info info;
	const pid_t pid = TRACE_TO_CALL(six_arguments);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_info(pid, &info));
	EXPECT_EQ(CLOUDABI_NR_mem_map, info.entry.nr);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(11 * (i + 1), info.entry.args[i]);
	end(pid);
}

CODE(unknown_number, "mov $231, %eax\nxor %edi, %edi\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(unknown_number_is_seen)
{
	struct __ptrace_syscall_info info;
	const pid_t pid = TRACE_TO_CALL(unknown_number);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_info(pid, &info));
	EXPECT_EQ(231, info.entry.nr);
	ASSERT_TRUE(exit_info(pid, &info));
	EXPECT_EQ(1, info.exit.is_error);
	EXPECT_EQ(-CLOUDABI_ENOSYS, info.exit.rval);
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), exit_code(pid));
}

CODE(yields, "mov $48, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(skipped_call_gives_enosys)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE_TO_CALL(yields);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(CLOUDABI_NR_thread_yield, regs.orig_rax);
	regs.orig_rax = -1;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), exit_code(pid));
}

/* A tracer may skip a call and set its result, as a Linux errno. */
TEST(skipped_call_gives_what_the_tracer_says)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE_TO_CALL(yields);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	regs.orig_rax = -1;
	regs.rax = -EACCES;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(FAILED(CLOUDABI_EACCES), exit_code(pid));
}

TEST(changed_number_makes_the_other_call)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE_TO_CALL(yields);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	regs.orig_rax = CLOUDABI_NR_fd_close;
	regs.rdi = 99;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), exit_code(pid));
}

TEST(changed_arguments_count)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE_TO_CALL(fails);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	regs.rdi = 0;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(0, exit_code(pid));
}

TEST(changed_result_is_what_the_program_gets)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE_TO_CALL(yields);

	ASSERT_LT(0, pid);
	ASSERT_EQ(SYSCALL_STOP, to_syscall(pid));
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(0, regs.eflags & FLAG_CF);
	regs.rax = CLOUDABI_EIO;
	regs.eflags |= FLAG_CF;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(FAILED(CLOUDABI_EIO), exit_code(pid));
}

/* With PTRACE_SYSEMU no call is made, whatever its number. */
TEST(emulated_call_is_not_made)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE(succeeds);
	int before;

	ASSERT_LT(0, pid);
	ASSERT_EQ(SYSCALL_STOP, next_stop(pid, PTRACE_SYSEMU, 0));
	before = count_entries(pid, "fd");
	ASSERT_LT(0, before);
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(CLOUDABI_NR_fd_dup, regs.orig_rax);
	/* An emulated call has no exit stop, so the next stop is the next call. */
	ASSERT_EQ(SYSCALL_STOP, next_stop(pid, PTRACE_SYSEMU, 0));
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(CLOUDABI_NR_proc_exit, regs.orig_rax);
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), regs.rdi);
	EXPECT_EQ(before, count_entries(pid, "fd"));
	end(pid);
}

TEST(emulated_call_can_be_given_a_result)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE(succeeds);

	ASSERT_LT(0, pid);
	ASSERT_EQ(SYSCALL_STOP, next_stop(pid, PTRACE_SYSEMU, 0));
	ASSERT_TRUE(get_regs(pid, &regs));
	regs.rax = 77;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(77, exit_code(pid));
}

/* No refusal is logged or traced. */
TEST(emulated_call_is_not_told_as_refused)
{
	struct tracefs tracefs;
	const pid_t pid = TRACE(succeeds);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, tracefs_start(&tracefs));
	ASSERT_EQ(SYSCALL_STOP, next_stop(pid, PTRACE_SYSEMU, 0));
	ASSERT_EQ(SYSCALL_STOP, next_stop(pid, PTRACE_SYSEMU, 0));
	EXPECT_NULL(strstr(tracefs_text(&tracefs), "cloudabi_denied"));
	tracefs_stop(&tracefs);
	end(pid);
}

TEST(single_steps_pass_each_instruction)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE(yields);
	uint64_t start;

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	start = regs.rip;
	/* mov, 5 bytes */
	ASSERT_EQ(SIGTRAP, next_stop(pid, PTRACE_SINGLESTEP, 0));
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(start + 5, regs.rip);
	EXPECT_EQ(CLOUDABI_NR_thread_yield, regs.rax);
	/* syscall, 2 bytes */
	ASSERT_EQ(SIGTRAP, next_stop(pid, PTRACE_SINGLESTEP, 0));
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(start + 7, regs.rip);
	EXPECT_EQ(0, regs.rax);
	/* setc, 4 bytes */
	ASSERT_EQ(SIGTRAP, next_stop(pid, PTRACE_SINGLESTEP, 0));
	ASSERT_TRUE(get_regs(pid, &regs));
	EXPECT_EQ(start + 11, regs.rip);
	EXPECT_EQ(0, exit_code(pid));
}

CODE(breaks, "int3\n" EXIT_WITH(9));

TEST(breakpoint_stops)
{
	const pid_t pid = TRACE(breaks);

	ASSERT_LT(0, pid);
	ASSERT_EQ(SIGTRAP, next_stop(pid, PTRACE_CONT, 0));
	EXPECT_EQ(9, exit_code(pid));
}

TEST(breakpoint_can_be_set)
{
	struct user_regs_struct regs;
	const pid_t pid = TRACE(yields);
	long text;

	ASSERT_LT(0, pid);
	ASSERT_TRUE(get_regs(pid, &regs));
	errno = 0;
	text = ptrace(PTRACE_PEEKTEXT, pid, regs.rip + 7, NULL);
	ASSERT_EQ(0, errno);
	ASSERT_EQ(0, ptrace(PTRACE_POKETEXT, pid, regs.rip + 7, (text & ~0xffL) | 0xcc));
	ASSERT_EQ(SIGTRAP, next_stop(pid, PTRACE_CONT, 0));
	ASSERT_EQ(0, ptrace(PTRACE_POKETEXT, pid, regs.rip + 7, text));
	regs.rip += 7;
	regs.rax = 3;
	ASSERT_TRUE(set_regs(pid, &regs));
	EXPECT_EQ(3, exit_code(pid) & 3);
}

/* Code that the program maps.  A debugger may do more with it than the program. */

#define CODE_ADDR (SERVER_DATA + 0x100000)
#define CODE_FD 3
#define CODE_STAT SERVER_ROOM

FIXTURE(mapped) {
	struct server server;
	int fd;
};

static void take_code(void *arg)
{
	if (dup2(dup(*(int *)arg), CODE_FD) != CODE_FD)
		_exit(253);
}

FIXTURE_SETUP(mapped)
{
	static const char code[] = "\x90\x90\x90\xc3";

	self->fd = memfd_create("code", MFD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(sizeof(code), write(self->fd, code, sizeof(code)));
	ASSERT_EQ(0, server_start_with(&self->server, take_code, &self->fd));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->server.pid, NULL, PTRACE_O_EXITKILL));
}

FIXTURE_TEARDOWN(mapped)
{
	server_stop(&self->server);
	close(self->fd);
}

static int64_t map_code(FIXTURE_DATA(mapped) *self, cloudabi_rights_t base, int prot)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = base };

	poke(self->server.pid, CODE_STAT, &stat, sizeof(stat));
	return SERVER_CALL(&self->server, fd_stat_put, CODE_FD, CODE_STAT,
			   CLOUDABI_FDSTAT_RIGHTS) ?:
	       SERVER_CALL(&self->server, mem_map, CODE_ADDR, 0x1000, prot,
			   CLOUDABI_MAP_PRIVATE | CLOUDABI_MAP_FIXED, CODE_FD, 0);
}

static int64_t protect_code(FIXTURE_DATA(mapped) *self, int prot)
{
	return SERVER_CALL(&self->server, mem_protect, CODE_ADDR, 0x1000, prot);
}

#define PROT(name) CLOUDABI_PROT_##name

/* A program that may not write to a file can still be debugged in a private copy. */
TEST_F(mapped, breakpoint_can_be_set_in_code_that_may_not_be_written)
{
	char byte = 0;

	ASSERT_EQ(CODE_ADDR, map_code(self, CLOUDABI_RIGHT_MEM_MAP | CLOUDABI_RIGHT_FD_READ |
				      CLOUDABI_RIGHT_MEM_MAP_EXEC, PROT(READ) | PROT(EXEC)));
	EXPECT_EQ(1, poke(self->server.pid, CODE_ADDR, "\xcc", 1));
	EXPECT_EQ(1, peek(self->server.pid, CODE_ADDR, &byte, 1));
	EXPECT_EQ('\xcc', byte);
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ('\x90', byte);
	EXPECT_EQ(-CLOUDABI_EACCES, protect_code(self, PROT(WRITE)));
	EXPECT_EQ(-CLOUDABI_EACCES, protect_code(self, PROT(READ) | PROT(WRITE)));
	EXPECT_EQ(0, protect_code(self, PROT(READ)));
}

TEST_F(mapped, breakpoint_can_be_set_in_code_that_may_not_be_read)
{
	char byte = 0;

	ASSERT_EQ(CODE_ADDR, map_code(self, CLOUDABI_RIGHT_MEM_MAP | CLOUDABI_RIGHT_MEM_MAP_EXEC,
				      PROT(EXEC)));
	EXPECT_EQ(1, peek(self->server.pid, CODE_ADDR + 3, &byte, 1));
	EXPECT_EQ('\xc3', byte);
	EXPECT_EQ(1, poke(self->server.pid, CODE_ADDR, "\xcc", 1));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ('\x90', byte);
	EXPECT_EQ(-CLOUDABI_EACCES, protect_code(self, PROT(READ)));
	EXPECT_EQ(-CLOUDABI_EACCES, protect_code(self, PROT(READ) | PROT(EXEC)));
	EXPECT_EQ(-CLOUDABI_EACCES, protect_code(self, PROT(WRITE)));
	EXPECT_EQ(0, protect_code(self, 0));
	EXPECT_EQ(0, protect_code(self, PROT(EXEC)));
}

CODE(exits, EXIT_WITH(42));

TEST(exit_event_has_the_code)
{
	unsigned long message = 0;
	const pid_t pid = TRACE(exits);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXIT << 8, next_stop(pid, PTRACE_CONT, 0));
	ASSERT_EQ(0, ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message));
	EXPECT_EQ(42 << 8, message);
	EXPECT_EQ(42, exit_code(pid));
}

TEST(exec_event_is_seen)
{
	static char *const nothing[] = { NULL };
	struct image image;
	int status, fd;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	fd = image_open(&image);
	ASSERT_LE(0, fd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		syscall(__NR_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH);
		_exit(255);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGSTOP, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXEC << 8, next_stop(pid, PTRACE_CONT, 0));
	EXPECT_EQ(42, exit_code(pid));
	close(fd);
}

FIXTURE(blocked) {
	pid_t pid;
	int pipe[2];
};

static void take_pipe(void *arg)
{
	dup2(*(int *)arg, 0);
}

FIXTURE_SETUP(blocked)
{
	self->pid = start_reader(self->pipe, take_pipe);
	ASSERT_LT(0, self->pid);
}

FIXTURE_TEARDOWN(blocked)
{
	if (self->pid)
		end(self->pid);
	close(self->pipe[0]);
	close(self->pipe[1]);
}

#define EXPECT_READ_CONTINUES(self) do {                                      \
	int status = 0;                                                 \
	ASSERT_TRUE(falls_asleep((self)->pid));                         \
	ASSERT_EQ(1, write((self)->pipe[1], "x", 1));                   \
	ASSERT_EQ((self)->pid, waitpid((self)->pid, &status, 0));       \
	(self)->pid = 0;                                                \
	EXPECT_TRUE(WIFEXITED(status));                                 \
	/* One byte, no error. */                                       \
	EXPECT_EQ(1, WEXITSTATUS(status));                              \
} while (0)

/* A restarted call has its old number and arguments. */
TEST_F(blocked, restarted_call_is_the_same_call)
{
	struct __ptrace_syscall_info info;
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, self->pid, NULL, NULL));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, self->pid, NULL, PTRACE_O_TRACESYSGOOD));
	ASSERT_EQ(SYSCALL_STOP, to_syscall(self->pid));
	ASSERT_TRUE(get_info(self->pid, &info));
	EXPECT_EQ(PTRACE_SYSCALL_INFO_ENTRY, info.op);
	EXPECT_EQ(CLOUDABI_NR_fd_read, info.entry.nr);
	EXPECT_EQ(0, info.entry.args[0]);
	EXPECT_EQ(1, info.entry.args[2]);
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, NULL, NULL));
	EXPECT_READ_CONTINUES(self);
}

/* PTRACE_O_EXITKILL works: no tracee outlives its tracer. */
TEST(tracee_dies_with_its_tracer)
{
	pid_t tracer, tracee = 0;
	int status, report[2];

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	ASSERT_EQ(0, pipe2(report, O_CLOEXEC));
	tracer = fork();
	ASSERT_LE(0, tracer);
	if (!tracer) {
		tracee = TRACE(yields);
		if (write(report[1], &tracee, sizeof(tracee)) < 0)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(sizeof(tracee), read(report[0], &tracee, sizeof(tracee)));
	ASSERT_LT(0, tracee);
	ASSERT_EQ(tracer, waitpid(tracer, &status, 0));
	ASSERT_EQ(tracee, waitpid(tracee, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

TEST(proc_syscall_shows_number_and_arguments)
{
	char text[256];
	const pid_t pid = TRACE_TO_CALL(fails);

	ASSERT_LT(0, pid);
	ASSERT_LT(0, read_proc(pid, "syscall", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "3 0x63 ", 7)) TH_LOG("%s", text);
	end(pid);
}

TEST_HARNESS_MAIN
