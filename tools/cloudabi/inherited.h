/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - Descriptors that it was started with
 *
 * A configuration can name one by its number.  It must not get by a number what
 * cloudabi-run has opened since, for itself or by another tag.
 */
#ifndef _TOOLS_CLOUDABI_INHERITED_H
#define _TOOLS_CLOUDABI_INHERITED_H

#include <stdbool.h>

/* Notes what is open, and has numbers 0 to 2 taken.  To be called before anything is opened. */
void inherited_begin(void);

/**
 * inherited() - Tell whether a descriptor was open at the start
 * @fd: its number
 *
 * Return: whether it was; if not, errno is what the system says of one that is not open.
 */
bool inherited(int fd);

#endif /* _TOOLS_CLOUDABI_INHERITED_H */
