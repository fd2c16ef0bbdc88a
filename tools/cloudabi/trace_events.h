/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of calls and refusals, read from the kernel's buffers and printed as text
 */
#ifndef _TOOLS_CLOUDABI_TRACE_EVENTS_H
#define _TOOLS_CLOUDABI_TRACE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * events_open() - Open the buffers of a trace instance and enable its events
 * @instance: directory of the instance; must stay valid until events_close()
 * @denials: whether to enable only the events of refusals
 *
 * Return: NULL, or the path of the file that caused the error, with errno set; EPROTO if
 * a tracepoint lacks a field.
 */
const char *events_open(const char *instance, bool denials);

/* Closes the buffers. */
void events_close(void);

/*
 * Waits up to @ms milliseconds.  Returns true if @fd is readable, and false if a buffer is
 * half full or the time is over.
 */
bool events_wait(int fd, int ms);
/* Prints the events with a time stamp below @until, in ns of CLOCK_MONOTONIC. */
void events_print(FILE *out, uint64_t until);
/* Passes the text of each refusal to @handle.  Only for events_open() with @denials. */
void events_denials(void (*handle)(const char *text));
/* Returns the number of events that were dropped because a buffer was full. */
unsigned long long events_lost(void);
/* Prints the calls that did not return, and the number of dropped events. */
void events_end(FILE *out);

#endif /* _TOOLS_CLOUDABI_TRACE_EVENTS_H */
