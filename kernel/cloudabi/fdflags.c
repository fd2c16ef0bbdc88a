// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Flags of open files
 *
 * Linux has two levels of synchronous writing, CloudABI has three flags which a
 * program must get back as it has set them.  What Linux acts upon is in O_DSYNC
 * and O_SYNC; what was asked for is kept in f_flags, too, in bits that only mean
 * something while a file is being opened.
 */

#include <linux/fs.h>
#include <linux/security.h>

#include "fdflags.h"

#define ASKED_DSYNC O_CREAT
#define ASKED_RSYNC O_NOCTTY
#define ASKED_SYNC O_EXCL
#define ASKED (ASKED_DSYNC | ASKED_RSYNC | ASKED_SYNC)

/* All that fd_stat_put() replaces */
#define FDFLAGS (O_APPEND | O_NONBLOCK | O_SYNC | ASKED)

static unsigned int asked(cloudabi_fdflags_t fdflags)
{
	return (fdflags & CLOUDABI_FDFLAG_DSYNC ? ASKED_DSYNC : 0) |
	       (fdflags & CLOUDABI_FDFLAG_RSYNC ? ASKED_RSYNC : 0) |
	       (fdflags & CLOUDABI_FDFLAG_SYNC ? ASKED_SYNC : 0);
}

/**
 * cloudabi_fdflags_to_open - Flags as Linux acts upon them
 * @fdflags: the flags; unknown ones are ignored
 *
 * Return: flags of open().
 */
unsigned int cloudabi_fdflags_to_open(cloudabi_fdflags_t fdflags)
{
	const cloudabi_fdflags_t sync =
		CLOUDABI_FDFLAG_SYNC | CLOUDABI_FDFLAG_RSYNC;

	return (fdflags & CLOUDABI_FDFLAG_APPEND ? O_APPEND : 0) |
	       (fdflags & CLOUDABI_FDFLAG_NONBLOCK ? O_NONBLOCK : 0) |
	       (fdflags & CLOUDABI_FDFLAG_DSYNC ? O_DSYNC : 0) |
	       (fdflags & sync ? O_SYNC : 0);
}

/**
 * cloudabi_fdflags_get - Flags of an open file
 * @file: the file, opened by Linux or CloudABI
 */
cloudabi_fdflags_t cloudabi_fdflags_get(const struct file *file)
{
	const unsigned int flags = READ_ONCE(file->f_flags);
	cloudabi_fdflags_t fdflags =
		(flags & O_APPEND ? CLOUDABI_FDFLAG_APPEND : 0) |
		(flags & O_NONBLOCK ? CLOUDABI_FDFLAG_NONBLOCK : 0);

	if (flags & ASKED)
		return fdflags |
		       (flags & ASKED_DSYNC ? CLOUDABI_FDFLAG_DSYNC : 0) |
		       (flags & ASKED_RSYNC ? CLOUDABI_FDFLAG_RSYNC : 0) |
		       (flags & ASKED_SYNC ? CLOUDABI_FDFLAG_SYNC : 0);
	if ((flags & O_SYNC) == O_SYNC)
		fdflags |= CLOUDABI_FDFLAG_SYNC;
	else if (flags & O_DSYNC)
		fdflags |= CLOUDABI_FDFLAG_DSYNC;
	return fdflags;
}

/**
 * cloudabi_fdflags_init - Remember the flags that a file was opened with
 * @file: the file, just opened with cloudabi_fdflags_to_open()
 * @fdflags: the flags
 */
void cloudabi_fdflags_init(struct file *file, cloudabi_fdflags_t fdflags)
{
	spin_lock(&file->f_lock);
	file->f_flags |= asked(fdflags);
	spin_unlock(&file->f_lock);
}

/**
 * cloudabi_fdflags_put - Replace the flags of an open file
 * @file: the file
 * @fdflags: the new flags; unknown ones are ignored
 *
 * Does what F_SETFL does, and what it can't do: the flags of synchronous
 * writing.
 *
 * Return: 0; -EPERM for taking away the append flag of an append-only file;
 * what the file says.
 */
int cloudabi_fdflags_put(struct file *file, cloudabi_fdflags_t fdflags)
{
	const unsigned int flags = cloudabi_fdflags_to_open(fdflags);
	int error;

	if (!(flags & O_APPEND) && (file->f_flags & O_APPEND) &&
	    IS_APPEND(file_inode(file)))
		return -EPERM;
	error = security_file_fcntl(file, F_SETFL, flags);
	if (error)
		return error;
	if (file->f_op->check_flags) {
		error = file->f_op->check_flags(flags);
		if (error)
			return error;
	}

	spin_lock(&file->f_lock);
	file->f_flags = (file->f_flags & ~FDFLAGS) | flags | asked(fdflags);
	file->f_iocb_flags = iocb_flags(file);
	spin_unlock(&file->f_lock);
	return 0;
}
