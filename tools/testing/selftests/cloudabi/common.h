/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of calls
 *
 * For CloudABI programs. The functions return the result of the call, or its errno
 * as a negative number, so that an expectation fits on a line:
 *
 *	EXPECT_EQ(-CLOUDABI_EBADF, read_fd(99, buf, sizeof(buf)));
 */
#ifndef SELFTESTS_CLOUDABI_COMMON_H
#define SELFTESTS_CLOUDABI_COMMON_H

#include <cloudabi.h>

#include "cloudabi_harness.h"
#include "fixture.h"

/* Addresses that are unmapped, or outside user memory. */
#define BAD_POINTER ((void *)0x10)
#define KERNEL_POINTER ((void *)0xffff800000000000)

/* Numbers that are no descriptors; the second last is Linux's AT_FDCWD. */
static const cloudabi_fd_t bad_fds[] = {
	FIXTURE_NONE, FIXTURE_CLOSED, 1023, 1024, 65536, 0x7fffffff, 0x80000000, 0x80000003,
	0xffffff9c, 0xffffffff,
};

#define RESULT(error, value) ((error) ? -(long)(error) : (long)(value))

static inline long read_fd(cloudabi_fd_t fd, void *buf, size_t len)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = len };
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_read(fd, &iov, 1, &done);

	return RESULT(error, done);
}

static inline long write_fd(cloudabi_fd_t fd, const void *buf, size_t len)
{
	const cloudabi_ciovec_t iov = { .buf = buf, .buf_len = len };
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_write(fd, &iov, 1, &done);

	return RESULT(error, done);
}

static inline long pread_fd(cloudabi_fd_t fd, void *buf, size_t len, cloudabi_filesize_t offset)
{
	const cloudabi_iovec_t iov = { .buf = buf, .buf_len = len };
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_pread(fd, &iov, 1, offset, &done);

	return RESULT(error, done);
}

static inline long pwrite_fd(cloudabi_fd_t fd, const void *buf, size_t len,
			     cloudabi_filesize_t offset)
{
	const cloudabi_ciovec_t iov = { .buf = buf, .buf_len = len };
	cloudabi_size_t done = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_pwrite(fd, &iov, 1, offset, &done);

	return RESULT(error, done);
}

static inline long seek_fd(cloudabi_fd_t fd, cloudabi_filedelta_t delta, cloudabi_whence_t whence)
{
	cloudabi_filesize_t offset = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_seek(fd, delta, whence, &offset);

	return RESULT(error, offset);
}

static inline long tell_fd(cloudabi_fd_t fd)
{
	return seek_fd(fd, 0, CLOUDABI_WHENCE_CUR);
}

static inline long close_fd(cloudabi_fd_t fd)
{
	return -(long)cloudabi_sys_fd_close(fd);
}

static inline long dup_fd(cloudabi_fd_t from)
{
	cloudabi_fd_t fd = 0;
	const cloudabi_errno_t error = cloudabi_sys_fd_dup(from, &fd);

	return RESULT(error, fd);
}

static inline cloudabi_fdstat_t stat_of(cloudabi_fd_t fd)
{
	cloudabi_fdstat_t stat;

	memset(&stat, 0xff, sizeof(stat));
	cloudabi_sys_fd_stat_get(fd, &stat);
	return stat;
}

static inline cloudabi_rights_t base_of(cloudabi_fd_t fd)
{
	return stat_of(fd).fs_rights_base;
}

static inline cloudabi_rights_t inheriting_of(cloudabi_fd_t fd)
{
	return stat_of(fd).fs_rights_inheriting;
}

static inline cloudabi_fdflags_t flags_of(cloudabi_fd_t fd)
{
	return stat_of(fd).fs_flags;
}

static inline bool is_open(cloudabi_fd_t fd)
{
	cloudabi_fdstat_t stat;

	return !cloudabi_sys_fd_stat_get(fd, &stat);
}

/* fd_stat_put() of rights. */
static inline long limit(cloudabi_fd_t fd, cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = base,
		.fs_rights_inheriting = inheriting,
	};

	return -(long)cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
}

static inline long set_flags(cloudabi_fd_t fd, cloudabi_fdflags_t flags)
{
	const cloudabi_fdstat_t stat = { .fs_flags = flags };

	return -(long)cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_FLAGS);
}

/* Duplicates a descriptor with fewer rights. */
static inline long dup_limited(cloudabi_fd_t from, cloudabi_rights_t base,
			       cloudabi_rights_t inheriting)
{
	const long fd = dup_fd(from);
	long error;

	if (fd < 0)
		return fd;
	error = limit(fd, base, inheriting);
	if (error) {
		close_fd(fd);
		return error;
	}
	return fd;
}

