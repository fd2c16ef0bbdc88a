// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Flags of open files
 *
 * Linux has two levels of synchronous writing, CloudABI has three flags which a
 * program must get back as it has set them.  What Linux acts upon is in O_DSYNC
 * and O_SYNC.  What was asked for is kept in bits of f_mode that Linux has no use
 * for: f_flags is what Linux programs that share the file see and act by, and
 * there is not a bit in it that should not be there had they opened it.
 */

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/security.h>
#include <linux/spinlock.h>

#include "fdflags.h"

/* Those that linux/fs.h says are free. */
#define ASKED_DSYNC ((__force fmode_t)BIT(8))
#define ASKED_RSYNC ((__force fmode_t)BIT(13))
#define ASKED_SYNC ((__force fmode_t)BIT(30))
#define ASKED (ASKED_DSYNC | ASKED_RSYNC | ASKED_SYNC)

/* All that fd_stat_put() replaces */
#define FDFLAGS (O_APPEND | O_NONBLOCK | O_SYNC)

static fmode_t asked(cloudabi_fdflags_t fdflags)
{
	fmode_t mode = 0;

	if (fdflags & CLOUDABI_FDFLAG_DSYNC)
		mode |= ASKED_DSYNC;
	if (fdflags & CLOUDABI_FDFLAG_RSYNC)
		mode |= ASKED_RSYNC;
	if (fdflags & CLOUDABI_FDFLAG_SYNC)
		mode |= ASKED_SYNC;
	return mode;
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

/* What was asked for, or if that was a Linux program, what it comes to. */
static cloudabi_fdflags_t sync_flags(unsigned int flags, fmode_t mode)
{
	if (mode & ASKED)
		return (mode & ASKED_DSYNC ? CLOUDABI_FDFLAG_DSYNC : 0) |
		       (mode & ASKED_RSYNC ? CLOUDABI_FDFLAG_RSYNC : 0) |
		       (mode & ASKED_SYNC ? CLOUDABI_FDFLAG_SYNC : 0);
	if ((flags & O_SYNC) == O_SYNC)
		return CLOUDABI_FDFLAG_SYNC;
	return flags & O_DSYNC ? CLOUDABI_FDFLAG_DSYNC : 0;
}

/**
 * cloudabi_fdflags_get - Flags of an open file
 * @file: the file, opened by Linux or CloudABI
 */
cloudabi_fdflags_t cloudabi_fdflags_get(struct file *file)
{
	unsigned int flags;
	fmode_t mode;

	/* Both of one moment */
	scoped_guard(spinlock, &file->f_lock) {
		flags = file->f_flags;
		mode = file->f_mode;
	}
	return (flags & O_APPEND ? CLOUDABI_FDFLAG_APPEND : 0) |
	       (flags & O_NONBLOCK ? CLOUDABI_FDFLAG_NONBLOCK : 0) |
	       sync_flags(flags, mode);
}

/**
 * cloudabi_fdflags_init - Remember the flags that a file was opened with
 * @file: the file, just opened with cloudabi_fdflags_to_open()
 * @fdflags: the flags
 */
void cloudabi_fdflags_init(struct file *file, cloudabi_fdflags_t fdflags)
{
	spin_lock(&file->f_lock);
	file->f_mode |= asked(fdflags);
	spin_unlock(&file->f_lock);
}

/**
 * cloudabi_fdflags_put - Replace the flags of an open file
 * @file: the file
 * @seen: its flags when the caller was asked for the rights to replace them
 * @fdflags: the new flags; unknown ones are ignored
 *
 * Does what F_SETFL does, and what it can't do: the flags of synchronous
 * writing.  If somebody else sets the append flag meanwhile, it stays: the
 * caller may lack the right to take it away.
 *
 * Return: 0; -EPERM for taking away the append flag of an append-only file;
 * what the file says.
 */
int cloudabi_fdflags_put(struct file *file, cloudabi_fdflags_t seen,
			 cloudabi_fdflags_t fdflags)
{
	unsigned int flags = cloudabi_fdflags_to_open(fdflags);
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
	if (!(seen & CLOUDABI_FDFLAG_APPEND))
		flags |= file->f_flags & O_APPEND;
	file->f_flags = (file->f_flags & ~FDFLAGS) | flags;
	file->f_mode = (file->f_mode & ~ASKED) | asked(fdflags);
	file->f_iocb_flags = iocb_flags(file);
	spin_unlock(&file->f_lock);
	return 0;
}
