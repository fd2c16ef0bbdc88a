// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - State of a program at its start
 *
 * The tests stop a program at its first instruction and inspect it with ptrace.
 */

#include <sched.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/user.h>

#include "../kselftest_harness.h"
#include "image.h"

CODE(exits, EXIT_WITH(7));

#define AUXV_MAX 32
#define STACK_MAX (1 << 20)

/* A program stopped at its start. */
FIXTURE(start) {
	struct image image;
	struct user_regs_struct regs;
	cloudabi_auxv_t auxv[AUXV_MAX];
	pid_t pid;
};

static char *const two_args[] = { "one", "two", NULL };
static char *const marked_env[] = { "MARK=cloudabi-marker-in-the-environment", NULL };

/* Reads registers and auxiliary vector of a stopped program; false if that fails. */
static bool look(FIXTURE_DATA(start) *self)
{
	return !ptrace(PTRACE_GETREGS, self->pid, NULL, &self->regs) &&
	       peek(self->pid, self->regs.rdi, self->auxv, 13 * sizeof(*self->auxv)) ==
		       13 * sizeof(*self->auxv);
}

FIXTURE_SETUP(start)
{
	IMAGE_INIT(&self->image, exits);
	self->pid = image_trace(&self->image, two_args, marked_env);
	ASSERT_LT(0, self->pid);
	ASSERT_TRUE(look(self));
}

FIXTURE_TEARDOWN(start)
{
	end(self->pid);
}

/* The value of a key, or all ones. */
static uint64_t aux(const FIXTURE_DATA(start) *self, cloudabi_auxtype_t type)
{
	for (int i = 0; i < 13; i++)
		if (self->auxv[i].a_type == type)
			return self->auxv[i].a_val;
	return -1UL;
}

static void region(pid_t pid, const char *name, uint64_t *from, uint64_t *to, char mode[5])
{
	static char maps[65536];
	char *line, *save = NULL;

	*from = 0;
	*to = 0;
	read_proc(pid, "maps", maps, sizeof(maps));
	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, name) &&
		    sscanf(line, "%lx-%lx %4s", from, to, mode) == 3)
			return;
}

/* Registers */

TEST_F(start, registers_are_zero)
{
	EXPECT_EQ(0, self->regs.rax);
	EXPECT_EQ(0, self->regs.rbx);
	EXPECT_EQ(0, self->regs.rcx);
	EXPECT_EQ(0, self->regs.rdx);
	EXPECT_EQ(0, self->regs.rsi);
	EXPECT_EQ(0, self->regs.rbp);
	EXPECT_EQ(0, self->regs.r8);
	EXPECT_EQ(0, self->regs.r9);
	EXPECT_EQ(0, self->regs.r10);
	EXPECT_EQ(0, self->regs.r11);
	EXPECT_EQ(0, self->regs.r12);
	EXPECT_EQ(0, self->regs.r13);
	EXPECT_EQ(0, self->regs.r14);
	EXPECT_EQ(0, self->regs.r15);
	EXPECT_EQ(0, self->regs.gs_base);
}

TEST_F(start, direction_and_carry_are_clear)
{
	EXPECT_EQ(0, self->regs.eflags & 0xcd5);
}

TEST_F(start, stack_pointer_is_as_after_a_call)
{
	EXPECT_EQ(8, self->regs.rsp % 16);
	EXPECT_LT(self->regs.rsp, self->regs.rdi);
}

TEST_F(start, instruction_pointer_is_the_entry)
{
	EXPECT_EQ(aux(self, CLOUDABI_AT_BASE) + IMAGE_CODE, self->regs.rip);
}

TEST_F(start, thread_pointer_leads_to_the_tcb)
{
	uint64_t tcb, content;

	EXPECT_EQ(0, self->regs.fs_base % 8);
	ASSERT_EQ(8, peek(self->pid, self->regs.fs_base, &tcb, 8));
	EXPECT_EQ(0, tcb % 8);
	/* Both are inside the stack, above the stack pointer, and writable. */
	EXPECT_LE(self->regs.rsp + 8, self->regs.fs_base);
	EXPECT_LE(self->regs.rsp + 8, tcb);
	EXPECT_EQ(8, peek(self->pid, tcb, &content, 8));
	EXPECT_EQ(8, poke(self->pid, tcb, &content, 8));
	EXPECT_EQ(8, poke(self->pid, self->regs.fs_base, &tcb, 8));
}

/* The auxiliary vector */

