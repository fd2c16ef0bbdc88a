/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - The rights table: descriptor -> {file, base, inheriting}
 *
 * A thread group has one table, shared by its threads.  The descriptors
 * themselves stay in the files_struct; the table says which rights each has.
 * An entry only counts together with the file that it was made for, so that a
 * descriptor which some other part of the kernel installs has no rights.
 *
 * Lifetime: struct cloudabi_proc is made by exec or fork of a CloudABI process
 * and goes with its last task.  Each task's blob holds a reference.
 *
 * Locking: all changes are made under cloudabi_proc::lock; it nests outside of
 * files_struct::file_lock.  Nobody closes a file, touches user memory or waits
 * for anything but memory under it, except that proc_fork() copies the whole
 * process, so that the copies of table and descriptors agree.  Readers take no
 * lock: they get the file first, then read its entry under RCU and the entry's
 * sequence counter, and believe it if it names that very file.
 */
#ifndef _SECURITY_CLOUDABI_TABLE_H
#define _SECURITY_CLOUDABI_TABLE_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/refcount.h>

#include "rights.h"

struct cloudabi_denials;
struct cloudabi_table;

/**
 * struct cloudabi_proc - A CloudABI process
 * @users: number of tasks
 * @lock: serialises changes of the table and of the descriptors
 * @table: the rights table, replaced under RCU when it grows
 * @exit: CLOUDABI_PROC_EXITED and the code of the first proc_exit(), 0 before it
 * @denials: limit of what is recorded of refusals
 */
struct cloudabi_proc {
	refcount_t users;
	struct mutex lock; /* changes of the table and the descriptors */
	struct cloudabi_table __rcu *table;
	u64 exit;
	struct cloudabi_denials *denials;
};

#define CLOUDABI_PROC_EXITED BIT_ULL(32)

/**
 * struct cloudabi_fd - A descriptor that was looked up
 * @f: the file; keeps it from going away
 * @nr: number of the descriptor, for messages only
 * @rights: the rights that the descriptor had together with that file
 * @error: 0, or why there is no file
 */
struct cloudabi_fd {
	struct fd f;
	unsigned int nr;
	struct cloudabi_rights rights;
	int error;
};

/**
 * struct cloudabi_fds - Descriptors that were open at one and the same moment
 * @n: number of descriptors
 * @fds: their files, which are held, and their rights
 */
struct cloudabi_fds {
	unsigned int n;
	struct {
		struct file *file;
		struct cloudabi_rights rights;
	} fds[] __counted_by(n);
};

struct cloudabi_proc *cloudabi_proc_alloc(unsigned int size);
struct cloudabi_proc *cloudabi_proc_copy(struct cloudabi_proc *parent);
void cloudabi_proc_put(struct cloudabi_proc *proc);
int cloudabi_proc_inherit_files(struct cloudabi_proc *proc);
int cloudabi_proc_install_files(struct cloudabi_proc *proc,
				const struct cloudabi_fds *fds);
cloudabi_exitcode_t cloudabi_proc_exit(struct cloudabi_proc *proc,
				       cloudabi_exitcode_t code);
cloudabi_exitcode_t cloudabi_proc_exitcode(const struct cloudabi_proc *proc,
					   cloudabi_exitcode_t otherwise);
bool cloudabi_proc_rights(struct cloudabi_proc *proc, unsigned int fd,
			  const struct file *file,
			  struct cloudabi_rights *rights);

void cloudabi_fd_lookup(struct cloudabi_fd *f, unsigned int fd,
			cloudabi_rights_t need);
void cloudabi_fd_lookup_unchecked(struct cloudabi_fd *f, unsigned int fd);
int cloudabi_fd_check(const struct cloudabi_fd *f, cloudabi_rights_t base,
		      cloudabi_rights_t inheriting);
int cloudabi_fd_reserve(void);
void cloudabi_fd_install(unsigned int fd, struct file *file,
			 const struct cloudabi_rights *rights);
int cloudabi_fd_restrict(unsigned int fd, const struct cloudabi_rights *rights);
int cloudabi_fd_replace(unsigned int from, unsigned int to);
int cloudabi_fd_close(unsigned int fd);

struct cloudabi_fds *cloudabi_fds_get(const cloudabi_fd_t *numbers,
				      unsigned int n);
void cloudabi_fds_put(struct cloudabi_fds *fds);

DEFINE_FREE(cloudabi_fds, struct cloudabi_fds *, cloudabi_fds_put(_T))

/**
 * cloudabi_fd_get - Look a descriptor up
 * @fd: number of the descriptor
 * @need: base rights that it must have
 *
 * Return: the descriptor, see cloudabi_fd_lookup().
 */
static __always_inline struct cloudabi_fd
cloudabi_fd_get(unsigned int fd, cloudabi_rights_t need)
{
	struct cloudabi_fd f;

	cloudabi_fd_lookup(&f, fd, need);
	return f;
}

/*
 * CLASS(cloudabi_fd, f)(number, rights) looks a descriptor up for as long as f
 * is in scope.  f.error must be tested first.  As DEFINE_CLASS() would define it,
 * but never as a function, which would copy.
 */
typedef struct cloudabi_fd class_cloudabi_fd_t;

static __always_inline void class_cloudabi_fd_destructor(struct cloudabi_fd *f)
{
	fdput(f->f);
}

static __always_inline struct cloudabi_fd
class_cloudabi_fd_constructor(unsigned int fd, cloudabi_rights_t need)
{
	return cloudabi_fd_get(fd, need);
}

static __always_inline struct cloudabi_fd cloudabi_fd_get_unchecked(unsigned int fd)
{
	struct cloudabi_fd f;

	cloudabi_fd_lookup_unchecked(&f, fd);
	return f;
}

/* CLASS(cloudabi_fd_unchecked, f)(number): of a descriptor that is handed on. */
DEFINE_CLASS(cloudabi_fd_unchecked, struct cloudabi_fd, fdput(_T.f),
	     cloudabi_fd_get_unchecked(fd), unsigned int fd)

static inline void cloudabi_fd_unreserve(int fd)
{
	if (fd >= 0)
		put_unused_fd(fd);
}

/*
 * CLASS(cloudabi_fd_reserve, fd)() is a number for a descriptor to come, or an
 * error.  The number is given back at the end of the scope unless it has been
 * handed to cloudabi_fd_commit().
 */
DEFINE_CLASS(cloudabi_fd_reserve, int, cloudabi_fd_unreserve(_T),
	     cloudabi_fd_reserve(), void)

/**
 * cloudabi_fd_commit - Install a file in a reserved number
 * @reserved: the reservation, which ends
 * @file: the file; the caller's reference is consumed
 * @rights: rights of the descriptor
 *
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
