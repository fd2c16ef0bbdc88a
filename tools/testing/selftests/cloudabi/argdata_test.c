// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Argument data: values of each type
 */

#include "argdata_values.h"

TEST(known_bytes)
{
	struct cloudabi_argdata_writer *w = begin();

	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_MAP);
	cloudabi_argdata_put_str(w, "port");
	cloudabi_argdata_put_int(w, 8080);
	cloudabi_argdata_put_str(w, "list");
	cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_bool(w, true);
	cloudabi_argdata_put_null(w);
	cloudabi_argdata_put_bool(w, false);
	cloudabi_argdata_put_binary(w, "\1\2", 2);
	cloudabi_argdata_close(w);
	cloudabi_argdata_put_float(w, -2);
	cloudabi_argdata_put_time(w, 1, 0);
	cloudabi_argdata_close(w);
	EXPECT_EQ(0, cloudabi_argdata_finish(w));
	EXPECT_TRUE(same(written(), BYTES("\x06"
					  "\x86\x08port\0" "\x83\x05\x1f\x90"
					  "\x86\x08list\0" "\x8b\x07\x82\x02\x01\x80\x81\x02"
							   "\x83\x01\x01\x02"
					  "\x89\x04\xc0\0\0\0\0\0\0\0"
					  "\x85\x09\x3b\x9a\xca\0")));
	EXPECT_EQ(0, cloudabi_argdata_check(written(), 0));
}

TEST(null_has_no_bytes)
{
	cloudabi_argdata_put_null(begin());
	EXPECT_EQ(0, cloudabi_argdata_finish(&writer));
	EXPECT_EQ(0, writer.used);
	EXPECT_EQ(0, cloudabi_argdata_check(written(), 0));
	EXPECT_EQ(CLOUDABI_ARGDATA_NULL, cloudabi_argdata_type(written()));
	EXPECT_EQ(CLOUDABI_ARGDATA_NULL, cloudabi_argdata_type(cloudabi_argdata_from(NULL, 0)));
}

static const struct {
	int64_t number;
	size_t len;
	const char *bytes;
} integers[] = {
	{ 0, 0, "" },
	{ 1, 1, "\x01" },
	{ 127, 1, "\x7f" },
	{ 128, 2, "\x00\x80" },
	{ 255, 2, "\x00\xff" },
	{ 256, 2, "\x01\x00" },
	{ 1000, 2, "\x03\xe8" },
	{ 32767, 2, "\x7f\xff" },
	{ 32768, 3, "\x00\x80\x00" },
	{ 0xffffffff, 5, "\x00\xff\xff\xff\xff" },
	{ INT64_MAX, 8, "\x7f\xff\xff\xff\xff\xff\xff\xff" },
	{ -1, 1, "\xff" },
	{ -128, 1, "\x80" },
	{ -129, 2, "\xff\x7f" },
	{ -256, 2, "\xff\x00" },
	{ -257, 2, "\xfe\xff" },
	{ -1000, 2, "\xfc\x18" },
	{ -32768, 2, "\x80\x00" },
	{ -32769, 3, "\xff\x7f\xff" },
	{ INT64_MIN, 8, "\x80\x00\x00\x00\x00\x00\x00\x00" },
};

TEST(integer_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(integers); i++) {
		const int64_t number = integers[i].number;
		int64_t seen = 0;
		uint64_t natural = 0;

		cloudabi_argdata_put_int(begin(), number);
		EXPECT_EQ(1 + integers[i].len, written().len);
		EXPECT_EQ(5, buffer[0]);
		EXPECT_EQ(0, memcmp(buffer + 1, integers[i].bytes, integers[i].len));
		EXPECT_EQ(0, cloudabi_argdata_check(written(), 0));
		EXPECT_EQ(0, cloudabi_argdata_get_int(written(), &seen, number, number));
		EXPECT_EQ(number, seen);
		EXPECT_EQ(number < 0 ? CLOUDABI_ERANGE : 0,
			  cloudabi_argdata_get_uint(written(), &natural, UINT64_MAX));
		EXPECT_EQ(number < 0 ? 0 : (uint64_t)number, natural);
		if (number > INT64_MIN)
			EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_int(written(), &seen,
									    INT64_MIN, number - 1));
		if (number < INT64_MAX)
			EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_int(written(), &seen,
									    number + 1, INT64_MAX));
		if (number > 0)
			EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_uint(written(), &natural,
									     number - 1));
	}
}