TEST_F(start, vector_has_all_entries_once)
{
	static const cloudabi_auxtype_t types[] = {
		CLOUDABI_AT_ARGDATA, CLOUDABI_AT_ARGDATALEN, CLOUDABI_AT_BASE, CLOUDABI_AT_CANARY,
		CLOUDABI_AT_CANARYLEN, CLOUDABI_AT_NCPUS, CLOUDABI_AT_PAGESZ, CLOUDABI_AT_PHDR,
		CLOUDABI_AT_PHNUM, CLOUDABI_AT_PID, CLOUDABI_AT_SYSINFO_EHDR, CLOUDABI_AT_TID,
		CLOUDABI_AT_NULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int count = 0;

		for (int j = 0; j < 13; j++)
			count += self->auxv[j].a_type == types[i];
		EXPECT_EQ(1, count) TH_LOG("type %u", types[i]);
	}
	EXPECT_EQ(CLOUDABI_AT_NULL, self->auxv[12].a_type);
	EXPECT_EQ(0, self->auxv[12].a_val);
}

TEST_F(start, vector_has_no_garbage_between)
{
	uint64_t words[26];

	ASSERT_EQ(sizeof(words), peek(self->pid, self->regs.rdi, words, sizeof(words)));
	for (int i = 0; i < 26; i += 2)
		EXPECT_EQ(0, words[i] >> 32);
}

TEST_F(start, page_size_is_that_of_the_machine)
{
	EXPECT_EQ(sysconf(_SC_PAGESIZE), aux(self, CLOUDABI_AT_PAGESZ));
}

TEST_F(start, cpus_are_those_of_the_machine)
{
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), aux(self, CLOUDABI_AT_NCPUS));
}

/*
 * Unique in the system. The numbers 0 and 1 are reserved, so it is Linux's number
 * plus one.
 */
TEST_F(start, thread_number_is_of_the_thread)
{
	EXPECT_EQ(self->pid + 1, aux(self, CLOUDABI_AT_TID));
}

TEST_F(start, program_headers_are_in_memory)
{
	Elf64_Phdr phdr[2];

	EXPECT_EQ(2, aux(self, CLOUDABI_AT_PHNUM));
	ASSERT_EQ(sizeof(phdr), peek(self->pid, aux(self, CLOUDABI_AT_PHDR), phdr, sizeof(phdr)));
	EXPECT_EQ(0, memcmp(phdr, self->image.phdr, sizeof(phdr)));
}

TEST_F(start, base_is_where_the_file_begins)
{
	Elf64_Ehdr ehdr;

	ASSERT_EQ(sizeof(ehdr), peek(self->pid, aux(self, CLOUDABI_AT_BASE), &ehdr, sizeof(ehdr)));
	EXPECT_EQ(0, memcmp(&ehdr, &self->image.ehdr, sizeof(ehdr)));
}

TEST_F(start, vdso_is_one)
{
	char ident[4], mode[5] = "";
	uint64_t from, to;

	region(self->pid, "[vdso]", &from, &to, mode);
	EXPECT_EQ(from, aux(self, CLOUDABI_AT_SYSINFO_EHDR));
	EXPECT_STREQ("r-xp", mode);
	ASSERT_EQ(4, peek(self->pid, from, ident, 4));
	EXPECT_EQ(0, memcmp(ident, ELFMAG, 4));
}

TEST_F(start, uuid_is_of_version_4)
{
	unsigned char uuid[16];

	ASSERT_EQ(16, peek(self->pid, aux(self, CLOUDABI_AT_PID), uuid, 16));
	EXPECT_EQ(0x40, uuid[6] & 0xf0);
	EXPECT_EQ(0x80, uuid[8] & 0xc0);
}

TEST_F(start, canary_is_64_bytes)
{
	unsigned char canary[64];
	int zeros = 0;

	EXPECT_EQ(64, aux(self, CLOUDABI_AT_CANARYLEN));
	ASSERT_EQ(64, peek(self->pid, aux(self, CLOUDABI_AT_CANARY), canary, 64));
	for (int i = 0; i < 64; i++)
		zeros += !canary[i];
	EXPECT_LT(zeros, 16);
}

