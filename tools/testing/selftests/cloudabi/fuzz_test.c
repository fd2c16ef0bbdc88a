// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Randomly damaged executables
 *
 * Each must end with an errno, a signal or an exit of its own; the result does not
 * matter. The kernel's log shows any other damage.
 *
 * Environment: FUZZ_COUNT is the number of executables (2000), FUZZ_SEED the seed
 * (1). FUZZ_ONLY is the number of a single executable to test.
 */

#include <sys/time.h>
#include <time.h>

#include "../kselftest.h"
#include "image.h"

/* xorshift64*: the same sequence on every machine. */
static uint64_t state;

static uint64_t next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

static uint64_t below(uint64_t limit)
{
	return next() % limit;
}

static const uint64_t interesting[] = {
	0, 1, 2, 3, 7, 8, 0x3f, 0x40, 0xff, 0x100, 0xfff, 0x1000, 0x1001, 0x2000, 0xffff, 0x10000,
	0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x200000, 0x40000000, 0x400000,
	0x7ffffffff000, 0x7fffffffe000, 0x7fffffffffff, 0x800000000000, 0x5555555540000,
	0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000, 0xffffffffffffffff,
	0xffffffff80000000, 0xffff888000000000, 0xffffffffff600000,
};

static uint64_t value(void)
{
	switch (below(4)) {
	case 0:
		return interesting[below(ARRAY_SIZE(interesting))];
	case 1:
		return interesting[below(ARRAY_SIZE(interesting))] + below(17) - 8;
	case 2:
		return 1UL << below(64);
	default:
		return next() >> below(64);
	}
}

#define FIELD(type, name) { offsetof(type, name), sizeof(((type *)0)->name) }

static const struct {
	size_t offset, size;
} header_fields[] = {
	FIELD(Elf64_Ehdr, e_type), FIELD(Elf64_Ehdr, e_machine), FIELD(Elf64_Ehdr, e_entry),
	FIELD(Elf64_Ehdr, e_phoff), FIELD(Elf64_Ehdr, e_phentsize), FIELD(Elf64_Ehdr, e_phnum),
	FIELD(Elf64_Ehdr, e_flags), FIELD(Elf64_Ehdr, e_shoff), FIELD(Elf64_Ehdr, e_version),
}, segment_fields[] = {
	FIELD(Elf64_Phdr, p_type), FIELD(Elf64_Phdr, p_flags), FIELD(Elf64_Phdr, p_offset),
	FIELD(Elf64_Phdr, p_vaddr), FIELD(Elf64_Phdr, p_filesz), FIELD(Elf64_Phdr, p_memsz),
	FIELD(Elf64_Phdr, p_align),
};

static void set(struct image *image, size_t offset, size_t size)
{
	const uint64_t v = value();

	memcpy(image->bytes + offset, &v, size);
}

static void set_header(struct image *image)
{
	const size_t i = below(ARRAY_SIZE(header_fields));

	set(image, header_fields[i].offset, header_fields[i].size);
}

static void set_segment(struct image *image)
{
	const size_t i = below(ARRAY_SIZE(segment_fields));
	const size_t base = offsetof(struct image, phdr) +
			    below(image->ehdr.e_phnum % IMAGE_PHDRS + 1) % IMAGE_PHDRS *
			    sizeof(Elf64_Phdr);

	set(image, base + segment_fields[i].offset, segment_fields[i].size);
}

static void flip_bit(struct image *image)
{
	/* Damage the headers more often than the rest. */
	const size_t at = below(below(3) ? 512 : IMAGE_MAX);

	/* Keep the byte that makes it a CloudABI program. */
	if (at != EI_OSABI)
		image->bytes[at] ^= 1 << below(8);
}

static void truncate_image(struct image *image)
{
	image->size = below(2) ? below(image->size + 1) : below(sizeof(Elf64_Ehdr) * 4);
}

static void move_bytes(struct image *image)
{
	const size_t len = below(256), from = below(IMAGE_MAX - len), to = below(IMAGE_MAX - len);
	const char osabi = image->bytes[EI_OSABI];

	memmove(image->bytes + to, image->bytes + from, len);
	if (below(4))
		image->bytes[EI_OSABI] = osabi;
}

static void swap_segments(struct image *image)
{
	const size_t a = below(4), b = below(4);
	const Elf64_Phdr phdr = image->phdr[a];

	image->phdr[a] = image->phdr[b];
	image->phdr[b] = phdr;
}

