// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - mem_sync and mem_advise
 */

#include "mem.h"

#define SIZE (4 * PAGE)

static char byte_of(cloudabi_fd_t fd, cloudabi_filesize_t offset)
{
	char byte = 0;

	pread_fd(fd, &byte, 1, offset);
	return byte;
}

/* mem_sync */

/* Exactly one of ASYNC and SYNC is needed; INVALIDATE is optional; other bits are invalid. */
TEST(sync_takes_one_way_and_einval_both_or_none)
{
	const long fd = make_pages("sync_flags", SIZE);

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long mem = map_fd(fd, SIZE, READ | WRITE, map_kinds[i]);

		ASSERT_LT(0, mem);
		for (int flags = 0; flags < 256; flags++) {
			const bool valid = !(flags & CLOUDABI_MS_ASYNC) !=
					   !(flags & CLOUDABI_MS_SYNC);

			EXPECT_EQ(valid ? 0 : -CLOUDABI_EINVAL, sync_mem(mem, SIZE, flags))
				TH_LOG("flags 0x%x", flags);
		}
		EXPECT_EQ(0, unmap(mem, SIZE));
	}
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_keeps_contents)
{
	const long fd = make_pages("sync_keeps", SIZE);
	const long shared = map_fd(fd, SIZE, READ | WRITE, SHARED);
	const long private = map_fd(fd, SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, shared);
	ASSERT_LT(0, private);
	*(char *)shared = 'S';
	*(char *)private = 'P';
	EXPECT_EQ(0, sync_mem(shared, SIZE, CLOUDABI_MS_SYNC | CLOUDABI_MS_INVALIDATE));
	EXPECT_EQ(0, sync_mem(private, SIZE, CLOUDABI_MS_SYNC | CLOUDABI_MS_INVALIDATE));
	EXPECT_EQ('S', *(char *)shared);
	EXPECT_EQ('P', *(char *)private);
	EXPECT_EQ('S', byte_of(fd, 0));
	EXPECT_EQ(0, unmap(shared, SIZE));
	EXPECT_EQ(0, unmap(private, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_of_anonymous_memory_succeeds)
{
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		const long mem = map_anon(SIZE, READ | WRITE, map_kinds[i]);

		ASSERT_LT(0, mem);
		*(char *)mem = 'x';
		EXPECT_EQ(0, sync_mem(mem, SIZE, CLOUDABI_MS_SYNC));
		EXPECT_EQ(0, sync_mem(mem, SIZE, CLOUDABI_MS_ASYNC));
		EXPECT_EQ('x', *(char *)mem);
		EXPECT_EQ(0, unmap(mem, SIZE));
	}
}

TEST(sync_of_a_part)
{
	const long fd = make_pages("sync_part", SIZE);
	const long mem = map_fd(fd, SIZE, READ | WRITE, SHARED);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, sync_mem(mem + PAGE, 1, CLOUDABI_MS_SYNC));
	EXPECT_EQ(0, sync_mem(mem + PAGE, PAGE + 1, CLOUDABI_MS_SYNC));
	EXPECT_EQ(0, sync_mem(mem, 0, CLOUDABI_MS_SYNC));
	EXPECT_EQ(0, unmap(mem, SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(sync_of_a_hole_is_enomem)
{
	static const cloudabi_msflags_t ways[] = { CLOUDABI_MS_ASYNC, CLOUDABI_MS_SYNC };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

		ASSERT_LT(0, mem);
		EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
		EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, SIZE, ways[i]));
		EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem + PAGE, PAGE, ways[i]));
		EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, PAGE + 1, ways[i]));
		EXPECT_EQ(0, sync_mem(mem, PAGE, ways[i]));
		EXPECT_EQ(0, unmap(mem, SIZE));
		EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, SIZE, ways[i]));
	}
}

TEST(sync_within_a_page_is_einval)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_EINVAL, sync_mem(mem + 1, PAGE, CLOUDABI_MS_SYNC));
	EXPECT_EQ(-CLOUDABI_EINVAL, sync_mem(mem + PAGE / 2, 1, CLOUDABI_MS_ASYNC));
	EXPECT_EQ(0, unmap(mem, SIZE));
}

/* The same holds for a length that overflows when it is rounded up. */
TEST(sync_of_more_than_there_is_is_enomem)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, 1UL << 62, CLOUDABI_MS_SYNC));
	EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, SIZE_MAX - PAGE + 1, CLOUDABI_MS_SYNC));
	EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, SIZE_MAX, CLOUDABI_MS_SYNC));
	EXPECT_EQ(-CLOUDABI_ENOMEM, sync_mem(mem, SIZE_MAX - 1, CLOUDABI_MS_ASYNC));
	EXPECT_EQ(-CLOUDABI_ENOMEM,
		  sync_mem((long)KERNEL_POINTER, PAGE, CLOUDABI_MS_SYNC));
	EXPECT_EQ(0, unmap(mem, SIZE));
}

/* mem_advise */

static const cloudabi_advice_t advices[] = {
	CLOUDABI_ADVICE_DONTNEED, CLOUDABI_ADVICE_NORMAL, CLOUDABI_ADVICE_RANDOM,
	CLOUDABI_ADVICE_SEQUENTIAL, CLOUDABI_ADVICE_WILLNEED,
};

