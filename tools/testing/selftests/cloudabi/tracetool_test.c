// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - cloudabi-trace
 */

#include <sys/socket.h>

#include "../kselftest_harness.h"
#include "server.h"
#include "tool.h"

FIXTURE(tracetool) {
	char tool[256];
	char dir[32];
	char out[64];
	/* The program's standard output, if not -1. */
	int output;
};

FIXTURE_SETUP(tracetool)
{
	ASSERT_TRUE(tool_path(self->tool, sizeof(self->tool), "cloudabi-trace"));
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->out, sizeof(self->out), "%s/out", self->dir);
	self->output = -1;
}

FIXTURE_TEARDOWN(tracetool)
{
	unlink(self->out);
	rmdir(self->dir);
	EXPECT_TRUE(no_instances());
}

static pid_t start_tool(FIXTURE_DATA(tracetool) *self, const char *options, const char *program)
{
	char *const argv[] = {
		self->tool, (char *)options, self->out, (char *)program, NULL,
	};
	pid_t pid;

	pid = fork();
	if (pid)
		return pid;
	/* The programs get a directory, and nothing from the caller of the tests. */
	dup2(open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
	if (self->output >= 0)
		dup2(self->output, 1);
	close_range(3, ~0U, 0);
	execv(self->tool, argv);
	_exit(255);
}

/* Runs the tool on a path; returns its exit status. */
static int trace_path(FIXTURE_DATA(tracetool) *self, const char *options, const char *program)
{
	return exit_status(start_tool(self, options, program));
}

static int trace_code(FIXTURE_DATA(tracetool) *self, const char *options, const char *code,
		      size_t len)
{
	struct image image;
	char path[32];
	int fd, ret;

	image_init(&image, code, len);
	fd = image_open(&image);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	ret = trace_path(self, options, path);
	close(fd);
	return ret;
}

#define TRACE(code) trace_code(self, "-o", code, code##_end - code)
#define TRACE_DENIALS(code) trace_code(self, "-do", code, code##_end - code)

#define EXPECT_OUTPUT(text) \
	EXPECT_EQ(1, count(text_of(self->out), text)) \
		TH_LOG("%s not in: %s", text, text_of(self->out))

CODE(closes, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH(7));

TEST_F(tracetool, call_that_fails)
{
	char line[64];
	int pid;

	ASSERT_EQ(7, TRACE(closes));
	pid = atoi(text_of(self->out) + 1);
	snprintf(line, sizeof(line), "[%d] fd_close(fd=99) = EBADF\n", pid);
	EXPECT_OUTPUT(line);
	snprintf(line, sizeof(line), "[%d] proc_exit(rval=7) = ?\n", pid);
	EXPECT_OUTPUT(line);
	EXPECT_EQ(2, count(text_of(self->out), "\n"));
}

/* Calls with register-sized arguments; they have no, one and two results. */
CODE(succeeds,
     "movabs $0xffffffff00000000, %rdi\nmov $7, %eax\nsyscall\n"	/* fd_dup */
     "mov $0x82, %edi\nmov $5, %eax\nsyscall\n"				/* fd_create2 */
     "mov $48, %eax\nsyscall\n"						/* thread_yield */
     "mov $0x10, %edi\nmov $0x1000, %esi\nmov $5, %edx\nmov $34, %eax\nsyscall\n"
     EXIT_WITH(0));

TEST_F(tracetool, calls_of_all_shapes)
{
	ASSERT_EQ(0, TRACE(succeeds));
	EXPECT_OUTPUT("] fd_dup(from=0) = 3\n");
	EXPECT_OUTPUT("] fd_create2(type=SOCKET_STREAM) = 4, 5\n");
	EXPECT_OUTPUT("] thread_yield() = 0\n");
	EXPECT_OUTPUT("] mem_protect(mapping=0x10, mapping_len=4096, prot=READ|EXEC) = EINVAL\n");
}

/* fd_read and file_stat_get of descriptor 0, a directory */
CODE(is_denied,
     "xor %edi, %edi\nmov $0x10, %esi\nmov $1, %edx\nmov $10, %eax\nsyscall\n"
     "push $0x2f\n"
     "movabs $0x100000000, %rdi\nmov %rsp, %rsi\nmov $1, %edx\nxor %r10d, %r10d\n"
     "mov $27, %eax\nsyscall\n"
     EXIT_WITH(0));

TEST_F(tracetool, denials)
{
	char line[128];

	ASSERT_EQ(0, TRACE(is_denied));
	snprintf(line, sizeof(line),
		 "] fd_read(fd=0, iovs=0x10, iovs_len=1) = ENOTCAPABLE (missing FD_READ on 0 <%s>)\n",
		 self->dir);
	EXPECT_OUTPUT(line);
	snprintf(line, sizeof(line), " = ENOTCAPABLE (\"/\" leads out of <%s>)\n", self->dir);
	EXPECT_OUTPUT(line);
	EXPECT_OUTPUT("] file_stat_get(fd=0|SYMLINK_FOLLOW, path=0x");
}

TEST_F(tracetool, nothing_but_denials)
{
	char line[128];

	ASSERT_EQ(0, TRACE_DENIALS(is_denied));
	snprintf(line, sizeof(line), "] fd_read: missing FD_READ on 0 <%s>\n", self->dir);
	EXPECT_OUTPUT(line);
	snprintf(line, sizeof(line), "] file_stat_get: \"/\" leads out of <%s>\n", self->dir);
	EXPECT_OUTPUT(line);
	EXPECT_EQ(2, count(text_of(self->out), "\n"));
}

/* 20000 file_stat_get of "/aaa...", a name of a thousand letters */
CODE(floods, "sub $1024, %rsp\nmov %rsp, %rdi\nmov $0x61, %eax\nmov $1000, %ecx\nrep stosb\n"
     "movb $0x2f, (%rsp)\n"
     WRITE_BYTE(1) READ_BYTE(1)
     "mov $20000, %ebx\n"
     "1: xor %edi, %edi\nmov %rsp, %rsi\nmov $1000, %edx\nxor %r10d, %r10d\n"
     "mov $27, %eax\nsyscall\n"
     "dec %ebx\njnz 1b\n"
     WRITE_BYTE(1) EXIT_WITH(0));

/* The tool is stopped, so nobody empties the buffers, and events are lost. */
TEST_F(tracetool, losses_are_told)
{
	struct image image;
	char path[32], end[200] = "", c;
	int fd, pair[2], lost;
	const char *told;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	self->output = pair[1];
	IMAGE_INIT(&image, floods);
	fd = image_open(&image);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	pid = start_tool(self, "-do", path);
	ASSERT_EQ(1, read(pair[0], &c, 1));
	kill(pid, SIGSTOP);
	ASSERT_EQ(1, write(pair[0], &c, 1));
	ASSERT_EQ(1, read(pair[0], &c, 1));
	kill(pid, SIGCONT);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	close(fd);
	fd = open(self->out, O_RDONLY | O_CLOEXEC);
	lseek(fd, 1 - (off_t)sizeof(end), SEEK_END);
	ASSERT_LT(0, read(fd, end, sizeof(end) - 1));
	told = strstr(end, "cloudabi-trace: too fast, ");
	ASSERT_NE(NULL, told);
	lost = atoi(told + strlen("cloudabi-trace: too fast, "));
	EXPECT_NE(NULL, strstr(told, " events are lost\n"));
	EXPECT_LT(0, lost);
	EXPECT_GT(20000, lost);
}

CODE(loops, "mov $10000, %ebx\n1: mov %ebx, %edi\nmov $3, %eax\nsyscall\ndec %ebx\njnz 1b\n"
     EXIT_WITH(0));

TEST_F(tracetool, no_call_is_lost_and_all_are_in_order)
{
	const char *text;
	char call[32];
	int fd;

	ASSERT_EQ(0, TRACE(loops));
	text = text_of(self->out);
	for (fd = 10000; fd; fd--) {
		snprintf(call, sizeof(call), " fd_close(fd=%d) = ", fd);
		text = strchr(text, ' ');
		ASSERT_NE(NULL, text);
		ASSERT_EQ(0, strncmp(text, call, strlen(call)));
		text = strchr(text, '\n') + 1;
	}
	EXPECT_EQ(10000 - 2, count(text_of(self->out), "= EBADF\n"));
}

CODE(forks, "mov $40, %eax\nsyscall\ncmp $-1, %eax\njne 1f\n" EXIT_WITH(5)
     "1: sub $128, %rsp\n"
     "movq $0, (%rsp)\nmovb $7, 10(%rsp)\nmov %eax, 16(%rsp)\n"	/* its end */
     "mov %rsp, %rdi\nlea 64(%rsp), %rsi\nmov $1, %edx\nmov $37, %eax\nsyscall\n"
     EXIT_WITH(6));

/* The thread ID of the caller in the only line for a call. */
static int caller(const char *text, const char *call)
{
	const char *at = strstr(text, call);

	while (at && at > text && at[-1] != '\n')
		at--;
	return at ? atoi(at + 1) : 0;
}

TEST_F(tracetool, children_are_followed)
{
	int parent, child;

	ASSERT_EQ(6, TRACE(forks));
	EXPECT_OUTPUT("proc_exit(rval=5) = ?\n");
	EXPECT_OUTPUT("proc_exit(rval=6) = ?\n");
	EXPECT_OUTPUT("poll(");
	child = caller(text_of(self->out), "proc_exit(rval=5)");
	parent = caller(text_of(self->out), "proc_exit(rval=6)");
	EXPECT_NE(parent, child);
	EXPECT_EQ(parent, caller(text_of(self->out), "proc_fork() = 3, "));
	EXPECT_EQ(parent, caller(text_of(self->out), "poll("));
}

CODE(dies, "mov $99, %edi\nmov $3, %eax\nsyscall\nud2\n");

TEST_F(tracetool, death_by_a_signal)
{
	ASSERT_EQ(128 + SIGILL, TRACE(dies));
	EXPECT_OUTPUT("] fd_close(fd=99) = EBADF\n");
}

TEST_F(tracetool, program_that_is_not_there)
{
	ASSERT_EQ(127, trace_path(self, "-o", "/nothing"));
	EXPECT_STREQ("", text_of(self->out));
}

TEST_F(tracetool, native_program)
{
	ASSERT_EQ(0, trace_path(self, "-o", "/bin/true"));
	EXPECT_STREQ("", text_of(self->out));
}

/* Reads the first character of a file in the tool's trace instance. */
static char setting(pid_t tool, const char *name)
{
	char path[128], c = '\0';
	int fd;

	snprintf(path, sizeof(path), INSTANCES "/cloudabi-trace.%d/%s", tool, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, &c, 1) != 1)
		c = '\0';
	close(fd);
	return c;
}

