/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Writing argument data
 *
 *	struct cloudabi_argdata_writer w;
 *
 *	cloudabi_argdata_write(&w, buf, sizeof(buf), fds, max_fds);
 *	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_MAP);
 *	cloudabi_argdata_put_str(&w, "directory");
 *	cloudabi_argdata_put_fd(&w, dir);
 *	cloudabi_argdata_close(&w);
 *	error = cloudabi_argdata_finish(&w);
 *	if (!error)
 *		error = cloudabi_sys_proc_exec(program, buf, w.used, fds, w.used_fds);
 *
 * Descriptors get new numbers, as proc_exec gives them: they are collected in a
 * table, each once, and stand as places in it.
 *
 * The first error stays until the end, and nothing is written after it.  What does
 * not fit is only counted, so that a writer without a buffer measures.  Whatever is
 * finished without an error passes cloudabi_argdata_check().
 */
#ifndef _CLOUDABI_ARGDATA_WRITE_H
#define _CLOUDABI_ARGDATA_WRITE_H

#include "argdata_walk.h"

/**
 * struct cloudabi_argdata_writer - A value in the making
 * @buf: where it goes
 * @size: room there
 * @used: bytes it has so far, which may be more than that
 * @fds: the table of descriptors
 * @max_fds: room there
 * @used_fds: how many there are so far, which may be more than that; those without
 *	      room in the table count each time
 * @depth: number of maps and sequences that are open
 * @done: whether there is a value
 * @error: the first
 * @level: those that are open, from the outermost
 * @level.start: where its tag is
 * @level.map: whether it is a map
 * @level.odd: whether the value of a key is due there
 */
struct cloudabi_argdata_writer {
	uint8_t *buf;
	size_t size;
	size_t used;
	cloudabi_fd_t *fds;
	size_t max_fds;
	size_t used_fds;
	unsigned int depth;
	bool done;
	cloudabi_errno_t error;
	struct {
		size_t start;
		bool map;
		bool odd;
	} level[CLOUDABI_ARGDATA_DEPTH];
};

static inline void cloudabi_argdata_write(struct cloudabi_argdata_writer *w, void *buf, size_t size,
					  cloudabi_fd_t *fds, size_t max_fds)
{
	/* Levels are set when they are opened. */
	w->buf = buf;
	w->size = size;
	w->used = 0;
	w->fds = fds;
	w->max_fds = max_fds;
	w->used_fds = 0;
	w->depth = 0;
	w->done = false;
	w->error = 0;
}

static inline void cloudabi_argdata_fail(struct cloudabi_argdata_writer *w, cloudabi_errno_t error)
{
	if (!w->error)
		w->error = error;
}

/* Adds bytes; what comes behind some that did not fit does not fit either. */
static inline void cloudabi_argdata_put_bytes(struct cloudabi_argdata_writer *w, const void *bytes,
					      size_t len)
{
	size_t used;

	if (__builtin_add_overflow(w->used, len, &used)) {
		cloudabi_argdata_fail(w, CLOUDABI_EOVERFLOW);
		return;
	}
	if (len && used <= w->size)
		memcpy(w->buf + w->used, bytes, len);
	w->used = used;
}

/* The most bytes that the length of a field has. */
#define CLOUDABI_ARGDATA_LENGTH 10

/* Stores the length of a field before @end, and says where it begins. */
static inline uint8_t *cloudabi_argdata_length(size_t len, uint8_t *end)
{
	*--end = 0x80 | (len & 0x7f);
	while (len >>= 7)
		*--end = len & 0x7f;
	return end;
}

/* Makes sure that a value may come here, and puts its length if it is in a field. */
static inline bool cloudabi_argdata_begin(struct cloudabi_argdata_writer *w, size_t len)
{
	uint8_t digits[CLOUDABI_ARGDATA_LENGTH];
	uint8_t *const end = digits + sizeof(digits);
	uint8_t *start;

	if (!w->depth && w->done)
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
	if (w->error)
		return false;
	w->done = true;
	if (w->depth) {
		if (w->level[w->depth - 1].map)
			w->level[w->depth - 1].odd = !w->level[w->depth - 1].odd;
		start = cloudabi_argdata_length(len, end);
		cloudabi_argdata_put_bytes(w, start, (size_t)(end - start));
	}
	return !w->error;
}

