// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - The rights table: changes
 *
 * The files_struct of Linux maps a number to a file, and the rights table maps
 * the same number to rights.  No store can change both at once.  Nevertheless
 * each look-up must find a file and rights that were both current at one moment
 * of the call: neither the old file with the rights of the new one, nor the
 * other way round.  lookup.c takes no lock to achieve that.
 *
 * File-identity check: an entry names the file that its rights are for.  A
 * look-up gets the file first, then reads the entry, and uses the rights only
 * if the entry names that file.  Comparing pointers is enough, because the
 * look-up's reference keeps the memory of the file from becoming another file.
 *
 * Changes hold cloudabi_proc::lock, and keep this order:
 *
 *	install	write the entry, then fd_install()
 *	close	clear the entry, then file_close_fd()
 *	replace	file_close_fd(), write the entry, then f_dupfd()
 *
 * So the entry exists before the file is visible, and no entry outlives its
 * file.  In the middle of a replacement a look-up finds no file, or the old
 * file and the entry of the new one.  It then repeats under the lock, as a
 * descriptor that is replaced must never look closed:
 *
 *	look-up of 3			cloudabi_fd_replace(5, 3)
 *
 *					mutex_lock()
 *	fdget_raw(3): old file
 *					file_close_fd(3)
 *					entry 3 = {new file, rights of 5}
 *	entry 3 names another file
 *	fdput(old file)
 *	mutex_lock() waits
 *					f_dupfd(3): new file
 *					mutex_unlock()
 *	fdget_raw(3): new file
 *	entry 3 names it: use its rights
 *	mutex_unlock()
 *
 * cloudabi_fd_reserve() allocates numbers under the lock too, so that no other
 * thread gets the number 3 between file_close_fd() and f_dupfd().
 *
 * Sequence counter: an entry has three words.  table_set_entry() makes the
 * counter odd while it writes them; a look-up that saw an odd or a changed
 * counter reads the entry again.  Preemption is off meanwhile: a preempted writer would
 * keep look-ups spinning.  The functions used here do not need the lockdep map
 * of the counter, so a counter in zeroed memory is initialised.
 *
 * RCU: a table has a fixed size and never shrinks.  table_reserve() copies it
 * into a larger one, publishes that with rcu_assign_pointer() and frees the old
 * one after a grace period.  A look-up that still reads the old table finds the
 * entry of the moment when the table grew, which is a moment of its call.
 *
 * fork: proc_fork() holds the lock while Linux copies the process, so that the
 * copies of table and files_struct agree.  cloudabi_table_copy() may copy the
 * sequence counters as they are, because under the lock all of them are even.
 *
 * Lock order: cloudabi_proc::lock, then files_struct::file_lock.  A holder of
 * cloudabi_proc::lock may allocate memory.  It must not close a file or access
 * user memory, because another program can make both block for any time.  The
 * only exception is proc_fork(), which copies the whole process.
 */

#include <linux/cleanup.h>
#include <linux/cloudabi_errno.h>
#include <linux/fdtable.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/close_range.h>

#include "accounted.h"
#include "denied.h"
#include "process.h"
#include "table.h"
#include "task.h"

/* Most programs have fewer descriptors, so that their table never grows. */
#define TABLE_SIZE_MIN 16

/**
 * cloudabi_table_alloc - Allocate an empty table
 * @size: number of descriptors to make room for
 *
 * Context: Process context.  May sleep.
 * Return: the table, or NULL if there is no memory.
 */
struct cloudabi_table *cloudabi_table_alloc(unsigned int size)
{
	struct cloudabi_table *table;

	size = roundup_pow_of_two(max_t(unsigned int, size, TABLE_SIZE_MIN));
	table = cloudabi_kvmalloc(struct_size(table, entries, size),
				  __GFP_ZERO);
	if (table)
		table->size = size;
	return table;
}

/**
 * cloudabi_table_copy - Copy a table
 * @from: the table, whose process is locked by the caller
 *
 * Context: Process context.  May sleep.
 * Return: the copy, or NULL if there is no memory.
 */
struct cloudabi_table *cloudabi_table_copy(const struct cloudabi_table *from)
{
	const size_t size = struct_size(from, entries, from->size);
	struct cloudabi_table *const table = cloudabi_kvmalloc(size, 0);

