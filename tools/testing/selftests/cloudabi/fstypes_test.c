// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - File systems that are control interfaces, and file systems of data
 *
 * Some file systems control the kernel or other processes. A program changes
 * nothing there, whatever its user and its rights: it cannot write files, nor
 * create, rename or remove names, because these operations have side effects. File
 * systems of data can be changed. Each test mounts a file system or a part of it,
 * and runs a program that has its root directory with all rights.
 */

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "fuse.h"
#include "server.h"

/* Descriptors of the server: the root directory, and the file opened for writing. */
#define ROOT_FD 20
#define FILE_FD 21
/* Descriptors of the test itself have higher numbers. */
#define FIRST_TEST_FD 100

#define STAT SERVER_ROOM
#define IOV (SERVER_ROOM + 0x40)
#define NAME1 (SERVER_ROOM + 0x100)
#define NAME2 (SERVER_ROOM + 0x200)
#define DATA (SERVER_ROOM + 0x300)

#define NOBODY 65534

/* A file system mounted for a test, and the names in it. */
struct test_fs {
	const char *type, *options;
	/* Names beneath its root: directory for new names, a file, a directory. */
	const char *new_dir, *file, *dir;
	uid_t user;
	char top[32], new_name[64];
	bool made_file, made_dir;
	int root, fd;
	/* The FUSE server, if the test serves the file system. */
	struct fuse *fuse;
	struct server server;
};

static void make_names(struct test_fs *fs)
{
	if (fs->dir)
		fs->made_dir = !mkdirat(fs->root, fs->dir, 0755);
	if (fs->file) {
		int fd = openat(fs->root, fs->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
				0600);

		fs->made_file = fd >= 0;
		close(fd);
		fd = openat(fs->root, fs->file, O_WRONLY | O_CLOEXEC);
		fs->fd = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_TEST_FD);
		close(fd);
	}
	snprintf(fs->new_name, sizeof(fs->new_name), "%snew", fs->new_dir);
	if (fs->user) {
		fchownat(fs->root, fs->dir, fs->user, fs->user, 0);
		if (fs->file)
			fchownat(fs->root, fs->file, fs->user, fs->user, 0);
	}
}

/* Prepares the program's environment before exec. */
static void prepare(void *arg)
{
	const struct test_fs *const fs = arg;

	if (dup2(fs->root, ROOT_FD) < 0 || (fs->fd >= 0 && dup2(fs->fd, FILE_FD) < 0) ||
	    setresgid(fs->user, fs->user, fs->user) ||
	    setresuid(fs->user, fs->user, fs->user))
		_exit(253);
}

/* Mounts an overlay whose layers are beneath @top. */
static int mount_overlay(const char *top)
{
	char options[256];

	if (mount("none", top, "tmpfs", 0, NULL) || chdir(top) || mkdir("lower", 0755) ||
	    mkdir("upper", 0755) || mkdir("work", 0755) || chdir("/"))
		return -1;
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
		 top, top, top);
	return mount("none", top, "overlay", 0, options);
}

static int mount_fs(const struct test_fs *fs)
{
	if (!strcmp(fs->type, "overlay"))
		return mount_overlay(fs->top);
	if (fs->fuse)
		return fuse_mount(fs->fuse, fs->top);
	return mount("none", fs->top, fs->type, 0, fs->options);
}

/* Mounts in a private namespace and starts the program; returns 0 or an errno. */
static int start(struct test_fs *fs)
{
	int root;

	snprintf(fs->top, sizeof(fs->top), "/tmp/fstypes-XXXXXX");
	fs->root = -1;
	fs->fd = -1;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(fs->top) || mount_fs(fs))
		return errno;
	root = open(fs->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fs->root = fcntl(root, F_DUPFD_CLOEXEC, FIRST_TEST_FD);
	if (fs->root < 0)
		return errno;
	close(root);
	make_names(fs);
	return -server_start_with(&fs->server, prepare, fs);
}

