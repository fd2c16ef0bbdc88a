// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Which files are CloudABI programs
 */

#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "image.h"

/*
 * Exits with 7 as a CloudABI program. As a Linux program, the first call is a
 * different call and fails, and the code exits with 99.
 */
CODE(either, "mov $7, %edi\nmov $39, %eax\nsyscall\n"
     "mov $99, %edi\nmov $231, %eax\nsyscall\nud2\n");

/* A malformed file: a change of a valid file. */

FIXTURE(malformed) {
	struct image image;
};

FIXTURE_VARIANT(malformed) {
	void (*change)(struct image *image);
	bool fixed;
};

FIXTURE_SETUP(malformed)
{
	IMAGE_INIT(&self->image, either);
	if (variant->fixed)
		image_fix(&self->image);
	variant->change(&self->image);
}

FIXTURE_TEARDOWN(malformed)
{
}

TEST_F(malformed, is_enoexec)
{
	EXPECT_EQ(-ENOEXEC, image_exit(&self->image));
}

/* The process that called exec is unchanged. */
TEST_F(malformed, leaves_the_caller_alone)
{
	const int fd = image_open(&self->image);
	static char *const nothing[] = { NULL };
	struct sigaction action;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, sigaction(SIGUSR1, NULL, &action));
	action.sa_handler = SIG_IGN;
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	EXPECT_EQ(-1, syscall(__NR_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH));
	EXPECT_EQ(ENOEXEC, errno);
	EXPECT_EQ(0, fcntl(fd, F_GETFD) & ~FD_CLOEXEC);
	EXPECT_EQ(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	ASSERT_EQ(0, sigaction(SIGUSR1, NULL, &action));
	EXPECT_TRUE(action.sa_handler == SIG_IGN);
	EXPECT_EQ(0, syscall(__NR_sched_yield));
	close(fd);
}

/* MALFORMED(name, statement): a change of the image i. */
#define MALFORMED_AT(name, at_fixed, statement)           \
	static void change_##name(struct image *i)        \
	{                                                 \
		statement;                                \
	}                                                 \
	FIXTURE_VARIANT_ADD(malformed, name) {            \
		.change = change_##name,                  \
		.fixed = (at_fixed),                      \
	}
#define MALFORMED(name, statement) MALFORMED_AT(name, false, statement)
#define MALFORMED_FIXED(name, statement) MALFORMED_AT(name, true, statement)

/* Files that are too short */
MALFORMED(empty, i->size = 0);
MALFORMED(one_byte, i->size = 1);
MALFORMED(no_more_than_a_magic, i->size = SELFMAG);
MALFORMED(no_more_than_an_ident, i->size = EI_NIDENT);
MALFORMED(header_is_cut, i->size = sizeof(Elf64_Ehdr) - 1);
MALFORMED(no_more_than_a_header, i->size = sizeof(Elf64_Ehdr));
MALFORMED(program_headers_are_cut,
	  i->size = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) - 1);
MALFORMED(contents_are_cut, i->size -= 1);
MALFORMED(contents_are_missing, i->size = IMAGE_CODE);

/* The ELF header */
MALFORMED(first_byte_of_magic, i->ehdr.e_ident[EI_MAG0] = 'x');
MALFORMED(last_byte_of_magic, i->ehdr.e_ident[EI_MAG3] = 'f');
MALFORMED(class_none, i->ehdr.e_ident[EI_CLASS] = ELFCLASSNONE);
MALFORMED(class_32, i->ehdr.e_ident[EI_CLASS] = ELFCLASS32);
MALFORMED(class_unknown, i->ehdr.e_ident[EI_CLASS] = 3);
MALFORMED(data_big_endian, i->ehdr.e_ident[EI_DATA] = ELFDATA2MSB);
MALFORMED(data_none, i->ehdr.e_ident[EI_DATA] = ELFDATANONE);
MALFORMED(ident_version, i->ehdr.e_ident[EI_VERSION] = 2);
MALFORMED(machine_none, i->ehdr.e_machine = EM_NONE);
MALFORMED(machine_386, i->ehdr.e_machine = EM_386);
MALFORMED(machine_aarch64, i->ehdr.e_machine = EM_AARCH64);
MALFORMED(type_none, i->ehdr.e_type = ET_NONE);
MALFORMED(type_object, i->ehdr.e_type = ET_REL);
MALFORMED(type_core, i->ehdr.e_type = ET_CORE);
MALFORMED(type_unknown, i->ehdr.e_type = 0xffff);

