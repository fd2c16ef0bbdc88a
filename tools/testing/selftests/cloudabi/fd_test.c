// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - fd_close, fd_dup, fd_stat_get and fd_stat_put
 */

#include "common.h"

#define MOST_FLAGS (CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_NONBLOCK)

static char buf[64];

/* fd_close */

TEST(close_closes)
{
	const long fd = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_open(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_FALSE(is_open(fd));
}

TEST(close_twice_is_ebadf)
{
	const long fd = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(-CLOUDABI_EBADF, close_fd(fd));
}

TEST(close_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, close_fd(bad_fds[i])) TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(close_leaves_duplicates_open)
{
	const long one = dup_fd(FIXTURE_FILE), other = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, close_fd(one));
	EXPECT_EQ(1, pread_fd(other, buf, 1, 0));
	EXPECT_EQ(0, close_fd(other));
}

TEST(close_needs_no_right)
{
	const long fd = dup_limited(FIXTURE_FILE, 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(closed_number_can_be_used_again)
{
	for (int i = 0; i < 3000; i++) {
		const long fd = dup_fd(FIXTURE_FILE);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close_fd(fd));
	}
}

TEST(rights_do_not_outlive_their_descriptor)
{
	long limited[8], fd;

	/* Numbers without rights get the rights of their next descriptor. */
	for (int i = 0; i < 8; i++) {
		limited[i] = dup_limited(FIXTURE_FILE, 0, 0);
		ASSERT_LE(0, limited[i]);
	}
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0, close_fd(limited[i]));
	for (int i = 0; i < 8; i++) {
		limited[i] = dup_fd(FIXTURE_FILE);
		EXPECT_EQ(REGULAR_BASE, base_of(limited[i]));
	}
	/* The reverse direction. */
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0, close_fd(limited[i]));
	fd = dup_limited(FIXTURE_FILE, R(FD_SEEK), 0);
	EXPECT_EQ(R(FD_SEEK), base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* fd_dup */

TEST(dup_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, dup_fd(bad_fds[i])) TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(dup_gives_another_number)
{
	const long fd = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, fd);
	EXPECT_NE(FIXTURE_FILE, fd);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(dup_copies_both_rights)
{
	const long limited = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ) | R(FD_SEEK));
	const long fd = dup_fd(limited);

	ASSERT_LE(0, limited);
	ASSERT_LE(0, fd);
	EXPECT_EQ(R(FILE_OPEN), base_of(fd));
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(limited));
}

TEST(dup_needs_no_right)
{
	const long limited = dup_limited(FIXTURE_FILE, 0, 0), fd = dup_fd(limited);

	ASSERT_LE(0, limited);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, close_fd(limited));
}

