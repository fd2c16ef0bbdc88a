// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Mitigations against speculative execution attacks
 *
 * CloudABI programs are untrusted.  The parameter cloudabi.mitigations enables
 * mitigations for them even if the machine runs Linux programs without these.
 *
 * PR_SPEC_L1D_FLUSH is not used.  It protects the program from other programs,
 * not others from the program, and Linux kills a task that requests it when the
 * task runs on a core with SMT.
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

/*
 * A change of /sys/module/cloudabi/parameters/mitigations applies to programs
 * that are executed later.
 */
static bool mitigations = IS_ENABLED(CONFIG_CLOUDABI_MITIGATIONS);
module_param(mitigations, bool, 0600);

/**
 * cloudabi_arch_mitigations_check - Check that this processor may run programs
 *
 * Page table isolation is enabled at boot, for all programs or for none.
 * Without it, a program can read kernel memory on processors with Meltdown.
 *
 * Context: Any.
 * Return: 0; -EPERM if mitigations are requested and isolation is missing.
 */
int cloudabi_arch_mitigations_check(void)
{
	if (!READ_ONCE(mitigations) ||
	    !boot_cpu_has_bug(X86_BUG_CPU_MELTDOWN) ||
	    boot_cpu_has(X86_FEATURE_PTI))
		return 0;
	pr_warn_once("CloudABI: programs need page table isolation (pti=on) on this processor\n");
	return -EPERM;
}

/*
 * A refusal is acceptable if the processor is not vulnerable or if the
 * mitigation is on for all tasks.  It is not if speculation stays enabled.
 */
static void mitigations_force(unsigned long which)
{
	if (!arch_prctl_spec_ctrl_set(current, which, PR_SPEC_FORCE_DISABLE))
		return;
	if (arch_prctl_spec_ctrl_get(current, which) == PR_SPEC_ENABLE)
		pr_warn_once("CloudABI: cannot restrict speculation of programs, see /sys/devices/system/cpu/vulnerabilities\n");
}

/**
 * cloudabi_arch_mitigations_enable - Restrict speculation in the caller
 *
 * The task cannot undo this.  Its threads and children inherit it.  The result
 * is visible in /proc/PID/status.
 *
 * Context: Process context, in exec.
 */
void cloudabi_arch_mitigations_enable(void)
{
	if (!READ_ONCE(mitigations))
		return;
	mitigations_force(PR_SPEC_STORE_BYPASS);
	mitigations_force(PR_SPEC_INDIRECT_BRANCH);
}
