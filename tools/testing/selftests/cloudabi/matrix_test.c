// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The rights matrix
 *
 * The table says which rights a call requires.  For each of these rights: with
 * exactly the required rights the call succeeds; with one right less it fails
 * with ENOTCAPABLE and changes nothing on disk, in memory or in the descriptor
 * table.
 *
 * The table generates the cases.  A new row needs an INVOKER here; without it
 * this file does not compile.
 */

#include "filecalls.h"
#include "snapshot.h"

/* The objects of calls.  Each attempt makes them anew, in directory "world". */

enum object {
	OBJECT_FILE,
	OBJECT_DIRECTORY,
	OBJECT_STREAM,
	OBJECT_PROCESS,
};

static const struct {
	cloudabi_rights_t base, inheriting;
} most[] = {
	[OBJECT_FILE] = { REGULAR_BASE, 0 },
	[OBJECT_DIRECTORY] = { DIRECTORY_BASE, DIRECTORY_INHERITING },
	[OBJECT_STREAM] = { SOCKET_BASE, SOCKET_INHERITING },
	[OBJECT_PROCESS] = { R(FILE_STAT_FGET) | R(POLL_PROC_TERMINATE), 0 },
};

/* The directory, the object of the call, and another object that some calls need. */
static cloudabi_fd_t world, object, other;

static bool make_world(enum object kind)
{
	cloudabi_fd_t pair[2];
	cloudabi_tid_t tid;
	long file;

	remove_all(FIXTURE_DIR, "world");
	if (make_dir(FIXTURE_DIR, "world") || make_dir(FIXTURE_DIR, "world/sub") ||
	    make_closed_file("world/sub/file", FIXTURE_TEXT) ||
	    symlink_at("file", FIXTURE_DIR, "world/link"))
		return false;
	file = make_file("world/file", FIXTURE_TEXT);
	world = open_whole_dir(FIXTURE_DIR, "world");
	other = world;
	switch (kind) {
	case OBJECT_FILE:
		object = file;
		return true;
	case OBJECT_DIRECTORY:
		close_fd(file);
		object = dup_fd(world);
		return true;
	case OBJECT_STREAM:
		close_fd(file);
		if (cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &pair[0], &pair[1]))
			return false;
		object = pair[0];
		other = pair[1];
		/* Queue data in both directions, so that either end can be read. */
		return write_fd(object, "there", 5) == 5 && write_fd(other, "back", 4) == 4;
	case OBJECT_PROCESS:
		close_fd(file);
		if (cloudabi_sys_proc_fork(&object, &tid))
			return false;
		if (object == CLOUDABI_PROCESS_CHILD)
			cloudabi_exit(0);
		return true;
	}
	return false;
}

static void unmake_world(void)
{
	close_fd(object);
	if (other != world)
		close_fd(other);
	close_fd(world);
	remove_all(FIXTURE_DIR, "world");
}

/*
 * INVOKER(call, argument, when, object, base, inheriting, covering) { ...  } defines how to
 * make a call on @fd so that it needs the rights of a row.  @base and @inheriting are rights of
 * other rows that the same call needs.  @covering are rights that imply this row's right.  The
 * body returns a negative number on failure.
 */
struct invoker {
	long (*fn)(cloudabi_fd_t fd);
	enum object object;
	cloudabi_rights_t base, inheriting, covering;
};

#define INVOKER(call, arg, when, object, base, inheriting, covering)                          \
	static long run_##call##_##arg##_##when(cloudabi_fd_t fd);                            \
	static const struct invoker invoke_##call##_##arg##_##when = {                        \
		run_##call##_##arg##_##when, OBJECT_##object, base, inheriting, covering,     \
	};                                                                                    \
	static long run_##call##_##arg##_##when(cloudabi_fd_t fd)

static char buf[64];

INVOKER(fd_datasync, fd, always, FILE, 0, 0, 0)
{
	return -(long)cloudabi_sys_fd_datasync(fd);
}

INVOKER(fd_pread, fd, always, FILE, 0, 0, 0)
{
	return pread_fd(fd, buf, 4, 2);
}

INVOKER(fd_pwrite, fd, always, FILE, 0, 0, 0)
{
	return pwrite_fd(fd, "XY", 2, 4);
}

