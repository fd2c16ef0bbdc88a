// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Descriptors that a Linux parent leaves open
 *
 * fixture.h lists the rights of each kind of file. This test checks effects of
 * files that need no right.
 */

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "server.h"
#include "tool.h"

/* The server's descriptor besides its pipes. */
#define FD 50
#define STAT SERVER_ROOM
#define NAME (SERVER_ROOM + 0x100)
#define BUF (SERVER_ROOM + 0x400)

static void give(void *arg)
{
	if (dup2(*(int *)arg, FD) != FD)
		_exit(253);
}

static cloudabi_fdstat_t server_stat(struct server *server, uint32_t fd)
{
	cloudabi_fdstat_t stat;

	memset(&stat, 0xff, sizeof(stat));
	if (!SERVER_CALL(server, fd_stat_get, fd, STAT))
		peek(server->pid, STAT, &stat, sizeof(stat));
	return stat;
}

/* file_open() beneath the descriptor, to read a file or directory. */
static int64_t server_opens(struct server *server, const char *name)
{
	const cloudabi_fdstat_t stat = { .fs_rights_base = R(FILE_STAT_FGET) };

	poke(server->pid, STAT, &stat, sizeof(stat));
	poke(server->pid, NAME, name, strlen(name));
	return SERVER_CALL(server, file_open, FD | (uint64_t)CLOUDABI_LOOKUP_SYMLINK_FOLLOW << 32,
			   NAME, strlen(name), 0, STAT);
}

/* Descriptors of directories */

FIXTURE(place) {
	struct server server;
	int fd;
};

FIXTURE_VARIANT(place) {
	const char *path;
};

/* The directory is the same, whatever path led to it. */
FIXTURE_VARIANT_ADD(place, directory) { "/proc" };
FIXTURE_VARIANT_ADD(place, root) { "/proc/self/root" };
FIXTURE_VARIANT_ADD(place, working_directory) { "/proc/self/cwd" };
FIXTURE_VARIANT_ADD(place, descriptor) { "/proc/self/fd/100" };

FIXTURE_SETUP(place)
{
	const int dir = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ASSERT_EQ(100, dup3(dir, 100, O_CLOEXEC));
	close(dir);
	ASSERT_EQ(0, chdir("/proc"));
	self->fd = open(variant->path, O_PATH | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, server_start_with(&self->server, give, &self->fd));
}

FIXTURE_TEARDOWN(place)
{
	server_stop(&self->server);
	close(self->fd);
	close(100);
}

TEST_F(place, is_a_directory_that_was_not_opened)
{
	const cloudabi_fdstat_t stat = server_stat(&self->server, FD);

	EXPECT_EQ(CLOUDABI_FILETYPE_DIRECTORY, stat.fs_filetype);
	EXPECT_EQ(DIRECTORY_BASE & ~DIRECTORY_OPEN, stat.fs_rights_base);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE,
		  SERVER_CALL(&self->server, file_readdir, FD, BUF, 0x100, 0));
}

TEST_F(place, leads_beneath_and_nowhere_else)
{
	const char *const beneath = strcmp(variant->path, "/proc/self/root") ? "sys" : "proc/sys";
	char climb[32];

	EXPECT_LE(0, server_opens(&self->server, beneath));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, server_opens(&self->server, ".."));
	snprintf(climb, sizeof(climb), "%s/../../..", beneath);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, server_opens(&self->server, climb));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, server_opens(&self->server, "/"));
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, server_opens(&self->server, "/proc"));
}

/* A magic link beneath it: to another directory, or to the same one. */
TEST_F(place, magic_links_lead_nowhere)
{
	const bool root = !strcmp(variant->path, "/proc/self/root");
	static const char *const links[] = {
		"self/root", "self/cwd", "self/exe", "self/fd/0", "self/fd/50", "self/ns/net",
	};
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		snprintf(name, sizeof(name), "%s%s", root ? "proc/" : "", links[i]);
		EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, server_opens(&self->server, name))
			TH_LOG("%s", name);
	}
}

/* The link itself gives no rights. */
TEST(place_of_a_magic_link_has_no_rights)
{
	static const char *const links[] = {
		"/proc/self/root", "/proc/self/cwd", "/proc/self/exe", "/proc/self/fd/0",
		"/proc/self/ns/user",
	};
	struct server server;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		fd = open(links[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, server_start_with(&server, give, &fd));
		EXPECT_EQ(0, server_stat(&server, FD).fs_rights_base) TH_LOG("%s", links[i]);
		EXPECT_EQ(0, server_stat(&server, FD).fs_rights_inheriting);
		server_stop(&server);
		close(fd);
	}
}

/* epoll sets */

