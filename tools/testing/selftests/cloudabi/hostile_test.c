// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A program that wants out
 *
 * It tries everything that it knows, one attempt a function, each of which fails
 * if the attempt succeeds.  What it would have done outside, the launcher looks
 * for, too.  hostile_nobody_test is the same program without root's uid.
 *
 * ATTEMPT(name, layer) says what is in its way, and scripts/layers believes
 * nothing of it: it takes one layer out of the kernel, and looks at what happens.
 *
 *   RIGHTS  only the first layer: what handlers demand of descriptors and names
 *   HOOKS   only the second layer: the look-up's own demand, the LSM's hooks, and
 *           what path walks are made to do
 *   BOTH    each of them without the other
 *   NAMES   the same, for a name that leads out
 *   GATE    neither, but what is always there: the way into the kernel, the table
 *           of rights, types, memory
 */

#include "proccalls.h"

#include "filecalls.h"

enum layer { RIGHTS, HOOKS, BOTH, NAMES, GATE };

#define ATTEMPT(name, stopped_by)                        \
	static const enum layer layer_of_##name          \
		__attribute__((__unused__)) = stopped_by; \
	TEST(name)

/* The attempt is lost if the call succeeds, whatever the errno. */
#define STOPPED(call) EXPECT_GT(0, call)

#define PAGE 4096UL
#define P_READ CLOUDABI_PROT_READ
#define P_WRITE CLOUDABI_PROT_WRITE
#define P_EXEC CLOUDABI_PROT_EXEC
#define M_ANON CLOUDABI_MAP_ANON
#define M_PRIVATE CLOUDABI_MAP_PRIVATE
#define M_SHARED CLOUDABI_MAP_SHARED
#define M_FIXED CLOUDABI_MAP_FIXED

/* How long a race is tried. */
#define RACE (300 * MS)

static char room[PAGE];

static void close_own(const long *fd)
{
	if (*fd >= 0)
		close_fd(*fd);
}

/* A descriptor that is closed at the end of the attempt. */
#define OWN(fd, value)                                                    \
	const long fd __attribute__((__cleanup__(close_own))) = (value);  \
	ASSERT_LE(0, fd)
#define WITHOUT(fd, from, rights) OWN(fd, dup_without(from, rights))
#define WITHOUT_INHERITING(fd, from, rights) \
	OWN(fd, dup_limited(from, base_of(from), inheriting_of(from) & ~(rights)))

static void remove_mine(const char (*unused)[1])
{
	remove_all(FIXTURE_DIR, "mine");
}

/* A new file "mine", or anything by that name, is gone at the end of the attempt. */
#define MINE_GOES const char mine_[1] __attribute__((__cleanup__(remove_mine), __unused__)) = ""
#define MINE(fd) MINE_GOES; OWN(fd, make_file("mine", FIXTURE_TEXT))

static bool has_text(cloudabi_fd_t dir, const char *name, const char *text)
{
	char buf[64];
	const long fd = open_at(dir, name, 0, R(FD_READ));
	const long len = read_fd(fd, buf, sizeof(buf));

	close_fd(fd);
	return len == (long)strlen(text) && !memcmp(buf, text, len);
}

#define UNTOUCHED() EXPECT_TRUE(has_text(FIXTURE_DIR, "mine", FIXTURE_TEXT))

/* Opens as a way out: whatever opens, is out. */
static long try_out(cloudabi_fd_t dir, const char *path)
{
	const long plain = try_open(dir, path, 0, R(FD_READ));

	return plain >= 0 ? plain : try_follow(dir, path, 0, R(FD_READ));
}

#define NO_WAY(dir, path)                                          \
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_out(dir, path)) TH_LOG("%s", path)

static long map(cloudabi_fd_t fd, cloudabi_mprot_t prot, cloudabi_mflags_t flags)
{
	void *mem = NULL;
	const cloudabi_errno_t error =
		cloudabi_sys_mem_map(NULL, PAGE, prot, flags, fd, 0, &mem);

	return RESULT(error, (uintptr_t)mem);
}

static long map_at(uintptr_t addr, size_t len, cloudabi_mprot_t prot)
{
	void *mem = NULL;
	const cloudabi_errno_t error =
		cloudabi_sys_mem_map((void *)addr, len, prot, M_ANON | M_FIXED | M_PRIVATE,
				     CLOUDABI_MAP_ANON_FD, 0, &mem);

	return RESULT(error, (uintptr_t)mem);
}

static long map_anon(cloudabi_mprot_t prot)
{
	return map(CLOUDABI_MAP_ANON_FD, prot, M_ANON | M_PRIVATE);
}

static long protect(long mem, cloudabi_mprot_t prot)
{
	return -(long)cloudabi_sys_mem_protect((void *)mem, PAGE, prot);
}

static void set_byte(uintptr_t addr, unsigned char value)
{
	__atomic_store_n((unsigned char *)addr, value, __ATOMIC_SEQ_CST);
}

static unsigned char get_byte(uintptr_t addr)
{
	return __atomic_load_n((const unsigned char *)addr, __ATOMIC_SEQ_CST);
}

static void unmap(long mem)
{
	cloudabi_sys_mem_unmap((void *)mem, PAGE);
}

/* Files of /proc as text. */

static long read_proc(const char *path, char *buf, size_t len)
{
	const long fd = open_at(FIXTURE_PROC, path, 0, R(FD_READ));
	const long done = fd < 0 ? fd : read_fd(fd, buf, len - 1);

	close_fd(fd);
	if (done >= 0)
		buf[done] = '\0';
	return done;
}

static unsigned int number(const char *text)
{
	unsigned int n = 0;

	while (*text == ' ' || *text == '\t')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* Pid of the parent: of the launcher, or in a child, of this program. */
static unsigned int parent(void)
{
	char stat[512];

	if (read_proc("self/stat", stat, sizeof(stat)) <= 0)
		return 0;
	/* "pid (name) S ppid" */
	return number(strrchr(stat, ')') + 4);
}

static bool launcher_lives(void)
{
	char path[32], stat[512], state;

	cloudabi_snprintf(path, sizeof(path), "%u/stat", parent());
	if (read_proc(path, stat, sizeof(stat)) <= 0)
		return false;
	state = strrchr(stat, ')')[2];
	return state == 'S' || state == 'R' || state == 'D';
}

/* Names that lead out */

ATTEMPT(reach_parent_by_dotdot, NAMES)
{
	NO_WAY(FIXTURE_DIR, "..");
	NO_WAY(FIXTURE_DIR, "../outside");
	NO_WAY(FIXTURE_DIR, "../root/file");
	NO_WAY(FIXTURE_DIR_PATH, "../outside");
}

ATTEMPT(reach_parent_from_below, NAMES)
{
	NO_WAY(FIXTURE_DIR, "dir/dir/../../../outside");
	NO_WAY(FIXTURE_DIR, "link_dir/../../outside");
	NO_WAY(FIXTURE_DIR, "dir/../././..//outside");
}

ATTEMPT(climb_to_the_root, NAMES)
{
	char path[3 * 1000 + 16];

	for (int i = 0; i < 1000; i++)
		memcpy(path + 3 * i, "../", 3);
	memcpy(path + 3000, "etc/passwd", 11);
	NO_WAY(FIXTURE_DIR, path);
}

ATTEMPT(open_absolute, NAMES)
{
	NO_WAY(FIXTURE_DIR, "/");
	NO_WAY(FIXTURE_DIR, "//etc/passwd");
	NO_WAY(FIXTURE_DIR, "/proc/self/root");
	NO_WAY(FIXTURE_DIR, "/dev/mem");
	NO_WAY(FIXTURE_PROC, "/proc/version");
}

ATTEMPT(hide_the_way_behind_nul, GATE)
{
	static const char path[] = "file\0/../../outside";
	static const char other[] = "\0/etc/passwd";

	EXPECT_EQ(-CLOUDABI_EINVAL,
		  open_path(FIXTURE_DIR, 0, path, sizeof(path) - 1, 0, 0, R(FD_READ), 0));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  open_path(FIXTURE_DIR, 0, other, sizeof(other) - 1, 0, 0, R(FD_READ), 0));
}

ATTEMPT(follow_link_out, NAMES)
{
	NO_WAY(FIXTURE_DIR, "link_up/outside");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "link_outside", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "dir/out", 0, R(FD_READ)));
}

ATTEMPT(follow_absolute_link, NAMES)
{
	NO_WAY(FIXTURE_DIR, "link_root/etc/passwd");
	NO_WAY(FIXTURE_DIR, "link_root/");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  try_follow(FIXTURE_DIR, "link_absolute_inside", 0, R(FD_READ)));
}

ATTEMPT(follow_own_link_out, NAMES)
{
	MINE_GOES;

	ASSERT_EQ(0, symlink_at("dir/../../outside", FIXTURE_DIR, "mine"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_DIR, "mine", 0, R(FD_READ)));
	ASSERT_EQ(0, unlink_at(FIXTURE_DIR, "mine", 0));
	ASSERT_EQ(0, symlink_at("/proc/self/cwd/..", FIXTURE_DIR, "mine"));
	NO_WAY(FIXTURE_DIR, "mine/");
	NO_WAY(FIXTURE_DIR, "mine/root/file");
}

ATTEMPT(leave_through_mount, NAMES)
{
	OWN(mount, open_whole_dir(FIXTURE_DIR, "mount"));
	OWN(bound, open_whole_dir(FIXTURE_DIR, "bound"));

	NO_WAY(FIXTURE_DIR, "mount/../../outside");
	NO_WAY(mount, "../file");
	NO_WAY(bound, "../outside");
	NO_WAY(bound, "dir/../../file");
}

ATTEMPT(create_file_outside, NAMES)
{
	STOPPED(try_open(FIXTURE_DIR, "../new", CLOUDABI_O_CREAT, R(FD_WRITE)));
	STOPPED(try_open(FIXTURE_DIR, "link_up/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
	STOPPED(try_open(FIXTURE_DIR, "/tmp/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
}

ATTEMPT(create_directory_outside, NAMES)
{
	STOPPED(make_dir(FIXTURE_DIR, "../new"));
	STOPPED(make_dir(FIXTURE_DIR, "link_up/new"));
	STOPPED(make_dir(FIXTURE_DIR, "/new"));
}

ATTEMPT(create_link_outside, NAMES)
{
	STOPPED(symlink_at("file", FIXTURE_DIR, "../new"));
	STOPPED(symlink_at("file", FIXTURE_DIR, "link_up/new"));
	STOPPED(symlink_at("file", FIXTURE_DIR, "link_root/tmp/new"));
}

ATTEMPT(truncate_outside, NAMES)
{
	STOPPED(try_open(FIXTURE_DIR, "../outside", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_follow(FIXTURE_DIR, "link_outside", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_follow(FIXTURE_DIR, "link_absolute", CLOUDABI_O_TRUNC, R(FD_WRITE)));
}

ATTEMPT(remove_outside, NAMES)
{
	STOPPED(unlink_at(FIXTURE_DIR, "../outside", 0));
	STOPPED(unlink_at(FIXTURE_DIR, "link_up/outside", 0));
	STOPPED(unlink_at(FIXTURE_DIR, "../root/blank", REMOVEDIR));
}

ATTEMPT(move_outside_in, NAMES)
{
	MINE_GOES;

	STOPPED(rename_at(FIXTURE_DIR, "../outside", FIXTURE_DIR, "mine"));
	STOPPED(rename_at(FIXTURE_DIR, "link_up/outside", FIXTURE_DIR, "mine"));
	STOPPED(rename_at(FIXTURE_DIR, "..", FIXTURE_DIR, "mine"));
}

ATTEMPT(move_inside_out, NAMES)
{
	MINE(fd);

	STOPPED(rename_at(FIXTURE_DIR, "mine", FIXTURE_DIR, "../outside"));
	STOPPED(rename_at(FIXTURE_DIR, "mine", FIXTURE_DIR, "link_up/new"));
	UNTOUCHED();
}

ATTEMPT(link_outside_in, NAMES)
{
	MINE_GOES;

	STOPPED(link_at(FIXTURE_DIR, 0, "../outside", FIXTURE_DIR, "mine"));
	STOPPED(link_at(FIXTURE_DIR, FOLLOW, "link_outside", FIXTURE_DIR, "mine"));
	STOPPED(link_at(FIXTURE_DIR, FOLLOW, "link_absolute", FIXTURE_DIR, "mine"));
}

ATTEMPT(link_inside_out, NAMES)
{
	STOPPED(link_at(FIXTURE_DIR, 0, "file", FIXTURE_DIR, "../new"));
	STOPPED(link_at(FIXTURE_DIR, 0, "file", FIXTURE_DIR, "link_up/new"));
}

/* A file of one directory into another one that was passed, which is not of its kind. */
ATTEMPT(link_across_passed_directories, NAMES)
{
	MINE_GOES;

	STOPPED(link_at(FIXTURE_PROC, 0, "version", FIXTURE_DIR, "mine"));
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, "self/exe", FIXTURE_DIR, "mine"));
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, "self/fd/6", FIXTURE_DIR, "mine"));
}

/* "/proc/self/fd/N" is how Linux gives a file without a name a name. */
ATTEMPT(name_a_nameless_file, NAMES)
{
	char path[32];

	MINE_GOES;
	cloudabi_snprintf(path, sizeof(path), "self/fd/%u", FIXTURE_MEMFD);
	STOPPED(link_at(FIXTURE_PROC, FOLLOW, path, FIXTURE_DIR, "mine"));
	STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_READ)));
}

