// SPDX-License-Identifier: GPL-2.0
/*
 * abi_dump - Print the ABI that the headers define, a fact a line
 *
 * Part of scripts/abi-check.  scripts/abi.facts says what the lines mean.
 *
 * The headers have macros that list the calls, rights, errnos, file types,
 * signals and layouts.  The script lists the other constants and types, in the
 * file ABI_LISTS.  Every size and value comes from the compiler.
 */
#include <stdio.h>

#define __user
#include <linux/cloudabi.h>

#include ABI_LISTS

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two steps, so that __user is gone before an argument becomes a string. */
#define STRING_(...) #__VA_ARGS__
#define STRING(...) STRING_(__VA_ARGS__)

#define ARG(i, t, a) t a
#define RET(i, t, a) t *a

#define DUMP_CALL(nr, name, nargs, args, nrets, rets)                                              \
	printf("call %d %s(%s)\n", CLOUDABI_NR_##name, #name,                                      \
	       STRING(CLOUDABI_MAP(nargs, ARG, args) CLOUDABI_JOIN(nargs, nrets, )                 \
		      CLOUDABI_MAP(nrets, RET, rets)));

static void dump_constant(const char *name, unsigned long long value)
{
	printf("const %s %llu\n", name, value);
}

#define DUMP_CONSTANT(name) dump_constant(#name, CLOUDABI_##name);
#define DUMP_ERRNO(value, name, ...) dump_constant("E" #name, CLOUDABI_E##name);
#define DUMP_FILETYPE(value, name) dump_constant("FILETYPE_" #name, CLOUDABI_FILETYPE_##name);
#define DUMP_SIGNAL(value, name, ...) dump_constant("SIG" #name, CLOUDABI_SIG##name);
#define DUMP_RIGHT(bit, name) dump_constant("RIGHT_" #name, CLOUDABI_RIGHT_##name);

static const struct right {
	const char *name;
	cloudabi_rights_t mask;
} rights[] = {
#define RIGHT_NAME(bit, name) { #name, CLOUDABI_RIGHT_##name },
	CLOUDABI_RIGHTS(RIGHT_NAME)
};

/* A line for each right of the row, however many the row has. */
static void dump_required(const char *call, const char *arg, const char *when,
			  cloudabi_rights_t mask)
{
	for (size_t i = 0; i < COUNT(rights); i++)
		if (rights[i].mask & mask)
			printf("required %s %s %s %s\n", call, arg, when, rights[i].name);
}

#define DUMP_REQUIRED(call, arg, when, ...)                                                        \
	dump_required(#call, #arg, #when, CLOUDABI_REQUIRED(call, arg, when));

#define DUMP_TYPE(name)                                                                            \
	printf("type %s %c%zu\n", #name, (cloudabi_##name##_t)-1 < 1 ? 's' : 'u',                  \
	       8 * sizeof(cloudabi_##name##_t));
#define DUMP_FUNCTION(name, params) printf("function %s(%s)\n", #name, params);

/* CHECK_LAID_OUT() does not compile for a structure that CLOUDABI_LAYOUTS lacks. */
enum laid_out {
#define LAID_OUT_STRUCT(name, size) LAID_OUT_##name,
#define LAID_OUT_FIELD(...)
	CLOUDABI_LAYOUTS(LAID_OUT_STRUCT, LAID_OUT_FIELD)
};
#define CHECK_LAID_OUT(name) (void)LAID_OUT_##name;

#define DUMP_STRUCT(name, size)                                                                    \
	printf("struct %s %zu %zu\n", #name, sizeof(cloudabi_##name##_t),                          \
	       _Alignof(cloudabi_##name##_t));
#define DUMP_FIELD(name, field, offset)                                                            \
	printf("field %s %s %zu %zu\n", #name, #field,                                             \
	       __builtin_offsetof(cloudabi_##name##_t, field),                                     \
	       sizeof(((cloudabi_##name##_t *)0)->field));

int main(void)
{
	CLOUDABI_CALLS(DUMP_CALL)
	dump_constant("ESUCCESS", CLOUDABI_ESUCCESS);
	CLOUDABI_ERRNOS(DUMP_ERRNO)
	CLOUDABI_FILETYPES(DUMP_FILETYPE)
	CLOUDABI_SIGNALS(DUMP_SIGNAL)
	CLOUDABI_RIGHTS(DUMP_RIGHT)
	CLOUDABI_REQUIRED_RIGHTS(DUMP_REQUIRED)
	ABI_CONSTANTS(DUMP_CONSTANT)
	ABI_TYPES(DUMP_TYPE)
	ABI_FUNCTIONS(DUMP_FUNCTION)
	ABI_STRUCTS(CHECK_LAID_OUT)
	CLOUDABI_LAYOUTS(DUMP_STRUCT, DUMP_FIELD)
	return 0;
}
