// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - cloudabi-run --explain
 *
 * A Linux program traces a CloudABI program that is refused operations, in some
 * tests faster than trace buffers can hold.
 */

#include <poll.h>

#include "../kselftest_harness.h"
#include "tool.h"

/* Longer than any successful wait. */
#define PATIENCE_MS 200000

/* A program has a directory, and optionally these descriptors. */
#define GO_FD 1
#define DONE_FD 2

FIXTURE(explain) {
	char tool[256];
	char dir[32];
	char config[64];
	char program[64];
	char out[64];
	/* Both ends of the streams on which the program waits and reports. */
	int go[2];
	int done[2];
	uid_t user;
	/* The calls that the program may make, or NULL for all. */
	const char *calls;
};

FIXTURE_SETUP(explain)
{
	ASSERT_TRUE(tool_path(self->tool, sizeof(self->tool), "cloudabi-run"));
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	snprintf(self->config, sizeof(self->config), "%s/config", self->dir);
	snprintf(self->program, sizeof(self->program), "%s/program", self->dir);
	snprintf(self->out, sizeof(self->out), "%s/out", self->dir);
	ASSERT_EQ(0, pipe2(self->go, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->done, O_CLOEXEC));
	self->user = 0;
	self->calls = NULL;
}

FIXTURE_TEARDOWN(explain)
{
	unlink(self->config);
	unlink(self->program);
	unlink(self->out);
	rmdir(self->dir);
	EXPECT_TRUE(no_instances());
}

static void write_file(const char *path, mode_t mode, const void *data, size_t len)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void write_config(FIXTURE_DATA(explain) *self)
{
	char text[128];

	snprintf(text, sizeof(text), "[!directory %s, !fd %d, !fd %d]\n%s%s\n", self->dir, 3, 4,
		 self->calls ? "---\ncalls: " : "", self->calls ?: "");
	write_file(self->config, 0644, text, strlen(text));
}

/* Starts the tool; descriptors 3 and 4 are pipes, and its output goes to a file. */
static pid_t start_tool(FIXTURE_DATA(explain) *self, const char *option)
{
	char *const argv[] = {
		self->tool, "-c", self->config, (char *)(option ?: self->program),
		option ? self->program : NULL, NULL,
	};
	const pid_t pid = fork();

	if (pid)
		return pid;
	if (dup2(open(self->out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), 2) != 2 ||
	    dup2(fcntl(self->go[0], F_DUPFD, 50), 3) != 3 ||
	    dup2(fcntl(self->done[1], F_DUPFD, 51), 4) != 4)
		_exit(254);
	close_range(5, ~0U, 0);
	if (self->user && (setgid(self->user) || setuid(self->user)))
		_exit(253);
	execv(self->tool, argv);
	_exit(255);
}

static pid_t start_code(FIXTURE_DATA(explain) *self, const char *option, const char *code,
			size_t len)
{
	struct image image;

	image_init(&image, code, len);
	write_file(self->program, 0755, image.bytes, image.size);
	write_config(self);
	return start_tool(self, option);
}

#define START(option, code) start_code(self, option, code, code##_end - code)
#define RUN(option, code) exit_status(START(option, code))
#define EXPLAIN(code) RUN("-e", code)

/* fd_read of descriptor 0, a directory */
#define READ_DIRECTORY "xor %edi, %edi\nxor %esi, %esi\nxor %edx, %edx\nmov $10, %eax\nsyscall\n"
/* file_stat_get of the path on top of the stack, beneath descriptor 0 */
#define STAT_TOP(len) \
	"xor %edi, %edi\nmov %rsp, %rsi\nmov $" len ", %edx\nxor %r10d, %r10d\n" \
	"mov $27, %eax\nsyscall\n"
CODE(exits, EXIT_WITH(7));

TEST_F(explain, nothing_was_refused)
{
	EXPECT_EQ(7, EXPLAIN(exits));
	EXPECT_STREQ("cloudabi-run: no call was refused\n", text_of(self->out));
}

CODE(is_refused, READ_DIRECTORY "push $0x2f\n" STAT_TOP("1") EXIT_WITH(7));

TEST_F(explain, refusals)
{
	char text[256];

	EXPECT_EQ(7, EXPLAIN(is_refused));
	snprintf(text, sizeof(text),
		 "cloudabi-run: fd_read: missing FD_READ on 0 <%s>\n"
		 "cloudabi-run: file_stat_get: \"/\" leads out of <%s>\n"
		 "cloudabi-run: 2 calls were refused\n", self->dir, self->dir);
	EXPECT_STREQ(text, text_of(self->out));
}

/* The tool reports each forbidden call and its count. */
TEST_F(explain, calls_that_it_may_not_make)
{
	char text[256];

	self->calls = "[fd_read]";
	EXPECT_EQ(7, EXPLAIN(is_refused));
	snprintf(text, sizeof(text),
		 "cloudabi-run: fd_read: missing FD_READ on 0 <%s>\n"
		 "cloudabi-run: file_stat_get: refused by a filter (ENOTCAPABLE)\n"
		 "cloudabi-run: 2 calls were refused\n", self->dir);
	EXPECT_STREQ(text, text_of(self->out));
}

TEST_F(explain, not_if_nobody_asks)
{
	EXPECT_EQ(7, RUN(NULL, is_refused));
	EXPECT_STREQ("", text_of(self->out));
}

TEST_F(explain, needs_somebody_who_reads_it)
{
	EXPECT_EQ(2, RUN("-de", is_refused));
}

CODE(is_refused_once, READ_DIRECTORY "ud2\n");

