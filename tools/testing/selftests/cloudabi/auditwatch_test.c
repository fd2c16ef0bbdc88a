// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Audit rules for a type of access
 *
 * Each file operation runs twice, as a CloudABI call and as the Linux call, under
 * a rule for each permission in turn. Audit must record both alike, except for the
 * few operations that Linux does not classify.
 */

#include <linux/falloc.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "audit.h"
#include "server.h"

#define R AUDIT_PERM_READ
#define W AUDIT_PERM_WRITE
#define A AUDIT_PERM_ATTR
#define X AUDIT_PERM_EXEC

/*
 * The server's descriptor of the directory, and the addresses of its structures and
 * names.
 */
#define DIR_FD 3
#define NAME1 SERVER_ROOM
#define NAME2 (SERVER_ROOM + 0x100)
#define STRUCT (SERVER_ROOM + 0x200)

#define RIGHT(name) CLOUDABI_RIGHT_##name
#define RIGHTS_BOTH (RIGHT(FD_READ) | RIGHT(FD_WRITE))

FIXTURE(watch) {
	int socket;
	struct server server;
	char dir[32];
	int fd;
	/* Descriptor of a file in that directory, in both processes. */
	int file;
	int64_t server_file;
};

/* Audit ignores processes that exist before it is first enabled. */
__attribute__((constructor)) static void enable_audit(void)
{
	const int fd = audit_start();

	if (fd >= 0)
		audit_stop(fd);
}

static void take_directory(void *arg)
{
	FIXTURE_DATA(watch) *const self = arg;

	if (dup2(dup(self->fd), DIR_FD) != DIR_FD)
		_exit(253);
}

static int64_t open_file(FIXTURE_DATA(watch) *self, const char *name, uint64_t oflags,
			 cloudabi_rights_t base)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = base };

	poke(self->server.pid, STRUCT, &stat, sizeof(stat));
	poke(self->server.pid, NAME1, name, strlen(name));
	return SERVER_CALL(&self->server, file_open, DIR_FD, NAME1, strlen(name), oflags, STRUCT);
}

static int make(FIXTURE_DATA(watch) *self, const char *name)
{
	return mknodat(self->fd, name, S_IFREG | 0644, 0);
}

FIXTURE_SETUP(watch)
{
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("tmpfs", self->dir, "tmpfs", 0, NULL));
	self->fd = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, make(self, "file"));
	ASSERT_EQ(0, symlinkat("file", self->fd, "link"));
	self->file = openat(self->fd, "file", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);

	ASSERT_EQ(0, server_start_with(&self->server, take_directory, self));
	self->server_file = open_file(self, "file", 0, RIGHTS_BOTH |
				      RIGHT(FILE_STAT_FPUT_SIZE) |
				      RIGHT(FILE_STAT_FPUT_TIMES) | RIGHT(FILE_ALLOCATE));
	ASSERT_LT(0, self->server_file);
	self->socket = audit_start();
	ASSERT_LE(0, self->socket);
}

FIXTURE_TEARDOWN(watch)
{
	audit_stop(self->socket);
	server_stop(&self->server);
	close(self->file);
	close(self->fd);
	umount(self->dir);
	rmdir(self->dir);
}

/* Rules */

struct rule {
	struct audit_rule_data data;
	char text[64];
};

static void add_field(struct rule *rule, uint32_t field, uint32_t value)
{
	const uint32_t i = rule->data.field_count++;

	rule->data.fields[i] = field;
	rule->data.fieldflags[i] = AUDIT_EQUAL;
	rule->data.values[i] = value;
}

/*
 * Like auditctl -w PATH -p PERM -F pid=PID; all permissions together mean no
 * restriction.
 */
static void init_rule(struct rule *rule, uint32_t field, const char *path, uint32_t perm,
		      pid_t pid)
{
	memset(rule, 0, sizeof(*rule));
	rule->data.flags = AUDIT_FILTER_EXIT;
	rule->data.action = AUDIT_ALWAYS;
	memset(rule->data.mask, 0xff, sizeof(rule->data.mask));
	strcpy(rule->text, path);
	rule->data.buflen = strlen(path);
	add_field(rule, field, strlen(path));
	add_field(rule, AUDIT_PERM, perm);
	add_field(rule, AUDIT_PID, pid);
}