TEST_F(tracetool, process_that_runs_already)
{
	struct server server;
	char pid[16], line[64];
	int status, tries;
	pid_t tool;

	ASSERT_EQ(0, server_start(&server));
	ASSERT_TRUE(falls_asleep(server.pid));
	snprintf(pid, sizeof(pid), "-p%d", server.pid);
	tool = fork();
	if (!tool) {
		execl(self->tool, self->tool, "-o", self->out, pid, NULL);
		_exit(255);
	}
	for (tries = 0; tries < 6000; tries++) {
		/*
		 * A new instance has tracing on, but the tool switches it off before it enables
		 * events.
		 */
		if (setting(tool, "events/cloudabi/cloudabi_denied_hook/enable") == '1' &&
		    setting(tool, "tracing_on") == '1')
			break;
		usleep(10000);
	}
	EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&server, fd_close, 99));
	ASSERT_TRUE(falls_asleep(server.pid));
	kill(tool, SIGINT);
	ASSERT_EQ(tool, waitpid(tool, &status, 0));
	EXPECT_EQ(0, status);
	snprintf(line, sizeof(line), "[%d] fd_close(fd=99) = EBADF\n", server.pid);
	EXPECT_OUTPUT(line);
	/* The calls in progress at the start and at the end of the trace. */
	snprintf(line, sizeof(line), "[%d] fd_read(...) = 136\n", server.pid);
	EXPECT_OUTPUT(line);
	EXPECT_OUTPUT("iovs_len=1) = ?\n");
	/* The server still runs. */
	EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&server, fd_close, 99));
	server_stop(&server);
}

TEST_HARNESS_MAIN
