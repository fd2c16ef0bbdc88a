/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - Reading argument data
 *
 *	struct cloudabi_argdata config = cloudabi_argdata_from(start->argdata,
 *							       start->argdata_len);
 *	struct cloudabi_argdata value;
 *	cloudabi_fd_t dir;
 *
 *	error = cloudabi_argdata_find(config, "directory", &value) ?:
 *		cloudabi_argdata_get_fd(value, &dir);
 *
 * Every getter returns 0 on success.  It returns EINVAL if the value has another type or a
 * payload that is invalid for its type, and ERANGE if a number is out of the requested range;
 * further errors are listed with the getter.  A getter checks only the value that it is called
 * with: see cloudabi_argdata_check() to check all of the argument data first.
 */
#ifndef _CLOUDABI_ARGDATA_READ_H
#define _CLOUDABI_ARGDATA_READ_H

#include "argdata.h"

/* Nanoseconds of a number of seconds of 64 bits. */
__extension__ typedef __int128 cloudabi_argdata_wide_t;

/**
 * cloudabi_argdata_from() - Make a value of bytes
 * @data: the bytes, which must stay valid as long as the value is used
 * @len: their number
 *
 * Return: the value, which may be invalid.
 */
static inline struct cloudabi_argdata cloudabi_argdata_from(const void *data, size_t len)
{
	return (struct cloudabi_argdata){ .data = data, .len = len };
}

/**
 * cloudabi_argdata_type() - Get the type of a value
 * @value: the value
 *
 * Return: the type, CLOUDABI_ARGDATA_UNKNOWN for an invalid tag.  The payload is not checked.
 */
static inline enum cloudabi_argdata_type cloudabi_argdata_type(struct cloudabi_argdata value)
{
	if (!value.len)
		return CLOUDABI_ARGDATA_NULL;
	if (value.data[0] && value.data[0] < CLOUDABI_ARGDATA_UNKNOWN)
		return (enum cloudabi_argdata_type)value.data[0];
	return CLOUDABI_ARGDATA_UNKNOWN;
}

/* Returns false if the value has another type; sets @payload to the bytes behind the tag. */
static inline bool cloudabi_argdata_payload(struct cloudabi_argdata value,
					    enum cloudabi_argdata_type type,
					    struct cloudabi_argdata *payload)
{
	if (!value.len || value.data[0] != type)
		return false;
	*payload = cloudabi_argdata_from(value.data + 1, value.len - 1);
	return true;
}

/*
 * Decodes an int or a timestamp of at most @max bytes.  Superfluous leading bytes are
 * accepted.
 */
static inline cloudabi_errno_t cloudabi_argdata_number(struct cloudabi_argdata value,
						       enum cloudabi_argdata_type type, size_t max,
						       cloudabi_argdata_wide_t *number)
{
	struct cloudabi_argdata digits;
	cloudabi_argdata_wide_t n;

	if (!cloudabi_argdata_payload(value, type, &digits))
		return CLOUDABI_EINVAL;
	if (digits.len > max)
		return CLOUDABI_ERANGE;
	n = digits.len && digits.data[0] & 0x80 ? -1 : 0;
	for (size_t i = 0; i < digits.len; i++)
		n = n * 256 + digits.data[i];
	*number = n;
	return 0;
}

