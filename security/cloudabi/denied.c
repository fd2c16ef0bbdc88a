// SPDX-License-Identifier: GPL-2.0-only
/*
 * CloudABI LSM - Reports of refusals
 *
 * A program only gets an error.  Its user can see the action that was refused,
 * and the reason: a trace event reports each refusal, and audit records
 * refusals at a limited rate.
 */

#include <linux/cleanup.h>
#include <linux/dcache.h>
#include <linux/lsm_audit.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <asm/syscall.h>

#include <trace/events/cloudabi.h>

#include "denial_limit.h"
#include "denied.h"
#include "process.h"
#include "task.h"

/* Longer paths and names are cut. */
#define DENIED_NAME_MAX 1024

static int denied_call_nr(void)
{
	return syscall_get_nr(current, task_pt_regs(current));
}

/**
 * struct denial_record - Contents of an audit record
 * @data: the part that common_lsm_audit() prints: the file or the directory
 * @fd: number of the descriptor
 * @need: rights that were required, NULL if the refusal is not about rights
 * @have: rights of the descriptor
 * @name: a pathname that leads out of its directory, or NULL
 * @hook: name of the hook that refused, or NULL
 * @suppressed: number of refusals without a record before this one
 */
struct denial_record {
	struct common_audit_data data;
	unsigned int fd;
	const struct cloudabi_rights *need;
	const struct cloudabi_rights *have;
	const char *name;
	const char *hook;
	unsigned int suppressed;
};

static void denied_log_call(struct audit_buffer *ab)
{
	static const char *const names[] = {
#define CALL_NAME(nr, name, ...) [nr] = #name,
		CLOUDABI_CALLS(CALL_NAME)
	};
	const unsigned int nr = denied_call_nr();
	const char *name = "none";

	if (nr < ARRAY_SIZE(names))
		name = names[array_index_nospec(nr, ARRAY_SIZE(names))];
	audit_log_format(ab, "cloudabi=DENIED call=%s", name);
}

static void denied_log_rights(struct audit_buffer *ab, const char *key,
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

static void denied_log_record(struct audit_buffer *ab, void *data)
{
	const struct denial_record *const record =
		container_of(data, struct denial_record, data);

	denied_log_call(ab);
	if (record->need) {
		audit_log_format(ab, " fd=%u", record->fd);
		denied_log_rights(ab, "missing",
				  record->need->base & ~record->have->base);
		denied_log_rights(ab, "missing_inheriting",
				  record->need->inheriting &
					  ~record->have->inheriting);
		audit_log_format(ab, " need=0x%llx have=0x%llx",
				 record->need->base, record->have->base);
		audit_log_format(ab,
				 " need_inheriting=0x%llx have_inheriting=0x%llx",
				 record->need->inheriting,
				 record->have->inheriting);
	}
	if (record->name) {
		audit_log_format(ab, " name=");
		audit_log_n_untrustedstring(ab, record->name,
					    strnlen(record->name,
						    DENIED_NAME_MAX));
	}
	if (record->hook)
		audit_log_format(ab, " hook=%s", record->hook);
	if (record->suppressed)
		audit_log_format(ab, " suppressed=%u", record->suppressed);
}

static void denied_audit(struct denial_record *record)
{
	struct cloudabi_proc *const proc = cloudabi_current_proc();

	if (!audit_enabled || !proc ||
	    !cloudabi_denial_limit_allow(proc->denial_limit,
					 &record->suppressed))
		return;
	common_lsm_audit(&record->data, denied_log_record, NULL);
}

/**
 * struct denied_names - Buffers for the strings of a trace event
 * @name: a name, escaped
 * @path: a path, escaped
 * @full_path: a path as d_path() prints it
 *
 * A program chooses names.  They are escaped, so that no name looks like the
 * end of a line or controls a terminal.
 */
struct denied_names {
	char name[DENIED_NAME_MAX];
	char path[DENIED_NAME_MAX];
	char full_path[PATH_MAX];
};

static const char *denied_escape(char *buf, const char *text)
{
	const int len = string_escape_mem(text, strlen(text), buf,
					  DENIED_NAME_MAX - 1,
					  ESCAPE_SPACE | ESCAPE_SPECIAL |
					  ESCAPE_NAP | ESCAPE_APPEND |
					  ESCAPE_HEX, "\"\\");

	buf[min(len, DENIED_NAME_MAX - 1)] = '\0';
	return buf;
}

static const char *denied_escape_path(struct denied_names *names,
				      const struct path *path)
{
	const char *text;

	if (!names)
		return "";
	text = d_path(path, names->full_path, sizeof(names->full_path));
	return IS_ERR(text) ? "" : denied_escape(names->path, text);
}

/**
 * cloudabi_log_denied_right - Report that a descriptor lacks a right
 * @fd: number of the descriptor
 * @file: its file, which the caller has a reference to
 * @need: rights that were required
 * @have: rights of the descriptor
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_log_denied_right(unsigned int fd, const struct file *file,
			       const struct cloudabi_rights *need,
			       const struct cloudabi_rights *have)
{
	struct denial_record record = {
		.data = { .type = LSM_AUDIT_DATA_FILE, .u.file = file },
		.fd = fd,
		.need = need,
		.have = have,
	};

	if (trace_cloudabi_denied_enabled()) {
		struct denied_names *names __free(kfree) =
			kmalloc(sizeof(*names), GFP_KERNEL);

		trace_cloudabi_denied(denied_call_nr(), fd,
				      denied_escape_path(names, &file->f_path),
				      need, have);
	}
	denied_audit(&record);
}

/**
 * cloudabi_log_denied_name - Report that a pathname leads out of its directory
 * @dir: the directory, which the caller has a reference to
 * @name: the pathname
 *
 * Context: Process context.  May sleep.
 */
void cloudabi_log_denied_name(const struct path *dir, const char *name)
{
	struct denial_record record = {
		.data = { .type = LSM_AUDIT_DATA_PATH, .u.path = *dir },
		.name = name,
	};

	if (trace_cloudabi_denied_name_enabled()) {
		struct denied_names *names __free(kfree) =
			kmalloc(sizeof(*names), GFP_KERNEL);

		trace_cloudabi_denied_name(denied_call_nr(),
					   denied_escape_path(names, dir),
					   names ? denied_escape(names->name,
								 name) :
						   "");
	}
	denied_audit(&record);
}

/**
 * cloudabi_log_denied_hook - Report that a hook of the LSM refused
 * @hook: name of the hook
 *
 * Context: Any.  The caller may hold any lock.
 */
void cloudabi_log_denied_hook(const char *hook)
{
	struct denial_record record = {
		.data = { .type = LSM_AUDIT_DATA_NONE },
		.hook = hook,
	};

	trace_cloudabi_denied_hook(denied_call_nr(), hook);
	denied_audit(&record);
}
