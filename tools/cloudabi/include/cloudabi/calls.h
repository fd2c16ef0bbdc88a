/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - The calls
 *
 * There are two functions for each call, with the prototype of the ABI's table, which
 * Documentation/userspace-api/cloudabi/abi.rst describes:
 *   - cloudabi_sys_<call>()   calls through the vDSO; for all programs.  Returns ENOSYS
 *                             if the kernel lacks the call.
 *   - cloudabi_trap_<call>()  executes the system call instruction, whether or not there is
 *                             a vDSO.  For start-up code and tests.
 *
 * Functions with other names are helpers for common sequences of calls.
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
 * cloudabi_exit() - End the process
 * @code: its exit code
 *
 * Falls back to a trap if the vDSO lacks the call, as there is nothing to return to.
 */
__attribute__((__noreturn__)) static inline void cloudabi_exit(cloudabi_exitcode_t code)
{
	cloudabi_sys_proc_exit(code);
	cloudabi_trap_proc_exit(code);
	__builtin_trap();
}

/**
 * cloudabi_lookup() - Make the first argument of calls that look up a path
 * @fd: descriptor of the directory where the path starts
 * @flags: 0, or CLOUDABI_LOOKUP_SYMLINK_FOLLOW to follow a symlink at the end of the path
 *
 * Return: the argument, by value.
 */
static inline cloudabi_lookup_t cloudabi_lookup(cloudabi_fd_t fd, cloudabi_lookupflags_t flags)
{
	const cloudabi_lookup_t lookup = { .fd = fd, .flags = flags };

	return lookup;
}

/**
 * cloudabi_open() - Open a file with exactly the rights that are needed
 * @dir: descriptor of the directory where @path starts
 * @path: path beneath @dir, ended by a NUL; symlinks are followed
 * @oflags: set of CLOUDABI_O_*
 * @base: rights of the new descriptor
 * @inheriting: rights of descriptors that are opened through it, at most
 * @fd: set to the new descriptor, which the caller must close
 *
 * Return: 0, or an errno of file_open: ENOTCAPABLE if @dir lacks a right that the call requires,
 * or if its inheriting rights lack a right in @base or @inheriting.
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
 * cloudabi_read() - Read once into one buffer
 * @fd: descriptor to read from
 * @buf: the buffer
 * @len: size of @buf in bytes
 * @nread: set to the number of bytes read; zero at the end of the file
 *
 * Return: 0, or an errno of fd_read.
 */
static inline cloudabi_errno_t cloudabi_read(cloudabi_fd_t fd, void *buf, size_t len,
					     cloudabi_size_t *nread)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = len };

	return cloudabi_sys_fd_read(fd, &iov, 1, nread);
}

/**
 * cloudabi_write_all() - Write a buffer, in as many calls as it takes
 * @fd: descriptor to write to
 * @buf: the buffer
 * @len: length of its content in bytes
 *
 * Return: 0 if everything was written; the errno of the first call that failed, or EIO if a call
 * wrote nothing.  After an error, the caller cannot tell how much was written.
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
 * cloudabi_copy() - Copy from one descriptor to another, up to the end of the file
 * @from: descriptor to read from
 * @to: descriptor to write to
 *
 * Uses 16 KiB of stack.
 *
 * Return: 0, or the errno of the first call that failed.
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

/**
 * cloudabi_dirent_next() - Take the next entry out of a buffer of file_readdir()
 * @buf: the buffer
 * @used: number of bytes that file_readdir() has stored in @buf
 * @pos: offset of the entry in @buf; advanced to the next entry
 * @entry: set to the header of the entry
 *
 * file_readdir() fills the buffer completely and may truncate the last entry, even within
 * its header.  The @d_next of the last complete entry is the cookie to continue with.
 * Entries are packed and may be unaligned, so the header is copied.
 *
 * Return: the name in @buf, which has @d_namlen bytes and no NUL; NULL if no complete entry
 * is left.
 */
static inline const char *cloudabi_dirent_next(const char *buf, size_t used, size_t *pos,
					       cloudabi_dirent_t *entry)
{
	const char *const start = buf + *pos;
	const size_t left = used - *pos;

	if (left < sizeof(*entry))
		return NULL;
	memcpy(entry, start, sizeof(*entry));
	if (left - sizeof(*entry) < entry->d_namlen)
		return NULL;
	*pos += sizeof(*entry) + entry->d_namlen;
	return start + sizeof(*entry);
}

#endif /* _CLOUDABI_CALLS_H */
