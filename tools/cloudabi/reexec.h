/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * cloudabi-reexec - What cloudabi-run tells it, and gets to hear
 *
 * The argument data are a sequence:
 *   - the number of a descriptor, the program
 *   - the number of one that a struct report goes to if the program can't be started
 *   - the number of one that the program's argument data are read from, to its end
 *   - a sequence of those that the program gets as 0, 1 and so on.  Each is a sequence
 *     of numbers: itself; its base rights and inheriting rights, of which it gets what
 *     it can have; the base rights, the inheriting rights, and those of one kind or
 *     the other that it has to have
 */
#ifndef _TOOLS_CLOUDABI_REEXEC_H
#define _TOOLS_CLOUDABI_REEXEC_H

#include <stdint.h>

/* Bytes of argument data. */
#define REEXEC_MOST_DATA (1 << 20)

/* What could not be done. */
enum report_stage {
	REPORT_CONFIG = 1,
	REPORT_LIMITS,
	REPORT_DESCRIPTORS,
	REPORT_CALLS,
	REPORT_REEXEC,
	REPORT_RIGHTS,
	REPORT_EXEC,
};

/**
 * struct report - Why a program did not start
 * @stage: enum report_stage; from REPORT_LIMITS to REPORT_REEXEC an error is one of
 *	   Linux, else of CloudABI
 * @error: what the system said
 * @index: which of the descriptors, for REPORT_RIGHTS
 * @base: base rights that it should have and does not
 * @inheriting: inheriting rights of that kind
 */
struct report {
	uint32_t stage;
	uint32_t error;
	uint32_t index;
	uint32_t zero;
	uint64_t base;
	uint64_t inheriting;
};

#endif /* _TOOLS_CLOUDABI_REEXEC_H */