ATTEMPT(look_at_outside, NAMES)
{
	cloudabi_filestat_t stat;

	STOPPED(stat_at(FIXTURE_DIR, 0, "../outside", &stat));
	STOPPED(stat_at(FIXTURE_DIR, FOLLOW, "link_outside", &stat));
	STOPPED(stat_at(FIXTURE_DIR, 0, "..", &stat));
	STOPPED(stat_at(FIXTURE_DIR, 0, "/", &stat));
}

ATTEMPT(set_times_outside, NAMES)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };

	STOPPED(put_at(FIXTURE_DIR, 0, "../outside", &stat, CLOUDABI_FILESTAT_MTIM));
	STOPPED(put_at(FIXTURE_DIR, FOLLOW, "link_outside", &stat, CLOUDABI_FILESTAT_MTIM));
	STOPPED(put_at(FIXTURE_DIR, FOLLOW, "link_up", &stat, CLOUDABI_FILESTAT_MTIM));
}

ATTEMPT(read_link_outside, NAMES)
{
	char buf[64];

	STOPPED(readlink_at(FIXTURE_DIR, "../root/link", buf, sizeof(buf)));
	STOPPED(readlink_at(FIXTURE_DIR, "link_up/root/link", buf, sizeof(buf)));
}

/* The floor is where the descriptor is, also when that has moved or gone. */
ATTEMPT(leave_by_moved_directory, NAMES)
{
	long fd;

	MINE_GOES;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine/sub"));
	fd = open_whole_dir(FIXTURE_DIR, "mine/sub");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, rename_at(FIXTURE_DIR, "mine/sub", FIXTURE_DIR, "dir/sub"));
	NO_WAY(fd, "../file");
	NO_WAY(fd, "../../file");
	EXPECT_EQ(0, unlink_at(FIXTURE_DIR, "dir/sub", REMOVEDIR));
	NO_WAY(fd, "..");
	NO_WAY(fd, "../file");
	EXPECT_EQ(0, close_fd(fd));
}

static void move_to_and_fro(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		rename_at(FIXTURE_DIR, "mine/floor/sub", FIXTURE_DIR, "mine/sub");
		rename_at(FIXTURE_DIR, "mine/sub", FIXTURE_DIR, "mine/floor/sub");
	}
}

static struct helper helper;

/* While a walk is in a directory, that is moved to where ".." is not beneath. */
ATTEMPT(rename_directory_while_walking, NAMES)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;
	unsigned int met = 0;

	MINE_GOES;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine/floor"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine/floor/sub"));
	ASSERT_EQ(0, close_fd(open_at(FIXTURE_DIR, "mine/secret", CLOUDABI_O_CREAT, R(FD_READ))));
	OWN(floor, open_whole_dir(FIXTURE_DIR, "mine/floor"));

	ASSERT_EQ(0, helper_start(&helper, move_to_and_fro, &stop));
	while (now() < end || (!met && now() < end + PATIENCE)) {
		STOPPED(try_open(floor, "sub/../secret", 0, R(FD_READ)));
		STOPPED(try_open(floor, "sub/../../secret", 0, R(FD_READ)));
		STOPPED(try_open(floor, "sub/../../../../outside", 0, R(FD_READ)));
		met += !try_open(floor, "sub/../sub", CLOUDABI_O_DIRECTORY, 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	EXPECT_NE(0, met);
}

/* Arguments that change while a call looks at them */

static char flipping[32];

static void flip_name(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		__builtin_memcpy(flipping, "link_dir/file", 13);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		__builtin_memcpy(flipping, "../../outside", 13);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
}

ATTEMPT(change_name_in_flight, NAMES)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;
	char text[64];

	ASSERT_EQ(0, helper_start(&helper, flip_name, &stop));
	while (now() < end) {
		const long fd = open_path(FIXTURE_DIR, 0, flipping, 13, 0, 0, R(FD_READ), 0);

		if (fd < 0)
			continue;
		EXPECT_EQ(FIXTURE_TEXT_LEN, read_fd(fd, text, sizeof(text)));
		close_fd(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
}

static cloudabi_fdstat_t request;

static void flip_request(void *arg)
{
	const uint32_t *const stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&request.fs_rights_base, R(FD_READ), __ATOMIC_SEQ_CST);
		__atomic_store_n(&request.fs_rights_base, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK),
				 __ATOMIC_SEQ_CST);
	}
}

ATTEMPT(change_request_in_flight, BOTH)
{
	const cloudabi_timestamp_t end = now() + RACE;
	uint32_t stop = 0;

	MINE(mine);
	OWN(dir, dup_limited(FIXTURE_DIR, DIRECTORY_BASE, R(FD_READ) | R(FD_SEEK)));
	request = (cloudabi_fdstat_t){ 0 };
	ASSERT_EQ(0, helper_start(&helper, flip_request, &stop));
	while (now() < end) {
		cloudabi_fd_t fd;

		if (cloudabi_sys_file_open(cloudabi_lookup(dir, 0), "mine", 4, 0,
					   &request, &fd))
			continue;
		STOPPED(write_fd(fd, "x", 1));
		close_fd(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	UNTOUCHED();
}

struct swap {
	uint32_t stop;
	cloudabi_fd_t target, read, write;
};

static void swap_descriptor(void *arg)
{
	struct swap *const swap = arg;

	while (!__atomic_load_n(&swap->stop, __ATOMIC_SEQ_CST)) {
		cloudabi_sys_fd_replace(swap->read, swap->target);
		cloudabi_sys_fd_replace(swap->write, swap->target);
	}
}

/* The right of the one descriptor, and the file of the other. */
ATTEMPT(swap_descriptor_in_flight, BOTH)
{
	const cloudabi_timestamp_t end = now() + RACE;
	struct swap swap = { .stop = 0 };

	MINE(mine);
	WITHOUT(read_only, mine, R(FD_WRITE));
	OWN(target, dup_fd(FIXTURE_NULL_DEVICE));
	swap.read = read_only;
	swap.write = FIXTURE_NULL_DEVICE;
	swap.target = target;
	ASSERT_EQ(0, helper_start(&helper, swap_descriptor, &swap));
	while (now() < end)
		write_fd(target, "x", 1);
	__atomic_store_n(&swap.stop, 1, __ATOMIC_SEQ_CST);
	helper_join(&helper);
	UNTOUCHED();
}

/* A directory of /proc that was passed: what leads out of it, or to others */

ATTEMPT(magic_link_to_the_root, NAMES)
{
	NO_WAY(FIXTURE_PROC, "self/root/etc/passwd");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/root", 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_PROC, "self/root/tmp/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
}

ATTEMPT(magic_link_to_the_working_directory, NAMES)
{
	NO_WAY(FIXTURE_PROC, "self/cwd/outside");
	NO_WAY(FIXTURE_PROC, "self/cwd/");
	NO_WAY(FIXTURE_PROC, "thread-self/cwd/../outside");
}

ATTEMPT(magic_link_to_the_program, NAMES)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/exe", 0, R(FD_READ)));
	STOPPED(try_follow(FIXTURE_PROC, "self/exe", 0, R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_follow(FIXTURE_PROC, "self/exe", 0, R(PROC_EXEC)));
}

/* Would be a second, less limited way to the same file. */
ATTEMPT(magic_link_to_a_descriptor, NAMES)
{
	char path[32];

	MINE(mine);
	WITHOUT(read_only, mine, R(FD_WRITE));
	cloudabi_snprintf(path, sizeof(path), "self/fd/%u", (unsigned int)read_only);
	STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_open(FIXTURE_PROC, path, CLOUDABI_O_TRUNC, R(FD_WRITE)));
	UNTOUCHED();
}

ATTEMPT(magic_link_to_a_namespace, NAMES)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/ns/mnt", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/ns/user", 0, 0));
}

ATTEMPT(magic_links_of_the_launcher, NAMES)
{
	static const char *const names[] = {
		"%u/root/etc/passwd", "%u/cwd/outside", "%u/exe", "%u/fd/0", "%u/ns/mnt",
		"%u/root", "%u/cwd",
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cloudabi_snprintf(path, sizeof(path), names[i], parent());
		STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_READ))) TH_LOG("%s", path);
	}
}

ATTEMPT(memory_of_the_launcher, GATE)
{
	char path[32], buf[64];

	cloudabi_snprintf(path, sizeof(path), "%u/mem", parent());
	STOPPED(try_open(FIXTURE_PROC, path, 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_PROC, path, 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK)));
	cloudabi_snprintf(path, sizeof(path), "%u/environ", parent());
	STOPPED(read_proc(path, buf, sizeof(buf)));
	cloudabi_snprintf(path, sizeof(path), "%u/maps", parent());
	STOPPED(read_proc(path, buf, sizeof(buf)));
}

/* The same user, and no more capabilities: only the mark keeps a child out. */
static void look_into(struct test_metadata *_metadata, const char *name,
		      cloudabi_rights_t rights, uintptr_t offset)
{
	char path[32], buf[16];
	const long fd = fork_process();

	ASSERT_LE(0, fd);
	if (fd == CHILD) {
		long file;

		cloudabi_snprintf(path, sizeof(path), "%u/%s", parent(), name);
		file = open_at(FIXTURE_PROC, path, 0, rights);
		cloudabi_exit(pread_fd(file, buf, sizeof(buf), offset) >= 0);
	}
	EXPECT_EQ(EXITED(0), finish(fd));
}

ATTEMPT(memory_of_a_relative, HOOKS)
{
	look_into(_metadata, "mem", R(FD_READ) | R(FD_WRITE) | R(FD_SEEK),
		  (uintptr_t)FIXTURE_TEXT);
}

ATTEMPT(addresses_of_a_relative, HOOKS)
{
	look_into(_metadata, "maps", R(FD_READ) | R(FD_SEEK), 0);
}

