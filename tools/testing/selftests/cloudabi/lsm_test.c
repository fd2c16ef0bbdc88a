// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Other security modules
 *
 * A program has at most the rights of its descriptors, and at most what
 * Landlock leaves to it if Landlock confines its parent.  Landlock is tested
 * because it needs no policy.  Each test also runs without Landlock, to show
 * that Landlock makes the difference.
 */

#include <linux/landlock.h>
#include <linux/lsm.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "server.h"

/* The server's descriptors.  Descriptors below TOP are those that it starts with. */
#define TOP 20
#define OPENED 21
#define PROGRAM(subdir) (22 + (subdir))

#define STAT SERVER_ROOM
#define IOV (SERVER_ROOM + 0x40)
#define LIST (SERVER_ROOM + 0x80)
#define NAME1 (SERVER_ROOM + 0x100)
#define NAME2 (SERVER_ROOM + 0x200)
#define DATA (SERVER_ROOM + 0x300)

/* All access rights to files and directories that Landlock handles. */
#define ALL (LANDLOCK_ACCESS_FS_IOCTL_DEV - 1)

/* Directories beneath the top directory, and what Landlock allows in each. */
#define SUBDIRS(SUBDIR)                                                               \
	SUBDIR(OPEN, "open", ALL)                                                     \
	SUBDIR(FREE, "free", ALL & ~LANDLOCK_ACCESS_FS_REFER)                         \
	SUBDIR(LOOK, "look", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR) \
	SUBDIR(SHUT, "shut", 0)

enum subdir {
#define SUBDIR_NR(name, ...) name,
	SUBDIRS(SUBDIR_NR)
	COUNT
};

static const struct {
	const char *name;
	uint64_t access;
} subdirs[] = {
#define SUBDIR_ROW(nr, text, allowed) \
	[nr] = { text, allowed },
	SUBDIRS(SUBDIR_ROW)
};

FIXTURE(confined) {
	char dir[32];
	int top, opened, programs[COUNT], ruleset;
	struct server server;
};

FIXTURE_VARIANT(confined) {
	bool landlock;
};

FIXTURE_VARIANT_ADD(confined, by_rights) {
	.landlock = false,
};

FIXTURE_VARIANT_ADD(confined, by_rights_and_landlock) {
	.landlock = true,
};

static int make_file(int dir, const char *name, mode_t mode, const void *data, size_t len)
{
	const int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	const bool written = fd >= 0 && write(fd, data, len) == (ssize_t)len;

	close(fd);
	return written ? 0 : -errno;
}

/* Makes a directory with a file, a directory, and a program that is opened. */
static int make_subdir(FIXTURE_DATA(confined) *self, enum subdir subdir)
{
	struct image image;
	int dir, fd = -1;

	IMAGE_INIT(&image, server_code);
	image_fix(&image);
	if (mkdirat(self->top, subdirs[subdir].name, 0755))
		return -errno;
	dir = openat(self->top, subdirs[subdir].name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && !make_file(dir, "file", 0644, "text", 4) &&
	    !make_file(dir, "other", 0644, "text", 4) &&
	    !make_file(dir, "program", 0755, image.bytes, image.size) &&
	    !symlinkat("../shut/file", dir, "link"))
		fd = openat(dir, "program", O_RDONLY | O_CLOEXEC);
	close(dir);
	return fd;
}

static int make_ruleset(FIXTURE_DATA(confined) *self)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = ALL };
	const int ruleset = syscall(__NR_landlock_create_ruleset, &attr, sizeof(attr), 0);

	for (int i = 0; ruleset >= 0 && i < COUNT; i++) {
		struct landlock_path_beneath_attr rule = { .allowed_access = subdirs[i].access };
		int error;

		if (!rule.allowed_access)
			continue;
		rule.parent_fd = openat(self->top, subdirs[i].name, O_PATH | O_CLOEXEC);
		error = syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
				0);
		close(rule.parent_fd);
		if (error)
			return -1;
	}
	return ruleset;
}

static void give(int from, int to)
{
	if (dup2(from, to) != to)
		_exit(253);
}