INVOKER(fd_read, fd, always, FILE, 0, 0, 0)
{
	return read_fd(fd, buf, 4);
}

INVOKER(fd_seek, fd, move, FILE, 0, 0, 0)
{
	return seek_fd(fd, 3, CLOUDABI_WHENCE_SET);
}

INVOKER(fd_seek, fd, tell, FILE, 0, 0, R(FD_SEEK))
{
	return tell_fd(fd);
}

INVOKER(fd_stat_put, fd, flags, FILE, 0, 0, 0)
{
	return set_flags(fd, CLOUDABI_FDFLAG_APPEND);
}

INVOKER(fd_stat_put, fd, overwrite, FILE, R(FD_STAT_PUT_FLAGS), 0, 0)
{
	const long set = set_flags(object, CLOUDABI_FDFLAG_APPEND);
	const long taken = set_flags(fd, 0);

	return set_flags(object, 0) ?: set ?: taken;
}

INVOKER(fd_stat_put, fd, dsync, FILE, R(FD_STAT_PUT_FLAGS), 0, R(FD_SYNC))
{
	return set_flags(fd, CLOUDABI_FDFLAG_DSYNC);
}

INVOKER(fd_stat_put, fd, sync, FILE, R(FD_STAT_PUT_FLAGS), 0, 0)
{
	const long error = set_flags(fd, CLOUDABI_FDFLAG_RSYNC);

	return set_flags(fd, CLOUDABI_FDFLAG_SYNC) ?: error;
}

INVOKER(fd_sync, fd, always, FILE, 0, 0, 0)
{
	return -(long)cloudabi_sys_fd_sync(fd);
}

INVOKER(fd_write, fd, always, FILE, 0, 0, 0)
{
	return write_fd(fd, "XY", 2);
}

INVOKER(file_advise, fd, always, FILE, 0, 0, 0)
{
	return advise_fd(fd, 0, 0, CLOUDABI_ADVICE_WILLNEED);
}

INVOKER(file_allocate, fd, always, FILE, 0, 0, 0)
{
	return allocate_fd(fd, 0, 1000);
}

INVOKER(file_create, fd, directory, DIRECTORY, 0, 0, 0)
{
	return make_dir(fd, "created");
}

INVOKER(file_link, fd1, always, DIRECTORY, 0, 0, 0)
{
	return link_at(fd, 0, "file", other, "linked");
}

INVOKER(file_link, fd2, always, DIRECTORY, 0, 0, 0)
{
	return link_at(other, 0, "file", fd, "linked");
}

/* Returns the result of file_open, and closes what it opened. */
static long open_in(cloudabi_fd_t fd, const char *name, cloudabi_oflags_t oflags,
		    cloudabi_fdflags_t flags, cloudabi_rights_t base)
{
	const long opened = open_path(fd, 0, name, strlen(name), oflags, flags, base, 0);

	return opened < 0 ? opened : close_fd(opened);
}

INVOKER(file_open, dirfd, always, DIRECTORY, 0, 0, 0)
{
	return open_in(fd, "file", 0, 0, 0);
}

INVOKER(file_open, dirfd, creat, DIRECTORY, R(FILE_OPEN), 0, 0)
{
	return open_in(fd, "opened", CLOUDABI_O_CREAT, 0, 0);
}

INVOKER(file_open, dirfd, inh_trunc, DIRECTORY, R(FILE_OPEN), 0, 0)
{
	return open_in(fd, "file", CLOUDABI_O_TRUNC, 0, 0);
}

INVOKER(file_open, dirfd, inh_dsync, DIRECTORY, R(FILE_OPEN), 0, R(FD_SYNC))
{
	return open_in(fd, "file", 0, CLOUDABI_FDFLAG_DSYNC, 0);
}

INVOKER(file_open, dirfd, inh_sync, DIRECTORY, R(FILE_OPEN), 0, 0)
{
	const long error = open_in(fd, "file", 0, CLOUDABI_FDFLAG_RSYNC, 0);

	return open_in(fd, "file", 0, CLOUDABI_FDFLAG_SYNC, 0) ?: error;
}

INVOKER(file_open, dirfd, inh_overwrite, DIRECTORY, R(FILE_OPEN), R(FD_WRITE), 0)
{
	return open_in(fd, "file", 0, 0, R(FD_WRITE));
}

