// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Error numbers
 */

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/limits.h>

#include "errno.h"

static_assert(CLOUDABI_NR_ERRNOS <= U8_MAX);

/* Linux errnos that CloudABI has no name for: what a program can make of them */
#define OTHER_ERRNOS(ERRNO)                                          \
	ERRNO(EADV, IO)                                              \
	ERRNO(EBADE, INVAL)                                          \
	ERRNO(EBADFD, IO)                                            \
	ERRNO(EBADR, INVAL)                                          \
	ERRNO(ECOMM, IO)                                             \
	ERRNO(EHOSTDOWN, HOSTUNREACH)                                \
	ERRNO(EHWPOISON, IO)                                         \
	ERRNO(EISNAM, IO)                                            \
	ERRNO(EKEYEXPIRED, IO)                                       \
	ERRNO(EKEYREJECTED, IO)                                      \
	ERRNO(EKEYREVOKED, IO)                                       \
	ERRNO(ELIBACC, NOEXEC)                                       \
	ERRNO(ELIBBAD, NOEXEC)                                       \
	ERRNO(ELIBEXEC, NOEXEC)                                      \
	ERRNO(ELIBMAX, NOEXEC)                                       \
	ERRNO(ELIBSCN, NOEXEC)                                       \
	ERRNO(EMEDIUMTYPE, IO)                                       \
	ERRNO(ENAVAIL, IO)                                           \
	ERRNO(ENODATA, IO)                                           \
	ERRNO(ENOKEY, IO)                                            \
	ERRNO(ENOMEDIUM, IO)                                         \
	ERRNO(ENONET, NETDOWN)                                       \
	ERRNO(ENOTBLK, INVAL)                                        \
	ERRNO(ENOTNAM, IO)                                           \
	ERRNO(ENOTSUPP, NOTSUP)                                      \
	ERRNO(EPFNOSUPPORT, AFNOSUPPORT)                             \
	ERRNO(EREMCHG, IO)                                           \
	ERRNO(EREMOTEIO, IO)                                         \
	ERRNO(ERFKILL, PERM)                                         \
	ERRNO(ESHUTDOWN, PIPE)                                       \
	ERRNO(ESOCKTNOSUPPORT, PROTOTYPE)                            \
	ERRNO(ETIME, TIMEDOUT)                                       \
	ERRNO(ETOOMANYREFS, AGAIN)                                   \
	ERRNO(EUCLEAN, IO)                                           \
	ERRNO(EUSERS, AGAIN)

/* Those above here are the kernel's own: a handler should have dealt with it. */
#define ERRNO_INTERNAL 512

static const u8 errnos[] = {
#define ERRNO_NAMED(value, name, linux_errno, ...) [linux_errno] = (value),
	CLOUDABI_ERRNOS(ERRNO_NAMED)
#define ERRNO_OTHER(linux_errno, name) [linux_errno] = CLOUDABI_E##name,
	OTHER_ERRNOS(ERRNO_OTHER)
};

/**
 * cloudabi_errno - CloudABI's number of a Linux error
 * @error: positive errno of Linux, or ENOTCAPABLE
 *
 * Return: the number; ENOSYS for errors that nothing is known about, EIO for
 * those that the kernel only uses internally.
 */
cloudabi_errno_t cloudabi_errno(int error)
{
	if (error > 0 && error < (int)ARRAY_SIZE(errnos) && errnos[error])
		return errnos[error];
	return error < ERRNO_INTERNAL ? CLOUDABI_ENOSYS : CLOUDABI_EIO;
}
