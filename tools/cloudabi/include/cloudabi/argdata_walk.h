/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - All that is in argument data
 *
 * A walk visits a value, and if that is a map or a sequence the values in it, and
 * so on, to a depth of CLOUDABI_ARGDATA_DEPTH.  A walk itself is 2 KiB.
 */
#ifndef _CLOUDABI_ARGDATA_WALK_H
#define _CLOUDABI_ARGDATA_WALK_H

#include "argdata_read.h"

/**
 * enum cloudabi_argdata_event - What a walk came to
 * @CLOUDABI_ARGDATA_END: the end
 * @CLOUDABI_ARGDATA_VALUE: a value that has no others in it, or is too deep to enter
 * @CLOUDABI_ARGDATA_ENTER: a map or sequence; those in it come next
 * @CLOUDABI_ARGDATA_LEAVE: its end
 * @CLOUDABI_ARGDATA_BROKEN: bytes of it that are no fields; its end comes next
 */
enum cloudabi_argdata_event {
	CLOUDABI_ARGDATA_END,
	CLOUDABI_ARGDATA_VALUE,
	CLOUDABI_ARGDATA_ENTER,
	CLOUDABI_ARGDATA_LEAVE,
	CLOUDABI_ARGDATA_BROKEN,
};

/**
 * struct cloudabi_argdata_walk - A walk
 * @root: the value that it began with
 * @value: what it came to; the bytes in question if they are broken
 * @depth: number of maps and sequences that it is in
 * @key: whether @value is the key of a map
 * @begun: whether it came to @root
 * @error: the first: EINVAL for broken fields, E2BIG for too many levels
 * @level: those that it is in, from the outermost
 * @level.iter: the place in it
 * @level.map: whether it is a map
 * @level.odd: whether a key was the last there
 */
struct cloudabi_argdata_walk {
	struct cloudabi_argdata root;
	struct cloudabi_argdata value;
	unsigned int depth;
	bool key;
	bool begun;
	cloudabi_errno_t error;
	struct {
		struct cloudabi_argdata_iter iter;
		bool map;
		bool odd;
	} level[CLOUDABI_ARGDATA_DEPTH];
};

static inline void cloudabi_argdata_walk(struct cloudabi_argdata_walk *walk,
					 struct cloudabi_argdata root)
{
	/* Levels are set when they are entered. */
	walk->root = root;
	walk->value = root;
	walk->depth = 0;
	walk->key = false;
	walk->begun = false;
	walk->error = 0;
}

static inline enum cloudabi_argdata_event
cloudabi_argdata_visit(struct cloudabi_argdata_walk *walk)
{
	const enum cloudabi_argdata_type type = cloudabi_argdata_type(walk->value);

	if (type != CLOUDABI_ARGDATA_MAP && type != CLOUDABI_ARGDATA_SEQ)
		return CLOUDABI_ARGDATA_VALUE;
	if (walk->depth == CLOUDABI_ARGDATA_DEPTH) {
		if (!walk->error)
			walk->error = CLOUDABI_E2BIG;
		return CLOUDABI_ARGDATA_VALUE;
	}
	cloudabi_argdata_iterate(walk->value, type, &walk->level[walk->depth].iter);
	walk->level[walk->depth].map = type == CLOUDABI_ARGDATA_MAP;
	walk->level[walk->depth].odd = false;
	walk->depth++;
	return CLOUDABI_ARGDATA_ENTER;
}

