/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Attempts: other ways to enter the kernel
 */
#ifndef SELFTESTS_CLOUDABI_HOSTILE_GATE_H
#define SELFTESTS_CLOUDABI_HOSTILE_GATE_H

#include "attempt.h"
#include "memory.h"

static long native(unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
		   unsigned long d, unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	bool failed;

	__asm__ volatile("syscall"
			 : "+a"(nr), "+d"(c), "=@ccc"(failed)
			 : "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return failed ? -(long)nr : (long)nr;
}

#define NATIVE_(nr, a, b, c, d, e, f, ...)                                               \
	native(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c),           \
	       (unsigned long)(d), (unsigned long)(e), (unsigned long)(f))
/* A number that the table has grown to is a call of CloudABI, and is not tried. */
#define NO_CALL(nr, ...)                                                                 \
	EXPECT_EQ(-CLOUDABI_ENOSYS, (nr) < CLOUDABI_NR_CALLS ? -CLOUDABI_ENOSYS :        \
		  NATIVE_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0))

#define AT_FDCWD (-100L)

ATTEMPT(native_files, GATE)
{
	NO_CALL(257, AT_FDCWD, "/etc/passwd", 0);	/* openat */
	NO_CALL(437, AT_FDCWD, "/etc/passwd", buffer, 24);	/* openat2 */
	NO_CALL(304, AT_FDCWD, buffer, 0);		/* open_by_handle_at */
	NO_CALL(80, "/");				/* chdir */
	NO_CALL(161, "/");				/* chroot */
	NO_CALL(133, "new", 020666, 0x101);		/* mknod */
	NO_CALL(90, "outside", 0777);			/* chmod */
	NO_CALL(92, "outside", 0, 0);			/* chown */
}

ATTEMPT(native_descriptors, GATE)
{
	NO_CALL(72, FIXTURE_FILE, 3, 0);		/* fcntl */
	NO_CALL(292, FIXTURE_FILE, 100, 0);		/* dup3 */
	NO_CALL(438, FIXTURE_PID, 0, 0);		/* pidfd_getfd */
	NO_CALL(434, launcher(), 0);			/* pidfd_open */
	NO_CALL(319, "name", 0);			/* memfd_create */
	NO_CALL(436, 3, ~0U, 0);			/* close_range */
}

ATTEMPT(native_processes, GATE)
{
	NO_CALL(62, launcher(), 9);			/* kill */
	NO_CALL(200, launcher(), 9);			/* tkill */
	NO_CALL(424, FIXTURE_PID, 9, 0, 0);		/* pidfd_send_signal */
	NO_CALL(101, 16, launcher(), 0, 0);		/* ptrace */
	NO_CALL(311, launcher(), buffer, 1, buffer, 1, 0);	/* process_vm_writev */
	NO_CALL(56, 0x80, 0, 0, 0, 0);			/* clone */
	NO_CALL(57);					/* fork */
	NO_CALL(435, buffer, 88);			/* clone3 */
	NO_CALL(302, launcher(), 7, buffer, 0);		/* prlimit64 */
	NO_CALL(109, 0, 0);				/* setpgid */
	NO_CALL(112);					/* setsid */
	EXPECT_TRUE(launcher_lives());
}

ATTEMPT(native_programs, GATE)
{
	static const char *const argv[] = { "/bin/sh", NULL };

	NO_CALL(59, "/bin/sh", argv, NULL);		/* execve */
	NO_CALL(322, AT_FDCWD, "/bin/sh", argv, NULL, 0);	/* execveat */
	NO_CALL(60, 77);				/* exit */
	NO_CALL(231, 77);				/* exit_group */
}

ATTEMPT(native_identity, GATE)
{
	NO_CALL(105, 0);				/* setuid */
	NO_CALL(106, 0);				/* setgid */
	NO_CALL(116, 0, NULL);				/* setgroups */
	NO_CALL(126, buffer, buffer);			/* capset */
	NO_CALL(157, 38, 0, 0, 0, 0);			/* prctl */
	NO_CALL(158, 0x1002, buffer);			/* arch_prctl */
	NO_CALL(272, 0x10000000);			/* unshare */
	NO_CALL(308, FIXTURE_NAMESPACE, 0);		/* setns */
	NO_CALL(135, 0x0400000);			/* personality */
}

ATTEMPT(native_network, GATE)
{
	/*
	 * socket(), connect() and sendmsg() are missing: CloudABI has calls with
	 * these numbers.
	 */
	NO_CALL(49, FIXTURE_UNCONNECTED, "\1\0\0x", 4);	/* bind */
	NO_CALL(50, FIXTURE_STREAM, 1);			/* listen */
	NO_CALL(53, 1, 1, 0, buffer);			/* socketpair */
	NO_CALL(288, FIXTURE_LISTENING, NULL, NULL, 0);	/* accept4 */
	NO_CALL(299, FIXTURE_STREAM, buffer, 1, 0, 0);	/* recvmmsg */
	NO_CALL(54, FIXTURE_STREAM, 1, 16, "\1\0\0\0", 4);	/* setsockopt */
}

