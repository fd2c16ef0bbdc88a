/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Reports of refusals
 */
#ifndef _SECURITY_CLOUDABI_DENIED_H
#define _SECURITY_CLOUDABI_DENIED_H

#include <linux/cloudabi.h>

void cloudabi_log_denied_right(unsigned int fd, const struct file *file,
			       const struct cloudabi_rights *need,
			       const struct cloudabi_rights *have);
void cloudabi_log_denied_name(const struct path *dir, const char *name);
void cloudabi_log_denied_hook(const char *hook);

#endif /* _SECURITY_CLOUDABI_DENIED_H */
