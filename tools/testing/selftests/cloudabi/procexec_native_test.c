// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - proc_exec, seen from Linux
 *
 * A server calls proc_exec on a file that this program prepares.
 */

#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/user.h>

#include "../kselftest_harness.h"
#include "server.h"

/* The server's descriptors. */
#define PROGRAM 3

#define LIST SERVER_ROOM
#define TEXT (SERVER_ROOM + 0x100)

CODE(says_and_waits, WRITE_BYTE(1) READ_BYTE(0) EXIT_WITH(9));
CODE(exits, EXIT_WITH(9));

FIXTURE(exec) {
	char dir[32], path[64];
	struct image image;
	struct server server;
	int program;
	/* Runs in the child before it executes the server. */
	void (*prepare)(void);
};

static void prepare_server(void *arg)
{
	FIXTURE_DATA(exec) *const self = arg;

	if (self->program != PROGRAM)
		dup2(self->program, PROGRAM);
	fcntl(PROGRAM, F_SETFD, 0);
	close_range(PROGRAM + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (self->prepare)
		self->prepare();
}

FIXTURE_SETUP(exec)
{
	strcpy(self->dir, "/tmp/procexec-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/executable", self->dir);
	self->prepare = NULL;
	self->program = -1;
	self->server.pid = 0;
	IMAGE_INIT(&self->image, says_and_waits);
}

FIXTURE_TEARDOWN(exec)
{
	if (self->server.pid)
		server_stop(&self->server);
	if (self->program >= 0)
		close(self->program);
	unlink(self->path);
	rmdir(self->dir);
}

/* Writes the image and opens it; returns 0 or a negative errno. */
static int write_image(FIXTURE_DATA(exec) *self, mode_t mode, int flags)
{
	const int fd = open(self->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd < 0 || write(fd, self->image.bytes, self->image.size) != (ssize_t)self->image.size ||
	    fchmod(fd, mode))
		return -errno;
	close(fd);
	self->program = open(self->path, flags | O_CLOEXEC);
	return self->program < 0 ? -errno : 0;
}

/* The same, and starts a server that has the image open. */
static int prepare(FIXTURE_DATA(exec) *self, mode_t mode, int flags)
{
	return write_image(self, mode, flags) ?:
	       server_start_with(&self->server, prepare_server, self);
}

static const char text[] = "arg\0ument";

/* Executes the program with text as its argument data, and with descriptors 0 and 1. */
static int64_t execute(struct server *server)
{
	static const uint32_t list[] = { 0, 1 };

	if (poke(server->pid, LIST, list, sizeof(list)) != sizeof(list) ||
	    poke(server->pid, TEXT, text, sizeof(text) - 1) != sizeof(text) - 1)
		return -1001;
	server_send(server, &(struct regs){
		.rax = CLOUDABI_NR_proc_exec,
		.rdi = PROGRAM,
		.rsi = TEXT,
		.rdx = sizeof(text) - 1,
		.r10 = LIST,
		.r8 = 2,
		.rsp = SERVER_STACK,
		.flags = 2,
	});
	return 0;
}

/* Neither the server nor a new program is left. */
#define GONE (-1003)

/* Returns the server's answer if the call fails, or 0 if a new program runs. */
static int64_t outcome(struct server *server)
{
	struct regs regs;
	ssize_t len;

	len = read(server->out, &regs, sizeof(regs));
	if (len == sizeof(regs))
		return regs.flags & FLAG_CF ? -(int64_t)regs.rax : -1002;
	return len == 1 ? 0 : GONE;
}

/* Lets the program end; returns its status. */
static int conclude(FIXTURE_DATA(exec) *self)
{
	int status = -1;

	if (write(self->server.in, "x", 1) != 1 ||
	    waitpid(self->server.pid, &status, 0) != self->server.pid)
		return -1;
	close(self->server.in);
	close(self->server.out);
	self->server.pid = 0;
	return status;
}

TEST_F(exec, process_shows_its_new_program)
{
	char path[64], seen[4096];
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	ASSERT_EQ(0, outcome(&self->server));

	EXPECT_EQ(sizeof(text), read_proc(self->server.pid, "cmdline", seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(text, seen, sizeof(text)));
	EXPECT_EQ(0, read_proc(self->server.pid, "environ", seen, sizeof(seen)));
	EXPECT_LT(0, read_proc(self->server.pid, "comm", seen, sizeof(seen)));
	EXPECT_STREQ("executable\n", seen);
	snprintf(path, sizeof(path), "/proc/%d/exe", self->server.pid);
	memset(seen, 0, sizeof(seen));
	EXPECT_LT(0, readlink(path, seen, sizeof(seen) - 1));
	EXPECT_STREQ(self->path, seen);
	EXPECT_LT(0, read_proc(self->server.pid, "status", seen, sizeof(seen)));
	EXPECT_EQ(1, atoi(field(seen, "CloudABI:\t")));
	EXPECT_EQ(1, atoi(field(seen, "NoNewPrivs:\t")));
	EXPECT_EQ(0, strtoull(field(seen, "CapBnd:\t"), NULL, 16));
	EXPECT_EQ(0, strtoull(field(seen, "CapEff:\t"), NULL, 16));
	EXPECT_EQ((1ULL << (SIGPIPE - 1)) | (1ULL << (SIGCHLD - 1)),
		  strtoull(field(seen, "SigIgn:\t"), NULL, 16));
	EXPECT_EQ(0, strtoull(field(seen, "SigBlk:\t"), NULL, 16));

	snprintf(path, sizeof(path), "/proc/%d/fd", self->server.pid);
	dir = opendir(path);
	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	EXPECT_EQ(2, n);
	EXPECT_EQ(9 << 8, conclude(self));
}

TEST_F(exec, running_program_can_not_be_written)
{
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	ASSERT_EQ(0, outcome(&self->server));
	EXPECT_EQ(-1, open(self->path, O_WRONLY | O_CLOEXEC));
	EXPECT_EQ(ETXTBSY, errno);
	EXPECT_EQ(9 << 8, conclude(self));
	EXPECT_EQ(0, truncate(self->path, 0));
}

/* A refused exec leaves the file writable. */
TEST_F(exec, refused_program_can_be_written)
{
	self->image.ehdr.e_ident[EI_OSABI] = ELFOSABI_LINUX;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(-CLOUDABI_ENOEXEC, outcome(&self->server));
	EXPECT_EQ(0, truncate(self->path, 0));
	EXPECT_EQ(0, SERVER_CALL(&self->server, thread_yield));
}

TEST_F(exec, place_is_enough)
{
	ASSERT_EQ(0, prepare(self, 0755, O_PATH));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(0, outcome(&self->server));
	EXPECT_EQ(9 << 8, conclude(self));
}

/* The file need not have a name. */
TEST_F(exec, program_may_have_been_removed)
{
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, unlink(self->path));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(0, outcome(&self->server));
	EXPECT_EQ(9 << 8, conclude(self));
}

TEST_F(exec, file_system_may_say_no)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("noexec", self->dir, "tmpfs", MS_NOEXEC, NULL));
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(-CLOUDABI_EACCES, outcome(&self->server));
	server_stop(&self->server);
	self->server.pid = 0;
	EXPECT_EQ(0, umount2(self->dir, MNT_DETACH));
}