TEST_F(start, uuid_and_canary_are_fresh)
{
	unsigned char one[64], other[64];
	FIXTURE_DATA(start) second = { .image = self->image };

	second.pid = image_trace(&second.image, two_args, marked_env);
	ASSERT_LT(0, second.pid);
	ASSERT_TRUE(look(&second));
	ASSERT_EQ(64, peek(self->pid, aux(self, CLOUDABI_AT_CANARY), one, 64));
	ASSERT_EQ(64, peek(second.pid, aux(&second, CLOUDABI_AT_CANARY), other, 64));
	EXPECT_NE(0, memcmp(one, other, 64));
	ASSERT_EQ(16, peek(self->pid, aux(self, CLOUDABI_AT_PID), one, 16));
	ASSERT_EQ(16, peek(second.pid, aux(&second, CLOUDABI_AT_PID), other, 16));
	EXPECT_NE(0, memcmp(one, other, 16));
	end(second.pid);
}

/* Memory */

TEST_F(start, stack_is_not_executable)
{
	uint64_t from, to;
	char mode[5] = "";

	region(self->pid, "[stack]", &from, &to, mode);
	EXPECT_STREQ("rw-p", mode);
	EXPECT_LE(from, self->regs.rsp);
	EXPECT_LT(self->regs.rsp, to);
}

TEST_F(start, nothing_is_writable_and_executable)
{
	static char maps[65536];

	ASSERT_LT(0, read_proc(self->pid, "maps", maps, sizeof(maps)));
	EXPECT_NULL(strstr(maps, "rwx"));
	EXPECT_NULL(strstr(maps, "-wx"));
	EXPECT_NULL(strstr(maps, "[heap]"));
	EXPECT_NULL(strstr(maps, "[vsyscall]"));
}

TEST_F(start, segments_have_their_protection)
{
	const uint64_t base = aux(self, CLOUDABI_AT_BASE);
	static char maps[65536];
	char line[64];

	ASSERT_LT(0, read_proc(self->pid, "maps", maps, sizeof(maps)));
	snprintf(line, sizeof(line), "%lx-%lx r-xp", base, base + 0x2000);
	EXPECT_NE(NULL, strstr(maps, line)) TH_LOG("no %s", line);
	snprintf(line, sizeof(line), "%lx-%lx rw-p", base + IMAGE_DATA,
		 base + IMAGE_DATA + IMAGE_DATA_SIZE);
	EXPECT_NE(NULL, strstr(maps, line)) TH_LOG("no %s", line);
}

/*
 * Searches the stack and all other readable memory for data of exec's caller. The
 * program must see neither the environment nor the path of its file.
 */
static bool finds(pid_t pid, const char *text)
{
	static char maps[65536], page[4096];
	char *line, *save = NULL;
	uint64_t from, to;

	read_proc(pid, "maps", maps, sizeof(maps));
	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		for (; from < to; from += sizeof(page)) {
			const ssize_t len = peek(pid, from, page, sizeof(page));

			if (len > 0 && memmem(page, len, text, strlen(text)))
				return true;
		}
	}
	return false;
}

TEST_F(start, environment_is_nowhere)
{
	EXPECT_FALSE(finds(self->pid, "cloudabi-marker"));
	EXPECT_FALSE(finds(self->pid, "MARK="));
	/* The search itself works. */
	EXPECT_TRUE(finds(self->pid, "one\0two"));
}

TEST_F(start, environment_is_not_in_proc_either)
{
	char text[256];

	EXPECT_EQ(0, read_proc(self->pid, "environ", text, sizeof(text)));
}

TEST_F(start, command_line_is_the_arguments)
{
	char text[256];

	EXPECT_EQ(8, read_proc(self->pid, "cmdline", text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "one\0two", 8));
}

/* Executes a file and stops it at its first instruction; returns the process id or -1. */
static pid_t trace_file(const char *name)
{
	static char *const nothing[] = { NULL };
	const pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execve(name, nothing, nothing);
		_exit(255);
	}
	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? pid : -1;
}

TEST(path_of_the_file_is_nowhere)
{
	char name[] = "/tmp/cloudabi-marker-XXXXXX";
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	ASSERT_TRUE(image_save(&image, mkstemp(name), 0755));
	pid = trace_file(name);
	ASSERT_LT(0, pid);
	EXPECT_FALSE(finds(pid, "cloudabi-marker"));
	end(pid);
	unlink(name);
}

/* Argument data */

FIXTURE(arguments) {
	FIXTURE_DATA(start) start;
};

FIXTURE_VARIANT(arguments) {
	char *argv[5];
	const char *data;
	size_t len;
};

