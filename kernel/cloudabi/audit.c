// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - What calls do to files, for rules of audit
 *
 * A rule with a permission wants calls that read, write, execute or change
 * attributes.  A call has what the calls of Linux have that do the same.  Where
 * those have nothing though something changes, ours have it: times are
 * attributes, and a file that is created or cut is written to, even if it is
 * opened for reading alone.  What is done to an open file later is not told of:
 * to read, write or map it is what it was opened for.
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
/* None of these bits, but a sign that it depends. */
#define DEPENDS 0x80

/* By call; one without a decision does not compile. */
enum {
	DOES_clock_res_get = 0,
	DOES_clock_time_get = 0,
	DOES_condvar_signal = 0,
	DOES_fd_close = 0,
	DOES_fd_create1 = 0,
	DOES_fd_create2 = 0,
	DOES_fd_datasync = 0,
	DOES_fd_dup = 0,
	DOES_fd_pread = 0,
	DOES_fd_pwrite = 0,
	DOES_fd_read = 0,
	DOES_fd_replace = 0,
	DOES_fd_seek = 0,
	DOES_fd_stat_get = 0,
	DOES_fd_stat_put = 0,
	DOES_fd_sync = 0,
	DOES_fd_write = 0,
	DOES_file_advise = 0,
	DOES_file_allocate = WRITES,
	DOES_file_create = WRITES,
	DOES_file_link = WRITES | CHANGES,
	DOES_file_open = DEPENDS,
	DOES_file_readdir = 0,
	DOES_file_readlink = READS,
	DOES_file_rename = WRITES,
	DOES_file_stat_fget = 0,
	DOES_file_stat_fput = DEPENDS,
	DOES_file_stat_get = 0,
	DOES_file_stat_put = CHANGES,
	DOES_file_symlink = WRITES,
	DOES_file_unlink = WRITES,
	DOES_lock_unlock = 0,
	DOES_mem_advise = 0,
	DOES_mem_map = 0,
	DOES_mem_protect = 0,
	DOES_mem_sync = 0,
	DOES_mem_unmap = 0,
	DOES_poll = 0,
	DOES_proc_exec = EXECUTES,
	DOES_proc_exit = 0,
	DOES_proc_fork = 0,
	DOES_proc_raise = 0,
	DOES_random_get = 0,
	DOES_sock_recv = 0,
	DOES_sock_send = 0,
	DOES_sock_shutdown = 0,
	DOES_thread_create = 0,
	DOES_thread_exit = 0,
	DOES_thread_yield = 0,
};

static const u8 does[] = {
#define CALL_DOES(nr, name, ...) [nr] = DOES_##name,
	CLOUDABI_CALLS(CALL_DOES)
};

/* The access mode of the rights, and whether anything was made or cut. */
static unsigned int open_does(unsigned int flags)
{
	const fmode_t mode = OPEN_FMODE(flags);

	return (mode & FMODE_READ ? READS : 0) |
	       (mode & FMODE_WRITE || flags & (O_CREAT | O_TRUNC) ? WRITES : 0);
}

/**
 * cloudabi_audit_perm - What a call did, or tried to do, to files
 * @nr: its number, which may be that of none
 * @args: its first four arguments
 *
 * Context: the call that the caller comes from, which is over.
 * Return: AUDIT_PERM_*, any number of them.
 */
unsigned int cloudabi_audit_perm(unsigned int nr, const unsigned long *args)
{
	if (nr >= ARRAY_SIZE(does))
		return 0;
	nr = array_index_nospec(nr, ARRAY_SIZE(does));
	switch (nr) {
	case CLOUDABI_NR_file_open:
		return open_does(cloudabi_task_blob(current)->open_flags);
	case CLOUDABI_NR_file_stat_fput:
		return (cloudabi_fsflags_t)args[2] == CLOUDABI_FILESTAT_SIZE ?
			       WRITES : CHANGES;
	default:
		return does[nr];
	}
}
