// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-trace - Calls, results and rights as text
 *
 * The names and types of arguments come from the ABI's table of calls.  The tracepoints record
 * registers only, so memory behind a pointer is not shown.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "array_size.h"
#include "trace_print.h"

/* The name of a value, or of a bit. */
struct name {
	uint64_t value;
	const char *name;
};

#define NAME(prefix, name) { CLOUDABI_##prefix##_##name, #name }

/* NAMES(type, whether its values are sets of bits, names...) for each type with names */
#define TYPES(NAMES)                                                                               \
	NAMES(advice, false, NAME(ADVICE, DONTNEED), NAME(ADVICE, NOREUSE), NAME(ADVICE, NORMAL),  \
	      NAME(ADVICE, RANDOM), NAME(ADVICE, SEQUENTIAL), NAME(ADVICE, WILLNEED))              \
	NAMES(clockid, false, NAME(CLOCK, MONOTONIC), NAME(CLOCK, PROCESS_CPUTIME_ID),             \
	      NAME(CLOCK, REALTIME), NAME(CLOCK, THREAD_CPUTIME_ID))                               \
	NAMES(fdsflags, true, NAME(FDSTAT, FLAGS), NAME(FDSTAT, RIGHTS))                           \
	NAMES(filetype, false, CLOUDABI_FILETYPES(FILETYPE_NAME))                                  \
	NAMES(fsflags, true, NAME(FILESTAT, ATIM), NAME(FILESTAT, ATIM_NOW),                       \
	      NAME(FILESTAT, MTIM), NAME(FILESTAT, MTIM_NOW), NAME(FILESTAT, SIZE))                \
	NAMES(lookupflags, true, NAME(LOOKUP, SYMLINK_FOLLOW))                                     \
	NAMES(mflags, true, NAME(MAP, ANON), NAME(MAP, FIXED), NAME(MAP, PRIVATE),                 \
	      NAME(MAP, SHARED))                                                                   \
	NAMES(mprot, true, NAME(PROT, READ), NAME(PROT, WRITE), NAME(PROT, EXEC))                  \
	NAMES(msflags, true, NAME(MS, ASYNC), NAME(MS, INVALIDATE), NAME(MS, SYNC))                \
	NAMES(oflags, true, NAME(O, CREAT), NAME(O, DIRECTORY), NAME(O, EXCL), NAME(O, TRUNC))     \
	NAMES(rights, true, CLOUDABI_RIGHTS(RIGHT_NAME))                                           \
	NAMES(scope, false, NAME(SCOPE, PRIVATE), NAME(SCOPE, SHARED))                             \
	NAMES(sdflags, true, NAME(SHUT, RD), NAME(SHUT, WR))                                       \
	NAMES(signal, false, CLOUDABI_SIGNALS(SIGNAL_NAME))                                        \
	NAMES(ulflags, true, NAME(UNLINK, REMOVEDIR))                                              \
	NAMES(whence, false, NAME(WHENCE, CUR), NAME(WHENCE, END), NAME(WHENCE, SET))

#define FILETYPE_NAME(value, name) NAME(FILETYPE, name),
#define RIGHT_NAME(bit, name) NAME(RIGHT, name),
#define SIGNAL_NAME(value, name, ...) { value, "SIG" #name },

#define LIST(type, bits, ...) static const struct name type##_names[] = { __VA_ARGS__ };
TYPES(LIST)