ATTEMPT(strings_of_a_relative, HOOKS)
{
	look_into(_metadata, "auxv", R(FD_READ) | R(FD_SEEK), 0);
}

/* Opens for writing, and writes; at an address of the program if it is memory. */
static long write_by_open_of(cloudabi_fd_t dir, const char *name)
{
	const long fd = open_at(dir, name, 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));
	const long done = pwrite_fd(fd, "0", 1, 0);

	close_fd(fd);
	return done;
}

ATTEMPT(write_through_read_only_proc, BOTH)
{
	static const char *const names[] = {
		"self/oom_score_adj", "sys/kernel/core_pattern", "self/mem",
	};

	WITHOUT_INHERITING(proc, FIXTURE_PROC, R(FD_WRITE));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		STOPPED(write_by_open_of(proc, names[i])) TH_LOG("%s", names[i]);
}

/* Memory that is executable is written with the kernel's own rights there. */
ATTEMPT(write_own_code_through_proc, HOOKS)
{
	const long mem = map_anon(P_READ | P_EXEC);
	const long fd = open_at(FIXTURE_PROC, "self/mem", 0,
				R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));

	ASSERT_LT(0, mem);
	STOPPED(pwrite_fd(fd, "\xc3", 1, mem));
	close_fd(fd);
	unmap(mem);
}

/* Root's uid is enough for these, without any capability. */
ATTEMPT(change_settings_through_proc, HOOKS)
{
	static const char *const names[] = {
		"sys/kernel/core_pattern", "sysrq-trigger", "1/oom_score_adj",
		"self/oom_score_adj", "sys/kernel/hostname",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		STOPPED(try_open(FIXTURE_PROC, names[i], 0, R(FD_WRITE) | R(FD_SEEK)))
			TH_LOG("%s", names[i]);
}

/* Effects without the right, each on a file of its own */

ATTEMPT(write_through_read_only, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FD_WRITE));

	STOPPED(write_fd(fd, "x", 1));
	STOPPED(pwrite_fd(fd, "x", 1, 0));
	UNTOUCHED();
}

ATTEMPT(write_through_what_was_opened_for_reading, GATE)
{
	STOPPED(write_fd(FIXTURE_FILE_RDONLY, "x", 1));
	STOPPED(pwrite_fd(FIXTURE_FILE_RDONLY, "x", 1, 0));
	EXPECT_TRUE(has_text(FIXTURE_DIR, "file", FIXTURE_TEXT));
}

ATTEMPT(read_through_write_only, BOTH)
{
	char buf[16];

	MINE(mine);
	WITHOUT(fd, mine, R(FD_READ));
	STOPPED(read_fd(fd, buf, sizeof(buf)));
	STOPPED(pread_fd(fd, buf, sizeof(buf), 0));
}

ATTEMPT(overwrite_without_position, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FD_SEEK));

	STOPPED(pwrite_fd(fd, "x", 1, 0));
	UNTOUCHED();
}

ATTEMPT(seek_without_right, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FD_SEEK));

	STOPPED(seek_fd(fd, 4, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(FIXTURE_TEXT_LEN, read_fd(mine, room, sizeof(room)));
}

ATTEMPT(drop_append, BOTH)
{
	MINE(mine);
	ASSERT_EQ(0, set_flags(mine, CLOUDABI_FDFLAG_APPEND));
	WITHOUT(fd, mine, R(FD_STAT_PUT_FLAGS) | R(FD_SEEK));

	STOPPED(set_flags(fd, 0));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(fd));
}

ATTEMPT(overwrite_by_dropping_append, BOTH)
{
	MINE(mine);
	ASSERT_EQ(0, set_flags(mine, CLOUDABI_FDFLAG_APPEND));
	WITHOUT(fd, mine, R(FD_SEEK));

	STOPPED(set_flags(fd, 0));
	STOPPED(set_flags(fd, CLOUDABI_FDFLAG_SYNC));
	EXPECT_EQ(1, write_fd(fd, "x", 1));
	EXPECT_TRUE(has_text(FIXTURE_DIR, "mine", FIXTURE_TEXT "x"));
}

ATTEMPT(tell_without_right, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FD_SEEK) | R(FD_TELL));

	STOPPED(tell_fd(fd));
}

ATTEMPT(truncate_without_right, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FILE_STAT_FPUT_SIZE));

	STOPPED(resize_fd(fd, 0));
	STOPPED(resize_fd(fd, 1 << 20));
	UNTOUCHED();
}

ATTEMPT(allocate_without_right, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FILE_ALLOCATE));

	STOPPED(allocate_fd(fd, 0, 1 << 16));
	UNTOUCHED();
}

ATTEMPT(set_times_of_file_without_right, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };
	cloudabi_filestat_t now = { 0 };

	MINE(mine);
	WITHOUT(fd, mine, R(FILE_STAT_FPUT_TIMES));
	STOPPED(put_fd(fd, &stat, CLOUDABI_FILESTAT_MTIM));
	EXPECT_EQ(0, stat_fd(mine, &now));
	EXPECT_NE(SECOND, now.st_mtim);
}

ATTEMPT(set_times_of_name_without_right, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };
	cloudabi_filestat_t now = { 0 };

	MINE(mine);
	WITHOUT(dir, FIXTURE_DIR, R(FILE_STAT_PUT_TIMES));
	STOPPED(put_at(dir, 0, "mine", &stat, CLOUDABI_FILESTAT_MTIM));
	EXPECT_EQ(0, stat_fd(mine, &now));
	EXPECT_NE(SECOND, now.st_mtim);
}

ATTEMPT(look_at_file_without_right, BOTH)
{
	cloudabi_filestat_t stat;

	WITHOUT(fd, FIXTURE_FILE, R(FILE_STAT_FGET));
	STOPPED(stat_fd(fd, &stat));
}

ATTEMPT(look_at_name_without_right, BOTH)
{
	cloudabi_filestat_t stat;

	WITHOUT(dir, FIXTURE_DIR, R(FILE_STAT_GET));
	STOPPED(stat_at(dir, 0, "file", &stat));
}

ATTEMPT(list_without_right, BOTH)
{
	char buf[256];

	WITHOUT(dir, FIXTURE_DIR, R(FILE_READDIR));
	STOPPED(readdir_fd(dir, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START));
}

ATTEMPT(read_link_without_right, BOTH)
{
	char buf[16];

	WITHOUT(dir, FIXTURE_DIR, R(FILE_READLINK));
	STOPPED(readlink_at(dir, "link", buf, sizeof(buf)));
}

ATTEMPT(open_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_OPEN));

	STOPPED(try_open(dir, "file", 0, R(FD_READ)));
	STOPPED(try_open(dir, ".", 0, R(FILE_READDIR)));
}

ATTEMPT(create_file_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_CREATE_FILE));

	MINE_GOES;
	STOPPED(try_open(dir, "mine", CLOUDABI_O_CREAT, R(FD_WRITE) | R(FD_SEEK)));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(create_directory_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_CREATE_DIRECTORY));

	MINE_GOES;
	STOPPED(make_dir(dir, "mine"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(create_link_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_SYMLINK));

	MINE_GOES;
	STOPPED(symlink_at("file", dir, "mine"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(link_from_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_LINK_SOURCE));

	MINE_GOES;
	STOPPED(link_at(dir, 0, "file", FIXTURE_DIR, "mine"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(link_to_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_LINK_TARGET));

	MINE_GOES;
	STOPPED(link_at(FIXTURE_DIR, 0, "file", dir, "mine"));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(rename_from_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_RENAME_SOURCE));

	MINE(mine);
	STOPPED(rename_at(dir, "mine", FIXTURE_DIR, "blank/moved"));
	UNTOUCHED();
	unlink_at(FIXTURE_DIR, "blank/moved", 0);
}

ATTEMPT(rename_to_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_RENAME_TARGET));

	MINE(mine);
	STOPPED(rename_at(FIXTURE_DIR, "mine", dir, "blank/moved"));
	UNTOUCHED();
	unlink_at(FIXTURE_DIR, "blank/moved", 0);
}

ATTEMPT(remove_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_UNLINK));

	MINE(mine);
	STOPPED(unlink_at(dir, "mine", 0));
	UNTOUCHED();
}

ATTEMPT(remove_directory_without_right, BOTH)
{
	WITHOUT(dir, FIXTURE_DIR, R(FILE_UNLINK));

	MINE_GOES;
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "mine"));
	STOPPED(unlink_at(dir, "mine", REMOVEDIR));
	EXPECT_NE(0, inode_at(FIXTURE_DIR, "mine"));
}

ATTEMPT(write_back_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_SYNC) | R(FD_DATASYNC));

	STOPPED(-(long)cloudabi_sys_fd_sync(fd));
	STOPPED(-(long)cloudabi_sys_fd_datasync(fd));
}

ATTEMPT(advise_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FILE_ADVISE));

	STOPPED(advise_fd(fd, 0, 0, CLOUDABI_ADVICE_DONTNEED));
}

ATTEMPT(shut_down_without_right, BOTH)
{
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	WITHOUT(fd, pair[0], R(SOCK_SHUTDOWN));
	STOPPED(shut(fd, CLOUDABI_SHUT_WR));
	EXPECT_EQ(1, write_fd(pair[0], "x", 1));
	close_pair(pair);
}

ATTEMPT(send_without_right, BOTH)
{
	cloudabi_fd_t pair[2];
	char byte;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	WITHOUT(fd, pair[0], R(FD_WRITE));
	STOPPED(send_data(fd, "x", 1));
	STOPPED(send_fd(fd, FIXTURE_FILE));
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(pair[1], &byte, 1));
	close_pair(pair);
}

ATTEMPT(receive_without_right, BOTH)
{
	cloudabi_fd_t pair[2];
	char buf[4];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[1], FIXTURE_FILE));
	WITHOUT(fd, pair[0], R(FD_READ));
	STOPPED(receive_data(fd, buf, sizeof(buf), 0));
	STOPPED(receive_fd(fd));
	close_pair(pair);
}

ATTEMPT(watch_file_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_NULL_DEVICE, R(POLL_FD_READWRITE));

	STOPPED(look(READ, fd));
	STOPPED(look(WRITE, fd));
}

/* A poll needs one of several rights, and only its handler knows for what. */
ATTEMPT(watch_for_writing_without_right, RIGHTS)
{
	WITHOUT(fd, FIXTURE_NULL_DEVICE, R(FD_WRITE));

	STOPPED(look(WRITE, fd));
}

ATTEMPT(watch_process_without_right, BOTH)
{
	const long child = IN_CHILD() == EXITED(0) ? fork_process() : -CLOUDABI_EAGAIN;

	if (child == CHILD)
		cloudabi_exit(0);
	ASSERT_LE(0, child);
	WITHOUT(fd, child, R(POLL_PROC_TERMINATE));
	STOPPED(end_within(fd, SECOND));
	close_fd(child);
}

/* More rights than before */

ATTEMPT(truncate_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_STAT_FPUT_SIZE));

	MINE(mine);
	STOPPED(try_open(dir, "mine", CLOUDABI_O_TRUNC, R(FD_WRITE)));
	STOPPED(try_open(dir, "mine", CLOUDABI_O_TRUNC, R(FD_READ)));
	UNTOUCHED();
}

ATTEMPT(write_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_WRITE));

	MINE(mine);
	STOPPED(write_by_open_of(dir, "mine"));
	UNTOUCHED();
}

ATTEMPT(read_by_open, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_READ));

	MINE(mine);
	EXPECT_FALSE(has_text(dir, "mine", FIXTURE_TEXT));
}

