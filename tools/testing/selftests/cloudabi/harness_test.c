// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The harness reports each kind of failure, and no false failures
 */

#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "tool.h"

/* Output of harness.cloudabi without comment lines. */
static const char results[] =
	"TAP version 13\n"
	"1..16\n"
	"ok 1 passes\n"
	"not ok 2 expectation_fails_and_the_test_continues\n"
	"not ok 3 assertion_fails_with_a_thread_and_a_lock\n"
	"ok 4 lock_is_free_and_there_is_no_thread\n"
	"not ok 5 crashes\n"
	"not ok 6 exits\n"
	"not ok 7 hangs\n"
	"ok 8 tid_is_that_of_the_test\n"
	"ok 9 good.one.passes\n"
	"ok 10 good.two.passes\n"
	"ok 11 good.one.assertion_fails_for_two\n"
	"not ok 12 good.two.assertion_fails_for_two\n"
	"not ok 13 good.one.teardown_fails\n"
	"not ok 14 good.two.teardown_fails\n"
	"not ok 15 bad.setup_fails\n"
	"ok 16 setup_body_and_teardown_ran\n";

#define EXPECTATION ":expectation_fails_and_the_test_continues:"

/* Runs harness.cloudabi and stores its output. */
static int run(char *output, size_t size, char *const argv[])
{
	char path[512];
	size_t len = 0;
	ssize_t part;
	int out[2];
	pid_t pid;

	if (!tool_path(path, sizeof(path), "harness.cloudabi") || pipe2(out, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(out[1], 1);
		execv(path, argv);
		_exit(126);
	}
	close(out[1]);
	while ((part = read(out[0], output + len, size - 1 - len)) > 0)
		len += part;
	output[len] = '\0';
	close(out[0]);
	return exit_status(pid);
}

/* Moves the lines that begin with '#' to @comments. */
static void split(char *output, char *comments)
{
	char *line, *to = output;

	for (line = output; *line;) {
		const size_t len = strcspn(line, "\n") + !!strchr(line, '\n');

		if (*line == '#') {
			memcpy(comments, line, len);
			comments += len;
		} else {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = *comments = '\0';
}

FIXTURE(harness) {
	char output[8192];
	char comments[8192];
	int status;
};

FIXTURE_SETUP(harness)
{
}

FIXTURE_TEARDOWN(harness)
{
}

TEST_F(harness, reports_each_failure)
{
	char *const argv[] = { "harness", NULL };

	self->status = run(self->output, sizeof(self->output), argv);
	split(self->output, self->comments);
	EXPECT_EQ(KSFT_FAIL, self->status);
	EXPECT_STREQ(results, self->output);
	EXPECT_EQ(1, count(self->comments, EXPECTATION "Expected 1 (1, 0x1) == lock "));
	EXPECT_EQ(1, count(self->comments, EXPECTATION "logged\n"));
	EXPECT_EQ(1, count(self->comments, EXPECTATION "Expected 0 (0, 0x0) != lock "));
	EXPECT_EQ(0, count(self->comments, "unreachable"));
	EXPECT_EQ(1, count(self->comments, "# crashes: killed by signal "));
	EXPECT_EQ(1, count(self->comments, "# exits: exited with 7\n"));
	EXPECT_EQ(1, count(self->comments, "# hangs: timed out after 15 s\n"));
	EXPECT_EQ(1, count(self->comments, "# Totals: pass:7 fail:9 "));
}

TEST_F(harness, runs_the_test_that_is_named)
{
	char *const argv[] = { "harness", "-t", "good.two.passes", NULL };

	self->status = run(self->output, sizeof(self->output), argv);
	split(self->output, self->comments);
	EXPECT_EQ(KSFT_PASS, self->status);
	EXPECT_STREQ("TAP version 13\n1..1\nok 1 good.two.passes\n", self->output);
}

TEST_F(harness, fails_if_the_named_test_fails)
{
	char *const argv[] = { "harness", "-t", "exits", NULL };

	self->status = run(self->output, sizeof(self->output), argv);
	EXPECT_EQ(KSFT_FAIL, self->status);
}

TEST_HARNESS_MAIN
