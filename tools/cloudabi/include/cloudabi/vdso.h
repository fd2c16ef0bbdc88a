/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - The calls of the vDSO
 *
 * The vDSO is a shared library that the kernel maps into each process.  It has a global
 * function cloudabi_sys_<call> for every call that the kernel knows.  The auxiliary vector
 * has the address of its ELF header (AT_SYSINFO_EHDR).
 *
 * There is no dynamic linker, so cloudabi_vdso_link() looks up the functions itself: program
 * headers -> PT_DYNAMIC -> hash table, symbol table and string table -> symbols.  The vDSO is
 * linked at address zero, so every address in it is an offset from its ELF header.  Calls that
 * the program does not know are skipped.  A call that the vDSO lacks stays NULL, and
 * cloudabi_sys_<call>() then returns ENOSYS.
 */
#ifndef _CLOUDABI_VDSO_H
#define _CLOUDABI_VDSO_H

#include <linux/elf.h>

#include "abi.h"
#include "string.h"

/**
 * union cloudabi_vdso - The calls as function pointers
 * @entries: all pointers, indexed by the number of the call
 *
 * The anonymous struct has a member for each call, by name and with the prototype of the
 * ABI's table.  Members and @entries are the same memory.  A pointer is NULL if the
 * vDSO lacks the call.
 */
union cloudabi_vdso {
	struct {
#define CLOUDABI_VDSO_MEMBER(nr, name, nargs, args, nrets, rets) \
		cloudabi_errno_t (*name)(CLOUDABI_PARAMS(nargs, args, nrets, rets));
		CLOUDABI_CALLS(CLOUDABI_VDSO_MEMBER)
#undef CLOUDABI_VDSO_MEMBER
	};
	void (*entries[CLOUDABI_NR_CALLS])(void);
};

CLOUDABI_ONE union cloudabi_vdso cloudabi_vdso;

/**
 * cloudabi_vdso_index() - Look up the number of a call by its name
 * @name: name of the call, such as "fd_read"
 * @first: number to start the search at; it wraps around
 *
 * Return: the number, or CLOUDABI_NR_CALLS if no call has this name.
 */
static inline size_t cloudabi_vdso_index(const char *name, size_t first)
{
	static const char names[CLOUDABI_NR_CALLS][CLOUDABI_CALL_NAME_SIZE] = {
#define CLOUDABI_VDSO_NAME(nr, name, ...) [nr] = #name,
		CLOUDABI_CALLS(CLOUDABI_VDSO_NAME)
#undef CLOUDABI_VDSO_NAME
	};
	size_t i;

	for (i = 0; i < CLOUDABI_NR_CALLS; i++) {
		const size_t nr = (first + i) % CLOUDABI_NR_CALLS;

		if (!strcmp(names[nr], name))
			return nr;
	}
	return CLOUDABI_NR_CALLS;
}

/**
 * cloudabi_vdso_link() - Look up all calls in a vDSO
 * @image: address of its ELF header, or NULL to forget all calls
 *
 * Sets the global variable cloudabi_vdso.  _start() calls this before other threads exist.
 */
static inline void cloudabi_vdso_link(const void *image)
{
	static const char prefix[] = "cloudabi_sys_";
	const unsigned char *const base = image;
	const Elf64_Ehdr *const ehdr = image;
	const Elf64_Phdr *phdr;
	const Elf64_Dyn *dyn = NULL;
	const Elf64_Sym *sym = NULL;
	const uint32_t *hash = NULL;
	const char *strings = NULL;
	size_t next = 0;
	uint32_t i;

	memset(&cloudabi_vdso, 0, sizeof(cloudabi_vdso));
	if (!image)
		return;

	phdr = (const void *)(base + ehdr->e_phoff);
	for (i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(base + phdr[i].p_vaddr);
	if (!dyn)
		return;

	for (; dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_HASH)
			hash = (const void *)(base + dyn->d_un.d_ptr);
		else if (dyn->d_tag == DT_SYMTAB)
			sym = (const void *)(base + dyn->d_un.d_ptr);
		else if (dyn->d_tag == DT_STRTAB)
			strings = (const void *)(base + dyn->d_un.d_ptr);
	}
	if (!hash || !sym || !strings)
		return;

	/*
	 * DT_HASH: the second word, nchain, is the number of symbols.  A linear pass over the
	 * symbols is enough, as each of them is wanted.
	 */
	for (i = 0; i < hash[1]; i++) {
		const char *const name = strings + sym[i].st_name;
		size_t nr;

		if (ELF64_ST_BIND(sym[i].st_info) != STB_GLOBAL ||
		    ELF64_ST_TYPE(sym[i].st_info) != STT_FUNC ||
		    strncmp(name, prefix, sizeof(prefix) - 1))
			continue;
		/* Symbols are mostly in the order of the table: continue at the last number. */
		nr = cloudabi_vdso_index(name + sizeof(prefix) - 1, next);
		if (nr == CLOUDABI_NR_CALLS)
			continue;
		cloudabi_vdso.entries[nr] = (void (*)(void))(base + sym[i].st_value);
		next = nr + 1;
	}
}

#endif /* _CLOUDABI_VDSO_H */
