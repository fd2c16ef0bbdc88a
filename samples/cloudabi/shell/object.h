/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Objects, and how they get from one process to the next
 *
 * An object is a descriptor with a type and a name.  In a local stream it is a
 * message: a map in the form of argument data, with the descriptor at its side.
 *
 *	{name: docs/tour, type: file, size: 4711, descriptor: 0}
 *
 * A stream is not read across descriptors, so that each message is read alone.
 * Who gets one believes nothing of it: the type has to be that of the descriptor.
 */
#ifndef SHELL_OBJECT_H
#define SHELL_OBJECT_H

#include <cloudabi.h>

#define OBJECT_NAME_MAX 1023

/**
 * struct object - A file or a directory
 * @type: CLOUDABI_FILETYPE_REGULAR_FILE or CLOUDABI_FILETYPE_DIRECTORY
 * @fd: the descriptor
 * @size: of a file, in bytes, when it was opened
 * @name: where it came from; nothing can be done with it but to show it
 */
struct object {
	cloudabi_filetype_t type;
	cloudabi_fd_t fd;
	unsigned long size;
	char name[OBJECT_NAME_MAX + 1];
};

/**
 * struct limits - What may be done with objects that are passed on
 * @file: rights of files
 * @directory: rights of directories
 * @inheriting: rights of what is opened through these
 */
struct limits {
	cloudabi_rights_t file;
	cloudabi_rights_t directory;
	cloudabi_rights_t inheriting;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *object_type_name(cloudabi_filetype_t type);
cloudabi_errno_t object_limit(cloudabi_fd_t fd, cloudabi_rights_t base,
			      cloudabi_rights_t inheriting);
cloudabi_errno_t object_open(cloudabi_lookup_t dir, const char *path, size_t len,
			     const struct limits *limits, struct object *object);
cloudabi_errno_t object_send(cloudabi_fd_t to, const struct object *object,
			     const struct limits *limits);
cloudabi_errno_t object_receive(cloudabi_fd_t from, struct object *object, bool *end);
void object_print_name(cloudabi_fd_t to, const char *before, const char *name, const char *after);

#endif /* SHELL_OBJECT_H */
