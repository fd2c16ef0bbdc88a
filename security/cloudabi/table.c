// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - The rights table
 */

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <uapi/linux/close_range.h>

#include "../../kernel/cloudabi/errno.h"
#include "accounted.h"
#include "required.h"
#include "denied.h"
#include "table.h"
#include "task.h"

/**
 * struct cloudabi_entry - The rights of one descriptor
 * @seq: odd while the entry is being changed
 * @file: the file that the rights are for, NULL if there are none
 * @rights: the rights
 *
 * @file is compared, never followed: it is the descriptor that keeps the file.
 */
struct cloudabi_entry {
	seqcount_t seq;
	const struct file *file;
	struct cloudabi_rights rights;
};

/**
 * struct cloudabi_table - Entries by descriptor number
 * @rcu: frees the table after its last reader
 * @size: number of entries
 * @entries: the entries
 */
struct cloudabi_table {
	struct rcu_head rcu;
	unsigned int size;
	struct cloudabi_entry entries[] __counted_by(size);
};

/* Numbers below this one need no growing. */
#define TABLE_SIZE_MIN 16

/* How many descriptors are looked up without a look at signals. */
#define AT_ONCE 1024

static struct cloudabi_table *table_alloc(unsigned int size)
{
	struct cloudabi_table *table;

	size = roundup_pow_of_two(max_t(unsigned int, size, TABLE_SIZE_MIN));
	table = cloudabi_kvmalloc(struct_size(table, entries, size), __GFP_ZERO);
	if (table)
		table->size = size;
	return table;
}

/* A table that nobody changes: all counters are even. */
static struct cloudabi_table *table_copy(const struct cloudabi_table *from)
{
	const size_t size = struct_size(from, entries, from->size);
	struct cloudabi_table *const table = cloudabi_kvmalloc(size, 0);

	return table ? memcpy(table, from, size) : NULL;
}

static struct cloudabi_table *table_locked(const struct cloudabi_proc *proc)
{
	return rcu_dereference_protected(proc->table,
					 lockdep_is_held(&proc->lock));
}

static struct cloudabi_entry *table_entry(struct cloudabi_table *table,
					  unsigned int fd)
{
	if (fd >= table->size)
		return NULL;
	return &table->entries[array_index_nospec(fd, table->size)];
}

/* The counter of a preempted writer would keep readers spinning. */
static void entry_set(struct cloudabi_entry *entry, const struct file *file,
		      const struct cloudabi_rights *rights)
{
	guard(preempt)();
	raw_write_seqcount_begin(&entry->seq);
	WRITE_ONCE(entry->file, file);
	WRITE_ONCE(entry->rights.base, rights->base);
	WRITE_ONCE(entry->rights.inheriting, rights->inheriting);
	raw_write_seqcount_end(&entry->seq);
}

static void entry_clear(struct cloudabi_entry *entry)
{
	entry_set(entry, NULL, &(const struct cloudabi_rights){ 0, 0 });
}

