// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * list - Send the content of directories
 *
 *	> open docs | list
 *
 * Files are sent on unchanged, so a second "list" goes one level deeper.  Objects that are
 * neither files nor directories are left out, and symlinks are not followed.
 */
#include "stage.h"

static bool is_dot(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

static bool is_object(const cloudabi_dirent_t *entry, const char *name)
{
	return object_type_name(entry->d_type) && !is_dot(name, entry->d_namlen);
}

/* Opens an entry with the rights of the stage and sends it. */
static bool send_entry(struct stage *stage, const struct object *parent, const char *name,
		       size_t len)
{
	static struct object object;
	bool wanted = true;
	cloudabi_errno_t error;

	if (cloudabi_snprintf(object.name, sizeof(object.name), "%s/%.*s", parent->name, (int)len,
			      name) >= sizeof(object.name)) {
		stage_complain(stage, parent->name, CLOUDABI_ENAMETOOLONG);
		return true;
	}
	error = object_open(cloudabi_lookup(parent->fd, 0), name, len, &stage->limits, &object);
	if (error) {
		stage_complain(stage, object.name, error);
		return true;
	}
	wanted = stage_send(stage, &object);
	cloudabi_sys_fd_close(object.fd);
	return wanted;
}

/**
 * send_entries() - Send the entries in a buffer
 * @stage: the stage
 * @parent: the directory
 * @buf: entries; the last one may be truncated
 * @used: number of bytes in @buf
 * @cookie: set to the position behind the last complete entry
 * @wanted: set to false if the receiver wants no more
 *
 * Return: number of bytes in complete entries.
 */
static size_t send_entries(struct stage *stage, const struct object *parent, const char *buf,
			   size_t used, cloudabi_dircookie_t *cookie, bool *wanted)
{
	cloudabi_dirent_t entry;
	const char *name;
	size_t pos = 0;

	while (*wanted && (name = cloudabi_dirent_next(buf, used, &pos, &entry))) {
		if (is_object(&entry, name))
			*wanted = send_entry(stage, parent, name, entry.d_namlen);
		*cookie = entry.d_next;
	}
	return pos;
}

static bool send_directory(struct stage *stage, const struct object *parent)
{
	cloudabi_dircookie_t cookie = CLOUDABI_DIRCOOKIE_START;
	cloudabi_errno_t error = 0;
	bool wanted = true;
	cloudabi_size_t used;
	char buf[4096];

	do {
		error = cloudabi_sys_file_readdir(parent->fd, buf, sizeof(buf), cookie, &used);
		/* The buffer has room for an entry with the longest name. */
		if (!error && !send_entries(stage, parent, buf, used, &cookie, &wanted) && used)
			error = CLOUDABI_EIO;
	} while (!error && wanted && used == sizeof(buf));
	if (error)
		stage_complain(stage, parent->name, error);
	return wanted;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	static struct object object;
	struct stage stage;
	bool wanted = true;

	if (!stage_begin(&stage, start, "list", 0, 0))
		return 2;
	while (wanted && stage_receive(&stage, &object)) {
		if (object.type == CLOUDABI_FILETYPE_DIRECTORY)
			wanted = send_directory(&stage, &object);
		else
			wanted = stage_send(&stage, &object);
		cloudabi_sys_fd_close(object.fd);
	}
	return stage_end(&stage);
}