static int send_rule(FIXTURE_DATA(watch) *self, int type, const struct rule *rule)
{
	return audit_request(self->socket, type, rule, sizeof(rule->data) + rule->data.buflen);
}

/*
 * Returns how many records of a process arrived since the previous call. Records
 * arrive in order, so the test sends a message of its own and reads up to that.
 * Returns a negative number if the message does not arrive.
 */
static int count_records(FIXTURE_DATA(watch) *self, pid_t pid)
{
	static unsigned int serial;
	struct audit_message message;
	char mark[32], who[32];
	int n = 0;

	snprintf(mark, sizeof(mark), "cloudabi-mark-%u", serial++);
	snprintf(who, sizeof(who), " pid=%d ", pid);
	message.head = (struct nlmsghdr){
		.nlmsg_len = NLMSG_SPACE(sizeof(mark)),
		.nlmsg_type = AUDIT_USER,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	memcpy(message.data, mark, sizeof(mark));
	if (send(self->socket, &message, message.head.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		memset(&message, 0, sizeof(message));
		if (audit_receive(self->socket, &message, 60000))
			return -ETIMEDOUT;
		if (message.head.nlmsg_type == AUDIT_USER && strstr(message.data, mark))
			return n;
		n += message.head.nlmsg_type == AUDIT_SYSCALL && strstr(message.data, who);
	}
}

/* An operation: returns 0 or more, or a negative errno. */

typedef int64_t action(FIXTURE_DATA(watch) *self);

#define NATIVE(name, expression) \
	static int64_t name##_native(FIXTURE_DATA(watch) *self) { return expression; }
#define OURS(name, expression) \
	static int64_t name##_ours(FIXTURE_DATA(watch) *self) { return expression; }

/* For a call with one name: the arguments after the name. */
#define WITH_NAME(call, fd, name, ...) ({                                               \
	poke(self->server.pid, NAME1, name, strlen(name));                              \
	SERVER_CALL(&self->server, call, fd, NAME1, strlen(name), ##__VA_ARGS__);       \
})
#define WITH_NAMES(call, name1, name2) ({                                               \
	poke(self->server.pid, NAME1, name1, strlen(name1));                            \
	poke(self->server.pid, NAME2, name2, strlen(name2));                            \
	SERVER_CALL(&self->server, call, DIR_FD, NAME1, strlen(name1), DIR_FD, NAME2,   \
		    strlen(name2));                                                     \
})

#define OPENS(name, ours_flags, rights, native_flags)                          \
	OURS(name, open_file(self, "file", ours_flags, rights))                \
	NATIVE(name, openat(self->fd, "file", (native_flags) | O_CLOEXEC, 0644))
#define MAKES(name, rights, native_flags)                                                       \
	OURS(name, open_file(self, "new", CLOUDABI_O_CREAT, rights))                            \
	NATIVE(name, openat(self->fd, "new", O_CREAT | (native_flags) | O_CLOEXEC, 0644))

OPENS(open_to_read, 0, RIGHT(FD_READ), O_RDONLY)
OPENS(open_to_execute, 0, RIGHT(PROC_EXEC), O_RDONLY)
OPENS(open_to_write, 0, RIGHT(FD_WRITE), O_WRONLY)
OPENS(open_for_both, 0, RIGHTS_BOTH, O_RDWR)
OPENS(open_to_cut, CLOUDABI_O_TRUNC, RIGHT(FD_WRITE), O_WRONLY | O_TRUNC)
OPENS(open_what_there_is, CLOUDABI_O_CREAT, RIGHT(FD_READ), O_RDONLY | O_CREAT)
OPENS(open_to_read_and_cut, CLOUDABI_O_TRUNC, RIGHT(FD_READ), O_RDONLY | O_TRUNC)
MAKES(make_to_write, RIGHT(FD_WRITE), O_WRONLY)
MAKES(make_to_read, RIGHT(FD_READ), O_RDONLY)

