/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: execution of programs
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_PROGRAMS_H
#define SELFTESTS_CLOUDABI_HOSTILE_PROGRAMS_H

#include "attempt.h"
#include "growth.h"

/*
 * "mov $231, %eax; mov $77, %edi; syscall; ud2": a native exit; no CloudABI call
 * has the number.
 */
struct program {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[2];
	char code[16];
	char interpreter[16];
};

#define PROGRAM_AT 0x10000000UL

static struct program make_program(unsigned char osabi, bool interpreted)
{
	const size_t size = sizeof(struct program);

	return (struct program){
		.ehdr = {
			.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1, osabi },
			.e_type = 2,
			.e_machine = 62,
			.e_version = 1,
			.e_entry = PROGRAM_AT + offsetof(struct program, code),
			.e_phoff = offsetof(struct program, phdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = interpreted ? 2 : 1,
		},
		.phdr = {
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R | PF_X,
				.p_vaddr = PROGRAM_AT,
				.p_filesz = size,
				.p_memsz = size,
				.p_align = PAGE,
			},
			{
				.p_type = PT_INTERP,
				.p_flags = PF_R,
				.p_offset = offsetof(struct program, interpreter),
				.p_filesz = 8,
				.p_memsz = 8,
				.p_align = 1,
			},
		},
		.code = "\xb8\xe7\0\0\0\xbf\x4d\0\0\0\x0f\x05\x0f\x0b",
		.interpreter = "/bin/sh",
	};
}

/* Exit code of a child whose call fails. */
#define REFUSED 200

static void exec_or_exit(cloudabi_fd_t program, const void *data, size_t len)
{
	cloudabi_sys_proc_exec(program, data, len, NULL, 0);
	cloudabi_exit(REFUSED);
}

/* Executes the file "temp"; returns how the program ends. */
static long run_temp(const void *contents, size_t len)
{
	const long fd = open_at(FIXTURE_DIR, "temp", CLOUDABI_O_CREAT, R(FD_WRITE) | R(FD_SEEK));
	long program, how;

	if (pwrite_fd(fd, contents, len, 0) != (long)len)
		return -CLOUDABI_EIO;
	close_fd(fd);
	program = open_at(FIXTURE_DIR, "temp", 0, R(PROC_EXEC));
	if (program < 0)
		return program;
	how = IN_CHILD(exec_or_exit(program, NULL, 0));
	close_fd(program);
	return how;
}

/* Executes a program with the given OS ABI, with or without an interpreter. */
static long run_program(unsigned char osabi, bool interpreted)
{
	const struct program program = make_program(osabi, interpreted);

	return run_temp(&program, sizeof(program));
}

/* The program is executed, because it is a CloudABI program, but has no native exit. */
ATTEMPT(exec_own_program_for_native_calls, GATE)
{
	REMOVE_TEMP;
	EXPECT_EQ(KILLED(ILL), run_program(17, false));
}

ATTEMPT(exec_native_binary, BOTH)
{
	REMOVE_TEMP;
	EXPECT_EQ(EXITED(REFUSED), run_program(0, false));
}

/* Even if the kernel executed it, the task would stay a CloudABI task. */
ATTEMPT(make_native_calls_by_native_binary, GATE)
{
	REMOVE_TEMP;
	EXPECT_NE(EXITED(77), run_program(3, false));
}

ATTEMPT(exec_interpreter, GATE)
{
	REMOVE_TEMP;
	EXPECT_EQ(EXITED(REFUSED), run_program(17, true));
}

ATTEMPT(exec_native_interpreter, BOTH)
{
	REMOVE_TEMP;
	EXPECT_EQ(EXITED(REFUSED), run_program(0, true));
}

ATTEMPT(exec_script, BOTH)
{
	static const char script[] = "#!/bin/sh\nexit 77\n";

	REMOVE_TEMP;
	EXPECT_EQ(EXITED(REFUSED), run_temp(script, sizeof(script) - 1));
}

ATTEMPT(exec_directory_or_device, GATE)
{
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_DIR, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_NULL_DEVICE, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_STREAM, NULL, 0, NULL, 0));
	STOPPED(-(long)cloudabi_sys_proc_exec(FIXTURE_PROC, NULL, 0, NULL, 0));
}

ATTEMPT(exec_without_right, BOTH)
{
	const struct order order = { .what = ORDER_UID, .end = "!!" };

	WITHOUT(fd, FIXTURE_IMAGE, R(PROC_EXEC));
	EXPECT_EQ(EXITED(REFUSED), IN_CHILD(exec_or_exit(fd, &order, sizeof(order))));
}

/* The launcher made a copy owned by root, with the set-uid bit. */
ATTEMPT(exec_set_uid_program, GATE)
{
	const cloudabi_fd_t fds[] = { FIXTURE_PROC };
	long before, after;

	SCOPED_FD(program, open_at(FIXTURE_DIR, "setuid", 0, R(PROC_EXEC)));
	before = run_order(FIXTURE_IMAGE, ORDER_UID, fds, 1);
	after = run_order(program, ORDER_UID, fds, 1);
	EXPECT_EQ(before, after);
	EXPECT_GE(0xffff, after);
}

/* Neither the running program nor the file it is mapped from can be changed. */
ATTEMPT(change_own_program, GATE)
{
	STOPPED(write_fd(FIXTURE_IMAGE, "x", 1));
	STOPPED(map(FIXTURE_IMAGE, P_READ | P_WRITE, M_SHARED));
	STOPPED(resize_fd(FIXTURE_IMAGE, 0));
	STOPPED(put_fd(FIXTURE_IMAGE, &(const cloudabi_filestat_t){ 0 },
		       CLOUDABI_FILESTAT_SIZE));
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_PROGRAMS_H */
