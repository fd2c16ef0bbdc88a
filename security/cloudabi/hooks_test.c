// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Tests of the table of hooks
 *
 * The kernel's own list says which hooks there are, the lists that it keeps of
 * the modules which of them are ours.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/cred.h>
#include <linux/lsm_hooks.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/string.h>

#include "task.h"

enum decision {
	DECISION_DENY,
	DECISION_RIGHT,
	DECISION_ALLOW,
	DECISION_UNREACHABLE,
	N_DECISIONS
};

/**
 * struct row - A row of the table
 * @name: name of the hook
 * @decision: what becomes of it
 * @reason: why
 */
struct row {
	const char *name;
	enum decision decision;
	const char *reason;
};

static const struct row rows[] = {
#define HOOK(NAME, DECISION, REASON) { #NAME, DECISION_##DECISION, REASON },
#include "hooks.h"
#undef HOOK
};

/**
 * struct lsm_hook - A hook of the kernel
 * @name: its name
 * @returns: type of what it returns
 * @calls: the modules that it calls
 */
struct lsm_hook {
	const char *name;
	const char *returns;
	const struct lsm_static_call *calls;
};

static const struct lsm_hook lsm_hooks[] = {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	{ #NAME, #RET, static_calls_table.NAME },
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
};

static const struct row *find_row(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static const struct lsm_hook *find_hook(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lsm_hooks); i++)
		if (!strcmp(lsm_hooks[i].name, name))
			return &lsm_hooks[i];
	return NULL;
}

/* Each hook has a row. */
static void hooks_accounted(struct kunit *test)
{
	unsigned int count[N_DECISIONS] = { }, unaccounted = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lsm_hooks); i++) {
		const struct row *const row = find_row(lsm_hooks[i].name);

		if (row) {
			count[row->decision]++;
		} else {
			unaccounted++;
			KUNIT_FAIL(test, "%s has no row", lsm_hooks[i].name);
		}
	}
	KUNIT_EXPECT_EQ(test, unaccounted, 0);
	kunit_info(test, "hooks: %u denied, %u by right, %u allowed, %u unreachable, %u unaccounted",
		   count[DECISION_DENY], count[DECISION_RIGHT],
		   count[DECISION_ALLOW], count[DECISION_UNREACHABLE],
		   unaccounted);
}

/* Each row has a hook, of which there is but one row, and a reason. */
static void hooks_exist(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_NOT_NULL_MSG(test, find_hook(rows[i].name),
					  "%s is no hook", rows[i].name);
		KUNIT_EXPECT_PTR_EQ_MSG(test, find_row(rows[i].name), &rows[i],
					"%s has two rows", rows[i].name);
		KUNIT_EXPECT_GT_MSG(test, strlen(rows[i].reason), 3,
				    "%s has no reason", rows[i].name);
	}
}

/* A hook that returns nothing can't refuse. */
static void hooks_refuse(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lsm_hooks); i++) {
		const struct row *const row = find_row(lsm_hooks[i].name);

		if (row && row->decision <= DECISION_RIGHT)
			KUNIT_EXPECT_STREQ_MSG(test, lsm_hooks[i].returns,
					       "int", "%s can't refuse",
					       row->name);
	}
}

static unsigned int count_ours(const struct lsm_hook *hook)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX_LSM_COUNT; i++) {
		const struct security_hook_list *const hl = hook->calls[i].hl;

		n += hl && hl->lsmid == &cloudabi_lsmid;
	}
	return n;
}

/* The life of a task's blob is a matter of setup.c, which refuses nothing. */
static bool is_of_setup(const char *name)
{
	return !strcmp(name, "task_alloc") || !strcmp(name, "task_free") ||
	       !strcmp(name, "task_prctl");
}

/* What the table says is what the kernel calls. */
static void hooks_called(struct kunit *test)
{
	size_t i;

	if (!cloudabi_enabled)
		kunit_skip(test, "the module is off");
	for (i = 0; i < ARRAY_SIZE(lsm_hooks); i++) {
		const struct lsm_hook *const hook = &lsm_hooks[i];
		const struct row *const row = find_row(hook->name);

		if (!row)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, count_ours(hook),
				    row->decision <= DECISION_RIGHT ||
					    is_of_setup(hook->name),
				    "%s", hook->name);
	}
}

/* As a CloudABI task would be answered. */
static int may_kill(const struct cred *cred)
{
	int error;

	set_syscall_work(CLOUDABI);
	error = security_task_kill(current, SEND_SIG_NOINFO, SIGUSR1, cred);
	clear_syscall_work(CLOUDABI);
	return error;
}

/* What another asked for is done in whatever task runs when it comes to it. */
static void hooks_kill_for_others(struct kunit *test)
{
	if (!cloudabi_enabled)
		kunit_skip(test, "the module is off");
	KUNIT_EXPECT_EQ(test, may_kill(NULL), -EPERM);
	KUNIT_EXPECT_EQ(test, may_kill(current_cred()), 0);
}

static struct kunit_case hooks_cases[] = {
	KUNIT_CASE(hooks_accounted),
	KUNIT_CASE(hooks_exist),
	KUNIT_CASE(hooks_refuse),
	KUNIT_CASE(hooks_called),
	KUNIT_CASE(hooks_kill_for_others),
	{ }
};

static struct kunit_suite hooks_suite = {
	.name = "cloudabi_hooks",
	.test_cases = hooks_cases,
};

kunit_test_suite(hooks_suite);
