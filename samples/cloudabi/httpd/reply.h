/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Choice of the response to a request
 */
#ifndef HTTPD_REPLY_H
#define HTTPD_REPLY_H

#include "connection.h"

void reply(struct connection *c, int status, const struct server *server);
void reply_error(struct connection *c, int status, const struct server *server);

#endif /* HTTPD_REPLY_H */
