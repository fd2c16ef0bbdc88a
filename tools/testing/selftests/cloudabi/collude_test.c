// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Help from outside
 *
 * A Linux program of the same user tries to help a CloudABI program to get out.
 * The Linux program could do all the harm itself. The promise is that it gives
 * nothing beyond what it passes in openly: no other descriptor, no other right,
 * and no Linux call. The comment above each test says what is promised and what is
 * not.
 *
 * Related tests are in scm_native_test.c (descriptors that are echoed, taken by
 * pidfd_getfd() and added by seccomp), ptrace_test.c and race_test.c (directories
 * that move and become links during a path walk).
 */

#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "server.h"
#include "tracefs.h"

/* Descriptors of the program. */
#define DIR_FD 3
#define FILE_FD 4
#define SOCK_FD 5

#define STAT SERVER_ROOM
#define NAME (SERVER_ROOM + 0x40)
#define IOV (SERVER_ROOM + 0x100)
#define ARGS (SERVER_ROOM + 0x140)
#define RESULTS (SERVER_ROOM + 0x180)
#define FDS (SERVER_ROOM + 0x1c0)
#define DATA (SERVER_ROOM + 0x200)

#define SECRET "the secret"

FIXTURE(collude) {
	struct server server;
	char top[32];
	int dir, file, sock, its;
	/* Whether a helper shares root and working directory with the program. */
	bool shares;
	int orders[2], answers[2];
	pthread_t thread;
	bool stop;
};

static void make(const char *name, const char *text)
{
	const int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

/* Changes root and working directory on request. */
static void share(const FIXTURE_DATA(collude) *self)
{
	char path[64];

	if (syscall(__NR_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0))
		return;
	/* Close all other descriptors, so that nobody waits for their end of file. */
	dup2(self->orders[0], 0);
	dup2(self->answers[1], 1);
	close_range(2, ~0U, 0);
	while (read(0, path, sizeof(path)) == sizeof(path)) {
		const char failed = chdir(path) || chroot(path);

		if (write(1, &failed, 1) != 1)
			break;
	}
	_exit(0);
}

static void prepare(void *arg)
{
	const FIXTURE_DATA(collude) *const self = arg;
	const int fds[] = { self->dir, self->file, self->its };

	if (self->shares)
		share(self);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], 100 + i) < 0)
			_exit(253);
	for (int i = 0; i < 3; i++)
		if (dup2(100 + i, DIR_FD + i) < 0)
			_exit(253);
	close_range(DIR_FD + 3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int start(FIXTURE_DATA(collude) *self)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_FD_READ };
	const int error = server_start_with(&self->server, prepare, self);

	if (!error)
		poke(self->server.pid, STAT, &stat, sizeof(stat));
	return error;
}

/* top/secret, and root with a file and directories in it. */
FIXTURE_SETUP(collude)
{
	int socks[2];

	strcpy(self->top, "/tmp/collude-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->top));
	ASSERT_EQ(0, mount("collude", self->top, "tmpfs", 0, NULL));
	ASSERT_EQ(0, chdir(self->top));
	ASSERT_EQ(0, mkdir("other", 0777));
	ASSERT_EQ(0, mkdir("root", 0777));
	ASSERT_EQ(0, mkdir("root/dir", 0777));
	make("secret", SECRET);
	make("other/secret", SECRET);
	make("root/file", FIXTURE_TEXT);
	make("root/dir/file", FIXTURE_TEXT);
	self->dir = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	self->file = open("root/file", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks));
	self->sock = socks[0];
	self->its = socks[1];
	ASSERT_EQ(0, pipe2(self->orders, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->answers, O_CLOEXEC));
	ASSERT_EQ(0, start(self));
}

FIXTURE_TEARDOWN(collude)
{
	server_stop(&self->server);
	close(self->dir);
	close(self->file);
	close(self->sock);
	close(self->its);
	close(self->orders[1]);
	if (!chdir("/"))
		umount2(self->top, MNT_DETACH);
	rmdir(self->top);
}

