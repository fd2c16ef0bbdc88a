// SPDX-License-Identifier: GPL-2.0
/*
 * cloudabi-run - What a program is given
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __user
#define __user
#endif
#include <linux/cloudabi.h>

#include "inherited.h"
#include "run_grant.h"
#include "run_limits.h"
#include "run_cleanup.h"
#include "run_socket.h"

/* What can't be done with a file that is open for reading. */
#define WRITING (CLOUDABI_RIGHT_FD_WRITE | CLOUDABI_RIGHT_FILE_ALLOCATE | \
		 CLOUDABI_RIGHT_FILE_STAT_FPUT_SIZE)
/*
 * What can be done with a file that is only written at its end.  A program that moves
 * its position writes there, one that maps it writes anywhere; so there is no reading
 * by position either.
 */
#define APPENDING (CLOUDABI_RIGHT_FD_DATASYNC | CLOUDABI_RIGHT_FD_READ | CLOUDABI_RIGHT_FD_SYNC | \
		   CLOUDABI_RIGHT_FD_TELL | CLOUDABI_RIGHT_FD_WRITE | \
		   CLOUDABI_RIGHT_FILE_ADVISE | CLOUDABI_RIGHT_FILE_STAT_FGET | \
		   CLOUDABI_RIGHT_FILE_STAT_FPUT_TIMES | CLOUDABI_RIGHT_POLL_FD_READWRITE)
/* More descriptors than any program is given by hand. */
#define MOST_GRANTS 512

static void __attribute__((__format__(__printf__, 2, 3)))
describe(struct grant *grant, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&grant->what, fmt, ap) < 0)
		fail(&grant->at, "%m");
	va_end(ap);
}

/* What a node says under a key; a node that is only a word says one thing, the first. */
static const struct node *argument(const struct node *node, const char *key, bool first)
{
	if (node->kind == NODE_MAP)
		return yaml_find(node, key);
	return first ? node : NULL;
}

static const char *word(const struct node *node, const char *key)
{
	const struct node *const value = yaml_find(node, key);

	return value ? yaml_text(value, key) : NULL;
}

static const char *first_word(const struct node *node, const char *key)
{
	const struct node *const value = argument(node, key, true);

	if (!value)
		fail(&node->at, "%s is missing", key);
	/* It has the tag of ours itself. */
	if (value == node) {
		if (!node->len || strlen(node->text) != node->len)
			fail(&node->at, "%s should be a word", key);
		return node->text;
	}
	return yaml_text(value, key);
}

static bool truth(const struct node *node, const char *key)
{
	const char *const text = node->kind == NODE_MAP ? word(node, key) : NULL;

	if (text && strcmp(text, "true") && strcmp(text, "false"))
		fail(&node->at, "%s should be true or false", key);
	return text && !strcmp(text, "true");
}

/* A file that would make the caller wait until somebody else opens it, too, does not. */
static int open_now(const char *path, int flags)
{
	const int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	const int status = fd < 0 ? 0 : fcntl(fd, F_GETFL);

	if (fd >= 0 && !(flags & O_DIRECTORY))
		fcntl(fd, F_SETFL, status & ~O_NONBLOCK);
	return fd;
}

/* Flags are those of the open file: others that have it would find it changed. */
static void leave_flags(struct grant *grant)
{
	grant->rights.base &= ~CLOUDABI_RIGHT_FD_STAT_PUT_FLAGS | grant->rights.asked;
}

static void open_fd(struct grant *grant, const struct node *node)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	const char *const name = first_word(node, "fd");
	char *end;
	long fd = -1;

	for (long i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			fd = i;
	if (fd < 0) {
		errno = 0;
		fd = strtol(name, &end, 10);
		if (*end || errno || fd < 0 || fd > 1 << 30 || *name == '+')
			fail(&grant->at, "%s is neither a number nor stdin, stdout or stderr",
			     name);
	}
	if (inherited((int)fd))
		grant->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", name);
	leave_flags(grant);
	describe(grant, "descriptor %s of cloudabi-run", name);
}

/*
 * Gives a file that was not there to the program, if one starts.  A link that leads
 * nowhere is one that is there.
 */
static int create_now(const struct mark *at, const char *path, int flags)
{
	int fd = open_now(path, flags | O_CREAT | O_EXCL);

	if (fd >= 0)
		cleanup_path(at, path, true);
	else if (errno == EEXIST)
		fd = open_now(path, flags);
	return fd;
}

