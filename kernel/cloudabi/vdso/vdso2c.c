// SPDX-License-Identifier: GPL-2.0-only
/* Build tool of the architecture: converts a vDSO image to C source. */
#include "../../../arch/x86/entry/vdso/vdso2c.c"
