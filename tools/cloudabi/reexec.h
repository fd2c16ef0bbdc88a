/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * cloudabi-reexec - The protocol with cloudabi-run
 *
 * The argument data are a sequence:
 *   - int: descriptor of the program's executable
 *   - int: descriptor to write a struct report to if the program cannot be started
 *   - int: descriptor to read the program's argument data from, up to EOF
 *   - seq: the descriptors that the program gets as 0, 1 and so on.  Each is a sequence of
 *     int: its number, the base and the inheriting rights that it keeps if it has them, and
 *     the base rights, the inheriting rights and the rights of either set that it must have
 *
 * Descriptors have type int and not fd, as their numbers must not change.
 */
#ifndef _TOOLS_CLOUDABI_REEXEC_H
#define _TOOLS_CLOUDABI_REEXEC_H

#include <stdint.h>

/* Limits of the program's argument data in bytes, and of the number of its descriptors. */
#define REEXEC_MAX_DATA (1 << 20)
#define REEXEC_MAX_FDS 512

/* The step that failed. */
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
 * struct report - The reason why a program was not started
 * @stage: enum report_stage
 * @error: errno of Linux from REPORT_LIMITS to REPORT_REEXEC, else of CloudABI
 * @index: for REPORT_RIGHTS, the number of the descriptor in the program
 * @zero: zero
 * @base: for REPORT_RIGHTS, required base rights that are missing
 * @inheriting: for REPORT_RIGHTS, required inheriting rights that are missing
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
