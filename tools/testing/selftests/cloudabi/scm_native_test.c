// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Descriptors between CloudABI and Linux programs
 *
 * This program has the Linux end of a socket.  At the other end is a server
 * that makes the calls it is asked for.
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../kselftest_harness.h"
#include "fixture.h"
#include "server.h"
#include "tool.h"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

/* The server's descriptors. */
#define SOCK 3
#define FILE_FD 4
#define READ_FD 5
#define WRITE_FD 6
#define DIR_FD 7
#define LAST_FD DIR_FD

/* The server's memory for arguments and results. */
#define IOV SERVER_ROOM
#define ARGS (SERVER_ROOM + 0x20)
#define RESULTS (SERVER_ROOM + 0x60)
#define FDS (SERVER_ROOM + 0x100)
#define STAT (SERVER_ROOM + 0x200)
#define DATA (SERVER_ROOM + 0x300)

#define MAX_FDS 16

/* Sends a byte with descriptors; returns 0 on success. */
static int send_list(int sock, const int *fds, size_t n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control = { };
	struct iovec iov = { .iov_base = "n", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

/*
 * Receives a byte with descriptors; returns their number, plus MSG_CTRUNC if it is set, or a
 * negative errno.
 */
static int receive_list(int sock, int *fds, int flags)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int n = 0;

	if (recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1)
		return -errno;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
	}
	return n | (msg.msg_flags & MSG_CTRUNC);
}

static void close_list(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

struct pair {
	struct server server;
	/* This process's end of the socket, and the server's end. */
	int sock, its;
	char dir[32];
	/* If not -1, the socket over which to send the listener of a filter. */
	int listener;
};

/* Makes a call wait until the listener answers. */
static void set_listener(int sock)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOUDABI_AUDIT_ARCH(AUDIT_ARCH_X86_64), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOUDABI_NR_clock_res_get, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(*code),
		.filter = code,
	};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(253);
	fd = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		     &prog);
	if (fd < 0 || send_list(sock, &fd, 1))
		_exit(253);
}

static void prepare(void *arg)
{
	const struct pair *const pair = arg;
	const int dir = open(pair->dir, O_RDONLY | O_DIRECTORY);
	const int fds[] = {
		pair->its, openat(dir, "file", O_RDWR), openat(dir, "file", O_RDONLY),
		openat(dir, "file", O_WRONLY), dir,
	};

	if (pair->listener >= 0)
		set_listener(pair->listener);
	give_fds(fds, SOCK, LAST_FD - SOCK + 1);
}

