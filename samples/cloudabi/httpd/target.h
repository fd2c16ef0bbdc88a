/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * httpd - Conversion between request targets and paths
 */
#ifndef HTTPD_TARGET_H
#define HTTPD_TARGET_H

#include "text.h"

bool target_decode(struct span target, struct text *path);
void target_encode(struct text *text, struct span path);
void target_escape(struct text *text, struct span s);

#endif /* HTTPD_TARGET_H */
