// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Argument data: the writer, and arbitrary bytes
 */

#include "argdata_values.h"

TEST(depth)
{
	size_t len = nest(CLOUDABI_ARGDATA_DEPTH);

	EXPECT_EQ(0, cloudabi_argdata_check(cloudabi_argdata_from(buffer, len), 0));
	EXPECT_EQ(NULL, exercise_argdata(buffer, len));
	len = nest(CLOUDABI_ARGDATA_DEPTH + 1);
	EXPECT_EQ(CLOUDABI_E2BIG, cloudabi_argdata_check(cloudabi_argdata_from(buffer, len), 0));
	EXPECT_EQ(NULL, exercise_argdata(buffer, len));
	len = nest(10000);
	EXPECT_EQ(CLOUDABI_E2BIG, cloudabi_argdata_check(cloudabi_argdata_from(buffer, len), 0));
	EXPECT_EQ(NULL, exercise_argdata(buffer, len));

	begin();
	for (size_t i = 0; i < CLOUDABI_ARGDATA_DEPTH; i++)
		cloudabi_argdata_open(&writer, CLOUDABI_ARGDATA_SEQ);
	EXPECT_EQ(0, writer.error);
	cloudabi_argdata_open(&writer, CLOUDABI_ARGDATA_SEQ);
	EXPECT_EQ(CLOUDABI_E2BIG, cloudabi_argdata_finish(&writer));
}

TEST(descriptors)
{
	struct cloudabi_argdata_writer w;
	cloudabi_fd_t fds[3] = { 77, 77, 77 }, again[3], fd;

	cloudabi_argdata_write(&w, buffer, sizeof(buffer), fds, ARRAY_SIZE(fds));
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_fd(&w, 12);
	cloudabi_argdata_put_fd(&w, 3);
	cloudabi_argdata_put_fd(&w, 12);
	cloudabi_argdata_close(&w);
	EXPECT_EQ(0, cloudabi_argdata_finish(&w));
	EXPECT_TRUE(same(cloudabi_argdata_from(buffer, w.used),
			 BYTES("\x07\x85\x03\0\0\0\0\x85\x03\0\0\0\1\x85\x03\0\0\0\0")));
	EXPECT_EQ(2, w.used_fds);
	EXPECT_EQ(12, fds[0]);
	EXPECT_EQ(3, fds[1]);
	EXPECT_EQ(77, fds[2]);
	EXPECT_EQ(0, cloudabi_argdata_check(cloudabi_argdata_from(buffer, w.used), 2));
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_argdata_check(cloudabi_argdata_from(buffer, w.used), 1));

	/* Embedded in another value whose own fields are written first. */
	const struct cloudabi_argdata part = cloudabi_argdata_from(buffer, w.used);
	struct cloudabi_argdata_writer whole;
	uint8_t buf[64];

	cloudabi_argdata_write(&whole, buf, sizeof(buf), again, ARRAY_SIZE(again));
	cloudabi_argdata_open(&whole, CLOUDABI_ARGDATA_MAP);
	cloudabi_argdata_put_fd(&whole, 5);
	cloudabi_argdata_put_value(&whole, part, fds, w.used_fds);
	cloudabi_argdata_close(&whole);
	EXPECT_EQ(0, cloudabi_argdata_finish(&whole));
	EXPECT_TRUE(same(cloudabi_argdata_from(buf, whole.used),
			 BYTES("\x06\x85\x03\0\0\0\0\x93\x07\x85\x03\0\0\0\1\x85\x03\0\0\0\2"
			       "\x85\x03\0\0\0\1")));
	EXPECT_EQ(5, again[0]);
	EXPECT_EQ(12, again[1]);
	EXPECT_EQ(3, again[2]);

	cloudabi_argdata_write(&whole, buf, sizeof(buf), again, ARRAY_SIZE(again));
	cloudabi_argdata_put_value(&whole, part, fds, 1);
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_argdata_finish(&whole));
	cloudabi_argdata_write(&whole, buf, sizeof(buf), again, ARRAY_SIZE(again));
	cloudabi_argdata_put_fd(&whole, CLOUDABI_ARGDATA_FDS);
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_argdata_finish(&whole));

	EXPECT_EQ(0, cloudabi_argdata_get_fd(BYTES("\x03\x7f\xff\xff\xff"), &fd));
	EXPECT_EQ(0x7fffffff, fd);
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_argdata_get_fd(BYTES("\x03\x80\0\0\0"), &fd));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_fd(BYTES("\x03\0\0\0"), &fd));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_get_fd(BYTES("\x03\0\0\0\0\0"), &fd));
}

TEST(no_room_for_descriptors)
{
	struct cloudabi_argdata_writer w;
	cloudabi_fd_t fds[2] = { 0, 77 };

	cloudabi_argdata_write(&w, buffer, sizeof(buffer), fds, 1);
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_fd(&w, 4);
	cloudabi_argdata_put_fd(&w, 4);
	cloudabi_argdata_put_fd(&w, 5);
	cloudabi_argdata_close(&w);
	EXPECT_EQ(CLOUDABI_ENOBUFS, cloudabi_argdata_finish(&w));
	EXPECT_EQ(2, w.used_fds);
	EXPECT_EQ(4, fds[0]);
	EXPECT_EQ(77, fds[1]);
}