/* Opens and closes a file beneath a descriptor of the program. */
static int64_t opens(FIXTURE_DATA(collude) *self, int64_t dir, const char *name)
{
	int64_t fd;

	poke(self->server.pid, NAME, name, strlen(name));
	fd = SERVER_CALL(&self->server, file_open, dir, NAME, strlen(name), 0, STAT);
	if (fd >= 0)
		SERVER_CALL(&self->server, fd_close, fd);
	return fd < 0 ? fd : 0;
}

/* The program receives one descriptor. */
static int64_t receives(FIXTURE_DATA(collude) *self)
{
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };
	const cloudabi_recv_in_t in = {
		.ri_data = (void *)IOV, .ri_data_len = 1,
		.ri_fds = (void *)FDS, .ri_fds_len = 1,
	};
	uint32_t fd = -1;
	int64_t error;

	poke(self->server.pid, IOV, &iov, sizeof(iov));
	poke(self->server.pid, ARGS, &in, sizeof(in));
	error = SERVER_CALL(&self->server, sock_recv, SOCK_FD, ARGS, RESULTS);
	peek(self->server.pid, FDS, &fd, sizeof(fd));
	return error ?: fd;
}

static int hand_in(FIXTURE_DATA(collude) *self, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { };
	struct iovec iov = { .iov_base = "h", .iov_len = 1 };
	const struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	return sendmsg(self->sock, &msg, 0) == 1 ? 0 : -errno;
}

static uint64_t base_of(FIXTURE_DATA(collude) *self, uint32_t fd)
{
	cloudabi_fdstat_t stat = { 0 };

	SERVER_CALL(&self->server, fd_stat_get, fd, RESULTS);
	peek(self->server.pid, RESULTS, &stat, sizeof(stat));
	return stat.fs_rights_base;
}

/* A duplicate without a right. */
static int64_t without(FIXTURE_DATA(collude) *self, uint32_t fd, uint64_t right)
{
	const int64_t copy = SERVER_CALL(&self->server, fd_dup, fd);
	const cloudabi_fdstat_t stat = { .fs_rights_base = base_of(self, copy) & ~right };

	poke(self->server.pid, RESULTS, &stat, sizeof(stat));
	return SERVER_CALL(&self->server, fd_stat_put, copy, RESULTS, CLOUDABI_FDSTAT_RIGHTS) ?:
	       copy;
}

static int64_t writes(FIXTURE_DATA(collude) *self, uint32_t fd)
{
	const cloudabi_ciovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };

	poke(self->server.pid, IOV, &iov, sizeof(iov));
	return SERVER_CALL(&self->server, fd_write, fd, IOV, 1);
}

/*
 * Not promised: that nobody passes in a larger directory. Promised: that directory
 * is a new descriptor with a floor of its own; the old descriptor leads no further
 * than before.
 */
TEST_F(collude, larger_directory_is_one_more_descriptor)
{
	const int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t fd;

	ASSERT_EQ(0, hand_in(self, top));
	fd = receives(self);
	ASSERT_LT(SOCK_FD, fd);
	EXPECT_EQ(0, opens(self, fd, "secret"));
	EXPECT_EQ(0, opens(self, fd, "root/../secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, fd, "../secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "../secret"));
	close(top);
}

/*
 * Not promised: that the helper does not reopen the file through /proc and pass
 * that in. Promised: the program's own descriptor stays unchanged.
 */
TEST_F(collude, file_that_is_opened_again_leaves_the_descriptor)
{
	char path[64];
	int64_t fd, other;
	int file;

	fd = without(self, FILE_FD, CLOUDABI_RIGHT_FD_WRITE);
	ASSERT_LT(SOCK_FD, fd);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", self->server.pid, (int)fd);
	file = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, hand_in(self, file));
	other = receives(self);
	ASSERT_LT(fd, other);
	EXPECT_EQ(1, writes(self, other));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, writes(self, fd));
	EXPECT_EQ(REGULAR_BASE & ~CLOUDABI_RIGHT_FD_WRITE, base_of(self, fd));
	close(file);
}

