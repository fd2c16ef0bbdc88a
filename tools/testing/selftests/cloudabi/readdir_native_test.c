// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_readdir compared with Linux
 *
 * file_readdir lists the same entries as getdents64() on every file system that
 * is available here.  One file system is our own, a FUSE server that returns
 * all kinds of errors.
 */

#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <linux/fuse.h>

#include "../kselftest_harness.h"
#include "server.h"

/* The server's directory, and its buffer. */
#define DIR_FD 3
#define ROOM 0x20000000UL
#define ROOM_SIZE 0x400000UL

#define HEAD sizeof(cloudabi_dirent_t)
#define MANY 3000

/* The names of a directory, each with its NUL, and their number. */
struct listing {
	char *names;
	size_t len;
	long count;
};

static char buf[ROOM_SIZE];

static void listing_add(struct listing *list, const char *name, size_t len)
{
	list->names = realloc(list->names, list->len + len + 1);
	if (!list->names)
		abort();
	memcpy(list->names + list->len, name, len);
	list->names[list->len + len] = '\0';
	list->len += len + 1;
	list->count++;
}

static bool listing_equal(const struct listing *a, const struct listing *b)
{
	return a->count == b->count && a->len == b->len && !memcmp(a->names, b->names, a->len);
}

/* Lists a directory by getdents64(); returns 0 or a negative errno. */
static long list_native(const char *path, struct listing *list)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static char room[32768];
	long got;

	while ((got = syscall(SYS_getdents64, fd, room, sizeof(room))) > 0)
		for (long at = 0; at < got;) {
			const struct dirent64 *const entry = (void *)(room + at);

			listing_add(list, entry->d_name, strlen(entry->d_name));
			at += entry->d_reclen;
		}
	got = got ? -errno : 0;
	close(fd);
	return got;
}

static void open_dir(void *arg)
{
	const int fd = open(arg, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || (fd != DIR_FD && dup2(fd, DIR_FD) < 0) ||
	    close_range(DIR_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC))
		_exit(253);
}

static void map_room(struct server *server)
{
	const int64_t at = SERVER_CALL(server, mem_map, ROOM, ROOM_SIZE,
				       CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				       CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE |
				       CLOUDABI_MAP_FIXED, CLOUDABI_MAP_ANON_FD, 0);

	if (at != ROOM)
		abort();
}

/* Starts a server that has a directory. */
static int start(struct server *server, char *path)
{
	const int error = server_start_with(server, open_dir, path);

	if (!error)
		map_room(server);
	return error;
}

static void fetch(const struct server *server, size_t len)
{
	const struct iovec to = { .iov_base = buf, .iov_len = len };
	const struct iovec from = { .iov_base = (void *)ROOM, .iov_len = len };

	if (len && process_vm_readv(server->pid, &to, 1, &from, 1, 0) != (ssize_t)len)
		abort();
}

static int64_t read_some(struct server *server, size_t room, uint64_t cookie)
{
	const int64_t got = SERVER_CALL(server, file_readdir, DIR_FD, ROOM, room, cookie);

	if (got > 0)
		fetch(server, got);
	return got;
}

/* Returns true if the buffer has a whole entry. */
static bool entry_at(size_t at, size_t len, cloudabi_dirent_t *entry)
{
	if (at + HEAD > len)
		return false;
	memcpy(entry, buf + at, HEAD);
	return at + HEAD + entry->d_namlen <= len;
}

/*
 * Reads a directory as a C library does: an entry that is cut is read again, in a larger buffer
 * if it was the first.  If @remove is set, each entry is removed.  Returns 0 or a negative
 * errno.
 */
static long list(struct server *server, size_t least, struct listing *list, const char *remove)
{
	size_t room = least;
	uint64_t cookie = CLOUDABI_DIRCOOKIE_START;
	const int dir = remove ? open(remove, O_RDONLY | O_CLOEXEC) : -1;
	int64_t got;

	while ((got = read_some(server, room, cookie)) >= 0) {
		cloudabi_dirent_t entry;
		size_t at = 0;

		for (; entry_at(at, got, &entry); at += HEAD + entry.d_namlen) {
			char name[4096];

			memcpy(name, buf + at + HEAD, entry.d_namlen);
			name[entry.d_namlen] = '\0';
			listing_add(list, name, entry.d_namlen);
			cookie = entry.d_next;
			if (remove && name[0] != '.' && unlinkat(dir, name, 0))
				abort();
		}
		if ((size_t)got < room)
			break;
		if (!at)
			room = (size_t)got < HEAD ? HEAD : HEAD + entry.d_namlen;
		else
			room = least;
	}
	if (dir >= 0)
		close(dir);
	return got < 0 ? got : 0;
}