static void stop(struct test_fs *fs)
{
	server_stop(&fs->server);
	/* Remove the new name in case an operation wrongly created it. */
	if (unlinkat(fs->root, fs->new_name, 0))
		unlinkat(fs->root, fs->new_name, AT_REMOVEDIR);
	close(fs->fd);
	if (fs->made_file)
		unlinkat(fs->root, fs->file, 0);
	if (fs->made_dir)
		unlinkat(fs->root, fs->dir, AT_REMOVEDIR);
	close(fs->root);
	/* Mounts may be stacked. */
	while (!umount2(fs->top, MNT_DETACH))
		;
	rmdir(fs->top);
}

/* Operations of the program; each returns 0 or a negative errno of CloudABI. */

static size_t put_name(struct test_fs *fs, uint64_t at, const char *name)
{
	const size_t len = strlen(name);

	if (poke(fs->server.pid, at, name, len) != (ssize_t)len)
		abort();
	return len;
}

static void put_times(struct test_fs *fs, uint64_t size)
{
	const cloudabi_filestat_t stat = {
		.st_size = size, .st_atim = 1000000000, .st_mtim = 1000000000,
	};

	poke(fs->server.pid, STAT, &stat, sizeof(stat));
}

static int64_t opens(struct test_fs *fs, const char *name, cloudabi_oflags_t oflags,
		     cloudabi_rights_t rights)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = rights };
	int64_t fd;

	poke(fs->server.pid, STAT, &stat, sizeof(stat));
	fd = SERVER_CALL(&fs->server, file_open, ROOT_FD, NAME1, put_name(fs, NAME1, name),
			 oflags, STAT);
	return fd < 0 ? fd : SERVER_CALL(&fs->server, fd_close, fd);
}

static int64_t makes_file(struct test_fs *fs)
{
	return opens(fs, fs->new_name, CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, R(FD_WRITE));
}

static int64_t makes_file_to_read(struct test_fs *fs)
{
	return opens(fs, fs->new_name, CLOUDABI_O_CREAT, R(FD_READ));
}

static int64_t makes_dir(struct test_fs *fs)
{
	return SERVER_CALL(&fs->server, file_create, ROOT_FD, NAME1,
			   put_name(fs, NAME1, fs->new_name), CLOUDABI_FILETYPE_DIRECTORY);
}

static int64_t makes_link(struct test_fs *fs)
{
	return SERVER_CALL(&fs->server, file_symlink, NAME2, put_name(fs, NAME2, "away"), ROOT_FD,
			   NAME1, put_name(fs, NAME1, fs->new_name));
}

static int64_t writes(struct test_fs *fs)
{
	return opens(fs, fs->file, 0, R(FD_WRITE));
}

static int64_t appends(struct test_fs *fs)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = R(FD_WRITE), .fs_flags = CLOUDABI_FDFLAG_APPEND,
	};
	int64_t fd;

	poke(fs->server.pid, STAT, &stat, sizeof(stat));
	fd = SERVER_CALL(&fs->server, file_open, ROOT_FD, NAME1,
			 put_name(fs, NAME1, fs->file), 0, STAT);
	return fd < 0 ? fd : SERVER_CALL(&fs->server, fd_close, fd);
}

static int64_t syncs(struct test_fs *fs)
{
	return opens(fs, fs->file, 0, R(FD_DATASYNC));
}

static int64_t truncates(struct test_fs *fs)
{
	return opens(fs, fs->file, CLOUDABI_O_TRUNC, R(FD_WRITE));
}

static int64_t links(struct test_fs *fs)
{
	return SERVER_CALL(&fs->server, file_link, ROOT_FD, NAME1,
			   put_name(fs, NAME1, fs->file), ROOT_FD, NAME2,
			   put_name(fs, NAME2, fs->new_name));
}

static int64_t renames(struct test_fs *fs, const char *from, const char *to)
{
	return SERVER_CALL(&fs->server, file_rename, ROOT_FD, NAME1, put_name(fs, NAME1, from),
			   ROOT_FD, NAME2, put_name(fs, NAME2, to));
}

static int64_t renames_file(struct test_fs *fs)
{
	return renames(fs, fs->file, fs->new_name);
}

