/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Visiting all values in argument data
 *
 *	struct cloudabi_argdata_walk walk;
 *	enum cloudabi_argdata_event event;
 *
 *	cloudabi_argdata_walk(&walk, value);
 *	while ((event = cloudabi_argdata_step(&walk)) != CLOUDABI_ARGDATA_END)
 *		...
 *
 * A walk visits a value and, depth first, all values in it, down to a depth of
 * CLOUDABI_ARGDATA_DEPTH.  It keeps its own stack of positions instead of recursing, and
 * takes about 2 KiB.
 */
#ifndef _CLOUDABI_ARGDATA_WALK_H
#define _CLOUDABI_ARGDATA_WALK_H

#include "argdata_read.h"

/**
 * enum cloudabi_argdata_event - The result of a step
 * @CLOUDABI_ARGDATA_END: the walk is over
 * @CLOUDABI_ARGDATA_VALUE: a value without others in it, or one that is nested too deep to enter
 * @CLOUDABI_ARGDATA_ENTER: start of a map or a sequence, whose elements follow
 * @CLOUDABI_ARGDATA_LEAVE: end of a map or a sequence
 * @CLOUDABI_ARGDATA_BROKEN: bytes of a map or a sequence that are no field; its end follows
 */
enum cloudabi_argdata_event {
	CLOUDABI_ARGDATA_END,
	CLOUDABI_ARGDATA_VALUE,
	CLOUDABI_ARGDATA_ENTER,
	CLOUDABI_ARGDATA_LEAVE,
	CLOUDABI_ARGDATA_BROKEN,
};

/**
 * struct cloudabi_argdata_walk - The state of a walk
 * @root: the value that the walk started with
 * @value: the current value; for CLOUDABI_ARGDATA_BROKEN the invalid bytes
 * @depth: number of maps and sequences around the next value
 * @key: whether @value is the key of a map
 * @begun: whether @root has been visited
 * @error: the first error: EINVAL for invalid fields, E2BIG for too many levels
 * @level: the maps and sequences around the position, from the outermost
 * @level.iter: position in this map or sequence
 * @level.map: whether it is a map
 * @level.odd: whether the last element was a key, so that its value is due
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

/**
 * cloudabi_argdata_walk() - Start a walk
 * @walk: initialised
 * @root: the value to visit, which must stay valid during the walk
 */
static inline void cloudabi_argdata_walk(struct cloudabi_argdata_walk *walk,
					 struct cloudabi_argdata root)
{
	/* @level is initialised when it is entered. */
	walk->root = root;
	walk->value = root;
	walk->depth = 0;
	walk->key = false;
	walk->begun = false;
	walk->error = 0;
}

/* Reports the current value, and enters it if it is a map or a sequence. */
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

/**
 * cloudabi_argdata_step() - Go to the next value
 * @walk: the walk; @value, @key, @depth and @error are set
 *
 * Return: what has been reached.
 */
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

/* Returns true if a number has no superfluous leading byte. */
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
 * cloudabi_argdata_check_one() - Check a value without the values in it
 * @value: the value
 * @fds: number of descriptors
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
 * cloudabi_argdata_check() - Check a value and all values in it
 * @value: the value
 * @fds: number of descriptors; CLOUDABI_ARGDATA_FDS to accept any number
 *
 * A value that passes has the only possible encoding of its content: encoding what the
 * getters return gives the same bytes.  Duplicate keys are not detected.  Getters alone
 * are more lenient: they accept numbers with superfluous bytes.
 *
 * Return: 0 if all values are valid; EBADF for a descriptor that is not below @fds, EILSEQ for a
 * string that is not UTF-8, E2BIG for more than CLOUDABI_ARGDATA_DEPTH levels, EINVAL for anything
 * else.
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
