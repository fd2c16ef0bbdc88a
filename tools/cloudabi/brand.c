// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-brand - Mark executables as CloudABI programs
 *
 *	cloudabi-brand FILE...
 *
 * Sets the OS ABI in the ELF header to CloudABI's, 17.  The kernel recognises a CloudABI
 * program by it.  A file that cannot be a CloudABI program is not changed.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define __user
#include <linux/cloudabi.h>

#include "standard.h"

/* Reads exactly @len bytes.  Returns NULL or an error message. */
static const char *read_at(int fd, void *buf, size_t len, off_t offset)
{
	const ssize_t ret = pread(fd, buf, len, offset);

	if (ret < 0)
		return strerror(errno);
	return (size_t)ret == len ? NULL : "cut short";
}

/**
 * brand() - Set the OS ABI of an open file
 * @fd: the file, open for reading and writing
 *
 * Return: NULL, or an error message.
 */
static const char *brand(int fd)
{
	const unsigned char osabi = CLOUDABI_ELFOSABI;
	const char *error;
	Elf64_Ehdr ehdr;
	int i;

	error = read_at(fd, &ehdr, sizeof(ehdr), 0);
	if (error)
		return error;
	if (memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		return "not an ELF file";
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr.e_machine != EM_X86_64)
		return "not for x86-64";
	if (ehdr.e_type != ET_DYN && ehdr.e_type != ET_EXEC)
		return "not an executable";
	if (!ehdr.e_phnum || ehdr.e_phentsize != sizeof(Elf64_Phdr))
		return "no program headers";

	for (i = 0; i < ehdr.e_phnum; i++) {
		Elf64_Phdr phdr;

		error = read_at(fd, &phdr, sizeof(phdr), (off_t)(ehdr.e_phoff + i * sizeof(phdr)));
		if (error)
			return error;
		if (phdr.p_type == PT_INTERP)
			return "dynamically linked";
	}

	if (pwrite(fd, &osabi, 1, EI_OSABI) != 1)
		return strerror(errno);
	return NULL;
}

int main(int argc, char **argv)
{
	int failed = 0;
	int i;

	standard_begin();
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 2;
	}
	for (i = 1; i < argc; i++) {
		const int fd = open(argv[i], O_RDWR | O_CLOEXEC);
		const char *error = fd < 0 ? strerror(errno) : brand(fd);

		if (fd >= 0 && close(fd) && !error)
			error = strerror(errno);
		if (error) {
			fprintf(stderr, "%s: %s: %s\n", argv[0], argv[i], error);
			failed = 1;
		}
	}
	return failed;
}