static int pair_start(struct pair *pair, int type, int listener)
{
	int sockets[2], fd;

	strcpy(pair->dir, "/tmp/scm-XXXXXX");
	if (!mkdtemp(pair->dir) || chdir(pair->dir))
		return -errno;
	fd = open("file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, FIXTURE_TEXT, FIXTURE_TEXT_LEN) != FIXTURE_TEXT_LEN)
		return -errno;
	close(fd);
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	pair->sock = sockets[0];
	pair->its = sockets[1];
	pair->listener = listener;
	return server_start_with(&pair->server, prepare, pair);
}

static void pair_stop(struct pair *pair)
{
	server_stop(&pair->server);
	unlink("file");
	rmdir(pair->dir);
	close(pair->sock);
	close(pair->its);
}

/* The server calls sock_send() for a byte. */
static int64_t server_sends(struct server *server, const uint32_t *fds, size_t n)
{
	const cloudabi_ciovec_t iov = { .buf = (void *)DATA, .buf_len = 1 };
	const cloudabi_send_in_t in = {
		.si_data = (void *)IOV,
		.si_data_len = 1,
		.si_fds = (void *)FDS,
		.si_fds_len = n,
	};

	poke(server->pid, IOV, &iov, sizeof(iov));
	poke(server->pid, ARGS, &in, sizeof(in));
	poke(server->pid, FDS, fds, n * sizeof(*fds));
	poke(server->pid, DATA, "s", 1);
	return SERVER_CALL(server, sock_send, SOCK, ARGS, RESULTS);
}

static int64_t server_sends_one(struct server *server, uint32_t fd)
{
	return server_sends(server, &fd, 1);
}

/* The server calls sock_recv(); the results are stored in @out and @fds. */
static int64_t server_receives(struct server *server, cloudabi_recv_out_t *out, uint32_t *fds)
{
	const cloudabi_iovec_t iov = { .buf = (void *)DATA, .buf_len = 16 };
	const cloudabi_recv_in_t in = {
		.ri_data = (void *)IOV,
		.ri_data_len = 1,
		.ri_fds = (void *)FDS,
		.ri_fds_len = MAX_FDS,
	};
	int64_t result;

	poke(server->pid, IOV, &iov, sizeof(iov));
	poke(server->pid, ARGS, &in, sizeof(in));
	result = SERVER_CALL(server, sock_recv, SOCK, ARGS, RESULTS);
	peek(server->pid, RESULTS, out, sizeof(*out));
	peek(server->pid, FDS, fds, MAX_FDS * sizeof(*fds));
	return result;
}

/* Returns the descriptor that the server has received; -1 unless it is exactly one. */
static int64_t server_receives_one(struct server *server)
{
	uint32_t fds[MAX_FDS] = { };
	cloudabi_recv_out_t out;
	const int64_t error = server_receives(server, &out, fds);

	if (error)
		return error;
	if (out.ro_datalen != 1 || out.ro_flags)
		return -1000;
	return out.ro_fdslen ? (int64_t)fds[0] : -1;
}

static cloudabi_fdstat_t server_stat(struct server *server, uint32_t fd)
{
	cloudabi_fdstat_t stat;

	memset(&stat, 0xff, sizeof(stat));
	if (!SERVER_CALL(server, fd_stat_get, fd, STAT))
		peek(server->pid, STAT, &stat, sizeof(stat));
	return stat;
}

static int64_t server_limits(struct server *server, uint32_t fd, uint64_t base, uint64_t inheriting)
{
	const cloudabi_fdstat_t stat = {
		.fs_rights_base = base,
		.fs_rights_inheriting = inheriting,
	};

	poke(server->pid, STAT, &stat, sizeof(stat));
	return SERVER_CALL(server, fd_stat_put, fd, STAT, CLOUDABI_FDSTAT_RIGHTS);
}

/* Makes a duplicate with these rights. */
static int64_t server_dups(struct server *server, uint32_t fd, uint64_t base, uint64_t inheriting)
{
	const int64_t dup = SERVER_CALL(server, fd_dup, fd);

	if (dup >= 0 && server_limits(server, dup, base, inheriting))
		return -1000;
	return dup;
}

static bool same_file(int fd, int other)
{
	struct stat one, two;

	return !fstat(fd, &one) && !fstat(other, &two) && one.st_ino == two.st_ino &&
	       one.st_dev == two.st_dev;
}

FIXTURE(scm) {
	struct pair pair;
	struct server *server;
	int sock, file;
};

FIXTURE_VARIANT(scm) {
	int type;
};

FIXTURE_VARIANT_ADD(scm, stream) {
	SOCK_STREAM,
};

FIXTURE_VARIANT_ADD(scm, dgram) {
	SOCK_DGRAM,
};

FIXTURE_SETUP(scm)
{
	ASSERT_EQ(0, pair_start(&self->pair, variant->type, -1));
	self->server = &self->pair.server;
	self->sock = self->pair.sock;
	self->file = open("file", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
}

FIXTURE_TEARDOWN(scm)
{
	close(self->file);
	pair_stop(&self->pair);
}

/* From Linux to CloudABI */

TEST_F(scm, linux_gives_the_most_that_type_and_open_mode_allow)
{
	int pipes[2], sockets[2], dgrams[2];

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgrams));

	const struct {
		int fd;
		cloudabi_filetype_t type;
		uint64_t base, inheriting;
	} cases[] = {
		{ self->file, CLOUDABI_FILETYPE_REGULAR_FILE, REGULAR_BASE, 0 },
		{ open("file", O_RDONLY | O_CLOEXEC), CLOUDABI_FILETYPE_REGULAR_FILE,
		  REGULAR_BASE & ~REGULAR_WRITE, 0 },
		{ open("file", O_WRONLY | O_CLOEXEC), CLOUDABI_FILETYPE_REGULAR_FILE,
		  REGULAR_BASE & ~REGULAR_READ, 0 },
		{ open("file", O_PATH | O_CLOEXEC), CLOUDABI_FILETYPE_REGULAR_FILE,
		  R(FILE_STAT_FGET) | R(PROC_EXEC), 0 },
		{ open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), CLOUDABI_FILETYPE_DIRECTORY,
		  DIRECTORY_BASE, DIRECTORY_INHERITING },
		{ open(".", O_PATH | O_CLOEXEC), CLOUDABI_FILETYPE_DIRECTORY,
		  DIRECTORY_BASE & ~DIRECTORY_OPEN, DIRECTORY_INHERITING },
		{ pipes[0], CLOUDABI_FILETYPE_SOCKET_STREAM, SOCKET_BASE & ~R(FD_WRITE),
		  SOCKET_INHERITING },
		{ pipes[1], CLOUDABI_FILETYPE_SOCKET_STREAM, SOCKET_BASE & ~R(FD_READ),
		  SOCKET_INHERITING },
		{ sockets[0], CLOUDABI_FILETYPE_SOCKET_STREAM, SOCKET_BASE, SOCKET_INHERITING },
		{ dgrams[0], CLOUDABI_FILETYPE_SOCKET_DGRAM, SOCKET_BASE, SOCKET_INHERITING },
		{ memfd_create("scm", MFD_CLOEXEC), CLOUDABI_FILETYPE_SHARED_MEMORY,
		  SHARED_MEMORY_BASE, 0 },
		{ eventfd(0, EFD_CLOEXEC), CLOUDABI_FILETYPE_UNKNOWN, 0, 0 },
		{ syscall(__NR_pidfd_open, getpid(), 0), CLOUDABI_FILETYPE_UNKNOWN, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cloudabi_fdstat_t stat;
		int64_t fd;

		ASSERT_LE(0, cases[i].fd);
		ASSERT_EQ(0, send_list(self->sock, &cases[i].fd, 1));
		fd = server_receives_one(self->server);
		ASSERT_LE(0, fd) TH_LOG("case %zu", i);
		stat = server_stat(self->server, fd);
		EXPECT_EQ(cases[i].type, stat.fs_filetype) TH_LOG("case %zu", i);
		EXPECT_EQ(cases[i].base, stat.fs_rights_base) TH_LOG("case %zu", i);
		EXPECT_EQ(cases[i].inheriting, stat.fs_rights_inheriting) TH_LOG("case %zu", i);
		close(cases[i].fd);
	}
	self->file = -1;
	close(pipes[1]);
	close(sockets[1]);
	close(dgrams[1]);
}

