/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CloudABI selftests - A process that makes calls on request
 *
 * The server reads the contents of all registers from a pipe, executes a SYSCALL
 * instruction with them, and writes the resulting registers back. It is not
 * traced, so it uses the kernel's regular entry and exit.
 */
#ifndef SELFTESTS_CLOUDABI_SERVER_H
#define SELFTESTS_CLOUDABI_SERVER_H

#include "image.h"

struct regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t flags;
};

#define FLAG_CF 0x1UL
/* Flags that a program can change and that a call must preserve. */
#define FLAGS_KEPT 0x240cd4UL

/* Addresses in the server. */
#define SERVER_DATA (IMAGE_FIXED + IMAGE_DATA)
#define SERVER_STACK (SERVER_DATA + 0x800)
/* Buffers for arguments of calls. */
#define SERVER_ROOM (SERVER_DATA + 0x1000)
#define SERVER_ROOM_SIZE 0x1000

#define SERVER_IN "(0x10010000 + "
#define SERVER_OUT "(0x10010100 + "

#define SERVER_EACH(op)                                                   \
	op("0", "rax") op("8", "rbx") op("16", "rcx") op("24", "rdx")     \
	op("32", "rsi") op("40", "rdi") op("48", "rbp") op("56", "rsp")   \
	op("64", "r8") op("72", "r9") op("80", "r10") op("88", "r11")     \
	op("96", "r12") op("104", "r13") op("112", "r14") op("120", "r15")
#define SERVER_LOAD(offset, reg) "movq " SERVER_IN offset "), %" reg "\n"
#define SERVER_STORE(offset, reg) "movq %" reg ", " SERVER_OUT offset ")\n"
/* fd_read or fd_write of the registers with the number @nr on @fd */
#define SERVER_TRANSFER(nr, fd, buf)              \
	"movq $" buf "0), 0x10010200\n"           \
	"movq $136, 0x10010208\n"                 \
	"mov $" fd ", %edi\n"                     \
	"mov $0x10010200, %esi\n"                 \
	"mov $1, %edx\n"                          \
	"mov $" nr ", %eax\n"                     \
	"syscall\n"                               \
	"jc 2f\n"                                 \
	"cmp $136, %rax\n"                        \
	"jne 2f\n"

CODE(server_code,
     "1:\n"
     SERVER_TRANSFER("10", "0", SERVER_IN)
     "mov $0x10010800, %esp\n"
     "pushq " SERVER_IN "128)\n"
     "popfq\n"
     SERVER_EACH(SERVER_LOAD)
     "syscall\n"
     SERVER_EACH(SERVER_STORE)
     "mov $0x10010800, %esp\n"
     "pushfq\n"
     "popq " SERVER_OUT "128)\n"
     "pushq $2\n"
     "popfq\n"
     SERVER_TRANSFER("16", "1", SERVER_OUT)
     "jmp 1b\n"
     "2:\n"
     EXIT_WITH(0)
);

struct server {
	pid_t pid;
	int in, out;
	/* Runs in the child before exec, if not NULL. */
	void (*prepare)(void *arg);
	void *arg;
	int child_in, child_out;
};

static inline void server_prepare(void *arg)
{
	struct server *server = arg;

	dup2(server->child_in, 0);
	dup2(server->child_out, 1);
	if (server->prepare)
		server->prepare(server->arg);
}

static inline void server_send(struct server *server, const struct regs *regs)
{
	if (write(server->in, regs, sizeof(*regs)) != sizeof(*regs))
		abort();
}

/* Receives the registers; returns whether the call returned. */
static inline bool server_receive(struct server *server, struct regs *regs)
{
	return read(server->out, regs, sizeof(*regs)) == sizeof(*regs);
}

static inline bool server_call(struct server *server, struct regs *regs)
{
	server_send(server, regs);
	return server_receive(server, regs);
}

/*
 * Makes a call with up to six arguments. Returns the first result, or a negative
 * errno.
 */
static inline int64_t server_call6(struct server *server, uint64_t nr, uint64_t a0, uint64_t a1,
				   uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct regs regs = {
		.rax = nr, .rdi = a0, .rsi = a1, .rdx = a2, .r10 = a3, .r8 = a4, .r9 = a5,
		.rsp = SERVER_STACK, .flags = 2,
	};

	if (!server_call(server, &regs))
		return -1000;
	return regs.flags & FLAG_CF ? -(int64_t)regs.rax : (int64_t)regs.rax;
}

