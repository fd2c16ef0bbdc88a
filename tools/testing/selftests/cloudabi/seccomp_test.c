// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Inherited seccomp filters
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "../kselftest_harness.h"
#include "image.h"

#define ARCH CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64)

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
/* Skips a number of instructions unless the loaded value is @value. */
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

/* A filter to install in the child; the programs are short. */
struct filter {
	struct sock_filter code[16];
	unsigned short len;
};

#define FILTER(name, ...)                                                  \
	static struct filter name = {                                      \
		.code = { __VA_ARGS__ },                                   \
		.len = sizeof((struct sock_filter[]){ __VA_ARGS__ }) /     \
		       sizeof(struct sock_filter),                         \
	}

static void set_filter(void *arg)
{
	const struct filter *const filter = arg;
	const struct sock_fprog prog = {
		.len = filter->len,
		.filter = (struct sock_filter *)filter->code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(253);
}

/* Runs a program under a filter; returns the outcome in the form of image_exit(). */
static int run(const char *code, size_t len, struct filter *filter)
{
	const struct start start = { .prepare = set_filter, .arg = filter };
	struct image image;
	int status;

	image_init(&image, code, len);
	status = image_run(&image, &start);
	if (status < 0)
		return status;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

#define RUN(code, filter) run(code, code##_end - code, filter)

CODE(yields, "mov $48, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

/* The program cannot make the exit call, so a fault reports the outcome of the other call. */
CODE(yields_and_faults,
     "mov $48, %eax\nsyscall\njnc 1f\n"
     "cmp $63, %eax\njne 1f\n"
     "int3\n"
     "1: ud2\n");

FILTER(kill_others,
       LOAD(arch),
       UNLESS(AUDIT_ARCH_X86_64, 1),
       RETURN(SECCOMP_RET_ALLOW),
       RETURN(SECCOMP_RET_KILL_PROCESS));

TEST(filter_that_kills_other_architectures_kills)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), RUN(yields, &kill_others));
}

FILTER(kill_thread_of_others,
       LOAD(arch),
       UNLESS(AUDIT_ARCH_X86_64, 1),
       RETURN(SECCOMP_RET_ALLOW),
       RETURN(SECCOMP_RET_KILL_THREAD));

TEST(filter_that_kills_threads_of_other_architectures_kills)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), RUN(yields, &kill_thread_of_others));
}

FILTER(trap_others,
       LOAD(arch),
       UNLESS(AUDIT_ARCH_X86_64, 1),
       RETURN(SECCOMP_RET_ALLOW),
       RETURN(SECCOMP_RET_TRAP));

/* A CloudABI program has no SIGSYS handler. */
TEST(filter_that_traps_kills)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), RUN(yields, &trap_others));
}

FILTER(deny_others,
       LOAD(arch),
       UNLESS(AUDIT_ARCH_X86_64, 1),
       RETURN(SECCOMP_RET_ALLOW),
       RETURN(SECCOMP_RET_ERRNO | EPERM));

TEST(filter_that_denies_gives_eperm)
{
	EXPECT_EQ(KILLED_BY(SIGTRAP), RUN(yields_and_faults, &deny_others));
}

/*
 * The kernel caches which numbers a filter always allows, for the native architecture.  The
 * cache does not apply to CloudABI calls.
 */
CODE(tries_all_numbers,
     "mov $10, %ebx\n"
     "1: xor %r12d, %r12d\n"
     "2: mov %r12, %rax\n"
     "xor %edi, %edi\nxor %esi, %esi\nxor %edx, %edx\n"
     "syscall\n"
     "jnc 3f\n"
     "cmp $63, %eax\n"
     "jne 3f\n"
     "inc %r12d\n"
     "cmp $470, %r12d\n"
     "jne 2b\n"
     "dec %ebx\n"
     "jnz 1b\n"
     "int3\n"
     "3: ud2\n");

TEST(numbers_that_are_allowed_natively_are_not_allowed_here)
{
	EXPECT_EQ(KILLED_BY(SIGTRAP), RUN(tries_all_numbers, &deny_others));
}

FILTER(allow_ours_only,
       LOAD(arch),
       UNLESS(ARCH, 1),
       RETURN(SECCOMP_RET_ALLOW),
       LOAD(nr),
       UNLESS(__NR_execveat, 1),
       RETURN(SECCOMP_RET_ALLOW),
       RETURN(SECCOMP_RET_KILL_PROCESS));

TEST(filter_that_allows_only_ours_allows)
{
	EXPECT_EQ(0, RUN(yields, &allow_ours_only));
}