/*
 * Not promised: all users of an open file share its flags, so a helper that has it
 * can clear APPEND. Promised: the program still can neither choose where it writes
 * nor set flags.
 */
TEST_F(collude, shared_flags_give_no_right)
{
	int64_t fd;

	ASSERT_EQ(0, fcntl(self->file, F_SETFL, O_APPEND));
	fd = without(self, FILE_FD, CLOUDABI_RIGHT_FD_SEEK | CLOUDABI_RIGHT_FD_STAT_PUT_FLAGS);
	ASSERT_LT(SOCK_FD, fd);
	ASSERT_EQ(0, fcntl(self->file, F_SETFL, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  SERVER_CALL(&self->server, fd_seek, fd, 0, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  SERVER_CALL(&self->server, fd_stat_put, fd, STAT, CLOUDABI_FDSTAT_FLAGS));
}

/*
 * Not promised: that nobody mounts within the directory. Promised: a mount is part
 * of the tree, and its ".." is its mount point, not its origin.
 */
TEST_F(collude, mount_within_is_no_way_out)
{
	ASSERT_EQ(0, mount("other", "root/dir", NULL, MS_BIND, NULL));
	EXPECT_EQ(0, opens(self, DIR_FD, "dir/secret"));
	EXPECT_EQ(-CLOUDABI_ENOENT, opens(self, DIR_FD, "dir/../secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "dir/../../secret"));
	EXPECT_EQ(0, opens(self, DIR_FD, "dir/../file"));
	ASSERT_EQ(0, umount2("root/dir", MNT_DETACH));
}

/* Promised: a floor that was unmounted has no parent, and still has its files. */
TEST_F(collude, unmounted_floor_is_a_floor)
{
	int64_t fd;

	ASSERT_EQ(0, mount("other", "root/dir", NULL, MS_BIND, NULL));
	poke(self->server.pid, NAME, "dir", 3);
	fd = SERVER_CALL(&self->server, file_open, DIR_FD, NAME, 3, CLOUDABI_O_DIRECTORY, RESULTS);
	EXPECT_LT(SOCK_FD, fd);
	ASSERT_EQ(0, umount2("root/dir", MNT_DETACH));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "dir/../../secret"));
	EXPECT_EQ(-CLOUDABI_ENOENT, opens(self, DIR_FD, "dir/secret"));
	ASSERT_EQ(0, umount2(self->top, MNT_DETACH));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "../secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, ".."));
	EXPECT_EQ(0, opens(self, DIR_FD, "file"));
	EXPECT_EQ(0, opens(self, DIR_FD, "dir/../file"));
}

static void *mount_on_and_on(void *arg)
{
	FIXTURE_DATA(collude) *const self = arg;

	while (!__atomic_load_n(&self->stop, __ATOMIC_SEQ_CST)) {
		if (mount("other", "root/dir", NULL, MS_BIND, NULL))
			break;
		umount2("root/dir", MNT_DETACH);
		rename("root/dir", "moved");
		rename("moved", "root/dir");
	}
	return NULL;
}

/* Repeats for some seconds; @i counts from 0. */
#define FOR_EACH_ROUND(i) \
	for (unsigned long i = 0, end_ = time(NULL) + 3; time(NULL) < end_; i++)

static void stop_thread(FIXTURE_DATA(collude) *self)
{
	__atomic_store_n(&self->stop, true, __ATOMIC_SEQ_CST);
	pthread_join(self->thread, NULL);
}

/* Promised: neither mounts nor moves are a way out during a path walk. */
TEST_F(collude, mounts_and_moves_while_walking)
{
	static const char *const names[] = {
		"dir/../secret", "dir/../../secret", "dir/../other/secret", "dir/../../../secret",
	};
	unsigned int inside = 0;

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, mount_on_and_on, self));
	FOR_EACH_ROUND(i) {
		EXPECT_GT(0, opens(self, DIR_FD, names[i % ARRAY_SIZE(names)]));
		inside += !opens(self, DIR_FD, "dir/../file");
	}
	stop_thread(self);
	EXPECT_NE(0, inside);
}

