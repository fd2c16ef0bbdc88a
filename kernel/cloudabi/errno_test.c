// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI - Tests of the error numbers
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/cloudabi_errno.h>
#include <linux/limits.h>

/**
 * struct errno_case - An errno of Linux and its errno in the ABI
 * @name: name of the errno of Linux
 * @error: its number
 * @expected: errno of the ABI
 */
struct errno_case {
	const char *name;
	int error;
	cloudabi_errno_t expected;
};

static void expect_errnos(struct kunit *test, const struct errno_case *cases,
			  unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ_MSG(test, cloudabi_errno(cases[i].error),
				    cases[i].expected, "%s", cases[i].name);
}

static const struct errno_case named[] = {
#define ERRNO_CASE(value, name, linux_errno, ...) \
	{ #linux_errno, linux_errno, value },
	CLOUDABI_ERRNOS(ERRNO_CASE)
};

static void errno_named(struct kunit *test)
{
	expect_errnos(test, named, ARRAY_SIZE(named));
}

/* The rows of the table may be in any order, but have no gap or duplicate. */
static void errno_numbers(struct kunit *test)
{
	bool seen[CLOUDABI_NR_ERRNOS] = { };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(named), CLOUDABI_NR_ERRNOS - 1);
	for (i = 0; i < ARRAY_SIZE(named); i++) {
		const cloudabi_errno_t value = named[i].expected;

		KUNIT_ASSERT_GT_MSG(test, value, 0, "%s", named[i].name);
		KUNIT_ASSERT_LT_MSG(test, value, CLOUDABI_NR_ERRNOS, "%s",
				    named[i].name);
		KUNIT_EXPECT_FALSE_MSG(test, seen[value], "%s", named[i].name);
		seen[value] = true;
	}
}

#define ALIAS(linux_errno, name) \
	{ #linux_errno, linux_errno, CLOUDABI_E##name }

static void errno_aliases(struct kunit *test)
{
	static const struct errno_case aliases[] = {
		ALIAS(EWOULDBLOCK, AGAIN),
		ALIAS(EDEADLOCK, DEADLK),
		ALIAS(ENOTSUPP, NOTSUP),
		ALIAS(ESHUTDOWN, PIPE),
		ALIAS(ETOOMANYREFS, AGAIN),
		ALIAS(EUSERS, AGAIN),
		ALIAS(EUCLEAN, IO),
		ALIAS(EREMOTEIO, IO),
		ALIAS(EMEDIUMTYPE, IO),
		ALIAS(ENOMEDIUM, IO),
		ALIAS(ENODATA, IO),
		ALIAS(ENOKEY, IO),
		ALIAS(EKEYEXPIRED, IO),
		ALIAS(EKEYREVOKED, IO),
		ALIAS(EKEYREJECTED, IO),
		ALIAS(EBADFD, IO),
		ALIAS(EREMCHG, IO),
		ALIAS(ECOMM, IO),
		ALIAS(EISNAM, IO),
		ALIAS(ENOTNAM, IO),
		ALIAS(ENAVAIL, IO),
		ALIAS(EHWPOISON, IO),
		ALIAS(EHOSTDOWN, HOSTUNREACH),
		ALIAS(ENONET, NETDOWN),
		ALIAS(EPFNOSUPPORT, AFNOSUPPORT),
		ALIAS(ESOCKTNOSUPPORT, PROTOTYPE),
		ALIAS(ELIBACC, NOEXEC),
		ALIAS(ELIBBAD, NOEXEC),
		ALIAS(ELIBSCN, NOEXEC),
		ALIAS(ELIBMAX, NOEXEC),
		ALIAS(ELIBEXEC, NOEXEC),
		ALIAS(ERFKILL, PERM),
		ALIAS(ENOTBLK, INVAL),
		ALIAS(EBADE, INVAL),
		ALIAS(EBADR, INVAL),
		ALIAS(ETIME, TIMEDOUT),
	};

	expect_errnos(test, aliases, ARRAY_SIZE(aliases));
}

static void errno_unknown(struct kunit *test)
{
	static const struct errno_case unknown[] = {
		ALIAS(INT_MIN, NOSYS),
		ALIAS(-EINVAL, NOSYS),
		ALIAS(0, NOSYS),
		ALIAS(ECHRNG, NOSYS),
		ALIAS(EDOTDOT, NOSYS),
		ALIAS(ERESTARTSYS - 1, NOSYS),
	};

	expect_errnos(test, unknown, ARRAY_SIZE(unknown));
}

/* An errno that a handler must not return is EIO to the program. */
static void errno_internal(struct kunit *test)
{
	static const struct errno_case internal[] = {
		ALIAS(ERESTARTSYS, IO),
		ALIAS(ERESTARTNOINTR, IO),
		ALIAS(ERESTARTNOHAND, IO),
		ALIAS(ERESTART_RESTARTBLOCK, IO),
		ALIAS(ENOIOCTLCMD, IO),
		ALIAS(EPROBE_DEFER, IO),
		ALIAS(EOPENSTALE, IO),
		ALIAS(EBADHANDLE, IO),
		ALIAS(EIOCBQUEUED, IO),
		ALIAS(ENOTCAPABLE - 1, IO),
		ALIAS(ENOTCAPABLE + 1, IO),
		ALIAS(INT_MAX, IO),
	};

	expect_errnos(test, internal, ARRAY_SIZE(internal));
}

/* The map yields an errno of the ABI, and never 0, for each number. */
static void errno_range(struct kunit *test)
{
	int error;

	for (error = -1; error < 2 * ENOTCAPABLE; error++) {
		const cloudabi_errno_t value = cloudabi_errno(error);

		KUNIT_EXPECT_GT_MSG(test, value, 0, "%d", error);
		KUNIT_EXPECT_LT_MSG(test, value, CLOUDABI_NR_ERRNOS, "%d",
				    error);
	}
}

static struct kunit_case errno_cases[] = {
	KUNIT_CASE(errno_named),
	KUNIT_CASE(errno_numbers),
	KUNIT_CASE(errno_aliases),
	KUNIT_CASE(errno_unknown),
	KUNIT_CASE(errno_internal),
	KUNIT_CASE(errno_range),
	{ }
};

static struct kunit_suite errno_suite = {
	.name = "cloudabi_errno",
	.test_cases = errno_cases,
};

kunit_test_suite(errno_suite);
