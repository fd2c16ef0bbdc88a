/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Short forms of memory calls
 *
 * Addresses are numbers here; a negative number is an errno.
 */
#ifndef SELFTESTS_CLOUDABI_MEM_H
#define SELFTESTS_CLOUDABI_MEM_H

#include "common.h"

#define EXEC CLOUDABI_PROT_EXEC
#define WRITE CLOUDABI_PROT_WRITE
#define READ CLOUDABI_PROT_READ
#define ANON CLOUDABI_MAP_ANON
#define FIXED CLOUDABI_MAP_FIXED
#define PRIVATE CLOUDABI_MAP_PRIVATE
#define SHARED CLOUDABI_MAP_SHARED
#define NO_FD CLOUDABI_MAP_ANON_FD
#define PAGE 4096UL

/* The valid protections: writable or executable, never both. */
static const cloudabi_mprot_t sound_prots[] = { 0, READ, WRITE, READ | WRITE, EXEC, READ | EXEC };

/* The two kinds of mapping. */
static const cloudabi_mflags_t map_kinds[] = { PRIVATE, SHARED };

/* "mov $42, %eax; ret" */
static const unsigned char code_42[] = { 0xb8, 42, 0, 0, 0, 0xc3 };

static inline long map_full(void *addr, size_t len, cloudabi_mprot_t prot, cloudabi_mflags_t flags,
			    cloudabi_fd_t fd, cloudabi_filesize_t off)
{
	void *mem = NULL;
	const cloudabi_errno_t error = cloudabi_sys_mem_map(addr, len, prot, flags, fd, off, &mem);

	return RESULT(error, (uintptr_t)mem);
}

static inline long map_anon(size_t len, cloudabi_mprot_t prot, cloudabi_mflags_t kind)
{
	return map_full(NULL, len, prot, ANON | kind, NO_FD, 0);
}

static inline long map_fd(cloudabi_fd_t fd, size_t len, cloudabi_mprot_t prot,
			  cloudabi_mflags_t kind)
{
	return map_full(NULL, len, prot, kind, fd, 0);
}

static inline long protect(long addr, size_t len, cloudabi_mprot_t prot)
{
	return -(long)cloudabi_sys_mem_protect((void *)addr, len, prot);
}

static inline long unmap(long addr, size_t len)
{
	return -(long)cloudabi_sys_mem_unmap((void *)addr, len);
}

static inline long advise(long addr, size_t len, cloudabi_advice_t advice)
{
	return -(long)cloudabi_sys_mem_advise((void *)addr, len, advice);
}

static inline long sync_mem(long addr, size_t len, cloudabi_msflags_t flags)
{
	return -(long)cloudabi_sys_mem_sync((void *)addr, len, flags);
}

/* Whether the kernel can write to @addr on behalf of the program; changes a byte. */
static inline bool writable(long addr)
{
	return !cloudabi_sys_random_get((void *)addr, 1);
}

/* Whether the kernel can read from @addr; writes a byte to the fixture's file. */
static inline bool readable(long addr)
{
	return pwrite_fd(FIXTURE_FILE, (void *)addr, 1, 100) == 1;
}

static inline long resize(cloudabi_fd_t fd, cloudabi_filesize_t size)
{
	const cloudabi_filestat_t stat = { .st_size = size };

	return -(long)cloudabi_sys_file_stat_fput(fd, &stat, CLOUDABI_FILESTAT_SIZE);
}

static inline long size_of(cloudabi_fd_t fd)
{
	cloudabi_filestat_t stat;
	const cloudabi_errno_t error = cloudabi_sys_file_stat_fget(fd, &stat);

	return RESULT(error, stat.st_size);
}

static inline cloudabi_rights_t rights_for(cloudabi_mprot_t prot)
{
	return (prot & READ ? R(FD_READ) : 0) | (prot & WRITE ? R(FD_WRITE) : 0) |
	       (prot & EXEC ? R(MEM_MAP_EXEC) : 0);
}

