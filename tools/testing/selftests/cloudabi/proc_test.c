// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The end of a process, seen by its parent
 */

#include "../kselftest_harness.h"
#include "image.h"

FIXTURE(exit) {
	struct image image;
};

FIXTURE_VARIANT(exit) {
	uint32_t code;
};

CODE(exits, "mov $0x11111111, %edi\n" EXIT);

FIXTURE_SETUP(exit)
{
	char *at;

	IMAGE_INIT(&self->image, exits);
	at = memmem(self->image.bytes, self->image.size, "\x11\x11\x11\x11", 4);
	ASSERT_NE(NULL, at);
	memcpy(at, &variant->code, 4);
}

FIXTURE_TEARDOWN(exit)
{
}

FIXTURE_VARIANT_ADD(exit, zero) { 0 };
FIXTURE_VARIANT_ADD(exit, one) { 1 };
FIXTURE_VARIANT_ADD(exit, sevenbits) { 127 };
FIXTURE_VARIANT_ADD(exit, eightbits) { 255 };
FIXTURE_VARIANT_ADD(exit, ninebits) { 256 };
FIXTURE_VARIANT_ADD(exit, more) { 0x12345678 };
FIXTURE_VARIANT_ADD(exit, like_a_signal) { 0x0900 };
FIXTURE_VARIANT_ADD(exit, like_an_errno) { (uint32_t)-1 };
FIXTURE_VARIANT_ADD(exit, like_a_restart) { (uint32_t)-512 };

/* Linux passes on 8 bits only. */
TEST_F(exit, code_reaches_the_parent)
{
	const int status = image_run(&self->image, NULL);

	ASSERT_LE(0, status);
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(variant->code & 0xff, WEXITSTATUS(status));
}

CODE(exits_with_upper_half, "mov $0x1234567800000007, %rdi\n" EXIT);

TEST(upper_half_of_the_register_does_not_count)
{
	EXPECT_EQ(7, CODE_EXIT(exits_with_upper_half));
}

/* Starts a program, sends a signal after some time, and returns how the program ended. */
static int killed_after(const char *code, size_t len, useconds_t time, int signal)
{
	struct image image;
	int status;
	pid_t pid;

	image_init(&image, code, len);
	pid = image_start(&image, NULL);
	if (pid < 0)
		return pid;
	usleep(time);
	if (kill(pid, signal) || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFSIGNALED(status) ? KILLED_BY(WTERMSIG(status)) : status;
}

#define KILLED_AFTER(code, time, signal) killed_after(code, code##_end - code, time, signal)

CODE(loops, "1: jmp 1b\n");

TEST(process_that_runs_can_be_killed)
{
	EXPECT_EQ(KILLED_BY(SIGKILL), KILLED_AFTER(loops, 10000, SIGKILL));
}

/* The call has its result in rax, which must not be taken for a call to be restarted. */
CODE(yields_forever, "1: mov $48, %eax\nsyscall\njmp 1b\n");

TEST(process_that_calls_can_be_killed)
{
	EXPECT_EQ(KILLED_BY(SIGTERM), KILLED_AFTER(yields_forever, 10000, SIGTERM));
}

CODE(random_forever,
     "1: lea -0x8000(%rsp), %rdi\n"
     "mov $0x4000, %esi\n"
     "mov $42, %eax\n"
     "syscall\n"
     "jmp 1b\n");

TEST(process_in_a_long_call_can_be_killed)
{
	EXPECT_EQ(KILLED_BY(SIGKILL), KILLED_AFTER(random_forever, 50000, SIGKILL));
}

TEST(cpu_limit_kills)
{
	/* The hard limit would kill as well, if it passed before the test looks. */
	const struct rlimit limit = { 1, 1000 };
	struct image image;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, loops);
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CPU, &limit);
		status = image_run(&image, NULL);
		_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGXCPU, WEXITSTATUS(status));
}

TEST(hundred_processes_at_once)
{
	pid_t pids[100];
	struct image image;
	int status;

	IMAGE_INIT(&image, exits);
	for (int i = 0; i < 100; i++) {
		pids[i] = image_start(&image, NULL);
		ASSERT_LT(0, pids[i]);
	}
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0x11, WEXITSTATUS(status));
	}
}

TEST_HARNESS_MAIN
