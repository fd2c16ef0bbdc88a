/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Properties of argument data that hold for any bytes
 *
 * Used by argdata_test and tools/cloudabi/argdata_fuzz.c.
 */
#ifndef SELFTESTS_CLOUDABI_ARGDATA_EXERCISE_H
#define SELFTESTS_CLOUDABI_ARGDATA_EXERCISE_H

#include "../../../cloudabi/include/cloudabi/argdata.h"

/* Larger values are read, but not written again. */
#define EXERCISE_SIZE 65536
#define EXERCISE_FDS 8192

#define EXERCISE_MUST(condition)                                                 \
	do {                                                                     \
		if (!(condition))                                                \
			return #condition;                                       \
	} while (0)

/* Reads each byte, so that sanitizers check the access. */
static inline void exercise_touch(const void *bytes, size_t len)
{
	const uint8_t *const b = bytes;
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum ^= b[i];
	__asm__ volatile("" : : "r"(sum));
}

/* Iterates over a value of any type and stores the number of fields in @fields. */
static inline const char *exercise_iterators(struct cloudabi_argdata value, size_t *fields)
{
	struct cloudabi_argdata key, field, found;
	struct cloudabi_argdata_iter iter;
	size_t pairs = 0;

	*fields = 0;
	if (!cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_MAP, &iter)) {
		while (cloudabi_argdata_next_pair(&iter, &key, &field)) {
			EXERCISE_MUST(key.data > value.data && field.data > key.data);
			EXERCISE_MUST(key.len + field.len < value.len);
			pairs++;
		}
		EXERCISE_MUST(!cloudabi_argdata_next_pair(&iter, &key, &field));
		EXERCISE_MUST(!iter.error == !iter.left);
		cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_MAP, &iter);
		while (cloudabi_argdata_next(&iter, &field))
			++*fields;
		EXERCISE_MUST(*fields / 2 == pairs);
	} else if (!cloudabi_argdata_iterate(value, CLOUDABI_ARGDATA_SEQ, &iter)) {
		while (cloudabi_argdata_next(&iter, &field)) {
			EXERCISE_MUST(field.data > value.data && field.len < value.len);
			++*fields;
		}
		EXERCISE_MUST(!cloudabi_argdata_next(&iter, &field));
		EXERCISE_MUST(!iter.error == !iter.left);
	}
	if (!cloudabi_argdata_find(value, "a", &found))
		EXERCISE_MUST(found.len < value.len);
	return NULL;
}

/* Calls every getter on a value. */
static inline const char *exercise_getters(struct cloudabi_argdata value)
{
	const enum cloudabi_argdata_type type = cloudabi_argdata_type(value);
	const void *bytes;
	const char *str, *text;
	size_t len, fields;
	int64_t number, seconds;
	uint64_t natural;
	cloudabi_timestamp_t timestamp;
	uint32_t nanoseconds;
	cloudabi_fd_t fd;
	double real;
	bool truth;

	if (!cloudabi_argdata_get_binary(value, &bytes, &len)) {
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_BINARY && len == value.len - 1);
		exercise_touch(bytes, len);
	}
	if (!cloudabi_argdata_get_bool(value, &truth))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_BOOL && value.len == 1 + (size_t)truth);
	if (!cloudabi_argdata_get_fd(value, &fd))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_FD && fd < CLOUDABI_ARGDATA_FDS);
	if (!cloudabi_argdata_get_float(value, &real))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_FLOAT && value.len == 9);
	if (!cloudabi_argdata_get_int(value, &number, INT64_MIN, INT64_MAX)) {
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_INT && value.len <= 9);
		EXERCISE_MUST(!cloudabi_argdata_get_uint(value, &natural, UINT64_MAX) ==
			      (number >= 0));
	}
	if (!cloudabi_argdata_get_uint(value, &natural, 1000))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_INT && natural <= 1000);
	if (!cloudabi_argdata_get_text(value, &text, &len)) {
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_STR && len == value.len - 2 && !text[len]);
		exercise_touch(text, len);
	}
	if (!cloudabi_argdata_get_str(value, &str))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_STR && strlen(str) == value.len - 2);
	if (!cloudabi_argdata_get_time(value, &seconds, &nanoseconds))
		EXERCISE_MUST(type == CLOUDABI_ARGDATA_TIMESTAMP && nanoseconds < 1000000000);
	if (!cloudabi_argdata_get_timestamp(value, &timestamp)) {
		EXERCISE_MUST(!cloudabi_argdata_get_time(value, &seconds, &nanoseconds));
		EXERCISE_MUST((uint64_t)seconds == timestamp / 1000000000);
	}
	return exercise_iterators(value, &fields);
}