ATTEMPT(native_kernel, GATE)
{
	NO_CALL(165, "none", "/", "tmpfs", 0, NULL);	/* mount */
	NO_CALL(166, "/", 2);				/* umount2 */
	NO_CALL(175, buffer, PAGE, "");			/* init_module */
	NO_CALL(313, FIXTURE_IMAGE, "", 0);		/* finit_module */
	NO_CALL(321, 0, buffer, 64);			/* bpf */
	NO_CALL(298, buffer, 0, -1, -1, 0);		/* perf_event_open */
	NO_CALL(425, 4, buffer);			/* io_uring_setup */
	NO_CALL(426, FIXTURE_IO_URING, 1, 0, 0, NULL, 0);	/* io_uring_enter */
	NO_CALL(250, 0, -3, 1);				/* keyctl */
	NO_CALL(248, "user", "name", "x", 1, -3);	/* add_key */
	NO_CALL(323, 0);				/* userfaultfd */
	NO_CALL(169, 0xfee1dead, 672274793, 0x4321fedc, NULL);	/* reboot */
	NO_CALL(103, 3, buffer, PAGE);			/* syslog */
	NO_CALL(172, 3);				/* iopl */
	NO_CALL(154, 1, buffer, 16);			/* modify_ldt */
	NO_CALL(219);					/* restart_syscall */
}

ATTEMPT(every_other_number, GATE)
{
	for (unsigned long nr = CLOUDABI_NR_CALLS; nr < 1024; nr++)
		NO_CALL(nr, 77, 77, 77);
	for (unsigned int bit = 10; bit < 64; bit++)
		NO_CALL((1UL << bit) + CLOUDABI_NR_thread_yield);
}

ATTEMPT(numbers_of_x32, GATE)
{
	for (unsigned long nr = 0; nr < 600; nr++)
		NO_CALL(0x40000000 + nr, 77, 77, 77);
}

/* Each of them requests a native exit. */

ATTEMPT(int80, GATE)
{
	EXPECT_EQ(KILLED(SYS), IN_CHILD(__asm__ volatile("int $0x80" : : "a"(1), "b"(77))));
}

/* The stack is below 4 GiB, because the entry reads the sixth argument from it. */
static void enter_by_sysenter(void)
{
	CHECK_OR_EXIT(map_at(0x10000000, PAGE, P_READ | P_WRITE) > 0);
	__asm__ volatile("mov %0, %%rsp\n\tmov %0, %%rbp\n\tsysenter"
			 : : "r"(0x10000800UL), "a"(1), "b"(77));
}

ATTEMPT(sysenter, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(enter_by_sysenter())));
}

/* "mov $1, %eax; mov $77, %ebx" and @door, in a 32-bit code segment. */
static void enter_from_32_bit(const char *door, size_t len)
{
	static const char code[] = "\xb8\1\0\0\0\xbb\x4d\0\0\0";
	static const struct {
		uint32_t offset;
		uint16_t segment;
	} target = { 0x10000000, 0x23 };
	char *const mem = (char *)(uintptr_t)target.offset;

	CHECK_OR_EXIT(map_at(target.offset, PAGE, P_READ | P_WRITE) > 0);
	memcpy(mem, code, sizeof(code) - 1);
	memcpy(mem + sizeof(code) - 1, door, len);
	CHECK_OR_EXIT(!protect(target.offset, P_READ | P_EXEC));
	__asm__ volatile("mov %0, %%ebp\n\tljmp *(%1)" : : "r"(0x10000800), "r"(&target));
}

ATTEMPT(int80_of_32_bit_code, GATE)
{
	EXPECT_EQ(KILLED(SYS), IN_CHILD(enter_from_32_bit("\xcd\x80\xf4", 3)));
}

ATTEMPT(sysenter_of_32_bit_code, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(enter_from_32_bit("\x0f\x34\xf4", 3))));
}

static void call_at(uintptr_t addr)
{
	((long (*)(long, long))addr)(0, 0);
	cloudabi_exit(77);
}

ATTEMPT(vsyscall, GATE)
{
	for (unsigned long offset = 0; offset <= 0x800; offset += 0x400)
		EXPECT_EQ(KILLED(SEGV), IN_CHILD(call_at(0xffffffffff600000 + offset)));
}

ATTEMPT(privileged_instructions, GATE)
{
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("cli"))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("outb %%al, $0x80" : : "a"(0)))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0)))));
	EXPECT_TRUE(is_killed(IN_CHILD(__asm__ volatile("mov %0, %%cr3" : : "r"(0UL)))));
}

static void start_thread(const cloudabi_threadattr_t *attr)
{
	cloudabi_tid_t tid;

	if (cloudabi_sys_thread_create((cloudabi_threadattr_t *)attr, &tid))
		cloudabi_exit(1);
	sleep_for(PATIENCE / 2);
	cloudabi_exit(77);
}

/*
 * Non-canonical addresses: some processors fault in kernel mode when they return
 * there.
 */
ATTEMPT(start_thread_in_the_kernel, GATE)
{
	static char stack[PAGE] __attribute__((__aligned__(16)));

	FOR_EACH_KERNEL_ADDRESS(addr) {
		const cloudabi_threadattr_t attr = {
			.entry_point = (cloudabi_threadentry_t *)addr,
			.stack = stack,
			.stack_len = sizeof(stack),
		};
		const long how = IN_CHILD(start_thread(&attr));

		/*
		 * Either thread creation fails, or the thread and its process are
		 * killed at once.
		 */
		EXPECT_TRUE(how == EXITED(1) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
}

static void exit_from_thread(cloudabi_tid_t tid, void *arg)
{
	cloudabi_exit(77);
}

ATTEMPT(start_thread_on_kernel_memory, GATE)
{
	FOR_EACH_KERNEL_ADDRESS(addr) {
		const cloudabi_threadattr_t attr = {
			.entry_point = exit_from_thread,
			.stack = (void *)addr,
			.stack_len = PAGE,
		};
		const long how = IN_CHILD(start_thread(&attr));

		EXPECT_TRUE(how == EXITED(1) || is_killed(how)) TH_LOG("0x%lx: 0x%lx", addr, how);
	}
}

#endif /* SELFTESTS_CLOUDABI_HOSTILE_GATE_H */
