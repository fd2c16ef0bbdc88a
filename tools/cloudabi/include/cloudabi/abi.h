/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - The ABI as user space sees it
 */
#ifndef _CLOUDABI_ABI_H
#define _CLOUDABI_ABI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mark of the kernel for its checker, without a meaning here. */
#ifndef __user
#define __user
#endif

#include <linux/cloudabi.h>

/* One instance in the program, whichever objects include its definition. */
#define CLOUDABI_ONE __attribute__((__weak__, __visibility__("hidden")))

#endif /* _CLOUDABI_ABI_H */