static void add_segment(struct image *image)
{
	if (image->ehdr.e_phnum >= IMAGE_PHDRS)
		return;
	image->phdr[image->ehdr.e_phnum] = image->phdr[below(2)];
	image->phdr[image->ehdr.e_phnum].p_vaddr += below(16) << 16;
	image->phdr[image->ehdr.e_phnum].p_type = below(3) ? PT_LOAD : below(8);
	image->ehdr.e_phnum++;
}

static void (*const mutations[])(struct image *image) = {
	set_header, set_segment, set_segment, set_segment, flip_bit, truncate_image, move_bytes,
	swap_segments, add_segment, add_segment,
};

/*
 * QEMU lets far returns and far calls access the stack with kernel privileges. SMAP
 * turns that into a fault that Linux does not expect. The program may execute any
 * byte, so no byte may be part of such an instruction.
 */
static void remove_far_jumps(struct image *image)
{
	unsigned char *const bytes = (unsigned char *)image->bytes;

	for (size_t i = 0; i < IMAGE_MAX; i++)
		if (bytes[i] == 0xca || bytes[i] == 0xcb || bytes[i] == 0xcf ||
		    (i && bytes[i - 1] == 0xff && (bytes[i] & 0x38) == 0x18))
			bytes[i] = 0x90;
}

/* A program that uses its stack, its data and system calls. */
CODE(program,
     "push %rdi\n"
     "movq $1, 0xf000 + program(%rip)\n"
     "mov %fs:0, %rax\n"
     "mov $48, %eax\n"
     "syscall\n"
     "lea -64(%rsp), %rdi\n"
     "mov $32, %esi\n"
     "mov $42, %eax\n"
     "syscall\n"
     EXIT_WITH(7));

static void limit_resources(void *unused)
{
	const struct rlimit none = { 0, 0 };
	const struct itimerval time = { .it_value = { .tv_usec = 500000 } };

	setrlimit(RLIMIT_CORE, &none);
	/* The timer survives exec, and kills a program that loops or sleeps. */
	setitimer(ITIMER_REAL, &time, NULL);
	close(0);
	close(1);
	close(2);
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *const text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

int main(void)
{
	const struct start start = { .prepare = limit_resources };
	const unsigned long count = setting("FUZZ_COUNT", 2000), seed = setting("FUZZ_SEED", 1);
	const unsigned long only = setting("FUZZ_ONLY", -1UL);
	unsigned long exited = 0, killed = 0, refused = 0, other = 0, odd = 0, done = 0;
	struct timespec from, to;

	ksft_print_header();
	ksft_set_plan(1);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned long i = 0; i < count; i++) {
		struct image image;
		int status;

		/*
		 * The sequence depends only on the number, so that FUZZ_ONLY
		 * reproduces a single executable.
		 */
		state = (seed << 32 | (i + 1)) * 0x9e3779b97f4a7c15;
		IMAGE_INIT(&image, program);
		image.size = below(2) ? image.size : IMAGE_MAX;
		if (!below(4))
			image_fix(&image);
		for (uint64_t n = below(4) + 1; n; n--)
			mutations[below(ARRAY_SIZE(mutations))](&image);
		remove_far_jumps(&image);
		if (only != -1UL && only != i)
			continue;

		status = image_run(&image, &start);
		done++;
		if (status == -ENOEXEC)
			refused++;
		else if (status == -ENOMEM || status == -EINVAL || status == -EFAULT ||
			 status == -EACCES || status == -E2BIG)
			other++;
		else if (status >= 0 && WIFEXITED(status))
			exited++;
		else if (status >= 0 && WIFSIGNALED(status))
			killed++;
		else
			odd++;
		if (odd == 1)
			ksft_print_msg("seed %lu, number %lu: %d\n", seed, i, status);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	ksft_print_msg("%lu files in %ld s: %lu refused, %lu other errors, ", done,
		       to.tv_sec - from.tv_sec, refused, other);
	printf("%lu killed, %lu exited, %lu odd\n", killed, exited, odd);
	/* Each outcome must occur, or the damage is too weak or too strong. */
	ksft_test_result(!odd && (done < 500 || (refused && killed && exited)),
			 "damaged_files_come_to_an_end\n");
	ksft_finished();
}
