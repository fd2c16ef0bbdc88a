/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Encoding argument data
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
 * Descriptors: proc_exec gives the new program the descriptors of a table, as 0, 1 and so
 * on.  The writer collects this table: each descriptor that is put is added to it once, and
 * its index in the table is what is encoded.
 *
 * Errors: the put functions return nothing.  The first error is kept in the writer, nothing
 * is written after it, and cloudabi_argdata_finish() returns it.
 *
 * Measuring: bytes that do not fit into the buffer are only counted.  So a writer with no
 * buffer at all measures how much room is needed.
 *
 * Argument data that are finished without an error pass cloudabi_argdata_check().
 */
#ifndef _CLOUDABI_ARGDATA_WRITE_H
#define _CLOUDABI_ARGDATA_WRITE_H

#include "argdata_walk.h"

/**
 * struct cloudabi_argdata_writer - The state of an encoder
 * @buf: buffer for the argument data
 * @size: size of @buf in bytes
 * @used: number of bytes so far, which may exceed @size
 * @fds: table of descriptors
 * @max_fds: number of descriptors that @fds has room for
 * @used_fds: number of descriptors so far, which may exceed @max_fds; one that does not fit
 *	   into the table counts each time it is put
 * @depth: number of maps and sequences that are open
 * @done: whether a value has been put at the outermost level
 * @error: the first error
 * @level: the open maps and sequences, from the outermost
 * @level.start: offset of its tag in @buf
 * @level.map: whether it is a map
 * @level.odd: whether the last element was a key, so that its value is due
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

/**
 * cloudabi_argdata_write() - Start to encode argument data
 * @w: initialised
 * @buf: buffer for the argument data, or NULL to measure
 * @size: size of @buf in bytes, 0 for NULL
 * @fds: room for the table of descriptors, or NULL to measure
 * @max_fds: number of descriptors that @fds has room for
 *
 * The writer uses both arrays until cloudabi_argdata_finish().
 */
static inline void cloudabi_argdata_write(struct cloudabi_argdata_writer *w, void *buf, size_t size,
					  cloudabi_fd_t *fds, size_t max_fds)
{
	/* @level is initialised when it is opened. */
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

/* Keeps the first error. */
static inline void cloudabi_argdata_fail(struct cloudabi_argdata_writer *w, cloudabi_errno_t error)
{
	if (!w->error)
		w->error = error;
}

/*
 * Appends bytes.  @used is advanced even if they do not fit, so all later bytes do
 * not fit either and the content of the buffer has no gaps.
 */
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

/* Room for the length of a field: 64 bits in digits of seven bits. */
#define CLOUDABI_ARGDATA_LENGTH 10

/* Stores the length of a field right before @end.  Returns the address of its first digit. */
static inline uint8_t *cloudabi_argdata_length(size_t len, uint8_t *end)
{
	*--end = 0x80 | (len & 0x7f);
	while (len >>= 7)
		*--end = len & 0x7f;
	return end;
}

/*
 * Starts a value of @len bytes: checks that a value may follow, and puts the length if the
 * value is a field of a map or a sequence.  Returns false after an error.
 */
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

/* Puts a value: tag, payload, and a NUL if @nul is set. */
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

/* Puts an int or a timestamp in as few bytes as possible. */
static inline void cloudabi_argdata_put_number(struct cloudabi_argdata_writer *w,
					       enum cloudabi_argdata_type type,
					       cloudabi_argdata_wide_t number)
{
	uint8_t digits[sizeof(number)];
	size_t i = sizeof(digits);
	/* The value of all higher digits. */
	const uint8_t sign = number < 0 ? 0xff : 0;

	for (; number != (number < 0 ? -1 : 0); number >>= 8)
		digits[--i] = (uint8_t)number;
	/* The highest bit is the sign: add a digit if it would be wrong.  Zero has no digits. */
	if (i < sizeof(digits) ? (digits[i] ^ sign) & 0x80 : sign)
		digits[--i] = sign;
	cloudabi_argdata_put(w, type, digits + i, sizeof(digits) - i, false);
}

/**
 * cloudabi_argdata_put_null() - Put a null
 * @w: the writer
 */
static inline void cloudabi_argdata_put_null(struct cloudabi_argdata_writer *w)
{
	cloudabi_argdata_begin(w, 0);
}

/**
 * cloudabi_argdata_put_binary() - Put binary data
 * @w: the writer
 * @bytes: the data, which are copied
 * @len: their length in bytes
 */
static inline void cloudabi_argdata_put_binary(struct cloudabi_argdata_writer *w, const void *bytes,
					       size_t len)
{
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_BINARY, bytes, len, false);
}

/**
 * cloudabi_argdata_put_bool() - Put a boolean
 * @w: the writer
 * @truth: its value
 */
static inline void cloudabi_argdata_put_bool(struct cloudabi_argdata_writer *w, bool truth)
{
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_BOOL, "\1", truth, false);
}

/**
 * cloudabi_argdata_put_float() - Put a floating-point number
 * @w: the writer
 * @number: the number
 */
static inline void cloudabi_argdata_put_float(struct cloudabi_argdata_writer *w, double number)
{
	uint8_t digits[sizeof(uint64_t)];
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	for (size_t i = sizeof(digits); i--; bits >>= 8)
		digits[i] = bits & 0xff;
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_FLOAT, digits, sizeof(digits), false);
}

/**
 * cloudabi_argdata_put_int() - Put a signed integer
 * @w: the writer
 * @number: the number
 */
static inline void cloudabi_argdata_put_int(struct cloudabi_argdata_writer *w, int64_t number)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_INT, number);
}

/**
 * cloudabi_argdata_put_uint() - Put an unsigned integer
 * @w: the writer
 * @number: the number
 */
