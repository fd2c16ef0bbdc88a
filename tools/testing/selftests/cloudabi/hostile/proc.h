/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: ways through a descriptor of /proc
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_PROC_H
#define SELFTESTS_CLOUDABI_HOSTILE_PROC_H

#include "attempt.h"

ATTEMPT(magic_link_to_the_root, NAMES)
{
	NO_WAY(FIXTURE_PROC, "self/root/etc/passwd");
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/root", 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_PROC, "self/root/tmp/new", CLOUDABI_O_CREAT, R(FD_WRITE)));
}

ATTEMPT(magic_link_to_the_working_directory, NAMES)
{
	NO_WAY(FIXTURE_PROC, "self/cwd/outside");
	NO_WAY(FIXTURE_PROC, "self/cwd/");
	NO_WAY(FIXTURE_PROC, "thread-self/cwd/../outside");
}

ATTEMPT(magic_link_to_the_program, NAMES)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/exe", 0, R(FD_READ)));
	STOPPED(try_follow(FIXTURE_PROC, "self/exe", 0, R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_follow(FIXTURE_PROC, "self/exe", 0, R(PROC_EXEC)));
}

/* Success would give a second path to the same file, with more rights. */
ATTEMPT(magic_link_to_a_descriptor, NAMES)
{
	char path[32];

	TEMP_FILE(temp);
	WITHOUT(read_only, temp, R(FD_WRITE));
	cloudabi_snprintf(path, sizeof(path), "self/fd/%u", (unsigned int)read_only);
	STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_WRITE) | R(FD_SEEK)));
	STOPPED(try_open(FIXTURE_PROC, path, CLOUDABI_O_TRUNC, R(FD_WRITE)));
	UNTOUCHED();
}

ATTEMPT(magic_link_to_a_namespace, NAMES)
{
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/ns/mnt", 0, R(FD_READ)));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, try_follow(FIXTURE_PROC, "self/ns/user", 0, 0));
}

ATTEMPT(magic_links_of_the_launcher, NAMES)
{
	static const char *const names[] = {
		"%u/root/etc/passwd", "%u/cwd/outside", "%u/exe", "%u/fd/0", "%u/ns/mnt",
		"%u/root", "%u/cwd",
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cloudabi_snprintf(path, sizeof(path), names[i], launcher());
		STOPPED(try_follow(FIXTURE_PROC, path, 0, R(FD_READ))) TH_LOG("%s", path);
	}
}

ATTEMPT(memory_of_the_launcher, GATE)
{
	char path[32], buf[64];

	cloudabi_snprintf(path, sizeof(path), "%u/mem", launcher());
	STOPPED(try_open(FIXTURE_PROC, path, 0, R(FD_READ)));
	STOPPED(try_open(FIXTURE_PROC, path, 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK)));
	cloudabi_snprintf(path, sizeof(path), "%u/environ", launcher());
	STOPPED(read_proc(path, buf, sizeof(buf)));
	cloudabi_snprintf(path, sizeof(path), "%u/maps", launcher());
	STOPPED(read_proc(path, buf, sizeof(buf)));
}

/*
 * The child has the same user and no more capabilities: only the LSM protects a
 * child.
 */
static void look_into(struct test_metadata *_metadata, const char *name,
		      cloudabi_rights_t rights, uintptr_t offset)
{
	char path[32], buf[16];
	const long fd = fork_process();

	ASSERT_LE(0, fd);
	if (fd == CHILD) {
		long file;

		cloudabi_snprintf(path, sizeof(path), "%u/%s", parent(), name);
		file = open_at(FIXTURE_PROC, path, 0, rights);
		cloudabi_exit(pread_fd(file, buf, sizeof(buf), offset) >= 0);
	}
	EXPECT_EQ(EXITED(0), finish(fd));
}

ATTEMPT(memory_of_a_relative, HOOKS)
{
	look_into(_metadata, "mem", R(FD_READ) | R(FD_WRITE) | R(FD_SEEK),
		  (uintptr_t)FIXTURE_TEXT);
}

ATTEMPT(addresses_of_a_relative, HOOKS)
{
	look_into(_metadata, "maps", R(FD_READ) | R(FD_SEEK), 0);
}

ATTEMPT(strings_of_a_relative, HOOKS)
{
	look_into(_metadata, "auxv", R(FD_READ) | R(FD_SEEK), 0);
}

/* Opens for writing and writes; if the file is memory, at an address of the program. */
static long write_by_open_of(cloudabi_fd_t dir, const char *name)
{
	const long fd = open_at(dir, name, 0, R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));
	const long done = pwrite_fd(fd, "0", 1, 0);

	close_fd(fd);
	return done;
}

ATTEMPT(write_through_read_only_proc, BOTH)
{
	static const char *const names[] = {
		"self/oom_score_adj", "sys/kernel/core_pattern", "self/mem",
	};

	WITHOUT_INHERITING(proc, FIXTURE_PROC, R(FD_WRITE));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		STOPPED(write_by_open_of(proc, names[i])) TH_LOG("%s", names[i]);
}

/* The kernel writes to executable memory with its own privileges here. */
ATTEMPT(write_own_code_through_proc, HOOKS)
{
	const long mem = map_anon(P_READ | P_EXEC);
	const long fd = open_at(FIXTURE_PROC, "self/mem", 0,
				R(FD_READ) | R(FD_WRITE) | R(FD_SEEK));

	ASSERT_LT(0, mem);
	STOPPED(pwrite_fd(fd, "\xc3", 1, mem));
	close_fd(fd);
	unmap(mem);
}

/* Uid 0 is enough for these files, without any capability. */
ATTEMPT(change_settings_through_proc, HOOKS)
{
	static const char *const names[] = {
		"sys/kernel/core_pattern", "sysrq-trigger", "1/oom_score_adj",
		"self/oom_score_adj", "sys/kernel/hostname",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		STOPPED(try_open(FIXTURE_PROC, names[i], 0, R(FD_WRITE) | R(FD_SEEK)))
			TH_LOG("%s", names[i]);
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_PROC_H */
