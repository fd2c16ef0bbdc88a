/* SPDX-License-Identifier: LGPL-2.1 OR MIT */
/*
 * CloudABI runtime - From the first instruction to cloudabi_main()
 *
 * x86-64:
 *   - rdi holds the address of the auxiliary vector
 *   - the stack is aligned as after a call, though there is nothing to return to
 *   - all other registers are zero
 *
 * which makes the entry point a C function.  Nobody has relocated the program
 * before it runs, hence until that is done it touches neither a pointer with an
 * initial value nor a function of another object.
 */
#ifndef _CLOUDABI_START_H
#define _CLOUDABI_START_H

#include <linux/elf.h>

#include "abi.h"
#include "calls.h"
#include "tls.h"
#include "vdso.h"

#define CLOUDABI_R_RELATIVE 8 /* R_X86_64_RELATIVE */

/* What cloudlibc exits with, too, when it cannot start a program. */
#define CLOUDABI_EXIT_UNSTARTED 127

/**
 * struct cloudabi_start - What a program is started with
 * @argdata: argument data
 * @argdata_len: length of @argdata
 * @tid: thread number of the initial thread
 * @pid: UUID of the process, 16 bytes
 * @ncpus: number of CPUs
 * @pagesz: size of a page
 * @canary: random bytes
 * @canary_len: length of @canary
 * @base: what was added to the addresses in the executable
 * @phdr: program headers of the executable
 * @phnum: number of program headers
 * @vdso: ELF header of the vDSO
 * @auxv: the vector that all of this is from
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
 * cloudabi_main - The program
 * @start: what it is started with
 *
 * It is not inlined because _start() changes the thread pointer on its way here.
 *
 * Return: the exit code of the process.
 */
__attribute__((__noinline__)) int cloudabi_main(const struct cloudabi_start *start);

/* Where the stack protector looks if it cannot use the thread pointer. */
extern uintptr_t __stack_chk_guard;
CLOUDABI_ONE uintptr_t __stack_chk_guard;

__attribute__((__noreturn__)) void __stack_chk_fail(void);
CLOUDABI_ONE __attribute__((__noreturn__, __used__)) void __stack_chk_fail(void)
{
	cloudabi_trap_proc_raise(CLOUDABI_SIGABRT);
	cloudabi_exit(CLOUDABI_EXIT_UNSTARTED);
}

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

/* The first program header of a type, or NULL. */
static inline const Elf64_Phdr *cloudabi_start_phdr(const struct cloudabi_start *start,
						    Elf64_Word type)
{
	size_t i;

	for (i = 0; i < start->phnum; i++)
		if (start->phdr[i].p_type == type)
			return &start->phdr[i];
	return NULL;
}

/* Whether the program could be relocated: a static PIE has but one kind. */
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
		case DT_JMPREL: /* calls by way of a linker that isn't there */
		case 36: /* DT_RELR, of -z pack-relative-relocs */
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

/* Nothing that was relocated changes any more, so protect it as the linker asks. */
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
