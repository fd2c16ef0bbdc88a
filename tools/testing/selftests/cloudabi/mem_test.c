// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - mem_map, mem_protect and mem_unmap of anonymous memory
 */

#include "mem.h"

/* WRITE and EXEC together, or unknown bits, are unsound: 5 values are valid. */
#define PROT_IS_VALID(prot) (!((prot) & ~(READ | WRITE | EXEC)) && ((prot) & (WRITE | EXEC)) != \
			     (WRITE | EXEC))

static long map(size_t len, cloudabi_mprot_t prot)
{
	return map_anon(len, prot, PRIVATE);
}

/* mem_map */

TEST(map_gives_zeroed_pages)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, mem % PAGE);
	for (size_t i = 0; i < 3 * PAGE; i++)
		ASSERT_EQ(0, ((char *)mem)[i]);
	memset((void *)mem, 'x', 3 * PAGE);
	EXPECT_EQ('x', ((char *)mem)[3 * PAGE - 1]);
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

TEST(map_shared_gives_zeroed_pages)
{
	const long mem = map_full(NULL, 2 * PAGE, READ | WRITE, ANON | SHARED, NO_FD, 0);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, ((char *)mem)[PAGE]);
	((char *)mem)[PAGE] = 1;
	EXPECT_EQ(1, ((char *)mem)[PAGE]);
	EXPECT_EQ(0, unmap(mem, 2 * PAGE));
}

TEST(map_takes_sound_protections_and_enotsup_others)
{
	for (int prot = 0; prot < 256; prot++) {
		const long mem = map(PAGE, prot);

		if (PROT_IS_VALID(prot)) {
			EXPECT_LT(0, mem) TH_LOG("prot 0x%x", prot);
			EXPECT_EQ(0, unmap(mem, PAGE));
		} else {
			EXPECT_EQ(-CLOUDABI_ENOTSUP, mem) TH_LOG("prot 0x%x", prot);
		}
	}
}

