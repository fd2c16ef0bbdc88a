// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Tests of the table of file systems
 *
 * The kernel does not export its list of types, so the tests read it from
 * /proc/filesystems.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/string.h>

#include "filesystem.h"

/**
 * struct fstypes_row - A row of fstypes.h
 * @name: name of the type
 * @decision: the decision about changes
 * @reason: the reason
 */
struct fstypes_row {
	const char *name;
	const char *decision;
	const char *reason;
};

static const struct fstypes_row rows[] = {
#define FILESYSTEM(NAME, DECISION, REASON) { NAME, #DECISION, REASON },
#include "fstypes.h"
#undef FILESYSTEM
};

static const struct fstypes_row *fstypes_find_row(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static bool may_change(const char *name, int flags)
{
	struct file_system_type type = { .name = name, .fs_flags = flags };
	const struct super_block sb = { .s_type = &type };

	return cloudabi_sb_may_change(&sb);
}

static ssize_t fstypes_read(struct vfsmount *mnt, const char *name, char *buf,
			    size_t size)
{
	struct file *const file = file_open_root_mnt(mnt, name, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t len;

	if (IS_ERR(file))
		return PTR_ERR(file);
	len = kernel_read(file, buf, size, &pos);
	fput(file);
	return len;
}

/* Each line has "nodev" or nothing, a tab, and the name of a type. */
static char *read_registered(struct kunit *test)
{
	const size_t size = PAGE_SIZE;
	char *const buf = kunit_kzalloc(test, size, GFP_KERNEL);
	struct file_system_type *const proc = get_fs_type("proc");
	struct vfsmount *mnt;
	ssize_t len;

	if (!proc)
		kunit_skip(test, "needs /proc");
	KUNIT_ASSERT_NOT_NULL(test, buf);
	mnt = kern_mount(proc);
	put_filesystem(proc);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mnt);
	len = fstypes_read(mnt, "filesystems", buf, size);
	kern_unmount(mnt);
	KUNIT_ASSERT_GT(test, len, 0);
	KUNIT_ASSERT_LT(test, len, (ssize_t)size);
	return buf;
}

static void expect_decision(struct kunit *test, const char *name, bool device)
{
	const struct fstypes_row *const row = fstypes_find_row(name);

	if (device) {
		kunit_info(test, "%s: ALLOW, stores data on a device", name);
		KUNIT_EXPECT_NULL_MSG(test, row, "%s needs no row", name);
	} else if (row) {
		kunit_info(test, "%s: %s, %s", name, row->decision,
			   row->reason);
	} else {
		KUNIT_FAIL(test, "%s has no row", name);
	}
}

/* Each type of this kernel has a decision. */
static void filesystems_decided(struct kunit *test)
{
	char *lines = read_registered(test), *line;
	unsigned int n = 0;

	while ((line = strsep(&lines, "\n")) && *line) {
		char *const name = strchr(line, '\t');

		KUNIT_ASSERT_NOT_NULL(test, name);
		expect_decision(test, name + 1, name == line);
		n++;
	}
	/* At least tmpfs, pipefs, sockfs and proc */
	KUNIT_EXPECT_GE(test, n, 4);
}

/* Each row has a name of its own and a reason, and the code obeys it. */
static void filesystems_obeyed(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct fstypes_row *const row = &rows[i];

		KUNIT_EXPECT_PTR_EQ_MSG(test, fstypes_find_row(row->name), row,
					"%s has two rows", row->name);
		KUNIT_EXPECT_GT_MSG(test, strlen(row->reason), 3,
				    "%s has no reason", row->name);
		KUNIT_EXPECT_EQ_MSG(test, may_change(row->name, 0),
				    !strcmp(row->decision, "ALLOW"), "%s",
				    row->name);
	}
}

/* An unknown type is refused, unless it stores data on a block device. */
static void filesystems_unknown(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, may_change("newfs", 0));
	KUNIT_EXPECT_FALSE(test, may_change("newfs", FS_USERNS_MOUNT));
	KUNIT_EXPECT_FALSE(test, may_change("tmpfs2", 0));
	KUNIT_EXPECT_FALSE(test, may_change("", 0));
	KUNIT_EXPECT_TRUE(test, may_change("newfs", FS_REQUIRES_DEV));
}

static struct kunit_case filesystems_cases[] = {
	KUNIT_CASE(filesystems_decided),
	KUNIT_CASE(filesystems_obeyed),
	KUNIT_CASE(filesystems_unknown),
	{ }
};

static struct kunit_suite filesystems_suite = {
	.name = "cloudabi_filesystems",
	.test_cases = filesystems_cases,
};

kunit_test_suite(filesystems_suite);
