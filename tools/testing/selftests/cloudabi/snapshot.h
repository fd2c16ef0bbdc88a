/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Snapshots of state, to detect changes
 *
 * A snapshot is text, so that a test can print differences. Taking a snapshot
 * changes nothing in it, so it excludes access times.
 */
#ifndef SELFTESTS_CLOUDABI_SNAPSHOT_H
#define SELFTESTS_CLOUDABI_SNAPSHOT_H

#include "filecalls.h"

#define SNAPSHOT_DEPTH 6

struct snapshot {
	size_t len;
	bool overflow;
	char text[200000];
};

#define SNAPSHOT_ADD(snap, fmt, ...)                                                       \
	do {                                                                               \
		struct snapshot *const snap_ = (snap);                                     \
		const size_t room_ = sizeof(snap_->text) - snap_->len;                     \
		const size_t len_ = cloudabi_snprintf(snap_->text + snap_->len, room_,     \
						      fmt, ##__VA_ARGS__);                 \
		if (len_ >= room_)                                                         \
			snap_->overflow = true;                                            \
		else                                                                       \
			snap_->len += len_;                                                \
	} while (0)

static inline void snapshot_start(struct snapshot *snap)
{
	snap->len = 0;
	snap->overflow = false;
}

static inline unsigned long snapshot_hash(unsigned long hash, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3;
	return hash;
}

static inline unsigned long snapshot_contents(cloudabi_fd_t dir, const char *path,
					      const cloudabi_filestat_t *stat)
{
	unsigned long hash = 0xcbf29ce484222325;
	char buf[1024];
	long fd, len;

	if (stat->st_filetype == CLOUDABI_FILETYPE_SYMBOLIC_LINK) {
		len = readlink_at(dir, path, buf, sizeof(buf));
		return len < 0 ? 0 : snapshot_hash(hash, buf, len);
	}
	if (stat->st_filetype != CLOUDABI_FILETYPE_REGULAR_FILE || !stat->st_size)
		return 0;
	fd = open_at(dir, path, 0, R(FD_READ));
	if (fd < 0)
		return 0;
	while ((len = read_fd(fd, buf, sizeof(buf))) > 0)
		hash = snapshot_hash(hash, buf, len);
	close_fd(fd);
	return hash;
}

/* Everything below a directory, with names, attributes and contents. */
static inline void snapshot_tree(struct snapshot *snap, cloudabi_fd_t dir, const char *path,
				 unsigned int depth)
{
	static char bufs[SNAPSHOT_DEPTH][65536];
	char *const buf = bufs[depth];
	cloudabi_filestat_t stat;
	char name[1024];
	long fd, len = 0;

	if (stat_at(dir, 0, path, &stat)) {
		SNAPSHOT_ADD(snap, "%s: gone\n", path);
		return;
	}
	SNAPSHOT_ADD(snap, "%s: type %x ino %lx links %u size %lx mtim %lx ctim %lx hash %lx\n",
		     path, stat.st_filetype, (unsigned long)stat.st_ino, stat.st_nlink,
		     (unsigned long)stat.st_size, (unsigned long)stat.st_mtim,
		     (unsigned long)stat.st_ctim, snapshot_contents(dir, path, &stat));
	if (stat.st_filetype != CLOUDABI_FILETYPE_DIRECTORY || depth + 1 == SNAPSHOT_DEPTH)
		return;

	fd = open_at(dir, path, CLOUDABI_O_DIRECTORY, R(FILE_READDIR));
	if (fd >= 0) {
		len = readdir_fd(fd, buf, sizeof(bufs[0]), CLOUDABI_DIRCOOKIE_START);
		close_fd(fd);
	}
	for (long offset = 0; offset + (long)sizeof(cloudabi_dirent_t) <= len;) {
		cloudabi_dirent_t entry;
		const char *const entry_name = buf + offset + sizeof(entry);

		memcpy(&entry, buf + offset, sizeof(entry));
		offset += sizeof(entry) + entry.d_namlen;
		if (offset > len) {
			snap->overflow = true;
			break;
		}
		if (entry_name[0] == '.' &&
		    (entry.d_namlen == 1 || (entry.d_namlen == 2 && entry_name[1] == '.')))
			continue;
		cloudabi_snprintf(name, sizeof(name), "%s/%.*s", path, (int)entry.d_namlen,
				  entry_name);
		snapshot_tree(snap, dir, name, depth + 1);
	}
}

/* All descriptors, with their rights and positions. */
static inline void snapshot_fds(struct snapshot *snap)
{
	for (cloudabi_fd_t fd = 0; fd < 1024; fd++) {
		cloudabi_fdstat_t stat;
		long pos = 0;

		if (cloudabi_sys_fd_stat_get(fd, &stat))
			continue;
		if (stat.fs_filetype == CLOUDABI_FILETYPE_REGULAR_FILE)
			pos = tell_fd(fd);
		SNAPSHOT_ADD(snap, "fd %u: type %x flags %x rights %lx %lx position %lx\n", fd,
			     stat.fs_filetype, stat.fs_flags, (unsigned long)stat.fs_rights_base,
			     (unsigned long)stat.fs_rights_inheriting, pos);
	}
}

/* All mappings in /proc/self/maps. */
static inline void snapshot_memory(struct snapshot *snap)
{
	const long fd = open_follow(FIXTURE_PROC, "self/maps", 0, R(FD_READ));
	char buf[1024];
	long len;

	if (fd < 0) {
		snap->overflow = true;
		return;
	}
	while ((len = read_fd(fd, buf, sizeof(buf))) > 0)
		SNAPSHOT_ADD(snap, "%.*s", (int)len, buf);
	close_fd(fd);
}

/* Compares snapshots; logs the first lines that differ. */
static inline bool snapshot_same(const struct snapshot *before, const struct snapshot *after)
{
	size_t i = 0, start = 0;
	int len[2];

	if (before->overflow || after->overflow) {
		cloudabi_dprintf(1, "# snapshot: too much for it\n");
		return false;
	}
	while (i < before->len && i < after->len && before->text[i] == after->text[i])
		if (before->text[i++] == '\n')
			start = i;
	if (i == before->len && i == after->len)
		return true;
	for (int j = 0; j < 2; j++) {
		const struct snapshot *const snap = j ? after : before;
		size_t end = start;

		while (end < snap->len && snap->text[end] != '\n')
			end++;
		len[j] = end - start;
	}
	cloudabi_dprintf(1, "# before: %.*s\n# after:  %.*s\n", len[0], before->text + start,
			 len[1], after->text + start);
	return false;
}

#endif /* SELFTESTS_CLOUDABI_SNAPSHOT_H */
