// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hello - Print what a program is given
 *
 *	$ ./hello.cloudabi some arguments 3</etc
 *
 * A CloudABI program has nothing but its argument data, and descriptors with the rights that
 * they carry.
 */
#include <cloudabi.h>

/* The numbers of descriptors that a shell passes are small. */
#define MAX_FD 64
#define MAX_STRINGS 64

static void print_rights(const char *what, cloudabi_rights_t rights)
{
	unsigned int bit;

	cloudabi_dprintf(1, "    %s", what);
	for (bit = 0; bit < 64; bit++)
		if (rights & 1ULL << bit)
			cloudabi_dprintf(1, " %s", cloudabi_right_name(bit));
	cloudabi_dprintf(1, "\n");
}

int cloudabi_main(const struct cloudabi_start *start)
{
	const char *argv[MAX_STRINGS];
	const size_t argc = cloudabi_argdata_split(start->argdata, start->argdata_len, argv,
						   MAX_STRINGS);
	cloudabi_fd_t fd;
	size_t i;

	cloudabi_dprintf(1, "Hello from CloudABI!\n");

	cloudabi_dprintf(1, "argument data: %zu bytes, %zu strings\n", start->argdata_len, argc);
	for (i = 0; i < argc && i < MAX_STRINGS; i++)
		cloudabi_dprintf(1, "%3zu %s\n", i, argv[i]);

	cloudabi_dprintf(1, "descriptors:\n");
	for (fd = 0; fd < MAX_FD; fd++) {
		cloudabi_fdstat_t stat;

		if (cloudabi_sys_fd_stat_get(fd, &stat))
			continue;
		cloudabi_dprintf(1, "%3u %s\n", fd, cloudabi_filetype_name(stat.fs_filetype));
		print_rights("base      ", stat.fs_rights_base);
		print_rights("inheriting", stat.fs_rights_inheriting);
	}
	return 0;
}
