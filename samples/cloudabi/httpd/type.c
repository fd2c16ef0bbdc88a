// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Content types
 */
#include "type.h"

static const struct {
	const char *extension;
	const char *type;
} types[] = {
	{ "avif", "image/avif" },
	{ "bmp", "image/bmp" },
	{ "c", "text/plain; charset=utf-8" },
	{ "css", "text/css; charset=utf-8" },
	{ "csv", "text/csv; charset=utf-8" },
	{ "gif", "image/gif" },
	{ "gz", "application/gzip" },
	{ "h", "text/plain; charset=utf-8" },
	{ "htm", "text/html; charset=utf-8" },
	{ "html", "text/html; charset=utf-8" },
	{ "ico", "image/x-icon" },
	{ "jpeg", "image/jpeg" },
	{ "jpg", "image/jpeg" },
	{ "js", "text/javascript; charset=utf-8" },
	{ "json", "application/json" },
	{ "log", "text/plain; charset=utf-8" },
	{ "md", "text/plain; charset=utf-8" },
	{ "mjs", "text/javascript; charset=utf-8" },
	{ "mp3", "audio/mpeg" },
	{ "mp4", "video/mp4" },
	{ "ogg", "audio/ogg" },
	{ "otf", "font/otf" },
	{ "pdf", "application/pdf" },
	{ "png", "image/png" },
	{ "svg", "image/svg+xml" },
	{ "tar", "application/x-tar" },
	{ "ttf", "font/ttf" },
	{ "txt", "text/plain; charset=utf-8" },
	{ "wasm", "application/wasm" },
	{ "webm", "video/webm" },
	{ "webp", "image/webp" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "xml", "application/xml" },
	{ "zip", "application/zip" },
};

/**
 * type_of() - Get the content type of a file by its extension
 * @path: the path
 *
 * A name such as ".html" has no extension.
 *
 * Return: a constant string, "application/octet-stream" if the extension is unknown.
 */
const char *type_of(struct span path)
{
	size_t start = path.len;
	size_t i;

	while (start && path.p[start - 1] != '.' && path.p[start - 1] != '/')
		start--;
	if (start < 2 || path.p[start - 1] == '/' || path.p[start - 2] == '/')
		return "application/octet-stream";
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (span_is((struct span){ path.p + start, path.len - start },
			    types[i].extension))
			return types[i].type;
	return "application/octet-stream";
}