/**
 * cloudabi_argdata_get_binary() - Get binary data
 * @value: the value
 * @bytes: set to the bytes, which stay in the value
 * @len: set to their number
 *
 * Return: 0, EINVAL.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_binary(struct cloudabi_argdata value,
							   const void **bytes, size_t *len)
{
	struct cloudabi_argdata payload;

	if (!cloudabi_argdata_payload(value, CLOUDABI_ARGDATA_BINARY, &payload))
		return CLOUDABI_EINVAL;
	*bytes = payload.data;
	*len = payload.len;
	return 0;
}

/**
 * cloudabi_argdata_get_bool() - Get a boolean
 * @value: the value
 * @truth: set to it
 *
 * Return: 0, EINVAL.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_bool(struct cloudabi_argdata value,
							 bool *truth)
{
	struct cloudabi_argdata payload;

	if (!cloudabi_argdata_payload(value, CLOUDABI_ARGDATA_BOOL, &payload) || payload.len > 1 ||
	    (payload.len && payload.data[0] != 1))
		return CLOUDABI_EINVAL;
	*truth = payload.len;
	return 0;
}

/**
 * cloudabi_argdata_get_fd() - Get the number of a descriptor
 * @value: the value
 * @fd: set to the number; the descriptor need not be open
 *
 * Return: 0; EINVAL; EBADF if the number is CLOUDABI_ARGDATA_FDS or larger.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_fd(struct cloudabi_argdata value,
						       cloudabi_fd_t *fd)
{
	struct cloudabi_argdata payload;
	cloudabi_fd_t number = 0;

	if (!cloudabi_argdata_payload(value, CLOUDABI_ARGDATA_FD, &payload) || payload.len != 4)
		return CLOUDABI_EINVAL;
	for (size_t i = 0; i < payload.len; i++)
		number = number << 8 | payload.data[i];
	if (number >= CLOUDABI_ARGDATA_FDS)
		return CLOUDABI_EBADF;
	*fd = number;
	return 0;
}

/**
 * cloudabi_argdata_get_float() - Get a floating-point number
 * @value: the value
 * @number: set to it, which may be an infinity or a NaN
 *
 * Return: 0, EINVAL.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_float(struct cloudabi_argdata value,
							  double *number)
{
	struct cloudabi_argdata payload;
	uint64_t bits = 0;

	if (!cloudabi_argdata_payload(value, CLOUDABI_ARGDATA_FLOAT, &payload) ||
	    payload.len != sizeof(bits))
		return CLOUDABI_EINVAL;
	for (size_t i = 0; i < payload.len; i++)
		bits = bits << 8 | payload.data[i];
	memcpy(number, &bits, sizeof(bits));
	return 0;
}

/**
 * cloudabi_argdata_get_int() - Get a signed integer
 * @value: the value
 * @number: set to it
 * @min: the smallest number to accept
 * @max: the largest number to accept
 *
 * Return: 0, EINVAL, ERANGE.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_int(struct cloudabi_argdata value,
							int64_t *number, int64_t min, int64_t max)
{
	cloudabi_argdata_wide_t n;
	const cloudabi_errno_t error = cloudabi_argdata_number(value, CLOUDABI_ARGDATA_INT,
							       sizeof(*number), &n);

	if (error)
		return error;
	if (n < min || n > max)
		return CLOUDABI_ERANGE;
	*number = (int64_t)n;
	return 0;
}

/**
 * cloudabi_argdata_get_uint() - Get an unsigned integer
 * @value: the value
 * @number: set to it
 * @max: the largest number to accept
 *
 * Return: 0, EINVAL, ERANGE.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_uint(struct cloudabi_argdata value,
							 uint64_t *number, uint64_t max)
{
	cloudabi_argdata_wide_t n;
	/* One byte more: the highest bit is the sign. */
	const cloudabi_errno_t error = cloudabi_argdata_number(value, CLOUDABI_ARGDATA_INT,
							       sizeof(*number) + 1, &n);

	if (error)
		return error;
	if (n < 0 || n > max)
		return CLOUDABI_ERANGE;
	*number = (uint64_t)n;
	return 0;
}

/**
 * cloudabi_argdata_utf8() - Decode a character
 * @bytes: UTF-8
 * @len: number of bytes there, at least one
 * @character: set to the code point
 *
 * Rejects overlong forms, surrogates, and code points above 0x10ffff.
 *
 * Return: length of the character in bytes, or zero if @bytes is not UTF-8.
 */