/* Makes room for a number.  Entries only ever change under the lock. */
static int table_reserve(struct cloudabi_proc *proc, unsigned int fd)
{
	struct cloudabi_table *const old = table_locked(proc);
	struct cloudabi_table *table;
	unsigned int i;

	if (likely(fd < old->size))
		return 0;

	table = table_alloc(fd + 1);
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

/* Takes over the table, or NULL for one that could not be made. */
static struct cloudabi_proc *proc_make(struct cloudabi_table *table)
{
	struct cloudabi_denials *const denials = cloudabi_denials_get();
	struct cloudabi_proc *const proc =
		table && denials ? kzalloc(sizeof(*proc), GFP_KERNEL_ACCOUNT) :
				   NULL;

	if (!proc) {
		cloudabi_denials_put(denials);
		kvfree(table);
		return NULL;
	}
	refcount_set(&proc->users, 1);
	mutex_init(&proc->lock);
	RCU_INIT_POINTER(proc->table, table);
	proc->denials = denials;
	return proc;
}

/**
 * cloudabi_proc_alloc - Make a process without descriptors
 * @size: number of descriptors that there shall be room for
 *
 * Return: the process with one reference, NULL without memory.
 */
struct cloudabi_proc *cloudabi_proc_alloc(unsigned int size)
{
	return proc_make(table_alloc(size));
}

/**
 * cloudabi_proc_copy - Make a process with the rights of another
 * @parent: the other process, which must be the caller's
 *
 * The descriptors are copied elsewhere.  One that changed in between would be
 * without rights in the new process, and nobody there could close it.
 *
 * Context: the caller holds the lock until the descriptors are copied, too.
 * Return: the process with one reference, NULL without memory.
 */
struct cloudabi_proc *cloudabi_proc_copy(struct cloudabi_proc *parent)
{
	return proc_make(table_copy(table_locked(parent)));
}

/**
 * cloudabi_proc_put - Drop a reference
 * @proc: the process, or NULL
 *
 * Context: any; tasks are freed from softirqs.
 */
void cloudabi_proc_put(struct cloudabi_proc *proc)
{
	if (!proc || !refcount_dec_and_test(&proc->users))
		return;
	kvfree(rcu_dereference_protected(proc->table, true));
	cloudabi_denials_put(proc->denials);
	mutex_destroy(&proc->lock);
	kfree(proc);
}

struct inherit {
	struct cloudabi_proc *proc;
	unsigned int size;
};

static int count_file(const void *data, struct file *file, unsigned int fd)
{
	struct inherit *const inherit = (struct inherit *)data;

	inherit->size = fd + 1;
	return 0;
}

static int inherit_file(const void *data, struct file *file, unsigned int fd)
{
	const struct inherit *const inherit = data;
	const struct cloudabi_rights rights = cloudabi_rights_inherited(file);
	struct cloudabi_entry *const entry =
		table_entry(table_locked(inherit->proc), fd);

	entry_set(entry, file, &rights);
	return 0;
}

/**
 * cloudabi_proc_inherit_files - Enter all open descriptors of the caller
 * @proc: a process without entries
 *
 * Gives each the most rights that its type and open mode allow.  The caller's
 * descriptor table must be shared with nobody, as it is in exec.
 *
 * Return: 0, or -ENOMEM.
 */
int cloudabi_proc_inherit_files(struct cloudabi_proc *proc)
{
	struct inherit inherit = { .proc = proc };
	int error;

	guard(mutex)(&proc->lock);
	iterate_fd(current->files, 0, count_file, &inherit);
	if (!inherit.size)
		return 0;
	error = table_reserve(proc, inherit.size - 1);
	if (error)
		return error;
	iterate_fd(current->files, 0, inherit_file, &inherit);
	return __close_range(0, ~0U, CLOSE_RANGE_CLOEXEC);
}

/**
 * cloudabi_proc_install_files - Make the first descriptors of a process
 * @proc: a process without entries, with room for all of @fds
 * @fds: what the descriptors 0, 1, ... shall be
 *
 * The caller must have no descriptors, and share its table with nobody.
 * Numbers may go beyond a limit that was lowered meanwhile.
 *
 * Return: 0, or -ENOMEM.
 */
int cloudabi_proc_install_files(struct cloudabi_proc *proc,
				const struct cloudabi_fds *fds)
{
	unsigned int i;
	int fd;

	guard(mutex)(&proc->lock);
	for (i = 0; i < fds->n; i++) {
		fd = __get_unused_fd_flags(O_CLOEXEC, fds->n);
		if (fd < 0)
			return fd;
		entry_set(table_entry(table_locked(proc), fd),
			  fds->fds[i].file, &fds->fds[i].rights);
		fd_install(fd, get_file(fds->fds[i].file));
	}
	return 0;
}

/**
 * cloudabi_proc_exit - A thread says how the process shall end
 * @proc: the process
 * @code: the exit code
 *
 * Return: the exit code that the process has; the first one counts.
 */
cloudabi_exitcode_t cloudabi_proc_exit(struct cloudabi_proc *proc,
				       cloudabi_exitcode_t code)
{
	return (cmpxchg64(&proc->exit, 0, CLOUDABI_PROC_EXITED | code) ?: code) &
	       U32_MAX;
}

/**
 * cloudabi_proc_exitcode - Exit code of a process that was not killed
 * @proc: the process
 * @otherwise: its exit code if it has not called proc_exit()
 */
cloudabi_exitcode_t cloudabi_proc_exitcode(const struct cloudabi_proc *proc,
					   cloudabi_exitcode_t otherwise)
{
	return proc->exit & CLOUDABI_PROC_EXITED ? proc->exit & U32_MAX : otherwise;
}

/* See below; inlined where it is a part of every call. */
static __always_inline bool proc_rights(struct cloudabi_proc *proc,
					unsigned int fd,
					const struct file *file,
					struct cloudabi_rights *rights)
{
	const struct cloudabi_entry *entry;
	const struct file *owner;
	unsigned int seq;

	guard(rcu)();
	entry = table_entry(rcu_dereference(proc->table), fd);
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
 * cloudabi_proc_rights - Rights of a descriptor
 * @proc: the process
 * @fd: number of the descriptor
 * @file: what the caller found under that number, and holds
 * @rights: where to store the rights
 *
 * Whoever reads an entry that names @file, while holding @file since before,
 * has seen a pair that was true at one moment of the call: the entry is written
 * before the descriptor is installed and cleared before it is removed, and the
 * memory of a file that is held is not another file's.
 *
 * Context: any.  Takes no lock.
 * Return: false if the table does not know the descriptor as that file.
 */
bool cloudabi_proc_rights(struct cloudabi_proc *proc, unsigned int fd,
			  const struct file *file,
			  struct cloudabi_rights *rights)
{
	return proc_rights(proc, fd, file, rights);
}

/*
 * A descriptor that is being replaced can be seen with the file of before and
 * the entry of after.  Under the lock there is no such moment.
 */
static int fd_lookup_locked(struct cloudabi_fd *f, struct cloudabi_proc *proc)
{
	guard(mutex)(&proc->lock);
	f->f = fdget_raw(f->nr);
	if (fd_empty(f->f) ||
	    !proc_rights(proc, f->nr, fd_file(f->f), &f->rights))
		return -EBADF;
	return 0;
}

static int fd_require(const struct cloudabi_fd *f, cloudabi_rights_t base,
		     cloudabi_rights_t inheriting)
{
	const struct cloudabi_rights need = { base, inheriting };

	if (likely(cloudabi_rights_within(&need, &f->rights)))
		return 0;
	cloudabi_log_denied_right(f->nr, fd_file(f->f), &need, &f->rights);
	return -ENOTCAPABLE;
}

/* The slow way: something is missing, or there is a choice. */
static noinline int fd_require_for_call(const struct cloudabi_fd *f,
				   cloudabi_rights_t need)
{
	const int error = fd_require(f, need & ~CLOUDABI_REQUIRED_ANY_OF, 0);

	if (error || !(need & CLOUDABI_REQUIRED_ANY_OF))
		return error;
	return fd_require(f, cloudabi_required_any_of(f->rights.base), 0);
}

/* Without the lock first: with it only if the file is not the one that rights are for. */
static __always_inline int fd_find(struct cloudabi_fd *f, unsigned int fd,
				   struct cloudabi_proc *proc)
{
	f->nr = fd;
	f->f = fdget_raw(fd);
	if (!fd_empty(f->f) &&
	    likely(proc_rights(proc, fd, fd_file(f->f), &f->rights)))
		return 0;
	fdput(f->f);
	return fd_lookup_locked(f, proc);
}

static void fd_forget(struct cloudabi_fd *f)
{
	fdput(f->f);
	f->f = EMPTY_FD;
}

/**
 * cloudabi_fd_lookup - Look a descriptor up
 * @f: where to store it; to be released by fdput()
 * @fd: number of the descriptor; anything a user may say
 * @need: base rights that it must have
 *
 * The one way from a number to a file, by cloudabi_fd_get().  The file and the
 * rights belong together (they were both true at one moment), and whatever is
 * done must be done to this file, not to the number.
 *
 * What the call needs in any case is demanded here, too, whether the handler
 * says so or not.  The rights are kept for the hooks in confine.c.
 *
 * The error of the descriptor is -EBADF if the number is not open, and
 * -ENOTCAPABLE if a right is missing.
 */
void cloudabi_fd_lookup(struct cloudabi_fd *f, unsigned int fd,
			cloudabi_rights_t need)
{
	struct cloudabi_task *const blob = cloudabi_task_blob(current);

	need |= cloudabi_required_rights();
	f->error = fd_find(f, fd, blob->proc);
	if (!f->error) {
		blob->fd_rights = f->rights;
		if (likely(!(need & ~f->rights.base)))
			return;
		f->error = fd_require_for_call(f, need);
	}
	if (f->error)
		fd_forget(f);
}

/**
 * cloudabi_fd_lookup_unchecked - Look a descriptor up that a call does nothing to
 * @f: where to store it; to be released by fdput()
 * @fd: number of the descriptor; anything a user may say
 *
 * For those that are handed on as they are.  The call's needs are those of
 * another descriptor.
 */
void cloudabi_fd_lookup_unchecked(struct cloudabi_fd *f, unsigned int fd)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();

	f->error = fd_find(f, fd, proc);
	if (f->error)
		fd_forget(f);
}

/**
 * cloudabi_fd_check - Ask for rights of a descriptor
 * @f: the descriptor
 * @base: base rights that it must have
 * @inheriting: inheriting rights that it must have
 *
 * Return: 0, or -ENOTCAPABLE.
 */
int cloudabi_fd_check(const struct cloudabi_fd *f, cloudabi_rights_t base,
		      cloudabi_rights_t inheriting)
{
	return fd_require(f, base, inheriting);
}

/**
 * cloudabi_fd_reserve - Reserve a number for a new descriptor
 *
 * Comes before anything that can't be undone, since the rest can't fail: either
 * cloudabi_fd_install() or put_unused_fd().
 *
 * All descriptors are close-on-exec for Linux: exec takes those that it was
 * told to keep before the table goes.
 *
 * Return: the number, -EMFILE, or -ENOMEM.
 */
int cloudabi_fd_reserve(void)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	int fd, error;

	/* Allocation under the lock: a number that is replaced stays taken. */
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

/* What is opened has no rights but those that its directory passes on. */
static struct cloudabi_rights passed_on(const struct cloudabi_rights *rights)
{
	const cloudabi_rights_t most =
		cloudabi_call_nr() == CLOUDABI_NR_file_open ?
			cloudabi_task_blob(current)->fd_rights.inheriting :
			~0ULL;

	return (struct cloudabi_rights){ rights->base & most,
					 rights->inheriting & most };
}

/**
 * cloudabi_fd_install - Make a descriptor
 * @fd: its reserved number
 * @file: the file; the caller's reference is consumed
 * @rights: its rights
 */
void cloudabi_fd_install(unsigned int fd, struct file *file,
			 const struct cloudabi_rights *rights)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	const struct cloudabi_rights limited = passed_on(rights);

	guard(mutex)(&proc->lock);
	entry_set(table_entry(table_locked(proc), fd), file, &limited);
	fd_install(fd, file);
}

