// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Telling of what was refused
 *
 * The program learns that it may not.  Who runs it learns what it tried: each
 * time from an event of tracing, and from audit unless that would be too often.
 */

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/dcache.h>
#include <linux/lsm_audit.h>
#include <linux/nospec.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <asm/syscall.h>

#include <trace/events/cloudabi.h>

#include "denied.h"
#include "table.h"
#include "task.h"

/* What is shown of a path or a name, at most. */
#define SHOWN_MAX 1024

/**
 * struct cloudabi_denials - Limit to what audit is told about a program
 * @users: processes that share it
 * @limit: records within a time
 * @untold: denials since the last record, which have none
 *
 * A program shares it with all that it makes, or it would only have to fork to
 * fill the log.  Programs that Linux starts have one each, so that none can
 * keep the denials of another from being told.
 */
struct cloudabi_denials {
	refcount_t users;
	struct ratelimit_state limit;
	atomic_t untold;
};

/**
 * cloudabi_denials_get - The limit for a process that the caller makes
 *
 * Return: the limit, to be released by cloudabi_denials_put(); NULL without
 * memory.
 */
struct cloudabi_denials *cloudabi_denials_get(void)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();
	struct cloudabi_denials *denials;

	if (proc) {
		refcount_inc(&proc->denials->users);
		return proc->denials;
	}
	denials = kzalloc(sizeof(*denials), GFP_KERNEL_ACCOUNT);
	if (!denials)
		return NULL;
	refcount_set(&denials->users, 1);
	ratelimit_default_init(&denials->limit);
	/* How many it held back is for the next record. */
	ratelimit_set_flags(&denials->limit, RATELIMIT_MSG_ON_RELEASE);
	return denials;
}

/**
 * cloudabi_denials_put - Release a limit
 * @denials: the limit, or NULL
 *
 * Context: any.
 */
void cloudabi_denials_put(struct cloudabi_denials *denials)
{
	if (denials && refcount_dec_and_test(&denials->users))
		kfree(denials);
}

static int call_nr(void)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

/**
 * struct denial - What a record tells
 * @data: what audit can tell by itself: the file or the directory
 * @fd: number of the descriptor
 * @need: rights that were asked for, NULL if it isn't about rights
 * @have: rights of the descriptor
 * @name: a name that leads out, or NULL
 * @hook: a hook that refused, or NULL
 * @untold: how many denials were not recorded before this one
 */
struct denial {
	struct common_audit_data data;
	unsigned int fd;
	const struct cloudabi_rights *need;
	const struct cloudabi_rights *have;
	const char *name;
	const char *hook;
	unsigned int untold;
};

static void log_call(struct audit_buffer *ab)
{
	static const char *const names[] = {
#define CALL_NAME(nr, name, ...) [nr] = #name,
		CLOUDABI_CALLS(CALL_NAME)
	};
	const unsigned int nr = call_nr();
	const char *name = "none";

	if (nr < ARRAY_SIZE(names))
		name = names[array_index_nospec(nr, ARRAY_SIZE(names))];
	audit_log_format(ab, "cloudabi=DENIED call=%s", name);
}

static void log_rights(struct audit_buffer *ab, const char *key,
		       cloudabi_rights_t rights)
{
	static const struct {
		cloudabi_rights_t right;
		const char *name;
	} names[] = {
#define RIGHT_NAME(bit, name) { BIT_ULL(bit), #name },
		CLOUDABI_RIGHTS(RIGHT_NAME)
	};
	const char *before = "";
	size_t i;

	if (!rights)
		return;
	audit_log_format(ab, " %s=", key);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(rights & names[i].right))
			continue;
		audit_log_format(ab, "%s%s", before, names[i].name);
		before = "|";
	}
}

