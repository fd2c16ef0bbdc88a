/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: stale data in memory from the kernel
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_LEAKS_H
#define SELFTESTS_CLOUDABI_HOSTILE_LEAKS_H

#include "attempt.h"

/* Whether the padding between two fields is unchanged or zero. */
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
	const cloudabi_iovec_t iov = { .buf = buffer, .buf_len = sizeof(buffer) };
	const cloudabi_recv_in_t in = { .ri_data = &iov, .ri_data_len = 1 };
	cloudabi_recv_out_t out;
	cloudabi_fd_t pair[2];

	ASSERT_EQ(0, make_pair(DGRAM, pair));
	ASSERT_EQ(1, send_data(pair[0], "x", 1));
	memset(buffer, 0xa5, sizeof(buffer));
	memset(&out, 0xa5, sizeof(out));
	ASSERT_EQ(0, -(long)cloudabi_sys_sock_recv(pair[1], &in, &out));
	EXPECT_TRUE(PADDING(out, ro_fdslen, ro_flags));
	EXPECT_TRUE(PADDING_AT_END(out, ro_flags));
	EXPECT_TRUE(is_padding(buffer, 1, sizeof(buffer), 0xa5));
	close_pair(pair);
}

static bool is_zero(const char *bytes, size_t len)
{
	return is_padding(bytes, 0, len, 0);
}

/* Pages and blocks that another process used before. */
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

	TEMP_FILE(temp);
	file = temp;
	ASSERT_EQ(0, allocate_fd(file, 0, 2 * PAGE));
	ASSERT_EQ(PAGE, pread_fd(file, buffer, PAGE, PAGE));
	EXPECT_TRUE(is_zero(buffer, PAGE));
	/* Past the end of the file, in its last page. */
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
 * From the auxiliary vector to the end of the stack, where Linux stores arguments,
 * environment and the name of the file.
 */
ATTEMPT(read_what_exec_left_on_the_stack, GATE)
{
	const char *page = (const char *)((uintptr_t)test_start->auxv & -PAGE);
	unsigned int pages = 0;

	TEMP_FILE(temp);
	for (; pwrite_fd(temp, page, PAGE, 0) == PAGE; page += PAGE, pages++) {
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

#endif /* SELFTESTS_CLOUDABI_HOSTILE_LEAKS_H */
