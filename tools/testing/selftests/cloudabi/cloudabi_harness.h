/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - The test harness of CloudABI programs
 *
 * It has the interface of ../kselftest_harness.h, which needs a native C library:
 *
 *	TEST(name) {
 *		ASSERT_EQ(expected, seen);
 *		EXPECT_EQ(expected, seen) TH_LOG("in round %d", i);
 *	}
 *
 *	FIXTURE(pipe) { cloudabi_fd_t in, out; };
 *	FIXTURE_VARIANT(pipe) { bool nonblocking; };
 *	FIXTURE_VARIANT_ADD(pipe, blocking) { .nonblocking = false };
 *	FIXTURE_SETUP(pipe) { self->in = ...; }
 *	FIXTURE_TEARDOWN(pipe) { }
 *	TEST_F(pipe, name) { ... self ... variant ... }
 *
 *	TEST_HARNESS_MAIN
 *
 * Each test runs in a process of its own, a child of proc_fork().  Its threads,
 * locks, mappings and descriptors end with it, also if it fails half-way.  The
 * file system is shared by all tests: each removes the files that it makes.  The
 * open files behind the fixture's descriptors are shared, too: the harness keeps
 * them open, so the peer of one never sees it closed.
 *
 * Reports go to descriptor 1.  "-t NAME" runs one test, "-s SECONDS" is for
 * tests that run as long as the user likes; see test_number().
 */
#ifndef SELFTESTS_CLOUDABI_HARNESS_H
#define SELFTESTS_CLOUDABI_HARNESS_H

#include <cloudabi.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1

/* A test is killed after this time, in s.  Emulated debug kernels are slow. */
#ifndef TEST_TIMEOUT
#define TEST_TIMEOUT 600
#endif

struct test_metadata;

typedef void test_fn_t(struct test_metadata *_metadata, void *self, const void *variant);

struct test_fixture {
	const char *name;
	test_fn_t *setup;
	test_fn_t *teardown;
};

struct test_variant {
	const struct test_fixture *fixture;
	const char *name;
	unsigned int order;
	const void *value;
};

struct test_metadata {
	const char *name;
	const struct test_fixture *fixture;
	unsigned int order;
	test_fn_t *fn;
	/* Data of the fixture. */
	void *self;
	bool failed;
	/* Whether the last expectation failed, for the TH_LOG() that follows it. */
	bool trigger;
	/* Where a failed assertion jumps to. */
	void *env[5];
};

/* Memory that all tests of a program share. */
struct test_shared {
	void **mem;
	size_t len;
};

/* What the program was started with; in a test, with the thread id of the test. */
static const struct cloudabi_start *test_start;

/*
 * Sections in which the linker collects pointers to all tests, variants and shared
 * memory, in any order.  NULL entries are skipped; there is one in each, because
 * the linker defines no symbols for an empty section.
 */
#define TEST_SECTION(type, section)                                              \
	extern type *const __start_##section[], *const __stop_##section[];       \
	static type *const section##_none TEST_IN(section) = NULL
#define TEST_IN(section) __attribute__((__used__, __section__(#section)))

TEST_SECTION(struct test_metadata, cloudabi_tests);
TEST_SECTION(const struct test_variant, cloudabi_variants);
TEST_SECTION(const struct test_shared, cloudabi_shared);

/* Defines a test by its metadata; left out if @condition is false. */
#define TEST_REGISTER(object, condition, ...)                                    \
	static struct test_metadata test_metadata_##object = { __VA_ARGS__ };    \
	static struct test_metadata *const test_pointer_##object                 \
		TEST_IN(cloudabi_tests) = (condition) ? &test_metadata_##object : NULL

#define TEST_UNUSED __attribute__((__unused__))

#define TEST(test_name)                                                          \
	static test_fn_t test_name;                                              \
	TEST_REGISTER(test_name, true, .name = #test_name, .order = 1 + __COUNTER__,     \
		      .fn = test_name);                                          \
	static void test_name(struct test_metadata *_metadata TEST_UNUSED,       \
			      void *_self TEST_UNUSED, const void *_variant TEST_UNUSED)

/* Fixtures */

#define FIXTURE_DATA(fixture_name) struct fixture_data_##fixture_name
#define FIXTURE_VARIANT(fixture_name) struct fixture_variant_##fixture_name

