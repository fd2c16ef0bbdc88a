// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - exec by a process that shares resources, and its descriptors
 *
 * exec_test tests the program that exec starts.
 */

#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../kselftest_harness.h"
#include "image.h"

CODE(exits, EXIT_WITH(7));

static int sleep_forever(void *unused)
{
	for (;;)
		pause();
	return 0;
}

static void make_threads(void *unused)
{
	static char stacks[4][16384];

	for (int i = 0; i < 4; i++)
		clone(sleep_forever, stacks[i] + sizeof(stacks[i]),
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL);
}

TEST(threads_of_the_caller_are_gone)
{
	const struct start start = { .prepare = make_threads };
	struct image image;

	IMAGE_INIT(&image, exits);
	EXPECT_EQ(7 << 8, image_run(&image, &start));
}

struct call {
	const struct image *image;
	int fd;
};

static int run_call(void *arg)
{
	const struct call *const call = arg;
	static char *const nothing[] = { NULL };

	syscall(__NR_execveat, call->fd, "", nothing, nothing, AT_EMPTY_PATH);
	return 255;
}

/* As vfork() and posix_spawn() do. */
TEST(caller_that_borrows_its_memory)
{
	static char stack[65536];
	struct image image;
	struct call call = { .image = &image };
	int status;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	call.fd = image_open(&image);
	ASSERT_LE(0, call.fd);
	for (int i = 0; i < 10; i++) {
		pid = clone(run_call, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
			    &call);
		ASSERT_LT(0, pid);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(7 << 8, status);
	}
	close(call.fd);
}

CODE(waits_then_dups,
     "sub $64, %rsp\n"
     "lea 32(%rsp), %rax\n"
     "mov %rax, (%rsp)\n"
     "movq $1, 8(%rsp)\n"
     "xor %edi, %edi\n"
     "mov %rsp, %rsi\n"
     "mov $1, %edx\n"
     "mov $10, %eax\n"
     "syscall\n"
     "mov $50, %edi\n"
     "mov $7, %eax\n"
     "syscall\n"
     EXIT_WITH_OUTCOME);

/* A descriptor that a former sibling opens later does not appear in the program. */
TEST(descriptors_are_shared_no_longer)
{
	static char stack[65536];
	int status, fds[2], saved = dup(0);
	struct image image;
	struct call call = { .image = &image };
	pid_t pid;

	IMAGE_INIT(&image, waits_then_dups);
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(0, dup2(fds[0], 0));
	call.fd = image_open(&image);
	ASSERT_LE(0, call.fd);
	pid = clone(run_call, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &call);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(falls_asleep(pid));
	ASSERT_EQ(50, dup2(fds[0], 50));
	ASSERT_EQ(1, write(fds[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(FAILED(CLOUDABI_EBADF) << 8, status);
	/*
	 * The program did not close the close-on-exec descriptors of the other
	 * table either.
	 */
	EXPECT_LE(0, fcntl(fds[1], F_GETFD));
	dup2(saved, 0);
	close(50);
}

CODE(dups_high, "mov $150000, %edi\nmov $7, %eax\nsyscall\n"
     "setc %dil\n" EXIT);

static void make_high_descriptor(void *unused)
{
	const struct rlimit limit = { 200000, 200000 };

	if (setrlimit(RLIMIT_NOFILE, &limit) || dup2(0, 150000) != 150000)
		_exit(253);
}

TEST(high_descriptors_are_inherited)
{
	const struct start start = { .prepare = make_high_descriptor };
	struct image image;

	IMAGE_INIT(&image, dups_high);
	EXPECT_EQ(0, image_run(&image, &start));
	/* The exit code says whether the open failed. */
	EXPECT_EQ(1 << 8, image_run(&image, NULL));
}

static void close_all(void *unused)
{
	/* Except for those of start_fd(), which are close-on-exec. */
	for (int fd = 0; fd < 3; fd++)
		close(fd);
}

/*
 * A file with a capability that the process cannot get. exec fails after it has
 * checked the image, and must leave its caller unchanged.
 */
static void fail_to_exec(const char *path)
{
	static char *const nothing[] = { NULL };

	if (prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		_exit(1);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) || !execve(path, nothing, nothing) ||
	    errno != EPERM)
		_exit(2);
	_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ? 3 : 0);
}

TEST(failed_exec_leaves_privileges_to_be_gained)
{
	const struct vfs_cap_data caps = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1 << CAP_SYS_TIME,
	};
	char path[] = "/tmp/cloudabi-XXXXXX";
	const int fd = mkstemp(path);
	struct image image;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	ASSERT_EQ(image.size, write(fd, image.bytes, image.size));
	ASSERT_EQ(0, fchmod(fd, 0755));
	ASSERT_EQ(0, fsetxattr(fd, "security.capability", &caps, sizeof(caps), 0));
	close(fd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		fail_to_exec(path);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	unlink(path);
}

TEST(no_descriptor_need_be_inherited)
{
	const struct start start = { .prepare = close_all };
	struct image image;

	IMAGE_INIT(&image, exits);
	EXPECT_EQ(7 << 8, image_run(&image, &start));
}

TEST_HARNESS_MAIN