/* Location of the program headers */
MALFORMED(phnum_0, i->ehdr.e_phnum = 0);
MALFORMED(phnum_greatest, i->ehdr.e_phnum = 0xffff);
MALFORMED(phnum_beyond_the_end, i->ehdr.e_phnum = 0xfff0);
MALFORMED(phentsize_0, i->ehdr.e_phentsize = 0);
MALFORMED(phentsize_less, i->ehdr.e_phentsize = sizeof(Elf64_Phdr) - 1);
MALFORMED(phentsize_more, i->ehdr.e_phentsize = sizeof(Elf64_Phdr) + 8);
MALFORMED(phentsize_of_32_bits, i->ehdr.e_phentsize = sizeof(Elf32_Phdr));
MALFORMED(phoff_beyond_the_end, i->ehdr.e_phoff = 0x100000);
MALFORMED(phoff_near_the_end, i->ehdr.e_phoff = i->size - sizeof(Elf64_Phdr));
MALFORMED(phoff_negative, i->ehdr.e_phoff = 1UL << 63);
MALFORMED(phoff_greatest, i->ehdr.e_phoff = -1UL);
MALFORMED(phoff_overflows, i->ehdr.e_phoff = -sizeof(Elf64_Phdr));
MALFORMED(program_headers_in_no_segment,
	  i->phdr[0].p_offset = IMAGE_CODE; i->phdr[0].p_vaddr = IMAGE_CODE;
	  i->phdr[0].p_filesz -= IMAGE_CODE; i->phdr[0].p_memsz -= IMAGE_CODE);

/* Segments */
MALFORMED(no_segment, i->phdr[0].p_type = PT_NOTE; i->phdr[1].p_type = PT_NOTE);
MALFORMED(interpreter, i->ehdr.e_phnum = 3;
	  i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = 0x800, .p_filesz = 8,
				      .p_memsz = 8, .p_flags = PF_R });
	  memcpy(i->bytes + 0x800, "/bin/sh", 8));
MALFORMED(interpreter_first, i->ehdr.e_phnum = 3;
	  i->phdr[2] = i->phdr[1]; i->phdr[1] = i->phdr[0];
	  i->phdr[0] = ((Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = 0x800, .p_filesz = 8,
				      .p_memsz = 8, .p_flags = PF_R });
	  memcpy(i->bytes + 0x800, "/bin/sh", 8));
MALFORMED(interpreter_empty, i->ehdr.e_phnum = 3;
	  i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_INTERP }));
MALFORMED(writable_and_executable, i->phdr[0].p_flags = PF_R | PF_W | PF_X);
MALFORMED(data_writable_and_executable, i->phdr[1].p_flags = PF_R | PF_W | PF_X);
MALFORMED(filesz_above_memsz, i->phdr[0].p_memsz = i->phdr[0].p_filesz - 1);
MALFORMED(segment_beyond_the_end, i->phdr[0].p_filesz += 0x1000; i->phdr[0].p_memsz += 0x1000);
MALFORMED(segment_a_byte_beyond_the_end, i->phdr[0].p_filesz++; i->phdr[0].p_memsz++);
MALFORMED(segment_far_beyond_the_end, i->phdr[1].p_offset = 1UL << 40; i->phdr[1].p_filesz = 1);
MALFORMED(segment_offset_negative, i->phdr[1].p_offset = -0x1000UL; i->phdr[1].p_filesz = 1);
MALFORMED(segment_offset_overflows,
	  i->phdr[1].p_offset = -0x1000UL; i->phdr[1].p_filesz = 0x1001);
MALFORMED(filesz_greatest, i->phdr[1].p_filesz = -1UL; i->phdr[1].p_memsz = -1UL);
MALFORMED(memsz_greatest, i->phdr[1].p_memsz = -1UL);
MALFORMED(memsz_overflows, i->phdr[1].p_memsz = -(unsigned long)IMAGE_DATA);
MALFORMED(memsz_of_all_memory, i->phdr[1].p_memsz = 1UL << 47);
MALFORMED(address_not_of_programs, i->phdr[1].p_vaddr = 0xffff800000000000);
MALFORMED(address_at_the_top, i->phdr[1].p_vaddr = -0x1000UL);
MALFORMED(address_in_the_hole, i->phdr[1].p_vaddr = 1UL << 48);
MALFORMED(segments_descend, { Elf64_Phdr first = i->phdr[0];
	  i->phdr[0] = i->phdr[1]; i->phdr[1] = first; });
MALFORMED(segments_overlap, i->phdr[1].p_vaddr = 0x1000);
MALFORMED(segments_are_the_same, i->phdr[1] = i->phdr[0]);
MALFORMED(segments_share_a_page,
	  i->phdr[1].p_vaddr = i->phdr[0].p_memsz; i->phdr[1].p_offset = i->phdr[0].p_filesz);