FILTER(allow_all, RETURN(SECCOMP_RET_ALLOW));

TEST(filter_that_allows_all_allows)
{
	EXPECT_EQ(0, RUN(yields, &allow_all));
}

FILTER(log_ours,
       LOAD(arch),
       UNLESS(ARCH, 1),
       RETURN(SECCOMP_RET_LOG),
       RETURN(SECCOMP_RET_ALLOW));

TEST(filter_that_logs_allows)
{
	EXPECT_EQ(0, RUN(yields, &log_ours));
}

/* Filters that check the CloudABI architecture and the number */

#define FOR_YIELD(name, value)                                  \
	FILTER(name,                                            \
		LOAD(arch),                                     \
		UNLESS(ARCH, 3),                                \
		LOAD(nr),                                       \
		UNLESS(CLOUDABI_NR_thread_yield, 1),            \
		RETURN(value),                                  \
		RETURN(SECCOMP_RET_ALLOW))

FOR_YIELD(yield_eperm, SECCOMP_RET_ERRNO | EPERM);
FOR_YIELD(yield_eacces, SECCOMP_RET_ERRNO | EACCES);
FOR_YIELD(yield_enosys, SECCOMP_RET_ERRNO | ENOSYS);
FOR_YIELD(yield_eagain, SECCOMP_RET_ERRNO | EAGAIN);
FOR_YIELD(yield_e2big, SECCOMP_RET_ERRNO | E2BIG);
FOR_YIELD(yield_eopnotsupp, SECCOMP_RET_ERRNO | EOPNOTSUPP);
FOR_YIELD(yield_exdev, SECCOMP_RET_ERRNO | EXDEV);
FOR_YIELD(yield_success, SECCOMP_RET_ERRNO | 0);
FOR_YIELD(yield_trace, SECCOMP_RET_TRACE);

TEST(error_of_a_filter_is_translated)
{
	EXPECT_EQ(FAILED(CLOUDABI_EPERM), RUN(yields, &yield_eperm));
	EXPECT_EQ(FAILED(CLOUDABI_EACCES), RUN(yields, &yield_eacces));
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), RUN(yields, &yield_enosys));
	EXPECT_EQ(FAILED(CLOUDABI_EAGAIN), RUN(yields, &yield_eagain));
	EXPECT_EQ(FAILED(CLOUDABI_E2BIG), RUN(yields, &yield_e2big));
	EXPECT_EQ(FAILED(CLOUDABI_ENOTSUP), RUN(yields, &yield_eopnotsupp));
	EXPECT_EQ(FAILED(CLOUDABI_EXDEV), RUN(yields, &yield_exdev));
}