static bool is_advice(int advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		if (advices[i] == advice)
			return true;
	return false;
}

TEST(advise_takes_five_kinds_and_einval_others)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	for (int advice = 0; advice < 256; advice++)
		EXPECT_EQ(is_advice(advice) ? 0 : -CLOUDABI_EINVAL, advise(mem, SIZE, advice))
			TH_LOG("advice %d", advice);
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST(advise_judges_advice_first)
{
	for (int advice = 0; advice < 256; advice++)
		if (!is_advice(advice))
			EXPECT_EQ(-CLOUDABI_EINVAL, advise((long)KERNEL_POINTER, PAGE, advice))
				TH_LOG("advice %d", advice);
}

/* Advice never changes the contents, whatever kind of memory it is given for. */
TEST(advise_keeps_contents)
{
	const long fd = make_pages("advise", SIZE);
	const long mems[] = {
		map_anon(SIZE, READ | WRITE, PRIVATE), map_anon(SIZE, READ | WRITE, SHARED),
		map_fd(fd, SIZE, READ | WRITE, PRIVATE), map_fd(fd, SIZE, READ | WRITE, SHARED),
	};

	for (size_t i = 0; i < ARRAY_SIZE(mems); i++) {
		ASSERT_LT(0, mems[i]);
		for (size_t j = 0; j < ARRAY_SIZE(advices); j++) {
			memset((char *)mems[i], '0' + j, SIZE);
			EXPECT_EQ(0, advise(mems[i], SIZE, advices[j]))
				TH_LOG("memory %zu, advice %d", i, advices[j]);
			for (size_t at = 0; at < SIZE; at += PAGE / 2)
				EXPECT_EQ('0' + j, ((char *)mems[i])[at])
					TH_LOG("memory %zu, advice %d", i, advices[j]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(mems); i++)
		EXPECT_EQ(0, unmap(mems[i], SIZE));
	EXPECT_EQ(0, close_fd(fd));
}

TEST(advise_on_memory_that_can_not_be_used)
{
	static const cloudabi_mprot_t prots[] = { 0, READ, EXEC, READ | EXEC };

	for (size_t i = 0; i < ARRAY_SIZE(prots); i++) {
		const long mem = map_anon(SIZE, prots[i], PRIVATE);

		ASSERT_LT(0, mem);
		for (size_t j = 0; j < ARRAY_SIZE(advices); j++)
			EXPECT_EQ(0, advise(mem, SIZE, advices[j]))
				TH_LOG("prot %d, advice %d", prots[i], advices[j]);
		EXPECT_EQ(0, unmap(mem, SIZE));
	}
}

TEST(advise_on_a_hole_is_enomem)
{
	for (size_t kind = 0; kind < 2 * ARRAY_SIZE(map_kinds); kind++) {
		const bool file = kind >= ARRAY_SIZE(map_kinds);
		const cloudabi_mflags_t flags = map_kinds[kind % ARRAY_SIZE(map_kinds)];

		for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
			const long mem = file ? map_fd(FIXTURE_FILE, SIZE, READ, flags) :
						map_anon(SIZE, READ | WRITE, flags);

			ASSERT_LT(0, mem);
			EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
			EXPECT_EQ(-CLOUDABI_ENOMEM, advise(mem, SIZE, advices[i]))
				TH_LOG("kind %zu, advice %d", kind, advices[i]);
			EXPECT_EQ(-CLOUDABI_ENOMEM, advise(mem + PAGE, PAGE, advices[i]))
				TH_LOG("kind %zu, advice %d", kind, advices[i]);
			EXPECT_EQ(-CLOUDABI_ENOMEM, advise(mem + PAGE, 2 * PAGE, advices[i]))
				TH_LOG("kind %zu, advice %d", kind, advices[i]);
			EXPECT_EQ(0, unmap(mem, SIZE));
			EXPECT_EQ(-CLOUDABI_ENOMEM, advise(mem, SIZE, advices[i]))
				TH_LOG("kind %zu, advice %d", kind, advices[i]);
		}
	}
}

TEST(advise_within_a_page_is_einval)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, advise(mem + 1, PAGE, advices[i]));
		EXPECT_EQ(-CLOUDABI_EINVAL, advise(mem + PAGE - 1, 1, advices[i]));
	}
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST(advise_on_nothing_succeeds)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		EXPECT_EQ(0, advise(mem, 0, advices[i]));
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST(advise_that_wraps_is_einval)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		EXPECT_EQ(-CLOUDABI_EINVAL, advise(mem, SIZE_MAX, advices[i]));
		EXPECT_EQ(-CLOUDABI_EINVAL, advise(mem, SIZE_MAX - PAGE + 1, advices[i]));
	}
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST(advise_rounds_up_to_pages)
{
	const long mem = map_anon(SIZE, READ | WRITE, PRIVATE);

	ASSERT_LT(0, mem);
	EXPECT_EQ(0, unmap(mem + PAGE, PAGE));
	EXPECT_EQ(0, advise(mem, 1, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(-CLOUDABI_ENOMEM, advise(mem, PAGE + 1, CLOUDABI_ADVICE_NORMAL));
	EXPECT_EQ(0, unmap(mem, SIZE));
}

TEST_HARNESS_MAIN
