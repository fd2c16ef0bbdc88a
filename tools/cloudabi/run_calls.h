/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The calls that a program may make
 *
 * An allow-list, enforced by a seccomp filter on the architecture value of CloudABI.  The
 * program's children and everything that it executes inherit the filter.
 */
#ifndef _TOOLS_CLOUDABI_RUN_CALLS_H
#define _TOOLS_CLOUDABI_RUN_CALLS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "run.h"

/* Room for a filter, in instructions. */
#define CALLS_FILTER 32

/**
 * struct calls - An allow-list of calls
 * @limited: whether there is a list; without one, all calls are allowed
 * @allowed: the list, as a set of bits by call number
 */
struct calls {
	bool limited;
	uint64_t allowed;
};

/**
 * calls_add() - Add a call to the list
 * @calls: the list; sets @limited
 * @at: position of the name, for error messages
 * @name: name of the call
 *
 * Fails, see fail(), if no call has that name.
 */
void calls_add(struct calls *calls, const struct mark *at, const char *name);

/**
 * calls_filter() - Build the seccomp filter of a list
 * @calls: the list
 * @first_reserved: the first descriptor number reserved for cloudabi-reexec
 * @filter: receives the instructions
 *
 * The filter allows the calls of the list, proc_exit, restart_syscall, and what
 * cloudabi-reexec has to do with reserved descriptors.  All other CloudABI calls fail with
 * ENOTCAPABLE.  Calls of other architectures are not filtered.
 *
 * Return: the number of instructions.
 */
size_t calls_filter(const struct calls *calls, uint32_t first_reserved,
		    struct sock_filter filter[CALLS_FILTER]);

/**
 * calls_install() - Install the filter of a list on the calling process
 * @calls: the list; does nothing without one
 * @first_reserved: see calls_filter(); RLIMIT_NOFILE must keep the program below it
 *
 * The process must have set no_new_privs.
 *
 * Return: true on success, false with errno set otherwise.
 */
bool __attribute__((__warn_unused_result__))
calls_install(const struct calls *calls, uint32_t first_reserved);

/* Prints the list in the syntax of the configuration: "calls: [fd_read, proc_exit]". */
void calls_print(const struct calls *calls, FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_CALLS_H */
