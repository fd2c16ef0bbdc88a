// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - State that a process had before it executed the program
 *
 * The kernel must drop state of the parent that would write to the program's
 * memory, and authority that is in no descriptor.
 */

#include <dirent.h>
#include <linux/futex.h>
#include <linux/rseq.h>
#include <linux/securebits.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/io.h>
#include <sys/ioctl.h>

#include "../kselftest_harness.h"
#include "server.h"
#include "tracefs.h"

/* Maps memory of the child at addresses that the program will also map. */
static void *map_room(void)
{
	void *const room = mmap((void *)SERVER_ROOM, SERVER_ROOM_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (room != (void *)SERVER_ROOM)
		_exit(253);
	return room;
}

/* User addresses that the kernel writes to */

static bool has_ended(pid_t pid)
{
	char stat[512];

	for (int i = 0; i < 10000; i++) {
		if (read_proc(pid, "stat", stat, sizeof(stat)) < 0 ||
		    !strncmp(strrchr(stat, ')'), ") Z", 3))
			return true;
		usleep(2000);
	}
	return false;
}

/*
 * Fills the room with a pattern, starts a thread that sleeps in fd_read() of
 * descriptor 0, and ends the first thread.
 */
CODE(hands_over,
     "movabs $0x1122334455667788, %rax\n"
     "mov %rax, 0x10011000\n"
     "lea 1f(%rip), %rax\n"
     "mov %rax, 0x10010000\n"
     "movq $0x10010800, 0x10010008\n"
     "movq $0x800, 0x10010010\n"
     "mov $0x10010000, %edi\n"
     "mov $46, %eax\n"
     "syscall\n"
     "jc 2f\n"
     /*
      * Arguments of a lock that the thread does not own, so the kernel wakes no
      * waiter.
      */
     "mov $0x10010100, %edi\n"
     "mov $" STRING(CLOUDABI_SCOPE_PRIVATE) ", %esi\n"
     "mov $47, %eax\n"
     "syscall\n"
     "1: movq $0x10010200, 0x10010208\n"
     "movq $1, 0x10010210\n"
     "xor %edi, %edi\n"
     "mov $0x10010208, %esi\n"
     "mov $1, %edx\n"
     "mov $10, %eax\n"
     "syscall\n"
     "2: ud2\n"
);

static void register_tid(void *arg)
{
	syscall(__NR_set_tid_address, map_room());
	dup2(*(int *)arg, 0);
}

/* The thread of the process that is not its first; 0 if there is none. */
static pid_t second_thread(pid_t pid)
{
	struct dirent *entry;
	char path[32];
	pid_t tid = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != pid)
			tid = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return tid;
}

TEST(end_of_the_first_thread_clears_no_id)
{
	struct start start = { .prepare = register_tid };
	uint64_t seen = 0;
	struct image image;
	int fds[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	start.arg = fds;
	IMAGE_INIT(&image, hands_over);
	image_fix(&image);
	pid = image_start(&image, &start);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(has_ended(pid));
	EXPECT_EQ(8, peek(second_thread(pid), SERVER_ROOM, &seen, 8));
	EXPECT_EQ(0x1122334455667788, seen);
	end(pid);
	close(fds[0]);
	close(fds[1]);
}

static bool has_robust_list(pid_t pid)
{
	void *head = NULL;
	size_t len;

	return !syscall(__NR_get_robust_list, pid, &head, &len) && head;
}

static void register_robust_list(void *unused)
{
	struct robust_list_head *const head = map_room();

	head->list.next = &head->list;
	if (syscall(__NR_set_robust_list, head, sizeof(*head)) || !has_robust_list(0))
		_exit(253);
}

TEST(robust_list_is_gone)
{
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, register_robust_list, NULL));
	EXPECT_FALSE(has_robust_list(server.pid));
	server_stop(&server);
}

/*
 * Syscall user dispatch: off when the program starts, although the selector byte
 * says on.
 */
static void divert_calls(void *unused)
{
	char *const selector = map_room();

	*selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, selector))
		_exit(253);
}

TEST(calls_are_not_diverted)
{
	const char block = SYSCALL_DISPATCH_FILTER_BLOCK;
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, divert_calls, NULL));
	ASSERT_EQ(1, poke(server.pid, SERVER_ROOM, &block, 1));
	EXPECT_EQ(0, SERVER_CALL(&server, thread_yield));
	server_stop(&server);
}

/* State that a debugger reads from a stopped process */
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif
#ifndef PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG
#define PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211
#endif

struct rseq_configuration {
	uint64_t address;
	uint32_t size, signature, flags, pad;
};

struct dispatch_config {
	uint64_t mode, selector, offset, len;
};

FIXTURE(stepped) {
	pid_t pid;
	int image;
};

CODE(exits, EXIT_WITH(7));

