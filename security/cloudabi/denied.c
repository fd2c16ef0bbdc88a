// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Telling of what was refused
 */

#include <trace/events/cloudabi.h>

#include "denied.h"

/**
 * cloudabi_denied_right - A descriptor lacks a right
 * @fd: number of the descriptor
 * @file: what it refers to, held by the caller
 * @need: rights that were asked for
 * @have: rights of the descriptor
 */
void cloudabi_denied_right(unsigned int fd, const struct file *file,
			   const struct cloudabi_rights *need,
			   const struct cloudabi_rights *have)
{
	trace_cloudabi_denied(fd, need, have);
}
