/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI - Pathnames
 */
#ifndef _KERNEL_CLOUDABI_PATH_H
#define _KERNEL_CLOUDABI_PATH_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>

#include "cloudabi.h"

/* Maximum number of tries of a walk that races with renames or mounts */
#define CLOUDABI_PATH_TRIES 64

/**
 * struct cloudabi_at - A pathname and the directory that it starts at
 * @dir: the directory, which the looked-up descriptor keeps alive
 * @name: the pathname, in a buffer of PATH_MAX bytes
 */
struct cloudabi_at {
	const struct path *dir;
	char *name;
};

/* path.c */
int cloudabi_path_deny(const struct cloudabi_at *at);
int cloudabi_path_error(int error, const struct cloudabi_at *at);
char *cloudabi_path_copy(const char __user *path, cloudabi_size_t path_len);
char *cloudabi_path_get(const struct path *dir, const char __user *path,
			cloudabi_size_t path_len);

bool cloudabi_path_retry(int error, unsigned int *tries);
int cloudabi_path_lookup(const struct cloudabi_at *at, unsigned int flags,
			 struct path *path);
int cloudabi_path_probe(const struct cloudabi_at *at, unsigned int flags);
umode_t cloudabi_path_mode(const struct cloudabi_at *at, unsigned int flags);

bool cloudabi_path_ends_in_dots(const char *name);
bool cloudabi_path_parent_escapes(const struct cloudabi_at *at);
int cloudabi_path_replace_link(const struct cloudabi_at *at,
			       const char *target);
int cloudabi_path_resolve_last(const struct cloudabi_at *at);

int cloudabi_dfd_set(int i, const struct cloudabi_fd *dir);
void cloudabi_dfd_clear(int dfd);

/* patherrno.c */
int cloudabi_error_create(int error, const struct cloudabi_at *at);
int cloudabi_error_link(int error, const struct cloudabi_at *from,
			unsigned int flags, const struct cloudabi_at *to);
int cloudabi_error_rename(int error, const struct cloudabi_at *from,
			  const struct cloudabi_at *to);
int cloudabi_error_unlink(int error, const struct cloudabi_at *at);
int cloudabi_error_open(int error, const struct cloudabi_at *at, int flags);

/*
 * CLASS(cloudabi_dfd, dfd)(i, dir): while in scope, dfd is a number for the
 * *at() functions of Linux that stands for a directory.  A task can have a
 * number for each @i below CLOUDABI_DFDS.  The security module refuses every
 * walk that does not start at a directory with a number, so callers of
 * functions that take a struct path need this, too.
 */
DEFINE_CLASS(cloudabi_dfd, int, cloudabi_dfd_clear(_T),
	     cloudabi_dfd_set(i, dir), int i, const struct cloudabi_fd *dir)

DEFINE_FREE(cloudabi_path, char *, if (!IS_ERR_OR_NULL(_T)) __putname(_T))

#endif /* _KERNEL_CLOUDABI_PATH_H */