INVOKER(file_readdir, fd, always, DIRECTORY, 0, 0, 0)
{
	return readdir_fd(fd, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START);
}

INVOKER(file_readlink, fd, always, DIRECTORY, 0, 0, 0)
{
	return readlink_at(fd, "link", buf, sizeof(buf));
}

INVOKER(file_rename, fd1, always, DIRECTORY, 0, 0, 0)
{
	return rename_at(fd, "file", other, "renamed");
}

INVOKER(file_rename, fd2, always, DIRECTORY, 0, 0, 0)
{
	return rename_at(other, "file", fd, "sub/file");
}

INVOKER(file_stat_fget, fd, always, FILE, 0, 0, 0)
{
	cloudabi_filestat_t stat;

	return stat_fd(fd, &stat);
}

INVOKER(file_stat_fput, fd, size, FILE, 0, 0, 0)
{
	return resize_fd(fd, 3);
}

INVOKER(file_stat_fput, fd, times, FILE, 0, 0, 0)
{
	const cloudabi_filestat_t stat = { .st_mtim = 1 };

	return put_fd(fd, &stat, CLOUDABI_FILESTAT_MTIM | CLOUDABI_FILESTAT_ATIM_NOW);
}

INVOKER(file_stat_get, fd, always, DIRECTORY, 0, 0, 0)
{
	cloudabi_filestat_t stat;

	return stat_at(fd, 0, "file", &stat);
}

INVOKER(file_stat_put, fd, times, DIRECTORY, 0, 0, 0)
{
	const cloudabi_filestat_t stat = { .st_mtim = 1 };

	return put_at(fd, 0, "file", &stat, CLOUDABI_FILESTAT_MTIM | CLOUDABI_FILESTAT_ATIM_NOW);
}

INVOKER(file_symlink, fd, always, DIRECTORY, 0, 0, 0)
{
	return symlink_at("file", fd, "symlink");
}

INVOKER(file_unlink, fd, always, DIRECTORY, 0, 0, 0)
{
	const long error = unlink_at(fd, "sub/file", 0);

	return unlink_at(fd, "sub", REMOVEDIR) ?: error;
}

/* Returns the result of mem_map, and unmaps the memory again. */
static long map_in(cloudabi_fd_t fd, cloudabi_mprot_t prot, cloudabi_mflags_t flags)
{
	void *mem = NULL;
	const cloudabi_errno_t error = cloudabi_sys_mem_map(NULL, 4096, prot, flags, fd, 0, &mem);

	return error ? -(long)error : -(long)cloudabi_sys_mem_unmap(mem, 4096);
}

INVOKER(mem_map, fd, always, FILE, 0, 0, 0)
{
	return map_in(fd, 0, CLOUDABI_MAP_PRIVATE);
}

INVOKER(mem_map, fd, read, FILE, R(MEM_MAP), 0, 0)
{
	return map_in(fd, CLOUDABI_PROT_READ, CLOUDABI_MAP_SHARED);
}

INVOKER(mem_map, fd, write, FILE, R(MEM_MAP) | R(FD_READ), 0, 0)
{
	const long error = map_in(fd, CLOUDABI_PROT_WRITE, CLOUDABI_MAP_PRIVATE);

	return map_in(fd, CLOUDABI_PROT_WRITE, CLOUDABI_MAP_SHARED) ?: error;
}

INVOKER(mem_map, fd, exec, FILE, R(MEM_MAP) | R(FD_READ), 0, 0)
{
	return map_in(fd, CLOUDABI_PROT_EXEC, CLOUDABI_MAP_PRIVATE);
}

/* Polls for one event; returns the error of the call or of the event. */
static long poll_for(const cloudabi_subscription_t *what)
{
	cloudabi_event_t event = { 0 };
	cloudabi_size_t n = 0;
	const cloudabi_errno_t error = cloudabi_sys_poll(what, &event, 1, &n);

	return -(long)(error ?: event.error);
}

INVOKER(poll, fd, fd_read, STREAM, 0, 0, 0)
{
	return poll_for(&(const cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_FD_READ, .fd_readwrite.fd = fd });
}

