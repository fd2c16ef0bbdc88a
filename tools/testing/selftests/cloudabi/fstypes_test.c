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
#define TOP 20
#define FILE_FD 21
/* Descriptors of the test itself have higher numbers. */
#define OWN_FDS 100

#define STAT SERVER_ROOM
#define IOV (SERVER_ROOM + 0x40)
#define NAME1 (SERVER_ROOM + 0x100)
#define NAME2 (SERVER_ROOM + 0x200)
#define DATA (SERVER_ROOM + 0x300)

#define NOBODY 65534

/* A file system mounted for a test, and the names in it. */
struct place {
	const char *type, *options;
	/* Names beneath its root: directory for new names, a file, a directory. */
	const char *in, *file, *dir;
	uid_t user;
	char top[32], new[64];
	bool made_file, made_dir;
	int root, fd;
	/* The FUSE server, if the test serves the file system. */
	struct fuse *fuse;
	struct server server;
};

static void make_names(struct place *place)
{
	if (place->dir)
		place->made_dir = !mkdirat(place->root, place->dir, 0755);
	if (place->file) {
		int fd = openat(place->root, place->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
				0600);

		place->made_file = fd >= 0;
		close(fd);
		fd = openat(place->root, place->file, O_WRONLY | O_CLOEXEC);
		place->fd = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FDS);
		close(fd);
	}
	snprintf(place->new, sizeof(place->new), "%snew", place->in);
	if (place->user) {
		fchownat(place->root, place->dir, place->user, place->user, 0);
		if (place->file)
			fchownat(place->root, place->file, place->user, place->user, 0);
	}
}

/* Prepares the program's environment before exec. */
static void prepare(void *arg)
{
	const struct place *const place = arg;

	if (dup2(place->root, TOP) < 0 || (place->fd >= 0 && dup2(place->fd, FILE_FD) < 0) ||
	    setresgid(place->user, place->user, place->user) ||
	    setresuid(place->user, place->user, place->user))
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

static int mount_place(const struct place *place)
{
	if (!strcmp(place->type, "overlay"))
		return mount_overlay(place->top);
	if (place->fuse)
		return fuse_mount(place->fuse, place->top);
	return mount("none", place->top, place->type, 0, place->options);
}

/* Mounts in a private namespace and starts the program; returns 0 or an errno. */
static int start(struct place *place)
{
	int root;

	snprintf(place->top, sizeof(place->top), "/tmp/fstypes-XXXXXX");
	place->root = -1;
	place->fd = -1;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(place->top) || mount_place(place))
		return errno;
	root = open(place->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->root = fcntl(root, F_DUPFD_CLOEXEC, OWN_FDS);
	if (place->root < 0)
		return errno;
	close(root);
	make_names(place);
	return -server_start_with(&place->server, prepare, place);
}

static void stop(struct place *place)
{
	server_stop(&place->server);
	/* The name may take a moment to disappear. */
	if (unlinkat(place->root, place->new, 0))
		unlinkat(place->root, place->new, AT_REMOVEDIR);
	close(place->fd);
	if (place->made_file)
		unlinkat(place->root, place->file, 0);
	if (place->made_dir)
		unlinkat(place->root, place->dir, AT_REMOVEDIR);
	close(place->root);
	/* Mounts may be stacked. */
	while (!umount2(place->top, MNT_DETACH))
		;
	rmdir(place->top);
}

/* Operations of the program; each returns 0 or a negative errno of CloudABI. */

static size_t put_name(struct place *place, uint64_t at, const char *name)
{
	const size_t len = strlen(name);

	if (poke(place->server.pid, at, name, len) != (ssize_t)len)
		abort();
	return len;
}

static void put_times(struct place *place, uint64_t size)
{
	const cloudabi_filestat_t stat = {
		.st_size = size, .st_atim = 1000000000, .st_mtim = 1000000000,
	};

	poke(place->server.pid, STAT, &stat, sizeof(stat));
}

static int64_t opens(struct place *place, const char *name, cloudabi_oflags_t oflags,
		     cloudabi_rights_t rights)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = rights };
	int64_t fd;

	poke(place->server.pid, STAT, &stat, sizeof(stat));
	fd = SERVER_CALL(&place->server, file_open, TOP, NAME1, put_name(place, NAME1, name),
			 oflags, STAT);
	return fd < 0 ? fd : SERVER_CALL(&place->server, fd_close, fd);
}

static int64_t makes_file(struct place *place)
{
	return opens(place, place->new, CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, R(FD_WRITE));
}

