// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Entry into the kernel and return
 */

#include <cpuid.h>

#include "../kselftest_harness.h"
#include "server.h"

FIXTURE(gate) {
	struct server server;
};

FIXTURE_SETUP(gate)
{
	ASSERT_EQ(0, server_start(&self->server));
}

FIXTURE_TEARDOWN(gate)
{
	server_stop(&self->server);
}

TEST_F(gate, success_clears_carry)
{
	struct regs regs = patterns;

	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(0, regs.rax);
	EXPECT_EQ(0, regs.flags & FLAG_CF);
}

TEST_F(gate, success_keeps_carry_clear)
{
	struct regs regs = patterns;

	regs.flags = 2;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(0, regs.rax);
	EXPECT_EQ(0, regs.flags & FLAG_CF);
}

/* Makes a call that fails, with the given flags before the call. */
static void check_failure(struct __test_metadata *_metadata, FIXTURE_DATA(gate) *self,
			  uint64_t flags)
{
	struct regs regs = patterns;

	regs.rax = CLOUDABI_NR_fd_close;
	regs.rdi = 99;
	regs.flags = flags;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(CLOUDABI_EBADF, regs.rax);
	EXPECT_EQ(FLAG_CF, regs.flags & FLAG_CF);
}

TEST_F(gate, failure_sets_carry)
{
	check_failure(_metadata, self, 2);
}

TEST_F(gate, failure_keeps_carry_set)
{
	check_failure(_metadata, self, patterns.flags);
}

TEST_F(gate, success_keeps_other_registers)
{
	struct regs regs = patterns;

	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_KEPT(patterns, regs);
}

TEST_F(gate, success_keeps_clear_flags_clear)
{
	struct regs regs = patterns;

	regs.flags = 2;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(0, regs.flags & FLAGS_KEPT);
}

/* Makes a call without results: only rax, rcx, r11 and the carry flag may change. */
static void check_kept(struct __test_metadata *_metadata, FIXTURE_DATA(gate) *self,
		       struct regs before)
{
	struct regs regs = before;

	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_KEPT(before, regs);
	EXPECT_EQ(before.rdx, regs.rdx);
}

TEST_F(gate, failure_keeps_other_registers)
{
	struct regs regs = patterns;

	regs.rax = CLOUDABI_NR_fd_close;
	regs.rdi = 99;
	check_kept(_metadata, self, regs);
}

TEST_F(gate, unknown_number_keeps_other_registers)
{
	struct regs regs = patterns;

	regs.rax = 1000;
	check_kept(_metadata, self, regs);
}

/* SYSCALL sets them, and SYSRET needs them. */
TEST_F(gate, rcx_and_r11_are_as_of_syscall)
{
	struct regs regs = patterns;

	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(regs.flags, regs.r11);
	EXPECT_EQ(IMAGE_FIXED, regs.rcx & ~0xffffUL);

	regs = patterns;
	regs.rax = 1000;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(regs.flags, regs.r11);
}

TEST_F(gate, rdx_is_kept_by_a_call_without_result)
{
	struct regs regs = patterns;

	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(patterns.rdx, regs.rdx);
}

TEST_F(gate, rdx_is_kept_by_a_call_with_one_result)
{
	struct regs regs = patterns;

	regs.rax = CLOUDABI_NR_clock_time_get;
	regs.rdi = CLOUDABI_CLOCK_MONOTONIC;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(0, regs.flags & FLAG_CF);
	EXPECT_NE(0, regs.rax);
	EXPECT_EQ(patterns.rdx, regs.rdx);
}

/* The kernel ignores the bits above the type's size. */
TEST_F(gate, descriptor_is_cut_to_32_bits)
{
	EXPECT_EQ(0, SERVER_CALL(&self->server, fd_stat_get, 0xdeadbeef00000001, SERVER_ROOM));
	EXPECT_EQ(-CLOUDABI_EBADF,
		  SERVER_CALL(&self->server, fd_stat_get, 0x1ffffffff, SERVER_ROOM));
}

TEST_F(gate, clock_is_cut_to_32_bits)
{
	EXPECT_LT(0, SERVER_CALL(&self->server, clock_time_get, 0x700000001));
}

