// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - What native processes can do to a CloudABI program
 *
 * A native process can do to a program what it can do to any process with the
 * same credentials, and no more.  Each request is made twice: of a program, and
 * of a native process with the same restrictions.  Both must have the same
 * outcome.
 */

#include <grp.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "../kselftest_harness.h"
#include "server.h"

#define NOBODY 65534
#define OTHER 65533

static void become(uid_t user)
{
	if (user && (setgroups(0, NULL) || setgid(user) || setuid(user)))
		_exit(253);
}

/* Applies the restrictions that exec applies to a program. */
static void give_up(void *arg)
{
	const uid_t user = *(uid_t *)arg;

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			_exit(253);
	become(user);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(253);
}

static void change_user(void *arg)
{
	become(*(uid_t *)arg);
}

/* Calls pause() for ever. */
CODE(pauses, "1: mov $34, %eax\nsyscall\njmp 1b\n");

/* The server's image with other code, run by @user. */
static pid_t start_reference(uid_t user)
{
	const struct start start = { .prepare = give_up, .arg = &user };
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, pauses);
	image_fix(&image);
	image.ehdr.e_ident[EI_OSABI] = ELFOSABI_NONE;
	pid = image_start(&image, &start);
	return pid < 0 || falls_asleep(pid) ? pid : -ETIMEDOUT;
}

/* Requests return 0 or more, or a negative errno. */

#define RESULT(call) __extension__({                    \
	const long result_ = (call);                    \
	result_ < 0 ? -errno : result_; })

