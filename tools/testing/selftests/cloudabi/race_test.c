// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Races
 *
 * RACE_SECONDS in the environment sets how long each race runs (default: 3).
 */

#include <dirent.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"

#define STAT SERVER_ROOM
#define NAME (SERVER_ROOM + 0x40)
#define DIR_FD 3

static long deadline;

/* Repeats for each round from 0 on until the time is over. */
#define FOR_EACH_ROUND(i) for (unsigned long i = first_round(); now() < deadline; i++)

static unsigned long first_round(void)
{
	const char *const text = getenv("RACE_SECONDS");

	deadline = now() + (text ? atoi(text) : 3) * SECOND;
	return 0;
}

FIXTURE(tree) {
	struct server server;
	char dir[32];
	int fd;
	pid_t mover;
};

static void open_root(void *arg)
{
	const FIXTURE_DATA(tree) *const self = arg;

	if (dup2(self->fd, DIR_FD) != DIR_FD)
		_exit(253);
	close_range(DIR_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void make(const char *name, const char *text)
{
	const int fd = open(name, O_WRONLY | O_CREAT, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* root/a/b/c, with a file "target" outside of root and at every level inside. */
FIXTURE_SETUP(tree)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = CLOUDABI_RIGHT_FD_READ };

	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chdir(self->dir));
	make("secret", "outside");
	ASSERT_EQ(0, mkdir("root", 0755));
	ASSERT_EQ(0, mkdir("root/a", 0755));
	ASSERT_EQ(0, mkdir("root/a/b", 0755));
	ASSERT_EQ(0, mkdir("root/a/b/c", 0755));
	make("root/file", "inside");
	self->fd = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	if (self->fd == DIR_FD)
		self->fd = fcntl(self->fd, F_DUPFD_CLOEXEC, 10);
	ASSERT_EQ(0, server_start_with(&self->server, open_root, self));
	ASSERT_EQ(sizeof(stat), poke(self->server.pid, STAT, &stat, sizeof(stat)));
}

FIXTURE_TEARDOWN(tree)
{
	if (self->mover)
		end(self->mover);
	server_stop(&self->server);
	rename("b", "root/a/b");
	unlink("root/a/link");
	rmdir("root/a/b/c");
	rmdir("root/a/b");
	rmdir("root/a");
	unlink("root/file");
	rmdir("root");
	unlink("secret");
	if (!chdir("/"))
		rmdir(self->dir);
}

static int64_t open_name(FIXTURE_DATA(tree) *self, const char *name)
{
	const int64_t fd = SERVER_CALL(&self->server, file_open, DIR_FD, NAME, strlen(name), 0,
				       STAT);

	if (fd >= 0)
		SERVER_CALL(&self->server, fd_close, fd);
	return fd;
}

/* Returns true for the errors that a look-up in a changing tree may return. */
static bool may_fail(int64_t fd)
{
	return fd == -CLOUDABI_ENOENT || fd == -CLOUDABI_ENOTCAPABLE || fd == -CLOUDABI_EAGAIN;
}

/*
 * A directory moves out of the tree and back during a look-up, so that ".." leads outside.  The
 * look-up may fail, but must never find the file outside.
 */
TEST_F(tree, directory_that_moves_out_does_not_lead_out)
{
	static const char name[] = "a/b/c/../../../secret";
	static const char other[] = "a/b/c/../../../file";
	unsigned long found = 0;

	self->mover = fork();
	if (!self->mover) {
		for (;;) {
			rename("root/a/b", "b");
			rename("b", "root/a/b");
		}
	}
	FOR_EACH_ROUND(i) {
		int64_t fd;

		ASSERT_LT(0, poke(self->server.pid, NAME, name, sizeof(name)));
		fd = open_name(self, name);
		ASSERT_GT(0, fd) TH_LOG("escaped in round %lu", i);
		EXPECT_TRUE(may_fail(fd)) TH_LOG("error %ld", (long)fd);
		ASSERT_LT(0, poke(self->server.pid, NAME, other, sizeof(other)));
		found += open_name(self, other) >= 0;
	}
	/* Most look-ups succeed. */
	EXPECT_LT(0, found);
}

/* A name alternates between a directory and a symlink to a directory outside. */
TEST_F(tree, directory_that_becomes_a_link_does_not_lead_out)
{
	static const char name[] = "a/link/secret";

	self->mover = fork();
	if (!self->mover) {
		for (;;) {
			if (symlink("../..", "root/a/link") && errno != EEXIST)
				_exit(1);
			unlink("root/a/link");
			mkdir("root/a/link", 0755);
			rmdir("root/a/link");
		}
	}
	ASSERT_LT(0, poke(self->server.pid, NAME, name, sizeof(name)));
	FOR_EACH_ROUND(i) {
		const int64_t fd = open_name(self, name);

		ASSERT_GT(0, fd) TH_LOG("escaped in round %lu", i);
		EXPECT_TRUE(may_fail(fd)) TH_LOG("error %ld", (long)fd);
	}
	end(self->mover);
	self->mover = 0;
	rmdir("root/a/link");
}

/* A program that makes calls until it is killed. */
CODE(busy,
     "1: mov $48, %eax\nsyscall\n"
     "xor %edi, %edi\nmov $7, %eax\nsyscall\n"
     "mov %eax, %edi\nmov $3, %eax\nsyscall\n"
     "jmp 1b\n");

static int open_busy(void)
{
	struct image image;

	IMAGE_INIT(&image, busy);
	return image_open(&image);
}

/* Starts the program without waiting for its exec. */
static pid_t start_busy(int fd)
{
	static char *const nothing[] = { NULL };
	const pid_t pid = fork();

	if (!pid) {
		syscall(__NR_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH);
		_exit(255);
	}
	return pid;
}

/* Waits for a process; returns true if SIGKILL ended it. */
static bool was_killed(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

TEST(processes_are_killed_anywhere_in_exec)
{
	const int fd = open_busy();

	ASSERT_LE(0, fd);
	FOR_EACH_ROUND(i) {
		const pid_t pid = start_busy(fd);

		ASSERT_LT(0, pid);
		/*
		 * Covers the time from before fork() returns in the child until the program has
		 * run for a while.
		 */
		usleep(i * 37 % 3000);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_TRUE(was_killed(pid));
	}
	close(fd);
}

/* Reads all of /proc/PID while the process starts, runs and ends. */
static void read_all(pid_t pid)
{
	static const char *const names[] = {
		"status", "maps", "stat", "cmdline", "environ", "auxv", "syscall", "personality",
		"comm", "wchan",
	};
	static char text[65536];
	char path[64], name[32];
	struct dirent *entry;
	DIR *dir;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		read_proc(pid, names[i], text, sizeof(text));
	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "fdinfo/%.16s", entry->d_name);
		read_proc(pid, name, text, sizeof(text));
	}
	if (dir)
		closedir(dir);
}