INVOKER(poll, fd, fd_write, STREAM, 0, 0, 0)
{
	return poll_for(&(const cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_FD_WRITE, .fd_readwrite.fd = fd });
}

INVOKER(poll, fd, proc_terminate, PROCESS, 0, 0, 0)
{
	return poll_for(&(const cloudabi_subscription_t){
		.type = CLOUDABI_EVENTTYPE_PROC_TERMINATE, .proc_terminate.fd = fd });
}

/*
 * A successful proc_exec would end this process, so the file is no program; rights are checked
 * first.
 */
INVOKER(proc_exec, fd, always, FILE, 0, 0, 0)
{
	const long error = -(long)cloudabi_sys_proc_exec(fd, NULL, 0, NULL, 0);

	return error == -CLOUDABI_ENOTCAPABLE ? error : 0;
}

INVOKER(sock_recv, sock, always, STREAM, 0, 0, 0)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = sizeof(buf) };
	const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };
	cloudabi_recv_out_t out;

	return -(long)cloudabi_sys_sock_recv(fd, &in, &out);
}

INVOKER(sock_send, sock, always, STREAM, 0, 0, 0)
{
	const cloudabi_ciovec_t iov = { .buf = "more", .buf_len = 4 };
	const cloudabi_send_in_t in = { .si_data = &iov, .si_data_len = 1 };
	cloudabi_send_out_t out;

	return -(long)cloudabi_sys_sock_send(fd, &in, &out);
}

INVOKER(sock_shutdown, sock, always, STREAM, 0, 0, 0)
{
	return -(long)cloudabi_sys_sock_shutdown(fd, CLOUDABI_SHUT_RD | CLOUDABI_SHUT_WR);
}

/* Attempts */

static struct snapshot before, after;

static void take(struct snapshot *snap)
{
	snapshot_start(snap);
	snapshot_tree(snap, FIXTURE_DIR, "world", 0);
	snapshot_fds(snap);
	snapshot_memory(snap);
}

/*
 * Snapshots do not cover data queued on the stream.  After a refusal, each end must still read
 * exactly what was sent earlier.
 */
static bool stream_is_unchanged(void)
{
	bool same;

	if (set_flags(object, CLOUDABI_FDFLAG_NONBLOCK) ||
	    set_flags(other, CLOUDABI_FDFLAG_NONBLOCK))
		return false;
	same = read_fd(object, buf, sizeof(buf)) == 4 && !memcmp(buf, "back", 4) &&
	       read_fd(object, buf, sizeof(buf)) == -CLOUDABI_EAGAIN &&
	       read_fd(other, buf, sizeof(buf)) == 5 && !memcmp(buf, "there", 5) &&
	       read_fd(other, buf, sizeof(buf)) == -CLOUDABI_EAGAIN;
	return same && write_fd(object, "there", 5) == 5 && write_fd(other, "back", 4) == 4;
}

/* A case: a row of the table and one of its rights. */
struct pair {
	const struct invoker *invoker;
	cloudabi_rights_t required, right;
	bool inheriting;
};

/* The number of pairs tried so far. */
TEST_SHARED(unsigned int, pairs_run);

static void allowed(struct test_metadata *_metadata, const struct invoker *invoker,
		    cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	long fd;

	ASSERT_TRUE(make_world(invoker->object));
	fd = dup_limited(object, base, inheriting);
	ASSERT_LE(0, fd);
	EXPECT_LE(0, invoker->fn(fd)) TH_LOG("with rights 0x%lx, 0x%lx", (long)base,
					     (long)inheriting);
	EXPECT_EQ(0, close_fd(fd));
	unmake_world();
}

static void refused(struct test_metadata *_metadata, const struct invoker *invoker,
		    cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	long fd;

	ASSERT_TRUE(make_world(invoker->object));
	fd = dup_limited(object, base, inheriting);
	ASSERT_LE(0, fd);
	memset(buf, 0xee, sizeof(buf));
	take(&before);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, invoker->fn(fd))
		TH_LOG("with rights 0x%lx, 0x%lx", (long)base, (long)inheriting);
	take(&after);
	EXPECT_TRUE(snapshot_same(&before, &after));
	for (size_t i = 0; i < sizeof(buf); i++)
		EXPECT_EQ('\xee', buf[i]) TH_LOG("byte %zu", i);
	if (invoker->object == OBJECT_STREAM)
		EXPECT_TRUE(stream_is_unchanged());
	EXPECT_EQ(0, close_fd(fd));
	unmake_world();
}