static long read_memory(pid_t pid)
{
	uint64_t word;
	const struct iovec local = { &word, 8 }, remote = { (void *)SERVER_ROOM, 8 };

	return RESULT(process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static long write_memory(pid_t pid)
{
	uint64_t word = 42;
	const struct iovec local = { &word, 8 }, remote = { (void *)SERVER_ROOM, 8 };

	return RESULT(process_vm_writev(pid, &local, 1, &remote, 1, 0));
}

static long attach(pid_t pid)
{
	const long result = RESULT(ptrace(PTRACE_ATTACH, pid, NULL, NULL));

	if (!result && (waitpid(pid, NULL, __WALL) != pid ||
			ptrace(PTRACE_DETACH, pid, NULL, NULL)))
		return -1000;
	return result;
}

static long seize(pid_t pid)
{
	const long result = RESULT(ptrace(PTRACE_SEIZE, pid, NULL, NULL));

	if (!result && (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ||
			waitpid(pid, NULL, __WALL) != pid ||
			ptrace(PTRACE_DETACH, pid, NULL, NULL)))
		return -1000;
	return result;
}

static long probe(pid_t pid)
{
	return RESULT(kill(pid, 0));
}

static long signal_it(pid_t pid)
{
	return RESULT(kill(pid, SIGWINCH));
}

static long queue_signal(pid_t pid)
{
	return RESULT(sigqueue(pid, SIGURG, (union sigval){ .sival_int = 1 }));
}

/* Makes a request on a pidfd of the process, and closes the result. */
static long with_pidfd(pid_t pid, long nr, long a1, long a2, long a3, long a4)
{
	const int fd = syscall(__NR_pidfd_open, pid, 0);
	long result;

	if (fd < 0)
		return -errno;
	result = RESULT(syscall(nr, fd, a1, a2, a3, a4));
	close(fd);
	return result;
}

static long take_descriptor(pid_t pid)
{
	const long fd = with_pidfd(pid, __NR_pidfd_getfd, 1, 0, 0, 0);

	if (fd > 0)
		close(fd);
	return fd;
}

static long signal_by_descriptor(pid_t pid)
{
	return with_pidfd(pid, __NR_pidfd_send_signal, SIGWINCH, 0, 0, 0);
}

static long advise_memory(pid_t pid)
{
	const struct iovec range = { (void *)SERVER_ROOM, 4096 };

	return with_pidfd(pid, __NR_process_madvise, (long)&range, 1, MADV_COLD, 0);
}

static long look_up(pid_t pid, const char *name, int flags)
{
	char path[64], byte;
	long result;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some files check permission on read(), not on open(). */
	result = flags & (O_PATH | O_RDWR | O_DIRECTORY) ? 0 : RESULT(read(fd, &byte, 1));
	close(fd);
	return result;
}

#define LOOK_UP(function, name, flags)          \
	static long function(pid_t pid)         \
	{                                       \
		return look_up(pid, name, flags); \
	}
LOOK_UP(open_memory_file, "mem", O_RDWR)
LOOK_UP(read_maps, "maps", O_RDONLY)
LOOK_UP(read_environment, "environ", O_RDONLY)
LOOK_UP(read_status, "status", O_RDONLY)
LOOK_UP(read_syscall, "syscall", O_RDONLY)
LOOK_UP(read_auxv, "auxv", O_RDONLY)
LOOK_UP(list_descriptors, "fd", O_RDONLY | O_DIRECTORY)
LOOK_UP(open_descriptor, "fd/1", O_PATH)
LOOK_UP(read_descriptor, "fdinfo/1", O_RDONLY)
LOOK_UP(open_root, "root", O_PATH)
LOOK_UP(open_working_directory, "cwd", O_PATH)
LOOK_UP(open_executable, "exe", O_PATH)
LOOK_UP(open_namespace, "ns/net", O_RDONLY | O_PATH)
LOOK_UP(change_oom_score, "oom_score_adj", O_RDWR)

static long get_limit(pid_t pid)
{
	struct rlimit limit;

	return RESULT(prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
}

static long set_limit(pid_t pid)
{
	const struct rlimit limit = { 100, 100 };

	return RESULT(prlimit(pid, RLIMIT_CORE, &limit, NULL));
}

static long set_affinity(pid_t pid)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return RESULT(sched_setaffinity(pid, sizeof(cpus), &cpus));
}

static long set_scheduler(pid_t pid)
{
	const struct sched_param param = { };

	return RESULT(sched_setscheduler(pid, SCHED_BATCH, &param));
}

static long set_priority(pid_t pid)
{
	return RESULT(setpriority(PRIO_PROCESS, pid, 5));
}

static long set_io_priority(pid_t pid)
{
	return RESULT(syscall(__NR_ioprio_set, 1, pid, 2 << 13 | 6));
}

static long compare(pid_t pid)
{
	return RESULT(syscall(__NR_kcmp, pid, pid, KCMP_VM, 0, 0));
}

static long find_robust_list(pid_t pid)
{
	void *head;
	size_t len;

	return RESULT(syscall(__NR_get_robust_list, pid, &head, &len));
}

static long move_pages_of(pid_t pid)
{
	void *page = (void *)SERVER_ROOM;
	int status;

	return RESULT(syscall(__NR_move_pages, pid, 1, &page, NULL, &status, 0));
}

static long count_events(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.exclude_kernel = 1,
	};
	const long fd = RESULT(syscall(__NR_perf_event_open, &attr, pid, -1, -1, 0));

	if (fd > 0)
		close(fd);
	return fd;
}

static const struct {
	const char *name;
	long (*make)(pid_t pid);
} requests[] = {
#define REQUEST(name) { #name, name }
	REQUEST(read_memory), REQUEST(write_memory), REQUEST(attach), REQUEST(seize),
	REQUEST(probe), REQUEST(signal_it), REQUEST(queue_signal), REQUEST(take_descriptor),
	REQUEST(signal_by_descriptor), REQUEST(advise_memory), REQUEST(open_memory_file),
	REQUEST(read_maps), REQUEST(read_environment), REQUEST(read_status),
	REQUEST(read_syscall), REQUEST(read_auxv), REQUEST(list_descriptors),
	REQUEST(open_descriptor), REQUEST(read_descriptor), REQUEST(open_root),
	REQUEST(open_working_directory), REQUEST(open_executable), REQUEST(open_namespace),
	REQUEST(change_oom_score), REQUEST(get_limit), REQUEST(set_limit),
	REQUEST(set_affinity), REQUEST(set_scheduler), REQUEST(set_priority),
	REQUEST(set_io_priority), REQUEST(compare), REQUEST(find_robust_list),
	REQUEST(move_pages_of), REQUEST(count_events),
};

#define N_REQUESTS (sizeof(requests) / sizeof(*requests))

struct outcome {
	/* The results for the program and for the reference process. */
	long seen, expected;
};

FIXTURE(outside) {
	struct server server;
	pid_t reference;
	struct outcome *outcomes;
};

FIXTURE_VARIANT(outside) {
	/* The user that makes the request, and the user that owns the target. */
	uid_t asks, asked;
	/* True if the request is permitted. */
	bool granted;
};

FIXTURE_VARIANT_ADD(outside, root_of_root) { 0, 0, true };
FIXTURE_VARIANT_ADD(outside, root_of_user) { 0, NOBODY, true };
FIXTURE_VARIANT_ADD(outside, user_of_same_user) { NOBODY, NOBODY, true };
FIXTURE_VARIANT_ADD(outside, user_of_other_user) { OTHER, NOBODY, false };
FIXTURE_VARIANT_ADD(outside, user_of_root) { OTHER, 0, false };

FIXTURE_SETUP(outside)
{
	uid_t user = variant->asked;

	self->outcomes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->outcomes);
	ASSERT_EQ(0, server_start_with(&self->server, change_user, &user));
	self->reference = start_reference(user);
	ASSERT_LT(0, self->reference);
}

