// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - The rights that the current call requires
 *
 * The masks are generated from CLOUDABI_REQUIRED_RIGHTS(), the table of the
 * ABI.  A row of that table holds always or under a condition.  A look-up
 * cannot know most conditions, so the hooks of confine.c check those rows: they
 * see what is about to be done.  The hooks also check the calls with two
 * descriptors, since a look-up does not know which of the two it is for.
 */

#include <linux/kconfig.h>

#include "required.h"

/* Rows that always hold, of calls with one descriptor. */
#define REQUIRED_fd_always 1
#define REQUIRED_dirfd_always 1
#define REQUIRED_sock_always 1

/* Rows whose condition holds whenever the call looks up a descriptor. */
#define REQUIRED_file_create_directory 1
#define REQUIRED_fd_stat_put_flags 1
#define REQUIRED_file_stat_put_times 1

/* Calls that require any of several rights, depending on their arguments. */
#define ANY_OF_fd_seek 1
#define ANY_OF_file_stat_fput 1
#define ANY_OF_poll 1

cloudabi_rights_t cloudabi_required_by_call[U8_MAX + 1] __ro_after_init;
static_assert(ARRAY_SIZE(cloudabi_required_by_call) >= CLOUDABI_NR_CALLS);
static_assert(!(CLOUDABI_RIGHTS_ALL & CLOUDABI_REQUIRED_ANY_OF));

/**
 * cloudabi_init_required_rights - Fill in the rights that each call requires
 *
 * Context: Boot.
 */
void __init cloudabi_init_required_rights(void)
{
#define INIT_REQUIRED(call, arg, when, n, rights)                \
	if (__is_defined(REQUIRED_##arg##_##when) ||             \
	    __is_defined(REQUIRED_##call##_##when))              \
		cloudabi_required_by_call[CLOUDABI_NR_##call] |= \
			CLOUDABI_REQUIRED(call, arg, when);      \
	if (__is_defined(ANY_OF_##call))                         \
		cloudabi_required_by_call[CLOUDABI_NR_##call] |= \
			CLOUDABI_REQUIRED_ANY_OF;
	CLOUDABI_REQUIRED_RIGHTS(INIT_REQUIRED)
}

/* Does fd_seek() change the position, or only tell it? */
static bool required_seek_moves(void)
{
	unsigned long args[6];

	syscall_get_arguments(current, task_pt_regs(current), args);
	return args[1] || (cloudabi_whence_t)args[2] != CLOUDABI_WHENCE_CUR;
}

/**
 * cloudabi_required_any_of - Get the rights of a call with several rows
 * @base: base rights of the descriptor
 *
 * For poll(), the rights of any row are enough here: its handler checks the row
 * that each subscription requires.
 *
 * Context: Process context.
 * Return: the rights that the descriptor must have.  For fd_seek() that moves
 * the position, the right to move; otherwise 0 if @base has all rights of any
 * row of the call, or else the rights of all its rows.
 */
cloudabi_rights_t cloudabi_required_any_of(cloudabi_rights_t base)
{
	const unsigned int nr = cloudabi_call_nr();
	cloudabi_rights_t missing = 0;

	if (nr == CLOUDABI_NR_fd_seek && required_seek_moves())
		return CLOUDABI_REQUIRED(fd_seek, fd, move);
#define CHECK_ANY_OF(call, arg, when, n, rights)                       \
	if (__is_defined(ANY_OF_##call) && nr == CLOUDABI_NR_##call) { \
		if (!(CLOUDABI_REQUIRED(call, arg, when) & ~base))     \
			return 0;                                      \
		missing |= CLOUDABI_REQUIRED(call, arg, when);         \
	}
	CLOUDABI_REQUIRED_RIGHTS(CHECK_ANY_OF)
	return missing;
}
