/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of calls on files
 *
 * The functions return the result of the call, or its errno as a negative number,
 * as in common.h.
 */
#ifndef SELFTESTS_CLOUDABI_FILECALLS_H
#define SELFTESTS_CLOUDABI_FILECALLS_H

#include "common.h"

#define FOLLOW CLOUDABI_LOOKUP_SYMLINK_FOLLOW
#define REMOVEDIR CLOUDABI_UNLINK_REMOVEDIR

static inline long make_dir(cloudabi_fd_t dir, const char *path)
{
	return -(long)cloudabi_sys_file_create(dir, path, strlen(path),
					       CLOUDABI_FILETYPE_DIRECTORY);
}

static inline long link_at(cloudabi_fd_t dir1, cloudabi_lookupflags_t flags, const char *path1,
			   cloudabi_fd_t dir2, const char *path2)
{
	return -(long)cloudabi_sys_file_link(cloudabi_lookup(dir1, flags), path1, strlen(path1),
					     dir2, path2, strlen(path2));
}

static inline long rename_at(cloudabi_fd_t dir1, const char *path1, cloudabi_fd_t dir2,
			     const char *path2)
{
	return -(long)cloudabi_sys_file_rename(dir1, path1, strlen(path1), dir2, path2,
					       strlen(path2));
}

static inline long symlink_at(const char *contents, cloudabi_fd_t dir, const char *path)
{
	return -(long)cloudabi_sys_file_symlink(contents, strlen(contents), dir, path,
						strlen(path));
}

static inline long readlink_at(cloudabi_fd_t dir, const char *path, void *buf, size_t len)
{
	cloudabi_size_t used = 0;
	const cloudabi_errno_t error =
		cloudabi_sys_file_readlink(dir, path, strlen(path), buf, len, &used);

	return RESULT(error, used);
}

static inline long unlink_at(cloudabi_fd_t dir, const char *path, cloudabi_ulflags_t flags)
{
	return -(long)cloudabi_sys_file_unlink(dir, path, strlen(path), flags);
}

static inline long stat_at(cloudabi_fd_t dir, cloudabi_lookupflags_t flags, const char *path,
			   cloudabi_filestat_t *stat)
{
	return -(long)cloudabi_sys_file_stat_get(cloudabi_lookup(dir, flags), path, strlen(path),
						 stat);
}

static inline long stat_fd(cloudabi_fd_t fd, cloudabi_filestat_t *stat)
{
	return -(long)cloudabi_sys_file_stat_fget(fd, stat);
}

static inline long put_at(cloudabi_fd_t dir, cloudabi_lookupflags_t lookup, const char *path,
			  const cloudabi_filestat_t *stat, cloudabi_fsflags_t flags)
{
	return -(long)cloudabi_sys_file_stat_put(cloudabi_lookup(dir, lookup), path, strlen(path),
						 stat, flags);
}

static inline long put_fd(cloudabi_fd_t fd, const cloudabi_filestat_t *stat,
			  cloudabi_fsflags_t flags)
{
	return -(long)cloudabi_sys_file_stat_fput(fd, stat, flags);
}

static inline long resize_fd(cloudabi_fd_t fd, cloudabi_filesize_t size)
{
	const cloudabi_filestat_t stat = { .st_size = size };

	return put_fd(fd, &stat, CLOUDABI_FILESTAT_SIZE);
}

static inline long readdir_fd(cloudabi_fd_t fd, void *buf, size_t len, cloudabi_dircookie_t cookie)
{
	cloudabi_size_t used = 0;
	const cloudabi_errno_t error = cloudabi_sys_file_readdir(fd, buf, len, cookie, &used);

	return RESULT(error, used);
}

static inline long advise_fd(cloudabi_fd_t fd, cloudabi_filesize_t offset, cloudabi_filesize_t len,
			     cloudabi_advice_t advice)
{
	return -(long)cloudabi_sys_file_advise(fd, offset, len, advice);
}

