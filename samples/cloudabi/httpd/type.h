/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Content types
 */
#ifndef HTTPD_TYPE_H
#define HTTPD_TYPE_H

#include "text.h"

const char *type_of(struct span path);

#endif /* HTTPD_TYPE_H */
