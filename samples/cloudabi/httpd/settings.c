// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * httpd - The argument data of the server
 *
 * A launcher passes a map that tells what each descriptor is for.  A shell can only pass
 * descriptors by number, and strings.
 */
#include "settings.h"

/* The settings that are required, as bits. */
#define HAS_ROOT 1U
#define HAS_CONNECTIONS 2U

/* The name is sent in heads of responses, so it must not contain a line break. */
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

/* Continues after an error, as the log may follow.  Returns the first error. */
static const char *read_map(struct settings *settings, struct cloudabi_argdata_iter *iter)
{
	struct cloudabi_argdata name, value;
	const char *wrong = NULL;
	unsigned int seen = 0;

	while (cloudabi_argdata_next_pair(iter, &name, &value)) {
		const char *key = "";
		const char *one;

		/* A key that is no string stays "", which is unknown. */
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
 * settings_read() - Parse the argument data
 * @settings: set to them; @log and @logs are valid even after an error
 * @data: the argument data, which must stay valid
 * @len: their length in bytes
 *
 * Strings, as passed by a shell, and empty argument data select the defaults: the directory is
 * descriptor 3, the stream 4, the log 2.
 *
 * Return: NULL, or an error message.
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