static inline size_t cloudabi_argdata_utf8(const uint8_t *bytes, size_t len, uint32_t *character)
{
	/* The smallest code points that need two, three and four bytes. */
	static const uint32_t smallest[] = { 0x80, 0x800, 0x10000 };
	const uint8_t first = bytes[0];
	size_t more = 0;
	uint32_t c;

	if (first < 0x80) {
		*character = first;
		return 1;
	}
	if (first >= 0xc0)
		more = 1 + (first >= 0xe0) + (first >= 0xf0);
	if (!more || first >= 0xf8 || len <= more)
		return 0;
	c = first & (0x3f >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (c < smallest[more - 1] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*character = c;
	return more + 1;
}

/**
 * cloudabi_argdata_is_utf8() - Check for UTF-8
 * @bytes: the text
 * @len: its length in bytes
 *
 * Return: true if the text is valid UTF-8; it may contain NULs.
 */
static inline bool cloudabi_argdata_is_utf8(const void *bytes, size_t len)
{
	const uint8_t *const text = bytes;
	uint32_t character;
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		size = cloudabi_argdata_utf8(text + i, len - i, &character);
		if (!size)
			return false;
	}
	return true;
}

/**
 * cloudabi_argdata_get_text() - Get a string that may contain NULs
 * @value: the value
 * @text: set to the string, which stays in the value and is followed by a NUL
 * @len: set to its length in bytes, without that NUL
 *
 * Return: 0; EINVAL; EILSEQ if it is not UTF-8.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_text(struct cloudabi_argdata value,
							 const char **text, size_t *len)
{
	struct cloudabi_argdata payload;

	if (!cloudabi_argdata_payload(value, CLOUDABI_ARGDATA_STR, &payload) || !payload.len ||
	    payload.data[payload.len - 1])
		return CLOUDABI_EINVAL;
	if (!cloudabi_argdata_is_utf8(payload.data, payload.len - 1))
		return CLOUDABI_EILSEQ;
	*text = (const char *)payload.data;
	*len = payload.len - 1;
	return 0;
}

/**
 * cloudabi_argdata_get_str() - Get a C string
 * @value: the value
 * @str: set to the string, which stays in the value
 *
 * Return: 0; EINVAL; EILSEQ if it is not UTF-8 or contains a NUL.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_str(struct cloudabi_argdata value,
							const char **str)
{
	const char *text;
	size_t len;
	const cloudabi_errno_t error = cloudabi_argdata_get_text(value, &text, &len);

	if (error)
		return error;
	if (memchr(text, '\0', len))
		return CLOUDABI_EILSEQ;
	*str = text;
	return 0;
}

/**
 * cloudabi_argdata_get_time() - Get a timestamp as seconds and nanoseconds
 * @value: the value
 * @seconds: set to the seconds since 1970, UTC, rounded down
 * @nanoseconds: set to the nanoseconds to add, less than a second
 *
 * Return: 0; EINVAL; ERANGE if the seconds do not fit.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_time(struct cloudabi_argdata value,
							 int64_t *seconds, uint32_t *nanoseconds)
{
	cloudabi_argdata_wide_t ns, sec;
	/* Nanoseconds take 30 more bits than seconds. */
	const cloudabi_errno_t error = cloudabi_argdata_number(value, CLOUDABI_ARGDATA_TIMESTAMP,
							       sizeof(*seconds) + 4, &ns);

	if (error)
		return error;
	sec = ns / 1000000000;
	if (ns % 1000000000 < 0)
		sec--;
	if (sec < INT64_MIN || sec > INT64_MAX)
		return CLOUDABI_ERANGE;
	*seconds = (int64_t)sec;
	*nanoseconds = (uint32_t)(ns - sec * 1000000000);
	return 0;
}

/**
 * cloudabi_argdata_get_timestamp() - Get a timestamp as the ABI has it
 * @value: the value
 * @timestamp: set to the nanoseconds since 1970, UTC
 *
 * Return: 0; EINVAL; ERANGE if the time is before 1970 or after 2554.
 */
static inline cloudabi_errno_t cloudabi_argdata_get_timestamp(struct cloudabi_argdata value,
							      cloudabi_timestamp_t *timestamp)
{
	cloudabi_argdata_wide_t ns;
	const cloudabi_errno_t error = cloudabi_argdata_number(value, CLOUDABI_ARGDATA_TIMESTAMP,
							       sizeof(*timestamp) + 4, &ns);

	if (error)
		return error;
	if (ns < 0 || ns > UINT64_MAX)
		return CLOUDABI_ERANGE;
	*timestamp = (cloudabi_timestamp_t)ns;
	return 0;
}