static void only_append(struct grant *grant)
{
	const uint64_t must = grant->rights.base_required | grant->rights.either_required;

	if (must & ~APPENDING) {
		fputs("cloudabi-run: what is only appended to can't have ", stderr);
		rights_print(stderr, must & ~APPENDING);
		fputc('\n', stderr);
		fail(&grant->at, "%s", strerror(EPERM));
	}
	grant->rights.base &= APPENDING;
}

static void open_path(struct grant *grant, const char *path, const struct node *node)
{
	const bool create = truth(node, "create"), append = truth(node, "append");
	bool writing;
	int flags = O_RDONLY;

	if (append)
		only_append(grant);
	writing = argument(node, "rights", false) && grant->rights.base & WRITING;
	if ((create || append) && !writing)
		fail(&grant->at, "to create or to append needs a right to write");
	if (writing)
		flags = grant->rights.base & CLOUDABI_RIGHT_FD_READ ? O_RDWR : O_WRONLY;
	if (append)
		flags |= O_APPEND;
	grant->fd = create ? create_now(&grant->at, path, flags) : open_now(path, flags);
	/* Of which no file could only be appended to. */
	if (grant->fd < 0 && errno == EISDIR && !append)
		grant->fd = open_now(path, O_RDONLY | O_DIRECTORY);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", path);
}

static void open_file(struct grant *grant, const struct node *node)
{
	const char *const path = first_word(node, "path");
	struct stat st;

	open_path(grant, path, node);
	if (fstat(grant->fd, &st))
		fail(&grant->at, "%s: %m", path);
	describe(grant, "%s %s", S_ISDIR(st.st_mode) ? "directory" : "file", path);
}

static void open_directory(struct grant *grant, const struct node *node)
{
	const char *const path = first_word(node, "path");

	grant->fd = open_now(path, O_RDONLY | O_DIRECTORY);
	if (grant->fd < 0)
		fail(&grant->at, "%s: %m", path);
	describe(grant, "directory %s", path);
}

static void open_executable(struct grant *grant, const struct node *node)
{
	const char *const path = first_word(node, "path");

	grant->fd = open_now(path, O_RDONLY);
	if (grant->fd < 0 || faccessat(grant->fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS))
		fail(&grant->at, "%s: %m", path);
	describe(grant, "executable %s", path);
}

/* The ends of pipes that nobody has yet. */
static struct pipe {
	struct pipe *next;
	const char *name;
	int ends[2];
	struct mark at;
} *pipes;

static struct pipe *find_pipe(const char *name, const struct mark *at)
{
	struct pipe *pipe = pipes;

	while (pipe && strcmp(pipe->name, name))
		pipe = pipe->next;
	if (pipe)
		return pipe;
	pipe = malloc(sizeof(*pipe));
	if (!pipe || pipe2(pipe->ends, O_CLOEXEC))
		fail(at, "%s: %m", name);
	pipe->name = name;
	pipe->at = *at;
	pipe->next = pipes;
	pipes = pipe;
	return pipe;
}

static void open_pipe(struct grant *grant, const struct node *node)
{
	const char *const from = word(node, "read"), *const to = word(node, "write");
	const char *const name = from ?: to;
	struct pipe *pipe;

	if (!from == !to)
		fail(&grant->at, "one of read and write should name the pipe");
	pipe = find_pipe(name, &grant->at);
	grant->fd = pipe->ends[!from];
	if (grant->fd < 0)
		fail(&grant->at, "pipe %s has this end already; an alias (*) would be the same one",
		     name);
	pipe->ends[!from] = -1;
	describe(grant, "pipe %s, to %s", name, from ? "read" : "write");
}

static void open_shared_memory(struct grant *grant, const struct node *node)
{
	const char *const text = first_word(node, "size");
	uint64_t size;

	if (!limits_size(text, &size) || size > INT64_MAX)
		fail(&grant->at, "%s is no size", text);
	grant->fd = memfd_create("cloudabi", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (grant->fd < 0 || ftruncate(grant->fd, (off_t)size))
		fail(&grant->at, "%s: %m", text);
	describe(grant, "shared memory of %s", text);
}

static int socket_type(const struct node *node)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "stream", SOCK_STREAM }, { "datagram", SOCK_DGRAM },
		{ "seqpacket", SOCK_SEQPACKET },
	};
	const char *const name = word(node, "type") ?: "stream";

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(name, types[i].name))
			return types[i].type;
	fail(&node->at, "%s is no type of sockets; stream, datagram and seqpacket are", name);
}

/* Connections of a listener come as descriptors, as the ABI has no call to accept them. */
static void hand_over(struct grant *grant, int listener)
{
	int ends[2], listens = 0;
	socklen_t len = sizeof(listens);

	grant->fd = listener;
	if (getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) || !listens)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail(&grant->at, "%m");
	grant->listener = listener;
	grant->fd = ends[0];
	grant->far = ends[1];
}

