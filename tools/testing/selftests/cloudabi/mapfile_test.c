// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - mem_map of files
 */

#include "mem.h"

#define SIZE (4 * PAGE)

static char buf[64];

static char byte_of(cloudabi_fd_t fd, cloudabi_filesize_t offset)
{
	char byte = 0;

	pread_fd(fd, &byte, 1, offset);
	return byte;
}

/* Contents */

TEST(map_shows_the_file)
{
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long fd = make_pages(i ? "shows_shared" : "shows_private", SIZE);
		const long mem = map_fd(fd, SIZE, READ, map_kinds[i]);

		ASSERT_LT(0, mem);
		for (size_t at = 0; at < SIZE; at++)
			ASSERT_EQ('a' + at / PAGE, ((char *)mem)[at]);
		EXPECT_FALSE(writable(mem));
		EXPECT_EQ(0, unmap(mem, SIZE));
		EXPECT_EQ(0, close_fd(fd));
	}
}

TEST(map_shared_writes_to_the_file)
{
	const long fd = make_pages("writes_shared", SIZE);
	const long mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	((char *)mem)[PAGE + 7] = 'X';
	EXPECT_EQ('X', byte_of(fd, PAGE + 7));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ('X', byte_of(fd, PAGE + 7));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_private_does_not)
{
	const long fd = make_pages("writes_private", SIZE);
	const long mem = map_fd(fd, SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	((char *)mem)[PAGE + 7] = 'X';
	EXPECT_EQ('X', ((char *)mem)[PAGE + 7]);
	EXPECT_EQ('b', byte_of(fd, PAGE + 7));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ('b', byte_of(fd, PAGE + 7));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_shared_sees_what_is_written)
{
	const long fd = make_pages("sees", SIZE), mem = map_fd(fd, SIZE, READ, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(3, pwrite_fd(fd, "new", 3, 2 * PAGE));
	EXPECT_EQ(0, memcmp((char *)mem + 2 * PAGE, "new", 3));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_shared_twice_is_the_same_memory)
{
	const long fd = make_pages("twice", SIZE);
	const long again = open_at(FIXTURE_DIR, "twice", 0, REGULAR_BASE);
	const long one = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long other = map_fd(again, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, one);
	ASSERT_LT(0, other);
	*(char *)one = '1';
	EXPECT_EQ('1', *(char *)other);
	*(char *)other = '2';
	EXPECT_EQ('2', *(char *)one);
	EXPECT_EQ(0, unmap(one, SIZE));
	EXPECT_EQ(0, unmap(other, SIZE));
	EXPECT_EQ(0, close_fd(again));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_from_an_offset)
{
	const long fd = make_pages("offset", SIZE);

	ASSERT_LE(0, fd);
	for (size_t page = 0; page < SIZE / PAGE; page++) {
		const long mem = map_full(NULL, PAGE, READ, SHARED, fd, page * PAGE);

		ASSERT_LT(0, mem);
		EXPECT_EQ('a' + page, *(char *)mem);
		EXPECT_EQ(0, unmap(mem, PAGE));
	}
	EXPECT_EQ(0, close_fd(fd));
}

/* The rest of the last page is zero. */
TEST(map_of_a_part_of_a_page)
{
	const long fd = make_pages("part", PAGE + 10);
	const long mem = map_fd(fd, PAGE + 10, READ, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ('b', ((char *)mem)[PAGE + 9]);
	for (size_t at = PAGE + 10; at < 2 * PAGE; at++)
		ASSERT_EQ(0, ((char *)mem)[at]);
	EXPECT_EQ(0, unmap(mem, 2 * PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_does_not_move_the_position)
{
	const long fd = make_pages("position", SIZE);
	long mem;

	ASSERT_LE(0, fd);
	EXPECT_EQ(5, seek_fd(fd, 5, CLOUDABI_WHENCE_SET));
	mem = map_fd(fd, SIZE, READ, SHARED);
	ASSERT_LT(0, mem);
	EXPECT_EQ('a', *(char *)mem);
	EXPECT_EQ(5, tell_fd(fd));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_outlives_descriptor_and_name)
{
	const long fd = make_pages("outlives", SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, close_fd(fd));
	EXPECT_EQ(0, cloudabi_sys_file_unlink(FIXTURE_DIR, "outlives", 8, 0));
	EXPECT_EQ('d', ((char *)mem)[SIZE - 1]);
	*(char *)mem = 'x';
	EXPECT_EQ('x', *(char *)mem);
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST(map_fixed_of_a_file_replaces)
{
	const long fd = make_pages("fixed", SIZE), mem = map_anon(3 * PAGE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	memset((void *)mem, 'x', 3 * PAGE);
	EXPECT_EQ(mem + (long)PAGE,
		  map_full((void *)(mem + PAGE), PAGE, READ, SHARED | FIXED, fd, PAGE));
	EXPECT_EQ('x', ((char *)mem)[0]);
	EXPECT_EQ('b', ((char *)mem)[PAGE]);
	EXPECT_EQ('x', ((char *)mem)[2 * PAGE]);
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

/* A refused call must not have replaced any mapping. */
TEST(map_fixed_that_fails_leaves_what_is_there)
{
	const long fd = dup_without(FIXTURE_FILE, R(FD_WRITE));
	const long mem = map_anon(PAGE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	memset((void *)mem, 'x', PAGE);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  map_full((void *)mem, PAGE, READ | WRITE, SHARED | FIXED, fd, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_full((void *)mem, PAGE, READ, SHARED | FIXED, fd, 1));
	EXPECT_EQ(-CLOUDABI_ENODEV,
		  map_full((void *)mem, PAGE, READ, SHARED | FIXED, FIXTURE_NULL_DEVICE, 0));
	EXPECT_EQ('x', ((char *)mem)[PAGE - 1]);
	EXPECT_TRUE(writable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

/* Size */

TEST(map_grows_with_the_file)
{
	const long fd = make_pages("grows", PAGE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_FALSE(readable(mem + PAGE));
	EXPECT_EQ(0, resize(fd, 2 * PAGE));
	EXPECT_EQ(0, ((char *)mem)[PAGE]);
	((char *)mem)[PAGE] = 'g';
	EXPECT_EQ('g', byte_of(fd, PAGE));
	EXPECT_FALSE(readable(mem + 2 * PAGE));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_shrinks_with_the_file)
{
	const long fd = make_pages("shrinks", SIZE), mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ('d', ((char *)mem)[SIZE - 1]);
	EXPECT_EQ(0, resize(fd, PAGE));
	EXPECT_FALSE(readable(mem + PAGE));
	EXPECT_EQ('a', ((char *)mem)[PAGE - 1]);
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

/* Arguments */

TEST(map_of_no_descriptor_is_ebadf)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_fds); i++)
		EXPECT_EQ(-CLOUDABI_EBADF, map_fd(bad_fds[i], PAGE, READ, PRIVATE))
			TH_LOG("fd 0x%x", bad_fds[i]);
}

TEST(map_of_a_file_neither_or_both_private_and_shared_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_FILE, PAGE, READ, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_FILE, PAGE, READ, PRIVATE | SHARED));
}

TEST(map_of_a_file_with_unknown_flags_is_einval)
{
	for (int bit = 4; bit < 8; bit++)
		EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_FILE, PAGE, READ, PRIVATE | 1 << bit))
			TH_LOG("bit %d", bit);
}

TEST(map_of_nothing_of_a_file_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_FILE, 0, READ, PRIVATE));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_FILE, 0, READ, SHARED));
}

TEST(map_judges_protection_and_flags_before_the_descriptor)
{
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_fd(FIXTURE_NONE, PAGE, WRITE | EXEC, PRIVATE));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_fd(FIXTURE_NONE, PAGE, 8, PRIVATE));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_fd(FIXTURE_NONE, PAGE, READ, PRIVATE | SHARED));
	EXPECT_EQ(-CLOUDABI_EBADF, map_fd(FIXTURE_NONE, PAGE, READ, PRIVATE));
}

