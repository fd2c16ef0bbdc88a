/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Linker script of the vDSO
 *
 * The layout is that of the native vDSO.  Only the calls are exported.
 */
#define BUILD_VDSO64
#include "../../../arch/x86/entry/vdso/vdso-layout.lds.S"

VERSION
{
	CLOUDABI_1 {
	global:
		cloudabi_sys_*;
	local:
		*;
	};
}
