// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - file_readdir
 */

#include "common.h"

static char whole[65536], part[65536];

static long readdir_fd(cloudabi_fd_t fd, void *buf, size_t len, cloudabi_dircookie_t cookie)
{
	cloudabi_size_t used = 0;
	const cloudabi_errno_t error = cloudabi_sys_file_readdir(fd, buf, len, cookie, &used);

	return RESULT(error, used);
}

/* Entries are not aligned, so copy. */
static cloudabi_dirent_t entry_at(const char *buf, size_t offset)
{
	cloudabi_dirent_t entry;

	memcpy(&entry, buf + offset, sizeof(entry));
	return entry;
}

static size_t entry_size(const cloudabi_dirent_t *entry)
{
	return sizeof(*entry) + entry->d_namlen;
}

#define FOR_EACH_ENTRY(entry, offset, buf, len)                                 \
	for (size_t offset = 0; offset < (size_t)(len); offset = (size_t)(len)) \
		for (cloudabi_dirent_t entry;                                   \
		     offset + sizeof(entry) <= (size_t)(len) &&                 \
		     (entry = entry_at(buf, offset), true);                     \
		     offset += entry_size(&entry))

static long open_dir(const char *name)
{
	return open_at(FIXTURE_DIR, name, CLOUDABI_O_DIRECTORY, R(FILE_READDIR));
}

static bool name_is(const char *buf, size_t offset, const cloudabi_dirent_t *entry,
		    const char *name)
{
	return entry->d_namlen == strlen(name) &&
	       !memcmp(buf + offset + sizeof(*entry), name, entry->d_namlen);
}

/* Returns the type of the entry with a name, or -1. */
static int listed_type(const char *buf, size_t len, const char *name)
{
	FOR_EACH_ENTRY(entry, offset, buf, len)
		if (name_is(buf, offset, &entry, name))
			return entry.d_type;
	return -1;
}

/* Descriptor, rights, memory */

TEST(readdir_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, readdir_fd(bad_fds[i], whole, sizeof(whole), 0))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(readdir_needs_its_right)
{
	const long fd = dup_without(FIXTURE_DIR, R(FILE_READDIR));

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readdir_fd(fd, whole, sizeof(whole), 0));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readdir_fd(fd, whole, 0, 0));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(readdir_needs_no_other_right)
{
	const long fd = dup_limited(FIXTURE_DIR, R(FILE_READDIR), 0);

	ASSERT_LE(0, fd);
	EXPECT_LT(0, readdir_fd(fd, whole, sizeof(whole), 0));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(readdir_of_what_is_no_directory_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_FILE, FIXTURE_PIPE_READ, FIXTURE_STREAM, FIXTURE_TTY, FIXTURE_NULL_DEVICE,
		FIXTURE_EPOLL, FIXTURE_FILE_PATH, FIXTURE_DIR_PATH,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readdir_fd(fds[i], whole, sizeof(whole), 0))
			TH_LOG("fd %u", fds[i]);
}

TEST(readdir_of_a_file_that_asked_for_it_is_enotcapable)
{
	const long fd = open_at(FIXTURE_DIR, "file", 0, R(FILE_READDIR) | R(FD_READ));

	ASSERT_LE(0, fd);
	EXPECT_EQ(R(FD_READ), base_of(fd));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, readdir_fd(fd, whole, sizeof(whole), 0));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(readdir_into_bad_memory_is_efault)
{
	EXPECT_EQ(-CLOUDABI_EFAULT, readdir_fd(FIXTURE_DIR, NULL, 1000, 0));
	EXPECT_EQ(-CLOUDABI_EFAULT, readdir_fd(FIXTURE_DIR, BAD_POINTER, 1000, 0));
	EXPECT_EQ(-CLOUDABI_EFAULT, readdir_fd(FIXTURE_DIR, KERNEL_POINTER, 1000, 0));
	EXPECT_EQ(-CLOUDABI_EFAULT, readdir_fd(FIXTURE_DIR, NULL, SIZE_MAX, 0));
}

/* Entries that fit before the bad memory are returned; otherwise the call fails. */
TEST(readdir_into_memory_that_ends)
{
	char *const end = map_edge();
	long len;

	ASSERT_TRUE(end);
	len = readdir_fd(FIXTURE_DIR, end - 40, 1000, 0);
	if (len < 0)
		EXPECT_EQ(-CLOUDABI_EFAULT, len);
	else
		EXPECT_LE(len, 40);
	unmap_edge(end);
}

TEST(no_room_is_no_error)
{
	EXPECT_EQ(0, readdir_fd(FIXTURE_DIR, whole, 0, 0));
	EXPECT_EQ(0, readdir_fd(FIXTURE_DIR, NULL, 0, 0));
}

TEST(more_room_than_memory_is_no_error)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	EXPECT_EQ(len, readdir_fd(FIXTURE_DIR, part, 1UL << 40, 0));
	EXPECT_EQ(len, readdir_fd(FIXTURE_DIR, part, 1UL << 32, 0));
	EXPECT_EQ(0, memcmp(whole, part, len));
}

