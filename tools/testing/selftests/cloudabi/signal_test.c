// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Signals
 *
 * A program has no signal handlers: signals kill it, stop it, or have no
 * effect.
 */

#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "image.h"

static void ignore(int signal)
{
}

/* State that differs as much as possible from that of a new program. */
static void disturb(void *arg)
{
	struct sigaction handled = { .sa_handler = ignore };
	sigset_t all;

	dup2(*(int *)arg, 0);
	for (int signal = 1; signal <= 64; signal++)
		sigaction(signal, &handled, NULL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

FIXTURE(disturbed) {
	pid_t pid;
	int pipe[2];
};

FIXTURE_SETUP(disturbed)
{
	self->pid = start_reader(self->pipe, disturb);
	ASSERT_LT(0, self->pid);
}

FIXTURE_TEARDOWN(disturbed)
{
	if (self->pid)
		end(self->pid);
	close(self->pipe[0]);
	close(self->pipe[1]);
}

static unsigned long mask_of(pid_t pid, const char *name)
{
	char status[4096];

	read_proc(pid, "status", status, sizeof(status));
	return strtoul(field(status, name), NULL, 16);
}

#define BIT(signal) (1UL << ((signal) - 1))

TEST_F(disturbed, nothing_is_blocked)
{
	EXPECT_EQ(0, mask_of(self->pid, "SigBlk:\t"));
}

TEST_F(disturbed, nothing_is_handled)
{
	EXPECT_EQ(0, mask_of(self->pid, "SigCgt:\t"));
}

TEST_F(disturbed, broken_pipes_and_children_are_ignored)
{
	EXPECT_EQ(BIT(SIGPIPE) | BIT(SIGCHLD), mask_of(self->pid, "SigIgn:\t"));
}

TEST_F(disturbed, nothing_is_pending)
{
	EXPECT_EQ(0, mask_of(self->pid, "SigPnd:\t"));
	EXPECT_EQ(0, mask_of(self->pid, "ShdPnd:\t"));
}

/* Signals that the parent ignores, for example by nohup */

static void ignore_all(void *arg)
{
	if (arg)
		dup2(*(int *)arg, 0);
	for (int signal = 1; signal <= 64; signal++)
		sigaction(signal, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

/* All signals except those that cannot be ignored, and two that are reserved for the C library. */
static bool can_be_ignored(int signal)
{
	return signal != SIGKILL && signal != SIGSTOP && signal != 32 && signal != 33;
}

TEST(what_the_parent_ignores_stays_ignored)
{
	unsigned long all = 0;
	int status, fds[2];
	const pid_t pid = start_reader(fds, ignore_all);

	ASSERT_LT(0, pid);
	for (int signal = 1; signal <= 64; signal++) {
		if (!can_be_ignored(signal))
			continue;
		all |= BIT(signal);
		EXPECT_EQ(0, kill(pid, signal));
	}
	EXPECT_EQ(all, mask_of(pid, "SigIgn:\t"));
	EXPECT_EQ(0, mask_of(pid, "ShdPnd:\t"));
	ASSERT_EQ(1, write(fds[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(1 << 8, status);
	close(fds[0]);
	close(fds[1]);
}

CODE(faults, "ud2\n" EXIT_WITH(1));
/* proc_raise(CLOUDABI_SIGABRT) */
CODE(raises, "mov $1, %edi\nmov $41, %eax\nsyscall\n" EXIT_WITH(1));

/* proc_raise ends the process even if the signal is ignored. */
TEST(ignored_signals_end_who_raises_them)
{
	const struct start start = { .prepare = ignore_all };
	struct image image;
	int status;

	IMAGE_INIT(&image, faults);
	status = image_run(&image, &start);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
	IMAGE_INIT(&image, raises);
	status = image_run(&image, &start);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* The effect of each signal */

FIXTURE(killing) {
	FIXTURE_DATA(disturbed) disturbed;
};

FIXTURE_VARIANT(killing) {
	int signal;
};

FIXTURE_SETUP(killing)
{
	self->disturbed.pid = start_reader(self->disturbed.pipe, disturb);
	ASSERT_LT(0, self->disturbed.pid);
}

FIXTURE_TEARDOWN(killing)
{
	close(self->disturbed.pipe[0]);
	close(self->disturbed.pipe[1]);
}

TEST_F(killing, kills)
{
	int status;

	ASSERT_EQ(0, kill(self->disturbed.pid, variant->signal));
	ASSERT_EQ(self->disturbed.pid, waitpid(self->disturbed.pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(variant->signal, WTERMSIG(status));
}

#define KILLING(name) FIXTURE_VARIANT_ADD(killing, name) { .signal = SIG##name }
KILLING(HUP);
KILLING(INT);
KILLING(QUIT);
KILLING(ILL);
KILLING(TRAP);
KILLING(ABRT);
KILLING(BUS);
KILLING(FPE);
KILLING(KILL);
KILLING(USR1);
KILLING(SEGV);
KILLING(USR2);
KILLING(ALRM);
KILLING(TERM);
KILLING(STKFLT);
KILLING(XCPU);
KILLING(XFSZ);
KILLING(VTALRM);
KILLING(PROF);
KILLING(IO);
KILLING(PWR);
KILLING(SYS);
FIXTURE_VARIANT_ADD(killing, realtime_first) { .signal = 34 };
FIXTURE_VARIANT_ADD(killing, realtime_last) { .signal = 64 };

static const int harmless[] = { SIGPIPE, SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

TEST_F(disturbed, harmless_signals_do_nothing)
{
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		ASSERT_EQ(0, kill(self->pid, harmless[i]));
	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	self->pid = 0;
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(1, WEXITSTATUS(status));
}

static const int stopping[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

TEST_F(disturbed, stopping_signals_stop)
{
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++) {
		ASSERT_EQ(0, kill(self->pid, stopping[i]));
		ASSERT_EQ(self->pid, waitpid(self->pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		EXPECT_EQ(stopping[i], WSTOPSIG(status));
		ASSERT_EQ(0, kill(self->pid, SIGCONT));
		ASSERT_EQ(self->pid, waitpid(self->pid, &status, WCONTINUED));
		ASSERT_TRUE(WIFCONTINUED(status));
	}
	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	self->pid = 0;
	EXPECT_EQ(1 << 8, status);
}

/* Exec clears the signal mask, so a signal that was pending arrives. */
static void raise_blocked(void *arg)
{
	disturb(arg);
	raise(SIGTERM);
	raise(SIGUSR1);
}

TEST(pending_signal_kills_after_exec)
{
	int fd = 0;
	struct start start = { .prepare = raise_blocked, .arg = &fd };
	struct image image;
	int status;

	IMAGE_INIT(&image, reads_byte);
	status = image_run(&image, &start);
	ASSERT_LE(0, status);
	EXPECT_TRUE(WIFSIGNALED(status));
}

/* Faults of the program */

CODE(faults_read, "xor %eax, %eax\nmov (%rax), %eax\n" EXIT_WITH(1));
CODE(faults_noncanonical, "mov $0x8000000000000000, %rax\nmov (%rax), %eax\n" EXIT_WITH(1));
CODE(faults_kernel, "mov $0xffff888000000000, %rax\nmov (%rax), %eax\n" EXIT_WITH(1));
CODE(faults_jump, "xor %eax, %eax\njmp *%rax\n");
CODE(faults_privileged, "hlt\n" EXIT_WITH(1));
CODE(faults_undefined, "ud2\n" EXIT_WITH(1));
CODE(faults_division, "xor %ecx, %ecx\nxor %edx, %edx\nmov $1, %eax\ndiv %ecx\n" EXIT_WITH(1));
CODE(faults_breakpoint, "int3\n" EXIT_WITH(1));
CODE(faults_single_step, "pushfq\norq $0x100, (%rsp)\npopfq\nnop\nnop\n" EXIT_WITH(1));
CODE(faults_port, "mov $0x80, %edx\nin %dx, %al\n" EXIT_WITH(1));
CODE(faults_interrupt, "int $0x40\n" EXIT_WITH(1));

TEST(fault_of_memory_is_sigsegv)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_read));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_noncanonical));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_kernel));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_jump));
}

TEST(privileged_instruction_is_sigsegv)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_privileged));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_port));
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(faults_interrupt));
}