/* The file system would have synchronous writes wait for the device. */
ATTEMPT(open_synchronously_without_right, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FD_SYNC) | R(FD_DATASYNC));
	long fd;

	MINE(mine);
	fd = open_path(dir, 0, "mine", 4, 0, CLOUDABI_FDFLAG_SYNC, R(FD_WRITE) | R(FD_SEEK), 0);
	STOPPED(fd);
	close_fd(fd);
}

/* Not used at once: only what the new descriptor has tells. */
static void check_no_growth(struct test_metadata *_metadata, long fd, cloudabi_rights_t lost)
{
	if (fd < 0)
		return;
	EXPECT_EQ(0, (base_of(fd) | inheriting_of(fd)) & lost);
	close_fd(fd);
}

ATTEMPT(grow_by_open_of_dot, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_UNLINK) | R(FD_WRITE) | R(PROC_EXEC));

	check_no_growth(_metadata, open_whole_dir(dir, "."), R(FILE_UNLINK) | R(FD_WRITE));
	check_no_growth(_metadata, open_whole_dir(dir, "dir/.."), R(FILE_UNLINK) | R(PROC_EXEC));
}

ATTEMPT(grow_by_open_of_file, BOTH)
{
	WITHOUT_INHERITING(dir, FIXTURE_DIR, R(FILE_ADVISE) | R(PROC_EXEC));

	check_no_growth(_metadata, open_at(dir, "file", 0, R(FILE_ADVISE)), R(FILE_ADVISE));
	check_no_growth(_metadata, open_at(dir, "program", 0, R(PROC_EXEC)), R(PROC_EXEC));
}

ATTEMPT(grow_by_fd_stat_put, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	STOPPED(limit(fd, REGULAR_BASE, 0));
	STOPPED(limit(fd, R(FD_WRITE), 0));
	STOPPED(limit(fd, base_of(fd), ~0ULL));
	EXPECT_EQ(REGULAR_BASE & ~R(FD_WRITE), base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
}

ATTEMPT(grow_by_fd_dup, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	OWN(copy, dup_fd(fd));

	EXPECT_EQ(0, base_of(copy) & R(FD_WRITE));
	STOPPED(limit(copy, REGULAR_BASE, 0));
}

ATTEMPT(grow_by_fd_replace, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	OWN(full, dup_fd(FIXTURE_FILE));

	/* The number had the right, the file that it stands for now has not. */
	EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(fd, full));
	EXPECT_EQ(0, base_of(full) & R(FD_WRITE));
	/* Onto itself. */
	EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(fd, fd));
	EXPECT_EQ(0, base_of(fd) & R(FD_WRITE));
}

/* A number keeps nothing of what was open under it. */
ATTEMPT(grow_by_number, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	const long full = dup_fd(FIXTURE_FILE);
	long again;

	ASSERT_LE(0, full);
	EXPECT_EQ(0, close_fd(full));
	again = dup_fd(fd);
	EXPECT_EQ(full, again);
	EXPECT_EQ(0, base_of(again) & R(FD_WRITE));
	close_fd(again);
}

ATTEMPT(grow_by_socket, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[0], fd));
	again = receive_fd(pair[1]);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) & R(FD_WRITE));
	close_fd(again);
	close_pair(pair);
}

/* A socket in its own queue, with its own rights. */
ATTEMPT(grow_by_socket_in_itself, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	WITHOUT(fd, pair[1], R(FD_WRITE) | R(FILE_STAT_FGET));
	ASSERT_EQ(1, send_fd(pair[0], fd));
	again = receive_fd(fd);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) & (R(FD_WRITE) | R(FILE_STAT_FGET)));
	close_fd(again);
	close_pair(pair);
}

ATTEMPT(grow_by_proc_fork, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(!(base_of(fd) & R(FD_WRITE)))));
	EXPECT_EQ(EXITED(0), IN_CHILD(CHECK_OR_EXIT(limit(fd, REGULAR_BASE, 0) < 0)));
}

/* What this program does when it is executed with an order for its argument data. */
enum { ORDER_RIGHTS = 1, ORDER_UID, ORDER_OPEN, ORDER_VDSO };

struct order {
	char nul;
	char what;
	char end[2];
};

/* Runs this program with descriptors, to do something; how it ends. */
static long run_order(cloudabi_fd_t program, char what, const cloudabi_fd_t *fds, size_t n)
{
	const struct order order = { .what = what, .end = "!!" };

	return IN_CHILD(cloudabi_exit(1000 + cloudabi_sys_proc_exec(program, &order,
								    sizeof(order), fds, n)));
}

ATTEMPT(grow_by_proc_exec, GATE)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_WRITE));

	EXPECT_EQ(EXITED(0), run_order(FIXTURE_IMAGE, ORDER_RIGHTS,
				       (const cloudabi_fd_t[]){ fd, fd }, 2));
}

/* Others of the same process have more; they must not get into the new program. */
ATTEMPT(smuggle_through_proc_exec, GATE)
{
	EXPECT_EQ(EXITED(2), run_order(FIXTURE_IMAGE, ORDER_OPEN,
				       (const cloudabi_fd_t[]){ FIXTURE_FILE, FIXTURE_PROC }, 2));
}

struct race_rights {
	uint32_t stop;
	cloudabi_fd_t from, to;
};

static void dup_on_and_on(void *arg)
{
	struct race_rights *const race = arg;

	while (!__atomic_load_n(&race->stop, __ATOMIC_SEQ_CST))
		cloudabi_sys_fd_replace(race->from, race->to);
}

/* A copy that is taken while the rights go has them or not; one that is taken later, not. */
ATTEMPT(grow_by_race, GATE)
{
	struct race_rights race = { .stop = 0 };

	for (int i = 0; i < 50; i++) {
		OWN(from, dup_fd(FIXTURE_FILE));
		OWN(to, dup_fd(FIXTURE_FILE));

		race = (struct race_rights){ .from = from, .to = to };
		ASSERT_EQ(0, helper_start(&helper, dup_on_and_on, &race));
		EXPECT_EQ(0, limit(from, R(FD_READ), 0));
		EXPECT_EQ(0, -(long)cloudabi_sys_fd_replace(from, to));
		EXPECT_EQ(R(FD_READ), base_of(from));
		EXPECT_EQ(R(FD_READ), base_of(to));
		STOPPED(limit(to, REGULAR_BASE, 0));
		__atomic_store_n(&race.stop, 1, __ATOMIC_SEQ_CST);
		helper_join(&helper);
	}
}

/* Memory */

ATTEMPT(map_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(MEM_MAP));

	STOPPED(map(fd, P_READ, M_PRIVATE));
	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, 0, M_SHARED));
}

ATTEMPT(map_writable_from_read_only, BOTH)
{
	MINE(mine);
	WITHOUT(fd, mine, R(FD_WRITE));

	STOPPED(map(fd, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(fd, P_WRITE, M_SHARED));
	UNTOUCHED();
}

ATTEMPT(map_readable_from_write_only, BOTH)
{
	WITHOUT(fd, FIXTURE_FILE, R(FD_READ));

	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, P_READ, M_PRIVATE));
}

ATTEMPT(map_executable_without_right, BOTH)
{
	WITHOUT(fd, FIXTURE_IMAGE, R(MEM_MAP_EXEC));

	STOPPED(map(fd, P_READ | P_EXEC, M_PRIVATE));
	STOPPED(map(fd, P_EXEC, M_SHARED));
}

ATTEMPT(make_mapping_writable, BOTH)
{
	long mem;

	MINE(mine);
	WITHOUT(fd, mine, R(FD_WRITE));
	mem = map(fd, P_READ, M_SHARED);
	ASSERT_LT(0, mem);
	if (!protect(mem, P_READ | P_WRITE))
		set_byte(mem, 'x');
	UNTOUCHED();
	unmap(mem);
}

ATTEMPT(make_mapping_executable, BOTH)
{
	long mem;

	WITHOUT(fd, FIXTURE_IMAGE, R(MEM_MAP_EXEC));
	mem = map(fd, P_READ, M_PRIVATE);
	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ | P_EXEC));
	unmap(mem);
}

/* Memory stays readable for the kernel; a mapping of nothing must stay nothing. */
ATTEMPT(make_mapping_readable, BOTH)
{
	long mem;

	WITHOUT(fd, FIXTURE_FILE, R(FD_READ));
	mem = map(fd, 0, M_SHARED);
	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ));
	STOPPED(protect(mem, P_READ | P_WRITE));
	unmap(mem);
}

ATTEMPT(map_device_writable, GATE)
{
	STOPPED(map(FIXTURE_ZERO_DEVICE, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(FIXTURE_BLOCK, P_READ | P_WRITE, M_SHARED));
	STOPPED(write_fd(FIXTURE_BLOCK, "x", 1));
}

ATTEMPT(map_writable_code, GATE)
{
	STOPPED(map_anon(P_WRITE | P_EXEC));
	STOPPED(map_anon(P_READ | P_WRITE | P_EXEC));
	STOPPED(map(FIXTURE_FILE, P_WRITE | P_EXEC, M_PRIVATE));
	STOPPED(map(FIXTURE_MEMFD, P_READ | P_WRITE | P_EXEC, M_SHARED));
}

ATTEMPT(make_code_writable, GATE)
{
	const long mem = map_anon(P_READ | P_EXEC);

	ASSERT_LT(0, mem);
	STOPPED(protect(mem, P_READ | P_WRITE | P_EXEC));
	STOPPED(protect(mem, P_WRITE | P_EXEC));
	STOPPED(protect((uintptr_t)&make_code_writable & -PAGE, P_READ | P_WRITE | P_EXEC));
	STOPPED(protect(mem, 0xf));
	STOPPED(protect(mem, 0x80 | P_WRITE | P_EXEC));
	unmap(mem);
}

/* Would be where the kernel lands that follows a NULL pointer. */
ATTEMPT(map_the_first_page, GATE)
{
	STOPPED(map_at(0, PAGE, P_READ | P_WRITE));
	STOPPED(map_at(0, 2 * PAGE, P_READ | P_EXEC));
}

/* In the direct map, the kernel's text, its entry area; not canonical; the guard page. */
static const uintptr_t kernel_memory[] = {
	0xffff888000000000, 0xffffffff81000000, 0xfffffe0000000000, 0xffffffffff600000,
	0xfffffffffffff000, 0x800000000000, 0x7ffffffff000,
};

#define FOR_EACH_KERNEL_ADDRESS(addr)                                                     \
	for (size_t i_ = 0; i_ < ARRAY_SIZE(kernel_memory); i_++)                         \
		for (uintptr_t addr = kernel_memory[i_], once_ = 1; once_; once_ = 0)

ATTEMPT(map_over_the_kernel, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		STOPPED(map_at(addr, PAGE, P_READ | P_WRITE));
		STOPPED(protect(addr, P_READ));
		STOPPED(-(long)cloudabi_sys_mem_unmap((void *)addr, PAGE));
		STOPPED(-(long)cloudabi_sys_mem_sync((void *)addr, PAGE, CLOUDABI_MS_SYNC));
	}
	STOPPED(map_at(0x7fffffffe000, 2 * PAGE, P_READ));
	STOPPED(map_at(PAGE, -2 * PAGE, P_READ));
}

static long vector(cloudabi_errno_t (*call)(cloudabi_fd_t, const cloudabi_iovec_t *,
					    cloudabi_size_t, cloudabi_size_t *),
		   cloudabi_fd_t fd, const void *iov, size_t n)
{
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = call(fd, iov, n, &done);

	return RESULT(error, done);
}

