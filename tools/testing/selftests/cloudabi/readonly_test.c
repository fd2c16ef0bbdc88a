// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - A read-only directory stays unchanged
 *
 * Neither the base nor the inheriting rights of the descriptor include a right
 * to change anything.  Every call of the table attacks the descriptor, and
 * every descriptor that can be opened through it, two levels deep.  Whatever
 * the order of attacks, the tree stays the same.
 *
 * The calls come from the table.  A new call needs an ATTACK here; without it
 * this file does not compile.
 */

#include "filecalls.h"
#include "snapshot.h"

/*
 * All rights that change nothing.  FD_DATASYNC makes file_open() open files for writing, but is
 * no right to write.
 */
#define READ_ONLY                                                                     \
	(R(FD_DATASYNC) | R(FD_READ) | R(FD_SEEK) | R(FD_STAT_PUT_FLAGS) |            \
	 R(FD_SYNC) | R(FD_TELL) | R(FILE_ADVISE) | R(FILE_OPEN) | R(FILE_READDIR) |  \
	 R(FILE_READLINK) | R(FILE_STAT_FGET) | R(FILE_STAT_GET) | R(MEM_MAP) |       \
	 R(MEM_MAP_EXEC) | R(POLL_FD_READWRITE) | R(PROC_EXEC))

/* Paths that exist beneath at least one of the directories. */
static const char *const names[] = {
	"file", "dir", "dir/file", "dir/dir", "dir/dir/file", "blank", "link", "link_dir",
	"link_dir/", "new", "dir/new", ".", "dir/..", "dir/../file", "../file", "..",
};

/* A directory beside the tree that has all rights. */
static cloudabi_fd_t scratch;

/* Attacks a descriptor that might be open for writing. */
static void write_to(cloudabi_fd_t fd)
{
	const cloudabi_filestat_t stat = { .st_mtim = 1, .st_atim = 1 };

	write_fd(fd, "X", 1);
	pwrite_fd(fd, "X", 1, 0);
	set_flags(fd, CLOUDABI_FDFLAG_APPEND);
	write_fd(fd, "X", 1);
	set_flags(fd, 0);
	resize_fd(fd, 0);
	resize_fd(fd, 100);
	allocate_fd(fd, 0, 100);
	put_fd(fd, &stat, CLOUDABI_FILESTAT_MTIM);
	put_fd(fd, &stat, CLOUDABI_FILESTAT_MTIM_NOW);
}

#define ATTACK(call) \
	static void attack_##call(cloudabi_fd_t fd __attribute__((__unused__)))
#define NO_ATTACK(call) ATTACK(call) {}

/* Calls that take no descriptor. */
NO_ATTACK(clock_res_get)
NO_ATTACK(clock_time_get)
NO_ATTACK(condvar_signal)
NO_ATTACK(fd_create1)
NO_ATTACK(fd_create2)
NO_ATTACK(lock_unlock)
NO_ATTACK(mem_advise)
NO_ATTACK(mem_protect)
NO_ATTACK(mem_sync)
NO_ATTACK(mem_unmap)
NO_ATTACK(proc_exit)
NO_ATTACK(proc_fork)
NO_ATTACK(proc_raise)
NO_ATTACK(random_get)
NO_ATTACK(thread_create)
NO_ATTACK(thread_exit)
NO_ATTACK(thread_yield)

ATTACK(fd_close)
{
	close_fd(dup_fd(fd));
}

ATTACK(fd_datasync)
{
	cloudabi_sys_fd_datasync(fd);
}

ATTACK(fd_dup)
{
	const long copy = dup_fd(fd);

	limit(copy, CLOUDABI_RIGHTS_ALL, CLOUDABI_RIGHTS_ALL);
	write_to(copy);
	close_fd(copy);
}

ATTACK(fd_pread)
{
	char c;

	pread_fd(fd, &c, 1, 0);
}

ATTACK(fd_pwrite)
{
	pwrite_fd(fd, "X", 1, 0);
	pwrite_fd(fd, "X", 1, 1000);
}

ATTACK(fd_read)
{
	char c;

	read_fd(fd, &c, 1);
}

/* Through a number whose old descriptor had all rights. */
ATTACK(fd_replace)
{
	const long copy = dup_fd(scratch);

	if (!cloudabi_sys_fd_replace(fd, copy)) {
		write_to(copy);
		make_dir(copy, "new");
		unlink_at(copy, "file", 0);
	}
	close_fd(copy);
}

