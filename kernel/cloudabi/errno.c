// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Error numbers
 *
 * The map from Linux's errnos to those of the ABI.  Where the meaning of an
 * errno depends on the call, its handler has translated it before; see
 * patherrno.c and sockerrno.c.
 */

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/cloudabi_errno.h>
#include <linux/limits.h>

static_assert(CLOUDABI_NR_ERRNOS <= U8_MAX);

/* Linux errnos without a name in the ABI, and the nearest errno that has one */
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

static const u8 errnos[] = {
#define ERRNO_NAMED(value, name, linux_errno, ...) [linux_errno] = (value),
	CLOUDABI_ERRNOS(ERRNO_NAMED)
#define ERRNO_OTHER(linux_errno, name) [linux_errno] = CLOUDABI_E##name,
	OTHER_ERRNOS(ERRNO_OTHER)
};

/**
 * cloudabi_errno - Map an errno of Linux to an errno of the ABI
 * @error: positive errno of Linux, or ENOTCAPABLE
 *
 * Except ENOTCAPABLE, errnos from ERESTARTSYS on are internal to the kernel.  A
 * handler must not return them, except to restart the call.
 *
 * Context: Any.
 * Return: the errno of the ABI; CLOUDABI_ENOSYS for an errno that the map does
 * not have; CLOUDABI_EIO for an errno that is internal to the kernel.
 */
cloudabi_errno_t cloudabi_errno(int error)
{
	if (error > 0 && error < (int)ARRAY_SIZE(errnos) && errnos[error])
		return errnos[error];
	return error < ERESTARTSYS ? CLOUDABI_ENOSYS : CLOUDABI_EIO;
}