TEST(unsigned_integers)
{
	int64_t number;
	uint64_t natural = 0;

	cloudabi_argdata_put_uint(begin(), UINT64_MAX);
	EXPECT_TRUE(same(written(), BYTES("\x05\x00\xff\xff\xff\xff\xff\xff\xff\xff")));
	EXPECT_EQ(0, cloudabi_argdata_get_uint(written(), &natural, UINT64_MAX));
	EXPECT_EQ(UINT64_MAX, natural);
	EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_uint(written(), &natural, UINT64_MAX - 1));
	EXPECT_EQ(CLOUDABI_ERANGE,
		  cloudabi_argdata_get_int(written(), &number, INT64_MIN, INT64_MAX));
	cloudabi_argdata_put_uint(begin(), 0);
	EXPECT_TRUE(same(written(), BYTES("\x05")));
}

/* Larger integers are valid argument data, but the library does not read them. */
TEST(integers_of_more_bits)
{
	const struct cloudabi_argdata large = BYTES("\x05\x01\x02\x03\x04\x05\x06\x07\x08\x09");
	int64_t number;
	uint64_t natural;

	EXPECT_EQ(0, cloudabi_argdata_check(large, 0));
	EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_int(large, &number, INT64_MIN, INT64_MAX));
	EXPECT_EQ(CLOUDABI_ERANGE, cloudabi_argdata_get_uint(large, &natural, UINT64_MAX));
}

TEST(integers_with_bytes_to_spare)
{
	const struct cloudabi_argdata values[] = {
		BYTES("\x05\x00"), BYTES("\x05\x00\x7f"), BYTES("\x05\xff\xff"),
		BYTES("\x05\xff\x80"), BYTES("\x09\x00\x00"),
	};
	int64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_check(values[i], 0));
	EXPECT_EQ(0, cloudabi_argdata_get_int(values[1], &number, 0, 127));
	EXPECT_EQ(127, number);
	EXPECT_EQ(0, cloudabi_argdata_get_int(values[2], &number, -1, -1));
}

static const struct {
	int64_t seconds;
	uint32_t nanoseconds;
	/* Whether a CloudABI timestamp can hold the time. */
	bool ours;
	size_t len;
	const char *bytes;
} times[] = {
	{ 0, 0, true, 0, "" },
	{ 0, 1, true, 1, "\x01" },
	{ 0, 128, true, 2, "\x00\x80" },
	{ -1, 999999999, false, 1, "\xff" },
	{ -1, 0, false, 4, "\xc4\x65\x36\x00" },
	{ 18446744073, 709551615, true, 9, "\x00\xff\xff\xff\xff\xff\xff\xff\xff" },
	{ 18446744073, 709551616, false, 9, "\x01\x00\x00\x00\x00\x00\x00\x00\x00" },
	{ INT64_MIN, 0, false, 12, "\xe2\x32\x9b\x00\x00\x00\x00\x00\x00\x00\x00\x00" },
	{ INT64_MAX, 999999999, false, 12, "\x1d\xcd\x64\xff\xff\xff\xff\xff\xff\xff\xff\xff" },
};

TEST(time_bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		int64_t seconds = 77;
		uint32_t nanoseconds = 77;
		cloudabi_timestamp_t timestamp = 77;

		cloudabi_argdata_put_time(begin(), times[i].seconds, times[i].nanoseconds);
		EXPECT_EQ(1 + times[i].len, written().len);
		EXPECT_EQ(9, buffer[0]);
		EXPECT_EQ(0, memcmp(buffer + 1, times[i].bytes, times[i].len));
		EXPECT_EQ(0, cloudabi_argdata_get_time(written(), &seconds, &nanoseconds));
		EXPECT_EQ(times[i].seconds, seconds);
		EXPECT_EQ(times[i].nanoseconds, nanoseconds);
		EXPECT_EQ(times[i].ours ? 0 : CLOUDABI_ERANGE,
			  cloudabi_argdata_get_timestamp(written(), &timestamp));
		if (times[i].ours)
			EXPECT_EQ((uint64_t)seconds * 1000000000 + nanoseconds, timestamp);
	}
	cloudabi_argdata_put_timestamp(begin(), UINT64_MAX);
	EXPECT_TRUE(same(written(), BYTES("\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff")));
	cloudabi_argdata_put_time(begin(), 0, 1000000000);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(&writer));
}