static int64_t renames_dir(struct test_fs *fs)
{
	/* Not into itself, if new names go into that directory. */
	return renames(fs, fs->dir, "renamed");
}

static int64_t removes(struct test_fs *fs, const char *name, cloudabi_ulflags_t flags)
{
	return SERVER_CALL(&fs->server, file_unlink, ROOT_FD, NAME1, put_name(fs, NAME1, name),
			   flags);
}

static int64_t removes_file(struct test_fs *fs)
{
	return removes(fs, fs->file, 0);
}

static int64_t removes_dir(struct test_fs *fs)
{
	return removes(fs, fs->dir, CLOUDABI_UNLINK_REMOVEDIR);
}

static int64_t sets_times(struct test_fs *fs, const char *name, cloudabi_fsflags_t flags)
{
	put_times(fs, 0);
	return SERVER_CALL(&fs->server, file_stat_put, ROOT_FD, NAME1, put_name(fs, NAME1, name),
			   STAT, flags);
}

static int64_t sets_times_of_file(struct test_fs *fs)
{
	return sets_times(fs, fs->file, CLOUDABI_FILESTAT_MTIM);
}

static int64_t touches_file(struct test_fs *fs)
{
	return sets_times(fs, fs->file,
			  CLOUDABI_FILESTAT_MTIM_NOW | CLOUDABI_FILESTAT_ATIM_NOW);
}

static int64_t sets_times_of_dir(struct test_fs *fs)
{
	return sets_times(fs, fs->dir, CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_MTIM);
}

static int64_t sets_given(struct test_fs *fs, uint32_t fd, cloudabi_fsflags_t flags)
{
	put_times(fs, 7);
	return SERVER_CALL(&fs->server, file_stat_fput, fd, STAT, flags);
}

static int64_t sets_times_of_given_file(struct test_fs *fs)
{
	return sets_given(fs, FILE_FD, CLOUDABI_FILESTAT_MTIM);
}

static int64_t sets_size_of_given_file(struct test_fs *fs)
{
	return sets_given(fs, FILE_FD, CLOUDABI_FILESTAT_SIZE);
}

/* Writes to the descriptor that was passed in. */
static int64_t writes_given(struct test_fs *fs, const char *text)
{
	const cloudabi_ciovec_t iov = { .buf = (void *)DATA, .buf_len = strlen(text) };

	poke(fs->server.pid, DATA, text, strlen(text));
	poke(fs->server.pid, IOV, &iov, sizeof(iov));
	return SERVER_CALL(&fs->server, fd_write, FILE_FD, IOV, 1);
}

static const struct action {
	const char *name;
	int64_t (*fn)(struct test_fs *fs);
	/* Whether it creates a name; whether the file or the directory must exist. */
	bool makes, file, dir;
} actions[] = {
	{ "file_open, creating", makes_file, true, false, false },
	{ "file_open, creating to read", makes_file_to_read, true, false, false },
	{ "file_create", makes_dir, true, false, false },
	{ "file_symlink", makes_link, true, false, false },
	{ "file_open, to write", writes, false, true, false },
	{ "file_open, to append", appends, false, true, false },
	{ "file_open, to sync", syncs, false, true, false },
	{ "file_open, truncating", truncates, false, true, false },
	{ "file_link", links, true, true, false },
	{ "file_rename", renames_file, true, true, false },
	{ "file_rename of a directory", renames_dir, true, false, true },
	{ "file_unlink", removes_file, false, true, false },
	{ "file_unlink of a directory", removes_dir, false, false, true },
	{ "file_stat_put", sets_times_of_file, false, true, false },
	{ "file_stat_put, now", touches_file, false, true, false },
	{ "file_stat_put of a directory", sets_times_of_dir, false, false, true },
	{ "file_stat_fput of times", sets_times_of_given_file, false, true, false },
	{ "file_stat_fput of the size", sets_size_of_given_file, false, true, false },
};

/* Control file systems */

FIXTURE(denied) {
	struct test_fs fs;
	struct stat file, dir;
};

FIXTURE_VARIANT(denied) {
	const char *type, *options, *new_dir, *file, *dir;
	uid_t user;
	/* The errno for a missing name where names are fixed. */
	int no_name;
};