/* Writes a value again from the result of its getter. */
static inline void exercise_put(struct cloudabi_argdata_writer *w, struct cloudabi_argdata value)
{
	const void *bytes;
	const char *text;
	size_t len;
	int64_t number;
	uint64_t natural;
	uint32_t nanoseconds;
	cloudabi_fd_t fd;
	double real;
	bool truth;

	if (!value.len)
		cloudabi_argdata_put_null(w);
	else if (!cloudabi_argdata_get_binary(value, &bytes, &len))
		cloudabi_argdata_put_binary(w, bytes, len);
	else if (!cloudabi_argdata_get_bool(value, &truth))
		cloudabi_argdata_put_bool(w, truth);
	else if (!cloudabi_argdata_get_fd(value, &fd))
		cloudabi_argdata_put_fd(w, fd);
	else if (!cloudabi_argdata_get_float(value, &real))
		cloudabi_argdata_put_float(w, real);
	else if (!cloudabi_argdata_get_int(value, &number, INT64_MIN, INT64_MAX))
		cloudabi_argdata_put_int(w, number);
	else if (!cloudabi_argdata_get_uint(value, &natural, UINT64_MAX))
		cloudabi_argdata_put_uint(w, natural);
	else if (!cloudabi_argdata_get_text(value, &text, &len))
		cloudabi_argdata_put_text(w, text, len);
	else if (!cloudabi_argdata_get_time(value, &number, &nanoseconds))
		cloudabi_argdata_put_time(w, number, nanoseconds);
	else
		cloudabi_argdata_put_value(w, value, NULL, 0);
}

/* Walks a value recursively; copies it to @w unless @w is NULL. */
static inline const char *exercise_walk(struct cloudabi_argdata value,
					struct cloudabi_argdata_writer *w)
{
	struct cloudabi_argdata_walk walk;
	enum cloudabi_argdata_event event;
	const char *what;

	cloudabi_argdata_walk(&walk, value);
	do {
		event = cloudabi_argdata_step(&walk);
		EXERCISE_MUST(walk.depth <= CLOUDABI_ARGDATA_DEPTH);
		EXERCISE_MUST((event == CLOUDABI_ARGDATA_END) <= !walk.depth);
		if (event == CLOUDABI_ARGDATA_BROKEN)
			EXERCISE_MUST(walk.error);
		what = exercise_getters(walk.value);
		if (what)
			return what;
		if (!w)
			continue;
		if (event == CLOUDABI_ARGDATA_VALUE)
			exercise_put(w, walk.value);
		else if (event == CLOUDABI_ARGDATA_ENTER)
			cloudabi_argdata_open(w, cloudabi_argdata_type(walk.value));
		else if (event == CLOUDABI_ARGDATA_LEAVE)
			cloudabi_argdata_close(w);
	} while (event != CLOUDABI_ARGDATA_END);
	return NULL;
}

/* Compares values whose descriptor numbers may differ: @b stores indices. */
static inline const char *exercise_compare(struct cloudabi_argdata a, struct cloudabi_argdata b,
					   const cloudabi_fd_t *fds)
{
	struct cloudabi_argdata_walk wa, wb;
	enum cloudabi_argdata_event event;
	cloudabi_fd_t fd, place;

	EXERCISE_MUST(a.len == b.len);
	cloudabi_argdata_walk(&wa, a);
	cloudabi_argdata_walk(&wb, b);
	do {
		event = cloudabi_argdata_step(&wa);
		EXERCISE_MUST(event == cloudabi_argdata_step(&wb));
		if (event != CLOUDABI_ARGDATA_VALUE && event != CLOUDABI_ARGDATA_ENTER)
			continue;
		EXERCISE_MUST(wa.value.len == wb.value.len && wa.key == wb.key);
		if (event != CLOUDABI_ARGDATA_VALUE)
			continue;
		if (!cloudabi_argdata_get_fd(wa.value, &fd)) {
			EXERCISE_MUST(!cloudabi_argdata_get_fd(wb.value, &place));
			EXERCISE_MUST(fds[place] == fd);
		} else if (wa.value.len) {
			EXERCISE_MUST(!memcmp(wa.value.data, wb.value.data, wa.value.len));
		}
	} while (event != CLOUDABI_ARGDATA_END);
	return NULL;
}

