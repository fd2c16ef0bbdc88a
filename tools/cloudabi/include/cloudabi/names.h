/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - What numbers of the ABI are called
 *
 * Each function returns a string, "?" for a number without a name.
 */
#ifndef _CLOUDABI_NAMES_H
#define _CLOUDABI_NAMES_H

#include "abi.h"

/* The name of an errno as a constant without prefix: "ENOTCAPABLE". */
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

/* What an errno means, as part of a sentence for people. */
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

/* "REGULAR_FILE" */
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

/* "FILE_OPEN", for the number of the bit. */
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

/* "SIGKILL" */
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

/* "file_open" */
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
