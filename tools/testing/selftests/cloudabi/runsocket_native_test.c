// SPDX-License-Identifier: GPL-2.0
/*
 * CloudABI selftests - The sockets that cloudabi-run opens
 *
 * The tests include parts of the tools and run them in this process or in
 * children.  They do not need CloudABI support in the kernel.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>

#include "../kselftest_harness.h"

#include "../../../cloudabi/address.c"
#include "../../../cloudabi/inherited.c"
#include "../../../cloudabi/run_cleanup.c"
#include "../../../cloudabi/run_socket.c"
#include "runfail.h"

/* Addresses */

static const char *printed(const char *text, int family)
{
	static char result[ADDRESS_TEXT];
	struct address address;
	const char *const wrong = family < 0 ? address_parse(&address, text) :
					       address_parse_ip(&address, text, family);

	if (wrong)
		return wrong;
	address_print(&address, result);
	return result;
}

TEST(addresses)
{
	static const char *const same[] = {
		"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:0",
		"[1:2:3:4:5:6:7:8]:1", "[::ffff:127.0.0.1]:9", "/run/socket", "/", "/a b:80", "@x",
		"@/x:80", "@@",
	};
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(*same); i++)
		EXPECT_STREQ(same[i], printed(same[i], -1));
	EXPECT_STREQ("[::]:80", printed("*:80", -1));
	EXPECT_STREQ("127.0.0.1:80", printed("127.0.0.1:0080", -1));
}

TEST(addresses_of_one_family)
{
	EXPECT_STREQ("0.0.0.0:80", printed("*:80", AF_INET));
	EXPECT_STREQ("[::]:80", printed("*:80", AF_INET6));
	EXPECT_STREQ("127.0.0.1:80", printed("127.0.0.1:80", AF_INET));
	EXPECT_STREQ("[::1]:80", printed("[::1]:80", AF_INET6));
	EXPECT_STREQ("not an address of IPv4", printed("[::1]:80", AF_INET));
	EXPECT_STREQ("not an address of IPv6", printed("127.0.0.1:80", AF_INET6));
	EXPECT_STREQ("not an address and a port", printed("/run/socket", AF_UNSPEC));
	EXPECT_STREQ("not an address and a port", printed("@x", AF_UNSPEC));
}

/* Returns the first of the texts whose result is not @wrong. */
static const char *first_but(const char *wrong, const char *const *texts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(wrong, printed(texts[i], -1)))
			return texts[i];
	return "none";
}

#define FIRST_BUT(wrong, texts) first_but(wrong, texts, sizeof(texts) / sizeof(*(texts)))

TEST(wrong_addresses)
{
	static const char *const neither[] = {
		"", ":", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
		"127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:1 ", "127.0.0.1:http",
		"127.0.0.1:99999999999999999999", "socket", "[::1]", "*",
		"1111111111111111111111111111111111111111111111111111:1",
	};
	static const char *const no_numbers[] = {
		"localhost:80", "127.1:80", "127.0.0.256:80", "127.0.0.1 :80", "[::g]:80",
		"[:::1]:80", "[[::1]]:80", "**:80",
	};

	EXPECT_STREQ("none", FIRST_BUT("not an address and a port", neither));
	EXPECT_STREQ("none", FIRST_BUT("not an address in numbers", no_numbers));
	EXPECT_STREQ("needs brackets around the address", printed("::1:80", -1));
	EXPECT_STREQ("needs brackets around the address", printed("[::1:80", -1));
	EXPECT_STREQ("brackets are for IPv6", printed("[127.0.0.1]:80", -1));
	EXPECT_STREQ("brackets are for IPv6", printed("[]:80", -1));
	EXPECT_STREQ("brackets are for IPv6", printed("[*]:80", -1));
	EXPECT_STREQ("a name is missing", printed("@", -1));
}

TEST(longest_names)
{
	char text[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 2];
	const size_t room = sizeof(text) - 2;

	/* A path needs a NUL at its end; an abstract name has a NUL in place of the "@". */
	memset(text, '/', sizeof(text));
	text[room - 1] = '\0';
	EXPECT_STREQ(text, printed(text, -1));
	memset(text, '/', sizeof(text));
	text[room] = '\0';
	EXPECT_STREQ("too long for a socket", printed(text, -1));
	text[0] = '@';
	EXPECT_STREQ(text, printed(text, -1));
	memset(text, '@', sizeof(text));
	text[room + 1] = '\0';
	EXPECT_STREQ("too long for a socket", printed(text, -1));
}