TEST_F(gate, whence_is_cut_to_8_bits)
{
	/*
	 * The whence is valid once it is cut to 8 bits, so the call checks the
	 * descriptor.
	 */
	EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&self->server, fd_seek, 99, 0, 0xffffff01));
	EXPECT_EQ(-CLOUDABI_EINVAL, SERVER_CALL(&self->server, fd_seek, 99, 0, 0x104));
}

TEST_F(gate, fdsflags_are_cut_to_16_bits)
{
	EXPECT_EQ(-CLOUDABI_EBADF,
		  SERVER_CALL(&self->server, fd_stat_put, 99, SERVER_ROOM, 0xabcd0001));
	EXPECT_EQ(-CLOUDABI_EINVAL,
		  SERVER_CALL(&self->server, fd_stat_put, 99, SERVER_ROOM, 0x0101));
}

TEST_F(gate, prot_is_cut_to_8_bits)
{
	const int64_t address =
		SERVER_CALL(&self->server, mem_map, 0, 4096, 0x1234567800000006,
			    0xff00 | CLOUDABI_MAP_ANON | CLOUDABI_MAP_PRIVATE,
			    0xaaaaaaaaffffffff, 0);

	EXPECT_LT(0, address);
	EXPECT_EQ(0, SERVER_CALL(&self->server, mem_unmap, address, 4096));
}

FIXTURE(unknown) {
	struct server server;
};

FIXTURE_VARIANT(unknown) {
	uint64_t nr;
};

FIXTURE_SETUP(unknown)
{
	ASSERT_EQ(0, server_start(&self->server));
}

FIXTURE_TEARDOWN(unknown)
{
	server_stop(&self->server);
}

#define UNKNOWN(name, number) \
	FIXTURE_VARIANT_ADD(unknown, name) { .nr = (number) }

UNKNOWN(first_after_the_table, CLOUDABI_NR_CALLS);
UNKNOWN(linux_exit, 60);
UNKNOWN(linux_restart_syscall, 219);
UNKNOWN(linux_exit_group, 231);
UNKNOWN(last_of_linux, 462);
UNKNOWN(thousand, 1000);
UNKNOWN(x32_read, 0x40000000);
UNKNOWN(x32_write, 0x40000001);
UNKNOWN(x32_clock_time_get, 0x40000000 | CLOUDABI_NR_clock_time_get);
UNKNOWN(x32_thread_yield, 0x40000000 | CLOUDABI_NR_thread_yield);
UNKNOWN(x32_first_own, 0x40000200);
UNKNOWN(x32_exit_group, 0x40000000 | 231);
UNKNOWN(greatest_int, 0x7fffffff);
UNKNOWN(least_int, 0x80000000);
UNKNOWN(minus_one, -1);
UNKNOWN(minus_one_of_32_bits, 0xffffffff);
UNKNOWN(minus_two, -2);
UNKNOWN(minus_enosys, -38);
UNKNOWN(minus_erestartsys, -512);
UNKNOWN(minus_erestart_restartblock, -516);
UNKNOWN(upper_half_with_0, 0x100000000);
UNKNOWN(upper_half_with_yield, 0x100000000 | CLOUDABI_NR_thread_yield);
UNKNOWN(upper_half_with_49, 0x100000031);
UNKNOWN(upper_half_all_ones_with_yield, 0xffffffff00000000 | CLOUDABI_NR_thread_yield);
UNKNOWN(top_bit, 1UL << 63);
UNKNOWN(top_bit_with_yield, 1UL << 63 | CLOUDABI_NR_thread_yield);

TEST_F(unknown, gives_enosys)
{
	struct regs regs = patterns;

	regs.rax = variant->nr;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(CLOUDABI_ENOSYS, regs.rax);
	EXPECT_EQ(FLAG_CF, regs.flags & FLAG_CF);
	EXPECT_EQ(patterns.rdx, regs.rdx);

	/* The process is unchanged. */
	regs = patterns;
	ASSERT_TRUE(server_call(&self->server, &regs));
	EXPECT_EQ(0, regs.rax);
}

/*
 * Other entries. Each requests a native exit with code 1, so that exit code 1
 * reveals a working entry.
 */
#define NATIVE_EXIT_64 "mov $231, %eax\nmov $1, %edi\n"
#define NATIVE_EXIT_32 "mov $1, %eax\nmov $1, %ebx\n"

CODE(int80, NATIVE_EXIT_32 "int $0x80\n" EXIT_WITH(2));

