/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Dates of HTTP; times are seconds since 1970, UTC
 */
#ifndef HTTPD_DATE_H
#define HTTPD_DATE_H

#include "text.h"

void date_write(struct text *text, uint64_t time);
void date_write_short(struct text *text, uint64_t time);
bool date_read(struct span s, uint64_t now, uint64_t *time);

#endif /* HTTPD_DATE_H */