TEST(map_from_within_a_page_is_einval)
{
	static const cloudabi_filesize_t offsets[] = {
		1, 512, PAGE - 1, PAGE + 1, (1ULL << 63) + 1, UINT64_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(-CLOUDABI_EINVAL,
			  map_full(NULL, PAGE, READ, PRIVATE, FIXTURE_FILE, offsets[i]))
			TH_LOG("case %zu", i);
		EXPECT_EQ(-CLOUDABI_EINVAL,
			  map_full(NULL, PAGE, READ, SHARED, FIXTURE_FILE, offsets[i]))
			TH_LOG("case %zu", i);
	}
}

TEST(map_whose_end_wraps_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, map_full(NULL, PAGE, READ, PRIVATE, FIXTURE_FILE, -PAGE));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_full(NULL, SIZE, READ, SHARED, FIXTURE_FILE, -2 * PAGE));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  map_full(NULL, 1UL << 46, READ, PRIVATE, FIXTURE_FILE, -PAGE));
}

/* No file can be that long. */
TEST(map_beyond_what_files_can_be_is_eoverflow)
{
	EXPECT_EQ(-CLOUDABI_EOVERFLOW,
		  map_full(NULL, PAGE, READ, PRIVATE, FIXTURE_FILE, 1ULL << 63));
	EXPECT_EQ(-CLOUDABI_EOVERFLOW,
		  map_full(NULL, 2 * PAGE, READ, SHARED, FIXTURE_FILE, (1ULL << 63) - PAGE));
}

