/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - The vDSO image that vdso2c generates
 */
#ifndef _KERNEL_CLOUDABI_VDSO_IMAGE_H
#define _KERNEL_CLOUDABI_VDSO_IMAGE_H

#include <asm/vdso.h>

extern const struct vdso_image vdso_image_cloudabi;

#endif /* _KERNEL_CLOUDABI_VDSO_IMAGE_H */