/* Calls that change the directory of a name, each with the name "dir/NAME". */

static int64_t creates(FIXTURE_DATA(collude) *self, const char *name)
{
	poke(self->server.pid, NAME, name, strlen(name));
	return SERVER_CALL(&self->server, file_create, DIR_FD, NAME, strlen(name),
			   CLOUDABI_FILETYPE_DIRECTORY);
}

static int64_t removes(FIXTURE_DATA(collude) *self, const char *name)
{
	poke(self->server.pid, NAME, name, strlen(name));
	return SERVER_CALL(&self->server, file_unlink, DIR_FD, NAME, strlen(name),
			   CLOUDABI_UNLINK_REMOVEDIR);
}

static int64_t links(FIXTURE_DATA(collude) *self, const char *name)
{
	poke(self->server.pid, DATA, "file", 4);
	poke(self->server.pid, NAME, name, strlen(name));
	return SERVER_CALL(&self->server, file_link, DIR_FD, DATA, 4, DIR_FD, NAME, strlen(name));
}

static int64_t symlinks(FIXTURE_DATA(collude) *self, const char *name)
{
	poke(self->server.pid, DATA, "file", 4);
	poke(self->server.pid, NAME, name, strlen(name));
	return SERVER_CALL(&self->server, file_symlink, DATA, 4, DIR_FD, NAME, strlen(name));
}

static int64_t moves(FIXTURE_DATA(collude) *self, const char *from, const char *to)
{
	poke(self->server.pid, NAME, from, strlen(from));
	poke(self->server.pid, DATA, to, strlen(to));
	return SERVER_CALL(&self->server, file_rename, DIR_FD, NAME, strlen(from), DIR_FD, DATA,
			   strlen(to));
}

static void make_links(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, mkdir("root/dir/real", 0777));
	ASSERT_EQ(0, mkdir("root/dir/other", 0777));
	ASSERT_EQ(0, symlink("real", "root/dir/link"));
	ASSERT_EQ(0, symlink("new", "root/dir/dangling"));
}

/*
 * Promised: no call follows a link that must not be followed, even with a trailing
 * slash. Otherwise, "link/" means the directory.
 */
static void expect_followed_by_none(struct __test_metadata *_metadata,
				    FIXTURE_DATA(collude) *self, int error)
{
	EXPECT_EQ(error, opens(self, DIR_FD, "dir/link/"));
	EXPECT_EQ(error, removes(self, "dir/link/"));
	EXPECT_EQ(error, moves(self, "dir/link/", "dir/moved"));
	EXPECT_EQ(error, moves(self, "dir/other", "dir/link/"));
	EXPECT_EQ(error, creates(self, "dir/dangling/"));
	EXPECT_EQ(error, creates(self, "dir/dangling///"));
	EXPECT_EQ(error, symlinks(self, "dir/link/"));
	EXPECT_EQ(error, links(self, "dir/dangling/"));
	EXPECT_EQ(0, access("root/dir/real", F_OK));
	EXPECT_EQ(0, access("root/dir/other", F_OK));
	EXPECT_EQ(-1, access("root/dir/new", F_OK));
}

static void expect_followed_by_all(struct __test_metadata *_metadata,
				   FIXTURE_DATA(collude) *self)
{
	EXPECT_EQ(-CLOUDABI_EEXIST, symlinks(self, "dir/link/"));
	EXPECT_EQ(0, moves(self, "dir/other", "dir/link/"));
	EXPECT_EQ(-1, access("root/dir/other", F_OK));
	EXPECT_EQ(0, moves(self, "dir/link/", "dir/moved"));
	EXPECT_EQ(0, access("root/dir/moved", F_OK));
	EXPECT_EQ(0, creates(self, "dir/dangling/"));
	EXPECT_EQ(0, access("root/dir/new", F_OK));
	EXPECT_EQ(0, removes(self, "dir/dangling/"));
	EXPECT_EQ(-1, access("root/dir/new", F_OK));
}

