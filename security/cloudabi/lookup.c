// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - The rights table: look-ups
 *
 * A look-up takes no lock unless the table and the descriptor disagree.  The
 * top of table.c explains why that is safe.
 */

#include <linux/cleanup.h>
#include <linux/cloudabi_errno.h>
#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "accounted.h"
#include "denied.h"
#include "process.h"
#include "required.h"
#include "table.h"
#include "task.h"

/* Number of descriptors after which cloudabi_fds_get() checks for signals */
#define LOOKUP_BATCH 1024

/* Inlined, because each call with a descriptor runs it. */
static __always_inline bool lookup_rights(struct cloudabi_proc *proc,
					  unsigned int fd,
					  const struct file *file,
					  struct cloudabi_rights *rights)
{
	const struct cloudabi_entry *entry;
	const struct file *owner;
	unsigned int seq;

	guard(rcu)();
	entry = cloudabi_table_entry(rcu_dereference(proc->table), fd);
	if (!entry)
		return false;
	do {
		seq = raw_read_seqcount_begin(&entry->seq);
		owner = READ_ONCE(entry->file);
		rights->base = READ_ONCE(entry->rights.base);
		rights->inheriting = READ_ONCE(entry->rights.inheriting);
	} while (read_seqcount_retry(&entry->seq, seq));
	return owner == file;
}

/**
 * cloudabi_proc_rights - Get the rights of a descriptor
 * @proc: the process
 * @fd: number of the descriptor
 * @file: the file that the caller found under the number and has a reference to
 * @rights: where to store the rights
 *
 * Context: Any.  Takes no lock.
 * Return: true if the table has rights for this number and this file.
 */
bool cloudabi_proc_rights(struct cloudabi_proc *proc, unsigned int fd,
			  const struct file *file,
			  struct cloudabi_rights *rights)
{
	return lookup_rights(proc, fd, file, rights);
}

/* Without the lock, cloudabi_fd_replace() may be between two of its steps. */
static int lookup_locked(struct cloudabi_fd *f, struct cloudabi_proc *proc)
{
	guard(mutex)(&proc->lock);
	f->f = fdget_raw(f->nr);
	if (fd_empty(f->f) ||
	    !lookup_rights(proc, f->nr, fd_file(f->f), &f->rights))
		return -EBADF;
	return 0;
}

static __always_inline int lookup_fd(struct cloudabi_fd *f, unsigned int fd,
				     struct cloudabi_proc *proc)
{
	f->nr = fd;
	f->f = fdget_raw(fd);
	if (!fd_empty(f->f) &&
	    likely(lookup_rights(proc, fd, fd_file(f->f), &f->rights)))
		return 0;
	fdput(f->f);
	return lookup_locked(f, proc);
}

/* The caller returns an error, so the descriptor must hold no file. */
static void lookup_drop(struct cloudabi_fd *f)
{
	fdput(f->f);
	f->f = EMPTY_FD;
}

static int lookup_check(const struct cloudabi_fd *f, cloudabi_rights_t base,
			cloudabi_rights_t inheriting)
{
	const struct cloudabi_rights required = { base, inheriting };

	if (likely(cloudabi_rights_within(&required, &f->rights)))
		return 0;
	cloudabi_log_denied_right(f->nr, fd_file(f->f), &required, &f->rights);
	return -ENOTCAPABLE;
}

/* The slow path: a right is missing, or the call requires any of several. */
static noinline int lookup_check_slow(const struct cloudabi_fd *f,
				      cloudabi_rights_t required)
{
	const int error =
		lookup_check(f, required & ~CLOUDABI_REQUIRED_ANY_OF, 0);

	if (error || !(required & CLOUDABI_REQUIRED_ANY_OF))
		return error;
	return lookup_check(f, cloudabi_required_any_of(f->rights.base), 0);
}