MALFORMED(alignment_of_3, i->phdr[0].p_align = 3);
MALFORMED(alignment_of_page_and_1, i->phdr[0].p_align = 0x1001);
MALFORMED(alignment_greatest, i->phdr[0].p_align = -1UL);
MALFORMED(alignment_of_2_to_the_63, i->phdr[0].p_align = 1UL << 63);
MALFORMED(alignment_of_data, i->phdr[1].p_align = 0x3000);
MALFORMED(offset_incongruent, i->phdr[1].p_filesz = 8; i->phdr[1].p_offset = 8);
MALFORMED(address_incongruent, i->phdr[0].p_vaddr = 8; i->ehdr.e_entry += 8);
MALFORMED(zeroes_behind_what_is_read_only, i->phdr[0].p_memsz += 0x1000);

/* The first instruction */
MALFORMED(entry_0, i->ehdr.e_entry = 0; i->phdr[0].p_flags = PF_R);
MALFORMED(entry_behind_the_code, i->ehdr.e_entry = i->phdr[0].p_memsz);
MALFORMED(entry_before_the_code,
	  i->phdr[0].p_vaddr = 0x1000; i->phdr[0].p_paddr = 0x1000; i->ehdr.e_entry = 0xfff);
MALFORMED(entry_in_data, i->ehdr.e_entry = IMAGE_DATA);
MALFORMED(entry_nowhere, i->ehdr.e_entry = 0x8000);
MALFORMED(entry_greatest, i->ehdr.e_entry = -1UL);
MALFORMED(entry_not_executable, i->phdr[0].p_flags = PF_R);

/* At a fixed address */
MALFORMED_FIXED(fixed_at_0, i->phdr[0].p_vaddr = 0; i->ehdr.e_entry = IMAGE_CODE);
MALFORMED_FIXED(fixed_not_of_programs, i->phdr[0].p_vaddr = 0x800000000000;
		i->ehdr.e_entry = 0x800000001000; i->ehdr.e_phnum = 1);
MALFORMED_FIXED(fixed_interpreter, i->ehdr.e_phnum = 3;
		i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = 0x800,
					    .p_filesz = 8, .p_memsz = 8 });
		memcpy(i->bytes + 0x800, "/bin/sh", 8));
MALFORMED_FIXED(fixed_phnum_0, i->ehdr.e_phnum = 0);
MALFORMED_FIXED(fixed_writable_and_executable, i->phdr[0].p_flags = PF_R | PF_W | PF_X);

/* Files that are valid in spite of the change. */

FIXTURE(sound) {
	struct image image;
};

FIXTURE_VARIANT(sound) {
	void (*change)(struct image *image);
	bool fixed;
};

FIXTURE_SETUP(sound)
{
	IMAGE_INIT(&self->image, either);
	if (variant->fixed)
		image_fix(&self->image);
	variant->change(&self->image);
}

FIXTURE_TEARDOWN(sound)
{
}

TEST_F(sound, runs)
{
	EXPECT_EQ(7, image_exit(&self->image));
}

#define SOUND_AT(name, at_fixed, statement)               \
	static void change_##name(struct image *i)        \
	{                                                 \
		statement;                                \
	}                                                 \
	FIXTURE_VARIANT_ADD(sound, name) {                \
		.change = change_##name,                  \
		.fixed = (at_fixed),                      \
	}
#define SOUND(name, statement) SOUND_AT(name, false, statement)
#define SOUND_FIXED(name, statement) SOUND_AT(name, true, statement)

SOUND(as_it_is, );
SOUND_FIXED(fixed, );
SOUND(one_segment, i->ehdr.e_phnum = 1);
SOUND(section_headers_are_garbage,
      i->ehdr.e_shoff = -1UL; i->ehdr.e_shnum = 0xffff; i->ehdr.e_shentsize = 3;
      i->ehdr.e_shstrndx = 0xffff);
SOUND(file_goes_on_behind, i->size = IMAGE_MAX);
SOUND(program_headers_elsewhere_in_the_first_page,
      i->ehdr.e_phoff = 0x808; memcpy(i->bytes + 0x808, i->phdr, sizeof(i->phdr));
      memset(i->phdr, 0xff, sizeof(i->phdr)));
SOUND(program_headers_behind_the_code,
      memcpy(i->bytes + 0x3000, i->phdr, 2 * sizeof(Elf64_Phdr));
      ((Elf64_Phdr *)(i->bytes + 0x3000))->p_filesz = 0x4000;
      ((Elf64_Phdr *)(i->bytes + 0x3000))->p_memsz = 0x4000;
      memset(i->phdr, 0xff, sizeof(i->phdr)); i->ehdr.e_phoff = 0x3000; i->size = 0x4000);