/* Stopped once before exec. */
FIXTURE_SETUP(stepped)
{
	static char *const nothing[] = { NULL };
	struct image image;

	IMAGE_INIT(&image, exits);
	self->image = image_open(&image);
	ASSERT_LE(0, self->image);
	self->pid = fork();
	ASSERT_LE(0, self->pid);
	if (!self->pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		divert_calls(NULL);
		raise(SIGSTOP);
		syscall(__NR_execveat, self->image, "", nothing, nothing, AT_EMPTY_PATH);
		_exit(255);
	}
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, 0));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, self->pid, NULL,
			    PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
}

FIXTURE_TEARDOWN(stepped)
{
	end(self->pid);
	close(self->image);
}

/* Lets it execute the image and run to its first call. */
static bool step(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_CONT, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
	    status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8))
		return false;
	/* To the end of execveat(), and past it. */
	for (int i = 0; i < 2; i++)
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
		    status >> 8 != (SIGTRAP | 0x80))
			return false;
	return true;
}

TEST_F(stepped, restartable_sequences_are_gone)
{
	struct rseq_configuration rseq = { };

	/* The C library registers the rseq area. */
	ASSERT_EQ(sizeof(rseq), ptrace(PTRACE_GET_RSEQ_CONFIGURATION, self->pid,
				       sizeof(rseq), &rseq));
	ASSERT_NE(0, rseq.address);
	ASSERT_TRUE(step(self->pid));
	ASSERT_EQ(sizeof(rseq), ptrace(PTRACE_GET_RSEQ_CONFIGURATION, self->pid,
				       sizeof(rseq), &rseq));
	EXPECT_EQ(0, rseq.address);
	EXPECT_EQ(0, rseq.size);
}

TEST_F(stepped, dispatch_of_calls_is_off)
{
	struct dispatch_config config = { };

	ASSERT_EQ(0, ptrace(PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, self->pid,
			    sizeof(config), &config));
	ASSERT_EQ(PR_SYS_DISPATCH_ON, config.mode);
	ASSERT_TRUE(step(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, self->pid,
			    sizeof(config), &config));
	EXPECT_EQ(PR_SYS_DISPATCH_OFF, config.mode);
}

/* Authority that is in no descriptor */

CODE(reads_port, "mov $0x80, %edx\nin %dx, %al\n" EXIT_WITH(1));
CODE(disables_interrupts, "cli\nsti\n" EXIT_WITH(1));
CODE(reads_port_of_native, "mov $0x80, %edx\nin %dx, %al\n"
     "mov $1, %edi\nmov $231, %eax\nsyscall\n");

static void use_one_port(void *unused)
{
	if (ioperm(0x80, 1, 1))
		_exit(253);
}

static void use_all_ports(void *unused)
{
	if (iopl(3))
		_exit(253);
}

static int run_with(const char *code, size_t len, void (*prepare)(void *), int abi)
{
	const struct start start = { .prepare = prepare };
	struct image image;
	int status;

	image_init(&image, code, len);
	image.ehdr.e_ident[EI_OSABI] = abi;
	status = image_run(&image, &start);
	if (status < 0)
		return status;
	return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED_BY(WTERMSIG(status));
}

#define RUN_WITH(code, prepare, abi) run_with(code, code##_end - code, prepare, abi)

TEST(ports_are_gone)
{
	/* A Linux exec keeps the I/O ports. */
	ASSERT_EQ(1, RUN_WITH(reads_port_of_native, use_one_port, 0));
	ASSERT_EQ(1, RUN_WITH(reads_port_of_native, use_all_ports, 0));
	EXPECT_EQ(KILLED_BY(SIGSEGV), RUN_WITH(reads_port, use_one_port, CLOUDABI_ELFOSABI));
	EXPECT_EQ(KILLED_BY(SIGSEGV), RUN_WITH(reads_port, use_all_ports, CLOUDABI_ELFOSABI));
	EXPECT_EQ(KILLED_BY(SIGSEGV),
		  RUN_WITH(disables_interrupts, use_all_ports, CLOUDABI_ELFOSABI));
}

#define PROBED "/tmp/probed"

/*
 * Only root can attach uprobes to files. They stay: the program can neither see nor
 * change them.
 */
