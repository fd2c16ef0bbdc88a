// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Trace events of calls
 */

#include <sys/mount.h>

#include "../kselftest_harness.h"
#include "image.h"

FIXTURE(trace) {
	char dir[32];
};

static int put(FIXTURE_DATA(trace) *self, const char *name, const char *text)
{
	char path[128];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	done = write(fd, text, strlen(text));
	close(fd);
	return done == (ssize_t)strlen(text) ? 0 : -errno;
}

static char *get_trace(FIXTURE_DATA(trace) *self)
{
	static char text[1 << 20];
	ssize_t len = 0, part;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/trace", self->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((part = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += part;
	close(fd);
	text[len] = '\0';
	return text;
}

FIXTURE_SETUP(trace)
{
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("tracefs", self->dir, "tracefs", 0, NULL));
	ASSERT_EQ(0, put(self, "trace", ""));
	ASSERT_EQ(0, put(self, "events/cloudabi/enable", "1"));
	ASSERT_EQ(0, put(self, "tracing_on", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	put(self, "events/enable", "0");
	put(self, "trace", "");
	umount(self->dir);
	rmdir(self->dir);
}

CODE(closes, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST_F(trace, call_is_shown_by_name)
{
	char *text;

	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	text = get_trace(self);
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: fd_close(63, "));
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: proc_exit("));
}

TEST_F(trace, error_is_shown_by_name)
{
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	EXPECT_NE(NULL, strstr(get_trace(self), "cloudabi_sys_exit: fd_close = EBADF"));
}

CODE(dups, "xor %edi, %edi\nmov $7, %eax\nsyscall\n" EXIT_WITH(7));

TEST_F(trace, success_is_shown)
{
	ASSERT_EQ(7, CODE_EXIT(dups));
	EXPECT_NE(NULL, strstr(get_trace(self), "cloudabi_sys_exit: fd_dup = success"));
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
	line = strstr(get_trace(self), "cloudabi_denied: fd=0 ");
	ASSERT_NE(NULL, line);
	EXPECT_NE(NULL, strstr(line, "missing=FILE_OPEN"));
}

/* That a number is the same as one of Linux's does not make it that call. */
TEST_F(trace, call_is_not_shown_as_one_of_linux)
{
	char *text;

	ASSERT_EQ(0, put(self, "events/syscalls/enable", "1"));
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	ASSERT_EQ(0, put(self, "events/syscalls/enable", "0"));
	text = get_trace(self);
	EXPECT_NE(NULL, strstr(text, "cloudabi_sys_enter: fd_close(63, "));
	EXPECT_NULL(strstr(text, "sys_close(fd: 0x63)"));
	EXPECT_NULL(strstr(text, "sys_close(fd: 63)"));
}

/* The plain events of all calls fire for ours as well. */
TEST_F(trace, call_is_among_the_raw_events)
{
	char *text;

	ASSERT_EQ(0, put(self, "events/raw_syscalls/enable", "1"));
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), CODE_EXIT(closes));
	ASSERT_EQ(0, put(self, "events/raw_syscalls/enable", "0"));
	text = get_trace(self);
	EXPECT_NE(NULL, strstr(text, "sys_enter: NR 3 (63, "));
}

TEST_HARNESS_MAIN
