// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * cat - Print files beneath a directory
 *
 *	$ ./cat.cloudabi hostname os-release 3</etc
 *
 * Names are looked up at descriptor 3.  A name cannot lead out of that directory: try
 * ../proc/version, /proc/version or a symlink to either.
 */
#include <cloudabi.h>

#define OUT 1
#define ERR 2
#define DIR 3
#define MAX_NAMES 256

static cloudabi_errno_t print_file(const char *name)
{
	cloudabi_errno_t error;
	cloudabi_fd_t fd;

	/* FD_READ is the only right requested, so the descriptor can do nothing but read. */
	error = cloudabi_open(DIR, name, 0, CLOUDABI_RIGHT_FD_READ, 0, &fd);
	if (error)
		return error;
	error = cloudabi_copy(fd, OUT);
	cloudabi_sys_fd_close(fd);
	return error;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const char *argv[MAX_NAMES];
	const size_t argc = cloudabi_argdata_split(start->argdata, start->argdata_len, argv,
						   MAX_NAMES);
	int failed = 0;
	size_t i;

	if (argc < 2 || argc > MAX_NAMES) {
		cloudabi_dprintf(ERR, "usage: cat.cloudabi FILE... 3<DIRECTORY\n");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		const cloudabi_errno_t error = print_file(argv[i]);

		if (error) {
			cloudabi_dprintf(ERR, "cat: %s: %s (%s)\n", argv[i],
					 cloudabi_strerror(error), cloudabi_errno_name(error));
			failed = 1;
		}
	}
	return failed;
}
