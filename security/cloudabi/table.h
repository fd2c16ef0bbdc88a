/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - The rights table: descriptor -> {file, base, inheriting}
 *
 * Each process has one table, which its threads share.  The descriptors
 * themselves stay in the files_struct of Linux; the table adds the rights of
 * each.  A descriptor that another part of the kernel installs has no entry,
 * and so no rights.
 *
 * Handlers look a descriptor up by CLASS(cloudabi_fd), and work on the file
 * that they find, never on the number.  The top of table.c explains how
 * look-ups and changes work together.
 */
#ifndef _SECURITY_CLOUDABI_TABLE_H
#define _SECURITY_CLOUDABI_TABLE_H

#include <linux/cleanup.h>
#include <linux/file.h>

#include "process.h"
#include "rights.h"

/**
 * struct cloudabi_fd - A descriptor that was looked up
 * @f: the file, which cannot go away until fdput()
 * @nr: number of the descriptor, for messages only
 * @rights: the rights that the descriptor had together with the file
 * @error: 0, or the reason why there is no file
 */
struct cloudabi_fd {
	struct fd f;
	unsigned int nr;
	struct cloudabi_rights rights;
	int error;
};

/**
 * struct cloudabi_fds - Descriptors that were all open at the same moment
 * @n: number of descriptors
 * @fds: the file of each, with a reference, and its rights
 */
struct cloudabi_fds {
	unsigned int n;
	struct {
		struct file *file;
		struct cloudabi_rights rights;
	} fds[] __counted_by(n);
};

/* table.c */
int cloudabi_proc_inherit_files(struct cloudabi_proc *proc);
int cloudabi_proc_install_files(struct cloudabi_proc *proc,
				const struct cloudabi_fds *fds);
int cloudabi_fd_reserve(void);
void cloudabi_fd_install(unsigned int fd, struct file *file,
			 const struct cloudabi_rights *rights);
int cloudabi_fd_restrict(unsigned int fd, const struct cloudabi_rights *rights);
int cloudabi_fd_replace(unsigned int from, unsigned int to);
int cloudabi_fd_close(unsigned int fd);

/* lookup.c */
bool cloudabi_proc_rights(struct cloudabi_proc *proc, unsigned int fd,
			  const struct file *file,
			  struct cloudabi_rights *rights);
void cloudabi_fd_lookup(struct cloudabi_fd *f, unsigned int fd,
			cloudabi_rights_t required);
void cloudabi_fd_lookup_unchecked(struct cloudabi_fd *f, unsigned int fd);
int cloudabi_fd_check(const struct cloudabi_fd *f, cloudabi_rights_t base,
		      cloudabi_rights_t inheriting);
struct cloudabi_fds *cloudabi_fds_get(const cloudabi_fd_t *numbers,
				      unsigned int n);
void cloudabi_fds_put(struct cloudabi_fds *fds);

DEFINE_FREE(cloudabi_fds, struct cloudabi_fds *, cloudabi_fds_put(_T))

/**
 * cloudabi_fd_get - Look up a descriptor
 * @fd: number of the descriptor
 * @required: base rights that it must have
 *
 * Context: Process context.  May sleep.
 * Return: the descriptor, see cloudabi_fd_lookup().
 */
static __always_inline struct cloudabi_fd
cloudabi_fd_get(unsigned int fd, cloudabi_rights_t required)
{
	struct cloudabi_fd f;

	cloudabi_fd_lookup(&f, fd, required);
	return f;
}

/*
 * CLASS(cloudabi_fd, f)(number, rights) looks up a descriptor, which stays
 * valid while f is in scope.  The caller tests f.error first.  This is
 * DEFINE_CLASS() written out: its constructor is a function, which would copy
 * the structure once more.
 */
typedef struct cloudabi_fd class_cloudabi_fd_t;

static __always_inline void class_cloudabi_fd_destructor(struct cloudabi_fd *f)
{
	fdput(f->f);
}

static __always_inline struct cloudabi_fd
class_cloudabi_fd_constructor(unsigned int fd, cloudabi_rights_t required)
{
	return cloudabi_fd_get(fd, required);
}

static __always_inline struct cloudabi_fd
cloudabi_fd_get_unchecked(unsigned int fd)
{
	struct cloudabi_fd f;

	cloudabi_fd_lookup_unchecked(&f, fd);
	return f;
}

/* CLASS(cloudabi_fd_unchecked, f)(number) does not check rights. */
DEFINE_CLASS(cloudabi_fd_unchecked, struct cloudabi_fd, fdput(_T.f),
	     cloudabi_fd_get_unchecked(fd), unsigned int fd)

static inline void cloudabi_fd_unreserve(int fd)
{
	if (fd >= 0)
		put_unused_fd(fd);
}

/*
 * CLASS(cloudabi_fd_reserve, fd)() reserves a number for a new descriptor; fd
 * is the number, or a negative errno.  The end of the scope releases the
 * number, unless cloudabi_fd_commit() has used it.
 */
DEFINE_CLASS(cloudabi_fd_reserve, int, cloudabi_fd_unreserve(_T),
	     cloudabi_fd_reserve(), void)

/**
 * cloudabi_fd_commit - Install a file under a reserved number
 * @reserved: the reservation, which ends
 * @file: the file; the caller's reference is consumed
 * @rights: rights of the new descriptor
 *
 * Context: Process context.  May sleep.
 * Return: the number.
 */
static inline cloudabi_fd_t
cloudabi_fd_commit(int *reserved, struct file *file,
		   const struct cloudabi_rights *rights)
{
	const int fd = *reserved;

	*reserved = -1;
	cloudabi_fd_install(fd, file, rights);
	return fd;
}

#endif /* _SECURITY_CLOUDABI_TABLE_H */