TEST(processes_are_looked_at_anywhere_in_exec)
{
	const int fd = open_busy();

	ASSERT_LE(0, fd);
	FOR_EACH_ROUND(i) {
		const pid_t pid = start_busy(fd);

		ASSERT_LT(0, pid);
		for (int j = 0; j < 3; j++)
			read_all(pid);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		read_all(pid);
		ASSERT_TRUE(was_killed(pid));
	}
	close(fd);
}

TEST(processes_are_attached_to_anywhere_in_exec)
{
	const int fd = open_busy();

	ASSERT_LE(0, fd);
	FOR_EACH_ROUND(i) {
		const pid_t pid = start_busy(fd);

		ASSERT_LT(0, pid);
		usleep(i * 37 % 2000);
		ASSERT_TRUE(attach_and_detach(pid));
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_TRUE(was_killed(pid));
	}
	close(fd);
}

/* Rapid stops hit every part of a call. */
TEST(processes_are_stopped_anywhere_in_a_call)
{
	struct image image;
	int status;
	pid_t pid;

	IMAGE_INIT(&image, busy);
	pid = image_start(&image, NULL);
	ASSERT_LT(0, pid);
	FOR_EACH_ROUND(i) {
		ASSERT_EQ(0, kill(pid, SIGSTOP));
		ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, kill(pid, SIGCONT));
		usleep(i % 50);
	}
	end(pid);
}

TEST_HARNESS_MAIN