static void open_socket(struct grant *grant, const struct node *node)
{
	const char *const to = word(node, "connect"), *const from = word(node, "listen");
	const char *const inherited = word(node, "activation");

	if (!!to + !!from + !!inherited != 1)
		fail(&grant->at, "one of connect, listen and activation should be there");
	if (to) {
		grant->fd = socket_connect(&grant->at, to, socket_type(node));
		describe(grant, "socket connected to %s", to);
	} else if (from) {
		hand_over(grant, socket_listen(&grant->at, from, socket_type(node)));
		describe(grant, grant->far < 0 ? "socket bound to %s" : "connections to %s", from);
	} else {
		hand_over(grant, socket_activation(&grant->at, inherited, word(node, "type") ?
						   socket_type(node) : 0));
		if (grant->far < 0)
			leave_flags(grant);
		describe(grant, grant->far < 0 ? "socket %s of the service manager" :
			 "connections to socket %s of the service manager", inherited);
	}
}

static const struct maker {
	const char *tag;
	const char *keys[5];
	/* Whether it has to be a map. */
	bool map;
	const char *preset;
	void (*open)(struct grant *grant, const struct node *node);
} makers[] = {
	{ "directory", { "path" }, false, "all", open_directory },
	{ "executable", { "path" }, false, "execute", open_executable },
	{ "fd", { "fd" }, false, "all", open_fd },
	{ "file", { "path", "create", "append" }, false, "all", open_file },
	{ "pipe", { "read", "write" }, true, "all", open_pipe },
	{ "shared_memory", { "size" }, false, "all", open_shared_memory },
	{ "socket", { "connect", "listen", "activation", "type" }, true, "all", open_socket },
};

static const struct maker *find_maker(const struct node *node)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++)
		if (!strcmp(node->at.tag, makers[i].tag))
			return &makers[i];
	fail(&node->at, "nothing is made by this tag");
}

static bool is_key(const struct maker *maker, const char *name)
{
	for (size_t i = 0; i < sizeof(maker->keys) / sizeof(*maker->keys); i++)
		if (maker->keys[i] && !strcmp(maker->keys[i], name))
			return true;
	return !strcmp(name, "rights");
}

static void check_shape(const struct maker *maker, const struct node *node)
{
	if (node->kind == NODE_SEQ || (node->kind == NODE_SCALAR && maker->map))
		fail(&node->at, "should be a map%s", maker->map ? "" : " or a word");
	for (size_t i = 0; node->kind == NODE_MAP && i < node->n; i += 2)
		if (!is_key(maker, node->items[i]->text))
			fail(&node->items[i]->at, "!%s has no %s", maker->tag,
			     node->items[i]->text);
}

static struct grant *add(struct grants *grants, const struct mark *at)
{
	if (grants->n == MOST_GRANTS)
		fail(at, "more than %d descriptors", MOST_GRANTS);
	if (!grants->list)
		grants->list = calloc(MOST_GRANTS, sizeof(*grants->list));
	if (!grants->list)
		fail(at, "%m");
	grants->list[grants->n] = (struct grant){ .fd = -1, .at = *at, .listener = -1, .far = -1 };
	return &grants->list[grants->n++];
}

size_t grant_open(struct grants *grants, struct node *node)
{
	const struct maker *maker;
	struct grant *grant;

	if (node->grant >= 0)
		return (size_t)node->grant;
	maker = find_maker(node);
	check_shape(maker, node);
	grant = add(grants, &node->at);
	grant->rights = rights_read(argument(node, "rights", false), maker->preset);
	maker->open(grant, node);
	node->grant = (int)(grants->n - 1);
	return grants->n - 1;
}

void grant_check(void)
{
	for (const struct pipe *pipe = pipes; pipe; pipe = pipe->next)
		if (pipe->ends[0] >= 0 || pipe->ends[1] >= 0)
			fail(&pipe->at, "nobody has the other end of pipe %s", pipe->name);
}

void grant_print(FILE *out, const struct grants *grants)
{
	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *const grant = &grants->list[i];

		fprintf(out, "  %zu: %s\n     may ", i, grant->what);
		rights_print(out, grant->rights.base);
		fputs(", inherited ", out);
		rights_print(out, grant->rights.inheriting);
		fputc('\n', out);
	}
}

void grant_help(FILE *out)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		fprintf(out, "  !%s:", makers[i].tag);
		for (size_t j = 0; j < 5 && makers[i].keys[j]; j++)
			fprintf(out, " %s,", makers[i].keys[j]);
		fputs(" rights\n", out);
	}
}
