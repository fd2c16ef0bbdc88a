/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - The calls
 *
 * Three ways to make one:
 *   - cloudabi_sys_<call>()   through the vDSO; the way for programs
 *   - cloudabi_trap_<call>()  traps into the kernel, whatever the vDSO has
 *   - helpers named otherwise, for what would be written again and again
 *
 * The first two have the prototype that the table gives the call.
 */
#ifndef _CLOUDABI_CALLS_H
#define _CLOUDABI_CALLS_H

#include "abi.h"
#include "string.h"
#include "vdso.h"

#define CLOUDABI_TRAP(name) static inline cloudabi_errno_t cloudabi_trap_##name
#include <linux/cloudabi_trap.h>

#define CLOUDABI_SYS_ARG(i, t, a) a
#define CLOUDABI_SYS(nr, name, nargs, args, nrets, rets)                                           \
	static inline cloudabi_errno_t cloudabi_sys_##name(                                        \
		CLOUDABI_PARAMS(nargs, args, nrets, rets))                                         \
	{                                                                                          \
		if (!cloudabi_vdso.name)                                                           \
			return CLOUDABI_ENOSYS;                                                    \
		return cloudabi_vdso.name(CLOUDABI_MAP(nargs, CLOUDABI_SYS_ARG, args)              \
					  CLOUDABI_JOIN(nargs, nrets, )                            \
					  CLOUDABI_MAP(nrets, CLOUDABI_SYS_ARG, rets));            \
	}
CLOUDABI_CALLS(CLOUDABI_SYS)
#undef CLOUDABI_SYS
#undef CLOUDABI_SYS_ARG

/**
 * cloudabi_exit - End the process
 * @code: its exit code
 *
 * Traps if the vDSO fails to do it, since there is nowhere to return to.
 */
__attribute__((__noreturn__)) static inline void cloudabi_exit(cloudabi_exitcode_t code)
{
	cloudabi_sys_proc_exit(code);
	cloudabi_trap_proc_exit(code);
	__builtin_trap();
}

/**
 * cloudabi_lookup - Where a path starts
 * @fd: the directory
 * @flags: zero or CLOUDABI_LOOKUP_SYMLINK_FOLLOW
 */
static inline cloudabi_lookup_t cloudabi_lookup(cloudabi_fd_t fd, cloudabi_lookupflags_t flags)
{
	const cloudabi_lookup_t lookup = { .fd = fd, .flags = flags };

	return lookup;
}

/**
 * cloudabi_open - Open a file for exactly what is to be done with it
 * @dir: the directory at which @path starts; its symbolic links are followed
 * @path: the name, ended by NUL
 * @oflags: CLOUDABI_O_*
 * @base: rights of the new descriptor
 * @inheriting: rights of descriptors made through it
 * @fd: set to the new descriptor
 */
static inline cloudabi_errno_t cloudabi_open(cloudabi_fd_t dir, const char *path,
					     cloudabi_oflags_t oflags, cloudabi_rights_t base,
					     cloudabi_rights_t inheriting, cloudabi_fd_t *fd)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = base,
		.fs_rights_inheriting = inheriting,
	};

	return cloudabi_sys_file_open(cloudabi_lookup(dir, CLOUDABI_LOOKUP_SYMLINK_FOLLOW), path,
				      strlen(path), oflags, &stat, fd);
}

/**
 * cloudabi_read - Read once into one buffer
 * @fd: what to read from
 * @buf: the buffer
 * @len: its length
 * @nread: set to the number of bytes read, zero at the end of the file
 */
static inline cloudabi_errno_t cloudabi_read(cloudabi_fd_t fd, void *buf, size_t len,
					     cloudabi_size_t *nread)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = len };

	return cloudabi_sys_fd_read(fd, &iov, 1, nread);
}

/**
 * cloudabi_write_all - Write all of a buffer, in as many calls as it takes
 * @fd: what to write to
 * @buf: the buffer
 * @len: its length
 *
 * Return: the errno of the first call that failed.
 */
static inline cloudabi_errno_t cloudabi_write_all(cloudabi_fd_t fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		const cloudabi_ciovec_t iov = { .buf = p, .buf_len = len };
		cloudabi_size_t done;
		const cloudabi_errno_t error = cloudabi_sys_fd_write(fd, &iov, 1, &done);

		if (error)
			return error;
		if (!done)
			return CLOUDABI_EIO;
		p += done;
		len -= done;
	}
	return CLOUDABI_ESUCCESS;
}

/**
 * cloudabi_copy - Write all that can be read
 * @from: what to read from, up to its end
 * @to: what to write to
 *
 * Return: the errno of the first call that failed.
 */
static inline cloudabi_errno_t cloudabi_copy(cloudabi_fd_t from, cloudabi_fd_t to)
{
	char buf[16384];

	for (;;) {
		cloudabi_size_t len;
		cloudabi_errno_t error = cloudabi_read(from, buf, sizeof(buf), &len);

		if (!error && len)
			error = cloudabi_write_all(to, buf, len);
		if (error || !len)
			return error;
	}
}

#endif /* _CLOUDABI_CALLS_H */
