// SPDX-License-Identifier: GPL-2.0
/*
 * abi_docs - Print what the reference of the ABI takes from the table
 *
 * Part of scripts/gen-docs, which makes RIGHTS of security/cloudabi/rights.c:
 * the kernel's own masks, and its function of them by file type.  Each line is
 * a fact with tabs between its words.
 */
#include <stdbool.h>
#include <stdio.h>

#define __user
#include <linux/cloudabi.h>

struct cloudabi_rights {
	cloudabi_rights_t base, inheriting;
};

#include RIGHTS

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two steps, so that __user is gone before an argument becomes a string. */
#define STRING_(...) #__VA_ARGS__
#define STRING(...) STRING_(__VA_ARGS__)

struct param {
	const char *type, *name;
};

static void print_params(const char *call, const char *kind, const struct param *params, int n)
{
	for (int i = 0; i < n; i++)
		printf("%s\t%s\t%s\t%s\n", kind, call, params[i].name, params[i].type);
}

#define PARAM(i, t, a) { STRING(t), #a }
#define PRINT_CALL(nr, name, nargs, args, nrets, rets)                                             \
	{                                                                                          \
		static const struct param in[] = { CLOUDABI_MAP(nargs, PARAM, args) };             \
		static const struct param out[] = { CLOUDABI_MAP(nrets, PARAM, rets) };            \
		printf("call\t%d\t%s\n", nr, #name);                                               \
		print_params(#name, "arg", in, nargs);                                             \
		print_params(#name, "ret", out, nrets);                                            \
	}

#define RIGHT_NAME(bit, name) { #name, CLOUDABI_RIGHT_##name },
static const struct {
	const char *name;
	cloudabi_rights_t mask;
} rights[] = { CLOUDABI_RIGHTS(RIGHT_NAME) };

#define PRINT_RIGHT(bit, name) printf("right\t%d\t%s\n", bit, #name);

static void print_need(const char *call, const char *arg, const char *when, cloudabi_rights_t mask)
{
	for (size_t i = 0; i < COUNT(rights); i++)
		if (rights[i].mask & mask)
			printf("need\t%s\t%s\t%s\t%s\n", call, arg, when, rights[i].name);
}

#define PRINT_NEED(call, arg, when, ...)                                                           \
	print_need(#call, #arg, #when, CLOUDABI_REQUIRED(call, arg, when));

static void print_most(int value, const char *name, const char *which, struct cloudabi_rights most)
{
	printf("type\t0x%02x\t%s\t%s\t0x%llx\t0x%llx\n", value, name, which,
	       (unsigned long long)most.base, (unsigned long long)most.inheriting);
	for (size_t i = 0; i < COUNT(rights); i++)
		printf("has\t%s\t%s\t%s\t%s%s\n", name, which, rights[i].name,
		       rights[i].mask & most.base ? "b" : "",
		       rights[i].mask & most.inheriting ? "i" : "");
}

static void print_type(int value, const char *name)
{
	const struct cloudabi_rights most = cloudabi_rights_of_type(value, true);
	const struct cloudabi_rights stream = cloudabi_rights_of_type(value, false);

	if (most.base == stream.base && most.inheriting == stream.inheriting) {
		print_most(value, name, "", most);
	} else {
		print_most(value, name, "with positions", most);
		print_most(value, name, "without positions", stream);
	}
}

#define PRINT_TYPE(value, name) print_type(value, #name);
#define PRINT_SIGNAL(value, name, linux_signal)                                                    \
	printf("signal\t%d\t%s\t%s\n", value, #name, #linux_signal);
#define PRINT_ERRNO(value, name, linux_errno, message)                                             \
	printf("errno\t%d\t%s\t%s\t%s\n", value, #name, #linux_errno, message);
#define PRINT_STRUCT(name, size) printf("struct\t%s\t%zu\n", #name, sizeof(cloudabi_##name##_t));
#define PRINT_FIELD(name, field, offset)                                                           \
	printf("field\t%s\t%s\t%zu\t%zu\n", #name, #field,                                         \
	       __builtin_offsetof(cloudabi_##name##_t, field),                                     \
	       sizeof(((cloudabi_##name##_t *)0)->field));

int main(void)
{
	CLOUDABI_CALLS(PRINT_CALL)
	CLOUDABI_RIGHTS(PRINT_RIGHT)
	CLOUDABI_REQUIRED_RIGHTS(PRINT_NEED)
	CLOUDABI_FILETYPES(PRINT_TYPE)
	CLOUDABI_SIGNALS(PRINT_SIGNAL)
	CLOUDABI_ERRNOS(PRINT_ERRNO)
	CLOUDABI_LAYOUTS(PRINT_STRUCT, PRINT_FIELD)
	return 0;
}