/* By every call that takes something from memory. */
ATTEMPT(read_kernel_memory, GATE)
{
	cloudabi_fd_t fd, pair[2];
	cloudabi_size_t n;

	MINE(mine);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const char *const p = (void *)addr;
		const cloudabi_send_in_t in = { .si_data = (void *)p, .si_data_len = 1 };

		STOPPED(pwrite_fd(mine, p, 8, 0));
		STOPPED(write_fd(pair[0], p, 8));
		STOPPED(vector((void *)cloudabi_sys_fd_write, pair[0], p, 1));
		STOPPED(send_data(pair[0], p, 8));
		STOPPED(send_fds(pair[0], "x", 1, (void *)p, 1));
		STOPPED(send_in(pair[0], &in));
		STOPPED(send_in(pair[0], (void *)p));
		STOPPED(open_path(FIXTURE_DIR, 0, p, 4, 0, 0, R(FD_READ), 0));
		STOPPED(-(long)cloudabi_sys_file_open(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4,
						      0, (void *)p, &fd));
		STOPPED(-(long)cloudabi_sys_file_symlink(p, 8, FIXTURE_DIR, "new", 3));
		STOPPED(-(long)cloudabi_sys_file_create(FIXTURE_DIR, p, 8,
							CLOUDABI_FILETYPE_DIRECTORY));
		STOPPED(put_fd(mine, (void *)p, CLOUDABI_FILESTAT_MTIM));
		STOPPED(-(long)cloudabi_sys_fd_stat_put(mine, (void *)p, CLOUDABI_FDSTAT_RIGHTS));
		STOPPED(-(long)cloudabi_sys_poll((void *)p, events, 1, &n));
		STOPPED(-(long)cloudabi_sys_thread_create((void *)p, &fd));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, p, 8, NULL, 0));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, (void *)p, 1));
	}
	UNTOUCHED();
	EXPECT_EQ(-CLOUDABI_EAGAIN, read_fd(pair[1], room, sizeof(room)));
	close_pair(pair);
}

/* By every call that leaves something in memory. */
ATTEMPT(write_kernel_memory, GATE)
{
	const sub_t clock = sub_after(0);
	cloudabi_fd_t pair[2];
	cloudabi_size_t n;

	MINE(mine);
	ASSERT_EQ(0, make_pair(STREAM, pair));
	FOR_EACH_KERNEL_ADDRESS(addr) {
		char *const p = (void *)addr;
		const cloudabi_iovec_t iov = { .buf = room, .buf_len = 1 };
		const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };

		STOPPED(pread_fd(mine, p, 8, 0));
		STOPPED(read_fd(FIXTURE_ZERO_DEVICE, p, 8));
		STOPPED(vector(cloudabi_sys_fd_read, FIXTURE_ZERO_DEVICE, p, 1));
		STOPPED(-(long)cloudabi_sys_random_get(p, 8));
		STOPPED(-(long)cloudabi_sys_fd_stat_get(mine, (void *)p));
		STOPPED(stat_fd(mine, (void *)p));
		STOPPED(stat_at(FIXTURE_DIR, 0, "file", (void *)p));
		STOPPED(readlink_at(FIXTURE_DIR, "link", p, 8));
		STOPPED(readdir_fd(FIXTURE_DIR, p, 256, CLOUDABI_DIRCOOKIE_START));
		STOPPED(-(long)cloudabi_sys_poll(&clock, (void *)p, 1, &n));
		ASSERT_EQ(1, write_fd(pair[0], "x", 1));
		STOPPED(receive_data(pair[1], p, 8, 0));
		STOPPED(-(long)cloudabi_sys_sock_recv(pair[1], &in, (void *)p));
		read_fd(pair[1], room, sizeof(room));
	}
	close_pair(pair);
}

ATTEMPT(take_kernel_memory_for_a_lock, GATE)
{
	const sub_t clock = sub_after(0);

	FOR_EACH_KERNEL_ADDRESS(addr) {
		sub_t lock = sub_lock(WRLOCK, (void *)addr);
		sub_t condvar = {
			.type = CONDVAR,
			.condvar = { .condvar = (void *)addr, .lock = (void *)addr },
		};

		STOPPED(-(long)cloudabi_sys_lock_unlock((void *)addr, PRIVATE_SCOPE));
		STOPPED(-(long)cloudabi_sys_lock_unlock((void *)addr, CLOUDABI_SCOPE_SHARED));
		/* Without anybody to wake, a number like any other. */
		cloudabi_sys_condvar_signal((void *)addr, PRIVATE_SCOPE, 1);
		if (POLL(lock, clock) > 0)
			EXPECT_TRUE(events[0].error || events[0].type == CLOCK);
		lock.lock.lock_scope = CLOUDABI_SCOPE_SHARED;
		if (POLL(lock, clock) > 0)
			EXPECT_TRUE(events[0].error || events[0].type == CLOCK);
		if (POLL(condvar) > 0)
			EXPECT_NE(0, events[0].error);
	}
}

/* By a fault, or at the gate. */
static bool is_killed(long how)
{
	return how == KILLED(SYS) || how == KILLED(SEGV) || how == KILLED(ILL) ||
	       how == KILLED(BUS);
}

static void end_thread_on(uintptr_t addr)
{
	cloudabi_sys_thread_exit((void *)addr, PRIVATE_SCOPE);
	cloudabi_exit(77);
}

/* A thread's end writes a word.  It is the last one, so its process ends with it. */
ATTEMPT(end_thread_on_kernel_memory, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const long how = IN_CHILD(end_thread_on(addr));

		EXPECT_TRUE(how == EXITED(0) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(wrap_lengths, GATE)
{
	static const size_t lengths[] = {
		-1UL, -PAGE, 1UL << 63, (1UL << 63) - 1, 1UL << 47,
	};
	cloudabi_iovec_t iovs[2] = { { .buf = room, .buf_len = 8 } };
	char *const edge = map_edge();

	MINE(mine);
	ASSERT_TRUE(edge);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const size_t len = lengths[i];

		/* No more than there is room for before the kernel. */
		EXPECT_GE((long)FIXTURE_TEXT_LEN, pread_fd(mine, room, len, 0));
		iovs[1] = (cloudabi_iovec_t){ .buf = room + 8, .buf_len = len };
		EXPECT_GE((long)FIXTURE_TEXT_LEN, vector(cloudabi_sys_fd_read, mine, iovs, 2));
		STOPPED(vector(cloudabi_sys_fd_read, mine, iovs, len));
		STOPPED(vector((void *)cloudabi_sys_fd_write, mine, iovs, len));
		STOPPED(-(long)cloudabi_sys_random_get(edge - 8, len));
		STOPPED(open_path(FIXTURE_DIR, 0, room, len, 0, 0, R(FD_READ), 0));
		STOPPED(send_fds(FIXTURE_STREAM, "x", 1, (void *)room, len));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, room, len, NULL, 0));
		STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, (void *)room, len));
		STOPPED(poll_for((void *)room, len));
		STOPPED(map_at(0x10000000, len, P_READ));
	}
	unmap_edge(edge);
}

/* As many vectors as there may be, and each as long as possible. */
ATTEMPT(vector_bomb, GATE)
{
	static cloudabi_iovec_t iovs[1025];

	MINE(mine);
	for (size_t i = 0; i < ARRAY_SIZE(iovs); i++)
		iovs[i] = (cloudabi_iovec_t){ .buf = room, .buf_len = -1UL >> 1 };
	STOPPED(vector(cloudabi_sys_fd_read, mine, iovs, 1024));
	STOPPED(vector(cloudabi_sys_fd_read, mine, iovs, 1025));
	for (size_t i = 0; i < ARRAY_SIZE(iovs); i++)
		iovs[i].buf_len = (1UL << 63) / 1024;
	STOPPED(vector(cloudabi_sys_fd_read, mine, iovs, 1024));
}

/* What the kernel leaves behind */

/* Whether padding between two fields holds what was there before, or nothing. */
static bool is_padding(const void *object, size_t from, size_t to, unsigned char before)
{
	const unsigned char *const bytes = object;

	for (size_t i = from; i < to; i++)
		if (bytes[i] && bytes[i] != before)
			return false;
	return true;
}

#define PADDING(object, field, next)                                                     \
	is_padding(&(object),                                                            \
		   offsetof(__typeof__(object), field) + sizeof((object).field),         \
		   offsetof(__typeof__(object), next), 0xa5)
#define PADDING_AT_END(object, field)                                                    \
	is_padding(&(object),                                                            \
		   offsetof(__typeof__(object), field) + sizeof((object).field),         \
		   sizeof(object), 0xa5)

ATTEMPT(read_leftovers_in_stat, GATE)
{
	cloudabi_fdstat_t fdstat;
	cloudabi_filestat_t stat;

	for (cloudabi_fd_t fd = 0; fd < 64; fd++) {
		memset(&fdstat, 0xa5, sizeof(fdstat));
		memset(&stat, 0xa5, sizeof(stat));
		if (cloudabi_sys_fd_stat_get(fd, &fdstat))
			continue;
		EXPECT_TRUE(PADDING(fdstat, fs_filetype, fs_flags));
		EXPECT_TRUE(PADDING(fdstat, fs_flags, fs_rights_base));
		stat_fd(fd, &stat);
		EXPECT_TRUE(PADDING(stat, st_filetype, st_nlink));
	}
}

ATTEMPT(read_leftovers_in_directories, GATE)
{
	static const cloudabi_fd_t dirs[] = { FIXTURE_DIR, FIXTURE_PROC };
	cloudabi_dirent_t entry;
	char buf[4096];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		long len;

		memset(buf, 0xa5, sizeof(buf));
		len = readdir_fd(dirs[i], buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START);
		ASSERT_LT(0, len);
		EXPECT_TRUE(is_padding(buf, len, sizeof(buf), 0xa5));
		for (long at = 0; at + (long)sizeof(entry) <= len;
		     at += sizeof(entry) + entry.d_namlen) {
			memcpy(&entry, buf + at, sizeof(entry));
			EXPECT_TRUE(PADDING_AT_END(entry, d_type));
		}
	}
}

ATTEMPT(read_leftovers_in_events, GATE)
{
	const sub_t subs[2] = { sub_fd(WRITE, FIXTURE_NULL_DEVICE), sub_after(0) };
	cloudabi_event_t found[2];
	cloudabi_size_t n = 0;

	memset(found, 0xa5, sizeof(found));
	ASSERT_EQ(0, -(long)cloudabi_sys_poll(subs, found, 2, &n));
	ASSERT_LE(1, n);
	for (size_t i = 0; i < n; i++) {
		EXPECT_TRUE(PADDING(found[i], type, fd_readwrite.nbytes));
		EXPECT_TRUE(PADDING_AT_END(found[i], fd_readwrite.flags));
	}
}

ATTEMPT(read_leftovers_in_messages, GATE)
{
	const cloudabi_iovec_t iov = { .buf = room, .buf_len = sizeof(room) };
	const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };
	cloudabi_recv_out_t out;
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	ASSERT_EQ(1, send_data(pair[0], "x", 1));
	memset(room, 0xa5, sizeof(room));
	memset(&out, 0xa5, sizeof(out));
	ASSERT_EQ(0, -(long)cloudabi_sys_sock_recv(pair[1], &in, &out));
	EXPECT_TRUE(PADDING(out, ro_fdslen, ro_flags));
	EXPECT_TRUE(PADDING_AT_END(out, ro_flags));
	EXPECT_TRUE(is_padding(room, 1, sizeof(room), 0xa5));
	close_pair(pair);
}

static bool is_zero(const char *bytes, size_t len)
{
	return is_padding(bytes, 0, len, 0);
}

