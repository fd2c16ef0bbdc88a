/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - From the first instruction to cloudabi_main()
 *
 * The kernel enters a program at _start() with this state (x86-64):
 *   - rdi holds the address of the auxiliary vector: the first argument of a C function
 *   - the stack is aligned as at the entry of a function, though there is no return address
 *     to return to
 *   - all other registers are zero
 *
 * So _start() can be a C function.  Its order matters:
 *
 *   1. Parse the auxiliary vector.
 *   2. Relocate the program, a static PIE.  Until that is done, no code may use a pointer with
 *      an initial value (a table of strings, for example), nor call a function of
 *      another object file: both depend on relocations.
 *   3. Look up the calls in the vDSO, which fills a table of pointers.
 *   4. Protect the relocated data (RELRO) by mem_protect.  If the call is refused,
 *      by a seccomp filter for example, the data just stay writable.
 *   5. Set the canary of the stack protector.
 *   6. Set up the thread-local variables of the initial thread.
 *   7. Run constructors, then cloudabi_main(), and exit with its result.
 *
 * A program that cannot be relocated raises SIGABRT, since it cannot print a message yet.
 */
#ifndef _CLOUDABI_START_H
#define _CLOUDABI_START_H

#include <linux/elf.h>

#include "abi.h"
#include "calls.h"
#include "tls.h"
#include "vdso.h"

#define CLOUDABI_R_RELATIVE 8 /* R_X86_64_RELATIVE */

/* The exit code of a program that cannot start, as in cloudlibc, CloudABI's C library. */
#define CLOUDABI_EXIT_UNSTARTED 127

/**
 * struct cloudabi_start - The environment of a program, from its auxiliary vector
 * @argdata: argument data; see cloudabi/argdata.h.  A NUL follows them.
 * @argdata_len: length of @argdata in bytes, without that NUL
 * @tid: id of the initial thread
 * @pid: UUID of the process, 16 bytes
 * @ncpus: number of CPUs that are online
 * @pagesz: size of a page in bytes
 * @canary: random bytes from the kernel
 * @canary_len: number of bytes at @canary
 * @base: difference between the addresses in memory and those in the executable
 * @phdr: program headers of the executable
 * @phnum: number of program headers
 * @vdso: address of the vDSO's ELF header
 * @auxv: the auxiliary vector
 *
 * The pointers are valid until the process ends.  The kernel writes to none of this.
 */
struct cloudabi_start {
	const void *argdata;
	size_t argdata_len;
	cloudabi_tid_t tid;
	const unsigned char *pid;
	size_t ncpus;
	size_t pagesz;
	const void *canary;
	size_t canary_len;
	uintptr_t base;
	const Elf64_Phdr *phdr;
	size_t phnum;
	const void *vdso;
	const cloudabi_auxv_t *auxv;
};

/**
 * cloudabi_main() - Entry point of a program, which the program defines
 * @start: its environment, valid until the function returns
 *
 * The attribute keeps it out of _start(), which changes the thread pointer: the compiler
 * assumes that the thread pointer is constant in a function.
 *
 * Return: the exit code of the process.
 */
__attribute__((__noinline__)) int cloudabi_main(const struct cloudabi_start *start);

/* The canary of the stack protector, with -mstack-protector-guard=global. */
extern uintptr_t __stack_chk_guard;
CLOUDABI_ONE uintptr_t __stack_chk_guard;

__attribute__((__noreturn__)) void __stack_chk_fail(void);
CLOUDABI_ONE __attribute__((__noreturn__, __used__)) void __stack_chk_fail(void)
{
	cloudabi_trap_proc_raise(CLOUDABI_SIGABRT);
	cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
}

/* Fills in @start from the auxiliary vector.  Unknown entries are ignored. */
static inline void cloudabi_start_parse(struct cloudabi_start *start, const cloudabi_auxv_t *auxv)
{
	start->auxv = auxv;
	for (; auxv->a_type != CLOUDABI_AT_NULL; auxv++) {
		switch (auxv->a_type) {
		case CLOUDABI_AT_ARGDATA:
			start->argdata = auxv->a_ptr;
			break;
		case CLOUDABI_AT_ARGDATALEN:
			start->argdata_len = auxv->a_val;
			break;
		case CLOUDABI_AT_BASE:
			start->base = auxv->a_val;
			break;
		case CLOUDABI_AT_CANARY:
			start->canary = auxv->a_ptr;
			break;
		case CLOUDABI_AT_CANARYLEN:
			start->canary_len = auxv->a_val;
			break;
		case CLOUDABI_AT_NCPUS:
			start->ncpus = auxv->a_val;
			break;
		case CLOUDABI_AT_PAGESZ:
			start->pagesz = auxv->a_val;
			break;
		case CLOUDABI_AT_PHDR:
			start->phdr = auxv->a_ptr;
			break;
		case CLOUDABI_AT_PHNUM:
			start->phnum = auxv->a_val;
			break;
		case CLOUDABI_AT_PID:
			start->pid = auxv->a_ptr;
			break;
		case CLOUDABI_AT_SYSINFO_EHDR:
			start->vdso = auxv->a_ptr;
			break;
		case CLOUDABI_AT_TID:
			start->tid = (cloudabi_tid_t)auxv->a_val;
			break;
		}
	}
}