TEST_F(collude, links_of_a_mount_where_none_is_followed)
{
	ASSERT_EQ(0, mount("links", "root/dir", "tmpfs", MS_NOSYMFOLLOW, NULL));
	make_links(_metadata);
	expect_followed_by_none(_metadata, self, -CLOUDABI_ELOOP);
	ASSERT_EQ(0, mount(NULL, "root/dir", NULL, MS_REMOUNT | MS_BIND, NULL));
	expect_followed_by_all(_metadata, self);
	ASSERT_EQ(0, umount2("root/dir", MNT_DETACH));
}

/* Returns the previous value of the setting, or -1. */
static int set_protected_symlinks(int value)
{
	const int fd = open("/proc/sys/fs/protected_symlinks", O_RDWR | O_CLOEXEC);
	const char digit = '0' + value;
	char before;
	bool done;

	done = pread(fd, &before, 1, 0) == 1 && pwrite(fd, &digit, 1, 0) == 1;
	close(fd);
	return done ? before - '0' : -1;
}

TEST_F(collude, links_that_others_have_planted)
{
	const int before = set_protected_symlinks(1);

	ASSERT_LE(0, before);
	make_links(_metadata);
	ASSERT_EQ(0, lchown("root/dir/link", 1, 1));
	ASSERT_EQ(0, lchown("root/dir/dangling", 1, 1));
	ASSERT_EQ(0, chmod("root/dir", 01777));
	expect_followed_by_none(_metadata, self, -CLOUDABI_EACCES);

	/* The directory's owner may follow it. */
	ASSERT_EQ(0, chown("root/dir", 1, 1));
	EXPECT_EQ(-CLOUDABI_EEXIST, symlinks(self, "dir/link/"));
	ASSERT_EQ(0, chown("root/dir", 0, 0));
	EXPECT_EQ(1, set_protected_symlinks(0));
	expect_followed_by_all(_metadata, self);
	EXPECT_LE(0, set_protected_symlinks(before));
}

/* Alternates between the program's own link and a planted link under the same name. */
static void *swap_links(void *arg)
{
	FIXTURE_DATA(collude) *const self = arg;

	while (!__atomic_load_n(&self->stop, __ATOMIC_SEQ_CST))
		renameat2(AT_FDCWD, "root/dir/link", AT_FDCWD, "root/dir/spare", RENAME_EXCHANGE);
	return NULL;
}

/* Promised: the walk follows the link that was checked. */
TEST_F(collude, links_that_change_in_flight)
{
	const int before = set_protected_symlinks(1);
	unsigned int own = 0, planted = 0;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, mkdir("root/dir/victim", 0777));
	ASSERT_EQ(0, symlink("nothing", "root/dir/link"));
	ASSERT_EQ(0, symlink("victim", "root/dir/spare"));
	ASSERT_EQ(0, lchown("root/dir/spare", 1, 1));
	ASSERT_EQ(0, chmod("root/dir", 01777));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, swap_links, self));
	FOR_EACH_ROUND(i) {
		const int64_t error = removes(self, "dir/link/");

		EXPECT_NE(0, error);
		own += error == -CLOUDABI_ENOENT;
		planted += error == -CLOUDABI_EACCES;
		if (!error)
			mkdir("root/dir/victim", 0777);
	}
	stop_thread(self);
	EXPECT_NE(0, own);
	EXPECT_NE(0, planted);
	EXPECT_LE(0, set_protected_symlinks(before));
}

static void *write_names(void *arg)
{
	FIXTURE_DATA(collude) *const self = arg;
	const int memory = open_memory(self->server.pid);

	while (!__atomic_load_n(&self->stop, __ATOMIC_SEQ_CST)) {
		pwrite(memory, "dir/file\0", 9, NAME);
		pwrite(memory, "../secret", 9, NAME);
	}
	close(memory);
	return NULL;
}

/*
 * Not promised: who else can write the memory. Promised: the name that is checked
 * is the name that is used.
 */
