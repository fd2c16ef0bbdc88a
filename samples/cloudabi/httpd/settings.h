/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - What the server is given
 */
#ifndef HTTPD_SETTINGS_H
#define HTTPD_SETTINGS_H

#include <cloudabi/argdata.h>

/* In seconds. */
#define SETTINGS_TIMEOUT 10
#define SETTINGS_LONGEST_TIMEOUT 3600
#define SETTINGS_LONGEST_NAME 64

/**
 * struct settings - What the server is given
 * @root: the directory
 * @connections: where connections come from
 * @log: where mistakes are told, if @logs
 * @logs: whether there is such a place
 * @name: name of the server for answers, or NULL
 * @timeout: for a request to come as a whole, and for a client to take a single
 *	     byte of an answer; in seconds
 */
struct settings {
	cloudabi_fd_t root;
	cloudabi_fd_t connections;
	cloudabi_fd_t log;
	bool logs;
	const char *name;
	uint64_t timeout;
};

const char *settings_read(struct settings *settings, const void *data, size_t len);

#endif /* HTTPD_SETTINGS_H */