static int64_t makes_file_to_read(struct place *place)
{
	return opens(place, place->new, CLOUDABI_O_CREAT, R(FD_READ));
}

static int64_t makes_dir(struct place *place)
{
	return SERVER_CALL(&place->server, file_create, TOP, NAME1,
			   put_name(place, NAME1, place->new), CLOUDABI_FILETYPE_DIRECTORY);
}

static int64_t makes_link(struct place *place)
{
	return SERVER_CALL(&place->server, file_symlink, NAME2, put_name(place, NAME2, "away"), TOP,
			   NAME1, put_name(place, NAME1, place->new));
}

static int64_t writes(struct place *place)
{
	return opens(place, place->file, 0, R(FD_WRITE));
}

static int64_t appends(struct place *place)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = R(FD_WRITE), .fs_flags = CLOUDABI_FDFLAG_APPEND,
	};
	int64_t fd;

	poke(place->server.pid, STAT, &stat, sizeof(stat));
	fd = SERVER_CALL(&place->server, file_open, TOP, NAME1,
			 put_name(place, NAME1, place->file), 0, STAT);
	return fd < 0 ? fd : SERVER_CALL(&place->server, fd_close, fd);
}

static int64_t syncs(struct place *place)
{
	return opens(place, place->file, 0, R(FD_DATASYNC));
}

static int64_t truncates(struct place *place)
{
	return opens(place, place->file, CLOUDABI_O_TRUNC, R(FD_WRITE));
}

static int64_t links(struct place *place)
{
	return SERVER_CALL(&place->server, file_link, TOP, NAME1,
			   put_name(place, NAME1, place->file), TOP, NAME2,
			   put_name(place, NAME2, place->new));
}

static int64_t renames(struct place *place, const char *from, const char *to)
{
	return SERVER_CALL(&place->server, file_rename, TOP, NAME1, put_name(place, NAME1, from),
			   TOP, NAME2, put_name(place, NAME2, to));
}

static int64_t renames_file(struct place *place)
{
	return renames(place, place->file, place->new);
}

static int64_t renames_dir(struct place *place)
{
	/* Not into itself, if new names go into that directory. */
	return renames(place, place->dir, "renamed");
}

static int64_t removes(struct place *place, const char *name, cloudabi_ulflags_t flags)
{
	return SERVER_CALL(&place->server, file_unlink, TOP, NAME1, put_name(place, NAME1, name),
			   flags);
}

static int64_t removes_file(struct place *place)
{
	return removes(place, place->file, 0);
}

static int64_t removes_dir(struct place *place)
{
	return removes(place, place->dir, CLOUDABI_UNLINK_REMOVEDIR);
}

static int64_t sets_times(struct place *place, const char *name, cloudabi_fsflags_t flags)
{
	put_times(place, 0);
	return SERVER_CALL(&place->server, file_stat_put, TOP, NAME1, put_name(place, NAME1, name),
			   STAT, flags);
}

static int64_t sets_times_of_file(struct place *place)
{
	return sets_times(place, place->file, CLOUDABI_FILESTAT_MTIM);
}

static int64_t touches_file(struct place *place)
{
	return sets_times(place, place->file,
			  CLOUDABI_FILESTAT_MTIM_NOW | CLOUDABI_FILESTAT_ATIM_NOW);
}

static int64_t sets_times_of_dir(struct place *place)
{
	return sets_times(place, place->dir, CLOUDABI_FILESTAT_ATIM | CLOUDABI_FILESTAT_MTIM);
}

static int64_t sets_given(struct place *place, uint32_t fd, cloudabi_fsflags_t flags)
{
	put_times(place, 7);
	return SERVER_CALL(&place->server, file_stat_fput, fd, STAT, flags);
}

static int64_t sets_times_of_given_file(struct place *place)
{
	return sets_given(place, FILE_FD, CLOUDABI_FILESTAT_MTIM);
}

static int64_t sets_size_of_given_file(struct place *place)
{
	return sets_given(place, FILE_FD, CLOUDABI_FILESTAT_SIZE);
}

/* Writes to the descriptor that was passed in. */
static int64_t writes_given(struct place *place, const char *text)
{
	const cloudabi_ciovec_t iov = { .buf = (void *)DATA, .buf_len = strlen(text) };

	poke(place->server.pid, DATA, text, strlen(text));
	poke(place->server.pid, IOV, &iov, sizeof(iov));
	return SERVER_CALL(&place->server, fd_write, FILE_FD, IOV, 1);
}

static const struct action {
	const char *name;
	int64_t (*fn)(struct place *place);
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
	struct place place;
	struct stat file, dir;
};