TEST_F(scm, linux_gives_many)
{
	uint32_t fds[MAX_FDS] = { };
	cloudabi_recv_out_t out;
	int sent[MAX_FDS];

	for (int i = 0; i < MAX_FDS; i++)
		sent[i] = self->file;
	ASSERT_EQ(0, send_list(self->sock, sent, MAX_FDS));
	ASSERT_EQ(0, server_receives(self->server, &out, fds));
	EXPECT_EQ(MAX_FDS, out.ro_fdslen);
	EXPECT_EQ(0, out.ro_flags);
	for (int i = 0; i < MAX_FDS; i++) {
		EXPECT_EQ(REGULAR_BASE, server_stat(self->server, fds[i]).fs_rights_base)
			TH_LOG("number %d", i);
	}
}

/* Open files of CloudABI programs, seen by Linux programs */

/* Opens beneath the directory, with all possible rights. */
static int64_t server_opens(struct server *server, const char *name, cloudabi_oflags_t oflags,
			    cloudabi_fdflags_t fdflags)
{
	const cloudabi_fdstat_t stat = {
		.fs_flags = fdflags,
		.fs_rights_base = REGULAR_BASE,
	};

	poke(server->pid, STAT, &stat, sizeof(stat));
	poke(server->pid, DATA, name, strlen(name));
	return SERVER_CALL(server, file_open, DIR_FD, DATA, strlen(name), oflags, STAT);
}

/* Returns the server's descriptor as a descriptor of this process, or -1. */
static int take_from(struct pair *pair, int64_t fd)
{
	int fds[MAX_FDS];

	if (fd < 0 || server_sends_one(&pair->server, fd) ||
	    receive_list(pair->sock, fds, 0) != 1)
		return -1;
	return fds[0];
}

static int native_flags(cloudabi_fdflags_t fdflags)
{
	return (fdflags & CLOUDABI_FDFLAG_APPEND ? O_APPEND : 0) |
	       (fdflags & CLOUDABI_FDFLAG_NONBLOCK ? O_NONBLOCK : 0) |
	       (fdflags & CLOUDABI_FDFLAG_DSYNC ? O_DSYNC : 0) |
	       (fdflags & (CLOUDABI_FDFLAG_RSYNC | CLOUDABI_FDFLAG_SYNC) ? O_SYNC : 0);
}

