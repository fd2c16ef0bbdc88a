/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - Executables made of machine code
 *
 * A native test that needs a CloudABI process writes the machine code of the
 * process, puts it into an image and runs the image:
 *
 *	CODE(exits, "mov $7, %edi\n" EXIT);
 *	...
 *	image_init(&image, exits, exits_end - exits);
 *	EXPECT_EQ(7, image_exit(&image));
 *
 * The image is an ET_DYN with two segments. Tests of the loader change its fields
 * before they run it.
 */
#ifndef SELFTESTS_CLOUDABI_IMAGE_H
#define SELFTESTS_CLOUDABI_IMAGE_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/cloudabi.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* Address of the code, in the file and in memory. */
#define IMAGE_CODE 0x1000
/* Two zeroed writable pages, in memory only. */
#define IMAGE_DATA 0x10000
#define IMAGE_DATA_SIZE 0x2000
/* Load address after image_fix() has made the image an ET_EXEC. */
#define IMAGE_FIXED 0x10000000
#define IMAGE_MAX 0x8000
#define IMAGE_PHDRS 8

/* The machine may be emulated and busy, and its kernel may have debugging checks. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

struct image {
	union {
		struct {
			Elf64_Ehdr ehdr;
			Elf64_Phdr phdr[IMAGE_PHDRS];
		};
		char bytes[IMAGE_MAX];
	};
	size_t size;
};

/* CODE(name, text): machine code between the symbols name and name_end. */
#define CODE(name, text)                              \
	__asm__(".pushsection .rodata.code, \"a\"\n"  \
		".balign 16\n" #name ":\n" text "\n"  \
		#name "_end:\n.popsection\n");        \
	extern const char name[], name##_end[]

/* Exits with the code in edi; does not return. */
#define EXIT "mov $" STRING(39) ", %eax\nsyscall\nud2\n"
/* Exits with the given code. */
#define EXIT_WITH(code) "mov $" STRING(code) ", %edi\n" EXIT
/* Exits with the result of the previous call: rax, plus 128 if the call failed. */
#define EXIT_WITH_OUTCOME                     \
	"setc %dil\nshl $7, %edi\nadd %eax, %edi\n" EXIT
#define FAILED(error) (128 + (error))
/*
 * fd_read or fd_write of one byte.  The vector and the byte are below the stack pointer, where
 * nothing else is; the byte is at -32(%rsp).
 */
#define TRANSFER_BYTE(nr, fd)                     \
	"lea -64(%rsp), %rsi\n"                   \
	"lea -32(%rsp), %rax\n"                   \
	"mov %rax, (%rsi)\n"                      \
	"movq $1, 8(%rsi)\n"                      \
	"mov $1, %edx\n"                          \
	"mov $" STRING(fd) ", %edi\n"             \
	"mov $" nr ", %eax\n"                     \
	"syscall\n"
#define READ_BYTE(fd) TRANSFER_BYTE("10", fd)
#define WRITE_BYTE(fd) TRANSFER_BYTE("16", fd)

static inline void image_init(struct image *image, const char *code, size_t len)
{
	memset(image, 0, sizeof(*image));
	memcpy(image->ehdr.e_ident, ELFMAG, SELFMAG);
	image->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	image->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	image->ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	image->ehdr.e_ident[EI_OSABI] = CLOUDABI_ELFOSABI;
	image->ehdr.e_type = ET_DYN;
	image->ehdr.e_machine = EM_X86_64;
	image->ehdr.e_version = EV_CURRENT;
	image->ehdr.e_entry = IMAGE_CODE;
	image->ehdr.e_phoff = offsetof(struct image, phdr);
	image->ehdr.e_ehsize = sizeof(Elf64_Ehdr);
	image->ehdr.e_phentsize = sizeof(Elf64_Phdr);
	image->ehdr.e_phnum = 2;
	image->phdr[0] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_filesz = IMAGE_CODE + len,
		.p_memsz = IMAGE_CODE + len,
		.p_align = 0x1000,
	};
	image->phdr[1] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_vaddr = IMAGE_DATA,
		.p_paddr = IMAGE_DATA,
		.p_memsz = IMAGE_DATA_SIZE,
		.p_align = 0x1000,
	};
	memcpy(image->bytes + IMAGE_CODE, code, len);
	image->size = IMAGE_CODE + len;
}

#define IMAGE_INIT(image, code) image_init(image, code, code##_end - code)

/* Makes the image an ET_EXEC at IMAGE_FIXED. */
static inline void image_fix(struct image *image)
{
	image->ehdr.e_type = ET_EXEC;
	image->ehdr.e_entry += IMAGE_FIXED;
	for (int i = 0; i < image->ehdr.e_phnum; i++)
		image->phdr[i].p_vaddr += IMAGE_FIXED;
}

/* Returns a descriptor that can execute the image. */
static inline int image_open(const struct image *image)
{
	const int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, image->bytes, image->size) != (ssize_t)image->size) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* Writes the image to the file @fd, sets the file's mode, and closes the file. */
static inline bool image_save(const struct image *image, int fd, mode_t mode)
{
	const bool done = fd >= 0 &&
			  write(fd, image->bytes, image->size) == (ssize_t)image->size &&
			  !fchmod(fd, mode);

	close(fd);
	return done;
}