static inline void cloudabi_argdata_put_uint(struct cloudabi_argdata_writer *w, uint64_t number)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_INT, number);
}

/**
 * cloudabi_argdata_put_text() - Put a string that may contain NULs
 * @w: the writer; its error is EILSEQ if the text is not UTF-8
 * @text: the string, which is copied; it need not end with a NUL
 * @len: its length in bytes
 */
static inline void cloudabi_argdata_put_text(struct cloudabi_argdata_writer *w, const char *text,
					     size_t len)
{
	if (cloudabi_argdata_is_utf8(text, len))
		cloudabi_argdata_put(w, CLOUDABI_ARGDATA_STR, text, len, true);
	else
		cloudabi_argdata_fail(w, CLOUDABI_EILSEQ);
}

/**
 * cloudabi_argdata_put_str() - Put a C string
 * @w: the writer; its error is EILSEQ if the string is not UTF-8
 * @str: the string, which is copied
 */
static inline void cloudabi_argdata_put_str(struct cloudabi_argdata_writer *w, const char *str)
{
	cloudabi_argdata_put_text(w, str, strlen(str));
}

/**
 * cloudabi_argdata_put_time() - Put a timestamp of seconds and nanoseconds
 * @w: the writer; its error is EINVAL for a second or more of nanoseconds
 * @seconds: seconds since 1970, UTC
 * @nanoseconds: nanoseconds to add
 */
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

/**
 * cloudabi_argdata_put_timestamp() - Put a timestamp as the ABI has it
 * @w: the writer
 * @timestamp: nanoseconds since 1970, UTC
 */
static inline void cloudabi_argdata_put_timestamp(struct cloudabi_argdata_writer *w,
						  cloudabi_timestamp_t timestamp)
{
	cloudabi_argdata_put_number(w, CLOUDABI_ARGDATA_TIMESTAMP, timestamp);
}

/**
 * cloudabi_argdata_put_fd() - Put a descriptor
 * @w: the writer; its error is EBADF if no descriptor can have this number
 * @fd: the descriptor in this process; it is added to the table unless the table has it
 */
static inline void cloudabi_argdata_put_fd(struct cloudabi_argdata_writer *w, cloudabi_fd_t fd)
{
	const size_t known = w->used_fds < w->max_fds ? w->used_fds : w->max_fds;
	uint8_t digits[4];
	size_t index = 0;

	if (fd >= CLOUDABI_ARGDATA_FDS || w->used_fds >= CLOUDABI_ARGDATA_FDS)
		cloudabi_argdata_fail(w, CLOUDABI_EBADF);
	if (w->error)
		return;
	while (index < known && w->fds[index] != fd)
		index++;
	if (index == known) {
		index = w->used_fds++;
		if (index < w->max_fds)
			w->fds[index] = fd;
	}
	for (size_t i = sizeof(digits); i--; index >>= 8)
		digits[i] = index & 0xff;
	cloudabi_argdata_put(w, CLOUDABI_ARGDATA_FD, digits, sizeof(digits), false);
}

/**
 * cloudabi_argdata_open() - Open a map or a sequence
 * @w: the writer; its error is E2BIG beyond CLOUDABI_ARGDATA_DEPTH levels
 * @type: CLOUDABI_ARGDATA_MAP or CLOUDABI_ARGDATA_SEQ
 *
 * The values that are put until cloudabi_argdata_close() are its elements; in a map,
 * keys and values alternate.
 */
static inline void cloudabi_argdata_open(struct cloudabi_argdata_writer *w,
					 enum cloudabi_argdata_type type)
{
	const uint8_t tag = (uint8_t)type;

	if (type != CLOUDABI_ARGDATA_MAP && type != CLOUDABI_ARGDATA_SEQ)
		cloudabi_argdata_fail(w, CLOUDABI_EINVAL);
	if (w->depth == CLOUDABI_ARGDATA_DEPTH)
		cloudabi_argdata_fail(w, CLOUDABI_E2BIG);
	/* Reserves one byte for the length, which is not known yet; close() makes more room. */
	if (!cloudabi_argdata_begin(w, 0))
		return;
	w->level[w->depth].start = w->used;
	w->level[w->depth].map = type == CLOUDABI_ARGDATA_MAP;
	w->level[w->depth].odd = false;
	w->depth++;
	cloudabi_argdata_put_bytes(w, &tag, 1);
}

/**
 * cloudabi_argdata_close() - Close the map or the sequence that was opened last
 * @w: the writer; its error is EINVAL if nothing is open or if a key lacks its value
 *
 * Now the length is known.  If it takes more than the one byte that is reserved, the content
 * is moved up.
 */
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
	/* Advances @used by the missing bytes; their content is overwritten below. */
	cloudabi_argdata_put_bytes(w, digit, count - 1);
	if (w->error || w->used > w->size)
		return;
	memmove(w->buf + start + count - 1, w->buf + start, len);
	memcpy(w->buf + start - 1, digit, count);
}

/* Checks a value without elements and puts it; translates a descriptor by the table @fds. */
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
 * cloudabi_argdata_put_value() - Put a value that is encoded already
 * @w: the writer; its error is that of cloudabi_argdata_check() if the value is invalid
 * @value: the value, which is copied
 * @fds: table that the descriptors in @value are indices of; NULL if they are numbers of
 *       descriptors in this process, as in the argument data of the program itself
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
 * cloudabi_argdata_finish() - Finish encoding
 * @w: the writer; @used and @used_fds are the room that is needed, even for ENOBUFS
 *
 * Return: 0, or the first error; EINVAL if nothing was put or something is open; ENOBUFS if the
 * buffer or the table is too small.
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