/* The flags of a file that Linux has opened in the same way. */
static int flags_of_native_open(const char *name, int flags)
{
	const int fd = open(name, flags | O_RDWR | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	const int left = fd < 0 ? -errno : fcntl(fd, F_GETFL);

	close(fd);
	return left;
}

#define ALL_FDFLAGS 0x1f

TEST_F(scm, flags_are_those_of_a_native_open)
{
	for (cloudabi_fdflags_t flags = 0; flags <= ALL_FDFLAGS; flags++) {
		const int64_t its = server_opens(self->server, "file", 0, flags);
		const int fd = take_from(&self->pair, its);

		ASSERT_LE(0, fd);
		EXPECT_EQ(flags_of_native_open("file", native_flags(flags)), fcntl(fd, F_GETFL))
			TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(flags, server_stat(self->server, its).fs_flags);
		close(fd);
		EXPECT_EQ(0, SERVER_CALL(self->server, fd_close, its));
	}
}

TEST_F(scm, flags_of_opening_do_not_stay)
{
	static const struct {
		cloudabi_oflags_t oflags;
		int native;
		bool exists;
	} cases[] = {
		{ CLOUDABI_O_CREAT, O_CREAT, false },
		{ CLOUDABI_O_CREAT, O_CREAT, true },
		{ CLOUDABI_O_CREAT | CLOUDABI_O_EXCL, O_CREAT | O_EXCL, false },
		{ CLOUDABI_O_EXCL, 0, true },
		{ CLOUDABI_O_TRUNC, O_TRUNC, true },
		{ CLOUDABI_O_CREAT | CLOUDABI_O_TRUNC, O_CREAT | O_TRUNC, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd, expected;

		if (!cases[i].exists)
			unlink("file");
		expected = flags_of_native_open("file", cases[i].native);
		if (!cases[i].exists)
			unlink("file");
		fd = take_from(&self->pair, server_opens(self->server, "file", cases[i].oflags,
							 CLOUDABI_FDFLAG_SYNC |
							 CLOUDABI_FDFLAG_RSYNC |
							 CLOUDABI_FDFLAG_DSYNC));
		ASSERT_LE(0, fd) TH_LOG("case %zu", i);
		ASSERT_LE(0, expected) TH_LOG("case %zu", i);
		EXPECT_EQ(expected | O_SYNC, fcntl(fd, F_GETFL)) TH_LOG("case %zu", i);
		close(fd);
	}
}

TEST_F(scm, flags_that_are_put_are_those_of_a_native_open)
{
	const int64_t its = server_opens(self->server, "file", 0, 0);
	const int fd = take_from(&self->pair, its);
	const int plain = flags_of_native_open("file", 0);

	ASSERT_LE(0, fd);
	for (cloudabi_fdflags_t flags = 0; flags <= ALL_FDFLAGS; flags++) {
		const cloudabi_fdstat_t stat = { .fs_flags = flags };

		poke(self->server->pid, STAT, &stat, sizeof(stat));
		ASSERT_EQ(0, SERVER_CALL(self->server, fd_stat_put, its, STAT,
					 CLOUDABI_FDSTAT_FLAGS));
		EXPECT_EQ(plain | native_flags(flags), fcntl(fd, F_GETFL))
			TH_LOG("flags 0x%x", flags);
		EXPECT_EQ(flags, server_stat(self->server, its).fs_flags);
	}
	/* Flags that F_SETFL cannot change stay as they were set. */
	EXPECT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(plain | O_SYNC, fcntl(fd, F_GETFL));
	EXPECT_EQ(ALL_FDFLAGS & ~(CLOUDABI_FDFLAG_APPEND | CLOUDABI_FDFLAG_NONBLOCK),
		  server_stat(self->server, its).fs_flags);
	close(fd);
}

/* Makes a block device named "block", with 64 KiB of unnamed memory behind it; returns it or -1. */
static int make_block(void)
{
	const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	const int number = ioctl(control, LOOP_CTL_GET_FREE);
	const int store = memfd_create("block", MFD_CLOEXEC);
	int fd = -1;

	if (number >= 0 && !ftruncate(store, 65536) &&
	    !mknod("block", S_IFBLK | 0600, makedev(7, number)))
		fd = open("block", O_RDWR | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, LOOP_SET_FD, store)) {
		close(fd);
		fd = -1;
	}
	close(store);
	close(control);
	return fd;
}

static int set_block_size(int fd, int size)
{
	return ioctl(fd, BLKBSZSET, &size) ? -errno : 0;
}

/*
 * A program cannot claim a block device: neither O_EXCL nor SYNC does so.  A native O_EXCL
 * keeps all others from what needs a claim.
 */
TEST_F(scm, block_device_is_claimed_by_who_says_so)
{
	const int block = make_block();
	int fd, native, claim;

	ASSERT_LE(0, block);
	fd = take_from(&self->pair, server_opens(self->server, "block", CLOUDABI_O_EXCL,
						 CLOUDABI_FDFLAG_SYNC));
	native = open("block", O_RDWR | O_SYNC | O_CLOEXEC);
	claim = open("block", O_RDWR | O_EXCL | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, native);
	ASSERT_LE(0, claim);
	EXPECT_EQ(0, set_block_size(claim, 1024));
	EXPECT_EQ(-EBUSY, set_block_size(native, 2048));
	EXPECT_EQ(-EBUSY, set_block_size(fd, 2048));
	close(claim);
	EXPECT_EQ(0, set_block_size(native, 2048));
	EXPECT_EQ(0, set_block_size(fd, 1024));
	close(fd);
	close(native);
	EXPECT_EQ(0, ioctl(block, LOOP_CLR_FD, 0));
	close(block);
	EXPECT_EQ(0, unlink("block"));
}

/* From CloudABI to Linux */

TEST_F(scm, cloudabi_gives_what_nothing_was_taken_from)
{
	static const uint32_t given[] = { FILE_FD, READ_FD, WRITE_FD, DIR_FD, SOCK };
	int fds[MAX_FDS];

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		char path[32];
		struct stat one, other;

		ASSERT_EQ(0, server_sends_one(self->server, given[i]));
		ASSERT_EQ(1, receive_list(self->sock, fds, 0)) TH_LOG("fd %u", given[i]);
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", self->server->pid, given[i]);
		EXPECT_EQ(0, stat(path, &one));
		EXPECT_EQ(0, fstat(fds[0], &other));
		EXPECT_EQ(one.st_ino, other.st_ino);
		close(fds[0]);
	}
}