ATTACK(fd_seek)
{
	seek_fd(fd, 100, CLOUDABI_WHENCE_SET);
	seek_fd(fd, 0, CLOUDABI_WHENCE_SET);
}

ATTACK(fd_stat_get)
{
	stat_of(fd);
}

ATTACK(fd_stat_put)
{
	for (int bit = 0; bit < 64; bit++) {
		limit(fd, base_of(fd) | 1ULL << bit, inheriting_of(fd));
		limit(fd, base_of(fd), inheriting_of(fd) | 1ULL << bit);
	}
	for (cloudabi_fdflags_t flags = 0; flags < 32; flags++)
		set_flags(fd, flags);
	set_flags(fd, 0);
	write_to(fd);
}

ATTACK(fd_sync)
{
	cloudabi_sys_fd_sync(fd);
}

ATTACK(fd_write)
{
	write_fd(fd, "X", 1);
}

ATTACK(file_advise)
{
	for (int advice = 1; advice <= 6; advice++)
		advise_fd(fd, 0, 0, advice);
}

ATTACK(file_allocate)
{
	allocate_fd(fd, 0, 100);
}

ATTACK(file_create)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		make_dir(fd, names[i]);
}

ATTACK(file_link)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (cloudabi_lookupflags_t flags = 0; flags <= FOLLOW; flags++) {
			/*
			 * Link into the tree, from the tree to the writable directory, and
			 * within the tree.
			 */
			link_at(scratch, flags, "file", fd, names[i]);
			link_at(fd, flags, names[i], scratch, "stolen");
			link_at(fd, flags, names[i], fd, "new");
		}
	}
}

ATTACK(file_open)
{
	static const cloudabi_rights_t rights[] = {
		0, READ_ONLY, R(FD_READ), R(FD_DATASYNC), R(FD_READ) | R(FD_DATASYNC), R(FD_WRITE),
		R(FILE_ALLOCATE), R(FILE_STAT_FPUT_SIZE), R(FILE_STAT_FPUT_TIMES),
		R(FD_READ) | R(FD_WRITE) | R(FD_SEEK), REGULAR_BASE, DIRECTORY_BASE,
		DIRECTORY_INHERITING, CLOUDABI_RIGHTS_ALL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rights) * 16; j++) {
			const cloudabi_fdflags_t flags = j & 1 ? CLOUDABI_FDFLAG_APPEND : 0;
			const cloudabi_rights_t ask = rights[j / 16];
			const long opened = open_path(fd, FOLLOW, names[i], strlen(names[i]),
						      j % 16, flags, ask, ask);

			if (opened < 0)
				continue;
			write_to(opened);
			make_dir(opened, "new");
			unlink_at(opened, "file", 0);
			close_fd(opened);
		}
	}
}

ATTACK(file_readdir)
{
	char buf[64];

	readdir_fd(fd, buf, sizeof(buf), 0);
}

ATTACK(file_readlink)
{
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		readlink_at(fd, names[i], buf, sizeof(buf));
}

ATTACK(file_rename)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		rename_at(scratch, "file", fd, names[i]);
		rename_at(scratch, "dir", fd, names[i]);
		rename_at(fd, names[i], scratch, "stolen");
		rename_at(fd, names[i], fd, "new");
	}
}

ATTACK(file_stat_fget)
{
	cloudabi_filestat_t stat;

	stat_fd(fd, &stat);
}

ATTACK(file_stat_fput)
{
	const cloudabi_filestat_t stat = { .st_size = 1, .st_mtim = 1, .st_atim = 1 };

	for (cloudabi_fsflags_t flags = 0; flags < 32; flags++)
		put_fd(fd, &stat, flags);
}

ATTACK(file_stat_get)
{
	cloudabi_filestat_t stat;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		stat_at(fd, 0, names[i], &stat);
}

ATTACK(file_stat_put)
{
	const cloudabi_filestat_t stat = { .st_size = 1, .st_mtim = 1, .st_atim = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (cloudabi_fsflags_t flags = 0; flags < 32; flags++) {
			put_at(fd, 0, names[i], &stat, flags);
			put_at(fd, FOLLOW, names[i], &stat, flags);
		}
	}
}

ATTACK(file_symlink)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		symlink_at("file", fd, names[i]);
}