TEST_F(exec, linux_programs_are_enoexec)
{
	const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	server_stop(&self->server);
	close(self->program);
	self->program = fd;
	ASSERT_EQ(0, server_start_with(&self->server, prepare_server, self));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(-CLOUDABI_ENOEXEC, outcome(&self->server));
}

static void become_user(void)
{
	if (setgid(4321) || setuid(4321))
		_exit(252);
}

TEST_F(exec, set_id_bits_count_for_nothing)
{
	char seen[4096];

	self->prepare = become_user;
	ASSERT_EQ(0, chmod(self->dir, 0755));
	ASSERT_EQ(0, prepare(self, 06755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	ASSERT_EQ(0, outcome(&self->server));
	EXPECT_LT(0, read_proc(self->server.pid, "status", seen, sizeof(seen)));
	EXPECT_EQ(0, strncmp(field(seen, "Uid:\t"), "4321\t4321\t4321\t4321\n", 20));
	EXPECT_EQ(0, strncmp(field(seen, "Gid:\t"), "4321\t4321\t4321\t4321\n", 20));
	EXPECT_EQ(9 << 8, conclude(self));
}

static uid_t owner(pid_t pid)
{
	struct stat st = { .st_uid = -1 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	stat(path, &st);
	return st.st_uid;
}

/* If the user cannot read the program, other processes of the user cannot inspect it. */
TEST_F(exec, program_that_can_not_be_read_is_hidden)
{
	self->prepare = become_user;
	ASSERT_EQ(0, prepare(self, 0711, O_PATH));
	EXPECT_EQ(4321, owner(self->server.pid));
	ASSERT_EQ(0, execute(&self->server));
	ASSERT_EQ(0, outcome(&self->server));
	EXPECT_EQ(0, owner(self->server.pid));
	EXPECT_EQ(9 << 8, conclude(self));
}

TEST_F(exec, program_that_can_not_be_executed_is_eacces)
{
	self->prepare = become_user;
	ASSERT_EQ(0, prepare(self, 0744, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(-CLOUDABI_EACCES, outcome(&self->server));
}

/* Past the point of no return, an error kills the process. */

static void little_memory(void)
{
	const struct rlimit limit = { 1UL << 30, 1UL << 30 };

	if (setrlimit(RLIMIT_AS, &limit))
		_exit(252);
}

TEST_F(exec, program_without_room_is_killed)
{
	int status = -1;

	self->prepare = little_memory;
	self->image.phdr[1].p_memsz = 1UL << 34;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(GONE, outcome(&self->server));
	ASSERT_EQ(self->server.pid, waitpid(self->server.pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	close(self->server.in);
	close(self->server.out);
	self->server.pid = 0;
}

/* Limits */

static void small_stack(void)
{
	const struct rlimit limit = { 1 << 20, 1 << 20 };

	if (setrlimit(RLIMIT_STACK, &limit))
		_exit(252);
}

static void endless_stack(void)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &limit))
		_exit(252);
}

static void few_descriptors(void)
{
	const struct rlimit limit = { 20, 20 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		_exit(252);
}

/* The argument data are in unmapped memory, which is read only if the length is acceptable. */
#define DATA_OF(server, len) SERVER_CALL(server, proc_exec, PROGRAM, 16, len, 0, 0)
#define LIST_OF(server, n) SERVER_CALL(server, proc_exec, PROGRAM, 0, 0, 16, n)

TEST_F(exec, data_may_be_a_quarter_of_the_stack)
{
	self->prepare = small_stack;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	EXPECT_EQ(-CLOUDABI_EFAULT, DATA_OF(&self->server, (1 << 18) - 1));
	EXPECT_EQ(-CLOUDABI_E2BIG, DATA_OF(&self->server, 1 << 18));
}

TEST_F(exec, data_may_be_six_mebibytes)
{
	self->prepare = endless_stack;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	EXPECT_EQ(-CLOUDABI_EFAULT, DATA_OF(&self->server, (6 << 20) - 1));
	EXPECT_EQ(-CLOUDABI_E2BIG, DATA_OF(&self->server, 6 << 20));
}

TEST_F(exec, list_may_be_as_long_as_the_limit)
{
	self->prepare = few_descriptors;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	EXPECT_EQ(-CLOUDABI_EFAULT, LIST_OF(&self->server, 20));
	EXPECT_EQ(-CLOUDABI_EMFILE, LIST_OF(&self->server, 21));
}

/* Descriptors above a lowered limit are passed on nevertheless. */
TEST_F(exec, full_table_is_no_obstacle)
{
	self->prepare = few_descriptors;
	ASSERT_EQ(0, prepare(self, 0755, O_RDONLY));
	while (SERVER_CALL(&self->server, fd_dup, 0) >= 0)
		;
	EXPECT_EQ(-CLOUDABI_EMFILE, SERVER_CALL(&self->server, fd_dup, 0));
	ASSERT_EQ(0, execute(&self->server));
	EXPECT_EQ(0, outcome(&self->server));
	EXPECT_EQ(9 << 8, conclude(self));
}

/* Tracers */

CODE(executes_itself,
     "mov $" STRING(PROGRAM) ", %edi\n"
     "xor %esi, %esi\n"
     "xor %edx, %edx\n"
     "lea 1f(%rip), %r10\n"
     "mov $1, %r8d\n"
     "mov $38, %eax\n"
     "stc\n"
     "syscall\n"
     EXIT_WITH_OUTCOME
     "1: .long " STRING(PROGRAM) "\n");

static uint64_t auxv_value(pid_t pid, uint64_t auxv, uint64_t type)
{
	uint64_t entry[2] = { };

	do {
		if (peek(pid, auxv, entry, sizeof(entry)) != sizeof(entry))
			return -1;
		auxv += sizeof(entry);
	} while (entry[0] != type && entry[0] != CLOUDABI_AT_NULL);
	return entry[1];
}

static void prepare_traced(void *arg)
{
	prepare_server(arg);
	start_traceme(NULL);
}

/* The call leaves nothing in the program's registers. */
TEST_F(exec, registers_are_those_of_a_start)
{
	struct user_regs_struct regs, first;
	struct start start = { .prepare = prepare_traced, .arg = self };
	uint64_t auxv[2];
	int status;
	pid_t pid;

	IMAGE_INIT(&self->image, executes_itself);
	ASSERT_EQ(0, write_image(self, 0755, O_RDONLY));
	pid = start_fd(self->program, &start);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL,
			    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &first));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGTRAP | PTRACE_EVENT_EXEC << 8, status >> 8);
	ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, pid, NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(SIGTRAP | 0x80, WSTOPSIG(status));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));

	EXPECT_EQ(sizeof(auxv), peek(pid, regs.rdi, auxv, sizeof(auxv)));
	EXPECT_EQ(CLOUDABI_AT_ARGDATA, auxv[0]);
	EXPECT_EQ(0, regs.rip & 0xfff);
	EXPECT_EQ(IMAGE_CODE, regs.rip - auxv_value(pid, regs.rdi, CLOUDABI_AT_BASE));
	EXPECT_EQ(8, regs.rsp % 16);
	EXPECT_EQ(0, regs.rax | regs.rbx | regs.rcx | regs.rdx | regs.rsi | regs.rbp);
	EXPECT_EQ(0, regs.r8 | regs.r9 | regs.r10 | regs.r11 | regs.r12 | regs.r13);
	EXPECT_EQ(0, regs.r14 | regs.r15);
	EXPECT_EQ(first.eflags & 0xcd5, regs.eflags & 0xcd5);
	EXPECT_EQ(first.cs, regs.cs);
	EXPECT_NE(0, regs.fs_base);
	end(pid);
}

TEST_HARNESS_MAIN
