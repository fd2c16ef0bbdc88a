// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - File systems that a CloudABI task may change
 *
 * A program that was given a directory can reach all that is mounted beneath
 * it, and a user may give it /sys or /proc to read.  There, writing to a file
 * can control the kernel or other processes.  The kernel checks only the user
 * id or the mode of the file.  No right of a descriptor is meant to grant that
 * control.
 *
 * So only file systems that store data may be changed.  An unknown type is
 * refused until somebody has added a row for it to fstypes.h.
 */

#include <linux/array_size.h>
#include <linux/fs.h>
#include <linux/string.h>

#include "filesystem.h"

#define NAME_ALLOW(NAME) NAME,
#define NAME_DENY(NAME)

static const char *const without_device[] = {
#define FILESYSTEM(NAME, DECISION, REASON) NAME_##DECISION(NAME)
#include "fstypes.h"
#undef FILESYSTEM
};

/**
 * cloudabi_sb_may_change - May CloudABI tasks change this file system?
 * @sb: the file system
 *
 * The caller checks the right that the change requires.  A device, a FIFO or a
 * socket counts as part of the file system that its name is in.
 *
 * Context: Any.  The caller may hold any lock.
 * Return: true if CloudABI tasks may change it.
 */
bool cloudabi_sb_may_change(const struct super_block *sb)
{
	const struct file_system_type *const type = sb->s_type;

	return (type->fs_flags & FS_REQUIRES_DEV) ||
	       match_string(without_device, ARRAY_SIZE(without_device),
			    type->name) >= 0;
}