/* The entry of an open descriptor.  Requires the lock. */
static struct cloudabi_entry *entry_open(struct cloudabi_proc *proc,
					 unsigned int fd)
{
	struct cloudabi_entry *const entry = table_entry(table_locked(proc), fd);

	return entry && entry->file ? entry : NULL;
}

/**
 * cloudabi_fd_restrict - Take rights away from a descriptor
 * @fd: number of the descriptor
 * @rights: the rights that it shall have from now on
 *
 * Return: 0, -EBADF, or -ENOTCAPABLE if @rights has any that the descriptor
 * does not; nothing is changed then.
 */
int cloudabi_fd_restrict(unsigned int fd, const struct cloudabi_rights *rights)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *entry;

	guard(mutex)(&proc->lock);
	entry = entry_open(proc, fd);
	if (!entry)
		return -EBADF;
	if (!cloudabi_rights_within(rights, &entry->rights)) {
		cloudabi_log_denied_right(fd, entry->file, rights,
					  &entry->rights);
		return -ENOTCAPABLE;
	}
	entry_set(entry, entry->file, rights);
	return 0;
}

/**
 * cloudabi_fd_replace - Make a descriptor a copy of another
 * @from: number of the other descriptor
 * @to: number of the descriptor
 *
 * Nobody sees @to closed: for a moment there is no file under the number, but
 * whoever finds none asks again under the lock.  Nobody else gets the number,
 * since all are given out under the lock, too.
 *
 * Return: 0; -EBADF if one of the two is not open; -EMFILE if @to is beyond the
 * present limit.
 */