static const size_t rooms[] = { 1, 24, 25, 33, 50, 64, 100, 333, 1000, 4096, 65536 };

#define FOR_EACH_ROOM(i) for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)

/* File systems */

FIXTURE(directory) {
	char top[32], path[96];
	struct server server;
};

FIXTURE_VARIANT(directory) {
	/* The file system to mount, or NULL, and the directory in it to read. */
	const char *type, *options, *path;
	/* The number of files to make there. */
	int files;
};

FIXTURE_VARIANT_ADD(directory, proc_bus) { "proc", NULL, "/bus" };
FIXTURE_VARIANT_ADD(directory, proc_tty) { "proc", NULL, "/tty" };
FIXTURE_VARIANT_ADD(directory, proc_net) { "proc", NULL, "/self/net" };
FIXTURE_VARIANT_ADD(directory, proc_net_stat) { "proc", NULL, "/self/net/stat" };
FIXTURE_VARIANT_ADD(directory, proc_task) { "proc", NULL, "/1/task" };
FIXTURE_VARIANT_ADD(directory, proc_fd) { "proc", NULL, "/1/fd" };
FIXTURE_VARIANT_ADD(directory, proc_fdinfo) { "proc", NULL, "/1/fdinfo" };
FIXTURE_VARIANT_ADD(directory, proc_ns) { "proc", NULL, "/1/ns" };
FIXTURE_VARIANT_ADD(directory, proc_process) { "proc", NULL, "/1" };
FIXTURE_VARIANT_ADD(directory, proc_thread) { "proc", NULL, "/1/task/1" };
FIXTURE_VARIANT_ADD(directory, proc_attr) { "proc", NULL, "/1/attr" };
FIXTURE_VARIANT_ADD(directory, proc_sys) { "proc", NULL, "/sys" };
FIXTURE_VARIANT_ADD(directory, proc_sys_kernel) { "proc", NULL, "/sys/kernel" };
FIXTURE_VARIANT_ADD(directory, sysfs) { "sysfs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, sysfs_devices) { "sysfs", NULL, "/devices/virtual/tty" };
FIXTURE_VARIANT_ADD(directory, tracefs) { "tracefs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, tracefs_events) { "tracefs", NULL, "/events" };
FIXTURE_VARIANT_ADD(directory, tracefs_system) { "tracefs", NULL, "/events/sched" };
FIXTURE_VARIANT_ADD(directory, tracefs_event) { "tracefs", NULL, "/events/sched/sched_switch" };
FIXTURE_VARIANT_ADD(directory, debugfs) { "debugfs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, devpts) { "devpts", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, devtmpfs) { "devtmpfs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, cgroup2) { "cgroup2", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, configfs) { "configfs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, securityfs) { "securityfs", NULL, "/" };
FIXTURE_VARIANT_ADD(directory, mqueue) { "mqueue", NULL, "/", 8 };
FIXTURE_VARIANT_ADD(directory, hugetlbfs) { "hugetlbfs", NULL, "/", 20 };
FIXTURE_VARIANT_ADD(directory, tmpfs) { "tmpfs", NULL, "/", 100 };
FIXTURE_VARIANT_ADD(directory, ramfs) { "ramfs", NULL, "/", 100 };
FIXTURE_VARIANT_ADD(directory, overlay) {
	"overlay", "lowerdir=%s/low,upperdir=%s/up,workdir=%s/work", "/", 40,
};

/* Makes names of different lengths. */
static void file_name(char *name, int i)
{
	sprintf(name, "%04d", i);
	memset(name + 4, 'a' + i % 26, i % 40);
	name[4 + i % 40] = '\0';
}

static int make_files(const char *dir, int count)
{
	for (int i = 0; i < count; i++) {
		char name[64], path[256];
		int fd;

		file_name(name, i);
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		close(fd);
	}
	return 0;
}

/* Mounts a private tmpfs that has the mount points. */
static int make_top(char *top)
{
	strcpy(top, "/tmp/cloudabi-XXXXXX");
	if (!mkdtemp(top) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", top, "tmpfs", 0, NULL))
		return -errno;
	return 0;
}

FIXTURE_SETUP(directory)
{
	static const char *const places[] = { "low", "low/below", "up", "work", "on" };
	char options[128] = "", on[64];

	ASSERT_EQ(0, make_top(self->top));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(on, sizeof(on), "%s/%s", self->top, places[i]);
		ASSERT_EQ(0, mkdir(on, 0700));
	}
	if (variant->options)
		snprintf(options, sizeof(options), variant->options, self->top, self->top,
			 self->top);
	ASSERT_EQ(0, mount(variant->type, on, variant->type, 0, options)) TH_LOG("%m");
	snprintf(self->path, sizeof(self->path), "%s%s", on, variant->path);
	ASSERT_EQ(0, make_files(self->path, variant->files));
	ASSERT_EQ(0, start(&self->server, self->path));
}

FIXTURE_TEARDOWN(directory)
{
	server_stop(&self->server);
	umount2(self->top, MNT_DETACH);
	rmdir(self->top);
}

TEST_F(directory, is_that_of_getdents_at_any_length)
{
	struct listing native = { };

	ASSERT_EQ(0, list_native(self->path, &native));
	FOR_EACH_ROOM(i) {
		struct listing ours = { };

		EXPECT_EQ(0, list(&self->server, rooms[i], &ours, NULL));
		EXPECT_TRUE(listing_equal(&native, &ours))
			TH_LOG("room %zu: %ld entries, not %ld", rooms[i], ours.count,
			       native.count);
		free(ours.names);
	}
	free(native.names);
}

/* This holds for a whole entry and for an entry that is cut after its header. */
TEST_F(directory, any_cookie_continues_behind_its_entry)
{
	struct listing all = { };
	cloudabi_dirent_t entry;
	uint64_t cookie = CLOUDABI_DIRCOOKIE_START;
	const char *name;
	int64_t len;
	long n = 0;

	ASSERT_EQ(0, list_native(self->path, &all));
	name = all.names;
	for (; name < all.names + all.len; name += strlen(name) + 1, n++) {
		ASSERT_EQ((int64_t)HEAD, read_some(&self->server, HEAD, cookie));
		memcpy(&entry, buf, HEAD);
		ASSERT_EQ(strlen(name), entry.d_namlen) TH_LOG("entry %ld", n);
		cookie = entry.d_next;
	}
	EXPECT_EQ(0, read_some(&self->server, HEAD, cookie));

	len = read_some(&self->server, ROOM_SIZE, CLOUDABI_DIRCOOKIE_START);
	ASSERT_LT(0, len);
	name = all.names;
	for (int64_t at = 0; at < len; at += HEAD + entry.d_namlen) {
		int64_t got;

		fetch(&self->server, len);
		ASSERT_TRUE(entry_at(at, len, &entry));
		name += strlen(name) + 1;
		/* Look ahead into other memory than ROOM, which holds the entries. */
		got = SERVER_CALL(&self->server, file_readdir, DIR_FD, SERVER_ROOM, 1000,
				  entry.d_next);
		if (name < all.names + all.len) {
			char next[HEAD + 1000] = "";

			ASSERT_LT((int64_t)HEAD, got);
			ASSERT_EQ(1000, peek(self->server.pid, SERVER_ROOM, next, 1000));
			EXPECT_EQ(0, memcmp(name, next + HEAD, strlen(name)))
				TH_LOG("behind %s", name);
		} else {
			EXPECT_EQ(0, got);
		}
	}
	free(all.names);
}

/* Processes come and go: repeat until none has. */
TEST(processes_are_those_of_getdents)
{
	char proc[] = "/proc";
	struct server server;

	ASSERT_EQ(0, start(&server, proc));
	FOR_EACH_ROOM(i) {
		struct listing before, ours, after;

		do {
			before = (struct listing){ };
			ours = before;
			after = before;
			ASSERT_EQ(0, list_native(proc, &before));
			ASSERT_EQ(0, list(&server, rooms[i], &ours, NULL));
			ASSERT_EQ(0, list_native(proc, &after));
		} while (!listing_equal(&before, &after));
		EXPECT_TRUE(listing_equal(&before, &ours)) TH_LOG("room %zu", rooms[i]);
	}
	server_stop(&server);
}

/* Removal during reading */

FIXTURE(removal) {
	char top[32];
};

FIXTURE_VARIANT(removal) {
	const char *type;
};

FIXTURE_VARIANT_ADD(removal, ramfs) { "ramfs" };
FIXTURE_VARIANT_ADD(removal, hugetlbfs) { "hugetlbfs" };
FIXTURE_VARIANT_ADD(removal, tmpfs) { "tmpfs" };

FIXTURE_SETUP(removal)
{
	ASSERT_EQ(0, make_top(self->top));
	ASSERT_EQ(0, mount(variant->type, self->top, variant->type, 0, NULL));
}

FIXTURE_TEARDOWN(removal)
{
	umount2(self->top, MNT_DETACH);
	umount2(self->top, MNT_DETACH);
	rmdir(self->top);
}

TEST_F(removal, of_each_entry_as_it_is_read_loses_none)
{
	static const size_t lengths[] = { 100, 4096, 65536 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct listing ours = { }, left = { };
		struct server server;

		ASSERT_EQ(0, make_files(self->top, MANY));
		ASSERT_EQ(0, start(&server, self->top));
		EXPECT_EQ(0, list(&server, lengths[i], &ours, self->top));
		EXPECT_EQ(0, list_native(self->top, &left));
		EXPECT_EQ(MANY + 2, ours.count) TH_LOG("room %zu", lengths[i]);
		EXPECT_EQ(2, left.count) TH_LOG("room %zu", lengths[i]);
		server_stop(&server);
		free(ours.names);
		free(left.names);
		if (left.count != 2)
			break;
	}
}

/* The test's own file system */

/* After this many entries, the directory has a fault. */
#define GOOD 10

enum fault { ENDS, FAILS, SLASH, NO_NAME, LONG };

struct fuse {
	char top[32];
	int dev;
	pid_t pid;
	/* Shared with the process that serves the file system. */
	struct control {
		enum fault fault;
		int entries;
		/* The number of READDIR requests so far, and the request to block. */
		int requests, hold_at;
		bool go;
	} *control;
};

static size_t fuse_name(const struct control *control, int i, char *name)
{
	if (i < control->entries || control->fault == ENDS)
		return sprintf(name, "entry%d", i);
	switch (control->fault) {
	case SLASH:
		return sprintf(name, "some/where");
	case LONG:
		memset(name, 'n', 1000);
		return 1000;
	default:
		return 0;
	}
}

/* Returns a few entries for each request: their length, or a negative errno. */
static int fuse_entries(struct control *control, unsigned int offset, char *to)
{
	const unsigned int last = control->entries + (control->fault > FAILS);
	char *const start = to;

	if (offset >= last && control->fault == FAILS)
		return -EBADMSG;
	for (unsigned int i = offset; i < last && i < offset + 4; i++) {
		struct fuse_dirent *const entry = (void *)to;

		*entry = (struct fuse_dirent){ .ino = i + 2, .off = i + 1, .type = DT_REG };
		entry->namelen = fuse_name(control, i, entry->name);
		to += FUSE_DIRENT_SIZE(entry);
	}
	return to - start;
}

static void hold(struct control *control)
{
	const int n = __atomic_add_fetch(&control->requests, 1, __ATOMIC_SEQ_CST);

	while (n == control->hold_at && !__atomic_load_n(&control->go, __ATOMIC_SEQ_CST))
		usleep(1000);
}

/* Returns the length of the answer or a negative errno; 1 means no answer. */
static int fuse_answer(struct control *control, const struct fuse_in_header *in, char *to)
{
	const struct fuse_read_in *const read = (const void *)(in + 1);
	const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};
	const struct fuse_attr_out attr = {
		.attr = { .ino = 1, .mode = S_IFDIR | 0755, .nlink = 2 },
	};
	const struct fuse_open_out opened = { };

#define ANSWER(x) (memcpy(to, &(x), sizeof(x)), (int)sizeof(x))
	switch (in->opcode) {
	case FUSE_INIT:
		return ANSWER(init);
	case FUSE_GETATTR:
		return ANSWER(attr);
	case FUSE_OPENDIR:
		return ANSWER(opened);
	case FUSE_READDIR:
		hold(control);
		return fuse_entries(control, read->offset, to);
	case FUSE_RELEASEDIR:
		return 0;
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		return 1;
	default:
		return -EOPNOTSUPP;
	}
}

static __attribute__((__noreturn__)) void fuse_serve(const struct fuse *fuse)
{
	static char in[65536];
	static struct {
		struct fuse_out_header head;
		char body[16384];
	} out;

	while (read(fuse->dev, in, sizeof(in)) > 0) {
		const struct fuse_in_header *const head = (void *)in;
		const int len = fuse_answer(fuse->control, head, out.body);

		if (len == 1)
			continue;
		out.head.error = len < 0 ? len : 0;
		out.head.len = sizeof(out.head) + (len < 0 ? 0 : len);
		out.head.unique = head->unique;
		if (write(fuse->dev, &out, out.head.len) < 0)
			break;
	}
	_exit(0);
}

static int fuse_start(struct fuse *fuse, enum fault fault, int entries)
{
	char options[128];
	int error = make_top(fuse->top);

	if (error)
		return error;
	fuse->control = mmap(NULL, sizeof(*fuse->control), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fuse->control->fault = fault;
	fuse->control->entries = entries;
	fuse->dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40755,user_id=0,group_id=0",
		 fuse->dev);
	if (fuse->dev < 0 || mount("fuse", fuse->top, "fuse", 0, options))
		return -errno;
	fuse->pid = fork();
	if (!fuse->pid)
		fuse_serve(fuse);
	return fuse->pid < 0 ? -errno : 0;
}

static void fuse_stop(struct fuse *fuse)
{
	umount2(fuse->top, MNT_FORCE | MNT_DETACH);
	umount2(fuse->top, MNT_DETACH);
	end(fuse->pid);
	close(fuse->dev);
	rmdir(fuse->top);
}

FIXTURE(broken) {
	struct fuse fuse;
	struct server server;
};

FIXTURE_VARIANT(broken) {
	enum fault fault;
	int error;
};

FIXTURE_VARIANT_ADD(broken, fails) { FAILS, CLOUDABI_EBADMSG };
FIXTURE_VARIANT_ADD(broken, slash) { SLASH, CLOUDABI_EIO };
FIXTURE_VARIANT_ADD(broken, no_name) { NO_NAME, CLOUDABI_EIO };

FIXTURE_SETUP(broken)
{
	ASSERT_EQ(0, fuse_start(&self->fuse, variant->fault, GOOD));
	ASSERT_EQ(0, start(&self->server, self->fuse.top));
}

FIXTURE_TEARDOWN(broken)
{
	server_stop(&self->server);
	fuse_stop(&self->fuse);
}

/* All entries before the error are returned first, then the error. */
TEST_F(broken, error_is_seen_and_costs_nothing)
{
	FOR_EACH_ROOM(i) {
		struct listing ours = { };

		EXPECT_EQ(-variant->error, list(&self->server, rooms[i], &ours, NULL))
			TH_LOG("room %zu", rooms[i]);
		EXPECT_EQ(GOOD, ours.count) TH_LOG("room %zu", rooms[i]);
		free(ours.names);
	}
}

/* Linux returns such a name although other calls refuse it as too long. */
TEST(long_name_is_handed_out)
{
	struct server server;
	struct fuse fuse;

	ASSERT_EQ(0, fuse_start(&fuse, LONG, GOOD));
	ASSERT_EQ(0, start(&server, fuse.top));
	FOR_EACH_ROOM(i) {
		struct listing ours = { }, native = { };

		EXPECT_EQ(0, list_native(fuse.top, &native));
		EXPECT_EQ(0, list(&server, rooms[i], &ours, NULL));
		EXPECT_EQ(GOOD + 1, ours.count) TH_LOG("room %zu", rooms[i]);
		EXPECT_TRUE(listing_equal(&native, &ours)) TH_LOG("room %zu", rooms[i]);
		free(ours.names);
		free(native.names);
	}
	server_stop(&server);
	fuse_stop(&fuse);
}

/* Long calls */

static int requests(const struct fuse *fuse)
{
	return __atomic_load_n(&fuse->control->requests, __ATOMIC_SEQ_CST);
}

static void go(struct fuse *fuse)
{
	__atomic_store_n(&fuse->control->go, true, __ATOMIC_SEQ_CST);
}

static void send_readdir(struct server *server)
{
	struct regs regs = {
		.rax = CLOUDABI_NR_file_readdir, .rdi = DIR_FD, .rsi = ROOM, .rdx = ROOM_SIZE,
		.r10 = CLOUDABI_DIRCOOKIE_START, .rsp = SERVER_STACK, .flags = 2,
	};

	server_send(server, &regs);
}

/* The call stops where it is and continues from there. */
TEST(stop_does_not_wait_for_the_end)
{
	struct listing native = { };
	struct server server;
	struct fuse fuse;
	struct regs regs;
	const char *name;
	int status, stopped_at;

	ASSERT_EQ(0, fuse_start(&fuse, ENDS, 2000));
	ASSERT_EQ(0, list_native(fuse.top, &native));
	ASSERT_EQ(0, start(&server, fuse.top));
	fuse.control->requests = 0;
	fuse.control->hold_at = 20;
	send_readdir(&server);
	while (requests(&fuse) < 20)
		usleep(1000);
	ASSERT_EQ(0, kill(server.pid, SIGSTOP));
	go(&fuse);
	ASSERT_EQ(server.pid, waitpid(server.pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	stopped_at = requests(&fuse);
	EXPECT_LE(stopped_at, 22);
	ASSERT_EQ(0, kill(server.pid, SIGCONT));

	ASSERT_TRUE(server_receive(&server, &regs));
	EXPECT_EQ(0, regs.flags & FLAG_CF);
	/* The call did not start again. */
	EXPECT_LE(requests(&fuse), 2000 / 4 + 5);
	fetch(&server, regs.rax);
	name = native.names;
	for (size_t at = 0; at < regs.rax; name += strlen(name) + 1) {
		cloudabi_dirent_t entry;

		ASSERT_TRUE(entry_at(at, regs.rax, &entry));
		ASSERT_EQ(strlen(name), entry.d_namlen);
		ASSERT_EQ(0, memcmp(name, buf + at + HEAD, entry.d_namlen));
		at += HEAD + entry.d_namlen;
	}
	EXPECT_EQ(native.names + native.len, name);
	server_stop(&server);
	fuse_stop(&fuse);
	free(native.names);
}

static void use_dir(void *arg)
{
	const int fd = *(int *)arg;

	if ((fd != DIR_FD && dup2(fd, DIR_FD) < 0) || fcntl(DIR_FD, F_SETFD, 0))
		_exit(253);
}

/* A peer that shares the open file sleeps while it holds the position lock. */
TEST(waiting_for_a_peer_can_be_stopped_and_killed)
{
	struct server server;
	struct fuse fuse;
	int fd, status;
	pid_t peer;

	ASSERT_EQ(0, fuse_start(&fuse, ENDS, 2000));
	fd = open(fuse.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, server_start_with(&server, use_dir, &fd));
	map_room(&server);
	fuse.control->hold_at = 1;
	peer = fork();
	if (!peer)
		_exit(syscall(SYS_getdents64, fd, buf, sizeof(buf)) <= 0);
	while (requests(&fuse) < 1)
		usleep(1000);
	send_readdir(&server);
	ASSERT_TRUE(falls_asleep(server.pid));
	ASSERT_EQ(0, kill(server.pid, SIGSTOP));
	/* Wait until the server has stopped. */
	ASSERT_EQ(server.pid, waitpid(server.pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(server.pid, SIGCONT));
	ASSERT_TRUE(falls_asleep(server.pid));
	ASSERT_EQ(0, kill(server.pid, SIGKILL));
	ASSERT_EQ(server.pid, waitpid(server.pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	go(&fuse);
	ASSERT_EQ(peer, waitpid(peer, &status, 0));
	EXPECT_EQ(0, status);
	server.pid = 0;
	server_stop(&server);
	fuse_stop(&fuse);
}

TEST_HARNESS_MAIN