/* The exit status reports death by a signal in the way of a shell. */
TEST_F(explain, program_that_dies)
{
	char text[256];

	EXPECT_EQ(128 + SIGILL, EXPLAIN(is_refused_once));
	snprintf(text, sizeof(text), "cloudabi-run: fd_read: missing FD_READ on 0 <%s>\n%s",
		 self->dir, "cloudabi-run: 1 call was refused\n");
	EXPECT_STREQ(text, text_of(self->out));
}

CODE(repeats, "mov $1000, %ebx\n1:\n" READ_DIRECTORY "dec %ebx\njnz 1b\n" EXIT_WITH(0));

TEST_F(explain, the_same_is_counted)
{
	char text[256];

	EXPECT_EQ(0, EXPLAIN(repeats));
	snprintf(text, sizeof(text),
		 "cloudabi-run: fd_read: missing FD_READ on 0 <%s> (1000 times)\n%s", self->dir,
		 "cloudabi-run: 1000 calls were refused\n");
	EXPECT_STREQ(text, text_of(self->out));
}

/* Five times: proc_fork, a refused call in the child, and a wait for the child. */
CODE(forks, "mov $5, %ebx\n"
     "1: mov $40, %eax\nsyscall\njc 3f\n"
     "cmp $-1, %eax\njne 2f\n"
     READ_DIRECTORY EXIT_WITH(0)
     "2: sub $128, %rsp\n"
     "movq $0, (%rsp)\nmovb $7, 10(%rsp)\nmov %eax, 16(%rsp)\n"
     "mov %rsp, %rdi\nlea 64(%rsp), %rsi\nmov $1, %edx\nmov $37, %eax\nsyscall\n"
     "add $128, %rsp\n"
     "dec %ebx\njnz 1b\n" EXIT_WITH(0)
     "3:\n" EXIT_WITH(100));

TEST_F(explain, what_it_makes_is_told_of_as_well)
{
	EXPECT_EQ(0, EXPLAIN(forks));
	EXPECT_EQ(1, count(text_of(self->out), "> (5 times)\n")) TH_LOG("%s", text_of(self->out));
	EXPECT_EQ(1, count(text_of(self->out), "cloudabi-run: 5 calls were refused\n"));
}

/* "/AA" to "/PQ", 300 names */
CODE(varies, "mov $300, %ebx\n1:\n"
     "mov %ebx, %eax\nand $15, %eax\nadd $0x41, %eax\nshl $8, %eax\n"
     "mov %ebx, %ecx\nshr $4, %ecx\nadd $0x41, %ecx\nshl $16, %ecx\n"
     "lea 0x2f(%rax, %rcx), %eax\npush %rax\n"
     STAT_TOP("3")
     "pop %rax\ndec %ebx\njnz 1b\n" EXIT_WITH(0));

/* Otherwise, the program would decide how much memory the tool uses. */
TEST_F(explain, too_many_kinds_are_counted)
{
	EXPECT_EQ(0, EXPLAIN(varies));
	EXPECT_EQ(200, count(text_of(self->out), " leads out of <"));
	EXPECT_EQ(1, count(text_of(self->out), "cloudabi-run: and 100 more, of too many kinds\n"));
	EXPECT_EQ(1, count(text_of(self->out), "cloudabi-run: 300 calls were refused\n"));
	EXPECT_EQ(202, count(text_of(self->out), "\n"));
}

/* 20000 refused names of a thousand letters: more than the buffers of 4 CPUs hold. */
CODE(floods, "sub $1024, %rsp\nmov %rsp, %rdi\nmov $0x61, %eax\nmov $1000, %ecx\nrep stosb\n"
     "movb $0x2f, (%rsp)\n"
     WRITE_BYTE(2) READ_BYTE(1)
     "mov $20000, %ebx\n1:\n" STAT_TOP("1000") "dec %ebx\njnz 1b\n"
     WRITE_BYTE(2) EXIT_WITH(3));

static bool told(FIXTURE_DATA(explain) *self)
{
	char c;

	return poll(&(struct pollfd){ self->done[0], POLLIN, 0 }, 1, PATIENCE_MS) == 1 &&
	       read(self->done[0], &c, 1) == 1;
}

/* The tool is stopped while its program is refused operations, so nobody empties the buffers. */
TEST_F(explain, what_is_too_fast_is_counted)
{
	const pid_t pid = START("-e", floods);

	ASSERT_TRUE(told(self));
	kill(pid, SIGSTOP);
	ASSERT_EQ(1, write(self->go[1], "x", 1));
	ASSERT_TRUE(told(self));
	kill(pid, SIGCONT);
	EXPECT_EQ(3, exit_status(pid));
	EXPECT_EQ(1, count(text_of(self->out), "/aaaaaaa"));
	EXPECT_EQ(1, count(text_of(self->out), " more, too fast to be kept\n"));
	EXPECT_EQ(1, count(text_of(self->out), "cloudabi-run: 20000 calls were refused\n"))
		TH_LOG("%s", text_of(self->out));
}

CODE(tells, WRITE_BYTE(2) EXIT_WITH(7));

/* A user without permission to trace is told so, and nothing is started. */
TEST_F(explain, by_somebody_who_may_not)
{
	self->user = 65534;
	write_file(self->out, 0666, "", 0);
	ASSERT_EQ(0, chmod(self->out, 0666));
	EXPECT_EQ(125, EXPLAIN(tells));
	EXPECT_STREQ("cloudabi-run: mounting tracefs: Operation not permitted\n",
		     text_of(self->out));
	close(self->done[1]);
	EXPECT_FALSE(told(self));
	/* The error is about the trace, not about the program. */
	ASSERT_EQ(0, pipe2(self->done, O_CLOEXEC));
	EXPECT_EQ(7, RUN(NULL, tells));
	EXPECT_TRUE(told(self));
}

TEST_HARNESS_MAIN