ATTACK(file_unlink)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unlink_at(fd, names[i], 0);
		unlink_at(fd, names[i], REMOVEDIR);
	}
}

/* A mapping that cannot be writable from the start cannot become writable later. */
ATTACK(mem_map)
{
	for (int prot = 0; prot < 8; prot++) {
		for (int flags = 0; flags < 2; flags++) {
			void *mem;

			if (cloudabi_sys_mem_map(NULL, 4096, prot,
						 flags ? CLOUDABI_MAP_SHARED : CLOUDABI_MAP_PRIVATE,
						 fd, 0, &mem))
				continue;
			if (prot & CLOUDABI_PROT_WRITE ||
			    !cloudabi_sys_mem_protect(mem, 4096, CLOUDABI_PROT_READ |
						      CLOUDABI_PROT_WRITE))
				__atomic_store_n((char *)mem, 'X', __ATOMIC_RELAXED);
			cloudabi_sys_mem_sync(mem, 4096, CLOUDABI_MS_SYNC);
			cloudabi_sys_mem_unmap(mem, 4096);
		}
	}
}

ATTACK(poll)
{
	const cloudabi_subscription_t in[] = {
		{ .type = CLOUDABI_EVENTTYPE_FD_READ, .fd_readwrite.fd = fd },
		{ .type = CLOUDABI_EVENTTYPE_FD_WRITE, .fd_readwrite.fd = fd },
	};
	cloudabi_event_t out[2];
	cloudabi_size_t n;

	cloudabi_sys_poll(in, out, 2, &n);
}

/* The tree contains no program. */
ATTACK(proc_exec)
{
	cloudabi_sys_proc_exec(fd, "X", 1, NULL, 0);
}

ATTACK(sock_recv)
{
	cloudabi_recv_in_t in = { 0 };
	cloudabi_recv_out_t out;

	cloudabi_sys_sock_recv(fd, &in, &out);
}

/* Sends the descriptor to itself: the received descriptor has the same rights. */
ATTACK(sock_send)
{
	char byte = 'X';
	cloudabi_fd_t pair[2], received = FIXTURE_NONE;
	const cloudabi_ciovec_t data = { .buf = &byte, .buf_len = 1 };
	const cloudabi_iovec_t room = { .buf = &byte, .buf_len = 1 };
	const cloudabi_send_in_t send = {
		.si_data = &data, .si_data_len = 1, .si_fds = &fd, .si_fds_len = 1,
	};
	const cloudabi_recv_in_t recv = {
		.ri_data = &room, .ri_data_len = 1, .ri_fds = &received, .ri_fds_len = 1,
	};
	cloudabi_send_out_t sent;
	cloudabi_recv_out_t got;

	cloudabi_sys_sock_send(fd, &send, &sent);
	if (cloudabi_sys_fd_create2(CLOUDABI_FILETYPE_SOCKET_STREAM, &pair[0], &pair[1]))
		return;
	if (!cloudabi_sys_sock_send(pair[0], &send, &sent) &&
	    !cloudabi_sys_sock_recv(pair[1], &recv, &got) && got.ro_fdslen) {
		write_to(received);
		make_dir(received, "new");
		unlink_at(received, "file", 0);
		limit(received, CLOUDABI_RIGHTS_ALL, CLOUDABI_RIGHTS_ALL);
		close_fd(received);
	}
	close_fd(pair[0]);
	close_fd(pair[1]);
}

ATTACK(sock_shutdown)
{
	for (int how = 0; how < 4; how++)
		cloudabi_sys_sock_shutdown(fd, how);
}

static const struct attack {
	const char *name;
	void (*fn)(cloudabi_fd_t fd);
} attacks[] = {
#define CALL(nr, name, ...) { #name, attack_##name },
	CLOUDABI_CALLS(CALL)
#undef CALL
};

static struct snapshot before, after;

static void take(struct snapshot *snap)
{
	snapshot_start(snap);
	snapshot_tree(snap, FIXTURE_DIR, "tree", 0);
}

