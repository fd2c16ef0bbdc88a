/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - An attempt to get out
 *
 * ATTEMPT(name, layer) is a test that fails if the attempt succeeds. @layer names
 * the layer that stops the attempt. scripts/layers verifies that: it removes one
 * layer from the kernel, and then exactly the attempts that only this layer stops
 * must succeed.
 *
 *   RIGHTS  only the first layer: the rights that handlers require of descriptors,
 *           and their checks of names
 *   HOOKS   only the second layer: the rights that the descriptor look-up requires
 *           for the call's number, the LSM's hooks, and the confinement of path walks
 *   BOTH    each of the two layers alone
 *   NAMES   each of the two layers alone, for a name that leads out
 *   GATE    neither layer, but a permanent part: the entry into the kernel, the table
 *           of rights, the types of descriptors, memory
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_ATTEMPT_H
#define SELFTESTS_CLOUDABI_HOSTILE_ATTEMPT_H

#include "../filecalls.h"
#include "../proccalls.h"

enum layer { RIGHTS, HOOKS, BOTH, NAMES, GATE };

#define ATTEMPT(name, stopped_by)                        \
	static const enum layer layer_of_##name          \
		__attribute__((__unused__)) = stopped_by; \
	TEST(name)

/* The attempt fails if the call fails, whatever the errno. */
#define STOPPED(call) EXPECT_GT(0, call)

#define PAGE 4096UL
#define P_READ CLOUDABI_PROT_READ
#define P_WRITE CLOUDABI_PROT_WRITE
#define P_EXEC CLOUDABI_PROT_EXEC
#define M_ANON CLOUDABI_MAP_ANON
#define M_PRIVATE CLOUDABI_MAP_PRIVATE
#define M_SHARED CLOUDABI_MAP_SHARED
#define M_FIXED CLOUDABI_MAP_FIXED

/* Duration of a race. */
#define RACE (300 * MS)

static char buffer[PAGE];

/* A second thread. */
static struct helper helper;

static void close_own(const long *fd)
{
	if (*fd >= 0)
		close_fd(*fd);
}

/* A descriptor that is closed at the end of the attempt. */
#define SCOPED_FD(fd, value)                                             \
	const long fd __attribute__((__cleanup__(close_own))) = (value); \
	ASSERT_LE(0, fd)
#define WITHOUT(fd, from, rights) SCOPED_FD(fd, dup_without(from, rights))
#define WITHOUT_INHERITING(fd, from, rights) \
	SCOPED_FD(fd, dup_limited(from, base_of(from), inheriting_of(from) & ~(rights)))

static void remove_temp(const char (*unused)[1])
{
	remove_all(FIXTURE_DIR, "temp");
}

/* Removes the new file "temp", if it exists, at the end of the attempt. */
#define REMOVE_TEMP const char temp_[1] __attribute__((__cleanup__(remove_temp), __unused__)) = ""
#define TEMP_FILE(fd) REMOVE_TEMP; SCOPED_FD(fd, make_file("temp", FIXTURE_TEXT))

static bool has_text(cloudabi_fd_t dir, const char *name, const char *text)
{
	char buf[64];
	const long fd = open_at(dir, name, 0, R(FD_READ));
	const long len = read_fd(fd, buf, sizeof(buf));

	close_fd(fd);
	return len == (long)strlen(text) && !memcmp(buf, text, len);
}

#define UNTOUCHED() EXPECT_TRUE(has_text(FIXTURE_DIR, "temp", FIXTURE_TEXT))

/* Opens a name that leads out: any success is a way out. */
static long try_out(cloudabi_fd_t dir, const char *path)
{
	const long plain = try_open(dir, path, 0, R(FD_READ));

	return plain >= 0 ? plain : try_follow(dir, path, 0, R(FD_READ));
}

#define NO_WAY(dir, path)                                          \
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_out(dir, path)) TH_LOG("%s", path)

static long map(cloudabi_fd_t fd, cloudabi_mprot_t prot, cloudabi_mflags_t flags)
{
	void *mem = NULL;
	const cloudabi_errno_t error =
		cloudabi_sys_mem_map(NULL, PAGE, prot, flags, fd, 0, &mem);

	return RESULT(error, (uintptr_t)mem);
}

static long map_at(uintptr_t addr, size_t len, cloudabi_mprot_t prot)
{
	void *mem = NULL;
	const cloudabi_errno_t error =
		cloudabi_sys_mem_map((void *)addr, len, prot, M_ANON | M_FIXED | M_PRIVATE,
				     CLOUDABI_MAP_ANON_FD, 0, &mem);

	return RESULT(error, (uintptr_t)mem);
}

static long map_anon(cloudabi_mprot_t prot)
{
	return map(CLOUDABI_MAP_ANON_FD, prot, M_ANON | M_PRIVATE);
}

static long protect(long mem, cloudabi_mprot_t prot)
{
	return -(long)cloudabi_sys_mem_protect((void *)mem, PAGE, prot);
}

static void set_byte(uintptr_t addr, unsigned char value)
{
	__atomic_store_n((unsigned char *)addr, value, __ATOMIC_SEQ_CST);
}

static unsigned char get_byte(uintptr_t addr)
{
	return __atomic_load_n((const unsigned char *)addr, __ATOMIC_SEQ_CST);
}

static void unmap(long mem)
{
	cloudabi_sys_mem_unmap((void *)mem, PAGE);
}

/* Reads a file of /proc as text. */

static long read_proc(const char *path, char *buf, size_t len)
{
	const long fd = open_at(FIXTURE_PROC, path, 0, R(FD_READ));
	const long done = fd < 0 ? fd : read_fd(fd, buf, len - 1);

	close_fd(fd);
	if (done >= 0)
		buf[done] = '\0';
	return done;
}

static unsigned int number(const char *text)
{
	unsigned int n = 0;

	while (*text == ' ' || *text == '\t')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* Pid of the parent of a process, which is "self" or a pid. */
static unsigned int parent_of(const char *process)
{
	char path[32], stat[512];

	cloudabi_snprintf(path, sizeof(path), "%s/stat", process);
	if (read_proc(path, stat, sizeof(stat)) <= 0)
		return 0;
	/* "pid (name) S ppid" */
	return number(strrchr(stat, ')') + 4);
}

static unsigned int parent(void)
{
	return parent_of("self");
}

/* Pid of the launcher, which is the parent of the harness, which is that of each test. */
static unsigned int launcher(void)
{
	char harness[16];

	cloudabi_snprintf(harness, sizeof(harness), "%u", parent());
	return parent_of(harness);
}

static bool launcher_lives(void)
{
	char path[32], stat[512], state;

	cloudabi_snprintf(path, sizeof(path), "%u/stat", launcher());
	if (read_proc(path, stat, sizeof(stat)) <= 0)
		return false;
	state = strrchr(stat, ')')[2];
	return state == 'S' || state == 'R' || state == 'D';
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_ATTEMPT_H */
