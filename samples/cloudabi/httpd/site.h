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
 * @rights: what files and directories in it are opened for
 * @lists: whether directories are listed, which whoever gives the rights decides
 */
struct site {
	cloudabi_fd_t fd;
	cloudabi_rights_t rights;
	bool lists;
};

/**
 * struct found - What is at a path
 * @fd: its descriptor
 * @directory: whether it is a directory
 * @resource: what else there is to know
 */
struct found {
	cloudabi_fd_t fd;
	bool directory;
	struct resource resource;
};

cloudabi_errno_t site_init(struct site *site, cloudabi_fd_t fd);
int site_find(const struct site *site, struct span path, struct found *found);

#endif /* HTTPD_SITE_H */
