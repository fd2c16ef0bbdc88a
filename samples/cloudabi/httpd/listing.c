// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Pages that list a directory
 *
 * A page is sorted by name, with memory for NAMES_MAX names only: each part of a page takes a pass
 * through the directory, which finds the names that follow the last one.  The time
 * for the page is quadratic in the number of entries.  So a directory with more
 * than LISTING_SORTED entries is listed in its own order, in one pass.
 */
#include "date.h"
#include "listing.h"
#include "target.h"

#define SECOND 1000000000ULL

static void write_start(struct text *text, struct span path)
{
	text_str(text, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n");
	text_str(text, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>/");
	/* Truncates long paths, so that the start of the page fits into LISTING_ROOM. */
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

/* The "./" keeps a name with a colon from being read as a scheme. */
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

/* Looks up a name from the root of the site: it may be a symlink to another directory of it. */
static cloudabi_errno_t stat_name(const struct listing *listing, struct span path, struct span name,
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

/* Writes an entry.  Returns false if it does not fit. */
static bool list_name(struct listing *listing, struct span path, struct span name,
		      struct text *text)
{
	const struct text before = *text;
	cloudabi_filestat_t stat;

	/* The file may be gone, or be a dangling symlink. */
	if (stat_name(listing, path, name, &stat))
		return true;
	write_entry(text, name, &stat);
	if (!text->full)
		return true;
	*text = before;
	return false;
}

/**
 * struct reader - A position in a directory
 * @fd: the directory
 * @cookie: position of the next entry, for file_readdir()
 * @used: number of bytes in @buf
 * @pos: number of bytes of @buf that are consumed
 * @buf: entries
 */
struct reader {
	cloudabi_fd_t fd;
	cloudabi_dircookie_t cookie;
	cloudabi_size_t used;
	size_t pos;
	char buf[2048];
};

static void reader_init(struct reader *reader, cloudabi_fd_t fd, cloudabi_dircookie_t cookie)
{
	reader->fd = fd;
	reader->cookie = cookie;
	/* Looks like a full buffer whose entries are consumed, so that it is filled first. */
	reader->used = sizeof(reader->buf);
	reader->pos = sizeof(reader->buf);
}

/* Takes an entry out of the buffer.  Returns false if no complete one is left. */
static bool take_entry(struct reader *reader, struct span *name)
{
	cloudabi_dirent_t entry;

	name->p = cloudabi_dirent_next(reader->buf, reader->used, &reader->pos, &entry);
	if (!name->p)
		return false;
	name->len = entry.d_namlen;
	reader->cookie = entry.d_next;
	return true;
}

/*
 * Sets @name to the next name to list; its @p is NULL at the end.  Names that start with a
 * dot are not listed, but clients that know them may request them.
 */
static cloudabi_errno_t next_name(struct reader *reader, struct span *name)
{
	cloudabi_errno_t error;

	for (;;) {
		while (take_entry(reader, name))
			if (name->len && name->p[0] != '.')
				return CLOUDABI_ESUCCESS;
		*name = (struct span){ 0 };
		if (reader->used < sizeof(reader->buf))
			return CLOUDABI_ESUCCESS;
		/* An entry cannot be larger than the buffer. */
		if (!reader->pos)
			return CLOUDABI_EIO;
		error = cloudabi_sys_file_readdir(reader->fd, reader->buf, sizeof(reader->buf),
						  reader->cookie, &reader->used);
		if (error)
			return error;
		reader->pos = 0;
	}
}

/* Finds the names that follow the last one on the page.  Sets @unsorted if there are too many. */
static cloudabi_errno_t collect_names(struct listing *listing, struct names *names)
{
	struct reader reader;
	struct span name;
	size_t n = 0;
	cloudabi_errno_t error;

	names->n = 0;
	reader_init(&reader, listing->fd, CLOUDABI_DIRCOOKIE_START);
	while (!(error = next_name(&reader, &name)) && name.p) {
		names_add(names, &listing->last, name);
		/* Only for the first part: a page that has begun sorted stays so. */
		if (++n > LISTING_SORTED && !listing->last.len) {
			listing->unsorted = true;
			break;
		}
	}
	return error;
}

/* Lists as many names as fit.  Sets @all if no other names follow. */
static cloudabi_errno_t list_unsorted(struct listing *listing, struct span path,
				      struct text *text, bool *all)
{
	struct reader reader;
	struct span name;
	cloudabi_errno_t error;

	reader_init(&reader, listing->fd, listing->cookie);
	while (!(error = next_name(&reader, &name)) && name.p) {
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
		error = collect_names(listing, names);
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

/**
 * listing_start() - Start a page
 * @listing: initialised
 * @root: directory that is served
 * @fd: directory to list; both must stay open until the page is complete
 */
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
 * listing_write() - Write the next part of a page
 * @listing: the page
 * @path: path of the directory, to be shown
 * @names: memory for names
 * @text: text to append to; if LISTING_ROOM bytes are free, something is written
 *
 * Return: an errno; the page cannot be continued after an error.
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
