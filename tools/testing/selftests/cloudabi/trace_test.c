// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Trace events
 */

#include "../kselftest_harness.h"
#include "image.h"
#include "tracefs.h"

FIXTURE(trace) {
	struct tracefs tracefs;
};

FIXTURE_SETUP(trace)
{
	ASSERT_EQ(0, tracefs_start(&self->tracefs));
}

FIXTURE_TEARDOWN(trace)
{
	tracefs_stop(&self->tracefs);
}

CODE(closes, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST_F(trace, call_is_shown_by_name)
{
	char *text;

	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	text = tracefs_text(&self->tracefs);
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: fd_close(63, "));
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: proc_exit("));
}

TEST_F(trace, error_is_shown_by_name)
{
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	EXPECT_NE(NULL, strstr(tracefs_text(&self->tracefs),
			       "cloudabi_sys_exit: fd_close = EBADF"));
}

CODE(dups, "xor %edi, %edi\nmov $7, %eax\nsyscall\n" EXIT_WITH(7));

TEST_F(trace, success_is_shown)
{
	ASSERT_EQ(7, CODE_EXIT(dups));
	EXPECT_NE(NULL, strstr(tracefs_text(&self->tracefs),
			       "cloudabi_sys_exit: fd_dup = success"));
}

/* file_open beneath descriptor 0, which is a pipe and lacks the right. */
CODE(opens,
     "sub $64, %rsp\n"
     "xor %eax, %eax\n"
     "mov %rax, (%rsp)\nmov %rax, 8(%rsp)\nmov %rax, 16(%rsp)\n"
     "xor %edi, %edi\n"
     "mov %rsp, %rsi\n"
     "mov $1, %edx\n"
     "xor %r10d, %r10d\n"
     "mov %rsp, %r8\n"
     "mov $21, %eax\n"
     "syscall\n"
     EXIT_WITH_OUTCOME);

static void take_pipe(void *unused)
{
	int fds[2];

	if (pipe(fds) || dup2(fds[0], 0))
		_exit(253);
}

TEST_F(trace, lack_of_a_right_is_shown_by_name)
{
	const struct start start = { .prepare = take_pipe };
	struct image image;
	char *line;

	IMAGE_INIT(&image, opens);
	ASSERT_EQ(FAILED(CLOUDABI_ENOTCAPABLE) << 8, image_run(&image, &start));
	line = strstr(tracefs_text(&self->tracefs),
		      "cloudabi_denied: call=file_open fd=0 path=\"pipe:[");
	ASSERT_NE(NULL, line);
	EXPECT_NE(NULL, strstr(line, "missing=FILE_OPEN"));
}

/* A Linux call with the same number is a different call. */
TEST_F(trace, call_is_not_shown_as_one_of_linux)
{
	char *text;

	ASSERT_EQ(0, tracefs_put(&self->tracefs, "events/syscalls/enable", "1"));
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	ASSERT_EQ(0, tracefs_put(&self->tracefs, "events/syscalls/enable", "0"));
	text = tracefs_text(&self->tracefs);
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: fd_close(63, "));
	EXPECT_NULL(strstr(text, "sys_close(fd: 0x63)"));
	EXPECT_NULL(strstr(text, "sys_close(fd: 63)"));
}

/* raw_syscalls events fire for CloudABI calls as well. */
TEST_F(trace, call_is_among_the_raw_events)
{
	char *text;

	ASSERT_EQ(0, tracefs_put(&self->tracefs, "events/raw_syscalls/enable", "1"));
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	ASSERT_EQ(0, tracefs_put(&self->tracefs, "events/raw_syscalls/enable", "0"));
	text = tracefs_text(&self->tracefs);
	EXPECT_NE(NULL, strstr(text, "sys_enter: NR 3 (63, "));
}

TEST_HARNESS_MAIN