/* A function of a fixture, and one of type test_fn_t that calls it. */
#define FIXTURE_FUNCTION(fixture_name, function)                                 \
	static void function(struct test_metadata *_metadata,                    \
			     FIXTURE_DATA(fixture_name) *self,                   \
			     const FIXTURE_VARIANT(fixture_name) *variant);      \
	static void function##_run(struct test_metadata *_metadata, void *self,  \
				   const void *variant)                          \
	{                                                                        \
		function(_metadata, self, variant);                              \
	}                                                                        \
	struct test_metadata

#define FIXTURE_BODY(fixture_name, function)                                     \
	static void function(                                                    \
		struct test_metadata *_metadata TEST_UNUSED,                     \
		FIXTURE_DATA(fixture_name) *self TEST_UNUSED,                    \
		const FIXTURE_VARIANT(fixture_name) *variant TEST_UNUSED)

#define FIXTURE(fixture_name)                                                    \
	FIXTURE_DATA(fixture_name);                                              \
	FIXTURE_VARIANT(fixture_name);                                           \
	FIXTURE_FUNCTION(fixture_name, fixture_name##_setup);                    \
	FIXTURE_FUNCTION(fixture_name, fixture_name##_teardown);                 \
	static const struct test_fixture fixture_name##_fixture = {              \
		.name = #fixture_name,                                           \
		.setup = fixture_name##_setup_run,                               \
		.teardown = fixture_name##_teardown_run,                         \
	};                                                                       \
	FIXTURE_DATA(fixture_name)

#define FIXTURE_SETUP(fixture_name) FIXTURE_BODY(fixture_name, fixture_name##_setup)
#define FIXTURE_TEARDOWN(fixture_name) FIXTURE_BODY(fixture_name, fixture_name##_teardown)

#define FIXTURE_VARIANT_ADD(fixture_name, variant_name)                          \
	static const FIXTURE_VARIANT(fixture_name) fixture_name##_##variant_name;\
	static const struct test_variant fixture_name##_##variant_name##_variant = { \
		.fixture = &fixture_name##_fixture,                              \
		.name = #variant_name,                                           \
		.order = 1 + __COUNTER__,                                                \
		.value = &fixture_name##_##variant_name,                         \
	};                                                                       \
	static const struct test_variant *const                                  \
		fixture_name##_##variant_name##_pointer                          \
		TEST_IN(cloudabi_variants) =                                     \
			&fixture_name##_##variant_name##_variant;                \
	static const FIXTURE_VARIANT(fixture_name) fixture_name##_##variant_name =

