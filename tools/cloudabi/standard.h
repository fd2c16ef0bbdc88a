/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reservation of the descriptors 0 to 2
 *
 * If a program is started with one of these closed, the next file that it opens gets that
 * number, and messages for standard error end up in that file.
 */
#ifndef _TOOLS_CLOUDABI_STANDARD_H
#define _TOOLS_CLOUDABI_STANDARD_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

/**
 * standard_begin() - Open placeholders for descriptors 0 to 2 that are closed
 *
 * To be called before anything is opened.  A placeholder behaves like a closed descriptor:
 * it can neither be read nor written (O_PATH, or an epoll instance without /dev), is
 * close-on-exec, and is useless when reopened through /dev/stdin or the like.
 *
 * Return: the set of descriptors that have a placeholder, a bit each.  Exits with 125 if
 * none could be opened.
 */
static inline unsigned int standard_begin(void)
{
	unsigned int missing = 0;

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open() returns the lowest free number, which is @fd. */
		if (open("/dev/null", O_PATH | O_CLOEXEC) != fd &&
		    epoll_create1(EPOLL_CLOEXEC) != fd)
			_exit(125);
		missing |= 1U << fd;
	}
	return missing;
}

#endif /* _TOOLS_CLOUDABI_STANDARD_H */
