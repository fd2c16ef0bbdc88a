/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Error numbers
 */
#ifndef _KERNEL_CLOUDABI_ERRNO_H
#define _KERNEL_CLOUDABI_ERRNO_H

#include <linux/errno.h>
#include <uapi/linux/cloudabi.h>
#include <uapi/linux/cloudabi_prctl.h>

/*
 * A descriptor lacks a right.  Linux has no such errno; outside of the personality
 * only filters say this one.  It is above all others of include/linux/errno.h.
 */
#define ENOTCAPABLE CLOUDABI_LINUX_ENOTCAPABLE

struct cloudabi_at;
struct file;

cloudabi_errno_t cloudabi_errno(int error);

int cloudabi_error_name(int error, const struct cloudabi_at *at);
int cloudabi_error_new(int error, const struct cloudabi_at *at);
int cloudabi_error_link(int error, const struct cloudabi_at *from,
			unsigned int flags, const struct cloudabi_at *to);
int cloudabi_error_rename(int error, const struct cloudabi_at *from,
			  const struct cloudabi_at *to);
int cloudabi_error_unlink(int error, const struct cloudabi_at *at);
int cloudabi_error_open(int error, const struct cloudabi_at *at, int flags);
int cloudabi_error_recv(int error, struct file *file);
int cloudabi_error_send(int error, struct file *file);

#endif /* _KERNEL_CLOUDABI_ERRNO_H */
