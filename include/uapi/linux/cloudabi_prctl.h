/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * CloudABI - Interface for Linux programs that start CloudABI programs
 *
 * Options of prctl(), and the errno with which seccomp filters refuse calls.
 * An option is the letters "CAB" followed by a number.  Arguments that are not
 * mentioned must be 0.
 */
#ifndef _UAPI_LINUX_CLOUDABI_PRCTL_H
#define _UAPI_LINUX_CLOUDABI_PRCTL_H

/*
 * prctl(PR_CLOUDABI_SET_CLOCK_PRECISION, ns)
 *
 * Limits the precision of clocks to multiples of @ns and disables the
 * time-stamp counter.  Threads and processes that the caller creates inherit
 * the setting.  It takes effect when they execute a CloudABI program.
 * Linux programs keep precise clocks.  The precision can be reduced further but
 * never increased again.
 *
 * EPERM: @ns is smaller than the current setting.
 * EINVAL: @ns is 0 or more than a day.
 */
#define PR_CLOUDABI_SET_CLOCK_PRECISION 0x43414201

/*
 * prctl(PR_CLOUDABI_GET_CLOCK_PRECISION, __u64 *ns)
 *
 * Stores the current setting, 0 if there is none.
 */
#define PR_CLOUDABI_GET_CLOCK_PRECISION 0x43414202

/*
 * Linux has no ENOTCAPABLE.  A seccomp filter that returns this number with
 * SECCOMP_RET_ERRNO makes the call fail with ENOTCAPABLE.
 */
#define CLOUDABI_LINUX_ENOTCAPABLE 600

#endif /* _UAPI_LINUX_CLOUDABI_PRCTL_H */