FIXTURE_SETUP(arguments)
{
	IMAGE_INIT(&self->start.image, exits);
	self->start.pid = image_trace(&self->start.image, variant->argv, marked_env);
	ASSERT_LT(0, self->start.pid);
	ASSERT_TRUE(look(&self->start));
}

FIXTURE_TEARDOWN(arguments)
{
	end(self->start.pid);
}

FIXTURE_VARIANT_ADD(arguments, one) { { "one" }, "one", 3 };
FIXTURE_VARIANT_ADD(arguments, two) { { "one", "two" }, "one\0two", 7 };
FIXTURE_VARIANT_ADD(arguments, four) { { "a", "b", "c", "d" }, "a\0b\0c\0d", 7 };
FIXTURE_VARIANT_ADD(arguments, empty) { { "" }, "", 0 };
FIXTURE_VARIANT_ADD(arguments, two_empty) { { "", "" }, "\0", 1 };
FIXTURE_VARIANT_ADD(arguments, empty_first) { { "", "x" }, "\0x", 2 };
FIXTURE_VARIANT_ADD(arguments, empty_last) { { "x", "" }, "x\0", 2 };
FIXTURE_VARIANT_ADD(arguments, empty_between) { { "x", "", "y" }, "x\0\0y", 4 };
FIXTURE_VARIANT_ADD(arguments, bytes) { { "\x01\xff\n\t " }, "\x01\xff\n\t ", 5 };

TEST_F(arguments, become_argument_data)
{
	const uint64_t data = aux(&self->start, CLOUDABI_AT_ARGDATA);
	char got[64] = "?";

	ASSERT_EQ(variant->len, aux(&self->start, CLOUDABI_AT_ARGDATALEN));
	/* A NUL follows the data; the length does not include it. */
	ASSERT_EQ(variant->len + 1, peek(self->start.pid, data, got, variant->len + 1));
	EXPECT_EQ(0, memcmp(got, variant->data, variant->len));
	EXPECT_EQ(0, got[variant->len]);
}

TEST_F(arguments, have_nothing_behind)
{
	const uint64_t end = aux(&self->start, CLOUDABI_AT_ARGDATA) + variant->len;
	uint64_t from, to;
	char mode[5];

	region(self->start.pid, "[stack]", &from, &to, mode);
	for (uint64_t at = end; at < to; at++) {
		char c = 1;

		ASSERT_EQ(1, peek(self->start.pid, at, &c, 1));
		ASSERT_EQ(0, c) TH_LOG("%ld bytes past the end", at - end);
	}
}