TEST_F(scm, linux_can_use_what_it_got)
{
	char buf[FIXTURE_TEXT_LEN];
	int fds[MAX_FDS];

	ASSERT_EQ(0, server_sends_one(self->server, FILE_FD));
	ASSERT_EQ(1, receive_list(self->sock, fds, 0));
	EXPECT_EQ(FIXTURE_TEXT_LEN, pread(fds[0], buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, FIXTURE_TEXT, sizeof(buf)));
	EXPECT_EQ(1, pwrite(fds[0], "w", 1, 0));
	close(fds[0]);
}

TEST_F(scm, cloudabi_gives_nothing_that_any_right_was_taken_from)
{
	static const struct {
		uint32_t fd;
		uint64_t base, inheriting;
	} given[] = {
		{ FILE_FD, REGULAR_BASE, 0 },
		{ READ_FD, REGULAR_BASE & ~REGULAR_WRITE, 0 },
		{ WRITE_FD, REGULAR_BASE & ~REGULAR_READ, 0 },
		{ DIR_FD, DIRECTORY_BASE, DIRECTORY_INHERITING },
		{ SOCK, SOCKET_BASE, SOCKET_INHERITING },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		for (int bit = 0; bit < 128; bit++) {
			const uint64_t right = 1ULL << bit % 64;
			const uint64_t base = given[i].base & ~(bit < 64 ? right : 0);
			const uint64_t inheriting = given[i].inheriting & ~(bit < 64 ? 0 : right);
			int fds[MAX_FDS];
			int64_t fd;

			if (base == given[i].base && inheriting == given[i].inheriting)
				continue;
			fd = server_dups(self->server, given[i].fd, base, inheriting);
			ASSERT_LE(0, fd);
			/* The data arrive nevertheless. */
			EXPECT_EQ(0, server_sends_one(self->server, fd));
			EXPECT_EQ(MSG_CTRUNC, receive_list(self->sock, fds, 0))
				TH_LOG("fd %u, bit %d", given[i].fd, bit);
			EXPECT_EQ(0, SERVER_CALL(self->server, fd_close, fd));
		}
	}
}