/* A cgroup v1 hierarchy */
#define HIERARCHY "fstypes"

/*
 * A NULL file or directory means that none exists, or none that any user could
 * change.
 */
#define DENIED(name, ...) FIXTURE_VARIANT_ADD(denied, name) { #name, __VA_ARGS__ }
DENIED(binder, NULL, "", "binder-control", "features");
DENIED(binfmt_misc, NULL, "", "register", NULL);
DENIED(bpf, NULL, "made/", NULL, "made");
DENIED(cgroup, "none,name=" HIERARCHY, "", "cgroup.procs", NULL);
DENIED(cgroup2, NULL, "made/", "made/cgroup.procs", "made");
DENIED(configfs, NULL, "", NULL, NULL);
DENIED(debugfs, NULL, "", "clear_warn_once", "bdi");
DENIED(fusectl, NULL, "", NULL, NULL);
DENIED(mqueue, NULL, "", "made", NULL);
DENIED(proc, NULL, "", "sys/kernel/hostname", "sys", .no_name = CLOUDABI_ENOENT);
DENIED(pstore, NULL, "", NULL, NULL);
DENIED(securityfs, NULL, "", NULL, NULL);
DENIED(sysfs, NULL, "", "kernel/rcu_expedited", "kernel");
DENIED(tracefs, NULL, "instances/", "instances/made/tracing_on", "instances/made");
#undef DENIED

/* Delegated to an ordinary user, who owns the directory. */
FIXTURE_VARIANT_ADD(denied, delegated_bpf) { "bpf", NULL, "made/", NULL, "made", NOBODY };
FIXTURE_VARIANT_ADD(denied, delegated_cgroup2) {
	"cgroup2", NULL, "made/", "made/cgroup.procs", "made", NOBODY
};
FIXTURE_VARIANT_ADD(denied, delegated_mqueue) { "mqueue", NULL, "", "made", NULL, NOBODY };

FIXTURE_SETUP(denied)
{
	struct test_fs *const fs = &self->fs;

	*fs = (struct test_fs){
		.type = variant->type, .options = variant->options, .new_dir = variant->new_dir,
		.file = variant->file, .dir = variant->dir, .user = variant->user,
	};
	ASSERT_EQ(0, start(fs));
	if (fs->file) {
		ASSERT_LE(0, fs->fd);
		ASSERT_EQ(0, fstatat(fs->root, fs->file, &self->file, 0));
	}
	if (fs->dir)
		ASSERT_EQ(0, fstatat(fs->root, fs->dir, &self->dir, 0));
}

/*
 * The hierarchy disappears after unmount, unless it has groups; other tests would
 * see it.
 */
static void wait_for_end_of_hierarchy(void)
{
	char text[4096];

	while (read_proc(getpid(), "cgroup", text, sizeof(text)) > 0 && strstr(text, HIERARCHY))
		sched_yield();
}

FIXTURE_TEARDOWN(denied)
{
	stop(&self->fs);
	wait_for_end_of_hierarchy();
}

static bool is_same(int root, const char *name, const struct stat *before)
{
	struct stat now;

	return !fstatat(root, name, &now, 0) && now.st_ino == before->st_ino &&
	       now.st_size == before->st_size && now.st_nlink == before->st_nlink &&
	       !memcmp(&now.st_mtim, &before->st_mtim, sizeof(now.st_mtim));
}

TEST_F(denied, stays_as_it_is)
{
	struct test_fs *const fs = &self->fs;
	struct stat none;
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const struct action *const action = &actions[i];

		if ((action->file && !fs->file) || (action->dir && !fs->dir))
			continue;
		error = action->makes && variant->no_name ? variant->no_name :
							    CLOUDABI_ENOTCAPABLE;
		EXPECT_EQ(-error, action->fn(fs)) TH_LOG("%s", action->name);
		EXPECT_EQ(-1, fstatat(fs->root, fs->new_name, &none, AT_SYMLINK_NOFOLLOW));
		if (fs->file)
			EXPECT_TRUE(is_same(fs->root, fs->file, &self->file))
				TH_LOG("%s", action->name);
		if (fs->dir)
			EXPECT_TRUE(is_same(fs->root, fs->dir, &self->dir))
				TH_LOG("%s", action->name);
	}
}