static void log_denial(struct audit_buffer *ab, void *data)
{
	const struct denial *const denial =
		container_of(data, struct denial, data);

	log_call(ab);
	if (denial->need) {
		audit_log_format(ab, " fd=%u", denial->fd);
		log_rights(ab, "missing",
			   denial->need->base & ~denial->have->base);
		log_rights(ab, "missing_inheriting",
			   denial->need->inheriting & ~denial->have->inheriting);
		audit_log_format(ab, " need=0x%llx have=0x%llx",
				 denial->need->base, denial->have->base);
		audit_log_format(ab,
				 " need_inheriting=0x%llx have_inheriting=0x%llx",
				 denial->need->inheriting,
				 denial->have->inheriting);
	}
	if (denial->name) {
		audit_log_format(ab, " name=");
		audit_log_n_untrustedstring(ab, denial->name,
					    strnlen(denial->name, SHOWN_MAX));
	}
	if (denial->hook)
		audit_log_format(ab, " hook=%s", denial->hook);
	if (denial->untold)
		audit_log_format(ab, " suppressed=%u", denial->untold);
}

static void record(struct denial *denial)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();

	if (!audit_enabled || !proc)
		return;
	if (!__ratelimit(&proc->denials->limit)) {
		atomic_inc(&proc->denials->untold);
		return;
	}
	denial->untold = atomic_xchg(&proc->denials->untold, 0);
	common_lsm_audit(&denial->data, log_denial, NULL);
}

/**
 * struct shown - Room to print names in
 * @name: a name as it is shown
 * @path: a path as it is shown
 * @whole: a path in full
 *
 * Names are a program's to choose; nothing in them shall look like the end of
 * a line, or do something to a terminal.
 */
struct shown {
	char name[SHOWN_MAX];
	char path[SHOWN_MAX];
	char whole[PATH_MAX];
};

static const char *show(char *buf, const char *text)
{
	const int len = string_escape_mem(text, strlen(text), buf,
					  SHOWN_MAX - 1,
					  ESCAPE_SPACE | ESCAPE_SPECIAL |
					  ESCAPE_NAP | ESCAPE_APPEND |
					  ESCAPE_HEX, "\"\\");

	buf[min(len, SHOWN_MAX - 1)] = '\0';
	return buf;
}

static const char *show_path(struct shown *shown, const struct path *path)
{
	const char *const text =
		d_path(path, shown->whole, sizeof(shown->whole));

	return IS_ERR(text) ? "" : show(shown->path, text);
}

/**
 * cloudabi_denied_right - A descriptor lacks a right
 * @fd: number of the descriptor
 * @file: what it refers to, held by the caller
 * @need: rights that were asked for
 * @have: rights of the descriptor
 *
 * Context: process.  May sleep.
 */
void cloudabi_log_denied_right(unsigned int fd, const struct file *file,
			       const struct cloudabi_rights *need,
			       const struct cloudabi_rights *have)
{
	struct denial denial = {
		.data = { .type = LSM_AUDIT_DATA_FILE, .u.file = file },
		.fd = fd,
		.need = need,
		.have = have,
	};

	if (trace_cloudabi_denied_enabled()) {
		struct shown *shown __free(kfree) =
			kmalloc(sizeof(*shown), GFP_KERNEL);

		trace_cloudabi_denied(call_nr(), fd,
				      shown ? show_path(shown, &file->f_path) :
					      "",
				      need, have);
	}
	record(&denial);
}

/**
 * cloudabi_denied_name - A name leads out of its directory
 * @dir: the directory, held by the caller
 * @name: the name
 *
 * Context: process.  May sleep.
 */
void cloudabi_log_denied_name(const struct path *dir, const char *name)
{
	struct denial denial = {
		.data = { .type = LSM_AUDIT_DATA_PATH, .u.path = *dir },
		.name = name,
	};

	if (trace_cloudabi_denied_name_enabled()) {
		struct shown *shown __free(kfree) =
			kmalloc(sizeof(*shown), GFP_KERNEL);

		trace_cloudabi_denied_name(call_nr(),
					   shown ? show_path(shown, dir) : "",
					   shown ? show(shown->name, name) :
						   "");
	}
	record(&denial);
}

/**
 * cloudabi_denied_hook - A hook of the LSM refused
 * @hook: its name
 *
 * Context: any, with any lock held.
 */
void cloudabi_log_denied_hook(const char *hook)
{
	struct denial denial = {
		.data = { .type = LSM_AUDIT_DATA_NONE },
		.hook = hook,
	};

	trace_cloudabi_denied_hook(call_nr(), hook);
	record(&denial);
}
