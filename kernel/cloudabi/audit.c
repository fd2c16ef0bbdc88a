// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Permission classes of calls, for audit rules
 *
 * An audit rule with a permission filter matches calls that read files, write
 * files, execute files or change attributes (AUDIT_PERM_*).  A call has the
 * classes that Linux gives to its equivalent.  There are two additions.  Times
 * are attributes.  A call that creates or truncates a file writes to it, even
 * if it opens the file for reading only.
 *
 * A call that reads, writes or maps an open file has no class: the record of
 * file_open() has reported the access already.
 */

#include <linux/array_size.h>
#include <linux/audit.h>
#include <linux/cloudabi_audit.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/nospec.h>

#include "../../security/cloudabi/task.h"
#include "cloudabi.h"

#define READS AUDIT_PERM_READ
#define WRITES AUDIT_PERM_WRITE
#define EXECUTES AUDIT_PERM_EXEC
#define CHANGES AUDIT_PERM_ATTR
/* The arguments decide; see cloudabi_audit_perm().  No AUDIT_PERM_* bit. */
#define DEPENDS 0x80
static_assert(!(DEPENDS & (READS | WRITES | EXECUTES | CHANGES)));

/* Classes by call.  A call without a line here does not compile. */
enum {
	PERM_clock_res_get = 0,
	PERM_clock_time_get = 0,
	PERM_condvar_signal = 0,
	PERM_fd_close = 0,
	PERM_fd_create1 = 0,
	PERM_fd_create2 = 0,
	PERM_fd_datasync = 0,
	PERM_fd_dup = 0,
	PERM_fd_pread = 0,
	PERM_fd_pwrite = 0,
	PERM_fd_read = 0,
	PERM_fd_replace = 0,
	PERM_fd_seek = 0,
	PERM_fd_stat_get = 0,
	PERM_fd_stat_put = 0,
	PERM_fd_sync = 0,
	PERM_fd_write = 0,
	PERM_file_advise = 0,
	PERM_file_allocate = WRITES,
	PERM_file_create = WRITES,
	PERM_file_link = WRITES | CHANGES,
	PERM_file_open = DEPENDS,
	PERM_file_readdir = 0,
	PERM_file_readlink = READS,
	PERM_file_rename = WRITES,
	PERM_file_stat_fget = 0,
	PERM_file_stat_fput = DEPENDS,
	PERM_file_stat_get = 0,
	PERM_file_stat_put = CHANGES,
	PERM_file_symlink = WRITES,
	PERM_file_unlink = WRITES,
	PERM_lock_unlock = 0,
	PERM_mem_advise = 0,
	PERM_mem_map = 0,
	PERM_mem_protect = 0,
	PERM_mem_sync = 0,
	PERM_mem_unmap = 0,
	PERM_poll = 0,
	PERM_proc_exec = EXECUTES,
	PERM_proc_exit = 0,
	PERM_proc_fork = 0,
	PERM_proc_raise = 0,
	PERM_random_get = 0,
	PERM_sock_recv = 0,
	PERM_sock_send = 0,
	PERM_sock_shutdown = 0,
	PERM_thread_create = 0,
	PERM_thread_exit = 0,
	PERM_thread_yield = 0,
};

static const u8 audit_perms[] = {
#define CALL_PERM(nr, name, ...) [nr] = PERM_##name,
	CLOUDABI_CALLS(CALL_PERM)
};

/*
 * @flags: how file_open() opened the file.  The access mode follows from the
 * requested rights; O_CREAT means that the call created the file.
 */
static unsigned int audit_open_perm(unsigned int flags)
{
	const fmode_t mode = OPEN_FMODE(flags);

	return (mode & FMODE_READ ? READS : 0) |
	       (mode & FMODE_WRITE || flags & (O_CREAT | O_TRUNC) ? WRITES : 0);
}

/**
 * cloudabi_audit_perm - Permission classes of a call
 * @nr: number of the call, which need not be in the table
 * @args: its first four arguments
 *
 * Context: Process context, the task that made the call, at its end.
 * Return: AUDIT_PERM_* bits of the accesses that the call made or attempted.
 */
unsigned int cloudabi_audit_perm(unsigned int nr, const unsigned long *args)
{
	if (nr >= ARRAY_SIZE(audit_perms))
		return 0;
	nr = array_index_nospec(nr, ARRAY_SIZE(audit_perms));
	switch (nr) {
	case CLOUDABI_NR_file_open:
		return audit_open_perm(cloudabi_task_blob(current)->open_flags);
	case CLOUDABI_NR_file_stat_fput:
		return (cloudabi_fsflags_t)args[2] == CLOUDABI_FILESTAT_SIZE ?
			       WRITES : CHANGES;
	default:
		return audit_perms[nr];
	}
}
