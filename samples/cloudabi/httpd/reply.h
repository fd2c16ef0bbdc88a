/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - What a connection is answered with
 */
#ifndef HTTPD_REPLY_H
#define HTTPD_REPLY_H

#include "connection.h"

void reply(struct connection *c, int status, const struct serving *serving);
void reply_error(struct connection *c, int status, const struct serving *serving);

#endif /* HTTPD_REPLY_H */
