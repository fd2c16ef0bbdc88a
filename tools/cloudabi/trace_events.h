/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of calls and refusals, from the kernel's buffers to lines of text
 */
#ifndef _TOOLS_CLOUDABI_TRACE_EVENTS_H
#define _TOOLS_CLOUDABI_TRACE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Functions give NULL, or the name of the file that is not as it should be,
 * with errno.
 */
const char *events_open(const char *instance, bool denials);
void events_close(void);

/* Waits until a descriptor can be read (true), a buffer fills, or the time is over. */
bool events_wait(int fd, int ms);
/* Prints events from before a time, in ns of CLOCK_MONOTONIC. */
void events_print(FILE *out, uint64_t until);
/* Gives each denial that there is, as text; of events that were opened for nothing else. */
void events_denials(void (*take)(const char *text));
/* Counts those that found no room. */
unsigned long long events_lost(void);
/* Prints calls that did not end, and whether anything is lost. */
void events_end(FILE *out);

#endif /* _TOOLS_CLOUDABI_TRACE_EVENTS_H */
