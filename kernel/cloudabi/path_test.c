// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Tests of the parts of path.c that need no file system
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/fs_struct.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "path.h"

static void path_is_dot(struct kunit *test)
{
	static const char *const dots[] = {
		".", "..", "./", "../", ".///", "..//", "a/.", "a/..", "a/./",
		"a//..", "a/b/..//", "../..", "./.", "../.", ".../..",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dots); i++)
		KUNIT_EXPECT_TRUE_MSG(test, cloudabi_path_ends_in_dots(dots[i]),
				      "%s", dots[i]);
}

static void path_is_no_dot(struct kunit *test)
{
	static const char *const names[] = {
		"", "/", "a", "...", ".a", "..a", "a.", "a..", ".../", "./a",
		"../a", "../a/", "a/...", "a/.b", "a/b//", "a/ .", "../....",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_FALSE_MSG(test,
				       cloudabi_path_ends_in_dots(names[i]),
				       "%s", names[i]);
}

static void path_retry(struct kunit *test)
{
	unsigned int tries = 3;

	KUNIT_EXPECT_TRUE(test, cloudabi_path_retry(-EAGAIN, &tries));
	KUNIT_EXPECT_FALSE(test, cloudabi_path_retry(0, &tries));
	KUNIT_EXPECT_FALSE(test, cloudabi_path_retry(-ENOENT, &tries));
	KUNIT_EXPECT_FALSE(test, cloudabi_path_retry(EAGAIN, &tries));
	KUNIT_EXPECT_EQ(test, tries, 2);
	KUNIT_EXPECT_TRUE(test, cloudabi_path_retry(-EAGAIN, &tries));
	KUNIT_EXPECT_FALSE(test, cloudabi_path_retry(-EAGAIN, &tries));
}

/* A refusal is logged with the directory; any directory will do. */
static char *get_path(const char __user *path, cloudabi_size_t path_len)
{
	return cloudabi_path_get(&current->fs->pwd, path, path_len);
}

/* The length is checked before memory is read: the pointer is bad. */
static void path_get_length(struct kunit *test)
{
	static const struct {
		cloudabi_size_t len;
		int expected;
	} cases[] = {
		{ 0, -ENOENT },
		{ PATH_MAX, -ENAMETOOLONG },
		{ PATH_MAX + 1, -ENAMETOOLONG },
		{ 1UL << 32, -ENAMETOOLONG },
		{ SSIZE_MAX, -ENAMETOOLONG },
		{ SIZE_MAX, -ENAMETOOLONG },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *name __free(cloudabi_path) = get_path(NULL, cases[i].len);

		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(name),
				    cases[i].expected, "%llu",
				    (unsigned long long)cases[i].len);
	}
}

/* Maps a page of user memory with an unmapped page behind it. */
static char __user *user_page(struct kunit *test)
{
	const unsigned long addr =
		kunit_vm_mmap(test, NULL, 0, 2 * PAGE_SIZE,
			      PROT_READ | PROT_WRITE,
			      MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);
	KUNIT_ASSERT_EQ(test, vm_munmap(addr + PAGE_SIZE, PAGE_SIZE), 0);
	return (char __user *)addr;
}

static void path_get_bytes(struct kunit *test)
{
	static const struct {
		const char *bytes;
		cloudabi_size_t len;
		int expected;
	} cases[] = {
		{ "a", 1, 0 },
		{ "a/b", 3, 0 },
		{ "..", 2, 0 },
		{ "a/", 2, 0 },
		{ "\xff\n", 2, 0 },
		{ "abc", 2, 0 },
		{ "\0", 1, -EINVAL },
		{ "a\0", 2, -EINVAL },
		{ "a\0b", 3, -EINVAL },
		{ "/a\0", 3, -EINVAL },
		{ "/", 1, -ENOTCAPABLE },
		{ "/a", 2, -ENOTCAPABLE },
		{ "//a", 3, -ENOTCAPABLE },
	};
	char __user *const buf = user_page(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const size_t len = cases[i].len;

		KUNIT_ASSERT_EQ(test, copy_to_user(buf, cases[i].bytes, len + 1),
				0);

		char *name __free(cloudabi_path) = get_path(buf, len);

		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(name),
				    cases[i].expected, "case %u", i);
		if (IS_ERR(name))
			continue;
		KUNIT_EXPECT_EQ(test, strlen(name), len);
		KUNIT_EXPECT_MEMEQ(test, name, cases[i].bytes, len);
	}
}