TEST_F(scm, what_is_left_out_leaves_the_others)
{
	const int64_t less = server_dups(self->server, FILE_FD, R(FD_READ), 0);
	const uint32_t given[] = { FILE_FD, less, DIR_FD, less, less, READ_FD };
	int fds[MAX_FDS];

	ASSERT_LE(0, less);
	ASSERT_EQ(0, server_sends(self->server, given, ARRAY_SIZE(given)));
	ASSERT_EQ(3 | MSG_CTRUNC, receive_list(self->sock, fds, 0));
	EXPECT_EQ(O_RDWR, fcntl(fds[0], F_GETFL) & O_ACCMODE);
	EXPECT_TRUE(same_file(fds[0], self->file));
	EXPECT_FALSE(same_file(fds[1], self->file));
	EXPECT_EQ(O_RDONLY, fcntl(fds[2], F_GETFL) & O_ACCMODE);
	EXPECT_TRUE(same_file(fds[2], self->file));
	close_list(fds, 3);
}

TEST_F(scm, what_is_left_out_is_closed)
{
	int pipes[2], fds[MAX_FDS];
	int64_t fd;
	char byte;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC | O_NONBLOCK));
	ASSERT_EQ(0, send_list(self->sock, &pipes[1], 1));
	close(pipes[1]);
	fd = server_receives_one(self->server);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, server_limits(self->server, fd, R(FD_WRITE), 0));
	ASSERT_EQ(0, server_sends_one(self->server, fd));
	ASSERT_EQ(0, SERVER_CALL(self->server, fd_close, fd));
	EXPECT_EQ(-1, read(pipes[0], &byte, 1));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(MSG_CTRUNC, receive_list(self->sock, fds, 0));
	EXPECT_EQ(0, read(pipes[0], &byte, 1));
	close(pipes[0]);
}

TEST_F(scm, peek_leaves_out_the_same)
{
	const int64_t less = server_dups(self->server, FILE_FD, R(FD_READ), 0);
	const uint32_t given[] = { less, FILE_FD };
	int fds[MAX_FDS];

	ASSERT_LE(0, less);
	ASSERT_EQ(0, server_sends(self->server, given, ARRAY_SIZE(given)));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(1 | MSG_CTRUNC, receive_list(self->sock, fds, MSG_PEEK));
		EXPECT_TRUE(same_file(fds[0], self->file));
		EXPECT_EQ(O_RDWR, fcntl(fds[0], F_GETFL) & O_ACCMODE);
		close(fds[0]);
	}
	EXPECT_EQ(1 | MSG_CTRUNC, receive_list(self->sock, fds, 0));
	close(fds[0]);
}

/* There and back */

/* Sends back what comes in. */
static int echo(int sock)
{
	int fds[MAX_FDS], n = receive_list(sock, fds, 0), error;

	if (n < 0)
		return n;
	n &= ~MSG_CTRUNC;
	error = send_list(sock, fds, n);
	close_list(fds, n);
	return error ?: n;
}

TEST_F(scm, echo_returns_what_nothing_was_taken_from)
{
	int64_t fd;

	ASSERT_EQ(0, server_sends_one(self->server, READ_FD));
	ASSERT_EQ(1, echo(self->sock));
	fd = server_receives_one(self->server);
	ASSERT_LE(0, fd);
	EXPECT_EQ(REGULAR_BASE & ~REGULAR_WRITE, server_stat(self->server, fd).fs_rights_base);
}

TEST_F(scm, echo_restores_no_right)
{
	for (int bit = 0; bit < 64; bit++) {
		const uint64_t right = 1ULL << bit;
		int64_t fd;

		if (!(REGULAR_BASE & right))
			continue;
		fd = server_dups(self->server, FILE_FD, REGULAR_BASE & ~right, 0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, server_sends_one(self->server, fd));
		ASSERT_EQ(0, echo(self->sock));
		EXPECT_EQ(-1, server_receives_one(self->server)) TH_LOG("bit %d", bit);
		EXPECT_EQ(0, SERVER_CALL(self->server, fd_close, fd));
	}
}

/* Linux does not interfere with messages between two CloudABI programs on a Linux socket. */
TEST_F(scm, rights_travel_from_one_program_to_another)
{
	const int64_t less = server_dups(self->server, DIR_FD, R(FILE_OPEN), R(FD_READ));
	struct server other;
	int64_t fd;

	ASSERT_LE(0, less);
	self->pair.its = self->sock;
	ASSERT_EQ(0, server_start_with(&other, prepare, &self->pair));
	ASSERT_EQ(0, server_sends_one(self->server, less));
	fd = server_receives_one(&other);
	ASSERT_LE(0, fd);
	EXPECT_EQ(R(FILE_OPEN), server_stat(&other, fd).fs_rights_base);
	EXPECT_EQ(R(FD_READ), server_stat(&other, fd).fs_rights_inheriting);
	server_stop(&other);
}

