/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI - Error numbers
 */
#ifndef _LINUX_CLOUDABI_ERRNO_H
#define _LINUX_CLOUDABI_ERRNO_H

#include <linux/errno.h>
#include <uapi/linux/cloudabi.h>
#include <uapi/linux/cloudabi_prctl.h>

/*
 * A descriptor lacks a right, or a pathname leads out of its directory.  Linux
 * has no such errno, so this number lies above all those of
 * include/linux/errno.h.  CloudABI programs, tracers and audit never see it:
 * cloudabi_errno() converts it to CLOUDABI_ENOTCAPABLE.  Seccomp filters that a
 * launcher installs return it.
 */
#define ENOTCAPABLE CLOUDABI_LINUX_ENOTCAPABLE

/* kernel/cloudabi/errno.c */
cloudabi_errno_t cloudabi_errno(int error);

#endif /* _LINUX_CLOUDABI_ERRNO_H */