static inline long allocate_fd(cloudabi_fd_t fd, cloudabi_filesize_t offset,
			       cloudabi_filesize_t len)
{
	return -(long)cloudabi_sys_file_allocate(fd, offset, len);
}

/* The file type under a name, or a negative errno; does not follow a link. */
static inline long type_at(cloudabi_fd_t dir, const char *path)
{
	cloudabi_filestat_t stat;
	const long error = stat_at(dir, 0, path, &stat);

	return error ? error : stat.st_filetype;
}

/* The number of links of the file under a name, or a negative errno. */
static inline long links_at(cloudabi_fd_t dir, const char *path)
{
	cloudabi_filestat_t stat;
	const long error = stat_at(dir, 0, path, &stat);

	return error ? error : stat.st_nlink;
}

/* The inode number under a name; 0 if the name does not exist. */
static inline cloudabi_inode_t inode_at(cloudabi_fd_t dir, const char *path)
{
	cloudabi_filestat_t stat;

	return stat_at(dir, 0, path, &stat) ? 0 : stat.st_ino;
}

/* Opens a directory with all rights. */
static inline long open_whole_dir(cloudabi_fd_t dir, const char *path)
{
	return open_path(dir, 0, path, strlen(path), CLOUDABI_O_DIRECTORY, 0, DIRECTORY_BASE,
			 DIRECTORY_INHERITING);
}

/* Creates a file as make_file() does, and closes it. */
static inline long make_closed_file(const char *name, const char *text)
{
	const long fd = make_file(name, text);

	return fd < 0 ? fd : close_fd(fd);
}

/* Removes the file under a name, and all files below it. */
static inline void remove_all(cloudabi_fd_t dir, const char *path)
{
	cloudabi_dirent_t entry;
	char buf[1024], name[512];
	long fd, len;

	if (type_at(dir, path) != CLOUDABI_FILETYPE_DIRECTORY) {
		unlink_at(dir, path, 0);
		return;
	}
	/* Read the directory again from its start until it is empty. */
	do {
		fd = open_at(dir, path, CLOUDABI_O_DIRECTORY, R(FILE_READDIR));
		len = fd < 0 ? 0 : readdir_fd(fd, buf, sizeof(buf), CLOUDABI_DIRCOOKIE_START);
		close_fd(fd);
		for (long at = 0; at + (long)sizeof(entry) <= len;
		     at += sizeof(entry) + entry.d_namlen) {
			const char *const last = buf + at + sizeof(entry);

			memcpy(&entry, buf + at, sizeof(entry));
			if (at + (long)sizeof(entry) + entry.d_namlen > len)
				break;
			if (entry.d_namlen <= 2 && !memcmp(last, "..", entry.d_namlen))
				continue;
			cloudabi_snprintf(name, sizeof(name), "%s/%.*s", path,
					  (int)entry.d_namlen, last);
			remove_all(dir, name);
		}
	} while (len == sizeof(buf));
	unlink_at(dir, path, REMOVEDIR);
}

/*
 * All calls that take a name. If a call takes a second name, that is "file" where a
 * file must exist, and "fresh" where no file must exist.
 */

#define NAMING(name) \
	static inline long by_##name(cloudabi_fd_t dir, const char *path, size_t len)

NAMING(create)
{
	return -(long)cloudabi_sys_file_create(dir, path, len, CLOUDABI_FILETYPE_DIRECTORY);
}

NAMING(link_source)
{
	return -(long)cloudabi_sys_file_link(cloudabi_lookup(dir, 0), path, len, FIXTURE_DIR,
					     "fresh", 5);
}

NAMING(link_source_following)
{
	return -(long)cloudabi_sys_file_link(cloudabi_lookup(dir, FOLLOW), path, len, FIXTURE_DIR,
					     "fresh", 5);
}

NAMING(link_target)
{
	return -(long)cloudabi_sys_file_link(cloudabi_lookup(FIXTURE_DIR, 0), "file", 4, dir, path,
					     len);
}

NAMING(open)
{
	const long fd = open_path(dir, 0, path, len, 0, 0, R(FD_READ), 0);

	return fd < 0 ? fd : close_fd(fd);
}