TEST(undefined_instruction_is_sigill)
{
	EXPECT_EQ(KILLED_BY(SIGILL), CODE_EXIT(faults_undefined));
}

TEST(division_by_zero_is_sigfpe)
{
	EXPECT_EQ(KILLED_BY(SIGFPE), CODE_EXIT(faults_division));
}

TEST(breakpoint_is_sigtrap)
{
	EXPECT_EQ(KILLED_BY(SIGTRAP), CODE_EXIT(faults_breakpoint));
}

TEST(single_step_is_sigtrap)
{
	EXPECT_EQ(KILLED_BY(SIGTRAP), CODE_EXIT(faults_single_step));
}

CODE(writes, WRITE_BYTE(1) EXIT_WITH_OUTCOME);

/* Makes descriptor 1 a pipe that has no reader. */
static void break_output(void *unused)
{
	int fds[2];

	if (pipe(fds))
		_exit(254);
	dup2(fds[1], 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(broken_pipe_is_epipe)
{
	const struct start start = { .prepare = break_output };
	struct image image;

	IMAGE_INIT(&image, writes);
	EXPECT_EQ(FAILED(CLOUDABI_EPIPE) << 8, image_run(&image, &start));
}

/* Core dumps */

#define PATTERN "/proc/sys/kernel/core_pattern"

FIXTURE(core) {
	char pattern[256];
	char dir[32], file[64];
};

static int write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done == (ssize_t)strlen(text) ? 0 : -1;
}

FIXTURE_SETUP(core)
{
	const int fd = open(PATTERN, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, read(fd, self->pattern, sizeof(self->pattern) - 1));
	close(fd);
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->file, sizeof(self->file), "%s/core", self->dir);
	ASSERT_EQ(0, write_text(PATTERN, self->file));
}

