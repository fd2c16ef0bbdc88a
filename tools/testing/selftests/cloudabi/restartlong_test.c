// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - Interrupted calls that work for a long time
 *
 * They do not sleep, but can be interrupted, too, and continue where they were.
 *
 * The buffer is one page, the same piece of memory many times, and one more
 * page.  So it is long but cheap, and the first and the last page show whether
 * the work has begun or ended.
 */

#include "../kselftest_harness.h"
#include "interrupt.h"
#include "server.h"

#define PIECE (1UL << 20)
#define LENGTH(pieces) (2 * 4096 + (pieces) * PIECE)
#define BUFFER 0x200000000000UL

/* The server's descriptor */
#define MEMORY 3

FIXTURE(filling) {
	struct server server;
	int memfd;
	/* The first page, the last page, and the piece that is mapped in between. */
	unsigned char *first, *last, *piece;
	struct freezer freezer;
	struct regs regs;
};

FIXTURE_VARIANT(filling) {
	/* Return true if the server halts, and if it continues. */
	bool (*halt)(FIXTURE_DATA(filling) *self);
	bool (*go_on)(FIXTURE_DATA(filling) *self);
};

static bool halt_by_signal(FIXTURE_DATA(filling) *self)
{
	const pid_t pid = self->server.pid;
	int status;

	return !kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid &&
	       WIFSTOPPED(status);
}

static bool go_on_by_signal(FIXTURE_DATA(filling) *self)
{
	return !kill(self->server.pid, SIGCONT);
}

static bool halt_by_debugger(FIXTURE_DATA(filling) *self)
{
	const pid_t pid = self->server.pid;
	int status;

	return !ptrace(PTRACE_SEIZE, pid, NULL, NULL) &&
	       !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static bool go_on_by_debugger(FIXTURE_DATA(filling) *self)
{
	return !ptrace(PTRACE_DETACH, self->server.pid, NULL, NULL);
}

static bool halt_by_freezer(FIXTURE_DATA(filling) *self)
{
	return freezer_freeze(&self->freezer);
}

static bool go_on_by_freezer(FIXTURE_DATA(filling) *self)
{
	return freezer_thaw(&self->freezer);
}

FIXTURE_VARIANT_ADD(filling, stopped) { halt_by_signal, go_on_by_signal };
FIXTURE_VARIANT_ADD(filling, traced) { halt_by_debugger, go_on_by_debugger };
FIXTURE_VARIANT_ADD(filling, frozen) { halt_by_freezer, go_on_by_freezer };

static void give_memory(void *arg)
{
	/* dup() first: if the descriptor is already MEMORY, dup2() would leave it close-on-exec. */
	if (dup2(dup(*(int *)arg), MEMORY) < 0)
		_exit(253);
}

static uint64_t map_at(struct server *server, uint64_t addr, uint64_t len, uint64_t off)
{
	return SERVER_CALL(server, mem_map, addr, len, CLOUDABI_PROT_READ | CLOUDABI_PROT_WRITE,
			   CLOUDABI_MAP_SHARED | CLOUDABI_MAP_FIXED, MEMORY, off);
}

/* Maps the buffer with that many pieces and clears it. */
static bool map_buffer(FIXTURE_DATA(filling) *self, int pieces)
{
	uint64_t end = BUFFER;

	memset(self->first, 0, 4096);
	memset(self->last, 0, 4096);
	if (map_at(&self->server, end, 4096, 0) != end)
		return false;
	end += 4096;
	for (int i = 0; i < pieces; i++, end += PIECE)
		if (map_at(&self->server, end, PIECE, 2 * 4096) != end)
			return false;
	return map_at(&self->server, end, 4096, 4096) == end;
}

FIXTURE_SETUP(filling)
{
	self->memfd = memfd_create("memory", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(self->memfd, LENGTH(1)));
	self->first = mmap(NULL, LENGTH(1), PROT_READ | PROT_WRITE, MAP_SHARED, self->memfd, 0);
	ASSERT_NE(MAP_FAILED, self->first);
	self->last = self->first + 4096;
	self->piece = self->last + 4096;
	ASSERT_EQ(0, server_start_with(&self->server, give_memory, &self->memfd));
	ASSERT_TRUE(freezer_make(&self->freezer, self->server.pid));
}

FIXTURE_TEARDOWN(filling)
{
	server_stop(&self->server);
	munmap(self->first, LENGTH(1));
	close(self->memfd);
	EXPECT_TRUE(freezer_remove(&self->freezer));
}

/* The other process may be writing. */
static unsigned char byte_at(const unsigned char *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static bool is_empty(const unsigned char *page)
{
	for (int i = 0; i < 4096; i++)
		if (byte_at(&page[i]))
			return false;
	return true;
}

/* 32 random bytes are never all 0. */
static bool is_full(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i += 32) {
		size_t n = 0;

		while (n < 32 && !byte_at(&p[i + n]))
			n++;
		if (n == 32)
			return false;
	}
	return true;
}

/* Makes the server fill the buffer, and waits until the first page is done. */
static bool begin_to_fill(FIXTURE_DATA(filling) *self, int pieces)
{
	struct regs regs = patterns;

	if (!map_buffer(self, pieces))
		return false;
	regs.rax = CLOUDABI_NR_random_get;
	regs.rdi = BUFFER;
	regs.rsi = LENGTH(pieces);
	self->regs = regs;
	server_send(&self->server, &regs);
	while (!is_full(self->first, 4096))
		;
	return true;
}

static bool is_filled(FIXTURE_DATA(filling) *self)
{
	struct regs after;

	return server_receive(&self->server, &after) && !(after.flags & FLAG_CF) &&
	       after.rax == 0 && after.rdx == self->regs.rdx && after.rsi == self->regs.rsi &&
	       after.rdi == self->regs.rdi;
}

/* On a fast or busy machine a short fill may end before it is halted: try longer ones. */
#define EACH_LENGTH(pieces) int pieces = 16; pieces <= 256; pieces *= 4

TEST_F(filling, halts_and_goes_on_where_it_was)
{
	unsigned char before[4096];
	bool halted = false;

	for (EACH_LENGTH(pieces)) {
		ASSERT_TRUE(begin_to_fill(self, pieces));
		ASSERT_TRUE(variant->halt(self));
		halted = is_empty(self->last);
		memcpy(before, self->first, sizeof(before));
		for (int i = 0; halted && i < 10; i++) {
			ASSERT_TRUE(variant->go_on(self));
			ASSERT_TRUE(variant->halt(self));
		}
		ASSERT_TRUE(variant->go_on(self));
		ASSERT_TRUE(is_filled(self));
		EXPECT_TRUE(is_full(self->first, LENGTH(1)));
		EXPECT_EQ(0, memcmp(before, self->first, sizeof(before)) && halted);
		if (halted)
			break;
	}
	EXPECT_TRUE(halted);
}

/* Fatal signals end the server at once, even while it is halted. */
TEST_F(filling, can_be_ended)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		const pid_t pid = self->server.pid;
		int status;

		ASSERT_TRUE(begin_to_fill(self, 256));
		ASSERT_EQ(0, kill(pid, signals[i]));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		self->server.pid = 0;
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		EXPECT_TRUE(is_empty(self->last));
		server_stop(&self->server);
		ASSERT_EQ(0, server_start_with(&self->server, give_memory, &self->memfd));
	}
}

TEST_HARNESS_MAIN
