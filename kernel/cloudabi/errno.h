/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Error numbers
 */
#ifndef _KERNEL_CLOUDABI_ERRNO_H
#define _KERNEL_CLOUDABI_ERRNO_H

#include <linux/errno.h>
#include <uapi/linux/cloudabi.h>

/*
 * A descriptor lacks a right.  Linux has no such errno; this one is never seen
 * outside of the personality.  It is above all others of include/linux/errno.h.
 */
#define ENOTCAPABLE 600

cloudabi_errno_t cloudabi_errno(int error);

#endif /* _KERNEL_CLOUDABI_ERRNO_H */