/* Since 5.18, Linux adds an empty argument if there is none. */
TEST(no_arguments_are_no_data)
{
	FIXTURE_DATA(start) start;

	IMAGE_INIT(&start.image, exits);
	start.pid = image_trace(&start.image, NULL, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(0, aux(&start, CLOUDABI_AT_ARGDATALEN));
	end(start.pid);
}

TEST(long_arguments_are_whole)
{
	static char text[100000], got[100000];
	FIXTURE_DATA(start) start;

	memset(text, 'x', sizeof(text) - 1);
	IMAGE_INIT(&start.image, exits);
	start.pid = image_trace(&start.image, (char *[]){ text, text, NULL }, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(2 * sizeof(text) - 1, aux(&start, CLOUDABI_AT_ARGDATALEN));
	ASSERT_EQ(sizeof(got), peek(start.pid, aux(&start, CLOUDABI_AT_ARGDATA) + sizeof(text),
				    got, sizeof(got)));
	EXPECT_EQ(0, memcmp(text, got, sizeof(got)));
	end(start.pid);
}

TEST(many_arguments_are_whole)
{
	static char *argv[5001];
	FIXTURE_DATA(start) start;

	for (int i = 0; i < 5000; i++)
		argv[i] = "argument";
	IMAGE_INIT(&start.image, exits);
	start.pid = image_trace(&start.image, argv, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(5000 * 9 - 1, aux(&start, CLOUDABI_AT_ARGDATALEN));
	end(start.pid);
}

/* Addresses of a program's parts */

struct addresses {
	uint64_t base, stack, vdso, tcb;
};

static void find_addresses(struct addresses *addresses, const struct image *image)
{
	FIXTURE_DATA(start) start = { .image = *image };

	memset(addresses, 0, sizeof(*addresses));
	start.pid = image_trace(&start.image, two_args, NULL);
	if (start.pid < 0 || !look(&start))
		return;
	addresses->base = aux(&start, CLOUDABI_AT_BASE);
	addresses->stack = start.regs.rsp;
	addresses->vdso = aux(&start, CLOUDABI_AT_SYSINFO_EHDR);
	addresses->tcb = start.regs.fs_base;
	end(start.pid);
}

TEST(places_are_random)
{
	struct addresses first, other;
	int base = 0, stack = 0, vdso = 0;
	struct image image;

	IMAGE_INIT(&image, exits);
	find_addresses(&first, &image);
	ASSERT_NE(0, first.base);
	for (int i = 0; i < 4; i++) {
		find_addresses(&other, &image);
		base += first.base != other.base;
		stack += first.stack != other.stack;
		vdso += first.vdso != other.vdso;
	}
	EXPECT_LE(3, base);
	EXPECT_LE(3, stack);
	EXPECT_LE(3, vdso);
}

TEST(places_are_fixed_without_randomisation)
{
	struct addresses first, other;
	struct image image;

	IMAGE_INIT(&image, exits);
	ASSERT_LE(0, personality(ADDR_NO_RANDOMIZE));
	find_addresses(&first, &image);
	ASSERT_NE(0, first.base);
	for (int i = 0; i < 3; i++) {
		find_addresses(&other, &image);
		EXPECT_EQ(0, memcmp(&first, &other, sizeof(first)));
	}
}

TEST(personality_makes_nothing_executable)
{
	uint64_t from, to;
	char mode[5] = "", text[64];
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	ASSERT_LE(0, personality(READ_IMPLIES_EXEC | MMAP_PAGE_ZERO | ADDR_LIMIT_3GB));
	pid = image_trace(&image, NULL, NULL);
	ASSERT_LT(0, pid);
	region(pid, "[stack]", &from, &to, mode);
	EXPECT_STREQ("rw-p", mode);
	ASSERT_LT(0, read_proc(pid, "personality", text, sizeof(text)));
	EXPECT_STREQ("00000000\n", text);
	/* Page 0 is unmapped too. */
	EXPECT_EQ(-1, peek(pid, 0, mode, 1));
	end(pid);
}

TEST(fixed_image_is_where_it_says)
{
	FIXTURE_DATA(start) start;
	Elf64_Phdr phdr[2];

	IMAGE_INIT(&start.image, exits);
	image_fix(&start.image);
	start.pid = image_trace(&start.image, NULL, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(0, aux(&start, CLOUDABI_AT_BASE));
	EXPECT_EQ(IMAGE_FIXED + IMAGE_CODE, start.regs.rip);
	EXPECT_EQ(IMAGE_FIXED + 64, aux(&start, CLOUDABI_AT_PHDR));
	ASSERT_EQ(sizeof(phdr), peek(start.pid, aux(&start, CLOUDABI_AT_PHDR), phdr,
				     sizeof(phdr)));
	EXPECT_EQ(0, memcmp(phdr, start.image.phdr, sizeof(phdr)));
	end(start.pid);
}

TEST(program_headers_are_found_wherever_they_are)
{
	FIXTURE_DATA(start) start;
	Elf64_Phdr phdr[2];

	IMAGE_INIT(&start.image, exits);
	memcpy(start.image.bytes + 0x808, start.image.phdr, sizeof(phdr));
	memset(start.image.phdr, 0xff, sizeof(start.image.phdr));
	start.image.ehdr.e_phoff = 0x808;
	start.pid = image_trace(&start.image, NULL, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(aux(&start, CLOUDABI_AT_BASE) + 0x808, aux(&start, CLOUDABI_AT_PHDR));
	ASSERT_EQ(sizeof(phdr), peek(start.pid, aux(&start, CLOUDABI_AT_PHDR), phdr,
				     sizeof(phdr)));
	EXPECT_EQ(0, memcmp(phdr, start.image.bytes + 0x808, sizeof(phdr)));
	end(start.pid);
}

/* Neither at the address of PT_PHDR nor at the address of the file offset. */
TEST(program_headers_of_a_segment_with_offset)
{
	FIXTURE_DATA(start) start;

	IMAGE_INIT(&start.image, exits);
	start.image.phdr[0].p_vaddr = 0x400000;
	start.image.phdr[1].p_vaddr += 0x400000;
	start.image.ehdr.e_entry += 0x400000;
	start.image.phdr[2] = (Elf64_Phdr){ .p_type = PT_PHDR, .p_vaddr = 0x123 };
	start.image.ehdr.e_phnum = 3;
	start.pid = image_trace(&start.image, NULL, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	EXPECT_EQ(aux(&start, CLOUDABI_AT_BASE) + 0x400040, aux(&start, CLOUDABI_AT_PHDR));
	EXPECT_EQ(aux(&start, CLOUDABI_AT_BASE) + 0x401000, start.regs.rip);
	end(start.pid);
}

TEST(alignment_of_segments_is_kept)
{
	struct addresses addresses;
	struct image image;

	IMAGE_INIT(&image, exits);
	image.phdr[0].p_align = 0x200000;
	for (int i = 0; i < 4; i++) {
		find_addresses(&addresses, &image);
		EXPECT_NE(0, addresses.base);
		EXPECT_EQ(0, addresses.base % 0x200000);
	}
}

/* The file's data ends in the middle of a page. */
TEST(rest_of_the_last_page_is_zeroed)
{
	FIXTURE_DATA(start) start;
	char data[0x2000];

	IMAGE_INIT(&start.image, exits);
	memset(start.image.bytes + 0x3000, 'x', 0x1000);
	start.image.size = 0x4000;
	start.image.phdr[1].p_offset = 0x3000;
	start.image.phdr[1].p_filesz = 100;
	start.pid = image_trace(&start.image, NULL, NULL);
	ASSERT_LT(0, start.pid);
	ASSERT_TRUE(look(&start));
	ASSERT_EQ(sizeof(data), peek(start.pid, aux(&start, CLOUDABI_AT_BASE) + IMAGE_DATA, data,
				     sizeof(data)));
	for (size_t i = 0; i < sizeof(data); i++) {
		ASSERT_EQ(i < 100 ? 'x' : 0, data[i])
			TH_LOG("at %zu", i);
	}
	end(start.pid);
}

/* Code */

CODE(uses_stack,
     "mov $1000, %ecx\n"
     "1: sub $4096, %rsp\n"
     "movq $1, (%rsp)\n"
     "loop 1b\n"
     EXIT_WITH(7));

TEST(stack_grows)
{
	EXPECT_EQ(7, CODE_EXIT(uses_stack));
}

CODE(exhausts_stack,
     "1: sub $4096, %rsp\n"
     "movq $1, (%rsp)\n"
     "jmp 1b\n");

TEST(stack_that_is_used_up_kills)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(exhausts_stack));
}

/* The nearest mapping below must be farther away than the largest stack frame. */
TEST(stack_has_a_guard)
{
	static char maps[65536];
	uint64_t from, to, below = 0;
	char *line, *save = NULL;
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	pid = image_trace(&image, NULL, NULL);
	ASSERT_LT(0, pid);
	ASSERT_LT(0, read_proc(pid, "maps", maps, sizeof(maps)));
	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2 || strstr(line, "[stack]"))
			break;
		below = to;
	}
	ASSERT_NE(NULL, line);
	EXPECT_LE(1 << 20, from - below);
	end(pid);
}

CODE(jumps_to_stack, "movw $0xfeeb, -64(%rsp)\nlea -64(%rsp), %rax\njmp *%rax\n");

TEST(stack_cannot_be_executed)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(jumps_to_stack));
}

CODE(writes_code, "lea (%rip), %rax\nmovb $0, (%rax)\n" EXIT_WITH(1));

TEST(code_cannot_be_written)
{
	EXPECT_EQ(KILLED_BY(SIGSEGV), CODE_EXIT(writes_code));
}

CODE(reads_tcb,
     "mov %fs:0, %rax\n"
     "test %rax, %rax\n"
     "jz 1f\n"
     "mov (%rax), %rcx\n"
     "mov %rcx, (%rax)\n"
     "mov %rax, %fs:0\n"
     EXIT_WITH(7)
     "1:" EXIT_WITH(1));

TEST(thread_pointer_works)
{
	EXPECT_EQ(7, CODE_EXIT(reads_tcb));
}

/* Attributes that a Linux parent can control as with any program */

TEST(program_has_a_name)
{
	char name[] = "/tmp/cloudabi-name", text[64];
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, exits);
	ASSERT_TRUE(image_save(&image, open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755), 0755));
	pid = trace_file(name);
	ASSERT_LT(0, pid);
	ASSERT_LT(0, read_proc(pid, "comm", text, sizeof(text)));
	EXPECT_STREQ("cloudabi-name\n", text);
	end(pid);
	unlink(name);
}

TEST_HARNESS_MAIN
