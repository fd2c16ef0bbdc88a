// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Authority that a program inherits, and what /proc shows of it
 */

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "server.h"

FIXTURE(running) {
	struct server server;
	char status[4096];
};

FIXTURE_SETUP(running)
{
	ASSERT_EQ(0, server_start(&self->server));
	ASSERT_LT(0, read_proc(self->server.pid, "status", self->status, sizeof(self->status)));
}

FIXTURE_TEARDOWN(running)
{
	server_stop(&self->server);
}

static unsigned long capabilities(const char *status, const char *name)
{
	return strtoul(field(status, name), NULL, 16);
}

TEST_F(running, has_no_capability)
{
	static const char *const sets[] = {
		"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t", "CapAmb:\t",
	};
	char own[4096];

	/* The parent has it. */
	ASSERT_LT(0, read_proc(getpid(), "status", own, sizeof(own)));
	ASSERT_NE(0, capabilities(own, "CapEff:\t"));
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		EXPECT_EQ(0, strncmp(field(self->status, sets[i]), "0000000000000000\n", 17))
			TH_LOG("%s", sets[i]);
	}
}

TEST_F(running, has_no_new_privileges)
{
	EXPECT_EQ(1, atoi(field(self->status, "NoNewPrivs:\t")));
}

TEST_F(running, is_marked)
{
	char own[4096];

	EXPECT_EQ(CLOUDABI_VERSION, atoi(field(self->status, "CloudABI:\t")));
	ASSERT_LT(0, read_proc(getpid(), "status", own, sizeof(own)));
	EXPECT_STREQ("", field(own, "CloudABI:\t"));
}

TEST_F(running, leaves_the_parent_as_it_was)
{
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EXPECT_EQ(1, prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0));
}

/* Keeps capabilities by every means that a parent has. */
static void keep_capabilities(void *unused)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		_exit(253);
	for (int i = 0; i < 2; i++)
		data[i].inheritable = data[i].permitted;
	if (syscall(SYS_capset, &header, data) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0) ||
	    prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS))
		_exit(253);
}

TEST(kept_capabilities_are_gone_as_well)
{
	struct server server;
	char status[4096];

	ASSERT_EQ(0, server_start_with(&server, keep_capabilities, NULL));
	ASSERT_LT(0, read_proc(server.pid, "status", status, sizeof(status)));
	EXPECT_EQ(0, capabilities(status, "CapInh:\t"));
	EXPECT_EQ(0, capabilities(status, "CapPrm:\t"));
	EXPECT_EQ(0, capabilities(status, "CapEff:\t"));
	EXPECT_EQ(0, capabilities(status, "CapAmb:\t"));
	server_stop(&server);
}

#define NOBODY 65534

static void become_nobody(void *unused)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		_exit(253);
}

/* Creates an executable file with an owner and a mode; the caller unlinks it. */
static int make_program(char *name, uid_t owner, mode_t mode)
{
	struct image image;
	int fd;

	strcpy(name, "/tmp/cloudabi-XXXXXX");
	fd = mkstemp(name);
	IMAGE_INIT(&image, server_code);
	image_fix(&image);
	if (fd < 0 || write(fd, image.bytes, image.size) != (ssize_t)image.size ||
	    fchown(fd, owner, owner) || fchmod(fd, mode))
		return -1;
	close(fd);
	return open(name, O_PATH | O_CLOEXEC);
}

struct identity {
	int real, effective, saved, filesystem;
};

/* Runs the file, a server that exits at once, to read its credentials. */
static int identities(int fd, const struct start *start, struct identity *user,
		      struct identity *group)
{
	char status[4096];
	const pid_t pid = start_fd(fd, start);
	int ret = 0;

	if (pid < 0)
		return pid;
	if (!falls_asleep(pid) || read_proc(pid, "status", status, sizeof(status)) < 0 ||
	    sscanf(field(status, "Uid:\t"), "%d %d %d %d", &user->real, &user->effective,
		   &user->saved, &user->filesystem) != 4 ||
	    sscanf(field(status, "Gid:\t"), "%d %d %d %d", &group->real, &group->effective,
		   &group->saved, &group->filesystem) != 4)
		ret = -1;
	end(pid);
	return ret;
}

/* Sleeps in fd_read() of descriptor 0, a pipe. */
static void read_pipe(void *arg)
{
	const struct start *const inner = arg;
	int fds[2];

	if (pipe(fds))
		_exit(253);
	dup2(fds[0], 0);
	if (inner)
		inner->prepare(inner->arg);
}

TEST(set_user_id_bit_of_root_is_ignored)
{
	const struct start nobody = { .prepare = become_nobody };
	const struct start start = { .prepare = read_pipe, .arg = (void *)&nobody };
	struct identity user, group;
	char name[32];
	const int fd = make_program(name, 0, 06755);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, identities(fd, &start, &user, &group));
	EXPECT_EQ(NOBODY, user.real);
	EXPECT_EQ(NOBODY, user.effective);
	EXPECT_EQ(NOBODY, user.saved);
	EXPECT_EQ(NOBODY, user.filesystem);
	EXPECT_EQ(NOBODY, group.effective);
	close(fd);
	unlink(name);
}

TEST(set_user_id_bit_of_another_is_ignored)
{
	const struct start start = { .prepare = read_pipe };
	struct identity user, group;
	char name[32];
	const int fd = make_program(name, NOBODY, 06755);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, identities(fd, &start, &user, &group));
	EXPECT_EQ(0, user.real);
	EXPECT_EQ(0, user.effective);
	EXPECT_EQ(0, user.saved);
	EXPECT_EQ(0, group.effective);
	close(fd);
	unlink(name);
}