/* The program sets carry first, so that it sees a cleared flag. */
CODE(yields_with_carry, "mov $48, %eax\nstc\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(success_of_a_filter_is_success)
{
	EXPECT_EQ(0, RUN(yields_with_carry, &yield_success));
}

TEST(filter_that_asks_a_tracer_gives_enosys_without_one)
{
	EXPECT_EQ(FAILED(CLOUDABI_ENOSYS), RUN(yields, &yield_trace));
}

/* A filter by argument: fd_close of descriptor 99 only. */
FILTER(close_99,
       LOAD(arch),
       UNLESS(ARCH, 5),
       LOAD(nr),
       UNLESS(CLOUDABI_NR_fd_close, 3),
       LOAD(args[0]),
       UNLESS(99, 1),
       RETURN(SECCOMP_RET_ERRNO | EBUSY),
       RETURN(SECCOMP_RET_ALLOW));

CODE(closes_99, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);
CODE(closes_98, "mov $98, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(filter_sees_arguments)
{
	EXPECT_EQ(FAILED(CLOUDABI_EBUSY), RUN(closes_99, &close_99));
	EXPECT_EQ(FAILED(CLOUDABI_EBADF), RUN(closes_98, &close_99));
}

/* The lower half of an invalid number is passed to the filter unchanged. */
FILTER(number_1000,
       LOAD(nr),
       UNLESS(1000, 1),
       RETURN(SECCOMP_RET_ERRNO | EDOM),
       RETURN(SECCOMP_RET_ALLOW));

CODE(calls_1000, "mov $1000, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST(filter_sees_unknown_numbers)
{
	EXPECT_EQ(FAILED(CLOUDABI_EDOM), RUN(calls_1000, &number_1000));
}

TEST(filter_of_a_program_is_shown)
{
	const struct start start = { .prepare = set_filter, .arg = &allow_all };
	char status[4096];
	struct image image;
	pid_t pid;

	/* A program that does not exit. */
	IMAGE_INIT(&image, yields);
	memcpy(image.bytes + IMAGE_CODE, "\xeb\xfe", 2);
	pid = image_start(&image, &start);
	ASSERT_LT(0, pid);
	ASSERT_LT(0, read_proc(pid, "status", status, sizeof(status)));
	EXPECT_EQ(2, atoi(field(status, "Seccomp:\t")));
	end(pid);
}

/* Filters that call a tracer */
TEST(filter_calls_in_a_tracer)
{
	struct image image;
	int status, fd;
	pid_t pid;

	IMAGE_INIT(&image, yields);
	fd = image_open(&image);
	ASSERT_LE(0, fd);
	pid = fork();
	if (!pid) {
		static char *const nothing[] = { NULL };

		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		set_filter(&yield_trace);
		syscall(__NR_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH);
		_exit(255);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL,
			    PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXEC << 8, status >> 8);
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGTRAP | PTRACE_EVENT_SECCOMP << 8, status >> 8);

	struct __ptrace_syscall_info info;

	ASSERT_LT(0, ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info));
	EXPECT_EQ(PTRACE_SYSCALL_INFO_SECCOMP, info.op);
	EXPECT_EQ(ARCH, info.arch);
	EXPECT_EQ(CLOUDABI_NR_thread_yield, info.seccomp.nr);
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(fd);
}

/* A supervisor: sees each call and decides about it, but cannot install descriptors */

FIXTURE(supervised) {
	pid_t pid;
	int listener;
	struct seccomp_notif call;
};

FILTER(notify_yield,
       LOAD(arch),
       UNLESS(ARCH, 3),
       LOAD(nr),
       UNLESS(CLOUDABI_NR_thread_yield, 1),
       RETURN(SECCOMP_RET_USER_NOTIF),
       RETURN(SECCOMP_RET_ALLOW));

/* Leaves the listener as descriptor 100, for the parent to take. */
static void set_listener(void *arg)
{
	const struct sock_fprog prog = {
		.len = notify_yield.len,
		.filter = notify_yield.code,
	};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(253);
	fd = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		     &prog);
	if (fd < 0 || dup2(fd, 100) != 100)
		_exit(253);
	close(fd);
}

FIXTURE_SETUP(supervised)
{
	const struct start start = { .prepare = set_listener };
	struct image image;
	int pidfd;

	IMAGE_INIT(&image, yields_with_carry);
	self->pid = image_start(&image, &start);
	ASSERT_LT(0, self->pid);
	pidfd = syscall(__NR_pidfd_open, self->pid, 0);
	ASSERT_LE(0, pidfd);
	self->listener = syscall(__NR_pidfd_getfd, pidfd, 100, 0);
	ASSERT_LE(0, self->listener);
	close(pidfd);
	ASSERT_EQ(0, ioctl(self->listener, SECCOMP_IOCTL_NOTIF_RECV, &self->call));
}

FIXTURE_TEARDOWN(supervised)
{
	end(self->pid);
	close(self->listener);
}

static int answer(FIXTURE_DATA(supervised) *self, int error, long value, int flags)
{
	struct seccomp_notif_resp answer = {
		.id = self->call.id,
		.error = error,
		.val = value,
		.flags = flags,
	};
	int status;

	if (ioctl(self->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) ||
	    waitpid(self->pid, &status, 0) != self->pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

TEST_F(supervised, call_is_seen)
{
	EXPECT_EQ(ARCH, self->call.data.arch);
	EXPECT_EQ(CLOUDABI_NR_thread_yield, self->call.data.nr);
	EXPECT_EQ(self->pid, self->call.pid);
}

TEST_F(supervised, error_is_translated)
{
	EXPECT_EQ(FAILED(CLOUDABI_EPERM), answer(self, -EPERM, 0, 0));
}

TEST_F(supervised, result_is_taken)
{
	EXPECT_EQ(77, answer(self, 0, 77, 0));
}

TEST_F(supervised, call_can_be_let_go_on)
{
	EXPECT_EQ(0, answer(self, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE));
}

/* A supervisor cannot install a descriptor in a program. */
TEST_F(supervised, descriptor_cannot_be_handed_in)
{
	struct seccomp_notif_addfd addfd = {
		.id = self->call.id,
		.srcfd = 0,
	};

	EXPECT_EQ(-1, ioctl(self->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd));
	EXPECT_EQ(EPERM, errno);
	addfd.newfd = 1;
	addfd.flags = SECCOMP_ADDFD_FLAG_SETFD;
	EXPECT_EQ(-1, ioctl(self->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd));
	EXPECT_EQ(EPERM, errno);
}

TEST_HARNESS_MAIN