/* Pages and blocks that were somebody else's. */
ATTEMPT(read_leftovers_in_memory, GATE)
{
	long mem, file;
	cloudabi_fd_t fd;

	mem = map_anon(P_READ | P_WRITE);
	ASSERT_LT(0, mem);
	EXPECT_TRUE(is_zero((void *)mem, PAGE));
	unmap(mem);

	ASSERT_EQ(0, -(long)cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd));
	ASSERT_EQ(0, resize_fd(fd, PAGE));
	mem = map(fd, P_READ, M_SHARED);
	ASSERT_LT(0, mem);
	EXPECT_TRUE(is_zero((void *)mem, PAGE));
	unmap(mem);
	close_fd(fd);

	MINE(mine);
	file = mine;
	ASSERT_EQ(0, allocate_fd(file, 0, 2 * PAGE));
	ASSERT_EQ(PAGE, pread_fd(file, room, PAGE, PAGE));
	EXPECT_TRUE(is_zero(room, PAGE));
	/* Behind the end, in the last page. */
	ASSERT_EQ(0, resize_fd(file, 10));
	mem = map(file, P_READ, M_SHARED);
	ASSERT_LT(0, mem);
	EXPECT_TRUE(is_zero((char *)mem + 10, PAGE - 10));
	unmap(mem);
}

static bool contains(const char *bytes, size_t len, const char *text)
{
	const size_t n = strlen(text);

	for (size_t i = 0; i + n <= len; i++)
		if (!memcmp(bytes + i, text, n))
			return true;
	return false;
}

/*
 * From the auxiliary vector to the end of the stack, where Linux puts arguments,
 * environment and the name of the file.
 */
ATTEMPT(read_what_exec_left_on_the_stack, GATE)
{
	const char *page = (const char *)((uintptr_t)test_start->auxv & -PAGE);
	unsigned int pages = 0;

	MINE(mine);
	for (; pwrite_fd(mine, page, PAGE, 0) == PAGE; page += PAGE, pages++) {
		EXPECT_FALSE(contains(page, PAGE, FIXTURE_ENVIRONMENT));
		EXPECT_FALSE(contains(page, PAGE, "PATH="));
		EXPECT_FALSE(contains(page, PAGE, ".cloudabi"));
		EXPECT_FALSE(contains(page, PAGE, "/dev/fd/"));
	}
	EXPECT_NE(0, pages);
}

ATTEMPT(read_own_environment_in_proc, GATE)
{
	char buf[4096];
	const long len = read_proc("self/environ", buf, sizeof(buf));

	if (len > 0)
		EXPECT_FALSE(contains(buf, len, FIXTURE_ENVIRONMENT));
}

/* Descriptors that nobody gave */

static bool is_given(cloudabi_fd_t fd)
{
	switch (fd) {
#define GIVEN(fd, ...) case fd:
	FIXTURE_ROWS(GIVEN)
#undef GIVEN
	case 0 ... 2:
		return true;
	default:
		return false;
	}
}

ATTEMPT(find_descriptors_of_the_launcher, GATE)
{
	cloudabi_filestat_t stat;
	char byte;

	for (cloudabi_fd_t fd = 0; fd < 4096; fd++) {
		if (is_given(fd))
			continue;
		EXPECT_FALSE(is_open(fd)) TH_LOG("%u", fd);
		EXPECT_EQ(-CLOUDABI_EBADF, dup_fd(fd));
		EXPECT_EQ(-CLOUDABI_EBADF, read_fd(fd, &byte, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, stat_fd(fd, &stat));
		EXPECT_EQ(-CLOUDABI_EBADF, try_open(fd, ".", 0, 0));
	}
}

/* AT_FDCWD, what the kernel itself calls directories, and other negative numbers. */
static const cloudabi_fd_t odd_numbers[] = {
	-100, -1, -2, -9, -1000, -1001, -1002, -1003, 0x80000000, 0x80000003, 0x7fffffff,
	0x10000, 0x40000003,
};

ATTEMPT(use_numbers_for_directories, GATE)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd_numbers); i++)
		FOR_EACH_NAMING(naming)
			EXPECT_EQ(-CLOUDABI_EBADF, naming->fn(odd_numbers[i], "file", 4))
				TH_LOG("%s: %d", naming->name, odd_numbers[i]);
}

ATTEMPT(use_numbers_for_descriptors, GATE)
{
	cloudabi_fd_t pair[2];
	char byte;

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (size_t i = 0; i < ARRAY_SIZE(odd_numbers); i++) {
		const cloudabi_fd_t fd = odd_numbers[i];

		EXPECT_EQ(-CLOUDABI_EBADF, dup_fd(fd));
		EXPECT_EQ(-CLOUDABI_EBADF, read_fd(fd, &byte, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, send_fd(pair[0], fd));
		EXPECT_EQ(-CLOUDABI_EBADF, map(fd, P_READ, M_SHARED));
		EXPECT_EQ(-CLOUDABI_EBADF, -(long)cloudabi_sys_fd_replace(FIXTURE_FILE, fd));
		EXPECT_EQ(-CLOUDABI_EBADF,
			  -(long)cloudabi_sys_proc_exec(FIXTURE_IMAGE, NULL, 0, &fd, 1));
		EXPECT_EQ(-CLOUDABI_EBADF, -(long)cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0));
	}
	close_pair(pair);
}

/* What Linux has descriptors of, and nobody here has calls for: no rights at all. */
static void check_useless(struct test_metadata *_metadata, cloudabi_fd_t fd)
{
	cloudabi_filestat_t found;
	char buf[64] = "";

	EXPECT_EQ(0, base_of(fd) | inheriting_of(fd));
	STOPPED(read_fd(fd, buf, sizeof(buf)));
	STOPPED(pread_fd(fd, buf, sizeof(buf), 0));
	STOPPED(write_fd(fd, buf, sizeof(buf)));
	STOPPED(pwrite_fd(fd, buf, sizeof(buf), 0));
	STOPPED(map(fd, P_READ, M_SHARED));
	STOPPED(map(fd, P_READ | P_WRITE, M_SHARED));
	STOPPED(map(fd, P_READ | P_EXEC, M_PRIVATE));
	STOPPED(send_data(fd, buf, 1));
	STOPPED(receive_data(fd, buf, 1, 0));
	STOPPED(shut(fd, CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR));
	STOPPED(set_flags(fd, CLOUDABI_FDFLAG_NONBLOCK));
	STOPPED(stat_fd(fd, &found));
	STOPPED(resize_fd(fd, 0));
	STOPPED(readdir_fd(fd, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START));
	STOPPED(try_open(fd, ".", 0, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0));
}

ATTEMPT(signal_through_pidfd, BOTH) { check_useless(_metadata, FIXTURE_PID); }
ATTEMPT(submit_to_io_uring, BOTH) { check_useless(_metadata, FIXTURE_IO_URING); }
ATTEMPT(change_bpf_map, BOTH) { check_useless(_metadata, FIXTURE_BPF); }
ATTEMPT(count_by_perf_event, BOTH) { check_useless(_metadata, FIXTURE_PERF); }
ATTEMPT(talk_to_netlink, BOTH) { check_useless(_metadata, FIXTURE_NETLINK); }
ATTEMPT(enter_namespace, BOTH) { check_useless(_metadata, FIXTURE_NAMESPACE); }
ATTEMPT(read_secret_memory, BOTH) { check_useless(_metadata, FIXTURE_SECRET); }
ATTEMPT(serve_page_faults, BOTH) { check_useless(_metadata, FIXTURE_USERFAULT); }
ATTEMPT(wait_by_epoll, BOTH) { check_useless(_metadata, FIXTURE_EPOLL); }
ATTEMPT(count_eventfd, BOTH) { check_useless(_metadata, FIXTURE_EVENT); }
ATTEMPT(arm_timerfd, BOTH) { check_useless(_metadata, FIXTURE_TIMER); }
ATTEMPT(take_signals, BOTH) { check_useless(_metadata, FIXTURE_SIGNAL); }
ATTEMPT(watch_names, BOTH) { check_useless(_metadata, FIXTURE_INOTIFY); }

/* By calls that need one right of several, to which the others do not help. */
static const cloudabi_fd_t useless[] = {
	FIXTURE_PID, FIXTURE_IO_URING, FIXTURE_BPF, FIXTURE_PERF, FIXTURE_NETLINK,
	FIXTURE_NAMESPACE, FIXTURE_SECRET, FIXTURE_USERFAULT, FIXTURE_EPOLL, FIXTURE_EVENT,
	FIXTURE_TIMER, FIXTURE_SIGNAL, FIXTURE_INOTIFY, FIXTURE_SEQPACKET,
};

ATTEMPT(wait_for_things_without_rights, BOTH)
{
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		STOPPED(look(READ, useless[i])) TH_LOG("%u", useless[i]);
		STOPPED(look(WRITE, useless[i])) TH_LOG("%u", useless[i]);
		STOPPED(end_within(useless[i], MS)) TH_LOG("%u", useless[i]);
	}
}

ATTEMPT(seek_in_things_without_rights, BOTH)
{
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		STOPPED(seek_fd(useless[i], 0, CLOUDABI_WHENCE_SET)) TH_LOG("%u", useless[i]);
		STOPPED(tell_fd(useless[i])) TH_LOG("%u", useless[i]);
	}
}

/* Of inodes that the kernel keeps to itself: no hook is asked about these. */
ATTEMPT(set_times_of_things_without_rights, BOTH)
{
	const cloudabi_filestat_t stat = { .st_mtim = SECOND };

	for (size_t i = 0; i < ARRAY_SIZE(useless); i++)
		STOPPED(put_fd(useless[i], &stat, CLOUDABI_FILESTAT_MTIM))
			TH_LOG("%u", useless[i]);
}

/* A descriptor without rights gets none by way of a socket. */
ATTEMPT(give_rights_to_pidfd, GATE)
{
	cloudabi_fd_t pair[2];
	long again;

	STOPPED(limit(FIXTURE_PID, R(FD_READ), 0));
	ASSERT_EQ(0, make_pair(STREAM, pair));
	ASSERT_EQ(1, send_fd(pair[0], FIXTURE_PID));
	again = receive_fd(pair[1]);
	ASSERT_LE(0, again);
	EXPECT_EQ(0, base_of(again) | inheriting_of(again));
	close_fd(again);
	close_pair(pair);
	EXPECT_TRUE(launcher_lives());
}

/* Things with names for all to see */

ATTEMPT(create_device_node, GATE)
{
	MINE_GOES;
	for (unsigned int type = 0; type < 256; type++)
		if (type != CLOUDABI_FILETYPE_DIRECTORY)
			EXPECT_EQ(-CLOUDABI_EINVAL,
				  -(long)cloudabi_sys_file_create(FIXTURE_DIR, "mine", 4, type));
	EXPECT_EQ(0, inode_at(FIXTURE_DIR, "mine"));
}

/* A loop device without a file; nor may the kernel load a module for one. */
ATTEMPT(open_block_device_node, GATE)
{
	char buf[16];
	const long fd = open_at(FIXTURE_DIR, "block", 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));

	EXPECT_GE(0, read_fd(fd, buf, sizeof(buf)));
	STOPPED(write_fd(fd, buf, sizeof(buf)));
	STOPPED(read_proc("devices/../self/../../etc/passwd", buf, sizeof(buf)));
	close_fd(fd);
}

ATTEMPT(create_other_things, GATE)
{
	cloudabi_fd_t fd, other;

	for (unsigned int type = 0; type < 256; type++) {
		if (type != CLOUDABI_FILETYPE_SHARED_MEMORY)
			EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_create1(type, &fd));
		if (type != DGRAM && type != STREAM)
			EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_create2(type, &fd, &other));
	}
}