TEST(times_out_of_range)
{
	/* One nanosecond above and below the range of 64-bit seconds. */
	const struct cloudabi_argdata values[] = {
		BYTES("\x09\x1d\xcd\x65\0\0\0\0\0\0\0\0\0"),
		BYTES("\x09\xe2\x32\x9a\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		BYTES("\x09\x01\0\0\0\0\0\0\0\0\0\0\0\0"),
	};
	int64_t seconds;
	uint32_t nanoseconds;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, cloudabi_argdata_check(values[i], 0));
		EXPECT_EQ(CLOUDABI_ERANGE,
			  cloudabi_argdata_get_time(values[i], &seconds, &nanoseconds));
	}
}

static uint64_t bits_of(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

TEST(floats)
{
	static const double numbers[] = {
		0, -0.0, 1, 0.1, -1e300, 5e-324, __builtin_inf(), -__builtin_inf(),
		__builtin_nan(""),
	};
	double seen = 0;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		cloudabi_argdata_put_float(begin(), numbers[i]);
		EXPECT_EQ(0, cloudabi_argdata_get_float(written(), &seen));
		EXPECT_EQ(bits_of(numbers[i]), bits_of(seen));
	}
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_float(BYTES("\x04\0\0\0\0\0\0\0"), &seen));
	EXPECT_EQ(CLOUDABI_EINVAL,
		  cloudabi_argdata_get_float(BYTES("\x04\0\0\0\0\0\0\0\0\0"), &seen));
}

TEST(bools)
{
	bool truth = true;

	EXPECT_EQ(0, cloudabi_argdata_get_bool(BYTES("\x02"), &truth));
	EXPECT_FALSE(truth);
	EXPECT_EQ(0, cloudabi_argdata_get_bool(BYTES("\x02\x01"), &truth));
	EXPECT_TRUE(truth);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_bool(BYTES("\x02\x00"), &truth));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_bool(BYTES("\x02\x02"), &truth));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_bool(BYTES("\x02\x01\x01"), &truth));
}

TEST(strings)
{
	const char *text = NULL;
	size_t len;

	EXPECT_EQ(0, cloudabi_argdata_get_str(BYTES("\x08" "Hi\0"), &text));
	EXPECT_EQ(0, strcmp(text, "Hi"));
	EXPECT_EQ(0, cloudabi_argdata_get_str(BYTES("\x08\0"), &text));
	EXPECT_EQ(0, cloudabi_argdata_get_text(BYTES("\x08\0\0"), &text, &len));
	EXPECT_EQ(1, len);
	EXPECT_EQ(CLOUDABI_EILSEQ, cloudabi_argdata_get_str(BYTES("\x08\0\0"), &text));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_text(BYTES("\x08"), &text, &len));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_text(BYTES("\x08" "Hi"), &text, &len));
	cloudabi_argdata_put_text(begin(), "a\0b", 3);
	EXPECT_TRUE(same(written(), BYTES("\x08" "a\0b\0")));
	cloudabi_argdata_put_str(begin(), "\xff");
	EXPECT_EQ(CLOUDABI_EILSEQ, cloudabi_argdata_finish(&writer));
}

