/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * shell - Objects, and their messages
 *
 * An object is a descriptor with a type and a name.  It is sent through a local stream as a
 * message, a map in the format of argument data, with the descriptor attached:
 *
 *	{name: docs/tour, type: file, size: 4711, descriptor: 0}
 *
 * The kernel does not merge messages that carry descriptors, so each is received alone.
 * The receiver does not trust the message: the type must match that of the descriptor.
 */
#ifndef SHELL_OBJECT_H
#define SHELL_OBJECT_H

#include <cloudabi.h>

#include "../array_size.h"

#define OBJECT_NAME_MAX 1023

/**
 * struct object - A file or a directory
 * @type: CLOUDABI_FILETYPE_REGULAR_FILE or CLOUDABI_FILETYPE_DIRECTORY
 * @fd: its descriptor
 * @size: size of a file in bytes when it was opened
 * @name: its path, for display only
 */
struct object {
	cloudabi_filetype_t type;
	cloudabi_fd_t fd;
	unsigned long size;
	char name[OBJECT_NAME_MAX + 1];
};

/**
 * struct limits - The rights of objects that are sent
 * @file: rights of files
 * @directory: rights of directories
 * @inheriting: inheriting rights of directories
 */
struct limits {
	cloudabi_rights_t file;
	cloudabi_rights_t directory;
	cloudabi_rights_t inheriting;
};

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
