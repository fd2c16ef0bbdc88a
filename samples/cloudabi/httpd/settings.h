/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - The argument data of the server
 */
#ifndef HTTPD_SETTINGS_H
#define HTTPD_SETTINGS_H

#include <cloudabi/argdata.h>

/* Default and limit of the timeout in seconds; limit of the name in bytes. */
#define SETTINGS_TIMEOUT 10
#define SETTINGS_LONGEST_TIMEOUT 3600
#define SETTINGS_LONGEST_NAME 64

/**
 * struct settings - The argument data of the server
 * @root: descriptor of the directory
 * @connections: descriptor of the stream that connections arrive on
 * @log: descriptor for error messages, if @logs
 * @logs: whether there is one
 * @name: name of the server for responses, or NULL; points into the argument data
 * @timeout: seconds to wait for a complete request, or for a client to take a byte
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
