// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Rights: those that a program starts with, and those that
 * each call asks for
 */

#include "common.h"
#include "pending.h"

/* What the launcher opened */

static const struct {
	cloudabi_fd_t fd;
	const char *name;
	cloudabi_filetype_t type;
	cloudabi_rights_t base, inheriting;
	cloudabi_fdflags_t flags;
} rows[] = {
#define ROW(fd, name, type, base, inheriting, flags) \
	{ fd, #name, CLOUDABI_FILETYPE_##type, base, inheriting, flags },
	FIXTURE_ROWS(ROW)
#undef ROW
};

#define FOR_EACH_ROW(row) \
	for (__typeof__(&rows[0]) row = rows; row < rows + ARRAY_SIZE(rows); row++)

TEST(inherited_descriptors_keep_their_numbers)
{
	FOR_EACH_ROW(row)
		EXPECT_TRUE(is_open(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_are_all_there_are)
{
	for (cloudabi_fd_t fd = 3; fd < 1100; fd++) {
		bool listed = false;

		FOR_EACH_ROW(row)
			listed |= row->fd == fd;
		EXPECT_EQ(listed, is_open(fd)) TH_LOG("fd %u", fd);
	}
}

TEST(close_on_exec_descriptor_is_closed)
{
	EXPECT_FALSE(is_open(FIXTURE_CLOSED));
}

TEST(inherited_descriptors_have_their_types)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->type, stat_of(row->fd).fs_filetype) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_their_flags)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->flags, flags_of(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_the_base_rights_of_type_and_mode)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->base, base_of(row->fd)) TH_LOG("%s", row->name);
}

TEST(inherited_descriptors_have_the_inheriting_rights_of_their_type)
{
	FOR_EACH_ROW(row)
		EXPECT_EQ(row->inheriting, inheriting_of(row->fd)) TH_LOG("%s", row->name);
}

/* What calls ask for: an attempt for each row of the table that can be tried */

#define FLAGS R(FD_STAT_PUT_FLAGS)
#define OPEN R(FILE_OPEN)

static long attempt_fd_pread(cloudabi_fd_t fd)
{
	char c;

	return pread_fd(fd, &c, 1, 0);
}

static long attempt_fd_pwrite(cloudabi_fd_t fd)
{
	return pwrite_fd(fd, FIXTURE_TEXT, 1, 0);
}

static long attempt_fd_read(cloudabi_fd_t fd)
{
	char c;

	return read_fd(fd, &c, 1);
}

static long attempt_fd_seek_move(cloudabi_fd_t fd)
{
	return seek_fd(fd, 0, CLOUDABI_WHENCE_SET);
}

static long attempt_fd_seek_tell(cloudabi_fd_t fd)
{
	return tell_fd(fd);
}

static long attempt_fd_stat_put_flags(cloudabi_fd_t fd)
{
	return set_flags(fd, 0);
}

static long attempt_fd_stat_put_dsync(cloudabi_fd_t fd)
{
	return set_flags(fd, CLOUDABI_FDFLAG_DSYNC);
}

static long attempt_fd_stat_put_sync(cloudabi_fd_t fd)
{
	return set_flags(fd, CLOUDABI_FDFLAG_SYNC);
}

static long attempt_fd_write(cloudabi_fd_t fd)
{
	return write_fd(fd, FIXTURE_TEXT, 1);
}

static long open_and_close(cloudabi_fd_t dir, cloudabi_oflags_t oflags, cloudabi_fdflags_t flags,
			   cloudabi_rights_t base)
{
	const long fd = open_path(dir, 0, "empty", 5, oflags, flags, base, 0);

	return fd < 0 ? fd : close_fd(fd);
}

static long attempt_file_open(cloudabi_fd_t dir)
{
	return open_and_close(dir, 0, 0, 0);
}

static long attempt_file_open_creat(cloudabi_fd_t dir)
{
	return open_and_close(dir, CLOUDABI_O_CREAT, 0, 0);
}

static long attempt_file_open_trunc(cloudabi_fd_t dir)
{
	return open_and_close(dir, CLOUDABI_O_TRUNC, 0, 0);
}

static long attempt_file_open_dsync(cloudabi_fd_t dir)
{
	return open_and_close(dir, 0, CLOUDABI_FDFLAG_DSYNC, 0);
}

static long attempt_file_open_sync(cloudabi_fd_t dir)
{
	return open_and_close(dir, 0, CLOUDABI_FDFLAG_SYNC, 0);
}

static long attempt_file_open_overwrite(cloudabi_fd_t dir)
{
	return open_and_close(dir, 0, 0, R(FD_WRITE));
}

static long attempt_file_readdir(cloudabi_fd_t dir)
{
	cloudabi_size_t used;
	char buf[64];

	return -(long)cloudabi_sys_file_readdir(dir, buf, sizeof(buf), 0, &used);
}