TEST(dup_shares_the_offset)
{
	const long one = make_file("dup_offset", FIXTURE_TEXT), other = dup_fd(one);

	ASSERT_LE(0, one);
	ASSERT_LE(0, other);
	EXPECT_EQ(5, seek_fd(one, 5, CLOUDABI_WHENCE_SET));
	EXPECT_EQ(5, tell_fd(other));
	EXPECT_EQ(1, read_fd(other, buf, 1));
	EXPECT_EQ('5', buf[0]);
	EXPECT_EQ(6, tell_fd(one));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

TEST(dup_shares_the_flags)
{
	const long one = make_file("dup_flags", ""), other = dup_fd(one);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_flags(one, CLOUDABI_FDFLAG_APPEND));
	EXPECT_EQ(CLOUDABI_FDFLAG_APPEND, flags_of(other));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

TEST(dup_then_limit_keeps_original)
{
	const long one = make_file("dup_limit", FIXTURE_TEXT), other = dup_fd(one);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, limit(other, R(FD_SEEK), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(other, buf, 1));
	EXPECT_EQ(REGULAR_BASE, base_of(one));
	EXPECT_EQ(1, read_fd(one, buf, 1));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

TEST(limit_then_dup_keeps_the_limit)
{
	const long one = dup_without(FIXTURE_FILE, R(FD_READ)), other = dup_fd(one);

	ASSERT_LE(0, other);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, pread_fd(other, buf, 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(other, REGULAR_BASE, 0));
	EXPECT_EQ(0, close_fd(other));
	EXPECT_EQ(0, close_fd(one));
}

TEST(dup_until_the_limit_is_emfile)
{
	static cloudabi_fd_t fds[2048];
	cloudabi_errno_t error = 0;
	size_t count = 0;

	while (count < ARRAY_SIZE(fds) && !error) {
		error = cloudabi_sys_fd_dup(FIXTURE_FILE, &fds[count]);
		count += !error;
	}
	EXPECT_EQ(CLOUDABI_EMFILE, error);
	EXPECT_LT(500, count);
	EXPECT_LT(count, 1024);
	/* The other ways to create a descriptor fail too, and create nothing. */
	EXPECT_EQ(-CLOUDABI_EMFILE, open_at(FIXTURE_DIR, "file", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_EMFILE,
		  open_at(FIXTURE_DIR, "emfile", CLOUDABI_O_CREAT, R(FD_READ)));
	while (count--)
		EXPECT_EQ(0, close_fd(fds[count]));
	EXPECT_EQ(-CLOUDABI_ENOENT, open_at(FIXTURE_DIR, "emfile", 0, R(FD_READ)));
}

TEST(many_descriptors_keep_their_rights)
{
	static cloudabi_fd_t fds[600];
	/* Any two neighbours differ. */
	const cloudabi_rights_t rights[] = { R(FD_READ), R(FD_WRITE), R(FD_SEEK) | R(FD_TELL) };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		const long fd = dup_limited(FIXTURE_FILE, rights[i % 3], 0);

		ASSERT_LE(0, fd);
		fds[i] = fd;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(rights[i % 3], base_of(fds[i])) TH_LOG("number %zu", i);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(0, close_fd(fds[i]));
}

/* fd_stat_get */

TEST(stat_get_of_no_descriptor_is_ebadf)
{
	cloudabi_fdstat_t stat;

	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(CLOUDABI_EBADF, cloudabi_sys_fd_stat_get(bad_fds[i], &stat))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(stat_get_into_bad_memory_is_efault)
{
	char *const end = map_edge();

	ASSERT_TRUE(end);
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_fd_stat_get(FIXTURE_FILE, NULL));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_fd_stat_get(FIXTURE_FILE, BAD_POINTER));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_fd_stat_get(FIXTURE_FILE, KERNEL_POINTER));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_fd_stat_get(FIXTURE_FILE, (void *)(end - 23)));
	EXPECT_EQ(0, cloudabi_sys_fd_stat_get(FIXTURE_FILE, (void *)(end - 24)));
	unmap_edge(end);
}

TEST(stat_get_of_no_descriptor_into_bad_memory_is_ebadf)
{
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_sys_fd_stat_get(FIXTURE_NONE, NULL));
}

TEST(stat_get_needs_no_right)
{
	const long fd = dup_limited(FIXTURE_FILE, 0, 0);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_open(fd));
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(0, inheriting_of(fd));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(fd).fs_filetype);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(stat_get_zeroes_the_padding)
{
	unsigned char bytes[sizeof(cloudabi_fdstat_t) + 8];

	memset(bytes, 0xff, sizeof(bytes));
	EXPECT_EQ(0, cloudabi_sys_fd_stat_get(FIXTURE_FILE, (void *)bytes));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, bytes[0]);
	EXPECT_EQ(0, bytes[1]);
	for (int i = 4; i < 8; i++)
		EXPECT_EQ(0, bytes[i]);
	/* The kernel does not write past the end of the structure. */
	for (int i = 24; i < 32; i++)
		EXPECT_EQ(0xff, bytes[i]);
}

/* fd_stat_put, in general */

static const cloudabi_fdsflags_t bad_fdsflags[] = { 0, 3, 4, 5, 6, 7, 8, 0x8000, 0x8001, 0xffff };

TEST(stat_put_of_anything_but_one_part_is_einval)
{
	const cloudabi_fdstat_t stat = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad_fdsflags); i++)
		EXPECT_EQ(CLOUDABI_EINVAL,
			  cloudabi_sys_fd_stat_put(FIXTURE_FILE, &stat, bad_fdsflags[i]))
			TH_LOG("flags 0x%x", bad_fdsflags[i]);
	EXPECT_EQ(REGULAR_BASE, base_of(FIXTURE_FILE));
}

TEST(stat_put_einval_comes_before_efault_and_ebadf)
{
	const cloudabi_fdstat_t stat = { 0 };

	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_stat_put(FIXTURE_NONE, &stat, 0));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_sys_fd_stat_put(FIXTURE_FILE, NULL, 0));
}

TEST(stat_put_from_bad_memory_is_efault)
{
	for (cloudabi_fdsflags_t what = 1; what <= 2; what++) {
		EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_fd_stat_put(FIXTURE_FILE, NULL, what));
		EXPECT_EQ(CLOUDABI_EFAULT,
			  cloudabi_sys_fd_stat_put(FIXTURE_FILE, KERNEL_POINTER, what));
	}
}

TEST(stat_put_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++) {
		EXPECT_EQ(-CLOUDABI_EBADF, limit(bad_fds[i], 0, 0)) TH_LOG("fd 0x%x", bad_fds[i]);
		EXPECT_EQ(-CLOUDABI_EBADF, set_flags(bad_fds[i], 0))
			TH_LOG("fd 0x%x", bad_fds[i]);
	}
}