/**
 * cloudabi_fd_lookup - Look up a descriptor
 * @f: where to store it; to be released by fdput()
 * @fd: number of the descriptor, as the program passed it
 * @required: base rights that it must have
 *
 * This is the only way from a number to a file, by CLASS(cloudabi_fd).  File
 * and rights belong together: they were both current at one moment of the call.
 * So the caller must work on this file, never on the number.
 *
 * The look-up also checks the rights that the table of the ABI lists for the
 * current call, whether the handler asks for them or not.  It stores the rights
 * in the blob of the task, where the hooks of confine.c read them.
 *
 * f->error is -EBADF if the number is not open, and -ENOTCAPABLE if the
 * descriptor lacks a right.
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_fd_lookup(struct cloudabi_fd *f, unsigned int fd,
			cloudabi_rights_t required)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	required |= cloudabi_required_rights();
	f->error = lookup_fd(f, fd, blob->proc);
	if (!f->error) {
		blob->fd_rights = f->rights;
		if (likely(!(required & ~f->rights.base)))
			return;
		f->error = lookup_check_slow(f, required);
	}
	if (f->error)
		lookup_drop(f);
}

/**
 * cloudabi_fd_lookup_unchecked - Look up a descriptor without checking rights
 * @f: where to store it; to be released by fdput()
 * @fd: number of the descriptor, as the program passed it
 *
 * For a descriptor that the call passes on as it is.  The rights that the call
 * requires are those of another descriptor, which the call acts on.
 *
 * f->error is -EBADF if the number is not open.
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_fd_lookup_unchecked(struct cloudabi_fd *f, unsigned int fd)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();

	f->error = lookup_fd(f, fd, proc);
	if (f->error)
		lookup_drop(f);
}

/**
 * cloudabi_fd_check - Check further rights of a descriptor
 * @f: the descriptor
 * @base: base rights that it must have
 * @inheriting: inheriting rights that it must have
 *
 * Context: Process context.  May sleep.
 * Return: 0; -ENOTCAPABLE if the descriptor lacks one of the rights.
 */
int cloudabi_fd_check(const struct cloudabi_fd *f, cloudabi_rights_t base,
		      cloudabi_rights_t inheriting)
{
	return lookup_check(f, base, inheriting);
}

/**
 * cloudabi_fds_get - Look up many descriptors at once
 * @numbers: their numbers, as the program passed them; duplicates are allowed
 * @n: how many there are
 *
 * Context: Process context.  May sleep.
 * Return: the descriptors, to be released by cloudabi_fds_put(); -EBADF if any
 * number is not open; -ENOMEM; -ERESTARTNOINTR if a signal interrupts the
 * look-up of many descriptors.
 */
struct cloudabi_fds *cloudabi_fds_get(const cloudabi_fd_t *numbers,
				      unsigned int n)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_fds *fds __free(cloudabi_fds) =
		cloudabi_kvmalloc(struct_size(fds, fds, n), __GFP_ZERO);
	unsigned int i;

	if (!fds)
		return ERR_PTR(-ENOMEM);

	guard(mutex)(&proc->lock);
	for (i = 0; i < n; i++) {
		const struct cloudabi_entry *const entry =
			cloudabi_entry_open(proc, numbers[i]);
		struct file *const file = entry ? fget_raw(numbers[i]) : NULL;

		if (!file)
			return ERR_PTR(-EBADF);
		fds->n = i + 1;
		fds->fds[i].file = file;
		fds->fds[i].rights = entry->rights;
		if (fds->n % LOOKUP_BATCH == 0 && signal_pending(current))
			return ERR_PTR(-ERESTARTNOINTR);
		cond_resched();
	}
	return_ptr(fds);
}

/**
 * cloudabi_fds_put - Release descriptors
 * @fds: the descriptors, NULL, or an error
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_fds_put(struct cloudabi_fds *fds)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(fds))
		return;
	for (i = 0; i < fds->n; i++) {
		fput(fds->fds[i].file);
		cond_resched();
	}
	kvfree(fds);
}