static const struct type {
	const char *name;
	bool bits;
	const struct name *names;
	size_t n;
} types[] = {
#define TYPE(type, bits, ...)                                                                      \
	{ "cloudabi_" #type "_t", bits, type##_names, ARRAY_SIZE(type##_names) },
	TYPES(TYPE)
};

/* Two steps: the preprocessor expands __user to nothing before it makes a string. */
#define STRING_(...) #__VA_ARGS__
#define STRING(...) STRING_(__VA_ARGS__)

/**
 * struct param - An argument or a result of a call
 * @name: its name in the table
 * @type: its C type, as text
 * @size: size of the type: the used bytes of the register
 */
struct param {
	const char *name, *type;
	size_t size;
};

static const struct {
	const char *name;
	unsigned int nargs, nrets;
	struct param args[6], rets[2];
} calls[] = {
#define PARAM(i, t, a) { #a, STRING(t), sizeof(t) }
#define CALL(nr, name, nargs, args, nrets, rets)                                                   \
	[nr] = { #name, nargs, nrets, { CLOUDABI_MAP(nargs, PARAM, args) },                        \
		 { CLOUDABI_MAP(nrets, PARAM, rets) } },
	CLOUDABI_CALLS(CALL)
};

static bool is_call(long nr)
{
	return nr >= 0 && nr < CLOUDABI_NR_CALLS;
}

const char *call_name(long nr)
{
	return is_call(nr) ? calls[nr].name : "none";
}

static void print_bits(FILE *out, const struct type *type, uint64_t value)
{
	const char *before = "";

	for (size_t i = 0; i < type->n; i++) {
		if (!(value & type->names[i].value))
			continue;
		fprintf(out, "%s%s", before, type->names[i].name);
		value &= ~type->names[i].value;
		before = "|";
	}
	if (value || !*before)
		fprintf(out, "%s%#llx", before, (unsigned long long)value);
}

static bool print_named(FILE *out, const char *name, uint64_t value)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct type *const type = &types[i];

		if (strcmp(type->name, name))
			continue;
		if (type->bits) {
			print_bits(out, type, value);
			return true;
		}
		for (size_t j = 0; j < type->n; j++) {
			if (type->names[j].value != value)
				continue;
			fputs(type->names[j].name, out);
			return true;
		}
	}
	return false;
}

static void print_value(FILE *out, const struct param *param, uint64_t value)
{
	/* The upper bytes of the register are undefined. */
	if (param->size < sizeof(value))
		value &= (1ULL << 8 * param->size) - 1;

	if (strchr(param->type, '*')) {
		fprintf(out, "%#llx", (unsigned long long)value);
	} else if (!strcmp(param->type, "cloudabi_lookup_t")) {
		fprintf(out, "%u", (uint32_t)value);
		if (value >> 32) {
			fputc('|', out);
			print_named(out, "cloudabi_lookupflags_t", value >> 32);
		}
	} else if (!strcmp(param->type, "cloudabi_fd_t") && value == CLOUDABI_PROCESS_CHILD) {
		/* The result of proc_fork() in the child, or mem_map() of anonymous memory. */
		fputs("-1", out);
	} else if (!strcmp(param->type, "cloudabi_filedelta_t")) {
		fprintf(out, "%lld", (long long)value);
	} else if (!print_named(out, param->type, value)) {
		fprintf(out, "%llu", (unsigned long long)value);
	}
}

/* "file_unlink(fd=3, path=0x10, path_len=1, flags=REMOVEDIR)" */
void print_call(FILE *out, const struct call *call)
{
	fprintf(out, "%s(", call_name(call->nr));
	for (unsigned int i = 0; is_call(call->nr) && i < calls[call->nr].nargs; i++) {
		const struct param *const param = &calls[call->nr].args[i];

		fprintf(out, "%s%s=", i ? ", " : "", param->name);
		print_value(out, param, call->args[i]);
	}
	fputc(')', out);
}

/* "0", "4", "4, 5" or "ENOENT" */
void print_result(FILE *out, const struct call *call)
{
	if (call->error) {
		fputs(cloudabi_errno_name((cloudabi_errno_t)call->error), out);
		return;
	}
	if (!is_call(call->nr) || !calls[call->nr].nrets) {
		fputc('0', out);
		return;
	}
	for (unsigned int i = 0; i < calls[call->nr].nrets; i++) {
		fputs(i ? ", " : "", out);
		print_value(out, &calls[call->nr].rets[i], call->rets[i]);
	}
}

void print_rights(FILE *out, uint64_t rights)
{
	print_named(out, "cloudabi_rights_t", rights);
}
