// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The vDSO
 */

#include "common.h"
#include "raw.h"

static const Elf64_Ehdr *ehdr(void)
{
	return test_start->vdso;
}

static const void *at(Elf64_Addr address)
{
	return (const char *)test_start->vdso + address;
}

static const Elf64_Phdr *segment(Elf64_Word type, unsigned int skip)
{
	const Elf64_Phdr *const phdr = at(ehdr()->e_phoff);

	for (unsigned int i = 0; i < ehdr()->e_phnum; i++)
		if (phdr[i].p_type == type && !skip--)
			return &phdr[i];
	return NULL;
}

/* The value of an entry in the dynamic section, or 0. */
static Elf64_Xword dynamic(Elf64_Sxword tag)
{
	const Elf64_Dyn *dyn = at(segment(PT_DYNAMIC, 0)->p_vaddr);

	for (; dyn->d_tag != DT_NULL; dyn++)
		if (dyn->d_tag == tag)
			return dyn->d_un.d_val;
	return 0;
}

static const Elf64_Sym *symbol(uint32_t i)
{
	return (const Elf64_Sym *)at(dynamic(DT_SYMTAB)) + i;
}

static const char *symbol_name(uint32_t i)
{
	return (const char *)at(dynamic(DT_STRTAB)) + symbol(i)->st_name;
}

/* The number of symbols according to the hash table, as a C library counts them. */
static uint32_t symbol_count(void)
{
	return ((const uint32_t *)at(dynamic(DT_HASH)))[1];
}

TEST(image_is_an_elf_library)
{
	ASSERT_TRUE(ehdr());
	EXPECT_EQ(0, (uintptr_t)ehdr() % test_start->pagesz);
	EXPECT_EQ(0, memcmp(ehdr()->e_ident, "\177ELF\2\1\1", 7));
	EXPECT_EQ(ET_DYN, ehdr()->e_type);
	EXPECT_EQ(EM_X86_64, ehdr()->e_machine);
	EXPECT_EQ(sizeof(Elf64_Phdr), ehdr()->e_phentsize);
}

TEST(image_is_one_segment_that_is_not_writable)
{
	ASSERT_TRUE(segment(PT_LOAD, 0));
	EXPECT_EQ(0, segment(PT_LOAD, 0)->p_vaddr);
	EXPECT_EQ(0, segment(PT_LOAD, 0)->p_offset);
	EXPECT_EQ(PF_R | PF_X, segment(PT_LOAD, 0)->p_flags);
	EXPECT_FALSE(segment(PT_LOAD, 1));
	EXPECT_EQ(CLOUDABI_EFAULT, cloudabi_sys_random_get((void *)at(0), 1));
}

TEST(image_has_the_tables_that_linkers_need)
{
	ASSERT_TRUE(segment(PT_DYNAMIC, 0));
	EXPECT_NE(0, dynamic(DT_HASH));
	EXPECT_NE(0, dynamic(DT_SYMTAB));
	EXPECT_NE(0, dynamic(DT_STRTAB));
	EXPECT_EQ(sizeof(Elf64_Sym), dynamic(DT_SYMENT));
}

TEST(image_needs_no_relocation)
{
	EXPECT_EQ(0, dynamic(DT_REL));
	EXPECT_EQ(0, dynamic(DT_RELA));
	EXPECT_EQ(0, dynamic(DT_JMPREL));
	EXPECT_EQ(0, dynamic(DT_NEEDED));
}

TEST(image_has_every_call)
{
	for (unsigned int nr = 0; nr < CLOUDABI_NR_CALLS; nr++)
		EXPECT_TRUE(cloudabi_vdso.entries[nr]) TH_LOG("%s", cloudabi_call_name(nr));
}

TEST(image_has_every_call_once_and_nothing_else)
{
	unsigned int calls = 0;

	for (uint32_t i = 1; i < symbol_count(); i++) {
		const Elf64_Sym *const sym = symbol(i);

		if (sym->st_shndx == SHN_ABS)
			continue;
		EXPECT_EQ(STB_GLOBAL, ELF64_ST_BIND(sym->st_info)) TH_LOG("%s", symbol_name(i));
		EXPECT_EQ(STT_FUNC, ELF64_ST_TYPE(sym->st_info)) TH_LOG("%s", symbol_name(i));
		EXPECT_EQ(0, sym->st_other & 3) TH_LOG("%s", symbol_name(i));
		EXPECT_EQ(0, strncmp(symbol_name(i), "cloudabi_sys_", 13))
			TH_LOG("%s", symbol_name(i));
		EXPECT_NE(0, sym->st_value) TH_LOG("%s", symbol_name(i));
		EXPECT_NE(0, sym->st_size) TH_LOG("%s", symbol_name(i));
		calls++;
	}
	EXPECT_EQ(CLOUDABI_NR_CALLS, calls);
}

