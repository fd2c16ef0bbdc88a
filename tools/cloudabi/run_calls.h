/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cloudabi-run - The calls that a program may make
 *
 * A seccomp filter on the architecture value of CloudABI.  It stays with all that
 * the program executes or forks.
 */
#ifndef _TOOLS_CLOUDABI_RUN_CALLS_H
#define _TOOLS_CLOUDABI_RUN_CALLS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "run.h"

/* The most instructions of a filter. */
#define CALLS_FILTER 32

/**
 * struct calls - An allow-list
 * @limited: whether there is a list; without one all calls are allowed
 * @allowed: a bit for each call, by its number
 */
struct calls {
	bool limited;
	uint64_t allowed;
};

/**
 * calls_add() - Allow a call
 * @calls: the list, which is one from now on
 * @at: where the configuration says so
 * @name: name of the call; fails if there is none of that name
 */
void calls_add(struct calls *calls, const struct mark *at, const char *name);

/**
 * calls_filter() - Make the filter of a list
 * @calls: the list
 * @first_reserved: descriptors from this number on are those of the re-executor
 * @filter: where to put the instructions
 *
 * Allowed are the calls of the list, proc_exit, what the kernel goes on with an
 * interrupted call by, and what the re-executor does with descriptors of its own.
 * The rest fails with ENOTCAPABLE.  Linux programs are not limited.
 *
 * Return: how many instructions there are.
 */
size_t calls_filter(const struct calls *calls, uint32_t first_reserved,
		    struct sock_filter filter[CALLS_FILTER]);

/**
 * calls_install() - Have the kernel enforce a list on this process
 * @calls: the list; nothing is done if there is none
 * @first_reserved: as of calls_filter(); the program must not be able to have such numbers
 *
 * No_new_privs must be set.
 *
 * Return: whether it is enforced; if not, errno says why.
 */
bool __attribute__((__warn_unused_result__))
calls_install(const struct calls *calls, uint32_t first_reserved);

/* Prints the list as the configuration would have it, "calls: [fd_read, proc_exit]". */
void calls_print(const struct calls *calls, FILE *out);

#endif /* _TOOLS_CLOUDABI_RUN_CALLS_H */
