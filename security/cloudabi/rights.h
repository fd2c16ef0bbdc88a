/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CloudABI LSM - Rights as masks
 */
#ifndef _SECURITY_CLOUDABI_RIGHTS_H
#define _SECURITY_CLOUDABI_RIGHTS_H

#include <linux/cloudabi.h>
#include <linux/fs.h>

/* The name of a right without its long prefix, for masks of many rights */
#define R(name) CLOUDABI_RIGHT_##name

/**
 * cloudabi_rights_within - Is each right of one pair of masks in another pair?
 * @few: the pair that should be a subset
 * @many: the pair that should be its superset
 *
 * Context: Any.
 * Return: true if both masks of @few are subsets of those of @many.
 */
static inline bool cloudabi_rights_within(const struct cloudabi_rights *few,
					  const struct cloudabi_rights *many)
{
	return !(few->base & ~many->base) &&
	       !(few->inheriting & ~many->inheriting);
}

cloudabi_filetype_t cloudabi_filetype_of_mode(umode_t mode);
cloudabi_filetype_t cloudabi_filetype(const struct file *file);
struct cloudabi_rights cloudabi_rights_of_type(cloudabi_filetype_t type,
					       bool seekable);
struct cloudabi_rights cloudabi_rights_max(const struct file *file);
struct cloudabi_rights cloudabi_rights_inherited(const struct file *file);

#endif /* _SECURITY_CLOUDABI_RIGHTS_H */