/* Goes on by one step; @walk tells more about it. */
static inline enum cloudabi_argdata_event
cloudabi_argdata_step(struct cloudabi_argdata_walk *walk)
{
	struct cloudabi_argdata_iter *iter;
	bool map, odd;

	walk->key = false;
	if (!walk->begun) {
		walk->begun = true;
		return cloudabi_argdata_visit(walk);
	}
	if (!walk->depth)
		return CLOUDABI_ARGDATA_END;
	iter = &walk->level[walk->depth - 1].iter;
	map = walk->level[walk->depth - 1].map;
	odd = walk->level[walk->depth - 1].odd;
	if (cloudabi_argdata_next(iter, &walk->value)) {
		walk->key = map && !odd;
		walk->level[walk->depth - 1].odd = walk->key;
		return cloudabi_argdata_visit(walk);
	}
	walk->value = cloudabi_argdata_from(iter->next, iter->left);
	if (iter->error || odd) {
		if (!walk->error)
			walk->error = CLOUDABI_EINVAL;
		walk->level[walk->depth - 1].odd = false;
		iter->error = 0;
		iter->left = 0;
		return CLOUDABI_ARGDATA_BROKEN;
	}
	walk->depth--;
	return CLOUDABI_ARGDATA_LEAVE;
}

/* Whether a number has no byte that it could be without. */
static inline bool cloudabi_argdata_is_short(struct cloudabi_argdata value)
{
	const uint8_t *const digits = value.data + 1;

	switch (value.len - 1) {
	case 0:
		return true;
	case 1:
		return digits[0];
	default:
		return digits[0] != (digits[1] & 0x80 ? 0xff : 0);
	}
}

/**
 * cloudabi_argdata_check_one - Check a value, but not what is in it
 * @value: the value
 * @fds: number of descriptors that there are
 *
 * Return: see cloudabi_argdata_check().
 */
static inline cloudabi_errno_t cloudabi_argdata_check_one(struct cloudabi_argdata value,
							  cloudabi_fd_t fds)
{
	cloudabi_errno_t error;
	cloudabi_fd_t fd;
	const char *text;
	size_t len;
	double number;
	bool truth;

	switch (cloudabi_argdata_type(value)) {
	case CLOUDABI_ARGDATA_BOOL:
		return cloudabi_argdata_get_bool(value, &truth);
	case CLOUDABI_ARGDATA_FD:
		error = cloudabi_argdata_get_fd(value, &fd);
		return error ? error : fd < fds ? 0 : CLOUDABI_EBADF;
	case CLOUDABI_ARGDATA_FLOAT:
		return cloudabi_argdata_get_float(value, &number);
	case CLOUDABI_ARGDATA_INT:
	case CLOUDABI_ARGDATA_TIMESTAMP:
		return cloudabi_argdata_is_short(value) ? 0 : CLOUDABI_EINVAL;
	case CLOUDABI_ARGDATA_STR:
		return cloudabi_argdata_get_text(value, &text, &len);
	case CLOUDABI_ARGDATA_UNKNOWN:
		return CLOUDABI_EINVAL;
	default:
		return 0;
	}
}

/**
 * cloudabi_argdata_check - Check a value and all that is in it
 * @value: the value
 * @fds: number of descriptors that there are, CLOUDABI_ARGDATA_FDS for any
 *
 * What passes is in the only form that its contents can have: made again from what
 * the getters say, it is the same bytes.  Keys that are there twice aren't noticed.
 * Getters take more than that, numbers with more bytes than they need.
 *
 * Return: EBADF for a descriptor that isn't there, EILSEQ for a string that isn't
 *	   UTF-8, E2BIG for more levels than a walk goes down, else EINVAL.
 */
static inline cloudabi_errno_t cloudabi_argdata_check(struct cloudabi_argdata value,
						      cloudabi_fd_t fds)
{
	struct cloudabi_argdata_walk walk;
	enum cloudabi_argdata_event event;
	cloudabi_errno_t error = 0;

	cloudabi_argdata_walk(&walk, value);
	do {
		event = cloudabi_argdata_step(&walk);
		if (event == CLOUDABI_ARGDATA_VALUE)
			error = cloudabi_argdata_check_one(walk.value, fds);
	} while (event != CLOUDABI_ARGDATA_END && !error && !walk.error);
	return error ? error : walk.error;
}

#endif /* _CLOUDABI_ARGDATA_WALK_H */
