/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Pages that list a directory
 */
#ifndef HTTPD_LISTING_H
#define HTTPD_LISTING_H

#include <cloudabi.h>

#include "names.h"

/* Room for the start of a page and any entry. */
#define LISTING_ROOM 16384

/* Directories with more entries are not sorted. */
#define LISTING_SORTED 4096

/**
 * struct listing - A page that is written in parts
 * @root: directory that is served
 * @fd: directory that is listed
 * @begun: whether the start of the page is written
 * @ended: whether the whole page is written
 * @last: last name written, of a sorted page
 * @unsorted: whether the page is unsorted
 * @cookie: position in the directory, of an unsorted page
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