OURS(mkdir, WITH_NAME(file_create, DIR_FD, "new", CLOUDABI_FILETYPE_DIRECTORY))
NATIVE(mkdir, mkdirat(self->fd, "new", 0755))
OURS(link, WITH_NAMES(file_link, "file", "new"))
NATIVE(link, linkat(self->fd, "file", self->fd, "new", 0))
OURS(rename, WITH_NAMES(file_rename, "old", "new"))
NATIVE(rename, renameat(self->fd, "old", self->fd, "new"))
OURS(unlink, WITH_NAME(file_unlink, DIR_FD, "old", 0))
NATIVE(unlink, unlinkat(self->fd, "old", 0))
OURS(rmdir, WITH_NAME(file_unlink, DIR_FD, "olddir", CLOUDABI_UNLINK_REMOVEDIR))
NATIVE(rmdir, unlinkat(self->fd, "olddir", AT_REMOVEDIR))
OURS(readlink, WITH_NAME(file_readlink, DIR_FD, "link", NAME2, 0x100))
OURS(stat, WITH_NAME(file_stat_get, DIR_FD, "file", STRUCT))
OURS(times, WITH_NAME(file_stat_put, DIR_FD, "file", STRUCT, CLOUDABI_FILESTAT_MTIM_NOW))
NATIVE(times, utimensat(self->fd, "file", NULL, 0))
OURS(file_times, SERVER_CALL(&self->server, file_stat_fput, self->server_file, STRUCT,
			     CLOUDABI_FILESTAT_MTIM_NOW))
NATIVE(file_times, futimens(self->file, NULL))
OURS(allocate, SERVER_CALL(&self->server, file_allocate, self->server_file, 0, 100))
NATIVE(allocate, fallocate(self->file, 0, 0, 100))
NATIVE(truncate, ftruncate(self->file, 0))
OURS(write, SERVER_CALL(&self->server, fd_write, self->server_file, STRUCT, 0))
NATIVE(write, write(self->file, "", 0))

static int64_t symlink_ours(FIXTURE_DATA(watch) *self)
{
	poke(self->server.pid, NAME1, "file", 4);
	poke(self->server.pid, NAME2, "new", 3);
	return SERVER_CALL(&self->server, file_symlink, NAME1, 4, DIR_FD, NAME2, 3);
}

NATIVE(symlink, symlinkat("file", self->fd, "new"))

static int64_t readlink_native(FIXTURE_DATA(watch) *self)
{
	char buf[16];

	return readlinkat(self->fd, "link", buf, sizeof(buf));
}

static int64_t stat_native(FIXTURE_DATA(watch) *self)
{
	struct stat stat;

	return fstatat(self->fd, "file", &stat, 0);
}

static int64_t truncate_ours(FIXTURE_DATA(watch) *self)
{
	const cloudabi_filestat_t stat = { };

	poke(self->server.pid, STRUCT, &stat, sizeof(stat));
	return SERVER_CALL(&self->server, file_stat_fput, self->server_file, STRUCT,
			   CLOUDABI_FILESTAT_SIZE);
}

/* Operations, with the permissions whose rules match: for CloudABI, and for Linux. */
static const struct {
	const char *name;
	action *ours, *native;
	uint32_t perms, native_perms;
} actions[] = {
#define ACTION(name, ...) { #name, name##_ours, name##_native, __VA_ARGS__ }
	ACTION(open_to_read, R, R),
	ACTION(open_to_execute, R, R),
	ACTION(open_to_write, W, W),
	ACTION(open_for_both, R | W, R | W),
	ACTION(open_to_cut, W, W),
	ACTION(open_what_there_is, R, R),
	ACTION(make_to_write, W, W),
	ACTION(mkdir, W, W),
	ACTION(link, W | A, W | A),
	ACTION(rename, W, W),
	ACTION(symlink, W, W),
	ACTION(unlink, W, W),
	ACTION(rmdir, W, W),
	ACTION(readlink, R, R),
	ACTION(stat, 0, 0),
	ACTION(write, 0, 0),
	/* Linux does not classify these changes. */
	ACTION(open_to_read_and_cut, R | W, R),
	ACTION(make_to_read, R | W, R),
	ACTION(times, A, 0),
	ACTION(file_times, A, 0),
	ACTION(truncate, W, 0),
	ACTION(allocate, W, 0),
};

static const uint32_t perms[] = { R, W, A, X };