#define SERVER_ARGS(server, nr, a0, a1, a2, a3, a4, a5, ...) \
	server_call6(server, nr, a0, a1, a2, a3, a4, a5)
/* SERVER_CALL(server, name, arguments...) */
#define SERVER_CALL(server, name, ...) \
	SERVER_ARGS(server, CLOUDABI_NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* Starts a server; returns 0 or a negative errno. */
static inline int server_start_with(struct server *server, void (*prepare)(void *), void *arg)
{
	const struct start start = { .prepare = server_prepare, .arg = server };
	struct image image;
	int in[2], out[2];

	IMAGE_INIT(&image, server_code);
	image_fix(&image);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -errno;
	*server = (struct server){
		.in = in[1],
		.out = out[0],
		.child_in = in[0],
		.child_out = out[1],
		.prepare = prepare,
		.arg = arg,
	};
	server->pid = image_start(&image, &start);
	close(in[0]);
	close(out[1]);
	if (server->pid < 0)
		return server->pid;
	/* After its first answer, exec is complete. */
	return SERVER_CALL(server, thread_yield);
}

static inline int server_start(struct server *server)
{
	return server_start_with(server, NULL, NULL);
}

static inline void server_stop(struct server *server)
{
	close(server->in);
	close(server->out);
	if (server->pid > 0)
		end(server->pid);
}

/* A different value in each register, and all flags that a program can set. */
static const struct regs patterns __attribute__((__unused__)) = {
	.rax = CLOUDABI_NR_thread_yield,
	.rbx = 0x1111111111111111, .rcx = 0x2222222222222222, .rdx = 0x3333333333333333,
	.rsi = 0x4444444444444444, .rdi = 0x5555555555555555, .rbp = 0x6666666666666666,
	.rsp = 0x7777777777777777, .r8 = 0x8888888888888888, .r9 = 0x9999999999999999,
	.r10 = 0xaaaaaaaaaaaaaaaa, .r11 = 0xbbbbbbbbbbbbbbbb, .r12 = 0xcccccccccccccccc,
	.r13 = 0xdddddddddddddddd, .r14 = 0xeeeeeeeeeeeeeeee, .r15 = 0xffffffffffffffff,
	.flags = FLAGS_KEPT | FLAG_CF | 2,
};

/* Registers that every call preserves, and rdx, which calls with two results change. */
#define EXPECT_KEPT(before, after) do {                  \
	EXPECT_EQ((before).rbx, (after).rbx);            \
	EXPECT_EQ((before).rsi, (after).rsi);            \
	EXPECT_EQ((before).rdi, (after).rdi);            \
	EXPECT_EQ((before).rbp, (after).rbp);            \
	EXPECT_EQ((before).rsp, (after).rsp);            \
	EXPECT_EQ((before).r8, (after).r8);              \
	EXPECT_EQ((before).r9, (after).r9);              \
	EXPECT_EQ((before).r10, (after).r10);            \
	EXPECT_EQ((before).r12, (after).r12);            \
	EXPECT_EQ((before).r13, (after).r13);            \
	EXPECT_EQ((before).r14, (after).r14);            \
	EXPECT_EQ((before).r15, (after).r15);            \
	EXPECT_EQ((before).flags & FLAGS_KEPT, (after).flags & FLAGS_KEPT); \
} while (0)

/*
 * Gives a child, before it becomes a server, @fds[0] to @fds[@n - 1] as descriptors @first to
 * @first + @n - 1, and no descriptors above.  All of them move away first, so that none
 * overwrites another.
 */
static inline void give_fds(const int *fds, int first, int n)
{
	for (int i = 0; i < n; i++)
		if (dup2(fds[i], 100 + i) < 0)
			_exit(253);
	for (int i = 0; i < n; i++)
		if (dup2(100 + i, first + i) < 0)
			_exit(253);
	close_range(first + n, ~0U, CLOSE_RANGE_CLOEXEC);
}

#endif /* SELFTESTS_CLOUDABI_SERVER_H */