NAMING(open_following)
{
	const long fd = open_path(dir, FOLLOW, path, len, 0, 0, R(FD_READ), 0);

	return fd < 0 ? fd : close_fd(fd);
}

NAMING(open_creating)
{
	const long fd = open_path(dir, 0, path, len, CLOUDABI_O_CREAT, 0, R(FD_WRITE), 0);

	return fd < 0 ? fd : close_fd(fd);
}

NAMING(open_truncating)
{
	const long fd = open_path(dir, FOLLOW, path, len, CLOUDABI_O_TRUNC, 0, R(FD_WRITE), 0);

	return fd < 0 ? fd : close_fd(fd);
}

NAMING(readlink)
{
	cloudabi_size_t used = 0;
	char buf[64];
	const cloudabi_errno_t error =
		cloudabi_sys_file_readlink(dir, path, len, buf, sizeof(buf), &used);

	return RESULT(error, used);
}

NAMING(rename_source)
{
	return -(long)cloudabi_sys_file_rename(dir, path, len, FIXTURE_DIR, "fresh", 5);
}

NAMING(rename_target)
{
	return -(long)cloudabi_sys_file_rename(FIXTURE_DIR, "file", 4, dir, path, len);
}

NAMING(stat_get)
{
	cloudabi_filestat_t stat;

	return -(long)cloudabi_sys_file_stat_get(cloudabi_lookup(dir, 0), path, len, &stat);
}

NAMING(stat_get_following)
{
	cloudabi_filestat_t stat;

	return -(long)cloudabi_sys_file_stat_get(cloudabi_lookup(dir, FOLLOW), path, len, &stat);
}

NAMING(stat_put)
{
	const cloudabi_filestat_t stat = { 0 };

	return -(long)cloudabi_sys_file_stat_put(cloudabi_lookup(dir, 0), path, len, &stat,
						 CLOUDABI_FILESTAT_MTIM);
}

NAMING(stat_put_following)
{
	const cloudabi_filestat_t stat = { 0 };

	return -(long)cloudabi_sys_file_stat_put(cloudabi_lookup(dir, FOLLOW), path, len, &stat,
						 CLOUDABI_FILESTAT_MTIM);
}

NAMING(symlink)
{
	return -(long)cloudabi_sys_file_symlink("file", 4, dir, path, len);
}

NAMING(unlink)
{
	return -(long)cloudabi_sys_file_unlink(dir, path, len, 0);
}

NAMING(unlink_directory)
{
	return -(long)cloudabi_sys_file_unlink(dir, path, len, REMOVEDIR);
}

#undef NAMING

static const struct naming {
	const char *name;
	long (*fn)(cloudabi_fd_t dir, const char *path, size_t len);
	/* Whether the call follows a link at the end of the name. */
	bool follows;
} namings[] = {
	{ "file_create", by_create, false },
	{ "file_link of", by_link_source, false },
	{ "file_link of, following", by_link_source_following, true },
	{ "file_link to", by_link_target, false },
	{ "file_open", by_open, false },
	{ "file_open, following", by_open_following, true },
	{ "file_open, creating", by_open_creating, false },
	{ "file_open, truncating", by_open_truncating, true },
	{ "file_readlink", by_readlink, false },
	{ "file_rename of", by_rename_source, false },
	{ "file_rename to", by_rename_target, false },
	{ "file_stat_get", by_stat_get, false },
	{ "file_stat_get, following", by_stat_get_following, true },
	{ "file_stat_put", by_stat_put, false },
	{ "file_stat_put, following", by_stat_put_following, true },
	{ "file_symlink", by_symlink, false },
	{ "file_unlink", by_unlink, false },
	{ "file_unlink of a directory", by_unlink_directory, false },
};

#define FOR_EACH_NAMING(naming)                                              \
	for (const struct naming *naming = namings;                          \
	     naming < namings + ARRAY_SIZE(namings); naming++)

#endif /* SELFTESTS_CLOUDABI_FILECALLS_H */
