// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - What the server is given
 *
 * A launcher gives a map, which says what each descriptor is for.  A shell can
 * give no more than numbers and strings.
 */
#include "settings.h"

/* Whose absence is noticed. */
#define HAS_ROOT 1U
#define HAS_CONNECTIONS 2U

/* A name goes into heads of answers, where a line end would be one more field. */
static bool is_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (name[i] < ' ' || name[i] > '~' || i == SETTINGS_LONGEST_NAME)
			return false;
	return i && name[0] != ' ' && name[i - 1] != ' ';
}

static const char *read_field(struct settings *settings, const char *key,
			      struct cloudabi_argdata value, unsigned int *seen)
{
	if (!strcmp(key, "root")) {
		*seen |= HAS_ROOT;
		return cloudabi_argdata_get_fd(value, &settings->root) ?
			"root: must be a descriptor" : NULL;
	}
	if (!strcmp(key, "connections")) {
		*seen |= HAS_CONNECTIONS;
		return cloudabi_argdata_get_fd(value, &settings->connections) ?
			"connections: must be a descriptor" : NULL;
	}
	if (!strcmp(key, "log")) {
		settings->logs = !cloudabi_argdata_get_fd(value, &settings->log);
		return settings->logs ? NULL : "log: must be a descriptor";
	}
	if (!strcmp(key, "name"))
		return cloudabi_argdata_get_str(value, &settings->name) ||
		       !is_name(settings->name) ?
			"name: must be a short line of ASCII" : NULL;
	if (!strcmp(key, "timeout"))
		return cloudabi_argdata_get_uint(value, &settings->timeout,
						 SETTINGS_LONGEST_TIMEOUT) ||
		       !settings->timeout ?
			"timeout: must be seconds, from 1 to 3600" : NULL;
	return "knows root, connections, log, name and timeout, and nothing else";
}

/* Reads on behind what is wrong: the log may be there. */
static const char *read_map(struct settings *settings, struct cloudabi_argdata_iter *iter)
{
	struct cloudabi_argdata name, value;
	const char *wrong = NULL;
	unsigned int seen = 0;

	while (cloudabi_argdata_next_pair(iter, &name, &value)) {
		const char *key = "";
		const char *one;

		/* What is no string is no name of ours, either. */
		cloudabi_argdata_get_str(name, &key);
		one = read_field(settings, key, value, &seen);
		wrong = wrong ?: one;
	}
	if (iter->error)
		return wrong ?: "argument data: broken";
	if (!(seen & HAS_ROOT))
		return wrong ?: "root: is missing";
	if (!(seen & HAS_CONNECTIONS))
		return wrong ?: "connections: is missing";
	return wrong;
}

/**
 * settings_read - Learn what the server is given
 * @settings: set to that; if something is wrong, @log and @logs can be used
 * @data: the argument data
 * @len: their length
 *
 * Strings, as a shell gives them, and no data at all stand for the directory as
 * descriptor 3, connections from 4, and a log at 2.
 *
 * Return: NULL, or what is wrong.
 */
const char *settings_read(struct settings *settings, const void *data, size_t len)
{
	const struct cloudabi_argdata config = cloudabi_argdata_from(data, len);
	struct cloudabi_argdata_iter iter;

	*settings = (struct settings){ .timeout = SETTINGS_TIMEOUT };
	switch (cloudabi_argdata_type(config)) {
	case CLOUDABI_ARGDATA_NULL:
	case CLOUDABI_ARGDATA_UNKNOWN:
		settings->root = 3;
		settings->connections = 4;
		settings->log = 2;
		settings->logs = true;
		return NULL;
	case CLOUDABI_ARGDATA_MAP:
		cloudabi_argdata_iterate(config, CLOUDABI_ARGDATA_MAP, &iter);
		return read_map(settings, &iter);
	default:
		return "argument data: no map";
	}
}
