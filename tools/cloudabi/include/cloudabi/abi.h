/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - The ABI as user space sees it
 *
 * Includes <linux/cloudabi.h>, which has the types, the constants and the table of calls.
 */
#ifndef _CLOUDABI_ABI_H
#define _CLOUDABI_ABI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An annotation for sparse in the kernel; it means nothing here. */
#ifndef __user
#define __user
#endif

#include <linux/cloudabi.h>

/* For definitions in headers: the linker keeps one instance for the whole program. */
#define CLOUDABI_ONE __attribute__((__weak__, __visibility__("hidden")))

#endif /* _CLOUDABI_ABI_H */