#define TEST_F(fixture_name, test_name)                                          \
	FIXTURE_FUNCTION(fixture_name, fixture_name##_##test_name);              \
	static FIXTURE_DATA(fixture_name) fixture_name##_##test_name##_self;     \
	TEST_REGISTER(fixture_name##_##test_name, true, .name = #test_name,      \
		      .fixture = &fixture_name##_fixture, .order = 1 + __COUNTER__,      \
		      .fn = fixture_name##_##test_name##_run,                    \
		      .self = &fixture_name##_##test_name##_self);               \
	FIXTURE_BODY(fixture_name, fixture_name##_##test_name)

/*
 * Defines a pointer @pointer to memory of type @type that all tests share, zero
 * at first; for what a later test sums up.
 */
#define TEST_SHARED(type, pointer)                                               \
	static type *pointer;                                                    \
	static const struct test_shared pointer##_object = {                     \
		.mem = (void **)&pointer,                                        \
		.len = sizeof(type),                                             \
	};                                                                       \
	static const struct test_shared *const pointer##_pointer                 \
		TEST_IN(cloudabi_shared) = &pointer##_object

/* Expectations */

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

/* Reports a comparison if it is false; returns whether it is. */
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

/* A loop of at most one round.  TH_LOG() may follow as its body. */
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

#define TEST_ARGS_MAX 32

/* The first arguments of the program; returns their number. */
static inline size_t test_args(const char *argv[TEST_ARGS_MAX])
{
	const size_t argc = cloudabi_argdata_split(test_start->argdata, test_start->argdata_len,
						   argv, TEST_ARGS_MAX);

	return argc < TEST_ARGS_MAX ? argc : TEST_ARGS_MAX;
}

/*
 * The number behind an option of the program, @otherwise if the option is missing
 * or the number is 0.
 */
static inline unsigned long test_number(const char *option, unsigned long otherwise)
{
	const char *argv[TEST_ARGS_MAX];
	const size_t argc = test_args(argv);
	unsigned long number = 0;

	for (size_t i = 0; i + 1 < argc; i++)
		if (!strcmp(argv[i], option))
			for (const char *p = argv[i + 1]; *p >= '0' && *p <= '9'; p++)
				number = number * 10 + (*p - '0');
	return number ?: otherwise;
}

/* Running a test */

/* Calls a function until it returns, or an assertion in it fails; true if it returned. */
static __attribute__((__noinline__)) bool test_call(test_fn_t *fn, struct test_metadata *test,
						    const void *variant)
{
	if (__builtin_setjmp(test->env))
		return false;
	fn(test, test->self, variant);
	return true;
}

/* In a process of its own.  Like kselftest, no teardown after a setup that failed. */
static inline void test_run(struct test_metadata *test, const void *variant)
{
	const struct test_fixture *const fixture = test->fixture;

	if (fixture) {
		test_call(fixture->setup, test, variant);
		if (test->failed)
			return;
	}
	test_call(test->fn, test, variant);
	if (fixture)
		test_call(fixture->teardown, test, variant);
}

static inline __attribute__((__noreturn__)) void
test_child(struct test_metadata *test, const void *variant, const char *name, cloudabi_tid_t tid)
{
	struct cloudabi_start start = *test_start;

	test->name = name;
	start.tid = tid;
	test_start = &start;
	test_run(test, variant);
	cloudabi_exit(test->failed ? KSFT_FAIL : KSFT_PASS);
}

/* Waits for the process of a test.  A process that ends as no test does is reported. */
static inline bool test_wait(cloudabi_fd_t fd, const char *name)
{
	const unsigned long limit = TEST_TIMEOUT + test_number("-s", 0);
	const cloudabi_subscription_t subs[2] = {
		{
			.type = CLOUDABI_EVENTTYPE_PROC_TERMINATE,
			.proc_terminate.fd = fd,
		}, {
			.type = CLOUDABI_EVENTTYPE_CLOCK,
			.clock.clock_id = CLOUDABI_CLOCK_MONOTONIC,
			.clock.timeout = limit * 1000000000,
		},
	};
	cloudabi_event_t events[2];
	cloudabi_size_t n = 0;
	const cloudabi_errno_t error = cloudabi_sys_poll(subs, events, 2, &n);

	if (error || !n || events[0].error) {
		cloudabi_dprintf(1, "# %s: poll failed: %u\n", name, error);
	} else if (events[0].type != CLOUDABI_EVENTTYPE_PROC_TERMINATE) {
		cloudabi_dprintf(1, "# %s: timed out after %lu s\n", name, limit);
	} else if (events[0].proc_terminate.signal) {
		cloudabi_dprintf(1, "# %s: killed by signal %u\n", name,
				 events[0].proc_terminate.signal);
	} else if (events[0].proc_terminate.exitcode > KSFT_FAIL) {
		cloudabi_dprintf(1, "# %s: exited with %u\n", name,
				 events[0].proc_terminate.exitcode);
	} else {
		return events[0].proc_terminate.exitcode == KSFT_PASS;
	}
	return false;
}

static inline bool test_passes(struct test_metadata *test, const struct test_variant *variant,
			       const char *name)
{
	cloudabi_fd_t fd;
	cloudabi_tid_t tid;
	const cloudabi_errno_t error = cloudabi_sys_proc_fork(&fd, &tid);
	bool passes;

	if (error) {
		cloudabi_dprintf(1, "# %s: proc_fork failed: %u\n", name, error);
		return false;
	}
	if (fd == CLOUDABI_PROCESS_CHILD)
		test_child(test, variant ? variant->value : NULL, name, tid);
	passes = test_wait(fd, name);
	/* Kills what still runs. */
	cloudabi_sys_fd_close(fd);
	return passes;
}

/* The list of tests */

#define TEST_NAME_MAX 256

/* Writes NAME, FIXTURE.NAME or FIXTURE.VARIANT.NAME. */
static inline void test_full_name(char *full, const struct test_metadata *test,
				  const struct test_variant *variant)
{
	const char *const parts[] = {
		test->fixture ? test->fixture->name : NULL, variant ? variant->name : NULL,
		test->name,
	};
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		for (const char *p = parts[i]; p && *p && len < TEST_NAME_MAX - 2; p++)
			full[len++] = *p;
		if (parts[i])
			full[len++] = '.';
	}
	full[len - 1] = '\0';
}

/* Whether the arguments "-t NAME" ask for this test; without any, all tests are wanted. */
static inline bool test_wanted(const char *name)
{
	const char *argv[TEST_ARGS_MAX];
	const size_t argc = test_args(argv);
	bool any = false;

	for (size_t i = 0; i + 1 < argc; i++) {
		if (strcmp(argv[i], "-t"))
			continue;
		if (!strcmp(argv[i + 1], name))
			return true;
		any = true;
	}
	return !any;
}

/* The first test behind a place in the order, or NULL. */
static inline struct test_metadata *test_behind(unsigned int order)
{
	struct test_metadata *const *test, *first = NULL;

	for (test = __start_cloudabi_tests; test < __stop_cloudabi_tests; test++)
		if (*test && (*test)->order > order && (!first || (*test)->order < first->order))
			first = *test;
	return first;
}

/* The first variant of a fixture behind a place in the order, or NULL. */
static const struct test_variant *test_variant_behind(const struct test_fixture *fixture,
						      unsigned int order)
{
	const struct test_variant *const *variant, *first = NULL;

	for (variant = __start_cloudabi_variants; variant < __stop_cloudabi_variants; variant++)
		if (*variant && (*variant)->fixture == fixture && (*variant)->order > order &&
		    (!first || (*variant)->order < first->order))
			first = *variant;
	return first;
}

/* Memory of descriptor type shared memory, which children of proc_fork() share. */
static inline bool test_share_all(void)
{
	const struct test_shared *const *shared;

	for (shared = __start_cloudabi_shared; shared < __stop_cloudabi_shared; shared++) {
		cloudabi_filestat_t stat = { };
		cloudabi_fd_t fd;

		if (!*shared)
			continue;
		stat.st_size = (*shared)->len;
		if (cloudabi_sys_fd_create1(CLOUDABI_FILETYPE_SHARED_MEMORY, &fd) ||
		    cloudabi_sys_file_stat_fput(fd, &stat, CLOUDABI_FILESTAT_SIZE) ||
		    cloudabi_sys_mem_map(NULL, (*shared)->len,
					 CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
					 CLOUDABI_MAP_SHARED, fd, 0, (*shared)->mem) ||
		    cloudabi_sys_fd_close(fd))
			return false;
	}
	return true;
}

struct test_totals {
	unsigned int planned, done, failed;
};

/* Counts a test if @dry is true, and runs it otherwise. */
static inline void test_one(struct test_metadata *test, const struct test_variant *variant,
			    struct test_totals *totals, bool dry)
{
	char name[TEST_NAME_MAX];
	bool passes;

	test_full_name(name, test, variant);
	if (!test_wanted(name))
		return;
	if (dry) {
		totals->planned++;
		return;
	}
	passes = test_passes(test, variant, name);
	totals->failed += !passes;
	cloudabi_dprintf(1, "%sok %u %s\n", passes ? "" : "not ", ++totals->done, name);
}

/* All tests in the order of their definitions, each with all variants of its fixture. */
static inline void test_all(struct test_totals *totals, bool dry)
{
	struct test_metadata *test;

	for (test = test_behind(0); test; test = test_behind(test->order)) {
		const struct test_variant *variant = test_variant_behind(test->fixture, 0);

		do {
			test_one(test, variant, totals, dry);
			if (variant)
				variant = test_variant_behind(test->fixture, variant->order);
		} while (variant);
	}
}

static inline int test_harness_run(const struct cloudabi_start *start)
{
	struct test_totals totals = { };

	test_start = start;
	if (!test_share_all()) {
		cloudabi_dprintf(1, "Bail out! no shared memory\n");
		return KSFT_FAIL;
	}
	test_all(&totals, true);
	cloudabi_dprintf(1, "TAP version 13\n1..%u\n", totals.planned);
	test_all(&totals, false);
	cloudabi_dprintf(1, "# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
			 totals.planned - totals.failed, totals.failed);
	return totals.failed ? KSFT_FAIL : KSFT_PASS;
}

#define TEST_HARNESS_MAIN                                                        \
	int cloudabi_main(const struct cloudabi_start *start)                    \
	{                                                                        \
		return test_harness_run(start);                                  \
	}

#endif /* SELFTESTS_CLOUDABI_HARNESS_H */