/* Whether a rule records the operation: 1, 0, or a negative errno. */
static int seen(FIXTURE_DATA(watch) *self, action *act, uint32_t perm, pid_t pid)
{
	struct rule rule;
	int64_t result;
	int n;

	unlinkat(self->fd, "new", 0);
	unlinkat(self->fd, "new", AT_REMOVEDIR);
	make(self, "old");
	mkdirat(self->fd, "olddir", 0755);
	init_rule(&rule, AUDIT_DIR, self->dir, perm, pid);
	if (send_rule(self, AUDIT_ADD_RULE, &rule) || count_records(self, pid))
		return -1000;
	result = act(self);
	n = count_records(self, pid);
	if (send_rule(self, AUDIT_DEL_RULE, &rule))
		return -1001;
	return result < 0 ? result : n;
}

/* The process that makes the Linux call: audit exempts this process, its daemon. */
static struct {
	pid_t pid;
	int go[2];
} twin;

static int64_t let_twin_act(FIXTURE_DATA(watch) *self)
{
	int status;

	if (write(twin.go[1], "x", 1) != 1 || waitpid(twin.pid, &status, 0) != twin.pid)
		return -1002;
	return status ? -1003 : 0;
}

static int seen_native(FIXTURE_DATA(watch) *self, action *act, uint32_t perm)
{
	char c;
	int ret;

	if (pipe2(twin.go, O_CLOEXEC))
		return -errno;
	twin.pid = fork();
	if (!twin.pid) {
		close(twin.go[1]);
		_exit(read(twin.go[0], &c, 1) != 1 || act(self) < 0);
	}
	ret = seen(self, let_twin_act, perm, twin.pid);
	close(twin.go[0]);
	close(twin.go[1]);
	return ret;
}

TEST_F(watch, rule_with_a_permission_sees_what_is_done)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		for (size_t j = 0; j < ARRAY_SIZE(perms); j++) {
			EXPECT_EQ(!!(actions[i].perms & perms[j]),
				  seen(self, actions[i].ours, perms[j], self->server.pid))
				TH_LOG("%s, permission %u", actions[i].name, perms[j]);
			EXPECT_EQ(!!(actions[i].native_perms & perms[j]),
				  seen_native(self, actions[i].native, perms[j]))
				TH_LOG("%s of Linux, permission %u", actions[i].name, perms[j]);
		}
}

/* auditctl -w FILE -p wa */
TEST_F(watch, watch_of_a_file_sees_it_opened_for_writing_and_removed)
{
	const pid_t pid = self->server.pid;
	struct rule rule;
	char path[64];

	ASSERT_EQ(0, make(self, "old"));
	snprintf(path, sizeof(path), "%s/old", self->dir);
	init_rule(&rule, AUDIT_WATCH, path, W | A, pid);
	ASSERT_EQ(0, send_rule(self, AUDIT_ADD_RULE, &rule));
	ASSERT_EQ(0, count_records(self, pid));
	ASSERT_LT(0, open_file(self, "file", 0, RIGHT(FD_WRITE)));
	ASSERT_LT(0, open_file(self, "old", 0, RIGHT(FD_READ)));
	EXPECT_EQ(0, count_records(self, pid));
	ASSERT_LT(0, open_file(self, "old", 0, RIGHT(FD_WRITE)));
	EXPECT_EQ(1, count_records(self, pid));
	ASSERT_EQ(0, unlink_ours(self));
	EXPECT_EQ(1, count_records(self, pid));
	EXPECT_EQ(0, send_rule(self, AUDIT_DEL_RULE, &rule));
}

/* A call refused for lack of a right is still recorded as an attempt. */
TEST_F(watch, rule_without_a_path_sees_attempts)
{
	const pid_t pid = self->server.pid;
	struct rule rule;

	init_rule(&rule, AUDIT_DIR, self->dir, W, pid);
	/* Remove the directory, which is the first field. */
	rule.data.buflen = 0;
	rule.data.field_count--;
	memmove(rule.data.fields, rule.data.fields + 1, 2 * sizeof(uint32_t));
	memmove(rule.data.values, rule.data.values + 1, 2 * sizeof(uint32_t));
	ASSERT_EQ(0, send_rule(self, AUDIT_ADD_RULE, &rule));
	ASSERT_EQ(0, count_records(self, pid));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_file(self, "file", 0, RIGHT(FD_WRITE) | 1ULL << 62));
	EXPECT_EQ(1, count_records(self, pid));
	/* A record does not depend on the previous call. */
	EXPECT_EQ(-CLOUDABI_EFAULT, SERVER_CALL(&self->server, file_open, DIR_FD, NAME1, 4, 0, 8));
	EXPECT_EQ(0, count_records(self, pid));
	EXPECT_EQ(-CLOUDABI_ENOSYS, server_call6(&self->server, 1000, 0, 0, 0, 0, 0, 0));
	EXPECT_EQ(0, count_records(self, pid));
	EXPECT_EQ(0, send_rule(self, AUDIT_DEL_RULE, &rule));
}