/* Puts a value: its tag, some bytes, and a NUL if that is asked for. */
static inline void cloudabi_argdata_put(struct cloudabi_argdata_writer *w,
					enum cloudabi_argdata_type type, const void *bytes,
					size_t len, bool nul)
{
	const uint8_t tag = (uint8_t)type;
	size_t whole;

	if (__builtin_add_overflow(len, 1 + nul, &whole)) {
		cloudabi_argdata_fail(w, CLOUDABI_EOVERFLOW);
		return;
	}
	if (!cloudabi_argdata_begin(w, whole))
		return;
	cloudabi_argdata_put_bytes(w, &tag, 1);
	cloudabi_argdata_put_bytes(w, bytes, len);
	cloudabi_argdata_put_bytes(w, "", nul);
}

static inline void cloudabi_argdata_put_number(struct cloudabi_argdata_writer *w,
					       enum cloudabi_argdata_type type,
					       cloudabi_argdata_wide_t number)
{
	uint8_t digits[sizeof(number)];
	size_t i = sizeof(digits);
	/* What all digits further up are. */
	const uint8_t sign = number < 0 ? 0xff : 0;

	for (; number != (number < 0 ? -1 : 0); number >>= 8)
		digits[--i] = (uint8_t)number;
	/* The first has to tell the sign; zero has none. */
	if (i < sizeof(digits) ? (digits[i] ^ sign) & 0x80 : sign)
		digits[--i] = sign;
	cloudabi_argdata_put(w, type, digits + i, sizeof(digits) - i, false);
}

static inline void cloudabi_argdata_put_null(struct cloudabi_argdata_writer *w)
{
	cloudabi_argdata_begin(w, 0);
}

static inline void cloudabi_argdata_put_binary(struct cloudabi_argdata_writer *w, const void *bytes,
					       size_t len)
{
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_BINARY, bytes, len, false);
}

static inline void cloudabi_argdata_put_bool(struct cloudabi_argdata_writer *w, bool truth)
{
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_BOOL, "\1", truth, false);
}

static inline void cloudabi_argdata_put_float(struct cloudabi_argdata_writer *w, double number)
{
	uint8_t digits[sizeof(uint64_t)];
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	for (size_t i = sizeof(digits); i--; bits >>= 8)
		digits[i] = bits & 0xff;
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_FLOAT, digits, sizeof(digits), false);
}

static inline void cloudabi_argdata_put_int(struct cloudabi_argdata_writer *w, int64_t number)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_INT, number);
}

static inline void cloudabi_argdata_put_uint(struct cloudabi_argdata_writer *w, uint64_t number)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_INT, number);
}

/* A string of UTF-8, EILSEQ if it isn't; it may have NULs in it, and none at its end. */
static inline void cloudabi_argdata_put_text(struct cloudabi_argdata_writer *w, const char *text,
					     size_t len)
{
	if (cloudabi_argdata_is_utf8(text, len))
		cloudabi_argdata_put(w, CLOUDABI_ARGDATA_STR, text, len, true);
	else
		cloudabi_argdata_fail(w, CLOUDABI_EILSEQ);
}

static inline void cloudabi_argdata_put_str(struct cloudabi_argdata_writer *w, const char *str)
{
	cloudabi_argdata_put_text(w, str, strlen(str));
}

/* Seconds since 1970 and nanoseconds to be added, less than a second or it is EINVAL. */
static inline void cloudabi_argdata_put_time(struct cloudabi_argdata_writer *w, int64_t seconds,
					     uint32_t nanoseconds)
{
	if (nanoseconds < 1000000000)
		cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_TIMESTAMP,
					    (cloudabi_argdata_wide_t)seconds * 1000000000 +
					    nanoseconds);
	else
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
}

/* A point in time as clocks and files of the ABI have it. */
static inline void cloudabi_argdata_put_timestamp(struct cloudabi_argdata_writer *w,
						  cloudabi_timestamp_t timestamp)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_TIMESTAMP, timestamp);
}

/* A descriptor that the table has, or is to have then. */
static inline void cloudabi_argdata_put_fd(struct cloudabi_argdata_writer *w, cloudabi_fd_t fd)
{
	const size_t known = w->used_fds < w->max_fds ? w->used_fds : w->max_fds;
	uint8_t digits[4];
	size_t place = 0;

	if (fd >= CLOUDABI_ARGDATA_FDS || w->used_fds >= CLOUDABI_ARGDATA_FDS)
		cloudabi_argdata_fail(w, CLOUDABI_EBADF);
	if (w->error)
		return;
	while (place < known && w->fds[place] != fd)
		place++;
	if (place == known) {
		place = w->used_fds++;
		if (place < w->max_fds)
			w->fds[place] = fd;
	}
	for (size_t i = sizeof(digits); i--; place >>= 8)
		digits[i] = place & 0xff;
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_FD, digits, sizeof(digits), false);
}