TEST(probe_of_the_file_goes_on)
{
	const struct start start = { };
	struct tracefs tracefs;
	struct image image;
	char probe[64];
	int fd, status;

	IMAGE_INIT(&image, exits);
	fd = open(PROBED, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ASSERT_EQ((ssize_t)image.size, write(fd, image.bytes, image.size));
	close(fd);
	fd = open(PROBED, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tracefs_start(&tracefs));
	snprintf(probe, sizeof(probe), "p:cloudabi_probe/first %s:%#x", PROBED, IMAGE_CODE);
	EXPECT_EQ(0, tracefs_put(&tracefs, "uprobe_events", probe));
	EXPECT_EQ(0, tracefs_put(&tracefs, "events/cloudabi_probe/enable", "1"));

	ASSERT_LT(0, waitpid(start_fd(fd, &start), &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(7, WEXITSTATUS(status));
	EXPECT_NE(NULL, strstr(tracefs_text(&tracefs), " first: ("));

	tracefs_put(&tracefs, "events/cloudabi_probe/enable", "0");
	EXPECT_EQ(0, tracefs_put(&tracefs, "uprobe_events", ""));
	tracefs_stop(&tracefs);
	close(fd);
	unlink(PROBED);
}

static void set_all_securebits(void *unused)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS |
				   SECBIT_NO_CAP_AMBIENT_RAISE;

	if (prctl(PR_SET_SECUREBITS, bits))
		_exit(253);
}

/* Root of a new user namespace, with all capabilities there. */
static void enter_namespace(void *unused)
{
	if (unshare(CLONE_NEWUSER))
		_exit(253);
}

TEST(no_way_leaves_capabilities)
{
	void (*const ways[])(void *) = { set_all_securebits, enter_namespace };
	struct server server;
	char status[4096];

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, server_start_with(&server, ways[i], NULL));
		ASSERT_LT(0, read_proc(server.pid, "status", status, sizeof(status)));
		EXPECT_EQ(0, strtoul(field(status, "CapPrm:\t"), NULL, 16));
		EXPECT_EQ(0, strtoul(field(status, "CapEff:\t"), NULL, 16));
		EXPECT_EQ(0, strtoul(field(status, "CapInh:\t"), NULL, 16));
		EXPECT_EQ(0, strtoul(field(status, "CapBnd:\t"), NULL, 16));
		server_stop(&server);
	}
}

/*
 * Keys: file systems may use the session keyring on behalf of the user. No call
 * does.
 */

#define KEYRING "cloudabi-session"

static void join_session(void *unused)
{
	if (syscall(__NR_keyctl, /* KEYCTL_JOIN_SESSION_KEYRING */ 1, KEYRING) < 0)
		_exit(253);
}

static bool keyring_is_there(bool expected)
{
	bool found = !expected;
	char *line = NULL;
	size_t size = 0;
	FILE *keys;

	for (int i = 0; i < 10000 && found != expected; i++) {
		keys = fopen("/proc/keys", "re");
		if (!keys)
			return !expected;
		found = false;
		while (getline(&line, &size, keys) > 0)
			found |= !!strstr(line, KEYRING);
		fclose(keys);
		if (found != expected)
			usleep(2000);
	}
	free(line);
	return found;
}

TEST(keys_of_the_session_live_as_long_as_the_program)
{
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, join_session, NULL));
	EXPECT_TRUE(keyring_is_there(true));
	EXPECT_EQ(-CLOUDABI_ENOSYS, server_call6(&server, __NR_keyctl, 11, -3, 0, 0, 0, 0));
	server_stop(&server);
	EXPECT_FALSE(keyring_is_there(false));
}

/* Memory */

static void set_userfault(void *unused)
{
	struct uffdio_api api = { .api = UFFD_API };
	const int fd = syscall(__NR_userfaultfd, O_NONBLOCK);
	struct uffdio_register range = {
		.range = { SERVER_ROOM, SERVER_ROOM_SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	map_room();
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    dup2(fd, 50) != 50)
		_exit(253);
}

/* A userfaultfd belongs to the memory before exec, whoever has the descriptor. */
TEST(faults_are_nobody_s)
{
	const uint64_t value = 1;
	struct uffdio_register range = {
		.range = { SERVER_ROOM, SERVER_ROOM_SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct server server;
	int pidfd, fd;

	ASSERT_EQ(0, server_start_with(&server, set_userfault, NULL));
	pidfd = syscall(__NR_pidfd_open, server.pid, 0);
	fd = syscall(__NR_pidfd_getfd, pidfd, 50, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &range));
	EXPECT_EQ(ENOMEM, errno);
	/* A call that faults there does not wait. */
	EXPECT_EQ(0, SERVER_CALL(&server, random_get, SERVER_ROOM, 8));
	EXPECT_EQ(8, poke(server.pid, SERVER_ROOM, &value, 8));
	server_stop(&server);
	close(pidfd);
	close(fd);
}

static void open_own_memory(void *unused)
{
	const int fd = open("/proc/self/mem", O_RDWR);

	if (fd < 0 || dup2(fd, 50) != 50)
		_exit(253);
}

/*
 * An open /proc/PID/mem also stays with the old memory, so it cannot write to the
 * program's code.
 */
TEST(file_of_memory_is_of_the_memory_of_before)
{
	const cloudabi_iovec_t iov = { .buf = (void *)SERVER_DATA, .buf_len = 8 };
	const uint64_t address = IMAGE_FIXED + IMAGE_CODE;
	uint64_t before = 0, after = 1;
	struct server server;

	ASSERT_EQ(0, server_start_with(&server, open_own_memory, NULL));
	ASSERT_EQ(8, peek(server.pid, address, &before, 8));
	ASSERT_EQ(sizeof(iov), poke(server.pid, SERVER_ROOM, &iov, sizeof(iov)));
	EXPECT_EQ(0, SERVER_CALL(&server, fd_pread, 50, SERVER_ROOM, 1, address));
	EXPECT_GE(0, SERVER_CALL(&server, fd_pwrite, 50, SERVER_ROOM, 1, address));
	ASSERT_EQ(8, peek(server.pid, address, &after, 8));
	EXPECT_EQ(before, after);
	server_stop(&server);
}

TEST_HARNESS_MAIN
