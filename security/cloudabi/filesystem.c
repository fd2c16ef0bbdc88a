// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - File systems that may be changed
 *
 * A directory stands for all that is mounted beneath, and /sys or /proc may be
 * given to be read.  Root's uid, or the owner's, is enough to command the kernel
 * there, and no right of a descriptor means that.  So changes are for file
 * systems that keep data, and a new kind of any other is refused until somebody
 * has looked at it.
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
 * cloudabi_may_change - May a CloudABI task change something in a file system?
 * @sb: the file system
 *
 * Whether there is a right to is another question.  Devices, FIFOs and sockets
 * count as the file system that their name is in.
 *
 * Context: any, with any lock held.
 */
bool cloudabi_may_change(const struct super_block *sb)
{
	const struct file_system_type *const type = sb->s_type;

	return (type->fs_flags & FS_REQUIRES_DEV) ||
	       match_string(without_device, ARRAY_SIZE(without_device),
			    type->name) >= 0;
}