FIXTURE_TEARDOWN(core)
{
	write_text(PATTERN, self->pattern);
	unlink(self->file);
	rmdir(self->dir);
}

CODE(crashes, "mov $0x123456789abcdef0, %rbx\nxor %eax, %eax\nmov (%rax), %eax\n");

static void allow_core(void *unused)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &limit);
}

TEST_F(core, is_dumped)
{
	const struct start start = { .prepare = allow_core };
	struct image image;
	struct stat st;
	int status;

	IMAGE_INIT(&image, crashes);
	status = image_run(&image, &start);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	EXPECT_TRUE(WCOREDUMP(status));
	ASSERT_EQ(0, stat(self->file, &st));
	EXPECT_LT(4096, st.st_size);
}

TEST_F(core, is_not_dumped_unless_allowed)
{
	struct image image;
	int status;

	IMAGE_INIT(&image, crashes);
	status = image_run(&image, NULL);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_FALSE(WCOREDUMP(status));
	EXPECT_EQ(-1, access(self->file, F_OK));
}

/* The core is an ELF file with registers and memory, as debuggers expect it. */
TEST_F(core, is_valid)
{
	const struct start start = { .prepare = allow_core };
	static char core[1 << 20];
	const Elf64_Ehdr *ehdr = (void *)core;
	const Elf64_Phdr *phdr = (void *)(core + sizeof(*ehdr));
	uint64_t rbx = 0x123456789abcdef0;
	int fd, notes = 0, loads = 0, stacks = 0;
	struct image image;
	ssize_t len;

	IMAGE_INIT(&image, crashes);
	ASSERT_LT(0, image_run(&image, &start));
	fd = open(self->file, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	len = read(fd, core, sizeof(core));
	close(fd);
	ASSERT_LT(4096, len);
	EXPECT_EQ(0, memcmp(core, ELFMAG, SELFMAG));
	EXPECT_EQ(ELFCLASS64, ehdr->e_ident[EI_CLASS]);
	EXPECT_EQ(ET_CORE, ehdr->e_type);
	EXPECT_EQ(EM_X86_64, ehdr->e_machine);
	EXPECT_EQ(sizeof(*ehdr), ehdr->e_phoff);
	EXPECT_EQ(sizeof(*phdr), ehdr->e_phentsize);
	for (int i = 0; i < ehdr->e_phnum; i++, phdr++) {
		ASSERT_LE(phdr->p_offset + phdr->p_filesz, len);
		if (phdr->p_type == PT_NOTE) {
			notes++;
			EXPECT_NE(NULL, memmem(core + phdr->p_offset, phdr->p_filesz, &rbx, 8));
		}
		loads += phdr->p_type == PT_LOAD;
		stacks += phdr->p_type == PT_LOAD && phdr->p_flags == (PF_R | PF_W) &&
			  phdr->p_filesz;
	}
	EXPECT_EQ(1, notes);
	EXPECT_LE(4, loads);
	EXPECT_LE(1, stacks);
}

TEST_HARNESS_MAIN
