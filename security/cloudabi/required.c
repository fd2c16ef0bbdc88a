// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - What is demanded of the descriptors that a call looks up
 *
 * Needs of the ABI's table that hold under a condition are left to the hooks,
 * which see what is about to be done.  So are those of calls with two
 * descriptors, of which a look-up does not know the one from the other.
 */

#include <linux/kconfig.h>

#include "required.h"

/* Needs without condition, and those of calls that look up nothing otherwise */
#define DEMAND_fd_always 1
#define DEMAND_dirfd_always 1
#define DEMAND_sock_always 1
#define DEMAND_file_create_directory 1
#define DEMAND_fd_stat_put_flags 1
#define DEMAND_file_stat_put_times 1

/* Calls that need one or the other */
#define CHOICE_fd_seek 1
#define CHOICE_file_stat_fput 1
#define CHOICE_poll 1

cloudabi_rights_t cloudabi_required_by_call[U8_MAX + 1] __ro_after_init;
static_assert(ARRAY_SIZE(cloudabi_required_by_call) >= CLOUDABI_NR_CALLS);
static_assert(!(CLOUDABI_RIGHTS_ALL & CLOUDABI_REQUIRED_ANY_OF));

/**
 * cloudabi_init_required_rights - Learn what the calls need, from their table
 */
void __init cloudabi_init_required_rights(void)
{
#define DEMAND(call, arg, when, n, rights)              \
	if (__is_defined(DEMAND_##arg##_##when) ||      \
	    __is_defined(DEMAND_##call##_##when))       \
		cloudabi_required_by_call[CLOUDABI_NR_##call] |= \
			CLOUDABI_REQUIRED(call, arg, when); \
	if (__is_defined(CHOICE_##call))                \
		cloudabi_required_by_call[CLOUDABI_NR_##call] |= CLOUDABI_REQUIRED_ANY_OF;
	CLOUDABI_REQUIRED_RIGHTS(DEMAND)
}

/* Does fd_seek() do more than tell? */
static bool seek_moves(void)
{
	unsigned long args[6];

	syscall_get_arguments(current, task_pt_regs(current), args);
	return args[1] || (cloudabi_whence_t)args[2] != CLOUDABI_WHENCE_CUR;
}

/**
 * cloudabi_required_any_of - What a call with a choice needs of a descriptor
 * @base: rights of the descriptor
 *
 * What a subscription of poll() is for, only its handler knows; it is enough
 * that the descriptor may be waited for.
 *
 * Return: 0 if the rights are enough for one of the things that the call may be
 * about to do; else all that would help.
 */
cloudabi_rights_t cloudabi_required_any_of(cloudabi_rights_t base)
{
	const unsigned int nr = cloudabi_call_nr();
	cloudabi_rights_t missing = 0;

	if (nr == CLOUDABI_NR_fd_seek && seek_moves())
		return CLOUDABI_REQUIRED(fd_seek, fd, move);
#define CHOICE(call, arg, when, n, rights)                            \
	if (__is_defined(CHOICE_##call) && nr == CLOUDABI_NR_##call) { \
		if (!(CLOUDABI_REQUIRED(call, arg, when) & ~base))        \
			return 0;                                     \
		missing |= CLOUDABI_REQUIRED(call, arg, when);            \
	}
	CLOUDABI_REQUIRED_RIGHTS(CHOICE)
	return missing;
}
