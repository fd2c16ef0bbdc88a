// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Tests of rights as masks
 *
 * The expected masks are numbers, because the names of rights would hide a
 * wrong bit in their definition.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/fs.h>
#include <linux/shmem_fs.h>

#include "rights.h"

#define ALL 0x815ffff7ffULL
#define REGULAR 0x11c3801ffULL
#define DIRECTORY 0x13eff698ULL
#define DEVICE 0x1c3800ffULL
#define STREAM 0x1008004aULL
#define SOCKET 0x801008004aULL
#define MEMORY 0x0c180042ULL
#define PROCESS 0x40080000ULL

/**
 * struct type_case - A file type and the rights that it can have
 * @type: the file type
 * @seekable: true if the file has a position
 * @rights: the rights
 */
struct type_case {
	cloudabi_filetype_t type;
	bool seekable;
	struct cloudabi_rights rights;
};

static const struct type_case types[] = {
	{ CLOUDABI_FILETYPE_BLOCK_DEVICE, true, { DEVICE, 0 } },
	{ CLOUDABI_FILETYPE_CHARACTER_DEVICE, true, { DEVICE, 0 } },
	{ CLOUDABI_FILETYPE_CHARACTER_DEVICE, false, { STREAM, 0 } },
	{ CLOUDABI_FILETYPE_DIRECTORY, true, { DIRECTORY, 0x11ffff7ff } },
	{ CLOUDABI_FILETYPE_PROCESS, false, { PROCESS, 0 } },
	{ CLOUDABI_FILETYPE_REGULAR_FILE, true, { REGULAR, 0 } },
	{ CLOUDABI_FILETYPE_SHARED_MEMORY, true, { MEMORY, 0 } },
	{ CLOUDABI_FILETYPE_SOCKET_DGRAM, false, { SOCKET, ALL } },
	{ CLOUDABI_FILETYPE_SOCKET_STREAM, false, { SOCKET, ALL } },
};

static void expect_rights(struct kunit *test, struct cloudabi_rights rights,
			  cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	KUNIT_EXPECT_EQ(test, rights.base, base);
	KUNIT_EXPECT_EQ(test, rights.inheriting, inheriting);
}

static void rights_all(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (u64)CLOUDABI_RIGHTS_ALL, ALL);
}

static void rights_by_type(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		expect_rights(test,
			      cloudabi_rights_of_type(types[i].type,
						      types[i].seekable),
			      types[i].rights.base, types[i].rights.inheriting);
}

static bool has_rights(unsigned int type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return true;
	return false;
}

static void rights_of_unknown_types(struct kunit *test)
{
	unsigned int type;

	for (type = 0; type <= U8_MAX; type++) {
		if (has_rights(type))
			continue;
		expect_rights(test, cloudabi_rights_of_type(type, true), 0, 0);
		expect_rights(test, cloudabi_rights_of_type(type, false), 0, 0);
	}
}

/* Each right exists for some file type. */
static void rights_covered(struct kunit *test)
{
	cloudabi_rights_t base = 0;
	unsigned int type;

	for (type = 0; type <= U8_MAX; type++)
		base |= cloudabi_rights_of_type(type, true).base;
	KUNIT_EXPECT_EQ(test, base, ALL);
}

static void expect_within(struct kunit *test, struct cloudabi_rights few,
			  struct cloudabi_rights many, bool expected)
{
	KUNIT_EXPECT_EQ(test, cloudabi_rights_within(&few, &many), expected);
}

static void rights_within(struct kunit *test)
{
	const struct cloudabi_rights none = { 0, 0 };
	const struct cloudabi_rights some = { 0x6, 0x600000000 };
	const struct cloudabi_rights less = { 0x2, 0x600000000 };
	const struct cloudabi_rights thin = { 0x6, 0x200000000 };
	const struct cloudabi_rights other = { 0x9, 0x900000000 };
	const struct cloudabi_rights swapped = { 0x600000000, 0x6 };
	const struct cloudabi_rights every = { ~0ULL, ~0ULL };

	expect_within(test, none, none, true);
	expect_within(test, none, some, true);
	expect_within(test, some, some, true);
	expect_within(test, less, some, true);
	expect_within(test, thin, some, true);
	expect_within(test, some, every, true);
	expect_within(test, every, every, true);

	expect_within(test, some, none, false);
	expect_within(test, some, less, false);
	expect_within(test, some, thin, false);
	expect_within(test, less, thin, false);
	expect_within(test, thin, less, false);
	expect_within(test, some, other, false);
	expect_within(test, some, swapped, false);
	expect_within(test, every, some, false);
}

/* All pairs of two bits, in each of the two masks */
static void rights_within_bits(struct kunit *test)
{
	unsigned int few, many;

	for (few = 0; few < 64; few++) {
		for (many = 0; many < 64; many++) {
			const u64 a = BIT_ULL(few), b = BIT_ULL(many);
			const bool same = few == many;

			expect_within(test, (struct cloudabi_rights){ a, 0 },
				      (struct cloudabi_rights){ b, 0 }, same);
			expect_within(test, (struct cloudabi_rights){ 0, a },
				      (struct cloudabi_rights){ 0, b }, same);
			expect_within(test, (struct cloudabi_rights){ a, 0 },
				      (struct cloudabi_rights){ 0, b }, false);
		}
	}
}