int cloudabi_fd_replace(unsigned int from, unsigned int to)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *source, *target;
	struct file *file, *old = NULL;
	int error = 0;

	scoped_guard(mutex, &proc->lock) {
		source = entry_open(proc, from);
		target = entry_open(proc, to);
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
		entry_set(target, file, &source->rights);
		error = f_dupfd(to, file, O_CLOEXEC);
		if (error < 0)
			entry_clear(target);
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
 * Return: 0, -EBADF, or what flushing the file said; the descriptor is gone in
 * the latter case, too.
 */
int cloudabi_fd_close(unsigned int fd)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_entry *entry;
	struct file *file;

	scoped_guard(mutex, &proc->lock) {
		entry = entry_open(proc, fd);
		if (!entry)
			return -EBADF;
		entry_clear(entry);
		file = file_close_fd(fd);
	}
	return file ? filp_close(file, current->files) : -EBADF;
}

/**
 * cloudabi_fds_get - Look many descriptors up at once
 * @numbers: their numbers, anything a user may say; duplicates are allowed
 * @n: how many there are
 *
 * Return: the descriptors, to be released by cloudabi_fds_put(); -EBADF if any
 * number is not open; -ENOMEM; -ERESTARTNOINTR if a signal came while there were
 * many.
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
			entry_open(proc, numbers[i]);
		struct file *const file = entry ? fget_raw(numbers[i]) : NULL;

		if (!file)
			return ERR_PTR(-EBADF);
		fds->n = i + 1;
		fds->fds[i].file = file;
		fds->fds[i].rights = entry->rights;
		if (fds->n % AT_ONCE == 0 && signal_pending(current))
			return ERR_PTR(-ERESTARTNOINTR);
		cond_resched();
	}
	return_ptr(fds);
}

/**
 * cloudabi_fds_put - Release descriptors
 * @fds: the descriptors, NULL, or an error
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
