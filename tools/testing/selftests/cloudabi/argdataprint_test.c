// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Argument data: the text form
 */

#include "argdata_values.h"

static char text[8192];

/* Returns the first occurrence of @part in @whole, or NULL. */
static const char *find_text(const char *whole, const char *part)
{
	for (; *whole; whole++)
		if (!strncmp(whole, part, strlen(part)))
			return whole;
	return NULL;
}

static bool prints(struct cloudabi_argdata value, const char *expected)
{
	return cloudabi_argdata_print(value, text, sizeof(text)) == strlen(expected) &&
	       !strcmp(text, expected);
}

/* Whether a value prints as exactly this line. */
static bool prints_line(struct cloudabi_argdata value, const char *expected)
{
	const size_t len = strlen(expected);

	return cloudabi_argdata_print(value, text, sizeof(text)) == len + 1 &&
	       !memcmp(text, expected, len) && text[len] == '\n';
}

TEST(print_values)
{
	EXPECT_TRUE(prints_line(BYTES(""), "null"));
	EXPECT_TRUE(prints_line(BYTES("\x01"), "!!binary \"\""));
	EXPECT_TRUE(prints_line(BYTES("\x01" "a"), "!!binary \"YQ==\""));
	EXPECT_TRUE(prints_line(BYTES("\x01" "ab"), "!!binary \"YWI=\""));
	EXPECT_TRUE(prints_line(BYTES("\x01" "abc\xff"), "!!binary \"YWJj/w==\""));
	EXPECT_TRUE(prints_line(BYTES("\x02\x01"), "true"));
	EXPECT_TRUE(prints_line(BYTES("\x03\0\0\0\x0a"), "!fd 10"));
	EXPECT_TRUE(prints_line(BYTES("\x05"), "0"));
	EXPECT_TRUE(prints_line(BYTES("\x05\x80\0\0\0\0\0\0\0"), "-9223372036854775808"));
	EXPECT_TRUE(prints_line(BYTES("\x05\0\xff\xff\xff\xff\xff\xff\xff\xff"),
			   "18446744073709551615"));
	EXPECT_TRUE(prints_line(BYTES("\x05\x01\0\0\0\0\0\0\0\0"),
				"!large-int \"010000000000000000\""));
	EXPECT_TRUE(prints_line(BYTES("\x06"), "{}"));
	EXPECT_TRUE(prints_line(BYTES("\x07"), "[]"));
	EXPECT_TRUE(prints_line(BYTES("\x08" "a\"\\\n\t\x1b\xc3\xa9\xe2\x80\xae\xf3\xa0\x80\x81\0"),
				"\"a\\\"\\\\\\n\\t\\u001b\xc3\xa9\\u202e\\U000e0001\""));
	EXPECT_TRUE(prints_line(BYTES("\x08\x80\0"), "!broken \"088000\""));
	EXPECT_TRUE(prints_line(BYTES("\x0a\x01"), "!broken \"0a01\""));
}

TEST(print_floats)
{
	static const struct {
		double number;
		const char *text;
	} floats[] = {
		{ 0, "0.0" }, { -0.0, "-0.0" }, { 1, "1.0" }, { 0.1, "0.1" }, { -2.25, "-2.25" },
		{ 0.001, "0.001" }, { 123456.789, "123456.789" }, { 1e14, "100000000000000.0" },
		{ __builtin_inf(), ".inf" }, { -__builtin_inf(), "-.inf" },
		{ __builtin_nan(""), ".nan" }, { 1.0 / 3, "!hex-float 0x1.5555555555555p-2" },
		{ 0x1p1023, "!hex-float 0x1p+1023" },
		{ 0x1p-1074, "!hex-float 0x0.0000000000001p-1022" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(floats); i++) {
		cloudabi_argdata_put_float(begin(), floats[i].number);
		EXPECT_TRUE(prints_line(written(), floats[i].text)) TH_LOG("%s", text);
	}
}

TEST(print_times)
{
	static const struct {
		int64_t seconds;
		uint32_t nanoseconds;
		const char *text;
	} dates[] = {
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ -1, 999999999, "1969-12-31T23:59:59.999999999Z" },
		{ 951782399, 5, "2000-02-28T23:59:59.000000005Z" },
		{ 951782400, 0, "2000-02-29T00:00:00Z" },
		{ 951868800, 0, "2000-03-01T00:00:00Z" },
		{ 4107542400, 0, "2100-03-01T00:00:00Z" },
		{ 1709251199, 0, "2024-02-29T23:59:59Z" },
		{ -62167219200, 0, "0000-01-01T00:00:00Z" },
		{ 253402300799, 0, "9999-12-31T23:59:59Z" },
		{ 253402300800, 0, "!large-timestamp \"0dbca9d1fea2af0000\"" },
		{ INT64_MIN, 0, "!large-timestamp \"e2329b000000000000000000\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(dates); i++) {
		cloudabi_argdata_put_time(begin(), dates[i].seconds, dates[i].nanoseconds);
		EXPECT_TRUE(prints_line(written(), dates[i].text)) TH_LOG("%s", text);
	}
}

TEST(print_sample)
{
	EXPECT_TRUE(prints(BYTES(sample),
			   "\"a\": !fd 2\n"
			   "0: 128\n"
			   "null: {}\n"
			   "\"\xc3\xa9\":\n"
			   "  - true\n"
			   "  - false\n"
			   "  - 1.5\n"
			   "  - !!binary \"3q2+\"\n"
			   "  - null\n"
			   "!fd 1: 2006-07-14T23:58:24.606846976Z\n"
			   "?\n"
			   "  - null\n"
			   ": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n"));
}

TEST(print_deep)
{
	const size_t len = nest(CLOUDABI_ARGDATA_DEPTH + 1);
	static char line[2 * CLOUDABI_ARGDATA_DEPTH];

	cloudabi_argdata_print(cloudabi_argdata_from(buffer, len), text, sizeof(text));
	EXPECT_TRUE(prints(cloudabi_argdata_from(buffer, len), text));
	memset(line, ' ', sizeof(line) - 2);
	EXPECT_NE(NULL, find_text(text, line));
	EXPECT_NE(NULL, find_text(text, "- []\n"));
}

TEST(print_broken)
{
	EXPECT_TRUE(prints(BYTES("\x07\x81\x02\x83\x05"), "- false\n# broken: \"8305\"\n"));
	EXPECT_TRUE(prints(BYTES("\x06\x81\x05\x01"), "0:\n# broken: \"01\"\n"));
	EXPECT_TRUE(prints(BYTES("\x06\x80"), "null:\n# no value for the last key\n"));
	EXPECT_TRUE(prints(BYTES("\x07\x84\x07\x80\x80\x00\x80"),
			   "-\n  - null\n  - null\n  # broken: \"00\"\n- null\n"));
}

#ifndef ARGDATA_PART
TEST_HARNESS_MAIN
#endif