static void filetype_of_mode(struct kunit *test)
{
	static const struct {
		umode_t mode;
		cloudabi_filetype_t type;
	} cases[] = {
		{ S_IFREG, CLOUDABI_FILETYPE_REGULAR_FILE },
		{ S_IFDIR, CLOUDABI_FILETYPE_DIRECTORY },
		{ S_IFLNK, CLOUDABI_FILETYPE_SYMBOLIC_LINK },
		{ S_IFBLK, CLOUDABI_FILETYPE_BLOCK_DEVICE },
		{ S_IFCHR, CLOUDABI_FILETYPE_CHARACTER_DEVICE },
		{ S_IFIFO, CLOUDABI_FILETYPE_SOCKET_STREAM },
		{ S_IFSOCK, CLOUDABI_FILETYPE_SOCKET_STREAM },
		{ 0, CLOUDABI_FILETYPE_UNKNOWN },
		{ S_IFMT, CLOUDABI_FILETYPE_UNKNOWN },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const umode_t bits = S_IALLUGO & ~S_IFMT;

		KUNIT_EXPECT_EQ(test, cloudabi_filetype_of_mode(cases[i].mode),
				cases[i].type);
		KUNIT_EXPECT_EQ(test,
				cloudabi_filetype_of_mode(cases[i].mode | bits),
				cases[i].type);
	}
}

static const struct file_operations no_operations;

/* Creates an open file with only those fields that rights depend on. */
static struct file *make_file(struct kunit *test, umode_t type, fmode_t mode)
{
	struct super_block *const sb =
		kunit_kzalloc(test, sizeof(*sb), GFP_KERNEL);
	struct inode *const inode =
		kunit_kzalloc(test, sizeof(*inode), GFP_KERNEL);
	struct file *const file =
		kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sb);
	KUNIT_ASSERT_NOT_NULL(test, inode);
	KUNIT_ASSERT_NOT_NULL(test, file);
	inode->i_mode = type | 0600;
	inode->i_sb = sb;
	file->f_op = &no_operations;
	file->f_inode = inode;
	file->f_mode = mode;
	return file;
}

#define RDONLY FMODE_READ
#define WRONLY FMODE_WRITE
#define RDWR (FMODE_READ | FMODE_WRITE)

static void rights_inherited(struct kunit *test)
{
	static const struct {
		umode_t type;
		fmode_t mode;
		cloudabi_rights_t base, inheriting;
	} cases[] = {
		{ S_IFREG, RDWR | FMODE_LSEEK, REGULAR, 0 },
		{ S_IFREG, RDONLY | FMODE_LSEEK, 0x11c2800bf, 0 },
		{ S_IFREG, WRONLY | FMODE_LSEEK, 0x1103801fd, 0 },
		{ S_IFREG, FMODE_PATH, 0x100080000, 0 },
		{ S_IFDIR, RDONLY | FMODE_LSEEK, DIRECTORY, 0x11ffff7ff },
		{ S_IFDIR, FMODE_PATH, 0x3cf7600, 0x11ffff7ff },
		{ S_IFBLK, RDWR | FMODE_LSEEK, DEVICE, 0 },
		{ S_IFBLK, RDONLY | FMODE_LSEEK, 0x1c2800bf, 0 },
		{ S_IFCHR, RDWR | FMODE_LSEEK, DEVICE, 0 },
		{ S_IFCHR, RDWR, STREAM, 0 },
		{ S_IFCHR, RDONLY, 0x1008000a, 0 },
		{ S_IFCHR, WRONLY, 0x10080048, 0 },
		{ S_IFCHR, FMODE_PATH, 0x80000, 0 },
		{ S_IFIFO, RDWR, SOCKET, ALL },
		{ S_IFIFO, RDONLY, 0x801008000a, ALL },
		{ S_IFIFO, WRONLY, 0x8010080048, ALL },
		{ S_IFSOCK, FMODE_PATH, 0x80000, ALL },
		{ S_IFLNK, FMODE_PATH, 0, 0 },
		{ 0, RDWR | FMODE_LSEEK, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct file *const file =
			make_file(test, cases[i].type, cases[i].mode);

		expect_rights(test, cloudabi_rights_inherited(file),
			      cases[i].base, cases[i].inheriting);
	}
}

/* A regular file on a kernel-internal mount */
static void rights_of_anonymous_file(struct kunit *test)
{
	struct file *const file =
		make_file(test, S_IFREG, RDWR | FMODE_LSEEK);

	file_inode(file)->i_sb->s_flags = SB_NOUSER;
	KUNIT_EXPECT_EQ(test, cloudabi_filetype(file),
			CLOUDABI_FILETYPE_UNKNOWN);
	expect_rights(test, cloudabi_rights_inherited(file), 0, 0);
}

static void rights_of_memory(struct kunit *test)
{
	struct file *file;

	if (!IS_ENABLED(CONFIG_SHMEM))
		kunit_skip(test, "needs CONFIG_SHMEM");
	file = shmem_file_setup("cloudabi_rights", 0, VM_NORESERVE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, cloudabi_filetype(file),
			CLOUDABI_FILETYPE_SHARED_MEMORY);
	expect_rights(test, cloudabi_rights_inherited(file), MEMORY, 0);
	fput(file);
}

static struct kunit_case rights_cases[] = {
	KUNIT_CASE(rights_all),
	KUNIT_CASE(rights_by_type),
	KUNIT_CASE(rights_of_unknown_types),
	KUNIT_CASE(rights_covered),
	KUNIT_CASE(rights_within),
	KUNIT_CASE(rights_within_bits),
	KUNIT_CASE(filetype_of_mode),
	KUNIT_CASE(rights_inherited),
	KUNIT_CASE(rights_of_anonymous_file),
	KUNIT_CASE(rights_of_memory),
	{ }
};

static struct kunit_suite rights_suite = {
	.name = "cloudabi_rights",
	.test_cases = rights_cases,
};

kunit_test_suite(rights_suite);