TEST(user_without_privileges_can_run_programs)
{
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, become_nobody, NULL));
	EXPECT_EQ(0, SERVER_CALL(&server, thread_yield));
	server_stop(&server);
}

/* Rights in /proc/PID/fdinfo */

static bool shown_rights(pid_t pid, int fd, uint64_t *base, uint64_t *inheriting)
{
	char name[32], text[4096];

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	return read_proc(pid, name, text, sizeof(text)) > 0 &&
	       sscanf(field(text, "cloudabi-base:\t"), "0x%16lx\n", base) == 1 &&
	       sscanf(field(text, "cloudabi-inheriting:\t"), "0x%16lx\n", inheriting) == 1;
}

/* The server's descriptors besides the pipes 0 and 1. */
#define DIR_FD 3
#define FILE_FD 4

static void open_some(void *arg)
{
	const int dir = open(arg, O_RDONLY | O_DIRECTORY);
	const int file = open(arg, O_RDWR | O_TMPFILE, 0600);

	umask(022);
	if (dup2(dir, DIR_FD + 100) < 0 || dup2(file, FILE_FD + 100) < 0 ||
	    dup2(DIR_FD + 100, DIR_FD) < 0 || dup2(FILE_FD + 100, FILE_FD) < 0)
		_exit(253);
	close_range(FILE_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

FIXTURE(opened) {
	struct server server;
	char dir[32];
};

FIXTURE_SETUP(opened)
{
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, server_start_with(&self->server, open_some, self->dir));
}

FIXTURE_TEARDOWN(opened)
{
	char name[64];

	server_stop(&self->server);
	snprintf(name, sizeof(name), "%s/new", self->dir);
	unlink(name);
	rmdir(self->dir);
}

TEST_F(opened, rights_are_shown)
{
	uint64_t base, inheriting;

	ASSERT_TRUE(shown_rights(self->server.pid, DIR_FD, &base, &inheriting));
	EXPECT_EQ(DIRECTORY_BASE, base);
	EXPECT_EQ(DIRECTORY_INHERITING, inheriting);
	ASSERT_TRUE(shown_rights(self->server.pid, FILE_FD, &base, &inheriting));
	EXPECT_EQ(REGULAR_BASE, base);
	EXPECT_EQ(0, inheriting);
	ASSERT_TRUE(shown_rights(self->server.pid, 0, &base, &inheriting));
	EXPECT_EQ(SOCKET_BASE & ~R(FD_WRITE), base);
	EXPECT_EQ(SOCKET_INHERITING, inheriting);
}

TEST_F(opened, rights_are_shown_as_they_become)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = R(FILE_OPEN),
		.fs_rights_inheriting = R(FD_READ),
	};
	uint64_t base, inheriting;
	int64_t fd;

	ASSERT_EQ(sizeof(stat), poke(self->server.pid, SERVER_ROOM, &stat, sizeof(stat)));
	fd = SERVER_CALL(&self->server, fd_dup, DIR_FD);
	ASSERT_LT(DIR_FD, fd);
	ASSERT_TRUE(shown_rights(self->server.pid, fd, &base, &inheriting));
	EXPECT_EQ(DIRECTORY_BASE, base);
	EXPECT_EQ(0, SERVER_CALL(&self->server, fd_stat_put, fd, SERVER_ROOM,
				 CLOUDABI_FDSTAT_RIGHTS));
	ASSERT_TRUE(shown_rights(self->server.pid, fd, &base, &inheriting));
	EXPECT_EQ(R(FILE_OPEN), base);
	EXPECT_EQ(R(FD_READ), inheriting);
	EXPECT_EQ(0, SERVER_CALL(&self->server, fd_close, fd));
	EXPECT_FALSE(shown_rights(self->server.pid, fd, &base, &inheriting));
}

TEST_F(opened, rights_of_natives_are_not_shown)
{
	char text[4096];

	ASSERT_LT(0, read_proc(getpid(), "fdinfo/1", text, sizeof(text)));
	EXPECT_NULL(strstr(text, "cloudabi"));
}

/*
 * file_open() creates "new" beneath the directory; returns its mode or a negative
 * errno.
 */
static int created_mode(FIXTURE_DATA(opened) *self)
{
	const cloudabi_fdstat_t fdstat = { .fs_rights_base = R(FD_READ) };
	struct stat st;
	char name[64];
	int64_t fd;

	poke(self->server.pid, SERVER_ROOM, &fdstat, sizeof(fdstat));
	poke(self->server.pid, SERVER_ROOM + 64, "new", 3);
	fd = SERVER_CALL(&self->server, file_open, DIR_FD, SERVER_ROOM + 64, 3, CLOUDABI_O_CREAT,
			 SERVER_ROOM);
	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "%s/new", self->dir);
	return stat(name, &st) ? -1 : st.st_mode & 07777;
}

/*
 * Descriptors that a program creates are close-on-exec, in case it executes another
 * program.
 */
TEST_F(opened, new_descriptors_are_close_on_exec)
{
	char name[32], text[4096];
	const int64_t fd = SERVER_CALL(&self->server, fd_dup, FILE_FD);

	ASSERT_LT(FILE_FD, fd);
	snprintf(name, sizeof(name), "fdinfo/%ld", fd);
	ASSERT_LT(0, read_proc(self->server.pid, name, text, sizeof(text)));
	EXPECT_NE(0, strtoul(field(text, "flags:\t"), NULL, 8) & O_CLOEXEC);
}

TEST_F(opened, file_mode_is_less_the_mask)
{
	/* The umask is inherited. */
	EXPECT_EQ(0777 & ~022, created_mode(self));
}

TEST_HARNESS_MAIN
