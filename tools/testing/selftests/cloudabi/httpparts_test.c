// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The web server's ranges, names and settings
 *
 * Like http_test: further parts of samples/cloudabi/httpd that make no calls.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../kselftest_harness.h"

#include "../../../../samples/cloudabi/httpd/names.c"
#include "../../../../samples/cloudabi/httpd/part.c"
#include "../../../../samples/cloudabi/httpd/range.c"
#include "../../../../samples/cloudabi/httpd/settings.c"
#include "../../../../samples/cloudabi/httpd/text.c"

#define SIZE 1000

/* Ranges */

static struct ranges ranges;

/* The ranges as text, or the status if there are none. */
static const char *ranges_of(const char *field, uint64_t size)
{
	static char buf[1024];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };
	const int status = ranges_parse(&ranges, span_of(field), size);
	size_t i;

	if (status != 206) {
		text_number(&text, (uint64_t)status, 10, 3);
		/* No ranges remain. */
		if (ranges.n)
			text_str(&text, "!");
	}
	for (i = 0; status == 206 && i < ranges.n; i++) {
		text_str(&text, i ? " " : "");
		text_number(&text, ranges.at[i].first, 10, 1);
		text_str(&text, "+");
		text_number(&text, ranges.at[i].length, 10, 1);
	}
	buf[text.len] = '\0';
	return buf;
}

#define RANGES(field) ranges_of("bytes=" field, SIZE)

TEST(several_ranges)
{
	EXPECT_STREQ("0+1 5+5", RANGES("0-0,5-9"));
	EXPECT_STREQ("5+5 0+1", RANGES("5-9, 0-0"));
	EXPECT_STREQ("0+1 999+1", RANGES("0-0,-1"));
	EXPECT_STREQ("0+1 990+10", RANGES("\t0-0 ,, ,990- ,"));
	EXPECT_STREQ("0+500 500+500", RANGES("0-499,500-999"));
	EXPECT_STREQ("0+2 1+2", RANGES("0-1,1-2"));
}

TEST(ranges_that_the_file_has_nothing_of)
{
	EXPECT_STREQ("0+1", RANGES("0-0,1000-"));
	EXPECT_STREQ("0+1", RANGES("-0,0-0,5000-6000"));
	EXPECT_STREQ("416", RANGES("1000-,2000-"));
	EXPECT_STREQ("416", ranges_of("bytes=0-,-1", 0));
}

TEST(ranges_that_make_no_sense)
{
	EXPECT_STREQ("200", RANGES("0-0,x"));
	EXPECT_STREQ("200", RANGES("0-0,2-1"));
	EXPECT_STREQ("200", RANGES("0-0,5 -6"));
	EXPECT_STREQ("200", RANGES("0-0,1-1-1"));
	EXPECT_STREQ("200", RANGES("1000-,x"));
	EXPECT_STREQ("200", RANGES(","));
	EXPECT_STREQ("200", ranges_of("lines=0-0", SIZE));
	EXPECT_STREQ("200", ranges_of("", SIZE));
}

/* Ranges that would exceed the file return the file. */
TEST(ranges_that_are_too_much)
{
	EXPECT_STREQ("200", RANGES("0-,0-"));
	EXPECT_STREQ("200", RANGES("0-499,499-999"));
	EXPECT_STREQ("200", RANGES("-600,-600"));
	EXPECT_STREQ("200", ranges_of("bytes=0-0,0-0", 1));
}

TEST(most_ranges)
{
	char field[256] = "bytes=0-0";
	int i;

	for (i = 1; i < RANGES_MAX; i++)
		strcat(field, ",1-1");
	ranges_of(field, SIZE);
	EXPECT_EQ(RANGES_MAX, ranges.n);
	strcat(field, ",1-1");
	EXPECT_STREQ("200", ranges_of(field, SIZE));
	/* Unsatisfiable ranges count as well. */
	strcpy(strrchr(field, ',') + 1, "1000-");
	EXPECT_STREQ("200", ranges_of(field, SIZE));
}

TEST(parts)
{
	static const char expected[] =
		"\r\n--0000000000abcdef\r\nContent-Type: text/css\r\n"
		"Content-Range: bytes 0-0/1000\r\n\r\n"
		"\r\n--0000000000abcdef\r\nContent-Type: text/css\r\n"
		"Content-Range: bytes 990-999/1000\r\n\r\n"
		"\r\n--0000000000abcdef--\r\n";
	const struct parts parts = {
		.ranges = { .n = 2, .at = { { 0, 1 }, { 990, 10 } } },
		.size = SIZE, .type = "text/css", .boundary = 0xabcdef,
	};
	char buf[512];
	struct text text = { .buf = buf, .size = sizeof(buf) - 1 };
	size_t i;

	for (i = 0; i <= parts.ranges.n; i++)
		parts_write_head(&text, &parts, i);
	buf[text.len] = '\0';
	EXPECT_STREQ(expected, buf);
	EXPECT_EQ(sizeof(expected) - 1 + 11, parts_length(&parts));
	text.len = 0;
	parts_write_type(&text, &parts);
	buf[text.len] = '\0';
	EXPECT_STREQ("multipart/byteranges; boundary=0000000000abcdef", buf);
}