TEST(calls_lie_within_the_segment)
{
	for (uint32_t i = 1; i < symbol_count(); i++) {
		if (symbol(i)->st_shndx == SHN_ABS)
			continue;
		EXPECT_LE(symbol(i)->st_value + symbol(i)->st_size,
			  segment(PT_LOAD, 0)->p_memsz) TH_LOG("%s", symbol_name(i));
	}
}

/* Returns false for calls that do not return. */
static bool returns(unsigned int nr)
{
	return nr != CLOUDABI_NR_proc_exit && nr != CLOUDABI_NR_proc_fork &&
	       nr != CLOUDABI_NR_thread_exit && nr != CLOUDABI_NR_thread_create;
}

TEST(calls_fail_as_traps_do)
{
	static const unsigned long values[] = { UINT64_MAX, 0xffffffff, FIXTURE_NONE, 1UL << 63 };

	for (unsigned int nr = 0; nr < CLOUDABI_NR_CALLS; nr++) {
		if (!returns(nr))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			const cloudabi_errno_t error = raw_trap(nr, values[i]);

			/* The call would need memory for its results. */
			if (!error && nr != CLOUDABI_NR_thread_yield)
				continue;
			EXPECT_EQ(error, raw_vdso(nr, values[i]))
				TH_LOG("%s of 0x%lx", cloudabi_call_name(nr), values[i]);
		}
	}
}

TEST(calls_store_their_results)
{
	cloudabi_timestamp_t time = 0;
	cloudabi_filesize_t offset = 77;
	cloudabi_fd_t fd = 77777;
	void *mem = NULL;

	EXPECT_EQ(0, cloudabi_vdso.clock_time_get(CLOUDABI_CLOCK_MONOTONIC, 1, &time));
	EXPECT_NE(0, time);
	EXPECT_EQ(0, cloudabi_vdso.fd_seek(FIXTURE_FILE, 5, CLOUDABI_WHENCE_SET, &offset));
	EXPECT_EQ(5, offset);
	EXPECT_EQ(0, cloudabi_vdso.fd_dup(FIXTURE_FILE, &fd));
	EXPECT_TRUE(is_open(fd));
	EXPECT_EQ(0, cloudabi_vdso.fd_close(fd));
	/* mem_map returns its result through its seventh argument. */
	EXPECT_EQ(0, cloudabi_vdso.mem_map(NULL, 4096, CLOUDABI_PROT_READ,
					   CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE,
					   CLOUDABI_MAP_ANON_FD, 0, &mem));
	EXPECT_TRUE(mem);
	EXPECT_EQ(0, cloudabi_vdso.mem_unmap(mem, 4096));
}

TEST(failing_calls_store_nothing)
{
	cloudabi_timestamp_t time = 77;
	cloudabi_filesize_t offset = 77;
	cloudabi_fd_t fd = 77;
	cloudabi_size_t size = 77;
	void *mem = &mem;

	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_vdso.clock_time_get(77, 1, &time));
	EXPECT_EQ(CLOUDABI_EINVAL, cloudabi_vdso.clock_res_get(77, &time));
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_vdso.fd_seek(FIXTURE_NONE, 0, 1, &offset));
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_vdso.fd_dup(FIXTURE_NONE, &fd));
	EXPECT_EQ(CLOUDABI_EBADF, cloudabi_vdso.fd_read(FIXTURE_NONE, NULL, 0, &size));
	EXPECT_EQ(CLOUDABI_ENOTSUP, cloudabi_vdso.mem_map(NULL, 0, 0xff, 0, 0, 0, &mem));
	EXPECT_EQ(77, time);
	EXPECT_EQ(77, offset);
	EXPECT_EQ(77, fd);
	EXPECT_EQ(77, size);
	EXPECT_EQ((void *)&mem, mem);
}

TEST_HARNESS_MAIN
