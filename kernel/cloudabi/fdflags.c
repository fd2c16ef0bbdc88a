// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Flags of open files
 *
 * Linux has two levels of synchronous writing.  The ABI has three flags, and a
 * program must read back the flags that it has set:
 *
 *	FDFLAG_DSYNC	O_DSYNC		FMODE_CLOUDABI_DSYNC
 *	FDFLAG_RSYNC	O_SYNC		FMODE_CLOUDABI_RSYNC
 *	FDFLAG_SYNC	O_SYNC		FMODE_CLOUDABI_SYNC
 *
 * The second column has the bits of f_flags, which Linux acts upon.  The third
 * column has the bits of f_mode, which record the flags that the program has
 * set.  They are not in f_flags, because a Linux program that shares the file
 * sees all of f_flags.
 */

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/security.h>
#include <linux/spinlock.h>

#include "fdflags.h"

/* include/linux/fs.h says that these bits are free. */
#define FMODE_CLOUDABI_DSYNC ((__force fmode_t)BIT(8))
#define FMODE_CLOUDABI_RSYNC ((__force fmode_t)BIT(13))
#define FMODE_CLOUDABI_SYNC ((__force fmode_t)BIT(30))
#define FMODE_CLOUDABI \
	(FMODE_CLOUDABI_DSYNC | FMODE_CLOUDABI_RSYNC | FMODE_CLOUDABI_SYNC)

/* The flags that fd_stat_put() replaces */
#define FDFLAGS_OPEN (O_APPEND | O_NONBLOCK | O_SYNC)

static fmode_t fdflags_to_fmode(cloudabi_fdflags_t fdflags)
{
	fmode_t mode = 0;

	if (fdflags & CLOUDABI_FDFLAG_DSYNC)
		mode |= FMODE_CLOUDABI_DSYNC;
	if (fdflags & CLOUDABI_FDFLAG_RSYNC)
		mode |= FMODE_CLOUDABI_RSYNC;
	if (fdflags & CLOUDABI_FDFLAG_SYNC)
		mode |= FMODE_CLOUDABI_SYNC;
	return mode;
}

/**
 * cloudabi_fdflags_to_open - Convert flags of the ABI to those of open()
 * @fdflags: the flags; unknown flags are ignored
 *
 * Context: Any.
 * Return: O_* flags.
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

/* A Linux program leaves the bits of f_mode 0, and f_flags decide. */
static cloudabi_fdflags_t fdflags_from_sync(unsigned int flags, fmode_t mode)
{
	if (mode & FMODE_CLOUDABI)
		return (mode & FMODE_CLOUDABI_DSYNC ? CLOUDABI_FDFLAG_DSYNC : 0) |
		       (mode & FMODE_CLOUDABI_RSYNC ? CLOUDABI_FDFLAG_RSYNC : 0) |
		       (mode & FMODE_CLOUDABI_SYNC ? CLOUDABI_FDFLAG_SYNC : 0);
	if ((flags & O_SYNC) == O_SYNC)
		return CLOUDABI_FDFLAG_SYNC;
	return flags & O_DSYNC ? CLOUDABI_FDFLAG_DSYNC : 0;
}

/**
 * cloudabi_fdflags_get - Get the flags of an open file
 * @file: the file; a Linux program may have opened it
 *
 * Context: Any, except where f_lock of the file is held.
 * Return: flags of the ABI.
 */
cloudabi_fdflags_t cloudabi_fdflags_get(struct file *file)
{
	unsigned int flags;
	fmode_t mode;

	/* Another task may replace both; do not mix old and new flags. */
	scoped_guard(spinlock, &file->f_lock) {
		flags = file->f_flags;
		mode = file->f_mode;
	}
	return (flags & O_APPEND ? CLOUDABI_FDFLAG_APPEND : 0) |
	       (flags & O_NONBLOCK ? CLOUDABI_FDFLAG_NONBLOCK : 0) |
	       fdflags_from_sync(flags, mode);
}

/**
 * cloudabi_fdflags_init - Remember the flags that a file was opened with
 * @file: the file, just opened with the flags of cloudabi_fdflags_to_open()
 * @fdflags: the flags
 *
 * Context: Process context.
 */
void cloudabi_fdflags_init(struct file *file, cloudabi_fdflags_t fdflags)
{
	spin_lock(&file->f_lock);
	file->f_mode |= fdflags_to_fmode(fdflags);
	spin_unlock(&file->f_lock);
}

/**
 * cloudabi_fdflags_put - Replace the flags of an open file
 * @file: the file
 * @seen: its flags when the rights to replace them were checked
 * @fdflags: the new flags; unknown flags are ignored
 *
 * Does what setfl() of fs/fcntl.c does, and also changes the flags of
 * synchronous writing.  If another task has set the append flag since @seen was
 * read, it stays: the caller may lack the right to clear it.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EPERM for clearing the append flag of an append-only file; errors
 * of the security modules and of the file.
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
	file->f_flags = (file->f_flags & ~FDFLAGS_OPEN) | flags;
	file->f_mode = (file->f_mode & ~FMODE_CLOUDABI) |
		       fdflags_to_fmode(fdflags);
	file->f_iocb_flags = iocb_flags(file);
	spin_unlock(&file->f_lock);
	return 0;
}
