// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - Conversion between request targets and paths
 *
 * Nothing here looks for "..": the kernel does not resolve a path that leads out of
 * the directory whose descriptor it starts at.
 */
#include "target.h"

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Strips "http://host", which proxies send.  Returns the path and query; @p is NULL if invalid. */
static struct span skip_origin(struct span target)
{
	static const struct span none;
	const struct span scheme = { target.p, target.len < 7 ? target.len : 7 };
	const char *slash;

	if (target.len && target.p[0] == '/')
		return target;
	if (!span_is(scheme, "http://"))
		return none;
	target.p += scheme.len;
	target.len -= scheme.len;
	for (slash = target.p; slash < target.p + target.len; slash++)
		if (*slash == '/' || *slash == '?')
			break;
	/* The host must not be empty, the path may be. */
	if (slash == target.p)
		return none;
	target.len -= (size_t)(slash - target.p);
	target.p = slash;
	return target.len && *slash == '/' ? target : span_of("/");
}

/**
 * target_decode() - Convert a request target to a path
 * @target: the target, from the first line of the request
 * @path: text to append the path to, without its leading slash
 *
 * Percent-encoding is decoded, of slashes too; the query is dropped.
 *
 * Return: true if the target is valid.  The path may not have fitted: see @full of @path.
 */
bool target_decode(struct span target, struct text *path)
{
	size_t i;

	target = skip_origin(target);
	if (!target.p)
		return false;
	for (i = 1; i < target.len && target.p[i] != '?'; i++) {
		char c = target.p[i];

		if (c == '#')
			return false;
		if (c == '%') {
			const int high = i + 2 < target.len ? hex_digit(target.p[i + 1]) : -1;
			const int low = i + 2 < target.len ? hex_digit(target.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c)
			return false;
		text_put(path, (struct span){ &c, 1 });
	}
	return true;
}

static bool is_plain(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' ||
	       c == '_' || c == '~' || c == '/';
}

/* Writes a path in percent-encoding, for use in any reference. */
void target_encode(struct text *text, struct span path)
{
	size_t i;

	for (i = 0; i < path.len; i++) {
		if (is_plain(path.p[i])) {
			text_put(text, (struct span){ &path.p[i], 1 });
		} else {
			text_str(text, "%");
			text_number(text, (unsigned char)path.p[i], 16, 2);
		}
	}
}

/* Writes text with the markup characters of HTML escaped, for use between tags or in quotes. */
void target_escape(struct text *text, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		switch (s.p[i]) {
		case '&':
			text_str(text, "&amp;");
			break;
		case '<':
			text_str(text, "&lt;");
			break;
		case '>':
			text_str(text, "&gt;");
			break;
		case '"':
			text_str(text, "&quot;");
			break;
		case '\'':
			text_str(text, "&#39;");
			break;
		default:
			text_put(text, (struct span){ &s.p[i], 1 });
		}
	}
}