/* Returns the first program header of a type, or NULL. */
static inline const Elf64_Phdr *cloudabi_start_phdr(const struct cloudabi_start *start,
						    Elf64_Word type)
{
	size_t i;

	for (i = 0; i < start->phnum; i++)
		if (start->phdr[i].p_type == type)
			return &start->phdr[i];
	return NULL;
}

/*
 * Applies the relocations of a static PIE, which are all of type R_X86_64_RELATIVE.  Returns
 * false if there is another kind.
 */
static inline bool cloudabi_start_relocate(const struct cloudabi_start *start)
{
	const Elf64_Phdr *const phdr = cloudabi_start_phdr(start, PT_DYNAMIC);
	const Elf64_Dyn *dyn;
	uintptr_t rela = 0;
	size_t len = 0;
	size_t i;

	if (!phdr)
		return true;
	for (dyn = (const void *)(start->base + phdr->p_vaddr); dyn->d_tag != DT_NULL; dyn++) {
		switch (dyn->d_tag) {
		case DT_RELA:
			rela = start->base + dyn->d_un.d_ptr;
			break;
		case DT_RELASZ:
			len = dyn->d_un.d_val;
			break;
		case DT_JMPREL: /* lazily bound calls, which need a dynamic linker */
		case 36: /* DT_RELR: of -z pack-relative-relocs */
			return false;
		}
	}
	for (i = 0; i < len; i += sizeof(Elf64_Rela)) {
		const Elf64_Rela *const r = (const void *)(rela + i);

		if (ELF64_R_TYPE(r->r_info) != CLOUDABI_R_RELATIVE)
			return false;
		*(uintptr_t *)(start->base + r->r_offset) = start->base + (uintptr_t)r->r_addend;
	}
	return true;
}

/* Makes the data that only relocation writes to (PT_GNU_RELRO) read-only. */
static inline void cloudabi_start_protect(const struct cloudabi_start *start)
{
	const Elf64_Phdr *const phdr = cloudabi_start_phdr(start, PT_GNU_RELRO);
	const uintptr_t mask = -(uintptr_t)start->pagesz;
	uintptr_t from, to;

	if (!phdr)
		return;
	from = (start->base + phdr->p_vaddr) & mask;
	to = (start->base + phdr->p_vaddr + phdr->p_memsz) & mask;
	if (from < to)
		cloudabi_sys_mem_protect((void *)from, to - from, CLOUDABI_PROT_READ);
}

/* Runs the constructors, in the order of the linker. */
static inline void cloudabi_start_construct(void)
{
	typedef void constructor_t(void);
	extern constructor_t *const __init_array_start[] CLOUDABI_ONE;
	extern constructor_t *const __init_array_end[] CLOUDABI_ONE;
	constructor_t *const *p;

	for (p = __init_array_start; p < __init_array_end; p++)
		(*p)();
}

__attribute__((__noreturn__)) void _start(const cloudabi_auxv_t *auxv);
CLOUDABI_ONE __attribute__((__noreturn__, __used__, __no_stack_protector__))
void _start(const cloudabi_auxv_t *auxv)
{
	struct cloudabi_start start = { .ncpus = 1, .pagesz = 4096 };
	const Elf64_Phdr *tls;

	cloudabi_start_parse(&start, auxv);
	if (!cloudabi_start_relocate(&start)) {
		cloudabi_trap_proc_raise(CLOUDABI_SIGABRT);
		cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
	}
	cloudabi_vdso_link(start.vdso);
	cloudabi_start_protect(&start);

	if (start.canary_len >= sizeof(__stack_chk_guard))
		memcpy(&__stack_chk_guard, start.canary, sizeof(__stack_chk_guard));

	tls = cloudabi_start_phdr(&start, PT_TLS);
	if (tls) {
		cloudabi_tls_init((const void *)(start.base + tls->p_vaddr), tls->p_filesz,
				  tls->p_memsz, tls->p_align);
		cloudabi_tls_setup(__builtin_alloca(cloudabi_tls_size()));
	}
	cloudabi_start_construct();
	cloudabi_exit((cloudabi_exitcode_t)cloudabi_main(&start));
}

#endif /* _CLOUDABI_START_H */
