// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * shell - Objects, and their messages
 */
#include "object.h"

/* Room for the longest name and the other values. */
#define MESSAGE_MAX 2048

#define MS 1000000ULL

static const struct {
	cloudabi_filetype_t type;
	const char *name;
} types[] = {
	{ CLOUDABI_FILETYPE_REGULAR_FILE, "file" },
	{ CLOUDABI_FILETYPE_DIRECTORY, "directory" },
};

/**
 * object_type_name() - Get the name of a type in messages
 * @type: the type
 *
 * Return: the name, or NULL if no object can have this type.
 */
const char *object_type_name(cloudabi_filetype_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

/**
 * object_limit() - Limit the rights of a descriptor
 * @fd: the descriptor
 * @base: base rights to keep
 * @inheriting: inheriting rights to keep
 *
 * Return: an errno.
 */
cloudabi_errno_t object_limit(cloudabi_fd_t fd, cloudabi_rights_t base,
			      cloudabi_rights_t inheriting)
{
	cloudabi_fdstat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_fd_stat_get(fd, &stat);

	if (error)
		return error;
	stat.fs_rights_base &= base;
	stat.fs_rights_inheriting &= inheriting;
	return cloudabi_sys_fd_stat_put(fd, &stat, CLOUDABI_FDSTAT_RIGHTS);
}

static cloudabi_errno_t get_size(cloudabi_fd_t fd, unsigned long *size)
{
	cloudabi_filestat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_file_stat_fget(fd, &stat);

	*size = error ? 0 : stat.st_size;
	return error;
}

/**
 * object_open() - Open an object
 * @dir: directory where the path starts
 * @path: the path
 * @len: its length in bytes
 * @limits: rights to open it with
 * @object: set to the object except for its name; the caller closes its @fd
 *
 * Return: an errno, ENOTSUP if it is neither a file nor a directory.
 */
cloudabi_errno_t object_open(cloudabi_lookup_t dir, const char *path, size_t len,
			     const struct limits *limits, struct object *object)
{
	const cloudabi_fdstat_t directory = {
		.fs_rights_base = limits->directory,
		.fs_rights_inheriting = limits->inheriting,
	};
	const cloudabi_fdstat_t file = {
		.fs_rights_base = limits->file | CLOUDABI_RIGHT_FILE_STAT_FGET,
	};
	cloudabi_fdstat_t stat;
	cloudabi_errno_t error;

	object->size = 0;
	error = cloudabi_sys_file_open(dir, path, len, CLOUDABI_O_DIRECTORY, &directory,
				       &object->fd);
	object->type = CLOUDABI_FILETYPE_DIRECTORY;
	if (error != CLOUDABI_ENOTDIR)
		return error;
	error = cloudabi_sys_file_open(dir, path, len, 0, &file, &object->fd);
	if (error)
		return error;
	error = cloudabi_sys_fd_stat_get(object->fd, &stat);
	object->type = stat.fs_filetype;
	if (!error && object->type != CLOUDABI_FILETYPE_REGULAR_FILE)
		error = CLOUDABI_ENOTSUP;
	if (!error)
		error = get_size(object->fd, &object->size);
	if (error)
		cloudabi_sys_fd_close(object->fd);
	return error;
}

static cloudabi_errno_t put_object(struct cloudabi_argdata_writer *w, const struct object *object)
{
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_MAP);
	cloudabi_argdata_put_str(w, "name");
	cloudabi_argdata_put_str(w, object->name);
	cloudabi_argdata_put_str(w, "type");
	cloudabi_argdata_put_str(w, object_type_name(object->type));
	cloudabi_argdata_put_str(w, "size");
	cloudabi_argdata_put_uint(w, object->size);
	cloudabi_argdata_put_str(w, "descriptor");
	cloudabi_argdata_put_fd(w, object->fd);
	cloudabi_argdata_close(w);
	return cloudabi_argdata_finish(w);
}

static void sleep_ms(uint64_t ms)
{
	const cloudabi_subscription_t in = {
		.type = CLOUDABI_EVENTTYPE_CLOCK,
		.clock = { .clock_id = CLOUDABI_CLOCK_MONOTONIC, .timeout = ms * MS },
	};
	cloudabi_event_t out;
	cloudabi_size_t n;

	cloudabi_sys_poll(&in, &out, 1, &n);
}

/**
 * object_send() - Send an object
 * @to: a local stream
 * @object: the object; the sender's descriptor gets the same limits
 * @limits: rights that the receiver gets at most
 *
 * Return: an errno, EILSEQ if the name is not UTF-8, EPIPE if the receiver has ended.
 */
