// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Audit records of system calls
 */

#include "../kselftest_harness.h"
#include "audit.h"
#include "image.h"

FIXTURE(audit) {
	int socket;
	bool has_rule;
	struct audit_rule_data rule;
};

FIXTURE_SETUP(audit)
{
	self->socket = audit_start();
	ASSERT_LE(0, self->socket);
}

FIXTURE_TEARDOWN(audit)
{
	if (self->has_rule)
		audit_request(self->socket, AUDIT_DEL_RULE, &self->rule, sizeof(self->rule));
	audit_stop(self->socket);
}

/* Adds a rule that records all calls of a process. */
static int add_rule(FIXTURE_DATA(audit) *self, pid_t pid)
{
	self->rule = (struct audit_rule_data){
		.flags = AUDIT_FILTER_EXIT,
		.action = AUDIT_ALWAYS,
		.field_count = 1,
		.fields = { AUDIT_PID },
		.values = { pid },
		.fieldflags = { AUDIT_EQUAL },
	};
	memset(self->rule.mask, 0xff, sizeof(self->rule.mask));
	self->has_rule = true;
	return audit_request(self->socket, AUDIT_ADD_RULE, &self->rule, sizeof(self->rule));
}

/* Whether one record of a call contains all of the texts. */
static bool finds(FIXTURE_DATA(audit) *self, const char *const *texts, char *last, size_t len)
{
	struct audit_message message;

	for (int i = 0; i < 100; i++) {
		bool all = true;

		memset(&message, 0, sizeof(message));
		if (audit_receive(self->socket, &message, 20000))
			break;
		if (message.head.nlmsg_type != AUDIT_SYSCALL)
			continue;
		if (strstr(message.data, "arch=c011003e"))
			snprintf(last, len, "%.*s", (int)len - 1, message.data);
		for (const char *const *text = texts; *text; text++)
			all = all && strstr(message.data, *text);
		if (all)
			return true;
	}
	return false;
}

/* Runs an image under a rule that records all its calls. */
static int run(FIXTURE_DATA(audit) *self, const struct image *image)
{
	static char *const nothing[] = { NULL };
	const int fd = image_open(image);
	int status, go[2];
	pid_t pid;

	if (fd < 0 || pipe2(go, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		char c;

		if (read(go[0], &c, 1) != 1)
			_exit(254);
		syscall(__NR_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH);
		_exit(255);
	}
	if (add_rule(self, pid) || write(go[1], "x", 1) != 1)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(go[0]);
	close(go[1]);
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

#define EXPECT_RECORD(...) do {                                                  \
	static const char *const texts[] = { __VA_ARGS__, NULL };                \
	char last[1024] = "none";                                                \
	EXPECT_TRUE(finds(self, texts, last, sizeof(last)))                      \
		TH_LOG("last record: %s", last);                                 \
} while (0)

CODE(fails, "mov $99, %edi\nmov $3, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

/* The record contains the errno of CloudABI, as it contains the number of CloudABI. */
TEST_F(audit, failure_is_recorded)
{
	struct image image;

	IMAGE_INIT(&image, fails);
	ASSERT_EQ(FAILED(CLOUDABI_EBADF), run(self, &image));
	EXPECT_RECORD(" arch=c011003e ", " syscall=3 ", " success=no ", " exit=-8 ", " a0=63 ");
}

CODE(succeeds, "mov $0, %edi\nmov $7, %eax\nsyscall\n" EXIT_WITH_OUTCOME);

TEST_F(audit, success_is_recorded)
{
	struct image image;
	int fd;

	IMAGE_INIT(&image, succeeds);
	fd = run(self, &image);
	ASSERT_LT(0, fd);
	ASSERT_GT(128, fd);
	EXPECT_RECORD(" arch=c011003e ", " syscall=7 ", " success=yes ", " a0=0 ");
}

CODE(unknown, "mov $231, %eax\nxor %edi, %edi\nsyscall\n" EXIT_WITH_OUTCOME);

TEST_F(audit, unknown_number_is_recorded)
{
	struct image image;

	IMAGE_INIT(&image, unknown);
	ASSERT_EQ(FAILED(CLOUDABI_ENOSYS), run(self, &image));
	EXPECT_RECORD(" arch=c011003e ", " syscall=231 ", " success=no ", " exit=-52 ");
}

CODE(opens_above,
     "sub $64, %rsp\n"
     "movl $0x2e2e, 32(%rsp)\n"
     "xor %eax, %eax\n"
     "mov %rax, (%rsp)\nmov %rax, 8(%rsp)\nmov %rax, 16(%rsp)\n"
     "xor %edi, %edi\n"
     "lea 32(%rsp), %rsi\n"
     "mov $2, %edx\n"
     "xor %r10d, %r10d\n"
     "mov %rsp, %r8\n"
     "mov $21, %eax\n"
     "syscall\n"
     EXIT_WITH_OUTCOME);

/* Descriptor 0 is not a directory, so it lacks the right to open. */
TEST_F(audit, lack_of_a_right_is_recorded)
{
	struct image image;

	IMAGE_INIT(&image, opens_above);
	ASSERT_EQ(FAILED(CLOUDABI_ENOTCAPABLE), run(self, &image));
	EXPECT_RECORD(" arch=c011003e ", " syscall=21 ", " success=no ", " exit=-76 ");
}

CODE(exits, EXIT_WITH(7));

TEST_F(audit, exec_is_recorded_as_what_it_was)
{
	struct image image;

	IMAGE_INIT(&image, exits);
	ASSERT_EQ(7, run(self, &image));
	EXPECT_RECORD(" syscall=322 ", " success=yes ");
}

TEST_HARNESS_MAIN