ATTEMPT(connect_to_socket_by_name, GATE)
{
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_open(FIXTURE_DIR, "socket", 0, 0));
}

/* A socket that was passed without a connection gets none. */
ATTEMPT(connect_a_passed_socket, GATE)
{
	char buf[4];

	STOPPED(write_fd(FIXTURE_UNCONNECTED, "x", 1));
	STOPPED(send_data(FIXTURE_UNCONNECTED, "x", 1));
	STOPPED(send_data(FIXTURE_DGRAM_ALONE, "x", 1));
	STOPPED(read_fd(FIXTURE_LISTENING, buf, sizeof(buf)));
	STOPPED(receive_fd(FIXTURE_LISTENING));
}

ATTEMPT(send_descriptors_over_the_network, GATE)
{
	STOPPED(send_fd(FIXTURE_INET, FIXTURE_FILE));
	STOPPED(send_fd(FIXTURE_INET, FIXTURE_DIR));
}

/* Out-of-band data, routing and such are flags of Linux's send(). */
ATTEMPT(give_flags_of_linux_to_sockets, GATE)
{
	const cloudabi_ciovec_t out = { .buf = "x", .buf_len = 1 };
	const cloudabi_iovec_t in = { .buf = room, .buf_len = 1 };
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(STREAM, pair));
	for (unsigned int bit = 0; bit < 16; bit++) {
		const cloudabi_send_in_t send = {
			.si_data = &out, .si_data_len = 1, .si_flags = 1 << bit,
		};
		const cloudabi_recv_in_t receive = {
			.ri_data = &in, .ri_data_len = 1, .ri_flags = 1 << bit,
		};

		/* Bytes come and go as if they had not been there. */
		EXPECT_EQ(1, send_in(pair[0], &send));
		EXPECT_EQ(1, receive_in(pair[1], &receive));
		if (receive.ri_flags == PEEK)
			EXPECT_EQ(1, receive_data(pair[1], room, 1, 0));
		EXPECT_EQ(-CLOUDABI_EAGAIN, receive_data(pair[1], room, 1, 0));
	}
	close_pair(pair);
}

ATTEMPT(signal_through_terminal, GATE)
{
	/* Ctrl-C to the foreground group, of which there is none. */
	write_fd(FIXTURE_TTY, "\003\034\032", 3);
	EXPECT_TRUE(launcher_lives());
}

/* The kernel's other doors */

static long native(unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
		   unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	bool failed;

	__asm__ volatile("syscall"
			 : "+a"(nr), "+d"(c), "=@ccc"(failed)
			 : "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return failed ? -(long)nr : (long)nr;
}

#define NATIVE_(nr, a, b, c, d, e, f, ...)                                               \
	native(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c),           \
	       (unsigned long)(d), (unsigned long)(e), (unsigned long)(f))
#define NO_CALL(...) \
	EXPECT_EQ(-CLOUDABI_ENOSYS, NATIVE_(__VA_ARGS__, 0, 0, 0, 0, 0, 0))

#define AT_FDCWD (-100L)

ATTEMPT(native_files, GATE)
{
	NO_CALL(257, AT_FDCWD, "/etc/passwd", 0);	/* openat */
	NO_CALL(437, AT_FDCWD, "/etc/passwd", room, 24);	/* openat2 */
	NO_CALL(304, AT_FDCWD, room, 0);		/* open_by_handle_at */
	NO_CALL(80, "/");				/* chdir */
	NO_CALL(161, "/");				/* chroot */
	NO_CALL(133, "new", 020666, 0x101);		/* mknod */
	NO_CALL(90, "outside", 0777);			/* chmod */
	NO_CALL(92, "outside", 0, 0);			/* chown */
}

ATTEMPT(native_descriptors, GATE)
{
	NO_CALL(72, FIXTURE_FILE, 3, 0);		/* fcntl */
	NO_CALL(292, FIXTURE_FILE, 100, 0);		/* dup3 */
	NO_CALL(438, FIXTURE_PID, 0, 0);		/* pidfd_getfd */
	NO_CALL(434, parent(), 0);			/* pidfd_open */
	NO_CALL(319, "name", 0);			/* memfd_create */
	NO_CALL(436, 3, ~0U, 0);			/* close_range */
}

ATTEMPT(native_processes, GATE)
{
	NO_CALL(62, parent(), 9);			/* kill */
	NO_CALL(200, parent(), 9);			/* tkill */
	NO_CALL(424, FIXTURE_PID, 9, 0, 0);		/* pidfd_send_signal */
	NO_CALL(101, 16, parent(), 0, 0);		/* ptrace */
	NO_CALL(311, parent(), room, 1, room, 1, 0);	/* process_vm_writev */
	NO_CALL(56, 0x80, 0, 0, 0, 0);			/* clone */
	NO_CALL(57);					/* fork */
	NO_CALL(435, room, 88);				/* clone3 */
	NO_CALL(302, parent(), 7, room, 0);		/* prlimit64 */
	NO_CALL(109, 0, 0);				/* setpgid */
	NO_CALL(112);					/* setsid */
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(native_programs, GATE)
{
	static const char *const argv[] = { "/bin/sh", NULL };

	NO_CALL(59, "/bin/sh", argv, NULL);		/* execve */
	NO_CALL(322, AT_FDCWD, "/bin/sh", argv, NULL, 0);	/* execveat */
	NO_CALL(60, 77);				/* exit */
	NO_CALL(231, 77);				/* exit_group */
}

ATTEMPT(native_identity, GATE)
{
	NO_CALL(105, 0);				/* setuid */
	NO_CALL(106, 0);				/* setgid */
	NO_CALL(116, 0, NULL);				/* setgroups */
	NO_CALL(126, room, room);			/* capset */
	NO_CALL(157, 38, 0, 0, 0, 0);			/* prctl */
	NO_CALL(158, 0x1002, room);			/* arch_prctl */
	NO_CALL(272, 0x10000000);			/* unshare */
	NO_CALL(308, FIXTURE_NAMESPACE, 0);		/* setns */
	NO_CALL(135, 0x0400000);			/* personality */
}

ATTEMPT(native_network, GATE)
{
	/* The numbers of socket(), connect() and sendmsg() are calls of CloudABI. */
	NO_CALL(49, FIXTURE_UNCONNECTED, "\1\0\0x", 4);	/* bind */
	NO_CALL(50, FIXTURE_STREAM, 1);			/* listen */
	NO_CALL(53, 1, 1, 0, room);			/* socketpair */
	NO_CALL(288, FIXTURE_LISTENING, NULL, NULL, 0);	/* accept4 */
	NO_CALL(299, FIXTURE_STREAM, room, 1, 0, 0);	/* recvmmsg */
	NO_CALL(54, FIXTURE_STREAM, 1, 16, "\1\0\0\0", 4);	/* setsockopt */
}

ATTEMPT(native_kernel, GATE)
{
	NO_CALL(165, "none", "/", "tmpfs", 0, NULL);	/* mount */
	NO_CALL(166, "/", 2);				/* umount2 */
	NO_CALL(175, room, PAGE, "");			/* init_module */
	NO_CALL(313, FIXTURE_IMAGE, "", 0);		/* finit_module */
	NO_CALL(321, 0, room, 64);			/* bpf */
	NO_CALL(298, room, 0, -1, -1, 0);		/* perf_event_open */
	NO_CALL(425, 4, room);				/* io_uring_setup */
	NO_CALL(426, FIXTURE_IO_URING, 1, 0, 0, NULL, 0);	/* io_uring_enter */
	NO_CALL(250, 0, -3, 1);				/* keyctl */
	NO_CALL(248, "user", "name", "x", 1, -3);	/* add_key */
	NO_CALL(323, 0);				/* userfaultfd */
	NO_CALL(169, 0xfee1dead, 672274793, 0x4321fedc, NULL);	/* reboot */
	NO_CALL(103, 3, room, PAGE);			/* syslog */
	NO_CALL(172, 3);				/* iopl */
	NO_CALL(154, 1, room, 16);			/* modify_ldt */
	NO_CALL(219);					/* restart_syscall */
}

ATTEMPT(every_other_number, GATE)
{
	for (unsigned long nr = CLOUDABI_NR_CALLS; nr < 1024; nr++)
		NO_CALL(nr, 77, 77, 77);
	for (unsigned int bit = 10; bit < 64; bit++)
		NO_CALL((1UL << bit) + CLOUDABI_NR_thread_yield);
}

ATTEMPT(numbers_of_x32, GATE)
{
	for (unsigned long nr = 0; nr < 600; nr++)
		NO_CALL(0x40000000 + nr, 77, 77, 77);
}

/* Each of them asks for a native exit. */

ATTEMPT(int80, GATE)
{
	EXPECT_EQ(KILLED(SYS), IN_CHILD(__asm__ volatile("int $0x80" : : "a"(1), "b"(77))));
}

/* With its stack where 32 bits reach: the sixth argument is looked for there. */
static void enter_by_sysenter(void)
{
	CHECK_OR_EXIT(map_at(0x10000000, PAGE, P_READ | P_WRITE) > 0);
	__asm__ volatile("mov %0, %%rsp\n\tmov %0, %%rbp\n\tsysenter"
			 : : "r"(0x10000800UL), "a"(1), "b"(77));
}

ATTEMPT(sysenter, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(enter_by_sysenter())));
}

/* "mov $1, %eax; mov $77, %ebx" and what follows, in a 32-bit segment. */
static void enter_from_32_bit(const char *door, size_t len)
{
	static const char code[] = "\xb8\1\0\0\0\xbb\x4d\0\0\0";
	static const struct {
		uint32_t offset;
		uint16_t segment;
	} target = { 0x10000000, 0x23 };
	char *const mem = (char *)(uintptr_t)target.offset;

	CHECK_OR_EXIT(map_at(target.offset, PAGE, P_READ | P_WRITE) > 0);
	memcpy(mem, code, sizeof(code) - 1);
	memcpy(mem + sizeof(code) - 1, door, len);
	CHECK_OR_EXIT(!protect(target.offset, P_READ | P_EXEC));
	__asm__ volatile("mov %0, %%ebp\n\tljmp *(%1)" : : "r"(0x10000800), "r"(&target));
}

ATTEMPT(int80_of_32_bit_code, GATE)
{
	EXPECT_EQ(KILLED(SYS), IN_CHILD(enter_from_32_bit("\xcd\x80\xf4", 3)));
}

ATTEMPT(sysenter_of_32_bit_code, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(enter_from_32_bit("\x0f\x34\xf4", 3))));
}

static void call_at(uintptr_t addr)
{
	((long (*)(long, long))addr)(0, 0);
	cloudabi_exit(77);
}

ATTEMPT(vsyscall, GATE)
{
	for (unsigned long offset = 0; offset <= 0x800; offset += 0x400)
		EXPECT_EQ(KILLED(SEGV), IN_CHILD(call_at(0xffffffffff600000 + offset)));
}

ATTEMPT(privileged_instructions, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("cli"))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("outb %%al, $0x80" : : "a"(0)))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0)))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("mov %0, %%cr3" : : "r"(0UL)))));
}

static void start_thread(const cloudabi_threadattr_t *attr)
{
	cloudabi_tid_t tid;

	if (cloudabi_sys_thread_create((cloudabi_threadattr_t *)attr, &tid))
		cloudabi_exit(1);
	sleep_for(PATIENCE / 2);
	cloudabi_exit(77);
}

