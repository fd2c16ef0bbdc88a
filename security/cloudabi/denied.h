/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Telling of what was refused
 */
#ifndef _SECURITY_CLOUDABI_DENIED_H
#define _SECURITY_CLOUDABI_DENIED_H

#include <linux/cloudabi.h>

void cloudabi_denied_right(unsigned int fd, const struct file *file,
			   const struct cloudabi_rights *need,
			   const struct cloudabi_rights *have);

#endif /* _SECURITY_CLOUDABI_DENIED_H */
