/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Names of the ABI's numbers
 *
 * Each function returns a constant string, or "?" for a number without a name.  They are
 * generated from the tables of <linux/cloudabi.h>.
 */
#ifndef _CLOUDABI_NAMES_H
#define _CLOUDABI_NAMES_H

#include "abi.h"

/* Returns the name of an errno without the prefix CLOUDABI_: "ENOTCAPABLE". */
static inline const char *cloudabi_errno_name(cloudabi_errno_t error)
{
	switch (error) {
	case CLOUDABI_ESUCCESS:
		return "ESUCCESS";
#define CLOUDABI_ERRNO_NAME(value, name, ...) case value: return "E" #name;
	CLOUDABI_ERRNOS(CLOUDABI_ERRNO_NAME)
#undef CLOUDABI_ERRNO_NAME
	default:
		return "?";
	}
}

/* Returns a description of an errno for people: "Descriptor lacks the right". */
static inline const char *cloudabi_strerror(cloudabi_errno_t error)
{
	switch (error) {
	case CLOUDABI_ESUCCESS:
		return "Success";
#define CLOUDABI_ERRNO_MESSAGE(value, name, native, message) case value: return message;
	CLOUDABI_ERRNOS(CLOUDABI_ERRNO_MESSAGE)
#undef CLOUDABI_ERRNO_MESSAGE
	default:
		return "?";
	}
}

/* Returns the name of a file type: "REGULAR_FILE". */
static inline const char *cloudabi_filetype_name(cloudabi_filetype_t type)
{
	switch (type) {
#define CLOUDABI_FILETYPE_NAME(value, name) case value: return #name;
	CLOUDABI_FILETYPES(CLOUDABI_FILETYPE_NAME)
#undef CLOUDABI_FILETYPE_NAME
	default:
		return "?";
	}
}

/* Returns the name of a right, by the number of its bit: "FILE_OPEN". */
static inline const char *cloudabi_right_name(unsigned int bit)
{
	switch (bit) {
#define CLOUDABI_RIGHT_NAME(value, name) case value: return #name;
	CLOUDABI_RIGHTS(CLOUDABI_RIGHT_NAME)
#undef CLOUDABI_RIGHT_NAME
	default:
		return "?";
	}
}

/* Returns the name of a signal: "SIGKILL". */
static inline const char *cloudabi_signal_name(cloudabi_signal_t sig)
{
	switch (sig) {
#define CLOUDABI_SIGNAL_NAME(value, name, ...) case value: return "SIG" #name;
	CLOUDABI_SIGNALS(CLOUDABI_SIGNAL_NAME)
#undef CLOUDABI_SIGNAL_NAME
	default:
		return "?";
	}
}

/* Returns the name of a call, by its number: "file_open". */
static inline const char *cloudabi_call_name(unsigned int nr)
{
	switch (nr) {
#define CLOUDABI_CALL_NAME(value, name, ...) case value: return #name;
	CLOUDABI_CALLS(CLOUDABI_CALL_NAME)
#undef CLOUDABI_CALL_NAME
	default:
		return "?";
	}
}

#endif /* _CLOUDABI_NAMES_H */