/* Where some processors would come back with the rights of the kernel. */
ATTEMPT(start_thread_in_the_kernel, GATE)
{
	static char stack[PAGE] __attribute__((__aligned__(16)));

	FOR_EACH_KERNEL_ADDRESS(addr) {
		const cloudabi_threadattr_t attr = {
			.entry_point = (cloudabi_threadentry_t *)addr,
			.stack = stack,
			.stack_len = sizeof(stack),
		};
		const long how = IN_CHILD(start_thread(&attr));

		/* Either there is no such thread, or it dies at once, with its process. */
		EXPECT_TRUE(how == EXITED(1) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
}

static void exit_from_thread(cloudabi_tid_t tid, void *arg)
{
	cloudabi_exit(77);
}

ATTEMPT(start_thread_on_kernel_memory, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const cloudabi_threadattr_t attr = {
			.entry_point = exit_from_thread,
			.stack = (void *)addr,
			.stack_len = PAGE,
		};
		const long how = IN_CHILD(start_thread(&attr));

		EXPECT_TRUE(how == EXITED(1) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
}

/* Others */

ATTEMPT(signal_others, GATE)
{
	struct sleeper sibling = { .fd = -1 };

	ASSERT_EQ(0, start_sleeper(&sibling));
	EXPECT_EQ(KILLED(KILL), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGKILL)));
	EXPECT_EQ(KILLED(TERM), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGTERM)));
	EXPECT_EQ(KILLED(ABRT), IN_CHILD(cloudabi_sys_proc_raise(CLOUDABI_SIGABRT)));
	EXPECT_TRUE(is_alive(&sibling));
	EXPECT_TRUE(launcher_lives());
	close_fd(sibling.fd);
	close_fd(sibling.life);
}

ATTEMPT(raise_signals_that_are_none, GATE)
{
	for (unsigned int sig = 27; sig < 256; sig++)
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_proc_raise(sig)) TH_LOG("%u", sig);
}

/* The descriptor's last reference kills the process that it is of: not this one. */
ATTEMPT(kill_by_closing_pidfd, GATE)
{
	const long fd = dup_fd(FIXTURE_PID);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_TRUE(launcher_lives());
	EXPECT_EQ(EXITED(0), IN_CHILD(close_fd(FIXTURE_PID)));
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(wake_others_through_forged_lock, GATE)
{
	cloudabi_lock_t *const lock = map_shared(PAGE);
	const cloudabi_tid_t owners[] = { parent() + 1, 2, 0, 1, 0x3fffffff };

	ASSERT_TRUE(lock);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const cloudabi_lock_t forged[] = {
			CLOUDABI_LOCK_WRLOCKED | owners[i],
			CLOUDABI_LOCK_WRLOCKED | CLOUDABI_LOCK_KERNEL_MANAGED | owners[i],
			CLOUDABI_LOCK_KERNEL_MANAGED | owners[i],
		};

		for (size_t j = 0; j < ARRAY_SIZE(forged); j++) {
			sub_t sub = sub_lock(WRLOCK, lock);

			sub.lock.lock_scope = CLOUDABI_SCOPE_SHARED;
			*lock = forged[j];
			/* Neither is it ours, nor is anyone there to wake. */
			cloudabi_sys_lock_unlock(lock, CLOUDABI_SCOPE_SHARED);
			*lock = forged[j];
			POLL(sub, sub_after(0));
			EXPECT_TRUE(events[0].type == CLOCK || events[0].error ||
				    events[0].type == WRLOCK);
		}
	}
	unmap_shared(lock, PAGE);
	EXPECT_TRUE(launcher_lives());
}

/* The same word in private memory of two processes is two words. */
ATTEMPT(reach_lock_of_relative, GATE)
{
	static cloudabi_lock_t lock;
	long child;

	lock = CLOUDABI_LOCK_WRLOCKED | test_start->tid;
	child = fork_process();
	if (child == CHILD) {
		sub_t sub = sub_lock(WRLOCK, &lock);

		CHECK_OR_EXIT(POLL(sub, sub_after(200 * MS)) == 1);
		cloudabi_exit(events[0].type == CLOCK ? 0 : 77);
	}
	ASSERT_LE(0, child);
	sleep_for(50 * MS);
	cloudabi_sys_lock_unlock(&lock, PRIVATE_SCOPE);
	EXPECT_EQ(EXITED(0), finish(child));
}

static void change_byte(uintptr_t addr)
{
	if (!protect(addr, P_READ | P_WRITE))
		set_byte(addr, 0x77);
}

/* The vDSO is one page for all. */
ATTEMPT(change_vdso_of_others, GATE)
{
	const uintptr_t vdso = (uintptr_t)test_start->vdso;
	const long before = fork_process();

	if (before == CHILD) {
		sleep_for(100 * MS);
		cloudabi_exit(get_byte(vdso) != 0x7f);
	}
	EXPECT_EQ(EXITED(0), IN_CHILD(change_byte(vdso)));
	EXPECT_EQ(0x7f, get_byte(vdso));
	EXPECT_EQ(EXITED(0), finish(before));
	EXPECT_EQ(EXITED(0x7f), run_order(FIXTURE_IMAGE, ORDER_VDSO, NULL, 0));
}

/* Programs */

/* "mov $231, %eax; mov $77, %edi; syscall; ud2": a native exit, no call of CloudABI. */
struct program {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[2];
	char code[16];
	char interpreter[16];
};

#define PROGRAM_AT 0x10000000UL

static struct program make_program(unsigned char osabi, bool interpreted)
{
	const size_t size = sizeof(struct program);

	return (struct program){
		.ehdr = {
			.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1, osabi },
			.e_type = 2,
			.e_machine = 62,
			.e_version = 1,
			.e_entry = PROGRAM_AT + offsetof(struct program, code),
			.e_phoff = offsetof(struct program, phdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = interpreted ? 2 : 1,
		},
		.phdr = {
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_X,
				.p_vaddr = PROGRAM_AT,
				.p_filesz = size,
				.p_memsz = size,
				.p_align = PAGE,
			},
			{
				.p_type = PT_INTERP,
				.p_flags = PF_R,
				.p_offset = offsetof(struct program, interpreter),
				.p_filesz = 8,
				.p_memsz = 8,
				.p_align = 1,
			},
		},
		.code = "\xb8\xe7\0\0\0\xbf\x4d\0\0\0\x0f\x05\x0f\x0b",
		.interpreter = "/bin/sh",
	};
}

/* What a child ends with whose call has failed. */
#define REFUSED 200

static void exec_or_exit(cloudabi_fd_t program, const void *data, size_t len)
{
	cloudabi_sys_proc_exec(program, data, len, NULL, 0);
	cloudabi_exit(REFUSED);
}

/* Executes what is in "mine"; how that ends. */
static long run_mine(const void *contents, size_t len)
{
	const long fd = open_at(FIXTURE_DIR, "mine", CLOUDABI_O_CREAT, R(FD_WRITE) | R(FD_SEEK));
	long program, how;

	if (pwrite_fd(fd, contents, len, 0) != (long)len)
		return -CLOUDABI_EIO;
	close_fd(fd);
	program = open_at(FIXTURE_DIR, "mine", 0, R(PROC_EXEC));
	if (program < 0)
		return program;
	how = IN_CHILD(exec_or_exit(program, NULL, 0));
	close_fd(program);
	return how;
}

/* That one is executed that is CloudABI's, and has no call for a native exit. */
ATTEMPT(exec_own_program_for_native_calls, GATE)
{
	const struct program program = make_program(17, false);

	MINE_GOES;
	EXPECT_EQ(KILLED(ILL), run_mine(&program, sizeof(program)));
}

ATTEMPT(exec_native_binary, BOTH)
{
	const struct program program = make_program(0, false);

	MINE_GOES;
	EXPECT_EQ(EXITED(REFUSED), run_mine(&program, sizeof(program)));
}

/* If it is executed after all, it is one more CloudABI program by its mark. */
ATTEMPT(make_native_calls_by_native_binary, GATE)
{
	const struct program program = make_program(3, false);

	MINE_GOES;
	EXPECT_NE(EXITED(77), run_mine(&program, sizeof(program)));
}

ATTEMPT(exec_interpreter, GATE)
{
	const struct program program = make_program(17, true);

	MINE_GOES;
	EXPECT_EQ(EXITED(REFUSED), run_mine(&program, sizeof(program)));
}

ATTEMPT(exec_native_interpreter, BOTH)
{
	const struct program program = make_program(0, true);

	MINE_GOES;
	EXPECT_EQ(EXITED(REFUSED), run_mine(&program, sizeof(program)));
}

ATTEMPT(exec_script, BOTH)
{
	static const char script[] = "#!/bin/sh\nexit 77\n";

	MINE_GOES;
	EXPECT_EQ(EXITED(REFUSED), run_mine(script, sizeof(script) - 1));
}

ATTEMPT(exec_directory_or_device, GATE)
{
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_DIR, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_NULL_DEVICE, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_STREAM, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_PROC, NULL, 0, NULL, 0));
}

ATTEMPT(exec_without_right, BOTH)
{
	const struct order order = { .what = ORDER_UID, .end = "!!" };

	WITHOUT(fd, FIXTURE_IMAGE, R(PROC_EXEC));
	EXPECT_EQ(EXITED(REFUSED), IN_CHILD(exec_or_exit(fd, &order, sizeof(order))));
}

/* Root's, and set-uid, where the launcher has put it. */
ATTEMPT(exec_set_uid_program, GATE)
{
	const cloudabi_fd_t fds[] = { FIXTURE_PROC };
	long before, after;

	OWN(program, open_at(FIXTURE_DIR, "setuid", 0, R(PROC_EXEC)));
	before = run_order(FIXTURE_IMAGE, ORDER_UID, fds, 1);
	after = run_order(program, ORDER_UID, fds, 1);
	EXPECT_EQ(before, after);
	EXPECT_GE(0xffff, after);
}

/* The program that runs can't be changed, nor what it is mapped from. */
ATTEMPT(change_own_program, GATE)
{
	STOPPED(write_fd(FIXTURE_IMAGE, "x", 1));
	STOPPED(map(FIXTURE_IMAGE, P_READ | P_WRITE, M_SHARED));
	STOPPED(resize_fd(FIXTURE_IMAGE, 0));
	STOPPED(put_fd(FIXTURE_IMAGE, &(const cloudabi_filestat_t){ 0 },
		       CLOUDABI_FILESTAT_SIZE));
}

/* The effective uid, from "Uid: real effective ..." of what /proc says in descriptor 0. */
static unsigned int own_uid(void)
{
	char status[1024];
	const long fd = open_at(0, "self/status", 0, R(FD_READ));
	const long len = read_fd(fd, status, sizeof(status) - 1);
	const char *line;

	if (len <= 0)
		return 1 << 20;
	status[len] = '\0';
	for (line = status; memcmp(line, "\nUid:", 5); line++)
		if (line == status + len)
			return 1 << 21;
	line = strchr(line + 6, '\t');
	return line ? number(line) : 1 << 22;
}

static __attribute__((__noreturn__)) void obey(const struct order *order)
{
	switch (order->what) {
	case ORDER_RIGHTS:
		/* Bits of what has grown, of descriptors without FD_WRITE. */
		cloudabi_exit((base_of(0) & R(FD_WRITE) ? 1 : 0) +
			      (limit(1, REGULAR_BASE, 0) ? 0 : 2) + (is_open(2) ? 4 : 0));
	case ORDER_UID:
		cloudabi_exit(own_uid());
	case ORDER_OPEN:
		cloudabi_exit(count_open());
	case ORDER_VDSO:
		cloudabi_exit(*(const unsigned char *)test_start->vdso);
	default:
		cloudabi_exit(99);
	}
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const struct order *const order = start->argdata;

	test_start = start;
	if (start->argdata_len == sizeof(*order) && !order->nul && !memcmp(order->end, "!!", 2))
		obey(order);
	return test_harness_run(start);
}
