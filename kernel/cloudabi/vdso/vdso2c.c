// SPDX-License-Identifier: GPL-2.0-only
/* The architecture's tool that makes C of a vDSO image. */
#include "../../../arch/x86/entry/vdso/vdso2c.c"