/*
 * A Linux process opens a file for writing and passes it in: the program may write
 * to it.
 */
TEST(what_was_given_to_be_written_is_written)
{
	struct test_fs fs = {
		.type = "cgroup2", .new_dir = "made/", .file = "made/cgroup.max.depth",
		.dir = "made",
	};
	char text[4] = "";
	int fd;

	ASSERT_EQ(0, start(&fs));
	EXPECT_EQ(1, writes_given(&fs, "5"));
	fd = openat(fs.root, fs.file, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(2, read(fd, text, sizeof(text)));
	EXPECT_STREQ("5\n", text);
	close(fd);
	stop(&fs);
}

/* Data file systems */

FIXTURE(allowed) {
	struct test_fs fs;
};

FIXTURE_VARIANT(allowed) {
	const char *type;
	/* Whether files and links have contents: there may be no free huge page. */
	bool contents;
};

#define ALLOWED(name, ...) FIXTURE_VARIANT_ADD(allowed, name) { #name, __VA_ARGS__ }
ALLOWED(devtmpfs, true);
ALLOWED(hugetlbfs, false);
ALLOWED(overlay, true);
ALLOWED(ramfs, true);
ALLOWED(tmpfs, true);
#undef ALLOWED

FIXTURE_SETUP(allowed)
{
	self->fs = (struct test_fs){
		.type = variant->type, .new_dir = "", .file = "made-file", .dir = "made-dir",
	};
	ASSERT_EQ(0, start(&self->fs));
	ASSERT_TRUE(self->fs.made_file && self->fs.made_dir);
}

FIXTURE_TEARDOWN(allowed)
{
	stop(&self->fs);
}

/* Restores file and directory, and removes the new name; returns whether it existed. */
static bool restore(const struct test_fs *fs)
{
	const bool made = !faccessat(fs->root, fs->new_name, F_OK, AT_SYMLINK_NOFOLLOW) ||
			  !faccessat(fs->root, "renamed", F_OK, AT_SYMLINK_NOFOLLOW);

	if (faccessat(fs->root, fs->file, F_OK, 0) &&
	    renameat(fs->root, fs->new_name, fs->root, fs->file))
		close(openat(fs->root, fs->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (unlinkat(fs->root, fs->new_name, 0))
		unlinkat(fs->root, fs->new_name, AT_REMOVEDIR);
	if (faccessat(fs->root, fs->dir, F_OK, 0) &&
	    renameat(fs->root, "renamed", fs->root, fs->dir))
		mkdirat(fs->root, fs->dir, 0755);
	return made;
}

TEST_F(allowed, is_changed)
{
	struct test_fs *const fs = &self->fs;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const struct action *const action = &actions[i];

		if (!variant->contents &&
		    (action->fn == makes_link || action->fn == sets_size_of_given_file))
			continue;
		EXPECT_EQ(0, action->fn(fs)) TH_LOG("%s", action->name);
		EXPECT_EQ(action->makes, restore(fs)) TH_LOG("%s", action->name);
	}
}

/* The process that serves a FUSE file system sees each change. */
TEST(fuse_is_changed)
{
	struct fuse fuse;
	struct test_fs fs = { .type = "fuse", .fuse = &fuse, .new_dir = "", .file = "file" };

	ASSERT_EQ(0, start(&fs));

	EXPECT_EQ(0, makes_dir(&fs));
	EXPECT_EQ(1, fuse.told[FUSE_MKDIR]);
	EXPECT_EQ(0, writes(&fs));
	EXPECT_EQ(0, sets_times_of_file(&fs));
	EXPECT_EQ(1, fuse.told[FUSE_SETATTR]);
	EXPECT_EQ(0, removes_file(&fs));
	EXPECT_EQ(1, fuse.told[FUSE_UNLINK]);

	stop(&fs);
	fuse_stop(&fuse);
}

TEST_HARNESS_MAIN