static void make_tree(struct test_metadata *_metadata)
{
	remove_all(FIXTURE_DIR, "tree");
	remove_all(FIXTURE_DIR, "scratch");
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "scratch"));
	ASSERT_EQ(0, make_closed_file("scratch/file", "Y"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "scratch/dir"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "tree"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "tree/blank"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "tree/dir"));
	ASSERT_EQ(0, make_dir(FIXTURE_DIR, "tree/dir/dir"));
	ASSERT_EQ(0, make_closed_file("tree/file", FIXTURE_TEXT));
	ASSERT_EQ(0, make_closed_file("tree/dir/file", FIXTURE_TEXT));
	ASSERT_EQ(0, make_closed_file("tree/dir/dir/file", FIXTURE_TEXT));
	ASSERT_EQ(0, symlink_at("file", FIXTURE_DIR, "tree/link"));
	ASSERT_EQ(0, symlink_at("dir", FIXTURE_DIR, "tree/link_dir"));
	ASSERT_EQ(0, symlink_at("../file", FIXTURE_DIR, "tree/dir/link"));
	take(&before);
}

/* Runs all attacks, in the order of the table or in reverse. */
static void attack(struct test_metadata *_metadata, cloudabi_fd_t fd, const char *what,
		   bool backwards)
{
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		const struct attack *const a =
			&attacks[backwards ? ARRAY_SIZE(attacks) - 1 - i : i];

		a->fn(fd);
		take(&after);
		ASSERT_TRUE(snapshot_same(&before, &after)) TH_LOG("%s of %s", a->name, what);
	}
}

/* Attacks all that can be opened beneath, with all rights that are available. */
static void descend(struct test_metadata *_metadata, cloudabi_fd_t dir, const char *what,
		    bool backwards, unsigned int levels)
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const long fd = open_path(dir, FOLLOW, names[i], strlen(names[i]), 0, 0, READ_ONLY,
					  READ_ONLY);
		const long reader = open_path(dir, FOLLOW, names[i], strlen(names[i]), 0, 0,
					      READ_ONLY & ~R(FD_DATASYNC), READ_ONLY);

		cloudabi_snprintf(path, sizeof(path), "%s, %s", what, names[i]);
		if (fd >= 0) {
			EXPECT_EQ(0, base_of(fd) & ~READ_ONLY);
			EXPECT_EQ(0, inheriting_of(fd) & ~READ_ONLY);
			attack(_metadata, fd, path, backwards);
			close_fd(fd);
		}
		if (reader < 0)
			continue;
		EXPECT_EQ(0, base_of(reader) & ~READ_ONLY);
		EXPECT_EQ(0, inheriting_of(reader) & ~READ_ONLY);
		attack(_metadata, reader, path, backwards);
		if (levels > 1 && stat_of(reader).fs_filetype == CLOUDABI_FILETYPE_DIRECTORY)
			descend(_metadata, reader, path, backwards, levels - 1);
		close_fd(reader);
	}
}

static void run(struct test_metadata *_metadata, bool backwards, unsigned int levels)
{
	long tree, fd;

	make_tree(_metadata);
	scratch = open_whole_dir(FIXTURE_DIR, "scratch");
	tree = open_whole_dir(FIXTURE_DIR, "tree");
	fd = dup_limited(tree, READ_ONLY & DIRECTORY_BASE, READ_ONLY);
	ASSERT_LE(0, fd);
	if (levels)
		descend(_metadata, fd, "tree", backwards, levels);
	else
		attack(_metadata, fd, "tree", backwards);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(tree));
	EXPECT_EQ(0, close_fd(scratch));
	remove_all(FIXTURE_DIR, "tree");
	remove_all(FIXTURE_DIR, "scratch");
}

/* With all rights, the attacks do change the tree. */
TEST(attacks_succeed_with_all_rights)
{
	unsigned int changed = 0;
	long tree;

	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		make_tree(_metadata);
		scratch = open_whole_dir(FIXTURE_DIR, "scratch");
		tree = open_whole_dir(FIXTURE_DIR, "tree");
		attacks[i].fn(tree);
		take(&after);
		changed += before.len != after.len || memcmp(before.text, after.text, after.len);
		close_fd(tree);
		close_fd(scratch);
		remove_all(FIXTURE_DIR, "tree");
		remove_all(FIXTURE_DIR, "scratch");
	}
	/* At least: create, link, open, rename, stat_fput, stat_put, symlink, unlink. */
	EXPECT_LE(8, changed);
}

TEST(directory_itself)
{
	run(_metadata, false, 0);
}

TEST(directory_itself_in_reverse)
{
	run(_metadata, true, 0);
}

TEST(one_level_below)
{
	run(_metadata, false, 1);
}

TEST(two_levels_below_in_reverse)
{
	run(_metadata, true, 2);
}

TEST_HARNESS_MAIN