TEST(map_without_protection_is_inaccessible)
{
	const long mem = map(PAGE, 0);

	ASSERT_LT(0, mem);
	EXPECT_FALSE(writable(mem));
	EXPECT_FALSE(readable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(map_for_reading_is_not_writable)
{
	const long mem = map(PAGE, READ);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, *(char *)mem);
	EXPECT_TRUE(readable(mem));
	EXPECT_FALSE(writable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(map_for_execution_is_not_writable)
{
	const long mem = map(PAGE, READ | EXEC);

	ASSERT_LT(0, mem);
	EXPECT_FALSE(writable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(map_for_writing_is_writable)
{
	const long mem = map(PAGE, WRITE);

	ASSERT_LT(0, mem);
	EXPECT_TRUE(writable(mem));
	*(char *)mem = 1;
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(map_enotsup_comes_before_all_else)
{
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_full(NULL, 0, WRITE | EXEC, 0, FIXTURE_NONE, 1));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_full(NULL, PAGE, 8, ANON | PRIVATE, NO_FD, 0));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, map_full((void *)1, PAGE, 0x80, FIXED, NO_FD, 0));
}

TEST(map_anonymous_with_a_descriptor_is_einval)
{
	static const cloudabi_fd_t fds[] = {
		0, FIXTURE_FILE, FIXTURE_DIR, FIXTURE_NONE, 0x7fffffff, 0x80000000, 0xfffffffe,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL, map_full(NULL, PAGE, READ, ANON | PRIVATE, fds[i], 0))
			TH_LOG("fd 0x%x", fds[i]);
}

TEST(map_anonymous_with_an_offset_is_einval)
{
	static const cloudabi_filesize_t offsets[] = { 1, PAGE, 1ULL << 63, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
		EXPECT_EQ(-CLOUDABI_EINVAL,
			  map_full(NULL, PAGE, READ, ANON | PRIVATE, NO_FD, offsets[i]))
			TH_LOG("case %zu", i);
}

TEST(map_neither_or_both_private_and_shared_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, map_full(NULL, PAGE, READ, ANON, NO_FD, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  map_full(NULL, PAGE, READ, ANON | PRIVATE | SHARED, NO_FD, 0));
}

TEST(map_with_unknown_flags_is_einval)
{
	for (int bit = 4; bit < 8; bit++)
		EXPECT_EQ(-CLOUDABI_EINVAL,
			  map_full(NULL, PAGE, READ, ANON | PRIVATE | 1 << bit, NO_FD, 0))
			TH_LOG("bit %d", bit);
}

TEST(map_of_nothing_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, map(0, READ));
	EXPECT_EQ(-CLOUDABI_EINVAL, map_full(NULL, 0, READ, ANON | SHARED, NO_FD, 0));
}

TEST(map_rounds_up_to_pages)
{
	const long mem = map(1, READ | WRITE);

	ASSERT_LT(0, mem);
	((char *)mem)[PAGE - 1] = 1;
	EXPECT_EQ(0, unmap(mem, 1));
	EXPECT_FALSE(readable(mem));
}

TEST(map_of_more_than_there_is_is_enomem)
{
	EXPECT_EQ(-CLOUDABI_ENOMEM, map(1UL << 47, 0));
	EXPECT_EQ(-CLOUDABI_ENOMEM, map(1UL << 62, 0));
	EXPECT_EQ(-CLOUDABI_ENOMEM, map(SIZE_MAX - PAGE + 1, 0));
	EXPECT_EQ(-CLOUDABI_ENOMEM, map(SIZE_MAX, 0));
}

TEST(map_reserves_eight_gigabytes)
{
	const size_t len = 8UL << 30;
	const long mem = map(len, 0);

	ASSERT_LT(0, mem);
	EXPECT_FALSE(readable(mem + len - PAGE));
	/* Parts of a reservation become usable on demand. */
	EXPECT_EQ(0, protect(mem + len / 2, PAGE, READ | WRITE));
	((char *)mem)[len / 2] = 7;
	EXPECT_EQ(7, ((char *)mem)[len / 2]);
	EXPECT_EQ(0, unmap(mem, len));
}

TEST(map_takes_the_address_as_a_hint)
{
	const long mem = map(4 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(mem + (long)PAGE,
		  map_full((void *)(mem + PAGE), PAGE, READ, ANON | PRIVATE, NO_FD, 0));
	/* A refused call keeps the existing mapping. */
	*(char *)mem = 5;
	EXPECT_NE(mem, map_full((void *)mem, PAGE, READ, ANON | PRIVATE, NO_FD, 0));
	EXPECT_EQ(5, *(char *)mem);
	EXPECT_EQ(0, unmap(mem, 4 * PAGE));
}

TEST(map_fixed_replaces)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	memset((void *)mem, 'x', 3 * PAGE);
	EXPECT_EQ(mem + (long)PAGE,
		  map_full((void *)(mem + PAGE), PAGE, READ | WRITE, ANON | PRIVATE | FIXED, NO_FD,
			   0));
	EXPECT_EQ('x', ((char *)mem)[0]);
	EXPECT_EQ(0, ((char *)mem)[PAGE]);
	EXPECT_EQ('x', ((char *)mem)[2 * PAGE]);
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

TEST(map_fixed_unaligned_is_einval)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  map_full((void *)(mem + 1), PAGE, READ, ANON | PRIVATE | FIXED, NO_FD, 0));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  map_full((void *)(mem + PAGE / 2), PAGE, READ, ANON | PRIVATE | FIXED, NO_FD,
			   0));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

/* ENOMEM and EINVAL are both acceptable; success is not. */
TEST(map_fixed_out_of_range_fails)
{
	static const unsigned long addresses[] = {
		1UL << 62, 1UL << 63, 0xffff800000000000, 0xfffffffffffff000, 0xffffffffff600000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		const long error = map_full((void *)addresses[i], PAGE, READ,
					    ANON | PRIVATE | FIXED, NO_FD, 0);

		if (error != -CLOUDABI_EINVAL)
			EXPECT_EQ(-CLOUDABI_ENOMEM, error) TH_LOG("case %zu", i);
	}
}

/*
 * Page 0 would turn a null pointer dereference in the kernel into an access to the program's
 * memory.
 */
TEST(map_fixed_at_zero_fails)
{
	const long error = map_full(NULL, PAGE, READ, ANON | PRIVATE | FIXED, NO_FD, 0);

	EXPECT_LT(error, 0);
	EXPECT_TRUE(error == -CLOUDABI_EPERM || error == -CLOUDABI_EACCES ||
		    error == -CLOUDABI_EINVAL || error == -CLOUDABI_ENOMEM)
		TH_LOG("got %ld", error);
}

/* mem_protect */

TEST(protect_takes_sound_protections_and_enotsup_others)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	for (int prot = 0; prot < 256; prot++)
		EXPECT_EQ(PROT_IS_VALID(prot) ? 0 : -CLOUDABI_ENOTSUP, protect(mem, PAGE, prot))
			TH_LOG("prot 0x%x", prot);
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(protect_enotsup_comes_before_all_else)
{
	EXPECT_EQ(-CLOUDABI_ENOTSUP, protect(1, 0, WRITE | EXEC));
	EXPECT_EQ(-CLOUDABI_ENOTSUP, protect(0, SIZE_MAX, 8));
}

TEST(protect_from_writable_to_executable_and_back)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	for (int i = 0; i < 3; i++) {
		memcpy((void *)mem, code_42, sizeof(code_42));
		((char *)mem)[1] = 42 + i;
		EXPECT_EQ(0, protect(mem, PAGE, READ | EXEC));
		EXPECT_EQ(42 + i, ((int (*)(void))mem)());
		EXPECT_FALSE(writable(mem));
		EXPECT_EQ(0, protect(mem, PAGE, READ | WRITE));
		EXPECT_TRUE(writable(mem));
	}
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(protect_is_seen_by_the_kernel)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_TRUE(writable(mem) && readable(mem));
	EXPECT_EQ(0, protect(mem, PAGE, READ));
	EXPECT_TRUE(!writable(mem) && readable(mem));
	EXPECT_EQ(0, protect(mem, PAGE, 0));
	EXPECT_TRUE(!writable(mem) && !readable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(protect_of_a_part)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, protect(mem + PAGE, 1, READ));
	EXPECT_TRUE(writable(mem));
	EXPECT_FALSE(writable(mem + PAGE));
	EXPECT_FALSE(writable(mem + 2 * PAGE - 1));
	EXPECT_TRUE(writable(mem + 2 * PAGE));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

TEST(protect_keeps_contents)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	memset((void *)mem, 'k', PAGE);
	EXPECT_EQ(0, protect(mem, PAGE, 0));
	EXPECT_EQ(0, protect(mem, PAGE, READ));
	EXPECT_EQ('k', ((char *)mem)[PAGE - 1]);
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(protect_unaligned_is_einval)
{
	const long mem = map(2 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL, protect(mem + 1, PAGE, READ));
	EXPECT_EQ(-CLOUDABI_EINVAL, protect(mem + PAGE / 2, 1, READ));
	EXPECT_TRUE(writable(mem));
	EXPECT_EQ(0, unmap(mem, 2 * PAGE));
}

TEST(protect_of_nothing_succeeds)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, protect(mem, 0, READ));
	EXPECT_TRUE(writable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(protect_of_a_hole_is_enomem)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(-CLOUDABI_ENOMEM, protect(mem, 3 * PAGE, READ));
	EXPECT_EQ(-CLOUDABI_ENOMEM, protect(mem + PAGE, PAGE, READ));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
	EXPECT_EQ(-CLOUDABI_ENOMEM, protect(mem, PAGE, READ));
}

TEST(protect_that_overflows_fails)
{
	static const struct {
		unsigned long addr, len;
	} cases[] = {
		{ PAGE, SIZE_MAX }, { PAGE, SIZE_MAX - PAGE }, { 0xfffffffffffff000, PAGE },
		{ 0xfffffffffffff000, 2 * PAGE }, { 1UL << 63, 1UL << 63 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const long error = protect(cases[i].addr, cases[i].len, READ);

		if (error != -CLOUDABI_EINVAL)
			EXPECT_EQ(-CLOUDABI_ENOMEM, error) TH_LOG("case %zu", i);
	}
}

/* mem_unmap */

TEST(unmap_unmaps)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_TRUE(readable(mem));
	EXPECT_EQ(0, unmap(mem, PAGE));
	EXPECT_FALSE(readable(mem));
}

TEST(unmap_of_a_part)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_TRUE(readable(mem));
	EXPECT_FALSE(readable(mem + PAGE));
	EXPECT_TRUE(readable(mem + 2 * PAGE));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

TEST(unmap_of_holes_succeeds)
{
	const long mem = map(3 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
	EXPECT_EQ(0, unmap(mem, 3 * PAGE));
}

TEST(unmap_of_nothing_is_einval)
{
	const long mem = map(PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap(mem, 0));
	EXPECT_EQ(0, unmap(mem, PAGE));
}

TEST(unmap_unaligned_is_einval)
{
	const long mem = map(2 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap(mem + 1, PAGE));
	EXPECT_TRUE(readable(mem) && readable(mem + PAGE));
	EXPECT_EQ(0, unmap(mem, 2 * PAGE));
}

TEST(unmap_rounds_up_to_pages)
{
	const long mem = map(2 * PAGE, READ | WRITE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem, PAGE + 1));
	EXPECT_FALSE(readable(mem + PAGE));
}

TEST(unmap_out_of_range_is_einval)
{
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap(PAGE, 1UL << 62));
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap((uintptr_t)KERNEL_POINTER, PAGE));
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap(PAGE, SIZE_MAX));
	EXPECT_EQ(-CLOUDABI_EINVAL, unmap(PAGE, 1UL << 63));
}

TEST(thousand_mappings_come_and_go)
{
	static long mems[1000];

	for (size_t i = 0; i < ARRAY_SIZE(mems); i++) {
		mems[i] = map((i % 7 + 1) * PAGE, i % 2 ? READ : READ | WRITE);
		ASSERT_LT(0, mems[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(mems); i++)
		EXPECT_EQ(0, unmap(mems[i], (i % 7 + 1) * PAGE));
}

TEST_HARNESS_MAIN