static void prepare(void *arg)
{
	const FIXTURE_DATA(confined) *const self = arg;

	give(self->top, TOP);
	give(self->opened, OPENED);
	for (int i = 0; i < COUNT; i++)
		give(self->programs[i], PROGRAM(i));
	if (self->ruleset >= 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
				   syscall(__NR_landlock_restrict_self, self->ruleset, 0)))
		_exit(253);
	close_range(PROGRAM(COUNT), ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Returns a duplicate above the descriptors that the server gets. */
static int out_of_the_way(int fd)
{
	const int far = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	close(fd);
	return far;
}

FIXTURE_SETUP(confined)
{
	self->ruleset = -1;
	strcpy(self->dir, "/tmp/lsm-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	self->top = out_of_the_way(open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	ASSERT_LE(0, self->top);
	for (int i = 0; i < COUNT; i++) {
		self->programs[i] = out_of_the_way(make_subdir(self, i));
		ASSERT_LE(0, self->programs[i]);
	}
	self->opened = out_of_the_way(openat(self->top, "shut/file", O_RDWR | O_CLOEXEC));
	ASSERT_LE(0, self->opened);
	if (variant->landlock) {
		self->ruleset = out_of_the_way(make_ruleset(self));
		ASSERT_LE(0, self->ruleset);
	}
	ASSERT_EQ(0, server_start_with(&self->server, prepare, self));
}

FIXTURE_TEARDOWN(confined)
{
	static const char *const names[] = {
		"file", "other", "program", "link", "linked", "new",
	};
	char path[64];

	server_stop(&self->server);
	for (int i = 0; i < COUNT; i++) {
		close(self->programs[i]);
		for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
			snprintf(path, sizeof(path), "%s/%s", subdirs[i].name, names[j]);
			if (unlinkat(self->top, path, 0))
				unlinkat(self->top, path, AT_REMOVEDIR);
		}
		unlinkat(self->top, subdirs[i].name, AT_REMOVEDIR);
	}
	close(self->opened);
	close(self->ruleset);
	close(self->top);
	rmdir(self->dir);
}

/* The result of an operation that Landlock denies and that succeeds without it. */
#define DENIED(error) (variant->landlock ? -CLOUDABI_E##error : 0)

/* Stores a name in the server; returns its length. */
static size_t put_name(struct server *server, uint64_t at, const char *name)
{
	const size_t len = strlen(name);

	if (poke(server->pid, at, name, len) != (ssize_t)len)
		abort();
	return len;
}

/* Opens a file and closes it; returns 0 or a negative errno. */
static int64_t open_from(struct server *server, uint64_t dir, const char *name, unsigned int oflags,
			 cloudabi_rights_t rights)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = rights };
	const cloudabi_lookup_t lookup = { dir, CLOUDABI_LOOKUP_SYMLINK_FOLLOW };
	const size_t len = put_name(server, NAME1, name);
	uint64_t from;
	int64_t fd;

	memcpy(&from, &lookup, sizeof(from));
	if (poke(server->pid, STAT, &stat, sizeof(stat)) != sizeof(stat))
		abort();
	fd = SERVER_CALL(server, file_open, from, NAME1, len, oflags, STAT);
	return fd < 0 ? fd : SERVER_CALL(server, fd_close, fd);
}

#define OPEN_NAME(name, oflags, rights) open_from(&self->server, TOP, name, oflags, rights)

TEST_F(confined, opens_what_both_allow)
{
	EXPECT_EQ(0, OPEN_NAME("open/file", 0, R(FD_READ)));
	EXPECT_EQ(0, OPEN_NAME("open/file", 0, R(FD_WRITE)));
	EXPECT_EQ(0, OPEN_NAME("open", CLOUDABI_O_DIRECTORY, R(FILE_READDIR)));
	EXPECT_EQ(0, OPEN_NAME("open/file", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	EXPECT_EQ(0, OPEN_NAME("open/new", CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, R(FD_WRITE)));

	EXPECT_EQ(0, OPEN_NAME("look/file", 0, R(FD_READ)));
	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("look/file", 0, R(FD_WRITE)));
	EXPECT_EQ(0, OPEN_NAME("look", CLOUDABI_O_DIRECTORY, R(FILE_READDIR)));
	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("look/file", CLOUDABI_O_TRUNC, R(FD_READ)));
	EXPECT_EQ(DENIED(ACCES),
		  OPEN_NAME("look/new", CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, R(FD_READ)));

	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("shut/file", 0, R(FD_READ)));
	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("open/../shut/file", 0, R(FD_READ)));
	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("open/link", 0, R(FD_READ)));
	EXPECT_EQ(DENIED(ACCES), OPEN_NAME("shut", CLOUDABI_O_DIRECTORY, R(FILE_READDIR)));
}

#define PROTECTED "/proc/sys/fs/protected_symlinks"

static int put_setting(const char *text)
{
	const int fd = open(PROTECTED, O_WRONLY | O_CLOEXEC);
	const bool written = fd >= 0 && write(fd, text, 1) == 1;

	close(fd);
	return written ? 0 : -errno;
}