/* Rights stay, even if a Linux program peeks at the message first. */
TEST_F(scm, rights_travel_past_a_peek)
{
	const int64_t less = server_dups(self->server, FILE_FD, R(FD_READ), 0);
	int fds[MAX_FDS];
	struct server other;
	int64_t fd;

	ASSERT_LE(0, less);
	self->pair.its = self->sock;
	ASSERT_EQ(0, server_start_with(&other, prepare, &self->pair));
	ASSERT_EQ(0, server_sends_one(self->server, less));
	EXPECT_EQ(MSG_CTRUNC, receive_list(self->sock, fds, MSG_PEEK));
	fd = server_receives_one(&other);
	ASSERT_LE(0, fd);
	EXPECT_EQ(R(FD_READ), server_stat(&other, fd).fs_rights_base);
	server_stop(&other);
}

/* Other control messages */

TEST_F(scm, sockets_that_pass_more_than_data_install_nothing)
{
	static const int options[] = { SO_PASSCRED, SO_PASSPIDFD, SO_PASSSEC };
	const int before = count_entries(self->server->pid, "fd"), on = 1;
	uint32_t fds[MAX_FDS];

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		ASSERT_EQ(0, setsockopt(self->pair.its, SOL_SOCKET, options[i], &on, sizeof(on)))
			TH_LOG("option %d", options[i]);
	}
	for (int i = 0; i < 3; i++) {
		cloudabi_recv_out_t out;

		ASSERT_EQ(0, send_list(self->sock, NULL, 0));
		ASSERT_EQ(0, server_receives(self->server, &out, fds));
		EXPECT_EQ(1, out.ro_datalen);
		EXPECT_EQ(0, out.ro_fdslen);
		EXPECT_EQ(0, out.ro_flags);
		EXPECT_EQ(before, count_entries(self->server->pid, "fd"));
	}
	/* A plain read installs nothing either. */
	ASSERT_EQ(0, send_list(self->sock, NULL, 0));
	EXPECT_EQ(1, SERVER_CALL(self->server, fd_read, SOCK, IOV, 1));
	EXPECT_EQ(before, count_entries(self->server->pid, "fd"));
}

