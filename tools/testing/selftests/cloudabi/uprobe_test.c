// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Uprobes and uretprobes
 *
 * A probe counts hits and changes nothing else: a program behaves in the same
 * way with and without it.
 */

#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "image.h"
#include "tracefs.h"

FIXTURE(uprobe) {
	struct tracefs tracefs;
	char path[32];
};

FIXTURE_SETUP(uprobe)
{
	strcpy(self->path, "/tmp/cloudabi-XXXXXX");
	ASSERT_EQ(0, tracefs_start(&self->tracefs));
}

FIXTURE_TEARDOWN(uprobe)
{
	tracefs_put(&self->tracefs, "events/enable", "0");
	tracefs_put(&self->tracefs, "uprobe_events", "");
	tracefs_stop(&self->tracefs);
	unlink(self->path);
}

/* Probes need a file that has a name. */
static int make_program(FIXTURE_DATA(uprobe) *self, const char *code, size_t len)
{
	const int fd = mkstemp(self->path);
	struct image image;
	ssize_t done;

	image_init(&image, code, len);
	done = write(fd, image.bytes, image.size);
	fchmod(fd, 0755);
	close(fd);
	return done == (ssize_t)image.size ? 0 : -1;
}

/*
 * Probes the code at @offset: @kind is 'p' for the instruction, 'r' for the return of the
 * function.
 */
static int add_probe(FIXTURE_DATA(uprobe) *self, char kind, size_t offset)
{
	char path[64], text[64];
	bool added;
	int fd;

	snprintf(path, sizeof(path), "%s/uprobe_events", self->tracefs.dir);
	snprintf(text, sizeof(text), "%c:seen_%c %s:0x%zx", kind, kind, self->path,
		 IMAGE_CODE + offset);
	/* O_TRUNC would remove the existing probes. */
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	added = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	snprintf(path, sizeof(path), "events/uprobes/seen_%c/enable", kind);
	return added ? tracefs_put(&self->tracefs, path, "1") : -EIO;
}

/* Returns the number of hits. */
static int count(FIXTURE_DATA(uprobe) *self, const char *event)
{
	const char *text = tracefs_text(&self->tracefs);
	int n = 0;

	while ((text = strstr(text, event))) {
		text += strlen(event);
		n++;
	}
	return n;
}

