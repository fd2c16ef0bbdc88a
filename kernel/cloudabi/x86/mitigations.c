// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - What a processor guesses ahead
 *
 * Programs that nobody trusts can be kept from using speculation to look at what
 * is not theirs, whatever the machine does for other programs.  Flushing the
 * first cache is not among it: that protects a program from others, and Linux
 * kills those that ask for it on a core with two threads.
 */

#include <linux/cpufeature.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/prctl.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "arch.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "cloudabi."

/* At boot, or for programs to come: /sys/module/cloudabi/parameters/. */
static bool mitigations = IS_ENABLED(CONFIG_CLOUDABI_MITIGATIONS);
module_param(mitigations, bool, 0600);

/**
 * cloudabi_arch_mitigations_check - May programs be run on this processor?
 *
 * Whether the kernel's memory is in the page tables of programs is decided at
 * boot, for all of them.
 *
 * Return: 0; -EPERM if it is, and they could read it.
 */
int cloudabi_arch_mitigations_check(void)
{
	if (!READ_ONCE(mitigations) ||
	    !boot_cpu_has_bug(X86_BUG_CPU_MELTDOWN) ||
	    boot_cpu_has(X86_FEATURE_PTI))
		return 0;
	pr_warn_once("CloudABI: this processor needs page table isolation (pti=on), no program is run without\n");
	return -EPERM;
}

/* Errors are no choice of the task's: all programs are safe, or none is. */
static void force(unsigned long which)
{
	if (!arch_prctl_spec_ctrl_set(current, which, PR_SPEC_FORCE_DISABLE))
		return;
	if (arch_prctl_spec_ctrl_get(current, which) == PR_SPEC_ENABLE)
		pr_warn_once("CloudABI: the kernel can't make programs speculate less, see vulnerabilities in /sys/devices/system/cpu\n");
}

/**
 * cloudabi_arch_mitigations_start - Make the caller speculate less, for good
 *
 * Its threads and children do so as well.  /proc/PID/status has the outcome.
 */
void cloudabi_arch_mitigations_start(void)
{
	if (!READ_ONCE(mitigations))
		return;
	force(PR_SPEC_STORE_BYPASS);
	force(PR_SPEC_INDIRECT_BRANCH);
}