TEST_F(collude, names_that_change_in_flight)
{
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 16 };

	poke(self->server.pid, IOV, &iov, sizeof(iov));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, write_names, self));
	FOR_EACH_ROUND(i) {
		const int64_t fd = SERVER_CALL(&self->server, file_open, DIR_FD, NAME, 8 + i % 2,
					       0, STAT);
		char text[16] = "";

		if (fd < 0)
			continue;
		EXPECT_EQ(16, SERVER_CALL(&self->server, fd_read, fd, IOV, 1));
		peek(self->server.pid, DATA, text, sizeof(text));
		EXPECT_EQ(0, memcmp(text, FIXTURE_TEXT, sizeof(text)));
		SERVER_CALL(&self->server, fd_close, fd);
	}
	stop_thread(self);
}

/* The program tells the kernel where to put a probe. */
static int64_t probes(FIXTURE_DATA(collude) *self, int64_t fd, const char *text)
{
	const cloudabi_ciovec_t iov = { .buf = (void *)DATA, .buf_len = strlen(text) };

	poke(self->server.pid, IOV, &iov, sizeof(iov));
	poke(self->server.pid, DATA, text, strlen(text));
	return SERVER_CALL(&self->server, fd_write, fd, IOV, 1);
}

/*
 * Not promised: that nobody passes in a file through which the kernel takes path
 * names. Promised: the kernel does not look them up on behalf of the program.
 */
TEST_F(collude, names_that_the_kernel_is_told)
{
	struct tracefs tracefs;
	char text[128], path[64], byte;
	int file;

	ASSERT_EQ(0, tracefs_start(&tracefs));
	snprintf(text, sizeof(text), "p:collude %s/root/file:0x0\n", self->top);
	ASSERT_EQ(0, tracefs_put(&tracefs, "uprobe_events", text));
	ASSERT_EQ(0, tracefs_put(&tracefs, "uprobe_events", ""));
	snprintf(path, sizeof(path), "%s/uprobe_events", tracefs.dir);
	file = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, hand_in(self, file));
	EXPECT_GT(0, probes(self, receives(self), text));
	EXPECT_EQ(0, read(file, &byte, 1));
	close(file);
	tracefs_stop(&tracefs);
}

/*
 * Promised: root and working directory mean nothing to the program, even if it
 * shares them with a process that changes them.
 */
TEST_F(collude, shared_root_means_nothing)
{
	char path[64] = "", failed;

	server_stop(&self->server);
	self->shares = true;
	ASSERT_EQ(0, start(self));
	snprintf(path, sizeof(path), "%s/other", self->top);
	ASSERT_EQ(sizeof(path), write(self->orders[1], path, sizeof(path)));
	ASSERT_EQ(1, read(self->answers[0], &failed, 1));
	ASSERT_EQ(0, failed);
	EXPECT_EQ(0, opens(self, DIR_FD, "file"));
	EXPECT_EQ(-CLOUDABI_ENOENT, opens(self, DIR_FD, "secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "/secret"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, opens(self, DIR_FD, "../secret"));
	EXPECT_EQ(-CLOUDABI_EBADF, opens(self, AT_FDCWD, "secret"));
}

/*
 * Not promised: that a file keeps its size. Promised: a call that touches memory
 * beyond the end of the file fails, and nothing else happens.
 */
TEST_F(collude, truncated_file_under_a_mapping)
{
	const int64_t mem = SERVER_CALL(&self->server, mem_map, 0, 4096,
					CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
					CLOUDABI_MAP_SHARED, FILE_FD, 0);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, SERVER_CALL(&self->server, random_get, mem, 8));
	ASSERT_EQ(0, ftruncate(self->file, 0));
	EXPECT_EQ(-CLOUDABI_EFAULT, SERVER_CALL(&self->server, random_get, mem, 8));
	EXPECT_EQ(0, SERVER_CALL(&self->server, thread_yield));
}

/* Promised: a running program cannot be changed through its file. */
TEST_F(collude, running_program_cannot_be_changed)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", self->server.pid);
	EXPECT_EQ(-1, open(path, O_WRONLY | O_CLOEXEC));
	EXPECT_EQ(ETXTBSY, errno);
	EXPECT_EQ(-1, truncate(path, 0));
	EXPECT_EQ(ETXTBSY, errno);
	EXPECT_EQ(0, SERVER_CALL(&self->server, thread_yield));
}