static int run(FIXTURE_DATA(uprobe) *self)
{
	const int fd = open(self->path, O_RDONLY | O_CLOEXEC);
	const pid_t pid = start_fd(fd, NULL);
	int status;

	close(fd);
	if (pid < 0)
		return pid;
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

/* The code of a program that has a function name_f */
#define CODE_OF(name, text) CODE(name, text); extern const char name##_f[]

/* Runs a program under each kind of probe on its function, and under both. */
#define EXPECT_SAME(code, outcome, calls, returns) do {                            \
	static const char *const kinds[] = { "p", "r", "pr" };                     \
	ASSERT_EQ(0, make_program(self, code, code##_end - code));                 \
	ASSERT_EQ(outcome, run(self));                                             \
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {                           \
		const bool p = strchr(kinds[i], 'p'), r = strchr(kinds[i], 'r');   \
		ASSERT_EQ(0, tracefs_put(&self->tracefs, "trace", ""));            \
		for (const char *kind = kinds[i]; *kind; kind++)                   \
			ASSERT_EQ(0, add_probe(self, *kind, code##_f - code));     \
		EXPECT_EQ(outcome, run(self)) TH_LOG("probes %s", kinds[i]);       \
		EXPECT_EQ(p ? calls : 0, count(self, " seen_p: "))                 \
			TH_LOG("probes %s", kinds[i]);                             \
		EXPECT_EQ(r ? returns : 0, count(self, " seen_r: "))               \
			TH_LOG("probes %s", kinds[i]);                             \
		ASSERT_EQ(0, tracefs_put(&self->tracefs, "events/uprobes/enable", "0")); \
		ASSERT_EQ(0, tracefs_put(&self->tracefs, "uprobe_events", ""));    \
	}                                                                          \
} while (0)

CODE_OF(calls, "mov $41, %edi\ncall calls_f\nmov %eax, %edi\n" EXIT
     "calls_f:\nlea 1(%rdi), %eax\nret\n");

TEST_F(uprobe, function_returns_what_it_did)
{
	EXPECT_SAME(calls, 42, 1, 1);
}

/* Registers and flags that a call would change stay as the function set them. */
CODE_OF(keeps,
     "call keeps_f\n"
     "setc %dil\n"
     "movzbl %dil, %edi\n"
     "add %ecx, %edi\nadd %r11d, %edi\nadd %eax, %edi\nadd %edx, %edi\n" EXIT
     "keeps_f:\nmov $1, %ecx\nmov $2, %r11d\nmov $4, %eax\nmov $8, %edx\nstc\nret\n");

TEST_F(uprobe, return_leaves_registers_alone)
{
	EXPECT_SAME(keeps, 16, 1, 1);
}

CODE_OF(recurses,
     "mov $5, %edi\ncall recurses_f\nmov %eax, %edi\n" EXIT
     "recurses_f:\n"
     "push %rdi\n"
     "mov $1, %eax\n"
     "sub $1, %edi\n"
     "jz 1f\n"
     "call recurses_f\n"
     "add $1, %eax\n"
     "1: pop %rdi\n"
     "ret\n");

TEST_F(uprobe, function_that_calls_itself)
{
	EXPECT_SAME(recurses, 5, 5, 5);
}

/* Returns past its caller, like longjmp(). */
CODE_OF(leaves,
     "mov %rsp, %rbx\n"
     "call leaves_f\n"
     "1: mov %rbx, %rsp\n"
     "call 2f\n"
     "mov %eax, %edi\n" EXIT
     "leaves_f:\n"
     "cmp %rsp, %rbx\n"
     "push %rdi\n"
     "jmp 1b\n"
     "2: mov $9, %eax\n"
     "ret\n");

TEST_F(uprobe, function_that_never_returns)
{
	EXPECT_SAME(leaves, 9, 1, 0);
}

/* The function makes a call that fails with EBADF. */
CODE_OF(enters,
     "call enters_f\nmov %eax, %edi\n" EXIT
     "enters_f:\n"
     "mov $99, %edi\n"
     "mov $3, %eax\n"
     "syscall\n"
     "jc 1f\n"
     "mov $100, %eax\n"
     "1: ret\n");

TEST_F(uprobe, function_that_makes_a_call)
{
	EXPECT_SAME(enters, CLOUDABI_EBADF, 1, 1);
}

/*
 * The child returns from the function without having called it.  The parent waits for the child
 * by poll() and exits with the child's code plus 1.
 */
CODE_OF(forks,
     "sub $256, %rsp\n"
     "call forks_f\n"
     "jc 1f\n"
     "cmp $-1, %eax\n"
     "je 2f\n"
     /* A subscription to the end of the child */
     "xor %ecx, %ecx\n"
     "mov %rcx, (%rsp)\nmov %rcx, 8(%rsp)\nmov %rcx, 16(%rsp)\nmov %rcx, 24(%rsp)\n"
     "mov %rcx, 32(%rsp)\nmov %rcx, 40(%rsp)\nmov %rcx, 48(%rsp)\n"
     "movb $" STRING(CLOUDABI_EVENTTYPE_PROC_TERMINATE) ", 10(%rsp)\n"
     "mov %eax, 16(%rsp)\n"
     "mov %rsp, %rdi\n"
     "lea 128(%rsp), %rsi\n"
     "mov $1, %edx\n"
     "mov $37, %eax\n"
     "syscall\n"
     "jc 1f\n"
     "mov 128+24(%rsp), %edi\n"
     "add $1, %edi\n" EXIT
     "2: mov $20, %edi\n" EXIT
     "1: mov $99, %edi\n" EXIT
     "forks_f:\n"
     "mov $40, %eax\n"
     "syscall\n"
     "ret\n");

TEST_F(uprobe, function_that_forks)
{
	EXPECT_SAME(forks, 21, 1, 2);
}

TEST_HARNESS_MAIN