TEST(writing_in_disorder)
{
	struct cloudabi_argdata_writer *w = begin();

	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	cloudabi_argdata_put_bool(begin(), true);
	cloudabi_argdata_put_bool(w, true);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	cloudabi_argdata_open(begin(), CLOUDABI_ARGDATA_SEQ);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	cloudabi_argdata_close(begin());
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	cloudabi_argdata_open(begin(), CLOUDABI_ARGDATA_MAP);
	cloudabi_argdata_put_null(w);
	cloudabi_argdata_close(w);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	cloudabi_argdata_open(begin(), CLOUDABI_ARGDATA_STR);
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_argdata_finish(w));
	/* The writer reports the first error. */
	cloudabi_argdata_open(begin(), CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_str(w, "\xff");
	cloudabi_argdata_put_fd(w, CLOUDABI_ARGDATA_FDS);
	EXPECT_EQ(CLOUDABI_EILSEQ, cloudabi_argdata_finish(w));
}

/*
 * A short buffer of any size is filled as far as fields fit, and the needed length
 * is the same.
 */
TEST(no_room)
{
	const struct cloudabi_argdata value = BYTES(sample);

	for (size_t size = 0; size <= value.len; size++) {
		struct cloudabi_argdata_writer w;
		cloudabi_fd_t fds[2];

		memset(buffer, 0x5a, sizeof(sample));
		cloudabi_argdata_write(&w, buffer, size, fds, ARRAY_SIZE(fds));
		cloudabi_argdata_put_value(&w, value, NULL, 0);
		EXPECT_EQ(size < value.len ? CLOUDABI_ENOBUFS : 0, cloudabi_argdata_finish(&w));
		EXPECT_EQ(value.len, w.used);
		EXPECT_EQ(2, w.used_fds);
		EXPECT_EQ(0x5a, buffer[size]);
	}
}

/* A value that exceeds size_t is refused; the length does not wrap around. */
TEST(no_size_for_it)
{
	struct cloudabi_argdata_writer w;

	cloudabi_argdata_write(&w, NULL, 0, NULL, 0);
	cloudabi_argdata_put_binary(&w, "", SIZE_MAX);
	EXPECT_EQ(CLOUDABI_EOVERFLOW, cloudabi_argdata_finish(&w));
	cloudabi_argdata_write(&w, NULL, 0, NULL, 0);
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_SEQ);
	cloudabi_argdata_put_binary(&w, "", SIZE_MAX / 2);
	EXPECT_EQ(0, w.error);
	cloudabi_argdata_put_binary(&w, "", SIZE_MAX / 2);
	EXPECT_EQ(CLOUDABI_EOVERFLOW, cloudabi_argdata_finish(&w));
}

/* Copies the bytes to the end of an allocation, so that sanitizers see an overrun. */
static const char *exercise_copy(const void *bytes, size_t len)
{
	uint8_t copy[len + 1];

	memcpy(copy + 1, bytes, len);
	return exercise_argdata(copy + 1, len);
}

TEST(whole_sample)
{
	EXPECT_EQ(0, cloudabi_argdata_check(BYTES(sample), 3));
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_argdata_check(BYTES(sample), 2));
	EXPECT_EQ(NULL, exercise_copy(sample, sizeof(sample) - 1));
}

/* A prefix of a map is valid only after a complete field. */
TEST(truncations)
{
	size_t valid = 0;

	for (size_t len = 0; len < sizeof(sample) - 1; len++) {
		const char *const what = exercise_copy(sample, len);

		EXPECT_EQ(NULL, what) TH_LOG("%zu bytes: %s", len, what);
		valid += !cloudabi_argdata_check(cloudabi_argdata_from(sample, len), 3);
	}
	/* The empty prefix, and maps of zero to five pairs. */
	EXPECT_EQ(7, valid);
}

TEST(mutations)
{
	static uint8_t mutant[sizeof(sample) - 1];

	for (size_t i = 0; i < sizeof(mutant); i++) {
		for (unsigned int flip = 1; flip < 256; flip++) {
			const char *what;

			memcpy(mutant, sample, sizeof(mutant));
			mutant[i] ^= flip;
			what = exercise_copy(mutant, sizeof(mutant));
			ASSERT_EQ(NULL, what) TH_LOG("byte %zu ^ %u: %s", i, flip, what);
		}
	}
}

/* Removes some bytes and repeats others. */
TEST(shifts)
{
	static uint8_t mutant[sizeof(sample) + 8];
	const size_t whole = sizeof(sample) - 1;

	for (size_t i = 0; i < whole; i++) {
		for (size_t count = 1; count <= 8 && i + count <= whole; count++) {
			memcpy(mutant, sample, i);
			memcpy(mutant + i, sample + i + count, whole - i - count);
			EXPECT_EQ(NULL, exercise_copy(mutant, whole - count));
			memcpy(mutant, sample, i + count);
			memcpy(mutant + i + count, sample + i, whole - i);
			EXPECT_EQ(NULL, exercise_copy(mutant, whole + count));
		}
	}
}

#ifndef ARGDATA_PART
TEST_HARNESS_MAIN
#endif