/*
 * Writable memory is readable as well, so a writable mapping also needs the right
 * to read.
 */
static inline bool usable_with(cloudabi_mprot_t prot, cloudabi_rights_t rights)
{
	return !(rights_for(prot) & ~rights) && (!(prot & WRITE) || rights & R(FD_READ));
}

/* Changes from every protection to every other, as far as the rights allow. */
static inline void check_protect(struct test_metadata *_metadata, long mem,
				 cloudabi_rights_t rights)
{
	for (size_t i = 0; i < ARRAY_SIZE(sound_prots); i++) {
		const bool may = usable_with(sound_prots[i], rights);

		EXPECT_EQ(may ? 0 : -CLOUDABI_EACCES, protect(mem, PAGE, sound_prots[i]))
			TH_LOG("prot %d, rights 0x%llx", sound_prots[i],
			       (unsigned long long)rights);
		if (!(rights & R(FD_WRITE)))
			EXPECT_FALSE(writable(mem)) TH_LOG("prot %d", sound_prots[i]);
		/*
		 * Executable memory is readable on machines without execute-only
		 * memory.
		 */
		if (!(rights & (R(FD_READ) | R(MEM_MAP_EXEC))))
			EXPECT_FALSE(readable(mem)) TH_LOG("prot %d", sound_prots[i]);
	}
}

/* Maps a page of an object with all sets of the relevant rights. */
static inline void check_map_rights(struct test_metadata *_metadata, cloudabi_fd_t fd)
{
	static const cloudabi_rights_t parts[] = {
		R(MEM_MAP), R(FD_READ), R(FD_WRITE), R(MEM_MAP_EXEC),
	};

	for (unsigned int set = 0; set < 1 << ARRAY_SIZE(parts); set++) {
		cloudabi_rights_t rights = 0;
		long limited;

		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			rights |= set & 1 << i ? parts[i] : 0;
		limited = dup_limited(fd, rights, 0);
		ASSERT_LE(0, limited);
		for (size_t i = 0; i < ARRAY_SIZE(sound_prots) * ARRAY_SIZE(map_kinds); i++) {
			const cloudabi_mprot_t prot = sound_prots[i / ARRAY_SIZE(map_kinds)];
			const cloudabi_mflags_t kind = map_kinds[i % ARRAY_SIZE(map_kinds)];
			const bool may = !((R(MEM_MAP) | rights_for(prot)) & ~rights);
			const long mem = map_fd(limited, PAGE, prot, kind);

			if (!may) {
				EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, mem)
					TH_LOG("prot %d, kind %d, rights %d", prot, kind, set);
				continue;
			}
			if (!usable_with(prot, rights)) {
				EXPECT_EQ(-CLOUDABI_EACCES, mem)
					TH_LOG("prot %d, kind %d, rights %d", prot, kind, set);
				continue;
			}
			EXPECT_LT(0, mem) TH_LOG("prot %d, kind %d, rights %d", prot, kind, set);
			if (mem > 0) {
				check_protect(_metadata, mem, rights);
				EXPECT_EQ(0, unmap(mem, PAGE));
			}
		}
		EXPECT_EQ(0, close_fd(limited));
	}
}

/* Makes a file of @size bytes, whose pages are filled with 'a', 'b' and so on. */
static inline long make_pages(const char *name, size_t size)
{
	const long fd = make_file(name, "");
	static char page[PAGE];

	for (size_t at = 0; fd >= 0 && at < size; at += PAGE) {
		const size_t len = size - at < PAGE ? size - at : PAGE;

		memset(page, 'a' + at / PAGE, PAGE);
		if (pwrite_fd(fd, page, len, at) != (long)len)
			return -CLOUDABI_EIO;
	}
	return fd;
}

#endif /* SELFTESTS_CLOUDABI_MEM_H */