TEST(map_of_a_file_of_more_than_there_is_is_enomem)
{
	EXPECT_EQ(-CLOUDABI_ENOMEM, map_fd(FIXTURE_FILE, 1UL << 47, READ, PRIVATE));
	EXPECT_EQ(-CLOUDABI_ENOMEM, map_fd(FIXTURE_FILE, 1UL << 62, READ, SHARED));
	EXPECT_EQ(-CLOUDABI_ENOMEM, map_fd(FIXTURE_FILE, SIZE_MAX, READ, SHARED));
}

TEST(map_of_a_file_fixed_within_a_page_is_einval)
{
	const long mem = map_anon(2 * PAGE, READ, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  map_full((void *)(mem + 1), PAGE, READ, PRIVATE | FIXED, FIXTURE_FILE, 0));
	EXPECT_EQ(0, unmap(mem, 2 * PAGE));
}

TEST(map_of_a_file_fixed_in_kernel_memory_is_enomem)
{
	EXPECT_EQ(-CLOUDABI_ENOMEM,
		  map_full(KERNEL_POINTER, PAGE, READ, PRIVATE | FIXED, FIXTURE_FILE, 0));
}

/* Types */

TEST(map_of_types_that_have_no_right_to_is_enotcapable)
{
	static const cloudabi_fd_t fds[] = {
		FIXTURE_DIR, FIXTURE_DIR_PATH, FIXTURE_PIPE_READ, FIXTURE_PIPE_WRITE,
		FIXTURE_STREAM, FIXTURE_DGRAM, FIXTURE_SEQPACKET, FIXTURE_TTY, FIXTURE_FIFO,
		FIXTURE_FILE_PATH, FIXTURE_EPOLL, FIXTURE_EVENT, FIXTURE_PID, FIXTURE_IO_URING,
		FIXTURE_BPF, FIXTURE_PERF, FIXTURE_NETLINK, FIXTURE_PROC,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		for (size_t kind = 0; kind < ARRAY_SIZE(map_kinds); kind++) {
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(fds[i], PAGE, 0, map_kinds[kind]))
				TH_LOG("fd %u", fds[i]);
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  map_fd(fds[i], PAGE, READ, map_kinds[kind]))
				TH_LOG("fd %u", fds[i]);
		}
}

TEST(map_of_what_can_not_be_mapped_is_enodev)
{
	EXPECT_EQ(-CLOUDABI_ENODEV, map_fd(FIXTURE_NULL_DEVICE, PAGE, READ, PRIVATE));
	EXPECT_EQ(-CLOUDABI_ENODEV, map_fd(FIXTURE_NULL_DEVICE, PAGE, READ | WRITE, SHARED));
}

TEST(map_of_a_device_that_can)
{
	const long mem = map_fd(FIXTURE_ZERO_DEVICE, PAGE, READ, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, *(char *)mem);
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(FIXTURE_ZERO_DEVICE, PAGE, WRITE, PRIVATE));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

/* Open mode */

TEST(map_of_a_file_open_for_reading)
{
	const long shared = map_fd(FIXTURE_FILE_RDONLY, PAGE, READ, SHARED);
	const long private = map_fd(FIXTURE_FILE_RDONLY, PAGE, READ, PRIVATE);

	ASSERT_LT(0, shared);
	ASSERT_LT(0, private);
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  map_fd(FIXTURE_FILE_RDONLY, PAGE, WRITE, map_kinds[i]));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
			  map_fd(FIXTURE_FILE_RDONLY, PAGE, READ | WRITE, map_kinds[i]));
	}
	EXPECT_EQ(-CLOUDABI_EACCES, protect(shared, PAGE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(private, PAGE, READ | WRITE));
	EXPECT_EQ(0, protect(private, PAGE, READ | EXEC));
	EXPECT_EQ(0, unmap(shared, PAGE));
	EXPECT_EQ(0, unmap(private, PAGE));
}

TEST(map_of_a_file_open_for_writing_is_enotcapable)
{
	for (size_t i = 0; i < ARRAY_SIZE(sound_prots); i++)
		for (size_t kind = 0; kind < ARRAY_SIZE(map_kinds); kind++)
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  map_fd(FIXTURE_FILE_WRONLY, PAGE, sound_prots[i],
					 map_kinds[kind]))
				TH_LOG("prot %d", sound_prots[i]);
}

