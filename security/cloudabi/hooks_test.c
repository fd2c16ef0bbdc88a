// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Tests of the table of hooks
 *
 * linux/lsm_hook_defs.h lists the hooks of the kernel, and static_calls_table
 * says for which of them this module registered a function.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/cred.h>
#include <linux/lsm_hooks.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/string.h>

#include "task.h"

enum hooks_decision {
	DECISION_DENY,
	DECISION_RIGHT,
	DECISION_ALLOW,
	DECISION_UNREACHABLE,
	N_DECISIONS
};

/**
 * struct hooks_row - A row of hooks.h
 * @name: name of the hook
 * @decision: the decision about it
 * @reason: the reason
 */
struct hooks_row {
	const char *name;
	enum hooks_decision decision;
	const char *reason;
};

static const struct hooks_row rows[] = {
#define HOOK(NAME, DECISION, REASON) { #NAME, DECISION_##DECISION, REASON },
#include "hooks.h"
#undef HOOK
};

/**
 * struct kernel_hook - A hook of the kernel
 * @name: its name
 * @returns: the type that it returns
 * @calls: the functions of modules that it calls
 */
struct kernel_hook {
	const char *name;
	const char *returns;
	const struct lsm_static_call *calls;
};

static const struct kernel_hook kernel_hooks[] = {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	{ #NAME, #RET, static_calls_table.NAME },
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
};

static const struct hooks_row *hooks_find_row(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static const struct kernel_hook *hooks_find_hook(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernel_hooks); i++)
		if (!strcmp(kernel_hooks[i].name, name))
			return &kernel_hooks[i];
	return NULL;
}

/* Each hook has a row. */
static void hooks_accounted(struct kunit *test)
{
	unsigned int count[N_DECISIONS] = { }, unaccounted = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernel_hooks); i++) {
		const struct hooks_row *const row =
			hooks_find_row(kernel_hooks[i].name);

		if (row) {
			count[row->decision]++;
		} else {
			unaccounted++;
			KUNIT_FAIL(test, "%s has no row", kernel_hooks[i].name);
		}
	}
	KUNIT_EXPECT_EQ(test, unaccounted, 0);
	kunit_info(test, "hooks: %u denied, %u by right, %u allowed, %u unreachable, %u unaccounted",
		   count[DECISION_DENY], count[DECISION_RIGHT],
		   count[DECISION_ALLOW], count[DECISION_UNREACHABLE],
		   unaccounted);
}

/* Each row has a hook that exists, no second row, and a reason. */
static void hooks_exist(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_NOT_NULL_MSG(test, hooks_find_hook(rows[i].name),
					  "%s is no hook", rows[i].name);
		KUNIT_EXPECT_PTR_EQ_MSG(test, hooks_find_row(rows[i].name),
					&rows[i], "%s has two rows",
					rows[i].name);
		KUNIT_EXPECT_GT_MSG(test, strlen(rows[i].reason), 3,
				    "%s has no reason", rows[i].name);
	}
}

/* A hook that returns no int cannot refuse. */
static void hooks_refuse(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernel_hooks); i++) {
		const struct hooks_row *const row =
			hooks_find_row(kernel_hooks[i].name);

		if (row && row->decision <= DECISION_RIGHT)
			KUNIT_EXPECT_STREQ_MSG(test, kernel_hooks[i].returns,
					       "int", "%s cannot refuse",
					       row->name);
	}
}

static unsigned int count_ours(const struct kernel_hook *hook)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX_LSM_COUNT; i++) {
		const struct security_hook_list *const hl = hook->calls[i].hl;

		n += hl && hl->lsmid == &cloudabi_lsmid;
	}
	return n;
}

/* setup.c registers these three for the blobs of tasks. */
static bool is_setup_hook(const char *name)
{
	return !strcmp(name, "task_alloc") || !strcmp(name, "task_free") ||
	       !strcmp(name, "task_prctl");
}

/* The module registered functions for DENY and RIGHT rows only. */
static void hooks_called(struct kunit *test)
{
	size_t i;

	if (!cloudabi_enabled)
		kunit_skip(test, "the module is off");
	for (i = 0; i < ARRAY_SIZE(kernel_hooks); i++) {
		const struct kernel_hook *const hook = &kernel_hooks[i];
		const struct hooks_row *const row = hooks_find_row(hook->name);

		if (!row)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, count_ours(hook),
				    row->decision <= DECISION_RIGHT ||
					    is_setup_hook(hook->name),
				    "%s", hook->name);
	}
}

/* The result of the hook for a CloudABI task */
static int may_kill(const struct cred *cred)
{
	int error;

	set_syscall_work(CLOUDABI);
	error = security_task_kill(current, SEND_SIG_NOINFO, SIGUSR1, cred);
	clear_syscall_work(CLOUDABI);
	return error;
}

/* A signal that another task asked for may be sent while current runs. */
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
