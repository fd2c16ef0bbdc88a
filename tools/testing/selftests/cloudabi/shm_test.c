// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Shared memory: fd_create1 and mem_map
 */

#include "mem.h"

#define SIZE (4 * PAGE)

static char buf[64];

/* Makes an object of @size bytes. */
static long make_shm(cloudabi_filesize_t size)
{
	cloudabi_fd_t fd;
	const cloudabi_errno_t error =
		cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd);

	if (error || (size && resize(fd, size)))
		return -CLOUDABI_EIO;
	return fd;
}

/* Size */

TEST(size_is_what_it_was_set_to)
{
	const long fd = make_shm(0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, size_of(fd));
	EXPECT_EQ(0, resize(fd, 1000));
	EXPECT_EQ(1000, size_of(fd));
	EXPECT_EQ(0, resize(fd, 1UL << 40));
	EXPECT_EQ(1L << 40, size_of(fd));
	EXPECT_EQ(0, resize(fd, 0));
	EXPECT_EQ(0, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(size_needs_its_right)
{
	const long fd = make_shm(PAGE), limited = dup_without(fd, R(FILE_STAT_FPUT_SIZE));

	ASSERT_LE(0, limited);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, resize(limited, 0));
	EXPECT_EQ((long)PAGE, size_of(fd));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(size_out_of_range_is_einval)
{
	const long fd = make_shm(PAGE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_EINVAL, resize(fd, 1UL << 63));
	EXPECT_EQ(-CLOUDABI_EINVAL, resize(fd, UINT64_MAX));
	EXPECT_EQ((long)PAGE, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(times_can_not_be_set)
{
	const cloudabi_filestat_t stat = { .st_atim = 1 };
	const long fd = make_shm(PAGE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE,
		  cloudabi_sys_file_stat_fput(fd, &stat, CLOUDABI_FILESTAT_ATIM));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(space_can_not_be_allocated)
{
	const long fd = make_shm(PAGE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CLOUDABI_ENOTCAPABLE, cloudabi_sys_file_allocate(fd, 0, SIZE));
	EXPECT_EQ((long)PAGE, size_of(fd));
	EXPECT_EQ(0, close_fd(fd));
}

/* Contents */

TEST(contents_start_as_zeroes)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ, SHARED);

	ASSERT_LT(0, mem);
	for (size_t i = 0; i < SIZE; i++)
		ASSERT_EQ(0, ((char *)mem)[i]);
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(contents_are_shared_between_mappings)
{
	const long fd = make_shm(SIZE);
	const long one = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long other = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, one);
	ASSERT_LT(0, other);
	EXPECT_NE(one, other);
	for (size_t i = 0; i < SIZE; i += PAGE)
		((char *)one)[i] = 'a' + i / PAGE;
	for (size_t i = 0; i < SIZE; i += PAGE)
		EXPECT_EQ('a' + i / PAGE, ((char *)other)[i]);
	((char *)other)[1] = 'z';
	EXPECT_EQ('z', ((char *)one)[1]);
	EXPECT_EQ(0, unmap(one, SIZE));
	EXPECT_EQ('z', ((char *)other)[1]);
	EXPECT_EQ(0, unmap(other, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(contents_of_private_mappings_are_their_own)
{
	const long fd = make_shm(SIZE);
	const long shared = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long private = map_fd(fd, SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, shared);
	ASSERT_LT(0, private);
	((char *)shared)[0] = 's';
	EXPECT_EQ('s', ((char *)private)[0]);
	((char *)private)[0] = 'p';
	EXPECT_EQ('s', ((char *)shared)[0]);
	((char *)shared)[0] = 't';
	EXPECT_EQ('p', ((char *)private)[0]);
	EXPECT_EQ(0, unmap(private, SIZE));
	EXPECT_EQ(0, unmap(shared, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(contents_are_shared_between_descriptors)
{
	const long fd = make_shm(SIZE), dup = dup_fd(fd), replaced = dup_fd(FIXTURE_FILE);
	long one, other, third;

	ASSERT_LE(0, dup);
	EXPECT_EQ(0, cloudabi_sys_fd_replace(fd, replaced));
	one = map_fd(fd, SIZE, READ | WRITE, SHARED);
	other = map_fd(dup, SIZE, READ | WRITE, SHARED);
	third = map_fd(replaced, SIZE, READ | WRITE, SHARED);
	ASSERT_LT(0, one);
	ASSERT_LT(0, other);
	ASSERT_LT(0, third);
	*(char *)one = 'x';
	EXPECT_EQ('x', *(char *)other);
	EXPECT_EQ('x', *(char *)third);
	EXPECT_EQ(0, unmap(one, SIZE));
	EXPECT_EQ(0, unmap(other, SIZE));
	EXPECT_EQ(0, unmap(third, SIZE));
	EXPECT_EQ(0, close_fd(replaced));
	EXPECT_EQ(0, close_fd(dup));
	EXPECT_EQ(0, close_fd(fd));
}

/* The type has the rights for reading and writing, which access the same memory. */
TEST(contents_are_what_is_written_and_read)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(5, write_fd(fd, "hello", 5));
	EXPECT_EQ(0, memcmp((char *)mem, "hello", 5));
	memcpy((char *)mem + 5, "world", 5);
	EXPECT_EQ(5, read_fd(fd, buf, 5));
	EXPECT_EQ(0, memcmp(buf, "world", 5));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(writing_and_reading_need_their_rights)
{
	const long fd = make_shm(SIZE);
	const long no_read = dup_without(fd, R(FD_READ)), no_write = dup_without(fd, R(FD_WRITE));

	ASSERT_LE(0, no_read);
	ASSERT_LE(0, no_write);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, read_fd(no_read, buf, 1));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, write_fd(no_write, "x", 1));
	EXPECT_EQ(0, close_fd(no_read));
	EXPECT_EQ(0, close_fd(no_write));
	EXPECT_EQ(0, close_fd(fd));
}

/* Size and mappings */

TEST(memory_beyond_the_end_is_not_there_until_it_grows)
{
	const long fd = make_shm(PAGE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_TRUE(writable(mem));
	EXPECT_FALSE(readable(mem + PAGE));
	EXPECT_FALSE(writable(mem + PAGE));
	EXPECT_EQ(0, resize(fd, 2 * PAGE));
	EXPECT_EQ(0, ((char *)mem)[PAGE]);
	EXPECT_TRUE(writable(mem + PAGE));
	EXPECT_FALSE(readable(mem + 2 * PAGE));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(memory_without_size_can_be_mapped)
{
	const long fd = make_shm(0), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_FALSE(readable(mem));
	EXPECT_EQ(0, resize(fd, SIZE));
	EXPECT_TRUE(writable(mem + SIZE - 1));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(memory_that_was_cut_off_is_gone)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	memset((char *)mem, 'x', SIZE);
	EXPECT_EQ(0, resize(fd, PAGE));
	EXPECT_EQ('x', ((char *)mem)[PAGE - 1]);
	EXPECT_FALSE(readable(mem + PAGE));
	EXPECT_EQ(0, resize(fd, SIZE));
	/* The old contents do not come back. */
	EXPECT_EQ(0, ((char *)mem)[PAGE]);
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(memory_in_the_middle)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long part = map_full(NULL, PAGE, READ | WRITE, SHARED, fd, 2 * PAGE);

	ASSERT_LT(0, mem);
	ASSERT_LT(0, part);
	((char *)mem)[2 * PAGE] = 'm';
	EXPECT_EQ('m', *(char *)part);
	EXPECT_EQ(0, unmap(part, PAGE));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(memory_outlives_its_descriptor)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, close_fd(fd));
	memset((char *)mem, 'x', SIZE);
	EXPECT_EQ('x', ((char *)mem)[SIZE - 1]);
	EXPECT_EQ(0, unmap(mem, SIZE));
}

/* Allocates and frees more than the machine's memory in total. */
TEST(memory_is_freed_in_the_end)
{
	for (int i = 0; i < 200; i++) {
		const size_t len = 8UL << 20;
		const long fd = make_shm(len), mem = map_fd(fd, len, READ | WRITE, SHARED);

		ASSERT_LT(0, mem);
		for (size_t at = 0; at < len; at += PAGE)
			((char *)mem)[at] = 1;
		ASSERT_EQ(0, close_fd(fd));
		ASSERT_EQ(0, unmap(mem, len));
	}
}

/* Rights */

TEST(mapping_takes_exactly_its_rights_and_mem_protect_gives_no_more)
{
	const long fd = make_shm(PAGE);

	ASSERT_LE(0, fd);
	check_map_rights(_metadata, fd);
	EXPECT_EQ(0, close_fd(fd));
}

/* The owner can give away an object for reading only. */
TEST(reader_sees_what_the_owner_writes_and_can_not_write)
{
	const long fd = make_shm(SIZE);
	const long limited = dup_limited(fd, R(MEM_MAP) | R(FD_READ), 0);
	const long own = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long seen = map_fd(limited, SIZE, READ, SHARED);

	ASSERT_LT(0, own);
	ASSERT_LT(0, seen);
	*(char *)own = 'x';
	EXPECT_EQ('x', *(char *)seen);
	EXPECT_EQ(-CLOUDABI_EACCES, protect(seen, SIZE, WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(seen, SIZE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(seen + PAGE, PAGE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(seen, SIZE, READ | EXEC));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(limited, SIZE, READ | WRITE, SHARED));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(limited, SIZE, WRITE, SHARED));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  map_full((void *)seen, PAGE, READ | WRITE, SHARED | FIXED, limited, 0));
	EXPECT_FALSE(writable(seen));
	EXPECT_EQ('x', *(char *)own);
	EXPECT_EQ(0, unmap(seen, SIZE));
	EXPECT_EQ(0, unmap(own, SIZE));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

/* The reader's mapping does not restrict the owner's mapping next to it. */
TEST(owner_can_protect_whatever_the_reader_can_not)
{
	const long fd = make_shm(SIZE), limited = dup_limited(fd, R(MEM_MAP) | R(FD_READ), 0);
	const long own = map_fd(fd, SIZE, READ, SHARED);
	const long seen = map_fd(limited, SIZE, READ, SHARED);

	ASSERT_LT(0, own);
	ASSERT_LT(0, seen);
	EXPECT_EQ(0, protect(own, SIZE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(seen, SIZE, READ | WRITE));
	EXPECT_EQ(0, unmap(own, SIZE));
	EXPECT_EQ(0, unmap(seen, SIZE));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(limit_after_mapping_does_not_change_the_mapping)
{
	const long fd = make_shm(SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, limit(fd, R(FD_READ), 0));
	EXPECT_TRUE(writable(mem));
	EXPECT_EQ(0, protect(mem, SIZE, READ));
	EXPECT_EQ(0, protect(mem, SIZE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(fd, SIZE, READ, SHARED));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(memory_is_writable_or_executable)
{
	const long fd = make_shm(SIZE);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_fd(fd, SIZE, WRITE | EXEC, SHARED));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_fd(fd, SIZE, READ | WRITE | EXEC, PRIVATE));
	EXPECT_EQ(0, close_fd(fd));
}

/* A compiler needs two mappings, since a writable one cannot be executable. */
TEST(code_written_in_one_mapping_runs_in_another)
{
	const long fd = make_shm(SIZE);
	const long write = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long exec = map_fd(fd, SIZE, READ | EXEC, SHARED);

	ASSERT_LT(0, write);
	ASSERT_LT(0, exec);
	memcpy((void *)write, code_42, sizeof(code_42));
	EXPECT_EQ(42, ((int (*)(void))exec)());
	EXPECT_EQ(0, unmap(write, SIZE));
	EXPECT_EQ(0, unmap(exec, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

/* A memfd that a Linux program made has this type, too. */
TEST(memory_from_outside_is_mapped)
{
	const long mem = map_fd(FIXTURE_MEMFD, PAGE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(SHARED_MEMORY_BASE, base_of(FIXTURE_MEMFD));
	EXPECT_EQ(0, memcmp((char *)mem, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST_HARNESS_MAIN
