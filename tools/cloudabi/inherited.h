/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The descriptors that it has inherited
 *
 * A configuration can name a descriptor by its number (!fd).  Only inherited descriptors
 * count: the number of one that cloudabi-run itself has opened since must not be accepted.
 */
#ifndef _TOOLS_CLOUDABI_INHERITED_H
#define _TOOLS_CLOUDABI_INHERITED_H

#include <stdbool.h>

/*
 * Records which descriptors are open, and calls standard_begin().  To be called before
 * anything is opened.
 */
void inherited_begin(void);

/**
 * inherited() - Check whether a descriptor was inherited
 * @fd: the number
 *
 * Return: true if it was open at the start; false with errno set to EBADF otherwise.
 */
bool inherited(int fd);

#endif /* _TOOLS_CLOUDABI_INHERITED_H */