/* Writes a value in three ways and checks that the results are identical. */
static inline const char *exercise_again(struct cloudabi_argdata value)
{
	static uint8_t first[EXERCISE_SIZE], second[EXERCISE_SIZE];
	static cloudabi_fd_t fds[EXERCISE_FDS], more_fds[EXERCISE_FDS];
	struct cloudabi_argdata_writer w, copy;
	struct cloudabi_argdata made;
	const char *what;

	cloudabi_argdata_write(&w, first, sizeof(first), fds, EXERCISE_FDS);
	what = exercise_walk(value, &w);
	if (what)
		return what;
	EXERCISE_MUST(!cloudabi_argdata_finish(&w));
	made = cloudabi_argdata_from(first, w.used);
	EXERCISE_MUST(!cloudabi_argdata_check(made, (cloudabi_fd_t)w.used_fds));
	if (w.used_fds)
		EXERCISE_MUST(cloudabi_argdata_check(made, (cloudabi_fd_t)w.used_fds - 1) ==
			      CLOUDABI_EBADF);
	what = exercise_compare(value, made, fds);
	if (what)
		return what;

	cloudabi_argdata_write(&copy, second, sizeof(second), more_fds, EXERCISE_FDS);
	cloudabi_argdata_put_value(&copy, made, fds, w.used_fds);
	EXERCISE_MUST(!cloudabi_argdata_finish(&copy));
	EXERCISE_MUST(copy.used == w.used && !memcmp(first, second, w.used));
	EXERCISE_MUST(copy.used_fds == w.used_fds);
	EXERCISE_MUST(!memcmp(fds, more_fds, w.used_fds * sizeof(fds[0])));

	/*
	 * With a short buffer, the length is the same and nothing is written past
	 * the end.
	 */
	first[w.used / 2] = 0x5a;
	cloudabi_argdata_write(&copy, first, w.used / 2, NULL, 0);
	cloudabi_argdata_put_value(&copy, cloudabi_argdata_from(second, w.used), NULL, 0);
	EXERCISE_MUST(copy.used == w.used && copy.used_fds >= w.used_fds);
	EXERCISE_MUST(cloudabi_argdata_finish(&copy) == (w.used ? CLOUDABI_ENOBUFS : 0));
	EXERCISE_MUST(first[w.used / 2] == 0x5a);
	return NULL;
}

/*
 * The text form has printable lines, and each part of it equals the same part of
 * the whole.
 */
static inline const char *exercise_print(struct cloudabi_argdata value)
{
	static char text[4 * EXERCISE_SIZE], part[EXERCISE_SIZE];
	const size_t len = cloudabi_argdata_print(value, text, sizeof(text));
	size_t shown = len < sizeof(text) ? len : sizeof(text) - 1;
	uint32_t c = 0;
	size_t size;

	EXERCISE_MUST(!text[shown] && strlen(text) == shown);
	EXERCISE_MUST(cloudabi_argdata_print(value, NULL, 0) == len);
	for (size_t i = 0; i < shown; i += size) {
		size = cloudabi_argdata_utf8((uint8_t *)text + i, shown - i, &c);
		if (len > shown && shown - i < 4)
			break;
		EXERCISE_MUST(size);
		EXERCISE_MUST(c == '\n' || !cloudabi_argdata_is_hidden(c));
	}
	if (shown >= sizeof(part))
		shown = sizeof(part) - 1;
	part[shown / 2 + 1] = 0x5a;
	EXERCISE_MUST(cloudabi_argdata_print(value, part, shown / 2 + 1) == len);
	EXERCISE_MUST(!memcmp(text, part, shown / 2) && !part[shown / 2]);
	EXERCISE_MUST(part[shown / 2 + 1] == 0x5a);
	return NULL;
}

/**
 * exercise_argdata - Exercise all functions of the library on the bytes
 * @bytes: the bytes
 * @len: their number
 *
 * Return: NULL, or the property that does not hold.
 */
static inline const char *exercise_argdata(const void *bytes, size_t len)
{
	const struct cloudabi_argdata value = cloudabi_argdata_from(bytes, len);
	const cloudabi_errno_t error = cloudabi_argdata_check(value, CLOUDABI_ARGDATA_FDS);
	struct cloudabi_argdata_writer w;
	const char *what;

	what = exercise_walk(value, NULL);
	if (!what)
		what = exercise_print(value);
	if (what)
		return what;
	if (!error)
		return len <= EXERCISE_SIZE / 2 ? exercise_again(value) : NULL;
	cloudabi_argdata_write(&w, NULL, 0, NULL, 0);
	cloudabi_argdata_put_value(&w, value, NULL, 0);
	EXERCISE_MUST(w.error == error && cloudabi_argdata_finish(&w) == error);
	return NULL;
}

#endif /* SELFTESTS_CLOUDABI_ARGDATA_EXERCISE_H */