/* The files in the set are not the program's descriptors, and stay in the set. */
TEST(epoll_set_is_of_no_use_and_kept)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 42 };
	const int set = epoll_create1(EPOLL_CLOEXEC);
	struct server server;
	int fds[2];

	ASSERT_LE(0, set);
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event));
	ASSERT_EQ(0, server_start_with(&server, give, (void *)&set));
	EXPECT_EQ(0, server_stat(&server, FD).fs_rights_base);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(&server, fd_read, FD, BUF, 0));
	EXPECT_EQ(0, SERVER_CALL(&server, fd_close, FD));
	ASSERT_EQ(1, write(fds[1], "x", 1));
	event.data.u64 = 0;
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(42, event.data.u64);
	server_stop(&server);
	close(fds[0]);
	close(fds[1]);
	close(set);
}

/* File locks */

#define LOCKED "/tmp/cloudabi-locked"

static void lock_file(void *unused)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const int fd = open(LOCKED, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) || dup2(fd, FD) != FD)
		_exit(253);
}

static pid_t holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock))
		return -1;
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

/* As with any program; closing any descriptor of the file releases them. */
TEST(locks_of_files_are_kept)
{
	struct server server;
	int fd;

	ASSERT_EQ(0, server_start_with(&server, lock_file, NULL));
	fd = open(LOCKED, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(server.pid, holder(fd));
	EXPECT_EQ(0, SERVER_CALL(&server, fd_close, FD));
	EXPECT_EQ(0, holder(fd));
	server_stop(&server);
	close(fd);
	unlink(LOCKED);
}

/* io_uring */

struct ring {
	int fd;
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqes;
	/* The child's request reads from this pipe. */
	int pipe[2];
	char *room;
};

static void *map_shared(int fd, size_t len, off_t offset)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : MAP_POPULATE), fd, offset);
}

static int ring_open(struct ring *ring, unsigned int flags)
{
	ring->params = (struct io_uring_params){ .flags = flags, .sq_thread_idle = 60000 };
	ring->fd = syscall(__NR_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -errno;
	/* One mapping holds both rings, since IORING_FEAT_SINGLE_MMAP. */
	ring->rings = map_shared(ring->fd, 4096, IORING_OFF_SQ_RING);
	ring->sqes = map_shared(ring->fd, 4096, IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -ENOMEM;
	return 0;
}

/* Submits a read from the pipe, which is not ready. */
static int ring_submit(struct ring *ring)
{
	unsigned int *const array = (void *)(ring->rings + ring->params.sq_off.array);
	unsigned int *const tail = (void *)(ring->rings + ring->params.sq_off.tail);

	ring->sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = ring->pipe[0],
		.addr = (unsigned long)ring->room,
		.len = 1,
		.user_data = 42,
	};
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	return syscall(__NR_io_uring_enter, ring->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
}

/* A ring of the child with a kernel thread that submits requests. */
static void poll_ring(void *arg)
{
	struct ring *const ring = arg;

	if (ring_open(ring, IORING_SETUP_SQPOLL) || count_entries(getpid(), "task") < 2 ||
	    ring_submit(ring) < 0 || dup2(ring->fd, FD) != FD)
		_exit(253);
}

TEST(ring_has_no_thread)
{
	struct ring ring = { };
	struct server server;

	ASSERT_EQ(0, pipe2(ring.pipe, O_CLOEXEC));
	ring.room = map_shared(-1, 4096, 0);
	ASSERT_NE(MAP_FAILED, ring.room);
	ASSERT_EQ(0, server_start_with(&server, poll_ring, &ring));
	EXPECT_EQ(1, count_entries(server.pid, "task"));
	EXPECT_EQ(0, server_stat(&server, FD).fs_rights_base);
	server_stop(&server);
	close(ring.pipe[0]);
	close(ring.pipe[1]);
}

/* The test owns the ring; the child submits the request. */
static void use_ring(void *arg)
{
	struct ring *const ring = arg;

	if (ring_submit(ring) != 1 || dup2(ring->fd, FD) != FD)
		_exit(253);
}

TEST(requests_are_cancelled)
{
	struct pollfd readable = { .events = POLLIN };
	const struct io_uring_cqe *cqe;
	struct ring ring = { };
	struct server server;

	ASSERT_EQ(0, pipe2(ring.pipe, O_CLOEXEC));
	ring.room = map_shared(-1, 4096, 0);
	ASSERT_NE(MAP_FAILED, ring.room);
	ASSERT_EQ(0, ring_open(&ring, 0));
	ASSERT_EQ(0, server_start_with(&server, use_ring, &ring));
	ASSERT_EQ(1, *(unsigned int *)(ring.rings + ring.params.cq_off.tail));
	cqe = (void *)(ring.rings + ring.params.cq_off.cqes);
	EXPECT_EQ(42, cqe->user_data);
	EXPECT_EQ(-ECANCELED, cqe->res);
	/* No process receives the completion. */
	ASSERT_EQ(1, write(ring.pipe[1], "x", 1));
	EXPECT_EQ(0, SERVER_CALL(&server, thread_yield));
	readable.fd = ring.pipe[0];
	EXPECT_EQ(1, poll(&readable, 1, 0));
	EXPECT_EQ(0, *ring.room);
	server_stop(&server);
	close(ring.fd);
	close(ring.pipe[0]);
	close(ring.pipe[1]);
}

TEST_HARNESS_MAIN