/* Opens a map or a sequence, CLOUDABI_ARGDATA_MAP or _SEQ: what is put until it is closed. */
static inline void cloudabi_argdata_open(struct cloudabi_argdata_writer *w,
					 enum cloudabi_argdata_type type)
{
	const uint8_t tag = (uint8_t)type;

	if (type != CLOUDABI_ARGDATA_MAP && type != CLOUDABI_ARGDATA_SEQ)
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
	if (w->depth == CLOUDABI_ARGDATA_DEPTH)
		cloudabi_argdata_fail(w, CLOUDABI_E2BIG);
	/* Leaves one byte for the length; few have a longer one. */
	if (!cloudabi_argdata_begin(w, 0))
		return;
	w->level[w->depth].start = w->used;
	w->level[w->depth].map = type == CLOUDABI_ARGDATA_MAP;
	w->level[w->depth].odd = false;
	w->depth++;
	cloudabi_argdata_put_bytes(w, &tag, 1);
}

/* Closes the one that was opened last; it is EINVAL if the value of a key is due. */
static inline void cloudabi_argdata_close(struct cloudabi_argdata_writer *w)
{
	uint8_t digits[CLOUDABI_ARGDATA_LENGTH];
	uint8_t *const end = digits + sizeof(digits);
	uint8_t *digit;
	size_t start, len, count;

	if (!w->depth || w->level[w->depth - 1].odd)
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
	if (w->error || !--w->depth)
		return;
	start = w->level[w->depth].start;
	len = w->used - start;
	digit = cloudabi_argdata_length(len, end);
	count = (size_t)(end - digit);
	/* Makes room by adding what gets overwritten. */
	cloudabi_argdata_put_bytes(w, digit, count - 1);
	if (w->error || w->used > w->size)
		return;
	memmove(w->buf + start + count - 1, w->buf + start, len);
	memcpy(w->buf + start - 1, digit, count);
}

/* Puts what cloudabi_argdata_check_one() approves of. */
static inline void cloudabi_argdata_put_one(struct cloudabi_argdata_writer *w,
					    struct cloudabi_argdata value,
					    const cloudabi_fd_t *fds, size_t fds_len)
{
	const cloudabi_fd_t count = fds && fds_len < CLOUDABI_ARGDATA_FDS ?
				    (cloudabi_fd_t)fds_len : CLOUDABI_ARGDATA_FDS;
	const cloudabi_errno_t error = cloudabi_argdata_check_one(value, count);
	cloudabi_fd_t fd;

	if (error)
		cloudabi_argdata_fail(w, error);
	else if (!cloudabi_argdata_get_fd(value, &fd))
		cloudabi_argdata_put_fd(w, fds ? fds[fd] : fd);
	else if (cloudabi_argdata_begin(w, value.len))
		cloudabi_argdata_put_bytes(w, value.data, value.len);
}

/**
 * cloudabi_argdata_put_value - Put what was written before
 * @w: the writer
 * @value: the value; its error is what cloudabi_argdata_check() says
 * @fds: the table that its descriptors are places in; NULL if they are numbers
 * @fds_len: number of descriptors in @fds
 */
static inline void cloudabi_argdata_put_value(struct cloudabi_argdata_writer *w,
					      struct cloudabi_argdata value,
					      const cloudabi_fd_t *fds, size_t fds_len)
{
	struct cloudabi_argdata_walk walk;
	enum cloudabi_argdata_event event;

	cloudabi_argdata_walk(&walk, value);
	do {
		event = cloudabi_argdata_step(&walk);
		if (walk.error)
			cloudabi_argdata_fail(w, walk.error);
		else if (event == CLOUDABI_ARGDATA_VALUE)
			cloudabi_argdata_put_one(w, walk.value, fds, fds_len);
		else if (event == CLOUDABI_ARGDATA_ENTER)
			cloudabi_argdata_open(w, cloudabi_argdata_type(walk.value));
		else if (event == CLOUDABI_ARGDATA_LEAVE)
			cloudabi_argdata_close(w);
	} while (event != CLOUDABI_ARGDATA_END && !w->error);
}

/**
 * cloudabi_argdata_finish - See how it went
 * @w: the writer, whose @used and @used_fds now say what was or would be needed
 *
 * Return: ENOBUFS if there is no room for bytes or descriptors, EINVAL if something
 *	   is open or nothing was put, else the first error there was.
 */
static inline cloudabi_errno_t cloudabi_argdata_finish(struct cloudabi_argdata_writer *w)
{
	if (w->depth || !w->done)
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
	if (w->error)
		return w->error;
	return w->used > w->size || w->used_fds > w->max_fds ? CLOUDABI_ENOBUFS : 0;
}

#endif /* _CLOUDABI_ARGDATA_WRITE_H */