/* Links that another user made in a world-writable sticky directory */
TEST_F(confined, follows_no_link_that_is_protected)
{
	const char *const name = "open/sticky/link/";
	char before[2] = "";
	size_t len;
	int fd;

	ASSERT_EQ(0, mkdirat(self->top, "open/sticky", 0));
	ASSERT_EQ(0, fchmodat(self->top, "open/sticky", 01777, 0));
	ASSERT_EQ(0, mkdirat(self->top, "open/sticky/dir", 0755));
	ASSERT_EQ(0, symlinkat("dir", self->top, "open/sticky/link"));
	ASSERT_EQ(0, fchownat(self->top, "open/sticky/link", 1, 1, AT_SYMLINK_NOFOLLOW));
	fd = open(PROTECTED, O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(1, read(fd, before, 1));
	close(fd);
	len = put_name(&self->server, NAME1, name);

	EXPECT_EQ(0, put_setting("1"));
	EXPECT_EQ(-CLOUDABI_EACCES, SERVER_CALL(&self->server, file_unlink, TOP, NAME1, len,
						CLOUDABI_UNLINK_REMOVEDIR));
	EXPECT_EQ(0, put_setting("0"));
	EXPECT_EQ(0, SERVER_CALL(&self->server, file_unlink, TOP, NAME1, len,
				 CLOUDABI_UNLINK_REMOVEDIR));

	EXPECT_EQ(0, put_setting(before));
	unlinkat(self->top, "open/sticky/dir", AT_REMOVEDIR);
	unlinkat(self->top, "open/sticky/link", 0);
	unlinkat(self->top, "open/sticky", AT_REMOVEDIR);
}

/* Landlock and rights must both allow the operation.  Rights are checked first. */
TEST_F(confined, opens_nothing_that_the_rights_do_not_allow)
{
	const cloudabi_fdstat_t none = { .fs_rights_base = R(FILE_STAT_GET) };
	const int64_t dir = SERVER_CALL(&self->server, fd_dup, TOP);

	ASSERT_LE(0, dir);
	poke(self->server.pid, STAT, &none, sizeof(none));
	ASSERT_EQ(0, SERVER_CALL(&self->server, fd_stat_put, dir, STAT, CLOUDABI_FDSTAT_RIGHTS));

	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_from(&self->server, dir, "open/file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, open_from(&self->server, dir, "shut/file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, OPEN_NAME("../etc/passwd", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, OPEN_NAME("shut/../../etc", 0, R(FD_READ)));
}

static int64_t make_dir(struct server *server, const char *name)
{
	return SERVER_CALL(server, file_create, TOP, NAME1, put_name(server, NAME1, name),
			   CLOUDABI_FILETYPE_DIRECTORY);
}

static int64_t make_link(struct server *server, const char *name)
{
	return SERVER_CALL(server, file_symlink, NAME2, put_name(server, NAME2, "file"), TOP, NAME1,
			   put_name(server, NAME1, name));
}

static int64_t unlink_name(struct server *server, const char *name, cloudabi_ulflags_t flags)
{
	return SERVER_CALL(server, file_unlink, TOP, NAME1, put_name(server, NAME1, name), flags);
}

static int64_t rename_name(struct server *server, const char *from, const char *to)
{
	return SERVER_CALL(server, file_rename, TOP, NAME1, put_name(server, NAME1, from), TOP,
			   NAME2, put_name(server, NAME2, to));
}

static int64_t link_name(struct server *server, const char *from, const char *to)
{
	return SERVER_CALL(server, file_link, TOP, NAME1, put_name(server, NAME1, from), TOP,
			   NAME2, put_name(server, NAME2, to));
}

TEST_F(confined, makes_and_removes_what_both_allow)
{
	struct server *const server = &self->server;

	EXPECT_EQ(0, make_dir(server, "open/new"));
	EXPECT_EQ(DENIED(ACCES), make_dir(server, "look/new"));
	EXPECT_EQ(0, unlink_name(server, "open/new", CLOUDABI_UNLINK_REMOVEDIR));
	EXPECT_EQ(0, make_link(server, "open/new"));
	EXPECT_EQ(DENIED(ACCES), make_link(server, "shut/new"));
	EXPECT_EQ(0, unlink_name(server, "open/other", 0));
	EXPECT_EQ(DENIED(ACCES), unlink_name(server, "shut/other", 0));
}

/* Landlock refuses a move to a directory where more may be done with the file. */
TEST_F(confined, moves_what_both_allow)
{
	struct server *const server = &self->server;

	EXPECT_EQ(0, rename_name(server, "open/file", "open/new"));
	EXPECT_EQ(DENIED(XDEV), rename_name(server, "open/new", "free/new"));
	EXPECT_EQ(DENIED(XDEV), link_name(server, "open/other", "free/linked"));
	EXPECT_EQ(DENIED(ACCES), rename_name(server, "open/other", "shut/new"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, rename_name(server, "free/file", "../new"));
}

/* Landlock does not change what the rights of an open descriptor allow. */
TEST_F(confined, uses_what_it_was_given)
{
	const cloudabi_filestat_t size = { .st_size = 2 };
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 8 };
	struct server *const server = &self->server;

	poke(server->pid, IOV, &iov, sizeof(iov));
	EXPECT_EQ(4, SERVER_CALL(server, fd_pread, OPENED, IOV, 1, 0));
	poke(server->pid, STAT, &size, sizeof(size));
	EXPECT_EQ(0, SERVER_CALL(server, file_stat_fput, OPENED, STAT, CLOUDABI_FILESTAT_SIZE));
	EXPECT_EQ(2, SERVER_CALL(server, fd_pread, OPENED, IOV, 1, 0));
}

/*
 * Makes the server execute a server in a new process image, with the same descriptors for its
 * requests and TOP as descriptor 2.  Returns 0 or the negative errno.
 */
static int64_t execute(struct server *server, enum subdir subdir)
{
	static const uint32_t list[] = { 0, 1, TOP };
	static const struct regs yield = {
		.rax = CLOUDABI_NR_thread_yield, .rsp = SERVER_STACK, .flags = 2,
	};
	const struct regs exec = {
		.rax = CLOUDABI_NR_proc_exec, .rdi = PROGRAM(subdir), .r10 = LIST, .r8 = 3,
		.rsp = SERVER_STACK, .flags = 2,
	};
	struct regs result;
	int64_t error;

	if (poke(server->pid, LIST, list, sizeof(list)) != sizeof(list))
		abort();
	/*
	 * If the call fails, the old server answers with an error; otherwise the new one
	 * answers.
	 */
	server_send(server, &exec);
	server_send(server, &yield);
	if (!server_receive(server, &result))
		return -1000;
	if (!(result.flags & FLAG_CF))
		return 0;
	error = -(int64_t)result.rax;
	return server_receive(server, &result) ? error : -1000;
}

TEST_F(confined, executes_what_both_allow)
{
	ASSERT_EQ(0, execute(&self->server, OPEN));
	/* The new program is confined like the old one. */
	EXPECT_EQ(0, open_from(&self->server, 2, "open/file", 0, R(FD_WRITE)));
	EXPECT_EQ(DENIED(ACCES), open_from(&self->server, 2, "look/file", 0, R(FD_WRITE)));
	EXPECT_EQ(DENIED(ACCES), open_from(&self->server, 2, "shut/file", 0, R(FD_READ)));
}

TEST_F(confined, executes_nothing_where_landlock_lets_it_look_only)
{
	EXPECT_EQ(DENIED(ACCES), execute(&self->server, LOOK));
}

TEST_F(confined, executes_nothing_where_landlock_lets_it_do_nothing)
{
	EXPECT_EQ(DENIED(ACCES), execute(&self->server, SHUT));
}

/* Descriptors 0 and 1 carry requests. */
#define SOCKET 2

static void give_socket(void *socket)
{
	give(*(int *)socket, SOCKET);
}

static uint32_t next_event(int watch)
{
	struct inotify_event event = { };

	return read(watch, &event, sizeof(event)) == sizeof(event) ? event.mask : 0;
}

/* fanotify and LSM hooks see a socket being read and written like a file. */
TEST(sockets_are_watched_like_files)
{
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };
	const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct server server;
	char path[32];
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pair[0]);
	ASSERT_LT(0, inotify_add_watch(watch, path, IN_ACCESS | IN_MODIFY));
	ASSERT_EQ(0, server_start_with(&server, give_socket, &pair[0]));
	poke(server.pid, IOV, &iov, sizeof(iov));

	EXPECT_EQ(0, next_event(watch));
	EXPECT_EQ(1, SERVER_CALL(&server, fd_write, SOCKET, IOV, 1));
	EXPECT_EQ(IN_MODIFY, next_event(watch));
	ASSERT_EQ(1, write(pair[1], "x", 1));
	EXPECT_EQ(0, next_event(watch));
	EXPECT_EQ(1, SERVER_CALL(&server, fd_read, SOCKET, IOV, 1));
	EXPECT_EQ(IN_ACCESS, next_event(watch));

	server_stop(&server);
	close(watch);
	close(pair[0]);
	close(pair[1]);
}

#define ID 0x43414249

/* Our module is enabled whatever lsm= says, and follows all modules that are not LSM_ORDER_LAST. */
TEST(module_is_on_and_last)
{
	uint64_t ids[32];
	uint32_t size = sizeof(ids);
	const long n = syscall(__NR_lsm_list_modules, ids, &size, 0);
	long i = 0;

	ASSERT_LT(1, n);
	EXPECT_EQ(LSM_ID_CAPABILITY, ids[0]);
	while (i < n && ids[i] != ID)
		i++;
	ASSERT_LT(i, n);
	while (++i < n)
		EXPECT_TRUE(ids[i] == LSM_ID_IMA || ids[i] == LSM_ID_EVM) TH_LOG("%lu", ids[i]);
}

TEST_HARNESS_MAIN
