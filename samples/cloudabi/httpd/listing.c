// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Directories as pages
 *
 * Sorted by name, with memory for a few of these: each part of a page is a pass
 * through the directory.  That takes time which grows with the square of the
 * entries, so one that has very many of them is listed in its own order.
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
static bool list_name(struct listing *listing, struct span path, struct span name,
		      struct text *text)
{
	const struct text before = *text;
	cloudabi_filestat_t stat;

	/* It may be gone, or be a link that leads nowhere. */
	if (look_at(listing, path, name, &stat))
		return true;
	write_entry(text, name, &stat);
	if (!text->full)
		return true;
	*text = before;
	return false;
}

/**
 * struct reader - A place in a directory
 * @fd: the directory
 * @cookie: where it is
 * @used: length of what is in @buf
 * @pos: how much of that is behind it
 * @buf: a part of the directory
 */
struct reader {
	cloudabi_fd_t fd;
	cloudabi_dircookie_t cookie;
	cloudabi_size_t used;
	size_t pos;
	char buf[2048];
};

static void read_from(struct reader *reader, cloudabi_fd_t fd, cloudabi_dircookie_t cookie)
{
	reader->fd = fd;
	reader->cookie = cookie;
	/* As if all of a full one had been seen. */
	reader->used = sizeof(reader->buf);
	reader->pos = sizeof(reader->buf);
}

/* An entry that is in the buffer as a whole: file_readdir() cuts the last one short. */
static bool take_entry(struct reader *reader, struct span *name)
{
	const size_t left = reader->used - reader->pos;
	cloudabi_dirent_t entry;

	if (left < sizeof(entry))
		return false;
	memcpy(&entry, reader->buf + reader->pos, sizeof(entry));
	if (left - sizeof(entry) < entry.d_namlen)
		return false;
	*name = (struct span){ reader->buf + reader->pos + sizeof(entry), entry.d_namlen };
	reader->pos += sizeof(entry) + name->len;
	reader->cookie = entry.d_next;
	return true;
}

/*
 * Goes on to the next name that is listed; at the end there is none.  Names with
 * a dot in front are as hidden here as elsewhere, though who knows one gets it.
 */
static cloudabi_errno_t read_name(struct reader *reader, struct span *name)
{
	cloudabi_errno_t error;

	for (;;) {
		while (take_entry(reader, name))
			if (name->len && name->p[0] != '.')
				return CLOUDABI_ESUCCESS;
		*name = (struct span){ 0 };
		if (reader->used < sizeof(reader->buf))
			return CLOUDABI_ESUCCESS;
		/* No name is that long. */
		if (!reader->pos)
			return CLOUDABI_EIO;
		error = cloudabi_sys_file_readdir(reader->fd, reader->buf, sizeof(reader->buf),
						  reader->cookie, &reader->used);
		if (error)
			return error;
		reader->pos = 0;
	}
}

/* Finds the names that come next on the page, or that there are too many. */
static cloudabi_errno_t pick(struct listing *listing, struct names *names)
{
	struct reader reader;
	struct span name;
	size_t n = 0;
	cloudabi_errno_t error;

	names->n = 0;
	read_from(&reader, listing->fd, CLOUDABI_DIRCOOKIE_START);
	while (!(error = read_name(&reader, &name)) && name.p) {
		names_add(names, &listing->last, name);
		/* Only before there is one on the page. */
		if (++n > LISTING_SORTED && !listing->last.len) {
			listing->unsorted = true;
			break;
		}
	}
	return error;
}

/* Lists as many names as there is room for; @all is set if no others follow. */
static cloudabi_errno_t list_unsorted(struct listing *listing, struct span path,
				      struct text *text, bool *all)
{
	struct reader reader;
	struct span name;
	cloudabi_errno_t error;

	read_from(&reader, listing->fd, listing->cookie);
	while (!(error = read_name(&reader, &name)) && name.p) {
		if (!list_name(listing, path, name, text))
			return CLOUDABI_ESUCCESS;
		listing->cookie = reader.cookie;
	}
	*all = !error;
	return error;
}

static cloudabi_errno_t list_sorted(struct listing *listing, struct span path,
				    struct names *names, struct text *text, bool *all)
{
	cloudabi_errno_t error;
	size_t i;

	do {
		error = pick(listing, names);
		if (error)
			return error;
		if (listing->unsorted)
			return list_unsorted(listing, path, text, all);
		for (i = 0; i < names->n; i++) {
			const struct name *const name = names_get(names, i);

			if (!list_name(listing, path, name_span(name), text))
				return CLOUDABI_ESUCCESS;
			name_set(&listing->last, name_span(name));
		}
	} while (names->n == NAMES_MAX);
	*all = true;
	return CLOUDABI_ESUCCESS;
}

void listing_start(struct listing *listing, cloudabi_fd_t root, cloudabi_fd_t fd)
{
	listing->root = root;
	listing->fd = fd;
	listing->begun = false;
	listing->ended = false;
	listing->last.len = 0;
	listing->unsorted = false;
	listing->cookie = CLOUDABI_DIRCOOKIE_START;
}

/**
 * listing_write - Write more of a page
 * @listing: the page
 * @path: what the directory is called
 * @names: room for some names
 * @text: where to; if it has LISTING_ROOM, something is written
 */
cloudabi_errno_t listing_write(struct listing *listing, struct span path, struct names *names,
			       struct text *text)
{
	static const char end[] = "</table></body></html>\n";
	cloudabi_errno_t error;
	bool all = false;

	if (!listing->begun)
		write_start(text, path);
	listing->begun = true;
	error = listing->unsorted ? list_unsorted(listing, path, text, &all) :
				    list_sorted(listing, path, names, text, &all);
	if (error || !all || text->size - text->len < sizeof(end) - 1)
		return error;
	text_str(text, end);
	listing->ended = true;
	return CLOUDABI_ESUCCESS;
}