/* With exactly these rights the attempt succeeds. */
static const struct attempt {
	const char *need;
	long (*fn)(cloudabi_fd_t fd);
	cloudabi_fd_t fd;
	cloudabi_rights_t base, inheriting;
} attempts[] = {
	{ "fd_pread fd always", attempt_fd_pread, FIXTURE_FILE, R(FD_READ) | R(FD_SEEK) },
	{ "fd_pwrite fd always", attempt_fd_pwrite, FIXTURE_FILE, R(FD_WRITE) | R(FD_SEEK) },
	{ "fd_read fd always", attempt_fd_read, FIXTURE_FILE, R(FD_READ) },
	{ "fd_seek fd move", attempt_fd_seek_move, FIXTURE_FILE, R(FD_SEEK) },
	{ "fd_seek fd tell", attempt_fd_seek_tell, FIXTURE_FILE, R(FD_TELL) },
	{ "fd_stat_put fd flags", attempt_fd_stat_put_flags, FIXTURE_FILE, FLAGS },
	{ "fd_stat_put fd dsync", attempt_fd_stat_put_dsync, FIXTURE_FILE,
	  FLAGS | R(FD_DATASYNC) },
	{ "fd_stat_put fd sync", attempt_fd_stat_put_sync, FIXTURE_FILE, FLAGS | R(FD_SYNC) },
	{ "fd_write fd always", attempt_fd_write, FIXTURE_FILE, R(FD_WRITE) },
	{ "file_open dirfd always", attempt_file_open, FIXTURE_DIR, OPEN },
	{ "file_open dirfd creat", attempt_file_open_creat, FIXTURE_DIR,
	  OPEN | R(FILE_CREATE_FILE) },
	{ "file_open dirfd inh_trunc", attempt_file_open_trunc, FIXTURE_DIR, OPEN,
	  R(FILE_STAT_FPUT_SIZE) },
	{ "file_open dirfd inh_dsync", attempt_file_open_dsync, FIXTURE_DIR, OPEN,
	  R(FD_DATASYNC) },
	{ "file_open dirfd inh_sync", attempt_file_open_sync, FIXTURE_DIR, OPEN, R(FD_SYNC) },
	{ "file_open dirfd inh_overwrite", attempt_file_open_overwrite, FIXTURE_DIR, OPEN,
	  R(FD_WRITE) | R(FD_SEEK) },
	{ "file_readdir fd always", attempt_file_readdir, FIXTURE_DIR, R(FILE_READDIR) },
};

static const struct need {
	unsigned int nr;
	const char *name;
	cloudabi_rights_t rights;
	bool inheriting;
} needs[] = {
#define NEED(call, arg, when, ...)                                                      \
	{ CLOUDABI_NR_##call, #call " " #arg " " #when, CLOUDABI_NEED(call, arg, when), \
	  #when[0] == 'i' && #when[1] == 'n' && #when[2] == 'h' && #when[3] == '_' },
	CLOUDABI_NEEDS(NEED)
#undef NEED
};

#define FOR_EACH_NEED(need) \
	for (const struct need *need = needs; need < needs + ARRAY_SIZE(needs); need++)

static const struct attempt *attempt_of(const struct need *need)
{
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++)
		if (!strcmp(attempts[i].need, need->name))
			return &attempts[i];
	return NULL;
}

/* Descriptors share their flags, so those have to be put back. */
static long attempt_with(const struct attempt *attempt, cloudabi_rights_t base,
			 cloudabi_rights_t inheriting)
{
	const long fd = dup_limited(attempt->fd, base, inheriting);
	long ret;

	if (fd < 0)
		return -1000;
	ret = attempt->fn(fd);
	close_fd(fd);
	if (attempt->fd == FIXTURE_FILE)
		set_flags(FIXTURE_FILE, 0);
	return ret;
}

TEST(every_need_of_the_table_is_tried)
{
	FOR_EACH_NEED(need)
		if (!IS_PENDING(need->nr) && !IS_PENDING_FILE_USE(need->nr))
			EXPECT_TRUE(attempt_of(need)) TH_LOG("%s", need->name);
}

TEST(call_succeeds_with_exactly_the_rights_of_the_table)
{
	FOR_EACH_NEED(need) {
		const struct attempt *const attempt = attempt_of(need);

		if (attempt)
			EXPECT_LE(0, attempt_with(attempt, attempt->base, attempt->inheriting))
				TH_LOG("%s", need->name);
	}
}

TEST(call_without_one_of_them_is_enotcapable)
{
	FOR_EACH_NEED(need) {
		const struct attempt *const attempt = attempt_of(need);

		if (!attempt)
			continue;
		for (int bit = 0; bit < 64; bit++) {
			const cloudabi_rights_t right = need->rights & 1ULL << bit;
			const cloudabi_rights_t base = need->inheriting ? 0 : right;
			const cloudabi_rights_t inheriting = need->inheriting ? right : 0;

			if (!right)
				continue;
			EXPECT_EQ(right, (base & attempt->base) |
					 (inheriting & attempt->inheriting))
				TH_LOG("%s", need->name);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  attempt_with(attempt, attempt->base & ~base,
					       attempt->inheriting & ~inheriting))
				TH_LOG("%s without bit %d", need->name, bit);
		}
	}
}

/* All that a descriptor can have, but for the one right. */
TEST(no_other_right_makes_up_for_one_that_lacks)
{
	FOR_EACH_NEED(need) {
		const struct attempt *const attempt = attempt_of(need);
		const cloudabi_fdstat_t stat = stat_of(attempt ? attempt->fd : FIXTURE_FILE);
		cloudabi_rights_t lacking = need->rights;

		if (!attempt)
			continue;
		/* Except that the right to seek is one to tell, and that to sync covers data. */
		if (!strcmp(need->name, "fd_seek fd tell"))
			lacking |= R(FD_SEEK);
		if (need->rights == R(FD_DATASYNC))
			lacking |= R(FD_SYNC);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  attempt_with(attempt,
				       stat.fs_rights_base & ~(need->inheriting ? 0 : lacking),
				       stat.fs_rights_inheriting &
				       ~(need->inheriting ? lacking : 0)))
			TH_LOG("%s", need->name);
	}
}

/* What takes no descriptor, or no right of it, works without any. */
TEST(calls_that_need_no_right)
{
	const long fd = dup_limited(FIXTURE_FILE, 0, 0);
	cloudabi_fdstat_t stat;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_fd_stat_get(fd, &stat));
	EXPECT_EQ(0, limit(fd, 0, 0));
	EXPECT_EQ(0, close_fd(dup_fd(fd)));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