/* With MEM_MAP as the only right, file_open() does not open the file for reading. */
TEST(map_of_a_file_opened_for_writing_with_the_right_is_eacces)
{
	const cloudabi_rights_t base = R(FD_WRITE) | R(MEM_MAP);
	const long fd = open_at(FIXTURE_DIR, "file", 0, base);

	ASSERT_LE(0, fd);
	EXPECT_EQ(base, base_of(fd));
	EXPECT_EQ(-CLOUDABI_EACCES, map_fd(fd, PAGE, 0, PRIVATE));
	EXPECT_EQ(-CLOUDABI_EACCES, map_fd(fd, PAGE, WRITE, PRIVATE));
	EXPECT_EQ(-CLOUDABI_EACCES, map_fd(fd, PAGE, WRITE, SHARED));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(fd, PAGE, READ, PRIVATE));
	EXPECT_EQ(0, close_fd(fd));
}

/* Rights */

TEST(mapping_takes_exactly_its_rights_and_mem_protect_gives_no_more)
{
	const long fd = make_pages("rights", PAGE);

	ASSERT_LE(0, fd);
	check_map_rights(_metadata, fd);
	EXPECT_EQ(0, close_fd(fd));
}

/* The file is open for writing; only the descriptor's rights forbid it. */
TEST(map_shared_without_the_right_never_becomes_writable)
{
	const long fd = make_pages("never", SIZE), limited = dup_without(fd, R(FD_WRITE));
	const long mem = map_fd(limited, SIZE, READ, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, SIZE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, SIZE, WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem + PAGE, PAGE, READ | WRITE));
	EXPECT_EQ(0, protect(mem, SIZE, 0));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, SIZE, READ | WRITE));
	EXPECT_EQ(0, protect(mem, SIZE, READ | EXEC));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, SIZE, READ | WRITE));
	/* The mapping stays read-only after it is split, and after the descriptor is closed. */
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem + 2 * PAGE, PAGE, READ | WRITE));
	EXPECT_FALSE(writable(mem));
	/* The mapping still shows the file. */
	EXPECT_EQ(1, pwrite_fd(fd, "!", 1, 0));
	EXPECT_EQ(0, protect(mem, PAGE, READ));
	EXPECT_EQ('!', *(char *)mem);
	EXPECT_EQ('d', byte_of(fd, SIZE - 1));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(map_private_without_the_right_never_becomes_writable)
{
	const long fd = dup_without(FIXTURE_FILE, R(FD_WRITE));
	const long mem = map_fd(fd, PAGE, READ, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, WRITE));
	EXPECT_FALSE(writable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

/* Refused mappings must not leak a writable reference that blocks the file's next writer. */
TEST(map_shared_without_the_right_again_and_again)
{
	const long fd = make_pages("again", PAGE), limited = dup_without(fd, R(FD_WRITE));

	ASSERT_LE(0, limited);
	for (int i = 0; i < 500; i++) {
		const long mem = map_fd(limited, PAGE, READ, SHARED);
		const long own = map_fd(fd, PAGE, READ | WRITE, SHARED);

		ASSERT_LT(0, mem);
		ASSERT_LT(0, own);
		ASSERT_EQ(0, unmap(mem, PAGE));
		ASSERT_EQ(0, unmap(own, PAGE));
	}
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(code_in_a_file_is_executed)
{
	const long fd = make_file("code", "");
	long mem;

	ASSERT_LE(0, fd);
	EXPECT_EQ((long)sizeof(code_42), pwrite_fd(fd, code_42, sizeof(code_42), 0));
	mem = map_fd(fd, PAGE, READ | EXEC, PRIVATE);
	ASSERT_LT(0, mem);
	EXPECT_EQ(42, ((int (*)(void))mem)());
	EXPECT_EQ(0, unmap(mem, PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

/* Executing needs MEM_MAP_EXEC only: neither the file nor the memory need be readable. */
TEST(code_is_executed_without_the_right_to_read)
{
	const cloudabi_rights_t base = R(MEM_MAP) | R(MEM_MAP_EXEC);
	const long code = make_file("hidden_code", "");

	ASSERT_LE(0, code);
	ASSERT_EQ((long)sizeof(code_42), pwrite_fd(code, code_42, sizeof(code_42), 0));
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long fds[] = {
			open_at(FIXTURE_DIR, "hidden_code", 0, base),
			/* Open for reading and writing. */
			dup_limited(code, base, 0),
			dup_limited(code, base | R(FD_WRITE), 0),
		};

		for (size_t j = 0; j < ARRAY_SIZE(fds); j++) {
			const long mem = map_fd(fds[j], PAGE, EXEC, map_kinds[i]);

			ASSERT_LT(0, mem) TH_LOG("kind %zu, descriptor %zu", i, j);
			EXPECT_EQ(42, ((int (*)(void))mem)());
			EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
				  map_fd(fds[j], PAGE, READ | EXEC, map_kinds[i]));
			EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ));
			EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | EXEC));
			EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, WRITE));
			EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | WRITE));
			EXPECT_EQ(0, protect(mem, PAGE, 0));
			EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ));
			EXPECT_EQ(0, protect(mem, PAGE, EXEC));
			EXPECT_EQ(42, ((int (*)(void))mem)());
			EXPECT_EQ(0, unmap(mem, PAGE));
			EXPECT_EQ(0, close_fd(fds[j]));
		}
	}
	EXPECT_EQ(0, close_fd(code));
}