TEST(names_are_escaped)
{
	char text[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

	EXPECT_STREQ("/\\x1b[2J\\x0a\\xff", printed("/\033[2J\n\xff", -1));
	memset(text, '\n', sizeof(text));
	text[0] = '@';
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ(1 + 4 * (sizeof(text) - 2), strlen(printed(text, -1)));
}

/* Sockets that the tool opens */

static int type_of(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

static const char *name_of(int fd)
{
	static char text[ADDRESS_TEXT];
	struct address address;

	if (!address_of(&address, fd))
		return "none";
	address_print(&address, text);
	return text;
}

/* The address of another socket, as text in its own buffer. */
static const char *where(int fd)
{
	static char text[ADDRESS_TEXT];

	return strcpy(text, name_of(fd));
}

#define EXPECT_SOCKET(fd, type) do {                                                      \
	EXPECT_LE(0, fd);                                                                 \
	EXPECT_EQ(type, type_of(fd));                                                     \
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));                                        \
} while (0)

TEST(stream)
{
	const int listener = socket_listen(&somewhere, "127.0.0.1:0", SOCK_STREAM);
	const int client = socket_connect(&somewhere, where(listener), SOCK_STREAM);
	const int server = accept(listener, NULL, NULL);
	char c = 0;

	EXPECT_SOCKET(listener, SOCK_STREAM);
	EXPECT_SOCKET(client, SOCK_STREAM);
	EXPECT_EQ(0, strncmp(name_of(listener), "127.0.0.1:", 10));
	EXPECT_EQ(1, option(listener, SOL_SOCKET, SO_REUSEADDR));
	EXPECT_EQ(1, option(listener, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, fcntl(client, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(1, write(server, "x", 1));
	EXPECT_EQ(1, read(client, &c, 1));
	EXPECT_EQ('x', c);
}

TEST(datagram)
{
	const int bound = socket_listen(&somewhere, "127.0.0.1:0", SOCK_DGRAM);
	const int client = socket_connect(&somewhere, where(bound), SOCK_DGRAM);
	char buf[4];

	EXPECT_SOCKET(bound, SOCK_DGRAM);
	EXPECT_SOCKET(client, SOCK_DGRAM);
	/* No other socket can bind to the same address. */
	EXPECT_EQ(0, option(bound, SOL_SOCKET, SO_REUSEADDR));
	EXPECT_EQ(0, option(bound, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, fcntl(bound, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(2, write(client, "ab", 2));
	EXPECT_EQ(2, read(bound, buf, sizeof(buf)));
}

TEST(abstract)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	char name[40];
	size_t i;

	snprintf(name, sizeof(name), "@cloudabi-%d", getpid());
	for (i = 0; i < 3; i++) {
		const int listener = socket_listen(&somewhere, name, types[i]);
		const int client = socket_connect(&somewhere, name, types[i]);

		EXPECT_SOCKET(listener, types[i]);
		EXPECT_SOCKET(client, types[i]);
		EXPECT_STREQ(name, name_of(listener));
		EXPECT_STREQ("", name_of(client));
		close(listener);
		close(client);
	}
}

static void connect_local(void *address)
{
	socket_connect(&somewhere, address, SOCK_STREAM);
}

static void listen_local(void *address)
{
	socket_listen(&somewhere, address, SOCK_STREAM);
}

/* "*" means IPv6 including IPv4 where IPv6 exists, and IPv4 alone otherwise. */
TEST(any_address)
{
	const int listener = socket_listen(&somewhere, "*:0", SOCK_STREAM);
	const char *const port = strrchr(where(listener), ':');
	char address[40];

	EXPECT_SOCKET(listener, SOCK_STREAM);
	snprintf(address, sizeof(address), "127.0.0.1%s", port);
	EXPECT_SOCKET(socket_connect(&somewhere, address, SOCK_STREAM), SOCK_STREAM);
}

TEST(ipv6)
{
	const bool there = socket(AF_INET6, SOCK_STREAM, 0) >= 0;
	char text[100] = "";

	if (!there)
		snprintf(text, sizeof(text), "config:3:7: listen at [::1]:0: %s",
			 strerror(EAFNOSUPPORT));
	EXPECT_EQ(there ? 0 : RUN_FAILED, run_child(listen_local, "[::1]:0"));
	EXPECT_STREQ(text, said);
}

FIXTURE(path)
{
	char dir[32];
	char path[40];
};

FIXTURE_SETUP(path)
{
	strcpy(self->dir, "/tmp/cloudabi-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/s", self->dir);
}

FIXTURE_TEARDOWN(path)
{
	unlink(self->path);
	rmdir(self->dir);
}

TEST_F(path, stream)
{
	const int listener = socket_listen(&somewhere, self->path, SOCK_STREAM);
	const int client = socket_connect(&somewhere, self->path, SOCK_STREAM);

	EXPECT_SOCKET(listener, SOCK_STREAM);
	EXPECT_SOCKET(client, SOCK_STREAM);
	EXPECT_STREQ(self->path, name_of(listener));
}

/* The tool removes its own socket; the socket of a dead server is in the way and stays. */
TEST_F(path, is_removed_by_who_made_it)
{
	EXPECT_EQ(0, run_child(listen_local, self->path));
	EXPECT_EQ(-1, access(self->path, F_OK));
}

TEST_F(path, of_a_dead_server)
{
	struct address address;
	char text[160];

	ASSERT_EQ(NULL, address_parse(&address, self->path));
	close(address_listen(&address, SOCK_STREAM));
	EXPECT_EQ(RUN_FAILED, run_child(connect_local, self->path));
	snprintf(text, sizeof(text), "config:3:7: connect to %s: Connection refused", self->path);
	EXPECT_STREQ(text, said);
	EXPECT_EQ(RUN_FAILED, run_child(listen_local, self->path));
	snprintf(text, sizeof(text), "config:3:7: listen at %s: %s", self->path,
		 "Address already in use (if nobody uses it any more, remove it)");
	EXPECT_STREQ(text, said);
	EXPECT_EQ(0, access(self->path, F_OK));
}

static void listen_and_fail(void *path)
{
	socket_listen(&somewhere, path, SOCK_STREAM);
	fail(&somewhere, "later");
}

TEST_F(path, is_removed_after_a_failure)
{
	EXPECT_EQ(RUN_FAILED, run_child(listen_and_fail, self->path));
	EXPECT_EQ(-1, access(self->path, F_OK));
}

static void listen_and_be_replaced(void *path)
{
	socket_listen(&somewhere, path, SOCK_STREAM);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
}

TEST_F(path, of_another_is_not_removed)
{
	EXPECT_EQ(0, run_child(listen_and_be_replaced, self->path));
	EXPECT_EQ(0, access(self->path, F_OK));
}

/* A child ends and leaves its paths to another child, which then ends as well. */
static void listen_for_child(void *path)
{
	int status, end[2];
	pid_t pid;
	char c;

	socket_listen(&somewhere, path, SOCK_STREAM);
	if (!fork())
		exit(0);
	wait(&status);
	if (access(path, F_OK) || pipe(end))
		_exit(1);
	pid = fork();
	cleanup_set_owner(pid ?: getpid());
	if (pid)
		exit(0);
	/* When the parent has ended, its end of the pipe is closed. */
	close(end[1]);
	if (read(end[0], &c, 1) || access(path, F_OK))
		fail(NULL, "removed by the parent");
	exit(0);
}

TEST_F(path, is_left_to_a_child)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	EXPECT_EQ(0, run_child(listen_for_child, self->path));
	/* Output ends when the last process closes it; that process may not have exited yet. */
	wait(NULL);
	EXPECT_STREQ("", said);
	EXPECT_EQ(-1, access(self->path, F_OK));
}

static void listen_as(void *arg)
{
	socket_listen(&somewhere, arg, SOCK_SEQPACKET);
}

#define EXPECT_FAILS(text, run, arg) do {                                                 \
	EXPECT_EQ(RUN_FAILED, run_child(run, (void *)(arg)));                             \
	EXPECT_STREQ("config:3:7: " text, said);                                          \
} while (0)

TEST(failures)
{
	EXPECT_FAILS("localhost:80: not an address in numbers", connect_local, "localhost:80");
	EXPECT_FAILS("localhost:80: not an address in numbers", listen_local, "localhost:80");
	EXPECT_FAILS("*:80: not an address to connect to", connect_local, "*:80");
	EXPECT_FAILS("connect to @cloudabi-nobody: Connection refused", connect_local,
		     "@cloudabi-nobody");
	EXPECT_FAILS("connect to /nothing/s: No such file or directory", connect_local,
		     "/nothing/s");
	EXPECT_FAILS("listen at /nothing/s: No such file or directory", listen_local,
		     "/nothing/s");
	/* This address is reserved for documentation, so no host has it. */
	EXPECT_FAILS("listen at 192.0.2.1:0: Cannot assign requested address", listen_local,
		     "192.0.2.1:0");
	EXPECT_FAILS("listen at 127.0.0.1:0: Socket type not supported", listen_as,
		     "127.0.0.1:0");
}

TEST(refused_and_in_use)
{
	const int listener = socket_listen(&somewhere, "127.0.0.1:0", SOCK_STREAM);
	char address[ADDRESS_TEXT], text[ADDRESS_TEXT + 64];

	strcpy(address, name_of(listener));
	EXPECT_EQ(RUN_FAILED, run_child(listen_local, address));
	snprintf(text, sizeof(text), "config:3:7: listen at %s: Address already in use", address);
	EXPECT_STREQ(text, said);
	close(listener);
	EXPECT_EQ(RUN_FAILED, run_child(connect_local, address));
	snprintf(text, sizeof(text), "config:3:7: connect to %s: Connection refused", address);
	EXPECT_STREQ(text, said);
}

/* Socket activation */

/**
 * struct activation - What a child is started with, and what it asks for
 * @fds: LISTEN_FDS, or NULL
 * @pid: LISTEN_PID; NULL for the PID of the child, "" for none
 * @names: LISTEN_FDNAMES, or NULL
 * @which: the socket that it asks for
 * @type: the expected type
 * @asked: the type that it asks for, 0 for any
 */
struct activation {
	const char *fds;
	const char *pid;
	const char *names;
	const char *which;
	int type;
	int asked;
};

static void put_env(const char *name, const char *value)
{
	if (value && *value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Descriptor 3 is a stream socket, 4 a datagram socket and 5 no socket; 6 is opened later. */
static void be_activated(void *arg)
{
	const struct activation *const activation = arg;
	const int fds[] = {
		fcntl(address_listen(&(struct address){ .in = { .sin_family = AF_INET },
							.len = sizeof(struct sockaddr_in) },
				     SOCK_STREAM), F_DUPFD, 100),
		fcntl(socket(AF_INET, SOCK_DGRAM, 0), F_DUPFD, 100),
		fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 100),
	};
	char pid[16];
	int i, fd;

	for (i = 0; i < 3; i++)
		dup2(fds[i], FIRST_FD + i);
	close(FIRST_FD + 3);
	inherited_begin();
	dup2(fds[0], FIRST_FD + 3);
	snprintf(pid, sizeof(pid), "%d", getpid());
	put_env("LISTEN_FDS", activation->fds);
	put_env("LISTEN_PID", activation->pid ?: pid);
	put_env("LISTEN_FDNAMES", activation->names);
	fd = socket_activation(&somewhere, activation->which, activation->asked);
	if (fd < FIRST_FD + 2 || type_of(fd) != activation->type)
		exit(1);
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		exit(2);
	/* The socket can be requested again, and the original is closed on exec. */
	if (socket_activation(&somewhere, activation->which, activation->type) <= fd)
		exit(3);
	fd = activation->type == SOCK_DGRAM ? FIRST_FD + 1 : FIRST_FD;
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		exit(4);
}

#define ACTIVATED(...) run_child(be_activated, &(struct activation){ __VA_ARGS__ })
#define EXPECT_NOT_ACTIVATED(text, ...) do {                                              \
	EXPECT_EQ(RUN_FAILED, ACTIVATED(__VA_ARGS__));                                    \
	EXPECT_STREQ("config:3:7: " text, said);                                          \
} while (0)

TEST(activation_by_number)
{
	EXPECT_EQ(0, ACTIVATED("2", NULL, NULL, "0", SOCK_STREAM));
	EXPECT_EQ(0, ACTIVATED("2", NULL, NULL, "1", SOCK_DGRAM));
	EXPECT_EQ(0, ACTIVATED("2", NULL, "a:b", "1", SOCK_DGRAM));
	EXPECT_NOT_ACTIVATED("2: no such socket; there are 2, numbered from 0",
			     "2", NULL, NULL, "2");
	EXPECT_NOT_ACTIVATED("0: no such socket; there are 0, numbered from 0",
			     "0", NULL, NULL, "0");
	EXPECT_NOT_ACTIVATED("99999999999999999999: no such socket; there are 2, numbered from 0",
			     "2", NULL, NULL, "99999999999999999999");
	EXPECT_NOT_ACTIVATED("2 (descriptor 5): Socket operation on non-socket",
			     "3", NULL, NULL, "2");
	EXPECT_NOT_ACTIVATED("3 (descriptor 6): Bad file descriptor", "4", NULL, NULL, "3");
}

TEST(activation_by_name)
{
	EXPECT_EQ(0, ACTIVATED("2", NULL, "http:log", "http", SOCK_STREAM));
	EXPECT_EQ(0, ACTIVATED("2", NULL, "http:log", "log", SOCK_DGRAM));
	EXPECT_EQ(0, ACTIVATED("2", NULL, ":log", "log", SOCK_DGRAM));
	EXPECT_EQ(0, ACTIVATED("3", NULL, "same:log:same", "log", SOCK_DGRAM));
	EXPECT_NOT_ACTIVATED("same: more than one socket has this name; use its number",
			     "3", NULL, "same:log:same", "same");
	EXPECT_NOT_ACTIVATED("htt: no socket has this name (LISTEN_FDNAMES is http:log)",
			     "2", NULL, "http:log", "htt");
	EXPECT_NOT_ACTIVATED("http:log: no socket has this name (LISTEN_FDNAMES is http:log)",
			     "2", NULL, "http:log", "http:log");
	EXPECT_NOT_ACTIVATED("http: the sockets have no names (LISTEN_FDNAMES is not set)",
			     "2", NULL, NULL, "http");
	EXPECT_NOT_ACTIVATED("LISTEN_FDNAMES has names of 2 sockets, LISTEN_FDS says 3",
			     "3", NULL, "http:log", "http");
	EXPECT_NOT_ACTIVATED("LISTEN_FDNAMES has names of 2 sockets, LISTEN_FDS says 1",
			     "1", NULL, "http:log", "log");
}

TEST(activation_by_type)
{
	EXPECT_EQ(0, ACTIVATED("2", NULL, NULL, "0", SOCK_STREAM, SOCK_STREAM));
	EXPECT_EQ(0, ACTIVATED("2", NULL, NULL, "1", SOCK_DGRAM, SOCK_DGRAM));
	EXPECT_NOT_ACTIVATED("0: the socket is of another type", "2", NULL, NULL, "0",
			     SOCK_STREAM, SOCK_DGRAM);
	EXPECT_NOT_ACTIVATED("log: the socket is of another type", "2", NULL, "http:log", "log",
			     SOCK_DGRAM, SOCK_SEQPACKET);
}

TEST(activation_of_another)
{
	char parent[16], text[100];

	snprintf(parent, sizeof(parent), "%d", getpid());
	EXPECT_EQ(RUN_FAILED, ACTIVATED("2", parent, NULL, "0"));
	snprintf(text, sizeof(text), "config:3:7: the sockets are for process %s (LISTEN_PID), ",
		 parent);
	EXPECT_EQ(0, strncmp(text, said, strlen(text)));
	EXPECT_EQ(RUN_FAILED, ACTIVATED("2", "1x", NULL, "0"));
	EXPECT_EQ(RUN_FAILED, ACTIVATED("2", "-1", NULL, "0"));
	EXPECT_NOT_ACTIVATED("started without sockets (LISTEN_FDS and LISTEN_PID are not set)",
			     "2", "", NULL, "0");
	EXPECT_NOT_ACTIVATED("started without sockets (LISTEN_FDS and LISTEN_PID are not set)",
			     NULL, NULL, NULL, "0");
	EXPECT_NOT_ACTIVATED("LISTEN_FDS is not a number of sockets: two",
			     "two", NULL, NULL, "0");
	EXPECT_NOT_ACTIVATED("LISTEN_FDS is not a number of sockets: 99999999",
			     "99999999", NULL, NULL, "0");
}

TEST_HARNESS_MAIN
