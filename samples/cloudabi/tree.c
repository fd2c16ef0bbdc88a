// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tree - Print all names beneath a directory
 *
 *	$ ./tree.cloudabi 3</etc
 *
 * Walks the directory of descriptor 3.  Each subdirectory is opened through its parent,
 * with only the rights that the walk needs: to read it and to open its subdirectories.
 */
#include <cloudabi.h>

#define OUT 1
#define ERR 2
#define ROOT 3

/* Each level takes a descriptor and a buffer on the stack. */
#define MAX_DEPTH 256
#define WALK_RIGHTS (CLOUDABI_RIGHT_FILE_OPEN | CLOUDABI_RIGHT_FILE_READDIR)

struct tree {
	unsigned long directories;
	unsigned long others;
	unsigned long errors;
};

static void complain(struct tree *tree, const char *name, size_t len, cloudabi_errno_t error)
{
	cloudabi_dprintf(ERR, "tree: %.*s: %s (%s)\n", (int)len, name, cloudabi_strerror(error),
			 cloudabi_errno_name(error));
	tree->errors++;
}

static bool is_dot(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

static cloudabi_errno_t walk(struct tree *tree, cloudabi_fd_t fd, int depth);

static void enter(struct tree *tree, cloudabi_fd_t dir, const char *name, size_t len, int depth)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = WALK_RIGHTS,
		.fs_rights_inheriting = WALK_RIGHTS,
	};
	cloudabi_errno_t error;
	cloudabi_fd_t fd;

	if (depth == MAX_DEPTH) {
		cloudabi_dprintf(ERR, "tree: %.*s: too deep\n", (int)len, name);
		tree->errors++;
		return;
	}
	/* Without CLOUDABI_LOOKUP_SYMLINK_FOLLOW: the name may be a symlink by now. */
	error = cloudabi_sys_file_open(cloudabi_lookup(dir, 0), name, len, CLOUDABI_O_DIRECTORY,
				       &stat, &fd);
	if (!error) {
		error = walk(tree, fd, depth);
		cloudabi_sys_fd_close(fd);
	}
	if (error)
		complain(tree, name, len, error);
}

static void print_entry(struct tree *tree, cloudabi_fd_t dir, const cloudabi_dirent_t *entry,
			const char *name, int depth)
{
	const size_t len = entry->d_namlen;

	if (is_dot(name, len))
		return;
	cloudabi_dprintf(OUT, "%*s%.*s  %s\n", 4 * depth, "", (int)len, name,
			 cloudabi_filetype_name(entry->d_type));
	if (entry->d_type != CLOUDABI_FILETYPE_DIRECTORY) {
		tree->others++;
		return;
	}
	tree->directories++;
	enter(tree, dir, name, len, depth + 1);
}

static cloudabi_errno_t walk(struct tree *tree, cloudabi_fd_t fd, int depth)
{
	cloudabi_dircookie_t cookie = CLOUDABI_DIRCOOKIE_START;
	char buf[1024];
	cloudabi_dirent_t entry;
	cloudabi_size_t used;

	do {
		cloudabi_size_t pos = 0;
		cloudabi_errno_t error;
		const char *name;

		error = cloudabi_sys_file_readdir(fd, buf, sizeof(buf), cookie, &used);
		if (error)
			return error;
		while ((name = cloudabi_dirent_next(buf, used, &pos, &entry))) {
			print_entry(tree, fd, &entry, name, depth);
			cookie = entry.d_next;
		}
		/* An entry larger than the buffer: no call could get past it. */
		if (!pos && used == sizeof(buf))
			return CLOUDABI_ENAMETOOLONG;
	} while (used == sizeof(buf));
	return CLOUDABI_ESUCCESS;
}

int cloudabi_main(const struct cloudabi_start *start)
{
	struct tree tree = { 0 };
	cloudabi_errno_t error;

	(void)start;
	error = walk(&tree, ROOT, 0);
	if (error)
		complain(&tree, "descriptor 3", strlen("descriptor 3"), error);
	cloudabi_dprintf(OUT, "%lu directories, %lu others\n", tree.directories, tree.others);
	return tree.errors ? 1 : 0;
}