/* The rule's architecture says which numbers it means. */
TEST_F(watch, rule_with_a_number_sees_that_call)
{
	const pid_t pid = self->server.pid;
	struct rule rule;

	ASSERT_EQ(0, make(self, "old"));
	init_rule(&rule, AUDIT_DIR, self->dir, W, pid);
	memset(rule.data.mask, 0, sizeof(rule.data.mask));
	rule.data.mask[CLOUDABI_NR_file_unlink / 32] = 1 << CLOUDABI_NR_file_unlink % 32;
	add_field(&rule, AUDIT_ARCH, CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64));
	ASSERT_EQ(0, send_rule(self, AUDIT_ADD_RULE, &rule));
	ASSERT_EQ(0, count_records(self, pid));
	ASSERT_EQ(0, mkdir_ours(self));
	EXPECT_EQ(0, count_records(self, pid));
	ASSERT_EQ(0, unlink_ours(self));
	EXPECT_EQ(1, count_records(self, pid));
	EXPECT_EQ(0, send_rule(self, AUDIT_DEL_RULE, &rule));
}

/* Execution */

CODE(exits, EXIT_WITH(7));

static int make_program(FIXTURE_DATA(watch) *self)
{
	const int fd = openat(self->fd, "program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct image image;
	ssize_t done;

	IMAGE_INIT(&image, exits);
	done = write(fd, image.bytes, image.size);
	close(fd);
	return done == (ssize_t)image.size ? 0 : -1;
}

static void exec_ours(FIXTURE_DATA(watch) *self, int64_t fd)
{
	const struct regs regs = {
		.rax = CLOUDABI_NR_proc_exec, .rdi = fd, .rsp = SERVER_STACK, .flags = 2,
	};
	int status;

	server_send(&self->server, &regs);
	waitpid(self->server.pid, &status, 0);
	self->server.pid = 0;
}

TEST_F(watch, rule_for_execution_sees_proc_exec)
{
	const pid_t pid = self->server.pid;
	struct rule rule;
	int64_t fd;

	ASSERT_EQ(0, make_program(self));
	fd = open_file(self, "program", 0, RIGHT(PROC_EXEC));
	ASSERT_LT(0, fd);
	init_rule(&rule, AUDIT_DIR, self->dir, X, pid);
	ASSERT_EQ(0, send_rule(self, AUDIT_ADD_RULE, &rule));
	ASSERT_EQ(0, count_records(self, pid));
	exec_ours(self, fd);
	EXPECT_EQ(1, count_records(self, pid));
	EXPECT_EQ(0, send_rule(self, AUDIT_DEL_RULE, &rule));
}

/*
 * The record has the native architecture, although the task is a CloudABI task by
 * then.
 */
TEST_F(watch, rule_for_execution_sees_execve_of_a_program)
{
	static char *const nothing[] = { NULL };
	int status, go[2];
	struct rule rule;
	pid_t pid;
	char c;

	ASSERT_EQ(0, make_program(self));
	ASSERT_EQ(0, pipe2(go, O_CLOEXEC));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (read(go[0], &c, 1) == 1)
			syscall(__NR_execveat, self->fd, "program", nothing, nothing, 0);
		_exit(255);
	}
	init_rule(&rule, AUDIT_DIR, self->dir, X, pid);
	EXPECT_EQ(0, send_rule(self, AUDIT_ADD_RULE, &rule));
	EXPECT_EQ(0, count_records(self, pid));
	ASSERT_EQ(1, write(go[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(7 << 8, status);
	EXPECT_EQ(1, count_records(self, pid));
	EXPECT_EQ(0, send_rule(self, AUDIT_DEL_RULE, &rule));
	close(go[0]);
	close(go[1]);
}

TEST_HARNESS_MAIN