/* Promised: limits that a helper raises limit numbers, and give no right. */
TEST_F(collude, raised_limits_give_no_right)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int64_t fd;

	fd = without(self, FILE_FD, CLOUDABI_RIGHT_FILE_ALLOCATE);
	ASSERT_LT(SOCK_FD, fd);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (i != RLIMIT_NOFILE)
			EXPECT_EQ(0, prlimit(self->server.pid, i, &limit, NULL));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  SERVER_CALL(&self->server, file_allocate, fd, 0, 4096));
	EXPECT_EQ(-CLOUDABI_ENOSYS, server_call6(&self->server, 160, 0, 0, 0, 0, 0, 0));
}

/*
 * A debugger controls the program. Promised: the debugger can only choose calls of
 * CloudABI with the program's descriptors.
 */

CODE(waits, "1: mov $48, %eax\nsyscall\njmp 1b\n");

static pid_t traced(int flags)
{
	struct image image;
	pid_t pid;
	int status;

	IMAGE_INIT(&image, waits);
	image_fix(&image);
	pid = image_trace(&image, NULL, NULL);
	if (pid > 0 && flags &&
	    (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid))
		return -1;
	return pid;
}

/* The tracee runs @code in the 64-bit or 32-bit segment; returns how it ends. */
static int inject(const void *code, size_t len, unsigned long cs, unsigned long rax)
{
	const pid_t pid = traced(0);
	struct user_regs_struct regs;
	int status;

	if (pid < 0 || ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return -1;
	/* ptrace writes to executable memory, as for a breakpoint. */
	if (poke(pid, regs.rip, code, len) != (ssize_t)len)
		return -1;
	regs.cs = cs ?: regs.cs;
	regs.rax = rax;
	regs.rbx = 77;
	regs.rdi = 77;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) || ptrace(PTRACE_DETACH, pid, NULL, NULL) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(injected_native_call_is_none)
{
	/* "syscall; ud2" with the numbers of exit_group, exit and execve. */
	EXPECT_EQ(KILLED_BY(SIGILL), inject("\x0f\x05\x0f\x0b", 4, 0, 231));
	EXPECT_EQ(KILLED_BY(SIGILL), inject("\x0f\x05\x0f\x0b", 4, 0, 60));
	EXPECT_EQ(KILLED_BY(SIGILL), inject("\x0f\x05\x0f\x0b", 4, 0, 59));
	EXPECT_EQ(KILLED_BY(SIGILL), inject("\x0f\x05\x0f\x0b", 4, 0, 0x40000000 | 231));
	/* Positive check that the injected code runs: proc_exit() of the table. */
	EXPECT_EQ(77, inject("\x0f\x05\x0f\x0b", 4, 0, CLOUDABI_NR_proc_exit));
}

TEST(injected_int80_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), inject("\xcd\x80\x0f\x0b", 4, 0, 1));
}

TEST(injected_segment_is_no_way_out)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), inject("\xcd\x80\x0f\x0b", 4, 0x23, 1));
}

/* At the entry of a call, every number in turn. */
TEST(changed_numbers_are_of_the_table)
{
	static const long numbers[] = {
		CLOUDABI_NR_CALLS, 57, 59, 62, 101, 157, 165, 219, 231, 257, 322, 425, 438, 462,
		0x40000000, 0x40000000 | 257, 1L << 32 | 257, -2,
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const pid_t pid = traced(1);
		struct user_regs_struct regs;
		int status;

		ASSERT_LT(0, pid);
		ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		regs.orig_rax = numbers[i];
		regs.rdi = AT_FDCWD;
		ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, NULL, &regs));
		ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		EXPECT_EQ(CLOUDABI_ENOSYS, regs.rax) TH_LOG("%ld", numbers[i]);
		EXPECT_EQ(FLAG_CF, regs.eflags & FLAG_CF);
		end(pid);
	}
}

TEST_HARNESS_MAIN