	return table ? memcpy(table, from, size) : NULL;
}

static void table_set_entry(struct cloudabi_entry *entry,
			    const struct file *file,
			    const struct cloudabi_rights *rights)
{
	guard(preempt)();
	raw_write_seqcount_begin(&entry->seq);
	WRITE_ONCE(entry->file, file);
	WRITE_ONCE(entry->rights.base, rights->base);
	WRITE_ONCE(entry->rights.inheriting, rights->inheriting);
	raw_write_seqcount_end(&entry->seq);
}

static void table_clear_entry(struct cloudabi_entry *entry)
{
	table_set_entry(entry, NULL, &(const struct cloudabi_rights){ 0, 0 });
}

/* Makes room for the number @fd. */
static int table_reserve(struct cloudabi_proc *proc, unsigned int fd)
{
	struct cloudabi_table *const old = cloudabi_table_locked(proc);
	struct cloudabi_table *table;
	unsigned int i;

	lockdep_assert_held(&proc->lock);
	if (likely(fd < old->size))
		return 0;

	table = cloudabi_table_alloc(fd + 1);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < old->size; i++) {
		table->entries[i].file = old->entries[i].file;
		table->entries[i].rights = old->entries[i].rights;
	}
	rcu_assign_pointer(proc->table, table);
	kvfree_rcu(old, rcu);
	return 0;
}

/**
 * struct table_inherit - Argument of the callbacks below
 * @proc: the process that gets the descriptors
 * @size: the highest number of a descriptor, plus 1
 */
struct table_inherit {
	struct cloudabi_proc *proc;
	unsigned int size;
};

static int table_count_file(const void *data, struct file *file,
			    unsigned int fd)
{
	struct table_inherit *const inherit = (struct table_inherit *)data;

	inherit->size = fd + 1;
	return 0;
}

static int table_inherit_file(const void *data, struct file *file,
			      unsigned int fd)
{
	const struct table_inherit *const inherit = data;
	const struct cloudabi_rights rights = cloudabi_rights_inherited(file);
	struct cloudabi_table *const table =
		cloudabi_table_locked(inherit->proc);

	table_set_entry(cloudabi_table_entry(table, fd), file, &rights);
	return 0;
}

/**
 * cloudabi_proc_inherit_files - Give rights to the descriptors of a Linux task
 * @proc: a process with an empty table
 *
 * Each open descriptor of the caller gets all rights that its file type and its
 * open mode allow.
 *
 * Context: Process context, in exec.  May sleep.  No other task shares the
 * caller's files_struct.
 * Return: 0, or -ENOMEM.
 */
int cloudabi_proc_inherit_files(struct cloudabi_proc *proc)
{
	struct table_inherit inherit = { .proc = proc };
	int error;

	guard(mutex)(&proc->lock);
	iterate_fd(current->files, 0, table_count_file, &inherit);
	if (!inherit.size)
		return 0;
	error = table_reserve(proc, inherit.size - 1);
	if (error)
		return error;
	iterate_fd(current->files, 0, table_inherit_file, &inherit);
	return __close_range(0, ~0U, CLOSE_RANGE_CLOEXEC);
}

/**
 * cloudabi_proc_install_files - Install the first descriptors of a process
 * @proc: a process with an empty table, which has room for all of @fds
 * @fds: the descriptors to install as 0, 1, ...
 *
 * RLIMIT_NOFILE does not count here: it may have been lowered after the caller
 * opened the descriptors.
 *
 * Context: Process context, in exec.  May sleep.  The caller has no open
 * descriptors, and no other task shares its files_struct.
 * Return: 0, or -ENOMEM.
 */
int cloudabi_proc_install_files(struct cloudabi_proc *proc,
				const struct cloudabi_fds *fds)
{
	struct cloudabi_table *table;
	unsigned int i;
	int fd;

	guard(mutex)(&proc->lock);
	table = cloudabi_table_locked(proc);
	for (i = 0; i < fds->n; i++) {
		fd = __get_unused_fd_flags(O_CLOEXEC, fds->n);
		if (fd < 0)
			return fd;
		table_set_entry(cloudabi_table_entry(table, fd),
				fds->fds[i].file, &fds->fds[i].rights);
		fd_install(fd, get_file(fds->fds[i].file));
	}
	return 0;
}