FIXTURE_TEARDOWN(outside)
{
	server_stop(&self->server);
	end(self->reference);
}

static void ask_all(FIXTURE_DATA(outside) *self, uid_t user)
{
	become(user);
	for (size_t i = 0; i < N_REQUESTS; i++) {
		self->outcomes[i].seen = requests[i].make(self->server.pid);
		self->outcomes[i].expected = requests[i].make(self->reference);
	}
	_exit(0);
}

/* Reduces a result to what must match: success, or the error. */
static long outcome(long result)
{
	return result < 0 ? result : 0;
}

TEST_F(outside, requests_come_to_the_same)
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		ask_all(self, variant->asks);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	for (size_t i = 0; i < N_REQUESTS; i++) {
		EXPECT_EQ(outcome(self->outcomes[i].expected), outcome(self->outcomes[i].seen))
			TH_LOG("%s", requests[i].name);
	}
	/* The memory requests show that the test addressed the process it meant to. */
	EXPECT_EQ(variant->granted ? 8 : -EPERM, self->outcomes[0].seen);
	EXPECT_EQ(variant->granted ? 8 : -EPERM, self->outcomes[1].seen);
	/* The program still runs undisturbed. */
	EXPECT_EQ(0, SERVER_CALL(&self->server, thread_yield));
}

TEST_F(outside, deadly_signals_kill_if_allowed)
{
	const pid_t pid = fork();
	int status, expected;

	if (!pid) {
		become(variant->asks);
		_exit(kill(self->server.pid, SIGTERM) || kill(self->reference, SIGTERM));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(variant->granted ? 0 : 1, WEXITSTATUS(status));
	if (variant->granted) {
		EXPECT_EQ(self->server.pid, waitpid(self->server.pid, &status, 0));
		EXPECT_EQ(self->reference, waitpid(self->reference, &expected, 0));
		EXPECT_EQ(expected, status);
		EXPECT_EQ(SIGTERM, WTERMSIG(status));
	} else {
		EXPECT_EQ(0, SERVER_CALL(&self->server, thread_yield));
	}
}

/* A tracer can make the tracee call only what the program itself can call. */

CODE(yields_forever, "1: mov $48, %eax\nsyscall\njmp 1b\n");

static int to_syscall(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -1;
}

/* Has the tracee make the call; returns its outcome as the tracer sees it. */
static long force_call(pid_t pid, uint64_t nr)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct regs;

	if (to_syscall(pid) != (SIGTRAP | 0x80) || ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return -1000;
	regs.orig_rax = nr;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) || to_syscall(pid) != (SIGTRAP | 0x80) ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
		return -1000;
	return info.exit.rval;
}

TEST(tracer_can_make_no_call_of_linux)
{
	struct image image;
	pid_t pid;

	IMAGE_INIT(&image, yields_forever);
	pid = image_trace(&image, NULL, NULL);
	ASSERT_LT(0, pid);
	for (unsigned int nr = CLOUDABI_NR_thread_yield + 1; nr < 480; nr++) {
		const int64_t ret = force_call(pid, nr);

		ASSERT_EQ(-CLOUDABI_ENOSYS, ret) TH_LOG("%u", nr);
	}
	/* x32 system calls: 512 and above exist only there. */
	for (unsigned int nr = 512; nr < 548; nr++) {
		const int64_t ret = force_call(pid, 0x40000000 | nr);

		ASSERT_EQ(-CLOUDABI_ENOSYS, ret) TH_LOG("%u", nr);
	}
	EXPECT_EQ(0, force_call(pid, CLOUDABI_NR_thread_yield));
	end(pid);
}

/* getpid() by the 32-bit system call number */
CODE(calls_by_interrupt, "mov $20, %eax\nint $0x80\n" EXIT_WITH(1));

TEST(tracer_opens_no_other_door)
{
	static const unsigned short segments[] = { 0x33, 0x23 };
	struct user_regs_struct regs;
	struct image image;
	int status;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(segments); i++) {
		IMAGE_INIT(&image, calls_by_interrupt);
		image_fix(&image);
		pid = image_trace(&image, NULL, NULL);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		regs.cs = segments[i];
		ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, NULL, &regs));
		ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status) || WIFSTOPPED(status));
		EXPECT_EQ(SIGSYS, WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
		end(pid);
	}
}

TEST_HARNESS_MAIN