static inline long dup_without(cloudabi_fd_t from, cloudabi_rights_t base)
{
	const cloudabi_fdstat_t stat = stat_of(from);

	return dup_limited(from, stat.fs_rights_base & ~base, stat.fs_rights_inheriting);
}

/* file_open() with all arguments; the path need not end in NUL. */
static inline long open_path(cloudabi_fd_t dir, cloudabi_lookupflags_t lookup, const char *path,
			     size_t len, cloudabi_oflags_t oflags, cloudabi_fdflags_t flags,
			     cloudabi_rights_t base, cloudabi_rights_t inheriting)
{
	const cloudabi_fdstat_t stat = {
		.fs_flags = flags,
		.fs_rights_base = base,
		.fs_rights_inheriting = inheriting,
	};
	cloudabi_fd_t fd = 0;
	const cloudabi_errno_t error =
		cloudabi_sys_file_open(cloudabi_lookup(dir, lookup), path, len, oflags, &stat, &fd);

	return RESULT(error, fd);
}

/* Opens without following a link at the end of the path. */
static inline long open_at(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			   cloudabi_rights_t base)
{
	return open_path(dir, 0, path, strlen(path), oflags, 0, base, 0);
}

static inline long open_follow(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			       cloudabi_rights_t base)
{
	return open_path(dir, CLOUDABI_LOOKUP_SYMLINK_FOLLOW, path, strlen(path), oflags, 0, base,
			 0);
}

/* Creates a file in the fixture's directory with all rights and the given contents. */
static inline long make_file(const char *name, const char *text)
{
	const long fd = open_at(FIXTURE_DIR, name, CLOUDABI_O_CREAT | CLOUDABI_O_EXCL,
				REGULAR_BASE);
	const size_t len = strlen(text);

	if (fd >= 0 && pwrite_fd(fd, text, len, 0) != (long)len)
		return -CLOUDABI_EIO;
	return fd;
}

/*
 * Opens both ends of a FIFO that no other process has open, the reader without
 * blocking; returns 0 or a negative errno. The harness keeps the fixture's pipes
 * open.
 */
static inline long open_fifo(cloudabi_fd_t *reader, cloudabi_fd_t *writer)
{
	const long in = open_path(FIXTURE_DIR, 0, "fifo_closed", 11, 0, CLOUDABI_FDFLAG_NONBLOCK,
				  R(FD_READ) | R(POLL_FD_READWRITE), 0);
	const long out = open_at(FIXTURE_DIR, "fifo_closed", 0, R(FD_WRITE));

	*reader = in;
	*writer = out;
	return in < 0 ? in : out < 0 ? out : 0;
}

/* Opens and closes: returns 0 if the path can be opened. */
static inline long try_open(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			    cloudabi_rights_t base)
{
	const long fd = open_at(dir, path, oflags, base);

	return fd < 0 ? fd : close_fd(fd);
}

static inline long try_follow(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			      cloudabi_rights_t base)
{
	const long fd = open_follow(dir, path, oflags, base);

	return fd < 0 ? fd : close_fd(fd);
}

/* Opens with base and inheriting rights, and flags of the descriptor. */
static inline long open_both(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			     cloudabi_fdflags_t flags, cloudabi_rights_t base,
			     cloudabi_rights_t inheriting)
{
	return open_path(dir, 0, path, strlen(path), oflags, flags, base, inheriting);
}

/* Opens like open_both(), and closes: returns 0 if that succeeds. */
static inline long try_both(cloudabi_fd_t dir, const char *path, cloudabi_oflags_t oflags,
			    cloudabi_fdflags_t flags, cloudabi_rights_t base)
{
	const long fd = open_both(dir, path, oflags, flags, base, 0);

	return fd < 0 ? fd : close_fd(fd);
}

/* The size of the file under a name, or a negative errno. */
static inline long size_at(cloudabi_fd_t dir, const char *path)
{
	const long fd = open_at(dir, path, 0, R(FD_SEEK));
	long size;

	if (fd < 0)
		return fd;
	size = seek_fd(fd, 0, CLOUDABI_WHENCE_END);
	close_fd(fd);
	return size;
}

/*
 * Returns the end of a mapped page that an unmapped page follows; NULL if that
 * fails.
 */
static inline char *map_edge(void)
{
	const size_t page = test_start->pagesz;
	void *mem = NULL;

	if (cloudabi_sys_mem_map(NULL, 2 * page, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
				 CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE, CLOUDABI_MAP_ANON_FD, 0,
				 &mem) ||
	    cloudabi_sys_mem_protect((char *)mem + page, page, 0))
		return NULL;
	return (char *)mem + page;
}

static inline void unmap_edge(char *end)
{
	cloudabi_sys_mem_unmap(end - test_start->pagesz, 2 * test_start->pagesz);
}

#endif /* SELFTESTS_CLOUDABI_COMMON_H */