/* fd_stat_put of rights */

/* Limits the rights of a duplicate of the directory, which has all of them. */
static void check_limit(struct test_metadata *_metadata, cloudabi_rights_t base,
			cloudabi_rights_t inheriting)
{
	const long fd = dup_fd(FIXTURE_DIR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, limit(fd, base, inheriting))
		TH_LOG("rights 0x%lx and 0x%lx", (long)base, (long)inheriting);
	EXPECT_EQ(base, base_of(fd));
	EXPECT_EQ(inheriting, inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(limit_to_the_same_is_allowed)
{
	check_limit(_metadata, DIRECTORY_BASE, DIRECTORY_INHERITING);
}

TEST(limit_sets_exactly_both_masks)
{
	check_limit(_metadata, R(FILE_OPEN) | R(FILE_READDIR), R(FD_READ) | R(PROC_EXEC));
}

TEST(limit_removes_any_single_base_right)
{
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;

		if (DIRECTORY_BASE & right)
			check_limit(_metadata, DIRECTORY_BASE & ~right, DIRECTORY_INHERITING);
	}
}

TEST(limit_removes_any_single_inheriting_right)
{
	for (int bit = 0; bit < 64; bit++) {
		const cloudabi_rights_t right = 1ULL << bit;

		if (DIRECTORY_INHERITING & right)
			check_limit(_metadata, DIRECTORY_BASE, DIRECTORY_INHERITING & ~right);
	}
}

/*
 * Adds @more_base and @more_inheriting to a descriptor that has all rights of the
 * directory except these: the call fails, and the rights do not change.
 */
static void check_addition(struct test_metadata *_metadata, int bit, cloudabi_rights_t more_base,
			   cloudabi_rights_t more_inheriting)
{
	const cloudabi_rights_t base = DIRECTORY_BASE & ~more_base;
	const cloudabi_rights_t inheriting = DIRECTORY_INHERITING & ~more_inheriting;
	const long fd = dup_limited(FIXTURE_DIR, base, inheriting);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, more_base, more_inheriting))
		TH_LOG("bit %d", bit);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, base | more_base, inheriting | more_inheriting))
		TH_LOG("bit %d", bit);
	EXPECT_EQ(base, base_of(fd)) TH_LOG("bit %d", bit);
	EXPECT_EQ(inheriting, inheriting_of(fd)) TH_LOG("bit %d", bit);
	EXPECT_EQ(0, close_fd(fd));
}

/* Bits of undefined rights cannot be added either. */
TEST(limit_adds_no_base_right)
{
	for (int bit = 0; bit < 64; bit++)
		check_addition(_metadata, bit, 1ULL << bit, 0);
}

TEST(limit_adds_no_inheriting_right)
{
	for (int bit = 0; bit < 64; bit++)
		check_addition(_metadata, bit, 0, 1ULL << bit);
}

/* The two masks are independent: a right in one mask does not help the other. */
TEST(base_rights_do_not_come_from_inheriting_ones)
{
	const long fd = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FILE_READDIR));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, R(FILE_OPEN) | R(FILE_READDIR), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, 0, R(FILE_OPEN)));
	EXPECT_EQ(R(FILE_OPEN), base_of(fd));
	EXPECT_EQ(R(FILE_READDIR), inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(failed_limit_changes_neither_mask)
{
	const long fd = dup_limited(FIXTURE_DIR, R(FILE_OPEN), R(FD_READ));

	ASSERT_LE(0, fd);
	/* One mask shrinks, the other would grow. */
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, 0, R(FD_READ) | R(FD_WRITE)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, R(FILE_OPEN) | R(FD_SYNC), 0));
	EXPECT_EQ(R(FILE_OPEN), base_of(fd));
	EXPECT_EQ(R(FD_READ), inheriting_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(limit_is_for_good)
{
	const long fd = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, limit(fd, 0, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, REGULAR_BASE, 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, limit(fd, R(FD_READ), 0));
	EXPECT_EQ(0, limit(fd, 0, 0));
	EXPECT_EQ(0, base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(limit_ignores_type_and_flags)
{
	const cloudabi_fdstat_t stat = {
		.fs_filetype = CLOUDABI_FILETYPE_PROCESS,
		.fs_flags = 0xffff,
		.fs_rights_base = R(FD_READ),
	};
	const long fd = dup_fd(FIXTURE_FILE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, stat_of(fd).fs_filetype);
	EXPECT_EQ(0, flags_of(fd));
	EXPECT_EQ(R(FD_READ), base_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST_HARNESS_MAIN