/* path_get_end() puts the longest path at the end of a page. */
static_assert(PATH_MAX <= PAGE_SIZE);

/* All bytes of the path are read, and none behind it. */
static void path_get_end(struct kunit *test)
{
	char *name __free(cloudabi_path) = NULL;
	char __user *const end = user_page(test) + PAGE_SIZE;
	char *const bytes = kunit_kmalloc(test, PATH_MAX, GFP_KERNEL);
	const cloudabi_size_t most = PATH_MAX - 1;

	KUNIT_ASSERT_EQ(test, clear_user(end - PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(get_path(end - 1, 2)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(get_path(end, 1)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(get_path(NULL, 1)), -EFAULT);

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	memset(bytes, 'a', most);
	KUNIT_ASSERT_EQ(test, copy_to_user(end - most, bytes, most), 0);
	name = get_path(end - most, most);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, name);
	KUNIT_EXPECT_EQ(test, strlen(name), most);
}

static void path_replace_link(struct kunit *test)
{
	static const struct {
		const char *name, *target, *expected;
		int error;
	} cases[] = {
		{ "link", "a", "a/", 0 },
		{ "link", "a/", "a//", 0 },
		{ "a/link", "../b", "a/../b/", 0 },
		{ "a//link", "b", "a//b/", 0 },
		{ "link", "", "./", 0 },
		{ "a/link", "", "a/./", 0 },
		{ "link", "/", NULL, -ENOTCAPABLE },
		{ "a/link", "/b", NULL, -ENOTCAPABLE },
	};
	char *const name = kunit_kmalloc(test, PATH_MAX, GFP_KERNEL);
	const struct cloudabi_at at = { &current->fs->pwd, name };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, name);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		strscpy(name, cases[i].name, PATH_MAX);
		KUNIT_EXPECT_EQ(test,
				cloudabi_path_replace_link(&at, cases[i].target),
				cases[i].error);
		if (cases[i].expected)
			KUNIT_EXPECT_STREQ(test, name, cases[i].expected);
	}
}

/* The buffer has one byte more than PATH_MAX, which must not change. */
static void path_replace_long_link(struct kunit *test)
{
	/* Together with "a/", the slash and the NUL it fills PATH_MAX bytes. */
	const size_t most = PATH_MAX - 4;
	char *const target = kunit_kmalloc(test, PATH_MAX, GFP_KERNEL);
	char *const name = kunit_kmalloc(test, PATH_MAX + 1, GFP_KERNEL);
	const struct cloudabi_at at = { &current->fs->pwd, name };
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, target);
	KUNIT_ASSERT_NOT_NULL(test, name);
	for (len = most - 2; len < PATH_MAX; len++) {
		memset(target, 'b', len);
		target[len] = '\0';
		strscpy(name, "a/link", PATH_MAX);
		name[PATH_MAX] = 'x';
		KUNIT_EXPECT_EQ_MSG(test, cloudabi_path_replace_link(&at, target),
				    len <= most ? 0 : -ENAMETOOLONG, "%zu", len);
		KUNIT_EXPECT_EQ(test, name[PATH_MAX], 'x');
		if (len <= most)
			KUNIT_EXPECT_EQ(test, strlen(name), len + 3);
	}
}

static struct kunit_case path_cases[] = {
	KUNIT_CASE(path_is_dot),
	KUNIT_CASE(path_is_no_dot),
	KUNIT_CASE(path_retry),
	KUNIT_CASE(path_get_length),
	KUNIT_CASE(path_get_bytes),
	KUNIT_CASE(path_get_end),
	KUNIT_CASE(path_replace_link),
	KUNIT_CASE(path_replace_long_link),
	{ }
};

static struct kunit_suite path_suite = {
	.name = "cloudabi_path",
	.test_cases = path_cases,
};

kunit_test_suite(path_suite);