/* A range may span mappings with different rights; the change ends at the first refusal. */
TEST(protect_goes_as_far_as_rights_do)
{
	const long fd = make_pages("parts", SIZE), limited = dup_without(fd, R(FD_WRITE));
	const long mem = map_fd(fd, SIZE, READ, PRIVATE);

	ASSERT_LT(0, mem);
	ASSERT_EQ(mem + 2 * (long)PAGE, map_full((void *)(mem + 2 * PAGE), PAGE, READ,
						 PRIVATE | FIXED, limited, 2 * PAGE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, SIZE, READ | WRITE));
	EXPECT_TRUE(writable(mem + PAGE));
	EXPECT_FALSE(writable(mem + 2 * PAGE));
	EXPECT_FALSE(writable(mem + 3 * PAGE));
	EXPECT_EQ(0, protect(mem, SIZE, READ));
	EXPECT_EQ(0, protect(mem + 3 * PAGE, PAGE, READ | WRITE));
	EXPECT_EQ(0, protect(mem, PAGE + 1, READ | WRITE));
	EXPECT_EQ(-CLOUDABI_EACCES, protect(mem + 2 * PAGE, 1, READ | WRITE));
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(-CLOUDABI_ENOMEM, protect(mem, SIZE, READ));
	EXPECT_FALSE(writable(mem));
	EXPECT_TRUE(writable(mem + 3 * PAGE));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(limited));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(code_needs_the_right_to_be_executed_sooner_or_later)
{
	const long fd = dup_without(FIXTURE_FILE, R(MEM_MAP_EXEC));

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long mem = map_fd(fd, PAGE, READ, map_kinds[i]);

		ASSERT_LT(0, mem);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(fd, PAGE, EXEC, map_kinds[i]));
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, map_fd(fd, PAGE, READ | EXEC, map_kinds[i]));
		EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, READ | EXEC));
		EXPECT_EQ(-CLOUDABI_EACCES, protect(mem, PAGE, EXEC));
		EXPECT_EQ(0, unmap(mem, PAGE));
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(file_is_writable_or_executable)
{
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long mem = map_fd(FIXTURE_FILE, PAGE, READ | WRITE, map_kinds[i]);

		ASSERT_LT(0, mem);
		EXPECT_EQ(-CLOUDABI_ENOTSUP,
			  map_fd(FIXTURE_FILE, PAGE, WRITE | EXEC, map_kinds[i]));
		EXPECT_EQ(-CLOUDABI_ENOTSUP, protect(mem, PAGE, READ | WRITE | EXEC));
		EXPECT_EQ(0, protect(mem, PAGE, READ | EXEC));
		EXPECT_EQ(0, protect(mem, PAGE, READ | WRITE));
		EXPECT_EQ(0, unmap(mem, PAGE));
	}
}

TEST(many_mappings_of_a_file_come_and_go)
{
	const long fd = make_pages("many_maps", SIZE);
	static long mems[500];

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(mems); i++) {
		mems[i] = map_full(NULL, PAGE, i % 2 ? READ : READ | WRITE, map_kinds[i / 2 % 2],
				   fd, i % 4 * PAGE);
		ASSERT_LT(0, mems[i]);
		EXPECT_EQ('a' + i % 4, *(char *)mems[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(mems); i++)
		EXPECT_EQ(0, unmap(mems[i], PAGE));
	EXPECT_EQ(0, close_fd(fd));
}

/* The fixture's file has its old contents; only its size has changed. */
TEST(fixture_is_what_it_was)
{
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread_fd(FIXTURE_FILE, buf, FIXTURE_TEXT_LEN, 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, FIXTURE_TEXT_LEN));
}

TEST_HARNESS_MAIN