/* The longest header of a part fits into the buffer that computes its length. */
TEST(long_parts)
{
	struct parts parts = {
		.ranges = { .n = 1, .at = { { UINT64_MAX - 1, 1 } } },
		.size = UINT64_MAX, .boundary = UINT64_MAX,
		.type = "text/javascript; charset=utf-8",
	};
	char buf[512];
	struct text text = { .buf = buf, .size = sizeof(buf) };

	parts_write_head(&text, &parts, 0);
	EXPECT_FALSE(text.full);
}

/* Names */

static struct names names;
static struct name after;

static void add(const char *s)
{
	names_add(&names, &after, span_of(s));
}

static const char *name_at(size_t i)
{
	static char buf[NAME_LONGEST + 1];
	const struct name *const name = names_get(&names, i);

	memcpy(buf, name->bytes, name->len);
	buf[name->len] = '\0';
	return buf;
}

TEST(names_are_sorted)
{
	add("b");
	add("ab");
	add("a");
	add("B");
	add("\xc3\xa4");
	ASSERT_EQ(5, names.n);
	EXPECT_STREQ("B", name_at(0));
	EXPECT_STREQ("a", name_at(1));
	EXPECT_STREQ("ab", name_at(2));
	EXPECT_STREQ("b", name_at(3));
	EXPECT_STREQ("\xc3\xa4", name_at(4));
}

TEST(names_behind_another)
{
	name_set(&after, span_of("b"));
	add("a");
	add("b");
	add("ba");
	add("c");
	ASSERT_EQ(2, names.n);
	EXPECT_STREQ("ba", name_at(0));
	EXPECT_STREQ("c", name_at(1));
}

/* Repeated passes return each name once, whatever their number and order. */
TEST(more_names_than_fit)
{
	enum { ALL = 5 * NAMES_MAX + 3 };
	unsigned int order[ALL], seen = 0, i;
	char expected[16];

	for (i = 0; i < ALL; i++)
		order[i] = i;
	srand(1);
	do {
		for (i = 0; i < ALL; i++) {
			const unsigned int other = (unsigned int)rand() % ALL;
			const unsigned int mine = order[i];

			order[i] = order[other];
			order[other] = mine;
		}
		names.n = 0;
		for (i = 0; i < ALL; i++) {
			char name[16];

			snprintf(name, sizeof(name), "%04u", order[i]);
			add(name);
		}
		for (i = 0; i < names.n; i++) {
			snprintf(expected, sizeof(expected), "%04u", seen++);
			ASSERT_STREQ(expected, name_at(i));
		}
		name_set(&after, name_span(names_get(&names, names.n - 1)));
	} while (names.n == NAMES_MAX);
	EXPECT_EQ(ALL, seen);
}

TEST(long_names)
{
	char name[NAME_LONGEST + 2];

	memset(name, 'a', sizeof(name));
	name[NAME_LONGEST + 1] = '\0';
	add(name);
	EXPECT_EQ(0, names.n);
	name[NAME_LONGEST] = '\0';
	add(name);
	ASSERT_EQ(1, names.n);
	EXPECT_STREQ(name, name_at(0));
}

/* Settings */

static struct settings settings;
static struct cloudabi_argdata_writer w;
static uint8_t data[1024];

static void begin_map(void)
{
	cloudabi_argdata_write(&w, data, sizeof(data), NULL, 0);
	cloudabi_argdata_open(&w, CLOUDABI_ARGDATA_MAP);
}

/* Descriptors keep their numbers here, so the test writes the numbers directly. */
static void put_fd(const char *key, unsigned char fd)
{
	const uint8_t bytes[] = { 0, 0, 0, fd };

	cloudabi_argdata_put_str(&w, key);
	cloudabi_argdata_put(&w, CLOUDABI_ARGDATA_FD, bytes, sizeof(bytes), false);
}

static void begin_whole(void)
{
	begin_map();
	put_fd("connections", 7);
	put_fd("root", 5);
}

