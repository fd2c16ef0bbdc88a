/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standard input, output and error: nothing else has their numbers
 *
 * A program that is started without them would get their numbers for what it opens
 * itself, and write its messages there.
 */
#ifndef _TOOLS_CLOUDABI_STANDARD_H
#define _TOOLS_CLOUDABI_STANDARD_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

/**
 * standard_begin() - See to it that numbers 0 to 2 are taken
 *
 * To be called before anything is opened.  What stands in for one that is not open
 * can neither be read nor written, as if it were not, and is gone when another
 * program is executed.  Who opens it anew by a name such as /dev/stdin gets nothing
 * of use.
 *
 * Return: those that it stands in for, a bit for each.
 */
static inline unsigned int standard_begin(void)
{
	unsigned int missing = 0;

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* They get the lowest number that is free, as those below are taken. */
		if (open("/dev/null", O_PATH | O_CLOEXEC) != fd &&
		    epoll_create1(EPOLL_CLOEXEC) != fd)
			_exit(125);
		missing |= 1U << fd;
	}
	return missing;
}

#endif /* _TOOLS_CLOUDABI_STANDARD_H */