/**
 * struct cloudabi_argdata_iter - A position in a map or a sequence
 * @next: the next field
 * @left: number of bytes from there to the end
 * @error: EINVAL if the bytes at @next are no field, else zero
 */
struct cloudabi_argdata_iter {
	const uint8_t *next;
	size_t left;
	cloudabi_errno_t error;
};

/**
 * cloudabi_argdata_iterate() - Start an iteration over a map or a sequence
 * @value: the value, which must stay valid during the iteration
 * @type: CLOUDABI_ARGDATA_MAP or CLOUDABI_ARGDATA_SEQ
 * @iter: set to the first field
 *
 * Return: 0; EINVAL if the value has another type.
 */
static inline cloudabi_errno_t cloudabi_argdata_iterate(struct cloudabi_argdata value,
							enum cloudabi_argdata_type type,
							struct cloudabi_argdata_iter *iter)
{
	struct cloudabi_argdata payload;

	if (!cloudabi_argdata_payload(value, type, &payload))
		return CLOUDABI_EINVAL;
	*iter = (struct cloudabi_argdata_iter){ .next = payload.data, .left = payload.len };
	return 0;
}

/**
 * cloudabi_argdata_next() - Get the next field
 * @iter: the position, which is advanced
 * @value: set to the value of the field
 *
 * Return: true if there was a field; false at the end, or, with the iterator's @error set, at
 * bytes that are no field.
 */
static inline bool cloudabi_argdata_next(struct cloudabi_argdata_iter *iter,
					 struct cloudabi_argdata *value)
{
	size_t len = 0, used = 0;

	if (!iter->left || iter->error)
		return false;
	iter->error = CLOUDABI_EINVAL;
	do {
		if (used == iter->left || len > SIZE_MAX >> 7)
			return false;
		len = len << 7 | (iter->next[used++] & 0x7f);
		/* A leading zero digit is invalid. */
		if (!iter->next[0])
			return false;
	} while (!(iter->next[used - 1] & 0x80));
	if (len > iter->left - used)
		return false;
	*value = cloudabi_argdata_from(iter->next + used, len);
	*iter = (struct cloudabi_argdata_iter){
		.next = value->data + len, .left = iter->left - used - len,
	};
	return true;
}

/**
 * cloudabi_argdata_next_pair() - Get the next key of a map and its value
 * @iter: the position, which is advanced by two fields
 * @key: set to the key
 * @value: set to the value
 *
 * A key without a value is an error.
 *
 * Return: see cloudabi_argdata_next().
 */
static inline bool cloudabi_argdata_next_pair(struct cloudabi_argdata_iter *iter,
					      struct cloudabi_argdata *key,
					      struct cloudabi_argdata *value)
{
	struct cloudabi_argdata_iter ahead = *iter;
	struct cloudabi_argdata first;

	if (!cloudabi_argdata_next(&ahead, &first)) {
		iter->error = ahead.error;
		return false;
	}
	if (!cloudabi_argdata_next(&ahead, value)) {
		iter->error = CLOUDABI_EINVAL;
		return false;
	}
	*key = first;
	*iter = ahead;
	return true;
}

/**
 * cloudabi_argdata_find() - Look up a string key in a map
 * @map: the map
 * @key: the key, a C string
 * @value: set to the value of the first such key
 *
 * The search is linear.
 *
 * Return: 0; EINVAL if @map is no map, or has bytes that are no field before the key; ENOENT if
 * the map lacks the key.
 */
static inline cloudabi_errno_t cloudabi_argdata_find(struct cloudabi_argdata map, const char *key,
						     struct cloudabi_argdata *value)
{
	struct cloudabi_argdata_iter iter;
	struct cloudabi_argdata name, found;
	const char *str;
	cloudabi_errno_t error = cloudabi_argdata_iterate(map, CLOUDABI_ARGDATA_MAP, &iter);

	if (error)
		return error;
	while (cloudabi_argdata_next_pair(&iter, &name, &found)) {
		error = cloudabi_argdata_get_str(name, &str);
		if (!error && !strcmp(str, key)) {
			*value = found;
			return 0;
		}
	}
	return iter.error ? iter.error : CLOUDABI_ENOENT;
}

#endif /* _CLOUDABI_ARGDATA_READ_H */
