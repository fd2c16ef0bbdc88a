/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - The directory that is served
 */
#ifndef HTTPD_SITE_H
#define HTTPD_SITE_H

#include <cloudabi.h>

#include "answer.h"

/**
 * struct site - The directory
 * @fd: its descriptor
 * @rights: rights that files and directories in it are opened with
 * @lists: whether directories may be listed, by the rights of @fd
 */
struct site {
	cloudabi_fd_t fd;
	cloudabi_rights_t rights;
	bool lists;
};

/**
 * struct found - A file or a directory that has been opened
 * @fd: its descriptor
 * @is_directory: whether it is a directory
 * @resource: its attributes
 */
struct found {
	cloudabi_fd_t fd;
	bool is_directory;
	struct resource resource;
};

cloudabi_errno_t site_init(struct site *site, cloudabi_fd_t fd);
int site_open(const struct site *site, struct span path, struct found *found);

#endif /* HTTPD_SITE_H */
