/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Directories as pages
 */
#ifndef HTTPD_LISTING_H
#define HTTPD_LISTING_H

#include <cloudabi.h>

#include "names.h"

/* What the start of a page and any one entry fit into. */
#define LISTING_ROOM 16384

/* More entries than these are not sorted. */
#define LISTING_SORTED 4096

/**
 * struct listing - A page that is being written, as much at a time as there is room for
 * @root: the directory that is served
 * @fd: the one that is listed
 * @begun: whether the page has
 * @ended: whether all of it is written
 * @last: the last name on it, if that is sorted
 * @unsorted: whether it is not
 * @cookie: where it goes on then
 */
struct listing {
	cloudabi_fd_t root;
	cloudabi_fd_t fd;
	bool begun;
	bool ended;
	struct name last;
	bool unsorted;
	cloudabi_dircookie_t cookie;
};

void listing_start(struct listing *listing, cloudabi_fd_t root, cloudabi_fd_t fd);
cloudabi_errno_t listing_write(struct listing *listing, struct span path, struct names *names,
			       struct text *text);

#endif /* HTTPD_LISTING_H */
