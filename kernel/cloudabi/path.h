/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Paths
 */
#ifndef _KERNEL_CLOUDABI_PATH_H
#define _KERNEL_CLOUDABI_PATH_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>

#include "cloudabi.h"

/* How often a look-up is repeated that collides with renames. */
#define CLOUDABI_PATH_TRIES 64

/**
 * struct cloudabi_at - A name and the directory that it is looked up beneath
 * @dir: the directory; held by the descriptor that it was looked up with
 * @name: the name, in a buffer of PATH_MAX bytes
 */
struct cloudabi_at {
	const struct path *dir;
	char *name;
};

int cloudabi_path_denied(const struct cloudabi_at *at);
char *cloudabi_path_get(const struct path *dir, const char __user *path,
			cloudabi_size_t path_len);
umode_t cloudabi_path_mode(const struct cloudabi_at *at, unsigned int flags);

int cloudabi_path_expand(const struct cloudabi_at *at);
int cloudabi_path_put_contents(const struct cloudabi_at *at,
			       const char *contents);
bool cloudabi_path_leaves(const struct cloudabi_at *at);
bool cloudabi_path_is_dot(const char *name);
bool cloudabi_path_again(int error, unsigned int *tries);
int cloudabi_path_lookup(const struct cloudabi_at *at, unsigned int flags,
			 struct path *path);
int cloudabi_path_probe(const struct cloudabi_at *at, unsigned int flags);
int cloudabi_dfd_set(int i, const struct cloudabi_fd *dir);
void cloudabi_dfd_clear(int i);

/*
 * CLASS(cloudabi_dfd, dfd)(i, dir) is a number for the *at() functions of Linux
 * that stands for a directory while in scope.  There may be one for each @i.
 * Where the security module finds none, it lets no walk begin, also of those
 * that are given the path itself.
 */
DEFINE_CLASS(cloudabi_dfd, int, cloudabi_dfd_clear(_T),
	     cloudabi_dfd_set(i, dir), int i, const struct cloudabi_fd *dir)

DEFINE_FREE(cloudabi_path, char *, if (!IS_ERR_OR_NULL(_T)) __putname(_T))

#endif /* _KERNEL_CLOUDABI_PATH_H */