SOUND(alignment_0, i->phdr[0].p_align = 0; i->phdr[1].p_align = 0);
SOUND(alignment_1, i->phdr[0].p_align = 1; i->phdr[1].p_align = 1);
SOUND(alignment_of_2_megabytes, i->phdr[0].p_align = 0x200000);
SOUND(alignment_of_1_gigabyte, i->phdr[0].p_align = 0x40000000);
SOUND(empty_segment,
      i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = 0x20000 });
      i->ehdr.e_phnum = 3);
SOUND(other_headers_are_ignored,
      i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_TLS, .p_offset = -1UL, .p_vaddr = -1UL,
				  .p_filesz = -1UL, .p_memsz = -1UL });
      i->phdr[3] = ((Elf64_Phdr){ .p_type = PT_GNU_RELRO, .p_vaddr = -1UL, .p_memsz = -1UL });
      i->phdr[4] = ((Elf64_Phdr){ .p_type = PT_DYNAMIC, .p_vaddr = -1UL, .p_memsz = -1UL });
      i->phdr[5] = ((Elf64_Phdr){ .p_type = PT_PHDR, .p_vaddr = -1UL, .p_memsz = -1UL });
      i->phdr[6] = ((Elf64_Phdr){ .p_type = 0x12345678, .p_offset = -1UL });
      i->ehdr.e_phnum = 7);
SOUND(executable_stack_is_asked_for,
      i->phdr[2] = ((Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W | PF_X });
      i->ehdr.e_phnum = 3);
SOUND(first_segment_is_not_at_0,
      i->phdr[0].p_vaddr = 0x400000; i->phdr[1].p_vaddr += 0x400000;
      i->ehdr.e_entry += 0x400000);
SOUND(segments_are_far_apart, i->phdr[1].p_vaddr = 1UL << 40);
SOUND(code_is_all_of_the_file,
      i->phdr[0].p_filesz = i->size; i->phdr[0].p_memsz = i->size);
SOUND_FIXED(fixed_at_4_megabytes,
	    i->phdr[0].p_vaddr = 0x400000; i->ehdr.e_entry = 0x401000);

/* Other ways to execute a program */

TEST(script_cannot_have_a_program_as_interpreter_without_it_being_one)
{
	char name[] = "/tmp/cloudabi-XXXXXX", text[64];
	static char *const nothing[] = { NULL };
	struct image image;

	/* exec refuses a malformed program also as the interpreter of a script. */
	IMAGE_INIT(&image, either);
	image.ehdr.e_phnum = 0;
	ASSERT_TRUE(image_save(&image, mkstemp(name), 0755));
	snprintf(text, sizeof(text), "#!%s\n", name);
	const int script = memfd_create("script", 0);

	ASSERT_LE(0, script);
	ASSERT_EQ(strlen(text), write(script, text, strlen(text)));
	EXPECT_EQ(-1, syscall(__NR_execveat, script, "", nothing, nothing, AT_EMPTY_PATH));
	EXPECT_EQ(ENOEXEC, errno);
	close(script);
	unlink(name);
}

TEST(path_is_a_way_to_run_it)
{
	char name[] = "/tmp/cloudabi-XXXXXX";
	struct image image;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, either);
	ASSERT_TRUE(image_save(&image, mkstemp(name), 0755));
	pid = fork();
	if (!pid) {
		execl(name, name, NULL);
		_exit(255);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(7, WEXITSTATUS(status));
	unlink(name);
}

TEST(file_without_permission_is_eacces)
{
	char name[] = "/tmp/cloudabi-XXXXXX";
	struct image image;

	IMAGE_INIT(&image, either);
	ASSERT_TRUE(image_save(&image, mkstemp(name), 0600));
	EXPECT_EQ(-1, execl(name, name, NULL));
	EXPECT_EQ(EACCES, errno);
	unlink(name);
}

/* The OS ABI decides: Linux executes the same file with another OS ABI. */
TEST(file_of_another_os_abi_is_run_by_linux)
{
	struct image image;

	IMAGE_INIT(&image, either);
	for (int osabi = 0; osabi < 256; osabi++) {
		if (osabi == CLOUDABI_ELFOSABI)
			continue;
		image.ehdr.e_ident[EI_OSABI] = osabi;
		EXPECT_EQ(99, image_exit(&image)) TH_LOG("OS ABI %d", osabi);
	}
}

TEST_HARNESS_MAIN
