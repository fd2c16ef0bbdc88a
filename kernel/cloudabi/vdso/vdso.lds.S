/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Layout of the vDSO: that of the native one
 *
 * No symbol but the calls is to be seen.
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