/* Entries */

TEST(empty_directory_has_two_entries)
{
	const long fd = open_dir("blank");
	long len, count = 0;

	ASSERT_LE(0, fd);
	len = readdir_fd(fd, whole, sizeof(whole), 0);
	EXPECT_EQ(2 * 24 + 3, len);
	FOR_EACH_ENTRY(entry, offset, whole, len)
		count++;
	EXPECT_EQ(2, count);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, "."));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, ".."));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(entries_have_their_types)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, "."));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, ".."));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, listed_type(whole, len, "file"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, "dir"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, listed_type(whole, len, "link"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, listed_type(whole, len, "link_dangling"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, listed_type(whole, len, "fifo"));
	EXPECT_EQ(CLOUDABI_FILETYPE_SOCKET_STREAM, listed_type(whole, len, "socket"));
	EXPECT_EQ(CLOUDABI_FILETYPE_CHARACTER_DEVICE, listed_type(whole, len, "null"));
	EXPECT_EQ(-1, listed_type(whole, len, "outside"));
}

TEST(entries_are_well_formed)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);
	size_t end = 0;

	ASSERT_LT(0, len);
	FOR_EACH_ENTRY(entry, offset, whole, len) {
		const char *const name = whole + offset + sizeof(entry);

		EXPECT_NE(0, entry.d_ino);
		EXPECT_LT(0, entry.d_namlen);
		EXPECT_LE(entry.d_namlen, 255);
		for (size_t i = 0; i < entry.d_namlen; i++)
			EXPECT_TRUE(name[i] && name[i] != '/');
		/* The header's padding is zero. */
		for (size_t i = 21; i < 24; i++)
			EXPECT_EQ(0, whole[offset + i]);
		end = offset + entry_size(&entry);
	}
	/* Entries are contiguous. */
	EXPECT_EQ((size_t)len, end);
}

TEST(entry_of_dot_is_the_directory_itself)
{
	const long fd = open_dir("dir");
	cloudabi_inode_t above = 0, self = 1;
	long len;

	ASSERT_LE(0, fd);
	len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);
	FOR_EACH_ENTRY(entry, offset, whole, len)
		if (name_is(whole, offset, &entry, "dir"))
			above = entry.d_ino;
	len = readdir_fd(fd, part, sizeof(part), 0);
	FOR_EACH_ENTRY(entry, offset, part, len)
		if (name_is(part, offset, &entry, "."))
			self = entry.d_ino;
	EXPECT_EQ(above, self);
	EXPECT_EQ(0, close_fd(fd));
}

/* Cut entries and cookies */

/* The d_next of a cut entry may differ from that of the whole entry. */
static bool is_beginning(const char *all, const char *cut, size_t len)
{
	size_t offset = 0;

	while (offset + sizeof(cloudabi_dirent_t) <= len) {
		const cloudabi_dirent_t entry = entry_at(all, offset);

		if (offset + entry_size(&entry) > len)
			break;
		offset += entry_size(&entry);
	}
	if (memcmp(all, cut, offset))
		return false;
	offset += sizeof(cloudabi_dircookie_t);
	return offset >= len || !memcmp(all + offset, cut + offset, len - offset);
}

TEST(any_length_gives_so_many_bytes)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	for (long cut = 0; cut <= len + 30; cut++) {
		long got;

		memset(part, 0xee, cut + 8);
		got = readdir_fd(FIXTURE_DIR, part, cut, 0);
		/* A short read means the end of the directory, and nothing else. */
		ASSERT_EQ(cut < len ? cut : len, got);
		EXPECT_TRUE(is_beginning(whole, part, got)) TH_LOG("cut at %ld", cut);
		for (int i = 0; i < 8; i++)
			EXPECT_EQ('\xee', part[cut + i]) TH_LOG("cut at %ld", cut);
	}
}

TEST(cookie_continues_behind_its_entry)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	FOR_EACH_ENTRY(entry, offset, whole, len) {
		const size_t next = offset + entry_size(&entry);
		const long got = readdir_fd(FIXTURE_DIR, part, sizeof(part), entry.d_next);

		EXPECT_EQ(len - (long)next, got) TH_LOG("at %zu", offset);
		EXPECT_EQ(0, memcmp(whole + next, part, len - next)) TH_LOG("at %zu", offset);
	}
}