/**
 * cloudabi_fd_reserve - Reserve a number for a new descriptor
 *
 * A handler reserves the number before it does anything that it cannot undo.
 * The steps that can follow, cloudabi_fd_install() and put_unused_fd(), cannot
 * fail.
 *
 * To Linux, all descriptors are close-on-exec.  proc_exec() takes references to
 * the descriptors that the new program gets before Linux closes them.
 *
 * Context: Process context.  May sleep.
 * Return: the number; -EMFILE; -ENOMEM.
 */
int cloudabi_fd_reserve(void)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	int fd, error;

	guard(mutex)(&proc->lock);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	error = table_reserve(proc, fd);
	if (error) {
		put_unused_fd(fd);
		return error;
	}
	return fd;
}

/* A file gets no rights that the directory it is opened in does not pass on. */
static struct cloudabi_rights
table_limit_opened(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t limit =
		cloudabi_call_nr() == CLOUDABI_NR_file_open ?
			cloudabi_task_blob(current)->fd_rights.inheriting :
			~0ULL;

	return (struct cloudabi_rights){ rights->base & limit,
					 rights->inheriting & limit };
}

/**
 * cloudabi_fd_install - Install a file under a reserved number
 * @fd: the number
 * @file: the file; the caller's reference is consumed
 * @rights: rights of the new descriptor
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_fd_install(unsigned int fd, struct file *file,
			 const struct cloudabi_rights *rights)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	const struct cloudabi_rights limited = table_limit_opened(rights);

	guard(mutex)(&proc->lock);
	table_set_entry(cloudabi_table_entry(cloudabi_table_locked(proc), fd),
			file, &limited);
	fd_install(fd, file);
}

/**
 * cloudabi_fd_restrict - Take rights away from a descriptor
 * @fd: number of the descriptor
 * @rights: the rights that remain
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF if the number is not open; -ENOTCAPABLE if @rights has a
 * right that the descriptor lacks, in which case nothing changes.
 */
int cloudabi_fd_restrict(unsigned int fd, const struct cloudabi_rights *rights)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *entry;

	guard(mutex)(&proc->lock);
	entry = cloudabi_entry_open(proc, fd);
	if (!entry)
		return -EBADF;
	if (!cloudabi_rights_within(rights, &entry->rights)) {
		cloudabi_log_denied_right(fd, entry->file, rights,
					  &entry->rights);
		return -ENOTCAPABLE;
	}
	table_set_entry(entry, entry->file, rights);
	return 0;
}

/**
 * cloudabi_fd_replace - Make a descriptor a copy of another one
 * @from: number of the descriptor to copy
 * @to: number of the descriptor to replace
 *
 * To other threads @to is open all the time, see the top of this file.
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF if @from or @to is not open; -EMFILE if @to is not below
 * RLIMIT_NOFILE.
 */
int cloudabi_fd_replace(unsigned int from, unsigned int to)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *source, *target;
	struct file *file, *old = NULL;
	int error = 0;

	scoped_guard(mutex, &proc->lock) {
		source = cloudabi_entry_open(proc, from);
		target = cloudabi_entry_open(proc, to);
		if (!source || !target)
			return -EBADF;
		if (source == target)
			return 0;
		if (to >= rlimit(RLIMIT_NOFILE))
			return -EMFILE;
		file = fget_raw(from);
		if (!file)
			return -EBADF;

		old = file_close_fd(to);
		table_set_entry(target, file, &source->rights);
		error = f_dupfd(to, file, O_CLOEXEC);
		if (error < 0)
			table_clear_entry(target);
		fput(file);
	}
	if (old)
		filp_close(old, current->files);
	return min(error, 0);
}

/**
 * cloudabi_fd_close - Close a descriptor
 * @fd: number of the descriptor
 *
 * Context: Process context.  May sleep.
 * Return: 0; -EBADF if the number is not open; an error of flushing the file,
 * in which case the descriptor is closed nevertheless.
 */
int cloudabi_fd_close(unsigned int fd)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *entry;
	struct file *file;

	scoped_guard(mutex, &proc->lock) {
		entry = cloudabi_entry_open(proc, fd);
		if (!entry)
			return -EBADF;
		table_clear_entry(entry);
		file = file_close_fd(fd);
	}
	return file ? filp_close(file, current->files) : -EBADF;
}