/* Parameters of a new process. */
struct start {
	char *const *argv;
	char *const *envp;
	/* Runs in the child before exec, if not NULL. */
	void (*prepare)(void *arg);
	void *arg;
};

/*
 * Executes the file that is open as @fd in a child. Returns the process id, or the
 * negative errno of execveat().
 */
static inline pid_t start_fd(int fd, const struct start *start)
{
	static const struct start defaults;
	static char *const nothing[] = { NULL };
	int report[2], error = 0;
	pid_t pid;

	if (!start)
		start = &defaults;
	if (pipe2(report, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		if (start->prepare)
			start->prepare(start->arg);
		syscall(__NR_execveat, fd, "", start->argv ?: nothing,
			start->envp ?: nothing, AT_EMPTY_PATH);
		error = errno;
		if (write(report[1], &error, sizeof(error)) < 0)
			_exit(254);
		_exit(255);
	}
	close(report[1]);
	if (pid > 0 && read(report[0], &error, sizeof(error)) > 0) {
		waitpid(pid, NULL, 0);
		pid = -error;
	}
	close(report[0]);
	return pid;
}

static inline pid_t image_start(const struct image *image, const struct start *start)
{
	const int fd = image_open(image);
	pid_t pid;

	if (fd < 0)
		return fd;
	pid = start_fd(fd, start);
	close(fd);
	return pid;
}

/* Runs the image; returns the status of waitpid(), or a negative errno. */
static inline int image_run(const struct image *image, const struct start *start)
{
	const pid_t pid = image_start(image, start);
	int status;

	if (pid < 0)
		return pid;
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return status;
}

/* Runs the image; returns its exit code, a negative errno, or 1000 + signal. */
static inline int image_exit(const struct image *image)
{
	const int status = image_run(image, NULL);

	if (status < 0)
		return status;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

#define KILLED_BY(signal) (1000 + (signal))

static inline int code_exit(const char *code, size_t len)
{
	struct image image;

	image_init(&image, code, len);
	return image_exit(&image);
}

#define CODE_EXIT(code) code_exit(code, code##_end - code)

static inline void start_traceme(void *unused)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/*
 * Starts the image under ptrace and stops it at its first instruction. Returns the
 * process id or a negative errno.
 */
static inline pid_t image_trace(const struct image *image, char *const *argv, char *const *envp)
{
	const struct start start = {
		.argv = argv,
		.envp = envp,
		.prepare = start_traceme,
	};
	const pid_t pid = image_start(image, &start);
	int status;

	if (pid < 0)
		return pid;
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGTRAP)
		return -ECHILD;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD))
		return -errno;
	return pid;
}

/* Kills a process in any state, and reaps it. */
static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static inline int open_memory(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Reads memory of a traced process; returns the number of bytes. */
static inline ssize_t peek(pid_t pid, uint64_t address, void *buf, size_t len)
{
	const int fd = open_memory(pid);
	const ssize_t done = pread(fd, buf, len, address);

	close(fd);
	return done;
}

static inline ssize_t poke(pid_t pid, uint64_t address, const void *buf, size_t len)
{
	const int fd = open_memory(pid);
	const ssize_t done = pwrite(fd, buf, len, address);

	close(fd);
	return done;
}

/* Reads /proc/PID/NAME into @buf as a string; returns its length. */
static inline ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t len)
{
	ssize_t done = 0, part;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((part = read(fd, buf + done, len - 1 - done)) > 0)
		done += part;
	close(fd);
	buf[done] = '\0';
	return done;
}

/* Returns the text after @key in the line that starts with @key, with the newline. */
static inline const char *field(const char *text, const char *key)
{
	const size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len))
			return text + len;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return "";
}

/* The number in the line of /proc/PID/status that starts with @key; -1 without the line. */
static inline long status_number(pid_t pid, const char *key)
{
	char status[4096];

	if (read_proc(pid, "status", status, sizeof(status)) < 0 || !*field(status, key))
		return -1;
	return atol(field(status, key));
}

/*
 * Waits until a process sleeps. A program sleeps only in calls, so exec is complete
 * by then. start_fd() does not wait for that.
 */
static inline bool falls_asleep(pid_t pid)
{
	char stat[512];

	for (int i = 0; i < 10000; i++) {
		if (read_proc(pid, "stat", stat, sizeof(stat)) > 0 &&
		    !strncmp(strrchr(stat, ')'), ") S", 3))
			return true;
		usleep(2000);
	}
	return false;
}

CODE(reads_byte, READ_BYTE(0) EXIT_WITH_OUTCOME);

/*
 * Starts a program that waits for a byte from a pipe, and waits until it sleeps.  @prepare gets
 * the pipe, and must make its read end descriptor 0.  Returns the process id or a negative errno.
 */
static inline pid_t start_reader(int pipe[2], void (*prepare)(void *arg))
{
	const struct start start = { .prepare = prepare, .arg = pipe };
	struct image image;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC))
		return -errno;
	IMAGE_INIT(&image, reads_byte);
	pid = image_start(&image, &start);
	if (pid > 0 && !falls_asleep(pid)) {
		end(pid);
		return -ETIMEDOUT;
	}
	return pid;
}

#endif /* SELFTESTS_CLOUDABI_IMAGE_H */