TEST(int80_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT(int80));
}

CODE(int80_unknown, "mov $-1, %eax\nint $0x80\n" EXIT_WITH(2));

TEST(int80_with_unknown_number_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT(int80_unknown));
}

CODE(int80_yield, "mov $48, %eax\nint $0x80\n" EXIT_WITH(2));

TEST(int80_with_cloudabi_number_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT(int80_yield));
}

static bool is_amd(void)
{
	unsigned int max, ebx, ecx, edx;

	return __get_cpuid(0, &max, &ebx, &ecx, &edx) && ebx == signature_AMD_ebx;
}

static bool is_emulated(void)
{
	unsigned int max, ebx, ecx, edx;

	__cpuid(0x40000000, max, ebx, ecx, edx);
	/* "TCGT" */
	return ebx == 0x54474354;
}

/* Result of SYSENTER in 64-bit code: AMD's processors do not support it. */
#define SYSENTER_SIGNAL (is_amd() ? SIGILL : SIGSYS)

/* The entry code reads the sixth argument from the memory at rbp. */
CODE(sysenter_high_stack, "mov %rsp, %rbp\n" NATIVE_EXIT_32 "sysenter\n" EXIT_WITH(2));

TEST(sysenter_with_high_stack_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SYSENTER_SIGNAL), CODE_EXIT(sysenter_high_stack));
}

CODE(sysenter_no_stack, "xor %ebp, %ebp\nxor %esp, %esp\n" NATIVE_EXIT_32 "sysenter\n"
     EXIT_WITH(2));

TEST(sysenter_without_stack_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SYSENTER_SIGNAL), CODE_EXIT(sysenter_no_stack));
}

CODE(sysenter_low_stack, "mov $0x10010800, %ebp\nmov %ebp, %esp\n" NATIVE_EXIT_32 "sysenter\n"
     EXIT_WITH(2));

TEST(sysenter_with_low_stack_dies_by_sigsys)
{
	struct image image;

	IMAGE_INIT(&image, sysenter_low_stack);
	image_fix(&image);
	EXPECT_EQ(KILLED_BY(SYSENTER_SIGNAL), image_exit(&image));
}

/* Jumps to the code that follows in 32-bit mode, in an image at a fixed address. */
#define TO_32_BIT(name)                                       \
	"mov $0x10010800, %esp\n"                             \
	"movl $0x10001000 + (2f - " #name "), 0x10010900\n"   \
	"movl $0x23, 0x10010904\n"                            \
	"ljmp *0x10010900\n"                                  \
	".code32\n"                                           \
	"2:\n"
#define TO_64_BIT ".code64\n"

static int exit_32(const char *code, size_t len)
{
	struct image image;

	image_init(&image, code, len);
	image_fix(&image);
	return image_exit(&image);
}

#define CODE_EXIT_32(code) exit_32(code, code##_end - code)

CODE(compat_int80, TO_32_BIT(compat_int80) NATIVE_EXIT_32 "int $0x80\nhlt\n" TO_64_BIT);

TEST(int80_of_32_bit_code_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT_32(compat_int80));
}

CODE(compat_sysenter, TO_32_BIT(compat_sysenter)
	"mov %esp, %ebp\n" NATIVE_EXIT_32 "sysenter\nhlt\n" TO_64_BIT);

TEST(sysenter_of_32_bit_code_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT_32(compat_sysenter));
}

CODE(compat_sysenter_no_stack, TO_32_BIT(compat_sysenter_no_stack)
	"xor %ebp, %ebp\n" NATIVE_EXIT_32 "sysenter\nhlt\n" TO_64_BIT);

TEST(sysenter_of_32_bit_code_without_stack_dies_by_sigsys)
{
	EXPECT_EQ(KILLED_BY(SIGSYS), CODE_EXIT_32(compat_sysenter_no_stack));
}

CODE(compat_syscall, TO_32_BIT(compat_syscall)
	"mov %esp, %ebp\n" NATIVE_EXIT_32 "syscall\nhlt\n" TO_64_BIT);

/*
 * Only AMD's processors support SYSCALL in 32-bit code. QEMU supports it whatever
 * vendor it reports. Linux does not expect that, and the machine would crash.
 */