static void run_pair(struct test_metadata *_metadata, void *self, const void *variant)
{
	const struct pair *const pair = self;
	const struct invoker *const invoker = pair->invoker;
	const cloudabi_rights_t lacking = pair->right | invoker->covering;
	cloudabi_rights_t base = invoker->base, inheriting = invoker->inheriting;
	cloudabi_rights_t most_base = most[invoker->object].base;
	cloudabi_rights_t most_inheriting = most[invoker->object].inheriting;

	/* The object's type has this right. */
	EXPECT_EQ(pair->right,
		  pair->right & (pair->inheriting ? most_inheriting : most_base));

	if (pair->inheriting)
		inheriting |= pair->required;
	else
		base |= pair->required;
	allowed(_metadata, invoker, base, inheriting);
	allowed(_metadata, invoker, most_base, most_inheriting);

	if (pair->inheriting) {
		inheriting &= ~pair->right;
		most_inheriting &= ~lacking;
	} else {
		base &= ~pair->right;
		most_base &= ~lacking;
	}
	refused(_metadata, invoker, base, inheriting);
	refused(_metadata, invoker, most_base, most_inheriting);
	(*pairs_run)++;
}

/* Tests are registered after all others in this file, in the order of the table. */
#define PAIR(call, arg, when, right_name)                                                     \
	static const struct pair pair_##call##_##arg##_##when##_##right_name = {              \
		.invoker = &invoke_##call##_##arg##_##when,                                   \
		.required = CLOUDABI_REQUIRED(call, arg, when),                                   \
		.right = R(right_name),                                                       \
		.inheriting = #when[0] == 'i' && #when[1] == 'n' && #when[2] == 'h' &&        \
			      #when[3] == '_',                                                \
	};                                                                                    \
	TEST_REGISTER(call##_##arg##_##when##_##right_name, true,                             \
		      .name = #call "_" #arg "_" #when "_" #right_name,                       \
		      .order = 100000 + __COUNTER__, .fn = run_pair,                           \
		      .self = (void *)&pair_##call##_##arg##_##when##_##right_name);

#define PAIRS1(call, arg, when, a) PAIR(call, arg, when, a)
#define PAIRS2(call, arg, when, a, b) PAIR(call, arg, when, a) PAIR(call, arg, when, b)
#define PAIRS_(n, ...) PAIRS##n(__VA_ARGS__)
#define PAIRS__(n, ...) PAIRS_(n, __VA_ARGS__)
#define NEED(call, arg, when, n, rights) PAIRS__(n, call, arg, when, CLOUDABI_UNWRAP rights)
CLOUDABI_REQUIRED_RIGHTS(NEED)
#undef NEED

/* The masks in the table determine the number of pairs. */
static void check_number(struct test_metadata *_metadata, void *self, const void *variant)
{
	static const cloudabi_rights_t needs[] = {
#define NEED(call, arg, when, ...) CLOUDABI_REQUIRED(call, arg, when),
		CLOUDABI_REQUIRED_RIGHTS(NEED)
#undef NEED
	};
	unsigned int pairs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		pairs += __builtin_popcountll(needs[i]);
	TH_LOG(" %u pairs of a call and a right", pairs);
	EXPECT_EQ(pairs, *pairs_run);
}

TEST_REGISTER(number_of_pairs, true, .name = "all_pairs_were_tried", .order = 200000,
	      .fn = check_number);

/*
 * How file_open derives rights, for whole sets of rights.  The required rights are stated here
 * a second time, as the specification words them.
 */

#define READING (R(FD_READ) | R(FILE_READDIR) | R(MEM_MAP_EXEC))
#define WRITING (R(FD_DATASYNC) | R(FD_WRITE) | R(FILE_ALLOCATE) | R(FILE_STAT_FPUT_SIZE))

#define CREAT CLOUDABI_O_CREAT
#define DIRECTORY CLOUDABI_O_DIRECTORY
#define EXCL CLOUDABI_O_EXCL
#define TRUNC CLOUDABI_O_TRUNC

static cloudabi_rights_t subset(const cloudabi_rights_t *rights, size_t n, unsigned int bits)
{
	cloudabi_rights_t set = 0;

	for (size_t i = 0; i < n; i++)
		set |= bits & 1U << i ? rights[i] : 0;
	return set;
}

#define SUBSET(rights, bits) subset(rights, ARRAY_SIZE(rights), bits)

/* The rights that the inheriting rights must cover. */
static bool may_open(cloudabi_rights_t inheritable, cloudabi_rights_t base,
		     cloudabi_rights_t inheriting, cloudabi_oflags_t oflags,
		     cloudabi_fdflags_t flags)
{
	cloudabi_rights_t required = base | inheriting;

	if (oflags & TRUNC)
		required |= R(FILE_STAT_FPUT_SIZE);
	if (flags & (CLOUDABI_FDFLAG_SYNC | CLOUDABI_FDFLAG_RSYNC))
		required |= R(FD_SYNC);
	if (base & WRITING && !(flags & CLOUDABI_FDFLAG_APPEND) && !(oflags & TRUNC))
		required |= R(FD_SEEK);
	if (required & ~inheritable)
		return false;
	return !(flags & CLOUDABI_FDFLAG_DSYNC) || inheritable & (R(FD_DATASYNC) | R(FD_SYNC));
}

/* The expected result of file_open for an existing or a missing file. */
static long file_outcome(cloudabi_oflags_t oflags, bool there)
{
	if ((oflags & CREAT) && (oflags & DIRECTORY))
		return -CLOUDABI_EINVAL;
	if ((oflags & CREAT) && (oflags & EXCL) && there)
		return -CLOUDABI_EEXIST;
	if (!there && !(oflags & CREAT))
		return -CLOUDABI_ENOENT;
	return oflags & DIRECTORY ? -CLOUDABI_ENOTDIR : 0;
}

static void derive(struct test_metadata *_metadata, cloudabi_fd_t dir, cloudabi_fd_t file,
		   cloudabi_rights_t inheritable, cloudabi_rights_t asked,
		   cloudabi_oflags_t oflags, cloudabi_fdflags_t flags, bool there)
{
	const char *const name = there ? "file" : "opened";
	const bool may = may_open(inheritable, asked, 0, oflags, flags);
	const long outcome = may ? file_outcome(oflags, there) : -CLOUDABI_ENOTCAPABLE;
	const long fd = open_path(dir, 0, name, strlen(name), oflags, flags, asked, 0);

	EXPECT_EQ(outcome, fd < 0 ? fd : 0)
		TH_LOG("%s: inheritable 0x%lx, asked 0x%lx, oflags 0x%x, flags 0x%x", name,
		       (long)inheritable, (long)asked, oflags, flags);
	if (fd >= 0) {
		EXPECT_EQ(asked & REGULAR_BASE, base_of(fd));
		EXPECT_EQ(0, inheriting_of(fd));
		EXPECT_EQ(flags, flags_of(fd));
		close_fd(fd);
	}
	/* A refused or failed call creates and truncates nothing. */
	if (!there)
		EXPECT_EQ(outcome ? -CLOUDABI_ENOENT : 0, unlink_at(world, name, 0));
	else if (oflags & TRUNC)
		EXPECT_EQ(outcome ? FIXTURE_TEXT_LEN : 0,
			  seek_fd(file, 0, CLOUDABI_WHENCE_END));
	if (there && oflags & TRUNC && !outcome)
		EXPECT_EQ(FIXTURE_TEXT_LEN, pwrite_fd(file, FIXTURE_TEXT, FIXTURE_TEXT_LEN, 0));
}

TEST(files_get_their_rights_as_derived)
{
	static const cloudabi_rights_t inheritables[] = {
		R(FD_READ), R(FD_WRITE), R(FD_SEEK), R(FILE_STAT_FPUT_SIZE), R(FD_DATASYNC),
		R(FD_SYNC),
	};
	static const cloudabi_rights_t asked[] = {
		R(FD_READ), R(FD_WRITE), R(FD_DATASYNC), R(FILE_STAT_FPUT_SIZE),
	};
	static const cloudabi_fdflags_t flags[] = {
		0, CLOUDABI_FDFLAG_APPEND, CLOUDABI_FDFLAG_DSYNC, CLOUDABI_FDFLAG_SYNC,
		CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_DSYNC | CLOUDABI_FDFLAG_RSYNC,
	};
	unsigned long cases = 0;

	ASSERT_TRUE(make_world(OBJECT_FILE));
	for (unsigned int i = 0; i < 1 << ARRAY_SIZE(inheritables); i++) {
		const cloudabi_rights_t inheritable = SUBSET(inheritables, i);
		const long dir = dup_limited(world, R(FILE_OPEN) | R(FILE_CREATE_FILE),
					     inheritable);

		ASSERT_LE(0, dir);
		/* Every second creation finds an existing file. */
		for (unsigned int n = 0; n < 16 * 16 * ARRAY_SIZE(flags); n++, cases++)
			derive(_metadata, dir, object, inheritable, SUBSET(asked, n / 16 % 16),
			       n % 16, flags[n / 256], n & CREAT ? cases / 16 & 1 : true);
		EXPECT_EQ(0, close_fd(dir));
	}
	TH_LOG(" %lu cases", cases);
	unmake_world();
}

/* The same for directories, and for the base rights of their parent. */
TEST(directories_get_their_rights_as_derived)
{
	static const cloudabi_rights_t rights[] = {
		R(FILE_OPEN), R(FILE_READDIR), R(FILE_UNLINK), R(FD_READ),
	};
	unsigned long cases = 0;

	ASSERT_TRUE(make_world(OBJECT_DIRECTORY));
	for (unsigned int i = 0; i < 16; i++) {
		const cloudabi_rights_t inheritable = SUBSET(rights, i);
		const long dir = dup_limited(world, R(FILE_OPEN), inheritable);

		ASSERT_LE(0, dir);
		for (unsigned int n = 0; n < 16 * 16 * 2; n++, cases++) {
			const cloudabi_rights_t base = SUBSET(rights, n % 16);
			const cloudabi_rights_t inheriting = SUBSET(rights, n / 16 % 16);
			const cloudabi_oflags_t oflags = n & 256 ? DIRECTORY : 0;
			const bool may = may_open(inheritable, base, inheriting, oflags, 0);
			const long fd = open_path(dir, 0, "sub", 3, oflags, 0, base, inheriting);

			EXPECT_EQ(may ? 0 : -CLOUDABI_ENOTCAPABLE, fd < 0 ? fd : 0)
				TH_LOG("inheritable 0x%lx, base 0x%lx, inheriting 0x%lx",
				       (long)inheritable, (long)base, (long)inheriting);
			if (fd < 0)
				continue;
			EXPECT_EQ(base & DIRECTORY_BASE, base_of(fd));
			EXPECT_EQ(inheriting, inheriting_of(fd));
			EXPECT_EQ(0, close_fd(fd));
		}
		EXPECT_EQ(0, close_fd(dir));
	}
	TH_LOG(" %lu cases", cases);
	unmake_world();
}

TEST(opening_needs_base_rights_of_the_directory)
{
	static const cloudabi_rights_t rights[] = { R(FILE_OPEN), R(FILE_CREATE_FILE) };

	ASSERT_TRUE(make_world(OBJECT_FILE));
	for (unsigned int i = 0; i < 4; i++) {
		const cloudabi_rights_t base = SUBSET(rights, i);
		const long dir = dup_limited(world, base, DIRECTORY_INHERITING);

		ASSERT_LE(0, dir);
		for (cloudabi_oflags_t oflags = 0; oflags < 16; oflags++) {
			for (int there = 0; there < 2; there++) {
				const char *const name = there ? "file" : "opened";
				const bool may = base & R(FILE_OPEN) &&
						 (!(oflags & CREAT) || base & R(FILE_CREATE_FILE));

				EXPECT_EQ(may ? file_outcome(oflags, there) :
						-CLOUDABI_ENOTCAPABLE,
					  open_in(dir, name, oflags, 0, 0))
					TH_LOG("base 0x%lx, oflags 0x%x, %s", (long)base,
					       oflags, name);
				unlink_at(world, "opened", 0);
			}
		}
		EXPECT_EQ(0, close_fd(dir));
	}
	unmake_world();
}

TEST_HARNESS_MAIN