FIXTURE_VARIANT(denied) {
	const char *type, *options, *in, *file, *dir;
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
	struct place *const place = &self->place;

	*place = (struct place){
		.type = variant->type, .options = variant->options, .in = variant->in,
		.file = variant->file, .dir = variant->dir, .user = variant->user,
	};
	ASSERT_EQ(0, start(place));
	if (place->file) {
		ASSERT_LE(0, place->fd);
		ASSERT_EQ(0, fstatat(place->root, place->file, &self->file, 0));
	}
	if (place->dir)
		ASSERT_EQ(0, fstatat(place->root, place->dir, &self->dir, 0));
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
	stop(&self->place);
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
	struct place *const place = &self->place;
	struct stat none;
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const struct action *const action = &actions[i];

		if ((action->file && !place->file) || (action->dir && !place->dir))
			continue;
		error = action->makes && variant->no_name ? variant->no_name :
							    CLOUDABI_ENOTCAPABLE;
		EXPECT_EQ(-error, action->fn(place)) TH_LOG("%s", action->name);
		EXPECT_EQ(-1, fstatat(place->root, place->new, &none, AT_SYMLINK_NOFOLLOW));
		if (place->file)
			EXPECT_TRUE(is_same(place->root, place->file, &self->file))
				TH_LOG("%s", action->name);
		if (place->dir)
			EXPECT_TRUE(is_same(place->root, place->dir, &self->dir))
				TH_LOG("%s", action->name);
	}
}

/*
 * A Linux process opens a file for writing and passes it in: the program may write
 * to it.
 */
TEST(what_was_given_to_be_written_is_written)
{
	struct place place = {
		.type = "cgroup2", .in = "made/", .file = "made/cgroup.max.depth", .dir = "made",
	};
	char text[4] = "";
	int fd;

	ASSERT_EQ(0, start(&place));
	EXPECT_EQ(1, writes_given(&place, "5"));
	fd = openat(place.root, place.file, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(2, read(fd, text, sizeof(text)));
	EXPECT_STREQ("5\n", text);
	close(fd);
	stop(&place);
}

/* Data file systems */

FIXTURE(allowed) {
	struct place place;
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
	self->place = (struct place){
		.type = variant->type, .in = "", .file = "made-file", .dir = "made-dir",
	};
	ASSERT_EQ(0, start(&self->place));
	ASSERT_TRUE(self->place.made_file && self->place.made_dir);
}

FIXTURE_TEARDOWN(allowed)
{
	stop(&self->place);
}

/* Restores file and directory, and removes the new name; returns whether it existed. */
static bool restore(const struct place *place)
{
	const bool made = !faccessat(place->root, place->new, F_OK, AT_SYMLINK_NOFOLLOW) ||
			  !faccessat(place->root, "renamed", F_OK, AT_SYMLINK_NOFOLLOW);

	if (faccessat(place->root, place->file, F_OK, 0) &&
	    renameat(place->root, place->new, place->root, place->file))
		close(openat(place->root, place->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	if (unlinkat(place->root, place->new, 0))
		unlinkat(place->root, place->new, AT_REMOVEDIR);
	if (faccessat(place->root, place->dir, F_OK, 0) &&
	    renameat(place->root, "renamed", place->root, place->dir))
		mkdirat(place->root, place->dir, 0755);
	return made;
}

TEST_F(allowed, is_changed)
{
	struct place *const place = &self->place;

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const struct action *const action = &actions[i];

		if (!variant->contents &&
		    (action->fn == makes_link || action->fn == sets_size_of_given_file))
			continue;
		EXPECT_EQ(0, action->fn(place)) TH_LOG("%s", action->name);
		EXPECT_EQ(action->makes, restore(place)) TH_LOG("%s", action->name);
	}
}

/* The process that serves a FUSE file system sees each change. */
TEST(fuse_is_changed)
{
	struct fuse fuse;
	struct place place = { .type = "fuse", .fuse = &fuse, .in = "", .file = "file" };

	ASSERT_EQ(0, start(&place));

	EXPECT_EQ(0, makes_dir(&place));
	EXPECT_EQ(1, fuse.told[FUSE_MKDIR]);
	EXPECT_EQ(0, writes(&place));
	EXPECT_EQ(0, sets_times_of_file(&place));
	EXPECT_EQ(1, fuse.told[FUSE_SETATTR]);
	EXPECT_EQ(0, removes_file(&place));
	EXPECT_EQ(1, fuse.told[FUSE_UNLINK]);

	stop(&place);
	fuse_stop(&fuse);
}

TEST_HARNESS_MAIN