TEST(utf8)
{
	static const char *const good[] = {
		"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf",
		"\xe1\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_TRUE(cloudabi_argdata_is_utf8(good[i], strlen(good[i])));
		/* Bytes past the end of the string do not complete a character. */
		for (size_t len = 1; len < strlen(good[i]); len++)
			EXPECT_FALSE(cloudabi_argdata_is_utf8(good[i], len));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_FALSE(cloudabi_argdata_is_utf8(bad[i], strlen(bad[i])));
}

#define MAP CLOUDABI_ARGDATA_MAP
#define SEQ CLOUDABI_ARGDATA_SEQ

/*
 * A value has one type only. The sample values look as much like other types as
 * possible.
 */
TEST(types)
{
	const struct cloudabi_argdata values[] = {
		BYTES(""), BYTES("\x01\0\0\0\0"), BYTES("\x02"), BYTES("\x03\0\0\0\0"),
		BYTES("\x04\0\0\0\0\0\0\0\0"), BYTES("\x05"), BYTES("\x06"), BYTES("\x07"),
		BYTES("\x08\0"), BYTES("\x09"), BYTES("\x0a"), BYTES("\0"), BYTES("\xff"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const void *bytes;
		const char *text;
		struct cloudabi_argdata_iter iter = { 0 };
		size_t len;
		bool truth;
		cloudabi_fd_t fd;
		double real;
		int64_t number;
		uint64_t natural;
		uint32_t ns;

		EXPECT_EQ(i < 10 ? i : 10, cloudabi_argdata_type(values[i]));
		EXPECT_EQ(i < 10 ? 0 : CLOUDABI_EINVAL, cloudabi_argdata_check(values[i], 1));
		EXPECT_EQ(i != 1, !!cloudabi_argdata_get_binary(values[i], &bytes, &len));
		EXPECT_EQ(i != 2, !!cloudabi_argdata_get_bool(values[i], &truth));
		EXPECT_EQ(i != 3, !!cloudabi_argdata_get_fd(values[i], &fd));
		EXPECT_EQ(i != 4, !!cloudabi_argdata_get_float(values[i], &real));
		EXPECT_EQ(i != 5, !!cloudabi_argdata_get_int(values[i], &number, 0, 0));
		EXPECT_EQ(i != 5, !!cloudabi_argdata_get_uint(values[i], &natural, 0));
		EXPECT_EQ(i != 6, !!cloudabi_argdata_iterate(values[i], MAP, &iter));
		EXPECT_EQ(i != 7, !!cloudabi_argdata_iterate(values[i], SEQ, &iter));
		EXPECT_EQ(i != 8, !!cloudabi_argdata_get_text(values[i], &text, &len));
		EXPECT_EQ(i != 9, !!cloudabi_argdata_get_time(values[i], &number, &ns));
	}
}

/* Lengths just below and above the values that need one more byte. */
TEST(lengths)
{
	const struct {
		size_t len;
		struct cloudabi_argdata bytes;
	} lengths[] = {
		{ 1, BYTES("\x81") }, { 127, BYTES("\xff") }, { 128, BYTES("\x01\x80") },
		{ 16383, BYTES("\x7f\xff") }, { 16384, BYTES("\x01\x00\x80") },
		{ 65535, BYTES("\x03\x7f\xff") },
	};
	static const char zeros[65536];

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct cloudabi_argdata_writer *const w = begin();
		const struct cloudabi_argdata prefix = lengths[i].bytes;
		struct cloudabi_argdata_iter iter = { 0 };
		struct cloudabi_argdata field = { 0 };

		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		cloudabi_argdata_put_binary(w, zeros, lengths[i].len - 1);
		cloudabi_argdata_close(w);
		ASSERT_EQ(1 + prefix.len + lengths[i].len, written().len);
		EXPECT_EQ(0, memcmp(buffer + 1, prefix.data, prefix.len));
		EXPECT_EQ(0, cloudabi_argdata_iterate(written(), CLOUDABI_ARGDATA_SEQ, &iter));
		EXPECT_TRUE(cloudabi_argdata_next(&iter, &field));
		EXPECT_EQ(lengths[i].len, field.len);
		EXPECT_FALSE(cloudabi_argdata_next(&iter, &field));
		EXPECT_EQ(0, iter.error);
	}
}

/* The length of a map in a sequence is known only when the map is closed. */
TEST(lengths_of_what_is_closed)
{
	static const size_t lens[] = { 120, 130, 16380, 16390 };
	static const char zeros[16400];

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		struct cloudabi_argdata_writer *const w = begin();

		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_SEQ);
		cloudabi_argdata_open(w, CLOUDABI_ARGDATA_MAP);
		cloudabi_argdata_put_null(w);
		cloudabi_argdata_put_binary(w, zeros, lens[i]);
		cloudabi_argdata_close(w);
		cloudabi_argdata_put_bool(w, true);
		cloudabi_argdata_close(w);
		cloudabi_argdata_put_str(w, "end");
		cloudabi_argdata_close(w);
		EXPECT_EQ(0, cloudabi_argdata_check(written(), 0));
		EXPECT_EQ(NULL, exercise_argdata(buffer, w->used));
		EXPECT_EQ(0, memcmp(buffer + w->used - 5, "\x08" "end", 5));
	}
}

