// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * list - Turn directories into what is in them
 *
 *	> open docs | list
 *
 * Files are passed on as they are, so that a second "list" goes one level deeper.
 * What is neither a file nor a directory is left out; symbolic links are not followed.
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

/* Sends one entry.  Only what may be passed on, and the size, is asked for. */
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
 * send_entries - Send what a buffer of entries has
 * @stage: the stage
 * @parent: the directory
 * @buf: the entries; the last may be cut short
 * @used: how many bytes they are
 * @cookie: set to the place behind the last whole one
 * @wanted: whether somebody wants more
 *
 * Return: the number of bytes that whole entries had.
 */
static size_t send_entries(struct stage *stage, const struct object *parent, const char *buf,
			   size_t used, cloudabi_dircookie_t *cookie, bool *wanted)
{
	size_t pos = 0;

	while (*wanted) {
		const char *const name = buf + pos + sizeof(cloudabi_dirent_t);
		cloudabi_dirent_t entry;

		if (used - pos < sizeof(entry))
			break;
		/* Entries are packed, hence not aligned. */
		memcpy(&entry, buf + pos, sizeof(entry));
		if (used - pos - sizeof(entry) < entry.d_namlen)
			break;
		if (is_object(&entry, name))
			*wanted = send_entry(stage, parent, name, entry.d_namlen);
		pos += sizeof(entry) + entry.d_namlen;
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
		/* The buffer has room for the longest name that there can be. */
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
