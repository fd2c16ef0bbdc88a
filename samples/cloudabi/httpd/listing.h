/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Directories as pages
 */
#ifndef HTTPD_LISTING_H
#define HTTPD_LISTING_H

#include <cloudabi.h>

#include "text.h"

/* What the start of a page and any one entry fit into. */
#define LISTING_ROOM 16384

/**
 * struct listing - A page that is being written, as much at a time as there is room for
 * @root: the directory that is served
 * @fd: the one that is listed
 * @cookie: where it goes on
 * @begun: whether the page has
 * @ended: whether all of it is written
 */
struct listing {
	cloudabi_fd_t root;
	cloudabi_fd_t fd;
	cloudabi_dircookie_t cookie;
	bool begun;
	bool ended;
};

cloudabi_errno_t listing_write(struct listing *listing, struct span path, struct text *text);

#endif /* HTTPD_LISTING_H */
