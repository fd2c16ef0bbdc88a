// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The parameter cloudabi.mitigations
 *
 * Its effect depends on the CPU and on the mitigations that the kernel applies
 * to all programs.  Linux reports both.
 */

#include <linux/prctl.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "server.h"

#define PARAMETER "/sys/module/cloudabi/parameters/mitigations"
#define MELTDOWN "/sys/devices/system/cpu/vulnerabilities/meltdown"

static bool read_file(const char *path, char *buf, size_t len)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t done = read(fd, buf, len - 1);

	close(fd);
	buf[done < 0 ? 0 : done] = '\0';
	return done > 0;
}

static bool set_parameter(char value)
{
	const int fd = open(PARAMETER, O_WRONLY | O_CLOEXEC);
	const bool done = write(fd, &value, 1) == 1;

	close(fd);
	return done;
}

/* The mitigations, and their lines in /proc/PID/status. */
static const struct mitigation {
	const char *key;
	unsigned long which;
	const char *forced, *by_choice, *not_affected, *always, *never;
} mitigations[] = {
	{
		"Speculation_Store_Bypass:\t", PR_SPEC_STORE_BYPASS, "thread force mitigated\n",
		"thread vulnerable\n", "not vulnerable\n", "globally mitigated\n", "vulnerable\n",
	},
	{
		"SpeculationIndirectBranch:\t", PR_SPEC_INDIRECT_BRANCH,
		"conditional force disabled\n", "conditional enabled\n", "not affected\n",
		"always disabled\n", "always enabled\n",
	},
};

/*
 * The expected line for a task in @state, a PR_SPEC_* value; @force is set if the parameter was
 * on.
 */
static const char *line_of(const struct mitigation *mitigation, int state, bool force)
{
	if (state & PR_SPEC_PRCTL)
		return force ? mitigation->forced : mitigation->by_choice;
	if (state == PR_SPEC_NOT_AFFECTED)
		return mitigation->not_affected;
	return state == PR_SPEC_DISABLE ? mitigation->always : mitigation->never;
}

static int state_of(const struct mitigation *mitigation)
{
	return prctl(PR_GET_SPECULATION_CTRL, mitigation->which, 0, 0, 0);
}

FIXTURE(mitigations) {
	char before[4];
	/* True if programs that could read kernel memory may run. */
	bool open;
	struct server server;
};

FIXTURE_SETUP(mitigations)
{
	char text[64];

	ASSERT_TRUE(read_file(PARAMETER, self->before, sizeof(self->before)));
	ASSERT_TRUE(read_file(MELTDOWN, text, sizeof(text)));
	self->open = !strncmp(text, "Vulnerable", 10);
	self->server.pid = 0;
}

FIXTURE_TEARDOWN(mitigations)
{
	if (self->server.pid > 0)
		server_stop(&self->server);
	EXPECT_TRUE(set_parameter(self->before[0]));
}

static void check_status(struct __test_metadata *_metadata, pid_t pid, bool force)
{
	char status[4096];

	ASSERT_LT(0, read_proc(pid, "status", status, sizeof(status)));
	for (size_t i = 0; i < ARRAY_SIZE(mitigations); i++) {
		const char *const line = line_of(&mitigations[i], state_of(&mitigations[i]), force);

		EXPECT_EQ(0, strncmp(line, field(status, mitigations[i].key), strlen(line))) {
			TH_LOG("%s%.30s", mitigations[i].key, field(status, mitigations[i].key));
		}
	}
}

TEST_F(mitigations, parameter_is_the_administrators)
{
	struct stat st;

	ASSERT_EQ(0, stat(PARAMETER, &st));
	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_TRUE(set_parameter('Y'));
	EXPECT_FALSE(set_parameter('x'));
}

TEST_F(mitigations, off_leaves_programs_alone)
{
	ASSERT_TRUE(set_parameter('N'));
	ASSERT_EQ(0, server_start(&self->server));
	check_status(_metadata, self->server.pid, false);
}

/*
 * No program runs that could read kernel memory; all others are kept from reading other
 * processes.
 */
TEST_F(mitigations, on_forces_what_can_be_forced)
{
	ASSERT_TRUE(set_parameter('Y'));
	EXPECT_EQ(self->open ? -EPERM : 0, server_start(&self->server));
	if (!self->open) {
		check_status(_metadata, self->server.pid, true);
		/* The parameter cannot be switched off again. */
		ASSERT_TRUE(set_parameter('N'));
		check_status(_metadata, self->server.pid, true);
	}
	check_status(_metadata, getpid(), false);
}

/* File errors come first: a refusal must name its true cause. */
TEST_F(mitigations, on_refuses_nothing_but_programs)
{
	struct image image;

	ASSERT_TRUE(set_parameter('Y'));
	IMAGE_INIT(&image, server_code);
	image.ehdr.e_machine = EM_386;
	EXPECT_EQ(-ENOEXEC, image_exit(&image));
	EXPECT_EQ(0, system("exit 0"));
}

/* A refused exec leaves the process as it was. */
TEST_F(mitigations, refusal_changes_nothing)
{
	struct image image;
	int fd, state[2];

	ASSERT_TRUE(set_parameter('Y'));
	IMAGE_INIT(&image, server_code);
	image.ehdr.e_machine = EM_386;
	fd = image_open(&image);
	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(mitigations); i++)
		state[i] = state_of(&mitigations[i]);
	EXPECT_EQ(-1, syscall(__NR_execveat, fd, "", (char *[]){ NULL }, (char *[]){ NULL },
			      AT_EMPTY_PATH));
	for (size_t i = 0; i < ARRAY_SIZE(mitigations); i++) {
		EXPECT_EQ(state[i], state_of(&mitigations[i]))
			TH_LOG("%s", mitigations[i].key);
	}
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	close(fd);
}

TEST_HARNESS_MAIN