TEST(fields_that_are_none)
{
	const struct cloudabi_argdata values[] = {
		/*
		 * A zero byte at the start of a length, alone and before other
		 * bytes.
		 */
		BYTES("\x07\x00\x80"), BYTES("\x07\x00\x81\x02"), BYTES("\x07\x00"),
		/* Lengths without an end, or past the end of the data. */
		BYTES("\x07\x01"), BYTES("\x07\x81"), BYTES("\x07\x83\x02\x01"), BYTES("\x07\xff"),
		/* Lengths of 64 bits and more. */
		BYTES("\x07\x01\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\xff"),
		BYTES("\x07\x02\x00\x00\x00\x00\x00\x00\x00\x00\x80"),
		BYTES("\x07\x02\x00\x00\x00\x00\x00\x00\x00\x00\x81\x02"),
		BYTES("\x07\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\xff"),
	};
	struct cloudabi_argdata_iter iter = { 0 };
	struct cloudabi_argdata field = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_check(values[i], 0));
		EXPECT_EQ(0, cloudabi_argdata_iterate(values[i], CLOUDABI_ARGDATA_SEQ, &iter));
		EXPECT_FALSE(cloudabi_argdata_next(&iter, &field));
		EXPECT_EQ(CLOUDABI_EINVAL, iter.error);
		EXPECT_EQ(values[i].len - 1, iter.left);
	}
}

/* Fields before the broken bytes are readable. */
TEST(read_until_broken)
{
	const struct cloudabi_argdata map = BYTES("\x06\x83\x08" "a\0\x82\x02\x01\x83\x08" "b\0");
	struct cloudabi_argdata_iter iter = { 0 };
	struct cloudabi_argdata key = { 0 }, value = { 0 };
	bool truth = false;

	EXPECT_EQ(0, cloudabi_argdata_iterate(map, CLOUDABI_ARGDATA_MAP, &iter));
	EXPECT_TRUE(cloudabi_argdata_next_pair(&iter, &key, &value));
	EXPECT_EQ(0, cloudabi_argdata_get_bool(value, &truth));
	EXPECT_TRUE(truth);
	EXPECT_FALSE(cloudabi_argdata_next_pair(&iter, &key, &value));
	EXPECT_EQ(CLOUDABI_EINVAL, iter.error);
	EXPECT_EQ(4, iter.left);
	EXPECT_EQ(0, cloudabi_argdata_find(map, "a", &value));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_find(map, "b", &value));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_check(map, 0));
}

TEST(find)
{
	const struct cloudabi_argdata map = BYTES(sample);
	struct cloudabi_argdata value = { 0 };
	cloudabi_fd_t fd = 0;

	EXPECT_EQ(0, cloudabi_argdata_find(map, "a", &value));
	EXPECT_EQ(0, cloudabi_argdata_get_fd(value, &fd));
	EXPECT_EQ(2, fd);
	EXPECT_EQ(0, cloudabi_argdata_find(map, "\xc3\xa9", &value));
	EXPECT_EQ(CLOUDABI_ARGDATA_SEQ, cloudabi_argdata_type(value));
	EXPECT_EQ(CLOUDABI_ENOENT, cloudabi_argdata_find(map, "", &value));
	EXPECT_EQ(CLOUDABI_ENOENT, cloudabi_argdata_find(map, "aa", &value));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_find(BYTES("\x07"), "a", &value));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_find(BYTES(""), "a", &value));
	/* The first of two equal keys. */
	EXPECT_EQ(0, cloudabi_argdata_find(BYTES("\x06\x83\x08" "a\0\x81\x02\x83\x08" "a\0\x80"),
					   "a", &value));
	EXPECT_EQ(1, value.len);
}

#ifndef ARGDATA_PART
TEST_HARNESS_MAIN
#endif