TEST(syscall_of_32_bit_code_dies)
{
	const int signal = is_amd() ? SIGSYS : SIGILL;

	if (is_amd() || !is_emulated())
		EXPECT_EQ(KILLED_BY(signal), CODE_EXIT_32(compat_syscall));
}

/* Positive check that 32-bit code runs, so that the kills above are the kernel's. */
CODE(compat_and_back, TO_32_BIT(compat_and_back)
	"mov $42, %edi\n"
	"ljmp $0x33, $0x10001000 + (3f - compat_and_back)\n"
	TO_64_BIT
	"3:\n" EXIT);

TEST(code_segments_may_be_changed)
{
	EXPECT_EQ(42, CODE_EXIT_32(compat_and_back));
}

/* The vsyscall page: time() and its neighbours return 1 here if they work. */
#define VSYSCALL(offset)                         \
	"mov $0xffffffffff600000 + " #offset ", %rax\n" \
	"xor %edi, %edi\n"                       \
	"xor %esi, %esi\n"                       \
	"xor %edx, %edx\n"                       \
	"call *%rax\n" EXIT_WITH(1)

CODE(vsyscall_gettimeofday, VSYSCALL(0));
CODE(vsyscall_time, VSYSCALL(0x400));
CODE(vsyscall_getcpu, VSYSCALL(0x800));
CODE(vsyscall_middle, VSYSCALL(0x123));
CODE(vsyscall_read, "mov $0xffffffffff600000, %rax\nmov (%rax), %rax\n" EXIT_WITH(1));

TEST(vsyscall_gettimeofday_dies_by_sigsegv)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(vsyscall_gettimeofday));
}

TEST(vsyscall_time_dies_by_sigsegv)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(vsyscall_time));
}

TEST(vsyscall_getcpu_dies_by_sigsegv)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(vsyscall_getcpu));
}

TEST(vsyscall_page_has_no_other_entry)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(vsyscall_middle));
}

TEST(vsyscall_page_cannot_be_read)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(vsyscall_read));
}

TEST(vsyscall_page_is_no_mapping)
{
	static char maps[16384];
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, int80);
	pid = image_trace(&image, NULL, NULL);
	ASSERT_LT(0, pid);
	ASSERT_LT(0, read_proc(pid, "maps", maps, sizeof(maps)));
	EXPECT_NULL(strstr(maps, "[vsyscall]"));
	EXPECT_NE(NULL, strstr(maps, "[vdso]"));
	end(pid);
}

CODE(code_that_runs,
     "mov $48, %eax\n"
     "syscall\n"
     "jc 2f\n"
     EXIT_WITH(5)
     "2:" EXIT_WITH(6));

TEST(code_runs)
{
	EXPECT_EQ(5, CODE_EXIT(code_that_runs));
}

/*
 * A system call in the last bytes of user memory: the return address is not
 * canonical, and some processors fault in kernel mode when they return there.
 */
CODE(call_at_the_end_of_memory,
     "mov $0x7fffffffe000, %rdi\n"
     "mov %rdi, %rbx\n"
     "mov $4096, %esi\n"
     "mov $6, %edx\n"
     "mov $7, %r10d\n"
     "mov $-1, %r8d\n"
     "xor %r9d, %r9d\n"
     "mov $33, %eax\n"
     "syscall\n"
     "jc 2f\n"
     "movw $0x050f, 4094(%rbx)\n"
     "mov %rbx, %rdi\n"
     "mov $4096, %esi\n"
     "mov $5, %edx\n"
     "mov $34, %eax\n"
     "syscall\n"
     "jc 2f\n"
     "mov $48, %eax\n"
     "add $4094, %rbx\n"
     "jmp *%rbx\n"
     "2:" EXIT_WITH(6));

TEST(call_at_the_end_of_memory_is_followed_by_a_fault)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(call_at_the_end_of_memory));
}

/* Native processes are unaffected while others use the personality. */
TEST(native_calls_are_native)
{
	struct server server;
	long ret;

	ASSERT_EQ(0, server_start(&server));
	__asm__ volatile("stc\nsyscall" : "=a"(ret) : "a"(__NR_getppid) : "rcx", "r11", "memory");
	EXPECT_EQ(getppid(), ret);
	EXPECT_EQ(-1, close(99));
	EXPECT_EQ(EBADF, errno);
	server_stop(&server);
}

TEST_HARNESS_MAIN