/* Returns the error in the map, or an empty string. */
static const char *read_settings(void)
{
	cloudabi_argdata_close(&w);
	if (cloudabi_argdata_finish(&w))
		return "writer";
	return settings_read(&settings, data, w.used) ?: "";
}

TEST(settings_of_a_shell)
{
	static const char *const strings[] = { "", "./httpd.cloudabi", "httpd\0-x" };
	size_t i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(NULL, settings_read(&settings, strings[i], strlen(strings[i])));
		EXPECT_EQ(3, settings.root);
		EXPECT_EQ(4, settings.connections);
		EXPECT_TRUE(settings.logs);
		EXPECT_EQ(2, settings.log);
		EXPECT_EQ(NULL, settings.name);
		EXPECT_EQ(SETTINGS_TIMEOUT, settings.timeout);
	}
}

TEST(settings_of_a_launcher)
{
	begin_whole();
	EXPECT_STREQ("", read_settings());
	EXPECT_EQ(5, settings.root);
	EXPECT_EQ(7, settings.connections);
	EXPECT_FALSE(settings.logs);
	EXPECT_EQ(NULL, settings.name);
	EXPECT_EQ(SETTINGS_TIMEOUT, settings.timeout);

	begin_whole();
	put_fd("log", 9);
	cloudabi_argdata_put_str(&w, "name");
	cloudabi_argdata_put_str(&w, "a server/1.0");
	cloudabi_argdata_put_str(&w, "timeout");
	cloudabi_argdata_put_int(&w, 3600);
	EXPECT_STREQ("", read_settings());
	EXPECT_TRUE(settings.logs);
	EXPECT_EQ(9, settings.log);
	EXPECT_STREQ("a server/1.0", settings.name);
	EXPECT_EQ(3600, settings.timeout);
}

TEST(settings_that_are_no_map)
{
	cloudabi_argdata_write(&w, data, sizeof(data), NULL, 0);
	cloudabi_argdata_put_bool(&w, true);
	ASSERT_EQ(0, cloudabi_argdata_finish(&w));
	EXPECT_STREQ("argument data: no map", settings_read(&settings, data, w.used) ?: "");
	/* The settings are unknown after an error. */
	EXPECT_FALSE(settings.logs);
	/* A map whose key is longer than the map. */
	EXPECT_STREQ("argument data: broken", settings_read(&settings, "\6\377", 2) ?: "");
}

TEST(settings_that_are_missing)
{
	begin_map();
	put_fd("root", 5);
	put_fd("log", 2);
	EXPECT_STREQ("connections: is missing", read_settings());
	EXPECT_TRUE(settings.logs);
	begin_map();
	put_fd("connections", 5);
	EXPECT_STREQ("root: is missing", read_settings());
	begin_map();
	EXPECT_STREQ("root: is missing", read_settings());
}

static const char *with_str(const char *key, const char *value)
{
	begin_whole();
	cloudabi_argdata_put_str(&w, key);
	cloudabi_argdata_put_str(&w, value);
	put_fd("log", 8);
	return read_settings();
}

TEST(settings_of_wrong_types)
{
	EXPECT_STREQ("root: must be a descriptor", with_str("root", "3"));
	/* The first error is reported, if there is a log. */
	EXPECT_TRUE(settings.logs);
	EXPECT_EQ(8, settings.log);
	EXPECT_STREQ("connections: must be a descriptor", with_str("connections", "4"));
	EXPECT_STREQ("log: must be a descriptor", with_str("log", "2"));
	EXPECT_STREQ("timeout: must be seconds, from 1 to 3600", with_str("timeout", "1"));
	EXPECT_STREQ("knows root, connections, log, name and timeout, and nothing else",
		     with_str("Root", "3"));
}

TEST(names_of_servers)
{
	static const char *const bad[] = { "", " a", "a ", "a\r\nb: c", "\xc3\xa4", "\x7f" };
	char name[SETTINGS_LONGEST_NAME + 2];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_STREQ("name: must be a short line of ASCII", with_str("name", bad[i]));
	memset(name, 'a', sizeof(name));
	name[SETTINGS_LONGEST_NAME + 1] = '\0';
	EXPECT_STREQ("name: must be a short line of ASCII", with_str("name", name));
	name[SETTINGS_LONGEST_NAME] = '\0';
	EXPECT_STREQ("", with_str("name", name));
}

TEST(timeouts)
{
	static const int64_t bad[] = { 0, -1, 3601, INT64_MAX };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin_whole();
		cloudabi_argdata_put_str(&w, "timeout");
		cloudabi_argdata_put_int(&w, bad[i]);
		EXPECT_STREQ("timeout: must be seconds, from 1 to 3600", read_settings());
	}
}

TEST_HARNESS_MAIN
