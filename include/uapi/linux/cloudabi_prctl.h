/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * CloudABI - What a launcher says about the programs that it starts
 *
 * Options of prctl() for Linux programs; they are "CAB" and a number.  Arguments
 * that are not mentioned must be 0.  And what filters say.
 */
#ifndef _UAPI_LINUX_CLOUDABI_PRCTL_H
#define _UAPI_LINUX_CLOUDABI_PRCTL_H

/*
 * prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, ns)
 *
 * CloudABI programs that the calling thread, or a process that it makes from now
 * on, will execute see times that are multiples of so many nanoseconds, and have
 * no time-stamp counter.  The caller itself does not notice, other than that
 * there is no way back: a smaller number fails with EPERM.  EINVAL if it is 0 or
 * more than a day.
 */
#define PR_CLOUDABI_SET_CLOCK_PRECISION 0x43414201

/*
 * prctl(PR_CLOUDABI_GET_CLOCK_PRECISION, __u64 *ns)
 *
 * Stores what was set, 0 if nothing was.
 */
#define PR_CLOUDABI_GET_CLOCK_PRECISION 0x43414202

/*
 * What a seccomp filter returns as the errno of a call (SECCOMP_RET_ERRNO) for a
 * CloudABI program to see ENOTCAPABLE, for which Linux has no errno.
 */
#define CLOUDABI_LINUX_ENOTCAPABLE 600

#endif /* _UAPI_LINUX_CLOUDABI_PRCTL_H */
