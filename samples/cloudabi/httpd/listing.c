// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Directories as pages
 *
 * In the order in which the directory has its entries: a page of any length
 * needs no memory that way.
 */
#include "date.h"
#include "listing.h"
#include "target.h"

#define SECOND 1000000000ULL

static void write_start(struct text *text, struct span path)
{
	text_str(text, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n");
	text_str(text, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>/");
	/* Of a path that is as long as can be, the end does not matter. */
	if (path.len > 1024)
		path.len = 1024;
	target_escape(text, path);
	text_str(text, "</title>\n<style>td{padding:0 1em}td+td{text-align:right}</style>\n");
	text_str(text, "</head><body><h1>/");
	target_escape(text, path);
	text_str(text, "</h1>\n<table>\n");
	if (path.len)
		text_str(text, "<tr><td><a href=\"../\">..</a></td><td></td><td></td></tr>\n");
}

static void write_stat(struct text *text, const cloudabi_filestat_t *stat)
{
	text_str(text, "<td>");
	date_write_short(text, stat->st_mtim / SECOND);
	text_str(text, "</td><td>");
	if (stat->st_filetype == CLOUDABI_FILETYPE_REGULAR_FILE)
		text_number(text, stat->st_size, 10, 1);
	text_str(text, "</td></tr>\n");
}

/* Starts with a dot against names with colons, which would be read as schemes. */
static void write_entry(struct text *text, struct span name, const cloudabi_filestat_t *stat)
{
	const char *const slash = stat->st_filetype == CLOUDABI_FILETYPE_DIRECTORY ? "/" : "";

	text_str(text, "<tr><td><a href=\"./");
	target_encode(text, name);
	text_str(text, slash);
	text_str(text, "\">");
	target_escape(text, name);
	text_str(text, slash);
	text_str(text, "</a></td>");
	write_stat(text, stat);
}

/* What a name means is found out from the top: it may be a link to elsewhere in the site. */
static cloudabi_errno_t look_at(const struct listing *listing, struct span path, struct span name,
				cloudabi_filestat_t *stat)
{
	char buf[4096];
	struct text full = { .buf = buf, .size = sizeof(buf) };

	text_put(&full, path);
	text_put(&full, name);
	if (full.full)
		return CLOUDABI_ENAMETOOLONG;
	return cloudabi_sys_file_stat_get(cloudabi_lookup(listing->root,
							  CLOUDABI_LOOKUP_SYMLINK_FOLLOW),
					  buf, full.len, stat);
}

/* False if there is no room for it. */
static bool list_entry(struct listing *listing, struct span path, struct span name,
		       struct text *text)
{
	const struct text before = *text;
	cloudabi_filestat_t stat;

	/* As hidden here as elsewhere, though who knows it gets it. */
	if (name.p[0] == '.')
		return true;
	/* It may be gone, or be a link that leads nowhere. */
	if (look_at(listing, path, name, &stat))
		return true;
	write_entry(text, name, &stat);
	if (!text->full)
		return true;
	*text = before;
	return false;
}

/*
 * Writes the entries that lie in a buffer.  file_readdir() may cut the last one
 * short; the cookie of the last that was written leads to the next.
 *
 * Return: false if there is no room for one of them.
 */
static bool list_entries(struct listing *listing, struct span path, struct span buf,
			 struct text *text)
{
	cloudabi_dirent_t entry;

	while (buf.len >= sizeof(entry)) {
		struct span name;

		memcpy(&entry, buf.p, sizeof(entry));
		name = (struct span){ buf.p + sizeof(entry), entry.d_namlen };
		if (buf.len - sizeof(entry) < name.len)
			break;
		if (name.len && !list_entry(listing, path, name, text))
			return false;
		listing->cookie = entry.d_next;
		buf.p = name.p + name.len;
		buf.len -= sizeof(entry) + name.len;
	}
	return true;
}

/**
 * listing_write - Write more of a page
 * @listing: the page
 * @path: what the directory is called
 * @text: where to; if it has LISTING_ROOM, something is written
 */
cloudabi_errno_t listing_write(struct listing *listing, struct span path, struct text *text)
{
	static const char end[] = "</table></body></html>\n";
	char buf[2048];

	if (!listing->begun)
		write_start(text, path);
	listing->begun = true;
	for (;;) {
		const cloudabi_dircookie_t cookie = listing->cookie;
		cloudabi_size_t used;
		cloudabi_errno_t error;

		error = cloudabi_sys_file_readdir(listing->fd, buf, sizeof(buf), cookie, &used);
		if (error)
			return error;
		if (!list_entries(listing, path, (struct span){ buf, used }, text))
			return CLOUDABI_ESUCCESS;
		if (used < sizeof(buf))
			break;
		/* No name is that long. */
		if (listing->cookie == cookie)
			return CLOUDABI_EIO;
	}
	if (text->size - text->len < sizeof(end) - 1)
		return CLOUDABI_ESUCCESS;
	text_str(text, end);
	listing->ended = true;
	return CLOUDABI_ESUCCESS;
}