TEST_F(scm, descriptors_come_beside_credentials)
{
	const int before = count_entries(self->server->pid, "fd"), on = 1;
	int64_t fd;

	ASSERT_EQ(0, setsockopt(self->pair.its, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	ASSERT_EQ(0, setsockopt(self->pair.its, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)));
	ASSERT_EQ(0, send_list(self->sock, &self->file, 1));
	fd = server_receives_one(self->server);
	ASSERT_LE(0, fd);
	EXPECT_EQ(REGULAR_BASE, server_stat(self->server, fd).fs_rights_base);
	EXPECT_EQ(before + 1, count_entries(self->server->pid, "fd"));
}

TEST_F(scm, linux_learns_who_sends)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const int on = 1;
	struct ucred cred;

	ASSERT_EQ(0, setsockopt(self->sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	ASSERT_EQ(0, server_sends(self->server, NULL, 0));
	ASSERT_EQ(1, recvmsg(self->sock, &msg, 0));
	ASSERT_NE(NULL, CMSG_FIRSTHDR(&msg));
	EXPECT_EQ(SCM_CREDENTIALS, control.header.cmsg_type);
	memcpy(&cred, CMSG_DATA(&control.header), sizeof(cred));
	EXPECT_EQ(self->server->pid, cred.pid);
}

/* Descriptors from outside, but not through a socket */

/* pidfd_getfd() copies the file for Linux and gives the program nothing. */
TEST_F(scm, pidfd_getfd_takes_and_does_not_give)
{
	const int pidfd = syscall(__NR_pidfd_open, self->server->pid, 0);
	const int64_t less = server_dups(self->server, FILE_FD, R(FD_READ) | R(FD_SEEK), 0);
	const int before = count_entries(self->server->pid, "fd");
	int fd;

	ASSERT_LE(0, pidfd);
	ASSERT_LE(0, less);
	fd = syscall(__NR_pidfd_getfd, pidfd, (int)less, 0);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(same_file(fd, self->file));
	EXPECT_EQ(before, count_entries(self->server->pid, "fd"));
	EXPECT_EQ(R(FD_READ) | R(FD_SEEK), server_stat(self->server, less).fs_rights_base);
	close(fd);
	close(pidfd);
}

/*
 * A native process can take a descriptor and pass it back in.  The program gets a new
 * descriptor with the rights of any file from a native process.
 */
TEST_F(scm, what_is_taken_and_handed_in_is_what_linux_gives)
{
	const int pidfd = syscall(__NR_pidfd_open, self->server->pid, 0);
	const int64_t less = server_dups(self->server, READ_FD, R(FD_SEEK), 0);
	int64_t back;
	int fd;

	ASSERT_LE(0, pidfd);
	ASSERT_LE(0, less);
	fd = syscall(__NR_pidfd_getfd, pidfd, (int)less, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, send_list(self->sock, &fd, 1));
	back = server_receives_one(self->server);
	ASSERT_LT(less, back);
	/* The file was opened for reading; the new descriptor allows no more than that. */
	EXPECT_EQ(REGULAR_BASE & ~REGULAR_WRITE, server_stat(self->server, back).fs_rights_base);
	EXPECT_EQ(R(FD_SEEK), server_stat(self->server, less).fs_rights_base);
	close(fd);
	close(pidfd);
}

FIXTURE(listened) {
	struct pair pair;
	int listener, file;
};

FIXTURE_SETUP(listened)
{
	int sockets[2], fds[MAX_FDS];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	ASSERT_EQ(0, pair_start(&self->pair, SOCK_STREAM, sockets[1]));
	ASSERT_EQ(1, receive_list(sockets[0], fds, 0));
	self->listener = fds[0];
	self->file = open("file", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	close_list(sockets, 2);
}

FIXTURE_TEARDOWN(listened)
{
	close(self->file);
	close(self->listener);
	pair_stop(&self->pair);
}

/*
 * A seccomp supervisor can normally install descriptors in a process without its knowledge.
 * The kernel prevents this for CloudABI programs; an installed descriptor would have no rights
 * anyway.
 */
static void try_addfd(struct __test_metadata *_metadata, struct server *server, int listener,
		      int file, unsigned int flags, unsigned int number)
{
	const int before = count_entries(server->pid, "fd");
	struct seccomp_notif notif = { };
	struct seccomp_notif_resp resp = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	struct seccomp_notif_addfd addfd = {
		.flags = flags,
		.srcfd = file,
		.newfd = number,
	};
	struct regs regs = {
		.rax = CLOUDABI_NR_clock_res_get,
		.rdi = CLOUDABI_CLOCK_MONOTONIC,
		.rsp = SERVER_STACK,
		.flags = 2,
	};

	server_send(server, &regs);
	ASSERT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif));
	EXPECT_EQ(server->pid, notif.pid);
	addfd.id = notif.id;
	EXPECT_EQ(-1, ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd));
	EXPECT_EQ(EPERM, errno);
	resp.id = notif.id;
	EXPECT_EQ(0, ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp));
	ASSERT_TRUE(server_receive(server, &regs));
	EXPECT_EQ(0, regs.flags & FLAG_CF);
	EXPECT_EQ(before, count_entries(server->pid, "fd"));
}

TEST_F(listened, seccomp_adds_no_descriptor)
{
	try_addfd(_metadata, &self->pair.server, self->listener, self->file, 0, 0);
	for (unsigned int fd = LAST_FD + 1; fd < 64; fd++) {
		EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&self->pair.server, fd_stat_get, fd, STAT))
			TH_LOG("fd %u", fd);
	}
}

TEST_F(listened, seccomp_adds_no_descriptor_of_its_choice)
{
	try_addfd(_metadata, &self->pair.server, self->listener, self->file,
		  SECCOMP_ADDFD_FLAG_SETFD, 50);
	EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&self->pair.server, fd_stat_get, 50, STAT));
	EXPECT_EQ(-CLOUDABI_EBADF, SERVER_CALL(&self->pair.server, fd_dup, 50));
}

/* A supervisor cannot replace a descriptor either: rights and file stay. */
TEST_F(listened, seccomp_replaces_no_descriptor)
{
	struct server *const server = &self->pair.server;

	ASSERT_EQ(0, server_limits(server, READ_FD, R(FD_READ), 0));
	try_addfd(_metadata, server, self->listener, self->file, SECCOMP_ADDFD_FLAG_SETFD, READ_FD);
	EXPECT_EQ(R(FD_READ), server_stat(server, READ_FD).fs_rights_base);
	EXPECT_EQ(-CLOUDABI_ENOTCAPABLE, SERVER_CALL(server, fd_write, READ_FD, IOV, 0));
}

TEST_HARNESS_MAIN