TEST(cookie_and_any_length)
{
	const long fd = open_dir("dir");
	long len;

	ASSERT_LE(0, fd);
	len = readdir_fd(fd, whole, sizeof(whole), 0);
	ASSERT_LT(0, len);
	FOR_EACH_ENTRY(entry, offset, whole, len) {
		const long next = offset + entry_size(&entry);

		for (long cut = 0; cut <= len - next; cut++) {
			ASSERT_EQ(cut, readdir_fd(fd, part, cut, entry.d_next));
			EXPECT_TRUE(is_beginning(whole + next, part, cut));
		}
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(cookies_are_unique_and_none_is_the_start)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	FOR_EACH_ENTRY(entry, offset, whole, len) {
		EXPECT_NE(CLOUDABI_DIRCOOKIE_START, entry.d_next);
		FOR_EACH_ENTRY(other, other_offset, whole, len)
			if (other_offset < offset)
				EXPECT_NE(other.d_next, entry.d_next);
	}
}

TEST(bad_cookie_does_no_harm)
{
	static const cloudabi_dircookie_t cookies[] = {
		12345, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, INT64_MAX, 1ULL << 63,
		UINT64_MAX - 1, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(cookies); i++) {
		const long got = readdir_fd(FIXTURE_DIR, part, sizeof(part), cookies[i]);

		if (got < 0)
			EXPECT_EQ(-CLOUDABI_EINVAL, got) TH_LOG("case %zu", i);
		else
			EXPECT_LE(got, 65536) TH_LOG("case %zu", i);
	}
}

TEST(order_is_stable)
{
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	for (int i = 0; i < 10; i++) {
		EXPECT_EQ(len, readdir_fd(FIXTURE_DIR, part, sizeof(part), 0));
		EXPECT_EQ(0, memcmp(whole, part, len));
	}
}

/* Calls are independent of each other, whichever descriptor they use. */
TEST(calls_keep_no_position)
{
	const long fd = dup_fd(FIXTURE_DIR);
	const long len = readdir_fd(FIXTURE_DIR, whole, sizeof(whole), 0);
	cloudabi_dirent_t first;

	ASSERT_LE(0, fd);
	ASSERT_LT(0, len);
	first = entry_at(whole, 0);
	EXPECT_EQ(100, readdir_fd(fd, part, 100, first.d_next));
	EXPECT_EQ(len, readdir_fd(FIXTURE_DIR, part, sizeof(part), 0));
	EXPECT_EQ(0, memcmp(whole, part, len));
	EXPECT_EQ(0, close_fd(fd));
}

/* Many entries, read as a C library reads them */

static bool seen[FIXTURE_MANY];
static char names[FIXTURE_MANY][256];

/*
 * Reads all of many/ through a buffer of the given length.  Returns the number of entries, or a
 * negative errno.  -1000: an unknown or repeated name; -1001: an entry that does not fit.
 */
static long walk(cloudabi_fd_t fd, size_t room)
{
	cloudabi_dircookie_t cookie = CLOUDABI_DIRCOOKIE_START;
	long count = 0;

	memset(seen, 0, sizeof(seen));
	for (;;) {
		const long got = readdir_fd(fd, part, room, cookie);
		size_t offset = 0;

		if (got < 0)
			return got;
		while (offset + sizeof(cloudabi_dirent_t) <= (size_t)got) {
			const cloudabi_dirent_t entry = entry_at(part, offset);
			const char *const name = part + offset + sizeof(entry);

			if (offset + entry_size(&entry) > (size_t)got)
				break;
			if (*name != '.') {
				const int i = (name[0] - '0') * 100 + (name[1] - '0') * 10 +
					      name[2] - '0';

				if (i < 0 || i >= FIXTURE_MANY || seen[i] ||
				    !name_is(part, offset, &entry, names[i]))
					return -1000;
				seen[i] = true;
			}
			count++;
			cookie = entry.d_next;
			offset += entry_size(&entry);
		}
		if ((size_t)got < room)
			return offset == (size_t)got ? count : -1002;
		if (!offset)
			return -1001;
	}
}

TEST(many_entries_come_once_each)
{
	static const size_t rooms[] = {
		/* The length of the longest entry, and others. */
		24 + 63, 24 + 64, 100, 128, 129, 250, 500, 1000, 1024, 4095, 4096, 4097, 10000,
		32768, 65536,
	};
	const long fd = open_dir("many");

	ASSERT_LE(0, fd);
	for (int i = 0; i < FIXTURE_MANY; i++)
		fixture_name(names[i], i);
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
		EXPECT_EQ(FIXTURE_MANY + 2, walk(fd, rooms[i])) TH_LOG("room %zu", rooms[i]);
	EXPECT_EQ(0, close_fd(fd));
}

TEST(new_entry_appears)
{
	const long fd = open_dir("blank");

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, try_open(FIXTURE_DIR, "blank/new", CLOUDABI_O_CREAT, 0));
	EXPECT_EQ(3 * 24 + 6, readdir_fd(fd, whole, sizeof(whole), 0));
	EXPECT_EQ(CLOUDABI_FILETYPE_REGULAR_FILE, listed_type(whole, 3 * 24 + 6, "new"));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(proc_is_listed)
{
	const long len = readdir_fd(FIXTURE_PROC, whole, sizeof(whole), 0);

	ASSERT_LT(0, len);
	EXPECT_EQ(CLOUDABI_FILETYPE_SYMBOLIC_LINK, listed_type(whole, len, "self"));
	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, listed_type(whole, len, "1"));
}

TEST_HARNESS_MAIN