cloudabi_errno_t object_send(cloudabi_fd_t to, const struct object *object,
			     const struct limits *limits)
{
	const bool directory = object->type == CLOUDABI_FILETYPE_DIRECTORY;
	struct cloudabi_argdata_writer w;
	unsigned char message[MESSAGE_MAX];
	cloudabi_send_out_t out;
	cloudabi_errno_t error;
	cloudabi_fd_t fd;

	cloudabi_argdata_write(&w, message, sizeof(message), &fd, 1);
	error = put_object(&w, object);
	if (error)
		return error;
	error = object_limit(fd, directory ? limits->directory : limits->file,
			     directory ? limits->inheriting : 0);
	if (error)
		return error;
	do {
		const cloudabi_ciovec_t iov = { .buf = message, .buf_len = w.used };
		const cloudabi_send_in_t in = {
			.si_data = &iov, .si_data_len = 1, .si_fds = &fd, .si_fds_len = w.used_fds,
		};

		error = cloudabi_sys_sock_send(to, &in, &out);
		/* The kernel limits the descriptors in transit: wait until some have arrived. */
		if (error == CLOUDABI_EAGAIN)
			sleep_ms(1);
	} while (error == CLOUDABI_EAGAIN);
	return !error && out.so_datalen != w.used ? CLOUDABI_EIO : error;
}

/* Parses a message, and checks it against the descriptor that came with it. */
static cloudabi_errno_t get_object(struct cloudabi_argdata message, struct object *object)
{
	struct cloudabi_argdata name, type, size, descriptor;
	const char *name_text, *type_text, *should;
	cloudabi_fdstat_t stat;
	cloudabi_fd_t index;

	if (cloudabi_argdata_find(message, "name", &name) ||
	    cloudabi_argdata_get_str(name, &name_text) || strlen(name_text) > OBJECT_NAME_MAX ||
	    cloudabi_argdata_find(message, "type", &type) ||
	    cloudabi_argdata_get_str(type, &type_text) ||
	    cloudabi_argdata_find(message, "size", &size) ||
	    cloudabi_argdata_get_uint(size, &object->size, UINT64_MAX) ||
	    cloudabi_argdata_find(message, "descriptor", &descriptor) ||
	    cloudabi_argdata_get_fd(descriptor, &index) || index)
		return CLOUDABI_EBADMSG;
	if (cloudabi_sys_fd_stat_get(object->fd, &stat))
		return CLOUDABI_EBADMSG;
	should = object_type_name(stat.fs_filetype);
	if (!should || strcmp(should, type_text))
		return CLOUDABI_EBADMSG;
	object->type = stat.fs_filetype;
	memcpy(object->name, name_text, strlen(name_text) + 1);
	return 0;
}

/**
 * object_receive() - Receive an object
 * @from: a local stream
 * @object: set to the object; the caller closes its @fd
 * @end: set to whether the stream has ended
 *
 * Return: an errno, EBADMSG if the message is invalid.
 */
cloudabi_errno_t object_receive(cloudabi_fd_t from, struct object *object, bool *end)
{
	unsigned char message[MESSAGE_MAX];
	const cloudabi_iovec_t iov = { .buf = message, .buf_len = sizeof(message) };
	const cloudabi_recv_in_t in = {
		.ri_data = &iov, .ri_data_len = 1, .ri_fds = &object->fd, .ri_fds_len = 1,
	};
	cloudabi_recv_out_t out;
	cloudabi_errno_t error = cloudabi_sys_sock_recv(from, &in, &out);

	*end = !error && !out.ro_datalen;
	if (error || *end)
		return error;
	if (!out.ro_fdslen)
		return CLOUDABI_EBADMSG;
	if (out.ro_flags & CLOUDABI_SOCK_RECV_FDS_TRUNCATED)
		error = CLOUDABI_EBADMSG;
	else
		error = get_object(cloudabi_argdata_from(message, out.ro_datalen), object);
	if (error)
		cloudabi_sys_fd_close(object->fd);
	return error;
}

/**
 * object_print_name() - Print the name of an object
 * @to: descriptor to print to
 * @before: text before the name
 * @name: the name; control characters are replaced, as they could control a terminal
 * @after: text behind the name
 */
void object_print_name(cloudabi_fd_t to, const char *before, const char *name, const char *after)
{
	char shown[OBJECT_NAME_MAX + 1];
	size_t i;

	for (i = 0; name[i] && i < OBJECT_NAME_MAX; i++)
		shown[i] = (unsigned char)name[i] < ' ' || name[i] == 0x7f ? '?' : name[i];
	shown[i] = '\0';
	cloudabi_dprintf(to, "%s%s%s", before, shown, after);
}
