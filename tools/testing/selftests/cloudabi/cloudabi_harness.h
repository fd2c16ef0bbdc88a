/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - The harness of programs that are CloudABI's
 *
 * Written to be used like ../kselftest_harness.h:
 *
 *	TEST(name) {
 *		ASSERT_EQ(expected, seen);
 *		EXPECT_EQ(expected, seen) TH_LOG("in round %d", i);
 *	}
 *
 *	TEST_HARNESS_MAIN
 *
 * All tests of a program run in its one process, one after the other, so each
 * has to leave behind what it found.  Reports go to descriptor 1.
 */
#ifndef SELFTESTS_CLOUDABI_HARNESS_H
#define SELFTESTS_CLOUDABI_HARNESS_H

#include <cloudabi.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1

struct test_metadata {
	const char *name;
	unsigned int line;
	void (*fn)(struct test_metadata *_metadata);
	bool failed;
	/* Whether the last expectation failed, for what follows it. */
	bool trigger;
	void *env[5];
};

/* What the program was started with. */
static const struct cloudabi_start *test_start;

/* The linker collects pointers to all tests, in whatever order; NULL is none. */
extern struct test_metadata *const __start_cloudabi_tests[];
extern struct test_metadata *const __stop_cloudabi_tests[];

#define TEST(test_name)                                                          \
	static void test_name(struct test_metadata *_metadata);                  \
	static struct test_metadata test_metadata_##test_name = {                \
		.name = #test_name,                                              \
		.line = __LINE__,                                                \
		.fn = test_name,                                                 \
	};                                                                       \
	static struct test_metadata *const test_pointer_##test_name              \
		__attribute__((__used__, __section__("cloudabi_tests"))) =       \
		&test_metadata_##test_name;                                      \
	static void test_name(struct test_metadata *_metadata                    \
			      __attribute__((__unused__)))

#define TH_LOG(fmt, ...)                                                         \
	cloudabi_dprintf(1, "# %s:%d:%s:" fmt "\n", __FILE__, __LINE__,          \
			 _metadata->name, ##__VA_ARGS__)

static inline void test_failed(struct test_metadata *_metadata, const char *file, int line,
			       const char *expected, long expected_value, const char *op,
			       const char *seen, long seen_value)
{
	cloudabi_dprintf(1, "# %s:%d:%s:Expected %s (%ld, 0x%lx) %s %s (%ld, 0x%lx)\n",
			 file, line, _metadata->name, expected, expected_value, expected_value,
			 op, seen, seen_value, seen_value);
	_metadata->failed = true;
}

static inline bool test_bail(struct test_metadata *_metadata, bool must)
{
	if (must)
		__builtin_longjmp(_metadata->env, 1);
	return false;
}

/* Reports a comparison that fails; true if it does. */
#define TEST_FAILS(expected, op, seen)                                           \
	__extension__({                                                          \
		__auto_type expected_ = (expected);                              \
		__auto_type seen_ = (seen);                                      \
		const bool fails_ = !(expected_ op seen_);                       \
										 \
		if (fails_)                                                      \
			test_failed(_metadata, __FILE__, __LINE__, #expected,    \
				    (long)expected_, #op, #seen, (long)seen_);   \
		fails_;                                                          \
	})

/* A loop of at most one round, which TH_LOG() may follow as its body. */
#define TEST_CHECK(expected, op, seen, must)                                     \
	for (_metadata->trigger = TEST_FAILS(expected, op, seen);                \
	     _metadata->trigger; _metadata->trigger = test_bail(_metadata, must))

#define EXPECT_EQ(expected, seen) TEST_CHECK(expected, ==, seen, false)
#define EXPECT_NE(expected, seen) TEST_CHECK(expected, !=, seen, false)
#define EXPECT_LT(expected, seen) TEST_CHECK(expected, <, seen, false)
#define EXPECT_LE(expected, seen) TEST_CHECK(expected, <=, seen, false)
#define EXPECT_GT(expected, seen) TEST_CHECK(expected, >, seen, false)
#define EXPECT_GE(expected, seen) TEST_CHECK(expected, >=, seen, false)
#define EXPECT_TRUE(seen) TEST_CHECK(true, ==, !!(seen), false)
#define EXPECT_FALSE(seen) TEST_CHECK(false, ==, !!(seen), false)
#define ASSERT_EQ(expected, seen) TEST_CHECK(expected, ==, seen, true)
#define ASSERT_NE(expected, seen) TEST_CHECK(expected, !=, seen, true)
#define ASSERT_LT(expected, seen) TEST_CHECK(expected, <, seen, true)
#define ASSERT_LE(expected, seen) TEST_CHECK(expected, <=, seen, true)
#define ASSERT_GT(expected, seen) TEST_CHECK(expected, >, seen, true)
#define ASSERT_GE(expected, seen) TEST_CHECK(expected, >=, seen, true)
#define ASSERT_TRUE(seen) TEST_CHECK(true, ==, !!(seen), true)
#define ASSERT_FALSE(seen) TEST_CHECK(false, ==, !!(seen), true)

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

static __attribute__((__noinline__)) void test_run_one(struct test_metadata *test)
{
	if (!__builtin_setjmp(test->env))
		test->fn(test);
}

/* Whether the arguments ask for this test: those given by "-t NAME", all without any. */
static inline bool test_wanted(const struct test_metadata *test, const char **argv, size_t argc)
{
	bool any = false;

	for (size_t i = 0; i + 1 < argc; i++) {
		if (strcmp(argv[i], "-t"))
			continue;
		if (!strcmp(argv[i + 1], test->name))
			return true;
		any = true;
	}
	return !any;
}

/* The first test behind a line of the source, or NULL. */
static inline struct test_metadata *test_behind(unsigned int line)
{
	struct test_metadata *const *test, *first = NULL;

	for (test = __start_cloudabi_tests; test < __stop_cloudabi_tests; test++)
		if (*test && (*test)->line > line && (!first || (*test)->line < first->line))
			first = *test;
	return first;
}

static inline int test_harness_run(const struct cloudabi_start *start)
{
	unsigned int planned = 0, number = 0, failed = 0;
	struct test_metadata *test;
	const char *argv[32];
	size_t argc = cloudabi_argdata_split(start->argdata, start->argdata_len, argv,
					     ARRAY_SIZE(argv));

	test_start = start;
	if (argc > ARRAY_SIZE(argv))
		argc = ARRAY_SIZE(argv);
	for (test = test_behind(0); test; test = test_behind(test->line))
		planned += test_wanted(test, argv, argc);
	cloudabi_dprintf(1, "TAP version 13\n1..%u\n", planned);
	for (test = test_behind(0); test; test = test_behind(test->line)) {
		if (!test_wanted(test, argv, argc))
			continue;
		test_run_one(test);
		failed += test->failed;
		cloudabi_dprintf(1, "%sok %u %s\n", test->failed ? "not " : "", ++number,
				 test->name);
	}
	cloudabi_dprintf(1, "# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
			 planned - failed, failed);
	return failed ? KSFT_FAIL : KSFT_PASS;
}

#define TEST_HARNESS_MAIN                                                        \
	int cloudabi_main(const struct cloudabi_start *start)                    \
	{                                                                        \
		return test_harness_run(start);                                  \
	}

#endif /* SELFTESTS_CLOUDABI_HARNESS_H */
